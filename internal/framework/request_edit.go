package framework

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Who names someone: by the id of an actor or a [Person], or by the name of
// someone without an account. The zero Who is nobody.
type Who struct{ ID, Name string }

// RaiseRequest makes a new change request, with the next number.
type RaiseRequest struct {
	Title         string
	Summary       string
	Rationale     string
	DraftText     string
	SourceURL     string
	OnBehalfOf    Who
	Assignee      Who
	Subjects      []Subject
	Theme         string
	TargetRelease string
	// Edits are its proposal, made on the revision Base with a note; none is prose only.
	Edits []Edit
	Base  int64
	Note  string
	// Submit makes it pending at once rather than a draft.
	Submit bool
}

func (RaiseRequest) deed() Deed { return DeedContribute }

func (e RaiseRequest) apply(d *draft) { d.raise(e) }

// raise makes a request that may be put on, and returns it.
func (d *draft) raise(e RaiseRequest) *ChangeRequest {
	r := &ChangeRequest{
		Number: d.nextNumber(), Title: e.Title, Summary: e.Summary, Rationale: e.Rationale, DraftText: e.DraftText,
		SourceURL: e.SourceURL, RaisedBy: d.act.Actor.ID, RaisedAt: d.act.Time, Theme: e.Theme, TargetRelease: e.TargetRelease,
		Status: RequestDraft, Subjects: e.Subjects,
	}
	r.OnBehalfOf = d.who("onBehalfOf", e.OnBehalfOf)
	r.Assignee = d.who("assignee", e.Assignee)
	d.nameSubjects(r, nil)
	d.checkRequest(r)
	if len(e.Edits) > 0 {
		d.propose(r, e.Base, e.Note, e.Edits)
	}
	if e.Submit {
		d.transit(r, RequestPending, "")
	}
	d.put(r)
	return r
}

// AmendRequest changes what a change request says.
type AmendRequest struct {
	Number        int
	Title         Opt[string]
	Summary       Opt[string]
	Rationale     Opt[string]
	DraftText     Opt[string]
	SourceURL     Opt[string]
	OnBehalfOf    Opt[Who]
	Assignee      Opt[Who]
	Subjects      Opt[[]Subject]
	Theme         Opt[string]
	TargetRelease Opt[string]
	// DecisionText and WhatChanged are for editors.
	DecisionText Opt[string]
	WhatChanged  Opt[string]
}

func (AmendRequest) deed() Deed { return DeedContribute }

func (e AmendRequest) apply(d *draft) {
	r := d.ownRequest("number", e.Number)
	if r == nil {
		return
	}
	if !d.decides() && !r.Status.Open() {
		d.refuse(Forbidden, "", "change request #%d is %s; only editors amend it now", r.Number, r.Status)
		return
	}
	e.Title.into(&r.Title)
	e.Summary.into(&r.Summary)
	e.Rationale.into(&r.Rationale)
	e.DraftText.into(&r.DraftText)
	e.SourceURL.into(&r.SourceURL)
	e.Theme.into(&r.Theme)
	e.TargetRelease.into(&r.TargetRelease)
	if e.OnBehalfOf.Set {
		r.OnBehalfOf = d.who("onBehalfOf", e.OnBehalfOf.Value)
	}
	if e.Assignee.Set {
		r.Assignee = d.who("assignee", e.Assignee.Value)
	}
	if e.Subjects.Set {
		before := r.Subjects
		r.Subjects = e.Subjects.Value
		d.nameSubjects(r, before)
	}
	if (e.DecisionText.Set || e.WhatChanged.Set) && !d.decides() {
		d.refuse(Forbidden, "", "what was decided and changed is for editors to say")
		return
	}
	if e.DecisionText.Set {
		if r.Decision.At.IsZero() && r.Decision.Text == "" {
			d.problem("decisionText", "change request #%d has not been decided", r.Number)
		}
		r.Decision.Text = e.DecisionText.Value
	}
	if e.WhatChanged.Set {
		if n := len(r.Applications); n == 0 {
			d.problem("whatChanged", "change request #%d has not been applied", r.Number)
		} else {
			r.Applications = slices.Clone(r.Applications)
			d.checkText("whatChanged", &e.WhatChanged.Value, maxText)
			r.Applications[n-1].WhatChanged = e.WhatChanged.Value
		}
	}
	d.checkRequest(r)
	d.put(r)
}

// ProposeEdits gives a change request a proposal, in place of the one it has.
type ProposeEdits struct {
	Number int
	// Base is the revision the edits were made on.
	Base  int64
	Edits []Edit
	Note  string
}

func (ProposeEdits) deed() Deed { return DeedContribute }

func (e ProposeEdits) apply(d *draft) {
	r := d.ownRequest("number", e.Number)
	if r == nil || !d.mayPropose(r) {
		return
	}
	d.propose(r, e.Base, e.Note, e.Edits)
	d.put(r)
}

// mayPropose reports whether a request can get another proposal.
func (d *draft) mayPropose(r *ChangeRequest) bool {
	switch {
	case !r.open():
		d.problem("number", "change request #%d is %s; reopen it to propose edits", r.Number, r.standing())
		return false
	case r.Status == RequestAccepted && !d.decides():
		d.refuse(Forbidden, "", "change request #%d is accepted; only editors amend what is to be applied", r.Number)
		return false
	}
	return true
}

