package framework_test

import (
	"errors"
	"strings"
	"testing"

	. "skillatlas/internal/framework"
)

func TestPolicy(t *testing.T) {
	table := []struct {
		access                      Access
		read, edit, create, archive bool
	}{
		{"", false, false, false, false},
		{"GOD", false, false, false, false},
		{AccessNone, false, false, false, false},
		{Reader, true, false, false, false},
		{Contributor, true, false, false, false},
		{Editor, true, true, false, false},
		{Admin, true, true, true, true},
	}
	limits := []struct {
		name       string
		frameworks []string
		covers     bool // the framework in question, mine
	}{
		{"all frameworks", nil, true},
		{"this framework", []string{"theirs", "mine"}, true},
		{"another framework", []string{"theirs"}, false},
	}
	for _, row := range table {
		for deed, may := range map[Deed]bool{
			DeedRead: row.read, DeedEdit: row.edit, DeedCreate: row.create, DeedArchive: row.archive, "": false, "bake": false,
		} {
			for _, limit := range limits {
				t.Run(string(row.access)+" to "+string(deed)+" limited to "+limit.name, func(t *testing.T) {
					want := may && limit.covers
					for id, code := range map[string]Code{"": Unauthenticated, "u1": Forbidden} {
						a := Actor{ID: id, Access: row.access, Frameworks: limit.frameworks}
						if got := a.May(deed, "mine"); got != want {
							t.Errorf("May: got %v, want %v", got, want)
						}
						if got := a.MaySomewhere(deed); got != may {
							t.Errorf("MaySomewhere: got %v, want %v", got, may)
						}
						err := a.Require(deed, "mine")
						if (err == nil) != want {
							t.Errorf("Require: %v, although May says %v", err, want)
						}
						if refusal := (*Error)(nil); !want && (!errors.As(err, &refusal) || refusal.Code != code) {
							t.Errorf("Require: %v, want the code %s", err, code)
						}
					}
				})
			}
		}
	}
	if len(table) != len(Accesses)+2 {
		t.Errorf("the table has %d rows; there are %d accesses, none and an unknown one", len(table), len(Accesses))
	}
}

func TestRefusalsSayHow(t *testing.T) {
	tests := map[string]struct {
		actor Actor
		want  string
	}{
		"anonymous": {Actor{}, `sign in to edit framework "mine": send the header Authorization: Bearer <token>`},
		"named":     {Actor{ID: "u1", Name: "Ann", Access: Reader}, `Ann may not edit framework "mine": that takes the access EDITOR for it`},
		"nameless":  {Actor{ID: "u1", Access: Reader}, `u1 may not edit framework "mine": that takes the access EDITOR for it`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.actor.Require(DeedEdit, "mine"); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			want := strings.Replace(test.want, `framework "mine"`, "a framework", 1)
			if err := test.actor.Require(DeedEdit, ""); err == nil || err.Error() != want {
				t.Errorf("of one not known yet: got %v, want %s", err, want)
			}
		})
	}
}
