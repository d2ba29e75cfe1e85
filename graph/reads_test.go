package graph

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

type readsKey struct{}

// noting makes a server give the reads of each answer, see [server.note].
func noting(s *server) *server {
	h := newHandler(s.options, usual)
	h.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		respond := next(ctx)
		op := operationOf(ctx)
		reads := framework.NewReads(op.head)
		op.viewer.Reads = reads
		*ctx.Value(readsKey{}).(**framework.Reads) = reads
		return respond
	})
	h.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }) // nor are fragments kept
	s.Handler = h
	return s
}

// A noted is an answer with what it was made of.
type noted struct {
	body  string
	reads *framework.Reads
}

func (s *server) note(t testing.TB, actor framework.Actor, query string) noted {
	t.Helper()
	var n noted
	r := post(context.WithValue(WithActor(t.Context(), actor), readsKey{}, &n.reads), query, nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	n.body = w.Body.String()
	return n
}

func (n noted) failed() bool { return strings.HasPrefix(n.body, `{"errors"`) }

// holds reports whether the answer is said to hold for an actor.
func (n noted) holds(s *server, actor framework.Actor) bool {
	return n.reads.Hold(s.catalog.Head(), s.options.Names, actor.ID)
}

// apart splits a query into one for each leaf, so that what one field reads does not hide
// what another forgets to note.
func apart(t testing.TB, query string) []string {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(parsedSchema, query, rules.NewDefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	var queries []string
	op := doc.Operations[0]
	var split func(set ast.SelectionSet, put func(ast.SelectionSet))
	split = func(set ast.SelectionSet, put func(ast.SelectionSet)) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if len(s.SelectionSet) == 0 {
					put(ast.SelectionSet{s})
					var b bytes.Buffer
					formatter.NewFormatter(&b, formatter.WithIndent("")).FormatQueryDocument(doc)
					queries = append(queries, b.String())
					continue
				}
				split(s.SelectionSet, func(inner ast.SelectionSet) {
					only := *s
					only.SelectionSet = inner
					put(ast.SelectionSet{&only})
				})
			case *ast.InlineFragment:
				split(s.SelectionSet, func(inner ast.SelectionSet) {
					only := *s
					only.SelectionSet = inner
					put(ast.SelectionSet{&only})
				})
			}
		}
	}
	split(slices.Clone(op.SelectionSet), func(set ast.SelectionSet) { op.SelectionSet = set })
	return queries
}

// A deed is what happens to a catalog: edits by someone, made on its head.
type deed struct {
	name  string
	who   framework.Actor
	code  string
	edits func(head int64) []framework.Edit
}

func (s *server) do(t testing.TB, d deed) {
	t.Helper()
	head := s.catalog.Head().Seq()
	_, err := s.catalog.Redact(t.Context(), d.who, catalog.Request{Framework: d.code, BaseRevision: head, Message: d.name, Edits: d.edits(head)})
	if err != nil {
		t.Fatalf("%s: %v", d.name, err)
	}
	if s.catalog.Head().Seq() == head {
		t.Fatalf("%s changed nothing", d.name)
	}
}

func just(edits ...framework.Edit) func(int64) []framework.Edit {
	return func(int64) []framework.Edit { return edits }
}