// standing tells the status, and whether an accepted request was applied.
func (r *ChangeRequest) standing() string {
	if r.applied() != nil {
		return "applied"
	}
	return string(r.Status)
}

// propose adds a proposal and makes it the one that holds.
func (d *draft) propose(r *ChangeRequest, base int64, note string, edits []Edit) {
	p := &Proposal{
		Request: r.Number, Number: d.nextProposal(r.Number), Base: base, Note: note, Edits: edits,
		By: d.act.Actor.ID, At: d.act.Time,
	}
	d.checkProposal(p)
	r.Proposal = p.Number
	d.put(p)
}

func (d *draft) checkProposal(p *Proposal) {
	d.checkText("note", &p.Note, maxText)
	if len(p.Edits) == 0 {
		d.problem("edits", "is required: at least one edit")
	}
	if n := len(p.Edits); n > MaxProposed {
		d.problem("edits", "there are %d; at most %d are allowed", n, MaxProposed)
	}
	size := 0
	for i, e := range p.Edits {
		written, err := EncodeEdit(e)
		if err != nil {
			d.problem("edits."+strconv.Itoa(i), "%v", err)
			return
		}
		size += len(written)
		d.checkOther(i, e)
	}
	if size > MaxProposal {
		d.problem("edits", "hold %d bytes; at most %d are allowed: propose them in several change requests", size, MaxProposal)
	}
	if p.Base < 0 || p.Base > d.world.seq {
		d.problem("base", "there is no revision %d; the newest is %d", p.Base, d.world.seq)
	}
}

// checkOther refuses an edit of a proposal that names a framework the actor may not
// read.
func (d *draft) checkOther(i int, e Edit) {
	if other := OtherFramework(e); other != "" && !d.act.Actor.May(DeedRead, other) {
		d.refuse(Forbidden, "edits."+strconv.Itoa(i), "names framework %q, which you may not read", other)
	}
}

// A RequestMove is a transition of a change request that is not a decision.
type RequestMove string

// The moves.
const (
	MoveSubmit   RequestMove = "SUBMIT"
	MoveWithdraw RequestMove = "WITHDRAW"
	MoveReopen   RequestMove = "REOPEN"
)

// MoveRequest submits, withdraws or reopens a change request.
type MoveRequest struct {
	Number int
	Move   RequestMove
	Note   string
}

func (MoveRequest) deed() Deed { return DeedContribute }

func (e MoveRequest) apply(d *draft) {
	r := d.ownRequest("number", e.Number)
	if r == nil {
		return
	}
	to := map[RequestMove]RequestStatus{
		MoveSubmit: RequestPending, MoveWithdraw: RequestWithdrawn, MoveReopen: RequestPending,
	}[e.Move]
	switch legal := r.moves(); {
	case to == "":
		d.problem("move", "%q is not a move; use SUBMIT, WITHDRAW or REOPEN", e.Move)
		return
	case !slices.Contains(legal, string(e.Move)):
		d.illegal(r, "move")
		return
	case e.Move == MoveReopen && r.Status != RequestWithdrawn && !d.decides():
		d.refuse(Forbidden, "", "change request #%d was %s by editors; only they reopen it", r.Number, strings.ToLower(string(r.Status)))
		return
	}
	if e.Move == MoveReopen && !r.Submitted {
		to = RequestDraft
	}
	d.transit(r, to, e.Note)
	d.put(r)
}

// moves lists what can be done to the status of a request. It is the table of
// legal transitions.
func (r *ChangeRequest) moves() []string {
	switch r.Status {
	case RequestDraft:
		return []string{"SUBMIT", "WITHDRAW"}
	case RequestPending:
		return []string{"ACCEPT", "DECLINE", "DEFER", "WITHDRAW"}
	case RequestAccepted:
		if r.applied() != nil {
			return nil
		}
		return []string{"APPLY", "REOPEN"}
	}
	return []string{"REOPEN"} // declined, deferred, withdrawn
}

// illegal refuses a transition and names the legal ones.
func (d *draft) illegal(r *ChangeRequest, field string) {
	legal := r.moves()
	if len(legal) == 0 {
		d.problem(field, "change request #%d was applied in revision %d; revert that revision to go on with it", r.Number, r.applied().Revision)
		return
	}
	d.problem(field, "change request #%d is %s; what can be done is %s", r.Number, r.Status, strings.Join(legal, ", "))
}

func (d *draft) transit(r *ChangeRequest, to RequestStatus, note string) {
	d.checkText("note", &note, maxRemark)
	if n := len(r.Transitions); n >= maxTransitions {
		d.problem("number", "change request #%d has changed its status %d times; raise a new one", r.Number, n)
		return
	}
	r.Transitions = append(slices.Clip(r.Transitions), Transition{r.Status, to, d.act.Actor.ID, d.act.Time, note})
	r.Status = to
	if to != RequestDraft && to != RequestWithdrawn {
		r.Submitted = true
	}
}

// An Outcome is what a decision comes to.
type Outcome string

// The outcomes.
const (
	OutcomeAccept  Outcome = "ACCEPT"
	OutcomeDecline Outcome = "DECLINE"
	OutcomeDefer   Outcome = "DEFER"
)

