package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

type object = map[string]any

const payload = `{revision{seq author{id} message} framework{code archived version{revision}} errors{code message path conflict{entity{kind key} fields revision{seq author{id}}}}}`

const (
	editing   = `mutation($in:EditFrameworkInput!){p:editFramework(input:$in)` + payload + `}`
	creating  = `mutation($in:CreateFrameworkInput!){p:createFramework(input:$in)` + payload + `}`
	archiving = `mutation($in:ArchiveFrameworkInput!){p:archiveFramework(input:$in)` + payload + `}`
)

// rename is the input that gives ITMG another name.
func rename(base int, name string) object {
	return object{"framework": "meridian", "baseRevision": base, "edits": []any{object{"updateSkill": object{"code": "ITMG", "name": name}}}}
}

func with(in object, key string, value any) object {
	in[key] = value
	return in
}

// change sends a mutation and expects this payload, as JSON.
func (s *server) change(t *testing.T, actor framework.Actor, mutation string, in object, want string) {
	t.Helper()
	a := s.ask(t, actor, mutation, vars{"in": in})
	if len(a.Errors) > 0 {
		t.Fatalf("got errors %+v", a.Errors)
	}
	wantJSON(t, want, a.Data["p"])
}

func TestEditFramework(t *testing.T) {
	const made = `{"revision":{"seq":2,"author":{"id":"ada"},"message":"Because."},"framework":{"code":"meridian","archived":false,"version":{"revision":2}},"errors":[]}`
	t.Run("success", func(t *testing.T) {
		s := demo(t)
		s.change(t, ada, editing, with(rename(1, "Anew"), "message", "Because."), made)
		s.want(t, reader, `{framework{skill(code:"ITMG"){name}}}`, nil, `{"framework":{"skill":{"name":"Anew"}}}`)
	})
	t.Run("nothing to change", func(t *testing.T) {
		s := demo(t)
		s.change(t, ada, editing, rename(1, "IT management"), `{"revision":null,"framework":{"code":"meridian","archived":false,"version":{"revision":1}},"errors":[]}`)
	})
	t.Run("the payload reads the revision that was made", func(t *testing.T) {
		s := demo(t)
		a := s.ask(t, ada, `mutation($a:EditFrameworkInput!,$b:EditFrameworkInput!){
			a:editFramework(input:$a){framework{version{revision} skill(code:"ITMG"){name}} revision{seq}}
			b:editFramework(input:$b){framework{version{revision} skill(code:"ITMG"){name}} revision{seq}}}`, vars{"a": rename(1, "A"), "b": rename(2, "B")})
		wantJSON(t, `{"a":{"framework":{"version":{"revision":2},"skill":{"name":"A"}},"revision":{"seq":2}},
			"b":{"framework":{"version":{"revision":3},"skill":{"name":"B"}},"revision":{"seq":3}}}`, a.Data)
	})
	t.Run("request repeated", func(t *testing.T) {
		s := demo(t)
		in := with(with(rename(1, "Anew"), "message", "Because."), "requestId", "r1")
		s.change(t, ada, editing, in, made)
		s.edit(t, "meridian", framework.RetireSkill{Code: "ITMG"})
		s.change(t, ada, editing, in, made)
		if seq := s.catalog.Head().Seq(); seq != 3 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("request repeated when more has happened", func(t *testing.T) {
		s := demo(t)
		in := with(rename(1, "Anew"), "requestId", "r1")
		s.change(t, ada, editing, in, strings.Replace(made, `"Because."`, "null", 1))
		s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Newer")})
		// A cache of clients must not take it for what is there now.
		a := s.ask(t, ada, `mutation($in:EditFrameworkInput!){p:editFramework(input:$in){framework{skill(code:"ITMG"){id name}}}}`, vars{"in": in})
		wantJSON(t, `{"p":{"framework":{"skill":{"id":"skill:meridian@2:ITMG","name":"Anew"}}}}`, a.Data)
	})
	t.Run("request id of another request", func(t *testing.T) {
		s := demo(t)
		s.change(t, ada, editing, with(rename(1, "Anew"), "requestId", "r1"), strings.Replace(made, `"Because."`, "null", 1))
		s.change(t, ada, editing, with(rename(1, "Other"), "requestId", "r1"), `{"revision":null,"framework":null,"errors":[{"code":"INVALID",
			"message":"\"r1\" was used in revision 2 for another request; use a new one for each","path":["requestId"],"conflict":null}]}`)
	})
	t.Run("an edit of what was retired since", func(t *testing.T) {
		s := demo(t)
		s.edit(t, "meridian", framework.RetireSkill{Code: "ITMG"})
		a := s.ask(t, ada, editing, vars{"in": rename(1, "Anew")})
		if code := at(t, a.Data, "p", "errors", 0, "code"); code != "CONFLICT" {
			t.Errorf("got %v, want CONFLICT", code)
		}
	})
	t.Run("rebase", func(t *testing.T) {
		s := demo(t)
		s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Description: framework.Some("Anew.")})
		s.change(t, ada, editing, rename(1, "Anew"), `{"revision":{"seq":3,"author":{"id":"ada"},"message":null},
			"framework":{"code":"meridian","archived":false,"version":{"revision":3}},"errors":[]}`)
		s.want(t, reader, `{framework{skill(code:"ITMG"){name description}}}`, nil, `{"framework":{"skill":{"name":"Anew","description":"Anew."}}}`)
	})
	t.Run("conflict", func(t *testing.T) {
		s := demo(t)
		s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Theirs")})
		in := rename(1, "Ours")
		in["edits"] = slices.Insert(in["edits"].([]any), 0, any(object{"updateSkill": object{"code": "ITOP", "name": "Ours"}}))
		s.change(t, ada, editing, in, `{"revision":null,"framework":null,"errors":[{
			"code":"CONFLICT","path":["edits","1","updateSkill"],
			"message":"skill ITMG of framework meridian has been changed (name) since revision 1, last by Root in revision 2 at 2026-03-01T12:01:00Z (\"Edit meridian\")",
			"conflict":{"entity":{"kind":"SKILL","key":"ITMG"},"fields":["name"],"revision":{"seq":2,"author":{"id":"root"}}}}]}`)
		if seq := s.catalog.Head().Seq(); seq != 2 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("problems", func(t *testing.T) {
		s := demo(t)
		s.change(t, ada, editing, object{"framework": "meridian", "baseRevision": 1, "edits": []any{
			object{"updateSkill": object{"code": "ITMG", "name": nil}},
			object{"retireSkill": object{"code": "ITOP"}},
			object{"createSkill": object{"code": "NEWS", "name": "News", "levels": []any{object{"level": 3}, object{"level": 9}}}},
			object{"relate": object{"from": "ITMG", "type": "RELATED", "to": "NONE"}},
			object{"mergeRoles": object{"codes": []any{"developer", "none"}, "into": "developer"}},
		}}, `{"revision":null,"framework":null,"errors":[
			{"code":"INVALID","message":"name is required","path":["edits","0","updateSkill","name"],"conflict":null},
			{"code":"INVALID","message":"framework meridian has no level 9","path":["edits","2","createSkill","levels","1","level"],"conflict":null},
			{"code":"INVALID","message":"there is no skill \"NONE\" in framework meridian","path":["edits","3","relate","to"],"conflict":null},
			{"code":"INVALID","message":"there is no role \"none\" in framework meridian","path":["edits","4","mergeRoles","codes","1"],"conflict":null},
			{"code":"INVALID","message":"role developer cannot take its own place","path":["edits","4","mergeRoles","into"],"conflict":null}]}`)
		if seq := s.catalog.Head().Seq(); seq != 1 {
			t.Errorf("the head is at %d", seq)
		}
	})
	for name, c := range map[string]struct {
		in         object
		code, path string
	}{
		"no such framework":        {with(rename(1, "A"), "framework", "none"), "NOT_FOUND", `["framework"]`},
		"no base":                  {rename(0, "A"), "INVALID", `["baseRevision"]`},
		"base that is not there":   {rename(9, "A"), "INVALID", `["baseRevision"]`},
		"long message":             {with(rename(1, "A"), "message", strings.Repeat("x", 2001)), "INVALID", `["message"]`},
		"long id":                  {with(rename(1, "A"), "requestId", strings.Repeat("x", 201)), "INVALID", `["requestId"]`},
		"creating where one edits": {with(rename(1, "A"), "edits", []any{object{"createSkill": object{"code": "ITMG", "name": "A"}}}), "INVALID", `["edits","0","createSkill","code"]`},
	} {
		t.Run(name, func(t *testing.T) {
			a := demo(t).ask(t, ada, editing, vars{"in": c.in})
			e := at(t, a.Data, "p", "errors", 0)
			if at(t, e, "code") != c.code {
				t.Errorf("%v", e)
			}
			wantJSON(t, c.path, at(t, e, "path"))
		})
	}
}

func TestCreateFramework(t *testing.T) {
	in := func() object {
		return object{"code": "crafts", "name": "Crafts", "description": "What hands do.", "publisher": "Guild", "url": "https://example.org",
			"licence": "CC0-1.0", "attribution": "By us.", "locale": "en-GB", "skillCodePattern": "[A-Z]{4}", "skillCodeHint": "Four letters.",
			"message": "Begin.", "requestId": "r1", "edits": []any{
				object{"defineLevel": object{"ordinal": 1, "name": "Apprentice"}},
				object{"createSkill": object{"code": "WELD", "name": "Welding", "levels": object{"level": 1}}},
			}}
	}
	t.Run("success", func(t *testing.T) {
		s := newServer(t)
		const made = `{"revision":{"seq":1,"author":{"id":"root"},"message":"Begin."},"framework":{"code":"crafts","archived":false,"version":{"revision":1}},"errors":[]}`
		s.change(t, root, creating, in(), made)
		s.change(t, root, creating, in(), made)
		s.want(t, reader, `{framework{code name description publisher url licence attribution locale skillCodePattern skillCodeHint skills{nodes{code levels{code}}}}}`, nil,
			`{"framework":{"code":"crafts","name":"Crafts","description":"What hands do.","publisher":"Guild","url":"https://example.org",
			"licence":"CC0-1.0","attribution":"By us.","locale":"en-GB","skillCodePattern":"[A-Z]{4}","skillCodeHint":"Four letters.",
			"skills":{"nodes":[{"code":"WELD","levels":[{"code":"WELD_1"}]}]}}}`)
	})
	for name, c := range map[string]struct {
		key   string
		value any
		path  string
	}{
		"own field":               {"code", "No Code", `["code"]`},
		"another own field":       {"locale", "x y", `["locale"]`},
		"message":                 {"message", strings.Repeat("x", 2001), `["message"]`},
		"first edit":              {"edits", object{"defineLevel": object{"ordinal": 99, "name": "A"}}, `["edits","0","defineLevel","ordinal"]`},
		"second edit":             {"edits", []any{object{"defineLevel": object{"ordinal": 1, "name": "A"}}, object{"retireSkill": object{"code": "WELD"}}}, `["edits","1","retireSkill","code"]`},
		"field deep in an edit":   {"edits", object{"createRole": object{"code": "r", "name": "R", "requirements": []any{object{"skill": "WELD"}}}}, `["edits","0","createRole","requirements","0","skill"]`},
		"framework that is there": {"code", "meridian", `["code"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := demo(t)
			a := s.ask(t, root, creating, vars{"in": with(with(in(), "requestId", nil), c.key, c.value)})
			e := at(t, a.Data, "p", "errors", 0)
			if at(t, e, "code") != "INVALID" {
				t.Errorf("%v", e)
			}
			wantJSON(t, c.path, at(t, e, "path"))
			if seq := s.catalog.Head().Seq(); seq != 1 {
				t.Errorf("the head is at %d", seq)
			}
		})
	}
}

func TestArchiveFramework(t *testing.T) {
	s := demo(t)
	archive := func(base int) object { return object{"framework": "meridian", "baseRevision": base} }
	s.change(t, root, archiving, with(archive(1), "message", "Done."),
		`{"revision":{"seq":2,"author":{"id":"root"},"message":"Done."},"framework":{"code":"meridian","archived":true,"version":{"revision":2}},"errors":[]}`)
	s.change(t, root, archiving, archive(2),
		`{"revision":null,"framework":{"code":"meridian","archived":true,"version":{"revision":2}},"errors":[]}`)
	s.change(t, root, editing, rename(2, "A"),
		`{"revision":null,"framework":null,"errors":[{"code":"INVALID","message":"framework meridian is archived; unarchive it to edit it","path":["edits","0","updateSkill"],"conflict":null}]}`)
	s.want(t, reader, `{framework{code} byCode:framework(code:"meridian"){archived}}`, nil, `{"framework":null,"byCode":{"archived":true}}`)
	s.change(t, root, archiving, with(archive(2), "archived", false),
		`{"revision":{"seq":3,"author":{"id":"root"},"message":null},"framework":{"code":"meridian","archived":false,"version":{"revision":3}},"errors":[]}`)
	s.change(t, root, archiving, with(archive(3), "framework", "none"),
		`{"revision":null,"framework":null,"errors":[{"code":"NOT_FOUND","message":"there is no framework \"none\"","path":["framework"],"conflict":null}]}`)
}

const importing = `mutation($in:ImportFrameworkInput!){p:importFramework(input:$in){
	revision{seq message} framework{code} counts{created updated renamed removed} changes{entity{kind key} action fields name nameBefore}
	faults{file line column message} remarks{file line column message} skippedRows missing{kind key field name}
	renames{kind from to fromName toName why} errors{code message path}}}`

// bundle is an import of the demo framework, changed by replacements.
func bundle(t *testing.T, replace ...string) object {
	text := strings.NewReplacer(replace...).Replace(string(demoFile(t)))
	return object{"format": "JSON", "files": []any{object{"name": "m.json", "content": base64.StdEncoding.EncodeToString([]byte(text))}}}
}

func TestImportFramework(t *testing.T) {
	const unchanged = `"counts":{"created":0,"updated":0,"renamed":0,"removed":0},"changes":[],"faults":[],"remarks":[],"skippedRows":0,
		"missing":[],"renames":[],"errors":[]`
	const renamed = `"counts":{"created":0,"updated":1,"renamed":1,"removed":0},
		"changes":[{"entity":{"kind":"SKILL","key":"ITMG"},"action":"UPDATED","fields":["name"],"name":"Management","nameBefore":"IT management"}],
		"faults":[],"remarks":[],"skippedRows":0,"missing":[],"renames":[],"errors":[]`
	t.Run("new", func(t *testing.T) {
		s := newServer(t)
		a := s.ask(t, root, importing, vars{"in": with(bundle(t), "message", "All.")})
		p := a.Data["p"]
		wantJSON(t, `{"seq":1,"message":"All."}`, at(t, p, "revision"))
		wantJSON(t, `[]`, at(t, p, "errors"))
		if n := at(t, p, "counts", "created").(float64); n < 200 || int(n) != len(at(t, p, "changes").([]any)) {
			t.Errorf("%v created", n)
		}
		s.want(t, reader, `{framework{code skills{totalCount}}}`, nil, `{"framework":{"code":"meridian","skills":{"totalCount":42}}}`)
	})
	t.Run("again", func(t *testing.T) {
		demo(t).change(t, ada, importing, bundle(t), `{"revision":null,"framework":{"code":"meridian"},`+unchanged+`}`)
	})
	t.Run("something changed", func(t *testing.T) {
		demo(t).change(t, ada, importing, bundle(t, "IT management", "Management"), `{"revision":{"seq":2,"message":null},"framework":{"code":"meridian"},`+renamed+`}`)
	})
	t.Run("request repeated", func(t *testing.T) {
		s := demo(t)
		in := with(bundle(t, "IT management", "Management"), "requestId", "r1")
		s.change(t, ada, importing, in, `{"revision":{"seq":2,"message":null},"framework":{"code":"meridian"},`+renamed+`}`)
		s.change(t, ada, importing, in, `{"revision":{"seq":2,"message":null},"framework":{"code":"meridian"},`+unchanged+`}`)
		if err := s.rename("Theirs"); err != nil {
			t.Fatal(err)
		}
		s.change(t, ada, importing, in, `{"revision":{"seq":2,"message":null},"framework":{"code":"meridian"},`+
			strings.Replace(renamed, `"nameBefore":"IT management"`, `"nameBefore":"Theirs"`, 1)+`}`)
		if seq := s.catalog.Head().Seq(); seq != 3 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("dry run", func(t *testing.T) {
		s := demo(t)
		s.change(t, ada, importing, with(bundle(t, "IT management", "Management"), "dryRun", true), `{"revision":null,"framework":null,`+renamed+`}`)
		if seq := s.catalog.Head().Seq(); seq != 1 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("missing", func(t *testing.T) {
		s := demo(t)
		s.edit(t, "meridian", framework.CreateSkill{Code: "MORE", Name: "More"})
		in := bundle(t)
		s.change(t, ada, importing, in, `{"revision":null,"framework":{"code":"meridian"},`+
			strings.Replace(unchanged, `"missing":[]`, `"missing":[{"kind":"SKILL","key":"MORE","field":null,"name":"More"}]`, 1)+`}`)
		a := s.ask(t, ada, importing, vars{"in": with(in, "retireMissing", true)})
		wantJSON(t, `{"created":0,"updated":1,"renamed":0,"removed":0}`, at(t, a.Data, "p", "counts"))
		s.want(t, reader, `{framework{skill(code:"MORE"){status}}}`, nil, `{"framework":{"skill":{"status":"RETIRED"}}}`)
	})
	t.Run("faults", func(t *testing.T) {
		s := demo(t)
		in := bundle(t, `"category": "technology-service-management",`, `"category": "nowhere",`)
		a := s.ask(t, ada, importing, vars{"in": in})
		p := a.Data["p"]
		wantJSON(t, `[{"code":"INVALID","path":[],"message":"the files have faults, see faults; mend them, or leave the rows out with skipBadRows"}]`, at(t, p, "errors"))
		fault := at(t, p, "faults", 0)
		if at(t, fault, "file") != "m.json" || at(t, fault, "line").(float64) < 10 || at(t, fault, "column").(float64) < 2 || !strings.Contains(at(t, fault, "message").(string), "nowhere") {
			t.Errorf("%v", fault)
		}
		if at(t, p, "revision") != nil || at(t, p, "framework") != nil || s.catalog.Head().Seq() != 1 {
			t.Error("something was changed")
		}
		a = s.ask(t, ada, importing, vars{"in": with(in, "skipBadRows", true)})
		if at(t, a.Data, "p", "skippedRows").(float64) < 1 || len(at(t, a.Data, "p", "errors").([]any)) > 0 {
			t.Errorf("%v", a.Data)
		}
		a = s.ask(t, ada, importing, vars{"in": with(in, "retireMissing", true)})
		if at(t, a.Data, "p", "errors", 0, "code") != "INVALID" {
			t.Errorf("%v", a.Data)
		}
	})
	t.Run("another code", func(t *testing.T) {
		s := demo(t)
		in := bundle(t, `"ITMG"`, `"ITMX"`, "IT management", "IT Management")
		a := s.ask(t, ada, importing, vars{"in": with(maps.Clone(in), "dryRun", true)})
		p := a.Data["p"]
		wantJSON(t, `[{"kind":"SKILL","from":"ITMG","to":"ITMX","fromName":"IT management","toName":"IT Management","why":"SAME_TEXTS"}]`, at(t, p, "renames"))
		wantJSON(t, `{"kind":"SKILL","key":"ITMG","field":null,"name":"IT management"}`, at(t, p, "missing", 0))
		for i, same := range []object{{"store": "ITMG", "file": "ITMX"}, {"kind": "SKILL", "store": "ITMG", "file": "ITMX"}} {
			want := `{"revision":{"seq":2,"message":null},"framework":{"code":"meridian"},` + strings.ReplaceAll(renamed, `"Management"`, `"IT Management"`) + `}`
			if i == 1 {
				want = `{"revision":null,"framework":{"code":"meridian"},` + unchanged + `}`
			}
			s.change(t, ada, importing, with(maps.Clone(in), "same", []any{same}), want)
		}
		a = s.ask(t, ada, importing, vars{"in": with(maps.Clone(in), "same", []any{object{"store": "ITMG", "file": "NONE"}})})
		wantJSON(t, `[{"code":"INVALID","message":"the files have no skill \"NONE\"","path":["same","0"]}]`, at(t, a.Data, "p", "errors"))
	})
	t.Run("a request id for each way of importing", func(t *testing.T) {
		s := demo(t)
		in := with(bundle(t, `"ITMG"`, `"ITMX"`), "requestId", "r1")
		ways := []object{
			with(maps.Clone(in), "same", []any{object{"store": "ITMG", "file": "ITMX"}}),
			with(maps.Clone(in), "changeRequest", object{"title": "New"}), with(maps.Clone(in), "changeRequest", object{"title": "Other"}),
			with(maps.Clone(in), "changeRequest", object{"title": "New", "submit": false}),
		}
		s.ask(t, ada, importing, vars{"in": in})
		for i, in := range ways {
			a := s.ask(t, ada, importing, vars{"in": in})
			if i > 0 && at(t, a.Data, "p", "errors", 0, "code") != "INVALID" {
				t.Errorf("%v is taken for another: %s", in, a.Body)
			}
		}
		if seq := s.catalog.Head().Seq(); seq != 2 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("into another framework", func(t *testing.T) {
		s := demo(t)
		a := s.ask(t, root, importing, vars{"in": with(bundle(t), "framework", "copy")})
		wantJSON(t, `{"code":"copy"}`, at(t, a.Data, "p", "framework"))
	})
	for name, c := range map[string]struct {
		in         func(object)
		code, path string
	}{
		"not Base64":     {func(in object) { in["files"] = []any{object{"name": "m", "content": "%"}} }, "INVALID", `["files","0","content"]`},
		"not JSON":       {func(in object) { in["files"] = []any{object{"name": "m", "content": "eA=="}} }, "INVALID", `[]`},
		"no file":        {func(in object) { in["files"] = []any{} }, "INVALID", `[]`},
		"too many files": {func(in object) { in["files"] = slices.Repeat(in["files"].([]any), 21) }, "LIMIT_EXCEEDED", `[]`},
		"long file name": {func(in object) { in["files"].([]any)[0].(object)["name"] = strings.Repeat("x", 256) }, "LIMIT_EXCEEDED", `["files","0","name"]`},
		"no framework":   {func(in object) { in["format"] = "GDAD" }, "INVALID", `[]`},
		"tracker rows":   {func(in object) { in["format"], in["skipBadRows"] = "TRACKER", true }, "INVALID", `[]`},
		"columns":        {func(in object) { in["columns"] = []any{object{"header": "Name", "field": "name"}} }, "INVALID", `[]`},
		"many columns":   {func(in object) { in["columns"] = slices.Repeat([]any{object{"header": "a", "field": "b"}}, 201) }, "LIMIT_EXCEEDED", `[]`},
		"long message":   {func(in object) { in["message"] = strings.Repeat("x", 2001) }, "INVALID", `["message"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := demo(t)
			in := bundle(t)
			c.in(in)
			a := s.ask(t, ada, importing, vars{"in": in})
			if len(a.Errors) > 0 {
				t.Fatal(a.Errors)
			}
			e := at(t, a.Data, "p", "errors", 0)
			if at(t, e, "code") != c.code {
				t.Errorf("%v", e)
			}
			wantJSON(t, c.path, at(t, e, "path"))
			if s.catalog.Head().Seq() != 1 {
				t.Error("something was changed")
			}
		})
	}
}

func TestImportGDaD(t *testing.T) {
	var files []any
	for _, name := range []string{"skills_az.csv", "roles_skills.csv"} {
		content, err := os.ReadFile("../internal/exchange/testdata/gdad/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, object{"name": name, "content": base64.StdEncoding.EncodeToString(content)})
	}
	s := newServer(t)
	in := object{"framework": "gdad", "format": "GDAD", "files": files}
	a := s.ask(t, root, importing, vars{"in": in})
	if len(a.Errors) > 0 || len(at(t, a.Data, "p", "errors").([]any)) > 0 {
		t.Fatalf("%.2000s", a.Body)
	}
	again := s.ask(t, root, importing, vars{"in": in})
	if at(t, again.Data, "p", "revision") != nil || at(t, again.Data, "p", "counts", "updated").(float64) != 0 {
		t.Errorf("%.2000s", again.Body)
	}
	n := at(t, s.ask(t, reader, `{framework{skills{totalCount}}}`, nil).Data, "framework", "skills", "totalCount")
	if n.(float64) < 2 {
		t.Errorf("%v skills", n)
	}
	// With another header a column is read only when it is said what it holds.
	skills := files[0].(object)
	content, _ := base64.StdEncoding.DecodeString(skills["content"].(string))
	skills["content"] = base64.StdEncoding.EncodeToString(bytes.Replace(content, []byte("Awareness,Working"), []byte("Some,Working"), 1))
	again = s.ask(t, root, importing, vars{"in": in})
	if at(t, again.Data, "p", "errors", 0, "code") != "INVALID" {
		t.Errorf("%.2000s", again.Body)
	}
	again = s.ask(t, root, importing, vars{"in": with(maps.Clone(in), "columns", []any{object{"header": "some", "field": "Awareness"}})})
	if at(t, again.Data, "p", "counts", "updated").(float64) != 0 || len(at(t, again.Data, "p", "errors").([]any)) > 0 {
		t.Errorf("%.2000s", again.Body)
	}
	// What is not read is remarked.
	skills["content"] = base64.StdEncoding.EncodeToString(bytes.Replace(content, []byte("Roles that require Skill"), []byte("Who"), 1))
	again = s.ask(t, root, importing, vars{"in": in})
	wantJSON(t, `[{"file":"skills_az.csv","line":1,"column":1,"message":"not read: the column \"Who\""}]`, at(t, again.Data, "p", "remarks"))
}

// TestImportAsRequest: whoever may raise change requests may propose an import, and
// learns of it what they may see.
func TestImportAsRequest(t *testing.T) {
	const proposing = `mutation($in:ImportFrameworkInput!){p:importFramework(input:$in){
		revision{seq} framework{code} counts{created updated renamed removed} changes{entity{key}} missing{key}
		changeRequest{number title status summary rationale theme targetRelease raisedBy{id} subjects{key} proposal{base edits{kind} diff{key newName}}}
		errors{code message path}}}`
	const nothing = `"counts":{"created":0,"updated":0,"renamed":0,"removed":0},"changes":[],"missing":[]`
	renamed := func(request object) object {
		return with(bundle(t, "IT management", "Management"), "changeRequest", request)
	}
	const one = `"counts":{"created":0,"updated":1,"renamed":1,"removed":0},"changes":[{"entity":{"key":"ITMG"}}],"missing":[]`
	t.Run("raised", func(t *testing.T) {
		s := demo(t)
		in := with(renamed(object{"title": "Release 2", "summary": "All of it.", "rationale": "It is out.", "theme": "Releases", "targetRelease": "2"}), "requestId", "r1")
		want := `{"revision":{"seq":2},"framework":{"code":"meridian"},` + one + `,
			"changeRequest":{"number":1,"title":"Release 2","status":"PENDING","summary":"All of it.","rationale":"It is out.","theme":"Releases","targetRelease":"2",
			"raisedBy":{"id":"con"},"subjects":[],"proposal":{"base":1,"edits":[{"kind":"updateSkill"}],"diff":[{"key":"ITMG","newName":"Management"}]}},"errors":[]}`
		s.change(t, con, proposing, in, want)
		s.want(t, reader, `{framework{skill(code:"ITMG"){name changeRequests(by:[PROPOSES]){nodes{number}}}}}`, nil,
			`{"framework":{"skill":{"name":"IT management","changeRequests":{"nodes":[{"number":1}]}}}}`)
		s.change(t, con, proposing, in, want) // sent again
		s.edit(t, "meridian", framework.DecideRequest{Number: 1, Outcome: framework.OutcomeAccept, Apply: true})
		s.want(t, reader, `{framework{skill(code:"ITMG"){name}}}`, nil, `{"framework":{"skill":{"name":"Management"}}}`)
		a := s.ask(t, con, proposing, vars{"in": in}) // and when there is nothing left to propose
		wantJSON(t, `{"seq":2}`, at(t, a.Data, "p", "revision"))
		wantJSON(t, `[]`, at(t, a.Data, "p", "errors"))
		if seq := s.catalog.Head().Seq(); seq != 3 {
			t.Errorf("the head is at %d", seq)
		}
	})
	t.Run("draft", func(t *testing.T) {
		a := demo(t).ask(t, con, proposing, vars{"in": renamed(object{"title": "Release 2", "submit": false})})
		if got := at(t, a.Data, "p", "changeRequest", "status"); got != "DRAFT" {
			t.Errorf("it is %v", got)
		}
	})
	crafts := framework.Actor{ID: "cra", Access: framework.Contributor, Frameworks: []string{"crafts"}}
	ours := object{"title": "Ours"}
	refusal := func(code, message, path string) string {
		return fmt.Sprintf(`"errors":[{"code":%q,"message":%q,"path":%s}]`, code, message, path)
	}
	many := func(n int) string {
		var list strings.Builder
		for i := range n {
			fmt.Fprintf(&list, `{"code":"X%03d","name":"X"},`, i)
		}
		return base64.StdEncoding.EncodeToString([]byte(`{"format":"skillatlas/1","framework":{"code":"small","name":"Small"},"skills":[` +
			strings.TrimSuffix(list.String(), ",") + `]}`))
	}
	for name, c := range map[string]struct {
		actor framework.Actor
		in    object
		want  string
	}{
		"dry run": {con, with(renamed(ours), "dryRun", true), one + `,"errors":[]`},
		"nothing": {con, with(bundle(t), "changeRequest", ours), nothing + "," + refusal("INVALID", "framework meridian is as the files say already; there is nothing to propose", `["changeRequest"]`)},
		"dry run, nothing": {con, with(with(bundle(t), "changeRequest", ours), "dryRun", true), nothing + "," +
			refusal("INVALID", "framework meridian is as the files say already; there is nothing to propose", `["changeRequest"]`)},
		"no title":        {con, renamed(object{"title": ""}), one + "," + refusal("INVALID", "title is required", `["changeRequest","title"]`)},
		"not as a change": {con, bundle(t), nothing + "," + refusal("FORBIDDEN", `Con may not edit a framework: that takes the access EDITOR for it`, `[]`)},
		"dry run of a change": {con, with(bundle(t), "dryRun", true), nothing + "," +
			refusal("FORBIDDEN", `Con may not edit a framework: that takes the access EDITOR for it`, `[]`)},
		"anonymous": {reader, renamed(ours), nothing + "," + refusal("UNAUTHENTICATED", `sign in to contribute to a framework: send the header Authorization: Bearer <token>`, `[]`)},
		"of another framework": {crafts, with(renamed(ours), "dryRun", true), nothing + "," +
			refusal("FORBIDDEN", `cra may not contribute to framework "meridian": that takes the access CONTRIBUTOR for it`, `[]`)},
		"of another framework that is not there": {crafts, with(renamed(ours), "framework", "none"), nothing + "," +
			refusal("FORBIDDEN", `cra may not contribute to framework "none": that takes the access CONTRIBUTOR for it`, `[]`)},
		"tracker": {con, with(renamed(ours), "format", "TRACKER"), nothing + "," + refusal("INVALID", "a file of format tracker has no content that a change request could propose", `[]`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := demo(t)
			s.change(t, c.actor, proposing, c.in, `{"revision":null,"framework":null,"changeRequest":null,`+c.want+`}`)
			if seq := s.catalog.Head().Seq(); seq != 1 {
				t.Errorf("the head is at %d", seq)
			}
		})
	}
	t.Run("new framework", func(t *testing.T) {
		a := demo(t).ask(t, con, proposing, vars{"in": with(renamed(ours), "framework", "new")})
		wantJSON(t, `[{"code":"NOT_FOUND","message":"there is no framework \"new\" yet that a change request could change; import it first","path":["changeRequest"]}]`,
			at(t, a.Data, "p", "errors"))
	})
	t.Run("too many edits", func(t *testing.T) {
		s := demo(t)
		s.edit(t, "small", framework.CreateFramework{Code: "small", Name: "Small"})
		in := object{"format": "JSON", "files": []any{object{"name": "s.json", "content": many(1_001)}}, "changeRequest": ours, "dryRun": true}
		a := s.ask(t, con, proposing, vars{"in": in})
		if got := at(t, a.Data, "p", "errors", 0); at(t, got, "code") != "LIMIT_EXCEEDED" || !strings.Contains(at(t, got, "message").(string), "makes 1001 edits") {
			t.Errorf("%v", got)
		}
		if n := at(t, a.Data, "p", "counts", "created"); n.(float64) != 1_001 { // told all the same
			t.Errorf("it creates %v", n)
		}
	})
}

// broken is a journal that fails when it is told to.
type broken struct {
	*journal.Bolt
	onAppend, onRedact error
}

func (j *broken) Append(ctx context.Context, r *framework.Revision) error {
	if j.onAppend != nil {
		return j.onAppend
	}
	return j.Bolt.Append(ctx, r)
}

func (j *broken) Redact(ctx context.Context, ref framework.Ref, before int64) error {
	if j.onRedact != nil {
		return j.onRedact
	}
	return j.Bolt.Redact(ctx, ref, before)
}

func TestChangesThatAreNotStored(t *testing.T) {
	j := &broken{Bolt: openJournal(t)}
	s := serve(t, j)
	s.load(t)
	j.onAppend = errors.New("disk /dev/sda1 is full")
	for name, c := range map[string]struct {
		err  error
		code framework.Code
	}{
		"not stored": {errors.New("disk /dev/sda1 is full"), framework.Unavailable},
		"not known":  {journal.ErrOutcomeUnknown, framework.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			s.log.Reset()
			j.onAppend = c.err
			a := s.ask(t, ada, editing, vars{"in": rename(1, "A")})
			if at(t, a.Data, "p", "errors", 0, "code") != string(c.code) || at(t, a.Data, "p", "framework") != nil {
				t.Errorf("%v", a.Data)
			}
			if strings.Contains(a.Body, "sda1") {
				t.Errorf("the cause is told: %s", a.Body)
			}
			if n := strings.Count(s.log.String(), "level=WARN"); n != 1 || !strings.Contains(s.log.String(), c.err.Error()) {
				t.Errorf("logged: %s", s.log)
			}
		})
	}
}

// TestImportsDoNotConfirmGuesses: an import does not tell which matches there are with a
// framework that its caller may not see.
func TestImportsDoNotConfirmGuesses(t *testing.T) {
	s := past(t)
	s.edit(t, "meridian", framework.Relate{From: "ITOP", Type: framework.ExactMatch, ToFramework: "crafts", To: "WELD", Note: "Hardly."})
	answer := func(actor framework.Actor, to, note string, extra object) string {
		content := "from,type,to,toFramework,note\nITOP,EXACT_MATCH," + to + ",crafts," + note + "\n"
		in := object{
			"framework": "meridian", "format": "RELATIONS", "dryRun": true,
			"files": []any{object{"name": "r.csv", "content": base64.StdEncoding.EncodeToString([]byte(content))}},
		}
		maps.Copy(in, extra)
		return strings.ReplaceAll(string(s.ask(t, actor, importing, vars{"in": in}).Body), to, "TO")
	}
	proposal := object{"changeRequest": object{"title": "Matches"}}
	for name, c := range map[string]struct {
		actor framework.Actor
		extra object
	}{
		"editor": {limited(framework.Editor), nil}, "skipping rows": {limited(framework.Editor), object{"skipBadRows": true}},
		"contributor": {limited(framework.Contributor), proposal},
	} {
		for _, note := range []string{"Hardly.", "Other."} {
			if diff := cmp.Diff(answer(c.actor, "NONE", note, c.extra), answer(c.actor, "WELD", note, c.extra)); diff != "" {
				t.Errorf("%s (-wrong +right):\n%s", name, diff)
			}
		}
	}
	if got := answer(root, "WELD", "Hardly.", nil); !strings.Contains(got, `"updated":0`) || !strings.Contains(got, `"errors":[]`) {
		t.Errorf("who may see both gets %s", got)
	}
}

func TestImportsWaitForEachOther(t *testing.T) {
	a := &api{importing: make(chan struct{}, 1)}
	a.importing <- struct{}{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), operationKey{}, &operation{viewer: &framework.Viewer{Actor: root}}))
	cancel()
	err := (&mutation{a}).importInto(ctx, ImportFrameworkInput{}, &ImportFrameworkPayload{})
	var refusal *framework.Error
	if !errors.As(err, &refusal) || refusal.Code != framework.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
}
