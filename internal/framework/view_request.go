package framework

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The connections change requests are listed by.
type (
	RequestConnection = Connection[RequestView]
	RequestEdge       = Edge[RequestView]
	CommentConnection = Connection[CommentView]
	CommentEdge       = Edge[CommentView]
)

// A RequestView is a change request as one viewer sees it. It shows the tracker as
// it is at the head, whatever state of the content is read.
type RequestView struct {
	f *FrameworkView
	n *requestNode
}

// tracker is the tracker that views of the framework show.
func (f *FrameworkView) tracker() *tracker { return f.head().tracker(f.Code()) }

// ChangeRequest returns a change request by its number, or nil.
func (f *FrameworkView) ChangeRequest(number int) *RequestView {
	return f.request(f.tracker().request(number))
}

// request shows a change request to the viewer, or is nil when they may not see it.
func (f *FrameworkView) request(n *requestNode) *RequestView {
	if n == nil || !f.seesTracker(f.Code()) || !f.seesRequest(f.Code(), n.ChangeRequest) {
		return nil
	}
	return &RequestView{f, n}
}

// RequestOrder is a sequence in which change requests are listed.
type RequestOrder string

// The orders of change requests.
const (
	RequestsByNumber  RequestOrder = "NUMBER"
	RequestsByUpdated RequestOrder = "UPDATED"
	RequestsByRaised  RequestOrder = "RAISED"
)

// A RequestFilter narrows a list of change requests. One passes when it passes
// every part that is given.
type RequestFilter struct {
	Status []RequestStatus
	// Open keeps those that are still to be decided, or were.
	Open *bool
	// Applied keeps those that were applied, or not.
	Applied *bool
	// AppliesTo keeps those with this subject; of a skill, also those with one of
	// its levels.
	AppliesTo     *SubjectFilter
	RaisedBy      *string
	OnBehalfOf    *string
	Assignee      *string
	Theme         *string
	TargetRelease *string
	RaisedFrom    *time.Time
	RaisedUntil   *time.Time
	DecidedFrom   *time.Time
	DecidedUntil  *time.Time
	// Text keeps those with each of these words anywhere in their texts.
	Text *string
}

// A SubjectFilter names something change requests apply to.
type SubjectFilter struct {
	Kind SubjectKind
	Key  string
}

// A SubjectKind is a kind of thing change requests apply to, as the API names it.
type SubjectKind string

// Kind is the kind of entity, or that of skill levels.
func (k SubjectKind) Kind() Kind { return Kind(strings.ToLower(string(k))) }

// ChangeRequests lists change requests.
func (f *FrameworkView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, filter *RequestFilter, order RequestOrder) (RequestConnection, error) {
	t := f.tracker()
	list, key := t.requests.items, func(n *requestNode) string { return requestKey(n.Number) }
	switch order {
	case RequestsByUpdated:
		list, key = t.index().updated, func(n *requestNode) string { return sequenceKey(n.updated) + requestKey(n.Number) }
	case RequestsByRaised:
		list, key = t.index().raised, func(n *requestNode) string { return raisedKey(n) }
	}
	passes := f.requestFilter(filter)
	return candidates[RequestView]{
		order: string(order),
		n:     len(list),
		key:   func(i int) string { return key(list[i]) },
		pick: func(i int) (RequestView, bool) {
			if v := f.request(list[i]); v != nil && passes(list[i]) {
				return *v, true
			}
			return RequestView{}, false
		},
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

// raisedKey sorts requests by when they were raised, those of which that is not
// known first.
func raisedKey(n *requestNode) string {
	at := int64(0)
	if !n.RaisedAt.IsZero() {
		at = max(0, n.RaisedAt.UnixMilli()+1<<46) // from long before 1970 on
	}
	return sequenceKey(at) + requestKey(n.Number)
}

// requestFilter reports whether a request passes a filter, which may be nil.
func (f *FrameworkView) requestFilter(filter *RequestFilter) func(*requestNode) bool {
	if filter == nil {
		return func(*requestNode) bool { return true }
	}
	var about map[*requestNode]bool
	if a := filter.AppliesTo; a != nil {
		about = map[*requestNode]bool{}
		for _, n := range f.tracker().index().subjects[Ref{Kind: a.Kind.Kind(), Key: a.Key}] {
			about[n] = true
		}
	}
	var words []string
	if filter.Text != nil {
		words = strings.Fields(fold(Normalise(*filter.Text)))
	}
	is := func(wanted *string, value string) bool { return wanted == nil || *wanted == value }
	within := func(t time.Time, from, until *time.Time) bool {
		return from == nil && until == nil || !t.IsZero() && (from == nil || !t.Before(*from)) && (until == nil || t.Before(*until))
	}
	return func(n *requestNode) bool {
		return (len(filter.Status) == 0 || slices.Contains(filter.Status, n.Status)) &&
			(filter.Open == nil || *filter.Open == n.Status.Open()) &&
			(filter.Applied == nil || *filter.Applied == (n.applied() != nil)) &&
			(about == nil || about[n]) &&
			is(filter.RaisedBy, n.RaisedBy) && is(filter.OnBehalfOf, n.OnBehalfOf) && is(filter.Assignee, n.Assignee) &&
			is(filter.Theme, n.Theme) && is(filter.TargetRelease, n.TargetRelease) &&
			within(n.RaisedAt, filter.RaisedFrom, filter.RaisedUntil) &&
			within(n.Decision.At, filter.DecidedFrom, filter.DecidedUntil) &&
			!slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(n.searched(), word) })
	}
}

