package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// formatFlag takes the name of a format, to import or to export to.
func formatFlag(exports bool) *cli.StringFlag {
	var names []string
	for _, f := range exchange.Formats() {
		if exports && f.Exports() || !exports && f.Imports() {
			names = append(names, f.Name)
		}
	}
	flag := &cli.StringFlag{Name: "format", Usage: "format of the files: " + strings.Join(names, " or "), Validator: oneWordOf(names...)}
	if flag.Required = !exports; exports {
		flag.Value = names[0]
	}
	return flag
}

// formatList tells of the formats that can be used for something, one a line.
func formatList(usable func(exchange.Format) bool) string {
	var list strings.Builder
	for _, f := range exchange.Formats() {
		if usable(f) {
			fmt.Fprintf(&list, "\n  %-9s %s", f.Name, f.Description)
		}
	}
	return list.String()
}

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "bring a framework in line with files, in one revision",
		ArgsUsage: "FILE…",
		Description: "Without --server the files go straight into the store. An embedded one may not be open in a\n" +
			"server. Importing the same files again changes nothing. The formats are:" + formatList(exchange.Format.Imports),
		Flags: append(storeFlags(),
			formatFlag(false),
			&cli.StringFlag{Name: "framework", Usage: "code of the framework, made when there is none (default: as the files say)"},
			&cli.StringFlag{Name: "message", Usage: "why, for the history"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only tell what would change"},
			&cli.BoolFlag{Name: "skip-bad-rows", Usage: "leave out rows that have something wrong with them"},
			&cli.BoolFlag{Name: "retire-missing", Usage: "retire or remove what is in the framework but not in the files"},
			&cli.StringFlag{Name: "server", Usage: "import through the server at this URL, such as http://127.0.0.1:8080"},
			&cli.StringFlag{Name: "token-file", Usage: "file with the token to sign in to the server with"},
		),
		Action: importFiles,
	}
}

// An importReport is what an import tells, wherever it was made.
type importReport struct {
	Revision, Created, Updated, Removed, Skipped int
	Changes, Missing                             []string
	Faults                                       []exchange.Fault
}

func importFiles(ctx context.Context, c *cli.Command) error {
	if !c.Args().Present() {
		return errors.New("name the files to import; see import --help")
	}
	var files []exchange.File
	for _, name := range c.Args().Slice() {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, exchange.File{Name: filepath.Base(name), Content: content})
	}
	var report importReport
	var err error
	if c.String("server") != "" {
		report, err = importRemotely(ctx, c, files)
	} else {
		report, err = importLocally(ctx, c, files)
	}
	report.print(c.Root().Writer, c.Bool("dry-run"), err != nil)
	return err
}

var errFaulty = errors.New("nothing was imported; mend the faults above, or leave their rows out with --skip-bad-rows")

