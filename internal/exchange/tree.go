package exchange

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"skillatlas/internal/framework"
)

// A node is what categories, role groups and roles have in common when it comes
// to the order in which they are made and retired. A role has no parent.
type node struct {
	code       string
	parent     string
	retired    bool
	successors []string
	// group is the role group of a role.
	group string
	// position orders those with the same parent.
	position int

	from *origin
}

func categoryNode(c *framework.Category) node {
	return node{code: c.Code, parent: c.Parent, retired: c.Status == framework.StatusRetired, successors: c.Successors, position: c.Position}
}

func groupNode(g *framework.RoleGroup) node {
	return node{code: g.Code, parent: g.Parent, retired: g.Status == framework.StatusRetired, position: g.Position}
}

func roleNode(r *framework.Role) node {
	return node{code: r.Code, group: r.Group, retired: r.Status == framework.StatusRetired, successors: r.Successors}
}

// treeOrder lists entities, each after its parent, by position and code.
func treeOrder[T any](entities iter.Seq[*T], toNode func(*T) node) []*T {
	below := map[string][]*T{}
	for e := range entities {
		parent := toNode(e).parent
		below[parent] = append(below[parent], e)
	}
	var list []*T
	var walk func(parent string)
	walk = func(parent string) {
		slices.SortFunc(below[parent], func(a, b *T) int {
			m, n := toNode(a), toNode(b)
			return cmp.Or(cmp.Compare(m.position, n.position), cmp.Compare(m.code, n.code))
		})
		for _, e := range below[parent] {
			list = append(list, e)
			walk(toNode(e).code)
		}
	}
	walk("")
	return list
}

// A tree is the categories, role groups or roles of the file and of the store.
type tree[T any] struct {
	*comparison
	kind  framework.Kind
	items []*item[T]
	node  func(*T) node
	old   map[string]*T
	// now holds what the file has and is not left out; inFile all it has.
	now    map[string]node
	inFile map[string]bool
	item   map[string]*item[T]
	// revived are retired in the store and brought back, for good or not.
	revived map[string]bool
}

func newTree[T any](d *comparison, kind framework.Kind, items []*item[T], toNode func(*T) node, old iter.Seq[*T]) *tree[T] {
	t := &tree[T]{
		comparison: d, kind: kind, items: items, node: toNode,
		old: map[string]*T{}, now: map[string]node{}, inFile: map[string]bool{}, item: map[string]*item[T]{},
		revived: map[string]bool{},
	}
	if !d.c.has(kind, "") {
		return t
	}
	for e := range old {
		t.old[toNode(e).code] = e
	}
	for _, i := range items {
		n := toNode(&i.value)
		n.from = &i.origin
		t.inFile[n.code] = true
		if i.skipped {
			continue
		}
		was, exists := t.was(n.code)
		if exists && !d.c.has(kind, "parent") {
			n.parent = was.parent
		}
		if exists && !d.c.has(kind, "group") {
			n.group = was.group
		}
		if exists && !d.c.has(kind, "status") {
			n.retired, n.successors = was.retired, was.successors
		}
		t.now[n.code] = n
		t.item[n.code] = i
	}
	return t
}

func (t *tree[T]) was(code string) (node, bool) {
	if e := t.old[code]; e != nil {
		return t.node(e), true
	}
	return node{}, false
}

func (t *tree[T]) what(code string) string {
	return spaced(t.kind) + " " + code
}

// demand asks that nodes be active while the content is built.
func (t *tree[T]) demand(codes iter.Seq[string]) {
	for code := range codes {
		t.bringBack(code)
	}
}

// bringBack revives a node if it is retired in the store, and with it whatever
// that takes.
func (t *tree[T]) bringBack(code string) {
	was, exists := t.was(code)
	now, inFile := t.now[code]
	if !exists || !inFile || !was.retired || t.revived[code] {
		return
	}
	t.revived[code] = true
	t.bringBack(now.parent)
	if now.retired {
		for _, s := range now.successors {
			t.bringBack(s)
		}
	}
}

// revive finds what must be brought back for the tree's own sake.
func (t *tree[T]) revive() {
	for _, i := range t.items {
		now, ok := t.now[t.node(&i.value).code]
		if !ok || now.from != &i.origin {
			continue
		}
		was, exists := t.was(now.code)
		if !exists || was.parent != now.parent {
			t.bringBack(now.parent)
		}
		switch {
		case exists && was.retired && (!now.retired || !slices.Equal(was.successors, now.successors)):
			t.bringBack(now.code)
		case now.retired && !was.retired:
			for _, s := range now.successors {
				t.bringBack(s)
			}
		}
	}
}

