package journal

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"skillatlas/internal/framework"
	"skillatlas/internal/mongotest"
)

func mongoDocs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/mongodb.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shellBlocks are what the documentation tells people to type into mongosh.
func shellBlocks(t *testing.T) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?s)```js\n(.*?)```").FindAllStringSubmatch(mongoDocs(t), -1) {
		all = append(all, m[1])
	}
	return all
}

// TestDocsFields wants the table of what is stored of a revision to be complete.
func TestDocsFields(t *testing.T) {
	_, text, _ := strings.Cut(mongoDocs(t), "Of a revision there are:\n")
	text, _, _ = strings.Cut(text, "Of a version:\n")
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		got = append(got, m[1])
	}
	want := []string{"_id"}
	for _, f := range headerFields[1:] {
		want = append(want, f.name)
	}
	if diff := cmp.Diff(append(want, "commit", "versions", "abandoned"), got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestDocsScript only tells that what is to be typed can be parsed.
func TestDocsScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs Node.js")
	}
	for _, block := range shellBlocks(t) {
		name := filepath.Join(t.TempDir(), "block.js")
		if err := os.WriteFile(name, []byte(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), node, "--check", name).CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, block)
		}
	}
}

// TestDocsQueries runs the aggregations, where the server knows $lookup.
func TestDocsQueries(t *testing.T) {
	state, history := pipeline(t, "var state = ", "\n"), pipeline(t, `db.skills.aggregate([
  { $match: { framework: "meridian", key: "ITOP" } },`, ")\n")
	uri := mongotest.Database(t)
	m := newMongo(t, uri)
	itop := func(name string) *framework.Skill {
		return &framework.Skill{Code: "ITOP", Name: name, Status: framework.StatusActive}
	}
	gone := revision(3, relation(1, 2))
	gone.Changes[0].Entity = nil
	mustAppend(t, m, revision(1, itop("Operations"), relation(1, 2)), revision(2, itop("IT operations")), gone, revision(4, itop("Running")))
	db := mongotest.Client(t, uri)
	uncommitted := bson.D{{Key: "_id", Value: bson.D{{Key: "commit", Value: bson.NewObjectID()}, {Key: "n", Value: 1}}},
		{Key: "framework", Value: "meridian"}, {Key: "key", Value: "ITOP"}, {Key: "name", Value: "Not committed"}}
	if _, err := db.Collection("skills").InsertOne(t.Context(), uncommitted); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, collection string
		pipeline         mongo.Pipeline
		want             []string
	}{
		{"state", "skills", state, []string{"IT operations"}},
		{"state without what is removed", "relations", state, nil},
		{"history", "skills", history, []string{"Operations", "IT operations", "Running"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cursor, err := db.Collection(test.collection).Aggregate(t.Context(), test.pipeline)
			if err != nil && strings.Contains(err.Error(), "not implemented") {
				t.Skip("needs a server with $lookup: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			var found []struct{ Name string }
			if err := cursor.All(t.Context(), &found); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// pipeline is the list in the block that begins in some way, at revision 3. Since
// it is written as JavaScript without quotes around names, YAML can read it.
func pipeline(t *testing.T, begin, end string) (stages mongo.Pipeline) {
	t.Helper()
	for _, block := range shellBlocks(t) {
		if !strings.HasPrefix(block, begin) {
			continue
		}
		list := strings.ReplaceAll(strings.TrimSuffix(block[strings.Index(block, "["):], end), ": at }", ": 3 }")
		var all []yaml.MapSlice
		if err := yaml.UnmarshalWithOptions([]byte(list), &all, yaml.UseOrderedMap()); err != nil {
			t.Fatal(err)
		}
		for _, stage := range all {
			stages = append(stages, document(stage))
		}
		return stages
	}
	t.Fatalf("nothing in the documentation begins with %s", begin)
	return nil
}

func document(m yaml.MapSlice) bson.D {
	d := bson.D{}
	for _, item := range m {
		value := item.Value
		if inner, ok := value.(yaml.MapSlice); ok {
			value = document(inner)
		}
		d = append(d, bson.E{Key: item.Key.(string), Value: value})
	}
	return d
}
