package graph

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/framework"
)

// MarshalDateTime writes a scalar DateTime.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalDateTime reads a scalar DateTime.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, _ := v.(string)
	t, err := time.Parse(time.RFC3339, text) // takes fractions of seconds too
	if err != nil {
		return time.Time{}, framework.Errorf(framework.Invalid,
			"%s is not a moment in time; write it like 2026-03-01T09:30:00Z", short(fmt.Sprintf("%q", fmt.Sprint(v))))
	}
	return t, nil
}
