package framework

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A ProposalView is the edits a change request carries, or once carried.
type ProposalView struct {
	r RequestView
	p *Proposal
}

// Proposal returns a proposal of the request by its number, or the one that holds;
// nil when there is none.
func (v RequestView) Proposal(number *int) *ProposalView {
	n := v.n.Proposal
	if number != nil {
		n = *number
	}
	if p := v.n.proposal(n); p != nil && v.shows(p) {
		return &ProposalView{v, p}
	}
	return nil
}

// shows reports whether the viewer may see all that a proposal is about: it may name
// another framework.
func (v RequestView) shows(p *Proposal) bool {
	return !slices.ContainsFunc(p.Edits, func(e Edit) bool {
		other := OtherFramework(e)
		return other != "" && !v.f.sees(other)
	})
}

// Proposals lists every proposal of the request, the first first.
func (v RequestView) Proposals(ctx context.Context) ([]ProposalView, error) {
	if err := v.f.spend(ctx, len(v.n.proposals)); err != nil {
		return nil, err
	}
	proposals := []ProposalView{}
	for _, p := range v.n.proposals {
		if v.shows(p) {
			proposals = append(proposals, ProposalView{v, p})
		}
	}
	return proposals, nil
}

func (v ProposalView) ID() string {
	return NodeID{Kind: KindProposal, Framework: v.r.f.Code(), Key: v.p.Key()}.String()
}
func (v ProposalView) ChangeRequest() RequestView { return v.r }
func (v ProposalView) Number() int                { return v.p.Number }
func (v ProposalView) Note() *string              { return text(v.p.Note) }
func (v ProposalView) By() *ActorView             { return v.r.f.actor(v.p.By) }
func (v ProposalView) At() *time.Time             { return moment(v.p.At) }

// Base is the revision the edits were made on, or nil when it is not known.
func (v ProposalView) Base() *int64 {
	if v.p.Base == 0 {
		return nil
	}
	return &v.p.Base
}

// Edits lists the edits, in the form in which the API takes them.
func (v ProposalView) Edits(ctx context.Context) ([]ProposedEdit, error) {
	if err := v.r.f.spend(ctx, costOfElement*len(v.p.Edits)); err != nil {
		return nil, err
	}
	edits := make([]ProposedEdit, len(v.p.Edits))
	for i, e := range v.p.Edits {
		edits[i] = ProposedEdit{e}
	}
	return edits, nil
}

// A ProposedEdit is an edit of a proposal.
type ProposedEdit struct{ e Edit }

// Kind is the name of the edit, such as updateSkill.
func (e ProposedEdit) Kind() string { return EditName(e.e) }

// Input is the edit as JSON, as the API takes it.
func (e ProposedEdit) Input() (string, error) {
	b, err := EncodeEdit(e.e)
	return string(b), err
}

// settled reports whether the proposal no longer follows the head: its request was
// decided or withdrawn, or another proposal has taken its place.
func (v ProposalView) settled() bool { return !v.r.n.open() || v.p.Number != v.r.n.Proposal }

// on is the world the proposal is shown on: the head while it may be applied there,
// afterwards its base; nil when that is not known.
func (v ProposalView) on(ctx context.Context) (*World, error) {
	switch {
	case !v.settled():
		return v.r.f.head().whole(), nil
	case v.p.Base == 0:
		return nil, nil
	}
	return v.r.f.past(ctx, v.p.Base)
}

// Diff is what the proposal changes; nil when its edits cannot be made, or its base
// is not known any more.
func (v ProposalView) Diff(ctx context.Context) ([]EntityDiffView, error) {
	w, err := v.on(ctx)
	if err != nil || w == nil {
		return nil, err
	}
	changes, problems, err := v.r.f.edited(ctx, w, v.p)
	if err != nil || len(problems) > 0 {
		return nil, err
	}
	return v.r.f.diffViews(ctx, w.DiffChanges(changes))
}

// A ProblemView is something wrong with an edit of a proposal.
type ProblemView struct {
	Edit    int
	Field   *string
	Message string
}

// Problems lists what is wrong with the edits as they stand today.
func (v ProposalView) Problems(ctx context.Context) ([]ProblemView, error) {
	list := []ProblemView{}
	if v.settled() {
		return list, nil
	}
	_, problems, err := v.r.f.edited(ctx, v.r.f.head().whole(), v.p)
	for _, p := range problems {
		field := p.Field
		if field != "" {
			field = EditName(v.p.Edits[p.Edit]) + "." + field
		}
		list = append(list, ProblemView{p.Edit, text(field), p.Message})
	}
	return list, err
}

