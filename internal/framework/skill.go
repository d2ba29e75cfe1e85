package framework

import (
	"slices"
	"strconv"
	"strings"
)

// A Skill is a skill with the levels it is described at.
type Skill struct {
	Code        string
	Name        string
	Description string
	Guidance    string
	// Synonyms is sorted and without repetition.
	Synonyms []string
	URL      string
	// Category is the code of the category the skill is placed in, or empty.
	Category string
	Position int
	Status   Status
	// Levels is sorted by level and may have gaps.
	Levels []LevelText
}

// Kind implements Entity.
func (s *Skill) Kind() Kind { return KindSkill }

// Key implements Entity.
func (s *Skill) Key() string { return s.Code }

func (s *Skill) facts(add func(path, value string)) {
	add("code", s.Code)
	addText(add, "name", s.Name)
	addText(add, "description", s.Description)
	addText(add, "guidance", s.Guidance)
	addList(add, "synonyms", s.Synonyms)
	addText(add, "url", s.URL)
	addText(add, "category", s.Category)
	addNumber(add, "position", s.Position)
	add("status", string(s.Status))
	addLevelTexts(add, s.Levels)
}

// skillLevelCode is the code of a skill at a level, such as ITOP_5.
func skillLevelCode(skill string, level int) string {
	return skill + "_" + strconv.Itoa(level)
}

// skillLevelCodes are the codes of a skill's levels.
func skillLevelCodes(s *Skill) []string {
	codes := make([]string, len(s.Levels))
	for i, l := range s.Levels {
		codes[i] = skillLevelCode(s.Code, l.Level)
	}
	return codes
}

// parseSkillLevelCode splits the code of a skill level.
func parseSkillLevelCode(code string) (skill string, level int, ok bool) {
	i := strings.LastIndexByte(code, '_')
	if i <= 0 {
		return "", 0, false
	}
	skill = code[:i]
	level, err := strconv.Atoi(code[i+1:])
	if err != nil || level < 0 || skillLevelCode(skill, level) != code {
		return "", 0, false
	}
	return skill, level, true
}

// CreateSkill makes a new skill.
type CreateSkill struct {
	Code        string
	Name        string
	Description string
	Guidance    string
	Synonyms    []string
	URL         string
	Category    string
	Position    int
	// Levels describes the skill at some levels, each at most once.
	Levels []LevelText
}

func (e CreateSkill) apply(d *draft) {
	if s := d.skill(e.Code); s != nil {
		d.taken("skill", e.Code, s.Status)
		return
	}
	d.report("code", skillCodeProblem(d.framework(), d.pattern, e.Code))
	s := &Skill{
		Code: e.Code, Name: e.Name, Description: e.Description, Guidance: e.Guidance, Synonyms: e.Synonyms,
		URL: e.URL, Category: e.Category, Position: e.Position, Status: StatusActive,
	}
	if n := len(e.Levels); n > maxLevel {
		d.problem("levels", "there are %d; at most %d are allowed", n, maxLevel)
		e.Levels = nil
	}
	for i, l := range e.Levels {
		field := "levels." + strconv.Itoa(i)
		d.checkLevel(field+".level", l.Level)
		d.checkText(field+".description", &l.Description, maxText)
		if _, twice := levelText(s.Levels, l.Level); twice {
			d.problem(field+".level", "level %d is given twice", l.Level)
		}
		s.Levels = withLevelText(s.Levels, l)
	}
	d.checkSkill(s)
	d.checkPlacement("category", s)
	d.put(s)
}

// UpdateSkill changes fields of a skill.
type UpdateSkill struct {
	Code        string
	Name        Opt[string]
	Description Opt[string]
	Guidance    Opt[string]
	Synonyms    Opt[[]string]
	URL         Opt[string]
}

func (e UpdateSkill) apply(d *draft) {
	d.editSkill("code", e.Code, func(s *Skill) {
		e.Name.into(&s.Name)
		e.Description.into(&s.Description)
		e.Guidance.into(&s.Guidance)
		e.Synonyms.into(&s.Synonyms)
		e.URL.into(&s.URL)
	})
}

// MoveSkill places a skill elsewhere.
type MoveSkill struct {
	Code string
	// Category is the new category; cleared means none.
	Category Opt[string]
	Position Opt[int]
}

func (e MoveSkill) apply(d *draft) {
	d.editSkill("code", e.Code, func(s *Skill) {
		e.Category.into(&s.Category)
		e.Position.into(&s.Position)
		if e.Category.Set {
			d.checkPlacement("category", s)
		}
	})
}

// RetireSkill takes a skill out of use. It keeps its relations and stays in the
// roles that require it, so that nothing is lost.
type RetireSkill struct {
	Code string
	// ReplacedBy are skills to use instead.
	ReplacedBy []string
}

func (e RetireSkill) apply(d *draft) {
	var has []string
	for _, r := range d.relations(e.Code) {
		if r.From == e.Code && r.Type.lineage() {
			has = append(has, r.To)
		}
	}
	if d.checkSuccessors("replacedBy", e.ReplacedBy) && !d.retiredAlready(d.skillFamily(), e.Code, has, e.ReplacedBy) {
		d.succeed("code", e.Code, "replacedBy.", e.ReplacedBy, ReplacedBy)
	}
}

// RestoreSkill brings a retired skill back and removes the relations that say
// what took its place.
type RestoreSkill struct {
	Code string
}

