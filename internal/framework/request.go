package framework

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A RequestStatus says how far a change request has come.
type RequestStatus string

// The statuses. That a request was accepted does not say that it was applied.
const (
	RequestDraft     RequestStatus = "DRAFT"     // seen by who raised it and by editors only
	RequestPending   RequestStatus = "PENDING"   // to be decided
	RequestAccepted  RequestStatus = "ACCEPTED"  // to be applied, or applied
	RequestDeclined  RequestStatus = "DECLINED"  // will not be done
	RequestDeferred  RequestStatus = "DEFERRED"  // not now
	RequestWithdrawn RequestStatus = "WITHDRAWN" // given up by who raised it
)

// RequestStatuses lists the statuses in the order of their life.
var RequestStatuses = [...]RequestStatus{
	RequestDraft, RequestPending, RequestAccepted, RequestDeclined, RequestDeferred, RequestWithdrawn,
}

// Open reports whether something is still to be decided.
func (s RequestStatus) Open() bool {
	return s == RequestDraft || s == RequestPending || s == RequestDeferred
}

// A ChangeRequest asks for a change of a framework, and records what became of it.
// Who raised it and when may be unknown of one that was brought in from elsewhere.
type ChangeRequest struct {
	// Number is unique in the framework; numbers count up and are not reused.
	Number int
	Title  string
	// Summary, Rationale and DraftText are what is asked for, why, and what the
	// new texts could be where that is not said by edits. All Markdown.
	Summary   string
	Rationale string
	DraftText string
	// SourceURL is the page the request was brought in from.
	SourceURL string
	// RaisedBy, OnBehalfOf and Assignee are ids of actors or of a [Person].
	RaisedBy   string
	OnBehalfOf string
	RaisedAt   time.Time
	Assignee   string
	// Subjects are what it applies to, each at most once.
	Subjects []Subject
	Theme    string
	// TargetRelease is the code of a release, which need not exist yet.
	TargetRelease string
	Status        RequestStatus
	// Submitted is set once the request has been more than a draft.
	Submitted bool
	// Proposal is the number of the proposal that holds, 0 for none: prose only.
	Proposal int
	// Decision is what was decided last, if anything ever was.
	Decision Decision
	// Applications tell when it was applied, and when that was reverted.
	Applications []Application
	Links        []Link
	// Transitions tell how it came to its status, the first first.
	Transitions []Transition
}

// A Subject is something a change request applies to. It need not exist yet.
type Subject struct {
	// Kind is that of an entity, or a skill level.
	Kind Kind
	Key  string
	// Name is the one it had when the request was raised; it may be empty.
	Name string
}

// A Decision is what editors decided about a change request.
type Decision struct {
	Text string
	By   string
	At   time.Time
}

// An Application is one time a change request was applied. By, At, Revision and
// Proposal may be unknown.
type Application struct {
	// Proposal is the number of the proposal that was applied.
	Proposal    int
	Revision    int64
	By          string
	At          time.Time
	WhatChanged string
	// RevertedIn is the revision that took it back, or 0.
	RevertedIn int64
}

// A LinkType says how a change request is linked to another.
type LinkType string

// The types of link. Each in the second group is how the other end sees one of
// the first, in which links are stored.
const (
	LinkRelatesTo  LinkType = "RELATES_TO" // symmetric
	LinkFollows    LinkType = "FOLLOWS"
	LinkDependsOn  LinkType = "DEPENDS_ON"
	LinkDuplicates LinkType = "DUPLICATES"

	LinkFollowedBy   LinkType = "FOLLOWED_BY"
	LinkRequiredBy   LinkType = "REQUIRED_BY"
	LinkDuplicatedBy LinkType = "DUPLICATED_BY"
)

var linkInverses = map[LinkType]LinkType{
	LinkRelatesTo: LinkRelatesTo, LinkFollows: LinkFollowedBy, LinkDependsOn: LinkRequiredBy, LinkDuplicates: LinkDuplicatedBy,
	LinkFollowedBy: LinkFollows, LinkRequiredBy: LinkDependsOn, LinkDuplicatedBy: LinkDuplicates,
}

// A Link leads from a change request to another of the same framework.
type Link struct {
	Type LinkType
	To   int
}

// A Transition is a change of a request's status.
type Transition struct {
	From, To RequestStatus
	By       string
	At       time.Time
	Note     string
}

// Kind implements Entity.
func (r *ChangeRequest) Kind() Kind { return KindChangeRequest }

// Key implements Entity.
func (r *ChangeRequest) Key() string { return strconv.Itoa(r.Number) }

func (r *ChangeRequest) facts(add func(path, value string)) {
	add("number", r.Key())
	addText(add, "title", r.Title)
	addText(add, "summary", r.Summary)
	addText(add, "rationale", r.Rationale)
	addText(add, "draftText", r.DraftText)
	addText(add, "sourceUrl", r.SourceURL)
	addText(add, "raisedBy", r.RaisedBy)
	addText(add, "onBehalfOf", r.OnBehalfOf)
	addTime(add, "raisedAt", r.RaisedAt)
	addText(add, "assignee", r.Assignee)
	for _, s := range r.Subjects {
		add("subjects."+string(s.Kind)+" "+s.Key, "="+s.Name)
	}
	addText(add, "theme", r.Theme)
	addText(add, "targetRelease", r.TargetRelease)
	add("status", string(r.Status))
	addTruth(add, "submitted", r.Submitted)
	addNumber(add, "proposal", r.Proposal)
	addText(add, "decision.text", r.Decision.Text)
	addText(add, "decision.by", r.Decision.By)
	addTime(add, "decision.at", r.Decision.At)
	for i, a := range r.Applications {
		add("applications."+strconv.Itoa(i), fmt.Sprintf("%d %d %q %s %q %d", a.Proposal, a.Revision, a.By, a.At, a.WhatChanged, a.RevertedIn))
	}
	for _, l := range r.Links {
		add("links."+string(l.Type)+" "+strconv.Itoa(l.To), "=")
	}
	for i, t := range r.Transitions {
		add("transitions."+strconv.Itoa(i), fmt.Sprintf("%s %s %q %s %q", t.From, t.To, t.By, t.At, t.Note))
	}
}

