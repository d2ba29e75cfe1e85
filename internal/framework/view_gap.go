package framework

import (
	"cmp"
	"context"
	"slices"
)

// A SkillGapView compares what is held with what is wanted.
type SkillGapView struct {
	f         *FrameworkView
	have      profile
	items     []gapItem
	readiness float64
}

// Readiness is the share of what is wanted that is held, from 0 to 1.
func (v SkillGapView) Readiness() float64 { return rounded(v.readiness) }

// Gap compares one end with another: a skill at a level, a role, or a profile.
func (f *FrameworkView) Gap(ctx context.Context, have, want CareerEnd) (*SkillGapView, error) {
	from, err := f.end("have", have)
	if err != nil {
		return nil, err
	}
	to, err := f.end("want", want)
	if err != nil {
		return nil, err
	}
	if err := f.spend(ctx, len(from.profile.list)+len(to.profile.list)); err != nil {
		return nil, err
	}
	items, readiness := from.profile.gap(to.profile)
	return &SkillGapView{f, from.profile, items, readiness}, nil
}

// Counts tells how many skills have each status.
func (v SkillGapView) Counts() GapCounts {
	var c GapCounts
	for _, i := range v.items {
		switch i.status {
		case GapMet:
			c.Met++
		case GapPartly:
			c.Partly++
		case GapMissing:
			c.Missing++
		case GapSurplus:
			c.Surplus++
		}
	}
	return c
}

// GapCounts is how many skills have each status.
type GapCounts struct{ Met, Partly, Missing, Surplus int }

// Items lists the skills by code, those with some of the statuses.
func (v SkillGapView) Items(ctx context.Context, status []GapStatus) ([]GapItemView, error) {
	if err := v.f.spend(ctx, len(v.items)*costOfElement); err != nil {
		return nil, err
	}
	list := []GapItemView{}
	for _, i := range v.items {
		if len(status) == 0 || slices.Contains(status, i.status) {
			list = append(list, GapItemView{v, i})
		}
	}
	return list, nil
}

// A GapItemView compares what is held of one skill with what is wanted.
type GapItemView struct {
	v    SkillGapView
	item gapItem
}

func (v GapItemView) Skill() SkillView   { return *v.v.f.Skill(v.item.skill) }
func (v GapItemView) Status() GapStatus  { return v.item.status }
func (v GapItemView) Held() *LevelView   { return v.v.f.Level(v.item.held) }
func (v GapItemView) Wanted() *LevelView { return v.v.f.Level(v.item.want) }
func (v GapItemView) Credit() *float64   { return v.ifWanted(v.item.credit) }
func (v GapItemView) Weight() *float64   { return v.ifWanted(v.item.weight) }

func (v GapItemView) ifWanted(n float64) *float64 {
	if v.item.status == GapSurplus {
		return nil
	}
	return new(rounded(n))
}

// Importance is that of the requirement, or nil for a surplus.
func (v GapItemView) Importance() *Importance {
	if v.item.importance == "" {
		return nil
	}
	return &v.item.importance
}

// MissingLevels lists the levels of the skill above the one held, up to the one wanted.
func (v GapItemView) MissingLevels() []SkillLevelView {
	list := []SkillLevelView{}
	if v.item.status != GapPartly && v.item.status != GapMissing {
		return list
	}
	skill := v.Skill()
	for i, l := range skill.n.Levels {
		if l.Level > v.item.held && l.Level <= v.item.want {
			list = append(list, SkillLevelView{skill, i})
		}
	}
	return list
}

// Leads is the skill held that leads to one that is missing best; see [profile.leadsTo].
// It is nil when none is related, and for what is not missing.
func (v GapItemView) Leads(ctx context.Context) (*RelatedSkillView, error) {
	if v.item.status != GapMissing {
		return nil, nil
	}
	return v.v.have.leadsTo(ctx, v.Skill())
}

// leadsTo is the skill of a profile that is the nearest to one that it does not have, or
// nil: by what is stated and by words if there is any, and else by all that is known.
func (p profile) leadsTo(ctx context.Context, skill SkillView) (*RelatedSkillView, error) {
	// What is alike leads better than what roles happen to require together.
	for _, origins := range []originSet{statedOrigin | textOrigin, 0} {
		near, err := skill.around(ctx, origins, 1, stepFilter{})
		if err != nil {
			return nil, err
		}
		for _, n := range near {
			if _, held := p.has(n.Skill.n.Code); held && (origins == 0 || n.likeness >= leastLikeness) {
				return &n, nil
			}
		}
	}
	return nil, nil
}

// A RoleMatchView is a role and how ready someone is for it.
type RoleMatchView struct {
	f         *FrameworkView
	r         *Role
	have      profile
	readiness float64
}

func (v RoleMatchView) Role() RoleView     { return RoleView{v.f, v.r} }
func (v RoleMatchView) Readiness() float64 { return rounded(v.readiness) }

// Back is how ready someone in the role is for what the match was asked for.
func (v RoleMatchView) Back(ctx context.Context) (float64, error) {
	if err := v.f.spend(ctx, 1+len(v.have.list)/8); err != nil {
		return 0, err
	}
	_, ready := v.f.s.profileOfRole(v.r).gap(v.have)
	return rounded(ready), nil
}

// Gap compares what is held with what the role asks for.
func (v RoleMatchView) Gap(ctx context.Context) (*SkillGapView, error) {
	if err := v.f.spend(ctx, len(v.r.Requirements)); err != nil {
		return nil, err
	}
	items, readiness := v.have.gap(v.f.s.profileOfRole(v.r))
	return &SkillGapView{v.f, v.have, items, readiness}, nil
}

