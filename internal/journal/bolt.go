package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"skillatlas/internal/framework"
)

// The buckets of a file: meta holds the format of the layout in decimal;
// revisions maps a sequence number to a header; changes maps a sequence number and
// the number of the change within the revision, from 1, to a change. Numbers in
// keys are big-endian, 8 and 4 bytes, so that keys sort as revisions do.
var (
	metaBucket      = []byte("meta")
	revisionsBucket = []byte("revisions")
	changesBucket   = []byte("changes")
	formatKey       = []byte("format")
)

// Bolt is a journal in one file, which it locks against other processes. Its
// methods are safe for concurrent use.
type Bolt struct {
	db *bbolt.DB
	// synced is the last revision known to be on disk; later ones are not shown.
	synced atomic.Int64

	appending sync.Mutex
	inDoubt   atomic.Bool // the outcome of a write is not known; set under appending
	// reading is held by readers while they look at pages, so that none of these
	// is wiped meanwhile.
	reading sync.RWMutex
}

// guard turns a panic of bbolt into an error. It trusts the pages of its file, so
// that a damaged one makes it read where there is nothing.
func guard(err *error) func() {
	faults := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(faults)
		if p := recover(); p != nil {
			*err = fmt.Errorf("its pages cannot be read (%v): %w", p, ErrCorrupt)
		}
	}
}

// OpenBolt opens the journal in the file at path and creates it when there is none.
func OpenBolt(path string) (_ *Bolt, err error) {
	defer func() {
		if errors.Is(err, ErrCorrupt) && !strings.Contains(err.Error(), path) {
			err = fmt.Errorf("open %s: %w", path, err)
		}
	}()
	defer guard(&err)()
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      time.Second,
		FreelistType: bbolt.FreelistMapType,
		PageSize:     4096, // not the machine's, so that a file can move between machines
		// Address space only. When the mapping grows, bbolt copies all that the
		// transaction holds: a large import allocated four times as much and took twice the time.
		InitialMmapSize: 64 << 20,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("open %s: %w", path, ErrInUse)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, fmt.Errorf("open %s: it is not a Skill Atlas store, or it is damaged (%w); "+
			"choose another file or restore it from a backup", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the store: %w", err) // names the file
	}
	db.AllocSize = 1 << 20 // by which the file grows
	b := &Bolt{db: db}
	if err := b.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return b, nil
}

// makeDir makes a directory and those above it, so that they survive a power cut.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such thing
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// prepare makes the buckets of a new file, or checks the format of an old one.
func (b *Bolt) prepare() error {
	var found []byte
	empty := true
	err := b.db.View(func(tx *bbolt.Tx) error {
		if meta := tx.Bucket(metaBucket); meta != nil {
			found = bytes.Clone(meta.Get(formatKey))
		}
		name, _ := tx.Cursor().First()
		empty = name == nil
		return nil
	})
	if err != nil {
		return err
	}
	if empty {
		return b.create()
	}
	switch n, err := strconv.Atoi(string(found)); {
	case found == nil || err != nil || n < 1:
		return errors.New("it is a bbolt file, but not a Skill Atlas store; choose another file")
	case n > format:
		return fmt.Errorf("format %d, expected at most %d: %w", n, format, ErrNewerFormat)
	}
	return b.db.View(func(tx *bbolt.Tx) error {
		revisions, _, err := buckets(tx)
		if err != nil {
			return err
		}
		last, err := lastRevision(revisions)
		b.synced.Store(last)
		return err
	})
}

func (b *Bolt) create() error {
	err := b.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{revisionsBucket, changesBucket, metaBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(formatKey, strconv.AppendInt(nil, format, 10))
	})
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(b.db.Path()))
}

// Close waits for the calls under way and closes the file.
func (b *Bolt) Close() error { return b.db.Close() }

// Err is nil as long as the store can be written.
func (b *Bolt) Err() error {
	if b.inDoubt.Load() {
		return errors.New("what was written could not be synced to the disk; look at the disk and restart the server")
	}
	return nil
}

// String names the store for people.
func (b *Bolt) String() string { return "embedded file " + b.db.Path() }

// Load yields the revisions after the given one in order. The revisions are the
// caller's. An error of yield ends the loading and is returned as it is.
func (b *Bolt) Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error {
	d := newDecoder()
	for seq := after + 1; ; seq++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("load %d: %w", seq, err)
		}
		if seq > b.synced.Load() {
			return nil
		}
		r, err := b.read(d, seq)
		if err != nil {
			return fmt.Errorf("load %d from %s: %w", seq, b, err)
		}
		// Outside of the transaction, so that yield may take its time and append.
		if err := yield(r); err != nil {
			return err
		}
	}
}

