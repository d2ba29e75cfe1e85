package framework_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// TestWorkings: of many snapshots only some keep what was worked out from them, those
// that are asked again and again among them, and all answer alike.
func TestWorkings(t *testing.T) {
	worlds := []*World{trades(t)}
	for i := range 6 {
		worlds = append(worlds, edited(t, worlds[i], "trades", UpdateSkill{Code: "ALONE", Description: Some(fmt.Sprintf("Blowing %d vessels.", i))}))
	}
	paths := func(w *World) []string {
		var list []string
		for _, p := range careerPaths(t, w.View(anyone(), "trades", false), atLevel("SAW", 1), role("joiner"), 3, 8).Paths {
			list = append(list, told(p))
		}
		return list
	}
	want := paths(worlds[0])
	for _, w := range worlds {
		if diff := cmp.Diff(want, paths(worlds[0])); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(want, paths(w)); diff != "" {
			t.Fatal(diff)
		}
	}
	var kept []int
	for i, w := range worlds {
		if w.Snapshot("trades").Worked() {
			kept = append(kept, i)
		}
	}
	if diff := cmp.Diff([]int{0, 5, 6}, kept); diff != "" {
		t.Errorf("workings are kept of (-want +got):\n%s", diff)
	}
}

// TestWorkingsAtOnce: many ask at the same time, of more snapshots than are kept.
func TestWorkingsAtOnce(t *testing.T) {
	worlds := []*World{trades(t)}
	for i := range 5 {
		worlds = append(worlds, edited(t, worlds[i], "trades", UpdateSkill{Code: "ALONE", Description: Some(fmt.Sprintf("Blowing %d vessels.", i))}))
	}
	first := 5
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			f := worlds[i%len(worlds)].View(anyone(), "trades", false)
			if paths, err := f.CareerPaths(t.Context(), atLevel("SAW", 1), role("joiner"), first, 8, nil, nil, nil, nil, 0.2, ones); err != nil || len(paths.Paths) == 0 {
				t.Errorf("%v, %v", paths, err)
			}
			if g, err := f.Graph(t.Context(), nil, 1, nil, nil, nil, nil, nil, 100, 100); err != nil || len(g.Nodes) != 6 {
				t.Errorf("%v, %v", g, err)
			}
		})
	}
	all.Wait()
}
