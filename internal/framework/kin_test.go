package framework_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// meadow makes a small framework whose skills have roles, words and categories in
// common, some of them the very same ones, and are related in all ways. Now and then
// a category is a large one, and a description long.
func (a *author) meadow(t testing.TB) *World {
	list := edits(CreateFramework{Code: "two", Name: "Two"}, CreateSkill{Code: "far", Name: "Far"})
	w := edited(t, &World{}, "two", list...)
	list = edits(CreateFramework{Code: "one", Name: "One"}, DefineLevel{Ordinal: 1, Name: Some("1")}, DefineLevel{Ordinal: 2, Name: Some("2")},
		DefineLevel{Ordinal: 3, Name: Some("3")}, DefineLevel{Ordinal: 5, Name: Some("5")},
		CreateCategory{Code: "c0", Name: "c0"}, CreateCategory{Code: "c1", Name: "c1", Parent: "c0"}, CreateCategory{Code: "c2", Name: "c2"})
	n, vocabulary, length := 3+a.IntN(8), 12, 6
	if a.IntN(8) == 0 {
		n = 24 + a.IntN(20)
	}
	if a.IntN(5) == 0 {
		vocabulary, length = 60, 45
	}
	words := func(most int) string {
		var b []string
		for range a.IntN(most + 1) {
			b = append(b, fmt.Sprintf("w%02d", a.IntN(vocabulary))+pick(a, "", "s"))
		}
		return strings.Join(b, " ")
	}
	categories := pick(a, []string{"", "c0", "c1", "c2"}, []string{"c2"}, []string{""})
	var codes []string
	var s CreateSkill
	for i := range n {
		if i == 0 || a.IntN(4) > 0 { // or else it is like the one before
			s = CreateSkill{Name: strings.TrimSpace("x" + fmt.Sprint(i%5) + " " + words(2)), Description: words(length), Category: pick(a, categories...)}
			if a.IntN(3) == 0 {
				s.Synonyms = []string{"y" + words(2)}
			}
			for _, level := range []int{1, 2, 3, 5} {
				if a.IntN(2) == 0 {
					s.Levels = append(s.Levels, LevelText{level, "x"})
				}
			}
		}
		s.Code = fmt.Sprintf("s%02d", i)
		codes = append(codes, s.Code)
		list = append(list, s)
	}
	for i := range a.IntN(7) {
		r := CreateRole{Code: fmt.Sprintf("r%d", i), Name: fmt.Sprint("Role ", i)}
		for _, code := range codes {
			if a.IntN(3) == 0 {
				r.Requirements = append(r.Requirements, Requirement{Skill: code, Level: pick(a, 0, 1, 2, 3, 5),
					Importance: pick(a, Essential, Optional), Weight: pick(a, 0, 0, 0.5)})
			}
		}
		list = append(list, r)
	}
	w = edited(t, w, "one", list...)
	try := func(e Edit) {
		if changes, problems := w.Edit("one", edits(e)); problems == nil && len(changes) > 0 {
			w = next(w, changes)
		}
	}
	for range a.IntN(n + 2) {
		try(Relate{From: pick(a, codes...), Type: pick(a, Related, Complementary, Broader, Prerequisite, EssentialFor, OptionalFor), To: pick(a, codes...)})
	}
	if a.IntN(3) == 0 {
		try(Relate{From: pick(a, codes...), Type: ExactMatch, ToFramework: "two", To: "far"})
		try(SplitSkill{codes[0], []string{codes[1], codes[2]}})
	}
	for range a.IntN(3) {
		try(RetireSkill{Code: pick(a, codes...)})
		try(RetireRole{Code: fmt.Sprint("r", a.IntN(3))})
	}
	return w
}

// kinEps is by how much what the package keeps in single precision may differ.
const kinEps = 2e-5

// likenesses are what two skills have in common, as the documentation has it.
type likenesses struct{ roles, words, category float64 }

func (l likenesses) of(origins ...RelationOrigin) float64 {
	unlike := 1.0
	for _, o := range origins {
		switch o {
		case OriginRoles:
			unlike *= 1 - 0.9*l.roles
		case OriginText:
			unlike *= 1 - 0.7*l.words
		case OriginCategory:
			unlike *= 1 - 0.4*l.category
		}
	}
	return 1 - unlike
}

func (l likenesses) by(o RelationOrigin) float64 {
	return map[RelationOrigin]float64{OriginRoles: l.roles, OriginText: l.words, OriginCategory: l.category}[o]
}

var derivedFrom = []RelationOrigin{OriginRoles, OriginCategory, OriginText}

// kinReference works out slowly, from the content alone, what skills have in common.
type kinReference struct {
	skills    []*Skill // active
	all       []*Skill
	roles     map[string]map[string]*Role // of each skill
	vectors   map[string]map[string]float64
	retired   map[string]bool
	relations []*Relation
	content   *Snapshot
}

