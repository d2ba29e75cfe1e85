package framework

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"skillatlas/internal/digraph"
)

// Bounds on the graph of one answer.
const (
	MaxGraphNodes = 2_000
	MaxGraphEdges = 10_000
	MaxGraphDepth = 5
	maxRoots      = 100
)

// A graphQuery says which part of the graph of skills is wanted.
type graphQuery struct {
	// roots are the codes of the skills to begin at. Without any it is all skills.
	roots []string
	// depth is how many relations away from the roots skills are.
	depth int
	// types keeps the stated relations of these types, as seen from the root's side, and
	// origins the relations of these origins; all when empty.
	types   []RelationType
	origins []RelationOrigin
	// direction keeps the stated relations that lead away from the roots, or to them.
	direction *RelationDirection
	// levels keeps the skills described at any of these levels, and categories those in
	// any of these categories or below.
	levels     []int
	categories []string
	// limit and edgeLimit bound the nodes and edges.
	limit, edgeLimit int
}

// A SkillGraphView is skills and how they are related.
type SkillGraphView struct {
	Nodes []GraphNodeView
	Edges []GraphEdgeView
	// Cut tells that there are more nodes, or more edges between them.
	Cut bool
}

// A GraphNodeView is a skill of a graph.
type GraphNodeView struct {
	Skill SkillView
	// Distance is how many relations away from the roots it is, or nil in a graph without.
	Distance *int
	// Degree is how many edges of the graph it has.
	Degree int
	at     int32
}

func (v GraphNodeView) ID() string     { return v.Skill.ID() }
func (v GraphNodeView) Label() string  { return v.Skill.Name() }
func (v GraphNodeView) Levels() []int  { return ordinals(v.Skill.n.Levels) }
func (v GraphNodeView) Code() string   { return v.Skill.Code() }
func (v GraphNodeView) Group() *string { return text(v.Skill.n.Category) }

func ordinals(levels []LevelText) []int {
	list := make([]int, len(levels))
	for i, l := range levels {
		list[i] = l.Level
	}
	return list
}

// A GraphEdgeView is a relation between two skills of a graph.
type GraphEdgeView struct {
	f        *FrameworkView
	from, to int32
	e        *edge
	origins  originSet
	// Origin is that of the relation, of a derived one the origin that says most.
	Origin   RelationOrigin
	likeness float64
}

// Likeness is how alike the two skills count, from 0 to 1.
func (v GraphEdgeView) Likeness() float64 { return rounded(v.likeness) }

// ID names the edge among those of the framework.
func (v GraphEdgeView) ID() string {
	if v.e != nil {
		return RelationView{v.f, v.e.relation}.ID()
	}
	return v.Source() + "~" + v.Target()
}

func (v GraphEdgeView) node(at int32) SkillView { return SkillView{v.f, v.f.s.skills.items[at]} }

// Source is the id of the node that the edge leads from.
func (v GraphEdgeView) Source() string { return v.node(v.from).ID() }

// Target is the id of the node that the edge leads to.
func (v GraphEdgeView) Target() string { return v.node(v.to).ID() }

// Type is that of a stated relation, or nil.
func (v GraphEdgeView) Type() *RelationType {
	if v.e == nil {
		return nil
	}
	return &v.e.relation.Type
}

// Directed tells that the two ends do not see the relation alike.
func (v GraphEdgeView) Directed() bool { return v.e != nil && !v.e.relation.Type.Symmetric() }

// Why tells why the two skills are related, in all ways that were asked for.
func (v GraphEdgeView) Why() []RelationReasonView { return v.f.reasons(v.from, v.to, v.origins) }

// Graph returns part of the graph of skills. Nodes are in order of distance and then of
// code, edges in order of their ends, stated ones first.
func (f *FrameworkView) Graph(
	ctx context.Context, roots []string, depth int, relations []RelationType, origins []RelationOrigin, direction *RelationDirection,
	levels []int, categories []string, limit, edgeLimit int,
) (*SkillGraphView, error) {
	g, err := f.newGraph(ctx, graphQuery{roots, depth, relations, origins, direction, levels, categories, limit, edgeLimit})
	if err != nil {
		return nil, err
	}
	nodes, cut, err := g.nodes()
	if err != nil {
		return nil, err
	}
	answer := &SkillGraphView{Nodes: nodes, Cut: cut}
	if err := g.edges(answer); err != nil {
		return nil, err
	}
	return answer, f.spend(ctx, (len(answer.Nodes)+len(answer.Edges))*costOfElement)
}

// A skillGraph is the making of a graph.
type skillGraph struct {
	f       *FrameworkView
	ctx     context.Context
	q       graphQuery
	origins originSet
	within  map[string]bool
	roots   []int32
	stated  bool
	derived originSet
}

