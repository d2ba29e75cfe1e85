package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/mongotest"
)

func TestMongoServesAsTheEmbeddedStoreDoes(t *testing.T) {
	uri := mongotest.Database(t)
	empty := start(t, "--mongodb-uri", uri)
	if !strings.Contains(empty.greeting, "Frameworks  none yet") || !regexp.MustCompile(`Store       MongoDB [^ ]+, database skillatlas_test_\w+, revision 0\n`).MatchString(empty.greeting) {
		t.Errorf("the greeting is\n%s", empty.greeting)
	}
	if err := empty.stop(); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--mongodb-uri", uri, "--demo=on")
	embedded := start(t)
	if !strings.Contains(s.greeting, "Frameworks  meridian\n") {
		t.Errorf("the greeting is\n%s", s.greeting)
	}
	for _, each := range []*running{s, embedded} {
		each.ask(each.token, rename, renamed(demoRevision, "Management of IT")).data(t)
	}
	const query = `{ framework { version { revision } skills(first: 500) { nodes { code name history { nodes { seq message } } levels { code } } } } }`
	if diff := cmp.Diff(embedded.ask("", query).data(t), s.ask("", query).data(t)); diff != "" {
		t.Errorf("(-embedded +MongoDB):\n%s", diff)
	}
	if err := embedded.stop(); err != nil {
		t.Fatal(err)
	}
	// Commands work beside the server.
	bundle := succeed(t, "export", "--mongodb-uri", uri)
	if diff := cmp.Diff(succeed(t, "export", "--data", embedded.data), bundle); diff != "" {
		t.Errorf("exports (-embedded +MongoDB):\n%s", diff)
	}
	out := succeed(t, "import", writeTestFile(t, "copy.json", bundle), "--format", "json", "--framework", "copied", "--mongodb-uri", uri)
	if !strings.Contains(out, "Imported as revision 13") {
		t.Errorf("the import says %s", out)
	}
	if got := s.ask("", `{ framework(code: "copied", minRevision: 13) { code } }`).data(t); got != `{"framework":{"code":"copied"}}` {
		t.Errorf("what was imported is %s", got)
	}
	if got := succeed(t, "check", "--mongodb-uri", uri); !strings.Contains(got, "is sound: 13 revisions, 2 frameworks.") {
		t.Errorf("check says %s", got)
	}
}

func TestInstancesThatStartTogetherLoadOneDemo(t *testing.T) {
	uri := mongotest.Database(t)
	var starting []func()
	for range 3 {
		cmd := program(t, "--mongodb-uri", uri, "--demo=on", "--listen", "127.0.0.1:0")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		starting = append(starting, func() {
			greeted := bufio.NewScanner(out).Scan()
			_ = cmd.Process.Kill()
			if err := cmd.Wait(); !greeted {
				t.Errorf("it does not greet: %v", err)
			}
		})
	}
	for _, wait := range starting {
		wait()
	}
	if got := succeed(t, "check", "--mongodb-uri", uri); !strings.Contains(got, "is sound: 11 revisions, 1 framework.") {
		t.Errorf("check says %s", got)
	}
}

type readiness struct {
	Ready           bool
	Revision        int
	LagSeconds      *float64
	Trouble, Reason string
}

func readyz(t *testing.T, url, query string) (int, readiness) {
	t.Helper()
	got := send(t, "GET", url+"/readyz"+query, "")
	var r readiness
	if err := json.Unmarshal([]byte(got.body), &r); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	return got.status, r
}

// eventually waits for what another process or goroutine does.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !happened(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not happen", what)
		}
	}
}

func TestInstancesSeeEachOther(t *testing.T) {
	uri := mongotest.Database(t)
	a := start(t, "--mongodb-uri", uri, "--demo=on")
	b := start(t, "--mongodb-uri", uri, "--data", a.data)
	const query = `query($n: Int) { framework(minRevision: $n) { version { revision } skill(code: "ITMG") { name } } }`
	for n := demoRevision + 1; n <= demoRevision+9; n++ {
		from, to := a, b
		if n%2 == 0 {
			from, to = b, a
		}
		name := fmt.Sprintf("Name %d", n)
		if got, want := from.ask(a.token, rename, renamed(n-1, name)).data(t), fmt.Sprintf(`{"editFramework":{"revision":{"seq":%d},"errors":[]}}`, n); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		want := fmt.Sprintf(`{"framework":{"version":{"revision":%d},"skill":{"name":"%s"}}}`, n, name)
		if got := to.ask("", query, map[string]any{"n": n}).data(t); got != want {
			t.Errorf("the other instance answers %s, want %s", got, want)
		}
	}
	// An edit on a revision that one has changed since, at the other.
	conflict := b.ask(a.token, rename, renamed(demoRevision+8, "Again")).data(t)
	if !strings.Contains(conflict, "CONFLICT") {
		t.Errorf("got %s", conflict)
	}
	eventually(t, "b hears from the store", func() bool {
		status, r := readyz(t, b.url, "?maxLag=1s")
		return status == http.StatusOK && r.Ready && r.LagSeconds != nil && r.Revision == demoRevision+9
	})
	if status, _ := readyz(t, b.url, "?maxLag=1ns"); status != http.StatusServiceUnavailable {
		t.Errorf("with a lag that cannot be kept it is ready: %d", status)
	}
	if got := send(t, "GET", b.url+"/readyz?maxLag=soon", ""); got.status != http.StatusBadRequest || got.code(t) != "INVALID" {
		t.Errorf("a lag that is none: %d %s", got.status, got.body)
	}
}

