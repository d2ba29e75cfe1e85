package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
)

// Bounds on JSON: how deeply values are nested, of which bundles need five, and how many
// objects there are, each of which takes many times its length in memory.
const (
	maxNesting = 100
	maxObjects = 1_000_000
)

// A jsonReader walks over JSON text (RFC 8259) and knows where it is. Unlike
// [json.Decoder] it tells the place of every value and of every error. After an
// error it stays at the end of the text, so that walks end.
type jsonReader struct {
	src   *source
	at    int
	depth int
	// objects are those begun so far.
	objects int
	err     *jsonError
}

type jsonError struct {
	at      int
	message string
}

func (r *jsonReader) fail(at int, message string) {
	if r.err == nil {
		r.err = &jsonError{at, message}
	}
	r.at = len(r.src.text)
}

// start is where the text begins.
func (r *jsonReader) start() int { return (&jsonReader{src: r.src}).peek() }

// peek moves to the next token and returns its offset.
func (r *jsonReader) peek() int {
	for r.at < len(r.src.text) {
		switch r.src.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
			continue
		}
		break
	}
	return r.at
}

// kind tells what comes next by its first byte, that of every number being 0; it
// is 0 at the end of the text.
func (r *jsonReader) kind() byte {
	at := r.peek()
	if at == len(r.src.text) {
		return 0
	}
	switch c := r.src.text[at]; {
	case c == '-' || '0' <= c && c <= '9':
		return '0'
	default:
		return c
	}
}

// value tells whether a value comes next, as far as its first byte shows.
func (r *jsonReader) value() bool {
	return bytes.IndexByte([]byte(`{["0tfn`), r.kind()) >= 0
}

// found names the value that comes next, for faults.
func (r *jsonReader) found() string {
	switch r.kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	case 0:
		return "the end of the file"
	default:
		return "something else"
	}
}

// accept moves past one byte if it comes next.
func (r *jsonReader) accept(c byte) bool {
	if at := r.peek(); at < len(r.src.text) && r.src.text[at] == c {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) unexpected(wanted string) {
	at := r.peek()
	if at == len(r.src.text) {
		r.fail(at, "the file ends where "+wanted+" should be")
		return
	}
	c := []rune(string(r.src.text[at:min(at+4, len(r.src.text))]))[0]
	r.fail(at, "this is not JSON: there is "+strconv.QuoteRune(c)+" where "+wanted+" should be")
}

// object walks over an object; each must read the value of the key, which stands
// at the given place.
func (r *jsonReader) object(each func(key string, at int)) {
	if !r.enter('{', "an object") {
		return
	}
	if r.objects++; r.objects > maxObjects {
		r.fail(r.at-1, fmt.Sprintf("there are more than %d objects", maxObjects))
		return
	}
	for n := 0; !r.accept('}') && r.err == nil; n++ {
		if n > 0 && !r.accept(',') {
			r.unexpected("a comma or the end of the object")
			return
		}
		at := r.peek()
		if r.kind() != '"' {
			r.unexpected("a key")
			return
		}
		key := r.text()
		if !r.accept(':') {
			r.unexpected("a colon")
			return
		}
		each(key, at)
	}
	r.depth--
}

// array walks over an array; each must read the element, which stands at the
// given place.
func (r *jsonReader) array(each func(at int)) {
	if !r.enter('[', "a list") {
		return
	}
	for n := 0; !r.accept(']') && r.err == nil; n++ {
		if n > 0 && !r.accept(',') {
			r.unexpected("a comma or the end of the list")
			return
		}
		each(r.peek())
	}
	r.depth--
}

func (r *jsonReader) enter(bracket byte, what string) bool {
	if !r.accept(bracket) {
		r.unexpected(what)
		return false
	}
	if r.depth++; r.depth > maxNesting {
		r.fail(r.at-1, "values are nested too deeply")
		return false
	}
	return true
}

// text reads a string.
func (r *jsonReader) text() string {
	start := r.peek()
	if !r.accept('"') {
		r.unexpected("a text")
		return ""
	}
	b := r.src.text
	escaped := false
	for i := r.at; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			r.at = i + 1
			if !escaped {
				return string(b[start+1 : i])
			}
			var s string
			if json.Unmarshal(b[start:r.at], &s) != nil {
				r.fail(start, "this is not JSON: the text has an escape that is none")
			}
			return s
		case c == '\\':
			escaped = true
			i++
		case c == '\n':
			r.fail(i, "this is not JSON: the text does not end on its line; write line breaks as \\n")
			return ""
		case c < ' ':
			r.fail(i, "this is not JSON: there is a control character in the text; write it as \\u00"+strconv.FormatInt(int64(c)+0x100, 16)[1:])
			return ""
		}
	}
	r.fail(start, "this is not JSON: the text does not end")
	return ""
}

// number reads a number.
func (r *jsonReader) number() string {
	start := r.peek()
	b := r.src.text
	end := start
	for end < len(b) && bytes.IndexByte([]byte("+-.0123456789eE"), b[end]) >= 0 {
		end++
	}
	if end == start || !json.Valid(b[start:end]) {
		r.unexpected("a number")
		return ""
	}
	r.at = end
	return string(b[start:end])
}

// skip passes over any value.
func (r *jsonReader) skip() {
	switch r.kind() {
	case '{':
		r.object(func(string, int) { r.skip() })
	case '[':
		r.array(func(int) { r.skip() })
	case '"':
		r.text()
	case '0':
		r.number()
	default:
		for _, word := range []string{"true", "false", "null"} {
			if bytes.HasPrefix(r.src.text[r.at:], []byte(word)) {
				r.at += len(word)
				return
			}
		}
		r.unexpected("a value")
	}
}

// unpaired tells whether a string, as it stands in the text, has an escaped half
// of a surrogate pair without the other.
func unpaired(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		r := escape(raw[i-1:])
		if !utf16.IsSurrogate(r) {
			continue
		}
		if utf16.DecodeRune(r, escape(raw[min(i+5, len(raw)):])) == '\ufffd' {
			return true
		}
		i += 6
	}
	return false
}

// escape is the value of the \uXXXX at the start of raw, or -1.
func escape(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}
