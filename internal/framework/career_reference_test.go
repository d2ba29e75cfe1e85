package framework_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	. "skillatlas/internal/framework"
)

// A careerReference works out transitions slowly, from the content alone.
type careerReference struct {
	s    *Snapshot
	rank map[int]int
	// standsIn is what a skill counts in place of another, if anything.
	standsIn map[[2]string]float64
}

func newCareerReference(t testing.TB, w *World) careerReference {
	s, f := w.Snapshot("one"), w.View(anyone(), "one", false)
	r := careerReference{s, map[int]int{0: 0}, map[[2]string]float64{}}
	kinRef := newKinReference(s)
	for _, a := range kinRef.skills {
		for _, k := range kin(t, f, a.Code, OriginText) {
			b := s.Entity(KindSkill, k.Skill.Code()).(*Skill)
			r.standsIn[[2]string{a.Code, b.Code}] = 0.7 * kinRef.likeness(a, b).words
			r.standsIn[[2]string{b.Code, a.Code}] = 0.7 * kinRef.likeness(a, b).words
		}
	}
	for _, a := range kinRef.skills {
		for _, b := range kinRef.skills {
			for typ := range kinRef.stated(a.Code, b.Code) {
				r.standsIn[[2]string{a.Code, b.Code}] = max(r.standsIn[[2]string{a.Code, b.Code}], 0.5*likenessStated[typ])
			}
		}
	}
	for l := range s.Levels() {
		r.rank[l.Ordinal] = len(r.rank)
	}
	return r
}

// credit is the share of a requirement that is met by a skill held at a level.
func (r careerReference) credit(held, want int) float64 {
	if held >= want {
		return 1
	}
	return float64(r.rank[held]) / float64(r.rank[want])
}

// held is at which level a skill counts as held that is held at a level, or at none.
func (r careerReference) held(skill string, level int) int {
	e := r.s.Entity(KindSkill, skill).(*Skill)
	if level == 0 && len(e.Levels) > 0 {
		return e.Levels[0].Level
	}
	return level
}

// readiness is how ready someone is who holds some skills.
func (r careerReference) readiness(have map[string]int, want []Requirement) float64 {
	return r.share(have, want, func(q Requirement) float64 {
		if level, has := have[q.Skill]; has {
			return r.credit(r.held(q.Skill, level), q.Level)
		}
		return 0
	})
}

// fit is how well they fit: what stands in for another skill counts too.
func (r careerReference) fit(have map[string]int, want []Requirement) float64 {
	fit := r.share(have, want, func(q Requirement) float64 {
		best := 0.0
		for skill, level := range have {
			share := r.standsIn[[2]string{skill, q.Skill}]
			if skill == q.Skill {
				share = 1
			}
			best = max(best, share*r.credit(r.held(skill, level), q.Level))
		}
		return best
	})
	return math.Round(fit*1e4) / 1e4
}

func (r careerReference) share(have map[string]int, want []Requirement, credit func(Requirement) float64) float64 {
	met, all := 0.0, 0.0
	for _, q := range want {
		weight := 1.0
		if q.Importance == Optional {
			weight = 0.5
		}
		if q.Weight > 0 {
			weight *= q.Weight
		}
		met += weight * credit(q)
		all += weight
	}
	if all == 0 {
		return 1
	}
	return met / all
}

func holding(want []Requirement) map[string]int {
	have := map[string]int{}
	for _, q := range want {
		have[q.Skill] = q.Level
	}
	return have
}

func together(have, more map[string]int) map[string]int {
	both := maps.Clone(have)
	for skill, level := range more {
		both[skill] = max(both[skill], level)
	}
	return both
}

// missing is how many requirements are not met in full.
func (r careerReference) missing(have map[string]int, want []Requirement) (n int) {
	for _, q := range want {
		if level, has := have[q.Skill]; !has || r.credit(r.held(q.Skill, level), q.Level) < 1 {
			n++
		}
	}
	return n
}

func transitionCost(factor, fit float64) int {
	return int(max(math.Round(factor*(10+200*(1-fit)*(1-fit))), 1))
}

// A priced is a path by what it costs and how many steps it has.
type priced struct{ Cost, Steps int }

func comparePriced(a, b priced) int {
	return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.Steps, b.Steps))
}

// requirementsOf are what an end of a path asks for, and holds.
func (r careerReference) requirementsOf(e CareerEnd) (list []Requirement) {
	if e.Role != nil {
		return r.s.Entity(KindRole, *e.Role).(*Role).Requirements
	}
	for _, h := range e.Profile {
		q := Requirement{Skill: h.Skill}
		if h.Level != nil {
			q.Level = *h.Level
		}
		list = append(list, Requirement{Skill: q.Skill, Level: r.held(q.Skill, q.Level)})
	}
	return list
}

