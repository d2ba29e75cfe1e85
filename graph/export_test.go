package graph

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// route serves exports as the program does.
func route(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/export/{file}", h)
	return mux
}

// get asks for an export; header lines come in pairs.
func (s *server) get(t testing.TB, actor framework.Actor, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return fetch(t, newExports(s.options, usual), actor, http.MethodGet, target, header...)
}

func fetch(t testing.TB, h http.Handler, actor framework.Actor, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(WithActor(t.Context(), actor), method, "/export/"+target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	route(h).ServeHTTP(w, r)
	return w
}

// codeOf is the code of the one error of an answer that is one.
func codeOf(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct{ Errors []answerError }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Errors) != 1 || body.Errors[0].Message == "" {
		t.Fatalf("status %d, no error: %.300s", w.Code, w.Body)
	}
	for _, h := range []string{"ETag", "Content-Disposition", "Skill-Atlas-Revision", "Cache-Control", "Content-Encoding"} {
		if w.Header().Get(h) != "" {
			t.Errorf("an error has the header %s", h)
		}
	}
	return fmt.Sprint(body.Errors[0].code())
}

// TestWhoSeesTheHeadInExports is [TestWhoSeesTheHead] for exports.
func TestWhoSeesTheHeadInExports(t *testing.T) {
	routes := []struct {
		target string
		shows  int
	}{
		{"meridian.json", unnamed},
		{"meridian.json?at=head", named},
		{"meridian.json?at=latest:HEAD", named},
		{"meridian.json?at=3", named},
		{"meridian.json?at=8", named},
		{"meridian.json?at=2026-03-01T12:02:30Z", named},
		{"meridian.json?at=2026-03-01T13:02:30%2B01:00", named},
		{"meridian.json?at=latest:BETA", named},
		{"meridian.json?at=latest:DRAFT", named},
		{"meridian.json?at=release:10-beta", named},
		{"meridian.json?at=changeRequest:2", named},
		{"crafts.json", named}, // its matches
		{"crafts.json?at=4", named},
		{"crafts.json?at=head", named},
		{"meridian.json?at=release:10", editors},
	}
	for _, shows := range []bool{false, true} {
		for _, hides := range []bool{false, true} {
			s := released(t)
			s.edit(t, "meridian", framework.RaiseRequest{
				Title: "More", Submit: true, Base: 8, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITOP", Name: framework.Some("Zanzibar operations")}},
			})
			s.shows(t, shows, hides)
			for _, a := range readers {
				for _, r := range routes {
					t.Run(fmt.Sprintf("shows %t hides %t/%s/%s", shows, hides, a.name, r.target), func(t *testing.T) {
						want := seesNews(r.shows, a.name, shows, hides)
						got := s.get(t, a.actor, r.target)
						if news.MatchString(got.Body.String()) != want {
							t.Errorf("sees it: %t, want %t: %d %.2000s", !want, want, got.Code, got.Body)
						}
						if want && got.Code != http.StatusOK {
							t.Errorf("%d %s", got.Code, got.Body)
						}
						head := fetch(t, newExports(s.options, usual), a.actor, http.MethodHead, r.target)
						tagged := fetch(t, newExports(s.options, usual), a.actor, http.MethodGet, r.target, "If-None-Match", "*")
						if head.Code != got.Code || got.Code == http.StatusOK && tagged.Code != http.StatusNotModified || got.Code != http.StatusOK && tagged.Code != got.Code {
							t.Errorf("GET is answered %d, HEAD %d, with a tag %d", got.Code, head.Code, tagged.Code)
						}
					})
				}
			}
		}
	}
}

