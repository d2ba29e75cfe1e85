package framework

import (
	"context"
	"slices"
)

// A RoleGroupView is a role group with its place in the tree.
type RoleGroupView struct {
	f *FrameworkView
	n *groupNode
}

// RoleGroup returns a role group by its code, or nil.
func (f *FrameworkView) RoleGroup(code string) *RoleGroupView {
	if n, ok := f.s.groups.get(code); ok {
		return &RoleGroupView{f, n}
	}
	return nil
}

// RoleGroups lists the role groups at the top of the tree, by position.
func (f *FrameworkView) RoleGroups(ctx context.Context, status []Status) ([]RoleGroupView, error) {
	if err := f.spend(ctx, len(f.s.groups.items)); err != nil {
		return nil, err
	}
	top := []RoleGroupView{}
	for _, n := range f.s.groups.items {
		if n.Parent == "" && wanted(n.Status, status) {
			top = append(top, RoleGroupView{f, n})
		}
	}
	slices.SortStableFunc(top, func(a, b RoleGroupView) int { return a.n.Position - b.n.Position })
	return top, nil
}

func (v RoleGroupView) ID() string                { return v.f.id(KindRoleGroup, v.n.Code) }
func (v RoleGroupView) Framework() *FrameworkView { return v.f }
func (v RoleGroupView) Code() string              { return v.n.Code }
func (v RoleGroupView) Name() string              { return v.n.Name }
func (v RoleGroupView) Description() *string      { return text(v.n.Description) }
func (v RoleGroupView) Position() int             { return v.n.Position }
func (v RoleGroupView) Status() Status            { return v.n.Status }

// Parent is the group above, or nil at the top.
func (v RoleGroupView) Parent() *RoleGroupView { return v.f.RoleGroup(v.n.Parent) }

// Children lists the groups right below, by position.
func (v RoleGroupView) Children(ctx context.Context, status []Status) ([]RoleGroupView, error) {
	if err := v.f.spend(ctx, len(v.n.children)); err != nil {
		return nil, err
	}
	children := []RoleGroupView{}
	for _, code := range v.n.children {
		if g := v.f.RoleGroup(code); wanted(g.n.Status, status) {
			children = append(children, *g)
		}
	}
	return children, nil
}

// Roles lists the roles right in the group, from the most junior.
func (v RoleGroupView) Roles(ctx context.Context, first *int, after *string, last *int, before *string, status []Status) (RoleConnection, error) {
	return candidates[RoleView]{
		order: "seniority",
		n:     len(v.n.roles),
		key: func(i int) string {
			r := v.f.s.role(v.n.roles[i])
			return positionKey(r.Seniority, r.Code)
		},
		pick: func(i int) (RoleView, bool) {
			r := v.f.s.role(v.n.roles[i])
			return RoleView{v.f, r}, wanted(r.Status, status)
		},
	}.page(ctx, v.f.viewer.Budget, page{first, after, last, before})
}

// History lists the revisions that changed the group.
func (v RoleGroupView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindRoleGroup, v.n.Code, page{first, after, last, before})
}

// Versions lists the versions of the group, each with what made it so.
func (v RoleGroupView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindRoleGroup, v.n.Code, page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v RoleGroupView) Blame(ctx context.Context) ([]FieldBlameView, error) {
	return v.f.blame(ctx, v.n.RoleGroup)
}

// A RoleView is a role with what it requires.
type RoleView struct {
	f *FrameworkView
	r *Role
}

// Role returns a role by its code, retired or not, or nil.
func (f *FrameworkView) Role(code string) *RoleView {
	if r := f.s.role(code); r != nil {
		return &RoleView{f, r}
	}
	return nil
}

// A RoleFilter narrows a list of roles. A role passes when it passes every part
// that is given.
type RoleFilter struct {
	// Group keeps the roles in this group or anywhere below it.
	Group *string
	// Requires keeps those that require any of these skills.
	Requires []string
	// Status is active when empty.
	Status []Status
	// Prefix keeps those whose code or name starts with it, in any letter case.
	Prefix *string
}

