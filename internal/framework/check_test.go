package framework

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// sound is a world with something of everything that can be wrong.
func sound(t *testing.T) *World {
	t.Helper()
	w := &World{}
	for _, step := range []struct {
		code  string
		edits []Edit
	}{
		{"one", []Edit{
			CreateFramework{Code: "one", Name: "One"},
			DefineLevel{Ordinal: 1, Name: Some("First")}, DefineLevel{Ordinal: 2, Name: Some("Second")},
			CreateAttribute{Code: "a", Name: "A"}, DefineAttributeLevel{"a", 1, "x"}, DefineAttributeLevel{"a", 2, "y"},
			CreateAttribute{Code: "b", Name: "B"},
			CreateCategory{Code: "c", Name: "C"}, CreateCategory{Code: "d", Name: "D", Parent: "c"}, CreateCategory{Code: "e", Name: "E", Parent: "c"},
			CreateSkill{Code: "S", Name: "S", Category: "c", Synonyms: []string{"a", "b"}, Levels: []LevelText{{1, "x"}}},
			CreateSkill{Code: "T", Name: "T", Category: "c"}, CreateSkill{Code: "U", Name: "U"},
			Relate{From: "S", Type: Related, To: "T"}, Relate{From: "S", Type: Broader, To: "T"},
			CreateRoleGroup{Code: "g", Name: "G"}, CreateRoleGroup{Code: "h", Name: "H", Parent: "g"}, CreateRoleGroup{Code: "i", Name: "I", Parent: "g"},
			CreateRole{Code: "r", Name: "R", Group: "g", Requirements: []Requirement{{Skill: "S", Level: 1}, {Skill: "T"}}},
			CreateRole{Code: "q", Name: "Q", Group: "g", Requirements: []Requirement{{Skill: "S"}}},
		}},
		{"two", []Edit{
			CreateFramework{Code: "two", Name: "Two"}, CreateSkill{Code: "X", Name: "X"},
			Relate{From: "X", Type: ExactMatch, ToFramework: "one", To: "S"},
		}},
	} {
		changes, problems := w.Edit(step.code, step.edits)
		if problems != nil {
			t.Fatal(problems)
		}
		w = w.Apply(&Revision{Seq: w.seq + 1, Time: time.Unix(w.seq, 0), Changes: changes})
	}
	if err := Check(w); err != nil {
		t.Fatal(err)
	}
	return w
}

// broken finds things in a world that a test then breaks. Nothing of the world is
// used again.
type broken struct {
	w *World
	s *Snapshot
}

func (b broken) category(code string) *categoryNode {
	return b.s.categories.items[b.s.categories.index[code]]
}
func (b broken) skill(code string) *skillNode { return b.s.skills.items[b.s.skills.index[code]] }
func (b broken) group(code string) *groupNode { return b.s.groups.items[b.s.groups.index[code]] }

// apply makes changes to one that no edit would make.
func (b broken) apply(entities ...Entity) *World {
	r := &Revision{Seq: b.w.seq + 1, Time: time.Unix(b.w.seq, 0)}
	for _, e := range entities {
		r.Changes = append(r.Changes, Change{Ref: Ref{e.Kind(), "one", e.Key()}, Entity: e})
	}
	return b.w.Apply(r)
}

func changed[T any](v *T, change func(*T)) *T {
	c := *v
	change(&c)
	return &c
}

