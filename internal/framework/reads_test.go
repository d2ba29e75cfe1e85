package framework_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// nameless knows nobody's name.
func nameless(string) string { return "" }

// readsOf are the reads of what is asked of a world, which is the head.
func readsOf(w *World, who Actor, ask func(v *Viewer)) *Reads {
	v := &Viewer{Actor: who, Names: nameless, Budget: NewBudget(1 << 40), Head: w, Reads: NewReads(w)}
	ask(v)
	return v.Reads
}

// TestReadsOfParts changes one part of a history after another, and tells which reads hold.
func TestReadsOfParts(t *testing.T) {
	worlds := tracked(t)
	w := last(worlds)
	ctx := t.Context()
	reads := map[string]func(v *Viewer){
		"nothing":    func(*Viewer) {},
		"content":    func(v *Viewer) { w.View(v, "demo", false).Skill("BAKE") },
		"other":      func(v *Viewer) { w.View(v, "other", false).Name() },
		"absent":     func(v *Viewer) { w.View(v, "absent", false) },
		"settings":   func(v *Viewer) { w.Lists(v, "demo") },
		"releases":   func(v *Viewer) { w.Release(v, "demo", "1") },
		"tracker":    func(v *Viewer) { w.View(v, "demo", false).ChangeRequest(1) },
		"frameworks": func(v *Viewer) { must(w.Frameworks(ctx, v, nil, nil, nil, nil, true)) },
		"people":     func(v *Viewer) { w.Revision(v, 1).Author().ID() },
		"head":       func(v *Viewer) { w.View(v, "demo", false).Version().Revision() },
		"step":       func(v *Viewer) { w.Revision(v, 1) },
		"no step":    func(v *Viewer) { w.Revision(v, 1_000) },
		"pinned":     func(v *Viewer) { w.View(v, "demo", true).Version().Revision() },
	}
	made := map[string]*Reads{}
	for name, ask := range reads {
		made[name] = readsOf(w, ann, ask)
	}
	act := func(who Actor, list ...Edit) *World { return last(acted(t, worlds, who, list...)) }
	for name, test := range map[string]struct {
		head *World
		gone []string
	}{
		"the same":      {w, nil},
		"edit":          {edited(t, w, "demo", UpdateSkill{Code: "BAKE", Name: Some("Anew")}), []string{"content", "tracker", "frameworks", "head", "no step"}},
		"new framework": {edited(t, w, "new", CreateFramework{Code: "new", Name: "New"}), []string{"frameworks", "head", "no step"}},
		"framework that was not there": {edited(t, w, "absent", CreateFramework{Code: "absent", Name: "Now"}),
			[]string{"absent", "frameworks", "head", "no step"}},
		"settings": {edited(t, w, "demo", UpdateFramework{Name: Some("Anew")}),
			[]string{"content", "settings", "tracker", "frameworks", "head", "no step"}},
		"request": {act(kim, RaiseRequest{Title: "Another", Submit: true}), []string{"tracker", "head", "no step"}},
		"request for someone": {act(kim, RaiseRequest{Title: "Another", Submit: true, OnBehalfOf: Who{Name: "Someone"}}),
			[]string{"tracker", "people", "head", "no step"}},
		"release":   {act(kim, CreateRelease{Code: "1", Name: "One", Stage: ReleaseBeta}), []string{"tracker", "releases", "head", "no step"}},
		"redaction": {act(kim, RedactPerson{ID: "person:demo:1"}), slices.Collect(maps.Keys(reads))},
	} {
		t.Run(name, func(t *testing.T) {
			gone := map[string]bool{}
			for _, g := range test.gone {
				gone[g] = true
			}
			for part, r := range made {
				if got := r.Hold(test.head, nameless, "ann"); got == gone[part] {
					t.Errorf("%s: holds is %t", part, got)
				}
			}
		})
	}
	t.Run("an earlier head", func(t *testing.T) {
		if made["nothing"].Hold(worlds[len(worlds)-2], nameless, "ann") {
			t.Error("it holds")
		}
	})
}

// TestReadsOfNamesAndActors: what someone is called, and who asks, is asked again.
func TestReadsOfNamesAndActors(t *testing.T) {
	w := last(tracked(t))
	named := readsOf(w, ann, func(v *Viewer) { w.View(v, "demo", false).Actor("bob").Name() })
	if !named.Hold(w, nameless, "bob") || named.Personal() {
		t.Error("a name that stays does not hold, or is taken for that of who asks")
	}
	if named.Hold(w, func(id string) string { return "Bob" }, "ann") {
		t.Error("a name that is another holds")
	}
	self := readsOf(w, ann, func(v *Viewer) { v.Self() })
	if !self.Personal() || !self.Hold(w, nameless, "ann") || self.Hold(w, nameless, "bob") {
		t.Error("what depends on who asks does not hold for them, or for others too")
	}
}

