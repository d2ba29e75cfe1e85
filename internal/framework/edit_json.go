package framework

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// EncodeEdit writes an edit of a framework's content as the API takes it:
// {"updateSkill":{"code":"ITMG","name":null}}. Fields are in the order of the
// schema. One that an edit leaves as it is, or that is empty and need not be given,
// is left out; one that it clears is null.
//
// An error is an [*Error]; it says what the API could not take.
func EncodeEdit(e Edit) ([]byte, error) {
	f, v := editOf(e)
	if f == nil {
		return nil, Errorf(Invalid, "%T is not an edit of a framework's content", e)
	}
	enc := editEncoder{path: []any{f.name}}
	enc.key(f.name, true)
	enc.object(f.fields, v)
	enc.buf.WriteByte('}')
	if enc.err != nil {
		return nil, enc.err
	}
	return enc.buf.Bytes(), nil
}

// An editEncoder writes JSON up to the first error.
type editEncoder struct {
	buf  bytes.Buffer
	path []any // of what is being written
	err  error
}

func (enc *editEncoder) refuse(format string, args ...any) {
	if enc.err == nil {
		enc.err = &Error{Invalid, fmt.Sprintf(format, args...), slices.Clone(enc.path)}
	}
}

// key opens an object before its first key. Names need no escapes.
func (enc *editEncoder) key(name string, first bool) {
	sep := byte(',')
	if first {
		sep = '{'
	}
	enc.buf.WriteByte(sep)
	enc.buf.WriteString(`"` + name + `":`)
}

func (enc *editEncoder) object(fields []fieldForm, v reflect.Value) {
	first := true
	for i := range fields {
		f := &fields[i]
		value := f.at(v)
		o, isOpt := value.(optional)
		if isOpt {
			var set *bool
			if set, value = o.parts(); !*set {
				continue
			}
		}
		empty := isEmpty(value)
		if empty && !isOpt && !f.required {
			continue
		}
		enc.key(f.name, first)
		first = false
		if empty && isOpt {
			enc.buf.WriteString("null")
			continue
		}
		enc.path = append(enc.path, f.name)
		enc.value(value)
		enc.path = enc.path[:len(enc.path)-1]
	}
	if first {
		enc.buf.WriteByte('{')
	}
	enc.buf.WriteByte('}')
}

// isEmpty reports whether a pointer leads to an empty value.
func isEmpty(value any) bool {
	v := reflect.ValueOf(value).Elem()
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero() || v.Kind() == reflect.Float64 && v.Float() == 0
}

// value writes what a pointer leads to.
func (enc *editEncoder) value(p any) {
	switch p := p.(type) {
	case *string:
		enc.text(*p)
	case *RelationType:
		if p.Inverse() == "" {
			enc.refuse("%q is not a type of relation", *p)
		}
		enc.text(string(*p))
	case *Importance:
		importance := *p
		if importance == "" {
			importance = Essential // as an edit means it
		}
		if importance != Essential && importance != Optional {
			enc.refuse("%q is not an importance; use ESSENTIAL or OPTIONAL", importance)
		}
		enc.text(string(importance))
	case *int:
		enc.buf.WriteString(strconv.Itoa(*p))
	case *float64:
		if math.IsNaN(*p) || math.IsInf(*p, 0) {
			enc.refuse("%v is not a number that JSON has", *p)
			return
		}
		enc.buf.WriteString(strconv.FormatFloat(*p, 'g', -1, 64))
	case *[]string:
		writeList(enc, *p, func(s *string) { enc.text(*s) })
	case *[]LevelText:
		writeList(enc, *p, func(l *LevelText) { enc.object(levelTextFields, reflect.ValueOf(l).Elem()) })
	case *[]Requirement:
		writeList(enc, *p, func(q *Requirement) { enc.object(requirementFields, reflect.ValueOf(q).Elem()) })
	default:
		panic(fmt.Sprintf("framework: edits have no fields of type %T", p))
	}
}

func (enc *editEncoder) text(s string) {
	if !utf8.ValidString(s) {
		enc.refuse("is not valid UTF-8")
		return
	}
	e := json.NewEncoder(&enc.buf)
	e.SetEscapeHTML(false) // people read it
	if err := e.Encode(s); err != nil {
		enc.refuse("%v", err)
		return
	}
	enc.buf.Truncate(enc.buf.Len() - 1) // the newline after a value
}

func writeList[T any](enc *editEncoder, list []T, item func(*T)) {
	enc.buf.WriteByte('[')
	for i := range list {
		if i > 0 {
			enc.buf.WriteByte(',')
		}
		enc.path = append(enc.path, i)
		item(&list[i])
		enc.path = enc.path[:len(enc.path)-1]
	}
	enc.buf.WriteByte(']')
}

// DecodeEdit reads an edit written by [EncodeEdit], or by hand as the API takes it:
// exactly one, each field once and of the right type, and none that is unknown. It
// does not look at what the values mean; [World.Edit] does.
//
// An error is an [*Error] whose path leads to the field.
func DecodeEdit(data []byte) (Edit, error) {
	if !utf8.Valid(data) {
		return nil, Errorf(Invalid, "the edit is not valid UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, Errorf(Invalid, "the edit is not JSON: byte %d: %v", syntax.Offset, err)
		}
		return nil, Errorf(Invalid, "the edit is not JSON: %v", err)
	}
	given, err := readObject(raw, nil)
	if err != nil {
		return nil, err
	}
	if len(given) != 1 {
		return nil, Errorf(Invalid, "there are %d edits in one object; give exactly one, such as updateSkill", len(given))
	}
	f := formsByName[given[0].name]
	if f == nil {
		return nil, Errorf(Invalid, "there is no edit %s", quoted(given[0].name))
	}
	v := reflect.New(f.typ).Elem()
	if err := decodeObject(f.fields, given[0].value, v, []any{f.name}); err != nil {
		return nil, err
	}
	return v.Interface().(Edit), nil
}

