package graph

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

const (
	maxFiles = 20 // of one import
	// maxListed bounds the lists in the payload of an import.
	maxListed = 1_000
)

type mutation struct {
	*api
}

func (m *mutation) EditFramework(ctx context.Context, in EditFrameworkInput) (*EditFrameworkPayload, error) {
	names, edits, err := convert(in.Edits)
	if err != nil {
		return m.refused(ctx, err, names)
	}
	return m.edit(ctx, names, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision),
		Message: orZero(in.Message), RequestID: orZero(in.RequestID), Edits: edits,
	})
}

func (m *mutation) CreateFramework(ctx context.Context, in CreateFrameworkInput) (*EditFrameworkPayload, error) {
	names, edits, err := convert(in.Edits.Value())
	if err != nil {
		return m.refused(ctx, err, names)
	}
	create := framework.CreateFramework{
		Code: in.Code, Name: in.Name, Description: orZero(in.Description), Publisher: orZero(in.Publisher),
		URL: orZero(in.URL), Licence: orZero(in.Licence), Attribution: orZero(in.Attribution), Locale: orZero(in.Locale),
		SkillCodePattern: orZero(in.SkillCodePattern), SkillCodeHint: orZero(in.SkillCodeHint),
	}
	return m.edit(ctx, append([]string{""}, names...), catalog.Request{
		Framework: in.Code, Message: orZero(in.Message), RequestID: orZero(in.RequestID),
		Edits: append([]framework.Edit{create}, edits...),
	})
}

func (m *mutation) ArchiveFramework(ctx context.Context, in ArchiveFrameworkInput) (*EditFrameworkPayload, error) {
	var e framework.Edit = framework.ArchiveFramework{}
	if !in.Archived {
		e = framework.UnarchiveFramework{}
	}
	return m.edit(ctx, []string{""}, catalog.Request{
		Framework: in.Framework, BaseRevision: int64(in.BaseRevision),
		Message: orZero(in.Message), RequestID: orZero(in.RequestID), Edits: []framework.Edit{e},
	})
}

// edit makes edits; names are the fields of the request they were given under,
// empty for one that stands for the request itself.
func (m *mutation) edit(ctx context.Context, names []string, req catalog.Request) (*EditFrameworkPayload, error) {
	op := operationOf(ctx)
	outcome, err := m.Catalog.Edit(ctx, op.viewer.Actor, req)
	if err != nil {
		return m.refused(ctx, err, names)
	}
	p := &EditFrameworkPayload{
		Framework: outcome.World.View(op.viewer, req.Framework, false),
		Errors:    []UserError{},
	}
	if outcome.Revision != nil {
		p.Revision = outcome.World.Revision(op.viewer, outcome.Revision.Seq)
	}
	return p, nil
}

// convert turns the edits of a request into those of the domain, and tells the
// names of the fields they were given under.
func convert(in []EditInput) (names []string, edits []framework.Edit, err error) {
	for i, e := range in {
		name, edit := e.edit()
		if edit == nil {
			return nil, nil, &framework.Error{
				Code: framework.Invalid, Message: "an edit takes exactly one of its fields", Path: []any{"edits", i},
			}
		}
		names, edits = append(names, name), append(edits, edit)
	}
	return names, edits, nil
}

// refused answers a change that was refused. What is not a refusal stays an error.
func (a *api) refused(ctx context.Context, err error, names []string) (*EditFrameworkPayload, error) {
	list, err := a.userErrors(ctx, err, names)
	if err != nil {
		return nil, err
	}
	return &EditFrameworkPayload{Errors: list}, nil
}

// userErrors tells a refusal to the caller.
func (a *api) userErrors(ctx context.Context, err error, names []string) ([]UserError, error) {
	var problems *catalog.Problems
	var conflict *catalog.Conflict
	var refusal *framework.Error
	switch {
	case errors.As(err, &problems):
		list := make([]UserError, len(problems.List))
		for i, p := range problems.List {
			path := requestPath([]any{"edits", p.Edit}, names)
			if p.Field != "" {
				path = append(path, strings.Split(p.Field, ".")...)
			}
			list[i] = UserError{Code: framework.Invalid, Message: sentence(p.Message, path), Path: path}
		}
		return list, nil
	case errors.As(err, &conflict):
		list := make([]UserError, len(conflict.Clashes))
		for i, c := range conflict.Clashes {
			list[i] = UserError{
				Code: framework.Conflict, Message: c.Message(a.Names), Path: requestPath(c.Path(), names),
				Conflict: &Conflict{Entity: entityRef(c.Ref), Fields: c.Fields},
			}
			list[i].Conflict.Revision = a.Catalog.Head().Revision(operationOf(ctx).viewer, c.By.Seq)
		}
		return list, nil
	case errors.As(err, &refusal) && refusal.Code != framework.Internal:
		a.logCause(ctx, err)
		path := requestPath(refusal.Path, names)
		return []UserError{{Code: refusal.Code, Message: sentence(refusal.Message, path), Path: path}}, nil
	}
	return nil, err
}

// sentence makes a message about a field, such as "is required", one that can be
// read without its path.
func sentence(message string, path []string) string {
	if len(path) > 0 && (strings.HasPrefix(message, "is ") || strings.HasPrefix(message, "contains ")) {
		return path[len(path)-1] + " " + message
	}
	return message
}

