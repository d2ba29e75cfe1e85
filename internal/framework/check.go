package framework

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Check states every invariant of a world and returns all that do not hold,
// joined; nil when all do. It looks at everything and is meant for tests and for
// verifying a store.
func Check(w *World) error {
	c := &checker{w: w}
	if w.history.len() != int(w.seq) {
		c.fault("world is at revision %d with a history of %d", w.seq, w.history.len())
	}
	for i := range w.history.len() {
		s := w.history.at(i)
		if s.Seq != int64(i+1) {
			c.fault("revision %d stands at place %d of the history", s.Seq, i+1)
		}
		if i > 0 && s.Time.Before(w.history.at(i-1).Time) {
			c.fault("revision %d is earlier than the one before", s.Seq)
		}
		if !slices.IsSortedFunc(s.Touches, func(a, b Touch) int { return a.Ref.compare(b.Ref) }) {
			c.fault("the changes of revision %d are not in order", s.Seq)
		}
	}
	for i, s := range w.frameworks.items {
		if s.framework == nil {
			c.fault("something refers to the framework %q, which is not there", w.frameworks.keys[i])
			return errors.Join(c.faults...)
		}
	}
	checkTable(c, "frameworks", w.frameworks, func(s *Snapshot) string { return s.framework.Code })
	for _, s := range w.frameworks.items {
		c.snapshot(s)
	}
	return errors.Join(c.faults...)
}

type checker struct {
	w      *World
	s      *Snapshot
	faults []error
}

func (c *checker) fault(format string, args ...any) {
	if len(c.faults) < maxProblems {
		c.faults = append(c.faults, fmt.Errorf(format, args...))
	}
}

// must reports a fault of an entity of the current framework unless ok.
func (c *checker) must(ok bool, e Entity, format string, args ...any) {
	if !ok {
		c.fault("%s: %s %q: %s", c.s.framework.Code, e.Kind(), e.Key(), fmt.Sprintf(format, args...))
	}
}

func checkTable[T any](c *checker, what string, t table[T], key func(T) string) {
	if len(t.keys) != len(t.items) || len(t.keys) != len(t.index) {
		c.fault("%s: %d keys, %d items, %d index entries", what, len(t.keys), len(t.items), len(t.index))
		return
	}
	for i, k := range t.keys {
		if i > 0 && t.keys[i-1] >= k {
			c.fault("%s: %q stands after %q", what, k, t.keys[i-1])
		}
		if key(t.items[i]) != k || t.index[k] != int32(i) {
			c.fault("%s: %q is not where its key says", what, k)
		}
	}
}

// checkThere reports the nodes that stand for nothing but what refers to them.
func checkThere[T any](c *checker, kind Kind, t table[T], there func(T) bool) {
	for i, n := range t.items {
		if !there(n) {
			c.fault("%s: something refers to the %s %q, which is not there", c.s.framework.Code, kind, t.keys[i])
		}
	}
}

func (c *checker) snapshot(s *Snapshot) {
	c.s = s
	code := s.framework.Code
	c.trails(s)
	there := len(c.faults)
	checkThere(c, KindCategory, s.categories, func(n *categoryNode) bool { return n.Category != nil })
	checkThere(c, KindSkill, s.skills, func(n *skillNode) bool { return n.Skill != nil })
	checkThere(c, KindRoleGroup, s.groups, func(n *groupNode) bool { return n.RoleGroup != nil })
	if len(c.faults) > there {
		return
	}
	checkTable(c, code+" attributes", s.attributes, (*Attribute).Key)
	checkTable(c, code+" categories", s.categories, func(n *categoryNode) string { return n.Code })
	checkTable(c, code+" skills", s.skills, func(n *skillNode) string { return n.Code })
	checkTable(c, code+" role groups", s.groups, func(n *groupNode) string { return n.Code })
	checkTable(c, code+" roles", s.roles, (*Role).Key)

	c.must(frameworkCode.MatchString(code), s.framework, "has no valid code")
	f := s.framework
	c.text(f, f.Name, f.Description, f.Publisher, f.Licence, f.Attribution, f.SkillCodeHint)
	c.url(f, f.URL)
	c.must(patternProblem(f.SkillCodePattern) == "", f, "has the pattern %q", f.SkillCodePattern)
	for i, l := range s.levels {
		c.must(l.Ordinal >= 1 && l.Ordinal <= maxLevel, l, "is out of range")
		c.must(i == 0 || s.levels[i-1].Ordinal < l.Ordinal, l, "is out of order")
		c.text(l, l.Name, l.Essence)
		c.url(l, l.URL)
	}
	for a := range s.Attributes() {
		c.coded(a, a.Code, a.Status)
		c.text(a, a.Name, a.Type, a.Description)
		c.position(a, "position", a.Position)
		c.levelTexts(a, a.Levels)
	}
	for _, n := range s.categories.items {
		c.category(n)
	}
	for _, n := range s.skills.items {
		c.skill(n)
	}
	for _, n := range s.groups.items {
		c.group(n)
	}
	for r := range s.Roles() {
		c.role(r)
	}
}

