package digraph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"skillatlas/internal/digraph"
)

// positions is a graph like that of the positions of a large framework: 14,000 skills
// at 7 levels, each leading to the next level of the same skill, and to the same and
// the next level of about 9 others, mostly in its own neighbourhood.
func positions() (n int, edges []digraph.Edge) {
	const skills, levels, others = 14_000, 7, 9
	r := rand.New(rand.NewPCG(7, 7))
	at := func(skill, level int) int32 { return int32(skill*levels + level) }
	for s := range skills {
		for l := range levels - 1 {
			edges = append(edges, digraph.Edge{From: at(s, l), To: at(s, l+1), Cost: 100})
		}
		for range others {
			o := (s + r.IntN(400) - 200 + skills) % skills
			if r.IntN(10) == 0 {
				o = r.IntN(skills)
			}
			far := 20 + r.Int32N(200)
			for l := range levels {
				edges = append(edges, digraph.Edge{From: at(s, l), To: at(o, l), Cost: far})
				edges = append(edges, digraph.Edge{From: at(o, l), To: at(s, l), Cost: far})
				if l+1 < levels {
					edges = append(edges, digraph.Edge{From: at(s, l), To: at(o, l+1), Cost: far + 110})
					edges = append(edges, digraph.Edge{From: at(o, l), To: at(s, l+1), Cost: far + 110})
				}
			}
		}
	}
	return skills * levels, edges
}

// BenchmarkPaths finds the three best paths between random positions.
func BenchmarkPaths(b *testing.B) {
	n, edges := positions()
	g := digraph.New(n, edges)
	b.Logf("%d nodes, %d edges", g.Len(), g.Edges())
	r := rand.New(rand.NewPCG(8, 8))
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			digraph.New(n, edges)
		}
	})
	b.Run("tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g.Tree(r.Int32N(int32(n)))
		}
	})
	for _, steps := range []int{0, 12} {
		b.Run(fmt.Sprintf("known/steps=%d", steps), func(b *testing.B) {
			t := g.Tree(r.Int32N(int32(n/7))*7 + 6)
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				if _, err := t.Paths(b.Context(), digraph.Search{From: []digraph.Start{{Node: r.Int32N(int32(n))}}, Count: 3, Steps: steps}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "µs-median")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "µs-99%")
		})
	}
}
