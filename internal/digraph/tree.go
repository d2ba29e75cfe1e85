package digraph

import (
	"cmp"
	"math"
	"slices"
)

// unreachable is the cost from where no path leads to the target. Paths longer or
// dearer than farthest and dearest are not looked for.
const (
	unreachable = math.MaxInt32
	dearest     = 1 << 30
	farthest    = 1 << 15
)

// A Tree tells what the best paths from every node to a target cost. It takes most of
// the time of a search, and serves any number of them.
type Tree struct {
	graph  *Graph
	target int32
	// ends, if any, are where the last step of a path begins, in order: then the target
	// is not one of the graph's nodes but one behind them.
	ends   []End
	cost   []int32
	steps  []uint16 // of the best path
	fewest []uint16 // of any path
}

// Cost is what the best path from a node costs; ok is false where there is none.
func (t *Tree) Cost(from int32) (cost int32, ok bool) {
	return t.cost[from], t.cost[from] != unreachable
}

// An End is a node at which a path may end, and what that costs, from 0 to [MaxCost].
type End struct{ Node, Cost int32 }

// Tree searches the graph backwards from a target.
func (g *Graph) Tree(target int32) *Tree { return g.tree(target, nil) }

// TreeTo searches the graph backwards from some ends, of which paths lead to any. To
// end is a step of its own. Of an end given twice the cheaper one counts.
func (g *Graph) TreeTo(ends []End) *Tree {
	ends = slices.Clone(ends)
	slices.SortFunc(ends, func(a, b End) int { return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Cost, b.Cost)) })
	ends = slices.CompactFunc(ends, func(a, b End) bool { return a.Node == b.Node })
	return g.tree(int32(g.Len()), ends)
}

// tree searches cheapest first, with a bucket for each cost (R. B. Dial, Algorithm 360,
// CACM 12 (1969) 632-633).
func (g *Graph) tree(target int32, ends []End) *Tree {
	n := g.Len() + 1
	t := &Tree{graph: g, target: target, ends: ends, cost: make([]int32, n), steps: make([]uint16, n), fewest: make([]uint16, n)}
	for i := range t.cost {
		t.cost[i], t.steps[i], t.fewest[i] = unreachable, math.MaxUint16, math.MaxUint16
	}
	t.cost[target], t.steps[target] = 0, 0
	// No edge costs more than most, so the costs waiting are within most of each other.
	most := g.most
	for _, e := range ends {
		most = max(most, e.Cost)
	}
	buckets := make([][]int32, most+1)
	waiting := 0
	if len(ends) == 0 && int(target) < g.Len() {
		buckets[0] = append(buckets[0], target)
		waiting = 1
	}
	for _, e := range ends {
		t.cost[e.Node], t.steps[e.Node] = e.Cost, 1
		buckets[e.Cost] = append(buckets[e.Cost], e.Node)
		waiting++
	}
	for cost := int32(0); waiting > 0; cost++ {
		b := cost % int32(len(buckets))
		for i := 0; i < len(buckets[b]); i++ {
			n := buckets[b][i]
			waiting--
			if t.cost[n] != cost || t.steps[n] >= farthest {
				continue // reached more cheaply since, or too far
			}
			for e := g.in.start[n]; e < g.in.start[n+1]; e++ {
				from, through := g.in.node[e], cost+g.in.cost[e]
				switch {
				case through > dearest:
				case through < t.cost[from]:
					t.cost[from], t.steps[from] = through, t.steps[n]+1
					at := through % int32(len(buckets))
					buckets[at] = append(buckets[at], from)
					waiting++
				case through == t.cost[from] && t.steps[n]+1 < t.steps[from]:
					t.steps[from] = t.steps[n] + 1
				}
			}
		}
		buckets[b] = buckets[b][:0]
	}
	t.breadthFirst()
	return t
}

// breadthFirst finds the fewest steps to the target.
func (t *Tree) breadthFirst() {
	t.fewest[t.target] = 0
	var queue []int32
	if len(t.ends) == 0 && int(t.target) < t.graph.Len() {
		queue = append(queue, t.target)
	}
	for _, e := range t.ends {
		t.fewest[e.Node] = 1
		queue = append(queue, e.Node)
	}
	for i := 0; i < len(queue); i++ {
		n := queue[i]
		for e := t.graph.in.start[n]; e < t.graph.in.start[n+1]; e++ {
			if from := t.graph.in.node[e]; t.fewest[from] == math.MaxUint16 && t.fewest[n] < farthest {
				t.fewest[from] = t.fewest[n] + 1
				queue = append(queue, from)
			}
		}
	}
}
