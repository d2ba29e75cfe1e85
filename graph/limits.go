package graph

import (
	"context"
	"maps"
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"skillatlas/internal/framework"
)

// Bounds on one operation. Those on the document are checked before validation,
// whose time grows with the square of the selections and worse; each counts over
// the whole document, since all of it is validated.
const (
	maxQuery      = 64 << 10 // bytes of the document
	maxTokens     = 5_000
	maxDepth      = 25      // selection sets within each other, fragments in place
	maxSelections = 3_000   // of all operations and fragments, fragments in place
	maxOverlap    = 50_000  // comparisons of selections that answer under one name
	maxMeta       = 100_000 // descriptions of the schema's parts, as [metaLists] guesses

	maxValues     = 50_000    // values in variables, each as often as it is used
	maxList       = 1_000     // elements of a list in variables, such as edits
	maxArgument   = 4 << 10   // bytes of a text in the variables of a query
	maxChanges    = 10        // mutations of one operation
	maxComplexity = 500_000   // an estimate; maxFields bounds what it is in fact
	maxWork       = 1_000_000 // elements looked at by lists and filters
	maxFields     = 200_000   // fields of a query's answer
	maxAnswer     = 32 << 20  // bytes of text in a query's answer
	maxFailed     = 200       // fields of a query's answer that are errors
	maxErrors     = 20        // told of one request

	// Documents this long and no longer are kept parsed, this many of them.
	maxKept       = 4 << 10
	keptDocuments = 250
)

// bounds refuses documents that would keep validation busy. Documents that are
// kept were looked at before.
type bounds struct{ kept documents }

var _ graphql.OperationParameterMutator = bounds{}

// ExtensionName implements graphql.HandlerExtension.
func (bounds) ExtensionName() string { return "Bounds" }

// Validate implements graphql.HandlerExtension.
func (bounds) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator; it
// changes nothing.
func (b bounds) MutateOperationParameters(ctx context.Context, p *graphql.RawParams) *gqlerror.Error {
	switch values, longest := count(p.Variables); {
	case longest > maxList:
		return limitError("a list in the variables has %d elements; at most %d are allowed: send them in several requests", longest, maxList)
	case values > maxValues:
		return limitError("the variables hold %d values; at most %d are allowed: send them in several requests", values, maxValues)
	}
	doc, known := b.kept.Get(ctx, p.Query)
	if !known {
		if len(p.Query) > maxQuery {
			return limitError("the document is %d bytes long; at most %d are allowed: send values as variables", len(p.Query), maxQuery)
		}
		var err error
		if doc, err = parser.ParseQueryWithTokenLimit(&ast.Source{Input: p.Query}, maxTokens); err != nil {
			return parseError(err)
		}
		if err := checkDocument(doc); err != nil {
			return err
		}
	}
	return checkOperationName(doc, p.OperationName)
}

// parseError tells a document that is too long from one that is not GraphQL, of
// which the executor, parsing it again, says what is wrong.
func parseError(err error) *gqlerror.Error {
	if strings.Contains(err.Error(), "exceeded token limit") {
		return limitError("the document has more than %d tokens; send values as variables, and ask for less at a time", maxTokens)
	}
	return nil
}

