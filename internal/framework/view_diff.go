package framework

import "context"

// An EntityDiffView is what sets two versions of an entity apart, to a viewer who
// may see both.
type EntityDiffView struct {
	*scope
	d EntityDiff
}

func (v EntityDiffView) Kind() EntityKind  { return v.d.Kind.Public() }
func (v EntityDiffView) Framework() string { return v.d.Framework }
func (v EntityDiffView) Key() string       { return v.d.Key }
func (v EntityDiffView) Action() Action    { return v.d.Action }
func (v EntityDiffView) OldName() *string  { return text(v.d.OldName) }
func (v EntityDiffView) NewName() *string  { return text(v.d.NewName) }

// Entity is the entity as it is now, in the state that is read, or nil when it
// is not there.
func (v EntityDiffView) Entity() Node { return v.node(v.d.Ref) }

// Fields lists the fields that differ, in the order in which people read them.
func (v EntityDiffView) Fields(ctx context.Context) ([]FieldDiffView, error) {
	if err := v.spend(ctx, len(v.d.Fields)*costOfElement); err != nil {
		return nil, err
	}
	fields := make([]FieldDiffView, len(v.d.Fields))
	for i, f := range v.d.Fields {
		fields[i] = FieldDiffView{f, v.viewer.Budget}
	}
	return fields, nil
}

// diffViews shows differences to a viewer, less those of relations whose other end
// they may not see.
func (f *FrameworkView) diffViews(ctx context.Context, diffs []EntityDiff) ([]EntityDiffView, error) {
	if err := f.spend(ctx, len(diffs)*costOfElement); err != nil {
		return nil, err
	}
	views := make([]EntityDiffView, 0, len(diffs))
	for _, d := range diffs {
		if other := d.OtherFramework(); other == "" || f.mayRead(other) {
			views = append(views, EntityDiffView{f.scope, d})
		}
	}
	return views, nil
}

// node is an entity of the state that is read, or nil.
func (sc *scope) node(ref Ref) Node {
	if f := sc.view(ref.Framework); f != nil {
		return f.node(ref.Kind, ref.Key)
	}
	return nil
}

// A FieldDiffView is the values of a field before and after.
type FieldDiffView struct {
	FieldDiff
	budget *Budget
}

// Hunks compares the values word by word.
func (v FieldDiffView) Hunks(ctx context.Context) ([]Hunk, error) {
	c := v.comparison()
	if err := v.budget.spend(ctx, c.work()); err != nil {
		return nil, err
	}
	hunks := c.hunks()
	return hunks, v.budget.spend(ctx, len(hunks)*costOfElement)
}
