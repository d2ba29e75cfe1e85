package exchange

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// A step is an edit and where it came from.
type step struct {
	edit framework.Edit
	// from is nil for what retires or removes something the files do not have.
	from  *origin
	parts []*origin
	what  string // such as "skill ITOP"
	// retires tells that the edit's fields are the file's status and successors.
	retires bool
}

// trouble is a fault that shows while comparing.
type trouble struct {
	from    *origin
	what    string
	field   string
	message string
}

// comparison works out the edits from a snapshot to a content.
//
// The order of the edits is what makes them acceptable: first everything that
// others refer to, all of it active, parents before children; then relations and
// roles; then retirements, what a container holds before the container and what
// is succeeded before its successor. What is retired already and must take part
// in a new reference is brought back for as long as that takes.
type comparison struct {
	w     *framework.World
	s     *framework.Snapshot // nil for a new framework
	c     *content
	opt   Options
	code  string
	steps []step

	// unarchives tells that the framework is opened first.
	unarchives bool
	troubles   []trouble
	missing    []Missing
}

func compare(w *framework.World, c *content, code string, opt Options) *comparison {
	d := &comparison{w: w, s: w.Snapshot(code), c: c, code: code, opt: opt}
	total := len(c.levels) + len(c.attributes) + len(c.categories) + len(c.skills) + len(c.relations) + len(c.roleGroups) + len(c.roles)
	done := 0
	stage := func(n int) {
		done += n
		opt.Progress("comparing", done, total)
	}
	last := d.framework()

	skills := d.newSkills()
	skills.revive()
	categories := newTree(d, framework.KindCategory, c.categories, categoryNode, snapshot(d.s, (*framework.Snapshot).Categories))
	categories.demand(skills.placements())
	categories.revive()
	groups := newTree(d, framework.KindRoleGroup, c.roleGroups, groupNode, snapshot(d.s, (*framework.Snapshot).RoleGroups))
	roles := newTree(d, framework.KindRole, c.roles, roleNode, snapshot(d.s, (*framework.Snapshot).Roles))
	roles.revive()
	groups.demand(d.memberships(roles))
	groups.revive()

	d.levels()
	stage(len(c.levels))
	d.attributes()
	stage(len(c.attributes))
	categories.build(d.category)
	stage(len(c.categories))
	skills.build()
	stage(len(c.skills))
	skills.relate()
	stage(len(c.relations))
	groups.build(d.roleGroup)
	stage(len(c.roleGroups))
	roles.build(d.role)
	stage(len(c.roles))

	roles.retire(func(code string, successors []string) framework.Edit {
		return framework.RetireRole{Code: code, ReplacedBy: successors}
	})
	skills.retire()
	categories.retire(func(code string, successors []string) framework.Edit {
		if len(successors) > 0 {
			return framework.SplitCategory{Code: code, Into: successors}
		}
		return framework.RetireCategory{Code: code}
	})
	groups.retire(func(code string, _ []string) framework.Edit { return framework.RetireRoleGroup{Code: code} })
	d.retireAttributes()
	d.removeLevels()
	d.steps = append(d.steps, last...)
	slices.SortFunc(d.missing, func(a, b Missing) int {
		kind := func(m Missing) int { return slices.Index(framework.Kinds[:], m.Kind) }
		return cmp.Or(cmp.Compare(kind(a), kind(b)), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Field, b.Field))
	})
	return d
}

// report turns problems into faults. To skip them it leaves out what they are
// about, and tells whether there was anything to leave out.
func (d *comparison) report(problems []framework.Problem, l *log, skip bool) (dropped bool) {
	fault := func(from *origin, what, field, shown, message string) {
		switch {
		case shown != "":
			message = what + ", " + shown + ": " + message
		case !strings.HasPrefix(message, what+" "): // which says what it is about
			message = what + ": " + message
		}
		if from == nil {
			l.add(Fault{File: l.first, Message: message})
			return
		}
		if !l.full() {
			l.add(from.src.fault(from.place(field), "%s", message))
		}
		dropped = dropped || skip && !from.skipped
		from.skipped = skip
	}
	for _, t := range d.troubles {
		fault(t.from, t.what, t.field, t.field, t.message)
		t.from.bad = true
	}
	// World.Edit reports at most 1,000 problems and a last one that says so.
	if len(problems) > 1_000 {
		if !skip {
			l.add(Fault{File: l.first, Message: "there may be more faults; mend these first"})
		}
		problems = problems[:len(problems)-1]
	}
	for _, p := range problems {
		s := d.steps[p.Edit]
		from, field := s.locate(p.Field)
		if from != nil && from.bad {
			continue // reported before
		}
		fault(from, s.what, field, p.Field, p.Message)
	}
	return dropped
}

