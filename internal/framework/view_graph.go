package framework

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
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

// ordinals lists the levels of some texts.
func ordinals(levels []LevelText) []int {
	n := len(levels)
	if n > 0 && levels[n-1].Level-levels[0].Level == n-1 {
		return slices.Clip(everyLevel[levels[0].Level-1:][:n]) // without gaps, which is the usual case
	}
	list := make([]int, n)
	for i, l := range levels {
		list[i] = l.Level
	}
	return list
}

// everyLevel and everyDistance are there for answers to point into.
var (
	everyLevel    = upFrom(1, maxLevel)
	everyDistance = upFrom(0, MaxGraphDepth+1)
)

func upFrom(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}

// A GraphEdgeView is a relation between two skills of a graph.
type GraphEdgeView struct {
	f        *FrameworkView
	from, to int32
	e        *edge // of a stated relation, or nil
	kin      *kin  // of a derived one
	typ      uint8 // of a stated one, by its place in [RelationTypes]
	// origins are those that were asked for, and derived those of them that are.
	origins, derived originSet
}

// Origin is that of the relation, of a derived one the origin that says most.
func (v GraphEdgeView) Origin() RelationOrigin {
	if v.e != nil {
		return OriginStated
	}
	return v.kin.origin(v.derived)
}

// Likeness is how alike the two skills count, from 0 to 1.
func (v GraphEdgeView) Likeness() float64 {
	if v.e != nil {
		return rounded(typeTraits[v.typ].likeness)
	}
	return rounded(v.kin.likeness(v.derived))
}

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
	return &RelationTypes[v.typ]
}

// Directed tells that the two ends do not see the relation alike.
func (v GraphEdgeView) Directed() bool { return v.e != nil && !typeTraits[v.typ].symmetric }

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
	defer g.release()
	answer := &SkillGraphView{}
	if answer.Cut, err = g.reach(); err != nil {
		return nil, err
	}
	answer.Nodes = g.nodes()
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
	table   *linkTable
	origins originSet
	roots   []int32
	within  map[string]bool
	stated  bool
	types   typeSet // of the stated relations
	derived originSet
	*graphScratch
}

// A graphScratch holds what is known of a graph while it is made. It is used again, and
// has nothing that the next graph is not to know of but room.
type graphScratch struct {
	// reached are the skills of the graph as they are found, those of a distance from
	// rings[distance] on.
	reached []int32
	rings   [MaxGraphDepth + 2]int32
	// at tells of each skill of the snapshot which one of reached it is, and later which
	// node, plus one. marks has a bit for each.
	at    []int32
	marks []uint64
	// ranks tell of each node how many are of skills that come before.
	ranks        []int32
	found, spare []foundEdge
	next         []int32
}

func newGraphScratch(skills int) *graphScratch {
	return &graphScratch{at: make([]int32, skills), marks: make([]uint64, skills/64+1)}
}

// A foundEdge is one of the links of a node: a stated one, or else one of its kin.
type foundEdge struct {
	node, link int32
	stated     bool
	// from and to are what edges are in order of: the ranks of their ends, to the first of
	// which the number of nodes is added where the edge is derived.
	from, to int32
}

// release leaves the scratch for the next graph.
func (g *skillGraph) release() {
	for _, at := range g.reached {
		g.at[at] = 0
	}
	g.table.scratch.Put(g.graphScratch)
}

// links are the edges of an active skill on the way into the graph. They are small, since
// many are looked at.
type links struct {
	stated []statedLink
	// kin are those of the kinship, and hidden has a bit for each of which something is
	// stated besides.
	kin    []kin
	hidden uint64
}

// There are bits enough for all kin of a skill.
const _ = uint(64 - nearestKin - 3*nearestBy)

func (l *links) hides(kin int) bool { return l.hidden>>kin&1 != 0 }

// A statedLink is a relation that is stated with another skill.
type statedLink struct {
	e     *edge
	skill int32 // the other one
	// typ is the type as seen from here, and stored as it is stated, by their places in
	// [RelationTypes].
	typ, stored uint8
	// away tells that it is stated from this end.
	away bool
}

// A linkTable keeps the links of the skills of a snapshot that were looked at. It is safe
// for concurrent use.
type linkTable struct {
	s       *Snapshot
	kinship *kinship
	links   []atomic.Pointer[links]
	scratch sync.Pool
}

func newLinkTable(s *Snapshot, kinship *kinship) *linkTable {
	n := len(s.skills.items)
	return &linkTable{
		s: s, kinship: kinship, links: make([]atomic.Pointer[links], n),
		scratch: sync.Pool{New: func() any { return newGraphScratch(n) }},
	}
}

// of finds the links of a skill.
func (t *linkTable) of(at int32) *links {
	if known := t.links[at].Load(); known != nil {
		return known
	}
	n := t.s.skills.items[at]
	l := &links{stated: make([]statedLink, 0, len(n.edges)), kin: t.kinship.of(at)}
	stated := map[int32]bool{}
	for e, other := range t.s.statedTo(n) {
		stated[other] = true
		l.stated = append(l.stated, statedLink{e, other, uint8(typeOrder(e.typ)), uint8(typeOrder(e.relation.Type)), e.relation.From == n.Code})
	}
	for i, k := range l.kin {
		if stated[k.skill] {
			l.hidden |= 1 << i
		}
	}
	t.links[at].Store(l)
	return l
}

func (f *FrameworkView) newGraph(ctx context.Context, q graphQuery) (*skillGraph, error) {
	g := &skillGraph{f: f, ctx: ctx, q: q, origins: originSetOf(q.origins...), types: typeSetOf(q.types)}
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
	g.table = f.workings().links()
	g.graphScratch = g.table.scratch.Get().(*graphScratch)
	g.reached, g.found = g.reached[:0], g.found[:0]
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

// reach finds the skills of the graph. cut tells that there are more.
func (g *skillGraph) reach() (cut bool, err error) {
	for d := range g.rings {
		g.rings[d] = math.MaxInt32 // until it is come to
	}
	g.rings[0] = 0
	if len(g.q.roots) == 0 {
		for at, n := range g.f.s.skills.items {
			if err := g.f.spend(g.ctx, 1); err != nil {
				return false, err
			}
			if n.Status == StatusActive && g.passes(int32(at)) && !g.add(int32(at)) {
				return true, nil
			}
		}
		return false, nil
	}
	for _, at := range g.roots {
		if !g.add(at) {
			return true, nil
		}
	}
	for d := range g.q.depth {
		g.rings[d+1] = int32(len(g.reached))
		for _, at := range g.reached[g.rings[d]:g.rings[d+1]] {
			links := g.table.of(at)
			if err := g.f.spend(g.ctx, len(links.stated)+len(links.kin)); err != nil {
				return false, err
			}
			for i := range links.stated {
				if k := &links.stated[i]; g.keepsStated(k.typ, k.away) && g.passes(k.skill) && !g.add(k.skill) {
					return true, nil
				}
			}
			for i := range links.kin {
				if k := &links.kin[i]; g.keepsKin(links, i) && g.passes(k.skill) && !g.add(k.skill) {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// add makes a skill part of the graph, or reports that there is no room for it.
func (g *skillGraph) add(at int32) bool {
	if g.at[at] == 0 {
		if len(g.reached) == g.q.limit {
			return false
		}
		g.reached = append(g.reached, at)
		g.at[at] = int32(len(g.reached))
	}
	return true
}

// nodes orders the skills of the graph by distance and then by place.
func (g *skillGraph) nodes() []GraphNodeView {
	nodes := make([]GraphNodeView, len(g.reached))
	g.ranks = slices.Grow(g.ranks[:0], len(nodes))[:len(nodes)]
	for _, at := range g.reached {
		g.marks[at/64] |= 1 << (at % 64)
	}
	rank, next := int32(0), g.rings
	for w, marks := range g.marks { // which has the skills in order, so that none have to be sorted
		if marks == 0 {
			continue
		}
		for g.marks[w] = 0; marks != 0; marks &= marks - 1 {
			at := int32(w*64 + bits.TrailingZeros64(marks))
			d := 0
			for g.at[at] > g.rings[d+1] {
				d++
			}
			i := next[d]
			next[d]++
			g.at[at], g.ranks[i] = i+1, rank
			rank++
			nodes[i] = GraphNodeView{Skill: SkillView{g.f, g.f.s.skills.items[at]}, at: at}
			if len(g.q.roots) > 0 {
				nodes[i].Distance = &everyDistance[d]
			}
		}
	}
	return nodes
}

// keepsStated tells whether a stated relation is wanted, by its type as seen from an end
// and whether it is stated from there.
func (g *skillGraph) keepsStated(typ uint8, away bool) bool {
	return g.stated && g.types.has(typ) &&
		(g.q.direction == nil || typeTraits[typ].symmetric || away == (*g.q.direction == Outgoing))
}

// keepsKin tells whether one of the kin of a skill is wanted.
func (g *skillGraph) keepsKin(l *links, i int) bool {
	return g.derived != 0 && !(l.hides(i) && g.stated) && (g.derived == derivedOrigins || l.kin[i].likeness(g.derived) > 0)
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
	// Stated ones come first, so that they stay when not all may.
	ok, err := g.statedEdges(answer.Nodes)
	if ok && err == nil {
		ok, err = g.derivedEdges(answer.Nodes)
	}
	if err != nil {
		return err
	}
	answer.Cut = answer.Cut || !ok
	// Filed by one end and then by the other, edges are in order of both.
	g.file(len(answer.Nodes), func(e *foundEdge) int32 { return e.to })
	g.file(2*len(answer.Nodes), func(e *foundEdge) int32 { return e.from })
	answer.Edges = make([]GraphEdgeView, len(g.found))
	for i := range g.found {
		g.edge(&answer.Edges[i], answer.Nodes[g.found[i].node].at, &g.found[i])
	}
	return nil
}

// file puts found edges in order of a key below n, and otherwise leaves them as they are.
func (g *graphScratch) file(n int, key func(*foundEdge) int32) {
	g.next = slices.Grow(g.next[:0], n+1)[:n+1]
	clear(g.next)
	for i := range g.found {
		g.next[key(&g.found[i])+1]++
	}
	for i := range n {
		g.next[i+1] += g.next[i]
	}
	g.spare = slices.Grow(g.spare[:0], len(g.found))[:len(g.found)]
	for i := range g.found {
		next := &g.next[key(&g.found[i])]
		g.spare[*next] = g.found[i]
		*next++
	}
	g.found, g.spare = g.spare, g.found
}

// statedEdges finds the stated edges, and reports whether there was room for all.
func (g *skillGraph) statedEdges(nodes []GraphNodeView) (bool, error) {
	if !g.stated {
		return true, nil
	}
	d := 0
	for i := range int32(len(nodes)) {
		for i >= g.rings[d+1] {
			d++
		}
		near := g.rings[max(d-1, 0)] // the first node that is no nearer than the one before
		links := g.table.of(nodes[i].at)
		if err := g.f.spend(g.ctx, len(links.stated)+1); err != nil {
			return false, err
		}
		for l := range links.stated {
			k := &links.stated[l]
			j := g.at[k.skill] - 1
			if j < 0 || !g.keepsStated(k.typ, k.away) || j < i && (j < near || g.keepsStated(typeTraits[k.typ].inverse, !k.away)) {
				continue // is not wanted, or too far away, or met at the other end
			}
			from, to := i, j
			if !k.away {
				from, to = j, i // as it is stated
			}
			if !g.find(nodes, foundEdge{node: i, link: int32(l), stated: true}, from, to) {
				return false, nil
			}
		}
	}
	return true, nil
}

// derivedEdges finds the derived edges, and reports whether there was room for all.
func (g *skillGraph) derivedEdges(nodes []GraphNodeView) (bool, error) {
	if g.derived == 0 {
		return true, nil
	}
	d := 0
	for i := range int32(len(nodes)) {
		for i >= g.rings[d+1] {
			d++
		}
		near := g.rings[max(d-1, 0)]
		links := g.table.of(nodes[i].at)
		if err := g.f.spend(g.ctx, len(links.kin)+1); err != nil {
			return false, err
		}
		for l := range links.kin {
			j := g.at[links.kin[l].skill] - 1
			if j < 0 || !g.keepsKin(links, l) || j < i && (j < near || g.tells(nodes[j].at, nodes[i].at)) {
				continue
			}
			from, to := i, j
			if g.ranks[from] > g.ranks[to] {
				from, to = j, i // wherever the graph begins
			}
			if !g.find(nodes, foundEdge{node: i, link: int32(l)}, from, to) {
				return false, nil
			}
		}
	}
	return true, nil
}

// tells reports whether a skill has another among its kin that are wanted.
func (g *skillGraph) tells(at, other int32) bool {
	links := g.table.of(at)
	for i := range links.kin {
		if links.kin[i].skill == other {
			return g.keepsKin(links, i)
		}
	}
	return false
}

// find makes a link an edge between two nodes, or reports that there is no room for it.
func (g *skillGraph) find(nodes []GraphNodeView, e foundEdge, from, to int32) bool {
	if len(g.found) == g.q.edgeLimit {
		return false
	}
	nodes[from].Degree++
	nodes[to].Degree++
	if e.from, e.to = g.ranks[from], g.ranks[to]; !e.stated {
		e.from += int32(len(nodes))
	}
	g.found = append(g.found, e)
	return true
}

// edge makes a found edge of a skill one of the answer.
func (g *skillGraph) edge(e *GraphEdgeView, at int32, found *foundEdge) {
	links := g.table.of(at)
	if !found.stated {
		k := &links.kin[found.link]
		*e = GraphEdgeView{
			f: g.f, from: min(at, k.skill), to: max(at, k.skill), kin: k, origins: g.origins, derived: g.derived,
		}
		return
	}
	k := &links.stated[found.link]
	*e = GraphEdgeView{f: g.f, from: at, to: k.skill, e: k.e, typ: k.stored, origins: g.origins}
	if !k.away {
		e.from, e.to = e.to, e.from
	}
}
