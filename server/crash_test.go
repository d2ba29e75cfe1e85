package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// startProcess starts the program as a process on a free port.
func startProcess(t *testing.T, data string, args ...string) (url string, process *os.Process, wait func() error) {
	t.Helper()
	cmd := program(t, append([]string{"--listen", "127.0.0.1:0", "--data", data}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &running{t: t, stop: func() error { return fmt.Errorf("%w\n%s", cmd.Wait(), log.String()) }}
	s.read(out)
	return s.url, cmd.Process, cmd.Wait
}

func TestTerminatedServerExitsInOrder(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(signal.String(), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			url, process, wait := startProcess(t, data)
			if got := send(t, "GET", url+"/readyz", ""); got.status != 200 {
				t.Errorf("readiness is %d", got.status)
			}
			if err := process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := wait(); err != nil {
				t.Errorf("it exits with: %v", err)
			}
			succeed(t, "check", "--data", data)
		})
	}
}

func TestFailingProgramExitsWithOneLine(t *testing.T) {
	cmd := program(t, "check")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	err := cmd.Run()
	if got, want := errOut.String(), "skillatlas: there is no store in ./data; name its folder with --data\n"; err == nil || cmd.ProcessState.ExitCode() != 1 || got != want {
		t.Errorf("it exits with %v and says %q, want %q", err, got, want)
	}
}

// TestKilledServerLosesNothingItAcknowledged kills the program amid edits of
// several clients, again and again.
func TestKilledServerLosesNothingItAcknowledged(t *testing.T) {
	rounds, edits := 4, 25
	if testing.Short() {
		rounds, edits = 1, 10
	}
	data := filepath.Join(t.TempDir(), "data")
	var mu sync.Mutex
	acknowledged := map[int]string{} // messages by revision
	skills := []string{"ITMG", "ITOP", "CHNG", "DBAM"}
	seen := make([]int, len(skills)) // the revision each client has last seen
	for round := range rounds {
		url, process, wait := startProcess(t, data)
		token, err := os.ReadFile(filepath.Join(data, "admin.token"))
		if err != nil {
			t.Fatal(err)
		}
		// What was under way when it was killed may have been made, unacknowledged.
		now := headOf(t, url)
		for client := range seen {
			seen[client] = now
		}
		inRound := 0
		var clients sync.WaitGroup
		for client, skill := range skills {
			clients.Go(func() {
				for n := 0; ; n++ {
					message := fmt.Sprintf("round %d, client %d, edit %d", round, client, n)
					revision, err := edit(url, strings.TrimSpace(string(token)), skill, message, seen[client])
					mu.Lock()
					switch {
					case err == nil:
						acknowledged[revision] = message
						seen[client] = revision
						inRound++
					case inRound < edits:
						t.Errorf("%s: %v", message, err)
					}
					if inRound == edits || err != nil {
						_ = process.Kill()
					}
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		clients.Wait()
		if err := wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("it exits with: %v", err)
		}
	}
	if len(acknowledged) < rounds*edits {
		t.Fatalf("only %d edits were acknowledged", len(acknowledged))
	}
	succeed(t, "check", "--data", data)
	st, err := openStore(t.Context(), location{dir: data}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for revision, message := range acknowledged {
		if step := st.Head().Step(int64(revision)); step == nil || step.Message != message {
			t.Errorf("revision %d is %+v, want %q", revision, step, message)
		}
	}
}

func headOf(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var ready struct{ Revision int }
	if err := json.NewDecoder(resp.Body).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	return ready.Revision
}

// edit changes the description of a skill of the demo framework and returns the
// revision that was acknowledged.
func edit(url, token, skill, message string, base int) (int, error) {
	body, err := json.Marshal(map[string]any{
		"query": `mutation($i: EditFrameworkInput!) { editFramework(input: $i) { revision { seq } errors { message } } }`,
		"variables": map[string]any{"i": map[string]any{
			"framework": "meridian", "baseRevision": base, "message": message, "requestId": message,
			"edits": []any{map[string]any{"updateSkill": map[string]any{"code": skill, "description": message}}},
		}},
	})
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest("POST", url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			EditFramework struct {
				Revision *struct{ Seq int }
				Errors   []struct{ Message string }
			}
		}
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Data.EditFramework.Revision == nil {
		return 0, fmt.Errorf("%s: %v", resp.Status, answer)
	}
	return answer.Data.EditFramework.Revision.Seq, nil
}
