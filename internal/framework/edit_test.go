package framework_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// An editCase makes edits in the framework demo of [atlas] unless it names
// another, and says what they change or why they are refused. It is about its
// last edit.
type editCase struct {
	name      string
	framework string
	edits     []Edit
	want      []string
	problems  []Problem
}

func edits(e ...Edit) []Edit { return e }

// refused is the only problem of a case of one edit.
func refused(field, message string) []Problem { return []Problem{{0, field, message, Invalid}} }

var (
	long  = strings.Repeat("x", 20_001)
	title = strings.Repeat("x", 501)
)

const tooLong, tooLongText = "is 501 bytes long; at most 500 are allowed", "is 20001 bytes long; at most 20000 are allowed"

var frameworkCases = []editCase{
	{
		name: "a framework is created", framework: "new",
		edits: edits(CreateFramework{
			Code: "new", Name: " New\nframework ", Description: "Text", Publisher: "P", URL: "https://example.org/", Licence: "L",
			Attribution: "A", Locale: "en-GB", SkillCodePattern: "[A-Z]+", SkillCodeHint: "Capitals",
		}),
		want: []string{"created framework new Name=New framework Description=Text Publisher=P URL=https://example.org/ " +
			"Licence=L Attribution=A Locale=en-GB SkillCodePattern=[A-Z]+ SkillCodeHint=Capitals"},
	},
	{
		name: "every field of a new framework is checked", framework: "New",
		edits: edits(CreateFramework{
			Code: "New", Description: long, Publisher: title, URL: "ftp://example.org", Licence: title,
			Attribution: long, Locale: "not a locale", SkillCodePattern: "(", SkillCodeHint: title,
		}),
		problems: []Problem{
			{0, "code", `"New" is not a framework code: 1 to 63 lower-case letters, digits and hyphens, such as meridian-2`, Invalid},
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "publisher", tooLong, Invalid},
			{0, "url", `"ftp://example.org" is not an absolute http or https URL`, Invalid},
			{0, "licence", tooLong, Invalid},
			{0, "attribution", tooLongText, Invalid},
			{0, "locale", `"not a locale" is not a language tag such as en or en-GB`, Invalid},
			{0, "skillCodeHint", tooLong, Invalid},
			{0, "skillCodePattern", "is not a regular expression: error parsing regexp: missing closing ): `(`", Invalid},
		},
	},
	{
		name: "a pattern is bounded and cannot break out of its place", framework: "new",
		edits:    edits(CreateFramework{Code: "new", Name: "New", SkillCodePattern: "a)|(b"}),
		problems: refused("skillCodePattern", "is not a regular expression: error parsing regexp: unexpected ): `a)|(b`"),
	},
	{
		name: "a pattern is bounded", framework: "new",
		edits:    edits(CreateFramework{Code: "new", Name: "New", SkillCodePattern: title}),
		problems: refused("skillCodePattern", tooLong),
	},
	{
		name:     "a framework that exists is not created again",
		edits:    edits(CreateFramework{Code: "demo", Name: "Demo"}),
		problems: refused("code", `framework "demo" exists already; choose another code or edit that one`),
	},
	{
		name: "an archived framework is not created again", framework: "shut",
		edits:    edits(CreateFramework{Code: "shut", Name: "Shut"}),
		problems: refused("code", `framework "shut" exists already; choose another code or edit that one`),
	},
	{
		name: "a framework is created under its own code", framework: "new",
		edits:    edits(CreateFramework{Code: "newer", Name: "New"}),
		problems: refused("code", `"newer" is not the framework being edited, which is "new"`),
	},
	{
		name: "a framework is created first", framework: "demo",
		edits:    edits(MoveSkill{Code: "MIX"}, CreateFramework{Code: "demo", Name: "Demo"}),
		problems: []Problem{{1, "", "a framework is created by the first edit of a list", Invalid}},
	},
	{
		name: "nothing else can be done to a framework that is not there", framework: "nope",
		edits:    edits(RetireSkill{Code: "BAKE"}, RetireSkill{Code: "MIX"}),
		problems: refused("", `there is no framework "nope"`),
	},
	{
		name:  "metadata is set and cleared",
		edits: edits(UpdateFramework{Name: Some("Demo 2"), Publisher: Some("P"), SkillCodePattern: Some("")}),
		want:  []string{"updated framework demo Name=Demo 2 Publisher=P SkillCodePattern="},
	},
	{
		name: "every field of the metadata can be set and is checked",
		edits: edits(UpdateFramework{
			Name: Some(" "), Description: Some(long), Publisher: Some(title), URL: Some("x"), Licence: Some(title),
			Attribution: Some(long), Locale: Some("??"), SkillCodePattern: Some("["), SkillCodeHint: Some(title),
		}),
		problems: []Problem{
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "publisher", tooLong, Invalid},
			{0, "url", `"x" is not an absolute http or https URL`, Invalid},
			{0, "licence", tooLong, Invalid},
			{0, "attribution", tooLongText, Invalid},
			{0, "locale", `"??" is not a language tag such as en or en-GB`, Invalid},
			{0, "skillCodeHint", tooLong, Invalid},
			{0, "skillCodePattern", "is not a regular expression: error parsing regexp: missing closing ]: `[`", Invalid},
		},
	},
	{
		name:  "a new pattern holds for the edits that follow",
		edits: edits(UpdateFramework{SkillCodePattern: Some("[0-9]")}, CreateSkill{Code: "7", Name: "Seven"}),
		want:  []string{"updated framework demo SkillCodePattern=[0-9]", "created skill 7 Name=Seven Status=ACTIVE"},
	},
	{
		name:  "a framework is archived",
		edits: edits(ArchiveFramework{}),
		want:  []string{"updated framework demo Archived=true"},
	},
	{
		name:  "archiving comes last",
		edits: edits(ArchiveFramework{}, RetireSkill{Code: "BAKE"}, RetireSkill{Code: "MIX"}),
		problems: []Problem{
			{1, "", "framework demo is archived; unarchive it to edit it", Invalid},
		},
	},
	{
		name: "an archived framework refuses edits", framework: "shut",
		edits:    edits(ArchiveFramework{}, UpdateFramework{Name: Some("Open")}),
		problems: []Problem{{1, "", "framework shut is archived; unarchive it to edit it", Invalid}},
	},
	{
		name: "a framework that is not there is not archived", framework: "nope",
		edits:    edits(ArchiveFramework{}),
		problems: refused("", `there is no framework "nope"`),
	},
	{
		name: "archiving an archived framework changes nothing", framework: "shut",
		edits: edits(ArchiveFramework{}, ArchiveFramework{}),
	},
	{
		name: "a locale is bounded", framework: "demo",
		edits:    edits(UpdateFramework{Locale: Some("en" + strings.Repeat("-abcdefgh", 11))}),
		problems: refused("locale", "is 101 bytes long; at most 100 are allowed"),
	},
	{
		name: "an archived framework is opened and edited", framework: "shut",
		edits: edits(UnarchiveFramework{}, UpdateFramework{Name: Some("Open")}, UnarchiveFramework{}),
		want:  []string{"updated framework shut Name=Open Archived=false"},
	},
	{
		name:  "unarchiving an open framework changes nothing",
		edits: edits(UnarchiveFramework{}),
	},
}

var levelCases = []editCase{
	{
		name:  "a level is added",
		edits: edits(DefineLevel{Ordinal: 3, Name: Some("Apply"), Essence: Some("Does."), URL: Some("http://example.org")}),
		want:  []string{"created level 3 Ordinal=3 Name=Apply Essence=Does. URL=http://example.org"},
	},
	{
		name:  "a level's texts are set and cleared",
		edits: edits(DefineLevel{Ordinal: 1, Name: Some("Observe"), Essence: Some("")}),
		want:  []string{"updated level 1 Name=Observe Essence="},
	},
	{
		name:  "what is absent is left alone",
		edits: edits(DefineLevel{Ordinal: 1}),
	},
	{
		name:     "levels are numbered from 1",
		edits:    edits(DefineLevel{Ordinal: 0, Name: Some("None")}),
		problems: refused("ordinal", "0 is not a level; levels are numbered from 1 to 20"),
	},
	{
		name:     "levels end at 20",
		edits:    edits(DefineLevel{Ordinal: 21, Name: Some("None")}),
		problems: refused("ordinal", "21 is not a level; levels are numbered from 1 to 20"),
	},
	{
		name:  "every text of a level is checked",
		edits: edits(DefineLevel{Ordinal: 3, Essence: Some("<b>x</b>"), URL: Some("/x")}),
		problems: []Problem{
			{0, "name", "is required", Invalid},
			{0, "essence", "contains HTML (<b>); texts are Markdown without HTML: put code in `backticks`, and a space after a < that is none", Invalid},
			{0, "url", `"/x" is not an absolute http or https URL`, Invalid},
		},
	},
	{
		name:  "a level nothing refers to is removed",
		edits: edits(RemoveLevel{Ordinal: 4}),
		want:  []string{"removed level 4"},
	},
	{
		name:  "a level removed and defined again is a new one",
		edits: edits(RemoveLevel{Ordinal: 4}, DefineLevel{Ordinal: 4, Name: Some("Again")}),
		want:  []string{"updated level 4 Name=Again"},
	},
	{
		name:     "a level that is not there is not removed",
		edits:    edits(RemoveLevel{Ordinal: 3}),
		problems: refused("ordinal", "framework demo has no level 3"),
	},
	{
		name:     "a level is removed once",
		edits:    edits(RemoveLevel{Ordinal: 4}, RemoveLevel{Ordinal: 4}),
		problems: []Problem{{1, "ordinal", "framework demo has no level 4", Invalid}},
	},
	{
		name:     "a level that skills, attributes and roles refer to is not removed",
		edits:    edits(DefineAttributeLevel{Attribute: "AUTO", Level: 2}, RemoveLevel{Ordinal: 2}),
		problems: []Problem{{1, "ordinal", "level 2 is still used by AUTO, BAKE, TASTE, baker, chef; remove it there first", Invalid}},
	},
}

