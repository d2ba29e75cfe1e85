package exchange

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"skillatlas/internal/framework"
)

// A table of relations has one in each row: from, type and to, and where there are
// any, the framework that the other end is of, and a note.
//
//   - A skill is given by its code, or by its name if only one skill in use has it;
//     one of another framework by its code.
//   - The type is any there is, as seen from the first skill. Letter case does not
//     matter in it, nor whether its words are parted by spaces, hyphens or lines.
//   - The table holds the relations that can be stated as things are: none of retired
//     skills, but what took their place. The others are not missed.
//   - Nothing but relations is changed.

// The columns that say under which terms the framework may be used. They are for
// people and not read.
const (
	colLicence     = "licence"
	colAttribution = "attribution"
)

var relationsTable = layout{
	name: "a table of relations",
	columns: []column{
		{field: "type", headers: []string{"type", "Relation", "Relation type"}, required: true},
		{field: "from", headers: []string{"from", "From skill"}, required: true},
		{field: "to", headers: []string{"to", "To skill"}, required: true},
		{field: "toFramework", headers: []string{"toFramework", "To framework"}},
		{field: "note", headers: []string{"note", "Notes"}},
	},
	unread:  []string{colLicence, colAttribution},
	guarded: true,
}

func readRelations(ctx context.Context, in *input) *content {
	tables := in.alike(relationsTable)
	if tables == nil {
		return nil
	}
	c := &content{
		carries: map[framework.Kind][]string{
			framework.KindFramework: {}, framework.KindRelation: carried(tables[0], "note"),
		},
		framework: &item[framework.Framework]{origin: origin{src: tables[0].src}},
	}
	for _, t := range tables {
		for r := range in.rows(ctx, t) {
			if i := in.relation(r); i != nil {
				c.relations = append(c.relations, i)
			}
		}
	}
	return c
}

// alike opens tables of one layout that have the same columns: what some of them
// leave alone, others must not state. It reports others, and then returns nil. Sheets
// of something else beside them are passed over.
func (in *input) alike(l layout) []*table {
	var tables []*table
	all := in.tables()
	for _, t := range all {
		if t.src.sheet && in.apart(t, l) && slices.ContainsFunc(all, func(t *table) bool { return !in.apart(t, l) }) {
			in.remark(t.src, t.places[0], "not read: this is not %s", l.name)
			continue
		}
		tables = append(tables, t)
	}
	var first *table
	for _, t := range tables {
		if _, bound := in.bind(t, l); !bound {
			continue
		}
		if first == nil {
			first = t
		}
		for _, c := range l.columns {
			if t.has(c.field) != first.has(c.field) {
				in.in(t.src, t.places[0], "of %s and %s only one has the column %s; give it to both or to none", first.src.name, t.src.name, c.name())
			}
		}
	}
	if len(in.faults) > 0 {
		return nil
	}
	return tables
}

// apart tells whether a table has no column that a layout requires.
func (in *input) apart(t *table, l layout) bool {
	fields := in.fieldsOf(t, l)
	return !slices.ContainsFunc(l.columns, func(c column) bool {
		_, ok := fields[c.field]
		return c.required && ok
	})
}

// carried lists the fields of some that a table has a column of.
func carried(t *table, fields ...string) []string {
	return slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return !t.has(f) })
}

// relation reads a row, or reports what is wrong with it and returns nil.
func (in *input) relation(r record) *item[framework.Relation] {
	i := &item[framework.Relation]{origin: r.origin(), value: framework.Relation{Note: r.get("note")}}
	v := &i.value
	ok := true
	wrong := func(field, format string, args ...any) {
		in.lose(r.src, r.at, r.place(field), format, args...)
		ok = false
	}
	v.Type = framework.RelationType(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToUpper(oneLine(r.get("type")))))
	if v.Type == "" {
		wrong("type", "type is required")
	} else if v.Type.Inverse() == "" {
		var types []string
		for _, t := range framework.RelationTypes {
			types = append(types, string(t))
		}
		wrong("type", "%q is not a type of relation; use one of %s", oneLine(r.get("type")), strings.Join(types, ", "))
	}
	if v.ToFramework = oneLine(r.get("toFramework")); v.ToFramework == in.old.Framework().Code {
		v.ToFramework = ""
	}
	v.From = in.skill(r, "from", wrong)
	if v.ToFramework == "" {
		v.To = in.skill(r, "to", func(field, format string, args ...any) {
			if v.Type == framework.ExactMatch || v.Type == framework.CloseMatch {
				format += "; a match with a skill of another framework has that in the column toFramework"
			}
			wrong(field, format, args...)
		})
	} else if v.To = oneLine(r.get("to")); v.To == "" {
		wrong("to", "to is required")
	}
	if !ok {
		return nil
	}
	for _, c := range relationsTable.columns {
		if r.has(c.field) {
			i.mark(c.field, r.place(c.field))
		}
	}
	return i
}

// skill is the code of the skill that a cell means, or "" for one that means none,
// which it tells.
func (in *input) skill(r record, field string, wrong func(field, format string, args ...any)) string {
	text := oneLine(r.get(field))
	code, several := in.identified(framework.KindSkill, text)
	switch {
	case text == "":
		wrong(field, "%s is required", field)
	case several:
		wrong(field, "several skills are called %q; give the code of the one that is meant", text)
	case code == "":
		wrong(field, "framework %s has no skill with the code or name %q", in.old.Framework().Code, text)
	}
	return code
}

// statable tells whether a relation can be stated as things are.
func statable(s *framework.Snapshot, r *framework.Relation) bool {
	return (lineage(r) || active(s, r.From)) && (r.ToFramework != "" || active(s, r.To))
}

// active tells whether a skill is in use.
func active(s *framework.Snapshot, skill string) bool {
	k := current[framework.Skill](s, framework.KindSkill, skill)
	return k != nil && k.Status == framework.StatusActive
}

// writeRelations writes the relations that can be stated, by from, type and to.
func writeRelations(out io.Writer, s *framework.Snapshot) error {
	foreign := false
	for r := range s.Relations() {
		foreign = foreign || r.ToFramework != "" && statable(s, r)
	}
	return writeCSV(out, withTerms(s.Framework(), func(yield func([]string) bool) {
		row := func(from, kind, to, toFramework, note string) bool {
			if foreign {
				return yield([]string{from, kind, to, toFramework, note})
			}
			return yield([]string{from, kind, to, note})
		}
		if !row("from", "type", "to", "toFramework", "note") {
			return
		}
		for r := range sortedRelations(s) {
			if statable(s, r) && !row(r.From, string(r.Type), r.To, r.ToFramework, r.Note) {
				return
			}
		}
	}))
}

// withTerms adds to a table under which terms its framework may be used, in the
// first row after the headers, if the framework says so.
func withTerms(f *framework.Framework, rows iter.Seq[[]string]) iter.Seq[[]string] {
	if f.Licence == "" && f.Attribution == "" {
		return rows
	}
	return beside(rows, []string{colLicence, colAttribution}, []string{f.Licence, f.Attribution})
}
