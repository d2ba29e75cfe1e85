package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// storied serves all that queries can tell of: what [past] has, change requests with
// all that happens to them, releases of two frameworks, and findings of the linter.
// The framework crafts shows readers its release and hides its head.
func storied(t testing.TB) *server {
	t.Helper()
	s := past(t)
	act := func(who framework.Actor, code string, e framework.Edit) {
		t.Helper()
		_, err := s.catalog.Edit(t.Context(), who, catalog.Request{
			Framework: code, BaseRevision: s.catalog.Head().Seq(), Message: fmt.Sprintf("%T", e), Edits: []framework.Edit{e},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rename := func(name string) framework.Edit {
		return framework.UpdateSkill{Code: "ITMG", Name: framework.Some(name)}
	}
	act(con, "meridian", framework.RaiseRequest{ // 8
		Title: "Reshape ITMG", Summary: "Services, not infrastructure.", Rationale: "See CR#2 and IT operations (ITOP).",
		DraftText: "Level 5: …", SourceURL: "https://example.org/1", OnBehalfOf: framework.Who{Name: "The guild"},
		Assignee: framework.Who{ID: "ada"}, Theme: "Operations", TargetRelease: "2", Submit: true, Base: 1, Note: "First try.",
		Subjects: []framework.Subject{{Kind: framework.KindSkill, Key: "ITMG"}, {Kind: "skill_level", Key: "ITOP_5", Name: "To come"}},
		Edits:    []framework.Edit{framework.UpdateSkill{Code: "ITMG", Guidance: framework.Some("Mind the services.")}},
	})
	act(lee, "meridian", framework.CommentRequest{Number: 1, Body: "The one for ITOP5 is #2."})
	act(lee, "meridian", framework.RaiseRequest{Title: "A level 5 for ITOP", Submit: true, Base: 1, Edits: []framework.Edit{ // 10, with a conflict
		framework.DefineSkillLevel{Skill: "ITOP", Level: 5, Description: "Leads the team."},
		rename("IT operations management"),
		framework.Require{Role: "operations-manager", Skill: "ITOP", Level: 5},
		framework.RemoveSkillLevel{Skill: "ITOP", Level: 1},
		framework.RetireSkill{Code: "OBSV"},
	}})
	act(ada, "meridian", framework.DecideRequest{ // 11
		Number: 1, Outcome: framework.OutcomeAccept, Text: "A better one.", Apply: true, Base: 10,
		Amended: []framework.Edit{rename("Service delivery management")},
	})
	act(lee, "meridian", framework.EditComment{Number: 1, Comment: 1, Body: "The one for ITOP_5 is #2."})
	act(con, "meridian", framework.RaiseRequest{Title: "No more skills", Submit: true})
	act(ada, "meridian", framework.DecideRequest{Number: 3, Outcome: framework.OutcomeDecline, DuplicateOf: 2})
	act(con, "meridian", framework.RaiseRequest{Title: "A secret plan for ITOP", Base: 14, Edits: []framework.Edit{
		framework.UpdateSkill{Code: "OBSV", Name: framework.Some("Watching")},
		framework.CreateSkill{Code: "ORPH", Name: "Orphan"},
	}})
	act(lee, "meridian", framework.LinkRequest{Number: 2, Type: "DEPENDS_ON", To: 1})
	act(lee, "meridian", framework.RaiseRequest{Title: "A seamless change", Submit: true, Base: 16, Edits: []framework.Edit{ // #5 touches what #2 does
		framework.RemoveSkillLevel{Skill: "ITOP", Level: 1},
		framework.RetireSkill{Code: "OBSV"},
	}})
	act(root, "meridian", framework.RevertRevision{Seq: 11}) // 18
	// #6 to #8 cannot be made any more after what comes next.
	for range 3 {
		act(lee, "meridian", framework.RaiseRequest{Title: "Take a code", Submit: true, Base: 18, Edits: []framework.Edit{
			framework.RetireSkill{Code: "CTDN"}, framework.CreateSkill{Code: "TAKE", Name: "Takes a code"},
			framework.CreateSkill{Code: "take", Name: "In lower case"},
		}})
	}
	s.edit(t, "meridian", framework.CreateSkill{Code: "TAKE", Name: "Taken"}, framework.MergeSkills{Codes: []string{"CTDN"}, Into: "NETS"})
	act(ada, "meridian", framework.CreateRelease{Code: "9", Name: "Nine", Notes: "Good.", Stage: framework.ReleasePublished, Revision: 2})
	act(ada, "meridian", framework.CreateRelease{Code: "10", Name: "Ten", Stage: framework.ReleasePublished, Revision: 18})
	act(ada, "meridian", framework.CreateRelease{Code: "11-beta", Name: "Beta", Stage: framework.ReleaseBeta, Revision: 18})
	act(ada, "meridian", framework.CreateRelease{Code: "11", Name: "Draft", Stage: framework.ReleaseDraft, Revision: 18})
	act(ada, "crafts", framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished, Revision: 4})
	s.edit(t, "crafts", framework.UpdateFramework{ShowsRelease: framework.Some(true), HidesHead: framework.Some(true)})
	return s
}

// samples are what there is to ask for.
type samples struct {
	head, requests int                            // the newest revision, and change requests of meridian
	codes          map[string]map[string][]string // by framework and by the field that looks them up
	ids            map[string][]string            // by type
	allIDs         []string
	cursors        map[string][]string // by the field that gives the page
	ends           map[string][]any    // of career paths in meridian, by argument
}

// gather asks a server for samples.
func gather(t testing.TB, s *server) *samples {
	t.Helper()
	const listed = `id code skills(first:500,filter:{status:[ACTIVE,RETIRED]}){edges{cursor node{id code levels{id code}}}} levels{id}
		attributes(status:[ACTIVE,RETIRED]){id code} categories(status:[ACTIVE,RETIRED]){id code children{id code}}
		roles(first:500,filter:{status:[ACTIVE,RETIRED]}){edges{cursor node{id code requirements(first:2){edges{cursor}}}}}
		roleGroups{id code children{id code}} relations(first:9){edges{cursor node{id}}} releases(first:9){edges{cursor node{id code}}}
		revisions(first:9){edges{cursor node{id diff(first:2){edges{cursor}} changes(first:2){edges{cursor}}}}} lint(first:5){edges{cursor}}
		search(query:"service",first:5){edges{cursor}}
		skill(code:"ITMG"){versions(first:5){edges{cursor}} history(first:5){edges{cursor}} requiredBy(first:3){edges{cursor}}}
		changeRequests(first:9){edges{cursor node{id number comments(first:3){edges{cursor node{id}}} proposals{id}}}}`
	a := s.ask(t, root, `{
		meridian:framework(code:"meridian"){`+listed+`} crafts:framework(code:"crafts",at:{latest:HEAD}){`+listed+`} old:framework(code:"old"){`+listed+`}
		pinned:framework(code:"crafts",at:{revision:4}){skills(first:3){nodes{id}} roles{nodes{id}} levels{id} version{release{id}}}
		preview:framework(code:"meridian",at:{changeRequest:4}){skill(code:"OBSV"){id levels{id}}}
		frameworks(archived:true){edges{cursor}} changeLog(framework:"crafts",from:{revision:3}){entries(first:5){edges{cursor}}}}`, nil)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	known := &samples{head: int(s.catalog.Head().Seq()), codes: map[string]map[string][]string{}, ids: map[string][]string{}, cursors: map[string][]string{}}
	known.ends = map[string][]any{
		"from": {object{"skill": object{"skill": "STBK", "level": 3}}, object{"role": "operations-technician"}, object{"role": "content-designer"}},
		"to":   {object{"skill": object{"skill": "SREL", "level": 5}}, object{"role": "site-reliability-engineer"}, object{"role": "chief-information-security-officer"}},
	}
	types := map[string]string{}
	for name, def := range parsedSchema.Types {
		types[strings.ToLower(name)] = def.Name
	}
	var walk func(v any, of, in string)
	walk = func(v any, of, in string) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e, of, in)
			}
		case map[string]any:
			if cursor, ok := v["cursor"].(string); ok {
				known.cursors[of] = append(known.cursors[of], cursor)
			}
			if n, ok := v["number"].(float64); ok {
				known.requests = max(known.requests, int(n))
			}
			code, _ := v["code"].(string)
			if id, ok := v["id"].(string); ok {
				kind := strings.ReplaceAll(id[:strings.IndexAny(id, ":")], "_", "")
				known.ids[types[kind]] = append(known.ids[types[kind]], id)
				if code != "" {
					f := strings.TrimRight(strings.Split(id, ":")[1], "@0123456789")
					if known.codes[f] == nil {
						known.codes[f] = map[string][]string{}
					}
					lookup := map[string]string{"rolegroup": "roleGroup", "skilllevel": "skillLevels"}[kind]
					if lookup == "" {
						lookup = kind
					}
					known.codes[f][lookup] = append(known.codes[f][lookup], code)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				below := of
				if key != "edges" && key != "node" {
					below = key
				}
				walk(v[key], below, in)
			}
		}
	}
	walk(map[string]any(a.Data), "", "")
	for _, kind := range slices.Sorted(maps.Keys(known.ids)) {
		known.allIDs = append(known.allIDs, known.ids[kind]...)
	}
	return known
}