// trails checks that the history tells the same as the revisions kept with the
// framework and what it holds: none of these is there for nothing, and they are as
// many as there should be.
func (c *checker) trails(s *Snapshot) {
	code := s.framework.Code
	revisions, touches := 0, 0
	for i := range c.w.history.len() {
		touched := c.w.history.at(i).touches(code)
		if slices.ContainsFunc(touched, func(t Touch) bool { return t.Kind.Content() }) {
			revisions++
		}
		for _, t := range touched {
			if t.Kind.Content() && t.Kind.hasHistory() {
				touches++
			}
		}
	}
	follow := func(what string, trail series[int64], touched func(*Step) bool) {
		last := int64(0)
		for i := range trail.len() {
			seq := trail.at(i)
			if step := c.w.Step(seq); seq <= last || step == nil || !touched(step) {
				c.fault("%s: %s has revision %d, which is not one of its own", code, what, seq)
			}
			last = seq
		}
	}
	follow("the framework", s.revisions, func(step *Step) bool {
		return slices.ContainsFunc(step.touches(code), func(t Touch) bool { return t.Kind.Content() })
	})
	if n := s.revisions.len(); n != revisions {
		c.fault("%s: the framework has %d revisions, the history %d", code, n, revisions)
	}
	found := 0
	entity := func(kind Kind, key string, trail series[int64]) {
		follow(fmt.Sprintf("%s %q", kind, key), trail, func(step *Step) bool {
			_, ok := step.touchOf(Ref{kind, code, key})
			return ok
		})
		found += trail.len()
	}
	for i, n := range s.categories.items {
		entity(KindCategory, s.categories.keys[i], n.revisions)
	}
	for i, n := range s.skills.items {
		entity(KindSkill, s.skills.keys[i], n.revisions)
	}
	for i, n := range s.groups.items {
		entity(KindRoleGroup, s.groups.keys[i], n.revisions)
	}
	for i, trail := range s.trails.items {
		kind, key, _ := strings.Cut(s.trails.keys[i], " ")
		entity(Kind(kind), key, trail)
	}
	if found != touches {
		c.fault("%s: what it holds has %d revisions in all, the history %d", code, found, touches)
	}
}

func (c *checker) text(e Entity, name string, texts ...string) {
	c.must(name != "" && len(name) <= maxName && oneLine(name) == name, e, "has no name on one line: %.40q", name)
	for _, t := range append(texts, name) {
		stored := t
		c.must(textProblem(&stored, maxText) == "" && stored == t, e, "has a text that is too long, not normalised or HTML: %.40q", t)
	}
}

func (c *checker) url(e Entity, s string) { c.must(urlProblem(s) == "", e, "has the URL %q", s) }

func (c *checker) position(e Entity, what string, n int) {
	c.must(n >= 0 && n <= maxPosition, e, "has the %s %d", what, n)
}

func (c *checker) coded(e Entity, code string, status Status) {
	c.must(codeProblem(code) == "", e, "has no valid code")
	c.must(status == StatusActive || status == StatusRetired, e, "has the status %q", status)
}

