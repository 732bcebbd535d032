package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Ask returns the handler of a register's n-th operation.
func (c *Checks) Ask(r register.Register, n int) func(context.Context, queue.Job, queue.Keeper) (queue.Effect, error) {
	return func(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
		check, s, err := c.Store.Check(ctx, j.Ref)
		if err != nil {
			return nil, err
		}
		if check.State == dossier.Answered || j.Key != jobKey(j.Stage, check) || dropped(s.State) { // the key: asked again since
			return nil, nil
		}
		official, err := c.official(ctx, s.Commission)
		if err != nil {
			return nil, err
		}
		q, err := c.question(ctx, r, s, check, official.PINFL)
		if err != nil {
			return nil, err
		}
		// What is asked about whom is on record before it is asked.
		err = keep(ctx, queue.In(func(ctx context.Context, tx Tx) error {
			return tx.Audit(ctx, dossier.AuditLine{
				At: c.Now(), Actor: "hub", Action: "register.asked", Object: s.Application, Subject: s.PINFL, Document: s.Subject.Document,
				Detail: map[string]string{
					"register": string(r.ID), "operation": r.Operations[n].ID, "transaction": q.Transaction,
					"purpose": q.Purpose, "subject": s.ID, "official": official.ID,
				},
			})
		}))
		if err != nil {
			return nil, err
		}
		reply, err := r.Operations[n].Ask(ctx, q)
		if err != nil {
			return nil, err
		}
		return c.follow(ctx, r, n, j, check, s, q, reply)
	}
}

// question builds what is asked.
func (c *Checks) question(ctx context.Context, r register.Register, s Subject, k dossier.Check, official personal.PINFL) (register.Question, error) {
	t, ok := c.Catalogue.Type(s.Type)
	if !ok {
		return register.Question{}, fmt.Errorf("type %s is no longer in the catalogue", s.Type)
	}
	q := register.Question{
		Transaction: c.NewNumber(), Official: official, Purpose: t.Purpose,
		PINFL: s.PINFL, Document: s.Subject.Document, BirthDate: s.BirthDate, Token: k.Token,
	}
	if r.ID == register.Personal {
		q.Photo = photo(t, s)
		return q, nil
	}
	if r.ID == register.WorksAt {
		var err error
		if q.Employer, err = c.employer(ctx, s); err != nil {
			return q, err
		}
	}
	// Asked by the number that is the person's now, with all earlier ones
	// known: an answer about somebody else is then seen as such.
	found, err := c.Store.NewestFindings(ctx, s.ID)
	if err != nil {
		return q, err
	}
	q.Identity = new(register.PersonalData)
	if err := json.Unmarshal(found[register.Personal].Facts, q.Identity); err != nil {
		return q, fault.New(fault.Defect, fmt.Errorf("check %s was opened without personal data", k.ID))
	}
	q.PINFL, q.Document, q.BirthDate = q.Identity.PINFL, q.Identity.Document, q.Identity.BirthDate
	return q, nil
}

// employer is the TIN of who applies: whether the person works there is asked.
func (c *Checks) employer(ctx context.Context, s Subject) (string, error) {
	a, _, err := c.Store.Applicant(ctx, s.Applicant)
	if err == nil && a.TIN == "" {
		err = &fault.Fault{
			Kind: fault.Rejected, System: "directory", Code: "no_tin",
			Err:  fmt.Errorf("organisation %s has no TIN", s.Applicant),
			Hint: "import the organisation with its TIN, then replay",
		}
	}
	return a.TIN, err
}

// official is the acting official of a check: the commission's secretary, else
// its chair, who is in office.
func (c *Checks) official(ctx context.Context, commission string) (dossier.Official, error) {
	all, err := c.Store.Officials(ctx, commission)
	if err != nil {
		return dossier.Official{}, err
	}
	today := civil.Of(c.Now())
	for _, post := range []string{dossier.Secretary, dossier.Chair} {
		if i := slices.IndexFunc(all, func(o dossier.Official) bool { return o.Post == post && o.InOffice(today) }); i >= 0 {
			return all[i], nil
		}
	}
	return dossier.Official{}, &fault.Fault{
		Kind: fault.Rejected, System: "directory", Code: "no_official",
		Err:  fmt.Errorf("commission %s has neither secretary nor chair in office", commission),
		Hint: "import the commission's officials, then replay",
	}
}

