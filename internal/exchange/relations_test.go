package exchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// crafts is a small framework to import tables into, besides another.
func crafts(t testing.TB) *framework.World {
	return edit(t, withOther(t), "f",
		framework.CreateFramework{Code: "f", Name: "F"},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some("Learner")},
		framework.DefineLevel{Ordinal: 2, Name: framework.Some("Master")},
		framework.DefineLevel{Ordinal: 3, Name: framework.Some("Guild hall")},
		framework.DefineLevel{Ordinal: 4, Name: framework.Some("guild  Hall")},
		framework.CreateSkill{Code: "BAKE", Name: "Baking"},
		framework.CreateSkill{Code: "KNEA", Name: "Kneading dough"},
		framework.CreateSkill{Code: "OVEN", Name: "Ovens"},
		framework.CreateSkill{Code: "SELL", Name: "Selling"},
		framework.CreateSkill{Code: "VEND", Name: "Selling"},
		framework.CreateSkill{Code: "OLD", Name: "Stone ovens"},
		framework.RetireSkill{Code: "OLD", ReplacedBy: []string{"OVEN"}},
		framework.CreateSkill{Code: "GONE", Name: "Baking"},
		framework.RetireSkill{Code: "GONE"},
		framework.CreateRoleGroup{Code: "shop", Name: "The shop"},
		framework.CreateRoleGroup{Code: "hall", Name: "The hall"},
		framework.CreateRole{Code: "baker", Name: "Baker", Group: "shop", Requirements: []framework.Requirement{{Skill: "BAKE", Level: 2, Weight: 0.5}}},
	)
}

// take imports one table that must be faultless.
func take(t testing.TB, w *framework.World, format, code string, table []byte, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	opt.Framework = code
	return faultless(t, w, format, []exchange.File{{Name: "t.csv", Content: table}}, opt)
}

// nothing checks that a plan does nothing and misses nothing.
func nothing(t testing.TB, plan *exchange.Plan) {
	t.Helper()
	if len(plan.Edits)+len(plan.Missing)+len(plan.Remarks) > 0 {
		t.Fatalf("plans %#v, misses %v, remarks %v", plan.Edits, plan.Missing, plan.Remarks)
	}
}

func misses(plan *exchange.Plan) (list []string) {
	for _, m := range plan.Missing {
		list = append(list, m.String())
	}
	return list
}