var attributeCases = []editCase{
	{
		name:  "an attribute is created",
		edits: edits(CreateAttribute{Code: "COMP", Name: "Complexity", Type: "generic", Description: "D", Position: 3}),
		want:  []string{"created attribute COMP Name=Complexity Type=generic Description=D Position=3 Status=ACTIVE"},
	},
	{
		name:  "every field of a new attribute is checked",
		edits: edits(CreateAttribute{Code: "", Name: "", Type: title, Description: long, Position: -1}),
		problems: []Problem{
			{0, "code", "is required", Invalid},
			{0, "name", "is required", Invalid},
			{0, "type", tooLong, Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "position", "-1 is not between 0 and 1000000", Invalid},
		},
	},
	{
		name:     "the code of an attribute in use is taken",
		edits:    edits(CreateAttribute{Code: "AUTO", Name: "Again"}),
		problems: refused("code", `attribute "AUTO" exists already; choose another code or update that one`),
	},
	{
		name:     "the code of a retired attribute is not reused",
		edits:    edits(CreateAttribute{Code: "OLDA", Name: "Again"}),
		problems: refused("code", `attribute "OLDA" is retired and its code is not reused; restore it or choose another code`),
	},
	{
		name:  "fields of an attribute are set and cleared",
		edits: edits(UpdateAttribute{Code: "AUTO", Name: Some("Freedom"), Type: Some("T")}, UpdateAttribute{Code: "AUTO", Type: Some(""), Description: Some("D")}),
		want:  []string{"updated attribute AUTO Name=Freedom Description=D"},
	},
	{
		name:     "an unknown attribute is not updated",
		edits:    edits(UpdateAttribute{Code: "NOPE"}),
		problems: refused("code", `there is no attribute "NOPE" in framework demo`),
	},
	{
		name:     "an attribute is named to be updated",
		edits:    edits(UpdateAttribute{Name: Some("X")}),
		problems: refused("code", "is required"),
	},
	{
		name:  "an updated attribute is checked",
		edits: edits(UpdateAttribute{Code: "AUTO", Name: Some(""), Type: Some(title), Description: Some(long)}),
		problems: []Problem{
			{0, "name", "is required", Invalid}, {0, "type", tooLong, Invalid}, {0, "description", tooLongText, Invalid},
		},
	},
	{
		name:  "an attribute is moved",
		edits: edits(MoveAttribute{Code: "AUTO", Position: 9}),
		want:  []string{"updated attribute AUTO Position=9"},
	},
	{
		name:     "a position is bounded",
		edits:    edits(MoveAttribute{Code: "AUTO", Position: 1_000_001}),
		problems: refused("position", "1000001 is not between 0 and 1000000"),
	},
	{
		name:     "an unknown attribute is not moved",
		edits:    edits(MoveAttribute{Code: "NOPE"}),
		problems: refused("code", `there is no attribute "NOPE" in framework demo`),
	},
	{
		name:  "an attribute is retired",
		edits: edits(RetireAttribute{Code: "AUTO"}),
		want:  []string{"updated attribute AUTO Status=RETIRED"},
	},
	{
		name:     "an unknown attribute is not retired",
		edits:    edits(RetireAttribute{Code: "NOPE"}),
		problems: refused("code", `there is no attribute "NOPE" in framework demo`),
	},
	{
		name:  "an attribute is restored",
		edits: edits(RestoreAttribute{Code: "OLDA"}),
		want:  []string{"updated attribute OLDA Status=ACTIVE"},
	},
	{
		name:     "an unknown attribute is not restored",
		edits:    edits(RestoreAttribute{Code: "NOPE"}),
		problems: refused("code", `there is no attribute "NOPE" in framework demo`),
	},
	{
		name:  "an attribute is described at a level, also with no words",
		edits: edits(DefineAttributeLevel{Attribute: "AUTO", Level: 1, Description: "Some."}, DefineAttributeLevel{Attribute: "AUTO", Level: 2}),
		want:  []string{"updated attribute AUTO Levels=[{1 Some.} {2 }]"},
	},
	{
		name:  "an attribute's level, its text and the attribute are all checked",
		edits: edits(DefineAttributeLevel{Attribute: "NOPE", Level: 3, Description: long}),
		problems: []Problem{
			{0, "level", "framework demo has no level 3", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "attribute", `there is no attribute "NOPE" in framework demo`, Invalid},
		},
	},
	{
		name:  "an attribute's description at a level is removed",
		edits: edits(RemoveAttributeLevel{Attribute: "AUTO", Level: 1}),
		want:  []string{"updated attribute AUTO Levels=[]"},
	},
	{
		name:     "a description that is not there is not removed",
		edits:    edits(RemoveAttributeLevel{Attribute: "AUTO", Level: 2}),
		problems: refused("level", "attribute AUTO is not described at level 2"),
	},
	{
		name:     "nothing is removed from an unknown attribute",
		edits:    edits(RemoveAttributeLevel{Attribute: "NOPE", Level: 2}),
		problems: refused("attribute", `there is no attribute "NOPE" in framework demo`),
	},
}

// chain is edits that create n nodes, each in the one before.
func chain(n int, create func(code, parent string) Edit) []Edit {
	var list []Edit
	parent := ""
	for i := range n {
		code := fmt.Sprintf("deep%d", i+1)
		list = append(list, create(code, parent))
		parent = code
	}
	return list
}

func deepCategory(code, parent string) Edit {
	return CreateCategory{Code: code, Name: "Deep", Parent: parent}
}

func deepGroup(code, parent string) Edit {
	return CreateRoleGroup{Code: code, Name: "Deep", Parent: parent}
}

