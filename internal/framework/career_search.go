package framework

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/digraph"
)

// toSkill finds the paths to a skill at a level, from all the skills that are held.
func (q *pathQuery) toSkill(ctx context.Context) (*CareerPathsView, error) {
	p, err := q.positions(ctx)
	if err != nil {
		return nil, err
	}
	target, ok := p.at(q.to.skill, q.to.level)
	if !ok {
		return nil, errorAt(Invalid, []any{"to", "skill", "level"}, "skill %s is not described at level %d; it is at %s",
			q.to.skill.Code, q.to.level, levelList(q.to.skill.Levels))
	}
	if level, has := q.from.profile.has(q.to.skill.Code); has && level >= q.to.level {
		return q.limited([]CareerPathView{{Steps: []CareerStepView{}}}), nil
	}
	search := q.search(p, target)
	tree, err := p.trees.get(ctx, target, func() (*digraph.Tree, error) { return p.graph.Tree(target), nil })
	if err != nil {
		return nil, err
	}
	found, err := tree.Paths(ctx, search)
	if err != nil {
		return nil, tookTooLong
	}
	var paths []CareerPathView
	for _, path := range found {
		paths = append(paths, CareerPathView{int(path.Cost), q.steps(p, path.Nodes)})
	}
	if len(paths) == 0 {
		return q.nearestPosition(ctx, p, search)
	}
	return q.limited(paths), nil
}

var tookTooLong = Errorf(LimitExceeded, "the search took longer than one may; ask for less at a time")

// levelList names the levels that a skill is described at.
func levelList(levels []LevelText) string {
	if len(levels) == 0 {
		return "none, so that it is given without a level"
	}
	var list []string
	for _, l := range levels {
		list = append(list, strconv.Itoa(l.Level))
	}
	return strings.Join(list, ", ")
}

// search is that for paths over positions to one, or to several if it is nowhere. They pass
// through none that is below what is held. The ends are not passed through.
func (q *pathQuery) search(p *positions, end int32) digraph.Search {
	s := digraph.Search{Count: q.first, Steps: q.options.maxSteps}
	held := map[int32]int{} // levels, by skill
	for _, at := range p.held(q.from.profile) {
		s.From = append(s.From, digraph.Start{Node: at})
		held[p.list[at].skill] = p.list[at].level
	}
	s.Avoid = func(node int32) bool {
		at := p.list[node]
		level, has := held[at.skill]
		switch {
		case node == end || has && at.level == level:
			return false
		case has && at.level < level:
			return true
		}
		return q.avoids(KindSkill, q.f.s.skills.keys[at.skill]) || slices.Contains(q.options.avoidLevels, at.level)
	}
	return s
}

func (q *pathQuery) avoids(kind Kind, code string) bool { return q.avoided[string(kind)+" "+code] }

// at finds the position of a skill at exactly a level.
func (p *positions) at(n *skillNode, level int) (int32, bool) {
	at, ok := p.below(p.s.skills.index[n.Code], level)
	return at, ok && (p.list[at].level == level || level == 0)
}

// steps tells the steps between positions.
func (q *pathQuery) steps(p *positions, nodes []int32) []CareerStepView {
	steps := []CareerStepView{}
	for i := 0; i+1 < len(nodes); i++ {
		from, to := p.list[nodes[i]], p.list[nodes[i+1]]
		cost, _ := p.graph.Cost(nodes[i], nodes[i+1])
		step := CareerStepView{f: q.f, Kind: StepMove, From: q.place(from), To: q.place(to), Cost: int(cost)}
		switch {
		case from.skill == to.skill:
			step.Kind = StepGrow
		case p.stretches(from.level, to.level):
			step.Kind = StepStretch
		}
		item := gapItem{skill: step.To.skill.Code, status: GapMissing, want: to.level}
		for _, before := range nodes[:i+1] {
			if b := p.list[before]; b.skill == to.skill {
				item.held = b.level
			}
		}
		if level, has := q.from.profile.has(item.skill); has {
			item.held = max(item.held, level)
		}
		if item.held < item.want || item.want == 0 {
			step.Asks = q.f.asks([]gapItem{item}, func() profile { return q.heldAfter(p, nodes[:i+1]) })
		} else {
			step.Asks = []SkillAskView{}
		}
		if from.skill != to.skill {
			step.why = func() []RelationReasonView {
				return q.f.reasons(from.skill, to.skill, originSetOf(q.options.origins...))
			}
		}
		steps = append(steps, step)
	}
	return steps
}

