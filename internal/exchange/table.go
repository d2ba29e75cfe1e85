package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"skillatlas/internal/framework"
)

// Bounds on tables: what a row takes in bytes, and how many columns and rows there
// are, of all tables. They keep what an archive unpacks to from taking a multiple of that.
const (
	maxRow     = 4 << 20
	maxColumns = 1_000
	maxRows    = 1_000_000
	maxHeader  = 1_000 // bytes; a longer one is as none
)

// A table is rows under headers, read one after the other: a CSV file (RFC 4180) or
// a sheet of a workbook.
type table struct {
	src *source
	// headers are as written, on one line each, and places where they are.
	headers []string
	places  []int
	// folded are the headers in the form in which they are compared.
	folded []string
	// next reads a row and where its cells are; io.EOF comes after the last. The
	// error of a row that can be left out is a *rowError.
	next func() (cells []string, places []int, err error)

	// By [input.bind]: the column of each field.
	column  map[string]int
	guarded bool
}

// A rowError is what is wrong with a single row.
type rowError struct{ message string }

func (e *rowError) Error() string { return e.message }

// A layout is the headers by which a kind of table is known and read.
type layout struct {
	name string
	// columns begin with the one that only this layout has, of those tried together.
	columns []column
	// levels, when set, matches the folded headers of columns of levels, with the
	// ordinal as its group. Their fields are level.1, level.2 and so on.
	levels *regexp.Regexp
	// unread are headers that belong to the layout and hold nothing to read.
	unread []string
	// guarded tells that cells were written by [guard].
	guarded bool
}

// A column is a field of a layout and the headers it goes by, the field's own name
// first. Letter case and spaces around and between words do not matter in them.
type column struct {
	field    string
	headers  []string
	required bool
}

// needed are columns that must be there, whose fields are their headers.
func needed(headers ...string) []column {
	var columns []column
	for _, h := range headers {
		columns = append(columns, column{field: h, required: true})
	}
	return columns
}

// A record is a row of a table that has been bound to a layout.
type record struct {
	*table
	at     int
	cells  []string
	places []int
}

// get is the text of a field, "" when the table has no such column.
func (r record) get(field string) string {
	i, ok := r.column[field]
	if !ok || i >= len(r.cells) {
		return ""
	}
	if r.guarded {
		return unguard(r.cells[i])
	}
	return r.cells[i]
}

// place is where a field is, or would be.
func (r record) place(field string) int {
	if i, ok := r.column[field]; ok && i < len(r.places) {
		return r.places[i]
	}
	return r.at
}

func (r record) origin() origin { return origin{src: r.src, at: r.at, row: r.at} }

// begins is the first header that is not blank, if there is any.
func (t *table) begins() string {
	return append(slices.DeleteFunc(slices.Clone(t.headers), func(h string) bool { return h == "" }), "")[0]
}

// has tells whether the table has the column of a field.
func (t *table) has(field string) bool {
	_, ok := t.column[field]
	return ok
}

// header is where the header of a field is.
func (t *table) header(field string) int { return t.places[t.column[field]] }

// bind finds which of some layouts a table has, those tried first that say most, and
// where the fields are. It reports a table that has none of them, and tells of the
// columns that are not read.
func (in *input) bind(t *table, layouts ...layout) (layout, bool) {
	header := map[string]int{}
	for i, h := range t.folded {
		in.headers[h] = true
		if _, twice := header[h]; !twice && h != "" {
			header[h] = i
		}
	}
	for n, l := range layouts {
		in.tried = append(in.tried, l)
		fields := in.fieldsOf(t, l)
		if _, ok := fields[l.columns[0].field]; !ok {
			if n < len(layouts)-1 {
				continue
			}
			if len(layouts) > 1 {
				in.in(t.src, t.places[0], "the columns are those of none of %s", layoutNames(layouts))
				return l, false
			}
		}
		used := map[int]bool{}
		for _, i := range fields {
			used[i] = true
		}
		var missing, unread []string
		required := ""
		for i, h := range t.headers {
			switch {
			case h == "" || used[i]:
			case used[header[t.folded[i]]]:
				in.in(t.src, t.places[i], "column %q is given twice", h)
				return l, false
			case !slices.ContainsFunc(l.unread, func(u string) bool { return folded(u) == t.folded[i] }):
				unread = append(unread, strconv.Quote(h))
			}
		}
		for _, c := range l.columns {
			if _, ok := fields[c.field]; c.required && !ok {
				missing = append(missing, c.name())
				required = cmp.Or(required, c.field)
			}
		}
		if len(missing) > 0 {
			in.in(t.src, t.places[0], "%s lacks the %s; the first row must be the headers, and a column with another one must be mapped, such as %q",
				l.name, columnsNamed(missing), "Header="+required)
			return l, false
		}
		if len(unread) > 0 {
			in.remark(t.src, t.places[0], "not read: the %s", columnsNamed(unread))
		}
		t.column, t.guarded = fields, l.guarded
		return l, true
	}
	return layout{}, false
}

