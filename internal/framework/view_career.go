package framework

import (
	"cmp"
	"context"
	"slices"
)

// A SkillHeld is a skill that someone has, by its code, and at which level, if that is
// known.
type SkillHeld struct {
	Skill string
	Level *int
}

// A CareerEnd is where a career path begins or ends, and one side of a gap: exactly one
// of its fields is set.
type CareerEnd struct {
	// Skill is a skill at a level; at its lowest if none is told.
	Skill *SkillHeld
	// Role is the code of a role.
	Role *string
	// Profile is the skills that someone has. It is not kept.
	Profile []SkillHeld
}

// pathOptions say which career paths are wanted.
type pathOptions struct {
	// origins are those of the relations that paths may follow; all when empty.
	origins []RelationOrigin
	// maxSteps bounds how many steps a path takes.
	maxSteps int
	// avoidSkills and avoidRoles are the codes of what paths do not pass through, and
	// avoidLevels the levels.
	avoidSkills, avoidRoles []string
	avoidLevels             []int
	// viable is how well one has to fit a role to go there.
	viable float64
	costs  PathCosts
}

// A CareerStepKind says what a step of a career path is.
type CareerStepKind string

// The kinds of step.
const (
	StepGrow       CareerStepKind = "GROW"
	StepMove       CareerStepKind = "MOVE"
	StepStretch    CareerStepKind = "STRETCH"
	StepTransition CareerStepKind = "TRANSITION"
)

// CareerStepKinds lists the kinds of step.
var CareerStepKinds = [...]CareerStepKind{StepGrow, StepMove, StepStretch, StepTransition}

// most that a profile given with a query may hold.
const maxHeld = 500

// end is a career end that has been looked up.
type careerEnd struct {
	profile profile
	// skill is set for a skill, and role for a role.
	skill *skillNode
	level int
	role  *Role
}

// end looks up a career end, which the argument gives.
func (f *FrameworkView) end(argument string, e CareerEnd) (careerEnd, error) {
	switch {
	case e.Role != nil:
		r := f.s.role(*e.Role)
		switch {
		case r == nil:
			return careerEnd{}, errorAt(NotFound, []any{argument, "role"}, "there is no role %q in framework %s", *e.Role, f.Code())
		case r.Status != StatusActive:
			return careerEnd{}, errorAt(Invalid, []any{argument, "role"}, "role %s is retired; name one that is in use", r.Code)
		}
		return careerEnd{profile: f.s.profileOfRole(r), role: r}, nil
	case e.Skill != nil:
		held, err := f.held(*e.Skill, argument, "skill")
		if err != nil {
			return careerEnd{}, err
		}
		n, _ := f.s.skills.get(held.Skill)
		return careerEnd{profile: f.s.profileOf([]Held{held}), skill: n, level: held.Level}, nil
	}
	if len(e.Profile) > maxHeld {
		return careerEnd{}, errorAt(LimitExceeded, []any{argument, "profile"}, "the profile has %d skills; at most %d are allowed", len(e.Profile), maxHeld)
	}
	var list []Held
	for i, h := range e.Profile {
		held, err := f.held(h, argument, "profile", i)
		if err != nil {
			return careerEnd{}, err
		}
		list = append(list, held)
	}
	return careerEnd{profile: f.s.profileOf(list)}, nil
}

// errorAt is an error about the place in the input that a path leads to.
func errorAt(code Code, path []any, format string, args ...any) error {
	err := Errorf(code, format, args...)
	err.Path = path
	return err
}

// held looks up a skill that someone has. It may be held at a level that it is not
// described at: a profile need not fit the framework.
func (f *FrameworkView) held(h SkillHeld, path ...any) (Held, error) {
	n, ok := f.s.skills.get(h.Skill)
	switch {
	case !ok:
		return Held{}, errorAt(NotFound, append(path, "skill"), "there is no skill %q in framework %s", h.Skill, f.Code())
	case n.Status != StatusActive:
		return Held{}, errorAt(Invalid, append(path, "skill"), "skill %s is retired; name one that is in use", n.Code)
	case h.Level == nil:
		return Held{n.Code, f.s.lowest(n.Code)}, nil
	case f.s.level(*h.Level) == nil:
		return Held{}, errorAt(NotFound, append(path, "level"), "there is no level %d in framework %s", *h.Level, f.Code())
	}
	return Held{n.Code, *h.Level}, nil
}

// CareerPathsView is the career paths from one end to another.
type CareerPathsView struct {
	Paths []CareerPathView
	// Nearest and Missing are set when there are none: the place nearest to the end that
	// can be reached, and what is missing from there.
	Nearest *CareerPlaceView
	Missing []SkillAskView
}

// A CareerPathView is a career path.
type CareerPathView struct {
	Cost  int
	Steps []CareerStepView
}

