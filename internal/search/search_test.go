package search_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "skillatlas/internal/search"
)

// An author makes up documents and queries of few words that are like each other.
type author struct {
	*rand.Rand
	words []entry
	names []named // of documents
}

// A named is a name that may be asked for.
type named struct {
	text string
	asks []asked
}

// An entry is a word, or a run of words of a script without blanks, as it may be
// written.
type entry struct {
	text  string
	forms []Token
}

func word(text, word, sign string) entry { return entry{text, []Token{{Word: word, Sign: sign}}} }

func newAuthor(seed uint64) *author {
	a := &author{Rand: rand.New(rand.NewPCG(seed, 1))}
	if a.IntN(3) == 0 {
		// Many words of few letters, so that there are more than a prefix or typo may find.
		for range 50 + a.IntN(400) {
			var b strings.Builder
			for range 1 + a.IntN(10) {
				b.WriteByte("aab"[a.IntN(3)])
			}
			a.words = append(a.words, word(b.String(), b.String(), ""))
		}
		return a
	}
	a.words = []entry{
		word("naïve", "naive", ""), word("NAIVE", "naive", ""), word("Straße", "strasse", ""), word("C++", "c", "c++"), word("C#", "c", "c#"),
		word("C", "c", ""), word(".NET", "net", ".net"), word("net", "net", ""), word("nets", "nets", ""), word("Ελλάς", "ελλασ", ""), word("5", "5", ""), word("ITOP", "itop", ""),
		word("ITOPS", "itops", ""), word("résumés", "resumes", ""), word("한국어", "한국어", ""),
		{"設計", []Token{{Word: "設"}, {Word: "計"}}}, {"計", []Token{{Word: "計"}}}, {"がけ", []Token{{Word: "が"}, {Word: "け"}}},
	}
	for _, w := range []string{
		"data", "date", "dates", "database", "databases", "skill", "skills", "skil", "skull", "process", "processes",
		"analysis", "analyses", "analyst", "policy", "policies", "police", "management", "managment", "manager", "mangaer", "engineering", "engineer", "a", "the", "bus", "buses", "s",
	} {
		a.words = append(a.words, word(w, w, ""))
	}
	a.Shuffle(len(a.words), func(i, j int) { a.words[i], a.words[j] = a.words[j], a.words[i] })
	a.words = a.words[:10+a.IntN(len(a.words)-10)]
	return a
}

func pick[T any](a *author, list ...T) T { return list[a.IntN(len(list))] }

func (a *author) entry() entry { return a.words[int(float64(len(a.words))*a.Float64()*a.Float64())] }

func (a *author) text() string {
	var b strings.Builder
	for range a.IntN(12) {
		b.WriteString(a.entry().text)
		b.WriteString(pick(a, " ", " ", " ", ", ", ". ", "-", "/", "_", "'s ", " & "))
	}
	return b.String()
}

func (a *author) document() Document {
	id := fmt.Sprintf("d%d", a.IntN(30))
	d := Document{ID: id, Group: uint8(pick(a, 0, 1, 2, 63))}
	for range a.IntN(5) {
		d.Fields = append(d.Fields, Field{pick(a, Code, Name, Synonym, Body, Body), a.text()})
	}
	if a.IntN(3) == 0 {
		name, words := a.query()
		a.names = append(a.names, named{name, words})
		d.Fields = append(d.Fields, Field{Name, name})
	}
	if a.IntN(2) == 0 {
		d.Fields = append(d.Fields, Field{Code, pick(a, "ITOP", "itop_5", "naive", "+", "計", "data://process/date", "data://process/skills#policy/", a.entry().text)})
	}
	return d
}

func (a *author) documents() []Document {
	list := make([]Document, a.IntN(pick(a, 3, 20)))
	for i := range list {
		list[i] = a.document()
	}
	return list
}

// query makes up the text of a query, and what it asks for.
func (a *author) query() (string, []asked) {
	if n := len(a.names); n > 0 && a.IntN(6) == 0 {
		name := a.names[a.IntN(n)]
		return name.text, name.asks
	}
	var b strings.Builder
	var words []asked
	n := a.IntN(4)
	for i := range n {
		last := i == n-1
		w := asked{quoted: a.IntN(5) == 0}
		if w.quoted {
			b.WriteByte('"')
		}
		for k := range pick(a, 1, 1, 1, 2, 3) {
			if k > 0 {
				b.WriteString(map[bool]string{true: pick(a, " ", "-", ", "), false: pick(a, "-", "/", "_")}[w.quoted])
			}
			e := a.entry()
			b.WriteString(e.text)
			for _, f := range e.forms {
				if strings.HasPrefix(f.Sign, ".") && !strings.HasSuffix(strings.TrimSuffix(b.String(), e.text), " ") && k > 0 {
					f.Sign = "" // example.net
				}
				w.forms = append(w.forms, f)
			}
		}
		f := &w.forms[len(w.forms)-1]
		if ascii := strings.ToLower(b.String()); f.Sign == "" && len(f.Word) > 1 && strings.HasSuffix(ascii, f.Word) && a.IntN(2) == 0 {
			// Unfinished, or misspelt.
			text := b.String()
			stem := text[:len(text)-len(f.Word)]
			written := []byte(f.Word)
			k := a.IntN(len(written) - 1)
			switch a.IntN(4) {
			case 0:
				written = written[:k+1]
			case 1:
				written[k], written[k+1] = written[k+1], written[k]
			case 2:
				written = slices.Delete(written, k, k+1)
			case 3:
				written = slices.Insert(written, k, 'a')
			}
			if f.Word[0] < 0x80 && f.Word[len(f.Word)-1] < 0x80 {
				b.Reset()
				b.WriteString(stem + string(written))
				f.Word = string(written)
			}
		}
		end := ""
		switch {
		case w.quoted && last && a.IntN(3) == 0:
			w.open = true
		case w.quoted:
			end = `" `
		case last && a.IntN(2) == 0:
			w.open = true
		default:
			end = pick(a, " ", ", ", "! ")
		}
		b.WriteString(end)
		if !slices.ContainsFunc(words, func(o asked) bool { return cmp.Equal(o, w, cmp.AllowUnexported(asked{})) }) {
			words = append(words, w)
		}
	}
	return b.String(), words
}

