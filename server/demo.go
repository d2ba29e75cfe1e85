package main

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

//go:embed demo/meridian.json
var demo []byte

// The people of the demo have no accounts. Those who act have the ids that the first
// change requests give them, in the order in which these name them.
var (
	priya  = framework.Actor{ID: "person:meridian:1", Name: "Priya Nair", Access: framework.Contributor}
	tomasz = framework.Actor{ID: "person:meridian:2", Name: "Tomasz Zielinski", Access: framework.Editor}
	lena   = framework.Actor{ID: "person:meridian:3", Name: "Lena Fischer", Access: framework.Contributor}
)

// A scene is one step of the story that the demo tells.
type scene struct {
	actor   framework.Actor
	message string
	// edits are made on the revision before.
	edits func(base int64) []framework.Edit
}

// loadDemo makes the demo framework, and change requests that show their whole life:
// one declined, one deferred, one accepted before a release and applied after it
// under another name than was proposed, and one still to be decided.
func loadDemo(ctx context.Context, c *catalog.Catalog) error {
	plan, err := exchange.Import(ctx, c.Head(), "json", []exchange.File{{Name: "demo", Content: demo}}, exchange.Options{})
	if err != nil {
		return err
	}
	base := int64(0)
	scenes := append([]scene{{systemActor, "Load the demo framework", func(int64) []framework.Edit { return plan.Edits }}}, story...)
	for i, s := range scenes {
		// The id lets only one of several instances that start together do it.
		outcome, err := c.Edit(ctx, s.actor, catalog.Request{
			Framework: plan.Framework, BaseRevision: base, Message: s.message, RequestID: fmt.Sprint("demo-", i), Edits: s.edits(base),
		})
		if err != nil {
			return fmt.Errorf("%s: %w", s.message, err)
		}
		base = outcome.World.Seq()
	}
	return nil
}

func on(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
}

// reshaped are the edits that give ITMG another subject, under a name.
func reshaped(name string) []framework.Edit {
	return []framework.Edit{
		framework.UpdateSkill{
			Code: "ITMG", Name: framework.Some(name),
			Description: framework.Some("Answering for the delivery of technical services to their customers: what is offered, how well it is kept up, what it costs and how it changes."),
		},
		framework.DefineSkillLevel{Skill: "ITMG", Level: 5, Description: "Answers for a set of technical services. Agrees with customers what is delivered, follows whether it is, and leads those who deliver it. Plans money, people and suppliers for a year and corrects the course when results slip."},
		framework.DefineSkillLevel{Skill: "ITMG", Level: 6, Description: "Directs the delivery of a portfolio of technical services. Decides how they are organised and paid for, settles conflicts between their customers, and reports on value, risk and sustainability."},
		framework.DefineSkillLevel{Skill: "ITMG", Level: 7, Description: "Sets how the organisation provides technical services: what it does itself, what it buys, and what it stops doing. Secures the means for years ahead and answers for the outcome to the board."},
	}
}

