package graph

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// A plan is a query made ready to be answered: what it selects of each type, with its
// fragments in place and merged, and without what @skip and @include leave out of it.
// It is immutable but for what is kept of its answers.
type plan struct {
	root *selection
	// args are the arguments of the fields that have any; given are the values of those
	// that do not vary, nil for those that are wrong.
	args  []arguments
	given []any
	vary  bool
	// asked says that the plan was used before: what may never be asked again is not worth
	// keeping fragments of.
	asked atomic.Bool
	// size is how many fields are selected; it bounds the memory of a plan.
	size int
}

// A selection is what is selected of an object of one type.
type selection struct {
	fields []selected
	// counted is how many of the fields count for the bounds on an answer.
	counted int
	// cost is that of the fields whose arguments do not vary, nor those of anything
	// below; varying are the others.
	cost    int
	varying []int
	// parts are the fields of an object that has a place.
	parts []part
	// fixed says that all fields depend on the place alone.
	fixed bool
}

// A selected is a field of a selection.
type selected struct {
	id int // of the emitter's field; 0 for __typename
	// fixed says that what the field tells depends on the place of the object alone.
	fixed bool
	name  string // {"name": or ,"name": and for __typename the value too
	args  int    // in the plan's; -1 for none
	// sets are the selections of the value: of an object one, of an interface one for each
	// in plannedInterfaces.
	sets   []*selection
	object *emitted
	node   graphql.CollectedField
}

// An emitted is an object whose fields can be emitted. Its cost is that of a field by
// its number, if it has another than most.
type emitted struct {
	name      string
	satisfies []string
	placed    bool
	cost      func(c *ComplexityRoot, id, child int, args any) (cost int, own bool)
	fields    map[string]emitter
}

// An emitter is how a field is emitted: the number of its case, whether it depends on the
// place of its object alone, and what decodes its arguments, if it has any.
type emitter struct {
	id     int
	fixed  bool
	decode decoder
}

type decoder func(ctx context.Context, ec *executionContext, raw map[string]any) (any, error)

// arguments are those of one field of a plan.
type arguments struct {
	field  *ast.Field
	decode decoder
	// vary says that variables have a part in them.
	vary bool
}

// maxPlan is how many fields a plan may select. An interface counts for each type
// that implements it.
const maxPlan = 10_000

// A reason says why an operation is left to the generated code.
type reason int

const (
	planned reason = iota - 1 // it is not
	becauseHook
	becauseIntrospection
	becauseTooLarge
	becauseUnknown
	becausePanic
)

// reasons are the names the reasons are counted by.
var reasons = [...]string{"field_hook", "introspection", "too_large", "unknown", "panic"}

// compile makes a plan of the query of ec as its variables choose, or says why it
// cannot.
func compile(ec *executionContext) (*plan, reason) {
	c := compiler{ec: ec, plan: &plan{}, reason: planned}
	c.plan.root = c.selection(plannedObjects["Query"], ec.Operation.SelectionSet)
	if c.reason != planned {
		return nil, c.reason
	}
	return c.plan, planned
}

type compiler struct {
	ec     *executionContext
	plan   *plan
	reason reason
}

func (c *compiler) selection(object *emitted, set ast.SelectionSet) *selection {
	collected := graphql.CollectFields(c.ec.OperationContext, set, object.satisfies)
	s := &selection{fields: make([]selected, 0, len(collected))}
	names := map[string]bool{}
	c.plan.size += len(collected)
	for _, f := range collected {
		switch {
		case c.reason != planned:
			return nil
		case c.plan.size > maxPlan:
			c.reason = becauseTooLarge
			return nil
		case names[f.Alias]: // of interfaces that know nothing of each other
			c.reason = becauseUnknown
			return nil
		}
		names[f.Alias] = true
		field, vary := c.selected(object, f, len(s.fields) == 0)
		if field.id != 0 {
			s.counted++
		}
		if vary {
			s.varying = append(s.varying, len(s.fields))
		} else {
			s.cost = saturated(s.cost + field.cost(&c.ec.ComplexityRoot, c.plan.given))
		}
		s.fields = append(s.fields, field)
	}
	if object.placed {
		s.divide()
	}
	return s
}

// divide divides a selection into parts. What is kept within a part that is kept itself is
// not kept twice.
func (s *selection) divide() {
	s.fixed = true
	for from := 0; from < len(s.fields); {
		to := from + 1
		for to < len(s.fields) && s.fields[to].fixed == s.fields[from].fixed {
			to++
		}
		p := part{fields: s.fields[from:to]}
		if p.fields[0].fixed {
			p.kept = &fragments{}
			for _, f := range p.fields {
				for _, set := range f.sets {
					set.loosen()
				}
			}
		} else {
			s.fixed = false
		}
		s.parts = append(s.parts, p)
		from = to
	}
}

func (s *selection) loosen() {
	for i := range s.parts {
		s.parts[i].kept = nil
	}
	for _, f := range s.fields {
		for _, set := range f.sets {
			set.loosen()
		}
	}
}

