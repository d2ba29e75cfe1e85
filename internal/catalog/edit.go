package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"skillatlas/internal/framework"
)

const (
	maxMessage   = 2_000 // bytes
	maxRequestID = 200   // bytes

	// maxAttempts bounds how often an edit that other writers keep overtaking is
	// worked out anew.
	maxAttempts = 20

	// An append does not follow the caller's cancellation, or a client that hangs
	// up would leave it open whether the revision was stored; nor does finding out.
	// Large revisions take longer.
	appendTimeout    = time.Minute
	appendTimeoutPer = 2 * time.Millisecond // for each change
	settleTimeout    = 30 * time.Second

	// outage is after how long without an answer of a shared journal an edit is not
	// even tried, since it would only keep its caller waiting.
	outage = 10 * time.Second
)

// A Request is a list of edits to make in a framework, all or none.
type Request struct {
	Framework string
	// BaseRevision is the revision the edits were made on. What has changed since
	// is compared with them. It may be 0 when the first edit creates the framework.
	BaseRevision int64
	// Message says why, for the history. It may be empty.
	Message string
	// RequestID, if not empty, makes it safe to send the request again: one that
	// the same actor has sent before is answered with its first outcome.
	RequestID string
	// Digest tells requests with the same id apart; when it is empty that of the
	// edits does. It is for requests whose edits depend on the state they meet.
	Digest string
	Edits  []framework.Edit
}

// creation is the first edit when it makes the framework.
func (r Request) creation() (e framework.CreateFramework, ok bool) {
	if len(r.Edits) > 0 {
		e, ok = r.Edits[0].(framework.CreateFramework)
	}
	return e, ok
}

// adds reports whether the request only adds to the tracker, which needs no base.
func (r Request) adds() bool {
	for _, e := range r.Edits {
		switch e.(type) {
		case framework.RaiseRequest, framework.CommentRequest, framework.ImportRequest, framework.CreateRelease,
			framework.RedactComment, framework.RedactPerson:
		default:
			return false
		}
	}
	return len(r.Edits) > 0
}

