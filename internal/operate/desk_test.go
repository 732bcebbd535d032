package operate_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// system is an outside system without sockets that answers as it is told.
type system struct {
	err error
	n   int
}

func (s *system) caller(id string) *call.Caller {
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})}
	return call.New(call.Operation{System: "portal", ID: id}, client, nil, nil)
}

func (s *system) ask(c *call.Caller) func(context.Context) error {
	return func(ctx context.Context) error {
		return c.Do(ctx, call.Request{Method: http.MethodGet, URL: "http://portal.example/", Decode: func(call.Response) error {
			s.n++
			return s.err
		}})
	}
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	v, err := vault.Open(filepath.Join(dir, "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Vault: v, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func desk(s *store.Store, sys *system) (*operate.Desk, *int) {
	woken := 0
	a, b := sys.caller("a"), sys.caller("b")
	return &operate.Desk{
		Operations: []operate.Operation{{System: "portal", ID: "a", Caller: a}, {System: "portal", ID: "b", Caller: b}},
		Probes: func() []operate.Probe {
			return []operate.Probe{{System: "portal", Operation: "a", Ask: sys.ask(a), Audit: &dossier.AuditLine{At: time.Now(), Actor: "hub", Action: "register.asked", Object: "probe"}}}
		},
		Store: s, Wake: func() { woken++ }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}, &woken
}

func states(t *testing.T, d *operate.Desk) string {
	t.Helper()
	list, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range list {
		out = append(out, s.Operation+" "+string(s.State))
	}
	return strings.Join(out, ", ")
}

// A pause outlives the hub; a resume ends it for good.
func TestPauseOutlivesTheHub(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	d, _ := desk(s, &system{})
	if n, err := d.Pause(t.Context(), "key:a", operate.Target{System: "portal", Operation: "b"}, "their wish"); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	sys := &system{}
	d, woken := desk(s, sys)
	if got := states(t, d); got != "a working, b working" {
		t.Errorf("before: %s", got)
	}
	if err := d.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := states(t, d); got != "a working, b paused" {
		t.Errorf("restored: %s", got)
	}
	if f := fault.Of(sys.ask(d.Operations[1].Caller)(t.Context())); f == nil || f.Code != fault.CodePaused || sys.n != 0 {
		t.Errorf("%v after %d questions", f, sys.n)
	}
	if n, err := d.Resume(t.Context(), "key:a", operate.Target{System: "portal"}, "over"); err != nil || n != 2 || *woken != 1 {
		t.Errorf("%d %v, woken %d times", n, err, *woken)
	}
	if list, err := s.Holds(t.Context()); err != nil || len(list) != 0 || states(t, d) != "a working, b working" {
		t.Errorf("%v %v %s", list, err, states(t, d))
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	sys := &system{err: &fault.Fault{Kind: fault.Misconfigured, Code: "900908", Hint: "subscribe"}}
	d, _ := desk(s, sys)
	ask := sys.ask(d.Operations[0].Caller)
	_ = ask(t.Context())
	list, err := d.Status(t.Context())
	if err != nil || list[0].State != operate.Stopped || list[0].Code != "900908" || list[0].Hint != "subscribe" || list[0].Until.IsZero() || !list[0].Probe || list[1].Probe {
		t.Fatalf("%+v %v", list, err)
	}
	probed, err := d.Probe(t.Context(), operate.Target{})
	if err != nil || len(probed) != 1 || probed[0].Fault == nil || probed[0].Fault.Code != "900908" {
		t.Fatalf("%+v %v", probed, err)
	}
	sys.err = nil
	if probed, err = d.Probe(t.Context(), operate.Target{System: "portal"}); err != nil || probed[0].Fault != nil || states(t, d) != "a working, b working" {
		t.Errorf("%+v %v %s", probed, err, states(t, d))
	}
	for _, target := range []operate.Target{{System: "portal", Operation: "b"}, {System: "elsewhere"}} {
		if _, err := d.Probe(t.Context(), target); err == nil {
			t.Errorf("%+v was probed", target)
		}
	}
	for _, change := range []func(context.Context, string, operate.Target, string) (int, error){d.Pause, d.Resume} {
		_, err := change(t.Context(), "key:a", operate.Target{System: "portal", Operation: "none"}, "x")
		if r, ok := errors.AsType[*dossier.Refusal](err); !ok || r.Code != dossier.NotFound {
			t.Errorf("got %v", err)
		}
	}
}
