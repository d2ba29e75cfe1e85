package graph

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/framework"
)

// A meter ends a query whose answer becomes too large or takes too long. It is
// safe for concurrent use.
type meter struct {
	fields, bytes, errors atomic.Int64
	// over is why the query was ended.
	over atomic.Pointer[framework.Error]
}

// field answers a field by the hook around it, unless the query is at its end. ctx has
// the deadline.
func (m *meter) field(ctx context.Context, hook graphql.FieldMiddleware) graphql.FieldMiddleware {
	return func(fctx context.Context, next graphql.Resolver) (any, error) {
		m.add(1)
		if ctx.Err() != nil {
			m.over.CompareAndSwap(nil, errTooLong)
		}
		if m.over.Load() != nil {
			return nil, errOver
		}
		v, err := hook(fctx, next)
		if err != nil {
			m.fail(err)
			return nil, err
		}
		m.value(v)
		if m.over.Load() != nil {
			return nil, errOver
		}
		return v, nil
	}
}

func (m *meter) value(v any) {
	switch v := v.(type) {
	case string:
		m.text(v)
	case *string:
		if v != nil {
			m.text(*v)
		}
	default:
		if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
			m.add(list.Len())
		}
	}
}

// add counts fields, and the elements of lists before the fields of each.
func (m *meter) add(n int) {
	if m.fields.Add(int64(n)) > maxFields {
		m.over.CompareAndSwap(nil, errTooManyFields)
	}
}

func (m *meter) text(s string) {
	if m.bytes.Add(int64(len(s))) > maxAnswer {
		m.over.CompareAndSwap(nil, errTooMuchText)
	}
}

// fail ends a query that has many errors, for one of them.
func (m *meter) fail(err error) {
	if m.errors.Add(1) > maxFailed {
		m.over.CompareAndSwap(nil, tooManyErrors(err))
	}
}

// Why a query is ended whose answer becomes too large.
var (
	errTooManyFields = framework.Errorf(framework.LimitExceeded,
		"the answer has more than %d fields; ask for smaller pages or fewer nested lists", maxFields)
	errTooMuchText = framework.Errorf(framework.LimitExceeded,
		"the answer has more than %d bytes of text; ask for smaller pages", maxAnswer)
)

// tooManyErrors is why a query is ended that has many errors, one of which is err.
func tooManyErrors(err error) *framework.Error {
	var refusal *framework.Error
	if !errors.As(err, &refusal) {
		refusal = framework.Errorf(framework.Internal, "the server failed at many fields; its log tells more")
	}
	return refusal
}
