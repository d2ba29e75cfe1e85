package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"skillatlas/internal/framework"
)

// A question is an operation as a client sends it.
type question struct {
	actor     framework.Actor
	document  string
	name      string // of the operation, where the document has several
	variables vars

	set []*picked // what the operation selects, where it is random
}

func (q question) body() string {
	text, err := json.Marshal(map[string]any{"query": q.document, "operationName": q.name, "variables": q.variables})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (q question) String() string {
	text, err := json.Marshal(q.variables)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s\nas %q (%s), operationName %q, variables %s", q.document, q.actor.ID, q.actor.Access, q.name, text)
}

// Bounds on questions, so that few are refused. What a selection may cost is how
// often it may be answered, as the server estimates it.
const (
	questionDepth  = 7 // fields within each other
	questionWeight = 1_200
	missRate       = 25 // one of so many codes, cursors and numbers is not there
)

// A questioner makes random questions. It is safe for concurrent use.
type questioner struct {
	known   *samples
	targets []step                    // all fields of the types that queries give
	far     map[string]map[string]int // how many fields lead at least to a type from others
}

func newQuestioner(known *samples) *questioner {
	r := &questioner{known: known, far: map[string]map[string]int{}}
	types := slices.Sorted(maps.Keys(reachable()))
	for _, name := range types {
		r.far[name] = distances(types, name)
		for _, f := range fieldsOf(parsedSchema.Types[name]) {
			r.targets = append(r.targets, step{parsedSchema.Types[name], f})
		}
	}
	return r
}

// question is a valid query, the same for the same seed. It asks for one field, of
// all there are in turn, so that none is left out for being deep, and for anything
// else around it.
func (r *questioner) question(seed uint64) question {
	rng := rand.New(rand.NewPCG(seed, 0))
	w := &asker{Rand: rng, questioner: r, left: 10 + rng.IntN(90)}
	p := newPrinter(pick(rng, " ", "\n", ","))
	q := question{variables: vars{}, set: w.query(w.aim(r.targets[seed%uint64(len(r.targets))]))}
	q.actor = pick(rng, root, root, root, root, root, ada, con, reader, framework.Actor{ID: "r", Access: framework.Reader},
		framework.Actor{ID: "o", Access: framework.Editor, Frameworks: []string{"crafts"}})
	operations := []string{p.operation("Asked", q.set, q.variables)}
	switch w.IntN(12) {
	case 0: // several operations, which share their fragments
		w.left = 20
		operations = append(operations, p.operation("Other", w.query(nil), vars{}))
		w.Shuffle(len(operations), func(i, j int) { operations[i], operations[j] = operations[j], operations[i] })
		q.name = "Asked"
	case 1, 2, 3:
		q.name = "Asked"
	}
	q.document = strings.Join(operations, "\n") + "\n" + p.fragments()
	return q
}

// shrink is the question less all without which it is still found to be bad.
func (q question) shrink(bad func(question) bool) question {
	if q.set == nil {
		return q
	}
	least := q
	smaller := func() bool {
		p := newPrinter(" ")
		next := question{actor: q.actor, variables: vars{}, set: q.set}
		next.document = p.operation("Asked", q.set, next.variables) + "\n" + p.fragments()
		if !bad(next) {
			return false
		}
		least = next
		return true
	}
	for less := true; less; {
		less = false
		seen := map[*snippet]bool{}
		var visit func(set *[]*picked)
		visit = func(set *[]*picked) {
			for i := 0; i < len(*set); i++ {
				n := (*set)[i]
				if all := *set; len(all) > 1 {
					if *set = slices.Delete(slices.Clone(all), i, i+1); smaller() {
						less = true
						i--
						continue
					}
					*set = all
				}
				if all := n.directives; len(all) > 0 {
					if n.directives = nil; smaller() {
						less = true
					} else {
						n.directives = all
					}
				}
				if f := n.snippet; f != nil && !seen[f] {
					seen[f] = true
					visit(&f.set)
				}
				visit(&n.set)
			}
		}
		visit(&q.set)
	}
	return least
}

// An asker writes a random query.
type asker struct {
	*rand.Rand
	*questioner
	left  int  // selections it still likes to make
	count int  // of fresh names
	sure  bool // whether what is looked up shall be there, and not be narrowed

	snippets     []*snippet
	placeholders []*placeholder
}

// A picked is one selection: a field, an inline fragment or a spread.
type picked struct {
	field     *ast.FieldDefinition
	alias     string
	arguments []argument
	snippet   *snippet
	on        *ast.Definition // an inline fragment's condition, or nil

	directives []directive
	set        []*picked
}

type argument struct {
	name  string
	value any // may hold placeholders
}

type directive struct {
	name string
	when any
}

func (n *picked) key() string {
	if n.alias != "" {
		return n.alias
	}
	return n.field.Name
}

// A snippet is a named fragment.
type snippet struct {
	name          string
	on            *ast.Definition
	set           []*picked
	depth, weight int // at which it was made
}

// A placeholder is a variable.
type placeholder struct {
	name, declared string
	standard       any // its default, if it has one
	hasStandard    bool
	value          any // if given
	given          bool
	of             string // what it is good for
}

// effective is what a value comes to.
func effective(v any) any {
	if p, ok := v.(*placeholder); ok {
		if p.given {
			return p.value
		}
		return p.standard
	}
	return v
}

// A spot is where the answers of one or more selection sets are merged.
type spot map[string]*slot

// A slot is what answers under one key of a spot.
type slot struct {
	fields []claim
	below  spot
}

type claim struct {
	parent          *ast.Definition
	name, arguments string
	of              string // its type
}

func claimOf(parent *ast.Definition, n *picked) claim {
	return claim{parent, n.field.Name, printed(n.arguments), n.field.Type.String()}
}

// takes reports whether a field may answer under a key too
// (https://spec.graphql.org/October2021/#sec-Field-Selection-Merging).
func (s spot) takes(key string, c claim) bool {
	o := s[key]
	if o == nil {
		return true
	}
	for _, e := range o.fields {
		apart := e.parent != c.parent && e.parent.Kind == ast.Object && c.parent.Kind == ast.Object
		if e.of != c.of || !apart && (e.name != c.name || e.arguments != c.arguments) {
			return false
		}
	}
	return true
}

func (s spot) claim(key string, c claim) spot {
	o := s[key]
	if o == nil {
		o = &slot{below: spot{}}
		s[key] = o
	}
	o.fields = append(o.fields, c)
	return o.below
}

// takesAll reports whether selections may be made here too.
func (s spot) takesAll(parent *ast.Definition, set []*picked) bool {
	for _, n := range set {
		switch {
		case n.snippet != nil:
			if !s.takesAll(n.snippet.on, n.snippet.set) {
				return false
			}
		case n.field == nil:
			if !s.takesAll(orParent(n.on, parent), n.set) {
				return false
			}
		case !s.takes(n.key(), claimOf(parent, n)):
			return false
		case s[n.key()] != nil && !s[n.key()].below.takesAll(typed(n.field), n.set):
			return false
		}
	}
	return true
}

func (s spot) claimAll(parent *ast.Definition, set []*picked) {
	for _, n := range set {
		switch {
		case n.snippet != nil:
			s.claimAll(n.snippet.on, n.snippet.set)
		case n.field == nil:
			s.claimAll(orParent(n.on, parent), n.set)
		default:
			s.claim(n.key(), claimOf(parent, n)).claimAll(typed(n.field), n.set)
		}
	}
}

func orParent(on, parent *ast.Definition) *ast.Definition {
	if on == nil {
		return parent
	}
	return on
}

func typed(f *ast.FieldDefinition) *ast.Definition { return parsedSchema.Types[f.Type.Name()] }

var typename = &ast.FieldDefinition{Name: "__typename", Type: ast.NonNullNamedType("String", nil)}

// A setting is where selections are made: how deep they still may be, how often
// they are answered, of which framework.
type setting struct {
	depth, weight int
	framework     string
}

// A step is a field on the way to one that is aimed at.
type step struct {
	on    *ast.Definition
	field *ast.FieldDefinition
}

func (w *asker) query(way []step) []*picked {
	return w.set(spot{}, parsedSchema.Query, setting{questionDepth, 1, "meridian"}, way)
}

// aim chooses a way to a field.
func (w *asker) aim(target step) []step {
	far := w.far[target.on.Name]
	left := far["Query"] + w.IntN(3)
	var way []step
	for at := parsedSchema.Query; at != target.on || left > 0 && w.IntN(2) == 0; left-- {
		var next []step
		var to []*ast.Definition
		for _, f := range fieldsOf(at) {
			for _, def := range objects(typed(f)) {
				if d, ok := far[def.Name]; ok && d < max(left, far[at.Name]) {
					next, to = append(next, step{at, f}), append(to, def)
				}
			}
		}
		if len(next) == 0 {
			break // the target is only its own
		}
		i := w.IntN(len(next))
		way, at = append(way, next[i]), to[i]
	}
	return append(way, target)
}

func fieldsOf(def *ast.Definition) []*ast.FieldDefinition {
	var list []*ast.FieldDefinition
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			list = append(list, f)
		}
	}
	return list
}

