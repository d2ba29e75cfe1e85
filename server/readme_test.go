package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/graph"
)

var update = flag.Bool("update", false, "write the answers shown in the documents anew")

// TestExamples sends the queries of a document, in order, to a server as it first
// starts, and expects the answers shown there.
func TestExamples(t *testing.T) {
	for _, name := range []string{"../README.md", "../docs/change-requests.md", "../docs/career-paths.md"} {
		t.Run(path.Base(name), func(t *testing.T) { testExamples(t, name) })
	}
}

func testExamples(t *testing.T, name string) {
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	st, err := openStore(t.Context(), location{dir: t.TempDir()}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := loadDemo(t.Context(), st.Catalog); err != nil {
		t.Fatal(err)
	}
	api := graph.New(graph.Options{
		Catalog: st.Catalog, Names: func(string) string { return "" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})

	examples := regexp.MustCompile("(?s)```graphql\n(.*?)```\n\n```json\n(.*?)```")
	n := 0
	fresh := examples.ReplaceAllStringFunc(string(readme), func(text string) string {
		n++
		query, want := examples.FindStringSubmatch(text)[1], examples.FindStringSubmatch(text)[2]
		body, _ := json.Marshal(map[string]string{"query": query})
		r := httptest.NewRequestWithContext(graph.WithActor(t.Context(), operatorActor), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		got := readable(t, w.Body.Bytes())
		if !*update && want != got {
			t.Errorf("example %d (-shown +answered):\n%s", n, cmp.Diff(want, got))
		}
		return strings.Replace(text, "```json\n"+want, "```json\n"+got, 1)
	})
	if n == 0 {
		t.Fatal("there are no examples")
	}
	if *update {
		if err := os.WriteFile(name, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readable indents JSON and keeps on one line what fits there.
func readable(t *testing.T, text []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return joinLines(b.String() + "\n")
}

// joinLines puts each object and list of an indented text on one line where it
// takes no more than 110 columns.
func joinLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		open := lines[i]
		if !strings.HasSuffix(open, "{") && !strings.HasSuffix(open, "[") {
			continue
		}
		indent := open[:len(open)-len(strings.TrimLeft(open, " "))]
		one := open
		for j := i + 1; j < len(lines) && len(one) <= 110; j++ {
			one += " " + strings.TrimSpace(lines[j])
			if strings.HasPrefix(lines[j], indent+"}") || strings.HasPrefix(lines[j], indent+"]") {
				if len(one) <= 110 {
					lines = append(append(lines[:i:i], one), lines[j+1:]...)
				}
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}
