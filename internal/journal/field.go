package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A field is one field of a stored document and its place in a T. Empty values
// are not stored.
type field[T any] struct {
	name   string
	append func(dst []byte, name string, v *T) []byte
	decode func(d *decoder, e element, v *T) error
}

// appendDocument writes v as a BSON document with its fields in order.
func appendDocument[T any](dst []byte, fields []field[T], v *T) []byte {
	dst, start := openDocument(dst)
	for i := range fields {
		dst = fields[i].append(dst, fields[i].name, v)
	}
	return closeDocument(dst, start)
}

// decode reads a BSON document into v. A field that is not in the table is refused,
// because writing the entity again would lose it.
func decode[T any](d *decoder, doc []byte, fields []field[T], v *T) error {
	b, err := elements(doc)
	if err != nil {
		return err
	}
	var seen uint64
	next := 0 // fields are stored in order, so the search begins after the last
	for len(b) > 0 {
		var e element
		if e, b, err = nextElement(b); err != nil {
			return err
		}
		i := next
		for string(e.name) != fields[i%len(fields)].name {
			if i++; i == next+len(fields) {
				return fmt.Errorf("unknown field %q: %w", e.name, ErrNewerFormat)
			}
		}
		i %= len(fields)
		if seen&(1<<i) != 0 {
			return fmt.Errorf("field %q occurs twice: %w", e.name, ErrCorrupt)
		}
		seen |= 1 << i
		if err := fields[i].decode(d, e, v); err != nil {
			return err
		}
		next = i + 1
	}
	return nil
}

// text is a field with a string of its own.
func text[T any, S ~string](name string, at func(*T) *S) field[T] {
	return field[T]{name, appendText(at), func(_ *decoder, e element, v *T) error {
		b, err := e.bytes()
		*at(v) = S(b)
		return err
	}}
}

// code is a field with a string that many entities repeat.
func code[T any, S ~string](name string, at func(*T) *S) field[T] {
	return field[T]{name, appendText(at), func(d *decoder, e element, v *T) error {
		b, err := e.bytes()
		*at(v) = S(d.shared(b))
		return err
	}}
}

func appendText[T any, S ~string](at func(*T) *S) func([]byte, string, *T) []byte {
	return func(dst []byte, name string, v *T) []byte {
		s := *at(v)
		if s == "" {
			return dst
		}
		return appendString(appendName(dst, bson.TypeString, name), string(s))
	}
}

func (d *decoder) shared(b []byte) string {
	s, ok := d.codes[string(b)]
	if !ok {
		s = string(b)
		d.codes[s] = s
	}
	return s
}

func number[T any](name string, at func(*T) *int) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		n := *at(v)
		switch {
		case n == 0:
			return dst
		case int(int32(n)) == n:
			return binary.LittleEndian.AppendUint32(appendName(dst, bson.TypeInt32, name), uint32(n))
		}
		return binary.LittleEndian.AppendUint64(appendName(dst, bson.TypeInt64, name), uint64(n))
	}, func(_ *decoder, e element, v *T) error {
		n, err := e.int64()
		*at(v) = int(n)
		return err
	}}
}

// long is a whole number stored in 64 bits however small it is.
func long[T any](name string, at func(*T) *int64) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if *at(v) == 0 {
			return dst
		}
		return binary.LittleEndian.AppendUint64(appendName(dst, bson.TypeInt64, name), uint64(*at(v)))
	}, func(_ *decoder, e element, v *T) (err error) {
		*at(v), err = e.int64()
		return err
	}}
}

func fraction[T any](name string, at func(*T) *float64) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if *at(v) == 0 {
			return dst
		}
		return binary.LittleEndian.AppendUint64(appendName(dst, bson.TypeDouble, name), math.Float64bits(*at(v)))
	}, func(_ *decoder, e element, v *T) error {
		if e.kind != bson.TypeDouble {
			return e.mismatch("a double")
		}
		*at(v) = math.Float64frombits(binary.LittleEndian.Uint64(e.value))
		return nil
	}}
}

