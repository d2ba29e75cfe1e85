package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/search"
)

// catalogue is a small framework as people search one.
var catalogue = new(Index).With([]Document{
	{"ITOP", 0, []Field{{Code, "ITOP"}, {Name, "IT infrastructure"}, {Body, "Deploying, configuring and operating infrastructure. Works with DBAD."}}},
	{"ITOP_5", 1, []Field{{Code, "ITOP_5"}, {Body, "Provides leadership in operating infrastructure."}}},
	{"DBAD", 0, []Field{{Code, "DBAD"}, {Name, "Database administration"}, {Synonym, "DBA"}, {Body, "Installing, configuring and maintaining databases. See ITOP_5."}}},
	{"DATM", 0, []Field{{Code, "DATM"}, {Name, "Data management"}, {Synonym, "information management"}, {Body, "Planning and managing data as a product."}}},
	{"PROG", 0, []Field{{Code, "PROG"}, {Name, "Programming"}, {Synonym, "coding"}, {Body, "Writing software in C++, C# or languages of .NET for products and data."}}},
	{"PRMG", 0, []Field{{Code, "PRMG"}, {Name, "Project management"}, {Body, "Managing projects and their data with e-mail."}}},
	{"esco", 2, []Field{{Code, "http://data.europa.eu/esco/skill/7-a"}, {Name, "pilotage de projet"}, {Body, "Über Café"}}},
	{"ja", 3, []Field{{Name, "データベース設計"}, {Body, "Net income."}}},
}, nil)

