package graph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
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
type overHTTP struct{}

var _ graphql.Transport = overHTTP{}

// Supports implements graphql.Transport. What is not supported is told so.
func (overHTTP) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport.
func (overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowed)
		return
	}
	ctx := r.Context()
	params, status, err := read(r)
	if err != nil {
		write(w, r, status, exec.DispatchError(ctx, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}))
		return
	}
	oc, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		write(w, r, statusRefused, exec.DispatchError(graphql.WithOperationContext(ctx, oc), firstErrors(errs)))
		return
	}
	if r.Method == http.MethodGet && oc.Operation.Operation != ast.Query {
		refusal := gqlError(framework.Invalid, "a GET request can only query; send a POST request")
		write(w, r, http.StatusMethodNotAllowed, exec.DispatchError(ctx, gqlerror.List{refusal}))
		return
	}
	respond, ctx := exec.DispatchOperation(ctx, oc)
	write(w, r, http.StatusOK, respond(ctx))
}

// read reads a request. An error comes with the status to answer it with.
func read(r *http.Request) (params *graphql.RawParams, status int, err error) {
	switch r.Method {
	case http.MethodGet:
		params, err = readURL(r.URL)
	case http.MethodPost:
		if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != typePlain {
			return nil, http.StatusUnsupportedMediaType,
				framework.Errorf(framework.Invalid, "the request is not of type %s; say so in its Content-Type header", typePlain)
		}
		params, err = readBody(r.Body)
	default:
		return nil, http.StatusMethodNotAllowed, framework.Errorf(framework.Invalid, "%.20s is not a method to ask with; use POST", r.Method)
	}
	status = http.StatusBadRequest
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
		err = framework.Errorf(framework.LimitExceeded, "the request is more than %d bytes long", tooLarge.Limit)
	}
	if err == nil {
		params.Headers = r.Header
	}
	return params, status, err
}

func readBody(body io.Reader) (*graphql.RawParams, error) {
	text, err := io.ReadAll(body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, err
	}
	if err != nil {
		return nil, framework.Errorf(framework.Invalid, "the body breaks off: %s", short(err.Error()))
	}
	if !utf8.Valid(text) { // which the decoder would replace in silence
		return nil, framework.Errorf(framework.Invalid, "the body is not valid UTF-8; JSON is")
	}
	params := &graphql.RawParams{}
	return params, decode(bytes.NewReader(text), "the body", params)
}

func readURL(u *url.URL) (*graphql.RawParams, error) {
	values, err := url.ParseQuery(u.RawQuery)
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

func write(w http.ResponseWriter, r *http.Request, status int, resp *graphql.Response) {
	contentType, refused := typePlain, http.StatusUnprocessableEntity
	if strings.Contains(r.Header.Get("Accept"), typeResponse) {
		contentType, refused = typeResponse, http.StatusBadRequest
	}
	if status == statusRefused {
		status = refused
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allowed)
	}
	writeJSON(w, contentType, status, resp)
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("graph: a response cannot be marshalled: %w", err))
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client has gone
}
