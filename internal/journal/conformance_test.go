package journal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/framework"
)

type store interface {
	Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error
	Append(ctx context.Context, r *framework.Revision) error
	Redact(ctx context.Context, ref framework.Ref, before int64) error
	Close() error
}

// testJournal is what every store has to pass. Each call of place finds an empty
// place, which what it returns opens, and opens again once it was closed.
func testJournal(t *testing.T, place func(t *testing.T) (open func() store)) {
	// begin opens a new store with revisions.
	begin := func(t *testing.T, revisions ...*framework.Revision) store {
		t.Helper()
		s := place(t)()
		t.Cleanup(func() { s.Close() })
		mustAppend(t, s, revisions...)
		return s
	}

	t.Run("empty", func(t *testing.T) {
		s := begin(t)
		wantRevisions(t, s, 0)
		wantRevisions(t, s, 7)
	})

	for _, kind := range framework.Kinds {
		t.Run("round trip/"+string(kind), func(t *testing.T) {
			e := full(t, kind)
			removed := revision(2)
			removed.Changes = []framework.Change{{Ref: ref(e)}}
			s := begin(t, revision(1, e), removed)
			wantRevisions(t, s, 0, revision(1, e), removed)
		})
	}

	t.Run("round trip/bounds", func(t *testing.T) {
		bare := &framework.Revision{Seq: 1, Time: time.UnixMilli(0).UTC(), Changes: changes()}
		entities := revision(2,
			&framework.Skill{},
			&framework.Skill{Code: "A", Position: math.MaxInt, Levels: []framework.LevelText{{}, {Level: math.MinInt}}},
			&framework.Skill{Code: "B", Synonyms: []string{""}, Name: "a\x00b", Description: strings.Repeat("é", 500_000)},
			&framework.Role{Code: "C", Requirements: []framework.Requirement{{Weight: math.SmallestNonzeroFloat64}}},
			&framework.Level{Ordinal: math.MaxInt32 + 1},
		)
		s := begin(t, bare, entities)
		wantRevisions(t, s, 0, bare, entities)
	})

	t.Run("time in another zone", func(t *testing.T) {
		r := revision(1)
		r.Time = epoch.In(time.FixedZone("", 3600))
		s := begin(t, r)
		r.Time = epoch
		wantRevisions(t, s, 0, r)
	})

	t.Run("order and after", func(t *testing.T) {
		var all []*framework.Revision
		for seq := range int64(300) { // more than a byte can count
			all = append(all, revision(seq+1, skill(int(seq)), skill(int(seq)+1), relation(2, 1)))
		}
		s := begin(t, all...)
		for _, after := range []int64{0, 1, 255, 256, 299, 300, 1000} {
			wantRevisions(t, s, after, all[min(after, 300):]...)
		}
	})

	t.Run("more changes than a byte can count", func(t *testing.T) {
		var entities []framework.Entity
		for n := range 700 {
			entities = append(entities, skill(n))
		}
		s := begin(t, revision(1, entities...), revision(2, skill(1)))
		wantRevisions(t, s, 0, revision(1, entities...), revision(2, skill(1)))
	})

	t.Run("reopen", func(t *testing.T) {
		open := place(t)
		var all []*framework.Revision
		for seq := range int64(3) {
			s := open()
			all = append(all, revision(seq+1, skill(int(seq))))
			mustAppend(t, s, all[seq])
			wantRevisions(t, s, 0, all...)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})

	t.Run("refused appends", func(t *testing.T) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		misfiled := revision(3, skill(1))
		misfiled.Changes[0].Key = "OTHER"
		unknown := revision(3)
		unknown.Changes = []framework.Change{{Ref: framework.Ref{Kind: "recipe", Framework: "meridian", Key: "1"}}}
		fine := revision(3)
		fine.Time = fine.Time.Add(time.Microsecond)
		for _, test := range []struct {
			name string
			ctx  context.Context
			r    *framework.Revision
			is   error
			says string
		}{
			{"taken", t.Context(), revision(2, skill(9)), ErrTaken, "append 2: the sequence number is taken"},
			{"taken long ago", t.Context(), revision(1), ErrTaken, "append 1: the sequence number is taken"},
			{"gap", t.Context(), revision(4), nil, "append 4: it would leave a gap; the last revision is 2"},
			{"zero", t.Context(), revision(0), nil, "append 0: revisions are numbered from 1"},
			{"negative", t.Context(), revision(-1), nil, "append -1: revisions are numbered from 1"},
			{"cancelled", cancelled, revision(3), context.Canceled, "append 3: context canceled"},
			{"misfiled", t.Context(), misfiled, nil, `append 3: change 1 of 1: skill "SKILL-00001" is filed under skill "OTHER"`},
			{"unknown kind", t.Context(), unknown, nil, `append 3: change 1 of 1: kind "recipe" has no stored form`},
			{"fine time", t.Context(), fine, nil, "append 3: time 2026-02-03T04:05:09.789001Z is finer than a millisecond"},
		} {
			t.Run(test.name, func(t *testing.T) {
				s := begin(t, revision(1), revision(2, skill(1)))
				err := s.Append(test.ctx, test.r)
				if err == nil || err.Error() != test.says || test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("got %v, want %s", err, test.says)
				}
				if test.is == nil && errors.Is(err, ErrTaken) {
					t.Error("it must not look like a lost race")
				}
				wantRevisions(t, s, 0, revision(1), revision(2, skill(1)))
				mustAppend(t, s, revision(3))
			})
		}
	})

	t.Run("one of many concurrent appends wins", func(t *testing.T) {
		s := begin(t)
		for seq := int64(1); seq <= 10; seq++ {
			const writers = 16
			var wg sync.WaitGroup
			results := make([]error, writers)
			for w := range writers {
				wg.Go(func() {
					r := revision(seq, skill(w))
					r.ID = fmt.Sprintf("writer-%d", w)
					results[w] = s.Append(t.Context(), r)
				})
			}
			wg.Wait()
			winner := -1
			for w, err := range results {
				switch {
				case err == nil && winner >= 0:
					t.Fatalf("revision %d: writers %d and %d both won", seq, winner, w)
				case err == nil:
					winner = w
				case !errors.Is(err, ErrTaken):
					t.Fatalf("revision %d: writer %d: %v, want ErrTaken", seq, w, err)
				}
			}
			if winner < 0 {
				t.Fatalf("revision %d: no writer won", seq)
			}
			want := revision(seq, skill(winner))
			want.ID = fmt.Sprintf("writer-%d", winner)
			wantRevisions(t, s, seq-1, want)
		}
	})

	t.Run("load while appending", func(t *testing.T) {
		s := begin(t, revision(1, skill(1)))
		var seen int64
		err := s.Load(t.Context(), 0, func(r *framework.Revision) error {
			seen = r.Seq
			if r.Seq == 50 {
				return nil
			}
			return s.Append(t.Context(), revision(r.Seq+1, skill(1), skill(2)))
		})
		if err != nil || seen != 50 {
			t.Errorf("got to revision %d: %v, want 50", seen, err)
		}
	})

	t.Run("redact", func(t *testing.T) { testRedact(t, begin) })

	t.Run("load stops", func(t *testing.T) {
		s := begin(t, revision(1), revision(2), revision(3))
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		err := s.Load(ctx, 0, func(r *framework.Revision) error {
			if n++; r.Seq == 2 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || n != 2 {
			t.Errorf("cancelled: %d revisions and %v, want 2 and %v", n, err, context.Canceled)
		}
		stop := errors.New("enough")
		if err := s.Load(t.Context(), 1, func(*framework.Revision) error { return stop }); err != stop {
			t.Errorf("got %v, want the error of yield as it is", err)
		}
	})

	t.Run("large", func(t *testing.T) {
		if testing.Short() {
			t.Skip("134,000 changes")
		}
		r := large()
		s := begin(t, r, revision(2, skill(1)))
		got := load(t, s, 0)
		if len(got) != 2 || !reflect.DeepEqual(got[0], r) {
			t.Errorf("got %d revisions, the first with %d changes, which differ from those appended", len(got), len(got[0].Changes))
		}
	})
}

func mustAppend(t testing.TB, s store, revisions ...*framework.Revision) {
	t.Helper()
	for _, r := range revisions {
		if err := s.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t testing.TB, s store, after int64) (all []*framework.Revision) {
	t.Helper()
	err := s.Load(t.Context(), after, func(r *framework.Revision) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantRevisions(t *testing.T, s store, after int64, want ...*framework.Revision) {
	t.Helper()
	if diff := cmp.Diff(append([]*framework.Revision(nil), want...), load(t, s, after)); diff != "" {
		t.Errorf("after %d (-want +got):\n%s", after, diff)
	}
}