// TestExportsOfWhatMayNotBeSeen asks for frameworks that may not be seen and for
// such as are not there, and expects the same answers.
func TestExportsOfWhatMayNotBeSeen(t *testing.T) {
	s := past(t)
	for _, query := range []string{"", "?at=head", "?at=3", "?at=0", "?at=99", "?at=latest", "?at=release:1", "?at=changeRequest:1", "?at=2020-01-01T00:00:00Z", "?at=x", "?x=1"} {
		for name, actor := range map[string]framework.Actor{"limited": limited(framework.Admin), "nobody": nobody} {
			t.Run(name+query, func(t *testing.T) {
				hidden, missing := s.get(t, actor, "crafts.json"+query), s.get(t, actor, "nonesuch.json"+query)
				want := "NOT_FOUND"
				if strings.HasSuffix(query, "=x") || strings.HasPrefix(query, "?x") {
					want = "INVALID"
				}
				if code := codeOf(t, hidden); code != want {
					t.Errorf("got %s, want %s", code, want)
				}
				if diff := cmp.Diff(strings.ReplaceAll(missing.Body.String(), "nonesuch", "crafts"), hidden.Body.String()); diff != "" || hidden.Code != missing.Code {
					t.Errorf("%d and %d (-missing +hidden):\n%s", missing.Code, hidden.Code, diff)
				}
			})
		}
	}
}

// TestMatchesWithWhatMayNotBeSeen looks in every format for a framework whose skills
// are matched.
func TestMatchesWithWhatMayNotBeSeen(t *testing.T) {
	s := past(t)
	s.edit(t, "meridian", framework.Relate{From: "ITOP", Type: framework.ExactMatch, ToFramework: "crafts", To: "WELD", Note: "Hardly."})
	for _, f := range exportable() {
		if !f.Text() {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			for _, at := range []string{"", "?at=head", "?at=8"} {
				got := s.get(t, limited(framework.Admin), "meridian."+f.Extension+at)
				if got.Code != http.StatusOK || contains(got.Body.String(), []string{"crafts", "WELD", "Hardly"}) {
					t.Errorf("%s: %d %.300s", at, got.Code, got.Body)
				}
				if all := s.get(t, root, "meridian."+f.Extension+at); f.Name == "json" && !strings.Contains(all.Body.String(), "WELD") {
					t.Error("those who may see both do not see the match")
				}
			}
		})
	}
}

