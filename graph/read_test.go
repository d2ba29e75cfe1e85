package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"skillatlas/internal/framework"
)

// TestTheFirstQuery is the query the project promises to work on the demo.
func TestTheFirstQuery(t *testing.T) {
	const query = `{ framework { version { revision } skill(code: "ITMG") { name category { name } levels { code level { ordinal name } description } related { type skill { code name } } } skills(first: 5) { totalCount edges { cursor node { code } } pageInfo { hasNextPage endCursor } } roles(first: 3) { totalCount } } }`
	a := demo(t).ask(t, reader, query, nil)
	if len(a.Errors) > 0 || a.Status != 200 {
		t.Fatalf("%+v", a)
	}
	golden(t, "first_query", indented(t, a.Body))
}

func indented(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// past serves the demo framework with a past:
//
//	1  the demo framework
//	2  ITMG has another name and another level 5
//	3  the framework crafts, with a match to the demo framework
//	4  retired things, and things that took their place
//	5  a level, an attribute and a role group come and go
//	6  the framework old
//	7  old is archived
func past(t testing.TB, change ...func(*Options)) *server {
	t.Helper()
	s := demo(t, change...)
	some := func(text string) framework.Opt[string] { return framework.Some(text) }
	s.edit(t, "meridian",
		framework.UpdateSkill{Code: "ITMG", Name: some("Managing services")},
		framework.DefineSkillLevel{Skill: "ITMG", Level: 5, Description: "Anew."},
	)
	s.edit(t, "crafts",
		framework.CreateFramework{Code: "crafts", Name: "Crafts", Publisher: "Guild", URL: "https://example.org", Licence: "CC0-1.0",
			Locale: "en-GB", SkillCodePattern: "[A-Z]{3,6}", SkillCodeHint: "Capital letters."},
		framework.DefineLevel{Ordinal: 1, Name: some("Apprentice"), URL: some("https://example.org/1")},
		framework.DefineLevel{Ordinal: 2, Name: some("Master")},
		framework.CreateSkill{Code: "WELD", Name: "Welding", Guidance: "Mind your eyes.", Synonyms: []string{"Joining"}, URL: "https://example.org/w",
			Levels: []framework.LevelText{{Level: 1, Description: "Welds."}}},
		framework.CreateSkill{Code: "FORGE", Name: "Forging"},
		framework.CreateSkill{Code: "SMITH", Name: "Smithing"},
		framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "ITMG", Note: "Hardly."},
		framework.CreateRole{Code: "fitter", Name: "Fitter", RoleKind: "Craft", Requirements: []framework.Requirement{
			{Skill: "WELD", Level: 2, Importance: framework.Optional, Weight: 0.5}, {Skill: "FORGE", Importance: framework.Essential}}},
		framework.CreateRole{Code: "smith", Name: "Smith"},
	)
	s.edit(t, "crafts",
		framework.CreateCategory{Code: "old", Name: "Old"},
		framework.CreateCategory{Code: "new", Name: "New"},
		framework.MergeCategories{Codes: []string{"old"}, Into: "new"},
		framework.MergeSkills{Codes: []string{"FORGE"}, Into: "SMITH"},
		framework.MergeRoles{Codes: []string{"smith"}, Into: "fitter"},
	)
	s.edit(t, "crafts",
		framework.CreateAttribute{Code: "AUTO", Name: "Autonomy", Type: "Generic", Description: "Freedom.", Position: 1},
		framework.DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "None."},
		framework.CreateRoleGroup{Code: "guild", Name: "Guild", Description: "All of them."},
		framework.CreateRoleGroup{Code: "hall", Name: "Hall", Parent: "guild"},
		framework.MoveRole{Code: "fitter", Group: some("hall"), Seniority: framework.Some(1)},
	)
	s.edit(t, "old", framework.CreateFramework{Code: "old", Name: "Old"})
	s.edit(t, "old", framework.ArchiveFramework{})
	return s
}

