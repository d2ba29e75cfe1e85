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

	// from and ours are the entity without and with the edits, where they are made.
	from, ours Entity
	// lost says that there is no way to make the edits, but to leave this out.
	lost bool
}

// where names what the conflict is about.
func (c FieldConflict) where() string {
	if c.Field == "" {
		return c.Describe()
	}
	return c.Describe() + ", " + c.Field + ","
}

func (c FieldConflict) String() string {
	what := c.where()
	if c.By == nil {
		return fmt.Sprintf("%s would be %s by a change request before it", what, strings.ToLower(string(c.Since)))
	}
	return fmt.Sprintf("%s has been %s since, last in revision %d", what, strings.ToLower(string(c.Since)), c.By.Seq)
}

// Conflicts compares edits that were made on base with what has happened between
// base and head: they conflict where they would overwrite what others have done
// since, even with what it was before. What both have done is no conflict. Where the
// edits cannot be made on the head, what they do on base tells; where they can be
// made on neither, it is for [World.Edit] to say what is wrong with them.
func Conflicts(base, head *World, framework string, edits []Edit) []FieldConflict {
	onBase, _ := base.Edit(framework, edits)
	onHead, problems := head.Edit(framework, edits)
	before, after := map[Ref]Entity{}, map[Ref]Entity{}
	for _, c := range onBase {
		before[c.Ref] = c.Entity
	}
	for _, c := range onHead {
		after[c.Ref] = c.Entity
	}
	possible := len(problems) == 0
	refs := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.SortFunc(refs, Ref.compare)

	var found []FieldConflict
	for _, ref := range slices.Compact(refs) {
		was, is := base.entity(ref), head.entity(ref)
		theirs := changedFacts(was, is)
		if len(theirs) == 0 {
			continue
		}
		from, ours := was, was
		if e, changes := before[ref]; changes {
			ours = e
		}
		restatus := changedFacts(was, ours)["status"]
		if possible {
			from, ours = is, is
			if e, changes := after[ref]; changes {
				ours = e
			}
		}
		if sameEntity(is, ours) {
			continue
		}
		conflict := FieldConflict{Ref: ref, Since: Change{Ref: ref, Entity: is}.action(was != nil), By: head.lastTouch(ref, base.seq), from: from, ours: ours}
		// Of a level both may define parts, and one may define it again.
		conflict.lost = !possible && ref.Kind != KindLevel && (was == nil || is == nil)
		if conflict.lost || is == nil || ours == nil || theirs["status"] != restatus {
			found = append(found, conflict)
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(changedFacts(from, ours))) {
			if theirs[field] && !sameFact(factsOf(is), factsOf(ours), field) {
				found = append(found, conflict.at(field, was, is, ours))
			}
		}
	}
	return found
}

// at is the conflict in one field.
func (c FieldConflict) at(field string, base, theirs, ours Entity) FieldConflict {
	value := func(e Entity) *string {
		fact, has := factsOf(e)[field]
		return readable(field, fact, has)
	}
	c.Field, c.Base, c.Theirs, c.Ours = field, value(base), value(theirs), value(ours)
	return c
}

func sameFact(a, b map[string]string, path string) bool {
	x, inA := a[path]
	y, inB := b[path]
	return inA == inB && x == y
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
