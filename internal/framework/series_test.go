package framework

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func all(s series[int]) []int {
	list := []int{}
	for i := range s.len() {
		list = append(list, s.at(i))
	}
	return list
}

// TestSeries grows series in steps that meet, miss and span the ends of chunks,
// two ways from each state, and holds them against plain lists.
func TestSeries(t *testing.T) {
	for _, step := range []int{1, 2, 511, 512, 513, 1024, 1300} {
		var s series[int]
		want := []int{}
		for len(want) < 2600 {
			var items, others []int
			for i := range step {
				items, others = append(items, len(want)+i), append(others, -1)
			}
			before, grown, other := want, s.with(items...), s.with(others...)
			want = append(want[:len(want):len(want)], items...)
			for what, c := range map[string]struct{ want, got []int }{
				"the shorter series":    {before, all(s)},
				"the longer series":     {want, all(grown)},
				"the other longer ones": {append(before[:len(before):len(before)], others...), all(other)},
			} {
				if !slices.Equal(c.want, c.got) {
					t.Fatalf("by %d, %s: %s", step, what, cmp.Diff(c.want, c.got))
				}
			}
			s = grown
		}
	}
}