// reads are queries with their answers in golden files. Together they select
// every field there is.
var reads = []struct{ name, query string }{
	{"framework", `{framework(code:"crafts"){
		id code name description publisher url licence attribution locale skillCodePattern skillCodeHint archived
		version{revision contentRevision time pinned}
		levels{id ordinal name essence url framework{code} attributes{attribute{code} level{ordinal} description} history{totalCount}}
		level(ordinal:2){name} none:level(ordinal:3){name}
		attributes{id code name type description position status framework{code} levels{level{ordinal} description} history{totalCount}}
		attribute(code:"AUTO"){name}
		revisions(last:2){totalCount pageInfo{hasPreviousPage hasNextPage startCursor endCursor} nodes{seq} edges{cursor node{seq}}}}}`},
	{"frameworks", `{
		all:frameworks(archived:true){totalCount nodes{code archived} edges{cursor node{code}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
		frameworks{nodes{code}} first:frameworks(first:1){nodes{code} pageInfo{hasNextPage}} last:frameworks(last:1){nodes{code} pageInfo{hasPreviousPage}}}`},
	{"skills", `{framework(code:"crafts"){
		skill(code:"WELD"){id code name description guidance synonyms url position status framework{code} category{code}
			levels{id code skill{code} level{ordinal} description requiredBy{totalCount nodes{role{code}}}}
			level(ordinal:1){code} none:level(ordinal:2){code}
			related{type note skill{code framework{code}} relation{id type note framework{code} from{code} to{code}}}
			requiredBy{totalCount nodes{role{code} skill{code} level{ordinal} skillLevel{code} importance weight} edges{cursor node{role{code}}} pageInfo{endCursor startCursor hasNextPage hasPreviousPage}}
			history{nodes{seq}}}
		skillLevels(codes:["WELD_1","WELD_2","NONE_1","WELD"]){code}
		retired:skills(filter:{status:RETIRED}){totalCount edges{cursor node{code status related{type skill{code}}}}}
		relations{totalCount nodes{id type} edges{cursor node{from{code}}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
		some:relations(types:[CLOSE_MATCH]){totalCount} inverse:relations(types:[MERGED_FROM]){totalCount}}}`},
	{"lists_of_skills", `{framework(code:"meridian"){
		byCode:skills(first:3){nodes{code} pageInfo{hasNextPage}}
		byName:skills(first:3,order:NAME){nodes{code name}}
		byPosition:skills(first:3,order:POSITION){nodes{code category{code}}}
		backwards:skills(last:2,order:NAME){nodes{name} pageInfo{hasPreviousPage hasNextPage startCursor endCursor}}
		category:skills(filter:{category:"technology-service-management"}){nodes{code}}
		levels:skills(filter:{levels:[7]}){nodes{code}}
		prefix:skills(filter:{prefix:"se"}){nodes{code name}}
		related:skills(filter:{related:{to:"ITOP",types:[BROADER,COMPLEMENTARY]}}){nodes{code}}
		all:skills(filter:{levels:[3],prefix:"i",related:{to:"ITMG"}}){nodes{code}}}}`},
	{"related", `{framework(code:"meridian"){skill(code:"ITOP"){
		all:related{type skill{code}} some:related(types:[NARROWER,COMPLEMENTARY]){type skill{code}}
		out:related(direction:OUTGOING){type skill{code} relation{from{code} type to{code} history{nodes{seq}}}} in:related(direction:INCOMING){type skill{code} relation{from{code} type to{code}}}}}}`},
	{"related_skills", `{framework(code:"meridian"){
		skill(code:"STBK"){related(first:6){skill{code} origin type note likeness distance via{code} relation{id}
			why{origin likeness type relation{id} roles{code} category{code} words}}
			farther:related(distance:2,origins:[STATED]){skill{code} origin type likeness distance via{code} why{origin type likeness}}
			byTypeOnTheWay:related(distance:2,types:[BROADER]){skill{code} origin likeness via{code}}
			words:related(origins:[TEXT],first:2){skill{code} origin likeness why{words}}
			roles:related(origins:[SHARED_ROLES],levels:[6]){skill{code} likeness} none:related(first:0){skill{code}}}}
		crafts:framework(code:"crafts"){skill(code:"WELD"){related(distance:3){skill{code framework{code}} origin type likeness distance why{origin}}}
			retired:skill(code:"FORGE"){related{skill{code} origin type}}}}`},
	{"graph", `{framework(code:"meridian"){
		graph(roots:["STBK"],origins:[STATED,SHARED_ROLES],limit:5){cut nodes{id label code group levels distance degree skill{code category{code}}}
			edges{id source target origin type directed likeness why{origin likeness type relation{id} roles{code} category{code} words}}}
		typed:graph(roots:["STBK","SVDK"],depth:2,relations:[BROADER,NARROWER]){cut nodes{code distance} edges{source target type}}
		away:graph(roots:["ITOP"],direction:OUTGOING,origins:[STATED]){nodes{code} edges{id type}}
		to:graph(roots:["ITOP"],direction:INCOMING,origins:[STATED]){nodes{code} edges{id type}}
		category:graph(categories:["technology-service-management"],levels:[4],limit:6,edgeLimit:3){cut nodes{code group distance degree} edges{source target origin}}
		alone:graph(roots:["ITMG"],depth:0){cut nodes{code distance degree} edges{id}}}
		pinned:framework(code:"crafts",at:{revision:4}){graph{nodes{id} edges{id}}}}`},
	{"career_paths", `{framework(code:"meridian"){
		skills:careerPaths(from:{skill:{skill:"STBK",level:3}},to:{skill:{skill:"SREL",level:5}},first:2){nearest{skill{code}} missing{skill{code}}
			paths{cost steps{kind cost readiness from{skill{code} level{ordinal} skillLevel{code} role{code}} to{skill{code} level{ordinal} skillLevel{code} role{code}}
				asks{skill{code} from{ordinal} to{ordinal} description importance} why{origin likeness type relation{id} roles{code} category{code} words}}}}
		roles:careerPaths(from:{role:"operations-technician"},to:{role:"site-reliability-engineer"},first:1,avoidRoles:["senior-infrastructure-engineer"],costs:{transition:2}){
			paths{cost steps{kind cost readiness fit from{role{code} skill{code} level{ordinal} skillLevel{code}} to{role{code}} asks{skill{code} from{ordinal} to{ordinal} importance leads{skill{code} origin}} why{origin}}}}
		profile:careerPaths(from:{profile:[{skill:"ITOP",level:3},{skill:"NETS"}]},to:{role:"infrastructure-engineer"},first:1){paths{cost steps{kind from{role{code} skill{code}} to{role{code}} readiness}}}
		toProfile:careerPaths(from:{role:"operations-technician"},to:{profile:[{skill:"ITOP",level:3},{skill:"NETS",level:4}]},first:1){paths{cost steps{kind to{role{code}} asks{skill{code} to{ordinal}}}}}
		intoRole:careerPaths(from:{skill:{skill:"STBK"}},to:{role:"infrastructure-engineer"},first:1){paths{cost steps{kind to{skill{code} level{ordinal} role{code}} cost}}}
		held:careerPaths(from:{skill:{skill:"ITOP",level:4}},to:{skill:{skill:"ITOP",level:3}}){paths{cost steps{kind}} nearest{role{code}}}
		none:careerPaths(from:{role:"content-designer"},to:{role:"chief-information-security-officer"},viable:0.6){
			paths{cost} nearest{role{code} skill{code} level{ordinal}} missing{skill{code} from{ordinal} to{ordinal} description importance}}
		avoided:careerPaths(from:{skill:{skill:"STBK",level:3}},to:{skill:{skill:"STBK",level:5}},avoidSkills:["ITOP"],avoidLevels:[4],maxSteps:2,origins:[STATED]){
			paths{cost} nearest{skill{code} level{ordinal}} missing{skill{code} from{ordinal} to{ordinal}}}}}`},
	{"gaps", `{framework(code:"meridian"){
		gap(have:{profile:[{skill:"ITOP",level:2},{skill:"NETS",level:3},{skill:"CTDN"}]},want:{role:"infrastructure-engineer"}){
			readiness counts{met partly missing surplus}
			items{skill{code} status held{ordinal} wanted{ordinal} missingLevels{code description} importance weight credit
				leads{skill{code} origin type likeness distance via{code} note relation{id} why{origin}}}
			some:items(status:[MET,SURPLUS]){skill{code}}}
		skills:gap(have:{skill:{skill:"ITOP",level:1}},want:{skill:{skill:"ITOP",level:4}}){readiness items{status missingLevels{code}}}
		nothing:gap(have:{role:"developer"},want:{profile:[]}){readiness counts{met partly missing surplus}}
		rolesFor(have:{profile:[{skill:"ITOP",level:3},{skill:"NETS",level:2}]},first:2){role{code} readiness back gap{readiness counts{met partly missing surplus} items(status:[PARTLY]){skill{code}}}}
		ready:rolesFor(have:{role:"developer"},readiness:0.8){role{code} readiness}
		nextSkills(have:{profile:[{skill:"ITOP",level:3},{skill:"NETS",level:2}]},first:2,viable:0.4){ask{skill{code} from{ordinal} to{ordinal} description importance} opensCount opens(first:1){code} gain}
		role(code:"developer"){similar(first:2){role{code} readiness back gap{counts{missing}}}}}}`},
	{"search", `{framework(code:"meridian"){
		search(query:"incidnt managment",first:3){totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor}
			edges{cursor node{match node{id}}}
			nodes{kind match score node{id __typename ... on Skill{name}} fragments(first:2,size:60){field before after parts{text marked}}}}
		code:search(query:"itop",first:1){nodes{match node{id}}}
		unfinished:search(query:"infrastructure eng",kinds:[ROLE],first:2){totalCount nodes{kind match node{id}}}
		phrase:search(query:"\"service desk\" ",kinds:[SKILL,CATEGORY]){totalCount nodes{match node{id}}}
		some:search(query:"welding incidents",first:1){nodes{match node{id}}}
		nothing:search(query:"xyzzyplugh"){totalCount nodes{match}} blank:search(query:" "){totalCount nodes{match}}}
		crafts:framework(code:"crafts"){search(query:"old",status:[RETIRED]){totalCount nodes{kind node{id}}} all:search(query:"f",status:[RETIRED,ACTIVE]){nodes{kind match node{id}}}
			parts:search(query:"autonomy guild apprentice"){nodes{kind match node{id} fragments{field}}}}}`},
	{"categories", `{framework(code:"meridian"){categories{code children{id code name description position status framework{code} parent{code} path{code} children{code}
		skills(first:2){totalCount nodes{code} edges{cursor node{code}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}} history{totalCount}}}}
		crafts:framework(code:"crafts"){category(code:"old"){status successors{code} retired:skills(status:[RETIRED]){totalCount}} categories(status:[RETIRED,ACTIVE]){code}}}`},
	{"roles", `{framework(code:"crafts"){
		roles{totalCount nodes{code} edges{cursor node{code}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
		role(code:"fitter"){id code name description kind seniority status framework{code} group{code} successors{code} history{nodes{seq}}
			requirements{totalCount nodes{skill{code} level{ordinal} skillLevel{code} importance weight} edges{cursor node{skill{code}}} pageInfo{hasNextPage}}
			optional:requirements(importance:OPTIONAL){nodes{skill{code}}}}
		smith:role(code:"smith"){status successors{code}}
		filtered:roles(filter:{group:"guild",requires:["SMITH","X"],prefix:"FIT"}){nodes{code}} retired:roles(filter:{status:RETIRED}){nodes{code}}
		roleGroups{id code name description position status framework{code} parent{code} history{totalCount}
			children{code parent{code} roles(first:5){totalCount nodes{code} edges{cursor node{code}} pageInfo{hasNextPage}}}}
		roleGroup(code:"hall"){name}}}`},
	{"lint", `{
		crafts:framework(code:"crafts"){lint{totalCount nodes{rule severity kind key field message entity{id} other{id}} edges{cursor node{key}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
			some:lint(rules:[REQUIRES_UNDESCRIBED_LEVEL,UNUSED_LEVEL]){nodes{rule key}}}
		pinned:framework(code:"crafts",at:{revision:3}){lint(last:1){nodes{rule entity{id}}}}
		meridian:framework(code:"meridian"){lint{totalCount nodes{rule key field other{id}}}}}`},
	{"revisions", `{
		revisions{totalCount nodes{seq} edges{cursor node{seq}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
		revision(seq:3){id seq uuid time author{id name} message frameworks
			changes{totalCount nodes{kind framework key action entity{id __typename}} edges{cursor node{key}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
			none:changes(framework:"meridian"){totalCount}}
		four:revision(seq:4){changes(first:3){nodes{kind key action entity{__typename ... on Skill{code status}}}}} none:revision(seq:8){seq} zero:revision(seq:0){seq}}`},
	{"pinned", `{
		was:framework(code:"meridian",at:{revision:1}){id version{revision contentRevision pinned} skill(code:"ITMG"){id name history{totalCount} related{relation{id} skill{id}}} revisions{totalCount}}
		is:framework(code:"meridian"){id version{revision contentRevision pinned} skill(code:"ITMG"){id name history{totalCount}} revisions{totalCount}}
		atTime:framework(code:"crafts",at:{time:"2026-03-01T12:02:59Z"}){version{revision time} skill(code:"FORGE"){id status} roleGroups{id} levels{id} relations{nodes{id to{id name}}}}
		before:framework(code:"crafts",at:{revision:2}){id}
		nothing:framework(code:"crafts",at:{revision:0}){id}
		newest:framework(code:"crafts",at:{revision:7}){id version{revision contentRevision pinned}}
		node(id:"skill:meridian@1:ITMG"){id ... on Skill{name framework{id version{revision}}}}
		nodes(ids:["skill:meridian:ITMG","skill:meridian@2:ITMG","skill:meridian@8:ITMG","skill:crafts@2:WELD","revision::2","skill_level:crafts@3:WELD_1"]){id ... on Skill{name} ... on Revision{seq}}}`},
	{"unknown", `{
		framework(code:"none"){code} node(id:"skill:meridian:NONE"){id} nodes(ids:["role:none:x","attribute:meridian:NONE","level:meridian:05","level:meridian:x","framework:meridian:other","thing:meridian:x","revision::99","revision:meridian:1","revision::x"]){id}
		meridian:framework(code:"meridian"){skill(code:"NONE"){code} level(ordinal:9){name} attribute(code:"NONE"){code} category(code:"none"){code} role(code:"none"){code} roleGroup(code:"none"){code}
			skills(filter:{category:"none"}){totalCount} related:skills(filter:{related:{to:"NONE"}}){totalCount} roles(filter:{group:"none"}){totalCount}}}`},
	{"versions", `{
		framework(code:"crafts"){blame{path value revision{seq author{id}}}
			level(ordinal:2){versions{totalCount nodes{revision{seq} diff{action fields{path}}}} blame{path value revision{seq}}}
			attribute(code:"AUTO"){versions{totalCount nodes{revision{seq} diff{action fields{path}}}} blame{path value revision{seq}}}
			category(code:"old"){versions{totalCount nodes{revision{seq} diff{action fields{path}}}} blame{path value revision{seq}}}
			role(code:"fitter"){versions{totalCount nodes{revision{seq} diff{action fields{path}}}} blame{path value revision{seq}}}
			roleGroup(code:"hall"){versions{totalCount nodes{revision{seq} diff{action fields{path}}}} blame{path value revision{seq}}}
			relations{nodes{blame{path value revision{seq}}}}}
		meridian:framework(code:"meridian"){skill(code:"ITMG"){blame{path revision{seq}}
			versions(last:1){totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{revision{seq}}}
				nodes{revision{seq} diff{kind framework key action oldName newName entity{id} fields{path old new hunks{op text}}}}}}}
		was:framework(code:"meridian",at:{revision:1}){skill(code:"ITMG"){versions{nodes{revision{seq} diff{action oldName newName entity{id}}}}}}}`},
	{"diffs", `{
		two:revision(seq:2){diff{totalCount nodes{key oldName newName entity{id __typename} fields{path old new hunks{op text}}}}}
		four:revision(seq:4){diff(first:4){totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{kind key action}} nodes{fields{path old new}}}
			none:diff(framework:"meridian"){totalCount}}
		seven:revision(seq:7){diff(framework:"old"){nodes{kind framework key action oldName newName fields{path old new}}}}}`},
	{"changelog", `{
		changeLog(framework:"crafts",from:{revision:3}){framework{code} from{revision contentRevision time pinned} to{revision contentRevision time pinned} markdown
			entries(first:4){totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{key}}
				nodes{type kind key name oldName level text entity{id} others{id} revisions{seq} changeRequests{number}}}
			merged:entries(types:[SKILL_MERGED,CATEGORY_ADDED]){totalCount nodes{text others{id}}}}
		renamed:changeLog(framework:"meridian",from:{revision:1},to:{revision:2}){to{revision pinned} entries{nodes{type oldName level text entity{id} revisions{seq}}}}
		same:changeLog(framework:"crafts",from:{revision:5}){markdown entries{totalCount}}
		fresh:changeLog(framework:"crafts",from:{time:"2026-03-01T12:01:00Z"},to:{revision:3}){from{revision contentRevision} entries(first:2){nodes{text}}}
		none:changeLog(framework:"none",from:{revision:1}){markdown}}`},
	{"mapcodes", `{
		skills:mapCodes(framework:"crafts",from:{revision:3},codes:["FORGE","WELD","NONE"]){code status oldName newName successors}
		roles:mapCodes(framework:"crafts",from:{revision:3},to:{revision:4},kind:ROLE,codes:["smith"]){code status successors}
		renamed:mapCodes(framework:"meridian",from:{revision:1},codes:["ITMG"]){status oldName newName successors}
		none:mapCodes(framework:"none",from:{revision:1},codes:["A"]){status}}`},
	{"viewer", `{viewer{actor{id name} access frameworks}}`},
}

