package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v3"

	"skillatlas/graph"
	"skillatlas/internal/framework"
)

// shutdownTimeout is how long requests under way may take when the server stops.
const shutdownTimeout = 15 * time.Second

func serveFlags() []cli.Flag {
	return append(storeFlags(),
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "address to listen on, as host:port", Validator: filled},
		&cli.StringFlag{
			Name: "demo", Value: "auto", Validator: oneWordOf("auto", "on", "off"),
			Usage: "fill an empty store with the demo framework: on, off, or auto: an embedded one only",
		},
		&cli.StringFlag{
			Name:  "default-framework",
			Usage: "code of the framework meant when a query names none (default: the only one)",
		},
		&cli.StringFlag{
			Name: "anonymous", Value: "reader", Validator: oneWordOf("reader", "none"),
			Usage: "access of callers without a token: reader or none",
		},
		&cli.StringSliceFlag{
			Name: "cors-origin", Validator: checkOrigins,
			Usage: "origin of a web page that may use the API, such as https://example.org; may be repeated",
		},
		&cli.Int64Flag{
			Name: "cache-mb", Value: 64, Validator: notNegative,
			Usage: "megabytes of answers to keep, to give them again while nothing they tell of has changed; 0 keeps none",
		},
		&cli.StringFlag{
			Name: "log-format", Value: "text", Validator: oneWordOf("text", "json"),
			Usage: "form of the log on standard error: text or json",
		},
		&cli.StringFlag{
			Name: "log-level", Value: "info", Validator: oneWordOf("info", "debug"),
			Usage: "what is logged: info leaves out anonymous queries that are answered within a second, and probes; debug logs every request",
		},
	)
}

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "serve the API and its explorer (the default)",
		Description: "The garbage collector is set up for the size of the heap and the memory of the container, unless\n" +
			"Go's own variables GOGC and GOMEMLIMIT say otherwise.",
		Flags:  serveFlags(),
		Action: serve,
	}
}

func notNegative(n int64) error {
	if n < 0 {
		return errors.New("use 0 or more")
	}
	return nil
}

func oneWordOf(words ...string) func(string) error {
	return func(s string) error {
		for _, w := range words {
			if s == w {
				return nil
			}
		}
		return fmt.Errorf("use %s", strings.Join(words, " or "))
	}
}

func serve(ctx context.Context, c *cli.Command) error {
	out := c.Root().Writer
	log := newLog(c.Root().ErrWriter, c.String("log-format"), c.String("log-level"))
	dir := c.String("data")

	// First, so that a port that is taken leaves no store behind.
	listener, err := net.Listen("tcp", c.String("listen"))
	if err != nil {
		return fmt.Errorf("%w; choose another address with --listen", err)
	}
	defer listener.Close()
	var door gate
	srv := newServer(&door, log)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	defer func() {
		_ = srv.Close() // for the case that it does not come so far
		<-failed
	}()

	defer tuneMemory(log)()
	at := locationOf(c)
	st, err := openStore(ctx, at, log, slowly(log))
	if err != nil {
		return err
	}
	tending, untend := context.WithCancel(ctx)
	var tender sync.WaitGroup
	tender.Go(func() { st.tend(tending, log) })
	defer func() {
		untend()
		tender.Wait()
		if err := st.Close(); err != nil {
			log.Error("close the store", slog.Any("error", err))
		}
		log.Info("stopped")
	}()
	demo := c.String("demo")
	if (demo == "on" || demo == "auto" && at.uri == "") && st.Head().Seq() == 0 && st.Status().Halted == nil {
		if err := loadDemo(ctx, st.Catalog); err != nil {
			return fmt.Errorf("load the demo framework: %w", err)
		}
	}
	people := openTokens(dir, log)
	tokenFile, err := firstToken(people, dir)
	if err != nil {
		return fmt.Errorf("make the first token: %w", err)
	}

	if code := c.String("default-framework"); code != "" && st.Head().Snapshot(code) == nil {
		log.Warn("the default framework does not exist; queries that name none are answered null", slog.String("framework", code))
	}
	var metrics graph.Metrics
	options := graph.Options{
		Catalog: st.Catalog, DefaultFramework: c.String("default-framework"), Names: people.name, Log: log, Build: version(),
		CacheBytes: c.Int64("cache-mb") << 20, Metrics: &metrics,
	}
	api := &service{
		catalog: st.Catalog,
		journal: st.journal,
		tokens:  people,
		log:     log,
		origins: c.StringSlice("cors-origin"),
		graphql: graph.New(options),
		export:  graph.NewExport(options),
		counts:  metrics.Counts,
	}
	if c.String("anonymous") == "reader" {
		api.anonymous = framework.Actor{Access: framework.Reader}
	}
	door.open(api.handler())
	greet(out, st, listener.Addr(), tokenFile, api.anonymous.Access != "")

	select {
	case err := <-failed:
		failed <- err
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err = srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	return err
}

// A gate lets requests through once it is open. Until then the program is alive,
// and not ready.
type gate struct{ inner atomic.Pointer[http.Handler] }

func (g *gate) open(h http.Handler) { g.inner.Store(&h) }

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := g.inner.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	cautious(http.HandlerFunc(starting)).ServeHTTP(w, r)
}

