package search

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"unicode/utf8"
)

// A Span is a part of a text, in bytes; both ends are between characters.
type Span struct{ From, To int }

// A Fragment is a part of a text around what was found.
type Fragment struct {
	Span
	// Marks are what was found, in order and apart, as parts of the whole text.
	Marks []Span
}

// A Marker finds the words of a query in texts, as they were found in the index:
// unfinished and misspelt ones too. The zero value finds nothing. It is safe for
// concurrent use.
type Marker struct {
	words []marked
}

// A marked is a word, or a phrase whose other words are the head.
type marked struct {
	head  []string
	terms []string // sorted
}

func newMarker(words []*sought) Marker {
	var m Marker
	for _, w := range words {
		if w.n == 0 {
			continue
		}
		terms := make([]string, len(w.terms))
		for i, e := range w.terms {
			terms[i] = e.term
		}
		m.words = append(m.words, marked{w.head, terms})
	}
	return m
}

// A mark is where a word of the query is.
type mark struct {
	Span
	word int
}

// find returns where the words are, in the order in which they end.
func (m Marker) find(text string) []mark {
	if len(m.words) == 0 {
		return nil
	}
	longest := 1
	for _, w := range m.words {
		longest = max(longest, len(w.head)+1)
	}
	type read struct {
		Span
		word, sign []byte
	}
	recent := make([]read, longest) // the last words, each at its number modulo longest
	var found []mark
	s := newScanner(text)
	for n := 0; s.next(); n++ {
		now := &recent[n%longest]
		now.Span = Span{s.from, s.to}
		now.word, now.sign = append(now.word[:0], s.word...), append(now.sign[:0], s.sign...)
		for i, w := range m.words {
			if n < len(w.head) || !w.has(s.word) && !(len(s.sign) > 0 && w.has(s.sign)) {
				continue
			}
			from, all := s.from, true
			for k, h := range w.head {
				r := &recent[(n-len(w.head)+k)%longest]
				if string(r.word) != h && string(r.sign) != h {
					all = false
					break
				}
				if k == 0 {
					from = r.From
				}
			}
			if all {
				found = append(found, mark{Span{from, s.to}, i})
			}
		}
	}
	return found
}

func (w marked) has(term []byte) bool {
	i := sort.Search(len(w.terms), func(i int) bool { return w.terms[i] >= string(term) })
	return i < len(w.terms) && w.terms[i] == string(term)
}

// Mark returns where a text has words of the query, in order and apart.
func (m Marker) Mark(text string) []Span { return joined(m.find(text)) }

// joined sorts marks, and unites those that overlap or touch.
func joined(marks []mark) []Span {
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Compare(a.From, b.From) })
	var list []Span
	for _, m := range marks {
		if n := len(list); n > 0 && m.From <= list[n-1].To {
			list[n-1].To = max(list[n-1].To, m.To)
		} else {
			list = append(list, m.Span)
		}
	}
	return list
}

// Fragment returns a part of a text of at most about size characters that has most
// of the words of the query, and of equal parts the one that has most marks, then
// the first. It reports false when the text has none of the words. It begins and
// ends between words where it can, and a single mark may exceed the size.
func (m Marker) Fragment(text string, size int) (Fragment, bool) {
	marks := m.find(text)
	if len(marks) == 0 {
		return Fragment{}, false
	}
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	best, most, many := Span{}, -1, 0
	for i, first := range marks {
		end := max(first.To, first.From+len(cutRunes(text[first.From:], size)))
		if i > 0 && first.From == marks[i-1].From {
			continue
		}
		words, n, to := uint64(0), 0, first.To
		for _, k := range marks[i:] {
			if k.From >= end {
				break
			}
			if k.To <= end {
				words |= 1 << k.word
				n++
				to = max(to, k.To)
			}
		}
		if w := bits.OnesCount64(words); w > most || w == most && n > many {
			best, most, many = Span{first.From, to}, w, n
		}
	}
	f := Fragment{Span: around(text, best, size)}
	f.Marks = joined(slices.DeleteFunc(marks, func(k mark) bool { return k.From < f.From || k.To > f.To }))
	return f, true
}

// around widens a span to about size characters, a third of them in front, and then
// narrows it to whole words.
func around(text string, s Span, size int) Span {
	room := max(0, size-utf8.RuneCountInString(text[s.From:s.To]))
	from := s.From
	for n := room / 3; n > 0 && from > 0; n-- {
		_, k := utf8.DecodeLastRuneInString(text[:from])
		from -= k
		room--
	}
	to := s.To + len(cutRunes(text[s.To:], room))
	if to == len(text) {
		// What is not needed behind is shown in front.
		for n := size - utf8.RuneCountInString(text[from:to]); n > 0 && from > 0; n-- {
			_, k := utf8.DecodeLastRuneInString(text[:from])
			from -= k
		}
	}
	return Span{wordStart(text, from, s.From), wordEnd(text, s.To, to)}
}

// wordStart is the first place from from on, and not after limit, where a word begins.
func wordStart(text string, from, limit int) int {
	for i := from; i > 0 && i < limit; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if startsWord(r) && parts(text, i) {
			return i
		}
		i += n
	}
	if from == 0 {
		return 0
	}
	return limit
}

// wordEnd is the last place up to to, and not before limit, where a word or the text
// ends.
func wordEnd(text string, limit, to int) int {
	for i := to; i > limit && i < len(text); {
		r, n := utf8.DecodeLastRuneInString(text[:i])
		if continuesWord(r) && parts(text, i) {
			return i
		}
		i -= n
	}
	if to == len(text) {
		return to
	}
	return limit
}

// parts reports whether no word reaches over a place within a text.
func parts(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	r, _ := utf8.DecodeRuneInString(text[i:])
	return !continuesWord(before) || !continuesWord(r) || startsWord(r) && unspaced(r)
}