// objects are the object types of what a field gives; none for a leaf.
func objects(def *ast.Definition) []*ast.Definition {
	if !def.IsCompositeType() {
		return nil
	}
	return slices.SortedFunc(slices.Values(parsedSchema.GetPossibleTypes(def)), func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
}

// reachable are the object types that queries give.
func reachable() map[string]bool {
	seen := map[string]bool{}
	var add func(def *ast.Definition)
	add = func(def *ast.Definition) {
		if seen[def.Name] {
			return
		}
		seen[def.Name] = true
		for _, f := range fieldsOf(def) {
			for _, o := range objects(typed(f)) {
				add(o)
			}
		}
	}
	add(parsedSchema.Query)
	return seen
}

func distances(types []string, to string) map[string]int {
	far := map[string]int{to: 0}
	for grown := true; grown; {
		grown = false
		for _, name := range types {
			for _, f := range fieldsOf(parsedSchema.Types[name]) {
				for _, o := range objects(typed(f)) {
					d, ok := far[o.Name]
					if old, known := far[name]; ok && (!known || d+1 < old) {
						far[name], grown = d+1, true
					}
				}
			}
		}
	}
	return far
}

// set makes selections of a type, at a spot that may have some.
func (w *asker) set(at spot, parent *ast.Definition, c setting, way []step) []*picked {
	var set []*picked
	n := 1 + w.IntN(4)
	for w.IntN(5) > 1 && n < 8 && w.left > 0 {
		n++
	}
	n = min(n, len(fieldsOf(parent))+2)
	aimed := -1
	if len(way) > 0 {
		aimed = w.IntN(n)
	}
	for i := range n {
		w.left--
		if i == aimed {
			set = append(set, w.toward(at, parent, c, way))
			continue
		}
		if w.left <= 0 && i > 0 {
			continue
		}
		set = append(set, w.selection(at, parent, c))
		if last := set[len(set)-1]; w.IntN(25) == 0 { // the same again
			again := *last
			again.directives = w.directives(false)
			set = append(set, &again)
		}
	}
	return set
}

// toward makes the selection that leads to what is aimed at.
func (w *asker) toward(at spot, parent *ast.Definition, c setting, way []step) *picked {
	if next := way[0]; parent != next.on {
		n := &picked{on: next.on, directives: w.directives(true)}
		n.set = w.set(at, next.on, c, way)
		return n
	}
	if w.IntN(8) == 0 { // by way of a fragment
		n := &picked{on: w.condition(parent), directives: w.directives(true)}
		if n.on == nil || n.on == parent {
			n.set = []*picked{w.field(at, parent, way[0].field, c, way[1:], true)}
			return n
		}
	}
	return w.field(at, parent, way[0].field, c, way[1:], true)
}

func (w *asker) selection(at spot, parent *ast.Definition, c setting) *picked {
	switch r := w.IntN(100); {
	case r < 12 && w.left > 0:
		n := &picked{on: w.condition(parent), directives: w.directives(false)}
		c.depth-- // so that there is an end of fragments in fragments
		if c.depth >= 0 {
			n.set = w.set(at, orParent(n.on, parent), c, nil)
			return n
		}
	case r < 26:
		if n := w.spread(at, parent, c); n != nil {
			return n
		}
	case r < 32:
		return w.field(at, parent, typename, c, nil, false)
	}
	fields := fieldsOf(parent)
	for range 6 {
		f := fields[w.IntN(len(fields))]
		if typed(f).IsCompositeType() && (c.depth <= 1 || w.left <= 0) {
			continue
		}
		if n := w.field(at, parent, f, c, nil, false); n != nil {
			return n
		}
	}
	return w.field(at, parent, typename, c, nil, false)
}

// condition is a type condition that can hold, or none.
func (w *asker) condition(parent *ast.Definition) *ast.Definition {
	list := []*ast.Definition{nil, parent}
	for _, name := range parent.Interfaces {
		list = append(list, parsedSchema.Types[name])
	}
	if parent.IsAbstractType() {
		list = append(list, objects(parent)...)
	}
	return list[w.IntN(len(list))]
}

// spread spreads a named fragment, known or new. It is nil where none fits.
func (w *asker) spread(at spot, parent *ast.Definition, c setting) *picked {
	var f *snippet
	if fit := slices.DeleteFunc(slices.Clone(w.snippets), func(f *snippet) bool {
		return f.depth > c.depth || f.weight < c.weight || !overlaps(f.on, parent)
	}); len(fit) > 0 && w.IntN(3) > 0 {
		f = fit[w.IntN(len(fit))]
	} else if w.left > 0 && c.depth > 0 {
		w.count++
		f = &snippet{name: pick(w.Rand, "F", "fields", "on_", "_") + strconv.Itoa(w.count), on: orParent(w.condition(parent), parent), depth: c.depth, weight: max(c.weight, 30)}
		f.set = w.set(spot{}, f.on, setting{c.depth - 1, f.weight, c.framework}, nil)
		w.snippets = append(w.snippets, f)
	}
	if f == nil || !at.takesAll(f.on, f.set) {
		return nil
	}
	at.claimAll(f.on, f.set)
	return &picked{snippet: f, directives: w.directives(false)}
}

func overlaps(a, b *ast.Definition) bool {
	return slices.ContainsFunc(objects(a), func(o *ast.Definition) bool { return slices.Contains(objects(b), o) })
}

// field selects a field, under a key that is free or merged with what is there. It
// is nil where that would be too much.
func (w *asker) field(at spot, parent *ast.Definition, f *ast.FieldDefinition, c setting, way []step, aimed bool) *picked {
	n := &picked{field: f}
	want := ""
	if len(way) > 0 {
		want = way[0].on.Name
	}
	w.sure = aimed
	n.arguments = w.arguments(parent, f, &c, want)
	w.sure = false
	c.weight *= size(parent, f, n.arguments)
	next := parsedSchema.Types[f.Type.Name()]
	if !aimed && next.IsCompositeType() && c.weight > questionWeight {
		return nil
	}
	switch w.IntN(12) {
	case 0, 1:
		n.alias = w.fresh()
	case 2, 3: // the name of another
		n.alias = fieldsOf(parent)[w.IntN(len(fieldsOf(parent)))].Name
	}
	if len(at) > 0 && w.IntN(15) == 0 {
		n.alias = slices.Sorted(maps.Keys(at))[w.IntN(len(at))]
	}
	for !at.takes(n.key(), claimOf(parent, n)) {
		n.alias = w.fresh()
	}
	n.directives = w.directives(aimed)
	below := at.claim(n.key(), claimOf(parent, n))
	if next.IsCompositeType() {
		c.depth--
		n.set = w.set(below, next, c, way)
	}
	return n
}

func (w *asker) fresh() string {
	w.count++
	return pick(w.Rand, "a", "zz", "_", "Key", "__x") + strconv.Itoa(w.count)
}

// size is how long the server takes a list for.
func size(parent *ast.Definition, f *ast.FieldDefinition, arguments []argument) int {
	for _, name := range []string{"first", "last"} {
		for _, a := range arguments {
			if n, ok := effective(a.value).(int); a.name == name && ok {
				return max(1, min(n, framework.MaxPage))
			}
		}
	}
	switch {
	case strings.HasSuffix(f.Type.Name(), "Connection"):
		return framework.DefaultPage
	case parent.Name == "SkillGraph":
		return 30
	case f.Type.Elem != nil && parent.Kind == ast.Object && !strings.HasSuffix(parent.Name, "Connection") && typed(f).IsCompositeType():
		return fewElements
	}
	return 1
}

// directives are @skip and @include, seldom; where a field is aimed at, so that it
// is answered.
func (w *asker) directives(aimed bool) []directive {
	if w.IntN(10) > 0 {
		return nil
	}
	names := []string{pick(w.Rand, "skip", "include")}
	if w.IntN(4) == 0 {
		names = []string{"include", "skip"}
		if w.IntN(2) == 0 {
			slices.Reverse(names)
		}
	}
	var list []directive
	for _, name := range names {
		when := w.value(ast.NonNullNamedType("Boolean", nil), false, purpose{at: name})
		if on := effective(when) == true; aimed && on != (name == "include") {
			when = name == "include"
		}
		list = append(list, directive{name, when})
	}
	return list
}

// arguments are those of a field. The setting comes to be that below it.
func (w *asker) arguments(parent *ast.Definition, f *ast.FieldDefinition, c *setting, want string) []argument {
	var list []argument
	pages := f.Arguments.ForName("after") != nil
	backwards := w.IntN(5) == 0
	for _, a := range f.Arguments {
		required := a.Type.NonNull && a.DefaultValue == nil
		odds := 4
		switch a.Name {
		case "first", "last", "after", "before":
			forwards := a.Name == "first" || a.Name == "after"
			switch {
			case pages && forwards == backwards:
				odds = 60
			case a.Name == "after" || a.Name == "before":
				odds = 6
			case w.IntN(12) > 0 || c.weight > 3:
				odds = 1
			}
		case "code":
			odds = pick(w.Rand, 1, 1, 1, 1, 1, 1, 1, 2)
		case "maxSteps":
			odds = 1 + w.IntN(2)
		case "at", "minRevision", "costs":
			odds = 8
		case "limit", "roots":
			odds = 2
		}
		if w.sure && odds > 1 {
			odds *= 4
		}
		if !required && w.IntN(odds) > 0 {
			continue
		}
		p := purpose{at: parent.Name + "." + f.Name + "." + a.Name, argument: a.Name, framework: c.framework, want: want, weight: c.weight}
		v := w.value(a.Type, a.DefaultValue != nil, p)
		if code, ok := effective(v).(string); ok && (p.at == "Query.framework.code" || a.Name == "framework") {
			c.framework = code
		}
		if id := strings.Split(fmt.Sprint(effective(v)), ":"); (a.Name == "id" || a.Name == "ids") && len(id) > 2 {
			c.framework, _, _ = strings.Cut(id[1], "@") // that of the first
		}
		list = append(list, argument{a.Name, v})
	}
	if w.IntN(4) == 0 {
		w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}

// A purpose is what a value is for.
type purpose struct {
	at        string // the argument, or the field of an input, by its full name
	argument  string
	framework string
	want      string // the type of what is looked for
	weight    int
}

// value is a literal or a variable for a place of a type, which may have a default.
func (w *asker) value(t *ast.Type, hasDefault bool, p purpose) any {
	if w.IntN(4) == 0 {
		return w.variable(t, hasDefault, p)
	}
	return w.literal(t, p, true)
}

// variable is a variable for a place of a type, declared in any way that may be.
func (w *asker) variable(t *ast.Type, hasDefault bool, p purpose) *placeholder {
	of := fmt.Sprint(t, hasDefault, p)
	for _, v := range w.placeholders {
		if v.of == of && w.IntN(2) == 0 {
			return v
		}
	}
	nullable, strict := *t, *t
	nullable.NonNull, strict.NonNull = false, true
	some := func() any { return w.literal(&strict, p, false) }
	v := &placeholder{name: fmt.Sprintf("%s%d", pick(w.Rand, "v", "first", "_"), len(w.placeholders)), declared: t.String(), of: of}
	switch r := w.IntN(8); {
	case r == 0: // declared with a default, which is taken
		v.declared, v.standard, v.hasStandard = nullable.String(), some(), true
	case r == 1: // and not taken
		v.declared, v.standard, v.hasStandard = nullable.String(), some(), true
		v.value, v.given = some(), true
	case r == 2:
		v.declared, v.standard, v.hasStandard = strict.String(), some(), true
		if w.IntN(2) == 0 {
			v.value, v.given = some(), true
		}
	case r == 3 && (!t.NonNull || hasDefault):
		v.declared = nullable.String()
	case r == 4 && !t.NonNull:
		v.value, v.given = nil, true
		if w.IntN(2) == 0 {
			v.standard, v.hasStandard = some(), true
		}
	case r == 5 && !t.NonNull:
		v.declared = strict.String()
		v.value, v.given = some(), true
	default:
		v.value, v.given = some(), true
	}
	w.placeholders = append(w.placeholders, v)
	return v
}

// literal is a value of a type, with variables in it if they may be.
func (w *asker) literal(t *ast.Type, p purpose, variables bool) any {
	if !t.NonNull && w.IntN(15) == 0 {
		return nil
	}
	within := func(t *ast.Type, p purpose) any {
		if variables {
			return w.value(t, false, p)
		}
		return w.literal(t, p, false)
	}
	if t.Elem != nil {
		if w.IntN(5) == 0 { // one value stands for a list of one
			return w.literal(ast.NonNullNamedType(t.Elem.NamedType, nil), p, variables)
		}
		list := []any{}
		some := 0
		if w.sure {
			some = 1
		}
		for range pick(w.Rand, some, 1, 1, 2, 2, 3, 3) {
			list = append(list, within(t.Elem, p))
		}
		if def := parsedSchema.Types[t.Elem.NamedType]; def.Kind == ast.Enum {
			list = list[:min(len(list), len(def.EnumValues))]
		}
		return list
	}
	def := parsedSchema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return enum(def.EnumValues[w.IntN(len(def.EnumValues))].Name)
	case ast.InputObject:
		fields := object{}
		if ends := w.known.ends[p.argument]; def.Name == "CareerEnd" && p.framework == "meridian" && ends != nil && (w.sure || w.IntN(3) == 0) {
			return ends[w.count%len(ends)] // the same from and to
		}
		if def.Directives.ForName("oneOf") != nil {
			f := def.Fields[w.IntN(len(def.Fields))]
			strict := *f.Type
			strict.NonNull = true
			p.at = def.Name + "." + f.Name
			// A variable here has to be declared without null, and so without a default.
			v := w.literal(&strict, p, variables)
			if variables && w.IntN(4) == 0 {
				given := &placeholder{name: fmt.Sprintf("one%d", len(w.placeholders)), declared: strict.String(), value: w.literal(&strict, p, false), given: true}
				w.placeholders = append(w.placeholders, given)
				v = given
			}
			return object{f.Name: v}
		}
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil || w.IntN(4) == 0 {
				p.at = def.Name + "." + f.Name
				fields[f.Name] = within(f.Type, p)
			}
		}
		if levels := w.known.codes[p.framework]["skillLevels"]; def.Name == "SkillHeldInput" && len(levels) > 0 && w.IntN(5) > 0 {
			skill, level, _ := strings.Cut(pick(w.Rand, levels...), "_")
			n, _ := strconv.Atoi(level)
			fields = object{"skill": skill, "level": n}
		}
		return fields
	}
	switch t.NamedType {
	case "Boolean":
		return w.IntN(2) == 0
	case "Int":
		return w.int(p)
	case "Float":
		return w.float(p)
	case "DateTime":
		return w.time(p)
	}
	return w.text(p)
}

