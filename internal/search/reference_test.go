package search_test

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	. "skillatlas/internal/search"
)

// A reference answers queries the plain way: it reads all texts for each.
type reference map[string]Document

// An asked is a part of a query: a word, or several next to each other.
type asked struct {
	forms        []Token
	quoted, open bool
}

type termCounts map[string][4]int

// A finding is what a part of a query was found as.
type finding struct {
	head  []string
	terms map[string]float64
}

// search answers a query, and says what was found, for what marks.
func (r reference) search(q Query, words []asked) (Results, []finding) {
	var findings []finding
	vocabulary := map[string]int{}
	texts := map[string]*[4][][]Token{}
	var total, filled [4]float64
	lengths := map[string][4]float64{}
	for id, d := range r {
		terms := map[string]bool{}
		texts[id] = &[4][][]Token{}
		var length [4]float64
		for _, f := range d.Fields {
			text := f.Text
			if scheme := strings.Index(text, "://"); f.Class == Code && scheme >= 0 {
				parts := strings.FieldsFunc(text[scheme+3:], func(r rune) bool { return r == '/' || r == '#' })
				text = strings.Join(parts[max(0, len(parts)-1):], "")
			}
			tokens := Tokens(text)
			texts[id][f.Class] = append(texts[id][f.Class], tokens)
			for _, t := range tokens {
				terms[t.Word] = true
				if t.Sign != "" {
					terms[t.Sign] = true
				}
			}
			length[f.Class] += float64(len(tokens))
		}
		for term := range terms {
			vocabulary[term]++
		}
		for c := range length {
			if length[c] > 0 {
				total[c] += length[c]
				filled[c]++
			}
		}
		lengths[id] = length
	}

	exact, named := map[string]bool{}, map[string]bool{}
	code, name := folded(q.Text), spoken(q.Text)
	for id, d := range r {
		for _, f := range d.Fields {
			switch {
			case f.Class == Code && code != "" && folded(f.Text) == code:
				exact[id] = true
			case f.Class == Name && name != "" && spoken(f.Text) == name:
				named[id] = true
			}
		}
	}
	guess := len(named) == 0 && len(exact) == 0

	type answer struct {
		matched, near int
		rank          Rank
		in            Classes
	}
	answers := map[string]*answer{}
	for id := range r {
		answers[id] = &answer{rank: Rank{ID: id}}
	}
	for _, a := range words {
		head, factors := expand(vocabulary, a)
		near := map[string]bool{}
		last := a.forms[len(a.forms)-1]
		count := func() (map[string]termCounts, int) {
			all, n := map[string]termCounts{}, 0
			for id := range r {
				all[id] = occurrences(texts[id], head, factors)
				if len(all[id]) > 0 {
					n++
				}
			}
			return all, n
		}
		found, n := count()
		if guess && len(a.forms) == 1 && !a.quoted && last.Sign == "" && n < 3 {
			for _, term := range typos(vocabulary, last.Word, factors) {
				factors[term], near[term] = 0.5, true
			}
			found, n = count()
		}
		if n == 0 {
			continue
		}
		findings = append(findings, finding{head, factors})
		idf := math.Log(1 + (float64(len(r)-n)+0.5)/(float64(n)+0.5))
		for id, counts := range found {
			if len(counts) == 0 {
				continue
			}
			var sums [4]float64
			written := false
			for _, term := range slices.Sorted(maps.Keys(counts)) {
				for c, k := range counts[term] {
					sums[c] += float64(float64(k) * factors[term])
				}
				written = written || !near[term]
			}
			tf := 0.0
			for c, n := range sums {
				if n > 0 {
					b, weight := [4]float64{0, 0.5, 0.5, 0.75}[c], [4]float64{8, 5, 3, 1}[c]
					tf += float64(weight * n / (1 - b + float64(b*lengths[id][c]/(total[c]/filled[c]))))
					answers[id].in |= 1 << c
				}
			}
			answers[id].matched++
			if !written {
				answers[id].near++
			}
			answers[id].rank.Score += float64(idf * (tf / (1.2 + tf)))
		}
	}

	var all, some []Hit
	for id, a := range answers {
		if q.Groups != 0 && q.Groups>>r[id].Group&1 == 0 {
			continue
		}
		h := Hit{a.rank, a.in}
		switch {
		case exact[id]:
			h.Match = Exact
			h.In |= 1 << Code
			all = append(all, h)
		case named[id]:
			h.Match = Named
			all = append(all, h)
		case len(words) > 0 && a.matched == len(words):
			h.Match = All
			if a.near > 0 {
				h.Match = Near
			}
			all = append(all, h)
		case a.matched > 0:
			some = append(some, h)
		}
	}
	if all == nil && !q.All {
		all = some
	}
	order := func(a, b Rank) int {
		return cmp.Or(cmp.Compare(b.Match, a.Match), cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	}
	slices.SortFunc(all, func(a, b Hit) int { return order(a.Rank, b.Rank) })
	res := Results{Total: len(all)}
	lo, hi := 0, len(all)
	for q.After != nil && lo < hi && order(all[lo].Rank, *q.After) <= 0 {
		lo++
	}
	for q.Before != nil && lo < hi && order(all[hi-1].Rank, *q.Before) >= 0 {
		hi--
	}
	if q.Last {
		lo = max(lo, hi-q.Limit)
	} else {
		hi = min(hi, lo+q.Limit)
	}
	res.Hits, res.Before = all[lo:hi], lo
	return res, findings
}

var plainLetters = strings.NewReplacer("ï", "i", "é", "e", "ß", "ss", "ά", "α", "ς", "σ")

// folded is a code as it is compared, as far as the tests' codes need it.
func folded(code string) string {
	return plainLetters.Replace(strings.ToLower(strings.TrimSpace(code)))
}

// spoken is the words of a text.
func spoken(text string) string {
	var list []string
	for _, k := range Tokens(text) {
		if k.Sign != "" && !(k.Tight && strings.HasPrefix(k.Sign, ".")) {
			k.Word = k.Sign
		}
		list = append(list, k.Word)
	}
	return strings.Join(list, " ")
}

// expand says what the words of a phrase stand for, all before the last for one
// term, the last for several, each with its factor.
func expand(vocabulary map[string]int, a asked) (head []string, terms map[string]float64) {
	terms = map[string]float64{}
	n := len(a.forms) - 1
	for _, f := range a.forms[:n] {
		if f.Sign != "" && vocabulary[f.Sign] > 0 {
			head = append(head, f.Sign)
		} else {
			head = append(head, f.Word)
		}
	}
	if f := a.forms[n]; f.Sign != "" {
		stands(terms, vocabulary, f.Sign, true, a.open)
	}
	if len(terms) == 0 {
		stands(terms, vocabulary, a.forms[n].Word, a.quoted, a.open)
	}
	return head, terms
}

func stands(factors map[string]float64, vocabulary map[string]int, word string, quoted, open bool) {
	if vocabulary[word] > 0 {
		factors[word] = 1
	}
	if !quoted {
		for _, v := range Variants(word) {
			if vocabulary[v] > 0 {
				factors[v] = 0.8
			}
		}
	}
	if open {
		var more []string
		for term := range vocabulary {
			if _, known := factors[term]; !known && strings.HasPrefix(term, word) {
				more = append(more, term)
			}
		}
		for _, term := range frequent(more, vocabulary, 48) {
			factors[term] = 0.25
		}
	}
}

func frequent(terms []string, vocabulary map[string]int, most int) []string {
	slices.SortFunc(terms, func(a, b string) int {
		return cmp.Or(cmp.Compare(vocabulary[b], vocabulary[a]), strings.Compare(a, b))
	})
	return terms[:min(most, len(terms))]
}

func typos(vocabulary map[string]int, word string, known map[string]float64) []string {
	slips := 1
	switch n := len([]rune(word)); {
	case n < 4 || len(word) == MaxTerm || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }):
		return nil
	case n >= 8:
		slips = 2
	}
	for least := 1; least <= slips; least++ {
		var list []string
		for term := range vocabulary {
			if _, already := known[term]; !already && distance(word, term) == least {
				list = append(list, term)
			}
		}
		if list != nil {
			return frequent(list, vocabulary, 16)
		}
	}
	return nil
}

