package exchange

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Bounds on what an archive may unpack to, in bytes and files. The largest framework
// known to be published as one has 42 MB in 17 files.
const (
	maxUnpacked = 512 << 20
	maxEntries  = 2_000
)

// isArchive tells a zip archive, workbooks among them, by its first bytes.
func isArchive(content []byte) bool { return bytes.HasPrefix(content, []byte("PK\x03\x04")) }

// archive opens a zip archive, whose files may unpack to a number of bytes together.
// Reading a file never gives more than its entry declares. What is wrong with the
// archive is reported, and nothing returned.
func (in *input) archive(src *source, limit uint64) []*zip.File {
	src.grid = true // there are no lines in it
	in.advance(src.size)
	r, err := zip.NewReader(bytes.NewReader(src.content), int64(len(src.content)))
	if err != nil {
		in.in(src, 0, "this archive cannot be read: %s", strings.TrimPrefix(err.Error(), "zip: "))
		return nil
	}
	if len(r.File) > maxEntries {
		in.in(src, 0, "the archive has %d files; at most %d are read", len(r.File), maxEntries)
		return nil
	}
	var files []*zip.File
	left := limit
	for _, f := range r.File {
		if f.UncompressedSize64 > left {
			in.in(src, 0, "the archive unpacks to more than %d MB; unpack it and give the files that matter", limit>>20)
			return nil
		}
		left -= f.UncompressedSize64
		if !f.FileInfo().IsDir() {
			files = append(files, f)
		}
	}
	return files
}

// openEntry begins to read a file in an archive as a table of UTF-8 text, and closes
// it at its end.
func (in *input) openEntry(src *source, f *zip.File) *table {
	inner := &source{name: src.name + "/" + path.Base(f.Name), size: int(f.UncompressedSize64), grid: true}
	in.known(inner.name)
	in.total += inner.size
	r, err := f.Open()
	if err != nil {
		in.broken(inner, err)
		return nil
	}
	return in.readCSV(inner, transform.NewReader(closing{r}, transform.Chain(encoding.UTF8Validator, unicode.UTF8BOM.NewDecoder())))
}

// closing closes a reader at its end.
type closing struct{ in io.ReadCloser }

func (c closing) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil {
		_ = c.in.Close() // all that is asked of it has been read
	}
	return n, err
}
