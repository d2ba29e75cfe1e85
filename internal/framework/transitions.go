package framework

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"skillatlas/internal/digraph"
)

// statedStandIn is how much of the likeness of stated relations counts where a skill is
// held in place of another: what is complementary is not the same.
const statedStandIn = 0.5

// A fitting measures how well people fit roles. That is the share of what a role asks for
// that is held, as [profile.gap] has it, but a skill that is held in place of another
// counts too: as much as the words the two share make them alike, or half as much as a
// relation that is stated, times the credit of its level, where this is more than the
// skill's own. That roles ask for two skills together does not make one stand in for the
// other. In the manner of Nesta's Mapping Career Causeways (2020), which compares skills
// by their words too. Fits are as exact as they are shown, so that what follows from one
// can be seen to. A fitting is not safe for concurrent use.
type fitting struct {
	s        *Snapshot
	standIns [][]neighbour
	demand   *demand
	// as lists for each skill, by place, what is held of it or in its place.
	as      [][]heldAs
	touched []int32
	best    []float64 // by role
}

// A heldAs is a skill that is held at a level, and what it counts as another.
type heldAs struct {
	share float64
	level int
}

func newFitting(s *Snapshot, standIns [][]neighbour) *fitting {
	return &fitting{
		s: s, standIns: standIns, demand: s.workings().demand(),
		as: make([][]heldAs, len(standIns)), best: make([]float64, len(s.roles.items)),
	}
}

// hold fills in what someone holds.
func (f *fitting) hold(have profile) {
	for _, at := range f.touched {
		f.as[at] = f.as[at][:0]
	}
	f.touched = f.touched[:0]
	add := func(at int32, share float64, level int) {
		if len(f.as[at]) == 0 {
			f.touched = append(f.touched, at)
		}
		f.as[at] = append(f.as[at], heldAs{share, level})
	}
	for _, q := range have.list {
		at, ok := f.s.skills.index[q.Skill]
		if !ok {
			continue
		}
		level, _ := have.has(q.Skill)
		add(at, 1, level)
		for _, n := range f.standIns[at] {
			add(n.skill, n.likeness, level)
		}
	}
}

// credit is what counts of a skill wanted at a level.
func (f *fitting) credit(at int32, want int) float64 {
	best := 0.0
	for _, h := range f.as[at] {
		best = max(best, h.share*f.s.credit(h.level, want))
	}
	return best
}

// forAll tells how well someone fits each active role, by place.
func (f *fitting) forAll(have profile) []float64 {
	f.hold(have)
	slices.Sort(f.touched)
	met := make([]float64, len(f.demand.sums))
	for _, at := range f.touched {
		for _, w := range f.demand.of[at] {
			met[w.role] += w.weight * f.credit(at, int(w.level))
		}
	}
	fits := f.demand.shares(met)
	for i, fit := range fits {
		fits[i] = rounded(fit)
	}
	return fits
}

// forOne tells how well someone fits what is wanted; 1 where nothing is.
func (f *fitting) forOne(have, want profile) float64 {
	f.hold(have)
	sum, met := 0.0, 0.0
	for _, q := range want.list {
		weight := importanceOf(q)
		sum += weight
		if at, ok := f.s.skills.index[q.Skill]; ok {
			met += weight * f.credit(at, q.Level)
		}
	}
	if sum == 0 {
		return 1
	}
	return rounded(met / sum)
}

// fromAll tells how well someone in each active role, by place, fits what is wanted.
func (f *fitting) fromAll(want profile) []float64 {
	sum, met := 0.0, make([]float64, len(f.demand.sums))
	var touched []int32
	for _, q := range want.list {
		weight := importanceOf(q)
		sum += weight
		at, ok := f.s.skills.index[q.Skill]
		if !ok {
			continue
		}
		touched = touched[:0]
		count := func(skill int32, share float64) {
			for _, w := range f.demand.of[skill] {
				if f.best[w.role] == 0 {
					touched = append(touched, w.role)
				}
				f.best[w.role] = max(f.best[w.role], share*f.s.credit(int(w.held), q.Level))
			}
		}
		count(at, 1)
		for _, n := range f.standIns[at] {
			count(n.skill, n.likeness)
		}
		for _, role := range touched {
			met[role] += weight * f.best[role]
			f.best[role] = 0
		}
	}
	for i := range met {
		if sum > 0 {
			met[i] = rounded(met[i] / sum)
		}
	}
	return met
}

