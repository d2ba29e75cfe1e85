package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// bundleFormat names the version of the bundle that is written, and the only
// one there has been.
const bundleFormat = "skillatlas/1"

// A field is one key of an object of a bundle. The lists of fields below are the
// format: the order they are written in and what is read.
type field struct {
	key string
	// value points to where the value is kept.
	value any
	// always tells that the key is written even when empty, and must be given.
	always bool
}

func frameworkFields(f *framework.Framework) []field {
	return []field{
		{"code", &f.Code, true},
		{"name", &f.Name, true},
		{"description", &f.Description, false},
		{"publisher", &f.Publisher, false},
		{"url", &f.URL, false},
		{"licence", &f.Licence, false},
		{"attribution", &f.Attribution, false},
		{"locale", &f.Locale, false},
		{"skillCodePattern", &f.SkillCodePattern, false},
		{"skillCodeHint", &f.SkillCodeHint, false},
		{"archived", &f.Archived, false},
		{"showsRelease", (*setting)(&f.ShowsRelease), false},
		{"hidesHead", (*setting)(&f.HidesHead), false},
	}
}

// A setting is a truth about how the framework is served rather than what it
// states. It is always written, and a file without it leaves it as it is: one
// made elsewhere, or long ago, must not show what is hidden.
type setting bool

func levelFields(l *framework.Level) []field {
	return []field{
		{"ordinal", &l.Ordinal, true},
		{"name", &l.Name, true},
		{"essence", &l.Essence, false},
		{"url", &l.URL, false},
	}
}

func levelTextFields(l *framework.LevelText) []field {
	return []field{
		{"level", &l.Level, true},
		{"description", &l.Description, false},
	}
}

func attributeFields(a *framework.Attribute) []field {
	return []field{
		{"code", &a.Code, true},
		{"name", &a.Name, true},
		{"type", &a.Type, false},
		{"description", &a.Description, false},
		{"position", &a.Position, false},
		{"status", &a.Status, false},
		{"levels", &a.Levels, false},
	}
}

func categoryFields(c *framework.Category) []field {
	return []field{
		{"code", &c.Code, true},
		{"name", &c.Name, true},
		{"description", &c.Description, false},
		{"parent", &c.Parent, false},
		{"position", &c.Position, false},
		{"status", &c.Status, false},
		{"successors", &c.Successors, false},
	}
}

func skillFields(s *framework.Skill) []field {
	return []field{
		{"code", &s.Code, true},
		{"name", &s.Name, true},
		{"description", &s.Description, false},
		{"guidance", &s.Guidance, false},
		{"synonyms", &s.Synonyms, false},
		{"url", &s.URL, false},
		{"category", &s.Category, false},
		{"position", &s.Position, false},
		{"status", &s.Status, false},
		{"levels", &s.Levels, false},
	}
}

func relationFields(r *framework.Relation) []field {
	return []field{
		{"from", &r.From, true},
		{"type", (*string)(&r.Type), true},
		{"toFramework", &r.ToFramework, false},
		{"to", &r.To, true},
		{"note", &r.Note, false},
	}
}

func roleGroupFields(g *framework.RoleGroup) []field {
	return []field{
		{"code", &g.Code, true},
		{"name", &g.Name, true},
		{"description", &g.Description, false},
		{"parent", &g.Parent, false},
		{"position", &g.Position, false},
		{"status", &g.Status, false},
	}
}

func roleFields(r *framework.Role) []field {
	return []field{
		{"code", &r.Code, true},
		{"name", &r.Name, true},
		{"description", &r.Description, false},
		{"group", &r.Group, false},
		{"kind", &r.RoleKind, false},
		{"seniority", &r.Seniority, false},
		{"status", &r.Status, false},
		{"requirements", &r.Requirements, false},
		{"successors", &r.Successors, false},
	}
}

func requirementFields(q *framework.Requirement) []field {
	return []field{
		{"skill", &q.Skill, true},
		{"level", &q.Level, false},
		{"importance", (*string)(&q.Importance), false},
		{"weight", &q.Weight, false},
	}
}

// writeBundle writes a framework as a bundle, entity by entity.
func writeBundle(out io.Writer, s *framework.Snapshot) error {
	w := &bundleWriter{out: bufio.NewWriterSize(out, 1<<16)}
	w.strings = json.NewEncoder(&w.text)
	w.strings.SetEscapeHTML(false)
	f := *s.Framework()
	w.open('{')
	w.key("format")
	w.string(bundleFormat)
	w.key("framework")
	w.object(frameworkFields(&f))
	section(w, "levels", s.Levels(), levelFields)
	section(w, "attributes", s.Attributes(), attributeFields)
	section(w, "categories", s.Categories(), categoryFields)
	section(w, "skills", s.Skills(), skillFields)
	section(w, "relations", sortedRelations(s), relationFields)
	section(w, "roleGroups", s.RoleGroups(), roleGroupFields)
	section(w, "roles", s.Roles(), roleFields)
	w.close('}')
	w.out.WriteByte('\n')
	return w.out.Flush() // the first error of any write
}