// An answerer answers a question with the bytes of a response.
type answerer func(t testing.TB, q question) []byte

// answer answers by HTTP.
func (s *server) answer(t testing.TB, q question) []byte {
	t.Helper()
	return []byte(s.send(t, q.actor, postBody(t.Context(), q.body())).Body)
}

// patiently are time limits under which nothing ends by time.
var patiently = timeouts{read: time.Minute, write: time.Minute, catchUp: 1}

// planned serves by plans where it can.
func (s *server) planned(m *Metrics) *server {
	other := *s
	other.options.Metrics = m
	other.Handler = newHandler(other.options, patiently)
	return &other
}

// generated serves with the code that gqlgen generates, as it does for an API with a
// field hook, and notes which fields it answers.
func (s *server) generated(seen *fields) *server {
	handler := newHandler(s.options, patiently)
	handler.AroundFields(seen.answer)
	other := *s
	other.Handler = handler
	return &other
}

// agree asks all a question, and wants the bytes of the first from each.
func agree(t testing.TB, q question, first answerer, others ...answerer) answer {
	t.Helper()
	want := first(t, q)
	var a answer
	if err := json.Unmarshal(want, &a); err != nil {
		t.Fatalf("%v: %s\n%s", err, want, q)
	}
	for _, e := range a.Errors {
		if e.code() == nil || e.code() == string(framework.Internal) {
			t.Fatalf("%+v\n%s", e, q)
		}
	}
	for i, other := range others {
		if got := other(t, q); !bytes.Equal(want, got) {
			least := q.shrink(func(q question) bool { return !bytes.Equal(first(t, q), other(t, q)) })
			t.Fatalf("answerer %d differs from the first %s\n%s\nfound with one that differs %s\n%s",
				i+2, difference(first(t, least), other(t, least)), least, difference(want, got), q)
		}
	}
	return a
}

