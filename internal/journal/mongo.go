package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"skillatlas/internal/framework"
)

// The collections of a database. Those of entities hold versions, one document
// each: {_id: {commit, n}, framework, key, removed?, the fields of its form}.
// revisions holds {_id: seq, the other fields of a header, commit, versions,
// abandoned?}: versions counts the documents of each collection that are part of
// the revision, and a revision without any has no commit.
const revisionsCollection = "revisions"

var collections = map[framework.Kind]string{
	framework.KindFramework: "frameworks",
	framework.KindLevel:     "levels",
	framework.KindAttribute: "attributes",
	framework.KindCategory:  "categories",
	framework.KindSkill:     "skills",
	framework.KindRelation:  "relations",
	framework.KindRoleGroup: "role_groups",
	framework.KindRole:      "roles",
}

// delays are how long is waited for a server. A write is not refused at the first
// failure, since a replica set is without a primary for some seconds when it
// elects one.
type delays struct {
	selection time.Duration // for a server that answers
	start     time.Duration // for one to begin with
	attempt   time.Duration // for the answer to one command
	patience  time.Duration // to try again what has had no effect
	settling  time.Duration // to learn the outcome of what may have had one
	stall     time.Duration // for a long read to go on
	stale     time.Duration // for a new primary to show what the old one did
	poll      time.Duration // from look to look for new revisions
	watch     time.Duration // the same with a change stream, which may be lost without a word
	rewatch   time.Duration // to begin another stream
}

var usual = delays{
	selection: 5 * time.Second,
	start:     30 * time.Second,
	attempt:   10 * time.Second,
	patience:  12 * time.Second,
	settling:  30 * time.Second,
	stall:     30 * time.Second,
	stale:     15 * time.Second,
	poll:      400 * time.Millisecond,
	watch:     2 * time.Second,
	rewatch:   5 * time.Second,
}

const (
	closeTimeout = 3 * time.Second
	sweepPause   = time.Minute
	surely       = time.Second // what was there so lately is there
	backoffFirst = 50 * time.Millisecond
	backoffLast  = 2 * time.Second
)

// MongoOptions are the choices of a [Mongo].
type MongoOptions struct {
	// Database is used when the URI names none; empty means skillatlas.
	Database string
	// Report, if not nil, is told of failures that are tried again.
	Report func(error)
	// Progress, if not nil, is told how many versions of a large revision are stored.
	Progress func(done, total int)
}

// Mongo is a journal in a MongoDB database, which several processes may use at
// once. Its methods are safe for concurrent use.
//
// Inserting a document into revisions is the commit point: the versions it names
// by commit are there before, and are nothing to anyone until it is. Its _id being
// the sequence number, only one of several writers can succeed. All writes wait
// for a majority of a replica set, and all reads read what a majority has, so
// that what was read or acknowledged outlives the loss of a primary.
type Mongo struct {
	client    *mongo.Client
	db        *mongo.Database
	revisions *mongo.Collection
	versions  map[framework.Kind]*mongo.Collection
	options   MongoOptions
	delays    delays
	where     string

	mu sync.Mutex
	// seen is the last revision such that this process has met it and all before
	// it, and seenID its id.
	seen   int64
	seenID string
	// sure is when it was last there.
	sure time.Time
	// abandoned are the commits that the revisions up to seen have given up.
	abandoned map[bson.ObjectID]bool
	// spare is what was stored for a revision that another writer was faster than.
	spare *staged
	// litter are commits of this process that will never be part of a revision.
	litter []*staged
	// sweepAfter is when it may be tried again to remove the litter.
	sweepAfter time.Time
	// collected is the time before which Collect has left nothing.
	collected time.Time
}

// OpenMongo opens the journal in the database that a URI names, and creates
// its collections and indexes. It waits up to half a minute for the server.
func OpenMongo(ctx context.Context, uri string, o MongoOptions) (*Mongo, error) {
	return openMongo(ctx, uri, o, usual)
}

