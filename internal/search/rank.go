package search

import "slices"

// Search answers a query. It refuses queries that are too long, with an error that
// says so to who wrote it. The cost is bounded by the size of the index times the
// number of words.
func (x *Index) Search(q Query) (Results, error) {
	wordings, err := parse(q.Text)
	if err != nil {
		return Results{}, err
	}
	s := newSearcher(x)
	s.codes, s.names = s.whole(codeTerm(q.Text)), s.whole(nameTerm(q.Text))
	for _, w := range wordings {
		s.words = append(s.words, s.find(w))
	}
	ranking := newRanking(q)
	match := All
	found := s.matching(q, bitset.and)
	if !q.All && !slices.ContainsFunc(found, func(docs []uint32) bool { return len(docs) > 0 }) {
		match = Some
		found = s.matching(q, bitset.or)
	}
	for i, docs := range found {
		if len(docs) > 0 {
			s.rank(i, docs, match, ranking)
		}
	}
	r := ranking.results()
	r.Marker = newMarker(s.words)
	return r, nil
}

// A searcher answers one query.
type searcher struct {
	*Index
	average [classes]float64 // length of a text, in words
	words   []*sought
	// Documents whose code or name is the text, by part; nil if there are none.
	codes, names []bitset
}

func newSearcher(x *Index) *searcher {
	s := &searcher{Index: x}
	for class := range s.average {
		s.average[class] = float64(x.words[class]) / float64(max(1, x.filled[class]))
	}
	return s
}

// A sought is a word or phrase that was looked for.
type sought struct {
	head  []string    // the words of a phrase before the last
	terms []expansion // what the last stands for
	// places are where the terms end a phrase, by term and part; nil for a word.
	places [][][]spot
	docs   []bitset // that have it, by part
	n      int      // how many
}

// whole finds the documents that have a code or name as a whole, by part.
func (s *searcher) whole(term string) []bitset {
	e, ok := s.look(term, 1)
	if !ok {
		return nil
	}
	list := make([]bitset, len(s.parts))
	for i, p := range s.parts {
		list[i] = newBitset(len(p.ids))
		s.having(&e, i, list[i])
	}
	return list
}

// having adds the documents of a part that have a term, without the dead.
func (s *searcher) having(e *expansion, part int, docs bitset) {
	if e.at[part] < 0 {
		return
	}
	p := s.parts[part]
	p.having(int(e.at[part]), docs)
	docs.without(p.dead)
}

// find looks a wording up.
func (s *searcher) find(w wording) *sought {
	last := len(w.forms) - 1
	f := &sought{docs: make([]bitset, len(s.parts))}
	for i, p := range s.parts {
		f.docs[i] = newBitset(len(p.ids))
	}
	f.terms = s.expandForm(w.forms[last], w.quoted, w.open)
	if last > 0 {
		s.findPhrase(f, w.forms[:last])
		return f
	}
	s.include(f, f.terms)
	if s.codes == nil && s.names == nil && !w.quoted && f.n < few && w.forms[0].sign == "" {
		typos := s.typos(w.forms[0].word, f.terms)
		s.include(f, typos)
		f.terms = append(f.terms, typos...)
		slices.SortFunc(f.terms, byTerm)
	}
	return f
}

// expandForm expands a word with its sign, or without when nothing has it so.
func (s *searcher) expandForm(f form, quoted, open bool) []expansion {
	if f.sign != "" {
		if terms := s.expand(f.sign, true, open); len(terms) > 0 {
			return terms
		}
	}
	return s.expand(f.word, quoted, open)
}

// include adds the documents that have some terms to those found.
func (s *searcher) include(f *sought, terms []expansion) {
	f.n = 0
	for i := range s.parts {
		for k := range terms {
			s.having(&terms[k], i, f.docs[i])
		}
		f.n += f.docs[i].count()
	}
}

