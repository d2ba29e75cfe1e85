package framework_test

import (
	"fmt"
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

// TestRandomReverts takes random revisions back: the last one without a conflict, an
// older one with random choices, and never into a world that breaks a rule.
func TestRandomReverts(t *testing.T) {
	refused, made := 0, 0
	for seed := range uint64(8) {
		a := newAuthor(seed)
		worlds := []*World{next(&World{}, func() []Change { c, _ := (&World{}).Edit("demo", founding("demo")); return c }())}
		for range 150 {
			changes, _ := last(worlds).Edit("demo", a.edits("demo"))
			if len(changes) == 0 || last(worlds).Snapshot("demo").Framework().Archived {
				continue
			}
			worlds = append(worlds, next(last(worlds), changes))
			if last(worlds).Snapshot("demo").Framework().Archived {
				worlds = worlds[:len(worlds)-1]
				continue
			}
			before := stated(worlds[len(worlds)-2])
			back, problems := attempt(worlds, eve, RevertRevision{Seq: last(worlds).Seq()})
			if problems != nil {
				t.Fatalf("seed %d, revision %d: %v", seed, last(worlds).Seq(), problems)
			}
			w := next(last(worlds), back)
			if err := Check(w); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if diff := cmp.Diff(before, stated(w)); diff != "" {
				t.Fatalf("seed %d, revision %d (-want +got):\n%s", seed, w.Seq(), diff)
			}
			old := RevertRevision{Seq: 2 + int64(a.IntN(int(last(worlds).Seq()-1)))}
			for range 20 {
				back, problems = attempt(worlds, eve, old)
				if problems == nil {
					made++
					if len(back) > 0 {
						if err := Check(next(last(worlds), back)); err != nil {
							t.Fatalf("seed %d, taking %d back: %v", seed, old.Seq, err)
						}
					}
					break
				}
				refused++
				for _, p := range problems {
					if p.Code != Conflict && p.Code != Invalid {
						t.Fatalf("%v", p)
					}
				}
				more := conflictsOf(worlds, old.Seq)
				if len(old.Choices) == len(more) {
					break
				}
				old.Choices = nil
				for _, c := range more {
					c.Keep = pick(a, KeepOurs, KeepTheirs)
					old.Choices = append(old.Choices, c)
				}
			}
		}
	}
	if made < 50 || refused < 20 {
		t.Errorf("only %d were made and %d refused", made, refused)
	}
}

// conflictsOf guesses the choices that taking a revision back takes, from what it
// touched.
func conflictsOf(worlds []*World, seq int64) []Choice {
	var list []Choice
	_, problems := attempt(worlds, eve, RevertRevision{Seq: seq})
	at := func(seq int64) *World {
		return worlds[slices.IndexFunc(worlds, func(w *World) bool { return w.Seq() == seq })]
	}
	for _, touch := range last(worlds).Step(seq).Touches {
		fields := append([]string{""}, fieldsBetween(at(seq-1), at(seq), touch.Ref)...)
		for _, f := range fields {
			about := touch.Describe()
			if f != "" {
				about += ", " + f + ","
			}
			if slices.ContainsFunc(problems, func(p Problem) bool { return strings.HasPrefix(p.Message, about+" has been") }) {
				list = append(list, Choice{Kind: touch.Kind, Key: touch.Key, Field: f})
			}
		}
	}
	return list
}

func fieldsBetween(before, after *World, ref Ref) []string {
	return before.Differences([]Change{{Ref: ref, Entity: after.Entity(ref)}})[0].Fields
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