func (w *asker) miss() bool { return !w.sure && w.IntN(missRate) == 0 }

func (w *asker) int(p purpose) int {
	name := p.at[strings.LastIndexByte(p.at, '.')+1:]
	if w.miss() {
		if (name == "first" || name == "last") && p.weight > 4 || name == "minRevision" {
			return 0
		}
		return pick(w.Rand, 0, -1, 501, 99, 2_147_483_647)
	}
	switch name {
	case "first", "last":
		if p.weight == 1 && w.IntN(4) == 0 {
			return 6 + w.IntN(30)
		}
		return 1 + w.IntN(4)
	case "revision":
		switch early := w.known.head / 3; p.argument {
		case "from":
			return 1 + w.IntN(early)
		case "to":
			return early + 1 + w.IntN(w.known.head-early)
		}
		return 1 + w.IntN(w.known.head)
	case "seq", "minRevision":
		return 1 + w.IntN(w.known.head)
	case "number", "changeRequest":
		return 1 + w.IntN(w.known.requests)
	case "with":
		return 1 + w.IntN(2)
	case "limit", "edgeLimit":
		return 1 + w.IntN(25)
	case "size":
		return 20 + w.IntN(200)
	case "maxSteps":
		return 1 + w.IntN(3)
	case "depth", "distance":
		return w.IntN(4)
	}
	if p.framework == "crafts" {
		return 1 + w.IntN(2)
	}
	return 1 + w.IntN(7)
}

