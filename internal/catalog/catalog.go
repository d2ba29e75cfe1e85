// Package catalog holds the current world and is the only way to change it:
// authorise, validate, append to the journal, publish.
//
// A [Catalog] owns the head and what it has rebuilt of the past; the journal
// belongs to whoever opened it. These hold at all times:
//
//   - A world is published only after its revision is in the journal, and worlds
//     are published in the order of their revisions, without gaps. So whatever a
//     reader sees survives, and whoever was told of a success can read it here.
//   - No edit overwrites a change its author had not seen: changes are worked out
//     on the head, under the writer lock, and compared with all that has happened
//     since the caller's base revision, again each time another writer is first.
//   - A refused edit changes nothing, and is refused on the newest revision the
//     journal has, not on a head that has fallen behind.
//   - Readers take no lock. The head is one atomic pointer; worlds are immutable.
//   - What other writers append is published here within a moment, for as long as
//     the journal can be read; when it cannot be, readers go on with what there is.
//
// All methods are safe for concurrent use.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"skillatlas/internal/framework"
)

// A Journal is the append-only store of revisions.
type Journal interface {
	// Load yields the revisions after a sequence number, in order and without
	// gaps, to the newest, and stops at the first error of yield, which it returns.
	Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error

	// Append stores a revision at its sequence number, durably. When that is taken
	// the error is [Options].Taken, and nothing was stored. When it cannot be told
	// whether the revision will last the error is [Options].Unknown, and when it is
	// certain that it never will, [Options].NotStored. After any other error a Load
	// tells: the revision lasts if it is yielded, and never lands if it is not.
	Append(ctx context.Context, r *framework.Revision) error

	// Redact takes the texts of an entity out of its versions in the revisions before
	// one, in place and for good. It changes nothing else, and may be called again.
	Redact(ctx context.Context, ref framework.Ref, before int64) error

	// Follow calls look, one call at a time, whenever there may be revisions of
	// other writers, and some time after look has failed, until ctx ends. One that
	// no one else can write to need not call it at all.
	Follow(ctx context.Context, look func(context.Context) error)
}

// Options are what a catalog needs besides its journal. All but Trouble are required.
type Options struct {
	// Taken is the error, in the sense of errors.Is, with which the journal says
	// that another writer's revision has a sequence number already.
	Taken error
	// Unknown is the error with which it says that a revision may or may not last.
	Unknown error
	// NotStored is the error with which it says that a revision never will last.
	NotStored error
	// Newer is the error with which it says that a newer program has written to it.
	Newer error
	// Final reports whether an error of the journal stays until someone acts. After
	// one nothing is written, until the journal can be read again.
	Final func(error) bool
	// Trouble, if not nil, is told when the journal can no longer be read to its end,
	// and with nil when it can be again; one call at a time. It must not call back.
	Trouble func(error)
	// Now is the clock. It may jump; the times of revisions do not go back.
	Now func() time.Time
	// NewID returns a new UUID.
	NewID func() string
}

// A Catalog is the current world of a journal, its past and its writer.
type Catalog struct {
	journal Journal
	options Options

	current   atomic.Pointer[publication]
	past      past
	revisions revisions

	// publishing is held while the head is replaced.
	publishing sync.Mutex
	follower

	// writer is held, by sending to it, from the validation of an edit to its
	// publication. Unlike a mutex it can be waited for with a deadline.
	writer chan struct{}
	// requests maps a requestKey to the sequence number of its first outcome. It
	// is written just before publication.
	requests sync.Map
}

type requestKey struct{ author, id string }

// A publication is a head with the worlds just before it.
type publication struct {
	head   *framework.World
	recent ring
	// superseded is closed when the next one is out.
	superseded chan struct{}
}

// recentWorlds is how many worlds, the head included, are kept for as long as
// they are that recent. They share nearly all of their structure.
const recentWorlds = 32

// A ring holds the worlds of the last revisions by sequence number.
type ring [recentWorlds]*framework.World

// put adds the newest world. What older ones do not share with it is what the
// revisions since have replaced: those beyond the bound on that are let go.
func (r *ring) put(w *framework.World) {
	r[w.Seq()%recentWorlds] = w
	replaced := 0
	for seq := w.Seq(); seq > 0 && seq > w.Seq()-recentWorlds+1; seq-- {
		replaced += len(w.Step(seq).Touches)
		if replaced > maxKeptVersions {
			r[(seq-1)%recentWorlds] = nil
		}
	}
}

func (r *ring) at(seq int64) *framework.World {
	if w := r[seq%recentWorlds]; w != nil && w.Seq() == seq {
		return w
	}
	return nil
}

