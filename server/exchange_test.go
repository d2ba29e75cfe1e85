package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	sample = "../internal/exchange/testdata/gdad"
	golden = "../internal/exchange/testdata/gdad.json" // what the sample is exported as
)

func sampleFiles(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(sample, "*.csv"))
	if len(files) != 3 {
		t.Fatalf("the sample has the files %s", files)
	}
	return files
}

// Small bundles of one framework.
const (
	twoSkills = `{"format":"skillatlas/1","framework":{"code":"small","name":"Small"},"skills":[
{"code":"A","name":"First"},
{"code":"B","name":"Second"}]}`
	oneSkill = `{"format":"skillatlas/1","framework":{"code":"small","name":"Small"},"skills":[
{"code":"A","name":"Renamed"}]}`
	oneGood = `{"format":"skillatlas/1","framework":{"code":"small","name":"Small"},"skills":[
{"code":"A","name":"Renamed again"},
{"code":"C","name":""}]}`
	noJSON = "{\n  nonsense"
)

// TestImportReports imports the same files straight into a store and through a
// running server, and expects the same reports.
func TestImportReports(t *testing.T) {
	local := filepath.Join(t.TempDir(), "data")
	s := start(t, "--demo=off")
	remotely := []string{"--server", s.url, "--token-file", filepath.Join(s.data, "admin.token")}

	dir := t.TempDir()
	var many, retired []string
	manySkills := `{"format":"skillatlas/1","framework":{"code":"small","name":"Small"},"skills":[{"code":"A","name":"Renamed"}`
	fewer := manySkills + "]}"
	for n := range 30 {
		many = append(many, fmt.Sprintf(`  skill N%02d "More"`, n))
		retired = append(retired, fmt.Sprintf(`  skill N%02d "More": retired`, n))
		manySkills += fmt.Sprintf(`,{"code":"N%02d","name":"More"}`, n)
	}
	skills, err := os.ReadFile(filepath.Join(sample, "skills_az.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"two.json": twoSkills, "one.json": oneSkill, "bad.json": oneGood, "none.json": noJSON,
		"code.json": strings.Replace(oneSkill, `"A"`, `"N"`, 1), "many.json": manySkills + "]}", "fewer.json": fewer,
		"skills_az.csv": strings.Replace(strings.Replace(string(skills), "Awareness,", `"Some, kind",`, 1), "Roles that require Skill", "Who", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const missing, second = "In the framework but not in the files (1):", `  skill B "Second"`
	odd := []string{filepath.Join(dir, "skills_az.csv"), filepath.Join(sample, "roles_skills.csv")}
	small := func(name string, flags ...string) []string {
		return append(append([]string{"--format", "json"}, flags...), filepath.Join(dir, name))
	}
	for _, tt := range []struct {
		name    string
		args    []string
		want    []string // lines
		refused string
	}{
		{
			"told beforehand", small("two.json", "--dry-run"),
			[]string{
				"Added (3):", `  framework small "Small"`, `  skill A "First"`, `  skill B "Second"`,
				"Nothing was changed. The import would make: 3 created, 0 updated, 0 removed.",
			}, "",
		},
		{"new framework", small("two.json"), []string{"Imported as revision 1: 3 created, 0 updated, 0 removed."}, ""},
		{"same again, told beforehand", small("two.json", "--dry-run"), []string{"The framework is as the files say already; nothing would be changed."}, ""},
		{"same again", small("two.json"), []string{"The framework is as the files say already; nothing was changed."}, ""},
		{
			"less, told beforehand", small("one.json", "--dry-run"),
			[]string{
				"Renamed (1):", `  skill A: "First" → "Renamed"`, missing, second,
				"Nothing was changed. The import would make: 0 created, 1 updated, 0 removed.",
			}, "",
		},
		{
			"less", small("one.json", "--message", "Shorter"),
			[]string{"Renamed (1):", `  skill A: "First" → "Renamed"`, missing, second, "Imported as revision 2: 0 created, 1 updated, 0 removed."}, "",
		},
		{"bad row", small("bad.json"), []string{"bad.json:3:20: skill C, name: is required"}, "nothing was imported; mend the faults above"},
		{
			"bad row, told beforehand", small("bad.json", "--dry-run"),
			[]string{"bad.json:3:20: skill C, name: is required"}, "nothing was imported; mend the faults above",
		},
		{
			"bad row left out", small("bad.json", "--skip-bad-rows"),
			[]string{
				"Renamed (1):", `  skill A: "Renamed" → "Renamed again"`, missing, second, "bad.json:3:20: skill C, name: is required",
				"1 row was left out because of its faults.", "Imported as revision 3: 0 created, 1 updated, 0 removed.",
			}, "",
		},
		{
			"bad row left out, missing retired", small("bad.json", "--skip-bad-rows", "--retire-missing"), nil,
			"what is missing cannot be retired while rows are skipped",
		},
		{
			"missing retired", small("one.json", "--retire-missing"),
			[]string{
				"Renamed (1):", `  skill A: "Renamed again" → "Renamed"`, "Changed (1):", `  skill B "Second": retired`, missing, second,
				"Imported as revision 4: 0 created, 2 updated, 0 removed.",
			}, "",
		},
		{
			"another code, told beforehand", small("code.json", "--dry-run"),
			[]string{
				"Added (1):", `  skill N "Renamed"`, missing, `  skill A "Renamed"`,
				"Perhaps renamed, since one is missing and one is new (1):", `  skill A "Renamed" → N "Renamed": same name, --same A=N`,
				"  Give --same where that is right: what was there keeps its code. Where it is replaced by the other instead,",
				"  import the files and then retire it in favour of that.",
				"Nothing was changed. The import would make: 1 created, 0 updated, 0 removed.",
			}, "",
		},
		{
			"another code, proposed", small("code.json", "--same", "A=N", "--change-request", "Next, and so on"), nil,
			"framework small is as the files say already; there is nothing to propose",
		},
		{"another code, confirmed", small("code.json", "--same", "skill:A=N"), []string{"The framework is as the files say already; nothing was changed."}, ""},
		{"another code that is not there", small("code.json", "--same", "A=X"), nil, `the files have no skill "X"`},
		{
			"proposed, told beforehand", small("two.json", "--change-request", "Next, and so on", "--dry-run"),
			[]string{
				"Renamed (1):", `  skill A: "Renamed" → "First"`, "Changed (1):", `  skill B "Second": status`,
				"Nothing was changed. The change request would propose: 0 created, 2 updated, 0 removed.",
			}, "",
		},
		{
			"proposed", small("two.json", "--change-request", "Next, and so on"),
			[]string{
				"Renamed (1):", `  skill A: "Renamed" → "First"`, "Changed (1):", `  skill B "Second": status`,
				"Raised change request #1, which proposes: 0 created, 2 updated, 0 removed.",
			}, "",
		},
		{"proposed as a new framework", small("two.json", "--framework", "new", "--change-request", "Next"), nil, `there is no framework "new" yet`},
		{
			"many", small("many.json"),
			append(append([]string{"Added (30):"}, many[:20]...), "  and 10 more, see --verbose", "Imported as revision 6: 30 created, 0 updated, 0 removed."), "",
		},
		{
			"many, all told", small("fewer.json", "--dry-run", "--verbose", "--retire-missing"),
			append(append(append([]string{"Changed (30):"}, retired...), "In the framework but not in the files (30):"),
				append(many, "Nothing was changed. The import would make: 0 created, 30 updated, 0 removed.")...), "",
		},
		{"no JSON", small("none.json"), []string{"none.json:2:3: "}, "nothing was imported"},
		{
			"sample", append([]string{"--format", "gdad", "--framework", "gdad"}, sampleFiles(t)...),
			[]string{"Imported as revision 7: "}, "",
		},
		{
			"columns that are mapped and that are not read",
			append([]string{"--format", "gdad", "--framework", "gdad", "--map", "Some, kind=Awareness"}, odd...),
			[]string{`note: skills_az.csv:1:1: not read: the column "Who"`, "The framework is as the files say already; nothing was changed."}, "",
		},
		{
			"columns that are not mapped", append([]string{"--format", "gdad", "--framework", "gdad"}, odd...),
			[]string{`skills_az.csv:1:1: skills_az.csv lacks the column Awareness; the first row must be the headers, and a column with another one must be mapped, such as "Header=Awareness"`}, "nothing was imported",
		},
	} {
		before := s.ask("", "{revisions{totalCount} frameworks{nodes{version{contentRevision}}}}").data(t)
		var outs [2]string
		for i, where := range [][]string{{"--data", local}, remotely} {
			out, _, err := command(t, append(append([]string{"import"}, where...), tt.args...)...)
			if outs[i] = out; tt.refused == "" && err != nil || tt.refused != "" && (err == nil || !strings.Contains(message(err), tt.refused)) {
				t.Fatalf("%s, %s: error %v, want %q; it printed\n%s", tt.name, where[0], err, tt.refused, out)
			}
		}
		if outs[0] != outs[1] {
			t.Errorf("%s (-into the store +through a server):\n%s", tt.name, cmp.Diff(outs[0], outs[1]))
		}
		got := strings.Split(strings.TrimSuffix(outs[0], "\n"), "\n")
		for i := range got {
			if i < len(tt.want) && strings.HasSuffix(tt.want[i], ": ") { // the rest does not matter here
				got[i] = got[i][:min(len(got[i]), len(tt.want[i]))]
			}
		}
		if diff := cmp.Diff(strings.Join(tt.want, "\n"), strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s: report (-want +got):\n%s", tt.name, diff)
		}
		after := s.ask("", "{revisions{totalCount} frameworks{nodes{version{contentRevision}}}}").data(t)
		if made := strings.Contains(outs[1], "Imported") || strings.Contains(outs[1], "Raised"); (before != after) != made {
			t.Errorf("%s: made a revision: %t; it printed\n%s", tt.name, !made, outs[1])
		}
	}
	got := s.ask("", "{revisions{nodes{message author{name}}}}").data(t)
	for _, want := range []string{
		`{"message":"Import two.json","author":{"name":"Administrator"}}`, `{"message":"Shorter",`,
		`{"message":"Import role_level_order.csv, roles_skills.csv, skills_az.csv",`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the history does not have %s:\n%s", want, got)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"small", "gdad"} {
		a := succeed(t, "export", "--data", local, "--framework", code)
		b := succeed(t, "export", "--data", s.data, "--framework", code)
		if a != b || a == "" {
			t.Errorf("%s (-into the store +through a server):\n%s", code, cmp.Diff(a, b))
		}
	}
}

func TestImportsThatMakeNothingMakeNoStore(t *testing.T) {
	good := writeTestFile(t, "good.json", twoSkills)
	bad := writeTestFile(t, "bad.json", oneGood)
	for _, args := range [][]string{{"--dry-run", good}, {bad}, {"--dry-run", bad}, {"nowhere.json"}, {"--change-request", "T", good}, {"--same", "A=B", good}} {
		data := filepath.Join(t.TempDir(), "data")
		_, _, _ = command(t, append([]string{"import", "--format", "json", "--data", data}, args...)...)
		if _, err := os.Stat(data); err == nil {
			t.Errorf("import %s made a store", strings.Join(args, " "))
		}
	}
}

func TestImportCommandRefuses(t *testing.T) {
	s := start(t, "--demo=off")
	other := httptest.NewServer(http.FileServer(http.Dir(t.TempDir())))
	defer other.Close()
	almost := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"hello":"world"}`) }))
	defer almost.Close()
	good := writeTestFile(t, "good.json", twoSkills)
	token := filepath.Join(s.data, "admin.token")
	reader, _ := newTokenFor(t, s.data, "--access", "reader")
	through := func(url string) []string {
		return []string{"--server", url, "--token-file", token, "--format", "json", good}
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no mapping", []string{"--format", "json", "--map", "Name", good}, `--map "Name" is not HEADER=FIELD`},
		{"no field", []string{"--format", "json", "--map", "Name=", good}, `--map "Name=" is not HEADER=FIELD`},
		{"no code in the files", []string{"--format", "json", "--same", "role:A=", good}, `--same "role:A=" is not STORE=FILE`},
		{"a tracker with rows to leave out", []string{"--format", "tracker", "--skip-bad-rows", good}, "a file of format tracker has no rows to leave out"},
		{"no files", []string{"--format", "json"}, "name the files to import"},
		{"no format", []string{good}, `Required flag "format" not set`},
		{"unknown format", []string{"--format", "xls", good}, `invalid value "xls" for flag -format: use json or sfia`},
		{"no such file", []string{"--format", "json", "nowhere.json"}, "nowhere.json: no such file"},
		{"folder", []string{"--format", "json", t.TempDir()}, "is a directory"},
		{"files that do not name the framework", append([]string{"--format", "gdad", "--framework", "Not A Code"}, sampleFiles(t)...), "nothing was imported"},
		{"no token", []string{"--server", s.url, "--format", "json", good}, "--token-file"},
		{"no token file", []string{"--server", s.url, "--token-file", "nowhere", "--format", "json", good}, "nowhere: no such file"},
		{"no token in the file", []string{"--server", s.url, "--token-file", good, "--format", "json", good}, "is not the file of a token"},
		{"wrong token", []string{"--server", s.url, "--token-file", writeTestFile(t, "token", s.token+"x"), "--format", "json", good}, "the server refused: the token"},
		{"weak token", []string{"--server", s.url, "--token-file", writeTestFile(t, "token", reader), "--format", "json", good}, "the server refused: Someone may not edit"},
		{"unknown format of a server", []string{"--server", s.url, "--token-file", token, "--format", "xls", good}, "use json or sfia"},
		{"nobody listens", through("http://127.0.0.1:1"), "connection refused"},
		{"no URL", through("127.0.0.1:8080"), "is not the URL of a server"},
		{"words", through("my server"), "is not the URL of a server"},
		{"URL without a host", through("http://"), "is not the URL of a server"},
		{"another kind of URL", through("file:///data"), "is not the URL of a server"},
		{"another server", through(other.URL), "does not answer as Skill Atlas does (404 Not Found)"},
		{"another API", through(almost.URL), "does not answer as Skill Atlas does (200 OK)"},
		{"another page of the server", through(s.url + "/healthz"), "does not answer as Skill Atlas does (404 Not Found)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			if got := refused(t, append([]string{"import", "--data", data}, tt.args...)...); !strings.Contains(got, tt.want) {
				t.Errorf("it says %q, not %q", got, tt.want)
			}
		})
	}
	for _, url := range []string{s.url + "/", s.url + "/graphql"} { // as people write it
		succeed(t, append([]string{"import"}, through(url)...)...)
	}
	if got := s.ask("", "{revisions{totalCount}}").data(t); got != `{"revisions":{"totalCount":1}}` {
		t.Errorf("in the end there is %s", got)
	}
}

// TestContributorsProposeImports: who may not import may propose to.
func TestContributorsProposeImports(t *testing.T) {
	s := start(t, "--demo=off")
	admin := filepath.Join(s.data, "admin.token")
	secret, _ := newTokenFor(t, s.data, "--access", "contributor")
	through := func(token, file string, flags ...string) []string {
		return append([]string{"import", "--server", s.url, "--token-file", token, "--format", "json", file}, flags...)
	}
	contributor := writeTestFile(t, "token", secret)
	succeed(t, through(admin, writeTestFile(t, "two.json", twoSkills))...)
	newer := writeTestFile(t, "one.json", oneSkill)
	got := refused(t, through(contributor, newer)...)
	for _, want := range []string{"may not edit", "with --change-request"} {
		if !strings.Contains(got, want) {
			t.Errorf("it says %q, not %q", got, want)
		}
	}
	got = succeed(t, through(contributor, newer, "--change-request", "Release 2", "--message", "It is clearer.")...)
	if want := "Raised change request #1, which proposes: 0 created, 1 updated, 0 removed.\n"; !strings.HasSuffix(got, want) {
		t.Errorf("it says %q, not %q", got, want)
	}
	got = s.ask("", `{framework{skill(code:"A"){name} changeRequest(number:1){title rationale status}}}`).data(t)
	if want := `{"framework":{"skill":{"name":"First"},"changeRequest":{"title":"Release 2","rationale":"It is clearer.","status":"PENDING"}}}`; got != want {
		t.Errorf("there is %s, not %s", got, want)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	succeed(t, "import", "--data", s.data, "--format", "json", "--change-request", "Release 3", "--message", "So is this.", newer)
	s = start(t, "--demo=off", "--data", s.data)
	got = s.ask("", `{framework{changeRequest(number:2){title rationale}}}`).data(t)
	if want := `{"framework":{"changeRequest":{"title":"Release 3","rationale":"So is this."}}}`; got != want {
		t.Errorf("in the store there is %s, not %s", got, want)
	}
}

func TestExportedBundlesAreImportedAsTheyAre(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"demo", []string{"--format", "json", "demo/meridian.json"}},
		{"sample", append([]string{"--format", "gdad", "--framework", "gdad"}, sampleFiles(t)...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")
			succeed(t, append([]string{"import", "--data", first}, tt.args...)...)
			want := succeed(t, "export", "--data", first)
			file := filepath.Join(t.TempDir(), "bundle.json")
			if out := succeed(t, "export", "--data", first, "--out", file); out != "" {
				t.Errorf("besides the file it writes %q", out)
			}
			succeed(t, "import", "--data", second, "--format", "json", file)
			if got := succeed(t, "export", "--data", second); got != want {
				t.Errorf("bundle (-first +second):\n%s", cmp.Diff(want, got))
			}
			if content, _ := os.ReadFile(golden); tt.name == "sample" && string(content) != want {
				t.Errorf("bundle (-golden +got):\n%s", cmp.Diff(string(content), want))
			}
		})
	}
}

func TestExportOfPastRevisions(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	var want []string
	for _, content := range []string{twoSkills, oneSkill} {
		succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "x.json", content))
		want = append(want, succeed(t, "export", "--data", data))
	}
	for i := range want {
		if got := succeed(t, "export", "--data", data, "--revision", fmt.Sprint(i+1)); got != want[i] {
			t.Errorf("revision %d (-then +now):\n%s", i+1, cmp.Diff(want[i], got))
		}
	}
	for _, tt := range []struct{ flag, value, want string }{
		{"--revision", "3", "there is no revision 3; the newest is 2"},
		{"--revision", "0", "there is no framework at revision 0"},
		{"--revision", "-1", "not a revision"},
		{"--revision", "two", `invalid value "two"`},
		{"--framework", "tall", `there is no framework "tall"; there are: small`},
		{"--format", "gdad", `invalid value "gdad" for flag -format: use json`},
	} {
		if got := refused(t, "export", "--data", data, tt.flag, tt.value); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: it says %q, not %q", tt.flag, tt.value, got, tt.want)
		}
	}
	if got := refused(t, "export", "--data", data, "x.json"); !strings.Contains(got, "takes no arguments") {
		t.Errorf("it says %q", got)
	}
}

func TestExportWritesWholeFilesOrNone(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "x.json", twoSkills))
	want := succeed(t, "export", "--data", data)
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file.json", link); err != nil {
		t.Fatal(err)
	}
	content := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	refused(t, "export", "--data", data, "--revision", "9", "--out", file)
	if got := content(file); got != "before" {
		t.Errorf("an export that was refused wrote %q", got)
	}
	refused(t, "export", "--data", data, "--out", dir)
	refused(t, "export", "--data", data, "--out", filepath.Join(dir, "nowhere", "file.json"))
	succeed(t, "export", "--data", data, "--out", link)
	if got := content(file); got != want {
		t.Errorf("through the link it wrote %q", got)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is replaced")
	}
	device, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	succeed(t, "export", "--data", data, "--out", os.DevNull)
	if after, err := os.Stat(os.DevNull); err != nil || after.Mode() != device.Mode() {
		t.Errorf("the device is replaced: %v", err)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		refused(t, "export", "--data", data, "--out", "/dev/full")
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("files are left behind: %v", left)
	}
}

// TestImportOfTheRealFramework imports the UK Government Digital and Data
// framework as published, and asks for it over GraphQL.
func TestImportOfTheRealFramework(t *testing.T) {
	files, _ := filepath.Glob("../../shared/data/gdad/*.csv")
	if len(files) != 3 {
		t.Skip("the published files are not in ../shared/data/gdad beside the repository")
	}
	s := start(t, "--demo=off")
	args := append([]string{
		"import", "--server", s.url, "--token-file", filepath.Join(s.data, "admin.token"), "--format", "gdad", "--framework", "gdad",
	}, files...)
	if got, want := succeed(t, args...), "Imported as revision 1: 468 created, 0 updated, 0 removed.\n"; got != want {
		t.Errorf("the import says %q, want %q", got, want)
	}
	if got, want := succeed(t, args...), "The framework is as the files say already; nothing was changed.\n"; got != want {
		t.Errorf("the second import says %q, want %q", got, want)
	}
	got := s.ask("", `{
		framework {
			skills { totalCount }
			cross: skills(filter: {category: "cross-cutting"}) { totalCount }
			levels { name }
			categories { __typename }
			roleGroups { children { __typename } }
			roles { totalCount }
			dataRoles: roles(filter: {group: "data"}) { totalCount }
		}
		revisions { totalCount }
	}`).data(t)
	for old, short := range map[string]string{
		`{"__typename":"Category"}`: "C", `{"__typename":"RoleGroup"}`: "G", `"children":`: "",
	} {
		got = strings.ReplaceAll(got, old, short)
	}
	want := `{"framework":{"skills":{"totalCount":189},"cross":{"totalCount":29},` +
		`"levels":[{"name":"Awareness"},{"name":"Working"},{"name":"Practitioner"},{"name":"Expert"}],"categories":[C,C,C,C,C,C,C,C,C],` +
		`"roleGroups":[{[G,G,G,G,G,G,G]},{[G,G,G,G]},{[G,G,G,G,G,G,G,G,G]},{[G,G,G,G,G,G,G,G,G,G,G,G]},{[G,G,G,G,G,G]},{[G,G,G]},{[G,G,G]},{[G,G,G,G,G,G,G,G]}],` +
		`"roles":{"totalCount":205},"dataRoles":{"totalCount":36}},"revisions":{"totalCount":1}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("framework (-want +got):\n%s", diff)
	}
	got = s.ask("", `{framework{
		role(code: "senior-data-engineer") { name seniority group { name parent { name } } requirements { totalCount } }
		skill(code: "data-modelling") { name category { name } levels { code } requiredBy { totalCount } }
	}}`).data(t)
	want = `{"framework":{` +
		`"role":{"name":"Senior data engineer","seniority":2,"group":{"name":"Data engineer","parent":{"name":"Data"}},"requirements":{"totalCount":11}},` +
		`"skill":{"name":"Data modelling","category":{"name":"Cross-cutting"},` +
		`"levels":[{"code":"data-modelling_2"},{"code":"data-modelling_3"},{"code":"data-modelling_4"}],"requiredBy":{"totalCount":7}}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one role and one skill (-want +got):\n%s", diff)
	}
}

// TestSkippingDoesNotCureAFile wants a file that cannot be read at all refused,
// whatever rows were to be left out, and no store made for it.
func TestSkippingDoesNotCureAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cut.json")
	if err := os.WriteFile(file, []byte(`{"format": "skillatlas/1", "framework": {"code": "x"`), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if got, want := refused(t, "import", file, "--format", "json", "--skip-bad-rows", "--data", data), "not cured by leaving rows out"; !strings.Contains(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("it made a store")
	}
}
