package search

import (
	"cmp"
	"slices"
	"strings"
)

// maxPrefix is how many terms an unfinished word stands for, besides itself and its
// plural: those that most documents have.
const maxPrefix = 48

// An expansion is a term that a word of a query stands for.
type expansion struct {
	term   string
	at     []int32 // its number in each part, or -1
	factor float64
	near   bool // it is not what was written
	df     int  // how many documents have it, where that was asked
}

func byTerm(a, b expansion) int { return strings.Compare(a.term, b.term) }

// look finds a term. It reports false when no live document has it.
func (x *Index) look(term string, factor float64) (expansion, bool) {
	e := expansion{term: term, at: make([]int32, len(x.parts)), factor: factor}
	some := false
	for i, p := range x.parts {
		k := p.find(term)
		e.at[i] = int32(k)
		some = some || k >= 0 && p.liveDF(k, 1) > 0
	}
	return e, some
}

// count finds a term, and how many documents have it.
func (x *Index) count(term string, factor float64) (expansion, bool) {
	e, some := x.look(term, factor)
	for i, p := range x.parts {
		if some && e.at[i] >= 0 {
			e.df += p.liveDF(int(e.at[i]), len(p.ids))
		}
	}
	return e, some
}

// expand returns what a word stands for, by term: itself, and, unless it is taken as
// it is, its plural or singular; when it is open also what begins with it.
func (x *Index) expand(word string, quoted, open bool) []expansion {
	var found []expansion
	if e, ok := x.look(word, 1); ok {
		found = append(found, e)
	}
	if !quoted {
		for _, v := range variants(word) {
			if e, ok := x.look(v, pluralFactor); ok {
				found = append(found, e)
			}
		}
	}
	if open {
		found = x.complete(word, found)
	}
	slices.SortFunc(found, byTerm)
	return found
}

// variants are the plurals and singulars a word may have by the rules of English
// spelling. Not all are words; those that no text has are found nowhere. (This is
// less than a stemmer does, and does not confuse words: universe stays apart from
// university.)
func variants(word string) []string {
	n := len(word)
	if n < 3 {
		return nil
	}
	for _, c := range []byte(word) {
		if c < 'a' || c > 'z' {
			return nil
		}
	}
	hisses := func(s string) bool {
		for _, end := range []string{"s", "x", "z", "ch", "sh"} {
			if strings.HasSuffix(s, end) {
				return true
			}
		}
		return false
	}
	var list []string
	// plurals
	switch {
	case strings.HasSuffix(word, "sis"):
		list = append(list, word[:n-2]+"es") // analysis
	case hisses(word):
		list = append(list, word+"es")
	case word[n-1] == 'y' && !strings.ContainsRune("aeiou", rune(word[n-2])):
		list = append(list, word[:n-1]+"ies")
	default:
		list = append(list, word+"s")
	}
	// singulars
	if n < 4 || word[n-1] != 's' {
		return list
	}
	if strings.HasSuffix(word, "ies") && n > 4 {
		list = append(list, word[:n-3]+"y")
	}
	if strings.HasSuffix(word, "ses") && n > 4 {
		list = append(list, word[:n-2]+"is") // analyses
	}
	if strings.HasSuffix(word, "es") && hisses(word[:n-2]) {
		list = append(list, word[:n-2])
	}
	if word[n-2] != 's' {
		list = append(list, word[:n-1])
	}
	return list
}

// complete appends the terms with a prefix that most documents have, without those
// that were found already.
func (x *Index) complete(prefix string, found []expansion) []expansion {
	type candidate struct {
		term  string
		bound int // no fewer documents have it
	}
	order := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.bound, a.bound), strings.Compare(a.term, b.term))
	}
	var list []candidate
	known := len(found)
	at := make([]int, len(x.parts))
	for i, p := range x.parts {
		at[i] = p.search(prefix)
	}
	for {
		next, n := "", 0
		for i, p := range x.parts {
			if at[i] == len(p.df) {
				continue
			}
			switch t := p.term(at[i]); {
			case !strings.HasPrefix(t, prefix):
			case n == 0 || t < next:
				next, n = t, int(p.df[at[i]])
			case t == next:
				n += int(p.df[at[i]])
			}
		}
		if n == 0 {
			break
		}
		for i, p := range x.parts {
			if at[i] < len(p.df) && p.term(at[i]) == next {
				at[i]++
			}
		}
		if !slices.ContainsFunc(found[:known], func(e expansion) bool { return e.term == next }) {
			list = append(list, candidate{next, n})
		}
	}
	h := newHeap(list, func(a, b candidate) bool { return order(a, b) < 0 })
	// Documents that are dead count in the bounds. A term is counted when its bound
	// is the greatest, and taken when its count is.
	var counted []expansion
	byDF := func(a, b expansion) bool {
		return a.df > b.df || a.df == b.df && a.term < b.term
	}
	c := newHeap(counted, byDF)
	for len(found)-known < maxPrefix {
		for len(h.items) > 0 && (len(c.items) == 0 || h.items[0].bound > c.items[0].df ||
			h.items[0].bound == c.items[0].df && h.items[0].term < c.items[0].term) {
			if e, ok := x.count(h.pop().term, prefixFactor); ok {
				c.push(e)
			}
		}
		if len(c.items) == 0 {
			break
		}
		found = append(found, c.pop())
	}
	return found
}
