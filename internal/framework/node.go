package framework

import (
	"slices"
	"strconv"
	"strings"
)

// A Node is anything that has an id by which it can be asked for again.
type Node interface {
	ID() string
}

// The kinds of node that are not entities.
const (
	kindSkillLevel Kind = "skill_level"
	kindRevision   Kind = "revision"
)

// A NodeID names a node: skill:meridian:ITMG at the head, skill:meridian@12:ITMG
// at revision 12, skill:meridian@cr1431+1432:ITMG with two change requests.
type NodeID struct {
	Kind      Kind
	Framework string
	// Revision is 0 for the head.
	Revision int64
	Key      string
	// Requests are the numbers of the change requests that are previewed on the
	// head, joined by +, or empty.
	Requests string
}

// previewMark begins the part of an id that names the change requests of a preview.
const previewMark = "cr"

// joinNumbers writes the change requests of a preview.
func joinNumbers(numbers []int) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, "+")
}

// Previewed lists the change requests that the id names a preview of.
func (id NodeID) Previewed() []int {
	if id.Requests == "" {
		return nil
	}
	var numbers []int
	for part := range strings.SplitSeq(id.Requests, "+") {
		n, _ := strconv.Atoi(part)
		numbers = append(numbers, n)
	}
	return numbers
}

// String writes the id as the API gives it out.
func (id NodeID) String() string {
	at := ""
	if id.Revision != 0 {
		at = "@" + strconv.FormatInt(id.Revision, 10)
	}
	if id.Requests != "" {
		at = "@" + previewMark + id.Requests
	}
	return string(id.Kind) + ":" + id.Framework + at + ":" + id.Key
}

// ParseNodeID reads an id written by [NodeID.String].
func ParseNodeID(s string) (NodeID, bool) {
	kind, rest, ok1 := strings.Cut(s, ":")
	where, key, ok2 := strings.Cut(rest, ":")
	if !ok1 || !ok2 || kind == "" || key == "" {
		return NodeID{}, false
	}
	id := NodeID{Kind: Kind(kind), Key: key}
	framework, at, pinned := strings.Cut(where, "@")
	id.Framework = framework
	if requests, previews := strings.CutPrefix(at, previewMark); pinned && previews {
		id.Requests = requests
		if numbers := id.Previewed(); len(numbers) == 0 || joinNumbers(numbers) != requests || slices.Min(numbers) < 1 {
			return NodeID{}, false
		}
	} else if pinned {
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil || n < 1 {
			return NodeID{}, false
		}
		id.Revision = n
	}
	if id.String() != s { // a revision can be written in more ways than one
		return NodeID{}, false
	}
	return id, true
}

// Node returns the node with an id, or nil when there is none that the viewer
// may see. w must be the world at the revision the id names, if it names one.
func (w *World) Node(v *Viewer, id NodeID) Node {
	// A key can be written in more ways than the one that is given out: 05 for 5.
	if n := w.node(v, id); n != nil && n.ID() == id.String() {
		return n
	}
	return nil
}

func (w *World) node(v *Viewer, id NodeID) Node {
	if id.Kind == kindRevision {
		seq, err := strconv.ParseInt(id.Key, 10, 64)
		if err != nil || id.Framework != "" {
			return nil
		}
		return found(w.Revision(v, seq))
	}
	if id.Kind == KindRelease { // which may be seen where the state that is read may not
		return found(w.Release(v, id.Framework, id.Key))
	}
	f := w.View(v, id.Framework, id.Revision != 0)
	if f == nil {
		return nil
	}
	return f.Node(id)
}

// Node returns the node with an id within the state of the framework that the id
// names, or nil.
func (f *FrameworkView) Node(id NodeID) Node {
	switch id.Kind {
	case KindFramework:
		if id.Key != f.Code() {
			return nil
		}
		return f
	case kindSkillLevel:
		return found(f.skillLevel(id.Key))
	}
	return f.node(id.Kind, id.Key)
}

func (f *FrameworkView) node(kind Kind, key string) Node {
	switch kind {
	case KindFramework:
		return f
	case KindLevel:
		ordinal, err := strconv.Atoi(key)
		if err != nil {
			return nil
		}
		return found(f.Level(ordinal))
	case KindAttribute:
		return found(f.Attribute(key))
	case KindCategory:
		return found(f.Category(key))
	case KindSkill:
		return found(f.Skill(key))
	case KindRelation:
		return found(f.relation(f.s.relation(key)))
	case KindRoleGroup:
		return found(f.RoleGroup(key))
	case KindRole:
		return found(f.Role(key))
	case KindChangeRequest:
		if number, err := strconv.Atoi(key); err == nil {
			return found(f.ChangeRequest(number))
		}
	case KindProposal, KindComment:
		request, number, ok := parsePart(key)
		r := f.ChangeRequest(request)
		switch {
		case !ok || r == nil:
		case kind == KindProposal:
			return found(r.Proposal(&number))
		default:
			return found(r.Comment(number))
		}
	case KindRelease:
		return found(f.Release(key))
	}
	return nil
}

// found keeps a nil pointer from becoming a Node that is not nil.
func found[T Node](v *T) Node {
	if v == nil {
		return nil
	}
	return *v
}
