package framework_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

var ones = PathCosts{Grow: 1, Move: 1, Stretch: 1, Transition: 1}

// BenchmarkCareers asks a framework of 14,000 skills and 120,000 relations what
// career-path front ends ask.
func BenchmarkCareers(b *testing.B) {
	w := large().w
	edit := revision(w, benchEdit(b, UpdateSkill{Code: sample.SkillCode(7_000), Description: Some("Another description.")}))
	r := rand.New(rand.NewPCG(1, 1))
	skill := func() string { return sample.SkillCode(r.IntN(14_000)) }
	end := func(f *FrameworkView, highest bool) CareerEnd {
		for {
			s := f.Skill(skill())
			if levels := s.Levels(); len(levels) > 0 {
				l := levels[0].Level().Ordinal()
				if highest {
					l = levels[len(levels)-1].Level().Ordinal()
				}
				return CareerEnd{Skill: &SkillHeld{Skill: s.Code(), Level: &l}}
			}
		}
	}
	measure := func(b *testing.B, do func(f *FrameworkView) error) {
		f := w.View(anyone(), sample.Framework, false)
		if err := do(f); err != nil { // what is kept is made
			b.Fatal(err)
		}
		var took []time.Duration
		b.ReportAllocs()
		for b.Loop() {
			start := time.Now()
			if err := do(f); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "µs-median")
		b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "µs-99%")
	}
	paths := func(f *FrameworkView, from, to CareerEnd) error {
		_, err := f.CareerPaths(b.Context(), from, to, 3, 8, nil, nil, nil, nil, 0.2, ones)
		return err
	}
	live := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	b.Run("prepare", func(b *testing.B) {
		before := live()
		var f *FrameworkView
		for b.Loop() {
			f = w.Apply(edit).View(anyone(), sample.Framework, false)
			if err := paths(f, end(f, false), end(f, true)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(live()-before, "MB-live")
		runtime.KeepAlive(f)
	})
	b.Run("paths/cold", func(b *testing.B) {
		measure(b, func(f *FrameworkView) error { return paths(f, end(f, false), end(f, true)) })
	})
	b.Run("paths/known", func(b *testing.B) {
		f := w.View(anyone(), sample.Framework, false)
		to := end(f, true)
		measure(b, func(f *FrameworkView) error { return paths(f, end(f, false), to) })
	})
	b.Run("graph/depth=2", func(b *testing.B) {
		measure(b, func(f *FrameworkView) error {
			_, err := f.Graph(b.Context(), []string{skill()}, 2, nil, nil, nil, nil, nil, 200, 2000)
			return err
		})
	})
	b.Run("related", func(b *testing.B) {
		measure(b, func(f *FrameworkView) error {
			_, err := f.Skill(skill()).Related(b.Context(), nil, nil, nil, nil, 1, 50)
			return err
		})
	})
	b.Run("rolesFor", func(b *testing.B) {
		measure(b, func(f *FrameworkView) error {
			_, err := f.RolesFor(b.Context(), end(f, true), 10, 0)
			return err
		})
	})
	b.Run("nextSkills", func(b *testing.B) {
		measure(b, func(f *FrameworkView) error {
			_, err := f.NextSkills(b.Context(), end(f, true), 5, 0.5)
			return err
		})
	})
	b.Run("search", func(b *testing.B) {
		first := 10
		measure(b, func(f *FrameworkView) error {
			_, err := f.Search(b.Context(), f.Skill(skill()).Name(), nil, nil, &first, nil, nil, nil)
			return err
		})
	})
}