// selected is a field of a selection, and whether its cost varies with the variables.
func (c *compiler) selected(object *emitted, f graphql.CollectedField, first bool) (s selected, vary bool) {
	name := `,"` + f.Alias + `":`
	if first {
		name = `{` + name[1:]
	}
	if f.Name == "__typename" {
		return selected{name: name + strconv.Quote(object.name), args: -1, object: object, fixed: true}, false
	}
	e, ok := object.fields[f.Name]
	if !ok {
		c.reason = becauseUnknown
		if f.Name == "__schema" || f.Name == "__type" {
			c.reason = becauseIntrospection
		}
		return selected{object: object, args: -1}, false
	}
	s = selected{id: e.id, fixed: e.fixed, name: name, args: -1, object: object, node: f}
	if e.decode != nil {
		s.args = len(c.plan.args)
		vary = c.arguments(arguments{field: f.Field, decode: e.decode})
	}
	possible := possibleTypes(f.Definition.Type.Name())
	for i, object := range possible {
		if i > 0 && object == possible[i-1] {
			s.sets = append(s.sets, s.sets[i-1])
			continue
		}
		set := c.selection(object, f.Selections)
		if c.reason != planned {
			return s, vary
		}
		vary = vary || len(set.varying) > 0
		s.fixed = s.fixed && set.fixed
		s.sets = append(s.sets, set)
	}
	return s, vary
}

// arguments adds those of a field, decoded if no variable has a part in them.
func (c *compiler) arguments(a arguments) (vary bool) {
	a.vary = slices.ContainsFunc(a.field.Arguments, func(a *ast.Argument) bool { return hasVariable(a.Value) })
	var given any
	if !a.vary {
		given, _ = a.decode(context.Background(), c.ec, a.field.ArgumentMap(nil))
	}
	c.plan.vary = c.plan.vary || a.vary
	c.plan.args = append(c.plan.args, a)
	c.plan.given = append(c.plan.given, given)
	return a.vary
}

// arguments are those that fields have in an operation, by the plan's.
func (p *plan) arguments(ctx context.Context, ec *executionContext) []any {
	if !p.vary {
		return p.given
	}
	args := slices.Clone(p.given)
	for i, a := range p.args {
		if a.vary {
			args[i], _ = a.decode(ctx, ec, a.field.ArgumentMap(ec.Variables))
		}
	}
	return args
}

// possibleTypes are the objects that a value of a type may be, none for a scalar.
func possibleTypes(name string) []*emitted {
	if object, ok := plannedObjects[name]; ok {
		return []*emitted{object}
	}
	return plannedInterfaces[name]
}

// costs is what an operation costs with its arguments, as the library reckons it for the
// selections of the document; but what is selected twice counts once here, what is left
// out not at all, and of the types that a value may be the dearest.
func (s *selection) costs(c *ComplexityRoot, args []any) int {
	cost := s.cost
	for _, i := range s.varying {
		cost = saturated(cost + s.fields[i].cost(c, args))
	}
	return cost
}

func (f *selected) cost(c *ComplexityRoot, args []any) int {
	child := 0
	for _, set := range f.sets {
		child = max(child, set.costs(c, args))
	}
	var given any
	if f.args >= 0 {
		given = args[f.args]
	}
	if cost, own := f.object.cost(c, f.id, child, given); own && cost >= 1 {
		return saturated(cost)
	}
	return saturated(child + 1)
}

// saturated keeps costs beyond any limit from overflowing.
func saturated(cost int) int { return min(cost, 1_000_000_000) }

func hasVariable(v *ast.Value) bool {
	return v.Kind == ast.Variable || slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool { return hasVariable(c.Value) })
}

// maxVariants is how many plans of one operation are kept: what @skip and @include
// leave out by variables makes each a query of its own.
const maxVariants = 8

// plans keeps the plans of a document. It is safe for concurrent use.
type plans struct {
	mu   sync.Mutex
	kept []variant
	// choosing are the variables that directives name, by operation.
	choosing map[*ast.OperationDefinition][]string
}

// A variant is a plan, or why there is none, for what directives choose.
type variant struct {
	operation *ast.OperationDefinition
	choice    string
	plan      *plan
	reason    reason
}

// of is the plan of an operation of the document.
func (p *plans) of(ec *executionContext) (*plan, reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	names, ok := p.choosing[ec.Operation]
	if !ok {
		names = choosing(ec.Operation.SelectionSet, nil)
		if p.choosing == nil {
			p.choosing = map[*ast.OperationDefinition][]string{}
		}
		p.choosing[ec.Operation] = names
	}
	choice := choiceOf(names, ec.Variables)
	for _, v := range p.kept {
		if v.operation == ec.Operation && v.choice == choice {
			return v.plan, v.reason
		}
	}
	made, why := compile(ec)
	if len(p.kept) < maxVariants {
		p.kept = append(p.kept, variant{ec.Operation, choice, made, why})
	}
	return made, why
}

// choosing lists the variables by which directives choose.
func choosing(set ast.SelectionSet, names []string) []string {
	for _, s := range set {
		var directives ast.DirectiveList
		var below ast.SelectionSet
		switch s := s.(type) {
		case *ast.Field:
			directives, below = s.Directives, s.SelectionSet
		case *ast.InlineFragment:
			directives, below = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives, below = s.Directives, s.Definition.SelectionSet
		}
		for _, d := range directives {
			for _, a := range d.Arguments {
				if a.Value.Kind == ast.Variable && !slices.Contains(names, a.Value.Raw) {
					names = append(names, a.Value.Raw)
				}
			}
		}
		names = choosing(below, names)
	}
	return names
}

func choiceOf(names []string, variables map[string]any) string {
	if len(names) == 0 {
		return ""
	}
	choice := make([]byte, len(names))
	for i, name := range names {
		choice[i] = '0'
		if yes, _ := variables[name].(bool); yes {
			choice[i] = '1'
		}
	}
	return string(choice)
}
