package exchange_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// A network is a graph as a file has it: data by key, nodes and edges by id. The ends
// of an edge are source and target in its data.
type network struct {
	Data         map[string]string
	Nodes, Edges map[string]map[string]string
}

// graphFormats read a network out of a file, and are as strict as they can be.
var graphFormats = map[string]func(t testing.TB, file []byte) network{
	"graphml": readGraphML, "cytoscape": readCytoscape, "dot": readDOT,
}

// networkOf is what a file must hold of a snapshot.
func networkOf(s *framework.Snapshot) network {
	n := network{map[string]string{}, map[string]map[string]string{}, map[string]map[string]string{}}
	pairs := func(list ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(list); i += 2 {
			if list[i+1] != "" {
				m[list[i]] = list[i+1]
			}
		}
		return m
	}
	number := func(v any) string {
		if s := fmt.Sprint(v); s == "0" {
			return ""
		}
		b, _ := json.Marshal(v)
		return string(b)
	}
	edge := func(id, kind, source, target string, more ...string) {
		n.Edges[id] = pairs(append([]string{"kind", kind, "source", source, "target", target}, more...)...)
	}
	f := s.Framework()
	n.Data = pairs("code", f.Code, "name", f.Name, "publisher", f.Publisher, "url", f.URL, "licence", f.Licence, "attribution", f.Attribution)
	for e := range s.Categories() {
		id := "category:" + e.Code
		n.Nodes[id] = pairs("kind", "category", "code", e.Code, "name", e.Name, "status", string(e.Status))
		if e.Parent != "" {
			edge("in_category:"+id, "in_category", id, "category:"+e.Parent)
		}
		for _, other := range e.Successors {
			edge("successor:"+id+" "+other, "successor", id, "category:"+other)
		}
	}
	for e := range s.Skills() {
		id := "skill:" + e.Code
		levels := ""
		for i, l := range e.Levels {
			if i > 0 {
				levels += ","
			}
			levels += strconv.Itoa(l.Level)
		}
		n.Nodes[id] = pairs("kind", "skill", "code", e.Code, "name", e.Name, "category", e.Category, "status", string(e.Status), "levels", levels)
		if e.Category != "" {
			edge("in_category:"+id, "in_category", id, "category:"+e.Category)
		}
	}
	for e := range s.RoleGroups() {
		id := "role_group:" + e.Code
		n.Nodes[id] = pairs("kind", "role_group", "code", e.Code, "name", e.Name, "status", string(e.Status))
		if e.Parent != "" {
			edge("in_group:"+id, "in_group", id, "role_group:"+e.Parent)
		}
	}
	for e := range s.Roles() {
		id := "role:" + e.Code
		n.Nodes[id] = pairs("kind", "role", "code", e.Code, "name", e.Name, "status", string(e.Status), "seniority", number(e.Seniority))
		if e.Group != "" {
			edge("in_group:"+id, "in_group", id, "role_group:"+e.Group)
		}
		for _, other := range e.Successors {
			edge("successor:"+id+" "+other, "successor", id, "role:"+other)
		}
		for _, q := range e.Requirements {
			edge("requirement:"+e.Code+" "+q.Skill, "requirement", id, "skill:"+q.Skill,
				"level", number(q.Level), "importance", string(q.Importance), "weight", number(q.Weight))
		}
	}
	for r := range s.Relations() {
		to, symmetric := "skill:"+r.To, ""
		if r.ToFramework != "" {
			to = "external:" + r.ToFramework + ":" + r.To
			n.Nodes[to] = pairs("kind", "external", "framework", r.ToFramework, "code", r.To)
		}
		if r.Type.Symmetric() {
			symmetric = "true"
		}
		edge("relation:"+r.Key(), "relation", "skill:"+r.From, to, "type", string(r.Type), "symmetric", symmetric, "note", r.Note)
	}
	return n
}

