package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"skillatlas/graph"
)

// explorerFiles is the built API explorer; server/explorer/build.mjs makes it.
//
//go:embed explorer/dist
var explorerFiles embed.FS

// explorerPolicy is what GraphiQL needs and no more: the Monaco editor sets
// style attributes and draws squiggles as data: images.
const explorerPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// newExplorer serves the API explorer: its page at / and everything the page
// loads below /explorer/. Any other path is not found, so it can be mounted
// at / beside the API.
func newExplorer() http.Handler {
	mux := http.NewServeMux()
	err := fs.WalkDir(explorerFiles, "explorer/dist", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		pattern := "GET /explorer" + strings.TrimPrefix(file, "explorer/dist")
		if pattern == "GET /explorer/index.html" {
			pattern = "GET /{$}"
		}
		mux.Handle(pattern, newExplorerFile(file))
		return nil
	})
	if err != nil {
		panic("explorer: the embedded files must be listable: " + err.Error())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", explorerPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// explorerFile serves one embedded file. It is hashed and compressed when
// first asked for, not at startup.
type explorerFile struct {
	name         string
	contentType  string
	cacheControl string
	hash         func() string
	gzipped      func() []byte
}

func newExplorerFile(name string) *explorerFile {
	f := &explorerFile{name: name, contentType: explorerContentType(name), cacheControl: "no-cache"}
	if path.Base(path.Dir(name)) == "assets" { // the name holds a hash of the content
		f.cacheControl = "public, max-age=31536000, immutable"
	}
	f.hash = sync.OnceValue(func() string {
		h := sha256.New()
		f.copyTo(h)
		return hex.EncodeToString(h.Sum(nil))
	})
	f.gzipped = sync.OnceValue(func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		f.copyTo(z)
		_ = z.Close() // a bytes.Buffer takes everything
		return b.Bytes()
	})
	return f
}

func (f *explorerFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Vary", "Accept-Encoding")
	if graph.AcceptsGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+f.hash()+`-gzip"`) // other bytes, hence another tag (RFC 9110, section 8.8.3.3)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.gzipped()))
		return
	}
	h.Set("ETag", `"`+f.hash()+`"`)
	http.ServeContent(w, r, "", time.Time{}, f.open())
}

// open returns the file in place: nothing is copied out of the binary.
func (f *explorerFile) open() io.ReadSeeker {
	file, err := explorerFiles.Open(f.name)
	if err != nil {
		panic("explorer: an embedded file must open: " + err.Error())
	}
	return file.(io.ReadSeeker) // as package embed promises
}

func (f *explorerFile) copyTo(w io.Writer) {
	if _, err := io.Copy(w, f.open()); err != nil {
		panic("explorer: an embedded file must be readable: " + err.Error())
	}
}

// explorerContentType knows the types of the explorer's files, so that none
// depends on the MIME table of the machine.
func explorerContentType(file string) string {
	switch path.Ext(file) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".ttf":
		return "font/ttf"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	}
	panic("explorer: every embedded file must have a known type: " + file)
}
