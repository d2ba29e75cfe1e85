package exchange

import (
	"cmp"
	"context"
	"html"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"skillatlas/internal/framework"
)

// The classification of European skills, competences and occupations as its CSV
// downloads have it (ESCO 1.1.1): the two archives, or the files in them. Files are
// known by their headers; the collections, the hierarchy and the concept schemes are
// passed over.
//
//   - The URI of a concept is its code.
//   - Skill groups are categories, ISCO groups are role groups. Of several broader
//     groups of one, that whose URI sorts first is its parent.
//   - A skill is placed in its broader skill group: of several in the one nearest to
//     the top of the tree, so that languages are with the languages rather than the
//     core skills; of several of these in that whose URI sorts first. A skill without
//     a broader group is placed where the nearest of its broader skills are placed;
//     where these differ the same rule decides. So the order of rows has no say.
//   - Broader groups that are not chosen are told in remarks: no relation leads to a
//     category.
//   - A broader skill is a BROADER relation.
//   - A row of skillSkillRelations.csv reads like one of occupationSkillRelations.csv:
//     the original skill has the related one as an essential or optional skill, which
//     the labels bear out. So the related skill is ESSENTIAL_FOR or OPTIONAL_FOR the
//     original one.
//   - Occupations are roles in the ISCO group whose code their column iscoGroup has, a
//     text with leading zeros. What they need is required at no level.
//   - Alternative labels of skills are synonyms, except one that repeats the name.
//   - A definition follows the description as a paragraph of its own. The scope note of
//     a skill is its guidance; that of a group or an occupation, which have none,
//     follows too.
//   - Links in scope notes, HTML with a span in them, become links of Markdown.
//   - A relation with a concept that is not in the files, or of a concept with itself,
//     is left out with a remark. One remark tells of the broader occupations.
//
// The type and reuse level of skills, the collections they are in, hidden labels,
// alternative labels of groups and occupations, their codes, broader occupations,
// status, dates and regulation have no place here.

// escoFramework is what the published classification is; the files do not say it.
var escoFramework = framework.Framework{
	Name:        "European Skills, Competences, Qualifications and Occupations (ESCO)",
	Publisher:   "European Commission",
	URL:         "https://esco.ec.europa.eu/",
	Licence:     "Reuse authorised with acknowledgement of the source (Commission Decision 2011/833/EU)",
	Attribution: "This service uses the ESCO classification of the European Commission. © European Union",
	Locale:      "en",
}

var escoCarries = map[framework.Kind][]string{
	framework.KindFramework: {},
	framework.KindCategory:  {"name", "description", "parent", "status"},
	framework.KindSkill:     {"name", "description", "guidance", "synonyms", "category", "status"},
	framework.KindRelation:  {},
	framework.KindRoleGroup: {"name", "description", "parent", "status"},
	framework.KindRole:      {"name", "description", "group", "status", "requirements", "importance"},
}

const (
	escoURI         = "conceptUri"
	escoType        = "conceptType"
	escoLabel       = "preferredLabel"
	escoAltLabels   = "altLabels"
	escoDescription = "description"
	escoDefinition  = "definition"
	escoScopeNote   = "scopeNote"
	escoCode        = "code"
	escoISCO        = "iscoGroup"
	escoBroaderType = "broaderType"
	escoBroaderURI  = "broaderUri"
	escoRelation    = "relationType"
	escoOccupation  = "occupationUri"
	escoSkill       = "skillUri"
	escoOriginal    = "originalSkillUri"
	escoRelated     = "relatedSkillUri"
)

// Types of concepts.
const (
	typeSkill      = "KnowledgeSkillCompetence"
	typeSkillGroup = "SkillGroup"
	typeOccupation = "Occupation"
	typeISCOGroup  = "ISCOGroup"
)

