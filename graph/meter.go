package graph

import (
	"context"
	"errors"
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

// field answers a field, unless the query is at its end. ctx has the deadline.
func (m *meter) field(ctx context.Context) graphql.FieldMiddleware {
	return func(fctx context.Context, next graphql.Resolver) (any, error) {
		switch n := m.fields.Add(1); {
		case n > maxFields:
			m.end("the answer has more than %d fields; ask for smaller pages or fewer nested lists", maxFields)
		case n%64 == 0 && ctx.Err() != nil:
			m.over.CompareAndSwap(nil, errTooLong)
		}
		if m.over.Load() != nil {
			return nil, errOver
		}
		v, err := next(fctx)
		if err != nil && m.errors.Add(1) > maxFailed {
			m.fail(err)
		}
		switch text := v.(type) {
		case string:
			m.text(len(text))
		case *string:
			if text != nil {
				m.text(len(*text))
			}
		}
		return v, err
	}
}

func (m *meter) text(n int) {
	if m.bytes.Add(int64(n)) > maxAnswer {
		m.end("the answer has more than %d bytes of text; ask for smaller pages", maxAnswer)
	}
}

// fail ends a query for one of its many errors.
func (m *meter) fail(err error) {
	var refusal *framework.Error
	if !errors.As(err, &refusal) {
		refusal = framework.Errorf(framework.Internal, "the server failed at many fields")
	}
	m.over.CompareAndSwap(nil, refusal)
}

func (m *meter) end(format string, args ...any) {
	m.over.CompareAndSwap(nil, framework.Errorf(framework.LimitExceeded, format, args...))
}
