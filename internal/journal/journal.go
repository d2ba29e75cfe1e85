// Package journal owns the stored form of revisions and the stores that hold
// them: an append-only sequence, numbered from 1 without gaps.
//
// What is stored is never updated in place, but for texts that are taken out of it,
// which leaves the revision's digest as it was. A revision is stored whole or not at
// all, and once an append was acknowledged it survives the death of any process.
// Loading verifies sequence, count and digest, and refuses what it does not
// understand by name; it never skips, guesses or mends. The stored form has names
// of its own, kept in one table per kind, so that the domain may rename its fields
// while every format ever released loads.
package journal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"skillatlas/internal/framework"
)

// The reasons a caller needs to tell apart.
var (
	// ErrTaken means that another revision has the sequence number. Nothing was
	// stored; catch up and check again.
	ErrTaken = errors.New("the sequence number is taken")
	// ErrOutcomeUnknown means that the revision may or may not be durable. Ask
	// for the id at its sequence number later.
	ErrOutcomeUnknown = errors.New("it is not known whether the revision was stored")
	// ErrNotStored means that the revision was not stored and never will be.
	ErrNotStored = errors.New("nothing was stored")
	// ErrNewerFormat means that the store holds a format, a kind or a field this
	// program does not know, and which it would lose by writing.
	ErrNewerFormat = errors.New("it was written by a newer Skill Atlas; upgrade this one")
	// ErrCorrupt means that what is stored is not what was appended.
	ErrCorrupt = errors.New("the store is damaged; restore it from a backup")
	// errOtherHistory means that a store no longer holds what was read from it.
	errOtherHistory = errors.New("the store holds another history than was read from it; if it was restored from a backup, restart every instance, and if it is empty, restore it first")
	// errPassing is an error that may go away by itself.
	errPassing = errors.New("trying again may help")
	// ErrInUse means that another process holds the embedded file.
	ErrInUse = errors.New("another process has the store open; stop it first, or import and export through it with --server")
)

// Final reports whether an error of a store stays until someone acts: nothing can
// be appended after what it is about.
func Final(err error) bool {
	return errors.Is(err, ErrNewerFormat) || errors.Is(err, ErrCorrupt) || errors.Is(err, errOtherHistory)
}

// marked makes an error another one as well, in the sense of errors.Is, without a
// word.
type marked struct {
	error
	as error
}

func (e marked) Unwrap() error        { return e.error }
func (e marked) Is(target error) bool { return target == e.as }

// format is the newest stored format this program reads and the one it writes.
const format = 1

// A header is what is stored of a revision besides its changes.
type header struct {
	seq       int64
	id        string
	time      time.Time
	author    string
	message   string
	requestID string
	// requestDigest tells requests with the same id apart.
	requestDigest string
	changeRequest int
	format        int
	count         int
	digest        string
}

var headerFields = []field[header]{
	long("seq", func(h *header) *int64 { return &h.seq }),
	text("id", func(h *header) *string { return &h.id }),
	date("time", func(h *header) *time.Time { return &h.time }),
	code("author", func(h *header) *string { return &h.author }),
	text("message", func(h *header) *string { return &h.message }),
	text("requestId", func(h *header) *string { return &h.requestID }),
	text("requestDigest", func(h *header) *string { return &h.requestDigest }),
	number("changeRequest", func(h *header) *int { return &h.changeRequest }),
	number("format", func(h *header) *int { return &h.format }),
	number("count", func(h *header) *int { return &h.count }),
	text("digest", func(h *header) *string { return &h.digest }),
}

// A change is one stored change; document is nil when the entity was removed.
type change struct {
	kind      framework.Kind
	framework string
	key       string
	removed   bool
	// redacted is the sum of the change as it was before its texts were taken out,
	// and nil when they were not.
	redacted []byte
	document []byte
}

var changeFields = []field[change]{
	code("kind", func(c *change) *framework.Kind { return &c.kind }),
	code("framework", func(c *change) *string { return &c.framework }),
	text("key", func(c *change) *string { return &c.key }),
	truth("removed", func(c *change) *bool { return &c.removed }),
	sum("redacted", func(c *change) *[]byte { return &c.redacted }),
	embedded("document", func(c *change) *[]byte { return &c.document }),
}

