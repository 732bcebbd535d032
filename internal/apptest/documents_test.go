package apptest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
)

// registrar is a key that may do everything with documents of one commission, or
// of all when it is empty.
func registrar(t *testing.T, h *apptest.Hub, commission string) *client.Client {
	t.Helper()
	key, err := h.Admin.CreateKey(t.Context(), "registrar", commission, "documents:issue", "documents:read", "documents:revoke")
	if err != nil {
		t.Fatal(err)
	}
	return h.Client(key)
}

// mandate is the data of an observer's mandate about a made-up person, without
// what the hub sets.
func mandate(surname string) map[string]any {
	return map[string]any{
		"year": "2027", "person": map[string]any{"surname": surname, "given": "Namuna", "patronymic": "Namunovich"},
		"party": "Namuna partiyasi", "election": "Namuna saylovi", "territory": "Mirzo Ulugʻbek tumani", "valid_until": "2027-12-31",
	}
}

func orderOf(h *apptest.Hub, election string, data any) client.Order {
	raw, _ := json.Marshal(data)
	return client.Order{Template: "observer-party", Election: election, Commission: h.TEC.ID, Data: raw}
}

// Data in, the document out, by one request.
func TestIssueDirectly(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, election := registrar(t, h, h.TEC.ID), h.Election(t)
	got, err := c.Issue(t.Context(), "", orderOf(h, election, mandate("Sinov")))
	if err != nil {
		t.Fatal(err)
	}
	if got.State != "issued" || got.Number != "001" || got.Kind != "D4" || got.Pages != 1 || got.ValidUntil != "2027-12-31" || got.Commission != h.TEC.ID {
		t.Errorf("%+v", got)
	}
	pdf, err := c.Document(t.Context(), got.ID)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("%.20q, %v", pdf, err)
	}
	if sum := sha256.Sum256(pdf); hex.EncodeToString(sum[:]) != got.SHA256 {
		t.Error("the hash is not that of the file")
	}
	again, pdf2, err := c.IssuePDF(t.Context(), uuid.NewString(), orderOf(h, election, mandate("Sinov")))
	if err != nil || again == got.ID || !bytes.HasPrefix(pdf2, []byte("%PDF-")) {
		t.Fatalf("%s %v", again, err)
	}
	p, err := c.Passport(t.Context(), again)
	if err != nil || p.Number != "002" || len(p.History) != 2 || p.TemplateHash == "" || p.Browser == "" || p.Code == "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// post sends an order as it is.
func post(t *testing.T, h *apptest.Hub, c *client.Client, body any, headers ...string) apptest.Response {
	t.Helper()
	raw, isRaw := body.([]byte)
	if !isRaw {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	return h.Do(t, http.MethodPost, "/v1/documents", raw, append([]string{"Authorization", "Bearer " + c.Key, "Content-Type", "application/json"}, headers...)...)
}

func record(t *testing.T, r apptest.Response, status int) client.Record {
	t.Helper()
	var got client.Record
	if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != status {
		t.Fatalf("%d, want %d: %.300s", r.Status, status, r.Body)
	}
	return got
}

// Whoever sends one order twice gets one document, as JSON or as the PDF, also at
// once; the key for something else is refused.
func TestIssueTwice(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, election := registrar(t, h, h.TEC.ID), h.Election(t)
	order, key := orderOf(h, election, mandate("Sinov")), uuid.NewString()
	first := record(t, post(t, h, c, order, "Idempotency-Key", key), http.StatusCreated)
	again := post(t, h, c, order, "Idempotency-Key", key)
	if d := cmp.Diff(first, record(t, again, http.StatusCreated)); d != "" || again.Header.Get("Location") != "/v1/documents/"+first.ID {
		t.Errorf("%s %s", again.Header.Get("Location"), d)
	}
	asPDF := post(t, h, c, order, "Idempotency-Key", key, "Accept", "application/pdf")
	sum := sha256.Sum256(asPDF.Body)
	if asPDF.Status != http.StatusCreated || asPDF.Header.Get("X-Document-Id") != first.ID || hex.EncodeToString(sum[:]) != first.SHA256 || asPDF.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %v", asPDF.Status, asPDF.Header)
	}
	if p := post(t, h, c, orderOf(h, election, mandate("Boshqa")), "Idempotency-Key", key).Problem(t); p.Code != "idempotency_key_reused" {
		t.Errorf("%+v", p)
	}
	key = uuid.NewString()
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			var got client.Record
			r := post(t, h, c, order, "Idempotency-Key", key)
			if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != http.StatusCreated && r.Status != http.StatusAccepted {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			ids[i] = got.ID
		})
	}
	wg.Wait()
	if slices.Sort(ids); ids[0] != ids[len(ids)-1] || ids[0] == first.ID {
		t.Errorf("one order made %v", slices.Compact(ids))
	}
}

