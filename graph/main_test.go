package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Whoever the tests act as.
var (
	root   = framework.Actor{ID: "root", Name: "Root", Access: framework.Admin}
	ada    = framework.Actor{ID: "ada", Access: framework.Editor}
	reader = framework.Actor{Access: framework.Reader}
	nobody = framework.Actor{}
)

// noon is when the first revision of a test is made; each later one is made a
// minute after the one before.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A server is the API over a catalog over a journal in a temporary folder.
type server struct {
	http.Handler
	catalog *catalog.Catalog
	options Options
	log     *bytes.Buffer
}

// newServer serves an empty store, changed as given.
func newServer(t testing.TB, change ...func(*Options)) *server {
	t.Helper()
	return serve(t, openJournal(t), change...)
}

func openJournal(t testing.TB) *journal.Bolt {
	t.Helper()
	j, err := journal.OpenBolt(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func serve(t testing.TB, j catalog.Journal, change ...func(*Options)) *server {
	t.Helper()
	var ids, minutes atomic.Int64
	c, err := catalog.Open(t.Context(), j, catalog.Options{
		Taken:     journal.ErrTaken,
		Unknown:   journal.ErrOutcomeUnknown,
		NotStored: journal.ErrNotStored, Newer: journal.ErrNewerFormat, Final: journal.Final,
		Now:   func() time.Time { return noon.Add(time.Duration(minutes.Add(1)-1) * time.Minute) },
		NewID: func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids.Add(1)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	log := &bytes.Buffer{}
	o := Options{
		Catalog: c,
		Names: func(id string) string {
			if id == root.ID {
				return root.Name
			}
			return ""
		},
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	return &server{Handler: New(o), catalog: c, options: o, log: log}
}

// demo serves the demo framework, which is revision 1.
func demo(t testing.TB, change ...func(*Options)) *server {
	t.Helper()
	s := newServer(t, change...)
	s.load(t)
	return s
}

// demoFile is the demo framework.
func demoFile(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("../server/demo/meridian.json")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func (s *server) load(t testing.TB) {
	t.Helper()
	plan, err := exchange.Import(t.Context(), s.catalog.Head(), "json", []exchange.File{{Name: "meridian.json", Content: demoFile(t)}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.edit(t, plan.Framework, plan.Edits...)
}

// edit changes a framework behind the API's back.
func (s *server) edit(t testing.TB, code string, edits ...framework.Edit) int64 {
	t.Helper()
	outcome, err := s.catalog.Edit(t.Context(), root, catalog.Request{
		Framework: code, BaseRevision: s.catalog.Head().Seq(), Message: "Edit " + code, Edits: edits,
	})
	if err != nil {
		t.Fatal(err)
	}
	return outcome.World.Seq()
}

// rename gives a skill of the demo framework another name.
func (s *server) rename(name string) error {
	_, err := s.catalog.Edit(context.Background(), root, catalog.Request{
		Framework: "meridian", BaseRevision: s.catalog.Head().Seq(),
		Edits: []framework.Edit{framework.UpdateSkill{Code: "ITMG", Name: framework.Some(name)}},
	})
	return err
}

// vars are the variables of a request.
type vars map[string]any

// An answer is a response as a client reads it.
type answer struct {
	Status int
	Body   string
	Data   map[string]any
	Errors []answerError
}

type answerError struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

func (e answerError) code() any { return e.Extensions["code"] }

// send sends a request as an actor.
func (s *server) send(t testing.TB, actor framework.Actor, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r.WithContext(WithActor(r.Context(), actor)))
	a := answer{Status: w.Code, Body: w.Body.String()}
	if len(a.Body) > 0 {
		if err := json.Unmarshal([]byte(a.Body), &a); err != nil {
			t.Fatalf("the answer is not JSON: %v\n%.1000s", err, a.Body)
		}
	}
	return a
}

func post(ctx context.Context, query string, v vars) *http.Request {
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		panic(err)
	}
	return postBody(ctx, string(body))
}

func postBody(ctx context.Context, body string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// ask sends a document as an actor.
func (s *server) ask(t testing.TB, actor framework.Actor, query string, v vars) answer {
	t.Helper()
	return s.send(t, actor, post(t.Context(), query, v))
}

// want asks and expects this data, as JSON, and no error.
func (s *server) want(t testing.TB, actor framework.Actor, query string, v vars, want string) {
	t.Helper()
	a := s.ask(t, actor, query, v)
	if len(a.Errors) > 0 {
		t.Fatalf("got errors %+v", a.Errors)
	}
	wantJSON(t, want, a.Data)
}

// refuse asks and expects errors of this code only.
func (s *server) refuse(t testing.TB, actor framework.Actor, query string, v vars, code framework.Code) answer {
	t.Helper()
	a := s.ask(t, actor, query, v)
	wantCode(t, a, code)
	return a
}

func wantCode(t testing.TB, a answer, code framework.Code) {
	t.Helper()
	if len(a.Errors) == 0 {
		t.Fatalf("got no error, want %s: %.1000s", code, a.Body)
	}
	for _, e := range a.Errors {
		if e.code() != string(code) || e.Message == "" {
			t.Fatalf("got error %+v, want %s", e, code)
		}
	}
}

func wantJSON(t testing.TB, want string, got any) {
	t.Helper()
	var w any
	d := json.NewDecoder(strings.NewReader(want))
	if err := d.Decode(&w); err != nil {
		t.Fatalf("%v: %s", err, want)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one value: %s", want)
	}
	if m, ok := got.(map[string]any); ok {
		got = any(m)
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Fatalf("answer differs (-want +got):\n%s", diff)
	}
}

// at returns what an answer holds under keys and indices.
func at(t testing.TB, v any, path ...any) any {
	t.Helper()
	for i, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v is %v, not an object", path[:i], v)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("%v is %v, without an element %d", path[:i], v, p)
			}
			v = l[p]
		}
	}
	return v
}

// golden compares a text with a golden file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got), see -update:\n%s", name, diff)
	}
}
