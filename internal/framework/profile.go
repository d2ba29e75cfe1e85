package framework

import (
	"math"
	"slices"
	"sort"
	"strings"
)

// A Held is a skill that someone has, at a level; a level of 0 says that it is not
// known, which counts as the lowest of the skill.
type Held struct {
	Skill string
	Level int
}

// A profile is what someone has, or a role requires, by skill. It asks for what it
// says and holds it too, so that any can be compared with any.
type profile struct {
	s    *Snapshot
	list []Requirement // by skill
}

// profileOf is the profile of someone who has some skills; of one that is there twice
// the highest level counts.
func (s *Snapshot) profileOf(held []Held) profile {
	p := profile{s: s}
	for _, h := range held {
		q := Requirement{Skill: h.Skill, Level: h.Level, Importance: Essential}
		if i, found := requirement(p.list, h.Skill); found {
			p.list[i] = p.list[i].joined(q)
		} else {
			p.list = slices.Insert(p.list, i, q)
		}
	}
	return p
}

// profileOfRole is what a role requires.
func (s *Snapshot) profileOfRole(r *Role) profile { return profile{s, r.Requirements} }

// has returns the level at which the profile has a skill.
func (p profile) has(skill string) (level int, ok bool) {
	i, ok := requirement(p.list, skill)
	if !ok {
		return 0, false
	}
	if level = p.list[i].Level; level == 0 {
		level = p.s.lowest(skill)
	}
	return level, true
}

// lowest is the lowest level that a skill is described at, 0 for none.
func (s *Snapshot) lowest(skill string) int {
	if n := s.skill(skill); n != nil && len(n.Levels) > 0 {
		return n.Levels[0].Level
	}
	return 0
}

// joined is what two profiles have together.
func (p profile) joined(o profile) profile {
	both := profile{s: p.s, list: make([]Requirement, 0, len(p.list)+len(o.list))}
	i := 0
	for _, q := range o.list {
		for ; i < len(p.list) && p.list[i].Skill < q.Skill; i++ {
			both.list = append(both.list, p.list[i])
		}
		if i < len(p.list) && p.list[i].Skill == q.Skill {
			q = q.joined(p.list[i])
			i++
		}
		both.list = append(both.list, q)
	}
	both.list = append(both.list, p.list[i:]...)
	return both
}

// rank counts the levels of the framework up to one; 0 has none.
func (s *Snapshot) rank(level int) int {
	return sort.Search(len(s.levels), func(i int) bool { return s.levels[i].Ordinal > level })
}

// A GapStatus says how what is held compares with what is asked for.
type GapStatus string

// The statuses.
const (
	GapMet     GapStatus = "MET"     // held at the level asked for, or above
	GapPartly  GapStatus = "PARTLY"  // held below the level asked for
	GapMissing GapStatus = "MISSING" // not held
	GapSurplus GapStatus = "SURPLUS" // held, and not asked for
)

// GapStatuses lists the statuses.
var GapStatuses = [...]GapStatus{GapMet, GapPartly, GapMissing, GapSurplus}

// A gapItem compares one skill. Levels are 0 where there is none.
type gapItem struct {
	skill      string
	status     GapStatus
	held, want int
	importance Importance
	weight     float64
	// credit is the share of what is asked for that is held, from 0 to 1.
	credit float64
}

// credit is the share of a requirement that someone meets who has the skill at a level:
// all of it at the level asked for or above, or where none is asked for, and below it
// as many of the levels up to it as are held.
func (s *Snapshot) credit(held, want int) float64 {
	if held >= want {
		return 1
	}
	return float64(s.rank(held)) / float64(s.rank(want))
}

// importanceOf is what a requirement weighs: 1 when it is essential and half that when
// it is optional, times its weight where it states one.
func importanceOf(q Requirement) float64 {
	weight := 1.0
	if q.Importance == Optional {
		weight = 0.5
	}
	if q.Weight > 0 {
		weight *= q.Weight
	}
	return weight
}

