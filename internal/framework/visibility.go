package framework

import (
	"context"
	"math"
	"slices"
	"sort"
)

// What a viewer may see of a framework depends on the framework as it is at the
// head, whatever state is read: on HidesHead, on ShowsRelease and on which
// releases are published. It is decided here, for every route.

// hides reports whether a framework shows the viewer its published releases only.
func (sc *scope) hides(framework string) bool {
	if sc.viewer.Actor.ID != "" {
		return false
	}
	s := sc.head().settings(framework)
	return s != nil && s.HidesHead
}

func (sc *scope) mayRead(framework string) bool { return sc.viewer.Actor.May(DeedRead, framework) }

// seesState reports whether the viewer may see a framework in the state that the
// content revision made.
func (sc *scope) seesState(framework string, content int64) bool {
	return sc.mayRead(framework) && (!sc.hides(framework) ||
		slices.ContainsFunc(sc.head().releasesOf(framework, content), func(n *releaseNode) bool {
			return n.Stage == ReleasePublished
		}))
}

// seesChanges reports whether the viewer may see what a revision changed of the
// content of a framework.
func (sc *scope) seesChanges(framework string, seq int64) bool {
	if !sc.mayRead(framework) {
		return false
	}
	if !sc.hides(framework) {
		return true
	}
	last := sc.newest(framework, ReleasePublished)
	return last != nil && seq <= last.Revision
}

// seesTracker reports whether the viewer may see anything of the tracker of a
// framework besides its published releases.
func (sc *scope) seesTracker(framework string) bool {
	return sc.mayRead(framework) && !sc.hides(framework)
}

// seesRequest reports whether the viewer may see a change request of a framework whose
// tracker they may see.
func (sc *scope) seesRequest(framework string, r *ChangeRequest) bool {
	if !r.Submitted && !sc.viewer.Actor.May(DeedDecide, framework) {
		sc.viewer.Reads.actor(sc.viewer.Actor.ID)
	}
	return sc.viewer.Actor.maySeeRequest(framework, r)
}

func (sc *scope) seesRelease(framework string, r *Release) bool {
	return sc.viewer.Actor.maySeeRelease(framework, r) && (r.Stage == ReleasePublished || !sc.hides(framework))
}

// lists reports whether there is a state of a framework that the viewer gets
// without naming one.
func (sc *scope) lists(framework string) bool {
	return sc.mayRead(framework) && (!sc.hides(framework) || sc.newest(framework, ReleasePublished) != nil)
}

// seesStep reports whether the viewer may see anything of what a revision did to a
// framework.
func (sc *scope) seesStep(s *Step, framework string) bool {
	touches := s.touches(framework)
	if len(touches) > 0 && touches[0].Kind.Content() { // the tracker's come last
		return sc.seesChanges(framework, s.Seq)
	}
	return slices.ContainsFunc(touches, func(t Touch) bool { return sc.seesTouch(s.Seq, t) })
}

// seesTouch reports whether the viewer may see all that is touched. What belongs to
// the tracker is judged as it is now.
func (sc *scope) seesTouch(seq int64, t Touch) bool {
	if t.Kind.Content() {
		other := t.OtherFramework()
		return sc.seesChanges(t.Framework, seq) && (other == "" || sc.seesChanges(other, seq))
	}
	if !sc.seesTracker(t.Framework) {
		return false
	}
	switch t.Kind {
	case KindRelease:
		r := sc.head().release(t.Framework, t.Key)
		return r != nil && sc.seesRelease(t.Framework, r.Release)
	case KindChangeRequest, KindProposal, KindComment:
		r := sc.head().tracker(t.Framework).requestOf(t.Kind, t.Key)
		return r != nil && sc.seesRequest(t.Framework, r.ChangeRequest)
	}
	return sc.viewer.Actor.May(DeedDecide, t.Framework) // people, named with drafts too
}

// Hides reports whether a framework shows a viewer its published releases only. It
// asks the head.
func (w *World) Hides(v *Viewer, framework string) bool {
	return v.scope(w).hides(framework)
}

// Sees reports whether a viewer may see a framework in its state at a revision. It
// asks the head, and no past state need be made to be told no.
func (w *World) Sees(v *Viewer, framework string, seq int64) bool {
	sc := v.scope(w)
	content := sc.world.contentAt(framework, seq)
	return content > 0 && sc.seesState(framework, content)
}

// Lists reports whether there is a state of a framework that a viewer gets without
// naming one. It asks the head.
func (w *World) Lists(v *Viewer, framework string) bool {
	sc := v.scope(w)
	return sc.world.settings(framework) != nil && sc.lists(framework)
}

// Shown returns a framework as a viewer sees it who names no version, or nil when
// there is none that the viewer may see: the latest published release, pinned, where
// the framework shows readers that, and otherwise the head, which w must be.
func (w *World) Shown(ctx context.Context, v *Viewer, framework string) (*FrameworkView, error) {
	sc := v.scope(w)
	s := sc.world.settings(framework)
	if s == nil || !sc.lists(framework) {
		return nil, nil
	}
	if !sc.hides(framework) && (!s.ShowsRelease || v.Actor.May(DeedContribute, framework)) {
		return w.View(v, framework, false), nil
	}
	r := sc.newest(framework, ReleasePublished)
	if r == nil {
		return w.View(v, framework, false), nil
	}
	past := w
	if r.Revision != w.seq {
		if err := v.Budget.spendPast(ctx, r.Revision); err != nil {
			return nil, err
		}
		var err error
		if past, err = v.Past(ctx, r.Revision); err != nil {
			return nil, err
		}
	}
	return past.View(v, framework, true), nil
}

// contentAt is the last revision up to seq that changed what a framework states, 0
// for none.
func (w *World) contentAt(framework string, seq int64) int64 {
	s, ok := w.frameworks.get(framework)
	if !ok {
		return 0
	}
	if i := s.revisionsUpTo(seq); i > 0 {
		return s.revisions.at(i - 1)
	}
	return 0
}

// revisionsUpTo counts the revisions up to seq that changed what is stated.
func (s *Snapshot) revisionsUpTo(seq int64) int {
	return sort.Search(s.revisions.len(), func(i int) bool { return s.revisions.at(i) > seq })
}

// releasesOf lists the releases that name the state that a content revision of a
// framework made, the oldest first.
func (w *World) releasesOf(framework string, content int64) []*releaseNode {
	s, ok := w.frameworks.get(framework)
	if !ok {
		return nil
	}
	until := int64(math.MaxInt64)
	if i := s.revisionsUpTo(content); i < s.revisions.len() {
		until = s.revisions.at(i)
	}
	order := w.tracker(framework).releaseOrder()
	from := sort.Search(len(order), func(i int) bool { return order[i].Revision >= content })
	to := sort.Search(len(order), func(i int) bool { return order[i].Revision >= until })
	return order[from:to]
}

// newest is the newest release at a stage, or a later one, that the viewer may see,
// or nil.
func (sc *scope) newest(framework string, stage ReleaseStage) *releaseNode {
	order := sc.head().releases(framework)
	for i := len(order) - 1; i >= 0; i-- {
		if n := order[i]; n.Stage.rank() >= stage.rank() && sc.seesRelease(framework, n.Release) {
			return n
		}
	}
	return nil
}
