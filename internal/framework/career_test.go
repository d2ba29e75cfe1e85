package framework_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

func careerPaths(t testing.TB, f *FrameworkView, from, to CareerEnd, first, steps int) *CareerPathsView {
	t.Helper()
	return must(f.CareerPaths(t.Context(), from, to, first, steps, nil, nil, nil, nil, 0.2, ones))
}

func placeName(p CareerPlaceView) string {
	switch {
	case p.Role() != nil:
		return p.Role().Code()
	case p.Skill() != nil && p.Level() != nil:
		return fmt.Sprintf("%s_%d", p.Skill().Code(), p.Level().Ordinal())
	case p.Skill() != nil:
		return p.Skill().Code()
	}
	return "profile"
}

// told is a path in words: what it costs, and each step with what it asks for.
func told(p CareerPathView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", p.Cost)
	for i, s := range p.Steps {
		if i == 0 {
			b.WriteString(" " + placeName(s.From))
		}
		fmt.Fprintf(&b, " %s %d %s", s.Kind, s.Cost, placeName(s.To))
		for _, a := range s.Asks {
			fmt.Fprintf(&b, " (%s %d>%d)", a.Skill().Code(), ordinal(a.From()), ordinal(a.To()))
		}
	}
	return b.String()
}

func TestCareerPaths(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	tests := []struct {
		name     string
		from, to CareerEnd
		want     []string
	}{
		{"growing", atLevel("SAW", 1), atLevel("SAW", 3), []string{"200: SAW_1 GROW 100 SAW_2 (SAW 1>2) GROW 100 SAW_3 (SAW 2>3)"}},
		{"what is held already", role("joiner"), atLevel("SAW", 2), []string{"0:"}},
		{"a role that is held already", role("joiner"), role("joiner"), []string{"0:"}},
		{"from role to role", role("carpenter"), role("joiner"), []string{
			"49: carpenter TRANSITION 49 joiner (DRAW 0>1) (JOIN 2>5) (SAW 2>3)",
		}},
		{"from a profile to a role", having("SAW", 1, "SAFE", 0), role("joiner"), []string{
			"90: profile TRANSITION 41 carpenter (JOIN 0>2) (SAW 1>2) TRANSITION 49 joiner (DRAW 0>1) (JOIN 2>5) (SAW 2>3)",
		}},
		{"from a profile to another", having("SAW", 2), having("SAW", 3), []string{"32: profile TRANSITION 32 profile (SAW 2>3)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			paths := careerPaths(t, f, test.from, test.to, 1, 8)
			var got []string
			for _, p := range paths.Paths {
				got = append(got, told(p))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if paths.Nearest != nil || len(paths.Missing) > 0 {
				t.Errorf("there is a path, and missing is %v", paths.Missing)
			}
		})
	}
}

// TestNoCareerPath: where there is no way, what comes nearest is told.
func TestNoCareerPath(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	for _, test := range []struct {
		name          string
		from, to      CareerEnd
		nearest, asks string
	}{
		{"a skill that has nothing in common with any", atLevel("SAW", 3), atLevel("ALONE", 2), "", "ALONE 0>2"},
		{"roles that have too little in common", having("ALONE", 1), role("joiner"), "profile", "DRAW 0>1, JOIN 0>5, SAW 0>3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			paths := careerPaths(t, f, test.from, test.to, 3, 8)
			var asks []string
			for _, a := range paths.Missing {
				asks = append(asks, fmt.Sprintf("%s %d>%d", a.Skill().Code(), ordinal(a.From()), ordinal(a.To())))
			}
			got := ""
			if paths.Nearest != nil {
				got = placeName(*paths.Nearest)
			}
			if got != test.nearest || len(paths.Paths) > 0 || strings.Join(asks, ", ") != test.asks {
				t.Errorf("nearest is %s, missing %v, %d paths", got, asks, len(paths.Paths))
			}
		})
	}
}

// A spot is a position as the reference sees it.
type spot struct {
	skill string
	level int
}

