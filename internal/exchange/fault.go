package exchange

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Fault is one thing wrong with a file.
type Fault struct {
	File string
	// Line and Column count from 1, columns in characters. Both are 0 where the
	// fault is with the file as a whole.
	Line    int
	Column  int
	Message string
}

// String writes the fault as compilers do: file:line:column: message.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// maxFaults bounds how many faults are kept; a last one says when there were more.
const maxFaults = 1_000

// log collects the faults of an import and tells its progress.
type log struct {
	faults []Fault
	seen   map[Fault]bool
	more   int
	// lost holds rows left out by the reader that are not in the content.
	lost map[row]bool

	first    string // name of the first file
	order    map[string]int
	progress func(stage string, done, total int)
	total    int // bytes in all files
	before   int // bytes in the files read
	told     int
}

func (l *log) add(f Fault) {
	if l.seen[f] {
		return
	}
	if l.full() {
		return
	}
	if l.seen == nil {
		l.seen = map[Fault]bool{}
	}
	l.seen[f] = true
	l.faults = append(l.faults, f)
}

// full tells whether a fault is one too many, and counts it then.
func (l *log) full() bool {
	if len(l.faults) < maxFaults {
		return false
	}
	l.more++
	return true
}

// in reports a fault at a place in a file. Finding the place takes time, so it is
// not done for faults too many.
func (l *log) in(src *source, at int, format string, args ...any) {
	if !l.full() {
		l.add(src.fault(at, format, args...))
	}
}

// at reports a fault of a field of something, and marks it bad.
func (l *log) at(o *origin, field, format string, args ...any) {
	o.bad = true
	if !l.full() {
		l.add(o.src.fault(o.place(field), format, args...))
	}
}

// lose reports a fault of a row that does not reach the content.
func (l *log) lose(src *source, start, at int, format string, args ...any) {
	l.drop(src, start)
	l.in(src, at, format, args...)
}

func (l *log) drop(src *source, start int) {
	if l.lost == nil {
		l.lost = map[row]bool{}
	}
	l.lost[row{src, start}] = true
}

// sorted returns the faults in the order of the files.
func (l *log) sorted() []Fault {
	slices.SortStableFunc(l.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(l.order[a.File], l.order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	list := slices.Clone(l.faults)
	if l.more > 0 {
		list = append(list, Fault{File: l.first, Message: fmt.Sprintf("there are %d more faults; mend these first", l.more)})
	}
	return list
}

// reading tells how far the reader has come in a file.
func (l *log) reading(at int) {
	const step = 1 << 18
	if done := l.before + at; done-l.told >= step || done == l.total {
		l.told = done
		l.progress("reading", done, l.total)
	}
}

// read tells that a file has been read.
func (l *log) read(src *source) {
	l.before += src.size
	l.reading(0)
}

// sources prepares files for reading. One that is not UTF-8 is reported and nil.
func (l *log) sources(files []File) []*source {
	l.order = map[string]int{}
	list := make([]*source, len(files))
	for i, f := range files {
		if _, ok := l.order[f.Name]; !ok {
			l.order[f.Name] = i
		}
		src := &source{name: f.Name, size: len(f.Content), content: bytes.TrimPrefix(f.Content, []byte("\ufeff"))}
		list[i] = src
		if !utf8.Valid(src.content) {
			l.in(src, invalid(src.content), "this is not UTF-8; save the file as UTF-8")
			list[i] = nil
		}
	}
	return list
}

func invalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// A source is a file being read, without a byte-order mark.
type source struct {
	name    string
	size    int
	content []byte
	starts  []int // of lines, once asked for
	// last is the place asked for last, and before the characters before it on
	// its line.
	last, before int
}

// lines returns the offsets at which lines start.
func (s *source) lines() []int {
	if s.starts == nil {
		s.starts = []int{0}
		for i, c := range s.content {
			if c == '\n' {
				s.starts = append(s.starts, i+1)
			}
		}
	}
	return s.starts
}

func (s *source) fault(at int, format string, args ...any) Fault {
	line := s.line(at)
	// Count from the place before when it is on the same line: there are files
	// of one line.
	from, before := s.starts[line-1], 0
	if from <= s.last && s.last <= at {
		from, before = s.last, s.before
	}
	s.last, s.before = at, before+utf8.RuneCount(s.content[from:at])
	return Fault{File: s.name, Line: line, Column: s.before + 1, Message: fmt.Sprintf(format, args...)}
}

// line is the number of the line a place is on.
func (s *source) line(at int) int {
	line, found := slices.BinarySearch(s.lines(), at)
	if found {
		line++
	}
	return line
}

// A row is what is counted when something of it is left out.
type row struct {
	src   *source
	start int
}

// An origin is where something in the content came from.
type origin struct {
	src *source
	at  int // offset of the thing itself
	row int // offset of the row it is part of
	// fields tells where its fields are, by the names edits give them.
	fields []mark

	bad     bool // the reader found fault with it
	skipped bool // it is left out
}

type mark struct {
	field string
	at    int
}

func (o *origin) mark(field string, at int) { o.fields = append(o.fields, mark{field, at}) }

// gives tells whether a field is there.
func (o *origin) gives(field string) bool {
	return slices.ContainsFunc(o.fields, func(m mark) bool { return m.field == field })
}

// place finds a field, or the nearest thing around it.
func (o *origin) place(field string) int {
	for field != "" {
		for _, m := range o.fields {
			if m.field == field {
				return m.at
			}
		}
		field = field[:max(0, strings.LastIndexByte(field, '.'))]
	}
	return o.at
}