// DecideRequest decides a pending change request. To accept and apply it at once
// is one revision.
type DecideRequest struct {
	Number  int
	Outcome Outcome
	// Text is what was decided, and why.
	Text string
	// Apply applies what was accepted; with Amended, if there are any, in place of
	// the edits proposed, made on the revision Base.
	Apply       bool
	Amended     []Edit
	Base        int64
	WhatChanged string
	// DuplicateOf is the number of the request that a declined one repeats, or 0.
	DuplicateOf int
	// Keep are the parts worth keeping of a declined request: each becomes a deferred
	// one that follows it.
	Keep []RaiseRequest
}

func (DecideRequest) deed() Deed { return DeedDecide }

func (e DecideRequest) needs(w *World, framework string) []int64 {
	if !e.Apply {
		return nil
	}
	return ApplyRequest{Number: e.Number, Amended: e.Amended, Base: e.Base}.needs(w, framework)
}

func (e DecideRequest) apply(d *draft) {
	r := d.request("number", e.Number)
	if r == nil {
		return
	}
	to := map[Outcome]RequestStatus{
		OutcomeAccept: RequestAccepted, OutcomeDecline: RequestDeclined, OutcomeDefer: RequestDeferred,
	}[e.Outcome]
	switch {
	case to == "":
		d.problem("outcome", "%q is not an outcome; use ACCEPT, DECLINE or DEFER", e.Outcome)
		return
	case !slices.Contains(r.moves(), string(e.Outcome)):
		d.illegal(r, "outcome")
		return
	case e.Outcome != OutcomeAccept && (e.Apply || len(e.Amended) > 0 || e.WhatChanged != ""):
		d.problem("apply", "only what is accepted is applied")
		return
	case e.Outcome != OutcomeDecline && e.DuplicateOf != 0:
		d.problem("duplicateOf", "a duplicate is declined; use DECLINE")
		return
	case e.Outcome != OutcomeDecline && len(e.Keep) > 0:
		d.problem("keep", "a part is kept of what is declined; use DECLINE")
		return
	}
	d.checkText("text", &e.Text, maxText)
	r.Decision = Decision{e.Text, d.act.Actor.ID, d.act.Time}
	d.transit(r, to, "")
	if e.DuplicateOf != 0 {
		d.link("duplicateOf", r, Link{LinkDuplicates, e.DuplicateOf})
	}
	d.put(r)
	for i, kept := range e.Keep {
		within := d.within
		d.within += "keep." + strconv.Itoa(i) + "."
		k := d.raise(kept)
		d.link("", k, Link{LinkFollows, r.Number})
		k.Status = RequestPending // on the way
		k.Decision = r.Decision
		d.transit(k, RequestDeferred, "")
		d.put(k)
		d.within = within
	}
	if e.Apply {
		ApplyRequest{Number: e.Number, Amended: e.Amended, Base: e.Base, WhatChanged: e.WhatChanged}.apply(d)
	} else if len(e.Amended) > 0 {
		d.propose(r, e.Base, "", e.Amended)
		d.put(r)
	}
}

// ApplyRequest makes the edits of an accepted change request.
type ApplyRequest struct {
	Number int
	// Amended, if there are any, take the place of the edits proposed; they were
	// made on the revision Base.
	Amended []Edit
	Base    int64
	// WhatChanged is worked out when it is empty.
	WhatChanged string
}

func (ApplyRequest) deed() Deed { return DeedDecide }

// needs is the base of the proposal, where the framework has changed since.
func (e ApplyRequest) needs(w *World, framework string) []int64 {
	base := e.Base
	if len(e.Amended) == 0 {
		n := w.tracker(framework).request(e.Number)
		if n == nil {
			return nil
		}
		p := n.proposal(n.Proposal)
		if p == nil {
			return nil
		}
		base = p.Base
	}
	if w.moved(framework, base) {
		return []int64{base}
	}
	return nil
}

// moved reports whether a framework has changed since a revision, if one is known.
func (w *World) moved(framework string, base int64) bool {
	s := w.Snapshot(framework)
	return base > 0 && base < w.seq && s != nil && s.Revision() > base
}

func (e ApplyRequest) apply(d *draft) {
	r := d.request("number", e.Number)
	if r == nil {
		return
	}
	if !slices.Contains(r.moves(), "APPLY") {
		d.illegal(r, "number")
		return
	}
	if n := len(r.Applications); n >= maxApplications {
		d.problem("number", "change request #%d was applied %d times; raise a new one", r.Number, n)
		return
	}
	if len(e.Amended) > 0 {
		d.propose(r, e.Base, "", e.Amended)
	}
	p := current(d, KindProposal, partKey(r.Number, r.Proposal), d.proposal)
	if p == nil {
		d.problem("number", "change request #%d has no edits to apply; propose some", r.Number)
		return
	}
	before := len(d.problems)
	d.carryOut(p)
	if len(d.problems) > before {
		return
	}
	d.checkText("whatChanged", &e.WhatChanged, maxText)
	if e.WhatChanged == "" {
		e.WhatChanged = d.whatChanged()
	}
	r.Applications = append(slices.Clip(r.Applications), Application{
		Proposal: p.Number, Revision: d.next(), By: d.act.Actor.ID, At: d.act.Time, WhatChanged: e.WhatChanged,
	})
	d.put(r)
}

