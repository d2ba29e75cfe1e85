package exchange

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// The CSV export of the UK Government Digital and Data profession capability
// framework: skills_az.csv (a skill per row with a text per level),
// roles_skills.csv (a requirement per row, with everything about the role
// repeated) and role_level_order.csv (the seniority of role levels, by third
// parties). There are no codes; they are made from names:
//
//   - A skill's code is the slug of its name. Its category is the one role
//     family that uses it, else "Cross-cutting", also when no family does.
//   - Role families are role groups at the top; the roles are groups below them.
//   - A role level is a role profile. Its code is the slug of its name, with the
//     slug of the role before it where another role has a level of that name.
//   - "NOT IN USE" as a role level: the role has no levels, and its one profile
//     has its own name, code and description. As a skill level: the skill is
//     required at no level.
//   - An empty cell, "NOT IN USE", "MISSING" and "This skill level is currently
//     not defined." all say that there is no text; without a text a skill does
//     not have the level.
//   - The skill descriptions and level texts of roles_skills.csv repeat those of
//     skills_az.csv, or say MISSING; they are not read.
//
// Names are compared without regard to letter case and spaces around them.

// gdadFramework is what the published framework is; the files do not say it.
var gdadFramework = framework.Framework{
	Name:        "Government Digital and Data Profession Capability Framework",
	Publisher:   "UK Government",
	Licence:     "OGL-UK-3.0",
	Attribution: "Contains public sector information licensed under the Open Government Licence v3.0",
	Locale:      "en-GB",
}

// gdadLevels are the levels by ordinal, which are also columns of skills_az.csv.
var gdadLevels = [...]string{1: "Awareness", 2: "Working", 3: "Practitioner", 4: "Expert"}

var gdadCarries = map[framework.Kind][]string{
	framework.KindFramework: {},
	framework.KindLevel:     {"name"},
	framework.KindCategory:  {"name", "position", "status"},
	framework.KindSkill:     {"name", "description", "category", "status", "levels"},
	framework.KindRoleGroup: {"name", "description", "parent", "position", "status"},
	framework.KindRole:      {"name", "description", "group", "kind", "status", "requirements", "level"},
}

const notInUse = "not in use"

const (
	colFamily           = "Role Family"
	colRole             = "Role"
	colRoleDescription  = "Role Description"
	colRoleLevel        = "Role Level"
	colLevelDescription = "Role Level Description"
	colRoleType         = "Role Type"
	colSkill            = "Skill Name"
	colSkillDescription = "Skill Description"
	colSkillLevel       = "Skill Level"
	colOrdinal          = "Ordinal"

	crossCutting = "Cross-cutting"
)

var (
	gdadOrder = layout{
		name: "role_level_order.csv", columns: needed(colOrdinal, colRole, colRoleLevel), unread: []string{colFamily},
	}
	gdadRoles = layout{
		name: "roles_skills.csv",
		columns: needed(colRole, colFamily, colRoleDescription, colRoleLevel, colLevelDescription, colSkill, colSkillLevel,
			colRoleType),
		unread: []string{colSkillDescription, "Skill Level Description"},
	}
	gdadSkills = layout{
		name:    "skills_az.csv",
		columns: needed(append([]string{colSkill, colSkillDescription}, gdadLevels[1:]...)...),
		unread:  []string{"Roles that require Skill"},
	}
)

// readGDaD reads the pair of files, and with them the order of role levels.
func readGDaD(ctx context.Context, in *input) *content {
	tables := map[string]*table{}
	ok := true
	for _, t := range in.tables() {
		l, bound := in.bind(t, gdadOrder, gdadRoles, gdadSkills)
		switch {
		case !bound:
			ok = false
		case tables[l.name] != nil:
			in.in(t.src, t.places[0], "this is %s like %s; give each file once", l.name, tables[l.name].src.name)
			ok = false
		default:
			tables[l.name] = t
		}
	}
	for _, l := range []layout{gdadSkills, gdadRoles} {
		if ok && len(in.faults) == 0 && tables[l.name] == nil {
			in.add(Fault{File: in.first, Message: l.name + " is missing: skills_az.csv and roles_skills.csv are imported together"})
		}
	}
	if len(in.faults) > 0 {
		return nil
	}
	g := &gdad{
		input:    in,
		content:  &content{carries: maps.Clone(gdadCarries)},
		skills:   map[string]*gdadSkill{},
		families: map[string]*gdadGroup{},
		roles:    map[string]*gdadGroup{},
		profiles: map[[2]string]*gdadProfile{},
		codes: map[framework.Kind]map[string]saying{
			framework.KindSkill: {}, framework.KindRoleGroup: {}, framework.KindRole: {},
		},
	}
	g.content.framework = &item[framework.Framework]{origin: origin{src: tables[gdadSkills.name].src}, value: gdadFramework}
	g.levels(tables[gdadSkills.name])
	for r := range in.rows(ctx, tables[gdadSkills.name]) {
		g.skill(r)
	}
	for r := range in.rows(ctx, tables[gdadRoles.name]) {
		g.requirement(r)
	}
	if order := tables[gdadOrder.name]; order != nil {
		carried := append([]string{"seniority"}, gdadCarries[framework.KindRole]...)
		g.content.carries[framework.KindRole] = carried
		for r := range in.rows(ctx, order) {
			g.seniority(r)
		}
	}
	g.groups()
	g.categories()
	g.coded()
	return g.content
}

