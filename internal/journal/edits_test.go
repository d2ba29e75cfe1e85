package journal

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
)

// A holder is a document with edits in it.
type holder struct{ edits []framework.Edit }

var holderFields = []field[holder]{edits("edits", func(h *holder) *[]framework.Edit { return &h.edits })}

func appendEdits(list ...framework.Edit) []byte {
	return appendDocument(nil, holderFields, &holder{list})
}

// restore decodes edits from memory that is overwritten afterwards.
func restore(doc []byte) ([]framework.Edit, error) {
	b := bytes.Clone(doc)
	var h holder
	err := decode(newDecoder(), b, holderFields, &h)
	clear(b)
	return h.edits, err
}

// fullEdit returns an edit of the type of zero with every field set.
func fullEdit(t testing.TB, zero framework.Edit) framework.Edit {
	t.Helper()
	v := reflect.New(reflect.TypeOf(zero)).Elem()
	next := 0
	fill(t, v, reflect.TypeOf(zero).Name(), &next)
	return v.Interface().(framework.Edit)
}

func TestEveryEditIsRestored(t *testing.T) {
	stored := 0
	for name, zero := range framework.ContentEdits() {
		stored++
		t.Run(name, func(t *testing.T) {
			full := fullEdit(t, zero)
			samples := map[string]framework.Edit{"zero": zero, "full": full}
			// Each field that can be left alone is, alone and among others, and is cleared.
			for i := range reflect.TypeOf(zero).NumField() {
				field := reflect.TypeOf(zero).Field(i)
				if !strings.HasPrefix(field.Type.Name(), "Opt[") {
					continue
				}
				vary := func(from framework.Edit, set bool) framework.Edit {
					v := reflect.New(reflect.TypeOf(zero)).Elem()
					v.Set(reflect.ValueOf(from))
					v.Field(i).SetZero()
					v.Field(i).FieldByName("Set").SetBool(set)
					return v.Interface().(framework.Edit)
				}
				samples["full without "+field.Name] = vary(full, false)
				samples["full with cleared "+field.Name] = vary(full, true)
				samples["cleared "+field.Name] = vary(zero, true)
			}
			for sample, want := range samples {
				doc := appendEdits(want)
				if err := bson.Raw(doc).Validate(); err != nil {
					t.Fatalf("%s: %v", sample, err)
				}
				got, err := restore(doc)
				if err != nil {
					t.Fatalf("%s: %v", sample, err)
				}
				if diff := cmp.Diff([]framework.Edit{want}, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", sample, diff)
				}
			}
		})
	}
	if len(editForms) != stored {
		t.Errorf("%d edits have a stored form, expected %d", len(editForms), stored)
	}
}

func TestEditsKeepTheirOrder(t *testing.T) {
	want := []framework.Edit{
		framework.UpdateSkill{Code: "A", Synonyms: framework.Some([]string{"b", "c"})},
		framework.RetireSkill{Code: "A"},
		framework.UpdateSkill{Code: "B", Guidance: framework.Some("")},
	}
	got, err := restore(appendEdits(want[0], &framework.RetireSkill{Code: "A"}, want[2]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The names are those that journals hold.
func TestStoredEdit(t *testing.T) {
	var got bson.D
	if err := bson.Unmarshal(appendEdits(framework.CreateRole{
		Code: "R", Name: "Role", RoleKind: "Manager",
		Requirements: []framework.Requirement{{Skill: "S", Level: 3, Importance: framework.Optional, Weight: 0.5}},
	}, framework.MoveSkill{Code: "S", Category: framework.Some(""), Position: framework.Some(0)}), &got); err != nil {
		t.Fatal(err)
	}
	want := bson.D{{Key: "edits", Value: bson.A{
		bson.D{
			{Key: "edit", Value: "createRole"}, {Key: "code", Value: "R"}, {Key: "name", Value: "Role"}, {Key: "kind", Value: "Manager"},
			{Key: "requirements", Value: bson.A{bson.D{
				{Key: "skill", Value: "S"}, {Key: "level", Value: int32(3)}, {Key: "importance", Value: "OPTIONAL"}, {Key: "weight", Value: 0.5},
			}}},
		},
		bson.D{
			{Key: "edit", Value: "moveSkill"}, {Key: "code", Value: "S"}, {Key: "category", Value: ""}, {Key: "position", Value: int32(0)},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	edit := func(fields ...bson.E) bson.A { return bson.A{append(bson.D{}, fields...)} }
	name := bson.E{Key: "edit", Value: "moveSkill"}
	for _, tc := range []struct {
		name  string
		edits any
		want  string
		err   error
	}{
		{"unknown edit", edit(bson.E{Key: "edit", Value: "paintSkill"}), `edits 0: unknown edit "paintSkill"`, ErrNewerFormat},
		{"unknown field", edit(name, bson.E{Key: "colour", Value: "red"}), `edits 0: moveSkill: unknown field "colour"`, ErrNewerFormat},
		{"name is missing", edit(bson.E{Key: "code", Value: "S"}), `edits 0: an edit begins with "code", expected its name`, ErrCorrupt},
		{"name is no text", edit(bson.E{Key: "edit", Value: 1}), `edits 0: "edit" is a BSON 32-bit integer, expected a string`, ErrCorrupt},
		{"empty", edit(), "edits 0: an edit without a name", ErrCorrupt},
		{"name given twice", edit(name, name), `edits 0: moveSkill: field "edit" occurs twice`, ErrCorrupt},
		{"field of another type", edit(name, bson.E{Key: "position", Value: "1"}), `edits 0: moveSkill: "position" is a BSON string, expected a whole number`, ErrCorrupt},
		{"no document", bson.A{"moveSkill"}, `edits 0: "0" is a BSON string, expected a document`, ErrCorrupt},
		{"no array", "moveSkill", `"edits" is a BSON string, expected an array`, ErrCorrupt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc, err := bson.Marshal(bson.D{{Key: "edits", Value: tc.edits}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = restore(doc)
			if !errors.Is(err, tc.err) || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("refused with %v, want %s: %v", err, tc.want, tc.err)
			}
		})
	}
}

// FuzzDecodeEdits feeds the decoder anything. What it accepts the driver has to
// accept too, and it is the same once it has been stored again.
func FuzzDecodeEdits(f *testing.F) {
	for _, zero := range framework.ContentEdits() {
		f.Add(appendEdits(zero, fullEdit(f, zero)))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := restore(b)
		if err != nil {
			return
		}
		if err := bson.Unmarshal(b, &bson.D{}); err != nil {
			t.Fatalf("the driver refuses it: %v", err)
		}
		again, err := restore(appendEdits(got...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
}
