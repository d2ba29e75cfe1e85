package skillatlas

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// A composeFile is as much of the compose format as docker-compose.yml uses.
type composeFile struct {
	Atlas    composeService            `yaml:"x-atlas"`
	Services map[string]composeService `yaml:"services"`
	Volumes  map[string]any            `yaml:"volumes"`
}

type composeService struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	Hostname    string            `yaml:"hostname"`
	User        string            `yaml:"user"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		StartPeriod string   `yaml:"start_period"`
	} `yaml:"healthcheck"`
	Ports           []string `yaml:"ports"`
	Volumes         []string `yaml:"volumes"`
	Restart         string   `yaml:"restart"`
	StopGracePeriod string   `yaml:"stop_grace_period"`
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	SecurityOpt     []string `yaml:"security_opt"`
}

func TestCompose(t *testing.T) {
	file, text := readCompose(t)
	for _, variable := range regexp.MustCompile(`[^$](\$(\w+|\{[^}]*}))`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(variable[1], ":?") {
			t.Errorf("it starts without a value for %s", variable[1])
		}
	}
	atlas := 0
	for name, s := range file.Services {
		for other, on := range s.DependsOn {
			o, ok := file.Services[other]
			if !ok || on.Condition == "service_healthy" && o.Healthcheck.Test == nil {
				t.Errorf("%s waits for %s to be %q, which cannot be", name, other, on.Condition)
			}
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, ok := file.Volumes[volume]; !ok {
				t.Errorf("%s mounts %s, which is not declared", name, v)
			}
		}
		for _, p := range s.Ports {
			if s.Build == "" || !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s publishes %s", name, p)
			}
		}
		if s.Build == "" {
			continue
		}
		atlas++
		if diff := cmp.Diff([]string{"CMD", "/skillatlas", "ready"}, s.Healthcheck.Test); diff != "" || s.Build != "." {
			t.Errorf("%s is built from %q and its health is (-want +got):\n%s", name, s.Build, diff)
		}
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s has more rights than it needs: read_only %v, cap_drop %v, security_opt %v", name, s.ReadOnly, s.CapDrop, s.SecurityOpt)
		}
	}
	if atlas != 2 {
		t.Errorf("it runs %d servers, want 2", atlas)
	}
}

// TestImage builds the program the way the image is built, from the files that
// are let into its build, and holds the image and docker-compose.yml to it.
func TestImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	build, final := readDockerfile(t)
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	language := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)
	if want := "golang:" + string(language[1]) + " AS build"; build["FROM"][0] != want {
		t.Errorf("the program is built on %s, want %s", build["FROM"][0], want)
	}
	if final["FROM"][0] != "scratch" || len(final["USER"]) != 1 || !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(final["USER"][0]) {
		t.Errorf("the image is %s and runs as %v", final["FROM"][0], final["USER"])
	}
	if diff := cmp.Diff([]string{`["/skillatlas"]`}, final["ENTRYPOINT"]); diff != "" {
		t.Errorf("entry point (-want +got):\n%s", diff)
	}
	if health := strings.Join(final["HEALTHCHECK"], ""); !strings.HasSuffix(health, ` CMD ["/skillatlas", "ready"]`) {
		t.Errorf("the health of the image is %s", health)
	}

	program := buildAsImage(t, build["RUN"])
	binary, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program wants a dynamic linker, which the image does not have")
		}
	}
	if help := output(t, program, "ready", "--help"); !strings.Contains(help, "server ready") {
		t.Errorf("the command of the health check is not known:\n%s", help)
	}

	help := output(t, program, "serve", "--help")
	variables := regexp.MustCompile(`\$[A-Z_]+`).FindAllString(help, -1)
	var given []string
	for _, m := range regexp.MustCompile(`(\w+)=`).FindAllStringSubmatch(strings.Join(final["ENV"], " "), -1) {
		given = append(given, m[1])
	}
	file, _ := readCompose(t)
	for _, s := range file.Services {
		if s.Build == "" {
			continue
		}
		given = append(given, slices.Collect(maps.Keys(s.Environment))...)
	}
	for _, name := range given {
		if !slices.Contains(variables, "$"+name) {
			t.Errorf("the program does not know %s", name)
		}
	}
}

// readCompose reads docker-compose.yml, and its text without comments.
func readCompose(t *testing.T) (file composeFile, text string) {
	t.Helper()
	content, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict()).Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file, regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(string(content), "")
}

// readDockerfile reads the arguments of the instructions of the two stages.
func readDockerfile(t *testing.T) (build, final map[string][]string) {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		instruction, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "", "#":
			continue
		case "FROM":
			build, final = final, map[string][]string{}
		}
		final[instruction] = append(final[instruction], args)
	}
	if build == nil {
		t.Fatal("the Dockerfile does not have two stages")
	}
	return build, final
}

// buildAsImage runs the go build among commands on a copy of the build's context,
// and returns the path of the program.
func buildAsImage(t *testing.T, commands []string) string {
	t.Helper()
	i := slices.IndexFunc(commands, func(c string) bool { return strings.Contains(c, "go build ") })
	if i < 0 || !strings.Contains(commands[i], "CGO_ENABLED=0 ") || !strings.Contains(commands[i], " -o /skillatlas ") {
		t.Fatalf("the program is not built by %q", commands)
	}
	program := filepath.Join(t.TempDir(), "skillatlas")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(commands[i], "-o /skillatlas", "-o '"+program+"'", 1))
	cmd.Dir = t.TempDir()
	copyContext(t, cmd.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", commands[i], err, out)
	}
	return program
}

// copyContext copies what .dockerignore excepts from ignoring everything.
func copyContext(t *testing.T, to string) {
	t.Helper()
	text, err := os.ReadFile(".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^!(.+)$`).FindAllStringSubmatch(string(text), -1) {
		err := filepath.WalkDir(m[1], func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == "node_modules", d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir():
				return os.MkdirAll(filepath.Join(to, name), 0o700)
			case strings.HasSuffix(name, "_test.go"):
				return nil
			}
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, name), content, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