// locate finds where a field of the step's edit came from.
func (s step) locate(field string) (*origin, string) {
	list, rest, _ := strings.Cut(field, ".")
	if s.parts != nil && (list == "levels" || list == "requirements") {
		index, rest, _ := strings.Cut(rest, ".")
		if i, err := strconv.Atoi(index); err == nil && i < len(s.parts) {
			return s.parts[i], rest
		}
	}
	if s.retires {
		switch list {
		case "into", "replacedBy":
			return s.from, "successors"
		default:
			return s.from, "status"
		}
	}
	return s.from, field
}

func (d *comparison) step(from *origin, what string, edit framework.Edit) {
	d.steps = append(d.steps, step{edit: edit, from: from, what: what})
}

func (d *comparison) miss(kind framework.Kind, key, field string) {
	d.missing = append(d.missing, Missing{framework.Ref{Kind: kind, Framework: d.code, Key: key}, field})
}

// snapshot is a sequence of s's entities, empty when s is nil.
func snapshot[T any](s *framework.Snapshot, entities func(*framework.Snapshot) iter.Seq[*T]) iter.Seq[*T] {
	if s == nil {
		return func(func(*T) bool) {}
	}
	return entities(s)
}

// current finds an entity of s, or nil, also when s is nil.
func current[T any](s *framework.Snapshot, kind framework.Kind, key string) *T {
	if s == nil {
		return nil
	}
	e, _ := any(s.Entity(kind, key)).(*T)
	return e
}

// set is an edit's field that brings old to now, if the format carries it.
func set[T comparable](changed *bool, carried bool, old, now T) framework.Opt[T] {
	if !carried || old == now {
		return framework.Opt[T]{}
	}
	*changed = true
	return framework.Some(now)
}

// framework opens, creates or updates the framework. It returns what must come
// last.
func (d *comparison) framework() (last []step) {
	f, o := &d.c.framework.value, &d.c.framework.origin
	what := "framework " + d.code
	if o.skipped {
		return nil
	}
	archive := func() []step {
		return append(last, step{edit: framework.ArchiveFramework{}, from: o, what: what})
	}
	if d.s == nil {
		create := framework.CreateFramework{
			Code: d.code, Name: f.Name, Description: f.Description, Publisher: f.Publisher, URL: f.URL,
			Licence: f.Licence, Attribution: f.Attribution, Locale: f.Locale,
			SkillCodePattern: f.SkillCodePattern, SkillCodeHint: f.SkillCodeHint,
		}
		// The rule binds the codes to come. A framework can have codes older
		// than its rule, so the rule comes last where they would break it.
		if d.olderCodes(f.SkillCodePattern) {
			create.SkillCodePattern = ""
			last = append(last, step{
				edit: framework.UpdateFramework{SkillCodePattern: framework.Some(f.SkillCodePattern)}, from: o, what: what,
			})
		}
		d.step(o, what, create)
		if f.ShowsRelease || f.HidesHead {
			d.step(o, what, framework.UpdateFramework{
				ShowsRelease: framework.Some(f.ShowsRelease), HidesHead: framework.Some(f.HidesHead),
			})
		}
		if f.Archived {
			last = archive()
		}
		return last
	}
	old := d.s.Framework()
	has := func(field string) bool { return d.c.has(framework.KindFramework, field) }
	if has("archived") && old.Archived && !f.Archived {
		d.unarchives = true
		d.step(o, what, framework.UnarchiveFramework{})
	}
	var changed bool
	e := framework.UpdateFramework{
		Name:             set(&changed, has("name"), old.Name, f.Name),
		Description:      set(&changed, has("description"), old.Description, f.Description),
		Publisher:        set(&changed, has("publisher"), old.Publisher, f.Publisher),
		URL:              set(&changed, has("url"), old.URL, f.URL),
		Licence:          set(&changed, has("licence"), old.Licence, f.Licence),
		Attribution:      set(&changed, has("attribution"), old.Attribution, f.Attribution),
		Locale:           set(&changed, has("locale"), old.Locale, f.Locale),
		SkillCodePattern: set(&changed, has("skillCodePattern"), old.SkillCodePattern, f.SkillCodePattern),
		SkillCodeHint:    set(&changed, has("skillCodeHint"), old.SkillCodeHint, f.SkillCodeHint),
		ShowsRelease:     set(&changed, o.gives("showsRelease"), old.ShowsRelease, f.ShowsRelease),
		HidesHead:        set(&changed, o.gives("hidesHead"), old.HidesHead, f.HidesHead),
	}
	if changed {
		d.step(o, what, e)
	}
	if has("archived") && f.Archived && !old.Archived {
		last = archive()
	}
	return last
}