// Open replays a journal and follows it from then on. The catalog is to be closed
// before the journal is.
//
// A journal that a newer program has written to gives a catalog of what comes
// before, which is halted.
func Open(ctx context.Context, journal Journal, options Options) (*Catalog, error) {
	c := &Catalog{
		journal:   journal,
		options:   options,
		past:      newPast(journal),
		revisions: newRevisions(journal),
		writer:    make(chan struct{}, 1),
	}
	f := newFold(&framework.World{})
	err := journal.Load(ctx, 0, func(r *framework.Revision) error {
		c.remember(r)
		return f.add(r)
	})
	if err != nil && !errors.Is(err, options.Newer) {
		return nil, fmt.Errorf("replay the journal after revision %d: %w", f.seq(), err)
	}
	p := &publication{superseded: make(chan struct{})}
	p.head = f.finish(func(w *framework.World) { p.recent.put(w) })
	c.current.Store(p)
	c.follow(ctx, err)
	return c, nil
}

// Close stops what the catalog does in the background and waits for it. Later
// calls that need the past rebuilt are refused.
func (c *Catalog) Close() {
	c.unfollow()
	c.following.Wait()
	c.past.close()
}

// Head is the newest world.
func (c *Catalog) Head() *framework.World { return c.current.Load().head }

// Wait returns the head as soon as it is at seq or beyond.
func (c *Catalog) Wait(ctx context.Context, seq int64) (*framework.World, error) {
	for {
		p := c.current.Load()
		if p.head.Seq() >= seq {
			return p.head, nil
		}
		select {
		case <-p.superseded:
		case <-ctx.Done():
			return nil, unavailable(ctx.Err(), "revision %d has not arrived here yet, the newest is %d; ask again later",
				seq, p.head.Seq())
		}
	}
}

// At returns the world at a past revision; 0 is the one before the first. The
// last 32 are at hand. Older ones are rebuilt from the journal, one at a time,
// and some are kept for the next who asks.
func (c *Catalog) At(ctx context.Context, seq int64) (*framework.World, error) {
	p := c.current.Load()
	switch {
	case seq < 0:
		return nil, framework.Errorf(framework.Invalid, "%d is not a revision; they are numbered from 1", seq)
	case seq > p.head.Seq():
		return nil, framework.Errorf(framework.NotFound, "there is no revision %d; the newest is %d", seq, p.head.Seq())
	case seq == 0:
		return &framework.World{}, nil
	}
	if w := p.recent.at(seq); w != nil {
		return w, nil
	}
	return c.past.at(ctx, seq)
}

// inOrder checks that the journal gave the revision after another.
func inOrder(after int64, r *framework.Revision) error {
	if r.Seq != after+1 {
		return fmt.Errorf("the journal gave revision %d after revision %d", r.Seq, after)
	}
	return nil
}

// A fold replays revisions many at a time: a world for each would cost more with
// every entity there is.
type fold struct {
	world    *framework.World
	pending  []*framework.Revision
	versions int // in all that was added
}

// foldAt is how many revisions wait until those that will not be recent are
// replayed.
const foldAt = 1_000

func newFold(w *framework.World) *fold { return &fold{world: w} }

// seq is the last revision added.
func (f *fold) seq() int64 { return f.world.Seq() + int64(len(f.pending)) }

func (f *fold) add(r *framework.Revision) error {
	if err := inOrder(f.seq(), r); err != nil {
		return err
	}
	f.pending = append(f.pending, r)
	f.versions += len(r.Changes)
	if len(f.pending) == foldAt+recentWorlds {
		f.replay(foldAt)
	}
	return nil
}

func (f *fold) replay(n int) {
	f.world = f.world.Replay(f.pending[:n])
	f.pending = append([]*framework.Revision(nil), f.pending[n:]...)
}

// finish returns the last world. It calls each, if there is one, with the last
// few in order.
func (f *fold) finish(each func(*framework.World)) *framework.World {
	if each == nil {
		f.replay(len(f.pending))
		return f.world
	}
	f.replay(max(0, len(f.pending)-recentWorlds+1))
	each(f.world)
	for _, r := range f.pending {
		f.world = f.world.Apply(r)
		each(f.world)
	}
	return f.world
}

// publish makes a revision that is in the journal part of the head, unless it is
// already. w, if not nil, is the world after it.
func (c *Catalog) publish(r *framework.Revision, w *framework.World) error {
	c.publishing.Lock()
	defer c.publishing.Unlock()
	old := c.current.Load()
	if r.Seq <= old.head.Seq() {
		return nil // a writer and the follower have both read it
	}
	if err := inOrder(old.head.Seq(), r); err != nil {
		return err
	}
	if w == nil {
		w = old.head.Apply(r)
	}
	next := &publication{head: w, recent: old.recent, superseded: make(chan struct{})}
	next.recent.put(w)
	c.remember(r) // first, so that a writer who meets the revision knows its request
	c.current.Store(next)
	close(old.superseded)
	return nil
}

func (c *Catalog) remember(r *framework.Revision) {
	if r.RequestID != "" {
		c.requests.LoadOrStore(requestKey{r.Author, r.RequestID}, r.Seq)
	}
}

// lock waits for the writer lock.
func (c *Catalog) lock(ctx context.Context) error {
	select {
	case c.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err(), "others are writing and this edit's turn did not come in time; nothing was changed, try again")
	}
}

func (c *Catalog) unlock() { <-c.writer }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