// deeds are a history of all sorts of changes.
func deeds() []deed {
	some := func(text string) framework.Opt[string] { return framework.Some(text) }
	n := 0
	name := func() framework.Opt[string] { n++; return some(fmt.Sprint("Name ", n)) }
	settings := func(release, hides bool) framework.Edit {
		return framework.UpdateFramework{ShowsRelease: framework.Some(release), HidesHead: framework.Some(hides)}
	}
	list := []deed{
		{"edit of another framework", ada, "crafts", just(framework.UpdateSkill{Code: "WELD", Name: name()})},
		{"edit", ada, "meridian", just(framework.UpdateSkill{Code: "ITMG", Name: name()})},
		{"new skill", ada, "meridian", just(framework.CreateSkill{Code: "NEWS", Name: "News"}, framework.Relate{From: "NEWS", Type: framework.Related, To: "ITOP"})},
		{"relation from another framework", ada, "crafts", just(framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "ITOP"})},
		{"relation to another framework", ada, "meridian", just(framework.Relate{From: "STBK", Type: framework.ExactMatch, ToFramework: "crafts", To: "SMITH"})},
		{"no more relation from another framework", ada, "crafts", just(framework.Unrelate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "ITOP"})},
		{"description of a framework", ada, "meridian", just(framework.UpdateFramework{Description: name()})},
		{"change request", con, "meridian", func(head int64) []framework.Edit {
			return []framework.Edit{framework.RaiseRequest{
				Title: "Reshape ITMG", Rationale: "See ITOP.", Submit: true, Base: head, OnBehalfOf: framework.Who{Name: "The guild"},
				Subjects: []framework.Subject{{Kind: framework.KindSkill, Key: "ITMG"}},
				Edits:    []framework.Edit{framework.UpdateSkill{Code: "ITMG", Name: some("Proposed")}},
			}}
		}},
		{"comment", lee, "meridian", just(framework.CommentRequest{Number: 1, Body: "ITOP_3 too."})},
		{"change of a comment", lee, "meridian", just(framework.EditComment{Number: 1, Comment: 1, Body: "ITOP_4 too."})},
		{"change request that waits", lee, "meridian", func(head int64) []framework.Edit {
			return []framework.Edit{framework.RaiseRequest{Title: "A level 5 for ITOP", Submit: true, Base: head, Edits: []framework.Edit{
				framework.DefineSkillLevel{Skill: "ITOP", Level: 5, Description: "Leads the team."},
			}}}
		}},
		{"draft", con, "meridian", func(head int64) []framework.Edit {
			return []framework.Edit{framework.RaiseRequest{Title: "Draft", Base: head, Edits: []framework.Edit{
				framework.UpdateSkill{Code: "OBSV", Name: some("Seeing")},
			}}}
		}},
		{"amendment of a draft", con, "meridian", just(framework.AmendRequest{Number: 3, Title: some("Draft of news")})},
		{"clash with a proposal", ada, "meridian", just(framework.UpdateSkill{Code: "OBSV", Name: name()})},
		{"link", con, "meridian", just(framework.LinkRequest{Number: 1, Type: framework.LinkFollows, To: 2})},
		{"new proposal", con, "meridian", func(head int64) []framework.Edit {
			return []framework.Edit{framework.ProposeEdits{Number: 1, Base: head, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITMG", Name: some("Better")}}}}
		}},
		{"submission", con, "meridian", just(framework.MoveRequest{Number: 3, Move: framework.MoveSubmit})},
		{"acceptance", ada, "meridian", just(framework.DecideRequest{Number: 1, Outcome: framework.OutcomeAccept, Text: "Good."})},
		{"application", ada, "meridian", just(framework.ApplyRequest{Number: 1})},
		{"decline", ada, "meridian", just(framework.DecideRequest{Number: 2, Outcome: framework.OutcomeDecline, Text: "No."})},
		{"change request of another framework", con, "crafts", just(framework.RaiseRequest{Title: "Weld more", Submit: true})},
		{"beta", ada, "meridian", just(framework.CreateRelease{Code: "9", Name: "Nine", Stage: framework.ReleaseBeta})},
		{"draft of a release", ada, "meridian", just(framework.CreateRelease{Code: "10", Name: "Ten", Stage: framework.ReleaseDraft})},
		{"publication", ada, "meridian", just(framework.UpdateRelease{Code: "9", Stage: framework.Some(framework.ReleasePublished)})},
		{"redaction of a comment", root, "meridian", just(framework.RedactComment{Number: 1, Comment: 1})},
		{"redaction of a person", root, "meridian", just(framework.RedactPerson{ID: "person:meridian:1"})},
		{"redaction of an account's name", root, "meridian", just(framework.RedactPerson{ID: "root"})},
		{"revert", ada, "meridian", func(int64) []framework.Edit { return []framework.Edit{framework.RevertRevision{Seq: 14}} }},
		{"category", ada, "meridian", just(framework.UpdateCategory{Code: "technology-service-management", Name: name()})},
		{"level", ada, "meridian", just(framework.DefineLevel{Ordinal: 3, Name: name()})},
		{"role group", ada, "meridian", just(framework.UpdateRoleGroup{Code: "service-support", Name: name()})},
		{"levels", ada, "crafts", just(framework.DefineLevel{Ordinal: 3, Name: some("Sage")})},
		{"role", ada, "crafts", just(framework.UpdateRole{Code: "fitter", Name: name()})},
	}
	for _, s := range [...]struct{ release, hides bool }{{true, false}, {true, true}, {false, true}, {false, false}} {
		tag := fmt.Sprintf(" where release is %t and hides %t", s.release, s.hides)
		code := fmt.Sprintf("r%t%t", s.release, s.hides)
		list = append(list,
			deed{"settings", root, "meridian", just(settings(s.release, s.hides))},
			deed{"edit" + tag, ada, "meridian", just(framework.UpdateSkill{Code: "ITMG", Name: name()})},
			deed{"beta" + tag, ada, "meridian", just(framework.CreateRelease{Code: code, Name: "R", Stage: framework.ReleaseBeta})},
			deed{"comment" + tag, lee, "meridian", just(framework.CommentRequest{Number: 2, Body: "Now?"})},
			deed{"edit of another" + tag, ada, "crafts", just(framework.UpdateSkill{Code: "WELD", Name: name()})},
			deed{"publication" + tag, ada, "meridian", just(framework.UpdateRelease{Code: code, Stage: framework.Some(framework.ReleasePublished)})},
		)
	}
	return append(list,
		deed{"first release of another", ada, "crafts", just(framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished})},
		deed{"settings of another", root, "crafts", just(settings(false, true))},
		deed{"relation from a hidden head", ada, "crafts", just(framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "STBK"})},
		deed{"new framework", root, "new", just(framework.CreateFramework{Code: "new", Name: "New"})},
		deed{"archive", root, "crafts", just(framework.ArchiveFramework{})},
		deed{"unarchive", root, "old", just(framework.UnarchiveFramework{})},
	)
}

