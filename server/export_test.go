package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
)

// TestExportOverHTTP takes the demo framework from a server, directly and by the
// command, and then from its store.
func TestExportOverHTTP(t *testing.T) {
	s := start(t)
	target := s.url + "/export/meridian.json"
	want := send(t, "GET", target, "")
	for h, value := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Content-Disposition": "attachment; filename=meridian-r11.json",
		"Skill-Atlas-Revision": "11", "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
	} {
		if got := want.header.Get(h); got != value {
			t.Errorf("%s is %q, want %q", h, got, value)
		}
	}
	if vary := strings.Join(want.header.Values("Vary"), ", "); want.status != 200 || vary != "Authorization, Accept-Encoding" {
		t.Errorf("it answers %d, with Vary: %s", want.status, vary)
	}
	tag := want.header.Get("ETag")
	if got := send(t, "GET", target, "", "If-None-Match", tag); got.status != 304 || got.body != "" || got.header.Get("ETag") != tag {
		t.Errorf("who has it is answered %d with the tag %s: %s", got.status, got.header.Get("ETag"), got.body)
	}
	if got := send(t, "HEAD", target, "", "Accept-Encoding", "gzip"); got.status != 200 || got.body != "" || got.header.Get("ETag") != want.header.Get("ETag") {
		t.Errorf("HEAD is answered %d with %v", got.status, got.header)
	}

	command := func(args ...string) string {
		return succeed(t, append([]string{"export", "--server", s.url, "--framework", "meridian"}, args...)...)
	}
	if diff := cmp.Diff(want.body, command()); diff != "" {
		t.Errorf("through the command (-want +got):\n%s", diff)
	}
	file := filepath.Join(t.TempDir(), "file.json")
	command("--token-file", filepath.Join(s.data, "admin.token"), "--at", "1", "--out", file)
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if send(t, "GET", target+"?at=1", "").body != string(first) || string(first) == want.body {
		t.Error("the command does not export the first revision")
	}
	s.ask(s.token, rename, renamed(demoRevision, "Anew")).data(t)
	if got := send(t, "GET", target, "", "If-None-Match", tag); got.status != 200 || got.header.Get("Skill-Atlas-Revision") != "12" {
		t.Errorf("what has changed is answered %d with %v", got.status, got.header)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for revision, want := range map[string]string{"1": string(first), "11": want.body} {
		if diff := cmp.Diff(want, succeed(t, "export", "--data", s.data, "--revision", revision)); diff != "" {
			t.Errorf("revision %s (-from the server +from the store):\n%s", revision, diff)
		}
	}
	if lines := regexp.MustCompile(`msg=request method=(GET|HEAD) path=/export/meridian.json status=(200|304) took=\S+ actor="?\S*\n`).FindAllString(s.log.String(), -1); len(lines) != 7 {
		t.Errorf("the log has %d exports:\n%s", len(lines), s.log.String())
	}
}

func TestExportTakesSigningIn(t *testing.T) {
	s := start(t, "--anonymous", "none")
	target := s.url + "/export/meridian.json"
	for _, header := range [][]string{nil, {"Authorization", "Bearer x"}} {
		got := send(t, "GET", target, "", header...)
		if got.status != 401 || got.code(t) != "UNAUTHENTICATED" || got.header.Get("WWW-Authenticate") == "" || got.header.Get("ETag") != "" {
			t.Errorf("it answers %d %s", got.status, got.body)
		}
	}
	if got := send(t, "GET", target, "", "Authorization", "Bearer "+s.token); got.status != 200 {
		t.Errorf("signed in it answers %d %s", got.status, got.body)
	}
}

func TestExportFromOtherOrigins(t *testing.T) {
	const friend = "https://atlas.example"
	s := start(t, "--cors-origin", friend)
	target := s.url + "/export/meridian.json"
	preflight := send(t, "OPTIONS", target, "", "Origin", friend, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization,if-none-match")
	if preflight.status != 204 || preflight.header.Get("Access-Control-Allow-Origin") != friend || preflight.header.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("preflight is answered %d with %v", preflight.status, preflight.header)
	}
	got := send(t, "GET", target, "", "Origin", friend)
	if exposed := strings.ToLower(got.header.Get("Access-Control-Expose-Headers")); got.status != 200 || !strings.Contains(exposed, "etag") || !strings.Contains(exposed, "skill-atlas-revision") {
		t.Errorf("%d: pages may read %q", got.status, exposed)
	}
	if got := send(t, "GET", target, "", "Origin", "https://evil.example"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a stranger is answered with %v", got.header)
	}
}

func TestExportCommandRefuses(t *testing.T) {
	s := start(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "Welcome") }))
	defer page.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", "attachment; filename=x.json")
		fmt.Fprint(w, "half of")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer broken.Close()
	dir := t.TempDir()
	through := func(url string, args ...string) []string {
		return append([]string{"--server", url, "--framework", "meridian"}, args...)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no framework", []string{"--server", s.url}, "--server takes --framework too"},
		{"revision", through(s.url, "--revision", "1"), "use --at"},
		{"at of a store", []string{"--at", "1"}, "--at takes --server"},
		{"unclear at", through(s.url, "--at", "newest"), `the server refused: "newest" names no state`},
		{"no such framework", []string{"--server", s.url, "--framework", "none"}, `the server refused: there is no framework "none"`},
		{"odd framework", []string{"--server", s.url, "--framework", "../x?y#z"}, "the server refused: there is no framework"},
		{"no such release", through(s.url, "--at", "release:no&ne"), `the server refused: framework meridian has no release "no&ne"`},
		{"wrong token", through(s.url, "--token-file", writeTestFile(t, "token", "sa_x")), "the server refused: the token"},
		{"no token", through(s.url, "--token-file", "nowhere"), "nowhere: no such file"},
		{"no URL", through("127.0.0.1:8080"), "is not the URL of a server"},
		{"nobody listens", through("http://127.0.0.1:1"), "connection refused"},
		{"another server", through(page.URL), "does not answer as Skill Atlas does (200 OK)"},
		{"another page", through(s.url + "/healthz"), "does not answer as Skill Atlas does (404 Not Found)"},
		{"half an export", through(broken.URL), "the export broke off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := refused(t, append([]string{"export", "--out", filepath.Join(dir, "out.json")}, c.args...)...); !strings.Contains(got, c.want) {
				t.Errorf("it says %q, not %q", got, c.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("it leaves %v behind", left)
			}
		})
	}
}

func TestHelpTellsOfTheFormats(t *testing.T) {
	exports, imports := succeed(t, "export", "--help"), succeed(t, "import", "--help")
	for _, f := range exchange.Formats() {
		line := regexp.MustCompile(`(?m)^ +` + f.Name + ` +` + regexp.QuoteMeta(f.Description[:20]))
		if got := line.MatchString(exports); got != f.Exports() {
			t.Errorf("the help of export has %s: %t", f.Name, got)
		}
		if got := line.MatchString(imports); got != f.Imports() {
			t.Errorf("the help of import has %s: %t", f.Name, got)
		}
	}
}

// TestExportToATerminal exports to a device, as terminals are, in every format.
func TestExportToATerminal(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "x.json", twoSkills))
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	for _, f := range exchange.Formats() {
		if !f.Exports() {
			continue
		}
		err := run(t.Context(), []string{"server", "export", "--data", data, "--format", f.Name}, strings.NewReader(""), device, io.Discard)
		if f.Text() != (err == nil) || err != nil && !strings.Contains(err.Error(), "name a file to write with --out") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
