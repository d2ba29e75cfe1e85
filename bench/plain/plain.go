// Package plain is a GraphQL server as gqlgen generates it: a peer for Skill Atlas
// in the benchmark. It gives the answers of Skill Atlas, decoded into structs that
// gqlgen made, and so has to find no skills and follow no relations.
package plain

//go:generate go tool gqlgen generate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
)

// Answers are what the server answers with: skills by their code, graphs by the
// code of their root, and pages of skills by the cursor they come after.
type Answers struct {
	skills map[string]*Skill
	graphs map[string]*SkillGraph
	pages  map[string]*SkillConnection
}

// NewAnswers returns answers that are still to be added.
func NewAnswers() *Answers {
	return &Answers{map[string]*Skill{}, map[string]*SkillGraph{}, map[string]*SkillConnection{}}
}

// Add makes a JSON response of Skill Atlas the answer for a key. It is to be called
// before there is a request.
func (a *Answers) Add(key string, response []byte) error {
	var r struct{ Data struct{ Framework Framework } }
	if err := json.Unmarshal(response, &r); err != nil {
		return err
	}
	f := r.Data.Framework
	switch {
	case f.Skill != nil:
		a.skills[key] = f.Skill
	case f.Graph != nil:
		a.graphs[key] = f.Graph
	case f.Skills != nil:
		a.pages[key] = f.Skills
	default:
		return fmt.Errorf("a response without an answer: %.100s", response)
	}
	return nil
}

// Handler is the server, set up as gqlgen's own template does.
func (a *Answers) Handler() http.Handler {
	srv := handler.New(NewExecutableSchema(Config{Resolvers: resolvers{a}}))
	srv.AddTransport(transport.Options{})
	srv.AddTransport(transport.GET{})
	srv.AddTransport(transport.POST{})
	srv.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	srv.Use(extension.Introspection{})
	srv.Use(extension.AutomaticPersistedQuery{Cache: lru.New[string](100)})
	return srv
}

// resolvers find answers by the arguments of a request.
type resolvers struct{ *Answers }

// Query implements ResolverRoot.
func (r resolvers) Query() QueryResolver { return queryResolver{} }

// Framework implements ResolverRoot.
func (r resolvers) Framework() FrameworkResolver { return frameworkResolver(r) }

type queryResolver struct{}

// Framework implements QueryResolver.
func (queryResolver) Framework(context.Context) (*Framework, error) { return &Framework{}, nil }

type frameworkResolver struct{ *Answers }

// Skill implements FrameworkResolver.
func (r frameworkResolver) Skill(_ context.Context, _ *Framework, code string) (*Skill, error) {
	return r.skills[code], nil
}

// Graph implements FrameworkResolver.
func (r frameworkResolver) Graph(_ context.Context, _ *Framework, roots []string, _, _, _ int) (*SkillGraph, error) {
	if len(roots) != 1 {
		return nil, fmt.Errorf("%d roots; there are graphs of one", len(roots))
	}
	return r.graphs[roots[0]], nil
}

// Skills implements FrameworkResolver.
func (r frameworkResolver) Skills(_ context.Context, _ *Framework, _ *int, after *string) (*SkillConnection, error) {
	if after == nil {
		return nil, errors.New("there are pages after a cursor only")
	}
	return r.pages[*after], nil
}