// terrain is every step that the documentation of the steps allows, with its cost.
func terrain(t testing.TB, w *World, code string) map[spot]map[spot]int {
	f := w.View(anyone(), code, false)
	s := w.Snapshot(code)
	rank := map[int]int{0: 0}
	for l := range s.Levels() {
		rank[l.Ordinal] = len(rank)
	}
	likeness := map[[2]string]float64{}
	levels := map[string][]int{}
	for e := range s.Skills() {
		if e.Status != StatusActive {
			continue
		}
		levels[e.Code] = []int{}
		for _, l := range e.Levels {
			levels[e.Code] = append(levels[e.Code], l.Level)
		}
		if len(e.Levels) == 0 {
			levels[e.Code] = []int{0}
		}
		for _, r := range must(f.Skill(e.Code).Related(t.Context(), nil, nil, nil, nil, 1, MaxPage)) {
			other := r.Skill.Code()
			if r.Skill.Framework().Code() != code || r.Type() != nil && (*r.Type() == Replaces || *r.Type() == MergedFrom || *r.Type() == SplitFrom ||
				*r.Type() == ReplacedBy || *r.Type() == MergedInto || *r.Type() == SplitInto) {
				continue
			}
			best := r.Likeness()
			for _, why := range r.Why() {
				if why.Origin == OriginStated {
					best = max(best, why.Likeness())
				}
			}
			if r.Origin == OriginStated { // what is derived may say more
				unlike := 1.0
				for _, why := range must(f.Skill(e.Code).Related(t.Context(), nil, nil, []RelationOrigin{OriginRoles, OriginText, OriginCategory}, nil, 1, MaxPage)) {
					if why.Skill.Code() == other {
						unlike = 1 - why.Likeness()
					}
				}
				best = max(best, 1-unlike)
			}
			for _, ends := range [][2]string{{e.Code, other}, {other, e.Code}} {
				likeness[ends] = max(likeness[ends], best)
			}
		}
	}
	steps := map[spot]map[spot]int{}
	cost := func(n float64) int { return int(max(math.Round(n*100), 1)) }
	rise := func(from, to int) float64 { return float64(max(rank[to]-max(rank[from], 1), 1)) }
	lowest := 0
	for l := range rank {
		if rank[l] == 1 {
			lowest = l
		}
	}
	for skill, list := range levels {
		for i, l := range list {
			at := spot{skill, l}
			steps[at] = map[spot]int{}
			if i+1 < len(list) {
				steps[at][spot{skill, list[i+1]}] = cost(rise(l, list[i+1]))
			}
			for other, theirs := range levels {
				like, related := likeness[[2]string{skill, other}]
				if !related || other == skill {
					continue
				}
				move, stretch := -1, -1
				for _, o := range theirs { // no level counts as the lowest
					if o <= max(l, lowest) {
						move = o
					}
					if o > max(l, lowest) && stretch < 0 {
						stretch = o
					}
				}
				if move >= 0 {
					steps[at][spot{other, move}] = cost(1.2 - like)
				}
				if stretch >= 0 {
					steps[at][spot{other, stretch}] = cost(1.2 - like + rise(l, stretch))
				}
			}
		}
	}
	return steps
}