// requestPath turns the path of an edit into that of the field of the request it
// was given under. Edits whose name is empty stand for the request itself.
func requestPath(path []any, names []string) []string {
	own := 0
	for own < len(names) && names[own] == "" {
		own++
	}
	at := []string{}
	for i := 0; i < len(path); i++ {
		n, isIndex := path[i].(int)
		switch {
		case i == 0 && path[0] == "edits" && len(path) > 1:
			if n, _ := path[1].(int); n < own {
				i++ // the request itself
				continue
			}
			at = append(at, "edits")
		case i == 1 && isIndex && path[0] == "edits" && n < len(names):
			at = append(at, strconv.Itoa(n-own), names[n])
		default:
			at = append(at, fmt.Sprint(path[i]))
		}
	}
	return at
}

func entityRef(r framework.Ref) *EntityRef {
	return &EntityRef{Kind: r.Kind.Public(), Key: r.Key}
}

func (m *mutation) ImportFramework(ctx context.Context, in ImportFrameworkInput) (*ImportFrameworkPayload, error) {
	p := &ImportFrameworkPayload{
		Counts: &ImportCounts{}, Changes: []ImportChange{}, Faults: []ImportFault{}, Missing: []ImportMissing{}, Errors: []UserError{},
	}
	err := m.importInto(ctx, in, p)
	if err != nil {
		p.Errors, err = m.userErrors(ctx, err, nil)
	}
	for i, e := range p.Errors {
		if len(e.Path) > 0 && e.Path[0] == "edits" { // the plan's, not the caller's
			p.Errors[i].Path = []string{}
		}
	}
	return p, err
}

func (m *mutation) importInto(ctx context.Context, in ImportFrameworkInput, p *ImportFrameworkPayload) error {
	op := operationOf(ctx)
	code := orZero(in.Framework)
	if !op.viewer.Actor.MaySomewhere(framework.DeedEdit) {
		return op.viewer.Actor.Require(framework.DeedEdit, code)
	}
	files, err := importFiles(in.Files)
	if err != nil {
		return err
	}
	// Faults must not tell of what the actor may not see.
	world := m.Catalog.Head().VisibleTo(op.viewer.Actor)
	plan, err := exchange.Import(world, strings.ToLower(string(in.Format)), files, exchange.Options{
		Framework: code, SkipBadRows: in.SkipBadRows, RetireMissing: in.RetireMissing,
	})
	if err != nil {
		return err
	}
	// What the plan tells of a framework is for those who may see it.
	if err := mayImport(op.viewer.Actor, plan); err != nil {
		return err
	}
	describeImport(p, world, plan, op.viewer.Actor)
	if len(plan.Faults) > 0 && !in.SkipBadRows {
		return framework.Errorf(framework.Invalid, "the files have faults, see faults; mend them, or leave the rows out with skipBadRows")
	}
	if in.DryRun {
		return nil
	}
	outcome, err := m.Catalog.Edit(ctx, op.viewer.Actor, catalog.Request{
		Framework: plan.Framework, BaseRevision: world.Seq(),
		Message: orZero(in.Message), RequestID: orZero(in.RequestID), Edits: plan.Edits,
	})
	if err != nil {
		return err
	}
	p.Framework = outcome.World.View(op.viewer, plan.Framework, false)
	if outcome.Revision != nil {
		p.Revision = outcome.World.Revision(op.viewer, outcome.Revision.Seq)
	}
	return nil
}

// mayImport is nil when an actor may carry out a plan.
func mayImport(actor framework.Actor, plan *exchange.Plan) error {
	// Asked first, this does not tell whether the framework is there.
	if err := actor.Require(framework.DeedEdit, plan.Framework); err != nil {
		return err
	}
	if plan.Creates {
		if err := actor.Require(framework.DeedCreate, plan.Framework); err != nil {
			return err
		}
	}
	for _, e := range plan.Edits {
		if r, ok := e.(framework.Relate); ok && r.ToFramework != "" {
			if err := actor.Require(framework.DeedRead, r.ToFramework); err != nil {
				return err
			}
		}
	}
	return nil
}

func importFiles(in []ImportFile) ([]exchange.File, error) {
	if len(in) > maxFiles {
		return nil, framework.Errorf(framework.LimitExceeded, "there are %d files; one import may have %d", len(in), maxFiles)
	}
	files := make([]exchange.File, len(in))
	for i, f := range in {
		content, err := base64.StdEncoding.DecodeString(f.Content)
		if err != nil {
			return nil, &framework.Error{
				Code: framework.Invalid, Message: "is not Base64: " + err.Error(), Path: []any{"files", i, "content"},
			}
		}
		files[i] = exchange.File{Name: f.Name, Content: content}
	}
	return files, nil
}

// describeImport tells what a plan would do.
func describeImport(p *ImportFrameworkPayload, w *framework.World, plan *exchange.Plan, actor framework.Actor) {
	mayTell := func(r framework.Ref) bool {
		other := r.OtherFramework()
		return other == "" || actor.May(framework.DeedRead, other)
	}
	for _, d := range w.Differences(plan.Changes) {
		switch d.Action {
		case framework.Created:
			p.Counts.Created++
		case framework.Removed:
			p.Counts.Removed++
		default:
			p.Counts.Updated++
		}
		if len(p.Changes) < maxListed && mayTell(d.Ref) {
			p.Changes = append(p.Changes, ImportChange{Entity: entityRef(d.Ref), Action: d.Action, Fields: d.Fields})
		}
	}
	for _, f := range plan.Faults[:min(len(plan.Faults), maxListed)] {
		p.Faults = append(p.Faults, ImportFault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message})
	}
	for _, r := range plan.Missing {
		if len(p.Missing) == maxListed {
			break
		}
		if !mayTell(r.Ref) {
			continue
		}
		missing := ImportMissing{Kind: r.Kind.Public(), Key: r.Key}
		if r.Field != "" {
			missing.Field = &r.Field
		}
		p.Missing = append(p.Missing, missing)
	}
	p.SkippedRows = plan.Skipped
}
