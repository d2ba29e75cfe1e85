package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
)

var update = flag.Bool("update", false, "write testdata/format1.* anew; never do this once a release wrote the format")

func TestBolt(t *testing.T) {
	testJournal(t, func(t *testing.T) func() store {
		path := filepath.Join(t.TempDir(), "skillatlas.db")
		return func() store { return openBolt(t, path) }
	})
}

func openBolt(t testing.TB, path string) *Bolt {
	t.Helper()
	b, err := OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestOpenBoltCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "skillatlas.db")
	b := openBolt(t, path)
	if got, want := b.String(), "embedded file "+path; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, want := range map[string]os.FileMode{
		path: 0o600, dir: os.ModeDir | 0o700, filepath.Dir(dir): os.ModeDir | 0o700,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s: got %s, want %s", name, info.Mode(), want)
		}
	}
}

func TestOpenBoltTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skillatlas.db")
	b := openBolt(t, path)
	_, err := OpenBolt(path)
	want := "open " + path + ": another process has the store open; stop it first, or import and export through it with --server"
	if !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	openBolt(t, path)
}

func TestOpenBoltRefuses(t *testing.T) {
	foreign := func(t *testing.T, path string) {
		edit(t, path, func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("other"))
			return err
		})
	}
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		says string
		is   error
	}{
		{"short text", content("hello"), "it is not a Skill Atlas store, or it is damaged", nil},
		{"long text", content(strings.Repeat("hello\n", 10_000)), "it is not a Skill Atlas store, or it is damaged", nil},
		{"zeros", content(strings.Repeat("\x00", 65_536)), "it is not a Skill Atlas store, or it is damaged", nil},
		{"directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is a directory", nil},
		{"other bbolt file", foreign, "it is a bbolt file, but not a Skill Atlas store", nil},
		{"newer format", func(t *testing.T, path string) {
			openBolt(t, path).Close()
			edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, []byte("2")) })
		}, "format 2, expected at most 1: it was written by a newer Skill Atlas; upgrade this one", ErrNewerFormat},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "skillatlas.db")
			test.make(t, path)
			_, err := OpenBolt(path)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want it to name %s and to say: %s", err, path, test.says)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %v", err, test.is)
			}
		})
	}
}

