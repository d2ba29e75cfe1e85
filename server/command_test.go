package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"
)

// A place is a command with the words that lead to it.
type place struct {
	words   []string
	command *cli.Command
}

// places lists the commands below one.
func places(c *cli.Command, words ...string) (all []place) {
	for _, sub := range c.Commands {
		p := place{append(slices.Clone(words), sub.Name), sub}
		all = append(append(all, p), places(sub, p.words...)...)
	}
	return all
}

func variable(flag string) string {
	if flag == "mongodb-uri" {
		return "MONGODB_URI"
	}
	return "SKILLATLAS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func TestCommands(t *testing.T) {
	var got []string
	for _, p := range places(newApp()) {
		got = append(got, strings.Join(p.words, " "))
	}
	want := []string{"serve", "import", "export", "token", "token new", "token list", "token revoke", "check", "copy", "ready", "version"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestHelpNamesEveryCommandAndFlag(t *testing.T) {
	root := succeed(t, "--help")
	for _, c := range newApp().Commands {
		if !strings.Contains(root, c.Name+" ") || !strings.Contains(root, c.Usage) {
			t.Errorf("the help does not have %s:\n%s", c.Name, root)
		}
	}
	for _, p := range places(newApp()) {
		name := strings.Join(p.words, " ")
		t.Run(name, func(t *testing.T) {
			help := succeed(t, append(p.words, "--help")...)
			if !strings.Contains(help, "server "+name) || !strings.Contains(help, p.command.Usage) {
				t.Errorf("the help is\n%s", help)
			}
			for _, f := range p.command.Flags {
				flag := f.Names()[0]
				if !strings.Contains(help, "--"+flag) || !strings.Contains(help, "[$"+variable(flag)+"]") {
					t.Errorf("the help does not have --%s and its variable:\n%s", flag, help)
				}
			}
			for line := range strings.Lines(help) {
				if strings.Count(line, "(default: ") > 1 {
					t.Errorf("two defaults in %s", line)
				}
			}
		})
	}
}

// TestEveryFlagIsAVariableToo gives every flag of every command by its variable,
// then by both, and looks at what the command would have worked with.
func TestEveryFlagIsAVariableToo(t *testing.T) {
	// Values that the flags take, where any text is not enough; two of each.
	values := map[string][2]string{
		"demo": {"off", "auto"}, "anonymous": {"none", "reader"}, "log-format": {"json", "text"}, "log-level": {"debug", "info"}, "cache-mb": {"7", "0"},
		"cors-origin": {"https://a.example,https://b.example", "https://c.example"},
		"framework":   {"one,two", "three"}, "revision": {"7", "8"}, "format": {"json", "json"},
		"dry-run": {"true", "false"}, "skip-bad-rows": {"true", "false"}, "retire-missing": {"true", "false"}, "verbose": {"true", "false"},
	}
	for _, p := range places(newApp()) {
		for _, f := range p.command.Flags {
			flag := f.Names()[0]
			value, ok := values[flag]
			if !ok {
				value = [2]string{"one", "two"}
			}
			t.Run(strings.Join(append(p.words, flag), " "), func(t *testing.T) {
				t.Setenv(variable(flag), value[0])
				if got := given(t, p, flag); got != value[0] {
					t.Errorf("with the variable it is %q, want %q", got, value[0])
				}
				if got := given(t, p, flag, "--"+flag+"="+value[1]); got != value[1] {
					t.Errorf("with both it is %q, want the flag's %q", got, value[1])
				}
			})
		}
	}
}

// given is the value of a flag a command gets to see.
func given(t *testing.T, p place, flag string, args ...string) (value string) {
	t.Helper()
	app := newApp()
	command := app
	for _, word := range p.words {
		command = command.Command(word)
	}
	for _, f := range command.Flags {
		if r, ok := f.(cli.RequiredFlag); ok && r.IsRequired() && f.Names()[0] != flag {
			args = append(args, "--"+f.Names()[0], "json")
		}
	}
	seen := errors.New("seen")
	command.Action = func(_ context.Context, c *cli.Command) error {
		switch v := c.Value(flag).(type) {
		case []string:
			value = strings.Join(v, ",")
		default:
			value = fmt.Sprint(v)
		}
		return seen
	}
	if err := app.Run(t.Context(), append(append([]string{"server"}, p.words...), args...)); !errors.Is(err, seen) {
		t.Fatalf("%s %q: %v", strings.Join(p.words, " "), args, err)
	}
	return value
}

func TestWrongUsageIsToldInALine(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"frobnicate"}, `"frobnicate" is not a command, or stands after an option`},
		{[]string{"serve", "now"}, `"now" is not a command`},
		{[]string{"--demo=off", "check"}, `"check" is not a command, or stands after an option`},
		{[]string{"--frobnicate"}, "flag provided but not defined: -frobnicate; see server serve --help"},
		{[]string{"--version"}, "see server serve --help"},
		{[]string{"--listen"}, "flag needs an argument: --listen"},
		{[]string{"check", "--frobnicate"}, "flag provided but not defined: -frobnicate; see server check --help"},
		{[]string{"check", "everything"}, `server check takes no arguments, found "everything"`},
		{[]string{"version", "x"}, `server version takes no arguments, found "x"`},
		{[]string{"export", "x.json"}, `server export takes no arguments, found "x.json"`},
		{[]string{"export", "--revision", "two"}, `invalid value "two"`},
		{[]string{"import", "--dry-run=maybe"}, `invalid value "maybe"`},
		{[]string{"token", "make"}, `"make" is not a command`},
		{[]string{"help", "frobnicate"}, "frobnicate"},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			if got := refused(t, tt.args...); !strings.Contains(got, tt.want) {
				t.Errorf("it says %q, not %q", got, tt.want)
			}
		})
	}
}

func TestEmptyOrWrongVariablesAreRefused(t *testing.T) {
	for variable, args := range map[string][]string{
		"SKILLATLAS_LISTEN=":         {"serve"}, // which would listen on all addresses
		"SKILLATLAS_DATA=":           {"check"}, // which would look into the current folder
		"SKILLATLAS_DEMO=":           {"serve"},
		"SKILLATLAS_ANONYMOUS=":      {"serve"},
		"SKILLATLAS_ANONYMOUS=admin": {"serve"},
		"SKILLATLAS_CORS_ORIGIN=*":   {"serve"},
		"SKILLATLAS_DRY_RUN=perhaps": {"import", "--format", "json", "x.json"},
		"SKILLATLAS_REVISION=newest": {"export"},
	} {
		t.Run(variable, func(t *testing.T) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
			if got := refused(t, args...); !strings.Contains(got, name) {
				t.Errorf("it says %q, which does not name the variable", got)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	if got := succeed(t, "version"); !strings.HasPrefix(got, "Skill Atlas ") || len(strings.Fields(got)) != 3 {
		t.Errorf("version printed %q", got)
	}
}
