package graph

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vektah/gqlparser/v2/ast"

	"skillatlas/internal/framework"
)

// sample fills v with values that differ from each other, or, with least, with
// none that can be left out.
func (f *filler) sample(v reflect.Value, least bool) {
	f.n++
	switch p := v.Addr().Interface().(type) {
	case *framework.RelationType:
		*p = framework.Narrower
		return
	case *framework.Importance:
		*p = framework.Optional
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if set := optional(v); set.IsValid() {
			if least {
				return
			}
			set.SetBool(true)
			f.sample(v.FieldByName("Value"), least)
			return
		}
		for i := range v.NumField() {
			f.sample(v.Field(i), least)
		}
	case reflect.Slice:
		if least {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.sample(v.Index(i), least)
		}
	case reflect.Int:
		if !least {
			v.SetInt(int64(f.n))
		}
	case reflect.Float64:
		if !least {
			v.SetFloat(float64(f.n) / 1000)
		}
	case reflect.String:
		if !least {
			v.SetString("text \"<&>\u2028")
		}
	}
}

// cleared sets all that can be left out, to nothing.
func cleared(v reflect.Value) {
	for i := range v.NumField() {
		if set := optional(v.Field(i)); set.IsValid() {
			set.SetBool(true)
		}
	}
}

// An edit written as JSON is what the API takes for it, and both read it alike.
func TestEditsAreWrittenAsTheAPITakesThem(t *testing.T) {
	for name, zero := range framework.ContentEdits() {
		for kind, fill := range map[string]func(reflect.Value){
			"full":    func(v reflect.Value) { (&filler{}).sample(v, false) },
			"least":   func(v reflect.Value) { (&filler{}).sample(v, true) },
			"cleared": func(v reflect.Value) { (&filler{}).sample(v, true); cleared(v) },
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				v := reflect.New(reflect.TypeOf(zero)).Elem()
				fill(v)
				want := v.Interface().(framework.Edit)
				text, err := framework.EncodeEdit(want)
				if err != nil {
					t.Fatal(err)
				}
				field, got := receive(t, text)
				if field != name {
					t.Errorf("the API reads it as %q", field)
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("the API reads another edit (-want +got):\n%s", diff)
				}
				decoded, err := framework.DecodeEdit(text)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(got, decoded, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("it is read in two ways (-API +decoded):\n%s", diff)
				}
			})
		}
	}
}

// receive reads an edit as the API does that is sent in a variable.
func receive(t *testing.T, text []byte) (field string, e framework.Edit) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var input map[string]any
	if err := dec.Decode(&input); err != nil {
		t.Fatal(err)
	}
	of := &ast.Type{NamedType: "EditInput", NonNull: true}
	if err := (variable{parsedSchema, maxList, math.MaxInt}).check(of, input, "$edit"); err != nil {
		t.Fatal(err)
	}
	in, err := (&executionContext{}).unmarshalInputEditInput(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	return in.edit()
}

// Edits have the fields of the schema in its order, and write those that it requires
// even when they are empty.
func TestEditsHaveTheFieldsOfTheSchema(t *testing.T) {
	var names []string
	for name, zero := range framework.ContentEdits() {
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			field := parsedSchema.Types["EditInput"].Fields.ForName(name)
			if field == nil {
				t.Fatal("the API has no such edit")
			}
			for _, least := range []bool{false, true} {
				v := reflect.New(reflect.TypeOf(zero)).Elem()
				(&filler{}).sample(v, least)
				text, err := framework.EncodeEdit(v.Interface().(framework.Edit))
				if err != nil {
					t.Fatal(err)
				}
				want := "{" + name + shapeOf(field.Type, least) + "}"
				if diff := cmp.Diff(want, shape(t, json.NewDecoder(bytes.NewReader(text)))); diff != "" {
					t.Errorf("(-schema +written):\n%s", diff)
				}
			}
		})
	}
	var want []string
	for _, f := range parsedSchema.Types["EditInput"].Fields {
		want = append(want, f.Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the edits differ (-schema +framework):\n%s", diff)
	}
}

// shapeOf is what [shape] has to be of a value of a type.
func shapeOf(typ *ast.Type, least bool) string {
	switch def := parsedSchema.Types[typ.Name()]; {
	case typ.Elem != nil && least:
		return "[]"
	case typ.Elem != nil:
		return "[" + shapeOf(typ.Elem, least) + shapeOf(typ.Elem, least) + "]"
	case def.Kind == ast.InputObject:
		object := ""
		for _, f := range def.Fields {
			if f.Type.NonNull || !least {
				object += " " + f.Name + shapeOf(f.Type, least)
			}
		}
		return "{" + strings.TrimSpace(object) + "}"
	}
	return "_"
}

// shape is a JSON value without what is in it: {code_ synonyms[__]}.
func shape(t *testing.T, dec *json.Decoder) string {
	t.Helper()
	token, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch token {
	case json.Delim('{'):
		var fields []string
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				t.Fatal(err)
			}
			fields = append(fields, key.(string)+shape(t, dec))
		}
		_, _ = dec.Token()
		return "{" + strings.Join(fields, " ") + "}"
	case json.Delim('['):
		items := ""
		for dec.More() {
			items += shape(t, dec)
		}
		_, _ = dec.Token()
		return "[" + items + "]"
	}
	return "_"
}
