package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/framework"
)

func TestHTTP(t *testing.T) {
	s := demo(t)
	const query = `{"query":"{viewer{access}}"}`
	request := func(method, target, body string, headers ...string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	post := func(body string, headers ...string) *http.Request {
		return request(http.MethodPost, "/graphql", body, append([]string{"Content-Type", "application/json"}, headers...)...)
	}
	get := func(values ...string) *http.Request {
		v := url.Values{}
		for i := 0; i < len(values); i += 2 {
			v.Set(values[i], values[i+1])
		}
		return request(http.MethodGet, "/graphql?"+v.Encode(), "")
	}
	limitedBody := post(`{"query":"` + strings.Repeat(" ", 1000) + `{viewer{access}}"}`)
	limitedBody.Body = http.MaxBytesReader(nil, limitedBody.Body, 100)
	const response = "application/graphql-response+json"
	const invalid = framework.Invalid
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		code   framework.Code // empty for success
	}{
		"POST":                        {post(query), 200, ""},
		"POST with a charset":         {post(query, "Content-Type", "application/json; charset=utf-8"), 200, ""},
		"POST with null variables":    {post(`{"query":"{viewer{access}}","variables":null,"operationName":null,"extensions":{}}`), 200, ""},
		"POST accepting a response":   {post(query, "Accept", response+", application/json;q=0.9"), 200, ""},
		"POST accepting anything":     {post(query, "Accept", "*/*"), 200, ""},
		"POST with an upgrade":        {post(query, "Upgrade", "websocket", "Connection", "Upgrade"), 200, ""},
		"GET":                         {get("query", "{viewer{access}}"), 200, ""},
		"GET with variables":          {get("query", "query A($n:Int!){revision(seq:$n){seq}} query B{viewer{access}}", "operationName", "A", "variables", `{"n":1}`), 200, ""},
		"POST of a form":              {post("query={viewer{access}}", "Content-Type", "application/x-www-form-urlencoded"), 415, invalid},
		"POST of no type":             {post(query, "Content-Type", ""), 415, invalid},
		"POST of text":                {post(query, "Content-Type", "text/plain"), 415, invalid},
		"POST of a multipart form":    {post("--x--", "Content-Type", "multipart/form-data; boundary=x"), 415, invalid},
		"POST of nothing":             {post(""), 400, invalid},
		"POST of no JSON":             {post("{viewer{access}}"), 400, invalid},
		"POST of a list":              {post("[" + query + "]"), 400, invalid},
		"POST of a text":              {post(`"{viewer{access}}"`), 400, invalid},
		"POST of two":                 {post(query + query), 400, invalid},
		"POST of a query of no text":  {post(`{"query":1}`), 400, invalid},
		"POST of no query":            {post(`{}`), 422, invalid},
		"POST of a URL's query":       {post("?query={viewer{access}}"), 400, invalid},
		"POST of null":                {post(`null`), 422, invalid},
		"POST with listed variables":  {post(`{"query":"{viewer{access}}","variables":[]}`), 400, invalid},
		"POST of too much":            {limitedBody, 413, framework.LimitExceeded},
		"GET of nothing":              {request(http.MethodGet, "/graphql", ""), 422, invalid},
		"GET of a bad URL":            {request(http.MethodGet, "/graphql?query=%zz", ""), 400, invalid},
		"GET with bad variables":      {get("query", "{viewer{access}}", "variables", "{"), 400, invalid},
		"GET of a mutation":           {get("query", `mutation{archiveFramework(input:{framework:"meridian",baseRevision:1}){errors{code}}}`), 405, invalid},
		"PUT":                         {request(http.MethodPut, "/graphql", query, "Content-Type", "application/json"), 405, invalid},
		"DELETE":                      {request(http.MethodDelete, "/graphql", ""), 405, invalid},
		"no GraphQL":                  {post(`{"query":"{viewer{"}`), 422, invalid},
		"no GraphQL, by the standard": {post(`{"query":"{viewer{"}`, "Accept", response), 400, invalid},
		"unknown field":               {post(`{"query":"{nothing}"}`), 422, invalid},
		"unknown operation":           {post(`{"query":"query A{viewer{access}}","operationName":"B"}`), 422, invalid},
		"operation not named":         {post(`{"query":"query A{viewer{access}} query B{viewer{access}}"}`), 422, invalid},
		"subscription":                {post(`{"query":"subscription{viewer{access}}"}`), 422, invalid},
		"no operation":                {post(`{"query":"fragment F on Viewer{access}"}`), 422, invalid},
		"too complex":                 {post(`{"query":"{frameworks(first:500){nodes{skills(first:500){nodes{levels{code}}}}}}"}`), 422, framework.LimitExceeded},
		"too deep":                    {post(`{"query":"` + nest(30, "{...", "{viewer{access}}", "}") + `"}`), 422, framework.LimitExceeded},
		"an error of a field":         {post(`{"query":"{framework{skills(first:501){totalCount}}}"}`), 200, framework.LimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, c.r.WithContext(WithActor(c.r.Context(), reader)))
			if w.Code != c.status {
				t.Errorf("got status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			want := "application/json"
			if strings.Contains(c.r.Header.Get("Accept"), response) {
				want = response
			}
			if got := w.Header().Get("Content-Type"); got != want {
				t.Errorf("answered as %s", got)
			}
			a := answer{Body: w.Body.String()}
			if err := decode(strings.NewReader(a.Body), "the answer", &a); err != nil {
				t.Fatalf("%v: %s", err, a.Body)
			}
			if c.code != "" {
				wantCode(t, a, c.code)
			} else if len(a.Errors) > 0 {
				t.Error(a.Errors)
			}
			if c.status == 405 && w.Header().Get("Allow") == "" {
				t.Error("no Allow header")
			}
		})
	}
	t.Run("OPTIONS", func(t *testing.T) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request(http.MethodOptions, "/graphql", ""))
		if w.Code != 200 || w.Header().Get("Allow") != "OPTIONS, GET, POST" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	})
	t.Run("HEAD", func(t *testing.T) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request(http.MethodHead, "/graphql", ""))
		if w.Code != 405 {
			t.Error(w.Code)
		}
	})
	t.Run("a request that breaks off", func(t *testing.T) {
		a := s.send(t, reader, request(http.MethodPost, "/graphql", "", "Content-Type", "application/json").WithContext(t.Context()))
		wantCode(t, a, invalid)
		r := post(query)
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(query[:9]), &failing{}))
		wantCode(t, s.send(t, reader, r), invalid)
	})
	if s.log.Len() > 0 {
		t.Errorf("something was logged: %s", s.log)
	}
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, errors.New("connection reset by 10.0.0.1") }