func openMongo(ctx context.Context, uri string, o MongoOptions, d delays) (*Mongo, error) {
	client, name, where, err := connect(uri, o.Database, d)
	if err != nil {
		return nil, err
	}
	m := &Mongo{
		client: client, options: o, delays: d, where: fmt.Sprintf("MongoDB %s, database %s", where, name),
		versions: map[framework.Kind]*mongo.Collection{}, abandoned: map[bson.ObjectID]bool{},
	}
	if err := m.open(ctx, name); err != nil {
		_ = m.disconnect()
		return nil, fmt.Errorf("open %s: %w", m, err)
	}
	return m, nil
}

// connect makes a client, which talks to nobody yet. Its errors do not repeat what
// the driver says, which quotes parts of the URI, passwords among them.
func connect(uri, database string, d delays) (_ *mongo.Client, name, where string, err error) {
	o := options.Client().
		SetAppName("skillatlas").
		SetServerSelectionTimeout(d.selection).
		SetConnectTimeout(d.selection).
		ApplyURI(uri).
		SetRetryWrites(false). // of several tries the driver tells of the last only
		SetReadPreference(readpref.Primary()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: new(true)})
	client, err := mongo.Connect(o)
	if err == nil {
		name, err = databaseOf(uri)
	}
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		return nil, "", "", fmt.Errorf("a file that the MongoDB URI names cannot be read: %w", file)
	}
	if err != nil {
		return nil, "", "", errors.New("the MongoDB URI cannot be used; it is of the form " +
			"mongodb://user:password@host:27017/database?replicaSet=name, where characters other than letters and digits " +
			"of the user and the password are written as %XX")
	}
	return client, cmp.Or(name, database, "skillatlas"), strings.Join(o.Hosts, ","), nil
}

// databaseOf is the database that a valid URI names, or empty.
func databaseOf(uri string) (string, error) {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "/")
	return url.PathUnescape(path)
}

// open waits for the server and prepares the database.
func (m *Mongo) open(ctx context.Context, name string) error {
	var majority bool
	err := m.again(ctx, m.delays.start, func(ctx context.Context) (err error) {
		majority, err = hasMajority(ctx, m.client.Database(name))
		return err
	})
	if err != nil {
		return err
	}
	concern := readconcern.Local() // a standalone server has nothing else
	if majority {
		concern = readconcern.Majority()
	}
	m.db = m.client.Database(name, options.Database().SetReadConcern(concern))
	m.revisions = m.db.Collection(revisionsCollection)
	for kind, name := range collections {
		m.versions[kind] = m.db.Collection(name)
	}
	if err := m.index(ctx, m.revisions, "commit"); err != nil {
		return err
	}
	for _, kind := range framework.Kinds {
		if err := m.index(ctx, m.versions[kind], "_id.commit _id.n", "framework key"); err != nil {
			return err
		}
	}
	return nil
}

// hasMajority reports whether a server is part of a replica set or leads to some.
func hasMajority(ctx context.Context, db *mongo.Database) (bool, error) {
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"`
	}
	err := db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	if hasCode(err, 59) { // before 4.4.2 it has another name
		err = db.RunCommand(ctx, bson.D{{Key: "isMaster", Value: 1}}).Decode(&hello)
	}
	return hello.SetName != "" || hello.Msg == "isdbgrid", err
}

// index creates those indexes of a collection that are missing, each given by its
// fields, and with them the collection. It looks first, so that a user who may not
// create any can use what is there.
func (m *Mongo) index(ctx context.Context, c *mongo.Collection, indexes ...string) error {
	return m.again(ctx, m.delays.patience, func(short context.Context) error {
		missing, err := missingIndexes(short, c, indexes)
		if err != nil {
			return fmt.Errorf("list the indexes of %s: %w", c.Name(), err)
		}
		if len(missing) == 0 {
			return nil
		}
		// Without a time limit: one that a large collection lacks takes as long as it takes.
		if _, err := c.Indexes().CreateMany(ctx, missing); err != nil {
			return fmt.Errorf("create the indexes of %s: %w", c.Name(), err)
		}
		return nil
	})
}

