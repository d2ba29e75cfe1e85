package exchange

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"skillatlas/internal/framework"
)

// A Rename is a skill or role that the files miss and one that is new in them, which
// look like the same thing under another code. It is a proposal: the plan makes the
// one and misses the other, unless it is confirmed with a [Same].
type Rename struct {
	Kind framework.Kind
	// From is the code in the framework, To that in the files.
	From, To         string
	FromName, ToName string
	Why              Likeness
}

// A Likeness is why two things look like the same.
type Likeness string

// The likenesses, the first that holds.
const (
	// SameTexts: description, guidance and the texts of levels, as far as the format has
	// them, are the same but for letter case, spaces and punctuation, and have at least
	// eight words.
	SameTexts Likeness = "SAME_TEXTS"
	// NearNames: the names differ in at most a tenth of their characters, or share at
	// least 85 % of their words (Dice's coefficient) in any order; and they have the
	// same numbers and ranks in them.
	NearNames Likeness = "NEAR_NAMES"
	// LikeTexts: at least half of the runs of three words that are in these texts of
	// either are in those of both (Jaccard's coefficient).
	LikeTexts Likeness = "LIKE_TEXTS"
)

// Likenesses lists them.
var Likenesses = [...]Likeness{SameTexts, NearNames, LikeTexts}

const (
	// leastWords is how many words texts must have to tell anything.
	leastWords = 8
	// Names and texts are near from these percentages on.
	nearWords, nearTexts = 85, 50
	// A sketch of a text is its smallest runs of words by hash, which estimate how
	// like two texts are and are exact when there are no more (Broder, On the
	// resemblance and containment of documents, 1997).
	sketchSize = 512
	// What is compared in full with one missing thing is bounded: the new ones with
	// which it shares most features, of the features that at most maxShared have.
	maxCompared, maxShared = 20, 32
	// indexedRuns are how many of the runs of words of a text are such features.
	indexedRuns = 64
)

// A thing is what is compared to find renames.
type thing struct {
	code, name string
	folded     []rune
	words      []string // of the name, sorted, without little ones
	ranks      string   // numbers and ranks in the name
	texts      uint64   // hash of all words, 0 for too few
	runs       []uint64 // sketch
}

// renames finds what looks renamed. It takes time in proportion to the number of
// things, see maxCompared.
func (d *comparison) renames() []Rename {
	if d.s == nil {
		return nil
	}
	missing := map[framework.Kind][]thing{}
	for _, m := range d.missing {
		if m.Field != "" {
			continue
		}
		switch e := d.s.Entity(m.Kind, m.Key).(type) {
		case *framework.Skill:
			missing[m.Kind] = append(missing[m.Kind], d.skillThing(e))
		case *framework.Role:
			missing[m.Kind] = append(missing[m.Kind], d.roleThing(e))
		}
	}
	created := map[framework.Kind][]thing{}
	isNew := func(kind framework.Kind, o *origin, code string, status framework.Status) bool {
		return len(missing[kind]) > 0 && !o.skipped && status != framework.StatusRetired && d.s.Entity(kind, code) == nil
	}
	for _, i := range d.c.skills {
		if isNew(framework.KindSkill, &i.origin, i.value.Code, i.value.Status) {
			created[framework.KindSkill] = append(created[framework.KindSkill], d.skillThing(&i.value))
		}
	}
	for _, i := range d.c.roles {
		if isNew(framework.KindRole, &i.origin, i.value.Code, i.value.Status) {
			created[framework.KindRole] = append(created[framework.KindRole], d.roleThing(&i.value))
		}
	}
	var list []Rename
	for _, kind := range []framework.Kind{framework.KindSkill, framework.KindRole} {
		for _, p := range pairs(missing[kind], created[kind]) {
			list = append(list, Rename{Kind: kind, From: p.from.code, To: p.to.code, FromName: p.from.name, ToName: p.to.name, Why: p.why})
		}
	}
	return list
}

