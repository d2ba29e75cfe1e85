// Package oracle compares what is our own with a library that is too large to be a
// dependency.
package oracle

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/path"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/traverse"

	"skillatlas/internal/digraph"
)

// A terrain is a graph in both forms. Ours is also given some edges twice, the second
// not cheaper, and some from a node to itself: they make no difference to paths, and
// gonum's graph can have none.
type terrain struct {
	name  string
	n     int
	costs map[[2]int32]int32
	ours  *digraph.Graph
	wide  *simple.WeightedDirectedGraph
}

func newTerrain(n int, costs map[[2]int32]int32, r *rand.Rand) terrain {
	t := terrain{n: n, costs: costs, wide: simple.NewWeightedDirectedGraph(0, math.Inf(1))}
	for i := range n {
		t.wide.AddNode(simple.Node(i))
	}
	var edges []digraph.Edge
	inOrder := func(a, b [2]int32) int { return slices.Compare(a[:], b[:]) }
	for _, ends := range slices.SortedFunc(maps.Keys(costs), inOrder) {
		cost := costs[ends]
		edges = append(edges, digraph.Edge{From: ends[0], To: ends[1], Cost: cost})
		if r.IntN(3) == 0 {
			edges = append(edges, digraph.Edge{From: ends[0], To: ends[1], Cost: cost + r.Int32N(3)})
		}
		if r.IntN(8) == 0 {
			edges = append(edges, digraph.Edge{From: ends[0], To: ends[0], Cost: 1})
		}
		t.wide.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(ends[0]), T: simple.Node(ends[1]), W: float64(cost)})
	}
	r.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	t.ours = digraph.New(n, edges)
	return t
}

// random has few costs, so that many paths cost the same. It is anything from a few
// edges, with most nodes out of reach, to nearly all that there may be.
func random(r *rand.Rand) terrain {
	n := 4 + r.IntN(16)
	edges := n/2 + r.IntN(4*n)
	if r.IntN(5) == 0 {
		n = 4 + r.IntN(6)
		edges = 3 * n * n
	}
	most := 1 + r.Int32N(5)
	costs := map[[2]int32]int32{}
	for range edges {
		if from, to := r.Int32N(int32(n)), r.Int32N(int32(n)); from != to {
			costs[[2]int32{from, to}] = 1 + r.Int32N(most)
		}
	}
	return newTerrain(n, costs, r)
}

// grid has steps to the right and down from each of its places, and with back those the
// other way too, at a few costs.
func grid(r *rand.Rand, side, most int32, back bool) terrain {
	costs := map[[2]int32]int32{}
	step := func(a, b int32) {
		costs[[2]int32{a, b}] = 1 + r.Int32N(most)
		if back {
			costs[[2]int32{b, a}] = 1 + r.Int32N(most)
		}
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				step(y*side+x, y*side+x+1)
			}
			if y+1 < side {
				step(y*side+x, (y+1)*side+x)
			}
		}
	}
	return newTerrain(int(side*side), costs, r)
}

// terrains are those that every test looks at, each with its own source of chance.
func terrains() iter.Seq2[*rand.Rand, terrain] {
	return func(yield func(*rand.Rand, terrain) bool) {
		for seed := range uint64(4_000) {
			r := rand.New(rand.NewPCG(seed, 0))
			t := random(r)
			t.name = fmt.Sprint("seed ", seed)
			if !yield(r, t) {
				return
			}
		}
		for side := range int32(5) {
			for most := range int32(3) {
				for _, back := range []bool{false, true} {
					r := rand.New(rand.NewPCG(uint64(side), uint64(most)))
					t := grid(r, side+2, most+1, back)
					t.name = fmt.Sprintf("grid of %d, costs to %d, back %v", side+2, most+1, back)
					if !yield(r, t) {
						return
					}
				}
			}
		}
	}
}

