package framework

import (
	"cmp"
	"context"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Many frameworks state no relations. What skills have in common tells which belong
// together all the same: roles that require both, words that both are described with,
// and the category they are placed in. Each gives a likeness from 0 to 1:
//
//   - Roles: the cosine of the two skills as sets of roles, where a role weighs
//     1/log2(1+n) if it requires n skills, so that a role that asks for a bit of
//     everything says little; times m/(m+1) for the m roles in common, since one alone
//     may be chance.
//   - Words: the cosine of the words of name, synonyms and description, weighed by
//     tf-idf (G. Salton and C. Buckley, Term-weighting approaches in automatic text
//     retrieval, 1988), of each skill the keptWords that say most; words that every
//     fifth skill has, or more than commonWord skills, say nothing, nor do stopWords.
//   - Category: 1/log2(1+n) for a category of n skills.
//
// Together they say 1-(1-a)(1-b)(1-c), with the shares below: any of them is enough,
// and several say more than one.
const (
	shareOfRoles    = 0.9
	shareOfWords    = 0.7
	shareOfCategory = 0.4

	// leastLikeness is what counts as having something in common.
	leastLikeness = 0.1
	keptWords     = 24
	commonWord    = 300
	// nearestKin is how many kin a skill has by all likenesses together, and nearestBy
	// how many it has by each of them besides.
	nearestKin = 12
	nearestBy  = 6
	// smallCategory bounds the categories in which all skills are kin; in larger ones
	// only those are that stand next to each other, so many on either side.
	smallCategory = 30
	nextTo        = 3
)

// A kinship is what the active skills of a snapshot have in common. It is worked out
// for each skill when it is first asked for, and safe for concurrent use.
type kinship struct {
	s *Snapshot
	// sets is the sum of the weights of the roles that require each skill.
	sets []float64
	// members are the skills of each category, in its order.
	members map[string][]int32
	// vectors are the words of each skill, and holders the skills of each word.
	vectors [][]wordWeight
	holders [][]wordHolder
	words   []string
	kin     []atomic.Pointer[[]kin]
	scratch sync.Pool
}

// A kinScratch gathers the kin of one skill: at tells where in the list a skill is, plus
// one.
type kinScratch struct {
	at     []int32
	list   []kin
	common []int32 // roles in common, of those in the list
}

func (c *kinScratch) with(skill int32) *kin {
	if c.at[skill] == 0 {
		c.list, c.common = append(c.list, kin{skill: skill}), append(c.common, 0)
		c.at[skill] = int32(len(c.list))
	}
	return &c.list[c.at[skill]-1]
}

type wordWeight struct {
	word   int32
	weight float32
}

type wordHolder struct {
	skill  int32
	weight float32
}

// kin is a skill that has something in common with another, by its place among the
// snapshot's skills.
type kin struct {
	skill                  int32
	roles, words, category float32
}

// likeness is how much kin have in common by some origins.
func (k kin) likeness(origins originSet) float64 {
	unlike := 1.0
	if origins&rolesOrigin != 0 {
		unlike *= 1 - shareOfRoles*float64(k.roles)
	}
	if origins&textOrigin != 0 {
		unlike *= 1 - shareOfWords*float64(k.words)
	}
	if origins&categoryOrigin != 0 {
		unlike *= 1 - shareOfCategory*float64(k.category)
	}
	return 1 - unlike
}

func roleWeight(r *Role) float64 { return 1 / math.Log2(1+float64(len(r.Requirements))) }

// newKinship prepares what the likenesses are worked out from.
func newKinship(s *Snapshot) *kinship {
	n := len(s.skills.items)
	k := &kinship{s: s, sets: make([]float64, n), members: map[string][]int32{}, vectors: make([][]wordWeight, n), kin: make([]atomic.Pointer[[]kin], n)}
	for i, skill := range s.skills.items {
		for _, r := range skill.requiredBy {
			if r.Status == StatusActive {
				k.sets[i] += roleWeight(r)
			}
		}
	}
	for i, c := range s.categories.items {
		for _, code := range c.skills {
			if at := s.skills.index[code]; s.skills.items[at].Status == StatusActive {
				k.members[s.categories.keys[i]] = append(k.members[s.categories.keys[i]], at)
			}
		}
	}
	k.readWords()
	return k
}

// stopWords are English words that say nothing in whatever framework, and are too rare in
// small ones to be seen by that.
var stopWords = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields("a about across after all also an and any are as at be been before being between both by can " +
		"could do each for from had has have how if in into is its may more most must no not of on one or other our out over own shall " +
		"should so some such than that the their them then there these they this those through to under up upon use used using was we " +
		"were what when where whether which while who whom whose why will with within without would you your") {
		words[singular(w)] = true
	}
	return words
}()

