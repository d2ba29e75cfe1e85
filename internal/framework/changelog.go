package framework

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A LogType says what kind of thing happened to a framework: the kind of entity,
// and what happened to it.
type LogType string

// What can happen to an entity of a kind, as LogTypes end.
const (
	logAdded              = "ADDED"
	logRemoved            = "REMOVED"
	logChanged            = "CHANGED"
	logRenamed            = "RENAMED"
	logDescribed          = "DESCRIBED_ANEW"
	logMoved              = "MOVED"
	logLevelAdded         = "LEVEL_ADDED"
	logLevelRemoved       = "LEVEL_REMOVED"
	logLevelDescribed     = "LEVEL_DESCRIBED_ANEW"
	logRequirementAdded   = "REQUIREMENT_ADDED"
	logRequirementRemoved = "REQUIREMENT_REMOVED"
	logRequirementChanged = "REQUIREMENT_CHANGED"
	logNoteChanged        = "NOTE_CHANGED"
	logReplaced           = "REPLACED"
	logMerged             = "MERGED"
	logSplit              = "SPLIT"
	logRetired            = "RETIRED"
	logRestored           = "RESTORED"
)

// LogTypes lists every type, in the order in which a log has them.
var LogTypes = func() []LogType {
	var types []LogType
	for _, k := range []struct {
		kind Kind
		what []string
	}{
		{KindFramework, []string{logAdded, logChanged}},
		{KindLevel, []string{logAdded, logRemoved, logRenamed, logDescribed}},
		{KindAttribute, []string{logAdded, logRenamed, logDescribed, logLevelAdded, logLevelRemoved, logLevelDescribed, logRetired, logRestored}},
		{KindCategory, []string{logAdded, logRenamed, logDescribed, logMoved, logMerged, logSplit, logRetired, logRestored}},
		{KindSkill, []string{
			logAdded, logRenamed, logDescribed, logMoved, logLevelAdded, logLevelRemoved, logLevelDescribed,
			logReplaced, logMerged, logSplit, logRetired, logRestored,
		}},
		{KindRelation, []string{logAdded, logRemoved, logNoteChanged}},
		{KindRoleGroup, []string{logAdded, logRenamed, logDescribed, logMoved, logRetired, logRestored}},
		{KindRole, []string{
			logAdded, logRenamed, logDescribed, logMoved, logRequirementAdded, logRequirementRemoved, logRequirementChanged,
			logReplaced, logSplit, logRetired, logRestored,
		}},
	} {
		for _, what := range k.what {
			types = append(types, logType(k.kind, what))
		}
	}
	return types
}()

func logType(kind Kind, what string) LogType {
	switch what {
	case logRequirementAdded, logRequirementRemoved, logRequirementChanged:
		return LogType(what) // only roles have requirements
	}
	return LogType(string(kind.Public()) + "_" + what)
}

// A LogEntry is one thing that happened to a framework between two states of it.
type LogEntry struct {
	Type LogType
	// Ref is the entity it happened to; of a requirement that is the role.
	Ref
	// Name is its name in the later state, or in the earlier if it is gone. OldName
	// is that in the earlier state, if it was another. Relations have none.
	Name, OldName string
	// Level is the one that is described, or that it happened to; or 0.
	Level int
	// Others are what else it is about: successors, the ends of a relation, the skill
	// a role requires, the new place of what moved. All are there in the later state.
	Others []Ref
	// Text says it in one sentence of plain text.
	Text string
	// Revisions are those from the earlier to the later state that changed the entity.
	Revisions []int64
	// ChangeRequests are the numbers of those that these revisions carried out or
	// took back, each once.
	ChangeRequests []int
}

// ChangeLog tells what happened to a framework from an earlier world of a history
// to a later one, in terms of its editors rather than of fields. It compares the
// two states; what was undone in between is not told, and neither are changes of
// order alone. Entries come by kind, then code.
func ChangeLog(from, to *World, framework string) []LogEntry {
	l := logger{from: snapshotOf(from, framework), to: snapshotOf(to, framework), world: to, code: framework}
	if l.to.framework == nil {
		return nil
	}
	l.compare()
	type keyed struct {
		key string
		LogEntry
	}
	list := make([]keyed, len(l.log))
	touched := map[Ref][]int64{}
	for i, e := range l.log {
		list[i] = keyed{e.sortKey(), e}
		touched[e.Ref] = nil
	}
	slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	for seq := from.seq + 1; seq <= to.seq; seq++ {
		for _, t := range to.Step(seq).touches(framework) {
			if seqs, ok := touched[t.Ref]; ok {
				touched[t.Ref] = append(seqs, seq)
			}
		}
	}
	for i, k := range list {
		l.log[i] = k.LogEntry
		l.log[i].Revisions = touched[k.Ref]
		for _, seq := range touched[k.Ref] {
			if n := to.Step(seq).ChangeRequest; n != 0 && !slices.Contains(l.log[i].ChangeRequests, n) {
				l.log[i].ChangeRequests = append(l.log[i].ChangeRequests, n)
			}
		}
	}
	return l.log
}

