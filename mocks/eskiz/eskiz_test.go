package eskiz_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/sms"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

// bench is a gateway, its clock and a token.
type bench struct {
	*eskiz.Server
	clock *mocktest.Clock
	token string
}

func start(t *testing.T, o eskiz.Options) *bench {
	t.Helper()
	b := &bench{clock: mocktest.NewClock(time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent))}
	o.Now = b.clock.Now
	var err error
	if b.Server, err = eskiz.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	_, in := b.form(t, eskiz.PathLogin, "email", eskiz.Email, "password", eskiz.Password)
	b.token, _ = in.at("data", "token").(string)
	return b
}

type object map[string]any

func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

func (b *bench) do(t *testing.T, method, path, contentType, body string) (int, object) {
	t.Helper()
	h := http.Header{"Authorization": {"Bearer " + b.token}}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	a, err := mocktest.Do(t.Context(), method, b.URL()+path, h, body)
	if err != nil {
		t.Fatal(err)
	}
	var out object
	_ = json.Unmarshal([]byte(a.Body), &out)
	return a.Status, out
}

func (b *bench) form(t *testing.T, path string, pairs ...string) (int, object) {
	t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return b.do(t, http.MethodPost, path, "application/x-www-form-urlencoded", v.Encode())
}

func (b *bench) send(t *testing.T, more ...string) (int, object) {
	t.Helper()
	pairs := append([]string{"mobile_phone", "998900000001", "message", "Sinov", "from", eskiz.From, "user_sms_id", "es-1"}, more...)
	return b.form(t, eskiz.PathSend, pairs...)
}

// Sent twice, arrived twice: the sender's id protects nobody.
func TestNoDeduplication(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{})
	refs := map[any]bool{}
	for range 2 {
		status, out := b.send(t)
		if status != 200 || out["status"] != "waiting" || out["message"] != "Waiting for SMS provider" || len(out) != 3 {
			t.Fatalf("%d %v", status, out)
		}
		refs[out["id"]] = true
	}
	box := b.Inbox()
	if len(box) != 2 || len(refs) != 2 || box[0].Times != 1 || box[0].ID != "es-1" || box[0].System != "eskiz" || box[0].Ref == box[1].Ref {
		t.Errorf("%d ids, inbox %+v", len(refs), box)
	}
	if _, out := b.do(t, http.MethodGet, eskiz.PathLimit, "", ""); out.at("data", "balance") != 1_000_000.0-2*50 {
		t.Errorf("balance %v", out)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{})
	if status, _ := b.form(t, eskiz.PathLogin, "email", eskiz.Email, "password", "no"); status != 401 {
		t.Errorf("a wrong password: %d", status)
	}
	if status, _ := b.do(t, http.MethodPost, eskiz.PathLogin, "application/json", `{"email":"`+eskiz.Email+`","password":"`+eskiz.Password+`"}`); status != 200 {
		t.Errorf("login in JSON: %d", status)
	}
	account := func() int {
		status, _ := b.do(t, http.MethodGet, eskiz.PathAccount, "", "")
		return status
	}
	if account() != 200 {
		t.Error("a fresh token")
	}
	_, out := b.do(t, http.MethodPatch, eskiz.PathRefresh, "", "")
	if token, _ := out.at("data", "token").(string); strings.Count(token, ".") != 2 || token == b.token {
		t.Errorf("refreshed %v", out)
	}
	b.clock.Add(30*24*time.Hour - time.Second)
	if account() != 200 {
		t.Error("a token in its thirtieth day")
	}
	b.clock.Add(time.Second)
	if account() != 401 {
		t.Error("a token after thirty days")
	}
	c := start(t, eskiz.Options{ErrorForm: eskiz.FormBody})
	if status, _ := c.do(t, http.MethodDelete, "/_mock/tokens", "", ""); status != 204 {
		t.Errorf("expiring: %d", status)
	}
	if status, out := c.send(t); status != 200 || out["status"] != "error" || out["status_code"] != 401.0 || len(c.Inbox()) != 0 {
		t.Errorf("inside a 200: %d %v", status, out)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		o      eskiz.Options
		more   []string
		status int
		field  string
	}{
		{"number with a plus", eskiz.Options{}, []string{"mobile_phone", "+998900000001"}, 422, "mobile_phone"},
		{"no text", eskiz.Options{}, []string{"message", ""}, 422, "message"},
		{"another sender", eskiz.Options{}, []string{"from", "Boshqa"}, 422, "from"},
		{"callback", eskiz.Options{}, []string{"callback_url", "hub"}, 422, "callback_url"},
		{"test account", eskiz.Options{TestAccount: true}, nil, 400, ""},
		{"test account, its text", eskiz.Options{TestAccount: true}, []string{"message", "Bu Eskiz dan test"}, 200, ""},
		{"no template", eskiz.Options{Templates: []string{"Kod: *", "Salom"}}, []string{"message", "Salom!"}, 400, ""},
		{"template", eskiz.Options{Templates: []string{"Kod: *"}}, []string{"message", "Kod: 1\n2"}, 200, ""},
		{"no money", eskiz.Options{Balance: 49}, nil, 402, ""},
		{"refused number", eskiz.Options{Numbers: inbox.Numbers{Refused: map[personal.Phone]string{"998900000001": ""}}}, nil, 400, ""},
		{"refused number, its code", eskiz.Options{Numbers: inbox.Numbers{Refused: map[personal.Phone]string{"998900000001": "403"}}}, nil, 403, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, c.o)
			status, out := b.send(t, c.more...)
			taken := 0
			if c.status == 200 {
				taken = 1
			}
			if status != c.status || c.field != "" && out.at("message", c.field) == nil || len(b.Inbox()) != taken {
				t.Errorf("%d %v, %d taken", status, out, len(b.Inbox()))
			}
		})
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{})
	status, out := b.do(t, http.MethodPost, eskiz.PathBatch, "application/json",
		`{"messages":[{"user_sms_id":"a","to":998900000001,"text":"Bir"},{"user_sms_id":"b","to":998900000002,"text":"Ikki"}],"from":"4546","dispatch_id":7}`)
	if d := cmp.Diff(any([]any{"waiting", "waiting"}), out["status"]); status != 200 || d != "" || len(b.Inbox()) != 2 {
		t.Errorf("%d %v %s", status, out, d)
	}
	if status, _ := b.do(t, http.MethodPost, eskiz.PathBatch, "application/json", `{"messages":[{"to":998900000001,"text":"Bir"},{"to":1,"text":"x"}],"from":"4546"}`); status != 422 || len(b.Inbox()) != 2 {
		t.Errorf("one bad message: %d", status)
	}
}

