package catalog

import (
	"cmp"
	"fmt"
	"strings"

	"skillatlas/internal/framework"
)

// unavailable is an error that tells people a message and logs its cause as well.
func unavailable(cause error, format string, args ...any) error {
	return fmt.Errorf("%w: %w", framework.Errorf(framework.Unavailable, format, args...), cause)
}

func invalid(path []any, format string, args ...any) error {
	return &framework.Error{Code: framework.Invalid, Message: fmt.Sprintf(format, args...), Path: path}
}

func unreadable(cause error) error {
	return unavailable(cause, "the newest revisions could not be read; nothing was changed, try again")
}

// halted refuses a write since the journal cannot be read to its end.
func halted(cause error) error {
	return unavailable(cause, "this server only reads until its operator has acted; nothing was changed, try another or ask again later")
}

// OutcomeUnknown says that a revision may have been stored, or may still be. It unwraps to
// a [framework.Error] with code OUTCOME_UNKNOWN, and to its cause.
type OutcomeUnknown struct {
	// Seq and ID are those of the revision, if it is stored.
	Seq int64
	ID  string

	repeatable bool // the request has an id
	cause      error
}

func outcomeUnknown(r *framework.Revision, cause error) error {
	return &OutcomeUnknown{Seq: r.Seq, ID: r.ID, repeatable: r.RequestID != "", cause: cause}
}

// Error implements error.
func (u *OutcomeUnknown) Error() string { return fmt.Sprintf("%v: %v", u.Unwrap()[0], u.cause) }

// Unwrap returns what to tell the caller, and the cause.
func (u *OutcomeUnknown) Unwrap() []error {
	again := "ask again with the same request id"
	if !u.repeatable {
		again = "look for it before you ask again"
	}
	return []error{framework.Errorf(framework.OutcomeUnknown,
		"it cannot be told whether the edits were stored; if they were, it is as revision %d with the id %s: %s",
		u.Seq, u.ID, again), u.cause}
}

// Problems refuses edits that break rules. It unwraps to a [framework.Error] with
// the code of the first, INVALID for most.
type Problems struct {
	// List holds what is wrong, in the order of the edits.
	List []framework.Problem
}

// Error implements error.
func (p *Problems) Error() string { return p.Unwrap().Error() }

// Unwrap returns all of it as one error.
func (p *Problems) Unwrap() error {
	return &framework.Error{
		Code: p.List[0].Code,
		Message: list(len(p.List), func(i int) string { return p.List[i].String() }) +
			"; nothing was changed",
		Path: []any{"edits"},
	}
}

// A Conflict refuses edits of what others have changed since the revision the
// edits were made on. It unwraps to a [framework.Error] with code CONFLICT.
type Conflict struct {
	// Base is the revision the edits were made on, Head the one they met.
	Base, Head int64
	// Clashes is in the order of the changes of a revision.
	Clashes []Clash
}

// A Clash is an entity that others changed in a way the edits would undo.
type Clash struct {
	framework.Ref
	// Fields are the paths of the fields in question, sorted.
	Fields []string
	// By is the last revision that changed the entity, which is not to say these
	// fields.
	By *framework.Step
	// Since is what has become of the entity since the base revision.
	Since framework.Action
	// Edit is the index of the first edit that by itself changes the entity, or
	// -1 when none does: edits can depend on those before them.
	Edit int

	base int64
}

// Path leads to the edit, or to the list of edits when Edit is -1.
func (c Clash) Path() []any {
	if c.Edit < 0 {
		return []any{"edits"}
	}
	return []any{"edits", c.Edit}
}

// Message says what has happened, when and by whom. names gives the display
// names of actors by id, or empty; without it they go by their ids.
func (c Clash) Message(names func(id string) string) string {
	what := fmt.Sprintf("%s %s of framework %s", strings.ReplaceAll(string(c.Kind), "_", " "), c.Key, c.Framework)
	if c.Kind == framework.KindFramework {
		what = "framework " + c.Key
	}
	var event string
	switch c.Since {
	case framework.Created:
		event = "has been created"
	case framework.Removed:
		event = "has been removed"
	default:
		event = "has been changed (" + strings.Join(c.Fields, ", ") + ")"
	}
	who := c.By.Author
	if names != nil {
		who = cmp.Or(names(who), who)
	}
	m := fmt.Sprintf("%s %s since revision %d, last by %s in revision %d at %s", what, event, c.base, who, c.By.Seq, stamp(c.By.Time))
	if c.By.Message != "" {
		m += fmt.Sprintf(" (%q)", short(c.By.Message))
	}
	return m
}

// Error implements error.
func (c *Conflict) Error() string { return c.Unwrap().Error() }

// Unwrap returns all of it as one error.
func (c *Conflict) Unwrap() error {
	path := []any{"edits"}
	if len(c.Clashes) == 1 {
		path = c.Clashes[0].Path()
	}
	return &framework.Error{
		Code: framework.Conflict,
		Message: fmt.Sprintf("%s; nothing was changed: look at revision %d, and edit with it as the base revision",
			list(len(c.Clashes), func(i int) string { return c.Clashes[i].Message(nil) }), c.Head),
		Path: path,
	}
}

// list writes the first few of n things.
func list(n int, item func(int) string) string {
	const few = 5
	var items []string
	for i := range min(n, few) {
		items = append(items, item(i))
	}
	if n > few {
		items = append(items, fmt.Sprintf("and %d more", n-few))
	}
	return strings.Join(items, "; ")
}

// short is the beginning of a text.
func short(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