// A link is an edge of a skill on the way into the graph: a relation that is stated, or
// what it has in common with another.
type link struct {
	e   *edge // or nil
	kin kin   // the other skill, and what a derived one is known from
	// away tells that a relation is stated from this end.
	away bool
	// hidden tells that something is stated of the two besides.
	hidden bool
}

// A linkTable keeps the links of the skills of a snapshot that were looked at. It is safe
// for concurrent use.
type linkTable struct {
	s       *Snapshot
	kinship *kinship
	links   []atomic.Pointer[[]link]
}

func newLinkTable(s *Snapshot, kinship *kinship) *linkTable {
	return &linkTable{s, kinship, make([]atomic.Pointer[[]link], len(s.skills.items))}
}

// of lists the links of a skill, stated ones first.
func (t *linkTable) of(at int32) []link {
	if known := t.links[at].Load(); known != nil {
		return *known
	}
	var list []link
	stated := map[int32]bool{}
	for e, other := range t.s.statedTo(t.s.skills.items[at]) {
		stated[other] = true
		list = append(list, link{e: e, kin: kin{skill: other}, away: e.relation.From == t.s.skills.keys[at]})
	}
	for _, k := range t.kinship.of(at) {
		list = append(list, link{kin: k, hidden: stated[k.skill]})
	}
	t.links[at].Store(&list)
	return list
}

func (f *FrameworkView) newGraph(ctx context.Context, q graphQuery) (*skillGraph, error) {
	g := &skillGraph{f: f, ctx: ctx, q: q, origins: originSetOf(q.origins...)}
	g.stated = g.origins.has(statedOrigin)
	if g.derived = derivedOrigins & g.origins.orAll(); len(q.types) > 0 {
		g.derived = 0
	}
	switch {
	case q.limit < 1 || q.limit > MaxGraphNodes:
		return nil, Errorf(Invalid, "limit is %d; it can be 1 to %d nodes", q.limit, MaxGraphNodes)
	case q.edgeLimit < 1 || q.edgeLimit > MaxGraphEdges:
		return nil, Errorf(Invalid, "edgeLimit is %d; it can be 1 to %d edges", q.edgeLimit, MaxGraphEdges)
	case q.depth < 0 || q.depth > MaxGraphDepth:
		return nil, Errorf(Invalid, "depth is %d; it can be 0 to %d", q.depth, MaxGraphDepth)
	case len(q.roots) > maxRoots:
		return nil, Errorf(LimitExceeded, "there are %d roots; at most %d are allowed", len(q.roots), maxRoots)
	}
	for i, code := range q.roots {
		at, ok := f.s.skills.index[code]
		if !ok {
			return nil, errorAt(NotFound, []any{"roots", i}, "there is no skill %q in framework %s", code, f.Code())
		}
		if f.s.skills.items[at].Status != StatusActive {
			return nil, errorAt(Invalid, []any{"roots", i}, "skill %s is retired; name one that is in use", code)
		}
		g.roots = append(g.roots, at)
	}
	slices.Sort(g.roots)
	if len(q.categories) > 0 {
		g.within = map[string]bool{}
		for i, c := range q.categories {
			if _, ok := f.s.categories.get(c); !ok {
				return nil, errorAt(NotFound, []any{"categories", i}, "there is no category %q in framework %s", c, f.Code())
			}
			for code := range subtree(f.s.categories, c, func(n *categoryNode) []string { return n.children }) {
				g.within[code] = true
			}
		}
	}
	return g, nil
}

// passes tells whether an active skill may be in the graph.
func (g *skillGraph) passes(at int32) bool {
	if g.within == nil && len(g.q.levels) == 0 {
		return true
	}
	n := g.f.s.skills.items[at]
	return (g.within == nil || g.within[n.Category]) &&
		(len(g.q.levels) == 0 || slices.ContainsFunc(g.q.levels, func(level int) bool {
			_, described := levelText(n.Levels, level)
			return described
		}))
}

// nodes finds the skills of the graph.
func (g *skillGraph) nodes() (nodes []GraphNodeView, cut bool, err error) {
	s := g.f.s
	if len(g.q.roots) == 0 {
		for at := range s.skills.items {
			if err := g.f.spend(g.ctx, 1); err != nil {
				return nil, false, err
			}
			switch {
			case s.skills.items[at].Status != StatusActive || !g.passes(int32(at)):
			case len(nodes) == g.q.limit:
				return nodes, true, nil
			default:
				nodes = append(nodes, GraphNodeView{Skill: SkillView{g.f, s.skills.items[at]}, at: int32(at)})
			}
		}
		return nodes, false, nil
	}
	table := g.f.workings().links()
	reached, cut := digraph.Around(g.roots, g.q.depth, g.q.limit, func(at int32) iter.Seq[int32] {
		return func(yield func(int32) bool) {
			links := table.of(at)
			if err = cmp.Or(err, g.f.spend(g.ctx, len(links))); err != nil {
				return
			}
			for i := range links {
				if k := &links[i]; g.keeps(k) && g.passes(k.kin.skill) && !yield(k.kin.skill) {
					return
				}
			}
		}
	})
	slices.SortFunc(reached, func(a, b digraph.Reached) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Node, b.Node))
	})
	for _, r := range reached {
		nodes = append(nodes, GraphNodeView{Skill: SkillView{g.f, s.skills.items[r.Node]}, Distance: &r.Distance, at: r.Node})
	}
	return nodes, cut, err
}

