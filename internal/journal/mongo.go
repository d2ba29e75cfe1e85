package journal

import (
	"bytes"
	"cmp"
	"context"
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
// each: {_id: {commit, n}, framework, key, removed?, redacted?, the fields of its form}.
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

	framework.KindRelease:       "releases",
	framework.KindPerson:        "people",
	framework.KindChangeRequest: "change_requests",
	framework.KindProposal:      "proposals",
	framework.KindComment:       "comments",
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
	stale     time.Duration // for a new primary to show what the old one did; less than attempt
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
	stale:     8 * time.Second,
	poll:      400 * time.Millisecond,
	watch:     2 * time.Second,
	rewatch:   5 * time.Second,
}

const (
	closeTimeout = 3 * time.Second
	confirmedFor = time.Second // what was there so lately is there
	backoffFirst = 50 * time.Millisecond
	backoffLast  = 2 * time.Second
)

// MongoOptions are the choices of a [Mongo].
type MongoOptions struct {
	// Database is used when the URI names none; empty means skillatlas.
	Database string
	// Report, if not nil, is told of failures that are tried again. Calls may overlap.
	Report func(error)
	// Progress, if not nil, is told how many versions of a large revision are stored,
	// one call at a time.
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
	revisions *mongo.Collection
	versions  map[framework.Kind]*mongo.Collection
	options   MongoOptions
	delays    delays
	where     string
	// replicated says that the servers are a replica set, or several.
	replicated bool

	mu sync.Mutex
	// seen is the last revision such that this process has met it and all before
	// it, and seenID its id.
	seen   int64
	seenID string
	// confirmedAt is when it was last there.
	confirmedAt time.Time
	// abandoned are the commits that the revisions up to seen have given up.
	abandoned map[bson.ObjectID]bool
	// spare is what was stored for a revision that another writer was faster than.
	spare *staged
	// litter are commits of this process that will never be part of a revision.
	litter []*staged
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
	if !strings.HasPrefix(uri, "mongodb://") && !strings.HasPrefix(uri, "mongodb+srv://") {
		return nil, "", "", errors.New("the MongoDB URI begins with neither mongodb:// nor mongodb+srv://")
	}
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
	var file *fs.PathError
	var lookup interface{ Temporary() bool } // what the DNS says
	switch {
	case errors.As(err, &file):
		return nil, "", "", fmt.Errorf("a file that the MongoDB URI names cannot be read: %w", file)
	case errors.As(err, &lookup):
		return nil, "", "", errors.New("the DNS has no records of the servers that the MongoDB URI names; check the name, or try again")
	case err != nil:
		return nil, "", "", errors.New("the MongoDB URI cannot be used; it is of the form " +
			"mongodb://user:password@host:27017/database?replicaSet=name, where characters other than letters and digits " +
			"of the user and the password are written as %XX")
	case name != "" && database != "" && name != database:
		return nil, "", "", fmt.Errorf("the MongoDB URI names the database %s, but %s is wanted; name one", name, database)
	}
	name = cmp.Or(name, database, "skillatlas")
	if strings.ContainsAny(name, "/\\. \"$*<>:|?\x00") || slices.Contains([]string{"admin", "local", "config"}, name) {
		return nil, "", "", fmt.Errorf("%q cannot be the name of the database; use letters, digits, _ and -, and not one of MongoDB's own", name)
	}
	return client, name, strings.Join(o.Hosts, ","), nil
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
	err := m.again(ctx, m.delays.start, func(ctx context.Context) (err error) {
		m.replicated, err = replicated(ctx, m.client.Database(name))
		return err
	})
	if err != nil {
		return err
	}
	concern := readconcern.Local() // a standalone server has nothing else
	if m.replicated {
		concern = readconcern.Majority()
	}
	db := m.client.Database(name, options.Database().SetReadConcern(concern))
	m.revisions = db.Collection(revisionsCollection)
	for kind, name := range collections {
		m.versions[kind] = db.Collection(name)
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

// replicated reports whether a server is part of a replica set or leads to some.
func replicated(ctx context.Context, db *mongo.Database) (bool, error) {
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
	m.keep(nil)
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
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil: // which the driver tells of in many words
			return ctx.Err()
		}
		if err = explain(err); !errors.Is(err, errPassing) || time.Since(start)+wait > patience || !sleep(ctx, wait) {
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