// gdad is the content in the making; its maps are by folded name.
type gdad struct {
	*input
	content  *content
	skills   map[string]*gdadSkill
	families map[string]*gdadGroup
	roles    map[string]*gdadGroup
	profiles map[[2]string]*gdadProfile // by role and role level
	order    []*gdadProfile
	// codes tells the names of what has a code, by kind and code.
	codes map[framework.Kind]map[string]saying
}

type gdadSkill struct {
	*item[framework.Skill]
	families map[string]*gdadGroup // that use it
}

type gdadGroup struct {
	*item[framework.RoleGroup]
	family string // of a role
}

type gdadProfile struct {
	*item[framework.Role]
	role, level string
	seniority   record // that gave it
	// required tells where in the requirements a skill is.
	required map[string]int
}

// written is a cell's text, empty when the cell says that there is none.
func written(s string) string {
	s = framework.Normalise(s)
	switch strings.ToLower(s) {
	case notInUse, "missing", "this skill level is currently not defined.":
		return ""
	}
	return s
}

func (g *gdad) levels(t *table) {
	for n, name := range gdadLevels {
		if n > 0 {
			at := t.header(name)
			g.content.levels = append(g.content.levels, &item[framework.Level]{
				origin: origin{src: t.src, at: at, row: 0}, value: framework.Level{Ordinal: n, Name: name},
			})
		}
	}
}

// required reports the cells among columns that are empty.
func (g *gdad) required(r record, columns ...string) bool {
	ok := true
	for _, c := range columns {
		if oneLine(r.get(c)) == "" {
			g.lose(r.src, r.at, r.place(c), "%s is required", c)
			ok = false
		}
	}
	return ok
}

func (g *gdad) skill(r record) {
	if !g.required(r, colSkill) {
		return
	}
	i := &item[framework.Skill]{origin: r.origin(), value: framework.Skill{
		Name: oneLine(r.get(colSkill)), Description: written(r.get(colSkillDescription)), Status: framework.StatusActive,
	}}
	for field, column := range map[string]string{
		"code": colSkill, "name": colSkill, "category": colSkill, "description": colSkillDescription,
	} {
		i.mark(field, r.place(column))
	}
	for level, column := range gdadLevels {
		if level == 0 {
			continue
		}
		if text := written(r.get(column)); text != "" {
			i.value.Levels = append(i.value.Levels, framework.LevelText{Level: level, Description: text})
			i.parts = append(i.parts, &origin{src: r.src, at: r.place(column), row: r.at})
		}
	}
	key := folded(i.value.Name)
	if before := g.skills[key]; before != nil {
		if !slices.Equal(before.value.Levels, i.value.Levels) || before.value.Description != i.value.Description {
			g.lose(r.src, r.at, r.place(colSkill), "skill %q is described twice and otherwise on line %d", i.value.Name, r.src.line(before.at))
		}
		return
	}
	i.value.Code = g.codeOf(framework.KindSkill, "", i.value.Name)
	g.skills[key] = &gdadSkill{i, map[string]*gdadGroup{}}
	if g.code(framework.KindSkill, &i.origin, i.value.Code, i.value.Name) {
		g.content.skills = append(g.content.skills, i)
	}
}

// code gives something its code, unless another has it; then it is bad, and
// what it belongs to is left out.
func (g *gdad) code(kind framework.Kind, o *origin, code, name string) bool {
	before, taken := g.codes[kind][code]
	switch {
	case code == "":
		g.at(o, "name", "%q has no letter or digit to make a code of", name)
	case taken:
		g.at(o, "name", "%q would have the same code as %q on line %d, %s; names must differ in letters or digits",
			name, before.text, before.src.line(before.at), code)
	default:
		g.codes[kind][code] = saying{name, o.src, o.at}
		return true
	}
	g.drop(o.src, o.row)
	return false
}

