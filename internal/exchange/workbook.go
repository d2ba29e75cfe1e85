package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Workbooks (.xlsx, ECMA-376) are read and written with excelize. It takes as the end
// of a sheet what is not well-formed, and believes the order in which cells come; so
// [survey] looks through every part before it is given the file.

// Bounds on a workbook. What it unpacks to is held in memory, and so are the elements
// of its parts, except the cells of sheets.
const (
	maxWorkbook      = 128 << 20 // bytes
	maxSheets        = 1_000
	maxSheetColumns  = 1_000
	maxSheetCells    = 20_000_000 // of all sheets
	maxSheetRows     = 2_000_000  // of all sheets, with those that are left out between others
	maxSharedTexts   = 4_000_000  // elements of them
	maxPartElements  = 1_000_000
	minElement       = 32 // bytes that a workbook may have, for each element of a part
	maxElementsDepth = 100
	maxLongNumbers   = 100_000 // that are shortened
)

// noFolder is the name of no folder. Excelize keeps in memory what it cannot write to
// temporary files.
const noFolder = "\x00"

// openWorkbook begins to read the sheets of a workbook that are shown and not empty.
func (in *input) openWorkbook(src *source) []*table {
	most := in.workbooks // texts that cells share count as often as they are used
	files := in.archive(src, &in.workbooks)
	if files == nil {
		return nil
	}
	if !slices.ContainsFunc(files, func(f *zip.File) bool { return partName(f) == "xl/workbook.xml" }) {
		in.in(src, 0, "this is an archive and no workbook of the form .xlsx; save the workbook as that, or unpack the archive")
		return nil
	}
	seen, err := survey(files, int(most))
	if err != nil {
		in.broken(src, fmt.Errorf("this workbook cannot be read: %w", err))
		return nil
	}
	book, err := excelize.OpenReader(bytes.NewReader(src.content), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxWorkbook, TmpDir: noFolder,
	})
	if err != nil {
		in.broken(src, fmt.Errorf("this workbook cannot be read: %w", err))
		return nil
	}
	var list []*table
	for _, name := range book.GetSheetList() {
		if shown, err := book.GetSheetVisible(name); err == nil && !shown {
			continue
		}
		sheet := &source{name: src.name + "[" + name + "]", grid: true, sheet: true}
		in.known(sheet.name)
		rows, err := book.Rows(name)
		if err != nil {
			in.broken(sheet, err)
			continue
		}
		if t := in.readSheet(sheet, rows, seen.long); t != nil {
			list = append(list, t)
		}
	}
	if len(list) == 0 && len(in.faults) == 0 {
		in.in(src, 0, "the workbook has no sheet that is shown and not empty")
	}
	return list
}

// readSheet begins to read a sheet, whose first row that is not blank is its header.
// It returns nil when there is none.
//
// Excelize does not tell numbers from texts, so long are the numbers there are that
// have more digits than people see.
func (in *input) readSheet(src *source, rows *excelize.Rows, long map[string]bool) *table {
	width, line := 0, 0
	next := func() ([]string, []int, error) {
		for rows.Next() {
			line++
			cells, err := rows.Columns()
			if err != nil {
				return nil, nil, &placedError{cell(line, 1), fmt.Errorf("this row cannot be read: %w", err)}
			}
			if len(cells) > maxSheetColumns {
				return nil, nil, &placedError{cell(line, maxSheetColumns+1), errWide}
			}
			if blank(cells) {
				continue
			}
			if width == 0 {
				width = len(cells)
			}
			// What is beside the header has no meaning.
			cells = append(cells, make([]string, max(0, width-len(cells)))...)[:width]
			places := make([]int, width)
			for i, c := range cells {
				if places[i] = cell(line, i+1); long[c] {
					cells[i] = plainNumber(c)
				}
			}
			return cells, places, nil
		}
		if err := rows.Error(); err != nil {
			return nil, nil, &placedError{cell(line+1, 1), err}
		}
		return nil, nil, io.EOF
	}
	head, places, err := next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		in.broken(src, err)
		return nil
	}
	return newTable(src, head, places, next)
}

