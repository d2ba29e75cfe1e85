package framework

import (
	"fmt"
	"strings"
)

// Code classifies an error for programs. The values are stable.
type Code string

// The codes an API caller can meet.
const (
	NotFound        Code = "NOT_FOUND"       // what was named does not exist
	Conflict        Code = "CONFLICT"        // it was changed by someone else since the base revision
	Invalid         Code = "INVALID"         // the input breaks a rule; mend it and try again
	Forbidden       Code = "FORBIDDEN"       // the actor may not do this
	Unauthenticated Code = "UNAUTHENTICATED" // the credentials are missing, wrong or revoked
	Unavailable     Code = "UNAVAILABLE"     // nothing happened; try again later
	OutcomeUnknown  Code = "OUTCOME_UNKNOWN" // it may have happened; ask again with the same request id
	LimitExceeded   Code = "LIMIT_EXCEEDED"  // the request asks for more than one request may
	Internal        Code = "INTERNAL"        // a fault of the server
)

// An Error is a refusal meant for people: what, where and how to mend it.
type Error struct {
	Code    Code
	Message string
	// Path leads to the place in the caller's input, such as ["edits", 3,
	// "updateSkill", "name"]; its elements are strings and ints. It may be empty.
	Path []any
}

// Error implements error.
func (e *Error) Error() string {
	if len(e.Path) == 0 {
		return e.Message
	}
	return FormatPath(e.Path) + ": " + e.Message
}

// FormatPath writes a path as people read it: edits[3].updateSkill.name.
func FormatPath(path []any) string {
	var b strings.Builder
	for _, p := range path {
		switch p := p.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", p)
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}

// Errorf returns an error with a code and a message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// A Problem is one thing wrong with one edit of a list.
type Problem struct {
	// Edit is the index of the edit in its list.
	Edit int
	// Field is the path of the offending field within the edit, its elements
	// separated by dots, or empty for the edit as a whole.
	Field   string
	Message string
	// Code is Invalid for most; edits of the tracker are refused for other reasons too.
	Code Code
}

func (p Problem) String() string {
	if p.Field == "" {
		return fmt.Sprintf("edit %d: %s", p.Edit, p.Message)
	}
	return fmt.Sprintf("edit %d, %s: %s", p.Edit, p.Field, p.Message)
}