func newKinReference(s *Snapshot) *kinReference {
	r := &kinReference{roles: map[string]map[string]*Role{}, vectors: map[string]map[string]float64{}, retired: map[string]bool{}, content: s}
	for e := range s.Skills() {
		r.all = append(r.all, e)
		r.roles[e.Code] = map[string]*Role{}
		if e.Status == StatusActive {
			r.skills = append(r.skills, e)
		} else {
			r.retired[e.Code] = true
		}
	}
	for e := range s.Relations() {
		r.relations = append(r.relations, e)
	}
	for e := range s.Roles() {
		if e.Status == StatusActive {
			for _, q := range e.Requirements {
				r.roles[q.Skill][e.Code] = e
			}
		}
	}
	counts, with := map[string]map[string]float64{}, map[string]float64{}
	for _, e := range r.skills {
		counts[e.Code] = map[string]float64{}
		texts := append([]string{e.Name, e.Name, e.Name, e.Description}, e.Synonyms...)
		for _, word := range strings.Fields(strings.ToLower(strings.Join(texts, " "))) {
			if len(word) > 3 {
				word = strings.TrimSuffix(word, "s")
			}
			if counts[e.Code][word]++; counts[e.Code][word] == 1 {
				with[word]++
			}
		}
	}
	n := float64(len(r.skills))
	for code, words := range counts {
		weights := map[string]float64{}
		for word, k := range words {
			if with[word] <= max(n/5, 2) && with[word] <= 300 {
				weights[word] = (1 + math.Log(k)) * math.Log(n/with[word])
			}
		}
		best := slices.SortedFunc(maps.Keys(weights), func(x, y string) int { return cmp.Or(cmp.Compare(weights[y], weights[x]), cmp.Compare(x, y)) })
		square := 0.0
		r.vectors[code] = map[string]float64{}
		for _, word := range best[:min(24, len(best))] {
			r.vectors[code][word] = weights[word]
			square += weights[word] * weights[word]
		}
		for word := range r.vectors[code] {
			if square > 0 {
				r.vectors[code][word] /= math.Sqrt(square)
			}
		}
	}
	return r
}

func weightOfRole(r *Role) float64 { return 1 / math.Log2(1+float64(len(r.Requirements))) }

func (r *kinReference) likeness(a, b *Skill) likenesses {
	var l likenesses
	both, ofA, ofB, m := 0.0, 0.0, 0.0, 0.0
	for code, role := range r.roles[a.Code] {
		ofA += weightOfRole(role)
		if r.roles[b.Code][code] != nil {
			both += weightOfRole(role)
			m++
		}
	}
	for _, role := range r.roles[b.Code] {
		ofB += weightOfRole(role)
	}
	if m > 0 {
		l.roles = both / math.Sqrt(ofA*ofB) * m / (m + 1)
	}
	for word, weight := range r.vectors[a.Code] {
		l.words += weight * r.vectors[b.Code][word]
	}
	if a.Category != "" && a.Category == b.Category {
		var in []*Skill
		for _, e := range r.skills {
			if e.Category == a.Category {
				in = append(in, e)
			}
		}
		slices.SortFunc(in, func(x, y *Skill) int { return cmp.Or(cmp.Compare(x.Position, y.Position), cmp.Compare(x.Code, y.Code)) })
		apart := slices.Index(in, a) - slices.Index(in, b)
		if len(in) <= 30 || max(apart, -apart) <= 3 {
			l.category = 1 / math.Log2(1+float64(len(in)))
		}
	}
	return l
}

// same tells that two skills are described with the same, so that they are as like any
// third, to the last digit.
func (r *kinReference) same(a, b *Skill) bool {
	return a.Category == b.Category && maps.Equal(r.roles[a.Code], r.roles[b.Code]) && maps.Equal(r.vectors[a.Code], r.vectors[b.Code])
}

func codesOf(list []RelatedSkillView) []string {
	codes := []string{}
	for _, r := range list {
		codes = append(codes, r.Skill.Code())
	}
	return codes
}

// kin lists the skills that one is related to by derived relations.
func kin(t testing.TB, f *FrameworkView, skill string, origins ...RelationOrigin) []RelatedSkillView {
	return must(f.Skill(skill).Related(t.Context(), nil, nil, origins, nil, 1, MaxPage))
}

