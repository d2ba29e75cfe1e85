package framework_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

func TestRelated(t *testing.T) {
	w := edited(t, atlas(t), "demo",
		Relate{From: "SERVE", Type: EssentialFor, To: "BAKE"}, Relate{From: "MIX", Type: CloseMatch, ToFramework: "other", To: "COOK"},
		RetireSkill{Code: "SERVE", ReplacedBy: []string{"TASTE"}})
	in, out := Incoming, Outgoing
	tests := []struct {
		name, framework, skill string
		types                  []RelationType
		direction              *RelationDirection
		want                   []string
	}{
		{"all, by type as seen from here", "demo", "BAKE", nil, nil, []string{"RELATED TASTE", "PREREQUISITE MIX (First mix.)", "HAS_ESSENTIAL SERVE"}},
		{"from the other end of a relation", "demo", "MIX", nil, nil, []string{"PREREQUISITE_FOR BAKE (First mix.)", "CLOSE_MATCH other COOK"}},
		{"from the other end of a symmetric one and a match", "demo", "TASTE", nil, nil, []string{"RELATED BAKE", "REPLACES SERVE", "EXACT_MATCH other COOK"}},
		{"matches from the other framework", "other", "COOK", nil, nil, []string{"EXACT_MATCH demo TASTE", "CLOSE_MATCH demo MIX"}},
		{"of a type", "demo", "BAKE", []RelationType{Prerequisite}, nil, []string{"PREREQUISITE MIX (First mix.)"}},
		{"of an inverse type", "demo", "BAKE", []RelationType{HasEssential, PrerequisiteFor}, nil, []string{"HAS_ESSENTIAL SERVE"}},
		{"outgoing", "demo", "BAKE", nil, &out, []string{"RELATED TASTE", "PREREQUISITE MIX (First mix.)"}},
		{"incoming", "demo", "BAKE", nil, &in, []string{"RELATED TASTE", "HAS_ESSENTIAL SERVE"}},
		{"of a type in the other direction", "demo", "BAKE", []RelationType{Prerequisite}, &in, nil},
		{"none", "demo", "OLD", nil, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := w.View(anyone(), test.framework, false)
			var got []string
			for _, r := range must(f.Skill(test.skill).Related(t.Context(), test.types, test.direction, []RelationOrigin{OriginStated}, nil, 1, MaxPage)) {
				line := string(*r.Type())
				if code := r.Skill.Framework().Code(); code != test.framework {
					line += " " + code
				}
				line += " " + r.Skill.Code()
				if r.Note() != nil {
					line += " (" + *r.Note() + ")"
				}
				got = append(got, line)
				stated := r.Relation()
				ends := []string{stated.From().Code(), stated.To().Code()}
				if !stated.Type().Stored() || !slices.Contains(ends, test.skill) || !slices.Contains(ends, r.Skill.Code()) {
					t.Errorf("%s is stated as %v %s", line, ends, stated.Type())
				}
				if node := w.Node(anyone(), mustParse(t, stated.ID())); node == nil || node.ID() != stated.ID() {
					t.Errorf("%s: no node %s", line, stated.ID())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRelationTypes(t *testing.T) {
	for _, r := range RelationTypes {
		inverse := r.Inverse()
		if inverse.Inverse() != r {
			t.Errorf("the inverse of the inverse %s of %s is %s", inverse, r, inverse.Inverse())
		}
		if r.Symmetric() != (inverse == r) || !r.Stored() && !inverse.Stored() || r.Stored() && inverse.Stored() && inverse != r {
			t.Errorf("of %s and %s not exactly one is stored", r, inverse)
		}
	}
	if len(RelationTypes) != 18 || RelationType("LIKES").Inverse() != "" || RelationType("LIKES").Stored() || RelationType("").Stored() {
		t.Error("there are types that are none")
	}
}

func TestRoleFilters(t *testing.T) {
	w := edited(t, atlas(t), "demo", CreateRole{Code: "Bar", Name: "Chief", Group: "staff"}, Require{Role: "baker", Skill: "SERVE"})
	f := w.View(anyone(), "demo", false)
	both := []Status{StatusActive, StatusRetired}
	tests := map[string]struct {
		filter *RoleFilter
		want   []string
	}{
		"none":                   {nil, []string{"Bar", "baker", "chef"}},
		"status":                 {&RoleFilter{Status: []Status{StatusRetired}}, []string{"oldr"}},
		"group and all below":    {&RoleFilter{Group: new("staff")}, []string{"Bar", "baker"}},
		"group":                  {&RoleFilter{Group: new("kitchen")}, []string{"baker"}},
		"unknown group":          {&RoleFilter{Group: new("nope")}, nil},
		"any of the skills":      {&RoleFilter{Requires: []string{"TASTE", "SERVE", "NOPE"}}, []string{"baker", "chef"}},
		"unknown skill":          {&RoleFilter{Requires: []string{"NOPE"}}, nil},
		"prefix of code or name": {&RoleFilter{Prefix: new("cH")}, []string{"Bar", "chef"}},
		"all parts":              {&RoleFilter{Group: new("staff"), Prefix: new("ba"), Status: both, Requires: []string{"MIX"}}, []string{"baker"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			walks(t, func(first *int, after *string, last *int, before *string) (RoleConnection, error) {
				return f.Roles(t.Context(), first, after, last, before, test.filter)
			}, RoleView.Code, test.want...)
		})
	}
}

// TestFields reads every field of a view that the tests of lists do not.
func TestFields(t *testing.T) {
	w := edited(t, atlas(t), "demo",
		UpdateFramework{Description: Some("D"), Publisher: Some("P"), URL: Some("http://f"), Licence: Some("L"), Attribution: Some("A"), Locale: Some("en"), SkillCodeHint: Some("H")},
		DefineLevel{Ordinal: 1, URL: Some("http://l")}, UpdateSkill{Code: "BAKE", Guidance: Some("G"), URL: Some("http://s")},
		UpdateRole{Code: "baker", RoleKind: Some("K")}, RetireRole{Code: "chef", ReplacedBy: []string{"baker"}},
		MergeCategories{Codes: []string{"empty"}, Into: "sub"})
	v := anyone()
	v.Names = func(id string) string { return map[string]string{"ann": "Ann Other"}[id] }
	f := w.View(v, "demo", false)
	ctx := t.Context()
	show := func(list ...any) string {
		var parts []string
		for _, x := range list {
			switch p := x.(type) {
			case *string:
				if x = any("-"); p != nil {
					x = *p
				}
			case *int:
				if x = any("-"); p != nil {
					x = *p
				}
			case *float64:
				if x = any("-"); p != nil {
					x = *p
				}
			}
			parts = append(parts, fmt.Sprint(x))
		}
		return strings.Join(parts, " ")
	}
	baker, sub := f.Role("baker"), f.Category("sub")
	reqs := must(baker.Requirements(ctx, nil, nil, nil, nil, nil)).Nodes()
	rev := w.Revision(v, 4)
	var path, successors, children, tops, attributes, atLevel, skillLevels, roleTops []string
	for _, c := range sub.Path() {
		path = append(path, c.Code())
	}
	for _, c := range f.Category("empty").Successors() {
		successors = append(successors, c.Code())
	}
	for _, r := range f.Role("chef").Successors() {
		successors = append(successors, r.Code())
	}
	for _, c := range must(f.Category("top").Children(ctx, nil)) {
		children = append(children, c.Code()+" in "+c.Parent().Code())
	}
	for _, c := range must(f.Categories(ctx, nil)) {
		tops = append(tops, c.Code())
	}
	for _, a := range must(f.Attributes(ctx, nil)) {
		attributes = append(attributes, a.Code())
	}
	for _, a := range must(f.Level(1).Attributes(ctx)) {
		atLevel = append(atLevel, show(a.Attribute().Code(), a.Level().Ordinal(), a.Description()))
	}
	for _, s := range must(f.SkillLevels(ctx, []string{"BAKE_2", "BAKE_4", "NOPE_1", "BAKE", "BAKE_02"})) {
		if s == nil {
			skillLevels = append(skillLevels, "-")
			continue
		}
		skillLevels = append(skillLevels, show(s.Code(), s.Skill().Code(), s.Level().Name(), s.Description()))
	}
	for _, g := range must(f.RoleGroups(ctx, []Status{StatusActive, StatusRetired})) {
		roleTops = append(roleTops, g.Code())
	}
	version := f.Version()
	tests := map[string]struct{ got, want string }{
		"framework": {show(f.Code(), f.Name(), f.Description(), f.Publisher(), f.URL(), f.Licence(), f.Attribution(), f.Locale(), f.SkillCodePattern(), f.SkillCodeHint(), f.Archived()),
			"demo Demo D P http://f L A en [A-Z]+ H false"},
		"framework without": {show(w.View(v, "other", false).Description()), "-"},
		"version":           {show(version.Revision(), version.ContentRevision(), version.Time().Equal(epoch.Add(4*time.Hour)), version.Pinned(), version.ChangeRequests(), version.Release() == nil), "4 4 true false [] true"},
		"level":             {show(f.Level(1).Ordinal(), f.Level(1).Name(), f.Level(1).Essence(), f.Level(1).URL(), f.Level(3) == nil, len(f.Levels())), "1 Follow Is told. http://l true 3"},
		"attribute":         {show(f.Attribute("AUTO").Name(), f.Attribute("AUTO").Type(), f.Attribute("AUTO").Position(), f.Attribute("AUTO").Status(), len(f.Attribute("AUTO").Levels()), f.Attribute("NOPE") == nil), "Autonomy - 2 ACTIVE 1 true"},
		"attributes":        {show(attributes), "[INFL AUTO]"},
		"attribute levels":  {show(atLevel), "[AUTO 1 None.]"},
		"category":          {show(sub.Name(), sub.Description(), sub.Position(), sub.Status(), path, children, tops, f.Category("top").Parent() == nil, f.Category("") == nil), "Sub - 0 ACTIVE [top sub] [sub in top] [top] true true"},
		"successors":        {show(successors), "[sub baker]"},
		"skill": {show(f.Skill("BAKE").Name(), f.Skill("BAKE").Description(), f.Skill("BAKE").Guidance(), f.Skill("BAKE").Synonyms(), f.Skill("BAKE").URL(), f.Skill("BAKE").Position(), f.Skill("BAKE").Status(), f.Skill("BAKE").Category().Code(), f.Skill("TASTE").Category() == nil, f.Skill("NOPE") == nil),
			"Baking Bakes. G [Breadmaking] http://s 0 ACTIVE sub true true"},
		"skill levels": {show(skillLevels, len(f.Skill("BAKE").Levels())), "[BAKE_2 BAKE Assist Bakes with help. - - - -] 2"},
		"role group":   {show(f.RoleGroup("kitchen").Name(), f.RoleGroup("kitchen").Description(), f.RoleGroup("kitchen").Position(), f.RoleGroup("kitchen").Parent().Code(), roleTops, len(must(f.RoleGroup("staff").Children(ctx, nil)))), "Kitchen - 0 staff [oldg staff] 1"},
		"role":         {show(baker.Name(), baker.Description(), baker.Kind(), baker.Seniority(), baker.Status(), baker.Group().Code(), f.Role("chef").Group() == nil, f.Role("chef").Seniority(), f.Role("NOPE") == nil), "Baker - K 1 ACTIVE kitchen true - true"},
		"requirement":  {show(reqs[0].Skill().Code(), reqs[0].Level().Ordinal(), reqs[0].SkillLevel().Code(), reqs[0].Importance(), reqs[0].Weight()), "BAKE 2 BAKE_2 ESSENTIAL -"},
		"requirement at no level": {show(reqs[1].Skill().Code(), reqs[1].Level() == nil, reqs[1].SkillLevel() == nil, reqs[1].Importance(), reqs[1].Weight()),
			"MIX true true OPTIONAL 0.5"},
		"revision": {show(rev.Seq(), rev.UUID(), rev.Message(), rev.Author().ID(), rev.Author().Name(), rev.Frameworks(), rev.Time().Equal(epoch.Add(4*time.Hour))), "4 id-4 step 4 ann Ann Other [demo] true"},
		"frameworks": {show(f.Level(1).Framework().Code(), f.Attribute("AUTO").Framework().Code(), sub.Framework().Code(), f.RoleGroup("staff").Framework().Code(),
			baker.Framework().Code(), must(f.Relations(ctx, nil, nil, nil, nil, nil)).Nodes()[0].Framework().Code(), must(rev.Changes(ctx, new(1), nil, nil, nil, nil)).Nodes()[0].Framework()), "demo demo demo demo demo demo demo"},
		"notes": {show(must(f.Relations(ctx, nil, nil, nil, nil, nil)).Nodes()[1].Note(), f.Attribute("AUTO").Description(), f.RoleGroup("staff").Status()), "First mix. - ACTIVE"},
		"actor": {show(f.Actor("bob").ID(), f.Actor("bob").Name()), "bob -"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHistoryOfWorlds(t *testing.T) {
	w := atlas(t)
	for hours, want := range map[float64]int64{0.5: 0, 1: 1, 1.5: 1, 2: 2, 3: 3, 99: 3} {
		if got := w.SeqAt(epoch.Add(time.Duration(hours * float64(time.Hour)))); got != want {
			t.Errorf("at hour %v: got revision %d, want %d", hours, got, want)
		}
	}
	if w.Step(0) != nil || w.Step(4) != nil || w.Revision(anyone(), 0) != nil || w.Revision(anyone(), 4) != nil {
		t.Error("there are revisions before the first or after the last")
	}
	// Longer than the parts in which a world keeps its history.
	for i := range 1200 {
		w = next(w, changesOf(t, w, "demo", UpdateSkill{Code: "BAKE", Guidance: Some(fmt.Sprint(i))}))
	}
	if err := Check(w); err != nil {
		t.Error(err)
	}
	for _, seq := range []int64{1, 511, 512, 513, 1024, 1203} {
		if s := w.Step(seq); s.Seq != seq || s.ID != fmt.Sprintf("id-%d", seq) {
			t.Errorf("step %d is %+v", seq, s)
		}
	}
	// Two worlds that follow on one do not write to the same history.
	for _, seq := range []int64{1, 510, 511, 512, 2047} {
		w := uneventful(seq)
		one, two := w.Apply(&Revision{Seq: seq + 1, ID: "one"}), w.Apply(&Revision{Seq: seq + 1, ID: "two"})
		three, four := one.Apply(&Revision{Seq: seq + 2, ID: "three"}), one.Apply(&Revision{Seq: seq + 2, ID: "four"})
		got := []string{one.Step(seq + 1).ID, two.Step(seq + 1).ID, three.Step(seq + 1).ID, three.Step(seq + 2).ID, four.Step(seq + 2).ID}
		if diff := cmp.Diff([]string{"one", "two", "one", "three", "four"}, got); diff != "" {
			t.Errorf("after %d: %s", seq, diff)
		}
	}
	defer func() {
		if got := fmt.Sprint(recover()); got != "framework: revision 7 applied to a world at 1203" {
			t.Errorf("applied a revision out of turn: %s", got)
		}
	}()
	w.Apply(&Revision{Seq: 7})
}

// uneventful is a world after so many revisions that changed nothing.
func uneventful(seq int64) *World {
	w := &World{}
	for range seq {
		w = next(w, nil)
	}
	return w
}

// changesOf works out edits that must be accepted.
func changesOf(t *testing.T, w *World, framework string, list ...Edit) []Change {
	t.Helper()
	changes, problems := w.Edit(framework, list)
	if problems != nil {
		t.Error(problems)
	}
	return changes
}

func mustParse(t *testing.T, s string) NodeID {
	t.Helper()
	id, ok := ParseNodeID(s)
	if !ok {
		t.Fatalf("%q is not an id", s)
	}
	return id
}

func TestNodes(t *testing.T) {
	odd := "http://x.org/a:b@1?c=ü#_x"
	w := edited(t, atlas(t), "other", CreateSkill{Code: odd, Name: "Odd", Levels: nil}, DefineLevel{Ordinal: 5, Name: Some("Five")},
		DefineSkillLevel{odd, 5, ""}, Relate{From: odd, Type: Related, To: "COOK"}, CreateCategory{Code: odd, Name: "Odd"},
		CreateAttribute{Code: odd, Name: "Odd"}, CreateRoleGroup{Code: odd, Name: "Odd"}, CreateRole{Code: odd, Name: "Odd"})
	for _, pinned := range []bool{false, true} {
		f := w.View(anyone(), "other", pinned)
		at := ""
		if pinned {
			at = "@4"
		}
		ids := map[string]string{
			f.ID():                                "framework:other" + at + ":other",
			f.Level(5).ID():                       "level:other" + at + ":5",
			f.Attribute(odd).ID():                 "attribute:other" + at + ":" + odd,
			f.Category(odd).ID():                  "category:other" + at + ":" + odd,
			f.Skill(odd).ID():                     "skill:other" + at + ":" + odd,
			f.Skill(odd).Level(5).ID():            "skill_level:other" + at + ":" + odd + "_5",
			f.RoleGroup(odd).ID():                 "role_group:other" + at + ":" + odd,
			f.Role(odd).ID():                      "role:other" + at + ":" + odd,
			w.Revision(anyone(), 4).ID():          "revision::4",
			firstRelation(t, f):                   "relation:other" + at + ":COOK RELATED " + odd,
			w.View(anyone(), "shut", pinned).ID(): "framework:shut" + at + ":shut",
		}
		for got, want := range ids {
			if got != want {
				t.Errorf("got the id %s, want %s", got, want)
			}
			if n := w.Node(anyone(), mustParse(t, got)); n == nil || n.ID() != got {
				t.Errorf("%s leads to %v", got, n)
			}
		}
	}
	for _, id := range []string{
		"framework:other:demo", "framework:nope:nope", "skill:other:NOPE", "skill:nope:COOK", "skill_level:other:COOK_5", "skill_level:other:" + odd + "_05",
		"skill_level:other:COOK", "level:other:4", "level:other:05", "level:other:+5", "level:other:x", "attribute:other:x", "category:other:x",
		"relation:other:COOK RELATED NOPE", "relation:other:x", "relation:other:" + odd + " RELATED COOK", "role_group:other:x", "role:other:x",
		"revision::0", "revision::5", "revision::04", "revision::x", "revision:other:4", "revision:@4:4", "cake:other:COOK", "skill::COOK",
	} {
		if n := w.Node(anyone(), mustParse(t, id)); n != nil {
			t.Errorf("%s leads to %v", id, n.ID())
		}
	}
	for _, id := range []string{"", "skill", "skill:other", "skill:other:", ":other:COOK", "skill:other@:COOK", "skill:other@0:COOK", "skill:other@-1:COOK", "skill:other@04:COOK", "skill:other@x:COOK"} {
		if got, ok := ParseNodeID(id); ok || got != (NodeID{}) {
			t.Errorf("%q is an id: %+v", id, got)
		}
	}
}

func firstRelation(t *testing.T, f *FrameworkView) string {
	return must(f.Relations(t.Context(), new(1), nil, nil, nil, []RelationType{Related})).Nodes()[0].ID()
}

// TestVisibility asks everything about a framework the viewer may not see, by
// every route there is, next to the same question where they may.
func TestVisibility(t *testing.T) {
	w := edited(t, atlas(t), "demo", Relate{From: "BAKE", Type: CloseMatch, ToFramework: "other", To: "COOK"})
	ctx := t.Context()
	nodes := func(v *Viewer, ids ...string) (found []string) {
		for _, id := range ids {
			if n := w.Node(v, mustParse(t, id)); n != nil {
				found = append(found, n.ID())
			}
		}
		return found
	}
	related := func(v *Viewer, skill string) (found []string) {
		for _, r := range must(w.View(v, "demo", false).Skill(skill).Related(ctx, []RelationType{ExactMatch, CloseMatch}, nil, nil, nil, 1, MaxPage)) {
			found = append(found, r.Skill.Code())
		}
		return found
	}
	routes := []struct {
		name           string
		ask            func(v *Viewer) []string
		limited, admin []string
	}{
		{"view", func(v *Viewer) (found []string) {
			for _, code := range w.Codes() {
				if f := w.View(v, code, false); f != nil {
					found = append(found, f.Code())
				}
			}
			return found
		}, []string{"demo"}, []string{"demo", "other", "shut"}},
		{"list of frameworks", func(v *Viewer) (found []string) {
			c := must(w.Frameworks(ctx, v, nil, nil, nil, nil, true))
			for _, f := range c.Nodes() {
				found = append(found, f.Code())
			}
			return append(found, fmt.Sprint(must(c.TotalCount(ctx))))
		}, []string{"demo", "1"}, []string{"demo", "other", "shut", "3"}},
		{"default framework", func(v *Viewer) []string {
			code, err := w.Default(v, "", w.Seq())
			return []string{code, fmt.Sprint(err)}
		}, []string{"demo", "<nil>"}, []string{"", "there are several frameworks; say which with code: demo, other"}},
		{"configured framework", func(v *Viewer) []string {
			code := must(w.Default(v, "other", w.Seq()))
			return []string{fmt.Sprint(w.View(v, code, false) != nil)}
		}, []string{"false"}, []string{"true"}},
		{"nodes", func(v *Viewer) []string {
			return nodes(v, "framework:other:other", "skill:other:COOK", "relation:other:COOK EXACT_MATCH demo TASTE", "relation:demo:BAKE CLOSE_MATCH other COOK", "revision::2", "skill:other@4:COOK", "skill:demo:BAKE")
		}, []string{"skill:demo:BAKE"}, []string{"framework:other:other", "skill:other:COOK", "relation:other:COOK EXACT_MATCH demo TASTE", "relation:demo:BAKE CLOSE_MATCH other COOK", "revision::2", "skill:other@4:COOK", "skill:demo:BAKE"}},
		{"match stated here", func(v *Viewer) []string { return related(v, "BAKE") }, nil, []string{"COOK"}},
		{"match stated there", func(v *Viewer) []string { return related(v, "TASTE") }, nil, []string{"COOK"}},
		{"filter by what is related", func(v *Viewer) []string {
			c := must(w.View(v, "demo", false).Skills(ctx, nil, nil, nil, nil, &SkillFilter{Related: &RelatedFilter{To: "COOK"}}, SkillsByCode))
			return []string{fmt.Sprint(len(c.Edges))}
		}, []string{"0"}, []string{"0"}},
		{"relations", func(v *Viewer) (found []string) {
			c := must(w.View(v, "demo", false).Relations(ctx, nil, nil, nil, nil, nil))
			for _, r := range c.Nodes() {
				found = append(found, r.To().Code())
			}
			return append(found, fmt.Sprint(must(c.TotalCount(ctx))))
		}, []string{"TASTE", "MIX", "2"}, []string{"TASTE", "MIX", "COOK", "3"}},
		{"revisions", func(v *Viewer) (found []string) {
			c := must(w.Revisions(ctx, v, nil, nil, nil, nil))
			for _, r := range c.Nodes() {
				found = append(found, fmt.Sprint(r.Seq(), r.Frameworks()))
			}
			return append(found, fmt.Sprint(must(c.TotalCount(ctx))))
		}, []string{"1 [demo]", "4 [demo]", "2"}, []string{"1 [demo]", "2 [other]", "3 [shut]", "4 [demo]", "4"}},
		{"a revision", func(v *Viewer) []string { return []string{fmt.Sprint(w.Revision(v, 2) != nil)} }, []string{"false"}, []string{"true"}},
		{"changes", func(v *Viewer) (found []string) {
			c := must(w.Revision(v, 4).Changes(ctx, nil, nil, nil, nil, nil))
			for _, r := range c.Nodes() {
				found = append(found, fmt.Sprint(r.Key(), " ", r.Entity() != nil))
			}
			return append(found, fmt.Sprint(must(c.TotalCount(ctx))))
		}, []string{"0"}, []string{"BAKE CLOSE_MATCH other COOK true", "1"}},
		{"revisions of a framework", func(v *Viewer) (found []string) {
			for _, r := range must(w.View(v, "demo", false).Revisions(ctx, nil, nil, nil, nil)).Nodes() {
				found = append(found, fmt.Sprint(r.Seq()))
			}
			return found
		}, []string{"1", "4"}, []string{"1", "4"}},
	}
	for _, route := range routes {
		t.Run(route.name, func(t *testing.T) {
			limited, admin, nobody := anyone(), anyone(), anyone()
			limited.Actor = Actor{ID: "u", Access: Admin, Frameworks: []string{"demo"}}
			admin.Actor = Actor{ID: "u", Access: Admin}
			nobody.Actor = Actor{ID: "u", Access: AccessNone}
			if diff := cmp.Diff(route.limited, route.ask(limited)); diff != "" {
				t.Errorf("limited to demo: %s", diff)
			}
			if diff := cmp.Diff(route.admin, route.ask(admin)); diff != "" {
				t.Errorf("who may see all: %s", diff)
			}
			if w.View(nobody, "demo", false) != nil || w.Revision(nobody, 1) != nil {
				t.Error("who may see nothing sees something")
			}
		})
	}
}

// TestRevisionOfSeveralFrameworks shows one to someone who may see one of them.
func TestRevisionOfSeveralFrameworks(t *testing.T) {
	w := atlas(t)
	var changes []Change
	for _, code := range []string{"demo", "other", "shut"} {
		f := *w.Snapshot(code).Framework()
		f.Publisher = "P"
		changes = append(changes, Change{Ref: Ref{KindFramework, code, code}, Entity: &f})
	}
	w = next(w, changes)
	v := anyone()
	v.Actor.Frameworks = []string{"other"}
	r := w.Revision(v, w.Seq())
	if diff := cmp.Diff([]string{"other"}, r.Frameworks()); diff != "" {
		t.Error(diff)
	}
	walks(t, func(first *int, after *string, last *int, before *string) (ChangeConnection, error) {
		return r.Changes(t.Context(), first, after, last, before, nil)
	}, ChangeView.Framework, "other")
	walks(t, func(first *int, after *string, last *int, before *string) (ChangeConnection, error) {
		return r.Changes(t.Context(), first, after, last, before, new("demo"))
	}, ChangeView.Framework)
}

// TestConcurrentReaders lets many read one world for the first time at once; it
// is for the race detector.
func TestConcurrentReaders(t *testing.T) {
	base := newAuthor(1).larder(t)
	for range 20 {
		w := edited(t, base, "one", UpdateSkill{Code: "b", Name: Some("Other")})
		want := dump(edited(t, base, "one", UpdateSkill{Code: "b", Name: Some("Other")}))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if got := dump(w); got != want {
					t.Error("concurrent readers read different things")
				}
			})
			wg.Go(func() { w.Edit("one", edits(MergeSkills{Codes: []string{"a"}, Into: "b"})) })
			wg.Go(func() { next(w, changesOf(t, w, "one", CreateSkill{Code: "new", Name: "New"})) })
		}
		wg.Wait()
	}
}

// TestHistoryCostsWhatItHas reads histories of few revisions among very many.
func TestHistoryCostsWhatItHas(t *testing.T) {
	w := atlas(t)
	for range 3_000 {
		w = next(w, nil)
	}
	w = edited(t, w, "demo", UpdateSkill{Code: "BAKE", Name: Some("Baker's craft")})
	v := anyone()
	v.Budget = NewBudget(500)
	f := w.View(v, "demo", false)
	var got []string
	for _, s := range must(f.Skills(t.Context(), nil, nil, nil, nil, nil, SkillsByCode)).Nodes() {
		h := must(s.History(t.Context(), nil, nil, new(1), nil))
		got = append(got, fmt.Sprint(s.Code(), " ", h.Nodes()[0].Seq(), h.PageInfo.HasPreviousPage))
	}
	if diff := cmp.Diff([]string{"BAKE 3004 true", "MIX 1 false", "SERVE 1 false", "TASTE 1 false"}, got); diff != "" {
		t.Error(diff)
	}
	var revisions []int64
	for _, r := range must(f.Revisions(t.Context(), nil, nil, nil, nil)).Nodes() {
		revisions = append(revisions, r.Seq())
	}
	if diff := cmp.Diff([]int64{1, 3004}, revisions); diff != "" {
		t.Error(diff)
	}
}

// TestHistoryOfALevelThatWentAndCame has all that happened to it.
func TestHistoryOfALevelThatWentAndCame(t *testing.T) {
	w := edited(t, atlas(t), "demo", DefineLevel{Ordinal: 5, Name: Some("Ensure")})
	w = edited(t, w, "demo", RemoveLevel{Ordinal: 5})
	w = edited(t, w, "demo", DefineLevel{Ordinal: 5, Name: Some("Ensure")})
	var got []int64
	for _, r := range must(w.View(anyone(), "demo", false).Level(5).History(t.Context(), nil, nil, nil, nil)).Nodes() {
		got = append(got, r.Seq())
	}
	if diff := cmp.Diff([]int64{4, 5, 6}, got); diff != "" {
		t.Error(diff)
	}
}

// TestContentRevision is the last of the framework's revisions, whatever other
// frameworks state about its skills.
func TestContentRevision(t *testing.T) {
	w := edited(t, atlas(t), "other", Relate{From: "COOK", Type: CloseMatch, ToFramework: "demo", To: "BAKE"})
	for code, want := range map[string]int64{"demo": 1, "other": 4, "shut": 3} {
		f := w.View(anyone(), code, false)
		revisions := must(f.Revisions(t.Context(), nil, nil, new(1), nil)).Nodes()
		if got := f.Version().ContentRevision(); got != want || revisions[0].Seq() != want {
			t.Errorf("content revision of %s is %d and its last revision %d, want %d", code, got, revisions[0].Seq(), want)
		}
	}
}
