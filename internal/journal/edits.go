package journal

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
)

// An editForm is the stored form of one type of edit: its name, under "edit", and
// then its fields.
type editForm struct {
	name   string
	append func(dst []byte, e framework.Edit) []byte
	decode func(d *decoder, doc []byte) (framework.Edit, error)
}

func editFormOf[T framework.Edit](name string, fields ...field[T]) editForm {
	fields = append([]field[T]{{"edit",
		func(dst []byte, field string, _ *T) []byte {
			return appendString(appendName(dst, bson.TypeString, field), name)
		},
		func(*decoder, element, *T) error { return nil }, // read before the form was chosen
	}}, fields...)
	return editForm{
		name: name,
		append: func(dst []byte, e framework.Edit) []byte {
			p, ok := any(e).(*T)
			if !ok {
				v := e.(T)
				p = &v
			}
			return appendDocument(dst, fields, p)
		},
		decode: func(d *decoder, doc []byte) (framework.Edit, error) {
			var v T
			err := decode(d, doc, fields, &v)
			return v, err
		},
	}
}

// edits is an array of edits of a framework's content. Others have no stored form:
// to append one is a fault of the caller.
func edits[T any](name string, at func(*T) *[]framework.Edit) field[T] {
	return array(name, at, func(dst []byte, name string, e *framework.Edit) []byte {
		f, ok := editForms[framework.EditName(*e)]
		if !ok {
			panic(fmt.Sprintf("journal: %T has no stored form", *e))
		}
		return f.append(appendName(dst, bson.TypeEmbeddedDocument, name), *e)
	}, func(d *decoder, e element, v *framework.Edit) (err error) {
		if e.kind != bson.TypeEmbeddedDocument {
			return e.mismatch("a document")
		}
		*v, err = d.edit(e.value)
		return err
	})
}