// A CareerStepView is a step of a career path.
type CareerStepView struct {
	f    *FrameworkView
	Kind CareerStepKind
	From CareerPlaceView
	To   CareerPlaceView
	Cost int
	// Asks is what the step asks for beyond what is held by then.
	Asks []SkillAskView
	// Readiness is, for a transition, the share of what the role asks for that is held
	// by then.
	Readiness *float64
	// Fit is, for a transition, how well someone in the place before fits it, from which
	// the cost is counted.
	Fit *float64
	why func() []RelationReasonView
}

// Why tells how the skills of the step are related.
func (v CareerStepView) Why() []RelationReasonView {
	if v.why == nil {
		return []RelationReasonView{}
	}
	return v.why()
}

// A CareerPlaceView is a place on a career path: a skill at a level, a role, or the
// profile that was given, of which all fields are nil.
type CareerPlaceView struct {
	f     *FrameworkView
	skill *skillNode
	level int
	role  *Role
}

// Skill is the skill, or nil.
func (v CareerPlaceView) Skill() *SkillView {
	if v.skill == nil {
		return nil
	}
	return &SkillView{v.f, v.skill}
}

// Level is the level at which the skill is held, or nil.
func (v CareerPlaceView) Level() *LevelView {
	if v.skill == nil {
		return nil
	}
	return v.f.Level(v.level)
}

// SkillLevel is the skill at the level, or nil when it is not described there.
func (v CareerPlaceView) SkillLevel() *SkillLevelView {
	if v.skill == nil {
		return nil
	}
	return SkillView{v.f, v.skill}.Level(v.level)
}

// Role is the role, or nil.
func (v CareerPlaceView) Role() *RoleView {
	if v.role == nil {
		return nil
	}
	return &RoleView{v.f, v.role}
}

// A SkillAskView is a skill that is asked for at a level it is not yet held at.
type SkillAskView struct {
	f    *FrameworkView
	item gapItem
	have func() profile
}

func (v SkillAskView) Skill() SkillView { return *v.f.Skill(v.item.skill) }

// From is the level at which the skill is held, or nil.
func (v SkillAskView) From() *LevelView { return v.f.Level(v.item.held) }

// To is the level asked for, or nil when none is.
func (v SkillAskView) To() *LevelView { return v.f.Level(v.item.want) }

// Description is what the skill means at the level asked for, or nil.
func (v SkillAskView) Description() *string {
	if l := v.Skill().Level(v.item.want); l != nil {
		return l.Description()
	}
	return nil
}

// Importance is that of the role's requirement, or nil on a step between skills.
func (v SkillAskView) Importance() *Importance {
	if v.item.importance == "" {
		return nil
	}
	return &v.item.importance
}

// Leads is the skill held that leads best to one that is not; see [GapItemView.Leads].
func (v SkillAskView) Leads(ctx context.Context) (*RelatedSkillView, error) {
	if v.item.status != GapMissing {
		return nil, nil
	}
	return v.have().leadsTo(ctx, v.Skill())
}

// asks is what a profile is short of.
func (f *FrameworkView) asks(items []gapItem, have func() profile) []SkillAskView {
	list := []SkillAskView{}
	for _, i := range items {
		if i.status == GapPartly || i.status == GapMissing {
			list = append(list, SkillAskView{f, i, have})
		}
	}
	return list
}

// CareerPaths finds the best career paths.
func (f *FrameworkView) CareerPaths(
	ctx context.Context, from, to CareerEnd, first, maxSteps int, origins []RelationOrigin,
	avoidSkills, avoidRoles []string, avoidLevels []int, viable float64, costs PathCosts,
) (*CareerPathsView, error) {
	options := pathOptions{origins, maxSteps, avoidSkills, avoidRoles, avoidLevels, viable, costs}
	start, err := f.end("from", from)
	if err != nil {
		return nil, err
	}
	end, err := f.end("to", to)
	if err != nil {
		return nil, err
	}
	if err := options.check(first); err != nil {
		return nil, err
	}
	q := &pathQuery{f: f, from: start, to: end, first: first, options: options, avoided: map[string]bool{}}
	if err := q.avoid(); err != nil {
		return nil, err
	}
	// A search that finds the way at once looks at few; one that has to make the graph
	// for these options at all.
	if err := f.spend(ctx, len(f.s.skills.items)+len(f.s.roles.items)+first*costOfElement); err != nil {
		return nil, err
	}
	switch {
	case end.skill != nil:
		return q.toSkill(ctx)
	case start.role != nil && start.role == end.role:
		return q.limited([]CareerPathView{{Steps: []CareerStepView{}}}), nil
	case len(end.profile.list) == 0: // anyone can go where nothing is asked for
		step := q.transition(q.fromPlace(), q.toPlace(), start.profile, end.profile, nearRole{fit: 1})
		return q.limited([]CareerPathView{{step.Cost, []CareerStepView{step}}}), nil
	case start.skill != nil:
		return q.fromSkill(ctx)
	}
	return q.overRoles(ctx)
}