var errWide = fmt.Errorf("the sheet has more than %d columns", maxSheetColumns)

// plainNumber writes numbers that workbooks store with 17 digits with 15, as people
// typed them and see them: 1.1 is kept as 1.1000000000000001.
func plainNumber(s string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	short := strconv.FormatFloat(n, 'g', 15, 64)
	if n, err = strconv.ParseFloat(short, 64); err != nil {
		return s
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// cellName is how spreadsheets call a cell.
func cellName(line, column int) string {
	var letters []byte
	for ; column > 0; column = (column - 1) / 26 {
		letters = append(letters, byte('A'+(column-1)%26))
	}
	slices.Reverse(letters)
	return string(letters) + strconv.Itoa(line)
}

// survey looks through the parts of a workbook for what would exhaust the server or be
// read otherwise than it is written. It reads them as streams.
//
// The cells may hold a number of bytes of texts that they share, each counted as often as
// it is used, and the number bounds elements too.
func survey(files []*zip.File, most int) (all surveyed, err error) {
	all.long = map[string]bool{}
	workbooks, twice := []string{}, map[string]bool{} // by their names
	for _, f := range files {
		part, err := f.Open()
		if err != nil {
			return all, fmt.Errorf("%s: %w", f.Name, err)
		}
		s := &surveyor{xml: xml.NewDecoder(part), most: min(maxPartElements, most/minElement), named: map[string]bool{}, targets: map[string]bool{}}
		s.surveyed = all
		s.texts, s.asked, s.lengths = 0, 0, nil
		if partName(f) == sharedTexts {
			s.most = min(maxSharedTexts, most/minElement)
		}
		err = s.run()
		part.Close()
		ext := path.Ext(f.Name)
		wrong := (*xml.SyntaxError)(nil)
		switch {
		case err == nil:
		case !errors.As(err, &wrong):
			return all, fmt.Errorf("%s: %w", f.Name, err)
		case strings.EqualFold(ext, ".xml"), strings.EqualFold(ext, ".rels"):
			return all, fmt.Errorf("%s is damaged on line %d: %s", f.Name, wrong.Line, wrong.Msg)
		}
		if partName(f) == sharedTexts {
			all.texts, all.lengths = s.texts, s.lengths
		}
		all.asked = max(all.asked, s.asked)
		all.rows, all.cells, all.uses = s.rows, s.cells, s.uses
		if s.sheets > 0 {
			workbooks = append(workbooks, partName(f))
		}
		twice[partName(f)] = s.twice
	}
	for _, book := range workbooks {
		if twice[book] || twice[path.Join(path.Dir(book), "_rels", path.Base(book)+".rels")] {
			return all, errors.New("two of its sheets are one")
		}
	}
	if all.asked > all.texts {
		return all, fmt.Errorf("a cell has text %d of %d", all.asked, all.texts)
	}
	held := 0
	for n, uses := range all.uses {
		if held += uses * all.lengths[n]; held > most {
			return all, fmt.Errorf("its cells hold more than %d MB", most>>20)
		}
	}
	return all, nil
}

const sharedTexts = "xl/sharedstrings.xml"

// partName is how a part is known.
func partName(f *zip.File) string { return strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")) }

// surveyed is what the parts of a workbook hold.
type surveyed struct {
	// texts is the number of texts that cells share, and asked how many it takes to
	// have those that cells name by number.
	texts, asked int
	// lengths are those of the texts, and uses how many cells have each.
	lengths, uses []int
	long          map[string]bool
	// rows and cells are those of all sheets, with what is left out between others.
	rows, cells int
}

type surveyor struct {
	xml *xml.Decoder
	// most is the number of elements there may be outside of the rows of a sheet.
	most, elements, sheets int
	// named are the relations by which a workbook has its sheets, and targets what
	// relations lead to; twice tells that some are the same.
	named, targets map[string]bool
	twice          bool
	rowed          bool // there was a row
	// in are the elements around, as far as they matter, the innermost last.
	in []string
	// row and column are those of the last cell; counted is the column up to which the
	// row's cells are in cells, that of the last that holds something.
	row, column, counted int
	kind                 string          // of the last cell
	said                 strings.Builder // its value
	surveyed
}

func (s *surveyor) run() error {
	for {
		token, err := s.xml.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			s.in = append(s.in, e.Name.Local)
			err = s.begin(e)
		case xml.CharData:
			switch {
			case s.within("sheetData", "row", "c", "v"):
				s.said.Write(e) // of which a comment makes two
			case len(s.lengths) > 0 && s.texts == len(s.lengths):
				s.lengths[s.texts-1] += len(e)
			}
		case xml.EndElement:
			if s.within("sheetData", "row", "c", "v") {
				err = s.value(s.said.String())
				s.said.Reset()
			}
			s.in = s.in[:len(s.in)-1]
		}
		if err != nil {
			return err
		}
	}
}

// within tells whether the innermost elements are some, one in the other.
func (s *surveyor) within(names ...string) bool {
	return len(s.in) >= len(names) && slices.Equal(s.in[len(s.in)-len(names):], names)
}

func (s *surveyor) begin(e xml.StartElement) error {
	if len(s.in) > maxElementsDepth {
		return errors.New("elements are nested too deeply")
	}
	name := e.Name.Local
	s.rowed = s.rowed || name == "row"
	switch {
	// Excelize finds these wherever they are, once there is a row.
	case name == "c" && s.rowed && !s.within("sheetData", "row", "c"),
		name == "v" && slices.Contains(s.in, "sheetData") && !s.within("sheetData", "row", "c", "v"),
		name == "row" && slices.Contains(s.in, "sheetData") && !s.within("sheetData", "row"):
		return fmt.Errorf("an element %s is where none can be", name)
	case s.within("sheetData", "row", "c"):
		return s.beginCell(e.Attr)
	case s.within("sheetData", "row", "c", e.Name.Local):
		return s.fill()
	case s.within("sheetData", "row"):
		return s.beginRow(e.Attr)
	case slices.Contains(s.in, "sheetData"):
		return nil
	case s.within("sheets", "sheet"):
		s.note(s.named, e.Attr, "id")
		s.sheets++
	case s.within("Relationships", "Relationship"):
		s.note(s.targets, e.Attr, "Target")
	case len(s.in) == 2 && s.within("si"):
		s.texts++
		s.lengths = append(s.lengths, 0)
	}
	if s.elements++; s.elements > s.most || s.sheets > maxSheets {
		return errors.New("there is too much in it")
	}
	return nil
}

// note puts an attribute into a set in which nothing is to be twice. Of a path, which can
// be written in several ways, the last folder and the name count.
func (s *surveyor) note(set map[string]bool, attrs []xml.Attr, name string) {
	for _, a := range attrs {
		if a.Name.Local == name {
			folder, file := path.Split(path.Clean("/xl/" + strings.ToLower(strings.ReplaceAll(a.Value, `\`, "/"))))
			key := path.Join(path.Base(folder), file)
			s.twice = s.twice || set[key]
			set[key] = true
		}
	}
}

// value notes what a cell holds: one of the kind "s" the number of a shared text, one
// of the kind "n" or none a number.
func (s *surveyor) value(text string) error {
	switch s.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 {
			return fmt.Errorf("cell %s has text %q, which is no number", cellName(s.row, s.column), text)
		}
		if n >= maxSharedTexts {
			return fmt.Errorf("cell %s has text %d", cellName(s.row, s.column), n+1)
		}
		s.asked = max(s.asked, n+1)
		s.uses = append(s.uses, make([]int, max(0, n+1-len(s.uses)))...)
		s.uses[n]++
	case "n", "":
		if len(text) > 16 && len(s.long) < maxLongNumbers {
			s.long[text] = true
		}
	}
	return nil
}

func (s *surveyor) beginRow(attrs []xml.Attr) error {
	row := s.row + 1
	for _, a := range attrs {
		if a.Name.Local == "r" {
			n, err := strconv.Atoi(a.Value)
			if err != nil || n <= s.row {
				return fmt.Errorf("row %q comes after row %d", a.Value, s.row)
			}
			row = n
		}
	}
	if s.rows += row - s.row; s.rows > maxSheetRows {
		return fmt.Errorf("there are more than %d rows in the sheets, with those left out between others", maxSheetRows)
	}
	s.row, s.column, s.counted = row, 0, 0
	return nil
}

func (s *surveyor) beginCell(attrs []xml.Attr) error {
	column := s.column + 1
	s.kind = ""
	for _, a := range attrs {
		switch a.Name.Local {
		case "t":
			s.kind = a.Value
		case "s":
			if _, err := strconv.Atoi(a.Value); err != nil {
				return fmt.Errorf("style %q of a cell is no number", a.Value)
			}
		case "r":
			n, row, err := excelize.CellNameToCoordinates(a.Value)
			if err != nil || n <= s.column || row != s.row {
				return fmt.Errorf("cell %q comes after cell %s", a.Value, cellName(s.row, s.column))
			}
			column = n
		}
	}
	s.column = column
	return nil
}

func (s *surveyor) fill() error {
	if s.column > maxSheetColumns {
		return fmt.Errorf("cell %s: %w", cellName(s.row, s.column), errWide)
	}
	s.cells += s.column - s.counted
	s.counted = s.column
	if s.cells > maxSheetCells {
		return fmt.Errorf("there are more than %d cells in the sheets", maxSheetCells)
	}
	return nil
}

// A sheet is what is written to a sheet of a workbook: cells that are strings or ints.
type sheet struct {
	name string
	rows iter.Seq[[]any]
	// headed tells that the first row is a header, which stays in view.
	headed bool
}

func (s sheet) panes() *excelize.Panes {
	if !s.headed {
		return &excelize.Panes{}
	}
	return &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
}

// writeWorkbook writes sheets, of which the first may be large. Texts are texts
// whatever they begin with.
func writeWorkbook(out io.Writer, sheets ...sheet) error {
	book := excelize.NewFile(excelize.Options{TmpDir: noFolder})
	for i, s := range sheets {
		var err error
		if i == 0 {
			err = streamSheet(book, s)
		} else {
			err = fillSheet(book, s)
		}
		if err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	_, err := book.WriteTo(out)
	return err
}

// streamSheet writes a sheet as it comes. Of several such sheets excelize would write
// now one and now the other first.
func streamSheet(book *excelize.File, s sheet) error {
	if err := book.SetSheetName(book.GetSheetName(0), s.name); err != nil {
		return err
	}
	w, err := book.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	if err := w.SetPanes(s.panes()); err != nil {
		return err
	}
	line := 0
	for cells := range s.rows {
		line++
		if err := w.SetRow(cellName(line, 1), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// escaped writes what would be read as the escape of a character (ECMA-376, ST_Xstring).
// In sheets that are streamed excelize does.
func escaped(s string) string {
	for at := len(s) - 1; at >= 0; at-- {
		if s[at] == '_' && characterEscape.MatchString(s[at:]) {
			s = s[:at] + "_x005F" + s[at:]
		}
	}
	return s
}

var characterEscape = regexp.MustCompile(`^_x[0-9A-Fa-f]{4}_`)

func fillSheet(book *excelize.File, s sheet) error {
	if _, err := book.NewSheet(s.name); err != nil {
		return err
	}
	if err := book.SetPanes(s.name, s.panes()); err != nil {
		return err
	}
	line := 0
	for cells := range s.rows {
		line++
		for i, c := range cells {
			if text, ok := c.(string); ok {
				cells[i] = escaped(text)
			}
		}
		if err := book.SetSheetRow(s.name, cellName(line, 1), &cells); err != nil {
			return err
		}
	}
	return nil
}
