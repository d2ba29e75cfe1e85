package graph

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// TestCareerInputsThatAreRefused asks for what is not there, or is out of bounds: the
// refusal says what is wrong, where, and what would do.
func TestCareerInputsThatAreRefused(t *testing.T) {
	s := past(t)
	const notFound, invalid, limit = framework.NotFound, framework.Invalid, framework.LimitExceeded
	paths := func(from, to, more string) string {
		return `careerPaths(from:{` + from + `},to:{` + to + `}` + more + `){paths{cost}}`
	}
	const fitter, weld = `role:"fitter"`, `skill:{skill:"WELD",level:1}`
	of := func(more string) string { return paths(fitter, fitter, ","+more) }
	others := at(t, s.ask(t, root, `{framework(code:"crafts"){search(query:"f",first:1){pageInfo{endCursor}} skills(first:1){pageInfo{endCursor}}}}`, nil).Data, "framework")
	cursor := at(t, others, "search", "pageInfo", "endCursor").(string)
	ofSkills := at(t, others, "skills", "pageInfo", "endCursor").(string)
	for name, c := range map[string]struct {
		field   string // of the framework crafts
		code    framework.Code
		message string
	}{
		"unknown skill":                 {paths(`skill:{skill:"NONE"}`, fitter, ""), notFound, `from.skill.skill: there is no skill "NONE" in framework crafts`},
		"skill of another framework":    {paths(fitter, `skill:{skill:"ITMG"}`, ""), notFound, `to.skill.skill: there is no skill "ITMG" in framework crafts`},
		"code in lower case":            {`gap(have:{skill:{skill:"weld"}},want:{` + fitter + `}){readiness}`, notFound, `have.skill.skill: there is no skill "weld" in framework crafts`},
		"retired skill":                 {`gap(have:{` + weld + `},want:{skill:{skill:"FORGE"}}){readiness}`, invalid, "want.skill.skill: skill FORGE is retired; name one that is in use"},
		"unknown level":                 {paths(`skill:{skill:"WELD",level:9}`, fitter, ""), notFound, "from.skill.level: there is no level 9 in framework crafts"},
		"level of none":                 {`rolesFor(have:{skill:{skill:"WELD",level:0}}){readiness}`, notFound, "have.skill.level: there is no level 0 in framework crafts"},
		"level it is not described at":  {paths(fitter, `skill:{skill:"WELD",level:2}`, ""), invalid, "to.skill.level: skill WELD is not described at level 2; it is at 1"},
		"unknown role":                  {paths(`role:"none"`, fitter, ""), notFound, `from.role: there is no role "none" in framework crafts`},
		"retired role":                  {`nextSkills(have:{role:"smith"}){gain}`, invalid, "have.role: role smith is retired; name one that is in use"},
		"unknown skill of a profile":    {paths(`profile:[{skill:"WELD"},{skill:"NONE"}]`, fitter, ""), notFound, `from.profile[1].skill: there is no skill "NONE" in framework crafts`},
		"unknown level of a profile":    {`rolesFor(have:{profile:[{skill:"WELD"},{skill:"SMITH",level:3}]}){readiness}`, notFound, "have.profile[1].level: there is no level 3 in framework crafts"},
		"retired skill of a profile":    {`rolesFor(have:{profile:{skill:"FORGE"}}){readiness}`, invalid, "have.profile[0].skill: skill FORGE is retired; name one that is in use"},
		"long profile":                  {`gap(have:{profile:[` + strings.Repeat(`{skill:"WELD"}`, 501) + `]},want:{` + fitter + `}){readiness}`, limit, "a list has 501 elements; at most 500 are allowed"},
		"end of nothing":                {paths("", fitter, ""), invalid, `OneOf Input Object "CareerEnd" must specify exactly one key.`},
		"end of two":                    {paths(fitter, fitter+` profile:[]`, ""), invalid, `OneOf Input Object "CareerEnd" must specify exactly one key.`},
		"no end":                        {`careerPaths(from:{` + fitter + `}){paths{cost}}`, invalid, `Field "careerPaths" argument "to" of type "CareerEnd!" is required, but it was not provided.`},
		"no paths":                      {of("first:0"), invalid, "first is 0; ask for 1 to 20 paths"},
		"too many paths":                {of("first:21"), invalid, "first is 21; ask for 1 to 20 paths"},
		"no steps":                      {of("maxSteps:0"), invalid, "maxSteps is 0; it can be 1 to 20"},
		"too many steps":                {of("maxSteps:21"), invalid, "maxSteps is 21; it can be 1 to 20"},
		"viable below":                  {of("viable:0.09"), invalid, "viable is 0.09; it can be 0.1 to 1"},
		"viable above":                  {of("viable:1.1"), invalid, "viable is 1.1; it can be 0.1 to 1"},
		"free growth":                   {of("costs:{grow:0}"), invalid, "costs.grow is 0; it can be 0.1 to 10"},
		"dear moves":                    {of("costs:{move:11}"), invalid, "costs.move is 11; it can be 0.1 to 10"},
		"negative stretches":            {of("costs:{stretch:-1,transition:99}"), invalid, "costs.stretch is -1; it can be 0.1 to 10"},
		"dear transitions":              {of("costs:{transition:10.5}"), invalid, "costs.transition is 10.5; it can be 0.1 to 10"},
		"unknown skill to avoid":        {of(`avoidSkills:["WELD","NONE"]`), notFound, `avoidSkills[1]: there is no skill "NONE" in framework crafts`},
		"unknown role to avoid":         {of(`avoidRoles:["none"]`), notFound, `avoidRoles[0]: there is no role "none" in framework crafts`},
		"unknown level to avoid":        {of(`avoidLevels:[1,2,3]`), notFound, "avoidLevels[2]: there is no level 3 in framework crafts"},
		"origins told twice":            {of("origins:[STATED,STATED,TEXT,TEXT,TEXT]"), limit, "a list has 5 elements; at most 4 are allowed"},
		"unknown origin":                {of("origins:[HEARSAY]"), invalid, `Value "HEARSAY" does not exist in "RelationOrigin!" enum.`},
		"unknown root":                  {`graph(roots:["WELD","NONE"]){cut}`, notFound, `roots[1]: there is no skill "NONE" in framework crafts`},
		"retired root":                  {`graph(roots:["FORGE"]){cut}`, invalid, "roots[0]: skill FORGE is retired; name one that is in use"},
		"many roots":                    {`graph(roots:[` + strings.Repeat(`"WELD"`, 101) + `]){cut}`, limit, "there are 101 roots; at most 100 are allowed"},
		"unknown category of a graph":   {`graph(categories:["new","none"]){cut}`, notFound, `categories[1]: there is no category "none" in framework crafts`},
		"negative depth":                {`graph(depth:-1){cut}`, invalid, "depth is -1; it can be 0 to 5"},
		"great depth":                   {`graph(depth:6){cut}`, invalid, "depth is 6; it can be 0 to 5"},
		"no nodes":                      {`graph(limit:0){cut}`, invalid, "limit is 0; it can be 1 to 2000 nodes"},
		"too many nodes":                {`graph(limit:2001){cut}`, invalid, "limit is 2001; it can be 1 to 2000 nodes"},
		"no edges":                      {`graph(edgeLimit:0){cut}`, invalid, "edgeLimit is 0; it can be 1 to 10000 edges"},
		"too many edges":                {`graph(edgeLimit:10001){cut}`, invalid, "edgeLimit is 10001; it can be 1 to 10000 edges"},
		"negative roles":                {`rolesFor(have:{` + weld + `},first:-1){readiness}`, invalid, "first is -1; ask for 0 to 500 roles"},
		"too many roles":                {`rolesFor(have:{` + weld + `},first:501){readiness}`, invalid, "first is 501; ask for 0 to 500 roles"},
		"readiness below":               {`rolesFor(have:{` + weld + `},readiness:-0.1){readiness}`, invalid, "readiness is -0.1; it can be 0 to 1"},
		"readiness above":               {`role(code:"fitter"){similar(readiness:1.1){readiness}}`, invalid, "readiness is 1.1; it can be 0 to 1"},
		"too many similar roles":        {`role(code:"fitter"){similar(first:501){readiness}}`, invalid, "first is 501; ask for 0 to 500 roles"},
		"too many next skills":          {`nextSkills(have:{` + weld + `},first:501){gain}`, invalid, "first is 501; ask for 0 to 500 skills"},
		"all is viable":                 {`nextSkills(have:{` + weld + `},viable:0){gain}`, invalid, "viable is 0; it can be above 0, to 1"},
		"too many roles that it opens":  {`nextSkills(have:{profile:[]},first:1){opens(first:501){code}}`, invalid, "first is 501; ask for 0 to 500 roles"},
		"too many related skills":       {`skill(code:"WELD"){related(first:501){origin}}`, invalid, "first is 501; ask for 0 to 500 skills"},
		"related skills at no distance": {`skill(code:"WELD"){related(distance:0){origin}}`, invalid, "distance is 0; it can be 1 to 3"},
		"related skills far away":       {`skill(code:"WELD"){related(distance:4){origin}}`, invalid, "distance is 4; it can be 1 to 3"},
		"long text":                     {`search(query:"` + strings.Repeat("x", 1001) + `"){totalCount}`, invalid, "query: the text is 1001 bytes long; at most 1000 are allowed"},
		"many words":                    {`search(query:"` + strings.Repeat("w ", 33) + `"){totalCount}`, invalid, "query: the text has 33 words; at most 32 are allowed"},
		"unknown kind":                  {`search(query:"x",kinds:[COMMENT]){totalCount}`, invalid, `Value "COMMENT" does not exist in "SearchKind!" enum.`},
		"large page":                    {`search(query:"x",first:501){totalCount}`, limit, "first is 501; a page has at most 500 elements"},
		"negative page":                 {`search(query:"x",last:-1){totalCount}`, invalid, "last is -1; it cannot be negative"},
		"two pages":                     {`search(query:"x",first:1,last:1){totalCount}`, invalid, "first and last cannot be combined; give one of them"},
		"no cursor":                     {`search(query:"f",after:"no cursor"){totalCount}`, invalid, "after is not a cursor of this search; use one that a search for the same returned"},
		"cursor of a list":              {`search(query:"f",before:"` + ofSkills + `"){totalCount}`, invalid, "before is not a cursor of this search; use one that a search for the same returned"},
		"cursor of another text":        {`search(query:"fi",after:"` + cursor + `"){totalCount}`, invalid, "after is not a cursor of this search; use one that a search for the same returned"},
		"cursor of other kinds":         {`search(query:"f",kinds:[ROLE],after:"` + cursor + `"){totalCount}`, invalid, "after is not a cursor of this search; use one that a search for the same returned"},
		"cursor of another status":      {`search(query:"f",status:[RETIRED],after:"` + cursor + `"){totalCount}`, invalid, "after is not a cursor of this search; use one that a search for the same returned"},
		"too many fragments":            {`search(query:"fitter",first:1){nodes{fragments(first:21){field}}}`, invalid, "first is 21; ask for 0 to 20 fragments"},
		"small fragments":               {`search(query:"fitter",first:1){nodes{fragments(size:19){field}}}`, invalid, "size is 19; it can be 20 to 1000"},
		"large fragments":               {`search(query:"fitter",first:1){nodes{fragments(size:1001){field}}}`, invalid, "size is 1001; it can be 20 to 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.refuse(t, root, `{framework(code:"crafts"){`+c.field+`}}`, nil, c.code)
			if len(a.Errors) != 1 || a.Errors[0].Message != c.message {
				t.Errorf("got %v, want %q", a.Errors, c.message)
			}
			field, _, _ := strings.Cut(c.field, "(")
			if path := a.Errors[0].Path; a.Status == 200 && (len(path) < 2 || path[1] != field) {
				t.Errorf("the path is %v", path)
			}
		})
	}
	if s.log.Len() > 0 {
		t.Errorf("something was logged: %.2000s", s.log)
	}
}