// same reports a cell that contradicts what a row before said of the same thing.
func (g *gdad) same(r record, column, what, before, now string, line int) bool {
	if before == now {
		return true
	}
	g.lose(r.src, r.at, r.place(column), "%s of %s differs from that on line %d", column, what, line)
	return false
}

func (g *gdad) requirement(r record) {
	if !g.required(r, colFamily, colRole, colRoleLevel, colSkill, colSkillLevel) {
		return
	}
	// All the faults of a row are reported before it is left out.
	familyKey, roleKey := folded(r.get(colFamily)), folded(r.get(colRole))
	profileKey := [2]string{roleKey, folded(r.get(colRoleLevel))}
	role, profile := g.roles[roleKey], g.profiles[profileKey]
	ok := true
	roleText, profileText, kind := written(r.get(colRoleDescription)), written(r.get(colLevelDescription)), written(r.get(colRoleType))
	if profileKey[1] == notInUse {
		profileText = roleText
	}
	if role != nil {
		what, line := "role "+strconv.Quote(role.value.Name), r.src.line(role.at)
		ok = g.same(r, colFamily, what, role.family, familyKey, line) && ok
		ok = g.same(r, colRoleDescription, what, role.value.Description, roleText, line) && ok
	}
	if profile != nil && profile.item != nil {
		what, line := "role level "+strconv.Quote(oneLine(r.get(colRoleLevel))), r.src.line(profile.at)
		ok = (profileKey[1] == notInUse || g.same(r, colLevelDescription, what, profile.value.Description, profileText, line)) && ok
		ok = g.same(r, colRoleType, what, profile.value.RoleKind, kind, line) && ok
	}
	skill := g.skills[folded(r.get(colSkill))]
	if skill == nil {
		g.lose(r.src, r.at, r.place(colSkill), "there is no skill %q in %s", oneLine(r.get(colSkill)), gdadSkills.name)
		ok = false
	}
	levelName := folded(r.get(colSkillLevel))
	level := slices.IndexFunc(gdadLevels[:], func(name string) bool { return strings.ToLower(name) == levelName })
	switch {
	case levelName == notInUse:
		level = 0
	case level < 0:
		g.lose(r.src, r.at, r.place(colSkillLevel), "%q is not a level; use %s or NOT IN USE", oneLine(r.get(colSkillLevel)), strings.Join(gdadLevels[1:], ", "))
		ok = false
	}
	if !ok {
		if profile == nil {
			// Known, so that its seniority is not a fault as well, but not made.
			g.profiles[profileKey] = &gdadProfile{}
		}
		return
	}
	if g.families[familyKey] == nil {
		g.families[familyKey] = &gdadGroup{item: group(r, colFamily, "")}
	}
	if role == nil {
		role = &gdadGroup{item: group(r, colRole, colRoleDescription), family: familyKey}
		role.value.Description = roleText
		g.roles[roleKey] = role
	}
	skill.families[familyKey] = g.families[familyKey]
	if profile == nil || profile.item == nil {
		profile = &gdadProfile{role: roleKey, level: profileKey[1], required: map[string]int{}, item: &item[framework.Role]{
			origin: r.origin(),
			value: framework.Role{
				Name: oneLine(r.get(colRoleLevel)), Description: profileText, RoleKind: kind, Status: framework.StatusActive,
			},
		}}
		if profileKey[1] == notInUse {
			profile.value.Name = role.value.Name
		}
		for field, column := range map[string]string{
			"code": colRoleLevel, "name": colRoleLevel, "description": colLevelDescription, "group": colRole, "kind": colRoleType,
		} {
			profile.mark(field, r.place(column))
		}
		g.profiles[profileKey] = profile
		g.order = append(g.order, profile)
	}
	if skill.bad {
		g.drop(r.src, r.at)
		return
	}
	q := framework.Requirement{Skill: skill.value.Code, Level: level, Importance: framework.Essential}
	if n, said := profile.required[q.Skill]; said {
		if profile.value.Requirements[n].Level != q.Level {
			g.lose(r.src, r.at, r.place(colSkillLevel), "%s requires %q at another level on line %d",
				profile.value.Name, skill.value.Name, r.src.line(profile.parts[n].at))
		}
		return
	}
	profile.required[q.Skill] = len(profile.parts)
	profile.value.Requirements = append(profile.value.Requirements, q)
	part := r.origin()
	part.mark("skill", r.place(colSkill))
	part.mark("level", r.place(colSkillLevel))
	profile.parts = append(profile.parts, &part)
}

func group(r record, name, description string) *item[framework.RoleGroup] {
	i := &item[framework.RoleGroup]{origin: r.origin(), value: framework.RoleGroup{
		Name: oneLine(r.get(name)), Status: framework.StatusActive,
	}}
	i.mark("code", r.place(name))
	i.mark("name", r.place(name))
	if description != "" {
		i.mark("description", r.place(description))
	}
	return i
}

