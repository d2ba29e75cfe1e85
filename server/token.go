package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"skillatlas/internal/framework"
)

func tokenCommand() *cli.Command {
	return &cli.Command{
		Name:  "token",
		Usage: "manage the tokens people and programs sign in with",
		Description: "Tokens are kept in the data folder, hashed, wherever the store is. A server that is running notices\n" +
			"changes by itself.",
		Commands: []*cli.Command{
			{
				Name:  "new",
				Usage: "make a token and print it, once",
				Flags: []cli.Flag{
					dataFlag(),
					&cli.StringFlag{Name: "name", Usage: "display name of who will use it", Required: true},
					&cli.StringFlag{Name: "access", Value: "editor", Usage: "reader, contributor, editor or admin"},
					&cli.StringSliceFlag{Name: "framework", Usage: "code of a framework the access is limited to; may be repeated"},
					&cli.StringFlag{Name: "actor", Usage: "id of the actor, to give someone another token (default: a new one)"},
				},
				Action: newToken,
			},
			{
				Name:   "list",
				Usage:  "list the tokens, without their secrets",
				Flags:  []cli.Flag{dataFlag()},
				Action: listTokens,
			},
			{
				Name:      "revoke",
				Usage:     "end a token",
				ArgsUsage: "ID",
				Flags:     []cli.Flag{dataFlag()},
				Action:    revokeToken,
			},
		},
	}
}

func newToken(_ context.Context, c *cli.Command) error {
	access, err := parseAccess(c.String("access"))
	if err != nil {
		return err
	}
	name := strings.Join(strings.Fields(framework.Normalise(c.String("name"))), " ")
	if name == "" {
		return fmt.Errorf("--name is required: who will use the token?")
	}
	token, r, err := openTokens(c.String("data"), nil).create(tokenRecord{
		Actor: c.String("actor"), Name: name, Access: access,
		Frameworks: c.StringSlice("framework"), Created: time.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return err
	}
	// The token alone goes to standard output, so that it can be kept in a file.
	fmt.Fprintf(c.Root().ErrWriter, "Token %s for %s (actor %s), access %s. It is shown only now:\n", r.ID, r.Name, r.Actor, r.Access)
	_, err = fmt.Fprintln(c.Root().Writer, token)
	return err
}

func parseAccess(s string) (framework.Access, error) {
	access := framework.Access(strings.ToUpper(s))
	if !slices.Contains(framework.Accesses[1:], access) {
		return "", fmt.Errorf("%q is not an access; use reader, contributor, editor or admin", s)
	}
	return access, nil
}

func listTokens(_ context.Context, c *cli.Command) error {
	all, damaged, err := openTokens(c.String("data"), nil).list()
	if err != nil {
		return err
	}
	if len(all) == 0 && damaged == nil {
		if _, err := os.Stat(c.String("data")); err != nil {
			return fmt.Errorf("there is no store in %s, nor tokens; name the folder with --data", c.String("data"))
		}
		_, err := fmt.Fprintln(c.Root().ErrWriter, "There are no tokens; token new makes one.")
		return err
	}
	w := tabwriter.NewWriter(c.Root().Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tACCESS\tFRAMEWORKS\tACTOR\tCREATED\tREVOKED")
	for _, r := range all {
		revoked := ""
		if r.Revoked != nil {
			revoked = r.Revoked.Format(time.DateOnly)
		}
		frameworks := "all"
		if len(r.Frameworks) > 0 {
			frameworks = strings.Join(r.Frameworks, ",")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Name, r.Access, frameworks, r.Actor, r.Created.Format(time.DateOnly), revoked)
	}
	return errors.Join(w.Flush(), damaged)
}

func revokeToken(_ context.Context, c *cli.Command) error {
	if c.Args().Len() != 1 {
		return fmt.Errorf("token revoke takes one token id; token list shows them")
	}
	r, err := openTokens(c.String("data"), nil).revoke(c.Args().First(), time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Root().Writer, "Token %s of %s is revoked.\n", r.ID, r.Name)
	return err
}