// A member is a field of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// readObject splits an object of valid JSON into its members.
func readObject(raw json.RawMessage, path []any) ([]member, error) {
	if raw[0] != '{' {
		return nil, refusal(path, "expected an object, found %s", jsonKind(raw))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, refusal(path, "%v", err)
	}
	var members []member
	seen := map[string]bool{}
	for dec.More() {
		var m member
		token, err := dec.Token()
		if err == nil {
			m.name, _ = token.(string)
			err = dec.Decode(&m.value)
		}
		if err != nil {
			return nil, refusal(path, "%v", err)
		}
		if seen[m.name] {
			return nil, refusal(path, "the field %s is given twice", quoted(m.name))
		}
		seen[m.name] = true
		members = append(members, m)
	}
	return members, nil
}

func decodeObject(fields []fieldForm, raw json.RawMessage, v reflect.Value, path []any) error {
	members, err := readObject(raw, path)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, m := range members {
		i := slices.IndexFunc(fields, func(f fieldForm) bool { return f.name == m.name })
		if i < 0 {
			return refusal(path, "there is no field %s", quoted(m.name))
		}
		given[m.name] = true
		if err := decodeField(&fields[i], m.value, v, with(path, m.name)); err != nil {
			return err
		}
	}
	for i := range fields {
		f := &fields[i]
		if !f.required || given[f.name] {
			continue
		}
		if importance, ok := f.at(v).(*Importance); ok {
			*importance = Essential // the schema's default
			continue
		}
		return refusal(with(path, f.name), "is required")
	}
	return nil
}

func decodeField(f *fieldForm, raw json.RawMessage, v reflect.Value, path []any) error {
	value := f.at(v)
	if o, ok := value.(optional); ok {
		var set *bool
		set, value = o.parts()
		*set = true
	}
	if raw[0] == 'n' { // null
		if f.required {
			return refusal(path, "cannot be null")
		}
		return nil
	}
	return decodeValue(value, raw, path)
}

// decodeValue reads a value that is not null into what a pointer leads to.
func decodeValue(p any, raw json.RawMessage, path []any) error {
	switch p := p.(type) {
	case *string:
		return decodeScalar(p, raw, path, "a text")
	case *RelationType:
		if err := decodeScalar(p, raw, path, "a text"); err != nil {
			return err
		}
		if p.Inverse() == "" {
			return refusal(path, "%s is not a type of relation", quoted(string(*p)))
		}
		return nil
	case *Importance:
		if err := decodeScalar(p, raw, path, "a text"); err != nil {
			return err
		}
		if *p != Essential && *p != Optional {
			return refusal(path, "%s is not an importance; use ESSENTIAL or OPTIONAL", quoted(string(*p)))
		}
		return nil
	case *int:
		return decodeScalar(p, raw, path, "a whole number")
	case *float64:
		return decodeScalar(p, raw, path, "a number")
	case *[]string:
		return decodeList(p, raw, path, func(s *string, raw json.RawMessage, path []any) error {
			return decodeScalar(s, raw, path, "a text")
		})
	case *[]LevelText:
		return decodeList(p, raw, path, func(l *LevelText, raw json.RawMessage, path []any) error {
			return decodeObject(levelTextFields, raw, reflect.ValueOf(l).Elem(), path)
		})
	case *[]Requirement:
		return decodeList(p, raw, path, func(q *Requirement, raw json.RawMessage, path []any) error {
			return decodeObject(requirementFields, raw, reflect.ValueOf(q).Elem(), path)
		})
	}
	panic(fmt.Sprintf("framework: edits have no fields of type %T", p))
}

func decodeScalar(p any, raw json.RawMessage, path []any, want string) error {
	if raw[0] == 'n' || json.Unmarshal(raw, p) != nil {
		return refusal(path, "expected %s, found %s", want, jsonKind(raw))
	}
	return nil
}

func decodeList[T any](p *[]T, raw json.RawMessage, path []any, item func(*T, json.RawMessage, []any) error) error {
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return refusal(path, "expected a list, found %s", jsonKind(raw))
	}
	list := make([]T, len(items))
	for i := range items {
		if err := item(&list[i], items[i], with(path, i)); err != nil {
			return err
		}
	}
	*p = list
	return nil
}

// jsonKind says what a JSON value is.
func jsonKind(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "a truth value"
	case 'n':
		return "null"
	}
	return fmt.Sprintf("%.40s", raw)
}

func refusal(path []any, format string, args ...any) error {
	return &Error{Invalid, fmt.Sprintf(format, args...), path}
}

// quoted quotes the beginning of a text.
func quoted(s string) string { return fmt.Sprintf("%.100q", s) }

// with is a path one element longer; path is not modified.
func with(path []any, element any) []any { return append(slices.Clip(path), element) }
