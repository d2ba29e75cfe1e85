package framework_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// reader returns a viewer of the last of worlds who can look back.
func reader(worlds []*World, who Actor) *Viewer {
	v := anyone()
	v.Actor, v.Head = who, last(worlds)
	v.Past = func(_ context.Context, seq int64) (*World, error) {
		return worlds[slices.IndexFunc(worlds, func(w *World) bool { return w.Seq() == seq })], nil
	}
	return v
}

func view(worlds []*World, who Actor) *FrameworkView {
	return last(worlds).View(reader(worlds, who), "demo", false)
}

func fields(diffs []EntityDiffView, t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, d := range diffs {
		for _, f := range must(d.Fields(t.Context())) {
			lines = append(lines, fmt.Sprintf("%s %s %s: %s -> %s", strings.ToLower(string(d.Action())), d.Key(), f.Path, show(f.Old), show(f.New)))
		}
	}
	return lines
}

// TestProposalFollowsTheHead shows a proposal while it is open, as others change
// what it is about, and once it is decided.
func TestProposalFollowsTheHead(t *testing.T) {
	worlds := acted(t, tracked(t), ann, MoveRequest{Number: 1, Move: MoveSubmit})
	diff := func() []string {
		return fields(must(view(worlds, ann).ChangeRequest(1).Proposal(nil).Diff(t.Context())), t)
	}
	asked := []string{
		"updated BAKE name: Baking -> Bread and cake",
		"updated BAKE levels.4: - -> Runs a bakery.",
	}
	if d := cmp.Diff(asked, diff()); d != "" {
		t.Errorf("at first:\n%s", d)
	}
	conflicts := func() []string {
		var list []string
		for _, c := range must(view(worlds, ann).ChangeRequest(1).Proposal(nil).Conflicts(t.Context())) {
			list = append(list, fmt.Sprintf("%s %s: %s / %s / %s", c.Key(), show(c.Field()), show(c.Base()), show(c.Theirs()), show(c.Ours())))
		}
		return list
	}
	worlds = acted(t, worlds, eve, UpdateSkill{Code: "BAKE", Description: Some("Bakes much.")})
	if got := conflicts(); got != nil {
		t.Errorf("another field conflicts: %v", got)
	}
	worlds = acted(t, worlds, eve, UpdateSkill{Code: "BAKE", Name: Some("Baking well")})
	if d := cmp.Diff([]string{"BAKE name: Baking / Baking well / Bread and cake"}, conflicts()); d != "" {
		t.Errorf("conflicts:\n%s", d)
	}
	asked[0] = "updated BAKE name: Baking well -> Bread and cake"
	if d := cmp.Diff(asked, diff()); d != "" {
		t.Errorf("against the head:\n%s", d)
	}
	_, problems := attempt(worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept, Apply: true})
	if len(problems) != 1 || problems[0].Code != Conflict {
		t.Errorf("applied all the same: %v", problems)
	}
	worlds = acted(t, worlds, eve, RemoveLevel{4})
	p := must(view(worlds, ann).ChangeRequest(1).Proposal(nil).Problems(t.Context()))
	if len(p) != 1 || p[0].Edit != 1 || show(p[0].Field) != "defineSkillLevel.level" {
		t.Errorf("%+v", p)
	}
	if diff() != nil {
		t.Error("there is a diff of edits that cannot be made")
	}
	// Decided, it is shown on its base again.
	worlds = acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeDecline})
	asked[0] = "updated BAKE name: Baking -> Bread and cake"
	if d := cmp.Diff(asked, diff()); d != "" {
		t.Errorf("frozen:\n%s", d)
	}
	if got := conflicts(); got != nil {
		t.Errorf("a decided one conflicts: %v", got)
	}
}

