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
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageVerify verifies an application's signature.
const StageVerify = "intake.verify"

// Submission is what a commission application hands in.
type Submission struct {
	Document    []byte // the application as JSON; these very bytes were signed
	Signature   []byte // PKCS#7, DER
	Attachments []dossier.Attachment
	By          string // API key
	Commission  string // the caller is bound to; empty: any
}

// Directory is what intake looks up.
type Directory interface {
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
}

// Tx is what intake writes.
type Tx interface {
	queue.Tx
	AddApplication(ctx context.Context, a *dossier.Application) error // sets Number
	// OrganisationNow reads an organisation inside the transaction.
	OrganisationNow(ctx context.Context, id string) (dossier.Organisation, bool, error)
	AddEvidence(ctx context.Context, e dossier.Evidence) error
	SetVerdict(ctx context.Context, application string, s signature.Signer) error
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Reader is what intake reads back.
type Reader interface {
	Directory
	Application(ctx context.Context, id string) (dossier.Application, error)
}

// Verifier verifies a signature over a document, by whom and when the act wants
// it; an error means nobody could tell.
type Verifier interface {
	Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error)
}

// Announcer makes the notices that follow from a submission.
type Announcer interface {
	Announce(ctx context.Context, a dossier.Application, notices []string) (queue.Effect, error)
}

// Intake takes applications in.
type Intake struct {
	Catalogue *catalogue.Catalogue
	Store     Reader
	Verifier  Verifier
	Announcer Announcer
	Scatter   func(a dossier.Application) []queue.New // the first jobs of the checks
	Now       func() time.Time
	Limit     time.Duration // time limit of a verification
}

// Accept judges a submission at the door. It returns the application and what
// to write, or a *dossier.Refusal. The caller writes the effect, together with
// its own idempotency record, in one transaction.
func (in *Intake) Accept(ctx context.Context, s Submission) (*dossier.Application, func(context.Context, Tx) error, error) {
	f, t, err := in.form(s.Document)
	if err != nil {
		return nil, nil, err
	}
	if s.Commission != "" && s.Commission != f.Commission {
		return nil, nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
	}
	org, err := in.route(ctx, f, t)
	if err != nil {
		return nil, nil, err
	}
	subjects, problems, err := in.subjects(ctx, f, t)
	if err != nil {
		return nil, nil, err
	}
	if err := in.attachments(f, s.Attachments, &problems); err != nil {
		return nil, nil, err
	}
	if len(problems) > 0 {
		return nil, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the application does not fit its form", Problems: problems}
	}
	if err := dossier.CheckEnvelope(s.Document, s.Signature); err != nil {
		return nil, nil, err
	}
	lang := f.Language
	if lang == "" {
		lang = "uz-Latn"
	}
	a := &dossier.Application{
		ID: newID(), Type: t.ID, Election: f.Election, Commission: f.Commission, Applicant: org.ID, Language: lang,
		State: dossier.Submitted, Version: 1, Document: s.Document, Signature: s.Signature,
		SubmittedBy: s.By, SubmittedAt: in.Now(), Subjects: subjects, Attachments: s.Attachments,
	}
	for i := range a.Subjects {
		a.Subjects[i].Application = a.ID
	}
	for i := range a.Attachments {
		a.Attachments[i].ID = newID()
	}
	return a, func(ctx context.Context, tx Tx) error {
		if err := tx.AddApplication(ctx, a); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: a.SubmittedAt, Actor: "key:" + s.By, Act: "submitted", Detail: a.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, a.SubmittedAt, event.Submitted{
			Number: a.Number, Kind: a.Type, Election: a.Election, Applicant: a.Applicant, Subjects: len(a.Subjects), State: string(a.State),
		})); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageVerify, Ref: a.ID,
			Key: StageVerify + ":" + a.ID, Priority: t.Priority, Limit: in.Limit,
		})
	}, nil
}

// route checks that the applicant may address this commission with this type,
// in time (Regulation 1352 §6; the election's calendar).
func (in *Intake) route(ctx context.Context, f dossier.Form, t catalogue.Type) (dossier.Organisation, error) {
	var none dossier.Organisation
	el, ok, err := in.Store.Election(ctx, f.Election)
	if err != nil {
		return none, err
	}
	if !ok {
		return none, dossier.Refuse(dossier.UnknownRecord, "/election", "want an election of the directory")
	}
	c, ok, err := in.Store.Commission(ctx, f.Commission)
	if err != nil {
		return none, err
	}
	if !ok {
		return none, dossier.Refuse(dossier.UnknownRecord, "/commission", "want a commission of the directory")
	}
	org, ok, err := in.Store.Organisation(ctx, f.Applicant)
	if err != nil {
		return none, err
	}
	if !ok {
		return none, dossier.Refuse(dossier.UnknownRecord, "/applicant", "want an organisation of the directory")
	}
	if !slices.Contains(t.Route.From, org.Role) || !slices.Contains(t.Route.To, c.Level) {
		return none, dossier.Refuse(dossier.RouteNotAllowed, "/commission",
			fmt.Sprintf("%s may not address a commission of level %s with %s: want one of %v to one of %v", org.Role, c.Level, t.ID, t.Route.From, t.Route.To))
	}
	today := civil.Of(in.Now())
	if first, ok := in.Catalogue.Day(t.Window.From, el.Day, el.Calendar); ok && today.Compare(first) < 0 {
		return none, dossier.Refuse(dossier.TooEarly, "/type", fmt.Sprintf("the first day is %s", first))
	}
	if last, ok := in.Catalogue.Day(t.Window.Until, el.Day, el.Calendar); ok && today.Compare(last) > 0 {
		return none, dossier.Refuse(dossier.Late, "/type", fmt.Sprintf("the last day was %s", last))
	}
	return org, nil
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
