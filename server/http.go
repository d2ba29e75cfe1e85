package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/cors"

	"skillatlas/graph"
	"skillatlas/internal/catalog"
	"skillatlas/internal/framework"
	"skillatlas/internal/journal"
)

// The largest request bodies. Those who may import send files, and so do those who may
// propose an import, of which a proposal holds little.
const (
	maxBody            = 1 << 20
	maxContributorBody = 16 << 20
	maxEditorBody      = 128 << 20
)

// A service is what the program answers over HTTP.
type service struct {
	catalog   *catalog.Catalog
	journal   interface{ Err() error }
	tokens    *tokens
	graphql   http.Handler
	export    http.Handler
	counts    func() graph.Counts
	anonymous framework.Actor
	origins   []string
	log       *slog.Logger
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", s.crossOrigin(s.signIn(s.graphql)))
	mux.Handle("/export/{file}", s.crossOrigin(s.signIn(s.export)))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"alive": true})
	})
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.Handle("/", newExplorer())
	return s.logged(cautious(mux))
}

// cautious gives answers the headers that are right unless a handler knows better.
func cautious(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// ready answers whether the server can do its work. It answers only once its
// store is loaded. It is not ready when nothing can be written until someone acts,
// nor when it has not heard from a shared store for longer than the query maxLag,
// if there is one. A store that cannot be reached for the time being keeps it from
// writing, not from answering.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	status := s.catalog.Status()
	answer := map[string]any{"ready": true, "revision": s.catalog.Head().Seq()}
	if status.Lag > 0 { // of a shared store
		answer["lagSeconds"] = status.Lag.Round(time.Millisecond).Seconds()
	}
	maxLag := time.Duration(math.MaxInt64)
	if text := r.URL.Query().Get("maxLag"); text != "" {
		var err error
		if maxLag, err = time.ParseDuration(text); err != nil {
			refuse(w, http.StatusBadRequest, framework.Invalid, "maxLag is not a duration such as 30s")
			return
		}
	}
	if reason := s.whyNotReady(status, maxLag); reason != "" {
		answer["ready"], answer["reason"] = false, reason
		writeJSON(w, http.StatusServiceUnavailable, answer)
		return
	}
	if status.Trouble != nil {
		answer["trouble"] = storeSilent
	}
	writeJSON(w, http.StatusOK, answer)
}

const storeSilent = "the store does not answer; the log tells more"

// whyNotReady is the reason for which the server cannot do its work, in words for
// anyone, or empty.
func (s *service) whyNotReady(status catalog.Status, maxLag time.Duration) string {
	switch err := s.journal.Err(); {
	case err != nil:
		return err.Error()
	case errors.Is(status.Halted, journal.ErrNewerFormat):
		return "the store was written by a newer Skill Atlas; upgrade this one"
	case status.Halted != nil:
		return "the store cannot be read any further until someone has acted; the log tells more"
	case status.Lag > maxLag:
		return fmt.Sprintf("nothing was heard from the store for %s, which is more than maxLag", status.Lag.Round(time.Millisecond))
	}
	return ""
}

// signIn finds out who is asking, and bounds what they may send.
func (s *service) signIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, err := s.actor(r)
		if err != nil {
			s.refuseSignIn(w, r, err)
			return
		}
		limit := int64(maxBody)
		switch {
		case actor.MaySomewhere(framework.DeedEdit):
			limit = maxEditorBody
		case actor.MaySomewhere(framework.DeedContribute):
			limit = maxContributorBody
		}
		if r.ContentLength > limit { // not even read; graph refuses what does not tell its length
			refuse(w, http.StatusRequestEntityTooLarge, framework.LimitExceeded,
				fmt.Sprintf("the request is too long; at most %d bytes are allowed", limit))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		w.Header().Add("Vary", "Authorization")
		if rec, ok := w.(*recorder); ok {
			rec.actor = actor.ID
		}
		next.ServeHTTP(w, r.WithContext(graph.WithActor(r.Context(), actor)))
	})
}