func snapshotOf(w *World, framework string) *Snapshot {
	if s := w.Snapshot(framework); s != nil {
		return s
	}
	return &Snapshot{}
}

var logTypeOrders = func() map[LogType]int {
	order := map[LogType]int{}
	for i, t := range LogTypes {
		order[t] = i
	}
	return order
}()

// sortKey sorts the entries of a log, strictly.
func (e LogEntry) sortKey() string {
	key := e.Key
	if e.Kind == KindLevel {
		key = fmt.Sprintf("%09d", e.Level)
	}
	other := ""
	if len(e.Others) > 0 {
		other = e.Others[0].Key
	}
	return fmt.Sprintf("%d\x00%s\x00%03d\x00%09d\x00%s", e.Kind.order(), key, logTypeOrders[e.Type], e.Level, other)
}

// A logger compares two states of a framework. A state in which it is not there
// is empty.
type logger struct {
	from, to *Snapshot
	world    *World // of to
	code     string
	log      []LogEntry
	// succeeded are the types of lineage that relations have brought to skills.
	succeeded map[string]map[RelationType]bool
	facts     []string // kept for same
}

func (l *logger) compare() {
	l.pair(orNil(l.from.framework), orNil(l.to.framework))
	levels := func(s *Snapshot) table[*Level] {
		set := map[string]*Level{}
		for _, level := range s.levels {
			set[level.Key()] = level
		}
		return table[*Level]{}.with(set)
	}
	pairs(l, levels(l.from), levels(l.to), func(e *Level) Entity { return e })
	pairs(l, l.from.attributes, l.to.attributes, func(e *Attribute) Entity { return e })
	pairs(l, l.from.categories, l.to.categories, func(n *categoryNode) Entity { return n.Category })
	l.relations()
	pairs(l, l.from.skills, l.to.skills, func(n *skillNode) Entity { return n.Skill })
	pairs(l, l.from.groups, l.to.groups, func(n *groupNode) Entity { return n.RoleGroup })
	pairs(l, l.from.roles, l.to.roles, func(e *Role) Entity { return e })
}

// pairs looks at every entity of a kind in both states.
func pairs[N any](l *logger, from, to table[N], entity func(N) Entity) {
	i, k := 0, 0
	for i < len(from.keys) || k < len(to.keys) {
		var before, after Entity
		switch {
		case k == len(to.keys) || i < len(from.keys) && from.keys[i] < to.keys[k]:
			before = entity(from.items[i])
			i++
		case i == len(from.keys) || to.keys[k] < from.keys[i]:
			after = entity(to.items[k])
			k++
		default:
			before, after = entity(from.items[i]), entity(to.items[k])
			i++
			k++
		}
		l.pair(before, after)
	}
}

// relations looks at the relations the framework states in either state. Those
// that tell what took a retired skill's place, and those that go when it is
// restored, are part of what happened to the skill.
func (l *logger) relations() {
	l.succeeded = map[string]map[RelationType]bool{}
	stated := func(s *Snapshot) []*Relation {
		if s.framework == nil {
			return nil
		}
		return s.orders.relations()
	}
	from, to := stated(l.from), stated(l.to)
	for len(from) > 0 || len(to) > 0 {
		if len(from) > 0 && len(to) > 0 && from[0] == to[0] {
			from, to = from[1:], to[1:]
			continue
		}
		order := 0
		switch {
		case len(to) == 0:
			order = -1
		case len(from) == 0:
			order = 1
		default:
			order = l.compareRelations(from[0], to[0])
		}
		var before, after *Relation
		if order <= 0 {
			before, from = from[0], from[1:]
		}
		if order >= 0 {
			after, to = to[0], to[1:]
		}
		switch {
		case before != nil && after != nil && *before == *after:
		case before == nil && after.Type.lineage() && l.to.skill(after.From).Status == StatusRetired:
			if l.succeeded[after.From] == nil {
				l.succeeded[after.From] = map[RelationType]bool{}
			}
			l.succeeded[after.From][after.Type] = true
		case after == nil && before.Type.lineage() && l.restored(before.From):
		case before == nil:
			l.relation(after, logAdded, "It is now stated that %s.")
		case after == nil:
			l.relation(before, logRemoved, "It is no longer stated that %s.")
		default:
			l.relation(after, logNoteChanged, "The note has changed with which it is stated that %s.")
		}
	}
}

