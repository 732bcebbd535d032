package portal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// What clients of the portal are known to get wrong, one test each.

func TestMistakeSecretsInTheSource(t *testing.T) {
	t.Parallel()
	if err := (portal.Config{TokenURL: "https://t.example", GatewayURL: "https://g.example"}).Validate(); err == nil {
		t.Error("credentials come from somewhere else than the configuration")
	}
	// Consumer keys look like this; none may stand in the package.
	key := regexp.MustCompile(`"[A-Za-z0-9_]{28}"`)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range key.FindAllString(string(text), -1) {
			if strings.Trim(hit, `"_ABCDEFGHIJKLMNOPQRSTUVWXYZ`) != "" && strings.ContainsAny(hit, "0123456789") {
				t.Errorf("%s holds what looks like a key", f.Name())
			}
		}
	}
}

// A server with a certificate of nobody's is not spoken to, with no setting that
// would allow it.
func TestMistakeTLSSwitchedOff(t *testing.T) {
	t.Parallel()
	reached := false
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	defer s.Close()
	cfg := config()
	cfg.TokenURL, cfg.GatewayURL, cfg.AllowHTTP = s.URL, s.URL, true
	client := call.NewClient(nil)
	defer client.CloseIdleConnections()
	p, err := portal.New(cfg, portal.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operation(t, p, diplomas).Ask(t.Context(), question()); fault.KindOf(err) != fault.Unavailable || reached {
		t.Errorf("got %v, reached %v", err, reached)
	}
}

// Credentials are in the header and the form, in no address; the form is no JSON.
func TestMistakeCredentialsInTheAddressOrAsJSON(t *testing.T) {
	t.Parallel()
	g := answers(200, good[diplomas])
	watch := calltest.Transport(func(r *http.Request) (*http.Response, error) {
		if r.URL.RawQuery != "" || r.URL.User != nil || strings.Contains(r.URL.String(), "s3cret") {
			t.Errorf("an address with more than a path")
		}
		if strings.HasSuffix(r.URL.Path, "/token") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || json.Valid(body) || !strings.HasPrefix(string(body), "grant_type=password&") {
				t.Error("the token request is no form")
			}
			r.Body = http.NoBody
		}
		return g.RoundTrip(r)
	})
	g.life = 3600
	p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: watch}})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		_, _ = operation(t, p, key).Ask(t.Context(), question())
	}
	if len(g.asked) < len(keys) {
		t.Errorf("%d calls", len(g.asked))
	}
}