func TestReads(t *testing.T) {
	s := past(t)
	for _, r := range reads {
		t.Run(r.name, func(t *testing.T) {
			a := s.ask(t, root, r.query, nil)
			if len(a.Errors) > 0 {
				t.Fatalf("%+v", a.Errors)
			}
			golden(t, "read_"+r.name, indented(t, a.Body))
		})
	}
}

// TestReadsSelectEverything keeps the reads complete as the schema grows.
func TestReadsSelectEverything(t *testing.T) {
	left := map[string]bool{}
	var add func(def *ast.Definition)
	add = func(def *ast.Definition) {
		for _, f := range def.Fields {
			if key := def.Name + "." + f.Name; !strings.HasPrefix(f.Name, "__") && !left[key] {
				left[key] = true
				next := parsedSchema.Types[f.Type.Name()]
				add(next)
				for _, d := range parsedSchema.GetPossibleTypes(next) {
					add(d)
				}
			}
		}
	}
	add(parsedSchema.Query)
	// The nodes of an edge are also the nodes of its connection.
	maps.DeleteFunc(left, func(key string, _ bool) bool { return strings.HasPrefix(key, "PageInfo.") })
	for _, r := range slices.Concat(reads, requestReads, releaseReads) {
		doc, err := gqlparser.LoadQueryWithRules(parsedSchema, r.query, rules.NewDefaultRules())
		if err != nil {
			t.Fatal(err)
		}
		var walk func(ast.SelectionSet)
		walk = func(set ast.SelectionSet) {
			for _, s := range set {
				switch s := s.(type) {
				case *ast.Field:
					delete(left, s.ObjectDefinition.Name+"."+s.Name)
					walk(s.SelectionSet)
				case *ast.InlineFragment:
					walk(s.SelectionSet)
				}
			}
		}
		walk(doc.Operations[0].SelectionSet)
	}
	if len(left) > 0 {
		t.Errorf("no read selects %v", slices.Sorted(maps.Keys(left)))
	}
}

