package framework

import (
	"maps"
	"slices"
)

// A MappingStatus says what became of a code between two states of a framework.
type MappingStatus string

// What can become of a code. None is ever given to something else.
const (
	MappedSame     MappingStatus = "SAME"
	MappedRenamed  MappingStatus = "RENAMED"  // what it stands for has another name
	MappedReplaced MappingStatus = "REPLACED" // retired, and replaced by others
	MappedMerged   MappingStatus = "MERGED"   // retired, and merged into another
	MappedSplit    MappingStatus = "SPLIT"    // retired, and split into others
	MappedRetired  MappingStatus = "RETIRED"  // retired, with nothing in its place
	MappedAbsent   MappingStatus = "ABSENT"   // not there in the earlier state
)

// MappingStatuses lists every status.
var MappingStatuses = [...]MappingStatus{
	MappedSame, MappedRenamed, MappedReplaced, MappedMerged, MappedSplit, MappedRetired, MappedAbsent,
}

// A CodeMapping is what became of a code.
type CodeMapping struct {
	Code   string
	Status MappingStatus
	// OldName and NewName are the names of what it stands for in the earlier and the
	// later state; both are nil when it is absent.
	OldName, NewName *string
	// Successors are the codes to use instead of a retired one, sorted: what took its
	// place and is in use, or in turn what took the place of that.
	Successors []string
}

// coded reports whether entities of the kind have codes within their framework.
func (k Kind) coded() bool {
	switch k {
	case KindAttribute, KindCategory, KindSkill, KindRoleGroup, KindRole:
		return true
	}
	return false
}

// MapCode tells what became of a code of a framework from an earlier world of a
// history to a later one. The kind is one whose entities have codes.
func MapCode(from, to *World, framework string, kind Kind, code string) CodeMapping {
	m, _ := mapCode(from, to, framework, kind, code)
	return m
}

// mapCode also tells how many codes it has looked at.
func mapCode(from, to *World, framework string, kind Kind, code string) (m CodeMapping, looked int) {
	m = CodeMapping{Code: code, Status: MappedAbsent}
	before, after := from.entity(Ref{kind, framework, code}), to.entity(Ref{kind, framework, code})
	if before == nil || after == nil {
		return m, 1
	}
	old, now := NameOf(before), NameOf(after)
	m.OldName, m.NewName = &old, &now
	if statusOf(after) == StatusActive {
		if m.Status = MappedSame; old != now {
			m.Status = MappedRenamed
		}
		return m, 1
	}
	s := to.Snapshot(framework)
	succession := s.succession(kind, code)
	m.Status = MappedRetired
	for _, by := range []struct {
		lineage RelationType
		status  MappingStatus
	}{{SplitInto, MappedSplit}, {MergedInto, MappedMerged}, {ReplacedBy, MappedReplaced}} {
		if len(succession[by.lineage]) > 0 {
			m.Status = by.status
			break
		}
	}
	m.Successors, looked = s.successors(kind, code)
	return m, looked
}

// successors are the active codes that are reached from a retired one, sorted, and
// how many were looked at. Stored histories may lead in circles.
func (s *Snapshot) successors(kind Kind, code string) (codes []string, looked int) {
	found, seen := map[string]bool{}, map[string]bool{code: true}
	for left := []string{code}; len(left) > 0; left = left[1:] {
		for _, codes := range s.succession(kind, left[0]) {
			for _, next := range codes {
				switch e := s.entity(kind, next); {
				case seen[next] || e == nil:
				case statusOf(e) == StatusActive:
					found[next] = true
				default:
					seen[next] = true
					left = append(left, next)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), len(found) + len(seen)
}
