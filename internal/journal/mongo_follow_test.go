package journal

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

// follow follows a journal until the test ends, and gives the number of each
// revision it meets.
func follow(t *testing.T, m *Mongo) <-chan int64 {
	t.Helper()
	met := make(chan int64, 100)
	var last int64
	ctx, cancel := context.WithCancel(t.Context())
	var follower sync.WaitGroup
	follower.Go(func() {
		m.Follow(ctx, func(ctx context.Context) error {
			return m.Load(ctx, last, func(r *framework.Revision) error {
				last = r.Seq
				met <- r.Seq
				return nil
			})
		})
	})
	t.Cleanup(func() {
		cancel()
		follower.Wait()
	})
	return met
}

func wantMet(t *testing.T, met <-chan int64, want int64) {
	t.Helper()
	select {
	case got := <-met:
		if got != want {
			t.Fatalf("met revision %d, want %d", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("revision %d was not met", want)
	}
}

func TestMongoFollow(t *testing.T) {
	p, m, uri := newProxied(t, revision(1, skill(1)))
	other := newMongo(t, uri)
	load(t, other, 0)
	met := follow(t, m)
	wantMet(t, met, 1)
	mustAppend(t, other, revision(2, skill(2)))
	wantMet(t, met, 2)
	mustAppend(t, m, revision(3, skill(3)))
	wantMet(t, met, 3)

	p.Down()
	load(t, other, 2)
	mustAppend(t, other, revision(4, skill(4)), revision(5, skill(5)))
	p.Up()
	wantMet(t, met, 4)
	wantMet(t, met, 5)

	// A hole stops it until it is filled.
	db := mongotest.Client(t, uri)
	var seventh bson.Raw
	mustAppend(t, other, revision(6, skill(6)))
	wantMet(t, met, 6)
	p.Down()
	mustAppend(t, other, revision(7, skill(7)), revision(8, skill(8)))
	at := bson.D{{Key: "_id", Value: int64(7)}}
	if err := db.Collection("revisions").FindOne(t.Context(), at).Decode(&seventh); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("revisions").DeleteOne(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	p.Up()
	for p.Seen(mongotest.Match{Command: "find", Collection: "revisions"}) < 3 {
		select {
		case seq := <-met:
			t.Fatalf("revision %d was met over a hole", seq)
		case <-time.After(time.Millisecond):
		}
	}
	if _, err := db.Collection("revisions").InsertOne(t.Context(), seventh); err != nil {
		t.Fatal(err)
	}
	wantMet(t, met, 7)
	wantMet(t, met, 8)
}

// TestMongoChangeStream plays a server that has change streams, and lets the one
// there is end.
func TestMongoChangeStream(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	patient := hasty
	patient.poll, patient.watch = time.Hour, time.Hour // so that only the stream tells
	m, err := openMongo(t.Context(), p.URI(), MongoOptions{Report: func(err error) { t.Log(err) }}, patient)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.replicated = true
	other := newMongo(t, uri)
	mustAppend(t, other, revision(1, skill(1)))

	batch := func(name string, id int64, events ...bson.D) bson.D {
		list := bson.A{}
		for _, e := range events {
			list = append(list, e)
		}
		return bson.D{{Key: "ok", Value: 1.0}, {Key: "cursor", Value: bson.D{
			{Key: "id", Value: id}, {Key: "ns", Value: "x.revisions"}, {Key: name, Value: list},
		}}}
	}
	event := bson.D{{Key: "_id", Value: bson.D{{Key: "_data", Value: "1"}}}, {Key: "documentKey", Value: bson.D{{Key: "_id", Value: int64(2)}}}}
	for range 2 { // streams, one after the other
		p.Fail(mongotest.Match{Command: "aggregate", Collection: "revisions"}, mongotest.Reply(batch("firstBatch", 7)))
	}
	tell, end := make(chan struct{}), make(chan struct{})
	p.Fail(mongotest.Match{Command: "getMore", Collection: "revisions"}, mongotest.ReplyWhen(tell, batch("nextBatch", 7, event)))
	p.Fail(mongotest.Match{Command: "getMore", Collection: "revisions"}, mongotest.ReplyWhen(end, failure(280, "ChangeStreamFatalError")))
	p.Fail(mongotest.Match{Command: "getMore", Collection: "revisions", Times: -1}, mongotest.ReplyWhen(nil, nil))

	met := follow(t, m)
	wantMet(t, met, 1) // as the stream begins
	mustAppend(t, other, revision(2, skill(2)))
	close(tell)
	wantMet(t, met, 2)
	mustAppend(t, other, revision(3, skill(3)))
	close(end)
	wantMet(t, met, 3) // as the next one begins
}

// TestMongoMayNotWatch looks instead, and says so once.
func TestMongoMayNotWatch(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	p.Fail(mongotest.Match{Command: "aggregate", Times: -1}, mongotest.Reply(failure(13, "Unauthorized")))
	told := make(chan string, 10)
	m, err := openMongo(t.Context(), p.URI(), MongoOptions{Report: func(err error) { told <- err.Error() }}, hasty)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.replicated = true
	met := follow(t, m)
	if got := <-told; !strings.Contains(got, "give the user the privilege changeStream") {
		t.Errorf("told %s", got)
	}
	mustAppend(t, newMongo(t, uri), revision(1, skill(1)))
	wantMet(t, met, 1)
	if len(told) > 0 {
		t.Errorf("told %s", <-told)
	}
}
