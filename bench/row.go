package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"skillatlas/internal/sample"
)

// A way is how queries are sent.
type way int

const (
	posted     way = iota
	unchanged      // as a GET request, by who has the answer already
	compressed     // by who takes gzip
)

func (w way) String() string { return [...]string{"", ", 304", ", gzip"}[w] }

// suits reports whether all answers to a query are known in the form asked for.
func (w way) suits(q *query) bool {
	for _, a := range q.Answers {
		if w == unchanged && a.ETag == "" || w == compressed && len(a.Gzip) == 0 {
			return false
		}
	}
	return true
}

// request is what is sent to have an answer.
func (w way) request(a *answer, addr string) []byte {
	if w == unchanged {
		return get(a, addr, "If-None-Match: "+a.ETag+"\r\n")
	}
	headers := ""
	if w == compressed {
		headers = "Accept-Encoding: gzip\r\n"
	}
	return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
		addr, len(a.Body), headers, a.Body)
}

func get(a *answer, addr, headers string) []byte {
	return fmt.Appendf(nil, "GET /graphql?%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", a.URL, addr, headers)
}

// A row is one server that is asked in one way, and what was measured.
type row struct {
	name     string
	way      way
	server   *server
	requests []request
	measured []measurement
}

func (r *row) String() string { return r.name + r.way.String() }

// A measurement is of one row in one round.
type measurement struct {
	rate           float64 // responses per second
	p50, p99       time.Duration
	cpu            time.Duration // of the server, per response
	resident, peak int
}

func measure(ctx context.Context, r *row, connections int, d time.Duration) (m measurement, err error) {
	before, err := r.server.cpu()
	if err != nil {
		return m, err
	}
	latencies, elapsed, err := drive(ctx, r.server.addr, r.requests, connections, d)
	if err != nil {
		return m, err
	}
	after, err := r.server.cpu()
	if err != nil {
		return m, err
	}
	n := len(latencies)
	m.rate = float64(n) / elapsed.Seconds()
	m.p50, m.p99 = latencies[n/2], latencies[n*99/100]
	m.cpu = (after - before) / time.Duration(n)
	m.resident, m.peak, err = r.server.memory()
	return m, err
}

// ask sends a request and reads the whole response.
func (c *client) ask(raw []byte) (*http.Response, []byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(grace)); err != nil {
		return nil, nil, err
	}
	r, err := c.do(raw)
	if err != nil {
		return nil, nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(r.raw)), nil)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// each does something for each answer, over one connection.
func (q *query) each(addr string, do func(c *client, a *answer) error) error {
	c, err := dial(addr)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	for i := range q.Answers {
		if err := do(c, &q.Answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// record asks Skill Atlas for the answers.
func (q *query) record(addr string) error {
	return q.each(addr, func(c *client, a *answer) error {
		resp, body, err := c.ask(posted.request(a, addr))
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK || !bytes.HasPrefix(body, []byte(`{"data":{"framework":{"`)) || bytes.Contains(body, []byte(`"errors"`)) {
			return fmt.Errorf("%s: %s %.300s", a.Key, resp.Status, body)
		}
		a.Reply = string(body)
		return nil
	})
}

// recordCached asks Skill Atlas for what only its cache has.
func (q *query) recordCached(addr string) error {
	return q.each(addr, func(c *client, a *answer) error {
		resp, _, err := c.ask(get(a, addr, ""))
		if err != nil {
			return err
		}
		a.ETag = resp.Header.Get("ETag")
		resp, body, err := c.ask(compressed.request(a, addr))
		if err != nil {
			return err
		}
		if resp.Header.Get("Content-Encoding") == "gzip" {
			a.Gzip = body
		}
		return nil
	})
}

// passes is how often answers are compared: the first may be made in another way
// than those after it.
const passes = 3

// verify compares all answers of a server with those recorded, as JSON. It returns
// the requests with what the responses are like.
func verify(q *query, w way, addr string) ([]request, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	requests := make([]request, len(q.Answers))
	for range passes {
		for i := range q.Answers {
			a := &q.Answers[i]
			raw := w.request(a, addr)
			resp, body, err := c.ask(raw)
			if err == nil {
				err = w.check(a, resp, body)
			}
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", q.Name, a.Key, err)
			}
			requests[i] = request{raw: raw, status: resp.StatusCode, length: len(body)}
		}
	}
	return requests, nil
}

// check compares a response with the answer recorded.
func (w way) check(a *answer, resp *http.Response, body []byte) error {
	if w == unchanged {
		if resp.StatusCode != http.StatusNotModified {
			return fmt.Errorf("%s for what has not changed", resp.Status)
		}
		return nil
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	if w == compressed {
		if resp.Header.Get("Content-Encoding") != "gzip" {
			return errors.New("the response is not compressed")
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(z); err != nil {
			return err
		}
	}
	if string(body) == a.Reply {
		return nil
	}
	var got, want any
	if err := json.Unmarshal(body, &got); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(a.Reply), &want); err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("the answer differs from that of Skill Atlas:\n%.2000s\n%.2000s", body, a.Reply)
	}
	return nil
}

// listSkills returns codes and cursors of skills that a full page follows, at most
// so many, spread evenly over the framework.
func listSkills(ctx context.Context, addr string, most int) (codes, cursors []string, err error) {
	const document = "query($code: String!, $after: String) { framework(code: $code) { skills(first: 500, after: $after) { edges { cursor node { code } } } } }"
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	var all [][2]string
	for after := (*string)(nil); ; {
		body := compact(map[string]any{"query": document, "variables": map[string]any{"code": sample.Framework, "after": after}})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/graphql", strings.NewReader(body))
		if err != nil {
			return nil, nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, nil, err
		}
		var answer struct {
			Data struct {
				Framework struct {
					Skills struct {
						Edges []struct {
							Cursor string
							Node   struct{ Code string }
						}
					}
				}
			}
			Errors json.RawMessage
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if err == nil && answer.Errors != nil {
			err = fmt.Errorf("%s", answer.Errors)
		}
		if err != nil {
			return nil, nil, err
		}
		edges := answer.Data.Framework.Skills.Edges
		if len(edges) == 0 {
			break
		}
		for _, e := range edges {
			all = append(all, [2]string{e.Node.Code, e.Cursor})
		}
		after = &edges[len(edges)-1].Cursor
	}
	full := len(all) - pageSize
	n := min(most, full)
	for i := range n {
		codes, cursors = append(codes, all[i*full/n][0]), append(cursors, all[i*full/n][1])
	}
	return codes, cursors, nil
}
