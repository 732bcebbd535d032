package api

import (
	"context"
	"net/http"
	"testing"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// step is one thing that may happen to an application.
type step struct {
	from []dossier.State // in which it may
	to   dossier.State   // empty: it stays
	do   func(o *office, id string) bool
}

var (
	early = []dossier.State{dossier.Submitted, dossier.Checking, dossier.DossierReady, dossier.Returned}
	atCom = []dossier.State{dossier.Checking, dossier.DossierReady}
)

// moved is a step that another package of the hub takes.
func moved(from, to dossier.State) step {
	return step{from: []dossier.State{from}, to: to, do: func(o *office, id string) bool {
		return o.store.Write(o.t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Move(ctx, id, from, to, ""); err != nil {
				return err
			}
			return tx.AddEntry(ctx, id, dossier.Entry{At: o.now, Actor: "hub", Act: "moved"})
		}) == nil
	}}
}

// asked is a step that somebody asks for.
func asked(from []dossier.State, to dossier.State, act, body string) step {
	return step{from, to, func(o *office, id string) bool { return o.act(id, act, body).Code == http.StatusOK }}
}

func withdrawing(trusted bool) func(o *office, id string) bool {
	return func(o *office, id string) bool {
		w := o.act(id, "withdraw", o.body(o.json(map[string]string{"withdraw": id, "reason": "x"})))
		if w.Code != http.StatusAccepted {
			return false
		}
		before := o.verdict
		if !trusted {
			o.verdict = signature.Verdict{Reason: signature.Revoked}
		}
		o.work(o.deps.Intake.VerifyWithdrawal, o.id(w))
		o.verdict = before
		return true
	}
}

var steps = map[string]step{
	"verify": {[]dossier.State{dossier.Submitted}, dossier.Checking, func(o *office, id string) bool {
		before := o.application(id).State
		o.work(o.deps.Intake.Verify, id)
		return o.application(id).State != before
	}},
	"assess":              moved(dossier.Checking, dossier.DossierReady),
	"decide":              moved(dossier.DossierReady, dossier.Deciding),
	"put back":            moved(dossier.Deciding, dossier.DossierReady),
	"sign":                moved(dossier.Deciding, dossier.Executing),
	"execute":             moved(dossier.Executing, dossier.Executed),
	"return":              asked(atCom, dossier.Returned, "return", `{"official":"secretary","reason":"R09"}`),
	"amend":               asked(atCom, "", "subjects/1/amendments", `{"official":"chair","column":"position","value":"x","reason":"xato"}`),
	"withdraw":            {early, dossier.Withdrawn, withdrawing(true)},
	"withdraw by another": {early, "", withdrawing(false)},
	"hand in anew": {[]dossier.State{dossier.Returned}, dossier.Superseded, func(o *office, id string) bool {
		return o.do(http.MethodPost, "/v1/applications", o.body(o.observers(func(m map[string]any) { m["previous"] = id }))).Code == http.StatusAccepted
	}},
	"let it lapse": {[]dossier.State{dossier.Returned}, dossier.Lapsed, func(o *office, id string) bool {
		a, now := o.application(id), o.now
		if a.State == dossier.Returned {
			o.now = a.ReturnDue
		}
		o.work(o.deps.Intake.Lapse, id)
		o.now = now
		return o.application(id).State != a.State
	}},
}

// In whatever order acts come, an application follows the table, its version only
// grows, and whatever was done has its line in the timeline.
func TestActsInAnyOrder(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	names := rapid.SampledFrom([]string{
		"verify", "assess", "decide", "put back", "sign", "execute", "return", "amend", "withdraw", "withdraw by another", "hand in anew", "let it lapse",
	})
	rapid.Check(t, func(t *rapid.T) {
		id := o.submit(o.observers())
		state, version, lines := dossier.Submitted, 1, 1
		for range rapid.IntRange(1, 10).Draw(t, "acts") {
			name := names.Draw(t, "act")
			s := steps[name]
			may := false
			for _, from := range s.from {
				may = may || from == state
			}
			if did := s.do(o, id); did != may {
				t.Fatalf("%s in %s: done %v, want %v", name, state, did, may)
			}
			before := state
			if may && s.to != "" {
				if err := state.CanBecome(s.to); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				state = s.to
			}
			a, got := o.application(id), len(o.acts(id))
			if a.State != state {
				t.Fatalf("%s in %s: it is %s, want %s", name, before, a.State, state)
			}
			if may != (a.Version > version) || may != (got > lines) || a.Version < version || got < lines {
				t.Fatalf("%s in %s: version %d to %d, %d lines to %d; done %v", name, before, version, a.Version, lines, got, may)
			}
			version, lines = a.Version, got
		}
	})
}