func (d *comparison) olderCodes(pattern string) bool {
	if pattern == "" {
		return false
	}
	rule, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(d.c.skills, func(i *item[framework.Skill]) bool {
		return !i.skipped && !rule.MatchString(i.value.Code)
	})
}

func (d *comparison) levels() {
	has := func(field string) bool { return d.c.has(framework.KindLevel, field) }
	for _, i := range d.c.levels {
		if i.skipped {
			continue
		}
		l := &i.value
		old := current[framework.Level](d.s, framework.KindLevel, l.Key())
		changed := old == nil
		if old == nil {
			old = &framework.Level{}
		}
		e := framework.DefineLevel{
			Ordinal: l.Ordinal,
			Name:    set(&changed, has("name"), old.Name, l.Name),
			Essence: set(&changed, has("essence"), old.Essence, l.Essence),
			URL:     set(&changed, has("url"), old.URL, l.URL),
		}
		if changed {
			d.step(&i.origin, "level "+l.Key(), e)
		}
	}
}

func (d *comparison) attributes() {
	has := func(field string) bool { return d.c.has(framework.KindAttribute, field) }
	inFile := map[string]bool{}
	for _, i := range d.c.attributes {
		a := &i.value
		inFile[a.Code] = true
		if i.skipped {
			continue
		}
		what := "attribute " + a.Code
		old := current[framework.Attribute](d.s, framework.KindAttribute, a.Code)
		if old == nil {
			d.step(&i.origin, what, framework.CreateAttribute{
				Code: a.Code, Name: a.Name, Type: a.Type, Description: a.Description, Position: a.Position,
			})
			old = &framework.Attribute{Status: framework.StatusActive}
		} else {
			var changed bool
			e := framework.UpdateAttribute{
				Code:        a.Code,
				Name:        set(&changed, has("name"), old.Name, a.Name),
				Type:        set(&changed, has("type"), old.Type, a.Type),
				Description: set(&changed, has("description"), old.Description, a.Description),
			}
			if changed {
				d.step(&i.origin, what, e)
			}
			if has("position") && old.Position != a.Position {
				d.step(&i.origin, what, framework.MoveAttribute{Code: a.Code, Position: a.Position})
			}
			if has("status") && old.Status == framework.StatusRetired && a.Status == framework.StatusActive {
				d.step(&i.origin, what, framework.RestoreAttribute{Code: a.Code})
			}
		}
		if !has("levels") {
			continue
		}
		d.levelTexts(framework.KindAttribute, a.Code, old.Levels, a.Levels, i.parts,
			func(l framework.LevelText) framework.Edit {
				return framework.DefineAttributeLevel{Attribute: a.Code, Level: l.Level, Description: l.Description}
			},
			func(level int) framework.Edit {
				return framework.RemoveAttributeLevel{Attribute: a.Code, Level: level}
			})
	}
	if !d.c.has(framework.KindAttribute, "") {
		return
	}
	for a := range snapshot(d.s, (*framework.Snapshot).Attributes) {
		if !inFile[a.Code] && a.Status == framework.StatusActive {
			d.miss(framework.KindAttribute, a.Code, "")
		}
	}
}