func TestApplicationTellsWhatWasAmended(t *testing.T) {
	worlds := acted(t, tracked(t), ann, MoveRequest{Number: 1, Move: MoveSubmit})
	worlds = acted(t, worlds, eve, DecideRequest{
		Number: 1, Outcome: OutcomeAccept, Apply: true, Base: last(worlds).Seq(),
		Amended: []Edit{UpdateSkill{Code: "BAKE", Name: Some("Bread")}},
	})
	worlds = acted(t, worlds, eve, UpdateSkill{Code: "BAKE", Name: Some("Something else since")})
	a := view(worlds, bob).ChangeRequest(1).Applications()[0]
	if d := cmp.Diff([]string{"updated BAKE name: Baking -> Bread"}, fields(must(a.Diff(t.Context())), t)); d != "" {
		t.Error(d)
	}
	want := []string{
		"updated BAKE name: Bread and cake -> Bread",
		"updated BAKE levels.4: Runs a bakery. -> -",
	}
	if d := cmp.Diff(want, fields(must(a.Amendment(t.Context())), t)); d != "" {
		t.Error(d)
	}
}

func TestPreview(t *testing.T) {
	worlds := acted(t, tracked(t), bob, ProposeEdits{Number: 2, Base: last(tracked(t)).Seq(), Edits: []Edit{
		UpdateSkill{Code: "BAKE", Description: Some("Bakes, salted.")}, RetireSkill{Code: "MIX"},
	}})
	worlds = acted(t, worlds, bob, RaiseRequest{Title: "Cake", Submit: true, Base: last(worlds).Seq(), Edits: []Edit{
		UpdateSkill{Code: "BAKE", Name: Some("Cake")},
	}})
	ctx := t.Context()
	w := last(worlds)
	before := dump(w)
	f := must(w.Preview(ctx, reader(worlds, ann), "demo", []int{1, 2}))
	if k := f.Skill("BAKE"); k.Name() != "Bread and cake" || show(k.Description()) != "Bakes, salted." || k.ID() != "skill:demo@cr1+2:BAKE" {
		t.Errorf("%s %s %s", k.ID(), k.Name(), show(k.Description()))
	}
	if v := f.Version(); v.Revision() != w.Seq() || v.Pinned() || !slices.Equal(v.ChangeRequests(), []int{1, 2}) {
		t.Errorf("%+v", v)
	}
	if n := f.Node(mustParse(t, "skill:demo@cr1+2:BAKE")); n.ID() != "skill:demo@cr1+2:BAKE" {
		t.Error(n.ID())
	}
	if d := cmp.Diff(before, dump(w)); d != "" {
		t.Errorf("the head has changed:\n%s", d)
	}
	if v := view(worlds, ann).Skill("BAKE"); v.Name() != "Baking" {
		t.Error("the head shows the preview")
	}
	refused := map[string]struct {
		who     Actor
		numbers []int
		code    Code
	}{
		"a draft of another":  {bob, []int{1}, NotFound},
		"unknown":             {eve, []int{9}, NotFound},
		"prose only":          {eve, []int{3}, Invalid},
		"twice":               {eve, []int{1, 1}, Invalid},
		"none":                {eve, nil, Invalid},
		"too many":            {eve, make([]int, 21), LimitExceeded},
		"the other way round": {eve, []int{2, 1}, ""},
		"clashing":            {eve, []int{1, 4}, Conflict},
	}
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := w.Preview(ctx, reader(worlds, c.who), "demo", c.numbers)
			var refusal *Error
			if errors.As(err, &refusal) && refusal.Code != c.code || err == nil && c.code != "" {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	if f, err := w.Preview(ctx, reader(worlds, Actor{}), "demo", []int{1}); f != nil || err != nil {
		t.Errorf("nobody sees %v, %v", f, err)
	}
}

func TestImpact(t *testing.T) {
	worlds := tracked(t)
	worlds = acted(t, worlds, bob, ProposeEdits{Number: 2, Base: last(worlds).Seq(), Edits: []Edit{
		RetireSkill{Code: "MIX"}, RemoveSkillLevel{Skill: "BAKE", Level: 2}, Require{Role: "chef", Skill: "TASTE", Level: 4},
	}})
	i := must(view(worlds, ann).ChangeRequest(2).Proposal(nil).Impact(t.Context()))
	var got []string
	for _, r := range i.Roles {
		got = append(got, fmt.Sprintf("%s %s %s", r.Role.Code(), r.Skill.Code(), r.Reason))
	}
	for _, r := range i.Relations {
		got = append(got, r.From().Code()+" "+string(r.Type())+" "+r.To().Code())
	}
	for _, l := range i.RemovedLevels {
		got = append(got, fmt.Sprint(l.SkillLevel.Code(), l.Retired))
	}
	for _, r := range i.ChangeRequests {
		got = append(got, fmt.Sprint("#", r.Number()))
	}
	want := []string{
		"baker BAKE LEVEL_REMOVED", "baker MIX SKILL_RETIRED", "chef TASTE REQUIREMENT_CHANGED",
		"BAKE PREREQUISITE MIX", "BAKE_2false", "#1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// Who may not see ann's draft is not told of it.
	if i := must(view(worlds, bob).ChangeRequest(2).Proposal(nil).Impact(t.Context())); len(i.ChangeRequests) != 0 {
		t.Error("bob sees ann's draft")
	}
	l := must(view(worlds, bob).ChangeRequest(2).Proposal(nil).Lint(t.Context()))
	if len(l.Added) == 0 {
		t.Error("lint finds nothing more")
	}
}

// TestConcerns finds requests from what they are about, and what they name.
func TestConcerns(t *testing.T) {
	worlds := tracked(t)
	worlds = acted(t, worlds, bob, CommentRequest{Number: 3, Body: "As CR#2 says of Baking (BAKE), and oldc."})
	ctx := t.Context()
	f := view(worlds, eve)
	numbers := func(c RequestConnection, err error) string {
		var list []int
		for _, r := range must(c, err).Nodes() {
			list = append(list, r.Number())
		}
		return fmt.Sprint(list)
	}
	skill := func(code string, by ...Concern) string {
		return numbers(f.Skill(code).ChangeRequests(ctx, nil, nil, nil, nil, nil, by))
	}
	names := func(list []RequestView, err error) string {
		var n []int
		for _, r := range must(list, err) {
			n = append(n, r.Number())
		}
		return fmt.Sprint(n)
	}
	mentioned := func(number int) string {
		var list []string
		for _, m := range must(f.ChangeRequest(number).Mentions(ctx)) {
			list = append(list, string(m.Kind)+" "+m.Key)
		}
		return fmt.Sprint(list)
	}
	text, open := "SALT taste2", true
	filter := func(r RequestFilter) string {
		return numbers(f.ChangeRequests(ctx, nil, nil, nil, nil, &r, RequestsByNumber))
	}
	tests := map[string]struct{ got, want string }{
		"all of a skill":        {skill("BAKE"), "[1 3]"},
		"subjects":              {skill("BAKE", AppliesTo), "[1]"},
		"proposals":             {skill("BAKE", Proposes), "[1]"},
		"mentions":              {skill("BAKE", Mentions), "[3]"},
		"mention of a level":    {skill("TASTE", Mentions), "[2]"},
		"cites":                 {names(f.ChangeRequest(1).Cites(ctx)), "[2]"},
		"cited by":              {names(f.ChangeRequest(2).CitedBy(ctx)), "[1 3]"},
		"named":                 {mentioned(1), "[SKILL MIX]"},
		"named in a comment":    {mentioned(3), "[SKILL BAKE]"},
		"a level named":         {mentioned(2), "[SKILL_LEVEL TASTE_2]"},
		"by words":              {filter(RequestFilter{Text: &text}), "[2]"},
		"open":                  {filter(RequestFilter{Open: &open}), "[1 2]"},
		"by status":             {filter(RequestFilter{Status: []RequestStatus{RequestDeclined}}), "[3]"},
		"by subject":            {filter(RequestFilter{AppliesTo: &SubjectFilter{"SKILL_LEVEL", "BAKE_4"}}), "[1]"},
		"subjects keep names":   {show(f.ChangeRequest(1).Subjects()[0].Name()), "Baking"},
		"what is not there yet": {show(f.ChangeRequest(1).Subjects()[1].Name()), "Baking, leading"},
		"by update":             {numbers(f.ChangeRequests(ctx, nil, nil, nil, nil, nil, RequestsByUpdated)), "[1 2 3]"},
		"hidden":                {numbers(view(worlds, bob).Skill("BAKE").ChangeRequests(ctx, nil, nil, nil, nil, nil, nil)), "[3]"},
		"hidden citation":       {names(view(worlds, bob).ChangeRequest(2).CitedBy(ctx)), "[3]"},
		"counts":                {fmt.Sprint(must(f.ChangeRequestCounts(ctx, nil))), "[{DRAFT 1} {PENDING 1} {ACCEPTED 0} {DECLINED 1} {DEFERRED 0} {WITHDRAWN 0}]"},
	}
	for name, c := range tests {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
}

// TestDecisionsBesides are the decisions that do more than change a status.
func TestDecisionsBesides(t *testing.T) {
	worlds := tracked(t)
	base := last(worlds).Seq()
	worlds = acted(t, worlds, eve, DecideRequest{Number: 2, Outcome: OutcomeDecline, Text: "Only a pinch.", DuplicateOf: 3, Keep: []RaiseRequest{
		{Title: "A pinch of salt", Base: base, Edits: []Edit{UpdateSkill{Code: "TASTE", Guidance: Some("Salt.")}}},
	}})
	f := view(worlds, bob)
	kept := f.ChangeRequest(4)
	if kept.Status() != RequestDeferred || kept.Title() != "A pinch of salt" || kept.Proposal(nil) == nil {
		t.Errorf("%+v", kept)
	}
	links := func(number int) string {
		var list []string
		for _, l := range must(f.ChangeRequest(number).Links(t.Context())) {
			list = append(list, fmt.Sprint(l.Type, " ", l.ChangeRequest.Number()))
		}
		return fmt.Sprint(list)
	}
	for number, want := range map[int]string{2: "[DUPLICATES 3 FOLLOWED_BY 4]", 3: "[DUPLICATED_BY 2]", 4: "[FOLLOWS 2]"} {
		if got := links(number); got != want {
			t.Errorf("#%d: got %s, want %s", number, got, want)
		}
	}
	worlds = acted(t, worlds, eve, LinkRequest{Number: 4, Type: LinkFollows, To: 2, Remove: true})
	if n := len(request(last(worlds), 4).Links); n != 0 {
		t.Errorf("%d links are left", n)
	}
}

// TestRedaction takes texts and names away, and leaves that they were there.
func TestRedaction(t *testing.T) {
	worlds := acted(t, tracked(t), bob, CommentRequest{Number: 2, Body: "Secret."})
	worlds = acted(t, worlds, bob, EditComment{Number: 2, Comment: 1, Body: "Secret still."})
	guild := request(last(worlds), 1).OnBehalfOf
	if got := show(view(worlds, eve).ChangeRequest(1).OnBehalfOf().Name()); got != "The guild" {
		t.Error(got)
	}
	worlds = acted(t, worlds, kim, RedactComment{Number: 2, Comment: 1}, RedactPerson{ID: guild}, RedactPerson{ID: "bob"})
	f := view(worlds, eve)
	c := f.ChangeRequest(2).Comment(1)
	if c.Body() != nil || c.RedactedAt() == nil || c.Author().ID() != "bob" || c.Author().Name() != nil {
		t.Errorf("%+v", c)
	}
	versions := must(c.Versions(t.Context()))
	if len(versions) != 3 || slices.ContainsFunc(versions, func(v CommentVersion) bool { return v.Body != nil }) {
		t.Errorf("%+v", versions)
	}
	if who := f.ChangeRequest(1).OnBehalfOf(); who.Name() != nil || who.ID() != guild {
		t.Errorf("%+v", who)
	}
	if r := last(worlds).Revision(reader(worlds, eve), last(worlds).Seq()-1); r.Author().ID() != "bob" || r.Author().Name() != nil {
		t.Errorf("%+v", r)
	}
	if _, problems := attempt(worlds, bob, EditComment{Number: 2, Comment: 1, Body: "Again."}); len(problems) != 1 {
		t.Errorf("%v", problems)
	}
	if _, problems := attempt(worlds, kim, RedactPerson{ID: "nobody"}); len(problems) != 1 {
		t.Errorf("%v", problems)
	}
}

// TestReleaseStages names states, until they are published.
func TestReleaseStages(t *testing.T) {
	worlds := acted(t, tracked(t), eve, CreateRelease{Code: "1", Name: "First", Stage: ReleaseDraft, Revision: 2})
	worlds = acted(t, worlds, eve, UpdateRelease{Code: "1", Stage: Some(ReleaseBeta), Revision: Some(int64(4))})
	worlds = acted(t, worlds, eve, UpdateRelease{Code: "1", Stage: Some(ReleasePublished)})
	r := last(worlds).Entity(Ref{KindRelease, "demo", "1"}).(*Release)
	if r.Stage != ReleasePublished || r.Revision != 4 || r.StagedAt.IsZero() {
		t.Errorf("%+v", r)
	}
	refused := map[string]Edit{
		"once published": UpdateRelease{Code: "1", Name: Some("Other")},
		"unknown":        UpdateRelease{Code: "2"},
		"code twice":     CreateRelease{Code: "1", Name: "First", Stage: ReleaseDraft, Revision: 2},
		"of the future":  CreateRelease{Code: "2", Name: "Second", Stage: ReleaseDraft, Revision: 99},
		"without stage":  CreateRelease{Code: "2", Name: "Second", Revision: 2},
		"without name":   CreateRelease{Code: "2", Stage: ReleaseDraft, Revision: 2},
	}
	for name, e := range refused {
		if _, problems := attempt(worlds, eve, e); len(problems) == 0 {
			t.Errorf("%s: not refused", name)
		}
	}
}

// TestProposalsHoldContentOnly refuses what a proposal cannot hold.
func TestProposalsHoldContentOnly(t *testing.T) {
	worlds := tracked(t)
	base := last(worlds).Seq()
	many := make([]Edit, 1001)
	for i := range many {
		many[i] = RetireSkill{Code: "MIX"}
	}
	long := make([]Edit, 60)
	for i := range long {
		long[i] = UpdateSkill{Code: "MIX", Description: Some(strings.Repeat("x", 19_000))}
	}
	for name, edits := range map[string][]Edit{
		"none": {}, "another request": {CommentRequest{Number: 2, Body: "B"}}, "archiving": {ArchiveFramework{}},
		"too many": many, "too long": long,
	} {
		if _, problems := attempt(worlds, eve, ProposeEdits{Number: 2, Base: base, Edits: edits}); len(problems) != 1 {
			t.Errorf("%s: %d problems", name, len(problems))
		}
	}
	if _, problems := attempt(worlds, eve, ProposeEdits{Number: 2, Base: base + 1, Edits: []Edit{RetireSkill{Code: "MIX"}}}); len(problems) != 1 {
		t.Errorf("made on a revision to come: %v", problems)
	}
}

// show writes a text that may not be there.
func show(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// TestProposalsKeepOtherFrameworksToThoseWhoMayReadThem names a framework in edits.
func TestProposalsKeepOtherFrameworksToThoseWhoMayReadThem(t *testing.T) {
	worlds := tracked(t)
	propose := func(title string) Edit {
		return RaiseRequest{Title: title, Submit: true, Base: last(worlds).Seq(), Edits: []Edit{
			Relate{From: "MIX", Type: CloseMatch, ToFramework: "other", To: "COOK"},
		}}
	}
	narrow := bob
	narrow.Frameworks = []string{"demo"}
	if _, problems := attempt(worlds, narrow, propose("Probe")); len(problems) != 1 || problems[0].Code != Forbidden {
		t.Errorf("got %v", problems)
	}
	worlds = acted(t, worlds, eve, propose("Match"))
	r := view(worlds, narrow).ChangeRequest(4)
	if r.Proposal(nil) != nil || len(must(r.Proposals(t.Context()))) != 0 {
		t.Error("the proposal is shown to one who may not read the other framework")
	}
	if _, err := last(worlds).Preview(t.Context(), reader(worlds, narrow), "demo", []int{4}); err == nil {
		t.Error("so is its preview")
	}
	editor := narrow
	editor.ID, editor.Access = "ed", Editor
	if _, problems := attempt(worlds, editor, DecideRequest{Number: 4, Outcome: OutcomeAccept, Apply: true}); len(problems) == 0 {
		t.Error("it is applied by one who may not")
	}
	worlds = acted(t, worlds, eve, DecideRequest{Number: 4, Outcome: OutcomeAccept, Apply: true})
	if a := view(worlds, narrow).ChangeRequest(4).Applications()[0]; a.WhatChanged() != nil || len(must(a.Diff(t.Context()))) != 0 {
		t.Errorf("what was changed is told: %v", show(a.WhatChanged()))
	}
}
