package graph

import "skillatlas/internal/framework"

// fewElements is how long a list that is not paged counts. Most are that short;
// where they are not, the bounds on work and on the answer hold.
const fewElements = 10

// pastCost is what reading a state other than the head costs: it may have to be
// rebuilt from the journal, which can take a second.
const pastCost = 40_000

// choiceCost is what a value costs that each element of a list is compared with.
const choiceCost = 1_000

// complexity prices the fields that give more than one value, or cost more than
// others; every other field costs one more than what is selected of it.
func complexity() ComplexityRoot {
	var c ComplexityRoot

	c.Query.Framework = func(child int, _ *string, at *At, _ *int) int {
		if at != nil {
			return child + pastCost
		}
		return child + 1
	}
	c.Query.Node = func(child int, id string) int { return child + 1 + pinCost(id) }
	c.Query.Nodes = func(child int, ids []string) int { return times(len(ids), child) + pinCost(ids...) }
	c.Query.Frameworks = func(child int, first *int, _ *string, last *int, _ *string, _ bool) int {
		return paged(child, first, last)
	}
	c.Query.Revisions = connection
	c.Framework.Revisions = connection
	c.Framework.Skills = func(child int, first *int, _ *string, last *int, _ *string, filter *framework.SkillFilter, _ framework.SkillOrder) int {
		cost := paged(child, first, last)
		if filter != nil {
			cost += choiceCost * len(filter.Levels)
		}
		return cost
	}
	c.Framework.Roles = func(child int, first *int, _ *string, last *int, _ *string, filter *framework.RoleFilter) int {
		cost := paged(child, first, last)
		if filter != nil {
			cost += choiceCost * len(filter.Requires)
		}
		return cost
	}
	c.Framework.Relations = func(child int, first *int, _ *string, last *int, _ *string, _ []framework.RelationType) int {
		return paged(child, first, last)
	}
	c.Framework.Lint = func(child int, first *int, _ *string, last *int, _ *string, _ []framework.LintRule) int {
		return paged(child, first, last)
	}
	c.Framework.SkillLevels = func(child int, codes []string) int { return times(len(codes), child) }
	c.Framework.Levels = few
	c.Framework.Attributes = fewByStatus
	c.Framework.Categories = fewByStatus
	c.Framework.RoleGroups = fewByStatus

	c.Level.Attributes = few
	c.Level.History = connection
	c.Attribute.Levels = few
	c.Attribute.History = connection
	c.Category.Path = few
	c.Category.Children = fewByStatus
	c.Category.Successors = few
	c.Category.Skills = connectionByStatus
	c.Category.History = connection
	c.Skill.Levels = few
	c.Skill.Related = func(child int, _ []framework.RelationType, _ *framework.RelationDirection) int {
		return times(fewElements, child)
	}
	c.Skill.RequiredBy = connection
	c.Skill.History = connection
	c.SkillLevel.RequiredBy = connection
	c.RoleGroup.Children = fewByStatus
	c.RoleGroup.Roles = connectionByStatus
	c.RoleGroup.History = connection
	c.Role.Requirements = func(child int, first *int, _ *string, last *int, _ *string, _ *framework.Importance) int {
		return paged(child, first, last)
	}
	c.Role.Successors = few
	c.Role.History = connection
	c.Relation.History = connection
	c.Revision.Changes = func(child int, first *int, _ *string, last *int, _ *string, _ *string) int {
		return paged(child, first, last)
	}
	return c
}

// pinCost is what the revisions cost that ids are pinned to.
func pinCost(ids ...string) int {
	pins := map[int64]bool{}
	for _, id := range ids {
		if name, ok := framework.ParseNodeID(id); ok && name.Revision != 0 {
			pins[name.Revision] = true
		}
	}
	return pastCost * len(pins)
}

// times is the cost of a list. It saturates: what is beyond any limit must not
// overflow.
func times(n, child int) int { return 1 + n*min(child, 1_000_000_000) }

func few(child int) int                               { return times(fewElements, child) }
func fewByStatus(child int, _ []framework.Status) int { return times(fewElements, child) }

func connection(child int, first *int, _ *string, last *int, _ *string) int {
	return paged(child, first, last)
}

func connectionByStatus(child int, first *int, _ *string, last *int, _ *string, _ []framework.Status) int {
	return paged(child, first, last)
}

// paged is the cost of a page. Sizes out of range are refused where the list is
// made; here they only must not make it cheap.
func paged(child int, first, last *int) int {
	size := framework.DefaultPage
	if first != nil {
		size = *first
	}
	if last != nil {
		size = *last
	}
	return times(min(max(size, 1), framework.MaxPage), child)
}
