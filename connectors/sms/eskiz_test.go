package sms_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

const (
	eskizRef  = "59bf10a2-aba8-4694-8fd5-0be20102a580"
	acceptedE = `{"id":"` + eskizRef + `","message":"Waiting for SMS provider","status":"waiting"}`
)

// cabinet is Eskiz without sockets: it gives out numbered tokens and keeps what
// it was asked.
type cabinet struct {
	mu     sync.Mutex
	logins int
	dead   map[string]bool // tokens that are refused
	asked  []string        // method, path and query, then the form
	login  func(n int) (int, string)
	answer func(r *http.Request, form url.Values) (int, string)
}

func (c *cabinet) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path == "/api/auth/login" {
		c.logins++
		if c.login != nil {
			status, text := c.login(c.logins)
			return calltest.With(status, text)(r)
		}
		if form.Get("email") != "hub@example.uz" || form.Get("password") != "s3cret-pass" {
			return calltest.With(401, `{}`)(r)
		}
		return calltest.With(200, fmt.Sprintf(`{"message":"token_generated","data":{"token":"tok-%d"},"token_type":"bearer"}`, c.logins))(r)
	}
	c.asked = append(c.asked, r.Method+" "+r.URL.RequestURI()+" "+form.Encode())
	if c.dead[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
		return calltest.With(401, `{"message":"Expired"}`)(r)
	}
	if c.answer == nil {
		return calltest.With(200, acceptedE)(r)
	}
	status, text := c.answer(r, form)
	return calltest.With(status, text)(r)
}

func always(status int, body string) func(*http.Request, url.Values) (int, string) {
	return func(*http.Request, url.Values) (int, string) { return status, body }
}

func eskizConfig() sms.EskizConfig {
	return sms.EskizConfig{URL: "https://eskiz.example", Email: "hub@example.uz", Password: "s3cret-pass", From: "4546"}
}

func eskizOf(t testing.TB, c http.RoundTripper, change ...func(*sms.EskizConfig)) *sms.Eskiz {
	t.Helper()
	cfg := eskizConfig()
	for _, f := range change {
		f(&cfg)
	}
	e, err := sms.NewEskiz(cfg, sms.Deps{Client: &http.Client{Transport: c}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEskizRequest(t *testing.T) {
	t.Parallel()
	c := &cabinet{}
	e := eskizOf(t, c, func(cfg *sms.EskizConfig) { cfg.CallbackURL = "https://hub.example/cb/s3cret-path" })
	ref, err := e.Send(t.Context(), message)
	if err != nil || ref != eskizRef {
		t.Fatalf("%q %v", ref, err)
	}
	want := []string{"POST /api/message/sms/send callback_url=https%3A%2F%2Fhub.example%2Fcb%2Fs3cret-path&from=4546&message=Saylov+o%27tkaziladi&mobile_phone=998900000001&user_sms_id=es0000000000001"}
	if d := cmp.Diff(want, c.asked); d != "" {
		t.Error(d)
	}
	if e.Deduplicates() || e.Name() != "eskiz" {
		t.Errorf("%s deduplicates: %v", e.Name(), e.Deduplicates())
	}
}

// Sent once: whatever breaks, there is no second try, and what may have been
// taken is uncertain.
func TestEskizNeverSendsTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sends := 0
		c := &cabinet{}
		e := eskizOf(t, calltest.Transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/auth/login" {
				return c.RoundTrip(r)
			}
			sends++
			return nil, io.ErrUnexpectedEOF
		}))
		_, err := e.Send(t.Context(), message)
		if f := fault.Of(err); f == nil || !f.Uncertain || f.Kind != fault.Unavailable || sends != 1 {
			t.Errorf("%+v after %d", f, sends)
		}
	})
}

func item(id, word string) string {
	return `{"id":7,"request_id":"` + eskizRef + `","user_sms_id":"` + id + `","status":"` + word + `","parts_count":2,"updated_at":"2026-11-20T10:00:06.5Z","delivery_sm_at":"2026-11-20T10:00:05Z","to":"998900000001","message":"Saylov"}`
}

func page(last int, items ...string) string {
	return fmt.Sprintf(`{"status":"success","data":{"current_page":1,"last_page":%d,"result":[%s]}}`, last, strings.Join(items, ","))
}

var sentAt = time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)

