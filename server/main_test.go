package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"skillatlas/internal/mongotest"
)

// asProgram makes this test binary the program, for tests that need processes.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	mongotest.TakeServer()
	for _, e := range os.Environ() { // which would configure the program
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "SKILLATLAS_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// program is the program as a process, in an empty folder.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// command runs a command of the program within the test.
func command(t *testing.T, args ...string) (out, errOut string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // lest one that should be refused serves for ever
	defer cancel()
	err = run(ctx, append([]string{"server"}, args...), strings.NewReader(""), &o, &e)
	return o.String(), e.String(), err
}

// succeed is the output of a command that has to work.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	out, errOut, err := command(t, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, errOut)
	}
	return out
}

// refused is what a command says that has to fail, on one line.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	out, errOut, err := command(t, args...)
	if err == nil {
		t.Fatalf("%s: succeeded\n%s%s", strings.Join(args, " "), out, errOut)
	}
	if strings.Contains(message(err), "\n") {
		t.Errorf("%s: the error has several lines: %s", strings.Join(args, " "), message(err))
	}
	if strings.Contains(errOut, "Usage") {
		t.Errorf("%s: besides the error it says %s", strings.Join(args, " "), errOut)
	}
	return message(err)
}

// A buffer may be written and read at the same time.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// A running is a server that was started.
type running struct {
	t        *testing.T
	data     string
	url      string
	greeting string
	log      buffer
	token    string // the admin's, or empty when its file is not there
	stop     func() error
}

// start starts the program on a free port, on a store of its own unless the
// arguments name one, and stops it when the test ends.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	s := &running{t: t, data: filepath.Join(t.TempDir(), "data")}
	for i, a := range args {
		if a == "--data" {
			s.data = args[i+1]
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"server", "--listen", "127.0.0.1:0", "--data", s.data}, args...), strings.NewReader(""), in, &s.log)
		in.CloseWithError(io.EOF)
		done <- err
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("the server stopped with: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	s.read(out)
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the pipe, when the server has stopped
	token, err := os.ReadFile(filepath.Join(s.data, "admin.token"))
	if err == nil {
		s.token = strings.TrimSpace(string(token))
	}
	return s
}

// read reads the greeting.
func (s *running) read(out io.Reader) {
	s.t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.greeting += lines.Text() + "\n"
		if m := regexp.MustCompile(`API +(http://\S+)/graphql$`).FindStringSubmatch(lines.Text()); m != nil {
			s.url = m[1]
		}
		if strings.Contains(lines.Text(), "curl") {
			return
		}
	}
	s.t.Fatalf("the server did not greet: %v\n%s%s", s.stop(), s.greeting, s.log.String())
}

// An answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request; header lines come in pairs.
func send(t *testing.T, method, url, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return sendRequest(t, r)
}

func sendRequest(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r) // which follows no redirects
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return answer{resp.StatusCode, resp.Header, read(t, resp.Body)}
}

// ask sends a GraphQL operation, with a token unless it is empty.
func (s *running) ask(token, query string, variables ...any) answer {
	s.t.Helper()
	request := map[string]any{"query": query}
	if len(variables) > 0 {
		request["variables"] = variables[0]
	}
	body, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	header := []string{"Content-Type", "application/json"}
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return send(s.t, http.MethodPost, s.url+"/graphql", string(body), header...)
}

// data is the data of an answer that has to be without errors.
func (a answer) data(t *testing.T) string {
	t.Helper()
	var body struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK || body.Errors != nil {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	return string(body.Data)
}

// code is the code of the first error of an answer.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var body struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body.Errors) == 0 || body.Errors[0].Message == "" {
		t.Fatalf("status %d, no GraphQL errors: %s", a.status, a.body)
	}
	return body.Errors[0].Extensions.Code
}

// demoRevision is the last revision of the demo.
const demoRevision = 11

// rename is an edit that works on the demo framework.
const rename = `mutation($base: Int!, $name: String!) {
  editFramework(input: {framework: "meridian", baseRevision: $base, edits: [{updateSkill: {code: "ITMG", name: $name}}]}) {
    revision { seq } errors { code message }
  }
}`

func renamed(base int, name string) map[string]any { return map[string]any{"base": base, "name": name} }

func writeTestFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
