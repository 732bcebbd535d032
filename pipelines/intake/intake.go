package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/queue"
)

// The stages.
const (
	StageVerify   = "intake.verify"   // an application's signature
	StageAnnounce = "intake.announce" // of an application that was signed by code
	StageWithdraw = "intake.withdraw" // a withdrawal's signature
	StageLapse    = "intake.lapse"    // the end of the time to correct
)

// Submission is what a commission application hands in.
type Submission struct {
	Document    []byte // the application as JSON; these very bytes were signed
	Signature   []byte // PKCS#7, DER
	Code        *Code  // in place of Signature
	Attachments []dossier.Attachment
	By          string // API key
	Commission  string // the caller is bound to; empty: any
}

// Code is the code by SMS that signs in place of an EDS.
type Code struct{ ID, Digits string }

// Directory is what intake looks up.
type Directory interface {
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
	Precinct(ctx context.Context, id string) (dossier.Precinct, bool, error)
	Territory(ctx context.Context, soato string) (dossier.Territory, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
}

// Tx is what intake writes.
type Tx interface {
	queue.Tx
	AddApplication(ctx context.Context, a *dossier.Application) error // sets Number
	// ApplicationNow is what acts decide by; it stays until the commit.
	ApplicationNow(ctx context.Context, id string) (dossier.Application, error)
	// ApplicantNow reads an applicant inside the transaction.
	ApplicantNow(ctx context.Context, id string) (dossier.Applicant, bool, error)
	// OfficialsNow reads a commission's officials inside the transaction.
	OfficialsNow(ctx context.Context, commission string) ([]dossier.Official, error)
	// SameContent finds an application of the same bytes; others who ask wait.
	SameContent(ctx context.Context, document []byte) (dossier.Application, bool, error)
	AddAmendments(ctx context.Context, application string, list ...dossier.Amendment) error
	AddWithdrawal(ctx context.Context, w dossier.Withdrawal) error
	EndWithdrawal(ctx context.Context, id string, state dossier.WithdrawalState, reason string) (bool, error)
	AddEvidence(ctx context.Context, e dossier.Evidence) error
	SetVerdict(ctx context.Context, application string, s signature.Signer) error
	SetReturnDue(ctx context.Context, application string, due time.Time) error
	MarkReviewed(ctx context.Context, application string, when time.Time) (bool, error)
	Touch(ctx context.Context, application string) error
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Reader is what intake reads back.
type Reader interface {
	Directory
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
	Application(ctx context.Context, id string) (dossier.Application, error)
	SameContent(ctx context.Context, document []byte) (dossier.Application, bool, error)
	Withdrawal(ctx context.Context, id string) (dossier.Withdrawal, error)
	Document(ctx context.Context, id string) (dossier.Document, error)
	// ForeignerOf returns how a foreigner was named when they took a role.
	ForeignerOf(ctx context.Context, election string, s dossier.Subject) (dossier.Foreigner, bool, error)
}

// Verifier verifies a signature over a document, by whom and when the act wants
// it; an error means nobody could tell.
type Verifier interface {
	Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error)
}

// Announcer makes the notices that follow from an act.
type Announcer interface {
	Announce(ctx context.Context, a dossier.Application, notices []string) (queue.Effect, error)
	Act(ctx context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error)
}

// Codes judges codes by SMS. Its answer must be committed whatever it says.
type Codes interface {
	Sign(ctx context.Context, tx queue.Tx, s login.Signing) (login.Answer, error)
}

// Receipts judges receipts of auto-fill.
type Receipts interface {
	// Check refuses a receipt that is forged, expired or somebody else's.
	Check(token string, subject dossier.Subject, by, commission string) error
	// Differ names those of the columns that are not as the receipt has them.
	Differ(token string, columns map[string]string) ([]string, error)
}

// Intake takes applications in.
type Intake struct {
	Catalogue *catalogue.Catalogue
	Store     Reader
	Verifier  Verifier
	Announcer Announcer
	Codes     Codes
	Receipts  Receipts                                // nil: no receipt is ours
	Scatter   func(a dossier.Application) []queue.New // the first jobs of the checks
	Now       func() time.Time
	Limit     time.Duration // time limit of a verification
}

// Stages returns the stages of this package.
func (in *Intake) Stages() []queue.Stage {
	return []queue.Stage{
		{Name: StageVerify, Workers: 4, Handle: in.Verify},
		{Name: StageAnnounce, Workers: 2, Handle: in.Announce},
		{Name: StageWithdraw, Workers: 2, Handle: in.VerifyWithdrawal},
		{Name: StageLapse, Workers: 1, Handle: in.Lapse},
	}
}

// Accept judges a submission at the door. It returns the application and what
// to write, or a *dossier.Refusal. The caller writes the effect, together with
// its own idempotency record, in one transaction. The effect may return a
// *login.WrongGuess, with nothing else written: that too must be committed.
func (in *Intake) Accept(ctx context.Context, s Submission) (*dossier.Application, func(context.Context, Tx) error, error) {
	f, t, err := in.form(s.Document)
	if err != nil {
		return nil, nil, err
	}
	if s.Commission != "" && s.Commission != f.Commission {
		return nil, nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
	}
	p, err := in.parties(ctx, f, t)
	if err != nil {
		return nil, nil, err
	}
	c := &desk{in: in, form: f, kind: t, parties: p, by: s.By, now: in.Now(), seen: looked{}}
	subjects, err := c.subjects(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := c.complaint(ctx); err != nil {
		return nil, nil, err
	}
	if err := c.proposals(ctx); err != nil {
		return nil, nil, err
	}
	if err := in.attachments(f, s.Attachments, &c.problems); err != nil {
		return nil, nil, err
	}
	if len(c.problems) > 0 {
		return nil, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the application does not fit its form", Problems: c.problems}
	}
	if err := in.signed(t, p.applicant, s.Document, s.Signature, s.Code); err != nil {
		return nil, nil, err
	}
	if err := same(ctx, in.Store, s.Document); err != nil {
		return nil, nil, err
	}
	lang := f.Language
	if lang == "" {
		lang = "uz-Latn"
	}
	a := &dossier.Application{
		ID: newID(), Type: t.ID, Election: f.Election, Commission: f.Commission, Ballot: p.ballot, Applicant: p.applicant.ID, Language: lang,
		State: dossier.Submitted, Version: 1, Document: s.Document, Signature: s.Signature, Previous: f.Previous,
		DecideBy: c.decideBy(), SubmittedBy: s.By, SubmittedAt: c.now, Subjects: subjects, Attachments: s.Attachments,
	}
	if s.Code != nil {
		a.Code = s.Code.ID
	}
	for i := range a.Subjects {
		a.Subjects[i].Application = a.ID
	}
	for i := range a.Attachments {
		a.Attachments[i].ID = newID()
	}
	return a, func(ctx context.Context, tx Tx) error {
		a.State = dossier.Submitted
		// All that may refuse it stands before the first thing that is written.
		if err := same(ctx, tx, a.Document); err != nil {
			return err
		}
		old, err := in.correctable(ctx, tx, a.Previous)
		if err != nil {
			return err
		}
		var signer dossier.Applicant
		if s.Code != nil {
			if signer, err = in.signer(ctx, tx, a.Applicant, s, a.ID); err != nil {
				return err
			}
		}
		if err := in.store(ctx, tx, a, c.amendments, old); err != nil {
			return err
		}
		if s.Code != nil {
			return in.begin(ctx, tx, a, signer, t)
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageVerify, Ref: a.ID,
			Key: StageVerify + ":" + a.ID, Priority: t.Priority, Limit: in.Limit,
		})
	}, nil
}

// store writes an application with what is known of it from the first moment on,
// and ends the one that it corrects.
func (in *Intake) store(ctx context.Context, tx Tx, a *dossier.Application, changed []dossier.Amendment, old *dossier.Application) error {
	if err := tx.AddApplication(ctx, a); err != nil {
		return err
	}
	by := "key:" + a.SubmittedBy
	if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: a.SubmittedAt, Actor: by, Act: "submitted", Detail: a.Number}); err != nil {
		return err
	}
	err := tx.AddEvent(ctx, event.Of(a.ID, a.SubmittedAt, event.Submitted{
		Number: a.Number, Kind: a.Type, Election: a.Election, Applicant: a.Applicant, Subjects: len(a.Subjects), State: string(dossier.Submitted), Previous: a.Previous,
	}))
	if err != nil {
		return err
	}
	if old != nil {
		if err := tx.Move(ctx, old.ID, dossier.Returned, dossier.Superseded, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, old.ID, dossier.Entry{At: a.SubmittedAt, Actor: by, Act: "superseded", Detail: a.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(old.ID, a.SubmittedAt, event.Resubmitted{State: string(dossier.Superseded), Next: a.ID, Number: a.Number})); err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := tx.AddAmendments(ctx, a.ID, changed...); err != nil {
		return err
	}
	return tx.AddEntry(ctx, a.ID, dossier.Entry{At: a.SubmittedAt, Actor: ActorApplicant, Act: "amended", Detail: fmt.Sprintf("%d columns, by the applicant", len(changed))})
}

// sameIn finds an application of the same bytes.
type sameIn interface {
	SameContent(ctx context.Context, document []byte) (dossier.Application, bool, error)
}

// same refuses what was handed in before, and says as what.
func same(ctx context.Context, in sameIn, document []byte) error {
	first, found, err := in.SameContent(ctx, document)
	if err != nil || !found {
		return err
	}
	return dossier.Refusef(dossier.SameContent, "handed in before as %s (%s)", first.Number, first.ID)
}

// attachments checks that what came is what was signed for, byte for byte.
func (in *Intake) attachments(f dossier.Form, came []dossier.Attachment, problems *[]schema.Problem) error {
	if len(came) != len(f.Attachments) {
		return dossier.Refuse(dossier.BadAttachment, "/attachments", fmt.Sprintf("the signed application lists %d, %d came", len(f.Attachments), len(came)))
	}
	for i, a := range f.Attachments {
		if slices.ContainsFunc(f.Attachments[:i], func(b dossier.FormAttachment) bool { return b.Name == a.Name }) {
			return dossier.Refuse(dossier.BadAttachment, fmt.Sprintf("/attachments/%d/name", i), "listed twice: want each name once")
		}
		j := slices.IndexFunc(came, func(c dossier.Attachment) bool { return c.Name == a.Name })
		if j < 0 {
			return dossier.Refuse(dossier.BadAttachment, fmt.Sprintf("/attachments/%d/name", i), "listed in the signed application, but did not come")
		}
		sum := sha256.Sum256(came[j].Content)
		if hex.EncodeToString(sum[:]) != a.SHA256 {
			return dossier.Refuse(dossier.BadAttachment, fmt.Sprintf("/attachments/%d/sha256", i), "the content that came has another SHA-256")
		}
		came[j].MediaType, came[j].SHA256 = a.MediaType, a.SHA256
	}
	for i, s := range f.Subjects {
		for k, p := range s.Papers {
			if !slices.ContainsFunc(f.Attachments, func(a dossier.FormAttachment) bool { return a.Name == p.Attachment }) {
				*problems = append(*problems, schema.Problem{Field: fmt.Sprintf("/subjects/%d/papers/%d/attachment", i, k), Want: "want the name of an attachment"})
			}
		}
	}
	return nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