func TestRanking(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // hits with how they match, best first
	}{
		"a code":                       {"itop", "ITOP=exact ITOP_5=all DBAD=all"},
		"a code of a level":            {"itop_5", "ITOP_5=exact DBAD=all"},
		"an address":                   {"http://data.europa.eu/esco/skill/7-a", "esco=exact"},
		"the end of an address":        {"7-a ", "esco=all"},
		"what addresses share":         {"europa.eu", ""},
		"the name before the text":     {"data ", "DATM=all PRMG=all PROG=all"},
		"an unfinished word":           {"databa", "DBAD=all"},
		"what is finished comes first": {"data", "DATM=all DBAD=all PRMG=all PROG=all"},
		"a synonym":                    {"coding ", "PROG=all"},
		"all words":                    {"management data ", "DATM=all PRMG=all"},
		"a name":                       {"project MANAGEMENT", "PRMG=named"}, "a name in quotes": {`"data management"`, "DATM=named"},
		"some words, when none has all":     {"welding data management ", "DATM=some PRMG=some PROG=some"},
		"a plural":                          {"project ", "PRMG=all esco=near"},
		"a singular":                        {"database ", "DBAD=all"},
		"a swap":                            {"porject ", "PRMG=near"},
		"two slips":                         {"managment ", "DATM=near PRMG=near"},
		"no slip in a short word":           {"dta ", ""},
		"as written before a slip":          {"managing ", "DATM=all PRMG=all"},
		"a phrase":                          {`"configuring and operating"`, "ITOP=all"},
		"a phrase and a word":               {`"data management" information`, "DATM=all"},
		"no phrase over texts":              {`"management planning"`, ""},
		"a phrase as it is":                 {`"projects"`, "PRMG=all"},
		"an unfinished phrase":              {`"managing pro`, "PRMG=all"},
		"signs":                             {"C++", "PROG=all"},
		"signs between":                     {"c# .net ", "PROG=all"},
		"a word is not the one with a sign": {".net ", "PROG=all"},
		"the word without the sign":         {"net ", "ja=all PROG=all"},
		"a sign that nothing has":           {"data# ", "DATM=all PRMG=all PROG=all"},
		"a hyphen":                          {"e-mail", "PRMG=all"},
		"accents":                           {"uber CAFÉ", "esco=all"},
		"characters":                        {"ベース", "ja=all"},
		"characters in another order":       {"設データ", ""},
		"no words":                          {"...", ""},
		"no text":                           {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, h := range search(t, catalogue, Query{Text: c.text, Limit: 10}).Hits {
				got = append(got, h.ID+"="+[]string{"some", "near", "all", "named", "exact"}[h.Match])
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	r := search(t, catalogue, Query{Text: "itop", Groups: 1 << 1, Limit: 10})
	if r.Total != 1 || r.Hits[0].ID != "ITOP_5" || r.Hits[0].In != 1<<Code || !r.Hits[0].In.Has(Code) || r.Hits[0].In.Has(Body) {
		t.Errorf("got %+v", r)
	}
}

// TestPages reads a list page by page, forwards and backwards.
func TestPages(t *testing.T) {
	all := search(t, catalogue, Query{Text: "data", Limit: 100})
	if len(all.Hits) < 3 {
		t.Fatal("too few hits to page through")
	}
	for size := 1; size <= len(all.Hits); size++ {
		q := Query{Text: "data", Limit: size}
		var forward, backward []Hit
		for {
			r := search(t, catalogue, q)
			if r.Total != all.Total || r.Before != len(forward) {
				t.Fatalf("after %d: %d of %d come before", len(forward), r.Before, r.Total)
			}
			if len(r.Hits) == 0 {
				break
			}
			forward = append(forward, r.Hits...)
			q.After = &r.Hits[len(r.Hits)-1].Rank
		}
		q = Query{Text: "data", Limit: size, Last: true}
		for {
			r := search(t, catalogue, q)
			if len(r.Hits) == 0 {
				break
			}
			backward = append(slices.Clone(r.Hits), backward...)
			if r.Before != all.Total-len(backward) {
				t.Fatalf("%d are left, %d come before", all.Total-len(backward), r.Before)
			}
			q.Before = &r.Hits[0].Rank
		}
		for _, got := range [][]Hit{forward, backward} {
			if diff := cmp.Diff(all.Hits, got); diff != "" {
				t.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"long":           {strings.Repeat("é", 500), ""},
		"too long":       {strings.Repeat("é", 500) + "a", "the text is 1001 bytes long; at most 1000 are allowed"},
		"many words":     {strings.Repeat("a ", 32), ""},
		"too many words": {strings.Repeat("a ", 33), "the text has 33 words; at most 32 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := catalogue.Search(Query{Text: c.text}); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("unfinished words", func(t *testing.T) {
		var docs []Document
		for i := range 60 {
			for k := range 2 + i%2 {
				docs = append(docs, Document{ID: fmt.Sprint(i, "-", k), Fields: []Field{{Body, fmt.Sprintf("ab%02d", i)}}})
			}
		}
		// 30 words that three documents have, and of those that two have the first 18.
		x := new(Index).With(docs, nil)
		if r := search(t, x, Query{Text: "ab"}); r.Total != 30*3+18*2 {
			t.Errorf("%d documents are found", r.Total)
		}
		// Three of the frequent words become rare.
		x = x.With(nil, []string{"1-0", "1-1", "3-0", "3-1", "5-0", "5-1"})
		if r := search(t, x, Query{Text: "ab"}); r.Total != 27*3+21*2 {
			t.Errorf("%d documents are found after the removal of some", r.Total)
		}
	})

	t.Run("typos", func(t *testing.T) {
		var docs []Document
		for i := range 26 {
			for k := range 1 + i%2 {
				docs = append(docs, Document{ID: fmt.Sprint(i, "-", k), Fields: []Field{{Body, "abc" + string(rune('a'+i))}}})
			}
		}
		if r := search(t, new(Index).With(docs, nil), Query{Text: "abc1x "}); r.Total != 0 {
			t.Errorf("%d documents are found by a word with a digit", r.Total)
		}
		if r := search(t, new(Index).With(docs, nil), Query{Text: "abcé "}); r.Total != 1+13*2+3 {
			t.Errorf("%d documents are found by the plain letter and others", r.Total)
		}
		if r := search(t, new(Index).With(docs, nil), Query{Text: "abcдд "}); r.Total != 0 {
			t.Errorf("%d documents are found two slips away", r.Total)
		}
		if r := search(t, new(Index).With(docs, nil), Query{Text: "abcд "}); r.Total != 13*2+3 {
			t.Errorf("%d documents are found", r.Total)
		}
		// Of a word that long nothing behind counts, so that no slip can be told.
		long := strings.Repeat("ab", MaxTerm/2)
		x := new(Index).With([]Document{{ID: "short", Fields: []Field{{Body, long[2:]}}}, {ID: "long", Fields: []Field{{Body, long + "c"}}}}, nil)
		if r := search(t, x, Query{Text: "b" + long[1:] + " "}); r.Total != 0 {
			t.Errorf("%d documents are found by a word of %d letters", r.Total, MaxTerm)
		}
		if r := search(t, x, Query{Text: "b" + long[3:] + " "}); r.Total != 1 {
			t.Errorf("%d documents are found by a word of %d letters", r.Total, MaxTerm-2)
		}
	})
}

// TestSegments edits one document after another, and holds the number of segments
// to the logarithm it should have.
func TestSegments(t *testing.T) {
	a := newAuthor(1)
	x := new(Index)
	for i := range 600 {
		x = x.With([]Document{{ID: fmt.Sprint(a.IntN(300)), Fields: []Field{{Body, a.text()}}}}, nil)
		list := Segments(x)
		sum := 0
		for k, n := range list {
			if sum += n; k > 0 && n > list[k-1] {
				t.Fatalf("after %d edits: segments of %v documents", i, list)
			}
		}
		if sum != x.Len() || len(list) > 7 {
			t.Fatalf("after %d edits: segments of %v documents, of %d", i, list, x.Len())
		}
	}
}

// TestBatches makes an index of many documents at once and of the same in batches.
func TestBatches(t *testing.T) {
	a := newAuthor(3)
	var docs []Document
	for i := range 2_500 {
		d := a.document()
		d.ID = fmt.Sprint(i)
		docs = append(docs, d)
	}
	once, batches := new(Index).With(docs, nil), new(Index)
	for batch := range slices.Chunk(docs, 400) {
		batches = batches.With(batch, nil)
	}
	for range 100 {
		text, _ := a.query()
		q := Query{Text: text, Limit: 50}
		if diff := cmp.Diff(search(t, once, q), search(t, batches, q), plain); diff != "" {
			t.Fatalf("%q (-at once +in batches):\n%s", text, diff)
		}
	}
}

// TestRemoved takes most documents out, one after another, and holds the index to
// giving them up.
func TestRemoved(t *testing.T) {
	var docs []Document
	for i := range 100 {
		docs = append(docs, Document{ID: fmt.Sprint(i), Fields: []Field{{Body, "data"}}})
	}
	x := new(Index).With(docs, nil)
	for i, d := range docs {
		x = x.With(nil, []string{d.ID, "unknown"})
		if live := 99 - i; x.Len() != live || Dead(x) > live+1 {
			t.Fatalf("%d documents, %d dead ones, want %d", x.Len(), Dead(x), live)
		}
	}
	if r := search(t, x, Query{Text: "data", Limit: 1}); r.Total != 0 {
		t.Errorf("%d documents are found in an empty index", r.Total)
	}
}

// TestConcurrent reads an index and derives others from it at the same time, for
// the race detector.
func TestConcurrent(t *testing.T) {
	a := newAuthor(2)
	var docs []Document
	for range 100 {
		docs = append(docs, a.document())
	}
	x := new(Index).With(docs, []string{"d1"}).With(docs[:3], []string{"d2"})
	want := search(t, x, Query{Text: "data skil", Limit: 100})
	var wait sync.WaitGroup
	for seed := range uint64(4) {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for range 20 {
				x.With(docs[r.IntN(len(docs)):], []string{docs[r.IntN(len(docs))].ID})
				got, err := x.Search(Query{Text: "data skil", Limit: 100})
				if diff := cmp.Diff(want, got, plain); err != nil || diff != "" {
					t.Error(err, diff)
				}
				for _, f := range docs[0].Fields {
					want.Marker.Fragment(f.Text, 20)
				}
			}
		})
	}
	wait.Wait()
}

func TestMisuse(t *testing.T) {
	for name, d := range map[string]Document{
		"group": {ID: "a", Group: MaxGroups},
		"class": {ID: "a", Fields: []Field{{Class: Body + 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is accepted")
				}
			}()
			new(Index).With([]Document{d}, nil)
		})
	}
}
