package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"skillatlas/internal/framework"
)

// trackerFormat names the version of the layout in which a tracker is brought in.
// docs/tracker-format.md describes it.
const trackerFormat = "skillatlas-tracker/1"

// maxRequests bounds how many change requests one import brings in.
const maxRequests = 20_000

type trackerRequest struct {
	Number        int               `json:"number"`
	Title         string            `json:"title"`
	Status        string            `json:"status"`
	Summary       string            `json:"summary"`
	Rationale     string            `json:"rationale"`
	DraftText     string            `json:"draftText"`
	SourceURL     string            `json:"sourceUrl"`
	RaisedBy      string            `json:"raisedBy"`
	OnBehalfOf    string            `json:"onBehalfOf"`
	RaisedAt      moment            `json:"raisedAt"`
	Assignee      string            `json:"assignee"`
	Theme         string            `json:"theme"`
	TargetRelease string            `json:"targetRelease"`
	AppliesTo     []json.RawMessage `json:"appliesTo"`
	Decision      struct {
		Text string `json:"text"`
		By   string `json:"by"`
		At   moment `json:"at"`
	} `json:"decision"`
	Applied     bool   `json:"applied"`
	AppliedBy   string `json:"appliedBy"`
	AppliedAt   moment `json:"appliedAt"`
	WhatChanged string `json:"whatChanged"`
	Comments    []struct {
		Author string `json:"author"`
		At     moment `json:"at"`
		Body   string `json:"body"`
	} `json:"comments"`
	Links []struct {
		Type string `json:"type"`
		To   int    `json:"to"`
	} `json:"links"`
	Proposal struct {
		Base  int64             `json:"base"`
		Note  string            `json:"note"`
		Edits []json.RawMessage `json:"edits"`
	} `json:"proposal"`
}

// A moment is a time as pages write it: RFC 3339, the same without a zone, which
// then is UTC, or a date alone.
type moment struct{ time.Time }

var errMoment = errors.New("is no time such as 2021-05-17T11:42:00Z, 2021-05-17T11:42 or 2021-05-17")

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			m.Time = t.UTC().Truncate(time.Millisecond)
			return nil
		}
	}
	return errMoment
}

// A placedRequest is a change request and where the file has it.
type placedRequest struct {
	src *source
	at  int
	trackerRequest
}

// planTracker plans the import of a tracker.
func planTracker(w *framework.World, files []*source, l *log, opt Options) (*Plan, error) {
	plan := &Plan{Framework: opt.Framework}
	var requests []placedRequest
	for _, src := range files {
		if l.plain(src) {
			requests = append(requests, readTracker(src, l, plan)...)
		}
	}
	if plan.Framework == "" {
		return nil, framework.Errorf(framework.Invalid, "the file does not name its framework; give its code")
	}
	if len(requests) > maxRequests {
		return nil, framework.Errorf(framework.LimitExceeded, "there are %d change requests; one import brings in %d", len(requests), maxRequests)
	}
	s := w.Snapshot(plan.Framework)
	if s == nil {
		return nil, framework.Errorf(framework.NotFound, "there is no framework %q; import its content first", plan.Framework)
	}
	slices.SortStableFunc(requests, func(a, b placedRequest) int { return a.Number - b.Number })
	numbers := map[int]bool{}
	for i, r := range requests {
		if i > 0 && requests[i-1].Number == r.Number {
			l.in(r.src, r.at, "change request #%d is there twice", r.Number)
		}
		numbers[r.Number] = true
	}
	records := make([]framework.RequestRecord, len(requests))
	index := map[int]int{}
	for i, r := range requests {
		records[i] = r.record(w, s, l, numbers)
		index[r.Number] = i
	}
	keepLinks(records, index)
	for _, r := range records {
		plan.Edits = append(plan.Edits, framework.ImportRequest{RequestRecord: r})
	}
	if len(l.faults) == 0 {
		// Who brings them in is not recorded with what is brought in.
		act := framework.Act{Actor: framework.Actor{ID: "import", Access: framework.Editor}}
		changes, problems := w.EditAs(act, plan.Framework, plan.Edits)
		for _, p := range problems {
			r := requests[p.Edit]
			l.in(r.src, r.at, "change request #%d, %s", r.Number, strings.TrimPrefix(p.Field+": "+p.Message, ": "))
		}
		plan.Changes = changes
	}
	plan.Faults = l.sorted()
	if plan.Refused = len(plan.Faults) > 0; plan.Refused || len(plan.Changes) == 0 {
		plan.Edits, plan.Changes = nil, nil
	}
	return plan, nil
}

// keepLinks gives each link to the end that keeps it, where the file has that: it may
// come in after the end that the link is told from.
func keepLinks(records []framework.RequestRecord, index map[int]int) {
	kept := make([][]framework.Link, len(records))
	for i, r := range records {
		for _, l := range r.Request.Links {
			number, stored := l.Stored(r.Request.Number)
			if at, ok := index[number]; ok {
				kept[at] = append(kept[at], stored)
			} else {
				kept[i] = append(kept[i], l)
			}
		}
	}
	for i := range records {
		records[i].Request.Links = kept[i]
	}
}

