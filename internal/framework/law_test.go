package framework_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// An author makes random edits, most of them valid, over few codes, so that they
// meet. The same seed makes the same edits.
type author struct {
	*rand.Rand
	fresh int
}

func newAuthor(seed uint64) *author { return &author{Rand: rand.New(rand.NewPCG(seed, 0))} }

func pick[T any](a *author, list ...T) T { return list[a.IntN(len(list))] }

func maybe[T any](a *author, v T) Opt[T] {
	if a.IntN(2) == 0 {
		return Opt[T]{}
	}
	return Some(v)
}

// Codes that are a prefix of one another sort differently with what follows them.
func (a *author) code() string {
	return pick(a, "A", "A", "B", "B", "A!", "A!", "é", "http://x.org/a:1@2")
}

func (a *author) codes() []string {
	list := make([]string, 1+a.IntN(2))
	for i := range list {
		list[i] = a.code()
	}
	return list
}

func (a *author) place() string { return pick(a, "", "", a.code()) }

func (a *author) other(framework string) string {
	return map[string]string{"one": "two", "two": "one"}[framework]
}

func (a *author) text() string {
	if a.IntN(60) == 0 {
		return pick(a, "", "a\xff", "<b>x</b>", strings.Repeat("x", 20_001), "e\u200b\u0301")
	}
	a.fresh++
	return fmt.Sprintf("text %d", a.fresh)
}

func (a *author) level() int { return pick(a, 1, 2, 1, 2, 1, 2, 3, 21) }

func (a *author) position() int { return pick(a, 0, 1, 2, 3, 10, 0, 1, 2, 3, 10, -1) }

func (a *author) url() string { return pick(a, "", "http://example.org", "https://example.org/x", "x") }

func (a *author) levels() []LevelText {
	var list []LevelText
	for range a.IntN(3) {
		list = append(list, LevelText{a.level(), a.text()})
	}
	return list
}

func (a *author) synonyms() []string { return pick(a, nil, []string{a.text(), "S", a.text()}) }

func (a *author) requirements() []Requirement {
	var list []Requirement
	for range a.IntN(3) {
		list = append(list, Requirement{a.code(), pick(a, 0, a.level()), pick(a, "", Essential, Optional), pick(a, 0, 0.5, 1)})
	}
	return list
}

func (a *author) relation(framework string) (from string, t RelationType, toFramework, to string) {
	from, t, to = a.code(), pick(a, Related, Complementary, Broader, Narrower, Prerequisite, MergedFrom, ExactMatch), a.code()
	if a.IntN(4) == 0 {
		t, toFramework = pick(a, ExactMatch, CloseMatch), a.other(framework)
	}
	return from, t, toFramework, to
}

