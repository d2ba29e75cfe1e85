package exchange_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// book makes a workbook with excelize.
func book(t testing.TB, fill func(f *excelize.File) error) []exchange.File {
	t.Helper()
	f := excelize.NewFile()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return []exchange.File{{Name: "w.xlsx", Content: b.Bytes()}}
}

// parts makes a workbook of a sheet's XML, and of other parts by name.
func parts(t testing.TB, sheet string, others map[string]string) []exchange.File {
	t.Helper()
	all := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="xl/workbook.xml" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
			`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" ` +
			`Target="worksheets/sheet1.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
	maps.Copy(all, others)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	for _, name := range slices.Sorted(maps.Keys(all)) {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, all[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return []exchange.File{{Name: "w.xlsx", Content: b.Bytes()}}
}

// large is an archive that says that it unpacks to much.
func large(t testing.TB) []exchange.File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for n := range 3 {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint("xl/", n), Method: zip.Deflate, UncompressedSize64: 60 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return []exchange.File{{Name: "w.xlsx", Content: b.Bytes()}}
}

// texts is a row of a sheet with texts in it.
func texts(line int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, line)
	for i, c := range cells {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, line, c)
	}
	return b.String() + "</row>"
}

// TestWorkbook: a workbook is read as people see it.
func TestWorkbook(t *testing.T) {
	list := book(t, func(f *excelize.File) error {
		rows := map[string][]any{
			"B4": {"Code", "Skill", "Level 1", "", "Overall description"},
			"B5": {1.1, "Counting", 3, "not read", 45000},
			"B7": {"0012", "Leading zeros"},
			"B8": {3.0, "Whole", nil, nil, 0.1 + 0.2},
		}
		for at, cells := range rows {
			if err := f.SetSheetRow("Sheet1", at, &cells); err != nil {
				return err
			}
		}
		if err := f.SetCellFormula("Sheet1", "F7", `"a"&"b"`); err != nil {
			return err
		}
		for sheet, header := range map[string]string{"Notes": "Whatever", "Hidden": "Skill"} {
			if _, err := f.NewSheet(sheet); err != nil {
				return err
			}
			if err := f.SetCellStr(sheet, "A2", header); err != nil {
				return err
			}
		}
		if _, err := f.NewSheet("Empty"); err != nil {
			return err
		}
		return f.SetSheetVisible("Hidden", false)
	})
	w, plan := loadSFIA(t, new(framework.World), list, exchange.Options{Framework: "f"})
	if diff := cmp.Diff([]string{
		"w.xlsx[Notes]:2:1: A2: not read: headers that begin with \"Whatever\" are not those of skills, attributes or levels",
	}, faults(plan.Remarks)); diff != "" {
		t.Error(diff)
	}
	var got []string
	for k := range w.Snapshot("f").Skills() {
		got = append(got, fmt.Sprintf("%s %s %q %v", k.Code, k.Name, k.Description, k.Levels))
	}
	if diff := cmp.Diff([]string{`0012 Leading zeros "" []`, `1.1 Counting "45000" [{1 3}]`, `3 Whole "0.3" []`}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWorkbookCells: a formula counts with the value it had, and faults name the cell.
func TestWorkbookCells(t *testing.T) {
	sheet := texts(2, "Skill", "URL") + `<row r="3"><c r="A3" t="str"><f>"a"&amp;"b"</f><v>ab</v></c></row>` + texts(12, "x", "nowhere")
	plan, err := exchange.Import(t.Context(), new(framework.World), "sfia", parts(t, sheet, nil), exchange.Options{Framework: "f"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`w.xlsx[S]:12:2: B12: skill x, url: "nowhere" is not an absolute http or https URL`}
	if diff := cmp.Diff(want, faults(plan.Faults)); diff != "" {
		t.Error(diff)
	}
	if plan, err = exchange.Import(t.Context(), new(framework.World), "sfia", parts(t, sheet, nil), exchange.Options{Framework: "f", SkipBadRows: true}); err != nil {
		t.Fatal(err)
	}
	if plan.Skipped != 1 || plan.Counts.Skills != 1 {
		t.Errorf("skipped %d, kept %d", plan.Skipped, plan.Counts.Skills)
	}
}

// TestWorkbookParts: what else is in a workbook may look like cells.
func TestWorkbookParts(t *testing.T) {
	list := parts(t, texts(1, "Skill")+texts(2, "x"), map[string]string{
		"xl/calcChain.xml":         `<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="B2" i="1"/><c r="A1"/></calcChain>`,
		"xl/drawings/drawing1.xml": `<d><from><row>5</row></from><to><row>1</row></to></d>`,
		"xl/media/image1.png":      "\x89PNG<a",
		`docProps\core.xml`:        `<core/>`,
	})
	if _, plan := loadSFIA(t, new(framework.World), list, exchange.Options{Framework: "f"}); plan.Counts.Skills != 1 {
		t.Errorf("read %+v", plan.Counts)
	}
}

// TestWorkbookFaults: what cannot be read to its end is refused, before it takes much.
func TestWorkbookFaults(t *testing.T) {
	header := texts(1, "Skill")
	sharing := "<sst><si><t>" + strings.Repeat("x", 100_000) + "</t></si></sst>"
	last := `<worksheet><sheetData><row r="1048576"/></sheetData></worksheet>`
	wide := func(rows int) string {
		var b strings.Builder
		for n := range rows {
			fmt.Fprintf(&b, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, n+2, n+2)
		}
		return b.String()
	}
	tests := map[string]struct {
		files []exchange.File
		want  string
	}{
		"wide":           {parts(t, header+wide(100_000), nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: cell XFD2: the sheet has more than 1000 columns"},
		"many cells":     {parts(t, header+strings.ReplaceAll(wide(30_000), "XFD", "ALL"), nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: there are more than 20000000 cells in the sheets"},
		"large":          {large(t), "w.xlsx: the archive unpacks to more than 128 MB"},
		"deep":           {parts(t, header+strings.Repeat("<x>", 100_000), nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: elements are nested too deeply"},
		"damaged":        {parts(t, header+"<row r=\"2\"></c></row>"+texts(3, "x"), nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml is damaged on line 1"},
		"order of rows":  {parts(t, texts(3, "Skill")+texts(2, "x"), nil), `w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: row "2" comes after row 3`},
		"order of cells": {parts(t, `<row><c r="B1"/><c r="A1"/></row>`, nil), `w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: cell "A1" comes after cell B1`},
		"no such text":   {parts(t, `<row r="1"><c r="A1" t="s"><v>0</v></c></row>`, nil), `w.xlsx: this workbook cannot be read: a cell has text 1 of 0`},
		"styles":         {parts(t, header, map[string]string{"xl/styles.xml": "<x>" + strings.Repeat("<x/>", 1_000_001) + "</x>"}), "w.xlsx: this workbook cannot be read: xl/styles.xml: there is too much in it"},
		"sheets":         {parts(t, header, map[string]string{"xl/workbook.xml": "<workbook><sheets>" + strings.Repeat("<sheet/>", 1_001) + "</sheets></workbook>"}), "w.xlsx: this workbook cannot be read: xl/workbook.xml: there is too much in it"},
		"shared texts":   {parts(t, header+strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 2_000), map[string]string{"xl/sharedStrings.xml": sharing}), "w.xlsx: this workbook cannot be read: its cells hold more than 128 MB"},
		"parted numbers": {parts(t, header+strings.Repeat(`<row><c t="s"><v>1<!-- -->0</v></c></row>`, 2_000), map[string]string{"xl/sharedStrings.xml": strings.Replace(sharing, "<sst>", "<sst><x><si/></x>"+strings.Repeat("<si/>", 10), 1)}), "w.xlsx: this workbook cannot be read: its cells hold more than 128 MB"},
		"hidden cells":   {parts(t, header+`<x><row><c t="s"><v>0</v></c></row></x>`, nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: an element row is where none can be"},
		"cells outside":  {parts(t, header+`<row/></sheetData><c t="s"><v>0</v></c><sheetData>`, nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: an element c is where none can be"},
		"hidden values":  {parts(t, header+`<row><c t="s"><x><v>0</v></x></c></row>`, nil), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet1.xml: an element v is where none can be"},
		"rows left out":  {parts(t, texts(1, "Skill")+`<row r="1048576"/>`, map[string]string{"xl/worksheets/sheet2.xml": last, "xl/worksheets/sheet3.xml": last}), "w.xlsx: this workbook cannot be read: xl/worksheets/sheet2.xml: there are more than 2000000 rows"},
		"same relation":  {parts(t, header, map[string]string{"xl/workbook.xml": `<workbook xmlns:r="r"><sheets><sheet name="S" r:id="r1"/><sheet name="T" r:id="r1"/></sheets></workbook>`}), "w.xlsx: this workbook cannot be read: two of its sheets are one"},
		"same sheet":     {parts(t, header, map[string]string{"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/./Worksheets/sheet1.xml"/></Relationships>`}), "w.xlsx: this workbook cannot be read: two of its sheets are one"},
		"empty":          {parts(t, "", nil), "w.xlsx: the workbook has no sheet that is shown and not empty"},
		"no workbook": {func() []exchange.File {
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			_, _ = w.Create("content.xml")
			_ = w.Close()
			return []exchange.File{{Name: "w.ods", Content: b.Bytes()}}
		}(), "w.ods: this is an archive and no workbook of the form .xlsx"},
		"cut short": {[]exchange.File{{Name: "w.xlsx", Content: parts(t, header, nil)[0].Content[:200]}}, "w.xlsx: this archive cannot be read"},
		"encrypted": {[]exchange.File{{Name: "w.xlsx", Content: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on")}}, "w.xlsx: this is a workbook of an old form, or with a password"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan := frugal(t, "sfia", test.files, exchange.Options{Framework: "f", SkipBadRows: true})
			if !plan.Refused || len(plan.Changes) > 0 {
				t.Error("was not refused")
			}
			if diff := cmp.Diff([]string{test.want}, like([]string{test.want}, plan.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMaxUnpacked: a caller can bound what archives unpack to, all together.
func TestMaxUnpacked(t *testing.T) {
	book := parts(t, texts(1, "Skill"), map[string]string{"xl/media/image1.png": strings.Repeat("x", 3<<19)})
	archive := zipped(t, "w.xlsx", exchange.File{Name: "skills_en.csv", Content: bytes.Repeat([]byte("x"), 3<<19)})
	for format, list := range map[string][]exchange.File{"sfia": append(book, book...), "esco": {archive, archive}} {
		for most, refused := range map[uint64]bool{2 << 20: true, 4 << 20: false} {
			plan, err := exchange.Import(t.Context(), new(framework.World), format, list, exchange.Options{Framework: "f", MaxUnpacked: most})
			if err != nil {
				t.Fatal(err)
			}
			told := slices.ContainsFunc(plan.Faults, func(f exchange.Fault) bool { return strings.HasPrefix(f.Message, "the archive unpacks to more") })
			if told != refused {
				t.Errorf("%s, %d bytes: %v", format, most, plan.Faults)
			}
		}
	}
}

// TestWorkbookTexts: what is written can be read by excelize too, and no text is a
// formula or a number.
func TestWorkbookTexts(t *testing.T) {
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"},
		framework.CreateSkill{Code: "0012", Name: "=1+1", Description: "1e5\n<2"})
	f, err := excelize.OpenReader(bytes.NewReader(give(t, w, "sfia-xlsx", "f")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Skills", "Attributes", "About"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	for at, want := range map[string]string{"I2": "0012", "K2": "=1+1", "N2": "1e5\n<2"} {
		kind, _ := f.GetCellType("Skills", at)
		formula, _ := f.GetCellFormula("Skills", at)
		if got, _ := f.GetCellValue("Skills", at); got != want || kind != excelize.CellTypeInlineString || formula != "" {
			t.Errorf("%s is %q of type %v, formula %q", at, got, kind, formula)
		}
	}
}

// TestWorkbookEscapes: a text that looks like the escape of a character is none.
func TestWorkbookEscapes(t *testing.T) {
	const text = "_x0041_ and x_x000D_y"
	w := edit(t, new(framework.World), "f", framework.CreateFramework{Code: "f", Name: "F"},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some(text), Essence: framework.Some(text)},
		framework.CreateSkill{Code: "a", Name: text}, framework.CreateAttribute{Code: "a", Name: text, Description: text})
	list := []exchange.File{{Name: "w.xlsx", Content: give(t, w, "sfia-xlsx", "f")}}
	plan, err := exchange.Import(t.Context(), w, "sfia", list, exchange.Options{Framework: "f"})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Edits)+len(plan.Faults) > 0 {
		t.Errorf("%+v %v", plan.Edits, plan.Faults)
	}
}

// FuzzWorkbook: no parts of a workbook make the reader panic, and what is accepted
// round-trips.
func FuzzWorkbook(f *testing.F) {
	const workbook = `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/>` +
		`<sheets><sheet name="S" sheetId="1" r:id="r1"/><sheet name="T" state="hidden" r:id="r2"/></sheets></workbook>`
	const rels = `<Relationships><Relationship Id="r1" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="r2" Target="styles.xml"/></Relationships>`
	const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>`
	f.Add(texts(1, "Skill", "Category", "Level 2")+texts(3, "a", "b", "c"), `<sst><si><t>x</t></si></sst>`, workbook, rels, styles)
	f.Add(`<row><c t="s"><v>0</v></c><c r="D1" t="s"><v>1</v></c></row><row r="4"><c r="A4" t="b"><v>1</v></c><c t="d"><v>2020-01-01</v></c></row>`,
		`<sst><si><r><t>Ski</t></r><r><t>ll</t></r></si><si><t>Code</t></si></sst>`, workbook, rels, styles)
	f.Add(`<row r="1048576"><c r="A1048576" t="str" s="0"><f>1</f><v>Attribute name</v></c></row>`, ``, workbook, ``, ``)
	f.Fuzz(func(t *testing.T, sheet, shared, workbook, rels, styles string) {
		accepted(t, "sfia", parts(t, sheet, map[string]string{
			"xl/sharedStrings.xml": shared, "xl/workbook.xml": workbook, "xl/_rels/workbook.xml.rels": rels, "xl/styles.xml": styles,
			"xl/theme/theme1.xml": styles, "xl/calcChain.xml": shared,
		}), "f")
	})
}

// FuzzWorkbookFile: no bytes make the reader panic.
func FuzzWorkbookFile(f *testing.F) {
	f.Add(parts(f, texts(1, "Skill")+texts(2, "a"), nil)[0].Content)
	f.Fuzz(func(t *testing.T, content []byte) {
		accepted(t, "sfia", []exchange.File{{Name: "w.xlsx", Content: content}}, "f")
	})
}

// BenchmarkSFIA writes and reads a framework of 14,000 skills with a text at each of
// seven levels.
func BenchmarkSFIA(b *testing.B) {
	edits := []framework.Edit{framework.CreateFramework{Code: "f", Name: "F"}}
	for n := range 7 {
		edits = append(edits, framework.DefineLevel{Ordinal: n + 1, Name: framework.Some(fmt.Sprint("Level ", n+1))})
	}
	for n := range 640 {
		edits = append(edits, framework.CreateCategory{Code: fmt.Sprint("c", n), Name: fmt.Sprint("Category ", n)})
	}
	for n := range 14_000 {
		e := framework.CreateSkill{Code: fmt.Sprint("s", n), Name: fmt.Sprint("Skill ", n), Category: fmt.Sprint("c", n%640)}
		for l := range 7 {
			e.Levels = append(e.Levels, framework.LevelText{
				Level: l + 1, Description: fmt.Sprint(n, l, strings.Repeat(" Does this and that with some care.", 9)),
			})
		}
		edits = append(edits, e)
	}
	w := edit(b, new(framework.World), "f", edits...)
	for _, format := range []string{"sfia", "sfia-xlsx"} {
		content := give(b, w, format, "f")
		b.Run("write "+format, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			peak(b, func() { give(b, w, format, "f") })
		})
		b.Run("read "+format, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			peak(b, func() {
				loadSFIA(b, new(framework.World), []exchange.File{{Name: "f", Content: content}}, exchange.Options{Framework: "f"})
			})
		})
	}
}

// peak measures the memory that work takes at most, sampled.
func peak(b *testing.B, work func()) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	for b.Loop() {
		work()
	}
	close(done)
	<-stopped
	b.ReportMetric(float64(most-min(most, before))/(1<<20), "MB-peak")
}
