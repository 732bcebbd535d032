package oneid_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

var people = population.New(5, civil.Date{Year: 2026, Month: time.December, Day: 27}, 30)

const (
	home  = "https://hub.example/callback"
	state = "s&t=a+t/e %1"
)

func start(t *testing.T, o oneid.Options) (*oneid.Server, *mocktest.Clock) {
	t.Helper()
	w := mocktest.NewClock(time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent))
	o.Population, o.Now = people, w.Now
	s, err := oneid.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

func do(t *testing.T, method, address string, header http.Header, body string) mocktest.Answer {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, address, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var asForm = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

// form is a right request of the client, with changes: pairs of key and value.
func form(grant string, changes ...string) url.Values {
	v := url.Values{"grant_type": {grant}, "client_id": {oneid.ClientID}, "client_secret": {oneid.ClientSecret}, "scope": {oneid.ClientID}, "redirect_uri": {home}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func post(t *testing.T, s *oneid.Server, v url.Values) mocktest.Answer {
	t.Helper()
	return do(t, http.MethodPost, s.Address(), asForm, v.Encode())
}

func object(t *testing.T, a mocktest.Answer) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("not a JSON object (%d): %s", a.Status, a.Body)
	}
	return m
}

// code signs somebody in and returns the code of the way back.
func code(t *testing.T, s *oneid.Server, o oneid.Order) string {
	t.Helper()
	o.RedirectURI, o.State = home, state
	location, err := s.SignIn(o)
	if err != nil {
		t.Fatal(err)
	}
	return arrived(t, location)
}

func arrived(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !strings.HasPrefix(location, home+"?") || q.Get("state") != state || q.Get("code") == "" {
		t.Errorf("sent to %s", location)
	}
	return q.Get("code")
}

func token(t *testing.T, s *oneid.Server, o oneid.Order) string {
	t.Helper()
	a := post(t, s, form("one_authorization_code", "code", code(t, s, o)))
	text, _ := object(t, a)["access_token"].(string)
	if a.Status != http.StatusOK || text == "" {
		t.Fatalf("no token: %d %s", a.Status, a.Body)
	}
	return text
}

func profile(t *testing.T, s *oneid.Server, o oneid.Order) map[string]any {
	t.Helper()
	a := post(t, s, form("one_access_token_identify", "access_token", token(t, s, o)))
	m := object(t, a)
	if a.Status != http.StatusOK || m["ret_cd"] != "0" {
		t.Fatalf("no profile: %d %s", a.Status, a.Body)
	}
	return m
}

func TestCodes(t *testing.T) {
	t.Parallel()
	s, w := start(t, oneid.Options{TokenLife: time.Hour})
	exchange := func(code, redirect string) (int, any) {
		a := post(t, s, form("one_authorization_code", "code", code, "redirect_uri", redirect))
		m := object(t, a)
		if a.Status == http.StatusOK && (m["token_type"] != "bearer" || m["expires_in"] != float64(3600) || m["refresh_token"] == "" || m["scope"] != oneid.ClientID) {
			t.Errorf("token %s", a.Body)
		}
		return a.Status, m["error"]
	}
	base64, uuids, odd := 0, 0, false
	for range 40 {
		c := code(t, s, oneid.Order{As: "observer-1"})
		switch {
		case len(c) == 24 && strings.HasSuffix(c, "=="):
			base64++
			odd = odd || strings.ContainsAny(c, "+/")
		case len(c) == 36 && strings.Count(c, "-") == 4:
			uuids++
		}
	}
	if base64 != 20 || uuids != 20 || !odd {
		t.Errorf("%d codes in base64 (signs among them: %v), %d UUIDs", base64, odd, uuids)
	}
	c := code(t, s, oneid.Order{As: "observer-1"})
	if status, _ := exchange(c, home); status != 200 {
		t.Errorf("a fresh code: %d", status)
	}
	if status, word := exchange(c, home); status != 400 || word != "AUTHORIZATION_CODE_NOT_FOUND" {
		t.Errorf("a used code: %d %v", status, word)
	}
	if status, _ := exchange(code(t, s, oneid.Order{As: "observer-1"}), home+"/other"); status != 400 {
		t.Errorf("another return address: %d", status)
	}
	late := code(t, s, oneid.Order{As: "observer-1"})
	w.Add(time.Minute)
	if status, _ := exchange(late, home); status != 400 {
		t.Errorf("after 60 s: %d", status)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	right := form("one_authorization_code", "code", "x").Encode()
	cases := []struct {
		name, query, body string
		header            http.Header
		word              string
	}{
		{"wrong secret", "", form("one_authorization_code", "client_secret", "x").Encode(), asForm, "CLIENT_SECRET_NOT_FOUND"},
		{"wrong client", "", form("one_authorization_code", "client_id", "x").Encode(), asForm, "CLIENT_ID_NOT_FOUND"},
		{"no such code", "", right, asForm, "AUTHORIZATION_CODE_NOT_FOUND"},
		{"no such grant", "", form("authorization_code").Encode(), asForm, "GRANT_TYPE_NOT_FOUND"},
		{"wrong scope", "", form("one_access_token_identify", "scope", "x").Encode(), asForm, "SCOPE_NOT_FOUND"},
		{"as JSON", "", `{"grant_type":"one_authorization_code"}`, http.Header{"Content-Type": {"application/json"}}, "CONTENT_TYPE_NOT_SUPPORTED"},
		{"in the address", "?" + right, "", asForm, "CLIENT_ID_NOT_FOUND"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := do(t, http.MethodPost, s.Address()+c.query, c.header, c.body)
			m := object(t, a)
			if a.Status != 400 || m["error"] != c.word || m["status"] != float64(400) || m["path"] != oneid.Path || m["message"] == "" || m["timestamp"] == nil {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
		})
	}
	if a := do(t, http.MethodPost, s.URL()+"/oauth/token", asForm, right); a.Status != 404 {
		t.Errorf("another path: %d", a.Status)
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	s, w := start(t, oneid.Options{TokenLife: time.Hour})
	ask := func(grant, token string) any {
		return object(t, post(t, s, form(grant, "access_token", token)))["ret_cd"]
	}
	const identify, logout = "one_access_token_identify", "one_log_out"
	tok := token(t, s, oneid.Order{As: "observer-1"})
	if got := ask(identify, tok); got != "0" {
		t.Errorf("a fresh token: %v", got)
	}
	if got := ask(logout, tok); got != "0" {
		t.Errorf("sign-out: %v", got)
	}
	if a, b := ask(identify, tok), ask(logout, tok); a != "1" || b != "1" {
		t.Errorf("after sign-out: %v, %v", a, b)
	}
	expired := token(t, s, oneid.Order{As: "observer-2"})
	do(t, http.MethodDelete, s.URL()+"/_mock/tokens", nil, "")
	if got := ask(identify, expired); got != "1" {
		t.Errorf("after all were ended: %v", got)
	}
	old := token(t, s, oneid.Order{As: "observer-1"})
	w.Add(time.Hour)
	if got := ask(identify, old); got != "1" {
		t.Errorf("after its life: %v", got)
	}
}

// Each spelling that clients must live with comes with somebody.
func TestProfiles(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{PerMinute: -1})
	seen := map[string]int{}
	for p := range people.All() {
		m := profile(t, s, oneid.Order{As: string(p.PINFL), Method: oneid.MethodMobile})
		if m["pin"] != string(p.PINFL) || m["full_name"] != p.FullName() || m["auth_method"] != oneid.MethodMobile || m["pkcs_legal_tin"] != nil {
			t.Errorf("person %d: %v", p.Index, m)
		}
		for _, key := range []string{"pport_no", "doc_num", "mob_phone_no", "email", "legal_info"} {
			if _, ok := m[key]; ok {
				seen[key]++
			}
		}
		switch m["valid"] {
		case "true":
			seen["valid as text"]++
		case true:
			seen["valid as a boolean"]++
		}
		switch m["birth_date"] {
		case p.BirthDate.String():
			seen["date with dashes"]++
		case strings.ReplaceAll(p.BirthDate.String(), "-", ""):
			seen["date without"]++
		}
		if m["sur_name"] == p.Patronymic && m["mid_name"] == p.Surname {
			seen["names swapped"]++
		}
	}
	for _, key := range []string{"pport_no", "doc_num", "mob_phone_no", "email", "legal_info", "valid as text", "valid as a boolean", "date with dashes", "date without", "names swapped"} {
		if n := seen[key]; n == 0 || n >= people.Len() {
			t.Errorf("%s: %d of %d", key, n, people.Len())
		}
	}
}

func TestOrganisations(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	types := map[any]bool{}
	for _, story := range []string{"party-head", "chair-tec", "deputy-tec", "secretary-tec"} {
		m := profile(t, s, oneid.Order{As: story, Method: oneid.MethodOrganisation})
		tin := people.ByStory(story).Certificate.TIN
		list, _ := m["legal_info"].([]any)
		if m["pkcs_legal_tin"] != tin || len(list) < 2 {
			t.Fatalf("%s: %v", story, m)
		}
		first, _ := list[0].(map[string]any)
		last, _ := list[len(list)-1].(map[string]any)
		if first["le_tin"] != tin || first["is_basic"] != true || last["tin"] != nil || last["le_tin"] != nil {
			t.Errorf("%s: %v", story, list)
		}
		types[m["user_type"]] = true
	}
	if len(types) != 2 {
		t.Errorf("types of accounts %v", types)
	}
	if m := profile(t, s, oneid.Order{As: "party-head", Method: oneid.MethodSignature}); m["pkcs_legal_tin"] != nil {
		t.Error("a natural person's certificate names an organisation")
	}
	m := profile(t, s, oneid.Order{As: "observer-1", Unconfirmed: true})
	if _, pin := m["pin"]; pin || m["valid"] != "false" && m["valid"] != false || m["auth_method"] != oneid.MethodPassword {
		t.Errorf("unconfirmed: %v", m)
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{Redirects: []string{home}})
	for _, c := range []struct {
		name  string
		order oneid.Order
		want  string
	}{
		{"nobody", oneid.Order{As: "x"}, oneid.ErrNobody.Error()},
		{"a number of nobody", oneid.Order{As: "32103889999014"}, oneid.ErrNobody.Error()},
		{"no such method", oneid.Order{As: "observer-1", Method: "x"}, oneid.ErrMethod.Error()},
		{"no organisation", oneid.Order{As: "observer-1", Method: oneid.MethodOrganisation}, oneid.ErrNoTIN.Error()},
		{"unconfirmed with a signature", oneid.Order{As: "observer-1", Method: oneid.MethodSignature, Unconfirmed: true}, oneid.ErrConfirmed.Error()},
		{"revoked", oneid.Order{As: "revoked"}, oneid.ErrCertificate.Error()},
		{"expired", oneid.Order{As: "expired-cert"}, oneid.ErrCertificate.Error()},
		{"not registered", oneid.Order{As: "observer-1", RedirectURI: home + "/"}, "REDIRECT_URI_NOT_FOUND"},
		{"another client", oneid.Order{As: "observer-1", AuthorizeURL: s.Address() + "?client_id=x"}, "CLIENT_ID_NOT_FOUND"},
	} {
		if _, err := s.SignIn(c.order); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := s.SignIn(oneid.Order{As: "revoked", Method: oneid.MethodMobile}); err != nil {
		t.Errorf("a revoked certificate hinders another method: %v", err)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	s, w := start(t, oneid.Options{PerMinute: 3})
	ask := func() mocktest.Answer { return post(t, s, form("one_log_out", "access_token", "x")) }
	for range 3 {
		if a := ask(); a.Status != 200 {
			t.Fatalf("got %d", a.Status)
		}
	}
	w.Add(20 * time.Second)
	if a := ask(); a.Status != 429 || a.Header.Get("Retry-After") != "40" || object(t, a)["error"] != "TOO_MANY_REQUESTS" {
		t.Errorf("the fourth: %d %s", a.Status, a.Body)
	}
	w.Add(40 * time.Second)
	if a := ask(); a.Status != 200 {
		t.Errorf("a minute later: %d", a.Status)
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	order := `{"as":"chair-tec","method":"LEPKCSMETHOD","redirect_uri":` + strconv.Quote(home) + `,"state":` + strconv.Quote(state) + `}`
	a := do(t, http.MethodPost, s.URL()+"/_mock/signin", nil, order)
	location, _ := object(t, a)["location"].(string)
	if a.Status != 200 || arrived(t, location) == "" {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	for _, bad := range []string{"[", `{"as":"nobody","redirect_uri":"https://hub.example/"}`, `{"as":"chair-tec","redirect_uri":"ftp://hub.example"}`} {
		if a := do(t, http.MethodPost, s.URL()+"/_mock/signin", nil, bad); a.Status != 400 || object(t, a)["error"] == "" {
			t.Errorf("%s: %d %s", bad, a.Status, a.Body)
		}
	}
}

// Faults strike one kind of request at the one address.
func TestFaultsByOperation(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	if err := s.Fault(chaos.Fault{Operation: oneid.OpIdentify, Kind: chaos.Status, Status: 400, Code: "CLIENT_SECRET_NOT_FOUND"}); err != nil {
		t.Fatal(err)
	}
	tok := token(t, s, oneid.Order{As: "observer-1"})
	a := post(t, s, form("one_access_token_identify", "access_token", tok))
	if m := object(t, a); a.Status != 400 || m["error"] != "CLIENT_SECRET_NOT_FOUND" || m["message"] != "ClientSecretException" {
		t.Errorf("identify: %d %s", a.Status, a.Body)
	}
	s.Heal(oneid.OpIdentify)
	if err := s.Fault(chaos.Fault{Kind: chaos.ErrorBody}); err != nil {
		t.Fatal(err)
	}
	for grant, want := range map[string]string{"one_authorization_code": "error", "one_access_token_identify": "ret_cd", "one_log_out": "ret_cd"} {
		if a := post(t, s, form(grant, "access_token", tok)); a.Status != 200 || object(t, a)[want] == nil {
			t.Errorf("%s: %d %s", grant, a.Status, a.Body)
		}
	}
	s.Heal(chaos.All)
	if err := s.Fault(chaos.Fault{Kind: chaos.ExpireTokens, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if a := post(t, s, form("one_access_token_identify", "access_token", tok)); object(t, a)["ret_cd"] != "1" {
		t.Errorf("all tokens expired: %s", a.Body)
	}
	for op, want := range map[string]int{oneid.OpExchange: 2, oneid.OpIdentify: 3, oneid.OpLogout: 1} {
		if n := s.Count(op); n != want {
			t.Errorf("%s: %d calls, want %d", op, n, want)
		}
	}
}
