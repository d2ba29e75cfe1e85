// Package search is an inverted index of texts in memory: it ranks documents by how
// well they answer a query, forgives unfinished and misspelt words, and marks what
// it found. It owns words and their places, not the texts, which stay with whoever
// has them.
//
// An [Index] is immutable, and safe for concurrent use. [Index.With] makes the next
// one, which shares all with the one before but a small segment with what is new.
// Segments are merged as they come to be of like size, as in a log-structured merge
// tree (O'Neil et al., The Log-Structured Merge-Tree, Acta Informatica 33, 1996), so
// that a document is written O(log n) times again, never read again.
//
// What an index answers depends on the documents it has and not on how they came
// there: counts and average lengths are those of the documents that are live.
package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Class says what a text is to its document, and with that how much it counts.
type Class uint8

// The classes of texts.
const (
	// Code is a code or address that names the document. A query that equals it as
	// a whole finds the document first. Of an address only the end of its path is
	// found by word, or all would be found by what they have in common.
	Code Class = iota
	Name
	Synonym
	Body

	classes = 4
)

// Classes is a set of classes, with the bit 1 << c for the class c.
type Classes uint8

// Has reports whether a class is in the set.
func (s Classes) Has(c Class) bool { return s>>c&1 == 1 }

// A Field is one text of a document. Phrases do not reach from one into another.
type Field struct {
	Class Class
	Text  string
}

// A Document is what is found as one.
type Document struct {
	// ID is unique in an index. It is kept as it is, and breaks ties.
	ID string
	// Group is a number below [MaxGroups] by which queries are narrowed.
	Group  uint8
	Fields []Field
}

// MaxGroups is how many groups of documents there may be.
const MaxGroups = 64

// An Index finds documents by their words. The zero value has none. Its texts
// together may have up to 4 GiB of postings.
type Index struct {
	parts []part // from large to small
	live  int    // documents
	// words and filled are the words in each class, and the documents that have any.
	words, filled [classes]int
}

// Len is how many documents there are.
func (x *Index) Len() int { return x.live }

// With returns an index in which documents are added, or replaced when there are
// some of their ids, after those of the ids removed are taken out; ids that are not
// there are passed over. Of several documents with one id the last counts. x stays
// as it is. It panics on a class or group that does not exist.
//
// The cost is that of the new documents and of merging. One document of 3 KB among
// 14,000 takes 0.3 ms on average, and some 20 ms the rare times when all segments are
// merged; all 14,000 take half a second.
func (x *Index) With(docs []Document, removed []string) *Index {
	docs = inOrder(docs)
	next := &Index{parts: slices.Clone(x.parts), live: x.live, words: x.words, filled: x.filled}
	owned := make([]bool, len(next.parts))
	for _, id := range removed {
		next.remove(id, owned)
	}
	for _, d := range docs {
		next.remove(d.ID, owned)
	}
	next.parts = slices.DeleteFunc(next.parts, func(p part) bool { return p.live == 0 })
	for i, p := range next.parts {
		if p.live < len(p.ids)/2 {
			next.parts[i] = newPart(merge([]part{p}))
		}
	}
	slices.SortStableFunc(next.parts, func(a, b part) int { return cmp.Compare(b.live, a.live) })
	if len(docs) > 0 {
		next.add(build(docs))
	}
	return next
}

// Many documents are indexed in two shares at the same time, which takes a little more
// than half the time.
const (
	shares       = 2
	leastInShare = 1_000 // documents
)

// build indexes documents, which are in the order of their ids.
func build(docs []Document) []part {
	n := min(shares, max(1, len(docs)/leastInShare))
	parts := make([]part, n)
	var wait sync.WaitGroup
	for i := range parts {
		share := docs[i*len(docs)/n : (i+1)*len(docs)/n]
		wait.Go(func() { parts[i] = newPart(newSegment(share)) })
	}
	wait.Wait()
	return parts
}

// inOrder sorts documents by id, the last of each.
func inOrder(docs []Document) []Document {
	for _, d := range docs {
		if d.Group >= MaxGroups {
			panic(fmt.Sprintf("search: document %s is of group %d", d.ID, d.Group))
		}
		for _, f := range d.Fields {
			if f.Class >= classes {
				panic(fmt.Sprintf("search: document %s has a text of class %d", d.ID, f.Class))
			}
		}
	}
	docs = slices.Clone(docs)
	slices.Reverse(docs)
	slices.SortStableFunc(docs, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(docs, func(a, b Document) bool { return a.ID == b.ID })
}

// remove marks a document as dead. The sets of the parts that are owned may be
// modified.
func (x *Index) remove(id string, owned []bool) {
	for i := range x.parts {
		p := &x.parts[i]
		doc, ok := p.number(id)
		if !ok {
			continue
		}
		if p.dead == nil {
			p.dead = newBitset(len(p.ids))
		} else if !owned[i] {
			p.dead = slices.Clone(p.dead)
		}
		owned[i] = true
		p.dead.add(doc)
		p.live--
		x.tally(p.lengths[doc], -1)
		return
	}
}

// growth is by how much a segment is larger than the next smaller at least.
const growth = 4

// add appends parts as one, merged with those that are not much larger.
func (x *Index) add(merging []part) {
	size := 0
	for _, p := range merging {
		size += p.live
		for _, length := range p.lengths {
			x.tally(length, 1)
		}
	}
	for n := len(x.parts); n > 0 && x.parts[n-1].live < growth*size; n-- {
		merging = append(merging, x.parts[n-1])
		size += x.parts[n-1].live
		x.parts = x.parts[:n-1]
	}
	if len(merging) > 1 {
		merging[0] = newPart(merge(merging))
	}
	x.parts = append(x.parts, merging[0])
}

// tally adds a document of these lengths, or takes it away.
func (x *Index) tally(length counts, sign int) {
	x.live += sign
	for class, n := range length {
		x.words[class] += sign * int(n)
		if n > 0 {
			x.filled[class] += sign
		}
	}
}

func newPart(g *segment) part { return part{segment: g, live: len(g.ids)} }