// TestRefusalsAreShort sends what refusals could quote.
func TestRefusalsAreShort(t *testing.T) {
	s := demo(t)
	long := strings.Repeat("x", 50_000)
	for name, a := range map[string]answer{
		"body":     s.send(t, reader, postBody(t.Context(), long)),
		"field":    s.ask(t, reader, "{"+long+"}", nil),
		"value":    s.ask(t, reader, `{framework{skills(first:"`+long+`"){totalCount}}}`, nil),
		"variable": s.ask(t, reader, `query($n:Int!){revision(seq:$n){seq}}`, vars{"n": long}),
		"nested":   s.ask(t, reader, `query($at:At){framework(at:$at){code}}`, vars{"at": object{long: 1}}),
		"enum":     s.ask(t, reader, `query($s:Status!){framework{attributes(status:[$s]){code}}}`, vars{"s": long}),
		"time":     s.ask(t, reader, `{framework(at:{time:"`+long+`"}){code}}`, nil),
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, a, framework.Invalid)
			if len(a.Body) > 3_000 {
				t.Errorf("%d bytes: %.300s", len(a.Body), a.Body)
			}
		})
	}
}

func TestPresent(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		code   framework.Code
		logged bool
	}{
		"refusal":             {fmt.Errorf("read: %w", framework.Errorf(framework.Conflict, "it was changed")), framework.Conflict, false},
		"wrapped refusal":     {gqlerror.Wrap(framework.Errorf(framework.NotFound, "it is not there")), framework.NotFound, false},
		"refusal for a cause": {fmt.Errorf("%w: %w", framework.Errorf(framework.Unavailable, "try again"), errors.New("disk full")), framework.Unavailable, true},
		"refusal for time":    {fmt.Errorf("%w: %w", framework.Errorf(framework.Unavailable, "try again"), context.DeadlineExceeded), framework.Unavailable, false},
		"deadline":            {fmt.Errorf("load: %w", context.DeadlineExceeded), framework.LimitExceeded, false},
		"cancellation":        {gqlerror.Wrap(context.Canceled), framework.LimitExceeded, false},
		"validation":          {&gqlerror.Error{Message: "no", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}, framework.Invalid, false},
		"unknown code":        {&gqlerror.Error{Message: "disk full", Extensions: map[string]any{"code": "DISK"}}, framework.Internal, true},
		"anything else":       {errors.New("disk full"), framework.Internal, true},
		"null for a value":    {gqlerror.Wrap(errors.New("must not be null")), framework.Internal, true},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			a := &api{Options: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
			e := a.present(t.Context(), c.err)
			if e.Extensions["code"] != c.code || len(e.Extensions) != 1 || strings.Contains(e.Message, "disk") {
				t.Errorf("presented %+v", e)
			}
			if c.logged != (log.Len() > 0) {
				t.Errorf("logged %q", log.String())
			}
		})
	}
}

