package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"skillatlas/internal/framework"
)

// What is kept of the past. A rebuilt world shares nothing with the head, so the
// bound that matters is on the versions replayed to make the worlds kept, counted
// from the first revision: those of internal/sample take some 600 bytes each, so
// 500,000 take some 300 MB. The newest world is kept whatever it took, or each
// page read of it would rebuild it.
const (
	maxKept         = 16
	maxKeptVersions = 500_000
)

// past rebuilds worlds from the journal.
//
// Each rebuild is a goroutine that past owns and close waits for. It runs for
// all who ask for its revision, and is cancelled when none of them waits any
// longer; so there are never more rebuilds than waiting callers, and only one of
// them is at work.
type past struct {
	journal Journal
	atWork  chan struct{} // a semaphore of one

	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	kept     []keptWorld // least recently used first
	rebuilds map[int64]*rebuild
}

type keptWorld struct {
	world *framework.World
	// versions is how many were replayed to make it, from the first revision.
	versions int
}

type rebuild struct {
	cancel  context.CancelFunc
	waiting int // guarded by past.mu
	done    chan struct{}
	// world and err are set before done is closed.
	world *framework.World
	err   error
}

var errClosed = errors.New("the catalog is closed")

func newPast(journal Journal) past {
	return past{journal: journal, atWork: make(chan struct{}, 1), rebuilds: map[int64]*rebuild{}}
}

// at returns the world at a revision that the journal has.
func (p *past) at(ctx context.Context, seq int64) (*framework.World, error) {
	world, r, err := p.join(seq)
	if world != nil || err != nil {
		return world, err
	}
	select {
	case <-r.done:
		return r.world, r.err
	case <-ctx.Done():
		p.leave(seq, r)
		return nil, unavailable(ctx.Err(), "revision %d is long past and could not be rebuilt in time; ask again", seq)
	}
}

// join returns the world when it is kept, and otherwise its rebuild, which is to
// be waited for or left.
func (p *past) join(seq int64) (*framework.World, *rebuild, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.kept, func(k keptWorld) bool { return k.world.Seq() == seq }); i >= 0 {
		k := p.kept[i]
		p.kept = append(slices.Delete(p.kept, i, i+1), k)
		return k.world, nil, nil
	}
	if p.closed {
		return nil, nil, unavailable(errClosed, "the server is stopping; ask again later")
	}
	r := p.rebuilds[seq]
	if r == nil {
		ctx, cancel := context.WithCancel(context.Background())
		r = &rebuild{cancel: cancel, done: make(chan struct{})}
		p.rebuilds[seq] = r
		p.running.Go(func() { p.run(ctx, seq, r) })
	}
	r.waiting++
	return nil, r, nil
}

// leave stops waiting for a rebuild; the last to leave cancels it.
func (p *past) leave(seq int64, r *rebuild) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.waiting--; r.waiting == 0 {
		r.cancel()
		p.forget(seq, r)
	}
}

// forget lets the next who asks for a revision start anew. The mutex is held.
func (p *past) forget(seq int64, r *rebuild) {
	if p.rebuilds[seq] == r {
		delete(p.rebuilds, seq)
	}
}

func (p *past) run(ctx context.Context, seq int64, r *rebuild) {
	defer r.cancel()
	k, err := p.replay(ctx, seq)
	if err == nil {
		r.world = k.world
	} else {
		r.err = unavailable(err, "revision %d could not be read; ask again later", seq)
	}
	p.mu.Lock()
	if err == nil {
		p.keep(k)
	}
	p.forget(seq, r)
	p.mu.Unlock()
	close(r.done)
}

var errReached = errors.New("reached")

// replay makes the world at a revision from the nearest earlier one there is.
func (p *past) replay(ctx context.Context, seq int64) (keptWorld, error) {
	select {
	case p.atWork <- struct{}{}:
		defer func() { <-p.atWork }()
	case <-ctx.Done():
		return keptWorld{}, ctx.Err()
	}
	k := p.nearest(seq)
	f := newFold(k.world)
	err := p.journal.Load(ctx, k.world.Seq(), func(r *framework.Revision) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.add(r); err != nil {
			return err
		}
		if r.Seq == seq {
			return errReached
		}
		return nil
	})
	switch {
	case f.seq() == seq:
		return keptWorld{f.finish(nil), k.versions + f.versions}, nil
	case err != nil:
		return keptWorld{}, fmt.Errorf("replay after revision %d: %w", f.seq(), err)
	default:
		return keptWorld{}, fmt.Errorf("the journal ends at revision %d", f.seq())
	}
}

// nearest is the kept world that comes last before a revision.
func (p *past) nearest(seq int64) keptWorld {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := keptWorld{world: &framework.World{}}
	for _, k := range p.kept {
		if s := k.world.Seq(); s < seq && s > best.world.Seq() {
			best = k
		}
	}
	return best
}

// keep adds a world and drops those used least recently until the bounds hold.
// The mutex is held.
func (p *past) keep(k keptWorld) {
	p.kept = append(p.kept, k)
	total := 0
	for _, k := range p.kept {
		total += k.versions
	}
	drop := 0
	for len(p.kept)-drop > 1 && (len(p.kept)-drop > maxKept || total > maxKeptVersions) {
		total -= p.kept[drop].versions
		drop++
	}
	p.kept = slices.Delete(p.kept, 0, drop)
}

func (p *past) close() {
	p.mu.Lock()
	p.closed = true
	for _, r := range p.rebuilds {
		r.cancel()
	}
	p.mu.Unlock()
	p.running.Wait()
}
