package framework_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// faultless is a framework in which nothing is found.
func faultless(t testing.TB) *World {
	t.Helper()
	return edited(t, &World{}, "demo",
		CreateFramework{Code: "demo", Name: "Demo"},
		DefineLevel{Ordinal: 1, Name: Some("Follow")},
		DefineLevel{Ordinal: 2, Name: Some("Assist")},
		DefineLevel{Ordinal: 4, Name: Some("Enable")},
		CreateCategory{Code: "top", Name: "Top"},
		CreateCategory{Code: "sub", Name: "Sub", Parent: "top"},
		described("BAKE", "Baking"),
		described("MIX", "Mixing"),
		CreateRole{Code: "baker", Name: "Baker", Requirements: []Requirement{{Skill: "BAKE", Level: 4}, {Skill: "MIX"}}},
	)
}

// described is a skill that no rule has anything against.
func described(code, name string) CreateSkill {
	return CreateSkill{Code: code, Name: name, Description: "Does it.", Category: "sub", Levels: []LevelText{{1, "A"}, {2, "B"}, {4, "C"}}}
}

func findings(list []Finding) []string {
	var out []string
	for _, f := range list {
		line := fmt.Sprintf("%s %s %s", f.Rule, f.Ref.Kind, f.Ref.Key)
		if f.Field != "" {
			line += " " + f.Field
		}
		if f.Other != (Ref{}) {
			line += " / " + f.Other.Key
		}
		out = append(out, line)
	}
	return out
}

