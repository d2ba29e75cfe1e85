package graph

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// maxNested is how far lists and objects are within each other in values that are
// read quickly.
const maxNested = 32

// quickParams reads a request as [decode] does, in a fraction of the time, if it is
// written as clients write it. It reports false for any other, be it wrong or just
// unusual; decode says which. The text is valid UTF-8.
//
// Nothing in the parameters refers to the text. Some of them live long, a query as
// the key of its document, a value in the framework that it changed, and would keep
// all of a large body with them.
func quickParams(text []byte) (*graphql.RawParams, bool) {
	r := quickReader{text: text}
	params := &graphql.RawParams{}
	r.expect("{")
	seen := 0
	for first := true; r.more(first, '}'); first = false {
		name, _ := r.quoted()
		r.colon()
		this := 0
		switch string(name) {
		case "query":
			this, params.Query = 1, r.string()
		case "operationName":
			this = 2
			if !r.null() {
				params.OperationName = r.string()
			}
		case "variables":
			this = 4
			if !r.null() {
				params.Variables = r.object(maxNested)
			}
		case "extensions":
			this = 8
			if !r.null() {
				params.Extensions = r.object(maxNested)
			}
		}
		if this == 0 || seen&this != 0 {
			return nil, false
		}
		seen |= this
	}
	if r.peek(); r.failed || r.at < len(text) {
		return nil, false
	}
	return params, true
}

// A quickReader reads JSON (RFC 8259) up to where it fails; after that there is
// nothing more to read.
type quickReader struct {
	text   []byte
	at     int
	failed bool
}

func (r *quickReader) fail() { r.failed, r.at = true, len(r.text) }

// peek is the next byte that is not white space, zero at the end.
func (r *quickReader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *quickReader) expect(word string) {
	r.peek()
	if end := r.at + len(word); end > len(r.text) || string(r.text[r.at:end]) != word {
		r.fail()
		return
	}
	r.at += len(word)
}

func (r *quickReader) colon() { r.expect(":") }

func (r *quickReader) null() bool {
	if r.peek() != 'n' {
		return false
	}
	r.expect("null")
	return true
}

// more goes to the next element of a list or an object, or past its end.
func (r *quickReader) more(first bool, end byte) bool {
	if r.peek() == end {
		r.at++
		return false
	}
	if !first {
		r.expect(",")
	}
	return !r.failed
}

// value reads a value that may have others in it, so many levels deep.
func (r *quickReader) value(levels int) any {
	switch c := r.peek(); c {
	case '"':
		return r.string()
	case '{':
		return r.object(levels)
	case '[':
		return r.list(levels)
	case 't':
		r.expect("true")
		return true
	case 'f':
		r.expect("false")
		return false
	case 'n':
		r.expect("null")
		return nil
	}
	return r.number()
}

func (r *quickReader) object(levels int) map[string]any {
	if r.expect("{"); levels == 0 {
		r.fail()
	}
	fields := map[string]any{}
	for first := true; r.more(first, '}'); first = false {
		name := r.string()
		r.colon()
		if _, twice := fields[name]; twice {
			r.fail()
		}
		fields[name] = r.value(levels - 1)
	}
	return fields
}

func (r *quickReader) list(levels int) []any {
	if r.expect("["); levels == 0 {
		r.fail()
	}
	elements := []any{}
	for first := true; r.more(first, ']'); first = false {
		elements = append(elements, r.value(levels-1))
	}
	return elements
}

func (r *quickReader) number() json.Number {
	start := r.at
	r.skip('-')
	if !r.skip('0') {
		r.digits()
	}
	if r.skip('.') {
		r.digits()
	}
	if r.skip('e') || r.skip('E') {
		if !r.skip('+') {
			r.skip('-')
		}
		r.digits()
	}
	return json.Number(r.text[start:r.at])
}

// skip goes past a byte if it is the very next.
func (r *quickReader) skip(c byte) bool {
	if r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *quickReader) digits() {
	start := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	if r.at == start {
		r.fail()
	}
}

func (r *quickReader) string() string {
	text, escaped := r.quoted()
	if escaped {
		return r.unescape(text)
	}
	return string(text)
}

// quoted is what stands between quotes, and whether there are escapes in it, which
// it does not look at.
func (r *quickReader) quoted() (text []byte, escaped bool) {
	r.expect(`"`)
	for i := r.at; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			text = r.text[r.at:i]
			r.at = i + 1
			return text, escaped
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			r.fail()
			return nil, false
		}
	}
	r.fail()
	return nil, false
}

func (r *quickReader) unescape(text []byte) string {
	const escapes, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	var space [1 << 10]byte // enough for most, and not on the heap
	out := space[:0]
	for i := bytes.IndexByte(text, '\\'); i >= 0; i = bytes.IndexByte(text, '\\') {
		out = append(out, text[:i]...)
		c := text[i+1] // there is one, for otherwise the quote was escaped
		text = text[i+2:]
		switch e := strings.IndexByte(escapes, c); {
		case e >= 0:
			out = append(out, meant[e])
		case c == 'u' && len(text) >= 4:
			code, err := strconv.ParseUint(string(text[:4]), 16, 16)
			if err != nil || utf16.IsSurrogate(rune(code)) { // half of a pair
				r.fail()
				return ""
			}
			out = utf8.AppendRune(out, rune(code))
			text = text[4:]
		default:
			r.fail()
			return ""
		}
	}
	return string(append(out, text...))
}