// TestStatesOfExports names states as exports and as GraphQL do, and expects the same
// ones, or the same refusals.
func TestStatesOfExports(t *testing.T) {
	s := released(t)
	s.edit(t, "meridian", framework.RaiseRequest{ // #2, revision 9
		Title: "A", Submit: true, Base: 8, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITOP", Name: framework.Some("Previewed")}},
	})
	s.edit(t, "meridian", framework.RaiseRequest{ // #3
		Title: "B", Submit: true, Base: 8, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITOP", Name: framework.Some("Previewed otherwise")}},
	})
	s.edit(t, "meridian", framework.RaiseRequest{ // #4
		Title: "C", Submit: true, Base: 8, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITMG", Description: framework.Some("Previewed too.")}},
	})
	s.edit(t, "meridian", framework.CreateRelease{Code: "a,b+&", Name: "Odd", Revision: 1, Stage: framework.ReleaseDraft})
	many := strings.TrimSuffix(strings.Repeat("2,", 21), ",")
	for _, c := range []struct {
		at, graphql string
		revision    string // of the content, or the code of a refusal
	}{
		{"1", "{revision:1}", "1"},
		{"002", "{revision:2}", "2"},
		{"8", "{revision:8}", "3"},
		{"0", "{revision:0}", "null"},
		{"99", "{revision:99}", "NOT_FOUND"},
		{"2026-03-01T12:01:00Z", `{time:"2026-03-01T12:01:00Z"}`, "2"},
		{"2026-03-01T13:01:30.5+01:00", `{time:"2026-03-01T13:01:30.5+01:00"}`, "2"},
		{"2026-03-01T13:01:30.5%2B01:00", `{time:"2026-03-01T13:01:30.5+01:00"}`, "2"},
		{"2020-03-01T12:01:00Z", `{time:"2020-03-01T12:01:00Z"}`, "NOT_FOUND"},
		{"head", "{latest:HEAD}", "3"},
		{"latest:HEAD", "{latest:HEAD}", "3"},
		{"latest", "{latest:PUBLISHED}", "2"},
		{"latest:PUBLISHED", "{latest:PUBLISHED}", "2"},
		{"latest:published", "{latest:PUBLISHED}", "2"},
		{"latest:BETA", "{latest:BETA}", "3"},
		{"latest:DRAFT", "{latest:DRAFT}", "3"},
		{"release:9", `{release:"9"}`, "2"},
		{"release:a,b%2B%26", `{release:"a,b+&"}`, "1"},
		{"release:none", `{release:"none"}`, "NOT_FOUND"},
		{"changeRequest:2", "{changeRequest:[2]}", "3"},
		{"changeRequest:2,4", "{changeRequest:[2,4]}", "3"},
		{"changeRequest:2,3", "{changeRequest:[2,3]}", "CONFLICT"},
		{"changeRequest:1", "{changeRequest:[1]}", "INVALID"},
		{"changeRequest:2,2", "{changeRequest:[2,2]}", "INVALID"},
		{"changeRequest:99", "{changeRequest:[99]}", "NOT_FOUND"},
		{"changeRequest:" + many, "{changeRequest:[" + many + "]}", "LIMIT_EXCEEDED"},
	} {
		t.Run(c.at, func(t *testing.T) {
			got := s.get(t, root, "meridian.json?at="+c.at)
			a := s.ask(t, root, `{framework(code:"meridian",at:`+c.graphql+`){version{contentRevision changeRequests} skill(code:"ITOP"){name}}}`, nil)
			switch {
			case len(a.Errors) > 0:
				code := a.Errors[0].code()
				if exported := codeOf(t, got); code != c.revision || exported != code || got.Code != statuses[framework.Code(exported)] {
					t.Errorf("GraphQL says %s, and the export %d %s, want %s", code, got.Code, exported, c.revision)
				}
			case a.Data["framework"] == nil:
				if code := codeOf(t, got); c.revision != "null" || code != "NOT_FOUND" {
					t.Errorf("GraphQL says null, and the export %s, want %s", code, c.revision)
				}
			default:
				revision := fmt.Sprint(at(t, a.Data, "framework", "version", "contentRevision"))
				name, h := "meridian-r"+revision+".json", got.Header()
				if preview := len(at(t, a.Data, "framework", "version", "changeRequests").([]any)) > 0; preview {
					name = "meridian.json"
					if h.Get("Skill-Atlas-Revision")+h.Get("Last-Modified") != "" {
						t.Errorf("a preview has the headers %v", h)
					}
				} else if h.Get("Skill-Atlas-Revision") != revision || h.Get("Last-Modified") != s.catalog.Head().Step(int64(at(t, a.Data, "framework", "version", "contentRevision").(float64))).Time.Format(http.TimeFormat) {
					t.Errorf("revision %s has the headers %v", revision, h)
				}
				if got.Code != http.StatusOK || revision != c.revision || h.Get("Content-Disposition") != "attachment; filename="+name {
					t.Errorf("GraphQL says revision %s, and the export %d with %v, want %s", revision, got.Code, h, c.revision)
				}
				if skill := at(t, a.Data, "framework", "skill", "name").(string); !strings.Contains(got.Body.String(), strconv.Quote(skill)) {
					t.Errorf("the export does not have the skill as %q", skill)
				}
			}
		})
	}
}

