package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"skillatlas/internal/catalog"
	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// maxTold bounds how much of each sort an import tells, unless it is to tell all.
const maxTold = 20

// An importReport is what an import tells, wherever it was made.
type importReport struct {
	exchange.Totals
	outcome  outcome
	number   int  // of the revision or change request that was made
	proposes bool // by a change request
	skipped  int
	effects  []exchange.Effect // in their order; a server lists the first of many
	missing  []string
	gone     map[string]bool // what is missing as a whole
	renames  []exchange.Rename
	remarks  []exchange.Fault
	faults   []exchange.Fault
}

// An outcome is what has come of an import.
type outcome int

const (
	failed outcome = iota
	wouldChange
	changedNothing
	imported
	raised
)

func describe(w *framework.World, plan *exchange.Plan) importReport {
	report := importReport{
		effects: plan.Effects(w), renames: plan.Renames, remarks: plan.Remarks, faults: plan.Faults, skipped: plan.Skipped,
	}
	report.Totals = exchange.Tally(report.effects)
	for _, m := range plan.Missing {
		report.miss(m, framework.NameOf(w.Entity(m.Ref)))
	}
	return report
}

// miss tells of what the files lack.
func (r *importReport) miss(m exchange.Missing, name string) {
	what := thing(m.Kind, m.Key)
	line := withName(what, name)
	if m.Field != "" {
		line += ", " + m.Field
	} else {
		if r.gone == nil {
			r.gone = map[string]bool{}
		}
		r.gone[what] = true
	}
	r.missing = append(r.missing, line)
}

// made tells what was made.
func (r *importReport) made(o catalog.Outcome) {
	if o.Revision == nil {
		return
	}
	r.outcome, r.number = imported, int(o.Revision.Seq)
	for _, t := range o.Revision.Touches {
		if r.proposes && t.Kind == framework.KindChangeRequest {
			r.outcome = raised
			r.number, _ = strconv.Atoi(t.Key)
		}
	}
}

// print writes the report for a person: what was or would be changed, what is missing,
// what is odd or wrong, and last what has come of it.
func (r importReport) print(out io.Writer, verbose bool) {
	if r.outcome != failed {
		r.printEffects(out, verbose)
	}
	group(out, verbose, "In the framework but not in the files", "  ", len(r.missing), r.missing)
	var renames []string
	for _, n := range r.renames {
		renames = append(renames, renameLine(n))
	}
	group(out, verbose, "Perhaps renamed, since one is missing and one is new", "  ", len(renames), renames)
	if len(renames) > 0 {
		fmt.Fprintln(out, "  Give --same where that is right: what was there keeps its code. Where it is replaced by the other instead,")
		fmt.Fprintln(out, "  import the files and then retire it in favour of that.")
	}
	group(out, verbose, "", "note: ", len(r.remarks), lines(r.remarks))
	group(out, verbose, "", "", len(r.faults), lines(r.faults))
	if r.outcome == failed {
		return
	}
	switch {
	case r.skipped == 1:
		fmt.Fprintln(out, "1 row was left out because of its faults.")
	case r.skipped > 1:
		fmt.Fprintf(out, "%d rows were left out because of their faults.\n", r.skipped)
	}
	what := fmt.Sprintf("%d created, %d updated, %d removed", r.Created, r.Updated, r.Removed)
	switch {
	case r.outcome == wouldChange && r.Totals == (exchange.Totals{}):
		fmt.Fprintln(out, "The framework is as the files say already; nothing would be changed.")
	case r.outcome == wouldChange && r.proposes:
		fmt.Fprintf(out, "Nothing was changed. The change request would propose: %s.\n", what)
	case r.outcome == wouldChange:
		fmt.Fprintf(out, "Nothing was changed. The import would make: %s.\n", what)
	case r.outcome == raised:
		fmt.Fprintf(out, "Raised change request #%d, which proposes: %s.\n", r.number, what)
	case r.outcome == imported:
		fmt.Fprintf(out, "Imported as revision %d: %s.\n", r.number, what)
	default:
		fmt.Fprintln(out, "The framework is as the files say already; nothing was changed.")
	}
}

// printEffects tells what is changed. Of a framework that was made, all is new.
func (r importReport) printEffects(out io.Writer, verbose bool) {
	var renamed, changed, added, removed []string
	made := false
	for _, e := range r.effects {
		what := thing(e.Kind, e.Key)
		switch {
		case e.NameBefore != "":
			line := fmt.Sprintf("%s: %q → %q", what, e.NameBefore, e.Name)
			if also := without(e.Fields, "name"); len(also) > 0 {
				line += "; also " + strings.Join(also, ", ")
			}
			renamed = append(renamed, line)
		case e.Action == framework.Updated:
			fields := e.Fields
			if r.gone[what] { // what is missing can only be retired
				fields = append(without(fields, "status"), "retired")
			}
			changed = append(changed, withName(what, e.Name)+": "+strings.Join(fields, ", "))
		case e.Action == framework.Created:
			made = made || e.Kind == framework.KindFramework
			added = append(added, withName(what, e.Name))
		default:
			removed = append(removed, withName(what, e.Name))
		}
	}
	group(out, verbose, "Renamed", "  ", r.Renamed, renamed)
	group(out, verbose, "Changed", "  ", r.Updated-r.Renamed, changed)
	if r.outcome != imported || !made {
		group(out, verbose, "Added", "  ", r.Created, added)
	}
	group(out, verbose, "Removed", "  ", r.Removed, removed)
}

// group writes lines under a title, if there is one, and how many more there are.
func group(out io.Writer, verbose bool, title, indent string, total int, lines []string) {
	if total == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(out, "%s (%d):\n", title, total)
	}
	shown := lines
	if !verbose {
		shown = lines[:min(len(lines), maxTold)]
	}
	for _, l := range shown {
		fmt.Fprintln(out, indent+l)
	}
	switch more := total - len(shown); {
	case more > 0 && verbose:
		fmt.Fprintf(out, "%sand %d more, which the server does not list\n", indent, more)
	case more > 0:
		fmt.Fprintf(out, "%sand %d more, see --verbose\n", indent, more)
	}
}

func lines(list []exchange.Fault) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.String()
	}
	return out
}

// thing names an entity by its kind and key.
func thing(kind framework.Kind, key string) string {
	return strings.ReplaceAll(string(kind), "_", " ") + " " + key
}

func withName(what, name string) string {
	if name == "" {
		return what
	}
	return fmt.Sprintf("%s %q", what, name)
}

func renameLine(r exchange.Rename) string {
	why := strings.ReplaceAll(strings.ToLower(string(r.Why)), "_", " ")
	if r.Why == exchange.NearNames && strings.EqualFold(r.FromName, r.ToName) {
		why = "same name"
	}
	prefix := ""
	if r.Kind != framework.KindSkill {
		prefix = string(r.Kind) + ":"
	}
	return fmt.Sprintf("%s → %s: %s, --same %s%s=%s", withName(thing(r.Kind, r.From), r.FromName), withName(r.To, r.ToName), why, prefix, r.From, r.To)
}

func without(list []string, one string) []string {
	var rest []string
	for _, s := range list {
		if s != one {
			rest = append(rest, s)
		}
	}
	return rest
}
