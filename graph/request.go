package graph

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

func (m *mutation) RaiseChangeRequest(ctx context.Context, in RaiseChangeRequestInput) (*ChangeRequestPayload, error) {
	_, edits, err := convert(in.Edits.Value())
	if err == nil && len(edits) > 0 && orZero(in.BaseRevision) < 1 {
		err = &framework.Error{
			Code: framework.Invalid, Message: "is required with edits: the revision they were made on", Path: []any{"baseRevision"},
		}
	}
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.RaiseRequest{
			Title: in.Title, Summary: orZero(in.Summary), Rationale: orZero(in.Rationale), DraftText: orZero(in.DraftText),
			SourceURL: orZero(in.SourceURL), OnBehalfOf: who(in.OnBehalfOf).Value, Assignee: who(in.Assignee).Value,
			Subjects: subjects(in.Subjects.Value()), Theme: orZero(in.Theme), TargetRelease: orZero(in.TargetRelease),
			Edits: edits, Base: int64(orZero(in.BaseRevision)), Note: orZero(in.Note), Submit: in.Submit,
		}},
	}, 0, err)
}

func (m *mutation) AmendChangeRequest(ctx context.Context, in AmendChangeRequestInput) (*ChangeRequestPayload, error) {
	amend := framework.AmendRequest{
		Number: in.Number, Title: opt(in.Title), Summary: opt(in.Summary), Rationale: opt(in.Rationale), DraftText: opt(in.DraftText),
		SourceURL: opt(in.SourceURL), OnBehalfOf: who(in.OnBehalfOf), Assignee: who(in.Assignee),
		Theme: opt(in.Theme), TargetRelease: opt(in.TargetRelease),
		DecisionText: opt(in.DecisionText), WhatChanged: opt(in.WhatChanged),
	}
	if in.Subjects.IsSet() {
		amend.Subjects = framework.Some(subjects(in.Subjects.Value()))
	}
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{amend},
	}, in.Number, nil)
}

func (m *mutation) ProposeEdits(ctx context.Context, in ProposeEditsInput) (*ChangeRequestPayload, error) {
	_, edits, err := convert(in.Edits)
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.ProposeEdits{
			Number: in.Number, Base: int64(in.BaseRevision), Edits: edits, Note: orZero(in.Note),
		}},
	}, in.Number, err)
}

func (m *mutation) RebaseProposal(ctx context.Context, in RebaseProposalInput) (*ChangeRequestPayload, error) {
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.RebaseProposal{Number: in.Number, Choices: choices(in.Choices.Value())}},
	}, in.Number, nil)
}

func (m *mutation) RevertRevision(ctx context.Context, in RevertRevisionInput) (*EditFrameworkPayload, error) {
	message := orZero(in.Message)
	if message == "" {
		message = fmt.Sprintf("Revert revision %d", in.Revision)
	}
	return m.edit(ctx, []string{""}, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: message, RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.RevertRevision{Seq: int64(in.Revision), Choices: choices(in.Choices.Value())}},
	})
}

func choices(in []ChoiceInput) []framework.Choice {
	var list []framework.Choice
	for _, c := range in {
		list = append(list, framework.Choice{
			Kind: framework.Kind(strings.ToLower(string(c.Kind))), Key: c.Key, Field: orZero(c.Field), Keep: c.Keep, Value: orZero(c.Value),
		})
	}
	return list
}

func (m *mutation) MoveChangeRequest(ctx context.Context, in MoveChangeRequestInput) (*ChangeRequestPayload, error) {
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.MoveRequest{Number: in.Number, Move: in.Move, Note: orZero(in.Note)}},
	}, in.Number, nil)
}

func (m *mutation) DecideChangeRequest(ctx context.Context, in DecideChangeRequestInput) (*ChangeRequestPayload, error) {
	_, edits, err := convert(in.Edits.Value())
	decide := framework.DecideRequest{
		Number: in.Number, Outcome: in.Outcome, Text: orZero(in.Text), Apply: in.Apply, Amended: edits,
		Base: int64(in.BaseRevision), WhatChanged: orZero(in.WhatChanged), DuplicateOf: orZero(in.DuplicateOf),
	}
	for i, k := range in.Keep.Value() {
		_, edits, bad := convert(k.Edits.Value())
		if bad != nil && err == nil {
			err = within(bad, "keep", i)
		}
		decide.Keep = append(decide.Keep, framework.RaiseRequest{
			Title: k.Title, Summary: orZero(k.Summary), Rationale: orZero(k.Rationale), DraftText: orZero(k.DraftText),
			SourceURL: orZero(k.SourceURL), OnBehalfOf: who(k.OnBehalfOf).Value, Assignee: who(k.Assignee).Value,
			Subjects: subjects(k.Subjects.Value()), Theme: orZero(k.Theme), TargetRelease: orZero(k.TargetRelease),
			Edits: edits, Base: int64(in.BaseRevision), Note: orZero(k.Note),
		})
	}
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{decide},
	}, in.Number, err)
}

func (m *mutation) ApplyChangeRequest(ctx context.Context, in ApplyChangeRequestInput) (*ChangeRequestPayload, error) {
	_, edits, err := convert(in.Edits.Value())
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.ApplyRequest{
			Number: in.Number, Amended: edits, Base: int64(in.BaseRevision), WhatChanged: orZero(in.WhatChanged),
		}},
	}, in.Number, err)
}