// compareRelations compares as statedRelations sorts.
func (l *logger) compareRelations(a, b *Relation) int {
	return cmp.Or(
		strings.Compare(a.From, b.From),
		cmp.Compare(typeOrder(a.Type), typeOrder(b.Type)),
		strings.Compare(cmp.Or(a.ToFramework, l.code), cmp.Or(b.ToFramework, l.code)),
		strings.Compare(a.To, b.To),
	)
}

func (l *logger) restored(skill string) bool {
	before, after := l.from.skill(skill), l.to.skill(skill)
	return before != nil && before.Status == StatusRetired && after != nil && after.Status == StatusActive
}

// predicates say in words what a relation states.
var predicates = map[RelationType]string{
	Complementary: "is used together with", Related: "has to do with", Broader: "has the broader skill",
	Prerequisite: "has the prerequisite", EssentialFor: "is essential for", OptionalFor: "is optional for",
	ReplacedBy: "was replaced by", MergedInto: "was merged into", SplitInto: "was split into",
	ExactMatch: "means the same as", CloseMatch: "means nearly the same as",
}

func (l *logger) relation(r *Relation, what, sentence string) {
	ends := []Ref{{KindSkill, l.code, r.From}, {KindSkill, cmp.Or(r.ToFramework, l.code), r.To}}
	statement := l.named(ends[0]) + " " + predicates[r.Type] + " " + l.named(ends[1])
	l.log = append(l.log, LogEntry{
		Type: logType(KindRelation, what), Ref: Ref{KindRelation, l.code, r.Key()}, Others: ends,
		Text: fmt.Sprintf(sentence, statement),
	})
}

// pair looks at an entity before and after. Either may be nil.
func (l *logger) pair(before, after Entity) {
	if l.same(before, after) {
		if l.succeeded[after.Key()] != nil && after.Kind() == KindSkill {
			l.status(l.entry(before, after), StatusRetired, StatusRetired)
		}
		return
	}
	e := l.entry(before, after)
	switch {
	case before == nil:
		l.add(e, logAdded, "was added.")
		l.status(e, StatusActive, statusOf(after))
		return
	case after == nil:
		l.add(e, logRemoved, "was removed.")
		return
	}
	l.fields(e, DiffEntity(e.Ref, before, after))
	l.status(e, statusOf(before), statusOf(after))
}

// same reports whether two versions have the same facts in the same order, as they
// do when nothing has changed. It is much faster than to tell what has.
func (l *logger) same(before, after Entity) bool {
	if before == after || before == nil || after == nil {
		return before == after
	}
	l.facts = l.facts[:0]
	before.facts(func(path, value string) { l.facts = append(l.facts, path, value) })
	rest, same := l.facts, true
	after.facts(func(path, value string) {
		if same = same && len(rest) > 0 && rest[0] == path && rest[1] == value; same {
			rest = rest[2:]
		}
	})
	return same && len(rest) == 0
}

// entry is one about an entity, with what all of them have in common.
func (l *logger) entry(before, after Entity) LogEntry {
	is := after
	if is == nil {
		is = before
	}
	e := LogEntry{Ref: Ref{is.Kind(), l.code, is.Key()}, Name: NameOf(is)}
	if was := NameOf(before); was != e.Name {
		e.OldName = was
	}
	if level, ok := is.(*Level); ok {
		e.Level = level.Ordinal
	}
	return e
}

// add adds an entry whose sentence begins with the name of its entity.
func (l *logger) add(e LogEntry, what, predicate string, args ...any) {
	e.Type = logType(e.Kind, what)
	e.Text = l.subject(e) + " " + fmt.Sprintf(predicate, args...)
	l.log = append(l.log, e)
}

func (l *logger) subject(e LogEntry) string {
	kind := strings.ReplaceAll(string(e.Kind), "_", " ")
	return strings.ToUpper(kind[:1]) + kind[1:] + " " + withName(e.Key, e.Name)
}

// named is the code and the name of an entity in the later state, and its
// framework if that is another.
func (l *logger) named(ref Ref) string {
	text := withName(ref.Key, NameOf(l.world.entity(ref)))
	if ref.Framework != l.code {
		text = ref.Framework + " " + text
	}
	return text
}

