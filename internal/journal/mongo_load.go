package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"skillatlas/internal/framework"
)

// A stub is a document of revisions, split into what all stores have and what
// only MongoDB has.
type stub struct {
	header    header
	commit    bson.ObjectID
	counts    map[framework.Kind]int // of its versions
	abandoned []bson.ObjectID
	reading   *reading // what fill has read
}

// stub reads a document of revisions.
func (d *decoder) stub(doc bson.Raw) (_ *stub, err error) {
	all, err := doc.Elements()
	if err != nil {
		return nil, fmt.Errorf("a document that is no BSON (%w): %w", err, ErrCorrupt)
	}
	seq, ok := doc.Lookup("_id").AsInt64OK()
	if !ok {
		return nil, fmt.Errorf("the _id %s is no sequence number: %w", doc.Lookup("_id"), ErrCorrupt)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("revision %d: %w", seq, err)
		}
	}()
	s := &stub{}
	head, start := openDocument(nil)
	head = headerFields[0].append(head, headerFields[0].name, &header{seq: seq})
	for _, e := range all {
		switch e.Key() {
		case "_id":
		case "commit":
			if s.commit, ok = e.Value().ObjectIDOK(); !ok {
				return nil, fmt.Errorf("its commit is no ObjectId: %w", ErrCorrupt)
			}
		case "versions":
			if s.counts, err = countsOf(e.Value()); err != nil {
				return nil, err
			}
		case "abandoned":
			if err := e.Value().Unmarshal(&s.abandoned); err != nil {
				return nil, fmt.Errorf("abandoned is no list of ObjectIds: %w", ErrCorrupt)
			}
		default:
			head = append(head, e...)
		}
	}
	if s.header, err = d.header(closeDocument(head, start), seq); err != nil {
		return nil, err
	}
	if n := total(s.counts); n != s.header.count || (n > 0) == s.commit.IsZero() {
		return nil, fmt.Errorf("its versions are %d and its count %d: %w", n, s.header.count, ErrCorrupt)
	}
	return s, nil
}

// countsOf reads how many versions there are in which collection.
func countsOf(v bson.RawValue) (map[framework.Kind]int, error) {
	doc, ok := v.DocumentOK()
	if !ok {
		return nil, fmt.Errorf("versions is no document: %w", ErrCorrupt)
	}
	all, err := doc.Elements()
	if err != nil {
		return nil, fmt.Errorf("versions is no document (%w): %w", err, ErrCorrupt)
	}
	counts := map[framework.Kind]int{}
	for _, e := range all {
		kind, ok := kindOf(e.Key())
		n, isNumber := e.Value().AsInt64OK()
		switch {
		case !ok:
			return nil, fmt.Errorf("it has versions in the unknown collection %q: %w", e.Key(), ErrNewerFormat)
		case !isNumber || n < 1 || n > math.MaxInt32:
			return nil, fmt.Errorf("its number of %s is %s: %w", e.Key(), e.Value(), ErrCorrupt)
		}
		counts[kind] = int(n)
	}
	return counts, nil
}

func total(counts map[framework.Kind]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}

func kindOf(collection string) (framework.Kind, bool) {
	for kind, name := range collections {
		if name == collection {
			return kind, true
		}
	}
	return "", false
}

// errIncomplete says that something is not there. For some seconds after an
// election that need not mean that it is lost: a new primary may not know yet what
// a majority has (SERVER-53813).
var errIncomplete = errors.New("incomplete")

func incomplete(err error) error { return marked{err, errIncomplete} }

// Load yields the revisions after a sequence number, in order, to the newest. It
// stops at the first error of yield, which it returns.
func (m *Mongo) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	ctx, watch := newWatchdog(ctx, m.delays.stall)
	defer watch.end()
	d := newDecoder()
	var since time.Time // when something was first not there
	// Whoever wants a single revision does not pay for those that come after it.
	for limit := 1; ; limit = maxStubs {
		last, stop, err := m.loadSome(ctx, d, after, limit, watch, yield)
		switch {
		case stop:
			return err
		case err == nil && last == after:
			return nil
		case err == nil || last > after:
			after, since = last, time.Time{}
			if err == nil {
				continue
			}
		}
		if since.IsZero() {
			since = time.Now()
		}
		watch.pat()
		if !errors.Is(err, errIncomplete) || time.Since(since) > m.delays.stale || !sleep(ctx, m.delays.stale/20) {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return watch.explain(ctx, fmt.Errorf("load after %d from %s: %w", after, m, explain(err)))
		}
	}
}

