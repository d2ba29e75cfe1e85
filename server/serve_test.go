package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFirstStartTellsWhereEverythingIs(t *testing.T) {
	s := start(t)
	for _, want := range []string{
		"Skill Atlas", "Explorer    " + s.url + "/\n", "API         " + s.url + "/graphql\n",
		"Store       embedded file " + filepath.Join(s.data, "skillatlas.db") + ", revision 11\n",
		"Frameworks  meridian\n", "Token       in " + filepath.Join(s.data, "admin.token") + " ",
	} {
		if !strings.Contains(s.greeting, want) {
			t.Errorf("the greeting does not have %q:\n%s", want, s.greeting)
		}
	}
	if got := send(t, "GET", s.url+"/", ""); got.status != 200 || !strings.Contains(got.body, "Skill Atlas explorer") {
		t.Errorf("the explorer answers %d %.80s", got.status, got.body)
	}
	m := regexp.MustCompile(`curl -s (\S+) --json '(.*)'`).FindStringSubmatch(s.greeting)
	if m == nil {
		t.Fatalf("there is no command to try:\n%s", s.greeting)
	}
	got := send(t, "POST", m[1], m[2], "Content-Type", "application/json", "Accept", "application/json").data(t)
	if !regexp.MustCompile(`^{"frameworks":{"nodes":\[{"code":"meridian","name":"[^"]+","skills":{"totalCount":[3-9]\d}}]}}$`).MatchString(got) {
		t.Errorf("the query to try is answered with %s", got)
	}
	for path, want := range map[string]os.FileMode{
		".": os.ModeDir | 0o700, "tokens": os.ModeDir | 0o700, "admin.token": 0o600, "skillatlas.db": 0o600,
	} {
		info, err := os.Stat(filepath.Join(s.data, path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has the mode %s, want %s", path, info.Mode(), want)
		}
	}
}

func TestLaterStartsFindEverythingInPlace(t *testing.T) {
	s := start(t)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, "--data", s.data)
	if !strings.Contains(again.greeting, ", revision 11\n") || again.token != s.token || !strings.Contains(again.greeting, "admin.token") {
		t.Errorf("the second start is not as the first left it:\n%s", again.greeting)
	}
	if files, _ := filepath.Glob(filepath.Join(s.data, "tokens", "*")); len(files) != 1 {
		t.Errorf("there are %d tokens", len(files))
	}
	for name, spoil := range map[string]func() error{
		"without its file": func() error { return os.Remove(filepath.Join(s.data, "admin.token")) },
		"with a token in the file that is not one": func() error {
			return os.WriteFile(filepath.Join(s.data, "admin.token"), []byte("old"), 0o600)
		},
	} {
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		again = start(t, "--data", s.data)
		if strings.Contains(again.greeting, "admin.token") || !strings.Contains(again.greeting, "token new") {
			t.Errorf("%s the token is said to be there:\n%s", name, again.greeting)
		}
		if files, _ := filepath.Glob(filepath.Join(s.data, "tokens", "*")); len(files) != 1 {
			t.Errorf("%s there are %d tokens", name, len(files))
		}
		again.ask(s.token, rename, renamed(demoRevision, "Signed in "+name)).data(t) // the token itself is still good
	}
}

