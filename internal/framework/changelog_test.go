package framework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// entries writes a log, an entry a line.
func entries(log []LogEntry) []string {
	var out []string
	for _, e := range log {
		out = append(out, fmt.Sprintf("%s %v: %s", e.Type, e.Revisions, e.Text))
	}
	return out
}

func TestChangeLog(t *testing.T) {
	// The atlas is revisions 1 to 3.
	for name, tc := range map[string]struct {
		steps [][]Edit
		want  []string
	}{
		"nothing": {nil, nil},
		"what is undone": {[][]Edit{
			edits(UpdateSkill{Code: "BAKE", Name: Some("B")}), edits(UpdateSkill{Code: "BAKE", Name: Some("Baking")}),
		}, nil},
		"changes of order": {[][]Edit{edits(MoveSkill{Code: "BAKE", Position: Some(9)}, MoveRole{Code: "baker", Seniority: Some(9)}, MoveAttribute{"AUTO", 9})}, nil},
		"a skill": {[][]Edit{
			edits(UpdateSkill{Code: "BAKE", Name: Some("Bread baking"), Guidance: Some("g")}),
			edits(UpdateSkill{Code: "BAKE", URL: Some("https://example.org")}, UpdateSkill{Code: "MIX", Synonyms: Some([]string{"x"})}),
			edits(MoveSkill{Code: "BAKE", Category: Some("top")}, MoveSkill{Code: "MIX", Category: Some("")}, MoveSkill{Code: "SERVE", Category: Some("top")}),
			edits(DefineSkillLevel{"BAKE", 4, "x"}, DefineSkillLevel{"BAKE", 2, "x"}, RemoveSkillLevel{"BAKE", 1}),
			edits(CreateSkill{Code: "NEW", Name: "New", Category: "top", Levels: []LevelText{{1, "x"}}}),
		}, []string{
			`SKILL_RENAMED [4 5 6 7]: Skill BAKE (Bread baking) was renamed; its name was Baking.`,
			`SKILL_DESCRIBED_ANEW [4 5 6 7]: Skill BAKE (Bread baking) was described anew: guidance, address.`,
			`SKILL_MOVED [4 5 6 7]: Skill BAKE (Bread baking) moved from sub (Sub) to top (Top).`,
			`SKILL_LEVEL_ADDED [4 5 6 7]: Skill BAKE (Bread baking) is now described at level 4.`,
			`SKILL_LEVEL_REMOVED [4 5 6 7]: Skill BAKE (Bread baking) is no longer described at level 1.`,
			`SKILL_LEVEL_DESCRIBED_ANEW [4 5 6 7]: Skill BAKE (Bread baking) was described anew at level 2.`,
			`SKILL_DESCRIBED_ANEW [5 6]: Skill MIX (Mixing) was described anew: synonyms.`,
			`SKILL_MOVED [5 6]: Skill MIX (Mixing) was taken out of sub (Sub).`,
			`SKILL_ADDED [8]: Skill NEW (New) was added.`,
			`SKILL_MOVED [6]: Skill SERVE (Serving) was placed in top (Top).`,
		}},
		"a merge": {[][]Edit{edits(MergeSkills{[]string{"MIX"}, "SERVE"})}, []string{
			`SKILL_MERGED [4]: Skill MIX (Mixing) was merged into SERVE (Serving).`,
			`RELATION_REMOVED [4]: It is no longer stated that BAKE (Baking) has the prerequisite MIX (Mixing).`,
			`RELATION_ADDED [4]: It is now stated that BAKE (Baking) has the prerequisite SERVE (Serving).`,
			`REQUIREMENT_ADDED [4]: Role baker (Baker) now requires SERVE (Serving): any level, optional, weight 0.5.`,
			`REQUIREMENT_REMOVED [4]: Role baker (Baker) no longer requires MIX (Mixing).`,
		}},
		"a split, a replacement and a retirement": {[][]Edit{
			edits(SplitSkill{"MIX", []string{"SERVE", "TASTE"}}), edits(RetireSkill{"BAKE", []string{"SERVE"}}, RetireSkill{"TASTE", nil}),
		}, []string{
			`SKILL_REPLACED [5]: Skill BAKE (Baking) was replaced by SERVE (Serving).`,
			`SKILL_SPLIT [4]: Skill MIX (Mixing) was split into SERVE (Serving), TASTE (Tasting).`,
			`SKILL_RETIRED [5]: Skill TASTE (Tasting) was retired.`,
		}},
		"a successor of what was retired before": {[][]Edit{edits(Relate{From: "OLD", Type: ReplacedBy, To: "MIX"})}, []string{
			`SKILL_REPLACED []: Skill OLD (Old skill) was replaced by MIX (Mixing).`,
		}},
		"a successor of what is in use": {[][]Edit{edits(Relate{From: "BAKE", Type: ReplacedBy, To: "MIX"})}, []string{
			`RELATION_ADDED [4]: It is now stated that BAKE (Baking) was replaced by MIX (Mixing).`,
		}},
		"added and retired": {[][]Edit{edits(CreateSkill{Code: "NEW", Name: "New"}), edits(MergeSkills{[]string{"NEW"}, "MIX"})}, []string{
			`SKILL_ADDED [4 5]: Skill NEW (New) was added.`, `SKILL_MERGED [4 5]: Skill NEW (New) was merged into MIX (Mixing).`,
		}},
		"relations": {[][]Edit{edits(
			Relate{From: "MIX", Type: CloseMatch, ToFramework: "other", To: "COOK"}, Unrelate{From: "BAKE", Type: Related, To: "TASTE"},
			UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("x")},
		)}, []string{
			`RELATION_NOTE_CHANGED [4]: The note has changed with which it is stated that BAKE (Baking) has the prerequisite MIX (Mixing).`,
			`RELATION_REMOVED [4]: It is no longer stated that BAKE (Baking) has to do with TASTE (Tasting).`,
			`RELATION_ADDED [4]: It is now stated that MIX (Mixing) means nearly the same as other COOK (Cooking).`,
		}},
		"levels, attributes and the framework": {[][]Edit{edits(
			UpdateFramework{Name: Some("D"), Licence: Some("MIT")},
			RemoveLevel{4}, DefineLevel{Ordinal: 3, Name: Some("Apply")}, DefineLevel{Ordinal: 11, Name: Some("L")}, DefineLevel{Ordinal: 1, Name: Some("F"), Essence: Some("e")},
			CreateAttribute{Code: "NEW", Name: "New"}, UpdateAttribute{"AUTO", Some("A"), Some("t"), Some("d")}, RetireAttribute{"INFL"}, RestoreAttribute{"OLDA"},
			DefineAttributeLevel{"AUTO", 1, "x"}, DefineAttributeLevel{"AUTO", 2, "x"},
		)}, []string{
			`FRAMEWORK_CHANGED [4]: Framework demo (D) has changed: name, licence.`,
			`LEVEL_RENAMED [4]: Level 1 (F) was renamed; its name was Follow.`, `LEVEL_DESCRIBED_ANEW [4]: Level 1 (F) was described anew: essence.`,
			`LEVEL_ADDED [4]: Level 3 (Apply) was added.`, `LEVEL_REMOVED [4]: Level 4 (Enable) was removed.`, `LEVEL_ADDED [4]: Level 11 (L) was added.`,
			`ATTRIBUTE_RENAMED [4]: Attribute AUTO (A) was renamed; its name was Autonomy.`,
			`ATTRIBUTE_DESCRIBED_ANEW [4]: Attribute AUTO (A) was described anew: type, description.`,
			`ATTRIBUTE_LEVEL_ADDED [4]: Attribute AUTO (A) is now described at level 2.`,
			`ATTRIBUTE_LEVEL_DESCRIBED_ANEW [4]: Attribute AUTO (A) was described anew at level 1.`,
			`ATTRIBUTE_RETIRED [4]: Attribute INFL (Influence) was retired.`, `ATTRIBUTE_ADDED [4]: Attribute NEW (New) was added.`,
			`ATTRIBUTE_RESTORED [4]: Attribute OLDA (Old attribute) was restored.`,
		}},
		"categories": {[][]Edit{
			edits(UpdateCategory{"sub", Some("S"), Some("d")}, MoveCategory{Code: "sub", Parent: Some("empty")}, CreateCategory{Code: "a", Name: "A"}, CreateCategory{Code: "b", Name: "B"}),
			edits(MergeCategories{[]string{"sub"}, "a"}, RestoreCategory{"oldc"}), edits(SplitCategory{"b", []string{"a", "top"}}),
		}, []string{
			`CATEGORY_ADDED [4]: Category a (A) was added.`, `CATEGORY_ADDED [4 6]: Category b (B) was added.`, `CATEGORY_SPLIT [4 6]: Category b (B) was split into a (A), top (Top).`,
			`CATEGORY_RESTORED [5]: Category oldc (Old category) was restored.`,
			`CATEGORY_RENAMED [4 5]: Category sub (S) was renamed; its name was Sub.`, `CATEGORY_DESCRIBED_ANEW [4 5]: Category sub (S) was described anew: description.`,
			`CATEGORY_MOVED [4 5]: Category sub (S) moved from top (Top) to empty (Empty).`, `CATEGORY_MERGED [4 5]: Category sub (S) was merged into a (A).`,
			`SKILL_MOVED [5]: Skill BAKE (Baking) moved from sub (S) to a (A).`, `SKILL_MOVED [5]: Skill MIX (Mixing) moved from sub (S) to a (A).`,
		}},
		"roles": {[][]Edit{edits(
			UpdateRole{"baker", Some("B"), Some("d"), Some("k")}, MoveRole{Code: "baker", Group: Some("")}, Require{Role: "baker", Skill: "BAKE", Level: 4},
			RetireRole{"chef", []string{"baker"}}, RestoreRole{"oldr"}, RestoreRoleGroup{"oldg"}, MoveRoleGroup{Code: "kitchen", Parent: Some("")},
			CreateRole{Code: "new", Name: "New"},
		), edits(SplitRole{"new", []string{"baker", "oldr"}})}, []string{
			`ROLE_GROUP_MOVED [4]: Role group kitchen (Kitchen) moved from staff (Staff) to the top.`, `ROLE_GROUP_RESTORED [4]: Role group oldg (Old group) was restored.`,
			`ROLE_RENAMED [4]: Role baker (B) was renamed; its name was Baker.`, `ROLE_DESCRIBED_ANEW [4]: Role baker (B) was described anew: kind, description.`,
			`ROLE_MOVED [4]: Role baker (B) was taken out of kitchen (Kitchen).`,
			`REQUIREMENT_CHANGED [4]: Role baker (B) requires BAKE (Baking) differently: level 4, essential; it was level 2, essential.`,
			`ROLE_REPLACED [4]: Role chef (Chef) was replaced by baker (B).`,
			`ROLE_ADDED [4 5]: Role new (New) was added.`, `ROLE_SPLIT [4 5]: Role new (New) was split into baker (B), oldr (Old role).`,
			`ROLE_RESTORED [4]: Role oldr (Old role) was restored.`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			from := atlas(t)
			to := from
			for _, list := range tc.steps {
				to = edited(t, to, "demo", list...)
			}
			if diff := cmp.Diff(tc.want, entries(ChangeLog(from, to, "demo"))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestChangeLogOfARestoredSkill(t *testing.T) {
	from := edited(t, atlas(t), "demo", MergeSkills{[]string{"MIX"}, "SERVE"})
	to := edited(t, from, "demo", RestoreSkill{"MIX"})
	want := []string{`SKILL_RESTORED [5]: Skill MIX (Mixing) was restored.`}
	if diff := cmp.Diff(want, entries(ChangeLog(from, to, "demo"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestChangeLogOfANewFramework(t *testing.T) {
	from := edited(t, &World{}, "first", CreateFramework{Code: "first", Name: "First"})
	to := edited(t, from, "second", CreateFramework{Code: "second", Name: "Second"}, CreateSkill{Code: "A", Name: "A"})
	want := []string{`FRAMEWORK_ADDED [2]: Framework second (Second) was added.`, `SKILL_ADDED [2]: Skill A was added.`}
	if diff := cmp.Diff(want, entries(ChangeLog(from, to, "second"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if log := ChangeLog(from, to, "third"); log != nil {
		t.Errorf("a framework that is not there has the log %v", log)
	}
}

// TestChangeLogLaws compares states of random histories.
func TestChangeLogLaws(t *testing.T) {
	seen := map[LogType]bool{}
	for seed := range uint64(4) {
		s := randomStory(seed, 1_500)
		a := newAuthor(seed)
		for round := range 80 {
			i := 1 + a.IntN(len(s.worlds)-1)
			from, to := s.worlds[i], s.worlds[i+a.IntN(len(s.worlds)-i)]
			for _, code := range []string{"one", "two"} {
				if log := ChangeLog(from, from, code); len(log) > 0 {
					t.Fatalf("seed %d: unchanged, %s at %d has the log %v", seed, code, from.Seq(), entries(log))
				}
				log := ChangeLog(from, to, code)
				if round < 10 {
					if diff := cmp.Diff(log, ChangeLog(from, rebuilt(s, to), code)); diff != "" {
						t.Fatalf("seed %d: the log depends on how the world was made:\n%s", seed, diff)
					}
				}
				added := map[string]int{}
				for k, e := range log {
					seen[e.Type] = true
					if e.Type == "SKILL_ADDED" {
						added[e.Key]++
					}
					if k > 0 && e.Type == log[k-1].Type && e.Ref == log[k-1].Ref && e.Level == log[k-1].Level && cmp.Equal(e.Others, log[k-1].Others) {
						t.Errorf("seed %d: told twice: %s", seed, e.Text)
					}
					for _, ref := range e.Others {
						if to.Snapshot(ref.Framework).Entity(ref.Kind, ref.Key) == nil {
							t.Errorf("seed %d: %s: %v is not there", seed, e.Text, ref)
						}
					}
				}
				want := map[string]int{}
				if s := to.Snapshot(code); s != nil {
					for skill := range s.Skills() {
						if was := from.Snapshot(code); was == nil || was.Entity(KindSkill, skill.Code) == nil {
							want[skill.Code] = 1
						}
					}
				}
				if diff := cmp.Diff(want, added); diff != "" {
					t.Fatalf("seed %d: new skills (-want +told):\n%s", seed, diff)
				}
			}
		}
	}
	if len(seen) < 45 {
		t.Errorf("the random histories have only %d of %d types of entries", len(seen), len(LogTypes))
	}
}

// rebuilt is a world of a story made anew, which shares nothing with the others.
func rebuilt(s *story, w *World) *World {
	var copies []*Revision
	for _, r := range s.revisions[:w.Seq()] {
		c := *r
		c.Changes = slices.Clone(r.Changes)
		for i := range c.Changes {
			c.Changes[i].Entity = copied(c.Changes[i].Entity)
		}
		copies = append(copies, &c)
	}
	return (&World{}).Replay(copies)
}

func copied(e Entity) Entity {
	switch e := e.(type) {
	case *Skill:
		c := *e
		return &c
	case *Relation:
		c := *e
		return &c
	case *Role:
		c := *e
		return &c
	}
	return e
}

func TestMarkdown(t *testing.T) {
	from := atlas(t)
	to := edited(t, from, "demo",
		UpdateSkill{Code: "BAKE", Name: Some("*Bread* [baking](x) `now` \\ & ~then~ | $5$")}, CreateSkill{Code: "A", Name: "# A_b"}, CreateSkill{Code: "Z", Name: "Z"},
		CreateRole{Code: "r", Name: "1. Role"},
	)
	want := strings.Join([]string{
		"## Skills", "", "### Added", "", "- Skill A (# A\\_b) was added.", "- Skill Z was added.", "", "### Renamed", "",
		"- Skill BAKE (\\*Bread\\* \\[baking\\](x) \\`now\\` \\\\ \\& \\~then\\~ \\| \\$5\\$) was renamed; its name was Baking.", "",
		"## Roles", "", "### Added", "", "- Role r (1. Role) was added.", "",
	}, "\n")
	if diff := cmp.Diff(want, Markdown(ChangeLog(from, to, "demo"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := Markdown(nil); got != "" {
		t.Errorf("an empty log is written %q", got)
	}
}

func TestMapCode(t *testing.T) {
	from := atlas(t)
	to := edited(t, from, "demo",
		UpdateSkill{Code: "BAKE", Name: Some("Bread")}, CreateSkill{Code: "NEW", Name: "New"}, CreateSkill{Code: "NEWER", Name: "Newer"},
		MergeSkills{[]string{"MIX"}, "SERVE"}, SplitSkill{"SERVE", []string{"NEW", "TASTE"}}, RetireSkill{"TASTE", []string{"BAKE"}}, RetireSkill{"NEW", nil},
		MergeCategories{[]string{"empty"}, "top"}, RetireRole{"chef", []string{"baker"}}, UpdateRoleGroup{"staff", Some("S"), Opt[string]{}}, RetireAttribute{"AUTO"},
	)
	for _, tc := range []struct {
		kind       Kind
		code       string
		status     MappingStatus
		successors []string
	}{
		{KindSkill, "BAKE", MappedRenamed, nil},
		{KindSkill, "MIX", MappedMerged, []string{"BAKE"}},
		{KindSkill, "SERVE", MappedSplit, []string{"BAKE"}},
		{KindSkill, "TASTE", MappedReplaced, []string{"BAKE"}},
		{KindSkill, "OLD", MappedRetired, nil},
		{KindSkill, "NEW", MappedAbsent, nil},
		{KindSkill, "NONE", MappedAbsent, nil},
		{KindCategory, "sub", MappedSame, nil},
		{KindCategory, "empty", MappedMerged, []string{"top"}},
		{KindRole, "chef", MappedReplaced, []string{"baker"}},
		{KindRoleGroup, "staff", MappedRenamed, nil},
		{KindAttribute, "AUTO", MappedRetired, nil},
	} {
		t.Run(tc.code, func(t *testing.T) {
			got := MapCode(from, to, "demo", tc.kind, tc.code)
			want := CodeMapping{tc.code, tc.status, got.OldName, got.NewName, tc.successors}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (tc.status == MappedAbsent) != (got.OldName == nil) {
				t.Errorf("%s has the name %v", tc.status, got.OldName)
			}
		})
	}
}

// Edits make no circles of what took whose place, but stored histories may have one.
func TestMapCodeInACircle(t *testing.T) {
	change := func(e Entity) Change { return Change{Ref: Ref{e.Kind(), "demo", e.Key()}, Entity: e} }
	w := next(atlas(t), []Change{
		change(&Role{Code: "chef", Name: "Chef", Status: StatusRetired, Successors: []string{"oldr"}}),
		change(&Role{Code: "oldr", Name: "Old role", Status: StatusRetired, Successors: []string{"baker", "chef"}}),
	})
	got := MapCode(w, w, "demo", KindRole, "chef")
	if diff := cmp.Diff([]string{"baker"}, got.Successors); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestChangeLogShowsWhatTheViewerMaySee(t *testing.T) {
	from := atlas(t)
	to := edited(t, from, "demo", Relate{From: "MIX", Type: CloseMatch, ToFramework: "other", To: "COOK"}, CreateSkill{Code: "NEW", Name: "New"})
	v := anyone()
	v.Actor.Frameworks = []string{"demo"}
	log := must(to.View(v, "demo", false).ChangeLog(t.Context(), from.View(v, "demo", true)))
	var got []string
	for _, e := range must(log.Entries(t.Context(), nil, nil, nil, nil, nil)).Nodes() {
		got = append(got, e.Text())
	}
	if diff := cmp.Diff([]string{"Skill NEW (New) was added."}, got); diff != "" || strings.Contains(log.Markdown(), "COOK") {
		t.Errorf("%s\n-want +got:\n%s", log.Markdown(), diff)
	}
}

func BenchmarkChangeLog(b *testing.B) {
	var list []Edit
	for i := range 1_000 {
		list = append(list, UpdateSkill{Code: sample.SkillCode(14 * i), Name: Some("Another name"), Description: Some("Another description.")})
	}
	from := large().w
	to := next(from, benchEdit(b, list...))
	anew := next(&World{}, func() []Change {
		changes, _ := (&World{}).Edit(sample.Framework, large().edits)
		return changes
	}())
	for name, from := range map[string]*World{"shared": from, "rebuilt": anew} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if log := ChangeLog(from, to, sample.Framework); len(log) != 2_000 {
					b.Fatalf("%d entries", len(log))
				}
			}
		})
	}
}