func missingIndexes(ctx context.Context, c *mongo.Collection, indexes []string) (missing []mongo.IndexModel, err error) {
	there, err := c.Indexes().ListSpecifications(ctx)
	if err != nil && !hasCode(err, 26) { // there is no such collection
		return nil, err
	}
	for _, index := range indexes {
		keys := bson.D{}
		for _, field := range strings.Fields(index) {
			keys = append(keys, bson.E{Key: field, Value: int32(1)})
		}
		raw, err := bson.Marshal(keys)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(there, func(s mongo.IndexSpecification) bool { return bytes.Equal(s.KeysDocument, raw) }) {
			missing = append(missing, mongo.IndexModel{Keys: keys})
		}
	}
	return missing, nil
}

// String names the servers and the database.
func (m *Mongo) String() string { return m.where }

// Err is nil: whatever keeps a server from answering may pass.
func (m *Mongo) Err() error { return nil }

// Close removes what this process has stored in vain, if the server answers, and
// disconnects.
func (m *Mongo) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	m.mu.Lock()
	if m.spare != nil {
		m.litter = append(m.litter, m.spare)
		m.spare = nil
	}
	m.mu.Unlock()
	m.sweep(ctx)
	return m.disconnect()
}

func (m *Mongo) disconnect() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return m.client.Disconnect(ctx)
}

// again calls f until it succeeds, fails for good, or has failed for as long as
// patience lasts. Each call has a time limit of its own.
func (m *Mongo) again(ctx context.Context, patience time.Duration, f func(context.Context) error) error {
	start := time.Now()
	for wait := backoffFirst; ; wait = min(2*wait, backoffLast) {
		err := m.attempt(ctx, f)
		if err == nil {
			return nil
		}
		if err = explain(err); !transient(err) || time.Since(start)+wait > patience || !sleep(ctx, wait) {
			return err
		}
		m.report(fmt.Errorf("%s: %w; trying again", m, err))
	}
}

func (m *Mongo) attempt(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, m.delays.attempt)
	defer cancel()
	return f(ctx)
}

// sleep waits for about d, so that many who wait do not return together. It
// reports whether ctx has still not ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (m *Mongo) report(err error) {
	if m.options.Report != nil {
		m.options.Report(err)
	}
}