// carryOut makes the edits of a proposal, unless they would undo what others have
// done since its base.
func (d *draft) carryOut(p *Proposal) {
	if d.world.moved(d.code, p.Base) {
		for _, c := range Conflicts(d.past(p.Base), d.world, d.code, p.Edits) {
			d.refuse(Conflict, "edits", "%s; rebase the proposal", c)
		}
		if slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Code == Conflict }) {
			return
		}
	}
	within := d.within
	for i, e := range p.Edits {
		d.checkOther(i, e)
		d.within = within + "edits." + strconv.Itoa(i) + "." + EditName(e) + "."
		e.apply(d)
	}
	d.within = within
}

// whatChanged says what the draft changes of the content, as a list.
func (d *draft) whatChanged() string {
	content := slices.DeleteFunc(d.changes(), func(c Change) bool { return !c.Kind.Content() })
	var b strings.Builder
	for _, e := range ChangeLog(d.world, d.world.preview(content), d.code) {
		line := "- " + markdownText(e.Text) + "\n"
		if e.OtherFramework() != "" { // not everyone who reads this may read that one
			continue
		}
		if b.Len()+len(line) > maxText {
			break
		}
		b.WriteString(line)
	}
	return Normalise(b.String())
}

// CommentRequest adds a comment to the discussion of a change request.
type CommentRequest struct {
	Number int
	Body   string
}

func (CommentRequest) deed() Deed { return DeedContribute }

func (e CommentRequest) apply(d *draft) {
	r := d.request("number", e.Number)
	if r == nil {
		return
	}
	c := &Comment{Request: r.Number, Number: d.nextComment(r.Number), Author: d.act.Actor.ID, At: d.act.Time, Body: e.Body}
	d.checkBody(&c.Body)
	if c.Number > maxComments {
		d.problem("number", "change request #%d has %d comments; no more are allowed", r.Number, maxComments)
	}
	d.put(c)
}

func (d *draft) checkBody(body *string) {
	d.checkText("body", body, maxText)
	if *body == "" {
		d.problem("body", "is required")
	}
}

// EditComment changes a comment; what it said stays in its history.
type EditComment struct {
	Number  int
	Comment int
	Body    string
}

func (EditComment) deed() Deed { return DeedContribute }

func (e EditComment) apply(d *draft) {
	old := d.comment(e.Number, e.Comment)
	if old == nil {
		return
	}
	c := *old
	switch {
	case c.Author == "" || c.Author != d.act.Actor.ID:
		d.refuse(Forbidden, "", "comment %d of change request #%d is not yours; only its author edits it", c.Number, c.Request)
		return
	case !c.RedactedAt.IsZero():
		d.problem("comment", "comment %d of change request #%d was redacted", c.Number, c.Request)
		return
	}
	d.checkBody(&e.Body)
	if c.Body == e.Body {
		return
	}
	c.Body, c.EditedAt = e.Body, d.act.Time
	d.put(&c)
}

// LinkRequest links a change request to another of the framework.
type LinkRequest struct {
	Number int
	Type   LinkType // or an inverse one
	To     int
	// Remove takes the link away.
	Remove bool
}

func (LinkRequest) deed() Deed { return DeedContribute }

func (e LinkRequest) apply(d *draft) {
	inverse := linkInverses[e.Type]
	if inverse == "" {
		d.problem("type", "%q is not a type of link", e.Type)
		return
	}
	from, to, at := e.Number, e.To, [2]string{"number", "to"}
	if e.Type == LinkFollowedBy || e.Type == LinkRequiredBy || e.Type == LinkDuplicatedBy ||
		e.Type == LinkRelatesTo && to < from {
		from, to, e.Type, at = to, from, inverse, [2]string{"to", "number"}
	}
	// Whoever states a link from their own request states it of another's too.
	r := d.request(at[0], from)
	if r == nil || d.ownRequest("number", e.Number) == nil {
		return
	}
	l := Link{e.Type, to}
	if e.Remove {
		i := slices.Index(r.Links, l)
		if i < 0 {
			d.problem("to", "change request #%d has no such link to #%d", e.Number, e.To)
			return
		}
		r.Links = slices.Delete(slices.Clone(r.Links), i, i+1)
	} else {
		d.link(at[1], r, l)
	}
	d.put(r)
}

func (d *draft) link(field string, r *ChangeRequest, l Link) {
	switch {
	case l.To == r.Number:
		d.problem(field, "a change request cannot be linked to itself")
		return
	case d.request(field, l.To) == nil || slices.Contains(r.Links, l):
		return
	case len(r.Links) >= maxLinks:
		d.problem(field, "change request #%d has %d links; no more are allowed", r.Number, maxLinks)
		return
	}
	r.Links = append(slices.Clip(r.Links), l)
	slices.SortFunc(r.Links, Link.compare)
}

// RedactComment takes the text of a comment away, for good.
type RedactComment struct {
	Number  int
	Comment int
}

func (RedactComment) deed() Deed { return DeedRedact }

func (e RedactComment) apply(d *draft) {
	old := d.comment(e.Number, e.Comment)
	if old == nil || !old.RedactedAt.IsZero() {
		return
	}
	c := *old
	c.Body, c.RedactedAt = "", d.act.Time
	d.put(&c)
}

// RedactPerson takes the name of someone away, for good. Of an actor with an
// account only that their name is not to be shown can be kept here.
type RedactPerson struct {
	ID string
}

func (RedactPerson) deed() Deed { return DeedRedact }

