package exchange

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"skillatlas/internal/framework"
)

// The NICE Workforce Framework for Cybersecurity (NIST SP 800-181) as JSON, as NIST's
// Cybersecurity and Privacy Reference Tool gives it out: a list of elements and one of
// relationships between them, under response.elements.
//
//   - Tasks, knowledge and skills are skills without levels, in a category for each
//     of the three. Their text is their name. One too long for a name is cut after a
//     word, and stands whole in the description.
//   - Categories are role groups and work roles are roles. A work role is in the
//     category that is related to it, the first if several are, and requires what it
//     is related to, at no level.
//   - Elements of type sort are keys that order role groups; what has none comes last.
//     Those of roles are not read: roles have an order by seniority only, which this is
//     not. Elements of type opm_code are keys of another system and are not read.
//   - Competency areas, other types of elements and other relationships are not read,
//     which is remarked, as are relationships that lead nowhere or are repeated.
//
// The document must be that of the framework, of any release. Fields that are not
// mentioned are passed over, such as the doc_identifier of elements.

// niceFramework is what the published framework is; the file says only a part of it.
var niceFramework = framework.Framework{
	Name:        "NICE Workforce Framework for Cybersecurity",
	Publisher:   "NIST",
	URL:         "https://csrc.nist.gov/pubs/sp/800/181/r1/final",
	Licence:     "Public domain",
	Attribution: "NICE Workforce Framework for Cybersecurity (NIST SP 800-181), a work of the US Government in the public domain",
	Locale:      "en-US",
}

// niceDocument begins the identifier of every release of the document.
const niceDocument = "SP_800_181"

// The types of elements.
const (
	niceTask      = "task"
	niceKnowledge = "knowledge"
	niceSkill     = "skill"
	niceRole      = "work_role"
	niceGroup     = "category"
	niceSort      = "sort"
	niceOPM       = "opm_code"
	niceArea      = "competency_area"
)

// niceKinds are the types of statements and the categories for them, in their order.
var niceKinds = []struct{ kind, code, name string }{
	{niceTask, "T", "Tasks"},
	{niceKnowledge, "K", "Knowledge"},
	{niceSkill, "S", "Skills"},
}

// niceRelated is the one type of relationship there is.
const niceRelated = "projection"

// maxName bounds names, in bytes.
const maxName = 500

var niceCarries = map[framework.Kind][]string{
	framework.KindFramework: {},
	framework.KindCategory:  {"name", "position", "status"},
	framework.KindSkill:     {"name", "category", "status"},
	framework.KindRoleGroup: {"name", "description", "parent", "position", "status"},
	framework.KindRole:      {"name", "description", "group", "status", "requirements"},
}

// readNICE reads the one file that the framework is.
func readNICE(ctx context.Context, in *input) *content {
	if len(in.files) != 1 {
		in.add(Fault{File: in.first, Message: fmt.Sprintf("the NICE framework is one file; %d are given", len(in.files))})
		return nil
	}
	src := in.files[0]
	if !in.plain(src) {
		return nil
	}
	n := &nice{
		bundleReader: bundleReader{jsonReader: jsonReader{src: src}, log: in.log},
		elements:     map[string]*niceElement{}, lost: map[string]bool{}, given: map[string]bool{},
	}
	if !n.file(ctx) {
		return nil
	}
	n.content = &content{
		carries:   maps.Clone(niceCarries),
		framework: &item[framework.Framework]{origin: origin{src: src, at: n.start()}, value: niceFramework},
	}
	n.entities()
	n.relate()
	return n.content
}

// nice is the content in the making.
type nice struct {
	bundleReader
	content *content

	given     map[string]bool // sections of the file
	documents []*niceElement
	elements  map[string]*niceElement // by identifier
	order     []*niceElement
	links     []*niceLink
	lost      map[string]bool // identifiers of elements that are left out
}

type niceElement struct {
	origin
	kind, id, title, text string

	group *item[framework.RoleGroup] // of a category
	role  *item[framework.Role]      // of a work role
	key   string                     // that orders a category
}

type niceLink struct {
	origin
	kind, from, to string
}

