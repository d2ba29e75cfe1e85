package framework_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// A story is a world with all that came before it, 0 being the empty one.
type story struct {
	worlds    []*World
	revisions []*Revision
}

func newStory() *story { return &story{worlds: []*World{{}}} }

func (s *story) now() *World { return s.worlds[len(s.worlds)-1] }

// edit makes a revision of edits, if they are accepted and change something.
func (s *story) edit(code string, edits ...Edit) []Problem {
	changes, problems := s.now().Edit(code, edits)
	if len(changes) > 0 {
		s.revisions = append(s.revisions, revision(s.now(), changes))
		s.worlds = append(s.worlds, s.now().Apply(s.revisions[len(s.revisions)-1]))
	}
	return problems
}

func (s *story) must(t testing.TB, code string, edits ...Edit) {
	t.Helper()
	if problems := s.edit(code, edits...); problems != nil {
		t.Fatal(problems)
	}
}

// viewer may see everything, and read the story's versions.
func (s *story) viewer() *Viewer {
	v := anyone()
	v.Version = func(_ context.Context, seq int64, ref Ref) (Entity, error) {
		return s.revisions[seq-1].Version(ref), nil
	}
	return v
}

func randomStory(seed uint64, edits int) *story {
	a, s := newAuthor(seed), newStory()
	s.edit("one", founding("one")...)
	s.edit("two", founding("two")...)
	for i := range edits {
		code := []string{"one", "two"}[i%2]
		s.edit(code, a.edits(code)...)
	}
	return s
}

// facts are the fields of an entity that have a value.
func facts(ref Ref, e Entity) map[string]string {
	all := map[string]string{}
	for _, f := range DiffEntity(ref, nil, e).Fields {
		all[f.Path] = *f.New
	}
	return all
}

func shown(t testing.TB, v EntityDiffView) []string {
	t.Helper()
	d := EntityDiff{Ref: Ref{Key: v.Key()}, Action: v.Action(), OldName: deref(v.OldName()), NewName: deref(v.NewName())}
	for _, k := range Kinds {
		if k.Public() == v.Kind() {
			d.Kind = k
		}
	}
	for _, f := range must(v.Fields(t.Context())) {
		d.Fields = append(d.Fields, f.FieldDiff)
	}
	return written(d)
}

