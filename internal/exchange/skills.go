package exchange

import (
	"iter"
	"slices"

	"skillatlas/internal/framework"
)

// skills is the skills and relations of the file and of the store.
type skills struct {
	*comparison
	now     map[string]*item[framework.Skill]
	inFile  map[string]bool
	revived map[string]bool
	// related are the relations of the file, by key.
	related map[string]*item[framework.Relation]
	// lineage are the store's relations to successors, by skill.
	lineage map[string][]*framework.Relation
}

func (d *comparison) newSkills() *skills {
	t := &skills{
		comparison: d,
		now:        make(map[string]*item[framework.Skill], len(d.c.skills)),
		inFile:     make(map[string]bool, len(d.c.skills)),
		revived:    map[string]bool{},
		related:    make(map[string]*item[framework.Relation], len(d.c.relations)),
		lineage:    map[string][]*framework.Relation{},
	}
	for _, i := range d.c.skills {
		t.inFile[i.value.Code] = true
		if !i.skipped {
			t.now[i.value.Code] = i
		}
	}
	for _, i := range d.c.relations {
		t.related[i.value.Key()] = i
	}
	for r := range snapshot(d.s, (*framework.Snapshot).Relations) {
		if lineage(r) {
			t.lineage[r.From] = append(t.lineage[r.From], r)
		}
	}
	return t
}

func lineage(r *framework.Relation) bool {
	return r.Type == framework.ReplacedBy || r.Type == framework.MergedInto || r.Type == framework.SplitInto
}

func (t *skills) old(code string) *framework.Skill {
	return current[framework.Skill](t.s, framework.KindSkill, code)
}

func (t *skills) retiredInFile(i *item[framework.Skill]) bool {
	return t.c.has(framework.KindSkill, "status") && i.value.Status == framework.StatusRetired
}

// stands tells whether a relation of the file is in the store and stays there;
// restoring a skill takes away what succeeded it.
func (t *skills) stands(r *framework.Relation) bool {
	old := t.oldRelation(r)
	return old != nil && !(lineage(old) && t.revived[old.From])
}

// oldRelation is the store's version of a relation, or nil. The key alone does
// not tell: a faulty code may have a space.
func (t *skills) oldRelation(r *framework.Relation) *framework.Relation {
	old := current[framework.Relation](t.s, framework.KindRelation, r.Key())
	if old == nil || old.To != r.To || old.ToFramework != r.ToFramework {
		return nil
	}
	return old
}

// revive finds the retired skills that come back, for good or while references
// to them are made. A skill that comes back loses its successors, whose
// statement anew needs these active: hence the rounds.
func (t *skills) revive() {
	bringBack := func(code string) bool {
		i, old := t.now[code], t.old(code)
		if i == nil || old == nil || old.Status == framework.StatusActive || t.revived[code] {
			return false
		}
		t.revived[code] = true
		return true
	}
	if t.s == nil || !t.c.has(framework.KindSkill, "status") {
		return
	}
	for code, i := range t.now {
		if i.value.Status == framework.StatusActive {
			bringBack(code)
		}
	}
	for _, i := range t.c.roles {
		if i.skipped {
			continue
		}
		old := current[framework.Role](t.s, framework.KindRole, i.value.Code)
		for _, q := range i.value.Requirements {
			if old == nil {
				bringBack(q.Skill)
			} else if _, differs := t.required(old, q); differs {
				bringBack(q.Skill)
			}
		}
	}
	for more := true; more; {
		more = false
		for _, i := range t.c.relations {
			r := &i.value
			if i.skipped || t.stands(r) {
				continue
			}
			if !lineage(r) {
				more = bringBack(r.From) || more
			}
			if r.ToFramework == "" {
				more = bringBack(r.To) || more
			}
		}
		for code := range t.revived {
			for _, r := range t.keptLineage(code) {
				more = bringBack(r.To) || more
			}
		}
	}
}

// keptLineage is what must be stated anew because a skill that stays retired
// came back for a while, and the file does not say it.
func (t *skills) keptLineage(code string) []*framework.Relation {
	if !t.retiredInFile(t.now[code]) {
		return nil
	}
	var kept []*framework.Relation
	for _, r := range t.lineage[code] {
		if t.related[r.Key()] == nil && !(t.opt.RetireMissing && t.missed(r)) {
			kept = append(kept, r)
		}
	}
	return kept
}

// missed tells whether a relation of the store that is not in the file counts as
// missing: those of a type that the format has not do not, those of a missing skill
// stay with it, and those of a skill that comes back for good go anyway. Where the
// files have no skills, those of the store count, and what cannot be stated of retired
// ones is not missed.
func (t *skills) missed(r *framework.Relation) bool {
	switch {
	case t.c.relationTypes != nil && !slices.Contains(t.c.relationTypes, r.Type):
		return false
	case !t.c.has(framework.KindSkill, ""):
		return statable(t.s, r)
	}
	from := t.now[r.From]
	if lineage(r) && from != nil && t.revived[r.From] && !t.retiredInFile(from) {
		return false
	}
	return t.inFile[r.From] && (r.ToFramework != "" || t.inFile[r.To])
}

// placements yields the categories that must be active: those that a skill is
// put into or comes back to.
func (t *skills) placements() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, i := range t.c.skills {
			if i.skipped {
				continue
			}
			s, old := &i.value, t.old(i.value.Code)
			category := s.Category
			if old != nil && !t.c.has(framework.KindSkill, "category") {
				category = old.Category
			}
			placed := old == nil || old.Category != category || t.revived[s.Code]
			if placed && category != "" && !yield(category) {
				return
			}
		}
	}
}

