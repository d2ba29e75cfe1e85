package search

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
	"strings"
)

// A segment is an inverted index of some documents. It is never modified.
type segment struct {
	ids     []string // ascending; the number of a document is its index
	groups  []uint8
	lengths []counts // in words

	terms     string   // sorted, one after the other
	termEnds  []uint32 // where each ends; so of the following
	docs      []byte   // postings, see posting.go
	docEnds   []uint32
	places    []byte
	placeEnds []uint32
	df        []uint32 // how many documents have each term
}

func (g *segment) term(i int) string {
	if i == 0 {
		return g.terms[:g.termEnds[0]]
	}
	return g.terms[g.termEnds[i-1]:g.termEnds[i]]
}

// search finds the first term that is not less.
func (g *segment) search(term string) int {
	return sort.Search(len(g.termEnds), func(i int) bool { return g.term(i) >= term })
}

// find returns the number of a term, or -1.
func (g *segment) find(term string) int {
	if i := g.search(term); i < len(g.termEnds) && g.term(i) == term {
		return i
	}
	return -1
}

// past is the first term from i on that does not begin with the first n bytes of
// term i. It looks near first.
func (g *segment) past(i, n int) int {
	prefix := g.term(i)[:n]
	step := 1
	for i+step < len(g.termEnds) && strings.HasPrefix(g.term(i+step), prefix) {
		i += step
		step *= 2
	}
	rest := min(step, len(g.termEnds)-i)
	return i + sort.Search(rest, func(k int) bool { return !strings.HasPrefix(g.term(i+k), prefix) })
}

func (g *segment) cursor(term int) cursor {
	var doc, place uint32
	if term > 0 {
		doc, place = g.docEnds[term-1], g.placeEnds[term-1]
	}
	return cursor{docs: g.docs[doc:g.docEnds[term]], places: g.places[place:g.placeEnds[term]], doc: ^uint32(0)}
}

// having adds the documents that have a term. (A cursor would do, in twice the time.)
func (g *segment) having(term int, set bitset) {
	b := g.cursor(term).docs
	doc := ^uint32(0)
	for i := 0; i < len(b); {
		v, n := uint32(b[i]), 1
		if v >= 0x80 {
			v, n = long(b[i:])
		}
		i += n
		doc += v>>1 + 1
		set.add(doc)
		if v&1 == 1 {
			continue
		}
		m := b[i]
		i++
		if m>>4 == 0 {
			for left := bits.OnesCount8(m); left > 0; i++ {
				if b[i] < 0x80 {
					left--
				}
			}
		}
	}
}

// A segmentWriter takes the terms of a segment in ascending order, and for each its
// postings.
type segmentWriter struct {
	*segment
	vocabulary strings.Builder
}

// end closes a term, whose postings were appended to docs and places.
func (w *segmentWriter) end(term string, df uint32) {
	w.vocabulary.WriteString(term)
	w.termEnds = append(w.termEnds, uint32(w.vocabulary.Len()))
	w.docEnds = append(w.docEnds, uint32(len(w.docs)))
	w.placeEnds = append(w.placeEnds, uint32(len(w.places)))
	w.df = append(w.df, df)
}

// close gives back what was reserved in vain.
func (w *segmentWriter) close() *segment {
	w.terms = strings.Clone(w.vocabulary.String())
	w.termEnds, w.docEnds = slices.Clone(w.termEnds), slices.Clone(w.docEnds)
	w.placeEnds, w.df = slices.Clone(w.placeEnds), slices.Clone(w.df)
	w.docs, w.places = slices.Clone(w.docs), slices.Clone(w.places)
	return w.segment
}

// What begins the terms that are whole codes and names, and what terms that are
// words are not less than.
const (
	codePrefix = "\x00"
	namePrefix = "\x01"
	firstWord  = "\x02"
)

// codeTerm is the term for a whole code, or empty when it can't be one.
func codeTerm(code string) string {
	code = strings.TrimSpace(code)
	if code == "" || len(code) > MaxText {
		return ""
	}
	folded, _ := appendFolded([]byte(codePrefix), nil, code)
	return string(folded)
}

