package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// seated registers a made-up candidate, with a certificate and a role.
func (o *office) seated() dossier.Application {
	o.t.Helper()
	a := o.candidate()
	o.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.TakeRole(ctx, dossier.Role{
			ID: a.Subjects[0].ID, Election: "e", Role: "candidate", Slot: "candidate:local", Ballot: "DIST", Application: a.ID, Commission: "1726269",
			Organisation: "party", TakenAt: o.now,
		}, a.Subjects[0])
	})
	return a
}

// code asks for a code that is to sign a document, and returns its id and digits.
func (o *office) code(document []byte) (id, digits string) {
	o.t.Helper()
	o.now = o.now.Add(2 * time.Minute)
	sum := sha256.Sum256(document)
	w := o.do(http.MethodPost, "/v1/login-codes", `{"phone":"`+string(candidatePhone)+`","language":"ru","purpose":"sign","content_sha256":"`+hex.EncodeToString(sum[:])+`"}`)
	id = o.id(w)
	o.work(o.deps.Login.Send, id)
	return id, o.digits()
}

func (o *office) byCode(document []byte, id, digits string) string {
	return string(o.json(map[string]any{"document": b64(document), "code": map[string]string{"id": id, "digits": digits}}))
}

func TestSignedByCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	who := o.seated().Subjects[0]
	proxies := func(change ...func(map[string]any)) []byte {
		m := map[string]any{
			"type": "proxy-register-district", "election": "e", "commission": "1726269", "applicant": who.ID,
			"subjects": []any{map[string]any{"ref": "1", "pinfl": o.person(), "phone": "998901112299", "post": "oʻqituvchi"}},
		}
		for _, f := range change {
			f(m)
		}
		return o.json(m)
	}
	doc := proxies()
	refused(t, "by EDS", o.do(http.MethodPost, "/v1/applications", o.body(doc)), 422, "signature_form")
	code, digits := o.code(doc)
	other := proxies()
	refused(t, "other bytes", o.do(http.MethodPost, "/v1/applications", o.byCode(other, code, digits)), 422, "content_differs")
	w := o.do(http.MethodPost, "/v1/applications", o.byCode(doc, code, wrong(digits)))
	refused(t, "a wrong guess", w, 422, "wrong_code")
	if got := answer(t, w); got["attempts_left"] != 4.0 {
		t.Errorf("%v", got)
	}
	refused(t, "to log in with", o.guess(code, digits), 422, "wrong_code")
	w = o.do(http.MethodPost, "/v1/applications", o.byCode(doc, code, digits))
	id := o.id(w)
	if got := answer(t, w); got["state"] != "checking" {
		t.Errorf("answered %v", got)
	}
	a := o.application(id)
	if a.State != dossier.Checking || a.Code != code || a.Signer == nil || a.Signer.PINFL != who.PINFL || a.Ballot != "DIST" {
		t.Errorf("stored %+v", a)
	}
	evidence, err := o.store.Evidence(t.Context(), id)
	if err != nil || len(evidence) != 1 || evidence[0].Method != dossier.BySMS || !evidence[0].Verdict.Trusted {
		t.Errorf("kept %+v, %v", evidence, err)
	}
	refused(t, "with a code that was used", o.do(http.MethodPost, "/v1/applications", o.byCode(doc, code, digits)), 409, "same_content")
	sent := len(o.texts)
	o.work(o.deps.Intake.Announce, id)
	if len(o.texts) != sent+2 { // to the applicant, to the secretary
		t.Errorf("%d notices", len(o.texts)-sent)
	}

	if w := o.act(id, "withdraw", o.byCode([]byte(`{}`), code, digits)); w.Code != 422 {
		t.Errorf("%d", w.Code)
	}
	back := o.json(map[string]string{"withdraw": id, "reason": "xato"})
	code, digits = o.code(back)
	if w := o.act(id, "withdraw", o.byCode(back, code, digits)); w.Code != 202 || o.application(id).State != dossier.Withdrawn {
		t.Errorf("withdrawn: %d %s", w.Code, w.Body)
	}

	// The second round goes on with the roles of the first.
	doc = proxies(func(m map[string]any) { m["election"] = "e2" })
	code, digits = o.code(doc)
	o.id(o.do(http.MethodPost, "/v1/applications", o.byCode(doc, code, digits)))
	doc = proxies()
	code, digits = o.code(doc)
	o.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.EndRole(ctx, who.ID, "d", o.now)
		return err
	})
	refused(t, "a candidate who withdrew", o.do(http.MethodPost, "/v1/applications", o.byCode(doc, code, digits)), 403, "not_entitled")
}