func TestPanicsAreLoggedOnceAndNotTold(t *testing.T) {
	s := past(t, func(o *Options) {
		o.Names = func(id string) string {
			return id[:100]
		}
	})
	a := s.ask(t, root, `{framework(code:"meridian"){code} viewer{access actor{id name}} revision(seq:1){author{id}}}`, nil)
	wantJSON(t, `{"framework":{"code":"meridian"},"viewer":{"access":"ADMIN","actor":{"id":"root","name":null}},"revision":{"author":{"id":"root"}}}`, a.Data)
	wantCode(t, a, framework.Internal)
	wantJSON(t, `["viewer","actor","name"]`, any(a.Errors[0].Path))
	_, ref, _ := strings.Cut(a.Errors[0].Message, "under ")
	log := s.log.String()
	if len(ref) != 36 || strings.Count(log, ref) != 1 || strings.Count(log, "\n") != 1 || !strings.Contains(log, "stack=") || !strings.Contains(log, "errors_test.go") {
		t.Errorf("told %s, logged %s", a.Body, log)
	}
	if contains(a.Body, []string{"slice bounds", "goroutine", ".go"}) {
		t.Errorf("told: %s", a.Body)
	}
}

func TestPanicOutsideOfFields(t *testing.T) {
	s := demo(t)
	r := post(t.Context(), `{viewer{access}}`, nil)
	r.Body = panicking{}
	a := s.send(t, reader, r)
	wantCode(t, a, framework.Internal)
	if a.Status != 500 || strings.Count(s.log.String(), "\n") != 1 || strings.Contains(a.Body, "boom") {
		t.Errorf("told %s, logged %s", a.Body, s.log)
	}
}

type panicking struct{ io.ReadCloser }

func (panicking) Read([]byte) (int, error) { panic("boom") }

