package exchange_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// niceFile is a file with elements and relationships, each a line that is short for
// an object: type, identifier, title and text; or source, destination and, unless it
// is the usual one, the type of relationship.
func niceFile(elements, relationships []string) []exchange.File {
	var b strings.Builder
	list := func(key string, lines []string, keys ...string) {
		fmt.Fprintf(&b, "%q: [", key)
		for i, line := range lines {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n{")
			for j, v := range strings.Split(line, "|") {
				if j > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "%q: %q", keys[j], v)
			}
			b.WriteString("}")
		}
		b.WriteString("]")
	}
	b.WriteString(`{"response": {"requestType": 4, "elements": {"documents": [{"doc_identifier": "SP_800_181_9"}],` + "\n")
	var links []string
	for _, l := range relationships {
		if strings.Count(l, "|") == 1 {
			l += "|projection"
		}
		links = append(links, l)
	}
	// Relationships before elements: the order of keys must not matter.
	list("relationships", links, "source_element_identifier", "dest_element_identifier", "relationship_identifier")
	b.WriteString(",\n")
	list("elements", elements, "element_type", "element_identifier", "title", "text")
	b.WriteString("\n}}}\n")
	return []exchange.File{{Name: "n.json", Content: []byte(b.String())}}
}

// loadNICE imports a file that must be faultless.
func loadNICE(t testing.TB, w *framework.World, list []exchange.File, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	opt.Framework = "nice"
	return faultless(t, w, "nice", list, opt)
}

var niceSample = niceFile(
	[]string{
		"sort|S-BB|00001|", "sort|S-AA|00003|", "sort|S-BB-1|00001.00007|", "opm_code|652||",
		"category|AA|Baking|Bakes.", "category|BB|Brewing|Brews.", "category|CC|Cooking|", "category|AB|Before|",
		"task|T1||Fill the kettle", "knowledge|K1|| Knowledge of\u00a0water ", "skill|S1||Skill in waiting", "skill|S2||Skill in waiting",
		"work_role|BB-1|Brewer|Brews all day.", "work_role|AA-1|Baker|",
		"competency_area|C1|Tea|All about tea", "competency_area|C2|Bread|All about bread", "withdrawn|W1||", "withdrawn|W2||",
	},
	[]string{
		"AA|S-AA", "BB|S-BB", "BB-1|S-BB-1", "BB-1|652", "AA|AA-1", "BB|BB-1",
		" BB-1|T1 ", "BB-1|K1", "BB-1|S2", "AA-1|K1",
		"CC|BB-1", "BB-1|BB-1", "BB-1|T9", "X|T1", "AA-1|K1", "AA-1|S1|related", "T1|K1", "S1|K1", "T1|S1", "C1|K1",
	})