// pages are what most people read.
var pages = []struct{ name, query string }{
	{"framework", `{framework(code:"meridian"){id code name description version{contentRevision pinned changeRequests}}}`},
	{"levels", `{framework(code:"meridian"){levels{ordinal name essence attributes{attribute{name} description}} attributes{code name levels{description}}}}`},
	{"skill", `{framework(code:"meridian"){skill(code:"ITOP"){id code name description guidance category{name path{name}} levels{code level{name} description}
		related{type origin likeness skill{code name} why{origin words roles{code}}} requiredBy{nodes{role{name} level{ordinal}}}}}}`},
	{"skill level", `{framework(code:"meridian"){skillLevels(codes:["ITOP_3"]){code description requiredBy{totalCount}}}}`},
	{"skills", `{framework(code:"meridian"){skills(first:50,order:NAME,filter:{levels:[4]}){totalCount nodes{code name status levels{level{ordinal}}} pageInfo{endCursor}}}}`},
	{"categories", `{framework(code:"meridian"){categories{code name children{code name skills{nodes{code name}}}}}}`},
	{"roles", `{framework(code:"meridian"){roleGroups{name children{name}} roles(first:20){nodes{code name requirements{nodes{skill{name} level{ordinal}}}}}}}`},
	{"relations", `{framework(code:"meridian"){relations(first:50){totalCount nodes{id type note from{code} to{code}}}}}`},
	{"graph", `{framework(code:"meridian"){graph(roots:["ITOP"],depth:2){nodes{id label group} edges{id type likeness}}}}`},
	{"career paths", `{framework(code:"meridian"){careerPaths(from:{role:"operations-technician"},to:{role:"site-reliability-engineer"},first:2){paths{cost steps{kind to{role{name}} asks{skill{name}}}}}}}`},
	{"gap", `{framework(code:"meridian"){gap(have:{role:"developer"},want:{role:"infrastructure-engineer"}){readiness items{skill{name} status leads{skill{code}}}}}}`},
	{"roles for a profile", `{framework(code:"meridian"){rolesFor(have:{profile:[{skill:"ITOP",level:3}]},first:3){role{name} readiness} nextSkills(have:{profile:[{skill:"ITOP",level:3}]},first:2){ask{skill{name}} gain}}}`},
	{"search", `{framework(code:"meridian"){search(query:"incident",kinds:[SKILL,ROLE,CATEGORY]){totalCount nodes{kind score node{id} fragments{parts{text marked}}}}}}`},
	{"lint", `{framework(code:"meridian"){lint{totalCount nodes{rule key message}}}}`},
	{"history", `{framework(code:"meridian"){skill(code:"ITMG"){history{nodes{seq time message}} versions{nodes{revision{seq}}}}}}`},
	{"node", `{node(id:"skill:meridian:ITOP"){id ... on Skill{name levels{description}}}}`},
	{"pinned", `{framework(code:"meridian",at:{revision:1}){version{revision time} skill(code:"ITMG"){name related{skill{code}}}}}`},
}