func (t *skills) build() {
	for _, i := range t.c.skills {
		if !i.skipped {
			t.buildSkill(i)
		}
	}
	if !t.c.has(framework.KindSkill, "") {
		return
	}
	for s := range snapshot(t.s, (*framework.Snapshot).Skills) {
		if !t.inFile[s.Code] && s.Status == framework.StatusActive {
			t.miss(framework.KindSkill, s.Code, "")
		}
	}
}

func (t *skills) buildSkill(i *item[framework.Skill]) {
	s := &i.value
	has := func(field string) bool { return t.c.has(framework.KindSkill, field) }
	what := "skill " + s.Code
	old := t.old(s.Code)
	if old == nil {
		create := framework.CreateSkill{
			Code: s.Code, Name: s.Name, Description: s.Description, Guidance: s.Guidance, Synonyms: s.Synonyms,
			URL: s.URL, Category: s.Category, Position: s.Position,
		}
		var parts []*origin
		for n, l := range s.Levels {
			if !i.parts[n].skipped {
				create.Levels = append(create.Levels, l)
				parts = append(parts, i.parts[n])
			}
		}
		t.steps = append(t.steps, step{edit: create, from: &i.origin, parts: parts, what: what})
		return
	}
	var updated, moved bool
	update := framework.UpdateSkill{
		Code:        s.Code,
		Name:        set(&updated, has("name"), old.Name, s.Name),
		Description: set(&updated, has("description"), old.Description, s.Description),
		Guidance:    set(&updated, has("guidance"), old.Guidance, s.Guidance),
		URL:         set(&updated, has("url"), old.URL, s.URL),
	}
	if has("synonyms") && !slices.Equal(old.Synonyms, synonyms(s.Synonyms)) {
		updated = true
		update.Synonyms = framework.Some(s.Synonyms)
	}
	move := framework.MoveSkill{
		Code:     s.Code,
		Category: set(&moved, has("category"), old.Category, s.Category),
		Position: set(&moved, has("position"), old.Position, s.Position),
	}
	if updated {
		t.step(&i.origin, what, update)
	}
	if moved {
		t.step(&i.origin, what, move)
	}
	if t.revived[s.Code] {
		t.step(&i.origin, what, framework.RestoreSkill{Code: s.Code})
	}
	if !has("levels") {
		return
	}
	t.levelTexts(framework.KindSkill, s.Code, old.Levels, s.Levels, i.parts,
		func(l framework.LevelText) framework.Edit {
			return framework.DefineSkillLevel{Skill: s.Code, Level: l.Level, Description: l.Description}
		},
		func(level int) framework.Edit { return framework.RemoveSkillLevel{Skill: s.Code, Level: level} })
}

// hidden tells whether a relation is with a framework that is not for the eyes of whoever
// the world was made for, or is not there.
func (t *skills) hidden(r *framework.Relation) bool {
	return r.ToFramework != "" && t.w.Snapshot(r.ToFramework) == nil
}

func (t *skills) relate() {
	if !t.c.has(framework.KindRelation, "") {
		return
	}
	for r := range snapshot(t.s, (*framework.Snapshot).Relations) {
		if t.related[r.Key()] != nil || !t.missed(r) {
			continue
		}
		if t.hidden(r) {
			continue
		}
		t.miss(framework.KindRelation, r.Key(), "")
		if t.opt.RetireMissing && !(lineage(r) && t.revived[r.From]) {
			t.step(nil, "relation "+r.Key(), framework.Unrelate{From: r.From, Type: r.Type, ToFramework: r.ToFramework, To: r.To})
		}
	}
	for _, i := range t.c.relations {
		if i.skipped {
			continue
		}
		r := &i.value
		what := "relation " + r.Key()
		if !t.stands(r) || t.hidden(r) { // a guess is refused alike whether or not it is right
			t.step(&i.origin, what, framework.Relate{From: r.From, Type: r.Type, ToFramework: r.ToFramework, To: r.To, Note: r.Note})
			continue
		}
		old := t.oldRelation(r)
		var changed bool
		note := set(&changed, t.c.has(framework.KindRelation, "note"), old.Note, r.Note)
		if changed {
			t.step(&i.origin, what, framework.UpdateRelation{
				From: r.From, Type: r.Type, ToFramework: r.ToFramework, To: r.To, Note: note,
			})
		}
	}
	for _, i := range t.c.skills {
		if i.skipped || !t.revived[i.value.Code] {
			continue
		}
		for _, r := range t.keptLineage(i.value.Code) {
			t.step(&i.origin, "relation "+r.Key(), framework.Relate{From: r.From, Type: r.Type, To: r.To, Note: r.Note})
		}
	}
}

func (t *skills) retire() {
	for _, i := range t.c.skills {
		if i.skipped || !t.retiredInFile(i) {
			continue
		}
		old := t.old(i.value.Code)
		if old == nil || old.Status == framework.StatusActive || t.revived[i.value.Code] {
			t.retired(&i.origin, "skill "+i.value.Code, framework.RetireSkill{Code: i.value.Code})
		}
	}
	if !t.opt.RetireMissing || !t.c.has(framework.KindSkill, "") {
		return
	}
	for s := range snapshot(t.s, (*framework.Snapshot).Skills) {
		if !t.inFile[s.Code] && s.Status == framework.StatusActive {
			t.step(nil, "skill "+s.Code, framework.RetireSkill{Code: s.Code})
		}
	}
}
