package framework

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A World is every framework at one revision, with its tracker, and the history
// that led there. It is immutable. The zero World is the one before the first
// revision.
type World struct {
	seq        int64
	frameworks table[*Snapshot]
	trackers   table[*tracker]
	history    series[*Step]

	// people and redacted are the last revisions that changed someone whom a tracker
	// names, and that had something whose text was taken away.
	people, redacted int64
}

// Action says what a revision did to an entity.
type Action string

// The actions.
const (
	Created Action = "CREATED"
	Updated Action = "UPDATED"
	Removed Action = "REMOVED"
)

// A Touch is what a revision did to one entity.
type Touch struct {
	Ref
	Action Action
}

// A Step is what a world keeps of one of its revisions: all but the versions.
type Step struct {
	Seq       int64
	ID        string
	Time      time.Time
	Author    string
	Message   string
	RequestID string
	// RequestDigest tells different requests with the same id apart.
	RequestDigest string
	// ChangeRequest is the number of the one that was carried out or taken back, or 0.
	ChangeRequest int
	// Touches is sorted by framework, kind and key.
	Touches []Touch
}

// touches returns the part of the step's touches that is about a framework.
func (s *Step) touches(framework string) []Touch {
	at := func(code string) int {
		i, _ := slices.BinarySearchFunc(s.Touches, code, func(t Touch, code string) int {
			return cmp.Compare(t.Framework, code)
		})
		return i
	}
	return s.Touches[at(framework):at(framework+"\x00")]
}

func (s *Step) touchOf(ref Ref) (Touch, bool) {
	i, ok := slices.BinarySearchFunc(s.Touches, ref, func(t Touch, r Ref) int { return t.Ref.compare(r) })
	if !ok {
		return Touch{}, false
	}
	return s.Touches[i], true
}

// Seq is the number of the world's last revision, 0 for none.
func (w *World) Seq() int64 { return w.seq }

// Step returns a revision of the world's history, or nil when it has no such one.
func (w *World) Step(seq int64) *Step {
	if seq < 1 || seq > w.seq {
		return nil
	}
	return w.history.at(int(seq - 1))
}

// SeqAt returns the last revision made at or before a time, 0 for none.
func (w *World) SeqAt(t time.Time) int64 {
	lo, hi := 0, w.history.len()
	for lo < hi {
		if mid := (lo + hi) / 2; w.history.at(mid).Time.After(t) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return int64(lo)
}

// VisibleTo returns the world with the frameworks an actor may read only.
func (w *World) VisibleTo(a Actor) *World {
	seen := map[string]*Snapshot{}
	for i, code := range w.frameworks.keys {
		if a.May(DeedRead, code) {
			seen[code] = w.frameworks.items[i]
		}
	}
	visible := *w
	visible.frameworks = table[*Snapshot]{}.with(seen)
	return &visible
}

// Codes lists the codes of all frameworks, sorted. It must not be modified.
func (w *World) Codes() []string { return w.frameworks.keys }

// Apply returns the world after one more revision, which must be the next one.
// It does not validate: what was accepted once must always load.
func (w *World) Apply(r *Revision) *World { return w.Replay([]*Revision{r}) }

// Replay returns the world after several more revisions. It is much faster than
// applying one after the other, and has the same result.
func (w *World) Replay(revisions []*Revision) *World {
	next := *w
	latest := map[Ref]Change{}
	touched := passage{map[string][]int64{}, map[string][]int64{}, map[Ref][]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}}
	for _, r := range revisions {
		if next.seq++; r.Seq != next.seq {
			panic(fmt.Sprintf("framework: revision %d applied to a world at %d", r.Seq, next.seq-1))
		}
		step := &Step{
			Seq: r.Seq, ID: r.ID, Time: r.Time, Author: r.Author, Message: r.Message,
			RequestID: r.RequestID, RequestDigest: r.RequestDigest, ChangeRequest: r.ChangeRequest,
			Touches: make([]Touch, 0, len(r.Changes)),
		}
		for _, c := range r.Changes {
			before, replaced := latest[c.Ref]
			exists := before.Entity != nil
			if !replaced {
				exists = w.entity(c.Ref) != nil
			}
			step.Touches = append(step.Touches, Touch{c.Ref, c.action(exists)})
			latest[c.Ref] = c
			touched.add(c.Ref, r.Seq)
			if c.Kind == KindPerson {
				next.people = r.Seq
			}
			if redacted(c.Entity) {
				next.redacted = r.Seq
			}
		}
		slices.SortFunc(step.Touches, func(a, b Touch) int { return a.Ref.compare(b.Ref) })
		next.history = next.history.with(step)
	}
	next.frameworks = w.frameworks.with(w.changed(latest, touched))
	tracked := map[string][]Change{}
	for _, c := range latest {
		if !c.Kind.Content() {
			tracked[c.Framework] = append(tracked[c.Framework], c)
		}
	}
	trackers := make(map[string]*tracker, len(tracked))
	for code, changes := range tracked {
		trackers[code] = w.tracker(code).apply(code, changes, touched)
	}
	next.trackers = w.trackers.with(trackers)
	return &next
}