func content(s string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// edit changes a file behind the journal's back.
func edit(t *testing.T, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	// set replaces revision 2 by what another program would have stored.
	set := func(h header, stored ...[]byte) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			h.seq, h.time = 2, epoch
			sum := newDigest(h)
			for i, c := range stored {
				_, mark, _ := bson.Raw(c).Lookup("redacted").BinaryOK()
				if len(mark) != sha256.Size {
					mark = nil
				}
				sum.Write((&change{redacted: mark}).sum(c))
				if err := tx.Bucket(changesBucket).Put(changeKey(2, i+1), c); err != nil {
					return err
				}
			}
			h.digest = hex.EncodeToString(sum.Sum(nil))
			return tx.Bucket(revisionsBucket).Put(revisionKey(2), appendDocument(nil, headerFields, &h))
		}
	}
	document := func(d bson.D) []byte {
		b, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(bucket, key, value []byte) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, value) }
	}
	remove := func(bucket, key []byte) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Delete(key) }
	}
	valid := document(bson.D{{Key: "kind", Value: "skill"}, {Key: "framework", Value: "f"}, {Key: "key", Value: "A"}, {Key: "document", Value: bson.D{}}})
	// marked is a change that says it was redacted, in a mark of some length.
	marked := func(kind string, length int, rest bson.E) []byte {
		return document(bson.D{
			{Key: "kind", Value: kind}, {Key: "key", Value: "A"},
			{Key: "redacted", Value: bytes.Repeat([]byte{7}, length)}, rest,
		})
	}
	flipped := func(tx *bbolt.Tx) error {
		b := bytes.Clone(tx.Bucket(changesBucket).Get(changeKey(2, 2)))
		b[len(b)/2] ^= 1
		return tx.Bucket(changesBucket).Put(changeKey(2, 2), b)
	}
	rewritten := func(change func(*header)) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			h, err := newDecoder().header(tx.Bucket(revisionsBucket).Get(revisionKey(2)), 2)
			if err != nil {
				return err
			}
			change(&h)
			return tx.Bucket(revisionsBucket).Put(revisionKey(2), appendDocument(nil, headerFields, &h))
		}
	}

	for _, test := range []struct {
		name string
		edit func(tx *bbolt.Tx) error
		says string
		is   error
		at   int64 // the revision where loading stops
	}{
		{"changed text", flipped, "its digest is ", ErrCorrupt, 2},
		{"changed header", rewritten(func(h *header) { h.author = "other" }), "its digest is ", ErrCorrupt, 2},
		{"other digest", rewritten(func(h *header) { h.digest = "00" }), ", expected 00: ", ErrCorrupt, 2},
		{"no digest", rewritten(func(h *header) { h.digest = "" }), "it has no digest", ErrCorrupt, 2},
		{"no format", rewritten(func(h *header) { h.format = 0 }), "format 0, expected 1", ErrCorrupt, 2},
		{"other number", rewritten(func(h *header) { h.seq = 9 }), "it says it is revision 9", ErrCorrupt, 2},
		{"higher count", rewritten(func(h *header) { h.count = 4 }), "it has 3 changes, expected 4", ErrCorrupt, 2},
		{"absurd count", rewritten(func(h *header) { h.count = -1 << 40 }), "it has 3 changes, expected -1099511627776", ErrCorrupt, 2},
		{"extra change", put(changesBucket, changeKey(2, 4), valid), "it has 4 changes, expected 3", ErrCorrupt, 2},
		{"last change lost", remove(changesBucket, changeKey(2, 3)), "it has 2 changes, expected 3", ErrCorrupt, 2},
		{"change lost", remove(changesBucket, changeKey(2, 2)), "change 2 of 3 is missing", ErrCorrupt, 2},
		{"odd key", put(changesBucket, append(changeKey(2, 1), 7), valid), "change 2 of 3 is missing", ErrCorrupt, 2},
		{"revision lost", remove(revisionsBucket, revisionKey(2)), "the revision is missing although there are later ones", ErrCorrupt, 2},
		{"header is text", put(revisionsBucket, revisionKey(2), []byte("nonsense")), "8 bytes that are no BSON document", ErrCorrupt, 2},
		{
			"newer format", put(revisionsBucket, revisionKey(2), document(bson.D{{Key: "_v", Value: 1.5}, {Key: "format", Value: 2}})),
			"format 2, expected at most 1", ErrNewerFormat, 2,
		},
		{
			"unknown header field", put(revisionsBucket, revisionKey(2), document(bson.D{{Key: "format", Value: 1}, {Key: "mood", Value: "calm"}})),
			`unknown field "mood"`, ErrNewerFormat, 2,
		},
		{
			"unknown kind",
			set(header{format: 1, count: 3}, valid, document(bson.D{{Key: "kind", Value: "recipe"}, {Key: "document", Value: bson.D{}}}), valid),
			`change 2 of 3: unknown kind "recipe"`, ErrNewerFormat, 2,
		},
		{
			"unknown field",
			set(header{format: 1, count: 3}, valid, valid, document(bson.D{
				{Key: "kind", Value: "skill"}, {Key: "key", Value: "A"}, {Key: "document", Value: bson.D{{Key: "colour", Value: "red"}}},
			})),
			`change 3 of 3: skill "A": unknown field "colour"`, ErrNewerFormat, 2,
		},
		{
			"other type",
			set(header{format: 1, count: 3}, valid, valid, document(bson.D{
				{Key: "kind", Value: "role"}, {Key: "key", Value: "A"}, {Key: "document", Value: bson.D{
					{Key: "requirements", Value: bson.A{bson.D{}, bson.D{{Key: "level", Value: "five"}}}},
				}},
			})),
			`change 3 of 3: role "A": requirements 1: "level" is a BSON string, expected a whole number`, ErrCorrupt, 2,
		},
		{
			"redacted skill", set(header{format: 1, count: 3}, valid, valid, marked("skill", 32, bson.E{Key: "document", Value: bson.D{}})),
			`change 3 of 3: skill "A" says that it was redacted, which it cannot be`, ErrCorrupt, 2,
		},
		{
			"redacted removal", set(header{format: 1, count: 3}, valid, valid, marked("comment", 32, bson.E{Key: "removed", Value: true})),
			`change 3 of 3: comment "A" says that it was redacted, which it cannot be`, ErrCorrupt, 2,
		},
		{
			"redacted with its text",
			set(header{format: 1, count: 3}, valid, valid, marked("comment", 32, bson.E{Key: "document", Value: bson.D{{Key: "body", Value: "x"}}})),
			`change 3 of 3: comment "A" says that it was redacted, but has its text`, ErrCorrupt, 2,
		},
		{
			"short mark", set(header{format: 1, count: 3}, valid, valid, marked("comment", 31, bson.E{Key: "document", Value: bson.D{}})),
			`change 3 of 3: "redacted" has 31 bytes, expected 32`, ErrCorrupt, 2,
		},
		{
			"neither removed nor a document",
			set(header{format: 1, count: 3}, valid, document(bson.D{{Key: "kind", Value: "skill"}}), valid),
			"change 2 of 3: skill \"\" has to be either removed or a document", ErrCorrupt, 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "skillatlas.db")
			b := openBolt(t, path)
			mustAppend(t, b, revision(1, skill(1)), revision(2, skill(1), skill(2), skill(3)), revision(3, skill(1)))
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			edit(t, path, test.edit)
			b = openBolt(t, path)
			next := int64(1)
			err := b.Load(t.Context(), 0, func(*framework.Revision) error { next++; return nil })
			if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("load %d from embedded file %s: ", test.at, path)) {
				t.Fatalf("got %v, want an error that names revision %d and the file", err, test.at)
			}
			if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want it to say: %s", err, test.says)
			}
			if next != test.at {
				t.Errorf("loading went on to revision %d, want %d", next, test.at)
			}
		})
	}
}

