package framework

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// A Snapshot is one framework's content at one revision, with its indexes. It is
// immutable and shares what did not change with the snapshots before it.
type Snapshot struct {
	framework *Framework
	// revisions are those that changed what this framework states.
	revisions series[int64]
	// changed is the last revision that changed anything of the snapshot: others state
	// relations too. settled is the last that changed the framework itself.
	changed, settled int64

	levels     []*Level // by ordinal
	attributes table[*Attribute]
	categories table[*categoryNode]
	skills     table[*skillNode]
	groups     table[*groupNode]
	roles      table[*Role]
	// trails are the revisions that changed each level, attribute and role, by
	// trailKey; removed levels have theirs still. Nodes hold their own.
	trails table[series[int64]]

	orders orders
	search *searchIndex
	shelf  *shelf // of the framework
	worked *atomic.Pointer[workings]
}

type skillNode struct {
	*Skill
	id         string        // at the head
	levelCodes []string      // of the skill's levels
	edges      []edge        // by type as seen from here, then other end
	requiredBy []*Role       // by code
	revisions  series[int64] // that changed the skill
}

// An edge is a relation as seen from one of its ends.
type edge struct {
	typ       RelationType // as seen from here
	owner     string       // code of the framework that states it
	framework string       // of the other end
	other     string       // code of the other end
	relation  *Relation
}

func (e edge) compare(o edge) int {
	return cmp.Or(
		cmp.Compare(typeOrder(e.typ), typeOrder(o.typ)),
		cmp.Compare(e.framework, o.framework),
		cmp.Compare(e.other, o.other),
		cmp.Compare(e.owner, o.owner),
	)
}

func typeOrder(t RelationType) int { return typeOrders[t] }

var typeOrders = func() map[RelationType]int {
	order := map[RelationType]int{}
	for i, t := range RelationTypes {
		order[t] = i
	}
	return order
}()

// RelationTypes lists every type, in the order in which relations are listed.
var RelationTypes = [...]RelationType{
	Complementary, Related, Broader, Narrower, Prerequisite, PrerequisiteFor,
	EssentialFor, HasEssential, OptionalFor, HasOptional,
	ReplacedBy, Replaces, MergedInto, MergedFrom, SplitInto, SplitFrom, ExactMatch, CloseMatch,
}

// A typeSet is a set of types, with a bit for the place of each in RelationTypes.
type typeSet uint32

// typeSetOf is the set of some types, or that of all if there are none.
func typeSetOf(types []RelationType) typeSet {
	var set typeSet
	for _, t := range types {
		if place, ok := typeOrders[t]; ok {
			set |= 1 << place
		}
	}
	if len(types) == 0 {
		set--
	}
	return set
}

func (s typeSet) has(place uint8) bool { return s>>place&1 != 0 }

// typeTraits are what types are like, by their places in RelationTypes: maps take long
// where many edges are looked at.
var typeTraits = func() (list [len(RelationTypes)]struct {
	inverse   uint8 // by its place
	symmetric bool
	likeness  float64
}) {
	for i, t := range RelationTypes {
		list[i].inverse, list[i].symmetric, list[i].likeness = uint8(typeOrder(t.Inverse())), t.Symmetric(), likenessOf[t]
	}
	return list
}()

type categoryNode struct {
	*Category
	children []string // codes, by position then code
	skills   []string // codes, by position then code

	revisions series[int64] // that changed the category
}

type groupNode struct {
	*RoleGroup
	children []string // codes, by position then code
	roles    []string // codes, by seniority then code

	revisions series[int64] // that changed the group
}

func trailKey(kind Kind, key string) string { return string(kind) + " " + key }

// trail is the revisions that changed an entity of a kind that has a history.
func (s *Snapshot) trail(kind Kind, key string) series[int64] {
	switch kind {
	case KindSkill:
		if n, ok := s.skills.get(key); ok {
			return n.revisions
		}
	case KindCategory:
		if n, ok := s.categories.get(key); ok {
			return n.revisions
		}
	case KindRoleGroup:
		if n, ok := s.groups.get(key); ok {
			return n.revisions
		}
	}
	trail, _ := s.trails.get(trailKey(kind, key))
	return trail
}

// A table holds values by key, in key order.
type table[T any] struct {
	keys  []string
	items []T
	index map[string]int32
}

func (t table[T]) get(key string) (T, bool) {
	if i, ok := t.index[key]; ok {
		return t.items[i], true
	}
	var none T
	return none, false
}

