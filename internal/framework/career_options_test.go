package framework_test

import (
	"fmt"
	"slices"
	"testing"

	. "skillatlas/internal/framework"
)

// TestPathsOverSkillsUnderOptions: from skills to skills and to roles, paths that avoid
// skills and levels, in few steps, at other costs, are the best of those that can be
// walked. What each kind of step costs is held to the documentation elsewhere.
func TestPathsOverSkillsUnderOptions(t *testing.T) {
	compared, none := 0, 0
	for seed := range uint64(600) {
		a := newAuthor(seed)
		w := a.meadow(t)
		s := w.Snapshot("one")
		steps := terrain(t, w, "one")
		if len(steps) < 2 || len(steps) > 30 {
			continue
		}
		f := w.View(anyone(), "one", false)
		ref, kinRef := newCareerReference(t, w), newKinReference(s)
		var spots []spot
		var roles []*Role
		for at := range steps {
			spots = append(spots, at)
		}
		for r := range s.Roles() {
			if r.Status == StatusActive && len(r.Requirements) > 0 {
				roles = append(roles, r)
			}
		}
		slices.SortFunc(spots, func(x, y spot) int {
			return slices.Compare([]string{x.skill, fmt.Sprint(x.level)}, []string{y.skill, fmt.Sprint(y.level)})
		})
		end := func(at spot) CareerEnd {
			if at.level == 0 {
				return CareerEnd{Skill: &SkillHeld{Skill: at.skill}}
			}
			return atLevel(at.skill, at.level)
		}
		from := spots[a.IntN(len(spots))]
		to, target := CareerEnd{}, spots[a.IntN(len(spots))]
		ends := map[spot]int{} // what it costs to end there
		most := 1 + a.IntN(3)  // steps, the one into a role among them
		costs := PathCosts{Grow: pick(a, 1, 0.5, 2.0), Move: pick(a, 1, 0.5, 2.0), Stretch: pick(a, 1, 0.5, 2.0), Transition: pick(a, 1, 0.5, 2.0)}
		if len(roles) > 0 && a.IntN(2) == 0 {
			r := pick(a, roles...)
			to = role(r.Code)
			for _, q := range r.Requirements {
				var best spot
				level := ref.held(q.Skill, q.Level)
				for _, at := range spots {
					if at.skill == q.Skill && (best.skill == "" || at.level <= level) {
						best = at
					}
				}
				if best.skill == from.skill && best.level < from.level {
					best = from // held as high as that already
				}
				if best.skill != "" {
					ends[best] = transitionCost(costs.Transition, ref.fit(map[string]int{best.skill: best.level}, r.Requirements))
				}
			}
		} else {
			if to = end(target); target.skill == from.skill {
				continue
			}
			ends[target] = 0
		}
		avoidSkills, avoidLevels := pick(a, nil, nil, []string{pick(a, spots...).skill}), pick(a, nil, nil, []int{pick(a, spots...).level})
		if slices.Contains(avoidLevels, 0) {
			avoidLevels = nil // skills without levels are at none
		}
		avoided := func(at spot) bool {
			if at == target && to.Role == nil { // the end is not passed through
				return false
			}
			return at.skill == from.skill && at.level < from.level || slices.Contains(avoidSkills, at.skill) || slices.Contains(avoidLevels, at.level)
		}
		asked := fmt.Sprintf("seed %d: from %v to %v in %d steps, without %v %v", seed, from, ends, most, avoidSkills, avoidLevels)
		factor := func(x, y spot) float64 {
			switch {
			case x.skill == y.skill:
				return costs.Grow
			case ref.rank[y.level] > max(ref.rank[x.level], 1):
				return costs.Stretch
			}
			return costs.Move
		}
		var all []float64
		var walk func(at spot, been []spot, cost float64)
		walk = func(at spot, been []spot, cost float64) {
			if last, ok := ends[at]; ok && (to.Role == nil || len(been) <= most) {
				all = append(all, cost+float64(last))
				if to.Role == nil {
					return
				}
			}
			if len(been) > most {
				return
			}
			for next, c := range steps[at] {
				if !slices.Contains(been, next) && !avoided(next) {
					walk(next, append(slices.Clip(been), next), cost+factor(at, next)*float64(c))
				}
			}
		}
		walk(from, []spot{from}, 0)
		slices.Sort(all)
		answer := must(f.CareerPaths(t.Context(), end(from), to, 5, most, nil, avoidSkills, nil, avoidLevels, 0.3, costs))
		if len(answer.Paths) != min(len(all), 5) {
			t.Fatalf("%s: %d paths of %d", asked, len(answer.Paths), len(all))
		}
		for i, p := range answer.Paths {
			// The reference rounds what is multiplied, the product what comes of it.
			if off := float64(p.Cost) - all[i]; off > 2*float64(most) || off < -2*float64(most) {
				t.Fatalf("%s: path %d is %s, want %v", asked, i, told(p), all[i])
			}
			walked := 0
			for _, step := range p.Steps {
				if step.Kind == StepTransition {
					continue
				}
				walked++
				at := spot{step.To.Skill().Code(), ordinal(step.To.Level())}
				if _, ok := steps[spot{step.From.Skill().Code(), ordinal(step.From.Level())}][at]; !ok || avoided(at) {
					t.Fatalf("%s: %s cannot be walked", asked, told(p))
				}
			}
			if len(p.Steps) > most || to.Role != nil && p.Steps[len(p.Steps)-1].Kind != StepTransition {
				t.Fatalf("%s: %s has %d steps", asked, told(p), walked)
			}
			compared++
		}
		if len(all) > 0 || to.Role != nil {
			continue
		}
		// Without a path it is the place likest to the end that can be reached.
		none++
		reached := []spot{from}
		for ring := reached; len(ring) > 0 && most > 0; most-- {
			var beyond []spot
			for _, at := range ring {
				for next := range steps[at] {
					if !avoided(next) && !slices.Contains(reached, next) {
						reached, beyond = append(reached, next), append(beyond, next)
					}
				}
			}
			ring = beyond
		}
		like := map[string]float64{target.skill: 2}
		for _, k := range kin(t, f, target.skill, derivedFrom...) {
			like[k.Skill.Code()] = k.Likeness()
		}
		for _, at := range spots {
			for typ := range kinRef.stated(target.skill, at.skill) {
				like[at.skill] = max(like[at.skill], likenessStated[typ])
			}
		}
		var got spot
		if n := answer.Nearest; n != nil { // or nothing is near
			if got = (spot{n.Skill().Code(), ordinal(n.Level())}); !slices.Contains(reached, got) {
				t.Fatalf("%s: nearest is %v, of %v", asked, got, reached)
			}
		}
		for _, at := range reached {
			if like[at.skill] > like[got.skill]+1e-3 || at.skill == got.skill && at.level > got.level {
				t.Fatalf("%s: nearest is %v, and %v can be reached", asked, got, reached)
			}
		}
		var want, missing []string
		if got.skill != target.skill || got.level < target.level {
			held := 0
			if got.skill == target.skill {
				held = got.level
			}
			want = []string{fmt.Sprint(target.skill, held, target.level)}
		}
		for _, m := range answer.Missing {
			missing = append(missing, fmt.Sprint(m.Skill().Code(), ordinal(m.From()), ordinal(m.To())))
		}
		if !slices.Equal(want, missing) {
			t.Fatalf("%s: nearest is %v and missing %v, want %v", asked, got, missing, want)
		}
	}
	if compared < 500 || none < 20 {
		t.Errorf("only %d paths were compared, and none found %d times", compared, none)
	}
}
