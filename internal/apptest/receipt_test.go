package apptest_test

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/config"
)

// What an auto-fill found an hour ago is not asked again by the application that
// cites its receipt; what was changed by hand of it is known.
func TestReceiptOfAutofill(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) { c.Autofill.Receipt = config.Duration(2 * time.Hour) }))
	el := h.Election(t)
	p, other := h.Plain(t), h.Plain(t)
	filled, err := h.TEC.Autofill(t.Context(), apptest.JSON(t, apptest.M{"type": "observer-party-register", "official": h.TEC.Secretary, "pinfl": string(p.PINFL)}))
	if err != nil || filled.Receipt == "" || filled.Expires.Sub(h.Clock.Now()) > 2*time.Hour || filled.Expires.Sub(h.Clock.Now()) < time.Hour {
		t.Fatalf("%q until %s: %v", filled.Receipt, filled.Expires, err)
	}
	cite := func(receipt string, columns, reasons apptest.M) apptest.M {
		app := h.Observers(el, p)
		s := apptest.Subject(app, 0)
		s["receipt"] = receipt
		if columns != nil {
			s["columns"] = columns
		}
		if reasons != nil {
			s["reasons"] = reasons
		}
		return app
	}
	hand := func(app apptest.M) error {
		doc := apptest.JSON(t, app)
		_, err := h.TEC.Apply(t.Context(), "", doc, h.Sign(t, "party-head", doc))
		return err
	}
	h.Clock.Advance(time.Hour)
	asked := func() (n int) {
		for _, c := range h.Mocks.Portal.Calls("") {
			if c.Subject == p.PINFL {
				n++
			}
		}
		return n
	}
	before := asked()

	forged := []byte(filled.Receipt)
	forged[len(forged)/2] ^= 1
	for _, c := range []struct {
		name   string
		bend   func(app apptest.M)
		status int
		code   string
	}{
		{"forged", func(app apptest.M) { apptest.Subject(app, 0)["receipt"] = string(forged) }, 422, "receipt_forged"},
		{"another person's", func(app apptest.M) {
			apptest.Subject(app, 0)["pinfl"], apptest.Subject(app, 0)["phone"] = string(other.PINFL), string(other.Phone)
		}, 403, "receipt_other"},
		{"a column that is the register's alone", func(app apptest.M) { apptest.Subject(app, 0)["columns"] = apptest.M{"surname": "BOSHQA"} }, 422, "form"},
	} {
		app := cite(filled.Receipt, nil, nil)
		c.bend(app)
		if got := apptest.ProblemOf(t, hand(app)); got.Status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %v", c.name, got.Status, got)
		}
	}

	taken := h.Submit(t, h.TEC, cite(filled.Receipt, apptest.M{"surname": p.Surname, "workplace": "nafaqada"}, apptest.M{"workplace": "nafaqaga chiqqan"}))
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	if n := asked(); n != before {
		t.Errorf("%d questions more", n-before)
	}
	if got := d.Subjects[0].Assessment.Verdict; got != "eligible" {
		t.Errorf("verdict %s", got)
	}
	for _, col := range filled.Columns {
		if got := column(d.Subjects[0], col.Name); got.Value != col.Value || got.Transaction != col.Transaction || !got.At.Equal(col.At) {
			t.Errorf("%s: %+v, want %+v", col.Name, got, col)
		}
	}

	h.Clock.Advance(time.Hour)
	if got := apptest.ProblemOf(t, hand(cite(filled.Receipt, nil, nil))); got.Code != "receipt_expired" {
		t.Errorf("got %v", got)
	}
}
