package graph

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

const (
	maxFiles = 20 // of one import
	// maxFileName bounds the names of its files, which all that is told of them repeats.
	maxFileName = 255
	// maxUnpacked bounds what archives unpack to of those who may but propose imports, as
	// the server bounds what they send.
	maxUnpacked = 16 << 20
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
	p := &EditFrameworkPayload{Errors: []UserError{}}
	p.Revision, p.Framework = m.result(op, outcome, req.Framework)
	return p, nil
}

// result shows what has come of a change. The first outcome of a request that was
// sent again may be of the past: what it shows then says so in its ids.
func (m *mutation) result(op *operation, o catalog.Outcome, code string) (*framework.RevisionView, *framework.FrameworkView) {
	past := o.Replayed && o.World.Seq() < m.Catalog.Head().Seq()
	viewer := *op.viewer
	viewer.Head = o.World
	f := o.World.View(&viewer, code, past)
	if o.Revision == nil {
		return nil, f
	}
	return o.World.Revision(&viewer, o.Revision.Seq), f
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

// nameOf gives the display name of an actor by id, or empty; with those who have no
// account.
func (a *api) nameOf(ctx context.Context) func(id string) string {
	head := operationOf(ctx).head
	return func(id string) string { return cmp.Or(a.Names(id), head.PersonName(id)) }
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
			list[i] = UserError{Code: p.Code, Message: sentence(p.Message, path), Path: path}
		}
		return list, nil
	case errors.As(err, &conflict):
		viewer := operationOf(ctx).viewer
		list := make([]UserError, len(conflict.Clashes))
		for i, c := range conflict.Clashes {
			if other := c.OtherFramework(); other != "" && !viewer.Actor.May(framework.DeedRead, other) {
				list[i] = UserError{
					Code: framework.Conflict, Path: []string{"edits"},
					Message: "something that you may not see, and the edits would change, has been changed since",
				}
				continue
			}
			list[i] = UserError{
				Code: framework.Conflict, Message: c.Message(a.nameOf(ctx)), Path: requestPath(c.Path(), names),
				Conflict: &Conflict{Entity: entityRef(c.Ref), Fields: c.Fields},
			}
			list[i].Conflict.Revision = a.Catalog.Head().Revision(viewer, c.By.Seq)
		}
		return list, nil
	case errors.As(err, &refusal) && refusal.Code != framework.Internal:
		a.logCause(ctx, err)
		path := requestPath(refusal.Path, names)
		told := UserError{Code: refusal.Code, Message: sentence(refusal.Message, path), Path: path}
		if unknown := (*catalog.OutcomeUnknown)(nil); errors.As(err, &unknown) {
			told.Outcome = &PossibleRevision{Seq: int(unknown.Seq), UUID: unknown.ID}
		}
		return []UserError{told}, nil
	}
	return nil, err
}

// sentence makes a message about a field, such as "is required", one that can be
// read without its path.
func sentence(message string, path []string) string {
	if len(path) > 0 && (strings.HasPrefix(message, "is ") || strings.HasPrefix(message, "contains ")) {
		at := len(path) - 1
		for at > 0 && strings.Trim(path[at], "0123456789") == "" {
			at-- // the place in a list
		}
		return strings.Join(path[at:], ".") + " " + message
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
		Counts: &ImportCounts{}, Changes: []ImportChange{}, Faults: []ImportFault{}, Remarks: []ImportFault{},
		Missing: []ImportMissing{}, Renames: []ImportRename{}, Errors: []UserError{},
	}
	err := m.importInto(ctx, in, p)
	if err != nil {
		p.Errors, err = m.userErrors(ctx, err, nil)
	}
	for i, e := range p.Errors {
		if len(e.Path) > 0 && e.Path[0] == "edits" { // the plan's, not the caller's
			p.Errors[i].Path = importPath(in, e.Path)
		}
	}
	return p, err
}

// importPath is the place in the input of an import that a place in the edits is, which
// its caller did not give.
func importPath(in ImportFrameworkInput, edits []string) []string {
	switch {
	case in.ChangeRequest.Value() == nil:
		return []string{}
	case len(edits) == 3 && slices.Contains([]string{"title", "summary", "rationale", "theme", "targetRelease"}, edits[2]):
		return []string{"changeRequest", edits[2]}
	}
	return []string{"changeRequest"}
}

