package eds_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
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
	people   = population.New(5, election, 3)
	client   = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	document = []byte(`{"qaror":"Mirzo Ulugʻbek tumani, 7-son"}`)
)

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

func start(t *testing.T, o eds.Options) (*eds.Server, *wall) {
	t.Helper()
	w := &wall{t: time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent)}
	o.Population, o.Now = people, w.now
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
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) == 0 {
		return resp.StatusCode, nil
	}
	var m object
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%d %s", resp.StatusCode, b)
	}
	return resp.StatusCode, m
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

func TestVerifyGood(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	p := people.ByStory("chair-tec")
	serial, _, err := s.Certificate("chair-tec")
	if err != nil {
		t.Fatal(err)
	}
	m := post(t, s, eds.PathVerifyAttached, sign(t, s, eds.Order{As: "chair-tec"}))
	info, _ := m["pkcs7Info"].(object)
	if m["status"] != 1.0 || m["message"] != "" || info["documentBase64"] != b64(document) {
		t.Fatalf("got %v", m)
	}
	list := signers(t, m)
	if len(list) != 1 {
		t.Fatalf("%d signers", len(list))
	}
	one := list[0]
	for key, want := range map[string]any{
		"signingTime": "2026-11-20 10:00:00", "verified": true, "certificateVerified": true, "certificateValidAtSigningTime": true,
		"statusUpdatedAt": "2026-11-20 10:00:00", "statusNextUpdateAt": "2026-11-20 10:01:00",
		"signerId":          object{"issuer": "CN=MockCA,O=mock.e-imzo.example", "subjectSerialNumber": serial},
		"policyIdentifiers": []any{"1.3.6.1.4.1.46709.1.2.1", "1.3.6.1.4.1.46709.1.2.2"},
	} {
		if d := cmp.Diff(want, one[key]); d != "" {
			t.Errorf("%s:\n%s", key, d)
		}
	}
	for _, key := range []string{"revokedStatusInfo", "exception"} {
		if _, there := one[key]; there {
			t.Errorf("%s is there", key)
		}
	}
	for _, key := range []string{"signature", "digest", "OCSPResponse", "trustedCertificate"} {
		if one[key] == nil || one[key] == "" {
			t.Errorf("%s is missing", key)
		}
	}
	certs, _ := one["certificate"].([]any)
	if len(certs) != 2 {
		t.Fatalf("%d certificates", len(certs))
	}
	own, _ := certs[0].(object)
	want := object{
		"1.2.860.3.16.1.2": string(p.PINFL), "1.2.860.3.16.1.1": population.TECTIN, "CN": p.FullName(), "Name": p.GivenName, "SURNAME": p.Surname,
		"O": p.Certificate.Organisation, "T": "RAIS", "L": "Mirzo Ulugʻbek tumani", "ST": "Toshkent shahri", "C": "UZ",
	}
	subject, _ := own["subjectInfo"].(object)
	if uid, _ := subject["UID"].(string); len(uid) != 9 {
		t.Errorf("UID %q", uid)
	}
	delete(subject, "UID")
	if d := cmp.Diff(want, subject); d != "" {
		t.Error(d)
	}
	if own["serialNumber"] != serial || own["validFrom"] != "2024-12-27 00:00:00" || own["validTo"] != "2031-12-27 00:00:00" ||
		own["issuerName"] != "CN=MockCA,O=mock.e-imzo.example" || !strings.Contains(own["subjectName"].(string), "1.2.860.3.16.1.2="+string(p.PINFL)) {
		t.Errorf("certificate %v", own)
	}
	stamp, _ := one["timeStampInfo"].(object)
	for key, want := range map[string]any{
		"time": "2026-11-20 10:00:00", "verified": true, "digestVerified": true, "certificateVerified": true,
		"certificateValidAtSigningTime": true, "tsaPolicy": "1.2.860.3.2.11.1",
	} {
		if stamp[key] != want {
			t.Errorf("time stamp: %s is %v", key, stamp[key])
		}
	}
}

func TestVerifyDetached(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "observer-1", Detached: true})
	m := post(t, s, eds.PathVerifyDetached, document, der)
	info, _ := m["pkcs7Info"].(object)
	if _, there := info["documentBase64"]; m["status"] != 1.0 || there {
		t.Errorf("got %v", m)
	}
	subject := subjectOf(t, signers(t, m)[0])
	if _, there := subject["1.2.860.3.16.1.1"]; there || subject["O"] != nil {
		t.Errorf("a natural person has an organisation: %v", subject)
	}
	other := post(t, s, eds.PathVerifyDetached, append(slices.Clone(document), '.'), der)
	if other["status"] != -10.0 || signers(t, other)[0]["verified"] != false {
		t.Errorf("another document: %v", other["status"])
	}
}

