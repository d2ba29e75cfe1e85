package framework

import (
	"fmt"
	"slices"
	"strings"
)

// A LintRule names something that a framework may state and probably should not.
type LintRule string

// The rules. What is retired is only looked at where a rule says so.
const (
	OrphanSkill              LintRule = "ORPHAN_SKILL"               // in no category, related to no active skill, required by no active role
	SkillWithoutLevels       LintRule = "SKILL_WITHOUT_LEVELS"       // described at no level, in a framework that has levels
	UndescribedSkill         LintRule = "UNDESCRIBED_SKILL"          // without a description
	UndescribedLevel         LintRule = "UNDESCRIBED_LEVEL"          // a skill has the level, but no text for it
	LevelGap                 LintRule = "LEVEL_GAP"                  // a skill has levels below and above one that it lacks
	EmptyCategory            LintRule = "EMPTY_CATEGORY"             // no active skill in the category or below; the topmost only
	DuplicateName            LintRule = "DUPLICATE_NAME"             // the same name as another skill, sibling category or role of the group
	NearDuplicateName        LintRule = "NEAR_DUPLICATE_NAME"        // nearly the same name as another skill
	RelationToRetired        LintRule = "RELATION_TO_RETIRED"        // between an active and a retired skill, other than succession
	RequiresRetired          LintRule = "REQUIRES_RETIRED"           // a role requires a retired skill
	RequiresUndescribedLevel LintRule = "REQUIRES_UNDESCRIBED_LEVEL" // a role requires a skill at a level that is not among the skill's
	RoleWithoutRequirements  LintRule = "ROLE_WITHOUT_REQUIREMENTS"  // a role that requires nothing
	RetiredWithoutSuccessor  LintRule = "RETIRED_WITHOUT_SUCCESSOR"  // a retired skill or role of which nothing took the place
	OneWayMention            LintRule = "ONE_WAY_MENTION"            // a skill's text mentions another skill, and no relation is stated
	UnusedLevel              LintRule = "UNUSED_LEVEL"               // no skill and no attribute is described at the level
	AttributeLevelMissing    LintRule = "ATTRIBUTE_LEVEL_MISSING"    // an attribute is described at some levels and not at this
)

// Severity says how likely a finding is a fault.
type Severity string

// The severities.
const (
	Warning Severity = "WARNING" // somebody should mend it
	Hint    Severity = "HINT"    // it may be meant; somebody should look at it
)

// lintRules are the rules in the order in which findings are listed.
var lintRules = [...]struct {
	rule     LintRule
	severity Severity
}{
	{OrphanSkill, Warning},
	{SkillWithoutLevels, Warning},
	{UndescribedSkill, Warning},
	{UndescribedLevel, Warning},
	{LevelGap, Hint},
	{EmptyCategory, Hint},
	{DuplicateName, Warning},
	{NearDuplicateName, Hint},
	{RelationToRetired, Warning},
	{RequiresRetired, Warning},
	{RequiresUndescribedLevel, Warning},
	{RoleWithoutRequirements, Warning},
	{RetiredWithoutSuccessor, Hint},
	{OneWayMention, Hint},
	{UnusedLevel, Hint},
	{AttributeLevelMissing, Warning},
}

// LintRules lists the rules in the order of findings.
func LintRules() []LintRule {
	rules := make([]LintRule, len(lintRules))
	for i, r := range lintRules {
		rules[i] = r.rule
	}
	return rules
}

// Severity says how likely what the rule finds is a fault.
func (r LintRule) Severity() Severity { return lintRules[r.order()].severity }

func (r LintRule) order() int {
	for i := range lintRules {
		if lintRules[i].rule == r {
			return i
		}
	}
	panic("framework: unknown lint rule " + string(r))
}

// A Finding is one place where a framework goes against a rule.
type Finding struct {
	Rule LintRule
	// Ref is what should be mended.
	Ref Ref
	// Field is the path of the field it is about, such as levels.4, or empty.
	Field string
	// Other is another entity it is about, such as that with the same name; it is
	// zero where there is none.
	Other   Ref
	Message string
}

// key sorts findings: by rule, kind, key, field and other entity.
func (f Finding) key() string {
	return fmt.Sprintf("%02d %02d %s\x00%s\x00%02d %s",
		f.Rule.order(), f.Ref.Kind.order(), f.Ref.Key, f.Field, f.Other.Kind.order(), f.Other.Key)
}

// Lint returns what a framework states and probably should not, by rule, kind and
// key. It looks at what the framework holds and at the relations within it, not at
// other frameworks. The result is shared and must not be modified.
func Lint(s *Snapshot) []Finding { return s.orders.lint().findings }

// LintDifference tells the findings that a change adds and those it removes. Both
// lists must be of one framework; findings are the same when they differ in their
// message only.
func LintDifference(before, after []Finding) (added, removed []Finding) {
	return missing(after, before), missing(before, after)
}

// missing is the findings that are not among others.
func missing(findings, others []Finding) []Finding {
	among := make(map[Finding]bool, len(others))
	for _, f := range others {
		f.Message = ""
		among[f] = true
	}
	var out []Finding
	for _, f := range findings {
		message := f.Message
		f.Message = ""
		if !among[f] {
			f.Message = message
			out = append(out, f)
		}
	}
	return out
}