// TestStartWaitsForTheStore is alive before there is a store to be ready with.
func TestStartWaitsForTheStore(t *testing.T) {
	p := mongotest.NewProxy(t, mongotest.Database(t))
	p.Down()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + free.Addr().String()
	free.Close()
	cmd := program(t, "--mongodb-uri", p.URI(), "--demo=on", "--listen", free.Addr().String())
	var log buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	eventually(t, "it is alive", func() bool {
		resp, err := http.Get(url + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	if status, r := readyz(t, url, ""); status != http.StatusServiceUnavailable || r.Ready || !strings.Contains(r.Reason, "starting") {
		t.Errorf("readiness is %d %+v", status, r)
	}
	if got := send(t, "POST", url+"/graphql", `{"query":"{__typename}"}`, "Content-Type", "application/json"); got.status != http.StatusServiceUnavailable || got.code(t) != "UNAVAILABLE" {
		t.Errorf("a query is answered %d %s", got.status, got.body)
	}
	if got := refused(t, "ready", "--server", url); !strings.Contains(got, "is not ready: the server is starting") {
		t.Errorf("it says %s", got)
	}
	eventually(t, "it says that it waits", func() bool { return strings.Contains(log.String(), "trying again") })
	p.Up()
	eventually(t, "it is ready", func() bool { status, _ := readyz(t, url, ""); return status == http.StatusOK })
	if got := succeed(t, "ready", "--server", url, "--max-lag", "1h"); got != url+" is ready.\n" {
		t.Errorf("it says %s", got)
	}
	p.Down()
	eventually(t, "it says that it only reads", func() bool {
		return strings.Contains(succeed(t, "ready", "--server", url), "is ready, for reads only: the store does not answer")
	})
	if got := refused(t, "ready", "--server", url, "--max-lag", "1ns"); !strings.Contains(got, "which is more than maxLag") {
		t.Errorf("it says %s", got)
	}
}

// TestWrongPlacesAreRefused wants nobody to work on another store than they mean.
func TestWrongPlacesAreRefused(t *testing.T) {
	uri := mongotest.Database(t)
	data := filepath.Join(t.TempDir(), "data")
	succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "one.json", twoSkills))
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"holds no revisions; is its name right?", []string{"check", "--mongodb-uri", uri}},
		{"there is nothing to copy: MongoDB", []string{"copy", "--from", uri, "--to", filepath.Join(t.TempDir(), "x")}},
		{"--to is neither a folder nor a MongoDB URI", []string{"copy", "--from", data, "--to", "localhost:27017"}},
		{"--from is neither a folder nor a MongoDB URI", []string{"copy", "--from", "http://localhost", "--to", data}},
		{"begins with neither mongodb:// nor mongodb+srv://", []string{"check", "--mongodb-uri", "localhost:27017"}},
		{"names the database one, but two is wanted", []string{"check", "--mongodb-uri", "mongodb://localhost/one", "--mongodb-database", "two"}},
		{`"admin" cannot be the name of the database`, []string{"check", "--mongodb-uri", "mongodb://localhost/admin"}},
	} {
		if got := refused(t, tt.args...); !strings.Contains(got, tt.want) {
			t.Errorf("%v says %q, not %q", tt.args, got, tt.want)
		}
	}
	t.Setenv("MONGODB_URI", uri)
	for _, args := range [][]string{{"check"}, {"export"}, {"import", "--format", "json", writeTestFile(t, "one.json", twoSkills)}} {
		if got := refused(t, append(args, "--data", data)...); !strings.Contains(got, "add --mongodb-uri= to use the folder") {
			t.Errorf("%v says %q", args, got)
		}
	}
	succeed(t, "check", "--data", data, "--mongodb-uri=")
}

