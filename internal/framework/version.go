package framework

import (
	"context"
	"slices"
	"sort"
)

// What a view spends to read the version that a revision made of an entity. All
// of the revision is loaded, so its size counts; but only once an operation.
const (
	costOfRevision = 200
	costOfVersion  = 10
)

// Version returns the version the revision made of an entity, or nil when it
// removed it or left it alone.
func (r *Revision) Version(ref Ref) Entity {
	is := func(c Change) bool { return c.Ref == ref }
	// Changes come in canonical order, if not from everywhere.
	if i, ok := slices.BinarySearchFunc(r.Changes, ref, func(c Change, ref Ref) int { return c.Ref.compare(ref) }); ok {
		return r.Changes[i].Entity
	}
	if i := slices.IndexFunc(r.Changes, is); i >= 0 {
		return r.Changes[i].Entity
	}
	return nil
}

// version is the version that a revision made of an entity, or nil when it removed
// it or is 0.
func (sc *scope) version(ctx context.Context, ref Ref, seq int64) (Entity, error) {
	if seq == 0 {
		return nil, nil
	}
	step := sc.world.step(seq)
	if t, _ := step.touchOf(ref); t.Action == Removed {
		return nil, nil
	}
	if ref.Kind.Content() && ref.Kind.hasHistory() && sc.previewed == nil {
		s := sc.world.fixed.Snapshot(ref.Framework)
		if trail := s.trail(ref.Kind, ref.Key); trail.at(trail.len()-1) == seq {
			return s.entity(ref.Kind, ref.Key), nil
		}
	}
	price := costOfVersion
	if _, paid := sc.viewer.Budget.paid.LoadOrStore(seq, true); !paid {
		price = costOfRevision + len(step.Touches)
	}
	if err := sc.spend(ctx, price); err != nil {
		return nil, err
	}
	return sc.viewer.Version(ctx, seq, ref)
}

// previous finds the revisions before seq that were the last to touch some
// entities of a framework. Those that none touched are left out.
func (sc *scope) previous(ctx context.Context, framework string, refs []Ref, seq int64) (map[Ref]int64, error) {
	found := make(map[Ref]int64, len(refs))
	wanted := map[Ref]bool{}
	s := sc.world.fixed.Snapshot(framework) // of which only what came before seq counts
	for _, ref := range refs {
		if !ref.Kind.hasHistory() {
			wanted[ref] = true
			continue
		}
		trail := s.trail(ref.Kind, ref.Key)
		if i := before(trail, seq); i >= 0 {
			found[ref] = trail.at(i)
		}
	}
	// Of frameworks and relations no trail is kept: they are looked for.
	for i := before(s.revisions, seq); i >= 0 && len(wanted) > 0; i-- {
		seq := s.revisions.at(i)
		step := sc.world.step(seq)
		touches := step.touches(framework)
		if err := sc.spend(ctx, 1+min(len(touches), len(wanted))); err != nil {
			return nil, err
		}
		meet := func(ref Ref) {
			found[ref] = seq
			delete(wanted, ref)
		}
		if len(wanted) < len(touches) {
			for ref := range wanted {
				if _, touched := step.touchOf(ref); touched {
					meet(ref)
				}
			}
			continue
		}
		for _, t := range touches {
			if wanted[t.Ref] {
				meet(t.Ref)
			}
		}
	}
	return found, nil
}

// before is the index of the last of a series of revisions that comes before one,
// or -1.
func before(revisions series[int64], seq int64) int {
	return sort.Search(revisions.len(), func(i int) bool { return revisions.at(i) >= seq }) - 1
}

// diff is what a revision made of an entity, which was touched by was before; 0
// is for not at all.
func (sc *scope) diff(ctx context.Context, ref Ref, was, seq int64) (EntityDiffView, error) {
	old, err := sc.version(ctx, ref, was)
	if err != nil {
		return EntityDiffView{}, err
	}
	now, err := sc.version(ctx, ref, seq)
	if err != nil {
		return EntityDiffView{}, err
	}
	return EntityDiffView{sc, DiffEntity(ref, old, now)}, nil
}

