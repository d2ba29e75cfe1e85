package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"skillatlas/internal/framework"
)

// Redact takes the texts of an entity out of its versions in the revisions before
// one, for good: what is loaded from then on has none, and the same digests. What
// is redacted already stays as it is, so after an error it can be tried again.
//
// Pages of the file that are no longer in use are wiped. What the disk, the file
// system or a backup keeps of them is out of reach.
func (b *Bolt) Redact(ctx context.Context, ref framework.Ref, before int64) error {
	b.appending.Lock()
	defer b.appending.Unlock()
	err := b.Err()
	if err == nil {
		err = checkRedactable(ref)
	}
	if last := b.synced.Load(); err == nil && before > last+1 {
		err = noRevision(before - 1)
	}
	if err == nil {
		err = b.redact(ctx, ref, before)
	}
	if err == nil {
		err = b.wipe() // even when nothing changed, for one that was interrupted
	}
	if err != nil {
		return fmt.Errorf("redact %s %s of %s in %s: %w", ref.Kind, ref.Key, ref.Framework, b, err)
	}
	return nil
}

func (b *Bolt) redact(ctx context.Context, ref framework.Ref, before int64) (err error) {
	defer guard(&err)()
	tx, err := b.db.Begin(true)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	_, changes, err := buckets(tx)
	if err != nil {
		return err
	}
	type version struct{ key, stored []byte }
	var redacted []version // put when the cursor is done
	d, end := newDecoder(), revisionKey(before)
	cursor := changes.Cursor()
	for key, value := cursor.First(); key != nil && bytes.Compare(key, end) < 0; key, value = cursor.Next() {
		if len(redacted) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var c change
		if err := decode(d, value, changeFields, &c); err != nil {
			return fmt.Errorf("change %x: %w", key, err)
		}
		if (framework.Ref{Kind: c.kind, Framework: c.framework, Key: c.key}) != ref {
			continue
		}
		found, err := c.redact(value)
		if err != nil {
			return fmt.Errorf("change %x: %w", key, err)
		}
		if found {
			redacted = append(redacted, version{bytes.Clone(key), appendDocument(nil, changeFields, &c)})
		}
	}
	if len(redacted) == 0 {
		return nil
	}
	for _, v := range redacted {
		if err := changes.Put(v.key, v.stored); err != nil {
			return err
		}
	}
	return b.commit(tx)
}

// wipe overwrites the pages of the file that hold nothing any more, among them those
// that a redaction has replaced. A crash meanwhile is harmless: these pages are what
// the next transaction would overwrite.
func (b *Bolt) wipe() (err error) {
	defer guard(&err)()
	b.reading.Lock() // bbolt holds pages free that readers still see
	defer b.reading.Unlock()
	tx, err := b.db.Begin(true) // keeps writers away
	if err != nil {
		return err
	}
	defer tx.Rollback()
	f, err := os.OpenFile(b.db.Path(), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	size := int64(b.db.Info().PageSize)
	empty := make([]byte, size)
	for id := int64(2); id < tx.Size()/size && err == nil; id++ { // the first two say which pages are in use
		page, pageErr := tx.Page(int(id))
		if err = pageErr; err == nil && page.Type == "free" {
			_, err = f.WriteAt(empty, id*size)
		}
	}
	return errors.Join(err, f.Sync(), f.Close())
}
