package framework

import (
	"strings"
)

// A RelationType says how one skill relates to another, as seen from the first.
type RelationType string

// The types. Those in the first group are stored; each in the second is the
// inverse under which the other end sees a stored one.
const (
	Complementary RelationType = "COMPLEMENTARY" // symmetric: used together
	Related       RelationType = "RELATED"       // symmetric: has to do with
	Broader       RelationType = "BROADER"       // has the broader skill
	Prerequisite  RelationType = "PREREQUISITE"  // has the prerequisite
	EssentialFor  RelationType = "ESSENTIAL_FOR" // is essential for
	OptionalFor   RelationType = "OPTIONAL_FOR"  // is optional for
	ReplacedBy    RelationType = "REPLACED_BY"   // was replaced by
	MergedInto    RelationType = "MERGED_INTO"   // was merged into
	SplitInto     RelationType = "SPLIT_INTO"    // was split into
	ExactMatch    RelationType = "EXACT_MATCH"   // symmetric, also across frameworks: means the same
	CloseMatch    RelationType = "CLOSE_MATCH"   // symmetric, also across frameworks: means nearly the same

	Narrower        RelationType = "NARROWER"
	PrerequisiteFor RelationType = "PREREQUISITE_FOR"
	HasEssential    RelationType = "HAS_ESSENTIAL"
	HasOptional     RelationType = "HAS_OPTIONAL"
	Replaces        RelationType = "REPLACES"
	MergedFrom      RelationType = "MERGED_FROM"
	SplitFrom       RelationType = "SPLIT_FROM"
)

// inverses maps every type to its inverse; stored tells the types that are stored.
var (
	inverses = map[RelationType]RelationType{
		Complementary: Complementary, Related: Related, ExactMatch: ExactMatch, CloseMatch: CloseMatch,
		Broader: Narrower, Prerequisite: PrerequisiteFor, EssentialFor: HasEssential, OptionalFor: HasOptional,
		ReplacedBy: Replaces, MergedInto: MergedFrom, SplitInto: SplitFrom,
		Narrower: Broader, PrerequisiteFor: Prerequisite, HasEssential: EssentialFor, HasOptional: OptionalFor,
		Replaces: ReplacedBy, MergedFrom: MergedInto, SplitFrom: SplitInto,
	}
	derived = map[RelationType]bool{
		Narrower: true, PrerequisiteFor: true, HasEssential: true, HasOptional: true,
		Replaces: true, MergedFrom: true, SplitFrom: true,
	}
)

// Inverse is the type as seen from the other end, or empty for an unknown type.
func (t RelationType) Inverse() RelationType { return inverses[t] }

// Symmetric reports whether both ends see the relation alike.
func (t RelationType) Symmetric() bool { return inverses[t] == t }

// Stored reports whether relations are stored under this type, not its inverse.
func (t RelationType) Stored() bool { return inverses[t] != "" && !derived[t] }

func (t RelationType) lineage() bool {
	return t == ReplacedBy || t == MergedInto || t == SplitInto
}

func (t RelationType) crossesFrameworks() bool { return t == ExactMatch || t == CloseMatch }

// A Relation is stated once, in its stored direction, and seen from both ends.
// Of the two ends of a symmetric relation within one framework From is the one
// that sorts first.
type Relation struct {
	From string
	Type RelationType
	// ToFramework is the code of the framework To belongs to, or empty for the
	// relation's own.
	ToFramework string
	To          string
	Note        string
}

// Kind implements Entity.
func (r *Relation) Kind() Kind { return KindRelation }

// Key implements Entity. Codes hold no spaces, so the key is unambiguous.
func (r *Relation) Key() string {
	if r.ToFramework != "" {
		return r.From + " " + string(r.Type) + " " + r.ToFramework + " " + r.To
	}
	return r.From + " " + string(r.Type) + " " + r.To
}

func (r *Relation) facts(add func(path, value string)) {
	add("from", r.From)
	add("type", string(r.Type))
	addText(add, "toFramework", r.ToFramework)
	add("to", r.To)
	addText(add, "note", r.Note)
}

func (r *Relation) self() bool { return r.ToFramework == "" && r.From == r.To }

// canonical brings the relation into the form in which it is stored.
func (r *Relation) canonical() {
	if r.ToFramework != "" {
		return
	}
	if derived[r.Type] || r.Type.Symmetric() && r.To < r.From {
		r.From, r.Type, r.To = r.To, r.Type.Inverse(), r.From
	}
}

// contradictions lists the relations that cannot be stated together with r,
// in stored form.
func (r *Relation) contradictions() []Relation {
	switch {
	case r.Type == Broader || r.Type == Prerequisite:
		return []Relation{{From: r.To, Type: r.Type, To: r.From}}
	case r.Type.lineage():
		return []Relation{
			{From: r.To, Type: ReplacedBy, To: r.From}, {From: r.To, Type: MergedInto, To: r.From}, {From: r.To, Type: SplitInto, To: r.From},
		}
	}
	return nil
}

// contradicted returns a relation of the draft that r cannot be stated together
// with, or nil.
func (d *draft) contradicted(r *Relation) *Relation {
	for _, c := range r.contradictions() {
		if stated := d.relation(c.Key()); stated != nil {
			return stated
		}
	}
	return nil
}

func relationEnds(key string) (from, toFramework, to string) {
	switch f := strings.Split(key, " "); len(f) {
	case 3:
		return f[0], "", f[2]
	case 4:
		return f[0], f[2], f[3]
	default:
		return "", "", ""
	}
}

