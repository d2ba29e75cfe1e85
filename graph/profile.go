package graph

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// carriesProfile reports whether a query tells the skills of a person: those of a
// CareerEnd. Its answer is theirs alone, and kept nowhere.
func carriesProfile(oc *graphql.OperationContext) bool {
	const end, profile = "CareerEnd", "profile"
	for _, v := range oc.Operation.VariableDefinitions {
		given, _ := oc.Variables[v.Variable].(map[string]any)
		if v.Type.Name() == end && given[profile] != nil {
			return true
		}
	}
	var inSet func(set ast.SelectionSet) bool
	var inValue func(v *ast.Value) bool
	inValue = func(v *ast.Value) bool {
		return slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool {
			return c.Name == profile && v.Definition != nil && v.Definition.Name == end || inValue(c.Value)
		})
	}
	inSet = func(set ast.SelectionSet) bool {
		return slices.ContainsFunc(set, func(s ast.Selection) bool {
			switch s := s.(type) {
			case *ast.Field:
				return slices.ContainsFunc(s.Arguments, func(a *ast.Argument) bool { return inValue(a.Value) }) || inSet(s.SelectionSet)
			case *ast.InlineFragment:
				return inSet(s.SelectionSet)
			case *ast.FragmentSpread:
				return inSet(s.Definition.SelectionSet)
			}
			return false
		})
	}
	return strings.Contains(oc.RawQuery, profile) && inSet(oc.Operation.SelectionSet)
}
