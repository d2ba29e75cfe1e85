package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A comparison is one run of the program: the servers, and what is asked of them.
type comparison struct {
	options
	out, log io.Writer
	dir      string // of what it makes
	servers  []*server
	contests []*contest
	notes    []string
}

// A contest is all that is measured with one query.
type contest struct {
	*query
	rows []*row
}

// compare does everything.
func compare(ctx context.Context, o options, out, log io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c := &comparison{options: o, out: out, log: log, dir: dir}
	defer func() {
		for _, s := range c.servers {
			s.stop()
		}
	}()
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if err := c.measure(ctx); err != nil {
		return err
	}
	return c.print()
}

func (c *comparison) sayf(format string, args ...any) { fmt.Fprintf(c.log, format+"\n", args...) }

// prepare starts the servers and compares what they answer.
func (c *comparison) prepare(ctx context.Context) error {
	atlas, cached, err := c.startAtlas(ctx)
	if err != nil {
		return fmt.Errorf("skill atlas: %w", err)
	}
	c.sayf("recording its answers")
	codes, cursors, err := listSkills(ctx, atlas.addr, c.keys)
	if err != nil {
		return fmt.Errorf("list skills: %w", err)
	}
	for _, q := range newQueries(codes, cursors) {
		if !slices.Contains(c.queries, q.Name) {
			continue
		}
		if err := q.record(atlas.addr); err != nil {
			return fmt.Errorf("record %s: %w", q.Name, err)
		}
		if cached != nil {
			if err := q.recordCached(cached.addr); err != nil {
				return fmt.Errorf("record %s: %w", q.Name, err)
			}
		}
		c.contests = append(c.contests, &contest{query: q})
	}
	if err := c.startPeers(ctx); err != nil {
		return err
	}
	if slices.Contains(c.peers, atlasPeer) {
		switch {
		case cached == nil:
			c.add("Skill Atlas", posted, atlas)
		default:
			c.add("Skill Atlas, uncached", posted, atlas)
			c.add("Skill Atlas, cached", posted, cached)
			c.add("Skill Atlas, cached", unchanged, cached)
			c.add("Skill Atlas, cached", compressed, cached)
		}
	}
	c.sayf("comparing the answers of all")
	for _, t := range c.contests {
		for _, r := range t.rows {
			if r.requests, err = verify(t.query, r.way, r.server.addr); err != nil {
				return fmt.Errorf("%s: %w", r, err)
			}
		}
	}
	return nil
}

// add makes a row of a server for each query that can be asked this way.
func (c *comparison) add(name string, w way, s *server) {
	for _, t := range c.contests {
		if w.suits(t.query) {
			t.rows = append(t.rows, &row{name: name, way: w, server: s})
		}
	}
}

// startAtlas makes a framework and starts Skill Atlas on it, without its cache of
// responses, and once more with it where it has one.
func (c *comparison) startAtlas(ctx context.Context) (plain, cached *server, err error) {
	program := c.atlas
	if program == "" {
		c.sayf("building Skill Atlas")
		program = filepath.Join(c.dir, "atlas")
		if err := command(ctx, "..", "go", "build", "-o", program, "./server"); err != nil {
			return nil, nil, err
		}
	}
	c.sayf("making a framework of %d skills and %d relations", c.skills, c.relations)
	store := filepath.Join(c.dir, "store")
	if err := os.Mkdir(store, 0o700); err != nil {
		return nil, nil, err
	}
	if err := makeStore(ctx, store, c.skills, c.relations); err != nil {
		return nil, nil, err
	}
	caches, err := hasCache(ctx, program)
	if err != nil {
		return nil, nil, err
	}
	serve := func(dir string, more ...string) (*server, error) {
		return c.start(ctx, nil, append([]string{program, "serve", "--listen", "127.0.0.1:0", "--data", dir}, more...)...)
	}
	if !caches {
		c.notes = append(c.notes, "This Skill Atlas has no cache of responses.")
		plain, err = serve(store)
		return plain, nil, err
	}
	second := filepath.Join(c.dir, "second") // a store serves one process
	if err := os.CopyFS(second, os.DirFS(store)); err != nil {
		return nil, nil, err
	}
	if plain, err = serve(store, "--cache-mb", "0"); err != nil {
		return nil, nil, err
	}
	cached, err = serve(second)
	return plain, cached, err
}

// hasCache reports whether a Skill Atlas keeps responses, which older ones do not.
func hasCache(ctx context.Context, program string) (bool, error) {
	help, err := exec.CommandContext(ctx, program, "serve", "--help").Output()
	return strings.Contains(string(help), "--cache-mb"), err
}

// startPeers starts what Skill Atlas is compared with, on its own answers.
func (c *comparison) startPeers(ctx context.Context) error {
	var qs []*query
	for _, t := range c.contests {
		qs = append(qs, t.query)
	}
	text, err := json.Marshal(qs)
	if err != nil {
		return err
	}
	file := filepath.Join(c.dir, "queries.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, peer := range []struct {
		name, label string
		ways        []way
	}{
		{staticPeer, staticPeer, []way{posted, unchanged, compressed}},
		{plainPeer, "gqlgen as generated", []way{posted}},
		{mercuriusPeer, "Mercurius, two processes", []way{posted}},
	} {
		if !slices.Contains(c.peers, peer.name) {
			continue
		}
		argv := []string{self, "peer", peer.name, file}
		if peer.name == mercuriusPeer {
			if err := installMercurius(ctx); err != nil {
				c.notes = append(c.notes, fmt.Sprintf("Mercurius is left out: %v.", err))
				continue
			}
			argv = []string{"node", filepath.Join("mercurius", "server.js"), file}
		}
		c.sayf("starting %s", peer.label)
		s, err := c.start(ctx, c.log, argv...)
		if err != nil {
			return err
		}
		for _, w := range peer.ways {
			c.add(peer.label, w, s)
		}
	}
	return nil
}

func (c *comparison) start(ctx context.Context, errOut io.Writer, argv ...string) (*server, error) {
	s, err := start(ctx, errOut, argv...)
	if err == nil {
		c.servers = append(c.servers, s)
	}
	return s, err
}

// installMercurius fetches Mercurius from npm if it has not been.
func installMercurius(ctx context.Context) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join("mercurius", "node_modules")); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return command(ctx, "mercurius", "npm", "ci", "--no-audit", "--no-fund")
}

// command runs a command in a folder. Its output is part of the error.
func command(ctx context.Context, dir string, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return nil
}

// warmUp is how many rounds do not count. Mercurius takes longest to get fast, some
// seconds.
const warmUp = 3

// measure measures every row in every round, so that what else the machine does
// meets them all.
func (c *comparison) measure(ctx context.Context) error {
	c.sayf("warming up")
	for round := range warmUp + c.rounds {
		if round >= warmUp {
			c.sayf("round %d of %d", round-warmUp+1, c.rounds)
		}
		for _, t := range c.contests {
			for _, r := range t.rows {
				m, err := measure(ctx, r, c.connections, c.time)
				if err != nil {
					return fmt.Errorf("%s, asked for %s: %w", r, t.Name, err)
				}
				if round >= warmUp {
					r.measured = append(r.measured, m)
				}
			}
		}
	}
	return nil
}
