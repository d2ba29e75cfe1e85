package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

func TestMongo(t *testing.T) {
	testJournal(t, func(t *testing.T) func() store {
		uri := mongotest.Database(t)
		return func() store { return newMongo(t, uri) }
	})
}

// hasty gives up soon, so that tests of outages do not last.
var hasty = delays{
	selection: time.Second, start: 2 * time.Second, attempt: 4 * time.Second, // the driver looks at a server every half second
	patience: 3 * time.Second, settling: 3 * time.Second, stall: time.Minute, stale: 200 * time.Millisecond,
	poll: 50 * time.Millisecond, watch: time.Hour, rewatch: 50 * time.Millisecond,
}

func newMongo(t testing.TB, uri string) *Mongo {
	t.Helper()
	m, err := openMongo(t.Context(), uri, MongoOptions{Report: func(err error) { t.Log(err) }}, hasty)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// newProxied is a journal behind a proxy, and the URI that goes around it.
func newProxied(t testing.TB, revisions ...*framework.Revision) (*mongotest.Proxy, *Mongo, string) {
	t.Helper()
	uri := mongotest.Database(t)
	mustAppend(t, newMongo(t, uri), revisions...)
	p := mongotest.NewProxy(t, uri)
	m := newMongo(t, p.URI())
	load(t, m, 0)
	p.Reset()
	return p, m, uri
}

// TestMongoDocuments shows what a person finds in the database.
func TestMongoDocuments(t *testing.T) {
	uri := mongotest.Database(t)
	m := newMongo(t, uri)
	itop := &framework.Skill{
		Code: "ITOP", Name: "IT operations", Category: "RUN", Position: 3, Status: framework.StatusActive,
		Levels: []framework.LevelText{{Level: 2, Description: "Monitors"}},
	}
	gone := relation(1, 2)
	r := revision(1, itop, gone)
	r.Changes[1].Entity = nil
	mustAppend(t, m, r)

	db := mongotest.Client(t, uri)
	stored := mongotest.All(t, db.Collection("revisions"), bson.D{})
	if len(stored) != 1 {
		t.Fatalf("%d documents in revisions", len(stored))
	}
	commit, ok := stored[0]["commit"].(bson.ObjectID)
	if !ok {
		t.Fatalf("the commit is %v", stored[0]["commit"])
	}
	digest, err := Digest(r)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]bson.M{
		"revisions": {{
			"_id": int64(1), "id": r.ID, "time": bson.NewDateTimeFromTime(r.Time), "author": "actor-1", "message": "Step 1",
			"requestId": "request-1", "requestDigest": "f0e1", "format": int32(1), "count": int32(2), "digest": digest,
			"commit": commit, "versions": bson.D{{Key: "skills", Value: int32(1)}, {Key: "relations", Value: int32(1)}},
		}},
		"skills": {{
			"_id":       bson.D{{Key: "commit", Value: commit}, {Key: "n", Value: int32(1)}},
			"framework": "meridian", "key": "ITOP",
			"code": "ITOP", "name": "IT operations", "category": "RUN", "position": int32(3), "status": string(framework.StatusActive),
			"levels": bson.A{bson.D{{Key: "level", Value: int32(2)}, {Key: "description", Value: "Monitors"}}},
		}},
		"relations": {{
			"_id":       bson.D{{Key: "commit", Value: commit}, {Key: "n", Value: int32(2)}},
			"framework": "meridian", "key": gone.Key(), "removed": true,
		}},
	}
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{
		"attributes", "categories", "change_requests", "comments", "frameworks", "levels", "people", "proposals", "relations",
		"releases", "revisions", "role_groups", "roles", "skills",
	}, names); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	for _, name := range names {
		if diff := cmp.Diff(want[name], mongotest.All(t, db.Collection(name), bson.D{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		keys := []string{"_id", "_id.commit _id.n", "framework key"}
		if name == "revisions" {
			keys = []string{"_id", "commit"}
		}
		if diff := cmp.Diff(keys, indexes(t, db.Collection(name))); diff != "" {
			t.Errorf("indexes of %s (-want +got):\n%s", name, diff)
		}
	}
}

func indexes(t *testing.T, c *mongo.Collection) (all []string) {
	t.Helper()
	list, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range list {
		elements, err := index.KeysDocument.Elements()
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, e := range elements {
			fields = append(fields, e.Key())
		}
		all = append(all, strings.Join(fields, " "))
	}
	slices.Sort(all)
	return all
}

// TestEveryKindHasACollection also keeps stored fields from colliding with those
// that say what a version is of.
func TestEveryKindHasACollection(t *testing.T) {
	for _, kind := range framework.Kinds {
		if got, ok := kindOf(collections[kind]); !ok || got != kind {
			t.Errorf("%s is in the collection %q, which holds %s", kind, collections[kind], got)
		}
		doc := bson.Raw(forms[kind].append(nil, full(t, kind)))
		for _, taken := range []string{"_id", "framework", "key", "removed", "redacted"} {
			if _, err := doc.LookupErr(taken); err == nil {
				t.Errorf("%s has a field %s of its own", kind, taken)
			}
		}
	}
}

func TestMongoRoundTrips(t *testing.T) {
	p, m, uri := newProxied(t, revision(1, skill(1)))
	wantCommands := func(what string, want ...string) {
		t.Helper()
		got := p.Commands()
		if n := len(got); n > 0 {
			slices.Sort(got[:n-1]) // collections are written side by side
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		p.Reset()
	}
	mustAppend(t, m, revision(2, skill(1)))
	wantCommands("one edit", "insert skills", "insert revisions")
	mustAppend(t, m, revision(3, skill(1), relation(1, 2), skill(2)))
	wantCommands("of two kinds", "insert relations", "insert skills", "insert revisions")

	other := newMongo(t, uri)
	load(t, other, 0)
	mustAppend(t, other, revision(4, skill(7)))
	lost := revision(4, skill(1), skill(2))
	lost.ID = "lost"
	if err := m.Append(t.Context(), lost); !errors.Is(err, ErrTaken) {
		t.Fatalf("got %v, want ErrTaken", err)
	}
	wantCommands("a lost race", "insert revisions", "insert skills", "find revisions")
	load(t, m, 3)
	p.Reset()
	lost.Seq = 5
	mustAppend(t, m, lost)
	wantCommands("the same again", "insert revisions")

	mustAppend(t, other, revision(6, skill(7)))
	refused := revision(6, skill(1))
	refused.ID = "refused"
	if err := m.Append(t.Context(), refused); !errors.Is(err, ErrTaken) {
		t.Fatalf("got %v, want ErrTaken", err)
	}
	load(t, m, 5)
	p.Reset()
	mustAppend(t, m, revision(7, skill(2)))
	wantCommands("something else instead", "insert skills", "insert revisions")
	m.sweep(t.Context())
	wantRevisions(t, other, 0, revision(1, skill(1)), revision(2, skill(1)), revision(3, skill(1), relation(1, 2), skill(2)),
		revision(4, skill(7)), lost, revision(6, skill(7)), revision(7, skill(2)))
	wantNoLitter(t, uri)
}

// wantNoLitter checks that every version is part of a revision.
func wantNoLitter(t *testing.T, uri string) {
	t.Helper()
	db := mongotest.Client(t, uri)
	commits := map[any]bool{}
	for _, r := range mongotest.All(t, db.Collection("revisions"), bson.D{}) {
		commits[r["commit"]] = true
	}
	for _, name := range collections {
		for _, v := range mongotest.All(t, db.Collection(name), bson.D{}) {
			if commit := v["_id"].(bson.D)[0].Value; !commits[commit] {
				t.Errorf("a version in %s is of commit %v, which is part of no revision", name, commit)
			}
		}
	}
}

// TestMongoAppendSurvives breaks the connection at each step of an append that goes
// on, and wants the revision to be there once, whole.
func TestMongoAppendSurvives(t *testing.T) {
	for _, step := range []mongotest.Match{
		{Command: "insert", Collection: "skills"}, {Command: "insert", Collection: "relations"}, {Command: "insert", Collection: "revisions"},
		{Command: "insert", Collection: "revisions", Times: 3},
	} {
		for name, fault := range map[string]mongotest.Fault{
			"request lost":   mongotest.DropRequest,
			"answer lost":    mongotest.SwallowReply,
			"answer late":    mongotest.DelayReply(200 * time.Millisecond),
			"not primary":    mongotest.Reply(failure(10107, "NotWritablePrimary")),
			"stepping down":  mongotest.Reply(failure(189, "PrimarySteppedDown")),
			"shutting down":  mongotest.Reply(failure(11600, "InterruptedAtShutdown")),
			"no majority":    mongotest.Reply(bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 1}, {Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "errmsg", Value: "waiting for replication timed out"}}}}),
			"write conflict": mongotest.Reply(failure(112, "WriteConflict")),
		} {
			t.Run(fmt.Sprintf("%s %s %d/%s", step.Command, step.Collection, step.Times, name), func(t *testing.T) {
				t.Parallel()
				p, m, uri := newProxied(t, revision(1, skill(1)))
				p.Fail(step, fault)
				want := []*framework.Revision{revision(1, skill(1)), revision(2, skill(1), relation(1, 2)), revision(3, skill(2))}
				mustAppend(t, m, want[1:]...)
				wantRevisions(t, newMongo(t, uri), 0, want...)
				wantNoLitter(t, uri)
			})
		}
	}
}

