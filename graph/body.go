package graph

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// A body is the JSON of a response that has nothing but data.
type body []byte

const beforeData, afterData = `{"data":`, `}`

func newBody(data []byte) body {
	b := make(body, 0, len(beforeData)+len(data)+len(afterData))
	return append(append(append(b, beforeData...), data...), afterData...)
}

func (b body) data() []byte { return b[len(beforeData) : len(b)-len(afterData)] }

// is reports whether a response is the body still, and no hook has made another of it.
func (b body) is(resp *graphql.Response) bool {
	return len(b) > 0 && len(resp.Errors) == 0 && len(resp.Extensions) == 0 &&
		len(resp.Data) == len(b.data()) && &resp.Data[0] == &b.data()[0]
}

// buffers are for requests on their way in and bodies on their way out. The data of a
// response is in one until the response is written.
type buffers struct{ pool sync.Pool }

// mostBuffered is how large a buffer may be that is used again.
const mostBuffered = 1 << 20

func (b *buffers) take() []byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return (*buf)[:0]
	}
	return make([]byte, 0, 8<<10)
}

func (b *buffers) give(buf []byte) {
	if cap(buf) > 0 && cap(buf) <= mostBuffered {
		b.pool.Put(&buf)
	}
}