// RolesFor lists the roles that someone is readiest for, the readiest first.
func (f *FrameworkView) RolesFor(ctx context.Context, have CareerEnd, first int, readiness float64) ([]RoleMatchView, error) {
	end, err := f.end("have", have)
	if err != nil {
		return nil, err
	}
	return f.rolesFor(ctx, end.profile, end.role, first, readiness)
}

// Similar lists the roles that someone in this one is readiest for.
func (v RoleView) Similar(ctx context.Context, first int, readiness float64) ([]RoleMatchView, error) {
	return v.f.rolesFor(ctx, v.f.s.profileOfRole(v.r), v.r, first, readiness)
}

func (f *FrameworkView) rolesFor(ctx context.Context, have profile, not *Role, first int, readiness float64) ([]RoleMatchView, error) {
	switch {
	case first < 0 || first > MaxPage:
		return nil, Errorf(Invalid, "first is %d; ask for 0 to %d roles", first, MaxPage)
	case !(readiness >= 0 && readiness <= 1):
		return nil, Errorf(Invalid, "readiness is %v; it can be 0 to 1", readiness)
	}
	if err := f.spend(ctx, len(f.s.roles.items)+len(have.list)+first*costOfElement); err != nil {
		return nil, err
	}
	list := []RoleMatchView{}
	for i, ready := range have.readinesses() {
		if r := f.s.roles.items[i]; ready > 0 && rounded(ready) >= readiness && r != not {
			list = append(list, RoleMatchView{f, r, have, ready})
		}
	}
	slices.SortFunc(list, func(a, b RoleMatchView) int {
		return cmp.Or(-cmp.Compare(a.readiness, b.readiness), cmp.Compare(a.r.Code, b.r.Code))
	})
	return list[:min(len(list), first)], nil
}

// A NextSkillView is a skill at the next level that someone can gain, and what it opens.
type NextSkillView struct {
	f    *FrameworkView
	have profile
	item gapItem
	// Opens are the roles for which one becomes ready by it.
	opens []int32
	gain  float64
}

// Gain is by how much the readiness for all roles rises together.
func (v NextSkillView) Gain() float64 { return rounded(v.gain) }

// Ask is the skill, from what is held to what is to be gained.
func (v NextSkillView) Ask() SkillAskView {
	return SkillAskView{v.f, v.item, func() profile { return v.have }}
}

// OpensCount is how many roles it opens.
func (v NextSkillView) OpensCount() int { return len(v.opens) }

// Opens lists roles that it opens, by code.
func (v NextSkillView) Opens(ctx context.Context, first int) ([]RoleView, error) {
	if first < 0 || first > MaxPage {
		return nil, Errorf(Invalid, "first is %d; ask for 0 to %d roles", first, MaxPage)
	}
	n := min(first, len(v.opens))
	if err := v.f.spend(ctx, n*costOfElement); err != nil {
		return nil, err
	}
	list := make([]RoleView, n)
	for i := range list {
		list[i] = RoleView{v.f, v.f.s.roles.items[v.opens[i]]}
	}
	return list, nil
}

// NextSkills lists the single levels whose gain opens most roles: those for which the
// readiness comes to be what is viable. Of those that open as many, the one that brings
// nearer to more comes first.
func (f *FrameworkView) NextSkills(ctx context.Context, have CareerEnd, first int, viable float64) ([]NextSkillView, error) {
	end, err := f.end("have", have)
	if err != nil {
		return nil, err
	}
	switch {
	case first < 0 || first > MaxPage:
		return nil, Errorf(Invalid, "first is %d; ask for 0 to %d skills", first, MaxPage)
	case !(viable > 0 && viable <= 1):
		return nil, Errorf(Invalid, "viable is %v; it can be above 0, to 1", viable)
	}
	ready := end.profile.readinesses()
	demand := f.workings().demand()
	list := []NextSkillView{}
	for at, n := range f.s.skills.items {
		if err := f.spend(ctx, 1+len(demand.of[at])); err != nil {
			return nil, err
		}
		if n.Status != StatusActive || len(demand.of[at]) == 0 {
			continue
		}
		item := gapItem{skill: n.Code, status: GapMissing}
		held, has := end.profile.has(n.Code)
		if has {
			item.status, item.held = GapPartly, held
		}
		i := slices.IndexFunc(n.Levels, func(l LevelText) bool { return l.Level > held })
		switch {
		case i >= 0:
			item.want = n.Levels[i].Level
		case has:
			continue // held as high as it goes
		}
		next := NextSkillView{f: f, have: end.profile, item: item}
		for _, w := range demand.of[at] {
			gain := f.s.credit(item.want, int(w.level))
			if has {
				gain -= f.s.credit(held, int(w.level))
			}
			gain *= w.weight / demand.sums[w.role]
			next.gain += gain
			if rounded(ready[w.role]) < viable && rounded(ready[w.role]+gain) >= viable {
				next.opens = append(next.opens, w.role)
			}
		}
		if next.gain > 0 {
			list = append(list, next)
		}
	}
	slices.SortFunc(list, func(a, b NextSkillView) int {
		return cmp.Or(-cmp.Compare(len(a.opens), len(b.opens)), -cmp.Compare(a.gain, b.gain), cmp.Compare(a.item.skill, b.item.skill))
	})
	return list[:min(len(list), first)], nil
}
