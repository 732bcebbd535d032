package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
)

// sender is a provider that takes nothing here.
type sender struct{ notice.Provider }

func (sender) Name() string { return "one" }

// desk is an API over a store of its own, with notices and login codes.
type desk struct {
	http.Handler
	t     *testing.T
	store *store.Store
	deps  Deps
	log   *strings.Builder
	now   time.Time
	texts []string // of SMS, as they were made
	heard []notice.Heard
}

const callbackSecret = "a-long-secret-of-an-address"

func newDesk(t *testing.T) *desk {
	t.Helper()
	v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, log: &strings.Builder{}, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return d.now }
	logger := slog.New(slog.NewJSONHandler(d.log, nil))
	d.store, err = store.Open(t.Context(), store.Options{Dir: t.TempDir(), Vault: v, Now: now, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	notices := &notice.Notices{
		Catalogue: c, Store: d.store, Providers: []notice.Provider{sender{}}, Now: now, NewID: func() string { return uuid.NewString()[:20] }, Log: logger,
		Text: func(s string) (string, int) { d.texts = append(d.texts, s); return s, 1 },
	}
	d.deps = Deps{
		Store: d.store, Catalogue: c, Log: logger, Now: now, AdminHash: vault.HashSecret("s3cret"), Notices: notices,
		Login: &login.Login{Notices: notices, Now: now, Hash: func(s string) []byte { return v.Index("login-code", s) }},
		Callbacks: Callbacks{
			Observe:   func(_ string, h notice.Heard) { d.heard = append(d.heard, h) },
			Providers: map[string]Callback{"one": {Secret: callbackSecret, Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Read: readReports}},
		},
	}
	if d.Handler, err = New(d.deps); err != nil {
		t.Fatal(err)
	}
	return d
}

// readReports reads the made-up form of the made-up provider.
func readReports(body []byte) ([]notice.Report, error) {
	var list []struct{ ID, Status string }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var out []notice.Report
	for _, r := range list {
		if r.ID == "" || r.Status == "" {
			return out, errors.New("no id or no status")
		}
		if r.Status == "panic" {
			panic("reading " + callbackSecret)
		}
		state := dossier.Delivery(r.Status)
		if !state.Taken() {
			state = dossier.Unknown
		}
		out = append(out, notice.Report{ID: r.ID, State: state, Word: r.Status})
	}
	return out, nil
}

// do sends a request as the administrator.
func (d *desk) do(method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer admin.s3cret")
	r.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func (d *desk) write(f func(ctx context.Context, tx *store.Tx) error) {
	d.t.Helper()
	if err := d.store.Write(d.t.Context(), f); err != nil {
		d.t.Fatal(err)
	}
}

// notice makes a notice in a state, called at the provider "one".
func (d *desk) notice(message string, state dossier.NoticeState) dossier.Notice {
	d.t.Helper()
	n := dossier.Notice{
		ID: uuid.NewString(), Key: message, Notice: "app-submitted", Recipient: "applicant", Language: "ru", Phone: "998901112233", Text: "made up",
		Parts: 1, MessageID: message, State: dossier.NoticeQueued, At: d.now,
	}
	d.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.AddNotice(ctx, n); err != nil {
			return err
		}
		n.State, n.Provider, n.CalledAt = state, "one", d.now
		return tx.SaveNotice(ctx, n)
	})
	return n
}

