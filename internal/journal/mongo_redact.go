package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"skillatlas/internal/framework"
)

// redactPasses bounds how often Redact looks for versions with texts.
const redactPasses = 10

// Redact takes the texts of an entity out of its versions in the revisions before
// one, for good: what is loaded from then on has none, and the same digests. It
// replaces them one by one, each by one that is valid by itself, so it can be
// interrupted, and tried again after an error; what is redacted already stays as it
// is. It returns when a majority has no texts any more.
//
// Versions that are part of no revision stay, and are removed as all of them are.
// The oplog and backups are out of reach.
func (m *Mongo) Redact(ctx context.Context, ref framework.Ref, before int64) error {
	err := checkRedactable(ref)
	if err == nil {
		err = m.redact(ctx, ref, before)
	}
	if err != nil {
		return fmt.Errorf("redact %s %s of %s in %s: %w", ref.Kind, ref.Key, ref.Framework, m, explain(err))
	}
	return nil
}

func (m *Mongo) redact(ctx context.Context, ref framework.Ref, before int64) error {
	for range redactPasses {
		var found []redaction
		err := m.again(ctx, m.delays.patience, func(ctx context.Context) (err error) {
			found, err = m.redactions(ctx, ref, before)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			err := m.again(ctx, m.delays.patience, func(ctx context.Context) error {
				_, err := m.versions[ref.Kind].ReplaceOne(ctx, r.filter, r.document)
				return err
			})
			switch {
			case hasCode(err, 13):
				return fmt.Errorf("give the user the privilege update on %s: %w", collections[ref.Kind], err)
			case err != nil:
				return err
			}
		}
	}
	return passing(errors.New("there is always more to redact"))
}

// A redaction is a version that has texts, and what is to take its place.
type redaction struct {
	filter   bson.D
	document bson.Raw
}

// redactions lists those of an entity in the revisions before one.
func (m *Mongo) redactions(ctx context.Context, ref framework.Ref, before int64) ([]redaction, error) {
	// After an election a server may for a moment not show all it has.
	if there, err := m.at(ctx, before-1); err != nil || there.header.seq < before-1 {
		return nil, cmp.Or(err, passing(noRevision(before-1)))
	}
	filter := bson.D{{Key: "framework", Value: ref.Framework}, {Key: "key", Value: ref.Key}}
	cursor, err := m.versions[ref.Kind].Find(ctx, filter)
	if err != nil {
		return nil, err
	}
	defer closeAll(ctx, cursor)
	byCommit := map[bson.ObjectID][]redaction{}
	commits := []bson.ObjectID{}
	d := newDecoder()
	for cursor.Next(ctx) {
		doc := cursor.Current
		commit, n, stored, err := readVersion(nil, ref.Kind, doc)
		if err != nil {
			return nil, err
		}
		var c change
		if err := decode(d, stored, changeFields, &c); err != nil {
			return nil, fmt.Errorf("version %d of commit %s: %w", n, commit.Hex(), err)
		}
		found, err := c.redact(stored)
		if err != nil {
			return nil, fmt.Errorf("version %d of commit %s: %w", n, commit.Hex(), err)
		}
		if !found {
			continue
		}
		if byCommit[commit] == nil {
			commits = append(commits, commit)
		}
		byCommit[commit] = append(byCommit[commit], redaction{bson.D{
			{Key: "_id", Value: bson.D{{Key: "commit", Value: commit}, {Key: "n", Value: int32(n)}}},
			{Key: "_id.commit", Value: commit}, // by which the collection may be sharded
			{Key: "redacted", Value: bson.D{{Key: "$exists", Value: false}}},
		}, appendVersion(nil, commit, n, &c)})
	}
	if err := cursor.Err(); err != nil {
		return nil, err
	}
	return m.committed(ctx, commits, byCommit, before)
}

// committed are the redactions of commits that revisions before one have.
func (m *Mongo) committed(
	ctx context.Context, commits []bson.ObjectID, byCommit map[bson.ObjectID][]redaction, before int64,
) (all []redaction, err error) {
	// The answer has to show the last of the revisions that matter as well.
	cursor, err := m.revisions.Find(ctx, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "commit", Value: bson.D{{Key: "$in", Value: commits}}}}, bson.D{{Key: "_id", Value: before - 1}},
	}}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	defer closeAll(ctx, cursor)
	last := int64(0)
	for cursor.Next(ctx) {
		s, err := newDecoder().stub(cursor.Current)
		if err != nil {
			return nil, err
		}
		if s.header.seq < before {
			last = s.header.seq
			all = append(all, byCommit[s.commit]...)
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, err
	}
	if last < before-1 {
		return nil, passing(noRevision(before - 1))
	}
	return all, nil
}
