package exchange

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// A source is a file being read, or a part of one: a file in an archive, a sheet of
// a workbook. Places in it are offsets into its text, or cells of a grid.
type source struct {
	name    string
	size    int    // bytes, for progress
	content []byte // as given; of a grid, which is not text, only for whoever opens it
	grid    bool
	sheet   bool // a grid whose cells people know by names such as F12

	text   []byte // the content as checked UTF-8 without a byte-order mark
	starts []int  // of lines, once asked for
	// last is the place asked for last, and before the characters before it on
	// its line.
	last, before int
}

// maxColumn bounds the columns that places of a grid can tell.
const maxColumn = 1 << 24

// cell is a place in a grid. Lines count from 1, columns from 1 too.
func cell(line, column int) int { return line*maxColumn + min(column, maxColumn-1) }

// sources prepares files for reading.
func (l *log) sources(files []File) []*source {
	l.order = map[string]int{}
	list := make([]*source, len(files))
	for i, f := range files {
		l.known(f.Name)
		list[i] = &source{name: f.Name, size: len(f.Content), content: f.Content}
	}
	return list
}

// known gives a source its place in the order of faults.
func (l *log) known(name string) {
	if _, ok := l.order[name]; !ok {
		l.order[name] = len(l.order)
	}
}

// plain makes the text of a source that must be UTF-8. It reports one that is not.
func (l *log) plain(s *source) bool {
	s.text = bytes.TrimPrefix(s.content, []byte("\ufeff"))
	if utf8.Valid(s.text) {
		return true
	}
	l.in(s, invalid(s.text), "this is not UTF-8; save the file as UTF-8")
	return false
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

// lines returns the offsets at which lines start.
func (s *source) lines() []int {
	if s.starts == nil {
		s.starts = []int{0}
		for i, c := range s.text {
			if c == '\n' {
				s.starts = append(s.starts, i+1)
			}
		}
	}
	return s.starts
}

// fault is a fault at a place. At 0 it is one of the source as a whole if that is a
// grid.
func (s *source) fault(at int, format string, args ...any) Fault {
	f := Fault{File: s.name, Message: brief(fmt.Sprintf(format, args...))}
	if s.grid {
		f.Line, f.Column = at/maxColumn, at%maxColumn
		if s.sheet && f.Line > 0 {
			f.Message = cellName(f.Line, f.Column) + ": " + f.Message
		}
		return f
	}
	f.Line = s.line(at)
	// Count from the place before when it is on the same line: there are files
	// of one line.
	from, before := s.starts[f.Line-1], 0
	if from <= s.last && s.last <= at {
		from, before = s.last, s.before
	}
	s.last, s.before = at, before+utf8.RuneCount(s.text[from:at])
	f.Column = s.before + 1
	return f
}

// maxMessage bounds the messages of faults in bytes. What a file holds can be in them, and
// the same text in a great many cells of a workbook.
const maxMessage = 1_000

// brief cuts a message that is too long.
func brief(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage
	for end > 0 && !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}

// line is the number of the line a place is on.
func (s *source) line(at int) int {
	if s.grid {
		return at / maxColumn
	}
	line, found := slices.BinarySearch(s.lines(), at)
	if found {
		line++
	}
	return line
}