// Status and list show where a message stands by the clock, and lag behind.
func TestStatusAndList(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{
		ListLag: time.Minute, Reports: inbox.Reports{Words: []string{"ACCEPTED", "DELIVRD"}, Delay: 5 * time.Minute},
		Numbers: inbox.Numbers{Undelivered: map[personal.Phone]string{"998900000002": ""}},
	})
	_, out := b.send(t)
	ref, _ := out["id"].(string)
	_, _ = b.send(t, "mobile_phone", "998900000002", "user_sms_id", "es-2")
	stands := func() any {
		_, out := b.do(t, http.MethodGet, eskiz.PathStatus+ref, "", "")
		return out.at("data", "status")
	}
	if status, _ := b.do(t, http.MethodGet, eskiz.PathStatus+ref, "", ""); status != 404 {
		t.Errorf("known at once: %d", status)
	}
	for i, want := range []string{"NEW", "ACCEPTED", "DELIVERED"} {
		b.clock.Add([]time.Duration{time.Minute, 4 * time.Minute, 5 * time.Minute}[i])
		if got := stands(); got != want {
			t.Errorf("step %d: %v, want %s", i, got, want)
		}
	}
	if _, out := b.do(t, http.MethodGet, eskiz.PathStatus+"1000001", "", ""); out.at("data", "delivery_sm_at") != "2026-11-20T10:10:00.000000Z" {
		t.Errorf("by number: %v", out)
	}
	ask := func(more ...string) any {
		_, out := b.form(t, eskiz.PathList+"?status="+more[0], more[1:]...)
		list, _ := out.at("data", "result").([]any)
		var ids []string
		for _, m := range list {
			one, _ := m.(map[string]any)
			id, _ := one["user_sms_id"].(string)
			ids = append(ids, id)
		}
		return strings.Join(ids, " ")
	}
	for _, c := range []struct{ filter, from, key, until, want string }{
		{"", "2026-11-20 09:59", "to_date", "2026-11-20 10:01", "es-2 es-1"},
		{"", "2026-11-20 09:59", "end_date", "2026-11-20 10:01", "es-2 es-1"},
		{"delivered", "2026-11-20 09:59", "to_date", "2026-11-20 10:01", "es-1"},
		{"rejected", "2026-11-20 09:59", "to_date", "2026-11-20 10:01", "es-2"},
		{"", "2026-11-20 10:01", "to_date", "2026-11-20 10:05", ""},
	} {
		if got := ask(c.filter, "start_date", c.from, c.key, c.until, "page_size", "20"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if status, _ := b.form(t, eskiz.PathList, "start_date", "yesterday"); status != 422 {
		t.Errorf("no dates: %d", status)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{})
	for range 41 {
		_, _ = b.send(t)
	}
	for page, want := range map[string]int{"1": 20, "2": 20, "3": 1, "4": 0} {
		_, out := b.form(t, eskiz.PathList+"?page="+page, "start_date", "2026-11-20 09:00", "to_date", "2026-11-20 11:00", "page_size", "5")
		if list, _ := out.at("data", "result").([]any); len(list) != want || out.at("data", "last_page") != 3.0 || out.at("data", "total") != 41.0 {
			t.Errorf("page %s: %d, %v", page, len(list), out.at("data", "last_page"))
		}
	}
}

// hook is a receiver of callbacks.
func hook(t *testing.T) (string, <-chan map[string]string) {
	t.Helper()
	got := make(chan map[string]string, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var in map[string]string // numbers are texts
		if err := json.Unmarshal(b, &in); err != nil {
			in = map[string]string{"error": err.Error()}
		}
		got <- in
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/cb", got
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	url, got := hook(t)
	b := start(t, eskiz.Options{})
	if status, _ := b.do(t, http.MethodPut, "/_mock/reports", "application/json", `{"words":["STORED","DELIVRD"],"twice":true,"out_of_order":true,"delay_ms":5,"jitter_ms":1}`); status != 204 {
		t.Fatalf("ordering: %d", status)
	}
	if status, _ := b.do(t, http.MethodPut, "/_mock/numbers", "application/json", `{"undelivered":{"998900000002":"EXPIRED"}}`); status != 200 {
		t.Fatalf("ordering numbers: %d", status)
	}
	_, out := b.send(t, "callback_url", url, "mobile_phone", "998900000002", "message", strings.Repeat("a", 161))
	want := map[string]string{
		"request_id": out["id"].(string), "message_id": "1000001", "user_sms_id": "es-1", "country": "UZ", "phone_number": "998900000002",
		"sms_count": "2", "status": "EXPIRED", "status_date": "2026-11-20 10:00:00",
	}
	for i, word := range []string{"EXPIRED", "EXPIRED", "STORED", "STORED"} {
		want["status"] = word
		if d := cmp.Diff(want, <-got); d != "" {
			t.Errorf("report %d: %s", i, d)
		}
	}
	_, _ = b.send(t) // no callback, no report
	_, _ = b.send(t, "callback_url", url, "user_sms_id", "last")
	if in := <-got; in["user_sms_id"] != "last" {
		t.Errorf("one report too many: %v", in)
	}
}

// One inbox for both gateways: the page and the list show both, each server its own.
func TestSharedInbox(t *testing.T) {
	t.Parallel()
	box := inbox.New()
	b := start(t, eskiz.Options{Inbox: box})
	p, err := sms.Start(t.Context(), sms.Options{Inbox: box, Now: b.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	_, _ = b.send(t)
	h := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Basic bW9jay1sb2dpbjptb2NrLXNtcy1wYXNzd29yZA=="}}
	a, err := mocktest.Do(t.Context(), http.MethodPost, p.URL()+sms.PathSend, h, `{"messages":[{"recipient":"998900000002","message-id":"es-1","sms":{"originator":"3700","content":{"text":"Salom"}}}]}`)
	if err != nil || a.Status != 200 {
		t.Fatalf("%v %v", a, err)
	}
	if len(b.Inbox()) != 1 || len(p.Inbox()) != 1 || len(box.List("")) != 2 || p.Duplicates() != 0 {
		t.Errorf("%v %v", b.Inbox(), p.Inbox())
	}
	for _, address := range []string{b.URL(), p.URL()} {
		page, err := mocktest.Do(t.Context(), http.MethodGet, address+"/", nil, "")
		if err != nil || !strings.Contains(page.Body, "998900000001") || !strings.Contains(page.Body, "998900000002") {
			t.Errorf("page %v %s", err, page.Body)
		}
		list, err := mocktest.Do(t.Context(), http.MethodGet, address+"/_mock/inbox?system=eskiz", nil, "")
		if err != nil || !strings.Contains(list.Body, "998900000001") || strings.Contains(list.Body, "998900000002") {
			t.Errorf("list %v %s", err, list.Body)
		}
	}
	box.Clear("sms")
	if len(box.List("")) != 1 || !box.AddOnce(inbox.Message{System: "sms", ID: "es-1"}) {
		t.Error("clearing one gateway")
	}
}

func TestFaultWithCode(t *testing.T) {
	t.Parallel()
	b := start(t, eskiz.Options{})
	if err := b.Fault(chaos.Fault{Operation: eskiz.OpSend, Kind: chaos.Status, Status: 200, Code: "500"}); err != nil {
		t.Fatal(err)
	}
	if status, out := b.send(t); status != 200 || out["status_code"] != 500.0 || out["status"] != "error" || len(b.Inbox()) != 0 {
		t.Errorf("%d %v", status, out)
	}
	if _, err := eskiz.Start(t.Context(), eskiz.Options{ErrorForm: "odd"}); err == nil {
		t.Error("started with an unknown form")
	}
}
