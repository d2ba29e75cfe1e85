package catalog_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
	"skillatlas/internal/sample"
)

// The benchmarks run on a framework of this size.
const (
	benchSkills    = 14_000
	benchRelations = 120_000
)

func benchOptions() catalog.Options {
	return catalog.Options{Taken: journal.ErrTaken, Unknown: journal.ErrOutcomeUnknown, NotStored: journal.ErrNotStored, Newer: journal.ErrNewerFormat, Final: journal.Final, Now: time.Now, NewID: uuid.NewString}
}

// A timed journal tells how long its appends took: the disk's share of an edit,
// which varies from machine to machine and with what else the disk is doing.
type timed struct {
	*journal.Bolt
	appending time.Duration
}

func (j *timed) Append(ctx context.Context, r *framework.Revision) error {
	start := time.Now()
	defer func() { j.appending += time.Since(start) }()
	return j.Bolt.Append(ctx, r)
}

// newSample is a catalog of the large framework with that many revisions in all.
func newSample(b *testing.B, revisions int) (c *catalog.Catalog, j *timed) {
	b.Helper()
	j = &timed{Bolt: newBolt(b)}
	c = open(b, j, benchOptions())
	mustEdit(b, c, root, catalog.Request{Framework: sample.Framework, Edits: sample.Edits(benchSkills, benchRelations)})
	for i := range revisions - 1 {
		mustEdit(b, c, ada, reword(c, i))
	}
	return c, j
}

// reword is a request to change the description of one skill.
func reword(c *catalog.Catalog, i int) catalog.Request {
	return catalog.Request{
		Framework: sample.Framework, BaseRevision: c.Head().Seq(), RequestID: uuid.NewString(),
		Edits: []framework.Edit{describe(sample.SkillCode(i*31%benchSkills), fmt.Sprintf("Version %d of the description.", i))},
	}
}

// BenchmarkEdit is one edit of one skill of the large framework, to the disk.
func BenchmarkEdit(b *testing.B) {
	c, j := newSample(b, 1)
	j.appending = 0
	i := 0
	for b.Loop() {
		mustEdit(b, c, ada, reword(c, i))
		i++
	}
	b.ReportMetric(float64(j.appending.Nanoseconds())/float64(i), "append-ns/op")
}

// BenchmarkEditRebased is the same made on a revision ten before the head.
func BenchmarkEditRebased(b *testing.B) {
	c, j := newSample(b, 12)
	j.appending = 0
	i := 0
	for b.Loop() {
		req := reword(c, 12+i)
		req.BaseRevision -= 10
		mustEdit(b, c, ada, req)
		i++
	}
	b.ReportMetric(float64(j.appending.Nanoseconds())/float64(i), "append-ns/op")
}

// BenchmarkImport is the large framework as one request.
func BenchmarkImport(b *testing.B) {
	edits := sample.Edits(benchSkills, benchRelations)
	for b.Loop() {
		c := open(b, newBolt(b), benchOptions())
		mustEdit(b, c, root, catalog.Request{Framework: sample.Framework, Edits: edits})
	}
}

// BenchmarkOpen replays the large framework with 20 revisions of history.
func BenchmarkOpen(b *testing.B) {
	_, j := newSample(b, 20)
	for b.Loop() {
		c, err := catalog.Open(b.Context(), j, benchOptions())
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

// BenchmarkOpenLong replays a history in which a framework grew skill by skill.
func BenchmarkOpenLong(b *testing.B) {
	for _, n := range []int{1_000, 2_000, 4_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			j := newBolt(b)
			c := open(b, j, benchOptions())
			mustEdit(b, c, root, catalog.Request{Framework: "crafts", Edits: crafts})
			for i := range n {
				mustEdit(b, c, ada, edit(c, framework.CreateSkill{Code: fmt.Sprintf("S%05d", i), Name: "Skill"}))
			}
			for b.Loop() {
				c, err := catalog.Open(b.Context(), j, benchOptions())
				if err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}

// BenchmarkAt reads a past revision: one at hand, one rebuilt before, and one
// rebuilt from the first revision on.
func BenchmarkAt(b *testing.B) {
	at := func(b *testing.B, c *catalog.Catalog, seq int64) {
		if _, err := c.At(b.Context(), seq); err != nil {
			b.Fatal(err)
		}
	}
	c, j := newSample(b, 40)
	b.Run("recent", func(b *testing.B) {
		for b.Loop() {
			at(b, c, 20)
		}
	})
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			at(b, c, 2)
		}
	})
	b.Run("rebuilt", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			fresh := open(b, j, benchOptions())
			runtime.GC()
			b.StartTimer()
			at(b, fresh, 2)
			b.StopTimer()
			fresh.Close()
			b.StartTimer()
		}
	})
}
