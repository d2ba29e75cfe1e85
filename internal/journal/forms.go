package journal

import (
	"time"

	"skillatlas/internal/framework"
)

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
		truth("showsRelease", func(f *framework.Framework) *bool { return &f.ShowsRelease }),
		truth("hidesHead", func(f *framework.Framework) *bool { return &f.HidesHead }),
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
	framework.KindRelease: formOf(
		code("code", func(r *framework.Release) *string { return &r.Code }),
		text("name", func(r *framework.Release) *string { return &r.Name }),
		text("notes", func(r *framework.Release) *string { return &r.Notes }),
		code("stage", func(r *framework.Release) *framework.ReleaseStage { return &r.Stage }),
		long("revision", func(r *framework.Release) *int64 { return &r.Revision }),
		moment("stagedAt", func(r *framework.Release) *time.Time { return &r.StagedAt }),
	),
	framework.KindPerson: formOf(
		text("id", func(p *framework.Person) *string { return &p.ID }),
		text("name", func(p *framework.Person) *string { return &p.Name }),
		moment("redactedAt", func(p *framework.Person) *time.Time { return &p.RedactedAt }),
	),
	framework.KindChangeRequest: formOf(
		number("number", func(r *framework.ChangeRequest) *int { return &r.Number }),
		text("title", func(r *framework.ChangeRequest) *string { return &r.Title }),
		text("summary", func(r *framework.ChangeRequest) *string { return &r.Summary }),
		text("rationale", func(r *framework.ChangeRequest) *string { return &r.Rationale }),
		text("draftText", func(r *framework.ChangeRequest) *string { return &r.DraftText }),
		text("sourceUrl", func(r *framework.ChangeRequest) *string { return &r.SourceURL }),
		code("raisedBy", func(r *framework.ChangeRequest) *string { return &r.RaisedBy }),
		code("onBehalfOf", func(r *framework.ChangeRequest) *string { return &r.OnBehalfOf }),
		moment("raisedAt", func(r *framework.ChangeRequest) *time.Time { return &r.RaisedAt }),
		code("assignee", func(r *framework.ChangeRequest) *string { return &r.Assignee }),
		documents("subjects", func(r *framework.ChangeRequest) *[]framework.Subject { return &r.Subjects }, subject),
		code("theme", func(r *framework.ChangeRequest) *string { return &r.Theme }),
		code("targetRelease", func(r *framework.ChangeRequest) *string { return &r.TargetRelease }),
		code("status", func(r *framework.ChangeRequest) *framework.RequestStatus { return &r.Status }),
		truth("submitted", func(r *framework.ChangeRequest) *bool { return &r.Submitted }),
		number("proposal", func(r *framework.ChangeRequest) *int { return &r.Proposal }),
		text("decision", func(r *framework.ChangeRequest) *string { return &r.Decision.Text }),
		code("decidedBy", func(r *framework.ChangeRequest) *string { return &r.Decision.By }),
		moment("decidedAt", func(r *framework.ChangeRequest) *time.Time { return &r.Decision.At }),
		documents("applications", func(r *framework.ChangeRequest) *[]framework.Application { return &r.Applications }, application),
		documents("links", func(r *framework.ChangeRequest) *[]framework.Link { return &r.Links }, link),
		documents("transitions", func(r *framework.ChangeRequest) *[]framework.Transition { return &r.Transitions }, transition),
	),
	framework.KindProposal: formOf(
		number("request", func(p *framework.Proposal) *int { return &p.Request }),
		number("number", func(p *framework.Proposal) *int { return &p.Number }),
		long("base", func(p *framework.Proposal) *int64 { return &p.Base }),
		text("note", func(p *framework.Proposal) *string { return &p.Note }),
		edits("edits", func(p *framework.Proposal) *[]framework.Edit { return &p.Edits }),
		code("by", func(p *framework.Proposal) *string { return &p.By }),
		moment("at", func(p *framework.Proposal) *time.Time { return &p.At }),
	),
	framework.KindComment: formOf(
		number("request", func(c *framework.Comment) *int { return &c.Request }),
		number("number", func(c *framework.Comment) *int { return &c.Number }),
		code("author", func(c *framework.Comment) *string { return &c.Author }),
		moment("at", func(c *framework.Comment) *time.Time { return &c.At }),
		text("body", func(c *framework.Comment) *string { return &c.Body }),
		moment("editedAt", func(c *framework.Comment) *time.Time { return &c.EditedAt }),
		moment("redactedAt", func(c *framework.Comment) *time.Time { return &c.RedactedAt }),
	),
}

var subject = []field[framework.Subject]{
	code("kind", func(s *framework.Subject) *framework.Kind { return &s.Kind }),
	code("key", func(s *framework.Subject) *string { return &s.Key }),
	text("name", func(s *framework.Subject) *string { return &s.Name }),
}

var application = []field[framework.Application]{
	number("proposal", func(a *framework.Application) *int { return &a.Proposal }),
	long("revision", func(a *framework.Application) *int64 { return &a.Revision }),
	code("by", func(a *framework.Application) *string { return &a.By }),
	moment("at", func(a *framework.Application) *time.Time { return &a.At }),
	text("whatChanged", func(a *framework.Application) *string { return &a.WhatChanged }),
	long("revertedIn", func(a *framework.Application) *int64 { return &a.RevertedIn }),
}

var link = []field[framework.Link]{
	code("type", func(l *framework.Link) *framework.LinkType { return &l.Type }),
	number("to", func(l *framework.Link) *int { return &l.To }),
}

var transition = []field[framework.Transition]{
	code("from", func(t *framework.Transition) *framework.RequestStatus { return &t.From }),
	code("to", func(t *framework.Transition) *framework.RequestStatus { return &t.To }),
	code("by", func(t *framework.Transition) *string { return &t.By }),
	moment("at", func(t *framework.Transition) *time.Time { return &t.At }),
	text("note", func(t *framework.Transition) *string { return &t.Note }),
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