// TestOutage takes the store away from a server and gives it back.
func TestOutage(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	s := start(t, "--mongodb-uri", p.URI(), "--demo=on")
	p.Down()
	edited := make(chan error)
	go func() {
		_, err := edit(s.url, s.token, "ITMG", "During the outage", demoRevision)
		edited <- err
	}()
	eventually(t, "the trouble is known", func() bool {
		status, r := readyz(t, s.url, "")
		return status == http.StatusOK && r.Trouble != ""
	})
	eventually(t, "it lags", func() bool {
		status, r := readyz(t, s.url, "?maxLag=2s")
		return status == http.StatusServiceUnavailable && !r.Ready && r.Reason != ""
	})
	if got := s.ask("", `{ framework { skill(code: "ITMG") { name } } }`).data(t); !strings.Contains(got, "Service delivery management") {
		t.Errorf("a read is answered %s", got)
	}
	if err := <-edited; err == nil || !strings.Contains(err.Error(), "nothing was changed") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("an edit is answered %v", err)
	}
	begun := time.Now()
	if got := s.ask(s.token, rename, renamed(demoRevision, "Later in the outage")).body; !strings.Contains(got, "UNAVAILABLE") {
		t.Errorf("an edit is answered %s", got)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it keeps its callers waiting for %s", took)
	}
	p.Up()
	eventually(t, "it recovers", func() bool {
		_, r := readyz(t, s.url, "?maxLag=2s")
		return r.Ready && r.Trouble == ""
	})
	if got, want := s.ask(s.token, rename, renamed(demoRevision, "Afterwards")).data(t), `{"editFramework":{"revision":{"seq":12},"errors":[]}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, want := range []string{"the store cannot be read; answers are of what was read before", "the store can be read again"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, s.log.String())
		}
	}
}

// TestOutcomeUnknown loses the answer of the store, and then the store.
func TestOutcomeUnknown(t *testing.T) {
	uri := mongotest.Database(t)
	p := mongotest.NewProxy(t, uri)
	s := start(t, "--mongodb-uri", p.URI(), "--demo=on")
	revisions := mongotest.Match{Command: "insert", Collection: "revisions"}
	p.Fail(mongotest.Match{Command: "insert", Collection: "revisions", Skip: 1}, mongotest.Call(p.Down))
	p.Fail(revisions, mongotest.SwallowReply)
	const mutation = `mutation { editFramework(input: {
		framework: "meridian", baseRevision: 11, requestId: "r", edits: [{updateSkill: {code: "ITMG", name: "Perhaps"}}]
	}) { revision { seq uuid } errors { code outcome { seq uuid } } } }`
	type payload struct {
		EditFramework struct {
			Revision *struct {
				Seq  int
				UUID string
			}
			Errors []struct {
				Code    string
				Outcome *struct {
					Seq  int
					UUID string
				}
			}
		}
	}
	var unknown, again payload
	if err := json.Unmarshal([]byte(s.ask(s.token, mutation).data(t)), &unknown); err != nil {
		t.Fatal(err)
	}
	list := unknown.EditFramework.Errors
	if len(list) != 1 || list[0].Code != "OUTCOME_UNKNOWN" || list[0].Outcome == nil || list[0].Outcome.Seq != demoRevision+1 {
		t.Fatalf("got %+v", unknown)
	}
	p.Up()
	eventually(t, "the revision is there", func() bool {
		return s.ask("", `{ revision(seq: 12) { uuid } }`).data(t) == fmt.Sprintf(`{"revision":{"uuid":"%s"}}`, list[0].Outcome.UUID)
	})
	if err := json.Unmarshal([]byte(s.ask(s.token, mutation).data(t)), &again); err != nil {
		t.Fatal(err)
	}
	if r := again.EditFramework.Revision; r == nil || r.Seq != demoRevision+1 || r.UUID != list[0].Outcome.UUID {
		t.Errorf("asked again: %+v", again)
	}
}

// TestNewerFormat lets a newer program write to the store of a running server.
func TestNewerFormat(t *testing.T) {
	uri := mongotest.Database(t)
	s := start(t, "--mongodb-uri", uri, "--demo=on")
	revisions := mongotest.Client(t, uri).Collection("revisions")
	if _, err := revisions.InsertOne(t.Context(), bson.D{{Key: "_id", Value: int64(demoRevision + 1)}, {Key: "format", Value: 2}, {Key: "mood", Value: "new"}}); err != nil {
		t.Fatal(err)
	}
	const reason = "the store was written by a newer Skill Atlas; upgrade this one"
	eventually(t, "it is not ready", func() bool {
		status, r := readyz(t, s.url, "")
		return status == http.StatusServiceUnavailable && !r.Ready && r.Reason == reason
	})
	late := start(t, "--mongodb-uri", uri, "--data", s.data) // as one that is started again
	for name, each := range map[string]*running{"the running one": s, "one that starts": late} {
		if status, r := readyz(t, each.url, ""); status != http.StatusServiceUnavailable || r.Reason != reason {
			t.Errorf("%s: %d %+v", name, status, r)
		}
		if got := each.ask("", `{ framework { skill(code: "ITMG") { name } } }`).data(t); !strings.Contains(got, "Service delivery management") {
			t.Errorf("%s: a read is answered %s", name, got)
		}
		if got := each.ask(s.token, rename, renamed(demoRevision, "Old")).body; !strings.Contains(got, "UNAVAILABLE") {
			t.Errorf("%s: an edit is answered %s", name, got)
		}
		if !strings.Contains(each.log.String(), "it was written by a newer Skill Atlas; upgrade this one") {
			t.Errorf("%s does not say so:\n%s", name, each.log.String())
		}
	}
	if got := refused(t, "check", "--mongodb-uri", uri); !strings.Contains(got, "newer Skill Atlas") {
		t.Errorf("check says %s", got)
	}
	if _, err := revisions.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: int64(demoRevision + 1)}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is ready again", func() bool { _, r := readyz(t, s.url, ""); return r.Ready })
	s.ask(s.token, rename, renamed(demoRevision, "New")).data(t)
}

func TestWhatDeadWritersLeftIsCollected(t *testing.T) {
	uri := mongotest.Database(t)
	var text buffer
	log := newLog(&text, "text", "info")
	st, err := openStore(t.Context(), location{uri: uri}, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := loadDemo(t.Context(), st.Catalog); err != nil {
		t.Fatal(err)
	}
	skills := mongotest.Client(t, uri).Collection("skills")
	now := time.Now()
	for key, begun := range map[string]time.Time{"DEAD": now.Add(-2 * time.Hour), "SLOW": now.Add(-time.Minute)} {
		id := bson.D{{Key: "commit", Value: bson.NewObjectIDFromTimestamp(begun)}, {Key: "n", Value: 1}}
		if _, err := skills.InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "framework", Value: "meridian"}, {Key: "key", Value: key}}); err != nil {
			t.Fatal(err)
		}
	}
	st.collect(t.Context(), log, now)
	left := func(key string) int { return len(mongotest.All(t, skills, bson.D{{Key: "key", Value: key}})) }
	if left("DEAD") != 0 || left("SLOW") != 1 {
		t.Errorf("%d of a dead writer are left, %d of a slow one", left("DEAD"), left("SLOW"))
	}
	eventually(t, "the revision that gives them up arrives", func() bool { return st.Head().Seq() == demoRevision+1 })
	if step := st.Head().Step(demoRevision + 1); step.Message != "Remove what interrupted writers have left" || step.Author != systemActor.ID {
		t.Errorf("it is %+v", step)
	}
	if !strings.Contains(text.String(), "removed what interrupted writers have left") {
		t.Errorf("the log says %s", text.String())
	}
	succeed(t, "check", "--mongodb-uri", uri)
}

func TestTokensStayInTheFolder(t *testing.T) {
	s := start(t, "--mongodb-uri", mongotest.Database(t))
	if got := succeed(t, "token", "list", "--data", s.data); !strings.Contains(got, "Administrator") {
		t.Errorf("the list is\n%s", got)
	}
	if files, err := os.ReadDir(s.data); err != nil || len(files) != 2 {
		t.Errorf("the folder holds %v, %v; want the tokens and the file of the first", files, err)
	}
}

func TestCopyMovesAStore(t *testing.T) {
	s := start(t)
	s.ask(s.token, rename, renamed(demoRevision, "Moved")).data(t)
	bundle := s.ask("", `{ framework { skills { nodes { code name } } } }`).data(t)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	uri, back := mongotest.Database(t), filepath.Join(t.TempDir(), "back")
	if got := succeed(t, "copy", "--from", s.data, "--to", uri); !regexp.MustCompile(`^Copied 12 revisions from embedded file .*, which holds 12 revisions now, verified\.\n$`).MatchString(got) {
		t.Errorf("it says %s", got)
	}
	moved := start(t, "--mongodb-uri", uri, "--data", s.data)
	if got := moved.ask("", `{ framework { skills { nodes { code name } } } }`).data(t); got != bundle {
		t.Errorf("in MongoDB it is %s", got)
	}
	moved.ask(s.token, rename, renamed(demoRevision+1, "Moved again")).data(t)
	if got := succeed(t, "copy", "--from", uri, "--to", s.data); !strings.Contains(got, "Copied 1 revision from MongoDB") {
		t.Errorf("it says %s", got)
	}
	succeed(t, "copy", "--from", uri, "--to", back)
	if got := succeed(t, "copy", "--from", uri, "--to", back); !strings.Contains(got, "There was nothing to copy") {
		t.Errorf("it says %s", got)
	}
	for _, dir := range []string{s.data, back} {
		if got := succeed(t, "check", "--data", dir); !strings.Contains(got, "is sound: 13 revisions") {
			t.Errorf("check says %s", got)
		}
	}
	for name, args := range map[string][]string{
		"there is no store in":           {"--from", filepath.Join(t.TempDir(), "none"), "--to", uri},
		"are the same store":             {"--from", back, "--to", back + "/"},
		"the MongoDB URI cannot be used": {"--from", back, "--to", "mongodb://"},
	} {
		if got := refused(t, append([]string{"copy"}, args...)...); !strings.Contains(got, name) {
			t.Errorf("it says %q, not %q", got, name)
		}
	}
}

// TestInstancesKilledAmidCommits runs several processes on one database, each
// writing for its client, kills some of them again and again, and lets clients
// send what was not acknowledged again, elsewhere, under the same request id.
func TestInstancesKilledAmidCommits(t *testing.T) {
	const instances, commits, kills = 4, 200, 6
	uri := mongotest.Database(t)
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, "--mongodb-uri", uri, "--demo=on", "--data", data) // for the demo and the token
	seed := rand.Uint64()
	t.Logf("seed %d", seed)

	var mu sync.Mutex
	urls := make([]string, instances)
	processes := make([]*os.Process, instances)
	waits := make([]func() error, instances)
	run := func(i int) {
		url, process, wait := startProcess(t, data, "--mongodb-uri", uri)
		mu.Lock()
		defer mu.Unlock()
		urls[i], processes[i], waits[i] = url, process, wait
	}
	for i := range instances {
		run(i)
	}
	acknowledged := map[int]string{} // request ids by revision
	resent := 0
	skills := []string{"ITMG", "ITOP", "CHNG", "DBAM"}
	var clients sync.WaitGroup
	for client := range instances {
		clients.Go(func() {
			seen := demoRevision
			for n := range commits {
				id := fmt.Sprintf("client %d, edit %d", client, n)
				for attempt := 0; ; attempt++ {
					mu.Lock()
					url := urls[(client+attempt)%instances]
					mu.Unlock()
					revision, err := edit(url, first.token, skills[client], id, seen)
					if err == nil {
						mu.Lock()
						if other, twice := acknowledged[revision]; twice {
							t.Errorf("revision %d was acknowledged for %q and %q", revision, other, id)
						}
						acknowledged[revision] = id
						mu.Unlock()
						seen = revision
						break
					}
					mu.Lock()
					resent++
					mu.Unlock()
					if attempt > 200 {
						t.Errorf("%s: %v", id, err)
						return
					}
					<-time.After(5 * time.Millisecond)
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range kills {
		target := instances * commits * (n + 1) / (kills + 2)
		eventually(t, "commits are made", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) >= target || t.Failed()
		})
		victim := random.IntN(instances)
		mu.Lock()
		process, wait := processes[victim], waits[victim]
		mu.Unlock()
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
		if err := wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("it exits with: %v", err)
		}
		run(victim)
	}
	clients.Wait()
	for i := range instances {
		_ = processes[i].Kill()
		_ = waits[i]()
	}
	t.Logf("%d requests were sent again", resent)
	if len(acknowledged) != instances*commits {
		t.Fatalf("%d edits were acknowledged, want %d", len(acknowledged), instances*commits)
	}
	st, err := openStore(t.Context(), location{uri: uri}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	head := st.Head()
	if head.Seq() != int64(demoRevision+instances*commits) {
		t.Errorf("there are %d revisions, want those of the demo and one for each edit", head.Seq())
	}
	for revision, id := range acknowledged {
		if step := head.Step(int64(revision)); step == nil || step.Message != id || step.RequestID != id {
			t.Errorf("revision %d is %+v, want %q", revision, step, id)
		}
	}
	if got := succeed(t, "check", "--mongodb-uri", uri); !strings.Contains(got, "is sound") {
		t.Errorf("check says %s", got)
	}
}