// build makes or changes every node, parents first.
func (t *tree[T]) build(edit func(*item[T])) {
	codes := make([]string, 0, len(t.items))
	for _, i := range t.items {
		if !i.skipped {
			codes = append(codes, t.node(&i.value).code)
		}
	}
	order, circular := sequence(codes, func(code string) []string {
		if p := t.now[code].parent; p != "" {
			return []string{p}
		}
		return nil
	})
	for _, code := range circular {
		n := t.now[code]
		t.troubles = append(t.troubles, trouble{n.from, t.what(code), "parent", "would be above itself"})
		uproot(&t.item[code].value) // lest all below are troubles too
	}
	for _, code := range order {
		n := t.now[code]
		edit(t.item[code])
		if t.revived[code] {
			restore := map[framework.Kind]framework.Edit{
				framework.KindCategory:  framework.RestoreCategory{Code: code},
				framework.KindRoleGroup: framework.RestoreRoleGroup{Code: code},
				framework.KindRole:      framework.RestoreRole{Code: code},
			}[t.kind]
			t.step(n.from, t.what(code), restore)
		}
	}
	for code, e := range t.old {
		if t.missed(code, e) {
			t.miss(t.kind, code, "")
		}
	}
}

// missed tells whether a node of the store is missing from the file.
func (t *tree[T]) missed(code string, e *T) bool {
	return !t.c.some[t.kind] && !t.inFile[code] && !t.node(e).retired
}

func uproot(node any) {
	switch n := node.(type) {
	case *framework.Category:
		n.Parent = ""
	case *framework.RoleGroup:
		n.Parent = ""
	}
}

// retire retires what the file has as retired and is not in the store, and with
// RetireMissing what the file has not.
func (t *tree[T]) retire(edit func(code string, successors []string) framework.Edit) {
	leaving := map[string]node{}
	var codes []string
	for _, i := range t.items {
		n, ok := t.now[t.node(&i.value).code]
		if !ok || !n.retired {
			continue
		}
		if was, exists := t.was(n.code); !exists || !was.retired || t.revived[n.code] {
			leaving[n.code] = n
			codes = append(codes, n.code)
		}
	}
	if t.opt.RetireMissing {
		for code, e := range t.old {
			if t.missed(code, e) {
				leaving[code] = t.node(e)
				codes = append(codes, code)
			}
		}
		slices.Sort(codes)
	}
	// What must be retired before a node: its children, and what it succeeds.
	before := map[string][]string{}
	for _, code := range codes {
		n := leaving[code]
		if n.parent != "" {
			before[n.parent] = append(before[n.parent], code)
		}
		if n.from != nil {
			for _, s := range n.successors {
				before[s] = append(before[s], code)
			}
		}
	}
	order, circular := sequence(codes, func(code string) []string { return before[code] })
	for _, code := range circular {
		n := leaving[code]
		if n.from != nil {
			t.troubles = append(t.troubles, trouble{n.from, t.what(code), "successors", "would have to be retired before itself"})
		}
	}
	for _, code := range order {
		n := leaving[code]
		if n.from == nil {
			n.successors = nil
		}
		t.retired(n.from, t.what(code), edit(code, n.successors))
	}
}

// sequence sorts codes so that each comes after those that before names, as far
// as these are among them, and otherwise keeps their order. It tells which stand
// in a circle.
func sequence(codes []string, before func(string) []string) (order, circular []string) {
	const (
		unknown = iota
		waiting
		entered
		placed
	)
	state := make(map[string]int, len(codes))
	depth := make(map[string]int, len(codes)) // of those entered
	for _, c := range codes {
		state[c] = waiting
	}
	// A visit returns the least depth of those entered that it came back to: these and all
	// that are as deep or deeper stand in a circle.
	var visit func(code string, at int) int
	visit = func(code string, at int) int {
		switch state[code] {
		case unknown, placed:
			return at
		case entered:
			return depth[code]
		}
		state[code], depth[code] = entered, at
		least := at + 1
		for _, b := range before(code) {
			least = min(least, visit(b, at+1))
		}
		if least <= at {
			circular = append(circular, code)
		}
		state[code] = placed
		order = append(order, code)
		return least
	}
	for _, c := range codes {
		visit(c, 0)
	}
	slices.Reverse(circular)
	return order, circular
}

func (d *comparison) category(i *item[framework.Category]) {
	c := &i.value
	has := func(field string) bool { return d.c.has(framework.KindCategory, field) }
	what := "category " + c.Code
	old := current[framework.Category](d.s, framework.KindCategory, c.Code)
	if old == nil {
		d.step(&i.origin, what, framework.CreateCategory{
			Code: c.Code, Name: c.Name, Description: c.Description, Parent: c.Parent, Position: c.Position,
		})
		return
	}
	var updated, moved bool
	update := framework.UpdateCategory{
		Code:        c.Code,
		Name:        set(&updated, has("name"), old.Name, c.Name),
		Description: set(&updated, has("description"), old.Description, c.Description),
	}
	move := framework.MoveCategory{
		Code:     c.Code,
		Parent:   set(&moved, has("parent"), old.Parent, c.Parent),
		Position: set(&moved, has("position"), old.Position, c.Position),
	}
	if updated {
		d.step(&i.origin, what, update)
	}
	if moved {
		d.step(&i.origin, what, move)
	}
}

