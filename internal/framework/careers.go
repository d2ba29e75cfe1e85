package framework

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"sync"

	"skillatlas/internal/digraph"
)

// Career paths lead over two graphs: that of positions, which are skills at the levels
// they are described at, and that of roles. What a step costs is counted so that one
// level of growth in a skill is [costOfLevel].
//
//   - GROW leads to the next level of the same skill, and costs a level for each of the
//     framework's levels that it rises.
//   - MOVE leads to a related skill at the same level, or where it is not described there
//     at the nearest level below, and costs costOfMove and a level times how unlike the
//     skills are.
//   - STRETCH leads to a related skill at its next level above, and costs what moving
//     there and growing do.
//   - TRANSITION leads to a role, and costs costOfTransition and costOfLeap levels times the
//     square of how badly someone fits the role, as [fitting] measures it: two steps are
//     easier than a leap. For each seniority that it leads down in a group of roles it
//     costs a level more: nobody climbs to come down again. It is viable when the fit is
//     good enough.
const (
	costOfLevel      = 100
	costOfMove       = 20
	costOfTransition = 10
	costOfLeap       = 2
)

// PathCosts are the factors by which the costs of steps are multiplied.
type PathCosts struct{ Grow, Move, Stretch, Transition float64 }

// Bounds on what career paths are asked for.
const (
	MaxPaths     = 20
	MaxPathSteps = 20
	minFactor    = 0.1
	maxFactor    = 10
	leastViable  = 0.1
	nearestRoles = 200 // of each role
	keptGraphs   = 2   // of a snapshot
	keptTrees    = 16  // of a graph
	treesAtOnce  = 2

	// What is taken of a budget: of a graph for each skill, and of looking at all that can
	// be reached for each position.
	costOfGraph    = 20
	costOfPosition = 3
)

func (c PathCosts) level(factor float64, levels float64) int32 {
	return int32(min(max(math.Round(factor*levels*costOfLevel), 1), digraph.MaxCost))
}

// likenessOf is how alike skills count as that are stated to be related.
var likenessOf = map[RelationType]float64{
	Complementary: 0.8, Related: 0.7, Broader: 0.8, Narrower: 0.8, Prerequisite: 0.8, PrerequisiteFor: 0.8,
	EssentialFor: 0.8, HasEssential: 0.8, OptionalFor: 0.6, HasOptional: 0.6, ExactMatch: 1, CloseMatch: 0.9,
	ReplacedBy: 0.9, Replaces: 0.9, MergedInto: 0.9, MergedFrom: 0.9, SplitInto: 0.7, SplitFrom: 0.7,
}

// A neighbour is a skill related to another, by its place among the snapshot's skills.
type neighbour struct {
	skill    int32
	likeness float64
}

// neighbours lists the active skills that are related to each active one by some
// origins, by place. Each is the neighbour of its neighbours. The likeness of what is
// stated is multiplied by a factor.
func (s *Snapshot) neighbours(ctx context.Context, know func() *kinship, origins originSet, stated float64) ([][]neighbour, error) {
	list := make([][]neighbour, len(s.skills.items))
	derived := derivedOrigins & origins
	var kinship *kinship
	if derived != 0 {
		kinship = know()
		if err := kinship.all(ctx); err != nil {
			return nil, err
		}
	}
	add := func(a, b int32, likeness float64) { list[a] = append(list[a], neighbour{b, likeness}) }
	for i, n := range s.skills.items {
		if n.Status != StatusActive {
			continue
		}
		for e, other := range s.statedTo(n) {
			if origins&statedOrigin != 0 {
				add(int32(i), other, stated*likenessOf[e.typ])
			}
		}
		if derived != 0 {
			for _, k := range kinship.of(int32(i)) {
				if likeness := k.likeness(derived); likeness > 0 {
					add(int32(i), k.skill, likeness)
					add(k.skill, int32(i), likeness)
				}
			}
		}
	}
	for i := range list {
		slices.SortFunc(list[i], func(a, b neighbour) int {
			return cmp.Or(cmp.Compare(a.skill, b.skill), -cmp.Compare(a.likeness, b.likeness))
		})
		list[i] = slices.CompactFunc(list[i], func(a, b neighbour) bool { return a.skill == b.skill })
	}
	return list, nil
}

