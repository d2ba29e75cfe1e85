package main

import (
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/google/go-cmp/cmp"
)

const mb = 1 << 20

// gcPercent and memoryLimit are what the runtime says it was told.
func gcPercent() uint64   { return runtimeMetric("/gc/gogc:percent") }
func memoryLimit() uint64 { return runtimeMetric("/gc/gomemlimit:bytes") }

func runtimeMetric(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestHeadroom(t *testing.T) {
	for _, c := range []struct {
		name             string
		live, roots, end uint64 // end is the heap when it is collected
	}{
		{"nothing yet counts as 8 MB", 1 * mb, 0, 1*mb + 10*mb},
		{"small", 10 * mb, 0, 90 * mb},
		{"small with large stacks", 10 * mb, 22 * mb, 90 * mb},
		{"as large as four times the least headroom", 320 * mb, 0, 400 * mb},
		{"large", 800 * mb, 0, 1000 * mb},
		{"huge", 64 << 30, 0, 80 << 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			percent := uint64(memoryUse{live: c.live, roots: c.roots}.percent())
			// The runtime's rule, see runtime/mgcpacer.go. Whole percentages lose up to one.
			got := c.live + (c.live+c.roots)*percent/100
			if lost := (c.live + c.roots) / 100; got > c.end || got+lost < c.end {
				t.Errorf("%d %% let %d MB grow to %d MB, want %d MB", percent, c.live/mb, got/mb, c.end/mb)
			}
		})
	}
}

// TestLimitLeavesRoom holds limits against the runtime's own arithmetic: whatever
// is live, a collection must not be followed by the next at once.
func TestLimitLeavesRoom(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	upTo := func(most float64) uint64 { return uint64(math.Exp(random.Float64() * math.Log(most))) }
	tight := 0
	for range 10_000 {
		u := memoryUse{live: upTo(16 << 30), roots: upTo(64 * mb), other: upTo(1 << 30)}
		p := memoryPlan{container: upTo(32 << 30)}
		limit, isTight := p.limit(u)
		// gcControllerState.memoryLimitHeapGoal in runtime/mgcpacer.go, right after a collection.
		goal := uint64(limit) - u.other
		goal -= max(goal/100*3, mb)
		if uint64(limit) < u.other || goal < u.live+20*mb || goal < u.live+u.live/16 {
			t.Fatalf("%+v in a container of %d: the limit %d ends the heap at %d", u, p.container, limit, goal)
		}
		if share := int64(p.container / 100 * 90); isTight != (limit > share) || limit < share {
			t.Fatalf("%+v in a container of %d: the limit is %d, tight is %t", u, p.container, limit, isTight)
		}
		if isTight {
			tight++
			if most := u.other + u.live + max(20*mb, u.live/16); uint64(limit) > most+most/20+2*mb {
				t.Fatalf("%+v: the limit %d gives way by more than it has to", u, limit)
			}
		}
	}
	if tight < 1000 || tight > 9000 {
		t.Errorf("%d of 10,000 containers were too small, which leaves one of the cases out", tight)
	}
	if limit, isTight := (memoryPlan{}).limit(memoryUse{live: 1 << 40}); limit != math.MaxInt64 || isTight {
		t.Errorf("without a container the limit is %d, tight is %t", limit, isTight)
	}
}