// The keys of the file's objects.
const (
	keyType  = "element_type"
	keyID    = "element_identifier"
	keyTitle = "title"
	keyText  = "text"
	keyFrom  = "source_element_identifier"
	keyTo    = "dest_element_identifier"
	keyLink  = "relationship_identifier"
	keyDoc   = "doc_identifier"
)

// file reads the file, and tells whether there is content to make of it.
func (n *nice) file(ctx context.Context) bool {
	n.section("the file", map[string]func(){"response": func() {
		n.section("response", map[string]func(){"elements": func() {
			n.section("elements", map[string]func(){
				"documents":     func() { n.list(ctx, "documents", n.document) },
				"elements":      func() { n.list(ctx, "elements", n.element) },
				"relationships": func() { n.list(ctx, "relationships", n.link) },
			})
		}})
	}})
	if end := n.peek(); n.err == nil && end < len(n.src.text) {
		n.fail(end, "there is more after the end of the file")
	}
	if n.err != nil {
		n.log.in(n.src, n.err.at, "%s", n.err.message)
		return false
	}
	for _, list := range []string{"elements", "relationships"} {
		if len(n.log.faults) == 0 && !n.given["elements."+list] {
			n.log.in(n.src, n.start(), "there is no response.elements.%s; give the NICE framework as NIST publishes it in JSON", list)
			return false
		}
	}
	if !n.given["elements.elements"] {
		return false
	}
	known := func(d *niceElement) bool { return strings.HasPrefix(d.id, niceDocument) }
	if len(n.documents) > 0 && !slices.ContainsFunc(n.documents, known) {
		d := n.documents[0]
		n.log.in(n.src, d.place(keyDoc), "the document is %q, not the NICE framework, whose identifier begins with %s", d.id, niceDocument)
		return false
	}
	return true
}

// section reads an object of sections, and passes over those that are not known.
func (n *nice) section(what string, sections map[string]func()) {
	if n.value() && n.kind() != '{' {
		n.log.in(n.src, n.peek(), "%s must be an object, not %s", what, n.found())
		n.skip()
		return
	}
	n.object(func(key string, at int) {
		path := what + "." + key
		switch read := sections[key]; {
		case read == nil:
			n.skip()
		case n.given[path]:
			n.log.lose(n.src, at, at, "%q is given twice", key)
			n.skip()
		default:
			n.given[path] = true
			read()
		}
	})
}

// list reads a list of objects, unless ctx has ended.
func (n *nice) list(ctx context.Context, what string, each func(at int)) {
	if n.value() && n.kind() != '[' {
		at := n.peek()
		n.log.lose(n.src, at, at, "%s must be a list, not %s", what, n.found())
		n.skip()
		return
	}
	n.array(func(at int) {
		n.log.reading(at)
		if ctx.Err() != nil {
			n.skip()
			return
		}
		each(at)
	})
}

// texts reads the fields of an object that are asked for. They are texts, or null
// for none. What is wrong with them is reported and makes the origin bad.
func (n *nice) texts(o *origin, at int, what string, fields map[string]*string) {
	*o = origin{src: n.src, at: at, row: at, fields: make([]mark, 0, len(fields))}
	if n.kind() != '{' {
		n.log.at(o, "", "%s must be an object, not %s", what, n.found())
		n.skip()
		return
	}
	n.object(func(key string, at int) {
		value, asked := fields[key]
		switch {
		case !asked:
			n.skip()
			return
		case o.gives(key):
			o.bad = true
			n.log.in(n.src, at, "%q is given twice", key)
			n.skip()
			return
		}
		o.mark(key, n.peek())
		switch n.kind() {
		case '"':
			*value = framework.Normalise(n.textOf(o, key))
		case 'n':
			n.skip()
		default:
			n.log.at(o, key, "%s must be a text, not %s", key, n.found())
			n.skip()
		}
	})
}

// must reports a field that has nothing.
func (n *nice) must(o *origin, what, key, value string) {
	if value == "" && !o.bad {
		n.log.at(o, key, "%s must have %q", what, key)
	}
}

