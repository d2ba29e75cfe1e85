package framework

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// orders are the sequences in which the content of a snapshot can be listed besides
// that of codes, and what is found in it. Each is worked out when it is first asked
// for.
type orders struct {
	name      func() ordered
	position  func() ordered
	relations func() []*Relation
	lint      func() linted
	// active counts the skills that are.
	active func() int
}

func newOrders(s *Snapshot) orders {
	return orders{
		sync.OnceValue(s.byName), sync.OnceValue(s.byPosition), sync.OnceValue(s.statedRelations), sync.OnceValue(s.lint),
		sync.OnceValue(s.countActive),
	}
}

func (s *Snapshot) countActive() int {
	n := 0
	for _, skill := range s.skills.items {
		if skill.Status == StatusActive {
			n++
		}
	}
	return n
}

// ordered is a sequence of skills with the keys that sort it, strictly ascending.
type ordered struct {
	keys   []string
	skills []*skillNode
}

// byName orders skills by name as people compare names, then code.
func (s *Snapshot) byName() ordered {
	return s.order(func(n *skillNode) string { return fold(n.Name) + "\x00" + n.Code })
}

// byPosition orders skills as the tree of categories does, those without a
// category last.
func (s *Snapshot) byPosition() ordered {
	prefixes := map[string]string{"": "~"}
	return s.order(func(n *skillNode) string {
		return s.categoryKey(n.Category, prefixes) + positionKey(n.Position, n.Code)
	})
}

func (s *Snapshot) order(key func(*skillNode) string) ordered {
	type keyed struct {
		key  string
		node *skillNode
	}
	list := make([]keyed, len(s.skills.items))
	for i, n := range s.skills.items {
		list[i] = keyed{key(n), n}
	}
	slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	o := ordered{make([]string, len(list)), make([]*skillNode, len(list))}
	for i, k := range list {
		o.keys[i], o.skills[i] = k.key, k.node
	}
	return o
}

// statedRelations lists the relations the snapshot's framework states, by first
// end, type and second end.
func (s *Snapshot) statedRelations() []*Relation {
	var stated []*Relation
	for _, n := range s.skills.items {
		for i := range n.edges {
			if e := &n.edges[i]; e.relation.From == n.Code && e.owner == s.framework.Code {
				stated = append(stated, e.relation)
			}
		}
	}
	return stated
}

// relationKey is the key that sorts a stated relation.
func (s *Snapshot) relationKey(r *Relation) string {
	return fmt.Sprintf("%s %02d %s %s", r.From, typeOrder(r.Type), cmp.Or(r.ToFramework, s.framework.Code), r.To)
}

// categoryKey sorts a category by its path from the top; known keeps the keys
// worked out so far.
func (s *Snapshot) categoryKey(code string, known map[string]string) string {
	if key, ok := known[code]; ok {
		return key
	}
	c := s.category(code)
	prefix := ""
	if c.Parent != "" {
		prefix = s.categoryKey(c.Parent, known)
	}
	known[code] = prefix + positionKey(c.Position, code)
	return known[code]
}

func positionKey(position int, code string) string { return fmt.Sprintf("%07d %s\x00", position, code) }
