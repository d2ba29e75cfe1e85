package framework

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An Edit is one step of a change to a framework, in the vocabulary editors
// use. The edits of a list see the effect of those before them.
type Edit interface {
	// apply makes the edit in d, or reports problems there.
	apply(d *draft)
}

// Opt is a field of an edit that may be left out. The zero value leaves the
// field as it is; Set with a zero Value clears it.
type Opt[T any] struct {
	Set   bool
	Value T
}

// Some returns an Opt that sets a field to v.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

func (o Opt[T]) into(field *T) {
	if o.Set {
		*field = o.Value
	}
}

// maxProblems bounds how many problems one list of edits reports.
const maxProblems = 1_000

// Edit works out what edits change in a framework. It returns either changes, in
// canonical order and without those that leave an entity as it was, or every
// problem found. Neither w nor edits are modified.
//
// Problems come at most 1,000 at a time; a last one says when there were more.
func (w *World) Edit(framework string, edits []Edit) ([]Change, []Problem) {
	return w.EditAs(Act{}, framework, edits)
}

// EditAs is Edit for edits of the tracker too, which record who makes them and when.
func (w *World) EditAs(act Act, framework string, edits []Edit) ([]Change, []Problem) {
	d := newDraft(w, framework)
	d.act = act
	if len(edits) == 0 && d.framework() == nil {
		d.problem("", "there is no framework %q", framework)
	}
	for i, e := range edits {
		d.edit = i
		_, creates := e.(CreateFramework)
		_, archives := e.(ArchiveFramework)
		_, unarchives := e.(UnarchiveFramework)
		switch f := d.framework(); {
		case creates && i > 0:
			d.problem("", "a framework is created by the first edit of a list")
		case f == nil && !creates:
			d.problem("", "there is no framework %q", framework)
			return nil, d.problems
		case f != nil && f.Archived && !archives && !unarchives && !creates:
			d.problem("", "framework %s is archived; unarchive it to edit it", framework)
			return nil, d.problems
		default:
			e.apply(d)
		}
		if len(d.problems) > maxProblems {
			break
		}
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return d.changes(), nil
}

// A draft is a framework in the course of a list of edits: a snapshot that is
// only read, and what has changed on top of it.
type draft struct {
	world   *World
	base    *Snapshot
	tracker *tracker
	code    string         // of the framework
	pattern *regexp.Regexp // that skill codes must match; nil for any

	act Act

	edit     int    // index of the edit being applied
	within   string // the place of the edit within another, "" or ending in a dot
	problems []Problem

	// changed holds new versions by kind and key; nil means removed.
	changed map[Kind]map[string]Entity
	// added holds the relations of changed by either end, to find them by skill;
	// grown is by how many those a skill has have grown or shrunk. Skills of other
	// frameworks are there as endKey names them.
	added map[string]map[string]*Relation
	grown map[string]int

	// named are the ids of people by name, nil until someone is looked up, and
	// lastPerson is the highest number of one.
	named      map[string]string
	lastPerson int
}

func newDraft(w *World, framework string) *draft {
	base, ok := w.frameworks.get(framework)
	if !ok {
		base = &Snapshot{}
	}
	d := &draft{
		world: w, base: base, tracker: w.tracker(framework), code: framework,
		changed: make(map[Kind]map[string]Entity, len(Kinds)),
		added:   map[string]map[string]*Relation{},
		grown:   map[string]int{},
	}
	for _, k := range Kinds {
		d.changed[k] = map[string]Entity{}
	}
	if f := base.framework; f != nil {
		d.pattern, _ = compilePattern(f.SkillCodePattern)
	}
	return d
}

func (d *draft) changes() []Change {
	var changes []Change
	for kind, entities := range d.changed {
		for key, e := range entities {
			ref := Ref{kind, d.code, key}
			if old := d.world.entity(ref); sameEntity(old, e) {
				continue
			}
			changes = append(changes, Change{Ref: ref, Entity: e})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return a.Ref.compare(b.Ref) })
	return changes
}

func sameEntity(a, b Entity) bool {
	return a == nil && b == nil || a != nil && b != nil && len(changedFacts(a, b)) == 0
}

// changedFacts returns the paths of the fields in which two versions of an
// entity differ. Either may be nil.
func changedFacts(a, b Entity) map[string]bool {
	differ := map[string]bool{}
	was := map[string]string{}
	if a != nil {
		a.facts(func(path, value string) { was[path] = value })
	}
	if b != nil {
		b.facts(func(path, value string) {
			old, had := was[path]
			if !had || old != value {
				differ[path] = true
			}
			delete(was, path)
		})
	}
	for path := range was {
		differ[path] = true
	}
	return differ
}

func (d *draft) problem(field, format string, args ...any) {
	d.refuse(Invalid, field, format, args...)
}

func (d *draft) refuse(code Code, field, format string, args ...any) {
	switch n := len(d.problems); {
	case n < maxProblems:
		d.problems = append(d.problems, Problem{d.edit, strings.TrimSuffix(d.within+field, "."), fmt.Sprintf(format, args...), code})
	case n == maxProblems:
		d.problems = append(d.problems, Problem{d.edit, "", "there are more problems; mend these first", code})
	}
}

func (d *draft) unknown(field, what, code string) {
	if code == "" {
		d.problem(field, "is required")
		return
	}
	d.problem(field, "there is no %s %q in framework %s", what, code, d.code)
}

func (d *draft) unknownLevel(field string, level int) {
	d.problem(field, "framework %s has no level %d", d.code, level)
}

func (d *draft) taken(what, code string, status Status) {
	if status == StatusRetired {
		d.problem("code", "%s %q is retired and its code is not reused; restore it or choose another code", what, code)
		return
	}
	d.problem("code", "%s %q exists already; choose another code or update that one", what, code)
}

func (d *draft) put(e Entity) {
	d.changed[e.Kind()][e.Key()] = e
	switch e := e.(type) {
	case *Framework:
		d.pattern, _ = compilePattern(e.SkillCodePattern)
	case *Person:
		d.named = nil
	}
}

func (d *draft) remove(e Entity) { d.changed[e.Kind()][e.Key()] = nil }

func (d *draft) putRelation(r *Relation) {
	key := r.Key()
	if d.relation(key) == nil {
		d.grow(r, 1)
	}
	d.put(r)
	for _, end := range r.ownEnds() {
		if d.added[end] == nil {
			d.added[end] = map[string]*Relation{}
		}
		d.added[end][key] = r
	}
}

func (d *draft) removeRelation(r *Relation) {
	d.remove(r)
	d.grow(r, -1)
	for _, end := range r.ownEnds() {
		delete(d.added[end], r.Key())
	}
}

func (d *draft) grow(r *Relation, by int) {
	for _, end := range r.ownEnds() {
		d.grown[end] += by
	}
	if r.ToFramework != "" {
		d.grown[endKey(r.ToFramework, r.To)] += by
	}
}

// endKey names a skill of another framework. Codes hold no spaces.
func endKey(framework, code string) string { return framework + " " + code }

// ownEnds lists the ends of r that are skills of its own framework.
func (r *Relation) ownEnds() []string {
	if r.ToFramework != "" {
		return []string{r.From}
	}
	return []string{r.From, r.To}
}

func (d *draft) framework() *Framework {
	if e, ok := d.changed[KindFramework][d.code]; ok {
		return e.(*Framework)
	}
	return d.base.framework
}

// current returns the version of an entity in the draft, or nil.
func current[T any](d *draft, kind Kind, key string, base func(string) *T) *T {
	if e, ok := d.changed[kind][key]; ok {
		v, _ := any(e).(*T)
		return v
	}
	return base(key)
}

func (d *draft) level(ordinal int) *Level {
	return current(d, KindLevel, strconv.Itoa(ordinal), func(string) *Level { return d.base.level(ordinal) })
}

func (d *draft) attribute(code string) *Attribute {
	return current(d, KindAttribute, code, d.base.attribute)
}

func (d *draft) category(code string) *Category {
	return current(d, KindCategory, code, d.base.category)
}

func (d *draft) skill(code string) *Skill { return current(d, KindSkill, code, d.base.skill) }

func (d *draft) relation(key string) *Relation {
	return current(d, KindRelation, key, d.base.relation)
}

func (d *draft) roleGroup(code string) *RoleGroup {
	return current(d, KindRoleGroup, code, d.base.roleGroup)
}

func (d *draft) role(code string) *Role { return current(d, KindRole, code, d.base.role) }

// each yields every entity of a kind as the draft has it, in no particular order.
// It may be used while the draft changes: it yields what there was at the start.
func each[T any](d *draft, kind Kind, base iter.Seq[*T], key func(*T) string) iter.Seq[*T] {
	var all []*T
	for e := range base {
		if _, changed := d.changed[kind][key(e)]; !changed {
			all = append(all, e)
		}
	}
	for _, e := range d.changed[kind] {
		if e, ok := any(e).(*T); ok {
			all = append(all, e)
		}
	}
	return slices.Values(all)
}

func (d *draft) attributes() iter.Seq[*Attribute] {
	return each(d, KindAttribute, d.base.Attributes(), (*Attribute).Key)
}

func (d *draft) categories() iter.Seq[*Category] {
	return each(d, KindCategory, d.base.Categories(), (*Category).Key)
}

func (d *draft) skills() iter.Seq[*Skill] {
	return each(d, KindSkill, d.base.Skills(), (*Skill).Key)
}

func (d *draft) roleGroups() iter.Seq[*RoleGroup] {
	return each(d, KindRoleGroup, d.base.RoleGroups(), (*RoleGroup).Key)
}

func (d *draft) roles() iter.Seq[*Role] {
	return each(d, KindRole, d.base.Roles(), (*Role).Key)
}

// relations returns the relations this framework states about a skill, sorted by key.
func (d *draft) relations(code string) []*Relation {
	found := maps.Clone(d.added[code])
	if found == nil {
		found = map[string]*Relation{}
	}
	if n, ok := d.base.skills.get(code); ok {
		for _, e := range n.edges {
			if e.owner != d.code {
				continue
			}
			key := e.relation.Key()
			if _, changed := d.changed[KindRelation][key]; !changed {
				found[key] = e.relation
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *Relation) int {
		return strings.Compare(a.Key(), b.Key())
	})
}

// relationCount is the number of relations this framework states about a skill.
// Those of other frameworks are not its editors' to remove.
func (d *draft) relationCount(code string) int {
	n := d.grown[code]
	if node, ok := d.base.skills.get(code); ok {
		n += node.stated(d.code)
	}
	return n
}

// matchCount is the number of matches that frameworks other than its own state
// with a skill.
func (d *draft) matchCount(framework, code string) int {
	n := d.grown[endKey(framework, code)]
	if s, ok := d.world.frameworks.get(framework); ok {
		if node, ok := s.skills.get(code); ok {
			n += len(node.edges) - node.stated(framework)
		}
	}
	return n
}

// stated is the number of the skill's relations that a framework states.
func (n *skillNode) stated(framework string) int {
	own := 0
	for i := range n.edges {
		if n.edges[i].owner == framework {
			own++
		}
	}
	return own
}

// rolesRequiring returns the roles that require a skill, sorted by code.
func (d *draft) rolesRequiring(code string) []*Role {
	var found []*Role
	if n, ok := d.base.skills.get(code); ok {
		for _, r := range n.requiredBy {
			if _, changed := d.changed[KindRole][r.Code]; !changed {
				found = append(found, r)
			}
		}
	}
	for _, e := range d.changed[KindRole] {
		if r, ok := e.(*Role); ok {
			if _, requires := requirement(r.Requirements, code); requires {
				found = append(found, r)
			}
		}
	}
	slices.SortFunc(found, func(a, b *Role) int { return strings.Compare(a.Code, b.Code) })
	return found
}

// report reports a problem, if there is one. What checks a field of a version
// then puts something valid there, so that later edits of the same version do not
// report it again.
func (d *draft) report(field, problem string) bool {
	if problem != "" {
		d.problem(field, "%s", problem)
	}
	return problem != ""
}

func (d *draft) checkCode(field, code string) { d.report(field, codeProblem(code)) }

func (d *draft) checkFrameworkCode(field, code string) {
	if !frameworkCode.MatchString(code) {
		d.problem(field, "%q is not a framework code: 1 to 63 lower-case letters, digits and hyphens, such as meridian-2", code)
	}
}

func (d *draft) checkText(field string, s *string, limit int) {
	if d.report(field, textProblem(s, limit)) {
		*s = ""
	}
}

func (d *draft) checkName(field string, s *string) {
	*s = oneLine(*s)
	problem := "is required"
	if *s != "" {
		problem = textProblem(s, maxName)
	}
	if d.report(field, problem) {
		*s = "-"
	}
}

func (d *draft) checkURL(field string, s *string) {
	d.checkText(field, s, maxURL)
	if d.report(field, urlProblem(*s)) {
		*s = ""
	}
}

func (d *draft) checkLocale(field string, s *string) {
	*s = Normalise(*s)
	if d.report(field, localeProblem(*s)) {
		*s = ""
	}
}

func (d *draft) checkPattern(field string, pattern *string) {
	if d.report(field, patternProblem(*pattern)) {
		*pattern = ""
	}
}

func (d *draft) checkPosition(field string, n *int) {
	if *n < 0 || *n > maxPosition {
		d.problem(field, "%d is not between 0 and %d", *n, maxPosition)
		*n = 0
	}
}

func (d *draft) checkLevel(field string, ordinal int) {
	if d.level(ordinal) == nil {
		d.unknownLevel(field, ordinal)
	}
}

// A family is the entities of one kind as the draft has them.
type family struct {
	what string
	// node tells what is above an entity and its status, which is empty for an
	// unknown one.
	node func(code string) (parent string, status Status)
	// codes yields those of all; it is nil where there is no tree.
	codes func(yield func(string) bool)
}

// checkParent checks that parent can stand above code, with all that code holds.
func (d *draft) checkParent(field string, f family, code, parent string) {
	if parent == "" {
		return
	}
	if _, status := f.node(parent); status == "" {
		d.unknown(field, f.what, parent)
		return
	} else if status == StatusRetired {
		d.problem(field, "%s %s is retired; choose an active one", f.what, parent)
		return
	}
	d.report(field, f.treeProblem(code, parent))
}

// treeProblem says why parent cannot stand above code, with all that code holds, in
// a tree; empty when it can.
func (f family) treeProblem(code, parent string) string {
	if parent == "" {
		return ""
	}
	depth := f.height(code)
	for at := parent; at != "" && depth <= maxDepth; depth++ {
		if at == code {
			return fmt.Sprintf("%s %s would be above itself", f.what, code)
		}
		at, _ = f.node(at)
	}
	if depth > maxDepth {
		return fmt.Sprintf("%s %s would make the tree more than %d levels deep", f.what, code, maxDepth)
	}
	return ""
}

// height is the number of levels of the part of the tree below code, it included.
func (f family) height(code string) int {
	height := 1
	if _, status := f.node(code); status == "" {
		return height
	}
	for at := range f.codes {
		n := 1
		for ; at != code && at != "" && n <= maxDepth; n++ {
			at, _ = f.node(at)
		}
		if at == code {
			height = max(height, n)
		}
	}
	return height
}

// checkSuccession checks that codes, given in one field, can be retired in favour
// of into, given in another. The name of a field that is a list ends in a dot.
func (d *draft) checkSuccession(f family, codesField string, codes []string, intoField string, into []string) bool {
	before := len(d.problems)
	if len(codes) == 0 {
		d.problem(strings.TrimSuffix(codesField, "."), "is required")
	}
	if len(into) == 0 {
		d.problem(strings.TrimSuffix(intoField, "."), "is required")
	}
	for i, code := range codes {
		field := element(codesField, i)
		switch _, status := f.node(code); {
		case status == "":
			d.unknown(field, f.what, code)
		case status == StatusRetired:
			d.problem(field, "%s %s is retired already", f.what, code)
		case slices.Contains(codes[:i], code):
			d.problem(field, "%s is given twice", code)
		}
	}
	if !d.checkSuccessors(strings.TrimSuffix(intoField, "."), into) {
		return false
	}
	for i, code := range into {
		field := element(intoField, i)
		switch _, status := f.node(code); {
		case status == "":
			d.unknown(field, f.what, code)
		case status == StatusRetired:
			d.problem(field, "%s %s is retired and cannot take another's place", f.what, code)
		case slices.Contains(codes, code):
			d.problem(field, "%s %s cannot take its own place", f.what, code)
		case slices.Contains(into[:i], code):
			d.problem(field, "%s is given twice", code)
		}
	}
	return len(d.problems) == before
}

func (d *draft) checkSuccessors(field string, successors []string) bool {
	if n := len(successors); n > maxSuccessors {
		d.problem(field, "there are %d; at most %d are allowed", n, maxSuccessors)
		return false
	}
	return true
}

// retiredAlready reports whether what is to be retired is so. Then nothing changes,
// and it is a problem if other successors are asked for than it has.
func (d *draft) retiredAlready(f family, code string, has, asked []string) bool {
	if _, status := f.node(code); status != StatusRetired {
		return false
	}
	if len(asked) > 0 && !slices.Equal(sorted(has), sorted(asked)) {
		d.problem("replacedBy", "%s %s is retired already, without these in its place; restore it first", f.what, code)
	}
	return true
}

// checkRestored checks that what is restored comes back below something in use.
func (d *draft) checkRestored(f family, code, above string) bool {
	if _, status := f.node(above); status == StatusRetired {
		d.problem("code", "%s %s is retired; move %s to an active one first", f.what, above, code)
		return false
	}
	return true
}

// element names an element of a field whose name ends in a dot where it is a list.
func element(field string, i int) string {
	if strings.HasSuffix(field, ".") {
		return field + strconv.Itoa(i)
	}
	return field
}

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(Normalise(s)), " ") }

// sorted returns a sorted copy without repetitions, nil when empty.
func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// some lists the first few of many codes.
func some(codes []string) string {
	const few = 5
	slices.Sort(codes)
	if len(codes) <= few {
		return strings.Join(codes, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(codes[:few], ", "), len(codes)-few)
}
