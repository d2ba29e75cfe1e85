package framework

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/search"
)

// Search finds what the framework holds, and its change requests, by words; see
// [search.Query] for what a text means. What matches better comes first.
func (f *FrameworkView) Search(
	ctx context.Context, query string, kinds []SearchKind, status []Status, first *int, after *string, last *int, before *string,
) (SearchConnection, error) {
	none := SearchConnection{}
	size, backward, err := page{first, after, last, before}.size()
	if err != nil {
		return none, err
	}
	q := search.Query{Text: query, Limit: size + 1, Last: backward, Groups: groupsOf(kinds, status)}
	cursors := searchCursors(q)
	if q.After, err = cursors.rank("after", after); err != nil {
		return none, err
	}
	if q.Before, err = cursors.rank("before", before); err != nil {
		return none, err
	}
	if err := f.spend(ctx, costOfSearch); err != nil {
		return none, err
	}
	found, err := f.search(ctx, q)
	if err != nil {
		return none, err
	}
	hits := found.hits
	more := len(hits) > size
	if more && backward {
		hits = hits[len(hits)-size:]
	} else if more {
		hits = hits[:size]
	}
	c := SearchConnection{total: func(context.Context) (int, error) { return found.total, nil }}
	for _, h := range hits {
		c.Edges = append(c.Edges, Edge[SearchHitView]{h, cursor{key: cursors.of(h.Rank)}})
	}
	n, earlier := len(c.Edges), found.before
	if more && backward {
		earlier++
	}
	c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = earlier > 0, earlier+n < found.total
	c.bounded()
	return c, f.spend(ctx, len(c.Edges)*costOfElement)
}

// costOfSearch is what a search takes of a budget.
const costOfSearch = 500

// skillOf turns the code of a skill's level into that of the skill, which it finds.
func (f *FrameworkView) skillOf(text string) string {
	for _, code := range []string{strings.TrimSpace(text), strings.ToUpper(strings.TrimSpace(text))} {
		skill, level, _ := parseSkillLevelCode(code)
		if n, ok := f.s.skills.get(skill); ok {
			if _, described := levelText(n.Levels, level); described {
				return skill
			}
		}
	}
	return text
}

// A searchResult is what the content and the tracker have together.
type searchResult struct {
	hits          []SearchHitView
	total, before int
}

// groupsOf are the groups of the search index of some kinds and statuses; all kinds, and
// only what is active, when none are given.
func groupsOf(kinds []SearchKind, status []Status) uint64 {
	if len(kinds) == 0 {
		kinds = SearchKinds[:]
	}
	if len(status) == 0 {
		status = []Status{StatusActive}
	}
	groups := uint64(0)
	for _, k := range kinds {
		for _, s := range status {
			groups |= 1 << searchGroup(k, s)
		}
	}
	return groups
}

func (f *FrameworkView) search(ctx context.Context, q search.Query) (searchResult, error) {
	type asked struct {
		index *search.Index
		query search.Query
	}
	var asks []asked
	content, requests := q, q
	tracked := groupsOf([]SearchKind{SearchChangeRequest}, nil)
	content.Groups &^= tracked
	content.Text = f.skillOf(q.Text)
	if content.Groups != 0 {
		asks = append(asks, asked{f.s.search.get(), content})
	}
	if q.Groups&tracked != 0 && f.seesTracker(f.Code()) {
		requests.Groups = 0
		t := f.tracker()
		drafts, err := t.draftsOf(ctx, f)
		if err != nil {
			return searchResult{}, err
		}
		asks = append(asks, asked{t.search.get(), requests}, asked{drafts, requests})
	}
	// What has some of the words only counts where nothing in any has all.
	var result searchResult
	for _, all := range []bool{true, false} {
		if all && len(asks) == 1 {
			continue // an index knows by itself
		}
		for _, a := range asks {
			a.query.All = all
			r, err := a.index.Search(a.query)
			if err != nil {
				return searchResult{}, Errorf(Invalid, "query: %v", err)
			}
			for _, h := range r.Hits {
				result.hits = append(result.hits, SearchHitView{f, h, r.Marker})
			}
			result.total += r.Total
			result.before += r.Before
		}
		if result.total > 0 {
			break
		}
	}
	slices.SortFunc(result.hits, func(a, b SearchHitView) int { return a.Rank.Compare(b.Rank) })
	if n := len(result.hits); n > q.Limit {
		if q.Last {
			result.before += n - q.Limit
			result.hits = result.hits[n-q.Limit:]
		} else {
			result.hits = result.hits[:q.Limit]
		}
	}
	return result, nil
}

// searchCursors makes and reads the cursors of a search: the rank that one stands for,
// after a checksum of what was looked for. Ranks of another search mean nothing in it.
func searchCursors(q search.Query) cursorsOfSearch {
	return cursorsOfSearch(crc32.ChecksumIEEE(binary.BigEndian.AppendUint64([]byte(q.Text), q.Groups)))
}

type cursorsOfSearch uint32

