package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

// secret is a text to be redacted that is told from all others.
func secret(n int) string {
	return fmt.Sprintf("secret-%d. ", n) + strings.Repeat("What nobody should have written. ", n*n*40)
}

func comment(n int, body string) *framework.Comment {
	return &framework.Comment{Request: 7, Number: n, Author: "actor-1", At: epoch, Body: body}
}

// discussed is a history of comments and people with secrets: the first comment and
// the first person are what is to be redacted.
func discussed() []*framework.Revision {
	elsewhere := revision(3, skill(1), comment(1, secret(3)))
	elsewhere.Changes[1].Framework = "other"
	gone := comment(1, "")
	gone.RedactedAt = epoch
	removed := revision(5)
	removed.Changes = []framework.Change{{Ref: ref(comment(1, ""))}}
	return []*framework.Revision{
		revision(1, skill(1), comment(1, secret(1)), comment(2, "kept-1"), &framework.Person{ID: "P1", Name: "secret-4"}, &framework.Person{ID: "7/1", Name: "kept-2"}),
		revision(2, comment(1, secret(2))),
		elsewhere,
		revision(4, gone, &framework.Person{ID: "P1", RedactedAt: epoch}),
		removed,
		revision(6, comment(1, secret(5))),
	}
}

// withoutText is a revision as it is loaded after its nth change was redacted.
func withoutText(t *testing.T, r *framework.Revision, n int) *framework.Revision {
	t.Helper()
	c, err := newChange(r.Changes[n])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(appendDocument(nil, changeFields, &c))
	out := *r
	out.Changes = slices.Clone(r.Changes)
	out.Changes[n].Redacted = hex.EncodeToString(sum[:])
	switch e := r.Changes[n].Entity.(type) {
	case *framework.Comment:
		rest := *e
		rest.Body = ""
		out.Changes[n].Entity = &rest
	case *framework.Person:
		rest := *e
		rest.Name = ""
		out.Changes[n].Entity = &rest
	}
	return &out
}

