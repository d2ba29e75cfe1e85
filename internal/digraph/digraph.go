// Package digraph holds weighted directed graphs over the nodes 0, 1, 2 … and finds
// neighbourhoods and best paths in them.
//
// A [Graph] is immutable and safe for concurrent use, and so are the [Tree]s made of
// it. Costs are whole numbers above zero. Every result is fully determined by the
// graph: where paths cost the same, the one of fewer steps is better, and then the one
// that comes first when their nodes are compared one by one.
package digraph

import (
	"fmt"
	"iter"
	"slices"
	"sync"
)

// MaxCost bounds the cost of an edge.
const MaxCost = 1 << 15

// An Edge leads from one node to another at a cost from 1 to [MaxCost].
type Edge struct{ From, To, Cost int32 }

// A Graph is a set of nodes and of edges. Of several edges from one node to another
// the cheapest counts.
type Graph struct {
	out, in adjacency
	most    int32 // of the costs
	// scratch is what searches leave for the next to use.
	scratch sync.Pool
}

// An adjacency holds the edges at one end of each node: those of node n are from
// start[n] to start[n+1], in order of the node at their other end.
type adjacency struct {
	start []int32
	node  []int32
	cost  []int32
}

// New returns the graph with n nodes and the edges, which must be between them and are
// not kept. It takes time in proportion to both.
func New(n int, edges []Edge) *Graph {
	// Filed by one end and then by the other, edges are in order of both.
	filed := filed(n, filed(n, edges, Edge.to), Edge.from)
	unique := filed[:0]
	for _, e := range filed {
		if e.Cost < 1 || e.Cost > MaxCost {
			panic(fmt.Sprintf("digraph: the edge %v costs less than 1 or more than %d", e, MaxCost))
		}
		if last := len(unique) - 1; last >= 0 && unique[last].From == e.From && unique[last].To == e.To {
			unique[last].Cost = min(unique[last].Cost, e.Cost)
			continue
		}
		unique = append(unique, e)
	}
	g := &Graph{out: adjacent(n, unique, Edge.from, Edge.to)}
	g.in = adjacent(n, unique, Edge.to, Edge.from)
	if len(g.out.cost) > 0 {
		g.most = slices.Max(g.out.cost)
	}
	return g
}

func (e Edge) from() int32 { return e.From }

func (e Edge) to() int32 { return e.To }

// filed returns edges in order of one of their ends, and otherwise as they were.
func filed(n int, edges []Edge, end func(Edge) int32) []Edge {
	next := starts(n, edges, end)
	list := make([]Edge, len(edges))
	for _, e := range edges {
		list[next[end(e)]] = e
		next[end(e)]++
	}
	return list
}

// starts tells for each node how many edges have their end at one before it.
func starts(n int, edges []Edge, end func(Edge) int32) []int32 {
	start := make([]int32, n+1)
	for _, e := range edges {
		start[end(e)+1]++
	}
	for i := range n {
		start[i+1] += start[i]
	}
	return start
}

// adjacent files edges, which are in order of their far ends, under their near ones.
func adjacent(n int, edges []Edge, near, far func(Edge) int32) adjacency {
	a := adjacency{start: starts(n, edges, near), node: make([]int32, len(edges)), cost: make([]int32, len(edges))}
	next := slices.Clone(a.start)
	for _, e := range edges {
		i := next[near(e)]
		next[near(e)]++
		a.node[i], a.cost[i] = far(e), e.Cost
	}
	return a
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.out.start) - 1 }

// Edges is the number of edges.
func (g *Graph) Edges() int { return len(g.out.node) }

// Out yields the nodes that edges lead to from a node, in order, with their costs.
func (g *Graph) Out(node int32) iter.Seq2[int32, int32] {
	return func(yield func(int32, int32) bool) {
		for i := g.out.start[node]; i < g.out.start[node+1]; i++ {
			if !yield(g.out.node[i], g.out.cost[i]) {
				return
			}
		}
	}
}

// Cost is that of the edge from one node to another; ok is false when there is none.
func (g *Graph) Cost(from, to int32) (cost int32, ok bool) {
	low, high := g.out.start[from], g.out.start[from+1]
	i, ok := slices.BinarySearch(g.out.node[low:high], to)
	if !ok {
		return 0, false
	}
	return g.out.cost[low+int32(i)], true
}

// A Reached is a node and how many edges away it is.
type Reached struct {
	Node     int32
	Distance int
}

// Around returns what is within a number of edges around some nodes, those included,
// nearest first and otherwise in the order in which next tells the neighbours. It is
// at most limit; cut tells that there would be more.
func Around(nodes []int32, distance, limit int, next func(int32) iter.Seq[int32]) (reached []Reached, cut bool) {
	var seen []uint64 // a bit for each node
	reach := func(n int32, at int) bool {
		if more := int(n)/64 + 1 - len(seen); more > 0 {
			seen = append(seen, make([]uint64, more)...)
		}
		word, bit := &seen[n/64], uint64(1)<<(n%64)
		switch {
		case *word&bit != 0:
		case len(reached) == limit:
			cut = true
		default:
			*word |= bit
			reached = append(reached, Reached{n, at})
		}
		return !cut
	}
	for _, n := range nodes {
		if !reach(n, 0) {
			return reached, cut
		}
	}
	for i := 0; i < len(reached) && reached[i].Distance < distance; i++ {
		for n := range next(reached[i].Node) {
			if !reach(n, reached[i].Distance+1) {
				return reached, cut
			}
		}
	}
	return reached, cut
}