var categoryCases = []editCase{
	{
		name:  "a category is created",
		edits: edits(CreateCategory{Code: "new", Name: "New", Description: "D", Parent: "sub", Position: 1}),
		want:  []string{"created category new Name=New Description=D Parent=sub Position=1 Status=ACTIVE"},
	},
	{
		name:  "every field of a new category is checked",
		edits: edits(CreateCategory{Code: "a b", Name: "", Description: long, Parent: "nope", Position: -1}),
		problems: []Problem{
			{0, "code", `"a b" contains U+0020; codes have no spaces or invisible characters`, Invalid},
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "position", "-1 is not between 0 and 1000000", Invalid},
			{0, "parent", `there is no category "nope" in framework demo`, Invalid},
		},
	},
	{
		name:     "the code of a category in use is taken",
		edits:    edits(CreateCategory{Code: "top", Name: "Again"}),
		problems: refused("code", `category "top" exists already; choose another code or update that one`),
	},
	{
		name:     "the code of a retired category is not reused",
		edits:    edits(CreateCategory{Code: "oldc", Name: "Again"}),
		problems: refused("code", `category "oldc" is retired and its code is not reused; restore it or choose another code`),
	},
	{
		name:     "a category is not created in a retired one",
		edits:    edits(CreateCategory{Code: "new", Name: "New", Parent: "oldc"}),
		problems: refused("parent", "category oldc is retired; choose an active one"),
	},
	{
		name:     "a category is not created in itself",
		edits:    edits(CreateCategory{Code: "new", Name: "New", Parent: "new"}),
		problems: refused("parent", `there is no category "new" in framework demo`),
	},
	{
		name:     "the tree of categories has at most 20 levels",
		edits:    chain(21, deepCategory),
		problems: []Problem{{20, "parent", "category deep21 would make the tree more than 20 levels deep", Invalid}},
	},
	{
		name:  "fields of a category are set and cleared",
		edits: edits(UpdateCategory{Code: "top", Name: Some("Peak"), Description: Some("D")}, UpdateCategory{Code: "top", Description: Some("")}),
		want:  []string{"updated category top Name=Peak"},
	},
	{
		name:     "an updated category is checked",
		edits:    edits(UpdateCategory{Code: "top", Name: Some(""), Description: Some(long)}),
		problems: []Problem{{0, "name", "is required", Invalid}, {0, "description", tooLongText, Invalid}},
	},
	{
		name:     "an unknown category is not updated",
		edits:    edits(UpdateCategory{Code: "nope"}),
		problems: refused("code", `there is no category "nope" in framework demo`),
	},
	{
		name:  "a category is moved to the top, another into it",
		edits: edits(MoveCategory{Code: "sub", Parent: Some("")}, MoveCategory{Code: "top", Parent: Some("sub"), Position: Some(4)}),
		want:  []string{"updated category sub Parent=", "updated category top Parent=sub Position=4"},
	},
	{
		name:  "a retired category in a retired one is given another position",
		edits: edits(RetireCategory{Code: "empty"}, MoveCategory{Code: "oldc", Position: Some(4)}),
		want:  []string{"updated category empty Status=RETIRED", "updated category oldc Position=4"},
	},
	{
		name:     "a category is not moved into itself",
		edits:    edits(MoveCategory{Code: "top", Parent: Some("top")}),
		problems: refused("parent", "category top would be above itself"),
	},
	{
		name:     "a category is not moved below itself",
		edits:    edits(CreateCategory{Code: "low", Name: "Low", Parent: "sub"}, MoveCategory{Code: "top", Parent: Some("low")}),
		problems: []Problem{{1, "parent", "category top would be above itself", Invalid}},
	},
	{
		name: "a category is not moved where what it holds would be too deep",
		edits: append(chain(19, deepCategory),
			MoveCategory{Code: "top", Parent: Some("deep19")}, // over sub
		),
		problems: []Problem{{19, "parent", "category top would make the tree more than 20 levels deep", Invalid}},
	},
	{
		name:  "the parent, position and code of a moved category are checked",
		edits: edits(MoveCategory{Code: "top", Parent: Some("nope"), Position: Some(-1)}, MoveCategory{Code: "top", Parent: Some("oldc")}, MoveCategory{Code: "nope"}),
		problems: []Problem{
			{0, "parent", `there is no category "nope" in framework demo`, Invalid},
			{0, "position", "-1 is not between 0 and 1000000", Invalid},
			{1, "parent", "category oldc is retired; choose an active one", Invalid},
			{2, "code", `there is no category "nope" in framework demo`, Invalid},
		},
	},
	{
		name:  "a category is retired when all it holds is retired",
		edits: edits(RetireCategory{Code: "empty"}),
		want:  []string{"updated category empty Status=RETIRED"},
	},
	{
		name:     "a category that holds skills or categories is not retired",
		edits:    edits(MoveSkill{Code: "SERVE", Category: Some("top")}, RetireCategory{Code: "top"}),
		problems: []Problem{{1, "code", "category top still holds SERVE, sub; move or retire them first", Invalid}},
	},
	{
		name:     "an unknown category is not retired",
		edits:    edits(RetireCategory{Code: "nope"}),
		problems: refused("code", `there is no category "nope" in framework demo`),
	},
	{
		name:  "retiring again what was merged leaves its successors",
		edits: edits(MergeCategories{Codes: []string{"sub"}, Into: "top"}, RetireCategory{Code: "sub"}),
		want: []string{
			"updated category sub Status=RETIRED Successors=[top]",
			"updated skill BAKE Category=top", "updated skill MIX Category=top",
		},
	},
	{
		name:  "a category is restored",
		edits: edits(RestoreCategory{Code: "oldc"}),
		want:  []string{"updated category oldc Status=ACTIVE"},
	},
	{
		name:  "a merged category is restored and has no successors",
		edits: edits(MergeCategories{Codes: []string{"empty"}, Into: "top"}, RestoreCategory{Code: "empty"}),
	},
	{
		name:     "a category is not restored in a retired one",
		edits:    edits(RetireCategory{Code: "empty"}, RestoreCategory{Code: "oldc"}),
		problems: []Problem{{1, "code", "category empty is retired; move oldc to an active one first", Invalid}},
	},
	{
		name:     "an unknown category is not restored",
		edits:    edits(RestoreCategory{Code: "nope"}),
		problems: refused("code", `there is no category "nope" in framework demo`),
	},
	{
		name:  "merged categories move all they hold and retire",
		edits: edits(MoveSkill{Code: "SERVE", Category: Some("top")}, MergeCategories{Codes: []string{"top"}, Into: "empty"}),
		want: []string{
			"updated category sub Parent=empty",
			"updated category top Status=RETIRED Successors=[empty]",
			"updated skill SERVE Category=empty",
		},
	},
	{
		name:     "a category is not merged into one below it",
		edits:    edits(CreateCategory{Code: "low", Name: "Low", Parent: "sub"}, MergeCategories{Codes: []string{"top"}, Into: "low"}),
		problems: []Problem{{1, "into", "category low is below top; move it out first", Invalid}},
	},
	{
		name:  "a category is not merged into one in a circle either",
		edits: edits(MoveCategory{Code: "top", Parent: Some("sub")}, MergeCategories{Codes: []string{"empty"}, Into: "sub"}),
		problems: []Problem{
			{0, "parent", "category top would be above itself", Invalid},
		},
	},
	{
		name:  "a category is merged into one that was in it",
		edits: edits(MoveCategory{Code: "sub", Parent: Some("")}, MergeCategories{Codes: []string{"top"}, Into: "sub"}),
		want:  []string{"updated category sub Parent=", "updated category top Status=RETIRED Successors=[sub]"},
	},
	{
		name:  "the categories of a merge are checked",
		edits: edits(MergeCategories{}, MergeCategories{Codes: []string{"top", "top", "oldc", "nope", "empty"}, Into: "top"}, MergeCategories{Codes: []string{"top"}, Into: "oldc"}),
		problems: []Problem{
			{0, "codes", "is required", Invalid},
			{0, "into", "is required", Invalid},
			{1, "codes.1", "top is given twice", Invalid},
			{1, "codes.2", "category oldc is retired already", Invalid},
			{1, "codes.3", `there is no category "nope" in framework demo`, Invalid},
			{1, "into", "category top cannot take its own place", Invalid},
			{2, "into", "category oldc is retired and cannot take another's place", Invalid},
		},
	},
	{
		name:  "an empty category is split",
		edits: edits(SplitCategory{Code: "empty", Into: []string{"top", "sub"}}),
		want:  []string{"updated category empty Status=RETIRED Successors=[sub top]"},
	},
	{
		name:     "a category that holds skills is not split",
		edits:    edits(SplitCategory{Code: "sub", Into: []string{"top", "empty"}}),
		problems: refused("code", "category sub still holds BAKE, MIX; move or retire them first"),
	},
	{
		name:  "the categories of a split are checked",
		edits: edits(SplitCategory{Code: "nope"}, SplitCategory{Code: "empty", Into: []string{"top", "top", "oldc", "nope", "empty"}}),
		problems: []Problem{
			{0, "into", "is required", Invalid},
			{0, "code", `there is no category "nope" in framework demo`, Invalid},
			{1, "into.1", "top is given twice", Invalid},
			{1, "into.2", "category oldc is retired and cannot take another's place", Invalid},
			{1, "into.3", `there is no category "nope" in framework demo`, Invalid},
			{1, "into.4", "category empty cannot take its own place", Invalid},
		},
	},
}

