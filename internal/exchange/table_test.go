package exchange_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// TestEncodings: the same table in any encoding and with any delimiter imports alike.
func TestEncodings(t *testing.T) {
	sample := files(t, "testdata/gdad")
	base, _ := loadGDaD(t, new(framework.World), sample, exchange.Options{})
	want := string(export(t, base, "gdad"))
	plain := bytes.TrimPrefix(sample[2].Content, []byte("\ufeff"))
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"UTF-8":  plain,
		"UTF-16": utf16,
		"CRLF":   bytes.ReplaceAll(bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			list := append(append([]exchange.File(nil), sample[:2]...), exchange.File{Name: "skills.csv", Content: content})
			w, plan := loadGDaD(t, new(framework.World), list, exchange.Options{})
			if got := string(export(t, w, "gdad")); got != want {
				t.Errorf("imports as %s, not %s", got, want)
			}
			if len(plan.Remarks) > 0 {
				t.Errorf("remarks: %v", plan.Remarks)
			}
		})
	}
}

// TestWindows1252: what is not UTF-8 is read as Windows-1252, and the import says so.
func TestWindows1252(t *testing.T) {
	const skills = "Skill Name;Skill Description;Awareness;Working;Practitioner;Expert\nCafé;“Crème” – naïve;a;b;c;d\n"
	const roles = "Role Family\tRole\tRole Description\tRole Level\tRole Level Description\tRole Type\tSkill Name\tSkill Level\nF\tR\tRD\tL\tLD\tT\tCafé\tExpert\n"
	encoded, err := charmap.Windows1252.NewEncoder().Bytes([]byte(skills))
	if err != nil {
		t.Fatal(err)
	}
	list := []exchange.File{{Name: "s.csv", Content: encoded}, {Name: "r.csv", Content: []byte(roles)}}
	w, plan := loadGDaD(t, new(framework.World), list, exchange.Options{})
	s, _ := w.Snapshot("gdad").Entity(framework.KindSkill, "cafe").(*framework.Skill)
	if s == nil || s.Name != "Café" || s.Description != "“Crème” – naïve" {
		t.Errorf("skill is %+v", s)
	}
	if len(plan.Remarks) != 1 || plan.Remarks[0].String() != "s.csv: read as Windows-1252; save it as UTF-8 if that is not what it is" {
		t.Errorf("remarks: %v", plan.Remarks)
	}
}

// TestRenamedKeepsItsCode: where codes are made of names, what has been renamed here
// is found by its new name and keeps its code.
func TestRenamedKeepsItsCode(t *testing.T) {
	sample := files(t, "testdata/gdad")
	w, _ := loadGDaD(t, new(framework.World), sample, exchange.Options{})
	w = edit(t, w, "gdad", framework.UpdateSkill{Code: "listening", Name: framework.Some("Entirely different")})
	for i := range sample {
		sample[i].Content = regexp.MustCompile("(?i)listening").ReplaceAll(sample[i].Content, []byte("Entirely different"))
	}
	if _, plan := loadGDaD(t, w, sample, exchange.Options{}); len(plan.Edits)+len(plan.Missing) > 0 {
		t.Errorf("plans %v, misses %v", plan.Edits, plan.Missing)
	}
}