// difference tells where two texts differ, with what is around it.
func difference(want, got []byte) string {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	around := func(text []byte) string { return string(text[max(0, at-200):min(len(text), at+200)]) }
	return fmt.Sprintf("at byte %d of %d and %d\nwant …%s…\ngot  …%s…", at, len(want), len(got), around(want), around(got))
}

// TestRandomQuestions asks random questions, at least so many, and more where not all
// fields that queries can give were answered by then.
func TestRandomQuestions(t *testing.T) {
	const least, most = 3_000, 6_000
	seen := &fields{names: map[string]bool{}}
	s := storied(t)
	r := newQuestioner(gather(t, s))
	var metrics Metrics
	generated, planned := s.generated(seen), s.planned(&metrics)
	left := map[string]bool{}
	for _, target := range r.targets {
		left[target.on.Name+"."+target.field.Name] = true
	}
	asked, refused, failed := 0, 0, 0
	for ; asked < least || asked < most && len(left) > 0; asked++ {
		q := r.question(uint64(asked))
		a := agree(t, q, generated.answer, planned.answer, planned.answer, planned.answer) // keeps fragments, and uses them
		switch {
		case a.Data == nil && len(a.Errors) > 0 && a.Errors[0].Path == nil:
			refused++
		case len(a.Errors) > 0:
			failed++
		}
		if asked%100 == 0 {
			maps.DeleteFunc(left, func(name string, _ bool) bool { return seen.names[name] })
		}
	}
	if s.log.Len() > 0 {
		t.Errorf("logged %s", s.log)
	}
	if metrics.Counts().Planned < int64(asked-refused) {
		t.Errorf("of %d questions %d were answered by plans, others not because of %v", asked-refused, metrics.Counts().Planned, metrics.Counts().Fallbacks)
	}
	if len(left) > 0 {
		t.Errorf("no question was answered with %v", slices.Sorted(maps.Keys(left)))
	}
	if refused > asked/20 {
		t.Errorf("%d of %d questions were refused", refused, asked)
	}
	t.Logf("%d questions, %.1f fields answered on average, %.1f %% with errors, %.1f %% refused", asked,
		float64(seen.count)/float64(asked), 100*float64(failed)/float64(asked), 100*float64(refused)/float64(asked))
}

