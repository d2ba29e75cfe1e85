package exchange

import (
	"slices"
	"strings"

	"skillatlas/internal/framework"
)

// content is the state of a framework that files describe, in no particular
// order. Codes are unique within their kind, except that empty ones and levels
// are left to the domain to refuse.
type content struct {
	// carries names the fields that the format has, by kind; those of a nil one
	// are all. What a format does not carry is left as it is.
	carries map[framework.Kind][]string
	// relationTypes are the types of relations that the format has, nil for all. Those
	// of other types are left as they are.
	relationTypes []framework.RelationType
	// some names the kinds of which the files hold only what other entities need, so
	// that the rest is not missing.
	some map[framework.Kind]bool

	framework  *item[framework.Framework]
	levels     []*item[framework.Level]
	attributes []*item[framework.Attribute]
	categories []*item[framework.Category]
	skills     []*item[framework.Skill]
	relations  []*item[framework.Relation]
	roleGroups []*item[framework.RoleGroup]
	roles      []*item[framework.Role]
}

// An item is an entity as a file has it. Its parts are the origins of its
// levels or requirements, one each.
type item[T any] struct {
	origin
	value T
	parts []*origin
}

// has tells whether the format carries a field, or with "" a kind.
func (c *content) has(kind framework.Kind, field string) bool {
	if c.carries == nil {
		return true
	}
	fields, ok := c.carries[kind]
	return ok && (field == "" || slices.Contains(fields, field))
}

// origins calls yield for everything in the content with the origins of its parts.
func (c *content) origins(yield func(o *origin, parts []*origin)) {
	yield(&c.framework.origin, nil)
	visit(c.levels, yield)
	visit(c.attributes, yield)
	visit(c.categories, yield)
	visit(c.skills, yield)
	visit(c.relations, yield)
	visit(c.roleGroups, yield)
	visit(c.roles, yield)
}

func visit[T any](items []*item[T], yield func(o *origin, parts []*origin)) {
	for _, i := range items {
		yield(&i.origin, i.parts)
	}
}

// dropBad leaves out what the reader found fault with.
func (c *content) dropBad() {
	c.origins(func(o *origin, parts []*origin) {
		o.skipped = o.bad
		for _, p := range parts {
			p.skipped = p.bad
		}
	})
}

// skipped counts the rows of which something was left out.
func (c *content) skipped(l *log) int {
	rows := map[row]bool{}
	for r := range l.lost {
		rows[r] = true
	}
	c.origins(func(o *origin, parts []*origin) {
		if o.skipped {
			rows[row{o.src, o.row}] = true
		}
		for _, p := range parts {
			if o.skipped || p.skipped {
				rows[row{p.src, p.row}] = true
			}
		}
	})
	return len(rows)
}

func (c *content) counts() Counts {
	var skillLevels, requirements, other int
	return Counts{
		Levels:       count(c.levels, &other),
		Attributes:   count(c.attributes, &other),
		Categories:   count(c.categories, &other),
		Skills:       count(c.skills, &skillLevels),
		SkillLevels:  skillLevels,
		Relations:    count(c.relations, &other),
		RoleGroups:   count(c.roleGroups, &other),
		Roles:        count(c.roles, &requirements),
		Requirements: requirements,
	}
}

func count[T any](items []*item[T], parts *int) (n int) {
	for _, i := range items {
		if i.skipped {
			continue
		}
		n++
		for _, p := range i.parts {
			if !p.skipped {
				*parts++
			}
		}
	}
	return n
}

// clean brings texts and relations into the form in which the domain keeps them,
// so that they can be compared, and finds relations that are stated twice. The
// content becomes that of the framework with the given code.
func (c *content) clean(l *log, code string) {
	f := &c.framework.value
	own := f.Code
	f.Code = code
	name(&f.Name)
	texts(&f.Description, &f.Publisher, &f.URL, &f.Licence, &f.Attribution, &f.Locale, &f.SkillCodeHint)
	for _, i := range c.levels {
		name(&i.value.Name)
		texts(&i.value.Essence, &i.value.URL)
	}
	for _, i := range c.attributes {
		name(&i.value.Name)
		texts(&i.value.Type, &i.value.Description)
		levelTexts(i.value.Levels)
	}
	for _, i := range c.categories {
		name(&i.value.Name)
		texts(&i.value.Description)
		i.value.Successors = sortedSet(i.value.Successors)
	}
	for _, i := range c.skills {
		name(&i.value.Name)
		texts(&i.value.Description, &i.value.Guidance, &i.value.URL)
		levelTexts(i.value.Levels)
	}
	first := make(map[framework.Relation]*origin, len(c.relations))
	c.relations = slices.DeleteFunc(c.relations, func(i *item[framework.Relation]) bool {
		texts(&i.value.Note)
		canonical(i, own, code)
		key := i.value
		key.Note = ""
		if o := first[key]; o != nil {
			l.lose(i.src, i.row, i.at, "relation %s is stated twice; first on line %d", key.Key(), o.src.line(o.at))
			return true
		}
		first[key] = &i.origin
		return false
	})
	for _, i := range c.roleGroups {
		name(&i.value.Name)
		texts(&i.value.Description)
	}
	for _, i := range c.roles {
		name(&i.value.Name)
		texts(&i.value.Description, &i.value.RoleKind)
		i.value.Successors = sortedSet(i.value.Successors)
		for q := range i.value.Requirements {
			if i.value.Requirements[q].Importance == "" {
				i.value.Requirements[q].Importance = framework.Essential
			}
		}
	}
}

// canonical brings a relation into its stored direction. Its own framework is
// called own in the file and code in the store.
func canonical(i *item[framework.Relation], own, code string) {
	r := &i.value
	if r.ToFramework == own || r.ToFramework == code {
		r.ToFramework = ""
	}
	inverse := r.Type.Inverse() != "" && !r.Type.Stored()
	if r.ToFramework != "" || !inverse && !(r.Type.Symmetric() && r.To < r.From) {
		return
	}
	r.From, r.Type, r.To = r.To, r.Type.Inverse(), r.From
	swap := map[string]string{"from": "to", "to": "from"}
	for m := range i.fields {
		if other, ok := swap[i.fields[m].field]; ok {
			i.fields[m].field = other
		}
	}
}

// oneLine is how the domain keeps names.
func oneLine(s string) string {
	return framework.Normalise(strings.Join(strings.Fields(framework.Normalise(s)), " "))
}

func name(s *string) { *s = oneLine(*s) }

func texts(list ...*string) {
	for _, s := range list {
		*s = framework.Normalise(*s)
	}
}

func levelTexts(levels []framework.LevelText) {
	for i := range levels {
		texts(&levels[i].Description)
	}
}

// synonyms brings synonyms into the form the domain keeps them in.
func synonyms(list []string) []string {
	var clean []string
	for _, s := range list {
		if s = oneLine(s); s != "" {
			clean = append(clean, s)
		}
	}
	return sortedSet(clean)
}

func sortedSet(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