func TestDeadlines(t *testing.T) {
	const long = `{framework{skills(first:500){nodes{code name description levels{code description}}}}}`
	t.Run("passed before", func(t *testing.T) {
		s := demo(t)
		s.Handler = newHandler(s.options, timeouts{read: -1, write: time.Minute, catchUp: time.Minute})
		a := s.refuse(t, reader, long, nil, framework.LimitExceeded)
		if len(a.Errors) != 1 || a.Data != nil {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the client goes away before", func(t *testing.T) {
		s := demo(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantCode(t, s.send(t, reader, post(ctx, long, nil)), framework.LimitExceeded)
		wantCode(t, s.send(t, reader, post(ctx, `{framework(minRevision:9){code}}`, nil)), framework.Unavailable)
	})
	t.Run("the client goes away", func(t *testing.T) {
		for _, moment := range []int64{1, 50, 200} {
			ctx, cancel := context.WithCancel(t.Context())
			var asked atomic.Int64
			s := past(t, func(o *Options) {
				o.Names = func(string) string {
					if asked.Add(1) == moment {
						cancel()
					}
					return "Someone"
				}
			})
			a := s.send(t, reader, post(ctx, "{"+repeat(60, "a%d:revisions{nodes{author{name}}}")+"}", nil))
			wantCode(t, a, framework.LimitExceeded)
			if n := asked.Load(); len(a.Errors) != 1 || a.Data != nil || n > moment+100 {
				t.Errorf("after %d: %d fields, %d errors, %.300s", moment, n, len(a.Errors), a.Body)
			}
			if s.log.Len() > 0 {
				t.Errorf("something was logged: %s", s.log)
			}
		}
	})
	t.Run("of a change", func(t *testing.T) {
		s := demo(t)
		s.Handler = newHandler(s.options, timeouts{read: time.Minute, write: -1, catchUp: time.Minute})
		a := s.ask(t, ada, editing, vars{"in": rename(1, "A")})
		if s.catalog.Head().Seq() != 1 {
			t.Error("something was changed")
		}
		if len(a.Errors) > 0 {
			wantCode(t, a, framework.LimitExceeded)
		} else if at(t, a.Data, "p", "errors", 0, "code") != "UNAVAILABLE" {
			t.Errorf("%v", a.Data)
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	s := newServer(t)
	text := strings.Repeat("x", 20_000)
	edits := []framework.Edit{framework.CreateFramework{Code: "big", Name: "Big"}}
	for i := range 500 {
		edits = append(edits, framework.CreateSkill{Code: fmt.Sprint("S", i), Name: "Skill", Description: text})
	}
	s.edit(t, "big", edits...)
	ended := func(t *testing.T, query, message string) {
		t.Helper()
		a := s.refuse(t, reader, query, nil, framework.LimitExceeded)
		if len(a.Errors) != 1 || a.Data != nil || !strings.Contains(a.Errors[0].Message, message) {
			t.Errorf("%+v", a)
		}
	}
	t.Run("text", func(t *testing.T) {
		ended(t, "{framework{"+repeat(10, "a%d:skills(first:500){nodes{description}}")+"}}", "bytes of text")
	})
	t.Run("fields", func(t *testing.T) {
		// A level has a text for each attribute, a list that counts as ten.
		var edits []framework.Edit
		for level := range 3 {
			edits = append(edits, framework.DefineLevel{Ordinal: level + 1, Name: framework.Some("Level")})
		}
		for i := range 200 {
			code := fmt.Sprint("A", i)
			edits = append(edits, framework.CreateAttribute{Code: code, Name: "A"})
			for level := range 3 {
				edits = append(edits, framework.DefineAttributeLevel{Attribute: code, Level: level + 1, Description: "x"})
			}
		}
		s.edit(t, "big", edits...)
		ended(t, "{framework{"+repeat(150, "a%d:levels{attributes{attribute{code name}}}")+"}}", "fields")
	})
	t.Run("errors", func(t *testing.T) {
		a := s.refuse(t, reader, "{framework{"+repeat(100, "a%d:skills(first:-1){totalCount}")+"}}", nil, framework.Invalid)
		if len(a.Errors) != maxErrors+1 || a.Errors[maxErrors].Message != "there are 80 more errors; mend these first" {
			t.Errorf("%+v", a.Errors)
		}
	})
	t.Run("very many errors", func(t *testing.T) {
		a := s.refuse(t, reader, "{framework{skills(first:500){nodes{"+repeat(10, "a%d:requiredBy(first:-1){totalCount}")+"}}}}", nil, framework.Invalid)
		if len(a.Errors) != 1 || a.Data != nil {
			t.Errorf("%d errors, %.300s", len(a.Errors), a.Body)
		}
	})
}
