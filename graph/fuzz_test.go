package graph

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"skillatlas/internal/framework"
)

// FuzzDocument sends documents with variables: whatever they are, they are
// answered or refused by a code, nothing is changed and nothing panics.
func FuzzDocument(f *testing.F) {
	add := func(query, variables string) { f.Add(query, variables) }
	for _, h := range hostileDocuments() {
		if h.vars == nil && len(h.query) < 5_000 {
			add(h.query, "{}")
		}
	}
	for _, r := range reads {
		add(r.query, "null")
	}
	introspection, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		f.Fatal(err)
	}
	add(string(introspection), "{}")
	add(editing, `{"in":{"framework":"meridian","baseRevision":1,"edits":[{"retireSkill":{"code":"ITMG"}},{"require":{"role":"developer","skill":"ITMG","weight":0.5}}]}}`)
	add(creating, `{"in":{"code":"a","name":"A","edits":{"createSkill":{"code":"A","name":"A","levels":{"level":1}}}}}`)
	add(importing, `{"in":{"format":"JSON","files":{"name":"x","content":""}}}`)
	add(`query($f:SkillFilter,$o:SkillOrder!=NAME,$n:Int,$at:At){framework(at:$at,minRevision:$n){skills(first:$n,filter:$f,order:$o){nodes{code}}}}`,
		`{"f":{"levels":[1,2],"status":"ACTIVE","related":{"to":"ITMG","types":["RELATED"]}},"o":"CODE","n":1,"at":{"revision":1}}`)
	add(`query($i:[ID!]!,$b:Boolean=true){nodes(ids:$i)@skip(if:$b){id ...on Skill@include(if:true){name}}}`, `{"i":["skill:meridian:ITMG",1],"b":false}`)
	add(`query($n:Float){a:revision(seq:1){seq}}`, `{"n":1e999}`)

	s := demo(f)
	s.Handler = newHandler(s.options, timeouts{read: time.Second, write: time.Second, catchUp: 1})
	codes := []framework.Code{framework.Invalid, framework.LimitExceeded, framework.NotFound, framework.Unauthenticated, framework.Unavailable}
	f.Fuzz(func(t *testing.T, query, variables string) {
		body, err := json.Marshal(map[string]any{"query": query, "variables": json.RawMessage(variables)})
		if err != nil {
			t.Skip()
		}
		a := s.send(t, reader, postBody(t.Context(), string(body)))
		for _, e := range a.Errors {
			if code, _ := e.code().(string); !slices.Contains(codes, framework.Code(code)) || e.Message == "" {
				t.Errorf("%+v", e)
			}
		}
		if s.catalog.Head().Seq() != 1 {
			t.Fatal("something was changed")
		}
		if strings.Contains(s.log.String(), "ERROR") {
			t.Fatalf("logged: %s", s.log)
		}
		s.log.Reset()
	})
}

// FuzzOperation sends random operations that keep to the schema, by and large.
func FuzzOperation(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	s := past(f)
	s.Handler = newHandler(s.options, timeouts{read: time.Minute, write: time.Minute, catchUp: 1})
	head := s.catalog.Head().Seq()
	f.Fuzz(func(t *testing.T, seed uint64) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 0)), vars: vars{}}
		query := w.operation()
		a := s.ask(t, reader, query, w.vars)
		if a.Status != 200 && a.Status != 422 {
			t.Errorf("status %d", a.Status)
		}
		for _, e := range a.Errors {
			if e.code() == nil || e.code() == string(framework.Internal) {
				t.Errorf("%+v\n%s\n%v", e, query, w.vars)
			}
		}
		if s.log.Len() > 0 {
			t.Errorf("logged %s\n%s\n%v", s.log, query, w.vars)
			s.log.Reset()
		}
		if s.catalog.Head().Seq() != head {
			t.Fatal("something was changed")
		}
	})
}

// A writer writes a random operation.
type writer struct {
	*rand.Rand
	definitions, fragments []string
	vars                   vars
	size                   int
}

func (w *writer) operation() string {
	root, keyword := parsedSchema.Query, "query"
	if w.IntN(4) == 0 {
		root, keyword = parsedSchema.Mutation, "mutation"
	}
	set := w.selections(root, 6)
	definitions := ""
	if len(w.definitions) > 0 {
		definitions = "(" + strings.Join(w.definitions, " ") + ")"
	}
	return keyword + definitions + w.directives() + set + strings.Join(w.fragments, "")
}