// skillThing takes the texts of a skill that the format carries: others the files
// cannot have.
func (d *comparison) skillThing(s *framework.Skill) thing {
	var texts []string
	if d.c.has(framework.KindSkill, "description") {
		texts = append(texts, s.Description)
	}
	if d.c.has(framework.KindSkill, "guidance") {
		texts = append(texts, s.Guidance)
	}
	if d.c.has(framework.KindSkill, "levels") {
		levels := slices.Clone(s.Levels)
		slices.SortFunc(levels, func(a, b framework.LevelText) int { return cmp.Compare(a.Level, b.Level) })
		for _, l := range levels {
			texts = append(texts, l.Description)
		}
	}
	return newThing(s.Code, s.Name, texts)
}

func (d *comparison) roleThing(r *framework.Role) thing {
	var texts []string
	if d.c.has(framework.KindRole, "description") {
		texts = append(texts, r.Description)
	}
	return newThing(r.Code, r.Name, texts)
}

var (
	// littleWords tell nothing of a name.
	littleWords = []string{"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"}
	// rankWords tell names apart as numbers do: one role has another name at each rank.
	rankWords = []string{
		"apprentice", "assistant", "associate", "chief", "deputy", "director", "head", "junior", "lead", "principal", "senior", "trainee",
	}
)

