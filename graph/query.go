package graph

import (
	"cmp"
	"context"
	"slices"

	"skillatlas/internal/framework"
)

// api is the resolver of the root types.
type api struct {
	Options
	timeouts timeouts
	// importing is held, by sending to it, by the one import at work: they take
	// memory and time by their files.
	importing chan struct{}
}

// Query implements ResolverRoot.
func (a *api) Query() QueryResolver { return &query{a} }

// Mutation implements ResolverRoot.
func (a *api) Mutation() MutationResolver { return &mutation{a} }

type query struct {
	*api
}

func (q *query) Framework(ctx context.Context, code *string, at *At, _ *int) (*framework.FrameworkView, error) {
	op := operationOf(ctx)
	actor := op.viewer.Actor
	if !actor.MaySomewhere(framework.DeedRead) || code != nil && !actor.May(framework.DeedRead, *code) {
		return nil, nil // nor do they learn which revisions there are
	}
	w, err := q.world(ctx, at)
	if err != nil {
		return nil, err
	}
	wanted := ""
	if code != nil {
		wanted = *code
	} else if wanted, err = w.Default(op.viewer, q.DefaultFramework); err != nil {
		return nil, err
	}
	return w.View(op.viewer, wanted, at != nil), nil
}

// world is the one an operation reads, or an earlier one.
func (q *query) world(ctx context.Context, at *At) (*framework.World, error) {
	head := operationOf(ctx).head
	if at == nil {
		return head, nil
	}
	if t := at.Time.Value(); t != nil {
		seq := head.SeqAt(*t)
		if seq == 0 {
			return nil, framework.Errorf(framework.NotFound, "there was no revision yet at %s", t.UTC().Format("2006-01-02T15:04:05.999Z07:00"))
		}
		return q.past(ctx, seq)
	}
	if n := at.Revision.Value(); n != nil {
		return q.past(ctx, int64(*n))
	}
	return nil, framework.Errorf(framework.Invalid, "at takes exactly one of its fields")
}

// past is the world at a revision of the history the operation reads.
func (q *query) past(ctx context.Context, seq int64) (*framework.World, error) {
	head := operationOf(ctx).head
	switch {
	case seq == head.Seq():
		return head, nil
	case seq > head.Seq():
		return nil, framework.Errorf(framework.NotFound, "there is no revision %d; the newest is %d", seq, head.Seq())
	}
	return q.Catalog.At(ctx, seq)
}

func (q *query) Frameworks(ctx context.Context, first *int, after *string, last *int, before *string, archived bool) (*framework.FrameworkConnection, error) {
	op := operationOf(ctx)
	c, err := op.head.Frameworks(ctx, op.viewer, first, after, last, before, archived)
	return &c, err
}

func (q *query) Node(ctx context.Context, id string) (framework.Node, error) {
	op := operationOf(ctx)
	name, ok := framework.ParseNodeID(id)
	if !ok {
		return nil, framework.Errorf(framework.Invalid, "%q is not an id; give one that the API gave out", id)
	}
	w := op.head
	if name.Revision != 0 {
		// Whoever may not see the framework does not learn which revisions there are.
		if !op.viewer.Actor.May(framework.DeedRead, name.Framework) || name.Revision > w.Seq() {
			return nil, nil
		}
		var err error
		if w, err = q.past(ctx, name.Revision); err != nil {
			return nil, err
		}
	}
	return w.Node(op.viewer, name), nil
}

func (q *query) Nodes(ctx context.Context, ids []string) ([]framework.Node, error) {
	if len(ids) > framework.MaxPage {
		return nil, framework.Errorf(framework.LimitExceeded, "ids has %d elements; at most %d are allowed", len(ids), framework.MaxPage)
	}
	nodes := make([]framework.Node, len(ids))
	for i, id := range ids {
		if _, ok := framework.ParseNodeID(id); !ok {
			continue
		}
		var err error
		if nodes[i], err = q.Node(ctx, id); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

func (q *query) Revision(ctx context.Context, seq int) (*framework.RevisionView, error) {
	op := operationOf(ctx)
	return op.head.Revision(op.viewer, int64(seq)), nil
}

func (q *query) Revisions(ctx context.Context, first *int, after *string, last *int, before *string) (*framework.RevisionConnection, error) {
	op := operationOf(ctx)
	c, err := op.head.Revisions(ctx, op.viewer, first, after, last, before)
	return &c, err
}

func (q *query) Viewer(ctx context.Context) (*Viewer, error) {
	op := operationOf(ctx)
	v := &Viewer{Access: cmp.Or(op.viewer.Actor.Access, framework.AccessNone)}
	if op.viewer.Actor.ID != "" {
		actor := framework.NewActorView(op.viewer.Actor.ID, op.viewer)
		v.Actor = &actor
	}
	if len(op.viewer.Actor.Frameworks) > 0 {
		v.Frameworks = slices.Clone(op.viewer.Actor.Frameworks)
	}
	return v, nil
}
