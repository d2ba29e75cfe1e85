package search

// A heap has the item that comes before all others at its top.
type heap[T any] struct {
	items  []T
	before func(a, b T) bool
}

func newHeap[T any](items []T, before func(a, b T) bool) *heap[T] {
	h := &heap[T]{items, before}
	for i := len(items)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	return h
}

func (h *heap[T]) push(item T) {
	h.items = append(h.items, item)
	for i := len(h.items) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(h.items[i], h.items[up]) {
			return
		}
		h.items[i], h.items[up] = h.items[up], h.items[i]
		i = up
	}
}

func (h *heap[T]) pop() T {
	top, n := h.items[0], len(h.items)-1
	h.items[0] = h.items[n]
	h.items = h.items[:n]
	h.down(0)
	return top
}

// replaceTop puts an item in the place of the top.
func (h *heap[T]) replaceTop(item T) {
	h.items[0] = item
	h.down(0)
}

func (h *heap[T]) down(i int) {
	for {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(h.items); k++ {
			if h.before(h.items[k], h.items[least]) {
				least = k
			}
		}
		if least == i {
			return
		}
		h.items[i], h.items[least] = h.items[least], h.items[i]
		i = least
	}
}
