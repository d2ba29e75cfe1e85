package journal

import (
	"cmp"
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
	"golang.org/x/sync/errgroup"

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
	commit bson.ObjectID // zero when there are none
	counts map[framework.Kind]int
	// digest is the SHA-256 of the changes as all stores have them.
	digest [sha256.Size]byte
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
		err = marked{err, ErrNotStored}
	}
	return fmt.Errorf("append %d: %w", r.Seq, err)
}

func (m *Mongo) append(ctx context.Context, r *framework.Revision) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.checkPlace(ctx, r.Seq); err != nil {
		return err
	}
	confirmed := make(chan error, 1)
	go func() { // takes no time of its own
		confirmed <- m.again(ctx, m.delays.patience, func(ctx context.Context) error { return m.confirm(ctx, r.Seq-1) })
	}()
	s, h, err := m.stage(ctx, r)
	if err = cmp.Or(err, <-confirmed); err != nil {
		m.discard(s)
		return err
	}
	err = m.insert(ctx, &stub{header: h, commit: s.commit, counts: s.counts})
	if errors.Is(err, ErrTaken) {
		m.keep(s)
	}
	// After other errors the versions are left to the collector, which makes sure
	// that no revision has them.
	return err
}

// confirm checks that the last revision this process has met is still there: behind
// one that is not, the next would leave a gap.
func (m *Mongo) confirm(ctx context.Context, seq int64) error {
	m.mu.Lock()
	seen, id, lately := m.seen, m.seenID, time.Since(m.confirmedAt) < confirmedFor
	m.mu.Unlock()
	if seq != seen || seq == 0 || lately {
		return nil
	}
	for start := time.Now(); ; {
		there, err := m.at(ctx, seq)
		switch {
		case err != nil:
			return err
		case there.header.id == id:
			m.confirmed(seq)
			return nil
		case there.header.seq == seq:
			return otherHistory(seq, there.header.id, id)
		case time.Since(start) > m.delays.stale:
			return gone(seq)
		case !sleep(ctx, m.delays.stale/20):
			return ctx.Err()
		}
	}
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
func (m *Mongo) newest(ctx context.Context) (*stub, error) { return m.one(ctx, bson.D{}) }

// at is a revision; its number is 0 when there is none.
func (m *Mongo) at(ctx context.Context, seq int64) (*stub, error) {
	return m.one(ctx, bson.D{{Key: "_id", Value: seq}})
}

// one is the last revision that meets a condition.
func (m *Mongo) one(ctx context.Context, filter bson.D) (s *stub, err error) {
	err = m.attempt(ctx, func(ctx context.Context) error {
		doc, err := m.revisions.FindOne(ctx, filter, options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}})).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			s = &stub{}
			return nil
		}
		if err == nil {
			s, err = newDecoder().stub(doc)
		}
		return err
	})
	return s, err
}

// stage stores the versions of a revision, unless they are there from an attempt
// that another writer was faster than. After an error some may be stored.
func (m *Mongo) stage(ctx context.Context, r *framework.Revision) (*staged, header, error) {
	if s := m.takeSpare(r.Seq, len(r.Changes)); s != nil {
		sum := sha256.New()
		h, err := encode(r, func(_ int, _ *change, stored []byte) error {
			sum.Write(stored)
			return nil
		})
		if err == nil && [sha256.Size]byte(sum.Sum(nil)) == s.digest {
			return s, h, nil
		}
		m.discard(s)
	}

	s := &staged{counts: map[framework.Kind]int{}}
	if len(r.Changes) > 0 {
		s.commit = bson.NewObjectID()
	}
	running, group := errgroup.WithContext(ctx)
	running.SetLimit(maxInserts)
	in := &inserts{m: m, total: len(r.Changes), batches: map[framework.Kind]*batch{}}
	sum := sha256.New()
	h, err := encode(r, func(n int, c *change, stored []byte) error {
		sum.Write(stored)
		s.counts[c.kind]++
		if b := in.add(c.kind, appendVersion(nil, s.commit, n, c)); b != nil {
			running.Go(func() error { return in.insert(group, c.kind, b) })
		}
		return group.Err()
	})
	if err == nil {
		for kind, b := range in.batches {
			running.Go(func() error { return in.insert(group, kind, b) })
		}
	}
	if failed := running.Wait(); failed != nil { // which may be why encode ended
		err = failed
	}
	if err == nil && in.repeated.Load() {
		err = m.verify(ctx, s)
	}
	s.digest = [sha256.Size]byte(sum.Sum(nil))
	return s, h, err
}