// findPhrase finds where the words of a phrase stand next to each other.
func (s *searcher) findPhrase(f *sought, forms []form) {
	head := make([]expansion, len(forms))
	for i, form := range forms {
		f.head = append(f.head, form.word)
		if e := s.expandForm(form, true, false); len(e) > 0 {
			head[i] = e[0]
			f.head[i] = e[0].term
		} else {
			f.terms = nil
		}
	}
	f.places = make([][][]spot, len(f.terms))
	for k := range f.places {
		f.places[k] = make([][]spot, len(s.parts))
	}
	if len(f.terms) == 0 {
		return
	}
	for i, p := range s.parts {
		// Documents that have all the words.
		docs := newBitset(len(p.ids))
		for k := range f.terms {
			s.having(&f.terms[k], i, docs)
		}
		for k := range head {
			has := newBitset(len(p.ids))
			s.having(&head[k], i, has)
			docs.and(has)
		}
		if docs.count() == 0 {
			continue
		}
		heads := make([]walker, len(head))
		for k, e := range head {
			heads[k] = walker{cursor: p.cursor(int(e.at[i]))}
		}
		lasts := make([]walker, len(f.terms))
		for k, e := range f.terms {
			if e.at[i] >= 0 {
				lasts[k] = walker{cursor: p.cursor(int(e.at[i]))}
			}
		}
		var upTo, spots []spot
		docs.all(func(doc uint32) {
			for k := range heads {
				if spots = heads[k].spots(spots[:0], doc); k > 0 {
					spots = following(upTo, spots)
				}
				upTo, spots = spots, upTo
				if len(upTo) == 0 {
					return
				}
			}
			for k := range lasts {
				spots = following(upTo, lasts[k].spots(spots[:0], doc))
				if len(spots) > 0 {
					f.places[k][i] = append(f.places[k][i], spots...)
					f.docs[i].add(doc)
				}
			}
		})
		f.n += f.docs[i].count()
	}
}

// A walker finds where a term is in one document after another, in ascending order.
// The zero walker finds nothing.
type walker struct {
	cursor
	passed int // places in the documents passed by, which are not yet taken
}

// spots appends the spots in a document.
func (w *walker) spots(list []spot, doc uint32) []spot {
	for w.doc+1 < doc+1 {
		w.passed += w.n.sum()
		w.n = counts{}
		if !w.next() {
			return list
		}
	}
	if n := w.n.sum(); n > 0 && w.doc == doc {
		w.take(w.passed)
		list = appendSpots(list, doc, &w.n, w.take(n))
		w.passed, w.n = 0, counts{}
	}
	return list
}

// following keeps, in place, the spots that follow one of those before.
func following(before, spots []spot) []spot {
	kept := spots[:0]
	i := 0
	for _, at := range spots {
		for i < len(before) && before[i]+1 < at {
			i++
		}
		if i < len(before) && before[i]+1 == at {
			kept = append(kept, at)
		}
	}
	return kept
}

// matching lists the documents that may be found and have the words, by part: all of
// them or any, as combine says, and those whose code or name is the text.
func (s *searcher) matching(q Query, combine func(bitset, bitset)) [][]uint32 {
	found := make([][]uint32, len(s.parts))
	for i, p := range s.parts {
		docs := newBitset(len(p.ids))
		for k, w := range s.words {
			if k == 0 {
				copy(docs, w.docs[i])
			} else {
				combine(docs, w.docs[i])
			}
		}
		for _, whole := range [][]bitset{s.codes, s.names} {
			if whole != nil {
				docs.or(whole[i])
			}
		}
		list := make([]uint32, 0, docs.count())
		docs.all(func(doc uint32) {
			if q.Groups == 0 || q.Groups>>p.groups[doc]&1 == 1 {
				list = append(list, doc)
			}
		})
		found[i] = list
	}
	return found
}