// columnsNamed lists columns, of which there is one at least.
func columnsNamed(names []string) string {
	if len(names) == 1 {
		return "column " + names[0]
	}
	return "columns " + strings.Join(names, ", ")
}

// name is how people know a column.
func (c column) name() string {
	if len(c.headers) > 0 {
		return c.headers[0]
	}
	return c.field
}

// fieldsOf gives the columns of a table that hold a field of a layout. What the
// caller maps goes before what headers say. It reports a field that two columns are
// mapped to.
func (in *input) fieldsOf(t *table, l layout) map[string]int {
	fields := map[string]int{}
	mapped := map[string][]Column{}
	for _, c := range in.columns {
		mapped[folded(c.Header)] = append(mapped[folded(c.Header)], c)
	}
	for i, h := range t.folded {
		for _, c := range mapped[h] {
			if !l.knows(c.Field) {
				continue
			}
			if before, taken := fields[c.Field]; taken && t.folded[before] != h {
				in.in(t.src, t.places[i], "the columns %q and %q are both mapped to %q; map one of them", t.headers[before], t.headers[i], c.Field)
				continue
			}
			fields[c.Field] = i
		}
	}
	names := l.names()
	for i, h := range t.folded {
		if h == "" || mapped[h] != nil {
			continue
		}
		field := l.fieldOf(h, names)
		if _, taken := fields[field]; field != "" && !taken {
			fields[field] = i
		}
	}
	return fields
}

// checkColumns refuses a mapping of columns that came to nothing.
func (in *input) checkColumns(format string) error {
	for _, c := range in.columns {
		switch {
		case len(in.headers) == 0 && len(in.faults) == 0:
			return framework.Errorf(framework.Invalid, "files of format %s have no columns to map", format)
		case len(in.headers) > 0 && !in.headers[folded(c.Header)]:
			return framework.Errorf(framework.Invalid, "there is no column %q in the files", c.Header)
		case len(in.headers) > 0 && !slices.ContainsFunc(in.tried, func(l layout) bool { return l.knows(c.Field) }):
			var fields []string
			for _, l := range in.tried {
				fields = append(fields, l.fields()...)
			}
			return framework.Errorf(framework.Invalid, "%q is not a field of format %s; its fields are %s",
				c.Field, format, strings.Join(sortedSet(fields), ", "))
		}
	}
	return nil
}

// names gives the fields by the folded headers that they go by.
func (l layout) names() map[string]string {
	names := map[string]string{}
	for _, c := range l.columns {
		for _, h := range append([]string{c.field}, c.headers...) {
			if _, taken := names[folded(h)]; !taken {
				names[folded(h)] = c.field
			}
		}
	}
	return names
}

// fieldOf is the field that a folded header says, or "", where some have names.
func (l layout) fieldOf(header string, names map[string]string) string {
	if field := names[header]; field != "" {
		return field
	}
	if l.levels != nil {
		if m := l.levels.FindStringSubmatch(header); m != nil {
			return "level." + m[1]
		}
	}
	if l.knows(header) {
		return header
	}
	return ""
}

// levelField is the field of a level.
func levelField(ordinal int) string { return "level." + strconv.Itoa(ordinal) }

var levelPattern = regexp.MustCompile(`^level\.[1-9][0-9]?$`)

// knows tells whether a layout has a field of that name.
func (l layout) knows(field string) bool {
	return slices.ContainsFunc(l.columns, func(c column) bool { return c.field == field }) ||
		l.levels != nil && levelPattern.MatchString(field)
}

// fields names the fields that a layout has.
func (l layout) fields() []string {
	var names []string
	for _, c := range l.columns {
		names = append(names, c.field)
	}
	if l.levels != nil {
		names = append(names, "level.1, level.2 and so on")
	}
	return names
}