// checkDocument checks a document that has not been validated.
func checkDocument(doc *ast.QueryDocument) *gqlerror.Error {
	w := walker{fragments: map[string]*ast.FragmentDefinition{}, known: map[string]extent{}}
	for _, f := range doc.Fragments {
		if w.fragments[f.Name] == nil {
			w.fragments[f.Name] = f
		}
	}
	sets := make([]ast.SelectionSet, 0, len(doc.Operations)+len(doc.Fragments))
	var all extent
	for _, op := range doc.Operations {
		sets = append(sets, op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		sets = append(sets, f.SelectionSet)
	}
	for _, set := range sets {
		all = all.beside(w.measure(set))
	}
	switch {
	case w.cycle != "":
		return gqlError(framework.Invalid, "fragment %s is part of itself", w.cycle)
	case all.depth > maxDepth:
		return limitError("the document is more than %d selections deep; ask for less at a time", maxDepth)
	case all.selections > maxSelections:
		return limitError("the document has more than %d selections, with its fragments in place; ask for less at a time", maxSelections)
	case all.introspection > maxMeta:
		return limitError("the document asks for too much of the schema; ask for each of its lists once")
	}
	overlap := 0
	for _, set := range sets {
		overlap += w.overlap([]ast.SelectionSet{set}, 1)
	}
	if overlap > maxOverlap {
		return limitError("the document selects the same fields too often; select each once in its place")
	}
	return nil
}

func checkOperationName(doc *ast.QueryDocument, name string) *gqlerror.Error {
	if len(doc.Operations) == 0 || doc.Operations.ForName(name) != nil {
		return nil
	}
	names := make([]string, 0, 5)
	for _, op := range doc.Operations[:min(len(doc.Operations), cap(names))] {
		names = append(names, op.Name)
	}
	if name == "" {
		return gqlError(framework.Invalid, "the document has several operations; say which with operationName: %s", strings.Join(names, ", "))
	}
	return gqlError(framework.Invalid, "the document has no operation %q; say which with operationName: %s", name, strings.Join(names, ", "))
}

// An extent is how much a selection set holds with its fragments in place.
type extent struct {
	depth, selections int
	// meta is what the set gives out if it is one of the introspection system,
	// introspection what those within it do that are.
	meta, introspection int
}

// metaLists guesses how long the lists of the introspection system are; one and
// a half times to four times as long as they are on average.
var metaLists = map[string]int{
	"types": 120, "directives": 6, "fields": 4, "args": 2, "inputFields": 3,
	"enumValues": 2, "possibleTypes": 4, "interfaces": 2,
}

// beside is the extent of two selection sets that stand beside each other.
func (e extent) beside(o extent) extent {
	return extent{
		depth:         max(e.depth, o.depth),
		selections:    min(e.selections+o.selections, math.MaxInt32),
		meta:          min(e.meta+o.meta, math.MaxInt32),
		introspection: min(e.introspection+o.introspection, math.MaxInt32),
	}
}

// under is the extent of a selection that holds e.
func (e extent) under(field string) extent {
	e.depth++
	e.selections++
	switch field {
	case "__schema":
		e.introspection += e.meta
	case "__type": // may be one of those that have the most
		e.introspection += 8 * e.meta
	}
	if field != "" {
		e.meta = max(metaLists[field], 1) * (e.meta + 1)
	}
	return e
}

// A walker looks at selection sets with their fragments in place. Its measure
// takes time linear in the document, the rest time linear in what was measured.
type walker struct {
	fragments map[string]*ast.FragmentDefinition
	known     map[string]extent // of fragments; depth is -1 while it is being measured
	cycle     string
}

func (w *walker) measure(set ast.SelectionSet) extent {
	var e extent
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			e = e.beside(w.measure(s.SelectionSet).under(s.Name))
		case *ast.InlineFragment:
			e = e.beside(w.measure(s.SelectionSet).under(""))
		case *ast.FragmentSpread:
			e = e.beside(w.fragment(s.Name).under(""))
		}
	}
	return e
}

func (w *walker) fragment(name string) extent {
	if e, ok := w.known[name]; ok {
		if e.depth < 0 {
			w.cycle = name
			return extent{}
		}
		return e
	}
	f := w.fragments[name]
	if f == nil {
		return extent{} // validation says so
	}
	w.known[name] = extent{depth: -1}
	e := w.measure(f.SelectionSet)
	w.known[name] = e
	return e
}

// overlap is how many comparisons validation makes at most to see whether what
// several selection sets of one place answer under one name is the same
// (https://spec.graphql.org/October2021/#sec-Field-Selection-Merging). It compares
// any two such selections, argument by argument, once for each inline fragment
// around both; and then what they hold. The sets are compared as often as times.
func (w *walker) overlap(sets []ast.SelectionSet, times int) int {
	c := collection{w: w, fields: map[string]*overlapping{}}
	for _, set := range sets {
		c.collect(set, 1)
	}
	total := 0
	if c.spreads > 1 {
		total = c.spreads * c.spreads * times
	}
	for _, o := range c.fields {
		within := 1
		if len(o.sets) > 1 {
			within = max(times, o.wrapped)
			total += o.size * o.size * within
		}
		if o.holds {
			total += w.overlap(o.sets, within)
		}
	}
	return min(total, math.MaxInt32)
}