// newHeader is the header of a revision, without the digest.
func newHeader(r *framework.Revision) (header, error) {
	if !time.UnixMilli(r.Time.UnixMilli()).Equal(r.Time) {
		// Rounding here would give this process another time than all others.
		return header{}, fmt.Errorf("time %s is finer than a millisecond", r.Time.Format(time.RFC3339Nano))
	}
	return header{
		seq: r.Seq, id: r.ID, time: r.Time, author: r.Author, message: r.Message,
		requestID: r.RequestID, requestDigest: r.RequestDigest, changeRequest: r.ChangeRequest,
		format: format, count: len(r.Changes),
	}, nil
}

// encode gives the stored form of each change of a revision in turn, which is
// valid until the next, and returns the header with the digest.
func encode(r *framework.Revision, each func(n int, c *change, stored []byte) error) (header, error) {
	h, err := newHeader(r)
	if err != nil {
		return h, err
	}
	sum := newDigest(h)
	var scratch []byte
	for i := range r.Changes {
		c, err := newChange(r.Changes[i])
		if err != nil {
			return h, fmt.Errorf("change %d of %d: %w", i+1, len(r.Changes), err)
		}
		scratch = appendDocument(scratch[:0], changeFields, &c)
		sum.Write(c.sum(scratch))
		if err := each(i+1, &c, scratch); err != nil {
			return h, err
		}
	}
	h.digest = hex.EncodeToString(sum.Sum(nil))
	return h, nil
}

// Digest is the digest a revision is stored with. Equal revisions have equal
// digests in every store.
func Digest(r *framework.Revision) (string, error) {
	h, err := encode(r, func(int, *change, []byte) error { return nil })
	return h.digest, err
}

// newDigest starts the digest of a revision: SHA-256 over its header as
// headerFields writes it without the digest, followed by the sums of the changes in
// order. A store that adds fields of its own, such as MongoDB's _id, takes them out
// before.
func newDigest(h header) hash.Hash {
	h.digest = ""
	sum := sha256.New()
	sum.Write(appendDocument(nil, headerFields, &h))
	return sum
}

// sum is what stands for the change in the digest: SHA-256 over what changeFields
// writes, or wrote before the change was redacted.
func (c *change) sum(stored []byte) []byte {
	if c.redacted != nil {
		return c.redacted
	}
	sum := sha256.Sum256(stored)
	return sum[:]
}

func newChange(c framework.Change) (change, error) {
	stored := change{kind: c.Kind, framework: c.Framework, key: c.Key}
	f, ok := forms[c.Kind]
	switch {
	case !ok:
		return stored, fmt.Errorf("kind %q has no stored form", c.Kind)
	case c.Entity == nil:
		stored.removed = true
	case c.Entity.Kind() != c.Kind || c.Entity.Key() != c.Key:
		return stored, fmt.Errorf("%s %q is filed under %s %q", c.Entity.Kind(), c.Entity.Key(), c.Kind, c.Key)
	default:
		stored.document = f.append(nil, c.Entity)
	}
	if c.Redacted == "" {
		return stored, nil
	}
	var err error
	if stored.redacted, err = hex.DecodeString(c.Redacted); err != nil || len(stored.redacted) != sha256.Size {
		return stored, fmt.Errorf("%s %q was redacted from %q, which is no SHA-256", c.Kind, c.Key, c.Redacted)
	}
	return stored, stored.checkRedacted()
}

// A decoder reads stored forms into values that share no memory with them.
type decoder struct {
	// codes holds one copy of each string that many entities repeat.
	codes map[string]string
}

func newDecoder() *decoder { return &decoder{codes: map[string]string{}} }

