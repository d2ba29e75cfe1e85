package framework

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// RevertRevision takes back what a revision changed of the framework's content, in a
// revision of its own: fields get the values they had before, unless others have
// changed them since. What has a code and was created is retired, since codes stay.
// A change request that the revision applied is no longer applied.
type RevertRevision struct {
	Seq int64
	// Choices settle conflicts: OURS takes back all the same, THEIRS leaves it.
	Choices []Choice
}

func (RevertRevision) deed() Deed { return DeedEdit }

func (e RevertRevision) needs(w *World, framework string) []int64 {
	if w.Step(e.Seq) == nil {
		return nil
	}
	return []int64{e.Seq - 1, e.Seq}
}

func (e RevertRevision) carries(w *World, _ string) int {
	if step := w.Step(e.Seq); step != nil {
		return step.ChangeRequest
	}
	return 0
}

func (e RevertRevision) apply(d *draft) {
	step := d.world.Step(e.Seq)
	if step == nil {
		d.problem("revision", "there is no revision %d; the newest is %d", e.Seq, d.world.seq)
		return
	}
	touches := slices.DeleteFunc(slices.Clone(step.touches(d.code)), func(t Touch) bool { return !t.Kind.Content() })
	if len(touches) == 0 {
		d.problem("revision", "revision %d changed nothing of the content of framework %s", e.Seq, d.code)
		return
	}
	if touches[0].Kind == KindFramework && touches[0].Action == Created {
		d.problem("revision", "revision %d created framework %s; archive it instead", e.Seq, d.code)
		return
	}
	r := reversal{draft: d, was: d.past(e.Seq - 1), did: d.past(e.Seq), choices: newChoices(e.Choices)}
	before := len(d.problems)
	for _, t := range touches {
		r.entity(t.Ref)
	}
	d.checkUsed(r.choices)
	if len(d.problems) > before {
		return
	}
	d.checkContent()
	if len(d.problems) == before {
		d.unapply(e.Seq)
	}
}

// A reversal is a revert under way.
type reversal struct {
	*draft
	was, did *World // before and after the revision
	choices  *choices
}

// entity takes back what was done to one entity.
func (r *reversal) entity(ref Ref) {
	was, did, is := r.was.entity(ref), r.did.entity(ref), r.world.entity(ref)
	conflict := FieldConflict{Ref: ref, Since: Change{ref, is}.action(did != nil), By: r.world.lastTouch(ref, r.did.seq)}
	switch {
	case sameEntity(was, is):
	case was == nil || did == nil || is == nil: // as a whole
		if sameEntity(did, is) || r.agrees(conflict) {
			r.set(ref, was, is)
		}
	default:
		r.fields(conflict, was, did, is)
	}
}

// fields takes back what was done to fields of an entity.
func (r *reversal) fields(conflict FieldConflict, was, did, is Entity) {
	old, done, now := values(was), values(did), values(is)
	restored := is
	for _, path := range slices.Sorted(maps.Keys(changedFacts(was, did))) {
		if same(now[path], old[path]) {
			continue
		}
		if !same(now[path], done[path]) {
			conflict.Field, conflict.Base, conflict.Theirs, conflict.Ours = path, done[path], now[path], old[path]
			if !r.agrees(conflict) {
				continue
			}
		}
		restored = withField(restored, was, path)
	}
	r.set(conflict.Ref, restored, is)
}

// agrees reports whether a conflict is settled in favour of taking back.
func (r *reversal) agrees(c FieldConflict) bool {
	choice, ok := r.choices.find(c.Ref, c.Field)
	if !ok || choice.Keep != KeepOurs && choice.Keep != KeepTheirs {
		r.unsettled(c, []Keep{KeepOurs, KeepTheirs})
		return false
	}
	return choice.Keep == KeepOurs
}

// set makes a version the current one in place of another.
func (r *reversal) set(ref Ref, e, is Entity) {
	if relation, ok := is.(*Relation); ok && e == nil {
		r.removeRelation(relation)
		return
	}
	if relation, ok := e.(*Relation); ok {
		r.putRelation(relation)
		return
	}
	switch {
	case e != nil:
		r.put(e)
	case ref.Kind == KindLevel:
		r.remove(is)
	default: // codes stay
		r.put(withStatus(is, StatusRetired))
	}
}

// unapply notes that a revision was taken back: the change request it applied is no
// longer applied; one that it had taken back is applied again.
func (d *draft) unapply(seq int64) {
	for _, n := range d.tracker.requests.items {
		last := len(n.Applications) - 1
		if last < 0 {
			continue
		}
		changed := *n.ChangeRequest
		a := n.Applications[last]
		switch {
		case a.Revision == seq && a.RevertedIn == 0:
			changed.Applications = slices.Clone(n.Applications)
			changed.Applications[last].RevertedIn = d.next()
		case a.RevertedIn == seq:
			changed.Applications = append(slices.Clip(n.Applications), Application{
				Proposal: a.Proposal, Revision: d.next(), By: d.act.Actor.ID, At: d.act.Time, WhatChanged: a.WhatChanged,
			})
		default:
			continue
		}
		d.put(&changed)
	}
}