func TestExportsRefuse(t *testing.T) {
	s := demo(t)
	for _, c := range []struct {
		name, method, target string
		status               int
		says                 string
	}{
		{"empty at", "GET", "meridian.json?at=", 400, `"" names no state: at is a revision such as 12`},
		{"word", "GET", "meridian.json?at=newest", 400, "latest:BETA"},
		{"capitals", "GET", "meridian.json?at=HEAD", 400, "names no state"},
		{"negative revision", "GET", "meridian.json?at=-1", 400, "names no state"},
		{"fraction", "GET", "meridian.json?at=1.5", 400, "names no state"},
		{"signed revision", "GET", "meridian.json?at=%2B1", 400, "names no state"},
		{"large revision", "GET", "meridian.json?at=99999999999999999999", 400, "names no state"},
		{"date", "GET", "meridian.json?at=2026-03-01", 400, "names no state"},
		{"no such stage", "GET", "meridian.json?at=latest:FINAL", 400, "names no state"},
		{"no stage", "GET", "meridian.json?at=latest:", 400, "names no state"},
		{"no release", "GET", "meridian.json?at=release:", 400, "names no state"},
		{"only release", "GET", "meridian.json?at=release", 400, "names no state"},
		{"no request", "GET", "meridian.json?at=changeRequest:", 400, "names no state"},
		{"comma", "GET", "meridian.json?at=changeRequest:1,", 400, "names no state"},
		{"spaces", "GET", "meridian.json?at=changeRequest:1,%202", 400, "names no state"},
		{"something else", "GET", "meridian.json?at=skill:ITMG", 400, "names no state"},
		{"long", "GET", "meridian.json?at=" + strings.Repeat("x", 10_000), 400, "…"},
		{"twice", "GET", "meridian.json?at=1&at=1", 400, "at is given 2 times"},
		{"other parameter", "GET", "meridian.json?format=csv", 400, `"format" is not a parameter of an export; the only one is at: at is a`},
		{"other parameter besides", "GET", "meridian.json?at=1&revision=1", 400, `"revision" is not a parameter`},
		{"broken escape", "GET", "meridian.json?at=%zz", 400, "cannot be read"},
		{"semicolon", "GET", "meridian.json?at=1;x=2", 400, "cannot be read"},
		{"format", "GET", "meridian.exe", 404, "is not a file to export"},
		{"format to import only", "GET", "meridian.gdad", 404, "CODE.json"},
		{"no format", "GET", "meridian", 404, "is not a file to export"},
		{"no framework", "GET", ".json", 404, "is not a file to export"},
		{"capital format", "GET", "meridian.JSON", 404, "is not a file to export"},
		{"long name", "GET", strings.Repeat("x", 10_000), 404, "…"},
		{"long framework", "GET", strings.Repeat("x", 10_000) + ".json", 404, "…"},
		{"escaped slash", "GET", "..%2fmeridian.json", 404, "there is no framework"},
		{"quote", "GET", "%22%0a.json", 404, "there is no framework"},
		{"post", "POST", "meridian.json", 405, "POST is not a method to export with"},
		{"delete", "DELETE", "nonesuch.json", 405, "DELETE is not a method to export with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fetch(t, newExports(s.options, usual), root, c.method, c.target)
			codeOf(t, got)
			if got.Code != c.status || !strings.Contains(at(t, decoded(t, got), "errors", 0, "message").(string), c.says) || got.Body.Len() > 2000 {
				t.Errorf("%d %.2000s", got.Code, got.Body)
			}
			if c.status == 405 && got.Header().Get("Allow") != "OPTIONS, GET, HEAD" {
				t.Errorf("it does not say what is allowed: %v", got.Header())
			}
		})
	}
}

