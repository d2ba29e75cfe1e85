package framework

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Keep says which side of a conflict holds.
type Keep string

// The sides of a conflict.
const (
	KeepOurs   Keep = "OURS"   // what the edits, or the revert, would do
	KeepTheirs Keep = "THEIRS" // what others have done since
	KeepValue  Keep = "VALUE"  // another text
)

// A Choice settles a conflict.
type Choice struct {
	Kind Kind
	Key  string
	// Field is empty where the conflict is about the entity as a whole.
	Field string
	Keep  Keep
	// Value is the text that KeepValue gives the field.
	Value string
}

// Settle lists the choices that a conflict of a proposal leaves.
func (c FieldConflict) Settle() []Keep {
	switch {
	case c.lost:
		return []Keep{KeepTheirs} // a code is not given twice, what is gone cannot be changed
	case c.Field == "" || c.Ours == nil && strings.HasPrefix(c.Field, levelsField) || !isText(c.Field):
		return []Keep{KeepOurs, KeepTheirs}
	}
	return []Keep{KeepOurs, KeepTheirs, KeepValue}
}

// isText reports whether the field of a path holds a text of its own.
func isText(path string) bool {
	if strings.HasPrefix(path, levelsField+".") {
		return true
	}
	switch path {
	case "name", "description", "guidance", "essence", "url", "note", "publisher", "licence", "attribution", "kind", "type",
		"locale", "skillCodePattern", "skillCodeHint":
		return true
	}
	return false
}

// choices are those of a request, each of which must settle a conflict there is.
type choices struct {
	list []Choice
	used []bool
}

func (c *choices) find(ref Ref, field string) (Choice, bool) {
	i := slices.IndexFunc(c.list, func(x Choice) bool { return x.Kind == ref.Kind && x.Key == ref.Key && x.Field == field })
	if i < 0 {
		return Choice{}, false
	}
	c.used[i] = true
	return c.list[i], true
}

func newChoices(list []Choice) *choices { return &choices{list, make([]bool, len(list))} }

// checkUsed reports the choices that settle nothing.
func (d *draft) checkUsed(c *choices) {
	for i, used := range c.used {
		if !used {
			x := c.list[i]
			d.problem(fmt.Sprintf("choices.%d", i), "there is no conflict about %s, field %q", Ref{x.Kind, d.code, x.Key}.Describe(), x.Field)
		}
	}
}

// unsettled refuses a conflict for which there is no choice.
func (d *draft) unsettled(c FieldConflict, keep []Keep) {
	if len(keep) == 1 {
		why := "a code is given once"
		if c.Since == Removed {
			why = "what is gone cannot be changed"
		}
		d.refuse(Conflict, "choices", "%s; choose %s for it: %s", c, keep[0], why)
		return
	}
	names := make([]string, len(keep))
	for i, k := range keep {
		names[i] = string(k)
	}
	d.refuse(Conflict, "choices", "%s; choose %s for it", c, strings.Join(names, " or "))
}

// RebaseProposal gives a change request a proposal on the newest revision: the
// edits it has, with each conflict settled by a choice.
type RebaseProposal struct {
	Number  int
	Choices []Choice
}

func (RebaseProposal) deed() Deed { return DeedContribute }

func (e RebaseProposal) needs(w *World, framework string) []int64 {
	return ApplyRequest{Number: e.Number}.needs(w, framework)
}

func (e RebaseProposal) apply(d *draft) {
	r := d.ownRequest("number", e.Number)
	if r == nil || !d.mayPropose(r) {
		return
	}
	p := d.proposal(partKey(r.Number, r.Proposal))
	if p == nil {
		d.problem("number", "change request #%d has no edits to rebase; propose some", r.Number)
		return
	}
	edits := p.Edits
	if d.world.moved(d.code, p.Base) {
		if edits = d.settle(d.past(p.Base), p.Edits, e.Choices); edits == nil {
			return
		}
	} else {
		d.checkUsed(newChoices(e.Choices))
	}
	d.propose(r, d.world.seq, p.Note, edits)
	d.put(r)
}

