package search

import "math/bits"

// A bitset is a set of documents of a segment. The nil set is empty.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i uint32) bool { return b != nil && b[i/64]>>(i%64)&1 == 1 }

func (b bitset) add(i uint32) { b[i/64] |= 1 << (i % 64) }

func (b bitset) or(o bitset) {
	for i, w := range o {
		b[i] |= w
	}
}

func (b bitset) and(o bitset) {
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bitset) without(o bitset) {
	for i, w := range o {
		b[i] &^= w
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// all calls f with the members in ascending order.
func (b bitset) all(f func(uint32)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			f(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}
