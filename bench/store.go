package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
	"skillatlas/internal/sample"
)

// makeStore fills the folder of an embedded store with the sample framework.
func makeStore(ctx context.Context, dir string, skills, relations int) (err error) {
	j, err := journal.OpenBolt(filepath.Join(dir, "skillatlas.db"))
	if err != nil {
		return err
	}
	c, err := catalog.Open(ctx, j, catalog.Options{
		Taken: journal.ErrTaken, Unknown: journal.ErrOutcomeUnknown, NotStored: journal.ErrNotStored,
		Newer: journal.ErrNewerFormat, Final: journal.Final, Now: time.Now, NewID: uuid.NewString,
	})
	if err != nil {
		_ = j.Close()
		return err
	}
	_, err = c.Edit(ctx, framework.Actor{ID: "bench", Access: framework.Admin}, catalog.Request{
		Framework: sample.Framework, Edits: sample.Edits(skills, relations),
	})
	c.Close()
	if closeErr := j.Close(); err == nil {
		err = closeErr
	}
	return err
}
