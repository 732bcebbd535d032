package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/queue"
)

const candidatePhone personal.Phone = "998901112233"

// candidate registers a made-up candidate with an issued certificate.
func (d *desk) candidate() dossier.Application {
	d.t.Helper()
	a := dossier.Application{
		ID: uuid.NewString(), Type: "candidate-register-district", Election: "e", Commission: "1726", Applicant: "party", Language: "uz-Latn",
		State: dossier.Executed, Document: []byte("{}"), SubmittedAt: d.now,
	}
	sub := dossier.Subject{
		ID: uuid.NewString(), Application: a.ID, Ref: "1", Role: "candidate", PINFL: "30101809910011", Phone: candidatePhone, BirthDate: civil.Date{Year: 1980, Month: 1, Day: 1},
	}
	a.Subjects = []dossier.Subject{sub}
	d.write(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(
			tx.AddApplication(ctx, &a),
			tx.AddDecision(ctx, dossier.Decision{ID: "d", Application: a.ID, Commission: "1726", Number: "1", State: dossier.DecisionSigned}),
			tx.AddDocument(ctx, dossier.Document{ID: "p", Key: "p", Kind: "certificate", State: dossier.Issued, Application: a.ID, Subject: sub.ID, Decision: "d", Number: 1}),
		)
	})
	return a
}

// answer is what came back, its times and ids aside.
func answer(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v
}

// ask asks for a code, runs the stage that makes it and returns its id.
func (d *desk) ask(phone string) string {
	d.t.Helper()
	w := d.do(http.MethodPost, "/v1/login-codes", `{"phone":"`+phone+`","language":"uz-Latn","purpose":"sign"}`)
	if w.Code != http.StatusAccepted {
		d.t.Fatalf("%d %s", w.Code, w.Body)
	}
	id, _ := answer(d.t, w)["id"].(string)
	e, err := d.deps.Login.Send(d.t.Context(), queue.Job{Ref: id}, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(func(ctx context.Context, tx *store.Tx) error { return e(ctx, tx) })
	return id
}

// digits finds the code in the newest SMS.
func (d *desk) digits() string {
	d.t.Helper()
	if len(d.texts) == 0 {
		d.t.Fatal("no SMS was made")
	}
	text := d.texts[len(d.texts)-1]
	i := strings.IndexAny(text, "0123456789")
	return text[i : i+6]
}

// wrong is a guess that is not it.
func wrong(digits string) string {
	if digits == "999999" {
		return "888888"
	}
	return "999999"
}

func (d *desk) guess(id, code string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.do(http.MethodPost, "/v1/login-codes/"+id+"/verify", `{"code":"`+code+`"}`)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.candidate()
	id := d.ask("+998 90 111-22-33")
	code := d.digits()
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	w := d.guess(id, wrong)
	if got := answer(t, w); w.Code != 422 || got["code"] != "wrong_code" || got["attempts_left"] != 4.0 {
		t.Errorf("a wrong guess: %d %s", w.Code, w.Body)
	}
	w = d.guess(id, code)
	want := map[string]any{
		"verified": true, "purpose": "sign", "application": a.ID, "subject": "1",
		"registrations": []any{map[string]any{"application": a.ID, "subject": "1", "role": "candidate", "election": "e", "commission": "1726"}},
	}
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff(want, answer(t, w)); diff != "" {
		t.Error(diff)
	}
	if w = d.guess(id, code); w.Code != 410 || answer(t, w)["code"] != "code_gone" {
		t.Errorf("the second time: %d %s", w.Code, w.Body)
	}
	if strings.Contains(d.log.String(), code) || strings.Contains(d.log.String(), "1112233") {
		t.Errorf("logged %s", d.log)
	}
	lines, err := d.store.AuditOf(t.Context(), "30101809910011")
	if err != nil || len(lines) != 1 || lines[0].Action != "login.verified" || lines[0].Actor != "key:admin" {
		t.Errorf("on record: %+v, %v", lines, err)
	}
	if _, err := d.store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// A phone that is nobody's gets the same answers all the way, and no SMS.
func TestNoEnumeration(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.candidate()
	shape := func(phone string) (out []string) {
		note := func(w *httptest.ResponseRecorder) {
			v := answer(t, w)
			keys := slices.Sorted(maps.Keys(v))
			delete(v, "id")
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, http.StatusText(w.Code), strings.Join(keys, " "), string(raw), w.Header().Get("Retry-After"))
		}
		body := `{"phone":"` + phone + `","language":"ru","purpose":"login"}`
		id := d.ask(phone)
		note(d.do(http.MethodPost, "/v1/login-codes", body)) // too soon
		for range login.Guesses + 1 {
			note(d.guess(id, "abcdef")) // refused by the form
			note(d.guess(id, wrong(d.digits())))
		}
		return out
	}
	known := shape(string(candidatePhone))
	sent := len(d.texts)
	if diff := cmp.Diff(known, shape("998901112244")); diff != "" {
		t.Errorf("the answers tell: %s", diff)
	}
	if sent != 1 || len(d.texts) != sent {
		t.Errorf("%d, then %d SMS", sent, len(d.texts))
	}
}

func TestLoginPace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := `{"phone":"998901112233","language":"en","purpose":"login"}`
	for i := range login.PerHour {
		if w := d.do(http.MethodPost, "/v1/login-codes", body); w.Code != 202 {
			t.Fatalf("number %d: %d %s", i, w.Code, w.Body)
		}
		w := d.do(http.MethodPost, "/v1/login-codes", body)
		if w.Code != 429 || answer(t, w)["code"] != "too_soon" || i < login.PerHour-1 && w.Header().Get("Retry-After") != "61" {
			t.Errorf("at once: %d %s, Retry-After %s", w.Code, w.Body, w.Header().Get("Retry-After"))
		}
		d.now = d.now.Add(login.Resend)
	}
	w := d.do(http.MethodPost, "/v1/login-codes", body)
	if w.Code != 429 || w.Header().Get("Retry-After") != "3301" { // 55 minutes and a second
		t.Errorf("the sixth: %d, Retry-After %s", w.Code, w.Header().Get("Retry-After"))
	}
	d.now = d.now.Add(55 * time.Minute)
	if w := d.do(http.MethodPost, "/v1/login-codes", body); w.Code != 202 {
		t.Errorf("an hour after the first: %d %s", w.Code, w.Body)
	}
}

