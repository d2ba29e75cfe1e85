package framework

import (
	"context"
	"math"
	"slices"
)

// A SkillView is a skill with its place among the others.
type SkillView struct {
	f *FrameworkView
	n *skillNode
}

// Skill returns a skill by its code, retired or not, or nil.
func (f *FrameworkView) Skill(code string) *SkillView {
	if n, ok := f.s.skills.get(code); ok {
		return &SkillView{f, n}
	}
	return nil
}

// SkillOrder is a sequence in which skills are listed.
type SkillOrder string

// The orders of skills.
const (
	SkillsByCode     SkillOrder = "CODE"
	SkillsByName     SkillOrder = "NAME"
	SkillsByPosition SkillOrder = "POSITION"
)

// A SkillFilter narrows a list of skills. A skill passes when it passes every
// part that is given.
type SkillFilter struct {
	// Category keeps the skills in this category or anywhere below it.
	Category *string
	// Levels keeps those described at any of these levels.
	Levels []int
	// Status is active when empty.
	Status []Status
	// Prefix keeps those whose code or name starts with it, in any letter case.
	Prefix *string
	// Related keeps those related to a skill.
	Related *RelatedFilter
}

// A RelatedFilter keeps the skills that are related to one.
type RelatedFilter struct {
	To    string
	Types []RelationType
}

// none reports whether the filter keeps what is active, and nothing else is asked of it.
func (filter *SkillFilter) none() bool {
	return filter.Category == nil && len(filter.Levels) == 0 && len(filter.Status) == 0 && filter.Prefix == nil && filter.Related == nil
}

