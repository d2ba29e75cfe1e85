package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// metrics answers signed-in callers with what was counted, in the text format of
// Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/.
func (s *service) metrics(w http.ResponseWriter, r *http.Request) {
	actor, err := s.actor(r)
	if err == nil && actor.ID == "" {
		err = errSignIn
	}
	if err != nil {
		s.refuseSignIn(w, r, err)
		return
	}
	var text strings.Builder
	metric := func(name, kind, help string) {
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}
	c := s.counts()
	metric("skillatlas_queries_total", "counter", "Queries answered, by how: with a kept answer, by a compiled plan, or by the generated code.")
	generated := int64(0)
	for _, n := range c.Fallbacks {
		generated += n
	}
	fmt.Fprintf(&text, "skillatlas_queries_total{by=\"kept\"} %d\n", c.Kept)
	fmt.Fprintf(&text, "skillatlas_queries_total{by=\"plan\"} %d\n", c.Planned)
	fmt.Fprintf(&text, "skillatlas_queries_total{by=\"generated\"} %d\n", generated)
	metric("skillatlas_query_fallbacks_total", "counter", "Queries left to the generated code, by the reason.")
	for _, why := range slices.Sorted(maps.Keys(c.Fallbacks)) {
		fmt.Fprintf(&text, "skillatlas_query_fallbacks_total{reason=%q} %d\n", why, c.Fallbacks[why])
	}
	metric("skillatlas_kept_answers", "gauge", "Answers that are kept.")
	fmt.Fprintf(&text, "skillatlas_kept_answers %d\n", c.Answers)
	metric("skillatlas_kept_answers_bytes", "gauge", "Bytes that kept answers take, about.")
	fmt.Fprintf(&text, "skillatlas_kept_answers_bytes %d\n", c.Bytes)
	metric("skillatlas_revision", "gauge", "The newest revision this instance knows.")
	fmt.Fprintf(&text, "skillatlas_revision %d\n", s.catalog.Head().Seq())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(text.String())) // the client has gone
}