func (e RedactPerson) apply(d *draft) {
	if e.ID == "" {
		d.problem("person", "is required")
		return
	}
	p := Person{ID: e.ID}
	if old := current(d, KindPerson, e.ID, d.personByID); old != nil {
		if !old.RedactedAt.IsZero() {
			return
		}
		p = *old
	} else if !d.namesActor(e.ID) {
		d.problem("person", "nothing in framework %s is by %q", d.code, e.ID)
		return
	}
	p.Name, p.RedactedAt = "", d.act.Time
	d.put(&p)
}

// namesActor reports whether the framework's history or tracker names an actor.
func (d *draft) namesActor(id string) bool {
	for i := range d.world.history.len() {
		if s := d.world.history.at(i); s.Author == id && len(s.touches(d.code)) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(d.tracker.requests.items, func(n *requestNode) bool {
		return n.RaisedBy == id || n.OnBehalfOf == id || n.Assignee == id || n.Decision.By == id ||
			slices.ContainsFunc(n.comments, func(c *commentNode) bool { return c.Author == id })
	})
}

// CreateRelease names a revision.
type CreateRelease struct {
	Code  string
	Name  string
	Notes string
	Stage ReleaseStage
	// Revision is the state it names; 0 stands for the one the edit is made on.
	Revision int64
}

func (CreateRelease) deed() Deed { return DeedRelease }

func (e CreateRelease) apply(d *draft) {
	if current(d, KindRelease, e.Code, d.tracker.release) != nil {
		d.problem("code", "release %q exists already; choose another code or update that one", e.Code)
		return
	}
	d.checkCode("code", e.Code)
	r := &Release{
		Code: e.Code, Name: e.Name, Notes: e.Notes, Stage: e.Stage,
		Revision: cmp.Or(e.Revision, d.world.seq), StagedAt: d.act.Time,
	}
	d.checkRelease(r)
	d.put(r)
}

// UpdateRelease changes a release that is not published yet.
type UpdateRelease struct {
	Code     string
	Name     Opt[string]
	Notes    Opt[string]
	Stage    Opt[ReleaseStage]
	Revision Opt[int64]
}

func (UpdateRelease) deed() Deed { return DeedRelease }

func (e UpdateRelease) apply(d *draft) {
	old := current(d, KindRelease, e.Code, d.tracker.release)
	if old == nil {
		d.unknown("code", "release", e.Code)
		return
	}
	if old.Stage == ReleasePublished {
		d.problem("code", "release %s was published and cannot be changed; make a new one", e.Code)
		return
	}
	r := *old
	e.Name.into(&r.Name)
	e.Notes.into(&r.Notes)
	e.Revision.into(&r.Revision)
	if e.Stage.Set && e.Stage.Value != r.Stage {
		r.Stage, r.StagedAt = e.Stage.Value, d.act.Time
	}
	d.checkRelease(&r)
	d.put(&r)
}

func (d *draft) checkRelease(r *Release) {
	d.checkName("name", &r.Name)
	d.checkText("notes", &r.Notes, maxText)
	if r.Stage.rank() < 0 {
		d.problem("stage", "%q is not a stage; use DRAFT, BETA or PUBLISHED", r.Stage)
	}
	s := d.base
	switch {
	case r.Revision < 1 || r.Revision > d.world.seq:
		d.problem("revision", "there is no revision %d; the newest is %d", r.Revision, d.world.seq)
	case s.revisions.len() == 0 || s.revisions.at(0) > r.Revision:
		d.problem("revision", "framework %s did not exist at revision %d", d.code, r.Revision)
	}
}

// The tracker as the draft has it.

// request returns a copy of a change request that may be modified, or nil with a
// problem where there is none that the actor may see.
func (d *draft) request(field string, number int) *ChangeRequest {
	r := current(d, KindChangeRequest, strconv.Itoa(number), func(string) *ChangeRequest {
		if n := d.tracker.request(number); n != nil {
			return n.ChangeRequest
		}
		return nil
	})
	if r == nil || !d.act.Actor.maySeeRequest(d.code, r) {
		d.refuse(NotFound, field, "there is no change request #%d in framework %s", number, d.code)
		return nil
	}
	copied := *r
	return &copied
}

// ownRequest is request, refused to who has not raised it and is no editor.
func (d *draft) ownRequest(field string, number int) *ChangeRequest {
	r := d.request(field, number)
	if r != nil && !d.decides() && !r.raisedBy(d.act.Actor) {
		d.refuse(Forbidden, "", "change request #%d is not yours; who raised it and editors may do that", number)
		return nil
	}
	return r
}

func (r *ChangeRequest) raisedBy(a Actor) bool { return a.ID != "" && r.RaisedBy == a.ID }

// decides reports whether the actor is an editor.
func (d *draft) decides() bool { return d.act.Actor.May(DeedDecide, d.code) }

func (d *draft) comment(number, comment int) *Comment {
	if d.request("number", number) == nil {
		return nil
	}
	c := current(d, KindComment, partKey(number, comment), func(string) *Comment {
		if c := d.tracker.request(number).comment(comment); c != nil {
			return c.Comment
		}
		return nil
	})
	if c == nil {
		d.refuse(NotFound, "comment", "change request #%d has no comment %d", number, comment)
	}
	return c
}

func (d *draft) proposal(key string) *Proposal {
	p, _ := d.tracker.entity(KindProposal, key).(*Proposal)
	return p
}

func (d *draft) personByID(id string) *Person {
	p, _ := d.tracker.people.get(id)
	return p
}

func (d *draft) nextNumber() int {
	highest := d.tracker.highest()
	for _, e := range d.changed[KindChangeRequest] {
		highest = max(highest, e.(*ChangeRequest).Number)
	}
	return highest + 1
}

func (d *draft) nextProposal(request int) int {
	n := 0
	if r := d.tracker.request(request); r != nil && len(r.proposals) > 0 {
		n = r.proposals[len(r.proposals)-1].Number
	}
	for _, e := range d.changed[KindProposal] {
		if p := e.(*Proposal); p.Request == request {
			n = max(n, p.Number)
		}
	}
	return n + 1
}

func (d *draft) nextComment(request int) int {
	n := 0
	if r := d.tracker.request(request); r != nil && len(r.comments) > 0 {
		n = r.comments[len(r.comments)-1].Number
	}
	for d.changed[KindComment][partKey(request, n+1)] != nil {
		n++
	}
	return n + 1
}

// who is the id of someone; one named for the first time becomes a [Person].
func (d *draft) who(field string, w Who) string {
	if w.ID != "" {
		d.checkText(field, &w.ID, maxCode)
		return w.ID
	}
	name := oneLine(w.Name)
	if name == "" {
		return ""
	}
	d.checkText(field, &name, maxName)
	if d.named == nil {
		d.named = map[string]string{}
		for _, p := range d.tracker.people.items {
			if d.changed[KindPerson][p.ID] == nil {
				d.name(p)
			}
		}
		for _, e := range d.changed[KindPerson] {
			d.name(e.(*Person))
		}
	}
	id, ok := d.named[name]
	if !ok {
		named := d.named
		id = d.personPrefix() + strconv.Itoa(d.lastPerson+1)
		p := &Person{ID: id, Name: name}
		d.put(p)
		d.named = named
		d.name(p)
	}
	return id
}

// name makes a person be found by name.
func (d *draft) name(p *Person) {
	d.lastPerson = max(d.lastPerson, d.personNumber(p.ID))
	if p.RedactedAt.IsZero() {
		d.named[p.Name] = p.ID
	}
}

// personPrefix begins the ids of people without an account; ids are unique in the server.
func (d *draft) personPrefix() string { return "person:" + d.code + ":" }

func (d *draft) personNumber(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, d.personPrefix()))
	return n
}

