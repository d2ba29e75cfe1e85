package framework

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"skillatlas/internal/search"
)

// A tracker is what a framework's change requests, their proposals and comments,
// the people they name and the framework's releases are at one revision. It is
// immutable and shares what did not change with the trackers before it.
type tracker struct {
	// revisions are those that changed anything of it.
	revisions series[int64]
	// released is the last that changed a release.
	released int64

	releases table[*releaseNode]
	people   table[*Person]
	requests table[*requestNode] // by requestKey

	index func() *trackerIndex
	// releaseOrder is the releases by sortKey.
	releaseOrder func() []*releaseNode
	// search is the index of the requests that were submitted, and drafts that of those
	// that were not, for each who looks in them.
	search *searchIndex
	drafts *cache[draftReader, *search.Index]
}

type releaseNode struct {
	*Release
	revisions series[int64] // that changed the release
}

type requestNode struct {
	*ChangeRequest
	proposals []*Proposal // by number
	comments  []*commentNode
	revisions series[int64] // that changed the request itself
	updated   int64         // the last that changed it, its proposals or its comments

	// searched is the folded text people search, mentioned what its texts mention.
	searched  func() string
	mentioned func() []mention
}

type commentNode struct {
	*Comment
	revisions series[int64] // that changed the comment
}

// sortKey orders releases by the revision they name, then by when they came to their
// stage, then by code.
func (n *releaseNode) sortKey() string {
	return sequenceKey(n.Revision) + sequenceKey(max(0, n.StagedAt.UnixMilli())) + n.Code
}

// newTracker gives a tracker its indexes, which are worked out when they are first
// asked for.
func newTracker(t tracker) *tracker {
	t.search = t.search.next(t.searched)
	t.drafts = newCache[draftReader, *search.Index](keptDrafts, 1)
	t.index = sync.OnceValue(t.makeIndex)
	t.releaseOrder = sync.OnceValue(func() []*releaseNode {
		return slices.SortedFunc(slices.Values(t.releases.items), func(a, b *releaseNode) int {
			return strings.Compare(a.sortKey(), b.sortKey())
		})
	})
	return &t
}

var noTracker = newTracker(tracker{})

// requestKey sorts the numbers of change requests.
func requestKey(number int) string { return sequenceKey(int64(number)) }

func (t *tracker) request(number int) *requestNode {
	n, _ := t.requests.get(requestKey(number))
	return n
}

func (t *tracker) release(code string) *Release {
	if n, ok := t.releases.get(code); ok {
		return n.Release
	}
	return nil
}

// requestOf is the change request that an entity is or is part of, or nil.
func (t *tracker) requestOf(kind Kind, key string) *requestNode {
	number, err := strconv.Atoi(key)
	if kind != KindChangeRequest {
		var ok bool
		if number, _, ok = parsePart(key); !ok {
			return nil
		}
	} else if err != nil {
		return nil
	}
	return t.request(number)
}

// highest is the greatest number of a change request, 0 for none.
func (t *tracker) highest() int {
	if n := len(t.requests.items); n > 0 {
		return t.requests.items[n-1].Number
	}
	return 0
}

// parsePart splits the key of a numbered part of a change request.
func parsePart(key string) (request, n int, ok bool) {
	r, p, ok := strings.Cut(key, "/")
	request, err1 := strconv.Atoi(r)
	n, err2 := strconv.Atoi(p)
	return request, n, ok && err1 == nil && err2 == nil && partKey(request, n) == key
}

// PersonName is the name of someone without an account, or empty.
func (w *World) PersonName(id string) string {
	for _, t := range w.trackers.items {
		if p, ok := t.people.get(id); ok {
			return p.Name
		}
	}
	return ""
}

// PartNumber is the number of a part of a change request, such as a comment, by its
// key, or 0.
func PartNumber(key string) int {
	_, n, _ := parsePart(key)
	return n
}

// entity returns the version of an entity of the tracker, or nil.
func (t *tracker) entity(kind Kind, key string) Entity {
	switch kind {
	case KindRelease:
		return orNil(t.release(key))
	case KindPerson:
		p, _ := t.people.get(key)
		return orNil(p)
	case KindChangeRequest:
		if number, err := strconv.Atoi(key); err == nil {
			if n := t.request(number); n != nil {
				return n.ChangeRequest
			}
		}
	case KindProposal, KindComment:
		request, number, ok := parsePart(key)
		n := t.request(request)
		if !ok || n == nil {
			return nil
		}
		if kind == KindProposal {
			return orNil(n.proposal(number))
		}
		if c := n.comment(number); c != nil {
			return c.Comment
		}
	}
	return nil
}

func (n *requestNode) proposal(number int) *Proposal {
	i, ok := slices.BinarySearchFunc(n.proposals, number, func(p *Proposal, k int) int { return p.Number - k })
	if !ok {
		return nil
	}
	return n.proposals[i]
}

func (n *requestNode) comment(number int) *commentNode {
	i, ok := slices.BinarySearchFunc(n.comments, number, func(c *commentNode, k int) int { return c.Number - k })
	if !ok {
		return nil
	}
	return n.comments[i]
}

// apply returns the tracker after changes. touched tells the revisions that made them.
func (t *tracker) apply(code string, changes []Change, touched passage) *tracker {
	next := *t
	next.revisions = t.revisions.with(touched.trackers[code]...)
	next.released = max(t.released, touched.releases[code])
	releases := map[string]*releaseNode{}
	people := map[string]*Person{}
	requests := map[string]*requestNode{}
	touch := func(number int) *requestNode {
		key := requestKey(number)
		n, ok := requests[key]
		if !ok {
			n = &requestNode{}
			if old, found := t.requests.get(key); found {
				*n = *old
				n.proposals, n.comments = slices.Clone(old.proposals), slices.Clone(old.comments)
			}
			n.searched, n.mentioned = sync.OnceValue(n.search), sync.OnceValue(n.mention)
			requests[key] = n
		}
		return n
	}
	for _, c := range changes {
		seqs := touched.entities[c.Ref]
		last := seqs[len(seqs)-1]
		switch e := c.Entity.(type) {
		case *Release:
			n := &releaseNode{Release: e}
			if old, ok := t.releases.get(e.Code); ok {
				n.revisions = old.revisions
			}
			n.revisions = n.revisions.with(seqs...)
			releases[e.Code] = n
		case *Person:
			people[e.ID] = e
		case *ChangeRequest:
			n := touch(e.Number)
			n.ChangeRequest = e
			n.revisions = n.revisions.with(seqs...)
			n.updated = max(n.updated, last)
		case *Proposal:
			n := touch(e.Request)
			i, found := slices.BinarySearchFunc(n.proposals, e.Number, func(p *Proposal, k int) int { return p.Number - k })
			if found {
				n.proposals[i] = e
			} else {
				n.proposals = slices.Insert(n.proposals, i, e)
			}
			n.updated = max(n.updated, last)
		case *Comment:
			n := touch(e.Request)
			i, found := slices.BinarySearchFunc(n.comments, e.Number, func(c *commentNode, k int) int { return c.Number - k })
			if found {
				n.comments[i] = &commentNode{e, n.comments[i].revisions.with(seqs...)}
			} else {
				n.comments = slices.Insert(n.comments, i, &commentNode{e, series[int64]{}.with(seqs...)})
			}
			n.updated = max(n.updated, last)
		}
	}
	next.releases = t.releases.with(releases)
	next.people = t.people.with(people)
	next.requests = t.requests.with(requests)
	return newTracker(next)
}
