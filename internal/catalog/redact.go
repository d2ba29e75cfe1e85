package catalog

import (
	"context"
	"errors"
	"time"

	"skillatlas/internal/framework"
)

// redactTimeout bounds taking a text out of the journal. That does not follow the
// caller's cancellation, or the text would stay for no reason.
const redactTimeout = time.Minute

// Redact makes edits as [Catalog.Edit] does, and takes the texts that they redact
// out of all earlier revisions in the journal, for good.
//
// When only the second fails, the outcome comes with an error with code
// UNAVAILABLE: nobody is shown the text any more, but it is still stored. The same
// request takes it out when it is made again.
//
// What is in memory of the past keeps its texts for as long as it is kept. It is not
// shown, since views take comments and people from the head.
func (c *Catalog) Redact(ctx context.Context, actor framework.Actor, req Request) (Outcome, error) {
	outcome, err := c.Edit(ctx, actor, req)
	if err != nil {
		return outcome, err
	}
	// Up to what the outcome shows, also when it had been redacted before.
	before := outcome.World.Seq() + 1
	var failed []error
	for _, ref := range framework.Redactions(req.Framework, req.Edits) {
		err := within(ctx, redactTimeout, func(ctx context.Context) error { return c.journal.Redact(ctx, ref, before) })
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return outcome, unavailable(err, "what was redacted is no longer shown, but it is still stored; ask again to have it removed from the store")
	}
	return outcome, nil
}
