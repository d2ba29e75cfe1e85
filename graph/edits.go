package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/framework"
)

// edit turns one edit of an API request into an edit of the domain, and tells
// the name of the field it was given under. It is nil unless exactly one field
// is given.
func (in EditInput) edit() (name string, e framework.Edit) {
	given := 0
	take := func(field string, edit framework.Edit) {
		given++
		name, e = field, edit
	}
	if v := in.UpdateFramework.Value(); v != nil {
		take("updateFramework", framework.UpdateFramework{
			Name: opt(v.Name), Description: opt(v.Description), Publisher: opt(v.Publisher), URL: opt(v.URL),
			Licence: opt(v.Licence), Attribution: opt(v.Attribution), Locale: opt(v.Locale),
			SkillCodePattern: opt(v.SkillCodePattern), SkillCodeHint: opt(v.SkillCodeHint),
			ShowsRelease: opt(v.ShowsRelease), HidesHead: opt(v.HidesHead),
		})
	}
	if v := in.DefineLevel.Value(); v != nil {
		take("defineLevel", framework.DefineLevel{
			Ordinal: v.Ordinal, Name: opt(v.Name), Essence: opt(v.Essence), URL: opt(v.URL),
		})
	}
	if v := in.RemoveLevel.Value(); v != nil {
		take("removeLevel", framework.RemoveLevel{Ordinal: v.Ordinal})
	}
	if v := in.CreateAttribute.Value(); v != nil {
		take("createAttribute", framework.CreateAttribute{
			Code: v.Code, Name: v.Name, Type: orZero(v.Type), Description: orZero(v.Description),
			Position: orZero(v.Position),
		})
	}
	if v := in.UpdateAttribute.Value(); v != nil {
		take("updateAttribute", framework.UpdateAttribute{
			Code: v.Code, Name: opt(v.Name), Type: opt(v.Type), Description: opt(v.Description),
		})
	}
	if v := in.MoveAttribute.Value(); v != nil {
		take("moveAttribute", framework.MoveAttribute{Code: v.Code, Position: v.Position})
	}
	if v := in.RetireAttribute.Value(); v != nil {
		take("retireAttribute", framework.RetireAttribute{Code: v.Code})
	}
	if v := in.RestoreAttribute.Value(); v != nil {
		take("restoreAttribute", framework.RestoreAttribute{Code: v.Code})
	}
	if v := in.DefineAttributeLevel.Value(); v != nil {
		take("defineAttributeLevel", framework.DefineAttributeLevel{
			Attribute: v.Attribute, Level: v.Level, Description: v.Description,
		})
	}
	if v := in.RemoveAttributeLevel.Value(); v != nil {
		take("removeAttributeLevel", framework.RemoveAttributeLevel{Attribute: v.Attribute, Level: v.Level})
	}
	if v := in.CreateCategory.Value(); v != nil {
		take("createCategory", framework.CreateCategory{
			Code: v.Code, Name: v.Name, Description: orZero(v.Description), Parent: orZero(v.Parent),
			Position: orZero(v.Position),
		})
	}
	if v := in.UpdateCategory.Value(); v != nil {
		take("updateCategory", framework.UpdateCategory{
			Code: v.Code, Name: opt(v.Name), Description: opt(v.Description),
		})
	}
	if v := in.MoveCategory.Value(); v != nil {
		take("moveCategory", framework.MoveCategory{
			Code: v.Code, Parent: opt(v.Parent), Position: opt(v.Position),
		})
	}
	if v := in.RetireCategory.Value(); v != nil {
		take("retireCategory", framework.RetireCategory{Code: v.Code})
	}
	if v := in.RestoreCategory.Value(); v != nil {
		take("restoreCategory", framework.RestoreCategory{Code: v.Code})
	}
	if v := in.MergeCategories.Value(); v != nil {
		take("mergeCategories", framework.MergeCategories{Codes: v.Codes, Into: v.Into})
	}
	if v := in.SplitCategory.Value(); v != nil {
		take("splitCategory", framework.SplitCategory{Code: v.Code, Into: v.Into})
	}
	if v := in.CreateSkill.Value(); v != nil {
		take("createSkill", framework.CreateSkill{
			Code: v.Code, Name: v.Name, Description: orZero(v.Description), Guidance: orZero(v.Guidance),
			Synonyms: v.Synonyms.Value(), URL: orZero(v.URL), Category: orZero(v.Category),
			Position: orZero(v.Position), Levels: levelTexts(v.Levels.Value()),
		})
	}
	if v := in.UpdateSkill.Value(); v != nil {
		take("updateSkill", framework.UpdateSkill{
			Code: v.Code, Name: opt(v.Name), Description: opt(v.Description), Guidance: opt(v.Guidance),
			Synonyms: optList(v.Synonyms), URL: opt(v.URL),
		})
	}
	if v := in.MoveSkill.Value(); v != nil {
		take("moveSkill", framework.MoveSkill{
			Code: v.Code, Category: opt(v.Category), Position: opt(v.Position),
		})
	}
	if v := in.RetireSkill.Value(); v != nil {
		take("retireSkill", framework.RetireSkill{
			Code: v.Code, ReplacedBy: v.ReplacedBy.Value(),
		})
	}
	if v := in.RestoreSkill.Value(); v != nil {
		take("restoreSkill", framework.RestoreSkill{Code: v.Code})
	}
	if v := in.MergeSkills.Value(); v != nil {
		take("mergeSkills", framework.MergeSkills{Codes: v.Codes, Into: v.Into})
	}
	if v := in.SplitSkill.Value(); v != nil {
		take("splitSkill", framework.SplitSkill{Code: v.Code, Into: v.Into})
	}
	if v := in.DefineSkillLevel.Value(); v != nil {
		take("defineSkillLevel", framework.DefineSkillLevel{
			Skill: v.Skill, Level: v.Level, Description: v.Description,
		})
	}
	if v := in.RemoveSkillLevel.Value(); v != nil {
		take("removeSkillLevel", framework.RemoveSkillLevel{Skill: v.Skill, Level: v.Level})
	}
	if v := in.Relate.Value(); v != nil {
		take("relate", framework.Relate{
			From: v.From, Type: v.Type, To: v.To, ToFramework: orZero(v.ToFramework), Note: orZero(v.Note),
		})
	}
	if v := in.UpdateRelation.Value(); v != nil {
		take("updateRelation", framework.UpdateRelation{
			From: v.From, Type: v.Type, To: v.To, ToFramework: orZero(v.ToFramework), Note: opt(v.Note),
		})
	}
	if v := in.Unrelate.Value(); v != nil {
		take("unrelate", framework.Unrelate{
			From: v.From, Type: v.Type, To: v.To, ToFramework: orZero(v.ToFramework),
		})
	}
	if v := in.CreateRoleGroup.Value(); v != nil {
		take("createRoleGroup", framework.CreateRoleGroup{
			Code: v.Code, Name: v.Name, Description: orZero(v.Description), Parent: orZero(v.Parent),
			Position: orZero(v.Position),
		})
	}
	if v := in.UpdateRoleGroup.Value(); v != nil {
		take("updateRoleGroup", framework.UpdateRoleGroup{
			Code: v.Code, Name: opt(v.Name), Description: opt(v.Description),
		})
	}
	if v := in.MoveRoleGroup.Value(); v != nil {
		take("moveRoleGroup", framework.MoveRoleGroup{
			Code: v.Code, Parent: opt(v.Parent), Position: opt(v.Position),
		})
	}
	if v := in.RetireRoleGroup.Value(); v != nil {
		take("retireRoleGroup", framework.RetireRoleGroup{Code: v.Code})
	}
	if v := in.RestoreRoleGroup.Value(); v != nil {
		take("restoreRoleGroup", framework.RestoreRoleGroup{Code: v.Code})
	}
	if v := in.CreateRole.Value(); v != nil {
		take("createRole", framework.CreateRole{
			Code: v.Code, Name: v.Name, Description: orZero(v.Description), Group: orZero(v.Group),
			RoleKind: orZero(v.Kind), Seniority: orZero(v.Seniority),
			Requirements: requirements(v.Requirements.Value()),
		})
	}
	if v := in.UpdateRole.Value(); v != nil {
		take("updateRole", framework.UpdateRole{
			Code: v.Code, Name: opt(v.Name), Description: opt(v.Description), RoleKind: opt(v.Kind),
		})
	}
	if v := in.MoveRole.Value(); v != nil {
		take("moveRole", framework.MoveRole{
			Code: v.Code, Group: opt(v.Group), Seniority: opt(v.Seniority),
		})
	}
	if v := in.RetireRole.Value(); v != nil {
		take("retireRole", framework.RetireRole{
			Code: v.Code, ReplacedBy: v.ReplacedBy.Value(),
		})
	}
	if v := in.RestoreRole.Value(); v != nil {
		take("restoreRole", framework.RestoreRole{Code: v.Code})
	}
	if v := in.MergeRoles.Value(); v != nil {
		take("mergeRoles", framework.MergeRoles{Codes: v.Codes, Into: v.Into})
	}
	if v := in.SplitRole.Value(); v != nil {
		take("splitRole", framework.SplitRole{Code: v.Code, Into: v.Into})
	}
	if v := in.Require.Value(); v != nil {
		take("require", framework.Require{
			Role: v.Role, Skill: v.Skill, Level: orZero(v.Level), Importance: v.Importance,
			Weight: orZero(v.Weight),
		})
	}
	if v := in.Unrequire.Value(); v != nil {
		take("unrequire", framework.Unrequire{Role: v.Role, Skill: v.Skill})
	}
	if given != 1 {
		return "", nil
	}
	return name, e
}

// opt keeps the difference between a field left out and one set to null.
func opt[T any](o graphql.Omittable[*T]) framework.Opt[T] {
	return framework.Opt[T]{Set: o.IsSet(), Value: orZero(o)}
}

func optList[T any](o graphql.Omittable[[]T]) framework.Opt[[]T] {
	return framework.Opt[[]T]{Set: o.IsSet(), Value: o.Value()}
}

// orZero is the zero value for a field left out or set to null.
func orZero[T any](o graphql.Omittable[*T]) T {
	if v := o.Value(); v != nil {
		return *v
	}
	var zero T
	return zero
}

func levelTexts(in []LevelTextInput) []framework.LevelText {
	texts := make([]framework.LevelText, len(in))
	for i, l := range in {
		texts[i] = framework.LevelText{Level: l.Level, Description: orZero(l.Description)}
	}
	return texts
}

func requirements(in []RequirementInput) []framework.Requirement {
	list := make([]framework.Requirement, len(in))
	for i, q := range in {
		list[i] = framework.Requirement{
			Skill: q.Skill, Level: orZero(q.Level), Importance: q.Importance, Weight: orZero(q.Weight),
		}
	}
	return list
}
