package exchange_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// meridian is the world with the demo framework.
func meridian(t testing.TB) *framework.World {
	t.Helper()
	content, err := os.ReadFile("../../server/demo/meridian.json")
	if err != nil {
		t.Fatal(err)
	}
	w, _ := load(t, new(framework.World), content, exchange.Options{})
	return w
}

// tracker plans the import of a tracker.
func tracker(t testing.TB, w *framework.World, content string) *exchange.Plan {
	t.Helper()
	plan, err := exchange.Import(t.Context(), w, "tracker", []exchange.File{{Name: "t.json", Content: []byte(content)}}, exchange.Options{Framework: "meridian"})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// tracked returns the world with a tracker that must be faultless, and nothing to
// import again.
func tracked(t testing.TB, w *framework.World, content string) *framework.World {
	t.Helper()
	plan := tracker(t, w, content)
	if len(plan.Faults) > 0 {
		t.Fatal(plan.Faults)
	}
	w = w.Apply(&framework.Revision{Seq: w.Seq() + 1, Changes: plan.Changes})
	if again := tracker(t, w, content); len(again.Edits) > 0 || len(again.Changes) > 0 {
		t.Errorf("imported again it changes %v", w.Differences(again.Changes))
	}
	return w
}

func entity[T framework.Entity](t testing.TB, w *framework.World, kind framework.Kind, key string) T {
	t.Helper()
	e, ok := w.Entity(framework.Ref{Kind: kind, Framework: "meridian", Key: key}).(T)
	if !ok {
		t.Fatalf("there is no %s %s", kind, key)
	}
	return e
}

// TestTrackerOfTheDocs imports the example that docs/tracker-format.md shows.
func TestTrackerOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/tracker-format.md")
	if err != nil {
		t.Fatal(err)
	}
	w := tracked(t, meridian(t), regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(string(text))[1])
	r := entity[*framework.ChangeRequest](t, w, framework.KindChangeRequest, "1431")
	if r.Status != framework.RequestAccepted || !r.RaisedAt.Equal(time.Date(2021, 5, 12, 0, 0, 0, 0, time.UTC)) || len(r.Applications) != 1 || r.Decision.By != "" {
		t.Errorf("%+v", r)
	}
	want := []framework.Subject{
		{Kind: framework.KindCategory, Key: "technology-service-management", Name: "Technology service management"},
		{Kind: framework.KindSkill, Key: "ITMG", Name: "IT management"},
		{Kind: "skill_level", Key: "ITOP_5", Name: "Infrastructure operations, level 5"},
	}
	if diff := cmp.Diff(want, r.Subjects); diff != "" {
		t.Error(diff)
	}
	c := entity[*framework.Comment](t, w, framework.KindComment, "1431/1")
	who := entity[*framework.Person](t, w, framework.KindPerson, c.Author)
	if who.Name != "Ben Example" || !c.At.Equal(time.Date(2021, 5, 17, 11, 42, 0, 0, time.UTC)) || c.Body != "The request for ITOP5 is CR#1432" {
		t.Errorf("%+v by %+v", c, who)
	}
	if p := entity[*framework.Proposal](t, w, framework.KindProposal, "1432/1"); len(p.Edits) != 1 || p.Base != 0 {
		t.Errorf("%+v", p)
	}
	// The next number follows the highest.
	changes, problems := w.EditAs(framework.Act{Actor: framework.Actor{ID: "ann", Access: framework.Contributor}, Time: time.Unix(0, 0)},
		"meridian", []framework.Edit{framework.RaiseRequest{Title: "Next"}})
	if len(problems) > 0 || changes[0].Key != "1433" {
		t.Errorf("%v %v", changes, problems)
	}
}