func TestLint(t *testing.T) {
	skill := func(code string, change func(*CreateSkill)) Edit {
		s := described(code, "Kneading")
		change(&s)
		return s
	}
	text := func(guidance string) Edit { return UpdateSkill{Code: "BAKE", Guidance: Some(guidance)} }
	named := func(names ...string) []Edit {
		var list []Edit
		for i, name := range names {
			list = append(list, described(fmt.Sprintf("N%d", i+1), name))
		}
		return list
	}
	levels := func(ordinals ...int) []LevelText {
		var list []LevelText
		for _, n := range ordinals {
			list = append(list, LevelText{n, "Text."})
		}
		return list
	}
	tests := []struct {
		name  string
		edits []Edit
		want  []string
	}{
		{"nothing", nil, nil},

		{"orphan", edits(skill("LONE", func(s *CreateSkill) { s.Category = "" })), []string{"ORPHAN_SKILL skill LONE"}},
		{"orphan but for a retired skill and role", edits(skill("LONE", func(s *CreateSkill) { s.Category = "" }), described("OLD", "Old"),
			CreateRole{Code: "kneader", Name: "Kneader", Requirements: []Requirement{{Skill: "LONE"}}}, RetireRole{Code: "kneader", ReplacedBy: []string{"baker"}},
			RetireSkill{Code: "OLD", ReplacedBy: []string{"LONE"}}), []string{"ORPHAN_SKILL skill LONE"}},
		{"no orphan: related", edits(skill("LONE", func(s *CreateSkill) { s.Category = "" }), Relate{From: "BAKE", Type: Broader, To: "LONE"}), nil},
		{"no orphan: required", edits(skill("LONE", func(s *CreateSkill) { s.Category = "" }), Require{Role: "baker", Skill: "LONE"}), nil},

		{"no levels", edits(skill("FLAT", func(s *CreateSkill) { s.Levels = nil })), []string{"SKILL_WITHOUT_LEVELS skill FLAT"}},
		{"retired without levels", edits(skill("FLAT", func(s *CreateSkill) { s.Levels = nil }), RetireSkill{Code: "FLAT", ReplacedBy: []string{"MIX"}}), nil},

		{"no description", edits(UpdateSkill{Code: "BAKE", Description: Some("")}), []string{"UNDESCRIBED_SKILL skill BAKE description"}},
		{"no text at a level", edits(DefineSkillLevel{Skill: "BAKE", Level: 2}), []string{"UNDESCRIBED_LEVEL skill BAKE levels.2"}},

		{"gap", edits(RemoveSkillLevel{Skill: "BAKE", Level: 2}), []string{"LEVEL_GAP skill BAKE levels.2"}},
		{"no gap: the ends", edits(skill("HIGH", func(s *CreateSkill) { s.Levels = levels(2) })), nil},

		{"empty category", edits(CreateCategory{Code: "void", Name: "Void"}), []string{"EMPTY_CATEGORY category void"}},
		{"empty categories in each other", edits(CreateCategory{Code: "void", Name: "Void", Parent: "top"},
			CreateCategory{Code: "a", Name: "A", Parent: "void"}, CreateCategory{Code: "b", Name: "B", Parent: "a"}), []string{"EMPTY_CATEGORY category void"}},
		{"category of retired skills", edits(CreateCategory{Code: "void", Name: "Void"},
			skill("OLD", func(s *CreateSkill) { s.Category = "void" }), RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}), []string{"EMPTY_CATEGORY category void"}},
		{"retired category", edits(CreateCategory{Code: "void", Name: "Void"}, RetireCategory{Code: "void"}), nil},

		{"same name", named("Baking", "Baking"), []string{"DUPLICATE_NAME skill N1 name / BAKE", "DUPLICATE_NAME skill N2 name / BAKE"}},
		{"same name as a retired one", append(named("Baking"), RetireSkill{Code: "N1", ReplacedBy: []string{"BAKE"}}), nil},
		{"same name of siblings", edits(CreateCategory{Code: "c1", Name: "Sub", Parent: "top"}, MoveSkill{Code: "MIX", Category: Some("c1")}), []string{"DUPLICATE_NAME category sub name / c1"}},
		{"same name of cousins", edits(CreateCategory{Code: "c1", Name: "Sub", Parent: "sub"}, MoveSkill{Code: "MIX", Category: Some("c1")}), nil},
		{"same name of roles", edits(CreateRole{Code: "cook", Name: "Baker", Requirements: []Requirement{{Skill: "MIX"}}}), []string{"DUPLICATE_NAME role cook name / baker"}},
		{"same name of roles in two groups", edits(CreateRoleGroup{Code: "g", Name: "G"},
			CreateRole{Code: "cook", Name: "Baker", Group: "g", Requirements: []Requirement{{Skill: "MIX"}}}), nil},

		{"case", named("baking"), []string{"NEAR_DUPLICATE_NAME skill N1 name / BAKE"}},
		{"near and same", named("baking", "baking", "BAKING"), []string{"DUPLICATE_NAME skill N2 name / N1", "NEAR_DUPLICATE_NAME skill N1 name / BAKE", "NEAR_DUPLICATE_NAME skill N3 name / BAKE"}},
		{"punctuation", named("Pricing, selling & tax", "Pricing: selling and tax"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"order", named("Oven repair", "Repair, oven"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"plural", named("Oven repair", "Ovens repairs"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"possessive", named("Customer’s wish", "Customers' wish", "Customer wish"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1", "NEAR_DUPLICATE_NAME skill N3 name / N1"}},
		{"another letter", named("Specialisation", "Specialization"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"a letter less, of two", named("Modelling", "Modeling"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"a letter more", named("Oven cleaning", "Oven cleanning"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"another first letter", named("Oven cleaning", "Oven gleaning"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"a space", named("Cyber security", "Cybersecurity"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1"}},
		{"one letter in several", named("Cleaning", "Gleaning", "Bleaning"), []string{"NEAR_DUPLICATE_NAME skill N2 name / N1", "NEAR_DUPLICATE_NAME skill N3 name / N1"}},
		{"two letters", named("Specialisation", "Specializations x", "Oven cleaning", "Oven gleamings"), nil},
		{"short", named("Rowing", "Mowing"), nil},
		{"numbers", named("Hygiene certificate 1", "Hygiene certificate 2"), nil},
		{"short words", named("Design of the UI", "Design of the UX", "Software in C", "Software in C++", "Software in C#", "Software in R"), nil},

		{"relation to a retired skill", edits(described("OLD", "Old"), Relate{From: "OLD", Type: Related, To: "BAKE"}, Relate{From: "OLD", Type: Prerequisite, To: "MIX"},
			RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}),
			[]string{"RELATION_TO_RETIRED relation BAKE RELATED OLD / OLD", "RELATION_TO_RETIRED relation OLD PREREQUISITE MIX / OLD"}},
		{"relation of retired skills", edits(described("OLD", "Old"), described("OLDER", "Older"), Relate{From: "OLD", Type: Related, To: "OLDER"},
			RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}, RetireSkill{Code: "OLDER", ReplacedBy: []string{"MIX"}}), nil},

		{"requires a retired skill", edits(described("OLD", "Old"), Require{Role: "baker", Skill: "OLD"}, RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}),
			[]string{"REQUIRES_RETIRED role baker requirements.OLD / OLD"}},
		{"retired role requires a retired skill", edits(described("OLD", "Old"), CreateRole{Code: "cook", Name: "Cook", Requirements: []Requirement{{Skill: "OLD"}}},
			RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}, RetireRole{Code: "cook", ReplacedBy: []string{"baker"}}), nil},

		{"requires a level", edits(RemoveSkillLevel{Skill: "BAKE", Level: 4}), []string{"REQUIRES_UNDESCRIBED_LEVEL role baker requirements.BAKE / BAKE"}},
		{"requires a level of a skill without", edits(skill("FLAT", func(s *CreateSkill) { s.Levels = nil }), Require{Role: "baker", Skill: "FLAT", Level: 2}),
			[]string{"SKILL_WITHOUT_LEVELS skill FLAT"}},

		{"requires nothing", edits(CreateRole{Code: "idle", Name: "Idle"}), []string{"ROLE_WITHOUT_REQUIREMENTS role idle"}},
		{"retired role that requires nothing", edits(CreateRole{Code: "idle", Name: "Idle"}, RetireRole{Code: "idle", ReplacedBy: []string{"baker"}}), nil},

		{"no successor", edits(described("OLD", "Old"), RetireSkill{Code: "OLD"}, CreateRole{Code: "idle", Name: "Idle"}, RetireRole{Code: "idle"}),
			[]string{"RETIRED_WITHOUT_SUCCESSOR skill OLD", "RETIRED_WITHOUT_SUCCESSOR role idle"}},
		{"no successor of what took its place", edits(described("OLD", "Old"), described("OLDER", "Older"),
			RetireSkill{Code: "OLDER", ReplacedBy: []string{"OLD"}}, RetireSkill{Code: "OLD"}), []string{"RETIRED_WITHOUT_SUCCESSOR skill OLD"}},

		{"mention", edits(text("Mix first, see MIX.")), []string{"ONE_WAY_MENTION skill BAKE guidance / MIX"}},
		{"mention in both texts", edits(text("MIX"), UpdateSkill{Code: "BAKE", Description: Some("MIX")}), []string{"ONE_WAY_MENTION skill BAKE description / MIX"}},
		{"mention of each other", edits(text("MIX"), UpdateSkill{Code: "MIX", Guidance: Some("BAKE")}),
			[]string{"ONE_WAY_MENTION skill BAKE guidance / MIX", "ONE_WAY_MENTION skill MIX guidance / BAKE"}},
		{"mention at a level", edits(text("See MIX_4.")), []string{"ONE_WAY_MENTION skill BAKE guidance / MIX"}},
		{"mention with a hyphen", edits(text("All MIX-related work.")), []string{"ONE_WAY_MENTION skill BAKE guidance / MIX"}},
		{"mention of a code with a hyphen", edits(text("See X-Y"), described("X-Y", "Kneading")), []string{"ONE_WAY_MENTION skill BAKE guidance / X-Y"}},
		{"mention in quotes", edits(text("“MIX” é")), []string{"ONE_WAY_MENTION skill BAKE guidance / MIX"}},
		{"mention in parentheses", edits(text("Kneads (knead, no; (k.1))"), described("k.1", "Kneading")), []string{"ONE_WAY_MENTION skill BAKE guidance / k.1"}},
		{"mention in parentheses at a level", edits(text("(knead_2)"), described("knead", "Kneading")), []string{"ONE_WAY_MENTION skill BAKE guidance / knead"}},
		{"mention of a related skill", edits(text("MIX"), Relate{From: "MIX", Type: Complementary, To: "BAKE"}), nil},
		{"mention of itself", edits(text("BAKE")), nil},
		{"mention of a retired skill", edits(text("OLD"), described("OLD", "Old"), RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}), nil},
		{"mention by a retired skill", edits(skill("OLD", func(s *CreateSkill) { s.Guidance = "MIX" }), RetireSkill{Code: "OLD", ReplacedBy: []string{"BAKE"}}), nil},
		{"no mention", edits(text("mix Mix MIXED REMIX MIX2 AMIX_4 MIXé ÉMIX MIX_É knead (knead more) (knead"), described("knead", "Kneading")), nil},
		{"no mention: lists", edits(text("(a) one (1) two A three"), described("a", "Kneading"), described("1", "Rising"), described("A", "Waiting")), nil},
		{"no mention: numbers", edits(text("(12) 12"), described("12", "Kneading")), nil},

		{"unused level", edits(DefineLevel{Ordinal: 3, Name: Some("Apply")}, skill("HIGH", func(s *CreateSkill) { s.Levels = levels(3) }), RetireSkill{Code: "HIGH", ReplacedBy: []string{"MIX"}},
			DefineLevel{Ordinal: 7, Name: Some("Inspire")}), []string{"LEVEL_GAP skill BAKE levels.3", "LEVEL_GAP skill MIX levels.3", "UNUSED_LEVEL level 3", "UNUSED_LEVEL level 7"}},
		{"level of an attribute only", edits(DefineLevel{Ordinal: 7, Name: Some("Inspire")}, CreateAttribute{Code: "AUTO", Name: "Autonomy"},
			DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "A"}, DefineAttributeLevel{Attribute: "AUTO", Level: 2, Description: "B"},
			DefineAttributeLevel{Attribute: "AUTO", Level: 4, Description: "C"}, DefineAttributeLevel{Attribute: "AUTO", Level: 7, Description: "D"}), nil},

		{"attribute at some levels", edits(CreateAttribute{Code: "AUTO", Name: "Autonomy"}, DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "A"},
			DefineAttributeLevel{Attribute: "AUTO", Level: 4}), []string{"ATTRIBUTE_LEVEL_MISSING attribute AUTO levels.2", "ATTRIBUTE_LEVEL_MISSING attribute AUTO levels.4"}},
		{"attribute at no level", edits(CreateAttribute{Code: "AUTO", Name: "Autonomy"}), nil},
		{"retired attribute", edits(CreateAttribute{Code: "AUTO", Name: "Autonomy"}, DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "A"}, RetireAttribute{Code: "AUTO"}), nil},
	}
	base := faultless(t)
	seen := map[LintRule]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := base
			if test.edits != nil {
				w = edited(t, w, "demo", test.edits...)
			}
			got := Lint(w.Snapshot("demo"))
			if diff := cmp.Diff(test.want, findings(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, f := range got {
				seen[f.Rule] = true
				if f.Message == "" || f.Ref.Framework != "demo" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
	for _, r := range LintRules() {
		if !seen[r] {
			t.Errorf("no test finds %s", r)
		}
	}
}

// TestLintOfAFrameworkWithoutLevels does not ask for what the framework has not.
func TestLintOfAFrameworkWithoutLevels(t *testing.T) {
	w := edited(t, &World{}, "flat", CreateFramework{Code: "flat", Name: "Flat"}, CreateCategory{Code: "c", Name: "C"},
		CreateSkill{Code: "A", Name: "A", Description: "A.", Category: "c"})
	if got := findings(Lint(w.Snapshot("flat"))); got != nil {
		t.Error(got)
	}
}

// TestLintLooksAtItsOwnFrameworkOnly has matches across frameworks, which the
// viewer of one of them need not know of.
func TestLintLooksAtItsOwnFrameworkOnly(t *testing.T) {
	w := edited(t, faultless(t), "other", CreateFramework{Code: "other", Name: "Other"},
		CreateSkill{Code: "COOK", Name: "Cooking", Description: "Cooks."},
		Relate{From: "COOK", Type: ExactMatch, ToFramework: "demo", To: "BAKE"}, RetireSkill{Code: "COOK"})
	if got := findings(Lint(w.Snapshot("demo"))); got != nil {
		t.Errorf("demo: %v", got)
	}
	want := []string{"RETIRED_WITHOUT_SUCCESSOR skill COOK"}
	if diff := cmp.Diff(want, findings(Lint(w.Snapshot("other")))); diff != "" {
		t.Errorf("other (-want +got):\n%s", diff)
	}
}

// TestMentionsAreBounded mentions more skills than are told of.
func TestMentionsAreBounded(t *testing.T) {
	list := edits()
	var codes []string
	for i := range 60 {
		code := fmt.Sprintf("M%dX", i)
		codes = append(codes, code)
		list = append(list, described(code, "Number "+code))
	}
	list = append(list, UpdateSkill{Code: "BAKE", Guidance: Some(strings.Join(codes, " "))})
	if got := Lint(edited(t, faultless(t), "demo", list...).Snapshot("demo")); len(got) != 50 {
		t.Errorf("there are %d findings", len(got))
	}
}

// TestNearNames compares with a slow reference, which looks at every pair. Of
// several names that differ in the same letter only the pairs with the first are
// told, so that what is found has to lead from each name of a pair to the other.
func TestNearNames(t *testing.T) {
	distance := func(a, b []rune) int {
		row := make([]int, len(b)+1)
		for j := range row {
			row[j] = j
		}
		for i := range a {
			diagonal := row[0]
			row[0] = i + 1
			for j := range b {
				best := min(row[j], row[j+1]) + 1
				if a[i] == b[j] {
					best = min(best, diagonal)
				} else {
					best = min(best, diagonal+1)
				}
				diagonal, row[j+1] = row[j+1], best
			}
		}
		return row[len(b)]
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var names []string
		for len(names) < 40 {
			name := []rune("nearly équal")
			for range random.IntN(3) {
				i := random.IntN(len(name))
				switch letter := []rune{'x', 'y', 'é'}[random.IntN(3)]; {
				case name[i] == ' ':
				case random.IntN(2) == 0:
					name[i] = letter
				default:
					name = slices.Insert(name, i, letter)
				}
			}
			if !slices.Contains(names, string(name)) {
				names = append(names, string(name))
			}
		}
		list := edits(CreateFramework{Code: "demo", Name: "Demo"}, CreateCategory{Code: "sub", Name: "Sub"})
		for i, name := range names {
			list = append(list, CreateSkill{Code: fmt.Sprint(i), Name: name, Description: "D.", Category: "sub"})
		}
		w := edited(t, &World{}, "demo", list...)
		group := make([]int, len(names)) // which names lead to each other
		for i := range group {
			group[i] = i
		}
		number := func(r Ref) (n int) {
			if _, err := fmt.Sscan(r.Key, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, f := range Lint(w.Snapshot("demo")) {
			a, b := number(f.Ref), number(f.Other)
			if f.Rule != NearDuplicateName || distance([]rune(names[a]), []rune(names[b])) != 1 {
				t.Fatalf("%s: %q and %q", f.Rule, names[a], names[b])
			}
			from, to := group[a], group[b]
			for i := range group {
				if group[i] == from {
					group[i] = to
				}
			}
		}
		for a := range names {
			for b := range a {
				if distance([]rune(names[a]), []rune(names[b])) == 1 && group[a] != group[b] {
					t.Errorf("%q and %q are not found", names[a], names[b])
				}
			}
		}
	}
}

// TestLintIsDeterministic comes to the same content by another way.
func TestLintIsDeterministic(t *testing.T) {
	list := edits(CreateFramework{Code: "demo", Name: "Demo"}, DefineLevel{Ordinal: 1, Name: Some("One")}, DefineLevel{Ordinal: 2, Name: Some("Two")})
	var skills []Edit
	for i := range 40 {
		skills = append(skills, CreateSkill{
			Code: fmt.Sprintf("S%02dX", i), Name: fmt.Sprintf("Kneading by %s", strings.Repeat("abc", 1+i%7)),
			Guidance: fmt.Sprintf("See S%02dX and S%02dX.", i*7%40, i*3%40), Levels: []LevelText{{1 + i%2, ""}},
		})
	}
	once := edited(t, &World{}, "demo", append(slices.Clone(list), skills...)...)
	want := Lint(once.Snapshot("demo"))
	if len(want) < 100 {
		t.Fatalf("only %d findings", len(want))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		random.Shuffle(len(skills), func(i, j int) { skills[i], skills[j] = skills[j], skills[i] })
		w := edited(t, &World{}, "demo", append(slices.Clone(list), skills[:20]...)...)
		w = edited(t, w, "demo", skills[20:]...)
		if diff := cmp.Diff(want, Lint(w.Snapshot("demo"))); diff != "" {
			t.Fatalf("findings (-want +got):\n%s", diff)
		}
	}
}

func TestLintDifference(t *testing.T) {
	w := edited(t, faultless(t), "demo", DefineSkillLevel{Skill: "BAKE", Level: 2}, CreateRole{Code: "idle", Name: "Idle"})
	after := edited(t, w, "demo", DefineSkillLevel{Skill: "BAKE", Level: 2, Description: "B"}, UpdateRole{Code: "idle", Name: Some("Idler")},
		described("N1", "Mixing"), DefineSkillLevel{Skill: "MIX", Level: 4})
	added, removed := LintDifference(Lint(w.Snapshot("demo")), Lint(after.Snapshot("demo")))
	if diff := cmp.Diff([]string{"UNDESCRIBED_LEVEL skill MIX levels.4", "DUPLICATE_NAME skill N1 name / MIX"}, findings(added)); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"UNDESCRIBED_LEVEL skill BAKE levels.2"}, findings(removed)); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	for _, f := range slices.Concat(added, removed) {
		if f.Message == "" {
			t.Errorf("%+v", f)
		}
	}
}

// TestLintPages lists findings in pages, of all rules and of some.
func TestLintPages(t *testing.T) {
	w := edited(t, faultless(t), "demo", described("N1", "baking"), DefineSkillLevel{Skill: "BAKE", Level: 2}, DefineSkillLevel{Skill: "BAKE", Level: 4},
		UpdateSkill{Code: "MIX", Description: Some("As BAKE and N1.")}, CreateRole{Code: "idle", Name: "Idle"}, DefineLevel{Ordinal: 6, Name: Some("Six")})
	f := w.View(anyone(), "demo", false)
	pages := func(rules ...LintRule) lister[FindingView] {
		return func(first *int, after *string, last *int, before *string) (FindingConnection, error) {
			return f.Lint(t.Context(), first, after, last, before, rules)
		}
	}
	show := func(v FindingView) string {
		line := fmt.Sprintf("%s %s %s", v.Severity(), v.Rule(), v.Entity().ID())
		if v.Other() != nil {
			line += " / " + v.Other().ID()
		}
		return line
	}
	walks(t, pages(), show,
		"WARNING UNDESCRIBED_LEVEL skill:demo:BAKE",
		"WARNING UNDESCRIBED_LEVEL skill:demo:BAKE",
		"HINT NEAR_DUPLICATE_NAME skill:demo:N1 / skill:demo:BAKE",
		"WARNING ROLE_WITHOUT_REQUIREMENTS role:demo:idle",
		"HINT ONE_WAY_MENTION skill:demo:MIX / skill:demo:BAKE",
		"HINT ONE_WAY_MENTION skill:demo:MIX / skill:demo:N1",
		"HINT UNUSED_LEVEL level:demo:6",
	)
	walks(t, pages(UnusedLevel, NearDuplicateName), show,
		"HINT NEAR_DUPLICATE_NAME skill:demo:N1 / skill:demo:BAKE",
		"HINT UNUSED_LEVEL level:demo:6",
	)
	walks(t, pages(DuplicateName), show)
}