func readGraphML(t testing.TB, file []byte) network {
	t.Helper()
	type data struct {
		Key  string `xml:"key,attr"`
		Text string `xml:",chardata"`
	}
	var doc struct {
		XMLName xml.Name `xml:"http://graphml.graphdrawing.org/xmlns graphml"`
		Comment string   `xml:",comment"`
		Keys    []struct {
			ID   string `xml:"id,attr"`
			For  string `xml:"for,attr"`
			Name string `xml:"attr.name,attr"`
			Type string `xml:"attr.type,attr"`
		} `xml:"key"`
		Graph struct {
			ID      string `xml:"id,attr"`
			Default string `xml:"edgedefault,attr"`
			Data    []data `xml:"data"`
			Nodes   []struct {
				ID   string `xml:"id,attr"`
				Data []data `xml:"data"`
			} `xml:"node"`
			Edges []struct {
				ID     string `xml:"id,attr"`
				Source string `xml:"source,attr"`
				Target string `xml:"target,attr"`
				Data   []data `xml:"data"`
			} `xml:"edge"`
		} `xml:"graph"`
	}
	d := xml.NewDecoder(bytes.NewReader(file))
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); doc.Graph.Default != "directed" || err != nil && err != io.EOF {
		t.Error(err, doc.Graph.Default)
	}
	ids := map[string]bool{}
	token := regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
	escape := regexp.MustCompile(`_x([0-9A-F]{4,6})_`)
	id := func(s string) string {
		if !token.MatchString(s) {
			t.Errorf("%q is not an NMTOKEN of ASCII", s)
		}
		return escape.ReplaceAllStringFunc(s, func(s string) string {
			r, _ := strconv.ParseInt(s[2:len(s)-1], 16, 32)
			return string(rune(r))
		})
	}
	unique := func(s string) string {
		if ids[s] {
			t.Errorf("id %q is there twice", s)
		}
		ids[s] = true
		return id(s)
	}
	read := func(of string, list []data) map[string]string {
		m := map[string]string{}
		for _, v := range list {
			known := false
			for _, k := range doc.Keys {
				if k.ID != v.Key {
					continue
				}
				known = k.For == of
				var err error
				switch k.Type {
				case "int":
					_, err = strconv.Atoi(v.Text)
				case "double":
					_, err = strconv.ParseFloat(v.Text, 64)
				case "boolean":
					_, err = strconv.ParseBool(v.Text)
				case "string":
				default:
					t.Errorf("key %+v", k)
				}
				if err != nil || m[k.Name] != "" {
					t.Error(v, err)
				}
				m[k.Name] = v.Text
			}
			if !known {
				t.Errorf("a %s has %+v, which is not declared", of, v)
			}
		}
		return m
	}
	unique(doc.Graph.ID)
	n := network{read("graph", doc.Graph.Data), map[string]map[string]string{}, map[string]map[string]string{}}
	for _, v := range doc.Graph.Nodes {
		n.Nodes[unique(v.ID)] = read("node", v.Data)
	}
	for _, e := range doc.Graph.Edges {
		m := read("edge", e.Data)
		m["source"], m["target"] = id(e.Source), id(e.Target)
		n.Edges[unique(e.ID)] = m
	}
	return n
}

