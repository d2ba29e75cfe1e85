package graph

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// A hostile document asks for as much work as it can.
type hostile struct {
	name  string
	query string
	vars  func() vars
	// code is that of the refusal, or empty for what is just within the bounds and
	// is there to be measured.
	code framework.Code
}

// repeat writes a text n times, with the index in place of %d.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// nest writes open n times, inner, and shut n times.
func nest(n int, open, inner, shut string) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

// doubling is fragments of which each spreads the next twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "fragment F%d on Framework{...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment F%d on Framework{code}", n)
	return b.String()
}

// many is a variable x that is a list.
func many(n int, v any) func() vars {
	return func() vars {
		l := make([]any, n)
		for i := range l {
			l[i] = v
		}
		return vars{"x": l}
	}
}

// hostileDocuments are the worst documents of each kind that we could think of:
// what is refused, and what is just within the bounds.
func hostileDocuments() []hostile {
	const limit, invalid = framework.LimitExceeded, framework.Invalid
	word := strings.Repeat("y", 70)
	edit := func(edits string) string {
		return `mutation{editFramework(input:{framework:"x",baseRevision:1,edits:[` + edits + `]}){errors{code}}}`
	}
	return []hostile{
		// The document as such.
		{name: "bytes", query: "{viewer{access}}" + strings.Repeat(" ", maxQuery), code: limit},
		{name: "tokens", query: "{" + repeat(1700, "a:__typename ") + "}", code: limit},
		{name: "directives", query: "{viewer" + strings.Repeat("@x", 2490) + "{access}}", code: invalid},
		{name: "known directives", query: "{viewer{access " + repeat(700, "@skip(if:true)") + "}}", code: invalid},
		{name: "variables", query: "query(" + repeat(800, "$a%d:Int ") + "){framework{" + repeat(130, "l%d:level(ordinal:$a%d){name}") + "}}", code: invalid},
		{name: "operations", query: repeat(600, "query Q%d{viewer{access}}"), code: invalid},
		{name: "deep list", query: "{nodes(ids:" + nest(2490, "[", "", "]") + "){id}}", code: invalid},
		{name: "deep object", query: "{framework(at:" + nest(1240, "{a:", "1", "}") + "){code}}", code: invalid},
		{name: "long list", query: "{nodes(ids:[" + strings.Repeat(`"" `, 4900) + "]){id}}", code: limit},
		{name: "long list of an enum", query: "{framework{attributes(status:[" + strings.Repeat("ACTIVE ", 3) + "]){code}}}", code: limit},
		{name: "huge number", query: "{revision(seq:" + strings.Repeat("9", 60_000) + "){seq}}", code: invalid},
		{name: "huge string", query: `{node(id:"""` + strings.Repeat(" \n", 30_000) + `"""){id}}`, code: invalid},
		{name: "comments", query: strings.Repeat("#\n", 4_900) + "{viewer{access}}"},

		// Selections that answer under one name are compared with each other.
		{name: "overlap", query: "{" + repeat(224, "a:__typename ") + "}", code: limit},
		{name: "overlap, just within", query: "{" + repeat(223, "a:__typename ") + "}"},
		{name: "overlap of fields that hold one", query: "{" + repeat(157, "viewer{access}") + "}"},
		{name: "overlap of different arguments", query: "{" + repeat(99, "a:revision(seq:%d){seq}") + "}", code: invalid},
		{name: "overlap of large arguments", query: "{framework{" + repeat(10, "a:skills(filter:{levels:[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}){totalCount}") + "}}"},
		{name: "overlap in nested fields", query: "{" + repeat(10, "framework{skills{nodes{"+repeat(20, "code ")+"}}}") + "}"},
		{name: "overlap in nested inline fragments", query: "{" + nest(22, "...{", repeat(60, "a:__typename "), "}") + "}", code: limit},
		{name: "overlap in nested inline fragments, just within", query: "{" + nest(22, "...{", repeat(46, "a:__typename "), "}") + "}"},
		{name: "overlap at each level of inline fragments", query: "{" + nest(20, "a:__typename a:__typename...{", "a:__typename", "}") + "}"},
		{name: "inline fragments side by side", query: "{framework{" + repeat(180, "...{skills{nodes{code}}}") + "}}", code: limit},
		{name: "one fragment many times", query: "{framework{" + repeat(150, "...F ") + "}} fragment F on Framework{code}"},
		{name: "many fragments", query: "{framework{" + repeat(110, "...F%d ") + "}}" + repeat(110, "fragment F%d on Framework{skills{nodes{code}}}")},

		// Fragments multiply.
		{name: "doubling fragments", query: "{framework{...F0}}" + doubling(20), code: limit},
		{name: "fragments of fragments", query: "{framework{...F0}}" + repeat(20, "fragment F%d on Framework{...G%d code}fragment G%d on Framework{code skills{nodes{code}}}") + repeat(60, "fragment H%d on Framework{"+repeat(20, "...G%d ")+"}"), code: limit},
		{name: "unused fragments of a large one", query: "{viewer{access}}" + repeat(300, "fragment F%d on Framework{...G}") + "fragment G on Framework{" + repeat(500, "a%d:code ") + "}", code: limit},
		{name: "operations with a large fragment", query: repeat(200, "query Q%d{framework{...G}}") + "fragment G on Framework{" + repeat(900, "a%d:code ") + "}", code: limit},
		{name: "fragment cycle", query: "{framework{...F}}fragment F on Framework{...G}fragment G on Framework{...F}", code: invalid},
		{name: "unused fragment cycle", query: "{viewer{access}}fragment F on Viewer{...F}", code: invalid},
		{name: "depth", query: nest(26, "{...", "{viewer{access}}", "}"), code: limit},
		{name: "selections, just within", query: "{" + repeat(1600, "a%d:__typename ") + "}"},

		// Each mistake is told, with what may have been meant.
		{name: "unknown fields", query: "{" + repeat(2490, "frameworx%d ") + "}", code: invalid},
		{name: "unknown fields of a node", query: `{node(id:"x"){` + repeat(2400, "descriptio%d ") + "}}", code: invalid},
		{name: "long unknown field", query: "{framework{" + strings.Repeat("x", 65_000) + "}}", code: invalid},
		{name: "long unknown input field", query: edit("{" + strings.Repeat("x", 65_000) + ":1}"), code: invalid},
		{name: "unknown input fields", query: edit("{" + repeat(850, word+"%d:1 ") + "}"), code: invalid},
		{name: "unknown arguments", query: "{framework(" + repeat(850, word+"%d:1 ") + "){code}}", code: invalid},
		{name: "unknown values", query: "{framework{relations(types:[" + repeat(900, word[:60]+"%d ") + "]){totalCount}}}", code: invalid},

		// The introspection system has lists of lists, too.
		{name: "introspection: types often", query: "{__schema{" + repeat(40, "a%d:types{name fields{name args{name type{name ofType{name}}}}}") + "}}", code: limit},
		{name: "introspection: fields often", query: "{__schema{types{" + repeat(60, "a%d:fields{args{type{ofType{name}}}}") + "}}}", code: limit},
		{name: "introspection: the schema often", query: "{" + repeat(150, "a%d:__schema{types{fields{name type{name}}}}") + "}", code: limit},
		{name: "introspection: in a fragment", query: "{" + repeat(150, "a%d:__schema{...F}") + "}fragment F on __Schema{types{fields{name type{name}}}}", code: limit},
		{name: "introspection: the schema, just within", query: "{" + repeat(40, "a%d:__schema{types{fields{name type{name}}}}") + "}"},
		{name: "introspection: fields of fields", query: "{__schema{types{fields{type{ofType{fields{type{name}}}}}}}}"},
		{name: "introspection: a type often", query: "{" + repeat(120, `a%d:__type(name:"Skill"){fields{type{ofType{fields{name args{name}}}}}}`) + "}", code: limit},
		{name: "introspection: possible types often", query: `{__type(name:"Node"){` + repeat(120, "a%d:possibleTypes{fields{args{name description}}}") + "}}", code: limit},
		{name: "introspection: types of types", query: "{" + repeat(110, `a%d:__type(name:"Skill"){fields{type{ofType{fields{name args{name}}}}}}`) + "}"},
		{name: "introspection: possible types", query: `{__type(name:"Node"){` + repeat(105, "a%d:possibleTypes{fields{args{name description}}}") + "}}"},

		// Variables cost each time they are used, and lists for each element.
		{name: "long variable", query: "query($x:[ID!]!){nodes(ids:$x){id}}", vars: many(maxList+1, "a"), code: limit},
		{name: "many values", query: editMutation, vars: func() vars {
			return vars{"in": object{"framework": "x", "baseRevision": 1, "edits": many(maxList, object{"mergeSkills": object{"into": "B", "codes": many(50, "A")()["x"]}})()["x"]}}
		}, code: limit},
		{name: "long variable of a query", query: "query($x:[ID!]!){nodes(ids:$x){id}}", vars: many(501, "a"), code: limit},
		{name: "variable used often", query: "query($x:[ID!]!){" + repeat(390, "a%d:nodes(ids:$x){id}") + "}", vars: many(500, "a"), code: limit},
		{name: "edits used often", query: "mutation($x:[EditInput!]!){" + repeat(60, `a%d:editFramework(input:{framework:"x",baseRevision:1,edits:$x}){errors{code}}`) + "}",
			vars: many(1000, map[string]any{"retireSkill": map[string]any{"code": "A"}}), code: limit},
		{name: "an edit in place of a list used often", query: "mutation($x:[EditInput!]!){" + repeat(60, `a%d:editFramework(input:{framework:"x",baseRevision:1,edits:$x}){errors{code}}`) + "}",
			vars: func() vars {
				return vars{"x": map[string]any{"mergeSkills": map[string]any{"codes": many(1_000, "A")()["x"], "into": "B"}}}
			}, code: limit},
		{name: "long text used often", query: "query($x:ID!){" + repeat(390, "a%d:node(id:$x){id}") + "}", vars: func() vars { return vars{"x": strings.Repeat("x", 5_000)} }, code: limit},
		{name: "long filter", query: "query($x:[Int!]){framework{" + repeat(3, "a%d:skills(filter:{levels:$x}){totalCount}") + "}}", vars: many(500, 9), code: limit},
		{name: "long filter of an enum", query: "query($x:[RelationType!]){framework{relations(types:$x){totalCount}}}", vars: many(19, "SPLIT_FROM"), code: limit},
		{name: "deep variable", query: "query($x:[ID!]!){nodes(ids:$x){id}}", vars: func() vars { return vars{"x": json.RawMessage(nest(9_000, "[", "", "]"))} }, code: invalid},
		{name: "edits, just within", query: editMutation, vars: func() vars {
			role := object{"createRole": object{"code": "A", "name": "A", "requirements": many(24, object{"skill": "A"})()["x"]}}
			return vars{"in": object{"framework": "x", "baseRevision": 1, "edits": many(maxList*9/10, role)()["x"]}}
		}},
		{name: "many mutations", query: "mutation{" + repeat(maxChanges+1, `a%d:archiveFramework(input:{framework:"x",baseRevision:1}){errors{code}}`) + "}", code: limit},

		// Execution.
		{name: "pinned reads", query: "{" + repeat(13, "a%d:framework(at:{revision:1}){code}") + "}", code: limit},
		{name: "pinned nodes", query: `query($x:[ID!]!){nodes(ids:$x){id}}`, vars: func() vars {
			var ids []string
			for i := range 13 {
				ids = append(ids, fmt.Sprintf("skill:meridian@%d:ITMG", i+1))
			}
			return vars{"x": ids}
		}, code: limit},
		{name: "nodes pinned to one revision", query: `query($x:[ID!]!){nodes(ids:$x){id}}`, vars: many(500, "skill:meridian@1:ITMG")},
		{name: "pages of pages", query: "{frameworks(first:500){nodes{skills(first:500){nodes{code}}}}}", code: limit},
		{name: "pages of pages of pages", query: "{frameworks(first:500){nodes{" + nest(8, "skills(first:500){nodes{category{", "code", "}}}") + "}}}", code: limit},
		{name: "paths of own costs", query: "{framework{" + repeat(26, `a%d:careerPaths(from:{role:"developer"},to:{role:"senior-developer"},costs:{grow:1.%d}){paths{cost}}`) + "}}", code: limit},
		{name: "paths of own costs, just within", query: "{framework{" + repeat(24, `a%d:careerPaths(from:{role:"developer"},to:{skill:{skill:"SREL",level:5}},costs:{grow:1.%d}){paths{cost}}`) + "}}"},
		{name: "paths of all that is viable", query: "{framework{" + repeat(110, `a%d:careerPaths(from:{role:"developer"},to:{role:"senior-developer"},first:20,maxSteps:20,viable:0.1%d){paths{cost}}`) + "}}"},
		{name: "paths with all there is to them", query: "{framework{" + repeat(24, `a%d:careerPaths(from:{role:"developer"},to:{role:"senior-developer"},first:20){paths{steps{asks{skill{name}} why{roles{name}}}}}`) + "}}", code: limit},
		{name: "a long profile used often", query: "query($e:CareerEnd!){framework{" + repeat(60, `a%d:gap(have:$e,want:$e){readiness}`) + "}}",
			vars: func() vars { return vars{"e": object{"profile": many(500, object{"skill": "ITOP"})()["x"]}} }, code: limit},
		{name: "a long profile, just within", query: "query($e:CareerEnd!){framework{" + repeat(40, `a%d:rolesFor(have:$e,first:500){back gap{readiness}}`) + "}}",
			vars: func() vars { return vars{"e": object{"profile": many(500, object{"skill": "ITOP"})()["x"]}} }},
		{name: "searches", query: "{framework{" + repeat(340, `a%d:search(query:"a",first:500){totalCount}`) + "}}", code: limit},
		{name: "searches, just within", query: "{framework{" + repeat(330, `a%d:search(query:"a%d",first:1){totalCount}`) + "}}"},
		{name: "searches for many words", query: "{framework{" + repeat(100, `a%d:search(query:"`+strings.Repeat("incidnt managment sevrice ", 10)+`%d"){totalCount}`) + "}}"},
		{name: "graphs of all there is", query: "{framework{" + repeat(30, "a%d:graph(limit:2000,edgeLimit:10000){edges{why{roles{code name}}}}") + "}}", code: limit},
		{name: "a graph of all there is", query: "{framework{graph(limit:2000,edgeLimit:10000){nodes{skill{name levels{description}}} edges{why{roles{code} words}}}}}"},
		{name: "roles of roles like others", query: "{framework{roles(first:500){nodes{similar(first:500){role{similar(first:500){readiness}}}}}}}", code: limit},
		{name: "gaps of all roles", query: "{framework{" + repeat(20, `a%d:rolesFor(have:{role:"developer"},first:500){gap{items{leads{via{name} why{words}}}}}`) + "}}", code: limit},
		{name: "related skills of related skills", query: "{framework{skills(first:500){nodes{related(distance:3,first:500){skill{related(distance:3,first:500){skill{related{origin}}}}}}}}}", code: limit},
		{name: "pages of no size", query: "{framework{skills(first:-500){nodes{" + nest(5, "requiredBy(first:-1000000000){nodes{skill{", "code", "}}}") + "}}}}", code: invalid},
	}
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	s := demo(t)
	for _, h := range hostileDocuments() {
		t.Run(h.name, func(t *testing.T) {
			var v vars
			if h.vars != nil {
				v = h.vars()
			}
			a := s.ask(t, reader, h.query, v)
			if h.code != "" {
				wantCode(t, a, h.code)
			} else if len(a.Errors) > 0 {
				t.Errorf("refused: %+v", a.Errors[0])
			}
			if len(a.Errors) > maxErrors+1 {
				t.Errorf("got %d errors", len(a.Errors))
			}
			if h.code != "" && len(a.Body) > 32<<10 {
				t.Errorf("the refusal is %d bytes long", len(a.Body))
			}
		})
	}
	if s.log.Len() > 0 {
		t.Errorf("something was logged: %.2000s", s.log)
	}
}

