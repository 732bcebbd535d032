package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

// trusting takes every signature for the chair's.
type trusting struct{ chair personal.PINFL }

func (v trusting) Verify(context.Context, []byte, []byte, signature.Expectation) (signature.Verdict, error) {
	return signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: v.chair, Serial: "ab", SignedAt: time.Now()}}}, nil
}

func (mute) Outcome(context.Context, dossier.Application, dossier.Decision, *dossier.Subject, dossier.Outcome, []string) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error { return nil }, nil
}

// court decides on the stores of one database.
type court struct {
	*decision.Decisions

	t     *testing.T
	list  []*store.Store
	chair personal.PINFL
	day   civil.Date
	n     int
	form  string // fields of the applications to come
}

func newCourt(t *testing.T, where where, el dossier.Election) *court {
	t.Helper()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := &court{t: t, list: handles(t, where), chair: pinfl(), day: civil.Of(time.Now())}
	s := c.list[0]
	do(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.ImportDirectory(ctx, dossier.Directory{
			Elections:     []dossier.Election{el},
			Commissions:   []dossier.Commission{{ID: "TEC-0001", Level: "TEC", Title: "Namuna komissiyasi"}},
			Officials:     []dossier.Official{{ID: "chair", Commission: "TEC-0001", Post: dossier.Chair, Surname: "Raisov", Given: "Rais", PINFL: c.chair}},
			Organisations: []dossier.Organisation{{ID: "party-1", Role: "PARTY", Title: "Namuna partiyasi"}},
		})
	})
	is := &issuing.Issuing{Catalogue: types, Store: s, Renderer: &press{}, Coder: plainCoder{}, Notifier: mute{}, Now: time.Now, Limit: time.Hour}
	c.Decisions = &decision.Decisions{Catalogue: types, Store: s, Verifier: trusting{c.chair}, Notifier: mute{}, Papers: is, Now: time.Now, Limit: time.Hour}
	return c
}

