package exchange

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// A table of roles has in each row a skill that a role requires, or a role without a
// skill. The rows of a role need not be together.
//
//   - A role is given by its code, or by its name if only one in use has it. A new one
//     has the code given, or where nothing else says its name, that name, of which
//     the code is made. The same holds for role groups.
//   - What is said of a role once need not be said again: blank cells say nothing. What
//     no row says of it is empty, but for names. What the table has no column of is left
//     as it is.
//   - Roles of the table are in use: retired ones come back. Roles that are retired,
//     and retired skills that are required, are not in it, nor missed.
//   - Of role groups it holds those of its roles, their codes and names only.

var rolesTable = layout{
	name: "a table of roles",
	columns: []column{
		{field: "role", headers: []string{"role", "Role code"}, required: true},
		{field: "name", headers: []string{"name", "Role name"}},
		{field: "description", headers: []string{"description", "Role description"}},
		{field: "group", headers: []string{"group", "Role group", "Job family", "Role family"}},
		{field: "groupName", headers: []string{"groupName", "Group name", "Role group name"}},
		{field: "kind", headers: []string{"kind", "Role kind", "Role type"}},
		{field: "seniority", headers: []string{"seniority"}},
		{field: "skill", headers: []string{"skill", "Skill code"}, required: true},
		{field: "level", headers: []string{"level", "Skill level"}},
		{field: "importance", headers: []string{"importance", "Essential/optional"}},
		{field: "weight", headers: []string{"weight"}},
	},
	unread:  []string{colLicence, colAttribution},
	guarded: true,
}

func readRoles(ctx context.Context, in *input) *content {
	tables := in.alike(rolesTable)
	if tables == nil {
		return nil
	}
	first := tables[0]
	c := &content{
		carries: map[framework.Kind][]string{
			framework.KindFramework: {},
			framework.KindRole: append([]string{"name", "status", "requirements"},
				carried(first, "description", "group", "kind", "seniority", "level", "importance", "weight")...),
		},
		framework: &item[framework.Framework]{origin: origin{src: first.src}},
	}
	if first.has("group") {
		c.carries[framework.KindRoleGroup] = []string{"name", "status"}
		c.some = map[framework.Kind]bool{framework.KindRoleGroup: true}
	}
	t := &roles{
		input: in, content: c, levels: map[string]int{},
		roles:  roster{input: in, kind: framework.KindRole, field: "role", name: "name"},
		groups: roster{input: in, kind: framework.KindRoleGroup, field: "group", name: "groupName"},
	}
	for l := range in.old.Levels() {
		if _, taken := t.levels[folded(l.Name)]; taken {
			t.levels[folded(l.Name)] = 0
		} else {
			t.levels[folded(l.Name)] = l.Ordinal
		}
	}
	for _, table := range tables {
		for r := range in.rows(ctx, table) {
			t.row(r)
		}
	}
	t.finish()
	return c
}

// roles is the content in the making.
type roles struct {
	*input
	content       *content
	roles, groups roster
	levels        map[string]int // by folded name; 0 where several have it
}

// A roster is the roles or the role groups that rows speak of.
type roster struct {
	*input
	kind framework.Kind
	// field is what refers to them, name what names them.
	field, name string

	byText map[string]mentioned
	byCode map[string]*entry
	order  []*entry
}

// An entry is a role or a role group.
type entry struct {
	record        // that speaks of it first
	what   string // such as role group
	text   string // by which
	code   string // in the store; empty when it is not there
	called string // in the store
	named  bool   // some row gives it by its name
	said   map[string]saying

	role     *item[framework.Role]
	required map[string]*origin // by skill

	given, title string // by [roster.coded]: its code and name from now on
}

// A mentioned entry is one as a text refers to it.
type mentioned struct {
	*entry
	byName bool
}

// key tells entries apart.
func (e *entry) key() string { return cmp.Or(e.code, e.text) }