func newThing(code, name string, texts []string) thing {
	t := thing{code: code, name: name, folded: []rune(folded(name))}
	for _, w := range wordsOf(name) {
		if strings.Trim(w, "ivx") == "" || strings.ContainsFunc(w, unicode.IsDigit) || slices.Contains(rankWords, w) {
			t.ranks += w + " "
		}
		if !slices.Contains(littleWords, w) {
			t.words = append(t.words, w)
		}
	}
	t.words = sortedSet(t.words)
	var hashes []uint64
	for _, text := range texts {
		for _, w := range wordsOf(text) {
			hashes = append(hashes, hash(w))
		}
	}
	if len(hashes) < leastWords {
		return t
	}
	for i, h := range hashes {
		t.texts = mix(t.texts, h)
		if i >= 2 {
			t.runs = append(t.runs, mix(mix(hashes[i-2], hashes[i-1]), h))
		}
	}
	slices.Sort(t.runs)
	t.runs = slices.Compact(t.runs)
	t.runs = slices.Clone(t.runs[:min(len(t.runs), sketchSize)])
	return t
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// mix hashes two hashes, and which comes first (the finaliser of splitmix64).
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// features are hashes of what things that are like have in common.
func (t *thing) features() []uint64 {
	list := slices.Clone(t.runs[:min(len(t.runs), indexedRuns)])
	if t.texts != 0 {
		list = append(list, t.texts)
	}
	list = append(list, hash("name "+string(t.folded)), hash("words "+strings.Join(t.words, " ")))
	for _, w := range t.words {
		list = append(list, hash("word "+w))
	}
	for i := range max(0, min(len(t.folded), 100)-2) {
		list = append(list, hash("part "+string(t.folded[i:i+3])))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A finder finds the things that share features with another.
type finder struct {
	postings []posting // by feature
	shared   []int     // how many features each thing shares, 0 between searches
	some     []int     // things that share any
	best     []int
}

// A posting says which thing has a feature.
type posting struct {
	feature uint64
	at      int
}

func newFinder(things []thing) *finder {
	f := &finder{shared: make([]int, len(things))}
	for i := range things {
		for _, feature := range things[i].features() {
			f.postings = append(f.postings, posting{feature, i})
		}
	}
	slices.SortFunc(f.postings, func(a, b posting) int { return cmp.Or(cmp.Compare(a.feature, b.feature), cmp.Compare(a.at, b.at)) })
	return f
}

// like lists up to maxCompared things, those that share most features with t first.
// The list holds until the next call.
func (f *finder) like(t *thing) []int {
	f.some, f.best = f.some[:0], f.best[:0]
	for _, feature := range t.features() {
		from, _ := slices.BinarySearchFunc(f.postings, feature, func(p posting, feature uint64) int { return cmp.Compare(p.feature, feature) })
		to := from
		for to < len(f.postings) && f.postings[to].feature == feature && to-from <= maxShared {
			to++
		}
		if to-from > maxShared {
			continue
		}
		for _, p := range f.postings[from:to] {
			if f.shared[p.at] == 0 {
				f.some = append(f.some, p.at)
			}
			f.shared[p.at]++
		}
	}
	for _, at := range f.some {
		i, _ := slices.BinarySearchFunc(f.best, at, func(a, b int) int { return cmp.Or(cmp.Compare(f.shared[b], f.shared[a]), cmp.Compare(a, b)) })
		if i < maxCompared {
			f.best = slices.Insert(f.best[:min(len(f.best), maxCompared-1)], i, at)
		}
	}
	for _, at := range f.some {
		f.shared[at] = 0
	}
	return f.best
}

type pair struct {
	from, to *thing
	why      Likeness
}

// A match is the best that was found for something; ties are others as good.
type match struct{ score, with, ties int }

// offer takes another into account.
func (m *match) offer(score, with int) {
	switch {
	case score > m.score:
		*m = match{score: score, with: with}
	case score == m.score:
		m.ties++
	}
}

// pairs matches what is missing with what is new. Each of a pair is the other's best,
// and no other is as good.
func pairs(missing, created []thing) []pair {
	found := newFinder(created)
	forNew := make([]match, len(created))
	forMissing := make([]match, len(missing))
	whys := make([]Likeness, len(missing))
	for m := range missing {
		for _, at := range found.like(&missing[m]) {
			score, why := compareThings(&missing[m], &created[at])
			if why == "" {
				continue
			}
			if score > forMissing[m].score {
				whys[m] = why
			}
			forMissing[m].offer(score, at)
			forNew[at].offer(score, m)
		}
	}
	var list []pair
	for m, b := range forMissing {
		if b.score == 0 || b.ties > 0 {
			continue
		}
		if back := forNew[b.with]; back.ties == 0 && back.with == m {
			list = append(list, pair{&missing[m], &created[b.with], whys[m]})
		}
	}
	return list
}

// compareThings tells why two things look like the same, "" when they do not, and by
// how much. The score counts names and texts alike, in whole percents: what is nearly
// as good is as good.
func compareThings(a, b *thing) (score int, why Likeness) {
	name, texts := nameLikeness(a, b), textLikeness(a.runs, b.runs)
	score = name + texts
	switch {
	case a.texts != 0 && a.texts == b.texts:
		return score, SameTexts
	case name >= nearWords:
		return score, NearNames
	case texts >= nearTexts:
		return score, LikeTexts
	}
	return 0, ""
}

// nameLikeness is how like two names are, in percent: by their words, or when they
// differ in a few characters only by these.
func nameLikeness(a, b *thing) int {
	switch {
	case slices.Equal(a.folded, b.folded):
		return 100
	case a.ranks != b.ranks:
		return 0
	}
	both := 0
	for _, w := range a.words {
		if _, ok := slices.BinarySearch(b.words, w); ok {
			both++
		}
	}
	likeness := 0
	if n := len(a.words) + len(b.words); n > 0 {
		likeness = min(200*both/n, 99)
	}
	longest := max(len(a.folded), len(b.folded))
	if d := distance(a.folded, b.folded, longest/10); d <= longest/10 {
		likeness = max(likeness, 100-100*d/longest)
	}
	return likeness
}

// textLikeness is how like two texts are by their sketches, in percent.
func textLikeness(a, b []uint64) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both, either := 0, 0
	for i, j := 0, 0; (i < len(a) || j < len(b)) && either < sketchSize; either++ {
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			i++
		case i == len(a) || b[j] < a[i]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return 100 * both / either
}

// distance is how many characters must be put in, taken out or replaced to make b of
// a (Levenshtein's distance), or anything above most when it is that.
func distance(a, b []rune, most int) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > most {
		return most + 1
	}
	// Cells of a row further than most from its diagonal cannot be on the way.
	row := make([]int, len(a)+1)
	for i := range row {
		row[i] = i
	}
	for j, r := range b {
		from, to := max(0, j-most), min(len(a), j+2+most)
		diagonal := row[from]
		if from == 0 {
			row[0] = j + 1
		} else {
			row[from] = most + 1
		}
		for i := from; i < to; i++ {
			d := diagonal
			if a[i] != r {
				d++
			}
			d = min(d, row[i]+1)
			if i < j+1+most { // else above is out of reach
				d = min(d, row[i+1]+1)
			}
			diagonal, row[i+1] = row[i+1], d
		}
	}
	return row[len(a)]
}
