package journal

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
)

// FuzzDecodeChange feeds the decoders anything. What they accept as a change the driver
// has to accept too, and both have to read the same.
func FuzzDecodeChange(f *testing.F) {
	for _, c := range storedChanges(f) {
		b := appendDocument(nil, changeFields, &c)
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(c.document)
		const length = len("size\x02kind\x00") // of the first string
		for _, n := range []byte{0, 1, 200} {
			f.Add(slices.Concat(b[:length], []byte{n, 0, 0, 0}, b[length+4:]))
			f.Add(slices.Concat(b[:length], []byte{n, 255, 255, 255}, b[length+4:]))
		}
	}
	h, err := encode(revision(1), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(appendDocument(nil, headerFields, &h))
	f.Add([]byte{})
	for _, d := range []bson.D{
		{{Key: "kind", Value: "recipe"}, {Key: "document", Value: bson.D{}}},
		{{Key: "document", Value: bson.D{{Key: "position", Value: int64(1)}, {Key: "levels", Value: bson.A{}}}}, {Key: "kind", Value: "skill"}},
		{{Key: "kind", Value: "skill"}, {Key: "document", Value: bson.D{{Key: "levels", Value: bson.A{bson.D{}, bson.D{{Key: "level", Value: 1}}}}}}},
		{{Key: "kind", Value: "skill"}, {Key: "document", Value: bson.D{{Key: "levels", Value: bson.A{1, nil, "x"}}}}},
		{{Key: "kind", Value: "skill"}, {Key: "kind", Value: "skill"}},
		{{Key: "kind", Value: "skill"}, {Key: "removed", Value: false}, {Key: "document", Value: bson.D{}}},
	} {
		b, err := bson.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}

	f.Fuzz(func(t *testing.T, b []byte) {
		newDecoder().header(b, 1)
		checkDecode(t, b)
		// Few inputs have the right length in front, so most would go no deeper.
		if len(b) < 5 {
			return
		}
		framed := closeDocument(bytes.Clone(b[:len(b)-1]), 0)
		newDecoder().header(framed, 1)
		checkDecode(t, framed)
		for _, kind := range framework.Kinds {
			c := change{kind: kind, key: "A", document: framed}
			checkDecode(t, appendDocument(nil, changeFields, &c))
		}
	})
}

// storedChanges are a change and a removal of each kind, and a redacted change of
// those that can be.
func storedChanges(f *testing.F) (all []change) {
	for _, kind := range framework.Kinds {
		e := full(f, kind)
		for _, c := range []framework.Change{{Ref: ref(e), Entity: e}, {Ref: ref(e)}} {
			stored, err := newChange(c)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, stored)
			found, err := stored.redact(appendDocument(nil, changeFields, &stored))
			if err != nil {
				f.Fatal(err)
			}
			if found {
				all = append(all, stored)
			}
		}
	}
	return all
}

// FuzzReadMongo feeds the readers of MongoDB's documents anything. What they accept
// as a version has to be the document that is written of it.
func FuzzReadMongo(f *testing.F) {
	commit := bson.NewObjectID()
	for _, c := range storedChanges(f) {
		f.Add(appendVersion(nil, commit, 7, &c))
	}
	h, err := encode(revision(1), nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []stub{
		{header: h}, {header: h, commit: commit, counts: map[framework.Kind]int{framework.KindSkill: 3}},
		{header: h, abandoned: []bson.ObjectID{commit, commit}},
	} {
		doc, err := s.document()
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(doc))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		d := newDecoder()
		_, _ = d.stub(b)
		for _, kind := range framework.Kinds {
			commit, n, stored, err := readVersion(nil, kind, b)
			if err != nil {
				continue
			}
			var c change
			if decode(d, stored, changeFields, &c) != nil || c.removed == (c.document != nil) {
				continue
			}
			id, rest, err := nextElement(b[4:])
			if err != nil || n < 0 || n > math.MaxInt32 {
				continue
			}
			// Apart from the _id, whose fields may stand in any order.
			again := appendVersion(nil, commit, n, &c)
			_, want, err := nextElement(again[4:])
			if err != nil {
				t.Fatal(err)
			}
			if c.kind != kind || !bytes.Equal(want, rest) && canonical(rest) {
				t.Errorf("%s %q\n%x\n%x", kind, id.name, want, rest)
			}
		}
	})
}

// canonical reports whether the fields that say what a version is of are as they
// are written: in order, and not empty.
func canonical(fields []byte) bool {
	order := []string{"framework", "key", "removed", "redacted"}
	for len(fields) > 1 {
		e, rest, err := nextElement(fields)
		if err != nil {
			return false
		}
		i := slices.Index(order, string(e.name))
		if i < 0 {
			return true
		}
		if text, err := e.bytes(); err == nil && len(text) == 0 || e.kind == bson.TypeBoolean && e.value[0] == 0 {
			return false
		}
		order, fields = order[i+1:], rest
	}
	return true
}

func checkDecode(t *testing.T, stored []byte) {
	b := bytes.Clone(stored)
	c, err := newDecoder().change(b)
	if err != nil {
		return
	}
	clear(b) // what was decoded must not share memory with it

	var want, got bson.D
	if err := bson.Unmarshal(stored, &want); err != nil {
		t.Fatalf("the driver refuses it: %v", err)
	}
	again := change{kind: c.Kind, framework: c.Framework, key: c.Key, removed: c.Entity == nil}
	if c.Entity != nil {
		again.document = forms[c.Kind].append(nil, c.Entity)
	}
	if c.Redacted != "" {
		if again.redacted, err = hex.DecodeString(c.Redacted); err != nil {
			t.Fatal(err)
		}
	}
	b = appendDocument(nil, changeFields, &again)
	if err := bson.Raw(b).Validate(); err != nil {
		t.Fatalf("encoded again it is not valid: %v", err)
	}
	if err := bson.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(want), plain(got), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-driver +journal):\n%s", diff)
	}
}

// plain brings a document into the form in which equal contents are equal: fields
// sorted, empty ones left out, whole numbers of one type.
func plain(v any) any {
	switch v := v.(type) {
	case bson.D:
		out := bson.D{}
		for _, e := range v {
			e.Value = plain(e.Value)
			if list, ok := e.Value.(bson.A); ok && len(list) == 0 {
				continue
			}
			if rv := reflect.ValueOf(e.Value); !rv.IsZero() && e.Value != 0.0 {
				out = append(out, e)
			}
		}
		slices.SortFunc(out, func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
		return out
	case bson.A:
		out := bson.A{}
		for _, item := range v {
			out = append(out, plain(item))
		}
		return out
	case int32:
		return int64(v)
	}
	return v
}