// rank ranks documents of a part.
func (s *searcher) rank(part int, docs []uint32, match Match, r *ranking) {
	p := s.parts[part]
	scores := make([]float64, len(docs))
	in := make([]Classes, len(docs))
	near := make([]bool, len(docs))
	sums := make([]sum, len(docs))
	for _, w := range s.words {
		if w.n == 0 {
			continue
		}
		clear(sums)
		for k := range w.terms {
			if w.places != nil {
				addPlaces(sums, docs, w.places[k][part], w.terms[k].factor)
			} else if e := &w.terms[k]; e.at[part] >= 0 {
				addCounts(sums, docs, p.cursor(int(e.at[part])), e)
			}
		}
		rare := rarity(w.n, s.live)
		for i := range sums {
			sum := &sums[i]
			if !sum.found {
				continue
			}
			tf, classes := s.weigh(sum, &p.lengths[docs[i]])
			scores[i] += float64(rare * (tf / (saturation + tf)))
			in[i] |= classes
			near[i] = near[i] || !sum.written
		}
	}
	for i, doc := range docs {
		h := Hit{Rank{match, scores[i], p.ids[doc]}, in[i]}
		switch {
		case s.codes != nil && s.codes[part].has(doc):
			h.Match = Exact
			h.In |= 1 << Code
		case s.names != nil && s.names[part].has(doc):
			h.Match = Named
		case match == All && near[i]:
			h.Match = Near
		}
		r.add(h)
	}
}

// A sum is how often the terms of a word are in each class of texts of a document,
// each times its factor.
type sum struct {
	n       [classes]float64
	found   bool
	written bool // some as they are written
}

func (s *sum) add(n *counts, factor float64) {
	s.found = true
	for class, k := range n {
		if k > 0 {
			s.n[class] += float64(float64(k) * factor)
		}
	}
}

// addCounts adds the counts of a term in some documents.
func addCounts(sums []sum, docs []uint32, c cursor, e *expansion) {
	i := 0
	for c.next() {
		for docs[i] < c.doc {
			if i++; i == len(docs) {
				return
			}
		}
		if docs[i] == c.doc {
			sums[i].add(&c.n, e.factor)
			sums[i].written = sums[i].written || !e.near
		}
	}
}

// addPlaces adds the counts of a phrase, by where it is, in some documents.
func addPlaces(sums []sum, docs []uint32, places []spot, factor float64) {
	i := 0
	for len(places) > 0 {
		doc := places[0].doc()
		var n counts
		for len(places) > 0 && places[0].doc() == doc {
			n[places[0].class()]++
			places = places[1:]
		}
		for docs[i] < doc {
			if i++; i == len(docs) {
				return
			}
		}
		if docs[i] == doc {
			sums[i].add(&n, factor)
			sums[i].written = true
		}
	}
}

// weigh is tf for a document with texts of these lengths, and the classes the word
// is in.
func (s *searcher) weigh(sum *sum, length *counts) (tf float64, in Classes) {
	for class, n := range sum.n {
		if n > 0 {
			b := lengthNorms[class]
			tf += float64(weights[class] * n / (1 - b + float64(b*float64(length[class])/s.average[class])))
			in |= 1 << class
		}
	}
	return tf, in
}

// A ranking keeps the hits that are asked for.
type ranking struct {
	Query
	best *heap[Hit] // the first to go at the top
	// How many there are, how many that the page begins after, and how many that it
	// may have.
	total, passed, within int
}

func newRanking(q Query) *ranking {
	return &ranking{Query: q, best: newHeap(nil, func(a, b Hit) bool { return a.before(b.Rank) == q.Last })}
}

func (r *ranking) add(h Hit) {
	r.total++
	switch {
	case r.After != nil && !r.After.before(h.Rank):
		r.passed++
		return
	case r.Before != nil && !h.before(*r.Before):
		return
	}
	r.within++
	switch {
	case len(r.best.items) < r.Limit:
		r.best.push(h)
	case r.Limit > 0 && r.best.before(r.best.items[0], h):
		r.best.replaceTop(h)
	}
}

func (r *ranking) results() Results {
	hits := r.best.items
	slices.SortFunc(hits, func(a, b Hit) int {
		if a.before(b.Rank) {
			return -1
		}
		return 1
	})
	before := r.passed
	if r.Last {
		before += r.within - len(hits)
	}
	return Results{Hits: hits, Total: r.total, Before: before}
}
