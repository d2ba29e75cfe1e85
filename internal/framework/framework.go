// Package framework is the domain of Skill Atlas: the entities of a skills
// framework, the edits that change them, and the immutable worlds that answer
// every question about them.
//
// A [World] holds every framework at one revision. [World.Apply] returns the
// next world and shares with its predecessor whatever did not change; nothing
// reachable from a published world is ever modified. Edits are turned into
// changes, or refused with every [Problem] found, by [World.Edit]; they never
// touch a world themselves.
//
// The package is pure: it does no I/O and knows no clock, randomness,
// environment or logger. All of its exported functions are safe for concurrent
// use.
package framework

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Kind names a kind of entity. The values are part of the stored format.
type Kind string

// The kinds of entity, in the order in which the changes of a revision are
// listed: what others refer to comes first.
const (
	KindFramework Kind = "framework"
	KindLevel     Kind = "level"
	KindAttribute Kind = "attribute"
	KindCategory  Kind = "category"
	KindSkill     Kind = "skill"
	KindRelation  Kind = "relation"
	KindRoleGroup Kind = "role_group"
	KindRole      Kind = "role"

	// Those of the tracker, which is not part of a framework's content.
	KindRelease       Kind = "release"
	KindPerson        Kind = "person"
	KindChangeRequest Kind = "change_request"
	KindProposal      Kind = "proposal"
	KindComment       Kind = "comment"
)

// Kinds lists every kind in canonical order.
var Kinds = [...]Kind{
	KindFramework, KindLevel, KindAttribute, KindCategory, KindSkill, KindRelation, KindRoleGroup, KindRole,
	KindRelease, KindPerson, KindChangeRequest, KindProposal, KindComment,
}

// Content reports whether entities of the kind are part of what a framework
// states, rather than of the tracker of its changes.
func (k Kind) Content() bool { return k.order() < KindRelease.order() }

func (k Kind) order() int {
	for i, kind := range Kinds {
		if kind == k {
			return i
		}
	}
	return len(Kinds)
}

// A Ref identifies an entity: its kind, the code of its framework and its key
// within kind and framework. The key is the entity's code where it has one, the
// ordinal of a level, both ends and the type of a relation.
type Ref struct {
	Kind      Kind
	Framework string
	Key       string
}

func (r Ref) compare(o Ref) int {
	return cmp.Or(
		cmp.Compare(r.Framework, o.Framework),
		cmp.Compare(r.Kind.order(), o.Kind.order()),
		cmp.Compare(r.Key, o.Key),
	)
}

// OtherFramework is the framework at the far end of a relation that leads to
// another, or empty.
func (r Ref) OtherFramework() string {
	if r.Kind != KindRelation {
		return ""
	}
	_, other, _ := relationEnds(r.Key)
	return other
}

// An Entity is one version of something a framework is made of. Versions are
// immutable once they have been part of a world.
type Entity interface {
	// Kind and Key identify the entity within its framework.
	Kind() Kind
	Key() string
	// facts lists the fields that have a value, as paths and values. Two
	// versions are the same exactly when their facts are; a field absent from
	// the list is empty.
	facts(add func(path, value string))
}

// A Change is the whole new version of one entity, or its removal.
type Change struct {
	Ref
	// Entity is nil when the entity was removed.
	Entity Entity
	// Redacted is set of a version whose texts were taken away: what the journal
	// knows the version by that had them.
	Redacted string
}

// A Revision is one step of the history of all frameworks.
type Revision struct {
	// Seq numbers revisions 1, 2, 3 … without gaps.
	Seq int64
	// ID is a UUID that tells this revision from any other writer's at the same
	// sequence number.
	ID string
	// Time is never earlier than the time of the revision before.
	Time time.Time
	// Author is the opaque id of the actor.
	Author  string
	Message string
	// RequestID is the caller's idempotency key, or empty.
	RequestID string
	// RequestDigest tells different requests with the same id apart.
	RequestDigest string
	// ChangeRequest is the number of the change request that the changes of content
	// carry out, or take back; 0 when there is none.
	ChangeRequest int
	// Changes holds at most one change per entity.
	Changes []Change
}

// Status says whether a coded entity is in use.
type Status string

// A retired entity still resolves by its code, which is never given to another.
const (
	StatusActive  Status = "ACTIVE"
	StatusRetired Status = "RETIRED"
)

// A Framework is the head entity of a framework: what it is, who publishes it
// and under what terms, and the rule its skill codes follow.
type Framework struct {
	// Code is unique in the server: lower-case letters, digits and hyphens.
	Code        string
	Name        string
	Description string
	Publisher   string
	URL         string
	Licence     string
	Attribution string
	// Locale is the BCP 47 tag of the language the texts are in.
	Locale string
	// SkillCodePattern is a regular expression (RE2) that whole skill codes must
	// match; empty allows any code. SkillCodeHint says the same in words.
	SkillCodePattern string
	SkillCodeHint    string
	// Archived frameworks are read-only.
	Archived bool
	// ShowsRelease says that readers who name no version get the latest published
	// release, once there is one, rather than the head.
	ShowsRelease bool
	// HidesHead says that anonymous readers see published releases only, and
	// nothing of the tracker.
	HidesHead bool
}