func layoutNames(layouts []layout) string {
	var names []string
	for _, l := range layouts {
		names = append(names, l.name)
	}
	return strings.Join(names, ", ")
}

// rows yields the rows of a table that are not blank. It reports what cannot be
// read, and ends early when ctx does.
func (in *input) rows(ctx context.Context, t *table) iter.Seq[record] {
	return func(yield func(record) bool) {
		for n := 1; ; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				return
			}
			cells, places, err := t.next()
			if len(places) > 0 {
				in.rowsRead++
			}
			var wrong *rowError
			switch {
			case len(places) > 0 && in.rowsRead > maxRows:
				if in.rowsRead == maxRows+1 { // told once
					in.broken(t.src, &placedError{places[0], fmt.Errorf("there are more than %d rows", maxRows)})
				}
				return
			case err == io.EOF:
				return
			case errors.As(err, &wrong):
				if !blank(cells) {
					in.lose(t.src, places[0], places[0], "%s", wrong.message)
				}
			case err != nil:
				in.broken(t.src, err)
				return
			case !blank(cells):
				if !yield(record{table: t, at: places[0], cells: cells, places: places}) {
					return
				}
			}
		}
	}
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// A placedError is an error at a place.
type placedError struct {
	at  int
	err error
}

func (e *placedError) Error() string { return e.err.Error() }

// broken reports that a source cannot be read to its end, so that nothing of it
// counts.
func (l *log) broken(src *source, err error) {
	l.unreadable = true
	at := 0
	if p := (*placedError)(nil); errors.As(err, &p) {
		at = p.at
	}
	l.in(src, at, "%v", err)
}

// openCSV begins to read a file as a table. It reports one that is none.
func (in *input) openCSV(src *source) *table {
	src.grid = true
	text, name, err := decode(src.content)
	if err != nil {
		in.in(src, 0, "%v", err)
		return nil
	}
	if name != "" {
		in.remark(src, 0, "read as %s; save it as UTF-8 if that is not what it is", name)
	}
	return in.readCSV(src, bytes.NewReader(text))
}

// readCSV begins to read a table from UTF-8 text.
func (in *input) readCSV(src *source, text io.Reader) *table {
	tape := &tape{in: bufio.NewReaderSize(text, 1<<16), line: 1}
	first, _ := tape.in.Peek(1 << 12)
	r := csv.NewReader(tape)
	r.Comma = delimiter(first)
	before := int64(0)
	next := func() ([]string, []int, error) {
		cells, err := r.Read()
		if err == io.EOF {
			in.advance(int(r.InputOffset() - before))
			return nil, nil, io.EOF
		}
		if p := (*csv.ParseError)(nil); errors.As(err, &p) && !errors.Is(err, csv.ErrFieldCount) {
			return nil, nil, &placedError{tape.rewound().place(p.Line, max(p.Column, 1)), fmt.Errorf("this is not CSV: %w", p.Err)}
		} else if err != nil && p == nil {
			return nil, nil, &placedError{tape.rewound().place(tape.line, 1), fmt.Errorf("this cannot be read: %w", err)}
		}
		places := make([]int, len(cells))
		cursor := tape.rewound()
		for i := range cells {
			places[i] = cursor.place(r.FieldPos(i))
		}
		in.advance(int(r.InputOffset() - before))
		before = r.InputOffset()
		tape.cut(before)
		if err != nil {
			return cells, places, &rowError{fmt.Sprintf("the row has %d cells; the header has %d", len(cells), r.FieldsPerRecord)}
		}
		return cells, places, nil
	}
	head, places, err := next()
	for err == nil && blank(head) {
		r.FieldsPerRecord = 0 // that of the next row counts
		head, places, err = next()
	}
	switch {
	case err == io.EOF:
		in.in(src, 0, "the file is empty")
		return nil
	case err != nil:
		in.broken(src, err)
		return nil
	case len(head) > maxColumns:
		in.in(src, places[0], "the header has %d cells; at most %d are read", len(head), maxColumns)
		return nil
	}
	return newTable(src, head, places, next)
}

func newTable(src *source, head []string, places []int, next func() ([]string, []int, error)) *table {
	t := &table{src: src, places: places, next: next}
	for _, h := range head {
		h = oneLine(h)
		if len(h) > maxHeader {
			h = "" // it can be no name of a column
		}
		t.headers = append(t.headers, h)
		t.folded = append(t.folded, folded(h))
	}
	return t
}

