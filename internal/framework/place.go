package framework

// A Place is what a view stands for, in the state it is read in. All that a view with a
// place tells by a method that takes nothing depends on its place alone: not on who
// looks, nor on how the view was come by. So what was written for one view can stand for
// another.
type Place struct {
	// Of is a pointer that is of no other thing, nil where there is no place: in states
	// other than the head's.
	Of any
	// Changed is the last revision that changed anything of the framework.
	Changed int64
}

func (f *FrameworkView) place(of any) Place {
	if f.elsewhere() {
		return Place{}
	}
	return Place{of, f.s.changed}
}

// The places of views.

func (v LevelView) Place() Place          { return v.f.place(v.l) }
func (v AttributeView) Place() Place      { return v.f.place(v.a) }
func (v AttributeLevelView) Place() Place { return v.a.f.place(&v.a.a.Levels[v.i]) }
func (v CategoryView) Place() Place       { return v.f.place(v.n) }
func (v SkillView) Place() Place          { return v.f.place(v.n) }
func (v SkillLevelView) Place() Place     { return v.s.f.place(&v.s.n.Levels[v.i]) }
func (v RoleGroupView) Place() Place      { return v.f.place(v.n) }
func (v RoleView) Place() Place           { return v.f.place(v.r) }
func (v GraphNodeView) Place() Place      { return v.Skill.Place() }

// Place is that of the relation as seen from one end: of a derived one only where it is derived from all there
// is, since another origin may say most of some.
func (v GraphEdgeView) Place() Place {
	switch {
	case v.e != nil:
		return v.f.place(v.e)
	case v.derived == derivedOrigins:
		return v.f.place(v.kin)
	}
	return Place{}
}
