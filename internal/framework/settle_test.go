package framework_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// TestConflicts shows what of a proposal is in conflict with what others have done
// since, and what can be chosen.
func TestConflicts(t *testing.T) {
	for _, test := range []struct {
		name   string
		ours   []Edit
		theirs []Edit
		want   []string
	}{
		{"another field", edits(UpdateSkill{Code: "BAKE", Name: Some("Ours")}), edits(UpdateSkill{Code: "BAKE", Guidance: Some("G")}), nil},
		{"the same", edits(UpdateSkill{Code: "BAKE", Name: Some("Both")}, RetireSkill{Code: "MIX"}), edits(UpdateSkill{Code: "BAKE", Name: Some("Both")}, RetireSkill{Code: "MIX"}), nil},
		{"a name", edits(UpdateSkill{Code: "BAKE", Name: Some("Ours")}), edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			[]string{"skill BAKE name: Baking, Theirs, Ours; OURS THEIRS VALUE"}},
		{"back to what it was", edits(UpdateSkill{Code: "BAKE", Name: Some("Baking"), Guidance: Some("G")}), edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			[]string{"skill BAKE name: Baking, Theirs, Baking; OURS THEIRS VALUE"}},
		{"cleared", edits(UpdateSkill{Code: "BAKE", Description: Some("")}), edits(UpdateSkill{Code: "BAKE", Description: Some("Theirs.")}),
			[]string{"skill BAKE description: Bakes., Theirs., -; OURS THEIRS VALUE"}},
		{"synonyms", edits(UpdateSkill{Code: "BAKE", Synonyms: Some([]string{"B", "A"})}), edits(UpdateSkill{Code: "BAKE", Synonyms: Some([]string{"T"})}),
			[]string{"skill BAKE synonyms: Breadmaking, T, A\nB; OURS THEIRS"}},
		{"a level text", edits(DefineSkillLevel{"BAKE", 2, "Ours."}), edits(DefineSkillLevel{"BAKE", 2, ""}),
			[]string{"skill BAKE levels.2: Bakes with help., , Ours.; OURS THEIRS VALUE"}},
		{"a level that goes", edits(RemoveSkillLevel{"BAKE", 2}), edits(DefineSkillLevel{"BAKE", 2, "Theirs."}),
			[]string{"skill BAKE levels.2: Bakes with help., Theirs., -; OURS THEIRS"}},
		{"a place", edits(MoveSkill{Code: "BAKE", Category: Some("top"), Position: Some(1)}), edits(MoveSkill{Code: "BAKE", Category: Some("empty"), Position: Some(2)}),
			[]string{"skill BAKE category: sub, empty, top; OURS THEIRS", "skill BAKE position: -, 2, 1; OURS THEIRS"}},
		{"a requirement", edits(Require{Role: "baker", Skill: "BAKE", Level: 1, Weight: 0.5}), edits(Require{Role: "baker", Skill: "BAKE", Importance: Optional}),
			[]string{"role baker requirements.BAKE: level 2, essential, any level, optional, level 1, essential, weight 0.5; OURS THEIRS"}},
		{"retired by them", edits(UpdateSkill{Code: "BAKE", Name: Some("Ours")}), edits(RetireSkill{Code: "BAKE"}), []string{"skill BAKE updated; OURS THEIRS"}},
		{"retired by us", edits(RetireSkill{Code: "BAKE"}), edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}), []string{"skill BAKE updated; OURS THEIRS"}},
		{"created by both", edits(CreateSkill{Code: "NEW", Name: "Ours"}), edits(CreateSkill{Code: "NEW", Name: "Theirs"}), []string{"skill NEW created; THEIRS"}},
		{"stated by both", edits(Relate{From: "MIX", Type: Related, To: "BAKE"}), edits(Relate{From: "BAKE", Type: Related, To: "MIX", Note: "N"}),
			[]string{"relation BAKE RELATED MIX created; THEIRS"}},
		{"a note of a relation that is gone", edits(UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("Ours.")}), edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			[]string{"relation BAKE PREREQUISITE MIX removed; THEIRS"}},
		{"a relation that goes", edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}), edits(UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("Theirs.")}),
			[]string{"relation BAKE PREREQUISITE MIX updated; OURS THEIRS"}},
		{"a level defined by both", edits(DefineLevel{Ordinal: 3, Name: Some("Ours"), URL: Some("http://x.org")}), edits(DefineLevel{Ordinal: 3, Name: Some("Theirs"), Essence: Some("E")}),
			[]string{"level 3 name: -, Theirs, Ours; OURS THEIRS VALUE"}},
		{"a level that is gone", edits(DefineLevel{Ordinal: 4, Name: Some("Ours"), Essence: Some("E")}), edits(RemoveLevel{4}), []string{"level 4 removed; OURS THEIRS"}},
		{"a merge of what they have related", edits(MergeSkills{Codes: []string{"MIX"}, Into: "TASTE"}), edits(Relate{From: "MIX", Type: Related, To: "SERVE"}),
			[]string{"relation MIX RELATED SERVE created; OURS THEIRS"}},
		{"the framework", edits(UpdateFramework{Name: Some("Ours")}), edits(UpdateFramework{Name: Some("Theirs"), Locale: Some("en")}),
			[]string{"the framework name: Demo, Theirs, Ours; OURS THEIRS VALUE"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := atlas(t)
			head := edited(t, base, "demo", test.theirs...)
			var got []string
			for _, c := range Conflicts(base, head, "demo", test.ours) {
				line := c.Describe()
				if c.Field != "" {
					line += fmt.Sprintf(" %s: %s, %s, %s", c.Field, shownValue(c.Base), shownValue(c.Theirs), shownValue(c.Ours))
				} else {
					line += " " + strings.ToLower(string(c.Since))
				}
				line += ";"
				for _, k := range c.Settle() {
					line += " " + string(k)
				}
				if c.By == nil || c.By.Seq != head.Seq() {
					t.Errorf("%s: by %v", line, c.By)
				}
				got = append(got, line)
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if found := Conflicts(head, head, "demo", test.ours); found != nil {
				t.Errorf("edits made on the head conflict: %v", found)
			}
		})
	}
}

