package search_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	. "skillatlas/internal/search"
)

// shown is a text with marks in brackets.
func shown(text string, from, to int, marks []Span) string {
	var b strings.Builder
	for _, m := range marks {
		b.WriteString(text[from:m.From] + "[" + text[m.From:m.To] + "]")
		from = m.To
	}
	return b.String() + text[from:to]
}

// marker is that of a query on documents with one text, so many that no word is
// taken for a typo.
func marker(t *testing.T, text, query string) Marker {
	t.Helper()
	var docs []Document
	for _, id := range []string{"1", "2", "3"} {
		docs = append(docs, Document{ID: id, Fields: []Field{{Body, text}}})
	}
	x := new(Index).With(docs, nil)
	return search(t, x, Query{Text: query, Limit: 1}).Marker
}

func TestMark(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"words":              {"data plan ", "[Data] and [plans], or a plane; a [plan] for ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
		"unfinished":         {"pl", "Data and [plans], or a [plane]; a [plan] for ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
		"misspelt":           {"paln ", "Data and plans, or a plane; a [plan] for ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
		"phrase":             {`"and plans"`, "Data [and plans], or a plane; a plan for ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
		"signs":              {"c++ .net", "Data and plans, or a plane; a plan for ITOP_5 in [C++] and [.NET]. Café, e-mail, 設計書"},
		"compound":           {"itop_5 e-mail", "Data and plans, or a plane; a plan for [ITOP_5] in C++ and .NET. Café, [e-mail], 設計書"},
		"accents, runs":      {"CAFE 設計", "Data and plans, or a plane; a plan for ITOP_5 in C++ and .NET. [Café], e-mail, [設計]書"},
		"next to each other": {"設 書 ", "Data and plans, or a plane; a plan for ITOP_5 in C++ and .NET. Café, e-mail, [設]計[書]"},
		"touching":           {"設 計 ", "Data and plans, or a plane; a plan for ITOP_5 in C++ and .NET. Café, e-mail, [設計]書"},
		"overlap":            {`"a plan" "plan for"`, "Data and plans, or a plane; [a plan for] ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
		"nothing":            {"zebra", "Data and plans, or a plane; a plan for ITOP_5 in C++ and .NET. Café, e-mail, 設計書"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("[", "", "]", "").Replace(c.want)
			if got := shown(text, 0, len(text), marker(t, text, c.query).Mark(text)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFragment(t *testing.T) {
	text := "First of all there is a plan. Nobody reads it, since it is long and says little. " +
		"In the end it names the data, and how to plan with it; then more plan, plan, plan. The end is near the écluse."
	for name, c := range map[string]struct {
		query string
		size  int
		want  string
	}{
		"most words":        {"plan data ", 63, "[data], and how to [plan] with it; then more [plan], [plan], [plan]"},
		"most marks":        {"plan ", 30, "[plan], [plan], [plan]. The end"},
		"at the start":      {"first ", 21, "[First] of all there is"},
		"at the end":        {"écluse ", 22, "is near the [écluse]."},
		"whole":             {"plan ", 500, ""},
		"less than a word":  {"little ", 3, "[little]"},
		"nothing of a size": {"little ", 0, "[little]"},
		"just fits":         {"plan with ", 9, "[plan] [with]"},
		"phrase":            {`"long and says little"`, 10, "[long and says little]"},
	} {
		t.Run(name, func(t *testing.T) {
			m := marker(t, text, c.query)
			f, ok := m.Fragment(text, c.size)
			if !ok {
				t.Fatal("nothing is found")
			}
			if c.want == "" {
				c.want = shown(text, 0, len(text), m.Mark(text))
			}
			if got := shown(text, f.From, f.To, f.Marks); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	if f, ok := marker(t, text, "plan").Fragment("nothing of it", 10); ok {
		t.Errorf("got %v", f)
	}
	if f, ok := (Marker{}).Fragment(text, 10); ok {
		t.Errorf("the zero marker found %v", f)
	}
}

// check holds marks and a fragment to what they promise of any text.
func check(t *testing.T, m Marker, text string, size int) {
	t.Helper()
	all := m.Mark(text)
	orderly := func(from, to int, marks []Span) {
		t.Helper()
		for _, s := range marks {
			if s.From < from || s.To <= s.From || s.To > to {
				t.Fatalf("%q: marks %v from %d to %d", text, marks, from, to)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[s.From:s.To]) {
				t.Fatalf("%q: mark %v cuts a character", text, s)
			}
			from = s.To + 1
		}
	}
	orderly(0, len(text), all)
	f, ok := m.Fragment(text, size)
	if ok != (len(all) > 0) {
		t.Fatalf("%q: fragment %v, marks %v", text, f, all)
	}
	if !ok {
		return
	}
	if f.From < 0 || f.To > len(text) || len(f.Marks) == 0 {
		t.Fatalf("%q: fragment %v", text, f)
	}
	orderly(f.From, f.To, f.Marks)
	if utf8.ValidString(text) && !utf8.ValidString(text[f.From:f.To]) {
		t.Fatalf("%q: fragment %v cuts a character", text, f)
	}
	longest := size
	for _, s := range all {
		longest = max(longest, utf8.RuneCountInString(text[s.From:s.To]))
	}
	if n := utf8.RuneCountInString(text[f.From:f.To]); n > longest {
		t.Fatalf("%q: fragment %v has %d characters, of %d", text, f, n, size)
	}
	for _, s := range f.Marks {
		if !slices.ContainsFunc(all, func(a Span) bool { return a.From <= s.From && s.To <= a.To }) {
			t.Fatalf("%q: mark %v of the fragment is none of %v", text, s, all)
		}
	}
}

func TestMarkRandom(t *testing.T) {
	for seed := range uint64(3_000) {
		a := newAuthor(seed)
		var texts []string
		var d Document
		for range 1 + a.IntN(3) {
			texts = append(texts, a.text()+a.text())
			d.Fields = append(d.Fields, Field{Body, texts[len(texts)-1]})
		}
		query, _ := a.query()
		m := search(t, new(Index).With([]Document{d}, nil), Query{Text: query}).Marker
		for _, text := range texts {
			check(t, m, text, rand.New(rand.NewPCG(seed, 0)).IntN(60))
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add("Data and plans for ITOP_5 in C++, .NET, Café's 設計", `"and plans" itop_5 c++ .net cafe 計`, 20)
	f.Add("a\xff\xe4\xb8 b ที่ ﬁ\u0301", "ที่ fi b a", 3)
	f.Add("aaaa aaab abaa", "aaba aa", -1)
	f.Fuzz(func(t *testing.T, text, query string, size int) {
		x := new(Index).With([]Document{{ID: "1", Fields: []Field{{Body, text}, {Code, query}}}, {ID: "2", Fields: []Field{{Name, text}}}}, nil)
		r, err := x.Search(Query{Text: query, Limit: 10})
		if (err != nil) != (len(query) > MaxText || len(Tokens(query)) > MaxWords) && !strings.Contains(query, `"`) {
			t.Fatalf("%q: %v", query, err)
		}
		if err != nil {
			return
		}
		if r.Total != len(r.Hits) || r.Total > 2 {
			t.Fatalf("%q: %+v", query, r)
		}
		check(t, r.Marker, text, size)
		check(t, r.Marker, query, size)
		for _, h := range r.Hits {
			if h.Match != Exact && h.Match != Some && h.ID == "2" && len(r.Marker.Mark(text)) == 0 {
				t.Fatalf("%q is found in %q, and not marked", query, text)
			}
		}
	})
}