// levelTexts defines the levels that differ and misses those the file has not.
func (d *comparison) levelTexts(
	kind framework.Kind, code string, old, now []framework.LevelText, parts []*origin,
	define func(framework.LevelText) framework.Edit, remove func(int) framework.Edit,
) {
	what := string(kind) + " " + code
	for n, l := range now {
		if parts[n].skipped {
			continue
		}
		if !slices.Contains(old, l) {
			d.step(parts[n], what, define(l))
		}
	}
	for _, l := range old {
		if slices.ContainsFunc(now, func(o framework.LevelText) bool { return o.Level == l.Level }) {
			continue
		}
		d.miss(kind, code, "levels."+strconv.Itoa(l.Level))
		if d.opt.RetireMissing {
			d.step(nil, what, remove(l.Level))
		}
	}
}

func (d *comparison) retireAttributes() {
	for _, i := range d.c.attributes {
		if i.skipped || i.value.Status != framework.StatusRetired || !d.c.has(framework.KindAttribute, "status") {
			continue
		}
		old := current[framework.Attribute](d.s, framework.KindAttribute, i.value.Code)
		if old == nil || old.Status == framework.StatusActive {
			d.retired(&i.origin, "attribute "+i.value.Code, framework.RetireAttribute{Code: i.value.Code})
		}
	}
	if d.opt.RetireMissing {
		for _, m := range d.missing {
			if m.Kind == framework.KindAttribute && m.Field == "" {
				d.step(nil, "attribute "+m.Key, framework.RetireAttribute{Code: m.Key})
			}
		}
	}
}

func (d *comparison) retired(from *origin, what string, edit framework.Edit) {
	d.steps = append(d.steps, step{edit: edit, from: from, what: what, retires: from != nil})
}

// removeLevels misses the levels the file has not and removes those that nothing
// uses any longer; what is retired keeps its levels.
func (d *comparison) removeLevels() {
	if d.s == nil || !d.c.has(framework.KindLevel, "") {
		return
	}
	inFile := map[int]bool{}
	for _, i := range d.c.levels {
		inFile[i.value.Ordinal] = true
	}
	var missing []int
	for l := range d.s.Levels() {
		if !inFile[l.Ordinal] {
			d.miss(framework.KindLevel, l.Key(), "")
			missing = append(missing, l.Ordinal)
		}
	}
	if !d.opt.RetireMissing || len(missing) == 0 {
		return
	}
	used := map[int]bool{}
	uses := func(levels []framework.LevelText) {
		for _, l := range levels {
			used[l.Level] = true
		}
	}
	requires := func(list []framework.Requirement) {
		for _, q := range list {
			used[q.Level] = true
		}
	}
	attributes, skills, roles := map[string]bool{}, map[string]bool{}, map[string]bool{}
	if d.c.has(framework.KindAttribute, "levels") {
		for _, i := range d.c.attributes {
			attributes[i.value.Code] = true
			uses(i.value.Levels)
		}
	}
	if d.c.has(framework.KindSkill, "levels") {
		for _, i := range d.c.skills {
			skills[i.value.Code] = true
			uses(i.value.Levels)
		}
	}
	if d.c.has(framework.KindRole, "requirements") {
		for _, i := range d.c.roles {
			roles[i.value.Code] = true
			requires(i.value.Requirements)
		}
	}
	for a := range d.s.Attributes() {
		if !attributes[a.Code] {
			uses(a.Levels)
		}
	}
	for s := range d.s.Skills() {
		if !skills[s.Code] {
			uses(s.Levels)
		}
	}
	for r := range d.s.Roles() {
		if !roles[r.Code] {
			requires(r.Requirements)
		}
	}
	for _, ordinal := range missing {
		if !used[ordinal] {
			d.step(nil, "level "+strconv.Itoa(ordinal), framework.RemoveLevel{Ordinal: ordinal})
		}
	}
}
