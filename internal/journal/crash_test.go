package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"skillatlas/internal/framework"
)

// The test binary is its own child: with childPath set it appends revisions to
// that file and writes the number of each, once acknowledged, to standard output.
const (
	childPath   = "JOURNAL_TEST_CHILD_PATH"
	childLast   = "JOURNAL_TEST_CHILD_LAST"   // the last revision to append; none means go on until killed
	childNoSync = "JOURNAL_TEST_CHILD_NOSYNC" // any value turns syncing off
	childRedact = "JOURNAL_TEST_CHILD_REDACT" // any value makes it redact a comment and append nothing
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		work := appendAll
		if os.Getenv(childRedact) != "" {
			work = redactOne
		}
		if err := work(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func redactOne(path string) error {
	runtime.LockOSThread()
	b, err := OpenBolt(path)
	if err != nil {
		return err
	}
	return errors.Join(b.Redact(context.Background(), ref(comment(1, "")), 4), b.Close())
}

// appendAll writes "n" for an acknowledged append, "n failed" for one that failed and
// "n unknown" for one that may have; it goes on with whatever the store says is next.
func appendAll(path string) error {
	// strace counts calls per thread.
	runtime.LockOSThread()
	b, err := OpenBolt(path)
	if err != nil {
		return err
	}
	if os.Getenv(childNoSync) != "" {
		b.db.NoSync = true
	}
	last, err := strconv.ParseInt(os.Getenv(childLast), 10, 64)
	if err != nil {
		return err
	}
	var seq int64
	count := func(r *framework.Revision) error { seq = r.Seq; return nil }
	if err := b.Load(context.Background(), 0, count); err != nil {
		return err
	}
	for seq++; last == 0 || seq <= last; seq++ {
		err := b.Append(context.Background(), numbered(seq))
		switch {
		case err == nil:
			fmt.Println(seq)
		case errors.Is(err, ErrOutcomeUnknown):
			fmt.Println(seq, "unknown")
			// It may be on disk or not: it is not shown, and nothing comes after it,
			// until the file has been opened again.
			before := seq - 1
			seq = 0
			if err := b.Load(context.Background(), 0, count); err != nil || seq != before {
				return fmt.Errorf("after an unknown outcome the store shows %d revisions, want %d: %w", seq, before, err)
			}
			err := b.Append(context.Background(), numbered(seq+1))
			if err == nil || errors.Is(err, ErrTaken) || errors.Is(err, ErrOutcomeUnknown) {
				return fmt.Errorf("appended again after an unknown outcome: %w, want a refusal", err)
			}
			if err := b.Close(); err != nil {
				return err
			}
			if b, err = OpenBolt(path); err != nil {
				return err
			}
			if err := b.Load(context.Background(), seq, count); err != nil {
				return err
			}
		default:
			fmt.Println(seq, "failed")
			seq--
		}
	}
	return b.Close()
}

// numbered is a revision of one to a hundred pages.
func numbered(seq int64) *framework.Revision {
	var entities []framework.Entity
	for n := range 1 + seq*seq%400 {
		entities = append(entities, skill(int(seq+n)))
	}
	return revision(seq, entities...)
}

func child(ctx context.Context, path string, last int64, command ...string) *exec.Cmd {
	command = append(command, os.Args[0])
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), childPath+"="+path, childLast+"="+strconv.FormatInt(last, 10))
	return cmd
}

// checkStore checks that a store holds the revisions 1 to n, n at least last, whole
// and as they were appended, and that bbolt finds nothing wrong with the file.
func checkStore(t *testing.T, path string, last int64) (n int64) {
	t.Helper()
	b := openBolt(t, path)
	defer b.Close()
	for _, r := range load(t, b, 0) {
		n++
		if want := numbered(n); !reflect.DeepEqual(want, r) { // faster than cmp
			t.Fatalf("revision %d (-want +got):\n%s", n, cmp.Diff(want, r))
		}
	}
	if n < last {
		t.Fatalf("revision %d was acknowledged, but the store ends at %d", last, n)
	}
	err := b.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestKill(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "skillatlas.db")
	var last int64
	torn := 0
	for range rounds {
		acknowledged := last
		cmd := child(t.Context(), path, 0)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The timer only chooses the moment of death within an append.
		deadly, delay := last+1+random.Int64N(6), time.Duration(random.IntN(4000))*time.Microsecond
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if acknowledged == deadly {
				time.AfterFunc(delay, func() { cmd.Process.Kill() })
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("the child was not killed: %s", cmd.ProcessState)
		}
		last = checkStore(t, path, acknowledged)
		if last > acknowledged+1 {
			t.Fatalf("the store ends at %d, but only %d were acknowledged", last, acknowledged)
		}
		if last > acknowledged {
			torn++
		}
	}
	t.Logf("%d revisions in %d rounds; %d times the last was stored but not acknowledged", last, rounds, torn)
}