func failure(code int, name string) bson.D {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: code}, {Key: "codeName", Value: name}, {Key: "errmsg", Value: name + " happened"}}
}

// routed is how the router of a sharded cluster answers when it has lost the shard.
func routed(code int) bson.D {
	return bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{bson.D{
		{Key: "index", Value: 0}, {Key: "code", Value: code}, {Key: "errmsg", Value: "Write results unavailable from the shard"},
	}}}}
}

// TestMongoAppendGivesUp lets the server be lost for good at each step.
func TestMongoAppendGivesUp(t *testing.T) {
	always := func(collection string) mongotest.Match {
		return mongotest.Match{Command: "insert", Collection: collection, Times: -1}
	}
	for _, tt := range []struct {
		name    string
		match   mongotest.Match
		fault   func(p *mongotest.Proxy) mongotest.Fault
		unknown bool
		stored  bool
		says    string
	}{
		{"down before the versions", always("skills"), func(p *mongotest.Proxy) mongotest.Fault {
			return mongotest.Call(p.Down)
		}, false, false, "does not answer"},
		{"down before the revision", always("revisions"), func(p *mongotest.Proxy) mongotest.Fault {
			return mongotest.Call(p.Down)
		}, true, false, "does not answer"},
		{"the answer lost, then down", mongotest.Match{Command: "insert", Collection: "revisions"}, func(p *mongotest.Proxy) mongotest.Fault {
			p.Fail(mongotest.Match{Command: "insert", Collection: "revisions", Skip: 1}, mongotest.Call(p.Down))
			return mongotest.SwallowReply
		}, true, true, "does not answer"},
		{"the answer lost, then no primary", mongotest.Match{Command: "insert", Collection: "revisions"}, func(p *mongotest.Proxy) mongotest.Fault {
			p.Fail(mongotest.Match{Command: "insert", Collection: "revisions", Skip: 1, Times: -1}, mongotest.Reply(failure(10107, "NotWritablePrimary")))
			return mongotest.SwallowReply
		}, true, true, "NotWritablePrimary"},
		{"a router lost the answer, then everything", mongotest.Match{Command: "insert", Collection: "revisions"}, func(p *mongotest.Proxy) mongotest.Fault {
			p.Fail(mongotest.Match{Command: "insert", Collection: "revisions", Skip: 1}, mongotest.Call(p.Down))
			return mongotest.Reply(routed(91))
		}, true, false, "does not answer"},
		{"a router tells of what no one knows", always("revisions"), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(routed(11601))
		}, true, false, "Write results unavailable"},
		{"every answer lost", always(""), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.SwallowReply
		}, false, false, "does not answer"},
		{"may not write versions", always("skills"), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(13, "Unauthorized"))
		}, false, false, "give it the role readWrite"},
		{"may not write revisions", always("revisions"), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(13, "Unauthorized"))
		}, false, false, "give it the role readWrite"},
		{"disk full", always("skills"), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(14031, "OutOfDiskSpace"))
		}, false, false, "no disk space left"},
		{"disk full at the revision", always("revisions"), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(14031, "OutOfDiskSpace"))
		}, false, false, "no disk space left"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, m, uri := newProxied(t, revision(1, skill(1)))
			p.Fail(tt.match, tt.fault(p))
			r := revision(2, skill(2))
			err := m.Append(t.Context(), r)
			if err == nil || errors.Is(err, ErrTaken) || errors.Is(err, ErrOutcomeUnknown) != tt.unknown || errors.Is(err, ErrNotStored) == tt.unknown || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want one that says %q, unknown: %t", err, tt.says, tt.unknown)
			}
			want := []*framework.Revision{revision(1, skill(1))}
			if tt.stored {
				want = append(want, r)
			}
			m.sweep(t.Context()) // which must not take what is part of a revision
			wantRevisions(t, newMongo(t, uri), 0, want...)
			if tt.match.Times >= 0 {
				// The same journal goes on once the server is back.
				p.Up()
				load(t, m, 1)
				if tt.name != "the answer lost, then no primary" { // which goes on
					mustAppend(t, m, revision(int64(len(want))+1, skill(3)))
				}
			}
		})
	}
}

