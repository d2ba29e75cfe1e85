package framework

import (
	"strings"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// A DiffOp says what happened to a part of a text.
type DiffOp string

// The operations.
const (
	OpEqual  DiffOp = "EQUAL"
	OpDelete DiffOp = "DELETE"
	OpInsert DiffOp = "INSERT"
)

// A Hunk is a part of a text that stayed, went or came.
type Hunk struct {
	Op   DiffOp
	Text string
}

// Hunks compares the old and the new value word by word. What stayed and went,
// put together, is the old value; what stayed and came is the new one. Texts that
// have too little in common to be worth the time are compared line by line, or
// told apart as a whole.
func (d FieldDiff) Hunks() []Hunk { return d.comparison().hunks() }

func (d FieldDiff) comparison() comparison {
	var before, after string
	if d.Old != nil {
		before = *d.Old
	}
	if d.New != nil {
		after = *d.New
	}
	return compareTexts(before, after)
}

// A comparison is two lists of tokens, less what they have in common at either end.
type comparison struct {
	prefix, suffix string
	before, after  []string
}

// maxComparison bounds the time of a comparison, which grows with the product of
// the lengths at worst: some 20 ms.
const maxComparison = 4_000_000

func compareTexts(before, after string) comparison {
	c := trimmed(words(before), words(after))
	if !c.feasible() {
		c = trimmed(strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n"))
	}
	if !c.feasible() {
		c = trimmed([]string{before}, []string{after})
	}
	return c
}

func (c comparison) feasible() bool {
	return len(c.before)*len(c.after) <= maxComparison && len(c.before)+len(c.after) <= maxComparison/10
}

// work is what the comparison takes of a [Budget].
func (c comparison) work() int {
	return len(c.before) + len(c.after) + len(c.before)*len(c.after)/400
}

func trimmed(before, after []string) comparison {
	n := 0
	for n < len(before) && n < len(after) && before[n] == after[n] {
		n++
	}
	prefix := before[:n]
	before, after = before[n:], after[n:]
	n = 0
	for n < len(before) && n < len(after) && before[len(before)-1-n] == after[len(after)-1-n] {
		n++
	}
	suffix := before[len(before)-n:]
	return comparison{strings.Join(prefix, ""), strings.Join(suffix, ""), before[:len(before)-n], after[:len(after)-n]}
}

func (c comparison) hunks() []Hunk {
	var list []Hunk
	add := func(op DiffOp, text string) {
		switch n := len(list); {
		case text == "":
		case n > 0 && list[n-1].Op == op:
			list[n-1].Text += text
		default:
			list = append(list, Hunk{op, text})
		}
	}
	add(OpEqual, c.prefix)
	if len(c.before) == 0 || len(c.after) == 0 {
		add(OpDelete, strings.Join(c.before, ""))
		add(OpInsert, strings.Join(c.after, ""))
	} else {
		c.compare(add)
	}
	add(OpEqual, c.suffix)
	return list
}

// compare has the middles compared, each token as a rune: Myers, An O(ND)
// Difference Algorithm and Its Variations, 1986, and then without what is equal
// by chance only.
func (c comparison) compare(add func(DiffOp, string)) {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // reads no clock, and gives the same at any speed
	var a alphabet
	before, after := a.runes(c.before), a.runes(c.after)
	for _, d := range dmp.DiffCleanupSemantic(dmp.DiffMainRunes(before, after, false)) {
		op := map[diffmatchpatch.Operation]DiffOp{
			diffmatchpatch.DiffEqual: OpEqual, diffmatchpatch.DiffDelete: OpDelete, diffmatchpatch.DiffInsert: OpInsert,
		}[d.Type]
		add(op, a.text(d.Text))
	}
}

// An alphabet has a rune for each token.
type alphabet struct {
	tokens []string
	known  map[string]rune
}

// firstRune comes after the surrogates, which strings cannot hold.
const firstRune = 0xE000

func (a *alphabet) runes(tokens []string) []rune {
	if a.known == nil {
		a.known = map[string]rune{}
	}
	runes := make([]rune, len(tokens))
	for i, t := range tokens {
		r, ok := a.known[t]
		if !ok {
			r = firstRune + rune(len(a.tokens))
			a.known[t] = r
			a.tokens = append(a.tokens, t)
		}
		runes[i] = r
	}
	return runes
}

func (a *alphabet) text(runes string) string {
	var b strings.Builder
	for _, r := range runes {
		b.WriteString(a.tokens[r-firstRune])
	}
	return b.String()
}

// words splits a text into words, white space and single other characters. Put
// together they are the text.
func words(s string) []string {
	var list []string
	start, in := 0, other
	for i, r := range s {
		class := classOf(r)
		if i > start && class != mark && (class != in || class == other) {
			list = append(list, s[start:i])
			start = i
		}
		if class != mark {
			in = class
		}
	}
	return append(list, s[start:])
}

// The classes of characters.
const (
	other = iota // stands alone, as do those of scripts without spaces
	word
	space
	mark // belongs to what it follows
)

var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func classOf(r rune) int {
	switch {
	case r < 0x80:
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9':
			return word
		case r == ' ' || '\t' <= r && r <= '\r':
			return space
		}
		return other
	case unicode.IsMark(r):
		return mark
	case unicode.IsSpace(r):
		return space
	case (unicode.IsLetter(r) || unicode.IsNumber(r)) && !unicode.In(r, unspaced...):
		return word
	}
	return other
}
