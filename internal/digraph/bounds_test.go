package digraph_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"skillatlas/internal/digraph"
)

// next yields where the edges of a node lead.
func next(g *digraph.Graph) func(int32) iter.Seq[int32] {
	return func(n int32) iter.Seq[int32] {
		return func(yield func(int32) bool) {
			for to := range g.Out(n) {
				if !yield(to) {
					return
				}
			}
		}
	}
}

// TestAround holds what is around some nodes to the rounds in which it is reached, and
// what a limit leaves of it to its beginning.
func TestAround(t *testing.T) {
	for seed := range uint64(1_000) {
		r := rand.New(rand.NewPCG(2, seed))
		n, edges := random(r)
		n += 70 // nodes that nothing leads to, and one bit after the other
		g := digraph.New(n, append(edges, digraph.Edge{From: 0, To: int32(n - 1), Cost: 1}))
		nodes := []int32{r.Int32N(int32(n)), 0, r.Int32N(int32(n))}
		distance := r.IntN(4)
		var want []digraph.Reached
		reach := func(to int32, distance int) {
			if !slices.ContainsFunc(want, func(r digraph.Reached) bool { return r.Node == to }) {
				want = append(want, digraph.Reached{Node: to, Distance: distance})
			}
		}
		for _, n := range nodes {
			reach(n, 0)
		}
		for round := range distance {
			for _, from := range slices.Clone(want) {
				if from.Distance == round {
					for to := range next(g)(from.Node) {
						reach(to, round+1)
					}
				}
			}
		}
		for limit := range len(want) + 2 {
			got, cut := digraph.Around(nodes, distance, limit, next(g))
			if diff := gocmp.Diff(want[:min(limit, len(want))], got); len(got) != 0 && diff != "" || len(got) != min(limit, len(want)) {
				t.Fatalf("seed %d, at most %d (-want +got):\n%s", seed, limit, diff)
			}
			if cut != (limit < len(want)) {
				t.Fatalf("seed %d: of %d at most %d are wanted, cut is %v", seed, len(want), limit, cut)
			}
		}
	}
}

// TestCost: what an edge costs is the least of those there are from one node to another.
func TestCost(t *testing.T) {
	for seed := range uint64(200) {
		n, edges := random(rand.New(rand.NewPCG(3, seed)))
		g := digraph.New(n, edges)
		least := map[[2]int32]int32{}
		for _, e := range edges {
			ends := [2]int32{e.From, e.To}
			if c, ok := least[ends]; !ok || e.Cost < c {
				least[ends] = e.Cost
			}
		}
		if g.Len() != n || g.Edges() != len(least) {
			t.Fatalf("seed %d: %d nodes, %d edges, want %d and %d", seed, g.Len(), g.Edges(), n, len(least))
		}
		for from := range int32(n) {
			for to := range int32(n) {
				want, has := least[[2]int32{from, to}]
				if got, ok := g.Cost(from, to); got != want || ok != has {
					t.Fatalf("seed %d: from %d to %d it costs %d (%v), want %d (%v)", seed, from, to, got, ok, want, has)
				}
			}
		}
	}
}

func TestCostBounds(t *testing.T) {
	for cost, refused := range map[int32]bool{-1: true, 0: true, 1: false, digraph.MaxCost: false, digraph.MaxCost + 1: true} {
		t.Run(fmt.Sprint(cost), func(t *testing.T) {
			defer func() {
				if got := recover() != nil; got != refused {
					t.Errorf("it is refused: %v, want %v", got, refused)
				}
			}()
			digraph.New(2, []digraph.Edge{{From: 0, To: 1, Cost: cost}})
		})
	}
}

// TestFewerSteps: under a bound on steps a dearer way to a node may be the one to take.
func TestFewerSteps(t *testing.T) {
	// The cheap way to 3 has three steps and is found first, the dear one has two. So it
	// is from there on: the cheap way has two steps, the dear one has one.
	g := digraph.New(7, []digraph.Edge{
		{From: 0, To: 1, Cost: 1}, {From: 1, To: 2, Cost: 1}, {From: 2, To: 3, Cost: 1}, {From: 0, To: 6, Cost: 8}, {From: 6, To: 3, Cost: 1},
		{From: 3, To: 4, Cost: 1}, {From: 4, To: 5, Cost: 1}, {From: 3, To: 5, Cost: 20},
	})
	for steps, want := range map[int][]digraph.Path{
		2: nil,
		3: {{Nodes: []int32{0, 6, 3, 5}, Cost: 29}},
		4: {{Nodes: []int32{0, 6, 3, 4, 5}, Cost: 11}},
		5: {{Nodes: []int32{0, 1, 2, 3, 4, 5}, Cost: 5}},
	} {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			got, err := g.Tree(5).Paths(t.Context(), digraph.Search{From: []digraph.Start{{Node: 0}}, Count: 1, Steps: steps})
			if diff := gocmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A patience is a context that is over when it was asked so many times.
type patience struct {
	context.Context
	left int
}

func (p *patience) Err() error {
	if p.left--; p.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestEnds: a search that is ended has found the best paths so far, and says so.
func TestEnds(t *testing.T) {
	n, edges := random(rand.New(rand.NewPCG(4, 4)))
	tree := digraph.New(n, edges).Tree(0)
	s := digraph.Search{From: []digraph.Start{{Node: int32(n - 1)}}, Count: 20}
	all, err := tree.Paths(t.Context(), s)
	if err != nil || len(all) != 20 {
		t.Fatalf("%d paths, %v", len(all), err)
	}
	most := 0
	for patient := range 30 {
		got, err := tree.Paths(&patience{t.Context(), patient}, s)
		if err != context.Canceled {
			t.Fatalf("asked %d times: %d paths, %v", patient, len(got), err)
		}
		if diff := gocmp.Diff(all[:len(got)], got); len(got) > 0 && diff != "" {
			t.Fatalf("asked %d times (-want +got):\n%s", patient, diff)
		}
		most = max(most, len(got))
	}
	if most < 3 {
		t.Errorf("at most %d paths were found before the end", most)
	}
}

// TestFarthest: a way of more steps than are looked for is none.
func TestFarthest(t *testing.T) {
	const n, farthest = 70_000, 1 << 15 // steps are counted in 16 bits
	var edges []digraph.Edge
	for i := range int32(n - 1) {
		edges = append(edges, digraph.Edge{From: i + 1, To: i, Cost: 1})
	}
	tree := digraph.New(n, edges).Tree(0)
	for node := range int32(n) {
		if cost, ok := tree.Cost(node); ok != (node <= farthest) || ok && cost != node {
			t.Fatalf("from %d steps away it costs %d (%v)", node, cost, ok)
		}
	}
}

// TestTreeToKeepsNothing: the ends that a tree was made of may be modified.
func TestTreeToKeepsNothing(t *testing.T) {
	g := digraph.New(3, []digraph.Edge{{From: 0, To: 1, Cost: 1}, {From: 0, To: 2, Cost: 5}})
	ends := []digraph.End{{Node: 2, Cost: 1}, {Node: 1, Cost: 1}}
	given := slices.Clone(ends)
	tree := g.TreeTo(ends)
	if diff := gocmp.Diff(given, ends); diff != "" {
		t.Errorf("the ends were modified (-want +got):\n%s", diff)
	}
	clear(ends)
	got, err := tree.Paths(t.Context(), digraph.Search{From: []digraph.Start{{Node: 0}}, Count: 2})
	want := []digraph.Path{{Nodes: []int32{0, 1}, Cost: 2}, {Nodes: []int32{0, 2}, Cost: 6}}
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
