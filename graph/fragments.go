package graph

import (
	"sync"
	"sync/atomic"

	"skillatlas/internal/framework"
)

// A part is some fields of a selection, one after the other: those that depend on the
// place of the object alone, or those that do not.
type part struct {
	fields []selected
	// kept are what the fields were written as, for the former.
	kept *fragments
}

// fragments keep what a part was written as by where the object stands. They are safe for
// concurrent use.
type fragments struct {
	era atomic.Int64 // of the room
	by  atomic.Pointer[sync.Map]
}

// A fragment is what a part was written as, and what it counts for the bounds on an
// answer.
type fragment struct {
	changed      int64
	json         string
	fields, text int
}

// A room bounds the bytes of all fragments. When it is full they are all dropped.
type room struct {
	most      int64
	held, era atomic.Int64
}

const (
	// maxFragments bounds the bytes of all fragments, and aroundFragment is what one takes
	// besides its text, about.
	maxFragments   = 24 << 20
	aroundFragment = 160
	// maxFragment is how long a fragment may be.
	maxFragment = 16 << 10
)

// reuse writes a part as it was written before, and reports whether it was.
func (x *execution) reuse(kept *fragments, at framework.Place) bool {
	by := kept.by.Load()
	if by == nil || at.Of == nil {
		return false
	}
	found, ok := by.Load(at.Of)
	if !ok {
		return false
	}
	f := found.(*fragment)
	if f.changed != at.Changed {
		return false
	}
	x.count(f.text)
	x.add(f.fields)
	x.out = append(x.out, f.json...)
	return true
}

// A mark is where an answer was before a part of it was written.
type mark struct{ out, fields, text int }

func (x *execution) mark() mark { return mark{len(x.out), x.fields, x.text} }

// keep keeps what a part was written as since a mark.
func (x *execution) keep(kept *fragments, at framework.Place, from mark) {
	json := x.out[from.out:]
	r := x.room
	if r == nil || at.Of == nil || x.over != nil || len(json) > maxFragment {
		return
	}
	if size := int64(len(json) + aroundFragment); r.held.Add(size) > r.most {
		r.held.Store(size)
		r.era.Add(1)
	}
	era := r.era.Load()
	if kept.by.Load() == nil || kept.era.Load() != era {
		kept.by.Store(&sync.Map{})
		kept.era.Store(era)
	}
	kept.by.Load().Store(at.Of, &fragment{at.Changed, string(json), x.fields - from.fields, x.text - from.text})
}
