package framework_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	. "skillatlas/internal/framework"
)

// A lister asks for a page of some list.
type lister[T any] func(first *int, after *string, last *int, before *string) (Connection[T], error)

// walks holds a list against want: read forwards and backwards in pages of every
// size, counted, and asked for what it must refuse.
func walks[T any](t *testing.T, list lister[T], name func(T) string, want ...string) {
	t.Helper()
	names := func(c Connection[T]) []string {
		var out []string
		for _, n := range c.Nodes() {
			out = append(out, name(n))
		}
		return out
	}
	whole, err := list(nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, names(whole)); diff != "" {
		t.Fatalf("the list (-want +got):\n%s", diff)
	}
	if n, err := whole.TotalCount(t.Context()); n != len(want) || err != nil {
		t.Errorf("totalCount: got %d, %v, want %d", n, err, len(want))
	}
	if i := whole.PageInfo; i.HasNextPage || i.HasPreviousPage || (i.StartCursor == nil) != (len(want) == 0) || (i.EndCursor == nil) != (len(want) == 0) {
		t.Errorf("the whole list has the page info %+v", i)
	}
	for size := 1; size <= len(want)+1; size++ {
		var forward, backward []string
		var after, before *string
		for range len(want) + 1 {
			page, err := list(&size, after, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := page.PageInfo.HasPreviousPage; got != (len(forward) > 0) {
				t.Errorf("%d at a time after %d: hasPreviousPage is %v", size, len(forward), got)
			}
			forward = append(forward, names(page)...)
			if !page.PageInfo.HasNextPage {
				break
			}
			after = page.PageInfo.EndCursor
		}
		for range len(want) + 1 {
			page, err := list(nil, nil, &size, before)
			if err != nil {
				t.Fatal(err)
			}
			if got := page.PageInfo.HasNextPage; got != (len(backward) > 0) {
				t.Errorf("%d at a time before %d: hasNextPage is %v", size, len(backward), got)
			}
			backward = append(names(page), backward...)
			if !page.PageInfo.HasPreviousPage {
				break
			}
			before = page.PageInfo.StartCursor
		}
		if diff := gocmp.Diff(want, forward); diff != "" {
			t.Errorf("%d at a time, forwards (-want +got):\n%s", size, diff)
		}
		if diff := gocmp.Diff(want, backward); diff != "" {
			t.Errorf("%d at a time, backwards (-want +got):\n%s", size, diff)
		}
	}
	for _, bad := range []struct {
		first, last   *int
		after, before *string
		code          Code
		message       string
	}{
		{first: new(-1), code: Invalid, message: "first is -1; it cannot be negative"},
		{last: new(-1), code: Invalid, message: "last is -1; it cannot be negative"},
		{first: new(501), code: LimitExceeded, message: "first is 501; a page has at most 500 elements"},
		{last: new(501), code: LimitExceeded, message: "last is 501; a page has at most 500 elements"},
		{first: new(1), last: new(1), code: Invalid, message: "first and last cannot be combined; give one of them"},
		{after: new("!"), code: Invalid, message: "after is not a cursor of this list in this order; use one that the same list returned"},
		{before: new("bm9uZTp4"), code: Invalid, message: "before is not a cursor of this list in this order; use one that the same list returned"},
	} {
		_, err := list(bad.first, bad.after, bad.last, bad.before)
		if refusal := (*Error)(nil); !errors.As(err, &refusal) || refusal.Code != bad.code || refusal.Message != bad.message {
			t.Errorf("got %v, want %s", err, bad.message)
		}
	}
}

func TestEveryListIsPaged(t *testing.T) {
	w := atlas(t)
	w = edited(t, w, "demo", UpdateSkill{Code: "BAKE", Guidance: Some("G")}, Relate{From: "BAKE", Type: CloseMatch, ToFramework: "other", To: "COOK"})
	w = edited(t, w, "demo", UpdateSkill{Code: "BAKE", Guidance: Some("")}, Require{Role: "chef", Skill: "BAKE", Level: 2},
		Require{Role: "chef", Skill: "MIX"}, MoveRole{Code: "chef", Group: Some("kitchen")}, MoveSkill{Code: "TASTE", Category: Some("sub"), Position: Some(1)})
	f := w.View(anyone(), "demo", false)
	code := func(v interface{ Code() string }) string { return v.Code() }
	revision := func(v RevisionView) string { return fmt.Sprint(v.Seq()) }
	required := func(v RequirementView) string { return v.Role().Code() + " requires " + v.Skill().Code() }
	relation := func(v RelationView) string {
		return fmt.Sprint(v.From().Code(), " ", v.Type(), " ", v.To().Framework().Code(), " ", v.To().Code())
	}
	change := func(v ChangeView) string { return fmt.Sprint(v.Action(), " ", v.Kind(), " ", v.Key()) }

	t.Run("frameworks", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (FrameworkConnection, error) {
			return w.Frameworks(t.Context(), anyone(), first, after, last, before, false)
		}, func(f *FrameworkView) string { return f.Code() }, "demo", "other")
	})
	t.Run("frameworks, archived ones too", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (FrameworkConnection, error) {
			return w.Frameworks(t.Context(), anyone(), first, after, last, before, true)
		}, func(f *FrameworkView) string { return f.Code() }, "demo", "other", "shut")
	})
	t.Run("revisions", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return w.Revisions(t.Context(), anyone(), first, after, last, before)
		}, revision, "1", "2", "3", "4", "5")
	})
	t.Run("revisions of a framework", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Revisions(t.Context(), first, after, last, before)
		}, revision, "1", "4", "5")
	})
	t.Run("changes of a revision", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (ChangeConnection, error) {
			return w.Revision(anyone(), 4).Changes(t.Context(), first, after, last, before, nil)
		}, change, "UPDATED SKILL BAKE", "CREATED RELATION BAKE CLOSE_MATCH other COOK")
	})
	t.Run("changes of a revision to another framework", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (ChangeConnection, error) {
			return w.Revision(anyone(), 4).Changes(t.Context(), first, after, last, before, new("other"))
		}, change)
	})
	t.Run("skills", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (SkillConnection, error) {
			return f.Skills(t.Context(), first, after, last, before, nil, SkillsByCode)
		}, func(v SkillView) string { return v.Code() }, "BAKE", "MIX", "SERVE", "TASTE")
	})
	t.Run("skills of a category", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (SkillConnection, error) {
			return f.Category("sub").Skills(t.Context(), first, after, last, before, nil)
		}, func(v SkillView) string { return code(v) }, "BAKE", "TASTE", "MIX")
	})
	t.Run("retired skills of a category", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (SkillConnection, error) {
			return f.Category("oldc").Skills(t.Context(), first, after, last, before, []Status{StatusRetired})
		}, func(v SkillView) string { return code(v) }, "OLD")
	})
	t.Run("relations", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RelationConnection, error) {
			return f.Relations(t.Context(), first, after, last, before, nil)
		}, relation, "BAKE RELATED demo TASTE", "BAKE PREREQUISITE demo MIX", "BAKE CLOSE_MATCH other COOK")
	})
	t.Run("relations of some types", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RelationConnection, error) {
			return f.Relations(t.Context(), first, after, last, before, []RelationType{Prerequisite, CloseMatch, ExactMatch})
		}, relation, "BAKE PREREQUISITE demo MIX", "BAKE CLOSE_MATCH other COOK")
	})
	t.Run("roles", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RoleConnection, error) {
			return f.Roles(t.Context(), first, after, last, before, &RoleFilter{Status: []Status{StatusActive, StatusRetired}})
		}, func(v RoleView) string { return code(v) }, "baker", "chef", "oldr")
	})
	t.Run("roles of a group", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RoleConnection, error) {
			return f.RoleGroup("kitchen").Roles(t.Context(), first, after, last, before, nil)
		}, func(v RoleView) string { return code(v) }, "chef", "baker")
	})
	t.Run("requirements of a role", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RequirementConnection, error) {
			return f.Role("chef").Requirements(t.Context(), first, after, last, before, nil)
		}, required, "chef requires BAKE", "chef requires MIX", "chef requires TASTE")
	})
	t.Run("requirements of an importance", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RequirementConnection, error) {
			return f.Role("baker").Requirements(t.Context(), first, after, last, before, new(Optional))
		}, required, "baker requires MIX")
	})
	t.Run("requirements of a skill", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RequirementConnection, error) {
			return f.Skill("MIX").RequiredBy(t.Context(), first, after, last, before)
		}, required, "baker requires MIX", "chef requires MIX")
	})
	t.Run("requirements of a skill at a level", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RequirementConnection, error) {
			return f.Skill("BAKE").Level(2).RequiredBy(t.Context(), first, after, last, before)
		}, required, "baker requires BAKE", "chef requires BAKE")
	})
	t.Run("history of a skill", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Skill("BAKE").History(t.Context(), first, after, last, before)
		}, revision, "1", "4", "5")
	})
	histories := map[string]lister[RevisionView]{
		"level": func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Level(1).History(t.Context(), first, after, last, before)
		},
		"attribute": func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Attribute("AUTO").History(t.Context(), first, after, last, before)
		},
		"category": func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Category("sub").History(t.Context(), first, after, last, before)
		},
		"role group": func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.RoleGroup("staff").History(t.Context(), first, after, last, before)
		},
	}
	for what, list := range histories {
		t.Run("history of a "+what, func(t *testing.T) { walks(t, list, revision, "1") })
	}
	t.Run("history of a role", func(t *testing.T) {
		walks(t, func(first *int, after *string, last *int, before *string) (RevisionConnection, error) {
			return f.Role("chef").History(t.Context(), first, after, last, before)
		}, revision, "1", "5")
	})
}

