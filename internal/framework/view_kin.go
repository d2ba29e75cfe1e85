package framework

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
)

// A RelationReasonView says why two skills are related.
type RelationReasonView struct {
	f        *FrameworkView
	a, b     int32 // by place
	Origin   RelationOrigin
	likeness float64
	e        *edge // of a stated relation
}

// Likeness is how alike the two are by this reason alone.
func (v RelationReasonView) Likeness() float64 { return rounded(v.likeness) }

// Type is that of a stated relation, as seen from the first skill, or nil.
func (v RelationReasonView) Type() *RelationType {
	if v.e == nil {
		return nil
	}
	return &v.e.typ
}

// Relation is the stated relation, or nil.
func (v RelationReasonView) Relation() *RelationView {
	if v.e == nil {
		return nil
	}
	return &RelationView{v.f, v.e.relation}
}

// most of the roles and words that are shown as evidence.
const maxEvidence = 5

// Roles are roles that require both skills, those that ask for the least first, since
// they say most: at most five.
func (v RelationReasonView) Roles() []RoleView {
	list := []RoleView{}
	if v.Origin != OriginRoles {
		return list
	}
	for _, r := range v.f.s.skills.items[v.a].requiredBy {
		if _, both := requirement(r.Requirements, v.f.s.skills.keys[v.b]); both && r.Status == StatusActive {
			list = append(list, RoleView{v.f, r})
		}
	}
	slices.SortStableFunc(list, func(a, b RoleView) int { return len(a.r.Requirements) - len(b.r.Requirements) })
	return list[:min(len(list), maxEvidence)]
}

// Category is the category of both skills, or nil.
func (v RelationReasonView) Category() *CategoryView {
	if v.Origin != OriginCategory {
		return nil
	}
	return v.f.Category(v.f.s.skills.items[v.a].Category)
}

// Words are words that both skills are described with, those that say most first: at
// most five.
func (v RelationReasonView) Words() []string {
	if v.Origin != OriginText {
		return []string{}
	}
	words := v.f.workings().kinship().sharedWords(v.a, v.b)
	return words[:min(len(words), maxEvidence)]
}

// reasons lists why two skills are related by some origins, stated relations first.
func (f *FrameworkView) reasons(a, b int32, origins originSet) []RelationReasonView {
	list := []RelationReasonView{}
	if origins.has(statedOrigin) {
		for e, other := range f.s.statedTo(f.s.skills.items[a]) {
			if other == b {
				list = append(list, RelationReasonView{f, a, b, OriginStated, likenessOf[e.typ], e})
			}
		}
	}
	k, ok := f.workings().kinship().between(a, b)
	if !ok {
		return list
	}
	for _, d := range []struct {
		origin   RelationOrigin
		likeness float32
	}{{OriginRoles, k.roles}, {OriginCategory, k.category}, {OriginText, k.words}} {
		if origins.has(originSetOf(d.origin)) && d.likeness > 0 {
			list = append(list, RelationReasonView{f, a, b, d.origin, float64(d.likeness), nil})
		}
	}
	return list
}

// between finds what two skills have in common, if either is among the kin of the other.
func (k *kinship) between(a, b int32) (kin, bool) {
	for _, ends := range [][2]int32{{a, b}, {b, a}} {
		list := k.of(ends[0])
		if i := slices.IndexFunc(list, func(o kin) bool { return o.skill == ends[1] }); i >= 0 {
			return list[i], true
		}
	}
	return kin{}, false
}

// A RelatedSkillView is a skill as seen from one that it is related to, at once or by way
// of others.
type RelatedSkillView struct {
	from SkillView
	// Skill is the other skill.
	Skill    SkillView
	Origin   RelationOrigin
	likeness float64
	e        *edge // of a stated relation between the two
	via      []int32
	origins  originSet
}

// Likeness is how alike the two count, from 0 to 1: by way of others the product of the
// likenesses on the way.
func (v RelatedSkillView) Likeness() float64 { return rounded(v.likeness) }

// Type is that of a stated relation, or nil.
func (v RelatedSkillView) Type() *RelationType {
	if v.e == nil {
		return nil
	}
	return &v.e.typ
}

// Note is what is remarked on a stated relation, or nil.
func (v RelatedSkillView) Note() *string {
	if v.e == nil {
		return nil
	}
	return text(v.e.relation.Note)
}

// Relation is the relation as it is stated, or nil.
func (v RelatedSkillView) Relation() *RelationView {
	if v.e == nil {
		return nil
	}
	owner := v.from.f
	if v.e.owner != owner.Code() {
		owner = owner.view(v.e.owner)
	}
	return &RelationView{owner, v.e.relation}
}

