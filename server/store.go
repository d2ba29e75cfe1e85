package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

// The actors the program itself acts as. They have no tokens.
var (
	systemActor   = framework.Actor{ID: "system", Name: "Skill Atlas", Access: framework.Admin}
	operatorActor = framework.Actor{ID: "operator", Name: "Operator", Access: framework.Admin}
)

// A store is an open journal with its catalog.
type store struct {
	*catalog.Catalog
	journal *journal.Bolt
}

func storeFile(dir string) string { return filepath.Join(dir, "skillatlas.db") }

func storeExists(dir string) (bool, error) {
	_, err := os.Stat(storeFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// requireStore returns an error when a folder holds no store.
func requireStore(dir string) error {
	exists, err := storeExists(dir)
	if err == nil && !exists {
		err = fmt.Errorf("there is no store in %s; name its folder with --data", dir)
	}
	return err
}

// openStore opens the embedded store in a folder; both are made when missing.
func openStore(ctx context.Context, dir string) (*store, error) {
	j, err := journal.OpenBolt(storeFile(dir))
	if err != nil {
		return nil, err
	}
	c, err := catalog.Open(ctx, j, catalog.Options{
		Taken: journal.ErrTaken, Unknown: journal.ErrOutcomeUnknown, Now: time.Now, NewID: uuid.NewString,
	})
	if err != nil {
		err = fmt.Errorf("open %s: %w", j, err)
		_ = j.Close()
		return nil, err
	}
	return &store{c, j}, nil
}

// Close waits for what the catalog does in the background, then closes the journal.
func (s *store) Close() error {
	s.Catalog.Close()
	return s.journal.Close()
}
