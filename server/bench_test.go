package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
	generated "skillatlas/internal/sample"
)

// BenchmarkServe starts the program as a process on 14,000 skills, 120,000
// relations and 20 revisions, until it has answered its first query, and tells
// the most memory it has had.
func BenchmarkServe(b *testing.B) {
	b.Run("embedded", func(b *testing.B) { benchmarkServe(b, location{dir: b.TempDir()}) })
	b.Run("mongodb", func(b *testing.B) { benchmarkServe(b, location{dir: b.TempDir(), uri: mongotest.Database(b)}) })
}

func benchmarkServe(b *testing.B, at location) {
	st, err := openStore(b.Context(), at, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		b.Fatal(err)
	}
	edit := func(edits ...framework.Edit) {
		b.Helper()
		req := catalog.Request{Framework: generated.Framework, BaseRevision: st.Head().Seq(), Edits: edits}
		if _, err := st.Edit(b.Context(), systemActor, req); err != nil {
			b.Fatal(err)
		}
	}
	edit(generated.Edits(14_000, 120_000)...)
	for i := range 19 {
		edit(framework.UpdateSkill{Code: generated.SkillCode(i), Description: framework.Some(fmt.Sprintf("Version %d.", i))})
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}

	var peak float64
	var cpu time.Duration
	for b.Loop() {
		mb, used := serveOnce(b, at)
		peak, cpu = max(peak, mb), cpu+used
	}
	b.ReportMetric(peak, "peak-MB")
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
}

// serveOnce starts the program, asks it one question, and returns the most
// memory it has had resident, in MB, and the time of processors it took, which
// leaves out that of a database.
func serveOnce(b *testing.B, at location) (peak float64, cpu time.Duration) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "--listen", "127.0.0.1:0", "--data", at.dir)
	cmd.Env = append(os.Environ(), asProgram+"=1", "MONGODB_URI="+at.uri)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
		cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}()
	url := regexp.MustCompile(`API\s+(\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		m := url.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		client := &http.Client{Timeout: 10 * time.Second}
		resp, err := client.Post(m[1], "application/json", strings.NewReader(
			`{"query": "{ framework { skills(first: 100, order: NAME) { totalCount nodes { name related { skill { name } } } } } }"}`))
		if err != nil {
			b.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(answer), `"totalCount":14000`) {
			b.Fatalf("%v: %.300s", err, answer)
		}
		return peakMemory(b, cmd.Process.Pid), 0
	}
	b.Fatal("the server did not say where it listens")
	return 0, 0
}

func peakMemory(b *testing.B, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Logf("no memory figures: %v", err)
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}
