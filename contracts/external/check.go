package external

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Check holds one exchange against the contract: path, method, parameters,
// content types, status and every field of both bodies. It returns what
// differs, sorted by where it stands in the exchange; nil when nothing does. The
// request's own body is not read: reqBody is what was sent. A body of more than
// 4 MiB is not looked into, which is said as a difference.
func (c *Contract) Check(req *http.Request, reqBody []byte, status int, header http.Header, respBody []byte) []Difference {
	r, found := c.request(req, reqBody)
	if r == nil {
		return found
	}
	return append(found, c.response(r, true, status, header, respBody)...)
}

// CheckCallback holds an exchange that the system began, a delivery report for
// one, against the callback with that operation id, as Check does. The path is
// not looked at, for it is ours; unknown fields are extra in the request here.
func (c *Contract) CheckCallback(id string, req *http.Request, reqBody []byte, status int, header http.Header, respBody []byte) []Difference {
	i := slices.IndexFunc(c.calls, func(r route) bool { return r.id == id })
	if i < 0 || req == nil {
		return []Difference{{Part: Request, Want: "a callback of the contract", Got: "unknown callback", Severity: Breaking}}
	}
	r := &c.calls[i]
	if _, d := choose([]*route{r}, cmp.Or(req.Method, http.MethodGet), nil); d != nil {
		d.Operation = r.id
		return []Difference{*d}
	}
	var query url.Values
	if req.URL != nil {
		query = queryOf(req)
	}
	return append(c.sent(r, true, req.Header, fieldsOf(query), reqBody), c.response(r, false, status, header, respBody)...)
}

// request finds the operation and checks what was sent; nil where no operation
// fits.
func (c *Contract) request(req *http.Request, body []byte) (*route, []Difference) {
	if req == nil || req.URL == nil {
		_, d := choose(nil, "", nil)
		return nil, []Difference{*d}
	}
	query := fieldsOf(queryOf(req))
	r, d := choose(c.find(req.URL.Path), cmp.Or(req.Method, http.MethodGet), func(name string) (string, bool) {
		if v, ok := query[name].(text); ok {
			return string(v), true
		}
		return field(req.Header, body, name)
	})
	if r == nil {
		return nil, []Difference{*d}
	}
	return r, c.sent(r, false, req.Header, query, body)
}

// sent checks what was sent to an operation, by the system or by us.
func (c *Contract) sent(r *route, theirs bool, header http.Header, query map[string]any, body []byte) []Difference {
	k := &checker{contract: c, part: Request, theirs: theirs, operation: r.id}
	found := k.credentials(r, header)
	found = add(found, k.parameters(r, query, header)...)
	if r.op.RequestBody == nil || r.op.RequestBody.Value == nil {
		if len(body) > 0 {
			found = add(found, k.difference("", "no body", "a body"))
		}
		return found
	}
	return add(found, k.body(r.op.RequestBody.Value.Content, header, body, r.op.RequestBody.Value.Required)...)
}

func queryOf(req *http.Request) url.Values {
	values, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil || len(values) > mostParts {
		return nil
	}
	return values
}

// field reads one field of a body in order to tell operations apart.
func field(header http.Header, body []byte, name string) (string, bool) {
	v, err := read(mediaType(header), header, body)
	if fields, ok := v.(map[string]any); ok && err == nil {
		switch v := fields[name].(type) {
		case text:
			return string(v), true
		case string:
			return v, true
		}
	}
	return "", false
}

// response checks what was answered, by the system or by us.
func (c *Contract) response(r *route, theirs bool, status int, header http.Header, body []byte) []Difference {
	k := &checker{contract: c, part: Response, theirs: theirs, operation: r.id}
	answer := r.op.Responses.Status(status)
	if answer == nil {
		answer = r.op.Responses.Default()
	}
	if answer == nil || answer.Value == nil {
		got := "no HTTP status"
		if status >= 100 && status <= 599 {
			got = fmt.Sprintf("status %d is not in the contract", status)
		}
		keys := r.op.Responses.Keys()
		slices.Sort(keys)
		return []Difference{k.difference("status", "status "+strings.Join(keys, " or "), got)}
	}
	var found []Difference
	for _, name := range slices.Sorted(maps.Keys(answer.Value.Headers)) {
		if h := answer.Value.Headers[name].Value; h != nil {
			found = add(found, k.header(name, h.Required, h.Schema, header)...)
		}
	}
	if len(answer.Value.Content) == 0 {
		if len(bytes.TrimSpace(body)) > 0 {
			d := k.difference("", "no body", "a body")
			d.Severity = Extra
			found = add(found, d)
		}
		return found
	}
	return add(found, k.body(answer.Value.Content, header, body, true)...)
}