// A collection is the fields and the spreads of selection sets of one place.
type collection struct {
	w       *walker
	fields  map[string]*overlapping // by the name they answer under
	spreads int
}

// overlapping is the fields that answer under one name.
type overlapping struct {
	sets  []ast.SelectionSet
	holds bool // one of the sets is not empty
	// size counts the fields and the values in their arguments.
	size int
	// wrapped is one more than the most inline fragments around one of them.
	wrapped int
}

func (c *collection) collect(set ast.SelectionSet, wrapped int) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			o := c.fields[s.Alias]
			if o == nil {
				o = &overlapping{}
				c.fields[s.Alias] = o
			}
			o.sets = append(o.sets, s.SelectionSet)
			o.holds = o.holds || len(s.SelectionSet) > 0
			o.size++
			for _, a := range s.Arguments {
				o.size += literalSize(a.Value)
			}
			o.wrapped = max(o.wrapped, wrapped)
		case *ast.InlineFragment:
			c.collect(s.SelectionSet, wrapped+1)
		case *ast.FragmentSpread:
			c.spreads++
			if f := c.w.fragments[s.Name]; f != nil {
				c.collect(f.SelectionSet, wrapped)
			}
		}
	}
}

func literalSize(v *ast.Value) int {
	n := 1
	for _, child := range v.Children {
		n += literalSize(child.Value)
	}
	return n
}

// count counts the values in a variable, and the elements of its longest list.
func count(v any) (values, longest int) {
	values = 1
	add := func(inner any) {
		n, l := count(inner)
		values += n
		longest = max(longest, l)
	}
	switch v := v.(type) {
	case []any:
		longest = len(v)
		for _, element := range v {
			add(element)
		}
	case []map[string]any: // the library makes it of one value in place of a list
		for _, element := range v {
			add(element)
		}
	case map[string]any:
		for _, field := range v {
			add(field)
		}
	}
	return values, longest
}

func limitError(format string, args ...any) *gqlerror.Error {
	return gqlError(framework.LimitExceeded, format, args...)
}

// gqlError is a refusal of the whole operation.
func gqlError(code framework.Code, format string, args ...any) *gqlerror.Error {
	return gqlerror.WrapIfUnwrapped(framework.Errorf(code, format, args...))
}

// documents keeps short documents that were parsed and validated, and their plans.
type documents struct{ kept *lru.LRU[*document] }

type document struct {
	*ast.QueryDocument
	plans plans
}

var _ graphql.Cache[*ast.QueryDocument] = documents{}

func newDocuments() documents { return documents{lru.New[*document](keptDocuments)} }

// Get implements graphql.Cache.
func (d documents) Get(ctx context.Context, query string) (*ast.QueryDocument, bool) {
	if doc, ok := d.kept.Get(ctx, query); ok {
		return doc.QueryDocument, true
	}
	return nil, false
}

// Add implements graphql.Cache.
func (d documents) Add(ctx context.Context, query string, doc *ast.QueryDocument) {
	if len(query) <= maxKept {
		d.kept.Add(ctx, query, &document{QueryDocument: doc})
	}
}

// plans are those of a document. Of one that is not kept they are made anew.
func (d documents) plans(ctx context.Context, oc *graphql.OperationContext) *plans {
	if doc, ok := d.kept.Get(ctx, oc.RawQuery); ok && doc.QueryDocument == oc.Doc {
		return &doc.plans
	}
	return &plans{}
}

// withoutDefer is the schema less the directive @defer, which the library adds:
// what is deferred needs a transport that streams, and would otherwise be lost.
func withoutDefer(s *ast.Schema) *ast.Schema {
	less := *s
	less.Directives = maps.Clone(s.Directives)
	delete(less.Directives, "defer")
	return &less
}
