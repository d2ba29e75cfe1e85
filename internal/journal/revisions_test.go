package journal

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"skillatlas/internal/framework"
)

var epoch = time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC)

// revision makes a small revision out of its number alone.
func revision(seq int64, entities ...framework.Entity) *framework.Revision {
	return &framework.Revision{
		Seq:       seq,
		ID:        fmt.Sprintf("00000000-0000-4000-8000-%012d", seq),
		Time:      epoch.Add(time.Duration(seq) * time.Second),
		Author:    "actor-1",
		Message:   fmt.Sprintf("Step %d", seq),
		RequestID: fmt.Sprintf("request-%d", seq), RequestDigest: "f0e1",
		Changes: changes(entities...),
	}
}

func changes(entities ...framework.Entity) []framework.Change {
	out := make([]framework.Change, 0, len(entities))
	for _, e := range entities {
		out = append(out, framework.Change{Ref: ref(e), Entity: e})
	}
	return out
}

func ref(e framework.Entity) framework.Ref {
	return framework.Ref{Kind: e.Kind(), Framework: "meridian", Key: e.Key()}
}

func skill(n int) *framework.Skill {
	text := strings.Repeat(fmt.Sprintf("Skill %d is described here. ", n), 8)[:200]
	return &framework.Skill{
		Code:        fmt.Sprintf("SKILL-%05d", n),
		Name:        fmt.Sprintf("Skill number %d", n),
		Description: text,
		Category:    fmt.Sprintf("CATEGORY-%d", n%50),
		Position:    n % 280,
		Status:      framework.StatusActive,
		Levels:      []framework.LevelText{{Level: 2, Description: text}, {Level: 3, Description: text}, {Level: 5, Description: text}},
	}
}

func relation(from, to int) *framework.Relation {
	return &framework.Relation{From: fmt.Sprintf("SKILL-%05d", from), Type: framework.Related, To: fmt.Sprintf("SKILL-%05d", to)}
}

// large is a first import of the size of the largest public framework.
func large() *framework.Revision {
	const skills, relations = 14_000, 120_000
	entities := make([]framework.Entity, 0, skills+relations)
	for n := range skills {
		entities = append(entities, skill(n))
	}
	for n := range relations {
		from := n % skills
		entities = append(entities, relation(from, (from+1+n/skills)%skills))
	}
	return revision(1, entities...)
}

// full returns an entity of a kind with every field set, found by reflection so
// that a new field cannot be forgotten.
func full(t testing.TB, kind framework.Kind) framework.Entity {
	t.Helper()
	f, ok := forms[kind]
	if !ok {
		t.Fatalf("kind %q has no stored form", kind)
	}
	e, err := f.decode(newDecoder(), []byte{5, 0, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind() != kind {
		t.Fatalf("the stored form of %q is of %q", kind, e.Kind())
	}
	next := 0
	fill(t, reflect.ValueOf(e).Elem(), "", &next)
	return e
}

func fill(t testing.TB, v reflect.Value, path string, next *int) {
	t.Helper()
	*next++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(epoch.Add(time.Duration(*next) * time.Millisecond)))
		return
	}
	if v.Type() == reflect.TypeFor[framework.Edit]() {
		v.Set(reflect.ValueOf(framework.UpdateSkill{Code: "A", Name: framework.Some("")}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name, next)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), next)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text-%d-é", *next))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*next))
	case reflect.Float64:
		v.SetFloat(float64(*next) / 64)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("fill %s: cannot make a %s", path, v.Type())
	}
}
