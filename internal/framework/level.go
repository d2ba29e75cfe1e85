package framework

import (
	"slices"
	"strconv"
)

// A Level is one step of the framework's ladder of responsibility.
type Level struct {
	// Ordinal orders the levels; it counts from 1.
	Ordinal int
	// Name is the level's name or guiding phrase, such as "Enable".
	Name    string
	Essence string
	URL     string
}

// Kind implements Entity.
func (l *Level) Kind() Kind { return KindLevel }

// Key implements Entity.
func (l *Level) Key() string { return strconv.Itoa(l.Ordinal) }

func (l *Level) facts(add func(path, value string)) {
	add("ordinal", l.Key())
	addText(add, "name", l.Name)
	addText(add, "essence", l.Essence)
	addText(add, "url", l.URL)
}

// A LevelText describes a skill or an attribute at one level.
type LevelText struct {
	Level       int
	Description string
}

func levelText(levels []LevelText, level int) (int, bool) {
	return slices.BinarySearchFunc(levels, level, func(l LevelText, n int) int { return l.Level - n })
}

// withLevelText returns levels with the text of one level set; levels is not modified.
func withLevelText(levels []LevelText, t LevelText) []LevelText {
	i, found := levelText(levels, t.Level)
	if found {
		levels = slices.Clone(levels)
		levels[i] = t
		return levels
	}
	return slices.Insert(slices.Clone(levels), i, t)
}

// withoutLevelText returns levels less the one at index i; levels is not modified.
func withoutLevelText(levels []LevelText, i int) []LevelText {
	return slices.Delete(slices.Clone(levels), i, i+1)
}

// DefineLevel adds a level to the framework or changes its texts.
type DefineLevel struct {
	Ordinal int
	Name    Opt[string]
	Essence Opt[string]
	URL     Opt[string]
}

func (e DefineLevel) apply(d *draft) {
	if e.Ordinal < 1 || e.Ordinal > maxLevel {
		d.problem("ordinal", "%d is not a level; levels are numbered from 1 to %d", e.Ordinal, maxLevel)
		return
	}
	l := Level{Ordinal: e.Ordinal}
	if old := d.level(e.Ordinal); old != nil {
		l = *old
	}
	e.Name.into(&l.Name)
	e.Essence.into(&l.Essence)
	e.URL.into(&l.URL)
	d.checkName("name", &l.Name)
	d.checkText("essence", &l.Essence, maxText)
	d.checkURL("url", &l.URL)
	d.put(&l)
}

// RemoveLevel removes a level that nothing refers to.
type RemoveLevel struct {
	Ordinal int
}

func (e RemoveLevel) apply(d *draft) {
	l := d.level(e.Ordinal)
	if l == nil {
		d.unknownLevel("ordinal", e.Ordinal)
		return
	}
	if users := d.levelUsers(e.Ordinal); len(users) > 0 {
		keys := make([]string, len(users))
		for i, u := range users {
			keys[i] = u.Key()
		}
		d.problem("ordinal", "level %d is still used by %s; remove it there first", e.Ordinal, some(keys))
		return
	}
	d.remove(l)
}

// levelUsers lists what is described at a level or asks for it.
func (d *draft) levelUsers(ordinal int) []Entity {
	var users []Entity
	for s := range d.skills() {
		if _, ok := levelText(s.Levels, ordinal); ok {
			users = append(users, s)
		}
	}
	for a := range d.attributes() {
		if _, ok := levelText(a.Levels, ordinal); ok {
			users = append(users, a)
		}
	}
	for r := range d.roles() {
		if slices.ContainsFunc(r.Requirements, func(q Requirement) bool { return q.Level == ordinal }) {
			users = append(users, r)
		}
	}
	return users
}
