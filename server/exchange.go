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
		Usage:     "bring a framework in line with files, in one revision or by a change request",
		ArgsUsage: "FILE…",
		Description: "Without --server the files go straight into the store. An embedded one may not be open in a\n" +
			"server. Importing the same files again changes nothing. The formats are:" + formatList(exchange.Format.Imports),
		// Headers and codes may have commas in them.
		DisableSliceFlagSeparator: true,
		Flags: append(storeFlags(),
			formatFlag(false),
			&cli.StringFlag{Name: "framework", Usage: "code of the framework, made when there is none (default: as the files say)"},
			&cli.StringFlag{Name: "message", Usage: "why, for the history and the change request"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only tell what would change"},
			&cli.BoolFlag{Name: "skip-bad-rows", Usage: "leave out rows that have something wrong with them"},
			&cli.BoolFlag{Name: "retire-missing", Usage: "retire or remove what is in the framework but not in the files"},
			&cli.StringSliceFlag{Name: "map", Usage: "a column's header and the field it holds, as `HEADER=FIELD`"},
			&cli.StringSliceFlag{
				Name: "same", Usage: "the codes of one thing in the framework and in the files, as `STORE=FILE` or role:STORE=FILE: it keeps the first",
			},
			&cli.StringFlag{
				Name: "change-request", Usage: "raise a pending change request with this `TITLE` that proposes the edits, rather than make them",
			},
			&cli.BoolFlag{Name: "verbose", Usage: fmt.Sprintf("tell everything, not only the first %d of each sort", maxTold)},
			&cli.StringFlag{Name: "server", Usage: "import through the server at this URL, such as http://127.0.0.1:8080"},
			&cli.StringFlag{Name: "token-file", Usage: "file with the token to sign in to the server with"},
		),
		Action: importFiles,
	}
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
	opt, err := importOptions(c)
	if err != nil {
		return err
	}
	var report importReport
	if c.String("server") != "" {
		report, err = importRemotely(ctx, c, files, opt)
	} else {
		report, err = importLocally(ctx, c, files, opt)
	}
	report.print(c.Root().Writer, c.Bool("verbose"))
	return err
}

// faulty is why files with faults are not imported.
func faulty(c *cli.Command) error {
	switch {
	case c.Bool("skip-bad-rows"):
		return errors.New("nothing was imported; the faults above are not cured by leaving rows out")
	case c.String("format") == "tracker":
		return errors.New("nothing was imported; mend the faults above")
	}
	return errors.New("nothing was imported; mend the faults above, or leave their rows out with --skip-bad-rows")
}

// importOptions is what the command line says of how to import.
func importOptions(c *cli.Command) (exchange.Options, error) {
	opt := exchange.Options{
		Framework: c.String("framework"), SkipBadRows: c.Bool("skip-bad-rows"), RetireMissing: c.Bool("retire-missing"),
		Propose: c.IsSet("change-request"),
	}
	for _, text := range c.StringSlice("map") {
		at := strings.LastIndexByte(text, '=')
		if at < 1 || at == len(text)-1 {
			return opt, fmt.Errorf("--map %q is not HEADER=FIELD, such as %q", text, "Skill name=name")
		}
		opt.Columns = append(opt.Columns, exchange.Column{Header: text[:at], Field: text[at+1:]})
	}
	for _, text := range c.StringSlice("same") {
		same := exchange.Same{}
		codes := text
		for _, kind := range exchange.SameKinds {
			if rest, ok := strings.CutPrefix(text, string(kind)+":"); ok {
				same.Kind, codes = kind, rest
			}
		}
		same.Store, same.File, _ = strings.Cut(codes, "=")
		if same.Store == "" || same.File == "" {
			return opt, fmt.Errorf("--same %q is not STORE=FILE: the code in the framework and the one in the files", text)
		}
		opt.Same = append(opt.Same, same)
	}
	return opt, nil
}