// digest is what must be the same when a request is sent again.
func (r Request) digest() string {
	if r.RequestID == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q ", r.Framework, r.Message)
	if r.Digest != "" {
		fmt.Fprint(h, r.Digest)
	} else {
		fmt.Fprint(h, r.BaseRevision)
		for _, e := range r.Edits {
			fmt.Fprintf(h, " %#v", e)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// An Outcome is what has come of a request.
type Outcome struct {
	// World is the one that was committed, or the head when nothing changed.
	World *framework.World
	// Revision is the one that was made, or nil when the edits changed nothing.
	Revision *framework.Step
	// Replayed says that the outcome is that of an earlier request with the same id.
	Replayed bool
}

// The reasons for which write hands back to Edit, which then calls it again.
var (
	errSeen  = errors.New("the request has been seen")
	errTaken = errors.New("another writer was first")
)

// needs asks for the world at a revision.
type needs int64

func (n needs) Error() string { return fmt.Sprintf("the world of revision %d is needed", int64(n)) }

// worlds are those of earlier revisions that a request needs.
type worlds map[int64]*framework.World

// Edit makes edits, or refuses them with a [Conflict], [Problems] or another
// [framework.Error]. An error with code UNAVAILABLE means that nothing was
// changed; OUTCOME_UNKNOWN that it cannot be told.
//
// A request that changes nothing leaves no trace, its id included: sent again, it
// is worked out again.
func (c *Catalog) Edit(ctx context.Context, actor framework.Actor, req Request) (Outcome, error) {
	if err := admit(actor, &req); err != nil {
		return Outcome{}, err
	}
	past := worlds{}
	for {
		if seq, ok := c.seen(actor, req); ok {
			return c.replay(ctx, seq, req)
		}
		outcome, err := c.write(ctx, actor, req, past)
		needed := needs(0)
		switch conflict := (*Conflict)(nil); {
		case errors.Is(err, errSeen):
			continue
		case errors.As(err, &needed):
			seq := int64(needed)
			if past[seq], err = c.At(ctx, seq); err != nil {
				return Outcome{}, err
			}
			continue
		case errors.As(err, &conflict):
			conflict.locate(c.act(actor, outcome.World, past), req, past[req.BaseRevision], outcome.World)
		}
		if err != nil {
			return Outcome{}, err
		}
		return outcome, nil
	}
}

// Seen answers a request that was made before with its first outcome, for callers who
// could not make it a second time. It makes nothing.
func (c *Catalog) Seen(ctx context.Context, actor framework.Actor, req Request) (o Outcome, ok bool, err error) {
	if err := admit(actor, &req); err != nil {
		return Outcome{}, false, err
	}
	seq, ok := c.seen(actor, req)
	if ok {
		o, err = c.replay(ctx, seq, req)
	}
	return o, ok, err
}

// admit checks what a request says of itself, and whether the actor may make it.
func admit(actor framework.Actor, req *Request) error {
	if len(req.Edits) == 0 {
		if err := actor.Require(framework.DeedEdit, req.Framework); err != nil {
			return err
		}
	}
	for i, e := range req.Edits {
		if err := authorise(actor, req.Framework, e); err != nil {
			var refusal *framework.Error
			if errors.As(err, &refusal) {
				at := *refusal
				at.Path = []any{"edits", i}
				return &at
			}
			return err
		}
	}
	creation, creates := req.creation()
	if creates && creation.Code != req.Framework {
		return invalid([]any{"edits", 0}, "framework %q cannot be created by an edit of framework %q", creation.Code, req.Framework)
	}
	req.Message = framework.Normalise(req.Message)
	switch {
	case !utf8.ValidString(req.Message):
		return invalid([]any{"message"}, "is not valid UTF-8; save the text as UTF-8")
	case len(req.Message) > maxMessage:
		return invalid([]any{"message"}, "is %d bytes long; at most %d are allowed", len(req.Message), maxMessage)
	case len(req.RequestID) > maxRequestID:
		return invalid([]any{"requestId"}, "is %d bytes long; at most %d are allowed", len(req.RequestID), maxRequestID)
	case !utf8.ValidString(req.RequestID):
		return invalid([]any{"requestId"}, "is not valid UTF-8")
	case req.BaseRevision < 0:
		return invalid([]any{"baseRevision"}, "is %d; revisions are counted from 1", req.BaseRevision)
	case req.BaseRevision == 0 && !creates && !req.adds():
		return invalid([]any{"baseRevision"}, "is required: the revision the edits were made on, counted from 1")
	}
	for _, r := range req.RequestID {
		if !unicode.IsPrint(r) {
			return invalid([]any{"requestId"}, "contains %U; use printable characters only, such as those of a UUID", r)
		}
	}
	return nil
}

// authorise checks that the actor may make an edit. Edits are values or, since
// their methods allow it, pointers.
func authorise(actor framework.Actor, code string, e framework.Edit) error {
	if err := actor.Require(framework.DeedOf(e), code); err != nil {
		return err
	}
	if other := framework.OtherFramework(e); other != "" {
		return actor.Require(framework.DeedRead, other)
	}
	return nil
}

// write makes one request the next revision. It asks for the worlds it needs of the
// past with an error. With a conflict comes the world it was found on.
func (c *Catalog) write(ctx context.Context, actor framework.Actor, req Request, past worlds) (Outcome, error) {
	if err := c.lock(ctx); err != nil {
		return Outcome{}, err
	}
	defer c.unlock()
	for range maxAttempts {
		switch s := c.Status(); {
		case s.Halted != nil:
			return Outcome{}, halted(s.Halted)
		case s.Trouble != nil && s.Lag > outage:
			return Outcome{}, unavailable(s.Trouble, "the store does not answer; nothing was changed, try again later")
		}
		head := c.Head()
		if _, ok := c.seen(actor, req); ok {
			return Outcome{}, errSeen
		}
		act := c.act(actor, head, past)
		changes, err := judge(head, past, act, req)
		if needed := needs(0); errors.As(err, &needed) {
			return Outcome{}, err
		}
		if err != nil || len(changes) == 0 {
			// Tell so only on the newest revision there is.
			if err := c.catchUp(ctx); err != nil {
				return Outcome{}, unreadable(err)
			}
			if c.Head() != head {
				continue
			}
			return Outcome{World: head}, err
		}
		outcome, err := c.append(ctx, head, &framework.Revision{
			Seq:       head.Seq() + 1,
			ID:        c.options.NewID(),
			Time:      act.Time,
			Author:    actor.ID,
			Message:   req.Message,
			RequestID: req.RequestID, RequestDigest: req.digest(),
			ChangeRequest: head.Carries(req.Framework, req.Edits),
			Changes:       changes,
		})
		if !errors.Is(err, errTaken) {
			return outcome, err
		}
	}
	return Outcome{}, framework.Errorf(framework.Unavailable,
		"other writers were first %d times in a row; nothing was changed, try again", maxAttempts)
}

// append stores and publishes a revision. errTaken means that it did not, since
// another writer was first, and that the head has caught up.
func (c *Catalog) append(ctx context.Context, head *framework.World, r *framework.Revision) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, unavailable(err, "the request was given up before anything was changed")
	}
	// Made first, so that what cannot be applied does not get into the journal.
	next := head.Apply(r)
	outcome := Outcome{World: next, Revision: next.Step(r.Seq)}

	limit := appendTimeout + time.Duration(len(r.Changes))*appendTimeoutPer
	err := within(ctx, limit, func(ctx context.Context) error { return c.journal.Append(ctx, r) })
	if err == nil {
		if err := c.publish(r, next); err != nil {
			panic("catalog: " + err.Error()) // the head never goes back
		}
		c.wrote()
		return outcome, nil
	}
	if errors.Is(err, c.options.Unknown) {
		// A Load could show it all the same, and prove nothing.
		return Outcome{}, outcomeUnknown(r, err)
	}
	if errors.Is(err, c.options.NotStored) {
		return Outcome{}, unavailable(err, notStored)
	}
	taken := errors.Is(err, c.options.Taken)
	unread := within(ctx, settleTimeout, c.catchUp)
	switch there := c.Head().Step(r.Seq); {
	case there != nil && there.ID == r.ID:
		return outcome, nil // only the answer was lost
	case there != nil:
		return Outcome{}, errTaken
	case unread != nil && taken:
		return Outcome{}, unreadable(unread)
	case unread != nil:
		return Outcome{}, outcomeUnknown(r, errors.Join(err, unread))
	case taken:
		return Outcome{}, errTaken
	default:
		return Outcome{}, unavailable(err, notStored)
	}
}

const notStored = "the edits could not be stored; nothing was changed, try again"

// within calls f with a time limit of its own.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	return f(ctx)
}

