package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

// limited is a store that fails after some appends.
type limited struct {
	store
	room int
}

func (l *limited) Append(ctx context.Context, r *framework.Revision) error {
	if l.room--; l.room < 0 {
		return errors.New("no room")
	}
	return l.store.Append(ctx, r)
}

func TestCopy(t *testing.T) {
	var all []*framework.Revision
	for _, kind := range framework.Kinds {
		all = append(all, revision(int64(len(all)+1), full(t, kind)))
	}
	file := func(t *testing.T) store { return openBolt(t, filepath.Join(t.TempDir(), "skillatlas.db")) }
	database := func(t *testing.T) store { return newMongo(t, mongotest.Database(t)) }
	for _, way := range []struct {
		name     string
		from, to func(*testing.T) store
	}{{"file to file", file, file}, {"file to MongoDB", file, database}, {"MongoDB to file", database, file}} {
		t.Run(way.name, func(t *testing.T) {
			from, to := way.from(t), way.to(t)
			mustAppend(t, from, all...)
			want := func(copied, total int64) {
				t.Helper()
				gotCopied, gotTotal, err := Copy(t.Context(), from, to, nil)
				if err != nil || gotCopied != copied || gotTotal != total {
					t.Fatalf("copied %d to make %d: %v; want %d and %d", gotCopied, gotTotal, err, copied, total)
				}
			}
			n := int64(len(all))
			if copied, _, err := Copy(t.Context(), from, &limited{to, 3}, nil); err == nil || copied != 3 {
				t.Fatalf("interrupted: %d, %v", copied, err)
			}
			want(n-3, n)
			wantRevisions(t, to, 0, all...)
			want(0, n)
			mustAppend(t, from, revision(n+1, skill(1)))
			want(1, n+1)
			mustAppend(t, to, revision(n+2, skill(1)))
			if _, _, err := Copy(t.Context(), from, to, nil); err == nil || !strings.Contains(err.Error(), "copy the other way") {
				t.Errorf("to one that has more: %v", err)
			}
			mustAppend(t, from, revision(n+2, skill(2)), revision(n+3))
			if _, _, err := Copy(t.Context(), from, to, nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("revision %d is not the same in both", n+2)) {
				t.Errorf("to one that differs: %v", err)
			}
			wantRevisions(t, to, n+1, revision(n+2, skill(1)))
		})
	}
}