func truth[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if !*at(v) {
			return dst
		}
		return append(appendName(dst, bson.TypeBoolean, name), 1)
	}, func(_ *decoder, e element, v *T) error {
		if e.kind != bson.TypeBoolean || e.value[0] > 1 {
			return e.mismatch("a boolean")
		}
		*at(v) = e.value[0] == 1
		return nil
	}}
}

// date is a time in UTC, in whole milliseconds.
func date[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		return binary.LittleEndian.AppendUint64(appendName(dst, bson.TypeDateTime, name), uint64(at(v).UnixMilli()))
	}, func(_ *decoder, e element, v *T) error {
		if e.kind != bson.TypeDateTime {
			return e.mismatch("a date")
		}
		*at(v) = time.UnixMilli(int64(binary.LittleEndian.Uint64(e.value))).UTC()
		return nil
	}}
}

// moment is a date that may be unknown.
func moment[T any](name string, at func(*T) *time.Time) field[T] {
	known := date(name, at)
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if at(v).IsZero() {
			return dst
		}
		return known.append(dst, name, v)
	}, known.decode}
}

// embedded is a document kept as bytes, which alias what was stored.
func embedded[T any](name string, at func(*T) *[]byte) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if *at(v) == nil {
			return dst
		}
		return append(appendName(dst, bson.TypeEmbeddedDocument, name), *at(v)...)
	}, func(_ *decoder, e element, v *T) error {
		if e.kind != bson.TypeEmbeddedDocument {
			return e.mismatch("a document")
		}
		*at(v) = e.value
		return nil
	}}
}

// sum is a SHA-256.
func sum[T any](name string, at func(*T) *[]byte) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		if *at(v) == nil {
			return dst
		}
		return appendBinary(appendName(dst, bson.TypeBinary, name), *at(v))
	}, func(_ *decoder, e element, v *T) error {
		b, err := e.binary()
		if err == nil && len(b) != sha256.Size {
			err = fmt.Errorf("%q has %d bytes, expected %d: %w", e.name, len(b), sha256.Size, ErrCorrupt)
		}
		*at(v) = b
		return err
	}}
}

// texts is an array of strings.
func texts[T any](name string, at func(*T) *[]string) field[T] {
	return array(name, at, func(dst []byte, name string, s *string) []byte {
		return appendString(appendName(dst, bson.TypeString, name), *s)
	}, func(_ *decoder, e element, s *string) error {
		b, err := e.bytes()
		*s = string(b)
		return err
	})
}

// documents is an array of documents.
func documents[T, E any](name string, at func(*T) *[]E, fields []field[E]) field[T] {
	return array(name, at, func(dst []byte, name string, v *E) []byte {
		return appendDocument(appendName(dst, bson.TypeEmbeddedDocument, name), fields, v)
	}, func(d *decoder, e element, v *E) error {
		if e.kind != bson.TypeEmbeddedDocument {
			return e.mismatch("a document")
		}
		return decode(d, e.value, fields, v)
	})
}

func array[T, E any](
	name string, at func(*T) *[]E,
	appendItem func([]byte, string, *E) []byte, decodeItem func(*decoder, element, *E) error,
) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		items := *at(v)
		if len(items) == 0 {
			return dst
		}
		dst, start := openDocument(appendName(dst, bson.TypeArray, name))
		for i := range items {
			dst = appendItem(dst, strconv.Itoa(i), &items[i])
		}
		return closeDocument(dst, start)
	}, func(d *decoder, e element, v *T) error {
		b, n, err := e.items()
		if err != nil || n == 0 {
			return err
		}
		items := make([]E, n)
		for i := range items {
			var item element
			if item, b, err = nextElement(b); err != nil {
				return err
			}
			if err := decodeItem(d, item, &items[i]); err != nil {
				return fmt.Errorf("%s %d: %w", name, i, err)
			}
		}
		*at(v) = items
		return nil
	}}
}
