package framework

import (
	"fmt"
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
	case c.Field == "" && c.Since == Created:
		return []Keep{KeepTheirs} // a code is not given twice
	case c.Field == "" || c.Ours == nil || c.Theirs == nil && c.Base == nil:
		return []Keep{KeepOurs, KeepTheirs}
	case !isText(c.Field):
		return []Keep{KeepOurs, KeepTheirs}
	}
	return []Keep{KeepOurs, KeepTheirs, KeepValue}
}

// isText reports whether the field of a path holds a text of its own.
func isText(path string) bool {
	if strings.HasPrefix(path, "levels.") {
		return true
	}
	switch path {
	case "name", "description", "guidance", "essence", "url", "note", "publisher", "licence", "attribution", "kind", "type":
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
	before := len(d.problems)
	chosen := newChoices(e.Choices)
	edits := slices.Clone(p.Edits)
	if d.world.moved(d.code, p.Base) {
		for _, c := range Conflicts(d.past(p.Base), d.world, d.code, p.Edits) {
			choice, ok := chosen.find(c.Ref, c.Field)
			if !ok || !slices.Contains(c.Settle(), choice.Keep) {
				d.unsettled(c, c.Settle())
				continue
			}
			edits = settled(edits, c, choice)
		}
	}
	d.checkUsed(chosen)
	if len(d.problems) > before {
		return
	}
	if len(edits) == 0 {
		d.problem("choices", "nothing is left of the proposal; withdraw or decline the change request")
		return
	}
	d.propose(r, d.world.seq, p.Note, edits)
	d.put(r)
}

// settled returns edits of which a conflict is settled.
func settled(edits []Edit, c FieldConflict, choice Choice) []Edit {
	var left []Edit
	for _, e := range edits {
		keep := true
		switch choice.Keep {
		case KeepTheirs:
			if c.Field != "" {
				e, keep = Omit(e, c.Ref, c.Field)
			} else {
				keep = !slices.Contains(changedBy(c.Framework, e), c.Ref)
			}
		case KeepValue:
			if with, ok := WithText(e, c.Ref, c.Field, choice.Value); ok {
				e = with
			}
		}
		if keep {
			left = append(left, e)
		}
	}
	return left
}
