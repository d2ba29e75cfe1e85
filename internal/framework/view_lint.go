package framework

import (
	"context"
	"slices"
)

// Lint lists what the framework states and probably should not, of some rules or,
// when none are given, of all. It tells of nothing outside of the framework.
func (f *FrameworkView) Lint(ctx context.Context, first *int, after *string, last *int, before *string, rules []LintRule) (FindingConnection, error) {
	l := f.s.orders.lint()
	return candidates[FindingView]{
		order: "lint",
		n:     len(l.findings),
		key:   func(i int) string { return l.keys[i] },
		pick: func(i int) (FindingView, bool) {
			return FindingView{f, &l.findings[i]}, len(rules) == 0 || slices.Contains(rules, l.findings[i].Rule)
		},
	}.page(ctx, f.viewer.Budget, page{first, after, last, before})
}

// A FindingView is a finding with the entities it is about.
type FindingView struct {
	f *FrameworkView
	l *Finding
}

func (v FindingView) Rule() LintRule     { return v.l.Rule }
func (v FindingView) Severity() Severity { return v.l.Rule.Severity() }
func (v FindingView) Kind() EntityKind   { return v.l.Ref.Kind.Public() }
func (v FindingView) Key() string        { return v.l.Ref.Key }
func (v FindingView) Field() *string     { return text(v.l.Field) }
func (v FindingView) Message() string    { return v.l.Message }

// Entity is what should be mended.
func (v FindingView) Entity() Node { return v.f.node(v.l.Ref.Kind, v.l.Ref.Key) }

// Other is another entity the finding is about, or nil.
func (v FindingView) Other() Node { return v.f.node(v.l.Other.Kind, v.l.Other.Key) }