// settle returns edits that were made on base for the head, with their conflicts
// settled by choices: theirs and ours are what they were chosen to be, and nothing
// else that others have done is overwritten. It is nil after a problem.
func (d *draft) settle(base *World, edits []Edit, list []Choice) []Edit {
	before := len(d.problems)
	chosen := newChoices(list)
	kept := map[place]settled{} // ours, or a text
	left := map[place]bool{}    // theirs
	// To leave something out can bring out more: edits that can be made on the head
	// then, and overwrite what they did not on base.
	for settling := true; settling; {
		settling = false
		for _, c := range Conflicts(base, d.world, d.code, edits) {
			at := place{c.Ref, c.Field}
			if k, ok := kept[at]; ok {
				kept[at] = settled{c, k.choice}
				continue
			}
			choice, ok := chosen.find(c.Ref, c.Field)
			if !ok || !slices.Contains(c.Settle(), choice.Keep) {
				d.unsettled(c, c.Settle())
				continue
			}
			settling = true
			switch {
			case choice.Keep != KeepTheirs:
				kept[at] = settled{c, choice}
				if choice.Keep == KeepValue {
					edits, _ = withText(edits, c, choice.Value)
				}
			case left[at]: // it is a side effect of some edit
				edits = withoutEffect(base, d.world, d.code, edits, c)
			default:
				left[at] = true
				edits = without(edits, c)
			}
		}
		if len(d.problems) > before {
			settling = false
		}
	}
	if len(d.problems) == before { // more may come out once these are settled
		d.checkUsed(chosen)
	}
	if len(d.problems) > before {
		return nil
	}
	if len(edits) == 0 {
		d.problem("choices", "nothing is left of the proposal; withdraw or decline the change request")
		return nil
	}
	d.checkSettled(edits, kept)
	if len(d.problems) > before {
		return nil
	}
	return edits
}

// checkSettled checks that edits can be made on the head, and do what was kept.
func (d *draft) checkSettled(edits []Edit, kept map[place]settled) {
	changes, problems := d.world.Edit(d.code, edits)
	for _, p := range problems {
		at := EditName(edits[p.Edit])
		if p.Field != "" {
			at += "." + p.Field
		}
		d.problem("choices", "%s, in the proposal, cannot be made now: %s; choose otherwise, or propose other edits", at, p.Message)
	}
	if len(problems) > 0 {
		return
	}
	now := map[Ref]Entity{}
	for _, c := range changes {
		now[c.Ref] = c.Entity
	}
	for _, at := range slices.SortedFunc(maps.Keys(kept), place.compare) {
		e, changed := now[at.ref]
		if !changed {
			e = d.world.entity(at.ref)
		}
		if k := kept[at]; !k.holds(e, edits) {
			d.problem("choices", "%s cannot be %s: what would make it so is left out for THEIRS elsewhere; choose THEIRS here too, or OURS there",
				k.conflict.where(), k.choice.Keep)
		}
	}
}

// A place is what a conflict is about.
type place struct {
	ref   Ref
	field string
}

func (p place) compare(o place) int {
	return cmp.Or(p.ref.compare(o.ref), cmp.Compare(p.field, o.field))
}

// settled is a conflict in which theirs was not chosen.
type settled struct {
	conflict FieldConflict
	choice   Choice
}

// holds reports whether edits, which make an entity what it is, do as was chosen.
func (s settled) holds(e Entity, edits []Edit) bool {
	c := s.conflict
	switch {
	case s.choice.Keep == KeepValue:
		_, ok := withText(edits, c, s.choice.Value)
		return ok
	case c.Field != "":
		return sameFact(factsOf(e), factsOf(c.ours), c.Field)
	case e == nil || c.ours == nil:
		return sameEntity(e, c.ours)
	}
	for field := range changedFacts(c.from, c.ours) {
		if !sameFact(factsOf(e), factsOf(c.ours), field) {
			return false
		}
	}
	return true
}

// without returns edits less what they say that they do to what is in conflict.
func without(edits []Edit, c FieldConflict) []Edit {
	var left []Edit
	for _, e := range edits {
		keep := true
		if c.Field != "" {
			e, keep = Omit(e, c.Ref, c.Field)
		} else {
			keep = !slices.Contains(changedBy(c.Framework, e), c.Ref)
		}
		if keep {
			left = append(left, e)
		}
	}
	return left
}

// withoutEffect returns edits less those that change what is in conflict, on base or
// on the head, without saying so, as merges do.
func withoutEffect(base, head *World, framework string, edits []Edit, c FieldConflict) []Edit {
	effective := make([]bool, len(edits))
	for _, w := range []*World{base, head} {
		if w.Snapshot(framework) == nil {
			continue
		}
		d := newDraft(w, framework)
		for i, e := range edits {
			before := d.entityNow(c.Ref)
			e.apply(d)
			changed := changedFacts(before, d.entityNow(c.Ref))
			effective[i] = effective[i] || len(changed) > 0 && (c.Field == "" || changed[c.Field])
		}
	}
	var left []Edit
	for i, e := range edits {
		if !effective[i] {
			left = append(left, e)
		}
	}
	return left
}

// withText returns edits that give a field another text where they set it, if any does.
func withText(edits []Edit, c FieldConflict, text string) ([]Edit, bool) {
	edits = slices.Clone(edits)
	any := false
	for i, e := range edits {
		with, ok := WithText(e, c.Ref, c.Field, text)
		if ok {
			edits[i], any = with, true
		}
	}
	return edits, any
}