func TestLoginDoor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(
			tx.AddKey(ctx, store.Key{ID: "none", Name: "x", Scopes: []string{"autofill"}}, vault.HashSecret("s"), d.now),
			tx.AddKey(ctx, store.Key{ID: "other", Name: "x", Scopes: []string{"login:write"}}, vault.HashSecret("s"), d.now))
	})
	as := func(key string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
	}
	good := `{"phone":"998901112233","language":"en","purpose":"login"}`
	for _, c := range []struct {
		name, key, body string
		status          int
	}{
		{"without the scope", "none.s", good, 403},
		{"with it", "other.s", good, 202},
		{"no phone", "admin.s3cret", `{"phone":"123456789","language":"en","purpose":"login"}`, 422},
		{"another purpose", "admin.s3cret", `{"phone":"998901112234","language":"en","purpose":"vote"}`, 422},
		{"a language without a text", "admin.s3cret", `{"phone":"998901112234","language":"uz-Cyrl","purpose":"login"}`, 422},
	} {
		if w := d.do(http.MethodPost, "/v1/login-codes", c.body, as(c.key)); w.Code != c.status || strings.Contains(w.Body.String(), "99890111") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	d.now = d.now.Add(login.Resend)
	id := d.ask(string(candidatePhone))
	if w := d.do(http.MethodPost, "/v1/login-codes/"+id+"/verify", `{"code":"123456"}`, as("other.s")); w.Code != 404 {
		t.Errorf("another caller's code: %d %s", w.Code, w.Body)
	}
}
