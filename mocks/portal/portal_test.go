package portal_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

var (
	election = civil.Date{Year: 2026, Month: time.December, Day: 27}
	people   = population.New(5, election, 30)
)

const official = "32103889999014"

func start(t *testing.T, o portal.Options) (*portal.Server, *mocktest.Clock) {
	t.Helper()
	w := mocktest.NewClock(time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent))
	o.Population, o.Now = people, w.Now
	s, err := portal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

type answer mocktest.Answer

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("not a JSON object (%d): %s", a.Status, a.Body)
	}
	return m
}

func do(t *testing.T, method, address string, header http.Header, body string) answer {
	t.Helper()
	a, err := try(t, method, address, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func try(t *testing.T, method, address string, header http.Header, body string) (answer, error) {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, address, header, body)
	return answer(a), err
}

func basic(key, secret string) http.Header {
	return http.Header{
		"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))},
		"Content-Type":  {"application/x-www-form-urlencoded"},
	}
}

func grant(user, password string) string {
	return url.Values{"grant_type": {"password"}, "username": {user}, "password": {password}}.Encode()
}

func token(t *testing.T, s *portal.Server) (string, float64) {
	t.Helper()
	a := do(t, http.MethodPost, s.URL()+portal.PathToken, basic(portal.ConsumerKey, portal.ConsumerSecret), grant(portal.Username, portal.Password))
	m := a.json(t)
	if a.Status != http.StatusOK || m["token_type"] != "Bearer" || m["scope"] != "default" {
		t.Fatalf("token: %d %s", a.Status, a.Body)
	}
	text, _ := m["access_token"].(string)
	left, _ := m["expires_in"].(float64)
	return text, left
}

func bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "Accept": {"application/json"}}
}

// call posts a body to a service with a fresh token.
func call(t *testing.T, s *portal.Server, path string, body any) answer {
	t.Helper()
	tok, _ := token(t, s)
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, http.MethodPost, s.URL()+path, bearer(tok), string(b))
}

type object = map[string]any

func merged(a object, b object) object {
	out := maps.Clone(a)
	for k, v := range b {
		if v == nil {
			delete(out, k)
			continue
		}
		out[k] = v
	}
	return out
}