func (w *writer) selections(def *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{__typename ")
	for range 1 + w.IntN(4) {
		w.size++
		switch {
		case w.IntN(8) == 0 && depth > 0:
			b.WriteString("..." + w.condition(def) + w.directives() + w.selections(def, depth-1))
		case w.IntN(10) == 0 && depth > 0:
			name := fmt.Sprintf("F%d", len(w.fragments))
			w.fragments = append(w.fragments, "")
			w.fragments[len(w.fragments)-1] = "fragment " + name + " on " + def.Name + w.selections(def, depth-2)
			b.WriteString("..." + name + " ")
		default:
			b.WriteString(w.field(def, depth))
		}
	}
	return b.String() + "}"
}

func (w *writer) condition(def *ast.Definition) string {
	if possible := parsedSchema.GetPossibleTypes(def); w.IntN(2) == 0 && len(possible) > 0 {
		return " on " + possible[w.IntN(len(possible))].Name
	}
	return ""
}

func (w *writer) field(def *ast.Definition, depth int) string {
	f := def.Fields[w.IntN(len(def.Fields))]
	next := parsedSchema.Types[f.Type.Name()]
	if next.IsCompositeType() && (depth <= 0 || w.size > 300) {
		return "__typename "
	}
	text := ""
	if w.IntN(3) == 0 {
		text = fmt.Sprintf("a%d:", w.size)
	}
	text += f.Name
	var arguments []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil || w.IntN(4) == 0 {
			arguments = append(arguments, a.Name+":"+w.value(a.Type, depth))
		}
	}
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, " ") + ")"
	}
	text += w.directives()
	if next.IsCompositeType() {
		return text + w.selections(next, depth-1)
	}
	return text + " "
}

func (w *writer) directives() string {
	if w.IntN(12) != 0 {
		return ""
	}
	name := []string{"@skip", "@include", "@defer", "@deprecated"}[min(w.IntN(20)/6, 3)]
	return name + "(if:" + w.value(ast.NonNullNamedType("Boolean", nil), 0) + ")"
}

// value writes a literal, or a variable that it defines.
func (w *writer) value(t *ast.Type, depth int) string {
	v := w.json(t, depth)
	if w.IntN(3) > 0 {
		return literal(v)
	}
	name := fmt.Sprintf("v%d", len(w.definitions))
	declared := t.String()
	switch w.IntN(5) {
	case 0:
		declared = strings.TrimSuffix(declared, "!") + "=" + literal(w.json(t, depth))
	case 1:
		declared = strings.TrimSuffix(declared, "!")
	}
	w.definitions = append(w.definitions, "$"+name+":"+declared)
	if w.IntN(6) > 0 {
		w.vars[name] = v
	}
	return "$" + name
}

// json is a value as a variable has it, seldom of another type.
func (w *writer) json(t *ast.Type, depth int) any {
	odd := w.IntN(25)
	switch {
	case odd == 0, !t.NonNull && odd < 5:
		return nil
	case odd == 5:
		return []any{true, "x", 1.5, -1, []any{}, object{}}[w.IntN(6)]
	case t.Elem != nil:
		list := []any{}
		for range w.IntN(4) {
			list = append(list, w.json(t.Elem, depth-1))
		}
		return list
	}
	def := parsedSchema.Types[t.NamedType]
	switch def.Kind {
	case ast.InputObject:
		return w.object(def, depth)
	case ast.Enum:
		return enum(def.EnumValues[w.IntN(len(def.EnumValues))].Name)
	}
	switch def.Name {
	case "Boolean":
		return w.IntN(2) == 0
	case "Int":
		return []int{0, 1, 2, 3, 5, 7, 100, 500, -1}[w.IntN(9)]
	case "Float":
		return w.Float64()
	case "DateTime":
		return "2026-03-01T12:02:00Z"
	}
	return []string{"meridian", "crafts", "ITMG", "WELD", "ITOP_3", "x", "", "skill:meridian:ITMG", "skill:crafts@3:WELD", "role:crafts:fitter", "revision::3", "Y29kZTpjcmFmdHM"}[w.IntN(12)]
}

func (w *writer) object(def *ast.Definition, depth int) any {
	fields := object{}
	oneOf := def.Directives.ForName("oneOf") != nil && w.IntN(20) > 0
	chosen := def.Fields[w.IntN(len(def.Fields))].Name
	for _, f := range def.Fields {
		switch {
		case oneOf && f.Name != chosen:
		case oneOf:
			required := *f.Type
			required.NonNull = true
			fields[f.Name] = w.json(&required, depth-1)
		case f.Type.NonNull && f.DefaultValue == nil || w.IntN(4) == 0:
			fields[f.Name] = w.json(f.Type, depth-1)
		}
	}
	return fields
}

// enum is written without quotes in literals.
type enum string

func literal(v any) string {
	switch v := v.(type) {
	case enum:
		return string(v)
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, literal(e))
		}
		return "[" + strings.Join(list, " ") + "]"
	case object:
		var fields []string
		for name, e := range v {
			fields = append(fields, name+":"+literal(e))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, " ") + "}"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
