package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

var (
	root  = framework.Actor{ID: "root", Access: framework.Admin}
	ada   = framework.Actor{ID: "ada", Access: framework.Editor}
	ben   = framework.Actor{ID: "ben", Access: framework.Editor}
	nosy  = framework.Actor{ID: "nosy", Access: framework.Reader}
	smith = framework.Actor{ID: "smith", Access: framework.Editor, Frameworks: []string{"crafts"}}
)

// crafts creates the framework most tests are about.
var crafts = []framework.Edit{
	framework.CreateFramework{Code: "crafts", Name: "Crafts"},
	framework.DefineLevel{Ordinal: 1, Name: framework.Some("Apprentice")},
	framework.DefineLevel{Ordinal: 2, Name: framework.Some("Journeyman")},
	framework.DefineLevel{Ordinal: 3, Name: framework.Some("Master")},
	framework.CreateCategory{Code: "METAL", Name: "Metal"},
	framework.CreateSkill{Code: "WELD", Name: "Welding", Category: "METAL"},
	framework.CreateSkill{Code: "FORGE", Name: "Forging", Category: "METAL"},
	framework.CreateSkill{Code: "CAST", Name: "Casting", Category: "METAL"},
	framework.Relate{From: "WELD", Type: framework.Related, To: "FORGE"},
	framework.CreateRole{Code: "SMITH", Name: "Smith", Requirements: []framework.Requirement{{Skill: "FORGE", Level: 2}}},
}

func rename(skill, name string) framework.Edit {
	return framework.UpdateSkill{Code: skill, Name: framework.Some(name)}
}

func describe(skill, text string) framework.Edit {
	return framework.UpdateSkill{Code: skill, Description: framework.Some(text)}
}

// A clock tells the same time until it is set.
type clock struct{ now atomic.Pointer[time.Time] }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.set(t)
	return c
}

func (c *clock) set(t time.Time) { c.now.Store(&t) }
func (c *clock) Now() time.Time  { return *c.now.Load() }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// options returns options whose ids count up from prefix-1.
func options(prefix string) catalog.Options {
	var n atomic.Int64
	return catalog.Options{
		Taken:     journal.ErrTaken,
		Unknown:   journal.ErrOutcomeUnknown,
		NotStored: journal.ErrNotStored, Newer: journal.ErrNewerFormat, Final: journal.Final,
		Now:   newClock(noon).Now,
		NewID: func() string { return fmt.Sprintf("%s-%d", prefix, n.Add(1)) },
	}
}

func openBolt(t testing.TB, path string) *journal.Bolt {
	t.Helper()
	j, err := journal.OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func newBolt(t testing.TB) *journal.Bolt {
	t.Helper()
	return openBolt(t, filepath.Join(t.TempDir(), "journal"))
}

func open(t testing.TB, j catalog.Journal, o catalog.Options) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(t.Context(), j, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newCrafts is a catalog whose first revision is crafts.
func newCrafts(t testing.TB, j catalog.Journal) *catalog.Catalog {
	t.Helper()
	c := open(t, j, options("id"))
	mustEdit(t, c, root, catalog.Request{Framework: "crafts", Edits: crafts})
	return c
}

func mustEdit(t testing.TB, c *catalog.Catalog, actor framework.Actor, req catalog.Request) catalog.Outcome {
	t.Helper()
	out, err := c.Edit(t.Context(), actor, req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// edit is a request made on the head.
func edit(c *catalog.Catalog, edits ...framework.Edit) catalog.Request {
	return catalog.Request{Framework: "crafts", BaseRevision: c.Head().Seq(), Edits: edits}
}

// wantRefusal checks the code of an error and that nothing is hidden behind it.
func wantRefusal(t testing.TB, err error, code framework.Code) *framework.Error {
	t.Helper()
	var refusal *framework.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got error %v, want a refusal with code %s", err, code)
	}
	if refusal.Code != code {
		t.Fatalf("got code %s (%v), want %s", refusal.Code, err, code)
	}
	return refusal
}

// export is all that a world holds.
func export(w *framework.World) []any {
	var all []any
	for seq := int64(1); seq <= w.Seq(); seq++ {
		all = append(all, *w.Step(seq))
	}
	for _, code := range w.Codes() {
		s := w.Snapshot(code)
		all = append(all, s.Revision(), *s.Framework())
		for e := range s.Levels() {
			all = append(all, *e)
		}
		for e := range s.Attributes() {
			all = append(all, *e)
		}
		for e := range s.Categories() {
			all = append(all, *e)
		}
		for e := range s.Skills() {
			all = append(all, *e)
		}
		for e := range s.Relations() {
			all = append(all, *e)
		}
		for e := range s.RoleGroups() {
			all = append(all, *e)
		}
		for e := range s.Roles() {
			all = append(all, *e)
		}
	}
	return all
}

func wantSame(t testing.TB, want, got *framework.World) {
	t.Helper()
	if want == got {
		return
	}
	if diff := cmp.Diff(export(want), export(got)); diff != "" {
		t.Fatalf("worlds differ (-want +got):\n%s", diff)
	}
	if err := framework.Check(got); err != nil {
		t.Fatal(err)
	}
}

func skill(w *framework.World, code string) *framework.Skill {
	s, _ := w.Snapshot("crafts").Entity(framework.KindSkill, code).(*framework.Skill)
	return s
}

// A troubled journal is a real one to which things happen.
type troubled struct {
	*journal.Bolt
	mu sync.Mutex
	// onAppend, onLoad and onRedact are called instead of the journal's methods, once for
	// each in the list.
	onAppend []func(ctx context.Context, r *framework.Revision) error
	onLoad   []func(ctx context.Context) error
	onRedact []func(ctx context.Context) error
	loads    int
}

func (j *troubled) Append(ctx context.Context, r *framework.Revision) error {
	j.mu.Lock()
	var happen func(context.Context, *framework.Revision) error
	if len(j.onAppend) > 0 {
		happen, j.onAppend = j.onAppend[0], j.onAppend[1:]
	}
	j.mu.Unlock()
	if happen != nil {
		return happen(ctx, r)
	}
	return j.Bolt.Append(ctx, r)
}

func (j *troubled) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	j.mu.Lock()
	j.loads++
	var happen func(context.Context) error
	if len(j.onLoad) > 0 {
		happen, j.onLoad = j.onLoad[0], j.onLoad[1:]
	}
	j.mu.Unlock()
	if happen != nil {
		if err := happen(ctx); err != nil {
			return err
		}
	}
	return j.Bolt.Load(ctx, after, yield)
}

func (j *troubled) Redact(ctx context.Context, ref framework.Ref, before int64) error {
	j.mu.Lock()
	var happen func(context.Context) error
	if len(j.onRedact) > 0 {
		happen, j.onRedact = j.onRedact[0], j.onRedact[1:]
	}
	j.mu.Unlock()
	if happen != nil {
		return happen(ctx)
	}
	return j.Bolt.Redact(ctx, ref, before)
}

func (j *troubled) loaded() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.loads
}

func (j *troubled) appendWith(happen ...func(context.Context, *framework.Revision) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.onAppend = slices.Clone(happen)
}

func (j *troubled) loadWith(happen ...func(context.Context) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.onLoad = slices.Clone(happen)
}