// with returns a table in which the given values are set.
func (t table[T]) with(set map[string]T) table[T] {
	if len(set) == 0 {
		return t
	}
	var fresh []string
	items := slices.Clone(t.items)
	for key, item := range set {
		if i, ok := t.index[key]; ok {
			items[i] = item
		} else {
			fresh = append(fresh, key)
		}
	}
	if len(fresh) == 0 {
		return table[T]{t.keys, items, t.index}
	}
	slices.Sort(fresh)
	n := len(items) + len(fresh)
	next := table[T]{make([]string, 0, n), make([]T, 0, n), make(map[string]int32, n)}
	add := func(key string, item T) {
		next.index[key] = int32(len(next.keys))
		next.keys = append(next.keys, key)
		next.items = append(next.items, item)
	}
	i := 0
	for _, key := range fresh {
		for ; i < len(items) && t.keys[i] < key; i++ {
			add(t.keys[i], items[i])
		}
		add(key, set[key])
	}
	for ; i < len(items); i++ {
		add(t.keys[i], items[i])
	}
	return next
}

func (s *Snapshot) level(ordinal int) *Level {
	// Most frameworks have levels from 1 on without gaps, and levels are asked for often.
	if i := ordinal - 1; i >= 0 && i < len(s.levels) && s.levels[i].Ordinal == ordinal {
		return s.levels[i]
	}
	i, ok := slices.BinarySearchFunc(s.levels, ordinal, func(l *Level, n int) int { return l.Ordinal - n })
	if !ok {
		return nil
	}
	return s.levels[i]
}

func (s *Snapshot) attribute(code string) *Attribute {
	a, _ := s.attributes.get(code)
	return a
}

func (s *Snapshot) category(code string) *Category {
	if n, ok := s.categories.get(code); ok {
		return n.Category
	}
	return nil
}

func (s *Snapshot) skill(code string) *Skill {
	if n, ok := s.skills.get(code); ok {
		return n.Skill
	}
	return nil
}

func (s *Snapshot) roleGroup(code string) *RoleGroup {
	if n, ok := s.groups.get(code); ok {
		return n.RoleGroup
	}
	return nil
}

func (s *Snapshot) role(code string) *Role {
	r, _ := s.roles.get(code)
	return r
}

// relation finds a relation this framework states by its key.
func (s *Snapshot) relation(key string) *Relation {
	from, toFramework, to := relationEnds(key)
	// Look from the end with fewer edges: hubs have thousands.
	n, ok := s.skills.get(from)
	if toFramework == "" {
		if m, found := s.skills.get(to); found && ok && len(m.edges) < len(n.edges) {
			n = m
		}
	}
	if !ok {
		return nil
	}
	for i := range n.edges {
		e := &n.edges[i]
		if e.owner == s.framework.Code && e.relation.From == from && e.relation.To == to && e.relation.Key() == key {
			return e.relation
		}
	}
	return nil
}

// entity returns the version of an entity, or nil.
func (s *Snapshot) entity(kind Kind, key string) Entity {
	switch kind {
	case KindFramework:
		return s.framework
	case KindLevel:
		if n, err := strconv.Atoi(key); err == nil {
			return orNil(s.level(n))
		}
		return nil
	case KindAttribute:
		return orNil(s.attribute(key))
	case KindCategory:
		return orNil(s.category(key))
	case KindSkill:
		return orNil(s.skill(key))
	case KindRelation:
		return orNil(s.relation(key))
	case KindRoleGroup:
		return orNil(s.roleGroup(key))
	case KindRole:
		return orNil(s.role(key))
	}
	panic("framework: unknown kind " + string(kind))
}

// orNil keeps a nil pointer from becoming an Entity that is not nil.
func orNil[T any, P interface {
	*T
	Entity
}](p P) Entity {
	if p == nil {
		return nil
	}
	return p
}

// An update is a snapshot under construction: copies of the nodes that change.
type update struct {
	*Snapshot  // the next one
	old        *Snapshot
	code       string
	attributes map[string]*Attribute
	categories map[string]*categoryNode
	skills     map[string]*skillNode
	groups     map[string]*groupNode
	roles      map[string]*Role
	trails     map[string]series[int64]
	touched    passage
}

