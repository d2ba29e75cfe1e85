package main

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// TestExplorerExamples holds the examples of the API explorer to the schema, and
// runs those that are queries, and the mutation with a token.
func TestExplorerExamples(t *testing.T) {
	sdl, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("explorer/src/examples.graphql")
	if err != nil {
		t.Fatal(err)
	}
	examples, errs := gqlparser.LoadQueryWithRules(schema, string(text), nil)
	if errs != nil {
		t.Fatal(errs)
	}
	want := map[string]string{
		"Start":                    `{"type":"COMPLEMENTARY","skill":{"code":"ITOP",`,
		"RolesThatNeedASkillLevel": `{"role":{"code":"infrastructure-engineer",`,
		"CategoryTree":             `"children":[{"code":"application-build","name":"Application build","skills":{"nodes":[{"code":"SWDV",`,
		"CareerPaths":              `"steps":[{"to":{"role":{"name":"Infrastructure engineer"}},"fit":0.5947,`,
		"WhatChangedLately":        `"message":"Apply #3 with a shorter name","author":{"id":"person:meridian:2","name":"Tomasz Zielinski"}`,
		"ChangeRequest":            `"status":"PENDING","moves":["ACCEPT","DECLINE","DEFER","WITHDRAW"],"proposal":{"diff":[{"key":"ITOP","action":"UPDATED",`,
		"Rename":                   `"errors":[]`,
	}
	s := start(t)
	for _, op := range examples.Operations {
		t.Run(op.Name, func(t *testing.T) {
			var one strings.Builder
			formatter.NewFormatter(&one).FormatQueryDocument(&ast.QueryDocument{Operations: ast.OperationList{op}})
			token := ""
			if op.Operation == ast.Mutation {
				token = s.token
			}
			got := s.ask(token, one.String()).data(t)
			if strings.Contains(got, "null") || want[op.Name] == "" || !strings.Contains(got, want[op.Name]) {
				t.Errorf("it does not have %s: %s", want[op.Name], got)
			}
		})
	}
}