// Distance is how many relations the way has.
func (v RelatedSkillView) Distance() int { return len(v.via) + 1 }

// Via lists the skills on the way.
func (v RelatedSkillView) Via() []SkillView {
	list := make([]SkillView, len(v.via))
	for i, at := range v.via {
		list[i] = SkillView{v.from.f, v.from.f.s.skills.items[at]}
	}
	return list
}

// Why tells why each two skills on the way are related, from the first on. Of skills of
// other frameworks nothing but the relation is known.
func (v RelatedSkillView) Why() []RelationReasonView {
	s := v.from.f.s
	reasons := []RelationReasonView{}
	if v.Skill.f.Code() != v.from.f.Code() {
		return reasons
	}
	way := append(append([]int32{s.skills.index[v.from.n.Code]}, v.via...), s.skills.index[v.Skill.n.Code])
	for i := range way[1:] {
		reasons = append(reasons, v.from.f.reasons(way[i], way[i+1], v.origins)...)
	}
	return reasons
}

// maxDistance bounds how far away related skills are looked for.
const maxDistance = 3

// Related lists the skills related to this one: what is stated first, by type as seen from
// here, then what is derived, and what is farther away last, the likest first.
func (v SkillView) Related(ctx context.Context, types []RelationType, direction *RelationDirection, origins []RelationOrigin, levels []int, distance, first int) ([]RelatedSkillView, error) {
	switch {
	case first < 0 || first > MaxPage:
		return nil, Errorf(Invalid, "first is %d; ask for 0 to %d skills", first, MaxPage)
	case distance < 1 || distance > maxDistance:
		return nil, Errorf(Invalid, "distance is %d; it can be 1 to %d", distance, maxDistance)
	}
	set, filter, most := originSetOf(origins...), stepFilter{types, direction}, first
	if len(levels) > 0 {
		most = math.MaxInt // since some are left out
	}
	var list []RelatedSkillView
	var err error
	if set.has(statedOrigin) {
		if list, err = v.stated(ctx, filter, most); err != nil {
			return nil, err
		}
	}
	derives := (set&derivedOrigins != 0 || set == 0) && len(types) == 0
	switch {
	case distance > 1:
		var near []RelatedSkillView
		near, err = v.around(ctx, set, distance, filter)
		for _, n := range near {
			if n.Origin != OriginStated || len(n.via) > 0 { // those stated of this skill are there
				list = append(list, n)
			}
		}
	case derives && len(list) < most:
		list, err = v.akin(ctx, set, most, list)
	}
	if err != nil {
		return nil, err
	}
	if len(levels) > 0 {
		list = slices.DeleteFunc(list, func(r RelatedSkillView) bool {
			return !slices.ContainsFunc(levels, func(level int) bool { _, ok := levelText(r.Skill.n.Levels, level); return ok })
		})
	}
	list = list[:min(len(list), first)]
	return list, v.f.spend(ctx, len(list)*costOfElement)
}

// akin appends to a list the skills that are derived to be related to this one, the likest
// first, until it has so many. Those of which something is stated come as that, if at all.
func (v SkillView) akin(ctx context.Context, origins originSet, most int, list []RelatedSkillView) ([]RelatedSkillView, error) {
	if v.n.Status != StatusActive {
		return list, nil
	}
	s, derived := v.f.s, derivedOrigins&origins.orAll()
	links := v.f.workings().links().of(s.skills.index[v.n.Code])
	if err := v.f.spend(ctx, len(links.kin)+1); err != nil {
		return nil, err
	}
	from := len(list)
	for i := range links.kin {
		k := &links.kin[i]
		if links.hides(i) && origins.has(statedOrigin) {
			continue
		}
		likeness := k.likeness(derived)
		if likeness == 0 {
			continue
		}
		list = append(list, RelatedSkillView{
			from: v, Skill: SkillView{v.f, s.skills.items[k.skill]}, Origin: k.origin(derived), likeness: likeness, origins: origins,
		})
		if derived == derivedOrigins && len(list) == most { // which is how links are ordered
			return list, nil
		}
	}
	slices.SortFunc(list[from:], func(a, b RelatedSkillView) int {
		return cmp.Or(-cmp.Compare(a.likeness, b.likeness), cmp.Compare(a.Skill.n.Code, b.Skill.n.Code))
	})
	return list, nil
}

// most skills that are looked at around one.
const maxAround = 2_000

// A stepFilter says which relations a way may begin with: those stated to be of some types,
// or all with derived ones, and those stated from this end or from the other.
type stepFilter struct {
	types     []RelationType
	direction *RelationDirection
}

