package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"skillatlas/internal/framework"
)

// overHTTP answers POST requests, and GET requests for queries, in the manner of
// https://graphql.github.io/graphql-over-http/draft/. The transports of the
// library give errors without codes and quote the whole request in them.
type overHTTP struct {
	*api
	documents documents
}

var _ graphql.Transport = overHTTP{}

// Supports implements graphql.Transport. What is not supported is told so.
func (overHTTP) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowed)
		return
	}
	op := &operation{}
	defer func() { t.buffers.give(op.body) }()
	ctx := context.WithValue(r.Context(), operationKey{}, op)
	oc, status, errs := t.create(ctx, r, exec, op)
	if errs != nil {
		if oc != nil {
			ctx = graphql.WithOperationContext(ctx, oc)
		}
		t.write(w, r, status, exec.DispatchError(ctx, errs))
		return
	}
	respond, ctx := exec.DispatchOperation(ctx, oc)
	t.answer(w, r, op, respond(ctx))
}

// create makes the context of the operation that a request asks for. Of a request whose
// answer is kept it is made of that. Errors come with the status to answer with.
func (t overHTTP) create(ctx context.Context, r *http.Request, exec graphql.GraphExecutor, op *operation) (*graphql.OperationContext, int, gqlerror.List) {
	text, status, err := t.read(r)
	defer t.buffers.give(text)
	if err != nil {
		return nil, status, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	if t.answers != nil && len(text) <= maxAsked {
		op.asked = asked{text: string(text), byURL: r.Method == http.MethodGet}
		if op.kept = t.answers.find(op.asked, actorOf(ctx)); op.kept != nil {
			if oc := op.kept.operation(ctx, t.documents); oc != nil {
				oc.Headers = r.Header
				return oc, 0, nil
			}
			op.kept = nil
		}
	}
	params, err := parse(r, text)
	if err != nil {
		return nil, http.StatusBadRequest, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	params.Headers = r.Header
	oc, errs := exec.CreateOperationContext(ctx, params)
	switch {
	case errs != nil:
		return oc, statusRefused, firstErrors(errs)
	case oc.Operation.Operation == ast.Query:
		if op.private = carriesProfile(oc); op.private {
			op.asked = asked{}
		}
	case r.Method == http.MethodGet:
		refusal := gqlError(framework.Invalid, "a GET request can only query; send a POST request")
		return nil, http.StatusMethodNotAllowed, gqlerror.List{refusal}
	}
	return oc, 0, nil
}

// read reads the text of a request into a buffer: the body of a POST request, or the
// query of the URL. An error comes with the status to answer it with.
func (t overHTTP) read(r *http.Request) (text []byte, status int, err error) {
	switch r.Method {
	case http.MethodGet:
		return append(t.buffers.take(), r.URL.RawQuery...), 0, nil
	case http.MethodPost:
		if !isJSON(r.Header.Get("Content-Type")) {
			return nil, http.StatusUnsupportedMediaType,
				framework.Errorf(framework.Invalid, "the request is not of type %s; say so in its Content-Type header", typePlain)
		}
	default:
		return nil, http.StatusMethodNotAllowed, framework.Errorf(framework.Invalid, "%.20s is not a method to ask with; use POST", r.Method)
	}
	buf := bytes.NewBuffer(t.buffers.take())
	_, err = buf.ReadFrom(r.Body)
	text = buf.Bytes()
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case errors.As(err, &tooLarge):
		return text, http.StatusRequestEntityTooLarge, framework.Errorf(framework.LimitExceeded, "the request is more than %d bytes long", tooLarge.Limit)
	case err != nil:
		return text, http.StatusBadRequest, framework.Errorf(framework.Invalid, "the body breaks off: %s", short(err.Error()))
	}
	return text, 0, nil
}

func isJSON(contentType string) bool {
	if contentType == typePlain {
		return true
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return media == typePlain
}

// parse reads what a request asks for. Nothing of it refers to the text.
func parse(r *http.Request, text []byte) (*graphql.RawParams, error) {
	if r.Method == http.MethodGet {
		return parseURL(r.URL.RawQuery)
	}
	if !utf8.Valid(text) { // which the decoder would replace in silence
		return nil, framework.Errorf(framework.Invalid, "the body is not valid UTF-8; JSON is")
	}
	if params, ok := quickParams(text); ok {
		return params, nil
	}
	params := &graphql.RawParams{}
	return params, decode(bytes.NewReader(text), "the body", params)
}

func parseURL(query string) (*graphql.RawParams, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, framework.Errorf(framework.Invalid, "the query of the URL cannot be read: %v", err)
	}
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if text := values.Get("variables"); text != "" {
		err = decode(strings.NewReader(text), "variables", &params.Variables)
	}
	return params, err
}

// decode reads the one JSON object that a text holds.
func decode(text io.Reader, what string, into any) error {
	d := json.NewDecoder(text)
	d.UseNumber()
	err := d.Decode(into)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("there is more after it")
		}
	}
	if err == nil {
		return nil
	}
	reason := err.Error()
	if mistyped := (*json.UnmarshalTypeError)(nil); errors.As(err, &mistyped) {
		reason = cmp.Or(mistyped.Field, "it") + " is of the JSON type " + mistyped.Value
	}
	return framework.Errorf(framework.Invalid, "%s is not one JSON object of the form GraphQL needs: %s", what, short(reason))
}

