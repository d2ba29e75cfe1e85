package framework

import (
	"fmt"
	"net/url"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Bounds on what one field may hold, in bytes of UTF-8, and on list lengths. They
// keep every entity below 1 MB.
const (
	maxCode         = 200
	maxName         = 500
	maxText         = 20_000
	maxURL          = 2_000
	maxLocale       = 100
	maxSynonyms     = 200
	maxSuccessors   = 100
	maxRequirements = 1_000
	maxRelations    = 2_000 // of one skill; and as many again that other frameworks state
	maxLevel        = 20
	maxPosition     = 1_000_000
	maxSubjects     = 200
	maxLinks        = 200
	maxTransitions  = 100
	maxApplications = 20
	maxRemark       = 2_000 // on a transition
	maxComments     = 5_000 // of one change request
	maxDraftText    = 100_000
	maxNumber       = 1_000_000_000
	maxDepth        = 20 // of the trees of categories and of role groups
)

// Bounds on a proposal: its edits, and the bytes that they are written in.
const (
	MaxProposed = 1_000
	MaxProposal = 900_000
)

var (
	frameworkCode = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	levelSuffix   = regexp.MustCompile(`_[0-9]+$`)
	// autolink is a link in angle brackets that Markdown makes of an address.
	autolink = regexp.MustCompile("^<(?:https?://[^\\s<>\"'`]+|mailto:[^\\s<>\"'`]+|[A-Za-z0-9.!#$%&*+/=?^_{|}~-]+@[A-Za-z0-9.-]+)>")
)

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// Normalise brings a text into the form texts are stored in: Unicode
// normalisation form C, line ends as \n, no zero-width space, byte-order mark or
// control character other than \n and \t, Unicode spaces as plain ones, no space
// at line ends nor blank lines around. Invalid UTF-8 is not mended.
func Normalise(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' || s[i] == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimSpace(s)
	}
	if !utf8.ValidString(s) {
		return s
	}
	s = lineEnds.Replace(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '\u200b' || r == '\ufeff' || unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	lines := strings.Split(norm.NFC.String(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// textProblem normalises *s and says what is wrong with it, or "".
func textProblem(s *string, limit int) string {
	*s = Normalise(*s)
	switch {
	case !utf8.ValidString(*s):
		return "is not valid UTF-8; save the text as UTF-8"
	case len(*s) > limit:
		return fmt.Sprintf("is %d bytes long; at most %d are allowed", len(*s), limit)
	}
	if strings.IndexByte(*s, '<') >= 0 {
		if tag := findHTML(*s); tag != "" {
			return fmt.Sprintf("contains HTML (%s); texts are Markdown without HTML: put code in `backticks`, and a space after a < that is none", tag)
		}
	}
	return ""
}

// findHTML returns the beginning of what Markdown or a browser may take for HTML in
// a text, unclosed tags too, or "".
//
// Autolinks are none, nor is what is in fenced code blocks and code spans as
// CommonMark has them. Where code begins and ends may depend on the blocks around
// it, which are not looked at; so a block counts only when it begins at the margin,
// and a span only when it ends in its line, holds no | that may part the cells of a
// table, and follows no lone backticks in its paragraph.
func findHTML(s string) string {
	fence := ""   // that opened a block of code
	lone := false // whether a span may have begun in the paragraph
	for line := range strings.SplitSeq(s, "\n") {
		if fence != "" {
			if closesFence(line, fence) {
				fence = ""
			}
			continue
		}
		fence = opensFence(line)
		if fence != "" || strings.Trim(line, " \t") == "" {
			lone = false
		}
		for i := len(fence); i < len(line); {
			switch rest := line[i:]; rest[0] {
			case '\\':
				i++
				if len(rest) > 1 && (rest[1] == '\\' || rest[1] == '`') {
					i++
				}
			case '`':
				n := runLength(rest, '`')
				span := 0
				if !lone {
					span = codeSpan(rest, n)
				}
				if lone = span == 0 || strings.IndexByte(rest[:span], '|') >= 0; lone {
					span = n
				}
				i += span
			case '<':
				link := autolink.FindString(rest)
				if link == "" && beginsTag(rest) {
					return excerpt(rest)
				}
				i += max(1, len(link))
			default:
				i++
			}
		}
	}
	return ""
}

// opensFence returns the fence with which a line opens a block of code, or "".
func opensFence(line string) string {
	if line == "" || line[0] != '`' && line[0] != '~' {
		return ""
	}
	n := runLength(line, line[0])
	if n < 3 || line[0] == '`' && strings.IndexByte(line[n:], '`') >= 0 {
		return ""
	}
	return line[:n]
}

func closesFence(line, fence string) bool {
	indent := runLength(line, ' ')
	n := runLength(line[indent:], fence[0])
	return indent <= 3 && n >= len(fence) && strings.Trim(line[indent+n:], " \t") == ""
}

// codeSpan is the length of the code span that n backticks open at the beginning
// of a line's rest, 0 if they open none there.
func codeSpan(rest string, n int) int {
	for i := n; i < len(rest); {
		run := runLength(rest[i:], '`')
		i += max(1, run)
		if run == n {
			return i
		}
	}
	return 0
}

// runLength is how often a text has a character at its beginning.
func runLength(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

func beginsTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '!' || c == '?'
}

// excerpt is a tag up to its end or first blank, at most 30 characters of it.
func excerpt(tag string) string {
	for i, n := 0, 0; i < len(tag); n++ {
		c, size := utf8.DecodeRuneInString(tag[i:])
		switch {
		case c == ' ' || c == '\t' || n == 30:
			return tag[:i]
		case c == '>':
			return tag[:i+1]
		}
		i += size
	}
	return tag
}

func codeProblem(code string) string {
	switch {
	case code == "":
		return "is required"
	case len(code) > maxCode:
		return fmt.Sprintf("is %d bytes long; at most %d are allowed", len(code), maxCode)
	case !utf8.ValidString(code):
		return "is not valid UTF-8"
	case !norm.NFC.IsNormalString(code):
		return fmt.Sprintf("%q is not in Unicode normalisation form C; write it as %q", code, norm.NFC.String(code))
	}
	for _, r := range code {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return fmt.Sprintf("%q contains %U; codes have no spaces or invisible characters", code, r)
		}
	}
	return ""
}

func skillCodeProblem(f *Framework, pattern *regexp.Regexp, code string) string {
	if p := codeProblem(code); p != "" {
		return p
	}
	if m := levelSuffix.FindString(code); m != "" {
		return fmt.Sprintf("%q ends in %q, which would read as a skill level; choose a code without it", code, m)
	}
	if pattern != nil && !pattern.MatchString(code) {
		rule := f.SkillCodeHint
		if rule == "" {
			rule = "the pattern " + f.SkillCodePattern
		}
		return fmt.Sprintf("%q breaks this framework's rule for skill codes: %s", code, rule)
	}
	return ""
}

func patternProblem(pattern string) string {
	if len(pattern) > maxName {
		return fmt.Sprintf("is %d bytes long; at most %d are allowed", len(pattern), maxName)
	}
	if _, err := compilePattern(pattern); err != nil {
		return fmt.Sprintf("is not a regular expression: %v", err)
	}
	return ""
}

func compilePattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return nil, err
	}
	return regexp.Compile(`^(?:` + pattern + `)$`)
}

func urlProblem(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Sprintf("%q is not an absolute http or https URL", s)
	}
	return ""
}

func localeProblem(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxLocale {
		return fmt.Sprintf("is %d bytes long; at most %d are allowed", len(s), maxLocale)
	}
	if _, err := language.Parse(s); err != nil {
		return fmt.Sprintf("%q is not a language tag such as en or en-GB", s)
	}
	return ""
}

// fold brings a text into the form in which names are compared and sorted.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
