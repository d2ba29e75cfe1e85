package graph

import "skillatlas/internal/framework"

// fewElements is how long a list that is not paged counts. Most are that short;
// where they are not, the bounds on work and on the answer hold.
const fewElements = 10

// pastCost is what reading a state other than the head costs: it may have to be
// rebuilt from the journal, which can take a second. What a reader gets of the past
// without naming it is paid out of the budget instead: the operation does not tell.
const pastCost = 40_000

// versionCost is what a version of an entity costs that is read from the journal.
// Its revision is loaded for it, for which the bound on work asks by its size.
const versionCost = 200

// searchCost is what a search over the whole framework costs, and searchAnewCost one for
// which a graph has to be made that is not kept for others.
const (
	searchCost     = 1_000
	searchAnewCost = 20_000
)

// choiceCost is what a value costs that each element of a list is compared with.
const choiceCost = 1_000

// prices prices the fields that give more than one value, or cost more than
// others; every other field costs one more than what is selected of it.
func prices() ComplexityRoot {
	var c ComplexityRoot

	c.Query.Framework = func(child int, _ *string, at *At, _ *int) int {
		if at != nil && orZero(at.Latest) != LatestHead {
			return child + pastCost
		}
		return child + 1
	}
	c.Query.Node = func(child int, id string) int { return child + 1 + pinCost(id) }
	c.Query.Nodes = func(child int, ids []string) int { return times(len(ids), child) + pinCost(ids...) }
	c.Query.ChangeLog = func(child int, _ string, _ At, to *At) int { return child + comparisonCost(to) }
	c.Query.MapCodes = func(child int, _ string, _ At, to *At, _ framework.EntityKind, codes []string) int {
		return times(len(codes), child) + comparisonCost(to)
	}
	c.ChangeLog.Entries = func(child int, first *int, _ *string, last *int, _ *string, _ []framework.LogType) int {
		return paged(child, first, last)
	}
	c.LogEntry.Others = few
	c.LogEntry.Revisions = few
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
	c.Framework.Releases = func(child int, first *int, _ *string, last *int, _ *string, _ []framework.ReleaseStage) int {
		return paged(child, first, last)
	}
	c.Framework.SkillLevels = func(child int, codes []string) int { return times(len(codes), child) }
	c.Framework.Levels = few
	c.Framework.Attributes = fewByStatus
	c.Framework.Categories = fewByStatus
	c.Framework.RoleGroups = fewByStatus

	c.Level.Attributes = few
	c.Level.History = connection
	c.Level.Versions = connection
	c.Level.Blame = blame
	c.Attribute.Levels = few
	c.Attribute.History = connection
	c.Attribute.Versions = connection
	c.Attribute.Blame = blame
	c.Category.Path = few
	c.Category.Children = fewByStatus
	c.Category.Successors = few
	c.Category.Skills = connectionByStatus
	c.Category.History = connection
	c.Category.Versions = connection
	c.Category.Blame = blame
	c.Skill.Levels = few
	c.Skill.Related = func(
		child int, _ []framework.RelationType, _ *framework.RelationDirection, _ []framework.RelationOrigin, levels []int, _, first int,
	) int {
		return times(min(max(first, 1), fewElements), child) + choiceCost*len(levels)
	}
	c.RelatedSkill.Via = few
	c.RelatedSkill.Why = few
	c.RelationReason.Roles = few
	c.Framework.Graph = func(
		child int, _ []string, _ int, _ []framework.RelationType, _ []framework.RelationOrigin, _ *framework.RelationDirection,
		levels []int, _ []string, _, _ int,
	) int {
		return child + choiceCost*len(levels)
	}
	// Graphs have hundreds of nodes and edges, of which few fields are asked for; what
	// they have is bounded by work.
	c.SkillGraph.Nodes = func(child int) int { return times(10*fewElements, child) }
	c.SkillGraph.Edges = func(child int) int { return times(10*fewElements, child) }
	c.SkillGraphEdge.Why = few
	c.Framework.CareerPaths = func(
		child int, _, _ framework.CareerEnd, first, _ int, _ []framework.RelationOrigin, _, _ []string, _ []int, _ float64, costs framework.PathCosts,
	) int {
		cost := searchCost
		if costs != (framework.PathCosts{Grow: 1, Move: 1, Stretch: 1, Transition: 1}) {
			cost = searchAnewCost
		}
		return cost + times(min(max(first, 1), framework.MaxPaths), child)
	}
	c.CareerPaths.Missing = few
	c.Framework.Search = func(
		child int, _ string, _ []framework.SearchKind, _ []framework.Status, first *int, _ *string, last *int, _ *string,
	) int {
		return searchCost + paged(child, first, last)
	}
	c.SearchHit.Fragments = func(child, first, _ int) int { return times(min(max(first, 1), fewElements), child) }
	c.SearchFragment.Parts = few
	c.CareerPath.Steps = few
	c.CareerStep.Asks = few
	c.CareerStep.Why = few
	c.SkillGap.Items = func(child int, _ []framework.GapStatus) int { return times(fewElements, child) }
	c.GapItem.MissingLevels = few
	c.Framework.RolesFor = func(child int, _ framework.CareerEnd, first int, _ float64) int {
		return times(min(max(first, 1), framework.MaxPage), child)
	}
	c.Role.Similar = func(child, first int, _ float64) int { return times(min(max(first, 1), framework.MaxPage), child) }
	c.Framework.NextSkills = func(child int, _ framework.CareerEnd, first int, _ float64) int {
		return searchCost + times(min(max(first, 1), framework.MaxPage), child)
	}
	c.NextSkill.Opens = func(child, first int) int { return times(min(max(first, 1), framework.MaxPage), child) }
	c.Skill.RequiredBy = connection
	c.Skill.History = connection
	c.Skill.Versions = connection
	c.Skill.Blame = blame
	c.SkillLevel.RequiredBy = connection
	c.RoleGroup.Children = fewByStatus
	c.RoleGroup.Roles = connectionByStatus
	c.RoleGroup.History = connection
	c.RoleGroup.Versions = connection
	c.RoleGroup.Blame = blame
	c.Role.Requirements = func(child int, first *int, _ *string, last *int, _ *string, _ *framework.Importance) int {
		return paged(child, first, last)
	}
	c.Role.Successors = few
	c.Role.History = connection
	c.Role.Versions = connection
	c.Role.Blame = blame
	c.Relation.History = connection
	c.Release.History = connection
	c.Revision.Changes = func(child int, first *int, _ *string, last *int, _ *string, _ *string) int {
		return paged(child, first, last)
	}
	c.Revision.Diff = func(child int, first *int, _ *string, last *int, _ *string, _ *string) int {
		return paged(child+versionCost, first, last)
	}
	c.EntityVersion.Diff = func(child int) int { return child + versionCost }
	c.Framework.Blame = blame
	c.Relation.Blame = blame
	c.EntityDiff.Fields = few
	c.FieldDiff.Hunks = few
	c.Framework.ChangeRequests = func(child int, first *int, _ *string, last *int, _ *string, filter *framework.RequestFilter, _ framework.RequestOrder) int {
		return paged(child, first, last)
	}
	c.Framework.ChangeRequestCounts = func(child int, _ *framework.RequestFilter) int { return times(len(framework.RequestStatuses), child) }
	concerning := func(child int, first *int, _ *string, last *int, _ *string, _ []framework.RequestStatus, _ []framework.Concern) int {
		return paged(child, first, last)
	}
	c.Level.ChangeRequests = concerning
	c.Attribute.ChangeRequests = concerning
	c.Category.ChangeRequests = concerning
	c.Skill.ChangeRequests = concerning
	c.SkillLevel.ChangeRequests = concerning
	c.Relation.ChangeRequests = concerning
	c.RoleGroup.ChangeRequests = concerning
	c.Role.ChangeRequests = concerning
	c.LogEntry.ChangeRequests = few
	c.ChangeRequest.Comments = connection
	c.ChangeRequest.History = connection
	c.ChangeRequest.Moves = few
	c.ChangeRequest.Subjects = few
	c.ChangeRequest.Transitions = few
	c.ChangeRequest.Proposals = few
	c.ChangeRequest.Applications = few
	c.ChangeRequest.Links = few
	c.ChangeRequest.Mentions = few
	c.ChangeRequest.Cites = few
	c.ChangeRequest.CitedBy = few
	c.Comment.Versions = few
	c.Proposal.Edits = few
	c.Proposal.Diff = proposed
	c.Proposal.Problems = proposed
	c.Proposal.Conflicts = proposed
	c.Proposal.Compare = func(child int, _ int) int { return proposed(child) }
	c.Proposal.Impact = proposed
	c.Proposal.Lint = proposed
	c.ProposalConflict.Settle = few
	c.ProposalImpact.Roles = few
	c.ProposalImpact.Relations = few
	c.ProposalImpact.RemovedLevels = few
	c.ProposalImpact.ChangeRequests = few
	c.ProposalLint.Added = few
	c.ProposalLint.Removed = few
	c.RequestApplication.Diff = proposed
	c.RequestApplication.Amendment = proposed
	return c
}

// proposalCost is what it costs to work out what edits change. What of the past
// that takes is bounded as it is read.
const proposalCost = 500

func proposed(child int) int { return proposalCost + times(fewElements, child) }

// comparisonCost is what the states cost that are compared.
func comparisonCost(to *At) int {
	if to != nil {
		return 2 * pastCost
	}
	return pastCost
}

// pinCost is what the revisions cost that ids are pinned to.
func pinCost(ids ...string) int {
	pins, previews := map[int64]bool{}, 0
	for _, id := range ids {
		name, ok := framework.ParseNodeID(id)
		if ok && name.Revision != 0 {
			pins[name.Revision] = true
		}
		previews += len(name.Previewed())
	}
	return pastCost*len(pins) + proposalCost*previews
}

// times is the cost of a list. It saturates: what is beyond any limit must not
// overflow.
func times(n, child int) int { return 1 + n*min(child, 1_000_000_000) }

// blame is the cost of telling where the fields of an entity come from: it reads
// the entity's versions one after the other until all is told.
func blame(child int) int { return few(child) + fewElements*versionCost }

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