func TestMemoryPlan(t *testing.T) {
	damaged := errors.New("damaged")
	has := func(limit uint64, err error) func() (uint64, error) {
		return func() (uint64, error) { return limit, err }
	}
	headroom := "headroom of 80 MB or 1/4 of the heap"
	for _, c := range []struct {
		name        string
		environment map[string]string
		container   func() (uint64, error)
		want        string
		err         error
	}{
		{name: "no container", container: has(0, memlimit.ErrNoCgroup), want: "collector=" + headroom + " limit=none"},
		{name: "no limit", container: has(0, memlimit.ErrNoLimit), want: "collector=" + headroom + " limit=none"},
		{name: "not Linux", container: has(0, memlimit.ErrCgroupsNotSupported), want: "collector=" + headroom + " limit=none"},
		{name: "a limit that cannot be read", container: has(0, damaged), want: "collector=" + headroom + " limit=none", err: damaged},
		{
			name: "a container", container: has(512*mb, nil),
			want: "collector=" + headroom + " limit=90 % of 512 MB, which the container has",
		},
		{
			name: "GOGC", environment: map[string]string{"GOGC": "off"}, container: has(512*mb, nil),
			want: "collector=GOGC=off limit=90 % of 512 MB, which the container has",
		},
		{
			name: "GOMEMLIMIT", environment: map[string]string{"GOMEMLIMIT": "1GiB"},
			container: func() (uint64, error) { panic("asked though it does not matter") },
			want:      "collector=" + headroom + " limit=GOMEMLIMIT=1GiB",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := planMemory(func(name string) string { return c.environment[name] }, c.container)
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			var words []string
			for _, a := range plan.LogValue().Group() {
				words = append(words, a.String())
			}
			if diff := cmp.Diff(c.want, strings.Join(words, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMeasureMemory(t *testing.T) {
	runtime.GC()
	before := measureMemory()
	large := make([]byte, 128*mb)
	deep, done := make(chan int), make(chan int)
	var descend func(n int) int
	descend = func(n int) int {
		var frame [1 << 10]int
		if n == 0 {
			deep <- 0
			return <-done
		}
		frame[n%len(frame)] = descend(n - 1)
		return frame[0]
	}
	go descend(4 << 10) // 32 MB of stack
	<-deep
	runtime.GC()
	after := measureMemory()
	done <- 0
	runtime.KeepAlive(large)
	for what, grown := range map[string][3]uint64{
		"live":  {before.live, after.live, 128 * mb},
		"roots": {before.roots, after.roots, 32 * mb},
		"other": {before.other, after.other, 32 * mb},
	} {
		// Stacks are powers of two.
		if grown[1] < grown[0]+grown[2]*9/10 || grown[1] > grown[0]+grown[2]*5/2 {
			t.Errorf("%s has grown from %d to %d MB for %d MB", what, grown[0]/mb, grown[1]/mb, grown[2]/mb)
		}
	}
}

// until collects garbage until something is true.
func until(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !isTrue(); runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: never; GOGC is %d, the limit %d", what, gcPercent(), memoryLimit())
		}
	}
}

// sink keeps what is allocated from being optimized away.
var sink []byte

func TestTunerFollowsTheHeap(t *testing.T) {
	percent, limit := gcPercent(), memoryLimit()
	var log buffer
	const container = 200 * mb
	stop := memoryPlan{container: container}.apply(slog.New(slog.NewTextHandler(&log, nil)))
	until(t, "a small heap has room", func() bool { return gcPercent() > 200 })
	until(t, "the limit is the container's", func() bool { return memoryLimit() == container/100*90 })

	for range 2 {
		large := make([]byte, 256*mb)
		until(t, "a large heap has less", func() bool { return gcPercent() < 40 })
		until(t, "the limit gives way", func() bool { return memoryLimit() > 276*mb })
		before := runtimeMetric("/gc/cycles/automatic:gc-cycles")
		for range 400 {
			sink = make([]byte, mb)
		}
		if n := runtimeMetric("/gc/cycles/automatic:gc-cycles") - before; n > 400/20*3/2 {
			t.Errorf("%d collections for 400 MB, though 20 MB may be allocated between them", n)
		}
		runtime.KeepAlive(large)
		until(t, "a heap that has shrunk has room again", func() bool { return gcPercent() > 200 })
		until(t, "its limit is the container's again", func() bool { return memoryLimit() == container/100*90 })
	}
	if n := strings.Count(log.String(), "level=WARN msg=\"the container has too little memory"); n != 1 {
		t.Errorf("%d warnings, want one:\n%s", n, log.String())
	}

	stop()
	if p, l := gcPercent(), memoryLimit(); p != percent || l != limit {
		t.Errorf("afterwards GOGC is %d and the limit %d, before they were %d and %d", p, l, percent, limit)
	}
}

func TestTunerLeavesTheEnvironmentAlone(t *testing.T) {
	percent, limit := gcPercent(), memoryLimit()
	for name, plan := range map[string]memoryPlan{
		"GOGC":          {gogc: "100", container: 1 << 40},
		"GOMEMLIMIT":    {goMemLimit: "off"},
		"both of them ": {gogc: "100", goMemLimit: "off"},
	} {
		t.Run(strings.TrimSpace(name), func(t *testing.T) {
			stop := plan.apply(slog.New(slog.DiscardHandler))
			defer stop()
			if p := gcPercent(); plan.gogc != "" && p != percent {
				t.Errorf("GOGC is %d, and was %d", p, percent)
			}
			if l := memoryLimit(); plan.goMemLimit != "" && l != limit {
				t.Errorf("the limit is %d, and was %d", l, limit)
			}
		})
	}
}

func TestServeTunesMemory(t *testing.T) {
	t.Setenv("GOGC", "") // which says nothing
	before := gcPercent()
	s := start(t, "--log-level", "debug")
	if p := gcPercent(); p == before {
		t.Errorf("while it serves GOGC is %d, as before", p)
	}
	if !strings.Contains(s.log.String(), `msg=memory plan.collector="headroom of 80 MB or`) {
		t.Errorf("the log does not say so:\n%s", s.log.String())
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if p := gcPercent(); p != before {
		t.Errorf("afterwards GOGC is %d, before it was %d", p, before)
	}
}