func (e RestoreSkill) apply(d *draft) {
	d.editSkill("code", e.Code, func(s *Skill) {
		for _, r := range d.relations(s.Code) {
			if r.From == s.Code && r.Type.lineage() {
				d.removeRelation(r)
			}
		}
		s.Status = StatusActive
		d.checkRestored(d.categoryFamily(), s.Code, s.Category)
	})
}

// MergeSkills retires skills in favour of one that takes over their relations
// and their place in roles. A role that requires several of them then asks for
// the highest level, the greatest importance and the greatest weight of theirs.
// Relations that contradict one it has are dropped; matches that other frameworks
// state stay with the retired skills.
type MergeSkills struct {
	Codes []string
	Into  string
}

func (e MergeSkills) apply(d *draft) {
	if !d.checkSuccession(d.skillFamily(), "codes.", e.Codes, "into", []string{e.Into}) {
		return
	}
	for i, code := range e.Codes {
		for _, r := range d.relations(code) {
			if r.Type.lineage() {
				continue
			}
			d.removeRelation(r)
			moved := *r
			if moved.From == code {
				moved.From = e.Into
			}
			if moved.To == code && moved.ToFramework == "" {
				moved.To = e.Into
			}
			moved.canonical()
			if !moved.self() && d.relation(moved.Key()) == nil && !d.mirrored(&moved) && d.contradicted(&moved) == nil {
				d.putRelation(&moved)
			}
		}
		for _, r := range d.rolesRequiring(code) {
			role := *r
			i, _ := requirement(role.Requirements, code)
			q := role.Requirements[i]
			role.Requirements = slices.Delete(slices.Clone(role.Requirements), i, i+1)
			q.Skill = e.Into
			if j, already := requirement(role.Requirements, e.Into); already {
				role.Requirements[j] = role.Requirements[j].joined(q)
			} else {
				role.Requirements = slices.Insert(role.Requirements, j, q)
			}
			d.put(&role)
		}
		d.succeed("codes."+strconv.Itoa(i), code, "into", []string{e.Into}, MergedInto)
	}
}

// SplitSkill retires a skill in favour of several others.
type SplitSkill struct {
	Code string
	Into []string
}

func (e SplitSkill) apply(d *draft) {
	if d.checkSuccession(d.skillFamily(), "code", []string{e.Code}, "into.", e.Into) {
		d.succeed("code", e.Code, "into.", e.Into, SplitInto)
	}
}

// DefineSkillLevel describes a skill at a level, which it need not have had.
type DefineSkillLevel struct {
	Skill       string
	Level       int
	Description string
}

func (e DefineSkillLevel) apply(d *draft) {
	d.checkLevel("level", e.Level)
	d.checkText("description", &e.Description, maxText)
	d.editSkill("skill", e.Skill, func(s *Skill) {
		s.Levels = withLevelText(s.Levels, LevelText{e.Level, e.Description})
	})
}

// RemoveSkillLevel removes a level from a skill.
type RemoveSkillLevel struct {
	Skill string
	Level int
}

func (e RemoveSkillLevel) apply(d *draft) {
	d.editSkill("skill", e.Skill, func(s *Skill) {
		i, ok := levelText(s.Levels, e.Level)
		if !ok {
			d.problem("level", "skill %s has no level %d", s.Code, e.Level)
			return
		}
		s.Levels = withoutLevelText(s.Levels, i)
	})
}

// succeed retires a skill and relates it to its successors. The name of a field
// that is a list ends in a dot.
func (d *draft) succeed(field, code, successorField string, successors []string, t RelationType) {
	if !d.editSkill(field, code, func(s *Skill) { s.Status = StatusRetired }) {
		return
	}
	for i, to := range successors {
		r := &Relation{From: code, Type: t, To: to}
		if d.relation(r.Key()) == nil && d.checkRelation(r, relationFields{field, element(successorField, i), ""}) {
			d.putRelation(r)
		}
	}
}

// editSkill reports whether there is such a skill.
func (d *draft) editSkill(field, code string, change func(*Skill)) bool {
	old := d.skill(code)
	if old == nil {
		d.unknown(field, "skill", code)
		return false
	}
	s := *old
	change(&s)
	d.checkSkill(&s)
	d.put(&s)
	return true
}

func (d *draft) checkSkill(s *Skill) {
	d.checkName("name", &s.Name)
	d.checkText("description", &s.Description, maxText)
	d.checkText("guidance", &s.Guidance, maxText)
	d.checkSynonyms(s)
	d.checkURL("url", &s.URL)
	d.checkPosition("position", &s.Position)
}

func (d *draft) checkPlacement(field string, s *Skill) {
	if s.Category == "" {
		return
	}
	switch c := d.category(s.Category); {
	case c == nil:
		d.unknown(field, "category", s.Category)
	case c.Status == StatusRetired:
		d.problem(field, "category %s is retired; choose an active one", s.Category)
	}
}

func (d *draft) checkSynonyms(s *Skill) {
	if len(s.Synonyms) > maxSynonyms {
		d.problem("synonyms", "there are %d; at most %d are allowed", len(s.Synonyms), maxSynonyms)
		s.Synonyms = nil
		return
	}
	clean := make([]string, 0, len(s.Synonyms))
	for i, synonym := range s.Synonyms {
		synonym = oneLine(synonym)
		d.checkText("synonyms."+strconv.Itoa(i), &synonym, maxName)
		if synonym != "" {
			clean = append(clean, synonym)
		}
	}
	s.Synonyms = sorted(clean)
}

func (d *draft) skillFamily() family {
	return family{what: "skill", node: func(code string) (string, Status) {
		if s := d.skill(code); s != nil {
			return "", s.Status
		}
		return "", ""
	}}
}
