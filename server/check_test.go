package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func TestCheckFindsAStoreSound(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, content := range []string{twoSkills, oneSkill} {
		succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "x.json", content))
	}
	got, want := succeed(t, "check", "--data", data), "embedded file "+filepath.Join(data, "skillatlas.db")+" is sound: 2 revisions, 1 framework.\n"
	if got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

func TestCheckNamesTheDamagedRevision(t *testing.T) {
	t.Setenv("SKILLATLAS_LISTEN", "127.0.0.1:0")
	for _, tt := range []struct {
		name, bucket, old, new, want string
	}{
		{"text of an entity", "changes", "Renamed", "Renomed", "load 2 "},
		{"text of the first revision", "changes", "Second", "Sekond", "load 1 "},
		{"message", "revisions", "Import two.json", "Import six.json", "load 2 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "one.json", twoSkills))
			succeed(t, "import", "--data", data, "--format", "json", writeTestFile(t, "two.json", oneSkill))
			damage(t, filepath.Join(data, "skillatlas.db"), tt.bucket, tt.old, tt.new)
			for _, command := range []string{"check", "export", "serve"} {
				got := refused(t, command, "--data", data)
				if !strings.Contains(got, tt.want) || !strings.Contains(got, "digest") || !strings.Contains(got, "backup") {
					t.Errorf("%s says %q", command, got)
				}
			}
		})
	}
}

// damage changes what is stored, once, behind the journal's back.
func damage(t *testing.T, file, bucket, old, changed string) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		for key, value := b.Cursor().First(); key != nil; key, value = b.Cursor().Seek(append(bytes.Clone(key), 0)) {
			if bytes.Contains(value, []byte(old)) {
				return b.Put(key, bytes.Replace(value, []byte(old), []byte(changed), 1))
			}
		}
		t.Fatalf("%q is not in the bucket %s", old, bucket)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadingCommandsMakeNoStore(t *testing.T) {
	for _, args := range [][]string{{"check"}, {"export"}, {"token", "list"}, {"token", "revoke", "x"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			words := len(args) // of the command
			if args[len(args)-1] == "x" {
				words--
			}
			got := refused(t, append(append(append([]string{}, args[:words]...), "--data", data), args[words:]...)...)
			if !regexp.MustCompile("there is no (store in " + regexp.QuoteMeta(data) + `|token "x")`).MatchString(got) {
				t.Errorf("it says %q", got)
			}
			if _, err := os.Stat(data); err == nil {
				t.Error("it made the folder")
			}
		})
	}
}

func TestCheckRefusesWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "skillatlas.db"), bytes.Repeat([]byte("text "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, "check", "--data", dir); !strings.Contains(got, "it is not a Skill Atlas store, or it is damaged") {
		t.Errorf("it says %q", got)
	}
}