// Relate states a relation. Its type may be a stored one or an inverse.
type Relate struct {
	From string
	Type RelationType
	// ToFramework is set for a match with a skill of another framework.
	ToFramework string
	To          string
	Note        string
}

func (e Relate) apply(d *draft) {
	r := e.relation(d)
	if r == nil || !d.checkRelation(r, relationFields{"from", "to", "type"}.swappedIf(r.From != e.From)) {
		return
	}
	d.checkText("note", &r.Note, maxText)
	if d.relation(r.Key()) != nil {
		d.problem("", "%s is stated already", describe(r))
		return
	}
	if d.mirrored(r) {
		d.problem("", "%s is stated already, by framework %s", describe(r), r.ToFramework)
		return
	}
	d.putRelation(r)
}

// mirrored reports whether the framework of its other end states a relation too.
func (d *draft) mirrored(r *Relation) bool {
	if r.ToFramework == "" {
		return false
	}
	mirror := &Relation{From: r.To, Type: r.Type, ToFramework: d.code, To: r.From}
	return d.world.entity(Ref{KindRelation, r.ToFramework, mirror.Key()}) != nil
}

// UpdateRelation changes the note of a relation.
type UpdateRelation struct {
	From        string
	Type        RelationType
	ToFramework string
	To          string
	Note        Opt[string]
}

func (e UpdateRelation) apply(d *draft) {
	if r := d.statedRelation(Relate{e.From, e.Type, e.ToFramework, e.To, ""}); r != nil {
		changed := *r
		e.Note.into(&changed.Note)
		d.checkText("note", &changed.Note, maxText)
		d.putRelation(&changed)
	}
}

// Unrelate removes a relation.
type Unrelate struct {
	From        string
	Type        RelationType
	ToFramework string
	To          string
}

func (e Unrelate) apply(d *draft) {
	if r := d.statedRelation(Relate{e.From, e.Type, e.ToFramework, e.To, ""}); r != nil {
		d.removeRelation(r)
	}
}

// relation is the relation an edit names, in stored form, or nil with a problem.
func (e Relate) relation(d *draft) *Relation {
	if e.Type.Inverse() == "" {
		d.problem("type", "%q is not a type of relation", e.Type)
		return nil
	}
	return e.stored(d.code)
}

// stored is the relation an edit of a framework names, in stored form. The type
// has to be one there is.
func (e Relate) stored(framework string) *Relation {
	if e.ToFramework == framework {
		e.ToFramework = ""
	}
	r := &Relation{From: e.From, Type: e.Type, ToFramework: e.ToFramework, To: e.To, Note: e.Note}
	r.canonical()
	return r
}

func (d *draft) statedRelation(e Relate) *Relation {
	r := e.relation(d)
	if r == nil {
		return nil
	}
	old := d.relation(r.Key())
	if old == nil {
		d.problem("", "%s is not stated", describe(r))
	}
	return old
}

func describe(r *Relation) string {
	to := r.To
	if r.ToFramework != "" {
		to = r.ToFramework + " " + to
	}
	return "relation " + r.From + " " + string(r.Type) + " " + to
}

// relationFields names the fields of an edit that the parts of a relation come from.
type relationFields struct{ from, to, typ string }

func (f relationFields) swappedIf(swap bool) relationFields {
	if swap {
		f.from, f.to = f.to, f.from
	}
	return f
}

func (d *draft) checkRelation(r *Relation, at relationFields) bool {
	if r.ToFramework != "" && !r.Type.crossesFrameworks() {
		d.problem(at.typ, "%s holds within one framework only; across frameworks use EXACT_MATCH or CLOSE_MATCH", r.Type)
		return false
	}
	if r.self() {
		d.problem(at.to, "a skill cannot be related to itself")
		return false
	}
	from, to := d.skill(r.From), d.skill(r.To)
	if r.ToFramework != "" {
		if to = d.world.foreignSkill(r.ToFramework, r.To); to == nil {
			d.problem(at.to, "framework %q has no skill %q", r.ToFramework, r.To)
			return false
		}
	}
	if from == nil {
		d.unknown(at.from, "skill", r.From)
	}
	if to == nil {
		d.unknown(at.to, "skill", r.To)
	}
	if from == nil || to == nil {
		return false
	}
	if !r.Type.lineage() {
		if from.Status == StatusRetired {
			d.problem(at.from, "skill %s is retired; restore it or relate its successor", from.Code)
			return false
		}
		// What another framework retires, matches are not told of.
		if to.Status == StatusRetired && r.ToFramework == "" {
			d.problem(at.to, "skill %s is retired; restore it or relate its successor", to.Code)
			return false
		}
	} else if to.Status == StatusRetired {
		d.problem(at.to, "skill %s is retired and cannot take another's place", to.Code)
		return false
	}
	if c := d.contradicted(r); c != nil {
		d.problem("", "%s contradicts %s; remove that one first", describe(r), describe(c))
		return false
	}
	if n := d.relationCount(r.From); n >= maxRelations {
		d.problem(at.from, "skill %s has %d relations; no more are allowed", r.From, n)
		return false
	}
	if r.ToFramework != "" {
		if n := d.matchCount(r.ToFramework, r.To); n >= maxRelations {
			d.problem(at.to, "skill %s of framework %s has %d matches stated by other frameworks; no more are allowed", r.To, r.ToFramework, n)
			return false
		}
	} else if n := d.relationCount(r.To); n >= maxRelations {
		d.problem(at.to, "skill %s has %d relations; no more are allowed", r.To, n)
		return false
	}
	return true
}