// Roles lists roles by code.
func (f *FrameworkView) Roles(ctx context.Context, first *int, after *string, last *int, before *string, filter *RoleFilter) (RoleConnection, error) {
	if filter == nil {
		filter = &RoleFilter{}
	}
	passes := f.roleFilter(filter)
	return candidates[RoleView]{
		order: "code",
		n:     len(f.s.roles.keys),
		key:   func(i int) string { return f.s.roles.keys[i] },
		pick: func(i int) (RoleView, bool) {
			r := f.s.roles.items[i]
			return RoleView{f, r}, passes(r)
		},
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

func (f *FrameworkView) roleFilter(filter *RoleFilter) func(*Role) bool {
	var within map[string]bool
	if filter.Group != nil {
		within = subtree(f.s.groups, *filter.Group, func(n *groupNode) []string { return n.children })
	}
	prefix := ""
	if filter.Prefix != nil {
		prefix = fold(Normalise(*filter.Prefix))
	}
	return func(r *Role) bool {
		return wanted(r.Status, filter.Status) &&
			(within == nil || within[r.Group]) &&
			(len(filter.Requires) == 0 || slices.ContainsFunc(filter.Requires, func(skill string) bool {
				_, requires := requirement(r.Requirements, skill)
				return requires
			})) &&
			(prefix == "" || hasPrefix(r.Code, r.Name, prefix))
	}
}

func (v RoleView) ID() string                { return v.f.id(KindRole, v.r.Code) }
func (v RoleView) Framework() *FrameworkView { return v.f }
func (v RoleView) Code() string              { return v.r.Code }
func (v RoleView) Name() string              { return v.r.Name }
func (v RoleView) Description() *string      { return text(v.r.Description) }
func (v RoleView) Kind() *string             { return text(v.r.RoleKind) }
func (v RoleView) Seniority() *int           { return number(v.r.Seniority) }
func (v RoleView) Status() Status            { return v.r.Status }

// Group is the role's group, or nil.
func (v RoleView) Group() *RoleGroupView { return v.f.RoleGroup(v.r.Group) }

// Successors lists the roles that took the place of a retired one.
func (v RoleView) Successors() []RoleView {
	successors := []RoleView{}
	for _, code := range v.r.Successors {
		successors = append(successors, *v.f.Role(code))
	}
	return successors
}

// Requirements lists what the role requires, by skill.
func (v RoleView) Requirements(ctx context.Context, first *int, after *string, last *int, before *string, importance *Importance) (RequirementConnection, error) {
	return candidates[RequirementView]{
		order: "skill",
		n:     len(v.r.Requirements),
		key:   func(i int) string { return v.r.Requirements[i].Skill },
		pick: func(i int) (RequirementView, bool) {
			return RequirementView{v, i}, importance == nil || v.r.Requirements[i].Importance == *importance
		},
	}.page(ctx, v.f.viewer.Budget, page{first, after, last, before})
}

// History lists the revisions that changed the role.
func (v RoleView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.f.history(ctx, KindRole, v.r.Code, page{first, after, last, before})
}

// Versions lists the versions of the role, each with what made it so.
func (v RoleView) Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error) {
	return v.f.versions(ctx, KindRole, v.r.Code, page{first, after, last, before})
}

// Blame tells which revision gave each field its value.
func (v RoleView) Blame(ctx context.Context) ([]FieldBlameView, error) { return v.f.blame(ctx, v.r) }

// A RequirementView is one skill a role asks for.
type RequirementView struct {
	r RoleView
	i int
}

func (v RequirementView) requirement() Requirement { return v.r.r.Requirements[v.i] }

func (v RequirementView) Role() RoleView         { return v.r }
func (v RequirementView) Skill() SkillView       { return *v.r.f.Skill(v.requirement().Skill) }
func (v RequirementView) Importance() Importance { return v.requirement().Importance }

// Level is the level asked for, or nil when the role names none.
func (v RequirementView) Level() *LevelView { return v.r.f.Level(v.requirement().Level) }

// SkillLevel is the skill at the level asked for, or nil when the role names no
// level or the skill is not described at it.
func (v RequirementView) SkillLevel() *SkillLevelView { return v.Skill().Level(v.requirement().Level) }

// Weight tells requirements of the same importance apart, from 0 to 1, or is nil.
func (v RequirementView) Weight() *float64 {
	if w := v.requirement().Weight; w != 0 {
		return &w
	}
	return nil
}