// checkContent reports what of the content would break a rule, after changes that
// were not made by edits.
func (d *draft) checkContent() {
	content := slices.DeleteFunc(d.changes(), func(c Change) bool { return !c.Kind.Content() })
	c := &checker{w: d.world.preview(content)}
	c.content(c.w.Snapshot(d.code))
	for _, fault := range c.faults {
		d.problem("revision", "it cannot be taken back as things are: %v", fault)
	}
}

// withStatus is a coded entity with another status.
func withStatus(e Entity, status Status) Entity {
	switch e := e.(type) {
	case *Attribute:
		c := *e
		c.Status = status
		return &c
	case *Category:
		c := *e
		c.Status = status
		return &c
	case *Skill:
		c := *e
		c.Status = status
		return &c
	case *RoleGroup:
		c := *e
		c.Status = status
		return &c
	case *Role:
		c := *e
		c.Status = status
		return &c
	}
	panic("framework: " + string(e.Kind()) + " has no status")
}

// withField is a version of an entity with the field of a fact path as another
// version has it.
func withField(e, from Entity, path string) Entity {
	switch from := from.(type) {
	case *Framework:
		c := *e.(*Framework)
		switch path {
		case "name":
			c.Name = from.Name
		case "description":
			c.Description = from.Description
		case "publisher":
			c.Publisher = from.Publisher
		case "url":
			c.URL = from.URL
		case "licence":
			c.Licence = from.Licence
		case "attribution":
			c.Attribution = from.Attribution
		case "locale":
			c.Locale = from.Locale
		case "skillCodePattern":
			c.SkillCodePattern = from.SkillCodePattern
		case "skillCodeHint":
			c.SkillCodeHint = from.SkillCodeHint
		case "archived":
			c.Archived = from.Archived
		case "showsRelease":
			c.ShowsRelease = from.ShowsRelease
		case "hidesHead":
			c.HidesHead = from.HidesHead
		}
		return &c
	case *Level:
		c := *e.(*Level)
		switch path {
		case "name":
			c.Name = from.Name
		case "essence":
			c.Essence = from.Essence
		case "url":
			c.URL = from.URL
		}
		return &c
	case *Attribute:
		c := *e.(*Attribute)
		switch path {
		case "name":
			c.Name = from.Name
		case "type":
			c.Type = from.Type
		case "description":
			c.Description = from.Description
		case "position":
			c.Position = from.Position
		case "status":
			c.Status = from.Status
		default:
			c.Levels = withLevelField(c.Levels, from.Levels, path)
		}
		return &c
	case *Category:
		c := *e.(*Category)
		switch path {
		case "name":
			c.Name = from.Name
		case "description":
			c.Description = from.Description
		case "parent":
			c.Parent = from.Parent
		case "position":
			c.Position = from.Position
		case "status":
			c.Status = from.Status
		case "successors":
			c.Successors = from.Successors
		}
		return &c
	case *Skill:
		c := *e.(*Skill)
		switch path {
		case "name":
			c.Name = from.Name
		case "description":
			c.Description = from.Description
		case "guidance":
			c.Guidance = from.Guidance
		case "synonyms":
			c.Synonyms = from.Synonyms
		case "url":
			c.URL = from.URL
		case "category":
			c.Category = from.Category
		case "position":
			c.Position = from.Position
		case "status":
			c.Status = from.Status
		default:
			c.Levels = withLevelField(c.Levels, from.Levels, path)
		}
		return &c
	case *Relation:
		c := *e.(*Relation)
		if path == "note" {
			c.Note = from.Note
		}
		return &c
	case *RoleGroup:
		c := *e.(*RoleGroup)
		switch path {
		case "name":
			c.Name = from.Name
		case "description":
			c.Description = from.Description
		case "parent":
			c.Parent = from.Parent
		case "position":
			c.Position = from.Position
		case "status":
			c.Status = from.Status
		}
		return &c
	case *Role:
		c := *e.(*Role)
		switch path {
		case "name":
			c.Name = from.Name
		case "description":
			c.Description = from.Description
		case "group":
			c.Group = from.Group
		case "kind":
			c.RoleKind = from.RoleKind
		case "seniority":
			c.Seniority = from.Seniority
		case "status":
			c.Status = from.Status
		case "successors":
			c.Successors = from.Successors
		default:
			c.Requirements = withRequirementField(c.Requirements, from.Requirements, strings.TrimPrefix(path, "requirements."))
		}
		return &c
	}
	panic("framework: " + string(from.Kind()) + " is not content")
}

// withLevelField is a list of level texts with that of a path as another list has it.
func withLevelField(list, from []LevelText, path string) []LevelText {
	level, _ := strconv.Atoi(strings.TrimPrefix(path, "levels."))
	if i, ok := levelText(from, level); ok {
		return withLevelText(list, from[i])
	}
	if i, ok := levelText(list, level); ok {
		return withoutLevelText(list, i)
	}
	return list
}

// withRequirementField is a list of requirements with that for a skill as another
// list has it.
func withRequirementField(list, from []Requirement, skill string) []Requirement {
	list = slices.Clone(list)
	i, has := requirement(list, skill)
	j, had := requirement(from, skill)
	switch {
	case has && had:
		list[i] = from[j]
	case had:
		list = slices.Insert(list, i, from[j])
	case has:
		list = slices.Delete(list, i, i+1)
	}
	return list
}
