package graph

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// keeping serves with room for answers.
func keeping(s *server, bytes int64) (*server, *Metrics) {
	var m Metrics
	other := *s
	other.options.CacheBytes, other.options.Metrics = bytes, &m
	other.Handler = newHandler(other.options, patiently)
	return &other, &m
}

// TestKeptAnswersAreExact is the law of kept answers, and of kept fragments: whatever
// happens, what is answered from them is what the generated code answers.
func TestKeptAnswersAreExact(t *testing.T) {
	s := past(t)
	kept, m := keeping(s, 64<<20)
	generated := s.generated(nil)
	var rare []string
	for _, r := range slices.Concat(reads, requestReads, releaseReads) {
		rare = append(rare, r.query)
	}
	turn := 0
	look := func(t *testing.T) {
		var queries []string
		for _, p := range slices.Concat(pages, pagesWithReleases) {
			queries = append(queries, p.query)
		}
		for i := turn % 7; i < len(rare); i += 7 {
			queries = append(queries, rare[i])
		}
		for i, q := range queries {
			actor := []framework.Actor{reader, con, lee, ada}[(turn+i)%4]
			agree(t, question{actor: actor, document: q}, generated.answer, kept.answer, kept.answer)
			agree(t, question{actor: reader, document: q}, generated.answer, kept.answer)
		}
		turn++
	}
	look(t)
	look(t)
	for _, d := range deeds() {
		t.Run(d.name, func(t *testing.T) {
			s.do(t, d)
			look(t)
		})
	}
	c := m.Counts()
	if c.Kept < c.Planned/2 || c.Planned < 500 {
		t.Errorf("counted %+v; that is too few of a kind to tell", c)
	}
}

