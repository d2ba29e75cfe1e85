package graph

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// The people of these tests.
var (
	con = framework.Actor{ID: "con", Name: "Con", Access: framework.Contributor}
	lee = framework.Actor{ID: "lee", Name: "Lee", Access: framework.Contributor}
)

// discussed serves the demo framework with change requests:
//
//	#1 con's: rename ITMG, applied with another name (revisions 2, 3, 5)
//	#2 lee's: a level 5 for ITOP, pending, with a proposal in conflict (4, 6)
//	#3 con's: prose only, declined (7, 8)
//	#4 con's draft (9)
func discussed(t testing.TB) *server {
	t.Helper()
	s := demo(t)
	act := func(who framework.Actor, e framework.Edit) {
		t.Helper()
		_, err := s.catalog.Edit(t.Context(), who, catalog.Request{
			Framework: "meridian", BaseRevision: s.catalog.Head().Seq(), Message: fmt.Sprintf("%T", e), Edits: []framework.Edit{e},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	act(con, framework.RaiseRequest{
		Title: "Reshape ITMG", Summary: "Services, not infrastructure.", Rationale: "See CR#2 and IT operations (ITOP).",
		DraftText: "Level 5: …", SourceURL: "https://example.org/1", OnBehalfOf: framework.Who{Name: "The guild"},
		Assignee: framework.Who{ID: "ada"}, Theme: "Operations", TargetRelease: "2", Submit: true, Base: 1, Note: "First try.",
		Subjects: []framework.Subject{{Kind: framework.KindSkill, Key: "ITMG"}, {Kind: "skill_level", Key: "ITOP_5", Name: "To come"}},
		Edits:    []framework.Edit{framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Technical service delivery management")}},
	})
	act(lee, framework.CommentRequest{Number: 1, Body: "The one for ITOP5 is #2."})
	act(lee, framework.RaiseRequest{Title: "A level 5 for ITOP", Submit: true, Base: 1, Edits: []framework.Edit{
		framework.DefineSkillLevel{Skill: "ITOP", Level: 5, Description: "Leads the team."},
		framework.UpdateSkill{Code: "ITMG", Name: framework.Some("IT operations management")},
		framework.Require{Role: "operations-manager", Skill: "ITOP", Level: 5},
		framework.RemoveSkillLevel{Skill: "ITOP", Level: 1},
		framework.RetireSkill{Code: "OBSV"},
	}})
	act(ada, framework.DecideRequest{
		Number: 1, Outcome: framework.OutcomeAccept, Text: "A better name.", Apply: true, Base: 4,
		Amended: []framework.Edit{framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Service delivery management")}},
	})
	act(lee, framework.EditComment{Number: 1, Comment: 1, Body: "The one for ITOP_5 is #2."})
	act(con, framework.RaiseRequest{Title: "No more skills", Submit: true})
	act(ada, framework.DecideRequest{Number: 3, Outcome: framework.OutcomeDecline, DuplicateOf: 2})
	act(con, framework.RaiseRequest{Title: "A secret plan for ITOP", Base: 8, Edits: []framework.Edit{
		framework.UpdateSkill{Code: "OBSV", Name: framework.Some("Watching")},
	}})
	return s
}

const (
	diffFields    = `kind framework key action oldName newName entity{id} fields{path old new}`
	requestFields = `id framework{code} number title summary rationale draftText sourceUrl raisedBy{id name} onBehalfOf{id name} raisedAt
		assignee{id} theme targetRelease subjects{kind key name entity{id}} status applied moves decision{text by{id} at}
		transitions{from to by{id} at note} links{type changeRequest{number}} mentions{kind key entity{id}} cites{number} citedBy{number} updatedAt
		comments{totalCount pageInfo{startCursor} edges{cursor node{number}} nodes{id changeRequest{number} number author{id} at body editedAt redactedAt
			versions{revision{seq} body}}}
		history{nodes{seq changeRequest{number}}}
		proposals{id number} proposal{id changeRequest{number} number base note by{id} at edits{kind input} diff{` + diffFields + `}
			problems{edit field message} conflicts{kind key field base theirs ours since revision{seq} entity{id} settle message}
			impact{roles{role{code} skill{code} reason} relations{id} removedLevels{skillLevel{code} retired} changeRequests{number}}
			lint{added{rule key} removed{rule key}}}
		first:proposal(number:1){number compare(with:1){key}}
		applications{whatChanged proposal{number} revision{seq} by{id} at diff{` + diffFields + `} amendment{` + diffFields + `} revertedIn{seq}}`
)

// requestReads are reads of change requests, with goldens.
var requestReads = []struct{ name, query string }{
	{"change_requests", `{framework(code:"meridian"){
		one:changeRequest(number:1){` + requestFields + `} two:changeRequest(number:2){` + requestFields + `}
		none:changeRequest(number:9){number}
		changeRequests{totalCount pageInfo{hasNextPage startCursor} edges{cursor node{number}} nodes{number title status}}
		updated:changeRequests(last:1,order:UPDATED){nodes{number}} raised:changeRequests(order:RAISED){nodes{number}}
		filtered:changeRequests(filter:{status:[PENDING],open:true,applied:false,raisedBy:"lee",text:"LEVEL itop"}){nodes{number}}
		about:changeRequests(filter:{appliesTo:{kind:SKILL,key:"ITOP"},theme:"Operations",targetRelease:"2",assignee:"ada",onBehalfOf:"person:meridian:1"}){nodes{number}}
		decided:changeRequests(filter:{decidedFrom:"2026-03-01T12:05:00Z",raisedUntil:"2026-03-01T12:03:00Z"}){nodes{number}}
		changeRequestCounts{status count}
		skill(code:"ITOP"){changeRequests{nodes{number}} level(ordinal:3){changeRequests{totalCount}} mentions:changeRequests(by:[MENTIONS]){nodes{number}}}
		category(code:"technology-service-management"){changeRequests{totalCount}} role(code:"operations-manager"){changeRequests(status:[PENDING]){nodes{number}}}
		level(ordinal:1){changeRequests{totalCount}} attributes{changeRequests{totalCount}} roleGroups{changeRequests{totalCount}}
		relations(first:1){nodes{changeRequests{totalCount}}}}}`},
	{"preview", `{
		one:framework(code:"meridian",at:{changeRequest:4}){id version{revision pinned changeRequests} skill(code:"OBSV"){id name blame{path} history{totalCount} framework{id}}}
		several:framework(code:"meridian",at:{changeRequest:[1,4]}){version{changeRequests} skill(code:"ITMG"){id name} lint{totalCount}}
		node(id:"skill:meridian@cr1+4:OBSV"){id ... on Skill{name}}
		nodes(ids:["skill:meridian@cr4:OBSV","skill:meridian@cr2:OBSV","skill:meridian@cr9:OBSV","change_request:meridian:4","proposal:meridian:4/1","comment:meridian:1/1","comment:meridian:1/9"]){id}}`},
}

func TestRequestReads(t *testing.T) {
	s := discussed(t)
	for _, r := range requestReads {
		t.Run(r.name, func(t *testing.T) {
			a := s.ask(t, root, r.query, nil)
			if len(a.Errors) > 0 {
				t.Fatalf("%+v", a.Errors)
			}
			golden(t, "read_"+r.name, indented(t, a.Body))
		})
	}
}

// TestLifeThroughTheAPI takes a request through all of its life: by its raiser, the
// discussion, an editor, and back.
func TestLifeThroughTheAPI(t *testing.T) {
	s := demo(t)
	must := func(who framework.Actor, query string, v vars, want string) {
		t.Helper()
		s.want(t, who, query, v, want)
	}
	const back = `{changeRequest{number status applied} errors{code message path}}`
	must(con, `mutation($e:[EditInput!]){r:raiseChangeRequest(input:{framework:"meridian",title:"Reshape",onBehalfOf:{name:"The guild"},
		subjects:[{kind:SKILL,key:"ITMG"},{kind:SKILL_LEVEL,key:"ITOP_5",name:"To come"}],baseRevision:1,edits:$e,submit:true})`+back+`}`,
		vars{"e": []object{{"updateSkill": object{"code": "ITMG", "name": "Service delivery"}}, {"defineSkillLevel": object{"skill": "ITOP", "level": 5, "description": "Leads."}}}},
		`{"r":{"changeRequest":{"number":1,"status":"PENDING","applied":false},"errors":[]}}`)
	must(lee, `mutation{c:commentOnChangeRequest(input:{framework:"meridian",number:1,body:"Yes."}){comment{number body author{id}} revision{seq} errors{code}}}`, nil,
		`{"c":{"comment":{"number":1,"body":"Yes.","author":{"id":"lee"}},"revision":{"seq":3},"errors":[]}}`)
	must(lee, `mutation{c:editComment(input:{framework:"meridian",number:1,comment:1,baseRevision:3,body:"No."}){comment{body} errors{code}}}`, nil,
		`{"c":{"comment":{"body":"No."},"errors":[]}}`)
	s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Name: framework.Some("IT leadership")})
	must(ada, `mutation{d:decideChangeRequest(input:{framework:"meridian",number:1,baseRevision:5,outcome:ACCEPT,apply:true})`+back+`}`, nil,
		`{"d":{"changeRequest":null,"errors":[{"code":"CONFLICT","path":["edits"],"message":"skill ITMG, name, has been updated since, last in revision 5; rebase the proposal"}]}}`)
	must(con, `mutation{d:rebaseProposal(input:{framework:"meridian",number:1,baseRevision:5})`+back+`}`, nil,
		`{"d":{"changeRequest":null,"errors":[{"code":"CONFLICT","path":["choices"],"message":"skill ITMG, name, has been updated since, last in revision 5; choose OURS or THEIRS or VALUE for it"}]}}`)
	must(con, `mutation{d:rebaseProposal(input:{framework:"meridian",number:1,baseRevision:5,choices:[{kind:SKILL,key:"ITMG",field:"name",keep:VALUE,value:"Service leadership"}]})`+back+`}`, nil,
		`{"d":{"changeRequest":{"number":1,"status":"PENDING","applied":false},"errors":[]}}`)
	must(ada, `mutation{d:decideChangeRequest(input:{framework:"meridian",number:1,baseRevision:6,outcome:ACCEPT,text:"Yes.",apply:true}){revision{seq changeRequest{number}}
		changeRequest{status applied decision{text} applications{whatChanged}} errors{code}}}`, nil,
		`{"d":{"revision":{"seq":7,"changeRequest":{"number":1}},"changeRequest":{"status":"ACCEPTED","applied":true,"decision":{"text":"Yes."},"applications":[{"whatChanged":
		"- Skill ITMG (Service leadership) was renamed; its name was IT leadership.\n- Skill ITOP (Infrastructure operations) is now described at level 5."}]},"errors":[]}}`)
	must(con, `mutation{m:moveChangeRequest(input:{framework:"meridian",number:1,baseRevision:7,move:REOPEN})`+back+`}`, nil,
		`{"m":{"changeRequest":null,"errors":[{"code":"INVALID","path":["move"],"message":"change request #1 was applied in revision 7; revert that revision to go on with it"}]}}`)
	must(ada, `mutation{r:revertRevision(input:{framework:"meridian",revision:7,baseRevision:7}){revision{seq message changeRequest{number}} framework{skill(code:"ITMG"){name}} errors{code}}}`, nil,
		`{"r":{"revision":{"seq":8,"message":"Revert revision 7","changeRequest":{"number":1}},"framework":{"skill":{"name":"IT leadership"}},"errors":[]}}`)
	must(ada, `mutation{a:applyChangeRequest(input:{framework:"meridian",number:1,baseRevision:8,whatChanged:"All of it."}){changeRequest{applied applications{revision{seq} revertedIn{seq} whatChanged}} errors{code message}}}`, nil,
		`{"a":{"changeRequest":{"applied":true,"applications":[{"revision":{"seq":7},"revertedIn":{"seq":8},"whatChanged":"- Skill ITMG (Service leadership) was renamed; its name was IT leadership.\n- Skill ITOP (Infrastructure operations) is now described at level 5."},
		{"revision":{"seq":9},"revertedIn":null,"whatChanged":"All of it."}]},"errors":[]}}`)
	must(con, `mutation{a:amendChangeRequest(input:{framework:"meridian",number:1,baseRevision:9,title:"Other"})`+back+`}`, nil,
		`{"a":{"changeRequest":null,"errors":[{"code":"FORBIDDEN","path":[],"message":"change request #1 is ACCEPTED; only editors amend it now"}]}}`)
	must(con, `mutation{r:raiseChangeRequest(input:{framework:"meridian",title:"Two"})`+back+` l:linkChangeRequests(input:{framework:"meridian",number:2,baseRevision:10,type:FOLLOWS,to:1}){changeRequest{links{type changeRequest{number}}} errors{code}}}`, nil,
		`{"r":{"changeRequest":{"number":2,"status":"DRAFT","applied":false},"errors":[]},"l":{"changeRequest":{"links":[{"type":"FOLLOWS","changeRequest":{"number":1}}]},"errors":[]}}`)
	must(root, `mutation{c:redactComment(input:{framework:"meridian",number:1,comment:1}){comment{body redactedAt author{id}} errors{code}}
		p:redactPerson(input:{framework:"meridian",actor:"person:meridian:1"}){person{id name} errors{code}}}`, nil,
		`{"c":{"comment":{"body":null,"redactedAt":"2026-03-01T12:20:00Z","author":{"id":"lee"}},"errors":[]},"p":{"person":{"id":"person:meridian:1","name":null},"errors":[]}}`)
	// The draft is seen by its author and by editors only, by no route.
	for _, who := range []framework.Actor{lee, reader} {
		must(who, `{framework(code:"meridian"){changeRequest(number:2){title} changeRequests{totalCount} one:changeRequest(number:1){links{type}}}
			node(id:"change_request:meridian:2"){id} revision(seq:10){seq} framework2:framework(code:"meridian"){changeRequestCounts{count}}}`, nil,
			`{"framework":{"changeRequest":null,"changeRequests":{"totalCount":1},"one":{"links":[]}},"node":null,"revision":null,
			"framework2":{"changeRequestCounts":[{"count":0},{"count":0},{"count":1},{"count":0},{"count":0},{"count":0}]}}`)
	}
	// Who may not, may not.
	must(reader, `mutation{r:raiseChangeRequest(input:{framework:"meridian",title:"Two"})`+back+`}`, nil,
		`{"r":{"changeRequest":null,"errors":[{"code":"UNAUTHENTICATED","path":[],"message":"sign in to contribute to framework \"meridian\": send the header Authorization: Bearer <token>"}]}}`)
	must(con, `mutation{r:decideChangeRequest(input:{framework:"meridian",number:2,baseRevision:11,outcome:ACCEPT})`+back+`}`, nil,
		`{"r":{"changeRequest":null,"errors":[{"code":"FORBIDDEN","path":[],"message":"Con may not decide change requests of framework \"meridian\": that takes the access EDITOR for it"}]}}`)
}

// TestRedactedTextsAreNotStored redacts through the API, at first with a store that
// cannot take the texts out, and reads the store afterwards.
func TestRedactedTextsAreNotStored(t *testing.T) {
	j := &broken{Bolt: openJournal(t)}
	s := serve(t, j)
	s.load(t)
	s.edit(t, "meridian", framework.RaiseRequest{Title: "One", Submit: true, OnBehalfOf: framework.Who{Name: "Bob Private"}})
	s.edit(t, "meridian", framework.CommentRequest{Number: 1, Body: "Call Bob at home."})
	s.edit(t, "meridian", framework.EditComment{Number: 1, Comment: 1, Body: "Call Bob at 555-0100."})

	stored := func(want ...string) {
		t.Helper()
		var got []string
		err := j.Load(t.Context(), 0, func(r *framework.Revision) error {
			for _, c := range r.Changes {
				switch e := c.Entity.(type) {
				case *framework.Person:
					got = append(got, fmt.Sprintf("%d %s", r.Seq, e.Name))
				case *framework.Comment:
					got = append(got, fmt.Sprintf("%d %s", r.Seq, e.Body))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	}
	const (
		versions = `{framework{changeRequest(number:1){onBehalfOf{name} comments{nodes{versions{revision{seq} body}}}}}}`
		redact   = `mutation{
			c:redactComment(input:{framework:"meridian",number:1,comment:1}){comment{body} errors{code}}
			p:redactPerson(input:{framework:"meridian",actor:"person:meridian:1"}){person{name} errors{code}}}`
	)
	s.want(t, reader, versions, nil, `{"framework":{"changeRequest":{"onBehalfOf":{"name":"Bob Private"},"comments":{"nodes":[{"versions":[
		{"revision":{"seq":3},"body":"Call Bob at home."},{"revision":{"seq":4},"body":"Call Bob at 555-0100."}]}]}}}}`)
	stored("2 Bob Private", "3 Call Bob at home.", "4 Call Bob at 555-0100.")

	j.onRedact = errors.New("disk /dev/sda1 is full")
	a := s.ask(t, root, redact, nil)
	for _, p := range []string{"c", "p"} {
		if at(t, a.Data, p, "errors", 0, "code") != string(framework.Unavailable) {
			t.Errorf("%s: %s", p, a.Body)
		}
	}
	if strings.Contains(a.Body, "sda1") || !strings.Contains(s.log.String(), "sda1") {
		t.Errorf("the cause belongs into the log alone: %s\n%s", a.Body, s.log)
	}
	gone := `{"framework":{"changeRequest":{"onBehalfOf":{"name":null},"comments":{"nodes":[{"versions":[
		{"revision":{"seq":3},"body":null},{"revision":{"seq":4},"body":null},{"revision":{"seq":5},"body":null}]}]}}}}`
	s.want(t, reader, versions, nil, gone)
	stored("2 Bob Private", "3 Call Bob at home.", "4 Call Bob at 555-0100.", "5 ", "6 ")

	j.onRedact = nil
	s.want(t, root, redact, nil, `{"c":{"comment":{"body":null},"errors":[]},"p":{"person":{"name":null},"errors":[]}}`)
	s.want(t, reader, versions, nil, gone)
	stored("2 ", "3 ", "4 ", "5 ", "6 ")
}
