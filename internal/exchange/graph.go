package exchange

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// A framework as a graph, for programs that draw and measure networks. Of its texts
// there are names and the notes of relations; levels and attributes are not in it.
//
// Nodes are skills, categories, roles and role groups, retired ones too, and the
// skills of other frameworks that skills are matched with, as external nodes. Edges
// are relations, requirements, what is in a category or role group, and the successors
// of categories and roles. Ids depend on kinds and codes alone, and no node has that
// of an edge.

// The kinds of nodes that are no entity of the framework, and those of edges.
const (
	graphExternal    = "external"
	graphRelation    = "relation"
	graphRequirement = "requirement"
	graphInCategory  = "in_category"
	graphInGroup     = "in_group"
	graphSuccessor   = "successor"
)

// A graphItem is a node, or with its ends an edge.
type graphItem struct {
	id       string
	from, to string
	data     []datum
}

// A datum is a property of something in a graph: a text, int, float64 or bool. Those
// that are zero are left out.
type datum struct {
	key   string
	value any
}

// graphKeys are the data that items can have, in the order in which they have them,
// each with a value of its type.
var (
	graphKeys = []datum{
		{"code", ""}, {"name", ""}, {"publisher", ""}, {"url", ""}, {"licence", ""}, {"attribution", ""},
	}
	nodeKeys = []datum{
		{"kind", ""}, {"framework", ""}, {"code", ""}, {"name", ""}, {"category", ""}, {"status", ""}, {"levels", ""}, {"seniority", 0},
	}
	edgeKeys = []datum{
		{"kind", ""}, {"type", ""}, {"symmetric", false}, {"note", ""}, {"level", 0}, {"importance", ""}, {"weight", 0.0},
	}
)

// data gives values to keys, in their order.
func data(keys []datum, values ...any) []datum {
	var list []datum
	for i, v := range values {
		if v != "" && v != 0 && v != 0.0 && v != false {
			list = append(list, datum{keys[i].key, v})
		}
	}
	return list
}

// get is the text of a datum, or "".
func (g *graphItem) get(key string) string {
	for _, d := range g.data {
		if d.key == key {
			return d.text()
		}
	}
	return ""
}

// text writes a value, numbers and truths as JSON and XML Schema both have them.
func (d datum) text() string {
	if s, ok := d.value.(string); ok {
		return s
	}
	b, _ := json.Marshal(d.value) // numbers are finite
	return string(b)
}

func graphData(f *framework.Framework) []datum {
	return data(graphKeys, f.Code, f.Name, f.Publisher, f.URL, f.Licence, f.Attribution)
}

// graphComment is what a reader of the file should know first, line by line.
func graphComment(f *framework.Framework) iter.Seq[string] {
	var lines []string
	for _, s := range []string{f.Name, f.Publisher, f.URL, f.Licence, f.Attribution} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.SplitSeq(strings.Join(lines, "\n"), "\n")
}

func nodeID(kind framework.Kind, code string) string { return string(kind) + ":" + code }

// externalID is the id of a skill of another framework. There are no colons in the
// codes of frameworks.
func externalID(r *framework.Relation) string {
	return graphExternal + ":" + r.ToFramework + ":" + r.To
}

// graphNodes yields the nodes of a framework by kind and code.
func graphNodes(s *framework.Snapshot) iter.Seq[*graphItem] {
	return func(yield func(*graphItem) bool) {
		node := func(kind framework.Kind, code, name, category string, status framework.Status, levels string, seniority int) bool {
			return yield(&graphItem{
				id:   nodeID(kind, code),
				data: data(nodeKeys, string(kind), "", code, name, category, string(status), levels, seniority),
			})
		}
		for e := range s.Categories() {
			if !node(framework.KindCategory, e.Code, e.Name, "", e.Status, "", 0) {
				return
			}
		}
		for e := range s.Skills() {
			if !node(framework.KindSkill, e.Code, e.Name, e.Category, e.Status, ordinals(e.Levels), 0) {
				return
			}
		}
		for e := range s.RoleGroups() {
			if !node(framework.KindRoleGroup, e.Code, e.Name, "", e.Status, "", 0) {
				return
			}
		}
		for e := range s.Roles() {
			if !node(framework.KindRole, e.Code, e.Name, "", e.Status, "", e.Seniority) {
				return
			}
		}
		for _, r := range externals(s) {
			if !yield(&graphItem{id: externalID(r), data: data(nodeKeys, graphExternal, r.ToFramework, r.To)}) {
				return
			}
		}
	}
}

// externals lists a relation with each skill of another framework, by framework and
// code.
func externals(s *framework.Snapshot) []*framework.Relation {
	var list []*framework.Relation
	for r := range s.Relations() {
		if r.ToFramework != "" {
			list = append(list, r)
		}
	}
	compare := func(a, b *framework.Relation) int {
		return cmp.Or(strings.Compare(a.ToFramework, b.ToFramework), strings.Compare(a.To, b.To))
	}
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b *framework.Relation) bool { return compare(a, b) == 0 })
}

// ordinals are those of levels, such as 2,3,5.
func ordinals(levels []framework.LevelText) string {
	var list []string
	for _, l := range levels {
		list = append(list, strconv.Itoa(l.Level))
	}
	return strings.Join(list, ",")
}

// graphEdges yields the edges of a framework, from the nodes in their order.
func graphEdges(s *framework.Snapshot) iter.Seq[*graphItem] {
	return func(yield func(*graphItem) bool) {
		within := func(edge string, kind framework.Kind, code string, container framework.Kind, in string) bool {
			from := nodeID(kind, code)
			return in == "" || yield(&graphItem{edge + ":" + from, from, nodeID(container, in), data(edgeKeys, edge)})
		}
		succeeded := func(kind framework.Kind, code string, successors []string) bool {
			for _, other := range successors {
				from := nodeID(kind, code)
				if !yield(&graphItem{graphSuccessor + ":" + from + " " + other, from, nodeID(kind, other), data(edgeKeys, graphSuccessor)}) {
					return false
				}
			}
			return true
		}
		for e := range s.Categories() {
			if !within(graphInCategory, framework.KindCategory, e.Code, framework.KindCategory, e.Parent) ||
				!succeeded(framework.KindCategory, e.Code, e.Successors) {
				return
			}
		}
		for e := range s.Skills() {
			if !within(graphInCategory, framework.KindSkill, e.Code, framework.KindCategory, e.Category) {
				return
			}
		}
		for r := range sortedRelations(s) {
			to := nodeID(framework.KindSkill, r.To)
			if r.ToFramework != "" {
				to = externalID(r)
			}
			if !yield(&graphItem{
				graphRelation + ":" + r.Key(), nodeID(framework.KindSkill, r.From), to,
				data(edgeKeys, graphRelation, string(r.Type), r.Type.Symmetric(), r.Note),
			}) {
				return
			}
		}
		for e := range s.RoleGroups() {
			if !within(graphInGroup, framework.KindRoleGroup, e.Code, framework.KindRoleGroup, e.Parent) {
				return
			}
		}
		for e := range s.Roles() {
			if !within(graphInGroup, framework.KindRole, e.Code, framework.KindRoleGroup, e.Group) ||
				!succeeded(framework.KindRole, e.Code, e.Successors) {
				return
			}
			for _, q := range e.Requirements {
				if !yield(&graphItem{
					graphRequirement + ":" + e.Code + " " + q.Skill, nodeID(framework.KindRole, e.Code), nodeID(framework.KindSkill, q.Skill),
					data(edgeKeys, graphRequirement, "", false, "", q.Level, string(q.Importance), q.Weight),
				}) {
					return
				}
			}
		}
	}
}
