package catalog_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

var (
	redactComment = catalog.Request{Framework: "crafts", Edits: []framework.Edit{framework.RedactComment{Number: 1, Comment: 1}}}
	theComment    = framework.Ref{Kind: framework.KindComment, Framework: "crafts", Key: "1/1"}
)

// newDiscussed is a catalog where a comment was made in revision 3 and edited in 4.
func newDiscussed(t *testing.T, j catalog.Journal) *catalog.Catalog {
	t.Helper()
	c := newCrafts(t, j)
	mustEdit(t, c, ada, edit(c, framework.RaiseRequest{
		Title: "Solder", Summary: "Soldering is missing.", OnBehalfOf: framework.Who{Name: "Bob Private"}, Submit: true,
	}))
	mustEdit(t, c, ada, edit(c, framework.CommentRequest{Number: 1, Body: "Call Bob at home."}))
	mustEdit(t, c, ada, edit(c, framework.EditComment{Number: 1, Comment: 1, Body: "Call Bob at 555-0100."}))
	return c
}

// texts are those of a comment or a person that a journal has, by revision.
func texts(t *testing.T, j catalog.Journal, ref framework.Ref) map[int64]string {
	t.Helper()
	all := map[int64]string{}
	err := j.Load(t.Context(), 0, func(r *framework.Revision) error {
		switch e := r.Version(ref).(type) {
		case *framework.Comment:
			all[r.Seq] = e.Body
		case *framework.Person:
			all[r.Seq] = e.Name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRedact(t *testing.T) {
	j := newBolt(t)
	c := newDiscussed(t, j)
	var person framework.Ref
	for _, touch := range c.Head().Step(2).Touches {
		if touch.Kind == framework.KindPerson {
			person = touch.Ref
		}
	}
	want := func(ref framework.Ref, want map[int64]string) {
		t.Helper()
		if diff := cmp.Diff(want, texts(t, j, ref)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref.Key, diff)
		}
	}
	want(theComment, map[int64]string{3: "Call Bob at home.", 4: "Call Bob at 555-0100."})
	want(person, map[int64]string{2: "Bob Private"})

	_, err := c.Redact(t.Context(), ada, redactComment)
	wantRefusal(t, err, framework.Forbidden)
	want(theComment, map[int64]string{3: "Call Bob at home.", 4: "Call Bob at 555-0100."})

	out, err := c.Redact(t.Context(), root, redactComment)
	if err != nil {
		t.Fatal(err)
	}
	if out.Revision == nil || out.Revision.Seq != 5 {
		t.Errorf("the revision is %v, want 5", out.Revision)
	}
	want(theComment, map[int64]string{3: "", 4: "", 5: ""})
	want(person, map[int64]string{2: "Bob Private"})
	if _, err := c.Redact(t.Context(), root, catalog.Request{Framework: "crafts", Edits: []framework.Edit{framework.RedactPerson{ID: person.Key}}}); err != nil {
		t.Fatal(err)
	}
	want(person, map[int64]string{2: "", 6: ""})

	again := open(t, j, options("again"))
	wantSame(t, c.Head(), again.Head())
	if e, ok := again.Head().Entity(theComment).(*framework.Comment); !ok || e.Body != "" || !e.RedactedAt.Equal(noon) {
		t.Errorf("the comment is %v", e)
	}
}

// TestRedactThatFails edits, but cannot take the text out of the store.
func TestRedactThatFails(t *testing.T) {
	for _, requestID := range []string{"", "once"} {
		t.Run("request id "+requestID, func(t *testing.T) {
			j := &troubled{Bolt: newBolt(t)}
			c := newDiscussed(t, j)
			broken := errors.New("no route")
			j.onRedact = []func(context.Context) error{func(context.Context) error { return broken }}
			req := redactComment
			req.RequestID = requestID
			out, err := c.Redact(t.Context(), root, req)
			refusal := wantRefusal(t, err, framework.Unavailable)
			if !errors.Is(err, broken) || !strings.Contains(refusal.Message, "still stored") {
				t.Errorf("got %v", err)
			}
			if out.Revision == nil || out.World != c.Head() {
				t.Errorf("the outcome is %v", out)
			}
			if diff := cmp.Diff(map[int64]string{3: "Call Bob at home.", 4: "Call Bob at 555-0100.", 5: ""}, texts(t, j, theComment)); diff != "" {
				t.Errorf("what is stored (-want +got):\n%s", diff)
			}
			mustEdit(t, c, ada, edit(c, rename("WELD", "Fusing")))
			if _, err := c.Redact(t.Context(), root, req); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[int64]string{3: "", 4: "", 5: ""}, texts(t, j, theComment)); diff != "" {
				t.Errorf("what is stored after another try (-want +got):\n%s", diff)
			}
			if seq := c.Head().Seq(); seq != 6 {
				t.Errorf("the head is at %d, want 6: asking again makes no revision", seq)
			}
		})
	}
}