// A RequestCount is how many change requests have a status.
type RequestCount struct {
	Status RequestStatus
	Count  int
}

// ChangeRequestCounts counts change requests by status.
func (f *FrameworkView) ChangeRequestCounts(ctx context.Context, filter *RequestFilter) ([]RequestCount, error) {
	requests := f.tracker().requests.items
	if err := f.spend(ctx, len(requests)); err != nil {
		return nil, err
	}
	passes := f.requestFilter(filter)
	count := map[RequestStatus]int{}
	for _, n := range requests {
		if f.request(n) != nil && passes(n) {
			count[n.Status]++
		}
	}
	counts := make([]RequestCount, len(RequestStatuses))
	for i, s := range RequestStatuses {
		counts[i] = RequestCount{s, count[s]}
	}
	return counts, nil
}

// ID names the request; the tracker is never read at a pinned revision.
func (v RequestView) ID() string {
	return NodeID{Kind: KindChangeRequest, Framework: v.f.Code(), Key: v.n.Key()}.String()
}
func (v RequestView) Framework() *FrameworkView { return v.f }
func (v RequestView) Number() int               { return v.n.Number }
func (v RequestView) Title() string             { return v.n.Title }
func (v RequestView) Summary() *string          { return text(v.n.Summary) }
func (v RequestView) Rationale() *string        { return text(v.n.Rationale) }
func (v RequestView) DraftText() *string        { return text(v.n.DraftText) }
func (v RequestView) SourceURL() *string        { return text(v.n.SourceURL) }
func (v RequestView) RaisedBy() *ActorView      { return v.f.actor(v.n.RaisedBy) }
func (v RequestView) OnBehalfOf() *ActorView    { return v.f.actor(v.n.OnBehalfOf) }
func (v RequestView) RaisedAt() *time.Time      { return moment(v.n.RaisedAt) }
func (v RequestView) Assignee() *ActorView      { return v.f.actor(v.n.Assignee) }
func (v RequestView) Theme() *string            { return text(v.n.Theme) }
func (v RequestView) TargetRelease() *string    { return text(v.n.TargetRelease) }
func (v RequestView) Status() RequestStatus     { return v.n.Status }
func (v RequestView) Applied() bool             { return v.n.applied() != nil }

// UpdatedAt is when the request, a proposal or a comment of it changed last.
func (v RequestView) UpdatedAt() time.Time { return v.f.head().step(v.n.updated).Time }

// actor shows someone by id, or is nil for nobody.
func (f *FrameworkView) actor(id string) *ActorView {
	if id == "" {
		return nil
	}
	a := f.Actor(id)
	return &a
}