// verify checks that a majority has all versions of a commit.
func (m *Mongo) verify(ctx context.Context, s *staged) error {
	for kind, want := range s.counts {
		err := m.again(ctx, m.delays.patience, func(ctx context.Context) error {
			got, err := m.versions[kind].CountDocuments(ctx, ofCommit(s.commit))
			if err == nil && got != int64(want) {
				err = passing(fmt.Errorf("%d of %d versions are in %s", got, want, collections[kind]))
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

// inserts parts the versions of a revision into batches and stores them.
type inserts struct {
	m        *Mongo
	total    int
	batches  map[framework.Kind]*batch
	repeated atomic.Bool // an insert was tried more than once

	mu   sync.Mutex
	done int
}

type batch struct {
	documents []any
	bytes     int
}

// add returns a batch once it is full.
func (in *inserts) add(kind framework.Kind, doc bson.Raw) *batch {
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
	return b
}

func (in *inserts) insert(ctx context.Context, kind framework.Kind, b *batch) error {
	tries := 0
	err := in.m.again(ctx, in.m.delays.patience, func(ctx context.Context) error {
		if tries++; tries > 1 {
			in.repeated.Store(true)
		}
		_, err := in.m.versions[kind].InsertMany(ctx, b.documents, options.InsertMany().SetOrdered(false))
		if onlyDuplicates(err) { // from a try whose answer was lost: no one else writes this commit
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store in %s: %w", collections[kind], err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.done += len(b.documents); in.total > maxInsert && in.m.options.Progress != nil {
		in.m.options.Progress(in.done, in.total)
	}
	return nil
}

// insert inserts the document of a revision: it is stored, taken, certain never to
// be stored, or its outcome is unknown. It goes on trying until it is known which,
// or time is up.
func (m *Mongo) insert(ctx context.Context, r *stub) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // or the outcome would be left unknown
	doc, err := r.document()
	if err != nil {
		return err
	}
	sent := false // a try may have had an effect, or may still have one
	start := time.Now()
	for wait := backoffFirst; ; wait = min(2*wait, backoffLast) {
		idle, err := m.tryInsert(ctx, r, doc)
		if err == nil || errors.Is(err, ErrTaken) {
			return err
		}
		sent = sent || !idle
		limit := m.delays.patience
		if sent {
			limit = m.delays.settling
		}
		switch {
		case !sent && !errors.Is(err, errPassing):
			return err
		case time.Since(start)+wait > limit && sent:
			return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		case time.Since(start)+wait > limit:
			return err
		}
		m.report(fmt.Errorf("%s: append %d: %w; trying again", m, r.header.seq, err))
		sleep(ctx, wait)
	}
}

// tryInsert tries once. After an error other than ErrTaken, idle says that this try
// has had no effect and never will.
func (m *Mongo) tryInsert(ctx context.Context, r *stub, doc bson.Raw) (idle bool, err error) {
	seq := r.header.seq
	if err := m.confirm(ctx, seq-1); err != nil {
		return true, explain(err)
	}
	err = m.attempt(ctx, func(ctx context.Context) error {
		_, err := m.revisions.InsertOne(ctx, doc)
		return err
	})
	if err == nil {
		m.met(r)
		return false, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return refused(err), explain(err)
	}
	// Someone has the number, perhaps an earlier try.
	there, err := m.at(ctx, seq)
	switch {
	case err == nil && there.header.id == r.header.id:
		m.met(r)
		return false, nil
	case err == nil && there.header.seq == seq, errors.Is(err, ErrNewerFormat):
		return true, ErrTaken // nor can an earlier try succeed any more
	case err == nil: // and it may go again
		err = passing(fmt.Errorf("revision %d is there, but not at a majority yet", seq))
	}
	return true, explain(err)
}

// document is the document of a revision.
func (s *stub) document() (bson.Raw, error) {
	doc, start := openDocument(nil)
	doc = headerFields[0].append(doc, "_id", &s.header)
	for _, f := range headerFields[1:] {
		doc = f.append(doc, f.name, &s.header)
	}
	own := bson.D{}
	if !s.commit.IsZero() {
		var versions bson.D
		for _, kind := range framework.Kinds {
			if n := s.counts[kind]; n > 0 {
				versions = append(versions, bson.E{Key: collections[kind], Value: int32(n)})
			}
		}
		own = bson.D{{Key: "commit", Value: s.commit}, {Key: "versions", Value: versions}}
	}
	if len(s.abandoned) > 0 {
		own = append(own, bson.E{Key: "abandoned", Value: s.abandoned})
	}
	b, err := bson.Marshal(own)
	if err != nil {
		return nil, err
	}
	return closeDocument(append(doc, b[4:len(b)-1]...), start), nil
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
	if m.seen != seq-1 || total(s.counts) != changes || m.abandoned[s.commit] {
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
	m.mu.Lock()
	defer m.mu.Unlock()
	m.litter = append(m.litter, s)
}
