package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/search"
)

func TestTokens(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // words with their signs; - in front of those that are tight
	}{
		"words":              {"Plan, test; deploy.", "plan test deploy"},
		"nothing":            {" -- !? … ", ""},
		"code of a level":    {"ITOP_5 (ITOP5)", "itop -5 itop5"},
		"signs":              {"C++, C# and .NET", "c/c++ c/c# and net/.net"},
		"signs together":     {"C/C++/C#", "c -c/c++ -c/c#"},
		"sign and version":   {"C++11 C#8 +1 c+ c+++ c##", "c/c++ -11 c -8 1 c c c"},
		"inner point":        {"ASP.NET node.js 3.14", "asp -net/.net node -js/.js 3 -14"},
		"address":            {"https://example.org/a:1?b=C", "https -example -org/.org -a -1 -b -c"},
		"possessive":         {"the team's teams' O'Neil’s it’s", "the team teams o -neil it"},
		"no possessive":      {"don't d'sign", "don -t d -sign"},
		"accents":            {"Café naïve Ångström ÉCOLE", "cafe naive angstrom ecole"},
		"marks of their own": {"Cafe\u0301 e\u0301", "cafe e"},
		"ligatures":          {"ﬁnance Æsir œuvre Straße STRASSE", "finance aesir oeuvre strasse strasse"},
		"strokes":            {"Øre Łódź Đà ıdı İzmir", "ore lodz da idi izmir"},
		"Greek":              {"Σίσυφος ΣΊΣΥΦΟΣ", "σισυφοσ σισυφοσ"},
		"Cyrillic":           {"Ёлка Йод", "елка иод"},
		"wide":               {"ＩＴＯＰ５ ｶ", "itop5 カ"},
		"Chinese":            {"软件开发v2", "软 -件 -开 -发 -v2"},
		"Japanese":           {"データの設計。が", "デ -ー -タ -の -設 -計 が"},
		"Korean":             {"소프트웨어 개발", "소프트웨어 개발"},
		"Thai":               {"ที่ดี", "ที่ -ดี"},
		"Hindi":              {"हिन्दी में", "हिन्दी में"},
		"soft hyphen":        {"infor\u00admation zero\u200dwidth", "information zerowidth"},
		"hyphens":            {"e-mail e‑mail e – mail", "e -mail e -mail e mail"},
		"invalid":            {"a\xffb \xe4\xb8 c", "a b c"},
		"comma":              {"a,b", "a b"},
		"long":               {strings.Repeat("ab", 100), strings.Repeat("ab", 32)},
		"many marks":         {"e" + strings.Repeat("\u0301", 300) + "b", "e"},
		"long and wide":      {strings.Repeat("é", 40) + strings.Repeat("ж", 400), strings.Repeat("e", 40) + strings.Repeat("ж", 12)},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, k := range Tokens(c.text) {
				word := k.Word
				if k.Sign != "" {
					word += "/" + k.Sign
				}
				if k.Tight {
					word = "-" + word
				}
				got = append(got, word)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTokensPlace(t *testing.T) {
	text := "Use .NET, C++ & Café's ITOP_5 設計"
	var got []string
	for _, k := range Tokens(text) {
		got = append(got, text[k.From:k.To])
	}
	if diff := cmp.Diff([]string{"Use", ".NET", "C++", "Café", "ITOP", "5", "設", "計"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestVariants(t *testing.T) {
	for _, c := range [][2]string{
		{"skill", "skills"}, {"policy", "policies"}, {"key", "keys"}, {"process", "processes"}, {"box", "boxes"},
		{"batch", "batches"}, {"analysis", "analyses"}, {"database", "databases"}, {"api", "apis"}, {"bus", "buses"},
		{"house", "houses"}, {"business", "businesses"}, {"crisis", "crises"}, {"menu", "menus"}, {"wish", "wishes"},
	} {
		t.Run(c[0], func(t *testing.T) {
			if list := Variants(c[0]); !slices.Contains(list, c[1]) {
				t.Errorf("of %s: %v", c[0], list)
			}
			if list := Variants(c[1]); !slices.Contains(list, c[0]) {
				t.Errorf("of %s: %v", c[1], list)
			}
		})
	}
	for word, not := range map[string]string{"class": "clas", "is": "i", "as": "a", "gas": "ga", "naïves": "naïve", "v8s": "v8"} {
		t.Run(word, func(t *testing.T) {
			if list := Variants(word); slices.Contains(list, not) {
				t.Errorf("%s is taken for one of %s", word, not)
			}
		})
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", "Use .NET, C++ & Café's ITOP_5 設計", "a\xff\u0301b", "İ.ſ#", "ที่", "ﷺ's", "\u00ad\u0301a'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for i, k := range Tokens(text) {
			if k.From < last || k.To <= k.From || k.To > len(text) {
				t.Fatalf("%q: word %d is at %d to %d, after %d", text, i, k.From, k.To, last)
			}
			last = k.To
			for _, at := range []int{k.From, k.To} {
				if utf8.ValidString(text) && at < len(text) && !utf8.RuneStart(text[at]) {
					t.Fatalf("%q: word %d cuts a character at %d", text, i, at)
				}
			}
			if k.Word == "" || len(k.Word) > MaxTerm || !utf8.ValidString(k.Word) || k.Word[0] < ' ' {
				t.Fatalf("%q: word %d is %q", text, i, k.Word)
			}
			if i == 0 && k.Tight {
				t.Fatalf("%q: the first word is tight", text)
			}
		}
		// Letter case makes no difference to what is found.
		if lower := strings.ToLower(text); utf8.ValidString(text) && len(lower) == len(text) {
			if a, b := words(text), words(lower); !slices.Equal(a, b) && !strings.ContainsAny(text, "İ") {
				t.Fatalf("%q: words %q, in lower case %q", text, a, b)
			}
		}
	})
}

func words(text string) []string {
	var list []string
	for _, k := range Tokens(text) {
		list = append(list, k.Word)
	}
	return list
}