var skillCases = []editCase{
	{
		name: "a skill is created",
		edits: edits(CreateSkill{
			Code: "NEW", Name: "New", Description: "D", Guidance: "G", Synonyms: []string{"b ", "a", "b", ""}, URL: "https://example.org",
			Category: "top", Position: 2, Levels: []LevelText{{4, "Four."}, {1, " One. "}},
		}),
		want: []string{"created skill NEW Name=New Description=D Guidance=G Synonyms=[a b] URL=https://example.org " +
			"Category=top Position=2 Status=ACTIVE Levels=[{1 One.} {4 Four.}]"},
	},
	{
		name: "every field of a new skill is checked",
		edits: edits(CreateSkill{
			Code: "new", Name: "", Description: long, Guidance: long, Synonyms: []string{"a", title}, URL: "x", Category: "nope",
			Position: -1, Levels: []LevelText{{1, long}, {3, "no such"}, {1, "twice"}},
		}),
		problems: []Problem{
			{0, "code", `"new" breaks this framework's rule for skill codes: the pattern [A-Z]+`, Invalid},
			{0, "levels.0.description", tooLongText, Invalid},
			{0, "levels.1.level", "framework demo has no level 3", Invalid},
			{0, "levels.2.level", "level 1 is given twice", Invalid},
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "guidance", tooLongText, Invalid},
			{0, "synonyms.1", tooLong, Invalid},
			{0, "url", `"x" is not an absolute http or https URL`, Invalid},
			{0, "position", "-1 is not between 0 and 1000000", Invalid},
			{0, "category", `there is no category "nope" in framework demo`, Invalid},
		},
	},
	{
		name:     "the hint says the rule in words",
		edits:    edits(UpdateFramework{SkillCodeHint: Some("Capital letters.")}, CreateSkill{Code: "new", Name: "New"}),
		problems: []Problem{{1, "code", `"new" breaks this framework's rule for skill codes: Capital letters.`, Invalid}},
	},
	{
		name: "a code that reads as a skill level is refused", framework: "other",
		edits:    edits(CreateSkill{Code: "ITOP_5", Name: "New"}),
		problems: refused("code", `"ITOP_5" ends in "_5", which would read as a skill level; choose a code without it`),
	},
	{
		name: "a code has no spaces, is bounded, valid and normalised", framework: "other",
		edits: edits(
			CreateSkill{Code: "", Name: "New"},
			CreateSkill{Code: "a\u200bb", Name: "New"},
			CreateSkill{Code: strings.Repeat("x", 201), Name: "New"},
			CreateSkill{Code: "\xff", Name: "New"},
			CreateSkill{Code: "e\u0301", Name: "New"},
		),
		problems: []Problem{
			{0, "code", "is required", Invalid},
			{1, "code", `"a\u200bb" contains U+200B; codes have no spaces or invisible characters`, Invalid},
			{2, "code", "is 201 bytes long; at most 200 are allowed", Invalid},
			{3, "code", "is not valid UTF-8", Invalid},
			{4, "code", "\"e\u0301\" is not in Unicode normalisation form C; write it as \"\u00e9\"", Invalid},
		},
	},
	{
		name: "a code may hold what URIs do", framework: "other",
		edits: edits(CreateSkill{Code: "http://data.example.org/skill/a@1:2?x=#ü", Name: "New"}),
		want:  []string{"created skill http://data.example.org/skill/a@1:2?x=#ü Name=New Status=ACTIVE"},
	},
	{
		name:     "the code of a skill in use is taken",
		edits:    edits(CreateSkill{Code: "BAKE"}),
		problems: refused("code", `skill "BAKE" exists already; choose another code or update that one`),
	},
	{
		name:     "the code of a retired skill is not reused",
		edits:    edits(CreateSkill{Code: "OLD"}),
		problems: refused("code", `skill "OLD" is retired and its code is not reused; restore it or choose another code`),
	},
	{
		name:     "lists are bounded before they are looked at",
		edits:    edits(CreateSkill{Code: "NEW", Name: "New", Synonyms: make([]string, 201), Levels: make([]LevelText, 21)}),
		problems: []Problem{{0, "levels", "there are 21; at most 20 are allowed", Invalid}, {0, "synonyms", "there are 201; at most 200 are allowed", Invalid}},
	},
	{
		name: "edits that follow a refused creation do not fail for it",
		edits: edits(
			CreateSkill{Code: "NEW", Name: ""}, UpdateSkill{Code: "NEW", Guidance: Some("G")}, DefineSkillLevel{Skill: "NEW", Level: 1},
			Relate{From: "NEW", Type: Related, To: "BAKE"}, Require{Role: "chef", Skill: "NEW"}, MoveSkill{Code: "NEW", Category: Some("nope")},
		),
		problems: []Problem{
			{0, "name", "is required", Invalid}, {5, "category", `there is no category "nope" in framework demo`, Invalid},
		},
	},
	{
		name:  "fields of a skill are set and cleared",
		edits: edits(UpdateSkill{Code: "BAKE", Name: Some("Bread"), Description: Some(""), Guidance: Some("G"), Synonyms: Some[[]string](nil), URL: Some("http://example.org")}),
		want:  []string{"updated skill BAKE Name=Bread Description= Guidance=G Synonyms=[] URL=http://example.org"},
	},
	{
		name:  "what is absent is left alone",
		edits: edits(UpdateSkill{Code: "BAKE"}),
	},
	{
		name:  "setting what is set already changes nothing",
		edits: edits(UpdateSkill{Code: "BAKE", Name: Some(" Baking "), Synonyms: Some([]string{"Breadmaking", "Breadmaking"})}, MoveSkill{Code: "BAKE", Category: Some("sub"), Position: Some(0)}),
	},
	{
		name:  "what one edit does and another undoes changes nothing",
		edits: edits(UpdateSkill{Code: "BAKE", Name: Some("Bread")}, UpdateSkill{Code: "BAKE", Name: Some("Baking")}),
	},
	{
		name:  "an updated skill is checked",
		edits: edits(UpdateSkill{Code: "BAKE", Name: Some(""), Description: Some("a\xff"), Guidance: Some("<!-- x -->"), Synonyms: Some([]string{"<i>"}), URL: Some("http://")}),
		problems: []Problem{
			{0, "name", "is required", Invalid},
			{0, "description", "is not valid UTF-8; save the text as UTF-8", Invalid},
			{0, "guidance", "contains HTML (<!--); texts are Markdown without HTML: put code in `backticks`, and a space after a < that is none", Invalid},
			{0, "synonyms.0", "contains HTML (<i>); texts are Markdown without HTML: put code in `backticks`, and a space after a < that is none", Invalid},
			{0, "url", `"http://" is not an absolute http or https URL`, Invalid},
		},
	},
	{
		name:     "an unknown skill is not updated",
		edits:    edits(UpdateSkill{Code: "NOPE"}),
		problems: refused("code", `there is no skill "NOPE" in framework demo`),
	},
	{
		name:  "a skill is moved and taken out of its category",
		edits: edits(MoveSkill{Code: "MIX", Category: Some("top")}, MoveSkill{Code: "BAKE", Category: Some(""), Position: Some(7)}),
		want:  []string{"updated skill BAKE Category= Position=7", "updated skill MIX Category=top"},
	},
	{
		name:  "a retired skill in a retired category is given another position",
		edits: edits(MoveSkill{Code: "OLD", Position: Some(7)}),
		want:  []string{"updated skill OLD Position=7"},
	},
	{
		name:  "the place of a moved skill is checked",
		edits: edits(MoveSkill{Code: "MIX", Category: Some("nope"), Position: Some(1_000_001)}, MoveSkill{Code: "BAKE", Category: Some("oldc")}, MoveSkill{Code: "NOPE"}),
		problems: []Problem{
			{0, "category", `there is no category "nope" in framework demo`, Invalid},
			{0, "position", "1000001 is not between 0 and 1000000", Invalid},
			{1, "category", "category oldc is retired; choose an active one", Invalid},
			{2, "code", `there is no skill "NOPE" in framework demo`, Invalid},
		},
	},
	{
		name:  "a skill is retired and keeps its relations and roles",
		edits: edits(RetireSkill{Code: "BAKE"}),
		want:  []string{"updated skill BAKE Status=RETIRED"},
	},
	{
		name:  "a skill is retired and replaced",
		edits: edits(RetireSkill{Code: "BAKE", ReplacedBy: []string{"MIX", "SERVE", "MIX"}}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"created relation BAKE REPLACED_BY MIX From=BAKE Type=REPLACED_BY To=MIX",
			"created relation BAKE REPLACED_BY SERVE From=BAKE Type=REPLACED_BY To=SERVE",
		},
	},
	{
		name: "a retired skill is retired again in favour of the same ones only",
		edits: edits(RetireSkill{Code: "BAKE", ReplacedBy: []string{"MIX", "SERVE"}}, RetireSkill{Code: "BAKE"}, RetireSkill{Code: "BAKE", ReplacedBy: []string{"SERVE", "MIX"}},
			RetireSkill{Code: "BAKE", ReplacedBy: []string{"MIX"}}, RetireSkill{Code: "OLD", ReplacedBy: []string{"MIX"}}),
		problems: []Problem{
			{3, "replacedBy", "skill BAKE is retired already, without these in its place; restore it first", Invalid},
			{4, "replacedBy", "skill OLD is retired already, without these in its place; restore it first", Invalid},
		},
	},
	{
		name:  "what is retired is retired again to no effect",
		edits: edits(RetireSkill{Code: "OLD"}, RetireAttribute{Code: "OLDA"}, RetireCategory{Code: "oldc"}, RetireRoleGroup{Code: "oldg"}, RetireRole{Code: "oldr"}, RetireSkill{Code: "OLD"}),
	},
	{
		name: "successors of skills and categories are bounded",
		edits: edits(SplitCategory{Code: "sub", Into: make([]string, 101)}, SplitSkill{Code: "BAKE", Into: make([]string, 101)},
			RetireSkill{Code: "BAKE", ReplacedBy: make([]string, 101)}),
		problems: []Problem{
			{0, "into", "there are 101; at most 100 are allowed", Invalid},
			{1, "into", "there are 101; at most 100 are allowed", Invalid},
			{2, "replacedBy", "there are 101; at most 100 are allowed", Invalid},
		},
	},
	{
		name:  "what replaces a retired skill is checked",
		edits: edits(RetireSkill{Code: "BAKE", ReplacedBy: []string{"NOPE"}}, RetireSkill{Code: "MIX", ReplacedBy: []string{"OLD", "MIX", ""}}),
		problems: []Problem{
			{0, "replacedBy.0", `there is no skill "NOPE" in framework demo`, Invalid},
			{1, "replacedBy.0", "skill OLD is retired and cannot take another's place", Invalid},
			{1, "replacedBy.1", "a skill cannot be related to itself", Invalid},
			{1, "replacedBy.2", "is required", Invalid},
		},
	},
	{
		name:     "an unknown skill is not retired",
		edits:    edits(RetireSkill{Code: "NOPE", ReplacedBy: []string{"MIX"}}),
		problems: refused("code", `there is no skill "NOPE" in framework demo`),
	},
	{
		name:  "a restored skill has no successors any more",
		edits: edits(RetireSkill{Code: "BAKE", ReplacedBy: []string{"MIX"}}, RestoreSkill{Code: "BAKE"}),
	},
	{
		name:  "a restored skill is still the successor of others",
		edits: edits(RetireSkill{Code: "BAKE", ReplacedBy: []string{"MIX"}}, RetireSkill{Code: "MIX"}, RestoreSkill{Code: "MIX"}),
		want:  []string{"updated skill BAKE Status=RETIRED", "created relation BAKE REPLACED_BY MIX From=BAKE Type=REPLACED_BY To=MIX"},
	},
	{
		name:     "a skill is not restored in a retired category",
		edits:    edits(RestoreSkill{Code: "OLD"}),
		problems: refused("code", "category oldc is retired; move OLD to an active one first"),
	},
	{
		name:  "a skill is moved and restored",
		edits: edits(MoveSkill{Code: "OLD", Category: Some("")}, RestoreSkill{Code: "OLD"}),
		want:  []string{"updated skill OLD Category= Status=ACTIVE"},
	},
	{
		name:     "an unknown skill is not restored",
		edits:    edits(RestoreSkill{Code: "NOPE"}),
		problems: refused("code", `there is no skill "NOPE" in framework demo`),
	},
	{
		name:  "merged skills hand over their relations and roles",
		edits: edits(Relate{From: "SERVE", Type: Related, To: "TASTE", Note: "Mine."}, Relate{From: "BAKE", Type: Related, To: "SERVE"}, MergeSkills{Codes: []string{"BAKE", "MIX"}, Into: "SERVE"}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"updated skill MIX Status=RETIRED",
			"created relation BAKE MERGED_INTO SERVE From=BAKE Type=MERGED_INTO To=SERVE",
			"removed relation BAKE PREREQUISITE MIX",
			"removed relation BAKE RELATED TASTE",
			"created relation MIX MERGED_INTO SERVE From=MIX Type=MERGED_INTO To=SERVE",
			"created relation SERVE RELATED TASTE From=SERVE Type=RELATED To=TASTE Note=Mine.",
			"updated role baker Requirements=[{SERVE 2 ESSENTIAL 0.5}]",
		},
	},
	{
		name:  "the relation between merged skills goes, others turn round to their stored form",
		edits: edits(Relate{From: "BAKE", Type: PrerequisiteFor, To: "SERVE"}, MergeSkills{Codes: []string{"TASTE"}, Into: "BAKE"}),
		want: []string{
			"updated skill TASTE Status=RETIRED",
			"removed relation BAKE RELATED TASTE",
			"created relation SERVE PREREQUISITE BAKE From=SERVE Type=PREREQUISITE To=BAKE",
			"created relation TASTE MERGED_INTO BAKE From=TASTE Type=MERGED_INTO To=BAKE",
			"updated role chef Requirements=[{BAKE 2 ESSENTIAL 0}]",
		},
	},
	{
		name:  "a symmetric relation is handed over in its stored direction",
		edits: edits(MergeSkills{Codes: []string{"BAKE"}, Into: "SERVE"}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"created relation BAKE MERGED_INTO SERVE From=BAKE Type=MERGED_INTO To=SERVE",
			"removed relation BAKE PREREQUISITE MIX",
			"removed relation BAKE RELATED TASTE",
			"created relation SERVE PREREQUISITE MIX From=SERVE Type=PREREQUISITE To=MIX Note=First mix.",
			"created relation SERVE RELATED TASTE From=SERVE Type=RELATED To=TASTE",
			"updated role baker Requirements=[{MIX 0 OPTIONAL 0.5} {SERVE 2 ESSENTIAL 0}]",
		},
	},
	{
		name:  "a symmetric relation whose end moves past the other turns round",
		edits: edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}, Relate{From: "BAKE", Type: Complementary, To: "MIX"}, MergeSkills{Codes: []string{"BAKE"}, Into: "SERVE"}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"created relation BAKE MERGED_INTO SERVE From=BAKE Type=MERGED_INTO To=SERVE",
			"removed relation BAKE PREREQUISITE MIX",
			"removed relation BAKE RELATED TASTE",
			"created relation MIX COMPLEMENTARY SERVE From=MIX Type=COMPLEMENTARY To=SERVE",
			"created relation SERVE RELATED TASTE From=SERVE Type=RELATED To=TASTE",
			"updated role baker Requirements=[{MIX 0 OPTIONAL 0.5} {SERVE 2 ESSENTIAL 0}]",
		},
	},
	{
		name:  "what a merged skill took the place of stays as it was",
		edits: edits(RetireSkill{Code: "MIX", ReplacedBy: []string{"SERVE"}}, MergeSkills{Codes: []string{"SERVE"}, Into: "TASTE"}),
		want: []string{
			"updated skill MIX Status=RETIRED",
			"updated skill SERVE Status=RETIRED",
			"created relation MIX REPLACED_BY SERVE From=MIX Type=REPLACED_BY To=SERVE",
			"created relation SERVE MERGED_INTO TASTE From=SERVE Type=MERGED_INTO To=TASTE",
		},
	},
	{
		name:  "a relation that was removed is not handed over",
		edits: edits(Relate{From: "SERVE", Type: Related, To: "MIX"}, Unrelate{From: "SERVE", Type: Related, To: "MIX"}, MergeSkills{Codes: []string{"SERVE"}, Into: "TASTE"}),
		want: []string{
			"updated skill SERVE Status=RETIRED",
			"created relation SERVE MERGED_INTO TASTE From=SERVE Type=MERGED_INTO To=TASTE",
		},
	},
	{
		name: "matches with another framework are handed over", framework: "demo",
		edits: edits(Relate{From: "BAKE", Type: CloseMatch, ToFramework: "other", To: "COOK"}, MergeSkills{Codes: []string{"BAKE"}, Into: "MIX"}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"created relation BAKE MERGED_INTO MIX From=BAKE Type=MERGED_INTO To=MIX",
			"removed relation BAKE PREREQUISITE MIX",
			"removed relation BAKE RELATED TASTE",
			"created relation MIX CLOSE_MATCH other COOK From=MIX Type=CLOSE_MATCH ToFramework=other To=COOK",
			"created relation MIX RELATED TASTE From=MIX Type=RELATED To=TASTE",
			"updated role baker Requirements=[{MIX 2 ESSENTIAL 0.5}]",
		},
	},
	{
		name: "a role that requires several merged skills asks for the most of each",
		edits: edits(Require{Role: "baker", Skill: "BAKE", Level: 4, Importance: Optional, Weight: 0.25}, Require{Role: "baker", Skill: "MIX", Level: 1, Importance: Optional, Weight: 0.75},
			Require{Role: "baker", Skill: "SERVE", Level: 2}, MergeSkills{Codes: []string{"BAKE", "MIX"}, Into: "SERVE"}),
		want: []string{
			"updated skill BAKE Status=RETIRED",
			"updated skill MIX Status=RETIRED",
			"created relation BAKE MERGED_INTO SERVE From=BAKE Type=MERGED_INTO To=SERVE",
			"removed relation BAKE PREREQUISITE MIX",
			"removed relation BAKE RELATED TASTE",
			"created relation MIX MERGED_INTO SERVE From=MIX Type=MERGED_INTO To=SERVE",
			"created relation SERVE RELATED TASTE From=SERVE Type=RELATED To=TASTE",
			"updated role baker Requirements=[{SERVE 4 ESSENTIAL 0.75}]",
		},
	},
	{
		name: "a relation that would contradict one of the other's is not handed over",
		edits: edits(Relate{From: "TASTE", Type: Broader, To: "SERVE"}, Relate{From: "MIX", Type: Broader, To: "TASTE"},
			MergeSkills{Codes: []string{"MIX"}, Into: "SERVE"}),
		want: []string{
			"updated skill MIX Status=RETIRED",
			"removed relation BAKE PREREQUISITE MIX",
			"created relation BAKE PREREQUISITE SERVE From=BAKE Type=PREREQUISITE To=SERVE Note=First mix.",
			"created relation MIX MERGED_INTO SERVE From=MIX Type=MERGED_INTO To=SERVE",
			"created relation TASTE BROADER SERVE From=TASTE Type=BROADER To=SERVE",
			"updated role baker Requirements=[{BAKE 2 ESSENTIAL 0} {SERVE 0 OPTIONAL 0.5}]",
		},
	},
	{
		name:  "a match is not handed over where the other framework states it",
		edits: edits(Relate{From: "SERVE", Type: ExactMatch, ToFramework: "other", To: "COOK"}, MergeSkills{Codes: []string{"SERVE"}, Into: "TASTE"}),
		want: []string{
			"updated skill SERVE Status=RETIRED",
			"created relation SERVE MERGED_INTO TASTE From=SERVE Type=MERGED_INTO To=TASTE",
		},
	},
	{
		name:  "the skills of a merge are checked",
		edits: edits(MergeSkills{}, MergeSkills{Codes: []string{"BAKE", "BAKE", "OLD", "NOPE"}, Into: "BAKE"}, MergeSkills{Codes: []string{"BAKE"}, Into: "OLD"}, MergeSkills{Codes: []string{"BAKE"}, Into: "NOPE"}),
		problems: []Problem{
			{0, "codes", "is required", Invalid},
			{0, "into", "is required", Invalid},
			{1, "codes.1", "BAKE is given twice", Invalid},
			{1, "codes.2", "skill OLD is retired already", Invalid},
			{1, "codes.3", `there is no skill "NOPE" in framework demo`, Invalid},
			{1, "into", "skill BAKE cannot take its own place", Invalid},
			{2, "into", "skill OLD is retired and cannot take another's place", Invalid},
			{3, "into", `there is no skill "NOPE" in framework demo`, Invalid},
		},
	},
	{
		name:  "a skill is split",
		edits: edits(SplitSkill{Code: "SERVE", Into: []string{"BAKE", "MIX"}}),
		want: []string{
			"updated skill SERVE Status=RETIRED",
			"created relation SERVE SPLIT_INTO BAKE From=SERVE Type=SPLIT_INTO To=BAKE",
			"created relation SERVE SPLIT_INTO MIX From=SERVE Type=SPLIT_INTO To=MIX",
		},
	},
	{
		name:  "the skills of a split are checked",
		edits: edits(SplitSkill{Code: "NOPE"}, SplitSkill{Code: "OLD", Into: []string{"BAKE", "BAKE", "OLD", "NOPE"}}, SplitSkill{Code: "BAKE", Into: []string{"BAKE"}}),
		problems: []Problem{
			{0, "into", "is required", Invalid},
			{0, "code", `there is no skill "NOPE" in framework demo`, Invalid},
			{1, "code", "skill OLD is retired already", Invalid},
			{1, "into.1", "BAKE is given twice", Invalid},
			{1, "into.2", "skill OLD is retired and cannot take another's place", Invalid},
			{1, "into.3", `there is no skill "NOPE" in framework demo`, Invalid},
			{2, "into.0", "skill BAKE cannot take its own place", Invalid},
		},
	},
	{
		name:  "a skill is described at levels",
		edits: edits(DefineSkillLevel{Skill: "BAKE", Level: 2, Description: "Bakes alone."}, DefineSkillLevel{Skill: "BAKE", Level: 4, Description: "Leads."}, DefineSkillLevel{Skill: "MIX", Level: 1}),
		want:  []string{"updated skill BAKE Levels=[{1 Bakes as told.} {2 Bakes alone.} {4 Leads.}]", "updated skill MIX Levels=[{1 }]"},
	},
	{
		name:  "a skill's level, its text and the skill are all checked",
		edits: edits(DefineSkillLevel{Skill: "NOPE", Level: 3, Description: long}),
		problems: []Problem{
			{0, "level", "framework demo has no level 3", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "skill", `there is no skill "NOPE" in framework demo`, Invalid},
		},
	},
	{
		name:  "a level is removed from a skill",
		edits: edits(RemoveSkillLevel{Skill: "BAKE", Level: 1}),
		want:  []string{"updated skill BAKE Levels=[{2 Bakes with help.}]"},
	},
	{
		name:  "a level a skill does not have is not removed",
		edits: edits(RemoveSkillLevel{Skill: "BAKE", Level: 4}, RemoveSkillLevel{Skill: "NOPE", Level: 1}),
		problems: []Problem{
			{0, "level", "skill BAKE has no level 4", Invalid},
			{1, "skill", `there is no skill "NOPE" in framework demo`, Invalid},
		},
	},
}

