package framework_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	. "skillatlas/internal/framework"
)

// trades is a framework of people who build: skills at sparse levels, roles that ask for
// some of them, nothing stated but one relation.
func trades(t testing.TB) *World {
	t.Helper()
	levels := func(list ...int) []LevelText {
		var texts []LevelText
		for _, l := range list {
			texts = append(texts, LevelText{l, fmt.Sprintf("At level %d.", l)})
		}
		return texts
	}
	return edited(t, &World{}, "trades",
		CreateFramework{Code: "trades", Name: "Trades"},
		DefineLevel{Ordinal: 1, Name: Some("One")}, DefineLevel{Ordinal: 2, Name: Some("Two")},
		DefineLevel{Ordinal: 3, Name: Some("Three")}, DefineLevel{Ordinal: 5, Name: Some("Five")},
		CreateCategory{Code: "wood", Name: "Wood"},
		CreateSkill{Code: "SAW", Name: "Sawing", Description: "Cutting timber along a line.", Category: "wood", Levels: levels(1, 2, 3)},
		CreateSkill{Code: "JOIN", Name: "Joinery", Description: "Joining timber without nails.", Category: "wood", Levels: levels(2, 3, 5)},
		CreateSkill{Code: "DRAW", Name: "Drawing", Description: "Drawing plans to scale.", Levels: levels(1, 5)},
		CreateSkill{Code: "LAY", Name: "Bricklaying", Description: "Laying bricks to a line.", Levels: levels(1, 2)},
		CreateSkill{Code: "SAFE", Name: "Safety"},
		CreateSkill{Code: "ALONE", Name: "Glassblowing", Description: "Blowing vessels.", Levels: levels(1, 2)},
		Relate{From: "DRAW", Type: Prerequisite, To: "JOIN"},
		CreateRole{Code: "carpenter", Name: "Carpenter", Seniority: 1, Requirements: []Requirement{
			{Skill: "SAW", Level: 2}, {Skill: "JOIN", Level: 2, Importance: Optional}, {Skill: "SAFE"}}},
		CreateRole{Code: "joiner", Name: "Joiner", Seniority: 2, Requirements: []Requirement{
			{Skill: "SAW", Level: 3}, {Skill: "JOIN", Level: 5, Weight: 0.5}, {Skill: "DRAW", Level: 1, Importance: Optional}}},
		CreateRole{Code: "mason", Name: "Mason", Requirements: []Requirement{{Skill: "LAY", Level: 2}, {Skill: "DRAW", Level: 1}, {Skill: "SAFE"}}},
		CreateRole{Code: "gone", Name: "Gone", Requirements: []Requirement{{Skill: "SAW"}}},
		RetireRole{Code: "gone"},
	)
}

func role(code string) CareerEnd { return CareerEnd{Role: &code} }

func atLevel(skill string, level int) CareerEnd {
	return CareerEnd{Skill: &SkillHeld{Skill: skill, Level: &level}}
}

func having(list ...any) CareerEnd {
	end := CareerEnd{Profile: []SkillHeld{}}
	for i := 0; i < len(list); i += 2 {
		h := SkillHeld{Skill: list[i].(string)}
		if level := list[i+1].(int); level > 0 {
			h.Level = &level
		}
		end.Profile = append(end.Profile, h)
	}
	return end
}

func ordinal(l *LevelView) int {
	if l == nil {
		return 0
	}
	return l.Ordinal()
}

func gapLines(t *testing.T, g *SkillGapView) []string {
	t.Helper()
	var lines []string
	for _, i := range must(g.Items(t.Context(), nil)) {
		line := fmt.Sprintf("%s %s %d/%d", i.Skill().Code(), i.Status(), ordinal(i.Held()), ordinal(i.Wanted()))
		if c := i.Credit(); c != nil {
			line += fmt.Sprintf(" %.2f of %.2f", *c, *i.Weight())
		}
		for _, l := range i.MissingLevels() {
			line += " " + l.Code()
		}
		if near := must(i.Leads(t.Context())); near != nil {
			line += " from " + near.Skill.Code()
		}
		lines = append(lines, line)
	}
	return append(lines, fmt.Sprintf("ready %.4f", g.Readiness()))
}

