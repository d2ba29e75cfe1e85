package journal

import (
	"bytes"
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
	for _, kind := range framework.Kinds {
		e := full(f, kind)
		for _, c := range []framework.Change{{Ref: ref(e), Entity: e}, {Ref: ref(e)}} {
			stored, err := newChange(c)
			if err != nil {
				f.Fatal(err)
			}
			b := appendDocument(nil, changeFields, &stored)
			f.Add(b)
			f.Add(b[:len(b)-1])
			f.Add(forms[kind].append(nil, e))
			const length = len("size\x02kind\x00") // of the first string
			for _, n := range []byte{0, 1, 200} {
				f.Add(slices.Concat(b[:length], []byte{n, 0, 0, 0}, b[length+4:]))
				f.Add(slices.Concat(b[:length], []byte{n, 255, 255, 255}, b[length+4:]))
			}
		}
	}
	h, err := encode(revision(1), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(appendDocument(nil, headerFields, &h))
	f.Add([]byte{})
	for _, d := range []bson.D{
		{{Key: "kind", Value: "comment"}, {Key: "document", Value: bson.D{}}},
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
