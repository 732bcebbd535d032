package external

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// small is a contract of one address for several operations, and of what the
// other contracts use beside that.
const small = `
openapi: 3.0.3
info: {title: small, version: "1"}
paths:
  /one:
    get:
      operationId: start
      parameters:
        - {name: kind, in: query, required: true, schema: {type: string, enum: [code]}}
        - {name: n, in: query, schema: {type: integer}}
      responses:
        "307": {description: d, headers: {Location: {required: true, schema: {type: string}}}}
        "5XX": {description: d, content: {"*/*": {}}}
  /one#exchange:
    post:
      operationId: exchange
      requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, required: [grant, code], properties: {grant: {type: string, enum: [code]}, code: {type: string}}}}}}
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, required: [token], properties: {token: {type: string}}}}}}}
  /one#leave:
    post:
      operationId: leave
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, required: [grant], properties: {grant: {type: string, enum: [leave]}, count: {type: integer}}}}}}
      responses:
        "200":
          description: d
          content:
            application/json:
              schema:
                oneOf:
                  - {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}, more: {type: object, additionalProperties: {type: string}}}}
                  - {type: object, required: [error], properties: {error: {type: string}}}
  /things/{id}:
    get:
      operationId: thing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: d, content: {text/plain: {schema: {type: string, enum: [done]}}}}}
  /sign:
    post:
      operationId: sign
      parameters: [{name: X-Real-IP, in: header, schema: {type: string, minLength: 1}}]
      requestBody: {required: true, content: {text/plain: {schema: {type: string, pattern: "^[A-Za-z0-9+/=|]+$"}}}}
      callbacks:
        later:
          "{$request.body#/url}":
            post:
              operationId: later
              requestBody: {required: true, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string, pattern: "^[a-z]+$"}}}}}}
              responses: {"200": {description: d}}
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, properties: {big: {type: object, additionalProperties: true}, list: {type: array, minItems: 1, maxItems: 2, items: {type: boolean}}}}}}}, default: {description: d}}
`

