package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// history is a catalog of revisions an hour apart, and the worlds that were head.
func history(t testing.TB, j catalog.Journal, revisions int) (*catalog.Catalog, []*framework.World) {
	t.Helper()
	now := newClock(noon)
	o := options("id")
	o.Now = now.Now
	c := open(t, j, o)
	heads := []*framework.World{c.Head()}
	for i := range revisions {
		now.set(noon.Add(time.Duration(i) * time.Hour))
		req := catalog.Request{Framework: "crafts", BaseRevision: c.Head().Seq()}
		switch {
		case i == 0:
			req.Edits = crafts
		case i%5 == 1:
			req.Edits = []framework.Edit{framework.CreateSkill{Code: fmt.Sprintf("K%d", i), Name: "Knitting", Category: "METAL"}}
		case i%5 == 2:
			req.Edits = []framework.Edit{framework.Relate{From: fmt.Sprintf("K%d", i-1), Type: framework.Broader, To: "WELD", Note: fmt.Sprint(i)}}
		case i%5 == 3:
			req.Edits = []framework.Edit{framework.DefineSkillLevel{Skill: "WELD", Level: 1 + i%3, Description: fmt.Sprint(i)}}
		case i%5 == 4:
			req.Edits = []framework.Edit{framework.MergeSkills{Codes: []string{fmt.Sprintf("K%d", i-3)}, Into: "CAST"}}
		default:
			req.Edits = []framework.Edit{framework.Require{Role: "SMITH", Skill: "WELD", Weight: float64(i) / 1000}}
		}
		mustEdit(t, c, root, req)
		heads = append(heads, c.Head())
	}
	return c, heads
}

// Whatever was head once can be read again, by number and by time, also after a
// restart, and in whichever order it is asked for.
func TestPast(t *testing.T) {
	const revisions = 50
	j := newBolt(t)
	first, heads := history(t, j, revisions)
	for name, c := range map[string]*catalog.Catalog{"same": first, "restarted": open(t, j, options("again"))} {
		t.Run(name, func(t *testing.T) {
			for i := range revisions + 1 {
				seq := int64(i * 17 % (revisions + 1))
				w, err := c.At(t.Context(), seq)
				if err != nil {
					t.Fatal(err)
				}
				wantSame(t, heads[seq], w)
			}
		})
	}
}

func TestPastThatIsNot(t *testing.T) {
	c, _ := history(t, newBolt(t), 2)
	tests := map[string]struct {
		ask     func() (*framework.World, error)
		code    framework.Code
		message string
	}{
		"before all":  {func() (*framework.World, error) { return c.At(t.Context(), -1) }, framework.Invalid, "-1 is not a revision; they are numbered from 1"},
		"yet to come": {func() (*framework.World, error) { return c.At(t.Context(), 3) }, framework.NotFound, "there is no revision 3; the newest is 2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tt.ask()
			if got := wantRefusal(t, err, tt.code).Message; got != tt.message {
				t.Errorf("got message %q, want %q", got, tt.message)
			}
		})
	}
}