func TestDemoIsLeftOutWhenItIsOff(t *testing.T) {
	s := start(t, "--demo=off")
	if !strings.Contains(s.greeting, ", revision 0\n") || !strings.Contains(s.greeting, "Frameworks  none yet") {
		t.Errorf("the greeting is\n%s", s.greeting)
	}
	if got, want := s.ask("", "{frameworks{totalCount}}").data(t), `{"frameworks":{"totalCount":0}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGreetingSignsInWhereReadingTakesIt(t *testing.T) {
	s := start(t, "--anonymous", "none")
	if !strings.Contains(s.greeting, `-H "Authorization: Bearer $(cat '`+filepath.Join(s.data, "admin.token")+`')"`) {
		t.Errorf("the command to try does not sign in:\n%s", s.greeting)
	}
}

func TestGreetingNamesAnAddressToGoTo(t *testing.T) {
	s := start(t, "--demo=off", "--listen", "0.0.0.0:0")
	if !strings.HasPrefix(s.url, "http://localhost:") {
		t.Errorf("it says to go to %s", s.url)
	}
}

func TestStartIsRefused(t *testing.T) {
	taken := start(t, "--demo=off")
	file := writeTestFile(t, "file", "")
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"port in use", []string{"--listen", strings.TrimPrefix(taken.url, "http://")}, "choose another address with --listen"},
		{"no port", []string{"--listen", "nonsense"}, "--listen"},
		{"no address", []string{"--listen", ""}, "empty"},
		{"no folder", []string{"--data", ""}, "empty"},
		{"store in use", []string{"--data", taken.data}, "another process has the store open"},
		{"folder is a file", []string{"--data", file}, "not a directory"},
		{"folder cannot be made", []string{"--data", file + "/data"}, "not a directory"},
		{"store is a folder", []string{"--data", folderFor(t, "skillatlas.db")}, "skillatlas.db"},
		{"demo", []string{"--demo", "yes"}, "use auto or on or off"},
		{"anonymous", []string{"--anonymous", "admin"}, "use reader or none"},
		{"log", []string{"--log-format", "xml"}, "use text or json"},
		{"any origin", []string{"--cors-origin", "*"}, "is not an origin"},
		{"origins by pattern", []string{"--cors-origin", "https://*.example.org"}, "is not an origin"},
		{"origin without scheme", []string{"--cors-origin", "example.org"}, "is not an origin"},
		{"origin with a path", []string{"--cors-origin", "https://example.org/"}, "is not an origin"},
		{"origin with a user", []string{"--cors-origin", "https://me@example.org"}, "is not an origin"},
		{"origin with a query", []string{"--cors-origin", "https://example.org?"}, "is not an origin"},
		{"origin without a host", []string{"--cors-origin", "https://:443"}, "is not an origin"},
		{"origin of a file", []string{"--cors-origin", "file://x"}, "is not an origin"},
		{"no origin", []string{"--cors-origin", "null"}, "is not an origin"},
		{"one bad origin of two", []string{"--cors-origin", "https://a.example,ftp://b.example"}, "is not an origin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"--demo=off", "--listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "data")}, tt.args...)
			if got := refused(t, args...); !strings.Contains(got, tt.want) {
				t.Errorf("it says %q, not %q", got, tt.want)
			}
		})
	}
}

func folderFor(t *testing.T, name string) string {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCrossOriginRequestsAreForConfiguredOriginsOnly(t *testing.T) {
	const friend = "https://atlas.example"
	closed := start(t, "--demo=off")
	open := start(t, "--demo=off", "--cors-origin", friend, "--cors-origin", "http://localhost:3000")
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type"}
	for _, tt := range []struct {
		name, origin string
		server       *running
		want         string
	}{
		{"nobody configured", friend, closed, ""},
		{"configured", friend, open, friend},
		{"the other one configured", "http://localhost:3000", open, "http://localhost:3000"},
		{"another", "https://evil.example", open, ""},
		{"one that begins the same", friend + ".evil.example", open, ""},
		{"another scheme", "http://atlas.example", open, ""},
		{"another port", friend + ":8443", open, ""},
		{"no origin", "null", open, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := send(t, "POST", tt.server.url+"/graphql", `{"query":"{__typename}"}`, "Content-Type", "application/json", "Origin", tt.origin)
			before := send(t, "OPTIONS", tt.server.url+"/graphql", "", append(preflight, "Origin", tt.origin)...)
			refused := send(t, "POST", tt.server.url+"/graphql", `{}`, "Authorization", "Bearer x", "Origin", tt.origin)
			for name, got := range map[string]answer{"request": asked, "refused request": refused, "preflight": before} {
				if got := got.header.Get("Access-Control-Allow-Origin"); got != tt.want {
					t.Errorf("%s: allowed origin %q, want %q", name, got, tt.want)
				}
				if got := got.header.Get("Access-Control-Allow-Credentials"); got != "" {
					t.Errorf("%s: credentials are allowed", name)
				}
				if vary := strings.Join(got.header.Values("Vary"), ","); tt.server == open && !strings.Contains(vary, "Origin") {
					t.Errorf("%s: Vary is %q", name, vary)
				}
			}
			if got := before.header.Get("Access-Control-Allow-Headers"); (got != "") != (tt.want != "") {
				t.Errorf("preflight allows the headers %q", got)
			}
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := start(t)
	reader, _ := newTokenFor(t, s.data, "--access", "reader")
	contributor, _ := newTokenFor(t, s.data, "--access", "contributor")
	padded := func(n int) string { return strings.Repeat(" ", n) + `{"query":"{__typename}"}` }
	for _, tt := range []struct {
		name, token string
		size        int
		chunked     bool
		want        int
	}{
		{"small", "", 100, false, 200},
		{"small, in chunks", "", 100, true, 200},
		{"at the limit, in chunks", "", maxBody - len(padded(0)), true, 200},
		{"long", "", maxBody, false, 413},
		{"long, in chunks", "", maxBody, true, 413},
		{"long, by a reader", reader, maxBody, false, 413},
		{"long, by a contributor", contributor, 3 * maxBody, false, 200},
		{"too long for a contributor", contributor, maxContributorBody, false, 413},
		{"too long for a contributor, in chunks", contributor, maxContributorBody, true, 413},
		{"long, by an editor", s.token, 3 * maxBody, false, 200},
		{"long, in chunks, by an editor", s.token, 3 * maxBody, true, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(padded(tt.size))
			if tt.chunked {
				body = io.MultiReader(body) // whose length nobody knows
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/graphql", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if tt.token != "" {
				r.Header.Set("Authorization", "Bearer "+tt.token)
			}
			got := sendRequest(t, r)
			if got.status != tt.want {
				t.Fatalf("status %d, want %d: %.200s", got.status, tt.want, got.body)
			}
			if tt.want != 200 && got.code(t) != "LIMIT_EXCEEDED" {
				t.Errorf("body %s", got.body)
			}
		})
	}
}

func TestBodyThatIsTooLongIsNotEvenRead(t *testing.T) {
	s := start(t, "--demo=off")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", maxBody+1)
	if got := read(t, conn); !strings.HasPrefix(got, "HTTP/1.1 413 ") || !strings.Contains(got, "LIMIT_EXCEEDED") {
		t.Errorf("it answers %s", got)
	}
}

func TestSlowAndTalkativeClientsAreBounded(t *testing.T) {
	srv := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, tt := range map[string]struct{ got, most time.Duration }{
		"header":     {srv.ReadHeaderTimeout, 10 * time.Second},
		"request":    {srv.ReadTimeout, 5 * time.Minute},
		"answer":     {srv.WriteTimeout, 10 * time.Minute},
		"connection": {srv.IdleTimeout, 5 * time.Minute},
	} {
		if tt.got <= 0 || tt.got > tt.most {
			t.Errorf("%s: at most %s", name, tt.got)
		}
	}
	if srv.MaxHeaderBytes <= 0 || srv.MaxHeaderBytes > 64<<10 {
		t.Errorf("headers may have %d bytes", srv.MaxHeaderBytes)
	}
}

func TestEveryAnswerIsPrivateAndPlain(t *testing.T) {
	s := start(t, "--cors-origin", "https://atlas.example")
	signedIn := []string{"Authorization", "Bearer " + s.token}
	jsonBody := []string{"Content-Type", "application/json"}
	long := strings.Repeat(" ", maxBody+1)
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		want                     int
	}{
		{"query", "POST", "/graphql", `{"query":"{__typename}"}`, jsonBody, 200},
		{"query by GET", "GET", "/graphql?query=%7B__typename%7D", "", nil, 200},
		{"signed in", "POST", "/graphql", `{"query":"{__typename}"}`, append(signedIn, jsonBody...), 200},
		{"bad query", "POST", "/graphql", `{"query":"{nothing}"}`, jsonBody, 422},
		{"bad JSON", "POST", "/graphql", `{`, jsonBody, 400},
		{"no JSON", "POST", "/graphql", `{__typename}`, []string{"Content-Type", "text/plain"}, 415},
		{"change by GET", "GET", "/graphql?query=mutation%7B__typename%7D", "", signedIn, 405},
		{"wrong token", "POST", "/graphql", `{}`, []string{"Authorization", "Bearer x"}, 401},
		{"too long", "POST", "/graphql", long, jsonBody, 413},
		{"head", "HEAD", "/graphql", "", nil, 405},
		{"put", "PUT", "/graphql", "{}", jsonBody, 405},
		{"delete", "DELETE", "/graphql", "", nil, 405},
		{"method of their own", "FROB", "/graphql", "", nil, 405},
		{"options", "OPTIONS", "/graphql", "", nil, 200},
		{"preflight", "OPTIONS", "/graphql", "", []string{"Origin", "https://atlas.example", "Access-Control-Request-Method", "POST"}, 204},
		{"preflight of a stranger", "OPTIONS", "/graphql", "", []string{"Origin", "https://x.example", "Access-Control-Request-Method", "POST"}, 204},
		{"percent-encoded path", "POST", "/%67raphql", `{"query":"{__typename}"}`, jsonBody, 200},
		{"export", "GET", "/export/meridian.json", "", nil, 200},
		{"export signed in", "GET", "/export/meridian.json?at=head", "", signedIn, 200},
		{"head of an export", "HEAD", "/export/meridian.json", "", nil, 200},
		{"options of an export", "OPTIONS", "/export/meridian.json", "", nil, 200},
		{"export by POST", "POST", "/export/meridian.json", "", nil, 405},
		{"export of nothing", "GET", "/export/", "", nil, 404},
		{"export from elsewhere", "GET", "/export/../data/admin.token", "", nil, 307},
		{"export from elsewhere, encoded", "GET", "/export/%2e%2e%2fdata%2fmeridian.json", "", nil, 404},
		{"export that is unclear", "GET", "/export/meridian.json?at=x", "", nil, 400},
		{"export with a wrong token", "GET", "/export/meridian.json", "", []string{"Authorization", "Bearer x"}, 401},
		{"health", "GET", "/healthz", "", nil, 200},
		{"head of health", "HEAD", "/healthz", "", nil, 200},
		{"readiness", "GET", "/readyz", "", nil, 200},
		{"explorer", "GET", "/", "", nil, 200},
		{"unknown", "GET", "/admin", "", nil, 404},
		{"below the API", "POST", "/graphql/", "{}", jsonBody, 404},
		{"below health", "GET", "/healthz/x", "", nil, 404},
		{"health by POST", "POST", "/healthz", "", nil, 404},
		{"the store", "GET", "/data/admin.token", "", nil, 404},
		{"above the explorer", "GET", "/explorer/../../data/admin.token", "", nil, 307},
		{"above it, encoded", "GET", "/explorer/%2e%2e/%2e%2e/data/admin.token", "", nil, 404},
		{"with two slashes", "POST", "//graphql", "{}", jsonBody, 307},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, tt.method, s.url+tt.path, tt.body, tt.header...)
			if got.status != tt.want {
				t.Fatalf("status %d, want %d: %.300s", got.status, tt.want, got.body)
			}
			if tt.method == "HEAD" && got.body != "" {
				t.Errorf("HEAD has the body %q", got.body)
			}
			if got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("types may be guessed: %v", got.header)
			}
			if path, _, _ := strings.Cut(tt.path, "?"); path == "/graphql" || path == "/%67raphql" {
				want := "private, no-store"
				if tt.method == "GET" && tt.want == 200 {
					want = "public, max-age=0, must-revalidate"
				}
				if cache := got.header.Get("Cache-Control"); cache != want {
					t.Errorf("Cache-Control is %q", cache)
				}
				if tt.want >= 400 && tt.method != "HEAD" {
					got.code(t) // has GraphQL's form
				}
			}
			if got.status == 307 && !strings.HasPrefix(got.header.Get("Location"), "/") || strings.HasPrefix(got.header.Get("Location"), "//") {
				t.Errorf("it leads to %q", got.header.Get("Location"))
			}
			if got.status == 405 && tt.method != "HEAD" && got.header.Get("Allow") == "" {
				t.Error("it does not say which methods it allows")
			}
		})
	}
	if got, want := send(t, "GET", s.url+"/readyz", "").body, `{"ready":true,"revision":11}`+"\n"; got != want {
		t.Errorf("readiness is %s, want %s", got, want)
	}
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	s := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body, _ := json.Marshal(map[string]any{"query": rename, "variables": renamed(demoRevision, "Half said")})
	// The server says so when it has begun to read the body.
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"+
		"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", s.token, len(body))
	first := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, first); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	// It takes no new connections from when it stops.
	for {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("it did not wait for the request: %v", err)
	default:
	}
	if _, err := conn.Write(body); err != nil {
		t.Fatal(err)
	}
	if text := read(t, conn); !strings.HasPrefix(text, "HTTP/1.1 200 OK") || !strings.Contains(text, `"revision":{"seq":12}`) {
		t.Errorf("the request is answered with %s", text)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestPanicsAreLoggedAndAnswered(t *testing.T) {
	var log buffer
	s := &service{log: newLog(&log, "json", "info")}
	mux := http.NewServeMux()
	mux.HandleFunc("/early", func(http.ResponseWriter, *http.Request) { panic("broken early") })
	mux.HandleFunc("/late", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half of ")
		panic("broken late")
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half of ")
		panic(http.ErrAbortHandler)
	})
	server := httptest.NewServer(s.logged(mux))
	defer server.Close()

	got := send(t, "GET", server.URL+"/early", "")
	if got.status != 500 || got.code(t) != "INTERNAL" || strings.Contains(got.body, "broken") {
		t.Errorf("it answers %d %s", got.status, got.body)
	}
	for _, path := range []string{"/gone", "/late"} {
		resp, err := http.Get(server.URL + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("half an answer looks whole at %s", path)
		}
	}
	if strings.Contains(log.String(), "abort") || !strings.Contains(log.String(), `"path":"/gone"`) {
		t.Errorf("a client that has gone is logged as\n%s", log.String())
	}
	for _, want := range []string{"broken early", "broken late", "serve_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not have %q:\n%s", want, log.String())
		}
	}
}

// TestUsualRequestsAreNotLogged leaves out of the log what nobody will look up.
func TestUsualRequestsAreNotLogged(t *testing.T) {
	s := start(t, "--log-format", "json")
	s.ask("", "{framework{code}}", nil)
	send(t, "GET", s.url+"/healthz", "")
	s.ask(s.token, "{framework{code}}", nil)
	s.ask("", "{ nothing }", nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.log.String(), `"msg":"request"`); n != 2 {
		t.Errorf("%d requests are logged, want the signed-in and the refused one:\n%s", n, s.log.String())
	}
}

func TestMetrics(t *testing.T) {
	s := start(t)
	for range 3 {
		s.ask("", "{framework{code}}", nil).data(t)
	}
	if got := send(t, "GET", s.url+"/metrics", ""); got.status != http.StatusUnauthorized {
		t.Errorf("an anonymous caller gets %d", got.status)
	}
	got := send(t, "GET", s.url+"/metrics", "", "Authorization", "Bearer "+s.token)
	for _, want := range []string{
		"# TYPE skillatlas_queries_total counter\n", `skillatlas_queries_total{by="kept"} 2` + "\n", `skillatlas_queries_total{by="plan"} 1` + "\n",
		`skillatlas_query_fallbacks_total{reason="introspection"} 0` + "\n", "skillatlas_kept_answers 1\n", fmt.Sprintf("skillatlas_revision %d\n", demoRevision),
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("there is no %q in\n%s", want, got.body)
		}
	}
}

func TestLogHoldsNoSecretsAndNoContent(t *testing.T) {
	s := start(t, "--log-format", "json", "--log-level", "debug", "--cors-origin", "https://atlas.example")
	actor := strings.Split(succeed(t, "token", "list", "--data", s.data), "\n")[1]
	_, id, _ := strings.Cut(s.token, "_")
	id, secret, _ := strings.Cut(id, "_")

	s.ask("", "query VerySecretQuery($v: String) {framework(code: $v) {code}}", map[string]any{"v": "verysecretvariable"}).data(t)
	s.ask(s.token, rename, renamed(demoRevision, "verysecretname")).data(t)
	s.ask("", rename, renamed(demoRevision, "verysecretname")).data(t)
	s.ask("", "query($p:[SkillHeldInput!]!){framework{rolesFor(have:{profile:$p}){role{code}}}}", map[string]any{"p": []any{map[string]any{"skill": "verysecretskill"}}})
	s.ask("verysecrettoken", "{__typename}")
	s.ask("sa_"+id+"_verysecretguess", "{__typename}")
	s.ask("", "{ verysecretfield }")
	send(t, "GET", s.url+"/graphql?query=%7B__typename%7D&variables=verysecretvariable", "")
	send(t, "POST", s.url+"/graphql", "verysecretbody", "Content-Type", "application/json")
	send(t, "POST", s.url+"/graphql", "verysecretbody", "Authorization", "Basic verysecretbasic")
	send(t, "GET", s.url+"/nowhere", "")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	type line struct {
		Time                        time.Time
		Level, Msg, Method, Path    string
		Status                      int
		Actor                       string
		Took                        float64
		Stack, Error, Panic, Reason string
		Plan                        map[string]string
	}
	var got []string
	for text := range strings.Lines(s.log.String()) {
		var l line
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil || l.Time.IsZero() {
			t.Errorf("%v in the line %s", err, text)
		}
		if l.Actor != "" && !strings.Contains(actor, l.Actor) {
			t.Errorf("actor %q is none of %q", l.Actor, actor)
		}
		got = append(got, fmt.Sprintln(l.Level, l.Msg, l.Method, l.Path, l.Status, l.Actor != ""))
	}
	want := []string{
		"DEBUG memory   0 false\n",
		"DEBUG request POST /graphql 200 false\n", "INFO request POST /graphql 200 true\n", "DEBUG request POST /graphql 200 false\n",
		"DEBUG request POST /graphql 200 false\n",
		"INFO request POST /graphql 401 false\n", "INFO request POST /graphql 401 false\n", "INFO request POST /graphql 422 false\n",
		"INFO request GET /graphql 400 false\n", "INFO request POST /graphql 400 false\n", "INFO request POST /graphql 401 false\n",
		"INFO request GET /nowhere 404 false\n", "INFO stopping   0 false\n", "INFO stopped   0 false\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"verysecret", "VerySecret", secret, "Bearer", "meridian"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.log.String())
		}
	}
}

func TestSecondStoreUserIsToldSo(t *testing.T) {
	s := start(t)
	for _, args := range [][]string{
		{"import", "--format", "json", "demo/meridian.json"}, {"export"}, {"check"}, {"serve", "--listen", "127.0.0.1:0"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel() // each waits a second for the lock
			got := refused(t, append(args, "--data", s.data)...)
			if !strings.Contains(got, "another process has the store open") || !strings.Contains(got, "--server") {
				t.Errorf("it says %q", got)
			}
		})
	}
}