// larder makes a framework of many skills with names that meet, a tree of
// categories, and relations.
func (a *author) larder(t testing.TB) *World {
	list := edits(CreateFramework{Code: "one", Name: "One"}, DefineLevel{Ordinal: 1, Name: Some("1")}, DefineLevel{Ordinal: 2, Name: Some("2")},
		DefineLevel{Ordinal: 3, Name: Some("3")})
	places := []string{""}
	for i := range 6 {
		code := fmt.Sprintf("c%d", i)
		list = append(list, CreateCategory{Code: code, Name: code, Parent: pick(a, places...), Position: a.IntN(3)})
		places = append(places, code)
	}
	var codes []string
	for _, letter := range "abcdefghij" {
		for _, rest := range []string{"", "!", "1", "é"} {
			code := string(letter) + rest
			codes = append(codes, code)
			s := CreateSkill{Code: code, Name: pick(a, "Zeal", "ärger", "Ärger", "fish", "Fish", "X²") + pick(a, "", " 2"), Category: pick(a, places...), Position: a.IntN(4)}
			for level := 1; level <= 3; level++ {
				if a.IntN(2) == 0 {
					s.Levels = append(s.Levels, LevelText{level, "x"})
				}
			}
			list = append(list, s)
		}
	}
	for i, code := range codes[1:] {
		list = append(list, Relate{From: code, Type: pick(a, Related, Narrower, Prerequisite), To: codes[a.IntN(i+1)]})
	}
	for _, code := range codes {
		if a.IntN(5) == 0 {
			list = append(list, RetireSkill{Code: code})
		}
	}
	return edited(t, &World{}, "one", list...)
}

