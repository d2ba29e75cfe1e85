package graph

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/exchange"
	"skillatlas/internal/framework"
)

// maxExports is how many exports for signed-in callers, and how many for anonymous
// ones, are written at a time. Slow clients hold theirs, so that those whom nobody
// knows can only keep each other waiting.
const maxExports = 4

// exports answers with frameworks as files.
type exports struct {
	*api
	// writing and anonymous are held, by sending to them, by the exports being written.
	writing, anonymous chan struct{}
}

// NewExport returns the handler of frameworks as files: GET and HEAD requests whose
// path value "file" is {framework}.{extension of a format}, and whose query may name
// a state with at. The actor of each request is taken from its context, see
// [WithActor].
func NewExport(o Options) http.Handler { return newExports(o, usual) }

func newExports(o Options, t timeouts) *exports {
	return &exports{
		api:     &api{Options: o, timeouts: t},
		writing: make(chan struct{}, maxExports), anonymous: make(chan struct{}, maxExports),
	}
}

// ServeHTTP implements http.Handler.
func (e *exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		w.Header().Set("Allow", allowedOfExports)
		return
	default:
		w.Header().Set("Allow", allowedOfExports)
		e.refuse(w, r, http.StatusMethodNotAllowed, framework.Errorf(framework.Invalid, "%.20s is not a method to export with; use GET", r.Method))
		return
	}
	x, err := e.find(r)
	switch {
	case err != nil:
		e.refuse(w, r, 0, err)
	case listsTag(r.Header.Values("If-None-Match"), x.tag):
		x.validators(w.Header())
		w.WriteHeader(http.StatusNotModified)
	case r.Method == http.MethodHead:
		x.header(w.Header())
		w.WriteHeader(http.StatusOK)
	default:
		e.write(w, r, x)
	}
}

const allowedOfExports = "OPTIONS, GET, HEAD"

// An exported is a framework to be answered with.
type exported struct {
	view   *framework.FrameworkView
	format exchange.Format
	zipped bool
	// tag is the entity tag.
	tag string
}

// find reads a request.
func (e *exports) find(r *http.Request) (*exported, error) {
	code, format, ok := parseFile(r.PathValue("file"))
	if !ok {
		return nil, framework.Errorf(framework.NotFound, "%s is not a file to export; they are named after a framework and a format: CODE.%s",
			short(strconv.Quote(r.PathValue("file"))), strings.Join(extensions(), ", CODE."))
	}
	at, err := parseAt(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(e.reading(r.Context(), e.Catalog.Head()), e.timeouts.read)
	defer cancel()
	view, err := (&query{e.api}).read(ctx, code, at)
	switch {
	case err != nil:
		return nil, err
	case view == nil:
		return nil, framework.Errorf(framework.NotFound, "there is no framework %s, or not in the state asked for", short(strconv.Quote(code)))
	}
	zipped := format.Text() && AcceptsGzip(r.Header)
	return &exported{view, format, zipped, makeTag(e.Build, format, view, zipped)}, nil
}

// exportable lists the formats that can be exported to, those with long extensions
// first: one may end in another.
func exportable() []exchange.Format {
	list := slices.DeleteFunc(exchange.Formats(), func(f exchange.Format) bool { return !f.Exports() })
	slices.SortStableFunc(list, func(a, b exchange.Format) int { return len(b.Extension) - len(a.Extension) })
	return list
}

func extensions() (list []string) {
	for _, f := range exportable() {
		list = append(list, f.Extension)
	}
	slices.Sort(list)
	return list
}

// parseFile splits the name of a file.
func parseFile(name string) (code string, format exchange.Format, ok bool) {
	for _, f := range exportable() {
		if code, ok := strings.CutSuffix(name, "."+f.Extension); ok && code != "" {
			return code, f, true
		}
	}
	return "", exchange.Format{}, false
}

const formsOfAt = "at is a revision such as 12, a time such as 2026-03-01T09:30:00Z, head, latest (the newest published release), " +
	"latest:PUBLISHED, latest:BETA, latest:DRAFT, release:CODE, or changeRequest:NUMBER with more numbers after commas"

// parseAt reads the query of a URL; nil is the state that who names none gets.
func parseAt(query string) (*At, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, framework.Errorf(framework.Invalid, "the query of the URL cannot be read: %s", short(err.Error()))
	}
	for name := range values {
		if name != "at" {
			return nil, framework.Errorf(framework.Invalid, "%s is not a parameter of an export; the only one is at: %s", short(strconv.Quote(name)), formsOfAt)
		}
	}
	switch list := values["at"]; len(list) {
	case 0:
		return nil, nil
	case 1:
		if at := readAt(list[0]); at != nil {
			return at, nil
		}
		return nil, framework.Errorf(framework.Invalid, "%s names no state: %s", short(strconv.Quote(list[0])), formsOfAt)
	default:
		return nil, framework.Errorf(framework.Invalid, "at is given %d times; give it once", len(list))
	}
}

