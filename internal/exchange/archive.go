package exchange

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
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

// archive opens a zip archive, whose files may unpack to what is left of room, together
// with those of others that take of it. Reading a file never gives more than its entry declares. What is wrong with the
// archive is reported, and nothing returned.
func (in *input) archive(src *source, room *uint64) []*zip.File {
	src.grid = true // there are no lines in it
	// Progress is told with what is in it.
	in.before += src.size
	r, err := zip.NewReader(bytes.NewReader(src.content), int64(len(src.content)))
	if err != nil {
		in.in(src, 0, "this archive cannot be read: %s", strings.TrimPrefix(err.Error(), "zip: "))
		return nil
	}
	if len(r.File) > maxEntries {
		in.in(src, 0, "the archive has %d files; at most %d are read", len(r.File), maxEntries)
		return nil
	}
	if overlapping(r.File) {
		in.in(src, 0, "the files in this archive overlap, which no usual program makes; pack them anew")
		return nil
	}
	var files []*zip.File
	left := *room
	for _, f := range r.File {
		if f.UncompressedSize64 > left {
			in.in(src, 0, "the archive unpacks to more than %d MB; unpack it and give the files that matter", *room>>20)
			return nil
		}
		left -= f.UncompressedSize64
		if !f.FileInfo().IsDir() {
			files = append(files, f)
		}
	}
	*room = left
	return files
}

// overlapping tells whether files in an archive share bytes of it, and so unpack to
// much more than their like would.
func overlapping(files []*zip.File) bool {
	type extent struct{ from, to uint64 }
	extents := make([]extent, 0, len(files))
	for _, f := range files {
		// A file without a beginning cannot be opened; whoever does will be told.
		if from, err := f.DataOffset(); err == nil && f.CompressedSize64 > 0 {
			extents = append(extents, extent{uint64(from), uint64(from) + f.CompressedSize64})
		}
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	for n := 1; n < len(extents); n++ {
		if extents[n].from < extents[n-1].to {
			return true
		}
	}
	return false
}

// openEntry begins to read a file in an archive as a table of UTF-8 text, and closes
// it at its end.
func (in *input) openEntry(src *source, f *zip.File) *table {
	inner := &source{name: src.name + "/" + path.Base(f.Name), size: int(f.UncompressedSize64), grid: true}
	in.known(inner.name)
	in.total += inner.size
	r, err := f.Open()
	if err != nil {
		in.broken(inner, fmt.Errorf("this cannot be read: %w", err))
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
