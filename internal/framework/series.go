package framework

import "slices"

// A series is a list that only grows. Older versions of it share a prefix: full
// chunks, and a last one that is copied when it grows. The zero series is empty.
type series[T any] struct {
	full [][]T
	tail []T
}

const seriesChunk = 512

// with returns the series with more items; s stays as it is.
func (s series[T]) with(items ...T) series[T] {
	if len(items) == 0 {
		return s
	}
	s.full = slices.Clip(s.full)
	s.tail = append(slices.Clip(s.tail), items...)
	for len(s.tail) >= seriesChunk {
		s.full = append(s.full, s.tail[:seriesChunk:seriesChunk])
		s.tail = s.tail[seriesChunk:]
	}
	return s
}

func (s series[T]) len() int { return len(s.full)*seriesChunk + len(s.tail) }

func (s series[T]) at(i int) T {
	if c := i / seriesChunk; c < len(s.full) {
		return s.full[c][i%seriesChunk]
	}
	return s.tail[i%seriesChunk]
}
