package intake

import (
	"context"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// fakes answer what the stage asks on its way to a verdict; whatever else it
// would call fails the test by a nil interface.
type fakeStore struct {
	Reader
	application dossier.Application
	applicant   dossier.Applicant
	election    dossier.Election
}

func (f fakeStore) Application(context.Context, string) (dossier.Application, error) {
	return f.application, nil
}

func (f fakeStore) Applicant(context.Context, string) (dossier.Applicant, bool, error) {
	return f.applicant, true, nil
}

func (f fakeStore) Election(context.Context, string) (dossier.Election, bool, error) {
	return f.election, true, nil
}

type fakeVerifier struct {
	verdict signature.Verdict
	asked   *signature.Expectation
}

func (f fakeVerifier) Verify(_ context.Context, _, _ []byte, want signature.Expectation) (signature.Verdict, error) {
	*f.asked = want
	return f.verdict, nil
}

type silent struct{ Announcer }

func (silent) Announce(context.Context, dossier.Application, []string) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error { return nil }, nil
}

type fakeTx struct {
	Tx
	applicant dossier.Applicant
	at        dossier.State
	evidence  []dossier.Evidence
	state     dossier.State
	reason    string
	signer    signature.Signer
	events    []event.Event
}

func (f *fakeTx) ApplicantNow(context.Context, string) (dossier.Applicant, bool, error) {
	return f.applicant, f.applicant.ID != "", nil
}

func (f *fakeTx) ApplicationNow(_ context.Context, id string) (dossier.Application, error) {
	return dossier.Application{ID: id, State: f.at}, nil
}

func (f *fakeTx) AddEvidence(_ context.Context, e dossier.Evidence) error {
	f.evidence = append(f.evidence, e)
	return nil
}

func (f *fakeTx) Move(_ context.Context, _ string, _, to dossier.State, reason string) error {
	f.state, f.reason = to, reason
	return nil
}

func (f *fakeTx) SetVerdict(_ context.Context, _ string, s signature.Signer) error {
	f.signer = s
	return nil
}

func (f *fakeTx) AddEvent(_ context.Context, events ...event.Event) error {
	f.events = append(f.events, events...)
	return nil
}

func (f *fakeTx) AddEntry(context.Context, string, dossier.Entry) error { return nil }

func (f *fakeTx) Enqueue(context.Context, ...queue.New) error { return nil }

// The EDS may take long: who heads the applicant is looked at again where the
// application goes on, and the verdict that is kept says what came of it.
func TestRightsAreThoseOfTheTransaction(t *testing.T) {
	t.Parallel()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := types.Type(types.Types()[0])
	last := civil.Date{Year: 2026, Month: time.November, Day: 22}
	org := dossier.Applicant{ID: "o", Person: "1", TIN: "300000040"}
	head := signature.Signer{PINFL: "1", TIN: "300000040", Serial: "ab"}
	successor, renumbered := org, org
	successor.Person, renumbered.TIN = "2", "300000041"
	good := signature.Verdict{Trusted: true, Signers: []signature.Signer{head}}
	for _, c := range []struct {
		name    string
		verdict signature.Verdict
		now     dossier.Applicant
		state   dossier.State
		reason  signature.Reason
	}{
		{"still the head", good, org, dossier.Checking, ""},
		{"another heads it by now", good, successor, dossier.SignatureRefused, signature.WrongPerson},
		{"it has another number by now", good, renumbered, dossier.SignatureRefused, signature.WrongOrg},
		{"it is gone", good, dossier.Applicant{}, dossier.SignatureRefused, signature.WrongPerson},
		{"a bad signature", signature.Verdict{Reason: signature.Revoked, Signers: good.Signers}, org, dossier.SignatureRefused, signature.Revoked},
		{"not trusted for no reason", signature.Verdict{Signers: good.Signers}, org, dossier.SignatureRefused, signature.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked signature.Expectation
			in := &Intake{
				Catalogue: types, Now: last.Start, Verifier: fakeVerifier{c.verdict, &asked}, Announcer: silent{},
				Store: fakeStore{
					application: dossier.Application{ID: "a", Type: kind.ID, Applicant: "o", Signature: []byte("der"), State: dossier.Submitted},
					applicant:   org, election: dossier.Election{Calendar: map[string]civil.Date{kind.Window.Until: last}},
				},
				Scatter: func(dossier.Application) []queue.New { return nil },
			}
			effect, err := in.Verify(t.Context(), queue.Job{Ref: "a"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			tx := &fakeTx{applicant: c.now, at: dossier.Submitted}
			if err := effect(t.Context(), tx); err != nil {
				t.Fatal(err)
			}
			if asked.Entitled(head) != "" || !asked.To.Equal(last.AddDays(1).Start()) || !asked.From.IsZero() {
				t.Errorf("asked for %+v", asked)
			}
			if tx.state != c.state || tx.reason != string(c.reason) || (tx.signer == head) != (c.reason == "") {
				t.Errorf("%s %q, signed by %v; want %s %q", tx.state, tx.reason, tx.signer, c.state, c.reason)
			}
			if len(tx.evidence) != 1 || tx.evidence[0].Verdict.Trusted != (c.reason == "") || tx.evidence[0].Verdict.Reason != c.reason ||
				tx.evidence[0].Act != dossier.ActApplication || tx.evidence[0].Ref != "a" || string(tx.evidence[0].PKCS7) != "der" {
				t.Errorf("kept %+v", tx.evidence)
			}
			told := event.Fact(event.Verified{State: "checking"})
			if c.reason != "" {
				told = event.SignatureRefused{State: "signature_refused", Reason: string(c.reason)}
			}
			if len(tx.events) != 1 || tx.events[0].Application != "a" || tx.events[0].Fact != told {
				t.Errorf("told %+v, want %+v", tx.events, told)
			}
		})
	}
}