func importLocally(ctx context.Context, c *cli.Command, files []exchange.File) (report importReport, err error) {
	// A store that is not there is made when there is something to put into it.
	var st *store
	world := &framework.World{}
	defer func() {
		if st != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	exists, err := locationOf(c).exists()
	if err != nil {
		return report, err
	}
	if exists {
		if st, err = openWhole(ctx, c); err != nil {
			return report, err
		}
		world = st.Head()
	}
	plan, err := exchange.Import(ctx, world, c.String("format"), files, exchange.Options{
		Framework: c.String("framework"), SkipBadRows: c.Bool("skip-bad-rows"), RetireMissing: c.Bool("retire-missing"),
		Progress: progress(c.Root().ErrWriter),
	})
	if err != nil {
		return report, err
	}
	report = describe(world, plan)
	switch {
	case plan.Refused && c.Bool("skip-bad-rows"):
		return report, errors.New("nothing was imported; the faults above are not cured by leaving rows out")
	case len(plan.Faults) > 0 && !c.Bool("skip-bad-rows"):
		return report, errFaulty
	}
	if c.Bool("dry-run") || len(plan.Edits) == 0 {
		return report, nil
	}
	if st == nil {
		if st, err = openWhole(ctx, c); err != nil {
			return report, err
		}
	}
	outcome, err := st.Edit(ctx, operatorActor, catalog.Request{
		Framework: plan.Framework, BaseRevision: world.Seq(), Message: importMessage(c, files), Edits: plan.Edits,
	})
	if err == nil && outcome.Revision != nil {
		report.Revision = int(outcome.Revision.Seq)
	}
	return report, err
}

// importMessage is what the history says of an import.
func importMessage(c *cli.Command, files []exchange.File) string {
	if message := c.String("message"); message != "" {
		return message
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return "Import " + strings.Join(names, ", ")
}

func describe(w *framework.World, plan *exchange.Plan) importReport {
	report := importReport{Skipped: plan.Skipped, Faults: plan.Faults}
	diffs := w.Differences(plan.Changes)
	report.Created, report.Updated, report.Removed = framework.Tally(diffs)
	for _, d := range diffs {
		report.Changes = append(report.Changes, changeLine(string(d.Action), string(d.Kind), d.Key, d.Fields))
	}
	for _, m := range plan.Missing {
		report.Missing = append(report.Missing, m.String())
	}
	return report
}

func changeLine(action, kind, key string, fields []string) string {
	line := fmt.Sprintf("%-7s %s %s", strings.ToLower(action), strings.ReplaceAll(strings.ToLower(kind), "_", " "), key)
	if action == string(framework.Updated) {
		line += ": " + strings.Join(fields, ", ")
	}
	return line
}

// print writes the report for a person.
func (r importReport) print(out io.Writer, dryRun, failed bool) {
	for _, f := range r.Faults {
		fmt.Fprintln(out, f)
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(out, "In the framework but not in the files (%d):\n", len(r.Missing))
		for _, m := range r.Missing {
			fmt.Fprintln(out, "  "+m)
		}
	}
	if failed {
		return
	}
	if dryRun {
		for _, c := range r.Changes {
			fmt.Fprintln(out, c)
		}
		if more := r.Created + r.Updated + r.Removed - len(r.Changes); more > 0 {
			fmt.Fprintf(out, "and %d more\n", more) // than a server lists
		}
	}
	switch {
	case r.Skipped == 1:
		fmt.Fprintln(out, "1 row was left out because of its faults.")
	case r.Skipped > 1:
		fmt.Fprintf(out, "%d rows were left out because of their faults.\n", r.Skipped)
	}
	what := fmt.Sprintf("%d created, %d updated, %d removed", r.Created, r.Updated, r.Removed)
	if !dryRun && r.Revision != 0 {
		r.printReplaced(out)
	}
	switch {
	case dryRun:
		fmt.Fprintf(out, "Nothing was changed. The import would make: %s.\n", what)
	case r.Revision == 0:
		fmt.Fprintln(out, "The framework is as the files say already; nothing was changed.")
	default:
		fmt.Fprintf(out, "Imported as revision %d: %s.\n", r.Revision, what)
	}
}

// printReplaced lists what was there before and is different now.
func (r importReport) printReplaced(out io.Writer) {
	const most = 20
	n := 0
	for _, c := range r.Changes {
		if strings.HasPrefix(c, "created") {
			continue
		}
		if n++; n <= most {
			fmt.Fprintln(out, c)
		}
	}
	if n > most {
		fmt.Fprintf(out, "and %d more that were there before\n", n-most)
	}
}

// progress reports the stages of long work on a terminal, and nowhere else. A total
// of 0 is one that is not known; with nothing done either, a stage is over.
func progress(w io.Writer) func(stage string, done, total int) {
	f := terminal(w)
	if f == nil {
		return nil
	}
	var last time.Time
	return func(stage string, done, total int) {
		now := time.Now()
		over := done >= total && (total > 0 || done == 0)
		switch {
		case over:
			fmt.Fprint(f, "\r\x1b[K")
		case now.Sub(last) <= 100*time.Millisecond:
			return
		case total == 0:
			fmt.Fprintf(f, "\r\x1b[K%s %d", stage, done)
		default:
			fmt.Fprintf(f, "\r\x1b[K%s: %d of %d", stage, done, total)
		}
		last = now
	}
}

// terminal is the terminal that something is written to, or nil.
func terminal(w io.Writer) *os.File {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return f
}

const importMutation = `mutation Import($input: ImportFrameworkInput!) {
  importFramework(input: $input) {
    revision { seq }
    counts { created updated removed }
    changes { entity { kind key } action fields }
    faults { file line column message }
    skippedRows
    missing { kind key field }
    errors { code message }
  }
}`

// importRemotely imports through a running server.
func importRemotely(ctx context.Context, c *cli.Command, files []exchange.File) (importReport, error) {
	var report importReport
	if c.String("token-file") == "" {
		return report, errors.New("--server takes --token-file too: the file with the token to sign in with")
	}
	token, err := secretIn(c.String("token-file"))
	if err != nil {
		return report, err
	}
	type file struct {
		Name    string `json:"name"`
		Content string `json:"content"`
	}
	var list []file
	for _, f := range files {
		list = append(list, file{f.Name, base64.StdEncoding.EncodeToString(f.Content)})
	}
	input := map[string]any{
		"format": strings.ToUpper(c.String("format")), "files": list, "dryRun": c.Bool("dry-run"),
		"skipBadRows": c.Bool("skip-bad-rows"), "retireMissing": c.Bool("retire-missing"),
		"message": importMessage(c, files), "requestId": uuid.NewString(),
	}
	if code := c.String("framework"); code != "" {
		input["framework"] = code
	}
	var data struct {
		ImportFramework struct {
			Revision *struct{ Seq int }
			Counts   struct{ Created, Updated, Removed int }
			Changes  []struct {
				Entity struct{ Kind, Key string }
				Action string
				Fields []string
			}
			Faults      []exchange.Fault
			SkippedRows int
			Missing     []struct {
				Kind, Key string
				Field     *string
			}
			Errors []struct{ Code, Message string }
		}
	}
	if err := ask(ctx, c.String("server"), token, importMutation, map[string]any{"input": input}, &data); err != nil {
		return report, err
	}
	p := data.ImportFramework
	report = importReport{
		Created: p.Counts.Created, Updated: p.Counts.Updated, Removed: p.Counts.Removed,
		Skipped: p.SkippedRows, Faults: p.Faults,
	}
	if p.Revision != nil {
		report.Revision = p.Revision.Seq
	}
	for _, d := range p.Changes {
		report.Changes = append(report.Changes, changeLine(d.Action, d.Entity.Kind, d.Entity.Key, d.Fields))
	}
	for _, m := range p.Missing {
		line := strings.ReplaceAll(strings.ToLower(m.Kind), "_", " ") + " " + m.Key
		if m.Field != nil {
			line += ", " + *m.Field
		}
		report.Missing = append(report.Missing, line)
	}
	if len(report.Faults) > 0 && !c.Bool("skip-bad-rows") {
		return report, errFaulty
	}
	var refusals []error
	for _, e := range p.Errors {
		refusals = append(refusals, fmt.Errorf("the server refused: %s (%s)", e.Message, e.Code))
	}
	return report, errors.Join(refusals...)
}

func secretIn(file string) (string, error) {
	token, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the token to sign in with: %w", err)
	}
	if len(bytes.Fields(token)) != 1 {
		return "", fmt.Errorf("%s is not the file of a token, which holds one word", file)
	}
	return strings.TrimSpace(string(token)), nil
}

// serverURL is the URL of a server as people write it, without what they may add.
func serverURL(server string) (string, error) {
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is not the URL of a server, such as http://127.0.0.1:8080", server)
	}
	return strings.TrimSuffix(strings.TrimRight(server, "/"), "/graphql"), nil
}

