package graph

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"skillatlas/internal/framework"
)

// answers keeps answers to queries, each with the record of what it was made of: it is
// good at any head that would give the same. They are bounded by their bytes, and kept
// for no set time. answers is safe for concurrent use; a nil one keeps nothing.
type answers struct {
	most int64 // bytes

	mu    sync.Mutex
	kept  *simplelru.LRU[asked, *kept]
	bytes int64
}

// An asked is what an answer is kept by.
type asked struct {
	// text is the body of the request, or the query of its URL.
	text  string
	byURL bool
	// rights are what the actor may do. who asks is empty unless the answer depends on it.
	rights, who string
}

// A kept is an answer that is kept, and the operation that it answers.
type kept struct {
	asked
	query, name string
	variables   map[string]any
	field       graphql.FieldMiddleware
	root        graphql.RootFieldMiddleware
	recover     graphql.RecoverFunc

	reads *framework.Reads
	text  body
	tag   func() string
	// zipped is the text compressed, once somebody has accepted that.
	zipped atomic.Pointer[[]byte]
}

const (
	maxAsked = 8 << 10 // bytes of a request whose answer is kept
	// shareOfAnswer is which part of the room one answer may take.
	shareOfAnswer = 8
	// aroundAnswer is what an answer takes besides texts, about.
	aroundAnswer = 2 << 10
	// leastZipped is how long an answer has to be to be compressed.
	leastZipped = 1 << 10
)

// newAnswers makes room for so many bytes of answers; for none it is nil.
func newAnswers(most int64) *answers {
	if most <= 0 {
		return nil
	}
	a := &answers{most: most}
	// How many there are is bounded by their bytes.
	a.kept, _ = simplelru.NewLRU(int(most/aroundAnswer)+1, func(_ asked, k *kept) { a.bytes -= k.size() })
	return a
}

func (k *kept) size() int64 {
	size := aroundAnswer + len(k.asked.text) + len(k.query) + len(k.text)
	if z := k.zipped.Load(); z != nil {
		size += len(*z)
	}
	return int64(size)
}

// rights are what an actor may do, whoever it is.
func rights(a framework.Actor) string {
	signedIn := ""
	if a.ID != "" {
		signedIn = " signed in"
	} else if len(a.Frameworks) == 0 {
		return string(a.Access)
	}
	return string(a.Access) + signedIn + " " + strings.Join(a.Frameworks, " ")
}

// find finds an answer to a request of an actor, or nil; what q says of them does not
// count. Whether it is good still is to be asked of what it was made of.
func (a *answers) find(q asked, actor framework.Actor) *kept {
	q.rights = rights(actor)
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.kept.Get(q)
	if !ok && actor.ID != "" {
		q.who = actor.ID
		k, _ = a.kept.Get(q)
	}
	return k
}

// keep keeps an answer, in place of one to the same, unless it is too large.
func (a *answers) keep(k *kept) bool {
	if k.size() > a.most/shareOfAnswer {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept.Remove(k.asked)
	a.kept.Add(k.asked, k)
	a.bytes += k.size()
	a.makeRoom()
	return true
}

func (a *answers) makeRoom() {
	for a.bytes > a.most {
		a.kept.RemoveOldest()
	}
}

// zip is an answer compressed, which is done once; nil when that does not make it shorter.
func (a *answers) zip(k *kept) []byte {
	if z := k.zipped.Load(); z != nil {
		return *z
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(k.text) // into memory
	_ = z.Close()
	text := bytes.Clone(out.Bytes())
	if len(text) >= len(k.text) {
		text = nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now, ok := a.kept.Peek(k.asked); k.zipped.CompareAndSwap(nil, &text) && ok && now == k {
		a.bytes += int64(len(text))
		a.makeRoom()
	}
	return text
}

// held is how many answers are kept, and how many bytes they take, about.
func (a *answers) held() (n int, bytes int64) {
	if a == nil {
		return 0, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept.Len(), a.bytes
}

// operation is the context of the operation that an answer answers, as it was made when
// that was first asked, or nil when its document is not kept any more.
func (k *kept) operation(ctx context.Context, d documents) *graphql.OperationContext {
	doc, ok := d.Get(ctx, k.query)
	if !ok {
		return nil
	}
	return &graphql.OperationContext{
		RawQuery: k.query, OperationName: k.name, Variables: k.variables, Doc: doc, Operation: doc.Operations.ForName(k.name),
		ResolverMiddleware: k.field, RootResolverMiddleware: k.root, RecoverFunc: k.recover,
		Stats: graphql.Stats{OperationStart: graphql.GetStartTime(ctx)},
	}
}

// tagOf is an entity tag of the text of an answer, without the quotes: with all that the
// answer depends on the text changes.
func tagOf(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