// A ConflictView is something that the proposal and others have changed both.
type ConflictView struct {
	f *FrameworkView
	c FieldConflict
}

// Conflicts lists what stands against applying the edits as they are today.
func (v ProposalView) Conflicts(ctx context.Context) ([]ConflictView, error) {
	list := []ConflictView{}
	if v.settled() {
		return list, nil
	}
	conflicts, err := v.r.f.conflicts(ctx, v.r.f.head().whole(), v.p)
	for _, c := range conflicts {
		list = append(list, ConflictView{v.r.f, c})
	}
	return list, err
}

func (v ConflictView) Kind() EntityKind { return v.c.Kind.Public() }
func (v ConflictView) Key() string      { return v.c.Key }
func (v ConflictView) Field() *string   { return text(v.c.Field) }
func (v ConflictView) Base() *string    { return v.c.Base }
func (v ConflictView) Theirs() *string  { return v.c.Theirs }
func (v ConflictView) Ours() *string    { return v.c.Ours }
func (v ConflictView) Since() Action    { return v.c.Since }
func (v ConflictView) Settle() []Keep   { return v.c.Settle() }
func (v ConflictView) Message() string  { return v.c.String() }

// Entity is the entity in the state that is read, or nil when it is not there.
func (v ConflictView) Entity() Node { return v.f.node(v.c.Kind, v.c.Key) }

// Revision is the last one that changed the entity.
func (v ConflictView) Revision() *RevisionView {
	return v.f.atHead().revision(v.c.By)
}

// Compare is how what this proposal leads to differs from what another one of the
// request does; nil when either cannot be made.
func (v ProposalView) Compare(ctx context.Context, with int) ([]EntityDiffView, error) {
	other := v.r.Proposal(&with)
	if other == nil {
		return nil, Errorf(NotFound, "change request #%d has no proposal %d", v.r.n.Number, with)
	}
	w, err := v.on(ctx)
	if err != nil || w == nil {
		return nil, err
	}
	return v.r.f.compared(ctx, w, other.p, v.p)
}

// compared is how what one proposal leads to on a world differs from what another does.
func (f *FrameworkView) compared(ctx context.Context, w *World, from, to *Proposal) ([]EntityDiffView, error) {
	worlds := [2]*World{}
	refs := map[Ref]bool{}
	for i, p := range []*Proposal{from, to} {
		changes, problems, err := f.edited(ctx, w, p)
		if err != nil || len(problems) > 0 {
			return nil, err
		}
		worlds[i] = w.preview(changes)
		for _, c := range changes {
			refs[c.Ref] = true
		}
	}
	return f.diffViews(ctx, worlds[0].diffTo(worlds[1], refs))
}

// diffTo is how the entities named differ in another world.
func (w *World) diffTo(to *World, refs map[Ref]bool) []EntityDiff {
	var changes []Change
	for ref := range refs {
		if e := to.entity(ref); !sameEntity(w.entity(ref), e) {
			changes = append(changes, Change{Ref: ref, Entity: e})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return a.Ref.compare(b.Ref) })
	return w.DiffChanges(changes)
}

// An ApplicationView is one time a request was applied.
type ApplicationView struct {
	r RequestView
	a Application
}

// Applications lists when the request was applied, the first time first.
func (v RequestView) Applications() []ApplicationView {
	applications := make([]ApplicationView, len(v.n.Applications))
	for i, a := range v.n.Applications {
		applications[i] = ApplicationView{v, a}
	}
	return applications
}

func (v ApplicationView) By() *ActorView          { return v.r.f.actor(v.a.By) }
func (v ApplicationView) At() *time.Time          { return moment(v.a.At) }
func (v ApplicationView) WhatChanged() *string    { return text(v.a.WhatChanged) }
func (v ApplicationView) Proposal() *ProposalView { return v.r.Proposal(&v.a.Proposal) }

// Revision is the one that applied the request, or nil when that is not known.
func (v ApplicationView) Revision() *RevisionView { return v.r.f.trackedRevision(v.a.Revision) }

// RevertedIn is the revision that took the application back, or nil.
func (v ApplicationView) RevertedIn() *RevisionView { return v.r.f.trackedRevision(v.a.RevertedIn) }

func (f *FrameworkView) trackedRevision(seq int64) *RevisionView {
	return f.atHead().revision(f.head().step(seq))
}