func (d *decoder) header(b []byte, seq int64) (header, error) {
	// The format comes first: a newer one may have changed everything else.
	if n, ok := bson.Raw(b).Lookup("format").AsInt64OK(); ok && n > format {
		return header{}, fmt.Errorf("format %d, expected at most %d: %w", n, format, ErrNewerFormat)
	}
	var h header
	if err := decode(d, b, headerFields, &h); err != nil {
		return h, err
	}
	switch {
	case h.seq != seq:
		return h, fmt.Errorf("it says it is revision %d: %w", h.seq, ErrCorrupt)
	case h.format < 1:
		return h, fmt.Errorf("format %d, expected %d: %w", h.format, format, ErrCorrupt)
	case h.digest == "":
		return h, fmt.Errorf("it has no digest: %w", ErrCorrupt)
	}
	return h, nil
}

func (d *decoder) change(b []byte) (framework.Change, error) {
	var c change
	if err := decode(d, b, changeFields, &c); err != nil {
		return framework.Change{}, err
	}
	return d.entity(&c)
}

// entity is the change that a stored one stands for.
func (d *decoder) entity(c *change) (framework.Change, error) {
	out := framework.Change{
		Ref:      framework.Ref{Kind: c.kind, Framework: c.framework, Key: c.key},
		Redacted: hex.EncodeToString(c.redacted),
	}
	f, ok := forms[c.kind]
	switch {
	case !ok:
		return out, fmt.Errorf("unknown kind %q: %w", c.kind, ErrNewerFormat)
	case c.removed == (c.document != nil):
		return out, fmt.Errorf("%s %q has to be either removed or a document: %w", c.kind, c.key, ErrCorrupt)
	}
	if err := c.checkRedacted(); err != nil || c.removed {
		return out, err
	}
	var err error
	if out.Entity, err = f.decode(d, c.document); err != nil {
		return out, fmt.Errorf("%s %q: %w", c.kind, c.key, err)
	}
	return out, nil
}

// A reading assembles and verifies one revision from its stored parts.
type reading struct {
	*decoder
	header  header
	sum     hash.Hash
	changes []framework.Change
	err     error
}

func (d *decoder) start(head []byte, seq int64) (*reading, error) {
	h, err := d.header(head, seq)
	if err != nil {
		return nil, err
	}
	return d.begin(h), nil
}

func (d *decoder) begin(h header) *reading {
	// The count is not verified yet, so memory is not entrusted to it.
	room := min(max(h.count, 0), 1<<18)
	return &reading{decoder: d, header: h, sum: newDigest(h), changes: make([]framework.Change, 0, room)}
}

// add takes the next change. That it cannot be decoded matters only when the
// digest proves that it is what was stored.
func (r *reading) add(b []byte) {
	var c framework.Change
	var stored change
	err := decode(r.decoder, b, changeFields, &stored)
	if err == nil {
		c, err = r.entity(&stored)
	} else {
		stored.redacted = nil
	}
	r.sum.Write(stored.sum(b))
	r.changes = append(r.changes, c)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("change %d of %d: %w", len(r.changes), r.header.count, err)
	}
}

func (r *reading) finish() (*framework.Revision, error) {
	h := r.header
	if len(r.changes) != h.count {
		return nil, fmt.Errorf("it has %d changes, expected %d: %w", len(r.changes), h.count, ErrCorrupt)
	}
	if got := hex.EncodeToString(r.sum.Sum(nil)); got != h.digest {
		return nil, fmt.Errorf("its digest is %s, expected %s: %w", got, h.digest, ErrCorrupt)
	}
	if r.err != nil {
		return nil, r.err
	}
	return &framework.Revision{
		Seq: h.seq, ID: h.id, Time: h.time, Author: h.author, Message: h.message,
		RequestID: h.requestID, RequestDigest: h.requestDigest, ChangeRequest: h.changeRequest,
		Changes: r.changes,
	}, nil
}

// checkNext reports whether seq may follow last.
func checkNext(seq, last int64) error {
	switch cmp.Compare(seq, last+1) {
	case -1:
		if seq < 1 {
			return errors.New("revisions are numbered from 1")
		}
		return ErrTaken
	case 1:
		return fmt.Errorf("it would leave a gap; the last revision is %d", last)
	}
	return nil
}
