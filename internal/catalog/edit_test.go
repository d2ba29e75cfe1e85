package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

// A framework is made, edited and looked at again after a restart.
func TestEditSurvivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	var want *framework.World
	t.Run("first run", func(t *testing.T) {
		c := newCrafts(t, openBolt(t, path))
		req := edit(c, rename("WELD", "Arc welding"))
		req.Message = "  the usual name\r\n"
		out := mustEdit(t, c, ada, req)
		wantStep := &framework.Step{
			Seq: 2, ID: "id-2", Time: noon, Author: "ada", Message: "the usual name",
			Touches: []framework.Touch{{
				Ref: framework.Ref{Kind: framework.KindSkill, Framework: "crafts", Key: "WELD"}, Action: framework.Updated,
			}},
		}
		if diff := cmp.Diff(wantStep, out.Revision); diff != "" {
			t.Errorf("revision (-want +got):\n%s", diff)
		}
		if out.World != c.Head() || out.Replayed {
			t.Errorf("got world %d, replayed %v; want the head, not replayed", out.World.Seq(), out.Replayed)
		}
		if got := skill(out.World, "WELD").Name; got != "Arc welding" {
			t.Errorf("got name %q", got)
		}
		want = c.Head()
	})
	t.Run("second run", func(t *testing.T) {
		c := open(t, openBolt(t, path), options("second"))
		wantSame(t, want, c.Head())
		out := mustEdit(t, c, ben, edit(c, rename("WELD", "Welding")))
		if out.Revision.Seq != 3 {
			t.Errorf("got revision %d, want 3", out.Revision.Seq)
		}
	})
}

func TestEditThatChangesNothing(t *testing.T) {
	c := newCrafts(t, newBolt(t))
	head := c.Head()
	out := mustEdit(t, c, ada, edit(c, rename("WELD", "Welding")))
	if out.Revision != nil || out.World != head || c.Head() != head {
		t.Errorf("got revision %v on world %d; want none on the head", out.Revision, out.World.Seq())
	}
}

// Every refusal says what and where, and changes nothing.
func TestRefusals(t *testing.T) {
	j := newBolt(t)
	c := newCrafts(t, j)
	mustEdit(t, c, root, catalog.Request{Framework: "arts", Edits: []framework.Edit{
		framework.CreateFramework{Code: "arts", Name: "Arts"},
		framework.CreateSkill{Code: "PAINT", Name: "Painting"},
	}})
	head := c.Head()
	one := []framework.Edit{rename("WELD", "Arc welding")}

	tests := map[string]struct {
		actor   framework.Actor
		req     catalog.Request
		code    framework.Code
		path    string
		message string
	}{
		"nobody": {
			framework.Actor{}, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one},
			framework.Unauthenticated, "edits[0]", "sign in",
		},
		"a reader": {
			nosy, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one},
			framework.Forbidden, "edits[0]", "EDITOR",
		},
		"a reader with nothing to do": {nosy, catalog.Request{Framework: "crafts"}, framework.Forbidden, "", "EDITOR"},
		"an editor elsewhere": {
			smith, catalog.Request{Framework: "arts", BaseRevision: 2, Edits: one},
			framework.Forbidden, "edits[0]", `"arts"`,
		},
		"an editor who creates": {
			ada, catalog.Request{Framework: "new", Edits: []framework.Edit{framework.CreateFramework{Code: "new", Name: "New"}}},
			framework.Forbidden, "edits[0]", "ADMIN",
		},
		"an editor who archives": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{one[0], framework.ArchiveFramework{}}},
			framework.Forbidden, "edits[1]", "ADMIN",
		},
		"an editor who archives with a pointer": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{&framework.ArchiveFramework{}}},
			framework.Forbidden, "edits[0]", "ADMIN",
		},
		"a match with what the actor may not see": {
			smith, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{
				framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "arts", To: "PAINT"},
			}},
			framework.Forbidden, "edits[0]", `read framework "arts"`,
		},
		"no edits of no framework": {ada, catalog.Request{Framework: "new", BaseRevision: 1}, framework.NotFound, "framework", `no framework "new"`},
		"no edits by a reader":     {nosy, catalog.Request{Framework: "crafts", BaseRevision: 1}, framework.Forbidden, "", "edit"},
		"no base": {
			ada, catalog.Request{Framework: "crafts", Edits: one}, framework.Invalid, "baseRevision", "is required",
		},
		"a base yet to come": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 3, Edits: one},
			framework.Invalid, "baseRevision", "there is no revision 3; the newest is 2",
		},
		"a long message": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one, Message: strings.Repeat("x", 2_001)},
			framework.Invalid, "message", "2001 bytes",
		},
		"a message that is not text": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one, Message: "\xff"},
			framework.Invalid, "message", "UTF-8",
		},
		"a long request id": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one, RequestID: strings.Repeat("x", 201)},
			framework.Invalid, "requestId", "201 bytes",
		},
		"an unprintable request id": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: one, RequestID: "a\nb"},
			framework.Invalid, "requestId", "U+000A",
		},
		"a framework that is there": {
			root, catalog.Request{Framework: "crafts", Edits: crafts},
			framework.Invalid, "edits", "exists already",
		},
		"a framework under another's name": {
			root, catalog.Request{Framework: "new", Edits: []framework.Edit{framework.CreateFramework{Code: "other", Name: "Other"}}},
			framework.Invalid, "edits[0]", `"other"`,
		},
		"a framework that is not there": {
			ada, catalog.Request{Framework: "new", BaseRevision: 1, Edits: one},
			framework.NotFound, "framework", `no framework "new"`,
		},
		"problems": {
			ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{one[0], rename("KNIT", "Knitting"), rename("WELD", "")}},
			framework.Invalid, "edits", `edit 1, code: there is no skill "KNIT" in framework crafts; edit 2, name: is required; nothing was changed`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.Edit(t.Context(), tt.actor, tt.req)
			refusal := wantRefusal(t, err, tt.code)
			if got := framework.FormatPath(refusal.Path); got != tt.path {
				t.Errorf("got path %q, want %q", got, tt.path)
			}
			if !strings.Contains(refusal.Message, tt.message) {
				t.Errorf("got message %q, want it to say %q", refusal.Message, tt.message)
			}
		})
	}
	if c.Head() != head {
		t.Error("a refused request changed the head")
	}
	wantSame(t, head, open(t, j, options("again")).Head())
}

