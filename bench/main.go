// Command bench compares Skill Atlas with other ways to answer the same queries. It
// starts them as processes of their own, sends them the same requests over the
// loopback interface, and prints a table. README.md says what stands in it.
//
// It needs Linux, which tells of processors and memory in /proc.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the whole program. With the first argument peer it is what it measures.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	if len(args) == 3 && args[0] == "peer" {
		return servePeer(args[1], args[2], in, out)
	}
	o, err := parse(args, errOut)
	if err != nil {
		return err
	}
	return compare(ctx, o, out, errOut)
}

// The peers by the names they are chosen by.
const (
	staticPeer    = "static"
	plainPeer     = "plain"
	mercuriusPeer = "mercurius"
	atlasPeer     = "atlas"
)

// options are what can be said on the command line.
type options struct {
	skills, relations, keys int
	connections, rounds     int
	time                    time.Duration
	queries, peers          []string // the chosen ones
	atlas                   string   // a program, or empty
}

func parse(args []string, errOut io.Writer) (o options, err error) {
	names := []string{"skill", "graph", "catalogue"}
	peers := []string{staticPeer, plainPeer, mercuriusPeer, atlasPeer}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errOut)
	f.IntVar(&o.skills, "skills", 1_000, "how many skills the framework has")
	f.IntVar(&o.relations, "relations", 8_000, "how many relations it has")
	f.IntVar(&o.keys, "keys", 200, "how many different requests there are of each query, at most")
	f.IntVar(&o.connections, "connections", 16, "how many connections send requests at the same time")
	f.IntVar(&o.rounds, "rounds", 5, "how often everything is measured, after three rounds that do not count")
	f.DurationVar(&o.time, "time", time.Second, "how long each measurement takes")
	f.StringVar(&o.atlas, "atlas", "", "Skill Atlas as a program (default: build it)")
	only := f.String("only", strings.Join(names, ","), "the queries to send")
	chosen := f.String("peers", strings.Join(peers, ","), "what to measure")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.queries, err = choice(*only, names); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	if o.peers, err = choice(*chosen, peers); err != nil {
		return o, fmt.Errorf("-peers: %w", err)
	}
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("%q is not an option; see -help", f.Arg(0))
	case o.skills <= pageSize:
		err = fmt.Errorf("-skills: pages have %d skills, so that there must be more", pageSize)
	case min(o.keys, o.connections, o.rounds) < 1 || o.time <= 0:
		err = fmt.Errorf("-keys, -connections, -rounds and -time: take at least one")
	}
	return o, err
}

// choice reads a list of words out of those that there are.
func choice(list string, words []string) ([]string, error) {
	chosen := strings.Split(list, ",")
	for _, word := range chosen {
		if !slices.Contains(words, word) {
			return nil, fmt.Errorf("%q is none of %s", word, strings.Join(words, ", "))
		}
	}
	return chosen, nil
}
