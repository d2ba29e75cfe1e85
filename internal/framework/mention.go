package framework

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A mention is something a text names: a change request, or what may be the code
// of something.
type mention struct {
	request int    // number of a change request, or 0
	code    string // or what may be a code
	// marked says that the code stands in parentheses, as in Name (CODE), so that it
	// may be one in any letter case.
	marked bool
	// from and to are where the text has it, in bytes.
	from, to int
}

// mentions finds what a text names: #1432 and CR#1432 are change requests, words
// with capital letters, digits, hyphens or underscores and what stands alone in
// parentheses may be codes. Whether there is anything of that code is not looked at.
func mentions(text string) []mention {
	var found []mention
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '#':
			if m, ok := requestMention(text, i); ok {
				found = append(found, m)
				i = m.to
				continue
			}
			i++
		case isCodeRune(r):
			end := i
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isCodeRune(r) {
					break
				}
				end += n
			}
			word := strings.TrimRight(text[i:end], "-_")
			marked := i > 0 && text[i-1] == '(' && end < len(text) && text[end] == ')'
			if marked || len(word) > 1 && strings.ContainsFunc(word, func(r rune) bool {
				return unicode.IsUpper(r) || unicode.IsDigit(r) || r == '-' || r == '_'
			}) {
				found = append(found, mention{code: word, marked: marked, from: i, to: i + len(word)})
			}
			i = end
		default:
			i += size
		}
	}
	return found
}

func isCodeRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_'
}

// requestMention reads the mention of a change request whose # is at i: it follows
// no word but CR.
func requestMention(text string, i int) (mention, bool) {
	end := i + 1
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	number, err := strconv.Atoi(text[i+1 : end])
	if err != nil || number < 1 || number > maxNumber || text[i+1] == '0' {
		return mention{}, false
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && isCodeRune(r) {
		return mention{}, false
	}
	from := i
	before := text[:i]
	if strings.HasSuffix(before, "CR") {
		before, from = before[:i-2], i-2
	}
	if r, _ := utf8.DecodeLastRuneInString(before); before != "" && (isCodeRune(r) || r == '&') {
		return mention{}, false
	}
	return mention{request: number, from: from, to: end}, true
}

// resolve finds what a code that a text mentions is the code of. A skill level may
// be written ITOP_5 or ITOP5.
func (s *Snapshot) resolve(m mention) (kind Kind, key string, ok bool) {
	if s.skill(m.code) != nil {
		return KindSkill, m.code, true
	}
	if skill, level, ok := parseSkillLevelCode(m.code); ok && s.skill(skill) != nil && s.level(level) != nil {
		return kindSkillLevel, m.code, true
	}
	if skill := strings.TrimRight(m.code, "0123456789"); skill != m.code && s.skill(skill) != nil {
		if level, err := strconv.Atoi(m.code[len(skill):]); err == nil && s.level(level) != nil && strconv.Itoa(level) == m.code[len(skill):] {
			return kindSkillLevel, skillLevelCode(skill, level), true
		}
	}
	switch {
	case s.category(m.code) != nil:
		return KindCategory, m.code, true
	case s.role(m.code) != nil:
		return KindRole, m.code, true
	case s.attribute(m.code) != nil:
		return KindAttribute, m.code, true
	case s.roleGroup(m.code) != nil:
		return KindRoleGroup, m.code, true
	}
	return "", "", false
}