var relationCases = []editCase{
	{
		name: "relations that contradict one another are refused",
		edits: edits(Relate{From: "MIX", Type: Prerequisite, To: "BAKE"}, Relate{From: "BAKE", Type: PrerequisiteFor, To: "MIX"},
			Relate{From: "BAKE", Type: Broader, To: "MIX"}, Relate{From: "BAKE", Type: Narrower, To: "MIX"},
			Relate{From: "MIX", Type: ReplacedBy, To: "BAKE"}, Relate{From: "BAKE", Type: MergedInto, To: "MIX"}, Relate{From: "MIX", Type: SplitFrom, To: "BAKE"}),
		problems: []Problem{
			{0, "", "relation MIX PREREQUISITE BAKE contradicts relation BAKE PREREQUISITE MIX; remove that one first", Invalid},
			{1, "", "relation MIX PREREQUISITE BAKE contradicts relation BAKE PREREQUISITE MIX; remove that one first", Invalid},
			{3, "", "relation MIX BROADER BAKE contradicts relation BAKE BROADER MIX; remove that one first", Invalid},
			{5, "", "relation BAKE MERGED_INTO MIX contradicts relation MIX REPLACED_BY BAKE; remove that one first", Invalid},
			{6, "", "relation BAKE SPLIT_INTO MIX contradicts relation MIX REPLACED_BY BAKE; remove that one first", Invalid},
		},
	},
	{
		name: "relations that look alike do not contradict one another",
		edits: edits(Relate{From: "MIX", Type: Broader, To: "BAKE"}, Relate{From: "MIX", Type: EssentialFor, To: "BAKE"}, Relate{From: "BAKE", Type: OptionalFor, To: "MIX"},
			Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}, Relate{From: "MIX", Type: Prerequisite, To: "BAKE"}),
		want: []string{
			"created relation BAKE OPTIONAL_FOR MIX From=BAKE Type=OPTIONAL_FOR To=MIX",
			"removed relation BAKE PREREQUISITE MIX",
			"created relation MIX BROADER BAKE From=MIX Type=BROADER To=BAKE",
			"created relation MIX ESSENTIAL_FOR BAKE From=MIX Type=ESSENTIAL_FOR To=BAKE",
			"created relation MIX PREREQUISITE BAKE From=MIX Type=PREREQUISITE To=BAKE",
		},
	},
	{
		name:  "a relation is stated",
		edits: edits(Relate{From: "SERVE", Type: Prerequisite, To: "TASTE", Note: " Taste\r\nfirst. "}),
		want:  []string{"created relation SERVE PREREQUISITE TASTE From=SERVE Type=PREREQUISITE To=TASTE Note=Taste\nfirst."},
	},
	{
		name:  "a relation stated under its inverse is stored the other way round",
		edits: edits(Relate{From: "SERVE", Type: Narrower, To: "TASTE"}, Relate{From: "SERVE", Type: HasEssential, To: "BAKE"}),
		want: []string{
			"created relation BAKE ESSENTIAL_FOR SERVE From=BAKE Type=ESSENTIAL_FOR To=SERVE",
			"created relation TASTE BROADER SERVE From=TASTE Type=BROADER To=SERVE",
		},
	},
	{
		name:  "a symmetric relation is stored from the end that sorts first",
		edits: edits(Relate{From: "SERVE", Type: Complementary, To: "BAKE"}),
		want:  []string{"created relation BAKE COMPLEMENTARY SERVE From=BAKE Type=COMPLEMENTARY To=SERVE"},
	},
	{
		name: "a relation is stated once, from whichever end",
		edits: edits(
			Relate{From: "TASTE", Type: Related, To: "BAKE"}, Relate{From: "MIX", Type: PrerequisiteFor, To: "BAKE"},
			Relate{From: "SERVE", Type: Broader, To: "MIX"}, Relate{From: "MIX", Type: Narrower, To: "SERVE"},
		),
		problems: []Problem{
			{0, "", "relation BAKE RELATED TASTE is stated already", Invalid},
			{1, "", "relation BAKE PREREQUISITE MIX is stated already", Invalid},
			{3, "", "relation SERVE BROADER MIX is stated already", Invalid},
		},
	},
	{
		name: "type, ends and note of a relation are checked",
		edits: edits(
			Relate{From: "BAKE", Type: "LIKES", To: "MIX"}, Relate{From: "BAKE", Type: Related, To: "BAKE"},
			Relate{From: "NOPE", Type: Related, To: ""}, Relate{From: "NOPE", Type: Narrower, To: "BAKE"},
			Relate{From: "OLD", Type: Related, To: "BAKE"}, Relate{From: "BAKE", Type: PrerequisiteFor, To: "OLD"},
			Relate{From: "BAKE", Type: Replaces, To: "OLD"}, Relate{From: "BAKE", Type: ReplacedBy, To: "OLD"},
			Relate{From: "SERVE", Type: Related, To: "MIX", Note: long},
		),
		problems: []Problem{
			{0, "type", `"LIKES" is not a type of relation`, Invalid},
			{1, "to", "a skill cannot be related to itself", Invalid},
			{2, "to", "is required", Invalid},
			{2, "from", `there is no skill "NOPE" in framework demo`, Invalid},
			{3, "from", `there is no skill "NOPE" in framework demo`, Invalid},
			{4, "from", "skill OLD is retired; restore it or relate its successor", Invalid},
			{5, "to", "skill OLD is retired; restore it or relate its successor", Invalid},
			{7, "to", "skill OLD is retired and cannot take another's place", Invalid},
			{8, "note", tooLongText, Invalid},
		},
	},
	{
		name:  "a skill of another framework is matched",
		edits: edits(Relate{From: "BAKE", Type: CloseMatch, ToFramework: "other", To: "COOK"}),
		want:  []string{"created relation BAKE CLOSE_MATCH other COOK From=BAKE Type=CLOSE_MATCH ToFramework=other To=COOK"},
	},
	{
		name:  "naming the framework itself is as good as naming none",
		edits: edits(Relate{From: "SERVE", Type: ExactMatch, ToFramework: "demo", To: "MIX"}),
		want:  []string{"created relation MIX EXACT_MATCH SERVE From=MIX Type=EXACT_MATCH To=SERVE"},
	},
	{
		name:  "a retired skill of another framework may be matched",
		edits: edits(Relate{From: "BAKE", Type: CloseMatch, ToFramework: "other", To: "GONE"}),
		want:  []string{"created relation BAKE CLOSE_MATCH other GONE From=BAKE Type=CLOSE_MATCH ToFramework=other To=GONE"},
	},
	{
		name: "matches across frameworks are checked",
		edits: edits(
			Relate{From: "BAKE", Type: Related, ToFramework: "other", To: "COOK"},
			Relate{From: "BAKE", Type: Narrower, ToFramework: "other", To: "COOK"},
			Relate{From: "BAKE", Type: ExactMatch, ToFramework: "nope", To: "COOK"},
			Relate{From: "BAKE", Type: ExactMatch, ToFramework: "other", To: "NOPE"},
			Relate{From: "NOPE", Type: ExactMatch, ToFramework: "other", To: "COOK"},
			Relate{From: "TASTE", Type: ExactMatch, ToFramework: "other", To: "COOK"},
			Relate{From: "TASTE", Type: CloseMatch, ToFramework: "other", To: "COOK"},
			Relate{From: "TASTE", Type: CloseMatch, ToFramework: "other", To: "COOK"},
		),
		problems: []Problem{
			{0, "type", "RELATED holds within one framework only; across frameworks use EXACT_MATCH or CLOSE_MATCH", Invalid},
			{1, "type", "NARROWER holds within one framework only; across frameworks use EXACT_MATCH or CLOSE_MATCH", Invalid},
			{2, "to", `framework "nope" has no skill "COOK"`, Invalid},
			{3, "to", `framework "other" has no skill "NOPE"`, Invalid},
			{4, "from", `there is no skill "NOPE" in framework demo`, Invalid},
			{5, "", "relation TASTE EXACT_MATCH other COOK is stated already, by framework other", Invalid},
			{7, "", "relation TASTE CLOSE_MATCH other COOK is stated already", Invalid},
		},
	},
	{
		name:  "a note is set, whichever end the relation is named from, and cleared",
		edits: edits(UpdateRelation{From: "TASTE", Type: Related, To: "BAKE", Note: Some("N")}, UpdateRelation{From: "MIX", Type: PrerequisiteFor, To: "BAKE", Note: Some("")}),
		want:  []string{"updated relation BAKE PREREQUISITE MIX Note=", "updated relation BAKE RELATED TASTE Note=N"},
	},
	{
		name:  "a relation and its note are checked",
		edits: edits(UpdateRelation{From: "BAKE", Type: "LIKES", To: "MIX"}, UpdateRelation{From: "BAKE", Type: Broader, To: "MIX"}, UpdateRelation{From: "BAKE", Type: Related, To: "TASTE", Note: Some(long)}, UpdateRelation{From: "TASTE", Type: ExactMatch, ToFramework: "other", To: "COOK"}),
		problems: []Problem{
			{0, "type", `"LIKES" is not a type of relation`, Invalid},
			{1, "", "relation BAKE BROADER MIX is not stated", Invalid},
			{2, "note", tooLongText, Invalid},
			{3, "", "relation TASTE EXACT_MATCH other COOK is not stated", Invalid},
		},
	},
	{
		name:  "relations are removed, whichever end they are named from",
		edits: edits(Unrelate{From: "TASTE", Type: Related, To: "BAKE"}, Unrelate{From: "MIX", Type: PrerequisiteFor, To: "BAKE"}),
		want:  []string{"removed relation BAKE PREREQUISITE MIX", "removed relation BAKE RELATED TASTE"},
	},
	{
		name: "a match is removed by the framework that states it", framework: "other",
		edits: edits(Unrelate{From: "COOK", Type: ExactMatch, ToFramework: "demo", To: "TASTE"}),
		want:  []string{"removed relation COOK EXACT_MATCH demo TASTE"},
	},
	{
		name:  "a relation removed and stated again has changed only in its note",
		edits: edits(Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}, Relate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
		want:  []string{"updated relation BAKE PREREQUISITE MIX Note="},
	},
	{
		name:  "a relation stated and removed leaves no trace",
		edits: edits(Relate{From: "BAKE", Type: Broader, To: "MIX"}, Unrelate{From: "BAKE", Type: Broader, To: "MIX"}),
	},
	{
		name:  "what is not stated is not removed",
		edits: edits(Unrelate{From: "BAKE", Type: "LIKES", To: "MIX"}, Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}, Unrelate{From: "BAKE", Type: Prerequisite, To: "MIX"}),
		problems: []Problem{
			{0, "type", `"LIKES" is not a type of relation`, Invalid},
			{2, "", "relation BAKE PREREQUISITE MIX is not stated", Invalid},
		},
	},
}

