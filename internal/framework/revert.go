package framework

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// RevertRevision takes back what a revision changed of the framework's content, in a
// revision of its own: fields get the values they had before, unless others have
// changed them since. What has a code and was created is retired, since codes stay;
// a level of responsibility that was created stays while that is described at it.
// A change request that the revision applied is no longer applied.
type RevertRevision struct {
	Seq int64
	// Choices settle conflicts: OURS takes back all the same, THEIRS leaves it.
	Choices []Choice
}

func (RevertRevision) deed() Deed { return DeedEdit }

func (e RevertRevision) needs(w *World, framework string) []int64 {
	if _, problem := w.revertible(framework, e.Seq); problem != "" {
		return nil
	}
	return []int64{e.Seq - 1, e.Seq}
}

func (e RevertRevision) carries(w *World, framework string) int {
	if _, problem := w.revertible(framework, e.Seq); problem != "" {
		return 0
	}
	return w.Step(e.Seq).ChangeRequest
}

// revertible lists what a revision did to the content of a framework, or says why
// that cannot be taken back.
func (w *World) revertible(framework string, seq int64) (touches []Touch, problem string) {
	step := w.Step(seq)
	if step == nil {
		return nil, fmt.Sprintf("there is no revision %d; the newest is %d", seq, w.seq)
	}
	for _, t := range step.touches(framework) {
		if t.Kind.Content() {
			touches = append(touches, t)
		}
	}
	switch {
	case len(touches) == 0:
		return nil, fmt.Sprintf("revision %d changed nothing of the content of framework %s", seq, framework)
	case touches[0].Kind == KindFramework && touches[0].Action == Created:
		return nil, fmt.Sprintf("revision %d created framework %s; archive it instead", seq, framework)
	}
	return touches, ""
}

func (e RevertRevision) apply(d *draft) {
	touches, problem := d.world.revertible(d.code, e.Seq)
	if d.report("revision", problem) {
		return
	}
	r := reversal{draft: d, was: d.past(e.Seq - 1), did: d.past(e.Seq), choices: newChoices(e.Choices), made: map[Ref]bool{}}
	before := len(d.problems)
	for _, t := range touches {
		r.entity(t.Ref)
	}
	d.checkUsed(r.choices)
	if len(d.problems) == before && len(r.reverts) == 0 && !r.undone {
		d.problem("choices", "nothing of revision %d would be taken back", e.Seq)
	}
	if len(d.problems) > before {
		return
	}
	r.make()
	if len(d.problems) == before {
		d.unapply(e.Seq)
	}
}

// A reversal is a revert under way.
type reversal struct {
	*draft
	was, did *World // before and after the revision
	choices  *choices
	reverts  []reverted
	// made has what the revision created with a code and is retired then.
	made map[Ref]bool
	// undone is set when something the revision did is so no longer, of itself.
	undone bool
}

// reverted is an entity as it is, and as it is to be: nil for not there.
type reverted struct {
	ref    Ref
	is, to Entity
}

// entity works out how what was done to one entity is taken back.
func (r *reversal) entity(ref Ref) {
	was, did, is := r.was.entity(ref), r.did.entity(ref), r.entityNow(ref)
	conflict := FieldConflict{Ref: ref, Since: Change{Ref: ref, Entity: is}.action(did != nil), By: r.world.lastTouch(ref, r.did.seq)}
	to := was
	if was == nil {
		to = withStatus(is, StatusRetired) // codes stay
	}
	switch {
	case sameEntity(to, is):
		r.undone = true
		r.made[ref] = was == nil
	case was == nil || did == nil || is == nil: // as a whole
		if sameEntity(did, is) || r.agrees(conflict) {
			r.reverts = append(r.reverts, reverted{ref, is, to})
			r.made[ref] = was == nil
		}
	default:
		r.fields(conflict, was, did, is)
	}
}

// entityNow is the version of an entity of the content in the draft, or nil.
func (d *draft) entityNow(ref Ref) Entity {
	if e, ok := d.changed[ref.Kind][ref.Key]; ok {
		return e
	}
	return d.world.entity(ref)
}