// follow says what a reply brings: the register's next operation, or a finding
// with all that hangs on it.
func (c *Checks) follow(ctx context.Context, r register.Register, n int, j queue.Job, k dossier.Check, s Subject, q register.Question, reply register.Reply) (queue.Effect, error) {
	if reply.Answer == nil {
		if n+1 >= len(r.Operations) || reply.Continue == "" {
			return nil, fault.New(fault.Defect, fmt.Errorf("register %s answered nothing", r.ID))
		}
		return queue.In(func(ctx context.Context, tx Tx) error {
			if err := tx.SetCheck(ctx, k.ID, dossier.Open, reply.Continue); err != nil {
				return err
			}
			return tx.Enqueue(ctx, c.job(s, j.Priority, r, n+1, k))
		}), nil
	}
	f := dossier.Finding{
		ID: newID(), Check: k.ID, Subject: s.ID, Register: r.ID, Status: reply.Answer.Status,
		Transaction: q.Transaction, Columns: reply.Answer.Columns, At: c.Now(),
	}
	var identity *register.PersonalData
	if f.Status == register.Found {
		var err error
		if f.Facts, err = json.Marshal(reply.Answer.Facts); err != nil {
			return nil, fmt.Errorf("writing the facts of %s: %w", r.ID, err)
		}
		identity, _ = reply.Answer.Facts.(*register.PersonalData)
	}
	var known answers
	if identity != nil {
		var err error
		if known, err = c.knownOf(ctx, s, identity); err != nil {
			return nil, err
		}
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.AddFinding(ctx, f); err != nil {
			return err
		}
		if err := tx.SetCheck(ctx, k.ID, dossier.Answered, ""); err != nil {
			return err
		}
		if r.ID == register.Personal {
			if err := c.release(ctx, tx, j.Priority, s, identity, known); err != nil {
				return err
			}
		}
		return c.gather(ctx, tx, j, s)
	}), nil
}

// knownOf is what is known already about a subject who was just identified.
func (c *Checks) knownOf(ctx context.Context, s Subject, who *register.PersonalData) (answers, error) {
	t, ok := c.Catalogue.Type(s.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", s.Type)
	}
	if len(registersOf(t, s)) < 2 { // nothing waits
		return nil, nil
	}
	s.PINFL = who.PINFL
	all, err := c.known(ctx, t, []Subject{s})
	return all[s.ID], err
}

// release opens the checks that waited for the personal data, or answers them where
// that needs no question; when nobody was identified they cannot be asked and are
// skipped.
func (c *Checks) release(ctx context.Context, tx Tx, priority int, s Subject, identity *register.PersonalData, known answers) error {
	waiting, err := tx.ChecksIn(ctx, s.ID, dossier.Held)
	if err != nil {
		return err
	}
	if identity == nil {
		for _, k := range waiting {
			if err := tx.SetCheck(ctx, k.ID, dossier.Skipped, ""); err != nil {
				return err
			}
		}
		return nil
	}
	skipped, err := tx.ChecksIn(ctx, s.ID, dossier.Skipped)
	if err != nil {
		return err
	}
	if err := tx.Identify(ctx, s.ID, identity.PINFL, identity.Document); err != nil {
		return err
	}
	var reused []dossier.Finding
	for _, k := range append(waiting, skipped...) {
		if f, have := known[k.Register]; have && k.Round == 0 { // one that is asked again is asked
			if err := tx.SetCheck(ctx, k.ID, dossier.Answered, ""); err != nil {
				return err
			}
			f.Check = k.ID
			reused = append(reused, f)
			continue
		}
		r, ok := c.register(k.Register)
		if !ok {
			return fmt.Errorf("no connector for the register %s", k.Register)
		}
		if err := tx.SetCheck(ctx, k.ID, dossier.Open, ""); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, c.job(s, priority, r, 0, k)); err != nil {
			return err
		}
	}
	t, _ := c.Catalogue.Type(s.Type)
	return c.reuse(ctx, tx, s, t.Purpose, identity.PINFL, reused)
}

func (c *Checks) gather(ctx context.Context, tx Tx, j queue.Job, s Subject) error {
	g, err := tx.RaiseFindings(ctx, s.ID)
	if err != nil {
		return err
	}
	return AssessIfDue(ctx, tx, g, s.ID, j.Applicant, j.Priority)
}

// GaveUp ends a check as failed: the register could not tell, which is no fact
// about the person. A replay may still answer it.
func (c *Checks) GaveUp(r register.Register) func(queue.Job, queue.Failure) queue.Effect {
	return func(j queue.Job, f queue.Failure) queue.Effect {
		return queue.In(func(ctx context.Context, tx Tx) error {
			k, err := tx.CheckNow(ctx, j.Ref)
			if err != nil || k.State == dossier.Answered || j.Key != jobKey(j.Stage, k) {
				return err
			}
			if err := tx.FailCheck(ctx, k.ID); err != nil {
				return err
			}
			if r.ID == register.Personal {
				if err := c.release(ctx, tx, j.Priority, Subject{Subject: dossier.Subject{ID: k.Subject}}, nil, nil); err != nil {
					return err
				}
			}
			if err := tx.AddEntry(ctx, j.Application, dossier.Entry{
				At: f.At, Actor: "hub", Act: "check_failed", Detail: fmt.Sprintf("%s: %s", r.ID, f.Kind),
			}); err != nil {
				return err
			}
			g, err := tx.RaiseFindings(ctx, k.Subject)
			if err != nil {
				return err
			}
			return AssessIfDue(ctx, tx, g, k.Subject, j.Applicant, j.Priority)
		})
	}
}