// TestDerivedRelations holds what is derived against the formulas of the documentation.
func TestDerivedRelations(t *testing.T) {
	seen, ties := 0, 0
	for seed := range uint64(700) {
		a := newAuthor(seed)
		w := a.meadow(t)
		ref := newKinReference(w.Snapshot("one"))
		f := w.View(anyone(), "one", false)
		for _, e := range ref.all {
			got := kin(t, f, e.Code, derivedFrom...)
			if e.Status != StatusActive {
				if len(got) > 0 {
					t.Fatalf("seed %d: %s is retired and has kin", seed, e.Code)
				}
				continue
			}
			like := map[string]likenesses{}
			var candidates []*Skill
			for _, o := range ref.skills {
				if o != e {
					if like[o.Code] = ref.likeness(e, o); like[o.Code].category > 0 || like[o.Code].of(derivedFrom...) >= 0.1-kinEps {
						candidates = append(candidates, o)
					}
				}
			}
			// A skill is kept for certain, or for certain not, by its rank in each order.
			rank := func(o *Skill, by func(l likenesses) float64) (least, most int) {
				for _, other := range candidates {
					switch d := by(like[other.Code]) - by(like[o.Code]); {
					case other == o:
					case ref.same(other, o) && like[other.Code].category == like[o.Code].category:
						if ties++; other.Code < o.Code {
							least, most = least+1, most+1
						}
					case d > kinEps:
						least, most = least+1, most+1
					case d > -kinEps:
						most++
					}
				}
				return least, most
			}
			codes := codesOf(got)
			for _, o := range candidates {
				may, has := false, false
				for _, order := range []struct {
					n  int
					by func(l likenesses) float64
				}{
					{12, func(l likenesses) float64 { return l.of(derivedFrom...) }},
					{6, func(l likenesses) float64 { return l.roles }},
					{6, func(l likenesses) float64 { return l.words }},
					{6, func(l likenesses) float64 { return l.category }},
				} {
					l := like[o.Code]
					if order.by(l) == 0 {
						continue
					}
					least, most := rank(o, order.by)
					may = may || least < order.n
					has = has || most < order.n && (l.category > 0 || l.of(derivedFrom...) >= 0.1+kinEps)
				}
				if in := slices.Contains(codes, o.Code); in && !may || !in && has {
					t.Fatalf("seed %d: %s is kin of %s: %v, and should be: %v to %v\n%+v", seed, o.Code, e.Code, in, has, may, like)
				}
			}
			for i, r := range got {
				seen++
				l, known := like[r.Skill.Code()]
				if !known || !slices.ContainsFunc(candidates, func(o *Skill) bool { return o.Code == r.Skill.Code() }) {
					t.Fatalf("seed %d: %s and %s have nothing in common: %+v", seed, e.Code, r.Skill.Code(), l)
				}
				near := func(got, want float64) bool { return math.Abs(got-want) < 0.5e-4+kinEps }
				if !near(r.Likeness(), l.of(derivedFrom...)) {
					t.Fatalf("seed %d: %s and %s are %v alike, want %v", seed, e.Code, r.Skill.Code(), r.Likeness(), l.of(derivedFrom...))
				}
				if r.Origin == OriginStated || l.of(r.Origin) < max(l.of(OriginRoles), l.of(OriginText), l.of(OriginCategory))-kinEps {
					t.Fatalf("seed %d: %s and %s are known from %s: %+v", seed, e.Code, r.Skill.Code(), r.Origin, l)
				}
				if i > 0 && (got[i-1].Likeness() < r.Likeness() ||
					ref.same(skillOf(ref, codes[i-1]), skillOf(ref, codes[i])) && like[codes[i-1]].category == l.category && codes[i-1] > codes[i]) {
					t.Fatalf("seed %d: %s has kin in the order %v", seed, e.Code, codes)
				}
				want := map[RelationOrigin]float64{}
				for _, o := range derivedFrom {
					if l.by(o) > 0 {
						want[o] = l.by(o)
					}
				}
				for _, why := range r.Why() {
					if !near(why.Likeness(), want[why.Origin]) {
						t.Fatalf("seed %d: %s and %s: %s %v, want %v", seed, e.Code, r.Skill.Code(), why.Origin, why.Likeness(), want[why.Origin])
					}
					delete(want, why.Origin)
					ref.evidence(t, seed, e, skillOf(ref, r.Skill.Code()), why)
				}
				if len(want) > 0 {
					t.Fatalf("seed %d: %s and %s: no word of %v", seed, e.Code, r.Skill.Code(), want)
				}
			}
			// By an origin it is those of the kin that have something by it.
			origins := pick(a, []RelationOrigin{OriginRoles}, []RelationOrigin{OriginText}, []RelationOrigin{OriginCategory}, []RelationOrigin{OriginText, OriginRoles})
			var want []string
			for _, code := range codes {
				if like[code].of(origins...) > 0 {
					want = append(want, code)
				}
			}
			some := kin(t, f, e.Code, origins...)
			for i, r := range some {
				if l := like[r.Skill.Code()].of(origins...); math.Abs(l-r.Likeness()) > 0.5e-4+kinEps || !slices.Contains(origins, r.Origin) ||
					i > 0 && some[i-1].Likeness() < r.Likeness() {
					t.Fatalf("seed %d: %s by %v: %s %v %v, want %v", seed, e.Code, origins, r.Skill.Code(), r.Origin, r.Likeness(), l)
				}
				for _, why := range r.Why() {
					if !slices.Contains(origins, why.Origin) {
						t.Fatalf("seed %d: %s by %v, and %s is why", seed, e.Code, origins, why.Origin)
					}
				}
			}
			if diff := gocmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(codesOf(some)))); diff != "" {
				t.Fatalf("seed %d: %s by %v: %s", seed, e.Code, origins, diff)
			}
		}
	}
	if seen < 10_000 || ties < 1_000 {
		t.Errorf("only %d kin were seen, %d times as like as others", seen, ties)
	}
}