// Two questions bear two numbers, and the official's PINFL wherever the wire has
// a place for who asks.
func TestMistakeOneNumberForAllAndTheCitizenAsSender(t *testing.T) {
	t.Parallel()
	carriers := map[string]string{
		"personal-data.docrest": "sender_pinfl", "disability.passport": "pin", birthDoc: "pin",
		"legal-capacity.check": "sender_pinfl", "school-certificate.pinfl": "sender_pinfl",
	}
	for key, field := range carriers {
		g := answers(200, good[key])
		op := operation(t, open(t, g, portal.Deps{}), key)
		for n := range 2 {
			q := question()
			q.Transaction = fmt.Sprint(900000000000001 + n)
			if _, err := op.Ask(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			var body map[string]any
			d := json.NewDecoder(strings.NewReader(g.bodies[n]))
			d.UseNumber()
			if err := d.Decode(&body); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(body["transaction_id"]) != q.Transaction || body[field] != string(official) {
				t.Errorf("%s: number %v", key, body["transaction_id"])
			}
		}
	}
	q := question()
	q.Official = ""
	for key := range carriers {
		if _, err := operation(t, open(t, answers(200, good[key]), portal.Deps{}), key).Ask(t.Context(), q); fault.KindOf(err) != fault.Defect {
			t.Errorf("%s in nobody's name: %v", key, err)
		}
	}
}

func TestMistakePhotoByDefault(t *testing.T) {
	t.Parallel()
	g := answers(200, good["personal-data.docrest"])
	if _, err := operation(t, open(t, g, portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(g.bodies[0], `"is_photo":"N"`) {
		t.Error("a photo was asked for")
	}
}

// The birth certificate stands first in the list; the travel passport may.
func TestMistakeFirstDocumentAsPassport(t *testing.T) {
	t.Parallel()
	body := strings.Replace(good["personal-data.docrest"], `"documents":[`, `"documents":[{"document":"FX0000009","type":"IDMS_RECV_IP_DOCUMENTS","status":2},`, 1)
	reply, err := operation(t, open(t, answers(200, body), portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question())
	if err != nil || reply.Answer.Facts.(*register.PersonalData).Document != passport {
		t.Errorf("%v, %v", reply.Answer, err)
	}
}

func TestMistakeOneSpellingOfFlagAndKey(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{`"result":1`, `"result":"1"`, `"result": " 1 "`} {
		for _, key := range []string{`"data"`, `"Data"`} {
			body := strings.NewReplacer(`"result":"1"`, flag, `"data"`, key).Replace(good["personal-data.docrest"])
			reply, err := operation(t, open(t, answers(200, body), portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question())
			if err != nil || reply.Answer.Status != register.Found {
				t.Errorf("%s, %s: %v", flag, key, err)
			}
		}
	}
}

// A list that is text is not decoded a second time, and a 401 without end is met
// by one new token and one more call.
func TestMistakeDecodedTwiceOrAskedWithoutEnd(t *testing.T) {
	t.Parallel()
	twice, err := json.Marshal(map[string]any{"result": 1, "data": []string{`{"current_pinpp":"41505939980027"}`}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operation(t, open(t, answers(200, string(twice)), portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question()); fault.KindOf(err) != fault.Breach {
		t.Errorf("text in a list: %v", err)
	}
	for _, key := range keys {
		g := answers(401, `{"code":"900901","message":"m","description":"d"}`)
		_, err := operation(t, open(t, g, portal.Deps{}), key).Ask(t.Context(), question())
		if fault.KindOf(err) != fault.Misconfigured || len(g.asked) != 2 || g.tokens != 2 {
			t.Errorf("%s: %v after %d calls and %d tokens", key, err, len(g.asked), g.tokens)
		}
		if a, b := g.asked[0].Header.Get("Authorization"), g.asked[1].Header.Get("Authorization"); a == b {
			t.Errorf("%s: asked again with the refused token", key)
		}
	}
}

// A body that says "success" counts for nothing under a status that does not.
func TestMistakeSuccessWhateverTheGatewaySays(t *testing.T) {
	t.Parallel()
	for _, key := range keys {
		for _, status := range []int{400, 401, 403, 409, 422, 429, 500, 503} {
			synctest.Test(t, func(t *testing.T) {
				reply, err := operation(t, open(t, answers(status, good[key]), portal.Deps{}), key).Ask(t.Context(), question())
				if err == nil || reply != (register.Reply{}) {
					t.Errorf("%s, %d: %+v", key, status, reply)
				}
			})
		}
	}
}

func TestMistakeNoContentAsAFault(t *testing.T) {
	t.Parallel()
	for _, key := range keys {
		reply, err := operation(t, open(t, answers(204, ""), portal.Deps{}), key).Ask(t.Context(), question())
		if strings.HasPrefix(key, "criminal") { // a request cannot be "not found"
			if fault.KindOf(err) != fault.Breach {
				t.Errorf("%s: %v", key, err)
			}
			continue
		}
		if err != nil || reply.Answer.Status != register.Absent {
			t.Errorf("%s: %+v, %v", key, reply.Answer, err)
		}
	}
}

// Printed in any way, neither a question nor what is known of somebody's papers
// tells a number.
func TestMistakeNumbersPrinted(t *testing.T) {
	t.Parallel()
	q := unpassported(question())
	facts := register.PersonalData{PINFL: subject, PINFLs: []personal.PINFL{subject}, Document: passport, BirthCertificate: certificate}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		out := fmt.Sprintf(verb+verb, q, facts)
		for _, secret := range []string{string(subject), string(official), string(passport), string(certificate)} {
			if strings.Contains(out, secret) {
				t.Errorf("%s tells a number: %s", verb, out)
			}
		}
	}
}

// The token server gives what is left of a token that others use too.
func TestMistakeTokenForAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := answers(200, good[diplomas])
		g.life = 100
		op := operation(t, open(t, g, portal.Deps{}), diplomas)
		for _, want := range []int{1, 1, 2} { // at 0, 80 and 160 s
			if _, err := op.Ask(t.Context(), question()); err != nil || g.tokens != want {
				t.Errorf("%d tokens, want %d; %v", g.tokens, want, err)
			}
			time.Sleep(80 * time.Second)
		}
	})
}
