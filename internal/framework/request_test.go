package framework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// The people of these tests.
var (
	ann = Actor{ID: "ann", Name: "Ann", Access: Contributor}
	bob = Actor{ID: "bob", Name: "Bob", Access: Contributor}
	eve = Actor{ID: "eve", Name: "Eve", Access: Editor}
	kim = Actor{ID: "kim", Name: "Kim", Access: Admin}
)

// attempt makes edits of demo as an actor, with all of the past at hand.
func attempt(worlds []*World, who Actor, edits ...Edit) ([]Change, []Problem) {
	w := worlds[len(worlds)-1]
	act := Act{Actor: who, Time: epoch.Add(time.Duration(w.Seq()+1) * time.Hour), Past: func(seq int64) *World {
		if seq == 0 {
			return &World{}
		}
		return worlds[slices.IndexFunc(worlds, func(w *World) bool { return w.Seq() == seq })]
	}}
	return w.EditAs(act, "demo", edits)
}

// acted returns worlds and the one after edits that must be accepted.
func acted(t testing.TB, worlds []*World, who Actor, edits ...Edit) []*World {
	t.Helper()
	changes, problems := attempt(worlds, who, edits...)
	if problems != nil {
		t.Fatalf("%T as %s: %v", edits[0], who.ID, problems)
	}
	w := worlds[len(worlds)-1]
	r := revision(w, changes)
	r.Author, r.ChangeRequest = who.ID, w.Carries("demo", edits)
	w = w.Apply(r)
	if err := Check(w); err != nil {
		t.Fatal(err)
	}
	return append(slices.Clip(worlds), w)
}

// tracked is what most of these tests start from:
//
//	#1 a draft of ann's, with edits
//	#2 pending, prose only, of bob's
//	#3 declined
func tracked(t testing.TB) []*World {
	w := atlas(t)
	worlds := []*World{w}
	worlds = acted(t, worlds, ann, RaiseRequest{
		Title: "Rename baking", Rationale: "It is more, see #2 and MIX.", OnBehalfOf: Who{Name: "The guild"},
		Subjects: []Subject{{Kind: KindSkill, Key: "BAKE"}, {Kind: "skill_level", Key: "BAKE_4", Name: "Baking, leading"}},
		Base:     w.Seq(), Edits: []Edit{
			UpdateSkill{Code: "BAKE", Name: Some("Bread and cake")},
			DefineSkillLevel{Skill: "BAKE", Level: 4, Description: "Runs a bakery."},
		},
	})
	worlds = acted(t, worlds, bob, RaiseRequest{Title: "More salt", Summary: "For TASTE2.", Submit: true})
	worlds = acted(t, worlds, bob, RaiseRequest{Title: "Less sugar", Submit: true})
	return acted(t, worlds, eve, DecideRequest{Number: 3, Outcome: OutcomeDecline, Text: "No."})
}

func last(worlds []*World) *World { return worlds[len(worlds)-1] }

func request(w *World, number int) *ChangeRequest {
	r, _ := w.Entity(Ref{KindChangeRequest, "demo", fmt.Sprint(number)}).(*ChangeRequest)
	return r
}

// TestLifeOfARequest is the way from a draft to what was changed.
func TestLifeOfARequest(t *testing.T) {
	worlds := tracked(t)
	worlds = acted(t, worlds, ann, MoveRequest{Number: 1, Move: MoveSubmit, Note: "Ready."})
	worlds = acted(t, worlds, bob, CommentRequest{Number: 1, Body: "What of MIX?"})
	before := last(worlds).Seq()
	worlds = acted(t, worlds, eve, DecideRequest{
		Number: 1, Outcome: OutcomeAccept, Text: "Yes.", Apply: true, Base: before, Amended: []Edit{
			UpdateSkill{Code: "BAKE", Name: Some("Bread")},
			DefineSkillLevel{Skill: "BAKE", Level: 4, Description: "Runs a bakery."},
		},
	})
	w := last(worlds)
	r := request(w, 1)
	if r.Status != RequestAccepted || r.Decision != (Decision{"Yes.", "eve", epoch.Add(time.Duration(w.Seq()) * time.Hour)}) {
		t.Errorf("%s %+v", r.Status, r.Decision)
	}
	if w.Step(w.Seq()).ChangeRequest != 1 {
		t.Error("the revision does not say which request it carries out")
	}
	if len(r.Applications) != 1 || r.Applications[0].Revision != w.Seq() || r.Applications[0].Proposal != 2 || r.Applications[0].WhatChanged == "" {
		t.Errorf("%+v", r.Applications)
	}
	s := w.Snapshot("demo")
	if k := s.Entity(KindSkill, "BAKE").(*Skill); k.Name != "Bread" || len(k.Levels) != 3 {
		t.Errorf("%+v", k)
	}
	var story []string
	for _, tr := range r.Transitions {
		story = append(story, fmt.Sprintf("%s-%s by %s", tr.From, tr.To, tr.By))
	}
	if diff := cmp.Diff([]string{"DRAFT-PENDING by ann", "PENDING-ACCEPTED by eve"}, story); diff != "" {
		t.Error(diff)
	}
	// Both proposals stay.
	if p := w.Entity(Ref{KindProposal, "demo", "1/1"}).(*Proposal); len(p.Edits) != 2 || p.By != "ann" {
		t.Errorf("%+v", p)
	}
	if w.Snapshot("demo").Revision() != w.Seq() || w.TrackerRevision("demo") != w.Seq() {
		t.Error("content and tracker have not both changed")
	}
	if w := worlds[len(worlds)-2]; w.Snapshot("demo").Revision() == w.Seq() {
		t.Error("a comment has changed the content")
	}
}

