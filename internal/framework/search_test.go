package framework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// Words too short to be guessed at, so that what has a word is found and nothing else.
var pantry = []string{"fig", "ham", "nut", "oat", "rye", "yam"}

func (a *author) recipe(most int) string {
	var list []string
	for range 1 + a.IntN(most) {
		list = append(list, pick(a, pantry...))
	}
	return strings.Join(list, " ")
}

// A kitchen is a framework with its change requests, as it came to be.
type kitchen struct {
	a         *author
	worlds    []*World
	revisions []*Revision
	// drafts are the authors of the change requests that only they and editors see.
	drafts map[int]string
	raised int
}

func (k *kitchen) do(who Actor, list ...Edit) bool {
	w := last(k.worlds)
	changes, problems := attempt(k.worlds, who, list...)
	if len(problems) > 0 || len(changes) == 0 {
		return false
	}
	r := revision(w, changes)
	r.Author, r.ChangeRequest, r.Time = who.ID, w.Carries("demo", list), epoch.Add(time.Duration(w.Seq()+1)*time.Hour)
	k.revisions = append(k.revisions, r)
	k.worlds = append(k.worlds, w.Apply(r))
	return true
}

func newKitchen(t testing.TB, a *author) *kitchen {
	k := &kitchen{a: a, worlds: []*World{{}}, drafts: map[int]string{}}
	if !k.do(kim, CreateFramework{Code: "demo", Name: "Demo"}, DefineLevel{Ordinal: 1, Name: Some(a.recipe(2))},
		CreateCategory{Code: "c", Name: a.recipe(2)}, CreateAttribute{Code: "a", Name: a.recipe(2)}, CreateRoleGroup{Code: "g", Name: a.recipe(2)},
		CreateSkill{Code: "s0", Name: a.recipe(1)}, CreateSkill{Code: "s1", Name: a.recipe(2)}, CreateRole{Code: "r0", Name: a.recipe(2)}) {
		t.Fatal("the first edits are refused")
	}
	return k
}

// step makes a random edit, if it can be made.
func (k *kitchen) step() {
	a := k.a
	skill, role := fmt.Sprint("s", a.IntN(6)), fmt.Sprint("r", a.IntN(3))
	who := pick(a, ann, bob)
	content := pick[Edit](a,
		CreateSkill{Code: skill, Name: a.recipe(3), Description: a.recipe(6), Levels: []LevelText{{1, a.recipe(4)}}},
		CreateSkill{Code: skill, Name: a.recipe(2), Synonyms: []string{"z " + a.recipe(1)}},
		UpdateSkill{Code: skill, Name: Some(a.recipe(3)), Description: Some(a.recipe(4))},
		RetireSkill{Code: skill}, RestoreSkill{Code: skill},
		CreateRole{Code: role, Name: a.recipe(3), Description: a.recipe(4)}, RetireRole{Code: role}, RestoreRole{Code: role},
		UpdateCategory{Code: "c", Description: Some(a.recipe(4))}, DefineLevel{Ordinal: 1, Essence: Some(a.recipe(3))},
		DefineLevel{Ordinal: 2, Name: Some(a.recipe(2))}, RemoveLevel{2}, DefineSkillLevel{skill, 1, a.recipe(5)})
	raise := RaiseRequest{Title: a.recipe(3), Summary: a.recipe(3), Submit: a.IntN(2) == 0}
	switch a.IntN(5) {
	case 0:
		if k.do(who, raise) {
			if k.raised++; !raise.Submit {
				k.drafts[k.raised] = who.ID
			}
		}
	case 1:
		k.do(pick(a, ann, bob, eve), CommentRequest{1 + a.IntN(k.raised+1), a.recipe(4)})
	default:
		k.do(eve, content)
	}
}