var groupCases = []editCase{
	{
		name:  "a role group is created",
		edits: edits(CreateRoleGroup{Code: "new", Name: "New", Description: "D", Parent: "kitchen", Position: 1}),
		want:  []string{"created role_group new Name=New Description=D Parent=kitchen Position=1 Status=ACTIVE"},
	},
	{
		name:  "every field of a new role group is checked",
		edits: edits(CreateRoleGroup{Code: "a\tb", Description: long, Parent: "nope", Position: -1}),
		problems: []Problem{
			{0, "code", `"a\tb" contains U+0009; codes have no spaces or invisible characters`, Invalid},
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "position", "-1 is not between 0 and 1000000", Invalid},
			{0, "parent", `there is no role group "nope" in framework demo`, Invalid},
		},
	},
	{
		name:  "the codes of role groups, retired ones too, are taken",
		edits: edits(CreateRoleGroup{Code: "staff"}, CreateRoleGroup{Code: "oldg"}),
		problems: []Problem{
			{0, "code", `role group "staff" exists already; choose another code or update that one`, Invalid},
			{1, "code", `role group "oldg" is retired and its code is not reused; restore it or choose another code`, Invalid},
		},
	},
	{
		name:     "the tree of role groups has at most 20 levels",
		edits:    chain(21, deepGroup),
		problems: []Problem{{20, "parent", "role group deep21 would make the tree more than 20 levels deep", Invalid}},
	},
	{
		name:  "fields of a role group are set and cleared",
		edits: edits(UpdateRoleGroup{Code: "staff", Name: Some("Crew"), Description: Some("D")}, UpdateRoleGroup{Code: "staff", Description: Some("")}),
		want:  []string{"updated role_group staff Name=Crew"},
	},
	{
		name:     "an updated role group is checked",
		edits:    edits(UpdateRoleGroup{Code: "staff", Name: Some(""), Description: Some(long)}, UpdateRoleGroup{Code: "nope"}),
		problems: []Problem{{0, "name", "is required", Invalid}, {0, "description", tooLongText, Invalid}, {1, "code", `there is no role group "nope" in framework demo`, Invalid}},
	},
	{
		name:  "a role group is moved",
		edits: edits(MoveRoleGroup{Code: "kitchen", Parent: Some(""), Position: Some(2)}),
		want:  []string{"updated role_group kitchen Parent= Position=2"},
	},
	{
		name:  "the place of a role group is checked",
		edits: edits(MoveRoleGroup{Code: "staff", Parent: Some("kitchen")}, MoveRoleGroup{Code: "kitchen", Parent: Some("oldg"), Position: Some(-1)}, MoveRoleGroup{Code: "nope"}),
		problems: []Problem{
			{0, "parent", "role group staff would be above itself", Invalid},
			{1, "parent", "role group oldg is retired; choose an active one", Invalid},
			{1, "position", "-1 is not between 0 and 1000000", Invalid},
			{2, "code", `there is no role group "nope" in framework demo`, Invalid},
		},
	},
	{
		name:     "a role group is not moved where what it holds would be too deep",
		edits:    append(chain(19, deepGroup), MoveRoleGroup{Code: "staff", Parent: Some("deep19")}),
		problems: []Problem{{19, "parent", "role group staff would make the tree more than 20 levels deep", Invalid}},
	},
	{
		name:  "an empty role group is retired",
		edits: edits(MoveRole{Code: "baker", Group: Some("")}, RetireRoleGroup{Code: "kitchen"}),
		want:  []string{"updated role_group kitchen Status=RETIRED", "updated role baker Group="},
	},
	{
		name:  "a role group that holds roles or groups is not retired",
		edits: edits(RetireRoleGroup{Code: "kitchen"}, RetireRoleGroup{Code: "nope"}, MoveRole{Code: "baker", Group: Some("staff")}, RestoreRoleGroup{Code: "kitchen"}, RetireRoleGroup{Code: "staff"}),
		problems: []Problem{
			{0, "code", "role group kitchen still holds baker; move or retire them first", Invalid},
			{1, "code", `there is no role group "nope" in framework demo`, Invalid},
			{4, "code", "role group staff still holds baker, kitchen; move or retire them first", Invalid},
		},
	},
	{
		name:  "a role group is restored",
		edits: edits(RestoreRoleGroup{Code: "oldg"}),
		want:  []string{"updated role_group oldg Status=ACTIVE"},
	},
	{
		name:  "a role group is not restored in a retired one",
		edits: edits(RestoreRoleGroup{Code: "nope"}, MoveRole{Code: "baker", Group: Some("")}, RetireRoleGroup{Code: "kitchen"}, RetireRoleGroup{Code: "staff"}, RestoreRoleGroup{Code: "kitchen"}),
		problems: []Problem{
			{0, "code", `there is no role group "nope" in framework demo`, Invalid},
			{4, "code", "role group staff is retired; move kitchen to an active one first", Invalid},
		},
	},
}