// TestTransitions is the table of what can be done to a request in each status: all
// else is refused, with what can be done.
func TestTransitions(t *testing.T) {
	deeds := map[string]Edit{
		"SUBMIT": MoveRequest{Number: 1, Move: MoveSubmit}, "WITHDRAW": MoveRequest{Number: 1, Move: MoveWithdraw},
		"REOPEN": MoveRequest{Number: 1, Move: MoveReopen},
		"ACCEPT": DecideRequest{Number: 1, Outcome: OutcomeAccept}, "DECLINE": DecideRequest{Number: 1, Outcome: OutcomeDecline},
		"DEFER": DecideRequest{Number: 1, Outcome: OutcomeDefer}, "APPLY": ApplyRequest{Number: 1},
	}
	ways := map[string]struct {
		way  []string
		then map[string]RequestStatus
	}{
		"draft":             {nil, map[string]RequestStatus{"SUBMIT": RequestPending, "WITHDRAW": RequestWithdrawn}},
		"pending":           {[]string{"SUBMIT"}, map[string]RequestStatus{"ACCEPT": RequestAccepted, "DECLINE": RequestDeclined, "DEFER": RequestDeferred, "WITHDRAW": RequestWithdrawn}},
		"accepted":          {[]string{"SUBMIT", "ACCEPT"}, map[string]RequestStatus{"APPLY": RequestAccepted, "REOPEN": RequestPending}},
		"applied":           {[]string{"SUBMIT", "ACCEPT", "APPLY"}, nil},
		"declined":          {[]string{"SUBMIT", "DECLINE"}, map[string]RequestStatus{"REOPEN": RequestPending}},
		"deferred":          {[]string{"SUBMIT", "DEFER"}, map[string]RequestStatus{"REOPEN": RequestPending}},
		"withdrawn":         {[]string{"SUBMIT", "WITHDRAW"}, map[string]RequestStatus{"REOPEN": RequestPending}},
		"withdrawn unasked": {[]string{"WITHDRAW"}, map[string]RequestStatus{"REOPEN": RequestDraft}},
	}
	for name, row := range ways {
		worlds := tracked(t)
		for _, deed := range row.way {
			worlds = acted(t, worlds, eve, deeds[deed])
		}
		for deed, edit := range deeds {
			t.Run(name+"/"+deed, func(t *testing.T) {
				want, legal := row.then[deed]
				if legal {
					if got := request(last(acted(t, worlds, eve, edit)), 1).Status; got != want {
						t.Errorf("it is %s, want %s", got, want)
					}
					return
				}
				changes, problems := attempt(worlds, eve, edit)
				if len(problems) != 1 || changes != nil {
					t.Fatalf("got %v, %v", changes, problems)
				}
				for other := range row.then {
					if !strings.Contains(problems[0].Message, other) {
						t.Errorf("%q does not name %s", problems[0].Message, other)
					}
				}
			})
		}
	}
}