const (
	allowed      = "OPTIONS, GET, POST"
	typePlain    = "application/json"
	typeResponse = "application/graphql-response+json"

	// statusRefused stands for the status of operations that are not carried out,
	// which depends on the type of the response.
	statusRefused = -1
)

// typeOf is the type of the response that a client wants, and the status in it of
// operations that are not carried out.
func typeOf(r *http.Request) (contentType string, refused int) {
	if accept := r.Header.Get("Accept"); accept != "" && strings.Contains(accept, typeResponse) {
		return typeResponse, http.StatusBadRequest
	}
	return typePlain, http.StatusUnprocessableEntity
}

// write writes the response to a request that was not carried out.
func (t overHTTP) write(w http.ResponseWriter, r *http.Request, status int, resp *graphql.Response) {
	contentType, refused := typeOf(r)
	if status == statusRefused {
		status = refused
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allowed)
	}
	writeBody(w, contentType, status, appendResponse(nil, resp))
}

// answer writes the response to an operation.
func (t overHTTP) answer(w http.ResponseWriter, r *http.Request, op *operation, resp *graphql.Response) {
	contentType, _ := typeOf(r)
	switch kept := op.kept; {
	case kept != nil && kept.text.is(resp):
		t.answerKept(w, r, contentType, kept)
	case r.Method == http.MethodGet && len(resp.Errors) == 0 && !op.private:
		text := appendResponse(nil, resp)
		if !matches(w, r, tagOf(text), contentType, "") {
			writeBody(w, contentType, http.StatusOK, text)
		}
	case op.body.is(resp):
		writeBody(w, contentType, http.StatusOK, op.body)
	default:
		writeBody(w, contentType, http.StatusOK, appendResponse(nil, resp))
	}
}

func (t overHTTP) answerKept(w http.ResponseWriter, r *http.Request, contentType string, k *kept) {
	text, coding := []byte(k.text), ""
	if len(text) >= leastZipped {
		w.Header().Add("Vary", "Accept-Encoding")
		if AcceptsGzip(r.Header) {
			if zipped := t.answers.zip(k); zipped != nil {
				text, coding = zipped, "gzip"
			}
		}
	}
	if r.Method == http.MethodGet && matches(w, r, k.tag(), contentType, coding) {
		return
	}
	if coding != "" {
		w.Header().Set("Content-Encoding", coding)
	}
	writeBody(w, contentType, http.StatusOK, text)
}

// matches sets the headers by which an answer to a GET request may be kept by others, who
// have to ask each time whether it is good still: what is public by all, and the rest by
// whoever asked. If they have it already, it answers that, and reports so.
func matches(w http.ResponseWriter, r *http.Request, tag, contentType, coding string) bool {
	h := w.Header()
	if contentType == typeResponse {
		tag += "-response"
	}
	if coding != "" {
		tag += "-" + coding
	}
	tag = `"` + tag + `"`
	h.Set("ETag", tag)
	h.Add("Vary", "Accept")
	if actorOf(r.Context()).ID == "" {
		h.Set("Cache-Control", "public, max-age=0, must-revalidate")
	} else {
		h.Set("Cache-Control", "private, max-age=0, must-revalidate")
	}
	if !listsTag(r.Header.Values("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

func writeBody(w http.ResponseWriter, contentType string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone
}

// appendResponse writes a response as JSON. Its data is JSON already.
func appendResponse(out []byte, resp *graphql.Response) []byte {
	out = append(out, '{')
	if len(resp.Errors) > 0 {
		out = append(appendJSON(append(out, `"errors":`...), resp.Errors), ',')
	}
	out = append(out, `"data":`...)
	if resp.Data == nil {
		out = append(out, "null"...)
	}
	out = append(out, resp.Data...)
	if len(resp.Extensions) > 0 {
		out = appendJSON(append(out, `,"extensions":`...), resp.Extensions)
	}
	return append(out, '}')
}

func appendJSON(out []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("graph: a response cannot be marshalled: %w", err))
	}
	return append(out, text...)
}
