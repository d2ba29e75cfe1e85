package framework_test

import (
	"sync"
	"testing"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// large is a framework of 14,000 skills and 120,000 relations, and how it came to be.
var large = sync.OnceValue(func() (l struct {
	edits   []Edit
	changes []Change
	w       *World
}) {
	l.edits = sample.Edits(14_000, 120_000)
	l.changes, _ = (&World{}).Edit(sample.Framework, l.edits)
	l.w = next(&World{}, l.changes)
	return l
})

func benchEdit(b *testing.B, list ...Edit) []Change {
	changes, problems := large().w.Edit(sample.Framework, list)
	if problems != nil {
		b.Fatal(problems)
	}
	return changes
}

func BenchmarkEditAll(b *testing.B) {
	l := large()
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := (&World{}).Edit(sample.Framework, l.edits); problems != nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkApplyAll(b *testing.B) {
	l := large()
	b.ReportAllocs()
	for b.Loop() {
		next(&World{}, l.changes)
	}
}

func BenchmarkEditOneSkill(b *testing.B) {
	l := large()
	list := edits(UpdateSkill{Code: sample.SkillCode(7_000), Description: Some("Another description.")})
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := l.w.Edit(sample.Framework, list); problems != nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkApplyOneSkill(b *testing.B) {
	l := large()
	for name, list := range map[string][]Edit{
		"update":    edits(UpdateSkill{Code: sample.SkillCode(7_000), Description: Some("Another description.")}),
		"updateHub": edits(UpdateSkill{Code: sample.SkillCode(0), Description: Some("Another description.")}),
		"create":    edits(CreateSkill{Code: "S99999", Name: "New"}),
		"relateHub": edits(Relate{From: sample.SkillCode(0), Type: ExactMatch, To: sample.SkillCode(13_999)}),
	} {
		r := revision(l.w, benchEdit(b, list...))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.w.Apply(r)
			}
		})
	}
}

func BenchmarkSkillsPage(b *testing.B) {
	v := anyone()
	f := large().w.View(v, sample.Framework, false)
	category, prefix := sample.CategoryCode(0), "S1"
	for name, c := range map[string]struct {
		filter *SkillFilter
		order  SkillOrder
	}{
		"byCode":     {nil, SkillsByCode},
		"byName":     {nil, SkillsByName},
		"byPosition": {nil, SkillsByPosition},
		"inCategory": {&SkillFilter{Category: &category}, SkillsByCode},
		"atLevel":    {&SkillFilter{Levels: []int{7}}, SkillsByCode},
		"withPrefix": {&SkillFilter{Prefix: &prefix}, SkillsByCode},
	} {
		b.Run(name+"/first100", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(f.Skills(b.Context(), new(100), nil, nil, nil, c.filter, c.order))
			}
		})
		b.Run(name+"/totalCount", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(must(f.Skills(b.Context(), new(0), nil, nil, nil, c.filter, c.order)).TotalCount(b.Context()))
			}
		})
	}
}

// BenchmarkOrder is what the first reader by name or position after a change pays.
func BenchmarkOrder(b *testing.B) {
	l := large()
	r := revision(l.w, benchEdit(b, UpdateSkill{Code: sample.SkillCode(7_000), Description: Some("Another description.")}))
	for _, order := range []SkillOrder{SkillsByName, SkillsByPosition} {
		b.Run(string(order), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f := l.w.Apply(r).View(anyone(), sample.Framework, false)
				must(f.Skills(b.Context(), new(1), nil, nil, nil, nil, order))
			}
		})
	}
}

// BenchmarkLint is what the first reader of findings after a change pays.
func BenchmarkLint(b *testing.B) {
	l := large()
	r := revision(l.w, benchEdit(b, UpdateSkill{Code: sample.SkillCode(7_000), Description: Some("Another description.")}))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s := l.w.Apply(r).Snapshot(sample.Framework)
		b.StartTimer()
		Lint(s)
	}
	b.ReportMetric(float64(len(Lint(l.w.Snapshot(sample.Framework)))), "findings")
}

func BenchmarkRelations(b *testing.B) {
	f := large().w.View(anyone(), sample.Framework, false)
	b.Run("first100", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must(f.Relations(b.Context(), new(100), nil, nil, nil, nil))
		}
	})
	b.Run("ofHub", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must(f.Skill(sample.SkillCode(0)).Related(b.Context(), nil, nil, nil, nil, 1, 50))
		}
	})
}

// BenchmarkReorder moves every skill of the framework in one list of edits.
func BenchmarkReorder(b *testing.B) {
	l := large()
	var list []Edit
	for i := range 14_000 {
		list = append(list, MoveSkill{Code: sample.SkillCode(i), Category: Some(sample.CategoryCode(0)), Position: Some(14_000 - i)})
	}
	for name, w := range map[string]*World{"gather": l.w, "within": next(l.w, benchEdit(b, list...))} {
		again := list
		if name == "within" {
			again = nil
			for i := range 14_000 {
				again = append(again, MoveSkill{Code: sample.SkillCode(i), Position: Some(i)})
			}
		}
		changes, problems := w.Edit(sample.Framework, again)
		if problems != nil {
			b.Fatal(problems)
		}
		b.Run(name+"/edit", func(b *testing.B) {
			for b.Loop() {
				w.Edit(sample.Framework, again)
			}
		})
		b.Run(name+"/apply", func(b *testing.B) {
			for b.Loop() {
				next(w, changes)
			}
		})
	}
}

// BenchmarkEditEveryRelation changes the note of each of 120,000 relations.
func BenchmarkEditEveryRelation(b *testing.B) {
	l := large()
	var list []Edit
	for r := range l.w.Snapshot(sample.Framework).Relations() {
		list = append(list, UpdateRelation{From: r.From, Type: r.Type, To: r.To, Note: Some("Another note.")})
	}
	changes := benchEdit(b, list...)
	b.Run("edit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.w.Edit(sample.Framework, list)
		}
	})
	b.Run("apply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			next(l.w, changes)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	l := large()
	for b.Loop() {
		if err := Check(l.w); err != nil {
			b.Fatal(err)
		}
	}
}
