package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/queue"
)

const headPINFL personal.PINFL = "30101809910011"

// office is a desk that takes applications, with an EDS that says what it is told to.
type office struct {
	*desk
	verdict  signature.Verdict
	envelope []byte // over nothing: what is in it, the EDS says
	serial   int
}

// Verify is the EDS.
func (o *office) Verify(context.Context, []byte, []byte, signature.Expectation) (signature.Verdict, error) {
	return o.verdict, nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{desk: newDesk(t), verdict: signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: headPINFL, TIN: "300000040", Serial: "ab"}}}}
	raw, err := os.ReadFile(filepath.Join("..", "..", "contracts", "signature", "testdata", "fuzz", "FuzzContent", "detached"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(raw), "[]byte(")
	text, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(line), ")"))
	if err != nil {
		t.Fatal(err)
	}
	o.envelope = []byte(text)
	o.deps.Intake = &intake.Intake{
		Catalogue: o.deps.Catalogue, Store: o.store, Verifier: o, Announcer: o.deps.Notices, Codes: o.deps.Login, Now: o.deps.Now,
		Scatter: func(dossier.Application) []queue.New { return nil },
	}
	if o.Handler, err = New(o.deps); err != nil {
		t.Fatal(err)
	}
	day := civil.Of(o.now).AddDays(60)
	o.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.ImportDirectory(ctx, dossier.Directory{
			Elections: []dossier.Election{
				{ID: "e", Kind: "DIST", Title: map[string]string{"uz-Latn": "Saylov"}, Line: "saylov", Day: day},
				{ID: "e2", Kind: "DIST", Round: 2, First: "e", Title: map[string]string{"uz-Latn": "Saylov"}, Line: "saylov", Day: day.AddDays(14)},
				{ID: "ref", Kind: "REF", Title: map[string]string{"uz-Latn": "Referendum"}, Line: "referendum", Day: day},
			},
			Commissions: []dossier.Commission{
				{ID: "1726", Level: "TEC", Title: "Toshkent", Short: "Toshkent"},
				{ID: "1726269", Level: "DEC", Title: "Tuman", Short: "Tuman", Parent: "1726", Territory: "1726269"},
			},
			Officials: []dossier.Official{
				{ID: "secretary", Commission: "1726", Post: dossier.Secretary, PINFL: "31503859910017", Phone: "998901110001"},
				{ID: "former", Commission: "1726", Post: dossier.Deputy, PINFL: "31503859910025", Phone: "998901110002", Until: civil.Of(o.now).AddDays(-1)},
				{ID: "chair", Commission: "1726", Post: dossier.Chair, PINFL: "31503859910033", Phone: "998901110003"},
				{ID: "dec-chair", Commission: "1726269", Post: dossier.Chair, PINFL: "31503859910041", Phone: "998901110004"},
				{ID: "dec-secretary", Commission: "1726269", Post: dossier.Secretary, PINFL: "31503859910058", Phone: "998901110005"},
			},
			Organisations: []dossier.Organisation{
				{ID: "party", Role: "PARTY", Title: "Partiya", TIN: "300000040", Head: headPINFL, Phone: "998901110006"},
				{ID: "hokimlik", Role: "DHOK", Title: "Hokimlik", TIN: "300000040", Head: headPINFL, Phone: "998901110007"},
			},
			Precincts: []dossier.Precinct{{ID: "p1", Number: 1, Commission: "1726269", Name: "1-maktab"}},
		})
	})
	return o
}

// person is a made-up PINFL, another each time.
func (o *office) person() string {
	o.serial++
	first := fmt.Sprintf("4150385%06d", o.serial)
	return first + string(personal.CheckDigit(first))
}

// observers is an application that is like no other.
func (o *office) observers(change ...func(map[string]any)) []byte {
	o.t.Helper()
	a := map[string]any{
		"type": "observer-party-register", "election": "e", "commission": "1726", "applicant": "party",
		"subjects": []any{map[string]any{"ref": "1", "pinfl": o.person(), "phone": "998901112233", "territory": "Tuman"}},
	}
	for _, f := range change {
		f(a)
	}
	return o.json(a)
}

func (o *office) json(v any) []byte {
	o.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// body is a signed document as the API wants it.
func (o *office) body(document []byte) string {
	return string(o.json(map[string]any{"document": b64(document), "signature": b64(o.envelope)}))
}

// submit hands a document in and returns the application's id.
func (o *office) submit(document []byte) string {
	o.t.Helper()
	return o.id(o.do(http.MethodPost, "/v1/applications", o.body(document)))
}

func (o *office) id(w *httptest.ResponseRecorder) string {
	o.t.Helper()
	if w.Code != http.StatusAccepted {
		o.t.Fatalf("%d %s", w.Code, w.Body)
	}
	var v struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		o.t.Fatal(err)
	}
	return v.ID
}

type handler1 func(context.Context, queue.Job, queue.Keeper) (queue.Effect, error)

