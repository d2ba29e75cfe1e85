package framework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// imports returns worlds and the one after an import, which must have nothing to
// do a second time and leave its edits as they were given.
func imports(t testing.TB, worlds []*World, records ...RequestRecord) []*World {
	t.Helper()
	edits := func() (list []Edit) {
		for _, r := range records {
			r.Request.Applications = slices.Clone(r.Request.Applications)
			r.Request.Links = slices.Clone(r.Request.Links)
			list = append(list, ImportRequest{r})
		}
		return list
	}
	given := edits()
	worlds = acted(t, worlds, eve, given...)
	if diff := cmp.Diff(edits(), given); diff != "" {
		t.Errorf("the import changes its edits (-before +after):\n%s", diff)
	}
	again, problems := attempt(worlds, eve, edits()...)
	if len(again)+len(problems) > 0 {
		t.Errorf("imported again: %v %v", lines(last(worlds), again), problems)
	}
	return worlds
}

// brought is a change request from elsewhere.
func brought(number int, status RequestStatus) RequestRecord {
	return RequestRecord{Request: ChangeRequest{Number: number, Title: "From elsewhere", Status: status}}
}

var may2021 = time.Date(2021, 5, 17, 11, 42, 0, 0, time.UTC)

func comments(w *World, number int) (bodies []string) {
	for n := 1; ; n++ {
		c, ok := w.Entity(Ref{KindComment, "demo", (&Comment{Request: number, Number: n}).Key()}).(*Comment)
		if !ok {
			return bodies
		}
		bodies = append(bodies, c.Body)
	}
}

func TestImportedApplicationOfAProposal(t *testing.T) {
	r := brought(1431, RequestAccepted)
	r.AppliedBy = Who{Name: "Dan"}
	r.Request.Applications = []Application{{At: may2021, WhatChanged: "Renamed."}}
	r.Proposal.Edits = []Edit{RetireSkill{Code: "SERVE"}}
	worlds := imports(t, tracked(t), r)
	got := request(last(worlds), 1431)
	want := []Application{{Proposal: 1, At: may2021, WhatChanged: "Renamed.", By: got.Applications[0].By}}
	if diff := cmp.Diff(want, got.Applications); diff != "" {
		t.Error(diff)
	}
}

// TestImportedLinks: a link is kept once, in the direction in which links are
// stored, whichever end it is told from.
func TestImportedLinks(t *testing.T) {
	a, b := brought(10, RequestPending), brought(11, RequestPending)
	a.Request.Links = []Link{{LinkRelatesTo, 11}, {LinkFollowedBy, 2}}
	b.Request.Links = []Link{{LinkRelatesTo, 10}, {LinkFollows, 10}, {LinkRelatesTo, 3}}
	w := last(imports(t, tracked(t), a, b))
	want := map[int][]Link{
		2: {{LinkFollows, 10}}, 3: {{LinkRelatesTo, 11}}, 10: {{LinkRelatesTo, 11}}, 11: {{LinkFollows, 10}},
	}
	for number, links := range want {
		if diff := cmp.Diff(links, request(w, number).Links); diff != "" {
			t.Errorf("links of #%d (-want +got):\n%s", number, diff)
		}
	}
}

// TestImportLeavesWhatIsFromHere: what was raised, or moved on, here is not undone.
func TestImportLeavesWhatIsFromHere(t *testing.T) {
	t.Run("raised", func(t *testing.T) {
		_, problems := attempt(tracked(t), eve, ImportRequest{brought(2, RequestDeclined)})
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "raised here") {
			t.Errorf("got %v", problems)
		}
	})
	t.Run("decided", func(t *testing.T) {
		worlds := imports(t, tracked(t), brought(10, RequestPending))
		worlds = acted(t, worlds, eve, DecideRequest{Number: 10, Outcome: OutcomeDecline, Text: "No."})
		r := request(last(imports(t, worlds, brought(10, RequestPending))), 10)
		if r.Status != RequestDeclined || r.Decision.Text != "No." || r.Decision.By != "eve" {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("applied", func(t *testing.T) {
		given := brought(10, RequestAccepted)
		given.Proposal.Edits = []Edit{RetireSkill{Code: "SERVE"}}
		worlds := acted(t, imports(t, tracked(t), given), eve, ApplyRequest{Number: 10})
		given.Request.Status = RequestPending
		r := request(last(imports(t, worlds, given)), 10)
		if r.Status != RequestAccepted || len(r.Applications) != 1 || r.Applications[0].Revision == 0 {
			t.Errorf("got %+v", r)
		}
	})
}

// TestImportKeepsWhatTheFileDoesNotKnow: people and times that are known stay.
func TestImportKeepsWhatTheFileDoesNotKnow(t *testing.T) {
	full := brought(10, RequestDeclined)
	full.RaisedBy, full.DecidedBy, full.Assignee = Who{Name: "Dan"}, Who{Name: "Eva"}, Who{Name: "Fay"}
	full.Request.RaisedAt, full.Request.Decision.At = may2021, may2021
	worlds := imports(t, tracked(t), full)
	want := request(last(worlds), 10)
	got := request(last(imports(t, worlds, brought(10, RequestDeclined))), 10)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestImportedComments: pages tell times to the minute, or not at all.
func TestImportedComments(t *testing.T) {
	dan := func(body string, at time.Time) CommentRecord { return CommentRecord{Who{Name: "Dan"}, at, body} }
	r := brought(10, RequestPending)
	r.Comments = []CommentRecord{dan("One.", may2021), dan("Two.", may2021), dan("Undated.", time.Time{})}
	worlds := imports(t, tracked(t), r)
	t.Run("more of them", func(t *testing.T) {
		r := r
		r.Comments = append(slices.Clone(r.Comments), dan("Three.", may2021), dan("Undated too.", time.Time{}))
		want := []string{"One.", "Two.", "Undated.", "Three.", "Undated too."}
		if diff := cmp.Diff(want, comments(last(imports(t, worlds, r)), 10)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("redacted author", func(t *testing.T) {
		c := last(worlds).Entity(Ref{KindComment, "demo", "10/1"}).(*Comment)
		worlds := imports(t, acted(t, worlds, kim, RedactPerson{ID: c.Author}), r)
		if got := comments(last(worlds), 10); len(got) != 3 {
			t.Errorf("got %q", got)
		}
		if p := last(worlds).Entity(Ref{KindPerson, "demo", c.Author}).(*Person); p.Name != "" {
			t.Errorf("the name is there again: %q", p.Name)
		}
	})
	t.Run("redacted comment", func(t *testing.T) {
		worlds := imports(t, acted(t, worlds, kim, RedactComment{Number: 10, Comment: 1}), r)
		if diff := cmp.Diff([]string{"", "Two.", "Undated."}, comments(last(worlds), 10)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestImportedSubjectsKeepTheirNames: what something was called then is known from
// the page alone.
func TestImportedSubjectsKeepTheirNames(t *testing.T) {
	r := brought(10, RequestPending)
	r.Request.Subjects = []Subject{{Kind: KindSkill, Key: "BAKE", Name: "Bread"}, {Kind: KindSkill, Key: "MIX"}}
	want := []Subject{{Kind: KindSkill, Key: "BAKE", Name: "Bread"}, {Kind: KindSkill, Key: "MIX", Name: "Mixing"}}
	if diff := cmp.Diff(want, request(last(imports(t, tracked(t), r)), 10).Subjects); diff != "" {
		t.Error(diff)
	}
}