// readWords makes the vectors of words.
func (k *kinship) readWords() {
	ids := map[string]int32{}
	counts := make([]map[int32]float64, len(k.s.skills.items))
	var skillsWith []float64 // of each word
	active := 0.0
	for i, skill := range k.s.skills.items {
		if skill.Status != StatusActive {
			continue
		}
		active++
		counts[i] = map[int32]float64{}
		count := func(text string, times float64) {
			for _, w := range nameWords(text) {
				if stopWords[w] {
					continue
				}
				id, ok := ids[w]
				if !ok {
					id = int32(len(k.words))
					ids[w] = id
					k.words = append(k.words, w)
					skillsWith = append(skillsWith, 0)
				}
				if counts[i][id] == 0 {
					skillsWith[id]++
				}
				counts[i][id] += times
			}
		}
		count(skill.Name, 3)
		for _, synonym := range skill.Synonyms {
			count(synonym, 1)
		}
		count(skill.Description, 1)
	}
	k.holders = make([][]wordHolder, len(k.words))
	for i, words := range counts {
		vector := make([]wordWeight, 0, len(words))
		for id, n := range words {
			if skillsWith[id] > min(max(active/5, 2), commonWord) {
				continue
			}
			vector = append(vector, wordWeight{id, float32((1 + math.Log(n)) * math.Log(active/skillsWith[id]))})
		}
		slices.SortFunc(vector, func(a, b wordWeight) int {
			return cmp.Or(-cmp.Compare(a.weight, b.weight), cmp.Compare(k.words[a.word], k.words[b.word]))
		})
		vector = slices.Clip(vector[:min(len(vector), keptWords)])
		square := 0.0
		for _, w := range vector {
			square += float64(w.weight) * float64(w.weight)
		}
		if square == 0 {
			continue
		}
		for j := range vector {
			vector[j].weight /= float32(math.Sqrt(square))
			k.holders[vector[j].word] = append(k.holders[vector[j].word], wordHolder{int32(i), vector[j].weight})
		}
		k.vectors[i] = vector
	}
}

// of lists the kin of a skill, the likest first.
func (k *kinship) of(skill int32) []kin {
	if known := k.kin[skill].Load(); known != nil {
		return *known
	}
	found := k.find(skill)
	k.kin[skill].Store(&found)
	return found
}

// all works out the kin of every skill, on all processors.
func (k *kinship) all(ctx context.Context) error {
	return inShares(ctx, len(k.kin), func(i int) { k.of(int32(i)) })
}

// inShares calls do for each of n, in shares at the same time, until the context ends.
func inShares(ctx context.Context, n int, do func(i int)) error {
	const least = 64 // below which it is not worth the while
	shares := min(runtime.GOMAXPROCS(0), n/least+1)
	var done sync.WaitGroup
	for share := range shares {
		done.Go(func() {
			for i := n * share / shares; i < n*(share+1)/shares && ctx.Err() == nil; i++ {
				do(i)
			}
		})
	}
	done.Wait()
	if ctx.Err() != nil {
		return tookTooLong
	}
	return nil
}

func (k *kinship) find(skill int32) []kin {
	node := k.s.skills.items[skill]
	if node.Status != StatusActive {
		return nil
	}
	c, _ := k.scratch.Get().(*kinScratch)
	if c == nil {
		c = &kinScratch{at: make([]int32, len(k.kin))}
	}
	defer func() {
		for _, o := range c.list {
			c.at[o.skill] = 0
		}
		c.list, c.common = c.list[:0], c.common[:0]
		k.scratch.Put(c)
	}()
	for _, r := range node.requiredBy {
		if r.Status != StatusActive {
			continue
		}
		weight := float32(roleWeight(r))
		for _, q := range r.Requirements {
			other := k.s.skills.index[q.Skill]
			c.with(other).roles += weight
			c.common[c.at[other]-1]++
		}
	}
	for i := range c.list {
		o, n := &c.list[i], float64(c.common[i])
		o.roles *= float32(n / (n + 1) / math.Sqrt(k.sets[skill]*k.sets[o.skill]))
	}
	for _, w := range k.vectors[skill] {
		for _, h := range k.holders[w.word] {
			c.with(h.skill).words += w.weight * h.weight
		}
	}
	for _, other := range k.siblings(node) {
		c.with(other).category = float32(1 / math.Log2(1+float64(len(k.members[node.Category]))))
	}
	var list []kin
	for _, o := range c.list {
		if o.skill != skill && k.s.skills.items[o.skill].Status == StatusActive &&
			(o.category > 0 || o.likeness(derivedOrigins) >= leastLikeness) {
			list = append(list, o)
		}
	}
	return nearest(list)
}