func TestRoutes(t *testing.T) {
	t.Parallel()
	c, err := parse("small", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	const form, parts, plain = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain; charset=utf-8"
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	cases := []struct {
		name, method, url, contentType, body string
		status                               int
		answerType, answer                   string
		want                                 []string
	}{
		{"browser", http.MethodGet, "/one?kind=code&n=5", "", "", 307, "", "", []string{
			"breaking: response start header:Location: want a header, got missing",
		}},
		{"browser, wrong parameters", http.MethodGet, "/one?n=five", "", "", 503, "text/html", "<html>", []string{
			"breaking: request start query:kind: want a parameter, got missing",
			"breaking: request start query:n: want integer, got string",
		}},
		{"any body and none", http.MethodGet, "/one?kind=code", "", "", 503, "", "", nil},
		{"exchange", http.MethodPost, "/x/one", form, "grant=code&code=1", 200, "application/json", `{"token":"t"}`, nil},
		{"leave", http.MethodPost, "/one", parts, part("grant", "leave") + part("count", "7") + "--b--", 200, "application/json", `{"id":1,"name":"n","more":{"a":"b"}}`, nil},
		{"leave, wrong part", http.MethodPost, "/one", parts, part("grant", "leave") + part("count", "seven") + "--b--", 200, "application/json", `{"error":"e"}`, []string{
			"breaking: request leave /count: want integer, got string",
		}},
		{"another word", http.MethodPost, "/one", form, "grant=enter", 200, "application/json", `{}`, []string{
			"breaking: request /grant: want one of code, leave, got another word",
		}},
		{"no word", http.MethodPost, "/one", form, "x=y", 200, "application/json", `{}`, []string{
			"breaking: request /grant: want one of code, leave, got missing",
		}},
		{"the nearest branch is told of", http.MethodPost, "/one", parts, part("grant", "leave") + "--b--", 200, "application/json", `{"id":"1","name":"n"}`, []string{
			"breaking: response leave /id: want integer, got string",
		}},
		{"keys of a map", http.MethodPost, "/one", parts, part("grant", "leave") + "--b--", 200, "application/json", `{"id":1,"name":"n","more":{"a":1}}`, []string{
			"breaking: response leave /more/*: want string, got integer",
		}},
		{"no branch is of this type", http.MethodPost, "/one", parts, part("grant", "leave") + "--b--", 200, "application/json", `[]`, []string{
			"breaking: response leave: want object, got array",
		}},
		{"template and plain text", http.MethodGet, "/api/things/7", "", "", 200, plain, "done\n", nil},
		{"a body that is not agreed", http.MethodGet, "/things/7", "", "x", 200, plain, "41505939980027", []string{
			"breaking: request thing: want no body, got a body",
			"breaking: response thing: want done, got another word",
		}},
		{"raw text", http.MethodPost, "/sign", "text/plain", "YWJj|YWJj", 200, "application/json", `{"big":{"x":[1]},"list":[true]}`, nil},
		{"raw text of another form, list too long", http.MethodPost, "/sign", "text/plain", "{}", 200, "application/json", `{"list":[true,true,true]}`, []string{
			"breaking: request sign: want text of the agreed form, got another form",
			"breaking: response sign /list: want at most 2 items, got more items",
		}},
		{"list too short, default without a body", http.MethodPost, "/sign", "text/plain", "YQ==", 200, "application/json", `{"list":[]}`, []string{
			"breaking: response sign /list: want at least 1 items, got fewer items",
		}},
		{"default", http.MethodPost, "/sign", "text/plain", "YQ==", 418, "", "", nil},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), k.method, "https://host.example"+k.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", k.contentType)
			var got []string
			for _, d := range c.Check(req, []byte(k.body), k.status, http.Header{"Content-Type": {k.answerType}}, []byte(k.answer)) {
				got = append(got, d.String())
			}
			if !slices.Equal(got, k.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestEmptyHeaderIsNoHeader(t *testing.T) {
	t.Parallel()
	c, err := parse("small", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://host.example/sign", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"text/plain"}, "X-Real-Ip": {""}}
	got := c.Check(req, []byte("YQ=="), 418, nil, nil)
	if len(got) != 1 || got[0].Field != "header:X-Real-IP" || got[0].Want != "at least 1 characters" {
		t.Errorf("%v", got)
	}
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	c, err := parse("small", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(c.Operations(), "later") {
		t.Error("a callback is among what we call")
	}
	for _, k := range []struct {
		name, id, method, body string
		status                 int
		want                   []string
	}{
		{"good", "later", http.MethodPost, `{"id":"a"}`, 200, nil},
		{"bad", "later", http.MethodPost, `{"id":"7","x":1}`, 500, []string{
			"breaking: request later /id: want text of the agreed form, got another form",
			"extra: request later /x: want no such field, got unknown field",
			"breaking: response later status: want status 200, got status 500 is not in the contract",
		}},
		{"method", "later", http.MethodPut, `{"id":"a"}`, 200, []string{"breaking: request later method: want POST, got PUT"}},
		{"an operation is no callback", "sign", http.MethodPost, `{}`, 200, []string{"breaking: request: want a callback of the contract, got unknown callback"}},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), k.method, "https://ours.example/secret", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			var got []string
			for _, d := range c.CheckCallback(k.id, req, []byte(k.body), k.status, nil, nil) {
				got = append(got, d.String())
			}
			if !slices.Equal(got, k.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestBadContracts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"another version":     {"openapi: 3.0.3", "openapi: 3.1.0"},
		"no operation id":     {"operationId: thing\n", "summary: thing\n"},
		"not YAML":            {"info: {", "info: {{"},
		"a doubled operation": {"operationId: thing\n", "operationId: sign\n"},
		"a bad pattern":       {"^[A-Za-z0-9+/=|]+$", "^[A-Z"},
		"no paths":            {"\npaths:\n", "\nx-paths:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parse("small", []byte(strings.Replace(small, change[0], change[1], 1))); err == nil {
				t.Error("it was taken")
			}
		})
	}
}