// TestWhoMayDoWhat is the policy as a table: who may make which edit of the tracker.
func TestWhoMayDoWhat(t *testing.T) {
	worlds := acted(t, tracked(t), bob, CommentRequest{Number: 2, Body: "Bob's."})
	base := last(worlds).Seq()
	proposed := []Edit{UpdateSkill{Code: "MIX", Name: Some("Stirring")}}
	table := []struct {
		name string
		edit Edit
		// may lists who may, out of ann, bob, eve and kim; hidden who is not told
		// that there is such a thing.
		may, hidden string
	}{
		{"amend a draft", AmendRequest{Number: 1, Title: Some("T")}, "ann eve kim", "bob"},
		{"amend a pending one", AmendRequest{Number: 2, Title: Some("T")}, "bob eve kim", ""},
		{"amend a declined one", AmendRequest{Number: 3, Title: Some("T")}, "eve kim", ""},
		{"say what was decided", AmendRequest{Number: 3, DecisionText: Some("T")}, "eve kim", ""},
		{"propose for a draft", ProposeEdits{Number: 1, Base: base, Edits: proposed}, "ann eve kim", "bob"},
		{"propose for a pending one", ProposeEdits{Number: 2, Base: base, Edits: proposed}, "bob eve kim", ""},
		{"submit", MoveRequest{Number: 1, Move: MoveSubmit}, "ann eve kim", "bob"},
		{"withdraw", MoveRequest{Number: 2, Move: MoveWithdraw}, "bob eve kim", ""},
		{"reopen what was declined", MoveRequest{Number: 3, Move: MoveReopen}, "eve kim", ""},
		{"comment", CommentRequest{Number: 2, Body: "B"}, "ann bob eve kim", ""},
		{"comment on a draft", CommentRequest{Number: 1, Body: "B"}, "ann eve kim", "bob"},
		{"edit a comment", EditComment{Number: 2, Comment: 1, Body: "B"}, "bob", ""},
		{"link from one's own", LinkRequest{Number: 2, Type: LinkFollows, To: 3}, "bob eve kim", ""},
		{"link to a draft", LinkRequest{Number: 2, Type: LinkFollows, To: 1}, "eve kim", "bob"},
		{"take as one's own end", LinkRequest{Number: 2, Type: LinkRequiredBy, To: 3}, "bob eve kim", ""},
	}
	for _, row := range table {
		for _, who := range []Actor{ann, bob, eve, kim} {
			t.Run(row.name+"/"+who.ID, func(t *testing.T) {
				changes, problems := attempt(worlds, who, row.edit)
				switch {
				case strings.Contains(row.may, who.ID):
					if problems != nil || len(changes) == 0 {
						t.Errorf("refused: %v", problems)
					}
				case len(problems) != 1:
					t.Errorf("got %v", problems)
				case strings.Contains(row.hidden, who.ID) != (problems[0].Code == NotFound):
					t.Errorf("refused with %s", problems[0].Code)
				case problems[0].Code != NotFound && problems[0].Code != Forbidden:
					t.Errorf("refused with %s", problems[0].Code)
				}
			})
		}
	}
	deeds := map[Edit]Deed{
		CommentRequest{}: DeedContribute, MoveRequest{}: DeedContribute, EditComment{}: DeedContribute, LinkRequest{}: DeedContribute,
		RedactComment{}: DeedRedact, RedactPerson{}: DeedRedact, CreateRelease{}: DeedRelease, ArchiveFramework{}: DeedArchive,
		CreateFramework{}: DeedCreate, RetireAttribute{}: DeedEdit,
	}
	for e, want := range deeds {
		if got := DeedOf(e); got != want {
			t.Errorf("%T is %q, want %q", e, got, want)
		}
	}
	for _, e := range []Edit{DecideRequest{}, ApplyRequest{}, ImportRequest{}} {
		if got := DeedOf(e); got != DeedDecide {
			t.Errorf("%T is %q", e, got)
		}
	}
}

// TestRequestsStayBounded applies and reverts one until no more is recorded of it.
func TestRequestsStayBounded(t *testing.T) {
	worlds := acted(t, tracked(t), ann, MoveRequest{Number: 1, Move: MoveSubmit})
	worlds = acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept})
	for n := 0; ; n++ {
		_, problems := attempt(worlds, eve, ApplyRequest{Number: 1})
		if problems != nil {
			if n != 20 || len(problems) != 1 {
				t.Errorf("after %d times: %v", n, problems)
			}
			break
		}
		worlds = acted(t, worlds, eve, ApplyRequest{Number: 1})
		worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
	}
	if _, problems := attempt(worlds, eve, RevertRevision{Seq: last(worlds).Seq()}); len(problems) != 1 {
		t.Errorf("applied once more by a revert: %v", problems)
	}
	long := strings.Repeat("x", 2_001)
	if _, problems := attempt(worlds, eve, MoveRequest{Number: 2, Move: MoveWithdraw, Note: long}); len(problems) != 1 {
		t.Errorf("a long remark: %v", problems)
	}
	if _, problems := attempt(worlds, eve, RaiseRequest{Title: "T", Subjects: make([]Subject, 201)}); len(problems) != 1 {
		t.Errorf("many subjects: %v", problems)
	}
}