func TestCallback(t *testing.T) {
	t.Parallel()
	good := "/v1/callbacks/sms/one/" + callbackSecret
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	for _, c := range []struct {
		name, path, body string
		change           func(*http.Request)
		status           int
		delivery         dossier.Delivery
		heard            []notice.Heard
	}{
		{"delivered", good, `[{"id":"m","status":"delivered"}]`, nil, 200, dossier.Delivered, []notice.Heard{notice.Moved}},
		{"at the address with status", good + "/status", `[{"id":"m","status":"delivered"}]`, nil, 200, dossier.Delivered, []notice.Heard{notice.Moved}},
		{"as a form, as some send it", good, `[{"id":"m","status":"undelivered"}]`, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 200, dossier.Undelivered, []notice.Heard{notice.Moved}},
		{"an unknown word", good, `[{"id":"m","status":"whatever"}]`, nil, 200, "", []notice.Heard{notice.UnknownWord}},
		{"an unknown message", good, `[{"id":"x","status":"delivered"}]`, nil, 200, "", []notice.Heard{notice.UnknownMessage}},
		{"several", good, `[{"id":"x","status":"delivered"},{"id":"m","status":"delivered"},{"id":"m","status":"in_flight"}]`, nil, 200, dossier.Delivered, []notice.Heard{notice.UnknownMessage, notice.Moved, notice.Kept}},
		{"very many", good, "[" + strings.Repeat(`{"id":"x","status":"delivered"},`, 450) + `{"id":"m","status":"delivered"}]`, nil, 200, dossier.Delivered, append(slicesRepeat(notice.UnknownMessage, 450), notice.Moved)},
		{"without a status", good, `[{"id":"m"}]`, nil, 400, "", nil},
		{"one good, one without a status", good, `[{"id":"m","status":"delivered"},{"id":"m"}]`, nil, 400, dossier.Delivered, []notice.Heard{notice.Moved}},
		{"nothing", good, ``, nil, 400, "", nil},
		{"too large", good, strings.Repeat(" ", callbackBody+1), nil, 413, "", nil},
		{"another secret", good + "x", `[{"id":"m","status":"delivered"}]`, nil, 404, "", nil},
		{"another provider", "/v1/callbacks/sms/two/" + callbackSecret, `[{"id":"m","status":"delivered"}]`, nil, 404, "", nil},
		{"from elsewhere", good, `[{"id":"m","status":"delivered"}]`, from("198.51.100.7:1"), 404, "", nil},
		{"from elsewhere, claiming not to be", good, `[{"id":"m","status":"delivered"}]`, func(r *http.Request) {
			r.RemoteAddr = "198.51.100.7:1"
			r.Header.Set("X-Forwarded-For", "192.0.2.1")
		}, 404, "", nil},
		{"from no address", good, `[{"id":"m","status":"delivered"}]`, from("@"), 404, "", nil},
		{"in the form of IPv6", good, `[{"id":"m","status":"delivered"}]`, from("[::ffff:192.0.2.9]:1"), 200, dossier.Delivered, []notice.Heard{notice.Moved}},
		{"a defect of ours", good, `[{"id":"m","status":"panic"}]`, nil, 500, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			n := d.notice("m", dossier.NoticeSent)
			w := d.do(http.MethodPost, c.path, c.body, func(r *http.Request) {
				r.Header.Del("Authorization")
				if c.change != nil {
					c.change(r)
				}
			})
			if w.Code != c.status {
				t.Fatalf("answered %d %s", w.Code, w.Body)
			}
			got, err := d.store.Notice(t.Context(), n.ID)
			if err != nil || got.Delivery != c.delivery {
				t.Errorf("delivery %q, %v", got.Delivery, err)
			}
			if diff := cmp.Diff(c.heard, d.heard); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(d.log.String(), callbackSecret) || strings.Contains(w.Body.String(), callbackSecret) {
				t.Errorf("the secret is told: %s %s", d.log, w.Body)
			}
			if c.status == 404 {
				if other := d.do(http.MethodPost, "/v1/no/such", ""); other.Body.String() != w.Body.String() {
					t.Errorf("the answer tells: %s", w.Body)
				}
			}
		})
	}
}

func slicesRepeat(h notice.Heard, n int) []notice.Heard {
	out := make([]notice.Heard, n)
	for i := range out {
		out[i] = h
	}
	return out
}

