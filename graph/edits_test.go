package graph

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"skillatlas/internal/framework"
)

// A filler makes up values for input types, each different from all others.
type filler struct{ n int }

// value is as JSON has it. Input objects have all their fields.
func (f *filler) value(t *ast.Type) any {
	if t.Elem != nil {
		return []any{f.value(t.Elem), f.value(t.Elem)}
	}
	f.n++
	switch def := parsedSchema.Types[t.NamedType]; {
	case def.Kind == ast.InputObject:
		fields := map[string]any{}
		for _, field := range def.Fields {
			fields[field.Name] = f.value(field.Type)
		}
		return fields
	case def.Kind == ast.Enum:
		return def.EnumValues[f.n%len(def.EnumValues)].Name
	case def.Name == "Int":
		return f.n
	case def.Name == "Boolean":
		return true
	case def.Name == "Float":
		return float64(f.n) / 1000
	default:
		return fmt.Sprintf("text %d", f.n)
	}
}

// editOf converts an edit as JSON has it.
func editOf(t *testing.T, field string, input any) (string, framework.Edit) {
	t.Helper()
	text, err := json.Marshal(map[string]any{field: input})
	if err != nil {
		t.Fatal(err)
	}
	var in EditInput
	if err := json.Unmarshal(text, &in); err != nil {
		t.Fatal(err)
	}
	return in.edit()
}

// goName is the name of a field in the domain.
func goName(field string) string {
	switch field {
	case "url":
		return "URL"
	case "kind":
		return "RoleKind"
	}
	return strings.ToUpper(field[:1]) + field[1:]
}

// content is a value of the domain as JSON has it, under the names of the schema.
func content(t *testing.T, def *ast.Definition, v reflect.Value) map[string]any {
	t.Helper()
	if v.NumField() != len(def.Fields) {
		t.Errorf("%s has %d fields, %s has %d", v.Type(), v.NumField(), def.Name, len(def.Fields))
	}
	fields := map[string]any{}
	for _, f := range def.Fields {
		field := v.FieldByName(goName(f.Name))
		if !field.IsValid() {
			t.Errorf("%s has no field %s", v.Type(), goName(f.Name))
			continue
		}
		if set := optional(field); set.IsValid() {
			if !set.Bool() {
				continue
			}
			field = field.FieldByName("Value")
		}
		fields[f.Name] = plain(t, f.Type, field)
	}
	return fields
}

// optional is the field Set of a framework.Opt, and invalid for any other value.
func optional(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Struct && strings.HasPrefix(v.Type().Name(), "Opt[") {
		return v.FieldByName("Set")
	}
	return reflect.Value{}
}

func plain(t *testing.T, typ *ast.Type, v reflect.Value) any {
	if typ.Elem != nil {
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(t, typ.Elem, v.Index(i)))
		}
		return list
	}
	switch v.Kind() {
	case reflect.Struct:
		return content(t, parsedSchema.Types[typ.NamedType], v)
	case reflect.Int:
		return int(v.Int())
	case reflect.Bool:
		return v.Bool()
	case reflect.Float64:
		return v.Float()
	}
	return v.String()
}

func TestEveryFieldOfAnEditReachesTheDomain(t *testing.T) {
	for _, field := range parsedSchema.Types["EditInput"].Fields {
		t.Run(field.Name, func(t *testing.T) {
			want := (&filler{}).value(field.Type)
			name, e := editOf(t, field.Name, want)
			if e == nil || name != field.Name {
				t.Fatalf("converted to %v under the name %q", e, name)
			}
			v := reflect.ValueOf(e)
			if v.Type().Name() != goName(field.Name) {
				t.Errorf("converted to %s", v.Type())
			}
			if diff := cmp.Diff(want, any(content(t, parsedSchema.Types[field.Type.NamedType], v))); diff != "" {
				t.Errorf("the edit differs (-input +edit):\n%s", diff)
			}
		})
	}
}

// Left out leaves a field alone and null clears it, wherever the domain can tell
// the two apart.
func TestEditsTellLeftOutFromNull(t *testing.T) {
	tested := 0
	for _, field := range parsedSchema.Types["EditInput"].Fields {
		t.Run(field.Name, func(t *testing.T) {
			def := parsedSchema.Types[field.Type.NamedType]
			least, nulls := map[string]any{}, map[string]any{}
			fill := &filler{}
			for _, f := range def.Fields {
				switch {
				case f.Type.NonNull:
					least[f.Name] = fill.value(f.Type)
					nulls[f.Name] = least[f.Name]
				default:
					nulls[f.Name] = nil
				}
			}
			_, without := editOf(t, field.Name, least)
			_, with := editOf(t, field.Name, nulls)
			for _, f := range def.Fields {
				set := optional(reflect.ValueOf(without).FieldByName(goName(f.Name)))
				if !set.IsValid() {
					continue
				}
				tested++
				if set.Bool() {
					t.Errorf("%s is set when left out", f.Name)
				}
				field := reflect.ValueOf(with).FieldByName(goName(f.Name))
				if !optional(field).Bool() || !field.FieldByName("Value").IsZero() {
					t.Errorf("%s is %+v when null", f.Name, field)
				}
			}
		})
	}
	if tested < 30 {
		t.Errorf("only %d fields can be left out", tested)
	}
}

func TestAnEditTakesExactlyOneField(t *testing.T) {
	retire := map[string]any{"code": "A"}
	for name, input := range map[string]map[string]any{
		"none": {},
		"two":  {"retireSkill": retire, "retireRole": retire},
		"null": {"retireSkill": nil},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(input)
			if err != nil {
				t.Fatal(err)
			}
			var in EditInput
			if err := json.Unmarshal(text, &in); err != nil {
				t.Fatal(err)
			}
			if field, e := in.edit(); e != nil || field != "" {
				t.Errorf("converted to %v under the name %q", e, field)
			}
		})
	}
}