func skillOf(r *kinReference, code string) *Skill {
	return r.all[slices.IndexFunc(r.all, func(e *Skill) bool { return e.Code == code })]
}

// evidence checks what is shown for a reason.
func (r *kinReference) evidence(t *testing.T, seed uint64, a, b *Skill, why RelationReasonView) {
	t.Helper()
	var roles, gotRoles, words []string
	switch why.Origin {
	case OriginRoles:
		var both []*Role
		for code, role := range r.roles[a.Code] {
			if r.roles[b.Code][code] != nil {
				both = append(both, role)
			}
		}
		slices.SortFunc(both, func(x, y *Role) int {
			return cmp.Or(cmp.Compare(len(x.Requirements), len(y.Requirements)), cmp.Compare(x.Code, y.Code))
		})
		for _, role := range both[:min(5, len(both))] {
			roles = append(roles, role.Code)
		}
	case OriginText:
		product := func(word string) float64 { return r.vectors[a.Code][word] * r.vectors[b.Code][word] }
		for word := range r.vectors[a.Code] {
			if _, both := r.vectors[b.Code][word]; both {
				words = append(words, word)
			}
		}
		slices.SortFunc(words, func(x, y string) int {
			if d := product(y) - product(x); math.Abs(d) > 1e-9 {
				return cmp.Compare(d, 0)
			}
			return cmp.Compare(x, y)
		})
		words = words[:min(5, len(words))]
	}
	for _, role := range why.Roles() {
		gotRoles = append(gotRoles, role.Code())
	}
	category := why.Origin == OriginCategory
	if got := why.Category(); (got != nil) != category || category && got.Code() != a.Category {
		t.Fatalf("seed %d: %s and %s share category %v", seed, a.Code, b.Code, got)
	}
	if diff := gocmp.Diff(roles, gotRoles); diff != "" {
		t.Fatalf("seed %d: roles that require %s and %s: %s", seed, a.Code, b.Code, diff)
	}
	product := func(word string) float64 { return r.vectors[a.Code][word] * r.vectors[b.Code][word] }
	got := why.Words()
	alike := slices.EqualFunc(got, words, func(x, y string) bool { return math.Abs(product(x)-product(y)) < kinEps })
	if !alike || len(slices.Compact(slices.Sorted(slices.Values(got)))) < len(got) {
		t.Fatalf("seed %d: words of %s and %s: %v, want %v", seed, a.Code, b.Code, got, words)
	}
}

// stated lists the relations between two active skills that lead somewhere, as
// the first of them sees them.
func (r *kinReference) stated(a, b string) map[RelationType]*Relation {
	list := map[RelationType]*Relation{}
	for _, e := range r.relations {
		switch {
		case e.ToFramework != "" || r.retired[e.From] || r.retired[e.To] || slices.Contains([]RelationType{ReplacedBy, MergedInto, SplitInto}, e.Type):
		case e.From == a && e.To == b:
			list[e.Type] = e
		case e.To == a && e.From == b:
			list[e.Type.Inverse()] = e
		}
	}
	return list
}

var likenessStated = map[RelationType]float64{
	ExactMatch: 1, CloseMatch: 0.9, Complementary: 0.8, Broader: 0.8, Narrower: 0.8, Prerequisite: 0.8, PrerequisiteFor: 0.8,
	EssentialFor: 0.8, HasEssential: 0.8, Related: 0.7, OptionalFor: 0.6, HasOptional: 0.6,
}

// A routeTo is the best way to a skill; where several are as good, firsts are the skills
// that any of them begins with.
type routeTo struct {
	steps    int
	firsts   []string
	stated   bool
	likeness float64
}

