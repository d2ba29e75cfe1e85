package graph

import (
	"context"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

func (m *mutation) CreateRelease(ctx context.Context, in CreateReleaseInput) (*ReleasePayload, error) {
	revision := int64(orZero(in.Revision))
	if in.Revision.Value() != nil && revision < 1 {
		revision = -1 // no revision, while 0 stands for the head
	}
	return m.release(ctx, in.Code, catalog.Request{
		Framework: in.Framework, Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.CreateRelease{
			Code: in.Code, Name: in.Name, Notes: orZero(in.Notes), Stage: in.Stage, Revision: revision,
		}},
	})
}

func (m *mutation) UpdateRelease(ctx context.Context, in UpdateReleaseInput) (*ReleasePayload, error) {
	return m.release(ctx, in.Code, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision),
		Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.UpdateRelease{
			Code: in.Code, Name: opt(in.Name), Notes: opt(in.Notes), Stage: opt(in.Stage),
			Revision: framework.Opt[int64]{Set: in.Revision.IsSet(), Value: int64(orZero(in.Revision))},
		}},
	})
}

// release changes a release by the one edit of a request.
func (m *mutation) release(ctx context.Context, code string, req catalog.Request) (*ReleasePayload, error) {
	op := operationOf(ctx)
	p := &ReleasePayload{Errors: []UserError{}}
	outcome, err := m.Catalog.Edit(ctx, op.viewer.Actor, req)
	if err != nil {
		p.Errors, err = m.userErrors(ctx, err, []string{""})
		return p, err
	}
	viewer := *op.viewer
	viewer.Head = outcome.World
	p.Release = outcome.World.Release(&viewer, req.Framework, code)
	p.Revision, _ = m.result(op, outcome, req.Framework)
	return p, nil
}
