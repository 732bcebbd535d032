package apptest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
)

// Every operation of the contract is answered as it says: the transport of all
// these calls holds each answer against it.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, nearby())
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), h.Plain(t)), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	d := h.Execute(t, h.DEC, h.Confirm(t, h.DEC, taken.ID))
	if _, err := h.DEC.Document(t.Context(), d.Documents[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := h.DEC.Autofill(t.Context(), apptest.JSON(t, apptest.M{
		"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(h.Plain(t).PINFL),
	})); err != nil {
		t.Error(err)
	}
	// A failure to list, to look at and to replay.
	broken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	h.Await(t, h.TEC, broken.ID, "the dossier", apptest.Ready)
	if _, err := h.Admin.Failures(t.Context(), client.FailureFilter{Kind: "defect"}); err != nil {
		t.Error(err)
	}
	if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{Stage: "none"}, "nothing to replay"); err != nil || n != 0 {
		t.Errorf("replayed %d, %v", n, err)
	}
	if _, err := h.Admin.Failure(t.Context(), 1); apptest.ProblemOf(t, err).Status != http.StatusNotFound {
		t.Errorf("a job that is no failure: %v", err)
	}
	if _, err := h.Admin.Connectors(t.Context()); err != nil {
		t.Error(err)
	}
	for _, pause := range []bool{true, false} {
		if n, err := h.Admin.Hold(t.Context(), pause, "oneid", "", "a trial"); err != nil || n != 3 {
			t.Errorf("pause %v: %d operations, %v", pause, n, err)
		}
	}
	if _, err := h.Admin.Probe(t.Context(), "eds", "ping"); err != nil {
		t.Error(err)
	}
	if _, err := h.Admin.Exchanges(t.Context(), client.ExchangeFilter{}, 1); err != nil {
		t.Error(err)
	}
	if list, err := h.Admin.Processes(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d processes, %v", len(list), err)
	}
	if _, err := h.Admin.Events(t.Context(), client.EventFilter{}, func(client.Event) error { return nil }); err != nil {
		t.Error(err)
	}
	if n, err := h.Admin.Notice(t.Context(), d.Notices[0].ID); err != nil || n.ID != d.Notices[0].ID {
		t.Errorf("%+v %v", n, err)
	}
	if list, err := h.Admin.Templates(t.Context()); err != nil || len(list) < 17 {
		t.Errorf("%d templates, %v", len(list), err)
	}
	one, err := h.Admin.Template(t.Context(), "observer-party")
	if err != nil || len(one.Samples) == 0 {
		t.Fatalf("%+v %v", one, err)
	}
	for _, r := range []client.PreviewRequest{{}, {Picture: true}, {Data: one.Samples[0].Data}} {
		if file, err := h.Admin.Preview(t.Context(), "observer-party", r); err != nil || !bytes.HasPrefix(file, []byte("%PDF-")) && !bytes.HasPrefix(file, []byte("\x89PNG")) {
			t.Errorf("%.30q %v", file, err)
		}
	}
	auth := []string{"Authorization", "Bearer " + h.DEC.Key}
	for _, get := range []struct {
		path string
		want int
	}{
		{"/healthz", 200},
		{"/readyz", 200},
		{"/metrics", 200},
		{"/V/ABCDEFGHIJKLMNOP", 200},
		{"/V/SHORT", 200},
		{"/verify/ABCDEFGHIJKLMNOP?lang=ru", 200},
		{"/v1/verification-key", 200},
		{"/v1/revocations", 200},
		{"/v1/documents", 200},
		{"/v1/documents/" + d.Documents[0].ID + "/passport", 200},
		{"/v1/applications", 200},
		{"/v1/applications?limit=1", 200},
		{"/v1/applications?limit=0", 422},
		{"/v1/applications?limit=many", 422},
		{"/v1/applications/" + taken.ID, 200},
		{"/v1/applications/1", 404},
		{"/v1/applications/00000000-0000-0000-0000-000000000000", 404},
		{"/v1/applications/" + taken.ID + "/attachments/residence.pdf", 200},
		{"/v1/applications/" + taken.ID + "/attachments/other.pdf", 404},
		{"/v1/applications/" + broken.ID, 404},
		{"/v1/documents/" + d.Documents[0].ID, 200},
		{"/v1/documents/00000000-0000-0000-0000-000000000000", 404},
		{"/v1/failures", 403},
	} {
		if got := h.Do(t, http.MethodGet, get.path, nil, auth...); got.Status != get.want {
			t.Errorf("GET %s: %d, want %d: %.300s", get.path, got.Status, get.want, got.Body)
		}
	}
	callTheRest(t, h)
	elsewhere := map[string]string{ // answered well in tests of their own
		"getFailure": "TestRegisterDownThenReplayed", "revealExchange": "TestExchanges", "requestLoginCode": "TestLoginBySMS", "verifyLoginCode": "TestLoginBySMS",
		"smsReport": "TestDeliveryReports", "smsReportStatus": "TestDeliveryReports", "settleNotice": "TestSettling", "reconcile": "TestLedgerOfAHealthyHub",
		"issueDocument": "TestIssueDirectly", "issueBatch": "TestIssueBatch", "revokeDocument": "TestDocumentDeeds", "annulDocument": "TestDocumentDeeds",
		"duplicateDocument": "TestDocumentDeeds", "correctDocument": "TestDocumentDeeds",
	}
	for op, statuses := range h.Contract.Answered() {
		good := false
		for status := range statuses {
			good = good || status < 300
		}
		if !good && elsewhere[op] == "" {
			t.Errorf("operation %s never answered well: %v", op, statuses)
		}
	}
}

