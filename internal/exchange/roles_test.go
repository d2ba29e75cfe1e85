package exchange_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

func TestRoles(t *testing.T) {
	// Rows of a role apart, texts said once, roles and groups by code, by name and new.
	const table = "Role,Name,Description,Job family,Group name,Kind,Seniority,Skill,Skill level,Essential/optional,Weight\n" +
		"Baker,,,shop,,,2,Baking,Master,,\"0,25\"\n" +
		"Head Baker,,\"Runs the\nbakery\",shop,,Manager,3,BAKE,1,Optional,\n" +
		"vendor,Vendor of bread,,market,On the market,,,,,,\n" +
		"baker,,'-bakes,The  Shop,,,,OVEN,,,1\n" +
		"Head Baker,,,,,manager,,SELL,,ESSENTIAL,\n" +
		"Porter,,,Yard & gate,,,,OVEN,learner,,\n"
	faulty, err := exchange.Import(t.Context(), crafts(t), "roles", []exchange.File{{Name: "t.csv", Content: []byte(table)}}, exchange.Options{Framework: "f"})
	want := []string{`t.csv:7:16: kind of role "Head Baker" differs from that on line 4`}
	if diff := cmp.Diff(want, faults(faulty.Faults)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	good := strings.Replace(table, "manager", "Manager", 1)
	w, plan := take(t, crafts(t), "roles", "f", []byte(good), exchange.Options{})
	edits := []framework.Edit{
		framework.CreateRoleGroup{Code: "market", Name: "On the market"},
		framework.CreateRoleGroup{Code: "yard-gate", Name: "Yard & gate"},
		framework.UpdateRole{Code: "baker", Description: framework.Some("-bakes")},
		framework.MoveRole{Code: "baker", Seniority: framework.Some(2)},
		framework.Require{Role: "baker", Skill: "BAKE", Level: 2, Importance: framework.Essential, Weight: 0.25},
		framework.Require{Role: "baker", Skill: "OVEN", Importance: framework.Essential, Weight: 1},
		framework.CreateRole{
			Code: "head-baker", Name: "Head Baker", Description: "Runs the\nbakery", Group: "shop", RoleKind: "Manager", Seniority: 3,
			Requirements: []framework.Requirement{
				{Skill: "BAKE", Level: 1, Importance: framework.Optional}, {Skill: "SELL", Importance: framework.Essential},
			},
		},
		framework.CreateRole{Code: "vendor", Name: "Vendor of bread", Group: "market"},
		framework.CreateRole{
			Code: "porter", Name: "Porter", Group: "yard-gate",
			Requirements: []framework.Requirement{{Skill: "OVEN", Level: 1, Importance: framework.Essential}},
		},
	}
	if diff := cmp.Diff(edits, plan.Edits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(exchange.Counts{RoleGroups: 3, Roles: 4, Requirements: 5}, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if len(plan.Missing)+len(plan.Remarks) > 0 {
		t.Errorf("misses %v, remarks %v", plan.Missing, plan.Remarks)
	}
	_, plan = take(t, w, "roles", "f", []byte(good), exchange.Options{RetireMissing: true})
	nothing(t, plan)
	const exported = "role,name,description,group,groupName,kind,seniority,skill,level,importance,weight\n" +
		"vendor,Vendor of bread,,market,On the market,,,,,,\n" +
		"baker,Baker,'-bakes,shop,The shop,,2,BAKE,2,essential,0.25\n" +
		"baker,,,,,,,OVEN,,essential,1\n" +
		"head-baker,Head Baker,\"Runs the\nbakery\",shop,The shop,Manager,3,BAKE,1,optional,\n" +
		"head-baker,,,,,,,SELL,,essential,\n" +
		"porter,Porter,,yard-gate,Yard & gate,,,OVEN,1,essential,\n"
	if diff := cmp.Diff(exported, string(give(t, w, "roles", "f"))); diff != "" {
		t.Error(diff)
	}
	for name, test := range map[string]struct {
		before []framework.Edit
		table  string
		retire bool
		want   []framework.Edit
		missed []string
	}{
		"only what there are columns of": {
			table: "role,skill\nbaker,BAKE\nbaker,OVEN\nhead-baker,BAKE\nhead-baker,SELL\nvendor,\nporter,OVEN\n",
		},
		"missing": {
			table: "role,skill,level\nbaker,OVEN,3\nhead-baker,BAKE,\nhead-baker,SELL,\nvendor,,\n", retire: true,
			want: []framework.Edit{
				framework.Unrequire{Role: "baker", Skill: "BAKE"},
				framework.Require{Role: "baker", Skill: "OVEN", Level: 3, Importance: framework.Essential, Weight: 1},
				framework.Require{Role: "head-baker", Skill: "BAKE", Importance: framework.Optional},
				framework.RetireRole{Code: "porter"},
			},
			missed: []string{"role baker, requirements.BAKE", "role porter"},
		},
		"empty columns": {
			table: strings.ReplaceAll(strings.ReplaceAll(exported, ",shop,The shop,", ",,,"), ",0.25", ","),
			want: []framework.Edit{
				framework.MoveRole{Code: "baker", Group: framework.Some("")},
				framework.Require{Role: "baker", Skill: "BAKE", Level: 2, Importance: framework.Essential},
				framework.MoveRole{Code: "head-baker", Group: framework.Some("")},
			},
		},
		"renamed by code": {
			table: strings.ReplaceAll(strings.Replace(exported, "porter,Porter", "porter,Gatekeeper", 1), "Yard & gate", "Gate"),
			want: []framework.Edit{
				framework.UpdateRoleGroup{Code: "yard-gate", Name: framework.Some("Gate")},
				framework.UpdateRole{Code: "porter", Name: framework.Some("Gatekeeper")},
			},
		},
		"retired and successors": {
			before: []framework.Edit{
				framework.RetireRole{Code: "vendor", ReplacedBy: []string{"baker"}}, framework.RetireRoleGroup{Code: "market"},
			},
			table: exported,
			want: []framework.Edit{
				framework.RestoreRoleGroup{Code: "market"}, framework.RestoreRole{Code: "vendor"},
			},
		},
		"retired and not said": {
			before: []framework.Edit{framework.RetireRole{Code: "vendor"}, framework.RetireSkill{Code: "SELL"}},
			table: strings.NewReplacer("vendor,Vendor of bread,,market,On the market,,,,,,\n", "", "head-baker,,,,,,,SELL,,essential,\n", "").
				Replace(exported),
			retire: true,
		},
		"retired skill that stands": {
			before: []framework.Edit{framework.RetireSkill{Code: "SELL"}},
			table:  exported,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := edit(t, w, "f", test.before...)
			_, plan := take(t, w, "roles", "f", []byte(test.table), exchange.Options{RetireMissing: test.retire})
			if diff := cmp.Diff(test.want, plan.Edits); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.missed, misses(plan)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("retired in the export", func(t *testing.T) {
		w := edit(t, w, "f", framework.RetireRole{Code: "vendor"}, framework.RetireSkill{Code: "OVEN"})
		const exported = "role,name,description,group,groupName,kind,seniority,skill,level,importance,weight\n" +
			"baker,Baker,'-bakes,shop,The shop,,2,BAKE,2,essential,0.25\n" +
			"head-baker,Head Baker,\"Runs the\nbakery\",shop,The shop,Manager,3,BAKE,1,optional,\n" +
			"head-baker,,,,,,,SELL,,essential,\n" +
			"porter,Porter,,yard-gate,Yard & gate,,,,,,\n"
		if diff := cmp.Diff(exported, string(give(t, w, "roles", "f"))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("order", func(t *testing.T) {
		w := edit(t, w, "f",
			framework.MoveRoleGroup{Code: "shop", Position: framework.Some(2)}, framework.MoveRoleGroup{Code: "market", Position: framework.Some(3)},
			framework.MoveRoleGroup{Code: "yard-gate", Position: framework.Some(1)}, framework.MoveRoleGroup{Code: "market", Parent: framework.Some("yard-gate")},
			framework.CreateRole{Code: "a", Name: "A"}, framework.MoveRole{Code: "baker", Seniority: framework.Some(3)},
		)
		got := regexp.MustCompile(`(?m)^[a-z-]+,[A-Z]`).FindAllString(string(give(t, w, "roles", "f")), -1)
		want := []string{"porter,P", "vendor,V", "baker,B", "head-baker,H", "a,A"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("terms", func(t *testing.T) {
		w := edit(t, crafts(t), "f", framework.UpdateFramework{Licence: framework.Some("CC0")})
		const exported = "role,name,description,group,groupName,kind,seniority,skill,level,importance,weight,licence,attribution\n" +
			"baker,Baker,,shop,The shop,,,BAKE,2,essential,0.5,CC0,\n"
		if diff := cmp.Diff(exported, string(give(t, w, "roles", "f"))); diff != "" {
			t.Error(diff)
		}
		_, plan := take(t, w, "roles", "f", []byte(exported), exchange.Options{RetireMissing: true})
		nothing(t, plan)
	})
}

// TestRolesOfAnotherSheet: a sheet with its own headers is read when they are mapped.
func TestRolesOfAnotherSheet(t *testing.T) {
	const table = "Job title;Skill;Needed from;JOB FAMILY;Comment\nBaker;Ovens;2;The hall;x\nBread van driver;;;The hall;y\n"
	opt := exchange.Options{Columns: []exchange.Column{{Header: "job Title", Field: "role"}, {Header: "Needed from", Field: "level"}}}
	w, plan := take(t, crafts(t), "roles", "f", []byte(table), opt)
	if diff := cmp.Diff([]string{`t.csv:1:1: not read: the column "Comment"`}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	want := []framework.Edit{
		framework.MoveRole{Code: "baker", Group: framework.Some("hall")},
		framework.Require{Role: "baker", Skill: "OVEN", Level: 2, Importance: framework.Essential},
		framework.CreateRole{Code: "bread-van-driver", Name: "Bread van driver", Group: "hall"},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
	if _, plan := take(t, w, "roles", "f", []byte(table), opt); len(plan.Edits) > 0 {
		t.Errorf("a second import plans %#v", plan.Edits)
	}
}

// TestRolesOfSeveralFiles: a role may be spoken of in several files.
func TestRolesOfSeveralFiles(t *testing.T) {
	list := []exchange.File{
		{Name: "a.csv", Content: []byte("role,skill,description\nporter,OVEN,Carries\nporter,BAKE,\n")},
		{Name: "b.csv", Content: []byte("skill,role,description\nSELL,porter,\nVEND,porter,Calls\nOVEN,porter,\n")},
	}
	plan, err := exchange.Import(t.Context(), crafts(t), "roles", list, exchange.Options{Framework: "f"})
	want := []string{
		`b.csv:3:13: description of role "porter" differs from that on line 2 of a.csv`,
		`b.csv:4:1: role "porter" requires skill OVEN on line 2 of a.csv already`,
	}
	if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	plan, err = exchange.Import(t.Context(), crafts(t), "roles", list, exchange.Options{Framework: "f", SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	edits := []framework.Edit{framework.CreateRole{Code: "porter", Name: "porter", Description: "Carries", Requirements: []framework.Requirement{
		{Skill: "OVEN", Importance: framework.Essential}, {Skill: "BAKE", Importance: framework.Essential}, {Skill: "SELL", Importance: framework.Essential},
	}}}
	if diff := cmp.Diff(edits, plan.Edits); diff != "" || plan.Skipped != 2 {
		t.Error(diff, plan.Skipped)
	}
	list[0].Content = []byte("role,skill,description\n\nporter,OVEN,\n")
	list[1].Content = []byte("skill,role,description\n,porter,<b>\n")
	plan, err = exchange.Import(t.Context(), crafts(t), "roles", list, exchange.Options{Framework: "f"})
	want = []string{"a.csv:3:1: role porter, description: contains HTML (<b>)"} // the role is of that file
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestSkipBadRowsOfRoles: with what can have no code goes what depends on it.
func TestSkipBadRowsOfRoles(t *testing.T) {
	const table = "role,group,skill\n職,,BAKE\n職,,OVEN\nr,室,BAKE\nr,,OVEN\nq,,SELL\nq,,Selling\nbaker,shop,BAKE\n"
	plan, err := exchange.Import(t.Context(), crafts(t), "roles", []exchange.File{{Name: "t.csv", Content: []byte(table)}},
		exchange.Options{Framework: "f", SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	edits := []framework.Edit{framework.CreateRole{
		Code: "q", Name: "q", Requirements: []framework.Requirement{{Skill: "SELL", Importance: framework.Essential}},
	}}
	if diff := cmp.Diff(edits, plan.Edits); diff != "" || plan.Skipped != 5 || len(plan.Faults) != 3 {
		t.Error(diff, plan.Skipped, plan.Faults)
	}
}

// TestRolesByMadeCode: who has the code that is made of a name is meant by it.
func TestRolesByMadeCode(t *testing.T) {
	w := edit(t, crafts(t), "f", framework.CreateRole{Code: "night-porter", Name: "Porter by night"}, framework.RetireRole{Code: "night-porter"})
	const table = "role,skill\nNight porter,\n"
	w, plan := take(t, w, "roles", "f", []byte(table), exchange.Options{})
	want := []framework.Edit{
		framework.UpdateRole{Code: "night-porter", Name: framework.Some("Night porter")}, framework.RestoreRole{Code: "night-porter"},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
	remarks := []string{`t.csv:2:1: "Night porter" is taken for role night-porter, "Porter by night", which has the code that is made of it`}
	if diff := cmp.Diff(remarks, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	if _, plan = take(t, w, "roles", "f", []byte(table), exchange.Options{}); len(plan.Edits)+len(plan.Remarks) > 0 {
		t.Errorf("a second import plans %v, remarks %v", plan.Edits, plan.Remarks)
	}
}

func TestRolesFaults(t *testing.T) {
	const head = "role,name,group,groupName,seniority,skill,level,importance,weight\n"
	tests := map[string]struct {
		table string
		want  []string
	}{
		"no columns": {"a,b\nc,d\n", []string{"t.csv:1:1: a table of roles lacks the columns role, skill"}},
		"required":   {head + ",x,,,,,,,\n", []string{"t.csv:2:1: role is required"}},
		"skill": {head + "r,,,,,bake,,,\nr,,,,,Selling,,,\nr,,,,,OLD,,,\nr,,,,,,2,,\n", []string{
			`t.csv:2:7: framework f has no skill with the code or name "bake"`,
			`t.csv:3:7: several skills are called "Selling"; give the code of the one that is meant`,
			`t.csv:4:7: role r, requirements.0.skill: skill OLD is retired; require its successor`,
			`t.csv:5:7: there is no skill for the level, importance or weight`,
		}},
		"level": {head + "r,,,,,BAKE,9,,\nr,,,,,OVEN,0,,\nr,,,,,SELL,guild hall,,\nr,,,,,VEND,Wizard,,\nbaker,,,,,BAKE,8,,\n", []string{
			"t.csv:2:12: role r, requirements.0.level: framework f has no level 9",
			`t.csv:3:12: "0" is not a level; give its number, or its name if only one level has it`,
			`t.csv:4:12: "guild hall" is not a level; give its number, or its name if only one level has it`,
			`t.csv:5:12: "Wizard" is not a level; give its number, or its name if only one level has it`,
			"t.csv:6:16: role baker, level: framework f has no level 8",
		}},
		"importance": {head + "r,,,,,BAKE,,nice,\n", []string{`t.csv:2:13: "nice" is not an importance; use essential or optional`}},
		"weight": {head + "r,,,,,BAKE,,,0\nr,,,,,BAKE,,,1.1\nr,,,,,BAKE,,,NaN\nr,,,,,BAKE,,,half\nr,,,,,BAKE,,,1e-999\n", []string{
			`t.csv:2:14: "0" is not a weight: a number above 0 and up to 1, or empty`,
			`t.csv:3:14: "1.1" is not a weight: `, `t.csv:4:14: "NaN" is not a weight: `, `t.csv:5:14: "half" is not a weight: `,
			`t.csv:6:14: "1e-999" is not a weight: `,
		}},
		"seniority": {head + "r,,,,0,,,,\nr,,,,high,,,,\nr,,,,3,,,,\nr,,,,03,,,,\nr,,,,4,,,,\nq,,,,9999999,,,,\n", []string{
			`t.csv:2:6: "0" is not a seniority: 1, 2, 3 and so on, or empty`,
			`t.csv:3:6: "high" is not a seniority: 1, 2, 3 and so on, or empty`,
			`t.csv:6:6: seniority of role "r" differs from that on line 4`,
			`t.csv:7:6: role q, seniority: 9999999 is not between 0 and `,
		}},
		"required twice": {head + "baker,,,,,BAKE,,,\nBaker,,,,,Baking,2,,\n", []string{`t.csv:3:11: role "baker" requires skill BAKE on line 2 already`}},
		"contradictions": {head + "r,R,shop,,,,,,\nr,R ,The shop,,,,,,\nr,S,hall,,,,,,\nq,,shop,Shop,,,,,\np,,shop,Shops,,,,,\n", []string{
			`t.csv:4:3: name of role "r" differs from that on line 2`,
			`t.csv:4:5: group of role "r" differs from that on line 2`,
			`t.csv:5:9: role group "The shop" would be renamed to "Shop"; give its code in place of its name`,
			`t.csv:6:9: role group "The shop" would be renamed to "Shops"; give its code in place of its name`,
		}},
		"renamed by name": {head + "Baker,Cook,,,,,,,\nBaker,BAKER,,,,,,,\nbaker,Cook,,,,,,,\n", []string{
			`t.csv:2:1: role "Baker" would be renamed to "Cook"; give its code in place of its name`,
			`t.csv:4:7: name of role "Baker" differs from that on line 3`,
			`t.csv:4:7: role "Baker" would be renamed to "Cook"; give its code in place of its name`,
		}},
		"renamed, then by name": {head + "baker,Cook,,,,,,,\nBaker,,,,,,,,\n", []string{
			`t.csv:3:1: role "Baker" would be renamed to "Cook"; give its code in place of its name`,
		}},
		"code": {head + "x y,X,,,,,,,\n", []string{`t.csv:2:1: role x y, code: "x y" contains U+0020; codes have no spaces or invisible characters`}},
		"no code": {head + "職,,,,,,,,\nr,,室,,,BAKE,,,\n", []string{
			`t.csv:2:1: "職" has no letter or digit to make a code of; give a code, and the name in column name`,
			`t.csv:3:4: "室" has no letter or digit to make a code of; give a code, and the name in column groupName`,
		}},
		"same code": {head + "Pâtissier,,,,,,,,\npatissier,,,,,,,,\nr,,Back room,,,,,,\nq,,back-room,,,,,,\n", []string{
			`t.csv:3:1: "patissier" would have the same code as "Pâtissier" on line 2, patissier; write them alike, or give codes`,
			`t.csv:5:4: "back-room" would have the same code as "Back room" on line 4, back-room; write them alike, or give codes`,
		}},
		"group name alone": {head + "r,,,Shop,,,,,\n", []string{"t.csv:2:5: a group that has a name needs a code in column group"}},
		"texts": {head + "r,<b>R</b>,hall,<i>x</i>,,,,,\n", []string{
			"t.csv:2:3: role r, name: contains HTML (<b>)", "t.csv:2:17: role group hall, name: contains HTML (<i>)",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan, err := exchange.Import(t.Context(), crafts(t), "roles", []exchange.File{{Name: "t.csv", Content: []byte(test.table)}}, exchange.Options{Framework: "f"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" || len(plan.Edits) > 0 {
				t.Error(diff, plan.Edits)
			}
		})
	}
	t.Run("several of a name", func(t *testing.T) {
		w := edit(t, crafts(t), "f", framework.CreateRole{Code: "b2", Name: "Baker", Group: "hall"})
		_, plan := take(t, w, "roles", "f", []byte(head+"BAKER,,,,,OVEN,,,\n"), exchange.Options{})
		if got := fmt.Sprint(plan.Edits[len(plan.Edits)-1]); !strings.Contains(got, "baker OVEN") {
			t.Errorf("not the one with the code of the name: %s", got)
		}
		w = edit(t, w, "f", framework.UpdateRole{Code: "baker", Name: framework.Some("Cook")}, framework.CreateRole{Code: "b3", Name: "Baker"})
		plan, err := exchange.Import(t.Context(), w, "roles", []exchange.File{{Name: "t.csv", Content: []byte(head + "BAKER,,,,,OVEN,,,\n")}}, exchange.Options{Framework: "f"})
		want := []string{`t.csv:2:1: several roles are called "BAKER"; give the code of the one that is meant`}
		if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
		w = edit(t, w, "f", framework.UpdateRole{Code: "baker", Name: framework.Some("Baker")}, framework.RetireRole{Code: "baker"})
		plan, err = exchange.Import(t.Context(), w, "roles", []exchange.File{{Name: "t.csv", Content: []byte(head + "BAKER,,,,,OVEN,,,\n")}}, exchange.Options{Framework: "f"})
		if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestRolesProperty(t *testing.T) {
	testPart(t, "roles", framework.CreateRole{}, framework.UpdateRole{}, framework.MoveRole{}, framework.RetireRole{}, framework.Require{}, framework.Unrequire{})
}

func TestRolesOfDemo(t *testing.T) {
	partOf(t, meridian(t), new(framework.World), "roles", "meridian")
}

// TestRolesOfGDaD: the roles of the framework as published survive, whose names are
// not unique.
func TestRolesOfGDaD(t *testing.T) {
	w, _ := loadGDaD(t, new(framework.World), published(t, "gdad"), exchange.Options{})
	partOf(t, w, new(framework.World), "roles", "gdad")
}

// formulas are texts that begin as what a spreadsheet would calculate, and texts that
// look like guarded ones.
var formulas = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "'=1+1", "''+1", "'plain", "=a\n=b", "=\"q\",x", "-", "'",
	"\t=tab", "\r=return",
}

// TestInjection: no CSV that is exported has a cell that a spreadsheet would
// calculate, whatever the texts are; and they survive.
func TestInjection(t *testing.T) {
	for n, text := range formulas {
		code := strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, text)
		w := edit(t, withOther(t), "random",
			framework.CreateFramework{Code: "random", Name: text, Description: text, Publisher: text, Licence: text, Attribution: text},
			framework.DefineLevel{Ordinal: 1, Name: framework.Some(text), Essence: framework.Some(text)},
			framework.CreateAttribute{Code: code, Name: text, Type: text, Description: text},
			framework.DefineAttributeLevel{Attribute: code, Level: 1, Description: text},
			framework.CreateCategory{Code: code, Name: text, Description: text},
			framework.CreateCategory{Code: code + "2", Name: text, Description: text, Parent: code},
			framework.CreateSkill{Code: code, Name: text, Description: text, Guidance: text, Synonyms: []string{text, text + "2"}, Category: code + "2",
				Levels: []framework.LevelText{{Level: 1, Description: text}}},
			framework.CreateSkill{Code: code + "b", Name: text + "b"},
			framework.Relate{From: code, Type: framework.Broader, To: code + "b", Note: text},
			framework.CreateRoleGroup{Code: code, Name: text, Description: text},
			framework.CreateRole{Code: code, Name: text, Description: text, Group: code, RoleKind: text,
				Requirements: []framework.Requirement{{Skill: code, Level: 1, Weight: 1e-9}, {Skill: code + "b"}}},
		)
		for _, f := range exchange.Formats() {
			if !f.Exports() || f.MediaType != "text/csv" {
				continue
			}
			t.Run(fmt.Sprint(f.Name, n), func(t *testing.T) {
				records, err := csv.NewReader(bytes.NewReader(give(t, w, f.Name, "random"))).ReadAll()
				if err != nil || len(records) < 2 {
					t.Fatal(err, records)
				}
				guarded := 0
				for _, record := range records {
					for _, cell := range record {
						if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
							t.Errorf("cell %q", cell)
						}
						if strings.HasPrefix(cell, "'") {
							guarded++
						}
					}
				}
				if guarded < 3 {
					t.Errorf("only %d texts in %q", guarded, records)
				}
				if f.Name == "relations" || f.Name == "roles" {
					partOf(t, w, withOther(t), f.Name, "random")
				}
			})
		}
	}
}

// FuzzRoles: no bytes make the reader panic, and what is accepted stays.
func FuzzRoles(f *testing.F) {
	w := crafts(f)
	f.Add([]byte("role,name,description,group,groupName,kind,seniority,skill,level,importance,weight\n" +
		"Baker,,'=d,shop,The SHOP,k,2,Baking,Master,,\"0,5\"\ncook,Cook,\"a\nb\",Back room,,,,,,,\ncook,,,,,,,OVEN,1,Optional,1\n"))
	f.Add([]byte("skill;Role;Job family\nSELL;New one;Yard\n;baker;The hall\n"))
	f.Fuzz(func(t *testing.T, table []byte) { acceptedPart(t, w, "roles", table) })
}

// BenchmarkRoles reads a table of 3,000 roles that require 40 skills each, and writes it.
func BenchmarkRoles(b *testing.B) {
	w, _ := load(b, new(framework.World), generated(14_000, 0), exchange.Options{})
	edits := []framework.Edit{framework.DefineLevel{Ordinal: 1, Name: framework.Some("One")}}
	for n := range 100 {
		edits = append(edits, framework.CreateRoleGroup{Code: fmt.Sprint("g", n), Name: fmt.Sprint("Group ", n)})
	}
	for n := range 3_000 {
		e := framework.CreateRole{
			Code: fmt.Sprint("role-", n), Name: fmt.Sprint("Role number ", n), Group: fmt.Sprint("g", n%100), Seniority: 1 + n/100,
			Description: strings.Repeat("Does this and that with some care. ", 8),
		}
		for k := range 40 {
			e.Requirements = append(e.Requirements, framework.Requirement{Skill: fmt.Sprint("skill-", (n*7+k*331)%14_000), Level: 1, Weight: 0.5})
		}
		edits = append(edits, e)
	}
	benchmarkPart(b, edit(b, w, "big", edits...), "roles")
}