// loadSome yields some revisions and returns the last. stop says that the error
// ends the loading as it is.
func (m *Mongo) loadSome(ctx context.Context, d *decoder, after int64, limit int, watch *watchdog, yield func(*framework.Revision) error) (last int64, stop bool, err error) {
	stubs, err := m.stubs(ctx, d, after, limit)
	if err != nil {
		return after, false, err
	}
	for len(stubs) > 0 {
		window := stubs[:windowOf(stubs)]
		stubs = stubs[len(window):]
		if err := m.fill(ctx, d, window, watch); err != nil {
			return after, false, err
		}
		watch.rest()
		for _, s := range window {
			r, err := s.reading.finish()
			if err != nil {
				if len(s.reading.changes) < s.header.count {
					err = incomplete(err)
				}
				return after, false, fmt.Errorf("revision %d: %w", s.header.seq, err)
			}
			if err := ctx.Err(); err != nil {
				return after, false, err
			}
			m.met(s)
			if err := yield(r); err != nil {
				return after, true, err
			}
			after = s.header.seq
		}
		watch.pat()
	}
	return after, false, nil
}

type closer interface{ Close(context.Context) error }

// closeAll lets go of cursors at the server, whatever has ended the reading.
func closeAll(ctx context.Context, cursors ...closer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	for _, c := range cursors {
		_ = c.Close(ctx)
	}
}

var errStalled = errors.New("nothing came")

// A watchdog ends a read that gets nowhere, however long the whole may take.
type watchdog struct {
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
}

func newWatchdog(ctx context.Context, limit time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watchdog{time.AfterFunc(limit, func() { cancel(errStalled) }), limit, cancel}
}

// pat tells that it got somewhere.
func (w *watchdog) pat() { w.timer.Reset(w.limit) }

// rest stops watching until the next pat.
func (w *watchdog) rest() { w.timer.Stop() }

func (w *watchdog) end() {
	w.rest()
	w.cancel(nil)
}

// explain tells an error that the watchdog has caused.
func (w *watchdog) explain(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return passing(fmt.Errorf("nothing came for %s: %w", w.limit, err))
	}
	return err
}

// The bounds on what is read from the database at once: revisions, and versions
// of them unless a single one has more.
const (
	maxStubs  = 500
	maxWindow = 5_000
)

func windowOf(stubs []*stub) (n int) {
	versions := 0
	for _, s := range stubs {
		if versions += s.header.count; n > 0 && versions > maxWindow {
			break
		}
		n++
	}
	return n
}

// stubs reads the documents of the next revisions, so many at most.
func (m *Mongo) stubs(ctx context.Context, d *decoder, after int64, limit int) ([]*stub, error) {
	m.mu.Lock()
	seen, seenID := m.seen, m.seenID
	m.mu.Unlock()
	// Where this process goes on it looks whether its last is still what it was.
	from, check := after+1, after == seen && seen > 0
	if check {
		from = after
		limit++
	}
	cursor, err := m.revisions.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	defer closeAll(ctx, cursor)
	var list []*stub
	for cursor.Next(ctx) {
		s, err := d.stub(cursor.Current)
		if err != nil {
			if len(list) > 0 {
				return list, nil // first those before
			}
			return nil, err
		}
		if check && len(list) == 0 && s.header.seq == after {
			if s.header.id != seenID {
				return nil, otherHistory(after, s.header.id, seenID)
			}
			check = false
			m.confirmed(after)
			continue
		}
		if check {
			return nil, gone(after)
		}
		if want := after + int64(len(list)) + 1; s.header.seq != want {
			if len(list) > 0 {
				return list, nil
			}
			return nil, incomplete(fmt.Errorf("revision %d is missing although there are later ones: %w", want, ErrCorrupt))
		}
		list = append(list, s)
	}
	if err := cursor.Err(); err != nil {
		return nil, err
	}
	if check {
		return nil, gone(after)
	}
	return list, nil
}

func otherHistory(seq int64, is, was string) error {
	return fmt.Errorf("revision %d is %s, and was %s: %w", seq, is, was, errOtherHistory)
}

func gone(seq int64) error {
	return incomplete(fmt.Errorf("revision %d is gone: %w", seq, errOtherHistory))
}

// met remembers a revision that was read or stored.
func (m *Mongo) met(s *stub) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.header.seq != m.seen+1 {
		return
	}
	m.seen, m.seenID, m.confirmedAt = s.header.seq, s.header.id, time.Now()
	for _, commit := range s.abandoned {
		m.abandoned[commit] = true
	}
}

// confirmed remembers that the last revision this process has met is still there.
func (m *Mongo) confirmed(seq int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq == m.seen {
		m.confirmedAt = time.Now()
	}
}