// golden covers every kind with every field. It spells everything out, because the
// files hold exactly this.
func golden(t testing.TB) []*framework.Revision {
	t.Helper()
	entities := []framework.Entity{
		&framework.Framework{
			Code: "meridian", Name: "Meridian", Description: "A framework.\n\n*Small.*", Publisher: "Publisher", URL: "https://example.org/",
			Licence: "CC-BY-4.0", Attribution: "© Publisher", Locale: "en-GB", SkillCodePattern: "[A-Z]{4}", SkillCodeHint: "four capitals", Archived: true,
		},
		&framework.Level{Ordinal: 5, Name: "Ensure, advise", Essence: "Provides guidance.", URL: "https://example.org/5"},
		&framework.Attribute{
			Code: "AUTO", Name: "Autonomy", Type: "Attribute", Description: "The level of independence.", Position: 1, Status: framework.StatusActive,
			Levels: []framework.LevelText{{Level: 1, Description: "Follows instructions."}, {Level: 5, Description: "Works under broad direction."}},
		},
		&framework.Category{
			Code: "SEC", Name: "Security", Description: "Keeping safe.", Parent: "STRAT", Position: 70_000, Status: framework.StatusRetired,
			Successors: []string{"PRIV", "SAFE"},
		},
		&framework.Skill{
			Code: "SCTY", Name: "Información security", Description: "Protecting.", Guidance: "Activities may include:\n\n- analysis",
			Synonyms: []string{"cyber security", "infosec"}, URL: "https://example.org/SCTY", Category: "SEC", Position: 3, Status: framework.StatusActive,
			Levels: []framework.LevelText{{Level: 3, Description: "Applies."}, {Level: 6}},
		},
		&framework.Relation{From: "SCTY", Type: framework.ExactMatch, ToFramework: "other", To: "S1.2", Note: "See the mapping."},
		&framework.RoleGroup{Code: "OPS", Name: "Operations", Description: "Running things.", Parent: "ALL", Position: 2, Status: framework.StatusActive},
		&framework.Role{
			Code: "CISO", Name: "Chief information security officer", Description: "Leads.", Group: "OPS", RoleKind: "Manager", Seniority: 4,
			Status: framework.StatusRetired, Successors: []string{"CSO"},
			Requirements: []framework.Requirement{
				{Skill: "GOVN", Importance: framework.Optional},
				{Skill: "SCTY", Level: 6, Importance: framework.Essential, Weight: 0.75},
			},
		},
	}
	for _, kind := range framework.Kinds {
		if !kind.Content() {
			entities = append(entities, full(t, kind))
		}
	}
	removal := revision(3)
	removal.ChangeRequest = 1431
	removal.RequestID, removal.RequestDigest = "", ""
	for _, e := range entities {
		removal.Changes = append(removal.Changes, framework.Change{Ref: ref(e)})
	}
	redacted := revision(4, &framework.Comment{Request: 1431, Number: 2, Author: "actor-1", At: epoch}, &framework.Person{ID: "P1"})
	for i := range redacted.Changes {
		redacted.Changes[i].Redacted = strings.Repeat(fmt.Sprintf("%02x", 171+i), 32)
	}
	return []*framework.Revision{revision(1, entities...), revision(2, skill(1)), removal, redacted}
}