// mention finds what a row refers to, which is new when no row did before. It
// reports a row whose text may mean several.
func (s *roster) mention(r record) (mentioned, bool) {
	text := oneLine(r.get(s.field))
	if m, known := s.byText[text]; known {
		return m, true
	}
	code, several := s.identified(s.kind, text)
	if several {
		// The one whose code is made of the name, if there is one.
		code = slug(text)
		if name, active := s.now(code); !active || folded(name) != folded(text) {
			s.lose(r.src, r.at, r.place(s.field), "several %ss are called %q; give the code of the one that is meant", spaced(s.kind), text)
			return mentioned{}, false
		}
	}
	if e := s.byCode[code]; e != nil {
		return mentioned{e, code != text}, true
	}
	e := &entry{record: r, what: spaced(s.kind), text: text, code: code, said: map[string]saying{}}
	e.called, _ = s.now(code)
	return mentioned{e, code != "" && code != text}, true
}

// keep remembers what a good row referred to.
func (s *roster) keep(m mentioned, text string) {
	if _, known := s.byText[text]; known {
		return
	}
	if s.byText == nil {
		s.byText, s.byCode = map[string]mentioned{}, map[string]*entry{}
	}
	s.byText[text] = m
	m.named = m.named || m.byName
	if m.text == text {
		s.order = append(s.order, m.entry)
		if m.code != "" {
			s.byCode[m.code] = m.entry
		}
	}
}

// now is the name of what has a code in the store, and whether it is in use.
func (s *roster) now(code string) (name string, active bool) {
	switch e := s.old.Entity(s.kind, code).(type) {
	case *framework.Role:
		return e.Name, e.Status == framework.StatusActive
	case *framework.RoleGroup:
		return e.Name, e.Status == framework.StatusActive
	}
	return "", false
}

// A roleRow is a row that is being read.
type roleRow struct {
	record
	log  *log
	bad  bool        // something is wrong with it
	news []statement // what it is the first to say
}

// A statement is what a row says of an entry.
type statement struct {
	of          *entry
	field, text string
}

func (r *roleRow) wrong(field, format string, args ...any) {
	r.log.lose(r.src, r.at, r.place(field), format, args...)
	r.bad = true
}

// says notes a text of an entry, which must not contradict another row.
func (r *roleRow) says(of *entry, field, text string) {
	before, said := of.said[field]
	switch {
	case text == "":
	case !said:
		r.news = append(r.news, statement{of, field, text})
	case before.text != text:
		r.wrong(field, "%s of %s %q differs from that %s", field, of.what, of.text, where(before.src, before.at, r.src))
	}
}

// names notes the name of an entry. What is referred to by its name is not renamed.
func (r *roleRow) names(s *roster, m mentioned) {
	name := oneLine(r.get(s.name))
	r.says(m.entry, s.name, name)
	name = cmp.Or(name, m.said[s.name].text)
	if name == "" || !m.byName && !m.named || folded(name) == folded(m.called) {
		return
	}
	field := s.name
	if m.byName {
		field = s.field
	}
	r.wrong(field, "%s %q would be renamed to %q; give its code in place of its name", spaced(s.kind), m.called, name)
}

// row reads a row. All that is wrong with it is reported before it is left out.
func (t *roles) row(record record) {
	r := &roleRow{record: record, log: t.log}
	if oneLine(r.get("role")) == "" {
		r.wrong("role", "role is required")
		return
	}
	role, found := t.roles.mention(record)
	if !found {
		return
	}
	r.names(&t.roles, role)
	r.says(role.entry, "description", framework.Normalise(r.get("description")))
	r.says(role.entry, "kind", framework.Normalise(r.get("kind")))
	var group mentioned
	switch text := oneLine(r.get("group")); {
	case text != "":
		if group, found = t.groups.mention(record); !found {
			return
		}
		r.says(role.entry, "group", group.key())
		r.names(&t.groups, group)
	case oneLine(r.get("groupName")) != "":
		r.wrong("groupName", "a group that has a name needs a code in column group")
	}
	if text := oneLine(r.get("seniority")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			r.wrong("seniority", "%q is not a seniority: 1, 2, 3 and so on, or empty", text)
		} else {
			r.says(role.entry, "seniority", strconv.Itoa(n))
		}
	}
	q, requires := t.requirement(record, r.wrong)
	if before := role.required[q.Skill]; before != nil {
		r.wrong("skill", "role %q requires skill %s %s already", role.text, q.Skill, where(before.src, before.at, r.src))
	}
	if r.bad {
		return
	}
	t.roles.keep(role, oneLine(r.get("role")))
	if group.entry != nil {
		t.groups.keep(group, oneLine(r.get("group")))
	}
	for _, s := range r.news {
		s.of.said[s.field] = saying{s.text, r.src, r.place(s.field)}
	}
	if role.role == nil {
		role.role = &item[framework.Role]{origin: r.origin()}
		role.required = map[string]*origin{}
	}
	if requires {
		role.require(record, q)
	}
}

