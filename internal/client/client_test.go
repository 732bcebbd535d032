package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub answers every request in one way and returns a client for it.
func hub(t *testing.T, answer http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	c := client.New(s.URL+"/", "id.secret")
	c.HTTP = s.Client()
	return c
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   client.Problem
		text   string
	}{
		{
			"a problem document",
			says(422, "application/problem+json", `{"title":"Does not fit","status":422,"code":"form","detail":"see below","hint":"look at the form","errors":[{"field":"/a","want":"want b"}]}`),
			client.Problem{Title: "Does not fit", Status: 422, Code: "form", Detail: "see below", Hint: "look at the form", Errors: []schema.Problem{{Field: "/a", Want: "want b"}}},
			"Does not fit (form): see below\n  /a: want b\n  look at the form",
		},
		{"a page of somebody between", says(502, "text/html", "<html>"), client.Problem{Title: "502 Bad Gateway", Status: 502}, "502 Bad Gateway"},
		{"JSON of somebody between", says(503, "application/json", `{"status":"down"}`), client.Problem{Title: "503 Service Unavailable", Status: 503}, "503 Service Unavailable"},
		{"nothing", says(500, "", ""), client.Problem{Title: "500 Internal Server Error", Status: 500}, "500 Internal Server Error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := hub(t, c.answer).Dossier(t.Context(), "x")
			p, ok := errors.AsType[*client.Problem](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(c.want, *p); diff != "" {
				t.Error(diff)
			}
			if p.Error() != c.text {
				t.Errorf("worded %q, want %q", p.Error(), c.text)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c := client.New(s.URL, "id.secret")
	_, err := c.Dossier(t.Context(), "30101809910013")
	if err == nil || strings.Contains(err.Error(), "30101809910013") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Dossier(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAnswerThatIsNone(t *testing.T) {
	t.Parallel()
	if _, err := hub(t, says(200, "application/json", `{"state":`)).Dossier(t.Context(), "x"); err == nil {
		t.Error("half an answer was taken")
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	type sent struct{ Method, Path, Key, Authorization, Type, Body string }
	var got sent
	c := hub(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = sent{r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}
		_, _ = io.WriteString(w, `{}`)
	})
	const key, kind = "Bearer id.secret", "application/json"
	for _, one := range []struct {
		name string
		do   func() error
		want sent
	}{
		{"apply", func() error {
			_, err := c.Apply(t.Context(), "k", []byte("doc"), []byte("sig"), client.File{Name: "a", Content: []byte("b")})
			return err
		}, sent{"POST", "/v1/applications", "k", key, kind, `{"attachments":[{"content":"Yg==","name":"a"}],"document":"ZG9j","signature":"c2ln"}`}},
		{
			"decide", func() error { _, err := c.Decide(t.Context(), "id", "", []byte("doc"), []byte("sig")); return err },
			sent{"POST", "/v1/applications/id/decision", "", key, kind, `{"document":"ZG9j","signature":"c2ln"}`},
		},
		{
			"an id that would be another address", func() error { _, err := c.Dossier(t.Context(), "../keys?x"); return err },
			sent{"GET", "/v1/applications/..%2Fkeys%3Fx", "", key, "", ""},
		},
		{
			"confirm", func() error { return c.Confirm(t.Context(), "id", "1", "residence", "a.pdf", "o") },
			sent{"POST", "/v1/applications/id/confirmations", "", key, kind, `{"attachment":"a.pdf","official":"o","proves":"residence","subject":"1"}`},
		},
		{
			"auto-fill", func() error { _, err := c.Autofill(t.Context(), json.RawMessage(`{"a":1}`)); return err },
			sent{"POST", "/v1/autofill", "", key, kind, `{"a":1}`},
		},
		{"replay", func() error {
			_, err := c.Replay(t.Context(), client.FailureFilter{ID: 7, System: "portal"}, "why")
			return err
		}, sent{"POST", "/v1/failures/replay", "", key, kind, `{"id":7,"reason":"why","system":"portal"}`}},
	} {
		t.Run(one.name, func(t *testing.T) { //nolint:paralleltest // they share what was sent
			if err := one.do(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailuresReadsEveryPage(t *testing.T) {
	t.Parallel()
	var asked []string
	c := hub(t, func(w http.ResponseWriter, r *http.Request) {
		cursor := r.URL.Query().Get("cursor")
		asked = append(asked, cursor+" "+r.URL.Query().Get("kind"))
		_, _ = io.WriteString(w, map[string]string{
			"0": `{"failures":[{"id":1},{"id":2}],"next":2}`, "2": `{"failures":[{"id":9}]}`,
		}[cursor])
	})
	list, err := c.Failures(t.Context(), client.FailureFilter{Kind: "defect"})
	if err != nil || len(list) != 3 || list[2].ID != 9 {
		t.Errorf("got %+v, %v", list, err)
	}
	if diff := cmp.Diff([]string{"0 defect", "2 defect"}, asked); diff != "" {
		t.Error(diff)
	}
}
