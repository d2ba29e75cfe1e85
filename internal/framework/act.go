package framework

import "time"

// An Act is who makes edits, and when: what edits of the tracker record, and what
// their rules look at. The zero Act is for edits of content.
type Act struct {
	Actor Actor
	Time  time.Time
	// Past gives the worlds that [World.Needs] lists, right after earlier revisions.
	Past func(seq int64) *World
}

// A rooted edit depends on earlier states besides the one it is made on.
type rooted interface {
	// needs lists the revisions the edit needs the worlds of.
	needs(w *World, framework string) []int64
}

// Needs lists the revisions, none of them that of w, whose worlds edits need to be
// made on w; most edits need none.
func (w *World) Needs(framework string, edits []Edit) []int64 {
	var needed []int64
	for _, e := range edits {
		if r, ok := e.(rooted); ok {
			for _, seq := range r.needs(w, framework) {
				if seq != w.seq {
					needed = append(needed, seq)
				}
			}
		}
	}
	return needed
}

// past is the world right after an earlier revision, one that was listed as needed.
func (d *draft) past(seq int64) *World {
	if seq == d.world.seq {
		return d.world
	}
	return d.act.Past(seq)
}

// next is the number of the revision that the edits will make.
func (d *draft) next() int64 { return d.world.seq + 1 }

// DeedOf is the deed an edit is.
func DeedOf(e Edit) Deed {
	switch e := e.(type) {
	case CreateFramework, *CreateFramework:
		return DeedCreate
	case ArchiveFramework, *ArchiveFramework, UnarchiveFramework, *UnarchiveFramework:
		return DeedArchive
	case interface{ deed() Deed }:
		return e.deed()
	}
	return DeedEdit
}

// Redactions lists the entities whose texts edits take away.
func Redactions(framework string, edits []Edit) []Ref {
	var refs []Ref
	for _, e := range edits {
		if r, ok := e.(interface{ redacts(framework string) Ref }); ok {
			refs = append(refs, r.redacts(framework))
		}
	}
	return refs
}

func (e RedactComment) redacts(framework string) Ref {
	return Ref{KindComment, framework, partKey(e.Number, e.Comment)}
}

func (e RedactPerson) redacts(framework string) Ref { return Ref{KindPerson, framework, e.ID} }

// redacted reports whether a text of a version was taken away for good.
func redacted(e Entity) bool {
	switch e := e.(type) {
	case *Comment:
		return !e.RedactedAt.IsZero()
	case *Person:
		return !e.RedactedAt.IsZero()
	}
	return false
}

// Carries is the number of the change request whose edits are carried out, or
// taken back, when edits are made on w; 0 for none.
func (w *World) Carries(framework string, edits []Edit) int {
	for _, e := range edits {
		if c, ok := e.(interface {
			carries(w *World, framework string) int
		}); ok {
			if n := c.carries(w, framework); n != 0 {
				return n
			}
		}
	}
	return 0
}

func (e ApplyRequest) carries(*World, string) int { return e.Number }

func (e DecideRequest) carries(*World, string) int {
	if e.Apply {
		return e.Number
	}
	return 0
}

// OtherFramework is the code of another framework that an edit names, or empty.
// Whether it can be made tells what there is.
func OtherFramework(e Edit) string {
	switch e := e.(type) {
	case Relate:
		return e.ToFramework
	case *Relate:
		return e.ToFramework
	case UpdateRelation:
		return e.ToFramework
	case *UpdateRelation:
		return e.ToFramework
	case Unrelate:
		return e.ToFramework
	case *Unrelate:
		return e.ToFramework
	}
	return ""
}