// linted is the findings of a snapshot with the keys that sort them, strictly
// ascending.
type linted struct {
	keys     []string
	findings []Finding
}

func (s *Snapshot) lint() linted {
	l := &linter{s: s}
	l.skills()
	l.categories()
	l.names()
	l.mentions()
	l.roles()
	l.levels()
	type keyed struct {
		key string
		i   int
	}
	list := make([]keyed, len(l.findings))
	for i, f := range l.findings {
		list[i] = keyed{f.key(), i}
	}
	slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	out := linted{make([]string, len(list)), make([]Finding, len(list))}
	for i, k := range list {
		out.keys[i], out.findings[i] = k.key, l.findings[k.i]
	}
	return out
}

// A linter collects what is found in a snapshot.
type linter struct {
	s        *Snapshot
	findings []Finding
}

func (l *linter) add(rule LintRule, ref Ref, field string, other Ref, format string, args ...any) {
	l.findings = append(l.findings, Finding{rule, ref, field, other, fmt.Sprintf(format, args...)})
}

func (l *linter) ref(kind Kind, key string) Ref { return Ref{kind, l.s.framework.Code, key} }

func (l *linter) skills() {
	for _, n := range l.s.skills.items {
		ref := l.ref(KindSkill, n.Code)
		if n.Status == StatusRetired {
			l.retiredSkill(n, ref)
			continue
		}
		if l.orphan(n) {
			l.add(OrphanSkill, ref, "", Ref{}, "skill %s (%s) is in no category, related to no active skill and required by no active role", n.Code, n.Name)
		}
		if n.Description == "" {
			l.add(UndescribedSkill, ref, "description", Ref{}, "skill %s (%s) has no description", n.Code, n.Name)
		}
		if len(n.Levels) == 0 {
			if len(l.s.levels) > 0 {
				l.add(SkillWithoutLevels, ref, "", Ref{}, "skill %s (%s) is described at no level", n.Code, n.Name)
			}
			continue
		}
		for _, t := range n.Levels {
			if t.Description == "" {
				l.add(UndescribedLevel, ref, levelPath(t.Level), Ref{}, "skill %s (%s) has level %d, but no text says what it means there", n.Code, n.Name, t.Level)
			}
		}
		lowest, highest := n.Levels[0].Level, n.Levels[len(n.Levels)-1].Level
		for _, level := range l.s.levels {
			if _, has := levelText(n.Levels, level.Ordinal); !has && lowest < level.Ordinal && level.Ordinal < highest {
				l.add(LevelGap, ref, levelPath(level.Ordinal), Ref{}, "skill %s (%s) has levels below and above %d, but not level %d itself", n.Code, n.Name, level.Ordinal, level.Ordinal)
			}
		}
	}
}

// within calls f with each edge to another skill of the framework, and that skill,
// until f says no.
func (l *linter) within(n *skillNode, f func(*edge, *Skill) bool) {
	for i := range n.edges {
		if e := &n.edges[i]; e.framework == l.s.framework.Code && !f(e, l.s.skill(e.other)) {
			return
		}
	}
}

func (l *linter) orphan(n *skillNode) bool {
	if n.Category != "" || slices.ContainsFunc(n.requiredBy, func(r *Role) bool { return r.Status == StatusActive }) {
		return false
	}
	alone := true
	l.within(n, func(_ *edge, other *Skill) bool {
		alone = other.Status == StatusRetired
		return alone
	})
	return alone
}

func (l *linter) retiredSkill(n *skillNode, ref Ref) {
	succeeded := false
	l.within(n, func(e *edge, other *Skill) bool {
		switch {
		case e.relation.Type.lineage():
			succeeded = succeeded || e.relation.From == n.Code
		case other.Status == StatusActive:
			l.add(RelationToRetired, l.ref(KindRelation, e.relation.Key()), "", ref, "%s is with a retired skill, %s (%s)", describe(e.relation), n.Code, n.Name)
		}
		return true
	})
	if !succeeded {
		l.add(RetiredWithoutSuccessor, ref, "", Ref{}, "skill %s (%s) is retired, and nothing is stated to have taken its place", n.Code, n.Name)
	}
}

func (l *linter) categories() {
	filled := map[string]bool{}
	for _, n := range l.s.skills.items {
		if n.Status == StatusActive {
			for code := n.Category; code != "" && !filled[code]; code = l.s.category(code).Parent {
				filled[code] = true
			}
		}
	}
	empty := func(c *Category) bool { return c != nil && c.Status == StatusActive && !filled[c.Code] }
	for _, n := range l.s.categories.items {
		if empty(n.Category) && !empty(l.s.category(n.Parent)) {
			l.add(EmptyCategory, l.ref(KindCategory, n.Code), "", Ref{}, "category %s (%s) holds no active skill, nor does any category below it", n.Code, n.Name)
		}
	}
}

func (l *linter) roles() {
	for _, r := range l.s.roles.items {
		ref := l.ref(KindRole, r.Code)
		if r.Status == StatusRetired {
			if len(r.Successors) == 0 {
				l.add(RetiredWithoutSuccessor, ref, "", Ref{}, "role %s (%s) is retired, and nothing is stated to have taken its place", r.Code, r.Name)
			}
			continue
		}
		if len(r.Requirements) == 0 {
			l.add(RoleWithoutRequirements, ref, "", Ref{}, "role %s (%s) requires no skill", r.Code, r.Name)
		}
		for _, q := range r.Requirements {
			skill, field, other := l.s.skill(q.Skill), "requirements."+q.Skill, l.ref(KindSkill, q.Skill)
			_, has := levelText(skill.Levels, q.Level)
			switch {
			case skill.Status == StatusRetired:
				l.add(RequiresRetired, ref, field, other, "role %s (%s) requires skill %s (%s), which is retired", r.Code, r.Name, skill.Code, skill.Name)
			case q.Level != 0 && len(skill.Levels) > 0 && !has:
				l.add(RequiresUndescribedLevel, ref, field, other, "role %s (%s) requires skill %s (%s) at level %d, which the skill does not have", r.Code, r.Name, skill.Code, skill.Name, q.Level)
			}
		}
	}
}

func (l *linter) levels() {
	used := map[int]bool{}
	for _, n := range l.s.skills.items {
		if n.Status == StatusActive {
			for _, t := range n.Levels {
				used[t.Level] = true
			}
		}
	}
	for _, a := range l.s.attributes.items {
		if a.Status == StatusRetired {
			continue
		}
		described := map[int]bool{}
		for _, t := range a.Levels {
			used[t.Level] = true
			described[t.Level] = t.Description != ""
		}
		for _, level := range l.s.levels {
			if len(a.Levels) > 0 && !described[level.Ordinal] {
				l.add(AttributeLevelMissing, l.ref(KindAttribute, a.Code), levelPath(level.Ordinal), Ref{}, "attribute %s (%s) is described at other levels, but not at level %d", a.Code, a.Name, level.Ordinal)
			}
		}
	}
	for _, level := range l.s.levels {
		if !used[level.Ordinal] {
			l.add(UnusedLevel, l.ref(KindLevel, level.Key()), "", Ref{}, "no active skill or attribute is described at level %d (%s)", level.Ordinal, level.Name)
		}
	}
}

// names looks for names that are given twice: of skills, of categories with one
// parent, of roles in one group.
func (l *linter) names() {
	var distinct []*Skill
	skills := l.same(KindSkill)
	for _, n := range l.s.skills.items {
		if n.Status == StatusActive && !skills(n.Code, n.Name, "") {
			distinct = append(distinct, n.Skill)
		}
	}
	categories := l.same(KindCategory)
	for _, n := range l.s.categories.items {
		if n.Status == StatusActive {
			categories(n.Code, n.Name, n.Parent)
		}
	}
	roles := l.same(KindRole)
	for _, r := range l.s.roles.items {
		if r.Status == StatusActive {
			roles(r.Code, r.Name, r.Group)
		}
	}
	nearNames(distinct, func(s, other *Skill) {
		l.add(NearDuplicateName, l.ref(KindSkill, s.Code), "name", l.ref(KindSkill, other.Code), "skill %s (%s) has nearly the name of skill %s (%s)", s.Code, s.Name, other.Code, other.Name)
	})
}

// same returns a function that is told of entities by code, reports those with the
// name of one before them in the same place, and says whether it did.
func (l *linter) same(kind Kind) func(code, name, place string) bool {
	type named struct{ place, name string }
	first := map[named]string{}
	return func(code, name, place string) bool {
		other, twice := first[named{place, name}]
		if twice {
			l.add(DuplicateName, l.ref(kind, code), "name", l.ref(kind, other), "%s %s has the same name as %s: %s", kind, code, other, name)
		} else {
			first[named{place, name}] = code
		}
		return twice
	}
}

// maxMentions bounds the mentions that are told of one skill: a text has room for
// thousands, and each would be a finding.
const maxMentions = 50

// mentions looks for skills whose texts mention others that they are not related to.
func (l *linter) mentions() {
	for _, n := range l.s.skills.items {
		if n.Status == StatusRetired {
			continue
		}
		var known map[string]bool // those the skill is related to, or was found to mention
		found := 0
		look := func(field, text string) {
			for code := range mentioned(text) {
				other := l.s.skill(code)
				if other == nil || other.Status == StatusRetired {
					continue
				}
				if known == nil {
					known = map[string]bool{n.Code: true}
					l.within(n, func(e *edge, _ *Skill) bool { known[e.other] = true; return true })
				}
				if known[code] || found == maxMentions {
					continue
				}
				known[code] = true
				found++
				l.add(OneWayMention, l.ref(KindSkill, n.Code), field, l.ref(KindSkill, code), "the %s of skill %s (%s) mentions skill %s (%s), but no relation between them is stated", field, n.Code, n.Name, other.Code, other.Name)
			}
		}
		look("description", n.Description)
		look("guidance", n.Guidance)
	}
}