// require adds to a role what a row requires of it.
func (e *entry) require(r record, q framework.Requirement) {
	part := r.origin()
	for _, field := range [...]string{"skill", "level", "importance", "weight"} {
		part.mark(field, r.place(field))
	}
	e.required[q.Skill] = &part
	e.role.parts = append(e.role.parts, &part)
	e.role.value.Requirements = append(e.role.value.Requirements, q)
}

// requirement reads what a row requires, if it does.
func (t *roles) requirement(r record, wrong func(field, format string, args ...any)) (q framework.Requirement, requires bool) {
	level, importance, weight := oneLine(r.get("level")), oneLine(r.get("importance")), oneLine(r.get("weight"))
	if oneLine(r.get("skill")) == "" {
		if level+importance+weight != "" {
			wrong("skill", "there is no skill for the level, importance or weight")
		}
		return q, false
	}
	q.Skill = t.skill(r, "skill", wrong)
	if level != "" {
		n, err := strconv.Atoi(level)
		if err != nil {
			n = t.levels[folded(level)]
		}
		if q.Level = n; n < 1 {
			wrong("level", "%q is not a level; give its number, or its name if only one level has it", level)
		}
	}
	q.Importance = framework.Importance(strings.ToUpper(cmp.Or(importance, string(framework.Essential))))
	if q.Importance != framework.Essential && q.Importance != framework.Optional {
		wrong("importance", "%q is not an importance; use essential or optional", importance)
	}
	if weight != "" {
		w, err := strconv.ParseFloat(strings.Replace(weight, ",", ".", 1), 64)
		if q.Weight = w; err != nil || !(w > 0 && w <= 1) {
			wrong("weight", "%q is not a weight: a number above 0 and up to 1, or empty", weight)
		}
	}
	return q, true
}

// finish makes the content of what the rows have said.
func (t *roles) finish() {
	groups := map[string]string{} // codes by key
	for _, e := range t.groups.coded() {
		groups[e.key()] = e.given
		i := &item[framework.RoleGroup]{origin: e.origin("group"), value: framework.RoleGroup{
			Code: e.given, Name: e.title, Status: framework.StatusActive,
		}}
		e.marks(&i.origin, map[string]string{"groupName": "name"})
		t.content.roleGroups = append(t.content.roleGroups, i)
	}
	for _, e := range t.roles.coded() {
		group, placed := e.said["group"]
		if placed && groups[group.text] == "" {
			e.leave(t.log)
			continue
		}
		seniority, _ := strconv.Atoi(e.said["seniority"].text) // checked when it was said
		i := e.role
		i.value.Code, i.value.Name, i.value.Status = e.given, e.title, framework.StatusActive
		i.value.Description, i.value.RoleKind = e.said["description"].text, e.said["kind"].text
		i.value.Group, i.value.Seniority = groups[group.text], seniority
		i.origin = e.origin("role")
		e.marks(&i.origin, map[string]string{
			"name": "name", "description": "description", "kind": "kind", "group": "group", "seniority": "seniority",
		})
		t.content.roles = append(t.content.roles, i)
	}
}

