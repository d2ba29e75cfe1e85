package exchange

import (
	"cmp"
	"context"
	"io"
	"iter"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"skillatlas/internal/framework"
)

// The layout in which the SFIA Foundation publishes its framework, and in which many
// keep their own: a table of skills with a text per level, one of attributes, and one
// of the levels, transposed. They are sheets of a workbook or CSV files. Tables are
// known by their headers, and columns too, so that their order does not matter.
//
//   - A skill has the levels of which it has a text.
//   - A level that the framework lacks is made, with the name that the levels table
//     gives it, else the header that is mapped to it, else "Level 3".
//   - Where there is no code, that of what has the name is meant, else one is made of it.
//   - A category is named by the one at the top and by what is below that, which for
//     those that are deeper is the rest of the path, joined by " / ". A skill stays in
//     its category while that is called so. Otherwise it comes into the first category
//     in the order of the tree that is, active ones before retired ones, or a new one.
//   - Positions are the order of rows, and given only to what is new.
//   - What a table has no column for is left as it is.
//   - The table "about", and of a CSV file the first row, say what a new framework is.

const (
	sfiaFramework = "Framework"
	// sfiaPath joins the names of categories.
	sfiaPath = " / "
	// sfiaLevels is the number of columns of levels that are always written.
	sfiaLevels = 7
)

var (
	sfiaLevelText = regexp.MustCompile(`^level ([1-9][0-9]?)(?: description)?$`)
	sfiaLevel     = regexp.MustCompile(`^(?:level )?([1-9][0-9]?)$`)

	sfiaSkills = layout{
		name: "the table of skills",
		columns: []column{
			{field: "name", headers: []string{"Skill", "Skill name"}, required: true},
			{field: "code", headers: []string{"Skill code"}},
			{field: "url"},
			{field: "category"},
			{field: "subcategory"},
			{field: "description", headers: []string{"Overall description"}},
			{field: "guidance", headers: []string{"Guidance notes"}},
			{field: "synonyms"},
			{field: "framework"},
			{field: "licence", headers: []string{"License"}},
			{field: "attribution"},
		},
		levels: sfiaLevelText,
		unread: []string{"#", "Levels"},
	}
	sfiaAttributes = layout{
		name: "the table of attributes",
		columns: []column{
			{field: "attribute", headers: []string{"Attribute name"}, required: true},
			{field: "code"},
			{field: "type"},
			{field: "description", headers: []string{"Overall description"}},
		},
		levels: sfiaLevelText,
	}
)

// sfiaAbout are the rows of the table about, and where their values are kept.
func sfiaAbout(f *framework.Framework) []field {
	return []field{
		{key: sfiaFramework, value: &f.Code},
		{key: "Name", value: &f.Name},
		{key: "Description", value: &f.Description},
		{key: "Publisher", value: &f.Publisher},
		{key: "URL", value: &f.URL},
		{key: "Licence", value: &f.Licence},
		{key: "Attribution", value: &f.Attribution},
		{key: "Locale", value: &f.Locale},
	}
}

// sfia is the content in the making.
type sfia struct {
	*input
	content *content
	levels  map[int]*item[framework.Level]
	// skills and attributes tell where codes were given.
	skills, attributes map[string]*origin
	categories         *sfiaCategories
}