// A reference lists skills slowly, from the content alone.
type reference struct{ s *Snapshot }

func (r reference) category(code string) *Category {
	e, _ := r.s.Entity(KindCategory, code).(*Category)
	return e
}

func (r reference) passes(s *Skill, f SkillFilter) bool {
	statuses := f.Status
	if len(statuses) == 0 {
		statuses = []Status{StatusActive}
	}
	if !slices.Contains(statuses, s.Status) {
		return false
	}
	if f.Category != nil {
		at := s.Category
		for at != "" && at != *f.Category {
			at = r.category(at).Parent
		}
		if at == "" {
			return false
		}
	}
	if len(f.Levels) > 0 && !slices.ContainsFunc(s.Levels, func(l LevelText) bool { return slices.Contains(f.Levels, l.Level) }) {
		return false
	}
	if f.Prefix != nil {
		lower := strings.ToLower(*f.Prefix)
		if !strings.HasPrefix(strings.ToLower(s.Code), lower) && !strings.HasPrefix(strings.ToLower(s.Name), lower) {
			return false
		}
	}
	if f.Related == nil {
		return true
	}
	for e := range r.s.Relations() {
		seen := e.Type
		if e.To == f.Related.To {
			seen = e.Type.Inverse()
		}
		if (e.From == s.Code && e.To == f.Related.To || e.To == s.Code && e.From == f.Related.To) &&
			(len(f.Related.Types) == 0 || slices.Contains(f.Related.Types, seen)) {
			return true
		}
	}
	return false
}

// compare is the order of two skills.
func (r reference) compare(a, b *Skill, order SkillOrder) int {
	switch order {
	case SkillsByName:
		lower := func(s *Skill) string { return strings.ReplaceAll(strings.ToLower(s.Name), "²", "2") }
		return cmp.Or(cmp.Compare(lower(a), lower(b)), cmp.Compare(a.Code, b.Code))
	case SkillsByPosition:
		if (a.Category == "") != (b.Category == "") {
			return cmp.Compare(b.Category, a.Category)
		}
		return slices.CompareFunc(r.path(a), r.path(b), func(x, y place) int {
			return cmp.Or(cmp.Compare(x.position, y.position), cmp.Compare(x.code, y.code))
		})
	}
	return cmp.Compare(a.Code, b.Code)
}

