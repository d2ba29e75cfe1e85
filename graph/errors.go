package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/framework"
)

// libraryCodes are the codes of the errors that gqlgen makes of what is wrong with a
// request.
var libraryCodes = []any{errcode.ValidationFailed, errcode.ParseFailed}

// errTooLong ends an operation at its deadline.
var errTooLong = framework.Errorf(framework.LimitExceeded, "the operation took longer than one may; ask for less at a time")

// errOver is the error of the fields that a [meter] leaves out. It is not told:
// the answer is replaced by the meter's.
var errOver = errors.New("the query was ended")

// A panicked is a panic of a resolver.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recovered is the error of a field whose resolver panicked.
func recovered(_ context.Context, value any) error { return &panicked{value, debug.Stack()} }

// present gives an error the form in which it leaves the server: refusals as
// they are, the complaints of the GraphQL library under our codes, and anything
// else as INTERNAL with nothing but a reference to the log.
func (a *api) present(ctx context.Context, err error) *gqlerror.Error {
	if errors.Is(err, errOver) {
		return nil
	}
	out := graphql.DefaultErrorPresenter(ctx, err)
	var refusal *framework.Error
	if errors.As(err, &refusal) {
		a.logCause(ctx, err)
		return withCode(out, refusal.Code, refusal.Error())
	}
	if known, ok := err.(*gqlerror.Error); ok && known.Unwrap() == nil {
		if complaint := complain(known); complaint != nil {
			return complaint
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return withCode(out, framework.LimitExceeded, errTooLong.Message)
	}
	return a.internal(ctx, err, out)
}

// complain presents a complaint of the GraphQL library about a request, and
// returns nil for what else the library says.
func complain(e *gqlerror.Error) *gqlerror.Error {
	code := e.Extensions["code"]
	switch {
	case code != nil && !slices.Contains(libraryCodes, code):
		return nil
	case len(e.Path) > 0 && e.Path[0] == ast.PathName("variable"): // no path of the answer
		message := "$" + e.Path[1:].String() + ": " + e.Message
		return withCode(&gqlerror.Error{Locations: e.Locations}, framework.Invalid, short(message))
	}
	return withCode(e, framework.Invalid, short(e.Message))
}

// internal logs an error that is no refusal, and presents it as INTERNAL.
func (a *api) internal(ctx context.Context, err error, out *gqlerror.Error) *gqlerror.Error {
	ref := uuid.NewString()
	attrs := []any{slog.String("reference", ref), slog.Any("error", err), slog.String("path", out.Path.String())}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	a.Log.ErrorContext(ctx, "operation failed", attrs...)
	return withCode(out, framework.Internal, "the server failed; its log tells more under "+ref)
}

// short is the beginning of a message that may quote the request.
func short(message string) string {
	const most = 500
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

// firstErrors is the first errors of a request that has many.
func firstErrors(list gqlerror.List) gqlerror.List {
	if len(list) <= maxErrors {
		return list
	}
	more := &gqlerror.Error{
		Message:    fmt.Sprintf("there are %d more errors; mend these first", len(list)-maxErrors),
		Extensions: map[string]any{"code": list[maxErrors].Extensions["code"]},
	}
	return append(list[:maxErrors:maxErrors], more)
}

func withCode(e *gqlerror.Error, code framework.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{
		Message: message, Path: e.Path, Locations: e.Locations, Extensions: map[string]any{"code": code},
	}
}

// logCause logs what a refusal keeps from the caller, other than that time ran out.
func (a *api) logCause(ctx context.Context, err error) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return
	}
	var refusal *framework.Error
	if errors.As(err, &refusal) && (refusal.Code == framework.Unavailable || refusal.Code == framework.OutcomeUnknown) {
		a.Log.WarnContext(ctx, "operation refused", slog.Any("error", err))
	}
}
