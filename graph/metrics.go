package graph

import "sync/atomic"

// Metrics counts what one API does. The zero value is ready; it is safe for concurrent
// use once the API is made.
type Metrics struct {
	planned  atomic.Int64
	kept     atomic.Int64
	fallback [len(reasons)]atomic.Int64
	answers  *answers
}

// Counts are what [Metrics] has counted since the API was made.
type Counts struct {
	// Planned is how many queries were answered by a plan, Kept how many with an answer
	// that was kept, and Fallbacks how many by the generated code, by the reason.
	Planned, Kept int64
	Fallbacks     map[string]int64
	// Answers is how many answers are kept now, and Bytes what they take, about.
	Answers int
	Bytes   int64
}

// Counts tells what was counted.
func (m *Metrics) Counts() Counts {
	c := Counts{Planned: m.planned.Load(), Kept: m.kept.Load(), Fallbacks: make(map[string]int64, len(reasons))}
	for i, why := range reasons {
		c.Fallbacks[why] = m.fallback[i].Load()
	}
	c.Answers, c.Bytes = m.answers.held()
	return c
}
