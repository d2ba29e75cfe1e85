package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// print prints a table for each query.
func (c *comparison) print() error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. %d skills and %d relations; %d connections; medians of %d rounds of %s each.\n",
		machine(), c.skills, c.relations, c.connections, c.rounds, c.time)
	for _, t := range c.contests {
		bytes, fields, err := t.size()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n### %s: %.1f KB and %d fields on average, %d keys\n\n", t.Name, float64(bytes)/1000, fields, len(t.Answers))
		b.WriteString("| server | requests/s | of static | p50 ms | p99 ms | CPU µs/request | RSS MB | peak MB |\n")
		b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|\n")
		for _, r := range t.rows {
			ratio := "–"
			if base := t.base(r.way); base != nil {
				ratio = fmt.Sprintf("%.3f", median(c.rounds, func(i int) float64 { return r.measured[i].rate / base.measured[i].rate }))
			}
			of := func(figure func(m measurement) float64) float64 {
				return median(c.rounds, func(i int) float64 { return figure(r.measured[i]) })
			}
			fmt.Fprintf(&b, "| %s | %.0f | %s | %.2f | %.2f | %.0f | %.0f | %.0f |\n", r,
				of(func(m measurement) float64 { return m.rate }), ratio,
				of(func(m measurement) float64 { return m.p50.Seconds() * 1e3 }),
				of(func(m measurement) float64 { return m.p99.Seconds() * 1e3 }),
				of(func(m measurement) float64 { return m.cpu.Seconds() * 1e6 }),
				of(func(m measurement) float64 { return float64(m.resident) / 1e6 }),
				of(func(m measurement) float64 { return float64(m.peak) / 1e6 }))
		}
	}
	for _, note := range c.notes {
		b.WriteString("\n" + note + "\n")
	}
	_, err := fmt.Fprint(c.out, b.String())
	return err
}

// base is the row that others asked in the same way are compared with, or nil.
func (t *contest) base(w way) *row {
	for _, r := range t.rows {
		if r.name == staticPeer && r.way == w {
			return r
		}
	}
	return nil
}

// median is the median of n figures.
func median(n int, figure func(i int) float64) float64 {
	figures := make([]float64, n)
	for i := range figures {
		figures[i] = figure(i)
	}
	slices.Sort(figures)
	return (figures[(n-1)/2] + figures[n/2]) / 2
}

var modelName = regexp.MustCompile(`(?m)^model name\s*:\s*(.*)$`)

// machine says on what the figures were measured.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := modelName.FindSubmatch(text); m != nil {
			model = string(m[1])
		}
	}
	s := fmt.Sprintf("%s, %d processors, %s", model, runtime.NumCPU(), runtime.Version())
	if node, err := exec.Command("node", "--version").Output(); err == nil {
		s += ", Node.js " + strings.TrimSpace(string(node))
	}
	return s
}