// heldAfter is what is held by someone who has passed some positions.
func (q *pathQuery) heldAfter(p *positions, nodes []int32) profile {
	list := make([]Held, len(nodes))
	for i, at := range nodes {
		list[i] = Held{q.f.s.skills.keys[p.list[at].skill], p.list[at].level}
	}
	return q.from.profile.joined(q.f.s.profileOf(list))
}

func (q *pathQuery) place(p position) CareerPlaceView {
	return CareerPlaceView{f: q.f, skill: q.f.s.skills.items[p.skill], level: p.level}
}

// nearestPosition tells of the place that can be reached from which the least is
// missing: the skill itself at the highest level below, or else the skill likest to it,
// if any is like it at all.
func (q *pathQuery) nearestPosition(ctx context.Context, p *positions, search digraph.Search) (*CareerPathsView, error) {
	var starts []int32
	for _, s := range search.From {
		starts = append(starts, s.Node)
	}
	var err error
	reached, _ := digraph.Around(starts, search.Steps, len(p.list), func(at int32) iter.Seq[int32] {
		return func(yield func(int32) bool) {
			if err = cmp.Or(err, q.f.spend(ctx, costOfPosition)); err != nil {
				return
			}
			for to := range p.graph.Out(at) {
				if !search.Avoid(to) && !yield(to) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	target := q.f.s.skills.index[q.to.skill.Code]
	like := map[int32]float64{target: 2}
	for _, k := range q.f.workings().kinship().of(target) {
		like[k.skill] = k.likeness(derivedOrigins)
	}
	for e, other := range q.f.s.statedTo(q.to.skill) {
		like[other] = max(like[other], likenessOf[e.typ])
	}
	answer := &CareerPathsView{Paths: []CareerPathView{}, Missing: []SkillAskView{}}
	best := int32(-1)
	better := func(a, b position) bool {
		if like[a.skill] != like[b.skill] {
			return like[a.skill] > like[b.skill]
		}
		return a.level > b.level
	}
	for _, r := range reached {
		if at := p.list[r.Node]; like[at.skill] > 0 && (best < 0 || better(at, p.list[best])) {
			best = r.Node
		}
	}
	item := gapItem{skill: q.to.skill.Code, status: GapMissing, want: q.to.level}
	level, has := q.from.profile.has(item.skill)
	if best >= 0 {
		place := q.place(p.list[best])
		answer.Nearest = &place
		if p.list[best].skill == target {
			level, has = max(level, p.list[best].level), true
		}
	}
	if has {
		item.status, item.held = GapPartly, level
	}
	if item.held < item.want || item.want == 0 {
		answer.Missing = q.f.asks([]gapItem{item}, func() profile {
			if best < 0 {
				return q.from.profile
			}
			return q.heldAfter(p, []int32{best})
		})
	}
	return answer, nil
}

// fromSkill finds the paths from a skill at a level to a role or a profile: over skills
// to one that is asked for there, and from it into the role.
func (q *pathQuery) fromSkill(ctx context.Context) (*CareerPathsView, error) {
	p, err := q.positions(ctx)
	if err != nil {
		return nil, err
	}
	fitting, err := q.fitting(ctx)
	if err != nil {
		return nil, err
	}
	// fit is how well someone fits the end who has one skill.
	fit := func(at position) float64 {
		return fitting.forOne(q.f.s.profileOf([]Held{{q.f.s.skills.keys[at.skill], at.level}}), q.to.profile)
	}
	search := q.search(p, nowhere)
	start := int32(nowhere) // below the lowest level of the skill
	if len(search.From) > 0 {
		start = search.From[0].Node
	}
	var ends []digraph.End
	for _, want := range q.to.profile.list {
		n, ok := q.f.s.skills.get(want.Skill)
		if !ok || n.Status != StatusActive {
			continue
		}
		level, _ := q.to.profile.has(want.Skill)
		at, ok := p.below(q.f.s.skills.index[want.Skill], level)
		if !ok {
			at, ok = p.above(q.f.s.skills.index[want.Skill], level)
		}
		if want.Skill == q.from.skill.Code {
			at = max(at, start) // held as high as that already
		}
		if ok {
			ends = append(ends, digraph.End{Node: at, Cost: q.options.costs.transition(fit(p.list[at]), 0)})
		}
	}
	found, err := p.graph.TreeTo(ends).Paths(ctx, search)
	if err != nil {
		return nil, tookTooLong
	}
	var paths []CareerPathView
	for _, path := range found {
		steps := q.steps(p, path.Nodes)
		last := p.list[path.Nodes[len(path.Nodes)-1]]
		step := q.transition(q.place(last), q.toPlace(), q.heldAfter(p, path.Nodes), q.to.profile, nearRole{fit: fit(last)})
		paths = append(paths, CareerPathView{int(path.Cost), append(steps, step)})
	}
	if len(paths) == 0 {
		return q.without(q.fromPlace(), q.from.profile), nil
	}
	return q.limited(paths), nil
}

func (q *pathQuery) toPlace() CareerPlaceView { return CareerPlaceView{f: q.f, role: q.to.role} }

func (q *pathQuery) fromPlace() CareerPlaceView {
	return CareerPlaceView{f: q.f, skill: q.from.skill, level: q.from.level, role: q.from.role}
}

// transition is a step into a role or to the profile that is the end, as near as it is.
func (q *pathQuery) transition(from, to CareerPlaceView, have, want profile, near nearRole) CareerStepView {
	items, ready := have.gap(want)
	return CareerStepView{
		f: q.f, Kind: StepTransition, From: from, To: to, Cost: int(q.options.costs.transition(near.fit, near.down)),
		Asks: q.f.asks(items, func() profile { return have }), Readiness: new(rounded(ready)), Fit: new(near.fit),
	}
}

// A roleTrip is a way over roles, which profiles begin and end as roles do.
type roleTrip struct {
	*pathQuery
	graph *roleGraph
	// begin is how well who begins fits each role, end how well someone in each fits the
	// end, and direct how well who begins fits the end: for profiles.
	begin, end []float64
	direct     float64
}

// nowhere stands for the profile at either end of a trip.
const nowhere = -1

func (q *pathQuery) roleTrip(ctx context.Context) (*roleTrip, error) {
	graph, err := q.roleGraph(ctx)
	if err != nil {
		return nil, err
	}
	t := &roleTrip{pathQuery: q, graph: graph}
	if q.from.role != nil && q.to.role != nil {
		return t, nil
	}
	if err := q.f.spend(ctx, q.costOfGap()+len(q.f.s.roles.items)); err != nil {
		return nil, err
	}
	fitting, err := q.fitting(ctx)
	if err != nil {
		return nil, err
	}
	if q.from.role == nil {
		t.begin = fitting.forAll(q.from.profile)
	}
	if q.to.role == nil {
		t.end = fitting.fromAll(q.to.profile)
	}
	t.direct = fitting.forOne(q.from.profile, q.to.profile)
	return t, nil
}

// near is how near the end of a step is to its beginning.
func (t *roleTrip) near(from, to int32) nearRole {
	switch {
	case from == nowhere && to == nowhere:
		return nearRole{fit: t.direct}
	case from == nowhere:
		return nearRole{fit: t.begin[to]}
	case to == nowhere:
		return nearRole{fit: t.end[from]}
	}
	return t.graph.to(from, to)
}

// at is the role of one of the ends, or nowhere.
func (q *pathQuery) at(e careerEnd) int32 {
	if e.role == nil {
		return nowhere
	}
	return q.f.s.roles.index[e.role.Code]
}

// overRoles finds the paths from role to role, which profiles begin and end as roles do.
func (q *pathQuery) overRoles(ctx context.Context) (*CareerPathsView, error) {
	from, to := q.at(q.from), q.at(q.to)
	t, err := q.roleTrip(ctx)
	if err != nil {
		return nil, err
	}
	search := t.search()
	var paths []CareerPathView
	if from == nowhere && to == nowhere && t.direct >= q.options.viable {
		paths = append(paths, t.path(nil))
	}
	if search.Steps == 0 && from == nowhere && to != nowhere && t.begin[to] >= q.options.viable {
		paths = append(paths, t.path([]int32{to})) // to begin is the only step
	}
	if search.Steps > 0 {
		tree, err := t.tree(ctx, to)
		if err != nil {
			return nil, err
		}
		found, err := tree.Paths(ctx, search)
		if err != nil {
			return nil, tookTooLong
		}
		for _, path := range found {
			paths = append(paths, t.path(path.Nodes))
		}
	}
	if len(paths) == 0 {
		return t.nearest(ctx, search)
	}
	return q.limited(paths), nil
}

// search is that for paths over roles.
func (t *roleTrip) search() digraph.Search {
	search := digraph.Search{Count: t.first, Steps: t.options.maxSteps, Through: t.from.role == nil}
	if from := t.at(t.from); from != nowhere {
		search.From = []digraph.Start{{Node: from}}
	} else {
		search.From = t.graph.starts(t.begin)
		search.Steps-- // to begin is a step
	}
	if len(t.options.avoidRoles) > 0 {
		from, to := t.at(t.from), t.at(t.to)
		search.Avoid = func(at int32) bool { return at != from && at != to && t.avoids(KindRole, t.f.s.roles.keys[at]) }
	}
	return search
}

func (t *roleTrip) tree(ctx context.Context, to int32) (*digraph.Tree, error) {
	if to == nowhere {
		return t.graph.graph.TreeTo(t.graph.ends(t.end)), nil
	}
	return t.graph.trees.get(ctx, to, func() (*digraph.Tree, error) { return t.graph.graph.Tree(to), nil })
}

// path tells the steps of a path over roles, of which there may be none. What each asks
// for is beyond all that is held by then; what it costs is what it costs from the role
// before.
func (t *roleTrip) path(nodes []int32) CareerPathView {
	path := CareerPathView{Steps: []CareerStepView{}}
	have, before, place := t.from.profile, t.at(t.from), t.fromPlace()
	step := func(at int32, to CareerPlaceView, want profile) {
		s := t.transition(place, to, have, want, t.near(before, at))
		path.Cost += s.Cost
		path.Steps = append(path.Steps, s)
		have, before, place = have.joined(want), at, to
	}
	for _, at := range nodes {
		if at != before {
			r := t.f.s.roles.items[at]
			step(at, CareerPlaceView{f: t.f, role: r}, t.f.s.profileOfRole(r))
		}
	}
	if len(nodes) == 0 || t.to.role == nil {
		step(nowhere, t.toPlace(), t.to.profile)
	}
	return path
}

// nearest tells of the role that can be reached in which most of the end is held.
func (t *roleTrip) nearest(ctx context.Context, search digraph.Search) (*CareerPathsView, error) {
	if err := t.f.spend(ctx, len(t.f.s.roles.items)*t.costOfGap()); err != nil {
		return nil, err
	}
	var starts []int32
	for _, s := range search.From {
		if search.Avoid == nil || !search.Avoid(s.Node) {
			starts = append(starts, s.Node)
		}
	}
	reached, _ := digraph.Around(starts, search.Steps, t.graph.graph.Len(), func(at int32) iter.Seq[int32] {
		return func(yield func(int32) bool) {
			for to := range t.graph.graph.Out(at) {
				if (search.Avoid == nil || !search.Avoid(to)) && !yield(to) {
					return
				}
			}
		}
	})
	have, place := t.from.profile, t.fromPlace()
	ready := have.readyAfter(t.to.profile)
	best := int32(nowhere)
	_, most := have.gap(t.to.profile)
	for _, r := range reached {
		if ready[r.Node] > most {
			best, most = r.Node, ready[r.Node]
		}
	}
	if best != nowhere {
		place = CareerPlaceView{f: t.f, role: t.f.s.roles.items[best]}
		have = have.joined(t.f.s.profileOfRole(place.role))
	}
	return t.without(place, have), nil
}

// without tells that there is no path, and what is missing from a place where something is
// held.
func (q *pathQuery) without(place CareerPlaceView, have profile) *CareerPathsView {
	items, _ := have.gap(q.to.profile)
	return &CareerPathsView{Paths: []CareerPathView{}, Nearest: &place, Missing: q.f.asks(items, func() profile { return have })}
}

// costOfGap is what it takes of a budget to compare a role, as one of the ends, with the
// other, or to join it with one.
func (q *pathQuery) costOfGap() int { return 1 + (len(q.from.profile.list)+len(q.to.profile.list))/8 }
