package exchange_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// loadESCO imports files that must be faultless.
func loadESCO(t testing.TB, w *framework.World, list []exchange.File, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	opt.Framework = "esco"
	return faultless(t, w, "esco", list, opt)
}

// zipped packs files into an archive.
func zipped(t testing.TB, name string, list ...exchange.File) exchange.File {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range list {
		w, err := z.Create(f.Name)
		if err == nil {
			_, err = w.Write(f.Content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return exchange.File{Name: name, Content: b.Bytes()}
}

// TestESCOSample reads a small sample with every quirk of the real files, loose and
// packed.
func TestESCOSample(t *testing.T) {
	sample := files(t, "testdata/esco")
	w, plan := loadESCO(t, new(framework.World), sample, exchange.Options{})
	counts := exchange.Counts{Categories: 5, Skills: 7, Relations: 4 + 4, RoleGroups: 4, Roles: 4, Requirements: 5}
	if diff := cmp.Diff(counts, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if err := framework.Check(w); err != nil {
		t.Error(err)
	}
	const at = "http://example.org/esco/"
	remarks := []string{
		"broaderRelationsOccPillar.csv:3:1: " + at + "isco/C0110 has several broader groups; " + at + "isco/C01 is left out",
		"broaderRelationsOccPillar.csv:6:1: the group of " + at + "occupation/chef is that of its column iscoGroup; " + at + "isco/C7 is left out",
		"broaderRelationsOccPillar.csv:7:1: the broader occupation is left out, here and in the rows like this one, 2 in all: roles have none",
		"broaderRelationsOccPillar.csv:8:12: there is no occupation " + at + "occupation/pie-baker in the files; the row is left out",
		"broaderRelationsSkillPillar.csv:5:12: there is no skill group " + at + "group/frying in the files; the row is left out",
		"broaderRelationsSkillPillar.csv:6:1: " + at + "skill/knead is placed in " + at + "group/making; its group " + at + "group/dough is left out",
		"broaderRelationsSkillPillar.csv:10:1: " + at + "skill/yeast is placed in " + at + "group/baking; its group " + at + "group/baking-2 is left out",
		"broaderRelationsSkillPillar.csv:16:1: " + at + "skill/bake is related to itself; the row is left out",
		"broaderRelationsSkillPillar.csv:17:87: there is no skill " + at + "skill/fry in the files; the row is left out",
		"occupationSkillRelations.csv:6:1: there is no occupation " + at + "occupation/pie-baker in the files; the row is left out",
		`occupations_en.csv:9:54: there is no ISCO group with the code "0120"; the occupation is in none`,
		"skillSkillRelations.csv:6:1: " + at + "skill/cake is related to itself; the row is left out",
		"skills_en.csv:17:1: " + at + "skill/whistle has no broader group, nor have the skills broader than it; it is placed nowhere",
	}
	if diff := cmp.Diff(remarks, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	want := export(t, w, "esco")
	golden(t, "esco.json", want)
	if _, plan := loadESCO(t, w, sample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	for name, list := range map[string][]exchange.File{
		"archives":          {zipped(t, "a.zip", sample[:4]...), zipped(t, "b.zip", sample[4:]...)},
		"one archive":       {zipped(t, "all.zip", sample...)},
		"archive and files": append([]exchange.File{zipped(t, "a.zip", sample[3:]...)}, sample[:3]...),
		"with what does not matter": {zipped(t, "all.zip", append([]exchange.File{
			{Name: "README.txt", Content: []byte("\xff\xfe\x00")},
			{Name: "__MACOSX/._skills_en.csv", Content: []byte("\x00\x05\x16\x07")},
			{Name: "empty.csv.d/"},
			{Name: "other.csv", Content: []byte("name,code\nx,y\n")},
			{Name: "hierarchy.csv", Content: []byte("Level 0 URI,Level 0 preferred term\nx,y\n")},
		}, sample...)...)},
	} {
		t.Run(name, func(t *testing.T) {
			last, total := 0, 0
			w, plan := loadESCO(t, new(framework.World), list, exchange.Options{Progress: func(stage string, done, all int) {
				if stage != "reading" {
					return
				}
				if done < last || done > all {
					t.Errorf("%d of %d read after %d", done, all, last)
				}
				last, total = done, all
			}})
			if diff := cmp.Diff(string(want), string(export(t, w, "esco"))); diff != "" {
				t.Error(diff)
			}
			if len(plan.Remarks) != len(remarks) {
				t.Errorf("%d remarks: %v", len(plan.Remarks), plan.Remarks)
			}
			if last == 0 || last != total {
				t.Errorf("%d of %d read", last, total)
			}
		})
	}
}

// TestESCORows: in what order the rows are has no say in what they mean.
func TestESCORows(t *testing.T) {
	sample := files(t, "testdata/esco")
	w, _ := loadESCO(t, new(framework.World), sample, exchange.Options{})
	want := string(export(t, w, "esco"))
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		mixed := make([]exchange.File, len(sample))
		for n, f := range sample {
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Content, []byte("\ufeff")))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			body := rows[1:]
			r.Shuffle(len(body), func(i, j int) { body[i], body[j] = body[j], body[i] })
			var b bytes.Buffer
			if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
				t.Fatal(err)
			}
			mixed[n] = exchange.File{Name: f.Name, Content: b.Bytes()}
		}
		w, _ := loadESCO(t, new(framework.World), mixed, exchange.Options{})
		if diff := cmp.Diff(want, string(export(t, w, "esco"))); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		// And over what is there.
		if _, plan := loadESCO(t, w, sample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
			t.Fatalf("seed %d plans %v, misses %v", seed, plan.Edits, plan.Missing)
		}
	}
}

// TestESCOLeavesAlone: what the format does not carry stays as editors made it.
func TestESCOLeavesAlone(t *testing.T) {
	const at = "http://example.org/esco/"
	sample := files(t, "testdata/esco")
	w, _ := loadESCO(t, withOther(t), sample, exchange.Options{})
	w = edit(t, w, "esco",
		framework.UpdateFramework{Name: framework.Some("Our own")},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some("One")},
		framework.DefineSkillLevel{Skill: at + "skill/bake", Level: 1, Description: "Bakes"},
		framework.UpdateSkill{Code: at + "skill/bake", URL: framework.Some("https://example.org/")},
		framework.MoveSkill{Code: at + "skill/bake", Position: framework.Some(7)},
		framework.Relate{From: at + "skill/bake", Type: framework.Related, To: at + "skill/whistle"},
		framework.Relate{From: at + "skill/bake", Type: framework.ExactMatch, ToFramework: other, To: "o1"},
		framework.UpdateRelation{From: at + "skill/yeast", Type: framework.EssentialFor, To: at + "skill/bake", Note: framework.Some("Mostly")},
		framework.Require{Role: at + "occupation/baker", Skill: at + "skill/bake", Importance: framework.Essential, Weight: 0.5},
		framework.MoveRole{Code: at + "occupation/baker", Seniority: framework.Some(2)},
		framework.CreateAttribute{Code: "a", Name: "Attribute"},
	)
	if _, plan := loadESCO(t, w, sample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("the import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	w = edit(t, w, "esco",
		framework.Relate{From: at + "skill/bake", Type: framework.Broader, To: at + "skill/whistle"},
		framework.Require{Role: at + "occupation/baker", Skill: at + "skill/bake", Importance: framework.Optional, Weight: 0.5},
	)
	_, plan := loadESCO(t, w, sample, exchange.Options{RetireMissing: true})
	want := []framework.Edit{
		framework.Unrelate{From: at + "skill/bake", Type: framework.Broader, To: at + "skill/whistle"},
		framework.Require{Role: at + "occupation/baker", Skill: at + "skill/bake", Importance: framework.Essential, Weight: 0.5},
	}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
}

// TestESCOFaults: every fault has its place, and its row can be left out.
func TestESCOFaults(t *testing.T) {
	const at = "http://example.org/esco/"
	const group, skill, occupation = at + "group/", at + "skill/", at + "occupation/"
	tests := map[string]struct {
		file, old, new string // what is put in place of the first of what
		want           []string
		skipped        int
	}{
		"concept without URI": {
			"skills_en.csv", skill + "whistle", "",
			[]string{"skills_en.csv:17:26: conceptUri is required"}, 1,
		},
		"concept twice": {
			"skills_en.csv", "KnowledgeSkillCompetence," + skill + "whistle", "KnowledgeSkillCompetence," + group + "making",
			[]string{"skills_en.csv:17:26: " + group + "making is given twice; first on line 2 of skillGroups_en.csv"}, 1,
		},
		"concept of unknown type": {
			"skills_en.csv", "KnowledgeSkillCompetence," + skill + "knead", "Skill," + skill + "knead",
			// The rows that refer to it are left out with it and need no fault.
			[]string{`skills_en.csv:2:1: "Skill" is not a type of concept that belongs here; it should be KnowledgeSkillCompetence`}, 1 + 3 + 1 + 1,
		},
		"no name": {
			"skills_en.csv", ",whistle,", ", ,",
			[]string{"skills_en.csv:17:94: skill " + skill + "whistle, name: is required"}, 2,
		},
		"markup": {
			"skills_en.csv", "Whistle at work", "<b>Whistle</b> at work",
			[]string{"skills_en.csv:18:35: skill " + skill + "whistle, description: contains HTML (<b>)"}, 2,
		},
		"synonym with markup": {
			"skills_en.csv", "make bread", "<i>",
			[]string{"skills_en.csv:6:102: skill " + skill + "bake, synonyms.0: contains HTML (<i>)"}, 1 + 2 + 1 + 3,
		},
		"ISCO code twice": {
			"ISCOGroups_en.csv", ",7,crafts", ",0,crafts",
			[]string{`ISCOGroups_en.csv:11:11: ISCO code 0 is given twice; first on line 2`}, 1,
		},
		"broader type": {
			"broaderRelationsSkillPillar.csv", "SkillGroup," + group + "making", "Cluster," + group + "making",
			[]string{`broaderRelationsSkillPillar.csv:2:1: "SkillGroup" is not a type of concept that has a broader one of type "Cluster"`}, 1,
		},
		"broader twice": {
			"broaderRelationsSkillPillar.csv", "SkillGroup," + group + "frying", "SkillGroup," + group + "baking",
			[]string{"broaderRelationsSkillPillar.csv:5:1: that " + group + "making is broader than " + group + "baking is stated twice; first on line 2 of broaderRelationsSkillPillar.csv"}, 1,
		},
		"broader without end": {
			"broaderRelationsSkillPillar.csv", "KnowledgeSkillCompetence," + skill + "fry", "KnowledgeSkillCompetence, ",
			[]string{"broaderRelationsSkillPillar.csv:17:87: broaderUri is required"}, 1,
		},
		"broader both ways": {
			"broaderRelationsSkillPillar.csv", skill + "shape,KnowledgeSkillCompetence," + skill + "fry", skill + "knead,KnowledgeSkillCompetence," + skill + "shape",
			[]string{"broaderRelationsSkillPillar.csv:17:1: relation " + skill + "knead BROADER " + skill + "shape contradicts "}, 1,
		},
		"groups in a circle": {
			"broaderRelationsSkillPillar.csv", "SkillGroup," + group + "frying,SkillGroup," + group + "making", "SkillGroup," + group + "making,SkillGroup," + group + "dough",
			[]string{
				"skillGroups_en.csv:2:1: category " + group + "making, parent: would be above itself",
				"skillGroups_en.csv:4:1: category " + group + "baking, parent: would be above itself",
				"skillGroups_en.csv:11:1: category " + group + "dough, parent: would be above itself",
			}, 19,
		},
		"relation type": {
			"skillSkillRelations.csv", "optional", "useful",
			[]string{`skillSkillRelations.csv:3:47: "useful" is not a type of relation; use essential or optional`}, 1,
		},
		"relation twice": {
			"skillSkillRelations.csv", skill + "knead,knowledge,optional", skill + "bake,knowledge,essential",
			[]string{"skillSkillRelations.csv:3:1: relation " + skill + "yeast ESSENTIAL_FOR " + skill + "bake is stated twice; first on line 2"}, 1,
		},
		"requirement type": {
			"occupationSkillRelations.csv", "optional", "",
			[]string{`occupationSkillRelations.csv:4:42: "" is not a type of relation; use essential or optional`}, 1,
		},
		"requirement twice": {
			"occupationSkillRelations.csv", "optional,knowledge," + skill + "yeast", "optional,knowledge," + skill + "bake",
			[]string{"occupationSkillRelations.csv:4:61: " + occupation + "baker requires " + skill + "bake twice; first on line 3"}, 1,
		},
		"row too short": {
			"occupationSkillRelations.csv", ",knowledge,", ",",
			[]string{"occupationSkillRelations.csv:4:1: the row has 3 cells; the header has 4"}, 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := replaced(t, files(t, "testdata/esco"), test.file, test.old, test.new)
			plan, err := exchange.Import(t.Context(), new(framework.World), "esco", list, exchange.Options{Framework: "esco"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" {
				t.Error(diff)
			}
			if len(plan.Changes) > 0 || !plan.Refused {
				t.Error("it is not refused")
			}
			plan, err = exchange.Import(t.Context(), new(framework.World), "esco", list, exchange.Options{Framework: "esco", SkipBadRows: true})
			if err != nil || plan.Refused {
				t.Fatalf("not imported without its bad rows: %v, %v", err, plan.Faults)
			}
			if plan.Skipped != test.skipped {
				t.Errorf("%d rows are skipped, not %d: %v", plan.Skipped, test.skipped, plan.Faults)
			}
			if err := framework.Check(apply(t, new(framework.World), plan.Changes)); err != nil {
				t.Error(err)
			}
		})
	}
}

// replaced puts a text in place of the first of another in a file.
func replaced(t *testing.T, list []exchange.File, name, before, after string) []exchange.File {
	t.Helper()
	for n, f := range list {
		if f.Name != name {
			continue
		}
		content := strings.Replace(string(f.Content), before, after, 1)
		if content == string(f.Content) {
			t.Fatalf("there is no %q in %s", before, name)
		}
		list[n].Content = []byte(content)
	}
	return list
}

// TestESCOFiles: files that are missing, twice or none of the format are told.
func TestESCOFiles(t *testing.T) {
	sample := files(t, "testdata/esco")
	by := map[string]exchange.File{}
	for _, f := range sample {
		by[f.Name] = f
	}
	without := func(name string) []exchange.File {
		return slices.DeleteFunc(slices.Clone(sample), func(f exchange.File) bool { return f.Name == name })
	}
	const together = ": the files of both archives, classification and relations, are imported together"
	tests := map[string]struct {
		files []exchange.File
		want  []string
	}{
		"none": {[]exchange.File{zipped(t, "z.zip")}, []string{"z.zip: this is not text; save it as CSV"}},
		"nothing in it": {
			[]exchange.File{zipped(t, "z.zip", exchange.File{Name: "a.txt"})},
			[]string{"z.zip: occupationSkillRelations.csv is missing" + together},
		},
		"no skills":    {without("skills_en.csv"), []string{"ISCOGroups_en.csv: skills_en.csv is missing" + together}},
		"no hierarchy": {without("broaderRelationsSkillPillar.csv"), []string{"ISCOGroups_en.csv: broaderRelationsSkillPillar.csv is missing, or has no rows" + together}},
		"hierarchy without rows": {
			append(without("broaderRelationsOccPillar.csv"), exchange.File{Name: "b.csv", Content: []byte("conceptType,conceptUri,broaderType,broaderUri\n")}),
			[]string{"ISCOGroups_en.csv: broaderRelationsOccPillar.csv is missing, or has no rows" + together},
		},
		"twice": {
			append(without(""), zipped(t, "z.zip", by["skills_en.csv"])),
			[]string{"z.zip/skills_en.csv:1:1: this is skills_en.csv like skills_en.csv; give each file once"},
		},
		"hierarchy thrice": {
			append(without(""), by["broaderRelationsOccPillar.csv"]),
			[]string{"broaderRelationsOccPillar.csv:1:1: this is broaderRelationsSkillPillar.csv or broaderRelationsOccPillar.csv like broaderRelationsSkillPillar.csv; give each file once"},
		},
		"other file": {
			append(without(""), exchange.File{Name: "o.csv", Content: []byte("a,b\n1,2\n")}),
			[]string{"o.csv:1:1: the columns are those of none of occupationSkillRelations.csv, "},
		},
		"columns missing": {
			append(without("skills_en.csv"), exchange.File{Name: "s.csv", Content: []byte("conceptUri,reuseLevel\n1,2\n")}),
			[]string{"s.csv:1:1: skills_en.csv lacks the columns conceptType, preferredLabel, altLabels, description, definition, scopeNote"},
		},
		"archive in an archive": {
			[]exchange.File{zipped(t, "z.zip", zipped(t, "classification.ZIP", sample...))},
			[]string{"z.zip: classification.ZIP is an archive in an archive; unpack the outer one and give what is in it"},
		},
		"archive in disguise": {
			[]exchange.File{zipped(t, "z.zip", exchange.File{Name: "skills_en.csv", Content: zipped(t, "", sample...).Content})},
			[]string{"z.zip/skills_en.csv"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, skip := range []bool{false, true} {
				plan, err := exchange.Import(t.Context(), new(framework.World), "esco", test.files, exchange.Options{Framework: "esco", SkipBadRows: skip})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, like(test.want, plan.Faults)); diff != "" {
					t.Error(diff)
				}
				if len(plan.Changes) > 0 || !plan.Refused {
					t.Error("it is not refused")
				}
			}
		})
	}
}

// TestESCOLinks: links in notes become Markdown, whatever they are made of.
func TestESCOLinks(t *testing.T) {
	const link = `<a resource=""http://example.org/esco/skill/cake"" typeOf=""http://example.org/model#Skill"" href=""http://example.org/esco/skill/cake""><span property=""http://example.org/label"" xml:lang=""en"">bake cake [sweet]</span></a>`
	for name, test := range map[string]struct{ note, want string }{
		"plain":       {`no link`, `no link`},
		"resource":    {`<a resource=""https://example.org/a"">b</a>`, `[b](https://example.org/a)`},
		"before href": {`<a resource=""https://example.org/a"" href=""https://example.org/b"">b</a>`, `[b](https://example.org/b)`},
		"two":         {`<A HREF='http://x.example/?a=1&amp;b=(2)'>x</A>, <a href=""http://y.example"">y</a >`, `[x](http://x.example/?a=1&b=%282%29), [y](http://y.example)`},
		"lines":       {"<a\nhref=\"\"http://x.example/\"\">a\nb</a>", `[a b](http://x.example/)`},
		"no address":  {`<a name=""x"">b</a> <a href=""/relative"">c</a> <a href=""javascript:alert(1)"">d</a>`, `b c d`},
		"mark":        {`<a href=""http://x.example/"">a]\b</a>`, `[a\]\\b](http://x.example/)`},
	} {
		t.Run(name, func(t *testing.T) {
			list := replaced(t, files(t, "testdata/esco"), "skills_en.csv", "Excludes "+link+".", test.note)
			w, _ := loadESCO(t, new(framework.World), list, exchange.Options{})
			s := w.Snapshot("esco").Entity(framework.KindSkill, "http://example.org/esco/skill/bake").(*framework.Skill)
			if diff := cmp.Diff(test.want, s.Guidance); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// rowsIn reads the rows of a file in some archives by other means than the package's.
func rowsIn(t testing.TB, archives []exchange.File, name string) [][]string {
	t.Helper()
	for _, a := range archives {
		z, err := zip.NewReader(bytes.NewReader(a.Content), int64(len(a.Content)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows[1:]
	}
	t.Fatal("there is no ", name)
	return nil
}

// TestESCO reads the classification as published and finds what its README promises:
// every row is in the framework or told of.
func TestESCO(t *testing.T) {
	if testing.Short() {
		t.Skip("it is large")
	}
	t.Parallel()
	archives := published(t, "esco")
	w, plan := loadESCO(t, new(framework.World), archives, exchange.Options{})
	want := exchange.Counts{
		Categories: 640, Skills: 13_896, Relations: 5_899 - 1 + 6_565, RoleGroups: 619, Roles: 3_007, Requirements: 123_855 - 67,
	}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if err := framework.Check(w); err != nil {
		t.Error(err)
	}
	s := w.Snapshot("esco")
	told := func(file string, parts ...string) bool {
		return slices.ContainsFunc(plan.Remarks, func(f exchange.Fault) bool {
			return strings.HasSuffix(f.File, file) && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(f.Message, p) })
		})
	}
	related := func(from string, typ framework.RelationType, to string) bool {
		return s.Entity(framework.KindRelation, from+" "+string(typ)+" "+to) != nil
	}
	rows := map[string]int{}
	account := func(file string, what string, row []string) {
		if what == "" {
			t.Errorf("%s: %q is nowhere", file, row)
		}
		rows[file+": "+what]++
	}
	const skillPillar, occupationPillar = "broaderRelationsSkillPillar.csv", "broaderRelationsOccPillar.csv"
	for _, row := range rowsIn(t, archives, skillPillar) {
		from, to, what := row[1], row[3], ""
		skill, _ := s.Entity(framework.KindSkill, from).(*framework.Skill)
		category, _ := s.Entity(framework.KindCategory, from).(*framework.Category)
		switch {
		case related(from, framework.Broader, to):
			what = "relation"
		case skill != nil && skill.Category == to:
			what = "placement"
		case category != nil && category.Parent == to:
			what = "parent"
		case skill != nil && told(skillPillar, from, "its group "+to+" is left out"):
			what = "other group"
		case told(skillPillar, "there is no skill group "+from) || told(skillPillar, "there is no skill group "+to):
			what = "dangling"
		}
		account(skillPillar, what, row)
	}
	for _, row := range rowsIn(t, archives, occupationPillar) {
		from, to, what := row[1], row[3], ""
		role, _ := s.Entity(framework.KindRole, from).(*framework.Role)
		group, _ := s.Entity(framework.KindRoleGroup, from).(*framework.RoleGroup)
		switch {
		case role != nil && role.Group == to:
			what = "group"
		case group != nil && group.Parent == to:
			what = "parent"
		case told(occupationPillar, "there is no occupation "+from):
			what = "dangling"
		case role != nil && row[2] == "Occupation":
			what = "broader occupation"
		}
		account(occupationPillar, what, row)
	}
	for _, row := range rowsIn(t, archives, "skillSkillRelations.csv") {
		typ := map[string]framework.RelationType{"essential": framework.EssentialFor, "optional": framework.OptionalFor}[row[2]]
		what := ""
		switch {
		case related(row[4], typ, row[0]):
			what = row[2]
		case row[0] == row[4] && told("skillSkillRelations.csv", row[0]+" is related to itself"):
			what = "self"
		}
		account("skillSkillRelations.csv", what, row)
	}
	for _, row := range rowsIn(t, archives, "occupationSkillRelations.csv") {
		what := ""
		role, _ := s.Entity(framework.KindRole, row[0]).(*framework.Role)
		switch {
		case role == nil && told("occupationSkillRelations.csv", "there is no occupation "+row[0]):
			what = "dangling"
		case role != nil && slices.Contains(role.Requirements, framework.Requirement{Skill: row[3], Importance: framework.Importance(strings.ToUpper(row[1]))}):
			what = row[1]
		}
		account("occupationSkillRelations.csv", what, row)
	}
	if diff := cmp.Diff(map[string]int{
		skillPillar + ": relation": 6_565, skillPillar + ": placement": 13_373, skillPillar + ": other group": 75,
		skillPillar + ": parent": 636, skillPillar + ": dangling": 7,
		occupationPillar + ": parent": 609, occupationPillar + ": group": 1_760, occupationPillar + ": broader occupation": 1_247,
		occupationPillar + ": dangling":      1,
		"skillSkillRelations.csv: essential": 191, "skillSkillRelations.csv: optional": 5_708 - 1, "skillSkillRelations.csv: self": 1,
		"occupationSkillRelations.csv: essential": 64_946 - 55, "occupationSkillRelations.csv: optional": 58_909 - 12,
		"occupationSkillRelations.csv: dangling": 67,
	}, rows); diff != "" {
		t.Error(diff)
	}
	if want := 75 + 7 + 1 + 1 + 1 + 67; len(plan.Remarks) != want { // one tells of all broader occupations
		t.Errorf("%d remarks, not %d", len(plan.Remarks), want)
	}
	got := map[string]int{}
	for k := range s.Skills() {
		switch {
		case k.Category == "":
			got["without category"]++
		case slices.Contains(k.Synonyms, k.Name):
			got["named as they are"]++
		}
		if strings.Contains(k.Guidance, "](http://data.europa.eu/esco/") {
			got["with links"]++
		}
	}
	for r := range s.Roles() {
		if r.Group == "" {
			got["roles without group"]++
		}
		if r.Seniority > 0 {
			got["roles with seniority"]++
		}
	}
	for c := range s.Categories() {
		depth := 0
		for at := c; at.Parent != ""; depth++ {
			at = s.Entity(framework.KindCategory, at.Parent).(*framework.Category)
		}
		got[fmt.Sprint("categories at ", depth)]++
	}
	if diff := cmp.Diff(map[string]int{
		"categories at 0": 4, "categories at 1": 28, "categories at 2": 156, "categories at 3": 452, "with links": 19,
	}, got); diff != "" {
		t.Error(diff)
	}
	if _, plan := loadESCO(t, w, archives, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %d edits, misses %d", len(plan.Edits), len(plan.Missing))
	}
}

// TestESCOInterrupted: an import whose context ends stops reading there and plans
// nothing.
func TestESCOInterrupted(t *testing.T) {
	sample := files(t, "testdata/esco")
	for n, f := range sample {
		if f.Name == "skills_en.csv" { // enough rows for the progress of reading to be told
			var b bytes.Buffer
			b.Write(f.Content)
			for i := range 20_000 {
				fmt.Fprintf(&b, "KnowledgeSkillCompetence,http://example.org/esco/skill/%d,,,skill %d,,,,,,,,Something.\r\n", i, i)
			}
			sample[n].Content = b.Bytes()
		}
	}
	for name, list := range map[string][]exchange.File{"files": sample, "archive": {zipped(t, "z.zip", sample...)}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			last, all := 0, 0
			plan, err := exchange.Import(ctx, new(framework.World), "esco", list, exchange.Options{Framework: "esco", Progress: func(stage string, done, total int) {
				if stage != "reading" {
					t.Errorf("stage %s is reached", stage)
				}
				if last, all = done, total; done > 500_000 {
					cancel()
				}
			}})
			if plan != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("plan is %v, error %v", plan, err)
			}
			if last == 0 || last > all*3/4 {
				t.Errorf("%d of %d bytes were read", last, all)
			}
		})
	}
}

// BenchmarkESCO imports the classification as published: into an empty store, and
// again over itself.
func BenchmarkESCO(b *testing.B) {
	archives := published(b, "esco")
	run := func(b *testing.B, w *framework.World) (plan *exchange.Plan) {
		var m runtime.MemStats
		var peak uint64
		b.ReportAllocs()
		for b.Loop() {
			var err error
			plan, err = exchange.Import(b.Context(), w, "esco", archives, exchange.Options{Framework: "esco", Progress: func(string, int, int) {
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}})
			if err != nil || len(plan.Faults) > 0 {
				b.Fatal(err, plan.Faults)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-live")
		b.ReportMetric(float64(peak)/(1<<20), "MB-peak")
		runtime.KeepAlive(plan)
		return plan
	}
	var w *framework.World
	b.Run("new", func(b *testing.B) {
		w = apply(b, new(framework.World), run(b, new(framework.World)).Changes)
	})
	b.Run("again", func(b *testing.B) {
		if w == nil {
			b.Skip("it needs the import before")
		}
		if plan := run(b, w); len(plan.Edits) > 0 {
			b.Fatalf("%d edits", len(plan.Edits))
		}
	})
}

// tiny are files of the format that hold as little as can be. Large seeds keep the
// fuzzer busy with making them smaller.
var tiny = []string{
	"inScheme,conceptType,conceptUri,preferredLabel,description,code\n,ISCOGroup,i,I,,1\n,ISCOGroup,j,J,,2\n",
	"conceptType,conceptUri,broaderType,broaderUri\nISCOGroup,i,ISCOGroup,j\nOccupation,o,Occupation,p\n",
	"conceptType,conceptUri,broaderType,broaderUri\nSkillGroup,g,SkillGroup,h\nKnowledgeSkillCompetence,a,SkillGroup,g\n" +
		"KnowledgeSkillCompetence,a,SkillGroup,h\nKnowledgeSkillCompetence,b,KnowledgeSkillCompetence,a\n",
	"occupationUri,relationType,skillUri\no,essential,a\no,optional,b\n",
	"conceptType,conceptUri,iscoGroup,preferredLabel,description,definition,scopeNote\nOccupation,o,1,O,,,<a resource=http://x/>x</a>\n",
	"scopeNote,conceptType,conceptUri,preferredLabel,description\n,SkillGroup,g,G,\n,SkillGroup,h,H,\n",
	"originalSkillUri,relationType,relatedSkillUri\na,optional,b\nb,essential,a\nb,essential,b\n",
	"reuseLevel,conceptType,conceptUri,preferredLabel,altLabels,description,definition,scopeNote\n" +
		",KnowledgeSkillCompetence,a,A,A | B,c,d,\n,KnowledgeSkillCompetence,b,B,,,,e <a href='http://x/'>x</a>\n",
}

// FuzzESCO: no bytes make the reader panic, and what is accepted imports again without
// a change.
func FuzzESCO(f *testing.F) {
	f.Add(tiny[0], tiny[1], tiny[2], tiny[3], tiny[4], tiny[5], tiny[6], tiny[7])
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		var list []exchange.File
		for n, content := range []string{a, b, c, d, e, g, h, i} {
			list = append(list, exchange.File{Name: fmt.Sprint(n, ".csv"), Content: []byte(content)})
		}
		accepted(t, "esco", list, "esco")
	})
}