// nameSubjects gives each subject the name it had when raised, or has now when it
// is new.
func (d *draft) nameSubjects(r *ChangeRequest, before []Subject) {
	if n := len(r.Subjects); n > maxSubjects {
		d.problem("subjects", "there are %d; at most %d are allowed", n, maxSubjects)
		r.Subjects = nil
		return
	}
	subjects := slices.Clone(r.Subjects)
	for i := range subjects {
		s, field := &subjects[i], "subjects."+strconv.Itoa(i)
		if s.Kind == KindFramework {
			s.Key = d.code
		}
		if problem := s.problem(); problem != "" {
			d.problem(field, "%s", problem)
			continue
		}
		if slices.ContainsFunc(subjects[:i], func(o Subject) bool { return o.Kind == s.Kind && o.Key == s.Key }) {
			d.problem(field, "%s %s is given twice", s.Kind, s.Key)
			continue
		}
		d.checkText(field+".name", &s.Name, maxName)
		if j := slices.IndexFunc(before, func(o Subject) bool { return o.Kind == s.Kind && o.Key == s.Key }); j >= 0 {
			s.Name = before[j].Name
		} else if name := d.base.nameOf(s.Kind, s.Key); name != "" {
			s.Name = name
		}
	}
	slices.SortFunc(subjects, func(a, b Subject) int {
		return Ref{a.Kind, "", a.Key}.compare(Ref{b.Kind, "", b.Key})
	})
	r.Subjects = subjects
}

// problem says why something cannot be the subject of a change request, or "".
func (s Subject) problem() string {
	if !s.Kind.Content() && s.Kind != kindSkillLevel {
		return fmt.Sprintf("%q is not a kind of thing that change requests are about", s.Kind)
	}
	switch s.Kind {
	case kindSkillLevel:
		if _, _, ok := parseSkillLevelCode(s.Key); !ok {
			return fmt.Sprintf("%q is not the code of a skill level, such as ITOP_5", s.Key)
		}
	case KindLevel:
		if n, err := strconv.Atoi(s.Key); err != nil || n < 1 || n > maxLevel || strconv.Itoa(n) != s.Key {
			return fmt.Sprintf("%q is not the number of a level", s.Key)
		}
	case KindRelation:
		if _, _, to := relationEnds(s.Key); to == "" {
			return fmt.Sprintf("%q does not name a relation, such as ITMG COMPLEMENTARY ITOP", s.Key)
		}
	default:
		return codeProblem(s.Key)
	}
	return ""
}

func (d *draft) checkRequest(r *ChangeRequest) {
	d.checkName("title", &r.Title)
	d.checkText("summary", &r.Summary, maxText)
	d.checkText("rationale", &r.Rationale, maxText)
	d.checkText("draftText", &r.DraftText, maxDraftText)
	d.checkText("theme", &r.Theme, maxName)
	d.checkText("decisionText", &r.Decision.Text, maxText)
	d.checkURL("sourceUrl", &r.SourceURL)
	if r.TargetRelease != "" {
		d.checkCode("targetRelease", r.TargetRelease)
	}
}

