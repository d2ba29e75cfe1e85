package journal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Follow calls look whenever there may be new revisions until ctx ends: when a
// change stream tells of one, where the servers have such streams, and every so
// often in any case. After an error of look it is called again a little later.
func (m *Mongo) Follow(ctx context.Context, look func(context.Context) error) {
	news := make(chan struct{}, 1)
	var watching atomic.Bool
	var watcher sync.WaitGroup
	if m.replicated { // a standalone server has no change streams
		watcher.Go(func() { m.watch(ctx, &watching, news) })
		defer watcher.Wait()
	}
	wait := m.delays.poll
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-news:
			timer.Stop()
		case <-timer.C:
		}
		if err := look(ctx); err != nil {
			wait = min(2*max(wait, backoffFirst), backoffLast)
			continue
		}
		if wait = m.delays.poll; watching.Load() {
			wait = m.delays.watch
		}
		m.sweep(ctx)
	}
}

// watch tells news of each revision that is inserted. It returns when there are no
// change streams, or ctx has ended.
func (m *Mongo) watch(ctx context.Context, watching *atomic.Bool, news chan<- struct{}) {
	tell := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	inserts := mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "operationType", Value: "insert"}}}},
		{{Key: "$project", Value: bson.D{{Key: "documentKey", Value: 1}}}},
	}
	for {
		stream, err := m.revisions.Watch(ctx, inserts)
		if err == nil {
			watching.Store(true)
			tell() // of what came before the stream began
			for stream.Next(ctx) {
				tell()
			}
			err = stream.Err()
			watching.Store(false)
			closeAll(ctx, stream)
			tell()
		}
		switch {
		case ctx.Err() != nil || hasCode(err, noStreams...):
			return
		case hasCode(err, 13):
			m.report(fmt.Errorf("%s: its changes may not be watched, so that new revisions are looked for every %s instead; "+
				"give the user the privilege changeStream on %s: %w", m, m.delays.poll, revisionsCollection, err))
			return
		case err != nil:
			m.report(fmt.Errorf("%s: the change stream ended: %w; trying again", m, explain(err)))
		}
		if !sleep(ctx, m.delays.rewatch) {
			return
		}
	}
}

// noStreams are the codes of servers that have no change streams after all (40573),
// or do not know the stage.
var noStreams = []int{40573, 59, 115, 238, 40324}

// sweep removes what this process has stored in vain. What it cannot remove it
// leaves to the collector.
func (m *Mongo) sweep(ctx context.Context) {
	m.mu.Lock()
	litter := m.litter
	m.litter = nil
	m.mu.Unlock()
	// Not long, since new revisions wait for it.
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	for _, s := range litter {
		if err := m.remove(ctx, slices.Collect(maps.Keys(s.counts)), s.commit); err != nil {
			m.report(fmt.Errorf("%s: remove what was stored in vain, which is left to be collected: %w", m, explain(err)))
			return
		}
	}
}