// Diff lists what the revision changed with old and new values, by framework,
// kind and key.
func (v RevisionView) Diff(ctx context.Context, first *int, after *string, last *int, before *string, framework *string) (EntityDiffConnection, error) {
	touches, err := v.touches(ctx, page{first, after, last, before}, framework, true)
	if err != nil {
		return EntityDiffConnection{}, err
	}
	changed := map[string][]Ref{}
	for _, t := range touches.Nodes() {
		if t.Action != Created {
			changed[t.Framework] = append(changed[t.Framework], t.Ref)
		}
	}
	was := map[Ref]int64{}
	for code, refs := range changed {
		found, err := v.previous(ctx, code, refs, v.step.Seq)
		if err != nil {
			return EntityDiffConnection{}, err
		}
		for ref, seq := range found {
			was[ref] = seq
		}
	}
	diffs := EntityDiffConnection{
		Edges: make([]EntityDiffEdge, len(touches.Edges)), PageInfo: touches.PageInfo, total: touches.total,
	}
	for i, e := range touches.Edges {
		d, err := v.diff(ctx, e.Node.Ref, was[e.Node.Ref], v.step.Seq)
		if err != nil {
			return EntityDiffConnection{}, err
		}
		diffs.Edges[i] = EntityDiffEdge{d, e.cursor}
	}
	return diffs, nil
}

// An EntityVersionView is a version of an entity, with what made it so.
type EntityVersionView struct {
	Revision RevisionView // the one that made the version
	ref      Ref
	was      int64 // the revision that touched the entity before, or 0
}

// Diff compares the version with the one before.
func (v EntityVersionView) Diff(ctx context.Context) (EntityDiffView, error) {
	return v.Revision.diff(ctx, v.ref, v.was, v.Revision.step.Seq)
}

// versions lists the versions of an entity, the first first.
func (f *FrameworkView) versions(ctx context.Context, kind Kind, key string, p page) (EntityVersionConnection, error) {
	trail := f.s.trail(kind, key)
	return candidates[EntityVersionView]{
		order: "seq",
		n:     trail.len(),
		key:   func(i int) string { return sequenceKey(trail.at(i)) },
		pick: func(i int) (EntityVersionView, bool) {
			r := f.revision(f.world.step(trail.at(i)))
			if r == nil {
				return EntityVersionView{}, false
			}
			v := EntityVersionView{*r, Ref{kind, f.Code(), key}, 0}
			if i > 0 {
				v.was = trail.at(i - 1)
			}
			return v, true
		},
	}.page(ctx, f.viewer.Budget, p)
}

// A FieldBlameView tells which revision gave a field the value it has.
type FieldBlameView struct {
	Path string
	// Value is as people read it, see [FieldDiff].
	Value    string
	Revision RevisionView
}

// blame tells where the values of an entity come from, in the order in which
// people read them.
func (f *FrameworkView) blame(ctx context.Context, e Entity) ([]FieldBlameView, error) {
	ref := Ref{e.Kind(), f.Code(), e.Key()}
	left := factsOf(e)
	blame := make([]FieldBlameView, 0, len(left))
	if err := f.spend(ctx, len(left)*costOfElement); err != nil {
		return nil, err
	}
	seq, err := f.lastTouch(ctx, ref, f.s.Revision()+1)
	if err == nil && f.previewed != nil {
		err = f.omitPreviewed(ctx, ref, seq, left)
	}
	for err == nil && seq > 0 && len(left) > 0 {
		var was int64
		var old Entity
		if was, err = f.lastTouch(ctx, ref, seq); err != nil {
			break
		}
		if old, err = f.version(ctx, ref, was); err != nil {
			break
		}
		had := factsOf(old)
		for path, value := range left {
			if before, ok := had[path]; !ok || before != value {
				r := RevisionView{f.scope, f.world.step(seq)}
				blame = append(blame, FieldBlameView{path, *readable(path, value, true), r})
				delete(left, path)
			}
		}
		seq = was
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(blame, func(a, b FieldBlameView) int { return comparePaths(a.Path, b.Path) })
	return blame, nil
}

// omitPreviewed takes out the values that no revision has made yet.
func (f *FrameworkView) omitPreviewed(ctx context.Context, ref Ref, seq int64, left map[string]string) error {
	now, err := f.version(ctx, ref, seq)
	had := factsOf(now)
	for path, value := range left {
		if before, ok := had[path]; !ok || before != value {
			delete(left, path)
		}
	}
	return err
}

// lastTouch is the last revision before seq that touched an entity, or 0.
func (f *FrameworkView) lastTouch(ctx context.Context, ref Ref, seq int64) (int64, error) {
	found, err := f.previous(ctx, f.Code(), []Ref{ref}, seq)
	return found[ref], err
}
