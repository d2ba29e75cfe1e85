package mongotest

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Match says which commands are meant. Those that the driver sends by itself, such
// as hello, are only meant where Command names them.
type Match struct {
	// Command is a name such as insert or getMore, and hello for all that hello was
	// called before; empty means any.
	Command string
	// Collection is what the command is about; empty means any.
	Collection string
	// Skip is how many matching commands pass before the first that is meant.
	Skip int
	// Times is how many are meant then; 0 means one, and less than that all.
	Times int
}

func (m Match) matches(c command) bool {
	return (m.Command == c.name || m.Command == "" && !c.housekeeping()) &&
		(m.Collection == "" || m.Collection == c.collection)
}

// Proxy stands between the driver and one server, and makes chosen commands go
// wrong. Its methods are safe for concurrent use. It ends with its test.
type Proxy struct {
	t       testing.TB
	uri     string
	network string // of target
	target  string // the address of the server
	address string // its own
	running sync.WaitGroup

	mu       sync.Mutex
	ended    bool
	listener net.Listener // nil while it is down
	links    map[*link]bool
	late     map[*link]bool // those that Down spares, since only the server still has them
	rules    []*rule
	seen     []command
}

type rule struct {
	match  Match
	fault  Fault
	passed int // commands that matched
}

// NewProxy puts a proxy before the server that a URI names, which of a replica set
// is its primary. A server that wants TLS skips the test.
func NewProxy(t testing.TB, uri string) *Proxy {
	t.Helper()
	p := &Proxy{t: t, address: "127.0.0.1:0", links: map[*link]bool{}, late: map[*link]bool{}}
	if options.Client().ApplyURI(uri).TLSConfig != nil {
		t.Skip("needs a MongoDB server without TLS, which the proxy could not look into")
	}
	p.network, p.target = "tcp", primary(t, uri)
	if strings.HasSuffix(p.target, ".sock") {
		p.network = "unix"
	}
	t.Cleanup(p.end)
	p.Up()

	base, path, query := split(uri)
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	for name := range values {
		if strings.EqualFold(name, "compressors") { // nor into what is compressed
			delete(values, name)
		}
	}
	values.Set("directConnection", "true") // or the driver goes where the server says it is
	_, credentials, _ := strings.Cut(base, "://")
	credentials = credentials[:strings.LastIndexByte(credentials, '@')+1]
	p.uri = "mongodb://" + credentials + p.address + "/" + path + "?" + values.Encode()
	return p
}

// primary is the address of the server that accepts writes.
func primary(t testing.TB, uri string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := client(t, uri)
	var hello struct{ Primary string } // which only a replica set has
	if err := c.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if hello.Primary != "" {
		return hello.Primary
	}
	host := options.Client().ApplyURI(uri).Hosts[0]
	if _, _, err := net.SplitHostPort(host); err != nil && !strings.HasSuffix(host, ".sock") {
		return net.JoinHostPort(strings.Trim(host, "[]"), "27017")
	}
	return host
}

// URI is the URI that leads to the server by way of the proxy.
func (p *Proxy) URI() string { return p.uri }

// Fail makes the commands go wrong that match from now on. Where several calls
// mean the same command the first decides, and the others do not count it.
func (p *Proxy) Fail(match Match, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, &rule{match: match, fault: fault})
}

// meet records a command, and finds what shall happen to it; nil means nothing.
func (p *Proxy) meet(c command) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, c)
	for _, r := range p.rules {
		if !r.match.matches(c) {
			continue
		}
		r.passed++
		n := r.passed - r.match.Skip
		if n > 0 && (r.match.Times < 0 || n <= max(r.match.Times, 1)) {
			return r.fault
		}
	}
	return nil
}

// Seen counts the commands that match and came since the last Reset, whatever
// became of them. Skip and Times do not matter.
func (p *Proxy) Seen(match Match) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.seen {
		if match.matches(c) {
			n++
		}
	}
	return n
}

// Commands are the commands that came since the last Reset, such as "insert
// skills", without those that the driver sends by itself.
func (p *Proxy) Commands() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.seen {
		if !c.housekeeping() {
			list = append(list, strings.TrimSuffix(c.name+" "+c.collection, " "))
		}
	}
	return list
}

// Reset forgets which commands came. What was said to [Proxy.Fail] remains.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = nil
}

// Down cuts all connections and refuses new ones. It spares requests that
// [HoldRequest] holds.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down()
}

func (p *Proxy) down() {
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for l := range p.links {
		l.cut()
	}
	clear(p.links)
}

// Up accepts connections again.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil || p.ended {
		return
	}
	listener, err := net.Listen("tcp", p.address)
	// Until then another connection of this machine may come from the port.
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond)
		listener, err = net.Listen("tcp", p.address)
	}
	if err != nil {
		p.t.Errorf("listen again: %v", err)
		return
	}
	p.listener, p.address = listener, listener.Addr().String()
	p.running.Go(func() { p.accept(listener) })
}

// end waits until nothing of the proxy is left.
func (p *Proxy) end() {
	p.mu.Lock()
	p.ended = true
	p.down()
	for l := range p.late {
		l.cut()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// accept serves connections until the listener is closed.
func (p *Proxy) accept(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		l := &link{proxy: p, client: c, over: make(chan struct{})}
		p.mu.Lock()
		if p.listener != listener { // it came just before Down
			_ = c.Close()
		} else {
			p.links[l] = true
			p.running.Go(l.serve)
		}
		p.mu.Unlock()
	}
}

// connect gives a link its connection to the server, unless it was cut before.
func (p *Proxy) connect(l *link) error {
	c, err := net.DialTimeout(p.network, p.target, 5*time.Second)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.links[l] {
		_ = c.Close()
		return errCut
	}
	l.server = c
	return nil
}

// spare takes a link out of the reach of Down.
func (p *Proxy) spare(l *link) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.links[l] {
		return errCut
	}
	delete(p.links, l)
	p.late[l] = true
	return nil
}

// forget ends a link.
func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.cut()
	delete(p.links, l)
	delete(p.late, l)
}
