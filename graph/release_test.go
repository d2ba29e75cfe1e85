package graph

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// news is in whatever the framework meridian has at its head only, and in nothing else.
var news = regexp.MustCompile(`(?i)zanz`)

// released serves the demo framework with release 9, which names revision 2, and
// much that is new since, of which 10 is a draft and 10-beta a beta. The framework
// crafts has matches with it.
func released(t testing.TB, change ...func(*Options)) *server {
	t.Helper()
	s := demo(t, change...)
	some := func(text string) framework.Opt[string] { return framework.Some(text) }
	edit := func(code string, edits ...framework.Edit) {
		t.Helper()
		message := "Zanzibar is coming"
		if code == "crafts" {
			message = "Crafts"
		}
		_, err := s.catalog.Edit(t.Context(), root, catalog.Request{
			Framework: code, BaseRevision: s.catalog.Head().Seq(), Message: message, Edits: edits,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Name: some("Managing services")})
	edit("meridian", // 3
		framework.UpdateFramework{Description: some("Zanzibar")},
		framework.UpdateSkill{Code: "ITMG", Name: some("Zanzibar")},
		framework.DefineLevel{Ordinal: 1, Essence: some("Zanzibar")},
		framework.CreateSkill{Code: "ZANZ", Name: "Zanzibar"},
		framework.CreateCategory{Code: "zanz", Name: "Zanzibar"},
		framework.CreateAttribute{Code: "ZANZ", Name: "Zanzibar"},
		framework.CreateRoleGroup{Code: "zanz", Name: "Zanzibar"},
		framework.CreateRole{Code: "zanz", Name: "Zanzibar"},
		framework.Relate{From: "ITMG", Type: framework.Related, To: "ZANZ", Note: "Zanzibar"},
	)
	edit("crafts", // 4
		framework.CreateFramework{Code: "crafts", Name: "Crafts"},
		framework.CreateSkill{Code: "WELD", Name: "Welding"},
		framework.Relate{From: "WELD", Type: framework.CloseMatch, ToFramework: "meridian", To: "ZANZ"},
		framework.Relate{From: "WELD", Type: framework.ExactMatch, ToFramework: "meridian", To: "ITMG"},
	)
	s.edit(t, "meridian", framework.CreateRelease{Code: "9", Name: "Nine", Notes: "Good.", Stage: framework.ReleasePublished, Revision: 2}) // 5
	edit("meridian", framework.CreateRelease{Code: "10-beta", Name: "Zanzibar beta", Stage: framework.ReleaseBeta, Revision: 3})
	edit("meridian", framework.CreateRelease{Code: "10", Name: "Zanzibar draft", Stage: framework.ReleaseDraft, Revision: 3})
	edit("meridian", framework.RaiseRequest{Title: "More Zanzibar", Submit: true}) // 8
	return s
}

// shows changes whom meridian shows what, which is revision 9.
func (s *server) shows(t testing.TB, release, hides bool) *server {
	t.Helper()
	if release || hides {
		s.edit(t, "meridian", framework.UpdateFramework{ShowsRelease: framework.Some(release), HidesHead: framework.Some(hides)})
	}
	return s
}

const everything = `name description levels{essence history{nodes{message}}} skills{nodes{code name related{type skill{name}} history{nodes{message}}}}
	categories{name} attributes{name} roles{nodes{name}} roleGroups{name} relations{nodes{note to{name} history{nodes{message}}}} revisions{nodes{message}}`

// readers are all sorts of them, as far as the framework meridian goes.
var readers = []struct {
	name  string
	actor framework.Actor
}{
	{"nobody", nobody},
	{"anonymous", reader},
	{"reader", framework.Actor{ID: "r", Access: framework.Reader}},
	{"contributor", framework.Actor{ID: "c", Access: framework.Contributor}},
	{"editor", framework.Actor{ID: "e", Access: framework.Editor}},
	{"admin", framework.Actor{ID: "a", Access: framework.Admin}},
	{"editor elsewhere", framework.Actor{ID: "o", Access: framework.Editor, Frameworks: []string{"crafts"}}},
}

// What a route shows: the state of who names none, states that are named, or what
// only editors may see.
const (
	unnamed = iota
	named
	editors
)

// seesNews reports whether one of the readers sees what is new by a route, where
// meridian shows a release or hides its head.
func seesNews(route int, name string, shows, hides bool) bool {
	seesHead := name != "nobody" && name != "editor elsewhere" && !(hides && name == "anonymous")
	switch route {
	case unnamed:
		return seesHead && !(shows && (name == "anonymous" || name == "reader"))
	case named:
		return seesHead
	}
	return name == "editor" || name == "admin"
}

// TestWhoSeesTheHead asks by every route for what the head of a framework has and
// its published release has not.
func TestWhoSeesTheHead(t *testing.T) {
	routes := []struct {
		name  string
		shows int
		query string
	}{
		{"framework", unnamed, `{framework(code:"meridian"){` + everything + `}}`},
		{"framework at null", unnamed, `{framework(code:"meridian",at:null){` + everything + `}}`},
		{"frameworks", unnamed, `{frameworks(last:1){nodes{` + everything + `}}}`},
		{"framework of a skill", unnamed, `{framework(code:"meridian"){skill(code:"ITMG"){framework{description}}}}`},

		{"head", named, `{framework(code:"meridian",at:{latest:HEAD}){` + everything + `}}`},
		{"revision", named, `{framework(code:"meridian",at:{revision:3}){` + everything + `}}`},
		{"time", named, `{framework(code:"meridian",at:{time:"2026-03-01T12:02:30Z"}){` + everything + `}}`},
		{"beta by name", named, `{framework(code:"meridian",at:{release:"10-beta"}){` + everything + `}}`},
		{"latest beta", named, `{framework(code:"meridian",at:{latest:BETA}){` + everything + `}}`},
		{"latest draft", named, `{framework(code:"meridian",at:{latest:DRAFT}){` + everything + `}}`},
		{"history from the head", named, `{framework(code:"meridian",at:{latest:HEAD}){skill(code:"ITMG"){history{nodes{message}}}}}`},
		{"node", named, `{node(id:"skill:meridian:ITMG"){... on Skill{name}}}`},
		{"nodes", named, `{nodes(ids:["framework:meridian:meridian","level:meridian:1"]){... on Framework{description} ... on Level{essence}}}`},
		{"pinned node", named, `{node(id:"skill:meridian@3:ITMG"){... on Skill{name}}}`},
		{"node of the newest revision", named, `{node(id:"skill:meridian@8:ITMG"){... on Skill{name}}}`},
		{"node that is new", named, `{node(id:"role:meridian:zanz"){... on Role{name}}}`},
		{"relation node", named, `{node(id:"relation:meridian:ITMG RELATED ZANZ"){... on Relation{note}}}`},
		{"level of a skill", named, `{node(id:"skill_level:meridian:ITMG_5"){... on SkillLevel{skill{name}}}}`},
		{"revision by number", named, `{revision(seq:3){message changes{nodes{key}}}}`},
		{"revision node", named, `{node(id:"revision::3"){... on Revision{message changes{nodes{key}}}}}`},
		{"revisions", named, `{revisions{nodes{message changes{nodes{key}}}}}`},
		{"entities of an old revision", named, `{revision(seq:2){changes{nodes{entity{... on Skill{name}}}}}}`},
		{"entities of an old revision, from the release", unnamed, `{framework(code:"meridian"){revisions{nodes{changes{nodes{entity{... on Skill{name}}}}}}}}`},
		{"match of another framework", named, `{framework(code:"crafts"){skill(code:"WELD"){related{skill{code name framework{description}}}}}}`},
		{"match by filter", named, `{framework(code:"crafts"){relations{nodes{to{code}}}}}`},
		{"relation of another framework", named, `{node(id:"relation:crafts:WELD CLOSE_MATCH meridian ZANZ"){id}}`},
		{"change of a match", named, `{revision(seq:4){changes{nodes{key}}}}`},
		{"change of a match, by framework", named, `{revision(seq:4){changes(framework:"crafts"){nodes{key entity{id}}}}}`},
		{"beta among releases", named, `{framework(code:"meridian"){releases{nodes{name}} beta:releases(stages:[BETA]){totalCount nodes{name history{nodes{message}}}}}}`},
		{"beta release", named, `{framework(code:"meridian"){release(code:"10-beta"){name}}}`},
		{"beta release node", named, `{node(id:"release:meridian:10-beta"){... on Release{name}}}`},
		{"beta release change", named, `{revision(seq:6){message changes{nodes{key}}}}`},
		{"change request", named, `{node(id:"revision::8"){... on Revision{message}}}`},
		{"release of the version", named, `{framework(code:"meridian",at:{revision:3}){version{release{name}}}}`},

		{"draft among releases", editors, `{framework(code:"meridian"){releases(stages:[DRAFT]){nodes{name}}}}`},
		{"draft release", editors, `{framework(code:"meridian"){release(code:"10"){name}}}`},
		{"draft release node", editors, `{node(id:"release:meridian:10"){... on Release{name}}}`},
		{"draft by name", editors, `{framework(code:"meridian",at:{release:"10"}){` + everything + `}}`},
		{"draft release change", editors, `{revision(seq:7){message changes{nodes{key}}}}`},

		{"search", unnamed, `{framework(code:"meridian"){search(query:"zanzibar",kinds:[SKILL,LEVEL,ATTRIBUTE,CATEGORY,ROLE_GROUP,ROLE]){nodes{node{id ... on Skill{name}}}}}}`},
		{"graph", unnamed, `{framework(code:"meridian"){graph(roots:["ITMG"]){nodes{label} edges{id}}}}`},
		{"gap", unnamed, `{framework(code:"meridian"){gap(have:{skill:{skill:"ITMG"}},want:{role:"developer"}){items{skill{name}}}}}`},
		{"paths", unnamed, `{framework(code:"meridian"){careerPaths(from:{skill:{skill:"ITMG",level:5}},to:{skill:{skill:"SCTG",level:5}}){paths{steps{from{skill{name}}}}}}}`},
		{"roles for", unnamed, `{framework(code:"meridian"){rolesFor(have:{skill:{skill:"ITMG",level:5}}){gap{items{skill{name}}}}}}`},
		{"next skills", unnamed, `{framework(code:"meridian"){nextSkills(have:{profile:[]},first:500){ask{skill{name}}}}}`},
		{"similar roles", unnamed, `{framework(code:"meridian"){role(code:"service-manager"){similar(first:500){gap{items{skill{name}}}}}}}`},
		{"search the head", named, `{framework(code:"meridian",at:{latest:HEAD}){search(query:"zanzibar"){nodes{fragments{parts{text}}}}}}`},
		{"search a revision", named, `{framework(code:"meridian",at:{revision:3}){search(query:"zanz",kinds:[ROLE]){nodes{node{id}}}}}`},
		{"search a beta", named, `{framework(code:"meridian",at:{release:"10-beta"}){search(query:"zanzibar",kinds:[LEVEL]){nodes{fragments{parts{text}}}}}}`},
		{"search change requests", named, `{framework(code:"meridian"){search(query:"more",kinds:[CHANGE_REQUEST]){nodes{node{... on ChangeRequest{title}}}}}}`},
		{"search change requests from the release", named, `{framework(code:"meridian",at:{release:"9"}){search(query:"more"){nodes{fragments{parts{text}}}}}}`},
		{"graph of a revision", named, `{framework(code:"meridian",at:{revision:3}){graph(roots:["ITMG"]){edges{id}}}}`},
		{"gap of a revision", named, `{framework(code:"meridian",at:{revision:3}){gap(have:{skill:{skill:"ITMG"}},want:{profile:[]}){items{skill{name}}}}}`},
		{"paths of a revision", named, `{framework(code:"meridian",at:{revision:3}){careerPaths(from:{skill:{skill:"ITMG",level:5}},to:{skill:{skill:"SCTG",level:5}}){paths{steps{from{skill{name}}}}}}}`},
		{"roles for, of the head", named, `{framework(code:"meridian",at:{latest:HEAD}){rolesFor(have:{skill:{skill:"ITMG",level:5}}){gap{items{skill{name}}}}}}`},
		{"next skills of the head", named, `{framework(code:"meridian",at:{latest:HEAD}){nextSkills(have:{profile:[]},first:500){ask{skill{name}}}}}`},
		{"search a draft", editors, `{framework(code:"meridian",at:{release:"10"}){search(query:"zanzibar"){nodes{fragments{parts{text}}}}}}`},
		{"graph of a draft", editors, `{framework(code:"meridian",at:{release:"10"}){graph(roots:["ITMG"]){nodes{label}}}}`},
	}
	for _, shows := range []bool{false, true} {
		for _, hides := range []bool{false, true} {
			s := released(t).shows(t, shows, hides)
			for _, a := range readers {
				for _, r := range routes {
					want := seesNews(r.shows, a.name, shows, hides)
					t.Run(fmt.Sprintf("shows %t hides %t/%s/%s", shows, hides, a.name, r.name), func(t *testing.T) {
						got := s.ask(t, a.actor, r.query, nil)
						if news.MatchString(got.Body) != want {
							t.Errorf("sees it: %t, want %t: %.2000s", !want, want, got.Body)
						}
						if want && len(got.Errors) > 0 {
							t.Errorf("%v", got.Errors)
						}
					})
				}
			}
		}
	}
}

// TestWhatIsShownInstead asks for meridian as someone from whom its head is hidden,
// and as a reader who gets a release.
func TestWhatIsShownInstead(t *testing.T) {
	s := released(t).shows(t, true, true)
	const nine = `"id":"framework:meridian@2:meridian","version":{"revision":2,"contentRevision":2,"pinned":true,"release":{"id":"release:meridian:9","code":"9"}},
		"skill":{"id":"skill:meridian@2:ITMG","name":"Managing services","history":{"totalCount":2}}`
	const fields = `{id version{revision contentRevision pinned release{id code}} skill(code:"ITMG"){id name history{totalCount}}}`
	signedIn := framework.Actor{ID: "r", Access: framework.Reader}
	for name, at := range map[string]string{
		"default": "", "null": ",at:null", "release": `,at:{release:"9"}`, "latest": ",at:{latest:PUBLISHED}", "revision": ",at:{revision:2}",
		"time": `,at:{time:"2026-03-01T12:01:30Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, actor := range []framework.Actor{reader, signedIn} {
				s.want(t, actor, `{framework(code:"meridian"`+at+`)`+fields+`}`, nil, `{"framework":{`+nine+`}}`)
			}
		})
	}
	t.Run("beta and draft are the newest that may be seen", func(t *testing.T) {
		for _, latest := range []string{"BETA", "DRAFT"} {
			s.want(t, reader, `{framework(code:"meridian",at:{latest:`+latest+`})`+fields+`}`, nil, `{"framework":{`+nine+`}}`)
		}
		s.want(t, signedIn, `{framework(code:"meridian",at:{latest:DRAFT}){version{release{code}}}}`, nil, `{"framework":{"version":{"release":{"code":"10-beta"}}}}`)
	})
	t.Run("frameworks", func(t *testing.T) {
		s.want(t, reader, `{frameworks{totalCount nodes{id} edges{node{id version{release{code}}}}}}`, nil, `{"frameworks":{"totalCount":2,
			"nodes":[{"id":"framework:crafts:crafts"},{"id":"framework:meridian@2:meridian"}],
			"edges":[{"node":{"id":"framework:crafts:crafts","version":{"release":null}}},{"node":{"id":"framework:meridian@2:meridian","version":{"release":{"code":"9"}}}}]}}`)
	})
	t.Run("node", func(t *testing.T) {
		s.want(t, reader, `{node(id:"skill:meridian@2:ITMG"){... on Skill{name framework{id}}} release:node(id:"release:meridian:9"){id ... on Release{name framework{id}}}
			pinned:node(id:"release:meridian@2:9"){id} head:node(id:"skill:meridian:ITMG"){id} first:node(id:"skill:meridian@1:ITMG"){id}}`, nil,
			`{"node":{"name":"Managing services","framework":{"id":"framework:meridian@2:meridian"}},"release":{"id":"release:meridian:9","name":"Nine","framework":null},
			"pinned":null,"head":null,"first":null}`)
		s.want(t, signedIn, `{node(id:"skill:meridian:ITMG"){id ... on Skill{name}}}`, nil, `{"node":{"id":"skill:meridian:ITMG","name":"Zanzibar"}}`)
	})
	t.Run("other states are refused", func(t *testing.T) {
		for _, at := range []string{"{revision:1}", "{revision:3}", "{revision:0}", "{revision:99}", `{time:"2026-03-01T12:00:00Z"}`, "{latest:HEAD}"} {
			a := s.refuse(t, reader, `{framework(code:"meridian",at:`+at+`){id}}`, nil, framework.Forbidden)
			if m := a.Errors[0].Message; !strings.Contains(m, "latest: PUBLISHED") {
				t.Error(m)
			}
		}
		for _, code := range []string{"10", "10-beta", "none"} {
			a := s.refuse(t, reader, `{framework(code:"meridian",at:{release:"`+code+`"}){id}}`, nil, framework.NotFound)
			if m := strings.ReplaceAll(a.Errors[0].Message, code, "X"); m != `framework meridian has no release "X"; Framework.releases lists those there are` {
				t.Error(m)
			}
		}
	})
	t.Run("history up to the release", func(t *testing.T) {
		s.want(t, reader, `{revisions{totalCount nodes{seq frameworks}} three:revision(seq:3){seq} five:revision(seq:5){seq}
			framework(code:"meridian"){revisions{nodes{seq}} releases{totalCount nodes{code history{totalCount}}}}}`, nil,
			`{"revisions":{"totalCount":3,"nodes":[{"seq":1,"frameworks":["meridian"]},{"seq":2,"frameworks":["meridian"]},{"seq":4,"frameworks":["crafts"]}]},
			"three":null,"five":null,"framework":{"revisions":{"nodes":[{"seq":1},{"seq":2}]},"releases":{"totalCount":1,"nodes":[{"code":"9","history":{"totalCount":0}}]}}}`)
	})
	t.Run("others get the head", func(t *testing.T) {
		s.want(t, framework.Actor{ID: "c", Access: framework.Contributor}, `{framework(code:"meridian"){id showsRelease hidesHead version{pinned release{code}}}}`, nil,
			`{"framework":{"id":"framework:meridian:meridian","showsRelease":true,"hidesHead":true,"version":{"pinned":false,"release":null}}}`)
	})
	t.Run("a new release", func(t *testing.T) {
		s.edit(t, "meridian", framework.UpdateRelease{Code: "10", Stage: framework.Some(framework.ReleasePublished)})
		s.want(t, reader, `{framework(code:"meridian"){id version{release{code}} skill(code:"ITMG"){name}} old:framework(code:"meridian",at:{release:"9"}){skill(code:"ITMG"){name}}}`, nil,
			`{"framework":{"id":"framework:meridian@3:meridian","version":{"release":{"code":"10"}},"skill":{"name":"Zanzibar"}},"old":{"skill":{"name":"Managing services"}}}`)
		s.refuse(t, reader, `{framework(code:"meridian",at:{latest:HEAD}){id}}`, nil, framework.Forbidden)
	})
	t.Run("a head that is the release", func(t *testing.T) {
		s.edit(t, "meridian", framework.CreateRelease{Code: "11", Name: "Eleven", Stage: framework.ReleasePublished})
		s.want(t, reader, `{framework(code:"meridian",at:{latest:HEAD}){id version{release{code}}} node(id:"skill:meridian:ITMG"){id}}`, nil,
			`{"framework":{"id":"framework:meridian:meridian","version":{"release":{"code":"11"}}},"node":{"id":"skill:meridian:ITMG"}}`)
	})
}

// TestEachSettingByItself: where only the head is hidden, that is no default for
// those who may see it; where only the release is shown, the head is no secret.
func TestEachSettingByItself(t *testing.T) {
	const query = `{framework(code:"meridian"){id} head:node(id:"skill:meridian:ITMG"){id}}`
	const release, head = `"framework":{"id":"framework:meridian@2:meridian"}`, `"framework":{"id":"framework:meridian:meridian"}`
	const seen, hidden = `"head":{"id":"skill:meridian:ITMG"}`, `"head":null`
	signedIn := framework.Actor{ID: "r", Access: framework.Reader}
	hides := released(t).shows(t, false, true)
	hides.want(t, reader, query, nil, "{"+release+","+hidden+"}")
	hides.want(t, signedIn, query, nil, "{"+head+","+seen+"}")
	shows := released(t).shows(t, true, false)
	shows.want(t, reader, query, nil, "{"+release+","+seen+"}")
	shows.want(t, signedIn, query, nil, "{"+release+","+seen+"}")
}

// TestBeforeAnythingIsPublished hides the head of a framework without a published
// release.
func TestBeforeAnythingIsPublished(t *testing.T) {
	s := demo(t)
	s.edit(t, "meridian", framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleaseBeta})
	s.shows(t, true, true)
	const query = `{framework{id} named:framework(code:"meridian",at:{release:"1"}){id} frameworks{totalCount nodes{id}} revisions{totalCount} node(id:"release:meridian:1"){id}}`
	s.want(t, reader, query, nil, `{"framework":null,"named":null,"frameworks":{"totalCount":0,"nodes":[]},"revisions":{"totalCount":0},"node":null}`)
	s.want(t, framework.Actor{ID: "r", Access: framework.Reader}, query, nil, `{"framework":{"id":"framework:meridian:meridian"},"named":{"id":"framework:meridian@1:meridian"},
		"frameworks":{"totalCount":1,"nodes":[{"id":"framework:meridian:meridian"}]},"revisions":{"totalCount":3},"node":{"id":"release:meridian:1"}}`)
	a := s.refuse(t, ada, `{framework(at:{latest:PUBLISHED}){id}}`, nil, framework.NotFound)
	if m := a.Errors[0].Message; m != "framework meridian has no release for {latest: PUBLISHED} yet" {
		t.Error(m)
	}
}

// TestReadsOfReleases has its answers in golden files, like TestReads.
func TestReadsOfReleases(t *testing.T) {
	s := released(t)
	for _, r := range releaseReads {
		t.Run(r.name, func(t *testing.T) {
			a := s.ask(t, root, r.query, nil)
			if len(a.Errors) > 0 {
				t.Fatalf("%+v", a.Errors)
			}
			golden(t, "read_"+r.name, indented(t, a.Body))
		})
	}
}

var releaseReads = []struct{ name, query string }{
	{"releases", `{framework(code:"meridian"){showsRelease hidesHead version{release{code}}
		release(code:"9"){id code name notes stage stagedAt revision contentRevision framework{id version{revision}} history{nodes{seq}}} none:release(code:"8"){id}
		releases{totalCount nodes{code} edges{cursor node{code}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}
		first:releases(first:1){nodes{code} pageInfo{hasNextPage}} last:releases(last:1){nodes{code} pageInfo{hasPreviousPage}}
		stages:releases(stages:[PUBLISHED,BETA]){totalCount nodes{code stage}}}
		nine:framework(code:"meridian",at:{release:"9"}){id version{revision contentRevision time pinned release{code}} release(code:"10"){stage}}
		beta:framework(code:"meridian",at:{release:"10-beta"}){version{revision release{code stage}}}
		same:framework(code:"meridian",at:{revision:8}){version{revision contentRevision release{code}}}
		before:framework(code:"meridian",at:{revision:1}){version{release{code}}}
		head:framework(code:"meridian",at:{latest:HEAD}){id version{pinned}}
		draft:framework(code:"meridian",at:{latest:DRAFT}){version{revision}} published:framework(code:"meridian",at:{latest:PUBLISHED}){version{revision}}
		changes:revision(seq:7){changes{nodes{kind key action entity{id}}}}}`},
}

const (
	creatingRelease = `mutation($in:CreateReleaseInput!){p:createRelease(input:$in){release{id code name notes stage revision contentRevision stagedAt} revision{seq message frameworks} errors{code message path conflict{fields entity{kind key} revision{seq}}}}}`
	updatingRelease = `mutation($in:UpdateReleaseInput!){p:updateRelease(input:$in){release{id code name notes stage revision contentRevision stagedAt} revision{seq message frameworks} errors{code message path conflict{fields entity{kind key} revision{seq}}}}}`
)

func TestChangingReleases(t *testing.T) {
	s := demo(t)
	in := object{"framework": "meridian", "code": "9", "name": "Nine", "message": "Prepare", "requestId": "r1"}
	created := func(seq int) string {
		return fmt.Sprintf(`{"p":{"release":{"id":"release:meridian:9","code":"9","name":"Nine","notes":null,"stage":"DRAFT","revision":1,"contentRevision":1,
		"stagedAt":"2026-03-01T12:01:00Z"},"revision":{"seq":%d,"message":"Prepare","frameworks":["meridian"]},"errors":[]}}`, seq)
	}
	s.want(t, ada, creatingRelease, vars{"in": in}, created(2))
	s.edit(t, "meridian", framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Anew")}) // 3
	s.want(t, ada, creatingRelease, vars{"in": in}, created(2))                              // sent again, and the head has moved
	refused := func(query string, in object, want string) {
		t.Helper()
		seq := s.catalog.Head().Seq()
		a := s.ask(t, ada, query, vars{"in": in})
		if len(a.Errors) > 0 || at(t, a.Data, "p", "release") != nil || at(t, a.Data, "p", "revision") != nil || s.catalog.Head().Seq() != seq {
			t.Fatalf("something was done: %s", a.Body)
		}
		wantJSON(t, want, at(t, a.Data, "p", "errors", 0))
	}
	refusal := func(code, message, path string) string {
		return fmt.Sprintf(`{"code":%q,"message":%q,"path":[%s],"conflict":null}`, code, message, path)
	}
	refused(creatingRelease, object{"framework": "meridian", "code": "9", "name": "Nine"},
		refusal("INVALID", `release "9" exists already; choose another code or update that one`, `"code"`))
	for _, revision := range []int{-3, 0, 99} {
		n := revision
		if n < 1 {
			n = -1
		}
		refused(creatingRelease, object{"framework": "meridian", "code": "8", "name": "Eight", "revision": revision},
			refusal("INVALID", fmt.Sprintf("there is no revision %d; the newest is 3", n), `"revision"`))
	}
	refused(creatingRelease, object{"framework": "meridian", "code": "8", "name": " "}, refusal("INVALID", "name is required", `"name"`))
	refused(creatingRelease, object{"framework": "none", "code": "8", "name": "Eight"}, refusal("NOT_FOUND", `there is no framework "none"`, `"framework"`))

	update := object{"framework": "meridian", "baseRevision": 3, "code": "9", "notes": "Good.", "revision": 3}
	s.want(t, ada, updatingRelease, vars{"in": update}, `{"p":{"release":{"id":"release:meridian:9","code":"9","name":"Nine","notes":"Good.","stage":"DRAFT","revision":3,"contentRevision":3,
		"stagedAt":"2026-03-01T12:01:00Z"},"revision":{"seq":4,"message":null,"frameworks":["meridian"]},"errors":[]}}`)
	at4 := s.catalog.Head().Step(4).Time.Format(time.RFC3339)
	refused(updatingRelease, object{"framework": "meridian", "baseRevision": 3, "code": "9", "notes": "Better."},
		`{"code":"CONFLICT","path":[],"message":"release 9 of framework meridian has been changed (notes) since revision 3, last by ada in revision 4 at `+at4+`",
		"conflict":{"fields":["notes"],"entity":{"kind":"RELEASE","key":"9"},"revision":{"seq":4}}}`)
	refused(updatingRelease, object{"framework": "meridian", "baseRevision": 4, "code": "8"}, refusal("INVALID", `there is no release "8" in framework meridian`, `"code"`))
	refused(updatingRelease, object{"framework": "meridian", "baseRevision": 4, "code": "9", "stage": nil}, refusal("INVALID", `"" is not a stage; use DRAFT, BETA or PUBLISHED`, `"stage"`))

	a := s.ask(t, ada, updatingRelease, vars{"in": object{"framework": "meridian", "baseRevision": 4, "code": "9", "stage": "PUBLISHED", "message": "Out"}})
	wantJSON(t, `{"p":{"release":{"id":"release:meridian:9","code":"9","name":"Nine","notes":"Good.","stage":"PUBLISHED","revision":3,"contentRevision":3,
		"stagedAt":"`+s.catalog.Head().Step(5).Time.Format(time.RFC3339)+`"},"revision":{"seq":5,"message":"Out","frameworks":["meridian"]},"errors":[]}}`, a.Data)
	for _, change := range []object{{"name": "New"}, {"stage": "DRAFT"}, {"revision": 1}, {"notes": nil}} {
		in := object{"framework": "meridian", "baseRevision": 5, "code": "9"}
		for k, v := range change {
			in[k] = v
		}
		refused(updatingRelease, in, refusal("INVALID", "release 9 was published and cannot be changed; make a new one", `"code"`))
	}
}

// TestMutationsShowTheHead: who has changed something sees it, whatever others are shown.
func TestMutationsShowTheHead(t *testing.T) {
	s := released(t).shows(t, true, true)
	in := object{"framework": "meridian", "baseRevision": 9, "edits": object{"updateFramework": object{"hidesHead": false, "showsRelease": nil}}}
	s.want(t, ada, `mutation($in:EditFrameworkInput!){p:editFramework(input:$in){framework{id showsRelease hidesHead description} errors{code}}}`, vars{"in": in},
		`{"p":{"framework":{"id":"framework:meridian:meridian","showsRelease":false,"hidesHead":false,"description":"Zanzibar"},"errors":[]}}`)
}

// TestWhatReadersGetIsPaidFor bounds the states of the past that one operation reads
// without naming them.
func TestWhatReadersGetIsPaidFor(t *testing.T) {
	s := newServer(t)
	const many = 26
	for i := range many {
		code := fmt.Sprintf("f%d", i)
		s.edit(t, code, framework.CreateFramework{Code: code, Name: "F"}, framework.UpdateFramework{ShowsRelease: framework.Some(true)})
		s.edit(t, code, framework.CreateRelease{Code: "1", Name: "One", Stage: framework.ReleasePublished})
	}
	s.refuse(t, reader, `{frameworks{nodes{code}}}`, nil, framework.LimitExceeded)
	s.want(t, reader, `{frameworks(first:1){totalCount nodes{version{revision}}}}`, nil, fmt.Sprintf(`{"frameworks":{"totalCount":%d,"nodes":[{"version":{"revision":1}}]}}`, many))
	if a := s.ask(t, root, `{frameworks{nodes{code}}}`, nil); len(a.Errors) > 0 {
		t.Error(a.Errors)
	}
	// The same state is paid for once.
	if a := s.ask(t, reader, "{"+repeat(100, `a%d:framework(code:"f0"){code}`)+"}", nil); len(a.Errors) > 0 {
		t.Error(a.Errors)
	}
	s.refuse(t, reader, "{"+repeat(13, `a%d:framework(code:"f0",at:{latest:PUBLISHED}){code}`)+"}", nil, framework.LimitExceeded)
	if a := s.ask(t, reader, "{"+repeat(13, `a%d:framework(code:"f0",at:{latest:HEAD}){code}`)+"}", nil); len(a.Errors) > 0 {
		t.Error(a.Errors)
	}
}

// TestTheWalkThrough validates the operations that docs/releases.md shows.
func TestTheWalkThrough(t *testing.T) {
	text, err := os.ReadFile("../docs/releases.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 4 {
		t.Errorf("there are %d operations", len(blocks))
	}
	for _, b := range blocks {
		if _, err := gqlparser.LoadQueryWithRules(parsedSchema, string(b[1]), rules.NewDefaultRules()); err != nil {
			t.Errorf("%v in %s", err, b[1])
		}
	}
}