var roleCases = []editCase{
	{
		name: "a role is created",
		edits: edits(CreateRole{Code: "new", Name: "New", Description: "D", Group: "staff", RoleKind: "Manager", Seniority: 2, Requirements: []Requirement{
			{Skill: "TASTE"}, {Skill: "BAKE", Level: 4, Importance: Optional, Weight: 1},
		}}),
		want: []string{"created role new Name=New Description=D Group=staff RoleKind=Manager Seniority=2 Status=ACTIVE " +
			"Requirements=[{BAKE 4 OPTIONAL 1} {TASTE 0 ESSENTIAL 0}]"},
	},
	{
		name: "every field of a new role is checked",
		edits: edits(CreateRole{Code: "a\u00a0b", Description: long, Group: "nope", RoleKind: title, Seniority: -1, Requirements: []Requirement{
			{Skill: "NOPE", Level: 3, Importance: "HIGH", Weight: 2}, {Skill: "BAKE"}, {Skill: "BAKE"}, {Skill: "OLD", Weight: -1},
		}}),
		problems: []Problem{
			{0, "code", `"a\u00a0b" contains U+00A0; codes have no spaces or invisible characters`, Invalid},
			{0, "requirements.0.skill", `there is no skill "NOPE" in framework demo`, Invalid},
			{0, "requirements.0.level", "framework demo has no level 3", Invalid},
			{0, "requirements.0.importance", `"HIGH" is not an importance; use ESSENTIAL or OPTIONAL`, Invalid},
			{0, "requirements.0.weight", "2 is not between 0 and 1", Invalid},
			{0, "requirements.2.skill", "skill BAKE is required twice", Invalid},
			{0, "requirements.3.skill", "skill OLD is retired; require its successor", Invalid},
			{0, "requirements.3.weight", "-1 is not between 0 and 1", Invalid},
			{0, "name", "is required", Invalid},
			{0, "description", tooLongText, Invalid},
			{0, "kind", tooLong, Invalid},
			{0, "seniority", "-1 is not between 0 and 1000000", Invalid},
			{0, "group", `there is no role group "nope" in framework demo`, Invalid},
		},
	},
	{
		name:     "a role has at most 1000 requirements",
		edits:    edits(CreateRole{Code: "new", Name: "New", Requirements: make([]Requirement, 1001)}),
		problems: refused("requirements", "there are 1001; at most 1000 are allowed"),
	},
	{
		name:     "a role is not created in a retired group",
		edits:    edits(CreateRole{Code: "new", Name: "New", Group: "oldg"}),
		problems: refused("group", "role group oldg is retired; choose an active one"),
	},
	{
		name:  "the codes of roles, retired ones too, are taken",
		edits: edits(CreateRole{Code: "chef"}, CreateRole{Code: "oldr"}),
		problems: []Problem{
			{0, "code", `role "chef" exists already; choose another code or update that one`, Invalid},
			{1, "code", `role "oldr" is retired and its code is not reused; restore it or choose another code`, Invalid},
		},
	},
	{
		name:  "fields of a role are set and cleared",
		edits: edits(UpdateRole{Code: "chef", Name: Some("Head"), Description: Some("D"), RoleKind: Some("K")}, UpdateRole{Code: "chef", Description: Some("")}),
		want:  []string{"updated role chef Name=Head RoleKind=K"},
	},
	{
		name:  "an updated role is checked",
		edits: edits(UpdateRole{Code: "nope"}, UpdateRole{Code: "chef", Name: Some(""), Description: Some(long), RoleKind: Some(title)}),
		problems: []Problem{
			{0, "code", `there is no role "nope" in framework demo`, Invalid},
			{1, "name", "is required", Invalid}, {1, "description", tooLongText, Invalid}, {1, "kind", tooLong, Invalid},
		},
	},
	{
		name:  "a role is moved and taken out of its group",
		edits: edits(MoveRole{Code: "chef", Group: Some("kitchen"), Seniority: Some(2)}, MoveRole{Code: "baker", Group: Some(""), Seniority: Some(0)}),
		want:  []string{"updated role baker Group= Seniority=0", "updated role chef Group=kitchen Seniority=2"},
	},
	{
		name:  "the place of a role is checked",
		edits: edits(MoveRole{Code: "chef", Group: Some("nope"), Seniority: Some(-1)}, MoveRole{Code: "baker", Group: Some("oldg")}, MoveRole{Code: "nope"}),
		problems: []Problem{
			{0, "group", `there is no role group "nope" in framework demo`, Invalid},
			{0, "seniority", "-1 is not between 0 and 1000000", Invalid},
			{1, "group", "role group oldg is retired; choose an active one", Invalid},
			{2, "code", `there is no role "nope" in framework demo`, Invalid},
		},
	},
	{
		name:  "a role is retired, another replaced",
		edits: edits(RetireRole{Code: "baker"}, CreateRole{Code: "new", Name: "New"}, RetireRole{Code: "chef", ReplacedBy: []string{"new"}}),
		want:  []string{"updated role baker Status=RETIRED", "updated role chef Status=RETIRED Successors=[new]", "created role new Name=New Status=ACTIVE"},
	},
	{
		name:  "retiring again what was replaced leaves its successors",
		edits: edits(RetireRole{Code: "baker", ReplacedBy: []string{"chef"}}, RetireRole{Code: "baker"}),
		want:  []string{"updated role baker Status=RETIRED Successors=[chef]"},
	},
	{
		name: "a retired role is retired again in favour of the same ones only",
		edits: edits(RetireRole{Code: "baker", ReplacedBy: []string{"chef"}}, RetireRole{Code: "baker", ReplacedBy: []string{"chef", "chef"}},
			RetireRole{Code: "baker", ReplacedBy: []string{"oldr"}}, RetireRole{Code: "oldr", ReplacedBy: []string{"chef"}}),
		problems: []Problem{
			{2, "replacedBy", "role baker is retired already, without these in its place; restore it first", Invalid},
			{3, "replacedBy", "role oldr is retired already, without these in its place; restore it first", Invalid},
		},
	},
	{
		name:  "successors of roles are bounded",
		edits: edits(RetireRole{Code: "baker", ReplacedBy: make([]string, 101)}, SplitRole{Code: "baker", Into: make([]string, 101)}),
		problems: []Problem{
			{0, "replacedBy", "there are 101; at most 100 are allowed", Invalid},
			{1, "into", "there are 101; at most 100 are allowed", Invalid},
		},
	},
	{
		name:  "a role and what replaces it are checked",
		edits: edits(RetireRole{Code: "nope"}, RetireRole{Code: "nope", ReplacedBy: []string{"oldr", "chef", "chef"}}, RetireRole{Code: "chef", ReplacedBy: []string{"chef"}}),
		problems: []Problem{
			{0, "code", `there is no role "nope" in framework demo`, Invalid},
			{1, "code", `there is no role "nope" in framework demo`, Invalid},
			{1, "replacedBy.0", "role oldr is retired and cannot take another's place", Invalid},
			{1, "replacedBy.2", "chef is given twice", Invalid},
			{2, "replacedBy.0", "role chef cannot take its own place", Invalid},
		},
	},
	{
		name:  "a role is restored and has no successors any more",
		edits: edits(RetireRole{Code: "chef", ReplacedBy: []string{"baker"}}, RestoreRole{Code: "chef"}, RestoreRole{Code: "oldr"}),
		want:  []string{"updated role oldr Status=ACTIVE"},
	},
	{
		name:  "a role is not restored in a retired group",
		edits: edits(RetireRole{Code: "baker"}, RetireRoleGroup{Code: "kitchen"}, RestoreRole{Code: "baker"}, RestoreRole{Code: "nope"}),
		problems: []Problem{
			{2, "code", "role group kitchen is retired; move baker to an active one first", Invalid},
			{3, "code", `there is no role "nope" in framework demo`, Invalid},
		},
	},
	{
		name:  "merged roles hand over their requirements",
		edits: edits(Require{Role: "chef", Skill: "BAKE", Level: 4}, MergeRoles{Codes: []string{"baker"}, Into: "chef"}),
		want: []string{
			"updated role baker Status=RETIRED Successors=[chef]",
			"updated role chef Requirements=[{BAKE 4 ESSENTIAL 0} {MIX 0 OPTIONAL 0.5} {TASTE 2 ESSENTIAL 0}]",
		},
	},
	{
		name: "of a skill that merged roles require the most is asked",
		edits: edits(Require{Role: "chef", Skill: "BAKE", Level: 1, Importance: Optional, Weight: 0.5}, Require{Role: "chef", Skill: "MIX", Level: 4, Weight: 0.25},
			MergeRoles{Codes: []string{"baker"}, Into: "chef"}),
		want: []string{
			"updated role baker Status=RETIRED Successors=[chef]",
			"updated role chef Requirements=[{BAKE 2 ESSENTIAL 0.5} {MIX 4 ESSENTIAL 0.5} {TASTE 2 ESSENTIAL 0}]",
		},
	},
	{
		name:  "the roles of a merge are checked",
		edits: edits(MergeRoles{}, MergeRoles{Codes: []string{"chef", "chef", "oldr", "nope"}, Into: "chef"}, MergeRoles{Codes: []string{"chef"}, Into: "oldr"}),
		problems: []Problem{
			{0, "codes", "is required", Invalid},
			{0, "into", "is required", Invalid},
			{1, "codes.1", "chef is given twice", Invalid},
			{1, "codes.2", "role oldr is retired already", Invalid},
			{1, "codes.3", `there is no role "nope" in framework demo`, Invalid},
			{1, "into", "role chef cannot take its own place", Invalid},
			{2, "into", "role oldr is retired and cannot take another's place", Invalid},
		},
	},
	{
		name:  "a role is split",
		edits: edits(CreateRole{Code: "new", Name: "New"}, SplitRole{Code: "chef", Into: []string{"new", "baker"}}),
		want:  []string{"updated role chef Status=RETIRED Successors=[baker new]", "created role new Name=New Status=ACTIVE"},
	},
	{
		name:  "the roles of a split are checked",
		edits: edits(SplitRole{Code: "nope"}, SplitRole{Code: "oldr", Into: []string{"chef", "chef", "oldr", "nope"}}, SplitRole{Code: "chef", Into: []string{"chef"}}),
		problems: []Problem{
			{0, "into", "is required", Invalid},
			{0, "code", `there is no role "nope" in framework demo`, Invalid},
			{1, "code", "role oldr is retired already", Invalid},
			{1, "into.1", "chef is given twice", Invalid},
			{1, "into.2", "role oldr is retired and cannot take another's place", Invalid},
			{1, "into.3", `there is no role "nope" in framework demo`, Invalid},
			{2, "into.0", "role chef cannot take its own place", Invalid},
		},
	},
	{
		name:  "a role requires a skill, or requires it otherwise",
		edits: edits(Require{Role: "chef", Skill: "SERVE"}, Require{Role: "chef", Skill: "TASTE", Level: 1, Importance: Optional, Weight: 0.25}),
		want:  []string{"updated role chef Requirements=[{SERVE 0 ESSENTIAL 0} {TASTE 1 OPTIONAL 0.25}]"},
	},
	{
		name:  "a requirement is checked",
		edits: edits(Require{Role: "nope", Skill: "NOPE", Level: -1, Importance: "HIGH", Weight: 1.5}, Require{Role: "chef", Skill: "OLD"}, Require{Role: "chef"}),
		problems: []Problem{
			{0, "skill", `there is no skill "NOPE" in framework demo`, Invalid},
			{0, "level", "framework demo has no level -1", Invalid},
			{0, "importance", `"HIGH" is not an importance; use ESSENTIAL or OPTIONAL`, Invalid},
			{0, "weight", "1.5 is not between 0 and 1", Invalid},
			{0, "role", `there is no role "nope" in framework demo`, Invalid},
			{1, "skill", "skill OLD is retired; require its successor", Invalid},
			{2, "skill", "is required", Invalid},
		},
	},
	{
		name:  "a role no longer requires a skill",
		edits: edits(Unrequire{Role: "baker", Skill: "BAKE"}),
		want:  []string{"updated role baker Requirements=[{MIX 0 OPTIONAL 0.5}]"},
	},
	{
		name:  "what a role does not require stays so",
		edits: edits(Unrequire{Role: "baker", Skill: "TASTE"}, Unrequire{Role: "nope", Skill: "TASTE"}),
		problems: []Problem{
			{0, "skill", `role baker does not require skill "TASTE"`, Invalid},
			{1, "role", `there is no role "nope" in framework demo`, Invalid},
		},
	},
}

