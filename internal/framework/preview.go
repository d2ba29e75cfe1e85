package framework

import (
	"context"
	"slices"
)

// maxStacked is how many change requests one preview takes.
const maxStacked = 20

// Preview returns a framework as it would be with the proposals of change requests
// made on this world, the head, one after the other. What was applied already adds
// nothing. It is nil where the viewer may not see the framework, and an error where
// they may not see a request, or where its edits cannot be made.
func (w *World) Preview(ctx context.Context, v *Viewer, framework string, numbers []int) (*FrameworkView, error) {
	f := w.View(v, framework, false)
	if f == nil {
		return nil, nil
	}
	switch n := len(numbers); {
	case n == 0:
		return nil, Errorf(Invalid, "changeRequest names no change request")
	case n > maxStacked:
		return nil, Errorf(LimitExceeded, "changeRequest names %d change requests; a preview takes at most %d", n, maxStacked)
	}
	would := f.world.whole()
	for i, number := range numbers {
		r := f.ChangeRequest(number)
		if r == nil {
			return nil, Errorf(NotFound, "there is no change request #%d in framework %s", number, framework)
		}
		if slices.Contains(numbers[:i], number) {
			return nil, Errorf(Invalid, "change request #%d is named twice", number)
		}
		p := r.n.proposal(r.n.Proposal)
		switch {
		case r.n.applied() != nil:
			continue
		case p == nil || !r.shows(p):
			return nil, Errorf(Invalid, "change request #%d has no edits to preview", number)
		}
		changes, err := f.carriedOut(ctx, would, p)
		if err != nil {
			return nil, err
		}
		would = would.preview(changes)
	}
	sc := &scope{world: reading{fixed: would}, viewer: v, previewed: numbers}
	return sc.view(framework), nil
}

// carriedOut works out what a proposal changes in a world, or why it cannot be made.
func (f *FrameworkView) carriedOut(ctx context.Context, w *World, p *Proposal) ([]Change, error) {
	conflicts, err := f.conflicts(ctx, w, p)
	if err != nil {
		return nil, err
	}
	if len(conflicts) > 0 {
		return nil, Errorf(Conflict, "the edits of change request #%d cannot be made: %s; see the conflicts of its proposal, and rebase it",
			p.Request, conflicts[0])
	}
	changes, problems, err := f.edited(ctx, w, p)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, Errorf(Invalid, "the edits of change request #%d cannot be made: %s; see the problems of its proposal",
			p.Request, problems[0])
	}
	return changes, nil
}

// costOfEdit is what working out an edit takes of a budget.
const costOfEdit = 50

// edited works out what a proposal changes in a world, or every problem.
func (f *FrameworkView) edited(ctx context.Context, w *World, p *Proposal) ([]Change, []Problem, error) {
	if err := f.spend(ctx, costOfEdit*len(p.Edits)); err != nil {
		return nil, nil, err
	}
	changes, problems := w.Edit(f.Code(), p.Edits)
	return changes, problems, nil
}

// conflicts compares a proposal with what a world has that its base has not.
func (f *FrameworkView) conflicts(ctx context.Context, w *World, p *Proposal) ([]FieldConflict, error) {
	if head := f.head().whole(); w == head && !head.moved(f.Code(), p.Base) {
		return nil, nil
	}
	if p.Base == 0 {
		return nil, nil
	}
	base, err := f.past(ctx, p.Base)
	if err != nil {
		return nil, err
	}
	if err := f.spend(ctx, costOfEdit*len(p.Edits)); err != nil {
		return nil, err
	}
	return Conflicts(base, w, f.Code(), p.Edits), nil
}
