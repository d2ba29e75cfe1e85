package exchange_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// apply makes changes in a world.
func apply(t testing.TB, w *framework.World, changes []framework.Change) *framework.World {
	t.Helper()
	if len(changes) == 0 {
		return w
	}
	return w.Apply(&framework.Revision{Seq: w.Seq() + 1, ID: fmt.Sprint(w.Seq() + 1), Time: time.Unix(w.Seq()+1, 0), Changes: changes})
}

// edit makes edits that must be accepted.
func edit(t testing.TB, w *framework.World, code string, edits ...framework.Edit) *framework.World {
	t.Helper()
	changes, problems := w.Edit(code, edits)
	if len(problems) > 0 {
		t.Fatalf("edits of %s: %v", code, problems)
	}
	return apply(t, w, changes)
}

// give exports in a format.
func give(t testing.TB, w *framework.World, format, code string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := exchange.Export(&b, format, w.Snapshot(code)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// export exports a bundle.
func export(t testing.TB, w *framework.World, code string) []byte {
	t.Helper()
	return give(t, w, "json", code)
}

// faultless imports files that must have no faults.
func faultless(t testing.TB, w *framework.World, format string, list []exchange.File, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	plan, err := exchange.Import(t.Context(), w, format, list, opt)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), faults(plan.Faults)); diff != "" {
		t.Fatal(diff)
	}
	return apply(t, w, plan.Changes), plan
}

// load imports a bundle that must be faultless.
func load(t testing.TB, w *framework.World, bundle []byte, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	return faultless(t, w, "json", []exchange.File{{Name: "bundle.json", Content: bundle}}, opt)
}

const other = "other"

// withOther is a world with a second framework to match skills with.
func withOther(t testing.TB) *framework.World {
	edits := []framework.Edit{framework.CreateFramework{Code: other, Name: "Other"}}
	for n := range 5 {
		edits = append(edits, framework.CreateSkill{Code: fmt.Sprint("o", n), Name: fmt.Sprint("Other ", n)})
	}
	return edit(t, new(framework.World), other, edits...)
}

// grow makes random edits, those that are accepted one at a time, and returns
// the world and how often each type of edit was accepted.
func grow(t testing.TB, w *framework.World, code string, r *rand.Rand, n int, accepted map[string]int) *framework.World {
	if w.Snapshot(code) == nil {
		w = edit(t, w, code, framework.CreateFramework{Code: code, Name: "Random <1> & \"co\"", Description: "a\n\nb\u2028c"})
		for l := 1; l <= 3; l++ {
			w = edit(t, w, code, framework.DefineLevel{Ordinal: l, Name: framework.Some(fmt.Sprint("Level ", l))})
		}
	}
	for range n {
		e := random(r, w.Snapshot(code))
		changes, problems := w.Edit(code, []framework.Edit{e})
		if len(problems) > 0 {
			continue
		}
		if len(changes) > 0 {
			accepted[fmt.Sprintf("%T", e)]++
		}
		w = apply(t, w, changes)
		if w.Snapshot(code).Framework().Archived && r.IntN(2) > 0 {
			w = edit(t, w, code, framework.UnarchiveFramework{})
			accepted["framework.UnarchiveFramework"]++
		}
	}
	return w
}

var someTexts = []string{
	"", "", "plain", "naïve “quotes” — dash", "two\nlines\n\n- list", "a < b > c & d", "tab\there", "e\u200b\u0301", "back\\slash \"q\"",
	"emoji 👩🏽‍💻", "\u00a0padded\u00a0", "\ufffd", "<script", "x\u2028y",
}

