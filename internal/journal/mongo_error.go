package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	// Under x the driver makes no promise of compatibility, but nothing else tells
	// that no server or connection was found.
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// The codes with which MongoDB (src/mongo/base/error_codes.yml) answers that it did
// nothing and will not, in words that say what to do.
var refusals = map[int]string{
	13:    "the user may not do this in MongoDB; give it the role readWrite on the database",
	18:    "MongoDB refuses the credentials; check the user, the password and authSource of the URI",
	8000:  "MongoDB refuses the credentials; check the user, the password and authSource of the URI",
	11:    "MongoDB refuses the credentials; check the user, the password and authSource of the URI", // UserNotFound
	14031: "MongoDB has no disk space left; free some, or writes stay refused",
	73:    "the name of the database is not valid",
	121:   "the database validates documents by a schema that refuses this one; remove the validator",
}

// unavailable are the codes with which a server that is not the primary, is
// stepping down or is starting up refuses, and which pass.
var unavailable = []int{
	10107, 13435, 10058, // not the primary
	189, 11600, 11602, 91, 13436, // stepping down, stopping, recovering
	6, 7, 89, 9001, 24, 50, 64, 202, 262, 112, 133, 134, 14031, // network, time limits, conflicts, no majority, no disk
}

// before are the codes that tell that a write was refused before it began. Those
// of a lost connection or of a primary that steps down are not among them: a router
// of a sharded cluster hands them on for writes that were made.
var before = []int{13, 18, 11, 73, 14031, 121, 11000}

// rejected are the codes of a server that knows it is not the primary; from a
// router, they may be about one of several tries.
var rejected = []int{10107, 13435, 10058}

// refused reports whether an error tells that an insert, which the driver has sent
// once, had no effect.
func refused(err error) bool {
	var found topology.ServerSelectionError
	var pool driver.RetryablePoolError // no connection was to be had
	var written mongo.WriteException
	switch {
	case errors.As(err, &found), errors.As(err, &pool):
		return true
	case errors.As(err, &written):
		return written.WriteConcernError == nil && len(written.WriteErrors) > 0 &&
			!slices.ContainsFunc(written.WriteErrors, func(e mongo.WriteError) bool { return !slices.Contains(before, e.Code) })
	}
	return hasCode(err, before...) || hasCode(err, rejected...)
}

// transient reports whether what explain has said may pass by itself.
func transient(err error) bool { return errors.Is(err, ErrUnreachable) }

// explain puts in front of an error of the driver what it means and how to mend it.
func explain(err error) error {
	var found topology.ServerSelectionError
	var pool driver.RetryablePoolError
	switch {
	case err == nil, errors.Is(err, ErrUnreachable), Final(err):
		return err
	case errors.As(err, &found):
		return fmt.Errorf("%w (%s)", ErrUnreachable, lastError(found))
	}
	for code, what := range refusals {
		if hasCode(err, code) {
			if slices.Contains(unavailable, code) {
				return fmt.Errorf("%s: %w: %w", what, ErrUnreachable, err)
			}
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &pool), hasCode(err, unavailable...), mongo.IsNetworkError(err), mongo.IsTimeout(err), lacksMajority(err):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// lastError is what the driver last met at the servers it looked for; the error
// itself lists all it knows of them.
func lastError(e topology.ServerSelectionError) string {
	for _, s := range e.Desc.Servers {
		if s.LastError != nil {
			return s.LastError.Error()
		}
	}
	if len(e.Desc.Servers) > 0 {
		return "no server is the primary"
	}
	return "no server was found"
}

func hasCode(err error, codes ...int) bool {
	var answer mongo.ServerError
	return errors.As(err, &answer) && slices.ContainsFunc(codes, answer.HasErrorCode)
}

// lacksMajority reports whether a write was made but is not at a majority yet.
func lacksMajority(err error) bool {
	var one mongo.WriteException
	var many mongo.BulkWriteException
	return errors.As(err, &one) && one.WriteConcernError != nil || errors.As(err, &many) && many.WriteConcernError != nil
}

// onlyDuplicates reports whether an insert of several documents failed only since
// documents were there already.
func onlyDuplicates(err error) bool {
	var many mongo.BulkWriteException
	if !errors.As(err, &many) || many.WriteConcernError != nil || len(many.WriteErrors) == 0 {
		return false
	}
	return !slices.ContainsFunc(many.WriteErrors, func(e mongo.BulkWriteError) bool { return e.Code != 11000 })
}
