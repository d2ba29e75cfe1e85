package framework

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Viewer is whoever an operation is answered for.
type Viewer struct {
	Actor Actor
	// Names gives the display name of an actor by id, or empty.
	Names  func(id string) string
	Budget *Budget
	// Past returns the world right after an earlier revision. Only views that compare
	// with the past use it.
	Past func(ctx context.Context, seq int64) (*World, error)
	// Head, if not nil, is the world whose trackers are shown, whatever state of
	// the content is read.
	Head *World
	// Version returns the version that a revision made of an entity it touched; nil
	// when it removed it. Only views of the past use it.
	Version func(ctx context.Context, seq int64, ref Ref) (Entity, error)
	// Reads, if not nil, notes what of the head is read.
	Reads *Reads
}

// A scope is what the views of one operation share: what they read, and for whom.
type scope struct {
	world  reading
	viewer *Viewer
	// pin is the revision a caller asked for, 0 for the head.
	pin int64
	// previewed are the change requests the world is a preview of.
	previewed []int
	// worked are the workings of the snapshot that was asked last.
	worked atomic.Pointer[workings]
}

// A FrameworkView is a framework as one viewer sees it at one revision. The
// views of what it holds are reached from it; like them it is immutable.
type FrameworkView struct {
	*scope
	s *Snapshot
}

// View returns a framework as a viewer sees it, or nil when there is none that
// the viewer may see. pinned says that the caller asked for this revision rather
// than for the head; the ids of what it reads then say so.
func (w *World) View(v *Viewer, code string, pinned bool) *FrameworkView {
	if pinned {
		return v.pinned(w).view(code)
	}
	return v.scope(w).view(code)
}

// scope reads a world for the viewer.
func (v *Viewer) scope(w *World) *scope { return &scope{world: v.reading(w), viewer: v} }

// pinned reads a world for a viewer who asked for its revision.
func (v *Viewer) pinned(w *World) *scope {
	return &scope{world: reading{fixed: w}, viewer: v, pin: w.seq}
}

func (sc *scope) view(code string) *FrameworkView {
	s := sc.world.snapshot(code)
	if s == nil || !sc.seesState(code, s.Revision()) {
		return nil
	}
	return &FrameworkView{sc, s}
}

// sees reports whether there is a view of a framework.
func (sc *scope) sees(code string) bool {
	return sc.world.settings(code) != nil && sc.mayRead(code) && (!sc.hides(code) || sc.view(code) != nil)
}

// head is the world whose trackers are shown.
func (sc *scope) head() reading {
	if sc.viewer.Head != nil {
		return sc.viewer.reading(sc.viewer.Head)
	}
	return sc.viewer.reading(sc.world.fixed)
}

// atHead reads the head, whatever state is read.
func (sc *scope) atHead() *scope { return &scope{world: sc.head(), viewer: sc.viewer} }

// past is the world right after an earlier revision of the head.
func (sc *scope) past(ctx context.Context, seq int64) (*World, error) {
	head := sc.head().fixed
	switch {
	case seq == head.seq:
		return head, nil
	case sc.viewer.Past == nil:
		return nil, Errorf(Unavailable, "the past cannot be read here")
	}
	if err := sc.viewer.Budget.spendPast(ctx, seq); err != nil {
		return nil, err
	}
	return sc.viewer.Past(ctx, seq)
}

func (sc *scope) spend(ctx context.Context, n int) error { return sc.viewer.Budget.spend(ctx, n) }

// Frameworks lists the frameworks a viewer may see, by code, each in the state that
// the viewer gets who names none. Whether it is archived is asked of the head, which
// w must be.
func (w *World) Frameworks(ctx context.Context, v *Viewer, first *int, after *string, last *int, before *string, archived bool) (FrameworkConnection, error) {
	sc := v.scope(w)
	codes := sc.world.codes()
	list, err := candidates[string]{
		order: "code",
		n:     len(codes),
		key:   func(i int) string { return codes[i] },
		pick: func(i int) (string, bool) {
			return codes[i], sc.lists(codes[i]) && (archived || !sc.world.settings(codes[i]).Archived)
		},
	}.page(ctx, v.Budget, page{first, after, last, before})
	shown := mapped(list, func(string) *FrameworkView { return nil })
	for i, e := range list.Edges {
		if err == nil {
			shown.Edges[i].Node, err = w.Shown(ctx, v, e.Node)
		}
	}
	return shown, err
}

// Default returns the framework meant by a caller who names none: the one
// configured, else the only one the viewer may see that was there at a revision. It
// is empty when there is none and an error when there are several. It asks the head.
func (w *World) Default(v *Viewer, configured string, seq int64) (string, error) {
	if configured != "" {
		return configured, nil
	}
	sc := v.scope(w)
	var codes []string
	for _, code := range sc.world.codes() {
		// That it was there at a revision stays so.
		if sc.lists(code) && w.contentAt(code, seq) > 0 && !sc.world.settings(code).Archived {
			codes = append(codes, code)
		}
	}
	switch len(codes) {
	case 0:
		return "", nil
	case 1:
		return codes[0], nil
	}
	return "", Errorf(Invalid, "there are several frameworks; say which with code: %s", some(codes))
}

