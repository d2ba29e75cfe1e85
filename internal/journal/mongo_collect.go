package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"skillatlas/internal/framework"
)

// maxAbandoned is how many commits one revision gives up.
const maxAbandoned = 10_000

// collectAttempts is how often other writers may be faster.
const collectAttempts = 20

// Collect removes the versions that writers which died have left: those of commits
// begun before a time that are part of no revision. First it appends a revision
// that names them, made of r with its sequence number and no changes, so that a
// writer that is only slow finds its place taken, meets that revision and stores
// its changes anew. It returns how many commits were removed.
func (m *Mongo) Collect(ctx context.Context, before time.Time, r framework.Revision) (int, error) {
	orphans, err := m.orphans(ctx, before)
	if err == nil && len(orphans) > 0 {
		if err = m.abandon(ctx, orphans, r); err == nil {
			err = m.remove(ctx, framework.Kinds[:], orphans...)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("collect what was left in %s: %w", m, explain(err))
	}
	return len(orphans), nil
}

// orphans lists the commits before a time that are part of no revision.
func (m *Mongo) orphans(ctx context.Context, before time.Time) ([]bson.ObjectID, error) {
	old := bson.D{{Key: "$match", Value: bson.D{{Key: "_id.commit", Value: bson.D{{Key: "$lt", Value: bson.NewObjectIDFromTimestamp(before)}}}}}}
	group := bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$_id.commit"}}}}
	found := map[bson.ObjectID]bool{}
	for _, kind := range framework.Kinds {
		cursor, err := m.versions[kind].Aggregate(ctx, mongo.Pipeline{old, group})
		if err != nil {
			return nil, err
		}
		var commits []struct {
			ID bson.ObjectID `bson:"_id"`
		}
		if err := cursor.All(ctx, &commits); err != nil {
			return nil, err
		}
		for _, c := range commits {
			found[c.ID] = true
		}
	}
	var all []bson.ObjectID
	for commit := range found {
		all = append(all, commit)
	}
	return m.uncommitted(ctx, all)
}

// uncommitted keeps those commits that are part of no revision.
func (m *Mongo) uncommitted(ctx context.Context, commits []bson.ObjectID) ([]bson.ObjectID, error) {
	return m.without(ctx, commits, "commit", func(s *stub) []bson.ObjectID { return []bson.ObjectID{s.commit} })
}

// without keeps those commits that no revision has in a field.
func (m *Mongo) without(ctx context.Context, commits []bson.ObjectID, field string, of func(*stub) []bson.ObjectID) ([]bson.ObjectID, error) {
	var rest []bson.ObjectID
	for some := range slices.Chunk(commits, 1_000) {
		cursor, err := m.revisions.Find(ctx, bson.D{{Key: field, Value: bson.D{{Key: "$in", Value: some}}}})
		if err != nil {
			return nil, err
		}
		has := map[bson.ObjectID]bool{}
		d := newDecoder()
		for cursor.Next(ctx) {
			s, err := d.stub(cursor.Current)
			if err != nil {
				cursor.Close(ctx)
				return nil, err
			}
			for _, commit := range of(s) {
				has[commit] = true
			}
		}
		if err := errors.Join(cursor.Err(), cursor.Close(ctx)); err != nil {
			return nil, err
		}
		for _, commit := range some {
			if !has[commit] {
				rest = append(rest, commit)
			}
		}
	}
	return rest, nil
}

// abandon appends a revision that names those of the commits that none names yet.
func (m *Mongo) abandon(ctx context.Context, commits []bson.ObjectID, r framework.Revision) error {
	fresh, err := m.without(ctx, commits, "abandoned", func(s *stub) []bson.ObjectID { return s.abandoned })
	if err != nil {
		return err
	}
	for some := range slices.Chunk(fresh, maxAbandoned) {
		if err := m.name(ctx, some, r); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mongo) name(ctx context.Context, commits []bson.ObjectID, r framework.Revision) error {
	for range collectAttempts {
		last, err := m.newest(ctx)
		if err != nil {
			return err
		}
		// That none of them was committed holds for the revisions up to last; the
		// next one is either this one or another writer's, and then it is looked again.
		rest, err := m.uncommitted(ctx, commits)
		if err != nil {
			return err
		}
		if len(rest) < len(commits) {
			return errors.New("a commit that was taken for abandoned was not; trying again next time")
		}
		r.Seq, r.Changes = last.header.seq+1, nil
		if r.Time = r.Time.Truncate(time.Millisecond); r.Time.Before(last.header.time) {
			r.Time = last.header.time
		}
		h, err := encode(&r, nil)
		if err != nil {
			return err
		}
		if err = m.insert(ctx, &stub{header: h, abandoned: commits}, &staged{}); !errors.Is(err, ErrTaken) {
			return err
		}
	}
	return fmt.Errorf("other writers were first %d times in a row: %w", collectAttempts, ErrUnreachable)
}

// remove removes the versions of commits from some collections.
func (m *Mongo) remove(ctx context.Context, from []framework.Kind, commits ...bson.ObjectID) error {
	for _, kind := range from {
		for some := range slices.Chunk(commits, 1_000) {
			err := m.attempt(ctx, func(ctx context.Context) error {
				_, err := m.versions[kind].DeleteMany(ctx, bson.D{{Key: "_id.commit", Value: bson.D{{Key: "$in", Value: some}}}})
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