func withName(code, name string) string {
	if name == "" || name == code {
		return code
	}
	return code + " (" + name + ")"
}

func (l *logger) namedAll(refs []Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = l.named(r)
	}
	return strings.Join(names, ", ")
}

// fields tells what the fields of an entity mean that differ, statuses aside.
func (l *logger) fields(e LogEntry, d EntityDiff) {
	var described []string
	for _, f := range d.Fields {
		field, key, _ := strings.Cut(f.Path, ".")
		switch field {
		case "position", "seniority", "status", "successors":
		case "category", "group", "parent":
			l.moved(e, field, f)
		case levelsField:
			l.level(e, key, f)
		case requirementsField:
			l.requirement(e, key, f)
		case "name":
			if e.Kind != KindFramework {
				l.add(e, logRenamed, "was renamed; its name was %s.", deref(f.Old))
				continue
			}
			fallthrough
		default:
			described = append(described, fieldNames[field])
		}
	}
	switch {
	case len(described) == 0:
	case e.Kind == KindFramework:
		l.add(e, logChanged, "has changed: %s.", strings.Join(described, ", "))
	default:
		l.add(e, logDescribed, "was described anew: %s.", strings.Join(described, ", "))
	}
}

// fieldNames are fields in words.
var fieldNames = map[string]string{
	"name": "name", "type": "type", "kind": "kind", "description": "description", "essence": "essence", "guidance": "guidance",
	"synonyms": "synonyms", "publisher": "publisher", "url": "address", "licence": "licence", "attribution": "attribution",
	"locale": "language", "skillCodePattern": "pattern of skill codes", "skillCodeHint": "rule for skill codes", "archived": "whether it is archived",
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (l *logger) moved(e LogEntry, field string, f FieldDiff) {
	kind := map[string]Kind{"category": KindCategory, "group": KindRoleGroup, "parent": e.Kind}[field]
	place := func(code *string) string {
		if code == nil {
			return "the top"
		}
		return l.named(Ref{kind, l.code, *code})
	}
	if f.New != nil {
		e.Others = []Ref{{kind, l.code, *f.New}}
	}
	switch {
	case field == "parent" || f.Old != nil && f.New != nil:
		l.add(e, logMoved, "moved from %s to %s.", place(f.Old), place(f.New))
	case f.New != nil:
		l.add(e, logMoved, "was placed in %s.", place(f.New))
	default:
		l.add(e, logMoved, "was taken out of %s.", place(f.Old))
	}
}

func (l *logger) level(e LogEntry, level string, f FieldDiff) {
	e.Level, _ = strconv.Atoi(level)
	switch {
	case f.Old == nil:
		l.add(e, logLevelAdded, "is now described at level %s.", level)
	case f.New == nil:
		l.add(e, logLevelRemoved, "is no longer described at level %s.", level)
	default:
		l.add(e, logLevelDescribed, "was described anew at level %s.", level)
	}
}

func (l *logger) requirement(e LogEntry, skill string, f FieldDiff) {
	ref := Ref{KindSkill, l.code, skill}
	e.Others = []Ref{ref}
	level := func(requirement *string) int {
		n := 0
		_, _ = fmt.Sscanf(deref(requirement), "level %d", &n)
		return n
	}
	e.Level = level(f.New)
	switch {
	case f.Old == nil:
		l.add(e, logRequirementAdded, "now requires %s: %s.", l.named(ref), *f.New)
	case f.New == nil:
		e.Level = level(f.Old)
		l.add(e, logRequirementRemoved, "no longer requires %s.", l.named(ref))
	default:
		l.add(e, logRequirementChanged, "requires %s differently: %s; it was %s.", l.named(ref), *f.New, *f.Old)
	}
}

func statusOf(e Entity) Status {
	switch e := e.(type) {
	case *Attribute:
		return e.Status
	case *Category:
		return e.Status
	case *Skill:
		return e.Status
	case *RoleGroup:
		return e.Status
	case *Role:
		return e.Status
	}
	return StatusActive
}

// lineages are the ways in which something takes the place of what is retired.
var lineages = map[RelationType]struct{ what, words string }{
	ReplacedBy: {logReplaced, "was replaced by %s."},
	MergedInto: {logMerged, "was merged into %s."},
	SplitInto:  {logSplit, "was split into %s."},
}

// status tells of an entity that was retired or restored, and what took its place.
func (l *logger) status(e LogEntry, before, after Status) {
	was, is := l.from.succession(e.Kind, e.Key), l.to.succession(e.Kind, e.Key)
	switch {
	case after == StatusActive && before == StatusRetired:
		l.add(e, logRestored, "was restored.")
	case after == StatusRetired && before == StatusActive && len(is) == 0:
		l.add(e, logRetired, "was retired.")
	case after == StatusRetired:
		for _, t := range slices.Sorted(maps.Keys(is)) {
			if before == StatusRetired && slices.Equal(was[t], is[t]) || before == StatusRetired && e.Kind == KindSkill && !l.succeeded[e.Key][t] {
				continue
			}
			e.Others = nil
			for _, code := range is[t] {
				e.Others = append(e.Others, Ref{e.Kind, l.code, code})
			}
			l.add(e, lineages[t].what, lineages[t].words, l.namedAll(e.Others))
		}
	}
}

// succession is what took the place of an entity, by how, each sorted. Of
// categories and roles only the successors are known: several make a split, one is
// what a category was merged into, or what replaced a role.
func (s *Snapshot) succession(kind Kind, code string) map[RelationType][]string {
	var successors []string
	one := ReplacedBy
	switch kind {
	case KindSkill:
		n, ok := s.skills.get(code)
		if !ok {
			return nil
		}
		found := map[RelationType][]string{}
		for i := range n.edges { // sorted by type and other end
			if e := &n.edges[i]; e.typ.lineage() {
				found[e.typ] = append(found[e.typ], e.other)
			}
		}
		return found
	case KindCategory:
		if c := s.category(code); c != nil {
			successors, one = c.Successors, MergedInto
		}
	case KindRole:
		if r := s.role(code); r != nil {
			successors = r.Successors
		}
	}
	switch len(successors) {
	case 0:
		return nil
	case 1:
		return map[RelationType][]string{one: successors}
	}
	return map[RelationType][]string{SplitInto: successors}
}

// headings are the titles under which a written log has its entries.
var (
	kindHeadings = map[Kind]string{
		KindFramework: "Framework", KindLevel: "Levels", KindAttribute: "Attributes", KindCategory: "Categories", KindSkill: "Skills",
		KindRelation: "Relations", KindRoleGroup: "Role groups", KindRole: "Roles",
	}
	logHeadings = map[string]string{
		logAdded: "Added", logRemoved: "Removed", logChanged: "Changed", logRenamed: "Renamed", logDescribed: "Described anew", logMoved: "Moved",
		logLevelAdded: "Described at further levels", logLevelRemoved: "No longer described at levels", logLevelDescribed: "Described anew at levels",
		logRequirementAdded: "Further requirements", logRequirementRemoved: "Former requirements", logRequirementChanged: "Changed requirements",
		logNoteChanged: "Notes changed", logReplaced: "Replaced", logMerged: "Merged", logSplit: "Split", logRetired: "Retired", logRestored: "Restored",
	}
)

// Markdown writes a log, as [ChangeLog] returns it, for people: a heading for each
// kind of entity and below it one for each thing that happened. Codes and names
// are text, whatever they look like.
func Markdown(log []LogEntry) string {
	log = slices.Clone(log)
	slices.SortStableFunc(log, func(a, b LogEntry) int {
		return cmp.Or(cmp.Compare(a.Kind.order(), b.Kind.order()), cmp.Compare(logTypeOrders[a.Type], logTypeOrders[b.Type]))
	})
	var b strings.Builder
	for i, e := range log {
		if i == 0 || log[i-1].Kind != e.Kind {
			fmt.Fprintf(&b, "## %s\n\n", kindHeadings[e.Kind])
		}
		if i == 0 || log[i-1].Type != e.Type {
			what := strings.TrimPrefix(string(e.Type), string(e.Kind.Public())+"_")
			fmt.Fprintf(&b, "### %s\n\n", logHeadings[what])
		}
		b.WriteString("- " + markdownText(e.Text))
		for k, n := range e.ChangeRequests {
			fmt.Fprintf(&b, "%s#%d", [...]string{" (", ", "}[min(k, 1)], n)
		}
		if len(e.ChangeRequests) > 0 {
			b.WriteByte(')')
		}
		b.WriteByte('\n')
		if i+1 == len(log) || log[i+1].Type != e.Type {
			b.WriteString("\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// markdownText is a text on one line of Markdown in which nothing is marked up.
// What has a meaning only where a line begins stays as it is.
func markdownText(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if strings.ContainsRune("\\`*_[]<>&|~$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