// searchLines lists all that a search finds, in one page.
func searchLines(t testing.TB, f *FrameworkView, query string, kinds []SearchKind, status []Status) []string {
	t.Helper()
	lines := []string{}
	for _, e := range must(f.Search(t.Context(), query, kinds, status, new(MaxPage), nil, nil, nil)).Edges {
		line := fmt.Sprintf("%s %s %s %.4f", e.Node.Kind(), e.Node.Node().ID(), e.Node.Match(), e.Node.Score())
		for _, fragment := range must(e.Node.Fragments(t.Context(), 20, 40)) {
			line += " " + fragment.Field
			for _, p := range fragment.Parts {
				if p.Marked {
					line += "*" + p.Text + "*"
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// found lists slowly what a query of whole words finds for someone, in no order.
func (k *kitchen) found(who Actor, query string, kinds []SearchKind, status []Status) (ids []string) {
	type thing struct {
		id    string
		words map[string]bool
	}
	var things []thing
	add := func(kind SearchKind, key string, s Status, texts ...string) {
		if len(kinds) > 0 && !slices.Contains(kinds, kind) || !slices.Contains(status, s) && (len(status) > 0 || s != StatusActive) {
			return
		}
		words := map[string]bool{}
		for _, w := range strings.Fields(strings.Join(texts, " ")) {
			words[w] = true
		}
		things = append(things, thing{fmt.Sprintf("%s:demo:%s", strings.ToLower(string(kind)), key), words})
	}
	w := last(k.worlds)
	s := w.Snapshot("demo")
	for e := range s.Levels() {
		add(SearchLevel, e.Key(), StatusActive, e.Name, e.Essence)
	}
	for e := range s.Attributes() {
		add(SearchAttribute, e.Code, e.Status, e.Name)
	}
	for e := range s.Categories() {
		add(SearchCategory, e.Code, e.Status, e.Name, e.Description)
	}
	for e := range s.Skills() {
		texts := append([]string{e.Name, e.Description}, e.Synonyms...)
		for _, l := range e.Levels {
			texts = append(texts, l.Description)
		}
		add(SearchSkill, e.Code, e.Status, texts...)
	}
	for e := range s.RoleGroups() {
		add(SearchRoleGroup, e.Code, e.Status, e.Name)
	}
	for e := range s.Roles() {
		add(SearchRole, e.Code, e.Status, e.Name, e.Description)
	}
	for n := range k.raised {
		r := request(w, n+1)
		texts := []string{r.Title, r.Summary}
		for c := 1; ; c++ {
			comment, ok := w.Entity(Ref{KindComment, "demo", fmt.Sprintf("%d/%d", n+1, c)}).(*Comment)
			if !ok {
				break
			}
			texts = append(texts, comment.Body)
		}
		if author, draft := k.drafts[n+1]; !draft || author == who.ID || who.Access >= Editor {
			add(SearchChangeRequest, r.Key(), StatusActive, texts...)
		}
	}
	words := strings.Fields(query)
	for _, all := range []bool{true, false} {
		for _, t := range things {
			has := slices.IndexFunc(words, func(w string) bool { return t.words[w] != all }) < 0
			if !all {
				has = slices.ContainsFunc(words, func(w string) bool { return t.words[w] })
			}
			if has {
				ids = append(ids, t.id)
			}
		}
		if len(ids) > 0 {
			break
		}
	}
	slices.Sort(ids)
	return ids
}

// TestSearchOfRandomHistories: whoever searches at whatever time finds what they may see
// of what there is, whole or in pages, and as if it had all been there from the start.
func TestSearchOfRandomHistories(t *testing.T) {
	searches, some, mixed := 0, 0, 0
	for seed := range uint64(300) {
		a := newAuthor(seed)
		k := newKitchen(t, a)
		for range 8 {
			for range a.IntN(5) {
				k.step()
			}
			who := pick(a, ann, bob, eve)
			query := a.recipe(3) + " "
			kinds := pick(a, nil, nil, []SearchKind{SearchSkill, SearchChangeRequest}, []SearchKind{SearchChangeRequest}, []SearchKind{SearchLevel, SearchRole})
			status := pick(a, nil, nil, []Status{StatusRetired}, []Status{StatusActive, StatusRetired})
			f := view(k.worlds, who)
			asked := fmt.Sprintf("seed %d: %s for %q, kinds %v, status %v", seed, who.ID, query, kinds, status)

			lines := searchLines(t, f, query, kinds, status)
			var ids []string
			requests := 0
			for _, line := range lines {
				ids = append(ids, strings.Fields(line)[1])
				for i, part := range strings.Split(line, "*") {
					if i%2 == 1 && !slices.Contains(strings.Fields(query), part) {
						t.Fatalf("%s: %q is marked in %s", asked, part, line)
					}
				}
				if !strings.Contains(line, "*") {
					t.Fatalf("%s: nothing is marked in %s", asked, line)
				}
				if strings.HasPrefix(line, string(SearchChangeRequest)) {
					requests++
				}
				if strings.Contains(line, " "+string(MatchSome)+" ") {
					some++
				}
			}
			searches++
			if requests > 0 && requests < len(lines) {
				mixed++
			}
			if diff := cmp.Diff(k.found(who, query, kinds, status), slices.Sorted(slices.Values(ids))); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", asked, diff)
			}

			none := 0
			c := must(f.Search(t.Context(), query, kinds, status, &none, nil, nil, nil))
			if len(c.Edges) != 0 || c.PageInfo.HasNextPage != (len(ids) > 0) || c.PageInfo.HasPreviousPage {
				t.Fatalf("%s: an empty page of %d says %+v", asked, len(ids), c.PageInfo)
			}

			// In pages, forward and backward.
			size := 1 + a.IntN(3)
			var after, before *string
			for at := 0; ; at += size {
				c := must(f.Search(t.Context(), query, kinds, status, &size, after, nil, nil))
				page(t, asked, c, ids, at, min(at+size, len(ids)))
				if after = c.PageInfo.EndCursor; !c.PageInfo.HasNextPage {
					break
				}
			}
			for at := len(ids); ; at -= size {
				c := must(f.Search(t.Context(), query, kinds, status, nil, nil, &size, before))
				page(t, asked, c, ids, max(at-size, 0), at)
				if before = c.PageInfo.StartCursor; !c.PageInfo.HasPreviousPage {
					break
				}
			}

			// Those who never searched before find the same.
			anew := (&World{}).Replay(k.revisions)
			if diff := cmp.Diff(lines, searchLines(t, anew.View(reader([]*World{anew}, who), "demo", false), query, kinds, status)); diff != "" {
				t.Fatalf("%s: made anew the index says otherwise (-edited +anew):\n%s", asked, diff)
			}
		}
	}
	if searches < 2_000 || some < 100 || mixed < 100 {
		t.Errorf("only %d searches, %d hits of some words, %d of both content and requests", searches, some, mixed)
	}
}

// page checks one page of a list against all of it.
func page(t *testing.T, asked string, c SearchConnection, ids []string, from, to int) {
	t.Helper()
	var got []string
	for _, e := range c.Edges {
		got = append(got, e.Node.Node().ID())
	}
	if total := must(c.TotalCount(t.Context())); total != len(ids) || !slices.Equal(got, ids[from:to]) ||
		len(got) > 0 && (c.PageInfo.HasPreviousPage != (from > 0) || c.PageInfo.HasNextPage != (to < len(ids))) {
		t.Fatalf("%s: page from %d to %d of %v is %v of %d, %+v", asked, from, to, ids, got, total, c.PageInfo)
	}
}

// TestSearchInPreviews: with a change request that is previewed, search finds what it
// will when the request is applied, and the head finds what it did.
func TestSearchInPreviews(t *testing.T) {
	content := []SearchKind{SearchSkill, SearchLevel, SearchAttribute, SearchCategory, SearchRole, SearchRoleGroup}
	differ := 0
	for seed := range uint64(100) {
		a := newAuthor(seed)
		k := newKitchen(t, a)
		for range a.IntN(10) {
			k.step()
		}
		list := edits(UpdateSkill{Code: "s0", Name: Some(a.recipe(3))}, CreateSkill{Code: "s9", Name: a.recipe(2), Description: a.recipe(3)}, RetireSkill{Code: "s1"})
		w := last(k.worlds)
		changes, problems := w.Edit("demo", list)
		if problems != nil {
			continue // one of the two is retired already
		}
		query := a.recipe(2) + " "
		before := searchLines(t, view(k.worlds, ann), query, content, nil)
		if !k.do(ann, RaiseRequest{Title: "Change", Edits: list, Base: w.Seq(), Submit: true}) {
			t.Fatalf("seed %d: the request is refused", seed)
		}
		k.raised++
		preview := must(last(k.worlds).Preview(t.Context(), reader(k.worlds, ann), "demo", []int{k.raised}))
		got := searchLines(t, preview, query, content, nil)
		for i := range got {
			got[i] = strings.Replace(got[i], fmt.Sprintf("@cr%d", k.raised), "", 1)
		}
		applied := next(w, changes)
		if diff := cmp.Diff(searchLines(t, applied.View(anyone(), "demo", false), query, content, nil), got); diff != "" {
			t.Fatalf("seed %d: %q (-applied +previewed):\n%s", seed, query, diff)
		}
		if diff := cmp.Diff(before, searchLines(t, view(k.worlds, ann), query, content, nil)); diff != "" {
			t.Fatalf("seed %d: the head finds other than before:\n%s", seed, diff)
		}
		if !slices.Equal(before, got) {
			differ++
		}
	}
	if differ < 30 {
		t.Errorf("only %d previews found other than the head", differ)
	}
}

// TestSearchForASkillLevel: the code of a skill's level finds the skill, and requests that
// speak of it.
func TestSearchForASkillLevel(t *testing.T) {
	worlds := acted(t, tracked(t), bob, RaiseRequest{Title: "Drop BAKE_1", Submit: true})
	for query, want := range map[string][]string{
		"BAKE_1":  {"skill:demo:BAKE CODE", "change_request:demo:4 ALL"},
		"bake_1 ": {"skill:demo:BAKE CODE", "change_request:demo:4 ALL"},
		"BAKE_3":  {},
	} {
		got := []string{}
		for _, e := range must(view(worlds, eve).Search(t.Context(), query, []SearchKind{SearchSkill, SearchChangeRequest}, nil, nil, nil, nil, nil)).Edges {
			got = append(got, fmt.Sprint(e.Node.Node().ID(), " ", e.Node.Match()))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
