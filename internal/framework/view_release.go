package framework

import (
	"context"
	"slices"
	"time"
)

// A ReleaseView is a release as it is now, whatever state is read: releases belong
// to the tracker.
type ReleaseView struct {
	*scope
	framework string
	n         *releaseNode
}

// The connections of releases.
type (
	ReleaseConnection = Connection[ReleaseView]
	ReleaseEdge       = Edge[ReleaseView]
)

// Release returns a release of a framework by its code, or nil when there is none
// that the viewer may see.
func (w *World) Release(v *Viewer, framework, code string) *ReleaseView {
	return v.scope(w).release(framework, code)
}

// Newest returns the newest release of a framework at a stage or a later one that
// the viewer may see, or nil: the one that names the highest revision, and of those
// the one that came to its stage last.
func (w *World) Newest(v *Viewer, framework string, stage ReleaseStage) *ReleaseView {
	sc := v.scope(w)
	if n := sc.newest(framework, stage); n != nil {
		return &ReleaseView{sc, framework, n}
	}
	return nil
}

func (sc *scope) release(framework, code string) *ReleaseView {
	n := sc.head().release(framework, code)
	if n == nil || !sc.seesRelease(framework, n.Release) {
		return nil
	}
	return &ReleaseView{sc, framework, n}
}

// Release returns a release by its code, or nil.
func (f *FrameworkView) Release(code string) *ReleaseView { return f.release(f.Code(), code) }

// Releases lists the releases at some stages, or at any, by the revision they name.
func (f *FrameworkView) Releases(ctx context.Context, first *int, after *string, last *int, before *string, stages []ReleaseStage) (ReleaseConnection, error) {
	order := f.head().releases(f.Code())
	return candidates[ReleaseView]{
		order: "release",
		n:     len(order),
		key:   func(i int) string { return order[i].sortKey() },
		pick: func(i int) (ReleaseView, bool) {
			n := order[i]
			return ReleaseView{f.scope, f.Code(), n},
				(len(stages) == 0 || slices.Contains(stages, n.Stage)) && f.seesRelease(f.Code(), n.Release)
		},
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

// released is the release that the state is that of, or nil: of several the most
// final, and of those the newest.
func (f *FrameworkView) released() *ReleaseView {
	var best *releaseNode
	for _, n := range f.head().releasesOf(f.Code(), f.s.Revision()) {
		if f.seesRelease(f.Code(), n.Release) && (best == nil || n.Stage.rank() >= best.Stage.rank()) {
			best = n
		}
	}
	if best == nil {
		return nil
	}
	return &ReleaseView{f.scope, f.Code(), best}
}

// ID identifies the release. It never names a revision.
func (v ReleaseView) ID() string {
	return NodeID{Kind: KindRelease, Framework: v.framework, Key: v.n.Code}.String()
}

func (v ReleaseView) Code() string        { return v.n.Code }
func (v ReleaseView) Name() string        { return v.n.Name }
func (v ReleaseView) Notes() *string      { return text(v.n.Notes) }
func (v ReleaseView) Stage() ReleaseStage { return v.n.Stage }
func (v ReleaseView) Revision() int64     { return v.n.Revision }
func (v ReleaseView) StagedAt() time.Time { return v.n.StagedAt }

// ContentRevision is the last revision up to the one named that changed what the
// framework states.
func (v ReleaseView) ContentRevision() int64 {
	return v.head().contentAt(v.framework, v.n.Revision)
}

// Framework is the framework in the state that is read, not that of the release, or
// nil when the viewer may not see it there.
func (v ReleaseView) Framework() *FrameworkView { return v.view(v.framework) }

// History lists the revisions that changed the release itself.
func (v ReleaseView) History(ctx context.Context, first *int, after *string, last *int, before *string) (RevisionConnection, error) {
	return v.atHead().revisions(ctx, page{first, after, last, before}, v.n.revisions.len(), v.n.revisions.at)
}