func readCytoscape(t testing.TB, file []byte) network {
	t.Helper()
	type element struct{ Data map[string]any }
	var doc struct {
		Data     map[string]any
		Elements struct{ Nodes, Edges []element }
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(file, "<>&") {
		t.Error("the file cannot stand in a script of a page")
	}
	ids := map[string]bool{}
	text := func(m map[string]any) map[string]string {
		texts := map[string]string{}
		for k, v := range m {
			texts[k] = fmt.Sprint(v)
		}
		return texts
	}
	items := func(list []element) map[string]map[string]string {
		all := map[string]map[string]string{}
		for _, e := range list {
			m := text(e.Data)
			id := m["id"]
			if ids[id] || id == "" {
				t.Errorf("id %q is there twice", id)
			}
			ids[id] = true
			delete(m, "id")
			all[id] = m
		}
		return all
	}
	return network{text(doc.Data), items(doc.Elements.Nodes), items(doc.Elements.Edges)}
}

// dotTokens reads tokens as the scanner of Graphviz does, and texts in quotes as
// escStrings with no escapes but of backslashes, quotes and line breaks. Those begin
// with a quote.
func dotTokens(text string) (tokens []string, err error) {
	for text != "" {
		switch {
		case strings.HasPrefix(text, "//"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.ContainsRune(" \n", rune(text[0])):
			text = text[1:]
		case strings.HasPrefix(text, "->"):
			tokens, text = append(tokens, "->"), text[2:]
		case strings.ContainsRune("{}[]=,;", rune(text[0])):
			tokens, text = append(tokens, text[:1]), text[1:]
		case text[0] == '"':
			var b strings.Builder
			i := 1
			for ; i < len(text) && text[i] != '"'; i++ {
				c := text[i]
				if c == '\n' {
					return nil, errors.New("a text does not end on its line")
				}
				if c != '\\' {
					b.WriteByte(c)
					continue
				}
				if i++; i == len(text) {
					break
				}
				switch text[i] {
				case '\\', '"':
					b.WriteByte(text[i])
				case 'n':
					b.WriteByte('\n')
				default:
					return nil, fmt.Errorf("there is an escape \\%c", text[i])
				}
			}
			if i >= len(text) {
				return nil, errors.New("a text does not end")
			}
			tokens, text = append(tokens, `"`+b.String()), text[i+1:]
		default:
			word := regexp.MustCompile(`^[a-z_]+`).FindString(text)
			if word == "" {
				return nil, fmt.Errorf("there is %q", text[:1])
			}
			tokens, text = append(tokens, word), text[len(word):]
		}
	}
	return tokens, nil
}

func readDOT(t testing.TB, file []byte) network {
	t.Helper()
	tokens, err := dotTokens(string(file))
	if err != nil {
		t.Fatal(err)
	}
	next := func(wanted string) string {
		t.Helper()
		if len(tokens) == 0 {
			t.Fatalf("the file ends where %s should be", wanted)
		}
		token := tokens[0]
		tokens = tokens[1:]
		isText := strings.HasPrefix(token, `"`)
		if wanted == "a text" && !isText || wanted == "a word" && (isText || token[0] < 'a') || !strings.HasPrefix(wanted, "a ") && token != wanted {
			t.Fatalf("there is %s where %s should be", token, wanted)
		}
		return strings.TrimPrefix(token, `"`)
	}
	look := map[string]bool{"label": true, "labelloc": true, "rankdir": true, "shape": true, "style": true, "color": true, "dir": true}
	attributes := func() map[string]string {
		m := map[string]string{}
		next("[")
		for {
			key := next("a word")
			next("=")
			value := ""
			if strings.HasPrefix(tokens[0], `"`) {
				value = next("a text")
			} else {
				value = next("a word")
			}
			if _, twice := m[key]; twice {
				t.Errorf("%s is given twice", key)
			}
			if key == "label" && strings.Contains(strings.ReplaceAll(value, "&amp;", ""), "&") {
				t.Errorf("label %q has an entity", value)
			}
			if !look[key] {
				m[strings.TrimPrefix(key, "requirement_")] = value
			}
			if tokens[0] != "," {
				break
			}
			next(",")
		}
		next("]")
		next(";")
		return m
	}
	n := network{nil, map[string]map[string]string{}, map[string]map[string]string{}}
	next("digraph")
	next("a text")
	next("{")
	next("graph")
	n.Data = attributes()
	next("node")
	attributes()
	for tokens[0] != "}" {
		from := next("a text")
		if tokens[0] != "->" {
			if n.Nodes[from] != nil {
				t.Errorf("node %q is there twice", from)
			}
			n.Nodes[from] = attributes()
			continue
		}
		next("->")
		to := next("a text")
		m := attributes()
		id := m["id"]
		if n.Edges[id] != nil || n.Nodes[id] != nil {
			t.Errorf("id %q is there twice", id)
		}
		delete(m, "id")
		m["source"], m["target"] = from, to
		n.Edges[id] = m
	}
	next("}")
	if len(tokens) > 0 {
		t.Errorf("there is more after the end: %q", tokens)
	}
	return n
}

// TestGraphs: every format holds the nodes and edges of whatever a world holds, ends
// of edges among them, and depends on the snapshot alone.
func TestGraphs(t *testing.T) {
	t.Parallel()
	worlds := 60
	if testing.Short() {
		worlds = 10
	}
	kinds := map[string]int{}
	accepted := map[string]int{}
	for seed := range worlds {
		w := grow(t, withOther(t), "random", rand.New(rand.NewPCG(3, uint64(seed))), 400, accepted)
		s := w.Snapshot("random")
		want := networkOf(s)
		again, _ := load(t, withOther(t), export(t, w, "random"), exchange.Options{})
		for format, read := range graphFormats {
			file := give(t, w, format, "random")
			got := read(t, file)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, %s (-snapshot +file):\n%s", seed, format, diff)
			}
			if !bytes.Equal(file, give(t, again, format, "random")) {
				t.Errorf("seed %d: %s differs after export and import", seed, format)
			}
		}
		for id, e := range want.Edges {
			if want.Nodes[e["source"]] == nil || want.Nodes[e["target"]] == nil {
				t.Fatalf("seed %d: edge %s leads from or to nothing", seed, id)
			}
			kinds[e["kind"]]++
		}
		for _, n := range want.Nodes {
			kinds[n["kind"]+" "+n["status"]]++
		}
	}
	for _, kind := range []string{
		"relation", "requirement", "in_category", "in_group", "successor", "external ", "skill ACTIVE", "skill RETIRED",
		"category ACTIVE", "category RETIRED", "role ACTIVE", "role RETIRED", "role_group ACTIVE", "role_group RETIRED",
	} {
		if kinds[kind] < worlds/10 {
			t.Errorf("there were %d of %s only", kinds[kind], kind)
		}
	}
}

// awkward is a framework with everything that could be taken for syntax.
func awkward(t testing.TB) *framework.World {
	return edit(t, withOther(t), "awkward",
		framework.CreateFramework{
			Code: "awkward", Name: `Awkward -- "names" ---`, Publisher: "A & B", URL: "https://example.org/?a=b&c",
			Licence: "R&amp;D &lt;", Attribution: "line one -->\n# line two */ // < b\n\\N \\",
		},
		framework.DefineLevel{Ordinal: 1, Name: framework.Some("One")},
		framework.DefineLevel{Ordinal: 3, Name: framework.Some("Three")},
		framework.CreateCategory{Code: `c\`, Name: `Ends in \`},
		framework.CreateCategory{Code: "c_x0041_", Name: "< x > & &eacute; \ufffe\uffff", Parent: `c\`},
		framework.CreateSkill{
			Code: `K"`, Name: `say "hi" \" \N \l`, Category: "c_x0041_",
			Levels: []framework.LevelText{{Level: 1, Description: "Not in a graph"}, {Level: 3}},
		},
		framework.CreateSkill{Code: "http://x/y#z?é", Name: "]]> --> */ `</script>`", Category: `c\`, Description: "Not in a graph"},
		framework.CreateSkill{Code: "OLD", Name: "Old\u2028line"},
		framework.RetireSkill{Code: "OLD", ReplacedBy: []string{`K"`}},
		framework.Relate{From: `K"`, Type: framework.Complementary, To: "http://x/y#z?é", Note: "two\nlines \\l\t'"},
		framework.Relate{From: `K"`, Type: framework.ExactMatch, ToFramework: other, To: "o1"},
		framework.Relate{From: `K"`, Type: framework.CloseMatch, ToFramework: other, To: "o1"},
		framework.CreateRoleGroup{Code: "g", Name: "Group"},
		framework.CreateRole{Code: "r", Name: "Role", Group: "g", Seniority: 2, Requirements: []framework.Requirement{
			{Skill: `K"`, Level: 3, Importance: framework.Optional, Weight: 0.1}, {Skill: "http://x/y#z?é"},
		}},
	)
}

// TestGraphEscapes: no text gets in the way of a format. The golden files have been
// looked at in programs of the kind: xmllint, NetworkX, Graphviz and Cytoscape.js.
func TestGraphEscapes(t *testing.T) {
	w := awkward(t)
	for format, read := range graphFormats {
		t.Run(format, func(t *testing.T) {
			want := networkOf(w.Snapshot("awkward"))
			if format == "graphml" {
				want.Nodes["category:c_x0041_"]["name"] = "< x > & &eacute; \ufffd\ufffd"
			}
			file := give(t, w, format, "awkward")
			got := read(t, file)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-snapshot +file):\n%s", diff)
			}
			golden(t, "awkward."+format, file)
		})
	}
}

// TestGraphOfNothing: a framework without anything in it is a graph.
func TestGraphOfNothing(t *testing.T) {
	w := edit(t, new(framework.World), "empty", framework.CreateFramework{Code: "empty", Name: "Empty"})
	want := networkOf(w.Snapshot("empty"))
	for format, read := range graphFormats {
		if diff := cmp.Diff(want, read(t, give(t, w, format, "empty"))); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}