// changed returns the snapshots that changes lead to.
func (w *World) changed(latest map[Ref]Change, touched passage) map[string]*Snapshot {
	byFramework := map[string][]Change{}
	for _, c := range latest {
		if !c.Kind.Content() {
			continue
		}
		byFramework[c.Framework] = append(byFramework[c.Framework], c)
		if other := c.OtherFramework(); other != "" {
			byFramework[other] = append(byFramework[other], c)
		}
	}
	set := make(map[string]*Snapshot, len(byFramework))
	for code, changes := range byFramework {
		old, _ := w.frameworks.get(code)
		set[code] = old.apply(code, changes, touched)
	}
	return set
}

// preview returns the world as it would be with changes of content, without a
// revision of their own.
func (w *World) preview(changes []Change) *World {
	latest := make(map[Ref]Change, len(changes))
	for _, c := range changes {
		latest[c.Ref] = c
	}
	would := *w
	would.frameworks = w.frameworks.with(w.changed(latest, passage{}))
	return &would
}

// A passage tells the revisions of a replay by what they touched.
type passage struct {
	frameworks map[string][]int64 // that changed the content of each
	trackers   map[string][]int64
	entities   map[Ref][]int64
	// snapshots, settings and releases are the last that changed anything of the snapshot
	// of each framework, the framework itself, and its releases.
	snapshots, settings, releases map[string]int64
}

func (p passage) add(ref Ref, seq int64) {
	of := p.trackers
	if ref.Kind.Content() {
		of = p.frameworks
	}
	if own := of[ref.Framework]; len(own) == 0 || own[len(own)-1] != seq {
		of[ref.Framework] = append(own, seq)
	}
	if ref.Kind.hasHistory() {
		p.entities[ref] = append(p.entities[ref], seq)
	}
	switch {
	case ref.Kind == KindRelease:
		p.releases[ref.Framework] = seq
	case ref.Kind.Content():
		p.snapshots[ref.Framework] = seq
		if other := ref.OtherFramework(); other != "" {
			p.snapshots[other] = seq
		}
		if ref.Kind == KindFramework {
			p.settings[ref.Framework] = seq
		}
	}
}

// hasHistory reports whether the revisions of single entities of the kind can be
// listed. Relations are too many, and part of no skill's history.
func (k Kind) hasHistory() bool { return k != KindFramework && k != KindRelation }

// action says what the change does to an entity that exists or not.
func (c Change) action(exists bool) Action {
	switch {
	case c.Entity == nil:
		return Removed
	case exists:
		return Updated
	default:
		return Created
	}
}

// entity returns the version of an entity in this world, or nil.
func (w *World) entity(r Ref) Entity {
	if !r.Kind.Content() {
		return w.tracker(r.Framework).entity(r.Kind, r.Key)
	}
	s, ok := w.frameworks.get(r.Framework)
	if !ok {
		return nil
	}
	return s.entity(r.Kind, r.Key)
}

func (w *World) tracker(framework string) *tracker {
	if t, ok := w.trackers.get(framework); ok {
		return t
	}
	return noTracker
}

// Entity returns the version of an entity, or nil. It bypasses what a viewer may see.
func (w *World) Entity(r Ref) Entity { return w.entity(r) }

// TrackerRevision is the last revision that changed anything of a framework's
// tracker, 0 for none.
func (w *World) TrackerRevision(framework string) int64 {
	t := w.tracker(framework)
	if n := t.revisions.len(); n > 0 {
		return t.revisions.at(n - 1)
	}
	return 0
}

func (w *World) foreignSkill(framework, code string) *Skill {
	s, ok := w.frameworks.get(framework)
	if !ok {
		return nil
	}
	return s.skill(code)
}
