package graph

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/framework"
)

// An execution answers one query by its plan, field after field, into one buffer. It
// answers as the generated code does, and is held to the bounds of a [meter].
//
// Values that cannot be null leave nothing in the buffer when they are null all the
// same: what emits them reports false, and what they are part of becomes null.
type execution struct {
	ctx   context.Context
	query QueryResolver
	ec    *executionContext
	plan  *plan
	// args are the decoded arguments by the plan's, nil for those that are wrong.
	args []any
	out  []byte
	// room is where fragments are kept, nil when none are to be.
	room *room
	// path leads to the value being emitted.
	path []pathStep

	objects, fields, text, failed int
	// over is why the query was ended.
	over *framework.Error
	// telling is a context for errors, once there is one.
	telling context.Context
}

// A pathStep is part of a path: a field, or the index of an element.
type pathStep struct {
	field *selected
	index int
}

// run emits the data of the answer after what is in the buffer.
func (x *execution) run() {
	if !x.emitQuery(x.plan.root) {
		x.null()
	}
}

// begin reports whether an object may be emitted still.
func (x *execution) begin(set *selection) bool {
	if !x.add(set.counted) {
		return false
	}
	const often = 64 // objects; asking takes longer than emitting a small one
	if x.objects++; x.objects%often == 0 && x.ctx.Err() != nil {
		x.over = errTooLong
		return false
	}
	return true
}

// end ends an object, or takes it back.
func (x *execution) end(set *selection, start int, whole bool) bool {
	switch {
	case !whole:
		x.out = x.out[:start]
	case len(set.fields) == 0:
		x.out = append(x.out, "{}"...)
	default:
		x.out = append(x.out, '}')
	}
	return whole
}

// close ends a list, or takes it back.
func (x *execution) close(start int, whole bool) bool {
	if !whole {
		x.out = x.out[:start]
		return false
	}
	x.out = append(x.out, ']')
	return true
}

// add counts fields and elements of lists.
func (x *execution) add(n int) bool {
	if x.fields += n; x.fields > maxFields && x.over == nil {
		x.over = errTooManyFields
	}
	return x.over == nil
}

func (x *execution) down(f *selected) { x.path = append(x.path, pathStep{field: f}) }
func (x *execution) enter()           { x.path = append(x.path, pathStep{}) }
func (x *execution) up()              { x.path = x.path[:len(x.path)-1] }

// element begins the element of a list.
func (x *execution) element(i int) {
	x.path[len(x.path)-1].index = i
	if i > 0 {
		x.out = append(x.out, ',')
	}
}

// fail tells the error of a field.
func (x *execution) fail(f *selected, err error) {
	if x.failed++; x.failed > maxFailed && x.over == nil {
		x.over = tooManyErrors(err)
	}
	ctx := x.at(f)
	graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
}

// refuse tells what is wrong with the arguments of a field.
func (x *execution) refuse(f *selected) {
	ctx := x.at(f)
	a := x.plan.args[f.args]
	_, err := a.decode(ctx, x.ec, a.field.ArgumentMap(x.ec.Variables))
	graphql.AddError(ctx, err)
}

// missing tells that a value is null that the schema does not let be: that of a field,
// or what the path leads to.
func (x *execution) missing(f *selected, declared string) {
	graphql.AddInvalidNullError(x.at(f), declared)
}

// at is the context of what the path leads to or, if given, of a field of it, for the
// functions of the library that tell errors.
func (x *execution) at(f *selected) context.Context {
	if x.telling == nil {
		x.telling = graphql.WithFieldContext(graphql.WithFreshResponseContext(x.ctx), &graphql.FieldContext{Object: "Query"})
	}
	ctx := x.telling
	enter := func(s pathStep) {
		fc := &graphql.FieldContext{Index: &s.index}
		if s.field != nil {
			fc = &graphql.FieldContext{Object: s.field.object.name, Field: s.field.node, IsMethod: true}
		}
		ctx = graphql.WithFieldContext(ctx, fc)
	}
	for _, s := range x.path {
		enter(s)
	}
	if f != nil {
		enter(pathStep{field: f})
	}
	return ctx
}

// errors are those that were told.
func (x *execution) errors() gqlerror.List {
	if x.telling == nil {
		return nil
	}
	return graphql.GetErrors(x.telling)
}

func (x *execution) null() { x.out = append(x.out, "null"...) }

func (x *execution) boolean(b bool) { x.out = strconv.AppendBool(x.out, b) }

func (x *execution) integer(n int64) { x.out = strconv.AppendInt(x.out, n, 10) }

func (x *execution) float(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		panic(errors.New("graph: a number that JSON has not"))
	}
	x.out = strconv.AppendFloat(x.out, f, 'g', -1, 64)
}

func (x *execution) dateTime(t time.Time) {
	x.out = append(x.out, '"')
	x.out = t.UTC().AppendFormat(x.out, time.RFC3339Nano)
	x.out = append(x.out, '"')
}

// count counts bytes of texts.
func (x *execution) count(n int) {
	if x.text += n; x.text > maxAnswer && x.over == nil {
		x.over = errTooMuchText
	}
}

const hexDigits = "0123456789ABCDEF"

// string writes a text as the library does: bytes that are not UTF-8 as they are.
func (x *execution) string(s string) {
	x.count(len(s))
	out := append(x.out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		for i+8 <= len(s) && unescaped(eight(s[i:])) {
			i += 8
		}
		if i == len(s) {
			break
		}
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			out = append(out, '\\', 't')
		case '\r':
			out = append(out, '\\', 'r')
		case '\n':
			out = append(out, '\\', 'n')
		case '\\', '"':
			out = append(out, '\\', c)
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	out = append(out, s[start:]...)
	x.out = append(out, '"')
}

// eight are the first eight bytes of a text.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// unescaped reports whether none of eight bytes has to be written in another way: controls,
// quotes and backslashes. In each byte the highest bit tells; see "determine if a word has
// a byte less than n" in https://graphics.stanford.edu/~seander/bithacks.html.
func unescaped(w uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^ones*'"', w^ones*'\\'
	return ((w-ones*' ')&^w|(quote-ones)&^quote|(slash-ones)&^slash)&high == 0
}