// Actor shows someone by id. Whoever has no account, or whose name was redacted in
// the framework, goes by what its tracker says.
func (f *FrameworkView) Actor(id string) ActorView {
	a := ActorView{id: id, viewer: f.viewer}
	a.person, _ = f.tracker().people.get(id)
	return a
}

// moment is nil for a time that is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// A SubjectView is something a change request applies to.
type SubjectView struct {
	r RequestView
	s Subject
}

// Subjects lists what the request applies to.
func (v RequestView) Subjects() []SubjectView {
	subjects := make([]SubjectView, len(v.n.Subjects))
	for i, s := range v.n.Subjects {
		subjects[i] = SubjectView{v, s}
	}
	return subjects
}

func (v SubjectView) Kind() SubjectKind { return SubjectKind(v.s.Kind.Public()) }
func (v SubjectView) Key() string       { return v.s.Key }
func (v SubjectView) Name() *string     { return text(v.s.Name) }

// Entity is the subject in the state that is read, or nil when it is not there.
func (v SubjectView) Entity() Node { return v.r.f.thing(v.s.Kind, v.s.Key) }

// thing is an entity or a skill level in the state that is read, or nil.
func (f *FrameworkView) thing(kind Kind, key string) Node {
	if kind == kindSkillLevel {
		return found(f.skillLevel(key))
	}
	return f.node(kind, key)
}

// Moves lists what can be done to the status of the request, by whoever may.
func (v RequestView) Moves() []RequestMove {
	moves := []RequestMove{}
	for _, m := range v.n.moves() {
		moves = append(moves, RequestMove(m))
	}
	return moves
}

// A DecisionView is what was decided last.
type DecisionView struct {
	r RequestView
}

// Decision is what was decided last, or nil.
func (v RequestView) Decision() *DecisionView {
	if v.n.Decision == (Decision{}) {
		return nil
	}
	return &DecisionView{v}
}

func (v DecisionView) Text() *string  { return text(v.r.n.Decision.Text) }
func (v DecisionView) By() *ActorView { return v.r.f.actor(v.r.n.Decision.By) }
func (v DecisionView) At() *time.Time { return moment(v.r.n.Decision.At) }

// A TransitionView is a change of status.
type TransitionView struct {
	r RequestView
	t Transition
}

// Transitions lists how the request came to its status, the first first.
func (v RequestView) Transitions() []TransitionView {
	transitions := make([]TransitionView, len(v.n.Transitions))
	for i, t := range v.n.Transitions {
		transitions[i] = TransitionView{v, t}
	}
	return transitions
}

func (v TransitionView) From() RequestStatus { return v.t.From }
func (v TransitionView) To() RequestStatus   { return v.t.To }
func (v TransitionView) By() *ActorView      { return v.r.f.actor(v.t.By) }
func (v TransitionView) At() *time.Time      { return moment(v.t.At) }
func (v TransitionView) Note() *string       { return text(v.t.Note) }

// A CommentView is part of the discussion of a request.
type CommentView struct {
	r RequestView
	c *commentNode
}

// Comments lists the discussion, the first comment first.
func (v RequestView) Comments(ctx context.Context, first *int, after *string, last *int, before *string) (CommentConnection, error) {
	return candidates[CommentView]{
		order: "comment",
		n:     len(v.n.comments),
		key:   func(i int) string { return requestKey(v.n.comments[i].Number) },
		pick:  func(i int) (CommentView, bool) { return CommentView{v, v.n.comments[i]}, true },
	}.page(ctx, v.f.viewer.Budget, page{first, after, last, before})
}

// Comment returns a comment by its number, or nil.
func (v RequestView) Comment(number int) *CommentView {
	if c := v.n.comment(number); c != nil {
		return &CommentView{v, c}
	}
	return nil
}

func (v CommentView) ID() string {
	return NodeID{Kind: KindComment, Framework: v.r.f.Code(), Key: v.c.Key()}.String()
}
func (v CommentView) ChangeRequest() RequestView { return v.r }
func (v CommentView) Number() int                { return v.c.Number }
func (v CommentView) Author() *ActorView         { return v.r.f.actor(v.c.Author) }
func (v CommentView) At() *time.Time             { return moment(v.c.At) }
func (v CommentView) Body() *string              { return text(v.c.Body) }
func (v CommentView) EditedAt() *time.Time       { return moment(v.c.EditedAt) }
func (v CommentView) RedactedAt() *time.Time     { return moment(v.c.RedactedAt) }

