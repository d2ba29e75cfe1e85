package framework_test

import (
	"context"
	"fmt"
	"strings"

	. "skillatlas/internal/framework"
)

// dump writes all a world holds: its history, the content of its frameworks, and
// what its indexes say, as views show it.
func dump(w *World) string {
	var b strings.Builder
	for seq := int64(1); seq <= w.Seq(); seq++ {
		fmt.Fprintf(&b, "%+v\n", *w.Step(seq))
	}
	for _, code := range w.Codes() {
		fmt.Fprintf(&b, "at %d\n%s", w.Snapshot(code).Revision(), content(w, code))
	}
	return b.String()
}

func content(w *World, code string) string {
	var b strings.Builder
	s := w.Snapshot(code)
	fmt.Fprintf(&b, "%+v\n", *s.Framework())
	for e := range s.Levels() {
		fmt.Fprintf(&b, "level %+v\n", *e)
	}
	for e := range s.Attributes() {
		fmt.Fprintf(&b, "attribute %+v\n", *e)
	}
	for e := range s.Categories() {
		fmt.Fprintf(&b, "category %+v\n", *e)
	}
	for e := range s.Skills() {
		fmt.Fprintf(&b, "skill %+v\n", *e)
	}
	for e := range s.Relations() {
		fmt.Fprintf(&b, "relation %+v\n", *e)
	}
	for e := range s.RoleGroups() {
		fmt.Fprintf(&b, "group %+v\n", *e)
	}
	for e := range s.Roles() {
		fmt.Fprintf(&b, "role %+v\n", *e)
	}
	b.WriteString(indexes(w, code))
	return b.String()
}

// indexes writes what can only be had from a framework's indexes.
func indexes(w *World, code string) string {
	var b strings.Builder
	ctx := context.Background()
	f := w.View(anyone(), code, false)
	every := []Status{StatusActive, StatusRetired}
	var below func(c CategoryView)
	below = func(c CategoryView) {
		fmt.Fprintf(&b, "in %s:", c.Code())
		for _, s := range must(c.Skills(ctx, nil, nil, nil, nil, every)).Nodes() {
			fmt.Fprintf(&b, " %s", s.Code())
		}
		b.WriteByte('\n')
		for _, k := range must(c.Children(ctx, every)) {
			below(k)
		}
	}
	for _, c := range must(f.Categories(ctx, every)) {
		below(c)
	}
	var under func(g RoleGroupView)
	under = func(g RoleGroupView) {
		fmt.Fprintf(&b, "in %s:", g.Code())
		for _, r := range must(g.Roles(ctx, nil, nil, nil, nil, every)).Nodes() {
			fmt.Fprintf(&b, " %s", r.Code())
		}
		b.WriteByte('\n')
		for _, k := range must(g.Children(ctx, every)) {
			under(k)
		}
	}
	for _, g := range must(f.RoleGroups(ctx, every)) {
		under(g)
	}
	for _, order := range []SkillOrder{SkillsByCode, SkillsByName, SkillsByPosition} {
		fmt.Fprintf(&b, "%s:", order)
		for _, s := range must(f.Skills(ctx, new(500), nil, nil, nil, &SkillFilter{Status: every}, order)).Nodes() {
			fmt.Fprintf(&b, " %s", s.Code())
		}
		b.WriteByte('\n')
	}
	for s := range w.Snapshot(code).Skills() {
		v := f.Skill(s.Code)
		fmt.Fprintf(&b, "%s:", s.Code)
		for _, r := range must(v.Related(ctx, nil, nil, nil, nil, 1, MaxPage)) {
			fmt.Fprintf(&b, " %s %.6f(%s %s)", r.Origin, r.Likeness(), r.Skill.Framework().Code(), r.Skill.Code())
			if r.Type() != nil {
				b.WriteString(string(*r.Type()))
			}
		}
		for _, q := range must(v.RequiredBy(ctx, nil, nil, nil, nil)).Nodes() {
			fmt.Fprintf(&b, " %s@%v", q.Role().Code(), q.Level() != nil)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// anyone may see everything, at any cost.
func anyone() *Viewer {
	return &Viewer{
		Actor: Actor{ID: "ann", Access: Reader}, Names: func(string) string { return "" }, Budget: NewBudget(1 << 40),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
