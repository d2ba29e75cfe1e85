package framework

import (
	"iter"
	"reflect"
	"strings"
)

// An editForm is how one type of edit is written down: the name and the fields it
// has in the API, in the order of the schema.
type editForm struct {
	name   string
	typ    reflect.Type
	fields []fieldForm
	// kind is that of the entities the edit changes.
	kind Kind
}

type fieldForm struct {
	name     string
	required bool
	index    int // in the struct
}

// editForms has every edit of a framework's content. To create, archive and
// unarchive a framework are no such edits.
var editForms = []editForm{
	formOf[UpdateFramework](KindFramework, "name", "description", "publisher", "url", "licence", "attribution", "locale", "skillCodePattern", "skillCodeHint", "showsRelease", "hidesHead"),
	formOf[DefineLevel](KindLevel, "ordinal!", "name", "essence", "url"),
	formOf[RemoveLevel](KindLevel, "ordinal!"),
	formOf[CreateAttribute](KindAttribute, "code!", "name!", "type", "description", "position"),
	formOf[UpdateAttribute](KindAttribute, "code!", "name", "type", "description"),
	formOf[MoveAttribute](KindAttribute, "code!", "position!"),
	formOf[RetireAttribute](KindAttribute, "code!"),
	formOf[RestoreAttribute](KindAttribute, "code!"),
	formOf[DefineAttributeLevel](KindAttribute, "attribute!", "level!", "description!"),
	formOf[RemoveAttributeLevel](KindAttribute, "attribute!", "level!"),
	formOf[CreateCategory](KindCategory, "code!", "name!", "description", "parent", "position"),
	formOf[UpdateCategory](KindCategory, "code!", "name", "description"),
	formOf[MoveCategory](KindCategory, "code!", "parent", "position"),
	formOf[RetireCategory](KindCategory, "code!"),
	formOf[RestoreCategory](KindCategory, "code!"),
	formOf[MergeCategories](KindCategory, "codes!", "into!"),
	formOf[SplitCategory](KindCategory, "code!", "into!"),
	formOf[CreateSkill](KindSkill, "code!", "name!", "description", "guidance", "synonyms", "url", "category", "position", "levels"),
	formOf[UpdateSkill](KindSkill, "code!", "name", "description", "guidance", "synonyms", "url"),
	formOf[MoveSkill](KindSkill, "code!", "category", "position"),
	formOf[RetireSkill](KindSkill, "code!", "replacedBy"),
	formOf[RestoreSkill](KindSkill, "code!"),
	formOf[MergeSkills](KindSkill, "codes!", "into!"),
	formOf[SplitSkill](KindSkill, "code!", "into!"),
	formOf[DefineSkillLevel](KindSkill, "skill!", "level!", "description!"),
	formOf[RemoveSkillLevel](KindSkill, "skill!", "level!"),
	formOf[Relate](KindRelation, "from!", "type!", "to!", "toFramework", "note"),
	formOf[UpdateRelation](KindRelation, "from!", "type!", "to!", "toFramework", "note"),
	formOf[Unrelate](KindRelation, "from!", "type!", "to!", "toFramework"),
	formOf[CreateRoleGroup](KindRoleGroup, "code!", "name!", "description", "parent", "position"),
	formOf[UpdateRoleGroup](KindRoleGroup, "code!", "name", "description"),
	formOf[MoveRoleGroup](KindRoleGroup, "code!", "parent", "position"),
	formOf[RetireRoleGroup](KindRoleGroup, "code!"),
	formOf[RestoreRoleGroup](KindRoleGroup, "code!"),
	formOf[CreateRole](KindRole, "code!", "name!", "description", "group", "kind", "seniority", "requirements"),
	formOf[UpdateRole](KindRole, "code!", "name", "description", "kind"),
	formOf[MoveRole](KindRole, "code!", "group", "seniority"),
	formOf[RetireRole](KindRole, "code!", "replacedBy"),
	formOf[RestoreRole](KindRole, "code!"),
	formOf[MergeRoles](KindRole, "codes!", "into!"),
	formOf[SplitRole](KindRole, "code!", "into!"),
	formOf[Require](KindRole, "role!", "skill!", "level", "importance!", "weight"),
	formOf[Unrequire](KindRole, "role!", "skill!"),
}

// The forms of what lists in edits hold.
var (
	levelTextFields   = fieldsOf(reflect.TypeFor[LevelText](), "level!", "description")
	requirementFields = fieldsOf(reflect.TypeFor[Requirement](), "skill!", "level", "importance!", "weight")
)

var formsByName, formsByType = indexForms()

func indexForms() (byName map[string]*editForm, byType map[reflect.Type]*editForm) {
	byName, byType = map[string]*editForm{}, map[reflect.Type]*editForm{}
	for i := range editForms {
		f := &editForms[i]
		byName[f.name], byType[f.typ] = f, f
	}
	return byName, byType
}

// formOf makes the form of T. The names of required fields end in an
// exclamation mark, as in the schema.
func formOf[T Edit](kind Kind, fields ...string) editForm {
	typ := reflect.TypeFor[T]()
	name := typ.Name()
	return editForm{strings.ToLower(name[:1]) + name[1:], typ, fieldsOf(typ, fields...), kind}
}

func fieldsOf(typ reflect.Type, names ...string) []fieldForm {
	fields := make([]fieldForm, len(names))
	for i, name := range names {
		name, required := strings.CutSuffix(name, "!")
		goName := strings.ToUpper(name[:1]) + name[1:]
		switch name {
		case "url":
			goName = "URL"
		case "kind":
			goName = "RoleKind"
		}
		f, ok := typ.FieldByName(goName)
		if !ok {
			panic("framework: " + typ.Name() + " has no field " + goName)
		}
		fields[i] = fieldForm{name, required, f.Index[0]}
	}
	return fields
}

// ContentEdits yields the zero value of every type of edit of a framework's
// content under its name in the API, in the order of the schema.
func ContentEdits() iter.Seq2[string, Edit] {
	return func(yield func(string, Edit) bool) {
		for i := range editForms {
			if !yield(editForms[i].name, reflect.Zero(editForms[i].typ).Interface().(Edit)) {
				return
			}
		}
	}
}

// EditName is the name of an edit in the API, such as updateSkill. It is empty for
// an edit that is not one of a framework's content.
func EditName(e Edit) string {
	if f, _ := editOf(e); f != nil {
		return f.name
	}
	return ""
}

// editOf returns the form of an edit, or of what it points to, and a copy of it
// that can be changed; nil if it has no form.
func editOf(e Edit) (*editForm, reflect.Value) {
	v := reflect.ValueOf(e)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, v
	}
	f := formsByType[v.Type()]
	if f == nil {
		return nil, v
	}
	c := reflect.New(f.typ).Elem()
	c.Set(v)
	return f, c
}

// at is a pointer to the field in v.
func (f *fieldForm) at(v reflect.Value) any { return v.Field(f.index).Addr().Interface() }

// An optional is a pointer to an Opt.
type optional interface {
	// parts are pointers to its fields.
	parts() (set *bool, value any)
}

func (o *Opt[T]) parts() (set *bool, value any) { return &o.Set, &o.Value }
