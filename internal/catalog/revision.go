package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"skillatlas/internal/framework"
)

// What is kept of revisions that were read. Their versions are not those of the
// head, so the bound that matters is on how many there are; the newest read is
// kept whatever it took.
const (
	maxRevisions = 256
	maxVersions  = 100_000
)

// revisions reads single revisions from the journal.
type revisions struct {
	journal Journal
	atWork  chan struct{} // a semaphore of two: a revision can be a whole framework

	mu   sync.Mutex
	kept []*framework.Revision // least recently used first
}

func newRevisions(journal Journal) revisions {
	return revisions{journal: journal, atWork: make(chan struct{}, 2)}
}

// Revision returns a revision with the versions it made. It is shared and must not
// be modified. Revisions are read from the journal, at most two at once, and some
// are kept for the next who asks.
func (c *Catalog) Revision(ctx context.Context, seq int64) (*framework.Revision, error) {
	switch head := c.Head().Seq(); {
	case seq < 1:
		return nil, framework.Errorf(framework.Invalid, "%d is not a revision; they are numbered from 1", seq)
	case seq > head:
		return nil, framework.Errorf(framework.NotFound, "there is no revision %d; the newest is %d", seq, head)
	}
	r, err := c.revisions.get(ctx, seq)
	if err != nil {
		return nil, unavailable(err, "revision %d could not be read; ask again later", seq)
	}
	return r, nil
}

func (c *revisions) get(ctx context.Context, seq int64) (*framework.Revision, error) {
	if r := c.find(seq); r != nil {
		return r, nil
	}
	select {
	case c.atWork <- struct{}{}:
		defer func() { <-c.atWork }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r := c.find(seq); r != nil { // read while this caller waited
		return r, nil
	}
	var found *framework.Revision
	err := c.journal.Load(ctx, seq-1, func(r *framework.Revision) error {
		found = r
		return errReached
	})
	switch {
	case found != nil && found.Seq == seq:
		c.keep(found)
		return found, nil
	case err == nil || errors.Is(err, errReached):
		return nil, fmt.Errorf("the journal does not give revision %d", seq)
	}
	return nil, err
}

func (c *revisions) find(seq int64) *framework.Revision {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(r *framework.Revision) bool { return r.Seq == seq })
	if i < 0 {
		return nil
	}
	r := c.kept[i]
	c.kept = append(slices.Delete(c.kept, i, i+1), r)
	return r
}

// keep adds a revision and drops those used least recently until the bounds hold.
func (c *revisions) keep(r *framework.Revision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(c.kept, func(k *framework.Revision) bool { return k.Seq == r.Seq }) {
		return // two have read it side by side
	}
	c.kept = append(c.kept, r)
	total := 0
	for _, r := range c.kept {
		total += len(r.Changes)
	}
	drop := 0
	for len(c.kept)-drop > 1 && (len(c.kept)-drop > maxRevisions || total > maxVersions) {
		total -= len(c.kept[drop].Changes)
		drop++
	}
	c.kept = slices.Delete(c.kept, 0, drop)
}