// The connections the API lists things by.
type (
	FrameworkConnection   = Connection[*FrameworkView]
	FrameworkEdge         = Edge[*FrameworkView]
	SkillConnection       = Connection[SkillView]
	SkillEdge             = Edge[SkillView]
	RelationConnection    = Connection[RelationView]
	RelationEdge          = Edge[RelationView]
	RoleConnection        = Connection[RoleView]
	RoleEdge              = Edge[RoleView]
	RequirementConnection = Connection[RequirementView]
	RequirementEdge       = Edge[RequirementView]
	RevisionConnection    = Connection[RevisionView]
	RevisionEdge          = Edge[RevisionView]
	ChangeConnection      = Connection[ChangeView]
	ChangeEdge            = Edge[ChangeView]
	FindingConnection     = Connection[FindingView]
	FindingEdge           = Edge[FindingView]
	SearchConnection      = Connection[SearchHitView]
	SearchEdge            = Edge[SearchHitView]
	EntityDiffConnection  = Connection[EntityDiffView]
	EntityDiffEdge        = Edge[EntityDiffView]

	EntityVersionConnection = Connection[EntityVersionView]
	EntityVersionEdge       = Edge[EntityVersionView]
)

// ID identifies the framework, and the revision it is read at when pinned.
func (f *FrameworkView) ID() string { return f.id(KindFramework, f.Code()) }

func (f *FrameworkView) id(kind Kind, key string) string {
	if !f.elsewhere() { // which is the usual case, and this the fastest
		return string(kind) + ":" + f.Code() + ":" + key
	}
	return NodeID{Kind: kind, Framework: f.Code(), Revision: f.pin, Key: key, Requests: joinNumbers(f.previewed)}.String()
}

// elsewhere reports whether the framework is read in another state than the head's.
func (sc *scope) elsewhere() bool { return sc.pin != 0 || len(sc.previewed) > 0 }

// The fields of the framework, as in [Framework].

func (f *FrameworkView) Code() string              { return f.s.framework.Code }
func (f *FrameworkView) Name() string              { return f.s.framework.Name }
func (f *FrameworkView) Description() *string      { return text(f.s.framework.Description) }
func (f *FrameworkView) Publisher() *string        { return text(f.s.framework.Publisher) }
func (f *FrameworkView) URL() *string              { return text(f.s.framework.URL) }
func (f *FrameworkView) Licence() *string          { return text(f.s.framework.Licence) }
func (f *FrameworkView) Attribution() *string      { return text(f.s.framework.Attribution) }
func (f *FrameworkView) Locale() *string           { return text(f.s.framework.Locale) }
func (f *FrameworkView) SkillCodePattern() *string { return text(f.s.framework.SkillCodePattern) }
func (f *FrameworkView) SkillCodeHint() *string    { return text(f.s.framework.SkillCodeHint) }
func (f *FrameworkView) Archived() bool            { return f.s.framework.Archived }
func (f *FrameworkView) ShowsRelease() bool        { return f.s.framework.ShowsRelease }
func (f *FrameworkView) HidesHead() bool           { return f.s.framework.HidesHead }

// text is nil for an empty text: GraphQL has null for what is not there.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func number(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// A Version says which state of a framework is read.
type Version struct {
	f *FrameworkView
}

// Version says which state of the framework is read.
func (f *FrameworkView) Version() Version { return Version{f} }

// Revision is the revision of the server that is read.
func (v Version) Revision() int64 { return v.f.world.seq() }

// ContentRevision is the last one up to Revision that changed what the framework states:
// the last of its revisions.
func (v Version) ContentRevision() int64 { return v.f.s.Revision() }

// Time is when Revision was made.
func (v Version) Time() time.Time { return v.f.world.step(v.Revision()).Time }

// Pinned says that the state is that of a revision, rather than the head.
func (v Version) Pinned() bool { return v.f.pin != 0 }

// ChangeRequests are the numbers of those whose edits the state has besides.
func (v Version) ChangeRequests() []int { return append([]int{}, v.f.previewed...) }

// Release is the one that the framework is in the state of, or nil.
func (v Version) Release() *ReleaseView { return v.f.released() }

// Blame tells which revision gave each field of the framework its value.
func (f *FrameworkView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return f.blame(ctx, f.s.framework)
}

// Level returns a level by its ordinal, or nil.
func (f *FrameworkView) Level(ordinal int) *LevelView {
	if l := f.s.level(ordinal); l != nil {
		return &LevelView{f, l}
	}
	return nil
}