func (m *mutation) LinkChangeRequests(ctx context.Context, in LinkChangeRequestsInput) (*ChangeRequestPayload, error) {
	return m.request(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.LinkRequest{Number: in.Number, Type: in.Type, To: in.To, Remove: in.Remove}},
	}, in.Number, nil)
}

// request makes an edit of the tracker and shows the change request it is about: the
// one with a number, or the one that was raised. bad, if not nil, is why the input
// cannot be taken.
func (m *mutation) request(ctx context.Context, req catalog.Request, number int, bad error) (*ChangeRequestPayload, error) {
	p := &ChangeRequestPayload{Errors: []UserError{}}
	f, outcome, err := m.track(ctx, req, bad, &p.Errors, &p.Revision)
	if err != nil || f == nil {
		return p, err
	}
	if key := touchedKey(outcome, req.Framework, framework.KindChangeRequest); number == 0 {
		number, _ = strconv.Atoi(key)
	}
	p.ChangeRequest = f.ChangeRequest(number)
	return p, nil
}

// track makes an edit of the tracker; the framework is nil when it was refused.
func (m *mutation) track(ctx context.Context, req catalog.Request, bad error, errs *[]UserError, revision **framework.RevisionView) (*framework.FrameworkView, catalog.Outcome, error) {
	op := operationOf(ctx)
	outcome, err := catalog.Outcome{}, bad
	if err == nil {
		change := m.Catalog.Edit
		if len(framework.Redactions(req.Framework, req.Edits)) > 0 {
			change = m.Catalog.Redact
		}
		outcome, err = change(ctx, op.viewer.Actor, req)
	}
	if err != nil {
		*errs, err = m.userErrors(ctx, err, []string{""})
		return nil, outcome, err
	}
	var f *framework.FrameworkView
	*revision, f = m.result(op, outcome, req.Framework)
	return f, outcome, nil
}

// touchedKey is the key of what a revision did to entities of a kind, if it did to any.
func touchedKey(o catalog.Outcome, code string, kind framework.Kind) string {
	if o.Revision != nil {
		for _, t := range o.Revision.Touches {
			if t.Kind == kind && t.Framework == code {
				return t.Key
			}
		}
	}
	return ""
}

func (m *mutation) CommentOnChangeRequest(ctx context.Context, in CommentOnChangeRequestInput) (*CommentPayload, error) {
	return m.comment(ctx, catalog.Request{
		Framework: in.Framework, RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.CommentRequest{Number: in.Number, Body: in.Body}},
	}, in.Number, 0)
}

func (m *mutation) EditComment(ctx context.Context, in EditCommentInput) (*CommentPayload, error) {
	return m.comment(ctx, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.EditComment{Number: in.Number, Comment: in.Comment, Body: in.Body}},
	}, in.Number, in.Comment)
}

func (m *mutation) RedactComment(ctx context.Context, in RedactCommentInput) (*CommentPayload, error) {
	return m.comment(ctx, catalog.Request{
		Framework: in.Framework, Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.RedactComment{Number: in.Number, Comment: in.Comment}},
	}, in.Number, in.Comment)
}

// comment makes an edit of a comment, a new one when its number is 0.
func (m *mutation) comment(ctx context.Context, req catalog.Request, number, comment int) (*CommentPayload, error) {
	p := &CommentPayload{Errors: []UserError{}}
	f, outcome, err := m.track(ctx, req, nil, &p.Errors, &p.Revision)
	if err != nil || f == nil {
		return p, err
	}
	r := f.ChangeRequest(number)
	if r == nil {
		return p, nil
	}
	if comment == 0 {
		comment = framework.PartNumber(touchedKey(outcome, req.Framework, framework.KindComment))
	}
	p.Comment = r.Comment(comment)
	return p, nil
}

func (m *mutation) RedactPerson(ctx context.Context, in RedactPersonInput) (*RedactPersonPayload, error) {
	p := &RedactPersonPayload{Errors: []UserError{}}
	f, _, err := m.track(ctx, catalog.Request{
		Framework: in.Framework, Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: []framework.Edit{framework.RedactPerson{ID: in.Actor}},
	}, nil, &p.Errors, &p.Revision)
	if err != nil || f == nil {
		return p, err
	}
	person := f.Actor(in.Actor)
	p.Person = &person
	return p, nil
}

// within moves the path of a refusal into a field of the input.
func within(err error, path ...any) error {
	if refusal, ok := err.(*framework.Error); ok {
		at := *refusal
		at.Path = append(path, at.Path...)
		return &at
	}
	return err
}

func who(in graphql.Omittable[*WhoInput]) framework.Opt[framework.Who] {
	if !in.IsSet() {
		return framework.Opt[framework.Who]{}
	}
	var w framework.Who
	if v := in.Value(); v != nil {
		w = framework.Who{ID: orZero(v.Actor), Name: orZero(v.Name)}
	}
	return framework.Some(w)
}

func subjects(in []SubjectInput) []framework.Subject {
	var list []framework.Subject
	for _, s := range in {
		list = append(list, framework.Subject{Kind: s.Kind.Kind(), Key: orZero(s.Key), Name: orZero(s.Name)})
	}
	return list
}