func importLocally(ctx context.Context, c *cli.Command, files []exchange.File, opt exchange.Options) (report importReport, err error) {
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
	opt.Progress = progress(c.Root().ErrWriter)
	plan, err := exchange.Import(ctx, world, c.String("format"), files, opt)
	if err != nil {
		return report, err
	}
	report = describe(world, plan)
	report.proposes = opt.Propose
	if plan.Refused || len(plan.Faults) > 0 && !opt.SkipBadRows {
		return report, faulty(c)
	}
	req := catalog.Request{
		Framework: plan.Framework, BaseRevision: world.Seq(), Message: importMessage(c, files), Edits: plan.Edits,
	}
	if opt.Propose {
		raise, err := plan.Proposal(world.Seq(), framework.RaiseRequest{
			Title: c.String("change-request"), Rationale: c.String("message"), Submit: true,
		})
		if err != nil {
			return report, err
		}
		req.Edits = []framework.Edit{raise}
	}
	report.outcome = wouldChange
	if c.Bool("dry-run") {
		return report, nil
	}
	report.outcome = changedNothing
	if len(req.Edits) == 0 {
		return report, nil
	}
	if st == nil {
		if st, err = openWhole(ctx, c); err != nil {
			return report, err
		}
	}
	outcome, err := st.Edit(ctx, operatorActor, req)
	if err != nil {
		report.outcome = failed
		return report, err
	}
	report.made(outcome)
	return report, nil
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
    changeRequest { number }
    counts { created updated renamed removed }
    changes { entity { kind key } action fields name nameBefore }
    faults { file line column message }
    remarks { file line column message }
    skippedRows
    missing { kind key field name }
    renames { kind from to fromName toName why }
    errors { code message }
  }
}`

// importRemotely imports through a running server.
func importRemotely(ctx context.Context, c *cli.Command, files []exchange.File, opt exchange.Options) (report importReport, err error) {
	if c.String("token-file") == "" {
		return report, errors.New("--server takes --token-file too: the file with the token to sign in with")
	}
	token, err := secretIn(c.String("token-file"))
	if err != nil {
		return report, err
	}
	var data struct{ ImportFramework importAnswer }
	if err := ask(ctx, c.String("server"), token, importMutation, map[string]any{"input": importInput(c, files, opt)}, &data); err != nil {
		return report, err
	}
	p := data.ImportFramework
	report = p.describe()
	var refusals []error
	for _, e := range p.Errors {
		instead := ""
		if e.Code == string(framework.Forbidden) && !opt.Propose {
			instead = "; contributors can propose an import with --change-request"
		}
		refusals = append(refusals, fmt.Errorf("the server refused: %s (%s)%s", e.Message, e.Code, instead))
	}
	switch {
	case len(report.faults) > 0 && !opt.SkipBadRows:
		return report, faulty(c)
	case len(refusals) > 0:
		return report, errors.Join(refusals...)
	case c.Bool("dry-run"):
		report.outcome = wouldChange
	case p.ChangeRequest != nil:
		report.outcome, report.number = raised, p.ChangeRequest.Number
	case p.Revision != nil:
		report.outcome, report.number = imported, p.Revision.Seq
	default:
		report.outcome = changedNothing
	}
	report.proposes = opt.Propose
	return report, nil
}

// importInput is the input of the mutation.
func importInput(c *cli.Command, files []exchange.File, opt exchange.Options) map[string]any {
	var list, columns, same []map[string]any
	for _, f := range files {
		list = append(list, map[string]any{"name": f.Name, "content": base64.StdEncoding.EncodeToString(f.Content)})
	}
	for _, m := range opt.Columns {
		columns = append(columns, map[string]any{"header": m.Header, "field": m.Field})
	}
	for _, s := range opt.Same {
		one := map[string]any{"store": s.Store, "file": s.File}
		if s.Kind != "" {
			one["kind"] = s.Kind.Public()
		}
		same = append(same, one)
	}
	input := map[string]any{
		"format": strings.ToUpper(c.String("format")), "files": list, "dryRun": c.Bool("dry-run"),
		"skipBadRows": opt.SkipBadRows, "retireMissing": opt.RetireMissing, "columns": columns, "same": same,
		"message": importMessage(c, files), "requestId": uuid.NewString(),
	}
	if opt.Framework != "" {
		input["framework"] = opt.Framework
	}
	if opt.Propose {
		input["changeRequest"] = map[string]any{"title": c.String("change-request"), "rationale": c.String("message")}
	}
	return input
}

// An importAnswer is what the mutation answers.
type importAnswer struct {
	Revision      *struct{ Seq int }
	ChangeRequest *struct{ Number int }
	Counts        exchange.Totals
	Changes       []struct {
		Entity           struct{ Kind, Key string }
		Action           framework.Action
		Fields           []string
		Name, NameBefore string
	}
	Faults, Remarks []exchange.Fault
	SkippedRows     int
	Missing         []struct{ Kind, Key, Field, Name string }
	Renames         []exchange.Rename
	Errors          []struct{ Code, Message string }
}

// describe makes the report of it, but for what has come of the import.
func (a importAnswer) describe() importReport {
	report := importReport{Totals: a.Counts, skipped: a.SkippedRows, faults: a.Faults, remarks: a.Remarks}
	kind := func(public string) framework.Kind { return framework.Kind(strings.ToLower(public)) }
	for _, d := range a.Changes {
		report.effects = append(report.effects, exchange.Effect{
			Difference: framework.Difference{
				Ref: framework.Ref{Kind: kind(d.Entity.Kind), Key: d.Entity.Key}, Action: d.Action, Fields: d.Fields,
			},
			Name: d.Name, NameBefore: d.NameBefore,
		})
	}
	for _, m := range a.Missing {
		report.miss(exchange.Missing{Ref: framework.Ref{Kind: kind(m.Kind), Key: m.Key}, Field: m.Field}, m.Name)
	}
	for _, r := range a.Renames {
		r.Kind = kind(string(r.Kind))
		report.renames = append(report.renames, r)
	}
	return report
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