func (m *mutation) importInto(ctx context.Context, in ImportFrameworkInput, p *ImportFrameworkPayload) error {
	op := operationOf(ctx)
	code := orZero(in.Framework)
	proposal := in.ChangeRequest.Value()
	deed := framework.DeedEdit
	if proposal != nil {
		deed = framework.DeedContribute
	}
	if !op.viewer.Actor.MaySomewhere(deed) {
		return op.viewer.Actor.Require(deed, code)
	}
	select {
	case m.importing <- struct{}{}:
		defer func() { <-m.importing }()
	case <-ctx.Done():
		return framework.Errorf(framework.Unavailable, "another import is still at work; nothing was changed, try again")
	}
	files, err := importFiles(in.Files)
	if err != nil {
		return err
	}
	unpacked := uint64(0)
	if !op.viewer.Actor.MaySomewhere(framework.DeedEdit) {
		unpacked = maxUnpacked
	}
	// Faults must not tell of what the actor may not see.
	world := m.Catalog.Head().VisibleTo(op.viewer.Actor)
	plan, err := exchange.Import(ctx, world, strings.ToLower(string(in.Format)), files, exchange.Options{
		Framework: code, SkipBadRows: in.SkipBadRows, RetireMissing: in.RetireMissing,
		Columns: columns(in.Columns.Value()), Same: same(in.Same.Value()), Propose: proposal != nil, MaxUnpacked: unpacked,
	})
	if err != nil {
		return err
	}
	// What the plan tells of a framework is for those who may see it.
	if err := mayImport(op.viewer.Actor, deed, plan); err != nil {
		return err
	}
	describeImport(p, world, plan)
	switch {
	case plan.Refused && in.SkipBadRows:
		return framework.Errorf(framework.Invalid, "the files have faults that leaving rows out does not cure, see faults; mend them")
	case plan.Refused && in.Format == ImportFormatTracker:
		return framework.Errorf(framework.Invalid, "the files have faults, see faults; mend them")
	case len(plan.Faults) > 0 && !in.SkipBadRows:
		return framework.Errorf(framework.Invalid, "the files have faults, see faults; mend them, or leave the rows out with skipBadRows")
	}
	req := catalog.Request{
		Framework: plan.Framework, BaseRevision: world.Seq(),
		Message: orZero(in.Message), RequestID: orZero(in.RequestID), Digest: importDigest(in), Edits: plan.Edits,
	}
	if proposal != nil {
		return m.propose(ctx, in, req, plan, p)
	}
	if in.DryRun {
		return nil
	}
	outcome, err := m.Catalog.Edit(ctx, op.viewer.Actor, req)
	if err != nil {
		return err
	}
	p.Revision, p.Framework = m.result(op, outcome, plan.Framework)
	return nil
}

// propose raises a change request that proposes what a plan would do.
func (m *mutation) propose(ctx context.Context, in ImportFrameworkInput, req catalog.Request, plan *exchange.Plan, p *ImportFrameworkPayload) error {
	op := operationOf(ctx)
	r := in.ChangeRequest.Value()
	raise, bad := plan.Proposal(req.BaseRevision, framework.RaiseRequest{
		Title: r.Title, Summary: orZero(r.Summary), Rationale: orZero(r.Rationale),
		Theme: orZero(r.Theme), TargetRelease: orZero(r.TargetRelease), Submit: r.Submit,
	})
	if in.DryRun {
		return within(bad, "changeRequest")
	}
	req.BaseRevision, req.Edits = 0, []framework.Edit{raise}
	// Once it was made there may be nothing left to propose.
	outcome, seen, err := m.Catalog.Seen(ctx, op.viewer.Actor, req)
	switch {
	case err != nil:
		return err
	case !seen && bad != nil:
		return within(bad, "changeRequest")
	case !seen:
		if outcome, err = m.Catalog.Edit(ctx, op.viewer.Actor, req); err != nil {
			return err
		}
	}
	p.Revision, p.Framework = m.result(op, outcome, req.Framework)
	number, _ := strconv.Atoi(touchedKey(outcome, req.Framework, framework.KindChangeRequest))
	p.ChangeRequest = p.Framework.ChangeRequest(number)
	return nil
}