// submit stores an application that a commission may decide on: everybody of it is
// eligible, and a woman.
func (c *court) submit(kind, ballot, applicant string, subjects ...dossier.Subject) *dossier.Application {
	c.t.Helper()
	a := application("TEC-0001", 0)
	a.Type, a.Election, a.Ballot, a.Applicant, a.State, a.Attachments = kind, "el", ballot, applicant, dossier.DossierReady, nil
	a.Document = fmt.Appendf(nil, `{%s"type":%q,"election":"el"}`, c.form, kind)
	for i, s := range subjects {
		s.ID, s.Application, s.Ref = id(), a.ID, fmt.Sprint(i+1)
		if s.PINFL == "" && s.Foreigner == nil {
			s.PINFL = pinfl()
		}
		a.Subjects = append(a.Subjects, s)
	}
	facts, err := json.Marshal(register.PersonalData{Surname: "NAMUNA", GivenName: "NAMUNA", Sex: "female"})
	if err != nil {
		c.t.Fatal(err)
	}
	do(c.t, c.list[0], func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddApplication(ctx, a); err != nil {
			return err
		}
		for _, s := range a.Subjects {
			k := dossier.Check{ID: id(), Subject: s.ID, Register: register.Personal, State: dossier.Answered}
			if err := tx.AddChecks(ctx, []dossier.Check{k}, time.Time{}); err != nil {
				return err
			}
			if err := tx.AddFinding(ctx, dossier.Finding{ID: id(), Check: k.ID, Subject: s.ID, Register: register.Personal, Status: register.Found, Facts: facts, At: time.Now()}); err != nil {
				return err
			}
			if _, err := tx.AddAssessment(ctx, eligibility.Assessment{Subject: s.ID, FindingsVersion: 1, Verdict: eligibility.Eligible}); err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

// sign stores a decision of one outcome and verifies its signature; the effect is
// yet to be written.
func (c *court) sign(a *dossier.Application, o catalogue.Outcome) (dossier.Decision, queue.Effect) {
	c.t.Helper()
	c.n++
	dec := dossier.Decision{
		ID: id(), Application: a.ID, Commission: a.Commission, Number: fmt.Sprint(c.n), Date: c.day, State: dossier.DecisionVerifying, DraftedBy: "nobody",
		Document: []byte("{}"), Signature: []byte("der"), At: time.Now(),
	}
	for _, s := range a.Subjects {
		dec.Outcomes = append(dec.Outcomes, dossier.Outcome{Subject: s.ID, Revision: 1, Outcome: o})
	}
	if len(a.Subjects) == 0 {
		dec.Whole = dossier.Outcome{Outcome: o}
	}
	do(c.t, c.list[0], func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Move(ctx, a.ID, dossier.DossierReady, dossier.Deciding, ""); err != nil {
			return err
		}
		return tx.AddDecision(ctx, dec)
	})
	effect, err := c.Verify(c.t.Context(), queue.Job{Ref: dec.ID}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return dec, effect
}

// decide lets a decision take effect.
func (c *court) decide(a *dossier.Application, o catalogue.Outcome) dossier.Decision {
	c.t.Helper()
	dec, effect := c.sign(a, o)
	do(c.t, c.list[0], func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
	return c.read(dec)
}

func (c *court) read(d dossier.Decision) dossier.Decision {
	c.t.Helper()
	got, err := c.list[0].Decision(c.t.Context(), d.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// atOnce lets two decisions take effect at once and returns their states, sorted.
func (c *court) atOnce(a, b *dossier.Application, o catalogue.Outcome) []string {
	c.t.Helper()
	var decisions [2]dossier.Decision
	var effects [2]queue.Effect
	for i, app := range []*dossier.Application{a, b} {
		decisions[i], effects[i] = c.sign(app, o)
	}
	atOnce(c.t, c.list, 2, func(ctx context.Context, i int, tx *store.Tx) error { return effects[i](ctx, tx) })
	var states []string
	for _, d := range decisions {
		got := c.read(d)
		states = append(states, string(got.State))
		app, err := c.list[0].Application(c.t.Context(), got.Application)
		if err != nil {
			c.t.Fatal(err)
		}
		want := dossier.Executing
		if got.State == dossier.DecisionConflict {
			want = dossier.DossierReady
		}
		if app.State != want || (got.State == dossier.DecisionConflict) != (got.Reason != "") {
			c.t.Errorf("a decision that is %s (%q) leaves its application %s", got.State, got.Reason, app.State)
		}
	}
	slices.Sort(states)
	return states
}

func (c *court) count(query string, args ...any) string {
	c.t.Helper()
	n, err := c.list[0].Text(c.t.Context(), query, args...)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

var oneOfTwo = []string{string(dossier.DecisionConflict), string(dossier.DecisionSigned)}

// candidate registers a candidate and returns the role's id.
func (c *court) candidate(kind, ballot string) string {
	c.t.Helper()
	a := c.submit(kind, ballot, "party-1", dossier.Subject{Role: "candidate", Constituency: "k-1"})
	if got := c.decide(a, catalogue.Register); got.State != dossier.DecisionSigned {
		c.t.Fatalf("registering a candidate: %s %q", got.State, got.Reason)
	}
	return a.Subjects[0].ID
}

func proxies(n int) []dossier.Subject {
	list := make([]dossier.Subject, n)
	for i := range list {
		list[i].Role = "proxy"
	}
	return list
}

// Two decisions that pass by themselves and not together never both take effect.
func TestDecisionsAtOnce(t *testing.T) {
	t.Parallel()
	for _, limit := range []struct {
		ballot, candidate, proxies string
		most                       int
	}{
		{"DIST", "candidate-register-district", "proxy-register-district", 3},
		{"REG", "candidate-register-regional", "proxy-register-regional", 5},
		{"JK", "candidate-register-jk", "proxy-register-jk", 5},
		{"LC-SMD", "candidate-register-lc-single", "proxy-register-lc-single", 10},
		{"PRES", "candidate-register-president", "proxy-register-president", 15},
	} {
		t.Run("proxies of "+limit.ballot, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, where where) {
				c := newCourt(t, where, dossier.Election{ID: "el", Kind: limit.ballot, Day: civil.Of(time.Now()).AddDays(30)})
				role := c.candidate(limit.candidate, limit.ballot)
				first := c.submit(limit.proxies, limit.ballot, role, proxies(limit.most-1)...)
				second := c.submit(limit.proxies, limit.ballot, role, proxies(2)...)
				if diff := cmp.Diff(oneOfTwo, c.atOnce(first, second, catalogue.Register)); diff != "" {
					t.Error(diff)
				}
				// The last place is free for one of them or for one more, and no further.
				stands := c.count(`SELECT count(*) FROM role WHERE candidate=? AND ended_at=0`, role)
				if stands != fmt.Sprint(limit.most-1) && stands != "2" {
					t.Errorf("%s proxies", stands)
				}
			})
		})
	}
	t.Run("one candidate in a constituency", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, where where) {
			c := newCourt(t, where, dossier.Election{ID: "el", Kind: "LC-SMD", Day: civil.Of(time.Now()).AddDays(30)})
			one := dossier.Subject{Role: "candidate", Constituency: "k-7"}
			first, second := c.submit("candidate-register-lc-single", "LC-SMD", "party-1", one), c.submit("candidate-register-lc-single", "LC-SMD", "party-1", one)
			if diff := cmp.Diff(oneOfTwo, c.atOnce(first, second, catalogue.Register)); diff != "" {
				t.Error(diff)
			}
			other := c.submit("candidate-register-lc-single", "LC-SMD", "party-1", dossier.Subject{Role: "candidate", Constituency: "k-8"})
			if got := c.decide(other, catalogue.Register); got.State != dossier.DecisionSigned {
				t.Errorf("another constituency: %s %q", got.State, got.Reason)
			}
		})
	})
	t.Run("one role a person", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, where where) {
			c := newCourt(t, where, dossier.Election{ID: "el", Kind: "DIST", Day: civil.Of(time.Now()).AddDays(30)})
			who := pinfl()
			first := c.submit("observer-party-register", "DIST", "party-1", dossier.Subject{Role: "observer", PINFL: who}, dossier.Subject{Role: "observer"})
			second := c.submit("candidate-register-district", "DIST", "party-1", dossier.Subject{Role: "candidate", PINFL: who, Constituency: "k-1"})
			if diff := cmp.Diff(oneOfTwo, c.atOnce(first, second, catalogue.Register)); diff != "" {
				t.Error(diff)
			}
			// All or nothing: who came with the one in conflict has no role either.
			if n := c.count(`SELECT count(*) FROM role`); n != "1" && n != "2" {
				t.Errorf("%s roles", n)
			}
		})
	})
	t.Run("one foreigner, by passport", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, where where) {
			c := newCourt(t, where, dossier.Election{ID: "el", Kind: "DIST", Day: civil.Of(time.Now()).AddDays(30)})
			guest := &dossier.Foreigner{Surname: "Demir", GivenName: "Burak", State: "TR", Passport: "U123"}
			observer := c.submit("observer-foreign-accredit", "DIST", "party-1", dossier.Subject{Role: "observer", Foreigner: guest})
			journalist := c.submit("media-foreign-accredit", "DIST", "party-1", dossier.Subject{Role: "journalist", Foreigner: guest})
			if diff := cmp.Diff(oneOfTwo, c.atOnce(observer, journalist, "accredit")); diff != "" {
				t.Error(diff)
			}
		})
	})
}
