package framework_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "skillatlas/internal/framework"
)

// Every type of edit in the package is one of content, but those of whole
// frameworks.
func TestContentEditsAreComplete(t *testing.T) {
	var want []string
	for _, name := range editTypes(t) {
		want = append(want, strings.ToLower(name[:1])+name[1:])
	}
	got := []string{"createFramework", "archiveFramework", "unarchiveFramework"}
	for name, e := range ContentEdits() {
		got = append(got, name)
		if EditName(e) != name {
			t.Errorf("%T has the name %q, expected %q", e, EditName(e), name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the edits differ (-package +content):\n%s", diff)
	}
}

func TestEditName(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit Edit
		want string
	}{
		{"value", UpdateSkill{}, "updateSkill"},
		{"pointer", &UpdateSkill{}, "updateSkill"},
		{"nil pointer", (*UpdateSkill)(nil), ""},
		{"nil", nil, ""},
		{"whole framework", CreateFramework{}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := EditName(tc.edit); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestEncodeEdit(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit Edit
		want string
	}{
		{"left out", UpdateSkill{Code: "BAKE"}, `{"updateSkill":{"code":"BAKE"}}`},
		{"set", UpdateSkill{Code: "BAKE", Name: Some("Baking"), Synonyms: Some([]string{"a", "b"})},
			`{"updateSkill":{"code":"BAKE","name":"Baking","synonyms":["a","b"]}}`},
		{"cleared", UpdateSkill{Code: "BAKE", Guidance: Some(""), Synonyms: Some([]string{})},
			`{"updateSkill":{"code":"BAKE","guidance":null,"synonyms":null}}`},
		{"nothing at all", UpdateFramework{}, `{"updateFramework":{}}`},
		{"pointer", &RetireSkill{Code: "BAKE"}, `{"retireSkill":{"code":"BAKE"}}`},
		{"empty but required", MergeSkills{}, `{"mergeSkills":{"codes":[],"into":""}}`},
		{"position 0", MoveAttribute{Code: "AUTO"}, `{"moveAttribute":{"code":"AUTO","position":0}}`},
		{"order of the schema", Relate{From: "A", Type: ExactMatch, ToFramework: "other", To: "B", Note: "n"},
			`{"relate":{"from":"A","type":"EXACT_MATCH","to":"B","toFramework":"other","note":"n"}}`},
		{"other names", CreateRole{Code: "R", Name: "R", RoleKind: "Manager"}, `{"createRole":{"code":"R","name":"R","kind":"Manager"}}`},
		{"default importance", Require{Role: "R", Skill: "S"}, `{"require":{"role":"R","skill":"S","importance":"ESSENTIAL"}}`},
		{"lists", CreateSkill{Code: "S", Name: "S", Levels: []LevelText{{1, "one"}, {2, ""}}},
			`{"createSkill":{"code":"S","name":"S","levels":[{"level":1,"description":"one"},{"level":2}]}}`},
		{"requirements", CreateRole{Code: "R", Name: "R", Requirements: []Requirement{{"S", 2, Optional, 0.25}}},
			`{"createRole":{"code":"R","name":"R","requirements":[{"skill":"S","level":2,"importance":"OPTIONAL","weight":0.25}]}}`},
		{"negative zero", Require{Role: "R", Skill: "S", Weight: math.Copysign(0, -1)}, `{"require":{"role":"R","skill":"S","importance":"ESSENTIAL"}}`},
		{"escapes", UpdateCategory{Code: "C", Name: Some("<\"a\" & b>\n")}, `{"updateCategory":{"code":"C","name":"<\"a\" & b>\n"}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := EncodeEdit(tc.edit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncodeEditRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit Edit
		want string
	}{
		{"whole framework", CreateFramework{Code: "demo"}, "framework.CreateFramework is not an edit of a framework's content"},
		{"nil", nil, "<nil> is not an edit of a framework's content"},
		{"bytes", RetireSkill{Code: "A", ReplacedBy: []string{"B", "\xff"}}, "retireSkill.replacedBy[1]: is not valid UTF-8"},
		{"type", Unrelate{From: "A", Type: "LIKES", To: "B"}, `unrelate.type: "LIKES" is not a type of relation`},
		{"importance", CreateRole{Requirements: []Requirement{{Importance: "SOME"}}},
			`createRole.requirements[0].importance: "SOME" is not an importance; use ESSENTIAL or OPTIONAL`},
		{"weight", Require{Weight: math.NaN()}, "require.weight: NaN is not a number that JSON has"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := EncodeEdit(tc.edit)
			refusedWith(t, err, tc.want)
		})
	}
}

func refusedWith(t *testing.T, err error, want string) {
	t.Helper()
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.Code != Invalid || refusal.Error() != want {
		t.Errorf("refused with %v, want %s", err, want)
	}
}

func TestDecodeEdit(t *testing.T) {
	for _, tc := range []struct {
		name, json string
		want       Edit
	}{
		{"any order and space", ` { "moveSkill" : { "position" : 3 , "code" : "A" } } `, MoveSkill{Code: "A", Position: Some(3)}},
		{"null clears", `{"moveSkill":{"code":"A","category":null,"position":null}}`, MoveSkill{Code: "A", Category: Some(""), Position: Some(0)}},
		{"null is empty", `{"createSkill":{"code":"A","name":"A","synonyms":null,"position":null}}`, CreateSkill{Code: "A", Name: "A"}},
		{"default importance", `{"require":{"role":"R","skill":"S"}}`, Require{Role: "R", Skill: "S", Importance: Essential}},
		{"and in lists", `{"createRole":{"code":"R","name":"R","requirements":[{"skill":"S","weight":1}]}}`,
			CreateRole{Code: "R", Name: "R", Requirements: []Requirement{{Skill: "S", Importance: Essential, Weight: 1}}}},
		{"no fields", `{"updateFramework":{}}`, UpdateFramework{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := DecodeEdit([]byte(tc.json))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeEditRefuses(t *testing.T) {
	for _, tc := range []struct{ name, json, want string }{
		{"nothing", ``, "the edit is not JSON: byte 0: unexpected end of JSON input"},
		{"no JSON", `{"a"}`, "the edit is not JSON: byte 5: invalid character '}' after object key"},
		{"two values", `{} {}`, "the edit is not JSON: byte 4: invalid character '{' after top-level value"},
		{"bytes", "{\"\xff\":1}", "the edit is not valid UTF-8"},
		{"no object", `[]`, "expected an object, found a list"},
		{"null", `null`, "expected an object, found null"},
		{"none", `{}`, "there are 0 edits in one object; give exactly one, such as updateSkill"},
		{"two", `{"retireSkill":{},"retireRole":null}`, "there are 2 edits in one object; give exactly one, such as updateSkill"},
		{"unknown", `{"retireskill":{"code":"A"}}`, `there is no edit "retireskill"`},
		{"whole framework", `{"createFramework":{}}`, `there is no edit "createFramework"`},
		{"null edit", `{"retireSkill":null}`, "retireSkill: expected an object, found null"},
		{"unknown field", `{"retireSkill":{"code":"A","why":1}}`, `retireSkill: there is no field "why"`},
		{"other case", `{"retireSkill":{"Code":"A"}}`, `retireSkill: there is no field "Code"`},
		{"missing", `{"retireSkill":{}}`, "retireSkill.code: is required"},
		{"required null", `{"retireSkill":{"code":null}}`, "retireSkill.code: cannot be null"},
		{"importance null", `{"require":{"role":"R","skill":"S","importance":null}}`, "require.importance: cannot be null"},
		{"twice", `{"retireSkill":{"code":"A","code":"A"}}`, `retireSkill: the field "code" is given twice`},
		{"edit twice", `{"retireSkill":{"code":"A"},"retireSkill":{"code":"A"}}`, `the field "retireSkill" is given twice`},
		{"twice in a list", `{"createSkill":{"code":"A","name":"A","levels":[{"level":1,"level":2}]}}`, `createSkill.levels[0]: the field "level" is given twice`},
		{"text", `{"retireSkill":{"code":7}}`, "retireSkill.code: expected a text, found 7"},
		{"whole number", `{"moveSkill":{"code":"A","position":1.5}}`, "moveSkill.position: expected a whole number, found 1.5"},
		{"number", `{"require":{"role":"R","skill":"S","weight":"1"}}`, "require.weight: expected a number, found a text"},
		{"huge number", `{"require":{"role":"R","skill":"S","weight":1e999}}`, "require.weight: expected a number, found 1e999"},
		{"list", `{"updateSkill":{"code":"A","synonyms":"b"}}`, "updateSkill.synonyms: expected a list, found a text"},
		{"list of nulls", `{"updateSkill":{"code":"A","synonyms":["b",null]}}`, "updateSkill.synonyms[1]: expected a text, found null"},
		{"list of texts", `{"createSkill":{"code":"A","name":"A","levels":["x"]}}`, "createSkill.levels[0]: expected an object, found a text"},
		{"truth value", `{"updateSkill":{"code":"A","name":true}}`, "updateSkill.name: expected a text, found a truth value"},
		{"type", `{"unrelate":{"from":"A","type":"LIKES","to":"B"}}`, `unrelate.type: "LIKES" is not a type of relation`},
		{"importance", `{"require":{"role":"R","skill":"S","importance":""}}`, `require.importance: "" is not an importance; use ESSENTIAL or OPTIONAL`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := DecodeEdit([]byte(tc.json))
			if e != nil {
				t.Errorf("read as %+v", e)
			}
			refusedWith(t, err, tc.want)
		})
	}
}

func FuzzDecodeEdit(f *testing.F) {
	for _, e := range ContentEdits() {
		if b, err := EncodeEdit(e); err == nil {
			f.Add(b)
		}
	}
	f.Add([]byte(`{"createSkill":{"code":"A","name":"\ud800","levels":[{"level":1,"description":"<"}],"synonyms":[]}}`))
	f.Add([]byte(`{"createRole":{"code":"A","name":"A","requirements":[{"skill":"S","weight":1e-9}],"kind":null}}`))
	f.Add([]byte(`{"updateSkill":{"code":"A","synonyms":[],"url":"x"}}`))
	f.Add([]byte(`{"relate":{"from":"A","type":"NARROWER","to":"B","toFramework":"c"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEdit(b)
		if err != nil {
			return
		}
		once, err := EncodeEdit(e)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		again, err := DecodeEdit(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if diff := cmp.Diff(e, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-first +again):\n%s", once, diff)
		}
		if twice, err := EncodeEdit(again); err != nil || string(twice) != string(once) {
			t.Errorf("first %s, then %s, %v", once, twice, err)
		}
	})
}
