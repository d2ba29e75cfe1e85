package framework_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

func TestProblemsAreBounded(t *testing.T) {
	bad := func(n int) []Edit {
		list := make([]Edit, n)
		for i := range list {
			list[i] = RetireSkill{Code: "NOPE"}
		}
		return list
	}
	w := atlas(t)
	tests := []struct {
		name  string
		edits []Edit
		want  int
	}{
		{"as many as are reported", bad(1000), 1000},
		{"one more", bad(1001), 1001},
		{"many more", bad(5000), 1001},
		{"many of one edit", edits(MergeSkills{Codes: make([]string, 5000), Into: "BAKE"}), 1001},
		{"many of one edit after others", append(bad(999), MergeRoles{Codes: make([]string, 5000), Into: "chef"}, RetireSkill{Code: "NOPE"}), 1001},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := w.Edit("demo", test.edits)
			if len(problems) != test.want {
				t.Fatalf("got %d problems, want %d", len(problems), test.want)
			}
			last := problems[len(problems)-1].Message
			if more := last == "there are more problems; mend these first"; more != (test.want > 1000) {
				t.Errorf("the last problem is %q", last)
			}
		})
	}
}

func TestAFrameworkIsNeeded(t *testing.T) {
	changes, problems := atlas(t).Edit("nope", nil)
	if diff := cmp.Diff([]Problem{{0, "", `there is no framework "nope"`, Invalid}}, problems); diff != "" || changes != nil {
		t.Error(changes, diff)
	}
}

func TestProblemsAndErrorsInWords(t *testing.T) {
	tests := map[string]struct{ got, want string }{
		"problem of a field":  {Problem{3, "name", "is required", Invalid}.String(), "edit 3, name: is required"},
		"problem of an edit":  {Problem{3, "", "is odd", Invalid}.String(), "edit 3: is odd"},
		"error with no path":  {Errorf(Invalid, "%d is odd", 3).Error(), "3 is odd"},
		"error with a path":   {(&Error{Message: "is odd", Path: []any{"edits", 3, "updateSkill", "name"}}).Error(), "edits[3].updateSkill.name: is odd"},
		"path that is a list": {FormatPath([]any{0, "a", 1, 2}), "[0].a[1][2]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("got %q, want %q", test.got, test.want)
			}
		})
	}
}

