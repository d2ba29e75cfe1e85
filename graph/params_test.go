package graph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/sample"
)

// usualBodies are what clients send, read quickly.
var usualBodies = map[string]string{
	"curl":                        `{"query":"{viewer{access}}"}`,
	"curl, by hand":               "\r\n{ \"query\" :\t\"{ viewer { access } }\" }\n",
	"GraphiQL":                    `{"query":"query A($code: String!) {\n  framework {\n    skill(code: $code) {\n      name\n    }\n  }\n}","variables":{"code":"ITMG"},"operationName":"A"}`,
	"GraphiQL, nothing named":     `{"query":"# Welcome to GraphiQL\n#\n#\tKeyboard shortcuts: \"Ctrl-Enter\"\n\n{\n  viewer { access }\n}"}`,
	"Apollo":                      `{"operationName":"A","variables":{"first":10,"after":null},"query":"query A($first: Int, $after: String) {\n  framework {\n    skills(first: $first, after: $after) {\n      totalCount\n      __typename\n    }\n    __typename\n  }\n}"}`,
	"Apollo, of the latest":       `{"operationName":"A","variables":{},"extensions":{"clientLibrary":{"name":"@apollo/client","version":"4.0.0"}},"query":"query A {\n  viewer {\n    access\n  }\n}"}`,
	"Apollo, by hash":             `{"operationName":"A","variables":{},"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}`,
	"Relay":                       `{"query":"query A(\n  $id: ID!\n) {\n  node(id: $id) {\n    __typename\n    id\n  }\n}\n","variables":{"id":"skill:meridian:ITMG"}}`,
	"nulls":                       `{"query":"{viewer{access}}","variables":null,"operationName":null,"extensions":null}`,
	"empty objects":               `{"query":"{viewer{access}}","variables":{},"operationName":"","extensions":{ }}`,
	"Python":                      `{"query": "query A($q: String!) { framework { skills(filter: {text: $q}) { totalCount } } }", "variables": {"q": "\u00dcbung \u2013 \u4e2d\u6587\u0000\uFFFD"}}`,
	"Go":                          `{"query":"{a:viewer{access} b:framework{skills(filter:{text:\"\u003cA\u0026B\u003e\"}){totalCount}}}","variables":{}}`,
	"texts beyond ASCII":          `{"query":"{viewer{access}} # Übung – 中文 😀` + "\u2028\x7f" + `","variables":{"Ü":"😀\\"}}`,
	"every short escape":          `{"query":"\"\\\/\b\f\n\r\t","variables":{"\"\\\/\b\f\n\r\t":"\\\\\\"}}`,
	"numbers":                     `{"query":"","variables":{"a":[0,-0,1,-1,10,1234567890123456789012345678901234567890,0.0,-0.10,1e5,1E+5,0e-05,12.5e999]}}`,
	"lists and objects":           `{"variables":{"a":[],"b":{},"c":[ ],"d":[[{"e":[true,false,null,"",{"":[ 1 , {} ]}]}]],"f":true}}`,
	"names, twice in their place": `{"query":"","variables":{"query":"","a":{"a":1},"b":[{"a":1},{"a":2}]},"extensions":{"a":1}}`,
	"as deep as it may be":        `{"variables":{"a":` + strings.Repeat("[", maxNested-1) + strings.Repeat("]", maxNested-1) + `}}`,
	"a long text with an escape":  `{"query":"\n` + strings.Repeat("x", 3<<10) + `\n"}`,
	"nothing at all":              `{}`,
}

func TestQuickParams(t *testing.T) {
	for name, body := range usualBodies {
		t.Run(name, func(t *testing.T) {
			got, quick := quickParams([]byte(body))
			if !quick {
				t.Fatal("not read quickly")
			}
			want := &graphql.RawParams{}
			if err := decode(strings.NewReader(body), "the body", want); err != nil {
				t.Fatal(err)
			}
			sameParams(t, want, got)
		})
	}
}

// sameParams tells a nil map from an empty one. It does not use package cmp, which
// takes time that doubles with each list within another.
func sameParams(t *testing.T, want, got *graphql.RawParams) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