// statedTo yields the relations of a skill with other active ones of its framework,
// without lineage.
func (s *Snapshot) statedTo(n *skillNode) iter.Seq2[*edge, int32] {
	return func(yield func(*edge, int32) bool) {
		for i := range n.edges {
			e := &n.edges[i]
			if e.framework != s.framework.Code || e.relation.Type.lineage() {
				continue
			}
			other := s.skills.index[e.other]
			if s.skills.items[other].Status == StatusActive && !yield(e, other) {
				return
			}
		}
	}
}

// A position is a skill, by its place among the snapshot's skills, at a level it is
// described at, or at 0 if it is described at none.
type position struct {
	skill int32
	level int
}

// positions is the graph of the positions of the active skills of a snapshot. It is safe
// for concurrent use.
type positions struct {
	s     *Snapshot
	costs PathCosts
	list  []position // by skill, then level
	first []int32    // of each skill, and one more: where those of the next begin
	graph *digraph.Graph
	trees *cache[int32, *digraph.Tree]
}

func newPositions(s *Snapshot, neighbours [][]neighbour, costs PathCosts) *positions {
	p := &positions{s: s, costs: costs, first: make([]int32, len(s.skills.items)+1), trees: newCache[int32, *digraph.Tree](keptTrees, treesAtOnce)}
	for i, n := range s.skills.items {
		p.first[i] = int32(len(p.list))
		if n.Status != StatusActive {
			continue
		}
		for _, l := range n.Levels {
			p.list = append(p.list, position{int32(i), l.Level})
		}
		if len(n.Levels) == 0 {
			p.list = append(p.list, position{int32(i), 0})
		}
	}
	p.first[len(s.skills.items)] = int32(len(p.list))
	var edges []digraph.Edge
	for at, from := range p.list {
		if next := int32(at) + 1; next < p.first[from.skill+1] {
			edges = append(edges, digraph.Edge{From: int32(at), To: next, Cost: p.grow(from.level, p.list[next].level)})
		}
		level := from.level
		if level == 0 && len(s.levels) > 0 {
			level = s.levels[0].Ordinal
		}
		for _, n := range neighbours[from.skill] {
			if to, ok := p.below(n.skill, level); ok {
				edges = append(edges, digraph.Edge{From: int32(at), To: to, Cost: p.move(n.likeness)})
			}
			if to, ok := p.above(n.skill, level); ok {
				edges = append(edges, digraph.Edge{From: int32(at), To: to, Cost: p.stretch(n.likeness, from.level, p.list[to].level)})
			}
		}
	}
	p.graph = digraph.New(len(p.list), edges)
	return p
}

// stretches tells whether a step to another skill is one up. No level counts as the lowest
// of the framework.
func (p *positions) stretches(from, to int) bool {
	return p.s.rank(to) > max(p.s.rank(from), 1)
}

func (p *positions) rise(from, to int) float64 {
	return float64(max(p.s.rank(to)-max(p.s.rank(from), 1), 1))
}

func (p *positions) grow(from, to int) int32 { return p.costs.level(p.costs.Grow, p.rise(from, to)) }

func (p *positions) move(likeness float64) int32 {
	return p.costs.level(p.costs.Move, float64(costOfMove)/costOfLevel+1-likeness)
}

func (p *positions) stretch(likeness float64, from, to int) int32 {
	return p.costs.level(p.costs.Stretch, float64(costOfMove)/costOfLevel+1-likeness+p.rise(from, to))
}

// below finds the position of a skill at a level or at the nearest below. A skill
// without levels has one position, below any level.
func (p *positions) below(skill int32, level int) (int32, bool) {
	first, end := p.first[skill], p.first[skill+1]
	if level == 0 {
		return first, first < end
	}
	for at := end - 1; at >= first; at-- {
		if p.list[at].level <= level {
			return at, true
		}
	}
	return 0, false
}

// above finds the position of a skill at its lowest level above one.
func (p *positions) above(skill int32, level int) (int32, bool) {
	if level == 0 {
		return 0, false
	}
	for at := p.first[skill]; at < p.first[skill+1]; at++ {
		if p.list[at].level > level {
			return at, true
		}
	}
	return 0, false
}