func (c cursorsOfSearch) of(r search.Rank) string {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(c)), byte(r.Match))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(r.Score))
	return base64.RawURLEncoding.EncodeToString(append(b, r.ID...))
}

func (c cursorsOfSearch) rank(argument string, cursor *string) (*search.Rank, error) {
	if cursor == nil {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err == nil && len(b) >= 13 && binary.BigEndian.Uint32(b) == uint32(c) {
		r := &search.Rank{Match: search.Match(b[4]), Score: math.Float64frombits(binary.BigEndian.Uint64(b[5:])), ID: string(b[13:])}
		if !math.IsNaN(r.Score) {
			return r, nil
		}
	}
	return nil, Errorf(Invalid, "%s is not a cursor of this search; use one that a search for the same returned", argument)
}

// A SearchMatch says how what is found answers the query.
type SearchMatch string

// The ways to match, the best first.
const (
	MatchCode SearchMatch = "CODE"
	MatchName SearchMatch = "NAME"
	MatchAll  SearchMatch = "ALL"
	MatchNear SearchMatch = "NEAR"
	MatchSome SearchMatch = "SOME"
)

// SearchMatches lists the ways to match.
var SearchMatches = [...]SearchMatch{MatchCode, MatchName, MatchAll, MatchNear, MatchSome}

// A SearchHitView is something that was found.
type SearchHitView struct {
	f *FrameworkView
	search.Hit
	marker search.Marker
}

// Match says how it answers the query.
func (v SearchHitView) Match() SearchMatch {
	return map[search.Match]SearchMatch{
		search.Exact: MatchCode, search.Named: MatchName, search.All: MatchAll, search.Near: MatchNear, search.Some: MatchSome,
	}[v.Hit.Match]
}

// Score tells hits that match alike apart; the greater comes first.
func (v SearchHitView) Score() float64 { return rounded(v.Hit.Score) }

func (v SearchHitView) key() (SearchKind, string) {
	kind, key, _ := strings.Cut(v.Hit.ID, ":")
	for _, k := range SearchKinds {
		if kindsOfSearch[k] == Kind(kind) {
			return k, key
		}
	}
	panic("framework: unknown kind in the search index: " + kind)
}

// Kind is what was found.
func (v SearchHitView) Kind() SearchKind {
	kind, _ := v.key()
	return kind
}

// Node is what was found.
func (v SearchHitView) Node() Node {
	kind, key := v.key()
	return v.f.node(kindsOfSearch[kind], key)
}

func (v SearchHitView) number() int {
	_, key := v.key()
	n, _ := strconv.Atoi(key) // made by us
	return n
}

func (v SearchHitView) texts() []searchText {
	kind, key := v.key()
	if kind == SearchChangeRequest {
		return v.f.tracker().request(v.number()).searchTexts()
	}
	return searchTexts(v.f.s.entity(kindsOfSearch[kind], key))
}

// A SearchFragment is a part of a text in which words of the query are.
type SearchFragment struct {
	// Field is the path of the text's field, such as description or levels.5.
	Field string
	// Parts are the fragment in pieces, in order.
	Parts []SearchPart
	// Before and After tell that the text goes on.
	Before, After bool
}

// A SearchPart is a piece of a fragment.
type SearchPart struct {
	Text string
	// Marked tells that it is one of the words looked for.
	Marked bool
}

// Bounds on fragments: how many, and how many bytes each.
const (
	maxFragments    = 20
	maxFragmentSize = 1_000
)

// Fragments lists parts of the texts in which words of the query are, one of each text, in
// the order in which people read them.
func (v SearchHitView) Fragments(ctx context.Context, first, size int) ([]SearchFragment, error) {
	switch {
	case first < 0 || first > maxFragments:
		return nil, Errorf(Invalid, "first is %d; ask for 0 to %d fragments", first, maxFragments)
	case size < 20 || size > maxFragmentSize:
		return nil, Errorf(Invalid, "size is %d; it can be 20 to %d", size, maxFragmentSize)
	}
	fragments := []SearchFragment{}
	for _, t := range v.texts() {
		if err := v.f.spend(ctx, 1+len(t.text)/100); err != nil {
			return nil, err
		}
		if len(fragments) == first {
			break
		}
		if fragment, ok := v.marker.Fragment(t.text, size); ok {
			fragments = append(fragments, cut(t, fragment))
		}
	}
	return fragments, nil
}

// cut cuts a fragment at what is marked.
func cut(t searchText, f search.Fragment) SearchFragment {
	s := SearchFragment{Field: t.field, Before: f.From > 0, After: f.To < len(t.text)}
	at := f.From
	for _, m := range f.Marks {
		if m.From > at {
			s.Parts = append(s.Parts, SearchPart{Text: t.text[at:m.From]})
		}
		s.Parts = append(s.Parts, SearchPart{t.text[m.From:m.To], true})
		at = m.To
	}
	if at < f.To {
		s.Parts = append(s.Parts, SearchPart{Text: t.text[at:f.To]})
	}
	return s
}
