package framework

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Topic is something an edit is about.
type Topic struct {
	Ref
	// Level is set for an edit of a skill at one level only.
	Level int
}

// About lists what an edit of a framework's content is about, sorted: the entities
// it creates, changes or removes, and those it names besides as successors, ends of
// a relation or required skills. It knows no world, so that it leaves out whatever
// else a merge comes to change, and skills of other frameworks.
func About(framework string, e Edit) []Topic {
	f, v := editOf(e)
	if f == nil {
		return nil
	}
	e = v.Interface().(Edit)
	var topics []Topic
	add := func(kind Kind, keys ...string) {
		for _, key := range keys {
			topics = append(topics, Topic{Ref: Ref{kind, framework, key}})
		}
	}
	for _, ref := range changedBy(framework, e) {
		add(ref.Kind, ref.Key)
	}
	switch e := e.(type) {
	case MergeCategories:
		add(KindCategory, e.Into)
	case SplitCategory:
		add(KindCategory, e.Into...)
	case RetireSkill:
		add(KindSkill, e.ReplacedBy...)
	case MergeSkills:
		add(KindSkill, e.Into)
	case SplitSkill:
		add(KindSkill, e.Into...)
	case DefineSkillLevel:
		topics[0].Level = e.Level
	case RemoveSkillLevel:
		topics[0].Level = e.Level
	case Relate, UpdateRelation, Unrelate:
		r, _ := relationOf(framework, e)
		add(KindSkill, r.ownEnds()...)
	case RetireRole:
		add(KindRole, e.ReplacedBy...)
	case SplitRole:
		add(KindRole, e.Into...)
	case Require:
		add(KindSkill, e.Skill)
	case Unrequire:
		add(KindSkill, e.Skill)
	}
	topics = slices.DeleteFunc(topics, func(t Topic) bool { return t.Key == "" })
	slices.SortFunc(topics, func(a, b Topic) int { return cmp.Or(a.compare(b.Ref), cmp.Compare(a.Level, b.Level)) })
	return slices.Compact(topics)
}

// changedBy lists the entities an edit says that it changes, and the relations to
// successors that it states. e is a value.
func changedBy(framework string, e Edit) []Ref {
	var refs []Ref
	add := func(kind Kind, key string) { refs = append(refs, Ref{kind, framework, key}) }
	succeed := func(codes []string, t RelationType, into ...string) {
		for _, code := range codes {
			add(KindSkill, code)
			for _, to := range into {
				add(KindRelation, (&Relation{From: code, Type: t, To: to}).Key())
			}
		}
	}
	switch e := e.(type) {
	case UpdateFramework:
		add(KindFramework, framework)
	case RetireSkill:
		succeed([]string{e.Code}, ReplacedBy, e.ReplacedBy...)
	case MergeSkills:
		succeed(e.Codes, MergedInto, e.Into)
	case SplitSkill:
		succeed([]string{e.Code}, SplitInto, e.Into...)
	case MergeCategories:
		for _, code := range e.Codes {
			add(KindCategory, code)
		}
	case MergeRoles:
		for _, code := range append(slices.Clip(e.Codes), e.Into) {
			add(KindRole, code)
		}
	case Relate, UpdateRelation, Unrelate:
		if r, ok := relationOf(framework, e); ok {
			add(KindRelation, r.Key())
		}
	default: // the first field says which
		f, v := editOf(e)
		switch key := f.fields[0].at(v).(type) {
		case *string:
			add(f.kind, *key)
		case *int:
			add(f.kind, strconv.Itoa(*key))
		}
	}
	return refs
}

// relationOf is the relation that an edit of relations names, in stored form if
// there is such a type of relation.
func relationOf(framework string, e Edit) (r *Relation, ok bool) {
	var named Relate
	switch e := e.(type) {
	case Relate:
		named = e
	case UpdateRelation:
		named = Relate{e.From, e.Type, e.ToFramework, e.To, ""}
	case Unrelate:
		named = Relate{e.From, e.Type, e.ToFramework, e.To, ""}
	}
	return named.stored(framework), named.Type.Inverse() != ""
}