// Skills lists skills.
func (f *FrameworkView) Skills(ctx context.Context, first *int, after *string, last *int, before *string, filter *SkillFilter, order SkillOrder) (SkillConnection, error) {
	if filter == nil {
		filter = &SkillFilter{}
	}
	passes, err := f.skillFilter(ctx, filter)
	if err != nil {
		return SkillConnection{}, err
	}
	o := ordered{f.s.skills.keys, f.s.skills.items}
	switch order {
	case SkillsByName:
		o = f.s.orders.name()
	case SkillsByPosition:
		o = f.s.orders.position()
	}
	var total func() int
	if filter.none() {
		total = f.s.orders.active
	}
	return candidates[SkillView]{
		order: string(order), total: total,
		n:    len(o.keys),
		key:  func(i int) string { return o.keys[i] },
		pick: func(i int) (SkillView, bool) { return SkillView{f, o.skills[i]}, passes(o.skills[i]) },
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

func (f *FrameworkView) skillFilter(ctx context.Context, filter *SkillFilter) (func(*skillNode) bool, error) {
	var within, related map[string]bool
	if filter.Category != nil {
		within = subtree(f.s.categories, *filter.Category, func(n *categoryNode) []string { return n.children })
	}
	if r := filter.Related; r != nil {
		related = map[string]bool{}
		if to := f.Skill(r.To); to != nil {
			others, err := to.stated(ctx, stepFilter{types: r.Types}, math.MaxInt)
			if err != nil {
				return nil, err
			}
			for _, o := range others {
				if o.e.framework == f.Code() {
					related[o.e.other] = true
				}
			}
		}
	}
	prefix := ""
	if filter.Prefix != nil {
		prefix = fold(Normalise(*filter.Prefix))
	}
	return func(n *skillNode) bool {
		return wanted(n.Status, filter.Status) &&
			(within == nil || within[n.Category]) &&
			(related == nil || related[n.Code]) &&
			(len(filter.Levels) == 0 || slices.ContainsFunc(filter.Levels, func(level int) bool {
				_, has := levelText(n.Levels, level)
				return has
			})) &&
			(prefix == "" || hasPrefix(n.Code, n.Name, prefix))
	}, nil
}

// ID identifies the skill, and the state it is read in unless that is the head.
func (v SkillView) ID() string {
	if v.f.elsewhere() {
		return v.f.id(KindSkill, v.n.Code)
	}
	return v.n.id
}

func (v SkillView) Framework() *FrameworkView { return v.f }
func (v SkillView) Code() string              { return v.n.Code }
func (v SkillView) Name() string              { return v.n.Name }
func (v SkillView) Description() *string      { return text(v.n.Description) }
func (v SkillView) Guidance() *string         { return text(v.n.Guidance) }
func (v SkillView) Synonyms() []string        { return v.n.Synonyms }
func (v SkillView) URL() *string              { return text(v.n.URL) }
func (v SkillView) Position() int             { return v.n.Position }
func (v SkillView) Status() Status            { return v.n.Status }

// Category is the category the skill is placed in, or nil.
func (v SkillView) Category() *CategoryView { return v.f.Category(v.n.Category) }

// Levels lists the levels the skill is described at, from the lowest.
func (v SkillView) Levels() []SkillLevelView {
	levels := make([]SkillLevelView, len(v.n.Levels))
	for i := range levels {
		levels[i] = SkillLevelView{v, i}
	}
	return levels
}

// Level returns the skill at a level, or nil when it is not described there.
func (v SkillView) Level(ordinal int) *SkillLevelView {
	if i, ok := levelText(v.n.Levels, ordinal); ok {
		return &SkillLevelView{v, i}
	}
	return nil
}

// RelationDirection says from which end a relation is stated.
type RelationDirection string

// The directions; a symmetric relation has both.
const (
	Outgoing RelationDirection = "OUTGOING"
	Incoming RelationDirection = "INCOMING"
)

// stated lists the skills stated to be related to this one, by type as seen from here:
// the first so many.
func (v SkillView) stated(ctx context.Context, filter stepFilter, most int) ([]RelatedSkillView, error) {
	if err := v.f.spend(ctx, len(v.n.edges)*costOfElement); err != nil {
		return nil, err
	}
	related := make([]RelatedSkillView, 0, min(len(v.n.edges), most))
	for i := range v.n.edges {
		if len(related) == most {
			break
		}
		e := &v.n.edges[i]
		if !filter.keeps(e) {
			continue
		}
		other := v.f
		if e.framework != v.f.Code() {
			// A match with a framework the viewer may not see does not exist for them.
			if other = v.f.view(e.framework); other == nil {
				continue
			}
		}
		related = append(related, RelatedSkillView{
			from: v, Skill: *other.Skill(e.other), Origin: OriginStated, likeness: likenessOf[e.typ], e: e, origins: originSetOf(OriginStated),
		})
	}
	return related, nil
}

// RequiredBy lists the requirements for the skill, by role.
func (v SkillView) RequiredBy(ctx context.Context, first *int, after *string, last *int, before *string) (RequirementConnection, error) {
	return v.requiredBy(ctx, page{first, after, last, before}, func(Requirement) bool { return true })
}

func (v SkillView) requiredBy(ctx context.Context, p page, keep func(Requirement) bool) (RequirementConnection, error) {
	return candidates[RequirementView]{
		order: "role",
		n:     len(v.n.requiredBy),
		key:   func(i int) string { return v.n.requiredBy[i].Code },
		pick: func(i int) (RequirementView, bool) {
			r := v.n.requiredBy[i]
			q, _ := requirement(r.Requirements, v.n.Code)
			return RequirementView{RoleView{v.f, r}, q}, r.Status == StatusActive && keep(r.Requirements[q])
		},
	}.page(ctx, v.f.viewer.Budget, p)
}

// History lists the revisions that changed the skill.
func (v SkillView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindSkill, v.n.Code, page{first, after, last, before})
}

// Versions lists the versions of the skill, each with what made it so.
func (v SkillView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindSkill, v.n.Code, page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v SkillView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return v.f.blame(ctx, v.n.Skill)
}

// A SkillLevelView is a skill at one of its levels.
type SkillLevelView struct {
	s SkillView
	i int
}

func (v SkillLevelView) level() LevelText { return v.s.n.Levels[v.i] }

func (v SkillLevelView) ID() string           { return v.s.f.id(kindSkillLevel, v.Code()) }
func (v SkillLevelView) Code() string         { return v.s.n.levelCodes[v.i] }
func (v SkillLevelView) Skill() SkillView     { return v.s }
func (v SkillLevelView) Level() LevelView     { return *v.s.f.Level(v.level().Level) }
func (v SkillLevelView) Description() *string { return text(v.level().Description) }

// RequiredBy lists the requirements for the skill at this level, by role.
func (v SkillLevelView) RequiredBy(ctx context.Context, first *int, after *string, last *int, before *string) (RequirementConnection, error) {
	return v.s.requiredBy(ctx, page{first, after, last, before}, func(q Requirement) bool {
		return q.Level == v.level().Level
	})
}

// A RelationView is a relation as it is stated.
type RelationView struct {
	f *FrameworkView
	r *Relation
}

func (v RelationView) ID() string                { return v.f.id(KindRelation, v.r.Key()) }
func (v RelationView) Framework() *FrameworkView { return v.f }
func (v RelationView) From() SkillView           { return *v.f.Skill(v.r.From) }
func (v RelationView) Type() RelationType        { return v.r.Type }
func (v RelationView) Note() *string             { return text(v.r.Note) }

// History lists the revisions that stated the relation or changed its note. They
// are looked for among those of the framework: of relations no trail is kept.
func (v RelationView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	ref := Ref{KindRelation, v.f.Code(), v.r.Key()}
	var trail []int64
	for i := range v.f.s.revisions.len() {
		if err := v.f.spend(ctx, 1); err != nil {
			return RevisionConnection{}, err
		}
		seq := v.f.s.revisions.at(i)
		if _, touched := v.f.world.step(seq).touchOf(ref); touched {
			trail = append(trail, seq)
		}
	}
	return v.f.revisions(ctx, page{first, after, last, before}, len(trail), func(i int) int64 { return trail[i] })
}

// Blame tells which revision stated the relation, and which gave it its note.
func (v RelationView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return v.f.blame(ctx, v.r)
}

// To is the other end. The viewer may see it: relations with an end they may
// not see are left out where relations are listed or looked up.
func (v RelationView) To() SkillView {
	if v.r.ToFramework != "" {
		return *v.f.view(v.r.ToFramework).Skill(v.r.To)
	}
	return *v.f.Skill(v.r.To)
}

// Relations lists the relations the framework states.
func (f *FrameworkView) Relations(ctx context.Context, first *int, after *string, last *int, before *string, types []RelationType) (RelationConnection, error) {
	relations := f.s.orders.relations()
	return candidates[RelationView]{
		order: "relation",
		n:     len(relations),
		key:   func(i int) string { return f.s.relationKey(relations[i]) },
		pick: func(i int) (RelationView, bool) {
			r := relations[i]
			return RelationView{f, r}, (len(types) == 0 || slices.Contains(types, r.Type)) && f.seesBothEnds(r)
		},
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

func (f *FrameworkView) seesBothEnds(r *Relation) bool {
	return r.ToFramework == "" || f.sees(r.ToFramework)
}

// relation returns a relation, or nil when the viewer may not see its other end.
func (f *FrameworkView) relation(r *Relation) *RelationView {
	if r == nil || !f.seesBothEnds(r) {
		return nil
	}
	return &RelationView{f, r}
}
