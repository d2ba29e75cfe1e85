package graph

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"skillatlas/internal/framework"
)

func TestComparisonsAreRefused(t *testing.T) {
	s := past(t)
	for name, tc := range map[string]struct {
		query string
		code  framework.Code
	}{
		"the wrong way round":     {`{changeLog(framework:"crafts",from:{revision:5},to:{revision:3}){markdown}}`, framework.Invalid},
		"from before all":         {`{changeLog(framework:"crafts",from:{revision:0}){markdown}}`, framework.Invalid},
		"from a later revision":   {`{changeLog(framework:"crafts",from:{revision:99}){markdown}}`, framework.NotFound},
		"to a later revision":     {`{mapCodes(framework:"crafts",from:{revision:3},to:{revision:99},codes:[]){code}}`, framework.NotFound},
		"codes of what has none":  {`{mapCodes(framework:"crafts",from:{revision:3},kind:RELATION,codes:["A"]){code}}`, framework.Invalid},
		"the wrong way for codes": {`{mapCodes(framework:"crafts",from:{revision:4},to:{revision:3},codes:["A"]){code}}`, framework.Invalid},
	} {
		t.Run(name, func(t *testing.T) { s.refuse(t, root, tc.query, nil, tc.code) })
	}
	codes := make([]string, framework.MaxPage+1)
	s.refuse(t, root, `query($codes:[String!]!){mapCodes(framework:"crafts",from:{revision:3},codes:$codes){code}}`, vars{"codes": codes}, framework.LimitExceeded)
	// Whoever may not see the framework does not learn which revisions there are.
	s.want(t, nobody, `{changeLog(framework:"crafts",from:{revision:99}){markdown} mapCodes(framework:"crafts",from:{revision:99},codes:["A"]){code}}`, nil,
		`{"changeLog":null,"mapCodes":null}`)
}

// TestHistoriesWithDiffs asks for a page of versions with all that changed.
func TestHistoriesWithDiffs(t *testing.T) {
	s := demo(t)
	for i := range 20 {
		if err := s.rename(fmt.Sprintf("Name %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	a := s.ask(t, reader, `{framework{skill(code:"ITMG"){
		blame{path revision{seq author{id}}}
		versions(last:20){nodes{revision{seq time author{name}} diff{action fields{path old new hunks{op text}}}}}}}}`, nil)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	for i := range 20 {
		change := at(t, a.Data, "framework", "skill", "versions", "nodes", i, "diff", "fields", 0, "new")
		if want := fmt.Sprintf("Name %d", i); change != want {
			t.Errorf("version %d has the name %v, want %s", i, change, want)
		}
	}
}

// TestHistoryDocument sends the queries of docs/history.md.
func TestHistoryDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	s := past(t)
	queries := regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(queries) != 5 {
		t.Errorf("there are %d queries", len(queries))
	}
	for _, q := range queries {
		a := s.ask(t, reader, q[1], nil)
		if len(a.Errors) > 0 {
			t.Errorf("%s\n%v", q[1], a.Errors)
		}
		for field, value := range a.Data {
			if value == nil {
				t.Errorf("%s\n%s is null", q[1], field)
			}
		}
	}
}
