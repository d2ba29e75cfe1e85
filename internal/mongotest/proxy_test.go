package mongotest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"skillatlas/internal/mongotest"
)

// begin gives a collection by way of a proxy, and the same without.
func begin(t *testing.T) (p *mongotest.Proxy, c, direct *mongo.Collection) {
	t.Helper()
	uri := mongotest.Database(t)
	p = mongotest.NewProxy(t, uri)
	c = mongotest.Client(t, p.URI()+"&retryWrites=false&retryReads=false&serverSelectionTimeoutMS=2000").Collection("skills")
	if err := c.Database().Client().Ping(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return p, c, mongotest.Client(t, uri).Collection("skills")
}

func insert(ctx context.Context, c *mongo.Collection, id int) error {
	_, err := c.InsertOne(ctx, bson.D{{Key: "_id", Value: id}})
	return err
}

func wantIDs(t *testing.T, c *mongo.Collection, want ...int32) {
	t.Helper()
	if diff := cmp.Diff(want, ids(t, c)); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// eventually waits for a request that arrives late.
func eventually(t *testing.T, c *mongo.Collection, want ...int32) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !slices.Equal(ids(t, c), want) && time.Now().Before(end); {
		<-time.After(5 * time.Millisecond)
	}
	wantIDs(t, c, want...)
}

func ids(t *testing.T, c *mongo.Collection) (list []int32) {
	t.Helper()
	for _, d := range mongotest.All(t, c, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})) {
		list = append(list, d["_id"].(int32))
	}
	return list
}

var inserts = mongotest.Match{Command: "insert"}

func TestFaults(t *testing.T) {
	refusal := bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 13}, {Key: "codeName", Value: "Unauthorized"}, {Key: "errmsg", Value: "no"}}
	const pause = 100 * time.Millisecond
	network := func(err error) bool { return mongo.IsNetworkError(err) && !mongo.IsTimeout(err) }
	none := func(err error) bool { return err == nil }
	for _, test := range []struct {
		name  string
		fault mongotest.Fault
		is    func(error) bool
		takes time.Duration
		want  []int32 // besides the document inserted afterwards
	}{
		{"drop request", mongotest.DropRequest, network, 0, nil},
		{"swallow reply", mongotest.SwallowReply, network, 0, []int32{1}},
		{"delay", mongotest.Delay(pause), none, pause, []int32{1}},
		{"delay reply", mongotest.DelayReply(pause), none, pause, []int32{1}},
		{"reply", mongotest.Reply(refusal), func(err error) bool {
			var e mongo.CommandError
			return errors.As(err, &e) && e.Code == 13 && e.Name == "Unauthorized"
		}, 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, c, direct := begin(t)
			p.Fail(inserts, test.fault)
			start := time.Now()
			if err := insert(t.Context(), c, 1); !test.is(err) {
				t.Errorf("got %v", err)
			}
			if d := time.Since(start); d < test.takes {
				t.Errorf("took %s, want at least %s", d, test.takes)
			}
			wantIDs(t, direct, test.want...)
			if err := insert(t.Context(), c, 2); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			wantIDs(t, direct, append(test.want, 2)...)
			if got := p.Seen(inserts); got != 2 {
				t.Errorf("saw %d inserts, want 2", got)
			}
		})
	}
}

// A request that is held arrives after the driver has given up, whatever became of
// the other connections.
func TestHoldRequest(t *testing.T) {
	p, c, direct := begin(t)
	until := make(chan struct{})
	p.Fail(inserts, mongotest.HoldRequest(until))
	if err := insert(t.Context(), c, 1); !mongo.IsNetworkError(err) {
		t.Errorf("got %v, want a network error", err)
	}
	p.Down()
	p.Up()
	if err := insert(t.Context(), c, 2); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, direct, 2)
	close(until)
	eventually(t, direct, 1, 2)
}

// A request that is held for ever does not keep the test from ending.
func TestHoldRequestForever(t *testing.T) {
	p, c, _ := begin(t)
	p.Fail(inserts, mongotest.HoldRequest(nil))
	if err := insert(t.Context(), c, 1); err == nil {
		t.Error("got no error")
	}
}