func (s *service) actor(r *http.Request) (framework.Actor, error) {
	header := r.Header.Get("Authorization")
	if len(r.Header.Values("Authorization")) > 1 {
		return framework.Actor{}, framework.Errorf(framework.Unauthenticated, "there is more than one Authorization header; send one")
	}
	if header == "" {
		if s.anonymous.Access == "" {
			return framework.Actor{}, errSignIn
		}
		return s.anonymous, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return framework.Actor{}, framework.Errorf(framework.Unauthenticated,
			"the Authorization header is not of the form Bearer <token>")
	}
	return s.tokens.authenticate(strings.TrimSpace(token))
}

var errSignIn = framework.Errorf(framework.Unauthenticated, "sign in: send the header Authorization: Bearer <token>")

func (s *service) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *framework.Error
	if !errors.As(err, &refusal) {
		s.log.ErrorContext(r.Context(), "sign in", slog.Any("error", err))
		refuse(w, http.StatusInternalServerError, framework.Internal, serverFailed)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="Skill Atlas"`)
	refuse(w, http.StatusUnauthorized, refusal.Code, refusal.Message)
}

const serverFailed = "the server failed; its log tells more"

// refuse answers a request that does not reach GraphQL in GraphQL's form.
func refuse(w http.ResponseWriter, status int, code framework.Code, text string) {
	writeJSON(w, status, map[string]any{
		"errors": []any{map[string]any{"message": text, "extensions": map[string]any{"code": code}}},
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// crossOrigin lets web pages of the configured origins use the API; without any,
// of none but its own.
func (s *service) crossOrigin(next http.Handler) http.Handler {
	if len(s.origins) == 0 {
		return next // cors takes an empty list for all
	}
	return cors.New(cors.Options{
		AllowedOrigins: s.origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{"Authorization", "Content-Type", "If-None-Match"},
		ExposedHeaders: []string{"ETag", "Content-Disposition", "Retry-After", "Skill-Atlas-Revision"},
		MaxAge:         600,
	}).Handler(next)
}

func checkOrigins(origins []string) error {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Hostname() == "" || o != "http://"+u.Host && o != "https://"+u.Host || strings.Contains(o, "*") {
			return fmt.Errorf("%q is not an origin such as https://example.org", o)
		}
	}
	return nil
}

// slow is how long a request takes that is always logged.
const slow = time.Second

// logged logs requests, without what they ask or who asks beyond an id, and answers for
// handlers that panic. What is usual is logged for debugging only: to write it all takes
// a tenth of the time of a small answer.
func (s *service) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w}
		told := func() {
			level, took := slog.LevelInfo, time.Since(start)
			if rec.usual(r) && took < slow {
				level = slog.LevelDebug
			}
			if !s.log.Enabled(r.Context(), level) {
				return
			}
			s.log.LogAttrs(r.Context(), level, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", cmp.Or(rec.status, http.StatusOK)),
				slog.Duration("took", took.Round(time.Microsecond)), slog.String("actor", rec.actor))
		}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { // a client has gone, or what there was to say went wrong
				told()
				panic(p)
			}
			s.log.ErrorContext(r.Context(), "panic", slog.Any("panic", p), slog.String("path", r.URL.Path), slog.String("stack", string(debug.Stack())))
			if rec.status != 0 {
				panic(http.ErrAbortHandler) // lest half an answer is taken for the whole
			}
			refuse(w, http.StatusInternalServerError, framework.Internal, serverFailed)
		}()
		next.ServeHTTP(rec, r)
		told()
	})
}

// A recorder remembers the status of a response, 0 before it has begun, and who asked.
type recorder struct {
	http.ResponseWriter
	status int
	actor  string
}

// usual reports whether a request is one of many that nobody will want to look up: a
// probe, a part of the explorer, metrics, or an anonymous query that was answered.
func (rec *recorder) usual(r *http.Request) bool {
	switch path := r.URL.Path; {
	case path == "/healthz", path == "/readyz", strings.HasPrefix(path, "/explorer/"):
		return true
	case path == "/metrics", path == "/graphql" && rec.actor == "":
		return rec.status < http.StatusBadRequest
	}
	return false
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.status = cmp.Or(r.status, http.StatusOK)
	return r.ResponseWriter.Write(b)
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