// TestFormat1 holds both directions against files that a former program wrote: a
// store, and the same in extended JSON, as the driver reads it.
func TestFormat1(t *testing.T) {
	db, text := filepath.Join("testdata", "format1.db"), filepath.Join("testdata", "format1.json")
	want := golden(t)
	for _, kind := range framework.Kinds {
		if !slices.ContainsFunc(want[0].Changes, func(c framework.Change) bool { return c.Kind == kind }) {
			t.Errorf("no golden file holds a %s", kind)
		}
	}
	path := filepath.Join(t.TempDir(), "new.db")
	b := openBolt(t, path)
	mustAppend(t, b, want...)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if *update {
		compact(t, path, db)
		content(dump(t, path))(t, text)
	}

	old := filepath.Join(t.TempDir(), "old.db")
	content(read(t, db))(t, old) // opening locks, and may write
	b = openBolt(t, old)
	wantRevisions(t, b, 0, want...)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read(t, text), dump(t, old)); diff != "" {
		t.Errorf("%s differs from %s (-json +db):\n%s", db, text, diff)
	}
	if diff := cmp.Diff(read(t, text), dump(t, path)); diff != "" {
		t.Errorf("this program no longer writes format 1 (-want +got):\n%s", diff)
	}
}

// compact copies a store without the room it has grown ahead.
func compact(t *testing.T, from, to string) {
	t.Helper()
	b := openBolt(t, from)
	err := b.db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(to, 0o600) })
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// dump writes what a file holds as lines of keys and extended JSON.
func dump(t *testing.T, path string) string {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out bytes.Buffer
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if bytes.Equal(name, metaBucket) {
					out.WriteString("meta " + string(k) + " " + string(v) + "\n")
					return nil
				}
				if err := bson.Raw(v).Validate(); err != nil {
					return err
				}
				json, err := bson.MarshalExtJSON(bson.Raw(v), true, false)
				out.WriteString(string(name) + " " + hex.EncodeToString(k) + " " + string(json) + "\n")
				return err
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func BenchmarkLoad(b *testing.B) {
	history := func(b *testing.B, s *Bolt) {
		// As one import of edits would leave it; not fsynced, for it is not measured.
		s.db.NoSync = true
		for seq := range int64(20_000) {
			mustAppend(b, s, revision(seq+1, skill(int(seq))))
		}
	}
	for _, bench := range []struct {
		name string
		fill func(*testing.B, *Bolt)
	}{
		{"changes=134000", func(b *testing.B, s *Bolt) { mustAppend(b, s, large()) }},
		{"revisions=20000", history},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := openBolt(b, filepath.Join(b.TempDir(), "skillatlas.db"))
			bench.fill(b, s)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Load(context.Background(), 0, func(*framework.Revision) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAppendOne appends revisions of one skill to a large store, fsync included.
func BenchmarkAppendOne(b *testing.B) {
	s := openBolt(b, filepath.Join(b.TempDir(), "skillatlas.db"))
	mustAppend(b, s, large())
	seq := int64(1)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		mustAppend(b, s, revision(seq, skill(int(seq)%14_000)))
	}
}

func BenchmarkAppendLarge(b *testing.B) {
	r := large()
	b.ReportAllocs()
	for b.Loop() {
		s := openBolt(b, filepath.Join(b.TempDir(), "skillatlas.db"))
		mustAppend(b, s, r)
		info, err := os.Stat(s.db.Path())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size()), "file-bytes")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestOpenRefusesWithoutBucket damages a store so that it cannot even be opened.
func TestOpenRefusesWithoutBucket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skillatlas.db")
	openBolt(t, path).Close()
	edit(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(changesBucket) })
	_, err := OpenBolt(path)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "a bucket is missing") {
		t.Errorf("got %v, want an error that says a bucket is missing", err)
	}
}

// TestDamagedPages cuts a store short and changes bytes of it at random. Whatever
// comes of it, nothing panics, and what is loaded is what was appended.
func TestDamagedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skillatlas.db")
	b := openBolt(t, path)
	for seq := int64(1); seq <= 5; seq++ {
		mustAppend(t, b, numbered(seq))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for trial := range 200 {
		damaged := bytes.Clone(whole)
		if trial%4 == 0 {
			damaged = damaged[:random.IntN(len(damaged))]
		} else {
			for range 8 {
				damaged[random.IntN(len(damaged))] ^= 1 << random.IntN(8)
			}
		}
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := OpenBolt(path)
		if err == nil {
			next := int64(1)
			err = b.Load(t.Context(), 0, func(r *framework.Revision) error {
				if diff := cmp.Diff(numbered(next), r); diff != "" {
					t.Errorf("trial %d: revision %d is not what was appended:\n%s", trial, next, diff)
				}
				next++
				return nil
			})
		}
		if err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no damage was found in any of the trials")
	}
}