// TestNodesRoundTrip asks again for whatever has an id, at the head and pinned.
func TestNodesRoundTrip(t *testing.T) {
	s := past(t)
	const held = `id __typename
		levels{id} attributes{id} categories{id children{id}} skills(first:3){nodes{id levels{id}}} relations(first:3){nodes{id}}
		roleGroups{id children{id}} roles(first:3){nodes{id}} revisions{nodes{id}}`
	a := s.ask(t, root, `{head:framework(code:"meridian"){`+held+`} crafts:framework(code:"crafts"){`+held+`} pinned:framework(code:"crafts",at:{revision:5}){`+held+`}}`, nil)
	var ids []string
	kinds := map[string]int{}
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				collect(e)
			}
		case map[string]any:
			if id, ok := v["id"].(string); ok {
				ids = append(ids, id)
				kind, rest, _ := strings.Cut(id, ":")
				if strings.Contains(rest, "@") {
					kind += " pinned"
				}
				kinds[kind]++
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				collect(v[k])
			}
		}
	}
	collect(map[string]any(a.Data))
	var want []string
	for _, k := range framework.Kinds {
		if k.Content() { // the tracker is never pinned
			want = append(want, string(k), string(k)+" pinned")
		}
	}
	want = append(want, "skill_level", "skill_level pinned", "revision")
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(kinds))); diff != "" {
		t.Fatalf("kinds of id (-want +got):\n%s", diff)
	}
	for batch := range slices.Chunk(ids, 20) {
		a := s.ask(t, root, `query($ids:[ID!]!){nodes(ids:$ids){id}}`, vars{"ids": batch})
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		for i, n := range at(t, a.Data, "nodes").([]any) {
			if n == nil || at(t, n, "id") != batch[i] {
				t.Errorf("%s gives %v", batch[i], n)
			}
		}
	}
	s.refuse(t, root, `{node(id:"ITMG"){id}}`, nil, framework.Invalid)
	a = s.ask(t, root, `{nodes(ids:["skill:meridian:ITMG","skill:meridian@0:ITMG","ITMG"]){id}}`, nil)
	if diff := cmp.Diff([]any{map[string]any{"id": "skill:meridian:ITMG"}, nil, nil}, at(t, a.Data, "nodes")); diff != "" || len(a.Errors) > 0 {
		t.Errorf("%v (-want +got):\n%s", a.Errors, diff)
	}
}