// Nobody gets in with a secret that is missing or too short to be one.
func TestCallbackSecret(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		secret personal.Secret
		told   string
		knows  bool
	}{
		{"the right one", callbackSecret, callbackSecret, true},
		{"a part of it", callbackSecret, callbackSecret[1:], false},
		{"none is configured", "", "", false},
		{"a short one is configured", "short", "short", false},
	} {
		if got := (Callback{Secret: c.secret}).knows(c.told); got != c.knows {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestCallerBehindProxies(t *testing.T) {
	t.Parallel()
	c := Callbacks{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, row := range []struct{ name, remote, forwarded, want string }{
		{"no proxy", "192.0.2.1:5", "", "192.0.2.1"},
		{"no proxy, a claim", "192.0.2.1:5", "198.51.100.1", "192.0.2.1"},
		{"a proxy", "10.0.0.1:5", "192.0.2.1", "192.0.2.1"},
		{"two proxies", "10.0.0.1:5", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
		{"a proxy, a claim before it", "10.0.0.1:5", "198.51.100.1, 192.0.2.1", "192.0.2.1"},
		{"a proxy that does not say", "10.0.0.1:5", "", "invalid IP"},
		{"a proxy, nonsense", "10.0.0.1:5", "unknown", "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.RemoteAddr = row.remote
		if row.forwarded != "" {
			r.Header.Set("X-Forwarded-For", row.forwarded)
		}
		if got := c.caller(r).String(); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestSettleNotice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	doubt, known := d.notice("m1", dossier.NoticeSending), d.notice("m2", dossier.NoticeSent)
	other := d.notice("m3", dossier.NoticeSending)
	for _, c := range []struct {
		name, id, body string
		status         int
		state          dossier.NoticeState
	}{
		{"no outcome", doubt.ID, `{}`, 422, dossier.NoticeSending},
		{"another word", doubt.ID, `{"outcome":"perhaps"}`, 422, dossier.NoticeSending},
		{"sent", doubt.ID, `{"outcome":"sent","reason":"the provider says so"}`, 204, dossier.NoticeSent},
		{"twice", doubt.ID, `{"outcome":"not_sent"}`, 409, dossier.NoticeSent},
		{"whose outcome is known", known.ID, `{"outcome":"not_sent"}`, 409, dossier.NoticeSent},
		{"not sent", other.ID, `{"outcome":"not_sent"}`, 204, dossier.NoticeQueued},
	} {
		w := d.do(http.MethodPost, "/v1/notices/"+c.id+"/settle", c.body)
		n, err := d.store.Notice(t.Context(), c.id)
		if w.Code != c.status || err != nil || n.State != c.state {
			t.Errorf("%s: %d %s, then %s, %v", c.name, w.Code, w.Body, n.State, err)
		}
	}
	if w := d.do(http.MethodPost, "/v1/notices/"+uuid.NewString()+"/settle", `{"outcome":"sent"}`); w.Code != 404 {
		t.Errorf("of nothing: %d", w.Code)
	}
	lines, err := d.store.AuditBy(t.Context(), "notice.settled")
	if err != nil || len(lines) != 2 || lines[0].Object != doubt.ID || lines[0].Actor != "key:admin" || lines[0].Detail["outcome"] != "sent" {
		t.Errorf("on record: %+v, %v", lines, err)
	}
	jobs, err := d.store.CountReady(t.Context(), "notice.one", false, d.now, 10)
	if err != nil || jobs != 1 {
		t.Errorf("%d jobs, %v", jobs, err)
	}
}

func TestGetNotice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	n := d.notice("m", dossier.NoticeSent)
	w := d.do(http.MethodGet, "/v1/notices/"+n.ID, "")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != 200 || got["text"] != "made up" || got["phone"] != "998*******33" || got["provider"] != "one" || got["state"] != "sent" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// A key of a commission sees what is its commission's.
	d.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddKey(ctx, store.Key{ID: "bound", Name: "x", Commission: "1726", Scopes: []string{"failures:read"}}, vault.HashSecret("s"), d.now)
	})
	if w := d.do(http.MethodGet, "/v1/notices/"+n.ID, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer bound.s") }); w.Code != 404 {
		t.Errorf("another commission's key: %d", w.Code)
	}
}