// delimiter tells what parts the cells of CSV text by its beginning: what its first
// line that is not empty has most of.
func delimiter(text []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte("\n"))
	quoted := false
	count := map[byte]int{}
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t") {
		if count[c] > count[best] {
			best = c
		}
	}
	return rune(best)
}

// decode makes UTF-8 of a text file, without a byte-order mark, and names the
// encoding when it had to be guessed.
func decode(content []byte) (text []byte, guessed string, err error) {
	switch {
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return nil, "", errors.New("this is a workbook of an old form, or with a password; save it as .xlsx without one, or as CSV")
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(content)
		return text, "", err
	case bytes.IndexByte(content, 0) >= 0:
		return nil, "", errors.New("this is not text; save it as CSV")
	}
	text = bytes.TrimPrefix(content, []byte("\ufeff"))
	if utf8.Valid(text) {
		return text, "", nil
	}
	text, err = charmap.Windows1252.NewDecoder().Bytes(text)
	return text, "Windows-1252", err
}

// A tape remembers what was read since it was cut, so that columns can be told in
// characters: package csv counts bytes.
type tape struct {
	in   *bufio.Reader
	kept []byte
	from int64 // offset at which kept begins, on the line
	line int
}

func (t *tape) Read(p []byte) (int, error) {
	if len(t.kept) > maxRow {
		return 0, fmt.Errorf("a row is longer than %d MB", maxRow>>20)
	}
	n, err := t.in.Read(p)
	t.kept = append(t.kept, p[:n]...)
	return n, err
}

// cut forgets what is before an offset, at which a line starts.
func (t *tape) cut(offset int64) {
	n := min(int(offset-t.from), len(t.kept))
	t.line += bytes.Count(t.kept[:n], []byte("\n"))
	t.kept = append(t.kept[:0], t.kept[n:]...)
	t.from = offset
}

// rewound begins to look for places where the tape was cut.
func (t *tape) rewound() *cursor { return &cursor{rest: t.kept, line: t.line, column: 1, character: 1} }

// A cursor finds places in what a tape keeps, each after the one before.
type cursor struct {
	rest                    []byte
	line, column, character int // column in bytes
}

// place is that of a byte of a line, both from 1.
func (c *cursor) place(line, column int) int {
	for ; c.line < line; c.line++ {
		_, c.rest, _ = bytes.Cut(c.rest, []byte("\n"))
		c.column, c.character = 1, 1
	}
	n := min(max(column-c.column, 0), len(c.rest))
	c.character += utf8.RuneCount(c.rest[:n])
	c.column += n
	c.rest = c.rest[n:]
	return cell(line, c.character)
}

// formulas begin what a spreadsheet takes for a formula.
const formulas = "=+-@\t\r＝＋－＠"

// guard puts an apostrophe before a text that spreadsheets would calculate, or that
// has one for that reason; so nothing is lost.
func guard(s string) string {
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "'")); strings.ContainsRune(formulas, first) {
		return "'" + s
	}
	return s
}

// unguard undoes guard.
func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && guard(rest) != rest {
		return rest
	}
	return s
}

// tables opens what the files hold in tables: a CSV file is one, and so is every
// sheet of a workbook that is shown and not empty. What cannot be opened is reported
// and left out.
func (in *input) tables() []*table {
	var list []*table
	for _, src := range in.files {
		if isArchive(src.content) {
			list = append(list, in.openWorkbook(src)...)
		} else if t := in.openCSV(src); t != nil {
			list = append(list, t)
		}
	}
	return list
}

// beside puts columns with a header and one row of values to the right of a table.
func beside(rows iter.Seq[[]string], header, values []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		more, next, blank := header, values, make([]string, len(header))
		for cells := range rows {
			if !yield(append(cells, more...)) {
				return
			}
			more, next = next, blank
		}
	}
}

// writeCSV writes a table whose texts no spreadsheet calculates.
func writeCSV(out io.Writer, rows iter.Seq[[]string]) error {
	w := csv.NewWriter(out)
	for cells := range rows {
		safe := make([]string, len(cells))
		for i, c := range cells {
			safe[i] = guard(c)
		}
		if err := w.Write(safe); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
