package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"skillatlas/internal/framework"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "verify a store: digests, order, and every invariant of what it holds",
		Flags: storeFlags(),
		Action: func(ctx context.Context, c *cli.Command) (err error) {
			if err := locationOf(c).require(); err != nil {
				return err
			}
			// Opening it verifies the digest of every revision.
			st, err := openWhole(ctx, c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, st.Close()) }()
			head := st.Head()
			if head.Seq() == 0 {
				return fmt.Errorf("%s holds no revisions; is its name right?", st.journal)
			}
			if err := framework.Check(head); err != nil {
				return fmt.Errorf("the store breaks these rules:\n%w", err)
			}
			_, err = fmt.Fprintf(c.Root().Writer, "%s is sound: %s, %s.\n", st.journal,
				plural(int(head.Seq()), "revision"), plural(len(head.Codes()), "framework"))
			return err
		},
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
