package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Bounds of a query, beyond which it is refused.
const (
	MaxText  = 1_000 // bytes
	MaxWords = 32
)

// A Query says what is looked for.
//
// All words of the text are looked for; only when no document has all of them those
// that have some are found. The last word may be unfinished, unless a blank follows
// it: what begins with it counts too. Words find their English plurals and
// singulars. Words within double quotes are a phrase: they stand next to each other,
// as they are, and a quote that isn't closed goes to the end. So are words that no
// blank or comma parts, such as ITOP_5 or example.org. A word of four or more
// letters, that fewer than three documents have, finds words that are one slip away,
// one of eight or more letters two: a letter missing, added or changed, or two
// swapped; but nothing is guessed when the text is a document's code or name. There
// are no other signs to learn.
type Query struct {
	Text string
	// Groups narrows to documents of the groups whose bits 1 << group are set; 0
	// means all.
	Groups uint64
	// All leaves out what has only some of the words.
	All bool
	// Limit is how many hits are wanted. The others are only counted.
	Limit int
	// After and Before narrow to the hits ranked after or before these; Last takes
	// those furthest down the order instead of those at the top.
	After, Before *Rank
	Last          bool
}

// A form is a word as the scanner reads it.
type form struct {
	word string
	sign string // or empty
}

// A wording is a part of a query that is found or not: one word, or several next to
// each other.
type wording struct {
	forms  []form
	quoted bool // as they are
	open   bool // the last word may be unfinished
}

func (w wording) equal(o wording) bool {
	return slices.Equal(w.forms, o.forms) && w.quoted == o.quoted && w.open == o.open
}

// parse reads the text of a query.
func parse(text string) ([]wording, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("the text is %d bytes long; at most %d are allowed", len(text), MaxText)
	}
	var list []wording
	words := 0
	runs := strings.Split(text, `"`)
	for i, run := range runs {
		quoted := i%2 == 1
		first := len(list)
		s := newScanner(run)
		for s.next() {
			f := form{word: string(s.word)}
			if !s.leading || !s.tight {
				f.sign = string(s.sign)
			}
			if n := len(list); n > first && (quoted || s.tight) {
				list[n-1].forms = append(list[n-1].forms, f)
			} else {
				list = append(list, wording{forms: []form{f}, quoted: quoted})
			}
			words++
		}
		if i == len(runs)-1 && len(list) > first && s.to == len(run) {
			list[len(list)-1].open = true
		}
	}
	if words > MaxWords {
		return nil, fmt.Errorf("the text has %d words; at most %d are allowed", words, MaxWords)
	}
	var distinct []wording
	for _, w := range list {
		if !slices.ContainsFunc(distinct, w.equal) {
			distinct = append(distinct, w)
		}
	}
	return distinct, nil
}

// A Match says how a document answers a query. Greater is better.
type Match uint8

// How a document may answer a query.
const (
	// Some of the words are found; no document has all of them.
	Some Match = iota
	// Near means that all words are found, but not all as they are written.
	Near
	// All words are found.
	All
	// Named means that the words of the query are the document's name.
	Named
	// Exact means that the text of the query is the document's code.
	Exact
)

// A Rank is a hit's place in the order of hits: by match, score and ID.
type Rank struct {
	Match Match
	// Score is greater than zero but for exact matches. It compares hits of one
	// query on one index only.
	Score float64
	ID    string
}

// Compare is negative when a comes before b.
func (a Rank) Compare(b Rank) int {
	return cmp.Or(-cmp.Compare(a.Match, b.Match), -cmp.Compare(a.Score, b.Score), cmp.Compare(a.ID, b.ID))
}

func (a Rank) before(b Rank) bool { return a.Compare(b) < 0 }

// A Hit is a document that was found.
type Hit struct {
	Rank
	// In are the classes of texts in which words of the query are.
	In Classes
}

// Results are what a query found.
type Results struct {
	// Hits are in order, best first.
	Hits []Hit
	// Total is how many there are altogether, and Before how many of them come
	// before the first of Hits.
	Total, Before int
	// Marker marks what was found in the texts of the hits.
	Marker Marker
}

// Constants of the ranking. The words of a text count by BM25F (Robertson and
// Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, Foundations and
// Trends in Information Retrieval 3(4), 2009, §3.6): for each word w of the query
//
//	n(c)  = Σ over terms t of w: factor(t) · count(t, c)
//	tf    = Σ over classes c: weight(c) · n(c) / (1 - b(c) + b(c) · length(c) / average(c))
//	score = Σ over words w: ln(1 + (N - n + ½) / (n + ½)) · tf / (k1 + tf)
//
// where the terms of a word are itself, with factor 1, and what else it finds, n is
// how many documents have any of them, N how many there are, and average is over
// those that have a text of the class. A phrase is a word whose count is that of
// its occurrences.
const (
	saturation = 1.2 // k1

	pluralFactor = 0.8  // plurals and singulars
	prefixFactor = 0.25 // what begins with an unfinished word
	typoFactor   = 0.5  // what is a slip away; such hits rank below anyway
)

var (
	weights     = [classes]float64{Code: 8, Name: 5, Synonym: 3, Body: 1}
	lengthNorms = [classes]float64{Code: 0, Name: 0.5, Synonym: 0.5, Body: 0.75} // b
)

// rarity is the weight of a word that n of all documents have.
func rarity(n, all int) float64 {
	return math.Log(1 + (float64(all-n)+0.5)/(float64(n)+0.5))
}
