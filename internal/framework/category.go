package framework

import "slices"

// A Category is a node of the tree by which people find skills.
type Category struct {
	Code        string
	Name        string
	Description string
	// Parent is the code of the category above, or empty at the top.
	Parent   string
	Position int
	Status   Status
	// Successors are the categories a retired one was merged or split into.
	Successors []string
}

// Kind implements Entity.
func (c *Category) Kind() Kind { return KindCategory }

// Key implements Entity.
func (c *Category) Key() string { return c.Code }

func (c *Category) facts(add func(path, value string)) {
	add("code", c.Code)
	addText(add, "name", c.Name)
	addText(add, "description", c.Description)
	addText(add, "parent", c.Parent)
	addNumber(add, "position", c.Position)
	add("status", string(c.Status))
	addList(add, "successors", c.Successors)
}

// CreateCategory makes a new category.
type CreateCategory struct {
	Code        string
	Name        string
	Description string
	Parent      string
	Position    int
}

func (e CreateCategory) apply(d *draft) {
	if c := d.category(e.Code); c != nil {
		d.taken("category", e.Code, c.Status)
		return
	}
	d.checkCode("code", e.Code)
	c := &Category{
		Code: e.Code, Name: e.Name, Description: e.Description, Parent: e.Parent,
		Position: e.Position, Status: StatusActive,
	}
	d.checkCategory(c)
	d.checkParent("parent", d.categoryFamily(), e.Code, e.Parent)
	d.put(c)
}

// UpdateCategory changes fields of a category.
type UpdateCategory struct {
	Code        string
	Name        Opt[string]
	Description Opt[string]
}

func (e UpdateCategory) apply(d *draft) {
	d.editCategory(e.Code, func(c *Category) {
		e.Name.into(&c.Name)
		e.Description.into(&c.Description)
	})
}

// MoveCategory puts a category, with all it holds, elsewhere in the tree.
type MoveCategory struct {
	Code string
	// Parent is the new category above; cleared means the top.
	Parent   Opt[string]
	Position Opt[int]
}

func (e MoveCategory) apply(d *draft) {
	d.editCategory(e.Code, func(c *Category) {
		e.Parent.into(&c.Parent)
		e.Position.into(&c.Position)
		if e.Parent.Set {
			d.checkParent("parent", d.categoryFamily(), c.Code, c.Parent)
		}
	})
}

// RetireCategory takes an empty category out of use.
type RetireCategory struct {
	Code string
}

func (e RetireCategory) apply(d *draft) {
	d.editCategory(e.Code, func(c *Category) { d.retireCategory(c, nil) })
}

// RestoreCategory brings a retired category back.
type RestoreCategory struct {
	Code string
}

func (e RestoreCategory) apply(d *draft) {
	d.editCategory(e.Code, func(c *Category) {
		c.Status, c.Successors = StatusActive, nil
		if d.checkRestored(d.categoryFamily(), c.Code, c.Parent) {
			d.checkParent("code", d.categoryFamily(), c.Code, c.Parent)
		}
	})
}

// MergeCategories moves all that some categories hold into another and retires them.
type MergeCategories struct {
	Codes []string
	Into  string
}

func (e MergeCategories) apply(d *draft) {
	if !d.checkSuccession(d.categoryFamily(), "codes.", e.Codes, "into", []string{e.Into}) {
		return
	}
	at := d.category(e.Into)
	for n := 0; at != nil && n <= maxDepth; n++ {
		if slices.Contains(e.Codes, at.Code) {
			d.problem("into", "category %s is below %s; move it out first", e.Into, at.Code)
			return
		}
		at = d.category(at.Parent)
	}
	for _, code := range e.Codes {
		for s := range d.skills() {
			if s.Category == code {
				moved := *s
				moved.Category = e.Into
				d.put(&moved)
			}
		}
		for c := range d.categories() {
			if c.Parent == code && c.Status == StatusActive {
				moved := *c
				moved.Parent = e.Into
				d.checkParent("into", d.categoryFamily(), moved.Code, moved.Parent)
				d.put(&moved)
			}
		}
		d.editCategory(code, func(c *Category) { d.retireCategory(c, []string{e.Into}) })
	}
}

// SplitCategory retires an empty category in favour of others, among which its
// skills have been placed before.
type SplitCategory struct {
	Code string
	Into []string
}

func (e SplitCategory) apply(d *draft) {
	if d.checkSuccession(d.categoryFamily(), "code", []string{e.Code}, "into.", e.Into) {
		d.editCategory(e.Code, func(c *Category) { d.retireCategory(c, e.Into) })
	}
}

// categoryHolds lists what is in use in a category.
func (d *draft) categoryHolds(code string) []string {
	var holds []string
	for s := range d.skills() {
		if s.Category == code && s.Status == StatusActive {
			holds = append(holds, s.Code)
		}
	}
	for k := range d.categories() {
		if k.Parent == code && k.Status == StatusActive {
			holds = append(holds, k.Code)
		}
	}
	return holds
}

func (d *draft) retireCategory(c *Category, successors []string) {
	if holds := d.categoryHolds(c.Code); len(holds) > 0 {
		d.problem("code", "category %s still holds %s; move or retire them first", c.Code, some(holds))
	}
	c.Status = StatusRetired
	if len(successors) > 0 {
		c.Successors = sorted(successors)
	}
}

func (d *draft) editCategory(code string, change func(*Category)) {
	old := d.category(code)
	if old == nil {
		d.unknown("code", "category", code)
		return
	}
	c := *old
	change(&c)
	d.checkCategory(&c)
	d.put(&c)
}

func (d *draft) checkCategory(c *Category) {
	d.checkName("name", &c.Name)
	d.checkText("description", &c.Description, maxText)
	d.checkPosition("position", &c.Position)
}

func (d *draft) categoryFamily() family {
	return family{
		what: "category",
		node: func(code string) (string, Status) {
			if c := d.category(code); c != nil {
				return c.Parent, c.Status
			}
			return "", ""
		},
		codes: func(yield func(string) bool) {
			for c := range d.categories() {
				if !yield(c.Code) {
					return
				}
			}
		},
	}
}