// TestCareerVariables gives ends and costs in variables, which the library does not check.
func TestCareerVariables(t *testing.T) {
	s := demo(t)
	const ends = `query($e:CareerEnd!){framework{gap(have:$e,want:{role:"developer"}){readiness}}}`
	const profile = `query($p:[SkillHeldInput!]){framework{gap(have:{profile:$p},want:{role:"developer"}){readiness}}}`
	const costs = `query($c:PathCostsInput!){framework{careerPaths(from:{role:"developer"},to:{role:"senior-developer"},first:1,costs:$c){paths{cost}}}}`
	const avoid = `query($x:[String!]){framework{careerPaths(from:{role:"developer"},to:{role:"senior-developer"},first:1,avoidSkills:$x){paths{cost}}}}`
	held := object{"skill": "SWDV", "level": 3}
	for name, c := range map[string]struct {
		query   string
		vars    vars
		code    framework.Code
		message string
	}{
		"no end":             {ends, vars{"e": object{}}, framework.Invalid, "$e takes exactly one of the fields of CareerEnd, and not null"},
		"two ends":           {ends, vars{"e": object{"role": "developer", "skill": held}}, framework.Invalid, "$e takes exactly one of the fields of CareerEnd, and not null"},
		"an end and null":    {ends, vars{"e": object{"role": "developer", "skill": nil}}, framework.Invalid, "$e takes exactly one of the fields of CareerEnd, and not null"},
		"null for an end":    {ends, vars{"e": object{"role": nil}}, framework.Invalid, "$e takes exactly one of the fields of CareerEnd, and not null"},
		"null for a profile": {profile, vars{"p": nil}, framework.Invalid, `Variable "$p" is of type "[SkillHeldInput!]" but must be non-nullable to be used for OneOf Input Object "CareerEnd".`},
		"a long profile":     {ends, vars{"e": object{"profile": many(501, held)()["x"]}}, framework.LimitExceeded, "$e.profile has 501 elements; at most 500 are allowed"},
		"text for a level":   {ends, vars{"e": object{"skill": object{"skill": "SWDV", "level": "3"}}}, framework.Invalid, `$e.skill.level: "3" is not of type Int`},
		"a null factor":      {costs, vars{"c": object{"grow": nil}}, framework.Invalid, "$c.grow: cannot be null"},
		"a factor too large": {costs, vars{"c": object{"transition": 1e300}}, framework.Invalid, "costs.transition is 1e+300; it can be 0.1 to 10"},
		"much to avoid":      {avoid, many(501, "SWDV")(), framework.LimitExceeded, "$x has 501 elements; at most 500 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			var v vars = c.vars
			a := s.refuse(t, root, c.query, v, c.code)
			if len(a.Errors) != 1 || a.Errors[0].Message != c.message {
				t.Errorf("got %v, want %q", a.Errors, c.message)
			}
		})
	}
	s.want(t, root, ends, vars{"e": object{"profile": held}}, `{"framework":{"gap":{"readiness":0.1667}}}`) // one for a list
	s.want(t, root, costs, vars{"c": object{}}, `{"framework":{"careerPaths":{"paths":[{"cost":33}]}}}`)
	s.want(t, root, costs, vars{"c": object{"transition": 2}}, `{"framework":{"careerPaths":{"paths":[{"cost":66}]}}}`)
}