func TestProblemsAreAllThere(t *testing.T) {
	c := newCrafts(t, newBolt(t))
	_, err := c.Edit(t.Context(), ada, edit(c, rename("KNIT", "Knitting"), rename("WELD", "")))
	var problems *catalog.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	want := []framework.Problem{
		{Edit: 0, Field: "code", Message: `there is no skill "KNIT" in framework crafts`, Code: framework.Invalid},
		{Edit: 1, Field: "name", Message: "is required", Code: framework.Invalid},
	}
	if diff := cmp.Diff(want, problems.List); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Two editors look at revision 1. Ben is first; Ada's edits then meet his.
func TestTwoEditors(t *testing.T) {
	type clash struct {
		Ref    framework.Ref
		Fields []string
		Since  framework.Action
		Edit   int
	}
	weld := framework.Ref{Kind: framework.KindSkill, Framework: "crafts", Key: "WELD"}
	related := framework.Ref{Kind: framework.KindRelation, Framework: "crafts", Key: "FORGE RELATED WELD"}
	role := framework.Ref{Kind: framework.KindRole, Framework: "crafts", Key: "SMITH"}
	list := func(edits ...framework.Edit) []framework.Edit { return edits }

	tests := map[string]struct {
		bens, adas []framework.Edit
		conflict   []clash
		problem    string                         // of a refusal that is no conflict
		check      func(w *framework.World) error // of an edit that is made
		unchanged  bool
	}{
		"other skills": {
			bens: list(rename("WELD", "Arc welding")), adas: list(rename("FORGE", "Hammering")),
			check: func(w *framework.World) error {
				if skill(w, "WELD").Name != "Arc welding" || skill(w, "FORGE").Name != "Hammering" {
					return errors.New("one of the edits was lost")
				}
				return nil
			},
		},
		"other fields of a skill": {
			bens: list(rename("WELD", "Arc welding")), adas: list(describe("WELD", "Joining metal.")),
			check: func(w *framework.World) error {
				if s := skill(w, "WELD"); s.Name != "Arc welding" || s.Description != "Joining metal." {
					return fmt.Errorf("one of the edits was lost: %+v", s)
				}
				return nil
			},
		},
		"other requirements of a role": {
			bens: list(framework.Require{Role: "SMITH", Skill: "WELD"}), adas: list(framework.Require{Role: "SMITH", Skill: "CAST"}),
		},
		"the same requirement of a role": {
			bens: list(framework.Require{Role: "SMITH", Skill: "WELD", Level: 1}), adas: list(framework.Require{Role: "SMITH", Skill: "WELD", Level: 2}),
			conflict: []clash{{role, []string{"requirements.WELD"}, framework.Updated, 0}},
		},
		"the same field": {
			bens:     list(rename("WELD", "Arc welding"), describe("WELD", "Joining metal.")),
			adas:     list(rename("FORGE", "Hammering"), rename("WELD", "Gas welding")),
			conflict: []clash{{weld, []string{"name"}, framework.Updated, 1}},
		},
		"the same field to the same value": {
			bens: list(rename("WELD", "Arc welding")), adas: list(rename("WELD", "Arc welding")), unchanged: true,
		},
		"the same field to the same value, and another": {
			bens: list(rename("WELD", "Arc welding")), adas: list(rename("WELD", "Arc welding"), describe("WELD", "Joining metal.")),
		},
		"a field changed and changed back": {
			bens: list(rename("WELD", "Arc welding"), rename("WELD", "Welding"), describe("WELD", "Joining metal.")), adas: list(rename("WELD", "Gas welding")),
		},
		"her own mistake": {
			bens: list(rename("WELD", "Arc welding")), adas: list(rename("KNIT", "Knitwear")), problem: "no skill",
		},
		"a level removed that she describes": {
			bens:     list(framework.RemoveLevel{Ordinal: 3}),
			adas:     list(framework.DefineLevel{Ordinal: 3, Essence: framework.Some("Teaches.")}),
			conflict: []clash{{framework.Ref{Kind: framework.KindLevel, Framework: "crafts", Key: "3"}, []string{"essence"}, framework.Removed, 0}},
		},
		"a field set to what it was before, which would undo what she has not seen": {
			bens:     list(rename("WELD", "Arc welding")),
			adas:     list(describe("FORGE", "Shaping metal."), rename("WELD", "Welding")),
			conflict: []clash{{weld, []string{"name"}, framework.Updated, 1}},
		},
		"a skill both create": {
			bens:     list(framework.CreateSkill{Code: "KNIT", Name: "Knitting"}),
			adas:     list(framework.CreateSkill{Code: "KNIT", Name: "Knitwear"}),
			conflict: []clash{{framework.Ref{Kind: framework.KindSkill, Framework: "crafts", Key: "KNIT"}, []string{"code", "name", "status"}, framework.Created, 0}},
		},
		"a skill she cannot have seen": {
			bens:     list(framework.CreateSkill{Code: "KNIT", Name: "Knitting"}),
			adas:     list(rename("KNIT", "Knitwear")),
			conflict: []clash{{framework.Ref{Kind: framework.KindSkill, Framework: "crafts", Key: "KNIT"}, []string{"name"}, framework.Created, 0}},
		},
		"a relation removed by both": {
			bens:     list(framework.Unrelate{From: "WELD", Type: framework.Related, To: "FORGE"}),
			adas:     list(framework.Unrelate{From: "WELD", Type: framework.Related, To: "FORGE"}),
			conflict: []clash{{related, []string{"from", "to", "type"}, framework.Removed, 0}},
		},
		"a relation removed and annotated": {
			bens:     list(framework.Unrelate{From: "WELD", Type: framework.Related, To: "FORGE"}),
			adas:     list(framework.UpdateRelation{From: "WELD", Type: framework.Related, To: "FORGE", Note: framework.Some("heat")}),
			conflict: []clash{{related, []string{"note"}, framework.Removed, 0}},
		},
		"a relation annotated and removed": {
			bens:     list(framework.UpdateRelation{From: "WELD", Type: framework.Related, To: "FORGE", Note: framework.Some("heat")}),
			adas:     list(framework.Unrelate{From: "WELD", Type: framework.Related, To: "FORGE"}),
			conflict: []clash{{related, []string{"note"}, framework.Updated, 0}},
		},
		"a skill merged that has got a relation since": {
			bens: list(framework.Relate{From: "WELD", Type: framework.Prerequisite, To: "CAST"}),
			adas: list(framework.MergeSkills{Codes: []string{"WELD"}, Into: "FORGE"}),
			conflict: []clash{{
				framework.Ref{Kind: framework.KindRelation, Framework: "crafts", Key: "WELD PREREQUISITE CAST"},
				[]string{"from", "to", "type"}, framework.Created, 0,
			}},
		},
		"a skill retired that she relates": {
			bens:    list(framework.RetireSkill{Code: "CAST"}),
			adas:    list(framework.Relate{From: "WELD", Type: framework.Prerequisite, To: "CAST"}),
			problem: "CAST is retired",
		},
		"an edit that depends on one before it": {
			bens: list(framework.CreateCategory{Code: "WOOL", Name: "Wool"}),
			adas: list(
				framework.CreateCategory{Code: "WOOL", Name: "Woollens"},
				framework.MoveSkill{Code: "WELD", Category: framework.Some("WOOL")},
				framework.CreateSkill{Code: "KNIT", Name: "Knitting", Category: "WOOL"}),
			conflict: []clash{{framework.Ref{Kind: framework.KindCategory, Framework: "crafts", Key: "WOOL"}, []string{"code", "name", "status"}, framework.Created, 0}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCrafts(t, newBolt(t))
			mustEdit(t, c, ben, edit(c, tt.bens...))
			head := c.Head()
			req := catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: tt.adas}
			out, err := c.Edit(t.Context(), ada, req)

			if err != nil {
				var conflict *catalog.Conflict
				var got []clash
				if errors.As(err, &conflict) {
					wantRefusal(t, err, framework.Conflict)
					for _, k := range conflict.Clashes {
						got = append(got, clash{k.Ref, k.Fields, k.Since, k.Edit})
						if k.By == nil || k.By.Seq != 2 {
							t.Errorf("%v was changed by %v, want revision 2", k.Ref, k.By)
						}
					}
				} else {
					wantRefusal(t, err, framework.Invalid)
				}
				if diff := cmp.Diff(tt.conflict, got); diff != "" {
					t.Errorf("clashes (-want +got), of %v:\n%s", err, diff)
				}
				if tt.problem != "" && !strings.Contains(err.Error(), tt.problem) || tt.problem == "" && tt.conflict == nil {
					t.Errorf("got error %v, want %q", err, tt.problem)
				}
				if c.Head() != head {
					t.Error("the refused edit changed the head")
				}
				return
			}
			if tt.conflict != nil || tt.problem != "" {
				t.Fatalf("the edit was made; want clashes %v or problem %q", tt.conflict, tt.problem)
			}
			if tt.unchanged {
				if out.Revision != nil {
					t.Errorf("got revision %v, want no change", out.Revision)
				}
				return
			}
			if tt.check != nil {
				if err := tt.check(c.Head()); err != nil {
					t.Error(err)
				}
			}
			if err := framework.Check(c.Head()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConflictSaysWhatWhenAndByWhom(t *testing.T) {
	c := newCrafts(t, newBolt(t))
	req := edit(c, rename("WELD", "Arc welding"))
	req.Message = "as in the trade"
	mustEdit(t, c, ben, req)
	_, err := c.Edit(t.Context(), ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{
		describe("CAST", "Pouring metal."), rename("WELD", "Gas welding"),
	}})
	want := &framework.Error{
		Code: framework.Conflict,
		Message: `skill WELD of framework crafts has been changed (name) since revision 1, last by ben in revision 2 at 2026-03-01T12:00:00Z` +
			` ("as in the trade"); nothing was changed: look at revision 2, and edit with it as the base revision`,
		Path: []any{"edits", 1},
	}
	if diff := cmp.Diff(want, wantRefusal(t, err, framework.Conflict)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A framework both create is a conflict for whoever has seen that there was none.
func TestCreateFrameworkTwice(t *testing.T) {
	c := newCrafts(t, newBolt(t))
	create := catalog.Request{Framework: "arts", BaseRevision: 1, Edits: []framework.Edit{framework.CreateFramework{Code: "arts", Name: "Arts"}}}
	mustEdit(t, c, root, create)
	create.Edits = []framework.Edit{framework.CreateFramework{Code: "arts", Name: "The arts"}}
	_, err := c.Edit(t.Context(), root, create)
	refusal := wantRefusal(t, err, framework.Conflict)
	if !strings.HasPrefix(refusal.Message, "framework arts has been created since revision 1, last by root") {
		t.Errorf("got message %q", refusal.Message)
	}
}

// Edits of one framework do not meet those of another, and do not need the past.
func TestOtherFrameworksDoNotMatter(t *testing.T) {
	j := &troubled{Bolt: newBolt(t)}
	c := newCrafts(t, j)
	out := mustEdit(t, c, root, catalog.Request{Framework: "arts", Edits: []framework.Edit{
		framework.CreateFramework{Code: "arts", Name: "Arts"}, framework.CreateSkill{Code: "WELD", Name: "Sculpture"},
	}})
	for i := range 40 {
		out = mustEdit(t, c, ben, catalog.Request{Framework: "arts", BaseRevision: out.Revision.Seq, Edits: []framework.Edit{
			rename("WELD", fmt.Sprintf("Sculpture %d", i)),
		}})
	}
	before := j.loaded()
	mustEdit(t, c, ada, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{rename("WELD", "Arc welding")}})
	if j.loaded() != before {
		t.Error("the journal was read for an edit nobody has interfered with")
	}
}

// A request is made once, however often it is sent, and whoever restarts.
func TestSameRequestAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	req := catalog.Request{
		Framework: "crafts", BaseRevision: 1, RequestID: "7d1c",
		Edits: []framework.Edit{framework.CreateSkill{Code: "KNIT", Name: "Knitting"}},
	}
	var first catalog.Outcome
	again := func(t *testing.T, c *catalog.Catalog) {
		t.Helper()
		out := mustEdit(t, c, ada, req)
		if !out.Replayed {
			t.Error("the outcome is not said to be replayed")
		}
		if diff := cmp.Diff(first.Revision, out.Revision); diff != "" {
			t.Errorf("revision (-first +again):\n%s", diff)
		}
		wantSame(t, first.World, out.World)
	}
	t.Run("first run", func(t *testing.T) {
		c := newCrafts(t, openBolt(t, path))
		first = mustEdit(t, c, ada, req)
		again(t, c)
		for i := range 40 {
			mustEdit(t, c, ben, edit(c, rename("KNIT", fmt.Sprintf("Knitting %d", i))))
		}
		again(t, c)
	})
	t.Run("second run", func(t *testing.T) {
		c := open(t, openBolt(t, path), options("second"))
		again(t, c)
		if c.Head().Seq() != 42 {
			t.Errorf("the head is at %d, want 42", c.Head().Seq())
		}

		_, err := c.Edit(t.Context(), ben, req)
		wantRefusal(t, err, framework.Conflict) // his request, not hers

		other := catalog.Request{Framework: "arts", RequestID: "7d1c", Edits: []framework.Edit{framework.CreateFramework{Code: "arts", Name: "Arts"}}}
		admin := ada
		admin.Access = framework.Admin
		_, err = c.Edit(t.Context(), admin, other)
		refusal := wantRefusal(t, err, framework.Invalid)
		if want := `"7d1c" was used in revision 2 for another request; use a new one for each`; refusal.Message != want {
			t.Errorf("got message %q, want %q", refusal.Message, want)
		}
		changed := req
		changed.Edits = []framework.Edit{rename("WELD", "Something else")}
		_, err = c.Edit(t.Context(), ada, changed)
		wantRefusal(t, err, framework.Invalid)
	})
}

// The journal fails in the middle of an append. What the caller is told is true.
func TestAppendFails(t *testing.T) {
	broken := errors.New("the disk is on fire")
	down := func(context.Context) error { return broken }

	tests := map[string]struct {
		append func(j *journal.Bolt) func(context.Context, *framework.Revision) error
		load   []func(context.Context) error
		code   framework.Code // of the answer, or empty for success
		stored bool
	}{
		"the answer is lost": {
			append: func(j *journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(ctx context.Context, r *framework.Revision) error {
					return errors.Join(j.Append(ctx, r), broken)
				}
			},
			stored: true,
		},
		"the answer is that it is there already": { // a driver that has tried twice
			append: func(j *journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(ctx context.Context, r *framework.Revision) error {
					if err := j.Append(ctx, r); err != nil {
						return err
					}
					return j.Append(ctx, r)
				}
			},
			stored: true,
		},
		"nothing was stored": {
			append: func(*journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(context.Context, *framework.Revision) error { return broken }
			},
			code: framework.Unavailable,
		},
		"the answer is lost and the journal is gone": {
			append: func(j *journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(ctx context.Context, r *framework.Revision) error {
					return errors.Join(j.Append(ctx, r), broken)
				}
			},
			load:   []func(context.Context) error{down},
			code:   framework.OutcomeUnknown,
			stored: true,
		},
		"nothing was stored and the journal is gone": {
			append: func(*journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(context.Context, *framework.Revision) error { return broken }
			},
			load: []func(context.Context) error{down},
			code: framework.OutcomeUnknown,
		},
		"nothing was stored for certain and the journal is gone": {
			append: func(*journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(context.Context, *framework.Revision) error { return errors.Join(broken, journal.ErrNotStored) }
			},
			load: []func(context.Context) error{down},
			code: framework.Unavailable,
		},
		"it may not last": {
			append: func(j *journal.Bolt) func(context.Context, *framework.Revision) error {
				return func(ctx context.Context, r *framework.Revision) error {
					return errors.Join(j.Append(ctx, r), journal.ErrOutcomeUnknown)
				}
			},
			code:   framework.OutcomeUnknown,
			stored: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := &troubled{Bolt: newBolt(t)}
			c := newCrafts(t, j)
			req := edit(c, framework.CreateSkill{Code: "KNIT", Name: "Knitting"})
			req.RequestID = "7d1c"
			j.appendWith(tt.append(j.Bolt))
			j.loadWith(tt.load...)
			out, err := c.Edit(t.Context(), ada, req)
			switch tt.code {
			case "":
				if err != nil {
					t.Fatal(err)
				}
				if out.Revision.ID != "id-2" || skill(out.World, "KNIT") == nil {
					t.Errorf("got revision %+v", out.Revision)
				}
			default:
				refusal := wantRefusal(t, err, tt.code)
				if strings.Contains(refusal.Message, "fire") || name != "it may not last" && !errors.Is(err, broken) {
					t.Errorf("got %v; want the cause wrapped, and not in the message %q", err, refusal.Message)
				}
				if tt.code == framework.OutcomeUnknown && !strings.Contains(refusal.Message, "revision 2 with the id id-2") {
					t.Errorf("got message %q, want it to name the revision", refusal.Message)
				}
			}

			// However it went, sending it again brings it about exactly once.
			out = mustEdit(t, c, ada, req)
			if out.Replayed != tt.stored {
				t.Errorf("asked again: replayed %v, want %v", out.Replayed, tt.stored)
			}
			if c.Head().Seq() != 2 || skill(c.Head(), "KNIT") == nil {
				t.Errorf("the head is at %d", c.Head().Seq())
			}
			wantSame(t, c.Head(), open(t, j.Bolt, options("again")).Head())
		})
	}
}

// What cannot be told for want of the newest revisions is not told.
func TestCannotCatchUp(t *testing.T) {
	broken := errors.New("the disk is on fire")
	down := func(context.Context) error { return broken }
	j := &troubled{Bolt: newBolt(t)}
	c := newCrafts(t, j)
	tests := map[string]func() error{
		"a refusal": func() error {
			_, err := c.Edit(t.Context(), ada, edit(c, rename("KNIT", "Knitting")))
			return err
		},
		"that nothing changes": func() error {
			_, err := c.Edit(t.Context(), ada, edit(c, rename("WELD", "Welding")))
			return err
		},
		"an edit that another overtakes": func() error {
			j.appendWith(func(context.Context, *framework.Revision) error { return journal.ErrTaken })
			_, err := c.Edit(t.Context(), ada, edit(c, rename("WELD", "Arc welding")))
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			j.loadWith(down)
			err := ask()
			want := "the newest revisions could not be read; nothing was changed, try again"
			if got := wantRefusal(t, err, framework.Unavailable).Message; got != want || !errors.Is(err, broken) {
				t.Errorf("got %v, want %q with its cause", err, want)
			}
		})
	}
}

// A client that hangs up does not stop an append that has begun, and one that
// has hung up before changes nothing.
func TestClientHangsUp(t *testing.T) {
	j := &troubled{Bolt: newBolt(t)}
	c := newCrafts(t, j)
	ctx, hangUp := context.WithCancel(t.Context())
	j.appendWith(func(ctx context.Context, r *framework.Revision) error {
		hangUp()
		return j.Bolt.Append(ctx, r)
	})
	if _, err := c.Edit(ctx, ada, edit(c, rename("WELD", "Arc welding"))); err != nil {
		t.Fatal(err)
	}
	_, err := c.Edit(ctx, ada, edit(c, rename("WELD", "Gas welding")))
	wantRefusal(t, err, framework.Unavailable)
	if c.Head().Seq() != 2 {
		t.Errorf("the head is at %d, want 2", c.Head().Seq())
	}
}

// Two catalogs write to one journal; neither tells the other.
func TestTwoCatalogs(t *testing.T) {
	setUp := func(t *testing.T) (one, two *catalog.Catalog) {
		j := newBolt(t)
		one = newCrafts(t, j)
		return one, open(t, j, options("two"))
	}
	t.Run("disjoint edits both get in", func(t *testing.T) {
		one, two := setUp(t)
		mustEdit(t, one, ada, edit(one, rename("WELD", "Arc welding")))
		out := mustEdit(t, two, ben, edit(two, rename("FORGE", "Hammering")))
		if out.Revision.Seq != 3 || skill(out.World, "WELD").Name != "Arc welding" {
			t.Errorf("got revision %d on a world where WELD is %q", out.Revision.Seq, skill(out.World, "WELD").Name)
		}
		// The first has not heard of it, and catches up as it needs to.
		mustEdit(t, one, ada, catalog.Request{Framework: "crafts", BaseRevision: 3, Edits: []framework.Edit{rename("FORGE", "Smithing")}})
		mustEdit(t, two, ben, catalog.Request{Framework: "crafts", BaseRevision: 4, Edits: []framework.Edit{rename("FORGE", "Forging")}})
	})
	t.Run("the second of two edits of one field is refused", func(t *testing.T) {
		one, two := setUp(t)
		mustEdit(t, one, ada, edit(one, rename("WELD", "Arc welding")))
		_, err := two.Edit(t.Context(), ben, edit(two, rename("WELD", "Gas welding")))
		wantRefusal(t, err, framework.Conflict)
		wantSame(t, one.Head(), two.Head())
	})
	t.Run("a refusal is of the newest revision", func(t *testing.T) {
		one, two := setUp(t)
		mustEdit(t, one, ada, edit(one, framework.CreateSkill{Code: "KNIT", Name: "Knitting"}))
		mustEdit(t, two, ben, catalog.Request{Framework: "crafts", BaseRevision: 1, Edits: []framework.Edit{
			framework.Relate{From: "KNIT", Type: framework.Related, To: "WELD"},
		}})
	})
	t.Run("a request sent to the other is not made twice", func(t *testing.T) {
		one, two := setUp(t)
		req := edit(one, framework.CreateSkill{Code: "KNIT", Name: "Knitting"})
		req.RequestID = "7d1c"
		first := mustEdit(t, one, ada, req)
		again := mustEdit(t, two, ada, req)
		if !again.Replayed || again.Revision.ID != first.Revision.ID {
			t.Errorf("got %+v, want the outcome %+v", again.Revision, first.Revision)
		}
	})
	t.Run("nor is one that would change nothing by now", func(t *testing.T) {
		one, two := setUp(t)
		req := edit(one, rename("WELD", "Arc welding"))
		req.RequestID = "7d1c"
		first := mustEdit(t, one, ada, req)
		again := mustEdit(t, two, ada, req)
		if !again.Replayed || again.Revision == nil || again.Revision.ID != first.Revision.ID {
			t.Errorf("got %+v, want the outcome %+v", again.Revision, first.Revision)
		}
	})
}

// Another writer is first, again and again.
func TestOvertaken(t *testing.T) {
	for times, want := range map[int]framework.Code{1: "", 19: "", 20: framework.Unavailable} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			j := &troubled{Bolt: newBolt(t)}
			c := newCrafts(t, j)
			other := open(t, j.Bolt, options("other"))
			var steal []func(context.Context, *framework.Revision) error
			for i := range times {
				steal = append(steal, func(ctx context.Context, r *framework.Revision) error {
					if _, err := other.Edit(ctx, ben, catalog.Request{
						Framework: "crafts", BaseRevision: r.Seq - 1, Edits: []framework.Edit{rename("WELD", fmt.Sprintf("Welding %d", i))},
					}); err != nil {
						return err
					}
					return j.Bolt.Append(ctx, r)
				})
			}
			j.appendWith(steal...)
			_, err := c.Edit(t.Context(), ada, edit(c, rename("FORGE", "Hammering")))
			if want != "" {
				wantRefusal(t, err, want)
				wantSame(t, other.Head(), c.Head())
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Head().Seq(); got != int64(times+2) {
				t.Errorf("the head is at %d, want %d", got, times+2)
			}
		})
	}
}

