package graph

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// ours are the types that schema.graphqls defines.
func ours() []*ast.Definition {
	var list []*ast.Definition
	for _, name := range slices.Sorted(maps.Keys(parsedSchema.Types)) {
		if def := parsedSchema.Types[name]; !def.BuiltIn && !strings.HasPrefix(name, "__") {
			list = append(list, def)
		}
	}
	return list
}

func TestGeneratedCodeIsOfThisSchema(t *testing.T) {
	file, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != sources[0].Input {
		t.Error("schema.graphqls has changed: run go generate ./graph")
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	check := func(description string, where ...string) {
		if !strings.HasSuffix(description, ".") && !strings.HasSuffix(description, "…") {
			t.Errorf("%s: the description %q is not a sentence", strings.Join(where, "."), description)
		}
	}
	n := 0
	for _, def := range ours() {
		check(def.Description, def.Name)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			n++
			check(f.Description, def.Name, f.Name)
			for _, a := range f.Arguments {
				check(a.Description, def.Name, f.Name, a.Name)
			}
		}
		for _, v := range def.EnumValues {
			check(v.Description, def.Name, v.Name)
		}
	}
	if n < 100 {
		t.Errorf("only %d fields were looked at", n)
	}
}

func TestEnumsAreThoseOfTheDomain(t *testing.T) {
	domain := map[string][]string{
		"Access":            texts(framework.Accesses[:]),
		"CareerStepKind":    texts(framework.CareerStepKinds[:]),
		"ChangeAction":      texts([]framework.Action{framework.Created, framework.Updated, framework.Removed}),
		"DiffOp":            texts([]framework.DiffOp{framework.OpEqual, framework.OpDelete, framework.OpInsert}),
		"GapStatus":         texts(framework.GapStatuses[:]),
		"Importance":        texts([]framework.Importance{framework.Essential, framework.Optional}),
		"LintRule":          texts(framework.LintRules()),
		"LintSeverity":      texts([]framework.Severity{framework.Warning, framework.Hint}),
		"Keep":              texts([]framework.Keep{framework.KeepOurs, framework.KeepTheirs, framework.KeepValue}),
		"Latest":            texts(AllLatest),
		"ReleaseStage":      texts(framework.ReleaseStages[:]),
		"LogType":           texts(framework.LogTypes),
		"MappingStatus":     texts(framework.MappingStatuses[:]),
		"RelationDirection": texts([]framework.RelationDirection{framework.Outgoing, framework.Incoming}),
		"RelationOrigin":    texts(framework.RelationOrigins[:]),
		"SearchKind":        texts(framework.SearchKinds[:]),
		"SearchMatch":       texts(framework.SearchMatches[:]),
		"SkillOrder":        texts([]framework.SkillOrder{framework.SkillsByCode, framework.SkillsByName, framework.SkillsByPosition}),
		"Status":            texts([]framework.Status{framework.StatusActive, framework.StatusRetired}),
		"ErrorCode": texts([]framework.Code{
			framework.NotFound, framework.Conflict, framework.Invalid, framework.Forbidden, framework.Unauthenticated,
			framework.Unavailable, framework.OutcomeUnknown, framework.LimitExceeded, framework.Internal,
		}),
		"ImportFormat":       texts(AllImportFormat),
		"ImportLikeness":     texts(exchange.Likenesses[:]),
		"ChangeRequestOrder": texts([]framework.RequestOrder{framework.RequestsByNumber, framework.RequestsByUpdated, framework.RequestsByRaised}),
		"ImpactReason": texts([]framework.ImpactReason{
			framework.RequirementChanged, framework.RequiredSkillRetired, framework.RequiredLevelRemoved,
			framework.RequiredLevelAnew, framework.RequiredSkillAnew,
		}),
		"RequestConcern": texts([]framework.Concern{framework.AppliesTo, framework.Proposes, framework.Mentions}),
		"RequestLinkType": texts([]framework.LinkType{
			framework.LinkRelatesTo, framework.LinkFollows, framework.LinkDependsOn, framework.LinkDuplicates,
			framework.LinkFollowedBy, framework.LinkRequiredBy, framework.LinkDuplicatedBy,
		}),
		"RequestMoveInput": texts([]framework.RequestMove{framework.MoveSubmit, framework.MoveWithdraw, framework.MoveReopen}),
		"RequestMove": append(
			texts([]framework.RequestMove{framework.MoveSubmit, framework.MoveWithdraw, framework.MoveReopen, "APPLY"}),
			texts([]framework.Outcome{framework.OutcomeAccept, framework.OutcomeDecline, framework.OutcomeDefer})...),
		"RequestOutcome": texts([]framework.Outcome{framework.OutcomeAccept, framework.OutcomeDecline, framework.OutcomeDefer}),
		"RequestStatus":  texts(framework.RequestStatuses[:]),
	}
	for _, k := range framework.Kinds {
		if k.Content() {
			domain["SubjectKind"] = append(domain["SubjectKind"], string(k.Public()))
		}
	}
	domain["SubjectKind"] = append(domain["SubjectKind"], "SKILL_LEVEL")
	for _, k := range framework.Kinds {
		domain["EntityKind"] = append(domain["EntityKind"], string(k.Public()))
	}
	for _, r := range framework.RelationTypes {
		domain["RelationType"] = append(domain["RelationType"], string(r))
	}
	for _, f := range exchange.Formats() {
		if f.Imports() && !slices.Contains(domain["ImportFormat"], strings.ToUpper(f.Name)) {
			t.Errorf("ImportFormat lacks %s", f.Name)
		}
	}
	schema := map[string][]string{}
	for _, def := range ours() {
		for _, v := range def.EnumValues {
			schema[def.Name] = append(schema[def.Name], v.Name)
		}
	}
	for _, values := range schema {
		slices.Sort(values)
	}
	for _, values := range domain {
		slices.Sort(values)
	}
	if diff := cmp.Diff(domain, schema); diff != "" {
		t.Errorf("enums differ (-domain +schema):\n%s", diff)
	}
}

