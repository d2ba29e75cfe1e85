package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

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
func locationNamed(c *cli.Command, flag string) (location, error) {
	name := c.String(flag)
	switch {
	case isMongo(name):
		return location{uri: name, database: c.String("mongodb-database")}, nil
	case strings.Contains(name[len(filepath.VolumeName(name)):], ":") && !strings.HasPrefix(name, "."):
		return location{}, fmt.Errorf("--%s is neither a folder nor a MongoDB URI: a URI begins with mongodb:// or mongodb+srv://, "+
			"and a folder with a colon in its name is written ./name", flag)
	}
	return location{dir: name}, nil
}

func copyStore(ctx context.Context, c *cli.Command) (err error) {
	source, err := locationNamed(c, "from")
	if err != nil {
		return err
	}
	target, err := locationNamed(c, "to")
	if err != nil {
		return err
	}
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
	log := newLog(errOut, "text", "info")
	show := progress(errOut)
	from, err := source.openJournal(ctx, log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := target.openJournal(ctx, log, show)
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
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted; %s copied, and the same command goes on from there", plural(int(copied), "revision"))
	case err != nil && copied > 0:
		return fmt.Errorf("%w; %s copied before, and the same command goes on from there", err, plural(int(copied), "revision"))
	case err != nil:
		return err
	case total == 0:
		return fmt.Errorf("there is nothing to copy: %s holds no revisions; is its name right?", from)
	case copied == 0:
		_, err = fmt.Fprintf(c.Root().Writer, "There was nothing to copy: %s holds the same already, verified: %s.\n", to, plural(int(total), "revision"))
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