// work runs a stage.
func (o *office) work(handle handler1, ref string) {
	o.t.Helper()
	e, err := handle(o.t.Context(), queue.Job{Ref: ref}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if e != nil {
		o.write(func(ctx context.Context, tx *store.Tx) error { return e(ctx, tx) })
	}
}

// checked hands a document in, of which the EDS thinks well.
func (o *office) checked(document []byte) string {
	o.t.Helper()
	id := o.submit(document)
	o.work(o.deps.Intake.Verify, id)
	return id
}

func (o *office) application(id string) dossier.Application {
	o.t.Helper()
	a, err := o.store.Application(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

// acts are the acts of an application's timeline.
func (o *office) acts(id string) []string {
	o.t.Helper()
	list, err := o.store.Timeline(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Act)
	}
	return out
}

func (o *office) act(id, act, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	o.t.Helper()
	return o.do(http.MethodPost, "/v1/applications/"+id+"/"+act, body, change...)
}

// refused holds an answer against a code.
func refused(t *testing.T, what string, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != status || p.Code != code {
		t.Errorf("%s: %d %s, want %d %s", what, w.Code, w.Body, status, code)
	}
}

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

func TestBatch(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	good, bad := o.observers(), o.observers(func(m map[string]any) { m["commission"] = "1726269" })
	var items []any
	for _, doc := range [][]byte{good, bad, good, o.observers(), []byte("[]")} {
		items = append(items, map[string]any{"document": b64(doc), "signature": b64(o.envelope)})
	}
	body := string(o.json(map[string]any{"applications": items}))
	key := func(r *http.Request) { r.Header.Set("Idempotency-Key", "batch-0001") }
	w := o.do(http.MethodPost, "/v1/applications/batch", body, key)
	var out struct {
		Accepted, Refused int
		Applications      []struct {
			Accepted *struct{ ID, Number, State string }
			Problem  *struct{ Code string }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var got []string
	for _, a := range out.Applications {
		switch {
		case a.Accepted != nil:
			got = append(got, a.Accepted.Number+" "+a.Accepted.State)
		case a.Problem != nil:
			got = append(got, a.Problem.Code)
		}
	}
	want := []string{"1726-000001 submitted", "route_not_allowed", "same_content", "1726-000002 submitted", "not_json"}
	if diff := cmp.Diff(want, got); diff != "" || out.Accepted != 2 || out.Refused != 3 {
		t.Errorf("%d and %d: %s", out.Accepted, out.Refused, diff)
	}
	if again := o.do(http.MethodPost, "/v1/applications/batch", body, key); again.Body.String() != w.Body.String() {
		t.Errorf("again: %d %s", again.Code, again.Body)
	}
	list, err := o.store.Applications(t.Context(), "", "", 10)
	if err != nil || len(list) != 2 {
		t.Errorf("%d stored, %v", len(list), err)
	}
}

// What the door refuses, each by its code.
func TestDoor(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	set := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	subject := func(name string, value any) func(map[string]any) {
		return func(m map[string]any) { m["subjects"].([]any)[0].(map[string]any)[name] = value }
	}
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		status int
		code   string
		field  string
	}{
		{"no such applicant", set("applicant", "nobody"), 422, "unknown_record", "/applicant"},
		{"an applicant of another kind", set("applicant", "hokimlik"), 403, "route_not_allowed", "/commission"},
		{"a ballot that is not held", set("ballot", "PRES"), 422, "form", "/ballot"},
		{"nothing to correct", set("previous", "nothing"), 422, "unknown_record", "/previous"},
		{"a receipt nobody gave", subject("receipt", "x.y.z"), 422, "receipt_forged", "/subjects/0/receipt"},
		{"a column of the register's", subject("columns", map[string]string{"surname": "X"}), 422, "form", "/subjects/0/columns/surname"},
		{"a column without a reason", subject("columns", map[string]string{"workplace": "X"}), 422, "form", "/subjects/0/reasons/workplace"},
		{"a territory nobody knows", subject("territory", "1799999"), 422, "form", "/subjects/0/territory"},
	} {
		w := o.do(http.MethodPost, "/v1/applications", o.body(o.observers(c.change)))
		refused(t, c.name, w, c.status, c.code)
		if !strings.Contains(w.Body.String(), `"`+c.field+`"`) {
			t.Errorf("%s: %s does not name %s", c.name, w.Body, c.field)
		}
	}
	id := o.submit(o.observers(subject("columns", map[string]string{"workplace": "X"}), subject("reasons", map[string]string{"workplace": "yangi ish"})))
	list, err := o.store.Amendments(t.Context(), id)
	if err != nil || len(list) != 1 || list[0].Actor != "applicant" || list[0].Value != "X" || list[0].Reason != "yangi ish" {
		t.Errorf("kept %+v, %v", list, err)
	}
	o.submit(o.observers(set("election", "ref"))) // observers are of every kind of vote
	if a := o.application(id); a.DecideBy != civil.Of(o.now).AddDays(5) || a.Ballot != "DIST" {
		t.Errorf("to be decided by %s, ballot %s", a.DecideBy, a.Ballot)
	}
}

// members is an application of many.
func (o *office) members(n int) []byte {
	var list []any
	for i := range n {
		list = append(list, map[string]any{
			"ref": strconv.Itoa(i), "pinfl": o.person(), "phone": "998901112233", "post": "member", "precinct": "p1", "recommended_by": "mahalla",
			"statements": map[string]bool{"not_party_member": true, "not_kin": true},
		})
	}
	return o.json(map[string]any{"type": "pec-composition-recommend", "election": "e", "commission": "1726269", "applicant": "hokimlik", "subjects": list})
}

// Five thousand persons are taken in under two seconds.
func TestFiveThousand(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	body := o.body(o.members(5000))
	begun := time.Now()
	id := o.id(o.do(http.MethodPost, "/v1/applications", body))
	took := time.Since(begun)
	t.Logf("took %s", took)
	if took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	if n := len(o.application(id).Subjects); n != 5000 {
		t.Errorf("%d subjects", n)
	}
}