// appendMeanwhile appends in a goroutine that is not the test's.
func appendMeanwhile(t *testing.T, m *Mongo, r *framework.Revision) {
	if err := m.Append(t.Context(), r); err != nil {
		t.Error(err)
	}
}

// TestMongoSettles loses the answer and then the server, for longer than it would
// be tried to begin an append.
func TestMongoSettles(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	d := hasty
	d.patience, d.settling = time.Second, time.Minute
	m, err := openMongo(t.Context(), p.URI(), MongoOptions{}, d)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p.Fail(mongotest.Match{Command: "insert", Collection: "revisions", Skip: 1}, mongotest.Call(func() {
		p.Down()
		time.AfterFunc(3*time.Second, p.Up)
	}))
	p.Fail(mongotest.Match{Command: "insert", Collection: "revisions"}, mongotest.SwallowReply)
	mustAppend(t, m, revision(1, skill(1)))
	wantRevisions(t, newMongo(t, uri), 0, revision(1, skill(1)))
}

// TestMongoInterrupted wants the end of a caller's patience to be told as that.
func TestMongoInterrupted(t *testing.T) {
	p, m, _ := newProxied(t, revision(1, skill(1)))
	p.Fail(mongotest.Match{Command: "insert", Collection: "skills", Times: -1}, mongotest.ReplyWhen(nil, nil))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := m.Append(ctx, revision(2, skill(2))); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrNotStored) {
		t.Errorf("append: %v", err)
	}
	p.Fail(mongotest.Match{Command: "find", Times: -1}, mongotest.ReplyWhen(nil, nil))
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := m.Load(ctx, 0, func(*framework.Revision) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || Final(err) {
		t.Errorf("load: %v", err)
	}
}