// TestBestPaths: the paths cost what those of gonum's Yen do, each can be walked and has
// no loops, no two are the same, and they are in the order that is promised.
func TestBestPaths(t *testing.T) {
	kinds := map[string]int{}
	for r, g := range terrains() {
		from, to := r.Int32N(int32(g.n)), r.Int32N(int32(g.n))
		count := 1 + r.IntN(20)
		var want []int32
		for _, nodes := range path.YenKShortestPaths(g.wide, count, math.Inf(1), simple.Node(from), simple.Node(to)) {
			cost := int32(0)
			for i := range nodes[1:] {
				cost += g.costs[[2]int32{int32(nodes[i].ID()), int32(nodes[i+1].ID())}]
			}
			want = append(want, cost)
		}
		if from == to {
			want = []int32{0} // gonum finds none where no edge leads on
		}
		found, err := g.ours.Tree(to).Paths(t.Context(), digraph.Search{From: []digraph.Start{{Node: from}}, Count: count})
		if err != nil {
			t.Fatal(err)
		}
		var got []int32
		for i, p := range found {
			got = append(got, p.Cost)
			cost := int32(0)
			for j := range p.Nodes[1:] {
				c, ok := g.costs[[2]int32{p.Nodes[j], p.Nodes[j+1]}]
				if !ok {
					t.Fatalf("%s: %v can't be walked", g.name, p.Nodes)
				}
				cost += c
			}
			if cost != p.Cost || p.Nodes[0] != from || p.Nodes[len(p.Nodes)-1] != to {
				t.Fatalf("%s: %v costs %d", g.name, p, cost)
			}
			if len(slices.Compact(slices.Sorted(slices.Values(p.Nodes)))) != len(p.Nodes) {
				t.Fatalf("%s: %v has a loop", g.name, p.Nodes)
			}
			if i > 0 && !before(found[i-1], p) {
				t.Fatalf("%s: %v comes before %v", g.name, found[i-1], p)
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%s: the paths cost %v, gonum's %v", g.name, got, want)
		}
		for kind, is := range map[string]bool{
			"any": len(got) > 0, "out of reach": len(got) == 0, "no step": from == to,
			"fewer than asked": len(got) > 1 && len(got) < count, "as many": len(got) == count,
			"the same cost": len(slices.Compact(slices.Clone(got))) < len(got), "dense": 2*len(g.costs) > g.n*(g.n-1),
		} {
			if is {
				kinds[kind]++
			}
		}
	}
	for _, kind := range []string{"any", "out of reach", "no step", "fewer than asked", "as many", "the same cost", "dense"} {
		if kinds[kind] < 100 {
			t.Errorf("of %s there were only %d", kind, kinds[kind])
		}
	}
}

// before tells whether a path has to come before another.
func before(a, b digraph.Path) bool {
	switch {
	case a.Cost != b.Cost:
		return a.Cost < b.Cost
	case len(a.Nodes) != len(b.Nodes):
		return len(a.Nodes) < len(b.Nodes)
	}
	return slices.Compare(a.Nodes, b.Nodes) < 0
}

// TestTree: the tree says of every node what gonum's Dijkstra does.
func TestTree(t *testing.T) {
	for r, g := range terrains() {
		to := r.Int32N(int32(g.n))
		tree := g.ours.Tree(to)
		for from := range int32(g.n) {
			want := path.DijkstraFrom(simple.Node(from), g.wide).WeightTo(int64(to))
			cost, ok := tree.Cost(from)
			if ok == math.IsInf(want, 1) || ok && float64(cost) != want {
				t.Fatalf("%s: from %d it costs %d (%v), as gonum says %v", g.name, from, cost, ok, want)
			}
		}
	}
}

// TestAround: what is around some nodes is as far away as gonum's search says, and the
// nearest come first.
func TestAround(t *testing.T) {
	for r, g := range terrains() {
		nodes := []int32{r.Int32N(int32(g.n)), r.Int32N(int32(g.n))}
		distance := r.IntN(5)
		reached, cut := digraph.Around(nodes, distance, g.n, func(n int32) iter.Seq[int32] {
			return func(yield func(int32) bool) {
				for to := range g.ours.Out(n) {
					if !yield(to) {
						return
					}
				}
			}
		})
		got := map[int64]int{}
		for _, r := range reached {
			got[int64(r.Node)] = r.Distance
		}
		want := map[int64]int{}
		for _, from := range nodes {
			var search traverse.BreadthFirst
			search.Walk(g.wide, simple.Node(from), func(n graph.Node, depth int) bool {
				if known, ok := want[n.ID()]; depth <= distance && (!ok || depth < known) {
					want[n.ID()] = depth
				}
				return depth > distance
			})
		}
		nearer := func(a, b digraph.Reached) int { return a.Distance - b.Distance }
		if cut || len(reached) != len(got) || !maps.Equal(want, got) || !slices.IsSortedFunc(reached, nearer) {
			t.Fatalf("%s: within %d of %v are %v, as gonum says %v", g.name, distance, nodes, reached, want)
		}
	}
}
