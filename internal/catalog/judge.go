package catalog

import (
	"fmt"
	"slices"

	"skillatlas/internal/framework"
)

// judge works out what a request changes on the head, or why it is refused. Worlds
// of the past are asked for, with a needs, only where something the request is about
// has changed since.
func judge(head *framework.World, past worlds, act framework.Act, req Request) ([]framework.Change, error) {
	if req.BaseRevision > head.Seq() {
		return nil, invalid([]any{"baseRevision"}, "there is no revision %d; the newest is %d", req.BaseRevision, head.Seq())
	}
	now := head.Snapshot(req.Framework)
	if _, creates := req.creation(); now == nil && !creates {
		return nil, &framework.Error{
			Code: framework.NotFound, Message: fmt.Sprintf("there is no framework %q", req.Framework), Path: []any{"framework"},
		}
	}
	for _, seq := range head.Needs(req.Framework, req.Edits) {
		if past[seq] == nil {
			return nil, needs(seq)
		}
	}
	changes, problems := head.EditAs(act, req.Framework, req.Edits)
	moved := req.BaseRevision > 0 && now != nil &&
		max(now.Revision(), head.TrackerRevision(req.Framework)) > req.BaseRevision
	if moved && (len(problems) > 0 || len(touched(head, req.BaseRevision, changes)) > 0) {
		base := past[req.BaseRevision]
		if base == nil {
			return nil, needs(req.BaseRevision)
		}
		if found := clashes(base, head, act, req, changes, problems); len(found) > 0 {
			return nil, &Conflict{Base: base.Seq(), Head: head.Seq(), Clashes: found}
		}
	}
	if len(problems) > 0 {
		return nil, &Problems{problems}
	}
	return changes, nil
}

// clashes compares a request with what has happened between base and head.
//
// Edits that can be made on the head clash where they would change a field there
// that others have changed since base, even back to what it was: what matters is
// what would be overwritten. A field that others have set to the very same value
// is left as it is, and no clash. Edits that cannot be made on the head clash
// where they change, on base, a field that others have changed, or anything of an
// entity that others have removed; that tells the problems others have caused
// from those that were there before.
func clashes(base, head *framework.World, act framework.Act, req Request, changes []framework.Change, problems []framework.Problem) []Clash {
	on := head
	if len(problems) > 0 {
		on = base
		changes = nil
		if len(base.Needs(req.Framework, req.Edits)) == 0 {
			changes, _ = base.EditAs(act, req.Framework, req.Edits)
		}
	}
	var found []Clash
	last := touched(head, base.Seq(), changes)
	for _, c := range changes {
		step := last[c.Ref]
		if step == nil {
			continue
		}
		was, is := base.Entity(c.Ref), head.Entity(c.Ref)
		ours, theirs := fields(on, c), fields(base, framework.Change{Ref: c.Ref, Entity: is})
		since := framework.Updated
		switch {
		case was == nil:
			since = framework.Created
		case is == nil:
			since = framework.Removed
		}
		// Whatever changes what others have retired since, or retires what they
		// have changed, clashes as a whole.
		whole := since == framework.Removed || slices.Contains(theirs, "status") || slices.Contains(ours, "status")
		if !whole {
			ours = slices.DeleteFunc(ours, func(field string) bool { return !slices.Contains(theirs, field) })
		}
		if len(ours) > 0 && len(theirs) > 0 {
			found = append(found, Clash{Ref: c.Ref, Fields: ours, By: step, Since: since, Edit: -1, base: base.Seq()})
		}
	}
	return found
}

// touched returns, for those entities of changes that revisions after seq did
// something to, the last that did.
func touched(head *framework.World, seq int64, changes []framework.Change) map[framework.Ref]*framework.Step {
	last := map[framework.Ref]*framework.Step{}
	if len(changes) == 0 {
		return last
	}
	ours := make(map[framework.Ref]bool, len(changes))
	for _, c := range changes {
		ours[c.Ref] = true
	}
	for seq++; seq <= head.Seq(); seq++ {
		step := head.Step(seq)
		for _, t := range step.Touches {
			if ours[t.Ref] {
				last[t.Ref] = step
			}
		}
	}
	return last
}

// locate finds the edits that by themselves change what clashes: on the base
// revision, or on the head where they mean more. It costs about as much as
// working out the edits twice, and is no work for the holder of the writer lock.
func (c *Conflict) locate(act framework.Act, req Request, worlds ...*framework.World) {
	missing := map[framework.Ref]*Clash{}
	for i := range c.Clashes {
		missing[c.Clashes[i].Ref] = &c.Clashes[i]
	}
	for _, w := range worlds {
		for i := range req.Edits {
			if len(missing) == 0 {
				return
			}
			if len(w.Needs(req.Framework, req.Edits[i:i+1])) > 0 {
				continue
			}
			changes, _ := w.EditAs(act, req.Framework, req.Edits[i:i+1])
			for _, change := range changes {
				if clash := missing[change.Ref]; clash != nil {
					clash.Edit = i
					delete(missing, change.Ref)
				}
			}
		}
	}
}

// fields are the paths that a change changes in a world.
func fields(w *framework.World, c framework.Change) []string {
	return w.Differences([]framework.Change{c})[0].Fields
}