// TestSearchKeepsDrafts looks for a change request that is a draft of con's, by every
// route: for whoever may not see it, all is as if there were none.
func TestSearchKeepsDrafts(t *testing.T) {
	// The same with another draft, that has none of the words looked for.
	other := discussed(t)
	edit := func(e framework.Edit) {
		t.Helper()
		_, err := other.catalog.Edit(t.Context(), con, catalog.Request{Framework: "meridian", BaseRevision: other.catalog.Head().Seq(), Edits: []framework.Edit{e}})
		if err != nil {
			t.Fatal(err)
		}
	}
	edit(framework.AmendRequest{Number: 4, Title: framework.Some("Lorem ipsum")})
	s := discussed(t)
	s.edit(t, "meridian", framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished, Revision: 9})
	other.edit(t, "meridian", framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished, Revision: 9})

	const found = `{totalCount nodes{kind match node{id ... on ChangeRequest{number}} fragments{parts{text}}} pageInfo{hasNextPage endCursor}}`
	const asked = `{secret:search(query:"secret plan")` + found + ` words:search(query:"a secret plan for itop",kinds:[CHANGE_REQUEST])` + found + `
		number:search(query:"4",kinds:[CHANGE_REQUEST],first:1)` + found + ` slip:search(query:"secrte")` + found + ` all:search(query:"itop")` + found + ` last:search(query:"a",last:1)` + found + `}`
	actors := []struct {
		name  string
		actor framework.Actor
		sees  bool
	}{
		{"nobody", nobody, false}, {"anonymous", reader, false}, {"reader", framework.Actor{ID: "r", Access: framework.Reader}, false},
		{"contributor", lee, false}, {"raiser", con, true}, {"editor", ada, true}, {"admin", root, true},
		{"editor elsewhere", framework.Actor{ID: "o", Access: framework.Editor, Frameworks: []string{"crafts"}}, false},
		{"raiser elsewhere", framework.Actor{ID: con.ID, Access: framework.Contributor, Frameworks: []string{"crafts"}}, false},
	}
	routes := map[string]string{
		"head":     `{framework(code:"meridian")` + asked + `}`,
		"revision": `{framework(code:"meridian",at:{revision:2})` + asked + `}`,
		"release":  `{framework(code:"meridian",at:{release:"1"})` + asked + `}`,
		"preview":  `{framework(code:"meridian",at:{changeRequest:1})` + asked + `}`,
		"node":     `{node(id:"framework:meridian:meridian"){... on Framework` + asked + `}}`,
		"list":     `{frameworks(first:1){nodes` + asked + `}}`,
	}
	for _, who := range actors {
		for name, query := range routes {
			t.Run(who.name+"/"+name, func(t *testing.T) {
				a := s.ask(t, who.actor, query, nil)
				if len(a.Errors) > 0 {
					t.Fatal(a.Errors)
				}
				if sees := strings.Contains(a.Body, "secret") && strings.Contains(a.Body, "change_request:meridian:4"); sees != who.sees {
					t.Errorf("sees it: %t, want %t: %s", sees, who.sees, a.Body)
				}
				if b := other.ask(t, who.actor, query, nil); (a.Body == b.Body) == who.sees {
					t.Errorf("with and without it:\n%s\n%s", a.Body, b.Body)
				}
			})
		}
	}
	t.Run("preview of it", func(t *testing.T) {
		const query = `{framework(code:"meridian",at:{changeRequest:4}){search(query:"watching",kinds:[SKILL]){nodes{node{id}}}}}`
		for _, who := range actors {
			a := s.ask(t, who.actor, query, nil)
			if sees := strings.Contains(a.Body, "skill:meridian@cr4:OBSV"); sees != who.sees {
				t.Errorf("%s sees it: %t, want %t: %s", who.name, sees, who.sees, a.Body)
			}
		}
	})
	t.Run("what is redacted", func(t *testing.T) {
		const query = `{framework{search(query:"555"){totalCount}}}`
		s.edit(t, "meridian", framework.CommentRequest{Number: 2, Body: "Call me at 555."})
		s.want(t, reader, query, nil, `{"framework":{"search":{"totalCount":1}}}`)
		s.edit(t, "meridian", framework.RedactComment{Number: 2, Comment: 1})
		s.want(t, reader, query, nil, `{"framework":{"search":{"totalCount":0}}}`)
	})
	t.Run("once it is submitted", func(t *testing.T) {
		s.edit(t, "meridian", framework.MoveRequest{Number: 4, Move: framework.MoveSubmit})
		s.want(t, reader, `{framework{search(query:"secret plan",kinds:[CHANGE_REQUEST]){totalCount nodes{kind node{id}}}}}`, nil,
			`{"framework":{"search":{"totalCount":1,"nodes":[{"kind":"CHANGE_REQUEST","node":{"id":"change_request:meridian:4"}}]}}}`)
	})
}