// credentials looks for the scheme in any header: an agency's own proxy may
// take Authorization for itself and want the token in another one.
func (c *checker) credentials(r *route, header http.Header) []Difference {
	wanted := c.contract.security
	if r.op.Security != nil {
		wanted = r.op.Security
	}
	if wanted == nil || len(*wanted) == 0 {
		return nil
	}
	var names []string
	for _, all := range *wanted {
		good := true
		for name := range all {
			word, ok := c.contract.scheme(name, header)
			good = good && ok
			names = append(names, word)
		}
		if good {
			return nil
		}
	}
	slices.Sort(names)
	got := missing
	if header.Get("Authorization") != "" {
		got = "another scheme"
	}
	return []Difference{c.difference("header:Authorization", strings.Join(slices.Compact(names), " or "), got)}
}

func (c *Contract) scheme(name string, header http.Header) (word string, ok bool) {
	ref := c.schemes[name]
	if ref == nil || ref.Value == nil {
		return name, true
	}
	s := ref.Value
	if s.Type != "http" {
		return s.Type, s.In != openapi3.ParameterInHeader || header.Get(s.Name) != ""
	}
	for _, values := range header {
		for _, v := range values {
			if first, rest, _ := strings.Cut(v, " "); strings.EqualFold(first, s.Scheme) && rest != "" {
				return s.Scheme, true
			}
		}
	}
	return s.Scheme, false
}

func (c *checker) parameters(r *route, query map[string]any, header http.Header) (found []Difference) {
	known := map[string]bool{}
	for _, p := range r.params {
		switch {
		case p.Value == nil:
		case p.Value.In == openapi3.ParameterInQuery:
			known[p.Value.Name] = true
			v, sent := query[p.Value.Name]
			switch {
			case sent:
				found = add(found, c.value(p.Value.Schema, v, "query:"+p.Value.Name, 0)...)
			case p.Value.Required:
				found = add(found, c.difference("query:"+p.Value.Name, "a parameter", missing))
			}
		case p.Value.In == openapi3.ParameterInHeader:
			found = add(found, c.header(p.Value.Name, p.Value.Required, p.Value.Schema, header)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] {
			found = add(found, c.difference("query:"+fieldName(name), noField, unknown))
		}
	}
	return found
}

func (c *checker) header(name string, required bool, s *openapi3.SchemaRef, header http.Header) []Difference {
	at := "header:" + name
	values := header.Values(name)
	if len(values) == 0 {
		if required {
			return []Difference{c.difference(at, "a header", missing)}
		}
		return nil
	}
	return c.value(s, text(values[0]), at, 0)
}

// told are the content types that may be named: others are not, they come from
// outside.
var told = []string{
	jsonType, formType, multipartType, "text/html", "text/plain", "text/xml",
	"application/xml", "application/octet-stream", "application/problem+json",
}

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func mediaType(header http.Header) string {
	first, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(first))
}

// body checks content type and fields. */* in the contract takes any body, and
// none: it stands where a system may say anything.
func (c *checker) body(content openapi3.Content, header http.Header, body []byte, required bool) []Difference {
	types := slices.Sorted(maps.Keys(content))
	if _, whatever := content["*/*"]; whatever && content[mediaType(header)] == nil {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		if !required {
			return nil
		}
		return []Difference{c.difference("", "a body ("+strings.Join(types, " or ")+")", missing)}
	}
	var found []Difference
	sent := mediaType(header)
	media := content[sent]
	if media == nil {
		got := "another content type"
		switch {
		case sent == "":
			got = missing
		case slices.Contains(told, sent):
			got = sent
		}
		found = add(found, c.difference("header:Content-Type", strings.Join(types, " or "), got))
		if sent = jsonType; content[sent] == nil {
			return found
		}
		media = content[sent] // mislabelled JSON is still looked into
	}
	v, err := read(sent, header, body)
	if err != nil {
		return add(found, c.difference("", want(sent), err.Error()))
	}
	if root, ok := v.(rooted); ok {
		v = root.value
		if s := media.Schema; s != nil && s.Value != nil && s.Value.XML != nil && s.Value.XML.Name != root.name {
			return add(found, c.difference("", "element "+s.Value.XML.Name, "another element"))
		}
	}
	if media.Schema == nil {
		return found
	}
	return add(found, c.value(media.Schema, v, "", 0)...)
}

// rooted is an XML document.
type rooted struct {
	name  string
	value any
}

func want(mediaType string) string {
	switch {
	case mediaType == formType, mediaType == multipartType:
		return "a form"
	case strings.HasSuffix(mediaType, "xml"):
		return "XML"
	}
	return "JSON"
}

func read(mediaType string, header http.Header, body []byte) (any, error) {
	switch {
	case len(body) > longestBody:
		return nil, tooLong
	case mediaType == jsonType, strings.HasSuffix(mediaType, "+json"):
		return readJSON(body)
	case mediaType == formType:
		return readForm(body)
	case mediaType == multipartType:
		_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil {
			return nil, notForm
		}
		return readMultipart(body, params["boundary"])
	case strings.HasSuffix(mediaType, "/xml"), strings.HasSuffix(mediaType, "+xml"):
		name, v, err := readXML(body)
		return rooted{name, v}, err
	}
	return text(bytes.TrimSpace(body)), nil
}
