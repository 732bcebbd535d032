package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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
