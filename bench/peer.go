package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"skillatlas/bench/plain"
)

// servePeer is the program as one of the peers: it answers as a file of queries
// tells, prints its URL, and ends with its standard input.
func servePeer(name, file string, in io.Reader, out io.Writer) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var qs []*query
	if err := json.Unmarshal(text, &qs); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var handler http.Handler
	switch name {
	case staticPeer:
		handler = newStatic(qs)
	case plainPeer:
		if handler, err = newPlain(qs); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%q is not a peer of this program", name)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(listener, handler) }()
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(ended)
	}()
	fmt.Fprintf(out, "API http://%s/graphql\n", listener.Addr())
	select {
	case err := <-failed:
		return err
	case <-ended:
		return listener.Close()
	}
}

// newPlain is gqlgen as it generates a server.
func newPlain(qs []*query) (http.Handler, error) {
	answers := plain.NewAnswers()
	for _, q := range qs {
		for _, a := range q.Answers {
			if err := answers.Add(a.Key, []byte(a.Reply)); err != nil {
				return nil, fmt.Errorf("%s %s: %w", q.Name, a.Key, err)
			}
		}
	}
	return answers.Handler(), nil
}

// held is what the static peer has for a request.
type held struct {
	reply, gzip []byte
	tag         string
}

// newStatic is what net/http can do at best: it writes the bytes that belong to a
// request.
func newStatic(qs []*query) http.Handler {
	posted, got := map[string]*held{}, map[string]*held{}
	for _, q := range qs {
		for _, a := range q.Answers {
			// Bytes, since net/http writes a string in small pieces.
			h := &held{[]byte(a.Reply), a.Gzip, a.ETag}
			posted[a.Body], got[a.URL] = h, h
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := got[r.URL.RawQuery]
		if r.Method == http.MethodPost {
			body := make([]byte, max(0, r.ContentLength))
			if _, err := io.ReadFull(r.Body, body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			a = posted[string(body)]
		}
		if a == nil {
			http.NotFound(w, r)
			return
		}
		h, body := w.Header(), a.reply
		if a.tag != "" && r.Method == http.MethodGet {
			h.Set("ETag", a.tag)
			if r.Header.Get("If-None-Match") == a.tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if len(a.gzip) > 0 && r.Header.Get("Accept-Encoding") == "gzip" {
			h.Set("Content-Encoding", "gzip")
			body = a.gzip
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the client may have gone
	})
}
