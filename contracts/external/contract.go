package external

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Contract is what is agreed with one system. It does not change and is safe
// for concurrent use.
type Contract struct {
	system   string
	routes   []route // longest path first
	calls    []route // what the system calls at our side
	security *openapi3.SecurityRequirements
	schemes  openapi3.SecuritySchemes
	patterns map[string]*regexp.Regexp
}

// route is one operation. Several may share path and method where the system
// tells them apart by a field: their paths then differ in a fragment
// (/one/path#token), and each pins that field to its own word.
type route struct {
	id       string
	method   string
	segments []string
	op       *openapi3.Operation
	params   openapi3.Parameters
	pins     map[string]string // field or query parameter to its only word
}

// System is the name under which the contract was loaded.
func (c *Contract) System() string { return c.system }

// Operations lists the ids of the operations that we call, in alphabetical
// order; callbacks are not among them.
func (c *Contract) Operations() []string {
	ids := make([]string, 0, len(c.routes))
	for _, r := range c.routes {
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	return ids
}

func compile(system string, doc *openapi3.T) (*Contract, error) {
	c := &Contract{system: system, security: &doc.Security, patterns: map[string]*regexp.Regexp{}}
	if doc.Components != nil {
		c.schemes = doc.Components.SecuritySchemes
	}
	if doc.Paths == nil {
		return nil, errors.New("no paths")
	}
	for path, item := range doc.Paths.Map() {
		plain, _, _ := strings.Cut(path, "#")
		for method, op := range item.Operations() {
			if op.OperationID == "" {
				return nil, fmt.Errorf("%s %s has no operationId", method, path)
			}
			c.calls = append(c.calls, callbacks(op)...)
			c.routes = append(c.routes, route{
				id: op.OperationID, method: method, segments: strings.Split(strings.Trim(plain, "/"), "/"), op: op,
				params: append(slices.Clone(item.Parameters), op.Parameters...), pins: pins(op),
			})
		}
	}
	slices.SortFunc(c.routes, func(a, b route) int {
		return cmp.Or(cmp.Compare(len(b.segments), len(a.segments)), strings.Compare(a.id, b.id))
	})
	return c, c.compilePatterns(doc)
}

// callbacks are the operations by which the system answers later, each once
// however many operations lead to it. Their paths are ours.
func callbacks(op *openapi3.Operation) (out []route) {
	for _, callback := range op.Callbacks {
		if callback == nil || callback.Value == nil {
			continue
		}
		for _, item := range callback.Value.Map() {
			for method, op := range item.Operations() {
				if op.OperationID == "" {
					continue
				}
				out = append(out, route{id: op.OperationID, method: method, op: op, params: append(slices.Clone(item.Parameters), op.Parameters...)})
			}
		}
	}
	return out
}

// pins finds the request's fields that may hold one word only.
func pins(op *openapi3.Operation) map[string]string {
	out := map[string]string{}
	pin := func(name string, s *openapi3.SchemaRef) {
		if s != nil && s.Value != nil && len(s.Value.Enum) == 1 {
			if word, ok := s.Value.Enum[0].(string); ok {
				out[name] = word
			}
		}
	}
	for _, p := range op.Parameters {
		if p.Value != nil && p.Value.In == openapi3.ParameterInQuery {
			pin(p.Value.Name, p.Value.Schema)
		}
	}
	if op.RequestBody == nil || op.RequestBody.Value == nil {
		return out
	}
	for _, media := range op.RequestBody.Value.Content {
		if media == nil || media.Schema == nil || media.Schema.Value == nil {
			continue
		}
		for name, s := range media.Schema.Value.Properties {
			pin(name, s)
		}
		for _, part := range media.Schema.Value.AllOf {
			for name, s := range part.Value.Properties {
				pin(name, s)
			}
		}
	}
	return out
}

// find returns the routes that a path ends with, whatever stands before: an
// installation's proxy may put everything below a prefix. The longest path wins.
func (c *Contract) find(path string) []*route {
	have := strings.Split(strings.Trim(path, "/"), "/")
	var found []*route
	for i := range c.routes {
		r := &c.routes[i]
		if len(found) > 0 && len(r.segments) < len(found[0].segments) {
			break
		}
		if r.ends(have) {
			found = append(found, r)
		}
	}
	return found
}

func (r *route) ends(have []string) bool {
	n := len(have) - len(r.segments)
	if n < 0 {
		return false
	}
	for i, want := range r.segments {
		got := have[n+i]
		if strings.HasPrefix(want, "{") && got != "" {
			continue
		}
		if got != want {
			return false
		}
	}
	return true
}

// choose narrows the routes of a path down to one: by method, then by the word
// that the request carries in a pinned field. A Difference says why none fits.
func choose(found []*route, method string, field func(string) (string, bool)) (*route, *Difference) {
	if len(found) == 0 {
		return nil, &Difference{Part: Request, Want: "a path of the contract", Got: "unknown path", Severity: Breaking}
	}
	var methods []string
	var fit []*route
	for _, r := range found {
		if r.method == method {
			fit = append(fit, r)
		}
		if !slices.Contains(methods, r.method) {
			methods = append(methods, r.method)
		}
	}
	switch len(fit) {
	case 0:
		got := "another method"
		if slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead}, method) {
			got = method
		}
		slices.Sort(methods)
		return nil, &Difference{Part: Request, Field: "method", Want: strings.Join(methods, " or "), Got: got, Severity: Breaking}
	case 1:
		return fit[0], nil
	}
	var names, words []string
	got := missing
	for _, r := range fit {
		all := len(r.pins) > 0
		for name, word := range r.pins {
			value, sent := field(name)
			if sent {
				got = "another word"
			}
			all = all && sent && value == word
			names, words = append(names, name), append(words, word)
		}
		if all {
			return r, nil
		}
	}
	slices.Sort(names)
	slices.Sort(words)
	at := ""
	if len(names) > 0 {
		at = "/" + names[0]
	}
	return nil, &Difference{Part: Request, Field: at, Want: "one of " + strings.Join(slices.Compact(words), ", "), Got: got, Severity: Breaking}
}