// readAt reads the name of a state, and returns nil for what is none.
func readAt(text string) *At {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		revision := int(n)
		return &At{Revision: graphql.OmittableOf(&revision)}
	}
	// In a query a + stands for a space, of which a time has none.
	if t, err := UnmarshalDateTime(strings.ReplaceAll(text, " ", "+")); err == nil {
		return &At{Time: graphql.OmittableOf(&t)}
	}
	name, value, given := strings.Cut(text, ":")
	latest := Latest(strings.ToUpper(value))
	switch {
	case text == "head":
		latest = LatestHead
	case text == "latest":
		latest = LatestPublished
	case name == "latest" && latest.IsValid():
	case name == "release" && value != "":
		return &At{Release: graphql.OmittableOf(&value)}
	case name == "changeRequest" && given:
		var numbers []int
		for number := range strings.SplitSeq(value, ",") {
			n, err := strconv.ParseUint(number, 10, 31)
			if err != nil {
				return nil
			}
			numbers = append(numbers, int(n))
		}
		return &At{ChangeRequest: graphql.OmittableOf(numbers)}
	default:
		return nil
	}
	return &At{Latest: graphql.OmittableOf(&latest)}
}

// AcceptsGzip reports whether a client takes gzip (RFC 9110, section 12.5.3):
// it says so, by name or with an asterisk, at a weight that is not zero.
func AcceptsGzip(h http.Header) bool {
	accepted := false
	for item := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, weight, weighted := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		accepted = true
		if weighted {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			accepted = err == nil && q > 0
		}
		if coding == "gzip" {
			return accepted
		}
	}
	return accepted
}

// listsTag reports whether an If-None-Match names an entity tag, compared weakly:
// https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2.
func listsTag(header []string, tag string) bool {
	list := strings.Join(header, ",")
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for {
		list = strings.TrimPrefix(strings.TrimLeft(list, " \t,"), "W/")
		quoted, ok := strings.CutPrefix(list, `"`)
		end := strings.IndexByte(quoted, '"') // the only character a tag cannot have
		if !ok || end < 0 {
			return false
		}
		if list[:end+2] == tag {
			return true
		}
		list = quoted[end+1:]
	}
}

// makeTag makes an entity tag of all that the bytes of an export depend on. Nothing
// is written for it.
func makeTag(build string, format exchange.Format, view *framework.FrameworkView, zipped bool) string {
	sum := sha256.Sum256([]byte(build + "\n" + format.Name + "\n" + view.Identity()))
	tag := base64.RawURLEncoding.EncodeToString(sum[:16])
	if zipped {
		tag += "-gzip"
	}
	return `"` + tag + `"`
}

// validators sets the headers that an answer has whether or not the client has the
// file already. Nobody may take an answer for the current one without asking: who
// may see what can change for any state, and with it what a file may tell.
func (x *exported) validators(h http.Header) {
	h.Set("ETag", x.tag)
	h.Set("Cache-Control", "private, no-cache")
	if x.format.Text() {
		h.Add("Vary", "Accept-Encoding")
	}
}

