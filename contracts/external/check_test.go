package external_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/external"
)

// exchange is written by hand; what is left out is as the case "good" has it.
type exchange struct {
	method, url, authorization, contentType, body string
	status                                        int
	answerType, answer                            string
}

func (e exchange) check(t testing.TB, c *external.Contract) []external.Difference {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), e.method, "https://proxy.example"+e.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	set := func(h http.Header, name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set(req.Header, "Authorization", e.authorization)
	set(req.Header, "Content-Type", e.contentType)
	header := http.Header{}
	set(header, "Content-Type", e.answerType)
	return c.Check(req, []byte(e.body), e.status, header, []byte(e.answer))
}

const (
	question = `{"transaction_id":101,"is_consent":"Y","sender_pinfl":"32103889999014","langId":3,"pinpp":"41505939980027","birth_date":"1993-05-15","is_photo":"N","Sender":"P"}`
	answer   = `{"result":"1","comments":"","data":[{"transaction_id":101,"current_pinpp":"41505939980027","pinpps":["41505939980027"],` +
		`"surnamelat":"NAMUNAYEVA","birth_date":"1993-05-15","nationality":null,"sex":2,"documents":[{"document":"XA0000001","dateend":null,"status":2}]}]}`
)

func docrest(change func(*exchange)) exchange {
	e := exchange{
		http.MethodPost, "/gcp/docrest/v1", "Bearer tok", "application/json", question,
		200, "application/json;charset=UTF-8", answer,
	}
	change(&e)
	return e
}

