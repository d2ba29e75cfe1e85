// Package sample makes up a large skills framework for benchmarks and tests. It
// owns nothing, and the program itself does not import it.
//
// What it makes is the same on every machine and run: the same numbers give the
// same edits. Figures measured with it can be compared across commits for as long
// as the package does not change.
package sample

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"skillatlas/internal/framework"
)

// Framework is the code of the framework that [Edits] creates.
const Framework = "sample"

const (
	levels = 7
	// perCategory is how many skills a category of the lowest rank holds, perRole
	// how many skills there are for each role.
	perCategory = 40
	perRole     = 20
	// fullest is how many relations a skill gets at most: fewer than the domain
	// allows, to leave room for edits.
	fullest = 1_900
)

// SkillCode is the code of the skill number i, counted from 0. Skills with low
// numbers have the most relations.
func SkillCode(i int) string { return fmt.Sprintf("S%05d", i) }

// roleCode is the code of the role number i, counted from 0.
func roleCode(i int) string { return fmt.Sprintf("R%04d", i) }

// CategoryCode is the code of the category number i, counted from 0. The first
// ten are the top of a tree of three ranks.
func CategoryCode(i int) string { return fmt.Sprintf("C%04d", i) }

// Edits returns the edits that create a framework with as many skills and
// relations: the framework, levels and attributes; a tree of categories; skills,
// described at three to five levels; relations, of which few skills have many and
// most have few; role groups, and roles that require skills. They are valid on a
// world without a framework of this code. It panics when there is no room for so
// many relations among so few skills.
func Edits(skills, relations int) []framework.Edit {
	g := &generator{Rand: rand.New(rand.NewPCG(uint64(skills), uint64(relations)))}
	g.add(framework.CreateFramework{
		Code: Framework, Name: "Sample framework", Description: g.text(400), Publisher: "Sample publisher",
		Locale: "en", SkillCodePattern: `S[0-9]{5,}`, SkillCodeHint: "S and five digits",
	})
	g.levels()
	categories := g.categories(skills)
	for i := range skills {
		g.skill(i, categories)
	}
	g.relations(skills, relations)
	g.roles(skills)
	return g.edits
}

type generator struct {
	*rand.Rand
	edits     []framework.Edit
	described [][]int // levels of each skill
}

func (g *generator) add(e framework.Edit) { g.edits = append(g.edits, e) }

func (g *generator) levels() {
	for i := range levels {
		g.add(framework.DefineLevel{
			Ordinal: i + 1, Name: framework.Some(title(verbs[i])), Essence: framework.Some(g.text(300)),
		})
	}
	for i := range 5 {
		code := fmt.Sprintf("A%d", i+1)
		g.add(framework.CreateAttribute{
			Code: code, Name: title(nouns[i]), Type: "generic", Description: g.text(200), Position: i + 1,
		})
		for level := range levels {
			g.add(framework.DefineAttributeLevel{Attribute: code, Level: level + 1, Description: g.text(200)})
		}
	}
}

// categories makes three ranks of categories and returns how many there are. The
// skills belong in those of the lowest.
func (g *generator) categories(skills int) int {
	n := topCategories + middleCategories + max(1, skills/perCategory)
	for i := range n {
		parent := ""
		switch {
		case i >= topCategories+middleCategories:
			parent = CategoryCode(topCategories + i%middleCategories)
		case i >= topCategories:
			parent = CategoryCode(i % topCategories)
		}
		g.add(framework.CreateCategory{
			Code: CategoryCode(i), Name: g.name(), Description: g.text(200), Parent: parent, Position: i,
		})
	}
	return n
}

const (
	topCategories    = 10
	middleCategories = 30
)

func (g *generator) skill(i, categories int) {
	e := framework.CreateSkill{
		Code: SkillCode(i), Name: g.name(), Description: g.text(300), Position: i,
		Category: CategoryCode(topCategories + middleCategories + g.IntN(categories-topCategories-middleCategories)),
	}
	if g.IntN(3) == 0 {
		e.Guidance = g.text(300)
	}
	for range g.IntN(4) {
		e.Synonyms = append(e.Synonyms, g.name())
	}
	n := 3 + g.IntN(3)
	lowest := 1 + g.IntN(levels-n+1)
	described := make([]int, n)
	for k := range described {
		described[k] = lowest + k
		e.Levels = append(e.Levels, framework.LevelText{Level: lowest + k, Description: g.text(200)})
	}
	g.described = append(g.described, described)
	g.add(e)
}