func (a *author) search(full []Hit, q *Query) {
	q.Limit = pick(a, 0, 1, 2, 100)
	q.Last = a.IntN(4) == 0
	if len(full) > 0 {
		if a.IntN(3) == 0 {
			q.After = &full[a.IntN(len(full))].Rank
		}
		if a.IntN(3) == 0 {
			q.Before = &full[a.IntN(len(full))].Rank
		}
	}
}

var plain = cmp.Options{cmpopts.IgnoreFields(Results{}, "Marker"), cmpopts.EquateEmpty()}

func search(t *testing.T, x *Index, q Query) Results {
	t.Helper()
	r, err := x.Search(q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return r
}

// TestReference holds an index that documents come to and go from to a plain scan
// of the documents it has, to an index made of them at once, and to itself after
// others were derived from it.
func TestReference(t *testing.T) {
	const cases = 300
	seen := map[Match]int{}
	for seed := range cases {
		a := newAuthor(uint64(seed))
		x, live := new(Index), reference{}
		type answered struct {
			x    *Index
			q    Query
			want Results
		}
		var before []answered
		for range 1 + a.IntN(8) {
			docs := a.documents()
			var removed []string
			for range a.IntN(4) {
				removed = append(removed, a.document().ID)
			}
			x = x.With(docs, removed)
			live = maps.Clone(live)
			for _, id := range removed {
				delete(live, id)
			}
			for _, d := range docs {
				live[d.ID] = d
			}
			if x.Len() != len(live) {
				t.Fatalf("seed %d: %d documents, want %d", seed, x.Len(), len(live))
			}
			fresh := new(Index).With(slices.Collect(maps.Values(live)), nil)
			for range 3 {
				text, words := a.query()
				if a.IntN(8) == 0 {
					text, words = pick(a, "ITOP ", " itop_5 ", "+"), nil
					for _, w := range strings.Split(strings.Trim(text, " +"), "_") {
						if w != "" {
							words = append(words, asked{forms: []Token{{Word: strings.ToLower(w)}}})
						}
					}
					if len(words) == 2 {
						words = []asked{{forms: append(words[0].forms, words[1].forms...)}}
					}
				}
				q := Query{Text: text, Groups: pick[uint64](a, 0, 0, 1|1<<63, 1<<2), Limit: 1000}
				q.All = a.IntN(4) == 0
				full, findings := live.search(q, words)
				got := search(t, x, q)
				if diff := cmp.Diff(full, got, plain); diff != "" {
					t.Fatalf("seed %d, %+v, words %+v, documents %+v (-want +got):\n%s", seed, q, words, live, diff)
				}
				for _, h := range full.Hits {
					seen[h.Match]++
					for _, f := range live[h.ID].Fields {
						want := marks(f.Text, findings)
						if diff := cmp.Diff(want, got.Marker.Mark(f.Text), plain); diff != "" {
							t.Fatalf("seed %d, query %q, marks of %q (-want +got):\n%s", seed, text, f.Text, diff)
						}
					}
				}
				a.search(full.Hits, &q)
				want, _ := live.search(q, words)
				if diff := cmp.Diff(want, search(t, x, q), plain); diff != "" {
					t.Fatalf("seed %d, page %+v (-want +got):\n%s", seed, q, diff)
				}
				if diff := cmp.Diff(want, search(t, fresh, q), plain); diff != "" {
					t.Fatalf("seed %d, made at once: %+v (-want +got):\n%s", seed, q, diff)
				}
				before = append(before, answered{x, q, want})
			}
		}
		for _, b := range before {
			if diff := cmp.Diff(b.want, search(t, b.x, b.q), plain); diff != "" {
				t.Fatalf("seed %d, later: %+v (-want +got):\n%s", seed, b.q, diff)
			}
		}
	}
	for m := Some; m <= Exact; m++ {
		if seen[m] < cases/10 {
			t.Errorf("only %d hits of match %d; the test has become blind", seen[m], m)
		}
	}
}