func TestAddressesNobodyServes(t *testing.T) {
	t.Parallel()
	h := hub(t)
	for _, c := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/", 404, "no_such_address", ""},
		{"GET", "/v1", 404, "no_such_address", ""},
		{"GET", "/v1/applications/", 404, "no_such_address", ""},
		{"POST", "/v2/applications", 404, "no_such_address", ""},
		{"GET", "/console", 404, "no_such_address", ""},
		{"DELETE", "/v1/applications", 405, "method_not_allowed", "GET, POST"},
		{"PUT", "/v1/directory", 405, "method_not_allowed", "POST"},
		{"POST", "/healthz", 405, "method_not_allowed", "GET"},
		{"DELETE", "/v1/failures/replay", 405, "method_not_allowed", "GET, POST"},
	} {
		got := h.Do(t, c.method, c.path, []byte("{}"), "Content-Type", "application/json", "Authorization", "Bearer "+h.Admin.Key)
		if p := got.Problem(t); got.Status != c.status || p.Code != c.code || got.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %s, Allow %q; want %d %s %q", c.method, c.path, got.Status, p.Code, got.Header.Get("Allow"), c.status, c.code, c.allow)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	want := map[string]bool{}
	for range 3 {
		want[h.Submit(t, h.TEC, h.Observers(el, h.Plain(t))).ID] = true
	}
	var seen []string
	for cursor, first := "", true; first || cursor != ""; first = false {
		list, next, err := h.TEC.Applications(t.Context(), cursor, 2)
		if err != nil || len(list) > 2 || len(list) == 0 {
			t.Fatalf("a page of %d, %v", len(list), err)
		}
		for _, a := range list {
			if a.Commission != h.TEC.ID {
				t.Errorf("an application of commission %s", a.Commission)
			}
			seen = append(seen, a.ID)
			delete(want, a.ID)
		}
		cursor = next
	}
	if len(want) != 0 {
		t.Errorf("on no page: %v", want)
	}
	if !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(b, a) }) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
		t.Errorf("not newest first, each once: %v", seen)
	}
}

func TestKeysAndDirectory(t *testing.T) {
	t.Parallel()
	h := hub(t)
	bound, err := h.Admin.CreateKey(t.Context(), "bound", h.TEC.ID, "keys:write", "directory:write", "applications:read")
	if err != nil {
		t.Fatal(err)
	}
	c := h.Client(bound)
	t.Run("a bound key makes none that may more", func(t *testing.T) {
		for name, make := range map[string]func() (string, error){
			"unbound":           func() (string, error) { return c.CreateKey(t.Context(), "x", "", "applications:read") },
			"of another":        func() (string, error) { return c.CreateKey(t.Context(), "x", h.DEC.ID, "applications:read") },
			"with other scopes": func() (string, error) { return c.CreateKey(t.Context(), "x", h.TEC.ID, "decisions:write") },
		} {
			if _, err := make(); apptest.ProblemOf(t, err).Status != http.StatusForbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := c.CreateKey(t.Context(), "x", h.TEC.ID, "applications:read"); err != nil {
			t.Errorf("its own: %v", err)
		}
	})
	t.Run("a bound key does not rewrite the directory", func(t *testing.T) {
		_, err := c.ImportDirectory(t.Context(), json.RawMessage(`{"commissions":[]}`))
		if apptest.ProblemOf(t, err).Status != http.StatusForbidden {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a key for a commission nobody knows", func(t *testing.T) {
		if _, err := h.Admin.CreateKey(t.Context(), "x", "9999", "applications:read"); apptest.ProblemOf(t, err).Code != "unknown_record" {
			t.Errorf("got %v", err)
		}
	})
	official := func(change func(apptest.M)) apptest.M {
		o := apptest.M{"id": "o1", "commission": h.TEC.ID, "post": "member", "surname": "S", "given": "G", "pinfl": string(h.Story(t, "stranger").PINFL)}
		change(o)
		return apptest.M{"officials": []any{o}}
	}
	organisation := func(change func(apptest.M)) apptest.M {
		o := apptest.M{"id": "org1", "role": "PARTY", "title": "T", "tin": "300000040", "head_pinfl": string(h.Story(t, "stranger").PINFL), "phone": "+998 (90) 000-00-01"}
		change(o)
		return apptest.M{"organisations": []any{o}}
	}
	for _, c := range []struct {
		name   string
		record apptest.M
		field  string
	}{
		{"a post nobody knows", official(func(o apptest.M) { o["post"] = "king" }), "/officials/0/post"},
		{"an official's PINFL", official(func(o apptest.M) { o["pinfl"] = "12345678901234" }), "/officials/0/pinfl"},
		{"an official of no commission", official(func(o apptest.M) { o["commission"] = "9999" }), "/officials/0/commission"},
		{"an official without an id", official(func(o apptest.M) { o["id"] = "" }), "/officials/0/id"},
		{"a phone", organisation(func(o apptest.M) { o["phone"] = "12" }), "/organisations/0/phone"},
		{"a missing field", organisation(func(o apptest.M) { delete(o, "tin") }), "/organisations/0/tin"},
		{"a level", apptest.M{"commissions": []any{apptest.M{"id": "x", "level": "HIGH", "title": "T", "short": "T"}}}, "/commissions/0/level"},
		{"a list nobody knows", apptest.M{"kings": []any{}}, "/kings"},
		{"a constituency of nobody", apptest.M{"constituencies": []any{apptest.M{"id": "c", "election": "no", "commission": h.DEC.ID, "number": 1, "name": "N", "council": "C", "council_short": "C"}}}, "/constituencies/0/election"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, c.record))
			p := apptest.ProblemOf(t, err)
			if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != c.field {
				t.Errorf("got %v, want the field %s", p, c.field)
			}
		})
	}
	t.Run("a phone as people write it", func(t *testing.T) {
		if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, organisation(func(o apptest.M) { o["id"] = "org-phone" }))); err != nil {
			t.Fatal(err)
		}
		got, _, err := h.Store.Organisation(t.Context(), "org-phone")
		if err != nil || string(got.Phone) != "998900000001" {
			t.Errorf("kept as %q, %v", string(got.Phone), err)
		}
	})
}

