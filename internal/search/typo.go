package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxTypos is how many terms a misspelt word stands for, and few is how many
	// documents keep a word from being taken for one.
	maxTypos = 16
	few      = 3
	// oneSlip and twoSlips are how many letters a word must have.
	oneSlip, twoSlips = 4, 8
)

// typos returns the terms that are the fewest slips away from a word, by term, and
// of too many those that most documents have. Slips are those of Damerau (A technique
// for computer detection and correction of spelling errors, CACM 7(3), 1964), and
// nothing is changed between letters that were swapped (optimal string alignment).
func (x *Index) typos(word string, known []expansion) []expansion {
	letters := []rune(word)
	slips := 1
	switch n := len(letters); {
	case n < oneSlip || len(word) == maxTerm:
		return nil
	case n >= twoSlips:
		slips = 2
	}
	for _, r := range letters {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return nil
		}
	}
	nearest := map[string]int{}
	for _, p := range x.parts {
		p.similar(letters, slips, func(term string, distance int) { nearest[term] = distance })
	}
	var found []expansion
	least := slips
	for term, distance := range nearest {
		if distance > least || slices.ContainsFunc(known, func(e expansion) bool { return e.term == term }) {
			continue
		}
		e, ok := x.count(term, typoFactor)
		if !ok {
			continue
		}
		if distance < least {
			least, found = distance, found[:0]
		}
		e.near = true
		found = append(found, e)
	}
	slices.SortFunc(found, func(a, b expansion) int {
		return cmp.Or(cmp.Compare(b.df, a.df), strings.Compare(a.term, b.term))
	})
	found = found[:min(len(found), maxTypos)]
	slices.SortFunc(found, byTerm)
	return found
}

// similar calls f with the terms that are up to so many slips away from a word, but
// not the word itself. It walks the sorted terms as a trie: where nothing that
// begins like a term can be near enough, it goes on behind all that do.
func (g *segment) similar(word []rune, slips int, f func(term string, distance int)) {
	m := newMatrix(word, slips)
	for i := g.search(firstWord); i < len(g.df); {
		term := g.term(i)
		distance, hopeless := m.enter(term)
		if hopeless > 0 {
			i = g.past(i, hopeless)
			continue
		}
		if distance > 0 && distance <= slips {
			f(term, distance)
		}
		i++
	}
}

// A matrix has the distances between the beginnings of a word and those of a term:
// a row for each character of the term. Terms that begin alike, one after the other,
// share rows. What is far from the diagonal is too great, and never worked out.
type matrix struct {
	word  []rune
	slips int
	cells []uint8
	// The term so far; both begin with an element for the row of no characters.
	term    string
	letters []rune
	ends    []int // in bytes
}

// far is more than any distance that is looked for.
const far = 100

func newMatrix(word []rune, slips int) *matrix {
	rows := len(word) + slips + 2
	m := &matrix{
		word: word, slips: slips, cells: make([]uint8, rows*(len(word)+1)),
		letters: make([]rune, 1, rows), ends: make([]int, 1, rows),
	}
	for i := range m.cells {
		m.cells[i] = far
	}
	for j := range slips + 1 {
		m.cells[j] = uint8(j)
	}
	return m
}

func (m *matrix) row(i int) []uint8 {
	width := len(m.word) + 1
	return m.cells[i*width : (i+1)*width]
}

// enter goes to the next term. It returns the distance to it, if that is small
// enough, or else how many of its bytes are enough for that of all terms that
// begin with them not to be.
func (m *matrix) enter(term string) (distance, hopeless int) {
	shared := 0
	for shared < len(m.term) && shared < len(term) && m.term[shared] == term[shared] {
		shared++
	}
	n := len(m.ends)
	for m.ends[n-1] > shared {
		n--
	}
	m.term, m.ends, m.letters = term, m.ends[:n], m.letters[:n]
	for at := m.ends[n-1]; at < len(term); {
		r, size := utf8.DecodeRuneInString(term[at:])
		at += size
		m.ends, m.letters = append(m.ends, at), append(m.letters, r)
		if m.extend() > m.slips {
			return far, at
		}
	}
	return int(m.row(len(m.ends) - 1)[len(m.word)]), 0
}

// extend works out the row of the last character, and returns the least distance in
// it. Those in the rows to come are not less.
func (m *matrix) extend() int {
	d := len(m.ends) - 1
	if d > len(m.word)+m.slips {
		return far
	}
	r, row, above := m.letters[d], m.row(d), m.row(d-1)
	least := uint8(far)
	if d <= m.slips {
		row[0] = uint8(d)
		least = row[0]
	}
	for j := max(1, d-m.slips); j <= min(d+m.slips, len(m.word)); j++ {
		v := above[j-1]
		if m.word[j-1] != r {
			v = 1 + min(v, above[j], row[j-1])
			if d > 1 && j > 1 && m.word[j-1] == m.letters[d-1] && m.word[j-2] == r {
				v = min(v, 1+m.row(d - 2)[j-2])
			}
		}
		row[j] = v
		least = min(least, v)
	}
	return int(least)
}
