package catalog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"skillatlas/internal/framework"
)

// A follower reads what other writers append.
type follower struct {
	unfollow  context.CancelFunc
	following sync.WaitGroup
	looked    atomic.Bool // the journal is one that others write to

	noting sync.Mutex // held while state is replaced, and told of
	state  atomic.Pointer[state]
}

// A state is what came of reading the journal last.
type state struct {
	err   error     // nil when it could be read to its end
	heard time.Time // when it last could
}

// Status tells how a catalog keeps up with its journal.
type Status struct {
	// Halted is why nothing can be written until someone acts, or nil.
	Halted error
	// Trouble is why the journal cannot be read at the moment, or nil.
	Trouble error
	// Lag is for how long nothing has been heard from the journal; 0 for one that
	// no one else writes to.
	Lag time.Duration
}

// follow follows the journal from now on; err is what came of reading it so far.
func (c *Catalog) follow(ctx context.Context, err error) {
	c.state.Store(&state{heard: time.Now()})
	c.note(err)
	ctx, c.unfollow = context.WithCancel(context.WithoutCancel(ctx))
	c.following.Go(func() {
		c.journal.Follow(ctx, func(ctx context.Context) error {
			c.looked.Store(true)
			return c.catchUp(ctx)
		})
	})
}

// catchUp publishes what other writers have appended.
func (c *Catalog) catchUp(ctx context.Context) error {
	err := c.journal.Load(ctx, c.Head().Seq(), func(r *framework.Revision) error { return c.publish(r, nil) })
	if ctx.Err() == nil { // or it says nothing of the journal
		c.note(err)
	}
	return err
}

// note remembers what came of reading the journal.
func (c *Catalog) note(err error) {
	c.noting.Lock()
	defer c.noting.Unlock()
	c.set(err)
}

// wrote remembers that the journal could be written to. That what has halted the
// catalog is gone only a look can find.
func (c *Catalog) wrote() {
	c.noting.Lock()
	defer c.noting.Unlock()
	if !c.halts(c.state.Load().err) {
		c.set(nil)
	}
}

func (c *Catalog) set(err error) {
	last := c.state.Load()
	next := &state{err: err, heard: last.heard}
	if err == nil {
		next.heard = time.Now()
	}
	c.state.Store(next)
	if told := (last.err == nil) != (err == nil) || c.halts(last.err) != c.halts(err); told && c.options.Trouble != nil {
		c.options.Trouble(err)
	}
}

// halts reports whether an error of the journal keeps everyone from writing.
func (c *Catalog) halts(err error) bool { return err != nil && c.options.Final(err) }

// Status tells how the catalog keeps up with its journal.
func (c *Catalog) Status() Status {
	s := c.state.Load()
	status := Status{Trouble: s.err}
	if c.looked.Load() {
		status.Lag = time.Since(s.heard)
	}
	if c.halts(s.err) {
		status.Halted = s.err
	}
	return status
}
