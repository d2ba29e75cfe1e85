package digraph

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"math"
	"slices"
)

// A Path is the nodes of a path and what it costs.
type Path struct {
	Nodes []int32
	Cost  int32
}

func (p *Path) compare(q *Path) int {
	return cmp.Or(cmp.Compare(p.Cost, q.Cost), cmp.Compare(len(p.Nodes), len(q.Nodes)), slices.Compare(p.Nodes, q.Nodes))
}

// A Start is a node where a path may start, and what that costs, at least 0.
type Start struct{ Node, Cost int32 }

// A Search says which paths to a tree's target are wanted.
type Search struct {
	// From are the nodes where a path may start; of one given twice the cheaper start
	// counts. With Through unset a path passes through none of the others.
	From    []Start
	Through bool
	// Count is how many are wanted.
	Count int
	// Steps bounds the edges of a path; 0 is no bound.
	Steps int
	// Avoid, when set, tells which nodes a path may not pass through.
	Avoid func(node int32) bool
}

// Paths returns the best paths without loops to the tree's target, the best first. It
// ends early when ctx does, with what it has found by then and the context's error.
//
// The paths not yet found are parted by where they leave those that were (J. Y. Yen,
// Management Science 17 (1971) 712-716, in the manner of E. L. Lawler, ibid. 18 (1972)
// 401-405). What the best of a part costs at least is known from the tree, so that a
// part is searched only when its turn has come, and then towards the target (A*).
func (t *Tree) Paths(ctx context.Context, s Search) ([]Path, error) {
	w := newWalk(t, s)
	defer w.end()
	parts := &queue{}
	for _, start := range w.starts {
		if start.Node == t.target {
			p := &Path{[]int32{t.target}, start.Cost}
			heap.Push(parts, &part{path: p, least: p.weight()})
			continue
		}
		w.part(parts, []int32{start.Node}, start.Cost, nil)
	}
	var found []Path
	for len(*parts) > 0 && len(found) < s.Count {
		if err := ctx.Err(); err != nil {
			return found, err
		}
		p := heap.Pop(parts).(*part)
		if p.path == nil {
			if p.path = w.best(p); p.path != nil {
				p.least = p.path.weight()
				heap.Push(parts, p)
			}
			continue
		}
		found = append(found, w.shown(p.path))
		w.leave(parts, p)
	}
	return found, nil
}

// shown is a path without the target where that is none of the graph's nodes.
func (w *walk) shown(p *Path) Path {
	nodes := p.Nodes
	if len(w.ends) > 0 {
		nodes = nodes[: len(nodes)-1 : len(nodes)-1]
	}
	return Path{nodes, p.Cost}
}

// leave parts the other paths of a part by where they leave the best.
func (w *walk) leave(parts *queue, p *part) {
	nodes, cost := p.path.Nodes, p.cost
	for i := max(len(p.prefix), 1); i < len(nodes); i++ {
		barred := []int32{nodes[i]}
		if i == len(p.prefix) {
			barred = append(barred, p.barred...)
		} else {
			price, _ := w.graph.Cost(nodes[i-2], nodes[i-1]) // the target, if none of the graph, is last
			cost += price
		}
		w.part(parts, nodes[:i:i], cost, barred)
	}
}

// onward yields where a path may go on from a node, in order, and what that costs.
func (w *walk) onward(node int32) iter.Seq2[int32, int32] {
	return func(yield func(int32, int32) bool) {
		for n, cost := range w.graph.Out(node) {
			if !yield(n, cost) {
				return
			}
		}
		if i, ok := w.endAt(node); ok {
			yield(w.target, w.ends[i].Cost)
		}
	}
}

// back yields from where a step leads to a node, and what that costs.
func (w *walk) back(node int32) iter.Seq2[int32, int32] {
	return func(yield func(int32, int32) bool) {
		if len(w.ends) > 0 && node == w.target {
			for _, e := range w.ends {
				if !yield(e.Node, e.Cost) {
					return
				}
			}
			return
		}
		in := &w.graph.in
		for i := in.start[node]; i < in.start[node+1]; i++ {
			if !yield(in.node[i], in.cost[i]) {
				return
			}
		}
	}
}

func (w *walk) endAt(node int32) (int, bool) {
	return slices.BinarySearchFunc(w.ends, node, func(e End, n int32) int { return cmp.Compare(e.Node, n) })
}

// A part is the paths that begin with a prefix and do not go on with what is barred.
type part struct {
	prefix []int32
	cost   int32 // of the prefix
	barred []int32
	// path is the best of them, nil until it is known; least is its weight, or one that
	// it does not fall below.
	path  *Path
	least int64
}

