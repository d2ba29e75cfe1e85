package exchange

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"skillatlas/internal/framework"
)

// A naming tells which entities that are active have a name, for files that name
// what there is rather than give its code. A category or role group is named within
// its parent, a role within its group, and all of them anywhere.
type naming map[named]string

type named struct {
	kind         framework.Kind
	within, name string // the name folded
}

// anywhere stands for whatever something may be within. It is no code.
const anywhere = " "

// codeOf is the code of what has a name already, if only one has, and otherwise one
// made of the name. So a renamed entity keeps the code that it was imported with.
func (in *input) codeOf(kind framework.Kind, within, name string) string {
	if code := in.called(kind, within, name); code != "" {
		return code
	}
	return slug(name)
}

// called is the code of the one entity that has a name, or "".
func (in *input) called(kind framework.Kind, within, name string) string {
	code, _ := in.bearers(kind, within, name)
	return code
}

// bearers tells whether any entity has a name, and the code of the one if only one has.
func (in *input) bearers(kind framework.Kind, within, name string) (code string, found bool) {
	if in.naming == nil {
		in.naming = newNaming(in.old)
	}
	code, found = in.naming[named{kind, within, folded(name)}]
	return code, found
}

// identified is the code of what a text means: what has it as its code, or else the
// one entity that is active and has it as its name. It tells when several have.
func (in *input) identified(kind framework.Kind, text string) (code string, several bool) {
	if in.old.Entity(kind, text) != nil {
		return text, false
	}
	code, found := in.bearers(kind, anywhere, text)
	return code, found && code == ""
}

func newNaming(s *framework.Snapshot) naming {
	n := naming{}
	add := func(kind framework.Kind, within, name, code string, status framework.Status) {
		if status != framework.StatusActive {
			return
		}
		name = folded(name)
		for _, within := range [...]string{within, anywhere} {
			key := named{kind, within, name}
			if _, taken := n[key]; taken {
				n[key] = ""
			} else {
				n[key] = code
			}
		}
	}
	for e := range snapshot(s, (*framework.Snapshot).Skills) {
		add(framework.KindSkill, "", e.Name, e.Code, e.Status)
	}
	for e := range snapshot(s, (*framework.Snapshot).Categories) {
		add(framework.KindCategory, e.Parent, e.Name, e.Code, e.Status)
	}
	for e := range snapshot(s, (*framework.Snapshot).RoleGroups) {
		add(framework.KindRoleGroup, e.Parent, e.Name, e.Code, e.Status)
	}
	for e := range snapshot(s, (*framework.Snapshot).Roles) {
		add(framework.KindRole, e.Group, e.Name, e.Code, e.Status)
	}
	return n
}

// folded is the form in which names are compared.
func folded(s string) string { return strings.ToLower(oneLine(s)) }

// slug is a name as a code: lower-case ASCII letters and digits with hyphens
// between words; apostrophes and accents go.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(oneLine(name))) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '\'' || r == '’' || r == '‘' || 0x300 <= r && r <= 0x36f:
		default:
			gap = true
		}
	}
	return b.String()
}