// nameTerm is the term for a whole name: its words. It is empty when there are none,
// or when no query can be as long.
func nameTerm(name string) string {
	if len(name) > MaxText {
		return ""
	}
	var b strings.Builder
	for s := newScanner(name); s.next(); {
		if b.Len() == 0 {
			b.WriteString(namePrefix)
		} else {
			b.WriteByte(' ')
		}
		if len(s.sign) > 0 && !(s.leading && s.tight) {
			b.Write(s.sign)
		} else {
			b.Write(s.word)
		}
	}
	return b.String()
}

// ownPart is the part of a code that is not the same in all others: of an address
// the end of its path. As a whole it is found by its term.
func ownPart(code string) string {
	if !strings.Contains(code, "://") {
		return code
	}
	code = strings.TrimRight(code, "/")
	return code[strings.LastIndexAny(code, "/#")+1:]
}

// A builder makes a segment of documents.
type builder struct {
	numbers map[string]uint32 // of terms, in the order in which they come
	lists   []list
	length  counts // of the document under way
}

// A list is the postings of a term under construction.
type list struct {
	docs, places []byte
	last         uint32 // the document before the current one, plus one
	doc          uint32 // the current one, plus one
	n            counts
	place        uint32 // of the last word, in the class under way
	df           uint32
}

// newSegment indexes documents, which are in the order of their ids.
func newSegment(docs []Document) *segment {
	b := &builder{numbers: map[string]uint32{}}
	g := &segment{
		ids: make([]string, len(docs)), groups: make([]uint8, len(docs)), lengths: make([]counts, len(docs)),
	}
	var s scanner
	for i, d := range docs {
		g.ids[i], g.groups[i] = d.ID, d.Group
		b.length = counts{}
		for class := range Class(classes) {
			b.add(uint32(i), class, d.Fields, &s)
		}
		g.lengths[i] = b.length
	}
	return b.write(g)
}

// add indexes the texts of one class. There is a gap between texts, so that no
// phrase reaches from one into the next.
func (b *builder) add(doc uint32, class Class, fields []Field, s *scanner) {
	place := uint32(0)
	for _, f := range fields {
		if f.Class != class {
			continue
		}
		s.text, s.at, s.to = f.Text, 0, 0
		if class == Code {
			s.text = ownPart(f.Text)
		}
		for s.next() {
			b.place(s.word, doc, class, place)
			if len(s.sign) > 0 {
				b.place(s.sign, doc, class, place)
			}
			place++
			b.length[class]++
		}
		place++
		whole := ""
		switch class {
		case Code:
			whole = codeTerm(f.Text)
		case Name:
			whole = nameTerm(f.Text)
		}
		if whole != "" {
			b.place([]byte(whole), doc, class, place-1)
		}
	}
}

// place notes a term at a place of the class and document under way.
func (b *builder) place(term []byte, doc uint32, class Class, place uint32) {
	number, ok := b.numbers[string(term)]
	if !ok {
		number = uint32(len(b.lists))
		b.numbers[string(term)] = number
		b.lists = append(b.lists, list{})
	}
	l := &b.lists[number]
	if l.doc != doc+1 {
		l.flush()
		l.doc = doc + 1
	}
	if l.n[class] == 0 {
		l.place = 0
	}
	l.n[class]++
	l.places = binary.AppendUvarint(l.places, uint64(place-l.place))
	l.place = place
}

// flush appends the posting of the current document.
func (l *list) flush() {
	if l.doc == 0 {
		return
	}
	l.docs = appendPosting(l.docs, l.doc-l.last, &l.n)
	l.last = l.doc
	l.n = counts{}
	l.df++
}

// write puts the lists together, by term.
func (b *builder) write(g *segment) *segment {
	terms := make([]string, 0, len(b.numbers))
	for term := range b.numbers {
		terms = append(terms, term)
	}
	slices.Sort(terms)
	var docs, places int
	for i := range b.lists {
		b.lists[i].flush()
		docs += len(b.lists[i].docs)
		places += len(b.lists[i].places)
	}
	g.docs, g.places = make([]byte, 0, docs), make([]byte, 0, places)
	w := &segmentWriter{segment: g}
	for _, term := range terms {
		l := &b.lists[b.numbers[term]]
		g.docs = append(g.docs, l.docs...)
		g.places = append(g.places, l.places...)
		w.end(term, l.df)
	}
	return w.close()
}