func (n *nice) document(at int) {
	d := &niceElement{}
	n.texts(&d.origin, at, "a document", map[string]*string{keyDoc: &d.id})
	n.documents = append(n.documents, d)
}

func (n *nice) element(at int) {
	const what = "an element"
	e := &niceElement{}
	n.texts(&e.origin, at, what, map[string]*string{keyType: &e.kind, keyID: &e.id, keyTitle: &e.title, keyText: &e.text})
	n.must(&e.origin, what, keyID, e.id)
	n.must(&e.origin, what, keyType, e.kind)
	before := n.elements[e.id]
	switch {
	case e.bad:
		n.log.drop(n.src, at)
		n.lost[e.id] = true
	case before != nil:
		n.log.lose(n.src, at, e.place(keyID), "element %s is given twice; first on line %d", e.id, n.src.line(before.at))
	default:
		n.elements[e.id] = e
		n.order = append(n.order, e)
	}
}

func (n *nice) link(at int) {
	const what = "a relationship"
	l := &niceLink{}
	n.texts(&l.origin, at, what, map[string]*string{keyLink: &l.kind, keyFrom: &l.from, keyTo: &l.to})
	n.must(&l.origin, what, keyFrom, l.from)
	n.must(&l.origin, what, keyTo, l.to)
	if l.bad {
		n.log.drop(n.src, at)
		return
	}
	n.links = append(n.links, l)
}

// A niceTally counts what is not read of some sort, and where the first of it is.
type niceTally struct{ count, at int }

type niceTallies map[string]*niceTally

func (t niceTallies) add(what string, at int) {
	if t[what] == nil {
		t[what] = &niceTally{at: at}
	}
	t[what].count++
}

// tell remarks on what was not read.
func (n *nice) tell(t niceTallies, format string) {
	for _, what := range slices.Sorted(maps.Keys(t)) {
		n.log.remark(n.src, t[what].at, format, what, t[what].count)
	}
}

// entities makes something of each element.
func (n *nice) entities() {
	categories := map[string]*item[framework.Category]{}
	unread, areas := niceTallies{}, niceTallies{}
	for _, e := range n.order {
		named := origin{src: n.src, at: e.at, row: e.at}
		for field, key := range map[string]string{"code": keyID, "name": keyTitle, "description": keyText} {
			named.mark(field, e.place(key))
		}
		switch kind := niceKind(e.kind); {
		case kind >= 0:
			n.statement(e, kind, categories)
		case e.kind == niceGroup:
			e.group = &item[framework.RoleGroup]{origin: named, value: framework.RoleGroup{
				Code: e.id, Name: e.title, Description: e.text, Status: framework.StatusActive,
			}}
			n.content.roleGroups = append(n.content.roleGroups, e.group)
		case e.kind == niceRole:
			e.role = &item[framework.Role]{origin: named, value: framework.Role{
				Code: e.id, Name: e.title, Description: e.text, Status: framework.StatusActive,
			}}
			n.content.roles = append(n.content.roles, e.role)
		case e.kind == niceArea:
			areas.add(niceArea, e.place(keyType))
		case !niceKey(e.kind):
			unread.add(e.kind, e.place(keyType))
		}
	}
	for _, k := range niceKinds {
		if c := categories[k.code]; c != nil {
			n.content.categories = append(n.content.categories, c)
		}
	}
	n.tell(areas, "not read: elements of type %s, %d in all, which are related to no statements")
	n.tell(unread, "not read: elements of type %s, %d in all, which is not a known type")
}

// niceKind is the place of a type among those of statements, or -1.
func niceKind(kind string) int {
	return slices.IndexFunc(niceKinds, func(k struct{ kind, code, name string }) bool { return k.kind == kind })
}

// niceKey tells the types of elements that are no more than keys.
func niceKey(kind string) bool { return kind == niceSort || kind == niceOPM }

