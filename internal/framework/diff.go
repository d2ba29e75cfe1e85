package framework

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// An EntityDiff is what sets two versions of an entity apart.
type EntityDiff struct {
	Ref
	Action Action
	// OldName and NewName are the names before and after; empty where there is no
	// version, and for relations, which have none.
	OldName, NewName string
	// Fields are those that differ, in the order in which people read them. Of an
	// entity that is created or removed they are all that have a value.
	Fields []FieldDiff
}

// A FieldDiff is the values of a field before and after.
type FieldDiff struct {
	// Path names the field: name, levels.5, requirements.ITOP.
	Path string
	// Old and New are as people read them, and nil where there is no value: lists
	// have an element a line, a requirement is "level 5, essential, weight 0.5".
	Old, New *string
}

// DiffEntity compares two versions of an entity. Either may be nil.
func DiffEntity(ref Ref, before, after Entity) EntityDiff {
	d := EntityDiff{
		Ref: ref, Action: Change{Ref: ref, Entity: after}.action(before != nil),
		OldName: NameOf(before), NewName: NameOf(after),
	}
	was := factsOf(before)
	for path, now := range factsOf(after) {
		old, had := was[path]
		if !had || old != now {
			d.Fields = append(d.Fields, FieldDiff{path, readable(path, old, had), readable(path, now, true)})
		}
		delete(was, path)
	}
	for path, old := range was {
		d.Fields = append(d.Fields, FieldDiff{path, readable(path, old, true), nil})
	}
	slices.SortFunc(d.Fields, func(a, b FieldDiff) int { return comparePaths(a.Path, b.Path) })
	return d
}

// DiffChanges tells what changes would do to w, old and new values included.
// Changes that leave an entity as it is have a diff without fields.
func (w *World) DiffChanges(changes []Change) []EntityDiff {
	diffs := make([]EntityDiff, len(changes))
	for i, c := range changes {
		diffs[i] = DiffEntity(c.Ref, w.entity(c.Ref), c.Entity)
	}
	return diffs
}

func factsOf(e Entity) map[string]string {
	facts := map[string]string{}
	if e != nil {
		e.facts(func(path, value string) { facts[path] = value })
	}
	return facts
}

// NameOf is the name of an entity of the content, empty for a relation or nil.
func NameOf(e Entity) string {
	switch e := e.(type) {
	case *Framework:
		return e.Name
	case *Level:
		return e.Name
	case *Attribute:
		return e.Name
	case *Category:
		return e.Name
	case *Skill:
		return e.Name
	case *RoleGroup:
		return e.Name
	case *Role:
		return e.Name
	}
	return ""
}

// The lists whose elements are fields of their own, by level or by skill.
const (
	levelsField       = "levels"
	requirementsField = "requirements"
)

// readable is the value of a fact as people read it, or nil when there is none.
func readable(path, value string, has bool) *string {
	if !has {
		return nil
	}
	switch list, _, _ := strings.Cut(path, "."); list {
	case levelsField:
		value = strings.TrimPrefix(value, "=")
	case requirementsField:
		value = readableRequirement(value)
	}
	return &value
}

func readableRequirement(fact string) string {
	part := strings.SplitN(fact, " ", 3)
	text := "any level"
	if part[0] != "0" {
		text = "level " + part[0]
	}
	text += ", " + strings.ToLower(part[1])
	if part[2] != "0" {
		text += ", weight " + part[2]
	}
	return text
}

// fieldOrder is the order in which people read the fields of an entity of any kind
// of the content; elements of lists come last, by level or skill.
var fieldOrder = func() map[string]int {
	order := map[string]int{}
	for i, field := range []string{
		"code", "ordinal", "from", "name", "type", "toFramework", "to", "kind", "description", "essence", "guidance", "synonyms", "note",
		"publisher", "url", "licence", "attribution", "locale", "skillCodePattern", "skillCodeHint",
		"category", "group", "parent", "position", "seniority", "status", "archived",
		"showsRelease", "hidesHead", "successors",
		levelsField, requirementsField,
	} {
		order[field] = i
	}
	return order
}()

// fieldRank is where a field stands in fieldOrder, or after all of it.
func fieldRank(field string) int {
	if i, ok := fieldOrder[field]; ok {
		return i
	}
	return len(fieldOrder)
}

func comparePaths(a, b string) int {
	aField, aKey, _ := strings.Cut(a, ".")
	bField, bKey, _ := strings.Cut(b, ".")
	if aField == bField && aField == levelsField {
		aLevel, _ := strconv.Atoi(aKey)
		bLevel, _ := strconv.Atoi(bKey)
		return aLevel - bLevel
	}
	return cmp.Or(cmp.Compare(fieldRank(aField), fieldRank(bField)), strings.Compare(a, b))
}
