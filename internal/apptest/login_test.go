package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/mocks/population"
)

// loginCodes are the codes that the gateway delivered to a person, oldest first.
func loginCodes(h *apptest.Hub, p *population.Person) (codes, texts []string) {
	for _, m := range h.Mocks.SMS.Inbox() {
		if m.Recipient != p.Phone || !strings.Contains(m.Text, "kirish kodi") {
			continue
		}
		codes, texts = append(codes, regexp.MustCompile(`[0-9]{6}`).FindString(m.Text)), append(texts, m.Priority)
	}
	return codes, texts
}

// askCode asks for a code for a phone and returns its id.
func askCode(t *testing.T, h *apptest.Hub, p *population.Person) string {
	t.Helper()
	body, err := json.Marshal(apptest.M{"phone": string(p.Phone), "language": "uz-Latn", "purpose": "login"})
	if err != nil {
		t.Fatal(err)
	}
	r := h.Do(t, http.MethodPost, "/v1/login-codes", body, "Authorization", "Bearer "+h.Admin.Key, "Content-Type", "application/json")
	var out struct{ ID string }
	if err := json.Unmarshal(r.Body, &out); err != nil || r.Status != http.StatusAccepted {
		t.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	return out.ID
}

func verifyCode(t *testing.T, h *apptest.Hub, id, code string) apptest.Response {
	t.Helper()
	return h.Do(t, http.MethodPost, "/v1/login-codes/"+id+"/verify", []byte(`{"code":"`+code+`"}`), "Authorization", "Bearer "+h.Admin.Key, "Content-Type", "application/json")
}

// A candidate whose certificate is issued logs in by SMS; one who only applied,
// and anybody else, gets the same answer and no SMS. The code is nowhere
// afterwards.
func TestLoginBySMS(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	candidate, applicant := h.Plain(t), h.Plain(t)
	el := h.Election(t)
	taken := h.Submit(t, h.DEC, h.Candidate(el, candidate), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	h.Execute(t, h.DEC, h.Confirm(t, h.DEC, taken.ID))
	other := h.Submit(t, h.DEC, h.Candidate(el, applicant), apptest.Residence)
	h.Await(t, h.DEC, other.ID, "the other dossier", apptest.Ready)

	in := askCode(t, h, applicant)
	id := askCode(t, h, candidate)
	apptest.Poll(t, "the code", func(context.Context) (bool, any, error) {
		codes, _ := loginCodes(h, candidate)
		return len(codes) == 1, codes, nil
	})
	codes, priorities := loginCodes(h, candidate)
	if priorities[0] != "realtime" {
		t.Errorf("sent with priority %s", priorities[0])
	}
	if r := verifyCode(t, h, in, codes[0]); r.Status != http.StatusUnprocessableEntity || r.Problem(t).Code != "wrong_code" {
		t.Errorf("one who is not registered: %d %s", r.Status, r.Body)
	}
	r := verifyCode(t, h, id, codes[0])
	var out struct {
		Verified             bool
		Application, Subject string
	}
	if err := json.Unmarshal(r.Body, &out); err != nil || r.Status != http.StatusOK || !out.Verified || out.Application != taken.ID || out.Subject != "1" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := verifyCode(t, h, id, codes[0]); r.Status != http.StatusGone {
		t.Errorf("the second time: %d %s", r.Status, r.Body)
	}
	if codes, _ := loginCodes(h, applicant); len(codes) != 0 {
		t.Error("one who is not registered got a code")
	}
	// The dossier does not show who logs in, and nothing kept the code.
	d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Told)
	if n := notice(d, "auth-code"); n.ID != "" {
		t.Errorf("the dossier shows %+v", n)
	}
	if log := h.Log.String(); strings.Contains(log, codes[0]) {
		t.Error("the log holds the code")
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	for name, content := range h.Files(t) {
		if bytes.Contains(content, []byte("kodi "+codes[0])) {
			t.Errorf("%s holds the code", name)
		}
	}
}

// A second code ends the first.
func TestSecondLoginCode(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	candidate := h.Plain(t)
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), candidate), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	h.Execute(t, h.DEC, h.Confirm(t, h.DEC, taken.ID))
	first := askCode(t, h, candidate)
	wait := func(n int) (codes []string) {
		apptest.Poll(t, "the code", func(context.Context) (bool, any, error) {
			codes, _ = loginCodes(h, candidate)
			return len(codes) == n, len(codes), nil
		})
		return codes
	}
	one := wait(1)[0]
	h.Clock.Advance(time.Minute)
	second := askCode(t, h, candidate)
	two := wait(2)[1]
	if r := verifyCode(t, h, first, one); r.Status != http.StatusGone {
		t.Errorf("the first: %d %s", r.Status, r.Body)
	}
	if r := verifyCode(t, h, second, two); r.Status != http.StatusOK {
		t.Errorf("the second: %d %s", r.Status, r.Body)
	}
}