// escoNames are the types for people.
var escoNames = map[string]string{
	typeSkill: "skill", typeSkillGroup: "skill group", typeOccupation: "occupation", typeISCOGroup: "ISCO group",
}

// Types of concepts of which the second can be broader than the first.
var (
	skillInGroup              = [2]string{typeSkill, typeSkillGroup}
	skillBelowSkill           = [2]string{typeSkill, typeSkill}
	groupBelowGroup           = [2]string{typeSkillGroup, typeSkillGroup}
	occupationInGroup         = [2]string{typeOccupation, typeISCOGroup}
	occupationBelowOccupation = [2]string{typeOccupation, typeOccupation}
	iscoBelowISCO             = [2]string{typeISCOGroup, typeISCOGroup}
)

var (
	escoRequirements = layout{
		name: "occupationSkillRelations.csv", columns: needed(escoOccupation, escoRelation, escoSkill), unread: []string{"skillType"},
	}
	escoRelations = layout{
		name: "skillSkillRelations.csv", columns: needed(escoOriginal, escoRelation, escoRelated),
		unread: []string{"originalSkillType", "relatedSkillType"},
	}
	// Both files of broader relations look alike; their rows tell them apart.
	escoBroader = layout{
		name:    "broaderRelationsSkillPillar.csv or broaderRelationsOccPillar.csv",
		columns: needed(escoBroaderURI, escoType, escoURI, escoBroaderType),
	}
	escoOccupations = layout{
		name:    "occupations_en.csv",
		columns: needed(escoISCO, escoType, escoURI, escoLabel, escoDescription, escoDefinition, escoScopeNote),
		unread:  []string{escoAltLabels, "hiddenLabels", "status", "modifiedDate", "regulatedProfessionNote", "inScheme", escoCode},
	}
	escoSkills = layout{
		name: "skills_en.csv",
		columns: needed("reuseLevel", escoType, escoURI, escoLabel, escoAltLabels, escoDescription, escoDefinition,
			escoScopeNote),
		unread: []string{"skillType", "hiddenLabels", "status", "modifiedDate", "inScheme"},
	}
	escoSkillGroups = layout{
		name: "skillGroups_en.csv", columns: needed(escoScopeNote, escoType, escoURI, escoLabel, escoDescription),
		unread: []string{escoAltLabels, "hiddenLabels", "status", "modifiedDate", "inScheme", escoCode},
	}
	escoISCOGroups = layout{
		name: "ISCOGroups_en.csv", columns: needed("inScheme", escoType, escoURI, escoLabel, escoDescription, escoCode),
		unread: []string{"status", escoAltLabels},
	}
	// A layout must come after those that have its first column too.
	escoLayouts = []layout{
		escoRequirements, escoRelations, escoBroader, escoOccupations, escoSkills, escoSkillGroups, escoISCOGroups,
	}
	// escoPassedOver are headers of the files that repeat what others say.
	escoPassedOver = []string{"broaderConceptUri", "Level 0 URI", "conceptSchemeUri"}
)