func TestGap(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	tests := []struct {
		name       string
		have, want CareerEnd
		lines      []string
	}{
		{"a role and the next", role("carpenter"), role("joiner"), []string{
			"DRAW MISSING 0/1 0.00 of 0.50 DRAW_1 from JOIN",
			"JOIN PARTLY 2/5 0.50 of 0.50 JOIN_3 JOIN_5",
			"SAFE SURPLUS 0/0",
			"SAW PARTLY 2/3 0.67 of 1.00 SAW_3",
			"ready 0.4583",
		}},
		{"back again", role("joiner"), role("carpenter"), []string{
			"DRAW SURPLUS 1/0",
			"JOIN MET 5/2 1.00 of 0.50",
			"SAFE MISSING 0/0 0.00 of 1.00 from DRAW",
			"SAW MET 3/2 1.00 of 1.00",
			"ready 0.6000",
		}},
		{"a profile, of which one skill is held at no level", having("SAW", 0, "SAFE", 0), role("carpenter"), []string{
			"JOIN MISSING 0/2 0.00 of 0.50 JOIN_2 from SAW",
			"SAFE MET 0/0 1.00 of 1.00",
			"SAW PARTLY 1/2 0.50 of 1.00 SAW_2",
			"ready 0.6000",
		}},
		{"a skill told twice counts at its highest level", having("SAW", 1, "SAW", 3), atLevel("SAW", 3), []string{"SAW MET 3/3 1.00 of 1.00", "ready 1.0000"}},
		{"nothing is wanted", role("mason"), having(), []string{"DRAW SURPLUS 1/0", "LAY SURPLUS 2/0", "SAFE SURPLUS 0/0", "ready 1.0000"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.lines, gapLines(t, must(f.Gap(t.Context(), test.have, test.want)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCareerEndsAreChecked(t *testing.T) {
	w := edited(t, trades(t), "trades", RetireSkill{Code: "LAY"})
	f := w.View(anyone(), "trades", false)
	long := CareerEnd{Profile: make([]SkillHeld, 501)}
	for message, end := range map[string]CareerEnd{
		`want.role: there is no role "x" in framework trades`:                  role("x"),
		`want.role: role gone is retired; name one that is in use`:             role("gone"),
		`want.skill.skill: there is no skill "X" in framework trades`:          atLevel("X", 1),
		`want.profile[1].skill: skill LAY is retired; name one that is in use`: having("SAW", 1, "LAY", 1),
		`want.skill.level: there is no level 4 in framework trades`:            atLevel("SAW", 4),
		`want.profile: the profile has 501 skills; at most 500 are allowed`:    long,
	} {
		if _, err := f.Gap(t.Context(), having(), end); err == nil || err.Error() != message {
			t.Errorf("%s: got %v", message, err)
		}
	}
}

// TestReadinessOfAllRoles: what is worked out for all roles at once is what the gap says
// of each.
func TestReadinessOfAllRoles(t *testing.T) {
	for seed := range uint64(40) {
		a := newAuthor(seed)
		w := atOnce(atlas(t), a)
		f := w.View(anyone(), "demo", false)
		for r := range w.Snapshot("demo").Roles() {
			if r.Status != StatusActive {
				continue
			}
			have := role(r.Code)
			for _, m := range must(f.RolesFor(t.Context(), have, MaxPage, 0)) {
				gap := must(f.Gap(t.Context(), have, role(m.Role().Code())))
				if math.Abs(gap.Readiness()-m.Readiness()) > 1e-9 || m.Readiness() <= 0 {
					t.Fatalf("seed %d: from %s to %s %v, the gap says %v", seed, r.Code, m.Role().Code(), m.Readiness(), gap.Readiness())
				}
				back := must(f.Gap(t.Context(), role(m.Role().Code()), have))
				if math.Abs(back.Readiness()-must(m.Back(t.Context()))) > 1e-9 {
					t.Fatalf("seed %d: back from %s to %s %v, the gap says %v", seed, m.Role().Code(), r.Code, must(m.Back(t.Context())), back.Readiness())
				}
			}
		}
	}
}

func TestRolesFor(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	lines := func(list []RoleMatchView) (lines []string) {
		for _, m := range list {
			lines = append(lines, fmt.Sprintf("%s %.4f %.4f", m.Role().Code(), m.Readiness(), must(m.Back(t.Context()))))
		}
		return lines
	}
	for _, test := range []struct {
		name string
		got  []RoleMatchView
		want []string
	}{
		{"a profile", must(f.RolesFor(t.Context(), having("DRAW", 1, "SAW", 3), 10, 0)),
			[]string{"joiner 0.7500 1.0000", "carpenter 0.4000 0.3333", "mason 0.3333 0.5000"}},
		{"those that are ready enough", must(f.RolesFor(t.Context(), having("DRAW", 1, "SAW", 3), 10, 0.4)),
			[]string{"joiner 0.7500 1.0000", "carpenter 0.4000 0.3333"}},
		{"the first", must(f.Role("carpenter").Similar(t.Context(), 1, 0)), []string{"joiner 0.4583 0.6000"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(test.got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNextSkills: the level that opens most comes first, and what it says to open is what
// the gap says.
func TestNextSkills(t *testing.T) {
	f := trades(t).View(anyone(), "trades", false)
	have := having("SAW", 2)
	var lines []string
	for _, n := range must(f.NextSkills(t.Context(), have, 10, 0.5)) {
		line := fmt.Sprintf("%s %d->%d %.4f:", n.Ask().Skill().Code(), ordinal(n.Ask().From()), ordinal(n.Ask().To()), n.Gain())
		for _, r := range must(n.Opens(t.Context(), 10)) {
			line += " " + r.Code()
		}
		lines = append(lines, line)
		more := having("SAW", 2, n.Ask().Skill().Code(), ordinal(n.Ask().To()))
		opened := 0
		for _, code := range []string{"carpenter", "joiner", "mason"} {
			before, after := must(f.Gap(t.Context(), have, role(code))), must(f.Gap(t.Context(), more, role(code)))
			if before.Readiness() < 0.5 && after.Readiness() >= 0.5 {
				opened++
			}
		}
		if opened != n.OpensCount() {
			t.Errorf("%s: the gaps say that it opens %d", line, opened)
		}
	}
	want := []string{
		"SAFE 0->0 0.7333: carpenter", "DRAW 0->1 0.5833: joiner", "JOIN 0->2 0.3250: carpenter", "SAW 2->3 0.1667: joiner", "LAY 0->1 0.1667:",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// published reads the published framework, and skips the test where its files are not. It
// returns the order of its seniorities besides, as it is published.
func published(t testing.TB) (w *World, order []byte) {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "gdad")
	var list []exchange.File
	for _, name := range []string{"skills_az.csv", "roles_skills.csv", "role_level_order.csv"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Skipf("the published files are not here: %v", err)
		}
		list = append(list, exchange.File{Name: name, Content: content})
	}
	plan, err := exchange.Import(t.Context(), &World{}, "gdad", list, exchange.Options{Framework: "gdad"})
	if err != nil || len(plan.Faults) > 0 {
		t.Fatal(err, plan.Faults)
	}
	return next(&World{}, plan.Changes), list[2].Content
}

// TestSeniority: over the steps of seniority of a published framework, gaps say what a
// count over its files says.
func TestSeniority(t *testing.T) {
	w, order := published(t)
	f := w.View(anyone(), "gdad", false)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(order), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]map[int]string{} // role level names by role and ordinal
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[3])
		if err != nil {
			continue // a role without levels
		}
		if steps[r[1]] == nil {
			steps[r[1]] = map[int]string{}
		}
		steps[r[1]][n] = r[2]
	}
	codes := map[string]string{}
	for r := range w.Snapshot("gdad").Roles() {
		group := f.RoleGroup(r.Group)
		codes[group.Name()+"\x00"+r.Name] = r.Code
	}
	got := map[string]int{}
	for name, levels := range steps {
		for n := range levels {
			from, to := codes[name+"\x00"+levels[n]], codes[name+"\x00"+levels[n+1]]
			if levels[n+1] == "" {
				continue
			}
			if from == "" || to == "" {
				t.Fatalf("there is no role for %s: %s or %s", name, levels[n], levels[n+1])
			}
			for _, i := range must(must(f.Gap(t.Context(), role(from), role(to))).Items(t.Context(), nil)) {
				held, wanted := ordinal(i.Held()), ordinal(i.Wanted())
				switch {
				case i.Status() == GapPartly:
					got["rise"]++
				case i.Status() == GapMet && held > wanted:
					got["drop"]++
				case i.Status() == GapMet:
					got["stay"]++
				case i.Status() == GapMissing:
					got["appear"]++
				case i.Status() == GapSurplus:
					got["vanish"]++
				}
			}
		}
	}
	want := map[string]int{"rise": 824, "stay": 494, "drop": 24, "appear": 49, "vanish": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNextSkillAtTheThreshold: what becomes ready to just what is viable is opened, however
// the share is rounded.
func TestNextSkillAtTheThreshold(t *testing.T) {
	edits := []Edit{CreateFramework{Code: "ten", Name: "Ten"}}
	var want []Requirement
	var have []any
	for i := range 10 {
		code := fmt.Sprint("S", i)
		edits = append(edits, CreateSkill{Code: code, Name: code})
		want = append(want, Requirement{Skill: code})
		if i < 7 {
			have = append(have, code, 0)
		}
	}
	f := edited(t, &World{}, "ten", append(edits, CreateRole{Code: "all", Name: "All", Requirements: want})...).View(anyone(), "ten", false)
	list := must(f.NextSkills(t.Context(), having(have...), 5, 0.8))
	if len(list) != 3 || list[0].OpensCount() != 1 {
		t.Errorf("%d next skills, of which the first opens %d roles", len(list), list[0].OpensCount())
	}
	if roles := must(f.RolesFor(t.Context(), having(append(have, "S7", 0)...), 5, 0.8)); len(roles) != 1 {
		t.Errorf("%d roles are within reach then", len(roles))
	}
}