func strace(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace to see what is synced when: apt-get install strace")
	}
	if out, err := exec.Command(path, "-qq", "-e", "trace=none", os.Args[0], "-test.run=^$").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here (%v): %s", err, out)
	}
	return path
}

// TestSyncBeforeAcknowledging watches the system calls of a child, since the page
// cache hides from any kill whether data was on disk.
func TestSyncBeforeAcknowledging(t *testing.T) {
	strace := strace(t)
	const last = 30
	watch := func(t *testing.T, env ...string) error {
		dir := t.TempDir()
		db, trace := filepath.Join(dir, "skillatlas.db"), filepath.Join(dir, "trace")
		cmd := child(t.Context(), db, last, strace, "-f", "-y", "-s", "16", "-o", trace,
			"-e", "trace=write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync")
		cmd.Env = append(cmd.Env, env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		checkStore(t, db, last)
		f, err := os.Open(trace)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return checkTrace(f, db, last)
	}
	if err := watch(t); err != nil {
		t.Error(err)
	}
	err := watch(t, childNoSync+"=1")
	if want := "revision 1 is acknowledged before it is synced"; err == nil || err.Error() != want {
		t.Errorf("a store that does not sync: got %v, want: %s", err, want)
	}
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((\d+)<([^>]*)>(?:, "([^"]*)")?.*?(?: = (-?\d+).*| <unfinished \.\.\.>)$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>.* = (-?\d+)`)
)

// checkTrace checks that each acknowledgement follows a successful sync which began
// after the last write to the file had ended, and that something was written for it.
func checkTrace(trace io.Reader, db string, last int64) error {
	var (
		writing  = map[string]bool{} // threads inside a write to the file
		syncing  = map[string]bool{} // threads inside a sync; false once a write began meanwhile
		unsynced bool
		writes   int
		seq      int64
	)
	ended := func(thread string, result string) {
		if covers, ok := syncing[thread]; ok && covers && result == "0" {
			unsynced = false
		}
		delete(writing, thread)
		delete(syncing, thread)
	}
	for lines := bufio.NewScanner(trace); lines.Scan(); {
		if m := resumedLine.FindStringSubmatch(lines.Text()); m != nil {
			ended(m[1], m[3])
			continue
		}
		m := callLine.FindStringSubmatch(lines.Text())
		if m == nil {
			if strings.Contains(lines.Text(), db) {
				return fmt.Errorf("cannot read the trace: %s", lines.Text())
			}
			continue
		}
		thread, call, fd, path, data, result := m[1], m[2], m[3], m[4], m[5], m[6]
		switch {
		case path == db && (call == "fsync" || call == "fdatasync"):
			syncing[thread] = len(writing) == 0
		case path == db:
			unsynced, writing[thread] = true, true
			writes++
			for other := range syncing {
				syncing[other] = false
			}
		case fd == "1":
			seq++
			switch {
			case data != strconv.FormatInt(seq, 10)+`\n`:
				return fmt.Errorf("got %q, want the acknowledgement of revision %d", data, seq)
			case writes == 0:
				return fmt.Errorf("revision %d is acknowledged, but nothing was written for it", seq)
			case unsynced:
				return fmt.Errorf("revision %d is acknowledged before it is synced", seq)
			}
			writes = 0
		}
		if result != "" {
			ended(thread, result)
		}
	}
	if seq != last {
		return fmt.Errorf("the trace ends with the acknowledgement of revision %d, want %d", seq, last)
	}
	return nil
}

// TestSyncFails lets each of the child's syncs fail in turn. What failed must not be
// there, what was acknowledged must, and the store has to work on.
func TestSyncFails(t *testing.T) {
	strace := strace(t)
	const last = 3
	outcomes := map[string]int{}
	for n := 1; n <= 4; n++ {
		path := filepath.Join(t.TempDir(), "skillatlas.db")
		openBolt(t, path).Close()
		cmd := child(t.Context(), path, last, strace, "-f", "-qq", "-o", os.DevNull,
			"-e", "trace=fdatasync", "-e", fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", n))
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("sync %d: %v: %s", n, err, out)
		}
		checkStore(t, path, last)
		// Had a failed revision been stored, appending it again would have met ErrTaken.
		var got []string
		for line := range strings.Lines(string(out)) {
			got = append(got, strings.TrimSpace(line))
			if _, outcome, bad := strings.Cut(strings.TrimSpace(line), " "); bad {
				outcomes[outcome]++
			}
		}
		t.Logf("sync %d fails: %s", n, strings.Join(got, ", "))
	}
	if diff := cmp.Diff(map[string]int{"failed": 2, "unknown": 2}, outcomes); diff != "" {
		t.Errorf("outcomes of failed syncs (-want +got):\n%s", diff)
	}
}