// sortedRelations yields relations by from, type, to and toFramework. Those of a
// snapshot come by from already.
func sortedRelations(s *framework.Snapshot) iter.Seq[*framework.Relation] {
	return func(yield func(*framework.Relation) bool) {
		var ofOne []*framework.Relation
		flush := func() bool {
			slices.SortFunc(ofOne, compareRelations)
			for _, r := range ofOne {
				if !yield(r) {
					return false
				}
			}
			ofOne = ofOne[:0]
			return true
		}
		for r := range s.Relations() {
			if len(ofOne) > 0 && ofOne[0].From != r.From && !flush() {
				return
			}
			ofOne = append(ofOne, r)
		}
		flush()
	}
}

func compareRelations(a, b *framework.Relation) int {
	return slices.Compare(
		[]string{a.From, string(a.Type), a.To, a.ToFramework},
		[]string{b.From, string(b.Type), b.To, b.ToFramework})
}

// bundleWriter writes JSON, two spaces deeper with each level.
type bundleWriter struct {
	out   *bufio.Writer
	depth int
	some  bool // the object or array being written has an element
	// strings encodes into text.
	strings *json.Encoder
	text    bytes.Buffer
}

func (w *bundleWriter) line() {
	w.out.WriteByte('\n')
	for range w.depth {
		w.out.WriteString("  ")
	}
}

func (w *bundleWriter) open(bracket byte) {
	w.out.WriteByte(bracket)
	w.depth++
	w.some = false
}

func (w *bundleWriter) close(bracket byte) {
	w.depth--
	w.line()
	w.out.WriteByte(bracket)
	w.some = true
}

func (w *bundleWriter) element() {
	if w.some {
		w.out.WriteByte(',')
	}
	w.some = true
	w.line()
}

func (w *bundleWriter) key(key string) {
	w.element()
	w.out.WriteString(`"` + key + `": `)
}

func (w *bundleWriter) string(s string) {
	w.text.Reset()
	_ = w.strings.Encode(s) // a string into a buffer cannot go wrong
	w.out.Write(bytes.TrimSuffix(w.text.Bytes(), []byte("\n")))
}

func section[T any](w *bundleWriter, key string, entities iter.Seq[*T], fields func(*T) []field) {
	empty := true
	for e := range entities {
		if _, err := w.out.Write(nil); err != nil {
			return // nobody takes it any longer
		}
		if empty {
			w.key(key)
			w.open('[')
			empty = false
		}
		w.element()
		v := *e // fields may be pointed to only in a copy: entities are shared
		w.object(fields(&v))
	}
	if !empty {
		w.close(']')
	}
}

func (w *bundleWriter) object(fields []field) {
	w.open('{')
	for _, f := range fields {
		switch v := f.value.(type) {
		case *string:
			if *v != "" || f.always {
				w.key(f.key)
				w.string(*v)
			}
		case *framework.Status:
			if *v != framework.StatusActive {
				w.key(f.key)
				w.string(string(*v))
			}
		case *int:
			if *v != 0 || f.always {
				w.key(f.key)
				fmt.Fprint(w.out, *v)
			}
		case *float64:
			if *v != 0 {
				w.key(f.key)
				number, _ := json.Marshal(*v) // weights are finite
				w.out.Write(number)
			}
		case *setting:
			w.key(f.key)
			fmt.Fprint(w.out, *v)
		case *bool:
			if *v {
				w.key(f.key)
				w.out.WriteString("true")
			}
		case *[]string:
			if len(*v) > 0 {
				w.key(f.key)
				w.open('[')
				for _, s := range *v {
					w.element()
					w.string(s)
				}
				w.close(']')
			}
		case *[]framework.LevelText:
			section(w, f.key, pointers(*v), levelTextFields)
		case *[]framework.Requirement:
			section(w, f.key, pointers(*v), requirementFields)
		}
	}
	w.close('}')
}