// TestMongoVerifies lets a server acknowledge versions that it does not have.
func TestMongoVerifies(t *testing.T) {
	p, m, uri := newProxied(t, revision(1, skill(1)))
	p.Fail(mongotest.Match{Command: "insert", Collection: "skills"}, mongotest.DropRequest)
	p.Fail(mongotest.Match{Command: "insert", Collection: "skills"}, mongotest.Reply(bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 1}}))
	if err := m.Append(t.Context(), revision(2, skill(2))); !errors.Is(err, ErrNotStored) || !strings.Contains(err.Error(), "0 of 1 versions are in skills") {
		t.Errorf("got %v", err)
	}
	wantRevisions(t, newMongo(t, uri), 1)
}

// TestMongoMayNotRemove leaves what was stored in vain to the collector.
func TestMongoMayNotRemove(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	p.Fail(mongotest.Match{Command: "delete", Times: -1}, mongotest.Reply(failure(13, "Unauthorized")))
	var told []string
	m, err := openMongo(t.Context(), p.URI(), MongoOptions{Report: func(err error) { told = append(told, err.Error()) }}, hasty)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	stageOnly(t, m, revision(1, skill(1)))
	if n, err := m.Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 0 || err != nil {
		t.Errorf("of a store without a revision %d are collected: %v", n, err)
	}
	mustAppend(t, m, revision(1, skill(3)))
	s, _, err := m.stage(t.Context(), revision(2, skill(2)))
	if err != nil {
		t.Fatal(err)
	}
	m.discard(s)
	m.sweep(t.Context())
	m.sweep(t.Context())
	if len(told) != 1 || !strings.Contains(told[0], "give it the role readWrite") {
		t.Errorf("told %q", told)
	}
	if n, err := m.Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 0 || err == nil || !strings.Contains(err.Error(), "give it the role readWrite") {
		t.Errorf("collected %d, %v", n, err)
	}
	if n, err := newMongo(t, uri).Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 2 || err != nil {
		t.Errorf("who may has collected %d, %v", n, err)
	}
	wantNoLitter(t, uri)
}