// held finds the positions that a profile stands at: of each skill the highest that
// it holds.
func (p *positions) held(have profile) []int32 {
	var list []int32
	for _, q := range have.list {
		i, ok := p.s.skills.index[q.Skill]
		if !ok {
			continue
		}
		level, _ := have.has(q.Skill)
		if at, ok := p.below(i, level); ok {
			list = append(list, at)
		}
	}
	return list
}

// careers keeps the graphs of a snapshot that have been asked for last, and what they are
// made of. It is safe for concurrent use.
type careers struct {
	s         *Snapshot
	kinship   func() *kinship
	positions *cache[positionsKey, *positions]
	standIns  *cache[originSet, [][]neighbour]
	near      *cache[originSet, [][]nearRole]
	roles     *cache[rolesKey, *roleGraph]
}

// A positionsKey says which graph of positions it is: where the relations are from, and
// the factors that count there.
type positionsKey struct {
	origins originSet
	costs   PathCosts
}

// A rolesKey says which graph of roles it is.
type rolesKey struct {
	origins    originSet
	viable     float64
	transition float64
}

func newCareers(s *Snapshot, kinship func() *kinship) *careers {
	return &careers{
		s: s, kinship: kinship, positions: newCache[positionsKey, *positions](keptGraphs, 1), roles: newCache[rolesKey, *roleGraph](keptGraphs, 1),
		standIns: newCache[originSet, [][]neighbour](keptGraphs, 1), near: newCache[originSet, [][]nearRole](keptGraphs, 1),
	}
}

func (c *careers) positionsBy(ctx context.Context, key positionsKey) (*positions, error) {
	return c.positions.get(ctx, key, func() (*positions, error) {
		neighbours, err := c.s.neighbours(ctx, c.kinship, key.origins, 1)
		if err != nil {
			return nil, err
		}
		return newPositions(c.s, neighbours, key.costs), nil
	})
}

func (c *careers) standInsBy(ctx context.Context, origins originSet) ([][]neighbour, error) {
	return c.standIns.get(ctx, origins, func() ([][]neighbour, error) { return c.s.neighbours(ctx, c.kinship, origins, statedStandIn) })
}

func (c *careers) nearBy(ctx context.Context, origins originSet) ([][]nearRole, error) {
	standIns, err := c.standInsBy(ctx, origins)
	if err != nil {
		return nil, err
	}
	return c.near.get(ctx, origins, func() ([][]nearRole, error) { return c.s.nearRoles(ctx, standIns) })
}

func (c *careers) rolesBy(ctx context.Context, key rolesKey, near [][]nearRole) (*roleGraph, error) {
	return c.roles.get(ctx, key, func() (*roleGraph, error) { return newRoleGraph(near, key.viable, key.transition), nil })
}

// A cache holds what was asked for last. What it lacks is made, so many at once: a graph
// takes a hundred megabytes while it is made. It is safe for concurrent use.
type cache[K comparable, V any] struct {
	size   int
	making chan struct{} // held, by sending to it, by who makes something
	mu     sync.Mutex
	keys   []K // the one asked for last comes last
	made   map[K]V
}

func newCache[K comparable, V any](size, atOnce int) *cache[K, V] {
	return &cache[K, V]{size: size, making: make(chan struct{}, atOnce), made: map[K]V{}}
}

// get returns what is held under a key, or makes it. It gives up waiting for its turn
// when the context ends.
func (c *cache[K, V]) get(ctx context.Context, key K, produce func() (V, error)) (V, error) {
	if v, ok := c.look(key); ok {
		return v, nil
	}
	var none V
	select {
	case c.making <- struct{}{}:
		defer func() { <-c.making }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return none, tookTooLong
	}
	if v, ok := c.look(key); ok { // made meanwhile
		return v, nil
	}
	v, err := produce()
	if err == nil {
		c.keep(key, v)
	}
	return v, err
}

func (c *cache[K, V]) look(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.made[key]
	if ok {
		c.keys = append(slices.DeleteFunc(c.keys, func(k K) bool { return k == key }), key)
	}
	return v, ok
}

func (c *cache[K, V]) keep(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.made[key]; !ok {
		if len(c.keys) == c.size {
			delete(c.made, c.keys[0])
			c.keys = slices.Delete(c.keys, 0, 1)
		}
		c.keys = append(c.keys, key)
	}
	c.made[key] = v
}