// Kind implements Entity.
func (f *Framework) Kind() Kind { return KindFramework }

// Key implements Entity.
func (f *Framework) Key() string { return f.Code }

func (f *Framework) facts(add func(path, value string)) {
	add("code", f.Code)
	addText(add, "name", f.Name)
	addText(add, "description", f.Description)
	addText(add, "publisher", f.Publisher)
	addText(add, "url", f.URL)
	addText(add, "licence", f.Licence)
	addText(add, "attribution", f.Attribution)
	addText(add, "locale", f.Locale)
	addText(add, "skillCodePattern", f.SkillCodePattern)
	addText(add, "skillCodeHint", f.SkillCodeHint)
	addTruth(add, "archived", f.Archived)
	addTruth(add, "showsRelease", f.ShowsRelease)
	addTruth(add, "hidesHead", f.HidesHead)
}

func addTruth(add func(path, value string), path string, value bool) {
	if value {
		add(path, "true")
	}
}

func addText(add func(path, value string), path, value string) {
	if value != "" {
		add(path, value)
	}
}

func addNumber(add func(path, value string), path string, value int) {
	if value != 0 {
		add(path, strconv.Itoa(value))
	}
}

func addList(add func(path, value string), path string, values []string) {
	if len(values) > 0 {
		add(path, strings.Join(values, "\n"))
	}
}

func addLevelTexts(add func(path, value string), levels []LevelText) {
	for _, l := range levels {
		// The entry exists even where its text is empty, hence the mark.
		add("levels."+strconv.Itoa(l.Level), "="+l.Description)
	}
}

// CreateFramework makes a new framework. It must be the first edit of its list
// and is refused when the code is taken.
type CreateFramework struct {
	Code             string
	Name             string
	Description      string
	Publisher        string
	URL              string
	Licence          string
	Attribution      string
	Locale           string
	SkillCodePattern string
	SkillCodeHint    string
}

func (e CreateFramework) apply(d *draft) {
	if d.framework() != nil {
		d.problem("code", "framework %q exists already; choose another code or edit that one", d.code)
		return
	}
	if e.Code != d.code {
		d.problem("code", "%q is not the framework being edited, which is %q", e.Code, d.code)
		return
	}
	f := &Framework{
		Code: e.Code, Name: e.Name, Description: e.Description, Publisher: e.Publisher, URL: e.URL,
		Licence: e.Licence, Attribution: e.Attribution, Locale: e.Locale,
		SkillCodePattern: e.SkillCodePattern, SkillCodeHint: e.SkillCodeHint,
	}
	d.checkFrameworkCode("code", e.Code)
	d.checkFramework(f)
	d.put(f)
}

// UpdateFramework changes a framework's metadata.
type UpdateFramework struct {
	Name             Opt[string]
	Description      Opt[string]
	Publisher        Opt[string]
	URL              Opt[string]
	Licence          Opt[string]
	Attribution      Opt[string]
	Locale           Opt[string]
	SkillCodePattern Opt[string]
	SkillCodeHint    Opt[string]
	ShowsRelease     Opt[bool]
	HidesHead        Opt[bool]
}

func (e UpdateFramework) apply(d *draft) {
	f := *d.framework()
	e.Name.into(&f.Name)
	e.Description.into(&f.Description)
	e.Publisher.into(&f.Publisher)
	e.URL.into(&f.URL)
	e.Licence.into(&f.Licence)
	e.Attribution.into(&f.Attribution)
	e.Locale.into(&f.Locale)
	e.SkillCodePattern.into(&f.SkillCodePattern)
	e.SkillCodeHint.into(&f.SkillCodeHint)
	e.ShowsRelease.into(&f.ShowsRelease)
	e.HidesHead.into(&f.HidesHead)
	d.checkFramework(&f)
	d.put(&f)
}

// ArchiveFramework makes a framework read-only.
type ArchiveFramework struct{}

func (ArchiveFramework) apply(d *draft) {
	f := *d.framework()
	f.Archived = true
	d.put(&f)
}

// UnarchiveFramework opens an archived framework for edits again. It must come
// first in its list of edits.
type UnarchiveFramework struct{}

func (UnarchiveFramework) apply(d *draft) {
	f := *d.framework()
	f.Archived = false
	d.put(&f)
}

func (d *draft) checkFramework(f *Framework) {
	d.checkName("name", &f.Name)
	d.checkText("description", &f.Description, maxText)
	d.checkText("publisher", &f.Publisher, maxName)
	d.checkURL("url", &f.URL)
	d.checkText("licence", &f.Licence, maxName)
	d.checkText("attribution", &f.Attribution, maxText)
	d.checkLocale("locale", &f.Locale)
	d.checkText("skillCodeHint", &f.SkillCodeHint, maxName)
	d.checkPattern("skillCodePattern", &f.SkillCodePattern)
}
