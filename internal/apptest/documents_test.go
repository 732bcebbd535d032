package apptest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/google/uuid"

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
