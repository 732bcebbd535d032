package eds_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/population"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

var (
	election = civil.Date{Year: 2026, Month: time.December, Day: 27}
	people   = population.New(5, election, 3)
	document = []byte(`{"qaror":"Mirzo Ulugʻbek tumani, 7-son"}`)
)

func start(t *testing.T, o eds.Options) (*eds.Server, *mocktest.Clock) {
	t.Helper()
	w := mocktest.NewClock(time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent))
	o.Population, o.Now = people, w.Now
	s, err := eds.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

type object = map[string]any

func send(t *testing.T, method, url, body string, header http.Header) (int, object) {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, url, header, body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Body == "" {
		return a.Status, nil
	}
	var m object
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.Status, m
}

func b64(b ...[]byte) string {
	var parts []string
	for _, p := range b {
		parts = append(parts, base64.StdEncoding.EncodeToString(p))
	}
	return strings.Join(parts, "|")
}

// post sends values to an endpoint that must answer 200.
func post(t *testing.T, s *eds.Server, path string, values ...[]byte) object {
	t.Helper()
	status, m := send(t, http.MethodPost, s.URL()+path, b64(values...), http.Header{"X-Real-Ip": {"198.51.100.7"}})
	if status != http.StatusOK {
		t.Fatalf("%s: %d", path, status)
	}
	return m
}