// TestPathsOverRolesAreTheBest: on random frameworks the paths between roles and
// profiles are the best of all that can be walked, under all options.
func TestPathsOverRolesAreTheBest(t *testing.T) {
	compared, none, longer := 0, 0, 0
	for seed := range uint64(1_000) {
		a := newAuthor(seed)
		w := a.meadow(t)
		f := w.View(anyone(), "one", false)
		ref := newCareerReference(t, w)
		var roles []*Role
		var skills []*Skill
		for e := range w.Snapshot("one").Roles() {
			if e.Status == StatusActive {
				roles = append(roles, e)
			}
		}
		for e := range w.Snapshot("one").Skills() {
			if e.Status == StatusActive {
				skills = append(skills, e)
			}
		}
		if len(roles) == 0 || len(skills) == 0 {
			continue
		}
		end := func() CareerEnd {
			if a.IntN(3) > 0 {
				return role(pick(a, roles...).Code)
			}
			e := CareerEnd{Profile: []SkillHeld{}}
			for i := range 1 + a.IntN(4) {
				if i < len(skills) {
					e.Profile = append(e.Profile, SkillHeld{skills[i].Code, pick(a, nil, new(1), new(2), new(3), new(5))})
				}
			}
			return e
		}
		from, to := end(), end()
		viable, most, factor := pick(a, 0.11, 0.31, 0.46, 0.71), 1+a.IntN(4), pick(a, 1, 0.5, 3.0)
		var avoid []string
		for _, r := range roles {
			if a.IntN(5) == 0 && (from.Role == nil || r.Code != *from.Role) && (to.Role == nil || r.Code != *to.Role) {
				avoid = append(avoid, r.Code)
			}
		}
		asked := fmt.Sprintf("seed %d: at most %d steps, viable %v, without %v", seed, most, viable, avoid)
		start, want := ref.requirementsOf(from), ref.requirementsOf(to)

		var all []priced
		best, reached := ref.readiness(holding(start), want), map[string]bool{}
		var walk func(at string, held []Requirement, been []string, cost, steps int)
		walk = func(at string, held []Requirement, been []string, cost, steps int) {
			if to.Role != nil && at == *to.Role {
				all = append(all, priced{cost, steps})
				return
			}
			if steps == most {
				return
			}
			if fit := ref.fit(holding(held), want); to.Role == nil && fit >= viable {
				all = append(all, priced{cost + transitionCost(factor, fit), steps + 1})
			}
			for _, r := range roles {
				fit := ref.fit(holding(held), r.Requirements)
				if len(r.Requirements) == 0 || fit < viable || slices.Contains(avoid, r.Code) || slices.Contains(been, r.Code) {
					continue
				}
				reached[r.Code] = true
				best = max(best, ref.readiness(together(holding(start), holding(r.Requirements)), want))
				walk(r.Code, r.Requirements, append(slices.Clip(been), r.Code), cost+transitionCost(factor, fit), steps+1)
			}
		}
		at := "profile"
		if from.Role != nil {
			at = *from.Role
		}
		switch {
		case from.Role != nil && to.Role != nil && *from.Role == *to.Role || len(want) > 0:
			walk(at, start, []string{at}, 0, 0)
		default: // anyone can go where nothing is asked for
			all = append(all, priced{transitionCost(factor, 1), 1})
		}
		slices.SortFunc(all, comparePriced)

		costs := ones
		costs.Transition = factor
		answer := must(f.CareerPaths(t.Context(), from, to, 5, most, nil, nil, avoid, nil, viable, costs))
		var got []priced
		for _, p := range answer.Paths {
			got = append(got, priced{p.Cost, len(p.Steps)})
			if len(p.Steps) > 1 {
				longer++
			}
			have, before, place := holding(start), start, at
			sum := 0
			for i, s := range p.Steps {
				next := want
				if r := s.To.Role(); r != nil {
					next = w.Snapshot("one").Entity(KindRole, r.Code()).(*Role).Requirements
				}
				fit := ref.fit(holding(before), next)
				if s.Kind != StepTransition || s.Cost != transitionCost(factor, fit) || math.Abs(*s.Fit-fit) > 1e-4 || placeName(s.From) != place ||
					fit < viable || slices.Contains(avoid, placeName(s.To)) {
					t.Fatalf("%s: step %d of %s, which is fitted to %v", asked, i, told(p), fit)
				}
				if math.Abs(*s.Readiness-ref.readiness(have, next)) > 1e-4 || len(s.Asks) != ref.missing(have, next) {
					t.Fatalf("%s: step %d of %s is held to %v by then", asked, i, told(p), *s.Readiness)
				}
				have, before, place = together(have, holding(next)), next, placeName(s.To)
				sum += s.Cost
			}
			if sum != p.Cost || len(p.Steps) > 0 && (to.Role != nil) != (place != "profile") {
				t.Fatalf("%s: %s costs %d", asked, told(p), sum)
			}
		}
		if best := all[:min(len(all), 5)]; !slices.Equal(best, got) {
			t.Fatalf("%s: from %s: the best are %v, got %v", asked, at, best, got)
		}
		compared += len(got)
		if len(all) > 0 {
			if answer.Nearest != nil || len(answer.Missing) > 0 {
				t.Fatalf("%s: there are paths, and %v is the nearest", asked, placeName(*answer.Nearest))
			}
			continue
		}
		// Without a path it is the role that can be reached where most is held.
		none++
		have := holding(start)
		if r := answer.Nearest.Role(); r != nil && (from.Role == nil || r.Code() != *from.Role) {
			if !reached[r.Code()] {
				t.Fatalf("%s: nearest is %s, which cannot be reached from %s", asked, r.Code(), at)
			}
			have = together(have, holding(w.Snapshot("one").Entity(KindRole, r.Code()).(*Role).Requirements))
		}
		if ready := ref.readiness(have, want); math.Abs(ready-best) > 1e-9 || len(answer.Missing) != ref.missing(have, want) {
			t.Fatalf("%s: nearest is %s, of which %v is held and %d missing; best is %v", asked, placeName(*answer.Nearest), ready, len(answer.Missing), best)
		}
	}
	if compared < 500 || none < 100 || longer < 100 {
		t.Errorf("only %d paths were compared, %d longer than a step, and none found %d times", compared, longer, none)
	}
}