// merges are questions whose selections are merged, left out or put in order in ways
// that are easy to get wrong. Their answers are in a golden file.
var merges = []struct {
	name, query string
	operation   string
	variables   vars
}{
	{"keys stand where they are first selected", `{framework(code:"old"){code ...A name ...B archived}} fragment A on Framework{archived id} fragment B on Framework{name code url}`, "", nil},
	{"fragments the other way round", `{framework(code:"old"){...B ...A code}} fragment A on Framework{archived id} fragment B on Framework{name code url}`, "", nil},
	{"sub-selections of one key by several fragments", `{framework(code:"old"){...A version{pinned} ...B ...A}} fragment A on Framework{version{revision time}} fragment B on Framework{version{contentRevision revision pinned}}`, "", nil},
	{"the same, nested", `{f:framework(code:"crafts"){...A skill(code:"WELD"){level(ordinal:1){level{name}} name}}
		f:framework(code:"crafts"){skill(code:"WELD"){level(ordinal:1){id level{ordinal name} description}}}}
		fragment A on Framework{skill(code:"WELD"){level(ordinal:1){code} code level(ordinal:1){level{id}}}}`, "", nil},
	{"lists merged", `{framework(code:"crafts"){levels{ordinal} ...A levels{attributes{description}}}} fragment A on Framework{levels{name attributes{attribute{code} description}}}`, "", nil},
	{"a condition first false", `query($a:Boolean!,$b:Boolean!){framework(code:"old"){...A@include(if:$a) code ...B@include(if:$b) name}} fragment A on Framework{name id} fragment B on Framework{id code}`, "", vars{"a": false, "b": true}},
	{"a condition first true", `query($a:Boolean!,$b:Boolean!){framework(code:"old"){...A@include(if:$a) code ...B@include(if:$b) name}} fragment A on Framework{name id} fragment B on Framework{id code}`, "", vars{"a": true, "b": false}},
	{"a condition by default", `query($a:Boolean=true,$b:Boolean!=false){framework(code:"old"){code@skip(if:$a) name code@skip(if:$b) ...@include(if:$a){archived name}}}`, "", nil},
	{"the first spread of a fragment is skipped", `query($no:Boolean!){framework(code:"old"){...A@skip(if:$no) code ...A archived}} fragment A on Framework{id name}`, "", vars{"no": true}},
	{"the first spread of a fragment is not skipped", `query($no:Boolean!){framework(code:"old"){...A code ...A@skip(if:$no) archived}} fragment A on Framework{id name}`, "", vars{"no": true}},
	{"the first spread is within a fragment that is skipped", `query($no:Boolean!){framework(code:"old"){...@skip(if:$no){...A} code ...B@include(if:$no) ...A}} fragment A on Framework{id name} fragment B on Framework{archived ...A}`, "", vars{"no": true}},
	{"the first spread skips what the second would give", `query($no:Boolean!){framework(code:"old"){...A code ...A}} fragment A on Framework{id@skip(if:$no) name@include(if:$no)}`, "", vars{"no": true}},
	{"a spread in two fragments", `{framework(code:"old"){...B ...C}} fragment A on Framework{name} fragment B on Framework{code ...A id} fragment C on Framework{archived ...A code}`, "", nil},
	{"a spread whose condition does not hold, then in one that does", `{node(id:"skill:crafts:WELD"){...R ...S}} fragment N on Node{id} fragment R on Role{name ...N} fragment S on Skill{code ...N}`, "", nil},
	{"skip and include", `query($t:Boolean!,$f:Boolean!){framework(code:"old"){a:code@skip(if:$t)@include(if:$t) b:code@skip(if:$f)@include(if:$f) c:code@include(if:$t)@skip(if:$f) d:code@skip(if:$t)@include(if:$f)}}`, "", vars{"t": true, "f": false}},
	{"on the interface and the object", `{node(id:"skill:crafts:WELD"){... on Skill{code id name} id __typename ... on Node{id ... on Skill{name position} ... on Role{name kind}}}}`, "", nil},
	{"on the interface first", `{node(id:"skill:crafts:WELD"){id ... on Skill{code id}} again:node(id:"skill:crafts:WELD"){... on Node{id} ... on Skill{id code} __typename}}`, "", nil},
	{"one key of several types", `{nodes(ids:["skill:crafts:WELD","role:crafts:fitter","level:crafts:1","skill:crafts:NONE","category:crafts:new"]){... on Skill{x:name y:position} ... on Role{x:code z:id} ... on Node{id} ... on Level{y:ordinal x:name}}}`, "", nil},
	{"one key of several types, merged below", `{nodes(ids:["skill:crafts:WELD","role:crafts:fitter"]){... on Skill{x:framework{code}} ... on Role{x:framework{name}} ... on Skill{x:framework{name archived}}}}`, "", nil},
	{"aliases that are names of other fields", `{framework(code:"old"){code:name name:code id:archived archived:__typename __typename:id}}`, "", nil},
	{"the same field under several keys", `{a:framework(code:"old"){code} b:framework(code:"old"){name code} a:framework(code:"old"){name}}`, "", nil},
	{"the same arguments, merged", `{framework(code:"crafts"){skills(first:1,order:NAME){totalCount} skills(first:1,order:NAME){nodes{code}} skills(first:1,order:NAME){totalCount nodes{name code}}}}`, "", nil},
	{"type names everywhere", `{__typename framework(code:"crafts"){__typename skill(code:"WELD"){t:__typename levels{__typename t:__typename}} skills(first:1){__typename edges{__typename node{__typename}}}} node(id:"revision::1"){__typename ... on Node{__typename}}}`, "", nil},
	{"nothing left of an object", `{framework(code:"old"){code@skip(if:true)} viewer{...@include(if:false){access}}}`, "", nil},
	{"nothing left of the elements of a list", `{nodes(ids:["skill:crafts:WELD","skill:crafts:NONE","role:crafts:fitter"]){... on Role{name}}}`, "", nil},
	{"nothing left of the root", `{framework(code:"old")@skip(if:true){code} ...@include(if:false){viewer{access}}}`, "", nil},
	{"null in a list", `{nodes(ids:["skill:crafts:NONE","skill:crafts:WELD","none"]){id} framework(code:"crafts"){skillLevels(codes:["WELD_1","WELD_2","x","WELD_1"]){code skill{name}}}}`, "", nil},
	{"an error in a nullable field", `{framework(code:"crafts"){code} no:framework(code:"crafts",at:{revision:99}){code} viewer{access}}`, "", nil},
	{"an error that takes its parent along", `{framework(code:"crafts"){code skills(after:"x"){totalCount}} viewer{access}}`, "", nil},
	{"errors under several keys", `{b:framework(code:"crafts"){z:skills(first:501){totalCount} a:skills(after:"x"){totalCount} name} a:framework(code:"old"){roles(last:-1){totalCount}} c:framework(code:"old"){code}}`, "", nil},
	{"errors in the elements of a list", `{nodes(ids:["skill:crafts:WELD","role:crafts:fitter","skill:crafts:SMITH"]){id ... on Skill{history(after:"x"){totalCount}}}}`, "", nil},
	{"an error at the root that takes all along", `{viewer{access} frameworks(after:"x"){totalCount}}`, "", nil},
	{"errors of merged fields are told once", `{framework(code:"old"){...A ...B}} fragment A on Framework{skills(after:"x"){totalCount}} fragment B on Framework{skills(after:"x"){nodes{code}}}`, "", nil},
	{"variables that are absent, null and by default", `query($a:Int,$b:Int=2,$c:SkillOrder!=NAME,$d:[Status!]=RETIRED,$e:Int=1){framework(code:"crafts"){
		a:skills(first:$a,order:$c,filter:{status:$d}){nodes{code}} b:skills(first:$b,order:$c){nodes{code}} c:skills(last:$e,filter:null){nodes{code}}}}`, "", vars{"e": nil, "a": nil}},
	{"one value for a list", `query($s:[Status!],$i:[ID!]!){framework(code:"crafts"){categories(status:RETIRED){code} attributes(status:$s){code}} nodes(ids:$i){id}}`, "", vars{"s": "ACTIVE", "i": "skill:crafts:WELD"}},
	{"variables within lists and objects", `query($c:String!,$l:Int!,$s:Status!){framework(code:"crafts"){skillLevels(codes:["WELD_1",$c]){code} skills(filter:{levels:[$l],status:[$s,RETIRED]}){nodes{code}} gap(have:{profile:[{skill:"WELD",level:$l}]},want:{role:"fitter"}){readiness}}}`, "", vars{"c": "NONE_1", "l": 1, "s": "ACTIVE"}},
	{"texts that have to be escaped", `query($q:String!){framework(code:"crafts"){skill(code:"\u0001\"\\<>&\u2028😀"){code}} mapCodes(framework:"crafts",from:{revision:4},codes:[$q,"\u0000\u007f\b\f\n\r\t</b>&\u2029","""block "quoted" \""" """]){code status}}`, "", vars{"q": "é\u2028\U0001F600\x01\"\\/"}},
	{"one of several operations", `query A{viewer{access}} query B($a:Boolean!){viewer{...F} framework(code:"old"){code@include(if:$a)}} fragment F on Viewer{actor{id} frameworks}`, "B", vars{"a": true}},
	{"an operation by its name", `query Only{viewer{access}}`, "Only", nil},
}