func token(change func(*exchange)) exchange {
	e := exchange{
		http.MethodPost, "/oauth2/token", "Basic a2V5OnNlY3JldA==", "application/x-www-form-urlencoded", "grant_type=password&username=u&password=p",
		200, "application/json", `{"access_token":"t","expires_in":3600}`,
	}
	change(&e)
	return e
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := load(t, "portal")
	diff := func(part external.Part, field, want, got string) external.Difference {
		return external.Difference{Part: part, Operation: "personal-data.docrest", Field: field, Want: want, Got: got, Severity: external.Breaking}
	}
	extra := func(d external.Difference) external.Difference {
		d.Severity = external.Extra
		return d
	}
	of := func(operation string, d external.Difference) external.Difference {
		d.Operation = operation
		return d
	}
	with := func(old, replacement string) exchange {
		return docrest(func(e *exchange) { e.answer = strings.Replace(e.answer, old, replacement, 1) })
	}
	asked := func(old, replacement string) exchange {
		return docrest(func(e *exchange) { e.body = strings.Replace(e.body, old, replacement, 1) })
	}
	answered := func(status int, contentType, body string) exchange {
		return docrest(func(e *exchange) { e.status, e.answerType, e.answer = status, contentType, body })
	}
	const req, resp = external.Request, external.Response
	cases := []struct {
		name string
		exchange
		want []external.Difference
	}{
		{"good", docrest(func(*exchange) {}), nil},
		{"below a proxy's prefix", docrest(func(e *exchange) { e.url = "/egov/mip" + e.url }), nil},
		{"number or text: a number", with(`"1"`, `1`), nil},
		{"the other spelling", with(`"data"`, `"Data"`), nil},
		{"nothing found", answered(204, "", ""), nil},
		{"token in another header is found", docrest(func(e *exchange) { e.authorization = "bearer tok" }), nil},

		{"unknown path", docrest(func(e *exchange) { e.url = "/gcp/docrest/v2" }), []external.Difference{
			of("", diff(req, "", "a path of the contract", "unknown path")),
		}},
		{"half of a path", docrest(func(e *exchange) { e.url = "/v1" }), []external.Difference{
			of("", diff(req, "", "a path of the contract", "unknown path")),
		}},
		{"part of a segment", docrest(func(e *exchange) { e.url = "/xgcp/docrest/v1" }), []external.Difference{
			of("", diff(req, "", "a path of the contract", "unknown path")),
		}},
		{"another method", docrest(func(e *exchange) { e.method = http.MethodGet }), []external.Difference{
			of("", diff(req, "method", "POST", "GET")),
		}},
		{"no token", docrest(func(e *exchange) { e.authorization = "" }), []external.Difference{
			diff(req, "header:Authorization", "bearer", "missing"),
		}},
		{"another scheme", docrest(func(e *exchange) { e.authorization = "Basic dTpw" }), []external.Difference{
			diff(req, "header:Authorization", "bearer", "another scheme"),
		}},
		{"a query that nobody asked for", docrest(func(e *exchange) { e.url += "?pin=41505939980027&41505939980027=1" }), []external.Difference{
			diff(req, "query:?", "no such field", "unknown field"), diff(req, "query:pin", "no such field", "unknown field"),
		}},
		{"a question without its body", docrest(func(e *exchange) { e.body = " " }), []external.Difference{
			diff(req, "", "a body (application/json)", "missing"),
		}},
		{"a question as a form", docrest(func(e *exchange) { e.contentType, e.body = "application/x-www-form-urlencoded", "pinpp=1" }), []external.Difference{
			diff(req, "header:Content-Type", "application/json", "application/x-www-form-urlencoded"), diff(req, "", "JSON", "not JSON"),
		}},
		{"a question's field is missing", asked(`"is_consent":"Y",`, ""), []external.Difference{
			diff(req, "/is_consent", "Y", "missing"),
		}},
		{"a question's field is unknown", asked(`"langId":3`, `"langId":3,"sender_pin":"x"`), []external.Difference{
			diff(req, "/sender_pin", "no such field", "unknown field"),
		}},
		{"one of the three is not enough", asked(`,"birth_date":"1993-05-15"`, ""), []external.Difference{
			diff(req, "/document", "string", "missing"),
		}},
		{"a word that is not agreed", asked(`"Sender":"P"`, `"Sender":"KARIMOV"`), []external.Difference{
			diff(req, "/Sender", "one of M, P", "another word"),
		}},
		{"a number that is not agreed", asked(`"langId":3`, `"langId":4`), []external.Difference{
			diff(req, "/langId", "one of 1, 2, 3", "another word"),
		}},
		{"a number as text where only a number is agreed", asked(`"langId":3`, `"langId":"3"`), []external.Difference{
			diff(req, "/langId", "one of 1, 2, 3", "string"),
		}},
		{"PINFL of another form", asked("32103889999014", "3210388999901"), []external.Difference{
			diff(req, "/sender_pinfl", "text of the agreed form", "another form"),
		}},

		{"a field is missing", with(`"result":"1",`, ""), []external.Difference{
			diff(resp, "/result", "integer or string", "missing"),
		}},
		{"a nested field is missing", with(`"current_pinpp":"41505939980027",`, ""), []external.Difference{
			diff(resp, "/data/*/current_pinpp", "string", "missing"),
		}},
		{"a wrong type", with(`"surnamelat":"NAMUNAYEVA"`, `"surnamelat":{"a":1}`), []external.Difference{
			diff(resp, "/data/*/surnamelat", "null or string", "object"),
		}},
		{"number or text: neither", with(`"result":"1"`, `"result":1.5`), []external.Difference{
			diff(resp, "/result", "integer or string", "number"),
		}},
		{"null where it is not agreed", with(`"result":"1"`, `"result":null`), []external.Difference{
			diff(resp, "/result", "integer or string", "null"),
		}},
		{"the same in each entry is told once", with(`"pinpps":["41505939980027"]`, `"pinpps":[1,2,3]`), []external.Difference{
			diff(resp, "/data/*/pinpps/*", "string", "integer"),
		}},
		{"not a date", with(`"birth_date":"1993-05-15"`, `"birth_date":"15.05.1993"`), []external.Difference{
			diff(resp, "/data/*/birth_date", "a date (YYYY-MM-DD)", "another form"),
		}},
		{"wrong case of a key", with(`"result"`, `"Result"`), []external.Difference{
			diff(resp, "/result", "integer or string", "another letter case"),
		}},
		{"wrong case of a key that may be missing", with(`"sex"`, `"SEX"`), []external.Difference{
			diff(resp, "/data/*/sex", "integer or null or string", "another letter case"),
		}},
		{"a further field", with(`"sex":2`, `"sex":2,"married":true`), []external.Difference{
			extra(diff(resp, "/data/*/married", "no such field", "unknown field")),
		}},
		{"a further field whose name may be a datum", with(`"sex":2`, `"sex":2,"41505939980027":true`), []external.Difference{
			extra(diff(resp, "/data/*/?", "no such field", "unknown field")),
		}},
		{"a page as a page", answered(200, "text/html", "<html>"), []external.Difference{
			diff(resp, "header:Content-Type", "application/json", "text/html"), diff(resp, "", "JSON", "not JSON"),
		}},
		{"a page as JSON", answered(200, "application/json", "<html>"), []external.Difference{
			diff(resp, "", "JSON", "not JSON"),
		}},
		{"cut off", answered(200, "application/json", answer[:60]), []external.Difference{
			diff(resp, "", "JSON", "not JSON"),
		}},
		{"no content type", answered(200, "", answer), []external.Difference{
			diff(resp, "header:Content-Type", "application/json", "missing"),
		}},
		{"a content type never heard of", answered(200, "application/41505939980027", answer), []external.Difference{
			diff(resp, "header:Content-Type", "application/json", "another content type"),
		}},
		{"an empty answer", answered(200, "application/json", "  "), []external.Difference{
			diff(resp, "", "a body (application/json)", "missing"),
		}},
		{"too deep", answered(200, "application/json", strings.Repeat("[", 100)+strings.Repeat("]", 100)), []external.Difference{
			diff(resp, "", "JSON", "nested too deep"),
		}},
		{"too long", answered(200, "application/json", `"`+strings.Repeat("a", 5<<20)+`"`), []external.Difference{
			diff(resp, "", "JSON", "too long to check"),
		}},
		{"a list instead of an object", answered(200, "application/json", "[]"), []external.Difference{
			diff(resp, "", "object", "array"),
		}},
		{"a status that is not agreed", answered(202, "application/json", answer), []external.Difference{
			diff(resp, "status", "status 200 or 204 or 3XX or 423 or 429 or 4XX or 5XX", "status 202 is not in the contract"),
		}},
		{"no status at all", answered(99999, "", ""), []external.Difference{
			diff(resp, "status", "status 200 or 204 or 3XX or 423 or 429 or 4XX or 5XX", "no HTTP status"),
		}},
		{"a body with 204", answered(204, "application/json", "{}"), []external.Difference{
			extra(diff(resp, "", "no body", "a body")),
		}},

		{"gateway error, flat", answered(401, "application/json", `{"code":"900901","message":"m","description":"d"}`), nil},
		{"gateway error, wrapped", answered(503, "application/json", `{"fault":{"code":101503,"message":"m","description":"d"}}`), nil},
		{"gateway error, XML", answered(500, "application/xml; charset=UTF-8", `<?xml version="1.0"?><ams:fault xmlns:ams="x"><ams:code>900901</ams:code><ams:message>m</ams:message></ams:fault>`), nil},
		{"locked", answered(423, "application/json", `{"code":"423","message":"m","description":"d"}`), nil},
		{"gateway error without a code", answered(503, "application/json", `{"fault":{"message":"m"}}`), []external.Difference{
			diff(resp, "/fault/code", "integer or string", "missing"),
		}},
		{"XML without a code", answered(500, "application/xml", `<fault><kod>41505939980027</kod></fault>`), []external.Difference{
			diff(resp, "/code", "string", "missing"), extra(diff(resp, "/kod", "no such field", "unknown field")),
		}},
		{"XML of something else", answered(500, "text/xml", `<envelope/>`), []external.Difference{
			diff(resp, "", "element fault", "another element"),
		}},
		{"XML cut off", answered(500, "text/xml", `<fault><code>9`), []external.Difference{
			diff(resp, "", "XML", "not XML"),
		}},

		{"form", token(func(*exchange) {}), nil},
		{"form with another word", token(func(e *exchange) { e.body = "grant_type=client_credentials&username=u&password=p" }), []external.Difference{
			of("token", diff(req, "/grant_type", "password", "another word")),
		}},
		{"form with a field too many and one too few", token(func(e *exchange) { e.body = "grant_type=password&username=u&scope=x" }), []external.Difference{
			of("token", diff(req, "/password", "string", "missing")), of("token", diff(req, "/scope", "no such field", "unknown field")),
		}},
		{"form with a field twice", token(func(e *exchange) { e.body += "&username=v" }), []external.Difference{
			of("token", diff(req, "/username", "string", "array")),
		}},
		{"form that is JSON", token(func(e *exchange) { e.contentType, e.body = "application/json", "{}" }), []external.Difference{
			of("token", diff(req, "header:Content-Type", "application/x-www-form-urlencoded", "application/json")),
		}},
		{"credentials in the address", token(func(e *exchange) { e.url, e.body = e.url+"?"+e.body, "" }), []external.Difference{
			of("token", diff(req, "query:grant_type", "no such field", "unknown field")),
			of("token", diff(req, "query:password", "no such field", "unknown field")),
			of("token", diff(req, "query:username", "no such field", "unknown field")),
			of("token", diff(req, "", "a body (application/x-www-form-urlencoded)", "missing")),
		}},
		{"refused credentials", token(func(e *exchange) {
			e.status, e.answer = 400, `{"error":"invalid_grant","error_description":"x"}`
		}), nil},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(k.want, k.check(t, c)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestCheckWithoutARequest(t *testing.T) {
	t.Parallel()
	c := load(t, "portal")
	for _, req := range []*http.Request{nil, {}} {
		if got := c.Check(req, nil, 200, nil, nil); len(got) != 1 || got[0].Got != "unknown path" {
			t.Errorf("%v", got)
		}
	}
}

func TestDifferencePrints(t *testing.T) {
	t.Parallel()
	d := external.Difference{Part: external.Response, Operation: "token", Field: "/a", Want: "string", Got: "null", Severity: external.Breaking}
	if got, want := d.String(), "breaking: response token /a: want string, got null"; got != want {
		t.Errorf("%q", got)
	}
}
