package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// request is an authenticated, validated request.
type request struct {
	*http.Request
	key  store.Key
	body []byte
}

// decode reads the validated body.
func (r *request) decode(v any) error {
	if err := json.Unmarshal(r.body, v); err != nil {
		return Problem{Title: "Not JSON", Status: http.StatusBadRequest, Code: string(dossier.NotJSON), Detail: "want one JSON object"}
	}
	return nil
}

// operation wraps a handler: who is it, may they, is it what the contract says.
func (s *server) operation(path string, item *openapi3.PathItem, method string, op *openapi3.Operation, h handler) http.Handler {
	scope, _ := op.Extensions["x-scope"].(string)
	raw, _ := op.Extensions["x-raw"].(bool) // the handler itself reads a body that is another's
	public := op.Security != nil && len(*op.Security) == 0
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr}
		var err error
		if !public {
			if r.key, err = s.authenticate(hr, scope); err != nil {
				s.fail(w, r, op.OperationID, err)
				return
			}
		}
		if !raw {
			if err = s.validate(w, r, routers.Route{Spec: s.spec, Path: path, PathItem: item, Method: method, Operation: op}); err != nil {
				s.fail(w, r, op.OperationID, err)
				return
			}
		}
		status, body, err := h(w, r)
		if err != nil {
			s.fail(w, r, op.OperationID, err)
			return
		}
		if status == 0 {
			return
		}
		if body == nil {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			s.Log.DebugContext(hr.Context(), "writing an answer", "error", err)
		}
	})
}

// fail answers an error, and records refusals of known callers: that line is
// all that is stored of them.
func (s *server) fail(w http.ResponseWriter, r *request, operation string, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError && r.Context().Err() != nil {
		// Whoever asked has left: nobody is answered, and nothing is wrong.
		s.Log.DebugContext(r.Context(), "answering a request", "operation", operation, "error", err)
	} else if p.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "answering a request", "operation", operation, "error", err)
	} else if r.key.ID != "" {
		line := dossier.AuditLine{
			At: s.Now(), Actor: "key:" + r.key.ID, Action: "refused", Object: operation,
			Detail: map[string]string{"code": p.Code, "fields": fieldsOf(p.Errors)},
		}
		if e := s.audit(context.WithoutCancel(r.Context()), line); e != nil {
			s.Log.ErrorContext(r.Context(), "recording a refusal", "operation", operation, "error", e)
		}
	}
	s.problem(w, r.Request, p)
}

// auditFields bounds how many fields of a refusal go on record.
const auditFields = 20

// plainName is what our own fields look like. The name of a field that nobody
// knows is the caller's text and may be a person's number or name.
var plainName = regexp.MustCompile(`^([a-z][a-z_]{0,30}[0-9]{0,3}|[0-9]{1,5}|(header|query|path|cookie):[A-Za-z_-]{1,40})$`)

// fieldsOf lists the fields of a refusal as they may be kept.
func fieldsOf(problems []schema.Problem) string {
	var out []string
	for i, e := range problems {
		if i == auditFields {
			out = append(out, "...")
			break
		}
		parts := strings.Split(e.Field, "/")
		for k, part := range parts {
			if part != "" && !plainName.MatchString(part) {
				parts[k] = "?"
			}
		}
		out = append(out, strings.Join(parts, "/"))
	}
	return strings.Join(out, " ")
}

// authenticate reads the API key and checks its scope.
func (s *server) authenticate(r *http.Request, scope string) (store.Key, error) {
	unknown := Problem{Title: "Who are you?", Status: http.StatusUnauthorized, Code: "unauthenticated", Detail: "want Authorization: Bearer ID.SECRET of a valid API key"}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	id, secret, cut := strings.Cut(token, ".")
	if !strings.EqualFold(scheme, "Bearer") || !cut {
		return store.Key{}, unknown
	}
	if id == adminID {
		if !vault.CompareSecret(secret, s.AdminHash) {
			return store.Key{}, unknown
		}
		return store.Key{ID: adminID, Name: "administrator", Scopes: []string{"*"}}, nil
	}
	k, hash, found, err := s.Store.Key(r.Context(), id)
	if err != nil {
		return store.Key{}, err
	}
	if !found || !vault.CompareSecret(secret, hash) {
		return store.Key{}, unknown
	}
	if !slices.Contains(k.Scopes, scope) {
		return k, Problem{Title: "This key may not", Status: http.StatusForbidden, Code: "scope", Detail: "the key lacks the scope " + scope}
	}
	return k, nil
}

// adminID is the id of the administrator's key, which has every scope.
const adminID = "admin"

// validate checks a request against the contract and reads its body.
func (s *server) validate(w http.ResponseWriter, r *request, route routers.Route) error {
	if r.Body != nil {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.MaxBody))
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return Problem{Title: "Too large", Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: fmt.Sprintf("want at most %d bytes", s.MaxBody)}
		}
		if err != nil {
			return Problem{Title: "The body broke off", Status: http.StatusBadRequest, Code: "truncated"}
		}
		r.body = body
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if route.Operation.RequestBody != nil {
		if ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || ct != "application/json" {
			return Problem{Title: "Not JSON", Status: http.StatusUnsupportedMediaType, Code: "media_type", Detail: "want Content-Type: application/json"}
		}
		if !json.Valid(r.body) {
			return Problem{Title: "Not JSON", Status: http.StatusBadRequest, Code: string(dossier.NotJSON), Detail: "want one JSON object"}
		}
	}
	params := map[string]string{}
	for _, p := range slices.Concat(route.PathItem.Parameters, route.Operation.Parameters) {
		if p.Value.In == openapi3.ParameterInPath {
			params[p.Value.Name] = r.PathValue(p.Value.Name)
		}
	}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r.Request, PathParams: params, Route: &route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	})
	if err == nil {
		return nil
	}
	var problems []schema.Problem
	faults(err, "", &problems)
	return Problem{Title: "Does not fit the contract", Status: http.StatusUnprocessableEntity, Code: string(dossier.BadForm), Errors: problems}
}

// faults turns the validator's tree of errors into fields and expectations; the
// validator's reasons hold no values.
func faults(err error, at string, out *[]schema.Problem) {
	switch e := err.(type) { //nolint:errorlint // the tree is walked level by level
	case openapi3.MultiError:
		for _, one := range e {
			faults(one, at, out)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			at = e.Parameter.In + ":" + e.Parameter.Name
		}
		if e.Err == nil {
			*out = append(*out, schema.Problem{Field: at, Want: e.Reason})
			return
		}
		faults(e.Err, at, out)
	case *openapi3.SchemaError:
		if many, ok := errors.AsType[openapi3.MultiError](e.Origin); ok {
			faults(many, at, out)
			return
		}
		field := strings.Join(append([]string{at}, e.JSONPointer()...), "/")
		if name, ok := unknownField(e.Reason); ok {
			*out = append(*out, schema.Problem{Field: field + "/" + name, Want: "unknown field: remove it"})
			return
		}
		*out = append(*out, schema.Problem{Field: field, Want: e.Reason})
	default:
		*out = append(*out, schema.Problem{Field: at, Want: "want what the contract says"})
	}
}

// unknownField reads the name out of the validator's reason: its pointer ends at
// the object around the field.
func unknownField(reason string) (string, bool) {
	quoted, found := strings.CutPrefix(reason, "property ")
	quoted, ends := strings.CutSuffix(quoted, " is unsupported")
	name, err := strconv.Unquote(quoted)
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name), found && ends && err == nil
}
