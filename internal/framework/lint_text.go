package framework

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// Names are compared for single edits when they have at least so many letters, and
// at most so many characters: in shorter ones an edit says too little, and in
// longer ones looking for it takes too long.
const (
	minSpelled = 8
	maxSpelled = 100
	// minEdited is how long a word has to be for an edit in it to count: UI is not
	// a misspelt UX.
	minEdited = 4
)

// nearNames reports skills whose names are nearly those of others that stand
// before them: names of the same words, or with one letter or space more, less or
// other. The skills must be in order and have different names.
//
// Each name is looked up with each of its characters left out, and with each
// replaced by a wildcard, which takes time in proportion to the length of the names
// where comparing them with each other would take the square of their number (after
// T. Bocek, E. Hunt and B. Stiller, Fast Similarity Search in Large Dictionaries,
// 2007). Of several names that differ in the same character, each is reported with
// the first only.
func nearNames(skills []*Skill, report func(s, other *Skill)) {
	type spelled struct {
		skill *Skill
		name  []rune
	}
	var names []spelled
	whole := map[uint64]int32{} // by hash
	first := map[string]*Skill{}
	for _, s := range skills {
		words := nameWords(s.Name)
		name := []rune(strings.Join(words, " "))
		slices.Sort(words)
		sorted := strings.Join(words, " ")
		if other, again := first[sorted]; again {
			report(s, other)
			continue
		}
		first[sorted] = s
		letters := 0
		for _, r := range name {
			if unicode.IsLetter(r) {
				letters++
			}
		}
		if letters >= minSpelled && len(name) <= maxSpelled {
			whole[newNameHash(name).whole()] = int32(len(names))
			names = append(names, spelled{s, name})
		}
	}
	// Equal hashes are looked into: what is reported is never wrong.
	withWildcard := make(map[uint64]int32, 16*len(names))
	for k, n := range names {
		h := newNameHash(n.name)
		for i, r := range n.name {
			if !editable(n.name, i) {
				continue
			}
			// Leaving out either of two equal letters gives the same.
			if other, ok := whole[h.without(i)]; ok && (i == 0 || n.name[i-1] != r) {
				if o := names[other]; slices.Equal(slices.Concat(n.name[:i], n.name[i+1:]), o.name) {
					if o.skill.Code < n.skill.Code {
						report(n.skill, o.skill)
					} else {
						report(o.skill, n.skill)
					}
				}
			}
			if r == ' ' {
				continue
			}
			pattern := h.wildcard(i)
			other, ok := withWildcard[pattern]
			if !ok {
				withWildcard[pattern] = int32(k)
				continue
			}
			if o := names[other]; len(o.name) == len(n.name) && slices.Equal(o.name[:i], n.name[:i]) && slices.Equal(o.name[i+1:], n.name[i+1:]) {
				report(n.skill, o.skill)
			}
		}
	}
}

// editable reports whether a difference in one character of a name leaves it
// nearly the same: not in a number nor in a short word.
func editable(name []rune, i int) bool {
	if name[i] == ' ' {
		return true
	}
	if unicode.IsNumber(name[i]) {
		return false
	}
	lo, hi := i, i+1
	for lo > 0 && name[lo-1] != ' ' {
		lo--
	}
	for hi < len(name) && name[hi] != ' ' {
		hi++
	}
	return hi-lo >= minEdited
}

// nameWords splits a name into its words in the form in which they are compared:
// in lower case, without punctuation and the s of plurals, & as and.
func nameWords(name string) []string {
	var words []string
	start := -1
	folded := fold(name)
	end := func(i int) {
		if start >= 0 {
			words = append(words, singular(strings.ReplaceAll(strings.ReplaceAll(folded[start:i], "'", ""), "’", "")))
		}
		start = -1
	}
	for i, r := range folded {
		switch {
		case r == '&':
			end(i)
			words = append(words, "and")
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		case start >= 0 && (r == '\'' || r == '’' || r == '+' || r == '#'): // as in people's, C++ and C#
		default:
			end(i)
		}
	}
	end(len(folded))
	return words
}

func singular(word string) string {
	if stem, ies := strings.CutSuffix(word, "ies"); ies && len(stem) > 2 && word != "series" && word != "species" {
		return stem + "y"
	}
	if len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") {
		return word[:len(word)-1]
	}
	return word
}

// A nameHash gives the hashes of a name with one character left out or replaced, as
// polynomials of its characters modulo 2⁶⁴.
type nameHash struct {
	prefix [maxSpelled + 1]uint64 // hash of the first i characters
	n      int
}

const hashBase = 0x9e3779b97f4a7c15 // odd, so that nothing is shifted out

var hashPowers = func() (p [maxSpelled + 1]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * hashBase
	}
	return p
}()

func newNameHash(name []rune) *nameHash {
	h := &nameHash{n: len(name)}
	for i, r := range name {
		h.prefix[i+1] = h.prefix[i]*hashBase + uint64(r)
	}
	return h
}

func (h *nameHash) whole() uint64 { return h.prefix[h.n] }

func (h *nameHash) without(i int) uint64 {
	rest := h.n - i - 1
	return h.prefix[i]*hashPowers[rest] + h.after(i)
}

func (h *nameHash) wildcard(i int) uint64 {
	rest := h.n - i - 1
	return (h.prefix[i]*hashBase+unicode.MaxRune+1)*hashPowers[rest] + h.after(i)
}

// after is the hash of the characters behind one.
func (h *nameHash) after(i int) uint64 {
	return h.prefix[h.n] - h.prefix[i+1]*hashPowers[h.n-i-1]
}

// mentioned yields what may be codes of skills in a text, some more than once:
// words in capital letters, also with a level as in ITOP_5, and what is in
// parentheses. What is one character long or has no letter is none, since it more
// often numbers a list.
func mentioned(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, upper := -1, false
		word := func(end int) bool {
			word := text[max(start, 0):end]
			candidate := start >= 0 && upper
			start, upper = -1, false
			return !candidate || capitals(word, yield)
		}
		for i, r := range text {
			switch {
			case 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' || r == '-':
			case 'A' <= r && r <= 'Z' || r >= 0x80 && unicode.IsUpper(r):
				upper = true
			case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)):
			default:
				if !word(i) || r == '(' && !parenthesised(text[i+1:], yield) {
					return
				}
				continue
			}
			if start < 0 {
				start = i
			}
		}
		word(len(text))
	}
}

// capitals yields a word if it is in capital letters, and those of its parts that
// are: as in ITOP-related.
func capitals(word string, yield func(string) bool) bool {
	if len(word) > 1 && strings.ContainsFunc(word, unicode.IsUpper) && !strings.ContainsFunc(word, unicode.IsLower) && !yield(levelless(word)) {
		return false
	}
	if strings.Contains(word, "-") {
		for part := range strings.SplitSeq(word, "-") {
			if !capitals(part, yield) {
				return false
			}
		}
	}
	return true
}

// parenthesised yields the code that a text behind an opening parenthesis begins
// with, if it is followed by the closing one.
func parenthesised(text string, yield func(string) bool) bool {
	end := strings.IndexByte(text[:min(len(text), maxCode+1)], ')')
	if end < 2 || strings.ContainsAny(text[:end], " \n\t") || !strings.ContainsFunc(text[:end], unicode.IsLetter) {
		return true
	}
	return yield(levelless(text[:end]))
}

// levelless is the code of the skill where a code is that of a skill level.
func levelless(code string) string {
	if skill, _, ok := parseSkillLevelCode(code); ok {
		return skill
	}
	return code
}