// TestMongoLateRequest delivers an insert after its writer gave up on it.
func TestMongoLateRequest(t *testing.T) {
	for _, overtaken := range []bool{false, true} {
		t.Run(fmt.Sprintf("overtaken %t", overtaken), func(t *testing.T) {
			p, m, uri := newProxied(t, revision(1, skill(1)))
			other := newMongo(t, uri)
			load(t, other, 0)
			late := make(chan struct{})
			p.Fail(mongotest.Match{Command: "insert", Collection: "revisions"}, mongotest.HoldRequest(late))
			if overtaken {
				p.Fail(mongotest.Match{Command: "insert", Collection: "revisions"}, mongotest.Call(func() {
					appendMeanwhile(t, other, revision(2, skill(9)))
				}))
			}
			r := revision(2, skill(2))
			r.ID = "late"
			err := m.Append(t.Context(), r)
			want := r
			if overtaken {
				want = revision(2, skill(9))
			}
			if errors.Is(err, ErrTaken) != overtaken || err != nil && !overtaken {
				t.Errorf("got %v", err)
			}
			close(late)
			mustAppend(t, other, revision(3, skill(3))) // takes its turn after the late one, or before
			wantRevisions(t, newMongo(t, uri), 1, want, revision(3, skill(3)))
		})
	}
}

func TestOpenMongoRefuses(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	secret := strings.Replace(p.URI(), "mongodb://", "mongodb://ann:s3cret@", 1) + "&authSource=admin"
	p.Fail(mongotest.Match{Command: "saslStart", Times: -1}, mongotest.Reply(failure(18, "AuthenticationFailed")))
	for _, tt := range []struct{ name, uri, says string }{
		{"no URI", "localhost:27017", "begins with neither mongodb:// nor mongodb+srv://"},
		{"bad option", "mongodb://ann:s3cret@localhost/?w=none&replicaSet", "the MongoDB URI cannot be used"},
		{"bad password", "mongodb://ann:s3%cret@localhost/", "the MongoDB URI cannot be used"},
		{"bad other password", "mongodb://localhost/?tlsCertificateKeyFilePassword=s3%cret", "the MongoDB URI cannot be used"},
		{"bad session", "mongodb://localhost/?authMechanismProperties=AWS_SESSION_TOKEN:s3%cret", "the MongoDB URI cannot be used"},
		{"no certificate", "mongodb://localhost/?tlsCAFile=/nowhere/ca.pem", "cannot be read: open /nowhere/ca.pem: no such file"},
		{"nobody there", "mongodb://127.0.0.1:9/", "open MongoDB 127.0.0.1:9, database skillatlas: the server does not answer"},
		{"wrong credentials", secret, "MongoDB refuses the credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openMongo(t.Context(), tt.uri, MongoOptions{Report: func(err error) { t.Log(err) }}, hasty)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want one that says %q", err, tt.says)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "s3%cret")) {
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
}

// TestMongoMayNotCreateIndexes uses what someone else has prepared.
func TestMongoMayNotCreateIndexes(t *testing.T) {
	uri := mongotest.Database(t)
	newMongo(t, uri)
	p := mongotest.NewProxy(t, uri)
	p.Fail(mongotest.Match{Command: "createIndexes", Times: -1}, mongotest.Reply(failure(13, "Unauthorized")))
	mustAppend(t, newMongo(t, p.URI()), revision(1, skill(1)))
}