// TestOwnGraphsArePaidFor asks a larger framework for paths of costs of one's own, for
// each of which a graph is made: as many as the work of one operation allows.
func TestOwnGraphsArePaidFor(t *testing.T) {
	s := newServer(t)
	s.edit(t, sample.Framework, sample.Edits(2_500, 2_500)...)
	paths := func(n int, costs string) string {
		return "{framework{" + repeat(n, `a%d:careerPaths(from:{skill:{skill:"S00001"}},to:{skill:{skill:"S00002"}},costs:{`+costs+`}){nearest{level{ordinal}}}`) + "}}"
	}
	// Transitions are not among the steps from skill to skill.
	for _, query := range []string{paths(24, "grow:2"), paths(24, "transition:1.%d")} {
		if a := s.ask(t, reader, query, nil); len(a.Errors) > 0 {
			t.Errorf("%.100s: %v", query, a.Errors)
		}
	}
	a := s.refuse(t, reader, paths(24, "grow:1.%d"), nil, framework.LimitExceeded)
	if m := a.Errors[0].Message; !strings.Contains(m, "looks at more elements") {
		t.Error(m)
	}
}

func BenchmarkHostileDocuments(b *testing.B) {
	s := demo(b)
	for _, h := range hostileDocuments() {
		b.Run(h.name, func(b *testing.B) { h.run(b, s) })
	}
}

