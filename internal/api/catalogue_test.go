package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func catalogueAPI(t *testing.T) http.Handler {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := newDesk(t).store
	err = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.ImportDirectory(ctx, dossier.Directory{Elections: []dossier.Election{{
			ID: "made-up", Kind: "DIST", Title: map[string]string{"uz-Latn": "Namuna"}, Line: "Namuna", Day: civil.Date{Year: 2026, Month: 12, Day: 27},
			Calendar: map[string]civil.Date{"candidates-last-day": {Year: 2026, Month: 11, Day: 20}},
		}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return bare(t, func(d *Deps) { d.Store, d.Catalogue, d.AdminHash = s, c, vault.HashSecret(adminSecret) })
}

func told[T any](t *testing.T, h http.Handler, path string) T {
	t.Helper()
	var out T
	w := ask(t, h, http.MethodGet, path, "")
	if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != http.StatusOK || err != nil {
		t.Fatalf("%s: %d, %v", path, w.Code, err)
	}
	return out
}

func TestCatalogueNeedsAKey(t *testing.T) {
	t.Parallel()
	h := catalogueAPI(t)
	for _, path := range []string{"", "/types/candidate-register-district", "/notices", "/reasons", "/calendar"} {
		if got := get(t, h, "/v1/catalogue"+path).Code; got != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// Every type that is listed can be had in full, and its schema is a schema that
// stands alone and takes its own id only.
func TestCatalogueOverHTTP(t *testing.T) {
	t.Parallel()
	h := catalogueAPI(t)
	list := told[struct{ Types []typeView }](t, h, "/v1/catalogue").Types
	if len(list) != 71 || list[0].Number != 1 || list[70].Number != 71 {
		t.Fatalf("%d types", len(list))
	}
	for _, v := range list {
		raw := ask(t, h, http.MethodGet, v.Address, "").Body.Bytes()
		var one struct {
			catalogue.Type
			Schema json.RawMessage `json:"schema"`
		}
		if err := json.Unmarshal(raw, &one); err != nil || one.ID != v.ID || one.Purpose == "" || len(one.Outcomes) < 2 {
			t.Fatalf("%s: %v", v.ID, err)
		}
		if strings.Contains(string(raw), ":null") {
			t.Errorf("%s: an empty list is not a list", v.ID)
		}
		s, err := schema.Compile(v.ID, one.Schema)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := s.Check([]byte(`{"type":"gone"}`))
		if err != nil || len(problems) == 0 || !cmp.Equal(problems[len(problems)-1], schema.Problem{Field: "/type", Want: "want " + v.ID}) {
			t.Errorf("%s: %v, %v", v.ID, problems, err)
		}
	}
	if w := ask(t, h, http.MethodGet, "/v1/catalogue/types/gone", ""); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
	notices := told[struct {
		Notices []catalogue.Notice
		Params  []catalogue.Param
	}](t, h, "/v1/catalogue/notices")
	if len(notices.Notices) != 58 || notices.Notices[0].ID != "auth-code" || len(notices.Params) == 0 {
		t.Errorf("%d notices", len(notices.Notices))
	}
	reasons := told[struct{ Reasons []catalogue.Reason }](t, h, "/v1/catalogue/reasons").Reasons
	if len(reasons) != 16 || !reasons[3].Closed || reasons[0].Closed {
		t.Errorf("%d reasons", len(reasons))
	}
}

func TestCalendarOverHTTP(t *testing.T) {
	t.Parallel()
	h := catalogueAPI(t)
	for _, d := range told[struct{ Days []dayView }](t, h, "/v1/catalogue/calendar").Days {
		if d.Date != nil {
			t.Errorf("%s has a date, and no election was named", d.ID)
		}
	}
	got := map[string]dayView{}
	for _, d := range told[struct{ Days []dayView }](t, h, "/v1/catalogue/calendar?election=made-up").Days {
		got[d.ID] = d
	}
	if d := got["observers-last-day"]; d.Date == nil || d.Date.String() != "2026-12-17" || d.Own {
		t.Errorf("counted: %+v", d)
	}
	if d := got["candidates-last-day"]; d.Date == nil || d.Date.String() != "2026-11-20" || !d.Own {
		t.Errorf("the election's own: %+v", d)
	}
	if w := ask(t, h, http.MethodGet, "/v1/catalogue/calendar?election=gone", ""); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}