func TestMongoLoadRefuses(t *testing.T) {
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	unset := func(field string) bson.D { return bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}} }
	for _, tt := range []struct {
		name       string
		collection string
		update     bson.D // of the document of revision 2 or its version; nil removes it
		is         error
		says       string
	}{
		{"text changed", "skills", set("name", "Other"), ErrCorrupt, "revision 2: its digest is"},
		{"text removed", "skills", unset("name"), ErrCorrupt, "its digest is"},
		{"of another framework", "skills", set("framework", "other"), ErrCorrupt, "its digest is"},
		{"version missing", "skills", nil, ErrCorrupt, "it has 0 changes, expected 1"},
		{"revision missing", "revisions", nil, ErrCorrupt, "revision 2 is missing although there are later ones"},
		{"message changed", "revisions", set("message", "Other"), ErrCorrupt, "its digest is"},
		{"time changed", "revisions", set("time", time.Now()), ErrCorrupt, "its digest is"},
		{"count changed", "revisions", set("count", 2), ErrCorrupt, "revision 2: its versions are 1 and its count 2"},
		{"no commit", "revisions", unset("commit"), ErrCorrupt, "revision 2: its versions are 1 and its count 1"},
		{"commit is text", "revisions", set("commit", "x"), ErrCorrupt, "revision 2: its commit is no ObjectId"},
		{"foreign commit", "revisions", set("commit", bson.NewObjectID()), ErrCorrupt, "it has 0 changes, expected 1"},
		{"versions are text", "revisions", set("versions", "x"), ErrCorrupt, "versions is no document"},
		{"versions are none", "revisions", set("versions", bson.D{{Key: "skills", Value: 0}}), ErrCorrupt, "its number of skills is"},
		{"abandoned is text", "revisions", set("abandoned", "x"), ErrCorrupt, "abandoned is no list of ObjectIds"},
		{"newer format", "revisions", set("format", 2), ErrNewerFormat, "revision 2: format 2, expected at most 1"},
		{"newer kind", "revisions", set("versions.recipes", 1), ErrNewerFormat, `unknown collection "recipes"`},
		{"newer field of revisions", "revisions", set("mood", "x"), ErrNewerFormat, `unknown field "mood"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			uri := mongotest.Database(t)
			m := newMongo(t, uri)
			mustAppend(t, m, revision(1, relation(1, 2)), revision(2, skill(1)), revision(3))
			c := mongotest.Client(t, uri).Collection(tt.collection)
			filter := bson.D{}
			if tt.collection == "revisions" {
				filter = bson.D{{Key: "_id", Value: int64(2)}}
			}
			var err error
			if tt.update == nil {
				_, err = c.DeleteOne(t.Context(), filter)
			} else {
				_, err = c.UpdateOne(t.Context(), filter, tt.update)
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []*framework.Revision
			err = newMongo(t, uri).Load(t.Context(), 0, func(r *framework.Revision) error {
				got = append(got, r)
				return nil
			})
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want one that says %q", err, tt.says)
			}
			if diff := cmp.Diff([]*framework.Revision{revision(1, relation(1, 2))}, got); diff != "" {
				t.Errorf("what comes before (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMongoOtherHistory replaces, behind a journal's back, what it has read.
func TestMongoOtherHistory(t *testing.T) {
	for name, restore := range map[string]func(t *testing.T, uri string){
		"an older one": func(*testing.T, string) {},
		"another one": func(t *testing.T, uri string) {
			r := revision(2, skill(2))
			r.ID = "other"
			mustAppend(t, newMongo(t, uri), r)
		},
		"a longer one": func(t *testing.T, uri string) {
			r := revision(2, skill(2))
			r.ID = "other"
			mustAppend(t, newMongo(t, uri), r, revision(3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			uri := mongotest.Database(t)
			m := newMongo(t, uri)
			mustAppend(t, m, revision(1, skill(1)), revision(2, skill(1)))
			if _, err := mongotest.Client(t, uri).Collection("revisions").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: int64(2)}}); err != nil {
				t.Fatal(err)
			}
			restore(t, uri)
			err := m.Load(t.Context(), 2, func(*framework.Revision) error { return errors.New("it goes on") })
			if !errors.Is(err, errOtherHistory) || !Final(err) {
				t.Errorf("got %v, want errOtherHistory", err)
			}
		})
	}
}

// TestMongoAppendStands takes the ground from under an append.
func TestMongoAppendStands(t *testing.T) {
	uri := mongotest.Database(t)
	m := newMongo(t, uri)
	mustAppend(t, m, revision(1, skill(1)), revision(2, skill(1)), revision(3, skill(1)))
	c := mongotest.Client(t, uri).Collection("revisions")
	if _, err := c.DeleteMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: int64(1)}}}}); err != nil {
		t.Fatal(err)
	}
	m.confirmedAt = time.Time{} // as it is after a while
	if err := m.Append(t.Context(), revision(4, skill(1))); !errors.Is(err, errOtherHistory) || !errors.Is(err, ErrNotStored) {
		t.Errorf("got %v, want errOtherHistory", err)
	}
	wantRevisions(t, newMongo(t, uri), 0, revision(1, skill(1)))
	stageOnly(t, m, revision(4, skill(4)))
	if n, err := m.Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 0 || !errors.Is(err, errOtherHistory) {
		t.Errorf("collected %d, %v", n, err)
	}
	if _, err := c.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: int64(1)}}); err != nil {
		t.Fatal(err)
	}
	other := newMongo(t, uri)
	mustInsert(t, c, bson.D{{Key: "_id", Value: int64(2)}, {Key: "format", Value: 1}, {Key: "digest", Value: "x"}})
	if n, err := other.Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 0 || !errors.Is(err, ErrCorrupt) {
		t.Errorf("collected %d, %v", n, err)
	}
	if got := len(mongotest.All(t, mongotest.Client(t, uri).Collection("skills"), bson.D{})); got != 5 {
		t.Errorf("%d versions are left, want all 5", got)
	}
}

func mustInsert(t *testing.T, c *mongo.Collection, doc any) {
	t.Helper()
	if _, err := c.InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

// TestMongoStaleReads lets a server show for a while less than it has, as a new
// primary may.
func TestMongoStaleReads(t *testing.T) {
	uri := mongotest.Database(t)
	proxy := mongotest.NewProxy(t, uri)
	patient := hasty
	patient.stale = 20 * time.Second
	m, err := openMongo(t.Context(), proxy.URI(), MongoOptions{}, patient)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	mustAppend(t, m, revision(1, skill(1)), revision(2, skill(2)), revision(3, relation(1, 2)))
	db := mongotest.Client(t, uri)
	for _, missing := range []struct {
		collection string
		filter     bson.D
		after      int64
	}{
		{"revisions", bson.D{{Key: "_id", Value: int64(3)}}, 3},
		{"revisions", bson.D{{Key: "_id", Value: int64(2)}}, 1},
		{"relations", bson.D{}, 0},
	} {
		c := db.Collection(missing.collection)
		var doc bson.Raw
		if err := c.FindOne(t.Context(), missing.filter).Decode(&doc); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeleteOne(t.Context(), missing.filter); err != nil {
			t.Fatal(err)
		}
		proxy.Reset()
		loaded := make(chan []*framework.Revision)
		go func() {
			var got []*framework.Revision
			err := m.Load(t.Context(), missing.after, func(r *framework.Revision) error {
				got = append(got, r)
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", missing.collection, err)
			}
			loaded <- got
		}()
		for proxy.Seen(mongotest.Match{Command: "find", Collection: "revisions"}) < 2 { // it looks again
			<-time.After(time.Millisecond)
		}
		mustInsert(t, c, doc)
		want := []*framework.Revision{revision(1, skill(1)), revision(2, skill(2)), revision(3, relation(1, 2))}[missing.after:]
		if diff := cmp.Diff(want, <-loaded, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", missing.collection, diff)
		}
	}
}

// stageOnly stores the versions of a revision, as a writer that dies before the
// commit does.
func stageOnly(t *testing.T, m *Mongo, r *framework.Revision) {
	t.Helper()
	if _, _, err := m.stage(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func housekeeping() framework.Revision {
	return framework.Revision{ID: "housekeeping", Time: epoch, Author: "system", Message: "Clean up"}
}

func TestMongoCollect(t *testing.T) {
	uri := mongotest.Database(t)
	m := newMongo(t, uri)
	mustAppend(t, m, revision(1, skill(1)))
	start := time.Now()
	if n, err := m.Collect(t.Context(), start.Add(time.Hour), housekeeping()); n != 0 || err != nil {
		t.Fatalf("where nothing is left: %d, %v", n, err)
	}
	stageOnly(t, m, revision(2, skill(2), relation(1, 2)))
	stageOnly(t, m, revision(2, skill(3)))
	if n, err := m.Collect(t.Context(), start.Add(-time.Hour), housekeeping()); n != 0 || err != nil {
		t.Fatalf("what is fresh: %d, %v", n, err)
	}
	if n, err := m.Collect(t.Context(), start.Add(time.Hour), housekeeping()); n != 2 || err != nil {
		t.Fatalf("what is left: %d, %v, want 2", n, err)
	}
	wantNoLitter(t, uri)
	want := &framework.Revision{Seq: 2, ID: "housekeeping", Time: revision(1).Time, Author: "system", Message: "Clean up", Changes: changes()}
	wantRevisions(t, newMongo(t, uri), 0, revision(1, skill(1)), want)
	if n, err := m.Collect(t.Context(), start.Add(time.Hour), housekeeping()); n != 0 || err != nil {
		t.Fatalf("again: %d, %v", n, err)
	}
	// One that died between naming and removing is gone on with, without another revision.
	stageOnly(t, m, revision(3, skill(4)))
	orphans, err := m.orphans(t.Context(), start.Add(time.Hour))
	if err != nil || len(orphans) != 1 {
		t.Fatalf("%v, %v", orphans, err)
	}
	if err := m.abandon(t.Context(), orphans, housekeeping()); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Collect(t.Context(), start.Add(time.Hour), housekeeping()); n != 1 || err != nil {
		t.Fatalf("gone on with: %d, %v", n, err)
	}
	wantNoLitter(t, uri)
	mustAppend(t, m, revision(4, skill(4)))
	wantRevisions(t, newMongo(t, uri), 3, revision(4, skill(4)))
}

// TestMongoSlowWriter takes a writer for dead between its two inserts.
func TestMongoSlowWriter(t *testing.T) {
	for _, before := range []string{"the revision", "the answer to a lost race"} {
		t.Run("before "+before, func(t *testing.T) {
			p, m, uri := newProxied(t, revision(1, skill(1)))
			other := newMongo(t, uri)
			load(t, other, 0)
			p.Fail(mongotest.Match{Command: "insert", Collection: "revisions"}, mongotest.Call(func() {
				if before != "the revision" {
					appendMeanwhile(t, other, revision(2, skill(9)))
				}
				if n, err := other.Collect(t.Context(), time.Now().Add(time.Hour), housekeeping()); n != 1 || err != nil {
					t.Errorf("collected %d, %v", n, err)
				}
			}))
			r := revision(2, skill(2))
			r.ID = "slow"
			if err := m.Append(t.Context(), r); !errors.Is(err, ErrTaken) {
				t.Fatalf("got %v, want ErrTaken", err)
			}
			for _, met := range load(t, m, 1) {
				r.Seq = met.Seq + 1
			}
			mustAppend(t, m, r)
			m.sweep(t.Context())
			wantRevisions(t, newMongo(t, uri), r.Seq-1, r)
			wantNoLitter(t, uri)
		})
	}
}

// TestMongoBackup copies collections while a writer is at work, revisions first, as
// docs/mongodb.md says.
func TestMongoBackup(t *testing.T) {
	uri, backup := mongotest.Database(t), mongotest.Database(t)
	m := newMongo(t, uri)
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	begun := make(chan struct{})
	writer.Go(func() {
		begin := sync.OnceFunc(func() { close(begun) })
		defer begin()
		for seq := int64(1); ctx.Err() == nil; seq++ {
			if err := m.Append(t.Context(), revision(seq, skill(int(seq)), relation(int(seq), 1))); err != nil {
				t.Error(err)
				return
			}
			if seq == 20 {
				begin()
			}
		}
	})
	<-begun
	from, to := mongotest.Client(t, uri), mongotest.Client(t, backup)
	names := []string{"revisions"}
	for _, name := range collections {
		names = append(names, name)
	}
	for _, name := range names {
		for _, doc := range mongotest.All(t, from.Collection(name), bson.D{}) {
			ordered := bson.D{{Key: "_id", Value: doc["_id"]}}
			var raw bson.Raw
			if err := from.Collection(name).FindOne(t.Context(), ordered).Decode(&raw); err != nil {
				t.Fatal(err)
			}
			if _, err := to.Collection(name).InsertOne(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop()
	writer.Wait()
	restored := newMongo(t, backup)
	got := load(t, restored, 0)
	if len(got) < 20 {
		t.Fatalf("only %d revisions", len(got))
	}
	for i, r := range got {
		if diff := cmp.Diff(revision(int64(i)+1, skill(i+1), relation(i+1, 1)), r); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	mustAppend(t, restored, revision(int64(len(got))+1))
}

// TestMongoProgress stores a revision of several batches.
func TestMongoProgress(t *testing.T) {
	var mu sync.Mutex
	var most, calls int
	m, err := openMongo(t.Context(), mongotest.Database(t), MongoOptions{Progress: func(done, total int) {
		mu.Lock()
		defer mu.Unlock()
		most, calls = max(most, done), calls+1
		if total != 2_500 {
			t.Errorf("of %d", total)
		}
	}}, hasty)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var entities []framework.Entity
	for n := range 2_500 {
		entities = append(entities, skill(n))
	}
	mustAppend(t, m, revision(1, entities...))
	if most != 2_500 || calls != 3 {
		t.Errorf("told %d times of %d", calls, most)
	}
}