// apply returns the snapshot after changes. Changes of other frameworks are
// relations with a skill of this one; s is nil for a new framework. touched tells
// the revisions that made the changes.
func (s *Snapshot) apply(code string, changes []Change, touched passage) *Snapshot {
	if s == nil {
		s = &Snapshot{shelf: &shelf{}}
	}
	next := *s
	next.revisions = s.revisions.with(touched.frameworks[code]...)
	next.changed = max(s.changed, touched.snapshots[code])
	next.settled = max(s.settled, touched.settings[code])
	next.orders = newOrders(&next)
	next.search = s.search.next(next.searched)
	next.worked = &atomic.Pointer[workings]{}
	u := &update{
		Snapshot: &next, old: s, code: code,
		attributes: map[string]*Attribute{}, categories: map[string]*categoryNode{},
		skills: map[string]*skillNode{}, groups: map[string]*groupNode{}, roles: map[string]*Role{},
		trails: map[string]series[int64]{}, touched: touched,
	}
	for _, c := range changes {
		u.apply(c)
	}
	for _, n := range u.skills {
		slices.SortFunc(n.edges, edge.compare)
		slices.SortFunc(n.requiredBy, func(a, b *Role) int { return strings.Compare(a.Code, b.Code) })
	}
	for code, n := range u.categories {
		n.children = arrange(n.children, code, func(c string) (string, int) { k := u.category(c); return k.Parent, k.Position })
		n.skills = arrange(n.skills, code, func(c string) (string, int) { k := u.skill(c); return k.Category, k.Position })
	}
	for code, n := range u.groups {
		n.children = arrange(n.children, code, func(c string) (string, int) { k := u.group(c); return k.Parent, k.Position })
		n.roles = arrange(n.roles, code, func(c string) (string, int) { k := u.role(c); return k.Group, k.Seniority })
	}
	next.attributes = s.attributes.with(u.attributes)
	next.categories = s.categories.with(u.categories)
	next.skills = s.skills.with(u.skills)
	next.groups = s.groups.with(u.groups)
	next.roles = s.roles.with(u.roles)
	next.trails = s.trails.with(u.trails)
	return &next
}

// arrange brings the codes of what a node holds into order, without those that
// are elsewhere now or listed twice; place tells the node something is in, and its
// position there.
func arrange(codes []string, node string, place func(string) (string, int)) []string {
	codes = slices.DeleteFunc(codes, func(c string) bool {
		in, _ := place(c)
		return in != node
	})
	slices.SortFunc(codes, func(a, b string) int {
		_, at := place(a)
		_, bt := place(b)
		return cmp.Or(cmp.Compare(at, bt), strings.Compare(a, b))
	})
	return slices.Compact(codes)
}

func (u *update) apply(c Change) {
	if c.Kind == KindRelation {
		u.applyRelation(c)
		return
	}
	seqs := u.touched.entities[c.Ref]
	switch c.Kind {
	case KindLevel, KindAttribute, KindRole:
		key := trailKey(c.Kind, c.Ref.Key)
		trail, _ := u.old.trails.get(key)
		u.trails[key] = trail.with(seqs...)
	}
	switch e := c.Entity.(type) {
	case nil: // of the other kinds only levels are ever removed
		u.levels = slices.DeleteFunc(slices.Clone(u.levels), func(l *Level) bool { return l.Key() == c.Ref.Key })
	case *Framework:
		u.framework = e
	case *Level:
		i, found := slices.BinarySearchFunc(u.levels, e.Ordinal, func(l *Level, n int) int { return l.Ordinal - n })
		u.levels = slices.Clone(u.levels)
		if found {
			u.levels[i] = e
		} else {
			u.levels = slices.Insert(u.levels, i, e)
		}
	case *Attribute:
		u.attributes[e.Code] = e
	case *Category:
		n := u.touchCategory(e.Code)
		old := n.Category
		n.Category = e
		n.revisions = n.revisions.with(seqs...)
		if old == nil || old.Parent != e.Parent || old.Position != e.Position {
			if old != nil && old.Parent != "" {
				u.touchCategory(old.Parent)
			}
			if e.Parent != "" {
				parent := u.touchCategory(e.Parent)
				parent.children = append(parent.children, e.Code)
			}
		}
	case *Skill:
		n := u.touchSkill(e.Code)
		old := n.Skill
		n.Skill, n.levelCodes = e, skillLevelCodes(e)
		n.revisions = n.revisions.with(seqs...)
		if old == nil || old.Category != e.Category || old.Position != e.Position {
			if old != nil && old.Category != "" {
				u.touchCategory(old.Category)
			}
			if e.Category != "" {
				category := u.touchCategory(e.Category)
				category.skills = append(category.skills, e.Code)
			}
		}
	case *RoleGroup:
		n := u.touchGroup(e.Code)
		old := n.RoleGroup
		n.RoleGroup = e
		n.revisions = n.revisions.with(seqs...)
		if old == nil || old.Parent != e.Parent || old.Position != e.Position {
			if old != nil && old.Parent != "" {
				u.touchGroup(old.Parent)
			}
			if e.Parent != "" {
				parent := u.touchGroup(e.Parent)
				parent.children = append(parent.children, e.Code)
			}
		}
	case *Role:
		u.applyRole(e)
	}
}