func (c *checker) levelTexts(e Entity, levels []LevelText) {
	for i, l := range levels {
		c.must(i == 0 || levels[i-1].Level < l.Level, e, "has level %d out of order", l.Level)
		c.must(c.s.level(l.Level) != nil, e, "is described at level %d, which does not exist", l.Level)
		c.text(e, "-", l.Description)
	}
}

// sortedBy checks that codes are in the order of position, each as wanted.
func (c *checker) sortedBy(e Entity, what string, codes []string, position func(string) (int, bool)) {
	for i, code := range codes {
		at, ok := position(code)
		c.must(ok, e, "lists the %s %q, which is not there", what, code)
		if i > 0 {
			before, _ := position(codes[i-1])
			c.must(cmp.Or(cmp.Compare(before, at), cmp.Compare(codes[i-1], code)) < 0, e, "lists the %s %q out of order", what, code)
		}
	}
}

func (c *checker) category(n *categoryNode) {
	c.coded(n, n.Code, n.Status)
	c.text(n, n.Name, n.Description)
	c.position(n, "position", n.Position)
	if n.Parent != "" {
		parent, ok := c.s.categories.get(n.Parent)
		c.must(ok && slices.Contains(parent.children, n.Code), n, "is not listed under its parent %q", n.Parent)
		c.must(n.Status == StatusRetired || ok && parent.Status == StatusActive, n, "is active under a retired parent")
	}
	depth := 0
	for at := n.Category; at != nil && depth <= maxDepth; at = c.s.category(at.Parent) {
		depth++
	}
	c.must(depth <= maxDepth, n, "is too deep or part of a cycle")
	c.sortedBy(n, "category", n.children, func(code string) (int, bool) {
		k := c.s.category(code)
		if k == nil {
			return 0, false
		}
		return k.Position, k.Parent == n.Code
	})
	c.sortedBy(n, "skill", n.skills, func(code string) (int, bool) {
		s := c.s.skill(code)
		if s == nil {
			return 0, false
		}
		return s.Position, s.Category == n.Code
	})
	for _, code := range n.Successors {
		c.must(c.s.category(code) != nil && n.Status == StatusRetired, n, "has the successor %q", code)
	}
}

func (c *checker) skill(n *skillNode) {
	c.coded(n, n.Code, n.Status)
	c.must(!levelSuffix.MatchString(n.Code), n, "has a code that reads as a skill level")
	c.text(n, n.Name, n.Description, n.Guidance)
	c.url(n, n.URL)
	c.position(n, "position", n.Position)
	c.levelTexts(n, n.Levels)
	c.must(slices.Equal(n.Synonyms, sorted(n.Synonyms)), n, "has synonyms out of order")
	for _, s := range n.Synonyms {
		c.text(n, s)
	}
	if n.Category != "" {
		category, ok := c.s.categories.get(n.Category)
		c.must(ok && slices.Contains(category.skills, n.Code), n, "is not listed in its category %q", n.Category)
		c.must(n.Status == StatusRetired || ok && category.Status == StatusActive, n, "is active in a retired category")
	}
	seen := map[string]bool{}
	for i, e := range n.edges {
		c.must(i == 0 || n.edges[i-1].compare(e) <= 0, n, "has relations out of order")
		c.edge(n, e, seen)
	}
	own := n.stated(c.s.framework.Code)
	c.must(own <= maxRelations, n, "has %d relations", own)
	c.must(len(n.edges)-own <= maxRelations, n, "has %d matches stated by other frameworks", len(n.edges)-own)
	for i, r := range n.requiredBy {
		c.must(i == 0 || n.requiredBy[i-1].Code < r.Code, n, "has roles out of order")
		_, requires := requirement(r.Requirements, n.Code)
		c.must(requires && c.s.role(r.Code) == r, n, "is listed as required by %q", r.Code)
	}
}

