package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestExplorerServesItsPageAtTheRootOnly(t *testing.T) {
	for _, tt := range []struct {
		name, method, path string
		want               int
	}{
		{"page", "GET", "/", http.StatusOK},
		{"head of the page", "HEAD", "/", http.StatusOK},
		{"licences", "GET", "/explorer/LICENSES.txt", http.StatusOK},
		{"page under another name", "GET", "/explorer/index.html", http.StatusNotFound},
		{"directory", "GET", "/explorer/", http.StatusNotFound},
		{"directory of assets", "GET", "/explorer/assets/", http.StatusNotFound},
		{"unknown asset", "GET", "/explorer/assets/explorer.js", http.StatusNotFound},
		{"API", "POST", "/graphql", http.StatusNotFound},
		{"health", "GET", "/healthz", http.StatusNotFound},
		{"readiness", "GET", "/readyz", http.StatusNotFound},
		{"anything else", "GET", "/favicon.ico", http.StatusNotFound},
		{"posting to the page", "POST", "/", http.StatusMethodNotAllowed},
		{"deleting a file", "DELETE", "/explorer/LICENSES.txt", http.StatusMethodNotAllowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := explore(newExplorer(), tt.method, tt.path, nil)
			if got.StatusCode != tt.want {
				t.Errorf("%s %s: status %d, want %d", tt.method, tt.path, got.StatusCode, tt.want)
			}
			if tt.want == http.StatusMethodNotAllowed && got.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q, want GET, HEAD", got.Header.Get("Allow"))
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
				"Referrer-Policy":         "no-referrer",
				"X-Content-Type-Options":  "nosniff",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
				}
			}
			body := read(t, got.Body)
			if tt.method == "HEAD" && body != "" {
				t.Errorf("HEAD is answered with a body of %d bytes", len(body))
			}
			if got := strings.Contains(body, "<title>Skill Atlas explorer</title>"); got != (tt.name == "page") {
				t.Errorf("body is the page: %t", got)
			}
		})
	}
}

func TestExplorerServesEverythingThatItsPageLoads(t *testing.T) {
	explorer := newExplorer()
	types := map[string]string{
		"css": "text/css; charset=utf-8",
		"js":  "text/javascript; charset=utf-8",
		"ttf": "font/ttf",
	}
	address := regexp.MustCompile(`/explorer/assets/[\w-]+\.([a-z0-9]+)`)
	found := map[string]int{}
	seen := map[string]bool{}
	pending := []string{"/"}
	for len(pending) > 0 {
		path := pending[0]
		pending = pending[1:]
		got := explore(explorer, "GET", path, nil)
		if got.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, got.StatusCode)
		}
		want, cache := "text/html; charset=utf-8", "no-cache"
		if m := address.FindStringSubmatch(path); m != nil {
			want, cache = types[m[1]], "public, max-age=31536000, immutable"
			found[m[1]]++
		}
		if got := got.Header.Get("Content-Type"); want == "" || got != want {
			t.Errorf("%s: type %q, want %q", path, got, want)
		}
		if got := got.Header.Get("Cache-Control"); got != cache {
			t.Errorf("%s: Cache-Control %q, want %q", path, got, cache)
		}
		for _, next := range address.FindAllString(read(t, got.Body), -1) {
			if !seen[next] {
				seen[next] = true
				pending = append(pending, next)
			}
		}
	}
	// The script and the editor's three workers, one style sheet, the icon font.
	if found["js"] != 4 || found["css"] != 1 || found["ttf"] != 1 {
		t.Errorf("the page leads to %v, want 4 js, 1 css and 1 ttf", found)
	}
}

func TestExplorerPageLoadsNothingFromElsewhere(t *testing.T) {
	page := read(t, explore(newExplorer(), "GET", "/", nil).Body)
	loads := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(loads) == 0 {
		t.Fatal("the page loads nothing")
	}
	for _, load := range loads {
		if !strings.HasPrefix(load[1], "/explorer/assets/") && !strings.HasPrefix(load[1], "data:") {
			t.Errorf("the page loads %s", load[1])
		}
	}
}

func TestExplorerSparesWhatABrowserAlreadyHas(t *testing.T) {
	explorer := newExplorer()
	plain := explore(explorer, "GET", "/", nil).Header.Get("ETag")
	gzipped := explore(explorer, "GET", "/", http.Header{"Accept-Encoding": {"gzip"}}).Header.Get("ETag")
	if !regexp.MustCompile(`^"[0-9a-f]{64}"$`).MatchString(plain) {
		t.Fatalf("ETag %s is not a strong tag made of a SHA-256", plain)
	}
	if plain == gzipped {
		t.Fatalf("plain and gzipped page share the tag %s", plain)
	}
	for _, tt := range []struct {
		name, ifNoneMatch, acceptEncoding string
		want                              int
	}{
		{"same page", plain, "", http.StatusNotModified},
		{"same page, gzipped", gzipped, "gzip", http.StatusNotModified},
		{"one of several", `"other", ` + plain, "", http.StatusNotModified},
		{"any page", "*", "", http.StatusNotModified},
		{"another page", `"other"`, "", http.StatusOK},
		{"page in another coding", gzipped, "", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := explore(explorer, "GET", "/", http.Header{
				"If-None-Match":   {tt.ifNoneMatch},
				"Accept-Encoding": {tt.acceptEncoding},
			})
			if got.StatusCode != tt.want {
				t.Errorf("status %d, want %d", got.StatusCode, tt.want)
			}
			if body := read(t, got.Body); (body == "") != (tt.want == http.StatusNotModified) {
				t.Errorf("body of %d bytes with status %d", len(body), got.StatusCode)
			}
		})
	}
}

func TestExplorerCompressesForWhoeverTakesGzip(t *testing.T) {
	explorer := newExplorer()
	want := read(t, explore(explorer, "GET", "/", nil).Body)
	for _, tt := range []struct {
		name   string
		accept []string
		want   bool
	}{
		{"browser", []string{"gzip, deflate, br, zstd"}, true},
		{"anything", []string{"*"}, true},
		{"weighted", []string{"br;q=1.0, GZIP; q=0.5"}, true},
		{"two headers", []string{"br", "gzip"}, true},
		{"not said", nil, false},
		{"plain only", []string{"identity"}, false},
		{"refused", []string{"gzip;q=0"}, false},
		{"refused, all else welcome", []string{"*, gzip;q=0"}, false},
		{"everything refused but gzip", []string{"*;q=0, gzip"}, true},
		{"weight that is no number", []string{"gzip;q=high"}, false},
		{"name that only begins so", []string{"gzipped"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := explore(explorer, "GET", "/", http.Header{"Accept-Encoding": tt.accept})
			if !slices.Equal(got.Header.Values("Vary"), []string{"Accept-Encoding"}) {
				t.Errorf("Vary is %q", got.Header.Values("Vary"))
			}
			body := io.Reader(got.Body)
			switch coding := got.Header.Get("Content-Encoding"); {
			case (coding == "gzip") != tt.want:
				t.Fatalf("Content-Encoding is %q", coding)
			case coding == "gzip":
				z, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			if got := read(t, body); got != want {
				t.Errorf("body has %d bytes, want the page's %d", len(got), len(want))
			}
		})
	}
}

// explore asks the explorer without a network between.
func explore(explorer http.Handler, method, path string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	explorer.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