// Levels lists the levels from the lowest.
func (f *FrameworkView) Levels() []LevelView {
	levels := make([]LevelView, len(f.s.levels))
	for i, l := range f.s.levels {
		levels[i] = LevelView{f, l}
	}
	return levels
}

// Attribute returns an attribute by its code, or nil.
func (f *FrameworkView) Attribute(code string) *AttributeView {
	if a := f.s.attribute(code); a != nil {
		return &AttributeView{f, a}
	}
	return nil
}

// Attributes lists the attributes by position.
func (f *FrameworkView) Attributes(ctx context.Context, status []Status) ([]AttributeView, error) {
	if err := f.spend(ctx, len(f.s.attributes.items)); err != nil {
		return nil, err
	}
	attributes := []AttributeView{}
	for _, a := range f.s.attributes.items {
		if wanted(a.Status, status) {
			attributes = append(attributes, AttributeView{f, a})
		}
	}
	slices.SortStableFunc(attributes, func(a, b AttributeView) int { return a.a.Position - b.a.Position })
	return attributes, nil
}

// wanted reports whether a status is among those asked for; none means active.
func wanted(s Status, among []Status) bool {
	if len(among) == 0 {
		return s == StatusActive
	}
	return slices.Contains(among, s)
}

// SkillLevels looks skill levels up by their codes, such as ITOP_5; the result
// has nil where there is none.
func (f *FrameworkView) SkillLevels(ctx context.Context, codes []string) ([]*SkillLevelView, error) {
	if len(codes) > MaxPage {
		return nil, Errorf(LimitExceeded, "codes has %d elements; at most %d are allowed", len(codes), MaxPage)
	}
	if err := f.spend(ctx, len(codes)); err != nil {
		return nil, err
	}
	found := make([]*SkillLevelView, len(codes))
	for i, code := range codes {
		found[i] = f.skillLevel(code)
	}
	return found, nil
}

func (f *FrameworkView) skillLevel(code string) *SkillLevelView {
	skill, level, ok := parseSkillLevelCode(code)
	if !ok {
		return nil
	}
	if s := f.Skill(skill); s != nil {
		return s.Level(level)
	}
	return nil
}

// A LevelView is a level of responsibility.
type LevelView struct {
	f *FrameworkView
	l *Level
}

func (v LevelView) ID() string                { return v.f.id(KindLevel, v.l.Key()) }
func (v LevelView) Framework() *FrameworkView { return v.f }
func (v LevelView) Ordinal() int              { return v.l.Ordinal }
func (v LevelView) Name() string              { return v.l.Name }
func (v LevelView) Essence() *string          { return text(v.l.Essence) }
func (v LevelView) URL() *string              { return text(v.l.URL) }

// Attributes lists what the active attributes mean at this level.
func (v LevelView) Attributes(ctx context.Context) ([]AttributeLevelView, error) {
	attributes, err := v.f.Attributes(ctx, nil)
	if err != nil {
		return nil, err
	}
	levels := []AttributeLevelView{}
	for _, a := range attributes {
		if i, ok := levelText(a.a.Levels, v.l.Ordinal); ok {
			levels = append(levels, AttributeLevelView{a, i})
		}
	}
	return levels, nil
}

// History lists the revisions that changed the level.
func (v LevelView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindLevel, v.l.Key(), page{first, after, last, before})
}

// Versions lists the versions of the level, each with what made it so.
func (v LevelView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindLevel, v.l.Key(), page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v LevelView) Blame(ctx context.Context) ([]FieldBlameView, error) { return v.f.blame(ctx, v.l) }

// An AttributeView is a generic attribute of the levels.
type AttributeView struct {
	f *FrameworkView
	a *Attribute
}

func (v AttributeView) ID() string                { return v.f.id(KindAttribute, v.a.Code) }
func (v AttributeView) Framework() *FrameworkView { return v.f }
func (v AttributeView) Code() string              { return v.a.Code }
func (v AttributeView) Name() string              { return v.a.Name }
func (v AttributeView) Type() *string             { return text(v.a.Type) }
func (v AttributeView) Description() *string      { return text(v.a.Description) }
func (v AttributeView) Position() int             { return v.a.Position }
func (v AttributeView) Status() Status            { return v.a.Status }

// Levels lists what the attribute means at each level, from the lowest.
func (v AttributeView) Levels() []AttributeLevelView {
	levels := make([]AttributeLevelView, len(v.a.Levels))
	for i := range levels {
		levels[i] = AttributeLevelView{v, i}
	}
	return levels
}

// History lists the revisions that changed the attribute.
func (v AttributeView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindAttribute, v.a.Code, page{first, after, last, before})
}