var story = []scene{
	{tomasz, "Bring in the change requests of last year", func(int64) []framework.Edit {
		return []framework.Edit{
			framework.ImportRequest{RequestRecord: framework.RequestRecord{
				Request: framework.ChangeRequest{
					Number: 1, Title: "Describe every skill from level 1", Status: framework.RequestDeclined,
					Summary:   "Newcomers look for themselves at level 1 and often do not find it.",
					Rationale: "Only a few skills begin there, such as ITOP and the service desk (SVDK).",
					Theme:     "Entry roles", RaisedAt: on(2025, time.March, 4, 9, 12),
					Decision: framework.Decision{
						Text: "Most skills cannot be practised under guidance in any useful way. Where they can, level 1 is welcome, skill by skill.",
						At:   on(2025, time.April, 10, 14, 0),
					},
					Subjects: []framework.Subject{{Kind: framework.KindFramework}, {Kind: framework.KindLevel, Key: "1"}},
				},
				RaisedBy: framework.Who{Name: "Priya Nair"}, DecidedBy: framework.Who{Name: "Tomasz Zielinski"},
				Comments: []framework.CommentRecord{{
					Author: framework.Who{Name: "Lena Fischer"}, At: on(2025, time.March, 6, 16, 40),
					Body: "What would level 1 of architecture (SARC) be? I cannot think of anything.",
				}},
			}},
			framework.ImportRequest{RequestRecord: framework.RequestRecord{
				Request: framework.ChangeRequest{
					Number: 2, Title: "One category for platforms and operations", Status: framework.RequestDeferred,
					Summary:   "Teams that build platforms run them as well, yet CLDP and ITOP are far apart.",
					DraftText: "*Platforms and operations*: what it takes to build what others build on, and to keep it running.",
					Theme:     "Structure", RaisedAt: on(2025, time.June, 18, 8, 5), TargetRelease: "2",
					Decision: framework.Decision{Text: "Worth doing with the next major release.", At: on(2025, time.July, 2, 10, 30)},
					Subjects: []framework.Subject{{Kind: framework.KindSkill, Key: "CLDP"}, {Kind: framework.KindSkill, Key: "ITOP"},
						{Kind: framework.KindCategory, Key: "platforms-and-operations", Name: "Platforms and operations"}},
				},
				RaisedBy: framework.Who{Name: "Lena Fischer"}, OnBehalfOf: framework.Who{Name: "Platform guild"}, DecidedBy: framework.Who{Name: "Tomasz Zielinski"},
			}},
		}
	}},
	{tomasz, "Publish release 1", func(base int64) []framework.Edit {
		return []framework.Edit{framework.CreateRelease{Code: "1", Name: "Meridian 1", Stage: framework.ReleasePublished, Revision: base}}
	}},
	{priya, "Ask for ITMG to be about services", func(base int64) []framework.Edit {
		return []framework.Edit{framework.RaiseRequest{
			Title:   "Reshape ITMG around the delivery of technical services",
			Summary: "Make IT management (ITMG) the skill of those who answer for a technical service, whatever it is built on.",
			Rationale: "As it stands, ITMG reads as the management of infrastructure. Managers of data or application services do the same work and " +
				"do not find themselves in it. What is about running infrastructure belongs to ITOP; #4 asks for a level 5 there.",
			Theme: "Service management", TargetRelease: "2", Submit: true, Base: base, Note: "A first draft of all three levels.",
			Subjects: []framework.Subject{{Kind: framework.KindSkill, Key: "ITMG"}},
			Edits:    reshaped("Technical service delivery management"),
		}}
	}},
	{lena, "Ask for a level 5 of ITOP", func(base int64) []framework.Edit {
		return []framework.Edit{framework.RaiseRequest{
			Title:     "A level 5 for infrastructure operations",
			Summary:   "Describe ITOP at level 5, for those who lead a team that runs infrastructure.",
			Rationale: "With #3 they no longer find themselves in ITMG5. Other operational skills, such as APSU and DBAM, have a level 5.",
			Theme:     "Service management", TargetRelease: "2", OnBehalfOf: framework.Who{Name: "Platform guild"}, Submit: true, Base: base,
			Subjects: []framework.Subject{{Kind: "skill_level", Key: "ITOP_5", Name: "Infrastructure operations, level 5"}},
			Edits: []framework.Edit{
				framework.DefineSkillLevel{Skill: "ITOP", Level: 5, Description: "Answers for the running of a large part of the infrastructure. Leads the team that operates it, sets its standards and its priorities, and plans its capacity, renewal and cost."},
				framework.Require{Role: "operations-manager", Skill: "ITOP", Level: 5},
			},
		}}
	}},
	{lena, "Tell of the companion request", func(int64) []framework.Edit {
		return []framework.Edit{framework.CommentRequest{Number: 3, Body: "The request for ITOP_5 is CR#4. I would keep *technical* out of the name: it says little here."}}
	}},
	{tomasz, "Link the two requests", func(int64) []framework.Edit {
		return []framework.Edit{framework.LinkRequest{Number: 4, Type: framework.LinkDependsOn, To: 3}}
	}},
	{tomasz, "Accept #3, to be applied after the release", func(int64) []framework.Edit {
		return []framework.Edit{framework.DecideRequest{
			Number: 3, Outcome: framework.OutcomeAccept,
			Text: "It describes the work as it is done, and leaves room for others than managers of infrastructure. Release 1.1 is too close; we apply it right after.",
		}}
	}},
	{tomasz, "Add a name by which CHNG is known", func(int64) []framework.Edit {
		return []framework.Edit{framework.UpdateSkill{
			Code: "CHNG", Synonyms: framework.Some([]string{"Change authorisation", "Change enablement", "Release approval"}),
		}}
	}},
	{tomasz, "Publish release 1.1", func(base int64) []framework.Edit {
		return []framework.Edit{framework.CreateRelease{
			Code: "1.1", Name: "Meridian 1.1", Stage: framework.ReleasePublished, Revision: base, Notes: "Small corrections.",
		}}
	}},
	{tomasz, "Apply #3 with a shorter name", func(base int64) []framework.Edit {
		return []framework.Edit{framework.ApplyRequest{Number: 3, Amended: reshaped("Service delivery management"), Base: base}}
	}},
}
