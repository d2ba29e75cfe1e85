package journal

import (
	"testing"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

// BenchmarkMongo measures the server as much as this package: name a real one with
// MONGODB_URI. Its stand-in tells what the protocol costs, not what MongoDB does.
func BenchmarkMongo(b *testing.B) {
	r := large()
	b.Run("append/changes=134000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mustAppend(b, openPatient(b, mongotest.Database(b)), r)
		}
	})
	uri := mongotest.Database(b)
	mustAppend(b, openPatient(b, uri), r)
	b.Run("load/changes=134000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			err := openPatient(b, uri).Load(b.Context(), 0, func(*framework.Revision) error { return nil })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	seq := int64(1)
	b.Run("append/changes=1", func(b *testing.B) {
		m := openPatient(b, uri)
		for _, met := range load(b, m, 0) {
			seq = met.Seq
		}
		b.ReportAllocs()
		for b.Loop() {
			seq++
			mustAppend(b, m, revision(seq, skill(int(seq)%14_000)))
		}
	})
}

// openPatient opens a journal with the delays of the program.
func openPatient(b *testing.B, uri string) *Mongo {
	b.Helper()
	m, err := OpenMongo(b.Context(), uri, MongoOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Close() })
	return m
}