func decoded(t testing.TB, w *httptest.ResponseRecorder) (v any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTagsChangeWithTheContent does one thing after the other, none of which takes
// back one before, and expects the tags of exports to change when their bytes do.
func TestTagsChangeWithTheContent(t *testing.T) {
	s := released(t)
	signedIn := framework.Actor{ID: "r", Access: framework.Reader}
	actors := map[string]framework.Actor{"anonymous": reader, "reader": signedIn, "editor": ada, "limited": limited(framework.Reader)}
	targets := []string{"meridian.json", "meridian.json?at=latest", "meridian.json?at=3", "meridian.json?at=head", "crafts.json", "crafts.json?at=4", "meridian.json?at=changeRequest:2", "meridian.json?at=release:10-beta"}
	edit := func(code string, edits ...framework.Edit) func() { return func() { s.edit(t, code, edits...) } }
	type answer struct{ tag, body string }
	before := map[string]answer{}
	for _, step := range []struct {
		name string
		do   func()
		want []string // what changes for the reader
	}{
		{"start", func() {}, append(targets[:6:6], targets[7])},
		{"raise a request", edit("meridian", framework.RaiseRequest{
			Title: "A", Submit: true, Base: 8, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITOP", Name: framework.Some("Previewed")}},
		}), []string{"meridian.json?at=changeRequest:2"}},
		{"comment on it", edit("meridian", framework.CommentRequest{Number: 2, Body: "Well."}), nil},
		{"rename a skill", edit("meridian", framework.UpdateSkill{Code: "ITMG", Name: framework.Some("Renamed")}),
			[]string{"meridian.json", "meridian.json?at=head", "meridian.json?at=changeRequest:2"}},
		{"propose something else", edit("meridian", framework.ProposeEdits{
			Number: 2, Base: 10, Edits: []framework.Edit{framework.UpdateSkill{Code: "ITOP", Name: framework.Some("Previewed otherwise")}},
		}), []string{"meridian.json?at=changeRequest:2"}},
		{"make another framework", edit("third", framework.CreateFramework{Code: "third", Name: "Third"}, framework.CreateSkill{Code: "T", Name: "T"}), nil},
		{"state a match from there", edit("third", framework.Relate{From: "T", Type: framework.ExactMatch, ToFramework: "meridian", To: "ITMG"}), nil},
		{"state a match from here", edit("meridian", framework.Relate{From: "ITMG", Type: framework.CloseMatch, ToFramework: "third", To: "T"}),
			[]string{"meridian.json", "meridian.json?at=head", "meridian.json?at=changeRequest:2"}},
		{"edit the other end", edit("third", framework.UpdateSkill{Code: "T", Name: framework.Some("Tee")}), nil},
		{"publish a release", edit("meridian", framework.UpdateRelease{Code: "10-beta", Stage: framework.Some(framework.ReleasePublished)}), []string{"meridian.json?at=latest"}},
		{"hide the head of the third", edit("third", framework.UpdateFramework{HidesHead: framework.Some(true)}), nil},
		{"rename a role of crafts", edit("crafts", framework.CreateRole{Code: "smith", Name: "Smith"}), []string{"crafts.json"}},
		{"hide the head", edit("meridian", framework.UpdateFramework{HidesHead: framework.Some(true)}),
			[]string{"meridian.json", "meridian.json?at=head", "meridian.json?at=changeRequest:2"}},
	} {
		step.do()
		var changed []string
		for name, actor := range actors {
			for _, target := range targets {
				got := s.get(t, actor, target)
				key, now := name+" "+target, answer{got.Header().Get("ETag"), got.Body.String()}
				was := before[key]
				before[key] = now
				switch {
				case got.Code != http.StatusOK:
					continue
				case was.tag == now.tag && was.body == now.body || was.tag != now.tag && was.body != now.body:
				case was.tag != now.tag && name == "limited" && step.name == "state a match from here":
					// The framework has changed, and they are told so, though not what.
				default:
					t.Errorf("%s, %s: the tag changes: %t, the content: %t", step.name, key, was.tag != now.tag, was.body != now.body)
				}
				if name == "reader" && was.tag != now.tag {
					changed = append(changed, target)
				}
			}
		}
		if diff := cmp.Diff(step.want, changed); diff != "" {
			t.Errorf("%s: what changes for a reader (-want +got):\n%s", step.name, diff)
		}
	}
	// For those from whom the head of third is hidden the match is gone, and others have it.
	if a, b := before["reader meridian.json?at=head"], s.get(t, limited(framework.Reader), "meridian.json?at=head"); a.tag == b.Header().Get("ETag") || a.body == b.Body.String() {
		t.Error("whoever may not see a match has the tag of those who may")
	}
}

// TestTagsDiffer makes tags of all that makes bytes differ besides the content.
func TestTagsDiffer(t *testing.T) {
	s := demo(t)
	seen := map[string]string{}
	add := func(what string, got *httptest.ResponseRecorder) {
		t.Helper()
		tag := got.Header().Get("ETag")
		if other, ok := seen[tag]; ok || !regexp.MustCompile(`^"[\w-]+"$`).MatchString(tag) {
			t.Errorf("%s has the tag %s, which %s has", what, tag, other)
		}
		seen[tag] = what
	}
	for _, f := range exportable() {
		add(f.Name, s.get(t, root, "meridian."+f.Extension))
	}
	add("gzip", s.get(t, root, "meridian.json", "Accept-Encoding", "gzip"))
	s.options.Build = "another"
	add("another build", s.get(t, root, "meridian.json"))
	s.options.Build = ""
	if one, other := s.get(t, root, "meridian.json"), s.get(t, reader, "meridian.json"); one.Header().Get("ETag") != other.Header().Get("ETag") {
		t.Error("two who see the same have different tags")
	}
}

func TestExportsAreRevalidated(t *testing.T) {
	s := demo(t)
	tag := s.get(t, root, "meridian.json").Header().Get("ETag")
	for _, c := range []struct {
		name   string
		header []string
		want   int
	}{
		{"none", nil, 200},
		{"the tag", []string{tag}, 304},
		{"weak", []string{"W/" + tag}, 304},
		{"any", []string{"*"}, 304},
		{"any, with spaces", []string{" * "}, 304},
		{"in a list", []string{`"a", ` + tag + `,"b"`}, 304},
		{"in a list without spaces", []string{`"a",W/"b",W/` + tag}, 304},
		{"with empty elements", []string{`, ,"a",, ` + tag}, 304},
		{"in the second line", []string{`"a"`, tag}, 304},
		{"another", []string{`"a"`}, 200},
		{"others, with commas and stars", []string{`"a,b", "*"`}, 200},
		{"without quotes", []string{strings.Trim(tag, `"`)}, 200},
		{"half quoted", []string{strings.TrimSuffix(tag, `"`)}, 200},
		{"within another", []string{`"x` + tag[1:]}, 200},
		{"of gzip", []string{strings.TrimSuffix(tag, `"`) + `-gzip"`}, 200},
		{"empty", []string{""}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			var header []string
			for _, h := range c.header {
				header = append(header, "If-None-Match", h)
			}
			for _, method := range []string{"GET", "HEAD"} {
				got := fetch(t, newExports(s.options, usual), root, method, "meridian.json", header...)
				if got.Code != c.want {
					t.Fatalf("%s is answered %d, want %d", method, got.Code, c.want)
				}
				if got.Code == 304 {
					want := http.Header{"Etag": {tag}, "Cache-Control": {"private, no-cache"}, "Vary": {"Accept-Encoding"}}
					if diff := cmp.Diff(want, got.Header()); diff != "" || got.Body.Len() > 0 {
						t.Errorf("%s (-want +got):\n%s%s", method, diff, got.Body)
					}
				}
			}
		})
	}
	if err := s.rename("Anew"); err != nil {
		t.Fatal(err)
	}
	if got := s.get(t, root, "meridian.json", "If-None-Match", tag); got.Code != 200 {
		t.Errorf("what has changed is answered %d", got.Code)
	}
}