// random is an edit that may or may not make sense.
func random(r *rand.Rand, s *framework.Snapshot) framework.Edit {
	pick := func(prefix string, n int) string { return fmt.Sprint(prefix, r.IntN(n)) }
	maybe := func(s string) string {
		if r.IntN(3) == 0 {
			return ""
		}
		return s
	}
	text := func() string { return someTexts[r.IntN(len(someTexts))] }
	name := func() string { return "N" + text() }
	opt := func(s string) framework.Opt[string] {
		if r.IntN(2) == 0 {
			return framework.Opt[string]{}
		}
		return framework.Some(s)
	}
	number := func() framework.Opt[int] {
		if r.IntN(2) == 0 {
			return framework.Opt[int]{}
		}
		return framework.Some(r.IntN(4))
	}
	skill := func() string {
		if r.IntN(10) == 0 {
			return "é" + pick("S/", 3)
		}
		return pick("S", 8)
	}
	category := func() string { return pick("c", 6) }
	group := func() string { return pick("g", 5) }
	role := func() string { return pick("r", 6) }
	attribute := func() string { return pick("a", 3) }
	several := func(one func() string) []string {
		list := []string{one()}
		for r.IntN(2) == 0 {
			list = append(list, one())
		}
		return list
	}
	level := func() int { return 1 + r.IntN(4) }
	url := func() string { return []string{"", "https://example.org/a?b=c&d=<e>"}[r.IntN(2)] }
	relation := func() framework.Relate {
		e := framework.Relate{
			From: skill(), Type: framework.RelationTypes[r.IntN(len(framework.RelationTypes))], To: skill(), Note: text(),
		}
		if r.IntN(4) == 0 {
			e.ToFramework, e.To = other, pick("o", 5)
			e.Type = []framework.RelationType{framework.ExactMatch, framework.CloseMatch}[r.IntN(2)]
		}
		return e
	}
	stated := func() framework.Relate {
		if all := slices.Collect(s.Relations()); len(all) > 0 {
			e := all[r.IntN(len(all))]
			return framework.Relate{From: e.From, Type: e.Type, ToFramework: e.ToFramework, To: e.To, Note: text()}
		}
		return relation()
	}
	required := func() (string, string) {
		for e := range s.Roles() {
			if len(e.Requirements) > 0 && r.IntN(2) == 0 {
				return e.Code, e.Requirements[r.IntN(len(e.Requirements))].Skill
			}
		}
		return role(), skill()
	}
	importance := []framework.Importance{"", framework.Essential, framework.Optional}[r.IntN(3)]
	weight := []float64{0, 1, 0.1, 1e-9, 0.123456789012345}[r.IntN(5)]
	synonyms := []string{"zeta", "alpha " + text(), "  alpha", "alpha"}[:r.IntN(5)]
	edits := []func() framework.Edit{
		func() framework.Edit {
			patterns := []string{"", "S[0-9]", "é?S.*", "Z+"}
			return framework.UpdateFramework{
				Name: opt(name()), Description: opt(text()), Publisher: opt(text()), URL: opt(url()), Licence: opt(text()),
				Attribution: opt(text()), Locale: opt("en-GB"), SkillCodeHint: opt(text()),
				SkillCodePattern: opt(patterns[r.IntN(len(patterns))]),
				ShowsRelease:     framework.Some(r.IntN(2) == 0), HidesHead: framework.Some(r.IntN(2) == 0),
			}
		},
		func() framework.Edit {
			if r.IntN(5) > 0 {
				return relation()
			}
			return framework.ArchiveFramework{}
		},
		func() framework.Edit {
			return framework.DefineLevel{Ordinal: level(), Name: opt(name()), Essence: opt(text()), URL: opt(url())}
		},
		func() framework.Edit { return framework.RemoveLevel{Ordinal: level()} },
		func() framework.Edit {
			return framework.CreateAttribute{Code: attribute(), Name: name(), Type: text(), Description: text(), Position: r.IntN(3)}
		},
		func() framework.Edit {
			return framework.UpdateAttribute{Code: attribute(), Name: opt(name()), Type: opt(text()), Description: opt(text())}
		},
		func() framework.Edit { return framework.MoveAttribute{Code: attribute(), Position: r.IntN(4)} },
		func() framework.Edit { return framework.RetireAttribute{Code: attribute()} },
		func() framework.Edit { return framework.RestoreAttribute{Code: attribute()} },
		func() framework.Edit {
			return framework.DefineAttributeLevel{Attribute: attribute(), Level: level(), Description: text()}
		},
		func() framework.Edit { return framework.RemoveAttributeLevel{Attribute: attribute(), Level: level()} },
		func() framework.Edit {
			return framework.CreateCategory{Code: category(), Name: name(), Description: text(), Parent: maybe(category()), Position: r.IntN(3)}
		},
		func() framework.Edit {
			return framework.CreateCategory{Code: category(), Name: name(), Parent: maybe(category())}
		},
		func() framework.Edit {
			return framework.UpdateCategory{Code: category(), Name: opt(name()), Description: opt(text())}
		},
		func() framework.Edit {
			return framework.MoveCategory{Code: category(), Parent: opt(maybe(category())), Position: number()}
		},
		func() framework.Edit { return framework.RetireCategory{Code: category()} },
		func() framework.Edit { return framework.RestoreCategory{Code: category()} },
		func() framework.Edit {
			return framework.MergeCategories{Codes: several(category), Into: category()}
		},
		func() framework.Edit { return framework.SplitCategory{Code: category(), Into: several(category)} },
		func() framework.Edit {
			e := framework.CreateSkill{
				Code: skill(), Name: name(), Description: text(), Guidance: text(), Synonyms: synonyms, URL: url(),
				Category: maybe(category()), Position: r.IntN(3),
			}
			for l := level(); l < 4; l += 2 {
				e.Levels = append(e.Levels, framework.LevelText{Level: l, Description: text()})
			}
			return e
		},
		func() framework.Edit { return framework.CreateSkill{Code: skill(), Name: name()} },
		func() framework.Edit {
			e := framework.UpdateSkill{
				Code: skill(), Name: opt(name()), Description: opt(text()), Guidance: opt(text()), URL: opt(url()),
			}
			if r.IntN(2) == 0 {
				e.Synonyms = framework.Some(synonyms)
			}
			return e
		},
		func() framework.Edit {
			return framework.MoveSkill{Code: skill(), Category: opt(maybe(category())), Position: number()}
		},
		func() framework.Edit {
			if r.IntN(2) == 0 {
				return framework.RetireSkill{Code: skill()}
			}
			return framework.RetireSkill{Code: skill(), ReplacedBy: several(skill)}
		},
		func() framework.Edit { return framework.RestoreSkill{Code: skill()} },
		func() framework.Edit { return framework.MergeSkills{Codes: several(skill), Into: skill()} },
		func() framework.Edit { return framework.SplitSkill{Code: skill(), Into: several(skill)} },
		func() framework.Edit {
			return framework.DefineSkillLevel{Skill: skill(), Level: level(), Description: text()}
		},
		func() framework.Edit { return framework.RemoveSkillLevel{Skill: skill(), Level: level()} },
		func() framework.Edit { return relation() },
		func() framework.Edit { return relation() },
		func() framework.Edit {
			e := stated()
			return framework.UpdateRelation{From: e.From, Type: e.Type, ToFramework: e.ToFramework, To: e.To, Note: opt(e.Note)}
		},
		func() framework.Edit {
			e := stated()
			return framework.Unrelate{From: e.From, Type: e.Type, ToFramework: e.ToFramework, To: e.To}
		},
		func() framework.Edit {
			return framework.CreateRoleGroup{Code: group(), Name: name(), Description: text(), Parent: maybe(group()), Position: r.IntN(3)}
		},
		func() framework.Edit {
			return framework.UpdateRoleGroup{Code: group(), Name: opt(name()), Description: opt(text())}
		},
		func() framework.Edit {
			return framework.MoveRoleGroup{Code: group(), Parent: opt(maybe(group())), Position: number()}
		},
		func() framework.Edit { return framework.RetireRoleGroup{Code: group()} },
		func() framework.Edit { return framework.RestoreRoleGroup{Code: group()} },
		func() framework.Edit {
			e := framework.CreateRole{
				Code: role(), Name: name(), Description: text(), Group: maybe(group()), RoleKind: text(), Seniority: r.IntN(3),
			}
			for range r.IntN(3) {
				e.Requirements = append(e.Requirements, framework.Requirement{Skill: skill(), Level: r.IntN(4), Importance: importance, Weight: weight})
			}
			return e
		},
		func() framework.Edit { return framework.CreateRole{Code: role(), Name: name()} },
		func() framework.Edit {
			return framework.UpdateRole{Code: role(), Name: opt(name()), Description: opt(text()), RoleKind: opt(text())}
		},
		func() framework.Edit {
			return framework.MoveRole{Code: role(), Group: opt(maybe(group())), Seniority: number()}
		},
		func() framework.Edit {
			if r.IntN(2) == 0 {
				return framework.RetireRole{Code: role()}
			}
			return framework.RetireRole{Code: role(), ReplacedBy: several(role)}
		},
		func() framework.Edit { return framework.RestoreRole{Code: role()} },
		func() framework.Edit { return framework.MergeRoles{Codes: several(role), Into: role()} },
		func() framework.Edit { return framework.SplitRole{Code: role(), Into: several(role)} },
		func() framework.Edit {
			return framework.Require{Role: role(), Skill: skill(), Level: r.IntN(4), Importance: importance, Weight: weight}
		},
		func() framework.Edit {
			role, skill := required()
			return framework.Unrequire{Role: role, Skill: skill}
		},
	}
	return edits[r.IntN(len(edits))]()
}