// Many at once get numbers one after the other.
func TestIssueAtOnce(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, election := registrar(t, h, ""), h.Election(t)
	const n = 20
	var wg sync.WaitGroup
	numbers := make([]string, n)
	for i := range n {
		wg.Go(func() {
			got, err := c.Issue(t.Context(), "", orderOf(h, election, mandate(fmt.Sprintf("Sinov%c", 'a'+i))))
			if err != nil || got.State != "issued" && got.State != "reserved" {
				t.Errorf("%+v, %v", got, err)
			}
			numbers[i] = got.Number
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	for i, got := range numbers {
		if want := fmt.Sprintf("%03d", i+1); got != want {
			t.Errorf("number %s, want %s", got, want)
		}
	}
}

// Whatever is wrong is said with its field; nothing is reserved, and the next one
// is served.
func TestIssueBadInput(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, stranger, election := registrar(t, h, h.TEC.ID), registrar(t, h, h.DEC.ID), h.Election(t)
	with := func(bend func(m map[string]any)) client.Order {
		m := mandate("Sinov")
		bend(m)
		return orderOf(h, election, m)
	}
	plain := func(bend func(o *client.Order)) client.Order {
		o := orderOf(h, election, mandate("Sinov"))
		bend(&o)
		return o
	}
	rows := func(n int) client.Order {
		row := map[string]any{"order": 1, "person": map[string]any{"surname": "Sinov", "given": "Namuna"}, "from": "Namuna partiyasi", "outcome": "registered"}
		list := make([]any, n)
		for i := range list {
			list[i] = row
		}
		o := with(func(m map[string]any) { m["annex"] = map[string]any{"title": "Ilova", "rows": list} })
		o.Template = "decision"
		return o
	}
	cases := []struct {
		name   string
		by     *client.Client
		body   any
		status int
		code   string
		field  string
	}{
		{"broken JSON", c, []byte(`{"template":`), 400, "not_json", ""},
		{"no object", c, []byte(`[]`), 422, "form", ""},
		{"an unknown field", c, []byte(`{"template":"observer-party","election":"` + election + `","commission":"1726","data":{},"colour":1}`), 422, "form", "/colour"},
		{"an unknown template", c, plain(func(o *client.Order) { o.Template = "none" }), 422, "unknown_template", "/template"},
		{"a template that climbs", c, plain(func(o *client.Order) { o.Template = "../../etc" }), 422, "form", "/template"},
		{"an unknown language", c, plain(func(o *client.Order) { o.Language = "tlh" }), 422, "form", "/language"},
		{"an unknown election", c, plain(func(o *client.Order) { o.Election = "none" }), 422, "unknown_record", "/election"},
		{"an election with a zero byte", c, plain(func(o *client.Order) { o.Election = "a\x00b" }), 422, "form", "/election"},
		{"an unknown commission", registrar(t, h, ""), plain(func(o *client.Order) { o.Commission = "none" }), 422, "unknown_record", "/commission"},
		{"a foreign commission's key", stranger, plain(func(*client.Order) {}), 403, "not_yours", "/commission"},
		{"a key that may not", h.TEC.Client, plain(func(*client.Order) {}), 403, "scope", ""},
		{"a number of one's own", c, with(func(m map[string]any) { m["number"] = "7" }), 422, "form", "/data/number"},
		{"a code of one's own", c, with(func(m map[string]any) { m["qr"] = "x" }), 422, "form", "/data/qr"},
		{"a missing field", c, with(func(m map[string]any) { delete(m, "party") }), 422, "form", "/data/party"},
		{"a wrong type", c, with(func(m map[string]any) { m["person"] = 7 }), 422, "form", "/data/person"},
		{"a day that is none", c, with(func(m map[string]any) { m["valid_until"] = "2027-02-30" }), 422, "form", "/data/valid_until"},
		{"a control character", c, with(func(m map[string]any) { m["territory"] = "Mirzo\x01Ulugʻbek" }), 422, "form", "/data/territory"},
		{"a letter without a font", c, with(func(m map[string]any) { m["territory"] = "Mirzo 漢字" }), 422, "form", "/data/territory"},
		{"100,001 rows", c, rows(100_001), 422, "form", "/data/annex/rows"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			r := post(t, h, x.by, x.body)
			p := r.Problem(t)
			has := x.field == "" || slices.ContainsFunc(p.Errors, func(e schema.Problem) bool { return e.Field == x.field })
			if r.Status != x.status || p.Code != x.code || !has {
				t.Errorf("%d %s %+v, want %d %s at %s", r.Status, p.Code, p.Errors, x.status, x.code, x.field)
			}
		})
	}
	t.Cleanup(func() { // after them all
		list, _, err := h.Admin.Register(context.WithoutCancel(t.Context()), client.DocumentFilter{Election: election}, "", 10)
		if err != nil || len(list) != 0 {
			t.Errorf("%d documents were reserved, %v", len(list), err)
		}
	})
}

// Two fields that are wrong are both named.
func TestIssueNamesEveryFault(t *testing.T) {
	t.Parallel()
	h := hub(t)
	m := mandate("Sinov")
	m["year"], m["person"], m["colour"] = "next", map[string]any{"given": "Namuna"}, "red"
	_, err := registrar(t, h, h.TEC.ID).Issue(t.Context(), "", orderOf(h, h.Election(t), m))
	var got []string
	for _, e := range apptest.ProblemOf(t, err).Errors {
		got = append(got, e.Field)
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"/data/colour", "/data/person/surname", "/data/year"}, got); d != "" {
		t.Error(d)
	}
}

// A batch is taken whole or not at all, and made in turn.
func TestIssueBatch(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, election := registrar(t, h, h.TEC.ID), h.Election(t)
	items := func(n int, bend func(i int, m map[string]any)) client.BatchOrder {
		o := client.BatchOrder{Template: "observer-party", Election: election, Commission: h.TEC.ID}
		for i := range n {
			m := mandate(fmt.Sprintf("Sinov%c", 'a'+i%26))
			bend(i, m)
			raw, _ := json.Marshal(m)
			o.Items = append(o.Items, raw)
		}
		return o
	}
	good := func(int, map[string]any) {}
	_, err := c.IssueBatch(t.Context(), "", items(5, func(i int, m map[string]any) {
		if i == 3 {
			m["person"] = map[string]any{"given": "Namuna"}
		}
		if i == 1 {
			m["number"] = "9"
		}
	}))
	var fields []string
	for _, e := range apptest.ProblemOf(t, err).Errors {
		fields = append(fields, e.Field)
	}
	if d := cmp.Diff([]string{"/items/1/number", "/items/3/person/surname"}, fields); d != "" {
		t.Error(d)
	}
	if p := apptest.ProblemOf(t, func() error { _, err := c.IssueBatch(t.Context(), "", items(501, good)); return err }()); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("%+v", p)
	}
	key := uuid.NewString()
	b, err := c.IssueBatch(t.Context(), key, items(12, good))
	if err != nil || len(b.Documents) != 12 || b.Documents[0].Number != "001" || b.Documents[11].Number != "012" {
		t.Fatalf("%+v, %v", b, err)
	}
	again, err := c.IssueBatch(t.Context(), key, items(12, good))
	if d := cmp.Diff(b, again); d != "" || err != nil {
		t.Error(d, err)
	}
	apptest.Poll(t, "the batch", func(ctx context.Context) (bool, any, error) {
		list, _, err := c.Register(ctx, client.DocumentFilter{Batch: b.Batch, State: "issued"}, "", 100)
		return len(list) == 12, len(list), err
	})
	list, _, err := c.Register(t.Context(), client.DocumentFilter{Election: election}, "", 100)
	if err != nil || len(list) != 12 {
		t.Errorf("%d documents, %v", len(list), err)
	}
}