// TestCareerPathsAreTheBest: on random frameworks the paths between skills cost what the
// best of all that can be walked do, and each can be walked.
func TestCareerPathsAreTheBest(t *testing.T) {
	compared := 0
	for seed := range uint64(60) {
		a := newAuthor(seed)
		w := atOnce(atlas(t), a)
		steps := terrain(t, w, "demo")
		f := w.View(anyone(), "demo", false)
		var spots []spot
		for s := range steps {
			spots = append(spots, s)
		}
		slices.SortFunc(spots, func(a, b spot) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for range 10 {
			from, to := spots[a.IntN(len(spots))], spots[a.IntN(len(spots))]
			if from.skill == to.skill {
				continue
			}
			const most = 4
			var costs []int
			var walk func(at spot, been []spot, cost int)
			walk = func(at spot, been []spot, cost int) {
				if at == to {
					costs = append(costs, cost)
					return
				}
				if len(been) > most {
					return
				}
				for next, c := range steps[at] {
					if !slices.Contains(been, next) && (next.skill != from.skill || next.level >= from.level) {
						walk(next, append(slices.Clip(been), next), cost+c)
					}
				}
			}
			walk(from, []spot{from}, 0)
			slices.Sort(costs)
			end := func(s spot) CareerEnd {
				if s.level == 0 {
					return CareerEnd{Skill: &SkillHeld{Skill: s.skill}}
				}
				return atLevel(s.skill, s.level)
			}
			var got []int
			for _, p := range careerPaths(t, f, end(from), end(to), 5, most).Paths {
				got = append(got, p.Cost)
				sum := 0
				place := func(p CareerPlaceView) spot { return spot{p.Skill().Code(), ordinal(p.Level())} }
				seen := []spot{from}
				for _, s := range p.Steps {
					if c, ok := steps[place(s.From)][place(s.To)]; !ok || c != s.Cost || slices.Contains(seen, place(s.To)) || place(s.From) != seen[len(seen)-1] {
						t.Fatalf("seed %d: %s: the step to %v costs %d (%v)", seed, told(p), place(s.To), c, ok)
					}
					seen = append(seen, place(s.To))
					sum += s.Cost
				}
				if sum != p.Cost || seen[len(seen)-1] != to {
					t.Fatalf("seed %d: %s costs %d and ends at %v", seed, told(p), sum, seen[len(seen)-1])
				}
			}
			if diff := cmp.Diff(costs[:min(len(costs), 5)], got); diff != "" && len(costs) > 0 {
				t.Fatalf("seed %d: from %v to %v (-all +got):\n%s", seed, from, to, diff)
			}
			compared += len(got)
		}
	}
	if compared < 400 {
		t.Errorf("only %d paths were compared", compared)
	}
}

// TestCareerPathEnds: the ends of a path are passed through by none, and what is held is
// held from the first step on.
func TestCareerPathEnds(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	paths := func(from, to CareerEnd, first, steps int, avoidSkills, avoidRoles []string) []string {
		var list []string
		for _, p := range must(f.CareerPaths(t.Context(), from, to, first, steps, nil, avoidSkills, avoidRoles, nil, 0.1, ones)).Paths {
			list = append(list, told(p))
		}
		return list
	}
	for name, c := range map[string]struct{ want, got []string }{
		"one step from a profile": {
			[]string{"41: profile TRANSITION 41 carpenter (JOIN 0>2) (SAW 1>2)"},
			paths(having("SAW", 1, "SAFE", 0), role("carpenter"), 1, 1, nil, nil),
		},
		"roles that are ends and to be avoided": {
			[]string{"49: carpenter TRANSITION 49 joiner (DRAW 0>1) (JOIN 2>5) (SAW 2>3)"},
			paths(role("carpenter"), role("joiner"), 1, 8, nil, []string{"carpenter", "joiner"}),
		},
		"a skill that is the end and to be avoided": {
			[]string{"100: SAW_1 GROW 100 SAW_2 (SAW 1>2)"}, paths(atLevel("SAW", 1), atLevel("SAW", 2), 1, 1, []string{"SAW"}, nil),
		},
		"a skill below its lowest level": {nil, paths(atLevel("JOIN", 1), role("carpenter"), 1, 8, nil, nil)},
		"a role that asks for less than is held": {
			[]string{"80: SAW_3 TRANSITION 80 carpenter (JOIN 0>2) (SAFE 0>0)"}, paths(atLevel("SAW", 3), role("carpenter"), 1, 8, nil, nil),
		},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, r := range []string{"carpenter", "joiner", "mason"} {
		for _, to := range []CareerEnd{atLevel("SAW", 3), atLevel("JOIN", 5), atLevel("DRAW", 5), atLevel("LAY", 2)} {
			for _, p := range careerPaths(t, f, role(r), to, MaxPaths, 8).Paths {
				for _, s := range p.Steps {
					if len(s.Asks) == 0 && s.To.Skill().Code() != "SAFE" {
						t.Errorf("from %s: a step asks for nothing: %s", r, told(p))
					}
				}
			}
		}
	}
}

// TestNobodyClimbsToComeDown: a step down in a group of roles costs a level for each
// seniority, so that paths go up rather than over the top.
func TestNobodyClimbsToComeDown(t *testing.T) {
	skills := []Edit{CreateFramework{Code: "crew", Name: "Crew"}, CreateRoleGroup{Code: "deck", Name: "Deck"}}
	post := func(code string, seniority int, group string, list ...string) CreateRole {
		r := CreateRole{Code: code, Name: code, Seniority: seniority, Group: group}
		for _, s := range list {
			r.Requirements = append(r.Requirements, Requirement{Skill: s})
		}
		return r
	}
	for _, code := range []string{"ROPE", "SAIL", "CHART", "STAR", "SHORE"} {
		skills = append(skills, CreateSkill{Code: code, Name: code})
	}
	f := edited(t, &World{}, "crew", append(skills,
		post("passenger", 0, "", "STAR", "SHORE"),
		post("sailor", 1, "deck", "ROPE", "SAIL", "CHART", "STAR"),
		post("captain", 2, "deck", "CHART", "STAR"))...).View(anyone(), "crew", false)
	for _, c := range []struct{ from, want string }{
		{"captain", "160: captain TRANSITION 160 sailor (ROPE 0>0) (SAIL 0>0)"},
		{"passenger", "123: passenger TRANSITION 123 sailor (CHART 0>0) (ROPE 0>0) (SAIL 0>0)"},
	} {
		paths := careerPaths(t, f, role(c.from), role("sailor"), 1, 8).Paths
		if got := told(paths[0]); got != c.want {
			t.Errorf("from %s: %s, want %s", c.from, got, c.want)
		}
	}
}
