package decision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageVerify verifies a decision's signature and executes it.
const StageVerify = "decision.verify"

// Submission is what a commission hands in.
type Submission struct {
	Application string // id
	Document    []byte // the decision as JSON; these very bytes were signed
	Signature   []byte // PKCS#7, DER
	By          string // API key
	Commission  string // the caller is bound to; empty: any
}

// Reader is what decisions read.
type Reader interface {
	Application(ctx context.Context, id string) (dossier.Application, error)
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	LatestAssessments(ctx context.Context, application string) (map[string]eligibility.Assessment, error)
	Decision(ctx context.Context, id string) (dossier.Decision, error)
}

// Tx is what decisions write.
type Tx interface {
	queue.Tx
	// OfficialsNow reads a commission's officials inside the transaction.
	OfficialsNow(ctx context.Context, commission string) ([]dossier.Official, error)
	AddEvidence(ctx context.Context, e dossier.Evidence) error
	AddDecision(ctx context.Context, d dossier.Decision) error
	SetDecision(ctx context.Context, id string, state dossier.DecisionState, reason string, signer *signature.Signer, documents int) error
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	// RolesNow are the roles of the subject's person by other subjects; others who ask wait.
	RolesNow(ctx context.Context, election string, s dossier.Subject) ([]dossier.Role, error)
	TakeRole(ctx context.Context, r dossier.Role, s dossier.Subject) error
	LatestVerdict(ctx context.Context, subject string) (eligibility.Verdict, error)
	RaiseFindings(ctx context.Context, subject string) (checks.Gathered, error)
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Verifier verifies a signature over a document, by whom and when the act wants
// it; an error means nobody could tell.
type Verifier interface {
	Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error)
}

// Notifier makes the notices of a refusal.
type Notifier interface {
	Refused(ctx context.Context, a dossier.Application, d dossier.Decision, s dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error)
}

// Decisions takes and executes decisions.
type Decisions struct {
	Catalogue *catalogue.Catalogue
	Form      *schema.Schema
	Store     Reader
	Verifier  Verifier
	Notifier  Notifier
	Issue     func(a dossier.Application, d dossier.Decision, subject, template string, priority int) queue.New // reserves a document
	Now       func() time.Time
	Limit     time.Duration // time limit of a verification
}

// form is the signed document.
type form struct {
	Application string     `json:"application"`
	Number      string     `json:"number"`
	Date        civil.Date `json:"date"`
	DraftedBy   string     `json:"drafted_by"`
	Subjects    []struct {
		Ref      string            `json:"ref"`
		Revision int               `json:"revision"`
		Outcome  catalogue.Outcome `json:"outcome"`
		Reason   string            `json:"reason"`
	} `json:"subjects"`
}

// Accept judges a decision at the door and returns what to write, or a
// *dossier.Refusal.
func (d *Decisions) Accept(ctx context.Context, s Submission) (*dossier.Decision, func(context.Context, Tx) error, error) {
	a, err := d.Store.Application(ctx, s.Application)
	if err != nil {
		return nil, nil, err
	}
	if s.Commission != "" && s.Commission != a.Commission {
		return nil, nil, dossier.Refusef(dossier.NotFound, "no such application")
	}
	if err := dossier.CheckJSON(s.Document); err != nil {
		return nil, nil, err
	}
	problems, err := d.Form.Check(s.Document)
	if err != nil {
		return nil, nil, dossier.Refuse(dossier.NotJSON, "/document", "want one JSON object (base64)")
	}
	if len(problems) > 0 {
		return nil, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the decision does not fit its form", Problems: problems}
	}
	var f form
	if err := json.Unmarshal(s.Document, &f); err != nil {
		return nil, nil, dossier.Refuse(dossier.BadForm, "/date", "want YYYY-MM-DD")
	}
	if f.Application != a.ID {
		return nil, nil, dossier.Refuse(dossier.BadForm, "/application", "the signed decision is about another application")
	}
	if f.Date.Compare(civil.Of(d.Now())) != 0 {
		return nil, nil, dossier.Refuse(dossier.BadForm, "/date", "want today's date in Tashkent")
	}
	if a.State != dossier.DossierReady {
		return nil, nil, dossier.Refusef(dossier.WrongState, "the application is %s; a decision is taken on one that is %s", a.State, dossier.DossierReady)
	}
	drafter, err := d.drafter(ctx, a.Commission, f.DraftedBy)
	if err != nil {
		return nil, nil, err
	}
	outcomes, err := d.outcomes(ctx, a, f)
	if err != nil {
		return nil, nil, err
	}
	if err := dossier.CheckEnvelope(s.Document, s.Signature); err != nil {
		return nil, nil, err
	}
	dec := &dossier.Decision{
		ID: uuid.Must(uuid.NewV7()).String(), Application: a.ID, Commission: a.Commission, Number: f.Number, Date: f.Date,
		State: dossier.DecisionVerifying, DraftedBy: drafter.ID, Document: s.Document, Signature: s.Signature, At: d.Now(), Outcomes: outcomes,
	}
	t, _ := d.Catalogue.Type(a.Type)
	return dec, func(ctx context.Context, tx Tx) error {
		if err := tx.Move(ctx, a.ID, dossier.DossierReady, dossier.Deciding, ""); err != nil {
			return err
		}
		if err := tx.AddDecision(ctx, *dec); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: dec.At, Actor: "official:" + drafter.ID, Act: "decision_submitted", Detail: dec.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, dec.At, event.DecisionTaken{Decision: dec.ID, Number: dec.Number, State: string(dossier.Deciding)})); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageVerify, Ref: dec.ID,
			Key: StageVerify + ":" + dec.ID, Priority: t.Priority, Limit: d.Limit,
		})
	}, nil
}