// TestBlankRowsBeforeHeaders: the first row that is not blank has the headers.
func TestBlankRowsBeforeHeaders(t *testing.T) {
	for want, lines := range map[string][]string{
		`s.csv:6:14: skill baking, url: "nowhere" is not an absolute http or https URL`: {"", ";;;", " ;", "", "Skill;Category;URL", "Baking;Craft;nowhere"},
		"s.csv: the file is empty": {";;", ";"},
	} {
		plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", csvFile(lines...), exchange.Options{Framework: "f"})
		if diff := cmp.Diff([]string{want}, faults(plan.Faults)); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}

// TestColumns: columns with other headers are read when they are mapped, and a mapping
// that comes to nothing is refused.
func TestColumns(t *testing.T) {
	sample := files(t, "testdata/gdad")
	for i := range sample {
		sample[i].Content = bytes.ReplaceAll(sample[i].Content, []byte("Role Type"), []byte("Sort of role"))
	}
	opt := exchange.Options{Columns: []exchange.Column{{Header: "sort  of ROLE", Field: "Role Type"}}}
	loadGDaD(t, new(framework.World), sample, opt)
	for message, column := range map[string]exchange.Column{
		`there is no column "Nothing" in the files`:                         {Header: "Nothing", Field: "Role Type"},
		`"kind" is not a field of format gdad; its fields are Awareness, E`: {Header: "Sort of role", Field: "kind"},
	} {
		_, err := exchange.Import(t.Context(), new(framework.World), "gdad", sample,
			exchange.Options{Framework: "g", Columns: []exchange.Column{column}})
		if err == nil || !strings.HasPrefix(err.Error(), message) {
			t.Errorf("%v: %v", column, err)
		}
	}
	plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", csvFile("Name,Ref,Owner", "Baking,A1,Ann", "Selling,A2,Ann"), exchange.Options{
		Framework: "f", SkipBadRows: true,
		Columns: []exchange.Column{{Header: "Name", Field: "name"}, {Header: "Ref", Field: "code"}, {Header: "Owner", Field: "code"}},
	})
	want := []string{`s.csv:1:10: the columns "Ref" and "Owner" are both mapped to "code"; map one of them`}
	if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || err != nil || !plan.Refused {
		t.Error(diff, err, plan.Refused)
	}
	_, err = exchange.Import(t.Context(), new(framework.World), "json", bundleFile(`{"format": "skillatlas/1", "framework": {"code": "f", "name": "F"}}`),
		exchange.Options{Columns: opt.Columns})
	if err == nil || err.Error() != "files of format json have no columns to map" {
		t.Error(err)
	}
}

// TestHeaders: it takes no long time to look for columns under many long headers.
func TestHeaders(t *testing.T) {
	headers := []string{"Skill"}
	var opt exchange.Options
	for n := range 999 {
		headers = append(headers, fmt.Sprint(n, strings.Repeat(" é", 300)))
	}
	for n := range 200 {
		opt.Columns = append(opt.Columns, exchange.Column{Header: headers[n+1], Field: "description"})
	}
	opt.Framework = "f"
	list := []exchange.File{{Name: "s.csv", Content: []byte(strings.Join(headers, ",") + "\n")}}
	begun := time.Now()
	plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", list, opt)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	for _, remark := range plan.Remarks {
		if len(remark.Message) > 1_010 {
			t.Errorf("a remark of %d bytes", len(remark.Message))
		}
	}
	if len(plan.Faults) != len(opt.Columns)-1 || len(plan.Remarks) != 1 { // all but one are mapped to what has a column
		t.Errorf("faults %d, remarks %d", len(plan.Faults), len(plan.Remarks))
	}
}

// TestLongMessages: what a cell holds is not repeated whole in what is wrong with it.
func TestLongMessages(t *testing.T) {
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"})
	list := []exchange.File{{Name: "r.csv", Content: []byte("from,type,to\n" + strings.Repeat("é", 100_000) + ",RELATED,x\n")}}
	plan, err := exchange.Import(t.Context(), w, "relations", list, exchange.Options{Framework: "f"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Faults {
		if len(f.Message) > 1_010 || !utf8.ValidString(f.Message) {
			t.Errorf("a fault of %d bytes", len(f.Message))
		}
	}
	if len(plan.Faults) == 0 {
		t.Error("no faults")
	}
}

// TestManyRows: the rows of all tables are bounded together.
func TestManyRows(t *testing.T) {
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"})
	half := exchange.File{Name: "r.csv", Content: []byte("from,type,to\n" + strings.Repeat(",,\n", 500_001))}
	plan, err := exchange.Import(t.Context(), w, "relations", []exchange.File{half, half}, exchange.Options{Framework: "f", SkipBadRows: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"r.csv:500001:1: there are more than 1000000 rows"}
	if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" || !plan.Refused {
		t.Error(diff)
	}
}
