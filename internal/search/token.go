package search

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxTerm is how many bytes of a word count. Longer words are as good as equal
	// when they begin alike.
	maxTerm = 64
	// maxWord is how many bytes of a word in a text are looked at. No word of a
	// language is as long.
	maxWord = 512
)

// A scanner finds the words of a text. Both texts and queries are read by it, so
// that what is written alike is found.
//
// A word is a run of letters, digits and their marks. Everything else parts words,
// underscores too: ITOP_5 is two words next to each other. Scripts that are written
// without blanks have one word per character. An English 's at the end is no part
// of a word. Words are folded: compatibility forms, letter case, accents of Latin,
// Greek and Cyrillic letters and ligatures make no difference.
//
// C++, C# and .NET are words with a sign, which says more than the word: such a
// word has a second form, its sign included.
type scanner struct {
	text string
	at   int

	// The word that was found last. Its bytes are overwritten by the next.
	word     []byte
	sign     []byte // the form with the sign, or empty
	leading  bool   // the sign is in front
	from, to int    // where the text has it, in bytes
	// tight says that no blank or comma is between this word and the one before, as
	// in ITOP_5, TCP/IP or example.org.
	tight bool

	scratch []byte
}

func newScanner(text string) *scanner { return &scanner{text: text} }

// next finds the next word and reports whether there is one.
func (s *scanner) next() bool {
	text := s.text
	for {
		s.tight = s.to > 0
		i := s.at
		for i < len(text) {
			if c := text[i]; c < utf8.RuneSelf {
				if ascii[c] >= digit {
					break
				}
				s.tight = s.tight && ascii[c] == joiner
				i++
				continue
			}
			r, n := utf8.DecodeRuneInString(text[i:])
			if startsWord(r) {
				break
			}
			s.tight = s.tight && joins(r)
			i += n
		}
		s.at, s.from = i, i
		if i == len(text) {
			return false
		}
		s.word = s.word[:0]
		for i < len(text) && text[i] < utf8.RuneSelf && ascii[text[i]] >= digit {
			s.word = append(s.word, lower[text[i]])
			i++
		}
		if i < len(text) && text[i] >= utf8.RuneSelf {
			i = s.endOfWord(i)
			s.word, s.scratch = appendFolded(s.word[:0], s.scratch, cut(text[s.from:i], maxWord))
		}
		s.word = cut(s.word, maxTerm)
		s.to, s.at = i, i
		s.findSign()
		s.skipPossessive()
		if len(s.word) > 0 {
			return true
		}
	}
}

// endOfWord finds where a word that reaches i, where the text is not ASCII, ends.
func (s *scanner) endOfWord(i int) int {
	alone := false // a script without blanks: one character and its marks
	for i < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case unicode.IsMark(r) || invisible(r):
		case alone || !startsWord(r):
			return i
		case unspaced(r):
			if i > s.from {
				return i
			}
			alone = true
		}
		i += n
	}
	return i
}

// findSign looks for signs around the word that was just found.
func (s *scanner) findSign() {
	s.sign = s.sign[:0]
	s.leading = false
	rest := s.text[s.to:]
	if last := s.text[s.to-1]; last < utf8.RuneSelf && ascii[last] == letter {
		n := 0
		switch {
		case len(rest) >= 2 && rest[:2] == "++" && (len(rest) == 2 || rest[2] != '+'):
			n = 2
		case len(rest) >= 1 && rest[0] == '#' && !wordFollows(rest[1:]):
			n = 1
		}
		if n > 0 {
			s.sign = append(append(s.sign, s.word...), rest[:n]...)
			s.to += n
			s.at = s.to
			return
		}
	}
	if first := s.text[s.from]; s.from > 0 && s.text[s.from-1] == '.' && first < utf8.RuneSelf && ascii[first] == letter {
		s.sign = append(append(s.sign, '.'), s.word...)
		s.leading = true
		if !s.tight {
			s.from--
		}
	}
}

// skipPossessive passes over an 's after the word.
func (s *scanner) skipPossessive() {
	rest := s.text[s.at:]
	n := 0
	switch {
	case len(rest) >= 2 && rest[0] == '\'':
		n = 1
	case len(rest) >= 4 && rest[:3] == "’":
		n = 3
	default:
		return
	}
	if rest[n]|0x20 == 's' && !wordFollows(rest[n+1:]) {
		s.at += n + 1
	}
}

// wordFollows reports whether a text begins with what continues a word.
func wordFollows(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && (r == '#' || continuesWord(r))
}

// What ASCII characters are to words.
const (
	blank = iota
	joiner
	digit
	letter
)

var ascii, lower = func() (kind, lower [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		lower[c] = c
		switch {
		case c >= 'a' && c <= 'z':
			kind[c] = letter
		case c >= 'A' && c <= 'Z':
			kind[c], lower[c] = letter, c|0x20
		case c >= '0' && c <= '9':
			kind[c] = digit
		}
	}
	for _, c := range "_-./:@&+#~%=?'\\" {
		kind[c] = joiner
	}
	return kind, lower
}()

func startsWord(r rune) bool {
	if r < utf8.RuneSelf {
		return ascii[r] >= digit
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

func continuesWord(r rune) bool { return startsWord(r) || unicode.IsMark(r) || invisible(r) }

func joins(r rune) bool {
	return r >= '‐' && r <= '―' || r == '’' || r == '·' || invisible(r) || unicode.IsMark(r)
}

// invisible characters may stand within words: the soft hyphen, joiners and
// the word joiner.
func invisible(r rune) bool {
	return r == '\u00ad' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
}

// unspaced reports whether a script is written without blanks between words.
func unspaced(r rune) bool {
	if r < '\u0e00' {
		return false
	}
	return r == 'ー' || r == 'ｰ' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// appendFolded appends a word as it is compared. It returns the scratch space too,
// to be used again.
func appendFolded(dst, scratch []byte, word string) (folded, again []byte) {
	start := len(dst)
	scratch = norm.NFKD.AppendString(scratch[:0], word)
	for i := 0; i < len(scratch); {
		r, n := utf8.DecodeRune(scratch[i:])
		i += n
		if r >= '\u0300' && r <= '\u036f' || invisible(r) {
			continue
		}
		switch r = unicode.ToLower(r); r {
		case 'ß':
			dst = append(dst, "ss"...)
		case 'æ':
			dst = append(dst, "ae"...)
		case 'œ':
			dst = append(dst, "oe"...)
		case 'þ':
			dst = append(dst, "th"...)
		case 'ø':
			dst = append(dst, 'o')
		case 'ł':
			dst = append(dst, 'l')
		case 'đ', 'ð':
			dst = append(dst, 'd')
		case 'ı':
			dst = append(dst, 'i')
		case 'ς':
			dst = append(dst, "σ"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	// Syllables of Korean and voiced kana were taken apart.
	if !norm.NFC.IsNormal(dst[start:]) {
		scratch = norm.NFC.Append(scratch[:0], dst[start:]...)
		dst = append(dst[:start], scratch...)
	}
	return dst, scratch
}

// cut is the longest beginning of a text of at most so many bytes that ends
// between characters.
func cut[T string | []byte](s T, size int) T {
	if len(s) <= size {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size]
}

// cutRunes is the first n characters of a text.
func cutRunes(s string, n int) string {
	for i := range s {
		if n <= 0 {
			return s[:i]
		}
		n--
	}
	return s
}
