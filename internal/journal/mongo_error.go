package journal

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	// Under x the driver makes no promise of compatibility, but nothing else tells
	// that no server or connection was found.
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// An answer is what some codes of MongoDB (src/mongo/base/error_codes.yml) mean.
type answer struct {
	codes []int
	// says is what to do about it, or empty where the server's words are enough.
	says string
	// passes says that trying again may help.
	passes bool
	// idle says that a write which is answered so had no effect, whoever hands the
	// answer on.
	idle bool
}

var answers = []answer{
	{codes: []int{13}, says: "the user may not do this in MongoDB; give it the role readWrite on the database", idle: true},
	{codes: []int{11, 18}, says: "MongoDB refuses the credentials; check the user, the password and authSource of the URI", idle: true},
	{codes: []int{8000}, says: "MongoDB refuses the credentials or the request; check the user and the password of the URI"},
	{codes: []int{14031}, says: "MongoDB has no disk space left; free some, or writes stay refused", passes: true, idle: true},
	{codes: []int{73}, says: "the name of the database is not valid", idle: true},
	{codes: []int{121}, says: "the database validates documents by a schema that refuses this one; remove the validator", idle: true},
	{codes: notPrimary, passes: true},
	// Stepping down, stopping, recovering; networks, time limits, conflicts, no majority.
	{codes: []int{189, 11600, 11602, 91, 13436, 6, 7, 89, 9001, 24, 50, 64, 202, 262, 112, 133, 134}, passes: true},
}

// notPrimary are the codes of a server that knows it may not write. As the answer
// to a command they tell that nothing was written; within one, the router of a
// sharded cluster hands them on for writes that may have been made.
var notPrimary = []int{10107, 13435, 10058}

func answerOf(err error) (answer, bool) {
	for _, a := range answers {
		if hasCode(err, a.codes...) {
			return a, true
		}
	}
	return answer{}, false
}

// refused reports whether an error tells that an insert, which the driver has sent
// once, had no effect.
func refused(err error) bool {
	var found topology.ServerSelectionError
	var pool driver.RetryablePoolError // no connection was to be had
	var queue topology.WaitQueueTimeoutError
	var written mongo.WriteException
	switch {
	case errors.As(err, &found), errors.As(err, &pool), errors.As(err, &queue), errors.Is(err, mongo.ErrClientDisconnected):
		return true
	case errors.As(err, &written):
		return written.WriteConcernError == nil && len(written.WriteErrors) > 0 &&
			!slices.ContainsFunc(written.WriteErrors, func(e mongo.WriteError) bool {
				return !slices.ContainsFunc(answers, func(a answer) bool { return a.idle && slices.Contains(a.codes, e.Code) })
			})
	}
	a, known := answerOf(err)
	return known && a.idle || hasCode(err, notPrimary...)
}

// passing marks an error as one that may go away by itself.
func passing(err error) error { return marked{err, errPassing} }

// explain puts in front of an error of the driver what it means and how to mend
// it, and marks those that may go away by themselves.
func explain(err error) error {
	var found topology.ServerSelectionError
	var pool driver.RetryablePoolError
	a, known := answerOf(err)
	switch {
	case err == nil, errors.Is(err, errPassing), Final(err):
		return err
	case errors.As(err, &found):
		return passing(fmt.Errorf("the server does not answer (%s)", lastError(found)))
	case known && a.says != "":
		err = fmt.Errorf("%s: %w", a.says, err)
	case errors.As(err, &pool), mongo.IsNetworkError(err), mongo.IsTimeout(err):
		return passing(fmt.Errorf("the server does not answer: %w", err))
	}
	if a.passes || lacksMajority(err) {
		return passing(err)
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
		return "none is the primary"
	}
	return "none was found"
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
