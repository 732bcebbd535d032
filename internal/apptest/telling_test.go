package apptest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/webhook"
)

// listener is a commission application that takes deliveries as docs/api.md says.
type listener struct {
	mu     sync.Mutex
	secret personal.Secret
	now    func() time.Time
	down   bool
	got    map[string]string // type by event id
	wrong  []string
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	id, err := webhook.Verify(l.secret, r.Header, body, l.now())
	if err == nil {
		err = event.Check(body)
	}
	if err != nil {
		l.wrong = append(l.wrong, err.Error())
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.got[id] = r.Header.Get(webhook.HeaderID)
}

func (l *listener) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// A commission application is told of its own events, signed; what failed is
// replayed.
func TestWebhookOfACommission(t *testing.T) {
	t.Parallel()
	l := &listener{got: map[string]string{}}
	s := httptest.NewServer(l)
	defer s.Close()
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) {
		// A no is a failure at once. A short time limit would not do: waiting for one of
		// the few places at a receiver, which a burst of events brings, counts in it.
		c.Stages[webhook.StageDeliver] = config.Over{Retry: config.Policy{Attempts: 1}}
		c.Webhooks.AllowHTTPHosts, c.Webhooks.AllowPrivate = []string{"127.0.0.1"}, []string{"127.0.0.1"}
	}))
	if _, err := h.Admin.AddWebhook(t.Context(), "http://192.0.2.1/", nil, ""); apptest.ProblemOf(t, err).Code != "form" {
		t.Errorf("an address without https: %v", err)
	}
	mine, err := h.Admin.AddWebhook(t.Context(), s.URL, nil, h.TEC.ID)
	if err != nil {
		t.Fatal(err)
	}
	l.set(func() { l.secret, l.now = personal.Secret(mine.Secret), h.Clock.Now })
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	all := told(t, h.Admin, taken.ID, "application.assessed", 1)
	arrived := func(what string) {
		t.Helper()
		apptest.Poll(t, what, func(context.Context) (bool, any, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			missing := slices.DeleteFunc(slices.Clone(all), func(e client.Event) bool { _, ok := l.got[e.ID]; return ok })
			return len(missing) == 0, types(missing), nil
		})
	}
	arrived("every event")
	l.set(func() {
		if len(l.wrong) > 0 {
			t.Errorf("deliveries that are not right: %v", l.wrong)
		}
	})
	if list, err := h.Admin.Deliveries(t.Context(), mine.ID, "failed"); err != nil || len(list) > 0 {
		t.Errorf("failed at a receiver that is well: %+v, %v", list, err)
	}

	l.set(func() { l.down = true })
	second := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	h.Await(t, h.TEC, second.ID, "the dossier", apptest.Ready)
	apptest.Poll(t, "a delivery that failed", func(ctx context.Context) (bool, any, error) {
		list, err := h.Admin.Deliveries(ctx, mine.ID, "failed")
		return len(list) > 0 && list[0].Status == http.StatusServiceUnavailable, list, err
	})
	l.set(func() { l.down = false })
	all = told(t, h.Admin, second.ID, "application.assessed", 1)
	apptest.Poll(t, "the replayed deliveries", func(ctx context.Context) (bool, any, error) {
		if _, err := h.Admin.Replay(ctx, client.FailureFilter{Stage: webhook.StageDeliver}, "the receiver is back"); err != nil {
			return false, nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return !slices.ContainsFunc(all, func(e client.Event) bool { return l.got[e.ID] == "" }), len(l.got), nil
	})
	if err := h.Admin.RemoveWebhook(t.Context(), mine.ID); err != nil {
		t.Error(err)
	}
	if _, err := h.Admin.Webhook(t.Context(), mine.ID); apptest.ProblemOf(t, err).Code != "not_found" {
		t.Errorf("a removed one: %v", err)
	}
}

// A notice goes to everybody who holds a role, once, and is seen to arrive.
func TestMailingToObservers(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t), h.Plain(t)))
	d := h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))
	if !slices.ContainsFunc(d.Timeline, func(e client.Entry) bool {
		return e.Act == "notice_sent" && e.Detail == "app-submitted to applicant"
	}) {
		t.Errorf("the timeline does not tell of the notice: %+v", d.Timeline)
	}
	m := client.NewMailing{
		Notice: "repeat-voting", Election: "kengash", Roles: []string{"observer"}, Params: map[string]string{"date": "01.02.2027"}, DryRun: true,
	}
	before := len(h.Mocks.SMS.Inbox())
	if got, err := h.Admin.Mail(t.Context(), m, ""); err != nil || got.Total != 2 || got.ID != "" {
		t.Fatalf("counted %+v, %v", got, err)
	}
	m.DryRun = false
	first, err := h.Admin.Mail(t.Context(), m, "the-only-one")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Admin.Mail(t.Context(), m, "the-only-one"); err != nil || again.ID != first.ID {
		t.Errorf("sent again: %+v, %v", again, err)
	}
	apptest.Poll(t, "the mailing", func(ctx context.Context) (bool, any, error) {
		got, err := h.Admin.Mailing(ctx, first.ID)
		return got.State == "done" && got.Sent == 2, got, err
	})
	if n := len(h.Mocks.SMS.Inbox()) - before; n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	m.Params = nil
	if _, err := h.Admin.Mail(t.Context(), m, "without-its-date"); apptest.ProblemOf(t, err).Code != "form" {
		t.Errorf("without a parameter: %v", err)
	}
	if list, err := h.Admin.Mailings(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("listed %d, %v", len(list), err)
	}
}