// weight orders paths by cost and then by steps.
func (p *Path) weight() int64 { return weight(p.Cost, len(p.Nodes)-1) }

func weight(cost int32, steps int) int64 { return int64(cost)<<16 | int64(steps) }

// part files a part unless it is known to be empty.
func (w *walk) part(parts *queue, prefix []int32, cost int32, barred []int32) {
	steps := len(prefix) - 1
	least := int64(-1)
	for n, price := range w.onward(prefix[steps]) {
		if w.cost[n] == unreachable || w.tooFar(steps+1, n) || w.closed(n) || slices.Contains(barred, n) || slices.Contains(prefix, n) {
			continue
		}
		if l := weight(cost+price+w.cost[n], steps+1+int(w.steps[n])); least < 0 || l < least {
			least = l
		}
	}
	if least >= 0 {
		heap.Push(parts, &part{prefix: prefix, cost: cost, barred: barred, least: least})
	}
}

// A queue is a heap of parts. Of two that may weigh the same the one not yet searched
// comes first, since its best may be the better.
type queue []*part

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.least != b.least {
		return a.least < b.least
	}
	if a.path == nil || b.path == nil {
		return a.path == nil && b.path != nil
	}
	return a.path.compare(b.path) < 0
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *queue) Push(p any) { *q = append(*q, p.(*part)) }

func (q *queue) Pop() any {
	old := *q
	p := old[len(old)-1]
	*q = old[:len(old)-1]
	return p
}

// A walk is what the searches of the parts share.
type walk struct {
	*Tree
	starts  []Start
	through bool
	limit   int
	avoid   func(int32) bool

	*scratch
}

// A scratch is the memory of searches. Its slices for nodes hold something for a search
// only where they are marked with its number.
type scratch struct {
	search int32
	mark   []int32
	first  []int32 // of the labels of a node
	labels []label
	heap   labelHeap
}

// A label is a way from the part's prefix to a node.
type label struct {
	node  int32
	cost  int32 // from the start of the path
	steps int32
	next  int32 // label of the same node
	done  bool  // nothing better leads there
	good  bool  // it is on a best path
}

// Instead of a first label: there is none, and the node is on the path already.
const (
	none  = -1
	taken = -2
)

func newWalk(t *Tree, s Search) *walk {
	w := &walk{Tree: t, through: s.Through, limit: s.Steps, avoid: s.Avoid}
	for _, start := range s.From {
		if t.cost[start.Node] != unreachable && !w.avoids(start.Node) {
			w.starts = append(w.starts, start)
		}
	}
	slices.SortFunc(w.starts, func(a, b Start) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Cost, b.Cost))
	})
	w.starts = slices.CompactFunc(w.starts, func(a, b Start) bool { return a.Node == b.Node })
	return w
}

// avoids tells that a path may not pass through one of the graph's nodes, of which the
// target behind ends is none.
func (w *walk) avoids(n int32) bool {
	return w.avoid != nil && int(n) < w.graph.Len() && w.avoid(n)
}

// closed tells that no path may pass through a node.
func (w *walk) closed(n int32) bool {
	if w.avoids(n) {
		return true
	}
	if w.through {
		return false
	}
	_, start := slices.BinarySearchFunc(w.starts, n, func(s Start, n int32) int { return cmp.Compare(s.Node, n) })
	return start
}

// tooFar tells that from a node reached in some steps the target is out of bounds.
func (w *walk) tooFar(steps int, n int32) bool {
	return w.limit > 0 && steps+int(w.fewest[n]) > w.limit
}

// best finds the best path of a part, or nil.
func (w *walk) best(p *part) *Path {
	w.begin()
	for _, n := range p.prefix {
		w.mark[n], w.first[n] = w.search, taken
	}
	start := p.prefix[len(p.prefix)-1]
	w.labels = append(w.labels, label{node: start, cost: p.cost, steps: int32(len(p.prefix) - 1), next: none})
	w.expand(0, p.barred)
	found := int64(-1)
	end := int32(-1)
	for len(w.heap) > 0 {
		top := w.heap.pop()
		if found >= 0 && top.least > found {
			break
		}
		l := &w.labels[top.label]
		if l.done || w.beaten(top.label) {
			continue
		}
		l.done = true
		if l.node == w.target {
			if found < 0 {
				found, end = top.least, top.label
			}
			continue
		}
		w.expand(top.label, nil)
	}
	if end < 0 {
		return nil
	}
	return w.trace(p, end)
}

