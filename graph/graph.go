// Package graph binds the GraphQL schema to the domain: root resolvers, the
// conversion of inputs to edits, the bounds on what one operation may cost, and
// the form in which errors leave the server.
//
// An operation reads one world, taken when it starts; what it pins with at is
// derived from the same history. Output types are views of package framework,
// bound in gqlgen.yml, so that only the root types have resolvers here.
package graph

//go:generate go run skillatlas/internal/generate

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
	// CacheBytes bounds the answers that are kept to be given again; none are by 0.
	CacheBytes int64
	// Metrics, if not nil, counts what the API does.
	Metrics *Metrics
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
	if o.Metrics == nil {
		o.Metrics = &Metrics{}
	}
	api := &api{Options: o, timeouts: t, importing: make(chan struct{}, 1), answers: newAnswers(o.CacheBytes)}
	config := Config{Resolvers: api, Complexity: prices(), Schema: withoutDefer(parsedSchema)}
	o.Metrics.answers = api.answers
	api.room.most = maxFragments
	kept := newDocuments()
	plans := newCompiled(api, kept, NewExecutableSchema(config).(*executableSchema))
	srv := handler.New(plans)
	srv.AddTransport(overHTTP{api, kept})
	srv.SetQueryCache(kept)
	srv.SetParserTokenLimit(maxTokens)
	srv.SetErrorPresenter(api.present)
	srv.SetRecoverFunc(recovered)
	srv.Use(extension.Introspection{})
	srv.Use(bounds{kept})
	srv.Use(&inputs{})
	srv.Use(costs{plans})
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
	// over is why a query was ended whose answer became too large or took too long.
	over     *framework.Error
	prepared *prepared
	// body is what a plan has answered with, in a buffer.
	body body
	// asked is what the answer may be kept by, without a text when it may not be, and kept
	// the answer that is kept.
	asked asked
	kept  *kept
	// private says that the query tells the skills of a person.
	private bool
}

func operationOf(ctx context.Context) *operation { return ctx.Value(operationKey{}).(*operation) }

// pin gives an operation its time limit and the world it reads.
func (a *api) pin(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	head, err := a.head(ctx, minRevision(oc))
	if err != nil {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{a.present(ctx, err)}})
	}
	op, ok := ctx.Value(operationKey{}).(*operation)
	if !ok { // of another transport
		op = &operation{}
		ctx = context.WithValue(ctx, operationKey{}, op)
	}
	op.head = head
	if oc.Operation.Operation == ast.Query {
		return a.bounded(op, next(ctx))
	}
	op.viewer = a.viewer(ctx, head, false)
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		ctx, cancel := context.WithTimeout(ctx, a.timeouts.write)
		defer cancel()
		return a.tidy(ctx, respond(ctx))
	}
}

// reading returns a context for an operation of its actor on a head.
func (a *api) reading(ctx context.Context, head *framework.World) context.Context {
	return context.WithValue(ctx, operationKey{}, &operation{head: head, viewer: a.viewer(ctx, head, false)})
}

// viewer is whom an operation on a head is answered for, with a record of what it reads
// if its answer may be kept.
func (a *api) viewer(ctx context.Context, head *framework.World, recorded bool) *framework.Viewer {
	v := &framework.Viewer{
		Actor: actorOf(ctx), Names: a.Names, Budget: framework.NewBudget(maxWork), Version: a.version, Past: a.Catalog.At, Head: head,
	}
	if recorded {
		v.Reads = framework.NewReads(head)
	}
	return v
}

// version is the version that a revision made of an entity.
func (a *api) version(ctx context.Context, seq int64, ref framework.Ref) (framework.Entity, error) {
	r, err := a.Catalog.Revision(ctx, seq)
	if err != nil {
		return nil, err
	}
	return r.Version(ref), nil
}

// bounded answers a query within its bounds, of which [compiled] tells. A mutation is not
// ended once it may have changed something: whoever sent it is told.
func (a *api) bounded(op *operation, respond graphql.ResponseHandler) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		resp := respond(ctx)
		if op.over != nil {
			return &graphql.Response{Errors: gqlerror.List{a.present(ctx, op.over)}}
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
	if !strings.Contains(oc.RawQuery, "minRevision") {
		return newest
	}
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
