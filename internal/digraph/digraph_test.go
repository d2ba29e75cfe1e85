package digraph_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"skillatlas/internal/digraph"
)

// random returns a graph of few nodes and small costs, so that ties abound.
func random(r *rand.Rand) (n int, edges []digraph.Edge) {
	n = 5 + r.IntN(5)
	costs := int32(1 + r.IntN(3))
	for range 2*n + r.IntN(n*n) {
		edges = append(edges, digraph.Edge{From: r.Int32N(int32(n)), To: r.Int32N(int32(n)), Cost: 1 + r.Int32N(costs)})
	}
	return n, edges
}

// every lists every path that a search may find, by trying them all, the best first.
func every(edges []digraph.Edge, ends map[int32]int32, endSteps int, s digraph.Search) []digraph.Path {
	least := map[[2]int32]int32{}
	for _, e := range edges {
		ends := [2]int32{e.From, e.To}
		if c, ok := least[ends]; !ok || e.Cost < c {
			least[ends] = e.Cost
		}
	}
	out := map[int32][]digraph.Edge{}
	for ends, cost := range least {
		out[ends[0]] = append(out[ends[0]], digraph.Edge{From: ends[0], To: ends[1], Cost: cost})
	}
	avoid := func(n int32) bool { return s.Avoid != nil && s.Avoid(n) }
	var found []digraph.Path
	starts := map[int32]int32{}
	for _, start := range s.From {
		if c, ok := starts[start.Node]; !ok || start.Cost < c {
			starts[start.Node] = start.Cost
		}
	}
	var walk func(path []int32, cost int32)
	walk = func(path []int32, cost int32) {
		last := path[len(path)-1]
		if end, ok := ends[last]; ok && (s.Steps == 0 || len(path)-1+endSteps <= s.Steps) {
			found = append(found, digraph.Path{Nodes: slices.Clone(path), Cost: cost + end})
		}
		if _, ends := ends[last]; ends && endSteps == 0 || s.Steps > 0 && len(path)+endSteps > s.Steps {
			return
		}
		for _, e := range out[last] {
			_, start := starts[e.To]
			if !slices.Contains(path, e.To) && (s.Through || !start) && !avoid(e.To) {
				walk(append(path, e.To), cost+e.Cost)
			}
		}
	}
	for from, cost := range starts {
		if !avoid(from) {
			walk([]int32{from}, cost)
		}
	}
	slices.SortFunc(found, func(a, b digraph.Path) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(len(a.Nodes), len(b.Nodes)), slices.Compare(a.Nodes, b.Nodes))
	})
	return found
}

// TestPathsAreTheBest: on thousands of small graphs full of ties the paths are the very
// ones that trying every path gives.
func TestPathsAreTheBest(t *testing.T) {
	kinds := map[string]int{}
	for seed := range 5_000 {
		r := rand.New(rand.NewPCG(1, uint64(seed)))
		n, edges := random(r)
		node := func() int32 { return r.Int32N(int32(n)) }
		s := digraph.Search{Count: 1 + r.IntN(40), Through: r.IntN(2) == 0}
		for range 1 + r.IntN(3) {
			s.From = append(s.From, digraph.Start{Node: node(), Cost: r.Int32N(3)})
		}
		if r.IntN(2) == 0 {
			s.Steps = 1 + r.IntN(6)
			kinds["steps"]++
		}
		if r.IntN(3) == 0 {
			avoided := node()
			s.Avoid = func(at int32) bool {
				if int(at) >= n {
					t.Fatalf("seed %d: asked to avoid %d, of %d nodes", seed, at, n)
				}
				return at == avoided
			}
			kinds["avoid"]++
		}
		g := digraph.New(n, edges)
		ends := map[int32]int32{}
		var tree *digraph.Tree
		endSteps := r.IntN(2)
		if endSteps == 1 {
			var list []digraph.End
			for range 1 + r.IntN(3) {
				e := digraph.End{Node: node(), Cost: r.Int32N(4)}
				list = append(list, e)
				if cost, twice := ends[e.Node]; !twice || e.Cost < cost {
					ends[e.Node] = e.Cost
				}
			}
			tree = g.TreeTo(list)
			kinds["ends"]++
		} else {
			target := node()
			ends[target] = 0
			tree = g.Tree(target)
		}
		want := every(edges, ends, endSteps, s)
		if len(want) > s.Count {
			kinds["more"]++
		}
		want = want[:min(len(want), s.Count)]
		kinds[fmt.Sprint(len(want))]++
		got, err := tree.Paths(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %d nodes, %v, to %v, %+v (-want +got):\n%s", seed, n, edges, ends, s, diff)
		}
	}
	for _, kind := range []string{"steps", "avoid", "ends", "more", "0", "3", "20", "40"} {
		if kinds[kind] < 20 {
			t.Errorf("of %s there were only %d", kind, kinds[kind])
		}
	}
}