var types = [...]framework.RelationType{
	framework.Related, framework.Complementary, framework.Broader,
	framework.Prerequisite, framework.EssentialFor, framework.OptionalFor,
}

func (g *generator) relations(skills, relations int) {
	type relation struct {
		from, to int
		t        framework.RelationType
	}
	seen := make(map[relation]bool, relations)
	degree := make([]int, skills)
	for tries := 0; len(seen) < relations; tries++ {
		if tries > 100*relations {
			panic(fmt.Sprintf("sample: no room for %d relations among %d skills", relations, skills))
		}
		// From the higher number to the lower, so that nothing is above itself.
		from, to := g.IntN(skills), int(float64(skills)*g.Float64()*g.Float64())
		if from < to {
			from, to = to, from
		}
		r := relation{from, to, types[g.IntN(len(types))]}
		if from == to || seen[r] || degree[from] == fullest || degree[to] == fullest {
			continue
		}
		seen[r] = true
		degree[from]++
		degree[to]++
		e := framework.Relate{From: SkillCode(from), Type: r.t, To: SkillCode(to)}
		if g.IntN(10) == 0 {
			e.Note = g.text(80)
		}
		g.add(e)
	}
}

func (g *generator) roles(skills int) {
	const groups = 8
	for i := range groups {
		g.add(framework.CreateRoleGroup{
			Code: fmt.Sprintf("G%d", i+1), Name: g.name(), Description: g.text(200), Position: i,
		})
	}
	for i := range skills / perRole {
		e := framework.CreateRole{
			Code: roleCode(i), Name: g.name(), Description: g.text(300),
			Group: fmt.Sprintf("G%d", 1+g.IntN(groups)), RoleKind: title(verbs[g.IntN(len(verbs))]), Seniority: g.IntN(6),
		}
		required := map[int]bool{}
		for range 5 + g.IntN(11) {
			skill := g.IntN(skills)
			if required[skill] {
				continue
			}
			required[skill] = true
			q := framework.Requirement{Skill: SkillCode(skill), Importance: framework.Essential}
			if g.IntN(4) > 0 {
				q.Level = g.described[skill][g.IntN(len(g.described[skill]))]
			}
			if g.IntN(3) == 0 {
				q.Importance = framework.Optional
			}
			e.Requirements = append(e.Requirements, q)
		}
		g.add(e)
	}
}

// name is two to four words, such as "Network capacity planning".
func (g *generator) name() string {
	words := make([]string, 2+g.IntN(3))
	for i := range words {
		words[i] = g.word(nouns[:])
	}
	return title(strings.Join(words, " "))
}

// text is sentences of about as many bytes.
func (g *generator) text(size int) string {
	var b strings.Builder
	for b.Len() < size {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(title(g.word(verbs[:])))
		for _, list := range [][]string{adjectives[:], nouns[:], links[:], nouns[:], adjectives[:], nouns[:]} {
			b.WriteByte(' ')
			b.WriteString(g.word(list))
		}
		b.WriteByte('.')
	}
	return b.String()
}

func (g *generator) word(list []string) string { return list[g.IntN(len(list))] }

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

var (
	verbs = [...]string{
		"follows", "assists", "applies", "enables", "ensures", "initiates", "inspires",
		"designs", "reviews", "maintains", "measures", "documents", "tests", "plans", "monitors", "explains",
		"negotiates", "improves", "secures", "automates", "coaches", "estimates", "evaluates", "deploys",
	}
	nouns = [...]string{
		"autonomy", "influence", "complexity", "knowledge", "business",
		"software", "network", "data", "service", "security", "risk", "change", "project", "product", "quality",
		"capacity", "architecture", "infrastructure", "stakeholders", "requirements", "incident", "supplier",
		"research", "analysis", "planning", "testing", "design", "delivery", "engineering", "governance",
		"hardware", "database", "interface", "process", "performance", "training", "budget", "strategy",
		"measurement", "documentation", "maintenance", "compliance", "innovation", "modelling", "programming",
		"customers", "contracts", "laboratory", "machinery", "safety", "nursing", "welding", "forestry", "accounts",
	}
	adjectives = [...]string{
		"complex", "routine", "digital", "technical", "strategic", "operational", "secure", "reliable", "agreed",
		"emerging", "regulated", "sustainable", "distributed", "shared", "critical", "professional", "relevant",
	}
	links = [...]string{"for", "of", "across", "through", "within", "to support", "in line with", "and"}
)
