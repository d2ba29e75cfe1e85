package journal

import (
	"context"
	"fmt"

	"skillatlas/internal/framework"
)

// A Loader is a journal that can be read.
type Loader interface {
	Load(ctx context.Context, after int64, yield func(*framework.Revision) error) error
}

// An Appender is a journal that can be written as well.
type Appender interface {
	Loader
	Append(ctx context.Context, r *framework.Revision) error
	Redact(ctx context.Context, ref framework.Ref, before int64) error
}

// Copy appends the revisions of one journal to another that holds none, or the
// first of them from a copy that was interrupted. It reads both to the end: what
// the other holds has to be what the first holds, when it begins and when it is
// done. Texts that were redacted in the first meanwhile it redacts in the other too.
// progress, if not nil, is told the number of each revision that was copied.
//
// It returns how many revisions were copied, and how many the other holds now.
func Copy(ctx context.Context, from Loader, to Appender, progress func(seq int64)) (copied, total int64, err error) {
	there, hidden, err := digests(ctx, to)
	if err != nil {
		return 0, 0, err
	}
	var here []string
	redact := map[framework.Ref]int64{} // until which revision the other has texts
	err = from.Load(ctx, 0, func(r *framework.Revision) error {
		digest, err := Digest(r)
		if err != nil {
			return err
		}
		here = append(here, digest)
		if i := len(here) - 1; i < len(there) {
			if there[i] != digest {
				return fmt.Errorf("revision %d is not the same in both; copy into a store that is empty, or was copied from this one", r.Seq)
			}
			for _, c := range r.Changes {
				if c.Redacted != "" && !hidden[place{r.Seq, c.Ref}] {
					redact[c.Ref] = r.Seq
				}
			}
			return nil
		}
		if err := to.Append(ctx, r); err != nil {
			return err
		}
		copied++
		if progress != nil {
			progress(r.Seq)
		}
		return nil
	})
	if err != nil {
		return copied, int64(len(there)) + copied, err
	}
	if len(there) > len(here) {
		return 0, int64(len(there)), fmt.Errorf("the other store has %d revisions, this one only %d; copy the other way", len(there), len(here))
	}
	for ref, seq := range redact {
		if err := to.Redact(ctx, ref, seq+1); err != nil {
			return copied, int64(len(here)), err
		}
	}
	if there, _, err = digests(ctx, to); err != nil {
		return copied, int64(len(here)), fmt.Errorf("verify the copy: %w", err)
	}
	for i, digest := range here {
		if i >= len(there) || there[i] != digest {
			return copied, int64(len(here)), fmt.Errorf("verify the copy: revision %d is not what was copied", i+1)
		}
	}
	return copied, int64(len(here)), nil
}

// A place is where a version is.
type place struct {
	seq int64
	ref framework.Ref
}

// digests are those of all revisions, and where their redacted versions are.
func digests(ctx context.Context, j Loader) (all []string, redacted map[place]bool, err error) {
	redacted = map[place]bool{}
	err = j.Load(ctx, 0, func(r *framework.Revision) error {
		digest, err := Digest(r)
		all = append(all, digest)
		for _, c := range r.Changes {
			if c.Redacted != "" {
				redacted[place{r.Seq, c.Ref}] = true
			}
		}
		return err
	})
	return all, redacted, err
}