func TestExportsInEveryFormat(t *testing.T) {
	s := past(t)
	for _, f := range exportable() {
		t.Run(f.Name, func(t *testing.T) {
			var want bytes.Buffer
			if err := exchange.Export(&want, f.Name, s.catalog.Head().Snapshot("crafts")); err != nil {
				t.Fatal(err)
			}
			plain := s.get(t, root, "crafts."+f.Extension)
			if diff := cmp.Diff(want.Bytes(), plain.Body.Bytes()); diff != "" || plain.Code != 200 || want.Len() == 0 {
				t.Errorf("%d (-want +got):\n%s", plain.Code, diff)
			}
			h := plain.Header()
			if media := h.Get("Content-Type"); !strings.HasPrefix(media, f.MediaType) || f.Text() != strings.HasSuffix(media, "; charset=utf-8") {
				t.Errorf("its type is %q", media)
			}
			if name := h.Get("Content-Disposition"); name != "attachment; filename=crafts-r5."+f.Extension {
				t.Errorf("its name is %q", name)
			}
			if h.Get("Accept-Ranges") != "none" || h.Get("Cache-Control") != "private, no-cache" {
				t.Errorf("it has the headers %v", h)
			}
			head := fetch(t, newExports(s.options, usual), root, http.MethodHead, "crafts."+f.Extension)
			if diff := cmp.Diff(h, head.Header()); diff != "" || head.Code != 200 || head.Body.Len() > 0 {
				t.Errorf("HEAD: %d (-GET +HEAD):\n%s", head.Code, diff)
			}
			zipped := s.get(t, root, "crafts."+f.Extension, "Accept-Encoding", "gzip")
			if !f.Text() {
				if zipped.Header().Get("Content-Encoding") != "" {
					t.Error("what is packed already is packed again")
				}
				return
			}
			r, err := gzip.NewReader(zipped.Body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if diff := cmp.Diff(want.Bytes(), got); diff != "" || err != nil || zipped.Header().Get("Content-Encoding") != "gzip" {
				t.Errorf("gzip: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestWhoTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZip": true, "deflate, gzip;q=0.5": true, "br,gzip": true, "gzip; q=1": true,
		"gzip;q=0": false, "gzip;q=0.000": false, "gzip;q=x": false, "deflate": false, "identity": false, "xgzip": false, "*": true, "*;q=0": false, "*;q=0, gzip": true, "gzip;q=0, *": false,
	} {
		if got := AcceptsGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
}

// TestExportsTakeTurns holds every turn of one kind of callers.
func TestExportsTakeTurns(t *testing.T) {
	s := demo(t)
	e := newExports(s.options, timeouts{read: time.Minute, export: time.Minute, turn: time.Millisecond})
	for range maxExports {
		e.anonymous <- struct{}{}
	}
	full := fetch(t, e, reader, http.MethodGet, "meridian.json")
	if code := codeOf(t, full); code != "UNAVAILABLE" || full.Code != 503 || full.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s %v", full.Code, code, full.Header())
	}
	tag := s.get(t, reader, "meridian.json").Header().Get("ETag")
	if got := fetch(t, e, reader, http.MethodHead, "meridian.json"); got.Code != 200 {
		t.Errorf("HEAD is answered %d", got.Code)
	}
	if got := fetch(t, e, reader, http.MethodGet, "meridian.json", "If-None-Match", tag); got.Code != 304 {
		t.Errorf("who has it already is answered %d", got.Code)
	}
	if got := fetch(t, e, ada, http.MethodGet, "meridian.json"); got.Code != 200 {
		t.Errorf("who is signed in is answered %d", got.Code)
	}
	<-e.anonymous
	for range 2 { // which gives its turn back
		if got := fetch(t, e, reader, http.MethodGet, "meridian.json"); got.Code != 200 {
			t.Errorf("the next is answered %d", got.Code)
		}
	}
}

// large serves a framework whose export takes many writes.
func large(t *testing.T) *server {
	s := newServer(t)
	s.edit(t, sample.Framework, sample.Edits(2_000, 5_000)...)
	return s
}

// A leaver is a client who does something at the first part of an answer.
type leaver struct {
	*httptest.ResponseRecorder
	parts int
	do    func() error
}

func (l *leaver) Write(p []byte) (int, error) {
	if l.parts++; l.parts == 1 {
		if err := l.do(); err != nil {
			return 0, err
		}
	}
	return l.ResponseRecorder.Write(p)
}

// TestExportsThatBreakOff has clients go away, and expects the connection to be
// aborted, soon, and without a trace in the log.
func TestExportsThatBreakOff(t *testing.T) {
	s := large(t)
	for name, zip := range map[string]string{"plain": "identity", "gzip": "gzip"} {
		for _, way := range []string{"cancelled", "failing"} {
			t.Run(name+"/"+way, func(t *testing.T) {
				ctx, cancel := context.WithCancel(WithActor(t.Context(), ada))
				defer cancel()
				l := &leaver{httptest.NewRecorder(), 0, func() error { cancel(); return nil }}
				if way == "failing" {
					l.do = func() error { return io.ErrClosedPipe }
				}
				e := newExports(s.options, usual)
				r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/export/sample.json", nil)
				r.Header.Set("Accept-Encoding", zip)
				defer func() {
					if p := recover(); p != http.ErrAbortHandler {
						t.Errorf("it ends with %v", p)
					}
					if l.parts != 1 || len(e.writing) != 0 || s.log.Len() > 0 {
						t.Errorf("it writes %d parts, holds %d turns, and logs %s", l.parts, len(e.writing), s.log)
					}
				}()
				route(e).ServeHTTP(l, r)
			})
		}
	}
}

// TestClientsThatTakeNothing has a client that reads nothing of a large answer.
func TestClientsThatTakeNothing(t *testing.T) {
	s := large(t)
	limits := usual
	limits.stall = 20 * time.Millisecond
	e := newExports(s.options, limits)
	ended := make(chan any, 1)
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			ended <- p
			panic(p)
		}()
		route(e).ServeHTTP(w, r.WithContext(WithActor(r.Context(), ada)))
	}))
	h.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
			t.Error(err)
		}
		return ctx
	}
	h.Start()
	defer h.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /export/sample.json HTTP/1.1\r\nHost: x\r\n\r\n")
	if p := <-ended; p != http.ErrAbortHandler {
		t.Errorf("it ends with %v", p)
	}
}