// TestRevisionsTellWhatTheyChanged compares what revisions tell afterwards with
// what was known when they were made.
func TestRevisionsTellWhatTheyChanged(t *testing.T) {
	for seed := range uint64(3) {
		s := randomStory(seed, 500)
		v := s.viewer()
		for i, r := range s.revisions {
			var want, got []string
			for _, d := range s.worlds[i].DiffChanges(r.Changes) {
				want = append(want, written(d)...)
			}
			for _, d := range must(s.now().Revision(v, r.Seq).Diff(t.Context(), new(500), nil, nil, nil, nil)).Nodes() {
				got = append(got, shown(t, d)...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, revision %d (-when it was made +now):\n%s", seed, r.Seq, diff)
			}
		}
	}
}

// versioned is what the views of entities that have versions have in common.
type versioned interface {
	Node
	Blame(ctx context.Context) ([]FieldBlameView, error)
	Versions(ctx context.Context, first *int, after *string, last *int, before *string) (EntityVersionConnection, error)
}

// TestVersionsChain wants each version to begin with what the one before ended
// with, the first with nothing and the last with what there is.
func TestVersionsChain(t *testing.T) {
	for seed := range uint64(3) {
		s := randomStory(seed, 2_000)
		v := s.viewer()
		chains := 0
		for ref, e := range everything(s.now()) {
			id := NodeID{Kind: ref.Kind, Framework: ref.Framework, Key: ref.Key}
			node, ok := s.now().Node(v, id).(versioned)
			if !ok {
				continue
			}
			have := map[string]string{}
			for _, version := range must(node.Versions(t.Context(), new(500), nil, nil, nil)).Nodes() {
				d := must(version.Diff(t.Context()))
				for _, f := range must(d.Fields(t.Context())) {
					if old, had := have[f.Path]; had != (f.Old != nil) || old != deref(f.Old) {
						t.Fatalf("seed %d: %s at %d: %s was %q, %v; the diff says %v", seed, id, version.Revision.Seq(), f.Path, old, had, f.Old)
					}
					if delete(have, f.Path); f.New != nil {
						have[f.Path] = *f.New
					}
				}
				chains++
			}
			if diff := cmp.Diff(facts(ref, e), have); diff != "" {
				t.Fatalf("seed %d: %s: the versions lead elsewhere (-is +they lead to):\n%s", seed, id, diff)
			}
		}
		if chains < 100 {
			t.Errorf("only %d versions were looked at", chains)
		}
	}
}

// everything is the current version of all entities.
func everything(w *World) map[Ref]Entity {
	all := map[Ref]Entity{}
	add := func(code string, e Entity) { all[Ref{e.Kind(), code, e.Key()}] = e }
	for _, code := range w.Codes() {
		s := w.Snapshot(code)
		add(code, s.Framework())
		addAll(add, code, s.Levels())
		addAll(add, code, s.Attributes())
		addAll(add, code, s.Categories())
		addAll(add, code, s.Skills())
		addAll(add, code, s.Relations())
		addAll(add, code, s.RoleGroups())
		addAll(add, code, s.Roles())
	}
	return all
}

// TestBlame compares blame with a look at every world there was.
func TestBlame(t *testing.T) {
	for seed := range uint64(3) {
		s := randomStory(seed, 500)
		v := s.viewer()
		for ref, e := range everything(s.now()) {
			want := map[string]string{}
			for path, value := range facts(ref, e) {
				at := s.now().Seq()
				for ; at > 1; at-- {
					var before Entity
					if w := s.worlds[at-1].Snapshot(ref.Framework); w != nil {
						before = w.Entity(ref.Kind, ref.Key)
					}
					if was, had := facts(ref, before)[path]; !had || was != value {
						break
					}
				}
				want[path] = fmt.Sprintf("%q at %d", value, at)
			}
			got := map[string]string{}
			node := s.now().Node(v, NodeID{Kind: ref.Kind, Framework: ref.Framework, Key: ref.Key}).(interface {
				Blame(context.Context) ([]FieldBlameView, error)
			})
			for _, b := range must(node.Blame(t.Context())) {
				got[b.Path] = fmt.Sprintf("%q at %d", b.Value, b.Revision.Seq())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d: %v (-want +got):\n%s", seed, ref, diff)
			}
		}
	}
}

// TestVersionsOfLargeRevisions wants the loading of a revision to be paid by its
// size, and once only.
func TestVersionsOfLargeRevisions(t *testing.T) {
	s := newStory()
	list := []Edit{CreateFramework{Code: "f", Name: "F"}}
	code := func(i int) string { return "S" + string(rune('A'+i/26)) + string(rune('A'+i%26)) }
	for i := range 500 {
		list = append(list, CreateSkill{Code: code(i), Name: "Skill"})
	}
	s.must(t, "f", list...)
	for i := range 20 {
		s.must(t, "f", UpdateSkill{Code: code(i), Name: Some("Another")})
	}
	blameAll := func(budget int) error {
		v := s.viewer()
		v.Budget = NewBudget(budget)
		for i := range 20 {
			if _, err := s.now().View(v, "f", false).Skill(code(i)).Blame(t.Context()); err != nil {
				return err
			}
		}
		return nil
	}
	if err := blameAll(2_000); err != nil {
		t.Errorf("20 blames that read one revision: %v", err)
	}
	if err := blameAll(700); err == nil {
		t.Error("20 blames that read a revision of 501 versions cost next to nothing")
	}
}

func TestDiffOfARevisionShowsWhatTheViewerMaySee(t *testing.T) {
	w := atlas(t)
	v := &Viewer{Actor: Actor{ID: "ann", Access: Reader, Frameworks: []string{"other"}}, Budget: NewBudget(10_000)}
	v.Version = func(_ context.Context, _ int64, ref Ref) (Entity, error) {
		return w.Snapshot(ref.Framework).Entity(ref.Kind, ref.Key), nil
	}
	var got []string
	for _, d := range must(w.Revision(v, 2).Diff(t.Context(), nil, nil, nil, nil, nil)).Nodes() {
		got = append(got, string(d.Kind())+" "+d.Key())
	}
	if diff := cmp.Diff([]string{"FRAMEWORK other", "SKILL COOK", "SKILL GONE"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