// Omit returns an edit less what it does to one field of an entity, and false when
// nothing is left of it. The field is a path such as name, levels.5 or
// requirements.ITOP. Edits that cannot be divided, because they create or remove
// the entity, retire or restore it, are left out whole, whichever of its fields it
// is. The framework of ref is the one being edited.
func Omit(e Edit, ref Ref, field string) (Edit, bool) {
	f, v := editOf(e)
	if f == nil {
		return e, true
	}
	e = v.Interface().(Edit)
	if !slices.Contains(changedBy(ref.Framework, e), ref) {
		return e, true
	}
	if only := onlyField(e); only != "" {
		return kept(e, only != field)
	}
	switch e := e.(type) {
	case MergeRoles: // of the role that takes over it changes the requirements only
		if ref.Key == e.Into {
			return kept(e, !strings.HasPrefix(field, "requirements."))
		}
	case DefineLevel:
		if field == "ordinal" { // by which it may create the level
			return nil, false
		}
	}
	divisible, before, left := false, 0, 0
	for i := range f.fields {
		o, ok := f.fields[i].at(v).(optional)
		if !ok {
			continue
		}
		divisible = true
		set, _ := o.parts()
		if *set {
			before++
		}
		if f.fields[i].name == field {
			v.Field(f.fields[i].index).SetZero()
		}
		if *set {
			left++
		}
	}
	if !divisible {
		return nil, false
	}
	return kept(v.Interface().(Edit), left > 0 || before == 0)
}

func kept(e Edit, keep bool) (Edit, bool) {
	if !keep {
		return nil, false
	}
	return e, true
}

// onlyField is the path of the one field that an edit changes whatever it holds,
// or empty for other edits. e is a value.
func onlyField(e Edit) string {
	switch e := e.(type) {
	case MoveAttribute:
		return "position"
	case DefineAttributeLevel:
		return levelPath(e.Level)
	case RemoveAttributeLevel:
		return levelPath(e.Level)
	case DefineSkillLevel:
		return levelPath(e.Level)
	case RemoveSkillLevel:
		return levelPath(e.Level)
	case Require:
		return "requirements." + e.Skill
	case Unrequire:
		return "requirements." + e.Skill
	}
	return ""
}

func levelPath(level int) string { return "levels." + strconv.Itoa(level) }

// WithText returns an edit that gives another text to one field of an entity, a
// path as for [Omit]. It is false, and the edit as it was, when the edit gives the
// field no text: fields with codes, and such as the edit leaves alone.
func WithText(e Edit, ref Ref, field, text string) (Edit, bool) {
	f, v := editOf(e)
	if f == nil {
		return e, false
	}
	e = v.Interface().(Edit)
	if !slices.Contains(changedBy(ref.Framework, e), ref) {
		return e, false
	}
	switch e := e.(type) {
	case DefineAttributeLevel:
		if field != levelPath(e.Level) {
			return e, false
		}
		e.Description = text
		return e, true
	case DefineSkillLevel:
		if field != levelPath(e.Level) {
			return e, false
		}
		e.Description = text
		return e, true
	case CreateSkill:
		for i, l := range e.Levels {
			if field == levelPath(l.Level) {
				e.Levels = slices.Clone(e.Levels)
				e.Levels[i].Description = text
				return e, true
			}
		}
	}
	if i := slices.IndexFunc(f.fields, func(f fieldForm) bool { return f.name == field }); i >= 0 && !holdsCode(field) {
		switch p := f.fields[i].at(v).(type) {
		case *string:
			*p = text
			return v.Interface().(Edit), true
		case *Opt[string]:
			if p.Set {
				p.Value = text
				return v.Interface().(Edit), true
			}
		}
	}
	return e, false
}

// holdsCode reports whether a field of an edit names an entity.
func holdsCode(field string) bool {
	switch field {
	case "code", "attribute", "skill", "role", "parent", "category", "group", "into", "from", "to", "toFramework":
		return true
	}
	return false
}