// A CommentVersion is what a comment said after a revision.
type CommentVersion struct {
	Revision RevisionView
	Body     *string
}

// Versions lists what the comment has said, the first version first. Of a comment
// that was redacted only that there were versions is told.
func (v CommentView) Versions(ctx context.Context) ([]CommentVersion, error) {
	versions := []CommentVersion{}
	ref := Ref{KindComment, v.r.f.Code(), v.c.Key()}
	for i := range v.c.revisions.len() {
		seq := v.c.revisions.at(i)
		version := CommentVersion{Revision: RevisionView{v.r.f.scope, v.r.f.head().step(seq)}}
		switch {
		case i == v.c.revisions.len()-1:
			version.Body = text(v.c.Body)
		case v.c.RedactedAt.IsZero():
			e, err := v.r.f.atHead().version(ctx, ref, seq)
			if err != nil {
				return nil, err
			}
			version.Body = text(e.(*Comment).Body)
		}
		versions = append(versions, version)
	}
	return versions, nil
}

// A LinkView is a link as one of its ends sees it.
type LinkView struct {
	Type          LinkType
	ChangeRequest RequestView
}

// Links lists the requests this one is linked to, from whichever end.
func (v RequestView) Links(ctx context.Context) ([]LinkView, error) {
	links := []LinkView{}
	t := v.f.tracker()
	back := t.index().links[v.n.Number]
	if err := v.f.spend(ctx, len(v.n.Links)+len(back)); err != nil {
		return nil, err
	}
	for _, l := range v.n.Links {
		if to := v.f.request(t.request(l.To)); to != nil {
			links = append(links, LinkView{l.Type, *to})
		}
	}
	for _, l := range back {
		if from := v.f.request(l.from); from != nil {
			links = append(links, LinkView{l.typ, *from})
		}
	}
	slices.SortStableFunc(links, func(a, b LinkView) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ChangeRequest.n.Number, b.ChangeRequest.n.Number))
	})
	return links, nil
}

// A MentionView is something the texts of a request name.
type MentionView struct {
	// Kind and Key name what is mentioned, by the code it has.
	Kind   SubjectKind
	Key    string
	Entity Node
}

// Mentions lists what the texts of the request and its comments name, as far as it
// is there in the state that is read, in the order in which it is named first.
func (v RequestView) Mentions(ctx context.Context) ([]MentionView, error) {
	names := v.n.mentioned()
	if err := v.f.spend(ctx, len(names)); err != nil {
		return nil, err
	}
	found, seen := []MentionView{}, map[Ref]bool{}
	for _, m := range names {
		if m.request != 0 {
			continue
		}
		kind, key, ok := v.f.s.resolve(m)
		if !ok || seen[Ref{Kind: kind, Key: key}] {
			continue
		}
		seen[Ref{Kind: kind, Key: key}] = true
		found = append(found, MentionView{SubjectKind(kind.Public()), key, v.f.thing(kind, key)})
	}
	return found, nil
}

// Cites lists the change requests that the texts of this one name, by number.
func (v RequestView) Cites(ctx context.Context) ([]RequestView, error) {
	names := v.n.mentioned()
	if err := v.f.spend(ctx, len(names)); err != nil {
		return nil, err
	}
	cited := []RequestView{}
	for _, m := range names {
		if r := v.f.request(v.f.tracker().request(m.request)); r != nil && m.request != v.n.Number {
			cited = append(cited, *r)
		}
	}
	slices.SortFunc(cited, func(a, b RequestView) int { return a.n.Number - b.n.Number })
	return cited, nil
}

// CitedBy lists the change requests whose texts name this one, by number.
func (v RequestView) CitedBy(ctx context.Context) ([]RequestView, error) {
	citing := v.f.tracker().index().cited[v.n.Number]
	if err := v.f.spend(ctx, len(citing)); err != nil {
		return nil, err
	}
	list := []RequestView{}
	for _, n := range citing {
		if r := v.f.request(n); r != nil && n != v.n {
			list = append(list, *r)
		}
	}
	return list, nil
}

