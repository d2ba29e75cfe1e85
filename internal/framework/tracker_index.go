package framework

import (
	"cmp"
	"slices"
	"strings"
)

// A trackerIndex finds the change requests that have to do with something.
type trackerIndex struct {
	// subjects, proposed and mentioned are the requests by what they apply to, what
	// their last proposal changes, and what their texts name, each by number.
	subjects, proposed map[Ref][]*requestNode
	mentioned          map[string][]*requestNode // by code as it is written
	cited              map[int][]*requestNode    // by the number they cite
	links              map[int][]backLink        // by the number they lead to
	updated, raised    []*requestNode            // by last update, by when they were raised, then number
}

// A backLink is a link as its far end sees it.
type backLink struct {
	typ  LinkType
	from *requestNode
}

func (t *tracker) makeIndex() *trackerIndex {
	x := &trackerIndex{
		subjects: map[Ref][]*requestNode{}, proposed: map[Ref][]*requestNode{},
		mentioned: map[string][]*requestNode{}, cited: map[int][]*requestNode{}, links: map[int][]backLink{},
		updated: slices.Clone(t.requests.items), raised: slices.Clone(t.requests.items),
	}
	for _, n := range t.requests.items {
		for _, s := range n.Subjects {
			add(x.subjects, Ref{Kind: s.Kind, Key: s.Key}, n)
			if s.Kind == kindSkillLevel {
				skill, _, _ := parseSkillLevelCode(s.Key)
				add(x.subjects, Ref{Kind: KindSkill, Key: skill}, n)
			}
		}
		if p := n.proposal(n.ChangeRequest.Proposal); p != nil {
			for _, e := range p.Edits {
				for _, ref := range topics(e) {
					add(x.proposed, ref, n)
				}
			}
		}
		for _, m := range n.mentioned() {
			if m.request != 0 {
				add(x.cited, m.request, n)
			} else {
				add(x.mentioned, m.code, n)
			}
		}
		for _, l := range n.Links {
			x.links[l.To] = append(x.links[l.To], backLink{linkInverses[l.Type], n})
		}
	}
	slices.SortStableFunc(x.updated, func(a, b *requestNode) int { return cmp.Compare(a.updated, b.updated) })
	slices.SortFunc(x.raised, func(a, b *requestNode) int { return strings.Compare(raisedKey(a), raisedKey(b)) })
	return x
}

// add adds a request, once, to those found by something. Requests are added in order.
func add[K comparable](m map[K][]*requestNode, key K, n *requestNode) {
	if list := m[key]; len(list) == 0 || list[len(list)-1] != n {
		m[key] = append(list, n)
	}
}

// texts yields the texts of a request and its comments in which things are named.
func (n *requestNode) texts(yield func(field, text string) bool) {
	fields := [...][2]string{
		{"title", n.Title}, {"summary", n.Summary}, {"rationale", n.Rationale}, {"draftText", n.DraftText},
		{"decision", n.Decision.Text},
	}
	for _, f := range fields {
		if f[1] != "" && !yield(f[0], f[1]) {
			return
		}
	}
	for _, a := range n.Applications {
		if a.WhatChanged != "" && !yield("whatChanged", a.WhatChanged) {
			return
		}
	}
	for _, c := range n.comments {
		if c.Body != "" && !yield("comments."+c.Key(), c.Body) {
			return
		}
	}
}

func (n *requestNode) search() string {
	var b strings.Builder
	b.WriteString("#" + n.ChangeRequest.Key())
	for _, text := range n.texts {
		b.WriteByte('\n')
		b.WriteString(fold(text))
	}
	return b.String()
}

// mention lists what the texts of a request name, each once, in order.
func (n *requestNode) mention() []mention {
	type name struct {
		request int
		code    string
	}
	seen := map[name]bool{}
	var found []mention
	for _, text := range n.texts {
		for _, m := range mentions(text) {
			if key := (name{m.request, m.code}); !seen[key] {
				seen[key] = true
				found = append(found, m)
			}
		}
	}
	return found
}

// topics lists what an edit is about, skill levels besides their skills. The refs
// have no framework.
func topics(e Edit) []Ref {
	var refs []Ref
	for _, t := range About("", e) {
		refs = append(refs, Ref{Kind: t.Kind, Key: t.Key})
		if t.Level != 0 {
			refs = append(refs, Ref{Kind: kindSkillLevel, Key: skillLevelCode(t.Key, t.Level)})
		}
	}
	return refs
}
