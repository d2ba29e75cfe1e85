package framework_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// stated is what demo states, an entity a line, less what has a code and is retired.
func stated(w *World) []string {
	var lines []string
	add := func(e Entity, status Status) {
		if status != StatusRetired {
			lines = append(lines, fmt.Sprintf("%s %+v", e.Kind(), e))
		}
	}
	s := w.Snapshot("demo")
	add(s.Framework(), "")
	for l := range s.Levels() {
		add(l, "")
	}
	for a := range s.Attributes() {
		add(a, a.Status)
	}
	for c := range s.Categories() {
		add(c, c.Status)
	}
	for k := range s.Skills() {
		add(k, k.Status)
	}
	for r := range s.Relations() {
		add(r, "")
	}
	for g := range s.RoleGroups() {
		add(g, g.Status)
	}
	for r := range s.Roles() {
		add(r, r.Status)
	}
	return lines
}

// TestRevert takes back each kind of edit, and takes that back again.
func TestRevert(t *testing.T) {
	for name, list := range map[string][]Edit{
		"fields of a skill":     edits(UpdateSkill{Code: "BAKE", Name: Some("Bread"), Synonyms: Some([]string{"X"}), Guidance: Some("G")}),
		"level texts":           edits(DefineSkillLevel{"BAKE", 1, "Anew."}, RemoveSkillLevel{"BAKE", 2}, DefineSkillLevel{"BAKE", 4, "New."}),
		"move":                  edits(MoveSkill{Code: "BAKE", Category: Some("top"), Position: Some(7)}),
		"a new skill":           edits(CreateSkill{Code: "NEW", Name: "New", Category: "top"}, Relate{From: "NEW", Type: Broader, To: "BAKE"}),
		"retire with successor": edits(RetireSkill{Code: "MIX", ReplacedBy: []string{"TASTE"}}),
		"merge":                 edits(MergeSkills{Codes: []string{"MIX"}, Into: "TASTE"}),
		"split":                 edits(SplitSkill{Code: "BAKE", Into: []string{"MIX", "TASTE"}}),
		"relations":             edits(Unrelate{From: "BAKE", Type: Related, To: "TASTE"}, UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("N")}),
		"requirements":          edits(Require{Role: "chef", Skill: "MIX"}, Unrequire{"baker", "BAKE"}, Require{Role: "baker", Skill: "MIX", Level: 1}),
		"levels":                edits(DefineLevel{Ordinal: 3, Name: Some("Apply")}, DefineLevel{Ordinal: 1, Essence: Some("E")}),
		"categories":            edits(CreateCategory{Code: "new", Name: "New", Parent: "top"}, MoveCategory{Code: "sub", Parent: Some("new")}, MoveSkill{Code: "MIX", Category: Some("new")}),
		"attributes":            edits(UpdateAttribute{Code: "AUTO", Type: Some("T")}, DefineAttributeLevel{"AUTO", 2, "Some."}, RetireAttribute{Code: "INFL"}),
		"roles":                 edits(MergeRoles{Codes: []string{"chef"}, Into: "baker"}, MoveRole{Code: "baker", Group: Some("staff")}),
		"role groups":           edits(CreateRoleGroup{Code: "hall", Name: "Hall"}, MoveRoleGroup{Code: "kitchen", Parent: Some("hall")}),
		"the framework":         edits(UpdateFramework{Name: Some("Other"), Licence: Some("L"), HidesHead: Some(true)}),
	} {
		t.Run(name, func(t *testing.T) {
			worlds := acted(t, []*World{atlas(t)}, eve, UpdateFramework{Description: Some("A demo.")})
			before := stated(last(worlds))
			worlds = acted(t, worlds, eve, list...)
			after := stated(last(worlds))
			if cmp.Equal(before, after) {
				t.Fatal("nothing was changed")
			}
			worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
			if diff := cmp.Diff(before, stated(last(worlds))); diff != "" {
				t.Errorf("taken back (-want +got):\n%s", diff)
			}
			worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
			if diff := cmp.Diff(after, stated(last(worlds))); diff != "" {
				t.Errorf("taken back again (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRevertAfterOthers takes a revision back that others have built upon.
func TestRevertAfterOthers(t *testing.T) {
	worlds := acted(t, []*World{atlas(t)}, eve, UpdateSkill{Code: "BAKE", Name: Some("Bread"), Guidance: Some("G")}, CreateSkill{Code: "NEW", Name: "New"})
	seq := last(worlds).Seq()
	worlds = acted(t, worlds, kim, UpdateSkill{Code: "BAKE", Name: Some("Loaves"), Description: Some("D")})
	name := Choice{Kind: KindSkill, Key: "BAKE", Field: "name"}
	with := func(c Choice, k Keep) Choice { c.Keep = k; return c }

	_, problems := attempt(worlds, eve, RevertRevision{Seq: seq})
	if len(problems) != 1 || problems[0].Code != Conflict || !strings.Contains(problems[0].Message, "OURS or THEIRS") {
		t.Fatalf("%v", problems)
	}
	for keep, want := range map[Keep]string{KeepOurs: "Baking", KeepTheirs: "Loaves"} {
		w := last(acted(t, worlds, eve, RevertRevision{Seq: seq, Choices: []Choice{with(name, keep)}}))
		s := w.Snapshot("demo").Entity(KindSkill, "BAKE").(*Skill)
		if s.Name != want || s.Guidance != "" || s.Description != "D" {
			t.Errorf("%s: %+v", keep, s)
		}
		if n := w.Snapshot("demo").Entity(KindSkill, "NEW").(*Skill); n.Status != StatusRetired {
			t.Errorf("%s: %+v", keep, n)
		}
	}
	if _, problems := attempt(worlds, eve, RevertRevision{Seq: seq, Choices: []Choice{with(name, KeepOurs), {Kind: KindSkill, Key: "MIX", Keep: KeepOurs}}}); len(problems) != 1 {
		t.Errorf("a choice that settles nothing: %v", problems)
	}
	worlds = acted(t, worlds, kim, UpdateSkill{Code: "NEW", Name: Some("Newer")})
	if _, problems := attempt(worlds, eve, RevertRevision{Seq: seq, Choices: []Choice{with(name, KeepOurs)}}); len(problems) != 1 || problems[0].Code != Conflict {
		t.Errorf("what others have changed goes: %v", problems)
	}
	// What others use cannot go.
	worlds = acted(t, worlds, eve, CreateCategory{Code: "c", Name: "C"})
	seq = last(worlds).Seq()
	worlds = acted(t, worlds, eve, MoveSkill{Code: "MIX", Category: Some("c")})
	if _, problems := attempt(worlds, eve, RevertRevision{Seq: seq}); len(problems) != 1 || problems[0].Code != Invalid {
		t.Errorf("%v", problems)
	}
	for name, seq := range map[string]int64{"that created the framework": 1, "unknown": 99, "of another framework": 2} {
		if _, problems := attempt(worlds, eve, RevertRevision{Seq: seq}); len(problems) != 1 || len(worlds) < 3 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestRevertOfAnApplication leaves the request accepted, to be applied again.
func TestRevertOfAnApplication(t *testing.T) {
	worlds := acted(t, tracked(t), ann, MoveRequest{Number: 1, Move: MoveSubmit})
	worlds = acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept, Apply: true})
	seq := last(worlds).Seq()
	worlds = acted(t, worlds, eve, RevertRevision{Seq: seq})
	r := request(last(worlds), 1)
	if r.Status != RequestAccepted || len(r.Applications) != 1 || r.Applications[0].RevertedIn != seq+1 || last(worlds).Step(seq+1).ChangeRequest != 1 {
		t.Errorf("%+v", r)
	}
	worlds = acted(t, worlds, eve, ProposeEdits{Number: 1, Base: seq + 1, Edits: []Edit{UpdateSkill{Code: "BAKE", Name: Some("Cake")}}})
	worlds = acted(t, worlds, eve, ApplyRequest{Number: 1})
	if r := request(last(worlds), 1); len(r.Applications) != 2 || r.Applications[1].Proposal != 2 {
		t.Errorf("%+v", r.Applications)
	}
	worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
	worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
	if r := request(last(worlds), 1); len(r.Applications) != 3 || r.Applications[2].RevertedIn != 0 {
		t.Errorf("%+v", r.Applications)
	}
}

// TestRevertOfAReopenedRequest leaves a request that is to be decided anew as it is.
func TestRevertOfAReopenedRequest(t *testing.T) {
	worlds := acted(t, tracked(t), ann, MoveRequest{Number: 1, Move: MoveSubmit})
	worlds = acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept, Apply: true})
	worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
	seq := last(worlds).Seq()
	worlds = acted(t, worlds, eve, MoveRequest{Number: 1, Move: MoveReopen})
	before := request(last(worlds), 1)
	worlds = acted(t, worlds, eve, RevertRevision{Seq: seq})
	if diff := cmp.Diff(before, request(last(worlds), 1)); diff != "" {
		t.Errorf("the request has changed:\n%s", diff)
	}
	if s := last(worlds).Entity(Ref{KindSkill, "demo", "BAKE"}).(*Skill); s.Name != "Bread and cake" {
		t.Errorf("the content was not taken back: %+v", s)
	}
}

// TestRevertDoesNotArchive: that is for administrators.
func TestRevertDoesNotArchive(t *testing.T) {
	worlds := acted(t, []*World{atlas(t)}, eve, ArchiveFramework{})
	with := acted(t, worlds, eve, UnarchiveFramework{}, UpdateSkill{Code: "BAKE", Name: Some("Bread")})
	changes, problems := attempt(with, eve, RevertRevision{Seq: last(with).Seq()})
	if diff := cmp.Diff([]string{"updated skill BAKE Name=Baking"}, lines(last(with), changes)); diff != "" || problems != nil {
		t.Errorf("%v\n%s", problems, diff)
	}
	only := acted(t, worlds, eve, UnarchiveFramework{})
	if changes, problems := attempt(only, eve, RevertRevision{Seq: last(only).Seq()}); len(problems) != 1 || changes != nil {
		t.Errorf("%v %v", changes, problems)
	}
}

// factsAll are the facts of entities.
func factsAll(all map[Ref]Entity) map[Ref]map[string]string {
	values := map[Ref]map[string]string{}
	for ref, e := range all {
		values[ref] = FactsOf(e)
	}
	return values
}

// reverted is what taking a revision back leads to, by choices about what others
// have changed since, and the conflicts there are. It is worked out the slow way.
func reverted(was, did, is *World, choose func() Keep) (want map[Ref]map[string]string, conflicts []Choice) {
	old, done := factsAll(everything(was)), factsAll(everything(did))
	want = factsAll(everything(is))
	ours := func(ref Ref, field string) bool {
		conflicts = append(conflicts, Choice{Kind: ref.Kind, Key: ref.Key, Field: field, Keep: choose()})
		return conflicts[len(conflicts)-1].Keep == KeepOurs
	}
	retired := map[string]bool{} // what was made and is retired then, by kind and key
	for _, touch := range did.Step(did.Seq()).Touches {
		ref := touch.Ref
		a, b, now := old[ref], done[ref], want[ref]
		_, coded := b["status"]
		switch {
		case a == nil && coded:
			if now["status"] == string(StatusActive) && (cmp.Equal(now, b) || ours(ref, "")) {
				now["status"] = string(StatusRetired)
			}
			if now["status"] == string(StatusRetired) {
				retired[string(ref.Kind)+" "+ref.Key] = true
			}
		case cmp.Equal(a, now):
		case a == nil || b == nil || now == nil:
			if cmp.Equal(b, now) || ours(ref, "") {
				if delete(want, ref); a != nil {
					want[ref] = a
				}
			}
		default:
			paths := map[string]bool{}
			for path := range a {
				paths[path] = true
			}
			for path := range b {
				paths[path] = true
			}
			for path := range paths {
				x, inA := a[path]
				y, inB := b[path]
				z, inNow := now[path]
				if x == y && inA == inB || x == z && inA == inNow || path == "archived" {
					continue
				}
				if y == z && inB == inNow || ours(ref, path) {
					if delete(now, path); inA {
						now[path] = x
					}
				}
			}
		}
	}
	// A level that was made stays for what was made and is retired.
	for ref, level := range done {
		if ref.Kind != KindLevel || old[ref] != nil || want[ref] != nil {
			continue
		}
		for user, values := range want {
			_, described := values["levels."+ref.Key]
			for path, value := range values {
				described = described || strings.HasPrefix(path, "requirements.") && strings.HasPrefix(value, ref.Key+" ")
			}
			if described && retired[string(user.Kind)+" "+user.Key] {
				want[ref] = level
			}
		}
	}
	return want, conflicts
}

// lived is a random history of demo that never was archived.
func lived(a *author, revisions int) []*World {
	changes, _ := (&World{}).Edit("demo", founding("demo"))
	worlds := []*World{next(&World{}, changes)}
	changes, _ = last(worlds).Edit("two", founding("two"))
	worlds = append(worlds, next(last(worlds), changes))
	for len(worlds) < revisions {
		var list []Edit
		for range 1 + a.IntN(4) {
			list = append(list, a.edits("demo")...)
		}
		// Most lists would be refused for one edit of them.
		var good []Edit
		for _, e := range list {
			if _, archives := e.(ArchiveFramework); archives {
				continue
			}
			if _, problems := last(worlds).Edit("demo", append(slices.Clip(good), e)); problems == nil {
				good = append(good, e)
			}
		}
		if changes, _ := last(worlds).Edit("demo", good); len(changes) > 0 {
			worlds = append(worlds, next(last(worlds), changes))
		}
	}
	return worlds
}

// TestRevertAtOnce takes each revision of random histories back while it is the
// last: there is no conflict, everything is as it was, save that what has a code
// and was made is retired, and that a level that was made stays when only that is
// described at it. To take that back leads to what it was before, exactly.
func TestRevertAtOnce(t *testing.T) {
	for seed := range uint64(6) {
		worlds := lived(newAuthor(seed), 120)
		for n := 3; n <= len(worlds); n++ {
			worlds := worlds[:n]
			was, did := worlds[n-2], worlds[n-1]
			want, conflicts := reverted(was, did, did, nil)
			if len(conflicts) > 0 {
				t.Fatal(conflicts)
			}
			worlds = acted(t, worlds, eve, RevertRevision{Seq: did.Seq()})
			if diff := cmp.Diff(want, factsAll(everything(last(worlds)))); diff != "" {
				t.Fatalf("seed %d, revision %d (-want +got):\n%s", seed, did.Seq(), diff)
			}
			if len(last(worlds).Step(last(worlds).Seq()).Touches) == 0 {
				continue // what was made was retired at once
			}
			worlds = acted(t, worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
			if diff := cmp.Diff(factsAll(everything(did)), factsAll(everything(last(worlds)))); diff != "" {
				t.Fatalf("seed %d, revision %d, and again (-want +got):\n%s", seed, did.Seq(), diff)
			}
		}
	}
}

// TestRevertLater takes old revisions of random histories back, with each conflict
// settled at random: what others have not touched is restored, the rest is as was
// chosen, or problems tell what stands in the way.
func TestRevertLater(t *testing.T) {
	made, refused, settled := 0, 0, 0
	for seed := range uint64(20) {
		a := newAuthor(seed)
		worlds := lived(a, 40)
		for range 30 {
			seq := 3 + a.IntN(len(worlds)-3)
			choose := func() Keep { return pick(a, KeepOurs, KeepTheirs) }
			want, choices := reverted(worlds[seq-2], worlds[seq-1], last(worlds), choose)
			_, problems := attempt(worlds, eve, RevertRevision{Seq: int64(seq)})
			conflicts := 0
			for _, p := range problems {
				if p.Code == Conflict {
					conflicts++
				}
			}
			if conflicts != len(choices) {
				t.Fatalf("seed %d, revision %d: want conflicts about %v, got %v", seed, seq, choices, problems)
			}
			changes, problems := attempt(worlds, eve, RevertRevision{Seq: int64(seq), Choices: choices})
			if problems != nil {
				refused++
				for _, p := range problems {
					if p.Code != Invalid {
						t.Fatalf("seed %d, revision %d, %v: %v", seed, seq, choices, p)
					}
				}
				continue
			}
			made++
			settled += len(choices)
			if len(changes) == 0 {
				continue
			}
			w := next(last(worlds), changes)
			if err := Check(w); err != nil {
				t.Fatalf("seed %d, revision %d, %v: %v", seed, seq, choices, err)
			}
			if diff := cmp.Diff(want, factsAll(everything(w))); diff != "" {
				t.Fatalf("seed %d, revision %d, %v (-want +got):\n%s", seed, seq, choices, diff)
			}
		}
	}
	t.Logf("%d made, %d refused, %d conflicts settled", made, refused, settled)
	if made < 100 || refused < 20 || settled < 100 {
		t.Errorf("only %d were made, %d refused, %d conflicts settled", made, refused, settled)
	}
}

// TestRestoreEveryField makes one version of each kind of content like another, field by field.
func TestRestoreEveryField(t *testing.T) {
	for _, e := range []Entity{&Framework{}, &Level{}, &Attribute{}, &Category{}, &Skill{}, &Relation{}, &RoleGroup{}, &Role{}} {
		t.Run(string(e.Kind()), func(t *testing.T) {
			one, two, none := filled(e, 1), filled(e, 2), filled(e, 0)
			for _, pair := range [][2]Entity{{one, two}, {one, none}, {none, one}} {
				a, b := FactsOf(pair[0]), FactsOf(pair[1])
				paths := map[string]bool{}
				for path := range a {
					paths[path] = true
				}
				for path := range b {
					paths[path] = true
				}
				for path := range paths {
					switch path {
					case "code", "ordinal", "from", "to", "toFramework": // what it is
						continue
					case "archived": // not restored
						continue
					}
					if e.Kind() == KindRelation && path == "type" {
						continue
					}
					want := maps.Clone(a)
					delete(want, path)
					if value, has := b[path]; has {
						want[path] = value
					}
					if diff := cmp.Diff(want, FactsOf(WithField(pair[0], pair[1], path))); diff != "" {
						t.Errorf("%s (-want +got):\n%s", path, diff)
					}
				}
				if diff := cmp.Diff(a, FactsOf(pair[0])); diff != "" {
					t.Errorf("the version it was made from has changed:\n%s", diff)
				}
			}
		})
	}
}

// filled is an entity of a kind with a value, told by n, in every field; none when
// n is 0.
func filled(e Entity, n int) Entity {
	v := reflect.New(reflect.TypeOf(e).Elem())
	var fill func(reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(fmt.Sprint("text ", n))
		case reflect.Int:
			v.SetInt(int64(n))
		case reflect.Float64:
			v.SetFloat(1 / float64(n))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 1, 4))
			fill(v.Index(0))
		default:
			panic(v.Kind())
		}
	}
	if n > 0 {
		fill(v.Elem())
	}
	return v.Interface().(Entity)
}

// TestRevertMeets takes revisions back in circumstances of all kinds.
func TestRevertMeets(t *testing.T) {
	for _, test := range []struct {
		name   string
		did    []Edit
		others []Edit
		list   []Edit // before the revert, in the same revision
		choose []Choice
		want   []string // what is changed, or the problems
	}{
		{
			name: "a level with a new skill described at it",
			did:  edits(DefineLevel{Ordinal: 3, Name: Some("Apply")}, CreateSkill{Code: "NEW", Name: "New", Levels: []LevelText{{3, "x"}}}),
			want: []string{"updated skill NEW Status=RETIRED"},
		},
		{
			name:   "a level with what others use it for",
			did:    edits(DefineLevel{Ordinal: 3, Name: Some("Apply")}, CreateSkill{Code: "NEW", Name: "New", Levels: []LevelText{{3, "x"}}}),
			others: edits(DefineSkillLevel{"MIX", 3, "y"}),
			want:   []string{"revision: level 3 is used by MIX now; remove it there first"},
		},
		{
			name:   "a level text of a level that is gone",
			did:    edits(RemoveSkillLevel{"BAKE", 1}, RemoveAttributeLevel{"AUTO", 1}),
			others: edits(RemoveLevel{1}),
			want: []string{
				"revision: attribute AUTO cannot be taken back: there is no level 1 now; define it first",
				"revision: skill BAKE cannot be taken back: there is no level 1 now; define it first",
			},
		},
		{
			name:   "a requirement at a level that is gone",
			did:    edits(Require{Role: "chef", Skill: "TASTE"}, RemoveSkillLevel{"TASTE", 2}),
			others: edits(RemoveSkillLevel{"BAKE", 2}, Require{Role: "baker", Skill: "BAKE"}, RemoveLevel{2}),
			want: []string{
				"revision: skill TASTE cannot be taken back: there is no level 2 now; define it first",
				"revision: role chef cannot be taken back: there is no level 2 now; define it first",
			},
		},
		{
			name:   "a skill out of a category that is retired",
			did:    edits(MoveSkill{Code: "BAKE", Category: Some("top")}, MoveSkill{Code: "MIX", Category: Some("top")}),
			others: edits(RetireCategory{"sub"}),
			want: []string{
				"revision: skill BAKE cannot be taken back: category sub is retired now; restore it first",
				"revision: skill MIX cannot be taken back: category sub is retired now; restore it first",
			},
		},
		{
			name:   "a category that others use",
			did:    edits(CreateCategory{Code: "new", Name: "New"}),
			others: edits(MoveSkill{Code: "MIX", Category: Some("new")}),
			want:   []string{"revision: category new cannot be taken back: it holds MIX now; move or retire them first"},
		},
		{
			name: "categories within one another",
			did:  edits(CreateCategory{Code: "a", Name: "A"}, CreateCategory{Code: "b", Name: "B", Parent: "a"}, CreateSkill{Code: "NEW", Name: "N", Category: "b"}),
			want: []string{"updated category a Status=RETIRED", "updated category b Status=RETIRED", "updated skill NEW Status=RETIRED"},
		},
		{
			name:   "a category to below itself",
			did:    edits(MoveCategory{Code: "sub", Parent: Some("")}),
			others: edits(MoveCategory{Code: "top", Parent: Some("sub")}),
			want:   []string{"revision: category sub cannot be taken back: category sub would be above itself"},
		},
		{
			name: "a merge of categories",
			did:  edits(MergeCategories{Codes: []string{"sub"}, Into: "empty"}),
			want: []string{"updated category sub Status=ACTIVE Successors=[]", "updated skill BAKE Category=sub", "updated skill MIX Category=sub"},
		},
		{
			name:   "a relation that contradicts another",
			did:    edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			others: edits(Relate{From: "MIX", Type: Prerequisite, To: "BAKE"}),
			want:   []string{"revision: relation BAKE PREREQUISITE MIX cannot be taken back: it contradicts relation MIX PREREQUISITE BAKE"},
		},
		{
			name:   "a relation of a skill that is retired",
			did:    edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			others: edits(RetireSkill{Code: "MIX"}),
			want:   []string{"created relation BAKE PREREQUISITE MIX From=BAKE Type=PREREQUISITE To=MIX Note=First mix."},
		},
		{
			name:   "a relation stated again otherwise",
			did:    edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			others: edits(Relate{From: "BAKE", Type: Prerequisite, To: "MIX", Note: "Anew."}),
			want:   []string{"choices: relation BAKE PREREQUISITE MIX has been created since, last in revision 5; choose OURS or THEIRS for it"},
		},
		{
			name:   "a relation stated again otherwise, ours",
			did:    edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			others: edits(Relate{From: "BAKE", Type: Prerequisite, To: "MIX", Note: "Anew."}),
			choose: []Choice{{Kind: KindRelation, Key: "BAKE PREREQUISITE MIX", Keep: KeepOurs}},
			want:   []string{"updated relation BAKE PREREQUISITE MIX Note=First mix."},
		},
		{
			name:   "what was made and is retired already",
			did:    edits(CreateSkill{Code: "NEW", Name: "New"}, CreateRole{Code: "new", Name: "New"}),
			others: edits(UpdateSkill{Code: "NEW", Name: Some("Newer")}, RetireSkill{Code: "NEW"}),
			want:   []string{"updated role new Status=RETIRED"},
		},
		{
			name:   "in use, with the successors of others",
			did:    edits(RetireRole{Code: "chef"}),
			others: edits(RestoreRole{"chef"}, RetireRole{Code: "chef", ReplacedBy: []string{"baker"}}),
			want:   []string{"revision: role chef cannot be taken back: it would be in use and have successors; choose OURS for both its status and its successors"},
		},
		{
			name: "what the same list has changed before",
			did:  edits(UpdateSkill{Code: "BAKE", Name: Some("Bread")}),
			list: edits(UpdateSkill{Code: "BAKE", Guidance: Some("G")}),
			want: []string{"updated skill BAKE Name=Baking Guidance=G"},
		},
		{
			name:   "all of it is so already",
			did:    edits(UpdateSkill{Code: "BAKE", Name: Some("Bread")}),
			others: edits(UpdateSkill{Code: "BAKE", Name: Some("Baking")}),
			want:   nil,
		},
		{
			name:   "all of it stays",
			did:    edits(UpdateSkill{Code: "BAKE", Name: Some("Bread")}),
			others: edits(UpdateSkill{Code: "BAKE", Name: Some("Loaves")}),
			choose: []Choice{{Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepTheirs}},
			want:   []string{"choices: nothing of revision 4 would be taken back"},
		},
		{
			name:   "a value of one's own",
			did:    edits(UpdateSkill{Code: "BAKE", Name: Some("Bread")}),
			others: edits(UpdateSkill{Code: "BAKE", Name: Some("Loaves")}),
			choose: []Choice{{Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepValue, Value: "X"}},
			want:   []string{"choices: skill BAKE, name, has been updated since, last in revision 5; choose OURS or THEIRS for it"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			worlds := acted(t, []*World{atlas(t)}, eve, test.did...)
			seq := last(worlds).Seq()
			if test.others != nil {
				worlds = acted(t, worlds, kim, test.others...)
			}
			changes, problems := attempt(worlds, eve, append(slices.Clip(test.list), RevertRevision{Seq: seq, Choices: test.choose})...)
			var got []string
			for _, p := range problems {
				got = append(got, p.Field+": "+p.Message)
			}
			if problems == nil {
				got = lines(last(worlds), changes)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRebase settles each kind of conflict each way.
func TestRebase(t *testing.T) {
	start := func(proposed []Edit, theirs ...Edit) []*World {
		worlds := acted(t, []*World{atlas(t)}, bob, RaiseRequest{Title: "T", Submit: true, Base: 3, Edits: proposed})
		return acted(t, worlds, eve, theirs...)
	}
	rename := UpdateSkill{Code: "BAKE", Name: Some("Ours"), Guidance: Some("G")}
	define := DefineSkillLevel{"BAKE", 2, "Ours."}
	field := func(field string, keep Keep, value string) Choice {
		return Choice{KindSkill, "BAKE", field, keep, value}
	}
	tests := map[string]struct {
		worlds []*World
		choice Choice
		want   []Edit
	}{
		"a field, ours":   {start(edits(rename), UpdateSkill{Code: "BAKE", Name: Some("Theirs")}), field("name", KeepOurs, ""), edits(rename)},
		"a field, theirs": {start(edits(rename), UpdateSkill{Code: "BAKE", Name: Some("Theirs")}), field("name", KeepTheirs, ""), edits(UpdateSkill{Code: "BAKE", Guidance: Some("G")})},
		"a field, a text": {start(edits(rename), UpdateSkill{Code: "BAKE", Name: Some("Theirs")}), field("name", KeepValue, "Both"), edits(UpdateSkill{Code: "BAKE", Name: Some("Both"), Guidance: Some("G")})},
		"a level, a text": {start(edits(define), DefineSkillLevel{"BAKE", 2, "Theirs."}), field("levels.2", KeepValue, "Both."), edits(DefineSkillLevel{"BAKE", 2, "Both."})},
		"retired, ours":   {start(edits(rename, define), RetireSkill{Code: "BAKE"}), field("", KeepOurs, ""), edits(rename, define)},
		"retired, theirs": {start(edits(rename, define, RetireSkill{Code: "MIX"}), RetireSkill{Code: "BAKE"}), field("", KeepTheirs, ""), edits(RetireSkill{Code: "MIX"})},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			if _, problems := attempt(c.worlds, bob, RebaseProposal{Number: 1}); len(problems) != 1 || problems[0].Code != Conflict {
				t.Fatalf("unsettled: %v", problems)
			}
			worlds := acted(t, c.worlds, bob, RebaseProposal{Number: 1, Choices: []Choice{c.choice}})
			p := last(worlds).Entity(Ref{KindProposal, "demo", "1/2"}).(*Proposal)
			if diff := cmp.Diff(c.want, p.Edits); diff != "" || p.Base != c.worlds[len(c.worlds)-1].Seq() {
				t.Errorf("base %d (-want +got):\n%s", p.Base, diff)
			}
			acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept, Apply: true})
		})
	}
	t.Run("without a conflict", func(t *testing.T) {
		worlds := acted(t, start(edits(rename), UpdateSkill{Code: "MIX", Name: Some("M")}), bob, RebaseProposal{Number: 1})
		if p := last(worlds).Entity(Ref{KindProposal, "demo", "1/2"}).(*Proposal); !cmp.Equal(p.Edits, edits(rename)) {
			t.Errorf("%v", p.Edits)
		}
	})
	for name, c := range map[string]struct {
		worlds []*World
		choice Choice
	}{
		"nothing is left":       {start(edits(define), DefineSkillLevel{"BAKE", 2, "Theirs."}), field("levels.2", KeepTheirs, "")},
		"a code given twice":    {start(edits(CreateSkill{Code: "NEW", Name: "N"}), CreateSkill{Code: "NEW", Name: "M"}), Choice{KindSkill, "NEW", "", KeepOurs, ""}},
		"no such conflict":      {start(edits(rename), UpdateSkill{Code: "MIX", Name: Some("M")}), field("name", KeepOurs, "")},
		"no such side":          {start(edits(rename), UpdateSkill{Code: "BAKE", Name: Some("Theirs")}), field("name", "BOTH", "")},
		"a value for a removal": {start(edits(RemoveSkillLevel{"BAKE", 2}, rename), DefineSkillLevel{"BAKE", 2, "Theirs."}), field("levels.2", KeepValue, "x")},
	} {
		if _, problems := attempt(c.worlds, bob, RebaseProposal{Number: 1, Choices: []Choice{c.choice}}); len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
