package portal_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
)

func TestMain(m *testing.M) {
	code := m.Run()
	client.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

var (
	election = civil.Date{Year: 2026, Month: time.December, Day: 27}
	people   = population.New(5, election, 30)
	client   = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
)

const official = "32103889999014"

// wall is a clock that a test moves.
type wall struct {
	mu sync.Mutex
	t  time.Time
}

func (w *wall) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.t
}

func (w *wall) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = w.t.Add(d)
}

func start(t *testing.T, o portal.Options) (*portal.Server, *wall) {
	t.Helper()
	w := &wall{t: time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent)}
	o.Population, o.Now = people, w.now
	s, err := portal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("not a JSON object (%d): %s", a.status, a.body)
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
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
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
	if a.status != http.StatusOK || m["token_type"] != "Bearer" || m["scope"] != "default" {
		t.Fatalf("token: %d %s", a.status, a.body)
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
	w.add(4 * time.Minute)
	second, less := token(t, s)
	if first != second || left != 600 || less != 360 {
		t.Errorf("same token %v, %v then %v seconds", first == second, left, less)
	}
	w.add(6 * time.Minute)
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
			if a.status != c.status || a.json(t)["error"] != c.code {
				t.Errorf("got %d %s", a.status, a.body)
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
	if a := ask(none); a.status != 401 || a.json(t)["code"] != "900902" {
		t.Errorf("without a token: %d %s", a.status, a.body)
	}
	if a := ask(bearer("x")); a.status != 401 || a.json(t)["code"] != "900901" {
		t.Errorf("with a wrong token: %d %s", a.status, a.body)
	}
	if a := ask(bearer(tok)); a.status != 200 {
		t.Errorf("with a token: %d %s", a.status, a.body)
	}
	s.ExpireTokens()
	if a := ask(bearer(tok)); a.status != 401 {
		t.Errorf("after ExpireTokens: %d", a.status)
	}
	tok, _ = token(t, s)
	w.add(time.Minute)
	if a := ask(bearer(tok)); a.status != 401 {
		t.Errorf("after its life: %d", a.status)
	}
	if a := do(t, http.MethodPost, s.URL()+"/gcp/none/v1", bearer(tok), "{}"); a.status != 404 || a.json(t)["code"] != "404" {
		t.Errorf("no such API: %d %s", a.status, a.body)
	}
	if a := do(t, http.MethodGet, s.URL()+portal.PathEducation, bearer(tok), ""); a.status != 405 {
		t.Errorf("GET: %d", a.status)
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
	gcp := docrest(object{"pinpp": pinfl, "document": doc})
	cases := []struct {
		path string
		good object
		bad  []object
	}{
		{portal.PathPersonal, gcp, []object{
			{"transaction_id": nil}, {"is_consent": nil}, {"is_consent": "N"}, {"sender_pinfl": nil}, {"sender_pinfl": "1"}, {"langId": nil},
			{"langId": 4}, {"is_photo": nil}, {"is_photo": "X"}, {"Sender": nil}, {"Sender": "Q"}, {"pinpp": nil}, {"document": nil},
		}},
		{portal.PathAddress, object{"pinpp": pinfl}, []object{{"pinpp": nil}, {"pinpp": "1"}}},
		{portal.PathEmployment, object{"pin": pinfl}, []object{{"pin": nil}}},
		{portal.PathEducation, object{"pinfl": pinfl}, []object{{"pinfl": nil}}},
		{portal.PathSearch, search, []object{
			{"pinfl": nil}, {"passport": nil}, {"firstname": nil}, {"lastname": nil}, {"birth_year": nil}, {"birth_year": "x"},
			{"region_id": nil}, {"organization_id": nil}, {"consent": nil}, {"consent": "N"}, {"is_allowed_abroad": "maybe"},
		}},
		{portal.PathCheck, object{"id_query": 1000001}, []object{{"id_query": nil}, {"id_query": "x"}}},
		{portal.PathDisability, vtek, []object{
			{"transaction_id": nil}, {"pin": nil}, {"purpose": nil}, {"consent": nil}, {"consent": "Y"}, {"pinfl": nil}, {"passport": nil}, {"pin": "1"},
		}},
		{portal.PathCapacity, sud, []object{
			{"transaction_id": nil}, {"sender_pinfl": nil}, {"purpose": nil}, {"consent": nil}, {"consent": "true"}, {"pinfl": nil}, {"pinfl": "1"},
		}},
	}
	for _, c := range cases {
		t.Run(strings.Trim(c.path, "/"), func(t *testing.T) {
			t.Parallel()
			if a := call(t, s, c.path, c.good); a.status != 200 {
				t.Fatalf("the sound request: %d %s", a.status, a.body)
			}
			for _, change := range c.bad {
				if a := call(t, s, c.path, merged(c.good, change)); a.status != 400 || a.json(t)["description"] == "" {
					t.Errorf("%v: %d %s", change, a.status, a.body)
				}
			}
			for _, body := range []string{"", "[]", "null", `"x"`, "{"} {
				tok, _ := token(t, s)
				if a := do(t, http.MethodPost, s.URL()+c.path, bearer(tok), body); a.status != 400 {
					t.Errorf("body %q: %d", body, a.status)
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
		if a.status != c.code || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
		if c.fault.RetryAfter > 0 && a.header.Get("Retry-After") != "7" {
			t.Errorf("%s: Retry-After %q", c.name, a.header.Get("Retry-After"))
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
		t.Errorf("counts %s", a.body)
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
	if err := json.Unmarshal([]byte(a.body), &all); err != nil || len(all) != len(population.Stories()) {
		t.Errorf("%d stories, %v", len(all), err)
	}
	if a := do(t, http.MethodGet, s.URL()+"/_mock/people?story=nobody", nil, ""); a.status != 404 {
		t.Errorf("nobody: %d", a.status)
	}
}
