package framework_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "skillatlas/internal/framework"
)

var texts = map[string]struct{ in, want string }{
	"plain":                        {"a b", "a b"},
	"spaces around":                {"  a b  ", "a b"},
	"line ends":                    {"a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"},
	"space at line ends":           {"a \t\nb\u00a0\nc", "a\nb\nc"},
	"blank lines around":           {"\n \na\n\nb\n\n", "a\n\nb"},
	"indentation within":           {"a\n  b\n\tc", "a\n  b\n\tc"},
	"composed":                     {"e\u0301", "\u00e9"},
	"zero-width space":             {"a\u200bb\ufeff", "ab"},
	"composed once made neighbour": {"e\u200b\u0301", "\u00e9"},
	"control characters":           {"a\x00\x1b[1mb\x7f\u0085c", "a[1mbc"},
	"Unicode spaces":               {"a\u00a0b\u2003c\u3000d", "a b c d"},
	"joiners of scripts stay":      {"\u0646\u200c\u0647 \U0001f468\u200d\U0001f469", "\u0646\u200c\u0647 \U0001f468\u200d\U0001f469"},
	"invalid UTF-8 stays":          {"a\xff ", "a\xff "},
	"nothing":                      {"\u200b \n", ""},
}

func TestNormalise(t *testing.T) {
	for name, test := range texts {
		t.Run(name, func(t *testing.T) {
			if got := Normalise(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzNormalise(f *testing.F) {
	for _, test := range texts {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Normalise(s)
		if twice := Normalise(once); twice != once {
			t.Errorf("Normalise(%q) is %q, and that normalised %q", s, once, twice)
		}
		if utf8.ValidString(s) != utf8.ValidString(once) {
			t.Errorf("Normalise(%q) is %q", s, once)
		}
		if utf8.ValidString(s) && strings.ContainsAny(once, "\r\x00\u200b\ufeff\u00a0") {
			t.Errorf("Normalise(%q) is %q", s, once)
		}
	})
}

func TestTextsHoldNoHTML(t *testing.T) {
	w := atlas(t)
	for text, html := range map[string]bool{
		"<b>x</b>": true, "x<br>y": true, "<br/>": true, "</p>": true, "<!-- x -->": true, "<!DOCTYPE html>": true,
		"<?php": true, "<svg/onload=alert(1)>": true, "<img src=x onerror=alert(1)": true, "line\n<script": true, "<div\nclass=x": true,
		"<custom-tag>": true, "List<String>": true,
		"a < b": false, "a <b": true, "<5 years": false, "1<2": false, "<https://example.org/a>": false, "<mailto:a@example.org>": false,
		"<ann@example.org>": false, "a <- b": false, "x <= y": false, "&lt;b>": false, "<>": false, "a<": false, "> quoted": false,
		`<img"src=x onerror=alert(1)>`: true, "<x:y onmouseover=alert(1)>": true, "<a@b onclick=alert(1)>": true, "<a/": true, "<é>": false,
		"<javascript:alert(1)>": true, `<https://x.org/"onclick=alert(1)>`: true, "<https://x.org/": true, "<https://x.org/`x>": true, "<a@b>": false,
		"`<div>`": false, "A `vector<int>` and ``a`<b>``.": false, "`a` <b>`": true, "`<b>": true, "\\`<b>`": true, "\\\\`<b>`": false, "``<b>`": true,
		"`a\n<b>`": true, "`a\n`<b>`": true, "`a\n\n`<b>`": false, "`a\n```\n```\n`<b>`": false, "`|`<b>`": true, "` | `x` <b> `": true, "`a` | `<b>`": false,
		"```\n<b>\n```": false, "~~~ html\n<b>\n```\n<b>\n~~~~": false, "```\n<b>\n```\n<b>": true, "```\n<b>\n   ``` \n<b>": true, "```\n    ```\n<b>": false,
		"````\n```\n<b>": false, "``` <b>": true, "```a`\n<b>": true, "- x\n\n  ```\n<b>\n  ```": true, "> ```\n<b>": true, "- ```\n<b>\n```": true, "``\n<b>\n``": true,
	} {
		t.Run(text, func(t *testing.T) {
			_, problems := w.Edit("demo", edits(UpdateSkill{Code: "BAKE", Description: Some(text)}))
			if (len(problems) > 0) != html {
				t.Errorf("problems are %v", problems)
			}
		})
	}
}

// FuzzTextsHoldNoHTML checks that markup put after any text is found unless the text
// leaves code open, and never in a paragraph of its own.
func FuzzTextsHoldNoHTML(f *testing.F) {
	for _, s := range []string{"`a", "```\n", "~~~\nx\n~~~", "a | ` b", "\\`", "<https://x.org>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fenced := func(s string) bool { return strings.Contains(s, "```") || strings.Contains(s, "~~~") }
		w := &World{}
		refused := func(text string) bool {
			_, problems := w.Edit("one", edits(CreateFramework{Code: "one", Name: "One", Description: text}))
			return len(problems) > 0
		}
		s = Normalise(s)
		if !fenced(s) && !refused(s+"\n\n<b>") || !refused("<b>\n"+s) {
			t.Errorf("HTML besides %q was not found", s)
		}
		if !strings.ContainsAny(s, "`~") && !refused(s+"<b>") {
			t.Errorf("HTML after %q was not found", s)
		}
	})
}

// TestTextsAreReadOnce takes texts that would take a long time if they were not.
func TestTextsAreReadOnce(t *testing.T) {
	for _, part := range []string{"`", "``` ` `` ", "<https://", "<a@", "\\`", "`` | ", "```\n", "~~~\n`"} {
		text := strings.Repeat(part, 10_000_000/len(part))
		before := time.Now()
		FindHTML("<" + text)
		if took := time.Since(before); took > 5*time.Second {
			t.Errorf("%q took %v", part, took)
		}
	}
}

func FuzzParseSkillLevelCode(f *testing.F) {
	for _, code := range []string{"ITOP_5", "A_1_2", "_5", "A_05", "A_-5", "A_+5", "A_99999999999999999999", "A_", "A", "", "_"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		skill, level, ok := ParseSkillLevelCode(code)
		if ok && (skill == "" || level < 0 || SkillLevelCode(skill, level) != code) {
			t.Errorf("ParseSkillLevelCode(%q) is %q, %d", code, skill, level)
		}
		if !ok && (skill != "" || level != 0) {
			t.Errorf("ParseSkillLevelCode(%q) failed with %q, %d", code, skill, level)
		}
	})
}

func TestParseSkillLevelCode(t *testing.T) {
	for code, want := range map[string]bool{
		"ITOP_5": true, "A_B_10": true, "A_0": true, "_5": false, "A_05": false, "A_-5": false, "A_+5": false, "A_x": false, "A_": false, "A": false, "": false,
	} {
		if _, _, ok := ParseSkillLevelCode(code); ok != want {
			t.Errorf("%q: got %v, want %v", code, ok, want)
		}
	}
}

func FuzzParseNodeID(f *testing.F) {
	for _, id := range []string{"skill:demo:BAKE", "skill:demo@12:BAKE", "revision::3", "skill:demo@012:X", "skill:demo@+1:X", "relation:demo:A RELATED B", "a:b@c@1:d", "::", "skill:demo@0:X", ""} {
		f.Add(id)
	}
	w := atlas(f)
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := ParseNodeID(s)
		if ok && id.String() != s {
			t.Errorf("ParseNodeID(%q) is %+v, which is written %q", s, id, id)
		}
		if !ok && id != (NodeID{}) {
			t.Errorf("ParseNodeID(%q) failed with %+v", s, id)
		}
		if ok {
			if node := w.Node(anyone(), id); node != nil && node.ID() != s {
				t.Errorf("the node of %q has the id %q", s, node.ID())
			}
		}
	})
}