// Diff is what was changed, against the revision before; nil when the revision is
// not known.
func (v ApplicationView) Diff(ctx context.Context) ([]EntityDiffView, error) {
	f := v.r.f
	step := f.head().step(v.a.Revision)
	if step == nil {
		return nil, nil
	}
	before, err := f.past(ctx, v.a.Revision-1)
	if err != nil {
		return nil, err
	}
	after, err := f.past(ctx, v.a.Revision)
	if err != nil {
		return nil, err
	}
	refs := map[Ref]bool{}
	for _, t := range step.touches(f.Code()) {
		if t.Kind.Content() {
			refs[t.Ref] = true
		}
	}
	if err := f.spend(ctx, len(refs)); err != nil {
		return nil, err
	}
	return f.diffViews(ctx, before.diffTo(after, refs))
}

// Amendment is how what was applied differs from what was proposed before it was
// amended; empty when it was not, nil when that is not known.
func (v ApplicationView) Amendment(ctx context.Context) ([]EntityDiffView, error) {
	f := v.r.f
	applied := v.r.n.proposal(v.a.Proposal)
	if applied == nil || f.head().step(v.a.Revision) == nil {
		return nil, nil
	}
	proposed := v.proposed()
	if proposed == applied {
		return []EntityDiffView{}, nil
	}
	before, err := f.past(ctx, v.a.Revision-1)
	if err != nil {
		return nil, err
	}
	return f.compared(ctx, before, proposed, applied)
}

// proposed is the proposal that was replaced by what was applied in the same
// revision, or what was applied.
func (v ApplicationView) proposed() *Proposal {
	p := v.r.n.proposal(v.a.Proposal)
	step := v.r.f.head().step(v.a.Revision)
	if t, ok := step.touchOf(Ref{KindProposal, v.r.f.Code(), p.Key()}); ok && t.Action == Created && p.Number > 1 {
		return v.r.n.proposal(p.Number - 1)
	}
	return p
}

// An ImpactView is whom and what a proposal would touch besides what it changes.
type ImpactView struct {
	Roles          []RoleImpact
	Relations      []RelationView
	RemovedLevels  []RemovedLevel
	ChangeRequests []RequestView
}

// A RoleImpact is a role whose requirement for a skill a proposal touches.
type RoleImpact struct {
	Role   RoleView
	Skill  SkillView
	Reason ImpactReason
}

// An ImpactReason says how a requirement is touched.
type ImpactReason string

// The reasons.
const (
	RequirementChanged   ImpactReason = "REQUIREMENT_CHANGED"
	RequiredSkillRetired ImpactReason = "SKILL_RETIRED"
	RequiredLevelRemoved ImpactReason = "LEVEL_REMOVED"
	RequiredLevelAnew    ImpactReason = "LEVEL_DESCRIBED_ANEW"
	RequiredSkillAnew    ImpactReason = "SKILL_DESCRIBED_ANEW"
)

// A RemovedLevel is a skill level that goes, and that people may hold.
type RemovedLevel struct {
	SkillLevel SkillLevelView
	// Retired says that it goes with its skill.
	Retired bool
}

