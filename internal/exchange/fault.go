package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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

// log collects what an import has to tell of its files, and tells its progress.
type log struct {
	faults []Fault
	seen   map[Fault]bool
	more   int
	// remarks are what is odd about the files and stops nothing; unsaid are too many.
	remarks []Fault
	unsaid  int
	// unreadable tells that a file could not be read to its end.
	unreadable bool
	// lost holds rows left out by the reader that are not in the content.
	lost map[row]bool

	first    string // name of the first file
	order    map[string]int
	progress func(stage string, done, total int)
	total    int // bytes to read
	before   int // bytes read before what is being read
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

// remark tells of something odd in a file that is dealt with as documented, and
// stops nothing.
func (l *log) remark(src *source, at int, format string, args ...any) {
	if len(l.remarks) == maxFaults {
		l.unsaid++
		return
	}
	l.remarks = append(l.remarks, src.fault(at, format, args...))
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
	list := l.inOrder(l.faults)
	if l.more > 0 {
		list = append(list, Fault{File: l.first, Message: fmt.Sprintf("there are %d more faults; mend these first", l.more)})
	}
	return list
}

// said returns the remarks in the order of the files.
func (l *log) said() []Fault {
	list := l.inOrder(l.remarks)
	if l.unsaid > 0 {
		list = append(list, Fault{File: l.first, Message: fmt.Sprintf("there are %d more remarks", l.unsaid)})
	}
	return list
}

func (l *log) inOrder(list []Fault) []Fault {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(l.order[a.File], l.order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// reading tells how far the reader has come in a file.
func (l *log) reading(at int) {
	const step = 1 << 18
	if done := min(l.before+at, l.total); done-l.told >= step || done == l.total && done > l.told {
		l.told = done
		l.progress("reading", done, l.total)
	}
}

// advance tells that some bytes more have been read.
func (l *log) advance(n int) {
	l.before += n
	l.reading(0)
}

// read tells that all there is has been read.
func (l *log) read() { l.advance(l.total - l.before) }

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

// A saying is something that a file says, and where.
type saying struct {
	text string
	src  *source
	at   int
}

// where tells the line of something said before, for a message about a file.
func where(src *source, at int, from *source) string {
	if src == from {
		return fmt.Sprintf("on line %d", src.line(at))
	}
	return fmt.Sprintf("on line %d of %s", src.line(at), src.name)
}
