// Package exchange turns files into edits and frameworks into files.
//
// A format's reader yields neutral content: the state the file describes, in
// the domain's own entities, with the place in the file that each entity and
// field came from. [Import] compares that content with what is there and plans
// the edits that lead from one to the other; so every format is imported
// field-wise, idempotently and with the same reports. A new format is one new
// file with a reader, and one line in [formats].
//
// The invariants: a plan with faults has edits only when bad rows were to be
// skipped; importing the same files twice plans nothing the second time; and
// for the project's own JSON, export, import and export again is byte-identical,
// as long as the other frameworks that skills are matched with are there too.
//
// The package does no I/O of its own and all of it is safe for concurrent use.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"skillatlas/internal/framework"
)

// A File is one file of an import.
type File struct {
	// Name is what faults call the file.
	Name    string
	Content []byte
}

// Options says how to import.
type Options struct {
	// Framework is the code of the framework to import into. It may be empty
	// for a format that names its framework itself.
	Framework string
	// SkipBadRows leaves out what is faulty instead of refusing everything.
	SkipBadRows bool
	// RetireMissing retires or removes what the store has and the files do not.
	// It is refused together with skipped rows: they are not missing.
	RetireMissing bool
	// Columns says which field the columns of tables hold whose headers the format
	// does not know, or means otherwise.
	Columns []Column
	// Same says what of the files is in the framework under another code.
	Same []Same
	// Propose tells that the plan is to be the proposal of a change request, so that
	// what cannot be one is refused before anything is read.
	Propose bool
	// MaxUnpacked bounds what archives unpack to, in bytes, where that is to be less
	// than the package takes.
	MaxUnpacked uint64
	// Progress, when set, is told how far a stage of the work has come.
	Progress func(stage string, done, total int)
}

// maxMapped bounds how many columns one import maps.
const maxMapped = 200

// A Column says that the column of tables with a header holds a field.
type Column struct{ Header, Field string }

// A Plan is what an import would do.
type Plan struct {
	// Framework is the code of the framework the plan is for.
	Framework string
	// Creates tells that the framework does not exist yet.
	Creates bool
	// Edits lead from what is there to what the files say; Changes are what
	// [framework.World.Edit] makes of them. Both are empty when there is
	// nothing to do, or when there are faults and they were not to be skipped.
	Edits   []framework.Edit
	Changes []framework.Change
	// Refused tells that the faults forbid the import, whatever was to be skipped.
	Refused bool
	// Faults is everything wrong with the files, in their order.
	Faults []Fault
	// Remarks are what is odd about the files and stops nothing, in their order:
	// what the format says is left out, and columns that are not read.
	Remarks []Fault
	// Skipped is the number of rows of which something was left out: records of
	// a CSV file, elements of a JSON bundle.
	Skipped int
	// Missing is what the store has and the files have not.
	Missing []Missing
	// Renames are what of it the files may have under another code.
	Renames []Rename
	// Counts is what the files hold, without what was skipped.
	Counts Counts
}

// Missing is an entity, or with Field a part of one, that is in the store but
// not in the files. Of an entity that is missing altogether the parts are not
// listed, nor the relations of a missing skill: they stay with it when it is
// retired. Retired entities are not missed, nor by files without skills what cannot be
// stated of retired skills.
type Missing struct {
	framework.Ref
	// Field is the path of the missing part, such as levels.3 or
	// requirements.ITOP, or empty for the entity as a whole.
	Field string
}

func (m Missing) String() string {
	s := spaced(m.Kind) + " " + m.Key
	if m.Field != "" {
		s += ", " + m.Field
	}
	return s
}

// Counts is how many of each kind the files hold.
type Counts struct {
	Levels, Attributes, Categories, Skills, SkillLevels, Relations, RoleGroups, Roles, Requirements int
}

// A Format is a file format.
type Format struct {
	Name string
	// Description is one line for help texts.
	Description string
	// Extension is what the names of files of the format end in, without a dot, and
	// MediaType what they are over HTTP. Both are empty for a format that cannot be
	// exported to.
	Extension, MediaType string

	// partial tells that the format holds a part of a framework only, which must be
	// there and be named by the caller.
	partial bool
	read    func(ctx context.Context, in *input) *content
	// plan, in place of read, plans what is not the content of a framework.
	plan  func(w *framework.World, files []*source, l *log, opt Options) (*Plan, error)
	write func(out io.Writer, s *framework.Snapshot) error
}

// Imports tells that files of the format can be imported.
func (f Format) Imports() bool { return f.read != nil || f.plan != nil }

// Exports tells that frameworks can be written in the format.
func (f Format) Exports() bool { return f.write != nil }

// Text tells that what is exported is text, which is UTF-8.
func (f Format) Text() bool {
	media, _, _ := strings.Cut(f.MediaType, ";")
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || strings.HasSuffix(media, "xml")
}