func TestRelations(t *testing.T) {
	const table = "To skill, FROM ,Relation Type,Note,note2\n" +
		"OVEN,baking,Essential for,\"why\nso\",x\n" +
		"BAKE,Kneading  Dough,broader,,\n" +
		"SELL,VEND,exact-MATCH,,\n" +
		"OVEN,BAKE,HAS_ESSENTIAL,'=1+1,\n"
	w, plan := take(t, crafts(t), "relations", "f", []byte(table), exchange.Options{})
	want := []framework.Edit{
		framework.Relate{From: "BAKE", Type: framework.EssentialFor, To: "OVEN", Note: "why\nso"},
		framework.Relate{From: "KNEA", Type: framework.Broader, To: "BAKE"},
		framework.Relate{From: "SELL", Type: framework.ExactMatch, To: "VEND"},
		framework.Relate{From: "OVEN", Type: framework.EssentialFor, To: "BAKE", Note: "=1+1"},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(exchange.Counts{Relations: 4}, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`t.csv:1:1: not read: the column "note2"`}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	// Which skill took the place of a retired one is in the table.
	if diff := cmp.Diff([]string{"relation OLD REPLACED_BY OVEN"}, misses(plan)); diff != "" {
		t.Error(diff)
	}
	const exported = "from,type,to,note\n" +
		"BAKE,ESSENTIAL_FOR,OVEN,\"why\nso\"\n" +
		"KNEA,BROADER,BAKE,\n" +
		"OLD,REPLACED_BY,OVEN,\n" +
		"OVEN,ESSENTIAL_FOR,BAKE,'=1+1\n" +
		"SELL,EXACT_MATCH,VEND,\n"
	if diff := cmp.Diff(exported, string(give(t, w, "relations", "f"))); diff != "" {
		t.Error(diff)
	}
	t.Run("without notes", func(t *testing.T) {
		_, plan := take(t, w, "relations", "f", []byte("from,type,to\nOVEN,HAS ESSENTIAL,BAKE\nKNEA,BROADER,BAKE\nOLD,REPLACED_BY,OVEN\n"), exchange.Options{RetireMissing: true})
		want := []framework.Edit{
			framework.Unrelate{From: "OVEN", Type: framework.EssentialFor, To: "BAKE"},
			framework.Unrelate{From: "SELL", Type: framework.ExactMatch, To: "VEND"},
		}
		if diff := cmp.Diff(want, plan.Edits); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("with other notes", func(t *testing.T) {
		_, plan := take(t, w, "relations", "f", []byte(strings.Replace(exported, "'=1+1", "else", 1)), exchange.Options{RetireMissing: true})
		want := []framework.Edit{framework.UpdateRelation{From: "OVEN", Type: framework.EssentialFor, To: "BAKE", Note: framework.Some("else")}}
		if diff := cmp.Diff(want, plan.Edits); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("with other frameworks and terms", func(t *testing.T) {
		w := edit(t, w, "f",
			framework.Relate{From: "BAKE", Type: framework.CloseMatch, ToFramework: other, To: "o1"},
			framework.UpdateFramework{Licence: framework.Some("CC0"), Attribution: framework.Some("@us, \"all\"")},
			framework.RetireSkill{Code: "KNEA"},
		)
		const exported = "from,type,to,toFramework,note,licence,attribution\n" +
			"BAKE,CLOSE_MATCH,o1,other,,CC0,\"'@us, \"\"all\"\"\"\n" +
			"BAKE,ESSENTIAL_FOR,OVEN,,\"why\nso\",,\n" +
			"OLD,REPLACED_BY,OVEN,,,,\n" +
			"OVEN,ESSENTIAL_FOR,BAKE,,'=1+1,,\n" +
			"SELL,EXACT_MATCH,VEND,,,,\n"
		if diff := cmp.Diff(exported, string(give(t, w, "relations", "f"))); diff != "" {
			t.Error(diff)
		}
		_, plan := take(t, w, "relations", "f", []byte(exported), exchange.Options{RetireMissing: true})
		nothing(t, plan)
		// The retired skill's relation stands and may be said, but is not missed.
		_, plan = take(t, w, "relations", "f", []byte(exported+"KNEA,broader,Baking,f,,,\n"), exchange.Options{RetireMissing: true})
		nothing(t, plan)
	})
	t.Run("hidden framework", func(t *testing.T) {
		w := edit(t, w, "f", framework.Relate{From: "BAKE", Type: framework.CloseMatch, ToFramework: other, To: "o1"})
		seen := w.VisibleTo(framework.Actor{Access: framework.Editor, Frameworks: []string{"f"}})
		if seen.Snapshot(other) != nil {
			t.Fatal("the other framework is visible")
		}
		_, plan := take(t, seen, "relations", "f", []byte(exported), exchange.Options{RetireMissing: true})
		nothing(t, plan)
	})
}

func TestRelationsFaults(t *testing.T) {
	const head = "from,type,to,toFramework,note\n"
	tests := map[string]struct {
		table string
		want  []string
	}{
		"no columns":       {"a,b\nc,d\n", []string{"t.csv:1:1: a table of relations lacks the columns type, from, to"}},
		"empty":            {"", []string{"t.csv: the file is empty"}},
		"required":         {head + ",broader,,,\n", []string{"t.csv:2:1: from is required", "t.csv:2:10: to is required"}},
		"required foreign": {head + "BAKE,exact match,,other,\n", []string{"t.csv:2:18: to is required"}},
		"type": {head + "BAKE,is broader than,OVEN,,\nBAKE,,OVEN,,\n", []string{
			`t.csv:2:6: "is broader than" is not a type of relation; use one of COMPLEMENTARY, RELATED, BROADER, NARROWER, `,
			"t.csv:3:6: type is required",
		}},
		"skills": {head + "bake,RELATED,Selling,,\n", []string{
			`t.csv:2:1: framework f has no skill with the code or name "bake"`,
			`t.csv:2:14: several skills are called "Selling"; give the code of the one that is meant`,
		}},
		"self":               {head + "BAKE,NARROWER,baking,,\n", []string{"t.csv:2:1: relation BAKE BROADER BAKE, to: a skill cannot be related to itself"}},
		"twice":              {head + "BAKE,RELATED,OVEN,,\nBAKE,related,OVEN,,again\n", []string{"t.csv:3:1: relation BAKE RELATED OVEN is stated twice; first on line 2"}},
		"inverse twice":      {head + "BAKE,BROADER,OVEN,,\nOVEN,NARROWER,BAKE,f,\n", []string{"t.csv:3:1: relation BAKE BROADER OVEN is stated twice; first on line 2"}},
		"symmetric twice":    {head + "BAKE,RELATED,OVEN,,\nOVEN,RELATED,BAKE,,\n", []string{"t.csv:3:1: relation BAKE RELATED OVEN is stated twice; first on line 2"}},
		"contradiction":      {head + "BAKE,BROADER,OVEN,,\nOVEN,BROADER,BAKE,,\n", []string{"t.csv:3:1: relation OVEN BROADER BAKE contradicts relation BAKE BROADER OVEN"}},
		"retired from":       {head + "BAKE,RELATED,KNEA,,\nOLD,RELATED,BAKE,,\n", []string{"t.csv:3:1: relation BAKE RELATED OLD, to: skill OLD is retired; restore it or relate its successor"}},
		"retired to":         {head + "BAKE,BROADER,OLD,,\n", []string{"t.csv:2:14: relation BAKE BROADER OLD, to: skill OLD is retired; restore it or relate its successor"}},
		"retired name":       {head + "BAKE,BROADER,Stone ovens,,\n", []string{`t.csv:2:14: framework f has no skill with the code or name "Stone ovens"`}},
		"retired successor":  {head + "BAKE,REPLACED BY,OLD,,\n", []string{"t.csv:2:18: relation BAKE REPLACED_BY OLD, to: skill OLD is retired and cannot take another's place"}},
		"foreign type":       {head + "BAKE,BROADER,o1,other,\n", []string{"t.csv:2:6: relation BAKE BROADER other o1, type: BROADER holds within one framework only; "}},
		"foreign skill":      {head + "BAKE,EXACT MATCH,Other 1,other,\n", []string{`t.csv:2:18: relation BAKE EXACT_MATCH other Other 1, to: framework "other" has no skill "Other 1"`}},
		"foreign framework":  {head + "BAKE,EXACT MATCH,x,none,\n", []string{`t.csv:2:18: relation BAKE EXACT_MATCH none x, to: framework "none" has no skill "x"`}},
		"foreign, not said":  {head + "BAKE,EXACT MATCH,o1,,\n", []string{`t.csv:2:18: framework f has no skill with the code or name "o1"; a match with a skill of another framework has that in the column toFramework`}},
		"note":               {head + "BAKE,RELATED,OVEN,,<b>x</b>\n", []string{"t.csv:2:20: relation BAKE RELATED OVEN, note: contains HTML (<b>)"}},
		"after a wide field": {head + "\"Kneading\ndough\",RELATED,nö,,\n", []string{`t.csv:3:16: framework f has no skill with the code or name "nö"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan, err := exchange.Import(t.Context(), crafts(t), "relations", []exchange.File{{Name: "t.csv", Content: []byte(test.table)}}, exchange.Options{Framework: "f"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" || len(plan.Edits) > 0 {
				t.Error(diff, plan.Edits)
			}
		})
	}
	t.Run("several files", func(t *testing.T) {
		list := []exchange.File{
			{Name: "a.csv", Content: []byte("from,type,to\nBAKE,RELATED,OVEN\n")},
			{Name: "b.csv", Content: []byte("from,type,to,note\nBAKE,RELATED,KNEA,\n")},
		}
		plan, err := exchange.Import(t.Context(), crafts(t), "relations", list, exchange.Options{Framework: "f"})
		want := []string{"b.csv:1:1: of a.csv and b.csv only one has the column note; give it to both or to none"}
		if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
		list[1].Content = []byte("to,from,type\nKNEA,BAKE,RELATED\n")
		plan, err = exchange.Import(t.Context(), crafts(t), "relations", list, exchange.Options{Framework: "f"})
		if err != nil || len(plan.Faults) > 0 || plan.Counts.Relations != 2 {
			t.Error(err, plan)
		}
	})
	t.Run("other sheets", func(t *testing.T) {
		sheets := func(second string) []exchange.File {
			return book(t, func(f *excelize.File) error {
				if _, err := f.NewSheet("Notes"); err != nil {
					return err
				}
				return errors.Join(
					f.SetSheetRow("Sheet1", "A1", &[]string{"from", "type", "to"}),
					f.SetSheetRow("Sheet1", "A2", &[]string{"BAKE", "RELATED", "OVEN"}),
					f.SetSheetRow("Notes", "A1", &[]string{second, "Note"}),
				)
			})
		}
		plan, err := exchange.Import(t.Context(), crafts(t), "relations", sheets("Who"), exchange.Options{Framework: "f"})
		want := []string{"w.xlsx[Notes]:1:1: A1: not read: this is not a table of relations"}
		if diff := cmp.Diff(want, faults(plan.Remarks)); diff != "" || err != nil || len(plan.Edits) != 1 {
			t.Error(diff, err, plan.Edits)
		}
		plan, err = exchange.Import(t.Context(), crafts(t), "relations", sheets("To"), exchange.Options{Framework: "f"})
		want = []string{"w.xlsx[Notes]:1:1: A1: a table of relations lacks the columns type, from; "}
		if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
	t.Run("skip", func(t *testing.T) {
		table := head + "BAKE,RELATED,OVEN,,\nBAKE,LIKES,OVEN,,\nBAKE,RELATED,OVEN,,\nOLD,RELATED,BAKE,,\n"
		plan, err := exchange.Import(t.Context(), crafts(t), "relations", []exchange.File{{Name: "t.csv", Content: []byte(table)}},
			exchange.Options{Framework: "f", SkipBadRows: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Edits) != 1 || plan.Skipped != 3 || len(plan.Faults) != 3 {
			t.Errorf("%v, %d skipped, %v", plan.Edits, plan.Skipped, plan.Faults)
		}
	})
}

// TestPartialFormats: what holds a part of a framework is imported into one there is.
func TestPartialFormats(t *testing.T) {
	for _, format := range []string{"relations", "roles"} {
		for code, want := range map[string]string{
			"":     "files of format " + format + " do not name their framework; give its code",
			"none": `there is no framework "none"; import its skills first`,
		} {
			plan, err := exchange.Import(t.Context(), crafts(t), format, []exchange.File{{Name: "t.csv", Content: []byte("x\n")}}, exchange.Options{Framework: code})
			if err == nil || err.Error() != want || plan != nil {
				t.Errorf("%s into %q: %v, %v", format, code, err, plan)
			}
		}
	}
}

// without is a bundle less some sections.
func without(t testing.TB, bundle []byte, sections ...string) []byte {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(bundle, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		delete(all, s)
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// partOf checks that an export of a part of a framework says nothing new to where it
// comes from, and makes the same part of one that lacks it.
func partOf(t testing.TB, w, empty *framework.World, format, code string) {
	t.Helper()
	table := give(t, w, format, code)
	_, plan := take(t, w, format, code, table, exchange.Options{RetireMissing: true})
	nothing(t, plan)
	bare, _ := load(t, empty, without(t, export(t, w, code), format), exchange.Options{})
	again, plan := take(t, bare, format, code, table, exchange.Options{RetireMissing: true})
	if len(plan.Missing) > 0 {
		t.Fatalf("misses %v", plan.Missing)
	}
	if diff := cmp.Diff(string(table), string(give(t, again, format, code))); diff != "" {
		t.Fatalf("differs after import (-first +again):\n%s", diff)
	}
	if err := framework.Check(again); err != nil {
		t.Fatal(err)
	}
}

// changed makes random edits of some kinds.
func changed(t testing.TB, w *framework.World, r *rand.Rand, n int, kinds ...framework.Edit) (*framework.World, int) {
	made := 0
	wanted := map[string]bool{}
	for _, k := range kinds {
		wanted[fmt.Sprintf("%T", k)] = true
	}
	for range n {
		e := random(r, w.Snapshot("random"))
		if !wanted[fmt.Sprintf("%T", e)] {
			continue
		}
		if changes, problems := w.Edit("random", []framework.Edit{e}); len(problems) == 0 && len(changes) > 0 {
			w = apply(t, w, changes)
			made++
		}
	}
	return w, made
}

// testPart: whatever a world holds, its part survives, and brings back a part in which
// edits of some kinds were made.
func testPart(t *testing.T, format string, kinds ...framework.Edit) {
	t.Parallel()
	worlds := 50
	if testing.Short() {
		worlds = 20
	}
	accepted := map[string]int{}
	edits, rows := 0, 0
	for seed := range worlds {
		r := rand.New(rand.NewPCG(3, uint64(seed)))
		w := open(t, grow(t, withOther(t), "random", r, 800, accepted))
		partOf(t, w, withOther(t), format, "random")
		// Much has been retired by then: most of it comes back.
		w, _ = changed(t, w, r, 1500, append(kinds, framework.RestoreCategory{}, framework.RestoreSkill{}, framework.RestoreRoleGroup{}, framework.RestoreRole{})...)
		partOf(t, w, withOther(t), format, "random")
		table := give(t, w, format, "random")
		rows += bytes.Count(table, []byte("\n"))
		otherwise, made := changed(t, w, r, 600, kinds...)
		edits += made
		again, _ := take(t, otherwise, format, "random", table, exchange.Options{RetireMissing: true})
		if diff := cmp.Diff(string(table), string(give(t, again, format, "random"))); diff != "" {
			t.Fatalf("seed %d: differs (-table +store):\n%s", seed, diff)
		}
	}
	if edits < 10*worlds || rows < 5*worlds {
		t.Errorf("only %d edits, %d lines", edits, rows)
	}
}

func TestRelationsProperty(t *testing.T) {
	testPart(t, "relations", framework.Relate{}, framework.UpdateRelation{}, framework.Unrelate{})
}

func TestRelationsOfDemo(t *testing.T) {
	partOf(t, meridian(t), new(framework.World), "relations", "meridian")
}

// acceptedPart checks that what is accepted into a framework imports again without a
// change, as does its export.
func acceptedPart(t *testing.T, w *framework.World, format string, table []byte) {
	for _, opt := range []exchange.Options{{RetireMissing: true}, {SkipBadRows: true}} {
		opt.Framework = "f"
		plan, err := exchange.Import(t.Context(), w, format, []exchange.File{{Name: "t.csv", Content: table}}, opt)
		if err != nil || plan.Refused {
			continue
		}
		after := apply(t, w, plan.Changes)
		if err := framework.Check(after); err != nil {
			t.Fatal(err)
		}
		if len(plan.Faults) == 0 && opt.RetireMissing {
			plan, err := exchange.Import(t.Context(), after, format, []exchange.File{{Name: "t.csv", Content: table}}, opt)
			if err != nil || len(plan.Faults) > 0 || len(plan.Edits)+len(plan.Missing) > 0 {
				t.Fatalf("a second import: %v, %v, %#v, %v", err, plan.Faults, plan.Edits, plan.Missing)
			}
		}
		_, again := take(t, after, format, "f", give(t, after, format, "f"), exchange.Options{RetireMissing: true})
		nothing(t, again)
	}
}

// FuzzRelations: no bytes make the reader panic, and what is accepted stays.
func FuzzRelations(f *testing.F) {
	w := crafts(f)
	f.Add([]byte("from,type,to,toFramework,note\nBAKE,BROADER,Ovens,,\"a\nb\"\nOVEN,exact match,o1,other,'=x\nOLD,replaced-by,SELL,,\n"))
	f.Add([]byte("to;from;type\nOVEN;KNEA;Has essential\nBAKE;OLD;MERGED_INTO\n"))
	f.Fuzz(func(t *testing.T, table []byte) { acceptedPart(t, w, "relations", table) })
}

// BenchmarkRelations reads a table of the size of ESCO's, and writes it.
func BenchmarkRelations(b *testing.B) {
	w, _ := load(b, new(framework.World), generated(14_000, 120_000), exchange.Options{})
	benchmarkPart(b, w, "relations")
}

// benchmarkPart exports a part, imports it over itself, and into a framework that
// lacks it.
func benchmarkPart(b *testing.B, w *framework.World, format string) {
	table := give(b, w, format, "big")
	bare, _ := load(b, new(framework.World), without(b, export(b, w, "big"), format), exchange.Options{})
	list := []exchange.File{{Name: "t.csv", Content: table}}
	b.Run("export", func(b *testing.B) {
		b.SetBytes(int64(len(table)))
		b.ReportAllocs()
		for b.Loop() {
			give(b, w, format, "big")
		}
	})
	for name, w := range map[string]*framework.World{"again": w, "new": bare} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(table)))
			b.ReportAllocs()
			for b.Loop() {
				plan, err := exchange.Import(b.Context(), w, format, list, exchange.Options{Framework: "big"})
				if err != nil || len(plan.Faults) > 0 || (len(plan.Edits) > 0) != (name == "new") {
					b.Fatal(err, plan.Faults, len(plan.Edits))
				}
			}
		})
	}
}