// readESCO reads the files of both archives.
func readESCO(ctx context.Context, in *input) *content {
	e := &esco{
		input: in,
		content: &content{
			carries:       escoCarries,
			relationTypes: []framework.RelationType{framework.Broader, framework.EssentialFor, framework.OptionalFor},
		},
		tables:     map[string][]*table{},
		seen:       map[string]saying{},
		faulty:     map[string]bool{},
		skills:     map[string]*escoPlaced{},
		groups:     map[string]*escoGroup{},
		iscoGroups: map[string]*escoISCOGroup{},
		byCode:     map[string]*escoISCOGroup{},
		roles:      map[string]*escoRole{},
		stated:     map[[2]string]saying{},
	}
	e.open()
	if len(in.faults) > 0 {
		return nil
	}
	e.content.framework = &item[framework.Framework]{origin: origin{src: e.tables[escoSkills.name][0].src}, value: escoFramework}
	// Concepts come before what refers to them.
	for _, stage := range []struct {
		layout layout
		read   func(record)
	}{
		{escoSkillGroups, e.skillGroup}, {escoSkills, e.skill}, {escoISCOGroups, e.iscoGroup}, {escoOccupations, e.occupation},
		{escoBroader, e.broader}, {escoRelations, e.relation}, {escoRequirements, e.requirement},
	} {
		for _, t := range e.tables[stage.layout.name] {
			for r := range in.rows(ctx, t) {
				stage.read(r)
			}
			if ctx.Err() != nil {
				return nil
			}
		}
	}
	for n, name := range []string{"broaderRelationsSkillPillar.csv", "broaderRelationsOccPillar.csv"} {
		if e.pillars[n] {
			continue
		}
		if len(in.faults) == 0 {
			in.add(Fault{File: in.first, Message: name + " is missing, or has no rows" + escoTogether})
		}
		return nil
	}
	e.parents()
	e.place()
	if e.broaderOccupation.src != nil {
		in.remark(e.broaderOccupation.src, e.broaderOccupation.at,
			"the broader occupation is left out, here and in the rows like this one, %d in all: roles have none", e.broaderOccupations)
	}
	return e.content
}

const escoTogether = ": the files of both archives, classification and relations, are imported together"

// esco is the content in the making; its maps are by URI.
type esco struct {
	*input
	content *content
	tables  map[string][]*table
	// seen is the type of each concept and where it is, and faulty what rows that are
	// left out describe.
	seen   map[string]saying
	faulty map[string]bool

	skills     map[string]*escoPlaced
	groups     map[string]*escoGroup
	iscoGroups map[string]*escoISCOGroup
	byCode     map[string]*escoISCOGroup
	roles      map[string]*escoRole
	// In the order of their rows: the skills and groups.
	skillsInOrder []*escoPlaced
	groupsInOrder []*escoGroup

	stated  map[[2]string]saying // broader relations, by both ends
	pillars [2]bool              // that there are relations of: skills and occupations
	// broaderOccupation is the first of the broader relations of occupations, and
	// broaderOccupations how many there are.
	broaderOccupation  saying
	broaderOccupations int
}

type escoPlaced struct {
	*item[framework.Skill]
	broader  []escoLink // its groups
	narrower []*escoPlaced
	category *escoGroup
	steps    int // over broader skills to the category
}

type escoGroup struct {
	*item[framework.Category]
	broader  []escoLink
	narrower []*escoGroup
	depth    int // below the top of the tree, which is 0
}

// An escoLink leads to a skill group that is broader, and says where that stands.
type escoLink struct {
	group *escoGroup
	src   *source
	at    int
}

type escoISCOGroup struct {
	*item[framework.RoleGroup]
	parent saying // that it has so far, by its code
}

type escoRole struct {
	*item[framework.Role]
	// required tells where in the requirements a skill is.
	required map[string]int
}

// open opens the tables, and reports what is missing, given twice or none of them.
func (e *esco) open() {
	for _, src := range e.files {
		if !isArchive(src.content) {
			if t := e.openCSV(src); t != nil && !headed(t, escoPassedOver...) {
				e.take(t)
			}
			continue
		}
		for _, f := range e.archive(src, &e.archives) {
			name := path.Base(f.Name)
			switch ext := strings.ToLower(path.Ext(name)); {
			case ext == ".zip":
				e.in(src, 0, "%s is an archive in an archive; unpack the outer one and give what is in it", name)
			case ext == ".csv" && !strings.HasPrefix(name, "."):
				t := e.openEntry(src, f)
				switch {
				case t == nil:
				case !headed(t, escoPassedOver...) && headed(t, firstColumns(escoLayouts)...):
					e.take(t)
				default:
					e.total -= t.src.size // it will not be read
				}
			}
		}
	}
	for _, l := range escoLayouts {
		if len(e.faults) == 0 && e.tables[l.name] == nil {
			e.add(Fault{File: e.first, Message: l.name + " is missing" + escoTogether})
		}
	}
}