// An input is what a reader reads, and the log of it.
type input struct {
	*log
	files []*source
	// code is that of the framework, empty while nobody has said it, and old the
	// framework as it is, nil when it does not exist. A reader looks there only for what
	// the names in its files mean.
	code    string
	old     *framework.Snapshot
	world   *framework.World
	naming  naming
	columns []Column
	// headers are the folded headers of the tables bound so far, and tried the layouts
	// they may have.
	headers map[string]bool
	tried   []layout
	// archives and workbooks are how much more those of all files may unpack to.
	archives, workbooks uint64
	rowsRead            int // of all tables
}

// names takes the code by which the files call their framework, unless the caller of
// the import has named one.
func (in *input) names(code string) {
	if in.code == "" && code != "" {
		in.code, in.old = code, in.world.Snapshot(code)
	}
}

var formats = []Format{
	{
		Name:        "json",
		Description: "Skill Atlas bundle: a whole framework in one JSON file",
		Extension:   "json",
		MediaType:   "application/json",
		read:        readBundle,
		write:       writeBundle,
	},
	{
		Name:        "sfia",
		Description: "SFIA layout: a skill per row with a text per level, as CSV, and from XLSX with attributes and levels too",
		Extension:   "csv",
		MediaType:   "text/csv",
		read:        readSFIA,
		write:       writeSFIA,
	},
	{
		Name:        "sfia-xlsx",
		Description: "SFIA layout as a workbook: skills, attributes, levels of responsibility and about",
		Extension:   "xlsx",
		MediaType:   "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		write:       writeSFIAWorkbook,
	},
	{
		Name:        "relations",
		Description: "table of the relations between the skills of a framework there is, as CSV, and from XLSX too",
		Extension:   "relations.csv",
		MediaType:   "text/csv",
		partial:     true,
		read:        readRelations,
		write:       writeRelations,
	},
	{
		Name:        "roles",
		Description: "table of the roles of a framework there is, a skill that a role requires per row, as CSV, and from XLSX too",
		Extension:   "roles.csv",
		MediaType:   "text/csv",
		partial:     true,
		read:        readRoles,
		write:       writeRoles,
	},
	{
		Name: "gdad",
		Description: "UK Government Digital and Data capability framework: skills_az.csv, roles_skills.csv " +
			"and, for seniority, role_level_order.csv",
		read: readGDaD,
	},
	{
		Name:        "esco",
		Description: "ESCO, the European classification of skills and occupations: its two zips of CSV files, or the files in them",
		read:        readESCO,
	},
	{
		Name:        "nice",
		Description: "NICE Workforce Framework for Cybersecurity (NIST SP 800-181), the JSON that NIST publishes",
		read:        readNICE,
	},
	{
		Name:        "tracker",
		Description: "Skill Atlas tracker: the change requests of a framework there is, see docs/tracker-format.md",
		plan:        planTracker,
	},
	{
		Name:        "graphml",
		Description: "graph of skills, roles and relations in GraphML, for Gephi, yEd, NetworkX and others",
		Extension:   "graphml",
		MediaType:   "application/graphml+xml",
		write:       writeGraphML,
	},
	{
		Name:        "cytoscape",
		Description: "the same graph in JSON for Cytoscape and Cytoscape.js",
		Extension:   "cytoscape.json",
		MediaType:   "application/json",
		write:       writeCytoscape,
	},
	{
		Name:        "dot",
		Description: "the same graph in DOT for Graphviz",
		Extension:   "dot",
		MediaType:   "text/vnd.graphviz",
		write:       writeDOT,
	},
}

// Formats lists every format.
func Formats() []Format { return append([]Format(nil), formats...) }