func (u *update) applyRole(r *Role) {
	old := u.role(r.Code)
	u.roles[r.Code] = r
	if old == nil || old.Group != r.Group || old.Seniority != r.Seniority {
		if old != nil && old.Group != "" {
			u.touchGroup(old.Group)
		}
		if r.Group != "" {
			group := u.touchGroup(r.Group)
			group.roles = append(group.roles, r.Code)
		}
	}
	if old != nil {
		for _, q := range old.Requirements {
			n := u.touchSkill(q.Skill)
			n.requiredBy = slices.DeleteFunc(n.requiredBy, func(o *Role) bool { return o.Code == r.Code })
		}
	}
	for _, q := range r.Requirements {
		n := u.touchSkill(q.Skill)
		n.requiredBy = append(n.requiredBy, r)
	}
}

func (u *update) applyRelation(c Change) {
	from, toFramework, to := relationEnds(c.Ref.Key)
	r, _ := c.Entity.(*Relation)
	otherFramework := cmp.Or(toFramework, c.Framework)
	if c.Framework == u.code {
		u.setEdge(from, c, edge{owner: c.Framework, framework: otherFramework, other: to, relation: r}, false)
	}
	if otherFramework == u.code {
		u.setEdge(to, c, edge{owner: c.Framework, framework: c.Framework, other: from, relation: r}, true)
	}
}

// setEdge adds, replaces or removes the edge for a changed relation at one of
// its ends.
func (u *update) setEdge(code string, c Change, e edge, inverse bool) {
	n := u.touchSkill(code)
	i := slices.IndexFunc(n.edges, func(o edge) bool {
		return o.owner == e.owner && o.framework == e.framework && o.other == e.other && o.relation.Key() == c.Ref.Key
	})
	if e.relation != nil {
		e.typ = e.relation.Type
		if inverse {
			e.typ = e.typ.Inverse()
		}
	}
	switch {
	case i >= 0 && e.relation != nil:
		n.edges[i] = e
	case i >= 0:
		n.edges = slices.Delete(n.edges, i, i+1)
	case e.relation != nil:
		n.edges = append(n.edges, e)
	}
}

// The touch functions return a copy of a node that may be modified, or a new one.

func (u *update) touchSkill(code string) *skillNode {
	n, ok := u.skills[code]
	if !ok {
		n = &skillNode{id: NodeID{Kind: KindSkill, Framework: u.code, Key: code}.String()}
		if old, found := u.old.skills.get(code); found {
			n = &skillNode{old.Skill, old.id, old.levelCodes, slices.Clone(old.edges), slices.Clone(old.requiredBy), old.revisions}
		}
		u.skills[code] = n
	}
	return n
}

func (u *update) touchCategory(code string) *categoryNode {
	n, ok := u.categories[code]
	if !ok {
		n = &categoryNode{}
		if old, found := u.old.categories.get(code); found {
			n = &categoryNode{old.Category, slices.Clone(old.children), slices.Clone(old.skills), old.revisions}
		}
		u.categories[code] = n
	}
	return n
}

func (u *update) touchGroup(code string) *groupNode {
	n, ok := u.groups[code]
	if !ok {
		n = &groupNode{}
		if old, found := u.old.groups.get(code); found {
			n = &groupNode{old.RoleGroup, slices.Clone(old.children), slices.Clone(old.roles), old.revisions}
		}
		u.groups[code] = n
	}
	return n
}

func (u *update) category(code string) *Category {
	if n, ok := u.categories[code]; ok {
		return n.Category
	}
	return u.old.category(code)
}

func (u *update) skill(code string) *Skill {
	if n, ok := u.skills[code]; ok {
		return n.Skill
	}
	return u.old.skill(code)
}

func (u *update) group(code string) *RoleGroup {
	if n, ok := u.groups[code]; ok {
		return n.RoleGroup
	}
	return u.old.roleGroup(code)
}

func (u *update) role(code string) *Role {
	if r, ok := u.roles[code]; ok {
		return r
	}
	return u.old.role(code)
}