// TestNICESample reads a small sample with everything a file may hold.
func TestNICESample(t *testing.T) {
	w, plan := loadNICE(t, new(framework.World), niceSample, exchange.Options{})
	want := exchange.Counts{Categories: 3, Skills: 4, RoleGroups: 4, Roles: 2, Requirements: 4}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	golden := `{
  "format": "skillatlas/1",
  "framework": {
    "code": "nice",
    "name": "NICE Workforce Framework for Cybersecurity",
    "publisher": "NIST",
    "url": "https://csrc.nist.gov/pubs/sp/800/181/r1/final",
    "licence": "Public domain",
    "attribution": "NICE Workforce Framework for Cybersecurity (NIST SP 800-181), a work of the US Government in the public domain",
    "locale": "en-US",
    "showsRelease": false,
    "hidesHead": false
  },
  "categories": [
    {"code": "K", "name": "Knowledge", "position": 2},
    {"code": "S", "name": "Skills", "position": 3},
    {"code": "T", "name": "Tasks", "position": 1}
  ],
  "skills": [
    {"code": "K1", "name": "Knowledge of water", "category": "K"},
    {"code": "S1", "name": "Skill in waiting", "category": "S"},
    {"code": "S2", "name": "Skill in waiting", "category": "S"},
    {"code": "T1", "name": "Fill the kettle", "category": "T"}
  ],
  "roleGroups": [
    {"code": "AA", "name": "Baking", "description": "Bakes.", "position": 2},
    {"code": "AB", "name": "Before", "position": 3},
    {"code": "BB", "name": "Brewing", "description": "Brews.", "position": 1},
    {"code": "CC", "name": "Cooking", "position": 4}
  ],
  "roles": [
    {"code": "AA-1", "name": "Baker", "group": "AA", "requirements": [{"skill": "K1", "importance": "ESSENTIAL"}]},
    {"code": "BB-1", "name": "Brewer", "description": "Brews all day.", "group": "BB", "requirements": [
      {"skill": "K1", "importance": "ESSENTIAL"}, {"skill": "S2", "importance": "ESSENTIAL"}, {"skill": "T1", "importance": "ESSENTIAL"}
    ]}
  ]
}`
	same, _ := load(t, new(framework.World), []byte(golden), exchange.Options{})
	if diff := cmp.Diff(string(export(t, same, "nice")), string(export(t, w, "nice"))); diff != "" {
		t.Error(diff)
	}
	remarks := []string{
		`n.json:13:31: not read: that work role BB-1 is in category CC; it is in BB`,
		`n.json:14:66: not read: a relationship of BB-1 with itself`,
		`n.json:15:66: not read: a relationship of BB-1 with T9; there is no element T9`,
		`n.json:16:31: not read: a relationship of X with T1; there is no element X`,
		`n.json:17:1: not read: a relationship of AA-1 with K1 that is on line 12 already`,
		`n.json:18:1: not read: relationships of type related from work_role to skill, 1 in all`,
		`n.json:19:1: not read: relationships of type projection from task to knowledge, 1 in all`,
		`n.json:20:1: not read: relationships of type projection from skill to knowledge, 1 in all`,
		`n.json:21:1: not read: relationships of type projection from task to skill, 1 in all`,
		`n.json:22:1: not read: relationships of type projection from competency_area to knowledge, 1 in all`,
		`n.json:38:18: not read: elements of type competency_area, 2 in all, which are related to no statements`,
		`n.json:40:18: not read: elements of type withdrawn, 2 in all, which is not a known type`,
	}
	if diff := cmp.Diff(remarks, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	if _, plan := loadNICE(t, w, niceSample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
}

// TestNICELeavesAlone: what the format does not carry stays as editors made it.
func TestNICELeavesAlone(t *testing.T) {
	w, _ := loadNICE(t, new(framework.World), niceSample, exchange.Options{})
	w = edit(t, w, "nice",
		framework.UpdateFramework{Name: framework.Some("Our own")},
		framework.DefineLevel{Ordinal: 2, Name: framework.Some("Second")},
		framework.DefineSkillLevel{Skill: "S1", Level: 2, Description: "Waits well"},
		framework.UpdateSkill{Code: "S1", Description: framework.Some("For tea"), Synonyms: framework.Some([]string{"patience"})},
		framework.MoveRole{Code: "BB-1", Seniority: framework.Some(3)},
		framework.Require{Role: "BB-1", Skill: "S2", Level: 2, Importance: framework.Optional, Weight: 0.5},
		framework.Relate{From: "S1", Type: framework.Related, To: "S2"},
	)
	if _, plan := loadNICE(t, w, niceSample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("the import plans %v, misses %v", plan.Edits, plan.Missing)
	}
}

// TestNICELongText: a text that is too long for a name stands whole in the description.
func TestNICELongText(t *testing.T) {
	words := strings.Repeat("много слов ", 40)
	long := strings.TrimSpace(words)
	tests := map[string]struct{ text, name, description string }{
		"fits":       {strings.Repeat("x", 500), strings.Repeat("x", 500), ""},
		"words":      {long, strings.Repeat("много слов ", 24) + "много…", long},
		"no words":   {strings.Repeat("é", 251), strings.Repeat("é", 248) + "…", strings.Repeat("é", 251)},
		"a word end": {"a " + strings.Repeat("x", 495) + " yyyyy", "a " + strings.Repeat("x", 495) + "…", "a " + strings.Repeat("x", 495) + " yyyyy"},
		"comma":      {strings.Repeat("x", 490) + ", " + strings.Repeat("y", 20), strings.Repeat("x", 490) + "…", strings.Repeat("x", 490) + ", " + strings.Repeat("y", 20)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := niceFile([]string{"task|T1||" + test.text}, nil)
			w, _ := loadNICE(t, new(framework.World), list, exchange.Options{})
			s := w.Snapshot("nice").Entity(framework.KindSkill, "T1").(*framework.Skill)
			if diff := cmp.Diff([]string{test.name, test.description}, []string{s.Name, s.Description}); diff != "" {
				t.Error(diff)
			}
			if _, plan := loadNICE(t, w, list, exchange.Options{}); len(plan.Edits) > 0 {
				t.Errorf("a second import plans %v", plan.Edits)
			}
		})
	}
}

// TestNICEFaults: every fault has its place. In the files ‹ stands before it, and for
// the sake of reading there is one fault each.
func TestNICEFaults(t *testing.T) {
	file := func(elements, relationships string) string {
		return `{"response": {"elements": {"elements": [` + elements + `], "relationships": [` + relationships + `]}}}`
	}
	tests := map[string]struct{ file, want string }{
		"not JSON":        {`‹NICE`, `this is not JSON: there is 'N' where an object should be`},
		"not an object":   {`‹[]`, `the file must be an object, not a list`},
		"truncated":       {`{"response": {"elements":‹`, `the file ends where an object should be`},
		"more":            {file("", "") + ` ‹x`, `there is more after the end of the file`},
		"another file":    {`‹{"format": "skillatlas/1"}`, `there is no response.elements.elements; give the NICE framework as NIST publishes it in JSON`},
		"half a file":     {`‹{"response": {"elements": {"elements": []}}}`, `there is no response.elements.relationships; give the NICE framework as NIST publishes it in JSON`},
		"response":        {`{"response": {"elements": {"elements": [], "relationships": []}}, ‹"response": {}}`, `"response" is given twice`},
		"elements":        {`{"response": {"elements": {"elements": [], "relationships": []}, ‹"elements": 1}}`, `"elements" is given twice`},
		"no list":         {`{"response": {"elements": {"relationships": [], "elements": ‹{}}}}`, `elements must be a list, not an object`},
		"document":        {`{"response": {"elements": {"documents": [{"doc_identifier": ‹"CSF_2_0_0"}], "elements": [], "relationships": []}}}`, `the document is "CSF_2_0_0", not the NICE framework, whose identifier begins with SP_800_181`},
		"no element":      {file(`‹"task"`, ""), `an element must be an object, not a text`},
		"no type":         {file(`‹{"element_identifier": "T1", "text": "x"}`, ""), `an element must have "element_type"`},
		"no identifier":   {file(`{"element_identifier": ‹null, "element_type": "task", "text": "x"}`, ""), `an element must have "element_identifier"`},
		"no text":         {file(`{"element_type": "task", "element_identifier": "T1", "text": ‹1}`, ""), `text must be a text, not a number`},
		"field twice":     {file(`{"element_type": "task", "element_identifier": "T1", "text": "x", ‹"text": "x"}`, ""), `"text" is given twice`},
		"surrogate":       {file(`{"element_type": "task", "element_identifier": "T1", "text": ‹"\ud800"}`, ""), `has half of a surrogate pair (\ud800 to \udfff), which is no character`},
		"element twice":   {file(`{"element_type": "task", "element_identifier": "T1", "text": "x"},`+"\n"+`{"element_type": "sort", "element_identifier": ‹"T1"}`, ""), `element T1 is given twice; first on line 1`},
		"no destination":  {file("", `‹{"source_element_identifier": "x"}`), `a relationship must have "dest_element_identifier"`},
		"lost element":    {file(`{"element_type": "task", "element_identifier": "T1", "text": ‹1}, {"element_type": "work_role", "element_identifier": "R", "title": "R"}`, `{"source_element_identifier": "R", "dest_element_identifier": "T1", "relationship_identifier": "projection"}`), `text must be a text, not a number`},
		"domain: name":    {file(`{"element_type": "task", "element_identifier": "T1", "text": ‹" "}`, ""), `skill T1, name: is required`},
		"domain: code":    {file(`{"element_type": "task", "element_identifier": ‹"T 1", "text": "x"}`, ""), `skill T 1, code: "T 1" contains U+0020`},
		"domain: role":    {file(`{"element_type": "work_role", "element_identifier": "R", "title": ‹""}`, ""), `role R, name: is required`},
		"domain: group":   {file(`{"element_type": "category", "element_identifier": "G", "title": "G", "text": ‹"<b>"}`, ""), `role group G, description: contains HTML (<b>)`},
		"two of one kind": {file(`{"element_type": "task", "element_identifier": "T1", "text": "x"}, ‹3`, ""), `an element must be an object, not a number`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, after, marked := strings.Cut(test.file, "‹")
			if !marked {
				t.Fatal("no mark")
			}
			lines := strings.Split(before, "\n")
			place := fmt.Sprintf("n.json:%d:%d: ", len(lines), len([]rune(lines[len(lines)-1]))+1)
			list := []exchange.File{{Name: "n.json", Content: []byte(before + after)}}
			plan, err := exchange.Import(t.Context(), new(framework.World), "nice", list, exchange.Options{Framework: "nice"})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Edits)+len(plan.Changes) > 0 {
				t.Error("there are edits all the same")
			}
			want := []string{place + test.want}
			if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string(nil), faults(plan.Remarks)); diff != "" {
				t.Error("remarks:", diff)
			}
		})
	}
	t.Run("two files", func(t *testing.T) {
		plan, err := exchange.Import(t.Context(), new(framework.World), "nice", append(niceSample, niceSample...), exchange.Options{Framework: "nice"})
		if diff := cmp.Diff([]string{"n.json: the NICE framework is one file; 2 are given"}, faults(plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

// TestNICESkipsBadRows: what is faulty is left out with what depends on it.
func TestNICESkipsBadRows(t *testing.T) {
	list := []exchange.File{{Name: "n.json", Content: []byte(`{"response": {"elements": {"elements": [
{"element_type": "task", "element_identifier": "T1", "text": "x"},
{"element_type": "task", "element_identifier": "T2", "text": 2},
{"element_type": "task", "element_identifier": "T3", "text": " "},
{"element_type": "category", "element_identifier": "G", "title": " "},
{"element_type": "work_role", "element_identifier": "Q", "title": "Q"},
{"element_type": "work_role", "element_identifier": "R", "title": "R"}], "relationships": [
{"source_element_identifier": "G", "dest_element_identifier": "Q", "relationship_identifier": "projection"},
{"source_element_identifier": "R", "dest_element_identifier": "T1", "relationship_identifier": "projection"},
{"source_element_identifier": "R", "dest_element_identifier": "T2", "relationship_identifier": "projection"},
{"source_element_identifier": "R", "dest_element_identifier": "T3", "relationship_identifier": "projection"}]}}}`)}}
	plan, err := exchange.Import(t.Context(), new(framework.World), "nice", list, exchange.Options{Framework: "nice", SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"n.json:3:62: text must be a text, not a number",
		"n.json:4:62: skill T3, name: is required",
		"n.json:5:66: role group G, name: is required",
		`n.json:8:31: role Q, group: there is no role group "G" in framework nice`,
		`n.json:11:63: role R, requirements.1.skill: there is no skill "T3" in framework nice`,
	}
	if diff := cmp.Diff(want, like(want, plan.Faults)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(exchange.Counts{Categories: 1, Skills: 1, Roles: 1, Requirements: 1}, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if plan.Skipped != 6 {
		t.Errorf("%d rows are skipped", plan.Skipped)
	}
}

// TestNICE reads the framework as published and finds what its README promises.
func TestNICE(t *testing.T) {
	published := published(t, "nice")
	w, plan := loadNICE(t, new(framework.World), published, exchange.Options{})
	want := exchange.Counts{Categories: 3, Skills: 2148, RoleGroups: 5, Roles: 41, Requirements: 5334}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if len(plan.Remarks) != 1 || !strings.HasSuffix(plan.Remarks[0].Message, `not read: elements of type competency_area, 11 in all, which are related to no statements`) {
		t.Error(faults(plan.Remarks))
	}
	if err := framework.Check(w); err != nil {
		t.Error(err)
	}
	s := w.Snapshot("nice")
	got := map[string]int{}
	for k := range s.Skills() {
		got[k.Category]++
		if k.Description != "" || !strings.HasPrefix(k.Code, k.Category) {
			t.Errorf("skill %+v", k)
		}
	}
	for g := range s.RoleGroups() {
		got[g.Code+" position"] = g.Position
	}
	for r := range s.Roles() {
		got[r.Group]++
		if r.Description == "" || r.Seniority != 0 || !strings.HasPrefix(r.Code, r.Group) {
			t.Errorf("role %+v", r)
		}
	}
	if diff := cmp.Diff(map[string]int{
		"T": 946, "K": 662, "S": 540, "OG": 16, "DD": 9, "IO": 7, "PD": 7, "IN": 2,
		"OG position": 1, "DD position": 2, "IO position": 3, "PD position": 4, "IN position": 5,
	}, got); diff != "" {
		t.Error(diff)
	}
	if _, plan := loadNICE(t, w, published, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
}

// FuzzNICE: no bytes make the reader panic, and what is accepted round-trips.
func FuzzNICE(f *testing.F) {
	f.Add(niceFile([]string{"task|T||t", "work_role|R|r|", "category|C|c|", "sort|S|1|"}, []string{"C|R", "R|T", "C|S"})[0].Content)
	f.Add([]byte(`{"response":{"elements":{"elements":[{"element_type":"skill","element_identifier":"a","text":"\u00e9"}],` +
		`"relationships":[{"source_element_identifier":"a","dest_element_identifier":"b"}]}}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		accepted(t, "nice", []exchange.File{{Name: "n.json", Content: content}}, "nice")
	})
}