func subjectOf(t *testing.T, signer object) object {
	t.Helper()
	certs, _ := signer["certificate"].([]any)
	own, _ := certs[0].(object)
	subject, _ := own["subjectInfo"].(object)
	return subject
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	strict, _ := start(t, eds.Options{RevokedIsStatus: true})
	cases := []struct {
		name   string
		order  eds.Order
		server *eds.Server
		status float64
		key    string // of the signer, or of its time stamp after a dot
		want   any
	}{
		{"untrusted", eds.Order{As: "untrusted"}, s, -11, "certificateVerified", false},
		{"tampered", eds.Order{As: "tampered"}, s, -10, "verified", false},
		{"substituted", eds.Order{As: "chair-dec", Flaw: eds.Substituted}, s, -10, "verified", false},
		{"expired", eds.Order{As: "expired-cert"}, s, -12, "certificateValidAtSigningTime", false},
		{"not yet valid", eds.Order{As: "observer-1", At: w.now().AddDate(-3, 0, 0)}, s, -12, "certificateValidAtSigningTime", false},
		{"revoked", eds.Order{As: "revoked"}, s, 1, "revokedStatusInfo", object{"revocationTime": "2025-12-27 00:00:00", "crlReason": "keyCompromise"}},
		{"revoked, by status", eds.Order{As: "revoked"}, strict, -11, "verified", true},
		{"no stamp", eds.Order{As: "observer-1", NoStamp: true}, s, 1, "timeStampInfo", nil},
		{"stamp of nobody", eds.Order{As: "observer-1", Flaw: eds.UntrustedStamp}, s, -22, ".certificateVerified", false},
		{"stamp of another", eds.Order{As: "observer-1", Flaw: eds.AlienStamp}, s, -21, ".digestVerified", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := post(t, c.server, eds.PathVerifyAttached, sign(t, c.server, c.order))
			list := signers(t, m)
			if m["status"] != c.status || len(list) != 1 || (m["message"] == "") != (c.status == 1) {
				t.Fatalf("status %v %v", m["status"], m["message"])
			}
			at, key := list[0], c.key
			if rest, ok := strings.CutPrefix(c.key, "."); ok {
				at, _ = at["timeStampInfo"].(object)
				key = rest
			}
			if d := cmp.Diff(c.want, at[key]); d != "" {
				t.Errorf("%s:\n%s", c.key, d)
			}
		})
	}
}

func TestNoPINFL(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	m := post(t, s, eds.PathVerifyAttached, sign(t, s, eds.Order{As: "observer-1", Flaw: eds.NoPINFL}))
	if subject := subjectOf(t, signers(t, m)[0]); m["status"] != 1.0 || subject["1.2.860.3.16.1.2"] != nil || subject["CN"] == nil {
		t.Errorf("status %v, subject %v", m["status"], subject)
	}
}

// Revoked between two verifications of the same envelope.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "deputy-tec"})
	revoked := func() any { return signers(t, post(t, s, eds.PathVerifyAttached, der))[0]["revokedStatusInfo"] }
	if revoked() != nil {
		t.Error("revoked from the start")
	}
	w.add(time.Hour)
	if status, _ := send(t, http.MethodPost, s.URL()+"/_mock/revoke", `{"as":"deputy-tec"}`, nil); status != http.StatusNoContent {
		t.Fatalf("revoking: %d", status)
	}
	if got, _ := revoked().(object); got["revocationTime"] != "2026-11-20 11:00:00" {
		t.Errorf("got %v", got)
	}
	if status, m := send(t, http.MethodPost, s.URL()+"/_mock/revoke", `{"as":"nobody"}`, nil); status != http.StatusBadRequest || m["error"] != "no such story" {
		t.Errorf("nobody: %d %v", status, m)
	}
}

// The library that others read envelopes with agrees with what is signed here.
func TestOthersReadTheEnvelope(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	attached, detached := sign(t, s, eds.Order{As: "party-head"}), sign(t, s, eds.Order{As: "party-head", Detached: true})
	content, isDetached, err := signature.Content(attached)
	if err != nil || isDetached || !bytes.Equal(content, document) {
		t.Errorf("attached: %q %v %v", content, isDetached, err)
	}
	if _, isDetached, err := signature.Content(detached); err != nil || !isDetached {
		t.Errorf("detached: %v %v", isDetached, err)
	}
	for name, der := range map[string][]byte{"attached": attached, "detached": detached} {
		p7, err := pkcs7.Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		p7.Content = document
		if err := p7.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p7.Content = []byte("other")
		if err := p7.Verify(); err == nil {
			t.Errorf("%s: another document verifies", name)
		}
	}
}

// What was signed before a restart is still trusted after it.
func TestRestart(t *testing.T) {
	t.Parallel()
	before, _ := start(t, eds.Options{})
	after, _ := start(t, eds.Options{})
	a, b := sign(t, before, eds.Order{As: "chair-dec"}), sign(t, after, eds.Order{As: "chair-dec"})
	if !bytes.Equal(a, b) {
		t.Error("the same order is signed differently")
	}
	if m := post(t, after, eds.PathVerifyAttached, a); m["status"] != 1.0 {
		t.Errorf("status %v", m["status"])
	}
	foreign, err := eds.Start(t.Context(), eds.Options{Population: population.New(6, election, 0)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = foreign.Close() }()
	if m := post(t, foreign, eds.PathVerifyAttached, a); m["status"] != -11.0 {
		t.Errorf("another seed: status %v", m["status"])
	}
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "observer-1", NoStamp: true})
	w.add(time.Minute)
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
	w.add(2 * time.Minute)
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
		{"clock", eds.Order{As: "chair-dec", At: w.now().Add(-6 * time.Minute)}, -5},
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
		{"challenge by POST", "POST", eds.PathChallenge, "", nil, 405},
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
