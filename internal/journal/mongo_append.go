package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"skillatlas/internal/framework"
)

// The bounds on one insert of versions, and on how many are under way at once:
// together they bound the memory that storing a revision takes.
const (
	maxInsert      = 1_000
	maxInsertBytes = 4 << 20
	maxInserts     = 4
)

// A staged is the versions of a revision that are stored, but not part of it yet.
type staged struct {
	commit bson.ObjectID
	// changes is the SHA-256 of the changes as they are stored everywhere.
	changes [sha256.Size]byte
	counts  map[framework.Kind]int
	// inserted says that an attempt to insert the revision may have had an effect, or
	// still have one.
	inserted bool
}

// Append stores a revision, which has to follow the last, and returns once a
// majority has it. ErrTaken means that another writer was first; when the changes
// that are appended next are the same, their versions are not stored again.
// ErrOutcomeUnknown means that the revision may be stored, now or later, at its
// sequence number and nowhere else. Any other error is ErrNotStored too.
//
// It takes two round trips, however many kinds of entities change, and tries for
// some time when the server does not answer. That it is cancelled counts only
// before the revision itself is inserted.
func (m *Mongo) Append(ctx context.Context, r *framework.Revision) error {
	err := m.append(ctx, r)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, ErrTaken) && !errors.Is(err, ErrOutcomeUnknown):
		err = notStored{err}
	}
	return fmt.Errorf("append %d: %w", r.Seq, err)
}

// notStored says of an error that it is ErrNotStored, without a word.
type notStored struct{ error }

func (e notStored) Unwrap() error        { return e.error }
func (e notStored) Is(target error) bool { return target == ErrNotStored }

func (m *Mongo) append(ctx context.Context, r *framework.Revision) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.checkPlace(ctx, r.Seq); err != nil {
		return err
	}
	standing := make(chan error, 1)
	go func() { standing <- m.stands(ctx, r.Seq-1) }() // takes no time of its own
	s, h, err := m.stage(ctx, r)
	if err = errors.Join(err, <-standing); err != nil {
		m.discard(s)
		return err
	}
	err = m.insert(ctx, &stub{header: h, commit: s.commit}, s)
	if errors.Is(err, ErrTaken) {
		m.keep(s)
	}
	// After other errors the versions are left to the collector, which makes sure
	// that no revision has them.
	return err
}

// stands checks that a revision this process has met is still there: behind one
// that is not, the next would leave a gap.
func (m *Mongo) stands(ctx context.Context, seq int64) error {
	m.mu.Lock()
	seen, id, sure := m.seen, m.seenID, time.Since(m.sure) < surely
	m.mu.Unlock()
	if seq != seen || seq == 0 || sure {
		return nil
	}
	start := time.Now()
	for {
		var there *stub
		err := m.again(ctx, m.delays.patience, func(ctx context.Context) (err error) {
			there, err = m.at(ctx, seq)
			return err
		})
		switch {
		case err != nil:
			return err
		case there.header.id == id:
			m.stood(seq)
			return nil
		case there.header.seq == seq:
			return otherHistory(seq, there.header.id, id)
		case time.Since(start) > m.delays.stale || !sleep(ctx, m.delays.stale/20):
			return gone(seq)
		}
	}
}

// at is a revision; its number is 0 when there is none.
func (m *Mongo) at(ctx context.Context, seq int64) (*stub, error) {
	return m.one(ctx, bson.D{{Key: "_id", Value: seq}}, 1)
}

