package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// The garbage collector's own rule, GOGC, lets the heap grow by a share of what is
// live. That suits few sizes: with the default of 100 a heap of 10 MB is collected
// whenever another 10 MB have been allocated, which under load takes half of the
// processors' time, and one of 280 MB grows to 560. What a collection costs grows
// with what is live, and how often there is one with how little the heap may grow.
// So the headroom is chosen, and the percentage worked out from it after every
// collection. docs/performance.md has what was measured.
const (
	// leastHeadroom is by how much any heap may grow between collections.
	leastHeadroom = 80 << 20
	// headroomShare is how many times the headroom goes into a large heap.
	headroomShare = 4
	// smallestHeap is what smaller heaps count as, so that no percentage is so high
	// that a heap which grows all at once is far too large before it is set anew.
	smallestHeap = 8 << 20
	// tightHeadroom is what is left of the headroom when a container has too little
	// memory.
	tightHeadroom = leastHeadroom / 4
	// containerPercent is what Go may use of the memory of the container: the
	// program itself and the pages of the store that are mapped count there too.
	containerPercent = 90
)

// A memoryUse is what memory is used for after a collection, in bytes.
type memoryUse struct {
	live  uint64 // by objects in the heap that were found to be in use
	roots uint64 // by what is scanned besides, which GOGC counts as live
	other uint64 // by what is not the heap and counts against the limit: stacks, gaps, the runtime's own
}

func measureMemory() memoryUse {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/scan/stack:bytes"},
		{Name: "/gc/scan/globals:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(s)
	bytes := func(i int) uint64 { return s[i].Value.Uint64() }
	// They are not read at one moment.
	other := int64(bytes(3)) - int64(bytes(4)) - int64(bytes(5)) - int64(bytes(6))
	return memoryUse{live: bytes(0), roots: bytes(1) + bytes(2), other: uint64(max(0, other))}
}

// percent is the GOGC that gives the heap its headroom.
func (u memoryUse) percent() int {
	headroom := max(leastHeadroom, u.live/headroomShare)
	return int(100 * headroom / max(u.live+u.roots, smallestHeap))
}

// least is the limit that leaves a tight headroom. The runtime stops 3 % of what it
// may use for the heap short of a limit, and not less than 1 MB.
func (u memoryUse) least() uint64 {
	heap := u.live + max(tightHeadroom, u.live/16)
	return u.other + max(heap*100/97, heap+1<<20) + 1<<10
}

// A memoryPlan is who decides how memory is used. GOGC and GOMEMLIMIT in the
// environment do where they are set; the runtime has obeyed them already.
type memoryPlan struct {
	gogc, goMemLimit string
	container        uint64 // the memory there is, in bytes, or 0 when that is not known or has no bound
}

func planMemory(getenv func(string) string, container func() (uint64, error)) (memoryPlan, error) {
	p := memoryPlan{gogc: getenv("GOGC"), goMemLimit: getenv("GOMEMLIMIT")}
	if p.goMemLimit != "" {
		return p, nil
	}
	limit, err := container()
	if errors.Is(err, memlimit.ErrNoLimit) || errors.Is(err, memlimit.ErrNoCgroup) || errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		return p, nil
	}
	p.container = limit
	return p, err
}

// limit is what memory may be used at most. Near it the collector runs ever more
// often, and beyond it for up to half of all time. What is live leaves no choice
// though, so that the limit gives way to it: the collector keeps its headroom, and
// whether the program may go on is up to the container. isTight reports that.
func (p memoryPlan) limit(u memoryUse) (bytes int64, isTight bool) {
	if p.container == 0 {
		return math.MaxInt64, false
	}
	limit, least := p.container/100*containerPercent, u.least()
	return int64(min(max(limit, least), math.MaxInt64)), limit < least
}

// LogValue implements slog.LogValuer.
func (p memoryPlan) LogValue() slog.Value {
	collector := fmt.Sprintf("headroom of %d MB or 1/%d of the heap", leastHeadroom>>20, headroomShare)
	if p.gogc != "" {
		collector = "GOGC=" + p.gogc
	}
	limit := "none"
	switch {
	case p.goMemLimit != "":
		limit = "GOMEMLIMIT=" + p.goMemLimit
	case p.container > 0:
		limit = fmt.Sprintf("%d %% of %d MB, which the container has", containerPercent, p.container>>20)
	}
	return slog.GroupValue(slog.String("collector", collector), slog.String("limit", limit))
}

// tuneMemory sets up the garbage collector, and goes on doing so until stop is
// called, which puts everything back and returns when that is done.
func tuneMemory(log *slog.Logger) (stop func()) {
	plan, err := planMemory(os.Getenv, memlimit.FromCgroup)
	if err != nil {
		log.Warn("read the memory limit of the container", slog.Any("error", err))
	}
	log.Debug("memory", slog.Any("plan", plan))
	return plan.apply(log)
}

// apply is tuneMemory for a plan.
func (p memoryPlan) apply(log *slog.Logger) (stop func()) {
	if p.gogc != "" && p.container == 0 {
		return func() {}
	}
	before := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(before)
	t := tuner{plan: p, log: log, percent: int(before[0].Value.Uint64()), limit: int64(before[1].Value.Uint64())}
	was := t
	t.tune(measureMemory())
	stopped := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { t.run(stopped) })
	return func() {
		close(stopped)
		running.Wait()
		t.set(was.percent, was.limit)
	}
}

// A tuner carries out a plan.
type tuner struct {
	plan    memoryPlan
	log     *slog.Logger
	percent int   // as it is set
	limit   int64 // as it is set
	warned  bool
}

// run tunes after every collection until it is stopped.
func (t *tuner) run(stopped <-chan struct{}) {
	collected := make(chan struct{}, 1) // so that nobody has to take the last
	for {
		// Nothing refers to this, so that the next collection finds it.
		runtime.AddCleanup(new([]byte), func(c chan<- struct{}) { c <- struct{}{} }, collected)
		select {
		case <-stopped:
			return
		case <-collected:
			t.tune(measureMemory())
		}
	}
}

func (t *tuner) tune(u memoryUse) {
	percent, limit := t.percent, t.limit
	if t.plan.gogc == "" {
		percent = u.percent()
	}
	if t.plan.container > 0 {
		var isTight bool
		if limit, isTight = t.plan.limit(u); isTight && !t.warned {
			t.warned = true
			t.log.Warn("the container has too little memory for what is in use",
				slog.Uint64("container_mb", t.plan.container>>20), slog.Uint64("needed_mb", u.least()*100/containerPercent>>20))
		}
	}
	t.set(percent, limit)
}

// set sets what has changed, because the world is stopped for it. A tenth is too
// little a change of the percentage for that.
func (t *tuner) set(percent int, limit int64) {
	if 10*max(percent-t.percent, t.percent-percent) > t.percent {
		debug.SetGCPercent(percent)
		t.percent = percent
	}
	if limit != t.limit {
		debug.SetMemoryLimit(limit)
		t.limit = limit
	}
}