// edit makes up an edit of a framework.
func (a *author) edit(framework string) Edit {
	from, t, toFramework, to := a.relation(framework)
	makers := []func() Edit{
		func() Edit { return CreateFramework{Code: framework, Name: a.text()} },
		func() Edit {
			return UpdateFramework{
				Name: maybe(a, a.text()), Description: maybe(a, a.text()), Publisher: maybe(a, a.text()), URL: maybe(a, a.url()),
				Licence: maybe(a, a.text()), Attribution: maybe(a, a.text()), Locale: maybe(a, pick(a, "en", "x y")),
				SkillCodePattern: maybe(a, pick(a, "", ".*", "(")), SkillCodeHint: maybe(a, a.text()),
			}
		},
		func() Edit {
			return pick[Edit](a, ArchiveFramework{}, UnarchiveFramework{}, UnarchiveFramework{}, UnarchiveFramework{})
		},
		func() Edit {
			return DefineLevel{Ordinal: a.level(), Name: Some(a.text()), Essence: maybe(a, a.text()), URL: maybe(a, a.url())}
		},
		func() Edit { return RemoveLevel{a.level()} },
		func() Edit { return CreateAttribute{a.code(), a.text(), a.text(), a.text(), a.position()} },
		func() Edit { return UpdateAttribute{a.code(), maybe(a, a.text()), maybe(a, ""), maybe(a, a.text())} },
		func() Edit { return MoveAttribute{a.code(), a.position()} },
		func() Edit { return RetireAttribute{a.code()} },
		func() Edit { return RestoreAttribute{a.code()} },
		func() Edit { return DefineAttributeLevel{a.code(), a.level(), a.text()} },
		func() Edit { return RemoveAttributeLevel{a.code(), a.level()} },
		func() Edit { return CreateCategory{a.code(), a.text(), a.text(), a.place(), a.position()} },
		func() Edit { return UpdateCategory{a.code(), maybe(a, a.text()), maybe(a, a.text())} },
		func() Edit { return MoveCategory{a.code(), maybe(a, a.place()), maybe(a, a.position())} },
		func() Edit { return RetireCategory{a.code()} },
		func() Edit { return RestoreCategory{a.code()} },
		func() Edit { return MergeCategories{a.codes(), a.code()} },
		func() Edit { return SplitCategory{a.code(), a.codes()} },
		func() Edit {
			return CreateSkill{a.code(), a.text(), a.text(), a.text(), a.synonyms(), a.url(), a.place(), a.position(), a.levels()}
		},
		func() Edit {
			return UpdateSkill{a.code(), maybe(a, a.text()), maybe(a, a.text()), maybe(a, a.text()), maybe(a, a.synonyms()), maybe(a, a.url())}
		},
		func() Edit { return MoveSkill{a.code(), maybe(a, a.place()), maybe(a, a.position())} },
		func() Edit { return RetireSkill{a.code(), pick(a, nil, a.codes())} },
		func() Edit { return RestoreSkill{a.code()} },
		func() Edit { return MergeSkills{a.codes(), a.code()} },
		func() Edit { return SplitSkill{a.code(), a.codes()} },
		func() Edit { return DefineSkillLevel{a.code(), a.level(), a.text()} },
		func() Edit { return RemoveSkillLevel{a.code(), a.level()} },
		func() Edit { return Relate{from, t, toFramework, to, a.text()} },
		func() Edit { return Relate{from, t, toFramework, to, ""} },
		func() Edit { return Relate{from, t, toFramework, to, ""} },
		func() Edit { return UpdateRelation{from, t, toFramework, to, Some(a.text())} },
		func() Edit { return Unrelate{from, t, toFramework, to} },
		func() Edit { return CreateRoleGroup{a.code(), a.text(), a.text(), a.place(), a.position()} },
		func() Edit { return UpdateRoleGroup{a.code(), maybe(a, a.text()), maybe(a, a.text())} },
		func() Edit { return MoveRoleGroup{a.code(), maybe(a, a.place()), maybe(a, a.position())} },
		func() Edit { return RetireRoleGroup{a.code()} },
		func() Edit { return RestoreRoleGroup{a.code()} },
		func() Edit {
			return CreateRole{a.code(), a.text(), a.text(), a.place(), a.text(), a.position(), a.requirements()}
		},
		func() Edit { return UpdateRole{a.code(), maybe(a, a.text()), maybe(a, a.text()), maybe(a, a.text())} },
		func() Edit { return MoveRole{a.code(), maybe(a, a.place()), maybe(a, a.position())} },
		func() Edit { return RetireRole{a.code(), pick(a, nil, a.codes())} },
		func() Edit { return RestoreRole{a.code()} },
		func() Edit { return MergeRoles{a.codes(), a.code()} },
		func() Edit { return SplitRole{a.code(), a.codes()} },
		func() Edit {
			return Require{a.code(), a.code(), pick(a, 0, a.level()), pick(a, "", Essential, Optional, "HIGH"), pick(a, 0, 0.5)}
		},
		func() Edit { return Require{Role: a.code(), Skill: a.code()} },
		func() Edit { return Unrequire{a.code(), a.code()} },
	}
	return makers[a.IntN(len(makers))]()
}

func (a *author) edits(framework string) []Edit {
	list := make([]Edit, 1+max(0, a.IntN(8)-5))
	for i := range list {
		list[i] = a.edit(framework)
	}
	return list
}

// founding are edits that give a framework some of everything.
func founding(code string) []Edit {
	return edits(CreateFramework{Code: code, Name: code}, DefineLevel{Ordinal: 1, Name: Some("L")}, DefineLevel{Ordinal: 2, Name: Some("L")},
		CreateAttribute{Code: "A", Name: "A"}, CreateCategory{Code: "A", Name: "A"}, CreateCategory{Code: "B", Name: "B"},
		CreateSkill{Code: "A", Name: "A"}, CreateSkill{Code: "B", Name: "B"}, CreateRoleGroup{Code: "A", Name: "A"},
		CreateRole{Code: "A", Name: "A"}, CreateRole{Code: "B", Name: "B"})
}

// A past is a world, and what it held when it was the present.
type past struct {
	w    *World
	dump string
}