// gap compares what is held with what is wanted, skill by skill, in order of skills.
// The readiness is the share of what is wanted that is held, each requirement weighing
// as [importanceOf] says; it is 1 where nothing is wanted. The manner is that of
// Nesta's Mapping Career Causeways (2020), whose similarity of jobs is asymmetric too:
// how much of what the destination asks for the origin covers.
func (p profile) gap(want profile) (items []gapItem, readiness float64) {
	sum, met := 0.0, 0.0
	for _, q := range want.list {
		item := gapItem{skill: q.Skill, status: GapMissing, want: q.Level, importance: q.Importance, weight: importanceOf(q)}
		if held, has := p.has(q.Skill); has {
			item.held, item.credit = held, p.s.credit(held, q.Level)
			item.status = GapMet
			if item.credit < 1 {
				item.status = GapPartly
			}
		}
		sum += item.weight
		met += item.weight * item.credit
		items = append(items, item)
	}
	for _, q := range p.list {
		if _, wanted := requirement(want.list, q.Skill); !wanted {
			held, _ := p.has(q.Skill)
			items = append(items, gapItem{skill: q.Skill, status: GapSurplus, held: held})
		}
	}
	slices.SortFunc(items, func(a, b gapItem) int { return strings.Compare(a.skill, b.skill) })
	if sum == 0 {
		return items, 1
	}
	return items, met / sum
}

// rounded is a share or likeness as it is shown: more digits would say nothing.
func rounded(n float64) float64 { return math.Round(n*1e4) / 1e4 }

// demand is what the active roles of a snapshot require.
type demand struct {
	// of lists for each skill, by its place, who requires it, in order of roles.
	of [][]wanting
	// sums is what the requirements of each role weigh together, by its place.
	sums []float64
}

// A wanting is a role's requirement for a skill. Who is in the role holds the skill.
type wanting struct {
	role        int32
	level, held int32
	weight      float64
}

func newDemand(s *Snapshot) *demand {
	d := &demand{make([][]wanting, len(s.skills.items)), make([]float64, len(s.roles.items))}
	for i, r := range s.roles.items {
		if r.Status != StatusActive {
			continue
		}
		p := s.profileOfRole(r)
		for _, q := range r.Requirements {
			at, weight := s.skills.index[q.Skill], importanceOf(q)
			held, _ := p.has(q.Skill)
			d.of[at] = append(d.of[at], wanting{int32(i), int32(q.Level), int32(held), weight})
			d.sums[i] += weight
		}
	}
	return d
}

// shares divides what is held of each role's requirements by what they weigh.
func (d *demand) shares(met []float64) []float64 {
	for i, sum := range d.sums {
		if sum > 0 {
			met[i] /= sum
		}
	}
	return met
}

// readinesses tells how ready someone is for each active role, by its place among the
// snapshot's roles. Roles of which nothing is held are 0.
func (p profile) readinesses() []float64 {
	demand := p.s.workings().demand()
	met := make([]float64, len(demand.sums))
	for _, q := range p.list {
		at, ok := p.s.skills.index[q.Skill]
		if !ok {
			continue
		}
		level, _ := p.has(q.Skill)
		for _, w := range demand.of[at] {
			met[w.role] += w.weight * p.s.credit(level, int(w.level))
		}
	}
	return demand.shares(met)
}

// readyAfter tells how ready someone is for what is wanted after having been in each
// active role, by place.
func (p profile) readyAfter(want profile) []float64 {
	demand := p.s.workings().demand()
	sum, met, credit := 0.0, make([]float64, len(demand.sums)), make([]float64, len(demand.sums))
	for _, q := range want.list {
		held := 0.0
		if level, has := p.has(q.Skill); has {
			held = p.s.credit(level, q.Level)
		}
		for i := range credit {
			credit[i] = held
		}
		if at, ok := p.s.skills.index[q.Skill]; ok {
			for _, w := range demand.of[at] {
				credit[w.role] = max(held, p.s.credit(int(w.held), q.Level))
			}
		}
		weight := importanceOf(q)
		sum += weight
		for i, c := range credit {
			met[i] += weight * c
		}
	}
	for i := range met {
		if sum > 0 {
			met[i] /= sum
		}
	}
	return met
}