// codeOf reads the verification address out of an issued document's data.
func codeOf(t *testing.T, h *apptest.Hub, id string) string {
	t.Helper()
	doc, err := h.Store.Document(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var data struct{ QR string }
	if err := json.Unmarshal(doc.Data, &data); err != nil || data.QR == "" {
		t.Fatalf("no code in the data: %v", err)
	}
	_, code, _ := strings.Cut(data.QR, "/V/")
	return code
}

func TestVerification(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	d := h.Execute(t, h.TEC, observersReady(t, h, h.Election(t), h.Plain(t)))
	other := h.Execute(t, h.TEC, observersReady(t, h, h.Election(t), h.Plain(t)))
	mandate := func(d client.Dossier) client.Document {
		return d.Documents[slices.IndexFunc(d.Documents, func(x client.Document) bool { return x.Kind == "D4" })]
	}
	status := func(code string) apptest.M {
		resp := h.Do(t, http.MethodGet, "/V/"+code, nil)
		m := apptest.M{}
		if err := json.Unmarshal(resp.Body, &m); err != nil || resp.Status != http.StatusOK {
			t.Fatalf("%d %s", resp.Status, resp.Body)
		}
		return m
	}
	code := codeOf(t, h, mandate(d).ID)
	got := status(code)
	if got["status"] != "genuine" || got["number"] != "001" || got["commission"] != h.TEC.ID || got["issued_at"] == nil || got["valid_until"] != h.Day.AddDays(10).String() {
		t.Errorf("a genuine one: %v", got)
	}
	if got := status(strings.ToLower(code)); got["status"] != "genuine" {
		t.Errorf("in lower case: %v", got)
	}
	// Same kind, number and commission of another election: told apart by its data.
	if codeOf(t, h, mandate(other).ID) == code {
		t.Error("two mandates carry one code")
	}
	for i := range code {
		damaged := []byte(code)
		if damaged[i] = 'A'; code[i] == 'A' {
			damaged[i] = 'B'
		}
		if got := status(string(damaged)); got["status"] != "not_genuine" || got["number"] != nil || got["commission"] != nil {
			t.Fatalf("damaged at %d: %v", i, got)
		}
	}
	if got := status("MADEUPMADEUPMADEUP"); got["status"] != "not_genuine" {
		t.Errorf("made up: %v", got)
	}
	decision := d.Documents[slices.IndexFunc(d.Documents, func(x client.Document) bool { return x.Template == "decision" })]
	h.Clock.Advance(h.Day.AddDays(11).Start().Sub(h.Clock.Now()) - time.Minute)
	if got := status(code); got["status"] != "genuine" {
		t.Errorf("on its last day: %v", got)
	}
	h.Clock.Advance(2 * time.Minute)
	if got := status(code); got["status"] != "expired" {
		t.Errorf("the day after: %v", got)
	}
	if got := status(codeOf(t, h, decision.ID)); got["status"] != "genuine" {
		t.Errorf("a decision's copy has no end: %v", got)
	}
}
