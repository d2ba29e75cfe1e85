package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/framework"
)

// inputs checks what gqlgen leaves unchecked in the inputs of an operation:
//
//   - @oneOf input objects in variables, of which it checks literals only;
//   - values of enums and scalars in variables, where it takes wrong letter case,
//     and texts for numbers and numbers for texts; object literals for scalars;
//   - null for an argument that cannot be null, given by a variable with a default;
//   - how much work large variables make, used often, and long lists in queries.
type inputs struct{ schema *ast.Schema }

var _ graphql.OperationContextMutator = &inputs{}

// ExtensionName implements graphql.HandlerExtension.
func (*inputs) ExtensionName() string { return "Inputs" }

// Validate implements graphql.HandlerExtension.
func (in *inputs) Validate(es graphql.ExecutableSchema) error {
	in.schema = es.Schema()
	return nil
}

// MutateOperationContext implements graphql.OperationContextMutator; it changes
// nothing.
func (in *inputs) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	c := variable{in.schema, maxList, math.MaxInt}
	if oc.Operation.Operation == ast.Query {
		c.maxList, c.maxText = framework.MaxPage, maxArgument
	}
	for _, v := range oc.Operation.VariableDefinitions {
		if err := c.check(v.Type, oc.Variables[v.Variable], "$"+v.Variable); err != nil {
			return err
		}
	}
	u := uses{variables: oc.Variables, sizes: map[string]int{}, maxList: c.maxList}
	u.selections(oc.Operation.SelectionSet)
	switch {
	case u.err != nil:
		return u.err
	case u.values > maxValues:
		return limitError("the variables hold more than %d values, counting each as often as it is used; send them in several requests", maxValues)
	case oc.Operation.Operation == ast.Mutation && len(graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Mutation"})) > maxChanges:
		return limitError("the operation has more than %d mutations; send them in several requests", maxChanges)
	}
	return nil
}

// A variable is checked against its type.
type variable struct {
	schema           *ast.Schema
	maxList, maxText int // elements, bytes
}

func (c variable) check(t *ast.Type, value any, path string) *gqlerror.Error {
	if value == nil {
		return nil // where it may not be, the library says so
	}
	if t.Elem != nil { // one value stands for a list of one
		return c.checkList(t.Elem, graphql.CoerceList(value), path)
	}
	def := c.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.InputObject:
		if fields, ok := value.(map[string]any); ok {
			return c.checkFields(def, fields, path)
		}
	case ast.Enum:
		if name, ok := value.(string); !ok || def.EnumValues.ForName(name) == nil {
			return gqlError(framework.Invalid, "%s: %.100v is not a value of %s", path, value, def.Name)
		}
	case ast.Scalar:
		if text, ok := value.(string); ok && len(text) > c.maxText {
			return limitError("%s is %d bytes long; at most %d are allowed", path, len(text), c.maxText)
		}
		if !isScalar(def.Name, value) {
			return gqlError(framework.Invalid, "%s: %.100q is not of type %s", path, fmt.Sprint(value), def.Name)
		}
	}
	return nil
}

func (c variable) checkList(t *ast.Type, list []any, path string) *gqlerror.Error {
	if most := longest(c.schema.Types[t.Name()], c.maxList); len(list) > most {
		return limitError("%s has %d elements; at most %d are allowed", path, len(list), most)
	}
	for i, element := range list {
		if err := c.check(t, element, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c variable) checkFields(def *ast.Definition, fields map[string]any, path string) *gqlerror.Error {
	if def.Directives.ForName("oneOf") != nil && !exactlyOne(fields) {
		return gqlError(framework.Invalid, "%s takes exactly one of the fields of %s, and not null", path, def.Name)
	}
	for _, f := range def.Fields {
		if value, given := fields[f.Name]; given {
			if err := c.check(f.Type, value, path+"."+f.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// longest is how long a list may be. There is no use in naming a value of an enum
// more than once.
func longest(element *ast.Definition, most int) int {
	if element != nil && element.Kind == ast.Enum {
		return len(element.EnumValues)
	}
	return most
}

func exactlyOne(fields map[string]any) bool {
	for _, v := range fields {
		return len(fields) == 1 && v != nil
	}
	return false
}

// isScalar reports whether a variable has the form of a scalar, as JSON gives it
// and the library has left it.
func isScalar(name string, value any) bool {
	switch value.(type) {
	case string:
		return name != "Int" && name != "Float" && name != "Boolean"
	case json.Number, int64, float64:
		return name == "Int" || name == "Float" || name == "ID"
	case bool:
		return name == "Boolean"
	}
	return false
}

// uses adds up the values of variables, as often as an operation uses them.
type uses struct {
	variables map[string]any
	maxList   int

	sizes  map[string]int // of variables
	values int
	err    *gqlerror.Error
}

func (u *uses) selections(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			u.arguments(s.Arguments)
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.InlineFragment:
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			u.directives(s.Directives)
			u.selections(s.Definition.SelectionSet)
		}
	}
}

func (u *uses) directives(list ast.DirectiveList) {
	for _, d := range list {
		u.arguments(d.Arguments)
	}
}

func (u *uses) arguments(list ast.ArgumentList) {
	for _, a := range list {
		u.literal(a.Value)
	}
}

func (u *uses) literal(v *ast.Value) {
	if v.Kind == ast.Variable {
		u.variable(v)
		return
	}
	if v.Kind == ast.ObjectValue && v.Definition != nil && v.Definition.Kind != ast.InputObject {
		u.err = gqlError(framework.Invalid, "an object cannot be given where %s is needed", v.ExpectedType)
	}
	if most := longest(v.Definition, u.maxList); v.Kind == ast.ListValue && len(v.Children) > most {
		u.err = limitError("a list has %d elements; at most %d are allowed", len(v.Children), most)
	}
	for _, child := range v.Children {
		u.literal(child.Value)
	}
}

func (u *uses) variable(v *ast.Value) {
	value, given := u.variables[v.Raw]
	if given && value == nil && v.ExpectedType.NonNull {
		u.err = gqlError(framework.Invalid, "$%s cannot be null where %s is needed", v.Raw, v.ExpectedType)
	}
	size, known := u.sizes[v.Raw]
	if !known {
		size, _ = count(value)
		u.sizes[v.Raw] = size
	}
	u.values += size
}