func TestEskizAskByRef(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		v, err := time.Parse(time.RFC3339, "2026-11-20T"+clock+"+05:00")
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	for _, c := range []struct {
		name, data string
		want       sms.Report
	}{
		{"delivered", item(message.ID, "DELIVERED"), sms.Report{State: sms.Delivered, Word: "delivered", At: at("10:00:05"), Parts: 2}},
		{"part of it", item(message.ID, "PARTDELIVERED"), sms.Report{State: sms.InFlight, Word: "partdelivered", At: at("10:00:06.5"), Parts: 2}},
		{"rejected", item(message.ID, "REJECTED"), sms.Report{State: sms.Undelivered, Word: "rejected", At: at("10:00:06.5"), Parts: 2}},
		{"new word", item(message.ID, "QUEUED"), sms.Report{State: sms.Unknown, Word: "queued", At: at("10:00:06.5"), Parts: 2}},
		{"no id of ours", `{"request_id":"` + eskizRef + `","user_sms_id":null,"status":["NEW"],"updated_at":"soon","parts_count":-1}`, sms.Report{State: sms.InFlight, Word: "new"}},
		{"unknown there", "null", sms.Report{State: sms.Absent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cab := &cabinet{answer: always(200, `{"status":"success","data":`+c.data+`,"id":null}`)}
			got, err := eskizOf(t, cab).Ask(t.Context(), sms.Query{ID: message.ID, Ref: eskizRef})
			c.want.MessageID, c.want.Ref = message.ID, eskizRef
			if d := cmp.Diff(c.want, got); err != nil || d != "" || cab.asked[0] != "GET /api/message/sms/status_by_id/"+eskizRef+" " {
				t.Errorf("%v %s %v", err, d, cab.asked)
			}
		})
	}
}

func TestEskizAskByList(t *testing.T) {
	t.Parallel()
	other := item("es0000000000002", "DELIVERED")
	q := sms.Query{ID: message.ID, To: message.To, SentAt: sentAt}
	for _, c := range []struct {
		name  string
		pages []string
		want  sms.State
		asked int
		code  string
	}{
		{"on the first page", []string{page(3, other, item(message.ID, "ACCEPTED"))}, sms.InFlight, 1, ""},
		{"on the second", []string{page(2, other), page(2, item(message.ID, "DELIVERED"))}, sms.Delivered, 2, ""},
		{"nowhere", []string{page(2, other), page(2, other)}, sms.Absent, 2, ""},
		{"nothing there", []string{page(1)}, sms.Absent, 1, ""},
		{"another message to the same number", []string{page(1, item("", "DELIVERED"))}, sms.Absent, 1, ""},
		{"twice: the better one", []string{page(1, item(message.ID, "REJECTED"), item(message.ID, "DELIVERED"))}, sms.Delivered, 1, ""},
		{"number of pages not told", []string{strings.Replace(page(9, other), `"last_page":9,`, "", 1)}, sms.Absent, 1, ""},
		{"too many pages", []string{page(9, other), page(9, other), page(9, other)}, "", 3, "list_too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cab := &cabinet{}
			cab.answer = func(r *http.Request, _ url.Values) (int, string) {
				var n int
				if _, err := fmt.Sscan(r.URL.Query().Get("page"), &n); err != nil || n < 1 || n > len(c.pages) {
					return 500, ""
				}
				return 200, c.pages[n-1]
			}
			got, err := eskizOf(t, cab, func(cfg *sms.EskizConfig) { cfg.ListPages = 3 }).Ask(t.Context(), q)
			if f := fault.Of(err); got.State != c.want || len(cab.asked) != c.asked || (f != nil) != (c.code != "") || f != nil && f.Code != c.code {
				t.Errorf("%+v %v after %d", got, err, len(cab.asked))
			}
			want := "POST /api/message/sms/get-user-messages?page=1 count=0&end_date=2026-11-20+10%3A10&page_size=200&start_date=2026-11-20+09%3A55&to_date=2026-11-20+10%3A10"
			if cab.asked[0] != want {
				t.Errorf("asked %s", cab.asked[0])
			}
		})
	}
	for name, q := range map[string]sms.Query{"nothing": {}, "no time": {ID: "x"}, "no id": {SentAt: sentAt}, "odd reference": {ID: "x", Ref: "../../user"}} {
		cab := &cabinet{}
		if _, err := eskizOf(t, cab).Ask(t.Context(), q); fault.KindOf(err) != fault.Defect || len(cab.asked) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEskizProbes(t *testing.T) {
	t.Parallel()
	c := &cabinet{answer: func(r *http.Request, _ url.Values) (int, string) {
		if r.URL.Path == "/api/user/get-limit" {
			return 200, `{"data":{"balance":-10.5},"status":"success"}`
		}
		return 200, `{"status":"success","data":{"email":"hub@example.uz"}}`
	}}
	e := eskizOf(t, c)
	var asked []string
	for _, p := range e.Probes() {
		asked = append(asked, p.Operation)
		if err := p.Ask(t.Context()); err != nil {
			t.Errorf("%s: %v", p.Operation, err)
		}
	}
	if d := cmp.Diff([]string{"login", "account", "limit"}, asked); d != "" || c.logins != 1 {
		t.Errorf("%s, %d logins", d, c.logins)
	}
	if sum, err := e.Balance(t.Context()); sum != -11 || err != nil {
		t.Errorf("balance %d %v", sum, err)
	}
	// The probe of the login fetches a token whatever there is.
	if err := e.Probes()[0].Ask(t.Context()); err != nil || c.logins != 2 {
		t.Errorf("%v, %d logins", err, c.logins)
	}
	if p := provider(t, calltest.With(400, `{"error_code":101}`), nil).Probes(); len(p) != 1 || p[0].Ask(t.Context()) != nil {
		t.Error("a refusal in the dialect is what the probe of Playmobile wants")
	}
	for status, body := range map[int]string{401: "", 400: `{"error-code":102}`} {
		if err := provider(t, calltest.With(status, body), nil).Probes()[0].Ask(t.Context()); fault.KindOf(err) != fault.Misconfigured {
			t.Errorf("%d %s: %v", status, body, err)
		}
	}
	if err := provider(t, calltest.With(503, ""), nil).Probes()[0].Ask(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("out of order: %v", err)
	}
}

func TestEskizValidate(t *testing.T) {
	t.Parallel()
	err := sms.EskizConfig{
		URL: "http://eskiz.example", CallbackURL: "s3cret", ListPages: -1, Limits: map[string]call.Limits{"sned": {}},
		Headers: []call.Header{{Name: "authorization", Value: "s3cret"}},
	}.Validate()
	for _, want := range []string{"eskiz.url: must be https", "eskiz.email", "eskiz.from", "eskiz.callback_url", "eskiz.list_pages", `"sned"`, "eskiz.headers[0]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v tells a secret", err)
	}
	// A proxy of one's own: its Authorization, the token elsewhere.
	c := &cabinet{}
	var got http.Header
	e := eskizOf(t, calltest.Transport(func(r *http.Request) (*http.Response, error) { got = r.Header; return c.RoundTrip(r) }), func(cfg *sms.EskizConfig) {
		cfg.AuthHeader, cfg.Headers = "Client-Auth", []call.Header{{Name: "Authorization", Value: "Basic cHJveHk="}}
	})
	if _, err := e.Send(t.Context(), message); err != nil || got.Get("Authorization") != "Basic cHJveHk=" || got.Get("Client-Auth") != "Bearer tok-1" {
		t.Errorf("%v", err)
	}
}