// origin is where an entry is referred to first.
func (e *entry) origin(field string) origin {
	return origin{src: e.src, at: e.place(field), row: e.at}
}

// marks tells where fields are said, as far as that is in the file of the origin.
func (e *entry) marks(o *origin, fields map[string]string) {
	for said, field := range fields {
		if s, is := e.said[said]; is && s.src == o.src {
			o.mark(field, s.at)
		}
	}
}

// leave leaves out an entry, and what a role requires.
func (e *entry) leave(l *log) {
	l.drop(e.src, e.at)
	if e.role != nil {
		for _, part := range e.role.parts {
			l.drop(part.src, part.row)
		}
	}
}

// coded gives names to all entries and codes to new ones. It reports those that
// cannot have one, and leaves them out.
func (s *roster) coded() []*entry {
	var good []*entry
	taken := map[string]*entry{}
	for _, e := range s.order {
		name := e.said[s.name].text
		e.given, e.title = e.code, cmp.Or(name, e.called)
		if e.code == "" {
			if e.given, e.title = e.text, name; name == "" {
				e.given, e.title = slug(e.text), e.text
			}
			if name, _ := s.now(e.given); name != "" {
				s.remark(e.src, e.place(s.field), "%q is taken for %s %s, %q, which has the code that is made of it", e.text, e.what, e.given, name)
			}
		}
		switch before := taken[e.given]; {
		case e.given == "":
			s.in(e.src, e.place(s.field), "%q has no letter or digit to make a code of; give a code, and the name in column %s", e.text, s.name)
		case before != nil:
			s.in(e.src, e.place(s.field), "%q would have the same code as %q %s, %s; write them alike, or give codes",
				e.text, before.text, where(before.src, before.at, e.src), e.given)
		default:
			taken[e.given] = e
			good = append(good, e)
			continue
		}
		e.leave(s.log)
	}
	return good
}

// writeRoles writes the roles in use: group by group as they are in the tree, those
// without a group last, by seniority.
func writeRoles(out io.Writer, s *framework.Snapshot) error {
	return writeCSV(out, withTerms(s.Framework(), func(yield func([]string) bool) {
		var headers []string
		for _, c := range rolesTable.columns {
			headers = append(headers, c.field)
		}
		if !yield(headers) {
			return
		}
		for _, r := range sortedRoles(s) {
			if !writeRole(s, r, yield) {
				return
			}
		}
	}))
}

// sortedRoles lists the roles in use, in the order of the tree of their groups.
func sortedRoles(s *framework.Snapshot) []*framework.Role {
	place := map[string]int{}
	for n, g := range treeOrder(s.RoleGroups(), groupNode) {
		place[g.Code] = n
	}
	place[""] = len(place)
	var list []*framework.Role
	for r := range s.Roles() {
		if r.Status == framework.StatusActive {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *framework.Role) int {
		return cmp.Or(cmp.Compare(place[a.Group], place[b.Group]), cmp.Compare(a.Seniority, b.Seniority))
	})
	return list
}

// writeRole writes the rows of a role, its texts in the first.
func writeRole(s *framework.Snapshot, r *framework.Role, yield func([]string) bool) bool {
	group := ""
	if g := current[framework.RoleGroup](s, framework.KindRoleGroup, r.Group); g != nil {
		group = g.Name
	}
	about := []string{r.Name, r.Description, r.Group, group, r.RoleKind, number(r.Seniority)}
	row := func(requirement ...string) bool {
		cells := append(append([]string{r.Code}, about...), requirement...)
		about = make([]string, len(about))
		return yield(cells)
	}
	some := false
	for _, q := range r.Requirements {
		if !active(s, q.Skill) {
			continue
		}
		some = true
		weight := ""
		if q.Weight != 0 {
			weight = strconv.FormatFloat(q.Weight, 'g', -1, 64)
		}
		if !row(q.Skill, number(q.Level), strings.ToLower(string(q.Importance)), weight) {
			return false
		}
	}
	return some || row("", "", "", "")
}

// number writes a number of which 0 says that there is none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
