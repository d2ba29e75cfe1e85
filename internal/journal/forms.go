package journal

import "skillatlas/internal/framework"

// A form is the stored form of one kind of entity.
type form struct {
	append func(dst []byte, e framework.Entity) []byte
	decode func(d *decoder, doc []byte) (framework.Entity, error)
}

func formOf[T any, E interface {
	*T
	framework.Entity
}](fields ...field[T]) form {
	return form{
		append: func(dst []byte, e framework.Entity) []byte { return appendDocument(dst, fields, (*T)(e.(E))) },
		decode: func(d *decoder, doc []byte) (framework.Entity, error) {
			v := new(T)
			return E(v), decode(d, doc, fields, v)
		},
	}
}

// forms holds the stored form of every kind: the fields in stored order under their
// stored names. Names and types are part of format 1 and stay; a new field goes at
// the end, and older programs will refuse what holds it.
var forms = map[framework.Kind]form{
	framework.KindFramework: formOf(
		code("code", func(f *framework.Framework) *string { return &f.Code }),
		text("name", func(f *framework.Framework) *string { return &f.Name }),
		text("description", func(f *framework.Framework) *string { return &f.Description }),
		text("publisher", func(f *framework.Framework) *string { return &f.Publisher }),
		text("url", func(f *framework.Framework) *string { return &f.URL }),
		text("licence", func(f *framework.Framework) *string { return &f.Licence }),
		text("attribution", func(f *framework.Framework) *string { return &f.Attribution }),
		text("locale", func(f *framework.Framework) *string { return &f.Locale }),
		text("skillCodePattern", func(f *framework.Framework) *string { return &f.SkillCodePattern }),
		text("skillCodeHint", func(f *framework.Framework) *string { return &f.SkillCodeHint }),
		truth("archived", func(f *framework.Framework) *bool { return &f.Archived }),
	),
	framework.KindLevel: formOf(
		number("ordinal", func(l *framework.Level) *int { return &l.Ordinal }),
		text("name", func(l *framework.Level) *string { return &l.Name }),
		text("essence", func(l *framework.Level) *string { return &l.Essence }),
		text("url", func(l *framework.Level) *string { return &l.URL }),
	),
	framework.KindAttribute: formOf(
		code("code", func(a *framework.Attribute) *string { return &a.Code }),
		text("name", func(a *framework.Attribute) *string { return &a.Name }),
		code("type", func(a *framework.Attribute) *string { return &a.Type }),
		text("description", func(a *framework.Attribute) *string { return &a.Description }),
		number("position", func(a *framework.Attribute) *int { return &a.Position }),
		code("status", func(a *framework.Attribute) *framework.Status { return &a.Status }),
		documents("levels", func(a *framework.Attribute) *[]framework.LevelText { return &a.Levels }, levelText),
	),
	framework.KindCategory: formOf(
		code("code", func(c *framework.Category) *string { return &c.Code }),
		text("name", func(c *framework.Category) *string { return &c.Name }),
		text("description", func(c *framework.Category) *string { return &c.Description }),
		code("parent", func(c *framework.Category) *string { return &c.Parent }),
		number("position", func(c *framework.Category) *int { return &c.Position }),
		code("status", func(c *framework.Category) *framework.Status { return &c.Status }),
		texts("successors", func(c *framework.Category) *[]string { return &c.Successors }),
	),
	framework.KindSkill: formOf(
		code("code", func(s *framework.Skill) *string { return &s.Code }),
		text("name", func(s *framework.Skill) *string { return &s.Name }),
		text("description", func(s *framework.Skill) *string { return &s.Description }),
		text("guidance", func(s *framework.Skill) *string { return &s.Guidance }),
		texts("synonyms", func(s *framework.Skill) *[]string { return &s.Synonyms }),
		text("url", func(s *framework.Skill) *string { return &s.URL }),
		code("category", func(s *framework.Skill) *string { return &s.Category }),
		number("position", func(s *framework.Skill) *int { return &s.Position }),
		code("status", func(s *framework.Skill) *framework.Status { return &s.Status }),
		documents("levels", func(s *framework.Skill) *[]framework.LevelText { return &s.Levels }, levelText),
	),
	framework.KindRelation: formOf(
		code("from", func(r *framework.Relation) *string { return &r.From }),
		code("type", func(r *framework.Relation) *framework.RelationType { return &r.Type }),
		code("toFramework", func(r *framework.Relation) *string { return &r.ToFramework }),
		code("to", func(r *framework.Relation) *string { return &r.To }),
		text("note", func(r *framework.Relation) *string { return &r.Note }),
	),
	framework.KindRoleGroup: formOf(
		code("code", func(g *framework.RoleGroup) *string { return &g.Code }),
		text("name", func(g *framework.RoleGroup) *string { return &g.Name }),
		text("description", func(g *framework.RoleGroup) *string { return &g.Description }),
		code("parent", func(g *framework.RoleGroup) *string { return &g.Parent }),
		number("position", func(g *framework.RoleGroup) *int { return &g.Position }),
		code("status", func(g *framework.RoleGroup) *framework.Status { return &g.Status }),
	),
	framework.KindRole: formOf(
		code("code", func(r *framework.Role) *string { return &r.Code }),
		text("name", func(r *framework.Role) *string { return &r.Name }),
		text("description", func(r *framework.Role) *string { return &r.Description }),
		code("group", func(r *framework.Role) *string { return &r.Group }),
		code("kind", func(r *framework.Role) *string { return &r.RoleKind }),
		number("seniority", func(r *framework.Role) *int { return &r.Seniority }),
		code("status", func(r *framework.Role) *framework.Status { return &r.Status }),
		documents("requirements", func(r *framework.Role) *[]framework.Requirement { return &r.Requirements }, requirement),
		texts("successors", func(r *framework.Role) *[]string { return &r.Successors }),
	),
}

var levelText = []field[framework.LevelText]{
	number("level", func(l *framework.LevelText) *int { return &l.Level }),
	text("description", func(l *framework.LevelText) *string { return &l.Description }),
}

var requirement = []field[framework.Requirement]{
	code("skill", func(q *framework.Requirement) *string { return &q.Skill }),
	number("level", func(q *framework.Requirement) *int { return &q.Level }),
	code("importance", func(q *framework.Requirement) *framework.Importance { return &q.Importance }),
	fraction("weight", func(q *framework.Requirement) *float64 { return &q.Weight }),
}
