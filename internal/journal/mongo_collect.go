package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"skillatlas/internal/framework"
)

// maxAbandoned is how many commits one revision gives up.
const maxAbandoned = 10_000

// collectAttempts is how often other writers may be faster.
const collectAttempts = 20

// recollect is how far Collect goes back behind what it has looked at before:
// further than any insert can be on its way.
const recollect = 24 * time.Hour

// Collect removes the versions that writers which died have left: those of commits
// begun before a time that are part of no revision. First it appends a revision
// that names them, made of r with its sequence number and no changes, so that a
// writer that is only slow finds its place taken, meets that revision and stores
// its changes anew. It returns how many commits were removed, and leaves what is
// too much for one revision to the next call.
//
// Nothing is removed from a store that is empty, has holes, or is not as this
// process knows it. One that is being restored can look as it should for a while:
// no process may run meanwhile.
func (m *Mongo) Collect(ctx context.Context, before time.Time, r framework.Revision) (int, error) {
	n, err := m.collect(ctx, before, r)
	if err != nil {
		return 0, fmt.Errorf("collect what was left in %s: %w", m, explain(err))
	}
	return n, nil
}

func (m *Mongo) collect(ctx context.Context, before time.Time, r framework.Revision) (int, error) {
	if last, err := m.whole(ctx); err != nil || last == 0 {
		return 0, err
	}
	orphans, err := m.orphans(ctx, before)
	if err != nil {
		return 0, err
	}
	all := len(orphans) <= maxAbandoned
	if !all {
		orphans = orphans[:maxAbandoned]
	}
	if len(orphans) > 0 {
		if err := m.abandon(ctx, orphans, r); err != nil {
			return 0, err
		}
		if err := m.remove(ctx, framework.Kinds[:], orphans...); err != nil {
			return 0, err
		}
	}
	if all {
		m.mu.Lock()
		m.collected = before
		m.mu.Unlock()
	}
	return len(orphans), nil
}

// whole checks that there are as many revisions as the last has predecessors, and
// that what this process has met is among them. It returns the last.
func (m *Mongo) whole(ctx context.Context) (int64, error) {
	m.mu.Lock()
	seen := m.seen
	m.mu.Unlock()
	if err := m.confirm(ctx, seen); err != nil {
		return 0, err
	}
	last, err := m.newest(ctx)
	if err != nil {
		return 0, err
	}
	n, err := m.revisions.CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lte", Value: last.header.seq}}}})
	if err == nil && n != last.header.seq {
		err = fmt.Errorf("there are %d of %d revisions: %w", n, last.header.seq, ErrCorrupt)
	}
	return last.header.seq, err
}

// orphans lists the commits before a time that are part of no revision.
func (m *Mongo) orphans(ctx context.Context, before time.Time) ([]bson.ObjectID, error) {
	m.mu.Lock()
	span := bson.D{{Key: "$lt", Value: bson.NewObjectIDFromTimestamp(before)}}
	if !m.collected.IsZero() {
		span = append(span, bson.E{Key: "$gte", Value: bson.NewObjectIDFromTimestamp(m.collected.Add(-recollect))})
	}
	m.mu.Unlock()
	commits := mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "_id.commit", Value: span}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$_id.commit"}}}},
	}
	found := map[bson.ObjectID]bool{}
	for _, kind := range framework.Kinds {
		cursor, err := m.versions[kind].Aggregate(ctx, commits, options.Aggregate().SetAllowDiskUse(true))
		if err != nil {
			return nil, err
		}
		for cursor.Next(ctx) {
			if commit, ok := cursor.Current.Lookup("_id").ObjectIDOK(); ok {
				found[commit] = true
			}
		}
		err = cursor.Err()
		closeAll(ctx, cursor)
		if err != nil {
			return nil, err
		}
	}
	var rest []bson.ObjectID
	for some := range slices.Chunk(slices.Collect(maps.Keys(found)), 1_000) {
		without, _, err := m.without(ctx, some, bson.D{{Key: "commit", Value: bson.D{{Key: "$in", Value: some}}}})
		if err != nil {
			return nil, err
		}
		rest = append(rest, without...)
	}
	return rest, nil
}

// without keeps those commits that none of the revisions which meet a condition
// has or has given up, and returns the last of these revisions, by number.
func (m *Mongo) without(ctx context.Context, commits []bson.ObjectID, filter bson.D) (rest []bson.ObjectID, last int64, err error) {
	cursor, err := m.revisions.Find(ctx, filter)
	if err != nil {
		return nil, 0, err
	}
	defer closeAll(ctx, cursor)
	has := map[bson.ObjectID]bool{}
	d := newDecoder()
	for cursor.Next(ctx) {
		s, err := d.stub(cursor.Current)
		if err != nil {
			return nil, 0, err
		}
		has[s.commit], last = true, max(last, s.header.seq)
		for _, commit := range s.abandoned {
			has[commit] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(commits), func(c bson.ObjectID) bool { return has[c] }), last, cursor.Err()
}

// abandon appends a revision that names those of the commits that none names yet.
func (m *Mongo) abandon(ctx context.Context, commits []bson.ObjectID, r framework.Revision) error {
	named := bson.D{{Key: "abandoned", Value: bson.D{{Key: "$in", Value: commits}}}}
	fresh, _, err := m.without(ctx, commits, named)
	if err != nil || len(fresh) == 0 {
		return err
	}
	for range collectAttempts {
		newest, err := m.newest(ctx)
		if err != nil {
			return err
		}
		// That no revision has them has to hold for all up to the newest: the next is
		// either the one made here, or another writer's, and then it is looked again. So
		// the answer has to show the newest as well.
		seq := newest.header.seq
		rest, last, err := m.without(ctx, fresh, bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "commit", Value: bson.D{{Key: "$in", Value: fresh}}}}, bson.D{{Key: "_id", Value: seq}},
		}}})
		switch {
		case err != nil:
			return err
		case last < seq:
			return errors.New("a server is behind the others; next time is soon enough")
		case len(rest) < len(fresh):
			return errors.New("a commit that seemed to be abandoned is not; next time is soon enough")
		}
		r.Seq, r.Changes = seq+1, nil
		if r.Time = r.Time.Truncate(time.Millisecond); r.Time.Before(newest.header.time) {
			r.Time = newest.header.time
		}
		h, err := encode(&r, nil)
		if err != nil {
			return err
		}
		if err = m.insert(ctx, &stub{header: h, abandoned: fresh}); !errors.Is(err, ErrTaken) {
			return err
		}
	}
	return fmt.Errorf("other writers were first %d times in a row; next time is soon enough", collectAttempts)
}

// remove removes the versions of commits from some collections.
func (m *Mongo) remove(ctx context.Context, from []framework.Kind, commits ...bson.ObjectID) error {
	for _, kind := range from {
		for some := range slices.Chunk(commits, 1_000) {
			err := m.again(ctx, m.delays.patience, func(ctx context.Context) error {
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