// fill reads the versions of revisions: all of a collection by one cursor, the
// collections side by side, so that each revision's come in their order and no
// more than a batch of each is held.
func (m *Mongo) fill(ctx context.Context, d *decoder, window []*stub, watch *watchdog) error {
	byCommit := map[bson.ObjectID]*stub{}
	commits := map[framework.Kind][]bson.ObjectID{}
	for _, s := range window {
		s.reading = d.begin(s.header)
		if s.commit.IsZero() {
			continue
		}
		if byCommit[s.commit] != nil {
			return fmt.Errorf("revisions %d and %d have the same commit: %w", byCommit[s.commit].header.seq, s.header.seq, ErrCorrupt)
		}
		byCommit[s.commit] = s
		for kind := range s.counts {
			commits[kind] = append(commits[kind], s.commit)
		}
	}
	var sources []*source
	defer func() {
		var cursors []closer
		for _, s := range sources {
			cursors = append(cursors, s.cursor)
		}
		closeAll(ctx, cursors...)
	}()
	for kind, list := range commits {
		s, err := m.source(ctx, kind, list)
		if err != nil {
			return err
		}
		sources = append(sources, s)
		watch.pat()
	}
	for {
		next := earliest(sources)
		if next == nil {
			return nil
		}
		s := byCommit[next.commit]
		if want := len(s.reading.changes) + 1; next.n != want {
			return incomplete(fmt.Errorf("revision %d: its version %d is missing, or more than one: %w", s.header.seq, want, ErrCorrupt))
		}
		s.reading.add(next.stored)
		watch.pat()
		if err := next.advance(ctx); err != nil {
			return fmt.Errorf("read %s: %w", collections[next.kind], err)
		}
	}
}

// A source is the versions of some commits in one collection.
type source struct {
	kind   framework.Kind
	cursor *mongo.Cursor
	// The version at hand; stored is nil after the last.
	commit bson.ObjectID
	n      int
	stored []byte
}

func (m *Mongo) source(ctx context.Context, kind framework.Kind, commits []bson.ObjectID) (*source, error) {
	c := m.versions[kind]
	cursor, err := c.Find(ctx, bson.D{{Key: "_id.commit", Value: bson.D{{Key: "$in", Value: commits}}}},
		options.Find().SetSort(bson.D{{Key: "_id.commit", Value: 1}, {Key: "_id.n", Value: 1}}))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Name(), err)
	}
	s := &source{kind: kind, cursor: cursor}
	if err := s.advance(ctx); err != nil {
		closeAll(ctx, cursor)
		return nil, fmt.Errorf("read %s: %w", c.Name(), err)
	}
	return s, nil
}

func (s *source) advance(ctx context.Context) (err error) {
	if !s.cursor.Next(ctx) {
		s.stored = nil
		return s.cursor.Err()
	}
	s.commit, s.n, s.stored, err = readVersion(s.stored[:0], s.kind, s.cursor.Current)
	return err
}

func earliest(sources []*source) (first *source) {
	for _, s := range sources {
		if s.stored == nil {
			continue
		}
		if first == nil || bytes.Compare(s.commit[:], first.commit[:]) < 0 || s.commit == first.commit && s.n < first.n {
			first = s
		}
	}
	return first
}

// appendVersion writes the document of a version.
func appendVersion(dst []byte, commit bson.ObjectID, n int, c *change) []byte {
	dst, start := openDocument(dst)
	dst, id := openDocument(appendName(dst, bson.TypeEmbeddedDocument, "_id"))
	dst = append(appendName(dst, bson.TypeObjectID, "commit"), commit[:]...)
	dst = closeDocument(binary.LittleEndian.AppendUint32(appendName(dst, bson.TypeInt32, "n"), uint32(n)), id)
	for _, f := range changeFields[1:5] { // framework, key, removed, redacted
		dst = f.append(dst, f.name, c)
	}
	if c.document != nil {
		dst = append(dst, c.document[4:len(c.document)-1]...)
	}
	return closeDocument(dst, start)
}

// readVersion turns the document of a version back into a stored change, which it
// appends to dst.
func readVersion(dst []byte, kind framework.Kind, doc bson.Raw) (commit bson.ObjectID, n int, stored []byte, err error) {
	broken := func(what string) (bson.ObjectID, int, []byte, error) {
		return commit, 0, nil, fmt.Errorf("%s: %w", what, ErrCorrupt)
	}
	rest, err := elements(doc)
	if err != nil {
		return commit, 0, nil, err
	}
	id, rest, err := nextElement(rest)
	if err != nil {
		return commit, 0, nil, err
	}
	if string(id.name) != "_id" || id.kind != bson.TypeEmbeddedDocument {
		return broken("a version does not begin with its _id")
	}
	number, ok := bson.Raw(id.value).Lookup("n").AsInt64OK()
	commit, ok2 := bson.Raw(id.value).Lookup("commit").ObjectIDOK()
	if !ok || !ok2 {
		return broken("the _id of a version is not of commit and n")
	}
	dst, start := openDocument(dst)
	dst = changeFields[0].append(dst, changeFields[0].name, &change{kind: kind})
	removed := false
	for len(rest) > 0 {
		e, after, err := nextElement(rest)
		if err != nil {
			return commit, 0, nil, err
		}
		if name := string(e.name); name != "framework" && name != "key" && name != "removed" && name != "redacted" {
			break
		}
		removed = removed || string(e.name) == "removed"
		dst = append(dst, rest[:len(rest)-len(after)]...)
		rest = after
	}
	if !removed || len(rest) > 0 {
		var document int
		dst, document = openDocument(appendName(dst, bson.TypeEmbeddedDocument, "document"))
		dst = closeDocument(append(dst, rest...), document)
	}
	return commit, int(number), closeDocument(dst, start), nil
}