// act is who makes a request, when it is made on a head.
func (c *Catalog) act(actor framework.Actor, head *framework.World, past worlds) framework.Act {
	return framework.Act{Actor: actor, Time: c.now(head), Past: func(seq int64) *framework.World { return past[seq] }}
}

// now is the time of the revision after head, to the millisecond as stored.
func (c *Catalog) now(head *framework.World) time.Time {
	now := c.options.Now().UTC().Truncate(time.Millisecond)
	if last := head.Step(head.Seq()); last != nil && last.Time.After(now) {
		return last.Time
	}
	return now
}

// seen finds the first outcome of a request.
func (c *Catalog) seen(actor framework.Actor, req Request) (seq int64, ok bool) {
	if req.RequestID == "" {
		return 0, false
	}
	v, ok := c.requests.Load(requestKey{actor.ID, req.RequestID})
	if !ok {
		return 0, false
	}
	return v.(int64), true
}

// replay answers a request with its first outcome.
func (c *Catalog) replay(ctx context.Context, seq int64, req Request) (Outcome, error) {
	if _, err := c.Wait(ctx, seq); err != nil {
		return Outcome{}, err
	}
	world, err := c.At(ctx, seq)
	if err != nil {
		return Outcome{}, err
	}
	step := world.Step(seq)
	if step.RequestDigest != req.digest() {
		return Outcome{}, invalid([]any{"requestId"},
			"%q was used in revision %d for another request; use a new one for each", req.RequestID, seq)
	}
	return Outcome{World: world, Revision: step, Replayed: true}, nil
}
