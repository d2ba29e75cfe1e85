package framework

import (
	"slices"
	"sync"
	"sync/atomic"
)

// workings are what is worked out from a snapshot to answer questions about careers, each
// when it is first asked for. At most keptWorkings of a framework are kept, since they take
// more memory than the snapshots do that share what did not change.
type workings struct {
	of      *Snapshot
	used    atomic.Bool // since others had to make room
	kinship func() *kinship
	demand  func() *demand
	careers func() *careers
	links   func() *linkTable
}

const keptWorkings = 3

func newWorkings(s *Snapshot) *workings {
	w := &workings{of: s}
	w.kinship = sync.OnceValue(func() *kinship { return newKinship(s) })
	w.demand = sync.OnceValue(func() *demand { return newDemand(s) })
	w.careers = sync.OnceValue(func() *careers { return newCareers(s, w.kinship) })
	w.links = sync.OnceValue(func() *linkTable { return newLinkTable(s, w.kinship()) })
	return w
}

// A shelf keeps the workings of the snapshots of a framework. It is safe for concurrent
// use.
type shelf struct {
	mu   sync.Mutex
	kept []*workings // the one that is the next to make room comes first
}

// workings are those of the snapshot.
func (s *Snapshot) workings() *workings {
	if s.shelf == nil {
		return newWorkings(s) // of nothing
	}
	if w := s.worked.Load(); w != nil {
		if !w.used.Load() {
			w.used.Store(true)
		}
		return w
	}
	return s.shelf.put(s)
}

// workings are those of the view's snapshot, the same for all that is asked of it.
func (f *FrameworkView) workings() *workings {
	if w := f.worked.Load(); w != nil && w.of == f.s {
		return w
	}
	w := f.s.workings()
	f.worked.Store(w)
	return w
}

// put makes the workings of a snapshot. Of those kept, one makes room that was not used
// since the last one did, or else the oldest.
func (h *shelf) put(s *Snapshot) *workings {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := s.worked.Load(); w != nil {
		return w
	}
	if len(h.kept) == keptWorkings {
		for range keptWorkings {
			if !h.kept[0].used.Swap(false) {
				break
			}
			h.kept = append(h.kept[1:], h.kept[0])
		}
		h.kept[0].of.worked.Store(nil)
		h.kept = slices.Delete(h.kept, 0, 1)
	}
	w := newWorkings(s)
	h.kept = append(h.kept, w)
	s.worked.Store(w)
	return w
}