// FuzzEdit makes the edits of an author whose seed is anyone's guess.
func FuzzEdit(f *testing.F) {
	f.Add(uint64(1), "A", "text")
	f.Add(uint64(2), "é\u200b", "<b>\xff")
	f.Fuzz(func(t *testing.T, seed uint64, code, text string) {
		w := &World{}
		a := newAuthor(seed)
		lists := [][]Edit{
			founding("one"),
			edits(CreateSkill{Code: code, Name: text, Category: code, Synonyms: []string{text, code}}),
			edits(CreateCategory{Code: code, Name: code, Description: text}, CreateSkill{Code: code, Name: text, Category: code}),
			a.edits("one"),
			edits(Relate{From: code, Type: Related, To: "A", Note: text}, Require{Role: "A", Skill: code}),
			a.edits("one"),
			edits(MergeSkills{Codes: []string{code}, Into: "B"}, RetireCategory{Code: code}),
			edits(UpdateFramework{SkillCodePattern: Some(text), URL: Some(text), Locale: Some(text)}),
		}
		for _, list := range lists {
			if changes, _ := w.Edit("one", list); len(changes) > 0 {
				w = next(w, changes)
			}
		}
		if err := Check(w); err != nil {
			t.Error(err)
		}
		contents(w)
	})
}
