package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

// The actors the program itself acts as. They have no tokens.
var (
	systemActor   = framework.Actor{ID: "system", Name: "Skill Atlas", Access: framework.Admin}
	operatorActor = framework.Actor{ID: "operator", Name: "Operator", Access: framework.Admin}
)

func dataFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "data", Value: "./data", Usage: "folder of the embedded store and of the tokens", TakesFile: true, Validator: filled,
	}
}

// storeFlags say where the store is.
func storeFlags() []cli.Flag {
	return []cli.Flag{
		dataFlag(),
		&cli.StringFlag{
			Name: "mongodb-uri", Sources: cli.EnvVars("MONGODB_URI"),
			Usage: "store in MongoDB, at a URI such as mongodb://user:password@host/database (default: the embedded store)",
		},
		&cli.StringFlag{Name: "mongodb-database", Usage: "database when the URI names none", DefaultText: "skillatlas"},
	}
}

// A location is where a store is: a database of MongoDB if there is a URI, and
// otherwise a file in a folder.
type location struct{ dir, uri, database string }

func locationOf(c *cli.Command) location {
	return location{c.String("data"), c.String("mongodb-uri"), c.String("mongodb-database")}
}

// isMongo reports whether a text is the URI of a database.
func isMongo(s string) bool {
	return strings.HasPrefix(s, "mongodb://") || strings.HasPrefix(s, "mongodb+srv://")
}

func (l location) file() string { return filepath.Join(l.dir, "skillatlas.db") }

// exists reports whether there is a store. In MongoDB there always is.
func (l location) exists() (bool, error) {
	if l.uri != "" {
		return true, nil
	}
	_, err := os.Stat(l.file())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// require returns an error when there is no store.
func (l location) require() error {
	exists, err := l.exists()
	if err == nil && !exists {
		err = fmt.Errorf("there is no store in %s; name its folder with --data", l.dir)
	}
	return err
}

// A storeJournal is a journal of either kind.
type storeJournal interface {
	catalog.Journal
	fmt.Stringer
	// Err is why nothing can be written until the program is started again, or nil.
	Err() error
	Close() error
}

// openJournal opens the journal at a location, which is made when it is missing.
// progress, if not nil, is told of what takes long.
func (l location) openJournal(ctx context.Context, log *slog.Logger, progress func(stage string, done, total int)) (storeJournal, error) {
	if l.uri == "" {
		return journal.OpenBolt(l.file())
	}
	o := journal.MongoOptions{
		Database: l.database,
		Report:   func(err error) { log.Warn("trouble with the store", slog.Any("error", err)) },
	}
	if progress != nil {
		o.Progress = func(done, total int) { progress("storing", done, total) }
	}
	return journal.OpenMongo(ctx, l.uri, o)
}

// A store is an open journal with its catalog.
type store struct {
	*catalog.Catalog
	journal storeJournal
}

// openStore opens the store at a location; it is made when it is missing.
func openStore(ctx context.Context, at location, log *slog.Logger, progress func(stage string, done, total int)) (*store, error) {
	j, err := at.openJournal(ctx, log, progress)
	if err != nil {
		return nil, err
	}
	c, err := catalog.Open(ctx, j, catalog.Options{
		Taken: journal.ErrTaken, Unknown: journal.ErrOutcomeUnknown, NotStored: journal.ErrNotStored,
		Newer: journal.ErrNewerFormat, Final: journal.Final,
		Trouble: func(err error) {
			switch {
			case err == nil:
				log.Info("the store can be read again")
			case journal.Final(err):
				log.Error("the store cannot be read any further; nothing can be written until someone has acted", slog.Any("error", err))
			default:
				log.Warn("the store cannot be read; answers are of what was read before", slog.Any("error", err))
			}
		},
		Now: time.Now, NewID: uuid.NewString,
	})
	if err != nil {
		err = fmt.Errorf("open %s: %w", j, err)
		_ = j.Close()
		return nil, err
	}
	return &store{c, j}, nil
}

// checkLocation refuses a folder on the command line beside a URI in the
// environment, which would be used in its place.
func checkLocation(c *cli.Command) error {
	typed := c.IsSet("data") && c.String("data") != os.Getenv("SKILLATLAS_DATA")
	if uri := c.String("mongodb-uri"); typed && uri != "" && uri == os.Getenv("MONGODB_URI") {
		return errors.New("--data names an embedded store, but the environment variable MONGODB_URI a database; " +
			"add --mongodb-uri= to use the folder")
	}
	return nil
}

// openWhole opens a store for a command, which works on all of it or not at all.
func openWhole(ctx context.Context, c *cli.Command) (*store, error) {
	if err := checkLocation(c); err != nil {
		return nil, err
	}
	errOut := c.Root().ErrWriter
	st, err := openStore(ctx, locationOf(c), newLog(errOut, "text", "info"), progress(errOut))
	if err != nil {
		return nil, err
	}
	if err := st.Status().Halted; err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Close waits for what the catalog does in the background, then closes the journal.
func (s *store) Close() error {
	s.Catalog.Close()
	return s.journal.Close()
}

// What writers that died have left is removed after a while, when a writer that
// is only slow would long have given up.
const (
	leftFor      = time.Hour
	collectEvery = time.Hour
)

// A collector is a journal in which writers that die can leave something.
type collector interface {
	Collect(ctx context.Context, before time.Time, r framework.Revision) (int, error)
}

var _ collector = (*journal.Mongo)(nil)

// tend removes from the store what writers that died have left, now and then,
// until ctx ends.
func (s *store) tend(ctx context.Context, log *slog.Logger) {
	for wait := time.Minute; ; wait = collectEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait + rand.N(wait)): // instances take turns
			s.collect(ctx, log, time.Now())
		}
	}
}

// collect removes what writers that died before a while have left, where the store
// is as it should be.
func (s *store) collect(ctx context.Context, log *slog.Logger, now time.Time) {
	j, ok := s.journal.(collector)
	if !ok || s.Status().Trouble != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, collectEvery)
	defer cancel()
	n, err := j.Collect(bounded, now.Add(-leftFor), framework.Revision{
		ID: uuid.NewString(), Time: now.UTC(), Author: systemActor.ID, Message: "Remove what interrupted writers have left",
	})
	switch {
	case err != nil && ctx.Err() == nil:
		log.Warn("trouble with the store", slog.Any("error", err))
	case n > 0:
		log.Info("removed what interrupted writers have left", slog.Int("commits", n))
	}
}
