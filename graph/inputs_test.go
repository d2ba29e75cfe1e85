package graph

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"skillatlas/internal/framework"
)

const editMutation = `mutation($in: EditFrameworkInput!){editFramework(input:$in){revision{seq} errors{code message path}}}`

// Each of these is refused, and changes nothing.
func TestInputsThatAreRefused(t *testing.T) {
	s := demo(t)
	edit := func(edits string) string {
		return `editFramework(input:{framework:"meridian",baseRevision:1,edits:` + edits + `}){revision{seq} errors{code}}`
	}
	wrap := func(edits any) vars {
		return vars{"in": map[string]any{"framework": "meridian", "baseRevision": 1, "edits": edits}}
	}
	type object = map[string]any
	retire := object{"code": "ITMG"}
	for name, c := range map[string]struct {
		query string
		vars  vars
	}{
		"literal of no edit":          {"mutation{" + edit("[{}]") + "}", nil},
		"literal of two edits":        {"mutation{" + edit(`[{retireSkill:{code:"ITMG"} retireRole:{code:"x"}}]`) + "}", nil},
		"literal of null":             {"mutation{" + edit(`[{retireSkill:null}]`) + "}", nil},
		"literal in place of a list":  {"mutation{" + edit(`{retireSkill:{code:"ITMG"} retireRole:{code:"x"}}`) + "}", nil},
		"null in a literal":           {"mutation{" + edit(`[null]`) + "}", nil},
		"nullable variable in it":     {"mutation($x:RetireSkillInput){" + edit(`[{retireSkill:$x}]`) + "}", vars{"x": nil}},
		"nullable variable, given":    {"mutation($x:RetireSkillInput){" + edit(`[{retireSkill:$x}]`) + "}", vars{"x": retire}},
		"nullable variable, left out": {"mutation($x:RetireSkillInput){" + edit(`[{retireSkill:$x}]`) + "}", nil},
		"variable of no edit":         {"mutation($e:EditInput!){" + edit(`[$e]`) + "}", vars{"e": object{}}},
		"variable of two edits":       {"mutation($e:EditInput!){" + edit(`[$e]`) + "}", vars{"e": object{"retireSkill": retire, "retireRole": retire}}},
		"variable of null":            {"mutation($e:EditInput!){" + edit(`[$e]`) + "}", vars{"e": object{"retireSkill": nil}}},
		"variable of an edit and null": {"mutation($e:EditInput!){" + edit(`[$e]`) + "}",
			vars{"e": object{"retireSkill": retire, "retireRole": nil}}},
		"nullable variable as the edit": {"mutation($e:EditInput){" + edit(`[$e]`) + "}", vars{"e": nil}},
		"list variable with none":       {"mutation($e:[EditInput!]!){" + edit(`$e`) + "}", vars{"e": []any{object{}}}},
		"list variable with a null":     {"mutation($e:[EditInput!]!){" + edit(`$e`) + "}", vars{"e": []any{nil}}},
		"variable in place of a list":   {"mutation($e:[EditInput!]!){" + edit(`$e`) + "}", vars{"e": object{"retireSkill": retire, "retireRole": retire}}},
		"default of a variable":         {"mutation($e:[EditInput!]!=[{}]){" + edit(`$e`) + "}", nil},
		"nested variable of none":       {editMutation, wrap([]any{object{}})},
		"nested variable of two":        {editMutation, wrap([]any{object{"retireSkill": retire, "retireRole": retire}})},
		"nested variable of null":       {editMutation, wrap([]any{object{"retireSkill": nil}})},
		"nested, in place of a list":    {editMutation, wrap(object{"retireSkill": nil})},
		"nested, an unknown field":      {editMutation, wrap([]any{object{"retireAll": retire}})},
		"nested, of another type":       {editMutation, wrap([]any{"retireSkill"})},
		"nested, not a list":            {editMutation, wrap(7)},
		"at of nothing":                 {`{framework(at:{}){code}}`, nil},
		"at of two":                     {`{framework(at:{revision:1,time:"2026-03-01T12:00:00Z"}){code}}`, nil},
		"at of null":                    {`{framework(at:{revision:null}){code}}`, nil},
		"at in a variable of nothing":   {`query($at:At){framework(at:$at){code}}`, vars{"at": object{}}},
		"at in a variable of two":       {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"revision": 1, "time": "2026-03-01T12:00:00Z"}}},
		"at in a variable of null":      {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"time": nil}}},
		"at of a nullable variable":     {`query($n:Int){framework(at:{revision:$n}){code}}`, vars{"n": 1}},

		"no time":                       {`{framework(at:{time:"yesterday"}){code}}`, nil},
		"no time in a variable":         {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"time": "yesterday"}}},
		"time of another type":          {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"time": []any{1}}}},
		"number too large":              {`{revision(seq:99999999999999999999){seq}}`, nil},
		"number too large, variable":    {`query($n:Int!){revision(seq:$n){seq}}`, vars{"n": json.Number("99999999999999999999")}},
		"fraction for an integer":       {`query($n:Int!){revision(seq:$n){seq}}`, vars{"n": 1.5}},
		"text for an integer":           {`query($n:Int!){revision(seq:$n){seq}}`, vars{"n": "1"}},
		"text for a nested integer":     {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"revision": "1"}}},
		"text for minRevision":          {`query($n:Int){framework(minRevision:$n){code}}`, vars{"n": "99"}},
		"boolean for an integer":        {`query($n:Int!){revision(seq:$n){seq}}`, vars{"n": true}},
		"number for a text":             {`query($c:String){framework(code:$c){code}}`, vars{"c": 5}},
		"number for a boolean":          {`query($b:Boolean!){frameworks(archived:$b){totalCount}}`, vars{"b": 1}},
		"text for a boolean":            {`query($b:Boolean!){frameworks(archived:$b){totalCount}}`, vars{"b": "true"}},
		"object for a text":             {`query($c:String){framework(code:$c){code}}`, vars{"c": object{}}},
		"text for a fraction":           {editMutation, wrap([]any{object{"require": object{"role": "developer", "skill": "ITMG", "weight": "NaN"}}})},
		"null for what is needed":       {`query($n:Int!){revision(seq:$n){seq}}`, vars{"n": nil}},
		"left out though needed":        {`query($n:Int!){revision(seq:$n){seq}}`, nil},
		"null over a default":           {`query($n:Int=1){revision(seq:$n){seq}}`, vars{"n": nil}},
		"null over a default elsewhere": {`query($o:SkillOrder){framework{skills(order:$o){totalCount}}}`, vars{"o": nil}},
		"null condition":                {`query($b:Boolean=true){viewer{access @include(if:$b)}}`, vars{"b": nil}},
		"null condition of a fragment":  {`query($b:Boolean=true){...F @skip(if:$b)} fragment F on Query{viewer{access}}`, vars{"b": nil}},
		"null condition inside":         {`query($b:Boolean=true){...{viewer{access}}...@skip(if:$b){viewer{access}}}`, vars{"b": nil}},
		"null in a list":                {`query($i:[ID!]!){nodes(ids:$i){id}}`, vars{"i": []any{nil}}},
		"wrong enum":                    {`query($o:SkillOrder!){framework{skills(order:$o){totalCount}}}`, vars{"o": "AGE"}},
		"lower-case enum":               {`query($o:SkillOrder!){framework{skills(order:$o){totalCount}}}`, vars{"o": "name"}},
		"lower-case enum in a list":     {`query($s:[Status!]){framework{attributes(status:$s){code}}}`, vars{"s": []any{"ACTIVE", "retired"}}},
		"one lower-case enum as a list": {`query($s:[Status!]){framework{attributes(status:$s){code}}}`, vars{"s": "retired"}},
		"lower-case enum in an edit":    {editMutation, wrap([]any{object{"require": object{"role": "developer", "skill": "ITMG", "importance": "optional"}}})},
		"number for an enum":            {`query($o:SkillOrder!){framework{skills(order:$o){totalCount}}}`, vars{"o": 1}},
		"text literal for an enum":      {`{framework{skills(order:"NAME"){totalCount}}}`, nil},
		"variable of no input type":     {`query($s:Skill){framework(code:$s){code}}`, nil},
		"variable of an unknown type":   {`query($s:Nothing){framework(code:$s){code}}`, nil},
		"variable that is not used":     {`query($s:String){framework{code}}`, nil},
		"variable that is not defined":  {`{framework(code:$s){code}}`, nil},
		"input without its base":        {`mutation{editFramework(input:{framework:"meridian",edits:[]}){errors{code}}}`, nil},
		"variable without its base": {editMutation,
			vars{"in": object{"framework": "meridian", "edits": []any{object{"retireSkill": retire}}}}},
		"object for a scalar":    {`{framework(code:{}){code}}`, nil},
		"object for a condition": {`{viewer{access @skip(if:{})}}`, nil},
		"object for an enum":     {`{framework{attributes(status:[{}]){code}}}`, nil},
		"object with a variable": {`query($c:String){framework(code:{a:$c}){code}}`, nil},
		"list for a scalar":      {`{framework(code:["meridian"]){code}}`, nil},
		"deferred":               {`{framework{...@defer{code}}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.refuse(t, root, c.query, c.vars, framework.Invalid)
		})
	}
	if seq := s.catalog.Head().Seq(); seq != 1 {
		t.Errorf("something was changed: the head is at %d", seq)
	}
	if s.log.Len() > 0 {
		t.Errorf("something was logged: %.2000s", s.log)
	}
}

func TestInputsThatAreTaken(t *testing.T) {
	s := demo(t)
	type object = map[string]any
	for name, c := range map[string]struct {
		query string
		vars  vars
		want  string
	}{
		"at":                     {`{framework(at:{revision:1}){code}}`, nil, `{"framework":{"code":"meridian"}}`},
		"at with a variable":     {`query($n:Int!){framework(at:{revision:$n}){code}}`, vars{"n": 1}, `{"framework":{"code":"meridian"}}`},
		"at in a variable":       {`query($at:At){framework(at:$at){code}}`, vars{"at": object{"time": "2026-03-01T13:00:00+01:00"}}, `{"framework":{"code":"meridian"}}`},
		"null for at":            {`query($at:At){framework(at:$at){code}}`, vars{"at": nil}, `{"framework":{"code":"meridian"}}`},
		"variables left out":     {`query($c:String,$at:At,$n:Int){framework(code:$c,at:$at,minRevision:$n){code}}`, nil, `{"framework":{"code":"meridian"}}`},
		"default of a place":     {`query($o:SkillOrder!=CODE){framework{skills(first:1,order:$o){nodes{code}}}}`, nil, `{"framework":{"skills":{"nodes":[{"code":"ACCS"}]}}}`},
		"default, left out":      {`query($o:SkillOrder){framework{skills(first:1,order:$o){nodes{code}}}}`, nil, `{"framework":{"skills":{"nodes":[{"code":"ACCS"}]}}}`},
		"one for a list":         {`query($i:[ID!]!){nodes(ids:$i){id}}`, vars{"i": "skill:meridian:ITMG"}, `{"nodes":[{"id":"skill:meridian:ITMG"}]}`},
		"one literal for a list": {`{nodes(ids:"skill:meridian:ITMG"){id}}`, nil, `{"nodes":[{"id":"skill:meridian:ITMG"}]}`},
		"integer for an id":      {`query($i:ID!){revision:nodes(ids:[$i]){id}}`, vars{"i": "revision::1"}, `{"revision":[{"id":"revision::1"}]}`},
		"enums": {`query($f:SkillFilter){framework{skills(filter:$f){totalCount}}}`,
			vars{"f": object{"status": "RETIRED", "related": object{"to": "ITMG", "types": []any{"RELATED"}}}}, `{"framework":{"skills":{"totalCount":0}}}`},
		"integer for a fraction": {`mutation($w:Float){editFramework(input:{framework:"meridian",baseRevision:1,edits:{require:{role:"developer",skill:"ITMG",weight:$w}}}){errors{code}}}`,
			vars{"w": 1}, `{"editFramework":{"errors":[]}}`},
	} {
		t.Run(name, func(t *testing.T) { s.want(t, root, c.query, c.vars, c.want) })
	}
}

// A variable that is left out leaves the field it would have set alone.
func TestALeftOutVariableChangesNothing(t *testing.T) {
	s := demo(t)
	const query = `mutation($n:String,$d:String){editFramework(input:{framework:"meridian",baseRevision:1,edits:[
		{updateSkill:{code:"ITMG",name:$n,description:$d}}]}){revision{changes{nodes{entity{... on Skill{name description}}}}} errors{code message path}}}`
	s.want(t, root, query, nil, `{"editFramework":{"revision":null,"errors":[]}}`)
	s.want(t, root, query, vars{"d": nil}, `{"editFramework":{"revision":{"changes":{"nodes":[
		{"entity":{"name":"IT management","description":null}}]}},"errors":[]}}`)
}

func TestLargeInputsThatAreTaken(t *testing.T) {
	s := demo(t)
	t.Run("introspection by GraphiQL", func(t *testing.T) {
		query, err := os.ReadFile("testdata/introspection.graphql")
		if err != nil {
			t.Fatal(err)
		}
		a := s.ask(t, reader, string(query), nil)
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		oneOf, urls := 0, 0
		for _, typ := range at(t, a.Data, "__schema", "types").([]any) {
			if at(t, typ, "isOneOf") == true {
				oneOf++
			}
			if at(t, typ, "specifiedByURL") != nil {
				urls++
			}
		}
		if oneOf != 4 {
			t.Errorf("%d input objects are @oneOf", oneOf)
		}
		for _, d := range at(t, a.Data, "__schema", "directives").([]any) {
			if at(t, d, "name") == "defer" {
				t.Error("@defer is on offer")
			}
		}
	})
	t.Run("catalogue page", func(t *testing.T) {
		a := s.ask(t, reader, "{framework{"+cataloguePage+"}}", nil)
		if len(a.Errors) > 0 || len(at(t, a.Data, "framework", "skills", "edges").([]any)) != 42 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("thousand edits", func(t *testing.T) {
		edits := make([]any, maxList)
		for i := range edits {
			edits[i] = map[string]any{"createCategory": map[string]any{
				"code": fmt.Sprintf("c%d", i), "name": "Category", "description": "As described."}}
		}
		s.want(t, root, editMutation, vars{"in": map[string]any{"framework": "meridian", "baseRevision": 1, "edits": edits}},
			`{"editFramework":{"revision":{"seq":2},"errors":[]}}`)
	})
	t.Run("one edit too many", func(t *testing.T) {
		edits := make([]any, maxList+1)
		for i := range edits {
			edits[i] = map[string]any{"retireSkill": map[string]any{"code": "ITMG"}}
		}
		s.refuse(t, root, editMutation, vars{"in": map[string]any{"framework": "meridian", "baseRevision": 1, "edits": edits}}, framework.LimitExceeded)
	})
	t.Run("fragments of many components", func(t *testing.T) {
		query := "{framework{skills(first:5){nodes{" + repeat(20, "...C%d ") + "}}}}" +
			repeat(20, "fragment C%d on Skill{id code name status category{id code name}levels{id code level{ordinal name}}}")
		if a := s.ask(t, reader, query, nil); len(a.Errors) > 0 {
			t.Error(a.Errors)
		}
	})
}
