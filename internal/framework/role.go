package framework

import (
	"slices"
	"strconv"
	"strings"
)

// A RoleGroup is a node of the tree of role families.
type RoleGroup struct {
	Code        string
	Name        string
	Description string
	// Parent is the code of the group above, or empty at the top.
	Parent   string
	Position int
	Status   Status
}

// Kind implements Entity.
func (g *RoleGroup) Kind() Kind { return KindRoleGroup }

// Key implements Entity.
func (g *RoleGroup) Key() string { return g.Code }

func (g *RoleGroup) facts(add func(path, value string)) {
	add("code", g.Code)
	addText(add, "name", g.Name)
	addText(add, "description", g.Description)
	addText(add, "parent", g.Parent)
	addNumber(add, "position", g.Position)
	add("status", string(g.Status))
}

// Importance says how much a role needs a skill.
type Importance string

// The importances of a requirement.
const (
	Essential Importance = "ESSENTIAL"
	Optional  Importance = "OPTIONAL"
)

// A Requirement is one skill a role asks for.
type Requirement struct {
	Skill string
	// Level is 0 where the role names none.
	Level      int
	Importance Importance
	// Weight tells requirements of the same importance apart, from 0 to 1; 0
	// means unstated.
	Weight float64
}

func requirement(list []Requirement, skill string) (int, bool) {
	return slices.BinarySearchFunc(list, skill, func(q Requirement, code string) int {
		return strings.Compare(q.Skill, code)
	})
}

// joined is what asks for as much as either requirement does.
func (q Requirement) joined(o Requirement) Requirement {
	q.Level, q.Weight = max(q.Level, o.Level), max(q.Weight, o.Weight)
	if o.Importance == Essential {
		q.Importance = Essential
	}
	return q
}

// A Role is a role profile: what someone in the role does and must be able to do.
type Role struct {
	Code        string
	Name        string
	Description string
	// Group is the code of the role's group, or empty.
	Group string
	// RoleKind is a free classification, such as "Manager".
	RoleKind string
	// Seniority orders the roles of one group from 1, the most junior; 0 means
	// not known.
	Seniority int
	Status    Status
	// Requirements is sorted by skill, each at most once.
	Requirements []Requirement
	// Successors are the roles a retired one was replaced by, merged or split into.
	Successors []string
}

// Kind implements Entity.
func (r *Role) Kind() Kind { return KindRole }

// Key implements Entity.
func (r *Role) Key() string { return r.Code }

func (r *Role) facts(add func(path, value string)) {
	add("code", r.Code)
	addText(add, "name", r.Name)
	addText(add, "description", r.Description)
	addText(add, "group", r.Group)
	addText(add, "kind", r.RoleKind)
	addNumber(add, "seniority", r.Seniority)
	add("status", string(r.Status))
	for _, q := range r.Requirements {
		add("requirements."+q.Skill, strconv.Itoa(q.Level)+" "+string(q.Importance)+" "+
			strconv.FormatFloat(q.Weight, 'g', -1, 64))
	}
	addList(add, "successors", r.Successors)
}

// CreateRoleGroup makes a new role group.
type CreateRoleGroup struct {
	Code        string
	Name        string
	Description string
	Parent      string
	Position    int
}

func (e CreateRoleGroup) apply(d *draft) {
	if g := d.roleGroup(e.Code); g != nil {
		d.taken("role group", e.Code, g.Status)
		return
	}
	d.checkCode("code", e.Code)
	g := &RoleGroup{
		Code: e.Code, Name: e.Name, Description: e.Description, Parent: e.Parent,
		Position: e.Position, Status: StatusActive,
	}
	d.checkRoleGroup(g)
	d.checkParent("parent", d.roleGroupFamily(), e.Code, e.Parent)
	d.put(g)
}

// UpdateRoleGroup changes fields of a role group.
type UpdateRoleGroup struct {
	Code        string
	Name        Opt[string]
	Description Opt[string]
}

func (e UpdateRoleGroup) apply(d *draft) {
	d.editRoleGroup(e.Code, func(g *RoleGroup) {
		e.Name.into(&g.Name)
		e.Description.into(&g.Description)
	})
}

// MoveRoleGroup puts a role group, with all it holds, elsewhere in the tree.
type MoveRoleGroup struct {
	Code string
	// Parent is the new group above; cleared means the top.
	Parent   Opt[string]
	Position Opt[int]
}

func (e MoveRoleGroup) apply(d *draft) {
	d.editRoleGroup(e.Code, func(g *RoleGroup) {
		e.Parent.into(&g.Parent)
		e.Position.into(&g.Position)
		if e.Parent.Set {
			d.checkParent("parent", d.roleGroupFamily(), g.Code, g.Parent)
		}
	})
}

// RetireRoleGroup takes an empty role group out of use.
type RetireRoleGroup struct {
	Code string
}