// begin makes the walk ready for a search.
func (w *walk) begin() {
	if w.scratch == nil {
		if w.scratch, _ = w.graph.scratch.Get().(*scratch); w.scratch == nil {
			w.scratch = &scratch{mark: make([]int32, len(w.cost)), first: make([]int32, len(w.cost))}
		}
	}
	if w.search == math.MaxInt32 {
		clear(w.mark)
		w.search = 0
	}
	w.search++
	w.labels, w.heap = w.labels[:0], w.heap[:0]
}

// end leaves the memory to others.
func (w *walk) end() {
	if w.scratch != nil {
		w.graph.scratch.Put(w.scratch)
	}
}

// expand labels where the edges of a labelled node lead.
func (w *walk) expand(at int32, barred []int32) {
	l := w.labels[at]
	for n, price := range w.onward(l.node) {
		if w.cost[n] == unreachable || w.tooFar(int(l.steps)+1, n) || slices.Contains(barred, n) {
			continue
		}
		fresh := w.mark[n] != w.search
		if !fresh && w.first[n] == taken || w.closed(n) {
			continue
		}
		cost, steps := l.cost+price, l.steps+1
		if fresh {
			w.mark[n], w.first[n] = w.search, none
		} else if !w.adds(n, cost, steps) {
			continue
		}
		w.labels = append(w.labels, label{node: n, cost: cost, steps: steps, next: w.first[n]})
		w.first[n] = int32(len(w.labels) - 1)
		w.heap.push(waiting{weight(cost+w.cost[n], int(steps)+int(w.steps[n])), w.first[n]})
	}
}

// adds tells whether a way to a node is not worse than, nor the same as, one known.
func (w *walk) adds(n, cost, steps int32) bool {
	for i := w.first[n]; i >= 0; i = w.labels[i].next {
		l := &w.labels[i]
		if l.cost < cost && (l.steps <= steps || w.limit == 0) || l.cost == cost && l.steps <= steps {
			return false
		}
	}
	return true
}

// beaten tells whether a better way to a label's node has been followed.
func (w *walk) beaten(at int32) bool {
	l := &w.labels[at]
	for i := w.first[l.node]; i >= 0; i = w.labels[i].next {
		o := &w.labels[i]
		if i != at && o.done && (o.steps <= l.steps || w.limit == 0) {
			return true
		}
	}
	return false
}

// trace is the path that comes first of those that are as good as the one that ends
// with a label.
func (w *walk) trace(p *part, end int32) *Path {
	w.labels[end].good = true
	todo := []int32{end}
	for len(todo) > 0 {
		l := w.labels[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		for n, price := range w.back(l.node) {
			if i := w.labelled(n, l.cost-price, l.steps-1); i >= 0 && !w.labels[i].good {
				w.labels[i].good = true
				todo = append(todo, i)
			}
		}
	}
	path := &Path{Nodes: slices.Clone(p.prefix), Cost: w.labels[end].cost}
	for at := int32(0); w.labels[at].node != w.target; {
		l := w.labels[at]
		for n, price := range w.onward(l.node) {
			if i := w.labelled(n, l.cost+price, l.steps+1); i >= 0 && w.labels[i].good {
				at = i
				break
			}
		}
		path.Nodes = append(path.Nodes, w.labels[at].node)
	}
	return path
}

// labelled finds the label of a node that says exactly what is given, or none.
func (w *walk) labelled(n, cost, steps int32) int32 {
	if w.mark[n] != w.search {
		return none
	}
	if l := &w.labels[0]; l.node == n && l.cost == cost && l.steps == steps {
		return 0
	}
	for i := w.first[n]; i >= 0; i = w.labels[i].next {
		if l := &w.labels[i]; l.done && l.cost == cost && l.steps == steps {
			return i
		}
	}
	return none
}

// A labelHeap is a binary heap of labels to be followed, the least first and of equal
// ones the one found first.
type labelHeap []waiting

type waiting struct {
	least int64
	label int32
}

func (w waiting) before(o waiting) bool {
	return w.least < o.least || w.least == o.least && w.label < o.label
}

func (h *labelHeap) push(w waiting) {
	q := append(*h, w)
	i := len(q) - 1
	for i > 0 && w.before(q[(i-1)/2]) {
		q[i] = q[(i-1)/2]
		i = (i - 1) / 2
	}
	q[i] = w
	*h = q
}

func (h *labelHeap) pop() waiting {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for c := 1; c < len(q); c = 2*i + 1 {
		if c+1 < len(q) && q[c+1].before(q[c]) {
			c++
		}
		if !q[c].before(last) {
			break
		}
		q[i] = q[c]
		i = c
	}
	if len(q) > 0 {
		q[i] = last
	}
	*h = q
	return top
}
