package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

// What clients do to a journal, and what comes of it. An append and a read both
// tell the whole log: that of the ids of the revisions, in order.
type (
	logInput struct {
		append string // the id of the revision to append; empty reads
		seq    int
	}
	logOutput struct {
		log     string // what was read
		outcome string // of an append: stored, taken, unknown, or refused
	}
)

// logModel is a journal as its callers may imagine it: a list of ids that grows at
// its end, one after the other.
var logModel = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{""} },
	Step: func(state, input, output any) []any {
		log, in, out := state.(string), input.(logInput), output.(logOutput)
		length := strings.Count(log, ";")
		switch {
		case in.append == "":
			if log != out.log {
				return nil
			}
			return []any{log}
		case out.outcome == "stored" && length == in.seq-1:
			return []any{log + in.append + ";"}
		case out.outcome == "taken" && length >= in.seq, out.outcome == "refused":
			return []any{log}
		case out.outcome == "unknown":
			if length == in.seq-1 {
				return []any{log, log + in.append + ";"}
			}
			return []any{log}
		}
		return nil
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v %+v", input, output) },
}).ToModel()

// TestMongoLinearizable lets several clients append and read through connections
// that break in all ways, and checks that there is an order of what they did, each
// within the time it took, in which it makes sense.
func TestMongoLinearizable(t *testing.T) {
	const clients, operations = 5, 40
	uri := mongotest.Database(t)
	newMongo(t, uri)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var (
		mu      sync.Mutex
		history []porcupine.Operation
		running sync.WaitGroup
		start   = time.Now()
		counts  = map[string]int{}
	)
	for client := range clients {
		p := mongotest.NewProxy(t, uri)
		m := newMongo(t, p.URI())
		running.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			var log []string
			read := func() error {
				return m.Load(t.Context(), int64(len(log)), func(r *framework.Revision) error {
					log = append(log, r.ID)
					return nil
				})
			}
			for n := range operations {
				breakSomething(p, random)
				in, out := logInput{}, logOutput{}
				call := time.Since(start)
				if random.IntN(3) == 0 {
					if err := read(); err != nil {
						continue // it says nothing
					}
					out.log = strings.Join(append(log[:len(log):len(log)], ""), ";")
				} else {
					in = logInput{append: fmt.Sprintf("%d-%d", client, n), seq: len(log) + 1}
					r := revision(int64(in.seq), skill(client), relation(n, n+1))
					r.ID = in.append
					err := m.Append(t.Context(), r)
					switch {
					case err == nil:
						out.outcome = "stored"
						log = append(log, r.ID)
					case errors.Is(err, ErrTaken):
						out.outcome = "taken"
					case errors.Is(err, ErrOutcomeUnknown):
						out.outcome = "unknown"
					default:
						out.outcome = "refused"
					}
				}
				end := time.Since(start)
				if out.outcome == "unknown" {
					end = time.Hour // it may still come
				}
				mu.Lock()
				history = append(history, porcupine.Operation{
					ClientId: client, Input: in, Call: int64(call), Output: out, Return: int64(end),
				})
				counts[out.outcome]++
				mu.Unlock()
				if out.outcome != "" && out.outcome != "stored" {
					_ = read() // to go on from there
				}
			}
		})
	}
	running.Wait()
	t.Logf("reads and outcomes: %v", counts)
	if counts["stored"] == 0 || counts["taken"] == 0 || counts[""] == 0 {
		t.Error("too little has happened to tell anything")
	}
	if result := porcupine.CheckOperationsTimeout(logModel, history, time.Minute); result != porcupine.Ok {
		t.Errorf("the history is not linearizable: %v", result)
	}
	if n := len(load(t, newMongo(t, uri), 0)); n < counts["stored"] {
		t.Errorf("%d revisions are there, %d were acknowledged", n, counts["stored"])
	}
}

// breakSomething lets one of the next commands of a client go wrong, sometimes.
func breakSomething(p *mongotest.Proxy, random *rand.Rand) {
	faults := []mongotest.Fault{
		mongotest.DropRequest, mongotest.SwallowReply, mongotest.SwallowReply,
		mongotest.Delay(5 * time.Millisecond), mongotest.DelayReply(5 * time.Millisecond),
		mongotest.Reply(failure(10107, "NotWritablePrimary")),
	}
	at := []mongotest.Match{
		{Command: "insert", Collection: "revisions"}, {Command: "insert", Collection: "skills"}, {Command: "find"},
	}
	if random.IntN(4) == 0 {
		p.Fail(at[random.IntN(len(at))], faults[random.IntN(len(faults))])
	}
}

// TestLogModel holds the model to what it has to refuse.
func TestLogModel(t *testing.T) {
	type step struct {
		in   logInput
		out  logOutput
		last int64 // when it returned; each is called one after the other
	}
	for name, tt := range map[string]struct {
		steps []step
		want  porcupine.CheckResult
	}{
		"one after the other":     {[]step{{logInput{"a", 1}, logOutput{outcome: "stored"}, 0}, {logInput{}, logOutput{log: "a;"}, 0}}, porcupine.Ok},
		"two at one place":        {[]step{{logInput{"a", 1}, logOutput{outcome: "stored"}, 9}, {logInput{"b", 1}, logOutput{outcome: "stored"}, 9}}, porcupine.Illegal},
		"a read of the past":      {[]step{{logInput{"a", 1}, logOutput{outcome: "stored"}, 0}, {logInput{}, logOutput{}, 0}}, porcupine.Illegal},
		"taken by nobody":         {[]step{{logInput{"a", 1}, logOutput{outcome: "taken"}, 0}}, porcupine.Illegal},
		"refused but stored":      {[]step{{logInput{"a", 1}, logOutput{outcome: "refused"}, 0}, {logInput{}, logOutput{log: "a;"}, 0}}, porcupine.Illegal},
		"unknown, stored later":   {[]step{{logInput{"a", 1}, logOutput{outcome: "unknown"}, 99}, {logInput{}, logOutput{}, 0}, {logInput{}, logOutput{log: "a;"}, 0}}, porcupine.Ok},
		"unknown, came and went":  {[]step{{logInput{"a", 1}, logOutput{outcome: "unknown"}, 99}, {logInput{}, logOutput{log: "a;"}, 0}, {logInput{}, logOutput{}, 0}}, porcupine.Illegal},
		"unknown, never overtook": {[]step{{logInput{"a", 1}, logOutput{outcome: "unknown"}, 99}, {logInput{"b", 1}, logOutput{outcome: "stored"}, 0}, {logInput{}, logOutput{log: "b;a;"}, 0}}, porcupine.Illegal},
	} {
		var history []porcupine.Operation
		for i, s := range tt.steps {
			call := int64(2 * i)
			history = append(history, porcupine.Operation{ClientId: i, Input: s.in, Call: call, Output: s.out, Return: max(call+1, s.last)})
		}
		if got := porcupine.CheckOperationsTimeout(logModel, history, time.Minute); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