// Named lists what a code, or a name in any letter case, is that of.
func (s *Snapshot) Named(text string) []Subject {
	if kind, key, ok := s.resolve(mention{code: text}); ok {
		return []Subject{{kind, key, s.nameOf(kind, key)}}
	}
	var found []Subject
	name := fold(oneLine(text))
	look := func(e Entity) {
		if n := s.nameOf(e.Kind(), e.Key()); fold(n) == name {
			found = append(found, Subject{e.Kind(), e.Key(), n})
		}
	}
	look(s.framework)
	for c := range s.Categories() {
		look(c)
	}
	for k := range s.Skills() {
		look(k)
	}
	for a := range s.Attributes() {
		look(a)
	}
	for g := range s.RoleGroups() {
		look(g)
	}
	for r := range s.Roles() {
		look(r)
	}
	return found
}

// nameOf is the name of something, or what it is called by, or "".
func (s *Snapshot) nameOf(kind Kind, key string) string {
	if kind == kindSkillLevel {
		code, level, _ := parseSkillLevelCode(key)
		if k := s.skill(code); k != nil {
			if _, has := levelText(k.Levels, level); has {
				return k.Name
			}
		}
		return ""
	}
	return NameOf(s.entity(kind, key))
}

// A RequestRecord is a change request as it is brought in from elsewhere, with
// what is known of it.
type RequestRecord struct {
	Request    ChangeRequest // ids of people are left empty
	RaisedBy   Who
	OnBehalfOf Who
	Assignee   Who
	DecidedBy  Who
	AppliedBy  Who
	Comments   []CommentRecord
	// Proposal has no edits where there are none.
	Proposal Proposal
}

// A CommentRecord is a comment that is brought in from elsewhere.
type CommentRecord struct {
	Author Who
	At     time.Time
	Body   string
}

// ImportRequest brings a change request in under its own number, with the dates
// and people it had; one that was brought in before is brought in line. What became
// of it here stays: once it is decided or applied here its status is kept, as are
// proposals, edited comments and redacted names; and who and when are not forgotten
// where the record does not know them.
type ImportRequest struct{ RequestRecord }

func (ImportRequest) deed() Deed { return DeedDecide }

func (e ImportRequest) apply(d *draft) {
	r := e.Request
	switch {
	case r.Number < 1 || r.Number > maxNumber:
		d.problem("number", "%d is not between 1 and %d", r.Number, maxNumber)
		return
	case !slices.Contains(RequestStatuses[:], r.Status):
		d.problem("status", "%q is not a status", r.Status)
		return
	case len(r.Applications) > 1 || len(r.Applications) > 0 && r.Status != RequestAccepted:
		d.problem("applied", "only what is accepted was applied, and once; change request #%d is %s", r.Number, r.Status)
		return
	}
	old := d.anyRequest(r.Number)
	if old == nil {
		old = &ChangeRequest{}
	} else if d.raisedHere(old) {
		d.problem("number", "change request #%d was raised here, as %q; bring the other in under another number", r.Number, old.Title)
		return
	}
	r.RaisedBy = d.known("raisedBy", old.RaisedBy, e.RaisedBy)
	r.RaisedAt = knownTime(old.RaisedAt, r.RaisedAt)
	r.OnBehalfOf = d.known("onBehalfOf", old.OnBehalfOf, e.OnBehalfOf)
	r.Assignee = d.known("assignee", old.Assignee, e.Assignee)
	r.Submitted = old.Submitted || r.Status != RequestDraft
	r.Transitions, r.Proposal = old.Transitions, old.Proposal
	proposed := len(e.Proposal.Edits) > 0
	if proposed && r.Proposal == 0 {
		p := e.Proposal
		p.Request, p.Number = r.Number, d.nextProposal(r.Number)
		d.checkProposal(&p)
		r.Proposal = p.Number
		d.put(&p)
	}
	if old.movedHere() {
		r.Status, r.Decision, r.Applications = old.Status, old.Decision, old.Applications
	} else {
		r.Decision.By = d.known("decidedBy", old.Decision.By, e.DecidedBy)
		r.Decision.At = knownTime(old.Decision.At, r.Decision.At)
		r.Applications = slices.Clone(r.Applications)
		for i := range r.Applications {
			a, was := &r.Applications[i], Application{}
			if len(old.Applications) > 0 {
				was = old.Applications[0]
			}
			a.By = d.known("appliedBy", was.By, e.AppliedBy)
			a.At = knownTime(was.At, a.At)
			d.checkText("whatChanged", &a.WhatChanged, maxText)
			if proposed {
				a.Proposal = r.Proposal
			}
		}
	}
	r.Subjects = slices.Clone(r.Subjects)
	before := slices.Clone(old.Subjects)
	for i := range r.Subjects {
		s := &r.Subjects[i]
		if d.checkText("subjects."+strconv.Itoa(i)+".name", &s.Name, maxName); s.Name != "" {
			before = append(before, *s) // as it was called then
		}
	}
	d.nameSubjects(&r, before)
	d.checkRequest(&r)
	r.Links = slices.Clone(old.Links)
	for i, l := range e.Request.Links {
		d.importLink("links."+strconv.Itoa(i), &r, l)
	}
	d.put(&r)
	d.importComments(r.Number, e.Comments)
}