// maxAnswer bounds what is read of the answer of a server.
const maxAnswer = 16 << 20

// ask sends a GraphQL operation to a server.
func ask(ctx context.Context, server, token, query string, variables map[string]any, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	address, err := serverURL(server)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := readAnswer(resp)
	if err != nil {
		return err
	}
	if json.Unmarshal(answer, data) != nil {
		return notOurs(resp)
	}
	return nil
}

// readAnswer reads an answer in GraphQL's form.
func readAnswer(resp *http.Response) (data json.RawMessage, err error) {
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", resp.Request.URL, err)
	}
	if json.Unmarshal(text, &answer) == nil && len(answer.Errors) > 0 {
		return nil, fmt.Errorf("the server refused: %s", answer.Errors[0].Message)
	}
	return answer.Data, nil
}

func notOurs(resp *http.Response) error {
	return fmt.Errorf("what is at %s does not answer as Skill Atlas does (%s)", resp.Request.URL, resp.Status)
}

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "write a framework to a file",
		Description: "Without --server it is read from the store. An embedded one may not be open in a server.\n" +
			"The formats are:" + formatList(exchange.Format.Exports),
		Flags: append(storeFlags(),
			formatFlag(true),
			&cli.StringFlag{Name: "framework", Usage: "code of the framework (default: the only one in the store)"},
			&cli.Int64Flag{Name: "revision", Usage: "state to export from the store", DefaultText: "the newest"},
			&cli.StringFlag{Name: "out", Usage: "file to write (default: standard output)"},
			&cli.StringFlag{Name: "server", Usage: "export through the server at this URL, such as http://127.0.0.1:8080"},
			&cli.StringFlag{Name: "token-file", Usage: "file with the token to sign in to the server with (default: not signed in)"},
			&cli.StringFlag{Name: "at", Usage: "state to export through the server, such as 12 or release:CODE (default: as it shows)"},
		),
		Action: exportFramework,
	}
}