// keeps tells whether a link of a skill is wanted.
func (g *skillGraph) keeps(k *link) bool {
	if k.e == nil {
		return g.derived != 0 && !(k.hidden && g.stated) && (g.derived == derivedOrigins || k.kin.likeness(g.derived) > 0)
	}
	if !g.stated || len(g.q.types) > 0 && !slices.Contains(g.q.types, k.e.typ) {
		return false
	}
	return g.q.direction == nil || k.e.typ.Symmetric() || k.away == (*g.q.direction == Outgoing)
}

// origin is the one of some that says most.
func (k kin) origin(of originSet) RelationOrigin {
	best, most := OriginText, k.likeness(textOrigin&of)
	if l := k.likeness(categoryOrigin & of); l >= most && of&categoryOrigin != 0 {
		best, most = OriginCategory, l
	}
	if l := k.likeness(rolesOrigin & of); l >= most && of&rolesOrigin != 0 {
		best = OriginRoles
	}
	return best
}

// edges finds the edges between the nodes, and counts them there. Each is met at both of
// its ends, or at one: what is derived may be told by either skill alone. One that is told
// by the skill farther away is left out where it would make the way to it shorter.
func (g *skillGraph) edges(answer *SkillGraphView) error {
	index := make([]int32, len(g.f.s.skills.items)) // of the nodes, plus one
	for i, n := range answer.Nodes {
		index[n.at] = int32(i) + 1
	}
	met := make([][]int32, len(answer.Nodes)) // the nodes before, where a derived edge was met
	answer.Edges = make([]GraphEdgeView, 0, min(g.q.edgeLimit, 4*len(answer.Nodes)))
	filtered := len(g.q.types) > 0 || g.q.direction != nil
	table := g.f.workings().links()
	for _, derived := range []bool{false, true} { // stated ones stay when not all may
		for i, n := range answer.Nodes {
			links := table.of(n.at)
			if err := g.f.spend(g.ctx, len(links)+1); err != nil {
				return err
			}
			for l := range links {
				k := &links[l]
				if (k.e == nil) != derived {
					continue
				}
				j := int(index[k.kin.skill]) - 1
				if j < 0 || !g.keeps(k) || n.Distance != nil && *n.Distance > *answer.Nodes[j].Distance+1 {
					continue
				}
				switch {
				case j > i:
					if derived {
						met[j] = append(met[j], int32(i))
					}
				case derived && slices.Contains(met[i], int32(j)), !derived && (!filtered || g.keptAtOther(table, n.at, k)):
					continue
				}
				if len(answer.Edges) == g.q.edgeLimit {
					answer.Cut = true
					continue
				}
				answer.Nodes[i].Degree++
				answer.Nodes[j].Degree++
				answer.Edges = append(answer.Edges, g.edge(n.at, k))
			}
		}
	}
	order(answer.Edges)
	return nil
}

// order sorts edges: stated ones first, and then by their ends.
func order(edges []GraphEdgeView) {
	type place struct {
		ends uint64
		at   int32
	}
	places := make([]place, len(edges))
	for i, e := range edges {
		places[i] = place{uint64(last(e.e != nil))<<63 | uint64(e.from)<<32 | uint64(e.to), int32(i)}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.ends, b.ends), cmp.Compare(a.at, b.at)) })
	sorted := make([]GraphEdgeView, len(edges))
	for i, p := range places {
		sorted[i] = edges[p.at]
	}
	copy(edges, sorted)
}

func (g *skillGraph) edge(at int32, k *link) GraphEdgeView {
	e := GraphEdgeView{f: g.f, from: at, to: k.kin.skill, e: k.e, origins: g.origins}
	if k.e == nil {
		e.from, e.to = min(at, k.kin.skill), max(at, k.kin.skill) // wherever the graph begins
		e.Origin, e.likeness = k.kin.origin(g.derived), k.kin.likeness(g.derived)
		return e
	}
	e.Origin, e.likeness = OriginStated, likenessOf[k.e.typ]
	if !k.away {
		e.from, e.to = e.to, e.from // as it is stated
	}
	return e
}

// keptAtOther tells that a stated relation is wanted as its other end sees it too.
func (g *skillGraph) keptAtOther(table *linkTable, at int32, k *link) bool {
	links := table.of(k.kin.skill)
	i := slices.IndexFunc(links, func(o link) bool { return o.kin.skill == at && o.e != nil && o.e.relation == k.e.relation })
	return g.keeps(&links[i])
}
