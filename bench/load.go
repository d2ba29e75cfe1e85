package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// A request is one as it is sent, with what is expected of the response.
type request struct {
	raw    []byte
	status int
	length int // of the body, as it is sent
}

// A client is one connection that sends one request after the other. It does as
// little as it can, since it shares the processors with the server: no request is
// made anew, and of a response it looks only for where it ends.
type client struct {
	conn net.Conn
	buf  []byte
	n    int // how much of buf has been read
}

func dial(addr string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, buf: make([]byte, 128<<10)}, nil
}

// A response is what came back; raw is all of it, and good until the next request.
type response struct {
	raw            []byte
	status, length int
}

// do sends a request and waits for the end of the response.
func (c *client) do(raw []byte) (response, error) {
	if _, err := c.conn.Write(raw); err != nil {
		return response{}, err
	}
	c.n = 0
	end := -1
	for end < 0 {
		// The end of the head may be in two reads.
		from := max(0, c.n-3)
		if err := c.more(); err != nil {
			return response{}, err
		}
		if i := bytes.Index(c.buf[from:c.n], []byte("\r\n\r\n")); i >= 0 {
			end = from + i + 4
		}
	}
	status, length, chunked, err := readHead(c.buf[:end])
	if err != nil {
		return response{}, err
	}
	if chunked {
		if length, end, err = c.chunks(end); err != nil {
			return response{}, err
		}
	} else {
		end += length
		for c.n < end {
			if err := c.more(); err != nil {
				return response{}, err
			}
		}
	}
	if c.n > end {
		return response{}, fmt.Errorf("%d bytes after the end of the response", c.n-end)
	}
	return response{raw: c.buf[:end], status: status, length: length}, nil
}

// more reads what there is.
func (c *client) more() error {
	if c.n == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	n, err := c.conn.Read(c.buf[c.n:])
	c.n += n
	if n > 0 {
		return nil
	}
	return err
}

// readHead reads the status line and headers. A length that is not told is that of
// a status that has no body.
func readHead(head []byte) (status, length int, chunked bool, err error) {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, false, fmt.Errorf("not a response: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, false, fmt.Errorf("not a response: %q", line)
	}
	length = -1
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		if len(line) == 0 || line[0]|0x20 != 'c' && line[0]|0x20 != 't' { // most are not asked for
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, false, fmt.Errorf("content length %q", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, 0, false, errors.New("the server closes the connection")
		}
	}
	if status == 304 || status == 204 {
		return status, 0, false, nil
	}
	if length < 0 && !chunked {
		return 0, 0, false, fmt.Errorf("a response of status %d that does not tell its length", status)
	}
	return status, length, chunked, nil
}

// chunks reads a body in chunks (RFC 9112, section 7.1) from where it begins, and
// returns how long it is and where it ends.
func (c *client) chunks(at int) (length, end int, err error) {
	for {
		i := -1
		for i < 0 {
			if i = bytes.Index(c.buf[at:c.n], []byte("\r\n")); i < 0 {
				if err := c.more(); err != nil {
					return 0, 0, err
				}
			}
		}
		size, err := strconv.ParseUint(string(c.buf[at:at+i]), 16, 31)
		if err != nil {
			return 0, 0, fmt.Errorf("chunk of size %q", c.buf[at:at+i])
		}
		at += i + 2 + int(size) + 2
		for c.n < at {
			if err := c.more(); err != nil {
				return 0, 0, err
			}
		}
		if size == 0 {
			return length, at, nil
		}
		length += int(size)
	}
}

// grace is how long a single response may take, and the last ones when the time is over.
const grace = 10 * time.Second

// drive sends requests over as many connections, each in an order of its own, for
// some time. It returns how long each took, the shortest first, and how long it
// all took.
func drive(ctx context.Context, addr string, requests []request, connections int, d time.Duration) (latencies []time.Duration, elapsed time.Duration, err error) {
	clients := make([]*client, connections)
	for i := range clients {
		c, err := dial(addr)
		if err != nil {
			return nil, 0, err
		}
		defer c.conn.Close()
		if err := c.conn.SetDeadline(time.Now().Add(d + grace)); err != nil {
			return nil, 0, err
		}
		clients[i] = c
	}
	taken := make([][]time.Duration, connections)
	var g errgroup.Group
	start := time.Now()
	for i, c := range clients {
		taken[i] = make([]time.Duration, 0, 1<<15)
		order := rand.New(rand.NewPCG(uint64(i), 0)).Perm(len(requests))
		g.Go(func() error {
			for begun, k := start, 0; begun.Sub(start) < d && ctx.Err() == nil; k++ {
				q := &requests[order[k%len(order)]]
				r, err := c.do(q.raw)
				if err != nil {
					return err
				}
				if r.status != q.status || r.length != q.length {
					return fmt.Errorf("status %d with %d bytes, where it was %d with %d: %.300q", r.status, r.length, q.status, q.length, r.raw)
				}
				now := time.Now()
				taken[i] = append(taken[i], now.Sub(begun))
				begun = now
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	elapsed = time.Since(start)
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	latencies = slices.Concat(taken...)
	slices.Sort(latencies)
	return latencies, elapsed, nil
}
