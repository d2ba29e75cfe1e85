package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
)

// liar is an environment variable that names a peer which shall give a wrong answer.
const liar = "BENCH_TEST_LIAR"

// TestMain is also the program that peers are.
func TestMain(m *testing.M) {
	if len(os.Args) != 4 || os.Args[1] != "peer" {
		os.Exit(m.Run())
	}
	if os.Getenv(liar) == os.Args[2] {
		text, err := os.ReadFile(os.Args[3])
		if err != nil {
			panic(err)
		}
		name := []byte(`\"name\":\"`)
		text[bytes.LastIndex(text, name)+len(name)]++ // another letter
		os.Args[3] += ".false"
		if err := os.WriteFile(os.Args[3], text, 0o600); err != nil {
			panic(err)
		}
	}
	main()
}

func TestRun(t *testing.T) {
	program := filepath.Join(t.TempDir(), "atlas")
	if err := command(t.Context(), "..", "go", "build", "-o", program, "./server"); err != nil {
		t.Fatal(err)
	}
	small := []string{
		"-atlas", program, "-skills", "120", "-relations", "300", "-keys", "15", "-connections", "3",
		"-rounds", "1", "-time", "200ms", "-peers", "static,plain,atlas",
	}
	t.Run("tables", func(t *testing.T) {
		var out, log strings.Builder
		if err := run(t.Context(), small, nil, &out, &log); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		rows := []string{"static", "gqlgen as generated", "Skill Atlas"}
		if caches, err := hasCache(t.Context(), program); err != nil {
			t.Fatal(err)
		} else if caches {
			rows = []string{
				"static", "static, 304", "static, gzip", "gqlgen as generated", "Skill Atlas, uncached",
				"Skill Atlas, cached", "Skill Atlas, cached, 304", "Skill Atlas, cached, gzip",
			}
		}
		var want, got []string
		for _, q := range []string{"skill", "graph", "catalogue"} {
			want = append(append(want, q), rows...)
		}
		line := regexp.MustCompile(`(?m)^### (\w+): .*, 15 keys$|^\| (.*) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \| (\d+) \| (\d+) \|$`)
		for _, m := range line.FindAllStringSubmatch(out.String(), -1) {
			got = append(got, cmp.Or(m[1], m[2]))
			if m[1] != "" {
				continue
			}
			for _, figure := range m[3:] {
				if n, err := strconv.ParseFloat(figure, 64); err != nil || n <= 0 {
					t.Errorf("the figure %s in %s", figure, m[0])
				}
			}
			if strings.HasPrefix(m[2], staticPeer) != (m[4] == "1.000") {
				t.Errorf("%s is %s of static", m[2], m[4])
			}
		}
		if d := diff.Diff(want, got); d != "" {
			t.Errorf("rows (-want +got):\n%s\n%s", d, out.String())
		}
	})
	for _, peer := range []string{staticPeer, plainPeer} {
		t.Run(peer+" lies", func(t *testing.T) {
			t.Setenv(liar, peer)
			var out, log strings.Builder
			err := run(t.Context(), small, nil, &out, &log)
			if err == nil || !strings.Contains(err.Error(), "the answer differs") {
				t.Fatalf("%v; want a complaint\n%s", err, out.String())
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, args := range []string{
		"-only skills", "-only skill,,graph", "-peers apollo", "-keys 0", "-connections 0", "-rounds 0", "-time 0s",
		"-skills 100", "-atlas a b", "peer static",
	} {
		t.Run(args, func(t *testing.T) {
			if err := run(t.Context(), strings.Fields(args), nil, io.Discard, io.Discard); err == nil {
				t.Error("no complaint")
			}
		})
	}
}

// TestClient has responses come in pieces of all sizes.
func TestClient(t *testing.T) {
	long := strings.Repeat("skill ", 1<<16) // more than the client has room for at first
	for _, test := range []struct {
		name, response string
		status, length int // 0 for a response that is refused
	}{
		{"length", "HTTP/1.1 200 OK\r\ncontent-length:  5\r\n\r\nhello", 200, 5},
		{"long", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long), 200, len(long)},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0123\r\n6789\r\n0\r\n\r\n", 200, 15},
		{"no content", "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n", 204, 0},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", 304, 0},
		{"longer than told", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello", 0, 0},
		{"shorter than told", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", 0, 0},
		{"chunks that break off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0, 0},
		{"chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", 0, 0},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", 0, 0},
		{"last of its connection", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 0, 0},
		{"another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n", 0, 0},
		{"nothing", "", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			// A response that is too long is noticed when it comes in one piece.
			for _, piece := range []int{len(test.response), 1 << 15, 7, 1} {
				if len(test.response)/max(piece, 1) > 1000 || test.status == 0 && piece < len(test.response) {
					continue
				}
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					_, _ = io.ReadFull(far, make([]byte, len("request")))
					for rest := test.response; rest != ""; {
						n := min(piece, len(rest))
						if _, err := io.WriteString(far, rest[:n]); err != nil {
							return
						}
						rest = rest[n:]
					}
				}()
				c := &client{conn: near, buf: make([]byte, 64)}
				r, err := c.do([]byte("request"))
				_ = near.Close()
				if test.status == 0 {
					if err == nil {
						t.Errorf("no complaint, but status %d with %d bytes", r.status, r.length)
					}
					continue
				}
				if err != nil || r.status != test.status || r.length != test.length {
					t.Errorf("in pieces of %d: %v, status %d with %d bytes; want status %d with %d",
						piece, err, r.status, r.length, test.status, test.length)
				}
				if got := string(r.raw); got != test.response {
					t.Errorf("in pieces of %d: %.100q, want %.100q", piece, got, test.response)
				}
			}
		})
	}
}

// TestVerify has the static peer answer in all ways, and be wrong in each.
func TestVerify(t *testing.T) {
	recorded := func() *query {
		q := newQuery("skill", skillQuery, "code", []string{"S00001", "S00002"})
		for i := range q.Answers {
			a := &q.Answers[i]
			a.Reply = fmt.Sprintf(`{"data":{"framework":{"skill":{"code":%q}}}}`, a.Key)
			a.ETag, a.Gzip = strconv.Quote(a.Key), compress(a.Reply)
		}
		return q
	}
	for _, test := range []struct {
		name string
		way  way
		make func(held *answer) // what the peer has
		ok   bool
	}{
		{"posted", posted, func(*answer) {}, true},
		{"another order", posted, func(a *answer) { a.Reply = `{"data": {"framework": {"skill": {"code": "S00002"} } } }` }, true},
		{"another skill", posted, func(a *answer) { a.Reply = strings.ReplaceAll(a.Reply, "2", "3") }, false},
		{"no JSON", posted, func(a *answer) { a.Reply += "}" }, false},
		{"another request", posted, func(a *answer) { a.Body += " " }, false},
		{"unchanged", unchanged, func(*answer) {}, true},
		{"changed", unchanged, func(a *answer) { a.ETag = `"S00003"` }, false},
		{"compressed", compressed, func(*answer) {}, true},
		{"not compressed", compressed, func(a *answer) { a.Gzip = nil }, false},
		{"compressed in secret", compressed, func(a *answer) { a.Reply, a.Gzip = string(a.Gzip), nil }, false},
		{"compressed badly", compressed, func(a *answer) { a.Gzip = a.Gzip[:len(a.Gzip)-1] }, false},
		{"another one compressed", compressed, func(a *answer) { a.Gzip = compress(`{}`) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			held := recorded()
			test.make(&held.Answers[1])
			srv := httptest.NewServer(newStatic([]*query{held}))
			defer srv.Close()
			requests, err := verify(recorded(), test.way, srv.Listener.Addr().String())
			if ok := err == nil; ok != test.ok {
				t.Fatalf("%v; want one: %t", err, !test.ok)
			}
			if test.ok && len(requests) != 2 {
				t.Errorf("%d requests for two keys", len(requests))
			}
		})
	}
}

func compress(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // to memory, which does not fail
	_ = z.Close()
	return b.Bytes()
}

// TestDrive has a server that answers well for a while.
func TestDrive(t *testing.T) {
	requests := []request{{
		raw: []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), status: http.StatusOK, length: len("hello"),
	}}
	for _, test := range []struct {
		name string
		then http.HandlerFunc // what it does later
		ok   bool
	}{
		{"well", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }, true},
		{"shorter", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "bye") }, false},
		{"in error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", http.StatusTeapot) }, false},
		{"no more", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			left := make(chan struct{}, 20)
			for range cap(left) {
				left <- struct{}{}
			}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-left:
					fmt.Fprint(w, "hello")
				default:
					test.then(w, r)
				}
			}))
			defer srv.Close()
			latencies, elapsed, err := drive(t.Context(), srv.Listener.Addr().String(), requests, 2, 100*time.Millisecond)
			if ok := err == nil; ok != test.ok {
				t.Fatalf("%v; want one: %t", err, !test.ok)
			}
			if !test.ok {
				return
			}
			if n := len(latencies); n <= cap(left) || latencies[0] <= 0 || latencies[0] > latencies[n-1] || elapsed < 100*time.Millisecond {
				t.Errorf("%d requests in %v, of %v to %v", n, elapsed, latencies[0], latencies[n-1])
			}
		})
	}
}

// TestFamily has a server that consists of two processes, of which one works.
func TestFamily(t *testing.T) {
	file := filepath.Join(t.TempDir(), "queries.json")
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := start(t.Context(), os.Stderr, "sh", "-c", `"$0" peer static "$1"; true`, self, file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	if len(s.pids) != 2 {
		t.Fatalf("%d processes, want two", len(s.pids))
	}
	requests := []request{{raw: []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), status: 404, length: len("404 page not found\n")}}
	r := &row{server: s, requests: requests}
	m, err := measure(t.Context(), r, 2, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if m.cpu <= 0 || m.resident < 5<<20 || m.peak < m.resident {
		t.Errorf("%+v", m)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		figures []float64
		want    float64
	}{
		{[]float64{7}, 7},
		{[]float64{9, 1}, 5},
		{[]float64{30, 2, 1}, 2},
		{[]float64{40, 3, 1, 2}, 2.5},
	} {
		if got := median(len(test.figures), func(i int) float64 { return test.figures[i] }); got != test.want {
			t.Errorf("%v: %v, want %v", test.figures, got, test.want)
		}
	}
}
