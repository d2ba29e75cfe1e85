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

// A terrain is a graph in both forms.
type terrain struct {
	n     int
	costs map[[2]int32]int32
	ours  *digraph.Graph
	wide  *simple.WeightedDirectedGraph
}

func newTerrain(n int, costs map[[2]int32]int32) terrain {
	t := terrain{n: n, costs: costs, wide: simple.NewWeightedDirectedGraph(0, math.Inf(1))}
	for i := range n {
		t.wide.AddNode(simple.Node(i))
	}
	var edges []digraph.Edge
	for ends, cost := range costs {
		edges = append(edges, digraph.Edge{From: ends[0], To: ends[1], Cost: cost})
		t.wide.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(ends[0]), T: simple.Node(ends[1]), W: float64(cost)})
	}
	t.ours = digraph.New(n, edges)
	return t
}

// random has few costs, so that many paths cost the same.
func random(r *rand.Rand) terrain {
	n := 4 + r.IntN(16)
	most := 1 + r.Int32N(5)
	costs := map[[2]int32]int32{}
	for range n + r.IntN(4*n) {
		if from, to := r.Int32N(int32(n)), r.Int32N(int32(n)); from != to {
			costs[[2]int32{from, to}] = 1 + r.Int32N(most)
		}
	}
	return newTerrain(n, costs)
}

// grid has a step to the right and one down from each of its places, all at the same cost.
func grid(side int32) terrain {
	costs := map[[2]int32]int32{}
	for y := range side {
		for x := range side {
			if x+1 < side {
				costs[[2]int32{y*side + x, y*side + x + 1}] = 1
			}
			if y+1 < side {
				costs[[2]int32{y*side + x, (y+1)*side + x}] = 1
			}
		}
	}
	return newTerrain(int(side*side), costs)
}

// terrains are those that every test looks at.
func terrains() iter.Seq2[string, terrain] {
	return func(yield func(string, terrain) bool) {
		for seed := range uint64(4_000) {
			if !yield(fmt.Sprint("seed ", seed), random(rand.New(rand.NewPCG(seed, 0)))) {
				return
			}
		}
		for side := range int32(5) {
			if !yield(fmt.Sprint("grid of ", side+2), grid(side+2)) {
				return
			}
		}
	}
}

// TestBestPaths: the paths cost what those of gonum's Yen do, each can be walked and has
// no loops, no two are the same, and they are in the order that is promised.
func TestBestPaths(t *testing.T) {
	compared := 0
	for name, g := range terrains() {
		from, to := int32(0), int32(g.n-1)
		const count = 12
		var want []int32
		for _, nodes := range path.YenKShortestPaths(g.wide, count, math.Inf(1), simple.Node(from), simple.Node(to)) {
			cost := int32(0)
			for i := range nodes[1:] {
				cost += g.costs[[2]int32{int32(nodes[i].ID()), int32(nodes[i+1].ID())}]
			}
			want = append(want, cost)
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
					t.Fatalf("%s: %v can't be walked", name, p.Nodes)
				}
				cost += c
			}
			if cost != p.Cost || p.Nodes[0] != from || p.Nodes[len(p.Nodes)-1] != to {
				t.Fatalf("%s: %v costs %d", name, p, cost)
			}
			if len(slices.Compact(slices.Sorted(slices.Values(p.Nodes)))) != len(p.Nodes) {
				t.Fatalf("%s: %v has a loop", name, p.Nodes)
			}
			if i > 0 && !before(found[i-1], p) {
				t.Fatalf("%s: %v comes before %v", name, found[i-1], p)
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%s: the paths cost %v, gonum's %v", name, got, want)
		}
		compared += len(got)
	}
	if compared < 20_000 {
		t.Errorf("only %d paths were compared", compared)
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
	for name, g := range terrains() {
		to := int32(g.n - 1)
		tree := g.ours.Tree(to)
		for from := range int32(g.n) {
			want := path.DijkstraFrom(simple.Node(from), g.wide).WeightTo(int64(to))
			cost, ok := tree.Cost(from)
			if ok == math.IsInf(want, 1) || ok && float64(cost) != want {
				t.Fatalf("%s: from %d it costs %d (%v), as gonum says %v", name, from, cost, ok, want)
			}
		}
	}
}

// TestAround: as far away as gonum's search says is what is around a node.
func TestAround(t *testing.T) {
	for name, g := range terrains() {
		for distance := range 4 {
			reached, cut := digraph.Around([]int32{0}, distance, g.n, func(n int32) iter.Seq[int32] {
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
			var search traverse.BreadthFirst
			search.Walk(g.wide, simple.Node(0), func(n graph.Node, depth int) bool {
				if depth <= distance {
					want[n.ID()] = depth
				}
				return depth > distance
			})
			if cut || !maps.Equal(want, got) {
				t.Fatalf("%s: within %d are %v, as gonum says %v", name, distance, got, want)
			}
		}
	}
}
