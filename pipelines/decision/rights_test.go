package decision

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// fakes answer what the stage asks on its way to a verdict; whatever else it
// would call fails the test by a nil interface.
type fakeStore struct {
	Reader
	decision    dossier.Decision
	application dossier.Application
	officials   []dossier.Official
}

func (f fakeStore) Decision(context.Context, string) (dossier.Decision, error) {
	return f.decision, nil
}

func (f fakeStore) Application(context.Context, string) (dossier.Application, error) {
	return f.application, nil
}

func (f fakeStore) Officials(context.Context, string) ([]dossier.Official, error) {
	return f.officials, nil
}

func (f fakeStore) Applicant(_ context.Context, id string) (dossier.Applicant, bool, error) {
	return dossier.Applicant{ID: id}, true, nil
}

func (f fakeStore) LatestAssessments(context.Context, string) (map[string]eligibility.Assessment, error) {
	return nil, nil
}

func (f fakeStore) People(context.Context, string, string) (map[string]register.PersonalData, error) {
	return nil, nil
}

func (f fakeStore) Election(_ context.Context, id string) (dossier.Election, bool, error) {
	return dossier.Election{ID: id}, true, nil
}

type fakeVerifier struct {
	verdict signature.Verdict
	asked   *signature.Expectation
}

func (f fakeVerifier) Verify(_ context.Context, _, _ []byte, want signature.Expectation) (signature.Verdict, error) {
	*f.asked = want
	return f.verdict, nil
}

type fakeTx struct {
	Tx
	officials []dossier.Official
	evidence  []dossier.Evidence
	state     dossier.DecisionState
	reason    string
	actor     string
	events    []event.Event
}

func (f *fakeTx) OfficialsNow(context.Context, string) ([]dossier.Official, error) {
	return f.officials, nil
}

func (f *fakeTx) AddEvidence(_ context.Context, e dossier.Evidence) error {
	f.evidence = append(f.evidence, e)
	return nil
}

func (f *fakeTx) SetDecision(_ context.Context, _ string, s dossier.DecisionState, reason string, _ *signature.Signer, _ int) error {
	f.state, f.reason = s, reason
	return nil
}

func (f *fakeTx) Move(context.Context, string, dossier.State, dossier.State, string) error {
	return nil
}

func (f *fakeTx) AddEvent(_ context.Context, events ...event.Event) error {
	f.events = append(f.events, events...)
	return nil
}

func (f *fakeTx) AddEntry(_ context.Context, _ string, e dossier.Entry) error {
	f.actor = e.Actor
	return nil
}

func (f *fakeTx) DropDraft(context.Context, string) error { return nil }

func (f *fakeTx) Enqueue(context.Context, ...queue.New) error { return nil }

// The EDS may take long: who may sign is looked at again where the decision
// takes effect, and the verdict that is kept says what came of it.
func TestRightsAreThoseOfTheTransaction(t *testing.T) {
	t.Parallel()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	day := civil.Date{Year: 2026, Month: time.November, Day: 22}
	chair, drafter := dossier.Official{ID: "chair", Post: dossier.Chair, PINFL: "1"}, dossier.Official{ID: "secretary", Post: dossier.Secretary, PINFL: "3"}
	dismissed, heir := chair, dossier.Official{ID: "heir", Post: dossier.Chair, PINFL: "1"}
	dismissed.Post = "member"
	good := signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: "1", Serial: "ab"}}}
	bad := good
	bad.Trusted, bad.Reason = false, signature.Revoked
	for _, c := range []struct {
		name    string
		verdict signature.Verdict
		now     []dossier.Official
		state   dossier.DecisionState
		reason  signature.Reason
		actor   string
	}{
		{"still the chair", good, []dossier.Official{drafter, chair}, dossier.DecisionSigned, "", "official:chair"},
		{"no longer the chair", good, []dossier.Official{drafter, dismissed}, dossier.DecisionRefused, signature.WrongPerson, "hub"},
		{"no longer there", good, []dossier.Official{drafter}, dossier.DecisionRefused, signature.WrongPerson, "hub"},
		{"entered anew", good, []dossier.Official{heir, drafter}, dossier.DecisionSigned, "", "official:heir"},
		{"a bad signature", bad, []dossier.Official{drafter, chair}, dossier.DecisionRefused, signature.Revoked, "hub"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked signature.Expectation
			d := &Decisions{
				Catalogue: types, Now: day.Start, Verifier: fakeVerifier{c.verdict, &asked},
				Store: fakeStore{
					decision:    dossier.Decision{ID: "d", Application: "a", Commission: "TEC", Date: day, State: dossier.DecisionVerifying, DraftedBy: "secretary", Signature: []byte("der")},
					application: dossier.Application{ID: "a", Type: types.Types()[0]}, officials: []dossier.Official{drafter, chair},
				},
				Papers: fakePapers{}, Notifier: fakeNotifier{},
			}
			effect, err := d.Verify(t.Context(), queue.Job{Ref: "d"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			tx := &fakeTx{officials: c.now}
			if err := effect(t.Context(), tx); err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(asked.AnyOf, signature.One(signature.Party{PINFL: "1"}), slices.Equal) {
				t.Errorf("asked for %v", asked.AnyOf)
			}
			if tx.state != c.state || tx.reason != string(c.reason) || tx.actor != c.actor {
				t.Errorf("%s %q by %s; want %s %q by %s", tx.state, tx.reason, tx.actor, c.state, c.reason, c.actor)
			}
			if len(tx.evidence) != 1 || tx.evidence[0].Verdict.Trusted != (c.reason == "") || tx.evidence[0].Verdict.Reason != c.reason ||
				tx.evidence[0].Act != dossier.ActDecision || tx.evidence[0].Ref != "d" || string(tx.evidence[0].PKCS7) != "der" {
				t.Errorf("kept %+v", tx.evidence)
			}
			if len(tx.events) != 1 || tx.events[0].Application != "a" || (tx.events[0].Fact.Type() == event.DecisionSigned) != (c.reason == "") ||
				(tx.events[0].Fact.Type() == event.DecisionRefused) != (c.reason != "") {
				t.Errorf("told %+v", tx.events)
			}
		})
	}
}