// TestCareersOfOtherWorlds changes what a role asks for, a relation and a name, from one
// world to the next: each query answers by the world it is asked of.
func TestCareersOfOtherWorlds(t *testing.T) {
	s := demo(t)
	changes := func(level int, name string, more ...framework.Edit) []framework.Edit {
		return append(more,
			framework.Require{Role: "infrastructure-engineer", Skill: "ITOP", Level: level, Importance: framework.Essential},
			framework.UpdateSkill{Code: "NETS", Name: framework.Some(name)})
	}
	relation := framework.Relate{From: "CTDN", Type: framework.Prerequisite, To: "ITOP"}
	s.edit(t, "meridian", changes(4, "Zeppelins", relation)...)
	s.edit(t, "meridian", framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished, Revision: 1})
	s.edit(t, "meridian", framework.RaiseRequest{Title: "Less", Submit: true, Base: 2,
		Edits: changes(1, "Gondolas", framework.Unrelate{From: "CTDN", Type: framework.Prerequisite, To: "ITOP"},
			framework.Relate{From: "CTDN", Type: framework.ExactMatch, To: "ITOP"})})

	const have = `{profile:[{skill:"ITOP",level:2},{skill:"NETS",level:2},{skill:"STBK",level:2}]}`
	for name, c := range map[string]struct{ query, first, head, preview string }{
		"gap": {`gap(have:` + have + `,want:{role:"infrastructure-engineer"}){readiness items(status:[PARTLY]){skill{code} wanted{ordinal}}}`,
			`{"gap":{"readiness":0.4848,"items":[{"skill":{"code":"ITOP"},"wanted":{"ordinal":3}}]}}`,
			`{"gap":{"readiness":0.4545,"items":[{"skill":{"code":"ITOP"},"wanted":{"ordinal":4}}]}}`,
			`{"gap":{"readiness":0.5455,"items":[]}}`},
		"path over roles": {`careerPaths(from:` + have + `,to:{role:"infrastructure-engineer"},first:1){paths{cost}}`,
			`{"careerPaths":{"paths":[{"cost":44}]}}`, `{"careerPaths":{"paths":[{"cost":49}]}}`, `{"careerPaths":{"paths":[{"cost":35}]}}`},
		"path over skills": {`careerPaths(from:{skill:{skill:"CTDN",level:2}},to:{skill:{skill:"ITOP",level:2}},first:1,origins:[STATED]){paths{cost steps{why{type}}}}`,
			`{"careerPaths":{"paths":[{"cost":120,"steps":[{"why":[{"type":"OPTIONAL_FOR"}]},{"why":[{"type":"OPTIONAL_FOR"}]}]}]}}`,
			`{"careerPaths":{"paths":[{"cost":40,"steps":[{"why":[{"type":"PREREQUISITE"}]}]}]}}`,
			`{"careerPaths":{"paths":[{"cost":20,"steps":[{"why":[{"type":"EXACT_MATCH"}]}]}]}}`},
		"rolesFor": {`rolesFor(have:` + have + `,readiness:0.45){role{code} readiness}`,
			`{"rolesFor":[{"role":{"code":"operations-technician"},"readiness":0.625},{"role":{"code":"infrastructure-engineer"},"readiness":0.4848}]}`,
			`{"rolesFor":[{"role":{"code":"operations-technician"},"readiness":0.625},{"role":{"code":"infrastructure-engineer"},"readiness":0.4545}]}`,
			`{"rolesFor":[{"role":{"code":"operations-technician"},"readiness":0.625},{"role":{"code":"infrastructure-engineer"},"readiness":0.5455}]}`},
		"nextSkills": {`nextSkills(have:{profile:[{skill:"NETS",level:2},{skill:"STBK",level:2},{skill:"INCI",level:2}]},first:1,viable:0.7){ask{skill{code}} opens{code}}`,
			`{"nextSkills":[{"ask":{"skill":{"code":"ITOP"}},"opens":[{"code":"operations-technician"}]}]}`, `{"nextSkills":[{"ask":{"skill":{"code":"ITOP"}},"opens":[{"code":"operations-technician"}]}]}`,
			`{"nextSkills":[{"ask":{"skill":{"code":"ITOP"}},"opens":[{"code":"infrastructure-engineer"},{"code":"operations-technician"}]}]}`},
		"similar": {`role(code:"operations-technician"){similar(first:1){role{code} readiness}}`,
			`{"role":{"similar":[{"role":{"code":"infrastructure-engineer"},"readiness":0.5152}]}}`,
			`{"role":{"similar":[{"role":{"code":"infrastructure-engineer"},"readiness":0.5}]}}`,
			`{"role":{"similar":[{"role":{"code":"infrastructure-engineer"},"readiness":0.6364}]}}`},
		"graph": {`graph(roots:["CTDN"],origins:[STATED],relations:[PREREQUISITE,EXACT_MATCH]){edges{type}}`,
			`{"graph":{"edges":[]}}`, `{"graph":{"edges":[{"type":"PREREQUISITE"}]}}`, `{"graph":{"edges":[{"type":"EXACT_MATCH"}]}}`},
		"related": {`skill(code:"CTDN"){related(types:[PREREQUISITE,EXACT_MATCH]){type}}`,
			`{"skill":{"related":[]}}`, `{"skill":{"related":[{"type":"PREREQUISITE"}]}}`, `{"skill":{"related":[{"type":"EXACT_MATCH"}]}}`},
		"search": {`a:search(query:"zeppelins",kinds:[SKILL]){totalCount} b:search(query:"gondolas",kinds:[SKILL]){totalCount}`,
			`{"a":{"totalCount":0},"b":{"totalCount":0}}`, `{"a":{"totalCount":1},"b":{"totalCount":0}}`, `{"a":{"totalCount":0},"b":{"totalCount":1}}`},
	} {
		for _, w := range []struct{ name, at, want string }{
			{"revision", "{revision:1}", c.first}, {"release", `{release:"1"}`, c.first}, {"head", "{latest:HEAD}", c.head},
			{"pinned head", "{revision:2}", c.head}, {"preview", "{changeRequest:1}", c.preview},
		} {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				s.want(t, reader, `{framework(at:`+w.at+`){`+c.query+`}}`, nil, `{"framework":`+w.want+`}`)
			})
		}
	}
}

