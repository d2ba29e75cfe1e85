package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// benchQueries are those of the module bench, by a key that varies.
var benchQueries = []struct{ name, query string }{
	{"skill", `query Skill($code: String!) { framework { skill(code: $code) {
		code name description guidance synonyms category { code name }
		levels { level { ordinal name essence } description }
		related(first: 3) { type skill { code name description } }
	} } }`},
	{"graph", `query Graph($code: String!) { framework { graph(roots: [$code], depth: 2, limit: 75, edgeLimit: 100) {
		nodes { id label code group levels distance degree }
		edges { source target origin type directed likeness }
		cut
	} } }`},
	{"catalogue", `query Catalogue($after: String) { framework { skills(first: 100, after: $after) {
		nodes { code name status position category { code name } levels { code level { ordinal name } } }
		pageInfo { hasNextPage endCursor }
		totalCount
	} } }`},
}

const benchKeys = 150

// BenchmarkRead answers queries on 1,000 skills and 8,000 relations, without HTTP:
// compiled, kept, and by the code that gqlgen generates.
func BenchmarkRead(b *testing.B) {
	s := newServer(b)
	s.edit(b, sample.Framework, sample.Edits(1_000, 8_000)...)
	keeping := s.options
	keeping.CacheBytes = 64 << 20
	cached, generated := New(keeping), New(s.options)
	generated.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) })
	for _, q := range benchQueries {
		b.Run(q.name+"/compiled", func(b *testing.B) { benchmarkRead(b, s.Handler, q.query) })
		b.Run(q.name+"/cached", func(b *testing.B) { benchmarkRead(b, cached, q.query) })
		b.Run(q.name+"/generated", func(b *testing.B) { benchmarkRead(b, generated, q.query) })
	}
}

func benchmarkRead(b *testing.B, h http.Handler, query string) {
	ctx := WithActor(b.Context(), framework.Actor{Access: framework.Reader})
	request := func(body []byte) *http.Request {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	bodies := make([][]byte, benchKeys)
	for i := range bodies {
		var err error
		cursor := base64.RawURLEncoding.EncodeToString([]byte("CODE:" + sample.SkillCode(i)))
		bodies[i], err = json.Marshal(map[string]any{"query": query, "variables": map[string]any{"code": sample.SkillCode(i), "after": cursor}})
		if err != nil {
			b.Fatal(err)
		}
	}
	first := httptest.NewRecorder()
	h.ServeHTTP(first, request(bodies[0]))
	if !strings.HasPrefix(first.Body.String(), `{"data":{"framework":{`) {
		b.Fatalf("%.300s", first.Body)
	}
	b.ReportAllocs()
	b.SetBytes(int64(first.Body.Len()))
	w := discard{http.Header{}}
	i := 0
	for b.Loop() {
		h.ServeHTTP(w, request(bodies[i%benchKeys]))
		i++
	}
}

// discard is where an answer goes that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(status int)      { clear(d.header) }
func (d discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }
