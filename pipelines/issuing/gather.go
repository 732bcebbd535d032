package issuing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// gather reads what a document's data is taken from.
func (is *Issuing) gather(ctx context.Context, r ref) (facts, error) {
	var f facts
	var err error
	if f.dec, err = is.Store.Decision(ctx, r.Decision); err != nil {
		return f, err
	}
	if f.app, err = is.Store.Application(ctx, f.dec.Application); err != nil {
		return f, err
	}
	var ok bool
	if f.kind, ok = is.Catalogue.Type(f.app.Type); !ok {
		return f, fmt.Errorf("type %s is no longer in the catalogue", f.app.Type)
	}
	if len(f.app.Document) > 0 {
		if f.form, err = dossier.ReadForm(f.app.Document); err != nil {
			return f, err
		}
	}
	f.outcome = f.dec.Whole
	if r.Subject != "" {
		if f.subject, ok = subjectOf(f.app, r.Subject); !ok {
			return f, fmt.Errorf("application %s names no subject %s", f.app.ID, r.Subject)
		}
		if i := slices.IndexFunc(f.dec.Outcomes, func(o dossier.Outcome) bool { return o.Subject == r.Subject }); i >= 0 {
			f.outcome = f.dec.Outcomes[i]
		}
	}
	for _, read := range []func(context.Context, *facts) error{is.readParties, is.readOfficials, is.readPeople, is.readPlace} {
		if err := read(ctx, &f); err != nil {
			return f, err
		}
	}
	f.appealUntil = f.dec.Date.AddDays(is.AppealFor)
	f.day = func(id string) civil.Date {
		day, _ := is.Catalogue.Day(id, f.election.Day, f.election.Calendar)
		return day
	}
	f.reason = is.reason
	return f, nil
}

// reason words a refusal as it may leave the commission: of some grounds only the
// code does.
func (is *Issuing) reason(code string) string {
	r, ok := is.Catalogue.Reason(code)
	if !ok || r.Closed || slices.Contains([]string{"R04", "R05", "R06"}, code) {
		return code
	}
	return r.UzL
}

// readParties reads the records of the directory.
func (is *Issuing) readParties(ctx context.Context, f *facts) error {
	var ok bool
	var err error
	if f.election, ok, err = is.Store.Election(ctx, f.app.Election); err != nil || !ok {
		return missing(err, "election", f.app.Election)
	}
	if f.commission, ok, err = is.Store.Commission(ctx, f.app.Commission); err != nil || !ok {
		return missing(err, "commission", f.app.Commission)
	}
	if f.commission.Parent != "" {
		if f.higher, _, err = is.Store.Commission(ctx, f.commission.Parent); err != nil {
			return err
		}
	}
	if f.applicant, ok, err = is.Store.Applicant(ctx, f.app.Applicant); err != nil || !ok {
		return missing(err, "applicant", f.app.Applicant)
	}
	if of := f.applicant.Held.Candidate; of != "" {
		by, _, err := is.Store.Applicant(ctx, of)
		if err != nil {
			return err
		}
		f.candidate = by.Title
	}
	f.ballot = cmp.Or(f.applicant.Held.Ballot, dossier.BallotOf(f.app, f.election))
	if f.partyCode = f.applicant.Org.Code; f.partyCode == "" && f.applicant.Org.Parent != "" {
		party, _, err := is.Store.Organisation(ctx, f.applicant.Org.Parent)
		if err != nil {
			return err
		}
		f.partyCode = party.Code
	}
	return nil
}

// readOfficials finds who signed, and who takes papers in.
func (is *Issuing) readOfficials(ctx context.Context, f *facts) error {
	officials, err := is.Store.Officials(ctx, f.app.Commission)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(officials, func(o dossier.Official) bool { return f.dec.Signer != nil && o.PINFL == f.dec.Signer.PINFL })
	if i < 0 {
		return missing(nil, "the signer of decision", f.dec.ID)
	}
	f.signer = officials[i]
	f.receiver = f.signer
	for _, o := range officials {
		if o.Post == dossier.Secretary && o.InOffice(f.dec.Date) {
			f.receiver = o
			break
		}
	}
	return nil
}

// readPeople reads the names, and of a document's bearer the photo.
func (is *Issuing) readPeople(ctx context.Context, f *facts) error {
	var err error
	if f.people, err = is.Store.People(ctx, f.app.ID, f.subject.ID); err != nil {
		return err
	}
	if held := f.applicant.Held; held.ID != "" { // a candidate or proxy who applies
		own, err := is.Store.People(ctx, held.Application, held.ID)
		if err != nil {
			return err
		}
		if p, ok := own[held.ID]; ok {
			f.people[held.ID] = p
		}
	}
	if f.subject.ID == "" || !f.kind.Subjects.Photo {
		return nil
	}
	found, err := is.Store.NewestFindings(ctx, f.subject.ID)
	if err != nil || found[register.Personal].Status != register.Found {
		return err
	}
	var p register.PersonalData
	if err := json.Unmarshal(found[register.Personal].Facts, &p); err != nil {
		return fmt.Errorf("reading the personal data of a subject: %w", err)
	}
	f.photo = p.Photo
	return nil
}

// readPlace reads where the subject's role is: constituency, territory, body.
func (is *Issuing) readPlace(ctx context.Context, f *facts) error {
	s := f.subject
	if s.ID == "" {
		return nil
	}
	var err error
	if f.role, _, err = is.Store.Role(ctx, s.ID); err != nil {
		return err
	}
	if id := cmp.Or(s.Constituency, f.role.Constituency, f.applicant.Held.Constituency); id != "" {
		var ok bool
		if f.constituency, ok, err = is.Store.Constituency(ctx, id); err != nil || !ok {
			return missing(err, "constituency", id)
		}
	}
	f.territory = s.Territory
	if t, ok, err := is.territory(ctx, s.Territory); err != nil {
		return err
	} else if ok {
		f.territory = t
	}
	if s.Body == "" {
		return nil
	}
	c, ok, err := is.Store.Commission(ctx, s.Body)
	if err != nil {
		return err
	}
	if f.body = c.Title; ok {
		return nil
	}
	p, ok, err := is.Store.Precinct(ctx, s.Body)
	if err != nil || !ok {
		return missing(err, "commission or precinct", s.Body)
	}
	f.body = fmt.Sprintf("%d-son saylov uchastkasi saylov komissiyasi", p.Number)
	return nil
}

// territory titles a territory of the directory.
func (is *Issuing) territory(ctx context.Context, soato string) (string, bool, error) {
	if soato == "" {
		return "", false, nil
	}
	t, ok, err := is.Store.Territory(ctx, soato)
	return t.Name["uz-Latn"], ok && t.Name["uz-Latn"] != "", err
}

// missing is a failure that a person mends in the directory.
func missing(err error, what, id string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Rejected, fmt.Errorf("%s %s is no longer in the directory", what, id))
}