var editCases = slices.Concat(frameworkCases, levelCases, attributeCases, categoryCases, skillCases, relationCases, groupCases, roleCases)

func TestEdit(t *testing.T) {
	w := atlas(t)
	before := dump(w)
	for _, c := range editCases {
		t.Run(typeName(c.edits[len(c.edits)-1])+"/"+c.name, func(t *testing.T) {
			code := c.framework
			if code == "" {
				code = "demo"
			}
			changes, problems := w.Edit(code, c.edits)
			if diff := cmp.Diff(c.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, lines(w, changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if changes != nil {
				after := next(w, changes)
				if err := Check(after); err != nil {
					t.Error(err)
				}
				if again := after.Differences(changes); slices.ContainsFunc(again, func(d Difference) bool { return len(d.Fields) > 0 }) {
					t.Errorf("after the changes they would still change %v", again)
				}
			}
			for _, p := range problems {
				if !hasField(c.edits[p.Edit], p.Field) {
					t.Errorf("%T has no field %q to report a problem at", c.edits[p.Edit], p.Field)
				}
			}
		})
	}
	if diff := cmp.Diff(before, dump(w)); diff != "" {
		t.Errorf("Edit changed its world (-before +after):\n%s", diff)
	}
}

func TestEveryEditHasCases(t *testing.T) {
	changes, refuses := map[string]bool{}, map[string]bool{}
	for _, c := range editCases {
		if c.problems == nil {
			changes[typeName(c.edits[len(c.edits)-1])] = true
		}
		for _, p := range c.problems {
			refuses[typeName(c.edits[p.Edit])] = true
		}
	}
	all := editTypes(t)
	if len(all) < 40 {
		t.Fatalf("found only %d types of edit", len(all))
	}
	for _, name := range all {
		if !changes[name] {
			t.Errorf("no case in which %s is accepted", name)
		}
		// Unarchiving is the one edit that cannot be refused.
		if !refuses[name] && name != "UnarchiveFramework" {
			t.Errorf("no case in which %s is refused", name)
		}
	}
}

// editTypes lists the types that implement [Edit] in the package's source and
// change content.
func editTypes(t *testing.T) []string {
	applying, tracking := receivers(t, "apply"), receivers(t, "deed")
	return slices.DeleteFunc(applying, func(name string) bool { return slices.Contains(tracking, name) })
}

// receivers lists the exported types that have a method in the package's source.
func receivers(t *testing.T, method string) []string {
	t.Helper()
	var names []string
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != method {
				continue
			}
			if recv, ok := fn.Recv.List[0].Type.(*ast.Ident); ok && ast.IsExported(recv.Name) {
				names = append(names, recv.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func typeName(e Edit) string { return reflect.TypeOf(e).Name() }

// hasField reports whether a problem's field leads to something in an edit.
func hasField(e Edit, field string) bool {
	if field == "" {
		return true
	}
	v := reflect.ValueOf(e)
	for _, part := range strings.Split(field, ".") {
		switch v.Kind() {
		case reflect.Slice:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= v.Len() {
				return false
			}
			v = v.Index(i)
		case reflect.Struct:
			v = v.FieldByNameFunc(func(name string) bool { return fieldNames[part] == name || strings.EqualFold(part, name) })
			if v.Kind() == reflect.Struct && v.NumField() == 2 && v.Type().Field(0).Name == "Set" {
				v = v.Field(1)
			}
		default:
			return false
		}
		if !v.IsValid() {
			return false
		}
	}
	return true
}