// TestLintPages breaks the demo, and reads what is found a finding at a time.
func TestLintPages(t *testing.T) {
	s := demo(t)
	const query = `query($after:String){framework{lint(first:1,after:$after,rules:[REQUIRES_RETIRED,RELATION_TO_RETIRED,RETIRED_WITHOUT_SUCCESSOR,NEAR_DUPLICATE_NAME]){
		totalCount nodes{rule severity key entity{... on Skill{code} ... on Role{code} ... on Relation{from{code} to{code}}} other{... on Skill{code}}} pageInfo{hasNextPage endCursor}}}}`
	s.want(t, reader, query, nil, `{"framework":{"lint":{"totalCount":0,"nodes":[],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}`)
	name := at(t, s.ask(t, reader, `{framework{skill(code:"ITOP"){name}}}`, nil).Data, "framework", "skill", "name").(string)
	s.edit(t, "meridian", framework.RetireSkill{Code: "ITMG"}, framework.CreateSkill{Code: "ZZZZ", Name: strings.ToUpper(name)})
	seen := map[string]int{}
	var rules []string
	var after any
	for {
		a := s.ask(t, reader, query, vars{"after": after})
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		lint := at(t, a.Data, "framework", "lint")
		finding := at(t, lint, "nodes", 0)
		rule := at(t, finding, "rule").(string)
		rules = append(rules, rule)
		seen[rule+" "+at(t, finding, "key").(string)]++
		switch rule {
		case "NEAR_DUPLICATE_NAME":
			wantJSON(t, `{"rule":"NEAR_DUPLICATE_NAME","severity":"HINT","key":"ZZZZ","entity":{"code":"ZZZZ"},"other":{"code":"ITOP"}}`, finding)
		case "RETIRED_WITHOUT_SUCCESSOR":
			wantJSON(t, `{"rule":"RETIRED_WITHOUT_SUCCESSOR","severity":"HINT","key":"ITMG","entity":{"code":"ITMG"},"other":null}`, finding)
		default:
			wantJSON(t, `{"code":"ITMG"}`, at(t, finding, "other"))
		}
		if at(t, lint, "pageInfo", "hasNextPage") == false {
			if n := at(t, lint, "totalCount"); n != float64(len(seen)) || len(rules) != len(seen) {
				t.Errorf("totalCount is %v; %d pages have %d findings", n, len(rules), len(seen))
			}
			break
		}
		after = at(t, lint, "pageInfo", "endCursor")
	}
	want := []string{"NEAR_DUPLICATE_NAME", "RELATION_TO_RETIRED", "REQUIRES_RETIRED", "RETIRED_WITHOUT_SUCCESSOR"}
	if diff := cmp.Diff(want, slices.Compact(rules)); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestTheDefaultFramework(t *testing.T) {
	const query = `{framework{code}}`
	t.Run("there is none", func(t *testing.T) {
		newServer(t).want(t, root, query, nil, `{"framework":null}`)
	})
	t.Run("the only one", func(t *testing.T) {
		demo(t).want(t, reader, query, nil, `{"framework":{"code":"meridian"}}`)
	})
	t.Run("one of several", func(t *testing.T) {
		a := past(t).refuse(t, reader, query, nil, framework.Invalid)
		if m := a.Errors[0].Message; !strings.HasSuffix(m, ": crafts, meridian") {
			t.Error(m)
		}
	})
	t.Run("the only one the viewer may see", func(t *testing.T) {
		past(t).want(t, framework.Actor{ID: "x", Access: framework.Reader, Frameworks: []string{"crafts"}}, query, nil, `{"framework":{"code":"crafts"}}`)
	})
	t.Run("the only one there was", func(t *testing.T) {
		past(t).want(t, reader, `{framework(at:{revision:2}){code}}`, nil, `{"framework":{"code":"meridian"}}`)
	})
	configure := func(code string) func(*Options) { return func(o *Options) { o.DefaultFramework = code } }
	t.Run("the configured one", func(t *testing.T) {
		past(t, configure("meridian")).want(t, reader, query, nil, `{"framework":{"code":"meridian"}}`)
	})
	t.Run("the configured one is not there", func(t *testing.T) {
		past(t, configure("none")).want(t, reader, query, nil, `{"framework":null}`)
	})
	t.Run("the configured one may not be seen", func(t *testing.T) {
		past(t, configure("meridian")).want(t, framework.Actor{ID: "x", Access: framework.Reader, Frameworks: []string{"crafts"}}, query, nil, `{"framework":null}`)
	})
}

func TestReadsOfWhatIsNotThereYet(t *testing.T) {
	s := demo(t)
	for name, query := range map[string]string{
		"revision to come":       `{framework(at:{revision:2}){code}}`,
		"before the beginning":   `{framework(at:{time:"2020-01-01T00:00:00Z"}){code}}`,
		"far, far in the future": `{framework(at:{revision:9223372036854775807}){code}}`,
	} {
		t.Run(name, func(t *testing.T) { s.refuse(t, reader, query, nil, framework.NotFound) })
	}
	s.refuse(t, reader, `{framework(at:{revision:-1}){code}}`, nil, framework.Invalid)
	s.want(t, reader, `{framework(at:{time:"2099-01-01T00:00:00Z"}){version{revision}}}`, nil, `{"framework":{"version":{"revision":1}}}`)
}

func TestMinRevision(t *testing.T) {
	t.Run("is there", func(t *testing.T) {
		demo(t).want(t, reader, `{framework(minRevision:1){version{revision}}}`, nil, `{"framework":{"version":{"revision":1}}}`)
	})
	t.Run("arrives", func(t *testing.T) {
		s := demo(t)
		done := make(chan error)
		go func() { done <- s.rename("Anew") }()
		s.want(t, reader, `query($n:Int){a:framework{version{revision}} ...F} fragment F on Query{b:framework(minRevision:$n){version{revision}}}`, vars{"n": 2},
			`{"a":{"version":{"revision":2}},"b":{"version":{"revision":2}}}`)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	t.Run("does not arrive", func(t *testing.T) {
		s := demo(t)
		s.Handler = newHandler(s.options, timeouts{read: time.Minute, write: time.Minute, catchUp: time.Millisecond})
		a := s.refuse(t, reader, `{framework(minRevision:2){code} viewer{access}}`, nil, framework.Unavailable)
		if a.Data != nil {
			t.Errorf("got data %v", a.Data)
		}
	})
	t.Run("many that do not arrive", func(t *testing.T) {
		s := demo(t)
		s.Handler = newHandler(s.options, timeouts{read: time.Minute, write: time.Minute, catchUp: time.Millisecond})
		a := s.refuse(t, reader, "{"+repeat(100, "a%d:framework(minRevision:1%d){code}")+"}", nil, framework.Unavailable)
		if len(a.Errors) != 1 {
			t.Errorf("got %d errors", len(a.Errors))
		}
	})
}

// TestAnAnswerHasOneHead edits while it reads.
func TestAnAnswerHasOneHead(t *testing.T) {
	s := demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		var err error
		for i := 0; ctx.Err() == nil && err == nil; i++ {
			err = s.rename(fmt.Sprint("Name ", i))
		}
		done <- err
	}()
	for range 30 {
		a := s.ask(t, reader, `{a:framework{version{revision} skill(code:"ITMG"){name}} b:framework{version{revision} skill(code:"ITMG"){name}} revisions{totalCount}
			c:framework{version{revision} revisions(last:1){nodes{seq}}}}`, nil)
		if diff := cmp.Diff(at(t, a.Data, "a"), at(t, a.Data, "b")); diff != "" {
			t.Fatal(diff)
		}
		seq := at(t, a.Data, "a", "version", "revision")
		if at(t, a.Data, "revisions", "totalCount") != seq || at(t, a.Data, "c", "revisions", "nodes", 0, "seq") != seq {
			t.Fatalf("%v", a.Data)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