func request(ctx context.Context, h http.Handler, method, query string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := post(ctx, query, nil)
	if method == http.MethodGet {
		r = httptest.NewRequestWithContext(ctx, method, "/graphql?query="+url.QueryEscape(query), nil)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

const listOfSkills = `{framework(code:"meridian"){skills(first:20){nodes{code name description}}}}`

func TestWhatIsKept(t *testing.T) {
	const profile = `{framework(code:"meridian"){rolesFor(have:{profile:[{skill:"ITOP",level:3}]},first:1){role{code}}}}`
	for name, test := range map[string]struct {
		query string
		again framework.Actor
		kept  bool
	}{
		"the same again":                      {listOfSkills, reader, true},
		"by another who may do the same":      {listOfSkills, framework.Actor{Access: framework.Reader}, true},
		"by someone signed in":                {listOfSkills, framework.Actor{ID: "r", Access: framework.Reader}, false},
		"by an editor":                        {listOfSkills, ada, false},
		"introspection":                       {`{__schema{queryType{name}}}`, reader, true},
		"an error":                            {`{framework(code:"meridian"){skills(first:-1){totalCount}}}`, reader, false},
		"a profile":                           {profile, reader, false},
		"what a mutation says of what it did": {`mutation{archiveFramework(input:{framework:"none",baseRevision:1}){errors{code}}}`, reader, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := keeping(demo(t), 1<<20)
			for _, actor := range []framework.Actor{reader, test.again} {
				request(WithActor(t.Context(), actor), s, http.MethodPost, test.query)
			}
			if got := m.Counts().Kept == 1; got != test.kept {
				t.Errorf("kept %v, want %v", got, test.kept)
			}
		})
	}
	t.Run("what tells who asks", func(t *testing.T) {
		s, m := keeping(demo(t), 1<<20)
		for _, id := range []string{"one", "two", "one"} {
			w := request(WithActor(t.Context(), framework.Actor{ID: id, Access: framework.Reader}), s, http.MethodPost, `{viewer{actor{id}}}`)
			if !strings.Contains(w.Body.String(), id) {
				t.Errorf("%s is told %s", id, w.Body)
			}
		}
		if c := m.Counts(); c.Kept != 1 || c.Answers != 2 {
			t.Errorf("counted %+v", c)
		}
	})
	t.Run("within its room", func(t *testing.T) {
		const most = 100 << 10
		s, m := keeping(demo(t), most)
		for i := range 200 {
			request(WithActor(t.Context(), reader), s, http.MethodPost, fmt.Sprintf(`{framework(code:"meridian"){a%d:name skills{nodes{description}}}}`, i), header("Accept-Encoding", "gzip"))
		}
		if c := m.Counts(); c.Bytes > most || c.Bytes < most/2 || c.Answers == 0 {
			t.Errorf("counted %+v", c)
		}
	})
	t.Run("nothing without room", func(t *testing.T) {
		s, m := keeping(demo(t), 0)
		for range 2 {
			request(WithActor(t.Context(), reader), s, http.MethodPost, listOfSkills)
		}
		if c := m.Counts(); c.Kept != 0 || c.Answers != 0 || c.Planned != 2 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestValidators(t *testing.T) {
	const public, private, noStore = "public, max-age=0, must-revalidate", "private, max-age=0, must-revalidate", ""
	profile := `query($have:CareerEnd!){framework(code:"meridian"){rolesFor(have:$have,first:1){role{code}}}}`
	for name, room := range map[string]int64{"kept": 1 << 20, "not kept": 0} {
		t.Run(name, func(t *testing.T) {
			s, _ := keeping(demo(t), room)
			for name, test := range map[string]struct {
				actor         framework.Actor
				method, query string
				change        func(*http.Request)
				control       string
			}{
				"anonymous":   {reader, http.MethodGet, listOfSkills, nil, public},
				"signed in":   {ada, http.MethodGet, listOfSkills, nil, private},
				"by POST":     {reader, http.MethodPost, listOfSkills, nil, noStore},
				"with errors": {reader, http.MethodGet, `{framework(code:"meridian"){skills(first:-1){totalCount}}}`, nil, noStore},
				"refused":     {reader, http.MethodGet, `{none}`, nil, noStore},
				"a profile in a variable": {reader, http.MethodGet, profile, func(r *http.Request) {
					r.URL.RawQuery += "&variables=" + url.QueryEscape(`{"have":{"profile":[{"skill":"ITOP"}]}}`)
				}, noStore},
				"a role in that variable": {reader, http.MethodGet, profile, func(r *http.Request) {
					r.URL.RawQuery += "&variables=" + url.QueryEscape(`{"have":{"role":"developer"}}`)
				}, public},
				"a profile in a fragment": {reader, http.MethodGet,
					`query($p:[SkillHeldInput!]){framework(code:"meridian"){...F}} fragment F on Framework{gap(have:{profile:$p},want:{role:"developer"}){readiness}}`,
					func(r *http.Request) { r.URL.RawQuery += "&variables=" + url.QueryEscape(`{"p":[{"skill":"ITOP"}]}`) }, noStore},
			} {
				t.Run(name, func(t *testing.T) {
					change := test.change
					if change == nil {
						change = func(*http.Request) {}
					}
					ctx := WithActor(t.Context(), test.actor)
					first := request(ctx, s, test.method, test.query, change)
					again := request(ctx, s, test.method, test.query, change)
					for _, w := range []*httptest.ResponseRecorder{first, again} {
						tag := w.Header().Get("ETag")
						if got := w.Header().Get("Cache-Control"); got != test.control || (tag != "") != (test.control != noStore) {
							t.Errorf("Cache-Control %q, ETag %q, want %q", got, tag, test.control)
						}
						if w.Body.String() != first.Body.String() || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
							t.Errorf("answered %q with length %s and %q", w.Body, w.Header().Get("Content-Length"), first.Body)
						}
						if tag == "" {
							continue
						}
						same := request(ctx, s, test.method, test.query, change, header("If-None-Match", tag))
						if same.Code != http.StatusNotModified || same.Body.Len() > 0 || same.Header().Get("ETag") != tag || same.Header().Get("Cache-Control") != test.control {
							t.Errorf("asked again: %d %v %s", same.Code, same.Header(), same.Body)
						}
						other := request(ctx, s, test.method, test.query, change, header("If-None-Match", `"other"`))
						if other.Code != http.StatusOK || other.Body.String() != first.Body.String() {
							t.Errorf("asked for another: %d %s", other.Code, other.Body)
						}
					}
				})
			}
		})
	}
}

// TestCodings tells tags apart by what the bytes are.
func TestCodings(t *testing.T) {
	s, _ := keeping(demo(t), 1<<20)
	ctx := WithActor(t.Context(), reader)
	plain := request(ctx, s, http.MethodGet, listOfSkills)
	tags := map[string]bool{}
	for range 2 { // made and kept
		for _, encoding := range []string{"", "gzip"} {
			for _, accept := range []string{"", typeResponse} {
				w := request(ctx, s, http.MethodGet, listOfSkills, header("Accept-Encoding", encoding), header("Accept", accept))
				text := w.Body.Bytes()
				if got := w.Header().Get("Content-Encoding"); got != encoding {
					t.Errorf("with %q the coding is %q", encoding, got)
				}
				if encoding != "" {
					z, err := gzip.NewReader(bytes.NewReader(text))
					if err != nil {
						t.Fatal(err)
					}
					if text, err = io.ReadAll(z); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(text, plain.Body.Bytes()) {
					t.Errorf("%q %q is %q, want %q", encoding, accept, text, plain.Body)
				}
				tags[w.Header().Get("ETag")] = true
				vary := w.Header().Values("Vary")
				if !slices.Contains(vary, "Accept") || !slices.Contains(vary, "Accept-Encoding") {
					t.Errorf("varies with %q", vary)
				}
			}
		}
	}
	if len(tags) != 4 {
		t.Errorf("tags are %v", tags)
	}
	for name, query := range map[string]string{"short": `{framework{code}}`} {
		if w := request(ctx, s, http.MethodGet, query, header("Accept-Encoding", "gzip")); w.Header().Get("Content-Encoding") != "" {
			t.Errorf("a %s answer is compressed", name)
		}
	}
}

// TestHooksOfKeptAnswers runs the hooks of the executor around answers that are kept.
func TestHooksOfKeptAnswers(t *testing.T) {
	s, m := keeping(demo(t), 1<<20)
	h := newHandler(s.options, patiently)
	operations, responses := 0, 0
	h.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		operations++
		if oc := graphql.GetOperationContext(ctx); oc.RawQuery != listOfSkills || oc.Operation == nil || oc.Headers == nil {
			t.Errorf("the context of the operation is %+v", oc)
		}
		return next(ctx)
	})
	h.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		responses++
		resp := next(ctx)
		resp.Extensions = map[string]any{"n": responses}
		return resp
	})
	for i := range 3 {
		w := request(WithActor(t.Context(), reader), h, http.MethodPost, listOfSkills)
		if end := fmt.Sprintf(`,"extensions":{"n":%d}}`, i+1); !strings.HasSuffix(w.Body.String(), end) {
			t.Errorf("response %d is %s", i+1, w.Body)
		}
	}
	if operations != 3 || responses != 3 || m.Counts().Kept != 2 {
		t.Errorf("%d operations and %d responses, of which %+v", operations, responses, m.Counts())
	}
}