// A nearRole is a role, by its place, how well someone in another fits it, and how many
// seniorities of their group down it is.
type nearRole struct {
	role int32
	down int32
	fit  float64
}

// nearRoles lists for each active role those that someone in it fits best, the best
// first.
func (s *Snapshot) nearRoles(ctx context.Context, standIns [][]neighbour) ([][]nearRole, error) {
	list := make([][]nearRole, len(s.roles.items))
	fittings := sync.Pool{New: func() any { return newFitting(s, standIns) }}
	err := inShares(ctx, len(list), func(i int) {
		if r := s.roles.items[i]; r.Status == StatusActive {
			f := fittings.Get().(*fitting)
			list[i] = s.bestFits(int32(i), f.forAll(s.profileOfRole(r)))
			fittings.Put(f)
		}
	})
	return list, err
}

// bestFits lists the roles other than one's own that someone fits best.
func (s *Snapshot) bestFits(own int32, fits []float64) []nearRole {
	var near []nearRole
	for role, fit := range fits {
		if fit >= leastViable && int32(role) != own {
			near = append(near, nearRole{int32(role), down(s.roles.items[own], s.roles.items[role]), fit})
		}
	}
	slices.SortFunc(near, func(a, b nearRole) int {
		return cmp.Or(-cmp.Compare(a.fit, b.fit), cmp.Compare(a.role, b.role))
	})
	return slices.Clone(near[:min(len(near), nearestRoles)])
}

// down is how many seniorities of their group one role is below another.
func down(from, to *Role) int32 {
	if from.Group == "" || from.Group != to.Group || to.Seniority == 0 {
		return 0
	}
	return int32(max(from.Seniority-to.Seniority, 0))
}

// roleGraph is the graph of the transitions between active roles that are viable. It is
// safe for concurrent use.
type roleGraph struct {
	costs  PathCosts
	viable float64
	near   [][]nearRole
	graph  *digraph.Graph
	trees  *cache[int32, *digraph.Tree]
}

func newRoleGraph(near [][]nearRole, viable, transition float64) *roleGraph {
	costs := PathCosts{Transition: transition}
	g := &roleGraph{costs: costs, viable: viable, near: near, trees: newCache[int32, *digraph.Tree](keptTrees, treesAtOnce)}
	var edges []digraph.Edge
	for from, list := range near {
		for _, r := range list {
			if r.fit >= viable {
				edges = append(edges, digraph.Edge{From: int32(from), To: r.role, Cost: costs.transition(r.fit, r.down)})
			}
		}
	}
	g.graph = digraph.New(len(near), edges)
	return g
}

// to is what an edge leads to.
func (g *roleGraph) to(from, role int32) nearRole {
	i := slices.IndexFunc(g.near[from], func(r nearRole) bool { return r.role == role })
	return g.near[from][i]
}

// transition is what it costs to go to a role, that far down, that someone fits so well.
func (c PathCosts) transition(fit float64, down int32) int32 {
	return c.level(c.Transition, float64(costOfTransition)/costOfLevel+costOfLeap*(1-fit)*(1-fit)+float64(down))
}

// starts are the roles that someone can go to at once, and what that costs.
func (g *roleGraph) starts(fits []float64) []digraph.Start {
	var list []digraph.Start
	for i, fit := range fits {
		if fit >= g.viable {
			list = append(list, digraph.Start{Node: int32(i), Cost: g.costs.transition(fit, 0)})
		}
	}
	return list
}

// ends are the roles from which an end can be reached at once, and what that costs.
func (g *roleGraph) ends(fits []float64) []digraph.End {
	var list []digraph.End
	for _, s := range g.starts(fits) { // there and back cost the same
		list = append(list, digraph.End(s))
	}
	return list
}
