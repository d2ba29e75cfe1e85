package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// small is a bundle of a framework f with the entities of some sections.
func small(sections ...string) []byte {
	return []byte(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"},
` + strings.Join(sections, ",\n") + "}")
}

func skillsOf(list ...string) string { return `"skills": [` + strings.Join(list, ",\n") + `]` }

func skill(code, name, description string) string {
	return fmt.Sprintf(`{"code": %q, "name": %q, "description": %q}`, code, name, description)
}

func renames(list []exchange.Rename) (lines []string) {
	for _, r := range list {
		lines = append(lines, fmt.Sprintf("%s %s → %s: %s", r.Kind, r.From, r.To, r.Why))
	}
	return lines
}

const (
	baking = "Bakes bread, rolls and cakes of every kind in large ovens, and keeps the ovens clean."
	salt   = "Weighs out the salt for each batch and writes down how much of it was used."
	washes = "Washes dishes, pots and pans."
)

// TestRenames: what is missing and what is new are proposed to be the same where they
// look so, and only where there is no doubt which is which.
func TestRenames(t *testing.T) {
	level := func(text string) string { return fmt.Sprintf(`"levels": [{"level": 1, "description": %q}]`, text) }
	for _, tt := range []struct {
		name          string
		before, after []byte
		want          []string
	}{
		{
			"same texts",
			small(skillsOf(skill("A", "Baking", baking))), small(skillsOf(skill("B", "Oven work", "  "+strings.ToUpper(baking)))),
			[]string{"skill A → B: SAME_TEXTS"},
		},
		{
			"same texts of levels",
			small(`"levels": [{"ordinal": 1, "name": "One"}]`, skillsOf(`{"code": "A", "name": "Baking", `+level(baking)+`}`)),
			small(`"levels": [{"ordinal": 1, "name": "One"}]`, skillsOf(`{"code": "B", "name": "Oven work", `+level(baking)+`}`)),
			[]string{"skill A → B: SAME_TEXTS"},
		},
		{
			"same texts that tell nothing",
			small(skillsOf(skill("A", "Dishes", washes))), small(skillsOf(skill("B", "Kitchen porter", washes))), nil,
		},
		{"no texts", small(skillsOf(skill("A", "Baking", ""))), small(skillsOf(skill("B", "Oven work", ""))), nil},
		{
			"same name",
			small(skillsOf(skill("A", "Baking", baking))), small(skillsOf(skill("B", "BAKING", salt))),
			[]string{"skill A → B: NEAR_NAMES"},
		},
		{
			"a few other characters",
			small(skillsOf(skill("A", "Programing", ""))), small(skillsOf(skill("B", "Programming", ""))),
			[]string{"skill A → B: NEAR_NAMES"},
		},
		{
			"a character more at either end of another",
			small(skillsOf(skill("A", "organisation of feasts", ""))), small(skillsOf(skill("B", "rganisation of feastss", ""))),
			[]string{"skill A → B: NEAR_NAMES"},
		},
		{
			"words in another order",
			small(skillsOf(skill("A", "Management of the kitchen", ""))), small(skillsOf(skill("B", "Kitchen management", ""))),
			[]string{"skill A → B: NEAR_NAMES"},
		},
		{
			"another word", small(skillsOf(skill("A", "Kitchen management", ""))), small(skillsOf(skill("B", "Kitchen cleaning", ""))), nil,
		},
		{
			"the opposite", small(skillsOf(skill("A", "Senior cook", ""))), small(skillsOf(skill("B", "Junior cook", ""))), nil,
		},
		{
			"another number",
			small(skillsOf(skill("A", "Baking for beginners 1", ""), skill("C", "Pastry for beginners II", ""))),
			small(skillsOf(skill("B", "Baking for beginners 2", ""), skill("D", "Pastry for beginners III", ""))), nil,
		},
		{
			"another rank",
			small(skillsOf(skill("A", "Operations engineer for ovens", ""))), small(skillsOf(skill("B", "Lead operations engineer for ovens", ""))), nil,
		},
		{
			"most of the wording",
			small(skillsOf(skill("A", "Baking", baking))), small(skillsOf(skill("B", "Oven work", baking+" Always."))),
			[]string{"skill A → B: LIKE_TEXTS"},
		},
		{
			"other wording", small(skillsOf(skill("A", "Baking", baking))), small(skillsOf(skill("B", "Oven work", salt))), nil,
		},
		{
			"two new ones as like",
			small(skillsOf(skill("A", "Baking", baking))),
			small(skillsOf(skill("B", "Oven work", baking), skill("C", "Roll making", baking))), nil,
		},
		{
			"two missing ones as like",
			small(skillsOf(skill("A", "Baking", baking), skill("B", "Cakes", baking))), small(skillsOf(skill("C", "Oven work", baking))), nil,
		},
		{
			"same texts, told apart by name",
			small(skillsOf(skill("A", "Cakes for feasts", baking), skill("B", "Bread for feasts", baking))),
			small(skillsOf(skill("C", "Bread for fasts", baking), skill("D", "Cakes for fasts", baking))),
			[]string{"skill A → D: SAME_TEXTS", "skill B → C: SAME_TEXTS"},
		},
		{
			"names say one thing, texts another",
			small(skillsOf(skill("A", "Baking", baking), skill("B", "Seasoning", salt))),
			small(skillsOf(skill("C", "Baking", salt), skill("D", "Oven work", baking))), nil,
		},
		{
			"the best of each",
			small(skillsOf(skill("A", "Baking", baking), skill("B", "Seasoning", salt))),
			small(skillsOf(skill("C", "Seasoning by hand", salt), skill("D", "Baking by hand", baking+" Always."))),
			[]string{"skill A → D: LIKE_TEXTS", "skill B → C: SAME_TEXTS"},
		},
		{
			"a match that prefers another",
			small(skillsOf(skill("A", "Baking", baking), skill("B", "Bakery", baking))), small(skillsOf(skill("C", "Baking", baking))),
			[]string{"skill A → C: SAME_TEXTS"},
		},
		{
			"one that is there still",
			small(skillsOf(skill("A", "Baking", baking))),
			small(skillsOf(skill("A", "Baking", baking), skill("B", "Baking", baking))), nil,
		},
		{
			"retired here",
			small(skillsOf(`{"code": "A", "name": "Baking", "status": "RETIRED"}`)), small(skillsOf(skill("B", "Baking", ""))), nil,
		},
		{
			"retired there",
			small(skillsOf(skill("A", "Baking", ""))), small(skillsOf(`{"code": "B", "name": "Baking", "status": "RETIRED"}`)), nil,
		},
		{
			"roles, and not skills with roles",
			small(`"roles": [{"code": "a", "name": "Head baker"}, {"code": "c", "name": "Cook"}]`),
			small(skillsOf(skill("d", "Cook", "")), `"roles": [{"code": "b", "name": "Head bakers"}]`),
			[]string{"role a → b: NEAR_NAMES"},
		},
		{
			"a language without spaces",
			small(skillsOf(skill("A", "システム企画", ""))), small(skillsOf(skill("B", "システム企画", ""))),
			[]string{"skill A → B: NEAR_NAMES"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, plan := load(t, new(framework.World), tt.before, exchange.Options{})
			if len(plan.Renames) > 0 {
				t.Errorf("a new framework has renames: %v", plan.Renames)
			}
			after, plan := load(t, w, tt.after, exchange.Options{})
			if diff := cmp.Diff(tt.want, renames(plan.Renames)); diff != "" {
				t.Error(diff)
			}
			// They are only proposed: what is missing is, and stays.
			for _, r := range plan.Renames {
				was, is := w.Snapshot("f").Entity(r.Kind, r.From), after.Snapshot("f").Entity(r.Kind, r.From)
				missed := exchange.Missing{Ref: framework.Ref{Kind: r.Kind, Framework: "f", Key: r.From}}
				if was != is || !slices.Contains(plan.Missing, missed) || after.Snapshot("f").Entity(r.Kind, r.To) == nil {
					t.Errorf("%v is more than proposed", r)
				}
				if r.FromName != framework.NameOf(was) || r.ToName != framework.NameOf(after.Snapshot("f").Entity(r.Kind, r.To)) {
					t.Errorf("%v has the wrong names", r)
				}
			}
		})
	}
}

var demoCodes = regexp.MustCompile(`"(?:code|from|to|skill)": "([A-Z]{4})"`)

// TestRenamesOfADemo gives every skill of the demo another code: all are proposed, and
// with all confirmed the files change nothing.
func TestRenamesOfADemo(t *testing.T) {
	w := meridian(t)
	before := export(t, w, "meridian")
	// Reversed, so that the canonical order of symmetric relations is another.
	renamed := func(code string) string { return string([]byte{'Z' + 'A' - code[0], code[1], code[2], code[3]}) }
	codes := map[string]bool{}
	for k := range w.Snapshot("meridian").Skills() {
		codes[k.Code] = true
	}
	var same []exchange.Same
	var want []string
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if !codes[renamed(code)] {
			same = append(same, exchange.Same{Kind: framework.KindSkill, Store: code, File: renamed(code)})
			want = append(want, fmt.Sprintf("skill %s → %s: SAME_TEXTS", code, renamed(code)))
		}
	}
	if len(same) < 40 {
		t.Fatalf("only %d can be renamed", len(same))
	}
	after := demoCodes.ReplaceAllFunc(before, func(b []byte) []byte {
		code := string(b[len(b)-5 : len(b)-1])
		if !codes[code] || codes[renamed(code)] {
			return b
		}
		return bytes.Replace(b, []byte(code), []byte(renamed(code)), 1)
	})
	_, plan := load(t, w, after, exchange.Options{})
	if diff := cmp.Diff(want, renames(plan.Renames)); diff != "" {
		t.Errorf("proposed (-want +got):\n%s", diff)
	}
	_, plan = load(t, w, after, exchange.Options{Same: same})
	if len(plan.Edits)+len(plan.Missing)+len(plan.Renames) > 0 {
		t.Errorf("confirmed, it plans %v, misses %v, proposes %v", plan.Edits, plan.Missing, plan.Renames)
	}
}

// TestSame: what is said to be the same keeps its code, and references follow.
func TestSame(t *testing.T) {
	w, _ := load(t, new(framework.World), small(
		`"categories": [{"code": "c", "name": "Food"}, {"code": "d", "name": "Bread", "parent": "c"}]`,
		skillsOf(`{"code": "A", "name": "Baking", "category": "c"}`, `{"code": "M", "name": "Mixing"}`, `{"code": "O", "name": "Old"}`),
		`"relations": [{"from": "A", "type": "RELATED", "to": "M"}]`,
		`"roleGroups": [{"code": "g", "name": "Kitchen"}]`,
		`"roles": [{"code": "r", "name": "Baker", "group": "g", "requirements": [{"skill": "A"}]}]`,
	), exchange.Options{})
	newer := small(
		`"categories": [{"code": "c2", "name": "Food"}, {"code": "d", "name": "Bread", "parent": "c2"}]`,
		skillsOf(
			`{"code": "Z", "name": "Baking and roasting", "category": "c2"}`, `{"code": "M", "name": "Mixing"}`,
			`{"code": "O", "name": "Old", "status": "RETIRED"}`,
		),
		`"relations": [{"from": "M", "type": "RELATED", "to": "Z"}, {"from": "Z", "type": "REPLACES", "to": "O"}]`,
		`"roleGroups": [{"code": "g2", "name": "Kitchen"}]`,
		`"roles": [{"code": "r2", "name": "Baker", "group": "g2", "requirements": [{"skill": "Z"}]}]`,
	)
	opt := exchange.Options{Same: []exchange.Same{
		{Store: "A", File: "Z"}, {Store: "c", File: "c2"}, {Kind: framework.KindRoleGroup, Store: "g", File: "g2"},
		{Kind: framework.KindRole, Store: "r", File: "r2"},
	}}
	w, plan := load(t, w, newer, opt)
	if diff := cmp.Diff([]framework.Edit{
		framework.UpdateSkill{Code: "A", Name: framework.Some("Baking and roasting")},
		framework.Relate{From: "O", Type: framework.ReplacedBy, To: "A"},
		framework.RetireSkill{Code: "O"},
	}, plan.Edits, cmp.Transformer("none", func(list []string) string { return fmt.Sprint(list) })); diff != "" || len(plan.Missing) > 0 {
		t.Errorf("%s; misses %v", diff, plan.Missing)
	}
	if _, plan = load(t, w, newer, opt); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("again it plans %v, misses %v", plan.Edits, plan.Missing)
	}
	if _, plan = load(t, w, newer, exchange.Options{}); !slices.Contains(renames(plan.Renames), "skill A → Z: NEAR_NAMES") {
		t.Errorf("without being told again it proposes %v", plan.Renames)
	}
}

// TestSameCodes: a bundle in which everything that can have another code has one
// changes nothing when each is confirmed, whatever the world holds.
func TestSameCodes(t *testing.T) {
	other := func(code string) string {
		reversed := []rune(code) // so that their order is another
		slices.Reverse(reversed)
		return "x" + string(reversed)
	}
	kinds := map[string]framework.Kind{
		"skills": framework.KindSkill, "categories": framework.KindCategory, "roleGroups": framework.KindRoleGroup, "roles": framework.KindRole,
	}
	codes := 0
	for seed := range 30 {
		w := grow(t, withOther(t), "random", rand.New(rand.NewPCG(5, uint64(seed))), 400, map[string]int{})
		var bundle map[string]any
		if err := json.Unmarshal(export(t, w, "random"), &bundle); err != nil {
			t.Fatal(err)
		}
		var same []exchange.Same
		for section, list := range bundle {
			elements, _ := list.([]any)
			for _, e := range elements {
				e := e.(map[string]any)
				replace := func(in map[string]any, fields ...string) {
					for _, f := range fields {
						if code, ok := in[f].(string); ok {
							in[f] = other(code)
						}
						if codes, ok := in[f].([]any); ok {
							for i := range codes {
								codes[i] = other(codes[i].(string))
							}
						}
					}
				}
				if kind := kinds[section]; kind != "" {
					same = append(same, exchange.Same{Kind: kind, Store: e["code"].(string), File: other(e["code"].(string))})
					replace(e, "code", "category", "parent", "group", "successors")
				}
				if section == "relations" {
					replace(e, "from")
					if e["toFramework"] == nil {
						replace(e, "to")
					}
				}
				requirements, _ := e["requirements"].([]any)
				for _, q := range requirements {
					replace(q.(map[string]any), "skill")
				}
			}
		}
		renamed, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		_, plan := load(t, w, renamed, exchange.Options{Same: same, RetireMissing: true})
		if len(plan.Edits)+len(plan.Missing)+len(plan.Renames) > 0 {
			t.Fatalf("seed %d: it plans %#v, misses %v, proposes %v", seed, plan.Edits, plan.Missing, plan.Renames)
		}
		codes += len(same)
	}
	if codes < 300 {
		t.Errorf("there are only %d codes", codes)
	}
}

// TestSameOfNames: where codes are made of names, it is said once.
func TestSameOfNames(t *testing.T) {
	sample := files(t, "testdata/gdad")
	w, _ := loadGDaD(t, new(framework.World), sample, exchange.Options{})
	for i := range sample {
		sample[i].Content = regexp.MustCompile("(?i)listening").ReplaceAll(sample[i].Content, []byte("Entirely different"))
	}
	w, plan := loadGDaD(t, w, sample, exchange.Options{Same: []exchange.Same{{Store: "listening", File: "entirely-different"}}})
	var told []string
	for _, e := range plan.Effects(w) {
		told = append(told, e.Key)
	}
	if diff := cmp.Diff([]string{"listening"}, told); diff != "" || len(plan.Missing) > 0 {
		t.Errorf("%s; misses %v", diff, plan.Missing)
	}
	if _, plan := loadGDaD(t, w, sample, exchange.Options{}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("again it plans %v, misses %v", plan.Edits, plan.Missing)
	}
}

func TestSameRefuses(t *testing.T) {
	w, _ := load(t, new(framework.World), small(
		skillsOf(skill("A", "A", ""), skill("B", "B", "")), `"roles": [{"code": "A", "name": "A"}]`), exchange.Options{})
	after := small(skillsOf(skill("X", "X", ""), skill("B", "B", "")), `"roles": [{"code": "X", "name": "A", "requirements": [{"skill": "X"}]}]`)
	for _, tt := range []struct {
		name string
		same []exchange.Same
		want string
		path []any
	}{
		{"not here", []exchange.Same{{Store: "N", File: "X"}}, `framework f has nothing with the code "N"`, []any{"same", 0}},
		{"no such role", []exchange.Same{{Kind: "role", Store: "B", File: "X"}}, `framework f has no role "B"`, []any{"same", 0}},
		{"not in the files", []exchange.Same{{Kind: "skill", Store: "A", File: "N"}}, `the files have no skill "N"`, []any{"same", 0}},
		{"nothing", []exchange.Same{{Kind: "skill", Store: "A"}}, `the files have no skill ""`, []any{"same", 0}},
		{"skill or role", []exchange.Same{{Store: "A", File: "X"}}, `"A" is the code of a skill and of a role; say which is meant`, []any{"same", 0}},
		{"a level", []exchange.Same{{Kind: "level", Store: "A", File: "X"}}, `a level cannot be said to be the same; skills, roles, categories and role groups can`, []any{"same", 0}},
		{"here already", []exchange.Same{{Kind: "skill", Store: "A", File: "B"}}, `framework f has skill "B" already, which is not "A"; its code stays taken`, []any{"same", 0}},
		{"both in the files", []exchange.Same{{Kind: "skill", Store: "B", File: "X"}}, `the files have skill "B" too, so that "X" is another one`, []any{"same", 0}},
		{
			"twice", []exchange.Same{{Kind: "skill", Store: "A", File: "X"}, {Kind: "skill", Store: "A", File: "X"}},
			`skill "A" is said to be the same as two others`, []any{"same", 1},
		},
		{"too many", make([]exchange.Same, 1001), `1001 entities are said to be the same as others; one import takes 1000`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := exchange.Import(t.Context(), w, "json", bundleFile(string(after)), exchange.Options{Same: tt.same})
			refusal, _ := err.(*framework.Error)
			if refusal == nil {
				t.Fatalf("it says %v", err)
			}
			if diff := cmp.Diff(tt.want, refusal.Message); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.path, refusal.Path); diff != "" {
				t.Error(diff)
			}
		})
	}
	same := []exchange.Same{{Kind: "skill", Store: "A", File: "X"}}
	_, err := exchange.Import(t.Context(), w, "json", bundleFile(string(after)), exchange.Options{Framework: "new", Same: same})
	if want := `there is no framework "new", so that nothing in it can be what the files call otherwise`; err == nil || err.Error() != want {
		t.Errorf("it says %v", err)
	}
	// What is named may be in a row that cannot be read.
	bad := strings.Replace(string(after), `{"code": "X", "name": "X"`, `{"code": 7, "name": "X"`, 1)
	plan, err := exchange.Import(t.Context(), w, "json", bundleFile(bad), exchange.Options{Same: []exchange.Same{{Store: "B", File: "Y"}}})
	if err != nil || !plan.Refused || len(plan.Faults) != 1 {
		t.Errorf("it says %v, %v", plan, err)
	}
}

// TestEffects: what a plan does is told in the order in which people read it.
func TestEffects(t *testing.T) {
	w, _ := load(t, new(framework.World), small(
		skillsOf(skill("A", "A", ""), skill("B", "B", ""), skill("C", "C", "")),
		`"relations": [{"from": "A", "type": "RELATED", "to": "B"}]`), exchange.Options{})
	_, plan := load(t, w, small(skillsOf(skill("N", "N", ""), skill("A", "A", "x"), skill("B", "New B", "x"))), exchange.Options{RetireMissing: true})
	var got []string
	effects := plan.Effects(w)
	for _, e := range effects {
		got = append(got, fmt.Sprintf("%s %s %s %q %q %v", e.Action, e.Kind, e.Key, e.NameBefore, e.Name, e.Fields))
	}
	if diff := cmp.Diff([]string{
		`UPDATED skill B "B" "New B" [description name]`,
		`UPDATED skill A "" "A" [description]`,
		`UPDATED skill C "" "C" [status]`,
		`CREATED skill N "" "N" [code name status]`,
		`REMOVED relation A RELATED B "" "" [from to type]`,
	}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(exchange.Totals{Created: 1, Updated: 3, Renamed: 1, Removed: 1}, exchange.Tally(effects)); diff != "" {
		t.Error(diff)
	}
}

// TestProposal: a plan becomes the proposal of a change request when it can be one.
func TestProposal(t *testing.T) {
	w, _ := load(t, new(framework.World), small(skillsOf(skill("A", "A", ""))), exchange.Options{})
	many := func(n int, description string) []byte {
		list := []string{skill("A", "A", "")}
		for i := range n {
			list = append(list, skill(fmt.Sprint("N", i), "N", description))
		}
		return small(skillsOf(list...))
	}
	const inParts = "; import them, or propose them in parts, from files that hold some of it each"
	for _, tt := range []struct {
		name   string
		bundle []byte
		into   string
		edits  int
		want   string
	}{
		{"some", many(1_000, ""), "", 1_000, ""},
		{"nothing", many(0, ""), "", 0, "framework f is as the files say already; there is nothing to propose"},
		{"too many", many(1_001, ""), "", 0, "the import makes 1001 edits, and a change request proposes at most 1000" + inParts},
		{
			"too much", many(60, strings.Repeat("text ", 3_900)), "", 0,
			"the 60 edits of the import hold 1173410 bytes, and a change request proposes at most 900000" + inParts,
		},
		{"a new framework", many(1, ""), "new", 0, `there is no framework "new" yet that a change request could change; import it first`},
		{
			"archived", bytes.Replace(many(1, ""), []byte(`"name": "F"`), []byte(`"name": "F", "archived": true`), 1), "", 0,
			"the files archive framework f or open it again, which cannot be proposed; do that first",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, plan := load(t, w, tt.bundle, exchange.Options{Framework: tt.into, Propose: true})
			raise, err := plan.Proposal(w.Seq(), framework.RaiseRequest{Title: "T", Submit: true})
			if tt.want != "" {
				if err == nil || err.Error() != tt.want {
					t.Errorf("it says %q, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(raise.Edits) != tt.edits || raise.Title != "T" || !raise.Submit || raise.Base != w.Seq() {
				t.Errorf("it is %d edits on %d, %q", len(raise.Edits), raise.Base, raise.Title)
			}
			act := framework.Act{Actor: framework.Actor{ID: "con", Access: framework.Contributor}}
			if _, problems := w.EditAs(act, "f", []framework.Edit{raise}); len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

// TestOptionsThatMeanNothing are refused rather than left undone.
func TestOptionsThatMeanNothing(t *testing.T) {
	list := []exchange.File{{Name: "t.json", Content: []byte(`{"format": "skillatlas-tracker/1", "changeRequests": []}`)}}
	for want, opt := range map[string]exchange.Options{
		"": {},
		"rows to leave out: it is taken as a whole or not at all": {SkipBadRows: true},
		"content, so that nothing is missing from it":             {RetireMissing: true},
		"columns to map": {Columns: []exchange.Column{{Header: "a", Field: "b"}}},
		"skills or roles that could be the same as others": {Same: []exchange.Same{{Store: "a", File: "b"}}},
		"content that a change request could propose":      {Propose: true},
	} {
		opt.Framework = "meridian"
		_, err := exchange.Import(t.Context(), meridian(t), "tracker", list, opt)
		if want != "" {
			want = "a file of format tracker has no " + want
		}
		if got := strings.TrimSuffix(fmt.Sprint(err), "<nil>"); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	_, err := exchange.Import(t.Context(), new(framework.World), "json", list, exchange.Options{Columns: make([]exchange.Column, 201)})
	if want := "201 columns are mapped; one import takes 200"; err == nil || err.Error() != want {
		t.Errorf("it says %v, want %q", err, want)
	}
}

// BenchmarkRenames imports a framework of 14,000 skills of which 2,000 have another
// code, name and wording.
func BenchmarkRenames(b *testing.B) {
	bundle := func(release int) []byte {
		r := rand.New(rand.NewPCG(1, 2))
		words := func(n int) string {
			var list []string
			for range n {
				// Some words are far more frequent than others, as in prose.
				list = append(list, fmt.Sprintf("w%d", int(3_000*r.Float64()*r.Float64()*r.Float64())))
			}
			return strings.Join(list, " ")
		}
		list := make([]string, 14_000)
		for n := range list {
			code, name, text := fmt.Sprint("s", n), words(3), words(80)
			if release == 2 && n%7 == 0 {
				code, name, text = fmt.Sprint("t", n), name+" anew", text+" and some more words than before"
			}
			list[n] = skill(code, name, text)
		}
		return small(skillsOf(list...))
	}
	w, _ := load(b, new(framework.World), bundle(1), exchange.Options{})
	newer := bundleFile(string(bundle(2)))
	for _, same := range []bool{true, false} {
		b.Run(map[bool]string{true: "proposed", false: "nothing new"}[same], func(b *testing.B) {
			list, found := newer, 0
			if !same {
				list = bundleFile(string(bundle(1)))
			}
			for b.Loop() {
				plan, err := exchange.Import(b.Context(), w, "json", list, exchange.Options{})
				if err != nil || len(plan.Faults) > 0 {
					b.Fatal(err, plan.Faults)
				}
				found = len(plan.Renames)
			}
			b.ReportMetric(float64(found), "renames")
		})
	}
}