func shownValue(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// TestRebaseOfWhatIsNotSaid rebases proposals whose effects their edits do not name.
func TestRebaseOfWhatIsNotSaid(t *testing.T) {
	merge := MergeSkills{Codes: []string{"MIX"}, Into: "TASTE"}
	rename := UpdateSkill{Code: "SERVE", Name: Some("Ours")}
	requires := Choice{Kind: KindRole, Key: "baker", Field: "requirements.MIX"}
	with := func(c Choice, k Keep) Choice { c.Keep = k; return c }
	base := []*World{atlas(t)}
	for _, test := range []struct {
		name   string
		ours   []Edit
		theirs []Edit
		choose []Choice
		want   []Edit
		refuse []string
	}{
		{
			name: "theirs leaves the merge out", ours: edits(merge, rename), theirs: edits(Require{Role: "baker", Skill: "MIX", Level: 4}),
			choose: []Choice{with(requires, KeepTheirs)}, want: edits(rename),
		},
		{
			name: "ours keeps it", ours: edits(merge, rename), theirs: edits(Require{Role: "baker", Skill: "MIX", Level: 4}),
			choose: []Choice{with(requires, KeepOurs)}, want: edits(merge, rename),
		},
		{
			name: "ours of what is left out elsewhere", ours: edits(merge, rename),
			theirs: edits(Require{Role: "baker", Skill: "MIX", Level: 4}, UpdateSkill{Code: "MIX", Name: Some("Theirs")}),
			choose: []Choice{with(requires, KeepTheirs), {Kind: KindSkill, Key: "MIX", Keep: KeepOurs}},
			refuse: []string{"choices: skill MIX cannot be OURS: what would make it so is left out for THEIRS elsewhere; choose THEIRS here too, or OURS there"},
		},
		{
			name: "back to what it was", ours: edits(UpdateSkill{Code: "BAKE", Name: Some("Baking"), Guidance: Some("G")}), theirs: edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			choose: []Choice{{Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepTheirs}}, want: edits(UpdateSkill{Code: "BAKE", Guidance: Some("G")}),
		},
		{
			name: "what is left meets what they created", ours: edits(CreateSkill{Code: "NEW", Name: "Ours"}, Relate{From: "NEW", Type: Related, To: "MIX"}),
			theirs: edits(CreateSkill{Code: "NEW", Name: "Theirs"}), choose: []Choice{{Kind: KindSkill, Key: "NEW", Keep: KeepTheirs}},
			want: edits(Relate{From: "NEW", Type: Related, To: "MIX"}),
		},
		{
			name: "both created, unsettled", ours: edits(CreateSkill{Code: "NEW", Name: "Ours"}), theirs: edits(CreateSkill{Code: "NEW", Name: "Theirs"}),
			refuse: []string{"choices: skill NEW has been created since, last in revision 5; choose THEIRS for it: a code is given once"},
		},
		{
			name: "gone, unsettled", ours: edits(UpdateRelation{From: "BAKE", Type: Prerequisite, To: "MIX", Note: Some("Ours.")}, rename),
			theirs: edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
			refuse: []string{"choices: relation BAKE PREREQUISITE MIX has been removed since, last in revision 5; choose THEIRS for it: what is gone cannot be changed"},
		},
		{
			name: "a conflict that only comes out then",
			ours: edits(CreateSkill{Code: "NEW", Name: "Ours"}, UpdateSkill{Code: "BAKE", Name: Some("Baking"), Guidance: Some("G")}), theirs: edits(
				CreateSkill{Code: "NEW", Name: "Theirs"}, UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			choose: []Choice{{Kind: KindSkill, Key: "NEW", Keep: KeepTheirs}},
			refuse: []string{"choices: skill BAKE, name, has been updated since, last in revision 5; choose OURS or THEIRS or VALUE for it"},
		},
		{
			name: "what cannot be made any more", ours: edits(MoveSkill{Code: "MIX", Category: Some("empty")}), theirs: edits(RetireCategory{"empty"}),
			refuse: []string{"choices: moveSkill.category, in the proposal, cannot be made now: category empty is retired; choose an active one; choose otherwise, or propose other edits"},
		},
		{
			name: "a value that is none", ours: edits(UpdateSkill{Code: "BAKE", Name: Some("Ours")}), theirs: edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			choose: []Choice{{Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepValue}},
			refuse: []string{"choices: updateSkill.name, in the proposal, cannot be made now: is required; choose otherwise, or propose other edits"},
		},
		{
			name: "a choice given twice", ours: edits(UpdateSkill{Code: "BAKE", Name: Some("Ours")}), theirs: edits(UpdateSkill{Code: "BAKE", Name: Some("Theirs")}),
			choose: []Choice{{Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepOurs}, {Kind: KindSkill, Key: "BAKE", Field: "name", Keep: KeepTheirs}},
			refuse: []string{"choices.1: there is no conflict about skill BAKE, field \"name\""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			worlds := acted(t, base, bob, RaiseRequest{Title: "T", Submit: true, Base: 3, Edits: test.ours})
			worlds = acted(t, worlds, eve, test.theirs...)
			rebase := RebaseProposal{Number: 1, Choices: test.choose}
			if test.refuse != nil {
				_, problems := attempt(worlds, bob, rebase)
				var got []string
				for _, p := range problems {
					got = append(got, p.Field+": "+p.Message)
				}
				if diff := gocmp.Diff(test.refuse, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
			worlds = acted(t, worlds, bob, rebase)
			p := last(worlds).Entity(Ref{KindProposal, "demo", "1/2"}).(*Proposal)
			if diff := gocmp.Diff(test.want, p.Edits); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			acted(t, worlds, eve, DecideRequest{Number: 1, Outcome: OutcomeAccept, Apply: true})
		})
	}
}

// TestRandomRebases rebases random proposals over what others have done at random,
// with choices at random. What comes of one that is accepted is held against the
// law: theirs is theirs, ours is ours, and nothing else of theirs is overwritten.
func TestRandomRebases(t *testing.T) {
	made, refused, chosen, dropped := 0, 0, map[Keep]int{}, 0
	for seed := range uint64(600) {
		a := newAuthor(seed)
		worlds := lived(a, 15)
		base := last(worlds)
		ours := good(a, base, 25)
		if len(ours) == 0 {
			continue
		}
		worlds = acted(t, worlds, bob, RaiseRequest{Title: "T", Submit: true, Base: base.Seq(), Edits: ours})
		for range 4 {
			if theirs := good(a, last(worlds), 12); len(theirs) > 0 {
				worlds = acted(t, worlds, eve, theirs...)
			}
		}
		head := last(worlds)
		if head.Snapshot("demo").Revision() <= base.Seq() {
			continue
		}

		var choices []Choice
		var changes []Change
		var problems []Problem
		for {
			changes, problems = attempt(worlds, bob, RebaseProposal{Number: 1, Choices: choices})
			more := asked(base, head, problems)
			if len(more) == 0 {
				break
			}
			for _, c := range more {
				c.choice.Keep = pick(a, c.keeps...)
				c.choice.Value = "A text of both"
				choices = append(choices, c.choice)
			}
		}
		if problems != nil {
			refused++
			continue
		}
		made++
		p := next(head, changes).Entity(Ref{KindProposal, "demo", "1/2"}).(*Proposal)
		if len(p.Edits) < len(ours) {
			dropped++
		}
		result := outcome(t, head, p.Edits)
		onBase := factsAll(everything(outcome(t, base, ours)))
		onHead := onBase
		if changes, problems := head.Edit("demo", ours); problems == nil {
			onHead = factsAll(everything(next(head, changes)))
		}
		was, is, now := factsAll(everything(base)), factsAll(everything(head)), factsAll(everything(result))

		keeps := map[Ref]map[string]Keep{}
		for _, c := range choices {
			ref := Ref{c.Kind, "demo", c.Key}
			if keeps[ref] == nil {
				keeps[ref] = map[string]Keep{}
			}
			keeps[ref][c.Field] = c.Keep
			chosen[c.Keep]++
			switch {
			case c.Keep == KeepTheirs && c.Field == "":
				if diff := gocmp.Diff(is[ref], now[ref]); diff != "" {
					t.Errorf("seed %d: %v is to be theirs (-want +got):\n%s", seed, ref, diff)
				}
			case c.Keep == KeepTheirs && at(is, ref, c.Field) != at(now, ref, c.Field):
				t.Errorf("seed %d: %v, %s, is to be theirs, %q, not %q", seed, ref, c.Field, at(is, ref, c.Field), at(now, ref, c.Field))
			case c.Keep == KeepOurs && c.Field != "" && at(now, ref, c.Field) != at(onBase, ref, c.Field) && at(now, ref, c.Field) != at(onHead, ref, c.Field):
				t.Errorf("seed %d: %v, %s, is to be ours, %q, not %q", seed, ref, c.Field, at(onBase, ref, c.Field), at(now, ref, c.Field))
			case c.Keep == KeepValue && strings.TrimPrefix(at(now, ref, c.Field), "=") != c.Value && c.Field != "url" && c.Field != "locale" && c.Field != "skillCodePattern":
				t.Errorf("seed %d: %v, %s, is %q", seed, ref, c.Field, at(now, ref, c.Field))
			}
		}
		for ref := range union(is, now) {
			for field := range union(is[ref], now[ref]) {
				overwritten := at(is, ref, field) != at(now, ref, field)
				theirs := at(was, ref, field) != at(is, ref, field)
				if whole, own := keeps[ref][""], keeps[ref][field]; overwritten && theirs && cmp.Or(own, whole) != KeepOurs && own != KeepValue {
					t.Errorf("seed %d: %v, %s, of theirs was overwritten: %q by %q\nours %#v\nleft %#v", seed, ref, field, is[ref], now[ref], ours, p.Edits)
				}
			}
		}
		if merges(ours) || slices.ContainsFunc(choices, func(c Choice) bool { return c.Keep != KeepOurs }) {
			continue
		}
		for ref := range union(was, onBase) {
			for field := range union(was[ref], onBase[ref]) {
				mine := at(was, ref, field) != at(onBase, ref, field)
				theirs := at(was, ref, field) != at(is, ref, field)
				if mine && !theirs && at(now, ref, field) != at(onBase, ref, field) {
					t.Errorf("seed %d: %v, %s, is not ours: %q, not %q", seed, ref, field, at(now, ref, field), at(onBase, ref, field))
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d made, %d refused, %v, %d with edits left out", made, refused, chosen, dropped)
	if made < 100 || chosen[KeepOurs] < 30 || chosen[KeepTheirs] < 30 || chosen[KeepValue] < 5 {
		t.Errorf("only %d were made, with %v", made, chosen)
	}
}

func union[K comparable, V any](a, b map[K]V) map[K]bool {
	keys := map[K]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// at is the value of a field; that there is none differs from one that is empty.
func at(all map[Ref]map[string]string, ref Ref, field string) string {
	value, has := all[ref][field]
	if !has {
		return "none"
	}
	return value
}

func merges(list []Edit) bool {
	return slices.ContainsFunc(list, func(e Edit) bool {
		switch e.(type) {
		case MergeSkills, MergeRoles, MergeCategories:
			return true
		}
		return false
	})
}

// outcome is a world after edits that can be made.
func outcome(t *testing.T, w *World, list []Edit) *World {
	t.Helper()
	changes, problems := w.Edit("demo", list)
	if problems != nil {
		t.Fatalf("%#v: %v", list, problems)
	}
	return next(w, changes)
}

// good is a list of random edits that can be made and proposed.
func good(a *author, w *World, n int) []Edit {
	var list []Edit
	for range n {
		e := a.edit("demo")
		switch e.(type) {
		case ArchiveFramework, UnarchiveFramework, CreateFramework:
			continue
		}
		if changes, problems := w.Edit("demo", append(slices.Clip(list), e)); problems == nil && len(changes) > 0 {
			list = append(list, e)
		}
	}
	return list
}

// fieldsOf are the fields of two versions, and the empty one that stands for all.
func fieldsOf(a, b Entity) map[string]bool {
	fields := union(FactsOf(a), FactsOf(b))
	fields[""] = true
	return fields
}

type question struct {
	choice Choice
	keeps  []Keep
}

// asked lists the choices that problems ask for.
func asked(base, head *World, problems []Problem) []question {
	var list []question
	was, is := everything(base), everything(head)
	for ref := range union(was, is) {
		for field := range fieldsOf(was[ref], is[ref]) {
			where := ref.Describe()
			if field != "" {
				where += ", " + field + ","
			}
			for _, p := range problems {
				about, options, found := strings.Cut(p.Message, "; choose ")
				if p.Code != Conflict || !found || !strings.HasPrefix(about, where+" has been ") {
					continue
				}
				options, _, _ = strings.Cut(options, " for it")
				q := question{choice: Choice{Kind: ref.Kind, Key: ref.Key, Field: field}}
				for _, k := range strings.Split(options, " or ") {
					q.keeps = append(q.keeps, Keep(k))
				}
				list = append(list, q)
			}
		}
	}
	slices.SortFunc(list, func(a, b question) int {
		return cmp.Compare(fmt.Sprint(a.choice), fmt.Sprint(b.choice))
	})
	return list
}