// anyRequest is the change request of a number as the draft has it, or nil.
func (d *draft) anyRequest(number int) *ChangeRequest {
	return current(d, KindChangeRequest, strconv.Itoa(number), func(string) *ChangeRequest {
		if n := d.tracker.request(number); n != nil {
			return n.ChangeRequest
		}
		return nil
	})
}

// raisedHere reports whether a change request is of someone with an account, and so
// was not brought in.
func (d *draft) raisedHere(r *ChangeRequest) bool {
	return r.RaisedBy != "" && !strings.HasPrefix(r.RaisedBy, d.personPrefix())
}

// movedHere reports whether a request that was brought in was decided or applied here.
func (r *ChangeRequest) movedHere() bool {
	return len(r.Transitions) > 0 || len(r.Applications) > 0 && r.Applications[0].Revision > 0
}

// known is the id of who a record names; of who is there already where it names
// nobody, or where that name was redacted.
func (d *draft) known(field, old string, w Who) string {
	if w == (Who{}) || d.redacted(old) {
		return old
	}
	return d.who(field, w)
}

func knownTime(old, t time.Time) time.Time {
	if t.IsZero() {
		return old
	}
	return t
}

// redacted reports whether someone's name was taken away.
func (d *draft) redacted(id string) bool {
	p := current(d, KindPerson, id, d.personByID)
	return p != nil && !p.RedactedAt.IsZero()
}

// Stored is the number of the request that keeps a link stated from one, and the
// link as it is kept there.
func (l Link) Stored(from int) (int, Link) {
	switch inverse := linkInverses[l.Type]; {
	case l.Type == LinkFollowedBy || l.Type == LinkRequiredBy || l.Type == LinkDuplicatedBy,
		l.Type == LinkRelatesTo && l.To < from:
		return l.To, Link{inverse, from}
	}
	return from, l
}

// importLink adds a link of r. What it leads to need not be there yet, unless that
// is what keeps the link.
func (d *draft) importLink(field string, r *ChangeRequest, l Link) {
	if linkInverses[l.Type] == "" || l.To == r.Number || l.To < 1 || l.To > maxNumber {
		d.problem(field, "is no link to another change request")
		return
	}
	keeper := r
	number, l := l.Stored(r.Number)
	if number != r.Number {
		far := d.anyRequest(number)
		if far == nil {
			d.problem(field, "there is no change request #%d yet; tell the link there, from its end", number)
			return
		}
		copied := *far
		keeper = &copied
	}
	switch {
	case slices.Contains(keeper.Links, l):
		return
	case len(keeper.Links) >= maxLinks:
		d.problem(field, "change request #%d has %d links; no more are allowed", keeper.Number, maxLinks)
		return
	}
	keeper.Links = append(slices.Clip(keeper.Links), l)
	slices.SortFunc(keeper.Links, Link.compare)
	if keeper != r {
		d.put(keeper)
	}
}

// importComments adds the comments that are not there yet, and mends those that say
// something else now. Pages tell times to the minute, so what tells the comments of
// one author and minute apart is what they say. One that was changed here stays so.
func (d *draft) importComments(number int, records []CommentRecord) {
	var old []*commentNode
	if n := d.tracker.request(number); n != nil {
		old = n.comments
	}
	if n := len(records); n > maxComments {
		d.problem("comments", "there are %d; at most %d are allowed", n, maxComments)
		return
	}
	taken := make([]bool, len(old)) // by a record
	take := func(c CommentRecord, fits func(*Comment) bool) *Comment {
		for i, o := range old {
			if !taken[i] && o.At.Equal(c.At) && fits(o.Comment) && d.isWho(o.Author, c.Author) {
				taken[i] = true
				return o.Comment
			}
		}
		return nil
	}
	bodies := make([]string, len(records))
	there := make([]bool, len(records))
	for i, c := range records {
		field := "comments." + strconv.Itoa(i) + ".body"
		bodies[i] = c.Body
		if d.checkText(field, &bodies[i], maxText); bodies[i] == "" {
			d.problem(field, "is required")
		}
		there[i] = take(c, func(o *Comment) bool { return o.Body == bodies[i] }) != nil
	}
	next := d.nextComment(number)
	for i, c := range records {
		if there[i] {
			continue
		}
		changedHere := func(o *Comment) bool { return !o.EditedAt.IsZero() || !o.RedactedAt.IsZero() }
		if o := take(c, func(o *Comment) bool { return !o.At.IsZero() || changedHere(o) }); o != nil {
			if !changedHere(o) {
				mended := *o
				mended.Body = bodies[i]
				d.put(&mended)
			}
			continue
		}
		if next > maxComments {
			d.problem("comments", "change request #%d would have more than %d; no more are allowed", number, maxComments)
			return
		}
		d.put(&Comment{Request: number, Number: next, Author: d.who("comments."+strconv.Itoa(i)+".author", c.Author), At: c.At, Body: bodies[i]})
		next++
	}
}

// isWho reports whether an id may be that of whom a record names.
func (d *draft) isWho(id string, w Who) bool {
	if d.redacted(id) || w.ID != "" {
		return d.redacted(id) || w.ID == id
	}
	name := ""
	if p := current(d, KindPerson, id, d.personByID); p != nil {
		name = p.Name
	}
	return name == oneLine(w.Name) && (name != "" || id == "")
}
