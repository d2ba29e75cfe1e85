package exchange

import (
	"slices"
	"strings"

	"skillatlas/internal/framework"
)

// A Same says that what the files call File is what the framework has as Store: it
// keeps its code, and what refers to it in the files follows. So an entity whose code
// changes between releases is renamed, rather than made anew and missed.
type Same struct {
	// Kind is one of [SameKinds]. It may be empty where the codes tell.
	Kind        framework.Kind
	Store, File string
}

// SameKinds are the kinds of what has a code that files may change.
var SameKinds = [...]framework.Kind{framework.KindSkill, framework.KindRole, framework.KindCategory, framework.KindRoleGroup}

// maxSame bounds how much one import is told to be the same.
const maxSame = 1_000

// same gives what the files call otherwise the codes of the store, s. It must come
// before the content is cleaned: relations are kept by the order of codes.
func (c *content) same(s *framework.Snapshot, code string, list []Same) error {
	if len(list) > maxSame {
		return framework.Errorf(framework.LimitExceeded, "%d entities are said to be the same as others; one import takes %d", len(list), maxSame)
	}
	if len(list) == 0 {
		return nil
	}
	if s == nil {
		return framework.Errorf(framework.Invalid, "there is no framework %q, so that nothing in it can be what the files call otherwise", code)
	}
	files := map[framework.Kind]map[string]bool{}
	own := c.framework.value.Code
	c.codes(own, code, func(kind framework.Kind, code *string) {
		if files[kind] == nil {
			files[kind] = map[string]bool{}
		}
		files[kind][*code] = true
	})
	type end struct {
		kind framework.Kind
		code string
	}
	stored, renamed := map[end]bool{}, map[end]string{}
	for i, e := range list {
		kind, problem := e.kind(s, files)
		switch {
		case problem != nil:
		case s.Entity(kind, e.File) != nil:
			problem = framework.Errorf(framework.Invalid, "framework %s has %s %q already, which is not %q; its code stays taken", code, spaced(kind), e.File, e.Store)
		case files[kind][e.Store]:
			problem = framework.Errorf(framework.Invalid, "the files have %s %q too, so that %q is another one", spaced(kind), e.Store, e.File)
		case stored[end{kind, e.Store}]:
			problem = framework.Errorf(framework.Invalid, "%s %q is said to be the same as two others", spaced(kind), e.Store)
		case renamed[end{kind, e.File}] != "":
			problem = framework.Errorf(framework.Invalid, "%s %q of the files is said to be the same as two others", spaced(kind), e.File)
		}
		if problem != nil {
			problem.Path = []any{"same", i}
			return problem
		}
		stored[end{kind, e.Store}], renamed[end{kind, e.File}] = true, e.Store
	}
	c.codes(own, code, func(kind framework.Kind, code *string) {
		if store, ok := renamed[end{kind, *code}]; ok {
			*code = store
		}
	})
	return nil
}

// kind is the kind of what is said to be the same.
func (e Same) kind(s *framework.Snapshot, files map[framework.Kind]map[string]bool) (framework.Kind, *framework.Error) {
	code, what, kinds := s.Framework().Code, "nothing with the code", SameKinds[:]
	if e.Kind != "" {
		if !slices.Contains(kinds, e.Kind) {
			return "", framework.Errorf(framework.Invalid, "a %s cannot be said to be the same; skills, roles, categories and role groups can", spaced(e.Kind))
		}
		what, kinds = "no "+spaced(e.Kind), []framework.Kind{e.Kind}
	}
	var inStore, inBoth []framework.Kind
	for _, k := range kinds {
		if s.Entity(k, e.Store) != nil {
			inStore = append(inStore, k)
			if files[k][e.File] {
				inBoth = append(inBoth, k)
			}
		}
	}
	switch {
	case len(inStore) == 0:
		return "", framework.Errorf(framework.Invalid, "framework %s has %s %q", code, what, e.Store)
	case len(inBoth) == 0:
		return "", framework.Errorf(framework.Invalid, "the files have no %s %q", spaced(inStore[0]), e.File)
	case len(inBoth) > 1:
		return "", framework.Errorf(framework.Invalid, "%q is the code of a %s and of a %s; say which is meant", e.Store, spaced(inBoth[0]), spaced(inBoth[1]))
	}
	return inBoth[0], nil
}

func spaced(k framework.Kind) string { return strings.ReplaceAll(string(k), "_", " ") }

// codes visits every code in the content of what can be said to be the same, and every
// reference to it. The framework is called own in the files and code in the store.
func (c *content) codes(own, code string, visit func(kind framework.Kind, code *string)) {
	some := func(kind framework.Kind, code *string) {
		if *code != "" {
			visit(kind, code)
		}
	}
	all := func(kind framework.Kind, list []string) {
		for i := range list {
			some(kind, &list[i])
		}
	}
	for _, i := range c.skills {
		some(framework.KindSkill, &i.value.Code)
		some(framework.KindCategory, &i.value.Category)
	}
	for _, i := range c.relations {
		some(framework.KindSkill, &i.value.From)
		if to := i.value.ToFramework; to == "" || to == own || to == code {
			some(framework.KindSkill, &i.value.To)
		}
	}
	for _, i := range c.categories {
		some(framework.KindCategory, &i.value.Code)
		some(framework.KindCategory, &i.value.Parent)
		all(framework.KindCategory, i.value.Successors)
	}
	for _, i := range c.roleGroups {
		some(framework.KindRoleGroup, &i.value.Code)
		some(framework.KindRoleGroup, &i.value.Parent)
	}
	for _, i := range c.roles {
		some(framework.KindRole, &i.value.Code)
		some(framework.KindRoleGroup, &i.value.Group)
		all(framework.KindRole, i.value.Successors)
		for q := range i.value.Requirements {
			some(framework.KindSkill, &i.value.Requirements[q].Skill)
		}
	}
}
