// Package skillatlas holds the tests that concern the repository as a whole.
package skillatlas

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "skillatlas/"

// TestArchitecture holds the code to the table in docs/architecture.md: which
// packages there are, and what each may import.
func TestArchitecture(t *testing.T) {
	allowed := readTable(t)
	imports := readImports(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(allowed)), slices.Sorted(maps.Keys(imports))); diff != "" {
		t.Errorf("packages (-in the table +in the code):\n%s", diff)
	}
	for pkg, paths := range imports {
		for _, p := range paths {
			own, isOwn := strings.CutPrefix(p, module)
			if isOwn && !slices.Contains(allowed[pkg], own) {
				t.Errorf("%s imports %s, which the table does not allow", pkg, own)
			}
		}
	}
}

// TestConfinement keeps libraries where they belong.
func TestConfinement(t *testing.T) {
	confined := []struct {
		library string
		to      []string
	}{
		{"github.com/99designs/gqlgen", []string{"graph", "internal/generate", "server"}},
		{"github.com/vektah/gqlparser", []string{"graph", "server"}},
		{"go.mongodb.org/mongo-driver", []string{"internal/journal", "internal/mongotest"}},
		{"go.etcd.io/bbolt", []string{"internal/journal"}},
		{"github.com/rs/cors", []string{"server"}},
		{"net", []string{"server", "internal/mongotest"}},
		{"net/http", []string{"graph", "server"}},
		{"os", []string{"server", "internal/generate", "internal/journal", "internal/mongotest"}},
		{"log/slog", []string{"graph", "server"}},
	}
	for pkg, paths := range readImports(t) {
		for _, c := range confined {
			for _, p := range paths {
				if (p == c.library || strings.Contains(c.library, ".") && strings.HasPrefix(p, c.library+"/")) && !slices.Contains(c.to, pkg) {
					t.Errorf("%s imports %s, which belongs to %v", pkg, p, c.to)
				}
			}
		}
	}
	impure := []string{"time.Now", "time.Since", "math/rand", "crypto/rand", "os", "log", "log/slog", "context.Background"}
	for name, text := range sources(t, "internal/framework") {
		for _, what := range impure {
			if strings.Contains(text, what+"(") || strings.Contains(text, strconv.Quote(what)) {
				t.Errorf("%s uses %s; package framework is pure", name, what)
			}
		}
	}
}

// readTable reads package → own packages it may import from the document.
func readTable(t *testing.T) map[string][]string {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|[^|]*\\|([^|]*)\\|$")
	code := regexp.MustCompile("`([a-z/]+)`")
	table := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		table[m[1]] = []string{}
		for _, c := range code.FindAllStringSubmatch(m[2], -1) {
			table[m[1]] = append(table[m[1]], c[1])
		}
	}
	return table
}

// readImports reads package → imports of its code, tests aside, from the sources.
func readImports(t *testing.T) map[string][]string {
	imports := map[string][]string{}
	for _, top := range []string{"graph", "server", "internal"} {
		for name, text := range sources(t, top) {
			f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			pkg := path.Dir(filepath.ToSlash(name))
			for _, spec := range f.Imports {
				p, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				imports[pkg] = append(imports[pkg], p)
			}
			if imports[pkg] == nil {
				imports[pkg] = []string{}
			}
		}
	}
	return imports
}

// sources reads the Go files below a folder, tests aside.
func sources(t *testing.T, top string) map[string]string {
	texts := map[string]string{}
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			texts[name] = string(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