// drafter must be the commission's deputy chair or secretary.
func (d *Decisions) drafter(ctx context.Context, commission, id string) (dossier.Official, error) {
	all, err := d.Store.Officials(ctx, commission)
	if err != nil {
		return dossier.Official{}, err
	}
	i := slices.IndexFunc(all, func(o dossier.Official) bool { return o.ID == id })
	if i < 0 || (all[i].Post != dossier.Deputy && all[i].Post != dossier.Secretary) {
		return dossier.Official{}, dossier.Refuse(dossier.NotEntitled, "/drafted_by", "want the id of this commission's deputy chair or secretary")
	}
	return all[i], nil
}

// outcomes must cover every subject once, on the latest revision, and register
// only who is eligible by it.
func (d *Decisions) outcomes(ctx context.Context, a dossier.Application, f form) ([]dossier.Outcome, error) {
	t, ok := d.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	latest, err := d.Store.LatestAssessments(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	var out []dossier.Outcome
	seen := map[string]bool{}
	registered := map[personal.PINFL]string{}
	for i, s := range f.Subjects {
		at := fmt.Sprintf("/subjects/%d", i)
		k := slices.IndexFunc(a.Subjects, func(x dossier.Subject) bool { return x.Ref == s.Ref })
		if k < 0 || seen[s.Ref] {
			return nil, dossier.Refuse(dossier.BadForm, at+"/ref", "want each subject of the application once")
		}
		seen[s.Ref] = true
		subject := a.Subjects[k]
		if _, ok := t.Outcomes[s.Outcome]; !ok {
			return nil, dossier.Refuse(dossier.BadForm, at+"/outcome", "this type of application does not know the outcome")
		}
		last := latest[subject.ID]
		if s.Revision != last.Revision {
			return nil, dossier.Refuse(dossier.StaleRevision, at+"/revision", fmt.Sprintf("the latest revision of the assessment is %d", last.Revision))
		}
		if s.Outcome == catalogue.Register && last.Verdict != eligibility.Eligible {
			return nil, dossier.Refuse(dossier.NotEligible, at+"/outcome", fmt.Sprintf("revision %d says %s: nobody is registered on it", last.Revision, last.Verdict))
		}
		// Two subjects may turn out to be one person only now: one was named by a
		// passport, or by a number of the past.
		if other, ok := registered[subject.PINFL]; ok && s.Outcome == catalogue.Register {
			return nil, dossier.Refuse(dossier.NotEligible, at+"/outcome", fmt.Sprintf("by the register this is the person of subject %s: register one of them", other))
		}
		if s.Outcome == catalogue.Register {
			registered[subject.PINFL] = s.Ref
		}
		if _, ok := d.Catalogue.Reason(s.Reason); s.Outcome == catalogue.Refuse && !ok {
			return nil, dossier.Refuse(dossier.BadForm, at+"/reason", "a refusal needs a reason of the catalogue (R01 to R16)")
		}
		out = append(out, dossier.Outcome{Subject: subject.ID, Revision: s.Revision, Outcome: s.Outcome, Reason: s.Reason})
	}
	if len(out) != len(a.Subjects) {
		return nil, dossier.Refuse(dossier.BadForm, "/subjects", fmt.Sprintf("want all %d subjects of the application", len(a.Subjects)))
	}
	return out, nil
}
