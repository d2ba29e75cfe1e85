package framework

// An Attribute is a generic attribute of the levels, such as autonomy or
// influence, with a description per level.
type Attribute struct {
	Code string
	Name string
	// Type groups attributes, in the framework's own words.
	Type        string
	Description string
	Position    int
	Status      Status
	// Levels is sorted by level.
	Levels []LevelText
}

// Kind implements Entity.
func (a *Attribute) Kind() Kind { return KindAttribute }

// Key implements Entity.
func (a *Attribute) Key() string { return a.Code }

func (a *Attribute) facts(add func(path, value string)) {
	add("code", a.Code)
	addText(add, "name", a.Name)
	addText(add, "type", a.Type)
	addText(add, "description", a.Description)
	addNumber(add, "position", a.Position)
	add("status", string(a.Status))
	addLevelTexts(add, a.Levels)
}

// CreateAttribute makes a new attribute.
type CreateAttribute struct {
	Code        string
	Name        string
	Type        string
	Description string
	Position    int
}

func (e CreateAttribute) apply(d *draft) {
	if a := d.attribute(e.Code); a != nil {
		d.taken("attribute", e.Code, a.Status)
		return
	}
	d.checkCode("code", e.Code)
	a := &Attribute{
		Code: e.Code, Name: e.Name, Type: e.Type, Description: e.Description,
		Position: e.Position, Status: StatusActive,
	}
	d.checkAttribute(a)
	d.put(a)
}

// UpdateAttribute changes fields of an attribute.
type UpdateAttribute struct {
	Code        string
	Name        Opt[string]
	Type        Opt[string]
	Description Opt[string]
}

func (e UpdateAttribute) apply(d *draft) {
	d.editAttribute("code", e.Code, func(a *Attribute) {
		e.Name.into(&a.Name)
		e.Type.into(&a.Type)
		e.Description.into(&a.Description)
	})
}

// MoveAttribute gives an attribute another place in the order.
type MoveAttribute struct {
	Code     string
	Position int
}

func (e MoveAttribute) apply(d *draft) {
	d.editAttribute("code", e.Code, func(a *Attribute) { a.Position = e.Position })
}

// RetireAttribute takes an attribute out of use.
type RetireAttribute struct {
	Code string
}

func (e RetireAttribute) apply(d *draft) {
	d.editAttribute("code", e.Code, func(a *Attribute) { a.Status = StatusRetired })
}

// RestoreAttribute brings a retired attribute back.
type RestoreAttribute struct {
	Code string
}

func (e RestoreAttribute) apply(d *draft) {
	d.editAttribute("code", e.Code, func(a *Attribute) { a.Status = StatusActive })
}

// DefineAttributeLevel describes an attribute at a level.
type DefineAttributeLevel struct {
	Attribute   string
	Level       int
	Description string
}

func (e DefineAttributeLevel) apply(d *draft) {
	d.checkLevel("level", e.Level)
	d.checkText("description", &e.Description, maxText)
	d.editAttribute("attribute", e.Attribute, func(a *Attribute) {
		a.Levels = withLevelText(a.Levels, LevelText{e.Level, e.Description})
	})
}

// RemoveAttributeLevel removes an attribute's description at a level.
type RemoveAttributeLevel struct {
	Attribute string
	Level     int
}

func (e RemoveAttributeLevel) apply(d *draft) {
	d.editAttribute("attribute", e.Attribute, func(a *Attribute) {
		i, ok := levelText(a.Levels, e.Level)
		if !ok {
			d.problem("level", "attribute %s is not described at level %d", a.Code, e.Level)
			return
		}
		a.Levels = withoutLevelText(a.Levels, i)
	})
}

func (d *draft) editAttribute(field, code string, change func(*Attribute)) {
	old := d.attribute(code)
	if old == nil {
		d.unknown(field, "attribute", code)
		return
	}
	a := *old
	change(&a)
	d.checkAttribute(&a)
	d.put(&a)
}

func (d *draft) checkAttribute(a *Attribute) {
	d.checkName("name", &a.Name)
	d.checkText("type", &a.Type, maxName)
	d.checkText("description", &a.Description, maxText)
	d.checkPosition("position", &a.Position)
}