// Versions lists the versions of the attribute, each with what made it so.
func (v AttributeView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindAttribute, v.a.Code, page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v AttributeView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return v.f.blame(ctx, v.a)
}

// An AttributeLevelView is what an attribute means at a level.
type AttributeLevelView struct {
	a AttributeView
	i int
}

func (v AttributeLevelView) Attribute() AttributeView { return v.a }
func (v AttributeLevelView) Level() LevelView {
	return *v.a.f.Level(v.a.a.Levels[v.i].Level)
}
func (v AttributeLevelView) Description() *string { return text(v.a.a.Levels[v.i].Description) }

// A CategoryView is a category with its place in the tree.
type CategoryView struct {
	f *FrameworkView
	n *categoryNode
}

// Category returns a category by its code, or nil.
func (f *FrameworkView) Category(code string) *CategoryView {
	if n, ok := f.s.categories.get(code); ok {
		return &CategoryView{f, n}
	}
	return nil
}

// Categories lists the categories at the top of the tree, by position.
func (f *FrameworkView) Categories(ctx context.Context, status []Status) ([]CategoryView, error) {
	if err := f.spend(ctx, len(f.s.categories.items)); err != nil {
		return nil, err
	}
	top := []CategoryView{}
	for _, n := range f.s.categories.items {
		if n.Parent == "" && wanted(n.Status, status) {
			top = append(top, CategoryView{f, n})
		}
	}
	slices.SortStableFunc(top, func(a, b CategoryView) int { return a.n.Position - b.n.Position })
	return top, nil
}

func (v CategoryView) ID() string                { return v.f.id(KindCategory, v.n.Code) }
func (v CategoryView) Framework() *FrameworkView { return v.f }
func (v CategoryView) Code() string              { return v.n.Code }
func (v CategoryView) Name() string              { return v.n.Name }
func (v CategoryView) Description() *string      { return text(v.n.Description) }
func (v CategoryView) Position() int             { return v.n.Position }
func (v CategoryView) Status() Status            { return v.n.Status }

// Parent is the category above, or nil at the top.
func (v CategoryView) Parent() *CategoryView { return v.f.Category(v.n.Parent) }

// Path lists the categories above from the top, and this one.
func (v CategoryView) Path() []CategoryView {
	path := []CategoryView{v}
	for p := v.Parent(); p != nil; p = p.Parent() {
		path = append(path, *p)
	}
	slices.Reverse(path)
	return path
}

// Children lists the categories right below, by position.
func (v CategoryView) Children(ctx context.Context, status []Status) ([]CategoryView, error) {
	if err := v.f.spend(ctx, len(v.n.children)); err != nil {
		return nil, err
	}
	children := []CategoryView{}
	for _, code := range v.n.children {
		if c := v.f.Category(code); wanted(c.n.Status, status) {
			children = append(children, *c)
		}
	}
	return children, nil
}

// Successors lists the categories that took the place of a retired one.
func (v CategoryView) Successors() []CategoryView {
	successors := []CategoryView{}
	for _, code := range v.n.Successors {
		successors = append(successors, *v.f.Category(code))
	}
	return successors
}

// Skills lists the skills placed right in the category, by position.
func (v CategoryView) Skills(ctx context.Context, first *int, after *string, last *int, before *string, status []Status) (SkillConnection, error) {
	return candidates[SkillView]{
		order: "position",
		n:     len(v.n.skills),
		key: func(i int) string {
			s := v.f.s.skill(v.n.skills[i])
			return positionKey(s.Position, s.Code)
		},
		pick: func(i int) (SkillView, bool) {
			s := v.f.Skill(v.n.skills[i])
			return *s, wanted(s.n.Status, status)
		},
	}.page(ctx, v.f.viewer.Budget, page{first, after, last, before})
}

// History lists the revisions that changed the category.
func (v CategoryView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindCategory, v.n.Code, page{first, after, last, before})
}

// Versions lists the versions of the category, each with what made it so.
func (v CategoryView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindCategory, v.n.Code, page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v CategoryView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return v.f.blame(ctx, v.n.Category)
}

// subtree is the codes of a node of a tree and of all below it.
func subtree[N any](t table[N], code string, children func(N) []string) map[string]bool {
	within := map[string]bool{}
	var add func(code string)
	add = func(code string) {
		if n, ok := t.get(code); ok && !within[code] {
			within[code] = true
			for _, child := range children(n) {
				add(child)
			}
		}
	}
	add(code)
	return within
}

// hasPrefix reports whether a code or a name starts with a folded prefix.
func hasPrefix(code, name, prefix string) bool {
	return strings.HasPrefix(fold(code), prefix) || strings.HasPrefix(fold(name), prefix)
}

// sequenceKey is the sort key of a sequence number.
func sequenceKey(n int64) string {
	s := strconv.FormatInt(n, 36)
	return strconv.FormatInt(int64(len(s)), 36) + s
}
