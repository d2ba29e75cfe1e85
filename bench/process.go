package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A server is a program under test, with the processes it consists of.
type server struct {
	addr string
	pids []int
	cmd  *exec.Cmd
	in   io.Closer
	// drained waits for the end of its output.
	drained sync.WaitGroup
}

// startTimeout is how long a server may take until it says where it listens.
const startTimeout = time.Minute

// stopTimeout is how long it may take to end by itself.
const stopTimeout = 5 * time.Second

var listens = regexp.MustCompile(`API\s+http://(\S+)/graphql`)

// start starts a server and waits until it has printed its URL. The server ends
// with ctx at the latest. What it says of errors goes to errOut, or nowhere if that is nil.
func start(ctx context.Context, errOut io.Writer, argv ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = errOut
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTimeout
	in, err := cmd.StdinPipe() // peers end with it
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, in: in}
	timer := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() }) // which ends its output
	lines := bufio.NewScanner(out)
	for s.addr == "" && lines.Scan() {
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			s.addr = m[1]
		}
	}
	timer.Stop()
	if s.addr == "" {
		s.stop()
		return nil, fmt.Errorf("%s did not say where it listens: %s", strings.Join(argv, " "), cmd.ProcessState)
	}
	s.drained.Go(func() { _, _ = io.Copy(io.Discard, out) })
	if s.pids, err = family(cmd.Process.Pid); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// stop ends the server and waits for it.
func (s *server) stop() {
	_ = s.in.Close()
	_ = s.cmd.Cancel() // it may have ended
	timer := time.AfterFunc(stopTimeout, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	s.drained.Wait()
	_ = s.cmd.Wait() // it was interrupted
}

// family is a process and all that it has started.
func family(pid int) ([]int, error) {
	pids := []int{pid}
	for i := 0; i < len(pids); i++ {
		lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i]))
		if err != nil {
			return nil, err
		}
		for _, list := range lists {
			text, err := os.ReadFile(list)
			if err != nil {
				return nil, err
			}
			for _, field := range strings.Fields(string(text)) {
				child, err := strconv.Atoi(field)
				if err != nil {
					return nil, err
				}
				pids = append(pids, child)
			}
		}
	}
	return pids, nil
}

// tick is the unit of times in /proc, the same on all of Linux.
const tick = 10 * time.Millisecond

// cpu is how long the processes have run on processors.
func (s *server) cpu() (time.Duration, error) {
	total := time.Duration(0)
	for _, pid := range s.pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		// The name of the program, in brackets, may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, field := range fields[11:13] { // utime and stime
			n, err := strconv.Atoi(field)
			if err != nil {
				return 0, err
			}
			total += time.Duration(n) * tick
		}
	}
	return total, nil
}

// memory is how much memory the processes hold, and the most they have held, in
// bytes. What they share counts several times.
func (s *server) memory() (resident, peak int, err error) {
	for _, pid := range s.pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, 0, err
		}
		for _, line := range strings.Split(string(text), "\n") {
			name, value, _ := strings.Cut(line, ":")
			if name != "VmRSS" && name != "VmHWM" {
				continue
			}
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(value, "kB")))
			if err != nil {
				return 0, 0, fmt.Errorf("%s of process %d: %w", name, pid, err)
			}
			if name == "VmRSS" {
				resident += kb << 10
			} else {
				peak += kb << 10
			}
		}
	}
	return resident, peak, nil
}