func (d *comparison) roleGroup(i *item[framework.RoleGroup]) {
	g := &i.value
	has := func(field string) bool { return d.c.has(framework.KindRoleGroup, field) }
	what := "role group " + g.Code
	old := current[framework.RoleGroup](d.s, framework.KindRoleGroup, g.Code)
	if old == nil {
		d.step(&i.origin, what, framework.CreateRoleGroup{
			Code: g.Code, Name: g.Name, Description: g.Description, Parent: g.Parent, Position: g.Position,
		})
		return
	}
	var updated, moved bool
	update := framework.UpdateRoleGroup{
		Code:        g.Code,
		Name:        set(&updated, has("name"), old.Name, g.Name),
		Description: set(&updated, has("description"), old.Description, g.Description),
	}
	move := framework.MoveRoleGroup{
		Code:     g.Code,
		Parent:   set(&moved, has("parent"), old.Parent, g.Parent),
		Position: set(&moved, has("position"), old.Position, g.Position),
	}
	if updated {
		d.step(&i.origin, what, update)
	}
	if moved {
		d.step(&i.origin, what, move)
	}
}

// memberships yields the role groups that must be active: those that a role is
// put into or comes back to.
func (d *comparison) memberships(roles *tree[framework.Role]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, i := range roles.items {
			now, ok := roles.now[i.value.Code]
			if !ok {
				continue
			}
			old := roles.old[now.code]
			placed := old == nil || old.Group != now.group || roles.revived[now.code]
			if placed && !yield(now.group) {
				return
			}
		}
	}
}

func (d *comparison) role(i *item[framework.Role]) {
	r := &i.value
	has := func(field string) bool { return d.c.has(framework.KindRole, field) }
	what := "role " + r.Code
	old := current[framework.Role](d.s, framework.KindRole, r.Code)
	if old == nil {
		create := framework.CreateRole{
			Code: r.Code, Name: r.Name, Description: r.Description, Group: r.Group, RoleKind: r.RoleKind, Seniority: r.Seniority,
		}
		var parts []*origin
		for n, q := range r.Requirements {
			if !i.parts[n].skipped {
				create.Requirements = append(create.Requirements, q)
				parts = append(parts, i.parts[n])
			}
		}
		d.steps = append(d.steps, step{edit: create, from: &i.origin, parts: parts, what: what})
		return
	}
	var updated, moved bool
	update := framework.UpdateRole{
		Code:        r.Code,
		Name:        set(&updated, has("name"), old.Name, r.Name),
		Description: set(&updated, has("description"), old.Description, r.Description),
		RoleKind:    set(&updated, has("kind"), old.RoleKind, r.RoleKind),
	}
	move := framework.MoveRole{
		Code:      r.Code,
		Group:     set(&moved, has("group"), old.Group, r.Group),
		Seniority: set(&moved, has("seniority"), old.Seniority, r.Seniority),
	}
	if updated {
		d.step(&i.origin, what, update)
	}
	if moved {
		d.step(&i.origin, what, move)
	}
	if !has("requirements") {
		return
	}
	kept := map[string]bool{}
	for _, q := range r.Requirements {
		kept[q.Skill] = true
	}
	for _, q := range old.Requirements {
		if !kept[q.Skill] && (d.c.has(framework.KindSkill, "") || active(d.s, q.Skill)) {
			d.miss(framework.KindRole, r.Code, "requirements."+q.Skill)
			if d.opt.RetireMissing {
				d.step(nil, what, framework.Unrequire{Role: r.Code, Skill: q.Skill})
			}
		}
	}
	for n, q := range r.Requirements {
		if q, differs := d.required(old, q); differs && !i.parts[n].skipped {
			d.step(i.parts[n], what, framework.Require{
				Role: r.Code, Skill: q.Skill, Level: q.Level, Importance: q.Importance, Weight: q.Weight,
			})
		}
	}
}

// required is a requirement as it will be, and whether old has it otherwise.
func (d *comparison) required(old *framework.Role, q framework.Requirement) (framework.Requirement, bool) {
	n, found := slices.BinarySearchFunc(old.Requirements, q.Skill, func(q framework.Requirement, skill string) int {
		return strings.Compare(q.Skill, skill)
	})
	if !found {
		return q, true
	}
	was := old.Requirements[n]
	if !d.c.has(framework.KindRole, "level") {
		q.Level = was.Level
	}
	if !d.c.has(framework.KindRole, "importance") {
		q.Importance = was.Importance
	}
	if !d.c.has(framework.KindRole, "weight") {
		q.Weight = was.Weight
	}
	return q, q != was
}