func (w *asker) float(p purpose) any {
	switch w.IntN(8) {
	case 0:
		return 1 // as an integer
	case 1:
		return pick(w.Rand, -0.5, 1.5, 1e-3, 0.0, 99)
	}
	if strings.HasPrefix(p.at, "PathCostsInput") {
		return float64(1+w.IntN(30)) / 8
	}
	return float64(1+w.IntN(8)) / 10
}

func (w *asker) time(p purpose) string {
	if w.miss() {
		return pick(w.Rand, "2020-01-01T00:00:00Z", "2099-12-31T23:59:59Z")
	}
	p.at = "At.revision"
	minute := min(w.int(p), w.known.head)
	return pick(w.Rand, fmt.Sprintf("2026-03-01T12:%02d:00Z", minute), fmt.Sprintf("2026-03-01T14:%02d:30.25+02:00", minute))
}

// oddTexts are texts that are hard to write, to look up or to compare.
var oddTexts = []string{
	"", " ", "none", "x", `"`, `\`, "\"quoted\" \\ /", "tab\tand\nline\r\nend", "\x00\x01\x1f\x7f", "</script>&amp;", "ÄÖÜ ß é", "日本語",
	"😀👩‍👩‍👧", "\u2028\u2029", "\ufeff", "e\u0301", "ﬁ İ ı", "$v0 ...F1 #no comment {", "%s%d", "\"\"\"", "skill:meridian:", "revision::0", "Y29kZTp4", "====", strings.Repeat("long ", 40),
}

// text is a text or an id that is good for a purpose, or an odd one.
func (w *asker) text(p purpose) string {
	if w.miss() {
		return oddTexts[w.IntN(len(oddTexts))]
	}
	if p.at == "Query.framework.code" || strings.HasSuffix(p.at, ".framework") {
		return pick(w.Rand, "meridian", "meridian", "meridian", "meridian", "meridian", "crafts", "crafts", "old")
	}
	f := p.framework
	if w.known.codes[f] == nil {
		f = "meridian"
	}
	var from []string
	switch name := p.at[strings.LastIndexByte(p.at, '.')+1:]; name {
	case "id", "ids":
		if from = w.known.ids[p.want]; from == nil {
			from = w.known.allIDs
		}
	case "after", "before":
		of := strings.Split(p.at, ".")
		from = w.known.cursors[of[1]]
	case "raisedBy", "onBehalfOf", "assignee":
		from = []string{"con", "lee", "ada", "person:meridian:1"}
	case "theme", "targetRelease":
		from = []string{"Operations", "2"}
	case "prefix":
		from = []string{"s", "In", "WELD", "o"}
	case "query", "text":
		from = []string{"service", "incidnt managment", "itop", `"service desk"`, "infrastructure eng", "weld autonomy", "old", "ITOP_3", "level"}
	case "code", "codes":
		of := strings.Split(p.at, ".")[1]
		from = w.known.codes[f][map[string]string{"mapCodes": "skill"}[of]+strings.TrimPrefix(of, "mapCodes")]
	case "release":
		from = w.known.codes[f]["release"]
	case "skill", "to", "roots", "requires", "avoidSkills", "key":
		from = w.known.codes[f]["skill"]
	case "role", "avoidRoles":
		from = w.known.codes[f]["role"]
	case "group":
		from = w.known.codes[f]["roleGroup"]
	case "category", "categories":
		from = w.known.codes[f]["category"]
	}
	if len(from) == 0 {
		return oddTexts[w.IntN(len(oddTexts))]
	}
	return from[w.IntN(len(from))]
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// A printer writes operations and the fragments they spread.
type printer struct {
	separator string
	spread    map[*snippet]bool
	order     []*snippet
}

func newPrinter(separator string) *printer {
	return &printer{separator: separator, spread: map[*snippet]bool{}}
}

// operation writes an operation and adds the values of its variables.
func (p *printer) operation(name string, set []*picked, values vars) string {
	var definitions []string
	seen, through := map[*placeholder]bool{}, map[*snippet]bool{}
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case *placeholder:
			if seen[v] {
				return
			}
			seen[v] = true
			text := "$" + v.name + ":" + v.declared
			if v.hasStandard {
				text += "=" + value(v.standard)
			}
			definitions = append(definitions, text)
			if v.given {
				values[v.name] = v.value
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case object:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				look(v[name])
			}
		}
	}
	var walk func(set []*picked)
	walk = func(set []*picked) {
		for _, n := range set {
			for _, a := range n.arguments {
				look(a.value)
			}
			for _, d := range n.directives {
				look(d.when)
			}
			if f := n.snippet; f != nil && !through[f] {
				through[f] = true
				if !p.spread[f] {
					p.spread[f] = true
					p.order = append(p.order, f)
				}
				walk(f.set)
			}
			walk(n.set)
		}
	}
	walk(set)
	head := "query " + name
	if len(definitions) > 0 {
		head += "(" + strings.Join(definitions, p.separator) + ")"
	}
	return head + p.set(set)
}

func (p *printer) fragments() string {
	var b strings.Builder
	for _, f := range p.order {
		b.WriteString("fragment " + f.name + " on " + f.on.Name + p.set(f.set) + "\n")
	}
	return b.String()
}

func (p *printer) set(set []*picked) string {
	var b strings.Builder
	b.WriteString("{")
	for i, n := range set {
		if i > 0 {
			b.WriteString(p.separator)
		}
		switch {
		case n.snippet != nil:
			b.WriteString("..." + n.snippet.name)
		case n.field == nil:
			b.WriteString("...")
			if n.on != nil {
				b.WriteString(" on " + n.on.Name)
			}
		default:
			if n.alias != "" {
				b.WriteString(n.alias + ":")
			}
			b.WriteString(n.field.Name + printed(n.arguments))
		}
		for _, d := range n.directives {
			b.WriteString(" @" + d.name + printed([]argument{{"if", d.when}}))
		}
		if len(n.set) > 0 {
			b.WriteString(p.set(n.set))
		}
	}
	return b.String() + "}"
}

func printed(arguments []argument) string {
	if len(arguments) == 0 {
		return ""
	}
	var list []string
	for _, a := range arguments {
		list = append(list, a.name+":"+value(a.value))
	}
	return "(" + strings.Join(list, ",") + ")"
}

// value writes a value as a literal, with the variables in it. Some texts are
// written as block strings.
func value(v any) string {
	switch v := v.(type) {
	case *placeholder:
		return "$" + v.name
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, value(e))
		}
		return "[" + strings.Join(list, ",") + "]"
	case object:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, name+":"+value(v[name]))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case string:
		if len(v)%7 == 3 && !strings.ContainsAny(v, "\\\"\r\n\t\x00\x01") {
			return `"""` + v + `"""`
		}
	}
	return literal(v)
}
