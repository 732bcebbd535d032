package decision

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Confirmation is a commission's word that a paper proves something.
type Confirmation struct {
	Application string
	Subject     string // ref
	Kind        string // residence
	Attachment  string
	Official    string
	By          string
	Commission  string // the caller is bound to; empty: any
}

// ConfirmTx is what a confirmation writes.
type ConfirmTx interface {
	queue.Tx
	AddConfirmation(ctx context.Context, c dossier.Confirmation) (added bool, err error)
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
	i := slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return s.Ref == c.Subject })
	if i < 0 {
		return nil, dossier.Refuse(dossier.BadForm, "/subject", "want the ref of a subject")
	}
	s := a.Subjects[i]
	if !slices.Contains(s.Papers, dossier.Paper{Proves: c.Kind, Attachment: c.Attachment}) {
		return nil, dossier.Refuse(dossier.BadForm, "/attachment", fmt.Sprintf("the signed application offers no such paper for %s", c.Kind))
	}
	officials, err := d.Store.Officials(ctx, a.Commission)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(officials, func(o dossier.Official) bool { return o.ID == c.Official && o.InOffice(civil.Of(d.Now())) }) {
		return nil, dossier.Refuse(dossier.NotEntitled, "/official", "want the id of an official of this commission, in office")
	}
	t, ok := d.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	now := d.Now()
	proof := dossier.Confirmation{ID: uuid.Must(uuid.NewV7()).String(), Subject: s.ID, Kind: c.Kind, Attachment: c.Attachment, Official: c.Official, At: now}
	return func(ctx context.Context, tx ConfirmTx) error {
		added, err := tx.AddConfirmation(ctx, proof)
		if err != nil || !added { // confirmed before: the first one stands
			return err
		}
		err = tx.AddEntry(ctx, a.ID, dossier.Entry{
			At: now, Actor: "official:" + c.Official, Act: "paper_confirmed", Detail: fmt.Sprintf("subject %s, %s: %s", s.Ref, c.Kind, c.Attachment),
		})
		if err != nil {
			return err
		}
		g, err := tx.RaiseFindings(ctx, s.ID)
		if err != nil {
			return err
		}
		return checks.AssessIfDue(ctx, tx, g, s.ID, a.Applicant, t.Priority)
	}, nil
}
