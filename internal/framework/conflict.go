package framework

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A FieldConflict is a field that edits would change and that others have changed
// otherwise since the revision the edits were made on.
type FieldConflict struct {
	Ref
	// Field is the path of the field, or empty for the entity as a whole: one side
	// has created, retired, restored or removed it, and the other changed it.
	Field string
	// Base, Theirs and Ours are the values at that revision, now, and with the
	// edits; nil for none, and for an entity as a whole.
	Base, Theirs, Ours *string
	// Since is what has become of the entity since that revision.
	Since Action
	// By is the last revision that changed the entity, or nil when none did but a
	// change request that is previewed before.
	By *Step
}

func (c FieldConflict) String() string {
	what := c.Describe()
	if c.Field != "" {
		what += ", " + c.Field + ","
	}
	if c.By == nil {
		return fmt.Sprintf("%s would be %s by a change request before it", what, strings.ToLower(string(c.Since)))
	}
	return fmt.Sprintf("%s has been %s since, last in revision %d", what, strings.ToLower(string(c.Since)), c.By.Seq)
}

// Conflicts compares edits that were made on base with what has happened between
// base and head. Edits that cannot be made on base conflict with nothing: what is
// wrong with them on the head is for [World.Edit] to say.
func Conflicts(base, head *World, framework string, edits []Edit) []FieldConflict {
	changes, _ := base.Edit(framework, edits)
	var found []FieldConflict
	for _, c := range changes {
		was, is := base.entity(c.Ref), head.entity(c.Ref)
		theirs := changedFacts(was, is)
		if len(theirs) == 0 {
			continue
		}
		conflict := FieldConflict{Ref: c.Ref, Since: Change{c.Ref, is}.action(was != nil), By: head.lastTouch(c.Ref, base.seq)}
		if is != nil && sameEntity(is, c.Entity) || is == nil && c.Entity == nil {
			continue // both have done the same
		}
		ours := changedFacts(was, c.Entity)
		if was == nil || is == nil || c.Entity == nil || theirs["status"] != ours["status"] {
			found = append(found, conflict)
			continue
		}
		before, theirValues, ourValues := values(was), values(is), values(c.Entity)
		for _, field := range slices.Sorted(maps.Keys(ours)) {
			if !theirs[field] || same(theirValues[field], ourValues[field]) {
				continue
			}
			conflict.Field = field
			conflict.Base, conflict.Theirs, conflict.Ours = before[field], theirValues[field], ourValues[field]
			found = append(found, conflict)
		}
	}
	return found
}

func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// values are the facts of an entity as people read them.
func values(e Entity) map[string]*string {
	all := map[string]*string{}
	if e != nil {
		e.facts(func(path, value string) { all[path] = readable(path, value, true) })
	}
	return all
}

// lastTouch is the last revision after another that changed an entity, or nil.
func (w *World) lastTouch(ref Ref, after int64) *Step {
	for seq := w.seq; seq > after; seq-- {
		if _, ok := w.Step(seq).touchOf(ref); ok {
			return w.Step(seq)
		}
	}
	return nil
}

// Describe names the entity for people: skill ITMG.
func (r Ref) Describe() string {
	if r.Kind == KindFramework {
		return "the framework"
	}
	return strings.ReplaceAll(string(r.Kind), "_", " ") + " " + r.Key
}