// TestHistories lives through random histories and holds every revision of them
// against the laws of worlds.
func TestHistories(t *testing.T) {
	accepted := map[string]bool{}
	revised := 0
	for seed := range uint64(12) {
		a := newAuthor(seed)
		w := &World{}
		var pasts []past
		var revisions []*Revision
		for i := range 800 {
			code := []string{"one", "two"}[i%2]
			list := founding(code)
			if i >= 2 {
				list = a.edits(code)
			}
			changes, problems := w.Edit(code, list)
			if len(problems) > 0 && len(changes) > 0 {
				t.Fatalf("seed %d: both changes and problems from %#v", seed, list)
			}
			if len(changes) == 0 {
				continue
			}
			for _, e := range list {
				accepted[typeName(e)] = true
			}
			pasts = append(pasts, past{w, dump(w)})
			r := revision(w, changes)
			after := w.Apply(r)
			revised++
			revisions = append(revisions, r)
			if err := Check(after); err != nil {
				t.Fatalf("seed %d, revision %d, after %#v: %v", seed, after.Seq(), list, err)
			}
			var touches []Touch
			for _, d := range w.Differences(changes) {
				touches = append(touches, Touch{d.Ref, d.Action})
				if len(d.Fields) == 0 {
					t.Fatalf("seed %d: %v changes nothing", seed, d)
				}
			}
			if diff := cmp.Diff(touches, after.Step(after.Seq()).Touches); diff != "" {
				t.Fatalf("seed %d: a revision touches other than what differs:\n%s", seed, diff)
			}
			w = after
		}
		for _, p := range pasts {
			if diff := cmp.Diff(p.dump, dump(p.w)); diff != "" {
				t.Fatalf("seed %d: the world at %d changed later (-then +now):\n%s", seed, p.w.Seq(), diff)
			}
		}
		folded, replayed := &World{}, &World{}
		for _, r := range revisions {
			folded = folded.Apply(r)
		}
		for rest := revisions; len(rest) > 0; {
			n := 1 + a.IntN(len(rest))
			replayed, rest = replayed.Replay(rest[:n]), rest[n:]
		}
		if diff := cmp.Diff(dump(w), dump(folded)); diff != "" {
			t.Fatalf("seed %d: the fold of all revisions differs (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(dump(w), dump(replayed)); diff != "" {
			t.Fatalf("seed %d: the world replayed differs (-want +got):\n%s", seed, diff)
		}
		if err := Check(replayed); err != nil {
			t.Fatalf("seed %d, replayed: %v", seed, err)
		}
		if diff := cmp.Diff(contents(w), contents(atOnce(w, a))); diff != "" {
			t.Fatalf("seed %d: built in one revision the world differs (-want +got):\n%s", seed, diff)
		}
	}
	t.Logf("%d revisions", revised)
	for _, name := range editTypes(t) {
		if !accepted[name] {
			t.Errorf("no random edit of type %s was accepted", name)
		}
	}
}

// TestEditsLeaveListsAlone makes edits that put something into lists that have
// room for it, and so could be written to by mistake.
func TestEditsLeaveListsAlone(t *testing.T) {
	w := atlas(t)
	for _, code := range []string{"W", "X", "Y", "Z"} {
		w = edited(t, w, "demo", CreateSkill{Code: code, Name: code}, DefineSkillLevel{code, 2, ""}, DefineSkillLevel{code, 4, ""})
	}
	room := func(list []Requirement) []Requirement { return append(make([]Requirement, 0, 9), list...) }
	for _, e := range []Entity{
		&Role{Code: "big", Name: "Big", Status: StatusActive, Requirements: room([]Requirement{{Skill: "X", Importance: Essential}, {Skill: "Z", Importance: Essential}})},
		&Role{Code: "few", Name: "Few", Status: StatusActive, Requirements: room([]Requirement{{Skill: "W", Importance: Essential}})},
		&Attribute{Code: "att", Name: "Att", Status: StatusActive, Levels: append(make([]LevelText, 0, 9), LevelText{2, "x"})},
		&Skill{Code: "V", Name: "V", Status: StatusActive, Levels: append(make([]LevelText, 0, 9), LevelText{2, "x"}), Synonyms: append(make([]string, 0, 9), "a", "b")},
	} {
		w = next(w, []Change{{Ref: Ref{e.Kind(), "demo", e.Key()}, Entity: e}})
	}
	before := dump(w)
	for _, list := range [][]Edit{
		edits(MergeRoles{Codes: []string{"few"}, Into: "big"}), edits(Require{Role: "big", Skill: "W"}), edits(Require{Role: "big", Skill: "X", Weight: 1}),
		edits(Unrequire{Role: "big", Skill: "X"}), edits(MergeSkills{Codes: []string{"Z"}, Into: "W"}), edits(DefineSkillLevel{"V", 1, "y"}),
		edits(DefineSkillLevel{"V", 2, "y"}), edits(RemoveSkillLevel{"V", 2}), edits(DefineAttributeLevel{"att", 1, "y"}),
		edits(UpdateSkill{Code: "V", Synonyms: Some([]string{"z", "a", "a"})}),
	} {
		changes, problems := w.Edit("demo", list)
		if problems != nil {
			t.Fatal(problems)
		}
		next(w, changes)
		if diff := cmp.Diff(before, dump(w)); diff != "" {
			t.Errorf("%#v changed the world they were made on (-before +after):\n%s", list, diff)
		}
	}
}

// contents writes the content of all frameworks and their indexes.
func contents(w *World) map[string]string {
	all := map[string]string{}
	for _, code := range w.Codes() {
		all[code] = content(w, code)
	}
	return all
}

// atOnce is a world that gets all of w in a single revision, in random order.
func atOnce(w *World, a *author) *World {
	var changes []Change
	add := func(code string, e Entity) {
		changes = append(changes, Change{Ref: Ref{e.Kind(), code, e.Key()}, Entity: e})
	}
	for _, code := range w.Codes() {
		s := w.Snapshot(code)
		add(code, s.Framework())
		addAll(add, code, s.Levels())
		addAll(add, code, s.Attributes())
		addAll(add, code, s.Categories())
		addAll(add, code, s.Skills())
		addAll(add, code, s.Relations())
		addAll(add, code, s.RoleGroups())
		addAll(add, code, s.Roles())
	}
	a.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	return next(&World{}, changes)
}

func addAll[E Entity](add func(string, Entity), code string, entities iter.Seq[E]) {
	for e := range entities {
		add(code, e)
	}
}
