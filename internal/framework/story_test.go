package framework_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	. "skillatlas/internal/framework"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// revision is the one that makes changes to w.
func revision(w *World, changes []Change) *Revision {
	seq := w.Seq() + 1
	return &Revision{
		Seq: seq, ID: fmt.Sprintf("id-%d", seq), Time: epoch.Add(time.Duration(seq) * time.Hour),
		Author: "ann", Message: fmt.Sprintf("step %d", seq), Changes: changes,
	}
}

func next(w *World, changes []Change) *World { return w.Apply(revision(w, changes)) }

// edited returns w after edits that must be accepted and leave it sound.
func edited(t testing.TB, w *World, framework string, edits ...Edit) *World {
	t.Helper()
	changes, problems := w.Edit(framework, edits)
	if problems != nil {
		t.Fatalf("edit %s: %v", framework, problems)
	}
	w = next(w, changes)
	if err := Check(w); err != nil {
		t.Fatal(err)
	}
	return w
}

// atlas is the world most tests start from: demo has something of every kind,
// other has a skill to match, states a match itself and is archived.
func atlas(t testing.TB) *World {
	t.Helper()
	w := edited(t, &World{}, "demo",
		CreateFramework{Code: "demo", Name: "Demo", SkillCodePattern: `[A-Z]+`},
		DefineLevel{Ordinal: 1, Name: Some("Follow"), Essence: Some("Is told.")},
		DefineLevel{Ordinal: 2, Name: Some("Assist")},
		DefineLevel{Ordinal: 4, Name: Some("Enable")},
		CreateAttribute{Code: "AUTO", Name: "Autonomy", Position: 2},
		DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "None."},
		CreateAttribute{Code: "INFL", Name: "Influence", Position: 1},
		CreateAttribute{Code: "OLDA", Name: "Old attribute"},
		RetireAttribute{Code: "OLDA"},
		CreateCategory{Code: "top", Name: "Top", Position: 1},
		CreateCategory{Code: "sub", Name: "Sub", Parent: "top"},
		CreateCategory{Code: "empty", Name: "Empty"},
		CreateCategory{Code: "oldc", Name: "Old category", Parent: "empty"},
		CreateSkill{
			Code: "BAKE", Name: "Baking", Description: "Bakes.", Synonyms: []string{"Breadmaking"}, Category: "sub",
			Levels: []LevelText{{1, "Bakes as told."}, {2, "Bakes with help."}},
		},
		CreateSkill{Code: "MIX", Name: "Mixing", Category: "sub", Position: 3},
		CreateSkill{Code: "TASTE", Name: "Tasting", Levels: []LevelText{{2, ""}}},
		CreateSkill{Code: "SERVE", Name: "Serving"},
		CreateSkill{Code: "OLD", Name: "Old skill", Category: "oldc"},
		RetireSkill{Code: "OLD"},
		RetireCategory{Code: "oldc"},
		Relate{From: "BAKE", Type: Prerequisite, To: "MIX", Note: "First mix."},
		Relate{From: "BAKE", Type: Related, To: "TASTE"},
		CreateRoleGroup{Code: "staff", Name: "Staff"},
		CreateRoleGroup{Code: "kitchen", Name: "Kitchen", Parent: "staff"},
		CreateRoleGroup{Code: "oldg", Name: "Old group"},
		RetireRoleGroup{Code: "oldg"},
		CreateRole{Code: "baker", Name: "Baker", Group: "kitchen", Seniority: 1, Requirements: []Requirement{
			{Skill: "MIX", Importance: Optional, Weight: 0.5}, {Skill: "BAKE", Level: 2},
		}},
		CreateRole{Code: "chef", Name: "Chef", Requirements: []Requirement{{Skill: "TASTE", Level: 2}}},
		CreateRole{Code: "oldr", Name: "Old role"},
		RetireRole{Code: "oldr"},
	)
	w = edited(t, w, "other",
		CreateFramework{Code: "other", Name: "Other"},
		CreateSkill{Code: "COOK", Name: "Cooking"},
		CreateSkill{Code: "GONE", Name: "Gone"},
		RetireSkill{Code: "GONE"},
		Relate{From: "COOK", Type: ExactMatch, ToFramework: "demo", To: "TASTE"},
	)
	return edited(t, w, "shut", CreateFramework{Code: "shut", Name: "Shut"}, ArchiveFramework{})
}

// lines writes what changes do to w, an entity a line: all of what is created,
// the new values of the fields that change.
func lines(w *World, changes []Change) []string {
	var out []string
	for i, d := range w.Differences(changes) {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s %s", strings.ToLower(string(d.Action)), d.Kind, d.Key)
		if changes[i].Entity != nil {
			v := reflect.ValueOf(changes[i].Entity).Elem()
			for k := range v.NumField() {
				name := v.Type().Field(k).Name
				changed := slices.ContainsFunc(d.Fields, func(path string) bool {
					return fieldNames[path] == name || strings.EqualFold(strings.SplitN(path, ".", 2)[0], name)
				})
				if changed && (d.Action == Updated || !v.Field(k).IsZero() && name != "Code") {
					fmt.Fprintf(&b, " %s=%v", name, v.Field(k))
				}
			}
		}
		out = append(out, b.String())
	}
	return out
}

// fieldNames are the fields whose name differs from the path it has for callers.
var fieldNames = map[string]string{"kind": "RoleKind"}
