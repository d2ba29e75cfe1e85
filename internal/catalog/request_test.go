package catalog_test

import (
	"fmt"
	"sync"
	"testing"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// TestNumbersUnderManyWriters raises requests through several catalogs over one
// journal at once: each gets a number of its own, and none is left out.
func TestNumbersUnderManyWriters(t *testing.T) {
	const instances, each = 4, 15
	bolt := newBolt(t)
	newCrafts(t, bolt)
	var group sync.WaitGroup
	var last *catalog.Catalog
	for i := range instances {
		c := open(t, bolt, options(fmt.Sprint("instance-", i)))
		last = c
		for k := range each {
			group.Go(func() {
				for {
					_, err := c.Edit(t.Context(), ada, catalog.Request{
						Framework: "crafts", RequestID: fmt.Sprint(i, "-", k),
						Edits: []framework.Edit{framework.RaiseRequest{Title: fmt.Sprint("Wish ", i, "-", k), Submit: true}},
					})
					if err == nil {
						return
					}
					// Others were first too often.
				}
			})
		}
	}
	group.Wait()
	// One more makes the last catalog catch up with the others.
	outcome := mustEdit(t, last, ada, catalog.Request{Framework: "crafts", Edits: []framework.Edit{framework.RaiseRequest{Title: "The last"}}})
	titles := map[string]bool{}
	for number := 1; number <= instances*each+1; number++ {
		r, ok := outcome.World.Entity(framework.Ref{Kind: framework.KindChangeRequest, Framework: "crafts", Key: fmt.Sprint(number)}).(*framework.ChangeRequest)
		if !ok || titles[r.Title] {
			t.Fatalf("number %d is left out or given twice", number)
		}
		titles[r.Title] = true
	}
}

// TestApplyMeetsAnotherWriter applies a proposal while others change the framework:
// elsewhere, which is no matter, and in the same field, which is a conflict.
func TestApplyMeetsAnotherWriter(t *testing.T) {
	bolt := newBolt(t)
	c := newCrafts(t, bolt)
	other := open(t, bolt, options("other"))
	base := c.Head().Seq()
	mustEdit(t, c, ada, catalog.Request{Framework: "crafts", Edits: []framework.Edit{framework.RaiseRequest{
		Title: "Rename", Submit: true, Base: base, Edits: []framework.Edit{rename("WELD", "Fusing")},
	}}})
	decide := func() catalog.Request {
		return edit(c, framework.DecideRequest{Number: 1, Outcome: framework.OutcomeAccept, Apply: true})
	}
	req := decide()
	mustEdit(t, other, ada, catalog.Request{Framework: "crafts", BaseRevision: base + 1, Edits: []framework.Edit{describe("WELD", "Joins metal.")}})
	outcome := mustEdit(t, c, ada, req)
	if s := skill(outcome.World, "WELD"); s.Name != "Fusing" || s.Description != "Joins metal." || outcome.Revision.ChangeRequest != 1 {
		t.Errorf("%+v %+v", s, outcome.Revision)
	}
	r := outcome.World.Entity(framework.Ref{Kind: framework.KindChangeRequest, Framework: "crafts", Key: "1"}).(*framework.ChangeRequest)
	if r.Applications[0].Revision != outcome.Revision.Seq {
		t.Errorf("it says it was applied in revision %d, not %d", r.Applications[0].Revision, outcome.Revision.Seq)
	}
	// And takes it back, which others have built upon by now.
	back := edit(c, framework.RevertRevision{Seq: outcome.Revision.Seq})
	mustEdit(t, other, ada, catalog.Request{Framework: "crafts", BaseRevision: outcome.Revision.Seq, Edits: []framework.Edit{rename("WELD", "Joining")}})
	_, err := c.Edit(t.Context(), ada, back)
	wantRefusal(t, err, framework.Conflict)
	back.BaseRevision = c.Head().Seq()
	back.Edits = []framework.Edit{framework.RevertRevision{Seq: outcome.Revision.Seq, Choices: []framework.Choice{
		{Kind: framework.KindSkill, Key: "WELD", Field: "name", Keep: framework.KeepOurs},
	}}}
	if s := skill(mustEdit(t, c, ada, back).World, "WELD"); s.Name == "Joining" || s.Description != "Joins metal." {
		t.Errorf("%+v", s)
	}
}

// TestSettleMeetsAnotherWriter rebases a proposal and takes a revision back, both
// older than the worlds at hand, while another writer is first: what they need of
// the past is rebuilt, and what the other has done is not overwritten unseen.
func TestSettleMeetsAnotherWriter(t *testing.T) {
	bolt := newBolt(t)
	c := newCrafts(t, bolt)
	other := open(t, bolt, options("other"))
	renamed := mustEdit(t, c, ada, edit(c, rename("WELD", "Fusing"), describe("WELD", "Melts metal."))).Revision.Seq
	mustEdit(t, c, ada, catalog.Request{Framework: "crafts", Edits: []framework.Edit{framework.RaiseRequest{
		Title: "Rename", Submit: true, Base: renamed, Edits: []framework.Edit{rename("WELD", "Bonding"), describe("WELD", "Bonds metal.")},
	}}})
	for i := range 40 {
		mustEdit(t, c, ada, edit(c, framework.UpdateSkill{Code: "WELD", Guidance: framework.Some(fmt.Sprint("Guidance ", i))}))
	}
	choice := func(field string, keep framework.Keep, value string) framework.Choice {
		return framework.Choice{Kind: framework.KindSkill, Key: "WELD", Field: field, Keep: keep, Value: value}
	}
	meet := func(e framework.Edit, others ...framework.Edit) (catalog.Outcome, error) {
		t.Helper()
		req := edit(c, e) // made on a head that is not the newest for long
		mustEdit(t, other, ada, catalog.Request{Framework: "crafts", BaseRevision: c.Head().Seq(), Edits: others})
		return c.Edit(t.Context(), ada, req)
	}

	_, err := meet(framework.RebaseProposal{Number: 1}, rename("WELD", "Joining"))
	wantRefusal(t, err, framework.Conflict)
	outcome, err := meet(framework.RebaseProposal{Number: 1, Choices: []framework.Choice{choice("name", framework.KeepValue, "Joining and bonding")}},
		framework.UpdateSkill{Code: "WELD", URL: framework.Some("https://example.org/weld")})
	if err != nil {
		t.Fatal(err)
	}
	p := outcome.World.Entity(framework.Ref{Kind: framework.KindProposal, Framework: "crafts", Key: "1/2"}).(*framework.Proposal)
	if p.Base != outcome.Revision.Seq-1 {
		t.Errorf("the proposal is on revision %d, and not on the other writer's, %d", p.Base, outcome.Revision.Seq-1)
	}
	outcome = mustEdit(t, c, ada, edit(c, framework.DecideRequest{Number: 1, Outcome: framework.OutcomeAccept, Apply: true}))
	if s := skill(outcome.World, "WELD"); s.Name != "Joining and bonding" || s.Description != "Bonds metal." || s.Guidance != "Guidance 39" || s.URL == "" {
		t.Errorf("%+v", s)
	}

	_, err = meet(framework.RevertRevision{Seq: renamed, Choices: []framework.Choice{choice("name", framework.KeepTheirs, "")}}, rename("CAST", "Founding"))
	wantRefusal(t, err, framework.Conflict) // about the description
	outcome, err = meet(framework.RevertRevision{Seq: renamed, Choices: []framework.Choice{
		choice("name", framework.KeepTheirs, ""), choice("description", framework.KeepOurs, ""),
	}}, framework.UpdateSkill{Code: "WELD", Guidance: framework.Some("The last.")})
	if err != nil {
		t.Fatal(err)
	}
	if s := skill(outcome.World, "WELD"); s.Name != "Joining and bonding" || s.Description != "" || s.Guidance != "The last." {
		t.Errorf("%+v", s)
	}
}