// TestFallbacks counts what is left to the generated code, and why.
func TestFallbacks(t *testing.T) {
	s, m := keeping(demo(t), 0)
	ctx := WithActor(t.Context(), reader)
	request(ctx, s, http.MethodPost, listOfSkills)
	request(ctx, s, http.MethodPost, `{__type(name:"Skill"){name}}`)
	h := newHandler(s.options, patiently)
	h.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) })
	request(ctx, h, http.MethodPost, listOfSkills)
	h = newHandler(s.options, patiently)
	h.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) })
	request(ctx, h, http.MethodPost, listOfSkills)
	var many strings.Builder // of each type that a node may be
	for i := range 1_000 {
		fmt.Fprintf(&many, " i%d:id", i)
	}
	request(ctx, s, http.MethodPost, `{node(id:"skill:meridian:ITOP"){`+many.String()+`}}`)
	c := m.Counts()
	if c.Planned != 1 || c.Fallbacks["introspection"] != 1 || c.Fallbacks["field_hook"] != 2 || c.Fallbacks["too_large"] != 1 || c.Fallbacks["panic"] != 0 {
		t.Errorf("counted %+v", c)
	}
}

// TestPanicOfAPlan leaves a query whose plan panics to the generated code, which tells of
// it where it happened and answers the rest.
func TestPanicOfAPlan(t *testing.T) {
	s := demo(t)
	s.options.Names = func(string) string { panic("no names today") }
	s, m := keeping(s, 1<<20)
	const query = `{revision(seq:1){seq author{id name}}}`
	for range 2 {
		a := s.ask(t, root, query, nil)
		want := `{"revision":{"author":{"id":"root","name":null},"seq":1}}`
		if got, err := json.Marshal(a.Data); err != nil || string(got) != want {
			t.Errorf("answered %s %v, want %s", got, err, want)
		}
		if len(a.Errors) != 1 || a.Errors[0].code() != string(framework.Internal) || !slices.Equal(a.Errors[0].Path, []any{"revision", "author", "name"}) {
			t.Errorf("told %+v", a.Errors)
		}
	}
	if c := m.Counts(); c.Fallbacks["panic"] != 2 || c.Planned != 0 || c.Answers != 0 {
		t.Errorf("counted %+v", c)
	}
}

// TestFragmentsCount holds what is written from fragments to the bounds on an answer.
func TestFragmentsCount(t *testing.T) {
	s := newServer(t)
	s.edit(t, sample.Framework, sample.Edits(500, 0)...)
	var long []framework.Edit
	for i := range 500 {
		long = append(long, framework.UpdateSkill{Code: sample.SkillCode(i), Description: framework.Some(strings.Repeat("Long. ", 2_000))})
	}
	s.edit(t, sample.Framework, long...)
	var fields, texts strings.Builder
	for i := range 404 { // in a document that is kept
		fmt.Fprintf(&fields, " a%x:id", i)
	}
	for i := range 6 {
		fmt.Fprintf(&texts, " a%d:skills(first:500){nodes{description}}", i)
	}
	for name, query := range map[string]string{
		"fields": `{framework{skills(first:500){nodes{category{` + fields.String() + `}}}}}`,
		"text":   `{framework{` + texts.String() + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				if a := s.refuse(t, root, query, nil, framework.LimitExceeded); !strings.Contains(a.Errors[0].Message, "the answer has more than") {
					t.Errorf("refused with %+v", a.Errors)
				}
			}
		})
	}
}