func (c *checker) edge(n *skillNode, e edge, seen map[string]bool) {
	r := e.relation
	key := e.owner + " " + r.Key()
	c.must(!seen[key], n, "has %s twice", describe(r))
	seen[key] = true
	for _, x := range r.contradictions() {
		c.must(!seen[e.owner+" "+x.Key()], n, "has %s, which contradicts %s", describe(r), describe(&x))
	}
	c.text(r, "-", r.Note)
	c.must(r.Type.Stored(), n, "has %s under an inverse type", describe(r))
	c.must(!r.self(), n, "is related to itself")
	c.must(r.ToFramework == "" || r.Type.crossesFrameworks(), n, "has %s across frameworks", describe(r))
	c.must(r.ToFramework != "" || !r.Type.Symmetric() || r.From < r.To, n, "has %s with its ends the wrong way round", describe(r))
	if e.owner != e.framework {
		mirror := &Relation{From: e.other, Type: e.typ, ToFramework: c.s.framework.Code, To: n.Code}
		c.must(!seen[e.framework+" "+mirror.Key()], n, "has %s stated from both ends", describe(r))
	}
	other, ok := c.w.frameworks.get(e.framework)
	if !ok {
		c.fault("%s: skill %q: has %s to a framework that is not there", c.s.framework.Code, n.Code, describe(r))
		return
	}
	m, ok := other.skills.get(e.other)
	c.must(ok && slices.ContainsFunc(m.edges, func(o edge) bool {
		return o.relation == r && o.typ == e.typ.Inverse() && o.framework == c.s.framework.Code && o.other == n.Code && o.owner == e.owner
	}), n, "has %s that its other end does not see", describe(r))
}

func (c *checker) group(n *groupNode) {
	c.coded(n, n.Code, n.Status)
	c.text(n, n.Name, n.Description)
	c.position(n, "position", n.Position)
	if n.Parent != "" {
		parent, ok := c.s.groups.get(n.Parent)
		c.must(ok && slices.Contains(parent.children, n.Code), n, "is not listed under its parent %q", n.Parent)
		c.must(n.Status == StatusRetired || ok && parent.Status == StatusActive, n, "is active under a retired parent")
	}
	depth := 0
	for at := n.RoleGroup; at != nil && depth <= maxDepth; at = c.s.roleGroup(at.Parent) {
		depth++
	}
	c.must(depth <= maxDepth, n, "is too deep or part of a cycle")
	c.sortedBy(n, "role group", n.children, func(code string) (int, bool) {
		k := c.s.roleGroup(code)
		if k == nil {
			return 0, false
		}
		return k.Position, k.Parent == n.Code
	})
	c.sortedBy(n, "role", n.roles, func(code string) (int, bool) {
		r := c.s.role(code)
		if r == nil {
			return 0, false
		}
		return r.Seniority, r.Group == n.Code
	})
}

func (c *checker) role(r *Role) {
	c.coded(r, r.Code, r.Status)
	c.text(r, r.Name, r.Description, r.RoleKind)
	c.position(r, "seniority", r.Seniority)
	if r.Group != "" {
		group, ok := c.s.groups.get(r.Group)
		c.must(ok && slices.Contains(group.roles, r.Code), r, "is not listed in its group %q", r.Group)
		c.must(r.Status == StatusRetired || ok && group.Status == StatusActive, r, "is active in a retired group")
	}
	for i, q := range r.Requirements {
		c.must(i == 0 || r.Requirements[i-1].Skill < q.Skill, r, "has requirements out of order")
		n, ok := c.s.skills.get(q.Skill)
		c.must(ok && slices.Contains(n.requiredBy, r), r, "requires %q, which does not know it", q.Skill)
		c.must(q.Level == 0 || c.s.level(q.Level) != nil, r, "requires level %d, which does not exist", q.Level)
		c.must(q.Importance == Essential || q.Importance == Optional, r, "has the importance %q", q.Importance)
		c.must(q.Weight >= 0 && q.Weight <= 1, r, "has the weight %v", q.Weight)
	}
	for _, code := range r.Successors {
		c.must(c.s.role(code) != nil && r.Status == StatusRetired, r, "has the successor %q", code)
	}
}