// nearest keeps the likest of a list, by all origins and by each, and orders them by all.
func nearest(list []kin) []kin {
	all := make([]float64, len(list))
	keep := map[int]bool{}
	likest := func(n int, likeness func(i int) float64) {
		var best []int // the likest first
		for i := range list {
			l := likeness(i)
			if l == 0 || len(best) == n && l <= likeness(best[n-1]) {
				continue
			}
			at := len(best)
			for at > 0 && likeness(best[at-1]) < l {
				at--
			}
			best = slices.Insert(best, at, i)
			best = best[:min(len(best), n)]
		}
		for _, i := range best {
			keep[i] = true
		}
	}
	// Of those that are as like the one whose place comes first counts.
	slices.SortFunc(list, func(a, b kin) int { return cmp.Compare(a.skill, b.skill) })
	for i, o := range list {
		all[i] = o.likeness(derivedOrigins)
	}
	likest(nearestKin, func(i int) float64 { return all[i] })
	likest(nearestBy, func(i int) float64 { return float64(list[i].roles) })
	likest(nearestBy, func(i int) float64 { return float64(list[i].words) })
	likest(nearestBy, func(i int) float64 { return float64(list[i].category) })
	kept := make([]kin, 0, len(keep))
	for _, i := range slices.Sorted(maps.Keys(keep)) {
		kept = append(kept, list[i])
	}
	slices.SortStableFunc(kept, func(a, b kin) int {
		return -cmp.Compare(a.likeness(derivedOrigins), b.likeness(derivedOrigins))
	})
	return kept
}

// siblings are the skills of the same category that count as kin, one's own among them.
func (k *kinship) siblings(node *skillNode) []int32 {
	list := k.members[node.Category]
	if len(list) > smallCategory {
		at := slices.Index(list, k.s.skills.index[node.Code])
		list = list[max(0, at-nextTo):min(len(list), at+nextTo+1)]
	}
	return list
}

// sharedWords are the words that make two skills alike, those that say most first.
func (k *kinship) sharedWords(a, b int32) []string {
	type shared struct {
		word   int32
		weight float32
	}
	var both []shared
	for _, w := range k.vectors[a] {
		for _, o := range k.vectors[b] {
			if w.word == o.word {
				both = append(both, shared{w.word, w.weight * o.weight})
			}
		}
	}
	slices.SortFunc(both, func(x, y shared) int {
		return cmp.Or(-cmp.Compare(x.weight, y.weight), cmp.Compare(k.words[x.word], k.words[y.word]))
	})
	words := make([]string, len(both))
	for i, s := range both {
		words[i] = k.words[s.word]
	}
	return words
}

// A RelationOrigin says what a relation between skills is known from.
type RelationOrigin string

// The origins. Those other than the first are derived, in the manner of [kinship].
const (
	OriginStated   RelationOrigin = "STATED"
	OriginRoles    RelationOrigin = "SHARED_ROLES"
	OriginCategory RelationOrigin = "SHARED_CATEGORY"
	OriginText     RelationOrigin = "TEXT"
)

// RelationOrigins lists the origins.
var RelationOrigins = [...]RelationOrigin{OriginStated, OriginRoles, OriginCategory, OriginText}

// An originSet is a set of origins. An empty one that was asked for stands for all, which
// [originSet.orAll] makes of it.
type originSet uint8

func originSetOf(origins ...RelationOrigin) originSet {
	var set originSet
	for _, o := range origins {
		set |= 1 << slices.Index(RelationOrigins[:], o)
	}
	return set
}

var (
	statedOrigin   = originSetOf(OriginStated)
	rolesOrigin    = originSetOf(OriginRoles)
	categoryOrigin = originSetOf(OriginCategory)
	textOrigin     = originSetOf(OriginText)
	derivedOrigins = rolesOrigin | categoryOrigin | textOrigin
)

// orAll is the set, or that of all origins.
func (s originSet) orAll() originSet {
	if s == 0 {
		return originSetOf(RelationOrigins[:]...)
	}
	return s
}

func (s originSet) has(o originSet) bool { return s == 0 || s&o != 0 }
