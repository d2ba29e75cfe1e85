package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"skillatlas/internal/journal"
)

func copyCommand() *cli.Command {
	return &cli.Command{
		Name:  "copy",
		Usage: "copy all revisions from one store to another",
		Description: "A store is a folder, for the embedded one, or a MongoDB URI. The other store has to be empty, or to\n" +
			"hold the beginning from a copy that was interrupted, which is then gone on with. The copy is verified.\n" +
			"Both are only read and appended to; tokens are not copied, since they are files in the data folder.\n" +
			"Give URIs with passwords as environment variables: those of a command line can be seen by others.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "store to copy", Required: true, Validator: filled},
			&cli.StringFlag{Name: "to", Usage: "store to copy to", Required: true, Validator: filled},
			&cli.StringFlag{Name: "mongodb-database", Usage: "database when a URI names none", DefaultText: "skillatlas"},
		},
		Action: copyStore,
	}
}

// locationNamed is the location that a folder or a URI names.
func locationNamed(c *cli.Command, flag string) location {
	if s := c.String(flag); !isMongo(s) {
		return location{dir: s}
	}
	return location{uri: c.String(flag), database: c.String("mongodb-database")}
}

func copyStore(ctx context.Context, c *cli.Command) (err error) {
	source, target := locationNamed(c, "from"), locationNamed(c, "to")
	exists, err := source.exists()
	if err != nil {
		return err
	}
	if !exists {
		return fmt.Errorf("there is no store in %s; name its folder, or a MongoDB URI, with --from", source.dir)
	}
	if source == target || source.uri == "" && target.uri == "" && sameFile(source.dir, target.dir) {
		return errors.New("--from and --to are the same store")
	}
	errOut := c.Root().ErrWriter
	log := newLog(errOut, "text")
	report := func(err error) { log.Warn("store", slog.Any("error", err)) }
	show := progress(errOut)
	from, err := source.openJournal(ctx, report, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := target.openJournal(ctx, report, show)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()

	copied, total, err := journal.Copy(ctx, from, to, func(seq int64) {
		if show != nil {
			show("copied up to revision", int(seq), 0)
		}
	})
	if show != nil {
		show("copied", 0, 0)
	}
	if err != nil && copied > 0 {
		return fmt.Errorf("%w; %s copied before, and the same command goes on from there", err, plural(int(copied), "revision"))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Root().Writer, "Copied %s from %s to %s, which holds %s now, verified.\n",
		plural(int(copied), "revision"), from, to, plural(int(total), "revision"))
	return err
}

func sameFile(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}
