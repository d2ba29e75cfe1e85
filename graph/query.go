package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"skillatlas/internal/framework"
)

// api is the resolver of the root types.
type api struct {
	Options
	timeouts timeouts
	// importing is held, by sending to it, by the one import at work: they take
	// memory and time by their files.
	importing chan struct{}
	// What answers are written into, and what is kept of them: fragments and, unless it
	// is nil, whole ones.
	buffers buffers
	room    room
	answers *answers
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
	wanted := ""
	if code != nil {
		wanted = *code
	} else {
		var err error
		if wanted, err = op.head.Default(op.viewer, q.DefaultFramework, op.seqOf(at)); err != nil {
			return nil, err
		}
	}
	return q.read(ctx, wanted, at)
}

// seqOf is the revision that at names whatever the framework, or else the head's.
func (op *operation) seqOf(at *At) int64 {
	seq := int64(0)
	if at != nil {
		seq = int64(orZero(at.Revision))
		if t := at.Time.Value(); t != nil {
			seq = op.seqAt(*t)
		}
	}
	if seq < 1 {
		seq = op.head.Seq()
	}
	return seq
}

// seqAt is the last revision up to a time. That of the head may not be the last one.
func (op *operation) seqAt(t time.Time) int64 {
	seq := op.head.SeqAt(t)
	if seq == op.head.Seq() {
		op.viewer.Reads.NoteHead()
	}
	return seq
}

// read is a framework in the state that is asked for, or that its viewer gets who
// asks for none. It is nil when there is none that the viewer may see; then they do
// not learn either which revisions and releases there are.
func (q *query) read(ctx context.Context, code string, at *At) (*framework.FrameworkView, error) {
	op := operationOf(ctx)
	switch {
	case !op.head.Lists(op.viewer, code):
		return nil, nil
	case at == nil:
		return op.head.Shown(ctx, op.viewer, code)
	case at.ChangeRequest.IsSet():
		return op.head.Preview(ctx, op.viewer, code, at.ChangeRequest.Value())
	}
	seq, err := q.named(ctx, code, at)
	if err != nil {
		return nil, err
	}
	if op.head.Hides(op.viewer, code) && !op.head.Sees(op.viewer, code, seq) {
		return nil, framework.Errorf(framework.Forbidden,
			"framework %s shows anonymous callers its published releases only; read one at {release: …} or {latest: PUBLISHED}, or sign in", code)
	}
	w, err := q.past(ctx, seq)
	if err != nil {
		return nil, err
	}
	return w.View(op.viewer, code, orZero(at.Latest) != LatestHead), nil
}

// named is the revision of the state of a framework that at names.
func (q *query) named(ctx context.Context, code string, at *At) (int64, error) {
	op := operationOf(ctx)
	if t := at.Time.Value(); t != nil {
		seq := op.seqAt(*t)
		if seq == 0 {
			return 0, framework.Errorf(framework.NotFound, "there was no revision yet at %s", t.UTC().Format("2006-01-02T15:04:05.999Z07:00"))
		}
		return seq, nil
	}
	if n := at.Revision.Value(); n != nil {
		return int64(*n), nil
	}
	if release := at.Release.Value(); release != nil {
		if r := op.head.Release(op.viewer, code, *release); r != nil {
			return r.Revision(), nil
		}
		return 0, framework.Errorf(framework.NotFound, "framework %s has no release %q; Framework.releases lists those there are", code, *release)
	}
	if latest := at.Latest.Value(); latest != nil {
		if *latest == LatestHead {
			return op.head.Seq(), nil
		}
		if r := op.head.Newest(op.viewer, code, framework.ReleaseStage(*latest)); r != nil {
			return r.Revision(), nil
		}
		return 0, framework.Errorf(framework.NotFound, "framework %s has no release for {latest: %s} yet", code, *latest)
	}
	return 0, framework.Errorf(framework.Invalid, "at takes exactly one of its fields")
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
		// Whoever may not see the framework does not learn which revisions there are. Sees
		// comes first: of a revision that is yet to come it notes that the head was read.
		if !w.Sees(op.viewer, name.Framework, name.Revision) || name.Revision > w.Seq() {
			return nil, nil
		}
		var err error
		if w, err = q.past(ctx, name.Revision); err != nil {
			return nil, err
		}
	}
	if numbers := name.Previewed(); numbers != nil {
		f, err := w.Preview(ctx, op.viewer, name.Framework, numbers)
		if err != nil || f == nil {
			return nil, nilUnlessFault(err)
		}
		if n := f.Node(name); n != nil && n.ID() == id {
			return n, nil
		}
		return nil, nil
	}
	return w.Node(op.viewer, name), nil
}

// nilUnlessFault is nil for a refusal that means that a preview is no longer there.
func nilUnlessFault(err error) error {
	var refusal *framework.Error
	if errors.As(err, &refusal) && refusal.Code != framework.LimitExceeded && refusal.Code != framework.Unavailable {
		return nil
	}
	return err
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

func (q *query) ChangeLog(ctx context.Context, code string, from At, to *At) (*framework.ChangeLogView, error) {
	earlier, later, err := q.states(ctx, code, &from, to)
	if err != nil || later == nil {
		return nil, err
	}
	return later.ChangeLog(ctx, earlier)
}

func (q *query) MapCodes(ctx context.Context, code string, from At, to *At, kind framework.EntityKind, codes []string) ([]framework.CodeMapping, error) {
	earlier, later, err := q.states(ctx, code, &from, to)
	if err != nil || later == nil {
		return nil, err
	}
	return later.MapCodes(ctx, earlier, kind, codes)
}

// states are two of a framework to compare, or none where the viewer may not see
// the later.
func (q *query) states(ctx context.Context, code string, from, to *At) (earlier, later *framework.FrameworkView, err error) {
	if later, err = q.read(ctx, code, to); err != nil || later == nil {
		return nil, nil, err
	}
	if earlier, err = q.read(ctx, code, from); err == nil && earlier == nil {
		earlier, err = q.absent(ctx, code, from)
	}
	return earlier, later, err
}

// absent is a framework in a state in which it was not there yet.
func (q *query) absent(ctx context.Context, code string, at *At) (*framework.FrameworkView, error) {
	seq, err := q.named(ctx, code, at)
	if err != nil {
		return nil, err
	}
	if seq < 1 {
		return nil, framework.Errorf(framework.Invalid, "from is before the first revision; revisions are numbered from 1")
	}
	w, err := q.past(ctx, seq)
	if err != nil {
		return nil, err
	}
	return w.Absent(operationOf(ctx).viewer, code), nil
}

func (q *query) Viewer(ctx context.Context) (*Viewer, error) {
	op := operationOf(ctx)
	v := &Viewer{Actor: op.viewer.Self(), Access: cmp.Or(op.viewer.Actor.Access, framework.AccessNone)}
	if len(op.viewer.Actor.Frameworks) > 0 {
		v.Frameworks = slices.Clone(op.viewer.Actor.Frameworks)
	}
	return v, nil
}
