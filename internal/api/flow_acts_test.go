package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

const returning = `{"official":"secretary","reason":"R09"}`

func TestReturnedAndHandedInAnew(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.observers()
	id := o.submit(first)
	refused(t, "before its signature is verified", o.act(id, "return", returning), 409, "wrong_state")
	o.work(o.deps.Intake.Verify, id)

	refused(t, "the same again", o.do(http.MethodPost, "/v1/applications", o.body(first)), 409, "same_content")
	for _, c := range []struct {
		name, body, code string
		status           int
	}{
		{"somebody else's official", `{"official":"dec-secretary","reason":"R09"}`, "not_entitled", 403},
		{"an official who was", `{"official":"former","reason":"R09"}`, "not_entitled", 403},
		{"a reason that is none", `{"official":"secretary","reason":"R99"}`, "form", 422},
		{"blanks", `{"official":"secretary","reason":"  "}`, "form", 422},
		{"by yesterday", `{"official":"secretary","reason":"R09","due":"2026-11-21"}`, "form", 422},
		{"by next year", `{"official":"secretary","reason":"R09","due":"2027-11-21"}`, "form", 422},
	} {
		refused(t, c.name, o.act(id, "return", c.body), c.status, c.code)
	}
	get := o.do(http.MethodGet, "/v1/applications/"+id, "")
	if tag := get.Header().Get("ETag"); get.Code != 200 || tag != `"2"` {
		t.Fatalf("the dossier: %d, ETag %s", get.Code, tag)
	}
	with := func(tag string) func(*http.Request) { return func(r *http.Request) { r.Header.Set("If-Match", tag) } }
	refused(t, "another version", o.act(id, "return", returning, with(`"1"`)), 409, "stale_version")
	w := o.act(id, "return", returning, with(`"2"`))
	if w.Code != 200 || w.Header().Get("ETag") != `"3"` || !strings.Contains(w.Body.String(), `"state":"returned"`) {
		t.Fatalf("returned: %d %s %s", w.Code, w.Header().Get("ETag"), w.Body)
	}
	a := o.application(id)
	if want := (civil.Date{Year: 2026, Month: 11, Day: 25}).Start(); a.Reason != "R09" || !a.ReturnDue.Equal(want) {
		t.Errorf("returned for %q until %s", a.Reason, a.ReturnDue)
	}

	refused(t, "of another applicant", o.do(http.MethodPost, "/v1/applications", o.body(o.observers(func(m map[string]any) {
		m["previous"], m["election"] = id, "ref"
	}))), 422, "unknown_record")
	correcting := func(m map[string]any) { m["previous"] = id }
	second := o.submit(o.observers(correcting))
	b := o.application(second)
	if b.Number != a.Number+"/2" || b.Previous != id || o.application(id).State != dossier.Superseded {
		t.Errorf("%s corrects %s, which is %s", b.Number, b.Previous, o.application(id).State)
	}
	refused(t, "twice", o.do(http.MethodPost, "/v1/applications", o.body(o.observers(correcting))), 409, "wrong_state")
	o.work(o.deps.Intake.Verify, second)
	if w := o.act(second, "return", `{"official":"chair","reason":"imzo yoʻq","due":"2026-11-22"}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	third := o.submit(o.observers(func(m map[string]any) { m["previous"] = second }))
	if n := o.application(third).Number; n != a.Number+"/3" {
		t.Errorf("the third is %s", n)
	}
	if diff := cmp.Diff([]string{"submitted", "signature_verified", "returned", "superseded"}, o.acts(id)); diff != "" {
		t.Error(diff)
	}
}

func TestLapse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.checked(o.observers())
	if w := o.act(id, "return", returning); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	o.work(o.deps.Intake.Lapse, id)
	if s := o.application(id).State; s != dossier.Returned {
		t.Errorf("%s before the day is over", s)
	}
	o.now = o.application(id).ReturnDue
	refused(t, "too late", o.do(http.MethodPost, "/v1/applications", o.body(o.observers(func(m map[string]any) { m["previous"] = id }))), 422, "late")
	o.work(o.deps.Intake.Lapse, id)
	o.work(o.deps.Intake.Lapse, id)
	if s := o.application(id).State; s != dossier.Lapsed {
		t.Errorf("%s after it", s)
	}
	if diff := cmp.Diff([]string{"submitted", "signature_verified", "returned", "lapsed"}, o.acts(id)); diff != "" {
		t.Error(diff)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	withdrawal := func(id string) string {
		return o.body(o.json(map[string]string{"withdraw": id, "reason": "endi kerak emas"}))
	}
	id := o.checked(o.observers())
	refused(t, "about another", o.act(id, "withdraw", withdrawal("x")), 422, "form")
	refused(t, "without a reason", o.act(id, "withdraw", o.body(o.json(map[string]string{"withdraw": id}))), 422, "form")
	refused(t, "with a field too many", o.act(id, "withdraw", o.body([]byte(`{"withdraw":"`+id+`","reason":"x","all":true}`))), 422, "form")
	refused(t, "by a code", o.act(id, "withdraw", string(o.json(map[string]any{
		"document": b64([]byte(`{"withdraw":"` + id + `","reason":"x"}`)), "code": map[string]string{"id": "x", "digits": "123456"},
	}))), 422, "signature_form")

	trusted := o.verdict
	o.verdict = signature.Verdict{Reason: signature.Revoked}
	o.work(o.deps.Intake.VerifyWithdrawal, o.id(o.act(id, "withdraw", withdrawal(id))))
	o.verdict = trusted
	if s := o.application(id).State; s != dossier.Checking {
		t.Errorf("%s after a bad signature", s)
	}
	o.work(o.deps.Intake.VerifyWithdrawal, o.id(o.act(id, "withdraw", withdrawal(id))))
	if s := o.application(id).State; s != dossier.Withdrawn {
		t.Errorf("%s after a good one", s)
	}
	refused(t, "twice", o.act(id, "withdraw", withdrawal(id)), 409, "wrong_state")
	want := []string{"submitted", "signature_verified", "withdrawal_submitted", "withdrawal_refused", "withdrawal_submitted", "withdrawn"}
	if diff := cmp.Diff(want, o.acts(id)); diff != "" {
		t.Error(diff)
	}
	evidence, err := o.store.Evidence(t.Context(), id)
	if err != nil || len(evidence) != 3 || evidence[1].Act != dossier.ActWithdrawal || evidence[1].Verdict.Trusted || !evidence[2].Verdict.Trusted {
		t.Errorf("kept %+v, %v", evidence, err)
	}

	late := o.checked(o.observers())
	w := o.id(o.act(late, "withdraw", withdrawal(late)))
	o.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Move(ctx, late, dossier.Checking, dossier.DossierReady, ""); err != nil {
			return err
		}
		return tx.Move(ctx, late, dossier.DossierReady, dossier.Deciding, "")
	})
	refused(t, "once it is decided", o.act(late, "withdraw", withdrawal(late)), 409, "wrong_state")
	o.work(o.deps.Intake.VerifyWithdrawal, w)
	if s := o.application(late).State; s != dossier.Deciding {
		t.Errorf("%s after a late withdrawal", s)
	}
	if got := o.acts(late); got[len(got)-1] != "withdrawal_late" {
		t.Errorf("the timeline ends with %v", got)
	}
}

func TestReviewAndAmend(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.checked(o.observers())
	for range 2 {
		if w := o.act(id, "review", `{"official":"secretary"}`); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	refused(t, "by nobody", o.act(id, "review", `{"official":"nobody"}`), 403, "not_entitled")
	amend := func(column, official, ref string) *httptest.ResponseRecorder {
		return o.act(id, "subjects/"+ref+"/amendments", `{"official":"`+official+`","column":"`+column+`","value":"nafaqada","reason":"pensiya guvohnomasi"}`)
	}
	refused(t, "a name", amend("surname", "secretary", "1"), 422, "form")
	refused(t, "nobody's", amend("workplace", "secretary", "2"), 404, "not_found")
	refused(t, "by who was", amend("workplace", "former", "1"), 403, "not_entitled")
	before := o.application(id).Version
	if w := amend("workplace", "secretary", "1"); w.Code != 200 || o.application(id).Version != before+1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	get := o.do(http.MethodGet, "/v1/applications/"+id, "")
	if !strings.Contains(get.Body.String(), `"amendments":[{"name":"workplace","value":"nafaqada","reason":"pensiya guvohnomasi","actor":"official:secretary"`) {
		t.Errorf("the dossier shows %s", get.Body)
	}
	if diff := cmp.Diff([]string{"submitted", "signature_verified", "in_review", "amended"}, o.acts(id)); diff != "" {
		t.Error(diff)
	}
}