func TestToken(t *testing.T) {
	t.Parallel()
	s, w := start(t, portal.Options{TokenLife: 10 * time.Minute})
	first, left := token(t, s)
	w.Add(4 * time.Minute)
	second, less := token(t, s)
	if first != second || left != 600 || less != 360 {
		t.Errorf("same token %v, %v then %v seconds", first == second, left, less)
	}
	w.Add(6 * time.Minute)
	if third, full := token(t, s); third == first || full != 600 {
		t.Errorf("an expired token came again, %v seconds", full)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	good := basic(portal.ConsumerKey, portal.ConsumerSecret)
	asJSON := good.Clone()
	asJSON.Set("Content-Type", "application/json")
	right := grant(portal.Username, portal.Password)
	cases := []struct {
		name, path, body string
		header           http.Header
		status           int
		code             string
	}{
		{"wrong consumer", "", right, basic("x", portal.ConsumerSecret), 401, "invalid_client"},
		{"no consumer", "", right, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 401, "invalid_client"},
		{"wrong password", "", grant(portal.Username, "x"), good, 400, "invalid_grant"},
		{"other grant", "", "grant_type=client_credentials", good, 400, "unsupported_grant_type"},
		{"as JSON", "", `{"grant_type":"password"}`, asJSON, 400, "invalid_request"},
		{"in the address", "?" + right, "", good, 400, "invalid_request"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := do(t, http.MethodPost, s.URL()+portal.PathToken+c.path, c.header, c.body)
			if a.Status != c.status || a.json(t)["error"] != c.code {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestGatewayChecksTheToken(t *testing.T) {
	t.Parallel()
	s, w := start(t, portal.Options{TokenLife: time.Minute})
	tok, _ := token(t, s)
	ask := func(h http.Header) answer {
		return do(t, http.MethodPost, s.URL()+portal.PathEducation, h, `{"pinfl":"`+string(people.ByStory("observer-3").PINFL)+`"}`)
	}
	none := bearer(tok)
	none.Del("Authorization")
	if a := ask(none); a.Status != 401 || a.json(t)["code"] != "900902" {
		t.Errorf("without a token: %d %s", a.Status, a.Body)
	}
	if a := ask(bearer("x")); a.Status != 401 || a.json(t)["code"] != "900901" {
		t.Errorf("with a wrong token: %d %s", a.Status, a.Body)
	}
	if a := ask(bearer(tok)); a.Status != 200 {
		t.Errorf("with a token: %d %s", a.Status, a.Body)
	}
	s.ExpireTokens()
	if a := ask(bearer(tok)); a.Status != 401 {
		t.Errorf("after ExpireTokens: %d", a.Status)
	}
	tok, _ = token(t, s)
	w.Add(time.Minute)
	if a := ask(bearer(tok)); a.Status != 401 {
		t.Errorf("after its life: %d", a.Status)
	}
	if a := do(t, http.MethodPost, s.URL()+"/gcp/none/v1", bearer(tok), "{}"); a.Status != 404 || a.json(t)["code"] != "404" {
		t.Errorf("no such API: %d %s", a.Status, a.Body)
	}
	if a := do(t, http.MethodGet, s.URL()+portal.PathEducation, bearer(tok), ""); a.Status != 405 {
		t.Errorf("GET: %d", a.Status)
	}
}

func TestRequiredFields(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("observer-1")
	pinfl, doc := string(p.PINFL), string(p.Document)
	search := searchBody(p)
	vtek := object{"transaction_id": "1", "pin": official, "purpose": "election", "consent": "true", "pinfl": pinfl, "passport": doc}
	sud := object{"transaction_id": 201, "sender_pinfl": official, "purpose": "election", "consent": "Y", "pinfl": pinfl}
	vtekBirth := object{"transaction_id": "1", "pin": official, "purpose": "election", "consent": "true", "birth_document": "I-XA-0000001", "birth_date": p.BirthDate.String()}
	xtv := object{"pinfl": pinfl, "transaction_id": "1", "sender_pinfl": official, "purpose": "3", "consent": "yes"}
	gcp := docrest(object{"pinpp": pinfl, "document": doc})
	cases := []struct {
		path string
		good object
		bad  []object
	}{
		{portal.PathPersonal, gcp, []object{
			{"transaction_id": nil},
			{"is_consent": nil},
			{"is_consent": "N"},
			{"sender_pinfl": nil},
			{"sender_pinfl": "1"},
			{"langId": nil},
			{"langId": 4},
			{"is_photo": nil},
			{"is_photo": "X"},
			{"Sender": nil},
			{"Sender": "Q"},
			{"pinpp": nil},
			{"document": nil},
		}},
		{portal.PathAddress, object{"pinpp": pinfl}, []object{{"pinpp": nil}, {"pinpp": "1"}}},
		{portal.PathEmployment, object{"pin": pinfl}, []object{{"pin": nil}}},
		{portal.PathEducation, object{"pinfl": pinfl}, []object{{"pinfl": nil}}},
		{portal.PathSearch, search, []object{
			{"pinfl": nil},
			{"passport": nil},
			{"firstname": nil},
			{"lastname": nil},
			{"birth_year": nil},
			{"birth_year": "x"},
			{"region_id": nil},
			{"organization_id": nil},
			{"consent": nil},
			{"consent": "N"},
			{"is_allowed_abroad": "maybe"},
		}},
		{portal.PathCheck, object{"id_query": 10000001}, []object{{"id_query": nil}, {"id_query": "x"}}},
		{portal.PathDisability, vtek, []object{
			{"transaction_id": nil}, {"pin": nil}, {"purpose": nil}, {"consent": nil}, {"consent": "Y"}, {"pinfl": nil}, {"passport": nil}, {"pin": "1"},
		}},
		{portal.PathBirthDoc, vtekBirth, []object{
			{"transaction_id": nil},
			{"pin": nil},
			{"pin": "1"},
			{"purpose": nil},
			{"consent": nil},
			{"consent": "Y"},
			{"birth_document": nil},
			{"birth_document": "I-XA0000001"},
			{"birth_document": "XA0000001"},
			{"birth_date": nil},
		}},
		{portal.PathEmployedAt, object{"pin": pinfl, "company_tin": "300000001"}, []object{{"pin": nil}, {"company_tin": nil}, {"company_tin": "1"}}},
		{portal.PathSchool, xtv, []object{
			{"pinfl": nil}, {"transaction_id": nil}, {"sender_pinfl": nil}, {"sender_pinfl": "1"}, {"purpose": nil}, {"consent": nil}, {"consent": "Y"},
		}},
		{portal.PathLyceum, object{"pinfl": pinfl}, []object{{"pinfl": nil}, {"pinfl": "1"}}},
		{portal.PathCapacity, sud, []object{
			{"transaction_id": nil}, {"sender_pinfl": nil}, {"purpose": nil}, {"consent": nil}, {"consent": "true"}, {"pinfl": nil}, {"pinfl": "1"},
		}},
	}
	for _, c := range cases {
		t.Run(strings.Trim(c.path, "/"), func(t *testing.T) {
			t.Parallel()
			if a := call(t, s, c.path, c.good); a.Status != 200 {
				t.Fatalf("the sound request: %d %s", a.Status, a.Body)
			}
			for _, change := range c.bad {
				if a := call(t, s, c.path, merged(c.good, change)); a.Status != 400 || a.json(t)["description"] == "" {
					t.Errorf("%v: %d %s", change, a.Status, a.Body)
				}
			}
			for _, body := range []string{"", "[]", "null", `"x"`, "{"} {
				tok, _ := token(t, s)
				if a := do(t, http.MethodPost, s.URL()+c.path, bearer(tok), body); a.Status != 400 {
					t.Errorf("body %q: %d", body, a.Status)
				}
			}
		})
	}
}

func searchBody(p *population.Person) object {
	return object{
		"pinfl": string(p.PINFL), "passport": string(p.Document), "firstname": p.GivenName, "lastname": p.Surname, "middlename": "-",
		"birth_year": p.BirthDate.Year, "region_id": 26, "organization_id": portal.Organisation, "comments": "", "consent": "Y", "is_allowed_abroad": "N",
	}
}

func TestFaultBodies(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	cases := []struct {
		name  string
		fault chaos.Fault
		code  int
		want  string
	}{
		{"flat", chaos.Fault{Kind: chaos.Status, Status: 403}, 403, `{"code":"900908","message":"Resource forbidden"`},
		{"wrapped", chaos.Fault{Kind: chaos.Status, Status: 401, Code: "900902", Form: "fault"}, 401, `{"fault":{"code":900902,`},
		{"XML", chaos.Fault{Kind: chaos.Status, Status: 503, Code: "700700", Form: "xml"}, 503, "<ams:code>700700</ams:code>"},
		{"throttled", chaos.Fault{Kind: chaos.Throttle, RetryAfter: 7 * time.Second}, 429, `"code":"900804"`},
		{"back end", chaos.Fault{Kind: chaos.Status, Status: 504}, 504, `"code":"101504"`},
		{"no content", chaos.Fault{Kind: chaos.Status, Status: 204}, 204, ""},
		{"own body", chaos.Fault{Kind: chaos.Status, Status: 200, Body: `{"result":"7"}`}, 200, `{"result":"7"}`},
	}
	tok, _ := token(t, s)
	for _, c := range cases { // one after another: they share the operation
		c.fault.Operation = portal.OpEducation
		if err := s.Fault(c.fault); err != nil {
			t.Fatal(err)
		}
		a := do(t, http.MethodPost, s.URL()+portal.PathEducation, bearer(tok), `{"pinfl":"`+official+`"}`)
		if a.Status != c.code || !strings.Contains(a.Body, c.want) {
			t.Errorf("%s: %d %s", c.name, a.Status, a.Body)
		}
		if c.fault.RetryAfter > 0 && a.Header.Get("Retry-After") != "7" {
			t.Errorf("%s: Retry-After %q", c.name, a.Header.Get("Retry-After"))
		}
		s.Heal(portal.OpEducation)
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("observer-1")
	_ = call(t, s, portal.PathPersonal, docrest(object{"transaction_id": 900000000000001, "pinpp": string(p.PINFL), "document": string(p.Document)}))
	if err := s.Fault(chaos.Fault{Operation: portal.OpCapacity, Kind: chaos.Status}); err != nil {
		t.Fatal(err)
	}
	_ = call(t, s, portal.PathCapacity, object{"transaction_id": "77", "sender_pinfl": official, "pinfl": string(p.PINFL)})
	for op, transaction := range map[string]string{portal.OpPersonal: "900000000000001", portal.OpCapacity: "77"} {
		calls := s.Calls(op)
		if len(calls) != 1 || s.Count(op) != 1 || calls[0].Transaction != transaction || string(calls[0].Sender) != official || calls[0].Subject != p.PINFL {
			t.Errorf("%s: %d calls, %+v", op, s.Count(op), calls)
		}
	}
	if err := s.WaitCount(t.Context(), portal.OpToken, 2); err != nil {
		t.Error(err)
	}
	a := do(t, http.MethodGet, s.URL()+"/_mock/calls", nil, "")
	if a.json(t)[portal.OpToken] != 2.0 {
		t.Errorf("counts %s", a.Body)
	}
	_ = do(t, http.MethodDelete, s.URL()+"/_mock/calls", nil, "")
	if s.Count(portal.OpToken) != 0 || len(s.Calls("")) != 0 {
		t.Error("calls are not forgotten")
	}
}

func TestPeopleEndpoint(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	a := do(t, http.MethodGet, s.URL()+"/_mock/people", nil, "")
	var all []portal.Card
	if err := json.Unmarshal([]byte(a.Body), &all); err != nil || len(all) != len(population.Stories()) {
		t.Errorf("%d stories, %v", len(all), err)
	}
	if a := do(t, http.MethodGet, s.URL()+"/_mock/people?story=nobody", nil, ""); a.Status != 404 {
		t.Errorf("nobody: %d", a.Status)
	}
}