// TestReadsOfMuch: what is too much to note never is said to hold without looking.
func TestReadsOfMuch(t *testing.T) {
	w := &World{}
	for i := range 300 {
		w = next(w, changesOf(t, w, code(i), CreateFramework{Code: code(i), Name: "F"}))
	}
	many := readsOf(w, ann, func(v *Viewer) {
		for i := range 300 {
			w.View(v, code(i), false)
		}
	})
	if !many.Hold(w, nameless, "ann") {
		t.Error("many frameworks do not hold at the same head")
	}
	for _, i := range []int{0, 299} {
		if many.Hold(edited(t, w, code(i), UpdateFramework{Name: Some("Anew")}), nameless, "ann") {
			t.Errorf("many frameworks hold when number %d has changed", i)
		}
	}
	names := readsOf(w, ann, func(v *Viewer) {
		f := w.View(v, code(0), false)
		for i := range 300 {
			f.Actor(fmt.Sprint(i)).Name()
		}
	})
	if names.Hold(w, nameless, "ann") {
		t.Error("more names than are noted hold")
	}
}

func code(i int) string { return fmt.Sprintf("f%d", i) }

// TestReadsSideBySide notes from many goroutines, as fields are answered.
func TestReadsSideBySide(t *testing.T) {
	w := &World{}
	for i := range 20 {
		w = edited(t, w, code(i), CreateFramework{Code: code(i), Name: "F"})
	}
	reads := readsOf(w, ann, func(v *Viewer) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for i := range 20 {
					f := w.View(v, code(i), false)
					f.Actor(code(i)).Name()
					v.Self()
				}
			})
		}
		all.Wait()
	})
	for i := range 20 {
		if reads.Hold(edited(t, w, code(i), UpdateFramework{Name: Some("Anew")}), nameless, "ann") {
			t.Errorf("holds when framework %d has changed", i)
		}
		if reads.Hold(w, func(id string) string { return map[bool]string{true: "Anew"}[id == code(i)] }, "ann") {
			t.Errorf("holds when name %d has changed", i)
		}
	}
	if !reads.Hold(edited(t, w, "new", CreateFramework{Code: "new", Name: "N"}), nameless, "ann") {
		t.Error("does not hold when nothing has changed that was read")
	}
}

// TestReplayedReads: a world that was replayed says the same of its parts as one that was
// made a revision at a time.
func TestReplayedReads(t *testing.T) {
	one := &World{}
	var revisions []*Revision
	step := func(framework string, list ...Edit) {
		t.Helper()
		revisions = append(revisions, revision(one, changesOf(t, one, framework, list...)))
		one = one.Apply(revisions[len(revisions)-1])
	}
	step("a", CreateFramework{Code: "a", Name: "A"}, CreateSkill{Code: "ONE", Name: "One"})
	step("b", CreateFramework{Code: "b", Name: "B"}, CreateSkill{Code: "TWO", Name: "Two"})
	step("b", Relate{From: "TWO", Type: CloseMatch, ToFramework: "a", To: "ONE"})
	step("b", Unrelate{From: "TWO", Type: CloseMatch, ToFramework: "a", To: "ONE"})
	step("c", CreateFramework{Code: "c", Name: "C"})
	all := (&World{}).Replay(revisions)
	for _, framework := range []string{"a", "b", "c", "d"} {
		r := readsOf(one, ann, func(v *Viewer) { one.View(v, framework, false) })
		next := edited(t, all, "c", CreateSkill{Code: "NEW", Name: "New"})
		if got, want := r.Hold(next, nameless, "ann"), framework != "c"; got != want {
			t.Errorf("%s: holds is %t", framework, got)
		}
	}
}

// A page of 100 skills with what is shown of each, noted and not.
func BenchmarkNotedPage(b *testing.B) {
	w := large().w
	for _, noted := range []bool{false, true} {
		b.Run(fmt.Sprintf("noted=%t", noted), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v := &Viewer{Actor: Actor{Access: Reader}, Names: nameless, Budget: NewBudget(1 << 40), Head: w}
				if noted {
					v.Reads = NewReads(w)
				}
				f := must(w.Shown(context.Background(), v, sample.Framework))
				for _, s := range must(f.Skills(b.Context(), new(100), nil, nil, nil, nil, SkillsByCode)).Nodes() {
					for _, l := range s.Levels() {
						_, _ = l.Code(), l.Level().Name()
					}
					_, _, _ = s.ID(), s.Name(), s.Category()
					must(s.RequiredBy(b.Context(), new(3), nil, nil, nil))
				}
			}
		})
	}
}

// Each time a view is made its framework is noted again.
func BenchmarkNoteAgain(b *testing.B) {
	w := large().w
	for _, noted := range []bool{false, true} {
		b.Run(fmt.Sprintf("noted=%t", noted), func(b *testing.B) {
			v := &Viewer{Actor: Actor{Access: Reader}, Names: nameless, Head: w}
			if noted {
				v.Reads = NewReads(w)
			}
			b.ReportAllocs()
			for b.Loop() {
				w.View(v, sample.Framework, false)
			}
		})
	}
}

func BenchmarkHold(b *testing.B) {
	w := large().w
	v := &Viewer{Actor: Actor{Access: Reader}, Names: nameless, Budget: NewBudget(1 << 40), Head: w, Reads: NewReads(w)}
	must(w.Shown(b.Context(), v, sample.Framework))
	head := edited(b, w, "new", CreateFramework{Code: "new", Name: "New"})
	b.ReportAllocs()
	for b.Loop() {
		if !v.Reads.Hold(head, nameless, "") {
			b.Fatal("it does not hold")
		}
	}
}