func firstColumns(layouts []layout) []string {
	var fields []string
	for _, l := range layouts {
		fields = append(fields, l.columns[0].field)
	}
	return fields
}

// headed tells whether a table has one of some headers.
func headed(t *table, headers ...string) bool {
	return slices.ContainsFunc(headers, func(h string) bool { return slices.Contains(t.folded, folded(h)) })
}

func (e *esco) take(t *table) {
	l, ok := e.bind(t, escoLayouts...)
	if !ok {
		return
	}
	before := e.tables[l.name]
	if most := map[string]int{escoBroader.name: 2}[l.name]; len(before) >= max(most, 1) {
		e.in(t.src, t.places[0], "this is %s like %s; give each file once", l.name, before[len(before)-1].src.name)
		return
	}
	e.tables[l.name] = append(before, t)
}

// concept is the URI of a concept that a row describes, unless the row is faulty.
func (e *esco) concept(r record, typ string) (string, bool) {
	// The rest of the row need not stay in memory for the URI's sake.
	uri := strings.Clone(framework.Normalise(r.get(escoURI)))
	before, twice := e.seen[uri]
	got := framework.Normalise(r.get(escoType))
	switch {
	case uri == "":
		e.lose(r.src, r.at, r.place(escoURI), "%s is required", escoURI)
	case twice:
		e.lose(r.src, r.at, r.place(escoURI), "%s is given twice; first on line %d of %s", uri, before.src.line(before.at), before.src.name)
	case got != typ:
		e.lose(r.src, r.at, r.place(escoType), "%q is not a type of concept that belongs here; it should be %s", got, typ)
		e.faulty[uri] = true
	default:
		e.seen[uri] = saying{typ, r.src, r.at}
		return uri, true
	}
	return "", false
}

// described is the origin of a concept, with the places of the fields that all have.
func described(r record) origin {
	o := r.origin()
	o.mark("code", r.place(escoURI))
	o.mark("name", r.place(escoLabel))
	o.mark("description", r.place(escoDescription))
	return o
}

// paragraphs puts texts one below the other.
func paragraphs(texts ...string) string {
	var list []string
	for _, t := range texts {
		if t = framework.Normalise(t); t != "" {
			list = append(list, t)
		}
	}
	return strings.Join(list, "\n\n")
}

func (e *esco) skillGroup(r record) {
	uri, ok := e.concept(r, typeSkillGroup)
	if !ok {
		return
	}
	g := &escoGroup{depth: unreached, item: &item[framework.Category]{origin: described(r), value: framework.Category{
		Code: uri, Name: r.get(escoLabel), Description: paragraphs(r.get(escoDescription), markdownLinks(r.get(escoScopeNote))),
		Status: framework.StatusActive,
	}}}
	e.groups[uri] = g
	e.groupsInOrder = append(e.groupsInOrder, g)
	e.content.categories = append(e.content.categories, g.item)
}

func (e *esco) skill(r record) {
	uri, ok := e.concept(r, typeSkill)
	if !ok {
		return
	}
	s := &escoPlaced{item: &item[framework.Skill]{origin: described(r), value: framework.Skill{
		Code: uri, Name: oneLine(r.get(escoLabel)), Description: paragraphs(r.get(escoDescription), r.get(escoDefinition)),
		Guidance: markdownLinks(r.get(escoScopeNote)), Status: framework.StatusActive,
	}}}
	s.value.Synonyms = slices.DeleteFunc(labels(r.get(escoAltLabels)), func(l string) bool { return l == s.value.Name })
	s.mark("guidance", r.place(escoScopeNote))
	s.mark("synonyms", r.place(escoAltLabels))
	e.skills[uri] = s
	e.skillsInOrder = append(e.skillsInOrder, s)
	e.content.skills = append(e.content.skills, s.item)
}

