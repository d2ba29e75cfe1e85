package catalog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

// A shared journal is one that others write to; the test says when to look.
type shared struct {
	troubled
	look chan func(context.Context) error
}

func (j *shared) Follow(ctx context.Context, look func(context.Context) error) {
	j.look <- look
	<-ctx.Done()
}

func TestFollow(t *testing.T) {
	bolt := newBolt(t)
	writer := newCrafts(t, bolt)
	j := &shared{troubled: troubled{Bolt: bolt}, look: make(chan func(context.Context) error, 1)}
	o := options("other")
	var told []string
	o.Trouble = func(err error) {
		if err == nil {
			err = errors.New("fine")
		}
		told = append(told, err.Error())
	}
	c := open(t, j, o)
	look := <-j.look

	waiting := make(chan *framework.World)
	go func() {
		w, _ := c.Wait(t.Context(), 2)
		waiting <- w
	}()
	mustEdit(t, writer, ada, edit(writer, rename("WELD", "Fusing")))
	if err := look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := <-waiting; w == nil || skill(w, "WELD").Name != "Fusing" {
		t.Errorf("whoever waits gets %v", w)
	}
	wantSame(t, writer.Head(), c.Head())

	// A look that fails is told once, whatever comes of it, and changes nothing.
	broken := errors.New("no route")
	down := func(context.Context) error { return broken }
	corrupt := func(context.Context) error { return journal.ErrCorrupt }
	j.loadWith(down, down, corrupt)
	for range 3 {
		if look(t.Context()) == nil {
			t.Error("the look succeeds")
		}
	}
	if s := c.Status(); !errors.Is(s.Halted, journal.ErrCorrupt) || s.Lag <= 0 {
		t.Errorf("the status is %+v", s)
	}
	_, err := c.Edit(t.Context(), ada, edit(c, rename("WELD", "Joining")))
	wantRefusal(t, err, framework.Unavailable)
	wantSame(t, writer.Head(), c.Head())

	if err := look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := c.Status(); s.Halted != nil || s.Trouble != nil {
		t.Errorf("the status is %+v", s)
	}
	if diff := cmp.Diff([]string{"no route", journal.ErrCorrupt.Error(), "fine"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	mustEdit(t, c, ada, edit(c, rename("WELD", "Joining")))
}

// A writer and the follower both meet a revision, in either order.
func TestFollowerMeetsTheWritersOwn(t *testing.T) {
	j := &shared{troubled: troubled{Bolt: newBolt(t)}, look: make(chan func(context.Context) error, 1)}
	c := open(t, j, options("id"))
	look := <-j.look
	mustEdit(t, c, root, catalog.Request{Framework: "crafts", Edits: crafts})
	j.appendWith(func(ctx context.Context, r *framework.Revision) error {
		if err := j.Bolt.Append(ctx, r); err != nil {
			return err
		}
		return look(ctx) // before the writer has published it
	})
	req := edit(c, rename("WELD", "Fusing"))
	req.RequestID = "once"
	out := mustEdit(t, c, ada, req)
	if out.Revision.Seq != 2 || c.Head().Seq() != 2 {
		t.Errorf("the outcome is revision %d, the head %d", out.Revision.Seq, c.Head().Seq())
	}
	if err := look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := mustEdit(t, c, ada, req); !out.Replayed || c.Head().Seq() != 2 {
		t.Errorf("sent again it is revision %d, the head %d", out.Revision.Seq, c.Head().Seq())
	}
	wantSame(t, c.Head(), open(t, j.Bolt, options("again")).Head())
}

// A journal that a newer program has written to is read as far as it can be.
func TestOpenBeforeWhatIsNewer(t *testing.T) {
	bolt := newBolt(t)
	writer := newCrafts(t, bolt)
	newer := &cut{Bolt: bolt, err: journal.ErrNewerFormat}
	c, err := catalog.Open(t.Context(), newer, options("old"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wantSame(t, writer.Head(), c.Head())
	if s := c.Status(); !errors.Is(s.Halted, journal.ErrNewerFormat) {
		t.Errorf("the status is %+v", s)
	}
	_, err = c.Edit(t.Context(), ada, edit(c, rename("WELD", "Fusing")))
	wantRefusal(t, err, framework.Unavailable)
	newer.err = journal.ErrCorrupt
	if _, err := catalog.Open(t.Context(), newer, options("old")); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("what is damaged opens with %v", err)
	}
}

// A cut journal ends with an error.
type cut struct {
	*journal.Bolt
	err error
}

func (j *cut) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	if err := j.Bolt.Load(ctx, after, yield); err != nil {
		return err
	}
	return j.err
}