// pagesWithReleases are of those that say which release they show.
var pagesWithReleases = []struct{ name, query string }{
	{"version", `{framework(code:"meridian"){version{contentRevision release{code name}} skill(code:"ITOP"){name}}}`},
	{"releases", `{framework(code:"meridian"){releases{nodes{code stage revision}}}}`},
	{"release", `{framework(code:"meridian",at:{latest:PUBLISHED}){version{revision time release{code}} skill(code:"ITOP"){id name}}}`},
}

// TestWhatHolds is the law of reads: whatever happens, an answer whose reads hold is what
// one made anew would be.
func TestWhatHolds(t *testing.T) {
	var named string
	s := noting(past(t, func(o *Options) {
		o.Names = func(id string) string { return named + id }
	}))
	var queries []string
	for _, r := range slices.Concat(reads, requestReads, releaseReads, pages, pagesWithReleases) {
		queries = append(queries, apart(t, r.query)...)
	}
	slices.Sort(queries)
	queries = slices.Compact(queries)
	// What few fields tell of is asked each time.
	often := []string{
		`{framework{code}}`, `{framework(code:"new"){name}}`, `{revision(seq:30){seq}}`, `{revision(seq:3){author{name}}}`, `{viewer{actor{name}}}`,
		`{framework(code:"meridian"){search(query:"draft"){totalCount}}}`, `{framework(code:"meridian"){changeRequest(number:3){title}}}`,
		`{framework(code:"meridian"){changeRequests{nodes{raisedBy{name}}}}}`,
	}
	for _, seq := range []int{9, 20, 40} {
		often = append(often, fmt.Sprintf(`{node(id:"skill:meridian@%d:ITMG"){id}}`, seq))
	}
	for _, at := range []string{`revision:60`, `time:"2026-03-01T12:20:30Z"`, `time:"2099-01-01T00:00:00Z"`, `latest:HEAD`, `latest:BETA`, `release:"9"`} {
		often = append(often, fmt.Sprintf(`{framework(at:{%s}){id skill(code:"ITMG"){name}}}`, at), fmt.Sprintf(`{framework(code:"meridian",at:{%s}){id skill(code:"ITMG"){name}}}`, at),
			fmt.Sprintf(`{changeLog(framework:"new",from:{revision:1},to:{%s}){from{revision} markdown}}`, at), fmt.Sprintf(`{mapCodes(framework:"meridian",from:{revision:1},to:{%s},codes:["ITMG"]){newName}}`, at))
	}
	actors := []framework.Actor{reader, con, ada, {ID: "o", Access: framework.Editor, Frameworks: []string{"crafts"}}}

	type question struct {
		actor framework.Actor
		query string
		noted
	}
	var questions []*question
	for _, q := range slices.Concat(often, queries) {
		for _, a := range actors {
			questions = append(questions, &question{actor: a, query: q})
		}
	}
	// Each time some are asked that were not long before, and some that just were. What was
	// answered to one contributor is compared with what another is answered, too.
	const stride = 23
	held, turn := 0, 0
	look := func(t *testing.T) {
		wrong := 0
		differs := func(q *question, actor framework.Actor, now noted) bool {
			if now.body == q.body {
				held++
				return false
			}
			if wrong++; wrong <= 5 {
				t.Errorf("%q asks %s\nand the answer to %q is said to hold (-kept +now):\n%s", actor.ID, q.query, q.actor.ID, cmp.Diff(q.body, now.body))
			}
			return true
		}
		for i, q := range questions {
			if turn > 0 && i >= len(often)*len(actors) && (i+turn)%stride > 1 {
				continue
			}
			now := s.note(t, q.actor, q.query)
			if q.reads == nil || q.failed() || !q.holds(s, q.actor) || differs(q, q.actor, now) {
				q.noted = now
			}
			if q.actor.ID == con.ID && !q.failed() && q.holds(s, lee) {
				differs(q, lee, s.note(t, lee, q.query))
			}
		}
		turn++
	}
	look(t)
	for _, d := range deeds() {
		t.Run(d.name, func(t *testing.T) {
			s.do(t, d)
			look(t)
		})
	}
	t.Run("a name", func(t *testing.T) {
		named = "Sir "
		look(t)
	})
	if all := len(questions) * turn / stride; held < all/2 {
		t.Errorf("%d of some %d answers held; that is too few to tell", held, 2*all)
	}
}

