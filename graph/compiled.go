package graph

import (
	"context"
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A compiled is the schema made executable by plans. What cannot be planned it leaves
// to the generated code, operation by operation.
type compiled struct {
	*executableSchema
	api  *api
	kept documents
	// plain and plainRoot are the hooks around fields of an executor that has none.
	plain, plainRoot uintptr
}

func newCompiled(a *api, kept documents, generated *executableSchema) *compiled {
	oc, _ := executor.New(generated).CreateOperationContext(graphql.StartOperationTrace(context.Background()), &graphql.RawParams{Query: "{__typename}"})
	return &compiled{generated, a, kept, pointerTo(oc.ResolverMiddleware), pointerTo(oc.RootResolverMiddleware)}
}

// pointerTo tells hooks apart: the one an executor has unless it is given others is
// always the same function.
func pointerTo(hook any) uintptr { return reflect.ValueOf(hook).Pointer() }

// A prepared is an operation with its plan, or why it has none.
type prepared struct {
	ec   *executionContext
	hook graphql.FieldMiddleware
	plan *plan
	args []any
	why  reason
}

// prepare prepares a query. What an operation shares keeps it.
func (c *compiled) prepare(ctx context.Context, oc *graphql.OperationContext) *prepared {
	op, _ := ctx.Value(operationKey{}).(*operation)
	if op != nil && op.prepared != nil && op.prepared.ec.OperationContext == oc {
		return op.prepared
	}
	p := &prepared{ec: newExecutionContext(oc, c.executableSchema, nil), hook: oc.ResolverMiddleware}
	if p.plan, p.why = c.kept.plans(ctx, oc).of(p.ec); p.why == planned {
		p.args = p.plan.arguments(ctx, p.ec)
	}
	if pointerTo(oc.ResolverMiddleware) != c.plain || pointerTo(oc.RootResolverMiddleware) != c.plainRoot {
		p.why = becauseHook
	}
	if op != nil {
		op.prepared = p
	}
	return p
}

// Exec implements graphql.ExecutableSchema.
func (c *compiled) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	if oc.Operation.Operation != ast.Query {
		return c.executableSchema.Exec(ctx)
	}
	op := operationOf(ctx)
	if k := op.kept; k != nil && k.reads.Hold(op.head, c.api.Names, actorOf(ctx).ID) {
		c.api.Metrics.kept.Add(1)
		return graphql.OneShot(&graphql.Response{Data: k.text.data()})
	}
	op.kept, op.viewer = nil, c.api.viewer(ctx, op.head, op.asked.text != "")
	p := c.prepare(ctx, oc)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		ctx, cancel := context.WithTimeout(ctx, c.api.timeouts.read)
		defer cancel()
		if ctx.Err() != nil {
			return nil // as the executor does
		}
		resp := c.answer(ctx, op, p)
		if op.over == nil && len(resp.Errors) == 0 && len(graphql.GetErrors(ctx)) == 0 && p.why != becauseHook {
			c.keep(op, p, resp)
		}
		return resp
	}
}

// answer answers a query, by its plan if it has one.
func (c *compiled) answer(ctx context.Context, op *operation, p *prepared) *graphql.Response {
	why := p.why
	if why == planned {
		if resp, ok := c.run(ctx, op, p); ok {
			c.api.Metrics.planned.Add(1)
			return resp
		}
		why = becausePanic
		op.viewer = c.api.viewer(ctx, op.head, op.asked.text != "") // who has spent nothing yet
	}
	c.api.Metrics.fallback[why].Add(1)
	return c.generated(ctx, op, p.ec.OperationContext)
}

// run answers a query by its plan, unless that panics: the generated code, asked again,
// tells of it at the field that did. Reads change nothing.
func (c *compiled) run(ctx context.Context, op *operation, p *prepared) (resp *graphql.Response, ok bool) {
	defer func() {
		if recover() != nil {
			resp, ok = nil, false
		}
	}()
	x := execution{
		ctx: ctx, query: c.Resolvers.Query(), ec: p.ec, plan: p.plan, args: p.args, out: append(c.api.buffers.take(), beforeData...),
	}
	if p.plan.asked.Swap(true) {
		x.room = &c.api.room
	}
	x.run()
	op.over, op.body = x.over, append(x.out, afterData...)
	return &graphql.Response{Data: op.body.data(), Errors: x.errors()}, true
}

// generated answers a query by the generated code.
func (c *compiled) generated(ctx context.Context, op *operation, oc *graphql.OperationContext) *graphql.Response {
	var m meter
	oc.ResolverMiddleware = m.field(ctx, oc.ResolverMiddleware)
	defer func() { op.over = m.over.Load() }()
	return c.executableSchema.Exec(ctx)(ctx)
}

// keep keeps the answer to an operation that may be kept.
func (c *compiled) keep(op *operation, p *prepared, resp *graphql.Response) {
	oc := p.ec.OperationContext
	if _, ok := c.kept.Get(context.Background(), oc.RawQuery); !ok || op.asked.text == "" {
		return
	}
	k := &kept{
		asked: op.asked, query: oc.RawQuery, name: oc.OperationName, variables: oc.Variables,
		field: p.hook, root: oc.RootResolverMiddleware, recover: oc.RecoverFunc,
		reads: op.viewer.Reads, text: newBody(resp.Data),
	}
	if k.asked.rights = rights(op.viewer.Actor); k.reads.Personal() {
		k.asked.who = op.viewer.Actor.ID
	}
	k.tag = sync.OnceValue(func() string { return tagOf(k.text) })
	if c.api.answers.keep(k) {
		op.kept, resp.Data = k, k.text.data()
	}
}

// costs refuses operations that would cost too much.
type costs struct{ *compiled }

var _ graphql.OperationContextMutator = costs{}

// ExtensionName implements graphql.HandlerExtension.
func (costs) ExtensionName() string { return "Costs" }

// Validate implements graphql.HandlerExtension.
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator; it changes
// nothing.
func (c costs) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	if cost := c.of(ctx, oc); cost > maxComplexity {
		return limitError("the operation costs %d, as complexity is reckoned; at most %d is allowed: ask for smaller pages or fewer nested lists", cost, maxComplexity)
	}
	return nil
}

func (c costs) of(ctx context.Context, oc *graphql.OperationContext) int {
	if oc.Operation.Operation == ast.Query {
		if p := c.prepare(ctx, oc); p.plan != nil {
			return p.plan.root.costs(&c.ComplexityRoot, p.args)
		}
	}
	return complexity.Calculate(ctx, c, oc.Operation, oc.Variables)
}
