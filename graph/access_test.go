package graph

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"skillatlas/internal/framework"
)

// limited may do something to the demo framework only.
func limited(access framework.Access) framework.Actor {
	return framework.Actor{ID: "lim", Access: access, Frameworks: []string{"meridian"}}
}

// TestWhatMayNotBeSeen asks by every route for the framework crafts, as someone
// who may see another one only, and as nobody.
func TestWhatMayNotBeSeen(t *testing.T) {
	s := past(t)
	// What crafts holds. Its code is in the requests, and so may be in refusals.
	secrets := []string{"Crafts", "Guild", "Weld", "Forg", "Smith", "Hardly", "Fitter", "Apprentice", "WELD CLOSE_MATCH", `"crafts"`}
	for name, c := range map[string]struct{ query, limited, nobody string }{
		"framework":        {`{framework(code:"crafts"){name}}`, `{"framework":null}`, `{"framework":null}`},
		"pinned framework": {`{framework(code:"crafts",at:{revision:5}){name}}`, `{"framework":null}`, `{"framework":null}`},
		"revision to come": {`{framework(code:"crafts",at:{revision:99}){name}}`, `{"framework":null}`, `{"framework":null}`},
		"default":          {`{framework{code}}`, `{"framework":{"code":"meridian"}}`, `{"framework":null}`},
		"pinned default":   {`{framework(at:{revision:5}){code}}`, `{"framework":{"code":"meridian"}}`, `{"framework":null}`},
		"frameworks": {`{frameworks(archived:true){totalCount nodes{code} pageInfo{hasNextPage hasPreviousPage}}}`,
			`{"frameworks":{"totalCount":1,"nodes":[{"code":"meridian"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false}}}`,
			`{"frameworks":{"totalCount":0,"nodes":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false}}}`},
		"nodes": {`{nodes(ids:["framework:crafts:crafts","level:crafts:1","attribute:crafts:AUTO","category:crafts:new","skill:crafts:WELD","skill_level:crafts:WELD_1",
				"relation:crafts:WELD CLOSE_MATCH meridian ITMG","role_group:crafts:hall","role:crafts:fitter","revision::3"]){id}}`,
			`{"nodes":[null,null,null,null,null,null,null,null,null,null]}`, `{"nodes":[null,null,null,null,null,null,null,null,null,null]}`},
		"pinned nodes": {`{nodes(ids:["framework:crafts@5:crafts","skill:crafts@3:WELD","skill:crafts@99:WELD","relation:crafts@3:WELD CLOSE_MATCH meridian ITMG","revision:@5:3"]){id}}`,
			`{"nodes":[null,null,null,null,null]}`, `{"nodes":[null,null,null,null,null]}`},
		"node":               {`{node(id:"skill:crafts:WELD"){id}}`, `{"node":null}`, `{"node":null}`},
		"nodes of the other": {`{node(id:"skill:meridian:ITMG"){id}}`, `{"node":{"id":"skill:meridian:ITMG"}}`, `{"node":null}`},
		"revisions": {`{revisions{totalCount nodes{seq frameworks}}}`,
			`{"revisions":{"totalCount":2,"nodes":[{"seq":1,"frameworks":["meridian"]},{"seq":2,"frameworks":["meridian"]}]}}`, `{"revisions":{"totalCount":0,"nodes":[]}}`},
		"revision": {`{revision(seq:3){seq message changes{totalCount}} four:revision(seq:4){seq}}`, `{"revision":null,"four":null}`, `{"revision":null,"four":null}`},
		"changes":  {`{revision(seq:2){changes(framework:"crafts"){totalCount nodes{key}}}}`, `{"revision":{"changes":{"totalCount":0,"nodes":[]}}}`, `{"revision":null}`},
		"relations of the other": {`{framework(code:"meridian"){skill(code:"ITMG"){related(types:[CLOSE_MATCH]){type} history{totalCount}}
				skills(filter:{related:{to:"ITMG",types:[CLOSE_MATCH]}}){totalCount} relations(types:[CLOSE_MATCH]){totalCount} revisions{totalCount}}}`,
			`{"framework":{"skill":{"related":[],"history":{"totalCount":2}},"skills":{"totalCount":0},"relations":{"totalCount":0},"revisions":{"totalCount":2}}}`, `{"framework":null}`},
		"pinned relations of the other": {`{framework(code:"meridian",at:{revision:5}){skill(code:"ITMG"){related(types:[CLOSE_MATCH]){skill{name}}}}}`,
			`{"framework":{"skill":{"related":[]}}}`, `{"framework":null}`},
		"search": {`{framework(code:"crafts"){search(query:"weld"){totalCount nodes{node{id}}}} pinned:framework(code:"crafts",at:{revision:5}){search(query:"weld"){totalCount}}}`,
			`{"framework":null,"pinned":null}`, `{"framework":null,"pinned":null}`},
		"search of the other": {`{framework(code:"meridian"){search(query:"welding fitter"){totalCount nodes{node{id}}}}}`,
			`{"framework":{"search":{"totalCount":0,"nodes":[]}}}`, `{"framework":null}`},
		"graphs, paths and gaps": {`{framework(code:"crafts"){graph{nodes{label}} careerPaths(from:{role:"fitter"},to:{role:"fitter"}){paths{cost}} gap(have:{role:"fitter"},want:{role:"fitter"}){readiness}
				rolesFor(have:{role:"fitter"}){readiness} nextSkills(have:{role:"fitter"}){gain}}}`, `{"framework":null}`, `{"framework":null}`},
		"graph of the other": {`{framework(code:"meridian"){graph(roots:["ITMG"],depth:0){nodes{degree skill{related(types:[CLOSE_MATCH],distance:2){origin} code}} edges{id}}}}`,
			`{"framework":{"graph":{"nodes":[{"degree":0,"skill":{"related":[],"code":"ITMG"}}],"edges":[]}}}`, `{"framework":null}`},
		"ends of another framework": {`{framework(code:"meridian"){gap(have:{profile:[]},want:{role:"developer"}){readiness}}}`,
			`{"framework":{"gap":{"readiness":0}}}`, `{"framework":null}`},
		"findings": {`{framework(code:"crafts"){lint{totalCount}} meridian:framework(code:"meridian"){lint{nodes{message} totalCount}}}`,
			`{"framework":null,"meridian":{"lint":{"totalCount":0,"nodes":[]}}}`, `{"framework":null,"meridian":null}`},
		"viewer": {`{viewer{actor{id name} access frameworks}}`,
			`{"viewer":{"actor":{"id":"lim","name":null},"access":"READER","frameworks":["meridian"]}}`, `{"viewer":{"actor":null,"access":"NONE","frameworks":null}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s.want(t, limited(framework.Reader), c.query, nil, c.limited)
			s.want(t, nobody, c.query, nil, c.nobody)
			for _, actor := range []framework.Actor{limited(framework.Admin), limited(framework.Reader), nobody} {
				if a := s.ask(t, actor, c.query, nil); contains(a.Body, secrets) {
					t.Errorf("%s sees it: %s", actor.Access, a.Body)
				}
			}
			if a := s.ask(t, framework.Actor{Access: framework.Reader}, c.query, nil); name != "revision to come" && len(a.Errors) > 0 && !strings.Contains(name, "default") {
				t.Errorf("someone who may see it does not: %v", a.Errors)
			}
		})
	}
	t.Run("no actor in the context", func(t *testing.T) {
		a := s.send(t, nobody, post(t.Context(), `{frameworks{totalCount}}`, nil))
		wantJSON(t, `{"frameworks":{"totalCount":0}}`, a.Data)
	})
}

func contains(text string, any []string) bool {
	for _, s := range any {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// TestAMatchSeenFromOneSide states a match in the framework that may be seen.
func TestAMatchSeenFromOneSide(t *testing.T) {
	s := past(t)
	seq := s.edit(t, "meridian", framework.Relate{From: "ITOP", Type: framework.ExactMatch, ToFramework: "crafts", To: "WELD", Note: "Hardly."})
	const query = `query($at:At,$seq:Int!){framework(code:"meridian",at:$at){
		skill(code:"ITOP"){related(types:[EXACT_MATCH]){skill{name} relation{id}}} relations(types:[EXACT_MATCH]){totalCount nodes{id}}}
		revision(seq:$seq){seq message frameworks changes{totalCount nodes{key entity{id}}}}
		node(id:"relation:meridian:ITOP EXACT_MATCH crafts WELD"){id}}`
	for _, pin := range []any{nil, object{"revision": seq}} {
		s.want(t, limited(framework.Admin), query, vars{"seq": seq, "at": pin}, fmt.Sprintf(`{"framework":{"skill":{"related":[]},"relations":{"totalCount":0,"nodes":[]}},
			"revision":{"seq":%d,"message":"Edit meridian","frameworks":["meridian"],"changes":{"totalCount":0,"nodes":[]}},"node":null}`, seq))
	}
}

func TestWhoMayChangeWhat(t *testing.T) {
	actors := map[string]framework.Actor{
		"nobody": nobody, "anonymous": reader,
		"reader": {ID: "x", Access: framework.Reader}, "contributor": {ID: "x", Access: framework.Contributor},
		"editor": {ID: "x", Access: framework.Editor}, "admin": {ID: "x", Access: framework.Admin},
		"editor elsewhere": {ID: "x", Access: framework.Editor, Frameworks: []string{"other"}},
		"admin elsewhere":  {ID: "x", Access: framework.Admin, Frameworks: []string{"other"}},
		"editor here":      {ID: "x", Access: framework.Editor, Frameworks: []string{"meridian"}},
	}
	const in, no = "UNAUTHENTICATED", "FORBIDDEN"
	none := map[string]string{"nobody": in, "anonymous": in, "reader": no, "contributor": no, "editor elsewhere": no, "admin elsewhere": no}
	editors := none
	admins := map[string]string{"editor": no, "editor here": no}
	for k, v := range none {
		admins[k] = v
	}
	for name, c := range map[string]struct {
		mutation string
		in       func() object
		refused  map[string]string
	}{
		"edit":              {editing, func() object { return rename(1, "A") }, editors},
		"no edits":          {editing, func() object { return with(rename(1, "A"), "edits", []any{}) }, editors},
		"import":            {importing, func() object { return bundle(t, "IT management", "A") }, editors},
		"dry run":           {importing, func() object { return with(bundle(t, "IT management", "A"), "dryRun", true) }, editors},
		"faulty dry run":    {importing, func() object { return with(bundle(t, "IT management", ""), "dryRun", true) }, editors},
		"create":            {creating, func() object { return object{"code": "new", "name": "New"} }, admins},
		"import, creating":  {importing, func() object { return with(bundle(t), "framework", "new") }, admins},
		"dry run, creating": {importing, func() object { return with(with(bundle(t), "framework", "new"), "dryRun", true) }, admins},
		"create release":    {creatingRelease, func() object { return object{"framework": "meridian", "code": "9", "name": "Nine"} }, editors},
		"update release":    {updatingRelease, func() object { return object{"framework": "meridian", "baseRevision": 1, "code": "9"} }, editors},
		"archive":           {archiving, func() object { return object{"framework": "meridian", "baseRevision": 1} }, admins},
		"unarchive":         {archiving, func() object { return object{"framework": "meridian", "baseRevision": 1, "archived": false} }, admins},
	} {
		for who, actor := range actors {
			t.Run(name+" by "+who, func(t *testing.T) {
				s := demo(t)
				a := s.ask(t, actor, c.mutation, vars{"in": c.in()})
				if len(a.Errors) > 0 {
					t.Fatal(a.Errors)
				}
				code := ""
				if errs := at(t, a.Data, "p", "errors").([]any); len(errs) > 0 {
					code = at(t, errs[0], "code").(string)
				}
				want := c.refused[who]
				if (want == in || want == no || code == in || code == no) && code != want {
					t.Errorf("got %q, want %q: %s", code, want, a.Body)
				}
				if want != "" && s.catalog.Head().Seq() != 1 {
					t.Error("something was changed")
				}
				if want != "" && (at(t, a.Data, "p", "revision") != nil || at(t, a.Data, "p").(map[string]any)["framework"] != nil || at(t, a.Data, "p").(map[string]any)["release"] != nil || strings.Contains(a.Body, "ITMG") || strings.Contains(a.Body, "line")) {
					t.Errorf("something is told: %s", a.Body)
				}
			})
		}
	}
}

// TestChangesTellNothing refuses changes that are about what may not be seen in
// the same way whether it is there or not.
func TestChangesTellNothing(t *testing.T) {
	s := past(t)
	editor := limited(framework.Editor)
	relate := func(from, to string) object {
		return object{"framework": "meridian", "baseRevision": 7, "edits": object{"relate": object{"from": "ITOP", "type": "EXACT_MATCH", "toFramework": from, "to": to}}}
	}
	answers := map[string]string{}
	for _, in := range []object{relate("crafts", "WELD"), relate("crafts", "NONE")} {
		answers[s.ask(t, editor, editing, vars{"in": in}).Body] = "edit"
	}
	for _, code := range []string{"crafts", "missing"} {
		body := s.ask(t, editor, editing, vars{"in": with(rename(1, "A"), "framework", code)}).Body
		answers[strings.ReplaceAll(body, code, "crafts")] = "other framework"
		body = s.ask(t, editor, importing, vars{"in": with(with(bundle(t), "framework", code), "dryRun", true)}).Body
		answers[strings.ReplaceAll(body, `"missing\"`, `"crafts\"`)] = "import"
	}
	matches := map[string]bool{}
	for _, to := range []string{"WELD", "NONE"} { // one that is there and one that is not
		text := strings.Replace(string(demoFile(t)), `"relations": [`, `"relations": [{"from": "ITOP", "type": "EXACT_MATCH", "toFramework": "crafts", "to": "`+to+`"},`, 1)
		in := object{"format": "JSON", "dryRun": true, "files": object{"name": "m", "content": base64.StdEncoding.EncodeToString([]byte(text))}}
		matches[strings.ReplaceAll(s.ask(t, editor, importing, vars{"in": in}).Body, to, "SKILL")] = true
	}
	for body := range matches {
		if len(matches) != 1 || !strings.Contains(body, "has no skill") {
			t.Errorf("%.500s", body)
		}
	}
	for body := range answers {
		if !strings.Contains(body, "FORBIDDEN") {
			t.Errorf("%.500s", body)
		}
	}
	if len(answers) != 3 {
		t.Errorf("got different answers: %v", answers)
	}
}

// TestHiddenRelationsStay lets someone who may see meridian only try to find and
// remove its relation with a skill of crafts.
func TestHiddenRelationsStay(t *testing.T) {
	s := past(t)
	s.edit(t, "meridian", framework.Relate{From: "ITOP", Type: framework.CloseMatch, ToFramework: "crafts", To: "SMITH"})
	editor := limited(framework.Editor)
	const shown = `{framework(code:"meridian"){skill(code:"ITOP"){related(types:[CLOSE_MATCH]){skill{code}}}}}`
	const there = `{"framework":{"skill":{"related":[{"skill":{"code":"SMITH"}}]}}}`
	s.want(t, root, shown, nil, there)

	a := s.ask(t, editor, importing, vars{"in": with(bundle(t), "retireMissing", true)})
	if text := a.Body; strings.Contains(text, "SMITH") || strings.Contains(text, "crafts") || !strings.Contains(text, `"removed":0`) {
		t.Errorf("the import tells of the relation: %s", text)
	}
	for _, to := range []string{"SMITH", "WELD"} {
		for _, name := range []string{"unrelate", "updateRelation"} {
			relation := object{"from": "ITOP", "type": "CLOSE_MATCH", "toFramework": "crafts", "to": to}
			in := object{"framework": "meridian", "baseRevision": 7, "edits": []any{object{name: relation}}}
			a := s.ask(t, editor, editing, vars{"in": in})
			if code := at(t, a.Data, "p", "errors", 0, "code"); code != "FORBIDDEN" {
				t.Errorf("%s %s: got %v, want FORBIDDEN", name, to, code)
			}
		}
	}
	s.want(t, root, shown, nil, there)
}