// TestCareersAtTheSameTime asks for more graphs, trees and indexes than are kept, all at
// once: the answers are those of one after the other.
func TestCareersAtTheSameTime(t *testing.T) {
	type asked struct {
		actor framework.Actor
		query string
	}
	var all []asked
	for i := range 40 {
		for _, actor := range []framework.Actor{reader, con, ada} {
			all = append(all, asked{actor, fmt.Sprintf(`{framework{
				careerPaths(from:{role:"operations-technician"},to:{skill:{skill:"SREL",level:%d}},costs:{grow:%d,transition:%d}){paths{cost}}
				roles:careerPaths(from:{role:"operations-technician"},to:{role:"developer"},viable:0.1%d){paths{cost}}
				search(query:"plan %d"){nodes{node{id} score}} graph(roots:["ITOP"],depth:%d){edges{id likeness}}}}`, 3+i%3, 1+i%4, 1+i%5, i%7, i, i%4)})
		}
	}
	answer := func(s *server, a asked) string {
		r := post(t.Context(), a.query, nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(WithActor(r.Context(), a.actor)))
		return w.Body.String()
	}
	want := make([]string, len(all))
	s := discussed(t)
	for i, a := range all {
		if want[i] = answer(s, a); strings.Contains(want[i], "errors") {
			t.Fatal(want[i])
		}
	}
	got := make([]string, len(all))
	fresh := discussed(t)
	var wait sync.WaitGroup
	for i, a := range all {
		wait.Go(func() { got[i] = answer(fresh, a) })
	}
	wait.Wait()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("at the same time (-want +got):\n%s", diff)
	}
}