type place struct {
	position int
	code     string
}

func (r reference) path(s *Skill) []place {
	path := []place{{s.Position, s.Code}}
	for at := s.Category; at != ""; {
		c := r.category(at)
		path = append(path, place{c.Position, c.Code})
		at = c.Parent
	}
	slices.Reverse(path)
	return path
}

func TestSkillPagesAgainstReference(t *testing.T) {
	for seed := range uint64(400) {
		a := newAuthor(seed)
		old := a.larder(t)
		w := old
		// Cursors come from before some skills came and went.
		for range a.IntN(3) {
			changes, _ := w.Edit("one", edits(pick[Edit](a,
				CreateSkill{Code: "b0", Name: "Fish"}, RetireSkill{Code: "b"}, RestoreSkill{Code: "c"}, MoveSkill{Code: "d", Category: Some("c1")})))
			if changes != nil {
				w = next(w, changes)
			}
		}
		order := pick(a, SkillsByCode, SkillsByName, SkillsByPosition)
		filter := SkillFilter{
			Status: pick(a, nil, []Status{StatusActive, StatusRetired}, []Status{StatusRetired}),
			Levels: pick(a, nil, nil, []int{1}, []int{2, 3}, []int{7}),
		}
		if a.IntN(3) == 0 {
			filter.Category = new(pick(a, "c0", "c1", "c2", "nope"))
		}
		if a.IntN(4) == 0 {
			filter.Prefix = new(pick(a, "F", "B", "är", "x²"))
		}
		if a.IntN(4) == 0 {
			filter.Related = &RelatedFilter{pick(a, "a", "b", "c", "nope"), pick(a, nil, []RelationType{Related}, []RelationType{Narrower, PrerequisiteFor})}
		}
		r := reference{w.Snapshot("one")}
		var all []*Skill
		for s := range r.s.Skills() {
			if r.passes(s, filter) {
				all = append(all, s)
			}
		}
		slices.SortFunc(all, func(a, b *Skill) int { return r.compare(a, b, order) })

		// A cursor, and how many skills stand at or before it, and before it.
		marks := must(old.View(anyone(), "one", false).Skills(t.Context(), new(500), nil, nil, nil, &SkillFilter{Status: []Status{StatusActive, StatusRetired}}, order)).Edges
		mark := func() (cursor *string, upTo, before int) {
			e := marks[a.IntN(len(marks))]
			code := e.Node.Code()
			for s := range (reference{old.Snapshot("one")}).s.Skills() {
				if s.Code != code {
					continue
				}
				for _, other := range all {
					switch c := r.compare(other, s, order); {
					case c < 0:
						upTo, before = upTo+1, before+1
					case c == 0:
						upTo++
					}
				}
			}
			at := e.Cursor()
			return &at, upTo, before
		}
		lo, hi := 0, len(all)
		var first, last *int
		var after, before *string
		if a.IntN(2) == 0 {
			after, lo, _ = mark()
		}
		if a.IntN(2) == 0 {
			before, _, hi = mark()
			hi = max(lo, hi)
		}
		from, to := lo, hi
		switch n := a.IntN(8); a.IntN(3) {
		case 0:
			first, to = &n, min(lo+n, hi)
		case 1:
			last, from = &n, max(lo, hi-n)
		}

		c, err := w.View(anyone(), "one", false).Skills(t.Context(), first, after, last, before, &filter, order)
		if err != nil {
			t.Fatal(err)
		}
		type answer struct {
			Codes     []string
			Next, Pre bool
			Total     int
		}
		want := answer{Next: to < len(all), Pre: from > 0, Total: len(all)}
		for _, s := range all[from:to] {
			want.Codes = append(want.Codes, s.Code)
		}
		got := answer{Next: c.PageInfo.HasNextPage, Pre: c.PageInfo.HasPreviousPage, Total: must(c.TotalCount(t.Context()))}
		for _, e := range c.Edges {
			got.Codes = append(got.Codes, e.Node.Code())
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d, by %s, filter %+v (-want +got):\n%s", seed, order, filter, diff)
		}
	}
}

func TestCursorsOfAnotherOrderAreRefused(t *testing.T) {
	f := atlas(t).View(anyone(), "demo", false)
	orders := []SkillOrder{SkillsByCode, SkillsByName, SkillsByPosition}
	for _, from := range orders {
		cursor := must(f.Skills(t.Context(), nil, nil, nil, nil, nil, from)).PageInfo.EndCursor
		for _, to := range orders {
			_, err := f.Skills(t.Context(), nil, cursor, nil, nil, nil, to)
			if (err == nil) != (from == to) {
				t.Errorf("a cursor by %s in the list by %s: %v", from, to, err)
			}
		}
	}
}

