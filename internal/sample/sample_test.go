package sample_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// The edits are valid, give what was asked for, and are the same each time.
func TestEdits(t *testing.T) {
	for _, size := range []struct{ skills, relations int }{{1, 0}, {30, 200}, {1_000, 8_000}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			edits := sample.Edits(size.skills, size.relations)
			if diff := cmp.Diff(edits, sample.Edits(size.skills, size.relations)); diff != "" {
				t.Errorf("the second time (-first +second):\n%s", diff)
			}
			before := &framework.World{}
			changes, problems := before.Edit(sample.Framework, edits)
			if len(problems) > 0 {
				t.Fatal(problems[0])
			}
			if len(changes) != len(edits)-5*7 { // the attributes are edited once per level
				t.Errorf("%d edits make %d changes", len(edits), len(changes))
			}
			w := before.Apply(&framework.Revision{Seq: 1, ID: "1", Time: time.Unix(0, 0), Changes: changes})
			if err := framework.Check(w); err != nil {
				t.Error(err)
			}
			skills, relations := 0, 0
			for range w.Snapshot(sample.Framework).Skills() {
				skills++
			}
			for range w.Snapshot(sample.Framework).Relations() {
				relations++
			}
			if skills != size.skills || relations != size.relations {
				t.Errorf("got %d skills and %d relations", skills, relations)
			}
		})
	}
}