func readSFIA(ctx context.Context, in *input) *content {
	var skills, attributes, levels, about *table
	tables := in.tables()
	for _, t := range tables {
		of, what := (**table)(nil), ""
		switch {
		case in.marks(t, sfiaAttributes):
			of, what = &attributes, sfiaAttributes.name
		case in.marks(t, sfiaSkills):
			of, what = &skills, sfiaSkills.name
		case transposed(t):
			of, what = &levels, "the table of levels"
		case folded(t.headers[0]) == folded(sfiaFramework):
			of, what = &about, "the table about the framework"
		default:
			in.remark(t.src, t.places[0], "not read: headers that begin with %q are not those of skills, attributes or levels", t.begins())
			continue
		}
		if *of != nil {
			in.in(t.src, t.places[0], "this is %s like %s; give each once", what, (*of).src.name)
		}
		*of = t
	}
	if len(tables) > 0 && skills == nil && attributes == nil && levels == nil {
		in.in(tables[0].src, tables[0].places[0],
			`there is no table with a column Skill in its first row; map the one that holds the names of skills to "name", such as "Name=name"`)
	}
	if skills != nil {
		in.bind(skills, sfiaSkills.in(skills))
	}
	if attributes != nil {
		in.bind(attributes, sfiaAttributes.in(attributes))
	}
	if len(in.faults) > 0 || len(tables) == 0 {
		return nil
	}
	s := &sfia{
		input:  in,
		levels: map[int]*item[framework.Level]{}, skills: map[string]*origin{}, attributes: map[string]*origin{},
		content: &content{
			carries:   map[framework.Kind][]string{framework.KindFramework: {}},
			framework: &item[framework.Framework]{origin: origin{src: tables[0].src}},
		},
	}
	if about != nil {
		s.about(ctx, about)
	}
	if skills != nil {
		s.readSkills(ctx, skills)
	}
	if attributes != nil {
		s.readAttributes(ctx, attributes)
	}
	if levels != nil {
		s.readLevels(ctx, levels)
	}
	s.ladder(levels != nil)
	f := &s.content.framework.value
	f.Code = in.code
	f.Name = cmp.Or(f.Name, in.code)
	return s.content
}

// in is the layout for a table: what is written to CSV is guarded.
func (l layout) in(t *table) layout {
	l.guarded = !t.src.sheet
	return l
}

// marks tells whether a table has the column by which a layout is known: under its
// header, or mapped. The name of the field alone could head anything.
func (in *input) marks(t *table, l layout) bool {
	mark := l.columns[0]
	marks := func(header string) bool { return slices.Contains(t.folded, folded(header)) }
	return slices.ContainsFunc(mark.headers, marks) ||
		slices.ContainsFunc(in.columns, func(c Column) bool { return c.Field == mark.field && marks(c.Header) })
}

// transposed tells whether a table has levels for columns and at most one other, and
// finds them.
func transposed(t *table) bool {
	columns := map[string]int{}
	others := 0
	for i, h := range t.headers {
		field := "row"
		if m := sfiaLevel.FindStringSubmatch(t.folded[i]); m != nil {
			field = "level." + m[1]
		} else if h != "" {
			others++
		}
		if _, twice := columns[field]; !twice {
			columns[field] = i
		}
	}
	if _, named := columns["row"]; !named || len(columns) == 1 || others > 1 {
		return false
	}
	t.column, t.guarded = columns, !t.src.sheet
	return true
}