func pointers[T any](list []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// readBundle reads a bundle, or returns nil when it is no such thing.
func readBundle(_ context.Context, in *input) *content {
	files, l := in.files, in.log
	if len(files) != 1 {
		l.add(Fault{File: l.first, Message: fmt.Sprintf("a bundle is one file; %d are given", len(files))})
		return nil
	}
	src := files[0]
	if !l.plain(src) || !supported(src, l) {
		return nil
	}
	r := &bundleReader{jsonReader: jsonReader{src: src}, log: l}
	c := &content{framework: &item[framework.Framework]{origin: origin{src: src, bad: true}}}
	given := false
	sections := map[string]func(){
		"format": func() { r.skip() },
		"framework": func() {
			given = true
			o := &c.framework.origin
			o.bad = false
			o.at, o.row = r.peek(), r.peek()
			r.fields(o, o, "framework", frameworkFields(&c.framework.value), nil)
		},
		"levels":     func() { c.levels = list(r, "level", levelFields, (*framework.Level).Key) },
		"attributes": func() { c.attributes = list(r, "attribute", attributeFields, (*framework.Attribute).Key) },
		"categories": func() { c.categories = list(r, "category", categoryFields, (*framework.Category).Key) },
		"skills":     func() { c.skills = list(r, "skill", skillFields, (*framework.Skill).Key) },
		"relations": func() {
			c.relations = list(r, "relation", relationFields, func(*framework.Relation) string { return "" })
		},
		"roleGroups": func() { c.roleGroups = list(r, "role group", roleGroupFields, (*framework.RoleGroup).Key) },
		"roles":      func() { c.roles = list(r, "role", roleFields, (*framework.Role).Key) },
	}
	seen := map[string]bool{}
	r.object(func(key string, at int) {
		read, known := sections[key]
		switch {
		case !known:
			l.lose(src, at, at, "%q is not a section of a bundle; they are format, framework, levels, attributes, categories, "+
				"skills, relations, roleGroups and roles", key)
			r.skip()
		case seen[key]:
			l.lose(src, at, at, "%q is given twice", key)
			r.skip()
		default:
			seen[key] = true
			read()
		}
	})
	if !given {
		l.in(src, r.start(), `the bundle has no "framework"`)
	}
	if c.framework.value.Code == "" && c.framework.bad {
		return nil
	}
	return c
}

var bundleVersion = regexp.MustCompile(`^skillatlas/([1-9][0-9]{0,8})$`)

// supported checks that the file is well-formed JSON and a bundle of a format
// that can be read.
func supported(src *source, l *log) bool {
	r := &jsonReader{src: src}
	format, found, at, first := "", "", -1, r.peek()
	if r.value() && r.kind() != '{' {
		l.in(src, first, "a bundle is a JSON object, not %s", r.found())
		return false
	}
	r.object(func(key string, _ int) {
		if key != "format" || at >= 0 {
			r.skip()
			return
		}
		if at = r.peek(); r.kind() == '"' {
			format = r.text()
			return
		}
		found = r.found()
		r.skip()
	})
	if end := r.peek(); r.err == nil && end < len(src.text) {
		r.fail(end, "there is more after the end of the bundle")
	}
	switch m := bundleVersion.FindStringSubmatch(format); {
	case r.err != nil:
		l.in(src, r.err.at, "%s", r.err.message)
		return false
	case at < 0:
		l.in(src, first, `the bundle has no "format"; it should begin with "format": %q`, bundleFormat)
		return false
	case found != "":
		l.in(src, at, "format must be a text such as %q, not %s", bundleFormat, found)
		return false
	case format == bundleFormat:
		return true
	case m != nil:
		l.in(src, at, "the bundle's format is %s, which is newer than this server reads (%s); export it as that, or upgrade", format, bundleFormat)
	default:
		l.in(src, at, "%q is not a format of bundles; this server reads %s", format, bundleFormat)
	}
	return false
}

type bundleReader struct {
	jsonReader
	log *log
}

// list reads an array of entities whose keys are unique.
func list[T any](r *bundleReader, what string, fields func(*T) []field, key func(*T) string) []*item[T] {
	var items []*item[T]
	first := map[string]int{}
	if r.kind() != '[' {
		at := r.peek()
		r.log.lose(r.src, at, at, "must be a list, not %s", r.found())
		r.skip()
		return nil
	}
	r.array(func(at int) {
		r.log.reading(at)
		i := &item[T]{origin: origin{src: r.src, at: at, row: at}}
		i.fields = make([]mark, 0, 4)
		ok := r.fields(&i.origin, &i.origin, what, fields(&i.value), &i.parts)
		if !ok {
			r.log.drop(r.src, at)
			return
		}
		if k := key(&i.value); k != "" {
			if before, twice := first[k]; twice {
				r.log.lose(r.src, at, i.place("code"), "%s %s is given twice; first on line %d", what, k, r.src.line(before))
				return
			}
			first[k] = at
		}
		items = append(items, i)
	})
	return items
}

// fields reads an object into fields. Faults are reported and make o bad; ok is
// false when something that must be given is not, so that there is no telling
// what the object is about.
func (r *bundleReader) fields(o, row *origin, what string, fields []field, parts *[]*origin) (ok bool) {
	for _, f := range fields {
		if s, is := f.value.(*framework.Status); is {
			*s = framework.StatusActive
		}
	}
	if r.kind() != '{' {
		r.log.at(o, "", "a %s must be an object, not %s", what, r.found())
		r.skip()
		return false
	}
	var seen uint32
	r.object(func(key string, at int) {
		n := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		switch {
		case n < 0:
			o.bad = true
			r.log.in(r.src, at, "%q is not a field of a %s; they are %s", key, what, keys(fields))
			r.skip()
		case seen&(1<<n) != 0:
			o.bad = true
			r.log.in(r.src, at, "%q is given twice", key)
			r.skip()
		default:
			seen |= 1 << n
			o.mark(key, r.peek())
			r.field(o, row, fields[n], parts)
		}
	})
	ok = true
	for n, f := range fields {
		if f.always && seen&(1<<n) == 0 {
			r.log.at(o, "", "a %s must have %q", what, f.key)
			ok = false
		}
	}
	return ok
}

func keys(fields []field) string {
	var list []string
	for _, f := range fields {
		list = append(list, f.key)
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// field reads the value of a field.
func (r *bundleReader) field(o, row *origin, f field, parts *[]*origin) {
	wrong := func(wanted string) {
		r.log.at(o, f.key, "%s must be %s, not %s", f.key, wanted, r.found())
		r.skip()
	}
	switch v := f.value.(type) {
	case *string:
		if r.kind() != '"' {
			wrong("a text")
			return
		}
		*v = r.textOf(o, f.key)
	case *framework.Status:
		if r.kind() != '"' {
			wrong("ACTIVE or RETIRED")
			return
		}
		*v = framework.Status(r.textOf(o, f.key))
		if *v != framework.StatusActive && *v != framework.StatusRetired {
			r.log.at(o, f.key, "%q is not a status; use ACTIVE or RETIRED", *v)
			*v = framework.StatusActive
		}
	case *int:
		if r.kind() != '0' {
			wrong("a whole number")
			return
		}
		number := r.number()
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			r.log.at(o, f.key, "%s must be a whole number, not %s", f.key, number)
		}
		*v = int(n)
	case *float64:
		if r.kind() != '0' {
			wrong("a number")
			return
		}
		number := r.number()
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			r.log.at(o, f.key, "%s must be a number, and %s is too large", f.key, number)
		}
		*v = n
	case *bool:
		r.truth(v, wrong)
	case *setting:
		r.truth((*bool)(v), wrong)
	case *[]string:
		if r.kind() != '[' {
			wrong("a list of texts")
			return
		}
		r.array(func(at int) {
			key := f.key + "." + strconv.Itoa(len(*v))
			o.mark(key, at)
			if r.kind() != '"' {
				r.log.at(o, key, "%s must be texts, not %s", f.key, r.found())
				r.skip()
				return
			}
			*v = append(*v, r.textOf(o, key))
		})
	case *[]framework.LevelText:
		partsOf(r, o, row, f, "level", v, parts, levelTextFields, func(l *framework.LevelText) string { return strconv.Itoa(l.Level) })
	case *[]framework.Requirement:
		partsOf(r, o, row, f, "requirement", v, parts, requirementFields, func(q *framework.Requirement) string { return q.Skill })
	}
}

func (r *bundleReader) truth(v *bool, wrong func(wanted string)) {
	switch r.kind() {
	case 't', 'f':
		*v = r.kind() == 't'
		r.skip()
	default:
		wrong("true or false")
	}
}

// partsOf reads a list of objects that belong to an entity.
func partsOf[T any](
	r *bundleReader, o, row *origin, f field, what string, values *[]T, parts *[]*origin,
	fields func(*T) []field, key func(*T) string,
) {
	if r.kind() != '[' {
		r.log.at(o, f.key, "%s must be a list, not %s", f.key, r.found())
		r.skip()
		return
	}
	first := map[string]int{}
	r.array(func(at int) {
		p := &origin{src: r.src, at: at, row: row.at}
		var v T
		ok := r.fields(p, row, what, fields(&v), nil)
		before, twice := first[key(&v)]
		switch {
		case !ok:
			r.log.drop(r.src, row.at)
		case twice:
			r.log.lose(r.src, row.at, at, "%s %s is given twice; first on line %d", what, key(&v), r.src.line(before))
		default:
			first[key(&v)] = at
			*values = append(*values, v)
			*parts = append(*parts, p)
		}
	})
}

func (r *bundleReader) textOf(o *origin, key string) string {
	start := r.peek()
	s := r.text()
	if strings.ContainsRune(s, '\ufffd') && unpaired(r.src.text[start:r.at]) {
		r.log.at(o, key, "has half of a surrogate pair (\\ud800 to \\udfff), which is no character")
	}
	return s
}