func (d *decoder) edit(doc []byte) (framework.Edit, error) {
	b, err := elements(doc)
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("an edit without a name: %w", ErrCorrupt)
	}
	first, _, err := nextElement(b)
	if err != nil {
		return nil, err
	}
	if string(first.name) != "edit" {
		return nil, fmt.Errorf("an edit begins with %q, expected its name: %w", first.name, ErrCorrupt)
	}
	name, err := first.bytes()
	if err != nil {
		return nil, err
	}
	f, ok := editForms[string(name)]
	if !ok {
		return nil, fmt.Errorf("unknown edit %q: %w", name, ErrNewerFormat)
	}
	e, err := f.decode(d, doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

// The opt functions are fields that an edit may leave alone. One that it clears is
// stored although it is empty.

func optText[T any](name string, at func(*T) *framework.Opt[string]) field[T] {
	return opt(name, at, text(name, itself[string]), emptyText)
}

func optCode[T any](name string, at func(*T) *framework.Opt[string]) field[T] {
	return opt(name, at, code(name, itself[string]), emptyText)
}

func optNumber[T any](name string, at func(*T) *framework.Opt[int]) field[T] {
	return opt(name, at, number(name, itself[int]), func(dst []byte, name string) []byte {
		return append(appendName(dst, bson.TypeInt32, name), 0, 0, 0, 0)
	})
}

func optTruth[T any](name string, at func(*T) *framework.Opt[bool]) field[T] {
	return opt(name, at, truth(name, itself[bool]), func(dst []byte, name string) []byte {
		return append(appendName(dst, bson.TypeBoolean, name), 0)
	})
}

func optTexts[T any](name string, at func(*T) *framework.Opt[[]string]) field[T] {
	return opt(name, at, texts(name, itself[[]string]), func(dst []byte, name string) []byte {
		return closeDocument(openDocument(appendName(dst, bson.TypeArray, name)))
	})
}

func itself[V any](v *V) *V { return v }

func emptyText(dst []byte, name string) []byte {
	return appendString(appendName(dst, bson.TypeString, name), "")
}

func opt[T, V any](
	name string, at func(*T) *framework.Opt[V], value field[V], empty func(dst []byte, name string) []byte,
) field[T] {
	return field[T]{name, func(dst []byte, name string, v *T) []byte {
		o := at(v)
		if !o.Set {
			return dst
		}
		before := len(dst)
		if dst = value.append(dst, name, &o.Value); len(dst) == before {
			dst = empty(dst, name)
		}
		return dst
	}, func(d *decoder, e element, v *T) error {
		o := at(v)
		o.Set = true
		return value.decode(d, e, &o.Value)
	}}
}

// editForms holds the stored form of every edit of a framework's content by its
// name. As with [forms], names and types stay, and a new field goes at the end.
var editForms = byName(
	editFormOf("updateFramework",
		optText("name", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Name }),
		optText("description", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Description }),
		optText("publisher", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Publisher }),
		optText("url", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.URL }),
		optText("licence", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Licence }),
		optText("attribution", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Attribution }),
		optText("locale", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.Locale }),
		optText("skillCodePattern", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.SkillCodePattern }),
		optText("skillCodeHint", func(e *framework.UpdateFramework) *framework.Opt[string] { return &e.SkillCodeHint }),
		optTruth("showsRelease", func(e *framework.UpdateFramework) *framework.Opt[bool] { return &e.ShowsRelease }),
		optTruth("hidesHead", func(e *framework.UpdateFramework) *framework.Opt[bool] { return &e.HidesHead }),
	),
	editFormOf("defineLevel",
		number("ordinal", func(e *framework.DefineLevel) *int { return &e.Ordinal }),
		optText("name", func(e *framework.DefineLevel) *framework.Opt[string] { return &e.Name }),
		optText("essence", func(e *framework.DefineLevel) *framework.Opt[string] { return &e.Essence }),
		optText("url", func(e *framework.DefineLevel) *framework.Opt[string] { return &e.URL }),
	),
	editFormOf("removeLevel",
		number("ordinal", func(e *framework.RemoveLevel) *int { return &e.Ordinal }),
	),
	editFormOf("createAttribute",
		code("code", func(e *framework.CreateAttribute) *string { return &e.Code }),
		text("name", func(e *framework.CreateAttribute) *string { return &e.Name }),
		code("type", func(e *framework.CreateAttribute) *string { return &e.Type }),
		text("description", func(e *framework.CreateAttribute) *string { return &e.Description }),
		number("position", func(e *framework.CreateAttribute) *int { return &e.Position }),
	),
	editFormOf("updateAttribute",
		code("code", func(e *framework.UpdateAttribute) *string { return &e.Code }),
		optText("name", func(e *framework.UpdateAttribute) *framework.Opt[string] { return &e.Name }),
		optCode("type", func(e *framework.UpdateAttribute) *framework.Opt[string] { return &e.Type }),
		optText("description", func(e *framework.UpdateAttribute) *framework.Opt[string] { return &e.Description }),
	),
	editFormOf("moveAttribute",
		code("code", func(e *framework.MoveAttribute) *string { return &e.Code }),
		number("position", func(e *framework.MoveAttribute) *int { return &e.Position }),
	),
	editFormOf("retireAttribute",
		code("code", func(e *framework.RetireAttribute) *string { return &e.Code }),
	),
	editFormOf("restoreAttribute",
		code("code", func(e *framework.RestoreAttribute) *string { return &e.Code }),
	),
	editFormOf("defineAttributeLevel",
		code("attribute", func(e *framework.DefineAttributeLevel) *string { return &e.Attribute }),
		number("level", func(e *framework.DefineAttributeLevel) *int { return &e.Level }),
		text("description", func(e *framework.DefineAttributeLevel) *string { return &e.Description }),
	),
	editFormOf("removeAttributeLevel",
		code("attribute", func(e *framework.RemoveAttributeLevel) *string { return &e.Attribute }),
		number("level", func(e *framework.RemoveAttributeLevel) *int { return &e.Level }),
	),
	editFormOf("createCategory",
		code("code", func(e *framework.CreateCategory) *string { return &e.Code }),
		text("name", func(e *framework.CreateCategory) *string { return &e.Name }),
		text("description", func(e *framework.CreateCategory) *string { return &e.Description }),
		code("parent", func(e *framework.CreateCategory) *string { return &e.Parent }),
		number("position", func(e *framework.CreateCategory) *int { return &e.Position }),
	),
	editFormOf("updateCategory",
		code("code", func(e *framework.UpdateCategory) *string { return &e.Code }),
		optText("name", func(e *framework.UpdateCategory) *framework.Opt[string] { return &e.Name }),
		optText("description", func(e *framework.UpdateCategory) *framework.Opt[string] { return &e.Description }),
	),
	editFormOf("moveCategory",
		code("code", func(e *framework.MoveCategory) *string { return &e.Code }),
		optCode("parent", func(e *framework.MoveCategory) *framework.Opt[string] { return &e.Parent }),
		optNumber("position", func(e *framework.MoveCategory) *framework.Opt[int] { return &e.Position }),
	),
	editFormOf("retireCategory",
		code("code", func(e *framework.RetireCategory) *string { return &e.Code }),
	),
	editFormOf("restoreCategory",
		code("code", func(e *framework.RestoreCategory) *string { return &e.Code }),
	),
	editFormOf("mergeCategories",
		texts("codes", func(e *framework.MergeCategories) *[]string { return &e.Codes }),
		code("into", func(e *framework.MergeCategories) *string { return &e.Into }),
	),
	editFormOf("splitCategory",
		code("code", func(e *framework.SplitCategory) *string { return &e.Code }),
		texts("into", func(e *framework.SplitCategory) *[]string { return &e.Into }),
	),
	editFormOf("createSkill",
		code("code", func(e *framework.CreateSkill) *string { return &e.Code }),
		text("name", func(e *framework.CreateSkill) *string { return &e.Name }),
		text("description", func(e *framework.CreateSkill) *string { return &e.Description }),
		text("guidance", func(e *framework.CreateSkill) *string { return &e.Guidance }),
		texts("synonyms", func(e *framework.CreateSkill) *[]string { return &e.Synonyms }),
		text("url", func(e *framework.CreateSkill) *string { return &e.URL }),
		code("category", func(e *framework.CreateSkill) *string { return &e.Category }),
		number("position", func(e *framework.CreateSkill) *int { return &e.Position }),
		documents("levels", func(e *framework.CreateSkill) *[]framework.LevelText { return &e.Levels }, levelText),
	),
	editFormOf("updateSkill",
		code("code", func(e *framework.UpdateSkill) *string { return &e.Code }),
		optText("name", func(e *framework.UpdateSkill) *framework.Opt[string] { return &e.Name }),
		optText("description", func(e *framework.UpdateSkill) *framework.Opt[string] { return &e.Description }),
		optText("guidance", func(e *framework.UpdateSkill) *framework.Opt[string] { return &e.Guidance }),
		optTexts("synonyms", func(e *framework.UpdateSkill) *framework.Opt[[]string] { return &e.Synonyms }),
		optText("url", func(e *framework.UpdateSkill) *framework.Opt[string] { return &e.URL }),
	),
	editFormOf("moveSkill",
		code("code", func(e *framework.MoveSkill) *string { return &e.Code }),
		optCode("category", func(e *framework.MoveSkill) *framework.Opt[string] { return &e.Category }),
		optNumber("position", func(e *framework.MoveSkill) *framework.Opt[int] { return &e.Position }),
	),
	editFormOf("retireSkill",
		code("code", func(e *framework.RetireSkill) *string { return &e.Code }),
		texts("replacedBy", func(e *framework.RetireSkill) *[]string { return &e.ReplacedBy }),
	),
	editFormOf("restoreSkill",
		code("code", func(e *framework.RestoreSkill) *string { return &e.Code }),
	),
	editFormOf("mergeSkills",
		texts("codes", func(e *framework.MergeSkills) *[]string { return &e.Codes }),
		code("into", func(e *framework.MergeSkills) *string { return &e.Into }),
	),
	editFormOf("splitSkill",
		code("code", func(e *framework.SplitSkill) *string { return &e.Code }),
		texts("into", func(e *framework.SplitSkill) *[]string { return &e.Into }),
	),
	editFormOf("defineSkillLevel",
		code("skill", func(e *framework.DefineSkillLevel) *string { return &e.Skill }),
		number("level", func(e *framework.DefineSkillLevel) *int { return &e.Level }),
		text("description", func(e *framework.DefineSkillLevel) *string { return &e.Description }),
	),
	editFormOf("removeSkillLevel",
		code("skill", func(e *framework.RemoveSkillLevel) *string { return &e.Skill }),
		number("level", func(e *framework.RemoveSkillLevel) *int { return &e.Level }),
	),
	editFormOf("relate",
		code("from", func(e *framework.Relate) *string { return &e.From }),
		code("type", func(e *framework.Relate) *framework.RelationType { return &e.Type }),
		code("to", func(e *framework.Relate) *string { return &e.To }),
		code("toFramework", func(e *framework.Relate) *string { return &e.ToFramework }),
		text("note", func(e *framework.Relate) *string { return &e.Note }),
	),
	editFormOf("updateRelation",
		code("from", func(e *framework.UpdateRelation) *string { return &e.From }),
		code("type", func(e *framework.UpdateRelation) *framework.RelationType { return &e.Type }),
		code("to", func(e *framework.UpdateRelation) *string { return &e.To }),
		code("toFramework", func(e *framework.UpdateRelation) *string { return &e.ToFramework }),
		optText("note", func(e *framework.UpdateRelation) *framework.Opt[string] { return &e.Note }),
	),
	editFormOf("unrelate",
		code("from", func(e *framework.Unrelate) *string { return &e.From }),
		code("type", func(e *framework.Unrelate) *framework.RelationType { return &e.Type }),
		code("to", func(e *framework.Unrelate) *string { return &e.To }),
		code("toFramework", func(e *framework.Unrelate) *string { return &e.ToFramework }),
	),
	editFormOf("createRoleGroup",
		code("code", func(e *framework.CreateRoleGroup) *string { return &e.Code }),
		text("name", func(e *framework.CreateRoleGroup) *string { return &e.Name }),
		text("description", func(e *framework.CreateRoleGroup) *string { return &e.Description }),
		code("parent", func(e *framework.CreateRoleGroup) *string { return &e.Parent }),
		number("position", func(e *framework.CreateRoleGroup) *int { return &e.Position }),
	),
	editFormOf("updateRoleGroup",
		code("code", func(e *framework.UpdateRoleGroup) *string { return &e.Code }),
		optText("name", func(e *framework.UpdateRoleGroup) *framework.Opt[string] { return &e.Name }),
		optText("description", func(e *framework.UpdateRoleGroup) *framework.Opt[string] { return &e.Description }),
	),
	editFormOf("moveRoleGroup",
		code("code", func(e *framework.MoveRoleGroup) *string { return &e.Code }),
		optCode("parent", func(e *framework.MoveRoleGroup) *framework.Opt[string] { return &e.Parent }),
		optNumber("position", func(e *framework.MoveRoleGroup) *framework.Opt[int] { return &e.Position }),
	),
	editFormOf("retireRoleGroup",
		code("code", func(e *framework.RetireRoleGroup) *string { return &e.Code }),
	),
	editFormOf("restoreRoleGroup",
		code("code", func(e *framework.RestoreRoleGroup) *string { return &e.Code }),
	),
	editFormOf("createRole",
		code("code", func(e *framework.CreateRole) *string { return &e.Code }),
		text("name", func(e *framework.CreateRole) *string { return &e.Name }),
		text("description", func(e *framework.CreateRole) *string { return &e.Description }),
		code("group", func(e *framework.CreateRole) *string { return &e.Group }),
		code("kind", func(e *framework.CreateRole) *string { return &e.RoleKind }),
		number("seniority", func(e *framework.CreateRole) *int { return &e.Seniority }),
		documents("requirements", func(e *framework.CreateRole) *[]framework.Requirement { return &e.Requirements }, requirement),
	),
	editFormOf("updateRole",
		code("code", func(e *framework.UpdateRole) *string { return &e.Code }),
		optText("name", func(e *framework.UpdateRole) *framework.Opt[string] { return &e.Name }),
		optText("description", func(e *framework.UpdateRole) *framework.Opt[string] { return &e.Description }),
		optCode("kind", func(e *framework.UpdateRole) *framework.Opt[string] { return &e.RoleKind }),
	),
	editFormOf("moveRole",
		code("code", func(e *framework.MoveRole) *string { return &e.Code }),
		optCode("group", func(e *framework.MoveRole) *framework.Opt[string] { return &e.Group }),
		optNumber("seniority", func(e *framework.MoveRole) *framework.Opt[int] { return &e.Seniority }),
	),
	editFormOf("retireRole",
		code("code", func(e *framework.RetireRole) *string { return &e.Code }),
		texts("replacedBy", func(e *framework.RetireRole) *[]string { return &e.ReplacedBy }),
	),
	editFormOf("restoreRole",
		code("code", func(e *framework.RestoreRole) *string { return &e.Code }),
	),
	editFormOf("mergeRoles",
		texts("codes", func(e *framework.MergeRoles) *[]string { return &e.Codes }),
		code("into", func(e *framework.MergeRoles) *string { return &e.Into }),
	),
	editFormOf("splitRole",
		code("code", func(e *framework.SplitRole) *string { return &e.Code }),
		texts("into", func(e *framework.SplitRole) *[]string { return &e.Into }),
	),
	editFormOf("require",
		code("role", func(e *framework.Require) *string { return &e.Role }),
		code("skill", func(e *framework.Require) *string { return &e.Skill }),
		number("level", func(e *framework.Require) *int { return &e.Level }),
		code("importance", func(e *framework.Require) *framework.Importance { return &e.Importance }),
		fraction("weight", func(e *framework.Require) *float64 { return &e.Weight }),
	),
	editFormOf("unrequire",
		code("role", func(e *framework.Unrequire) *string { return &e.Role }),
		code("skill", func(e *framework.Unrequire) *string { return &e.Skill }),
	),
)

func byName(all ...editForm) map[string]editForm {
	forms := make(map[string]editForm, len(all))
	for _, f := range all {
		forms[f.name] = f
	}
	return forms
}