// checkPlace refuses a revision that cannot be the next without asking the server
// where this process knows.
func (m *Mongo) checkPlace(ctx context.Context, seq int64) error {
	m.mu.Lock()
	last := m.seen
	m.mu.Unlock()
	if seq > last+1 {
		err := m.again(ctx, m.delays.patience, func(ctx context.Context) error {
			s, err := m.newest(ctx)
			if err == nil {
				last = s.header.seq
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return checkNext(seq, last)
}

// newest is the last revision; its number is 0 when there is none.
func (m *Mongo) newest(ctx context.Context) (*stub, error) {
	return m.one(ctx, bson.D{}, -1)
}

// one is the first revision that meets a condition, in an order of the sequence
// numbers; its number is 0 when there is none.
func (m *Mongo) one(ctx context.Context, filter bson.D, order int) (*stub, error) {
	doc, err := m.revisions.FindOne(ctx, filter, options.FindOne().SetSort(bson.D{{Key: "_id", Value: order}})).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return &stub{}, nil
	}
	if err != nil {
		return nil, err
	}
	return newDecoder().stub(doc)
}

// stage stores the versions of a revision, unless they are there from an attempt
// that another writer was faster than. What it returns is not nil when something
// may have been stored.
func (m *Mongo) stage(ctx context.Context, r *framework.Revision) (*staged, header, error) {
	if s := m.takeSpare(r.Seq, len(r.Changes)); s != nil {
		sum := sha256.New()
		h, err := encode(r, func(_ int, _ *change, stored []byte) error {
			sum.Write(stored)
			return nil
		})
		if err == nil && [sha256.Size]byte(sum.Sum(nil)) == s.changes {
			return s, h, nil
		}
		m.discard(s)
	}

	s := &staged{counts: map[framework.Kind]int{}}
	if len(r.Changes) > 0 {
		s.commit = bson.NewObjectID()
	}
	in := m.newInserts(ctx, s, len(r.Changes))
	sum := sha256.New()
	h, err := encode(r, func(n int, c *change, stored []byte) error {
		sum.Write(stored)
		s.counts[c.kind]++
		return in.add(c.kind, appendVersion(nil, s.commit, n, c))
	})
	if failed := in.wait(); err == nil || errors.Is(err, errInserting) {
		err = failed
	}
	if err == nil && in.repeated.Load() {
		err = m.verify(ctx, s)
	}
	s.changes = [sha256.Size]byte(sum.Sum(nil))
	return s, h, err
}

// verify checks that a majority has all versions of a commit.
func (m *Mongo) verify(ctx context.Context, s *staged) error {
	for kind, want := range s.counts {
		err := m.again(ctx, m.delays.patience, func(ctx context.Context) error {
			got, err := m.versions[kind].CountDocuments(ctx, ofCommit(s.commit))
			if err == nil && got != int64(want) {
				err = fmt.Errorf("%d of %d versions are in %s: %w", got, want, collections[kind], ErrUnreachable)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func ofCommit(commit bson.ObjectID) bson.D { return bson.D{{Key: "_id.commit", Value: commit}} }

// inserts stores versions in batches, some of them side by side.
type inserts struct {
	m        *Mongo
	ctx      context.Context
	cancel   context.CancelFunc
	batches  map[framework.Kind]*batch
	room     chan struct{}
	running  sync.WaitGroup
	total    int
	repeated atomic.Bool // an insert was tried more than once

	mu   sync.Mutex
	done int
	err  error // the first
}

type batch struct {
	documents []any
	bytes     int
}

// errInserting says that an insert failed; wait returns why.
var errInserting = errors.New("an insert failed")

func (m *Mongo) newInserts(ctx context.Context, s *staged, total int) *inserts {
	in := &inserts{m: m, batches: map[framework.Kind]*batch{}, room: make(chan struct{}, maxInserts), total: total}
	in.ctx, in.cancel = context.WithCancel(ctx)
	return in
}

func (in *inserts) add(kind framework.Kind, doc bson.Raw) error {
	b := in.batches[kind]
	if b == nil {
		b = &batch{}
		in.batches[kind] = b
	}
	b.documents, b.bytes = append(b.documents, doc), b.bytes+len(doc)
	if len(b.documents) < maxInsert && b.bytes < maxInsertBytes {
		return nil
	}
	delete(in.batches, kind)
	return in.start(kind, b)
}

// start waits for room and inserts a batch in the background.
func (in *inserts) start(kind framework.Kind, b *batch) error {
	select {
	case in.room <- struct{}{}:
	case <-in.ctx.Done():
		return errInserting
	}
	in.running.Go(func() {
		defer func() { <-in.room }()
		if err := in.insert(kind, b); err != nil {
			in.mu.Lock()
			if in.err == nil {
				in.err = fmt.Errorf("store in %s: %w", collections[kind], err)
			}
			in.mu.Unlock()
			in.cancel()
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.done += len(b.documents); in.total > maxInsert && in.m.options.Progress != nil {
			in.m.options.Progress(in.done, in.total)
		}
	})
	return nil
}

func (in *inserts) insert(kind framework.Kind, b *batch) error {
	tries := 0
	return in.m.again(in.ctx, in.m.delays.patience, func(ctx context.Context) error {
		if tries++; tries > 1 {
			in.repeated.Store(true)
		}
		_, err := in.m.versions[kind].InsertMany(ctx, b.documents, options.InsertMany().SetOrdered(false))
		if onlyDuplicates(err) { // from a try whose answer was lost: no one else writes this commit
			in.repeated.Store(true)
			return nil
		}
		return err
	})
}

// wait starts what has not filled a batch and waits for all.
func (in *inserts) wait() error {
	for kind, b := range in.batches {
		if in.start(kind, b) != nil {
			break
		}
	}
	in.running.Wait()
	defer in.cancel()
	if in.err != nil {
		return in.err
	}
	return in.ctx.Err()
}

// insert inserts the document of a revision: it is stored, taken, certain never to
// be stored, or its outcome is unknown.
func (m *Mongo) insert(ctx context.Context, r *stub, s *staged) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // or the outcome would be left unknown
	doc := r.document(s.counts)
	seq, start := r.header.seq, time.Now()
	for wait := backoffFirst; ; wait = min(2*wait, backoffLast) {
		err := m.attempt(ctx, func(ctx context.Context) error {
			_, err := m.revisions.InsertOne(ctx, doc)
			return err
		})
		if err == nil {
			m.met(r)
			return nil
		}
		if mongo.IsDuplicateKeyError(err) {
			var there *stub
			err = m.attempt(ctx, func(ctx context.Context) (err error) {
				there, err = m.at(ctx, seq)
				return err
			})
			switch {
			case err == nil && there.header.id == r.header.id:
				m.met(r)
				return nil
			case err == nil && there.header.seq == seq, errors.Is(err, ErrNewerFormat):
				s.inserted = false // nor can any earlier attempt succeed
				return ErrTaken
			case err == nil: // a majority does not have it yet, and it may go again
				err = fmt.Errorf("revision %d is there, but not at a majority yet: %w", seq, ErrUnreachable)
			case !s.inserted && !transient(explain(err)):
				return err
			}
		} else if !refused(err) {
			s.inserted = true
		}
		err = explain(err)
		limit := m.delays.patience
		if s.inserted {
			limit = m.delays.settling
		}
		final := !s.inserted && !transient(err)
		if final || time.Since(start)+wait > limit || !sleep(ctx, wait) {
			if s.inserted {
				return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
			}
			return err
		}
		m.report(fmt.Errorf("%s: append %d: %w; trying again", m, seq, err))
		if err := m.stands(ctx, seq-1); err != nil {
			if s.inserted {
				return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
			}
			return err
		}
	}
}

// document is the document of a revision.
func (s *stub) document(counts map[framework.Kind]int) bson.Raw {
	doc, start := openDocument(nil)
	doc = headerFields[0].append(doc, "_id", &s.header)
	for _, f := range headerFields[1:] {
		doc = f.append(doc, f.name, &s.header)
	}
	if !s.commit.IsZero() {
		doc = append(appendName(doc, bson.TypeObjectID, "commit"), s.commit[:]...)
		var versions int
		doc, versions = openDocument(appendName(doc, bson.TypeEmbeddedDocument, "versions"))
		for _, kind := range framework.Kinds {
			f := number(collections[kind], func(n *int) *int { return n })
			doc = f.append(doc, f.name, new(counts[kind]))
		}
		doc = closeDocument(doc, versions)
	}
	if len(s.abandoned) > 0 {
		f := array("abandoned", func(s *stub) *[]bson.ObjectID { return &s.abandoned }, func(dst []byte, name string, id *bson.ObjectID) []byte {
			return append(appendName(dst, bson.TypeObjectID, name), id[:]...)
		}, nil)
		doc = f.append(doc, f.name, s)
	}
	return closeDocument(doc, start)
}

// takeSpare returns what may be used again for the changes of a revision: no
// revision before may have abandoned it, and this process has to have met them all.
func (m *Mongo) takeSpare(seq int64, changes int) *staged {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.spare
	if s == nil {
		return nil
	}
	m.spare = nil
	count := 0
	for _, n := range s.counts {
		count += n
	}
	if m.seen != seq-1 || count != changes || m.abandoned[s.commit] {
		m.litter = append(m.litter, s)
		return nil
	}
	return s
}

// keep keeps what was stored for a revision that another writer was faster than.
func (m *Mongo) keep(s *staged) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spare != nil {
		m.litter = append(m.litter, m.spare)
	}
	m.spare = s
}

// discard remembers what was stored in vain.
func (m *Mongo) discard(s *staged) {
	if s == nil || s.commit.IsZero() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.litter = append(m.litter, s)
}