// levelsOf lists the levels a table has columns for. It reports those that can be none.
func (s *sfia) levelsOf(t *table) []int {
	var list []int
	for field := range t.column {
		text, is := strings.CutPrefix(field, "level.")
		n, err := strconv.Atoi(text)
		switch {
		case !is || err != nil:
		case n > maxLevels:
			at := t.header(field)
			s.lose(t.src, at, at, "there is no level %d; levels are numbered from 1 to %d", n, maxLevels)
		default:
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

// maxLevels is how many levels a framework can have.
const maxLevels = 20

func (s *sfia) about(ctx context.Context, t *table) {
	f := &s.content.framework.value
	s.content.framework.origin = origin{src: t.src, at: t.places[0], row: t.places[0]}
	fields := sfiaAbout(f)
	t.column, t.guarded = map[string]int{"key": 0, "value": 1}, !t.src.sheet
	take := func(r record) {
		i := slices.IndexFunc(fields, func(f field) bool { return folded(f.key) == folded(r.get("key")) })
		if i < 0 {
			s.remark(t.src, r.at, "not read: %q", oneLine(r.get("key")))
			return
		}
		*fields[i].value.(*string) = framework.Normalise(r.get("value"))
		of := strings.ToLower(fields[i].key)
		if fields[i].key == sfiaFramework {
			of = "code"
		}
		s.content.framework.mark(of, r.place("value"))
	}
	take(record{table: t, at: t.places[0], cells: t.headers, places: t.places})
	for r := range s.rows(ctx, t) {
		take(r)
	}
	s.names(f.Code)
}

func (s *sfia) readSkills(ctx context.Context, t *table) {
	fields := append([]string{"name"}, carried(t, "description", "guidance", "synonyms", "url", "category")...)
	levels := s.levelsOf(t)
	if len(levels) > 0 {
		fields = append(fields, "levels")
	}
	for _, n := range levels {
		header := t.headers[t.column[levelField(n)]]
		if !sfiaLevelText.MatchString(folded(header)) && s.oldLevel(n) == nil {
			s.level(n, t.src, t.header(levelField(n))).value.Name = header
		}
	}
	s.content.carries[framework.KindSkill] = fields
	for r := range s.rows(ctx, t) {
		if s.categories == nil {
			s.frameworkOf(r)
			s.categories = newSFIACategories(s.input)
		}
		s.skill(r, levels)
	}
	if t.has("category") {
		s.content.carries[framework.KindCategory] = []string{"status"}
		if s.categories != nil {
			s.content.categories = s.categories.items
		}
	}
}

// frameworkOf reads what the first row of a table of skills says of the framework.
func (s *sfia) frameworkOf(r record) {
	s.names(framework.Normalise(r.get("framework")))
	f, o := &s.content.framework.value, &s.content.framework.origin
	if len(o.fields) == 0 { // there is no table about it
		*o = r.origin()
		o.mark("code", r.place("framework"))
		o.mark("licence", r.place("licence"))
		o.mark("attribution", r.place("attribution"))
	}
	f.Licence = cmp.Or(f.Licence, r.get("licence"))
	f.Attribution = cmp.Or(f.Attribution, r.get("attribution"))
}

func (s *sfia) skill(r record, levels []int) {
	i := &item[framework.Skill]{origin: r.origin(), value: framework.Skill{
		Name: oneLine(r.get("name")), Code: framework.Normalise(r.get("code")), Description: r.get("description"),
		Guidance: r.get("guidance"), URL: r.get("url"), Status: framework.StatusActive,
	}}
	v := &i.value
	if v.Name == "" {
		s.lose(r.src, r.at, r.place("name"), "a skill must have a name")
		return
	}
	if v.Code == "" {
		v.Code = cmp.Or(s.codeOf(framework.KindSkill, "", v.Name), spelled(v.Name))
		i.mark("code", r.place("name"))
	}
	for _, field := range []string{"code", "name", "description", "guidance", "url", "synonyms", "category"} {
		i.mark(field, r.place(field))
	}
	if before := s.skills[v.Code]; before != nil {
		first := before.src.line(before.at)
		if r.get("code") == "" {
			s.lose(r.src, r.at, i.place("code"), "the skill on line %d has the code %s too, which is made of the name; give one of them another", first, v.Code)
		} else {
			s.lose(r.src, r.at, i.place("code"), "skill %s is given twice; first on line %d", v.Code, first)
		}
		return
	}
	for _, synonym := range strings.FieldsFunc(r.get("synonyms"), func(c rune) bool { return c == ';' || c == '\n' }) {
		if synonym = oneLine(synonym); synonym != "" {
			v.Synonyms = append(v.Synonyms, synonym)
		}
	}
	old := current[framework.Skill](s.old, framework.KindSkill, v.Code)
	if old == nil {
		old = &framework.Skill{Status: framework.StatusActive}
	}
	if r.has("category") && !s.place(i, old, r) {
		return
	}
	if old.Status == framework.StatusRetired {
		s.remark(r.src, i.place("code"), "skill %s is retired here, and stays so; restore it first if it should not", v.Code)
	}
	v.Levels, i.parts = s.texts(r, levels, old.Levels)
	s.skills[v.Code] = &i.origin
	s.content.skills = append(s.content.skills, i)
}

// texts reads the columns of levels that hold something. With them go the old levels of
// which the table cannot tell: those without a column, and those without a text.
func (s *sfia) texts(r record, levels []int, old []framework.LevelText) (list []framework.LevelText, parts []*origin) {
	for _, n := range levels {
		field := levelField(n)
		if text := framework.Normalise(r.get(field)); text != "" {
			list = append(list, framework.LevelText{Level: n, Description: text})
			parts = append(parts, &origin{src: r.src, at: r.place(field), row: r.at})
			s.level(n, r.src, r.header(field))
		}
	}
	for _, l := range old {
		told := slices.ContainsFunc(list, func(t framework.LevelText) bool { return t.Level == l.Level })
		if !told && (l.Description == "" || !slices.Contains(levels, l.Level)) {
			list, parts = append(list, l), append(parts, &origin{src: r.src, at: r.at, row: r.at})
			s.level(l.Level, r.src, r.at)
		}
	}
	return list, parts
}

// level is a level that the files mention.
func (s *sfia) level(n int, src *source, at int) *item[framework.Level] {
	if s.levels[n] == nil {
		s.levels[n] = &item[framework.Level]{origin: origin{src: src, at: at, row: at}, value: framework.Level{Ordinal: n}}
		if old := s.oldLevel(n); old != nil {
			s.levels[n].value = *old
		}
	}
	return s.levels[n]
}

// oldLevel is a level of the framework as it is, or nil.
func (s *sfia) oldLevel(n int) *framework.Level {
	return current[framework.Level](s.old, framework.KindLevel, strconv.Itoa(n))
}

// place finds the category of a skill.
func (s *sfia) place(i *item[framework.Skill], old *framework.Skill, r record) bool {
	path := sfiaPlace{oneLine(r.get("category")), oneLine(r.get("subcategory"))}
	if path.top == "" && path.rest != "" {
		s.lose(r.src, r.at, r.place("category"), "subcategory %q has no category", path.rest)
		return false
	}
	kept := ""
	if is := s.categories.paths[old.Category].folded(); is == path.folded() || !r.has("subcategory") && is.top == folded(path.top) {
		kept = old.Category
	}
	i.value.Category, i.value.Position = s.categories.find(path, kept, r)
	return true
}

func (s *sfia) readAttributes(ctx context.Context, t *table) {
	fields := append([]string{"name"}, carried(t, "type", "description")...)
	levels := s.levelsOf(t)
	if len(levels) > 0 {
		fields = append(fields, "levels")
	}
	s.content.carries[framework.KindAttribute] = fields
	named := map[string]string{}
	for a := range snapshot(s.old, (*framework.Snapshot).Attributes) {
		if _, twice := named[folded(a.Name)]; !twice && a.Status == framework.StatusActive {
			named[folded(a.Name)] = a.Code
		}
	}
	for r := range s.rows(ctx, t) {
		i := &item[framework.Attribute]{origin: r.origin(), value: framework.Attribute{
			Code: framework.Normalise(r.get("code")), Name: oneLine(r.get("attribute")), Type: r.get("type"),
			Description: r.get("description"), Position: len(s.content.attributes) + 1, Status: framework.StatusActive,
		}}
		if i.value.Name == "" {
			s.lose(r.src, r.at, r.place("attribute"), "an attribute must have a name")
			continue
		}
		if i.value.Code == "" {
			i.value.Code = cmp.Or(named[folded(i.value.Name)], spelled(i.value.Name))
			i.mark("code", r.place("attribute"))
		}
		i.mark("name", r.place("attribute"))
		for _, field := range []string{"code", "type", "description"} {
			i.mark(field, r.place(field))
		}
		if before := s.attributes[i.value.Code]; before != nil {
			s.lose(r.src, r.at, i.place("code"), "attribute %s is given twice; first on line %d", i.value.Code, before.src.line(before.at))
			continue
		}
		var old []framework.LevelText
		if a := current[framework.Attribute](s.old, framework.KindAttribute, i.value.Code); a != nil {
			old = a.Levels
		}
		i.value.Levels, i.parts = s.texts(r, levels, old)
		s.attributes[i.value.Code] = &i.origin
		s.content.attributes = append(s.content.attributes, i)
	}
}

// readLevels reads the table that has levels for columns. An empty name leaves that of
// a level as it is.
func (s *sfia) readLevels(ctx context.Context, t *table) {
	levels := s.levelsOf(t)
	for r := range s.rows(ctx, t) {
		var of func(*framework.Level) *string
		field := ""
		switch folded(r.get("row")) {
		case "guiding phrase":
			field, of = "name", func(l *framework.Level) *string { return &l.Name }
		case "essence", "essence of the level":
			field, of = "essence", func(l *framework.Level) *string { return &l.Essence }
		case "url":
			field, of = "url", func(l *framework.Level) *string { return &l.URL }
		default:
			s.remark(r.src, r.at, "not read: the row %q", oneLine(r.get("row")))
			continue
		}
		for _, n := range levels {
			column := levelField(n)
			text := framework.Normalise(r.get(column))
			if s.levels[n] == nil && text == "" && s.oldLevel(n) == nil {
				continue
			}
			l := s.level(n, t.src, t.header(column))
			l.mark(field, r.place(column))
			if text != "" || field != "name" {
				*of(&l.value) = text
			}
		}
	}
}

// ladder gives the content the levels. Where no table of levels says so, none that
// the framework has is missing.
func (s *sfia) ladder(all bool) {
	s.content.carries[framework.KindLevel] = []string{"name", "essence", "url"}
	if !all {
		for l := range snapshot(s.old, (*framework.Snapshot).Levels) {
			s.level(l.Ordinal, s.content.framework.src, 0)
		}
	}
	for n := range maxLevels + 1 {
		if l := s.levels[n]; l != nil {
			l.value.Name = cmp.Or(l.value.Name, "Level "+strconv.Itoa(n))
			s.content.levels = append(s.content.levels, l)
		}
	}
}

// spelled is a code made of a name: its slug, or for a name in another script than the
// Latin the name itself.
func spelled(name string) string {
	return cmp.Or(slug(name), strings.ReplaceAll(folded(name), " ", "-"))
}

// A sfiaPlace names a category: the one at the top, and the path from there.
type sfiaPlace struct{ top, rest string }

func (p sfiaPlace) folded() sfiaPlace { return sfiaPlace{folded(p.top), folded(p.rest)} }

// sfiaCategories finds categories by their places, and makes those that are not there.
type sfiaCategories struct {
	in *input
	// paths are the places of the categories there are, and called the codes by place.
	paths  map[string]sfiaPlace
	called map[sfiaPlace]string
	// taken are the codes in use, and made those of items.
	taken map[string]bool
	made  map[string]*item[framework.Category]
	items []*item[framework.Category]
	// children and skills count what each category holds in the files.
	children, skills map[string]int
}

func newSFIACategories(in *input) *sfiaCategories {
	c := &sfiaCategories{
		in: in, paths: map[string]sfiaPlace{}, called: map[sfiaPlace]string{}, taken: map[string]bool{}, made: map[string]*item[framework.Category]{},
		children: map[string]int{}, skills: map[string]int{},
	}
	if in.old == nil {
		return c
	}
	order := treeOrder(in.old.Categories(), categoryNode)
	for _, status := range []framework.Status{framework.StatusActive, framework.StatusRetired} {
		for _, k := range order {
			c.taken[k.Code] = true
			if c.paths[k.Code] = sfiaPlaceOf(in.old, k); k.Status != status {
				continue
			}
			if path := c.paths[k.Code].folded(); c.called[path] == "" {
				c.called[path] = k.Code
			}
		}
	}
	return c
}

// find returns the code of a category, the one that is to be kept if there is one, and
// the position for another skill in it.
func (c *sfiaCategories) find(path sfiaPlace, kept string, r record) (code string, position int) {
	code = kept
	if code == "" && path.top != "" {
		code = c.called[path.folded()]
	}
	switch {
	case code != "":
		c.keep(code, kept == "", r)
	case path.top != "":
		parent := ""
		if path.rest != "" {
			parent, _ = c.find(sfiaPlace{top: path.top}, "", r)
			c.skills[parent]--
		}
		code = c.make(cmp.Or(path.rest, path.top), parent, r)
		c.called[path.folded()] = code
	}
	c.skills[code]++
	return code, c.skills[code]
}

// keep takes a category that is there, and those above it, into the content. What is
// named comes back when it is retired; what a retired skill is in stays as it is.
func (c *sfiaCategories) keep(code string, named bool, r record) {
	if c.made[code] == nil {
		old := current[framework.Category](c.in.old, framework.KindCategory, code)
		if old.Parent != "" {
			c.keep(old.Parent, false, r)
		}
		c.add(old, r)
	}
	if k := &c.made[code].value; named && k.Status == framework.StatusRetired {
		k.Status, k.Successors = framework.StatusActive, nil
		if k.Parent != "" {
			c.keep(k.Parent, true, r)
		}
	}
}

func (c *sfiaCategories) make(name, parent string, r record) string {
	code := spelled(name)
	for n, base := 1, code; c.taken[code]; n++ {
		switch {
		case n == 1 && parent != "":
			base = parent + "-" + code
			code = base
		default:
			code = base + "-" + strconv.Itoa(n+1)
		}
	}
	c.taken[code] = true
	c.add(&framework.Category{Code: code, Name: name, Parent: parent, Status: framework.StatusActive}, r)
	return code
}

func (c *sfiaCategories) add(k *framework.Category, r record) {
	c.children[k.Parent]++
	i := &item[framework.Category]{origin: r.origin(), value: *k}
	i.value.Position = c.children[k.Parent]
	column := "category"
	if k.Parent != "" && r.has("subcategory") {
		column = "subcategory"
	}
	i.mark("name", r.place(column))
	i.mark("code", r.place(column))
	c.made[k.Code] = i
	c.items = append(c.items, i)
}

// sfiaPlaceOf is the place by which a category is named.
func sfiaPlaceOf(s *framework.Snapshot, c *framework.Category) sfiaPlace {
	var names []string
	for at := c; at != nil; at = current[framework.Category](s, framework.KindCategory, at.Parent) {
		names = append(names, at.Name)
	}
	slices.Reverse(names)
	return sfiaPlace{names[0], strings.Join(names[1:], sfiaPath)}
}

// A sfiaRow is a skill that is written, with what its category is called.
type sfiaRow struct {
	*framework.Skill
	place sfiaPlace
	// order is that of the place, and of the category among those called so.
	order [3]int
}

// sfiaRows lists the active skills by category in the order of the tree, position and
// code, those without a category last. Categories called alike are one to the reader:
// they are written together and spelled as the first of them.
func sfiaRows(s *framework.Snapshot) []sfiaRow {
	type called struct {
		place sfiaPlace
		order [3]int
	}
	tops, places := map[string]called{}, map[sfiaPlace]called{}
	of := map[string]called{}
	used := map[string]bool{}
	for k := range s.Skills() {
		used[k.Category] = used[k.Category] || k.Status == framework.StatusActive
	}
	for n, c := range treeOrder(s.Categories(), categoryNode) {
		if !used[c.Code] {
			continue
		}
		place := sfiaPlaceOf(s, c)
		key := place.folded()
		top, known := tops[key.top]
		if !known {
			top = called{place, [3]int{n, 0, 0}}
			tops[key.top] = top
		}
		first, known := places[key]
		if !known {
			first = called{sfiaPlace{top.place.top, place.rest}, [3]int{top.order[0], n, 0}}
			if place.rest == "" {
				first.order[1] = -1 // before what is below it
			}
			places[key] = first
		}
		first.order[2] = n
		of[c.Code] = first
	}
	var rows []sfiaRow
	for k := range s.Skills() {
		if k.Status != framework.StatusActive {
			continue
		}
		at, placed := of[k.Category]
		if !placed {
			at.order[0] = math.MaxInt
		}
		rows = append(rows, sfiaRow{k, at.place, at.order})
	}
	slices.SortFunc(rows, func(a, b sfiaRow) int {
		return cmp.Or(slices.Compare(a.order[:], b.order[:]), cmp.Compare(a.Position, b.Position), cmp.Compare(a.Code, b.Code))
	})
	return rows
}

// sfiaWidth is the number of columns of levels that it takes to write texts.
func sfiaWidth[T any](list []T, texts func(T) []framework.LevelText) int {
	width := sfiaLevels
	for _, e := range list {
		for _, l := range texts(e) {
			if l.Description != "" {
				width = max(width, l.Level)
			}
		}
	}
	return width
}

func sfiaSkillRows(s *framework.Snapshot) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		skills := sfiaRows(s)
		width := sfiaWidth(skills, func(r sfiaRow) []framework.LevelText { return r.Levels })
		row := []any{"#", "Levels"}
		for range width - 1 {
			row = append(row, "")
		}
		row = append(row, "Code", "URL", "Skill", "Category", "Subcategory", "Overall description", "Guidance notes")
		for n := range width {
			row = append(row, levelHeader(n+1))
		}
		if !yield(row) {
			return
		}
		for n, k := range skills {
			texts := levelCells(k.Levels, width)
			row = append(row[:0], n+1)
			for i, text := range texts {
				if text == "" {
					row = append(row, "")
				} else {
					row = append(row, i+1)
				}
			}
			row = append(row, k.Code, k.URL, k.Name, k.place.top, k.place.rest, k.Description, k.Guidance)
			if !yield(append(row, texts...)) {
				return
			}
		}
	}
}

func levelHeader(n int) string { return "Level " + strconv.Itoa(n) + " description" }

// levelCells are texts in columns by level.
func levelCells(texts []framework.LevelText, width int) []any {
	cells := make([]any, width)
	for i := range cells {
		cells[i] = ""
	}
	for _, l := range texts {
		if l.Description != "" { // else there may be no such column
			cells[l.Level-1] = l.Description
		}
	}
	return cells
}

// writeSFIA writes the skills as CSV, with what the licence asks to be said.
func writeSFIA(out io.Writer, s *framework.Snapshot) error {
	rows := func(yield func([]string) bool) {
		for row := range sfiaSkillRows(s) {
			cells := make([]string, len(row))
			for i, c := range row {
				switch c := c.(type) {
				case int:
					cells[i] = strconv.Itoa(c)
				case string:
					cells[i] = c
				}
			}
			if !yield(cells) {
				return
			}
		}
	}
	f := s.Framework()
	used := slices.ContainsFunc(slices.Collect(s.Skills()), func(k *framework.Skill) bool { return k.Status == framework.StatusActive })
	if !used || f.Licence == "" && f.Attribution == "" { // without a skill there is no row to say it in
		return writeCSV(out, rows)
	}
	return writeCSV(out, beside(rows, []string{sfiaFramework, "Licence", "Attribution"}, []string{f.Code, f.Licence, f.Attribution}))
}

// writeSFIAWorkbook writes all of the layout.
func writeSFIAWorkbook(out io.Writer, s *framework.Snapshot) error {
	sheets := []sheet{{"Skills", sfiaSkillRows(s), true}, {"Attributes", sfiaAttributeRows(s), true}}
	if levels := slices.Collect(s.Levels()); len(levels) > 0 {
		sheets = append(sheets, sheet{"Levels of responsibility", sfiaLevelRows(levels), true})
	}
	f := *s.Framework()
	about := func(yield func([]any) bool) {
		for _, row := range sfiaAbout(&f) {
			if !yield([]any{row.key, *row.value.(*string)}) {
				return
			}
		}
	}
	return writeWorkbook(out, append(sheets, sheet{"About", about, false})...)
}

func sfiaAttributeRows(s *framework.Snapshot) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		var attributes []*framework.Attribute
		for a := range s.Attributes() {
			if a.Status == framework.StatusActive {
				attributes = append(attributes, a)
			}
		}
		slices.SortFunc(attributes, func(a, b *framework.Attribute) int {
			return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Code, b.Code))
		})
		width := sfiaWidth(attributes, func(a *framework.Attribute) []framework.LevelText { return a.Levels })
		row := []any{"Attribute name", "Code", "Type", "Overall description"}
		for n := range width {
			row = append(row, levelHeader(n+1))
		}
		if !yield(row) {
			return
		}
		for _, a := range attributes {
			row = append(row[:0], a.Name, a.Code, a.Type, a.Description)
			if !yield(append(row, levelCells(a.Levels, width)...)) {
				return
			}
		}
	}
}

func sfiaLevelRows(levels []*framework.Level) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		head, name, essence, url := []any{"Level"}, []any{"Guiding phrase"}, []any{"Essence"}, []any{"URL"}
		for _, l := range levels {
			head, name = append(head, l.Key()), append(name, l.Name)
			essence, url = append(essence, l.Essence), append(url, l.URL)
		}
		for _, row := range [][]any{head, name, essence, url} {
			if !yield(row) {
				return
			}
		}
	}
}