// distance is the optimal string alignment distance, by its definition.
func distance(s, t string) int {
	a, b := []rune(s), []rune(t)
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0:
				rows[i][j] = j
				continue
			case j == 0:
				rows[i][j] = i
				continue
			}
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// occurrences counts by class where terms end a phrase with a head.
func occurrences(texts *[4][][]Token, head []string, terms map[string]float64) termCounts {
	found := termCounts{}
	for c, fields := range texts {
		for _, tokens := range fields {
			for i := range tokens {
				for term := range terms {
					if ends(tokens[:i+1], head, term) {
						n := found[term]
						n[c]++
						found[term] = n
					}
				}
			}
		}
	}
	return found
}

// ends reports whether tokens end with a phrase.
func ends(tokens []Token, head []string, last string) bool {
	n := len(tokens) - 1 - len(head)
	if n < 0 {
		return false
	}
	is := func(t Token, term string) bool { return t.Word == term || t.Sign == term }
	for i, term := range head {
		if !is(tokens[n+i], term) {
			return false
		}
	}
	return is(tokens[len(tokens)-1], last)
}

// marks colours each byte of a text that is part of what was found, and of what is
// between the words of a phrase.
func marks(text string, findings []finding) []Span {
	coloured := make([]bool, len(text)+1)
	tokens := Tokens(text)
	for i := range tokens {
		for _, f := range findings {
			for term := range f.terms {
				if ends(tokens[:i+1], f.head, term) {
					for k := tokens[i-len(f.head)].From; k < tokens[i].To; k++ {
						coloured[k] = true
					}
				}
			}
		}
	}
	var list []Span
	for i, c := range coloured {
		switch n := len(list); {
		case c && (i == 0 || !coloured[i-1]):
			list = append(list, Span{i, i + 1})
		case c:
			list[n-1].To = i + 1
		}
	}
	return list
}