// read returns a revision that is there.
func (b *Bolt) read(d *decoder, seq int64) (r *framework.Revision, err error) {
	defer guard(&err)()
	b.reading.RLock()
	defer b.reading.RUnlock()
	err = b.db.View(func(tx *bbolt.Tx) error {
		revisions, changes, err := buckets(tx)
		if err != nil {
			return err
		}
		head := revisions.Get(revisionKey(seq))
		if head == nil {
			return fmt.Errorf("the revision is missing although there are later ones: %w", ErrCorrupt)
		}
		reading, err := d.start(head, seq)
		if err != nil {
			return err
		}
		cursor := changes.Cursor()
		for key, value := cursor.Seek(revisionKey(seq)); bytes.HasPrefix(key, revisionKey(seq)); key, value = cursor.Next() {
			if n := len(reading.changes) + 1; !bytes.Equal(key, changeKey(seq, n)) {
				return fmt.Errorf("change %d of %d is missing, found key %x: %w", n, reading.header.count, key, ErrCorrupt)
			}
			reading.add(value)
		}
		r, err = reading.finish()
		return err
	})
	return r, err
}

// Append stores a revision, which has to follow the last, and returns once it is
// on disk. ErrTaken means that there is one with this number already; of several
// concurrent calls with the same number exactly one succeeds. The revision is
// stored even when ctx is cancelled meanwhile.
//
// After ErrOutcomeUnknown nothing is appended until the file has been opened
// again: what a failed sync has left of a file only a fresh look at it can tell.
func (b *Bolt) Append(ctx context.Context, r *framework.Revision) error {
	b.appending.Lock()
	defer b.appending.Unlock()
	if err := b.Err(); err != nil {
		return fmt.Errorf("append %d: %w", r.Seq, err)
	}
	if err := b.append(ctx, r); err != nil {
		return fmt.Errorf("append %d: %w", r.Seq, err)
	}
	return nil
}

func (b *Bolt) append(ctx context.Context, r *framework.Revision) error {
	stored := make([][]byte, 0, len(r.Changes))
	h, err := encode(r, func(_ int, _ *change, b []byte) error {
		stored = append(stored, bytes.Clone(b))
		return nil
	})
	if err != nil {
		return err
	}
	if uint64(len(stored)) > math.MaxUint32 {
		return fmt.Errorf("%d changes are too many for one revision", len(stored))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := b.db.Begin(true)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	revisions, changes, err := buckets(tx)
	if err != nil {
		return err
	}
	last, err := lastRevision(revisions)
	if err != nil {
		return err
	}
	if err := checkNext(r.Seq, last); err != nil {
		return err
	}
	// Keys only ever grow, so pages split by half would stay half empty.
	revisions.FillPercent, changes.FillPercent = 1, 1
	if err := revisions.Put(revisionKey(r.Seq), appendDocument(nil, headerFields, &h)); err != nil {
		return err
	}
	for i, value := range stored {
		if err := changes.Put(changeKey(r.Seq, i+1), value); err != nil {
			return err
		}
	}
	if err := b.commit(tx); err != nil {
		return err
	}
	b.synced.Store(r.Seq)
	return nil
}

// commit makes what a transaction has written last.
func (b *Bolt) commit(tx *bbolt.Tx) error {
	id := tx.ID()
	err := tx.Commit()
	if err != nil && b.visible(id) {
		// Only the last sync failed: readers see the changes, the disk may not hold them.
		b.inDoubt.Store(true)
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	return err
}

// visible reports whether readers may see what a transaction has written.
func (b *Bolt) visible(id int) bool {
	last := id
	err := b.db.View(func(tx *bbolt.Tx) error {
		last = tx.ID()
		return nil
	})
	return err != nil || last >= id
}

// Follow does nothing until ctx ends: the file is locked, so no one else writes.
func (b *Bolt) Follow(ctx context.Context, _ func(context.Context) error) { <-ctx.Done() }

func buckets(tx *bbolt.Tx) (revisions, changes *bbolt.Bucket, err error) {
	revisions, changes = tx.Bucket(revisionsBucket), tx.Bucket(changesBucket)
	if revisions == nil || changes == nil {
		return nil, nil, fmt.Errorf("a bucket is missing: %w", ErrCorrupt)
	}
	return revisions, changes, nil
}

func lastRevision(revisions *bbolt.Bucket) (int64, error) {
	key, _ := revisions.Cursor().Last()
	switch len(key) {
	case 0:
		return 0, nil
	case 8:
		return int64(binary.BigEndian.Uint64(key)), nil
	}
	return 0, fmt.Errorf("key %x is no revision: %w", key, ErrCorrupt)
}

func revisionKey(seq int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, 12), uint64(seq))
}

func changeKey(seq int64, n int) []byte {
	return binary.BigEndian.AppendUint32(revisionKey(seq), uint32(n))
}