// fields takes back what was done to fields of an entity. Whether a framework is
// archived stays as it is: that is not for editors.
func (r *reversal) fields(conflict FieldConflict, was, did, is Entity) {
	old, done, now := factsOf(was), factsOf(did), factsOf(is)
	to := is
	for _, path := range slices.Sorted(maps.Keys(changedFacts(was, did))) {
		if path == "archived" {
			continue
		}
		if sameFact(now, old, path) {
			r.undone = true
			continue
		}
		if !sameFact(now, done, path) && !r.agrees(conflict.at(path, did, is, was)) {
			continue
		}
		to = withField(to, was, path)
	}
	if to != is {
		r.reverts = append(r.reverts, reverted{conflict.Ref, is, to})
	}
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

// make brings what is taken back into the draft, all at once, and then checks that
// no rule is broken by it.
func (r *reversal) make() {
	for _, v := range r.reverts {
		is, _ := v.is.(*Relation)
		to, _ := v.to.(*Relation)
		switch {
		case is != nil && to == nil:
			r.removeRelation(is)
		case to != nil:
			r.putRelation(to)
		case v.to != nil:
			r.put(v.to)
		}
	}
	for _, v := range r.reverts {
		if l, ok := v.is.(*Level); ok && v.to == nil {
			r.removeLevel(l)
		}
	}
	for _, v := range r.reverts {
		r.check(v)
	}
}

// removeLevel removes a level that the revision defined. It stays where only what
// the revision created, and is retired now, is described at it.
func (r *reversal) removeLevel(l *Level) {
	users := r.levelUsers(l.Ordinal)
	var others []string
	for _, e := range users {
		if !r.made[Ref{e.Kind(), r.code, e.Key()}] {
			others = append(others, e.Key())
		}
	}
	switch {
	case len(others) > 0:
		r.problem("revision", "level %d is used by %s now; remove it there first", l.Ordinal, some(others))
	case len(users) == 0:
		r.remove(l)
	}
}

// check reports what is wrong with something taken back. Its texts have been
// checked when they were written; what it refers to may have changed.
func (r *reversal) check(v reverted) {
	blocked := func(format string, args ...any) {
		r.problem("revision", "%s cannot be taken back: %s", v.ref.Describe(), fmt.Sprintf(format, args...))
	}
	above := func(f family, code string, status Status) {
		if _, is := f.node(code); status == StatusActive && is == StatusRetired {
			blocked("%s %s is retired now; restore it first", f.what, code)
		}
	}
	tree := func(f family, code, parent string, status Status, moves bool, holds func(string) []string) {
		above(f, parent, status)
		if moves {
			if problem := f.treeProblem(code, parent); problem != "" {
				blocked("%s", problem)
			}
		}
		if status == StatusRetired {
			if held := holds(code); len(held) > 0 {
				blocked("it holds %s now; move or retire them first", some(held))
			}
		}
	}
	level := func(ordinal int) {
		if ordinal != 0 && r.level(ordinal) == nil {
			blocked("there is no level %d now; define it first", ordinal)
		}
	}
	successors := func(status Status, successors []string) {
		if status == StatusActive && len(successors) > 0 {
			blocked("it would be in use and have successors; choose OURS for both its status and its successors")
		}
	}
	switch e := v.to.(type) {
	case *Attribute:
		for _, l := range e.Levels {
			level(l.Level)
		}
	case *Category:
		tree(r.categoryFamily(), e.Code, e.Parent, e.Status, e.Parent != v.is.(*Category).Parent, r.categoryHolds)
		successors(e.Status, e.Successors)
	case *Skill:
		above(r.categoryFamily(), e.Category, e.Status)
		for _, l := range e.Levels {
			level(l.Level)
		}
	case *Relation:
		switch c := r.contradicted(e); {
		case c != nil:
			blocked("it contradicts %s", describe(c))
		case r.mirrored(e):
			blocked("it is stated by framework %s now", e.ToFramework)
		}
		for _, end := range e.ownEnds() {
			if n := r.relationCount(end); n > maxRelations {
				blocked("skill %s would have %d relations; at most %d are allowed", end, n, maxRelations)
			}
		}
		if n := r.matchCount(e.ToFramework, e.To); e.ToFramework != "" && n > maxRelations {
			blocked("skill %s of framework %s would have %d matches stated by other frameworks; at most %d are allowed", e.To, e.ToFramework, n, maxRelations)
		}
	case *RoleGroup:
		tree(r.roleGroupFamily(), e.Code, e.Parent, e.Status, e.Parent != v.is.(*RoleGroup).Parent, r.roleGroupHolds)
	case *Role:
		above(r.roleGroupFamily(), e.Group, e.Status)
		successors(e.Status, e.Successors)
		for _, q := range e.Requirements {
			level(q.Level)
		}
		if n := len(e.Requirements); n > maxRequirements {
			blocked("it would have %d requirements; at most %d are allowed", n, maxRequirements)
		}
	}
}

// unapply notes that a revision was taken back: the change request it applied is no
// longer applied; one that it had taken back, and that is still accepted, is
// applied again.
func (d *draft) unapply(seq int64) {
	for _, n := range d.tracker.requests.items {
		now := current(d, KindChangeRequest, n.ChangeRequest.Key(), func(string) *ChangeRequest { return n.ChangeRequest })
		last := len(now.Applications) - 1
		if last < 0 {
			continue
		}
		changed := *now
		a := now.Applications[last]
		switch {
		case a.Revision == seq && a.RevertedIn == 0:
			changed.Applications = slices.Clone(now.Applications)
			changed.Applications[last].RevertedIn = d.next()
		case a.RevertedIn == seq && now.Status == RequestAccepted && last+1 >= maxApplications:
			d.problem("revision", "change request #%d was applied %d times; raise a new one", now.Number, last+1)
			return
		case a.RevertedIn == seq && now.Status == RequestAccepted:
			changed.Applications = append(slices.Clip(now.Applications), Application{
				Proposal: a.Proposal, Revision: d.next(), By: d.act.Actor.ID, At: d.act.Time, WhatChanged: a.WhatChanged,
			})
		default:
			continue
		}
		d.put(&changed)
	}
}

// withStatus is a coded entity with another status, and nil for what has none.
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
	return nil
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