// Codes and callback secrets stay out of the exchange record.
func TestSecretMessagesArePrivate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secret   bool
		callback personal.Secret
		private  bool
	}{"plain": {false, "", false}, "a code": {true, "", true}, "a callback": {false, "https://hub.example/s3cret", true}} {
		var seen witness
		cfg := eskizConfig()
		cfg.CallbackURL = c.callback
		e, err := sms.NewEskiz(cfg, sms.Deps{Client: &http.Client{Transport: &cabinet{}}, Observer: &seen})
		if err != nil {
			t.Fatal(err)
		}
		m := message
		m.Secret = c.secret
		if _, err := e.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for _, x := range seen {
			if private := x.Asked == nil && x.Answered == nil; private != (c.private || x.Operation == sms.EskizLogin) {
				t.Errorf("%s: %s private %v", name, x.Operation, private)
			}
			if x.Operation == sms.EskizSend && x.Transaction != message.ID {
				t.Errorf("transaction %q", x.Transaction)
			}
		}
	}
}

type witness []call.Exchange

func (w *witness) Observe(_ context.Context, e call.Exchange) { *w = append(*w, e) }

// Any answer to any question: a known kind or a report about the message asked.
func FuzzEskizAnswers(f *testing.F) {
	f.Add(uint8(0), 200, []byte(acceptedE))
	f.Add(uint8(0), 422, []byte(`{"message":{"from":["x"]}}`))
	f.Add(uint8(1), 200, []byte(`{"data":`+item(message.ID, "DELIVRD")+`}`))
	f.Add(uint8(2), 200, []byte(page(1, item(message.ID, "NEW"))))
	f.Fuzz(func(t *testing.T, which uint8, status int, body []byte) {
		if status < 200 || status > 499 {
			return
		}
		e := eskizOf(t, &cabinet{answer: always(status, string(body))}, func(cfg *sms.EskizConfig) {
			cfg.ListPages = 2
			once := call.Limits{RetryShare: -1} // no pause before a second try
			cfg.Limits = map[string]call.Limits{sms.EskizStatus: once, sms.EskizList: once}
		})
		var r sms.Report
		var err error
		switch which % 3 {
		case 0:
			var ref string
			if ref, err = e.Send(t.Context(), message); err == nil && (ref == "" || status > 299) {
				t.Fatalf("status %d was taken for acceptance, ref %q", status, ref)
			}
		case 1:
			r, err = e.Ask(t.Context(), sms.Query{ID: message.ID, Ref: eskizRef})
		default:
			r, err = e.Ask(t.Context(), sms.Query{ID: message.ID, SentAt: sentAt})
		}
		if fl := fault.Of(err); fl != nil && (fl.Kind == fault.Defect || fl.System != "eskiz") {
			t.Fatal(err)
		}
		if err == nil && which%3 != 0 && (r.MessageID != message.ID || r.State == "") {
			t.Fatalf("%+v", r)
		}
	})
}