func TestMerges(t *testing.T) {
	s := storied(t)
	generated, planned := s.generated(nil), s.planned(nil)
	var b strings.Builder
	for _, m := range merges {
		q := question{actor: root, document: m.query, name: m.operation, variables: m.variables}
		t.Run(m.name, func(t *testing.T) { agree(t, q, generated.answer, planned.answer, planned.answer, planned.answer) })
		fmt.Fprintf(&b, "%s:\n%s\n\n", m.name, planned.answer(t, q))
	}
	golden(t, "merges", []byte(b.String()))
}

// FuzzAnswers asks random questions by their seeds.
func FuzzAnswers(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	s := storied(f)
	r := newQuestioner(gather(f, s))
	generated, planned := s.generated(nil), s.planned(nil)
	f.Fuzz(func(t *testing.T, seed uint64) {
		agree(t, r.question(seed), generated.answer, planned.answer, planned.answer, planned.answer)
	})
}

// fields are the fields that were answered.
type fields struct {
	mu    sync.Mutex
	names map[string]bool
	count int
}

// answer notes a field that is answered.
func (f *fields) answer(ctx context.Context, next graphql.Resolver) (any, error) {
	if fc := graphql.GetFieldContext(ctx); f != nil {
		f.mu.Lock()
		f.names[fc.Object+"."+fc.Field.Name] = true
		f.count++
		f.mu.Unlock()
	}
	return next(ctx)
}
