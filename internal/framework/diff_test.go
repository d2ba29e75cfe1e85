package framework_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// written writes a diff, a field a line.
func written(d EntityDiff) []string {
	out := []string{fmt.Sprintf("%s %s %s %q→%q", d.Action, d.Kind, d.Key, d.OldName, d.NewName)}
	value := func(s *string) string {
		if s == nil {
			return "none"
		}
		return fmt.Sprintf("%q", *s)
	}
	for _, f := range d.Fields {
		out = append(out, fmt.Sprintf("%s: %s→%s", f.Path, value(f.Old), value(f.New)))
	}
	return out
}

func TestDiffChanges(t *testing.T) {
	w := edited(t, atlas(t), "demo", CreateSkill{Code: "LAST", Name: "Last", Levels: []LevelText{{1, "One."}, {4, "Four."}}})
	for name, tc := range map[string]struct {
		edits []Edit
		want  []string
	}{
		"a name": {edits(UpdateSkill{Code: "BAKE", Name: Some("Bread baking")}), []string{
			`UPDATED skill BAKE "Baking"→"Bread baking"`, `name: "Baking"→"Bread baking"`,
		}},
		"every field of a skill, in reading order": {edits(
			UpdateSkill{Code: "BAKE", Name: Some("B"), Description: Some(""), Guidance: Some("g"), Synonyms: Some([]string{"a", "b"}), URL: Some("https://example.org")},
			MoveSkill{Code: "BAKE", Category: Some("top"), Position: Some(7)},
			DefineSkillLevel{"BAKE", 4, ""}, RemoveSkillLevel{"BAKE", 1}, DefineSkillLevel{"BAKE", 2, "Bakes."},
		), []string{
			`UPDATED skill BAKE "Baking"→"B"`, `name: "Baking"→"B"`, `description: "Bakes."→none`, `guidance: none→"g"`,
			`synonyms: "Breadmaking"→"a\nb"`, `url: none→"https://example.org"`, `category: "sub"→"top"`, `position: none→"7"`,
			`levels.1: "Bakes as told."→none`, `levels.2: "Bakes with help."→"Bakes."`, `levels.4: none→""`,
		}},
		"a new level": {edits(DefineLevel{Ordinal: 10, Name: Some("Ten"), URL: Some("https://example.org"), Essence: Some("e")}), []string{
			`CREATED level 10 ""→"Ten"`, `ordinal: none→"10"`, `name: none→"Ten"`, `essence: none→"e"`, `url: none→"https://example.org"`,
		}},
		"a level that goes": {edits(RemoveSkillLevel{"LAST", 4}, RemoveLevel{4}), []string{
			`REMOVED level 4 "Enable"→""`, `ordinal: "4"→none`, `name: "Enable"→none`,
			`UPDATED skill LAST "Last"→"Last"`, `levels.4: "Four."→none`,
		}},
		"levels by number": {edits(DefineLevel{Ordinal: 10, Name: Some("Ten")}, DefineSkillLevel{"LAST", 10, "Ten."}, DefineSkillLevel{"LAST", 2, "Two."}), []string{
			`CREATED level 10 ""→"Ten"`, `ordinal: none→"10"`, `name: none→"Ten"`,
			`UPDATED skill LAST "Last"→"Last"`, `levels.2: none→"Two."`, `levels.10: none→"Ten."`,
		}},
		"relations": {edits(Unrelate{From: "BAKE", Type: Related, To: "TASTE"}, UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("Mix.")},
			Relate{From: "MIX", Type: CloseMatch, ToFramework: "other", To: "COOK"}), []string{
			`UPDATED relation BAKE PREREQUISITE MIX ""→""`, `note: "First mix."→"Mix."`,
			`REMOVED relation BAKE RELATED TASTE ""→""`, `from: "BAKE"→none`, `type: "RELATED"→none`, `to: "TASTE"→none`,
			`CREATED relation MIX CLOSE_MATCH other COOK ""→""`, `from: none→"MIX"`, `type: none→"CLOSE_MATCH"`, `toFramework: none→"other"`, `to: none→"COOK"`,
		}},
		"requirements": {edits(Require{Role: "baker", Skill: "BAKE", Level: 4, Weight: 0.25}, Unrequire{"baker", "MIX"}, Require{Role: "baker", Skill: "SERVE"}), []string{
			`UPDATED role baker "Baker"→"Baker"`, `requirements.BAKE: "level 2, essential"→"level 4, essential, weight 0.25"`,
			`requirements.MIX: "any level, optional, weight 0.5"→none`, `requirements.SERVE: none→"any level, essential"`,
		}},
		"a new role": {edits(CreateRole{Code: "boss", Name: "Boss", Description: "d", Group: "staff", RoleKind: "k", Seniority: 3, Requirements: []Requirement{{Skill: "MIX"}}}), []string{
			`CREATED role boss ""→"Boss"`, `code: none→"boss"`, `name: none→"Boss"`, `kind: none→"k"`, `description: none→"d"`, `group: none→"staff"`,
			`seniority: none→"3"`, `status: none→"ACTIVE"`, `requirements.MIX: none→"any level, essential"`,
		}},
		"trees": {edits(MergeCategories{[]string{"empty"}, "top"}, MoveRoleGroup{Code: "kitchen", Parent: Some("")}, RetireAttribute{"INFL"}), []string{
			`UPDATED attribute INFL "Influence"→"Influence"`, `status: "ACTIVE"→"RETIRED"`,
			`UPDATED category empty "Empty"→"Empty"`, `status: "ACTIVE"→"RETIRED"`, `successors: none→"top"`,
			`UPDATED role_group kitchen "Kitchen"→"Kitchen"`, `parent: "staff"→none`,
		}},
		"the framework": {edits(UpdateFramework{Name: Some("D"), Locale: Some("en"), Licence: Some("MIT"), SkillCodeHint: Some("h")}, ArchiveFramework{}), []string{
			`UPDATED framework demo "Demo"→"D"`, `name: "Demo"→"D"`, `licence: none→"MIT"`, `locale: none→"en"`, `skillCodeHint: none→"h"`, `archived: none→"true"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			changes, problems := w.Edit("demo", tc.edits)
			if problems != nil {
				t.Fatal(problems)
			}
			var got []string
			for _, d := range w.DiffChanges(changes) {
				got = append(got, written(d)...)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFieldsHaveOneOrder compares often what has many fields, of which no order is
// that of a map.
func TestFieldsHaveOneOrder(t *testing.T) {
	all := &Framework{Code: "f", Name: "F", Archived: true, ShowsRelease: true, HidesHead: true}
	want := []string{`CREATED framework f ""→"F"`, `code: none→"f"`, `name: none→"F"`, `archived: none→"true"`, `showsRelease: none→"true"`, `hidesHead: none→"true"`}
	for range 20 {
		if diff := cmp.Diff(want, written(DiffEntity(Ref{KindFramework, "f", "f"}, nil, all))); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
	request := &ChangeRequest{Number: 1, Title: "t", Summary: "s", Rationale: "r", DraftText: "d", SourceURL: "u", Theme: "h", TargetRelease: "2"}
	first := written(DiffEntity(Ref{KindChangeRequest, "f", "1"}, nil, request))
	for range 20 {
		if diff := cmp.Diff(first, written(DiffEntity(Ref{KindChangeRequest, "f", "1"}, nil, request))); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
}

// TestDiffLaws holds the diffs of random edits against what else tells differences.
func TestDiffLaws(t *testing.T) {
	for seed := range uint64(4) {
		a := newAuthor(seed)
		w := &World{}
		for i := range 400 {
			code := []string{"one", "two"}[i%2]
			list := founding(code)
			if i >= 2 {
				list = a.edits(code)
			}
			changes, _ := w.Edit(code, list)
			if len(changes) == 0 {
				continue
			}
			after := next(w, changes)
			for k, d := range w.DiffChanges(changes) {
				differs := w.Differences(changes)[k]
				if len(d.Fields) != len(differs.Fields) || d.Action != differs.Action {
					t.Fatalf("seed %d: %v where the differences are %v", seed, written(d), differs)
				}
				for _, f := range d.Fields {
					checkHunks(t, f)
				}
				if d := after.DiffChanges(changes[k : k+1])[0]; len(d.Fields) > 0 {
					t.Fatalf("seed %d: made again, a change has a diff: %v", seed, written(d))
				}
			}
			w = after
		}
	}
}

func checkHunks(t *testing.T, f FieldDiff) {
	t.Helper()
	var before, after strings.Builder
	last := DiffOp("")
	for _, h := range f.Hunks() {
		if h.Op == last || h.Text == "" {
			t.Errorf("%v has hunks that need not be: %q", f, f.Hunks())
		}
		last = h.Op
		if h.Op != OpInsert {
			before.WriteString(h.Text)
		}
		if h.Op != OpDelete {
			after.WriteString(h.Text)
		}
	}
	for which, pair := range map[string][2]string{"old": {deref(f.Old), before.String()}, "new": {deref(f.New), after.String()}} {
		if pair[0] != pair[1] {
			t.Errorf("the hunks of the %s value %q make %q", which, pair[0], pair[1])
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestHunks(t *testing.T) {
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, tc := range map[string]struct {
		before, after string
		want          []Hunk
	}{
		"nothing":     {"", "", nil},
		"a new text":  {"", "New text.", []Hunk{{OpInsert, "New text."}}},
		"an old text": {"Old text.", "", []Hunk{{OpDelete, "Old text."}}},
		"one word": {"Bakes bread well.", "Bakes cake well.", []Hunk{
			{OpEqual, "Bakes "}, {OpDelete, "bread"}, {OpInsert, "cake"}, {OpEqual, " well."},
		}},
		"not within words": {"plans", "plants", []Hunk{{OpDelete, "plans"}, {OpInsert, "plants"}}},
		"a full stop":      {"Bakes", "Bakes.", []Hunk{{OpEqual, "Bakes"}, {OpInsert, "."}}},
		"no freak matches": {"one two three", "four five six", []Hunk{{OpDelete, "one two three"}, {OpInsert, "four five six"}}},
		"accents stay with their letters": {"cafe\u0301 noir", "cafe noir", []Hunk{
			{OpDelete, "cafe\u0301"}, {OpInsert, "cafe"}, {OpEqual, " noir"},
		}},
		"a script without spaces": {"技能框架", "技能图框", []Hunk{
			{OpEqual, "技能"}, {OpInsert, "图"}, {OpEqual, "框"}, {OpDelete, "架"},
		}},
		"no text that is not valid is lost": {"a \xff b", "a \xfe b", []Hunk{{OpEqual, "a "}, {OpDelete, "\xff"}, {OpInsert, "\xfe"}, {OpEqual, " b"}}},
		"long texts with nothing in common, line by line": {many("a%d. ", 4_000) + "\nthe\nsame\nlines\n", many("b%d, ", 4_000) + "\nthe\nsame\nlines\nmore\n", []Hunk{
			{OpDelete, many("a%d. ", 4_000) + "\n"}, {OpInsert, many("b%d, ", 4_000) + "\n"}, {OpEqual, "the\nsame\nlines\n"}, {OpInsert, "more\n"},
		}},
		"too many lines": {many("a%d\n", 4_000), many("b%d\n", 4_000), []Hunk{{OpDelete, many("a%d\n", 4_000)}, {OpInsert, many("b%d\n", 4_000)}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := FieldDiff{Path: "x", Old: &tc.before, New: &tc.after}.Hunks()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzHunks(f *testing.F) {
	f.Add("Bakes bread well.", "Bakes cake, well.")
	f.Add("a\xffb\u0301\n\n", "\u0301\U0010ffff\r\n")
	f.Add("", " ")
	f.Fuzz(func(t *testing.T, before, after string) {
		checkHunks(t, FieldDiff{Path: "x", Old: &before, New: &after})
	})
}

func BenchmarkDiffChanges(b *testing.B) {
	var list []Edit
	for i := range 20 {
		list = append(list, UpdateSkill{Code: sample.SkillCode(700 * i), Description: Some("Another description.")})
	}
	changes := benchEdit(b, list...)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range large().w.DiffChanges(changes) {
			for _, f := range d.Fields {
				f.Hunks()
			}
		}
	}
}

// BenchmarkHunks compares texts that are as long as a field holds, and differ as
// much as those that are compared word by word may.
func BenchmarkHunks(b *testing.B) {
	var before, after strings.Builder
	for i := range 1_000 {
		fmt.Fprintf(&before, "word%d ", i)
		fmt.Fprintf(&after, "other%d.", i*7)
	}
	f := FieldDiff{Path: "x", Old: new(before.String()), New: new(after.String())}
	b.ReportAllocs()
	for b.Loop() {
		f.Hunks()
	}
}