func exportFramework(ctx context.Context, c *cli.Command) error {
	formats := exchange.Formats()
	format := formats[slices.IndexFunc(formats, func(f exchange.Format) bool { return f.Name == c.String("format") })]
	out := c.String("out")
	if out == "" && !format.Text() && terminal(c.Root().Writer) != nil {
		return fmt.Errorf("%s is nothing to read on a terminal; name a file to write with --out", format.Name)
	}
	export := exportLocally
	switch remote := c.String("server") != ""; {
	case remote && c.String("framework") == "":
		return errors.New("--server takes --framework too: the code of the framework to export")
	case remote && c.IsSet("revision"):
		return errors.New("--revision names a state of the store; through a server use --at")
	case remote:
		export = exportRemotely
	case c.String("at") != "":
		return errors.New("--at takes --server; of a store export a --revision")
	}
	if out == "" {
		return export(ctx, c, format, c.Root().Writer)
	}
	return writeFile(out, func(w io.Writer) error { return export(ctx, c, format, w) })
}

func exportLocally(ctx context.Context, c *cli.Command, format exchange.Format, out io.Writer) (err error) {
	if err := locationOf(c).require(); err != nil {
		return err
	}
	st, err := openWhole(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	world := st.Head()
	if c.IsSet("revision") {
		if world, err = st.At(ctx, c.Int64("revision")); err != nil {
			return err
		}
	}
	code, err := world.Default(&framework.Viewer{Actor: operatorActor}, c.String("framework"), world.Seq())
	if err != nil {
		return err
	}
	snapshot := world.Snapshot(code)
	switch {
	case snapshot == nil && len(world.Codes()) == 0:
		return fmt.Errorf("there is no framework at revision %d", world.Seq())
	case snapshot == nil:
		return fmt.Errorf("there is no framework %q; there are: %s", code, strings.Join(world.Codes(), ", "))
	}
	return exchange.Export(out, format.Name, snapshot)
}

// exportRemotely exports through a running server.
func exportRemotely(ctx context.Context, c *cli.Command, format exchange.Format, out io.Writer) error {
	address, err := serverURL(c.String("server"))
	if err != nil {
		return err
	}
	address += "/export/" + url.PathEscape(c.String("framework")+"."+format.Extension)
	if at := c.String("at"); at != "" {
		address += "?" + url.Values{"at": {at}}.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if file := c.String("token-file"); file != "" {
		token, err := secretIn(file)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		if _, err := readAnswer(resp); err != nil {
			return err
		}
		return notOurs(resp)
	case !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment"):
		return notOurs(resp)
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("the export broke off: %w", err)
	}
	return nil
}

// writeFile writes a file whole or not at all. What is no regular file, such as
// /dev/stdout, is written to as it is.
func writeFile(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	// Unlike a temporary file's, the mode is as the umask has it.
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".export-"+uuid.NewString()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