// around finds the best way to each skill, farther and farther away: of the shortest
// those that are stated all along are better, and then those with more likeness. The first
// relation on the way is of one of some types, if there are any, and in a direction.
func (r *kinReference) around(
	t testing.TB, f *FrameworkView, start string, origins []RelationOrigin, distance int, types []RelationType, direction *RelationDirection,
) map[string]routeTo {
	steps := func(at string) map[string]routeTo {
		near := map[string]routeTo{}
		derived := slices.DeleteFunc(slices.Clone(origins), func(o RelationOrigin) bool { return o == OriginStated })
		if len(origins) == 0 {
			derived = derivedFrom
		}
		if len(derived) > 0 && (at != start || len(types) == 0) {
			for _, k := range kin(t, f, at, derived...) {
				near[k.Skill.Code()] = routeTo{likeness: r.likeness(skillOf(r, at), skillOf(r, k.Skill.Code())).of(derived...)}
			}
		}
		for _, other := range r.skills {
			if len(origins) > 0 && !slices.Contains(origins, OriginStated) {
				break
			}
			list := r.stated(at, other.Code)
			if len(list) == 0 {
				continue
			}
			likeness, kept := near[other.Code].likeness, false
			for typ := range list {
				if at != start || (len(types) == 0 || slices.Contains(types, typ)) &&
					(direction == nil || typ.Symmetric() || (*direction == Outgoing) == typ.Stored()) {
					likeness, kept = max(likeness, likenessStated[typ]), true
				}
			}
			if near[other.Code] = (routeTo{stated: true, likeness: likeness}); !kept {
				delete(near, other.Code)
			}
		}
		return near
	}
	best := map[string]routeTo{start: {stated: true, likeness: 1}}
	ring := []string{start}
	for range distance {
		next := map[string]routeTo{}
		for _, at := range ring {
			from := best[at]
			for code, step := range steps(at) {
				if _, done := best[code]; done {
					continue
				}
				w := routeTo{from.steps + 1, from.firsts, from.stated && step.stated, from.likeness * step.likeness}
				if at == start {
					w.firsts = []string{code}
				}
				switch old, known := next[code]; {
				case !known || w.stated && !old.stated || w.stated == old.stated && w.likeness > old.likeness+kinEps:
					next[code] = w
				case w.stated == old.stated && w.likeness > old.likeness-kinEps:
					old.firsts = append(slices.Clip(old.firsts), w.firsts...)
					next[code] = old
				}
			}
		}
		ring = slices.Sorted(maps.Keys(next))
		maps.Copy(best, next)
	}
	delete(best, start)
	return best
}

// TestRelatedFartherAway holds skills by way of others against a slow search.
func TestRelatedFartherAway(t *testing.T) {
	far := map[int]int{}
	for seed := range uint64(500) {
		a := newAuthor(seed)
		w := a.meadow(t)
		ref := newKinReference(w.Snapshot("one"))
		f := w.View(anyone(), "one", false)
		for range 3 * min(len(ref.skills), 1) {
			e := pick(a, ref.skills...)
			distance := 2 + a.IntN(2)
			origins := pick(a, nil, nil, []RelationOrigin{OriginStated}, []RelationOrigin{OriginRoles, OriginStated}, derivedFrom, []RelationOrigin{OriginText})
			types := pick(a, nil, nil, []RelationType{Related, Broader}, []RelationType{Narrower, PrerequisiteFor, Complementary})
			levels := pick(a, nil, nil, []int{2}, []int{3, 5})
			direction := pick(a, nil, new(Outgoing), new(Incoming))
			ways := ref.around(t, f, e.Code, origins, distance, types, direction)
			got := must(f.Skill(e.Code).Related(t.Context(), types, direction, origins, levels, distance, MaxPage))
			described := func(s *Skill) bool {
				return len(levels) == 0 || slices.ContainsFunc(s.Levels, func(l LevelText) bool { return slices.Contains(levels, l.Level) })
			}
			wanted := map[string]bool{}
			for code, way := range ways {
				if described(skillOf(ref, code)) && (way.steps > 1 || !way.stated) {
					wanted[code] = true
				}
			}
			last := [3]float64{0, 0, -2}
			for _, r := range got {
				code := r.Skill.Code()
				if r.Distance() == 1 && r.Origin == OriginStated { // which TestRelated is about
					if r.Type() == nil || len(types) > 0 && !slices.Contains(types, *r.Type()) ||
						direction != nil && !r.Type().Symmetric() && (*direction == Outgoing) != r.Type().Stored() {
						t.Fatalf("seed %d: %s is related to %s as %v", seed, e.Code, code, r.Type())
					}
					if last[2] != -2 {
						t.Fatalf("seed %d: what is stated comes late: %v", seed, codesOf(got))
					}
					continue
				}
				if !wanted[code] {
					t.Fatalf("seed %d: %s is found from %s, types %v, origins %v, levels %v", seed, code, e.Code, types, origins, levels)
				}
				delete(wanted, code)
				way := ways[code]
				via := []string{e.Code}
				for _, v := range r.Via() {
					via = append(via, v.Code())
				}
				far[r.Distance()]++
				if r.Distance() != way.steps || len(via) != way.steps || !slices.Contains(way.firsts, append(via, code)[1]) ||
					(r.Origin == OriginStated) != way.stated || math.Abs(r.Likeness()-way.likeness) > 0.5e-4+3*kinEps {
					t.Fatalf("seed %d: from %s to %s: %v by %s, %v; want %+v", seed, e.Code, code, via, r.Origin, r.Likeness(), way)
				}
				place := [3]float64{float64(len(via)), 0, -r.Likeness()}
				if r.Origin != OriginStated {
					place[1] = 1
				}
				if slices.Compare(last[:], place[:]) > 0 {
					t.Fatalf("seed %d: the order is wrong at %s: %v", seed, code, codesOf(got))
				}
				last = place
				// The reasons are those of each two skills on the way.
				reasons := 0
				for i, at := range append(via, code)[1:] {
					direct := must(f.Skill(via[i]).Related(t.Context(), nil, nil, origins, nil, 1, MaxPage))
					by := slices.IndexFunc(direct, func(r RelatedSkillView) bool { return r.Skill.Code() == at })
					if by < 0 {
						t.Fatalf("seed %d: nothing joins %s and %s", seed, via[i], at)
					}
					if stated := ref.stated(via[i], at); direct[by].Origin == OriginStated {
						reasons += len(stated)
					}
					l := ref.likeness(skillOf(ref, via[i]), skillOf(ref, at))
					mutual := slices.Contains(codesOf(kin(t, f, via[i], derivedFrom...)), at) || slices.Contains(codesOf(kin(t, f, at, derivedFrom...)), via[i])
					for _, o := range derivedFrom {
						if mutual && l.by(o) > 0 && (len(origins) == 0 || slices.Contains(origins, o)) {
							reasons++
						}
					}
				}
				if len(r.Why()) != reasons {
					t.Fatalf("seed %d: %d reasons from %s to %s by %v, want %d", seed, len(r.Why()), e.Code, code, via, reasons)
				}
				for _, why := range r.Why() {
					if len(origins) > 0 && !slices.Contains(origins, why.Origin) {
						t.Fatalf("seed %d: %s is a reason among %v", seed, why.Origin, origins)
					}
				}
			}
			if len(wanted) > 0 {
				t.Fatalf("seed %d: from %s, types %v, origins %v, levels %v, distance %d: %v are not found", seed, e.Code, types, origins, levels, distance, wanted)
			}
			if n := a.IntN(len(got) + 2); !slices.Equal(codesOf(got)[:min(n, len(got))],
				codesOf(must(f.Skill(e.Code).Related(t.Context(), types, direction, origins, levels, distance, n)))) {
				t.Fatalf("seed %d: the first %d are others", seed, n)
			}
		}
	}
	if far[2] < 1_000 || far[3] < 100 {
		t.Errorf("too few skills were found: %v", far)
	}
}