func addTime(add func(path, value string), path string, t time.Time) {
	if !t.IsZero() {
		add(path, t.UTC().Format(time.RFC3339Nano))
	}
}

// applied is the application that holds, or nil.
func (r *ChangeRequest) applied() *Application {
	if n := len(r.Applications); n > 0 && r.Applications[n-1].RevertedIn == 0 {
		return &r.Applications[n-1]
	}
	return nil
}

// open reports whether edits of the request may still come: it is undecided, or
// accepted and not applied.
func (r *ChangeRequest) open() bool {
	return r.Status.Open() || r.Status == RequestAccepted && r.applied() == nil
}

func (l Link) compare(o Link) int {
	return cmp.Or(cmp.Compare(l.Type, o.Type), cmp.Compare(l.To, o.To))
}

// A Proposal is the edits a change request carries: one of several, the last of
// which holds. It is never changed; another takes its place.
type Proposal struct {
	Request int
	// Number counts the request's proposals from 1.
	Number int
	// Base is the revision the edits were made on, 0 when it is not known.
	Base  int64
	Note  string
	Edits []Edit
	By    string
	At    time.Time
}

// Kind implements Entity.
func (p *Proposal) Kind() Kind { return KindProposal }

// Key implements Entity.
func (p *Proposal) Key() string { return partKey(p.Request, p.Number) }

func (p *Proposal) facts(add func(path, value string)) {
	add("request", strconv.Itoa(p.Request))
	add("number", strconv.Itoa(p.Number))
	addText(add, "base", strconv.FormatInt(p.Base, 10))
	addText(add, "note", p.Note)
	for i, e := range p.Edits {
		written, _ := EncodeEdit(e)
		add("edits."+strconv.Itoa(i), string(written))
	}
	addText(add, "by", p.By)
	addTime(add, "at", p.At)
}

// A Comment is part of the discussion of a change request.
type Comment struct {
	Request int
	// Number counts the request's comments from 1.
	Number int
	// Author is the id of an actor or of a [Person].
	Author   string
	At       time.Time
	Body     string
	EditedAt time.Time
	// RedactedAt is when an administrator took its text away, for good.
	RedactedAt time.Time
}

// Kind implements Entity.
func (c *Comment) Kind() Kind { return KindComment }

// Key implements Entity.
func (c *Comment) Key() string { return partKey(c.Request, c.Number) }

func (c *Comment) facts(add func(path, value string)) {
	add("request", strconv.Itoa(c.Request))
	add("number", strconv.Itoa(c.Number))
	addText(add, "author", c.Author)
	addTime(add, "at", c.At)
	addText(add, "body", c.Body)
	addTime(add, "editedAt", c.EditedAt)
	addTime(add, "redactedAt", c.RedactedAt)
}

// partKey is the key of a numbered part of a change request.
func partKey(request, n int) string { return strconv.Itoa(request) + "/" + strconv.Itoa(n) }

// A Person is someone, or some organisation, without an account. Only here their
// name is kept, so that it can be redacted.
type Person struct {
	ID   string
	Name string
	// RedactedAt is when an administrator took the name away. There may be one of
	// an actor too, whose name then is not shown.
	RedactedAt time.Time
}

// Kind implements Entity.
func (p *Person) Kind() Kind { return KindPerson }

// Key implements Entity.
func (p *Person) Key() string { return p.ID }

func (p *Person) facts(add func(path, value string)) {
	add("id", p.ID)
	addText(add, "name", p.Name)
	addTime(add, "redactedAt", p.RedactedAt)
}

// A ReleaseStage says how final a release is.
type ReleaseStage string

// The stages.
const (
	ReleaseDraft     ReleaseStage = "DRAFT"     // seen by editors only
	ReleaseBeta      ReleaseStage = "BETA"      // for comment
	ReleasePublished ReleaseStage = "PUBLISHED" // immutable
)

// ReleaseStages lists the stages in the order of a release's life.
var ReleaseStages = [...]ReleaseStage{ReleaseDraft, ReleaseBeta, ReleasePublished}

func (s ReleaseStage) rank() int { return slices.Index(ReleaseStages[:], s) }

// A Release names a revision of a framework.
type Release struct {
	// Code is unique among the framework's releases, such as 9 or 2026.1.
	Code  string
	Name  string
	Notes string
	Stage ReleaseStage
	// Revision is the state it names.
	Revision int64
	// StagedAt is when it came to its stage.
	StagedAt time.Time
}

// Kind implements Entity.
func (r *Release) Kind() Kind { return KindRelease }

// Key implements Entity.
func (r *Release) Key() string { return r.Code }

func (r *Release) facts(add func(path, value string)) {
	add("code", r.Code)
	addText(add, "name", r.Name)
	addText(add, "notes", r.Notes)
	add("stage", string(r.Stage))
	addText(add, "revision", strconv.FormatInt(r.Revision, 10))
	addTime(add, "stagedAt", r.StagedAt)
}
