package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/reconcile"
)

const reason = "the holder lost the paper on the way"

// A document's life: a duplicate, a correction, a revocation, and what the
// register and the passports say of each.
func TestDocumentDeeds(t *testing.T) {
	t.Parallel()
	h := hub(t)
	c, election := registrar(t, h, h.TEC.ID), h.Election(t)
	ctx := t.Context()
	first, err := c.Issue(ctx, "", orderOf(h, election, mandate("Sinov")))
	if err != nil {
		t.Fatal(err)
	}
	key := uuid.NewString()
	second, err := c.Duplicate(ctx, first.ID, key, reason)
	if err != nil || second.Number != "002" || second.Relation != "duplicate" || second.Replaces != first.ID || second.State != "issued" {
		t.Fatalf("%+v, %v", second, err)
	}
	if again, err := c.Duplicate(ctx, first.ID, key, reason); err != nil || again.ID != second.ID {
		t.Errorf("the same request made %s, %v", again.ID, err)
	}
	if p := apptest.ProblemOf(t, func() error { _, err := c.Duplicate(ctx, first.ID, "", reason); return err }()); p.Status != http.StatusConflict || p.Code != "wrong_state" {
		t.Errorf("%+v", p)
	}
	third, err := c.Correct(ctx, second.ID, "", reason, json.RawMessage(`{"person":{"surname":"Tuzatilgan"},"valid_until":"2027-11-30"}`))
	if err != nil || third.Number != "003" || third.ValidUntil != "2027-11-30" {
		t.Fatalf("%+v, %v", third, err)
	}
	for _, x := range []struct{ patch, field string }{{`{"number":"9"}`, "/patch/number"}, {`{"year":null}`, "/patch/year"}} {
		_, err := c.Correct(ctx, third.ID, "", reason, json.RawMessage(x.patch))
		if p := apptest.ProblemOf(t, err); p.Code != "form" || p.Errors[0].Field != x.field {
			t.Errorf("%s: %+v", x.patch, p)
		}
	}
	stranger := registrar(t, h, h.DEC.ID)
	for name, err := range map[string]error{
		"revoke":    func() error { _, err := stranger.Revoke(ctx, third.ID, "", reason); return err }(),
		"duplicate": func() error { _, err := stranger.Duplicate(ctx, third.ID, "", reason); return err }(),
		"passport":  func() error { _, err := stranger.Passport(ctx, third.ID); return err }(),
		"document":  func() error { _, err := stranger.Document(ctx, third.ID); return err }(),
	} {
		if p := apptest.ProblemOf(t, err); p.Code != "not_found" {
			t.Errorf("%s by a stranger: %+v", name, p)
		}
	}
	if p := apptest.ProblemOf(t, func() error { _, err := c.Annul(ctx, third.ID, "", reason); return err }()); p.Code != "wrong_state" {
		t.Errorf("%+v", p)
	}
	if p := apptest.ProblemOf(t, func() error { _, err := c.Revoke(ctx, third.ID, "", "short"); return err }()); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("%+v", p)
	}
	revoked, err := c.Revoke(ctx, third.ID, "", reason)
	if err != nil || revoked.State != "revoked" || revoked.EndedAt.IsZero() {
		t.Fatalf("%+v, %v", revoked, err)
	}
	if pdf, err := c.Document(ctx, third.ID); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("a revoked one cannot be looked at: %v", err)
	}
	p, err := c.Passport(ctx, second.ID)
	if err != nil || p.State != "replaced" || p.ReplacedBy != third.ID || p.Replaces != first.ID {
		t.Errorf("%+v, %v", p, err)
	}
	var acts []string
	for _, a := range p.History {
		acts = append(acts, a.Act)
		if a.Act == "corrected" && (a.Reason != reason || a.Detail != third.ID+" /person/surname /valid_until") {
			t.Errorf("%+v", a)
		}
	}
	if d := cmp.Diff([]string{"reserved", "issued", "corrected", "replaced"}, acts); d != "" {
		t.Error(d)
	}
	list, _, err := c.Register(ctx, client.DocumentFilter{Election: election}, "", 10)
	var got []string
	for _, x := range list {
		got = append(got, x.Number+" "+x.State)
	}
	if d := cmp.Diff([]string{"003 revoked", "002 replaced", "001 replaced"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	events, err := h.Store.Stream(ctx)
	if err != nil || events.Stamped == 0 {
		t.Errorf("%+v, %v", events, err)
	}
}

// Who cannot store the document now says so; the hub goes on by itself, with the
// number that was reserved, and the ledger knows of it all.
func TestIssueWhileTheBucketIsAway(t *testing.T) {
	t.Parallel()
	const name = "documents"
	back := s3mem.New()
	if err := back.CreateBucket(name); err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	there := gofakes3.New(back).Server()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		there.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) {
		c.Documents.URL = "s3://" + name + "?endpoint=" + srv.URL + "&region=test&use_path_style=true"
		c.Documents.AccessKey.Secret, c.Documents.SecretKey.Secret = "made-up", "made-up-too"
	}))
	c, election := registrar(t, h, h.TEC.ID), h.Election(t)
	away.Store(true)
	key := uuid.NewString()
	order := orderOf(h, election, mandate("Sinov"))
	r := post(t, h, c, order, "Idempotency-Key", key, "Accept", "application/pdf")
	got := record(t, r, http.StatusAccepted)
	if got.State != "reserved" || got.Number != "001" || r.Header.Get("Location") != "/v1/documents/"+got.ID {
		t.Errorf("%+v %v", got, r.Header)
	}
	if p := apptest.ProblemOf(t, func() error { _, err := c.Document(t.Context(), got.ID); return err }()); p.Code != "wrong_state" {
		t.Errorf("%+v", p)
	}
	if id, pdf, err := c.IssuePDF(t.Context(), key, order); id != got.ID || pdf != nil || err != nil {
		t.Errorf("asked for once more: %q, %d bytes, %v", id, len(pdf), err)
	}
	other := record(t, post(t, h, c, order), http.StatusAccepted)
	apptest.Poll(t, "a moment in which nobody tries", func(ctx context.Context) (bool, any, error) {
		d, err := c.Annul(ctx, other.ID, "", "it is not needed any more")
		if p, ok := errors.AsType[*client.Problem](err); ok && p.Code == "wrong_state" {
			return false, p, nil
		}
		return d.State == "annulled", d, err
	})
	away.Store(false)
	apptest.Poll(t, "the document", func(ctx context.Context) (bool, any, error) {
		list, _, err := c.Register(ctx, client.DocumentFilter{Election: election, State: "issued"}, "", 10)
		return len(list) == 1, list, err
	})
	again := record(t, post(t, h, c, order, "Idempotency-Key", key), http.StatusCreated)
	if again.ID != got.ID || again.Number != "001" {
		t.Errorf("%+v", again)
	}
	l := account(t, h, h.Admin)
	apptest.Poll(t, "the ledger", func(context.Context) (bool, any, error) { // its events are told a moment later
		if l.Verdict != reconcile.Whole && len(lost(l)) == 0 {
			l = account(t, h, h.Admin)
		}
		return l.Verdict == reconcile.Whole || len(lost(l)) > 0, l.Verdict, nil
	})
	if len(lost(l)) > 0 {
		t.Errorf("%s: %+v", l.Verdict, l.Exceptions)
	}
	if s := l.Series; len(s) != 1 || s[0].Issued != 1 || s[0].Annulled != 1 {
		t.Errorf("%+v", s)
	}
}
