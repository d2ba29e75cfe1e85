package framework

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"skillatlas/internal/search"
)

// A searched is the search index of a snapshot's content or of a tracker, with what it
// was made from. The next one is made from it by what has changed.
type searched struct {
	index      *search.Index
	levels     []*Level
	attributes table[*Attribute]
	categories table[*categoryNode]
	skills     table[*skillNode]
	groups     table[*groupNode]
	roles      table[*Role]
	requests   table[*requestNode]
}

// A searchIndex is worked out when it is first asked for, from the last one of those
// before it that was. It is safe for concurrent use.
type searchIndex struct {
	before *searched // may be nil
	made   atomic.Pointer[searched]
	mu     sync.Mutex // held by who makes it
	make   func(before *searched) *searched
}

// next is that of what comes after, which is made by a function.
func (x *searchIndex) next(produce func(before *searched) *searched) *searchIndex {
	n := &searchIndex{make: produce}
	if x != nil {
		if n.before = x.made.Load(); n.before == nil {
			n.before = x.before
		}
	}
	return n
}

// get makes the index if need be.
func (x *searchIndex) get() *search.Index {
	if made := x.made.Load(); made != nil {
		return made.index
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if made := x.made.Load(); made != nil {
		return made.index
	}
	made := x.make(x.before)
	x.made.Store(made)
	return made.index
}

// SearchKind is a kind of thing that can be searched for.
type SearchKind string

// The kinds, each with its kind of entity.
const (
	SearchSkill         SearchKind = "SKILL"
	SearchLevel         SearchKind = "LEVEL"
	SearchAttribute     SearchKind = "ATTRIBUTE"
	SearchCategory      SearchKind = "CATEGORY"
	SearchRoleGroup     SearchKind = "ROLE_GROUP"
	SearchRole          SearchKind = "ROLE"
	SearchChangeRequest SearchKind = "CHANGE_REQUEST"
)

// SearchKinds lists the kinds. Their places are the groups of the search index, twice
// over: those of what is active first.
var SearchKinds = [...]SearchKind{
	SearchSkill, SearchLevel, SearchAttribute, SearchCategory, SearchRoleGroup, SearchRole, SearchChangeRequest,
}

var kindsOfSearch = map[SearchKind]Kind{
	SearchSkill: KindSkill, SearchLevel: KindLevel, SearchAttribute: KindAttribute, SearchCategory: KindCategory,
	SearchRoleGroup: KindRoleGroup, SearchRole: KindRole, SearchChangeRequest: KindChangeRequest,
}

// searchGroup is the group of a kind and status.
func searchGroup(kind SearchKind, status Status) uint8 {
	for i, k := range SearchKinds {
		if k == kind {
			if status == StatusRetired {
				i += len(SearchKinds)
			}
			return uint8(i)
		}
	}
	panic("framework: unknown kind to search for " + string(kind))
}

// searchID names an entity within the index.
func searchID(kind SearchKind, key string) string { return string(kindsOfSearch[kind]) + ":" + key }

// A searchText is a text that is searched, and the path of its field.
type searchText struct {
	class search.Class
	field string
	text  string
}

func (t searchText) indexed() search.Field { return search.Field{Class: t.class, Text: t.text} }

// texts lists the texts of an entity that are searched, in the order in which people
// read them.
func searchTexts(e Entity) []searchText {
	code := func(s string) searchText { return searchText{search.Code, "code", s} }
	name := func(s string) searchText { return searchText{search.Name, "name", s} }
	body := func(field, s string) searchText { return searchText{search.Body, field, s} }
	levels := func(list []LevelText) []searchText {
		var texts []searchText
		for _, l := range list {
			texts = append(texts, body("levels."+strconv.Itoa(l.Level), l.Description))
		}
		return texts
	}
	switch e := e.(type) {
	case *Skill:
		texts := []searchText{code(e.Code), name(e.Name)}
		for i, s := range e.Synonyms {
			texts = append(texts, searchText{search.Synonym, "synonyms." + strconv.Itoa(i), s})
		}
		return append(append(texts, body("description", e.Description), body("guidance", e.Guidance)), levels(e.Levels)...)
	case *Level:
		return []searchText{code(e.Key()), name(e.Name), body("essence", e.Essence)}
	case *Attribute:
		return append([]searchText{code(e.Code), name(e.Name), body("type", e.Type), body("description", e.Description)}, levels(e.Levels)...)
	case *Category:
		return []searchText{code(e.Code), name(e.Name), body("description", e.Description)}
	case *RoleGroup:
		return []searchText{code(e.Code), name(e.Name), body("description", e.Description)}
	case *Role:
		return []searchText{code(e.Code), name(e.Name), body("kind", e.RoleKind), body("description", e.Description)}
	}
	panic("framework: " + string(e.Kind()) + " is not searched")
}

// searchTexts lists the texts of a change request and its comments.
func (n *requestNode) searchTexts() []searchText {
	texts := []searchText{{search.Code, "number", strconv.Itoa(n.Number)}}
	for field, text := range n.texts {
		class := search.Body
		if field == "title" {
			class = search.Name
		}
		texts = append(texts, searchText{class, field, text})
	}
	return texts
}

func searchDocument(kind SearchKind, key string, status Status, texts []searchText) search.Document {
	d := search.Document{ID: searchID(kind, key), Group: searchGroup(kind, status)}
	for _, t := range texts {
		if t.text != "" {
			d.Fields = append(d.Fields, t.indexed())
		}
	}
	return d
}

// searched makes the index of a snapshot.
func (s *Snapshot) searched(before *searched) *searched {
	if before == nil {
		before = &searched{index: &search.Index{}}
	}
	var docs []search.Document
	var gone []string
	levels := map[int]*Level{}
	for _, l := range before.levels {
		levels[l.Ordinal] = l
	}
	for _, l := range s.levels {
		if levels[l.Ordinal] != l {
			docs = append(docs, searchDocument(SearchLevel, l.Key(), StatusActive, searchTexts(l)))
		}
		delete(levels, l.Ordinal)
	}
	for _, l := range levels {
		gone = append(gone, searchID(SearchLevel, l.Key()))
	}
	differing(before.attributes, s.attributes, func(e *Attribute) *Attribute { return e }, func(e *Attribute) {
		docs = append(docs, searchDocument(SearchAttribute, e.Code, e.Status, searchTexts(e)))
	})
	differing(before.categories, s.categories, func(n *categoryNode) *Category { return n.Category }, func(e *Category) {
		docs = append(docs, searchDocument(SearchCategory, e.Code, e.Status, searchTexts(e)))
	})
	differing(before.skills, s.skills, func(n *skillNode) *Skill { return n.Skill }, func(e *Skill) {
		docs = append(docs, searchDocument(SearchSkill, e.Code, e.Status, searchTexts(e)))
	})
	differing(before.groups, s.groups, func(n *groupNode) *RoleGroup { return n.RoleGroup }, func(e *RoleGroup) {
		docs = append(docs, searchDocument(SearchRoleGroup, e.Code, e.Status, searchTexts(e)))
	})
	differing(before.roles, s.roles, func(e *Role) *Role { return e }, func(e *Role) {
		docs = append(docs, searchDocument(SearchRole, e.Code, e.Status, searchTexts(e)))
	})
	return &searched{
		index: before.index.With(docs, gone), levels: s.levels, attributes: s.attributes, categories: s.categories,
		skills: s.skills, groups: s.groups, roles: s.roles,
	}
}

// searched makes the index of the change requests that were submitted.
func (t *tracker) searched(before *searched) *searched {
	if before == nil {
		before = &searched{index: &search.Index{}}
	}
	var docs []search.Document
	differing(before.requests, t.requests, func(n *requestNode) *requestNode { return n }, func(n *requestNode) {
		if n.Submitted {
			docs = append(docs, n.searchDocument())
		}
	})
	return &searched{index: before.index.With(docs, nil), requests: t.requests}
}

func (n *requestNode) searchDocument() search.Document {
	return searchDocument(SearchChangeRequest, n.ChangeRequest.Key(), StatusActive, n.searchTexts())
}

// A draftReader is who looks in drafts: editors in all, and others in their own.
type draftReader struct {
	all bool
	id  string
}

const keptDrafts = 8 // indexes of drafts, of a tracker

// draftsOf makes the index of the drafts that a viewer may see. It has no others, for
// ranks, and what is guessed of misspelt words, tell something of all that an index has.
func (t *tracker) draftsOf(ctx context.Context, f *FrameworkView) (*search.Index, error) {
	who := draftReader{all: f.viewer.Actor.May(DeedDecide, f.Code())}
	if !who.all {
		who.id = f.viewer.Actor.ID
		f.viewer.Reads.actor(who.id)
	}
	return t.drafts.get(ctx, who, func() (*search.Index, error) {
		var docs []search.Document
		for _, n := range t.requests.items {
			if !n.Submitted && f.request(n) != nil {
				docs = append(docs, n.searchDocument())
			}
		}
		return (&search.Index{}).With(docs, nil), nil
	})
}

// differing calls yield for what a table has otherwise than the one before it, or has
// newly. Nothing ever leaves a table.
func differing[N, E comparable](before, now table[N], entity func(N) E, yield func(E)) {
	i := 0
	for at, key := range now.keys {
		e := entity(now.items[at])
		if i < len(before.keys) && before.keys[i] == key {
			i++
			if entity(before.items[i-1]) == e {
				continue
			}
		}
		yield(e)
	}
}