func (f stepFilter) keeps(e *edge) bool {
	return (len(f.types) == 0 || slices.Contains(f.types, e.typ)) &&
		(f.direction == nil || e.typ.Symmetric() || (*f.direction == Outgoing) == e.typ.Stored())
}

// around lists the skills within some relations of a skill, the best way to each: what
// is nearer and stated before the rest.
func (v SkillView) around(ctx context.Context, origins originSet, distance int, first stepFilter) ([]RelatedSkillView, error) {
	if v.n.Status != StatusActive {
		return nil, nil
	}
	s := v.f.s
	type way struct {
		likeness float64
		origin   RelationOrigin // the first on the way that is not stated
		via      []int32
	}
	start := s.skills.index[v.n.Code]
	best := map[int32]way{start: {likeness: 1, origin: OriginStated}}
	ring := []int32{start}
	for range distance {
		next := map[int32]way{}
		for _, at := range ring {
			near := s.relatives(at, origins, first)
			first = stepFilter{}
			if err := v.f.spend(ctx, len(near)+1); err != nil {
				return nil, err
			}
			from := best[at]
			via := from.via
			if at != start {
				via = append(slices.Clip(via), at)
			}
			for _, n := range near {
				if _, seen := best[n.skill]; seen {
					continue
				}
				w := way{from.likeness * n.likeness, from.origin, via}
				if w.origin == OriginStated {
					w.origin = n.origin
				}
				old, known := next[n.skill]
				x, y := last(w.origin == OriginStated), last(old.origin == OriginStated)
				if !known || x < y || x == y && w.likeness > old.likeness {
					next[n.skill] = w
				}
			}
		}
		ring = slices.SortedFunc(maps.Keys(next), func(a, b int32) int {
			x, y := next[a], next[b]
			return cmp.Or(cmp.Compare(last(x.origin == OriginStated), last(y.origin == OriginStated)),
				-cmp.Compare(x.likeness, y.likeness), cmp.Compare(a, b))
		})
		ring = ring[:min(len(ring), maxAround-len(best))]
		slices.Sort(ring)
		for _, at := range ring {
			best[at] = next[at]
		}
	}
	delete(best, start)
	list := make([]RelatedSkillView, 0, len(best))
	for at, w := range best {
		r := RelatedSkillView{from: v, Skill: SkillView{v.f, s.skills.items[at]}, Origin: w.origin, likeness: w.likeness, via: w.via, origins: origins}
		if w.origin == OriginStated && len(w.via) == 0 {
			r.e = s.statedBest(v.n, at)
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b RelatedSkillView) int {
		return cmp.Or(
			cmp.Compare(len(a.via), len(b.via)), cmp.Compare(last(a.Origin == OriginStated), last(b.Origin == OriginStated)),
			-cmp.Compare(a.likeness, b.likeness), cmp.Compare(a.Skill.n.Code, b.Skill.n.Code))
	})
	return list, nil
}

// statedBest is the relation between two skills that makes them the likest.
func (s *Snapshot) statedBest(n *skillNode, to int32) *edge {
	var best *edge
	for e, other := range s.statedTo(n) {
		if other == to && (best == nil || likenessOf[e.typ] > likenessOf[best.typ]) {
			best = e
		}
	}
	return best
}

// last puts what is not so behind what is.
func last(first bool) int {
	if first {
		return 0
	}
	return 1
}

// A relative is a skill related to another, and by what: stated before all else.
type relative struct {
	neighbour
	origin RelationOrigin
}

// relatives lists the skills related to one by some origins, by place. A skill of which
// something is stated that the filter leaves out is left out.
func (s *Snapshot) relatives(skill int32, origins originSet, filter stepFilter) []relative {
	all := map[int32]relative{}
	if origins.has(statedOrigin) {
		for e, other := range s.statedTo(s.skills.items[skill]) {
			r := all[other]
			if r = (relative{neighbour{other, r.likeness}, OriginStated}); filter.keeps(e) {
				r.likeness = max(likenessOf[e.typ], r.likeness)
			}
			all[other] = r
		}
	}
	if derived := derivedOrigins & origins.orAll(); derived != 0 {
		for _, k := range s.workings().kinship().of(skill) {
			r, stated := all[k.skill]
			switch {
			case stated && r.likeness == 0, !stated && len(filter.types) > 0:
				continue
			case !stated:
				r = relative{neighbour{skill: k.skill}, k.origin(derived)}
			}
			r.likeness = max(r.likeness, k.likeness(derived))
			all[k.skill] = r
		}
	}
	list := make([]relative, 0, len(all))
	for _, r := range all {
		if r.likeness > 0 {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b relative) int { return cmp.Compare(a.skill, b.skill) })
	return list
}
