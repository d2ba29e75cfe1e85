package framework

import (
	"iter"
	"maps"
	"slices"
)

// Snapshot returns the content of a framework, or nil. It bypasses what a viewer
// may see: use [World.View] to answer viewers.
func (w *World) Snapshot(code string) *Snapshot {
	s, _ := w.frameworks.get(code)
	return s
}

// Framework returns the framework's metadata. Like every entity reached from a
// snapshot it is shared and must not be modified.
func (s *Snapshot) Framework() *Framework { return s.framework }

// Revision is the last revision that changed what the framework states, 0 for
// none. Matches that other frameworks state with its skills are theirs.
func (s *Snapshot) Revision() int64 {
	if n := s.revisions.len(); n > 0 {
		return s.revisions.at(n - 1)
	}
	return 0
}

// Levels yields the levels by ordinal.
func (s *Snapshot) Levels() iter.Seq[*Level] {
	return func(yield func(*Level) bool) {
		for _, l := range s.levels {
			if !yield(l) {
				return
			}
		}
	}
}

// Attributes yields the attributes by code.
func (s *Snapshot) Attributes() iter.Seq[*Attribute] {
	return entities(s.attributes, func(a *Attribute) *Attribute { return a })
}

// Categories yields the categories by code.
func (s *Snapshot) Categories() iter.Seq[*Category] {
	return entities(s.categories, func(n *categoryNode) *Category { return n.Category })
}

// Skills yields the skills by code, retired ones included.
func (s *Snapshot) Skills() iter.Seq[*Skill] {
	return entities(s.skills, func(n *skillNode) *Skill { return n.Skill })
}

// Relations yields the relations the framework states, by the code of their
// first end, then type and second end.
func (s *Snapshot) Relations() iter.Seq[*Relation] { return slices.Values(s.orders.relations()) }

// RoleGroups yields the role groups by code.
func (s *Snapshot) RoleGroups() iter.Seq[*RoleGroup] {
	return entities(s.groups, func(n *groupNode) *RoleGroup { return n.RoleGroup })
}

// Roles yields the roles by code, retired ones included.
func (s *Snapshot) Roles() iter.Seq[*Role] {
	return entities(s.roles, func(r *Role) *Role { return r })
}

// Entity returns the version of an entity, or nil.
func (s *Snapshot) Entity(kind Kind, key string) Entity { return s.entity(kind, key) }

func entities[N, E any](t table[N], entity func(N) E) iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, n := range t.items {
			if !yield(entity(n)) {
				return
			}
		}
	}
}

// A Difference is what a change does to an entity.
type Difference struct {
	Ref
	Action Action
	// Fields are the paths of the fields that change, sorted.
	Fields []string
}

// Differences tells what changes would do to w.
func (w *World) Differences(changes []Change) []Difference {
	diffs := make([]Difference, 0, len(changes))
	for _, c := range changes {
		old := w.entity(c.Ref)
		diffs = append(diffs, Difference{c.Ref, c.action(old != nil), slices.Sorted(maps.Keys(changedFacts(old, c.Entity)))})
	}
	return diffs
}
