package checks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// Receipts reads receipts that were in time at the door.
type Receipts interface {
	Read(token string) (receipt.Receipt, error)
}

// Earlier is a finding about the same person under another subject of the same
// election, which an application of some type was the reason for.
type Earlier struct {
	dossier.Finding
	Type string
}

// answers are what is known about a subject already, by register: findings to be
// copied, with where they are from in Source.
type answers map[register.ID]dossier.Finding

// registersOf are the registers to be asked about a subject: the type's, or those
// for a role that ends. A foreigner is in none. Who the person is comes first.
func registersOf(t catalogue.Type, s Subject) []register.ID {
	list := t.Checks
	if s.Part == dossier.Leaving {
		list = nil
		if t.Leaving != nil {
			list = t.Leaving.Checks
		}
	}
	if s.Foreigner != nil || len(list) == 0 {
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(list), func(id register.ID) bool { return id == register.Personal })
	return slices.Concat([]register.ID{register.Personal}, rest)
}

// photo reports whether the personal data must hold the picture.
func photo(t catalogue.Type, s Subject) bool {
	return t.Subjects.Photo && s.Part != dossier.Leaving
}

// known finds what need not be asked about some subjects of one application, by
// the subject's id: answers of the same election that are fresh and were given for
// the same stated purpose, be it to another application or to an auto-fill whose
// receipt is cited.
func (c *Checks) known(ctx context.Context, t catalogue.Type, list []Subject) (map[string]answers, error) {
	out := map[string]answers{}
	var named []dossier.Subject
	for _, s := range list {
		if len(registersOf(t, s)) == 0 {
			continue
		}
		out[s.ID] = answers{}
		if s.PINFL != "" {
			named = append(named, s.Subject)
		}
		if err := c.cited(t, s, out[s.ID]); err != nil {
			return nil, err
		}
	}
	var earlier map[string][]Earlier
	if len(named) > 0 {
		var err error
		earlier, err = c.Store.EarlierFindings(ctx, list[0].Election, named, func(e Earlier) bool {
			return c.samePurpose(t, e.Type) && Fresh(e.Register, e.At, c.Now()) && reusable(e.Register, e.Status)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, s := range list {
		for _, e := range earlier[s.ID] {
			e.Source = e.ID
			out[s.ID].add(e.Finding)
		}
		if err := c.keep(ctx, t, s, out[s.ID]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// samePurpose: what was told to a register as the reason of a question holds for
// its answer too. Data given for one purpose are not put to another.
func (c *Checks) samePurpose(t catalogue.Type, other string) bool {
	o, ok := c.Catalogue.Type(other)
	return ok && o.Purpose == t.Purpose
}

// reusable: data that their owner has locked may be open by now, and who was not
// found may be entered.
func reusable(id register.ID, status register.Status) bool {
	return status == register.Found || status == register.Absent && id != register.Personal
}

// add puts an answer in unless a newer one is there.
func (a answers) add(f dossier.Finding) {
	if old, ok := a[f.Register]; !ok || old.At.Before(f.At) {
		a[f.Register] = f
	}
}

// cited adds what the receipt holds that a subject cites.
func (c *Checks) cited(t catalogue.Type, s Subject, into answers) error {
	if s.Receipt == "" || c.Receipts == nil {
		return nil
	}
	r, err := c.Receipts.Read(s.Receipt)
	if errors.Is(err, receipt.ErrForged) || err == nil && !c.samePurpose(t, r.Type) {
		return nil
	}
	if err != nil {
		return err
	}
	about, err := r.About(s.PINFL, s.Document, s.BirthDate)
	if err != nil || !about {
		return err
	}
	for _, a := range r.Answers {
		status := register.Status(a.Status)
		if reusable(a.Register, status) && Fresh(a.Register, a.At, c.Now()) {
			into.add(dossier.Finding{
				Register: a.Register, Status: status, Transaction: a.Transaction, Facts: a.Facts, Columns: a.Columns, At: a.At, Source: "receipt:" + r.ID,
			})
		}
	}
	return nil
}

// keep takes out what cannot stand for this application's question: personal data
// without the picture that its document shows, and work at another organisation.
// A picture that it does not need is left out.
func (c *Checks) keep(ctx context.Context, t catalogue.Type, s Subject, a answers) error {
	if f, ok := a[register.Personal]; ok {
		p := new(register.PersonalData)
		if err := json.Unmarshal(f.Facts, p); err != nil {
			return fmt.Errorf("reading personal data: %w", err)
		}
		switch {
		case photo(t, s) && p.Photo == nil:
			delete(a, register.Personal)
		case !photo(t, s) && p.Photo != nil:
			p.Photo = nil
			var err error
			if f.Facts, err = json.Marshal(p); err != nil {
				return fmt.Errorf("writing personal data: %w", err)
			}
			a[register.Personal] = f
		}
	}
	f, ok := a[register.WorksAt]
	if !ok {
		return nil
	}
	tin, err := c.employer(ctx, s)
	if err != nil {
		return err
	}
	var e register.EmployedAt
	if f.Status != register.Found || json.Unmarshal(f.Facts, &e) != nil || e.TIN != tin {
		delete(a, register.WorksAt)
	}
	return nil
}

// identity is who a subject is by what is known already; nil: nobody knows.
func (a answers) identity() (*register.PersonalData, error) {
	f, ok := a[register.Personal]
	if !ok {
		return nil, nil
	}
	p := new(register.PersonalData)
	if err := json.Unmarshal(f.Facts, p); err != nil {
		return nil, fmt.Errorf("reading personal data: %w", err)
	}
	return p, nil
}

// reuse answers checks with what is known already, on record as every question is.
func (c *Checks) reuse(ctx context.Context, tx Tx, s Subject, purpose string, who personal.PINFL, list []dossier.Finding) error {
	if len(list) == 0 {
		return nil
	}
	var names []string
	for _, f := range list {
		f.ID, f.Subject = newID(), s.ID
		if err := tx.AddFinding(ctx, f); err != nil {
			return err
		}
		if err := tx.Audit(ctx, dossier.AuditLine{
			At: c.Now(), Actor: "hub", Action: "register.reused", Object: s.Application, Subject: who, Document: s.Document,
			Detail: map[string]string{
				"register": string(f.Register), "transaction": f.Transaction, "purpose": purpose, "subject": s.ID, "source": f.Source,
			},
		}); err != nil {
			return err
		}
		names = append(names, string(f.Register))
	}
	slices.Sort(names)
	return tx.AddEntry(ctx, s.Application, dossier.Entry{
		At: c.Now(), Actor: "hub", Act: "reused", Detail: fmt.Sprintf("subject %s: %s", s.Ref, strings.Join(names, ", ")),
	})
}