func TestCheckFinds(t *testing.T) {
	tests := []struct {
		name string
		// spoil breaks what it is given, or returns a world that is broken.
		spoil func(broken) *World
		want  string
	}{
		{"a history of another length", func(b broken) *World { b.w.seq = 3; return nil }, "world is at revision 3 with a history of 2"},
		{"revisions out of place", func(b broken) *World { b.w.history.at(1).Seq = 7; return nil }, "revision 7 stands at place 2 of the history"},
		{"time running backwards", func(b broken) *World { b.w.history.at(1).Time = time.Unix(-9, 0); return nil }, "revision 2 is earlier than the one before"},
		{"touches out of order", func(b broken) *World { slices.Reverse(b.w.history.at(0).Touches); return nil }, "the changes of revision 1 are not in order"},
		{"a revision of the future", func(b broken) *World { b.s.revisions = b.s.revisions.with(3); return nil }, "one: the framework has revision 3, which is not one of its own"},
		{"a revision of another framework", func(b broken) *World { b.s.revisions = b.s.revisions.with(2); return nil }, "one: the framework has revision 2, which is not one of its own"},
		{"no revision", func(b broken) *World { b.s.revisions = series[int64]{}; return nil }, "one: the framework has 0 revisions, the history 1"},
		{"a revision twice", func(b broken) *World { b.skill("S").revisions = b.skill("S").revisions.with(1); return nil }, `one: skill "S" has revision 1, which is not one of its own`},
		{"a revision of another skill", func(b broken) *World { b.skill("S").revisions = b.skill("S").revisions.with(2); return nil }, `one: skill "S" has revision 2, which is not one of its own`},
		{"a revision that a role lost", func(b broken) *World { b.s.trails = table[series[int64]]{}; return nil }, "one: what it holds has 9 revisions in all, the history 15"},
		{"a relation to no framework", func(b broken) *World {
			return b.apply(&Relation{From: "S", Type: CloseMatch, ToFramework: "six", To: "X"})
		}, `something refers to the framework "six", which is not there`},
		{"a relation to no skill", func(b broken) *World { return b.apply(&Relation{From: "S", Type: Broader, To: "Z"}) }, `one: something refers to the skill "Z", which is not there`},
		{"relations that contradict one another", func(b broken) *World { return b.apply(&Relation{From: "T", Type: Broader, To: "S"}) }, `one: skill "S": has relation T BROADER S, which contradicts relation S BROADER T`},
		{"a skill in no category", func(b broken) *World {
			return b.apply(changed(b.s.skill("S"), func(s *Skill) { s.Category = "z" }))
		}, `one: something refers to the category "z", which is not there`},
		{"a role in no group", func(b broken) *World { return b.apply(changed(b.s.role("r"), func(r *Role) { r.Group = "z" })) }, `one: something refers to the role_group "z", which is not there`},

		{"a table out of order", func(b broken) *World {
			b.s.attributes.keys[0], b.s.attributes.keys[1] = "b", "a"
			return nil
		}, `one attributes: "a" stands after "b"`},
		{"a table with another index", func(b broken) *World { b.s.attributes.index["a"] = 1; return nil }, `one attributes: "a" is not where its key says`},
		{"a table that lost an entry", func(b broken) *World { delete(b.s.roles.index, "r"); return nil }, "one roles: 2 keys, 2 items, 1 index entries"},
		{"a skill under another key", func(b broken) *World {
			b.skill("S").Skill = changed(b.s.skill("S"), func(s *Skill) { s.Code = "SS" })
			return nil
		}, `one skills: "S" is not where its key says`},
		{"a category under another key", func(b broken) *World {
			b.category("d").Category = changed(b.s.category("d"), func(c *Category) { c.Code = "dd" })
			return nil
		}, `one categories: "d" is not where its key says`},
		{"a group under another key", func(b broken) *World {
			b.group("h").RoleGroup = changed(b.s.roleGroup("h"), func(g *RoleGroup) { g.Code = "hh" })
			return nil
		}, `one role groups: "h" is not where its key says`},
		{"a framework under another key", func(b broken) *World {
			b.s.framework = changed(b.s.framework, func(f *Framework) { f.Code = "six" })
			return nil
		}, `frameworks: "one" is not where its key says`},

		{"a framework's code", func(b broken) *World { b.s.framework.Code = "One!"; return nil }, `One!: framework "One!": has no valid code`},
		{"a framework's text", func(b broken) *World { b.s.framework.Licence = "<b>"; return nil }, `one: framework "one": has a text that is too long, not normalised or HTML: "<b>"`},
		{"a name of two lines", func(b broken) *World { b.s.framework.Name = "a\nb"; return nil }, `one: framework "one": has no name on one line: "a\nb"`},
		{"no name", func(b broken) *World { b.s.framework.Name = ""; return nil }, `one: framework "one": has no name on one line: ""`},
		{"a long name", func(b broken) *World { b.s.framework.Name = strings.Repeat("x", 501); return nil }, `one: framework "one": has no name on one line: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`},
		{"a long text", func(b broken) *World { b.s.framework.Description = strings.Repeat("x", 20_001); return nil }, `has a text that is too long`},
		{"a pattern", func(b broken) *World { b.s.framework.SkillCodePattern = "("; return nil }, `one: framework "one": has the pattern "("`},
		{"a level out of range", func(b broken) *World { b.s.levels[1].Ordinal = 21; return nil }, `one: level "21": is out of range`},
		{"levels out of order", func(b broken) *World { slices.Reverse(b.s.levels); return nil }, `one: level "1": is out of order`},
		{"a level's text", func(b broken) *World { b.s.levels[0].Essence = "a\u200bb"; return nil }, `one: level "1": has a text that`},
		{"an attribute's code", func(b broken) *World {
			return b.apply(&Attribute{Code: "x y", Name: "X", Status: StatusActive})
		}, `one: attribute "x y": has no valid code`},
		{"an attribute's status", func(b broken) *World { b.s.attribute("a").Status = "GONE"; return nil }, `one: attribute "a": has the status "GONE"`},
		{"an attribute's position", func(b broken) *World { b.s.attribute("a").Position = -1; return nil }, `one: attribute "a": has the position -1`},
		{"an attribute's text", func(b broken) *World { b.s.attribute("a").Type = " x"; return nil }, `one: attribute "a": has a text that`},
		{"levels of an attribute out of order", func(b broken) *World { slices.Reverse(b.s.attribute("a").Levels); return nil }, `one: attribute "a": has level 1 out of order`},
		{"an attribute at no level", func(b broken) *World { b.s.levels = b.s.levels[:1]; return nil }, `one: attribute "a": is described at level 2, which does not exist`},
		{"a text at a level", func(b broken) *World { b.skill("S").Levels[0].Description = "<i>"; return nil }, `one: skill "S": has a text that`},

		{"a category its parent does not list", func(b broken) *World { b.category("c").children = []string{"e"}; return nil }, `one: category "d": is not listed under its parent "c"`},
		{"a category listed by another", func(b broken) *World { b.category("d").children = []string{"e"}; return nil }, `one: category "d": lists the category "e", which is not there`},
		{"categories listed out of order", func(b broken) *World { slices.Reverse(b.category("c").children); return nil }, `one: category "c": lists the category "d" out of order`},
		{"a listed category that is not there", func(b broken) *World { b.category("d").children = []string{"z"}; return nil }, `one: category "d": lists the category "z", which is not there`},
		{"an active category in a retired one", func(b broken) *World { b.category("c").Status = StatusRetired; return nil }, `one: category "d": is active under a retired parent`},
		{"a cycle of categories", func(b broken) *World {
			return b.apply(changed(b.s.category("c"), func(c *Category) { c.Parent = "d" }))
		}, `one: category "c": is too deep or part of a cycle`},
		{"a tree too deep", func(b broken) *World {
			var chain []Entity
			for i := range 20 {
				chain = append(chain, &Category{Code: fmt.Sprintf("x%02d", i), Name: "X", Status: StatusActive, Parent: fmt.Sprintf("x%02d", i-1)})
			}
			chain[0].(*Category).Parent = "c"
			return b.apply(chain...)
		}, `one: category "x19": is too deep or part of a cycle`},
		{"a skill its category does not list", func(b broken) *World { b.category("c").skills = []string{"T"}; return nil }, `one: skill "S": is not listed in its category "c"`},
		{"a skill listed by another category", func(b broken) *World { b.category("d").skills = []string{"S"}; return nil }, `one: category "d": lists the skill "S", which is not there`},
		{"a listed skill that is not there", func(b broken) *World { b.category("d").skills = []string{"Z"}; return nil }, `one: category "d": lists the skill "Z", which is not there`},
		{"skills listed out of order", func(b broken) *World { slices.Reverse(b.category("c").skills); return nil }, `one: category "c": lists the skill "S" out of order`},
		{"successors of an active category", func(b broken) *World { b.category("c").Successors = []string{"d"}; return nil }, `one: category "c": has the successor "d"`},
		{"successors of a category that are not there", func(b broken) *World {
			c := b.category("d")
			c.Status, c.Successors = StatusRetired, []string{"z"}
			return nil
		}, `one: category "d": has the successor "z"`},
		{"a category's position", func(b broken) *World { b.category("e").Position = 1_000_001; return nil }, `one: category "e": has the position 1000001`},

		{"a skill's code", func(b broken) *World { return b.apply(&Skill{Code: "A_1", Name: "X", Status: StatusActive}) }, `one: skill "A_1": has a code that reads as a skill level`},
		{"a skill's text", func(b broken) *World { b.skill("S").Guidance = "x "; return nil }, `one: skill "S": has a text that`},
		{"a skill's URL", func(b broken) *World { b.skill("S").URL = "x"; return nil }, `one: skill "S": has the URL "x"`},
		{"a skill's position", func(b broken) *World { b.skill("S").Position = -1; return nil }, `one: skill "S": has the position -1`},
		{"synonyms out of order", func(b broken) *World { slices.Reverse(b.skill("S").Synonyms); return nil }, `one: skill "S": has synonyms out of order`},
		{"a synonym", func(b broken) *World { b.skill("S").Synonyms = []string{"<b>"}; return nil }, `one: skill "S": has a text that`},
		{"an active skill in a retired category", func(b broken) *World { b.category("c").Status = StatusRetired; return nil }, `one: skill "S": is active in a retired category`},
		{"relations out of order", func(b broken) *World { slices.Reverse(b.skill("S").edges); return nil }, `one: skill "S": has relations out of order`},
		{"a relation twice", func(b broken) *World {
			n := b.skill("S")
			n.edges = slices.Insert(n.edges, 0, n.edges[0])
			return nil
		}, `one: skill "S": has relation S RELATED T twice`},
		{"an inverse stored", func(b broken) *World { return b.apply(&Relation{From: "S", Type: Narrower, To: "U"}) }, `one: skill "S": has relation S NARROWER U under an inverse type`},
		{"a relation of no type", func(b broken) *World { return b.apply(&Relation{From: "S", Type: "LIKES", To: "U"}) }, `one: skill "S": has relation S LIKES U under an inverse type`},
		{"a relation to itself", func(b broken) *World { return b.apply(&Relation{From: "U", Type: Broader, To: "U"}) }, `one: skill "U": is related to itself`},
		{"a relation that does not cross frameworks", func(b broken) *World {
			return b.apply(&Relation{From: "U", Type: Broader, ToFramework: "two", To: "X"})
		}, `one: skill "U": has relation U BROADER two X across frameworks`},
		{"a symmetric relation the wrong way round", func(b broken) *World {
			return b.apply(&Relation{From: "U", Type: Related, To: "S"})
		}, `one: skill "S": has relation U RELATED S with its ends the wrong way round`},
		{"a match stated from both ends", func(b broken) *World {
			return b.apply(&Relation{From: "S", Type: ExactMatch, ToFramework: "two", To: "X"})
		}, `has relation X EXACT_MATCH one S stated from both ends`},
		{"a relation the other end does not see", func(b broken) *World { b.skill("T").edges = nil; return nil }, `one: skill "S": has relation S RELATED T that its other end does not see`},
		{"a relation the other end sees otherwise", func(b broken) *World {
			r := *b.skill("T").edges[0].relation
			b.skill("T").edges[0].relation = &r
			return nil
		}, `one: skill "S": has relation S RELATED T that its other end does not see`},
		{"a match the other framework does not see", func(b broken) *World { b.skill("S").edges = b.skill("S").edges[:2]; return nil }, `two: skill "X": has relation X EXACT_MATCH one S that its other end does not see`},
		{"a note", func(b broken) *World { b.skill("S").edges[0].relation.Note = "<b>"; return nil }, `one: relation "S RELATED T": has a text that`},
		{"too many relations", func(b broken) *World {
			var list []Entity
			for i := range 2001 {
				code := fmt.Sprintf("x%04d", i)
				list = append(list, &Skill{Code: code, Name: "X", Status: StatusActive}, &Relation{From: "U", Type: Broader, To: code})
			}
			return b.apply(list...)
		}, `one: skill "U": has 2001 relations`},

		{"roles of a skill out of order", func(b broken) *World { slices.Reverse(b.skill("S").requiredBy); return nil }, `one: skill "S": has roles out of order`},
		{"a role that does not require the skill", func(b broken) *World {
			b.skill("U").requiredBy = []*Role{b.s.role("r")}
			return nil
		}, `one: skill "U": is listed as required by "r"`},
		{"an old version of a role", func(b broken) *World {
			old := *b.s.role("q")
			b.skill("S").requiredBy[0] = &old
			return nil
		}, `one: skill "S": is listed as required by "q"`},

		{"a group its parent does not list", func(b broken) *World { b.group("g").children = []string{"i"}; return nil }, `one: role_group "h": is not listed under its parent "g"`},
		{"a group listed by another", func(b broken) *World { b.group("h").children = []string{"i"}; return nil }, `one: role_group "h": lists the role group "i", which is not there`},
		{"a listed group that is not there", func(b broken) *World { b.group("h").children = []string{"z"}; return nil }, `one: role_group "h": lists the role group "z", which is not there`},
		{"groups listed out of order", func(b broken) *World { slices.Reverse(b.group("g").children); return nil }, `one: role_group "g": lists the role group "h" out of order`},
		{"an active group in a retired one", func(b broken) *World { b.group("g").Status = StatusRetired; return nil }, `one: role_group "h": is active under a retired parent`},
		{"a cycle of groups", func(b broken) *World {
			return b.apply(changed(b.s.roleGroup("g"), func(g *RoleGroup) { g.Parent = "h" }))
		}, `one: role_group "g": is too deep or part of a cycle`},
		{"a group's position", func(b broken) *World { b.group("h").Position = -1; return nil }, `one: role_group "h": has the position -1`},
		{"roles listed out of order", func(b broken) *World { slices.Reverse(b.group("g").roles); return nil }, `one: role_group "g": lists the role "q" out of order`},
		{"a listed role that is not there", func(b broken) *World { b.group("h").roles = []string{"z"}; return nil }, `one: role_group "h": lists the role "z", which is not there`},
		{"a role its group does not list", func(b broken) *World { b.group("g").roles = []string{"q"}; return nil }, `one: role "r": is not listed in its group "g"`},
		{"an active role in a retired group", func(b broken) *World { b.group("g").Status = StatusRetired; return nil }, `one: role "r": is active in a retired group`},
		{"a role's text", func(b broken) *World { b.s.role("r").RoleKind = "<b>"; return nil }, `one: role "r": has a text that`},
		{"a role's seniority", func(b broken) *World { b.s.role("q").Seniority = -1; return nil }, `one: role "q": has the seniority -1`},
		{"requirements out of order", func(b broken) *World { slices.Reverse(b.s.role("r").Requirements); return nil }, `one: role "r": has requirements out of order`},
		{"a requirement its skill does not know", func(b broken) *World { b.skill("T").requiredBy = nil; return nil }, `one: role "r": requires "T", which does not know it`},
		{"a requirement at no level", func(b broken) *World { b.s.role("r").Requirements[0].Level = 3; return nil }, `one: role "r": requires level 3, which does not exist`},
		{"an importance", func(b broken) *World { b.s.role("r").Requirements[0].Importance = ""; return nil }, `one: role "r": has the importance ""`},
		{"a weight", func(b broken) *World { b.s.role("r").Requirements[0].Weight = 2; return nil }, `one: role "r": has the weight 2`},
		{"successors of an active role", func(b broken) *World { b.s.role("r").Successors = []string{"q"}; return nil }, `one: role "r": has the successor "q"`},
		{"successors of a role that are not there", func(b broken) *World {
			r := b.s.role("r")
			r.Status, r.Successors = StatusRetired, []string{"z"}
			return nil
		}, `one: role "r": has the successor "z"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := sound(t)
			if next := test.spoil(broken{w, w.Snapshot("one")}); next != nil {
				w = next
			}
			if err := Check(w); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want a fault with\n\t%s\ngot\n\t%v", test.want, err)
			}
		})
	}
}