// readTracker reads one file. What is wrong with a change request is said at its place.
func readTracker(src *source, l *log, plan *Plan) []placedRequest {
	r := &jsonReader{src: src}
	var requests []placedRequest
	format := false
	r.object(func(key string, at int) {
		switch key {
		case "format":
			text := r.text()
			if format = text == trackerFormat; !format && r.err == nil {
				l.in(src, at, "format is %q; expected %q", text, trackerFormat)
			}
		case "framework":
			if code := r.text(); plan.Framework == "" {
				plan.Framework = code
			} else if code != plan.Framework && r.err == nil {
				l.in(src, at, "the file is of framework %q, not of %q", code, plan.Framework)
			}
		case "changeRequests":
			r.array(func(start int) {
				r.skip()
				if r.err != nil {
					return
				}
				p := placedRequest{src: src, at: start}
				d := json.NewDecoder(bytes.NewReader(src.text[start:r.at]))
				d.DisallowUnknownFields()
				if err := d.Decode(&p.trackerRequest); err != nil {
					var typ *json.UnmarshalTypeError
					if errors.As(err, &typ) {
						l.in(src, start+int(typ.Offset)-1, "%s is a %s; expected another kind of value", typ.Field, typ.Value)
						return
					}
					l.in(src, start, "%s", strings.TrimPrefix(err.Error(), "json: "))
					return
				}
				requests = append(requests, p)
			})
		default:
			l.in(src, at, "unknown key %q", key)
			r.skip()
		}
	})
	if r.err == nil && r.kind() != 0 {
		r.unexpected("the end of the file")
	}
	switch {
	case r.err != nil:
		l.in(src, r.err.at, "%s", r.err.message)
	case !format && len(l.faults) == 0:
		l.in(src, r.start(), "format is missing; expected %q", trackerFormat)
	}
	l.reading(len(src.text))
	return requests
}

// record is the change request as the domain takes it; faults go to the log.
func (r placedRequest) record(w *framework.World, s *framework.Snapshot, l *log, numbers map[int]bool) framework.RequestRecord {
	fault := func(format string, args ...any) {
		l.in(r.src, r.at, "change request #%d: "+format, append([]any{r.Number}, args...)...)
	}
	q := framework.ChangeRequest{
		Number: r.Number, Title: r.Title, Status: framework.RequestStatus(strings.ToUpper(strings.TrimSpace(r.Status))),
		Summary: r.Summary, Rationale: r.Rationale, DraftText: r.DraftText, SourceURL: r.SourceURL,
		RaisedAt: r.RaisedAt.Time, Theme: r.Theme, TargetRelease: r.TargetRelease,
		Decision: framework.Decision{Text: r.Decision.Text, At: r.Decision.At.Time},
	}
	for _, raw := range r.AppliesTo {
		if subject, problem := subjectOf(raw, s); problem != "" {
			fault("%s", problem)
		} else {
			q.Subjects = append(q.Subjects, subject)
		}
	}
	if r.Applied || r.WhatChanged != "" || r.AppliedBy != "" || !r.AppliedAt.IsZero() {
		q.Applications = []framework.Application{{At: r.AppliedAt.Time, WhatChanged: r.WhatChanged}}
		if q.Status != framework.RequestAccepted {
			fault("what was changed is told, but its status is %s; only an accepted one was applied", q.Status)
		}
	}
	for _, k := range r.Links {
		there := w.Entity(framework.Ref{Kind: framework.KindChangeRequest, Framework: s.Framework().Code, Key: (&framework.ChangeRequest{Number: k.To}).Key()})
		if there == nil && !numbers[k.To] {
			fault("it is linked to #%d, which is neither here nor in the store", k.To)
		}
		q.Links = append(q.Links, framework.Link{Type: framework.LinkType(strings.ToUpper(k.Type)), To: k.To})
	}
	record := framework.RequestRecord{
		Request: q, RaisedBy: called(r.RaisedBy), OnBehalfOf: called(r.OnBehalfOf), Assignee: called(r.Assignee),
		DecidedBy: called(r.Decision.By), AppliedBy: called(r.AppliedBy),
		Proposal: framework.Proposal{Base: r.Proposal.Base, Note: r.Proposal.Note},
	}
	for _, c := range r.Comments {
		record.Comments = append(record.Comments, framework.CommentRecord{Author: called(c.Author), At: c.At.Time, Body: c.Body})
	}
	for i, raw := range r.Proposal.Edits {
		e, err := framework.DecodeEdit(raw)
		if err != nil {
			fault("proposal.edits[%d]: %v", i, err)
			continue
		}
		record.Proposal.Edits = append(record.Proposal.Edits, e)
	}
	return record
}

func called(name string) framework.Who { return framework.Who{Name: name} }

// subjectOf reads what a change request applies to: an object with kind, key and
// name, or the code or the name of something there is.
func subjectOf(raw json.RawMessage, s *framework.Snapshot) (framework.Subject, string) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		found := s.Named(text)
		switch len(found) {
		case 1:
			return found[0], ""
		case 0:
			return framework.Subject{}, "appliesTo: there is nothing called " + quote(text) + `; write {"kind": "SKILL", "key": "…", "name": "…"}`
		}
		return framework.Subject{}, "appliesTo: several things are called " + quote(text) + `; write {"kind": "SKILL", "key": "…"}`
	}
	var object struct {
		Kind string `json:"kind"`
		Key  string `json:"key"`
		Name string `json:"name"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&object); err != nil {
		return framework.Subject{}, `appliesTo holds what is neither a text nor {"kind", "key", "name"}`
	}
	return framework.Subject{Kind: framework.Kind(strings.ToLower(object.Kind)), Key: object.Key, Name: object.Name}, ""
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