func (g *gdad) seniority(r record) {
	if !g.required(r, colRole, colRoleLevel) {
		return
	}
	p := g.profiles[[2]string{folded(r.get(colRole)), folded(r.get(colRoleLevel))}]
	if p == nil {
		g.lose(r.src, r.at, r.place(colRoleLevel), "role %q has no level %q in %s",
			oneLine(r.get(colRole)), oneLine(r.get(colRoleLevel)), gdadRoles.name)
		return
	}
	ordinal := 0
	if text := written(r.get(colOrdinal)); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			g.lose(r.src, r.at, r.place(colOrdinal), "%q is not an ordinal: 1, 2, 3 and so on", text)
			return
		}
		ordinal = n
	}
	switch {
	case p.item == nil:
		g.drop(r.src, r.at)
	case p.seniority.table == nil:
		p.value.Seniority = ordinal
		p.seniority = r
	case p.value.Seniority != ordinal:
		g.lose(r.src, r.at, r.place(colOrdinal), "%s has another ordinal on line %d", p.value.Name, r.src.line(p.seniority.at))
	}
}

// groups gives role groups their codes, and orders families, and roles within
// them, by name.
func (g *gdad) groups() {
	byName := func(a, b *gdadGroup) int { return strings.Compare(a.value.Name, b.value.Name) }
	add := func(group *gdadGroup) {
		if g.code(framework.KindRoleGroup, &group.origin, group.value.Code, group.value.Name) {
			g.content.roleGroups = append(g.content.roleGroups, group.item)
		}
	}
	for n, f := range slices.SortedFunc(maps.Values(g.families), byName) {
		f.value.Code, f.value.Position = g.codeOf(framework.KindRoleGroup, "", f.value.Name), n+1
		add(f)
	}
	families := maps.Clone(g.codes[framework.KindRoleGroup])
	position := map[string]int{}
	for _, r := range slices.SortedFunc(maps.Values(g.roles), byName) {
		family := g.families[r.family]
		position[r.family]++
		r.value.Parent, r.value.Position = family.value.Code, position[r.family]
		r.value.Code = g.codeOf(framework.KindRoleGroup, r.value.Parent, r.value.Name)
		if _, taken := families[r.value.Code]; taken {
			r.value.Code = family.value.Code + "-" + r.value.Code
		}
		if family.bad {
			r.bad = true
			g.drop(r.src, r.row)
			continue
		}
		add(r)
	}
}

// categories places skills, and makes the categories that takes.
func (g *gdad) categories() {
	categories := map[string]*item[framework.Category]{}
	for _, i := range g.content.skills {
		families := maps.Clone(g.skills[folded(i.value.Name)].families)
		maps.DeleteFunc(families, func(_ string, f *gdadGroup) bool { return f.bad })
		name, o := crossCutting, i.origin
		if len(families) == 1 {
			for _, family := range families {
				name, o = family.value.Name, family.origin
			}
		}
		code := g.codeOf(framework.KindCategory, "", name)
		i.value.Category = code
		if categories[code] == nil {
			categories[code] = &item[framework.Category]{origin: o, value: framework.Category{
				Code: code, Name: name, Status: framework.StatusActive,
			}}
		}
	}
	g.content.categories = slices.SortedFunc(maps.Values(categories), func(a, b *item[framework.Category]) int {
		return cmp.Or(
			last(a.value.Name == crossCutting)-last(b.value.Name == crossCutting),
			strings.Compare(a.value.Name, b.value.Name))
	})
	for n, c := range g.content.categories {
		c.value.Position = n + 1
	}
}

func last(is bool) int {
	if is {
		return 1
	}
	return 0
}

// coded gives role profiles their codes and groups.
func (g *gdad) coded() {
	same := map[string]int{}
	for _, p := range g.order {
		same[slug(p.value.Name)]++
	}
	for _, p := range g.order {
		role := g.roles[p.role]
		p.value.Code, p.value.Group = slug(p.value.Name), role.value.Code
		if same[p.value.Code] > 1 && p.level != notInUse {
			p.value.Code = slug(role.value.Name) + "-" + p.value.Code
		}
		if code := g.called(framework.KindRole, p.value.Group, p.value.Name); code != "" {
			p.value.Code = code
		}
		if !role.bad && g.code(framework.KindRole, &p.origin, p.value.Code, p.value.Name) {
			g.content.roles = append(g.content.roles, p.item)
			continue
		}
		for _, part := range p.parts {
			g.drop(part.src, part.row)
		}
	}
}