// unusualBodies are not read quickly; wrong ones are not read at all.
var unusualBodies = map[string]struct {
	body  string
	right bool
}{
	"null":                        {`null`, true},
	"a query of null":             {`{"query":null}`, true},
	"another name":                {`{"query":"","id":1}`, true},
	"a name in capitals":          {`{"Query":""}`, true},
	"a name with an escape":       {`{"quer\u0079":""}`, true},
	"a query twice":               {`{"query":"a","query":"b"}`, true},
	"nulls twice":                 {`{"operationName":null,"operationName":null}`, true},
	"variables twice":             {`{"variables":{"a":1},"variables":{"b":1}}`, true},
	"extensions twice":            {`{"extensions":{},"extensions":null}`, true},
	"a variable twice":            {`{"variables":{"a":1,"a":2}}`, true},
	"a variable twice, once null": {`{"variables":{"a":null,"\u0061":1}}`, true},
	"a field twice":               {`{"variables":{"a":[{"a":1,"a":1}]}}`, true},
	"a pair of surrogates":        {`{"query":"\ud83d\ude00"}`, true},
	"half a pair":                 {`{"query":"\ud83d"}`, true},
	"deep lists":                  {`{"variables":{"a":` + strings.Repeat("[", maxNested) + strings.Repeat("]", maxNested) + `}}`, true},
	"deep objects":                {`{"variables":` + strings.Repeat(`{"a":`, maxNested) + "{}" + strings.Repeat("}", maxNested) + `}`, true},

	"nothing":                         {``, false},
	"a list":                          {`[{"query":""}]`, false},
	"a text":                          {`"{}"`, false},
	"two objects":                     {`{}{}`, false},
	"more after it":                   {`{"query":""},`, false},
	"NUL after it":                    {"{}\x00", false},
	"NUL before a name":               {"{\x00\"query\":\"\"}", false},
	"no start":                        {`"query":""}`, false},
	"no end":                          {`{"query":""`, false},
	"no value":                        {`{"query":}`, false},
	"another name, without a value":   {`{"id":}`, false},
	"no colon":                        {`{"query" ""}`, false},
	"a semicolon":                     {`{"query";""}`, false},
	"no comma":                        {`{"query":"""operationName":""}`, false},
	"a comma at the end":              {`{"query":"",}`, false},
	"a comma at the start":            {`{,"query":""}`, false},
	"two commas":                      {`{"query":"",,"operationName":""}`, false},
	"a list with a comma at the end":  {`{"variables":{"a":[1,]}}`, false},
	"a list with a comma at its head": {`{"variables":{"a":[,1]}}`, false},
	"a list without commas":           {`{"variables":{"a":[1 2]}}`, false},
	"a list that ends as an object":   {`{"variables":{"a":[1}}}`, false},
	"an object that ends as a list":   {`{"variables":{"a":1]}`, false},
	"an object without colons":        {`{"variables":{"a",1}}`, false},
	"an object with a comma at last":  {`{"variables":{"a":1,}}`, false},
	"a name without quotes":           {`{query:""}`, false},
	"single quotes":                   {`{'query':''}`, false},
	"a comment":                       {`{"query":""/**/}`, false},
	"a byte order mark":               {"\ufeff{}", false},
	"a space beyond ASCII":            {"{\u00a0}", false},
	"a form feed":                     {"{\f}", false},
	"a query that is a number":        {`{"query":1}`, false},
	"a query that is a list":          {`{"query":[]}`, false},
	"a name that is a number":         {`{"operationName":1}`, false},
	"variables in a list":             {`{"variables":[]}`, false},
	"variables in a text":             {`{"variables":"{}"}`, false},
	"extensions in a list":            {`{"extensions":[]}`, false},
	"a text without an end":           {`{"query":"`, false},
	"a text that ends in a backslash": {`{"query":"\`, false},
	"an escaped quote at the end":     {`{"query":"\"}`, false},
	"a line break in a text":          {"{\"query\":\"a\nb\"}", false},
	"a line break after a backslash":  {"{\"query\":\"a\\\nb\"}", false},
	"a tab in a name":                 {"{\"variables\":{\"a\tb\":1}}", false},
	"NUL in a text":                   {"{\"query\":\"\x00\"}", false},
	"a last control character":        {"{\"query\":\"\x1f\"}", false},
	"an unknown escape":               {`{"query":"\a"}`, false},
	"an escaped apostrophe":           {`{"query":"\'"}`, false},
	"a capital escape":                {`{"query":"\N"}`, false},
	"three digits":                    {`{"query":"\u004"}`, false},
	"three digits and a backslash":    {`{"query":"\u004\\"}`, false},
	"no hexadecimal digit":            {`{"query":"\u004g"}`, false},
	"a signed escape":                 {`{"query":"\u+041"}`, false},
	"an escape with a line":           {`{"query":"\u0_41"}`, false},
	"a leading zero":                  {`{"variables":{"a":01}}`, false},
	"a negative leading zero":         {`{"variables":{"a":-01}}`, false},
	"a plus":                          {`{"variables":{"a":+1}}`, false},
	"a minus alone":                   {`{"variables":{"a":-}}`, false},
	"two minuses":                     {`{"variables":{"a":--1}}`, false},
	"no digits before the point":      {`{"variables":{"a":.5}}`, false},
	"no digits after the point":       {`{"variables":{"a":1.}}`, false},
	"no digits before the exponent":   {`{"variables":{"a":1.e5}}`, false},
	"no exponent":                     {`{"variables":{"a":1e}}`, false},
	"a sign for an exponent":          {`{"variables":{"a":1e+}}`, false},
	"an exponent of two signs":        {`{"variables":{"a":1e+-5}}`, false},
	"an exponent with a point":        {`{"variables":{"a":1e5.5}}`, false},
	"a number in pieces":              {`{"variables":{"a":- 1}}`, false},
	"hexadecimal":                     {`{"variables":{"a":0x1}}`, false},
	"no number":                       {`{"variables":{"a":NaN}}`, false},
	"an exponent of a fraction":       {`{"variables":{"a":1e.5}}`, false},
	"a slash in a number":             {`{"variables":{"a":1/2}}`, false},
	"a colon in a number":             {`{"variables":{"a":1:2}}`, false},
	"a line break after an escape":    {"{\"query\":\"\\n\n\"}", false},
	"another word with t":             {`{"variables":{"a":trap}}`, false},
	"another word with f":             {`{"variables":{"a":fever}}`, false},
	"another word with n":             {`{"variables":{"a":nope}}`, false},
	"another word for variables":      {`{"variables":nope}`, false},
	"half a word":                     {`{"variables":{"a":tru}}`, false},
	"a longer word":                   {`{"variables":{"a":nulls}}`, false},
	"a word in capitals":              {`{"variables":{"a":True}}`, false},
	"undefined":                       {`{"variables":undefined}`, false},
}

func TestQuickParamsLeavesTheUnusual(t *testing.T) {
	for name, c := range unusualBodies {
		t.Run(name, func(t *testing.T) {
			if got, quick := quickParams([]byte(c.body)); quick {
				t.Errorf("read quickly, as %+v", got)
			}
			if err := decode(strings.NewReader(c.body), "the body", &graphql.RawParams{}); (err == nil) != c.right {
				t.Errorf("otherwise read with the error %v", err)
			}
		})
	}
}

// A body that breaks off is never taken for a whole one, wherever it does.
func TestQuickParamsOfPieces(t *testing.T) {
	for name, body := range usualBodies {
		body = strings.TrimSpace(body)
		for end := range len(body) {
			if _, quick := quickParams([]byte(body[:end])); quick {
				t.Errorf("%s: %s is read", name, body[:end])
			}
		}
	}
}

// What was read stays when the text it was read from is used for another.
func TestQuickParamsKeepsNoText(t *testing.T) {
	for name, body := range usualBodies {
		text := []byte(body)
		got, _ := quickParams(text)
		for i := range text {
			text[i] = '!'
		}
		want, _ := quickParams([]byte(body))
		t.Run(name, func(t *testing.T) { sameParams(t, want, got) })
	}
}

// FuzzQuickParams reads bodies in both ways: what is read quickly is read alike.
func FuzzQuickParams(f *testing.F) {
	for _, body := range usualBodies {
		f.Add(body)
	}
	for _, c := range unusualBodies {
		f.Add(c.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if !utf8.ValidString(body) {
			t.Skip()
		}
		got, quick := quickParams([]byte(body))
		if !quick {
			return
		}
		want := &graphql.RawParams{}
		if err := decode(strings.NewReader(body), "the body", want); err != nil {
			t.Fatalf("only read quickly: %v", err)
		}
		sameParams(t, want, got)
	})
}

// BenchmarkParams reads requests quickly, and as those are read that are unusual.
func BenchmarkParams(b *testing.B) {
	introspection, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		b.Fatal(err)
	}
	queries := append(benchQueries[:len(benchQueries):len(benchQueries)], struct{ name, query string }{"introspection", string(introspection)})
	for _, q := range queries {
		cursor := base64.RawURLEncoding.EncodeToString([]byte("CODE:" + sample.SkillCode(1)))
		body, err := json.Marshal(map[string]any{"query": q.query, "variables": map[string]any{"code": sample.SkillCode(1), "after": cursor}})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(q.name+"/quick", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, quick := quickParams(body); !quick {
					b.Fatal("not read quickly")
				}
			}
		})
		b.Run(q.name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if err := decode(bytes.NewReader(body), "the body", &graphql.RawParams{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
