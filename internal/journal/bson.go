package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// This file reads and writes BSON (bsonspec.org, version 1.1), as much of it as the
// stored form uses. The driver offers that speed only in a package it reserves to
// itself; the tests hold both directions against the driver's own Marshal and
// Unmarshal.

func appendName(dst []byte, t bson.Type, name string) []byte {
	dst = append(dst, byte(t))
	dst = append(dst, name...)
	return append(dst, 0)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)+1))
	dst = append(dst, s...)
	return append(dst, 0)
}

func appendBinary(dst, b []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
	dst = append(dst, bson.TypeBinaryGeneric)
	return append(dst, b...)
}

// openDocument reserves a document's length; closeDocument fills it in.
func openDocument(dst []byte) (_ []byte, start int) {
	return append(dst, 0, 0, 0, 0), len(dst)
}

func closeDocument(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// An element is a named value inside a document.
type element struct {
	kind  bson.Type
	name  []byte
	value []byte
}

// elements returns the bytes of the elements of a document or array.
func elements(doc []byte) ([]byte, error) {
	n := len(doc)
	if n < 5 || binary.LittleEndian.Uint32(doc) != uint32(n) || doc[n-1] != 0 {
		return nil, fmt.Errorf("%d bytes that are no BSON document: %w", n, ErrCorrupt)
	}
	return doc[4 : n-1], nil
}

// nextElement splits the first element off b.
func nextElement(b []byte) (e element, rest []byte, err error) {
	end := bytes.IndexByte(b[1:], 0) + 1
	if end == 0 {
		return e, nil, fmt.Errorf("a name without end: %w", ErrCorrupt)
	}
	e.kind, e.name, b = bson.Type(b[0]), b[1:end], b[end+1:]
	size, head := 0, 0
	switch e.kind {
	case bson.TypeBoolean:
		size = 1
	case bson.TypeInt32:
		size = 4
	case bson.TypeDouble, bson.TypeDateTime, bson.TypeInt64:
		size = 8
	case bson.TypeString, bson.TypeBinary:
		head = 4 // the length does not count itself
		if e.kind == bson.TypeBinary {
			head++ // nor what kind of binary it is
		}
		fallthrough
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		if len(b) < 4 {
			return e, nil, e.truncated()
		}
		size = head + int(int32(binary.LittleEndian.Uint32(b)))
	default:
		return e, nil, fmt.Errorf("%q is a BSON %s: %w", e.name, e.kind, ErrNewerFormat)
	}
	if size < 0 || size > len(b) {
		return e, nil, e.truncated()
	}
	e.value = b[:size]
	return e, b[size:], nil
}

func (e element) truncated() error { return fmt.Errorf("%q is cut short: %w", e.name, ErrCorrupt) }

func (e element) mismatch(want string) error {
	return fmt.Errorf("%q is a BSON %s, expected %s: %w", e.name, e.kind, want, ErrCorrupt)
}

// bytes is a string's content; it aliases what was stored.
func (e element) bytes() ([]byte, error) {
	n := len(e.value)
	if e.kind != bson.TypeString || n < 5 || e.value[n-1] != 0 {
		return nil, e.mismatch("a string")
	}
	return e.value[4 : n-1], nil
}

// binary is what a binary holds; it aliases what was stored.
func (e element) binary() ([]byte, error) {
	if e.kind != bson.TypeBinary || len(e.value) < 5 || e.value[4] != bson.TypeBinaryGeneric {
		return nil, e.mismatch("a generic binary")
	}
	return e.value[5:], nil
}

func (e element) int64() (int64, error) {
	switch e.kind {
	case bson.TypeInt32:
		return int64(int32(binary.LittleEndian.Uint32(e.value))), nil
	case bson.TypeInt64:
		return int64(binary.LittleEndian.Uint64(e.value)), nil
	}
	return 0, e.mismatch("a whole number")
}

// items returns the elements of an array and how many there are.
func (e element) items() (b []byte, n int, err error) {
	if e.kind != bson.TypeArray {
		return nil, 0, e.mismatch("an array")
	}
	if b, err = elements(e.value); err != nil {
		return nil, 0, err
	}
	for rest := b; len(rest) > 0; n++ {
		if _, rest, err = nextElement(rest); err != nil {
			return nil, 0, err
		}
	}
	return b, n, nil
}
