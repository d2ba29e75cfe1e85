package exchange_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// loadSFIA imports files that must be faultless.
func loadSFIA(t testing.TB, w *framework.World, list []exchange.File, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	return faultless(t, w, "sfia", list, opt)
}

func csvFile(lines ...string) []exchange.File {
	return []exchange.File{{Name: "s.csv", Content: []byte(strings.Join(lines, "\n") + "\n")}}
}

// TestSFIASample reads a small sample with every quirk of the real files.
func TestSFIASample(t *testing.T) {
	sample := files(t, "testdata/sfia")
	w, plan := loadSFIA(t, new(framework.World), sample, exchange.Options{Framework: "bakery"})
	want := exchange.Counts{Levels: 7, Attributes: 3, Categories: 5, Skills: 6, SkillLevels: 8}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`levels.csv:5:1: not read: the row "Colour"`}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	golden(t, "sfia.json", export(t, w, "bakery"))
	if _, plan := loadSFIA(t, w, sample, exchange.Options{Framework: "bakery", RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	t.Run("SFIA 8", func(t *testing.T) {
		after, plan := loadSFIA(t, w, files(t, "testdata/sfia8"), exchange.Options{Framework: "bakery"})
		want := []framework.Edit{
			framework.UpdateSkill{
				Code: "BRED", Name: framework.Some("Bread making – café"), Description: framework.Some("Makes “bread”."), Guidance: framework.Some(""),
			},
			framework.DefineSkillLevel{Skill: "BRED", Level: 2, Description: "Weighs and kneads."},
			framework.UpdateSkill{Code: "SELL", Description: framework.Some("Sells what is there.")},
		}
		if diff := cmp.Diff(want, plan.Edits, cmp.AllowUnexported(framework.Opt[string]{}, framework.Opt[[]string]{})); diff != "" {
			t.Error(diff)
		}
		if s := after.Snapshot("bakery").Entity(framework.KindSkill, "BRED").(*framework.Skill); s.URL != "https://example.org/skills/bread" {
			t.Errorf("without a column of URLs the URL is %q", s.URL)
		}
		if len(plan.Remarks) != 1 || !strings.Contains(plan.Remarks[0].Message, "Windows-1252") {
			t.Errorf("remarks: %v", plan.Remarks)
		}
	})
}

// TestSFIAOwnSheet: a company's own sheet comes in by mapping its columns.
func TestSFIAOwnSheet(t *testing.T) {
	opt := exchange.Options{Framework: "acme", Columns: []exchange.Column{
		{Header: "Competence", Field: "name"}, {Header: "Area", Field: "category"}, {Header: "Also called", Field: "synonyms"},
		{Header: "Junior", Field: "level.1"}, {Header: "Senior", Field: "level.3"},
	}}
	sheet := csvFile(
		"Area;Competence;Also called;Junior;Senior;Owner",
		"Office;Café talk;chat;listens;tells;Ann",
		"office;書道;;;writes;Bo",
		"Field;Digging;\"delving\nspading; trenching\";digs;;Cy",
	)
	w, plan := loadSFIA(t, new(framework.World), sheet, opt)
	if diff := cmp.Diff([]string{`s.csv:1:1: not read: the column "Owner"`}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	var got []string
	s := w.Snapshot("acme")
	for l := range s.Levels() {
		got = append(got, fmt.Sprint("level ", l.Ordinal, " ", l.Name))
	}
	for c := range s.Categories() {
		got = append(got, fmt.Sprint("category ", c.Code, " ", c.Name, " ", c.Position))
	}
	for k := range s.Skills() {
		got = append(got, fmt.Sprint("skill ", k.Code, " in ", k.Category, " ", k.Position, k.Synonyms, k.Levels))
	}
	if diff := cmp.Diff([]string{
		"level 1 Junior", "level 3 Senior", "category field Field 2", "category office Office 1",
		"skill cafe-talk in office 1 [chat] [{1 listens} {3 tells}]",
		"skill digging in field 1 [delving spading trenching] [{1 digs}]",
		"skill 書道 in office 2 [] [{3 writes}]",
	}, got); diff != "" {
		t.Error(diff)
	}
	t.Run("renamed here", func(t *testing.T) {
		w := edit(t, w, "acme", framework.UpdateSkill{Code: "digging", Name: framework.Some("Delving")},
			framework.DefineLevel{Ordinal: 1, Name: framework.Some("Beginner")},
			framework.UpdateCategory{Code: "field", Name: framework.Some("Meadow")})
		sheet := []exchange.File{{Name: "s.csv", Content: []byte(strings.NewReplacer("Digging", "Delving", "Field", "Meadow").Replace(string(sheet[0].Content)))}}
		if _, plan := loadSFIA(t, w, sheet, opt); len(plan.Edits) > 0 {
			t.Errorf("plans %v", plan.Edits)
		}
	})
}

// TestSFIACategories: where skills go.
func TestSFIACategories(t *testing.T) {
	w := edit(t, new(framework.World), "f",
		framework.CreateFramework{Code: "f", Name: "F"},
		framework.CreateCategory{Code: "a", Name: "Top"},
		framework.CreateCategory{Code: "b", Name: "Middle", Parent: "a"},
		framework.CreateCategory{Code: "c", Name: "Deep", Parent: "b"},
		framework.CreateCategory{Code: "middle", Name: "Elsewhere", Position: 1},
		framework.CreateCategory{Code: "second", Name: "Top", Position: 2},
		framework.CreateCategory{Code: "gone", Name: "Gone", Position: 3},
		framework.CreateSkill{Code: "K", Name: "K", Category: "c"},
		framework.CreateSkill{Code: "L", Name: "L", Category: "second"},
		framework.CreateSkill{Code: "M", Name: "M", Category: "c"},
		framework.CreateCategory{Code: "left", Name: "Left", Parent: "gone"},
		framework.CreateSkill{Code: "Z", Name: "Z", Category: "left"},
		framework.RetireSkill{Code: "Z"},
		framework.RetireCategory{Code: "left"},
		framework.RetireCategory{Code: "gone"},
	)
	tests := map[string]struct {
		rows []string
		want string
	}{
		"kept where its path is called so": {[]string{"K,K,top,middle / deep", "L,L,Top,"}, ""},
		"new in a deep one":                {[]string{"N,N,Top,Middle / Deep"}, "create N in c"},
		"new in the first of two":          {[]string{"N,N,Top,"}, "create N in a"},
		"moved up":                         {[]string{"K,K,Top,Middle"}, "move K to b"},
		"moved out":                        {[]string{"K,K,,"}, "move K to "},
		"new below, its slug taken":        {[]string{"N,N,Elsewhere,Middle", "O,O,elsewhere,MIDDLE"}, "category middle-middle Middle in middle, create N in middle-middle, create O in middle-middle"},
		"new at the top, its slug taken":   {[]string{"N,N,Middle,"}, "category middle-2 Middle in , create N in middle-2"},
		"new at both":                      {[]string{"N,N,New,Below"}, "category new New in , category below Below in new, create N in below"},
		"retired with its skill":           {[]string{"Z,Z,Gone,Left"}, ""},
		"brought back with what is above":  {[]string{"Z,Z,Gone,Left", "N,N,Gone,Left"}, "restore gone, restore left, create N in left"},
		"brought back":                     {[]string{"N,N,Gone,"}, "restore gone, create N in gone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, plan := loadSFIA(t, w, csvFile(append([]string{"Code,Skill,Category,Subcategory"}, test.rows...)...), exchange.Options{Framework: "f"})
			var got []string
			for _, e := range plan.Edits {
				switch e := e.(type) {
				case framework.CreateCategory:
					got = append(got, fmt.Sprint("category ", e.Code, " ", e.Name, " in ", e.Parent))
				case framework.CreateSkill:
					got = append(got, fmt.Sprint("create ", e.Code, " in ", e.Category))
				case framework.MoveSkill:
					got = append(got, fmt.Sprint("move ", e.Code, " to ", e.Category.Value))
				case framework.RestoreCategory:
					got = append(got, "restore "+e.Code)
				default:
					got = append(got, fmt.Sprintf("%#v", e))
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("no column of subcategories", func(t *testing.T) {
		_, plan := loadSFIA(t, w, csvFile("Code,Skill,Category", "K,K,Top"), exchange.Options{Framework: "f"})
		if len(plan.Edits) > 0 {
			t.Errorf("plans %v", plan.Edits)
		}
	})
}

func TestSFIAFaults(t *testing.T) {
	tests := map[string]struct {
		files []exchange.File
		want  []string
	}{
		"no skills": {csvFile("Name,Text", "a,b"), []string{
			`s.csv:1:1: there is no table with a column Skill in its first row; map the one that holds the names of skills to "name", such as "Name=name"`,
		}},
		"twice": {append(csvFile("Skill,Code", "a,b"), exchange.File{Name: "t.csv", Content: []byte("Skill\nc\n")}), []string{
			"t.csv:1:1: this is the table of skills like s.csv; give each once",
		}},
		"rows": {csvFile("Code,Skill,Category,Subcategory,Level 2", "A,a,,,x", "A,b,,,", "B, ,,,", "C,c,,C,", ",d,,,"), []string{
			"s.csv:3:1: skill A is given twice; first on line 2",
			"s.csv:4:3: a skill must have a name",
			`s.csv:5:5: subcategory "C" has no category`,
		}},
		"no such level": {csvFile("Code,Skill,Level 21 description", "A,a,x"), []string{
			"s.csv:1:12: there is no level 21; levels are numbered from 1 to 20",
		}},
		"column twice":   {csvFile("Skill,Code,code", "A,a,x"), []string{`s.csv:1:12: column "code" is given twice`}},
		"code of a name": {csvFile("Category,Skill", ",a", ",A"), []string{"s.csv:3:2: the skill on line 2 has the code a too, which is made of the name; give one of them another"}},
		"domain": {csvFile("Skill,URL,Level 1", "a,nowhere,<b>x</b>"), []string{
			`s.csv:2:3: skill a, url: "nowhere" is not an absolute http or https URL`,
			`s.csv:2:11: skill a, levels.0.description: contains HTML (<b>)`,
		}},
		"attributes": {csvFile("Attribute name,Code,Level 1", ",x,", "a,A,", "b,A,"), []string{
			"s.csv:2:1: an attribute must have a name",
			"s.csv:4:3: attribute A is given twice; first on line 3",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", test.files, exchange.Options{Framework: "f"})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Edits)+len(plan.Changes) > 0 {
				t.Error("there are edits all the same")
			}
			if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSFIALevels: levels that a table has no column for, or that have no text, stay.
func TestSFIALevels(t *testing.T) {
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some("One")}, framework.DefineLevel{Ordinal: 2, Name: framework.Some("Two")},
		framework.DefineLevel{Ordinal: 3, Name: framework.Some("Three")}, framework.DefineLevel{Ordinal: 4, Name: framework.Some("Four")},
		framework.CreateSkill{Code: "K", Name: "K", Levels: []framework.LevelText{
			{Level: 1, Description: "a"}, {Level: 2, Description: "b"}, {Level: 3}, {Level: 4, Description: "d"},
		}})
	_, plan := loadSFIA(t, w, csvFile("Code,Skill,Level 1,Level 2,Level 3", "K,K,A,,"), exchange.Options{Framework: "f", RetireMissing: true})
	want := []framework.Edit{
		framework.DefineSkillLevel{Skill: "K", Level: 1, Description: "A"}, framework.RemoveSkillLevel{Skill: "K", Level: 2},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
}

// TestSFIARetired: a retired skill stays so, and is not written.
func TestSFIARetired(t *testing.T) {
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"},
		framework.CreateSkill{Code: "K", Name: "K"}, framework.CreateSkill{Code: "L", Name: "L"}, framework.RetireSkill{Code: "L"})
	if got := string(give(t, w, "sfia", "f")); strings.Count(got, "\n") != 2 {
		t.Errorf("wrote %s", got)
	}
	_, plan := loadSFIA(t, w, csvFile("Code,Skill", "K,K", "L,L"), exchange.Options{Framework: "f"})
	if len(plan.Edits) > 0 {
		t.Errorf("plans %v", plan.Edits)
	}
	if diff := cmp.Diff([]string{"s.csv:3:1: skill L is retired here, and stays so; restore it first if it should not"}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
}

// TestSFIANamesFramework: what the files say of the framework makes a new one, and
// nothing of one that is there.
func TestSFIANamesFramework(t *testing.T) {
	w := edit(t, new(framework.World), "f",
		framework.CreateFramework{Code: "f", Name: "Name", Description: "Text", Licence: "CC-BY-4.0", Attribution: "By us", Locale: "en-GB"},
		framework.CreateSkill{Code: "K", Name: "K"}, framework.CreateSkill{Code: "L", Name: "L"})
	for format, name := range map[string]string{"sfia": "f", "sfia-xlsx": "Name"} {
		t.Run(format, func(t *testing.T) {
			list := []exchange.File{{Name: "f", Content: give(t, w, format, "f")}}
			again, plan := loadSFIA(t, new(framework.World), list, exchange.Options{})
			f := again.Snapshot("f").Framework()
			if plan.Framework != "f" || f.Licence != "CC-BY-4.0" || f.Attribution != "By us" || f.Name != name {
				t.Errorf("made %+v", f)
			}
			there := edit(t, w, "f", framework.UpdateFramework{Name: framework.Some("Otherwise"), Licence: framework.Some("")})
			if _, plan := loadSFIA(t, there, list, exchange.Options{}); plan.Framework != "f" || len(plan.Edits) > 0 {
				t.Errorf("plans %v for %s", plan.Edits, plan.Framework)
			}
			copied, _ := loadSFIA(t, w, list, exchange.Options{Framework: "g"})
			if copied.Snapshot("g").Framework().Attribution != "By us" {
				t.Errorf("the copy is %+v", copied.Snapshot("g").Framework())
			}
		})
	}
}

// roundTripSFIA: what is written imports into the same store without a change, and
// into an empty one so that the same is written again.
func roundTripSFIA(t *testing.T, w *framework.World, code string, formats ...string) {
	t.Helper()
	for _, format := range formats {
		first := give(t, w, format, code)
		if !bytes.Equal(first, give(t, w, format, code)) {
			t.Fatalf("%s: two exports differ", format)
		}
		list := []exchange.File{{Name: "f", Content: first}}
		_, plan := loadSFIA(t, w, list, exchange.Options{Framework: code})
		if len(plan.Edits)+len(plan.Remarks) > 0 {
			t.Fatalf("%s: importing again plans %#v, remarks %v", format, plan.Edits, plan.Remarks)
		}
		for _, m := range plan.Missing {
			if m.Kind != framework.KindCategory { // those that hold nothing are not written
				t.Fatalf("%s: misses %v", format, m)
			}
		}
		again, _ := loadSFIA(t, new(framework.World), list, exchange.Options{Framework: code})
		second := give(t, again, format, code)
		if format == "sfia" {
			if diff := cmp.Diff(string(first), string(second)); diff != "" {
				t.Fatalf("%s: export after import differs (-first +again):\n%s", format, diff)
			}
		} else if !bytes.Equal(first, second) {
			t.Fatalf("%s: export after import differs", format)
		}
		if err := framework.Check(again); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSFIARoundTrip: the law of [roundTripSFIA] for whatever a world holds.
func TestSFIARoundTrip(t *testing.T) {
	t.Parallel()
	worlds := 50
	if testing.Short() {
		worlds = 10
	}
	for seed := range worlds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			roundTripSFIA(t, open(t, grow(t, withOther(t), "random", rand.New(rand.NewPCG(5, uint64(seed))), 500, map[string]int{})), "random", "sfia", "sfia-xlsx")
		})
	}
	t.Run("demo", func(t *testing.T) {
		roundTripSFIA(t, meridian(t), "meridian", "sfia", "sfia-xlsx")
	})
	t.Run("hostile texts", func(t *testing.T) {
		w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "=F", Licence: "+x", Attribution: "'@y"},
			framework.DefineLevel{Ordinal: 20, Name: framework.Some("12")})
		for i, text := range []string{"=1+1", "'=1", "@x", "-1", "1e5", "1.10", "0012", "TRUE", "_x0041_", "a_x000D_b", "＝x", "x\ty", "1.1000000000000001", "#REF!", "']]>&amp;"} {
			code := fmt.Sprint("=", i)
			w = edit(t, w, "f", framework.CreateCategory{Code: code, Name: text, Position: i},
				framework.CreateSkill{Code: code, Name: text, Description: text, Guidance: text, Category: code, Levels: []framework.LevelText{{Level: 20, Description: text}}})
		}
		roundTripSFIA(t, w, "f", "sfia", "sfia-xlsx")
	})
}

// FuzzSFIA: no bytes make the reader panic, and what is accepted round-trips.
func FuzzSFIA(f *testing.F) {
	f.Add([]byte("Code,Skill,Category,Subcategory,URL,Synonyms,Level 2 description\nA,a,T,S,,x;y,text\nB,b,T,,,,\nC,c,t,s,,,\n"),
		[]byte("Attribute name,Code,Type,Level 1\na,,,x\n"), []byte("Level,1,2\nGuiding phrase,One,Two\nEssence,,e\n"))
	f.Add([]byte("Skill;Category;Framework;Licence\nx;'=y;f;l\n"), []byte("Framework,g\nName,G\n"), []byte(nil))
	f.Fuzz(func(t *testing.T, skills, attributes, levels []byte) {
		var list []exchange.File
		for i, content := range [][]byte{skills, attributes, levels} {
			if len(content) > 0 {
				list = append(list, exchange.File{Name: fmt.Sprint(i, ".csv"), Content: content})
			}
		}
		accepted(t, "sfia", list, "f")
		plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", list, exchange.Options{Framework: "f", SkipBadRows: true})
		if err == nil && len(plan.Changes) > 0 {
			roundTripSFIA(t, apply(t, new(framework.World), plan.Changes), "f", "sfia")
		}
	})
}