func sign(t *testing.T, s *eds.Server, o eds.Order) []byte {
	t.Helper()
	if o.Document == nil {
		o.Document = document
	}
	der, err := s.SignOrder(o)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// signers returns pkcs7Info.signers.
func signers(t *testing.T, m object) []object {
	t.Helper()
	info, _ := m["pkcs7Info"].(object)
	list, _ := info["signers"].([]any)
	var out []object
	for _, v := range list {
		one, _ := v.(object)
		out = append(out, one)
	}
	return out
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "observer-1", NoStamp: true})
	w.Add(time.Minute)
	m := post(t, s, eds.PathTimestamp, der)
	list, _ := m["timestampedSignerList"].([]any)
	text, _ := m["pkcs7b64"].(string)
	stamped, err := base64.StdEncoding.DecodeString(text)
	if m["status"] != 1.0 || len(list) != 1 || err != nil {
		t.Fatalf("got %v, %v", m, err)
	}
	first, _ := list[0].(object)
	subject, _ := first["subjectName"].(object)
	if subject["1.2.860.3.16.1.2"] != string(people.ByStory("observer-1").PINFL) {
		t.Errorf("stamped %v", first)
	}
	one := signers(t, post(t, s, eds.PathVerifyAttached, stamped))[0]
	stamp, _ := one["timeStampInfo"].(object)
	if one["signingTime"] != "2026-11-20 10:00:00" || stamp["time"] != "2026-11-20 10:01:00" || stamp["verified"] != true {
		t.Errorf("signed %v, stamped %v", one["signingTime"], stamp["time"])
	}
	again := post(t, s, eds.PathTimestamp, stamped)
	if list, _ := again["timestampedSignerList"].([]any); list == nil || len(list) != 0 || again["pkcs7b64"] != text {
		t.Errorf("a second stamp: %v", again["timestampedSignerList"])
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	chair, secretary := sign(t, s, eds.Order{As: "chair-tec"}), sign(t, s, eds.Order{As: "secretary-tec"})
	m := post(t, s, eds.PathJoin, chair, secretary)
	joined, err := base64.StdEncoding.DecodeString(m["pkcs7b64"].(string))
	if err != nil || m["status"] != 1.0 {
		t.Fatal(m, err)
	}
	answer := post(t, s, eds.PathVerifyAttached, joined)
	list := signers(t, answer)
	if answer["status"] != 1.0 || len(list) != 2 {
		t.Fatalf("status %v, %d signers", answer["status"], len(list))
	}
	valid := func(answer object, story string) any { // the order of signers is not promised
		for _, one := range signers(t, answer) {
			if subjectOf(t, one)["1.2.860.3.16.1.2"] == string(people.ByStory(story).PINFL) && one["verified"] == true {
				return one["certificateValidAtSigningTime"]
			}
		}
		return nil
	}
	if valid(answer, "chair-tec") != true || valid(answer, "secretary-tec") != true {
		t.Errorf("signers %v", list)
	}
	// One bad signer spoils the whole, and is named.
	m = post(t, s, eds.PathJoin, chair, sign(t, s, eds.Order{As: "expired-cert"}))
	if joined, err = base64.StdEncoding.DecodeString(m["pkcs7b64"].(string)); err != nil {
		t.Fatal(err)
	}
	answer = post(t, s, eds.PathVerifyAttached, joined)
	if answer["status"] != -12.0 || valid(answer, "chair-tec") != true || valid(answer, "expired-cert") != false {
		t.Errorf("status %v", answer["status"])
	}
	for name, pair := range map[string][2][]byte{
		"another document": {chair, sign(t, s, eds.Order{As: "secretary-tec", Document: []byte("other")})},
		"detached":         {chair, sign(t, s, eds.Order{As: "secretary-tec", Detached: true})},
	} {
		if m := post(t, s, eds.PathJoin, pair[0], pair[1]); m["status"] == 1.0 || m["message"] == "" {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestMakeAttached(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	m := post(t, s, eds.PathMakeAttached, document, sign(t, s, eds.Order{As: "observer-3", Detached: true}))
	der, err := base64.StdEncoding.DecodeString(m["pkcs7b64"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if m := post(t, s, eds.PathVerifyAttached, der); m["status"] != 1.0 {
		t.Errorf("status %v", m["status"])
	}
}

func challenge(t *testing.T, s *eds.Server) string {
	t.Helper()
	status, m := send(t, http.MethodGet, s.URL()+eds.PathChallenge+"?nocache=1", "", nil)
	text, _ := m["challenge"].(string)
	if status != 200 || m["status"] != 1.0 || m["ttl"] != 120.0 || len(text) != 36 {
		t.Fatalf("challenge: %d %v", status, m)
	}
	return text
}

func TestAuth(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	p := people.ByStory("secretary-dec")
	der := sign(t, s, eds.Order{As: "secretary-dec", Document: []byte(challenge(t, s)), NoStamp: true})
	m := post(t, s, eds.PathAuth, der)
	info, _ := m["subjectCertificateInfo"].(object)
	subject, _ := info["subjectName"].(object)
	if m["status"] != 1.0 || subject["1.2.860.3.16.1.2"] != string(p.PINFL) || subject["1.2.860.3.16.1.1"] != population.DECTIN || info["X500Name"] == "" ||
		info["validTo"] != "2031-12-27 00:00:00" || info["serialNumber"] == "" {
		t.Errorf("got %v", m)
	}
	if m := post(t, s, eds.PathAuth, der); m["status"] != -20.0 || m["subjectCertificateInfo"] != nil {
		t.Errorf("the same envelope again: %v", m)
	}
	late := []byte(challenge(t, s))
	w.Add(2 * time.Minute)
	cases := []struct {
		name   string
		order  eds.Order
		status float64
	}{
		{"too late", eds.Order{As: "chair-dec", Document: late}, -20},
		{"not given out", eds.Order{As: "chair-dec", Document: []byte("11111111-1111-4111-8111-111111111111")}, -20},
		{"untrusted", eds.Order{As: "untrusted"}, -11},
		{"tampered", eds.Order{As: "tampered"}, -10},
		{"revoked", eds.Order{As: "revoked"}, -11},
		{"expired", eds.Order{As: "expired-cert"}, -12},
		{"clock", eds.Order{As: "chair-dec", At: w.Now().Add(-6 * time.Minute)}, -5},
	}
	for _, c := range cases {
		if c.order.Document == nil {
			c.order.Document = []byte(challenge(t, s))
		}
		if m := post(t, s, eds.PathAuth, sign(t, s, c.order)); m["status"] != c.status || m["message"] == "" {
			t.Errorf("%s: %v", c.name, m)
		}
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	attached, detached := sign(t, s, eds.Order{As: "observer-1"}), sign(t, s, eds.Order{As: "observer-1", Detached: true})
	cases := []struct {
		name, method, path, body string
		header                   http.Header
		want                     int
	}{
		{"JSON", "POST", eds.PathVerifyAttached, `{"pkcs7":"x"}`, nil, 400},
		{"empty", "POST", eds.PathVerifyAttached, "", nil, 400},
		{"not PKCS#7", "POST", eds.PathVerifyAttached, b64([]byte("hello")), nil, 400},
		{"cut", "POST", eds.PathVerifyAttached, b64(attached[:len(attached)/2]), nil, 400},
		{"detached as attached", "POST", eds.PathVerifyAttached, b64(detached), nil, 400},
		{"attached as detached", "POST", eds.PathVerifyDetached, b64(document, attached), nil, 400},
		{"one value for two", "POST", eds.PathVerifyDetached, b64(detached), nil, 400},
		{"two values for one", "POST", eds.PathAuth, b64(attached, attached), nil, 400},
		{"join with rubbish", "POST", eds.PathJoin, b64(attached, document), nil, 400},
		{"empty X-Real-IP", "POST", eds.PathVerifyAttached, b64(attached), http.Header{"X-Real-Ip": {""}}, 400},
		{"ping by POST", "POST", eds.PathPing, "", nil, 405},
		{"a timestamp of data", "POST", eds.PathTimestampData, b64(document), nil, 501},
		{"verify by GET", "GET", eds.PathVerifyAttached, "", nil, 405},
		{"no X-Real-IP", "POST", eds.PathVerifyAttached, b64(attached), nil, 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if status, _ := send(t, c.method, s.URL()+c.path, c.body, c.header); status != c.want {
				t.Errorf("answered %d, want %d", status, c.want)
			}
		})
	}
}

// A POST to the challenge gets its 405 and then nothing, until the client gives up.
func TestChallengeByPost(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	a, err := mocktest.Do(ctx, http.MethodPost, s.URL()+eds.PathChallenge, nil, "")
	if a.Status != http.StatusMethodNotAllowed || a.Body != "" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestPingAndInfo(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{Zone: time.UTC})
	_, m := send(t, http.MethodGet, s.URL()+eds.PathPing, "", nil)
	key, _ := m["vpnKeyInfo"].(object)
	if m["serverDateTime"] != "2026-11-20 05:00:00" || m["yourIP"] != "127.0.0.1" || key["validTo"] == nil || key["X500Name"] == nil {
		t.Errorf("ping %v", m)
	}
	_, m = send(t, http.MethodGet, s.URL()+eds.PathInfo, "", nil)
	key, _ = m["vpnKeyInfo"].(object)
	if trusted, _ := m["trustedCertificates"].([]any); m["version"] != "2.1.1" || m["serverTime"] == nil || len(trusted) != 1 || key["subjectInfo"] == nil {
		t.Errorf("info %v", m)
	}
}

func TestSignEndpoint(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	status, m := send(t, http.MethodPost, s.URL()+"/_mock/sign", `{"as":"party-head","document":"`+b64(document)+`","detached":true}`, nil)
	text, _ := m["pkcs7"].(string)
	der, err := base64.StdEncoding.DecodeString(text)
	if status != 200 || err != nil {
		t.Fatalf("%d %v %v", status, m, err)
	}
	if m := post(t, s, eds.PathVerifyDetached, document, der); m["status"] != 1.0 || signers(t, m)[0]["timeStampInfo"] == nil {
		t.Errorf("status %v", m["status"])
	}
	for _, body := range []string{`{`, `{"as":"nobody","document":"YQ=="}`, `{"as":"party-head"}`, `{"as":"party-head","document":"YQ==","flaw":"odd"}`} {
		if status, m := send(t, http.MethodPost, s.URL()+"/_mock/sign", body, nil); status != 400 || m["error"] == nil {
			t.Errorf("%s: %d %v", body, status, m)
		}
	}
	ordinary := people.At(len(population.Stories()))
	if _, err := s.Sign(string(ordinary.PINFL), document, false); err != nil {
		t.Errorf("by PINFL: %v", err)
	}
}

func TestFaultsAndJournal(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	if err := s.Fault(chaos.Fault{Operation: eds.OpVerifyAttached, Kind: chaos.Status, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Fault(chaos.Fault{Operation: eds.OpVerifyAttached, Kind: chaos.Status, Status: 200, Body: `{"status":-1,"message":"x"}`, Times: 1}); err != nil {
		t.Fatal(err)
	}
	der := b64(sign(t, s, eds.Order{As: "observer-1"}))
	want := []struct {
		http   int
		status any
	}{{503, nil}, {200, -1.0}, {200, 1.0}}
	for i, w := range want {
		if code, m := send(t, http.MethodPost, s.URL()+eds.PathVerifyAttached, der, http.Header{"X-Real-Ip": {"198.51.100.7"}}); code != w.http || m["status"] != w.status {
			t.Errorf("call %d: %d %v", i, code, m["status"])
		}
	}
	if calls := s.Calls(eds.OpVerifyAttached); len(calls) != 3 || calls[0].RealIP != "198.51.100.7" {
		t.Errorf("calls %+v", calls)
	}
}