func (e RetireRoleGroup) apply(d *draft) {
	d.editRoleGroup(e.Code, func(g *RoleGroup) {
		if holds := d.roleGroupHolds(g.Code); len(holds) > 0 {
			d.problem("code", "role group %s still holds %s; move or retire them first", g.Code, some(holds))
		}
		g.Status = StatusRetired
	})
}

// roleGroupHolds lists what is in use in a role group.
func (d *draft) roleGroupHolds(code string) []string {
	var holds []string
	for r := range d.roles() {
		if r.Group == code && r.Status == StatusActive {
			holds = append(holds, r.Code)
		}
	}
	for k := range d.roleGroups() {
		if k.Parent == code && k.Status == StatusActive {
			holds = append(holds, k.Code)
		}
	}
	return holds
}

// RestoreRoleGroup brings a retired role group back.
type RestoreRoleGroup struct {
	Code string
}

func (e RestoreRoleGroup) apply(d *draft) {
	d.editRoleGroup(e.Code, func(g *RoleGroup) {
		g.Status = StatusActive
		if d.checkRestored(d.roleGroupFamily(), g.Code, g.Parent) {
			d.checkParent("code", d.roleGroupFamily(), g.Code, g.Parent)
		}
	})
}

// CreateRole makes a new role.
type CreateRole struct {
	Code         string
	Name         string
	Description  string
	Group        string
	RoleKind     string
	Seniority    int
	Requirements []Requirement
}

func (e CreateRole) apply(d *draft) {
	if r := d.role(e.Code); r != nil {
		d.taken("role", e.Code, r.Status)
		return
	}
	d.checkCode("code", e.Code)
	r := &Role{
		Code: e.Code, Name: e.Name, Description: e.Description, Group: e.Group,
		RoleKind: e.RoleKind, Seniority: e.Seniority, Status: StatusActive,
	}
	if n := len(e.Requirements); n > maxRequirements {
		d.problem("requirements", "there are %d; at most %d are allowed", n, maxRequirements)
		e.Requirements = nil
	}
	for i, q := range e.Requirements {
		field := "requirements." + strconv.Itoa(i) + "."
		d.checkRequirement(field, &q)
		at, twice := requirement(r.Requirements, q.Skill)
		if twice {
			d.problem(field+"skill", "skill %s is required twice", q.Skill)
			continue
		}
		r.Requirements = slices.Insert(r.Requirements, at, q)
	}
	d.checkRole(r)
	d.checkRoleGroupOf("group", r)
	d.put(r)
}

// UpdateRole changes fields of a role.
type UpdateRole struct {
	Code        string
	Name        Opt[string]
	Description Opt[string]
	RoleKind    Opt[string]
}

func (e UpdateRole) apply(d *draft) {
	d.editRole("code", e.Code, func(r *Role) {
		e.Name.into(&r.Name)
		e.Description.into(&r.Description)
		e.RoleKind.into(&r.RoleKind)
	})
}

// MoveRole puts a role into another group or gives it another seniority.
type MoveRole struct {
	Code string
	// Group is the new group; cleared means none.
	Group Opt[string]
	// Seniority cleared means not known.
	Seniority Opt[int]
}

func (e MoveRole) apply(d *draft) {
	d.editRole("code", e.Code, func(r *Role) {
		e.Group.into(&r.Group)
		e.Seniority.into(&r.Seniority)
		if e.Group.Set {
			d.checkRoleGroupOf("group", r)
		}
	})
}

// RetireRole takes a role out of use.
type RetireRole struct {
	Code string
	// ReplacedBy are roles to use instead.
	ReplacedBy []string
}

func (e RetireRole) apply(d *draft) {
	if r := d.role(e.Code); r != nil && d.retiredAlready(d.roleFamily(), e.Code, r.Successors, e.ReplacedBy) {
		return
	}
	if len(e.ReplacedBy) > 0 && !d.checkSuccession(d.roleFamily(), "code", []string{e.Code}, "replacedBy.", e.ReplacedBy) {
		return
	}
	d.editRole("code", e.Code, func(r *Role) {
		r.Status, r.Successors = StatusRetired, sorted(e.ReplacedBy)
	})
}

// RestoreRole brings a retired role back.
type RestoreRole struct {
	Code string
}

func (e RestoreRole) apply(d *draft) {
	d.editRole("code", e.Code, func(r *Role) {
		r.Status, r.Successors = StatusActive, nil
		d.checkRestored(d.roleGroupFamily(), r.Code, r.Group)
	})
}

// MergeRoles retires roles in favour of one, which takes over their requirements.
// Where several require a skill, it asks for the highest level, the greatest
// importance and the greatest weight of theirs.
type MergeRoles struct {
	Codes []string
	Into  string
}

func (e MergeRoles) apply(d *draft) {
	if !d.checkSuccession(d.roleFamily(), "codes.", e.Codes, "into", []string{e.Into}) {
		return
	}
	for _, code := range e.Codes {
		from := d.role(code)
		d.editRole("into", e.Into, func(into *Role) {
			into.Requirements = slices.Clone(into.Requirements)
			for _, q := range from.Requirements {
				if i, has := requirement(into.Requirements, q.Skill); has {
					into.Requirements[i] = into.Requirements[i].joined(q)
				} else {
					into.Requirements = slices.Insert(into.Requirements, i, q)
				}
			}
		})
		d.editRole("codes", code, func(r *Role) {
			r.Status, r.Successors = StatusRetired, []string{e.Into}
		})
	}
}