// TestBounds fills what is bounded to the brim, and then some.
func TestBounds(t *testing.T) {
	var skills []Edit
	for i := range 2002 {
		skills = append(skills, CreateSkill{Code: fmt.Sprintf("x%04d-", i), Name: "X"})
	}
	skill := func(i int) string { return fmt.Sprintf("x%04d-", i) }
	w := edited(t, &World{}, "one", append(edits(CreateFramework{Code: "one", Name: "One"}), skills...)...)
	w = edited(t, w, "two", CreateFramework{Code: "two", Name: "Two"}, CreateSkill{Code: "y", Name: "Y"})
	var hub, role []Edit
	for i := range 1999 {
		hub = append(hub, Relate{From: skill(0), Type: Broader, To: skill(i + 1)})
	}
	role = edits(CreateRole{Code: "r", Name: "R"}, CreateRole{Code: "q", Name: "Q", Requirements: []Requirement{{Skill: skill(1000)}}})
	for i := range 1000 {
		role = append(role, Require{Role: "r", Skill: skill(i)})
	}
	w = edited(t, w, "one", append(hub, role...)...)

	full := Relate{From: skill(2000), Type: Narrower, To: skill(0)}
	tests := []struct {
		name  string
		edits []Edit
		want  []Problem
	}{
		{"the last relation", edits(full), nil},
		{"one relation more", edits(full, Relate{From: skill(0), Type: Related, To: skill(1)}), []Problem{{1, "from", "skill x0000- has 2000 relations; no more are allowed", Invalid}}},
		{"one more from the other end", edits(full, Relate{From: skill(1), Type: Related, To: skill(0)}), []Problem{{1, "to", "skill x0000- has 2000 relations; no more are allowed", Invalid}}},
		{"one match more", edits(full, Relate{From: skill(0), Type: ExactMatch, ToFramework: "two", To: "y"}), []Problem{{1, "from", "skill x0000- has 2000 relations; no more are allowed", Invalid}}},
		{"one more when another went", edits(full, Unrelate{From: skill(1), Type: Narrower, To: skill(0)}, Relate{From: skill(1), Type: Related, To: skill(0)}), nil},
		{"a note is no relation more", edits(full, UpdateRelation{From: skill(0), Type: Broader, To: skill(1), Note: Some("N")}), nil},
		{"a replacement", edits(full, RetireSkill{Code: skill(0), ReplacedBy: []string{skill(1)}}), []Problem{{1, "code", "skill x0000- has 2000 relations; no more are allowed", Invalid}}},
		{"a skill to merge into", edits(full, Relate{From: skill(2001), Type: Related, To: skill(1)}, MergeSkills{Codes: []string{skill(2001)}, Into: skill(0)}), []Problem{{2, "into", "skill x0000- has 2001 relations; no more are allowed", Invalid}}},
		{"a skill to merge", edits(full, MergeSkills{Codes: []string{skill(0)}, Into: skill(2001)}), []Problem{{1, "into", "skill x2001- has 2000 relations; no more are allowed", Invalid}}},
		{"one requirement more", edits(Require{Role: "r", Skill: skill(1000)}), []Problem{{0, "role", "role r would have 1001 requirements; at most 1000 are allowed", Invalid}}},
		{"the same requirement otherwise", edits(Require{Role: "r", Skill: skill(7), Importance: Optional}), nil},
		{"a role to merge into", edits(MergeRoles{Codes: []string{"q"}, Into: "r"}, UpdateRole{Code: "r", Name: Some("R2")}), []Problem{{0, "into", "role r would have 1001 requirements; at most 1000 are allowed", Invalid}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changes, problems := w.Edit("one", test.edits)
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Error(diff)
			}
			if changes != nil {
				if err := Check(next(w, changes)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDepth(t *testing.T) {
	tests := map[string]struct {
		edits []Edit
		fits  bool
	}{
		"20 categories":                          {chain(20, deepCategory), true},
		"21 categories":                          {chain(21, deepCategory), false},
		"20 role groups":                         {chain(20, deepGroup), true},
		"21 role groups":                         {chain(21, deepGroup), false},
		"a category and one in it below 18":      {append(chain(18, deepCategory), MoveCategory{Code: "top", Parent: Some("deep18")}), true},
		"a category and one in it below 19":      {append(chain(19, deepCategory), MoveCategory{Code: "top", Parent: Some("deep19")}), false},
		"a role group and one in it below 18":    {append(chain(18, deepGroup), MoveRoleGroup{Code: "staff", Parent: Some("deep18")}), true},
		"a role group and one in it below 19":    {append(chain(19, deepGroup), MoveRoleGroup{Code: "staff", Parent: Some("deep19")}), false},
		"what a merged category held, below 19":  {append(chain(19, deepCategory), MergeCategories{Codes: []string{"top"}, Into: "deep19"}), true},
		"what a merged category held, below 20":  {append(chain(20, deepCategory), MergeCategories{Codes: []string{"top"}, Into: "deep20"}), false},
		"a category in another place as deep":    {append(chain(20, deepCategory), MoveCategory{Code: "deep20", Parent: Some("deep19")}), true},
		"a category whose position alone is new": {append(chain(20, deepCategory), MoveCategory{Code: "deep1", Position: Some(3)}), true},
	}
	w := atlas(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changes, problems := w.Edit("demo", test.edits)
			if (problems == nil) != test.fits {
				t.Errorf("problems are %v", problems)
			}
			if changes != nil {
				if err := Check(next(w, changes)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestTextBounds takes texts of exactly the length allowed.
func TestTextBounds(t *testing.T) {
	x := func(n int) string { return strings.Repeat("é", n/2) }
	w := edited(t, atlas(t), "other",
		CreateSkill{Code: x(200), Name: x(500), Description: x(20_000), Guidance: x(20_000), URL: "http://x/" + strings.Repeat("x", 1991), Synonyms: []string{x(500)}, Position: 1_000_000})
	if w.View(anyone(), "other", false).Skill(x(200)) == nil {
		t.Error("the skill is not there")
	}
}

// TestMatchesOfOthersAreBoundedApart has editors of other frameworks state all
// the matches they may with one skill, which is still its own framework's to relate.
func TestMatchesOfOthersAreBoundedApart(t *testing.T) {
	skill := func(i int) string { return fmt.Sprintf("x%04d-", i) }
	list := edits(CreateFramework{Code: "many", Name: "Many"})
	for i := range 2001 {
		list = append(list, CreateSkill{Code: skill(i), Name: "X"})
	}
	w := edited(t, &World{}, "lone", CreateFramework{Code: "lone", Name: "Lone"}, CreateSkill{Code: "y", Name: "Y"}, CreateSkill{Code: "z", Name: "Z"})
	w = edited(t, w, "many", list...)
	match := func(i int) Edit {
		return Relate{From: skill(i), Type: CloseMatch, ToFramework: "lone", To: "y"}
	}
	var matches []Edit
	for i := range 1999 {
		matches = append(matches, match(i))
	}
	w = edited(t, w, "many", matches...)
	full := edited(t, w, "many", match(1999))
	refused := func(edit int) []Problem {
		return []Problem{{edit, "to", "skill y of framework lone has 2000 matches stated by other frameworks; no more are allowed", Invalid}}
	}
	tests := []struct {
		name      string
		w         *World
		framework string
		edits     []Edit
		want      []Problem
	}{
		{"one match more", full, "many", edits(match(2000)), refused(0)},
		{"two more in one list", w, "many", edits(match(1999), match(2000)), refused(1)},
		{"one more when another went", full, "many", edits(Unrelate{From: skill(0), Type: CloseMatch, ToFramework: "lone", To: "y"}, match(2000)), nil},
		{"a relation of its own framework", full, "lone", edits(Relate{From: "y", Type: Broader, To: "z"}), nil},
		{"a replacement", full, "lone", edits(RetireSkill{Code: "y", ReplacedBy: []string{"z"}}), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := test.w.Edit(test.framework, test.edits)
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}