// A drawing is a graph as it is drawn.
type drawing struct {
	Nodes []string // with distance and degree
	Edges []string
	Cut   bool
}

func drawn(g *SkillGraphView) drawing {
	d := drawing{Cut: g.Cut}
	for _, n := range g.Nodes {
		distance := "-"
		if n.Distance != nil {
			distance = fmt.Sprint(*n.Distance)
		}
		d.Nodes = append(d.Nodes, fmt.Sprintf("%s %s %d", n.Code(), distance, n.Degree))
	}
	for _, e := range g.Edges {
		d.Edges = append(d.Edges, fmt.Sprintf("%s %s>%s %s %v %v", e.ID(), e.Source(), e.Target(), e.Origin(), e.Likeness(), e.Directed()))
	}
	return d
}

// TestGraphIsWhatABreadthFirstSearchFinds holds graphs against a slow search.
func TestGraphIsWhatABreadthFirstSearchFinds(t *testing.T) {
	edges, cuts, distances := 0, 0, 0
	for seed := range uint64(700) {
		a := newAuthor(seed)
		w := a.meadow(t)
		ref := newKinReference(w.Snapshot("one"))
		f := w.View(anyone(), "one", false)
		var roots []string
		for range min(pick(a, 0, 1, 1, 2), len(ref.skills)) {
			roots = append(roots, pick(a, ref.skills...).Code)
		}
		depth := a.IntN(4)
		types := pick(a, nil, nil, nil, []RelationType{Related, Broader}, []RelationType{Narrower, PrerequisiteFor, Complementary})
		origins := pick(a, nil, nil, []RelationOrigin{OriginStated}, []RelationOrigin{OriginRoles, OriginStated}, derivedFrom, []RelationOrigin{OriginText})
		direction := pick(a, nil, nil, new(Outgoing), new(Incoming))
		levels := pick(a, nil, nil, []int{2}, []int{3, 5})
		categories := pick(a, nil, nil, nil, []string{"c0"}, []string{"c1", "c2"})
		draw := func(f *FrameworkView, limit, edgeLimit int) *SkillGraphView {
			return must(f.Graph(t.Context(), roots, depth, types, origins, direction, levels, categories, limit, edgeLimit))
		}
		whole := draw(f, MaxGraphNodes, MaxGraphEdges)
		got := drawn(whole)

		stated := len(origins) == 0 || slices.Contains(origins, OriginStated)
		var derived []RelationOrigin
		for _, o := range derivedFrom {
			if len(types) == 0 && (len(origins) == 0 || slices.Contains(origins, o)) {
				derived = append(derived, o)
			}
		}
		passes := func(s *Skill) bool {
			in := len(categories) == 0
			for at := s.Category; at != "" && !in; at = ref.content.Entity(KindCategory, at).(*Category).Parent {
				in = slices.Contains(categories, at)
			}
			return in && (len(levels) == 0 || slices.ContainsFunc(s.Levels, func(l LevelText) bool { return slices.Contains(levels, l.Level) }))
		}
		leads := map[[2]string][]*Relation{} // the relations that lead from one to another
		alike := map[[2]string]float64{}
		kinOf := map[[2]string]bool{}
		for _, x := range ref.skills {
			for _, y := range ref.skills {
				for typ, e := range ref.stated(x.Code, y.Code) {
					if stated && (len(types) == 0 || slices.Contains(types, typ)) &&
						(direction == nil || typ.Symmetric() || (e.From == x.Code) == (*direction == Outgoing)) {
						leads[[2]string{x.Code, y.Code}] = append(leads[[2]string{x.Code, y.Code}], e)
					}
				}
			}
			if len(derived) == 0 {
				continue
			}
			for _, k := range kin(t, f, x.Code, derived...) {
				if !stated || len(ref.stated(x.Code, k.Skill.Code())) == 0 {
					kinOf[[2]string{x.Code, k.Skill.Code()}] = true
					alike[[2]string{x.Code, k.Skill.Code()}] = k.Likeness()
					alike[[2]string{k.Skill.Code(), x.Code}] = k.Likeness()
				}
			}
		}
		at := map[string]int{}
		var ring []string
		if len(roots) == 0 {
			for _, s := range ref.skills {
				if passes(s) {
					at[s.Code] = 0
				}
			}
		}
		for _, code := range roots {
			at[code] = 0
			ring = append(ring, code)
		}
		for d := 1; d <= depth; d++ {
			var next []string
			for _, code := range ring {
				for _, s := range ref.skills {
					ends := [2]string{code, s.Code}
					if _, seen := at[s.Code]; !seen && passes(s) && (len(leads[ends]) > 0 || kinOf[ends]) {
						at[s.Code] = d
						next = append(next, s.Code)
						distances++
					}
				}
			}
			ring = next
		}
		nodes := slices.SortedFunc(maps.Keys(at), func(x, y string) int { return cmp.Or(cmp.Compare(at[x], at[y]), cmp.Compare(x, y)) })
		// What the farther end alone tells does not shorten the way to it.
		tells := func(x, y string) bool { return at[x] <= at[y]+1 }
		degree := map[string]int{}
		var statedEdges, derivedEdges []string
		for _, x := range slices.Sorted(maps.Keys(at)) {
			for _, y := range slices.Sorted(maps.Keys(at)) {
				ends, back := [2]string{x, y}, [2]string{y, x}
				for _, e := range ref.relations {
					if e.From != x || e.To != y || !(tells(x, y) && slices.Contains(leads[ends], e)) && !(tells(y, x) && slices.Contains(leads[back], e)) {
						continue
					}
					statedEdges = append(statedEdges, fmt.Sprintf("relation:one:%s skill:one:%s>skill:one:%s STATED %v %v",
						e.Key(), x, y, likenessStated[e.Type], !e.Type.Symmetric()))
					degree[x]++
					degree[y]++
				}
				if x < y && (tells(x, y) && kinOf[ends] || tells(y, x) && kinOf[back]) {
					derivedEdges = append(derivedEdges, fmt.Sprintf("skill:one:%s~skill:one:%s %.3f", x, y, alike[ends]))
					degree[x]++
					degree[y]++
				}
			}
		}
		want := drawing{}
		for _, code := range nodes {
			distance := fmt.Sprint(at[code])
			if len(roots) == 0 {
				distance = "-"
			}
			want.Nodes = append(want.Nodes, fmt.Sprintf("%s %s %d", code, distance, degree[code]))
		}
		asked := fmt.Sprintf("seed %d: roots %v, depth %d, types %v, origins %v, levels %v, categories %v", seed, roots, depth, types, origins, levels, categories)
		if diff := gocmp.Diff(want.Nodes, got.Nodes); diff != "" || got.Cut {
			t.Fatalf("%s: cut %v, nodes (-want +got):\n%s", asked, got.Cut, diff)
		}
		var gotStated, gotDerived []string
		for i, e := range whole.Edges {
			switch {
			case e.Type() != nil && len(gotDerived) == 0:
				gotStated = append(gotStated, got.Edges[i])
			case e.Type() == nil:
				if !slices.Contains(derived, e.Origin()) || e.Directed() || e.ID() != e.Source()+"~"+e.Target() {
					t.Fatalf("%s: edge %s", asked, got.Edges[i])
				}
				gotDerived = append(gotDerived, fmt.Sprintf("%s %.3f", e.ID(), e.Likeness()))
			default:
				t.Fatalf("%s: what is stated comes late", asked)
			}
			if len(e.Why()) == 0 {
				t.Fatalf("%s: nothing tells why of %s", asked, got.Edges[i])
			}
		}
		if diff := gocmp.Diff(slices.Sorted(slices.Values(statedEdges)), slices.Sorted(slices.Values(gotStated))); diff != "" {
			t.Fatalf("%s: stated edges (-want +got):\n%s", asked, diff)
		}
		if diff := gocmp.Diff(derivedEdges, gotDerived); diff != "" {
			t.Fatalf("%s: derived edges (-want +got):\n%s", asked, diff)
		}
		edges += len(got.Edges)

		// However it came to be, the same content is drawn the same.
		if diff := gocmp.Diff(got, drawn(draw(atOnce(w, a).View(anyone(), "one", false), MaxGraphNodes, MaxGraphEdges))); diff != "" {
			t.Fatalf("%s: made in another order it differs:\n%s", asked, diff)
		}
		// Cut, the nearest nodes stay.
		limit, edgeLimit := 1+a.IntN(len(nodes)+1), 1+a.IntN(len(got.Edges)+1)
		some := draw(f, limit, MaxGraphEdges)
		if len(some.Nodes) != min(limit, len(nodes)) || some.Cut != (limit < len(nodes)) {
			t.Fatalf("%s: of %d nodes at most %d are %d, cut %v", asked, len(nodes), limit, len(some.Nodes), some.Cut)
		}
		for i, n := range some.Nodes {
			if d, ok := at[n.Code()]; !ok || d != at[nodes[i]] {
				t.Fatalf("%s: cut at %d, %s is there in place of %s", asked, limit, n.Code(), nodes[i])
			}
		}
		if some.Cut {
			cuts++
		}
		few := draw(f, MaxGraphNodes, edgeLimit)
		degrees := 0
		for _, n := range few.Nodes {
			degrees += n.Degree
		}
		if len(few.Edges) != min(edgeLimit, len(got.Edges)) || few.Cut != (edgeLimit < len(got.Edges)) || degrees != 2*len(few.Edges) {
			t.Fatalf("%s: of %d edges at most %d are %d, cut %v, degrees %d", asked, len(got.Edges), edgeLimit, len(few.Edges), few.Cut, degrees)
		}
		for _, e := range drawn(few).Edges {
			if !slices.Contains(got.Edges, e) {
				t.Fatalf("%s: %s is there only when others are cut", asked, e)
			}
		}
	}
	if edges < 3_000 || cuts < 100 || distances < 500 {
		t.Errorf("only %d edges, %d cuts and %d distances were compared", edges, cuts, distances)
	}
}