// labels takes a list of labels apart, which stand on lines or between bars.
func labels(list string) []string {
	return synonyms(strings.Split(strings.ReplaceAll(framework.Normalise(list), " | ", "\n"), "\n"))
}

func (e *esco) iscoGroup(r record) {
	uri, ok := e.concept(r, typeISCOGroup)
	if !ok {
		return
	}
	g := &escoISCOGroup{item: &item[framework.RoleGroup]{origin: described(r), value: framework.RoleGroup{
		Code: uri, Name: r.get(escoLabel), Description: framework.Normalise(r.get(escoDescription)), Status: framework.StatusActive,
	}}}
	code := strings.Clone(framework.Normalise(r.get(escoCode)))
	if before := e.byCode[code]; before != nil {
		e.at(&g.origin, "code", "ISCO code %s is given twice; first on line %d", code, r.src.line(before.at))
	} else {
		e.byCode[code] = g
	}
	e.iscoGroups[uri] = g
	e.content.roleGroups = append(e.content.roleGroups, g.item)
}

func (e *esco) occupation(r record) {
	uri, ok := e.concept(r, typeOccupation)
	if !ok {
		return
	}
	role := &escoRole{required: map[string]int{}, item: &item[framework.Role]{origin: described(r), value: framework.Role{
		Code: uri, Name: r.get(escoLabel), Status: framework.StatusActive,
		Description: paragraphs(r.get(escoDescription), r.get(escoDefinition), markdownLinks(r.get(escoScopeNote))),
	}}}
	role.mark("group", r.place(escoISCO))
	code := framework.Normalise(r.get(escoISCO))
	if g := e.byCode[code]; g != nil {
		role.value.Group = g.value.Code
	} else {
		e.remark(r.src, r.place(escoISCO), "there is no ISCO group with the code %q; the occupation is in none", code)
	}
	e.roles[uri] = role
	e.content.roles = append(e.content.roles, role.item)
}

// An end is one of the two concepts of a relation: its column and its type.
type end struct{ field, typ string }

// between is the URIs of both ends of a relation, unless it cannot be made.
func (e *esco) between(r record, from, to end) (uris [2]string, ok bool) {
	for n, end := range []end{from, to} {
		uri := framework.Normalise(r.get(end.field))
		uris[n] = uri
		switch {
		case uri == "":
			e.lose(r.src, r.at, r.place(end.field), "%s is required", end.field)
		case e.faulty[uri]:
			e.drop(r.src, r.at)
		case e.seen[uri].text != end.typ:
			e.remark(r.src, r.place(end.field), "there is no %s %s in the files; the row is left out", escoNames[end.typ], uri)
		default:
			continue
		}
		return uris, false
	}
	if uris[0] == uris[1] {
		e.remark(r.src, r.at, "%s is related to itself; the row is left out", uris[0])
		return uris, false
	}
	return uris, true
}