// starting answers as long as the store is being read.
func starting(w http.ResponseWriter, r *http.Request) {
	const reason = "the server is starting, and reads the store"
	switch r.URL.Path {
	case "/healthz":
		writeJSON(w, http.StatusOK, map[string]any{"alive": true})
	case "/readyz":
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reason": reason})
	default:
		refuse(w, http.StatusServiceUnavailable, framework.Unavailable, reason+"; ask again in a moment")
	}
}

// newServer bounds the time and memory a client can hold.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      6 * time.Minute, // an import may take five
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func newLog(w io.Writer, format, level string) *slog.Logger {
	var o slog.HandlerOptions
	if level == "debug" {
		o.Level = slog.LevelDebug
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, &o))
	}
	return slog.New(slog.NewTextHandler(w, &o))
}

// slowly logs how far long work is, now and then.
func slowly(log *slog.Logger) func(stage string, done, total int) {
	last := time.Now()
	return func(stage string, done, total int) {
		if now := time.Now(); now.Sub(last) > 2*time.Second {
			last = now
			log.Info(stage, slog.Int("done", done), slog.Int("total", total))
		}
	}
}

// firstToken makes an admin token when there has never been a token, and returns
// the file it is in, if it is still there and good.
func firstToken(people *tokens, dir string) (path string, err error) {
	path = filepath.Join(dir, "admin.token")
	empty, err := people.empty()
	if err != nil {
		return "", err
	}
	if !empty {
		token, err := os.ReadFile(path)
		if err != nil {
			return "", nil
		}
		if _, err := people.authenticate(strings.TrimSpace(string(token))); err != nil {
			return "", nil
		}
		return path, nil
	}
	token, _, err := people.create(tokenRecord{
		Name: "Administrator", Access: framework.Admin, Created: time.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return "", err
	}
	// A file of that name from elsewhere may be readable by others.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return path, os.WriteFile(path, []byte(token+"\n"), 0o600)
}

// greet tells where everything is.
func greet(out io.Writer, st *store, addr net.Addr, tokenFile string, anonymous bool) {
	base := "http://" + addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() { // all addresses, which is none to go to
		base = fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	head := st.Head()
	fmt.Fprintf(out, "Skill Atlas %s\n", version())
	fmt.Fprintf(out, "  Explorer    %s/\n", base)
	fmt.Fprintf(out, "  API         %s/graphql\n", base)
	fmt.Fprintf(out, "  Store       %s, revision %d\n", st.journal, head.Seq())
	if codes := head.Codes(); len(codes) > 0 {
		fmt.Fprintf(out, "  Frameworks  %s\n", strings.Join(codes, ", "))
	} else {
		fmt.Fprintf(out, "  Frameworks  none yet: bring one in with the import command\n")
	}
	if tokenFile != "" {
		fmt.Fprintf(out, "  Token       in %s (sign in with it to make changes)\n", tokenFile)
	} else {
		fmt.Fprintf(out, "  Token       make one with the command token new\n")
	}
	signIn := ""
	if !anonymous {
		if tokenFile == "" {
			tokenFile = "TOKEN-FILE"
		}
		signIn = fmt.Sprintf(` -H "Authorization: Bearer $(cat '%s')"`, tokenFile)
	}
	fmt.Fprintf(out, "\nTry:\n  curl -s %s/graphql%s --json '{\"query\": \"{ frameworks { nodes { code name skills { totalCount } } } }\"}'\n\n", base, signIn)
}