// History lists the revisions that changed the request itself.
func (v RequestView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.tracked(ctx, page{first, after, last, before}, v.n.revisions)
}

// tracked lists revisions of the tracker.
func (f *FrameworkView) tracked(ctx context.Context, p page, trail series[int64]) (RevisionConnection, error) {
	return f.atHead().revisions(ctx, p, trail.len(), trail.at)
}

// A Concern is how a change request concerns something.
type Concern string

// The concerns.
const (
	AppliesTo Concern = "APPLIES_TO" // it is, or contains, a subject
	Proposes  Concern = "PROPOSES"   // the proposal changes it
	Mentions  Concern = "MENTIONS"   // a text names it
)

// concerning lists the change requests that concern something, by number.
func (f *FrameworkView) concerning(ctx context.Context, p page, kind Kind, key string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	x := f.tracker().index()
	among := map[*requestNode]bool{}
	ref := Ref{Kind: kind, Key: key}
	wants := func(c Concern) bool { return len(by) == 0 || slices.Contains(by, c) }
	take := func(list []*requestNode) {
		for _, n := range list {
			among[n] = true
		}
	}
	if wants(AppliesTo) {
		take(x.subjects[ref])
	}
	if wants(Proposes) {
		take(x.proposed[ref])
	}
	if wants(Mentions) {
		for _, name := range namesOf(kind, key) {
			take(x.mentioned[name])
		}
	}
	if err := f.spend(ctx, len(among)); err != nil {
		return RequestConnection{}, err
	}
	list := make([]*requestNode, 0, len(among))
	for n := range among {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *requestNode) int { return a.Number - b.Number })
	return candidates[RequestView]{
		order: string(RequestsByNumber),
		n:     len(list),
		key:   func(i int) string { return requestKey(list[i].Number) },
		pick: func(i int) (RequestView, bool) {
			if v := f.request(list[i]); v != nil && (len(status) == 0 || slices.Contains(status, v.n.Status)) {
				return *v, true
			}
			return RequestView{}, false
		},
	}.page(ctx, f.viewer.Budget, p)
}

// namesOf lists how texts may write the code of something.
func namesOf(kind Kind, key string) []string {
	switch kind {
	case KindSkill:
		names := []string{key}
		for level := 1; level <= maxLevel; level++ {
			names = append(names, skillLevelCode(key, level), key+strconv.Itoa(level))
		}
		return names
	case kindSkillLevel:
		skill, level, _ := parseSkillLevelCode(key)
		return []string{key, skill + strconv.Itoa(level)}
	case KindFramework, KindRelation, KindLevel:
		return nil
	}
	return []string{key}
}

// ChangeRequests lists the change requests that concern the skill or a level of it.
func (v SkillView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindSkill, v.n.Code, status, by)
}

// ChangeRequests lists the change requests that concern the skill at this level.
func (v SkillLevelView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.s.f.concerning(ctx, page{first, after, last, before}, kindSkillLevel, v.Code(), status, by)
}

// ChangeRequests lists the change requests that concern the category.
func (v CategoryView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindCategory, v.n.Code, status, by)
}

// ChangeRequests lists the change requests that concern the level.
func (v LevelView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindLevel, v.l.Key(), status, by)
}

// ChangeRequests lists the change requests that concern the attribute.
func (v AttributeView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindAttribute, v.a.Code, status, by)
}

// ChangeRequests lists the change requests that concern the relation.
func (v RelationView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindRelation, v.r.Key(), status, by)
}

// ChangeRequests lists the change requests that concern the group.
func (v RoleGroupView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindRoleGroup, v.n.Code, status, by)
}

// ChangeRequests lists the change requests that concern the role.
func (v RoleView) ChangeRequests(ctx context.Context, first *int, after *string, last *int, before *string, status []RequestStatus, by []Concern) (RequestConnection, error) {
	return v.f.concerning(ctx, page{first, after, last, before}, KindRole, v.r.Code, status, by)
}
