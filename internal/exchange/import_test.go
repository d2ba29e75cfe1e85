package exchange_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

func bundleFile(content string) []exchange.File {
	return []exchange.File{{Name: "b.json", Content: []byte(content)}}
}

func faults(list []exchange.Fault) []string {
	var lines []string
	for _, f := range list {
		lines = append(lines, f.String())
	}
	return lines
}

// like is faults as lines, each cut to what is wanted of it if it begins so: the
// domain's own words are tested there.
func like(want []string, list []exchange.Fault) []string {
	lines := faults(list)
	for i := range min(len(lines), len(want)) {
		if strings.HasPrefix(lines[i], want[i]) {
			lines[i] = want[i]
		}
	}
	return lines
}

// TestDemo: the framework the project ships survives the round trip.
func TestDemo(t *testing.T) {
	demo, err := os.ReadFile("../../server/demo/meridian.json")
	if err != nil {
		t.Fatal(err)
	}
	w, plan := load(t, new(framework.World), demo, exchange.Options{})
	want := exchange.Counts{
		Levels: 7, Attributes: 7, Categories: 13, Skills: 42, SkillLevels: 164, Relations: 91, RoleGroups: 17, Roles: 45, Requirements: 333,
	}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if *update {
		if err := os.WriteFile("../../server/demo/meridian.json", export(t, w, "meridian"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(demo), string(export(t, w, "meridian"))); diff != "" {
		t.Errorf("export differs (-file +export):\n%s", diff)
	}
	if _, plan := load(t, w, demo, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	t.Run("under another code", func(t *testing.T) {
		w, plan := load(t, w, demo, exchange.Options{Framework: "copy"})
		if plan.Framework != "copy" || !plan.Creates {
			t.Errorf("the plan is for %q, creates %v", plan.Framework, plan.Creates)
		}
		want := strings.Replace(string(demo), `"code": "meridian"`, `"code": "copy"`, 1)
		if diff := cmp.Diff(want, string(export(t, w, "copy"))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFormats(t *testing.T) {
	_, err := exchange.Import(t.Context(), new(framework.World), "xlsx", bundleFile("{}"), exchange.Options{})
	if diff := cmp.Diff(`"xlsx" is not a format to import; use json or sfia or relations or roles or gdad or esco or nice or tracker`, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	err = exchange.Export(new(bytes.Buffer), "gdad", withOther(t).Snapshot(other))
	if diff := cmp.Diff(`"gdad" is not a format to export to; use json or sfia or sfia-xlsx or relations or roles or graphml or cytoscape or dot`, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	_, err = exchange.Import(t.Context(), new(framework.World), "gdad", files(t, "testdata/gdad"), exchange.Options{})
	if diff := cmp.Diff("files of format gdad do not name their framework; give its code", fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, f := range exchange.Formats() {
		names = append(names, f.Name)
		if f.Exports() != (f.Extension != "" && f.MediaType != "") {
			t.Errorf("%s: extension %q, media type %q", f.Name, f.Extension, f.MediaType)
		}
	}
	if diff := cmp.Diff([]string{
		"json", "sfia", "sfia-xlsx", "relations", "roles", "gdad", "esco", "nice", "tracker", "graphml", "cytoscape", "dot",
	}, names); diff != "" {
		t.Error(diff)
	}
}

// failingWriter accepts some bytes and then no more.
type failingWriter int

func (w *failingWriter) Write(p []byte) (int, error) {
	if *w -= failingWriter(len(p)); *w < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}

func TestExportReportsWriteErrors(t *testing.T) {
	w, _ := loadGDaD(t, new(framework.World), files(t, "testdata/gdad"), exchange.Options{})
	for _, f := range exchange.Formats() {
		if !f.Exports() {
			continue
		}
		out := failingWriter(10)
		err := exchange.Export(&out, f.Name, w.Snapshot("gdad"))
		if !cmp.Equal(err, os.ErrClosed, cmpopts.EquateErrors()) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

// TestBundleFaults: every fault has its place. In the bundles ‹ stands before
// the place of the fault, and for the sake of reading there is one fault each.
func TestBundleFaults(t *testing.T) {
	const head = `{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}`
	tests := map[string]struct {
		bundle string
		want   string // what follows the place
	}{
		"not JSON":         {`‹levels`, `this is not JSON: there is 'l' where an object should be`},
		"not an object":    {`‹[]`, `a bundle is a JSON object, not a list`},
		"empty":            {`‹`, `the file ends where an object should be`},
		"truncated":        {head + `, "skills": [{"code": "A",‹`, `the file ends where a key should be`},
		"trailing comma":   {head + `, "skills": [‹]}`, ``},
		"trailing garbage": {head + "}\n\n  ‹{}", `there is more after the end of the bundle`},
		"no comma": {"{\"format\": \"skillatlas/1\"\n  ‹\"framework\": {}}",
			`this is not JSON: there is '"' where a comma or the end of the object should be`},
		"line break in text": {`{"format": "skill‹` + "\n" + `atlas/1"}`,
			`this is not JSON: the text does not end on its line; write line breaks as \n`},
		"control character": {"{\"format\": \"skill‹\u0001\"}",
			`this is not JSON: there is a control character in the text; write it as \u0001`},
		"bad escape":      {`{"format": ‹"\x"}`, `this is not JSON: the text has an escape that is none`},
		"bad number":      {`{"format": ‹01}`, `this is not JSON: there is '0' where a number should be`},
		"deep":            {`{"x": ` + strings.Repeat("[", 99) + `‹[`, `values are nested too deeply`},
		"newer":           {`{"format": ‹"skillatlas/2", "novelty": 1}`, `the bundle's format is skillatlas/2, which is newer than this server reads (skillatlas/1); export it as that, or upgrade`},
		"other format":    {`{"format": ‹"sfia"}`, `"sfia" is not a format of bundles; this server reads skillatlas/1`},
		"no format":       {` ‹{"framework": {}}`, `the bundle has no "format"; it should begin with "format": "skillatlas/1"`},
		"no framework":    {`‹{"format": "skillatlas/1"}`, `the bundle has no "framework"`},
		"no code":         {`{"format": "skillatlas/1", "framework": ‹{"name": "F"}}`, `a framework must have "code"`},
		"unknown section": {head + `, ‹"skils": [{}]}`, `"skils" is not a section of a bundle; they are format, framework, levels, attributes, categories, skills, relations, roleGroups and roles`},
		"section twice":   {head + `, "skills": [], ‹"skills": []}`, `"skills" is given twice`},
		"section no list": {head + `, "skills": ‹{}}`, `must be a list, not an object`},
		"element no object": {head + `, "levels": [‹"x"]}`,
			`a level must be an object, not a text`},
		"unknown field": {head + `, "levels": [{"ordinal": 1, ‹"nmae": "x", "name": "x"}]}`,
			`"nmae" is not a field of a level; they are ordinal, name, essence and url`},
		"field twice":      {head + `, "levels": [{"ordinal": 1, "name": "é", ‹"name": "y"}]}`, `"name" is given twice`},
		"null":             {head + `, "levels": [{"ordinal": 1, "name": ‹null}]}`, `name must be a text, not null`},
		"not whole":        {head + `, "levels": [{"ordinal": ‹1.5, "name": "x"}]}`, `ordinal must be a whole number, not 1.5`},
		"not a number":     {head + `, "levels": [{"ordinal": ‹"1", "name": "x"}]}`, `ordinal must be a whole number, not a text`},
		"huge number":      {head + `, "levels": [{"ordinal": ‹99999999999999999999, "name": "x"}]}`, `ordinal must be a whole number, not 99999999999999999999`},
		"surrogate":        {head + `, "levels": [{"ordinal": 1, "name": ‹"a\ud83d"}]}`, `has half of a surrogate pair (\ud800 to \udfff), which is no character`},
		"status":           {head + `, "skills": [{"code": "A", "name": "A", "status": ‹"DONE"}]}`, `"DONE" is not a status; use ACTIVE or RETIRED`},
		"synonym":          {head + `, "skills": [{"code": "A", "name": "A", "synonyms": ["x", ‹2]}]}`, `synonyms must be texts, not a number`},
		"code twice":       {head + `, "skills": [{"code": "A", "name": "A"},` + "\n" + `{"name": "B", "code": ‹"A"}]}`, `skill A is given twice; first on line 1`},
		"level twice":      {head + `, "levels": [{"ordinal": 1, "name": "x"}], "skills": [{"code": "A", "name": "A", "levels": [{"level": 1}, ‹{"level": 1}]}]}`, `level 1 is given twice; first on line 1`},
		"relation twice":   {head + `, "skills": [{"code": "A", "name": "A"}, {"code": "B", "name": "B"}], "relations": [{"from": "A", "type": "BROADER", "to": "B"}, ‹{"from": "B", "type": "NARROWER", "to": "A"}]}`, `relation A BROADER B is stated twice; first on line 1`},
		"requirement":      {head + `, "roles": [{"code": "R", "name": "R", "requirements": [‹{"level": 1}]}]}`, `a requirement must have "skill"`},
		"weight":           {head + `, "skills": [{"code": "A", "name": "A"}], "roles": [{"code": "R", "name": "R", "requirements": [{"skill": "A", "weight": ‹1e999}]}]}`, `weight must be a number, and 1e999 is too large`},
		"archived":         {`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F", "archived": ‹1}}`, `archived must be true or false, not a number`},
		"not UTF-8":        {head + `, "levels": "` + "‹\xe9" + `"}`, `this is not UTF-8; save the file as UTF-8`},
		"domain: name":     {head + `, "skills": [{"code": "A", "name": ‹" "}]}`, `skill A, name: is required`},
		"domain: code":     {head + `, "skills": [{"code": ‹"A_1", "name": "A"}]}`, `skill A_1, code: "A_1" ends in "_1", which would read as a skill level; choose a code without it`},
		"domain: HTML":     {head + `, "skills": [{"code": "A", "name": "A", "guidance": ‹"<b>x</b>"}]}`, `skill A, guidance: contains HTML (<b>)`},
		"domain: synonym":  {head + `, "skills": [{"code": "A", "name": "A", "synonyms": ["x", ‹"<i>"]}]}`, `skill A, synonyms.1: contains HTML (<i>)`},
		"domain: level":    {head + `, "levels": [{"ordinal": 1, "name": "x"}], "skills": [{"code": "A", "name": "A", "levels": [{"level": 1}, {"level": ‹2}]}]}`, `skill A, levels.1.level: framework f has no level 2`},
		"domain: category": {head + `, "skills": [{"code": "A", "name": "A", "category": ‹"c"}]}`, `skill A, category: there is no category "c" in framework f`},
		"domain: relation": {head + `, "skills": [{"code": "A", "name": "A"}], "relations": [{"from": "A", "type": "RELATED", "to": ‹"B"}]}`, `relation A RELATED B, to: there is no skill "B" in framework f`},
		"domain: inverse":  {head + `, "skills": [{"code": "A", "name": "A"}], "relations": [{"from": "A", "type": "NARROWER", "to": ‹"B"}]}`, `relation B BROADER A, from: there is no skill "B" in framework f`},
		"domain: type":     {head + `, "relations": [{"from": "A", "type": ‹"LIKES", "to": "B"}]}`, `relation A LIKES B, type: "LIKES" is not a type of relation`},
		"domain: skill":    {head + `, "roles": [{"code": "R", "name": "R", "requirements": [{"skill": ‹"A"}]}]}`, `role R, requirements.0.skill: there is no skill "A" in framework f`},
		"domain: code of framework": {`{"format": "skillatlas/1", "framework": {"code": ‹"F!", "name": "F"}}`,
			`framework F!, code: "F!" is not a framework code: 1 to 63 lower-case letters, digits and hyphens, such as meridian-2`},
		"domain: holds": {head + `, "categories": [{"code": "c", "name": "C", "status": ‹"RETIRED"}], "skills": [{"code": "A", "name": "A", "category": "c"}]}`,
			`category c, code: category c still holds A; move or retire them first`},
		"domain: successor": {head + `, "roles": [{"code": "R", "name": "R", "status": "RETIRED", "successors": ‹["S"]}]}`,
			``},
		"circle of one": {head + `, "categories": [{"code": "c", "name": "C", "parent": ‹"c"}]}`, `category c, parent: would be above itself`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, after, marked := strings.Cut(test.bundle, "‹")
			if !marked {
				t.Fatal("no mark")
			}
			lines := strings.Split(before, "\n")
			place := fmt.Sprintf("b.json:%d:%d: ", len(lines), len([]rune(lines[len(lines)-1]))+1)
			plan, err := exchange.Import(t.Context(), new(framework.World), "json", bundleFile(before+after), exchange.Options{})
			if name == "trailing comma" { // an empty list is none
				if err != nil || len(plan.Faults) > 0 {
					t.Error(err, plan.Faults)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Edits)+len(plan.Changes) > 0 {
				t.Error("there are edits all the same")
			}
			want := []string{place + test.want}
			if test.want == "" {
				want = []string{place}
			}
			if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBundleCircles(t *testing.T) {
	plan, err := exchange.Import(t.Context(), new(framework.World), "json", bundleFile(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"},
"categories": [{"code": "a", "name": "A", "parent": "b"}, {"code": "b", "name": "B", "parent": "a"},
{"code": "c", "name": "C", "parent": "a"}],
"roles": [{"code": "r", "name": "R", "status": "RETIRED", "successors": ["s"]},
{"code": "s", "name": "S", "status": "RETIRED", "successors": ["r"]}]}`), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"b.json:2:53: category a, parent: would be above itself",
		"b.json:2:96: category b, parent: would be above itself",
		"b.json:4:73: role r, successors: would have to be retired before itself",
		"b.json:5:63: role s, successors: would have to be retired before itself",
	}
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
		t.Error(diff)
	}
}

func TestGDaDFaults(t *testing.T) {
	const (
		skills = "Skill Name,Skill Description,Awareness,Working,Practitioner,Expert\nDraw,D,a,b,c,d\n"
		roles  = "Role Family,Role,Role Description,Role Level,Role Level Description,Skill Name,Skill Level,Role Type\nF,R,RD,L,LD,Draw,Working,\n"
		order  = "Role,Role Level,Ordinal\nR,L,1\n"
	)
	tests := map[string]struct {
		skills, roles, order string
		want                 []string
	}{
		"none": {skills, roles, order, nil},
		"missing file": {skills, "", order, []string{
			"s.csv: roles_skills.csv is missing: skills_az.csv and roles_skills.csv are imported together",
		}},
		"not recognised": {"Name,Text\nx,y\n", roles, order, []string{
			"s.csv:1:1: the columns are those of none of role_level_order.csv, roles_skills.csv, skills_az.csv",
		}},
		"the same twice": {skills, roles, skills, []string{"o.csv:1:1: this is skills_az.csv like s.csv; give each file once"}},
		"missing columns": {"Skill Name,Awareness\nx,y\n", "Role,Role Level\na,b\n", order, []string{
			"s.csv:1:1: skills_az.csv lacks the columns Skill Description, Working, Practitioner, Expert",
			"r.csv:1:1: roles_skills.csv lacks the columns Role Family, Role Description, Role Level Description, Skill Name, Skill Level, Role Type",
		}},
		"column twice": {"Skill Name,Skill Name\n", roles, order, []string{`s.csv:1:12: column "Skill Name" is given twice`}},
		"bare quote": {skills + "a \"b\",,,,,\n", roles, order, []string{
			`s.csv:3:3: this is not CSV: bare " in non-quoted-field`,
		}},
		"cells": {skills + "x,y\n,,\n,,,,,\n", roles, order, []string{"s.csv:3:1: the row has 2 cells; the header has 6"}},
		"not text": {skills + "caf\x00,,,,,\n", roles, order, []string{
			"s.csv: this is not text; save it as CSV",
		}},
		"required": {skills + "é,,,,,\n ,x,,,,\n", roles + "F,R,RD,,,Draw,,\n", order, []string{
			"s.csv:4:1: Skill Name is required",
			"r.csv:3:8: Role Level is required",
			"r.csv:3:15: Skill Level is required",
		}},
		"described twice": {skills + "DRAW ,D,a,b,c,d\ndraw,otherwise,,,,\n", roles, order, []string{
			`s.csv:4:1: skill "draw" is described twice and otherwise on line 2`,
		}},
		"slug": {skills + "C++,,,,,\nC#,,,,,\n書道,,,,,\n", roles + "F,R,RD,L,LD,C#,Expert,\n", order, []string{
			`s.csv:4:1: "C#" would have the same code as "C++" on line 3, c; names must differ in letters or digits`,
			`s.csv:5:1: "書道" has no letter or digit to make a code of`,
		}},
		"slug of role": {skills, roles + "F,R!,RD,M,LD,Draw,Working,\n", order, []string{
			`r.csv:3:3: "R!" would have the same code as "R" on line 2, r; names must differ in letters or digits`,
		}},
		"unknown skill and level": {skills, roles + "\"F\",\"R\",RD,L,LD,Darw,Wroking,\n", order, []string{
			`r.csv:3:17: there is no skill "Darw" in skills_az.csv`,
			`r.csv:3:22: "Wroking" is not a level; use Awareness, Working, Practitioner, Expert or NOT IN USE`,
		}},
		"two levels": {skills, roles + "F,R,RD,L,LD,Draw,Expert,\n", order, []string{
			`r.csv:3:18: L requires "Draw" at another level on line 2`,
		}},
		"contradictions": {skills, roles + "G,R,other,L,other,Draw,Working,T\n", order, []string{
			`r.csv:3:1: Role Family of role "R" differs from that on line 2`,
			`r.csv:3:5: Role Description of role "R" differs from that on line 2`,
			`r.csv:3:13: Role Level Description of role level "L" differs from that on line 2`,
			`r.csv:3:32: Role Type of role level "L" differs from that on line 2`,
		}},
		"order": {skills, roles + "F,R,RD,M,LD,Nothing,Working,\n", order + "R,L,2\nR,M,1\nR,N,1\nR,L,first\n", []string{
			`r.csv:3:13: there is no skill "Nothing" in skills_az.csv`,
			`o.csv:3:5: L has another ordinal on line 2`,
			`o.csv:5:3: role "R" has no level "N" in roles_skills.csv`,
			`o.csv:6:5: "first" is not an ordinal: 1, 2, 3 and so on`,
		}},
		"domain": {skills + "Weave,<b>bold</b>,,\"<i>\nx\",,\n", roles, order, []string{
			"s.csv:3:7: skill weave, description: contains HTML (<b>)",
			"s.csv:3:20: skill weave, levels.0.description: contains HTML (<i>)",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var list []exchange.File
			for _, f := range []exchange.File{
				{Name: "s.csv", Content: []byte(test.skills)}, {Name: "r.csv", Content: []byte(test.roles)}, {Name: "o.csv", Content: []byte(test.order)},
			} {
				if len(f.Content) > 0 {
					list = append(list, f)
				}
			}
			plan, err := exchange.Import(t.Context(), new(framework.World), "gdad", list, exchange.Options{Framework: "g"})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Faults) > 0 && len(plan.Edits)+len(plan.Changes) > 0 {
				t.Error("there are edits all the same")
			}
			if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSkipBadRows leaves out what is faulty and what depends on it, and nothing else.
func TestSkipBadRows(t *testing.T) {
	bundle := bundleFile(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"},
"levels": [{"ordinal": 1, "name": "One"}],
"categories": [
{"code": "a", "name": ""},
{"code": "b", "name": "B", "parent": "a"}],
"skills": [
{"code": "K", "name": "K", "category": "b"},
{"code": "L", "name": "L", "levels": [{"level": 1, "description": "ok"}, {"level": 9}]},
{"code": "M", "name": "M", "oops": 1},
{"name": "nameless"}],
"relations": [
{"from": "L", "type": "RELATED", "to": "K"},
{"from": "L", "type": "RELATED", "to": "M"}],
"roles": [
{"code": "R", "name": "R", "requirements": [{"skill": "K"}, {"skill": "L"}, {"skill": "M"}]}]}`)
	refused, err := exchange.Import(t.Context(), new(framework.World), "json", bundle, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(refused.Edits)+len(refused.Changes) > 0 || refused.Skipped != 0 {
		t.Errorf("%d edits, %d skipped, though not told to skip", len(refused.Edits), refused.Skipped)
	}
	want := []string{
		`b.json:4:23: category a, name: is required`,
		`b.json:8:84: skill L, levels.1.level: framework f has no level 9`,
		`b.json:9:28: "oops" is not a field of a skill; they are code, name, description, guidance, synonyms, url, category, position, status and levels`,
		`b.json:10:1: a skill must have "code"`,
	}
	if diff := cmp.Diff(want, faults(refused.Faults)); diff != "" {
		t.Error(diff)
	}

	plan, err := exchange.Import(t.Context(), new(framework.World), "json", bundle, exchange.Options{SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	want = []string{
		`b.json:4:23: category a, name: is required`,
		`b.json:5:38: category b, parent: there is no category "a" in framework f`,
		`b.json:7:40: skill K, category: there is no category "b" in framework f`,
		`b.json:8:84: skill L, levels.1.level: framework f has no level 9`,
		`b.json:9:28: "oops" is not a field of a skill; they are code, name, description, guidance, synonyms, url, category, position, status and levels`,
		`b.json:10:1: a skill must have "code"`,
		`b.json:12:10: relation K RELATED L, to: there is no skill "L" in framework f`,
		`b.json:13:40: relation L RELATED M, to: there is no skill "M" in framework f`,
		`b.json:15:55: role R, requirements.0.skill: there is no skill "K" in framework f`,
		`b.json:15:87: role R, requirements.2.skill: there is no skill "M" in framework f`,
	}
	got := faults(plan.Faults)
	// The end that is missing is K, the first in the stored order.
	want[6] = `b.json:12:40: relation K RELATED L, from: there is no skill "K" in framework f`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if plan.Skipped != 9 {
		t.Errorf("%d rows skipped, want 9", plan.Skipped)
	}
	wantCounts := exchange.Counts{Levels: 1, Skills: 1, SkillLevels: 1, Roles: 1, Requirements: 1}
	if diff := cmp.Diff(wantCounts, plan.Counts); diff != "" {
		t.Error(diff)
	}
	w := apply(t, new(framework.World), plan.Changes)
	wantBundle := `{
  "format": "skillatlas/1",
  "framework": {
    "code": "f",
    "name": "F",
    "showsRelease": false,
    "hidesHead": false
  },
  "levels": [
    {
      "ordinal": 1,
      "name": "One"
    }
  ],
  "skills": [
    {
      "code": "L",
      "name": "L",
      "levels": [
        {
          "level": 1,
          "description": "ok"
        }
      ]
    }
  ],
  "roles": [
    {
      "code": "R",
      "name": "R",
      "requirements": [
        {
          "skill": "L",
          "importance": "ESSENTIAL"
        }
      ]
    }
  ]
}
`
	if diff := cmp.Diff(wantBundle, string(export(t, w, "f"))); diff != "" {
		t.Error(diff)
	}

	_, err = exchange.Import(t.Context(), w, "json", bundle, exchange.Options{SkipBadRows: true, RetireMissing: true})
	if err == nil || !strings.Contains(err.Error(), "what is missing cannot be retired while rows are skipped") {
		t.Errorf("retiring what is missing while rows are skipped: %v", err)
	}
}

// TestSkipManyBadRows: more bad rows than problems are reported at a time, each
// leaving others behind that depend on it.
func TestSkipManyBadRows(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}, "skills": [{"code": "ok", "name": "ok"}`)
	const n = 2500
	for i := range n {
		fmt.Fprintf(&b, ",\n"+`{"code": "S%d", "name": ""}`, i)
	}
	b.WriteString("],\n" + `"relations": [{"from": "ok", "type": "BROADER", "to": "S0"}`)
	for i := range n {
		fmt.Fprintf(&b, ",\n"+`{"from": "S%d", "type": "BROADER", "to": "ok"}`, i)
	}
	b.WriteString("]}")
	plan, err := exchange.Import(t.Context(), new(framework.World), "json", bundleFile(b.String()), exchange.Options{SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Skipped != 2*n+1 || plan.Counts != (exchange.Counts{Skills: 1}) || len(plan.Changes) != 2 {
		t.Errorf("%d skipped, %+v, %d changes", plan.Skipped, plan.Counts, len(plan.Changes))
	}
	if len(plan.Faults) != 1001 {
		t.Fatalf("%d faults reported", len(plan.Faults))
	}
	if got := plan.Faults[1000].String(); got != "b.json: there are 4001 more faults; mend these first" {
		t.Errorf("the last fault is %q", got)
	}
}

func TestSkipBadRowsOfGDaD(t *testing.T) {
	list := files(t, "testdata/gdad")
	for i := range list {
		if list[i].Name == "roles_skills.csv" {
			list[i].Content = bytes.Replace(list[i].Content, []byte("Practitioner"), []byte("Practitionr"), 1)
		}
		if list[i].Name == "skills_az.csv" {
			list[i].Content = bytes.Replace(list[i].Content, []byte("Hearing what is said"), []byte("<p>Hearing"), 1)
		}
	}
	plan, err := exchange.Import(t.Context(), new(framework.World), "gdad", list, exchange.Options{Framework: "g", SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`roles_skills.csv:5:59: "Practitionr" is not a level; use Awareness, Working, Practitioner, Expert or NOT IN USE`,
		`roles_skills.csv:9:28: role drawer-lead, requirements.0.skill: there is no skill "listening" in framework g`,
		`roles_skills.csv:25:23: role drawer, requirements.1.skill: there is no skill "listening" in framework g`,
		`roles_skills.csv:28:45: role setter, requirements.1.skill: there is no skill "listening" in framework g`,
		`roles_skills.csv:29:60: role proofer, requirements.0.skill: there is no skill "listening" in framework g`,
		`roles_skills.csv:31:78: role master-of-works, requirements.1.skill: there is no skill "listening" in framework g`,
		`skills_az.csv:10:11: skill listening, description: contains HTML (<p>)`,
	}
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
		t.Error(diff)
	}
	if plan.Skipped != 7 {
		t.Errorf("%d rows skipped, want 7", plan.Skipped)
	}
}

// TestMissing: what the file has not is reported, and goes only when told.
func TestMissing(t *testing.T) {
	w := edit(t, new(framework.World), "f",
		framework.CreateFramework{Code: "f", Name: "F"},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some("One")},
		framework.DefineLevel{Ordinal: 2, Name: framework.Some("Two")},
		framework.DefineLevel{Ordinal: 3, Name: framework.Some("Three")},
		framework.CreateAttribute{Code: "a", Name: "A"},
		framework.CreateAttribute{Code: "b", Name: "B"},
		framework.DefineAttributeLevel{Attribute: "a", Level: 1},
		framework.DefineAttributeLevel{Attribute: "a", Level: 2},
		framework.CreateCategory{Code: "top", Name: "Top"},
		framework.CreateCategory{Code: "below", Name: "Below", Parent: "top"},
		framework.CreateSkill{Code: "K", Name: "K", Levels: []framework.LevelText{{Level: 1}, {Level: 2}}},
		framework.CreateSkill{Code: "L", Name: "L", Category: "below", Levels: []framework.LevelText{{Level: 3}}},
		framework.CreateSkill{Code: "M", Name: "M"},
		framework.CreateSkill{Code: "old", Name: "Old"},
		framework.RetireSkill{Code: "old"},
		framework.Relate{From: "K", Type: framework.Related, To: "L"},
		framework.Relate{From: "K", Type: framework.Related, To: "M"},
		framework.CreateRoleGroup{Code: "g", Name: "G"},
		framework.CreateRole{Code: "r", Name: "R", Group: "g"},
		framework.CreateRole{Code: "s", Name: "S", Requirements: []framework.Requirement{{Skill: "K"}, {Skill: "L"}}},
	)
	bundle := bundleFile(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"},
"levels": [{"ordinal": 1, "name": "One"}],
"attributes": [{"code": "a", "name": "A", "levels": [{"level": 1}]}],
"skills": [{"code": "K", "name": "K", "levels": [{"level": 1}]}, {"code": "M", "name": "M"}],
"roles": [{"code": "s", "name": "S", "requirements": [{"skill": "K"}]}]}`)
	missing := func(p *exchange.Plan) (list []string) {
		for _, m := range p.Missing {
			list = append(list, m.String())
		}
		return list
	}
	want := []string{
		"level 2", "level 3", "attribute a, levels.2", "attribute b", "category below", "category top",
		"skill K, levels.2", "skill L", "relation K RELATED M", "role group g", "role r", "role s, requirements.L",
	}
	plan, err := exchange.Import(t.Context(), w, "json", bundle, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, missing(plan)); diff != "" {
		t.Error(diff)
	}
	if len(plan.Edits) > 0 {
		t.Errorf("edits without being told: %v", plan.Edits)
	}
	plan, err = exchange.Import(t.Context(), w, "json", bundle, exchange.Options{RetireMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, missing(plan)); diff != "" {
		t.Error(diff)
	}
	after := apply(t, w, plan.Changes)
	if err := framework.Check(after); err != nil {
		t.Error(err)
	}
	plan, err = exchange.Import(t.Context(), after, "json", bundle, exchange.Options{RetireMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	// The retired skill L still has level 3, and its relation.
	if diff := cmp.Diff([]string{"level 3"}, missing(plan)); diff != "" || len(plan.Edits) > 0 {
		t.Error(diff, plan.Edits)
	}
	s := after.Snapshot("f")
	if s.Entity(framework.KindRelation, "K RELATED L") == nil || s.Entity(framework.KindRelation, "K RELATED M") != nil {
		t.Error("the wrong relations were removed")
	}
	retired := []string{}
	for k := range s.Skills() {
		if k.Status == framework.StatusRetired {
			retired = append(retired, k.Code)
		}
	}
	if diff := cmp.Diff([]string{"L", "old"}, retired); diff != "" {
		t.Error(diff)
	}
}

// TestFieldwise: an import over existing content changes what differs, in the
// edits an editor would have made.
func TestFieldwise(t *testing.T) {
	w, _ := load(t, new(framework.World), []byte(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F", "skillCodePattern": "[A-Z]"},
"levels": [{"ordinal": 1, "name": "One"}],
"categories": [{"code": "c", "name": "C"}, {"code": "d", "name": "D", "status": "RETIRED", "successors": ["c"]}],
"skills": [{"code": "K", "name": "K", "category": "c"}, {"code": "L", "name": "L", "status": "RETIRED"}],
"relations": [{"from": "L", "type": "REPLACED_BY", "to": "K"}],
"roles": [{"code": "r", "name": "R", "requirements": [{"skill": "K", "level": 1}]}]}`), exchange.Options{})
	_, plan := load(t, w, []byte(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F", "skillCodePattern": "[A-Z]"},
"levels": [{"ordinal": 1, "name": "One", "essence": "First"}],
"categories": [{"code": "c", "name": "C"}, {"code": "d", "name": "D", "position": 2, "status": "RETIRED", "successors": ["c"]}],
"skills": [{"code": "K", "name": "K ", "category": "c", "url": "https://example.org", "levels": [{"level": 1}]},
{"code": "L", "name": "L", "status": "RETIRED"}],
"relations": [{"to": "L", "type": "REPLACES", "from": "K", "note": "why"}, {"from": "L", "type": "RELATED", "to": "K"}],
"roles": [{"code": "r", "name": "R", "requirements": [{"skill": "K"}]}]}`), exchange.Options{})
	want := []framework.Edit{
		framework.DefineLevel{Ordinal: 1, Essence: framework.Some("First")},
		framework.MoveCategory{Code: "d", Position: framework.Some(2)},
		framework.UpdateSkill{Code: "K", URL: framework.Some("https://example.org")},
		framework.DefineSkillLevel{Skill: "K", Level: 1},
		// L comes back while it is related, and so loses its successor.
		framework.RestoreSkill{Code: "L"},
		framework.Relate{From: "L", Type: framework.ReplacedBy, To: "K", Note: "why"},
		framework.Relate{From: "K", Type: framework.Related, To: "L"},
		framework.Require{Role: "r", Skill: "K", Importance: framework.Essential},
		framework.RetireSkill{Code: "L"},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
	var changed []string
	for _, d := range w.Differences(plan.Changes) {
		changed = append(changed, fmt.Sprint(d.Action, " ", d.Kind, " ", d.Key, " ", d.Fields))
	}
	if diff := cmp.Diff([]string{
		"UPDATED level 1 [essence]",
		"UPDATED category d [position]",
		"UPDATED skill K [levels.1 url]",
		"CREATED relation K RELATED L [from to type]",
		"UPDATED relation L REPLACED_BY K [note]",
		"UPDATED role r [requirements.K]",
	}, changed); diff != "" {
		t.Error(diff)
	}
}

func TestArchived(t *testing.T) {
	open := `{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}, "levels": [{"ordinal": 1, "name": "One"}]}`
	archived := strings.Replace(open, `"name": "F"`, `"name": "F", "archived": true`, 1)
	w, _ := load(t, new(framework.World), []byte(archived), exchange.Options{})
	if _, plan := load(t, w, []byte(archived), exchange.Options{}); len(plan.Edits) > 0 {
		t.Errorf("a second import plans %v", plan.Edits)
	}
	plan, err := exchange.Import(t.Context(), w, "json", bundleFile(strings.Replace(archived, "One", "Eins", 1)), exchange.Options{SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"b.json:1:80: framework f is archived; unarchive it to import into it"}
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" || len(plan.Edits) > 0 {
		t.Error(diff, plan.Edits)
	}
	_, plan = load(t, w, []byte(strings.Replace(open, "One", "Eins", 1)), exchange.Options{})
	if diff := cmp.Diff([]framework.Edit{
		framework.UnarchiveFramework{}, framework.DefineLevel{Ordinal: 1, Name: framework.Some("Eins")},
	}, plan.Edits); diff != "" {
		t.Error(diff)
	}
}

// TestSettings: a file says how a framework is served only where it does say so.
func TestSettings(t *testing.T) {
	silent := `{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}}`
	hiding := strings.Replace(silent, `"name": "F"`, `"name": "F", "hidesHead": true, "showsRelease": true`, 1)
	w, _ := load(t, new(framework.World), []byte(hiding), exchange.Options{})
	if f := w.Snapshot("f").Framework(); !f.HidesHead || !f.ShowsRelease {
		t.Errorf("made as %+v", f)
	}
	for name, c := range map[string]struct {
		file string
		want []framework.Edit
	}{
		"again":    {hiding, nil},
		"silent":   {silent, nil},
		"one said": {strings.Replace(hiding, `"hidesHead": true`, `"hidesHead": false`, 1), []framework.Edit{framework.UpdateFramework{HidesHead: framework.Some(false)}}},
		"exported": {string(export(t, w, "f")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, plan := load(t, w, []byte(c.file), exchange.Options{})
			if diff := cmp.Diff(c.want, plan.Edits); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOlderCodes: a new framework may have codes older than its rule; later the
// rule binds.
func TestOlderCodes(t *testing.T) {
	bundle := `{"format": "skillatlas/1", "framework": {"code": "f", "name": "F", "skillCodePattern": "[A-Z]{4}"},
"skills": [{"code": "old-one", "name": "Old"}]}`
	w, _ := load(t, new(framework.World), []byte(bundle), exchange.Options{})
	if got := w.Snapshot("f").Framework().SkillCodePattern; got != "[A-Z]{4}" {
		t.Errorf("the rule is %q", got)
	}
	plan, err := exchange.Import(t.Context(), w, "json", bundleFile(strings.Replace(bundle, "old-one", "new-one", 1)), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`b.json:2:21: skill new-one, code: "new-one" breaks this framework's rule for skill codes: the pattern [A-Z]{4}`}
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
		t.Error(diff)
	}
}

func TestProgress(t *testing.T) {
	bundle := generated(2_000, 8_000)
	var stages []string
	last := map[string]int{}
	opt := exchange.Options{Progress: func(stage string, done, total int) {
		if !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
		if done < last[stage] || done > total {
			t.Errorf("%s: %d of %d after %d", stage, done, total, last[stage])
		}
		last[stage] = done
	}}
	load(t, new(framework.World), bundle, opt)
	if diff := cmp.Diff([]string{"reading", "comparing", "checking"}, stages); diff != "" {
		t.Error(diff)
	}
	if last["reading"] != len(bundle) {
		t.Errorf("read %d of %d bytes", last["reading"], len(bundle))
	}
}

// generated is a bundle with so many skills and relations.
func generated(skills, relations int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"format": "skillatlas/1", "framework": {"code": "big", "name": "Big"}, "categories": [{"code": "c0", "name": "C"}`)
	for n := 1; n < 600; n++ {
		fmt.Fprintf(&b, ",\n"+`{"code": "c%d", "name": "Category %d", "parent": "c%d"}`, n, n, n/10)
	}
	b.WriteString(`], "skills": [`)
	for n := range skills {
		if n > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"code": "skill-%d", "name": "Skill number %d", "description": %q, "synonyms": ["one %d", "two “%d”"], "category": "c%d"}`,
			n, n, strings.Repeat("Does this and that with some care. ", 8), n, n, n%600)
	}
	b.WriteString(`], "relations": [`)
	for n := range relations {
		if n > 0 {
			b.WriteString(",\n")
		}
		from := n % skills
		fmt.Fprintf(&b, `{"from": "skill-%d", "type": "ESSENTIAL_FOR", "to": "skill-%d"}`, from, (from+1+n/skills*37)%skills)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkImport imports a framework of the size of ESCO: into an empty store,
// and again over itself.
func BenchmarkImport(b *testing.B) {
	bundle := generated(14_000, 120_000)
	list := []exchange.File{{Name: "big.json", Content: bundle}}
	run := func(b *testing.B, w *framework.World) (plan *exchange.Plan) {
		b.SetBytes(int64(len(bundle)))
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if plan, err = exchange.Import(b.Context(), w, "json", list, exchange.Options{SkipBadRows: true}); err != nil {
				b.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-live")
		runtime.KeepAlive(plan)
		return plan
	}
	var w *framework.World
	b.Run("new", func(b *testing.B) {
		plan := run(b, new(framework.World))
		w = apply(b, new(framework.World), plan.Changes)
	})
	b.Run("again", func(b *testing.B) {
		if w == nil {
			plan, _ := exchange.Import(b.Context(), new(framework.World), "json", list, exchange.Options{SkipBadRows: true})
			w = apply(b, new(framework.World), plan.Changes)
		}
		if plan := run(b, w); len(plan.Edits) > 0 {
			b.Fatalf("%d edits", len(plan.Edits))
		}
	})
}

// FuzzJSON: no bytes make the reader panic, and what is accepted round-trips.
func FuzzJSON(f *testing.F) {
	// Small seeds: large ones keep the fuzzer busy with making them smaller.
	f.Add([]byte(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}, "levels": [{"ordinal": 1, "name": "One"}],
"attributes": [{"code": "a", "name": "A", "position": 1, "levels": [{"level": 1, "description": "x"}]}],
"categories": [{"code": "c", "name": "C"}, {"code": "d", "name": "D", "parent": "c"}],
"skills": [{"code": "K", "name": "K", "synonyms": ["b", "a"], "levels": [{"level": 1}]}, {"code": "L", "name": "L"}],
"relations": [{"from": "L", "type": "NARROWER", "to": "K", "note": "n"}],
"roleGroups": [{"code": "g", "name": "G"}], "roles": [{"code": "r", "name": "R", "group": "g", "status": "RETIRED"}]}`))
	f.Add([]byte(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F", "archived": true},
"categories": [{"code": "c", "name": "C"}, {"code": "d", "name": "D", "status": "RETIRED", "successors": ["c"]}],
"skills": [{"code": "K", "name": "\u00e9\ud83d\ude00", "category": "c"}, {"code": "L", "name": "L", "status": "RETIRED"}],
"relations": [{"from": "L", "type": "REPLACED_BY", "to": "K"}],
"roles": [{"code": "r", "name": "R", "requirements": [{"skill": "K", "weight": 1e-3}]}]}`))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		accepted(t, "json", []exchange.File{{Name: "b.json", Content: bundle}}, "")
	})
}

// FuzzGDaD: no bytes make the reader panic, and what is accepted round-trips.
func FuzzGDaD(f *testing.F) {
	sample := files(f, "testdata/gdad")
	f.Add(sample[2].Content, sample[1].Content, sample[0].Content)
	f.Add([]byte("Skill Name,Skill Description,Awareness,Working,Practitioner,Expert\nA,,,,,\n"),
		[]byte("Role Family,Role,Role Description,Role Level,Role Level Description,Skill Name,Skill Level,Role Type\nF,R,,L,,A,Expert,\n"), []byte(nil))
	f.Fuzz(func(t *testing.T, skills, roles, order []byte) {
		list := []exchange.File{{Name: "s.csv", Content: skills}, {Name: "r.csv", Content: roles}}
		if len(order) > 0 {
			list = append(list, exchange.File{Name: "o.csv", Content: order})
		}
		accepted(t, "gdad", list, "g")
	})
}

func accepted(t *testing.T, format string, list []exchange.File, code string) {
	for _, skip := range []bool{false, true} {
		plan, err := exchange.Import(t.Context(), new(framework.World), format, list, exchange.Options{Framework: code, SkipBadRows: skip})
		if err != nil || len(plan.Changes) == 0 {
			continue
		}
		for _, f := range plan.Faults {
			if f.Line == 0 && f.Column != 0 || f.File == "" {
				t.Errorf("a fault without a place: %+v", f)
			}
		}
		w := apply(t, new(framework.World), plan.Changes)
		if err := framework.Check(w); err != nil {
			t.Fatal(err)
		}
		if !skip {
			again, err := exchange.Import(t.Context(), w, format, list, exchange.Options{Framework: code, RetireMissing: true})
			if err != nil || len(again.Faults) > 0 || len(again.Edits)+len(again.Missing) > 0 {
				t.Fatalf("a second import: %v, %v, %#v, %v", err, again.Faults, again.Edits, again.Missing)
			}
		}
		first := export(t, w, plan.Framework)
		copied, _ := load(t, new(framework.World), first, exchange.Options{})
		if diff := cmp.Diff(string(first), string(export(t, copied, plan.Framework))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestLongCircles: it takes no long time to find a circle whose members all refer to one.
func TestLongCircles(t *testing.T) {
	const n = 20_000
	var b strings.Builder
	b.WriteString(`{"format":"skillatlas/1","framework":{"code":"f","name":"F"},"roles":[{"code":"r0","name":"R"}`)
	for i := range n {
		fmt.Fprintf(&b, `,{"code":"c%d","name":"R","status":"RETIRED","successors":["c%d","c0"]}`, i, (i+n-1)%n)
	}
	b.WriteString("]}")
	begun := time.Now()
	plan, err := exchange.Import(t.Context(), new(framework.World), "json", []exchange.File{{Name: "f.json", Content: []byte(b.String())}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	want := `f.json: there are 19000 more faults; mend these first`
	if last := plan.Faults[len(plan.Faults)-1]; !plan.Refused || last.String() != want {
		t.Errorf("got %v", last)
	}
}

// TestManyObjects: JSON that would take a great deal of memory is refused.
func TestManyObjects(t *testing.T) {
	text := `{"format":"skillatlas/1","framework":{"code":"f","name":"F"},"unknown":[{}` + strings.Repeat(",{}", 1_000_000) + "]}"
	plan, err := exchange.Import(t.Context(), new(framework.World), "json", []exchange.File{{Name: "f.json", Content: []byte(text)}}, exchange.Options{SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Refused || !strings.HasSuffix(plan.Faults[len(plan.Faults)-1].Message, "there are more than 1000000 objects") {
		t.Errorf("got %v", plan.Faults)
	}
}