// SplitRole retires a role in favour of several others.
type SplitRole struct {
	Code string
	Into []string
}

func (e SplitRole) apply(d *draft) {
	if d.checkSuccession(d.roleFamily(), "code", []string{e.Code}, "into.", e.Into) {
		d.editRole("code", e.Code, func(r *Role) {
			r.Status, r.Successors = StatusRetired, sorted(e.Into)
		})
	}
}

// Require makes a role require a skill, or changes how it does.
type Require struct {
	Role  string
	Skill string
	// Level is 0 for none.
	Level int
	// Importance is Essential when empty.
	Importance Importance
	Weight     float64
}

func (e Require) apply(d *draft) {
	q := Requirement{Skill: e.Skill, Level: e.Level, Importance: e.Importance, Weight: e.Weight}
	d.checkRequirement("", &q)
	d.editRole("role", e.Role, func(r *Role) {
		i, has := requirement(r.Requirements, q.Skill)
		r.Requirements = slices.Clone(r.Requirements)
		if has {
			r.Requirements[i] = q
		} else {
			r.Requirements = slices.Insert(r.Requirements, i, q)
		}
	})
}

// Unrequire makes a role no longer require a skill.
type Unrequire struct {
	Role  string
	Skill string
}

func (e Unrequire) apply(d *draft) {
	d.editRole("role", e.Role, func(r *Role) {
		i, has := requirement(r.Requirements, e.Skill)
		if !has {
			d.problem("skill", "role %s does not require skill %q", r.Code, e.Skill)
			return
		}
		r.Requirements = slices.Delete(slices.Clone(r.Requirements), i, i+1)
	})
}

func (d *draft) checkRequirement(prefix string, q *Requirement) {
	switch s := d.skill(q.Skill); {
	case s == nil:
		d.unknown(prefix+"skill", "skill", q.Skill)
	case s.Status == StatusRetired:
		d.problem(prefix+"skill", "skill %s is retired; require its successor", q.Skill)
	}
	if q.Level != 0 {
		d.checkLevel(prefix+"level", q.Level)
	}
	if q.Importance == "" {
		q.Importance = Essential
	}
	if q.Importance != Essential && q.Importance != Optional {
		d.problem(prefix+"importance", "%q is not an importance; use ESSENTIAL or OPTIONAL", q.Importance)
	}
	if !(q.Weight >= 0 && q.Weight <= 1) {
		d.problem(prefix+"weight", "%v is not between 0 and 1", q.Weight)
	}
}

func (d *draft) editRole(field, code string, change func(*Role)) {
	old := d.role(code)
	if old == nil {
		d.unknown(field, "role", code)
		return
	}
	r := *old
	change(&r)
	d.checkRole(&r)
	if n := len(r.Requirements); n > maxRequirements {
		d.problem(field, "role %s would have %d requirements; at most %d are allowed", code, n, maxRequirements)
		r.Requirements = old.Requirements
	}
	d.put(&r)
}

func (d *draft) checkRole(r *Role) {
	d.checkName("name", &r.Name)
	d.checkText("description", &r.Description, maxText)
	d.checkText("kind", &r.RoleKind, maxName)
	d.checkPosition("seniority", &r.Seniority)
}

func (d *draft) checkRoleGroupOf(field string, r *Role) {
	if r.Group == "" {
		return
	}
	switch g := d.roleGroup(r.Group); {
	case g == nil:
		d.unknown(field, "role group", r.Group)
	case g.Status == StatusRetired:
		d.problem(field, "role group %s is retired; choose an active one", r.Group)
	}
}

func (d *draft) editRoleGroup(code string, change func(*RoleGroup)) {
	old := d.roleGroup(code)
	if old == nil {
		d.unknown("code", "role group", code)
		return
	}
	g := *old
	change(&g)
	d.checkRoleGroup(&g)
	d.put(&g)
}

func (d *draft) checkRoleGroup(g *RoleGroup) {
	d.checkName("name", &g.Name)
	d.checkText("description", &g.Description, maxText)
	d.checkPosition("position", &g.Position)
}

func (d *draft) roleGroupFamily() family {
	return family{
		what: "role group",
		node: func(code string) (string, Status) {
			if g := d.roleGroup(code); g != nil {
				return g.Parent, g.Status
			}
			return "", ""
		},
		codes: func(yield func(string) bool) {
			for g := range d.roleGroups() {
				if !yield(g.Code) {
					return
				}
			}
		},
	}
}

func (d *draft) roleFamily() family {
	return family{what: "role", node: func(code string) (string, Status) {
		if r := d.role(code); r != nil {
			return "", r.Status
		}
		return "", ""
	}}
}
