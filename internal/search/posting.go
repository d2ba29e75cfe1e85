package search

import (
	"encoding/binary"
	"math/bits"
)

// Postings of a term are two streams of bytes. The first has for each document, in
// ascending order, the distance to the document before and how often the term is in
// each class of its texts; the second where. Numbers are varints, see package
// encoding/binary; seven bits a byte suit the small distances there are
// (Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, §5.3).
//
// The distance, less one, is shifted by one bit. The bit is set when the term is
// once in the body and nowhere else, as most are. Otherwise a byte follows with the
// classes in its lower half; the upper half is how often, or zero when that is
// told by a varint for each class.
//
// Places count the words of one class of texts of a document. Each is told by its
// distance to the one before, and the first by itself.

// counts is how often something is in each class of texts.
type counts [classes]uint32

func (n *counts) sum() int { return int(n[0] + n[1] + n[2] + n[3]) }

// mask has the bit of each class there is something in.
func (n *counts) mask() Classes {
	var m Classes
	for c, k := range n {
		if k > 0 {
			m |= 1 << c
		}
	}
	return m
}

// appendPosting appends a document; gap is the distance to the one before.
func appendPosting(dst []byte, gap uint32, n *counts) []byte {
	if *n == (counts{Body: 1}) {
		return binary.AppendUvarint(dst, uint64(gap-1)<<1|1)
	}
	dst = binary.AppendUvarint(dst, uint64(gap-1)<<1)
	m := n.mask()
	if m&(m-1) == 0 && n.sum() < 16 {
		return append(dst, byte(m)|byte(n.sum())<<4)
	}
	dst = append(dst, byte(m))
	for _, k := range n {
		if k > 0 {
			dst = binary.AppendUvarint(dst, uint64(k))
		}
	}
	return dst
}

// A cursor walks along the postings of a term.
type cursor struct {
	docs   []byte // what comes
	places []byte // those not yet taken

	doc uint32 // ascending; before the first document one less than 0
	n   counts
}

// next goes to the next document and reports whether there is one.
func (c *cursor) next() bool {
	b := c.docs
	if len(b) == 0 {
		return false
	}
	v, i := uint32(b[0]), 1
	if v >= 0x80 {
		v, i = long(b)
	}
	c.doc += v>>1 + 1
	c.n = counts{}
	if v&1 == 1 {
		c.n[Body] = 1
		c.docs = b[i:]
		return true
	}
	m, k := b[i]&0xf, uint32(b[i]>>4)
	i++
	for class := range c.n {
		if m>>class&1 == 0 {
			continue
		}
		if k > 0 {
			c.n[class] = k
			break
		}
		v, size := binary.Uvarint(b[i:])
		c.n[class] = uint32(v)
		i += size
	}
	c.docs = b[i:]
	return true
}

// take passes over so many places and returns them, as they are stored.
func (c *cursor) take(left int) []byte {
	i := 0
	for left >= 8 {
		// The last byte of a number has its highest bit clear.
		i, left = i+8, left-bits.OnesCount64(^binary.LittleEndian.Uint64(c.places[i:])&0x8080808080808080)
	}
	for ; left > 0; i++ {
		if c.places[i] < 0x80 {
			left--
		}
	}
	taken := c.places[:i]
	c.places = c.places[i:]
	return taken
}

// long reads a varint of more than one byte.
func long(b []byte) (uint32, int) {
	v, n := binary.Uvarint(b)
	return uint32(v), n
}

// A spot is where a word is: the document, the class of texts and the place there,
// such that one more is the place after it.
type spot uint64

func newSpot(doc uint32, class Class) spot { return spot(doc)<<32 | spot(class)<<30 }

func (s spot) doc() uint32  { return uint32(s >> 32) }
func (s spot) class() Class { return Class(s >> 30 & 3) }

// appendSpots appends the spots of one document, whose places are given.
func appendSpots(dst []spot, doc uint32, n *counts, places []byte) []spot {
	i := 0
	for class, k := range n {
		at := newSpot(doc, Class(class))
		for range k {
			v, size := uint32(places[i]), 1
			if v >= 0x80 {
				v, size = long(places[i:])
			}
			i += size
			at += spot(v)
			dst = append(dst, at)
		}
	}
	return dst
}