// TestTrackerFaults says what is wrong, and where.
func TestTrackerFaults(t *testing.T) {
	file := func(requests string) string {
		return `{"format":"skillatlas-tracker/1","changeRequests":[` + requests + `]}`
	}
	const good = `"number":1,"title":"T","status":"pending"`
	for name, c := range map[string]struct{ content, want string }{
		"no JSON":               {"[", "t.json:1:1: this is not JSON: there is '[' where an object should be"},
		"not closed":            {"{", "t.json:1:2: the file ends where a key should be"},
		"another format":        {`{"format":"x","changeRequests":[]}`, `t.json:1:2: format is "x"; expected "skillatlas-tracker/1"`},
		"no format":             {`{"changeRequests":[]}`, `t.json:1:1: format is missing; expected "skillatlas-tracker/1"`},
		"another framework":     {`{"format":"skillatlas-tracker/1","framework":"other"}`, `the file is of framework "other", not of "meridian"`},
		"unknown key":           {`{"format":"skillatlas-tracker/1","x":1}`, `unknown key "x"`},
		"unknown field":         {file(`{` + good + `,"x":1}`), `unknown field "x"`},
		"wrong type":            {file(`{"number":"one"}`), "number is a string; expected another kind of value"},
		"no number":             {file(`{"title":"T","status":"pending"}`), "number: 0 is not between 1 and 1000000000"},
		"no title":              {file(`{"number":1,"status":"pending"}`), "change request #1, title: is required"},
		"status":                {file(`{"number":1,"title":"T","status":"open"}`), `change request #1, status: "OPEN" is not a status`},
		"twice":                 {file(`{` + good + `},{` + good + `}`), "change request #1 is there twice"},
		"unknown name":          {file(`{` + good + `,"appliesTo":["Baking"]}`), `there is nothing called "Baking"; write {"kind"`},
		"unknown kind":          {file(`{` + good + `,"appliesTo":[{"kind":"CAKE","key":"x"}]}`), `"cake" is not a kind of thing`},
		"time":                  {file(`{` + good + `,"raisedAt":"yesterday"}`), "is no time such as"},
		"link":                  {file(`{` + good + `,"links":[{"type":"FOLLOWS","to":9}]}`), "linked to #9, which is neither here nor in the store"},
		"type of link":          {file(`{` + good + `,"links":[{"type":"LIKES","to":2}]},{"number":2,"title":"T","status":"draft"}`), "is no link to another change request"},
		"edit":                  {file(`{` + good + `,"proposal":{"edits":[{"bakeSkill":{}}]}}`), "proposal.edits[0]"},
		"applied, not accepted": {file(`{` + good + `,"applied":true}`), "only an accepted one was applied"},
		"empty comment":         {file(`{` + good + `,"comments":[{"author":"A"}]}`), "comments.0.body: is required"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tracker(t, meridian(t), c.content)
			if len(plan.Edits) > 0 || !plan.Refused {
				t.Error("it is imported all the same")
			}
			if !slices.ContainsFunc(plan.Faults, func(f exchange.Fault) bool { return strings.Contains(f.String(), c.want) }) {
				t.Errorf("got %v, want %q", plan.Faults, c.want)
			}
		})
	}
}

