package exchange_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// files reads all files of a folder.
func files(t testing.TB, dir string) []exchange.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []exchange.File
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, exchange.File{Name: e.Name(), Content: content})
	}
	return list
}

// published are the files of a format as published, or the test is skipped.
func published(t testing.TB, format string) []exchange.File {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", format)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the published files are not there: %v", err)
	}
	return files(t, dir)
}

// golden compares what a framework has become with the file of that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// loadGDaD imports files that must be faultless.
func loadGDaD(t testing.TB, w *framework.World, list []exchange.File, opt exchange.Options) (*framework.World, *exchange.Plan) {
	t.Helper()
	opt.Framework = "gdad"
	return faultless(t, w, "gdad", list, opt)
}

// TestGDaDSample reads a small sample with every quirk of the real files.
func TestGDaDSample(t *testing.T) {
	sample := files(t, "testdata/gdad")
	w, plan := loadGDaD(t, new(framework.World), sample, exchange.Options{})
	want := exchange.Counts{
		Levels: 4, Categories: 4, Skills: 5, SkillLevels: 11, RoleGroups: 7, Roles: 6, Requirements: 10,
	}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if !plan.Creates || plan.Framework != "gdad" {
		t.Errorf("plan is for %q, creates %v", plan.Framework, plan.Creates)
	}
	golden(t, "gdad.json", export(t, w, "gdad"))
	if _, plan := loadGDaD(t, w, sample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	t.Run("without the order file", func(t *testing.T) {
		pair := sample[1:]
		if sample[0].Name != "role_level_order.csv" {
			t.Fatal("the first file is ", sample[0].Name)
		}
		if _, plan := loadGDaD(t, w, pair, exchange.Options{}); len(plan.Edits) > 0 {
			t.Errorf("seniority is not left as it is: %v", plan.Edits)
		}
		w, _ := loadGDaD(t, new(framework.World), pair, exchange.Options{})
		for r := range w.Snapshot("gdad").Roles() {
			if r.Seniority != 0 {
				t.Errorf("%s has seniority %d", r.Code, r.Seniority)
			}
		}
	})
}

// TestGDaDLeavesAlone: what the format does not carry stays as editors made it.
func TestGDaDLeavesAlone(t *testing.T) {
	sample := files(t, "testdata/gdad")
	w, _ := loadGDaD(t, new(framework.World), sample, exchange.Options{})
	w = edit(t, w, "gdad",
		framework.UpdateFramework{Name: framework.Some("Our own"), URL: framework.Some("https://example.org/")},
		framework.UpdateSkill{Code: "listening", Guidance: framework.Some("Ears"), Synonyms: framework.Some([]string{"hearing"})},
		framework.MoveSkill{Code: "listening", Position: framework.Some(7)},
		framework.DefineLevel{Ordinal: 1, Essence: framework.Some("Knows of it")},
		framework.Relate{From: "listening", Type: framework.Related, To: "whistling"},
		framework.Require{Role: "drawer", Skill: "listening", Level: 1, Importance: framework.Optional, Weight: 0.5},
		framework.UpdateCategory{Code: "type", Description: framework.Some("Letters")},
		framework.CreateAttribute{Code: "a", Name: "Attribute"},
	)
	if _, plan := loadGDaD(t, w, sample, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("the import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	w = edit(t, w, "gdad", framework.Require{Role: "drawer", Skill: "listening", Level: 4, Importance: framework.Optional, Weight: 0.5})
	_, plan := loadGDaD(t, w, sample, exchange.Options{})
	want := []framework.Edit{framework.Require{Role: "drawer", Skill: "listening", Level: 1, Importance: framework.Optional, Weight: 0.5}}
	if diff := cmp.Diff(want, plan.Edits); diff != "" {
		t.Error(diff)
	}
}

// TestGDaD reads the framework as published and finds what its README promises.
func TestGDaD(t *testing.T) {
	published := published(t, "gdad")
	w, plan := loadGDaD(t, new(framework.World), published, exchange.Options{})
	want := exchange.Counts{
		Levels: 4, Categories: 9, Skills: 189, SkillLevels: 611, RoleGroups: 8 + 52, Roles: 205, Requirements: 1780 + 28,
	}
	if diff := cmp.Diff(want, plan.Counts); diff != "" {
		t.Error(diff)
	}
	if err := framework.Check(w); err != nil {
		t.Error(err)
	}
	s := w.Snapshot("gdad")
	got := map[string]int{}
	for g := range s.RoleGroups() {
		if g.Parent == "" {
			got["families"]++
		} else {
			got["roles"]++
		}
		if g.Parent != "" && g.Description == "" {
			t.Errorf("role %s has no description", g.Code)
		}
	}
	for r := range s.Roles() {
		got["profiles"]++
		if strings.Contains(r.Name+r.Description, "NOT IN USE") || strings.HasSuffix(r.Name, " ") {
			t.Errorf("role %+v", r)
		}
		if r.RoleKind != "" {
			got[r.RoleKind]++
		}
		if r.Seniority > 0 {
			got["with seniority"]++
		}
		for _, q := range r.Requirements {
			if q.Level == 0 {
				got["level-less"]++
			} else {
				got["levelled"]++
			}
		}
	}
	for k := range s.Skills() {
		if k.Category == "cross-cutting" {
			got["cross-cutting"]++
		}
		if len(k.Levels) == 0 {
			got["skills without levels"]++
		}
	}
	if diff := cmp.Diff(map[string]int{
		"families": 8, "roles": 52, "profiles": 205, "Senior Civil Service": 4, "with seniority": 201,
		"levelled": 1780, "level-less": 28, "cross-cutting": 29, "skills without levels": 22,
	}, got); diff != "" {
		t.Error(diff)
	}
	var seniority []string
	for n := 1; n <= 9; n++ {
		for r := range s.Roles() {
			if r.Group == "software-developer" && r.Seniority == n {
				seniority = append(seniority, r.Code)
			}
		}
	}
	if diff := cmp.Diff([]string{
		"apprentice-developer", "junior-developer", "developer", "senior-developer", "senior-developer-management",
		"lead-developer", "lead-developer-management", "principal-developer", "principal-developer-management",
	}, seniority); diff != "" {
		t.Error(diff)
	}
	if _, plan := loadGDaD(t, w, published, exchange.Options{RetireMissing: true}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("a second import plans %v, misses %v", plan.Edits, plan.Missing)
	}
	bundle := export(t, w, "gdad")
	again, _ := load(t, new(framework.World), bundle, exchange.Options{})
	if !bytes.Equal(bundle, export(t, again, "gdad")) {
		t.Error("its bundle is not the same after import")
	}
	if _, plan := loadGDaD(t, again, published, exchange.Options{}); len(plan.Edits) > 0 {
		t.Errorf("the import over its bundle plans %v", plan.Edits)
	}
}