func (e *esco) broader(r record) {
	types := [2]string{framework.Normalise(r.get(escoType)), framework.Normalise(r.get(escoBroaderType))}
	switch types {
	case skillInGroup, skillBelowSkill, groupBelowGroup:
		e.pillars[0] = true
	case occupationInGroup, occupationBelowOccupation, iscoBelowISCO:
		e.pillars[1] = true
	default:
		e.lose(r.src, r.at, r.place(escoType), "%q is not a type of concept that has a broader one of type %q", types[0], types[1])
		return
	}
	uris, ok := e.between(r, end{escoURI, types[0]}, end{escoBroaderURI, types[1]})
	if !ok {
		return
	}
	from, to := uris[0], uris[1]
	if before, twice := e.stated[uris]; twice {
		e.lose(r.src, r.at, r.at, "that %s is broader than %s is stated twice; first on line %d of %s",
			to, from, before.src.line(before.at), before.src.name)
		return
	}
	e.stated[uris] = saying{src: r.src, at: r.at}
	switch types {
	case skillInGroup:
		s := e.skills[from]
		s.broader = append(s.broader, escoLink{e.groups[to], r.src, r.at})
	case groupBelowGroup:
		g := e.groups[from]
		g.broader = append(g.broader, escoLink{e.groups[to], r.src, r.at})
	case skillBelowSkill:
		narrow, wide := e.skills[from], e.skills[to]
		wide.narrower = append(wide.narrower, narrow)
		e.relate(r, framework.Relation{From: narrow.value.Code, Type: framework.Broader, To: wide.value.Code}, escoURI, escoBroaderURI)
	case iscoBelowISCO:
		e.iscoParent(e.iscoGroups[from], saying{e.iscoGroups[to].value.Code, r.src, r.at})
	case occupationInGroup:
		if e.roles[from].value.Group != to {
			e.remark(r.src, r.at, "the group of %s is that of its column %s; %s is left out", from, escoISCO, to)
		}
	case occupationBelowOccupation:
		if e.broaderOccupations++; e.broaderOccupation.src == nil {
			e.broaderOccupation = saying{src: r.src, at: r.at}
		}
	}
}

// iscoParent puts an ISCO group below another, unless it is below one that sorts
// before.
func (e *esco) iscoParent(g *escoISCOGroup, parent saying) {
	if g.parent.src != nil {
		other := parent
		if parent.text < g.parent.text {
			other = g.parent
		} else {
			parent = g.parent
		}
		e.remark(other.src, other.at, "%s has several broader groups; %s is left out", g.value.Code, other.text)
	}
	g.parent, g.value.Parent = parent, parent.text
}

func (e *esco) relate(r record, relation framework.Relation, from, to string) {
	i := &item[framework.Relation]{origin: r.origin(), value: relation}
	i.mark("from", r.place(from))
	i.mark("to", r.place(to))
	e.content.relations = append(e.content.relations, i)
}

// serves is the importance that a row gives, or "" with a fault.
func (e *esco) serves(r record) framework.Importance {
	switch typ := framework.Normalise(r.get(escoRelation)); typ {
	case "essential":
		return framework.Essential
	case "optional":
		return framework.Optional
	default:
		e.lose(r.src, r.at, r.place(escoRelation), "%q is not a type of relation; use essential or optional", typ)
		return ""
	}
}

func (e *esco) relation(r record) {
	importance := e.serves(r)
	if importance == "" {
		return
	}
	uris, ok := e.between(r, end{escoOriginal, typeSkill}, end{escoRelated, typeSkill})
	if !ok {
		return
	}
	original, related := e.skills[uris[0]].value.Code, e.skills[uris[1]].value.Code
	typ := framework.EssentialFor
	if importance == framework.Optional {
		typ = framework.OptionalFor
	}
	e.relate(r, framework.Relation{From: related, Type: typ, To: original}, escoRelated, escoOriginal)
}

func (e *esco) requirement(r record) {
	importance := e.serves(r)
	if importance == "" {
		return
	}
	uris, ok := e.between(r, end{escoOccupation, typeOccupation}, end{escoSkill, typeSkill})
	if !ok {
		return
	}
	role, code := e.roles[uris[0]], e.skills[uris[1]].value.Code
	if n, twice := role.required[code]; twice {
		e.lose(r.src, r.at, r.place(escoSkill), "%s requires %s twice; first on line %d", role.value.Code, code, r.src.line(role.parts[n].at))
		return
	}
	role.required[code] = len(role.parts)
	role.value.Requirements = append(role.value.Requirements, framework.Requirement{Skill: code, Importance: importance})
	role.parts = append(role.parts, &origin{src: r.src, at: r.place(escoSkill), row: r.at})
}

// unreached is the depth of groups that no way from the top leads to.
const unreached = 1 << 30