// reads are ways to ask for much.
func reads(w *World) map[string]func(context.Context, *Viewer) error {
	f := func(v *Viewer) *FrameworkView { return w.View(v, "one", false) }
	return map[string]func(context.Context, *Viewer) error{
		"frameworks": func(ctx context.Context, v *Viewer) error {
			_, err := w.Frameworks(ctx, v, nil, nil, nil, nil, true)
			return err
		},
		"revisions": func(ctx context.Context, v *Viewer) error {
			_, err := w.Revisions(ctx, v, nil, nil, nil, nil)
			return err
		},
		"changes": func(ctx context.Context, v *Viewer) error {
			_, err := w.Revision(v, 1).Changes(ctx, nil, nil, nil, nil, nil)
			return err
		},
		"skills": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Skills(ctx, new(500), nil, nil, nil, nil, SkillsByCode)
			return err
		},
		"skills that none passes": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Skills(ctx, new(1), nil, nil, nil, &SkillFilter{Levels: []int{9}}, SkillsByCode)
			return err
		},
		"skills beyond the page": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Skills(ctx, nil, nil, new(0), nil, &SkillFilter{Levels: []int{9}}, SkillsByCode)
			return err
		},
		"skills related to a hub": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Skills(ctx, nil, nil, nil, nil, &SkillFilter{Related: &RelatedFilter{To: "HUB"}}, SkillsByCode)
			return err
		},
		"related": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Skill("HUB").Related(ctx, nil, nil, nil, nil, 1, MaxPage)
			return err
		},
		"relations": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Relations(ctx, new(500), nil, nil, nil, nil)
			return err
		},
		"relations of a type that is none": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Relations(ctx, nil, nil, nil, nil, []RelationType{SplitInto})
			return err
		},
		"categories": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Categories(ctx, nil)
			return err
		},
		"skills of a category": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).Category("all").Skills(ctx, new(500), nil, nil, nil, nil)
			return err
		},
		"skill levels": func(ctx context.Context, v *Viewer) error {
			_, err := f(v).SkillLevels(ctx, make([]string, 500))
			return err
		},
	}
}

// crowded is a world whose lists are longer than what is looked at between two
// looks at the clock.
func crowded(t testing.TB) *World {
	list := edits(CreateFramework{Code: "one", Name: "One"}, CreateCategory{Code: "all", Name: "All"}, CreateSkill{Code: "HUB", Name: "Hub"})
	for i := range 600 {
		code := fmt.Sprintf("S%d-", i)
		list = append(list, CreateCategory{Code: code, Name: code}, CreateSkill{Code: code, Name: code, Category: "all"}, Relate{From: "HUB", Type: Related, To: code})
	}
	w := edited(t, &World{}, "one", list...)
	for i := range 300 {
		code := fmt.Sprintf("f%d", i)
		changes, _ := w.Edit(code, edits(CreateFramework{Code: code, Name: code}))
		w = next(w, changes)
	}
	return w
}

func TestBudget(t *testing.T) {
	w := crowded(t)
	for name, read := range reads(w) {
		t.Run(name, func(t *testing.T) {
			limited := func(err error) bool {
				refusal := (*Error)(nil)
				return errors.As(err, &refusal) && refusal.Code == LimitExceeded
			}
			v := anyone()
			if err := read(t.Context(), v); err != nil {
				t.Fatalf("with a large budget: %v", err)
			}
			v.Budget = NewBudget(40)
			if err := read(t.Context(), v); !limited(err) {
				t.Errorf("with a small budget: %v", err)
			}
			if err := read(t.Context(), v); !limited(err) {
				t.Errorf("with none left: %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := read(ctx, anyone()); !limited(err) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
	t.Run("totalCount", func(t *testing.T) {
		v := anyone()
		c := must(w.View(v, "one", false).Skills(t.Context(), new(1), nil, nil, nil, &SkillFilter{Prefix: new("S")}, SkillsByCode))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.TotalCount(ctx); err == nil {
			t.Error("counted although cancelled")
		}
		v.Budget = NewBudget(600)
		c = must(w.View(v, "one", false).Skills(t.Context(), new(1), nil, nil, nil, &SkillFilter{Prefix: new("S")}, SkillsByCode))
		if _, err := c.TotalCount(t.Context()); err == nil {
			t.Error("counted 601 skills with a budget of 600")
		}
	})
}