// importDigest tells imports with the same request id apart. Their edits do not:
// the second time there is nothing left to change.
func importDigest(in ImportFrameworkInput) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %t %t", in.Format, in.SkipBadRows, in.RetireMissing)
	for _, f := range in.Files {
		fmt.Fprintf(h, " %q %q", f.Name, f.Content)
	}
	// What came later is left out where it is not given: digests are kept.
	for _, c := range in.Columns.Value() {
		fmt.Fprintf(h, " column %q %q", c.Header, c.Field)
	}
	for _, s := range in.Same.Value() {
		fmt.Fprintf(h, " same %q %q %q", orZero(s.Kind), s.Store, s.File)
	}
	if r := in.ChangeRequest.Value(); r != nil {
		fmt.Fprintf(h, " request %q %q %q %q %q %t", r.Title, orZero(r.Summary), orZero(r.Rationale), orZero(r.Theme), orZero(r.TargetRelease), r.Submit)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mayImport is nil when an actor may do a deed to a framework with a plan.
func mayImport(actor framework.Actor, deed framework.Deed, plan *exchange.Plan) error {
	// Asked first, this does not tell whether the framework is there.
	if err := actor.Require(deed, plan.Framework); err != nil {
		return err
	}
	if plan.Creates && deed == framework.DeedEdit {
		return actor.Require(framework.DeedCreate, plan.Framework)
	}
	return nil
}

func columns(in []ImportColumn) []exchange.Column {
	list := make([]exchange.Column, len(in))
	for i, c := range in {
		list[i] = exchange.Column{Header: c.Header, Field: c.Field}
	}
	return list
}

func same(in []ImportSame) []exchange.Same {
	list := make([]exchange.Same, len(in))
	for i, s := range in {
		list[i] = exchange.Same{Kind: framework.Kind(strings.ToLower(string(orZero(s.Kind)))), Store: s.Store, File: s.File}
	}
	return list
}

func importFiles(in []ImportFile) ([]exchange.File, error) {
	if len(in) > maxFiles {
		return nil, framework.Errorf(framework.LimitExceeded, "there are %d files; one import may have %d", len(in), maxFiles)
	}
	files := make([]exchange.File, len(in))
	for i, f := range in {
		if len(f.Name) > maxFileName {
			return nil, &framework.Error{
				Code:    framework.LimitExceeded,
				Message: fmt.Sprintf("is %d bytes long; at most %d are allowed", len(f.Name), maxFileName), Path: []any{"files", i, "name"},
			}
		}
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
func describeImport(p *ImportFrameworkPayload, w *framework.World, plan *exchange.Plan) {
	effects := plan.Effects(w)
	total := exchange.Tally(effects)
	p.Counts = &ImportCounts{Created: total.Created, Updated: total.Updated, Renamed: total.Renamed, Removed: total.Removed}
	for _, e := range effects[:min(len(effects), maxListed)] {
		p.Changes = append(p.Changes, ImportChange{
			Entity: entityRef(e.Ref), Action: e.Action, Fields: e.Fields, Name: notEmpty(e.Name), NameBefore: notEmpty(e.NameBefore),
		})
	}
	p.Faults, p.Remarks = importFaults(plan.Faults), importFaults(plan.Remarks)
	for _, r := range plan.Missing[:min(len(plan.Missing), maxListed)] {
		p.Missing = append(p.Missing, ImportMissing{
			Kind: r.Kind.Public(), Key: r.Key, Field: notEmpty(r.Field), Name: notEmpty(framework.NameOf(w.Entity(r.Ref))),
		})
	}
	for _, r := range plan.Renames[:min(len(plan.Renames), maxListed)] {
		p.Renames = append(p.Renames, ImportRename{
			Kind: r.Kind.Public(), From: r.From, To: r.To, FromName: r.FromName, ToName: r.ToName, Why: r.Why,
		})
	}
	p.SkippedRows = plan.Skipped
}

func importFaults(list []exchange.Fault) []ImportFault {
	out := make([]ImportFault, len(list))
	for i, f := range list {
		out[i] = ImportFault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message}
	}
	return out
}

func notEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