// A request that is delayed arrives although the driver has given up.
func TestDelayAfterTimeout(t *testing.T) {
	p, c, direct := begin(t)
	p.Fail(inserts, mongotest.Delay(200*time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := insert(ctx, c, 1); !mongo.IsTimeout(err) {
		t.Errorf("got %v, want a timeout", err)
	}
	wantIDs(t, direct)
	eventually(t, direct, 1)
}

func TestCall(t *testing.T) {
	p, c, direct := begin(t)
	p.Fail(inserts, mongotest.Call(func() {
		if err := insert(context.Background(), direct, 1); err != nil {
			t.Error(err)
		}
	}))
	if err := insert(t.Context(), c, 1); !mongo.IsDuplicateKeyError(err) {
		t.Errorf("got %v, want that the document is there", err)
	}
	p.Fail(mongotest.Match{Command: "insert", Times: -1}, mongotest.Call(p.Down))
	if err := insert(t.Context(), c, 2); !mongo.IsNetworkError(err) {
		t.Errorf("got %v, want a network error", err)
	}
	wantIDs(t, direct, 1)
}

func TestDown(t *testing.T) {
	p, c, direct := begin(t)
	uri := p.URI()
	for range 3 {
		p.Down()
		if err := insert(t.Context(), c, 1); err == nil {
			t.Error("got no error while it is down")
		}
		p.Up()
		if err := insert(t.Context(), c, 1); err != nil {
			t.Errorf("up again: %v", err)
		}
		wantIDs(t, direct, 1)
		if _, err := c.DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Error(err)
		}
	}
	p.Down()
	err := mongotest.Client(t, uri+"&serverSelectionTimeoutMS=500").Client().Ping(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v, want that the connection is refused", err)
	}
}

func TestMatch(t *testing.T) {
	// Commands, in this order: each fails where the fault applies.
	do := func(ctx context.Context, c *mongo.Collection) (failed string) {
		roles := c.Database().Collection("roles")
		for id, f := range []func() error{
			func() error { return insert(ctx, c, 1) },
			func() error { return insert(ctx, roles, 1) },
			func() error { _, err := c.Find(ctx, bson.D{}); return err },
			func() error { return insert(ctx, c, 2) },
			func() error { return insert(ctx, c, 3) },
		} {
			if f() != nil {
				failed += strconv.Itoa(id)
			}
		}
		return failed
	}
	for _, test := range []struct {
		match  mongotest.Match
		failed string
		seen   int
	}{
		{mongotest.Match{}, "0", 5},
		{mongotest.Match{Skip: 2, Times: 2}, "23", 5},
		{mongotest.Match{Command: "insert", Skip: 1, Times: 2}, "13", 4},
		{mongotest.Match{Collection: "skills", Times: -1}, "0234", 4},
		{mongotest.Match{Command: "insert", Collection: "skills", Skip: 1, Times: -1}, "34", 3},
		{mongotest.Match{Command: "insert", Collection: "roles"}, "1", 1},
		{mongotest.Match{Command: "delete", Times: -1}, "", 0},
	} {
		t.Run(fmt.Sprintf("%+v", test.match), func(t *testing.T) {
			p, c, _ := begin(t)
			p.Fail(test.match, mongotest.Reply(bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "no"}}))
			if got := do(t.Context(), c); got != test.failed {
				t.Errorf("failed: %q, want %q", got, test.failed)
			}
			if got := p.Seen(test.match); got != test.seen {
				t.Errorf("seen: %d, want %d", got, test.seen)
			}
		})
	}

	t.Run("hello", func(t *testing.T) {
		p, _, _ := begin(t)
		hello := mongotest.Match{Command: "hello", Times: -1}
		if p.Seen(hello) == 0 {
			t.Error("saw no hello of the driver")
		}
		p.Fail(hello, mongotest.Reply(bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "not today"}}))
		err := mongotest.Client(t, p.URI()+"&serverSelectionTimeoutMS=500").Client().Ping(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "not today") {
			t.Errorf("got %v, want what hello was answered", err)
		}
	})
}

func TestCommands(t *testing.T) {
	p, c, _ := begin(t)
	p.Reset()
	for id := range 3 {
		if err := insert(t.Context(), c, id); err != nil {
			t.Fatal(err)
		}
	}
	cursor, err := c.Find(t.Context(), bson.D{}, options.Find().SetBatchSize(2))
	if err != nil {
		t.Fatal(err)
	}
	var list []bson.D
	if err := cursor.All(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	if err := c.Database().RunCommand(t.Context(), bson.D{{Key: "buildInfo", Value: 1}}).Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{"insert skills", "insert skills", "insert skills", "find skills", "getMore skills", "buildInfo"}
	if diff := cmp.Diff(want, p.Commands()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	p.Reset()
	if got := p.Commands(); len(got) > 0 {
		t.Errorf("after Reset: %q", got)
	}
}