// TestPublicPagesStay tells what leaves the pages that most people read as they are, and
// what does not.
func TestPublicPagesStay(t *testing.T) {
	rename := framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Anew")}
	raise := framework.RaiseRequest{Title: "More", Submit: true}
	propose := func(head int64) []framework.Edit {
		return []framework.Edit{framework.RaiseRequest{Title: "Rename", Submit: true, Base: head, Edits: []framework.Edit{rename}}}
	}
	accept := framework.DecideRequest{Number: 1, Outcome: framework.OutcomeAccept, Text: "Yes."}
	apply := accept
	apply.Apply = true
	raised, proposed := deed{"", con, "meridian", just(raise)}, deed{"", con, "meridian", propose}
	commented := deed{"", lee, "meridian", just(framework.CommentRequest{Number: 1, Body: "Yes."})}
	published := deed{"", ada, "meridian", just(framework.CreateRelease{Code: "2", Name: "Two", Stage: framework.ReleasePublished})}
	crafts := deed{"", root, "crafts", just(framework.CreateFramework{Code: "crafts", Name: "Crafts"}, framework.CreateSkill{Code: "WELD", Name: "Welding"})}
	match := framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "ITOP"}

	// What a page is made of. None has the tracker besides.
	const content, releases, settings, redactions = "content", "releases", "settings", "redactions"
	type page struct {
		name, query string
		of          []string
	}
	var all []page
	for _, p := range pages {
		all = append(all, page{p.name, p.query, []string{content, settings, redactions}})
	}
	for _, p := range pagesWithReleases {
		all = append(all, page{p.name, p.query, []string{content, settings, redactions, releases}})
	}
	pinned := slices.IndexFunc(all, func(p page) bool { return p.name == "pinned" })
	all[pinned].of = []string{settings, redactions}
	latest := slices.IndexFunc(all, func(p page) bool { return p.name == "release" })
	all[latest].of = []string{settings, redactions, releases}

	for _, test := range []struct {
		name    string
		before  []deed // the framework meridian has release 1, of revision 1
		deed    deed
		changes string
	}{
		{"change request", nil, raised, ""},
		{"draft", nil, deed{"", con, "meridian", just(framework.RaiseRequest{Title: "Draft"})}, ""},
		{"proposal", nil, proposed, ""},
		{"comment", []deed{raised}, commented, ""},
		{"decision", []deed{proposed}, deed{"", ada, "meridian", just(accept)}, ""},
		{"new framework", nil, crafts, ""},
		{"edit of another framework", []deed{crafts}, deed{"", ada, "crafts", just(framework.CreateSkill{Code: "SEW", Name: "Sewing"})}, ""},
		{"release of another framework", []deed{crafts}, deed{"", ada, "crafts", just(framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished})}, ""},
		{"match of another framework", []deed{crafts}, deed{"", ada, "crafts", just(match)}, content},
		{"edit", nil, deed{"", ada, "meridian", just(rename)}, content},
		{"application", []deed{proposed}, deed{"", ada, "meridian", just(apply)}, content},
		{"release", nil, published, releases},
		{"settings", nil, deed{"", root, "meridian", just(framework.UpdateFramework{Description: framework.Some("Anew.")})}, settings},
		{"redaction", []deed{raised, commented}, deed{"", root, "meridian", just(framework.RedactComment{Number: 1, Comment: 1})}, redactions},
	} {
		for _, shown := range []string{"head", "release"} {
			t.Run(test.name+" where the "+shown+" is shown", func(t *testing.T) {
				s := noting(demo(t))
				before := []deed{{"", ada, "meridian", just(framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished})}}
				if shown == "release" {
					show := framework.UpdateFramework{ShowsRelease: framework.Some(true), HidesHead: framework.Some(true)}
					before = append(before, deed{"", root, "meridian", just(show)})
				}
				for _, d := range append(before, test.before...) {
					s.do(t, d)
				}
				answers := make([]noted, len(all))
				for i, p := range all {
					if answers[i] = s.note(t, reader, p.query); answers[i].failed() {
						t.Fatal(answers[i].body)
					}
				}
				s.do(t, test.deed)
				for i, p := range all {
					of := p.of
					if shown == "release" {
						of = []string{settings, redactions, releases}
						if p.name == "node" { // whose id is of the head
							of = append(of, content)
						}
					}
					if want, got := !slices.Contains(of, test.changes), answers[i].holds(s, reader); got != want {
						t.Errorf("%s: holds is %t", p.name, got)
					}
				}
			})
		}
	}
}