// A stub is a document of revisions, split into what all stores have and what
// only MongoDB has.
type stub struct {
	header    header
	commit    bson.ObjectID
	kinds     []framework.Kind // of the versions it has
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
	counted := int64(0)
	for _, e := range all {
		switch e.Key() {
		case "_id":
		case "commit":
			if s.commit, ok = e.Value().ObjectIDOK(); !ok {
				return nil, fmt.Errorf("its commit is no ObjectId: %w", ErrCorrupt)
			}
		case "versions":
			if s.kinds, counted, err = kindsOf(e.Value()); err != nil {
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
	if counted != int64(s.header.count) || (counted > 0) == s.commit.IsZero() {
		return nil, fmt.Errorf("its versions are %d and its count %d: %w", counted, s.header.count, ErrCorrupt)
	}
	return s, nil
}

// kindsOf reads how many versions there are in which collection.
func kindsOf(v bson.RawValue) (kinds []framework.Kind, total int64, err error) {
	doc, ok := v.DocumentOK()
	if !ok {
		return nil, 0, fmt.Errorf("versions is no document: %w", ErrCorrupt)
	}
	all, err := doc.Elements()
	if err != nil {
		return nil, 0, fmt.Errorf("versions is no document (%w): %w", err, ErrCorrupt)
	}
	for _, e := range all {
		kind, ok := kindOf(e.Key())
		n, isNumber := e.Value().AsInt64OK()
		switch {
		case !ok:
			return nil, 0, fmt.Errorf("it has versions in the unknown collection %q: %w", e.Key(), ErrNewerFormat)
		case !isNumber || n < 1:
			return nil, 0, fmt.Errorf("its number of %s is %s: %w", e.Key(), e.Value(), ErrCorrupt)
		}
		kinds, total = append(kinds, kind), total+n
	}
	return kinds, total, nil
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

// incomplete makes an error errIncomplete, without a word.
type incomplete struct{ error }

func (e incomplete) Unwrap() error        { return e.error }
func (e incomplete) Is(target error) bool { return target == errIncomplete }

// Load yields the revisions after a sequence number, in order, to the newest. It
// stops at the first error of yield, which it returns.
func (m *Mongo) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	ctx, watch := newWatchdog(ctx, m.delays.stall)
	defer watch.end()
	d := newDecoder()
	var since time.Time // when something was first not there
	for {
		last, stop, err := m.loadSome(ctx, d, after, watch, yield)
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
			return watch.explain(ctx, fmt.Errorf("load after %d from %s: %w", after, m, explain(err)))
		}
	}
}

// loadSome yields some revisions and returns the last. stop says that the error
// ends the loading as it is.
func (m *Mongo) loadSome(ctx context.Context, d *decoder, after int64, watch *watchdog, yield func(*framework.Revision) error) (last int64, stop bool, err error) {
	stubs, err := m.stubs(ctx, d, after)
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
					err = incomplete{err}
				}
				return after, false, fmt.Errorf("revision %d: %w", s.header.seq, err)
			}
			if err := ctx.Err(); err != nil {
				return after, true, fmt.Errorf("load %d: %w", s.header.seq, err)
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

// closeCursor lets go of a cursor at the server, whatever has ended the reading.
func closeCursor(ctx context.Context, c interface{ Close(context.Context) error }) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = c.Close(ctx)
}

// A watchdog ends a read that gets nowhere, however long the whole may take.
type watchdog struct {
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
}

func newWatchdog(ctx context.Context, limit time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watchdog{time.AfterFunc(limit, func() { cancel(ErrUnreachable) }), limit, cancel}
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
	if cause := context.Cause(ctx); errors.Is(cause, ErrUnreachable) {
		return fmt.Errorf("nothing came for %s: %w: %w", w.limit, cause, err)
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

// stubs reads the documents of the next revisions.
func (m *Mongo) stubs(ctx context.Context, d *decoder, after int64) ([]*stub, error) {
	m.mu.Lock()
	seen, seenID := m.seen, m.seenID
	m.mu.Unlock()
	// Where this process goes on it looks whether its last is still what it was.
	from, check := after+1, after == seen && seen > 0
	if check {
		from = after
	}
	cursor, err := m.revisions.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(maxStubs))
	if err != nil {
		return nil, err
	}
	defer closeCursor(ctx, cursor)
	var list []*stub
	for cursor.Next(ctx) {
		s, err := d.stub(bytes.Clone(cursor.Current))
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
			m.stood(after)
			continue
		}
		if check {
			return nil, gone(after)
		}
		if want := after + int64(len(list)) + 1; s.header.seq != want {
			if len(list) > 0 {
				return list, nil
			}
			return nil, incomplete{fmt.Errorf("revision %d is missing although there are later ones: %w", want, ErrCorrupt)}
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
	return fmt.Errorf("revision %d is %s, and was %s: %w", seq, is, was, ErrOtherHistory)
}

func gone(seq int64) error {
	return incomplete{fmt.Errorf("revision %d is gone: %w", seq, ErrOtherHistory)}
}

// met remembers a revision that was read or stored.
func (m *Mongo) met(s *stub) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.header.seq != m.seen+1 {
		return
	}
	m.seen, m.seenID, m.sure = s.header.seq, s.header.id, time.Now()
	for _, commit := range s.abandoned {
		m.abandoned[commit] = true
	}
}

// stood remembers that the last revision this process has met is still there.
func (m *Mongo) stood(seq int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq == m.seen {
		m.sure = time.Now()
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
		for _, kind := range s.kinds {
			commits[kind] = append(commits[kind], s.commit)
		}
	}
	var sources []*source
	defer func() {
		for _, s := range sources {
			closeCursor(ctx, s.cursor)
		}
	}()
	for kind, list := range commits {
		s, err := m.source(ctx, kind, list)
		if err != nil {
			return err
		}
		sources = append(sources, s)
	}
	for {
		next := earliest(sources)
		if next == nil {
			return nil
		}
		s := byCommit[next.commit]
		if want := len(s.reading.changes) + 1; next.n != want {
			return incomplete{fmt.Errorf("revision %d: its version %d is missing, or more than one: %w", s.header.seq, want, ErrCorrupt)}
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
		closeCursor(ctx, cursor)
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
	for _, f := range changeFields[1:4] { // framework, key, removed
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
		if name := string(e.name); name != "framework" && name != "key" && name != "removed" {
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