func find(name, purpose string, usable func(Format) bool) (Format, error) {
	var names []string
	for _, f := range formats {
		if !usable(f) {
			continue
		}
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, framework.Errorf(framework.Invalid, "%q is not a format to %s; use %s", name, purpose, strings.Join(names, " or "))
}

// Export writes a framework in a format. The output depends on the snapshot
// alone, so equal snapshots give equal bytes.
func Export(out io.Writer, format string, s *framework.Snapshot) error {
	f, err := find(format, "export to", Format.Exports)
	if err != nil {
		return err
	}
	if err := f.write(out, s); err != nil {
		return fmt.Errorf("export framework %s: %w", s.Framework().Code, err)
	}
	return nil
}

// maxRounds bounds how often faulty rows are left out and the rest is tried
// again. Each round leaves out what depended on rows left out before, or the
// next thousand problems.
const maxRounds = 50

// Import plans the import of files into w, which is not modified. The error is
// a [framework.Error], or that of ctx: the call itself was wrong, and the plan, if
// any, only tells the faults found. What is wrong with the files is in the plan's faults.
func Import(ctx context.Context, w *framework.World, format string, files []File, opt Options) (*Plan, error) {
	f, err := find(format, "import", Format.Imports)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, framework.Errorf(framework.Invalid, "there is no file to import")
	}
	if err := f.takes(opt); err != nil {
		return nil, err
	}
	if opt.Progress == nil {
		opt.Progress = func(string, int, int) {}
	}
	plan := &Plan{Framework: opt.Framework}
	l := &log{progress: opt.Progress, first: files[0].Name}
	for _, file := range files {
		l.total += len(file.Content)
	}
	if f.plan != nil {
		return f.plan(w, l.sources(files), l, opt)
	}
	in := &input{
		log: l, files: l.sources(files), code: opt.Framework, old: w.Snapshot(opt.Framework), world: w,
		columns: opt.Columns, headers: map[string]bool{}, archives: maxUnpacked, workbooks: maxWorkbook,
	}
	if most := opt.MaxUnpacked; most > 0 {
		in.archives, in.workbooks = min(most, in.archives), min(most, in.workbooks)
	}
	if f.partial && opt.Framework == "" {
		return nil, unnamed(f)
	}
	if f.partial && in.old == nil {
		return nil, framework.Errorf(framework.NotFound, "there is no framework %q; import its skills first", opt.Framework)
	}
	c := f.read(ctx, in)
	if err := in.checkColumns(f.Name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.read()
	plan.Remarks = l.said()
	if c == nil || l.unreadable {
		plan.Faults, plan.Refused = l.sorted(), true
		return plan, nil
	}
	if plan.Framework == "" {
		plan.Framework = c.framework.value.Code
	}
	if plan.Framework == "" {
		return nil, unnamed(f)
	}
	if err := c.same(w.Snapshot(plan.Framework), plan.Framework, opt.Same); err != nil {
		if len(l.faults) > 0 { // by which what is named may not have been read
			plan.Faults, plan.Refused = l.sorted(), true
			return plan, nil
		}
		return nil, err
	}
	c.clean(l, plan.Framework)
	err = plan.work(ctx, w, c, l, opt)
	plan.Faults, plan.Skipped = l.sorted(), 0
	if errors.Is(err, errRefused) {
		plan.Refused = true
		return plan, nil
	}
	if len(l.faults) > 0 {
		plan.Skipped = c.skipped(l)
	}
	return plan, err
}

func unnamed(f Format) error {
	return framework.Errorf(framework.Invalid, "files of format %s do not name their framework; give its code", f.Name)
}

// takes refuses options that mean nothing for the format: what was asked for is not
// left undone in silence.
func (f Format) takes(opt Options) error {
	if n := len(opt.Columns); n > maxMapped {
		return framework.Errorf(framework.LimitExceeded, "%d columns are mapped; one import takes %d", n, maxMapped)
	}
	if f.plan == nil {
		return nil
	}
	has := ""
	switch {
	case opt.SkipBadRows:
		has = "rows to leave out: it is taken as a whole or not at all"
	case opt.RetireMissing:
		has = "content, so that nothing is missing from it"
	case len(opt.Columns) > 0:
		has = "columns to map"
	case len(opt.Same) > 0:
		has = "skills or roles that could be the same as others"
	case opt.Propose:
		has = "content that a change request could propose"
	default:
		return nil
	}
	return framework.Errorf(framework.Invalid, "a file of format %s has no %s", f.Name, has)
}

// errRefused says that the faults forbid to go on.
var errRefused = errors.New("refused for its faults")

func (plan *Plan) work(ctx context.Context, w *framework.World, c *content, l *log, opt Options) error {
	s := w.Snapshot(plan.Framework)
	plan.Creates = s == nil
	if opt.SkipBadRows {
		c.dropBad()
	}
	for round := 0; ; round++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := compare(w, c, plan.Framework, opt)
		switch {
		case s == nil && c.framework.skipped:
			return errRefused
		case s != nil && s.Framework().Archived && !d.unarchives && len(d.steps) > 0:
			l.at(&c.framework.origin, "archived", "framework %s is archived; unarchive it to import into it", plan.Framework)
			return errRefused
		}
		opt.Progress("checking", 0, len(d.steps))
		edits := make([]framework.Edit, len(d.steps))
		for i, step := range d.steps {
			edits[i] = step.edit
		}
		var changes []framework.Change
		var problems []framework.Problem
		if len(edits) > 0 {
			changes, problems = w.Edit(plan.Framework, edits)
		}
		opt.Progress("checking", len(d.steps), len(d.steps))
		dropped := d.report(problems, l, opt.SkipBadRows)
		if len(problems) == 0 && len(d.troubles) == 0 {
			if len(l.faults) > 0 && !opt.SkipBadRows {
				return errRefused
			}
			plan.Missing, plan.Renames, plan.Counts = d.missing, d.renames(), c.counts()
			if opt.RetireMissing && (len(l.faults) > 0 || c.skipped(l) > 0) {
				return framework.Errorf(framework.Invalid,
					"what is missing cannot be retired while rows are skipped: they would count as missing; mend the files or leave one of the two out")
			}
			if len(changes) > 0 {
				plan.Edits, plan.Changes = edits, changes
			}
			return nil
		}
		if !opt.SkipBadRows || !dropped {
			return errRefused
		}
		if round == maxRounds {
			l.add(Fault{File: l.first, Message: "too many rows are bad, or depend on bad ones, to skip them; mend some first"})
			return errRefused
		}
	}
}