// Impact is what the proposal would touch today; nil when its edits cannot be made.
func (v ProposalView) Impact(ctx context.Context) (*ImpactView, error) {
	w, err := v.on(ctx)
	if err != nil || w == nil {
		return nil, err
	}
	f := v.r.f
	changes, problems, err := f.edited(ctx, w, v.p)
	if err != nil || len(problems) > 0 {
		return nil, err
	}
	now := f.viewer.scope(w).view(f.Code())
	would := w.preview(changes)
	impact := &ImpactView{Roles: []RoleImpact{}, Relations: []RelationView{}, RemovedLevels: []RemovedLevel{}, ChangeRequests: []RequestView{}}
	for _, c := range changes {
		switch e := c.Entity.(type) {
		case *Skill:
			err = impact.ofSkill(ctx, now, would, e)
		case *Role:
			err = impact.ofRole(ctx, now, e)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(impact.Roles, func(a, b RoleImpact) int {
		return strings.Compare(a.Role.r.Code+" "+a.Skill.n.Code, b.Role.r.Code+" "+b.Skill.n.Code)
	})
	impact.ChangeRequests, err = v.overlapping(ctx)
	return impact, err
}

// ofSkill adds what a changed skill touches.
func (i *ImpactView) ofSkill(ctx context.Context, now *FrameworkView, would *World, s *Skill) error {
	v := now.Skill(s.Code)
	if v == nil {
		return nil // new
	}
	if err := now.spend(ctx, len(v.n.requiredBy)+len(v.n.edges)); err != nil {
		return err
	}
	retires := s.Status == StatusRetired && v.n.Status == StatusActive
	next := would.Snapshot(now.Code())
	for k, l := range v.n.Levels {
		if _, stays := levelText(s.Levels, l.Level); retires || !stays {
			i.RemovedLevels = append(i.RemovedLevels, RemovedLevel{SkillLevelView{*v, k}, retires})
		}
	}
	if retires {
		n, _ := next.skills.get(s.Code)
		for k := range n.edges {
			if e := &n.edges[k]; !e.relation.Type.lineage() && e.owner == now.Code() {
				if r := now.relation(now.s.relation(e.relation.Key())); r != nil {
					i.Relations = append(i.Relations, *r)
				}
			}
		}
	}
	for _, r := range v.n.requiredBy {
		if r.Status != StatusActive {
			continue
		}
		q, _ := requirement(r.Requirements, s.Code)
		if reason := touchedRequirement(v.n.Skill, s, r.Requirements[q].Level); reason != "" {
			i.Roles = append(i.Roles, RoleImpact{RoleView{now, r}, *v, reason})
		}
	}
	return nil
}

// touchedRequirement says how a change of a skill touches a requirement for it at a
// level, or 0 for none in particular; empty when it does not.
func touchedRequirement(was, is *Skill, level int) ImpactReason {
	changed := changedFacts(was, is)
	i, had := levelText(was.Levels, level)
	j, has := levelText(is.Levels, level)
	switch {
	case is.Status == StatusRetired && was.Status == StatusActive:
		return RequiredSkillRetired
	case had && !has:
		return RequiredLevelRemoved
	case had && has && was.Levels[i] != is.Levels[j]:
		return RequiredLevelAnew
	case changed["name"] || changed["description"]:
		return RequiredSkillAnew
	}
	return ""
}

// ofRole adds the requirements of a role that change.
func (i *ImpactView) ofRole(ctx context.Context, now *FrameworkView, r *Role) error {
	v := now.Role(r.Code)
	if v == nil || v.r.Status != StatusActive {
		return nil
	}
	changed := changedFacts(v.r, r)
	if err := now.spend(ctx, len(changed)); err != nil {
		return err
	}
	for path := range changed {
		if skill, ok := strings.CutPrefix(path, "requirements."); ok {
			if s := now.Skill(skill); s != nil {
				i.Roles = append(i.Roles, RoleImpact{*v, *s, RequirementChanged})
			}
		}
	}
	return nil
}

// overlapping lists the other open requests that are about the same entities.
func (v ProposalView) overlapping(ctx context.Context) ([]RequestView, error) {
	x := v.r.f.tracker().index()
	among := map[*requestNode]bool{}
	for _, e := range v.p.Edits {
		for _, topic := range topics(e) {
			for _, n := range append(slices.Clip(x.proposed[topic]), x.subjects[topic]...) {
				among[n] = n != v.r.n && n.open()
			}
		}
	}
	if err := v.r.f.spend(ctx, len(among)); err != nil {
		return nil, err
	}
	list := []RequestView{}
	for n, keep := range among {
		if r := v.r.f.request(n); keep && r != nil {
			list = append(list, *r)
		}
	}
	slices.SortFunc(list, func(a, b RequestView) int { return a.n.Number - b.n.Number })
	return list, nil
}

// A LintChangeView is what a proposal would do to what lint finds.
type LintChangeView struct {
	Added, Removed []FindingView
}

// Lint is how what lint finds would change; nil when the edits cannot be made.
func (v ProposalView) Lint(ctx context.Context) (*LintChangeView, error) {
	w, err := v.on(ctx)
	if err != nil || w == nil {
		return nil, err
	}
	f := v.r.f
	changes, problems, err := f.edited(ctx, w, v.p)
	if err != nil || len(problems) > 0 {
		return nil, err
	}
	before, after := w.Snapshot(f.Code()), w.preview(changes).Snapshot(f.Code())
	if err := f.spend(ctx, 2*len(after.skills.items)); err != nil {
		return nil, err
	}
	added, removed := LintDifference(Lint(before), Lint(after))
	show := func(findings []Finding) []FindingView {
		views := make([]FindingView, len(findings))
		for i := range findings {
			views[i] = FindingView{f, &findings[i]}
		}
		return views
	}
	return &LintChangeView{show(added), show(removed)}, nil
}
