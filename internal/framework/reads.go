package framework

import (
	"sync"
	"sync/atomic"
)

// Reads are what an answer was made of, so that it can be told whether it would be the
// same at a later head. Views note in them what they read that a later revision can
// change, and who their viewer is where more counts than what they may do, see [Actor.May],
// and whether they have an ID. What is so for good, as it is of one revision, is not noted;
// where it would take long to tell, the whole head is. A nil *Reads notes nothing. Reads
// are safe for concurrent use.
type Reads struct {
	// seq is the head that is read, and the others are as it has them.
	seq, redacted, people int64
	codes                 int

	asked atomic.Uint32
	// list only grows, so that whoever has a shorter one may go on reading it.
	list atomic.Pointer[[]read]
	mu   sync.Mutex // held while the list grows
}

// The parts of a head that are noted once.
const (
	askedHead   uint32 = 1 << iota // anything at all
	askedCodes                     // which frameworks there are
	askedPeople                    // the people named by trackers
	askedMuch                      // more than can be noted
)

// A part is something of a framework, or of a viewer, that an answer can be made of.
type part uint8

const (
	// partContent is all of a snapshot: what the framework states and what others state of
	// its skills. Its settings are the framework itself, and whether there is one.
	partContent part = iota
	partSettings
	// partTracker is all of a tracker, and partReleases its releases only.
	partTracker
	partReleases
	partName  // what someone is called
	partActor // who asks
)

// A read is a part with what it was like: a framework's by the revision that changed it
// last, 0 when there is none.
type read struct {
	part part
	key  string // the code of the framework, or the id of who is named
	seq  int64
	text string
}

// maxReads bounds what is noted, since to look at it all is to be quick.
const maxReads = 256

// NewReads are the reads of an answer that is made of a head.
func NewReads(head *World) *Reads {
	return &Reads{seq: head.seq, redacted: head.redacted, people: head.people, codes: len(head.frameworks.keys)}
}

// NoteHead notes that an answer depends on which head was read.
func (r *Reads) NoteHead() { r.ask(askedHead) }

func (r *Reads) ask(what uint32) {
	if r != nil && r.asked.Load()&what == 0 {
		r.asked.Or(what)
	}
}

// has reports whether something is noted already.
func (r *Reads) has(p part, key string) bool {
	list := r.list.Load()
	if list == nil {
		return false
	}
	for i := range *list {
		if n := &(*list)[i]; n.part == p && n.key == key {
			return true
		}
	}
	return false
}

// of notes a part of a framework as a world has it, which is that of the reads or one
// made of it.
func (r *Reads) of(w *World, p part, framework string) {
	if r != nil && r.asked.Load()&askedHead == 0 && !r.has(p, framework) {
		r.add(read{part: p, key: framework, seq: w.last(p, framework)})
	}
}

// name notes what someone is called.
func (r *Reads) name(id, name string) {
	if r != nil && !r.has(partName, id) {
		r.add(read{part: partName, key: id, text: name})
	}
}

// actor notes who asks.
func (r *Reads) actor(id string) {
	if r != nil && !r.has(partActor, "") {
		r.add(read{part: partActor, text: id})
	}
}

func (r *Reads) add(n read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []read
	if p := r.list.Load(); p != nil {
		list = *p
	}
	if len(list) == maxReads {
		if n.part == partName || n.part == partActor {
			r.ask(askedMuch)
		} else {
			r.ask(askedHead) // which tells of all frameworks
		}
		return
	}
	if !r.has(n.part, n.key) {
		list = append(list, n)
		r.list.Store(&list)
	}
}

// Hold reports whether the answer, once it is made, would be the same at a head of the same
// history, for an actor who may do the same: names and actor are those of now. An earlier
// head never does. It takes far less than a microsecond, and nothing from the heap.
func (r *Reads) Hold(head *World, names func(id string) string, actor string) bool {
	asked := r.asked.Load()
	moved := head.seq != r.seq
	switch {
	case asked&askedMuch != 0 || head.seq < r.seq:
		return false
	case !moved:
	case asked&askedHead != 0 || head.redacted != r.redacted,
		asked&askedCodes != 0 && len(head.frameworks.keys) != r.codes, // there never are fewer
		asked&askedPeople != 0 && head.people != r.people:
		return false
	}
	list := r.list.Load()
	if list == nil {
		return true
	}
	for i := range *list {
		switch n := &(*list)[i]; n.part {
		case partName:
			if names(n.key) != n.text {
				return false
			}
		case partActor:
			if actor != n.text {
				return false
			}
		default:
			if moved && head.last(n.part, n.key) != n.seq {
				return false
			}
		}
	}
	return true
}