// TestPublishedGraphHangsTogether: of a framework that states nothing all skills hang
// together by what is derived.
// What a graph that is refused on the way leaves behind does not show in the next one.
func TestGraphAfterRefusedOnes(t *testing.T) {
	a := newAuthor(1)
	w := a.meadow(t)
	draw := func(budget int) (*SkillGraphView, error) {
		v := anyone()
		v.Budget = NewBudget(budget)
		return w.View(v, "one", false).Graph(t.Context(), nil, 0, nil, nil, nil, nil, nil, MaxGraphNodes, MaxGraphEdges)
	}
	want := drawn(must(draw(1_000_000)))
	refused := 0
	for budget := range 200 {
		if _, err := draw(budget); err == nil {
			break
		}
		refused++
		if diff := gocmp.Diff(want, drawn(must(draw(1_000_000)))); diff != "" {
			t.Fatalf("after a budget of %d (-want +got):\n%s", budget, diff)
		}
	}
	if refused < 20 {
		t.Errorf("%d graphs were refused", refused)
	}
}

func TestPublishedGraphHangsTogether(t *testing.T) {
	w, _ := published(t)
	f := w.View(anyone(), "gdad", false)
	g := must(f.Graph(t.Context(), nil, 0, nil, derivedFrom, nil, nil, nil, MaxGraphNodes, MaxGraphEdges))
	near := map[string][]string{}
	by := map[RelationOrigin]int{}
	for _, e := range g.Edges {
		near[e.Source()] = append(near[e.Source()], e.Target())
		near[e.Target()] = append(near[e.Target()], e.Source())
		by[e.Origin()]++
	}
	seen := map[string]bool{g.Nodes[0].ID(): true}
	for queue := []string{g.Nodes[0].ID()}; len(queue) > 0; queue = queue[1:] {
		for _, id := range near[queue[0]] {
			if !seen[id] {
				seen[id] = true
				queue = append(queue, id)
			}
		}
	}
	if g.Cut || len(g.Nodes) != 189 || len(seen) != 189 {
		t.Errorf("of %d skills %d hang together, cut %v", len(g.Nodes), len(seen), g.Cut)
	}
	// These are in the documentation too. They follow from its rules: change them together.
	if diff := gocmp.Diff(map[RelationOrigin]int{OriginRoles: 933, OriginCategory: 558, OriginText: 457}, by); diff != "" {
		t.Error(diff)
	}
}
