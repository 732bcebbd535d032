package decision

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Confirmation is a commission's word that a paper proves something.
type Confirmation struct {
	Application string
	Subject     string // ref; empty: about the application as a whole
	Kind        string // residence
	Attachment  string
	Official    string
	By          string
	Commission  string // the caller is bound to; empty: any
}

// ConfirmTx is what a confirmation writes.
type ConfirmTx interface {
	checks.WholeTx
	AddConfirmation(ctx context.Context, application string, c dossier.Confirmation) (added bool, err error)
	RaiseFindings(ctx context.Context, subject string) (checks.Gathered, error)
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
}

// Confirm judges a confirmation at the door and returns what to write: the
// proof, and with it the subject's next revision.
func (d *Decisions) Confirm(ctx context.Context, c Confirmation) (func(context.Context, ConfirmTx) error, error) {
	a, err := d.Store.Application(ctx, c.Application)
	if err != nil {
		return nil, err
	}
	if c.Commission != "" && c.Commission != a.Commission {
		return nil, dossier.Refusef(dossier.NotFound, "no such application")
	}
	if a.State != dossier.Checking && a.State != dossier.DossierReady {
		return nil, dossier.Refusef(dossier.WrongState, "the application is %s; papers are confirmed while it is %s or %s", a.State, dossier.Checking, dossier.DossierReady)
	}
	t, ok := d.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	about, err := offered(a, t, c)
	if err != nil {
		return nil, err
	}
	officials, err := d.Store.Officials(ctx, a.Commission)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(officials, func(o dossier.Official) bool { return o.ID == c.Official && o.InOffice(civil.Of(d.Now())) }) {
		return nil, dossier.Refuse(dossier.NotEntitled, "/official", "want the id of an official of this commission, in office")
	}
	now := d.Now()
	times, err := d.Store.FindingTimes(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	old := len(checks.Stale(times[about.ID], now)) > 0 // then the paper counts anew
	proof := dossier.Confirmation{ID: uuid.Must(uuid.NewV7()).String(), Subject: about.ID, Kind: c.Kind, Attachment: c.Attachment, Official: c.Official, At: now}
	return func(ctx context.Context, tx ConfirmTx) error {
		added, err := tx.AddConfirmation(ctx, a.ID, proof)
		if err != nil || !added && !old { // confirmed before: the first one stands
			return err
		}
		of := "the whole"
		if about.Ref != "" {
			of = "subject " + about.Ref
		}
		err = tx.AddEntry(ctx, a.ID, dossier.Entry{
			At: now, Actor: "official:" + c.Official, Act: "paper_confirmed", Detail: fmt.Sprintf("%s, %s: %s", of, c.Kind, c.Attachment),
		})
		if err != nil {
			return err
		}
		if about.ID == "" {
			left, err := tx.Unassessed(ctx, a.ID)
			if err != nil || left > 0 { // the last subject's assessment brings the whole's
				return err
			}
			return checks.AssessWhole(ctx, tx, a.ID, a.Applicant, t.Priority)
		}
		g, err := tx.RaiseFindings(ctx, about.ID)
		if err != nil {
			return err
		}
		return checks.AssessIfDue(ctx, tx, g, about.ID, a.Applicant, t.Priority)
	}, nil
}

// offered finds whom a confirmation is about: a subject that offers such a paper, or
// nobody, where a rule over the whole application takes the commission's word on one
// of its attachments.
func offered(a dossier.Application, t catalogue.Type, c Confirmation) (dossier.Subject, error) {
	var none dossier.Subject
	if c.Subject == "" && len(t.Whole) > 0 {
		form, err := dossier.ReadForm(a.Document)
		if err != nil {
			return none, err
		}
		if !slices.ContainsFunc(form.Attachments, func(f dossier.FormAttachment) bool { return f.Name == c.Attachment }) {
			return none, dossier.Refuse(dossier.BadForm, "/attachment", "the signed application has no such attachment")
		}
		for _, r := range eligibility.WholeRules() {
			if slices.Contains(t.Whole, r.ID) && slices.Contains(r.Accepts, "confirmation:"+c.Kind) {
				return none, nil
			}
		}
		return none, dossier.Refuse(dossier.BadForm, "/proves", "no rule over this application as a whole takes the commission's word on that")
	}
	i := slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return s.Ref == c.Subject })
	if i < 0 {
		return none, dossier.Refuse(dossier.BadForm, "/subject", "want the ref of a subject")
	}
	s := a.Subjects[i]
	if !slices.Contains(s.Papers, dossier.Paper{Proves: c.Kind, Attachment: c.Attachment}) {
		return none, dossier.Refuse(dossier.BadForm, "/attachment", fmt.Sprintf("the signed application offers no such paper for %s", c.Kind))
	}
	return s, nil
}