// A part is a segment in an index, less the documents that were removed or
// replaced since.
type part struct {
	*segment
	dead bitset // nil when none is
	live int
}

// number finds the document of an id, unless it is dead.
func (p part) number(id string) (uint32, bool) {
	i, ok := slices.BinarySearch(p.ids, id)
	return uint32(i), ok && !p.dead.has(uint32(i))
}

// liveDF is how many documents that are not dead have a term. It may stop counting
// at most.
func (p part) liveDF(term, most int) int {
	if p.dead == nil {
		return int(p.df[term])
	}
	n := 0
	for c := p.cursor(term); n < most && c.next(); {
		if !p.dead.has(c.doc) {
			n++
		}
	}
	return n
}

// merge makes one segment of several, without what is dead, from their postings.
func merge(parts []part) *segment {
	type source struct {
		part int
		doc  uint32
	}
	var sources []source
	for i, p := range parts {
		for doc := range p.ids {
			if !p.dead.has(uint32(doc)) {
				sources = append(sources, source{i, uint32(doc)})
			}
		}
	}
	slices.SortFunc(sources, func(a, b source) int {
		return strings.Compare(parts[a.part].ids[a.doc], parts[b.part].ids[b.doc])
	})
	n := len(sources)
	w := &segmentWriter{segment: &segment{
		ids: make([]string, n), groups: make([]uint8, n), lengths: make([]counts, n),
	}}
	numbers := make([][]uint32, len(parts)) // of documents in the new segment, counted from 1
	docs, places, terms := 0, 0, 0
	for i, p := range parts {
		numbers[i] = make([]uint32, len(p.ids))
		docs, places, terms = docs+len(p.docs), places+len(p.places), max(terms, len(p.df))
	}
	for i, s := range sources {
		p := parts[s.part]
		w.ids[i], w.groups[i], w.lengths[i] = p.ids[s.doc], p.groups[s.doc], p.lengths[s.doc]
		numbers[s.part][s.doc] = uint32(i) + 1
	}
	w.docs, w.places = make([]byte, 0, docs), make([]byte, 0, places)
	m := merger{segmentWriter: w, numbers: numbers}
	at := make([]int, len(parts))
	for {
		term, some := "", false
		for i, p := range parts {
			if at[i] < len(p.df) {
				if t := p.term(at[i]); !some || t < term {
					term, some = t, true
				}
			}
		}
		if !some {
			return w.close()
		}
		for i, p := range parts {
			if at[i] < len(p.df) && p.term(at[i]) == term {
				m.add(i, p.cursor(at[i]))
				at[i]++
			}
		}
		m.finish(term)
	}
}

// A merger merges the postings of a term from several parts.
type merger struct {
	*segmentWriter
	numbers [][]uint32
	streams []stream
}

// A stream is the postings of the term in one part.
type stream struct {
	cursor
	numbers []uint32
	number  uint32 // of the current document in the new segment, counted from 1
	current []byte // the places there
}

// add adds the postings of the term in a part.
func (m *merger) add(part int, c cursor) {
	s := stream{cursor: c, numbers: m.numbers[part]}
	if s.advance() {
		m.streams = append(m.streams, s)
	}
}

// advance goes to the next document that is not dead.
func (s *stream) advance() bool {
	for s.next() {
		s.current = s.take(s.n.sum())
		if s.number = s.numbers[s.doc]; s.number > 0 {
			return true
		}
	}
	return false
}

// finish merges what was added, and closes the term, unless nothing of it lives.
func (m *merger) finish(term string) {
	last, df := uint32(0), uint32(0)
	for len(m.streams) > 0 {
		least := 0
		for i := range m.streams {
			if m.streams[i].number < m.streams[least].number {
				least = i
			}
		}
		s := &m.streams[least]
		m.docs = appendPosting(m.docs, s.number-last, &s.n)
		m.places = append(m.places, s.current...)
		last = s.number
		df++
		if !s.advance() {
			m.streams = slices.Delete(m.streams, least, least+1)
		}
	}
	if df > 0 {
		m.end(term, df)
	}
}