func (o *pathOptions) check(first int) error {
	switch {
	case first < 1 || first > MaxPaths:
		return Errorf(Invalid, "first is %d; ask for 1 to %d paths", first, MaxPaths)
	case o.maxSteps < 1 || o.maxSteps > MaxPathSteps:
		return Errorf(Invalid, "maxSteps is %d; it can be 1 to %d", o.maxSteps, MaxPathSteps)
	case !(o.viable >= leastViable && o.viable <= 1):
		return Errorf(Invalid, "viable is %v; it can be %v to 1", o.viable, leastViable)
	case len(o.avoidSkills) > maxHeld || len(o.avoidRoles) > maxHeld || len(o.avoidLevels) > maxHeld:
		return Errorf(LimitExceeded, "there is too much to avoid; at most %d codes or levels are allowed", maxHeld)
	}
	for _, c := range []struct {
		name   string
		factor float64
	}{{"grow", o.costs.Grow}, {"move", o.costs.Move}, {"stretch", o.costs.Stretch}, {"transition", o.costs.Transition}} {
		if !(c.factor >= minFactor && c.factor <= maxFactor) {
			return Errorf(Invalid, "costs.%s is %v; it can be %v to %v", c.name, c.factor, minFactor, maxFactor)
		}
	}
	return nil
}

// A pathQuery is a search for career paths.
type pathQuery struct {
	f        *FrameworkView
	from, to careerEnd
	first    int
	options  pathOptions
	avoided  map[string]bool
}

// avoid notes what paths do not pass through. What is not there is refused: whoever
// mistyped it would take the paths for others than they are.
func (q *pathQuery) avoid() error {
	for i, code := range q.options.avoidSkills {
		if q.f.s.skill(code) == nil {
			return errorAt(NotFound, []any{"avoidSkills", i}, "there is no skill %q in framework %s", code, q.f.Code())
		}
		q.avoided[string(KindSkill)+" "+code] = true
	}
	for i, code := range q.options.avoidRoles {
		if q.f.s.role(code) == nil {
			return errorAt(NotFound, []any{"avoidRoles", i}, "there is no role %q in framework %s", code, q.f.Code())
		}
		q.avoided[string(KindRole)+" "+code] = true
	}
	for i, level := range q.options.avoidLevels {
		if q.f.s.level(level) == nil {
			return errorAt(NotFound, []any{"avoidLevels", i}, "there is no level %d in framework %s", level, q.f.Code())
		}
	}
	return nil
}

// positions is the graph of positions for the options.
func (q *pathQuery) positions(ctx context.Context) (*positions, error) {
	key := positionsKey{q.origins().orAll(), q.options.costs}
	key.costs.Transition = 0 // there are none
	return madeOnce(ctx, q.f.viewer.Budget, paidWork{q.f.s, key}, costOfGraph*len(q.f.s.skills.items), func() (*positions, error) {
		return q.f.workings().careers().positionsBy(ctx, key)
	})
}

func (q *pathQuery) roleGraph(ctx context.Context) (*roleGraph, error) {
	key := rolesKey{q.standInOrigins(), q.options.viable, q.options.costs.Transition}
	b := q.f.viewer.Budget
	near, err := madeOnce(ctx, b, paidWork{q.f.s, key.origins}, costOfGraph*(len(q.f.s.skills.items)+len(q.f.s.roles.items)), func() ([][]nearRole, error) {
		return q.f.workings().careers().nearBy(ctx, key.origins)
	})
	if err != nil {
		return nil, err
	}
	return madeOnce(ctx, b, paidWork{q.f.s, key}, costOfElement*len(q.f.s.roles.items), func() (*roleGraph, error) {
		return q.f.workings().careers().rolesBy(ctx, key, near)
	})
}

// fitting measures how well people fit, by the origins of the options.
func (q *pathQuery) fitting(ctx context.Context) (*fitting, error) {
	key := standInsKey{q.standInOrigins()}
	standIns, err := madeOnce(ctx, q.f.viewer.Budget, paidWork{q.f.s, key}, costOfGraph*len(q.f.s.skills.items), func() ([][]neighbour, error) {
		return q.f.workings().careers().standInsBy(ctx, key.origins)
	})
	if err != nil {
		return nil, err
	}
	return newFitting(q.f.s, standIns), nil
}

func (q *pathQuery) origins() originSet { return originSetOf(q.options.origins...) }

// standInOrigins are those of what can stand in for another skill.
func (q *pathQuery) standInOrigins() originSet {
	return q.origins().orAll() & (statedOrigin | textOrigin)
}

// A paidWork is what is made of a snapshot for some options.
type paidWork struct {
	s   *Snapshot
	key any
}

type standInsKey struct{ origins originSet }

// compare orders what was found together.
func (v CareerPathView) compare(o CareerPathView) int {
	return cmp.Or(cmp.Compare(v.Cost, o.Cost), cmp.Compare(len(v.Steps), len(o.Steps)))
}

// limited are the best of some paths.
func (q *pathQuery) limited(paths []CareerPathView) *CareerPathsView {
	slices.SortStableFunc(paths, CareerPathView.compare)
	return &CareerPathsView{Paths: paths[:min(len(paths), q.first)], Missing: []SkillAskView{}}
}
