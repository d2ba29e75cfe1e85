package framework

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Snapshot is the framework as its viewer may see it: without relations with
// frameworks that they may not see.
func (f *FrameworkView) Snapshot() *Snapshot {
	hidden := map[string]bool{}
	for _, code := range f.world.codes() {
		if !f.sees(code) {
			hidden[code] = true
		}
	}
	if len(hidden) == 0 {
		return f.s
	}
	gone := map[Ref]Change{}
	for _, n := range f.s.skills.items {
		for _, e := range n.edges {
			if hidden[e.framework] {
				ref := Ref{KindRelation, e.owner, e.relation.Key()}
				gone[ref] = Change{Ref: ref}
			}
		}
	}
	if len(gone) == 0 {
		return f.s
	}
	return f.s.apply(f.Code(), slices.Collect(maps.Values(gone)), passage{})
}

// Identity names what the framework states in Snapshot: as long as it is the same, so
// is that, whoever reads it, in whichever revision and in any copy of the store.
func (f *FrameworkView) Identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", f.Code(), f.world.step(f.s.Revision()).ID)
	for _, number := range f.previewed {
		fmt.Fprintf(&b, " #%d/%d", number, f.tracker().request(number).Proposal)
	}
	// Rather than those that may not be seen: the identity must not confirm a guess.
	seen := map[string]bool{}
	for r := range f.s.Relations() {
		if r.ToFramework == "" {
			continue
		}
		if _, known := seen[r.ToFramework]; !known {
			seen[r.ToFramework] = f.sees(r.ToFramework)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		if seen[code] {
			b.WriteString(" " + code)
		}
	}
	return b.String()
}

// ContentTime is when the content revision was made.
func (f *FrameworkView) ContentTime() time.Time { return f.world.step(f.s.Revision()).Time }
