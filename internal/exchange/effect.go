package exchange

import (
	"cmp"
	"slices"

	"skillatlas/internal/framework"
)

// An Effect is what a plan does to an entity.
type Effect struct {
	framework.Difference
	// Name is the entity's name with the plan, or the last it had when it is removed,
	// and NameBefore another that it has until then. Relations have none.
	Name, NameBefore string
}

// Effects tells what a plan does to the world it was made for, in the order in which
// people read it: what is renamed, what else is changed, what is new, what goes.
func (plan *Plan) Effects(w *framework.World) []Effect {
	diffs := w.Differences(plan.Changes)
	list := make([]Effect, len(diffs))
	for i, d := range diffs {
		before, after := framework.NameOf(w.Entity(d.Ref)), framework.NameOf(plan.Changes[i].Entity)
		list[i] = Effect{Difference: d, Name: after}
		switch {
		case d.Action == framework.Removed:
			list[i].Name = before
		case d.Action == framework.Updated && before != after:
			list[i].NameBefore = before
		}
	}
	slices.SortStableFunc(list, func(a, b Effect) int { return cmp.Compare(a.rank(), b.rank()) })
	return list
}

func (e Effect) rank() int {
	switch {
	case e.NameBefore != "":
		return 0
	case e.Action == framework.Updated:
		return 1
	case e.Action == framework.Created:
		return 2
	}
	return 3
}

// Totals is how many entities a plan creates, updates and removes, and how many of
// those it updates get another name.
type Totals struct{ Created, Updated, Renamed, Removed int }

// Tally counts effects.
func Tally(effects []Effect) (t Totals) {
	for _, e := range effects {
		switch e.Action {
		case framework.Created:
			t.Created++
		case framework.Updated:
			t.Updated++
		case framework.Removed:
			t.Removed++
		}
		if e.NameBefore != "" {
			t.Renamed++
		}
	}
	return t
}
