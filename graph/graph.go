// Package graph binds the GraphQL schema to the domain: root resolvers, the
// conversion of inputs to edits, the bounds on what one operation may cost, and
// the form in which errors leave the server.
//
// An operation reads one world, taken when it starts; what it pins with at is
// derived from the same history. Output types are views of package framework,
// bound in gqlgen.yml, so that only the root types have resolvers here.
package graph

//go:generate go tool gqlgen generate

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
)

// Options are what the API needs to answer.
type Options struct {
	Catalog *catalog.Catalog
	// DefaultFramework is meant by callers who name none; it may be empty.
	DefaultFramework string
	// Names gives the display name of an actor by id, or empty.
	Names func(id string) string
	Log   *slog.Logger
	// Build names the build of the program. Exports of another are taken to differ.
	Build string
}

// New returns the GraphQL API over HTTP: POST, and GET for queries. The actor of
// each request is taken from its context, see [WithActor].
func New(o Options) *handler.Server {
	return newHandler(o, usual)
}

// timeouts bound how long an operation may take: a query, a mutation, and either
// of them to wait for its minRevision; and an export to be written, to wait for its
// turn, and for a client to take the next part of it.
type timeouts struct{ read, write, catchUp, export, turn, stall time.Duration }

// Exports have to end before the deadline of the server, which they move.
var usual = timeouts{
	read: 10 * time.Second, write: 5 * time.Minute, catchUp: 5 * time.Second,
	export: 5 * time.Minute, turn: 2 * time.Second, stall: 30 * time.Second,
}

func newHandler(o Options, t timeouts) *handler.Server {
	api := &api{o, t, make(chan struct{}, 1)}
	config := Config{Resolvers: api, Complexity: complexity(), Schema: withoutDefer(parsedSchema)}
	kept := newDocuments()
	srv := handler.New(NewExecutableSchema(config))
	srv.AddTransport(overHTTP{})
	srv.SetQueryCache(kept)
	srv.SetParserTokenLimit(maxTokens)
	srv.SetErrorPresenter(api.present)
	srv.SetRecoverFunc(recovered)
	srv.Use(extension.Introspection{})
	srv.Use(bounds{kept})
	srv.Use(&inputs{})
	srv.Use(extension.FixedComplexityLimit(maxComplexity))
	srv.AroundOperations(api.pin)
	return srv
}

type actorKey struct{}

// WithActor returns a context in which operations are answered for an actor.
// Without one they are answered for nobody, who may do nothing.
func WithActor(ctx context.Context, a framework.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorOf(ctx context.Context) framework.Actor {
	actor, _ := ctx.Value(actorKey{}).(framework.Actor)
	return actor
}

type operationKey struct{}

// An operation is what the resolvers of one request share.
type operation struct {
	viewer *framework.Viewer
	head   *framework.World
}

func operationOf(ctx context.Context) *operation { return ctx.Value(operationKey{}).(*operation) }

// pin gives an operation its time limit and the world it reads.
func (a *api) pin(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	head, err := a.head(ctx, minRevision(oc))
	if err != nil {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{a.present(ctx, err)}})
	}
	ctx = a.reading(ctx, head)
	respond := next(ctx)
	if oc.Operation.Operation == ast.Query {
		return a.metered(oc, respond)
	}
	return func(ctx context.Context) *graphql.Response {
		ctx, cancel := context.WithTimeout(ctx, a.timeouts.write)
		defer cancel()
		return a.tidy(ctx, respond(ctx))
	}
}

// reading returns a context for an operation of its actor on a head.
func (a *api) reading(ctx context.Context, head *framework.World) context.Context {
	return context.WithValue(ctx, operationKey{}, &operation{head: head, viewer: &framework.Viewer{
		Actor: actorOf(ctx), Names: a.Names, Budget: framework.NewBudget(maxWork), Version: a.version, Past: a.Catalog.At, Head: head,
	}})
}

// version is the version that a revision made of an entity.
func (a *api) version(ctx context.Context, seq int64, ref framework.Ref) (framework.Entity, error) {
	r, err := a.Catalog.Revision(ctx, seq)
	if err != nil {
		return nil, err
	}
	return r.Version(ref), nil
}

// metered answers a query within its bounds. A mutation is not ended once it may
// have changed something: whoever sent it is told.
func (a *api) metered(oc *graphql.OperationContext, respond graphql.ResponseHandler) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		ctx, cancel := context.WithTimeout(ctx, a.timeouts.read)
		defer cancel()
		var m meter
		oc.ResolverMiddleware = m.field(ctx)
		resp := respond(ctx)
		if over := m.over.Load(); over != nil {
			return &graphql.Response{Errors: gqlerror.List{a.present(ctx, over)}}
		}
		return a.tidy(ctx, resp)
	}
}

// tidy puts the errors of a response in order, since fields are answered side by
// side, and bounds how many there are. The library gives no response when the
// time is over before it begins.
func (a *api) tidy(ctx context.Context, resp *graphql.Response) *graphql.Response {
	if resp == nil {
		return &graphql.Response{Errors: gqlerror.List{a.present(ctx, errTooLong)}}
	}
	slices.SortStableFunc(resp.Errors, func(a, b *gqlerror.Error) int {
		return strings.Compare(a.Path.String(), b.Path.String())
	})
	resp.Errors = firstErrors(resp.Errors)
	return resp
}

// head returns the head once it has a revision.
func (a *api) head(ctx context.Context, revision int64) (*framework.World, error) {
	if head := a.Catalog.Head(); head.Seq() >= revision {
		return head, nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeouts.catchUp)
	defer cancel()
	return a.Catalog.Wait(ctx, revision)
}

// minRevision is the newest revision that the fields of an operation ask to wait
// for. All of them then read the same head.
func minRevision(oc *graphql.OperationContext) int64 {
	newest := int64(0)
	for _, f := range graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Query"}) {
		if f.Name != "framework" {
			continue
		}
		if n, ok := f.ArgumentMap(oc.Variables)["minRevision"].(int64); ok {
			newest = max(newest, n)
		}
	}
	return newest
}