// header sets all headers. The revision is the one that made the content what it
// is; a preview has none.
func (x *exported) header(h http.Header) {
	x.validators(h)
	name := x.view.Code()
	if v := x.view.Version(); len(v.ChangeRequests()) == 0 {
		h.Set("Skill-Atlas-Revision", strconv.FormatInt(v.ContentRevision(), 10))
		h.Set("Last-Modified", x.view.ContentTime().UTC().Format(http.TimeFormat))
		name += fmt.Sprintf("-r%d", v.ContentRevision())
	}
	media := x.format.MediaType
	if x.format.Text() && !strings.Contains(media, ";") {
		media += "; charset=utf-8"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + x.format.Extension}))
	h.Set("Accept-Ranges", "none")
	if x.zipped {
		h.Set("Content-Encoding", "gzip")
	}
}

// write answers with a file, as it is being written. A file that breaks off breaks
// the connection: it must not be taken for a whole one.
func (e *exports) write(w http.ResponseWriter, r *http.Request, x *exported) {
	ctx, cancel := context.WithTimeout(r.Context(), e.timeouts.export)
	defer cancel()
	done, err := e.turn(ctx)
	if err != nil {
		e.refuse(w, r, 0, err)
		return
	}
	defer done()

	begun, lost := false, false
	begin := func() {
		if !begun {
			begun = true
			x.header(w.Header())
			w.WriteHeader(http.StatusOK)
		}
	}
	control := http.NewResponseController(w)
	out := bufio.NewWriterSize(writerFunc(func(p []byte) (n int, err error) {
		if err = ctx.Err(); err == nil {
			begin()
			// Only connections have deadlines.
			_ = control.SetWriteDeadline(time.Now().Add(e.timeouts.stall))
			n, err = w.Write(p)
		}
		lost = lost || err != nil
		return n, err
	}), 64<<10)
	err = x.write(out)
	switch {
	case lost:
		panic(http.ErrAbortHandler)
	case err == nil:
		begin()
	case begun:
		e.internal(ctx, err, &gqlerror.Error{})
		panic(http.ErrAbortHandler)
	default:
		e.refuse(w, r, 0, err)
	}
}

func (x *exported) write(out *bufio.Writer) error {
	if !x.zipped {
		if err := exchange.Export(out, x.format.Name, x.view.Snapshot()); err != nil {
			return err
		}
		return out.Flush()
	}
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := exchange.Export(z, x.format.Name, x.view.Snapshot()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Flush()
}

type writerFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// turn waits for a while until an export may be written.
func (e *exports) turn(ctx context.Context) (done func(), err error) {
	turns := e.writing
	if actorOf(ctx).ID == "" {
		turns = e.anonymous
	}
	done = func() { <-turns }
	select {
	case turns <- struct{}{}: // free at once, however long it took to ask
		return done, nil
	default:
	}
	wait := time.NewTimer(e.timeouts.turn)
	defer wait.Stop()
	select {
	case turns <- struct{}{}:
		return done, nil
	case <-wait.C:
	case <-ctx.Done():
	}
	return nil, framework.Errorf(framework.Unavailable, "as many exports as may be are being written; ask again in a moment")
}

// statuses are those of refusals, where they are not the server's own fault.
var statuses = map[framework.Code]int{
	framework.Invalid: http.StatusBadRequest, framework.Forbidden: http.StatusForbidden, framework.NotFound: http.StatusNotFound,
	framework.Conflict: http.StatusConflict, framework.LimitExceeded: http.StatusUnprocessableEntity,
	framework.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers with an error in GraphQL's form, with a status or the one of its
// code.
func (e *exports) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	told := e.present(r.Context(), err)
	code, _ := told.Extensions["code"].(framework.Code)
	status = cmp.Or(status, statuses[code], http.StatusInternalServerError)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	writeBody(w, typePlain, status, appendJSON(nil, map[string]any{"errors": gqlerror.List{told}}))
}
