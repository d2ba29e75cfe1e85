package framework

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A RevisionView is a step of the history, less what its viewer may not see.
type RevisionView struct {
	*scope
	step *Step
}

// Revision returns a revision of the world's history, or nil when there is none
// that the viewer may see something of.
func (w *World) Revision(v *Viewer, seq int64) *RevisionView {
	sc := v.scope(w)
	return sc.revision(sc.world.step(seq))
}

func (sc *scope) revision(s *Step) *RevisionView {
	if s == nil || !slices.ContainsFunc(s.Frameworks(), func(code string) bool { return sc.seesStep(s, code) }) {
		return nil
	}
	return &RevisionView{sc, s}
}

// Revisions lists the revisions a viewer may see something of, the first first.
func (w *World) Revisions(ctx context.Context, v *Viewer, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	sc := v.scope(w)
	return sc.revisions(ctx, page{first, after, last, before}, sc.world.whole().history.len(), func(i int) int64 { return int64(i + 1) })
}

// Revisions lists the revisions that changed what the framework states, the first
// first.
func (f *FrameworkView) Revisions(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return f.revisions(ctx, page{first, after, last, before}, f.s.revisions.len(), f.s.revisions.at)
}

// history lists the revisions that changed an entity of the framework.
func (f *FrameworkView) history(ctx context.Context, kind Kind, key string, p page) (RevisionConnection, error) {
	trail := f.s.trail(kind, key)
	return f.revisions(ctx, p, trail.len(), trail.at)
}

// revisions lists those of n revisions that the viewer may see something of.
func (sc *scope) revisions(ctx context.Context, p page, n int, seq func(i int) int64) (RevisionConnection, error) {
	return candidates[RevisionView]{
		order: "seq",
		n:     n,
		key:   func(i int) string { return sequenceKey(seq(i)) },
		pick: func(i int) (RevisionView, bool) {
			v := sc.revision(sc.world.step(seq(i)))
			if v == nil {
				return RevisionView{}, false
			}
			return *v, true
		},
	}.page(ctx, sc.viewer.Budget, p)
}

// Frameworks lists the codes of the frameworks the revision changed.
func (s *Step) Frameworks() []string {
	var codes []string
	for rest := s.Touches; len(rest) > 0; {
		code := rest[0].Framework
		codes = append(codes, code)
		rest = rest[len((&Step{Touches: rest}).touches(code)):]
	}
	return codes
}

func (v RevisionView) ID() string {
	return NodeID{Kind: kindRevision, Key: strconv.FormatInt(v.step.Seq, 10)}.String()
}
func (v RevisionView) Seq() int64       { return v.step.Seq }
func (v RevisionView) UUID() string     { return v.step.ID }
func (v RevisionView) Time() time.Time  { return v.step.Time }
func (v RevisionView) Message() *string { return text(v.step.Message) }

// Author is who made the revision.
func (v RevisionView) Author() ActorView {
	return ActorView{id: v.step.Author, viewer: v.viewer, person: v.head().person(v.step.Author)}
}

// ChangeRequest is the one that the revision carried out or took back, or nil.
func (v RevisionView) ChangeRequest() *RequestView {
	if v.step.ChangeRequest == 0 {
		return nil
	}
	for _, code := range v.step.Frameworks() {
		if f := v.atHead().view(code); f != nil {
			return f.ChangeRequest(v.step.ChangeRequest)
		}
	}
	return nil
}

// Frameworks lists the codes of the frameworks the revision changed.
func (v RevisionView) Frameworks() []string {
	return slices.DeleteFunc(v.step.Frameworks(), func(code string) bool { return !v.seesStep(v.step, code) })
}

// Changes lists what the revision changed, by framework, kind and key.
func (v RevisionView) Changes(ctx context.Context, first *int, after *string, last *int, before *string, framework *string) (ChangeConnection, error) {
	touches, err := v.touches(ctx, page{first, after, last, before}, framework, false)
	return mapped(touches, func(t Touch) ChangeView { return ChangeView{v, t} }), err
}

// touches lists what the revision touched that the viewer may see, of all
// frameworks or one.
func (v RevisionView) touches(ctx context.Context, p page, framework *string, content bool) (Connection[Touch], error) {
	touches := v.step.Touches
	if framework != nil {
		touches = v.step.touches(*framework)
	}
	return candidates[Touch]{
		order: "change",
		n:     len(touches),
		key:   func(i int) string { return sequenceKey(int64(i)) },
		pick: func(i int) (Touch, bool) {
			return touches[i], v.seesTouch(v.step.Seq, touches[i]) && (touches[i].Kind.Content() || !content)
		},
	}.page(ctx, v.viewer.Budget, p)
}

// An ActorView is someone who made a change.
type ActorView struct {
	id     string
	viewer *Viewer
	// person, if not nil, has their name, or says that it is not to be shown.
	person *Person
}

// Self is who the viewer is, or nil when that is not known.
func (v *Viewer) Self() *ActorView {
	if v.Actor.ID == "" {
		return nil
	}
	v.Reads.actor(v.Actor.ID)
	return &ActorView{id: v.Actor.ID, viewer: v}
}

func (v ActorView) ID() string { return v.id }

// Name is the display name, or nil when it is not known.
func (v ActorView) Name() *string {
	if v.person != nil {
		return text(v.person.Name)
	}
	name := v.viewer.Names(v.id)
	v.viewer.Reads.name(v.id, name)
	return text(name)
}

// An EntityKind is a [Kind] as the API names it.
type EntityKind string

// A ChangeView is what a revision did to one entity.
type ChangeView struct {
	r RevisionView
	t Touch
}

func (v ChangeView) Kind() EntityKind  { return v.t.Kind.Public() }
func (v ChangeView) Framework() string { return v.t.Framework }
func (v ChangeView) Key() string       { return v.t.Key }
func (v ChangeView) Action() Action    { return v.t.Action }

// Public names the kind as the API does.
func (k Kind) Public() EntityKind { return EntityKind(strings.ToUpper(string(k))) }

// Entity is the entity as it is now, in the state that is read, or nil when it
// is not there.
func (v ChangeView) Entity() Node { return v.r.node(v.t.Ref) }
