package catalog

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/framework"
)

// What is kept is bounded in worlds and in the versions that went into them. From
// outside it would take half a million versions to see.
func TestKeptIsBounded(t *testing.T) {
	tests := map[string]struct {
		versions []int   // of worlds 1, 2, 3 … kept in this order
		want     []int64 // those still kept
	}{
		"few and small":         {[]int{10, 10, 10}, []int64{1, 2, 3}},
		"many":                  {slices.Repeat([]int{1}, maxKept+2), []int64{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		"large":                 {[]int{200_000, 200_000, 100_000, 1}, []int64{2, 3, 4}},
		"one beyond all bounds": {[]int{10, 2 * maxKeptVersions}, []int64{2}},
		"small ones after it":   {[]int{2 * maxKeptVersions, 10, 10}, []int64{2, 3}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPast(nil)
			w := &framework.World{}
			for _, n := range tt.versions {
				w = w.Apply(&framework.Revision{Seq: w.Seq() + 1})
				p.keep(keptWorld{w, n})
			}
			var got []int64
			for _, k := range p.kept {
				got = append(got, k.world.Seq())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
