package framework

import (
	"fmt"
	"slices"
)

// Access is how much an actor may do. Each grants all that those before it do.
type Access string

// The accesses, from none to all.
const (
	AccessNone  Access = "NONE"
	Reader      Access = "READER"      // read
	Contributor Access = "CONTRIBUTOR" // raise change requests and discuss them
	Editor      Access = "EDITOR"      // change content, decide change requests, release
	Admin       Access = "ADMIN"       // create and archive frameworks, redact
)

// Accesses lists the accesses in rising order.
var Accesses = [...]Access{AccessNone, Reader, Contributor, Editor, Admin}

func (a Access) rank() int { return slices.Index(Accesses[:], a) }

// A Deed is something an actor may be allowed to do to a framework.
type Deed string

// The deeds.
const (
	DeedRead       Deed = "read"
	DeedContribute Deed = "contribute to"
	DeedEdit       Deed = "edit"
	DeedDecide     Deed = "decide change requests of"
	DeedRelease    Deed = "release"
	DeedCreate     Deed = "create"
	DeedArchive    Deed = "archive"
	DeedRedact     Deed = "redact texts of"
)

// least is the access each deed asks for.
var least = map[Deed]Access{
	DeedRead:       Reader,
	DeedContribute: Contributor,
	DeedEdit:       Editor,
	DeedDecide:     Editor,
	DeedRelease:    Editor,
	DeedCreate:     Admin,
	DeedArchive:    Admin,
	DeedRedact:     Admin,
}

// An Actor is whoever asks. The zero Actor may do nothing.
type Actor struct {
	// ID is opaque and stable; it is what revisions record. It is empty for an
	// anonymous actor.
	ID     string
	Name   string
	Access Access
	// Frameworks are the codes the access is limited to; empty means all.
	Frameworks []string
}

// May reports whether the actor may do a deed to a framework.
func (a Actor) May(do Deed, framework string) bool {
	needed, known := least[do]
	return known && a.Access.rank() >= needed.rank() &&
		(len(a.Frameworks) == 0 || slices.Contains(a.Frameworks, framework))
}

// MaySomewhere reports whether there can be a framework the actor may do a deed to.
func (a Actor) MaySomewhere(do Deed) bool {
	a.Frameworks = nil
	return a.May(do, "")
}

// Require is nil when the actor may do a deed to a framework, and otherwise an
// [Error] that says who could. The framework is "" when it is not known yet.
func (a Actor) Require(do Deed, framework string) error {
	what := "a framework"
	if framework != "" {
		what = fmt.Sprintf("framework %q", framework)
	}
	switch {
	case a.May(do, framework):
		return nil
	case a.ID == "":
		return Errorf(Unauthenticated, "sign in to %s %s: send the header Authorization: Bearer <token>", do, what)
	default:
		return Errorf(Forbidden, "%s may not %s %s: that takes the access %s for it", a.who(), do, what, least[do])
	}
}

func (a Actor) who() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// maySeeRequest reports whether the actor may see a change request of a framework,
// by any route: one that never was more than a draft is seen by who raised it and
// by editors only.
func (a Actor) maySeeRequest(framework string, r *ChangeRequest) bool {
	return a.May(DeedRead, framework) && (r.Submitted || r.raisedBy(a) || a.May(DeedDecide, framework))
}

// maySeeRelease reports whether the actor may see a release of a framework.
func (a Actor) maySeeRelease(framework string, r *Release) bool {
	return a.May(DeedRead, framework) && (r.Stage != ReleaseDraft || a.May(DeedRelease, framework))
}
