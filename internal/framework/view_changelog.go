package framework

import (
	"context"
	"slices"
)

// The connection that change logs list their entries by.
type (
	LogEntryConnection = Connection[LogEntryView]
	LogEntryEdge       = Edge[LogEntryView]
)

// A ChangeLogView is what happened to a framework between two states of it, less
// what its viewer may not see.
type ChangeLogView struct {
	f    *FrameworkView // in the later state
	from *FrameworkView
	log  []LogEntry
}

// ChangeLog tells what happened to the framework since an earlier state of it.
func (f *FrameworkView) ChangeLog(ctx context.Context, from *FrameworkView) (*ChangeLogView, error) {
	is, was := f.world.whole(), from.world.whole()
	elements := len(f.s.skills.items) + len(f.s.orders.relations()) + len(f.s.roles.items) + int(max(0, is.seq-was.seq))
	if err := f.comparable(ctx, from, elements); err != nil {
		return nil, err
	}
	log := slices.DeleteFunc(ChangeLog(was, is, f.Code()), func(e LogEntry) bool {
		other := e.OtherFramework()
		return other != "" && !f.mayRead(other)
	})
	if !f.seesTracker(f.Code()) {
		for i := range log {
			log[i].ChangeRequests = nil
		}
	}
	return &ChangeLogView{f, from, log}, nil
}

// Absent is a framework in a world in which it is not there yet, to compare with.
func (w *World) Absent(v *Viewer, code string) *FrameworkView {
	return &FrameworkView{v.pinned(w), &Snapshot{framework: &Framework{Code: code}}}
}

// comparable checks that the one that is read can be compared with an earlier
// state of it, and spends what it takes to look at so many elements.
func (f *FrameworkView) comparable(ctx context.Context, from *FrameworkView, elements int) error {
	if was, is := from.world.seq(), f.world.seq(); was > is {
		return Errorf(Invalid, "from is revision %d, which comes after revision %d, that of to; exchange them", was, is)
	}
	return f.spend(ctx, elements)
}

func (v ChangeLogView) Framework() *FrameworkView { return v.f }
func (v ChangeLogView) From() Version             { return v.from.Version() }
func (v ChangeLogView) To() Version               { return v.f.Version() }

// Markdown is the log for people to read.
func (v ChangeLogView) Markdown() string { return Markdown(v.log) }

// Entries lists what happened, by kind and code.
func (v ChangeLogView) Entries(ctx context.Context, first *int, after *string, last *int, before *string, types []LogType) (LogEntryConnection, error) {
	keys := make([]string, len(v.log))
	for i, e := range v.log {
		keys[i] = e.sortKey()
	}
	return candidates[LogEntryView]{
		order: "entry",
		n:     len(v.log),
		key:   func(i int) string { return keys[i] },
		pick: func(i int) (LogEntryView, bool) {
			return LogEntryView{v.f.scope, v.log[i]}, len(types) == 0 || slices.Contains(types, v.log[i].Type)
		},
	}.page(ctx, v.f.viewer.Budget, page{first, after, last, before})
}

// A LogEntryView is one thing that happened to a framework.
type LogEntryView struct {
	*scope
	e LogEntry
}

func (v LogEntryView) Type() LogType    { return v.e.Type }
func (v LogEntryView) Kind() EntityKind { return v.e.Kind.Public() }
func (v LogEntryView) Key() string      { return v.e.Key }
func (v LogEntryView) Name() *string    { return text(v.e.Name) }
func (v LogEntryView) OldName() *string { return text(v.e.OldName) }
func (v LogEntryView) Level() *int      { return number(v.e.Level) }
func (v LogEntryView) Text() string     { return v.e.Text }

// Entity is the entity in the later state, or nil when it is gone.
func (v LogEntryView) Entity() Node { return v.node(v.e.Ref) }

// Others are what else the entry is about, in the later state.
func (v LogEntryView) Others(ctx context.Context) ([]Node, error) {
	if err := v.spend(ctx, len(v.e.Others)*costOfElement); err != nil {
		return nil, err
	}
	others := make([]Node, len(v.e.Others))
	for i, ref := range v.e.Others {
		others[i] = v.node(ref)
	}
	return others, nil
}

// Revisions lists those that changed the entity from the earlier state to the
// later.
func (v LogEntryView) Revisions(ctx context.Context) ([]RevisionView, error) {
	if err := v.spend(ctx, len(v.e.Revisions)*costOfElement); err != nil {
		return nil, err
	}
	revisions := []RevisionView{}
	for _, seq := range v.e.Revisions {
		if r := v.revision(v.world.step(seq)); r != nil {
			revisions = append(revisions, *r)
		}
	}
	return revisions, nil
}

// ChangeRequests lists those that the revisions carried out or took back.
func (v LogEntryView) ChangeRequests(ctx context.Context) ([]RequestView, error) {
	if err := v.spend(ctx, len(v.e.ChangeRequests)*costOfElement); err != nil {
		return nil, err
	}
	requests := []RequestView{}
	for _, n := range v.e.ChangeRequests {
		if r := v.view(v.e.Framework).ChangeRequest(n); r != nil {
			requests = append(requests, *r)
		}
	}
	return requests, nil
}

// MapCodes tells what became of codes of the framework since an earlier state of it.
func (f *FrameworkView) MapCodes(ctx context.Context, from *FrameworkView, kind EntityKind, codes []string) ([]CodeMapping, error) {
	k := slices.IndexFunc(Kinds[:], func(k Kind) bool { return k.Public() == kind && k.coded() })
	switch {
	case k < 0:
		return nil, Errorf(Invalid, "kind is %s, which has no codes; use ATTRIBUTE, CATEGORY, SKILL, ROLE_GROUP or ROLE", kind)
	case len(codes) > MaxPage:
		return nil, Errorf(LimitExceeded, "codes has %d elements; at most %d are allowed", len(codes), MaxPage)
	}
	if err := f.comparable(ctx, from, len(codes)*costOfElement); err != nil {
		return nil, err
	}
	mappings := make([]CodeMapping, len(codes))
	for i, code := range codes {
		m, looked := mapCode(from.world.whole(), f.world.whole(), f.Code(), Kinds[k], code)
		if err := f.spend(ctx, looked); err != nil {
			return nil, err
		}
		mappings[i] = m
	}
	return mappings, nil
}