// BenchmarkLargeReads measures queries near the bounds of one operation on a
// large framework.
func BenchmarkLargeReads(b *testing.B) {
	s := newServer(b)
	s.edit(b, sample.Framework, sample.Edits(14_000, 120_000)...)
	for _, h := range []hostile{
		{name: "catalogue page", query: "{framework{" + cataloguePage + "}}"},
		{name: "related", query: `{framework{skills(first:500){nodes{related{type skill{code name category{name}}}}}}}`},
		{name: "related of related", query: `{framework{skills(first:100){nodes{related{type skill{code related{type}}}}}}}`},
		{name: "hubs", query: "{framework{" + repeat(180, `a%d:skill(code:"S00000"){related{a:skill{code} b:skill{code name}}}`) + "}}"},
		{name: "relations", query: "{framework{" + repeat(80, "a%d:relations(first:1){nodes{type}}") + "}}"},
		{name: "counts", query: "{framework{" + repeat(250, `a%d:skills(first:1 filter:{prefix:"zz%d"}){totalCount}`) + "}}"},
		{name: "filters", query: "query($x:[String!]){framework{" + repeat(9, "a%d:roles(first:1 filter:{requires:$x}){totalCount}") + "}}", vars: many(50, "X")},
		{name: "levels", query: "query($x:[Int!]){framework{" + repeat(9, "a%d:skills(first:1 filter:{levels:$x}){totalCount}") + "}}", vars: many(50, 30)},
		{name: "fields", query: "{framework{" + repeat(24, "a%d:skills(first:500){nodes{code name status}}") + "}}"},
		{name: "history", query: `{framework{skills(first:500){nodes{history(last:1){nodes{seq}}}}}}`},
		{name: "changes", query: "{" + repeat(40, "a%d:revision(seq:1){changes(last:500){nodes{key}}}") + "}"},
		{name: "paths", query: "{framework{" + repeat(40, `a%d:careerPaths(from:{skill:{skill:"S0000%d"}},to:{skill:{skill:"S0012%d"}},first:20,maxSteps:20){paths{cost}}`) + "}}"},
		{name: "paths of own costs", query: "{framework{" + repeat(3, `a%d:careerPaths(from:{skill:{skill:"S00001"}},to:{skill:{skill:"S00002"}},costs:{grow:1.%d}){paths{cost}}`) + "}}"},
		{name: "searches", query: "{framework{" + repeat(300, `a%d:search(query:"a%d",first:1){totalCount}`) + "}}"},
		{name: "graphs", query: "{framework{" + repeat(3, "a%d:graph(limit:2000,edgeLimit:10000){edges{why{roles{code}}}}") + "}}"},
		{name: "far relatives", query: `{framework{skills(first:20){nodes{related(distance:3){likeness}}}}}`},
		{name: "next skills", query: "{framework{" + repeat(25, `a%d:nextSkills(have:{skill:{skill:"S0000%d"}}){gain}`) + "}}"},
		{name: "entities of changes", query: "{" + repeat(6, "a%d:revision(seq:1){changes(first:500){nodes{entity{id ... on Skill{related{type}}}}}}") + "}"},
	} {
		b.Run(h.name, func(b *testing.B) { h.run(b, s) })
	}
}

// run measures the time from a request to its answer.
func (h hostile) run(b *testing.B, s *server) {
	var v vars
	if h.vars != nil {
		v = h.vars()
	}
	var answered int
	for i := 0; b.Loop(); i++ {
		r := post(b.Context(), h.query+strings.Repeat(" ", i%100), v) // not one that is kept
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(WithActor(r.Context(), reader)))
		answered = w.Body.Len()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
	b.ReportMetric(float64(answered), "answered-B")
	b.ReportMetric(0, "ns/op")
}

// cataloguePage is what a page that lists skills asks for.
const cataloguePage = `
	version{revision contentRevision time pinned} name description attribution
	categories{code name description children{code name children{code name}}}
	skills(first:100){
		totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor}
		edges{cursor node{
			id code name description guidance synonyms url status position
			category{code name path{code name}}
			levels{code level{ordinal name} description}
			related{type note skill{id code name status}}
		}}
	}`