// Many ask for one long past revision: it is rebuilt once, and for as long as
// anyone waits for it.
func TestRebuildIsShared(t *testing.T) {
	type answer struct {
		world *framework.World
		err   error
	}
	// A gate holds up loading, and tells when it has been cancelled.
	gate := func() (hold func(context.Context) error, open chan struct{}) {
		open = make(chan struct{})
		return func(ctx context.Context) error {
			select {
			case <-open:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, open
	}
	ask := func(ctx context.Context, c *catalog.Catalog, seq int64) chan answer {
		a := make(chan answer, 1)
		go func() {
			w, err := c.At(ctx, seq)
			a <- answer{w, err}
		}()
		return a
	}
	// Each story begins with 40 revisions, so that the first are long past.
	tests := map[string]func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World){
		"one rebuild for all": func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World) {
			hold, release := gate()
			j.loadWith(hold)
			before := j.loaded()
			var asked []chan answer
			for range 20 {
				asked = append(asked, ask(t.Context(), c, 3))
			}
			synctest.Wait()
			close(release)
			for _, a := range asked {
				got := <-a
				if got.err != nil {
					t.Fatal(got.err)
				}
				wantSame(t, heads[3], got.world)
			}
			if got := j.loaded() - before; got != 1 {
				t.Errorf("the journal was read %d times, want once", got)
			}
		},
		"the one who started it leaves": func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World) {
			hold, release := gate()
			j.loadWith(hold)
			ctx, leave := context.WithCancel(t.Context())
			first := ask(ctx, c, 3)
			synctest.Wait()
			second := ask(t.Context(), c, 3)
			synctest.Wait()
			leave()
			wantRefusal(t, (<-first).err, framework.Unavailable)
			close(release)
			got := <-second
			if got.err != nil {
				t.Fatal(got.err)
			}
			wantSame(t, heads[3], got.world)
		},
		"all leave": func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World) {
			hold, _ := gate() // which never opens
			j.loadWith(hold)
			ctx, leave := context.WithCancel(t.Context())
			first, queued := ask(ctx, c, 3), ask(ctx, c, 4)
			synctest.Wait()
			leave()
			for _, a := range []chan answer{first, queued} {
				err := (<-a).err
				wantRefusal(t, err, framework.Unavailable)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the cause wrapped", err)
				}
			}
			w, err := c.At(t.Context(), 3)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, heads[3], w)
		},
		"others take their turn": func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World) {
			hold, release := gate()
			j.loadWith(hold)
			before := j.loaded()
			first := ask(t.Context(), c, 3)
			synctest.Wait()
			second := ask(t.Context(), c, 4)
			synctest.Wait()
			if got := j.loaded() - before; got != 1 {
				t.Errorf("the journal is read %d times at once, want one at a time", got)
			}
			close(release)
			wantSame(t, heads[3], (<-first).world)
			wantSame(t, heads[4], (<-second).world)
		},
		"the catalog closes": func(t *testing.T, j *troubled, c *catalog.Catalog, _ []*framework.World) {
			cancelled := make(chan struct{})
			j.loadWith(func(ctx context.Context) error {
				<-ctx.Done()
				<-cancelled // and takes its time to return
				return ctx.Err()
			})
			first := ask(t.Context(), c, 3)
			synctest.Wait()
			closed := make(chan struct{})
			go func() {
				c.Close()
				close(closed)
			}()
			synctest.Wait()
			select {
			case <-closed:
				t.Error("Close did not wait for the rebuild it cancelled")
			default:
			}
			close(cancelled)
			<-closed
			wantRefusal(t, (<-first).err, framework.Unavailable)
			_, err := c.At(t.Context(), 3)
			wantRefusal(t, err, framework.Unavailable)
			if _, err := c.At(t.Context(), 40); err != nil {
				t.Errorf("what is at hand cannot be read after Close: %v", err)
			}
		},
		"the journal fails": func(t *testing.T, j *troubled, c *catalog.Catalog, heads []*framework.World) {
			broken := errors.New("the disk is on fire")
			j.loadWith(func(context.Context) error { return broken })
			_, err := c.At(t.Context(), 3)
			if refusal := wantRefusal(t, err, framework.Unavailable); strings.Contains(refusal.Message, "fire") || !errors.Is(err, broken) {
				t.Errorf("got %v; want the cause wrapped, and not in the message", err)
			}
			w, err := c.At(t.Context(), 3)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, heads[3], w)
		},
		"sixteen are kept": func(t *testing.T, j *troubled, c *catalog.Catalog, _ []*framework.World) {
			for seq := int64(48); seq >= 31; seq-- { // 50 to 19 are recent at 50
				if _, err := c.At(t.Context(), seq-30); err != nil {
					t.Fatal(err)
				}
			}
			before := j.loaded()
			for seq := int64(1); seq <= 16; seq++ {
				if _, err := c.At(t.Context(), seq); err != nil {
					t.Fatal(err)
				}
			}
			if got := j.loaded() - before; got != 0 {
				t.Errorf("the journal was read %d times for what had just been rebuilt", got)
			}
			if _, err := c.At(t.Context(), 18); err != nil {
				t.Fatal(err)
			}
			if got := j.loaded() - before; got != 1 {
				t.Errorf("the journal was read %d times for what was dropped, want once", got)
			}
			if _, err := c.At(t.Context(), 16); err != nil { // used later than 1
				t.Fatal(err)
			}
			if got := j.loaded() - before; got != 1 {
				t.Error("what was used last was dropped before what was used first")
			}
		},
	}
	for name, story := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &troubled{Bolt: newBolt(t)}
				c, heads := history(t, j, 50)
				story(t, j, c, heads)
			})
		})
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrafts(t, newBolt(t))
		for _, seq := range []int64{-1, 0, 1} {
			if w, err := c.Wait(t.Context(), seq); err != nil || w != c.Head() {
				t.Errorf("waiting for %d got %v, want the head at once", seq, err)
			}
		}

		got := make(chan *framework.World)
		go func() {
			w, err := c.Wait(t.Context(), 3)
			if err != nil {
				t.Error(err)
			}
			got <- w
		}()
		synctest.Wait()
		mustEdit(t, c, ada, edit(c, rename("WELD", "Arc welding")))
		synctest.Wait()
		select {
		case w := <-got:
			t.Errorf("waiting for revision 3 got %d", w.Seq())
		default:
		}
		mustEdit(t, c, ada, edit(c, rename("WELD", "Gas welding")))
		if w := <-got; w.Seq() != 3 {
			t.Errorf("waiting for revision 3 got %d", w.Seq())
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Wait(ctx, 5)
		want := "revision 5 has not arrived here yet, the newest is 3; ask again later"
		if got := wantRefusal(t, err, framework.Unavailable).Message; got != want {
			t.Errorf("got message %q, want %q", got, want)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the cause wrapped", err)
		}
	})
}

// A writer that waits for its turn gives up when its caller does.
func TestWaitForTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &troubled{Bolt: newBolt(t)}
		c := newCrafts(t, j)
		release := make(chan struct{})
		j.appendWith(func(ctx context.Context, r *framework.Revision) error {
			<-release
			return j.Bolt.Append(ctx, r)
		})
		done := make(chan error)
		go func() {
			_, err := c.Edit(t.Context(), ada, edit(c, rename("WELD", "Arc welding")))
			done <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Edit(ctx, ben, edit(c, rename("FORGE", "Hammering")))
		wantRefusal(t, err, framework.Unavailable)
		if c.Head().Seq() != 1 {
			t.Errorf("the head is at %d before anything was stored", c.Head().Seq())
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A journal that cannot be right is not opened.
func TestOpenRefusesAGap(t *testing.T) {
	j := newBolt(t)
	newCrafts(t, j)
	_, err := catalog.Open(t.Context(), gappy{j}, options("id"))
	if want := "replay the journal after revision 0: the journal gave revision 2 after revision 0"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// gappy is a journal that numbers wrongly.
type gappy struct{ catalog.Journal }

func (j gappy) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	return j.Journal.Load(ctx, after, func(r *framework.Revision) error {
		r.Seq++
		return yield(r)
	})
}
