package framework_test

import (
	"context"
	"fmt"
	"testing"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// proposing is the large sample with a change request of 20 edits, and one
// revision since that the proposal does not know.
func proposing(b *testing.B) (*World, *Viewer) {
	b.Helper()
	base := large().w
	var list []Edit
	for i := range 10 {
		code := sample.SkillCode(100 * i)
		list = append(list,
			UpdateSkill{Code: code, Name: Some("Another name"), Description: Some("Another description of some length.")},
			DefineSkillLevel{Skill: code, Level: 1, Description: "What it means now."})
	}
	do := func(w *World, edits ...Edit) *World {
		changes, problems := w.EditAs(Act{Actor: eve, Time: epoch}, sample.Framework, edits)
		if problems != nil {
			b.Fatal(problems)
		}
		return next(w, changes)
	}
	w := do(base, RaiseRequest{Title: "Change", Submit: true, Base: base.Seq(), Edits: list})
	w = do(w, UpdateSkill{Code: sample.SkillCode(100), Guidance: Some("New.")})
	v := anyone()
	v.Head = w
	v.Past = func(context.Context, int64) (*World, error) { return base, nil }
	return w, v
}

func BenchmarkProposal(b *testing.B) {
	w, v := proposing(b)
	p := w.View(v, sample.Framework, false).ChangeRequest(1).Proposal(nil)
	for name, f := range map[string]func() error{
		"diff": func() error {
			diffs, err := p.Diff(b.Context())
			for _, d := range diffs {
				fields, _ := d.Fields(b.Context())
				for _, f := range fields {
					f.FieldDiff.Hunks()
				}
			}
			return err
		},
		"conflicts": func() error { _, err := p.Conflicts(b.Context()); return err },
		"impact":    func() error { _, err := p.Impact(b.Context()); return err },
		"preview": func() error {
			f, err := w.Preview(b.Context(), v, sample.Framework, []int{1})
			if err == nil && f.Skill(sample.SkillCode(100)).Name() != "Another name" {
				return fmt.Errorf("it is not previewed")
			}
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkChangeRequests(b *testing.B) {
	w := atlas(b)
	var raised []Edit
	for i := range 10_000 {
		raised = append(raised, RaiseRequest{
			Title: fmt.Sprint("Wish ", i), Summary: "About BAKE and what else there is to say of it, in a few more words than that.",
			Rationale: fmt.Sprint("Because of number ", i%97, " and the rest of it, which is long enough to be a text."),
			Subjects:  []Subject{{Kind: KindSkill, Key: "BAKE"}}, Submit: i%3 > 0,
		})
	}
	changes, problems := w.EditAs(Act{Actor: eve, Time: epoch}, "demo", raised)
	if problems != nil {
		b.Fatal(problems)
	}
	w = next(w, changes)
	text, size := "because 96", 50
	f := w.View(anyone(), "demo", false)
	filter := &RequestFilter{Status: []RequestStatus{RequestPending}, Text: &text}
	for _, order := range []RequestOrder{RequestsByNumber, RequestsByUpdated} {
		b.Run(string(order), func(b *testing.B) {
			for b.Loop() {
				c, err := f.ChangeRequests(b.Context(), &size, nil, nil, nil, filter, order)
				if err != nil || len(c.Edges) != size {
					b.Fatal(len(c.Edges), err)
				}
			}
		})
	}
}