// TestListsHavePrices: a field that gives more than one object is priced by how many.
func TestListsHavePrices(t *testing.T) {
	priced := reflect.ValueOf(prices())
	n := 0
	for _, def := range ours() {
		if def.Kind != ast.Object || strings.HasSuffix(def.Name, "Payload") || strings.HasSuffix(def.Name, "Connection") {
			continue // changes are bounded otherwise, and who gives a page is priced by its size
		}
		for _, f := range def.Fields {
			of := parsedSchema.Types[f.Type.Name()]
			many := f.Type.Elem != nil && of.IsCompositeType() || strings.HasSuffix(of.Name, "Connection")
			if strings.HasPrefix(f.Name, "__") || !many || def.Name+"."+f.Name == "CareerPaths.paths" {
				continue // these are priced by the field that gives them, too
			}
			n++
			if price := priced.FieldByName(def.Name).FieldByName(strings.ToUpper(f.Name[:1]) + f.Name[1:]); !price.IsValid() || price.IsNil() {
				t.Errorf("%s.%s has no price", def.Name, f.Name)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d lists were looked at", n)
	}
}

// TestLintRulesAreDocumented keeps docs/lint.md and the descriptions of the rules in
// step with their severities.
func TestLintRulesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range framework.LintRules() {
		want = append(want, fmt.Sprintf("`%s` | %s", r, strings.ToLower(string(r.Severity()))))
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") {
			got = append(got, strings.TrimPrefix(cells[0], "| ")+" | "+cells[1])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/lint.md (-want +got):\n%s", diff)
	}
	for _, v := range parsedSchema.Types["LintRule"].EnumValues {
		if end := " A " + strings.ToLower(string(framework.LintRule(v.Name).Severity())) + "."; !strings.HasSuffix(v.Description, end) {
			t.Errorf("the description of %s does not end in %q", v.Name, end)
		}
	}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
