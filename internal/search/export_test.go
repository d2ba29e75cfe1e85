package search

// What tests of the package's surface need from below it.

// A Token is a word as the scanner reads it.
type Token struct {
	Word, Sign string
	From, To   int
	Tight      bool
}

// Tokens reads the words of a text.
func Tokens(text string) []Token {
	var list []Token
	for s := newScanner(text); s.next(); {
		list = append(list, Token{string(s.word), string(s.sign), s.from, s.to, s.tight})
	}
	return list
}

// Variants are the plurals and singulars of a word.
var Variants = variants

// Segments is how many documents each segment of an index has that are not dead.
func Segments(x *Index) []int {
	var list []int
	for _, p := range x.parts {
		list = append(list, p.live)
	}
	return list
}

// Dead is how many documents an index still has that are removed or replaced.
func Dead(x *Index) int {
	n := -x.live
	for _, p := range x.parts {
		n += len(p.ids)
	}
	return n
}

// MaxTerm is how many bytes of a word count.
const MaxTerm = maxTerm