// everyEdit is the types of edit there are.
var everyEdit = []framework.Edit{
	framework.UpdateFramework{}, framework.ArchiveFramework{}, framework.UnarchiveFramework{},
	framework.DefineLevel{}, framework.RemoveLevel{},
	framework.CreateAttribute{}, framework.UpdateAttribute{}, framework.MoveAttribute{}, framework.RetireAttribute{},
	framework.RestoreAttribute{}, framework.DefineAttributeLevel{}, framework.RemoveAttributeLevel{},
	framework.CreateCategory{}, framework.UpdateCategory{}, framework.MoveCategory{}, framework.RetireCategory{},
	framework.RestoreCategory{}, framework.MergeCategories{}, framework.SplitCategory{},
	framework.CreateSkill{}, framework.UpdateSkill{}, framework.MoveSkill{}, framework.RetireSkill{}, framework.RestoreSkill{},
	framework.MergeSkills{}, framework.SplitSkill{}, framework.DefineSkillLevel{}, framework.RemoveSkillLevel{},
	framework.Relate{}, framework.UpdateRelation{}, framework.Unrelate{},
	framework.CreateRoleGroup{}, framework.UpdateRoleGroup{}, framework.MoveRoleGroup{}, framework.RetireRoleGroup{}, framework.RestoreRoleGroup{},
	framework.CreateRole{}, framework.UpdateRole{}, framework.MoveRole{}, framework.RetireRole{}, framework.RestoreRole{},
	framework.MergeRoles{}, framework.SplitRole{}, framework.Require{}, framework.Unrequire{},
}