func TestTimeDoesNotGoBack(t *testing.T) {
	now := newClock(noon.Add(1_234_567 * time.Nanosecond))
	o := options("id")
	o.Now = now.Now
	j := newBolt(t)
	c := open(t, j, o)
	mustEdit(t, c, root, catalog.Request{Framework: "crafts", Edits: crafts})
	for i, d := range []time.Duration{-time.Hour, 2 * time.Second, time.Second, 3 * time.Second} {
		now.set(noon.Add(d).In(time.FixedZone("elsewhere", 3600)))
		mustEdit(t, c, ada, edit(c, rename("WELD", fmt.Sprintf("Welding %d", i))))
	}
	var got []time.Time
	for seq := int64(1); seq <= c.Head().Seq(); seq++ {
		got = append(got, c.Head().Step(seq).Time)
	}
	ms := noon.Add(time.Millisecond)
	want := []time.Time{ms, ms, noon.Add(2 * time.Second), noon.Add(2 * time.Second), noon.Add(3 * time.Second)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantSame(t, c.Head(), open(t, j, options("again")).Head())
}

// Each writer adds its mark to what it has seen of one text. Were any write lost,
// or any overwritten unseen, a mark would be missing. Readers check what they see
// meanwhile.
func TestNoWriteIsLost(t *testing.T) {
	const writers, each = 6, 10
	j := newBolt(t)
	catalogs := []*catalog.Catalog{newCrafts(t, j), open(t, j, options("two"))}
	text := func(w *framework.World) string { return skill(w, "WELD").Description }

	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for i := range writers {
		c := catalogs[i%len(catalogs)]
		writing.Go(func() {
			for made := 0; made < each; {
				seen := c.Head()
				want := strings.TrimSpace(fmt.Sprintf("%s %d/%d", text(seen), i, made))
				out, err := c.Edit(t.Context(), ada, catalog.Request{
					Framework: "crafts", BaseRevision: seen.Seq(), Edits: []framework.Edit{describe("WELD", want)},
				})
				var refusal *framework.Error
				switch {
				case err == nil && out.Revision != nil && text(out.World) == want:
					made++
				case err == nil:
					t.Errorf("wrote %q and got %q in revision %v", want, text(out.World), out.Revision)
					return
				case errors.As(err, &refusal) && refusal.Code == framework.Conflict:
					if c.Head() == seen {
						t.Errorf("conflict with the head: %v", err)
						return
					}
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 4 {
		c := catalogs[i%len(catalogs)]
		reading.Go(func() {
			last := c.Head()
			for {
				w, err := c.Wait(t.Context(), last.Seq())
				if err != nil || w.Seq() < last.Seq() || !strings.HasPrefix(text(w), text(last)) {
					t.Errorf("revision %d with %q came after %d with %q (%v)", w.Seq(), text(w), last.Seq(), text(last), err)
					return
				}
				if err := framework.Check(w); err != nil {
					t.Error(err)
					return
				}
				past, err := c.At(t.Context(), (1+w.Seq())/2)
				if err != nil || !strings.HasPrefix(text(w), text(past)) {
					t.Errorf("revision %d had more than %d: %v", (1+w.Seq())/2, w.Seq(), err)
					return
				}
				last = w
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	w := open(t, j, options("again")).Head()
	if got := len(strings.Fields(text(w))); got != writers*each || w.Seq() != 1+writers*each {
		t.Errorf("there are %d marks at revision %d, want %d at %d", got, w.Seq(), writers*each, 1+writers*each)
	}
}
