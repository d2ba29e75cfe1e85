// Command server is Skill Atlas: it serves skills frameworks over GraphQL and
// keeps their store. Run it with --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"skillatlas/internal/framework"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the program at once
	if err := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr); err != nil {
		text := message(err)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) { // the driver cancels too
			text = "interrupted"
		}
		fmt.Fprintln(os.Stderr, "skillatlas:", text)
		stop()
		os.Exit(1)
	}
}

// message is what an error tells a person: a refusal says all there is to say.
func message(err error) string {
	var refusal *framework.Error
	if errors.As(err, &refusal) && refusal.Code != framework.Internal {
		return refusal.Error()
	}
	return err.Error()
}

// run is the whole program; main only binds it to the process.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	app := newApp()
	app.Reader, app.Writer, app.ErrWriter = in, out, errOut
	if rest := args[1:]; len(rest) == 0 || app.Command(rest[0]) == nil && !slices.Contains([]string{"help", "h", "--help", "-h"}, rest[0]) {
		args = append([]string{args[0], "serve"}, rest...)
	}
	return app.Run(ctx, args)
}

func newApp() *cli.Command {
	app := &cli.Command{
		Name:  "server",
		Usage: "serve skills frameworks over GraphQL",
		Description: "Without a command it serves, as with the command serve. Every option can also be given as an\n" +
			"environment variable, which the help of each command names in brackets.",
		HideVersion:    true,
		Commands:       []*cli.Command{serveCommand(), importCommand(), exportCommand(), tokenCommand(), checkCommand(), copyCommand(), readyCommand(), versionCommand()},
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // main does it
	}
	mend(app)
	return app
}

// mend gives a command and those below it what all have in common: options that
// are environment variables too, and short complaints about wrong usage.
func mend(c *cli.Command) {
	c.OnUsageError = usageError
	if c.ArgsUsage == "" {
		c.Action = withoutArguments(c.Action)
	}
	for _, f := range c.Flags {
		env := cli.EnvVars("SKILLATLAS_" + strings.ToUpper(strings.ReplaceAll(f.Names()[0], "-", "_")))
		switch f := f.(type) {
		case *cli.StringFlag:
			if len(f.Sources.Chain) == 0 { // nor has it one that everyone knows
				f.Sources = env
			}
		case *cli.StringSliceFlag:
			f.Sources = env
		case *cli.BoolFlag:
			f.Sources = env
		case *cli.Int64Flag:
			f.Sources = env
		default:
			panic(fmt.Sprintf("server: the flag --%s is of a kind that has no environment variable", f.Names()[0]))
		}
	}
	for _, sub := range c.Commands {
		mend(sub)
	}
}

// withoutArguments is the action of a command that takes no arguments. One that
// does nothing but hold commands shows its help.
func withoutArguments(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		switch {
		case c.Args().Present() && (action == nil || c.Name == "serve"):
			return fmt.Errorf("%q is not a command, or stands after an option: options come after the command; see %s --help", c.Args().First(), c.FullName())
		case c.Args().Present():
			return fmt.Errorf("%s takes no arguments, found %q; see %s --help", c.FullName(), c.Args().First(), c.FullName())
		case action == nil:
			return cli.ShowSubcommandHelp(c)
		}
		return action(ctx, c)
	}
}

// usageError says what is wrong with a command line without printing all the help.
func usageError(_ context.Context, c *cli.Command, err error, _ bool) error {
	return fmt.Errorf("%w; see %s --help", err, c.FullName())
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(_ context.Context, c *cli.Command) error {
			_, err := fmt.Fprintln(c.Root().Writer, "Skill Atlas", version())
			return err
		},
	}
}

// version is the module version, or the commit a checkout was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(development)"
	}
	return info.Main.Version
}

// filled keeps an empty environment variable from standing for the current
// folder, or for all addresses.
func filled(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	return nil
}
