package framework

import (
	"context"
	"encoding/base64"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Sizes of a page of a connection.
const (
	DefaultPage = 50
	MaxPage     = 500
)

// A Connection is one page of a list, in the manner of the Relay specification.
type Connection[T any] struct {
	Edges    []Edge[T]
	PageInfo PageInfo
	total    func(context.Context) (int, error)
}

// An Edge is an element of a page.
type Edge[T any] struct {
	Node   T
	cursor cursor
}

// Cursor holds the sort key of the element, so that it stays good when elements come
// and go.
func (e Edge[T]) Cursor() string { return e.cursor.String() }

// A cursor is written when it is asked for: most are not. Without an order the key is
// as it is written.
type cursor struct{ order, key string }

func (c cursor) String() string {
	if c.order == "" {
		return c.key
	}
	return base64.RawURLEncoding.EncodeToString([]byte(c.order + ":" + c.key))
}

// bounded gives a page the cursors of its ends.
func (c *Connection[T]) bounded() {
	if n := len(c.Edges); n > 0 {
		start, end := c.Edges[0].Cursor(), c.Edges[n-1].Cursor()
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &start, &end
	}
}

// PageInfo tells what is around a page.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Nodes lists the elements of the page.
func (c Connection[T]) Nodes() []T {
	nodes := make([]T, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.Node
	}
	return nodes
}

// TotalCount counts the elements of the whole list.
func (c Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.total(ctx) }

// mapped is a page with something else for each element.
func mapped[T, U any](c Connection[T], node func(T) U) Connection[U] {
	edges := make([]Edge[U], len(c.Edges))
	for i, e := range c.Edges {
		edges[i] = Edge[U]{node(e.Node), e.cursor}
	}
	return Connection[U]{edges, c.PageInfo, c.total}
}

// A page says which part of a list is asked for.
type page struct {
	first  *int
	after  *string
	last   *int
	before *string
}

// candidates are the elements a list may have, in order.
type candidates[T any] struct {
	order string // names the order, so that cursors of another are refused
	n     int
	key   func(i int) string    // sort keys, strictly ascending
	pick  func(i int) (T, bool) // the element, and whether it is in the list
	total func() int            // how many are, or nil where they have to be counted
}

func (c candidates[T]) page(ctx context.Context, b *Budget, p page) (Connection[T], error) {
	none := Connection[T]{}
	size, backward, err := p.size()
	if err != nil {
		return none, err
	}
	lo, hi := 0, c.n
	if p.after != nil {
		key, err := c.cursorKey("after", *p.after)
		if err != nil {
			return none, err
		}
		lo = sort.Search(c.n, func(i int) bool { return c.key(i) > key })
	}
	if p.before != nil {
		key, err := c.cursorKey("before", *p.before)
		if err != nil {
			return none, err
		}
		hi = max(lo, sort.Search(c.n, func(i int) bool { return c.key(i) >= key }))
	}
	conn := Connection[T]{total: func(ctx context.Context) (int, error) { return c.count(ctx, b) }}
	// One element more than asked for tells whether there is another page.
	conn.Edges = make([]Edge[T], 0, min(size, hi-lo))
	more := false
	for k := range hi - lo {
		i := lo + k
		if backward {
			i = hi - 1 - k
		}
		if err := b.spend(ctx, 1); err != nil {
			return none, err
		}
		if node, in := c.pick(i); in {
			if err := b.spend(ctx, costOfElement); err != nil {
				return none, err
			}
			if more = len(conn.Edges) == size; more {
				break
			}
			conn.Edges = append(conn.Edges, Edge[T]{node, cursor{c.order, c.key(i)}})
		}
	}
	if backward {
		slices.Reverse(conn.Edges)
	}
	conn.bounded()
	if backward {
		conn.PageInfo.HasPreviousPage = more
		conn.PageInfo.HasNextPage, err = c.any(ctx, b, hi, c.n)
	} else {
		conn.PageInfo.HasNextPage = more
		conn.PageInfo.HasPreviousPage, err = c.any(ctx, b, 0, lo)
	}
	if !more && err == nil {
		// The page reaches the end of its range; there may be some beyond the range.
		if backward {
			conn.PageInfo.HasPreviousPage, err = c.any(ctx, b, 0, lo)
		} else {
			conn.PageInfo.HasNextPage, err = c.any(ctx, b, hi, c.n)
		}
	}
	return conn, err
}

// any reports whether any candidate from lo to hi is in the list.
func (c candidates[T]) any(ctx context.Context, b *Budget, lo, hi int) (bool, error) {
	for i := lo; i < hi; i++ {
		if err := b.spend(ctx, 1); err != nil {
			return false, err
		}
		if _, in := c.pick(i); in {
			return true, nil
		}
	}
	return false, nil
}

func (c candidates[T]) count(ctx context.Context, b *Budget) (int, error) {
	if c.total != nil {
		return c.total(), nil
	}
	total := 0
	for i := range c.n {
		if err := b.spend(ctx, 1); err != nil {
			return 0, err
		}
		if _, in := c.pick(i); in {
			total++
		}
	}
	return total, nil
}

func (p page) size() (size int, backward bool, err error) {
	size, argument := DefaultPage, "first"
	switch {
	case p.first != nil && p.last != nil:
		return 0, false, Errorf(Invalid, "first and last cannot be combined; give one of them")
	case p.first != nil:
		size = *p.first
	case p.last != nil:
		size, argument, backward = *p.last, "last", true
	}
	switch {
	case size < 0:
		return 0, false, Errorf(Invalid, "%s is %d; it cannot be negative", argument, size)
	case size > MaxPage:
		return 0, false, Errorf(LimitExceeded, "%s is %d; a page has at most %d elements", argument, size, MaxPage)
	}
	return size, backward, nil
}

func (c candidates[T]) cursorKey(argument, cursor string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if key, ok := strings.CutPrefix(string(text), c.order+":"); ok && err == nil {
		return key, nil
	}
	return "", Errorf(Invalid, "%s is not a cursor of this list in this order; use one that the same list returned", argument)
}

// costOfElement is what an element of an answer takes of a budget: its fields
// have to be written out.
const costOfElement = 10

// costOfPast is what a state of the past takes of a budget that the caller has not
// asked for by name: it may have to be rebuilt from the journal.
const costOfPast = 40_000

// A Budget bounds the work one operation may cause, in elements looked at; one
// that becomes part of the answer counts as ten. It is safe for concurrent use.
type Budget struct {
	left atomic.Int64
	// paid are the revisions whose loading is paid for, by sequence number.
	paid sync.Map

	mu   sync.Mutex
	once map[any]any // what was paid for that is paid for once
}

// NewBudget returns a budget of n steps.
func NewBudget(n int) *Budget {
	b := &Budget{}
	b.left.Store(int64(n))
	return b
}

// spendPast takes what it costs to make the world of a past revision, once.
func (b *Budget) spendPast(ctx context.Context, seq int64) error {
	return b.spendOnce(ctx, seq, costOfPast)
}

// spendOnce takes n steps for something, if none were taken for it yet.
func (b *Budget) spendOnce(ctx context.Context, something any, n int) error {
	b.mu.Lock()
	_, paid := b.once[something]
	if b.once == nil {
		b.once = map[any]any{}
	}
	if !paid {
		b.once[something] = nil
	}
	b.mu.Unlock()
	if paid {
		return nil
	}
	return b.spend(ctx, n)
}

// madeOnce returns what is made for a key, which an operation pays for and gets once, for
// it keeps it. What is refused does not depend on what is kept for others.
func madeOnce[V any](ctx context.Context, b *Budget, key any, n int, produce func() (V, error)) (V, error) {
	b.mu.Lock()
	v, made := b.once[key].(V)
	b.mu.Unlock()
	if made {
		return v, nil
	}
	if err := b.spendOnce(ctx, key, n); err != nil {
		return v, err
	}
	v, err := produce()
	if err == nil {
		b.mu.Lock()
		b.once[key] = v
		b.mu.Unlock()
	}
	return v, err
}

// spend takes n steps, or says why not.
func (b *Budget) spend(ctx context.Context, n int) error {
	left := b.left.Add(-int64(n))
	if left < 0 {
		return Errorf(LimitExceeded, "the operation looks at more elements than one may; ask for smaller pages, narrower filters or fewer nested lists")
	}
	if left&0xff < int64(n) && ctx.Err() != nil {
		return Errorf(LimitExceeded, "the operation took longer than one may; ask for less at a time")
	}
	return nil
}
