package exchange_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// raw packs a file that says of itself what is not so.
func raw(t testing.TB, h zip.FileHeader, content []byte) []byte {
	t.Helper()
	var packed, b bytes.Buffer
	d, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if h.Method == 0 {
		h.Method = zip.Deflate
	}
	h.CRC32, h.CompressedSize64 = crc32.ChecksumIEEE(content), uint64(packed.Len())
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&h)
	if err == nil {
		_, err = w.Write(packed.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// listedTwice makes an archive of one file list that file twice.
func listedTwice(archive []byte) []byte {
	end := bytes.LastIndex(archive, []byte("PK\x05\x06"))
	from := bytes.LastIndex(archive[:end], []byte("PK\x01\x02"))
	list := archive[from:end]
	made := append(append([]byte(nil), archive[:end]...), list...)
	tail := append([]byte(nil), archive[end:]...)
	binary.LittleEndian.PutUint16(tail[8:], 2)
	binary.LittleEndian.PutUint16(tail[10:], 2)
	binary.LittleEndian.PutUint32(tail[12:], uint32(2*len(list)))
	return append(made, tail...)
}

// frugal plans an import, which must not allocate much.
func frugal(t *testing.T, format string, list []exchange.File, opt exchange.Options) *exchange.Plan {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	plan, err := exchange.Import(t.Context(), new(framework.World), format, list, opt)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 400 {
		t.Errorf("it took %d MB", taken)
	}
	return plan
}

// TestBombs: what would take too much to read is refused, before it takes much.
func TestBombs(t *testing.T) {
	const header = "conceptType,conceptUri,broaderType,broaderUri\n"
	csvFile := func(content string) exchange.File {
		return exchange.File{Name: "broader.csv", Content: []byte(content)}
	}
	var many []exchange.File
	for n := range 2_001 {
		many = append(many, exchange.File{Name: fmt.Sprint(n, ".csv")})
	}
	const megabytes = 1 << 20
	tests := map[string]struct {
		file exchange.File
		want string
	}{
		"many files": {zipped(t, "b.zip", many...), "b.zip: the archive has 2001 files; at most 2000 are read"},
		"large": {
			exchange.File{Name: "b.zip", Content: raw(t, zip.FileHeader{Name: "a.csv", UncompressedSize64: 513 * megabytes}, nil)},
			"b.zip: the archive unpacks to more than 512 MB; unpack it and give the files that matter",
		},
		"too large a size to add up": {
			exchange.File{Name: "b.zip", Content: raw(t, zip.FileHeader{Name: "a.csv", UncompressedSize64: 1<<64 - 1}, nil)},
			"b.zip: the archive unpacks to more than 512 MB; unpack it and give the files that matter",
		},
		"larger than it says": {
			exchange.File{Name: "b.zip", Content: raw(t, zip.FileHeader{Name: "a.csv", UncompressedSize64: 100},
				[]byte(header+strings.Repeat(",,,\n", 2*megabytes)))},
			"b.zip/a.csv:1:1: this cannot be read: zip: not a valid zip file",
		},
		"smaller than it says": {
			exchange.File{Name: "b.zip", Content: raw(t, zip.FileHeader{Name: "a.csv", UncompressedSize64: 100 * megabytes}, []byte(header))},
			"b.zip/a.csv:1:1: this cannot be read: unexpected EOF",
		},
		"packed otherwise": {
			exchange.File{Name: "b.zip", Content: raw(t, zip.FileHeader{Name: "a.csv", Method: 12, UncompressedSize64: 100}, []byte(header))},
			"b.zip/a.csv: this cannot be read: zip: unsupported compression algorithm",
		},
		"overlap": {
			exchange.File{Name: "b.zip", Content: listedTwice(zipped(t, "", csvFile(header)).Content)},
			"b.zip: the files in this archive overlap, which no usual program makes; pack them anew",
		},
		"in an archive": {
			zipped(t, "b.zip", zipped(t, "c.zip", csvFile(header))),
			"b.zip: c.zip is an archive in an archive; unpack the outer one and give what is in it",
		},
		"long header": {
			zipped(t, "b.zip", csvFile(strings.Repeat("a", 5*megabytes))),
			"b.zip/broader.csv:1:1: this cannot be read: a row is longer than 4 MB",
		},
		"many columns": {csvFile(strings.Repeat("a,", 1_000)), "broader.csv:1:1: the header has 1001 cells; at most 1000 are read"},
		"field without end": {
			csvFile(header + `"` + strings.Repeat("a\n", 4*megabytes)),
			"broader.csv:2:1: this cannot be read: a row is longer than 4 MB",
		},
		"row of many cells": {
			csvFile(header + strings.Repeat("a,", 2*megabytes-100) + "\n"),
			"broader.csv:2:1: the row has 2097053 cells; the header has 4",
		},
		"many rows": {
			csvFile(header + strings.Repeat(",,,\n", 1_000_001)),
			"broader.csv:999982:1: there are more than 1000000 rows",
		},
	}
	sample := files(t, "testdata/esco")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := append([]exchange.File{test.file}, sample[:2]...)
			list = append(list, sample[3:]...)
			if !strings.HasSuffix(test.file.Name, ".zip") { // in place of one of two
				list = append(list[:2:2], list[3:]...)
			}
			plan := frugal(t, "esco", list, exchange.Options{Framework: "esco"})
			if len(plan.Faults) == 0 || plan.Faults[0].String() != test.want || !plan.Refused {
				t.Error(cmp.Diff([]string{test.want}, faults(plan.Faults)))
			}
		})
	}
}

// FuzzArchive: no bytes of an archive make the reader panic, and what is accepted
// imports again without a change.
func FuzzArchive(f *testing.F) {
	var list []exchange.File
	for n, content := range tiny {
		list = append(list, exchange.File{Name: fmt.Sprint(n, ".csv"), Content: []byte(content)})
	}
	f.Add(zipped(f, "", list...).Content)
	f.Add(zipped(f, "", list[3], exchange.File{Name: "a.zip"}, exchange.File{Name: "b/.csv"}).Content)
	f.Add(listedTwice(zipped(f, "", list[3]).Content))
	f.Add(raw(f, zip.FileHeader{Name: "a.csv", UncompressedSize64: 1 << 20}, list[0].Content))
	f.Fuzz(func(t *testing.T, archive []byte) {
		accepted(t, "esco", []exchange.File{{Name: "a.zip", Content: archive}}, "esco")
	})
}