// Personal reports whether the answer depends on who asks, rather than on what they may
// do only.
func (r *Reads) Personal() bool { return r.has(partActor, "") }

// last is the last revision that changed a part of a framework, 0 for none.
func (w *World) last(p part, framework string) int64 {
	switch p {
	case partTracker:
		return w.TrackerRevision(framework)
	case partReleases:
		return w.tracker(framework).released
	}
	s, ok := w.frameworks.get(framework)
	switch {
	case !ok:
		return 0
	case p == partSettings:
		return s.settled
	}
	return s.changed
}

// A reading is a world as views read it: what a later head may have otherwise is noted.
type reading struct {
	// fixed is the world itself. It is asked only for what no later revision changes, such
	// as the step of a revision that it is known to have.
	fixed *World
	reads *Reads // nil for what is of the past, whatever the head
}

// reading is a world as it is read for the viewer.
func (v *Viewer) reading(w *World) reading {
	if v.Head != nil && w.seq < v.Head.seq {
		return reading{w, nil}
	}
	return reading{w, v.Reads}
}

// whole is the world, of which anything may be asked.
func (r reading) whole() *World {
	r.reads.NoteHead()
	return r.fixed
}

// seq is the last revision of the world.
func (r reading) seq() int64 { return r.whole().seq }

// step is a revision, or nil when the world has no such one.
func (r reading) step(seq int64) *Step {
	if seq > r.fixed.seq {
		r.reads.NoteHead()
	}
	return r.fixed.Step(seq)
}

// codes lists the codes of all frameworks.
func (r reading) codes() []string {
	r.reads.ask(askedCodes)
	return r.fixed.frameworks.keys
}

// snapshot is the content of a framework, or nil.
func (r reading) snapshot(code string) *Snapshot {
	r.reads.of(r.fixed, partContent, code)
	return r.fixed.Snapshot(code)
}

// settings are those of a framework, or nil when there is no such one.
func (r reading) settings(code string) *Framework {
	r.reads.of(r.fixed, partSettings, code)
	if s, ok := r.fixed.frameworks.get(code); ok {
		return s.framework
	}
	return nil
}

func (r reading) tracker(framework string) *tracker {
	r.reads.of(r.fixed, partTracker, framework)
	return r.fixed.tracker(framework)
}

// release is a release of a framework by its code, or nil.
func (r reading) release(framework, code string) *releaseNode {
	r.reads.of(r.fixed, partReleases, framework)
	n, _ := r.fixed.tracker(framework).releases.get(code)
	return n
}

// releases lists those of a framework by their sortKey.
func (r reading) releases(framework string) []*releaseNode {
	r.reads.of(r.fixed, partReleases, framework)
	return r.fixed.tracker(framework).releaseOrder()
}

// releasesOf lists the releases that name the state that a content revision made, the
// oldest first. Content that is newer than it changes nothing of that, since the releases
// there are name no revision that is newer.
func (r reading) releasesOf(framework string, content int64) []*releaseNode {
	r.reads.of(r.fixed, partReleases, framework)
	return r.fixed.releasesOf(framework, content)
}

// contentAt is the last revision up to seq that changed what a framework states, 0 for
// none.
func (r reading) contentAt(framework string, seq int64) int64 {
	if seq > r.fixed.seq {
		r.reads.NoteHead()
	}
	return r.fixed.contentAt(framework, seq)
}

// person is someone without an account, or whose name was redacted, by what any tracker
// says of them, or nil.
func (r reading) person(id string) *Person {
	r.reads.ask(askedPeople)
	var person *Person
	for _, t := range r.fixed.trackers.items {
		if p, ok := t.people.get(id); ok {
			person = p
		}
	}
	return person
}
