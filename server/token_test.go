package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newTokenFor makes a token with the command line.
func newTokenFor(t *testing.T, data string, args ...string) (token, id string) {
	t.Helper()
	out := succeed(t, append([]string{"token", "new", "--data", data, "--name", "Someone"}, args...)...)
	m := regexp.MustCompile(`^(sa_([0-9a-f]{12})_[\w-]{43})\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("token new printed %q", out)
	}
	return m[1], m[2]
}

func TestAnonymousCallersReadAndNoMore(t *testing.T) {
	s := start(t)
	got := s.ask("", "{viewer{access actor{id}} framework{code}}").data(t)
	if want := `{"viewer":{"access":"READER","actor":null},"framework":{"code":"meridian"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	refusedEdit := s.ask("", rename, renamed(demoRevision, "Vandalised")).data(t)
	if !strings.Contains(refusedEdit, `"revision":null`) || !strings.Contains(refusedEdit, `"code":"UNAUTHENTICATED"`) {
		t.Errorf("an edit is answered with %s", refusedEdit)
	}
}

func TestSignInIsRefused(t *testing.T) {
	s := start(t, "--anonymous", "none")
	_, id, _ := strings.Cut(s.token, "_")
	id, secret, _ := strings.Cut(id, "_")
	revoked, revokedID := newTokenFor(t, s.data)
	succeed(t, "token", "revoke", "--data", s.data, revokedID)
	for _, tt := range []struct {
		name string
		// authorization holds the header as often as it is sent.
		authorization []string
	}{
		{"no header", nil},
		{"empty header", []string{""}},
		{"other scheme", []string{"Basic YWRtaW46YWRtaW4="}},
		{"token without a scheme", []string{s.token}},
		{"scheme without a token", []string{"Bearer"}},
		{"scheme and blanks", []string{"Bearer   "}},
		{"garbage", []string{"Bearer x"}},
		{"separators only", []string{"Bearer sa__"}},
		{"prefix only", []string{"Bearer sa_"}},
		{"id only", []string{"Bearer sa_" + id}},
		{"id and nothing", []string{"Bearer sa_" + id + "_"}},
		{"secret only", []string{"Bearer " + secret}},
		{"other prefix", []string{"Bearer SA" + s.token[2:]}},
		{"unknown id", []string{"Bearer sa_000000000000_" + secret}},
		{"id of a path", []string{"Bearer sa_../" + id + "_" + secret}},
		{"other secret", []string{"Bearer sa_" + id + "_" + strings.Repeat("A", len(secret))}},
		{"other token's secret", []string{"Bearer sa_" + id + "_" + revoked[len(revoked)-43:]}},
		{"hash for the secret", []string{"Bearer sa_" + id + "_" + hashSecret(secret)}},
		{"secret cut short", []string{"Bearer " + s.token[:len(s.token)-1]}},
		{"secret with more", []string{"Bearer " + s.token + "A"}},
		{"two tokens", []string{"Bearer " + s.token + " " + s.token}},
		{"two headers, the first good", []string{"Bearer " + s.token, "Bearer x"}},
		{"the same header twice", []string{"Bearer " + s.token, "Bearer " + s.token}},
		{"revoked", []string{"Bearer " + revoked}},
		{"very long", []string{"Bearer sa_" + id + "_" + strings.Repeat("A", 30_000)}},
		{"unicode", []string{"Bearer sa_" + id + "_é\u2028ｓ"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			for _, a := range tt.authorization {
				header = append(header, "Authorization", a)
			}
			got := send(t, "POST", s.url+"/graphql", `{"query":"{__typename}"}`, append(header, "Content-Type", "application/json")...)
			if got.status != 401 || got.code(t) != "UNAUTHENTICATED" {
				t.Errorf("it answers %d %s", got.status, got.body)
			}
			if want := `Bearer realm="Skill Atlas"`; got.header.Get("WWW-Authenticate") != want {
				t.Errorf("WWW-Authenticate is %q, want %q", got.header.Get("WWW-Authenticate"), want)
			}
			if got.header.Get("Content-Type") != "application/json" {
				t.Errorf("Content-Type is %q", got.header.Get("Content-Type"))
			}
		})
	}
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER   "} {
		got := send(t, "POST", s.url+"/graphql", `{"query":"{__typename}"}`, "Authorization", scheme+s.token, "Content-Type", "application/json")
		if got.status != 200 {
			t.Errorf("%q is answered %d", scheme, got.status)
		}
	}
}

func TestWhatATokenGrants(t *testing.T) {
	s := start(t)
	s.ask(s.token, `mutation{createFramework(input:{code:"other",name:"Other"}){errors{code}}}`).data(t)
	const deeds = `mutation($c: String!) {
		edit: editFramework(input: {framework: "meridian", baseRevision: 2, edits: []}) { errors { code } }
		other: editFramework(input: {framework: "other", baseRevision: 2, edits: []}) { errors { code } }
		create: createFramework(input: {code: $c, name: "New"}) { errors { code } }
		archive: archiveFramework(input: {framework: "other", baseRevision: 2, archived: false}) { errors { code } }
	}`
	no := `{"errors":[{"code":"FORBIDDEN"}]}`
	yes := `{"errors":[]}`
	for _, tt := range []struct {
		name, access, frameworks, reads string
		edit, other, create, archive    string
	}{
		{"reader", "reader", "", `["meridian","other"]`, no, no, no, no},
		{"contributor", "contributor", "", `["meridian","other"]`, no, no, no, no},
		{"editor", "EDITOR", "", `["meridian","other"]`, yes, yes, no, no},
		{"admin", "admin", "", `["meridian","other"]`, yes, yes, yes, yes},
		{"editor of one", "editor", "meridian", `["meridian"]`, yes, no, no, no},
		{"admin of another", "admin", "other", `["other"]`, no, yes, no, yes},
		{"admin of both", "admin", "other,meridian", `["meridian","other"]`, yes, yes, no, yes},
		{"editor of what is not there", "editor", "nothing", `[]`, no, no, no, no},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"--access", tt.access}
			if tt.frameworks != "" {
				args = append(args, "--framework", tt.frameworks)
			}
			token, _ := newTokenFor(t, s.data, args...) // works at once
			var data struct {
				Frameworks struct{ Nodes []struct{ Code string } }
			}
			if err := json.Unmarshal([]byte(s.ask(token, "{frameworks{nodes{code}}}").data(t)), &data); err != nil {
				t.Fatal(err)
			}
			codes := []string{}
			for _, f := range data.Frameworks.Nodes {
				codes = append(codes, f.Code)
			}
			if reads, _ := json.Marshal(codes); string(reads) != tt.reads {
				t.Errorf("it reads %s, want %s", reads, tt.reads)
			}
			got := s.ask(token, deeds, map[string]any{"c": strings.ReplaceAll(tt.name, " ", "-")}).data(t)
			want := fmt.Sprintf(`{"edit":%s,"other":%s,"create":%s,"archive":%s}`, tt.edit, tt.other, tt.create, tt.archive)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("deeds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokensComeAndGoWhileTheServerRuns(t *testing.T) {
	s := start(t, "--anonymous", "none")
	folder := filepath.Join(s.data, "tokens")
	tick := time.Now().Add(time.Minute)
	inOneTick := func() { // as where the times of files do not tell quick changes apart
		if err := os.Chtimes(folder, tick, tick); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		token, id := newTokenFor(t, s.data, "--actor", "actor-1")
		inOneTick()
		if got := s.ask(token, "{viewer{actor{id name}}}").data(t); got != `{"viewer":{"actor":{"id":"actor-1","name":"Someone"}}}` {
			t.Fatalf("token %d: %s", i, got)
		}
		if got, want := succeed(t, "token", "revoke", "--data", s.data, id), "Token "+id+" of Someone is revoked.\n"; got != want {
			t.Fatalf("revoke printed %q, want %q", got, want)
		}
		inOneTick()
		if got := s.ask(token, "{__typename}"); got.status != 401 {
			t.Fatalf("token %d is still good: %s", i, got.body)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(s.token, "{__typename}"); got.status != 401 {
		t.Errorf("without any token file the token is still good: %s", got.body)
	}
}

func TestRevokedActorsKeepTheirNamesInTheHistory(t *testing.T) {
	s := start(t)
	token, id := newTokenFor(t, s.data, "--name", "Grace  Hopper\n", "--actor", "grace")
	s.ask(token, rename, renamed(demoRevision, "Service delivery")).data(t)
	succeed(t, "token", "revoke", "--data", s.data, id)
	got := s.ask("", "{first:revisions(first:1){nodes{author{id name}}} last:revisions(last:1){nodes{author{id name}}}}").data(t)
	want := `{"first":{"nodes":[{"author":{"id":"system","name":"Skill Atlas"}}]},"last":{"nodes":[{"author":{"id":"grace","name":"Grace Hopper"}}]}}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsAreNotStored(t *testing.T) {
	s := start(t)
	token, _ := newTokenFor(t, s.data)
	s.ask(token, rename, renamed(demoRevision, "Service delivery")).data(t)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{token, s.token} {
		secret := token[len(token)-43:]
		err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == "admin.token" {
				return err
			}
			content, err := os.ReadFile(path)
			if strings.Contains(string(content), secret) {
				t.Errorf("%s holds the secret", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTokenList(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, first := newTokenFor(t, data, "--name", "Ada", "--access", "admin", "--actor", "a-1")
	_, second := newTokenFor(t, data, "--name", "Программа", "--framework", "one,two", "--framework", "three", "--actor", "a-2")
	succeed(t, "token", "revoke", "--data", data, first)
	today := time.Now().UTC().Format(time.DateOnly)
	got := strings.Split(regexp.MustCompile(`  +`).ReplaceAllString(succeed(t, "token", "list", "--data", data), "|"), "\n")
	slices.Sort(got[1:3]) // made in the same second
	want := []string{
		"ID|NAME|ACCESS|FRAMEWORKS|ACTOR|CREATED|REVOKED",
		first + "|Ada|ADMIN|all|a-1|" + today + "|" + today,
		second + "|Программа|EDITOR|one,two,three|a-2|" + today + "|", "",
	}
	slices.Sort(want[1:3])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestTokenCommandsRefuse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"new"}, `Required flag "name" not set`},
		{[]string{"new", "--name", " \t"}, "--name is required"},
		{[]string{"new", "--name", "x", "--access", "owner"}, `"owner" is not an access; use reader, contributor, editor or admin`},
		{[]string{"new", "--name", "x", "--access", "none"}, `"none" is not an access`},
		{[]string{"new", "--name", "x", "--access", ""}, `"" is not an access`},
		{[]string{"new", "--name", "x", "y"}, `server token new takes no arguments, found "y"`},
		{[]string{"list"}, "there is no store in " + data},
		{[]string{"revoke"}, "takes one token id"},
		{[]string{"revoke", "a", "b"}, "takes one token id"},
		{[]string{"revoke", "abc"}, `there is no token "abc"`},
		{[]string{"frobnicate"}, `"frobnicate" is not a command`},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			args := tt.args
			if len(args) > 1 || args[0] != "frobnicate" {
				args = append([]string{args[0], "--data", data}, args[1:]...)
			}
			if got := refused(t, append([]string{"token"}, args...)...); !strings.Contains(got, tt.want) {
				t.Errorf("it says %q, not %q", got, tt.want)
			}
			if _, err := os.Stat(data); err == nil {
				t.Error("the refused command made the folder")
			}
		})
	}
}

func TestTokensMadeSideBySideAreAllKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	const inside, processes = 20, 4
	var all sync.WaitGroup
	var mu sync.Mutex
	made := map[string]bool{}
	for i := range inside + processes {
		all.Go(func() {
			var out string
			if i < inside {
				var err error
				if out, _, err = command(t, "token", "new", "--data", data, "--name", "x"); err != nil {
					t.Error(err)
				}
			} else {
				text, err := program(t, "token", "new", "--data", data, "--name", "x").Output()
				if err != nil {
					t.Error(err)
				}
				out = string(text)
			}
			mu.Lock()
			defer mu.Unlock()
			made[strings.TrimSpace(out)] = true
		})
	}
	all.Wait()
	people := openTokens(data, nil)
	for token := range made {
		if _, err := people.authenticate(token); err != nil {
			t.Errorf("token %.15s…: %v", token, err)
		}
	}
	if got, _, _ := people.list(); len(got) != inside+processes || len(made) != inside+processes {
		t.Errorf("%d tokens are kept of %d", len(got), len(made))
	}
	if left, _ := filepath.Glob(filepath.Join(data, "tokens", ".new-*")); left != nil {
		t.Errorf("files are left behind: %s", left)
	}
}

func TestDamagedTokenFilesSignNobodyInAndAreTold(t *testing.T) {
	s := start(t, "--anonymous", "none")
	_, sound := newTokenFor(t, s.data)
	for name, content := range map[string]string{
		"not JSON": "{", "empty": "", "another token's": `{"id":"` + sound + `"}`, "without an id": "{}", "a list": "[]",
	} {
		t.Run(name, func(t *testing.T) {
			token, id := newTokenFor(t, s.data)
			path := filepath.Join(s.data, "tokens", id+".json")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := s.ask(token, "{__typename}"); got.status != 401 || got.code(t) != "UNAUTHENTICATED" || strings.Contains(got.body, s.data) {
				t.Errorf("it is answered %d %s", got.status, got.body)
			}
			s.ask(s.token, "{__typename}").data(t) // others are not concerned
			if told := "the token file " + path + " is damaged"; strings.Count(s.log.String(), told) != 1 || !strings.Contains(s.log.String(), "make a new token and remove the file") {
				t.Errorf("%q is not in the log once:\n%s", told, s.log.String())
			}
			out, _, err := command(t, "token", "list", "--data", s.data)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(out, sound) {
				t.Errorf("token list says %v and\n%s", err, out)
			}
			if got := refused(t, "token", "revoke", "--data", s.data, id); !strings.Contains(got, "damaged") {
				t.Errorf("token revoke says %q", got)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDamagedTokenFileDoesNotKeepTheServerDown(t *testing.T) {
	s := start(t, "--demo=off")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(s.data, "tokens", "*.json"))
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := start(t, "--demo=off", "--data", s.data)
	if strings.Contains(again.greeting, "admin.token") {
		t.Errorf("the greeting names a token that is not good:\n%s", again.greeting)
	}
	if got := again.ask(s.token, "{__typename}"); got.status != 401 {
		t.Errorf("it is answered %d %s", got.status, got.body)
	}
	if !strings.Contains(again.log.String(), "is damaged") {
		t.Errorf("the log does not tell:\n%s", again.log.String())
	}
}