// TestRoundTrip: whatever a world holds, export, import into an empty store and
// export again gives the same bytes, and importing again changes nothing.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	worlds := 150
	if testing.Short() {
		worlds = 30
	}
	accepted := map[string]int{}
	for seed := range worlds {
		w := grow(t, withOther(t), "random", rand.New(rand.NewPCG(1, uint64(seed))), 800, accepted)
		first := export(t, w, "random")
		again, _ := load(t, withOther(t), first, exchange.Options{})
		if diff := cmp.Diff(string(first), string(export(t, again, "random"))); diff != "" {
			t.Fatalf("seed %d: export after import differs (-first +again):\n%s", seed, diff)
		}
		if err := framework.Check(again); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if _, plan := load(t, again, first, exchange.Options{}); len(plan.Edits)+len(plan.Missing) > 0 {
			t.Fatalf("seed %d: a second import plans %#v, misses %v", seed, plan.Edits, plan.Missing)
		}
	}
	if testing.Short() {
		return
	}
	for _, e := range everyEdit {
		if n := accepted[fmt.Sprintf("%T", e)]; n < 10 {
			t.Errorf("%T was accepted %d times only", e, n)
		}
	}
}

// TestOverwrite: importing the bundle of one world over another, and retiring
// what is missing, leads to the bundle's state as far as what is retired for
// being missing allows; a second import changes nothing.
func TestOverwrite(t *testing.T) {
	t.Parallel()
	worlds := 200
	if testing.Short() {
		worlds = 30
	}
	accepted := map[string]int{}
	identical := 0
	for seed := range worlds {
		r := rand.New(rand.NewPCG(2, uint64(seed)))
		common := grow(t, withOther(t), "random", r, 200*r.IntN(2), accepted)
		from := open(t, grow(t, common, "random", r, r.IntN(200), accepted))
		to := open(t, grow(t, common, "random", r, r.IntN(200), accepted))
		// Codes that break the rule are created by import into a new framework only.
		from = edit(t, from, "random", framework.UpdateFramework{SkillCodePattern: framework.Some("")})
		to = edit(t, to, "random", framework.UpdateFramework{SkillCodePattern: framework.Some("")})
		bundle := export(t, to, "random")
		for _, opt := range []exchange.Options{{}, {RetireMissing: true}} {
			t.Run(fmt.Sprint(seed, opt.RetireMissing), func(t *testing.T) {
				if !opt.RetireMissing {
					plan, err := exchange.Import(t.Context(), from, "json", []exchange.File{{Name: "bundle.json", Content: bundle}}, opt)
					if err != nil {
						t.Fatal(err)
					}
					if len(plan.Faults) > 0 && !slices.ContainsFunc(plan.Faults, func(f exchange.Fault) bool {
						return !strings.Contains(f.Message, "still holds")
					}) {
						return // the bundle retires a container of something it does not have
					}
				}
				after, _ := load(t, from, bundle, opt)
				if err := framework.Check(after); err != nil {
					t.Fatal(err)
				}
				_, plan := load(t, after, bundle, opt)
				if len(plan.Edits) > 0 {
					t.Fatalf("a second import plans %#v", plan.Edits)
				}
				if !opt.RetireMissing {
					return
				}
				for _, m := range plan.Missing {
					if m.Kind != framework.KindLevel { // kept while something retired uses them
						t.Errorf("%v is still missing", m)
					}
				}
				got := export(t, after, "random")
				want := string(bundle)
				if len(plan.Missing) == 0 && sameCodes(after, to) {
					identical++
					if diff := cmp.Diff(want, string(got)); diff != "" {
						t.Errorf("differs from the bundle (-bundle +store):\n%s", diff)
					}
				}
			})
		}
	}
	if identical < worlds/10 {
		t.Errorf("%d of %d worlds could be compared as a whole", identical, worlds)
	}
}

func open(t *testing.T, w *framework.World) *framework.World {
	if w.Snapshot("random").Framework().Archived {
		return edit(t, w, "random", framework.UnarchiveFramework{})
	}
	return w
}

// sameCodes tells whether two worlds have the same entities.
func sameCodes(a, b *framework.World) bool {
	codes := func(w *framework.World) string {
		var list []string
		s := w.Snapshot("random")
		for e := range s.Attributes() {
			list = append(list, "a "+e.Code)
		}
		for e := range s.Categories() {
			list = append(list, "c "+e.Code)
		}
		for e := range s.Skills() {
			list = append(list, "s "+e.Code)
		}
		for e := range s.RoleGroups() {
			list = append(list, "g "+e.Code)
		}
		for e := range s.Roles() {
			list = append(list, "r "+e.Code)
		}
		slices.Sort(list)
		return strings.Join(list, "\n")
	}
	return codes(a) == codes(b)
}