// parents gives skill groups their parents and depths.
func (e *esco) parents() {
	var layer []*escoGroup
	for _, g := range e.groupsInOrder {
		chosen := e.choose(g.broader, func(a, b *escoGroup) int { return strings.Compare(a.value.Code, b.value.Code) },
			"group "+g.value.Code+" is placed below %s; %s is left out")
		if chosen == nil {
			layer = append(layer, g)
			continue
		}
		g.value.Parent = chosen.value.Code
		chosen.narrower = append(chosen.narrower, g)
	}
	for depth := 0; len(layer) > 0; depth++ {
		var next []*escoGroup
		for _, g := range layer {
			g.depth = depth
			next = append(next, g.narrower...)
		}
		layer = next
	}
}

// choose picks the first of some groups, and tells of the others.
func (e *esco) choose(links []escoLink, compare func(a, b *escoGroup) int, message string) *escoGroup {
	if len(links) == 0 {
		return nil
	}
	chosen := slices.MinFunc(links, func(a, b escoLink) int { return compare(a.group, b.group) }).group
	for _, l := range links {
		if l.group != chosen {
			e.remark(l.src, l.at, message, chosen.value.Code, l.group.value.Code)
		}
	}
	return chosen
}

// byPlace orders the groups that a skill can be placed in.
func byPlace(a, b *escoGroup) int {
	return cmp.Or(cmp.Compare(a.depth, b.depth), strings.Compare(a.value.Code, b.value.Code))
}

// place puts skills into categories: those with groups first, then those one step
// below them, two steps, and so on.
func (e *esco) place() {
	var layer []*escoPlaced
	for _, s := range e.skillsInOrder {
		if s.category = e.choose(s.broader, byPlace, s.value.Code+" is placed in %s; its group %s is left out"); s.category != nil {
			layer = append(layer, s)
		}
	}
	for steps := 1; len(layer) > 0; steps++ {
		var next []*escoPlaced
		for _, s := range layer {
			for _, n := range s.narrower {
				switch {
				case n.category == nil:
					n.category, n.steps = s.category, steps
					next = append(next, n)
				case n.steps == steps && byPlace(s.category, n.category) < 0:
					n.category = s.category
				}
			}
		}
		layer = next
	}
	for _, s := range e.skillsInOrder {
		if s.category == nil {
			e.remark(s.src, s.at, "%s has no broader group, nor have the skills broader than it; it is placed nowhere", s.value.Code)
			continue
		}
		s.value.Category = s.category.value.Code
	}
}

var (
	anchor   = regexp.MustCompile(`(?is)<a\s[^<>]*>(.*?)</a\s*>`)
	href     = regexp.MustCompile(`(?is)^<a(?:\s[^<>]*)?\shref\s*=\s*["']([^"'<>]*)["']`)
	resource = regexp.MustCompile(`(?is)^<a(?:\s[^<>]*)?\sresource\s*=\s*["']([^"'<>]*)["']`)
	span     = regexp.MustCompile(`(?i)</?span\b[^<>]*>`)

	markdownText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`)
	markdownURL  = strings.NewReplacer(`(`, "%28", `)`, "%29", `<`, "%3C", `>`, "%3E")
)

// markdownLinks makes Markdown of the links in a text. Other markup stays as it is,
// for the domain to report.
func markdownLinks(text string) string {
	return framework.Normalise(anchor.ReplaceAllStringFunc(text, func(a string) string {
		words := oneLine(span.ReplaceAllString(anchor.FindStringSubmatch(a)[1], ""))
		for _, attribute := range []*regexp.Regexp{href, resource} {
			m := attribute.FindStringSubmatch(a)
			if m == nil {
				continue
			}
			if u, err := url.Parse(html.UnescapeString(m[1])); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
				return "[" + markdownText.Replace(words) + "](" + markdownURL.Replace(u.String()) + ")"
			}
		}
		return words
	}))
}