// storedBytes is all a store holds: the file, or every document of the database.
func storedBytes(t *testing.T, s store) (all []byte) {
	t.Helper()
	switch s := s.(type) {
	case *Bolt:
		all, err := os.ReadFile(s.db.Path())
		if err != nil {
			t.Fatal(err)
		}
		return all
	case *Mongo:
		db := s.revisions.Database()
		names, err := db.ListCollectionNames(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		for _, name := range names {
			cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
			if err != nil {
				t.Fatal(err)
			}
			for cursor.Next(t.Context()) {
				all = append(all, cursor.Current...)
			}
			if err := cursor.Err(); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	t.Fatalf("what a %T stores is not known", s)
	return nil
}

func wantStored(t *testing.T, s store, text string, want bool) {
	t.Helper()
	if got := bytes.Contains(storedBytes(t, s), []byte(text)); got != want {
		t.Errorf("%q is stored: %t, want %t", text, got, want)
	}
}

func mustRedact(t *testing.T, s store, ref framework.Ref, before int64) {
	t.Helper()
	if err := s.Redact(t.Context(), ref, before); err != nil {
		t.Fatal(err)
	}
}

// testRedact is what every store has to pass. begin opens a new one with revisions.
func testRedact(t *testing.T, begin func(*testing.T, ...*framework.Revision) store) {
	theComment, thePerson := ref(comment(1, "")), ref(&framework.Person{ID: "P1"})

	t.Run("takes the texts away", func(t *testing.T) {
		all := discussed()
		s := begin(t, all...)
		for n := 1; n <= 5; n++ {
			wantStored(t, s, fmt.Sprintf("secret-%d", n), true)
		}
		mustRedact(t, s, theComment, 4)
		want := discussed()
		want[0], want[1] = withoutText(t, want[0], 1), withoutText(t, want[1], 0)
		wantRevisions(t, s, 0, want...)
		mustRedact(t, s, thePerson, 7)
		want[0] = withoutText(t, want[0], 3)
		wantRevisions(t, s, 0, want...)
		for text, there := range map[string]bool{
			"secret-1": false, "secret-2": false, "secret-4": false,
			"secret-3": true, "secret-5": true, "kept-1": true, "kept-2": true,
		} {
			wantStored(t, s, text, there)
		}
		for i, r := range load(t, s, 0) {
			was, err := Digest(all[i])
			if err != nil {
				t.Fatal(err)
			}
			if is, err := Digest(r); err != nil || is != was {
				t.Errorf("the digest of revision %d is %s (%v), was %s", r.Seq, is, err, was)
			}
		}

		before := storedBytes(t, s)
		mustRedact(t, s, theComment, 4)
		mustRedact(t, s, thePerson, 7)
		if !bytes.Equal(before, storedBytes(t, s)) {
			t.Error("redacting again has changed what is stored")
		}
		mustAppend(t, s, revision(7, comment(3, "more")))
		wantRevisions(t, s, 6, revision(7, comment(3, "more")))
	})

	t.Run("of earlier revisions only", func(t *testing.T) {
		s := begin(t, discussed()...)
		want := discussed()
		mustRedact(t, s, theComment, 1)
		wantRevisions(t, s, 0, want...)
		mustRedact(t, s, theComment, 2)
		want[0] = withoutText(t, want[0], 1)
		wantRevisions(t, s, 0, want...)
		mustRedact(t, s, theComment, 7)
		want[1], want[5] = withoutText(t, want[1], 0), withoutText(t, want[5], 0)
		wantRevisions(t, s, 0, want...)
	})

	t.Run("refused", func(t *testing.T) {
		s := begin(t, discussed()...)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, tt := range []struct {
			name   string
			ctx    context.Context
			ref    framework.Ref
			before int64
			says   string
		}{
			{"of a skill", t.Context(), ref(skill(1)), 4, "redact skill SKILL-00001 of meridian in " + fmt.Sprint(s) + ": a skill has no texts that can be redacted"},
			{"of what is to come", t.Context(), theComment, 8, "there is no revision 7"},
			{"cancelled", cancelled, theComment, 4, "context canceled"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if err := s.Redact(tt.ctx, tt.ref, tt.before); err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want one that says %q", err, tt.says)
				}
				wantRevisions(t, s, 0, discussed()...)
			})
		}
	})

	t.Run("while others read and write", func(t *testing.T) {
		const comments = 20
		var all []*framework.Revision
		for n := range comments {
			all = append(all, revision(int64(n+1), comment(n, secret(1)), skill(n)))
		}
		s := begin(t, all...)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range comments {
					if err := s.Load(t.Context(), 0, func(*framework.Revision) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			for n := range comments {
				if err := s.Append(t.Context(), revision(int64(comments+n+1), skill(n))); err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 {
			wg.Go(func() {
				for n := range comments {
					if err := s.Redact(t.Context(), ref(comment(n, "")), comments+1); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var want []*framework.Revision
		for n := range comments {
			want = append(want, withoutText(t, all[n], 0))
		}
		for n := range comments {
			want = append(want, revision(int64(comments+n+1), skill(n)))
		}
		wantRevisions(t, s, 0, want...)
		wantStored(t, s, "secret-1", false)
	})

	t.Run("copies", func(t *testing.T) {
		s, early := begin(t, discussed()...), begin(t)
		if _, _, err := Copy(t.Context(), s, &limited{early, 2}, nil); err == nil {
			t.Fatal("the copy was not interrupted")
		}
		mustRedact(t, s, theComment, 4)
		mustRedact(t, s, thePerson, 4)
		late := begin(t)
		for name, to := range map[string]store{"made before": early, "made after": late} {
			if _, total, err := Copy(t.Context(), s, to, nil); err != nil || total != 6 {
				t.Fatalf("%s: %d, %v", name, total, err)
			}
			wantRevisions(t, to, 0, load(t, s, 0)...)
			wantStored(t, to, "secret-1", false)
			wantStored(t, to, "secret-4", false)
		}
		// What was redacted in the copy stays so, although the first has it.
		mustRedact(t, late, theComment, 7)
		if _, total, err := Copy(t.Context(), s, late, nil); err != nil || total != 6 {
			t.Fatalf("redacted in the copy: %d, %v", total, err)
		}
	})
}

// TestBoltRedactFails lets each sync of a redaction fail in turn. Whatever is left
// loads, and the next redaction takes away what the file still holds.
func TestBoltRedactFails(t *testing.T) {
	strace := strace(t)
	for _, sync := range []string{"fdatasync:error=EIO:when=1", "fdatasync:error=EIO:when=2", "fsync:error=EIO:when=1"} {
		path := filepath.Join(t.TempDir(), "skillatlas.db")
		b := openBolt(t, path)
		mustAppend(t, b, discussed()...)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := child(t.Context(), path, 0, strace, "-f", "-qq", "-o", os.DevNull,
			"-e", "trace=fdatasync,fsync", "-e", "inject="+sync)
		cmd.Env = append(cmd.Env, childRedact+"=yes")
		if err := cmd.Run(); err == nil {
			t.Errorf("%s: it did not fail", sync)
		}
		b = openBolt(t, path)
		load(t, b, 0)
		mustRedact(t, b, ref(comment(1, "")), 4)
		want := discussed()
		want[0], want[1] = withoutText(t, want[0], 1), withoutText(t, want[1], 0)
		wantRevisions(t, b, 0, want...)
		wantStored(t, b, "secret-1", false)
		wantStored(t, b, "secret-2", false)
		err := b.db.View(func(tx *bbolt.Tx) error {
			for err := range tx.Check() {
				t.Error(err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestMongoRedactFails interrupts redactions at each step. Whatever is left loads,
// and the next takes away the rest.
func TestMongoRedactFails(t *testing.T) {
	update := func(skip, times int) mongotest.Match {
		return mongotest.Match{Command: "update", Collection: "comments", Skip: skip, Times: times}
	}
	for _, tt := range []struct {
		name  string
		match mongotest.Match
		fault func(*mongotest.Proxy) mongotest.Fault
		says  string // empty when it succeeds in the end
		left  bool   // the second text is still there
	}{
		{"an answer lost", update(0, 1), func(*mongotest.Proxy) mongotest.Fault { return mongotest.SwallowReply }, "", false},
		{"no primary for a moment", update(1, 1), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(10107, "NotWritablePrimary"))
		}, "", false},
		{"down after the first", update(1, -1), func(p *mongotest.Proxy) mongotest.Fault { return mongotest.Call(p.Down) }, "does not answer", true},
		{"may not", update(0, -1), func(*mongotest.Proxy) mongotest.Fault {
			return mongotest.Reply(failure(13, "Unauthorized"))
		}, "give the user the privilege update on comments", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, m, uri := newProxied(t, discussed()...)
			p.Fail(tt.match, tt.fault(p))
			err := m.Redact(t.Context(), ref(comment(1, "")), 4)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want one that says %q", err, tt.says)
			}
			other := newMongo(t, uri)
			for _, r := range load(t, other, 0) {
				was, err := Digest(discussed()[r.Seq-1])
				if err != nil {
					t.Fatal(err)
				}
				if is, err := Digest(r); is != was {
					t.Errorf("the digest of revision %d is %s (%v), was %s", r.Seq, is, err, was)
				}
			}
			wantStored(t, other, "secret-2", tt.left)
			mustRedact(t, other, ref(comment(1, "")), 4)
			want := discussed()
			want[0], want[1] = withoutText(t, want[0], 1), withoutText(t, want[1], 0)
			wantRevisions(t, other, 0, want...)
			wantStored(t, other, "secret-1", false)
			wantStored(t, other, "secret-2", false)
		})
	}
}

// TestMongoRedactLeaves wants the other documents as they are, down to those that
// are not committed.
func TestMongoRedactLeaves(t *testing.T) {
	uri := mongotest.Database(t)
	m := newMongo(t, uri)
	mustAppend(t, m, discussed()...)
	db := mongotest.Client(t, uri)
	commit := bson.NewObjectID()
	c, err := newChange(framework.Change{Ref: ref(comment(1, "")), Entity: comment(1, "not committed")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("comments").InsertOne(t.Context(), appendVersion(nil, commit, 1, &c)); err != nil {
		t.Fatal(err)
	}
	documents := func() map[string][]bson.M {
		all := map[string][]bson.M{}
		for _, name := range []string{"revisions", "skills", "people", "comments"} {
			all[name] = mongotest.All(t, db.Collection(name), bson.D{})
		}
		return all
	}
	want := documents()
	mustRedact(t, m, ref(comment(1, "")), 4)
	changed := 0
	for _, doc := range want["comments"] {
		body, _ := doc["body"].(string)
		if doc["framework"] == "meridian" && (strings.HasPrefix(body, "secret-1") || strings.HasPrefix(body, "secret-2")) {
			changed++
			delete(doc, "body")
			doc["redacted"] = "a sum"
		}
	}
	got := documents()
	for _, doc := range got["comments"] {
		if sum, ok := doc["redacted"].(bson.Binary); ok && len(sum.Data) == sha256.Size {
			doc["redacted"] = "a sum"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || changed != 2 {
		t.Errorf("%d were to change (-want +got):\n%s", changed, diff)
	}
}
