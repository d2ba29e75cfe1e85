package search_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "skillatlas/internal/search"
)

// A large is an index of 14,000 documents of 2 to 4 KB, with a code, a name,
// synonyms, a description and seven level texts each, over 30,000 words that are as
// frequent as words of a language are.
type large struct {
	words []string // from frequent to rare
	docs  []Document
	index *Index
}

func newWriter(seed uint64) *writer {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 0))}
	seen := map[string]bool{}
	for len(w.words) < 30_000 {
		var b strings.Builder
		for range 1 + len(w.words)/200%2 + w.IntN(3) + w.IntN(2) {
			b.WriteString([]string{"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pr"}[w.IntN(16)])
			b.WriteString([]string{"a", "e", "i", "o", "u", "er", "in", "on", "at"}[w.IntN(9)])
		}
		if word := b.String(); !seen[word] {
			seen[word] = true
			w.words = append(w.words, word)
		}
	}
	w.zipf = rand.NewZipf(w.Rand, 1.07, 3, uint64(len(w.words)-1))
	return w
}

type writer struct {
	*rand.Rand
	words []string
	zipf  *rand.Zipf
}

func (w *writer) text(size int) string {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(w.words[w.zipf.Uint64()])
		b.WriteString([]string{" ", " ", " ", " ", " ", " ", ", ", ". "}[w.IntN(8)])
	}
	return b.String()
}

func (w *writer) document(i int) Document {
	code := fmt.Sprintf("S%05d", i)
	d := Document{ID: "skill:" + code, Group: uint8(i % 5), Fields: []Field{
		{Code, code}, {Name, w.text(24)}, {Synonym, w.text(40)}, {Body, w.text(500 + w.IntN(600))},
	}}
	for range 7 {
		d.Fields = append(d.Fields, Field{Body, w.text(200 + w.IntN(200))})
	}
	return d
}

var corpus = sync.OnceValue(func() large {
	w := newWriter(1)
	l := large{words: w.words}
	for i := range 14_000 {
		l.docs = append(l.docs, w.document(i))
	}
	l.index = new(Index).With(l.docs, nil)
	return l
})

func BenchmarkBuild(b *testing.B) {
	l := corpus()
	bytes := 0
	for _, d := range l.docs {
		for _, f := range d.Fields {
			bytes += len(f.Text)
		}
	}
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	before := heap()
	var x *Index
	for b.Loop() {
		x = new(Index).With(l.docs, nil)
	}
	b.ReportMetric(heap()-before, "MB-live")
	runtime.KeepAlive(x)
}

// BenchmarkWith edits one document after another. Its time is the mean, with all
// merging; the longest of them is reported too.
func BenchmarkWith(b *testing.B) {
	l := corpus()
	w := newWriter(2)
	fresh := make([]Document, 1_000)
	for i := range fresh {
		fresh[i] = w.document(i * 13)
	}
	x, i, most := l.index, 0, time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		x = x.With([]Document{fresh[i%len(fresh)]}, nil)
		most = max(most, time.Since(start))
		i++
	}
	b.ReportMetric(float64(most.Microseconds()), "µs-max")
}

// queries are made of words as they come in texts, and rare ones, that people look
// for.
func queries(l large, kind string) []string {
	r := rand.New(rand.NewPCG(3, 3))
	word := func() string {
		for {
			if w := l.words[50+int(r.Float64()*r.Float64()*10_000)]; len(w) > 3 {
				return w
			}
		}
	}
	list := make([]string, 200)
	for i := range list {
		switch kind {
		case "word":
			list[i] = word() + " "
		case "words":
			list[i] = word() + " " + l.words[20+r.IntN(500)] + " "
		case "common":
			list[i] = l.words[r.IntN(20)] + " " + l.words[r.IntN(20)] + " "
		case "prefix":
			w := word()
			list[i] = w[:2+r.IntN(len(w)-2)]
		case "short":
			list[i] = word()[:1]
		case "typo":
			w := []byte(word())
			k := 1 + r.IntN(len(w)-2)
			w[k], w[k+1] = w[k+1], w[k]
			list[i] = string(w) + " "
		case "phrase":
			f := l.docs[r.IntN(len(l.docs))].Fields[3+r.IntN(5)]
			words := strings.Fields(f.Text)
			k := r.IntN(len(words) - 3)
			list[i] = `"` + strings.Join(words[k:k+2+r.IntN(2)], " ") + `"`
		case "hostile":
			// As many words as there may be, all misspelt.
			words := make([]string, 0, MaxWords)
			for len(words) < MaxWords {
				if w := []byte(word()); len(w) >= 8 {
					w[len(w)/2] = 'x'
					words = append(words, string(w))
				}
			}
			list[i] = strings.Join(words, " ")
		case "code":
			list[i] = l.docs[r.IntN(len(l.docs))].Fields[0].Text
		}
	}
	return list
}

func BenchmarkSearch(b *testing.B) {
	l := corpus()
	edited := l.index
	w := newWriter(4)
	for i := range 100 {
		edited = edited.With([]Document{w.document(i * 131)}, nil)
	}
	var mix []string
	for _, kind := range []string{"word", "words", "prefix", "typo", "phrase", "code", "common", "short", "hostile"} {
		list := queries(l, kind)
		if kind != "common" && kind != "short" && kind != "hostile" {
			mix = append(mix, list...)
		}
		b.Run(kind, func(b *testing.B) { benchSearch(b, l.index, list) })
	}
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(mix), func(i, j int) { mix[i], mix[j] = mix[j], mix[i] })
	b.Run("mix", func(b *testing.B) { benchSearch(b, l.index, mix) })
	b.Run("mixAfterEdits", func(b *testing.B) { benchSearch(b, edited, mix) })
}

func benchSearch(b *testing.B, x *Index, list []string) {
	var times []time.Duration
	hits := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		r, err := x.Search(Query{Text: list[i%len(list)], Limit: 20})
		if err != nil {
			b.Fatal(err)
		}
		hits += r.Total
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	at := func(part float64) float64 { return float64(times[int(part*float64(len(times)-1))].Nanoseconds()) / 1e3 }
	b.ReportMetric(at(0.5), "µs-median")
	b.ReportMetric(at(0.99), "µs-p99")
	b.ReportMetric(float64(hits)/float64(len(times)), "hits")
}

func BenchmarkFragment(b *testing.B) {
	l := corpus()
	r, err := l.index.Search(Query{Text: l.words[100] + " " + l.words[200][:3], Limit: 1})
	if err != nil || len(r.Hits) == 0 {
		b.Fatal(r, err)
	}
	text := l.docs[0].Fields[3].Text
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r.Marker.Fragment(text, 200)
	}
}