func (n *nice) statement(e *niceElement, kind int, categories map[string]*item[framework.Category]) {
	k := niceKinds[kind]
	i := &item[framework.Skill]{origin: origin{src: n.src, at: e.at, row: e.at}, value: framework.Skill{
		Code: e.id, Name: shortened(e.text), Category: k.code, Status: framework.StatusActive,
	}}
	for field, key := range map[string]string{"code": keyID, "name": keyText, "description": keyText, "category": keyType} {
		i.mark(field, e.place(key))
	}
	if i.value.Name != oneLine(e.text) {
		i.value.Description = e.text
		// Editors may have described statements; that is left alone if it can be.
		if !n.content.has(framework.KindSkill, "description") {
			n.content.carries[framework.KindSkill] = append([]string{"description"}, niceCarries[framework.KindSkill]...)
		}
	}
	n.content.skills = append(n.content.skills, i)
	if categories[k.code] == nil {
		categories[k.code] = &item[framework.Category]{origin: i.origin, value: framework.Category{
			Code: k.code, Name: k.name, Position: kind + 1, Status: framework.StatusActive,
		}}
	}
}

// shortened is a text as a name, cut after a word if it is too long for one.
func shortened(text string) string {
	text = oneLine(text)
	if len(text) <= maxName {
		return text
	}
	const ellipsis = "…"
	end := maxName - len(ellipsis)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	if space := strings.LastIndexByte(text[:end+1], ' '); space > 0 {
		end = space
	}
	return strings.TrimRight(text[:end], " ,;:") + ellipsis
}

// relate makes requirements and places of the relationships.
func (n *nice) relate() {
	unread := niceTallies{}
	first := map[[3]string]*niceLink{}
	for _, l := range n.links {
		from, to := n.elements[l.from], n.elements[l.to]
		end := func(e *niceElement, id, key string) bool {
			if e == nil && !n.lost[id] {
				n.log.remark(n.src, l.place(key), "not read: a relationship of %s with %s; there is no element %s", l.from, l.to, id)
			}
			return e != nil
		}
		if n.lost[l.from] && from == nil || n.lost[l.to] && to == nil {
			n.log.drop(n.src, l.at)
		}
		if !end(from, l.from, keyFrom) || !end(to, l.to, keyTo) {
			continue
		}
		if from == to {
			n.log.remark(n.src, l.place(keyTo), "not read: a relationship of %s with itself", l.from)
			continue
		}
		same := [3]string{l.kind, l.from, l.to}
		if before := first[same]; before != nil {
			n.log.remark(n.src, l.at, "not read: a relationship of %s with %s that is on line %d already", l.from, l.to, n.src.line(before.at))
			continue
		}
		first[same] = l
		switch {
		case l.kind == niceRelated && from.role != nil && niceKind(to.kind) >= 0:
			part := &origin{src: n.src, at: l.at, row: l.at}
			part.mark("skill", l.place(keyTo))
			from.role.parts = append(from.role.parts, part)
			from.role.value.Requirements = append(from.role.value.Requirements,
				framework.Requirement{Skill: l.to, Importance: framework.Essential})
		case l.kind == niceRelated && from.group != nil && to.role != nil && to.role.value.Group != "":
			n.log.remark(n.src, l.place(keyFrom), "not read: that work role %s is in category %s; it is in %s", l.to, l.from, to.role.value.Group)
		case l.kind == niceRelated && from.group != nil && to.role != nil:
			to.role.value.Group = l.from
			to.role.mark("group", l.place(keyFrom))
		case l.kind == niceRelated && from.group != nil && to.kind == niceSort:
			from.key = to.title
		case !niceKey(from.kind) && !niceKey(to.kind):
			unread.add(fmt.Sprintf("%s from %s to %s", l.kind, from.kind, to.kind), l.at)
		}
	}
	n.tell(unread, "not read: relationships of type %s, %d in all")
	n.position()
}

// position orders the role groups.
func (n *nice) position() {
	var groups []*niceElement
	for _, e := range n.order {
		if e.group != nil {
			groups = append(groups, e)
		}
	}
	slices.SortFunc(groups, func(a, b *niceElement) int {
		return cmp.Or(last(a.key == "")-last(b.key == ""), strings.Compare(a.key, b.key), strings.Compare(a.id, b.id))
	})
	for i, e := range groups {
		e.group.value.Position = i + 1
	}
}