// TestTrackerBringsInLine imports a file anew that has changed, and leaves what was
// done here.
func TestTrackerBringsInLine(t *testing.T) {
	const file = `{"format":"skillatlas-tracker/1","changeRequests":[{"number":7,"title":%q,"status":"deferred","comments":[{"author":"A","at":"2021-01-01","body":"B"}]}]}`
	w := tracked(t, meridian(t), fmt.Sprintf(file, "One"))
	changes, problems := w.EditAs(framework.Act{Actor: framework.Actor{ID: "ed", Access: framework.Editor}, Time: time.Unix(0, 0).UTC()}, "meridian", []framework.Edit{
		framework.CommentRequest{Number: 7, Body: "Here."},
		framework.ProposeEdits{Number: 7, Base: 1, Edits: []framework.Edit{framework.RetireSkill{Code: "OBSV"}}},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w = w.Apply(&framework.Revision{Seq: w.Seq() + 1, Changes: changes})
	w = tracked(t, w, fmt.Sprintf(file, "Two"))
	if r := entity[*framework.ChangeRequest](t, w, framework.KindChangeRequest, "7"); r.Title != "Two" || r.Proposal != 1 {
		t.Errorf("%+v", r)
	}
	entity[*framework.Comment](t, w, framework.KindComment, "7/2")
}

// TestTrackerLinks: a link is kept once, whichever end tells it, and both may.
func TestTrackerLinks(t *testing.T) {
	w := tracked(t, meridian(t), `{"format":"skillatlas-tracker/1","changeRequests":[
		{"number":1,"title":"One","status":"pending","links":[{"type":"FOLLOWED_BY","to":2},{"type":"relates_to","to":2}]},
		{"number":2,"title":"Two","status":"pending","links":[{"type":"FOLLOWS","to":1},{"type":"RELATES_TO","to":1}]}]}`)
	for key, want := range map[string][]framework.Link{"1": {{Type: framework.LinkRelatesTo, To: 2}}, "2": {{Type: framework.LinkFollows, To: 1}}} {
		if diff := cmp.Diff(want, entity[*framework.ChangeRequest](t, w, framework.KindChangeRequest, key).Links); diff != "" {
			t.Errorf("#%s: %s", key, diff)
		}
	}
}

// TestTrackerPage carries a page of a real tracker over, and finds each sentence of
// it again.
func TestTrackerPage(t *testing.T) {
	page, err := os.ReadFile("../../../shared/data/tracker/change-request-1431.txt")
	if err != nil {
		t.Skip("the page of a real tracker is not here:", err)
	}
	text := strings.ReplaceAll(string(page), "\r\n", "\n")
	part := func(from, to string) string {
		_, rest, ok1 := strings.Cut(text, from)
		found, _, ok2 := strings.Cut(rest, to)
		if !ok1 || !ok2 {
			t.Fatalf("the page has no %q", from)
		}
		return strings.TrimSpace(found)
	}
	title := part("#1431 ", " change request accepted")
	body := part("change request accepted", "Draft proposed new skill description below.")
	summary, rationale, _ := strings.Cut(body, "\n\n")
	request := map[string]any{
		"number": 1431, "title": title, "status": part("Current status of this request:", "\n"), "summary": summary, "rationale": rationale,
		"draftText": part("Draft proposed new skill description below.", "Proposed change applies to"),
		"appliesTo": []string{part("Proposed change applies to", "\n")},
		"decision":  map[string]any{"text": part("What we decided", "What we changed")},
		"applied":   true, "whatChanged": part("What we changed", "Daniel"),
		"comments": []map[string]any{{"author": "Daniel Merriott", "at": "2021-05-17T11:42", "body": "CR for " + part("CR for", "-") + "."}},
	}
	file, _ := json.Marshal(map[string]any{"format": "skillatlas-tracker/1", "changeRequests": []any{request}})
	w := tracked(t, meridian(t), string(file))
	r := entity[*framework.ChangeRequest](t, w, framework.KindChangeRequest, "1431")
	c := entity[*framework.Comment](t, w, framework.KindComment, "1431/1")
	stored := strings.Join(strings.Fields(strings.Join([]string{
		r.Title, r.Summary, r.Rationale, r.DraftText, r.Decision.Text, r.Applications[0].WhatChanged, c.Body,
		"Proposed change applies to " + r.Subjects[0].Name, "Draft proposed new skill description below.",
	}, " ")), " ")
	_, whole, _ := strings.Cut(text, "change request accepted")
	whole = regexp.MustCompile(`Current status of this request: accepted|What we decided|What we changed|Daniel Merriott\n.*AM|-\s*$`).ReplaceAllString(whole, ". ")
	for _, sentence := range regexp.MustCompile(`[.\n]+`).Split(whole, -1) {
		if s := strings.Join(strings.Fields(sentence), " "); len(s) > 3 && !strings.Contains(stored, s) {
			t.Errorf("lost: %q", s)
		}
	}
	if who := entity[*framework.Person](t, w, framework.KindPerson, c.Author); who.Name != "Daniel Merriott" || c.At.Format(time.DateTime) != "2021-05-17 11:42:00" {
		t.Errorf("%+v %+v", c, who)
	}
	if !strings.Contains(c.Body, "CR#1432") || r.Status != framework.RequestAccepted || r.Subjects[0].Kind != framework.KindCategory {
		t.Errorf("%+v %+v", c, r)
	}
}

func FuzzImportTracker(f *testing.F) {
	w := meridian(f)
	f.Add(`{"format":"skillatlas-tracker/1","changeRequests":[{"number":1,"title":"T","status":"pending","appliesTo":["ITMG",{"kind":"SKILL","key":"x"}],"comments":[{"author":"A","at":"2021-01-01","body":"B"}]}]}`)
	f.Add(`{"changeRequests":[{"number":1,"links":[{"type":"FOLLOWS","to":1}],"proposal":{"edits":[{"retireSkill":{"code":"ITMG"}}]}}]}`)
	f.Add("\xb3")
	f.Fuzz(func(t *testing.T, content string) {
		plan, err := exchange.Import(t.Context(), w, "tracker", []exchange.File{{Name: "t", Content: []byte(content)}}, exchange.Options{Framework: "meridian"})
		if err != nil || plan.Refused {
			return
		}
		next := w.Apply(&framework.Revision{Seq: 2, Changes: plan.Changes})
		again, err := exchange.Import(t.Context(), next, "tracker", []exchange.File{{Name: "t", Content: []byte(content)}}, exchange.Options{Framework: "meridian"})
		if err != nil || len(again.Changes) > 0 || len(again.Faults) > 0 {
			t.Errorf("imported again: %v, %v, %v", again.Changes, again.Faults, err)
		}
	})
}
