package catalog_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/framework"
)

func TestRevision(t *testing.T) {
	j := &troubled{Bolt: newBolt(t)}
	c := newCrafts(t, j)
	mustEdit(t, c, root, edit(c, rename("WELD", "Joining")))
	mustEdit(t, c, root, edit(c, rename("WELD", "Fusing")))
	name := func(seq int64) string {
		t.Helper()
		r, err := c.Revision(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		return r.Version(framework.Ref{Kind: framework.KindSkill, Framework: "crafts", Key: "WELD"}).(*framework.Skill).Name
	}
	before := j.loaded()
	for range 2 {
		got := []string{name(1), name(2), name(3)}
		if diff := cmp.Diff([]string{"Welding", "Joining", "Fusing"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if n := j.loaded() - before; n != 3 {
		t.Errorf("the journal was read %d times for three revisions", n)
	}
	_, err := c.Revision(t.Context(), 0)
	wantRefusal(t, err, framework.Invalid)
	_, err = c.Revision(t.Context(), 4)
	wantRefusal(t, err, framework.NotFound)
}

func TestRevisionThatCannotBeRead(t *testing.T) {
	j := &troubled{Bolt: newBolt(t)}
	c := newCrafts(t, j)
	j.loadWith(func(context.Context) error { return errors.New("the disk is on fire") })
	_, err := c.Revision(t.Context(), 1)
	wantRefusal(t, err, framework.Unavailable)
	if _, err := c.Revision(t.Context(), 1); err != nil {
		t.Errorf("after the trouble: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	mustEdit(t, c, root, edit(c, rename("WELD", "Joining")))
	_, err = c.Revision(ctx, 2)
	wantRefusal(t, err, framework.Unavailable)
}

func TestRevisionSideBySide(t *testing.T) {
	c := newCrafts(t, newBolt(t))
	for _, name := range []string{"A", "B", "C", "D"} {
		mustEdit(t, c, root, edit(c, rename("WELD", name)))
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for seq := int64(1); seq <= 5; seq++ {
				if r, err := c.Revision(context.Background(), seq); err != nil || r.Seq != seq {
					t.Errorf("revision %d: %v, %v", seq, r, err)
				}
			}
		})
	}
	readers.Wait()
}
