package framework_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// topics writes what an edit is about as kind:key, with the level of a skill.
func topics(list []Topic) string {
	var all []string
	for _, t := range list {
		s := string(t.Kind) + ":" + t.Key
		if t.Level != 0 {
			s += "@" + string(rune('0'+t.Level))
		}
		if t.Framework != "demo" {
			s = t.Framework + " " + s
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func TestAbout(t *testing.T) {
	tested := map[string]bool{}
	for _, tc := range []struct {
		edit Edit
		want string
	}{
		{UpdateFramework{}, "framework:demo"},
		{DefineLevel{Ordinal: 3}, "level:3"},
		{RemoveLevel{Ordinal: 12}, "level:12"},
		{CreateAttribute{Code: "A"}, "attribute:A"},
		{UpdateAttribute{Code: "A"}, "attribute:A"},
		{MoveAttribute{Code: "A"}, "attribute:A"},
		{RetireAttribute{Code: "A"}, "attribute:A"},
		{RestoreAttribute{Code: "A"}, "attribute:A"},
		{DefineAttributeLevel{Attribute: "A", Level: 2}, "attribute:A"},
		{RemoveAttributeLevel{Attribute: "A", Level: 2}, "attribute:A"},
		{CreateCategory{Code: "C", Parent: "P"}, "category:C"},
		{UpdateCategory{Code: "C"}, "category:C"},
		{MoveCategory{Code: "C", Parent: Some("P")}, "category:C"},
		{RetireCategory{Code: "C"}, "category:C"},
		{RestoreCategory{Code: "C"}, "category:C"},
		{MergeCategories{Codes: []string{"D", "C"}, Into: "B"}, "category:B, category:C, category:D"},
		{SplitCategory{Code: "C", Into: []string{"B", "D"}}, "category:B, category:C, category:D"},
		{CreateSkill{Code: "S", Category: "C", Levels: []LevelText{{Level: 2}}}, "skill:S"},
		{UpdateSkill{Code: "S"}, "skill:S"},
		{MoveSkill{Code: "S", Category: Some("C")}, "skill:S"},
		{RetireSkill{Code: "S"}, "skill:S"},
		{RetireSkill{Code: "S", ReplacedBy: []string{"T"}}, "skill:S, skill:T, relation:S REPLACED_BY T"},
		{RestoreSkill{Code: "S"}, "skill:S"},
		{MergeSkills{Codes: []string{"S", "T"}, Into: "U"},
			"skill:S, skill:T, skill:U, relation:S MERGED_INTO U, relation:T MERGED_INTO U"},
		{SplitSkill{Code: "S", Into: []string{"T", "U"}},
			"skill:S, skill:T, skill:U, relation:S SPLIT_INTO T, relation:S SPLIT_INTO U"},
		{DefineSkillLevel{Skill: "S", Level: 5}, "skill:S@5"},
		{RemoveSkillLevel{Skill: "S", Level: 5}, "skill:S@5"},
		{Relate{From: "S", Type: Prerequisite, To: "A"}, "skill:A, skill:S, relation:S PREREQUISITE A"},
		{Relate{From: "S", Type: Narrower, To: "A"}, "skill:A, skill:S, relation:A BROADER S"},
		{Relate{From: "S", Type: Related, To: "A"}, "skill:A, skill:S, relation:A RELATED S"},
		{Relate{From: "S", Type: Related, To: "A", ToFramework: "demo"}, "skill:A, skill:S, relation:A RELATED S"},
		{Relate{From: "S", Type: ExactMatch, To: "A", ToFramework: "other"}, "skill:S, relation:S EXACT_MATCH other A"},
		{Relate{From: "S", Type: "LIKES", To: "A"}, "skill:A, skill:S"},
		{UpdateRelation{From: "S", Type: Related, To: "A"}, "skill:A, skill:S, relation:A RELATED S"},
		{Unrelate{From: "S", Type: Narrower, To: "A"}, "skill:A, skill:S, relation:A BROADER S"},
		{CreateRoleGroup{Code: "G", Parent: "P"}, "role_group:G"},
		{UpdateRoleGroup{Code: "G"}, "role_group:G"},
		{MoveRoleGroup{Code: "G", Parent: Some("P")}, "role_group:G"},
		{RetireRoleGroup{Code: "G"}, "role_group:G"},
		{RestoreRoleGroup{Code: "G"}, "role_group:G"},
		{CreateRole{Code: "R", Group: "G", Requirements: []Requirement{{Skill: "S"}}}, "role:R"},
		{UpdateRole{Code: "R"}, "role:R"},
		{MoveRole{Code: "R", Group: Some("G")}, "role:R"},
		{RetireRole{Code: "R", ReplacedBy: []string{"Q", "Q"}}, "role:Q, role:R"},
		{RestoreRole{Code: "R"}, "role:R"},
		{MergeRoles{Codes: []string{"R", "Q"}, Into: "P"}, "role:P, role:Q, role:R"},
		{SplitRole{Code: "R", Into: []string{"P", "Q"}}, "role:P, role:Q, role:R"},
		{Require{Role: "R", Skill: "S"}, "skill:S, role:R"},
		{&Unrequire{Role: "R", Skill: "S"}, "skill:S, role:R"},
		{UpdateSkill{}, ""},
		{MergeSkills{}, ""},
		{ArchiveFramework{}, ""},
		{nil, ""},
	} {
		tested[EditName(tc.edit)] = true
		t.Run(strings.TrimSpace(EditName(tc.edit)+" "+tc.want), func(t *testing.T) {
			if diff := cmp.Diff(tc.want, topics(About("demo", tc.edit))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name := range ContentEdits() {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

// What an edit is about includes all that it changes in a world, but for what a
// merge passes on.
func TestAboutKnowsWhatChanges(t *testing.T) {
	w := atlas(t)
	for _, e := range []Edit{
		UpdateFramework{Name: Some("x")}, DefineLevel{Ordinal: 3, Name: Some("x")},
		UpdateAttribute{Code: "AUTO", Name: Some("x")}, DefineAttributeLevel{Attribute: "AUTO", Level: 2, Description: "x"},
		CreateCategory{Code: "new", Name: "x", Parent: "top"}, MoveCategory{Code: "empty", Parent: Some("top")},
		CreateSkill{Code: "NEW", Name: "x", Category: "sub"}, UpdateSkill{Code: "BAKE", Name: Some("x")},
		DefineSkillLevel{Skill: "BAKE", Level: 4, Description: "x"}, RetireSkill{Code: "BAKE"},
		RetireCategory{Code: "empty"},
	} {
		t.Run(EditName(e), func(t *testing.T) {
			changes, problems := w.Edit("demo", []Edit{e})
			if problems != nil || len(changes) == 0 {
				t.Fatal(changes, problems)
			}
			about := map[Ref]bool{}
			for _, topic := range About("demo", e) {
				about[topic.Ref] = true
			}
			for _, c := range changes {
				if !about[c.Ref] {
					t.Errorf("changes %v, and is about %v", c.Ref, about)
				}
			}
		})
	}
}

var (
	demoFramework = Ref{KindFramework, "demo", "demo"}
	level3        = Ref{KindLevel, "demo", "3"}
	attributeA    = Ref{KindAttribute, "demo", "A"}
	categoryC     = Ref{KindCategory, "demo", "C"}
	skillS        = Ref{KindSkill, "demo", "S"}
	relationAS    = Ref{KindRelation, "demo", "A RELATED S"}
	groupG        = Ref{KindRoleGroup, "demo", "G"}
	roleR         = Ref{KindRole, "demo", "R"}
)

func TestOmit(t *testing.T) {
	skill := UpdateSkill{Code: "S", Name: Some("n"), Description: Some(""), Synonyms: Some([]string{"a"})}
	both := []string{"R", "Q"}
	tested := map[string]bool{}
	for _, tc := range []struct {
		name  string
		edit  Edit
		ref   Ref
		field string
		want  Edit // nil when nothing is left
	}{
		{"one of several", skill, skillS, "name", UpdateSkill{Code: "S", Description: Some(""), Synonyms: Some([]string{"a"})}},
		{"one that clears", skill, skillS, "description", UpdateSkill{Code: "S", Name: Some("n"), Synonyms: Some([]string{"a"})}},
		{"a list", skill, skillS, "synonyms", UpdateSkill{Code: "S", Name: Some("n"), Description: Some("")}},
		{"one it leaves alone", skill, skillS, "guidance", skill},
		{"one it has not", skill, skillS, "status", skill},
		{"its code", skill, skillS, "code", skill},
		{"of another skill", skill, Ref{KindSkill, "demo", "T"}, "name", skill},
		{"of a role with the same code", skill, Ref{KindRole, "demo", "S"}, "name", skill},
		{"the last", UpdateSkill{Code: "S", Name: Some("n")}, skillS, "name", nil},
		{"of one that does nothing", UpdateSkill{Code: "S"}, skillS, "name", UpdateSkill{Code: "S"}},
		{"of a pointer", &skill, skillS, "guidance", skill},
		{"framework", UpdateFramework{Name: Some("n"), URL: Some("u")}, demoFramework, "url", UpdateFramework{Name: Some("n")}},
		{"level", DefineLevel{Ordinal: 3, Name: Some("n"), Essence: Some("e")}, level3, "essence", DefineLevel{Ordinal: 3, Name: Some("n")}},
		{"whether there is a level", DefineLevel{Ordinal: 3, Name: Some("n")}, level3, "ordinal", nil},
		{"removed level", RemoveLevel{Ordinal: 3}, level3, "name", nil},
		{"another level", RemoveLevel{Ordinal: 4}, level3, "name", RemoveLevel{Ordinal: 4}},
		{"created attribute", CreateAttribute{Code: "A", Name: "n"}, attributeA, "name", nil},
		{"attribute", UpdateAttribute{Code: "A", Type: Some("t")}, attributeA, "type", nil},
		{"moved attribute", MoveAttribute{Code: "A"}, attributeA, "position", nil},
		{"moved attribute's name", MoveAttribute{Code: "A"}, attributeA, "name", MoveAttribute{Code: "A"}},
		{"retired attribute", RetireAttribute{Code: "A"}, attributeA, "status", nil},
		{"restored attribute", RestoreAttribute{Code: "A"}, attributeA, "status", nil},
		{"attribute level", DefineAttributeLevel{Attribute: "A", Level: 2}, attributeA, "levels.2", nil},
		{"removed attribute level", RemoveAttributeLevel{Attribute: "A", Level: 2}, attributeA, "levels.1", RemoveAttributeLevel{Attribute: "A", Level: 2}},
		{"created category", CreateCategory{Code: "C"}, categoryC, "parent", nil},
		{"category", UpdateCategory{Code: "C", Name: Some("n")}, categoryC, "name", nil},
		{"moved category", MoveCategory{Code: "C", Parent: Some("P"), Position: Some(1)}, categoryC, "parent", MoveCategory{Code: "C", Position: Some(1)}},
		{"retired category", RetireCategory{Code: "C"}, categoryC, "name", nil},
		{"restored category", RestoreCategory{Code: "C"}, categoryC, "status", nil},
		{"merged category", MergeCategories{Codes: []string{"B", "C"}, Into: "D"}, categoryC, "name", nil},
		{"category merged into", MergeCategories{Codes: []string{"B"}, Into: "C"}, categoryC, "name", MergeCategories{Codes: []string{"B"}, Into: "C"}},
		{"split category", SplitCategory{Code: "C"}, categoryC, "name", nil},
		{"created skill", CreateSkill{Code: "S"}, skillS, "levels.1", nil},
		{"moved skill", MoveSkill{Code: "S", Category: Some("")}, skillS, "category", nil},
		{"retired skill", RetireSkill{Code: "S"}, skillS, "name", nil},
		{"successor", RetireSkill{Code: "T", ReplacedBy: []string{"S"}}, skillS, "name", RetireSkill{Code: "T", ReplacedBy: []string{"S"}}},
		{"succession", RetireSkill{Code: "T", ReplacedBy: []string{"S"}}, Ref{KindRelation, "demo", "T REPLACED_BY S"}, "note", nil},
		{"restored skill", RestoreSkill{Code: "S"}, skillS, "name", nil},
		{"merged skill", MergeSkills{Codes: []string{"S"}, Into: "T"}, skillS, "name", nil},
		{"split skill", SplitSkill{Code: "S", Into: []string{"T"}}, Ref{KindRelation, "demo", "S SPLIT_INTO T"}, "to", nil},
		{"skill level", DefineSkillLevel{Skill: "S", Level: 5}, skillS, "levels.5", nil},
		{"another skill level", DefineSkillLevel{Skill: "S", Level: 5}, skillS, "levels.50", DefineSkillLevel{Skill: "S", Level: 5}},
		{"removed skill level", RemoveSkillLevel{Skill: "S", Level: 5}, skillS, "levels.5", nil},
		{"new relation", Relate{From: "S", Type: Related, To: "A", Note: "n"}, relationAS, "note", nil},
		{"skill of a relation", Relate{From: "S", Type: Related, To: "A"}, skillS, "name", Relate{From: "S", Type: Related, To: "A"}},
		{"note", UpdateRelation{From: "S", Type: Related, To: "A", Note: Some("n")}, relationAS, "note", nil},
		{"removed relation", Unrelate{From: "A", Type: Related, To: "S", ToFramework: "demo"}, relationAS, "note", nil},
		{"created group", CreateRoleGroup{Code: "G"}, groupG, "name", nil},
		{"group", UpdateRoleGroup{Code: "G", Name: Some("n"), Description: Some("d")}, groupG, "name", UpdateRoleGroup{Code: "G", Description: Some("d")}},
		{"moved group", MoveRoleGroup{Code: "G", Position: Some(0)}, groupG, "position", nil},
		{"retired group", RetireRoleGroup{Code: "G"}, groupG, "status", nil},
		{"restored group", RestoreRoleGroup{Code: "G"}, groupG, "status", nil},
		{"created role", CreateRole{Code: "R"}, roleR, "requirements.S", nil},
		{"role", UpdateRole{Code: "R", Name: Some("n"), RoleKind: Some("k")}, roleR, "kind", UpdateRole{Code: "R", Name: Some("n")}},
		{"moved role", MoveRole{Code: "R", Group: Some("G"), Seniority: Some(2)}, roleR, "group", MoveRole{Code: "R", Seniority: Some(2)}},
		{"retired role", RetireRole{Code: "R"}, roleR, "name", nil},
		{"restored role", RestoreRole{Code: "R"}, roleR, "status", nil},
		{"merged role", MergeRoles{Codes: both, Into: "P"}, roleR, "name", nil},
		{"role merged into", MergeRoles{Codes: []string{"Q"}, Into: "R"}, roleR, "name", MergeRoles{Codes: []string{"Q"}, Into: "R"}},
		{"its requirements", MergeRoles{Codes: []string{"Q"}, Into: "R"}, roleR, "requirements.S", nil},
		{"split role", SplitRole{Code: "R", Into: both}, roleR, "name", nil},
		{"requirement", Require{Role: "R", Skill: "S"}, roleR, "requirements.S", nil},
		{"another requirement", Require{Role: "R", Skill: "S"}, roleR, "requirements.T", Require{Role: "R", Skill: "S"}},
		{"removed requirement", Unrequire{Role: "R", Skill: "S"}, roleR, "requirements.S", nil},
		{"whole framework", ArchiveFramework{}, demoFramework, "archived", ArchiveFramework{}},
	} {
		tested[EditName(tc.edit)] = true
		t.Run(tc.name, func(t *testing.T) {
			got, ok := Omit(tc.edit, tc.ref, tc.field)
			if ok != (got != nil) {
				t.Errorf("returned %v with %v", got, ok)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name := range ContentEdits() {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
	if !skill.Name.Set || !skill.Description.Set || !skill.Synonyms.Set {
		t.Error("the edit was changed")
	}
}

// Once all that an edit changes has been left out, it changes nothing any more.
func TestOmitLeavesNothingBehind(t *testing.T) {
	w := atlas(t)
	for _, e := range []Edit{
		UpdateFramework{Name: Some("x"), Locale: Some("de"), SkillCodeHint: Some("h")},
		DefineLevel{Ordinal: 2, Name: Some("x"), Essence: Some("y")},
		UpdateSkill{Code: "BAKE", Name: Some("x"), Synonyms: Some([]string{"y"}), Guidance: Some("g")},
		MoveSkill{Code: "BAKE", Category: Some("top"), Position: Some(7)},
		DefineSkillLevel{Skill: "BAKE", Level: 4, Description: "x"},
		MoveCategory{Code: "sub", Parent: Some("empty"), Position: Some(9)},
		MoveAttribute{Code: "AUTO", Position: 9},
		CreateSkill{Code: "NEW", Name: "x"},
	} {
		t.Run(EditName(e), func(t *testing.T) {
			changes, problems := w.Edit("demo", []Edit{e})
			if problems != nil || len(changes) == 0 {
				t.Fatal(changes, problems)
			}
			left, ok := e, true
			for _, d := range w.Differences(changes) {
				for _, field := range d.Fields {
					if ok {
						left, ok = Omit(left, d.Ref, field)
					}
				}
			}
			if ok {
				t.Errorf("%+v is left", left)
			}
		})
	}
}

func TestWithText(t *testing.T) {
	levels := []LevelText{{1, "one"}, {5, "five"}}
	for _, tc := range []struct {
		name  string
		edit  Edit
		ref   Ref
		field string
		want  Edit // nil when there is no such text
	}{
		{"name", UpdateSkill{Code: "S", Name: Some("n"), URL: Some("u")}, skillS, "name", UpdateSkill{Code: "S", Name: Some("new"), URL: Some("u")}},
		{"cleared", UpdateSkill{Code: "S", Guidance: Some("")}, skillS, "guidance", UpdateSkill{Code: "S", Guidance: Some("new")}},
		{"pointer", &UpdateSkill{Code: "S", Name: Some("n")}, skillS, "name", UpdateSkill{Code: "S", Name: Some("new")}},
		{"left alone", UpdateSkill{Code: "S", Name: Some("n")}, skillS, "guidance", nil},
		{"another skill", UpdateSkill{Code: "T", Name: Some("n")}, skillS, "name", nil},
		{"list", UpdateSkill{Code: "S", Synonyms: Some([]string{"a"})}, skillS, "synonyms", nil},
		{"code", UpdateSkill{Code: "S", Name: Some("n")}, skillS, "code", nil},
		{"category", MoveSkill{Code: "S", Category: Some("C")}, skillS, "category", nil},
		{"position", MoveSkill{Code: "S", Position: Some(3)}, skillS, "position", nil},
		{"unknown", UpdateSkill{Code: "S", Name: Some("n")}, skillS, "mood", nil},
		{"created", CreateSkill{Code: "S", Name: "n"}, skillS, "description", CreateSkill{Code: "S", Name: "n", Description: "new"}},
		{"created with levels", CreateSkill{Code: "S", Levels: levels}, skillS, "levels.5", CreateSkill{Code: "S", Levels: []LevelText{{1, "one"}, {5, "new"}}}},
		{"created without level", CreateSkill{Code: "S", Levels: levels}, skillS, "levels.2", nil},
		{"skill level", DefineSkillLevel{Skill: "S", Level: 5, Description: "d"}, skillS, "levels.5", DefineSkillLevel{Skill: "S", Level: 5, Description: "new"}},
		{"another level", DefineSkillLevel{Skill: "S", Level: 5}, skillS, "levels.4", nil},
		{"not the skill's own", DefineSkillLevel{Skill: "S", Level: 5}, skillS, "description", nil},
		{"removed level", RemoveSkillLevel{Skill: "S", Level: 5}, skillS, "levels.5", nil},
		{"attribute level", DefineAttributeLevel{Attribute: "A", Level: 5}, attributeA, "levels.5", DefineAttributeLevel{Attribute: "A", Level: 5, Description: "new"}},
		{"attribute's other level", DefineAttributeLevel{Attribute: "A", Level: 5}, attributeA, "description", nil},
		{"attribute type", UpdateAttribute{Code: "A", Type: Some("t")}, attributeA, "type", UpdateAttribute{Code: "A", Type: Some("new")}},
		{"essence", DefineLevel{Ordinal: 3, Essence: Some("e")}, level3, "essence", DefineLevel{Ordinal: 3, Essence: Some("new")}},
		{"note", UpdateRelation{From: "S", Type: Related, To: "A", Note: Some("n")}, relationAS, "note",
			UpdateRelation{From: "S", Type: Related, To: "A", Note: Some("new")}},
		{"first note", Relate{From: "S", Type: Related, To: "A"}, relationAS, "note", Relate{From: "S", Type: Related, To: "A", Note: "new"}},
		{"end", Relate{From: "S", Type: Related, To: "A"}, relationAS, "to", nil},
		{"type of relation", Relate{From: "S", Type: Related, To: "A"}, relationAS, "type", nil},
		{"role kind", UpdateRole{Code: "R", RoleKind: Some("k")}, roleR, "kind", UpdateRole{Code: "R", RoleKind: Some("new")}},
		{"requirement", Require{Role: "R", Skill: "S"}, roleR, "requirements.S", nil},
		{"retired", RetireSkill{Code: "S"}, skillS, "name", nil},
		{"framework", UpdateFramework{Name: Some("n")}, demoFramework, "name", UpdateFramework{Name: Some("new")}},
		{"whole framework", CreateFramework{Code: "demo", Name: "n"}, demoFramework, "name", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := WithText(tc.edit, tc.ref, tc.field, "new")
			want := tc.want
			if want == nil {
				want = tc.edit
			}
			if ok != (tc.want != nil) {
				t.Errorf("reported %v", ok)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if !reflect.DeepEqual(levels, []LevelText{{1, "one"}, {5, "five"}}) {
		t.Error("the edit was changed")
	}
}
