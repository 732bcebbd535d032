package intake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// desk judges one application.
type desk struct {
	in   *Intake
	form dossier.Form
	kind catalogue.Type
	parties
	by         string
	now        time.Time
	seen       looked
	problems   []schema.Problem
	amendments []dossier.Amendment
}

// bad names a fault.
func (c *desk) bad(field, want string) {
	c.problems = append(c.problems, schema.Problem{Field: field, Want: want})
}

// named is who was named in an application so far.
type named struct {
	refs      map[string]bool
	numbers   map[personal.PINFL]bool
	passports map[personal.Document]bool
}

// subjects reads the persons strictly: what a person typed is checked to the
// last digit, and every fault is named at once.
func (c *desk) subjects(ctx context.Context) ([]dossier.Subject, error) {
	list := c.form.Subjects
	if c.kind.Subjects.Applicant && len(list) == 0 {
		list = []dossier.FormSubject{{Ref: "1"}}
	}
	if n := len(list); n < c.kind.Subjects.Min || n > c.kind.Subjects.Max {
		c.bad("/subjects", fmt.Sprintf("want %d to %d", c.kind.Subjects.Min, c.kind.Subjects.Max))
	}
	who := named{map[string]bool{}, map[personal.PINFL]bool{}, map[personal.Document]bool{}}
	out := make([]dossier.Subject, 0, len(list))
	for i, s := range list {
		d := dossier.Subject{
			ID: newID(), Ref: s.Ref, Role: c.kind.Subjects.Role, BirthDate: s.BirthDate, Language: s.Language, Part: s.Part, Position: s.Position,
			Post: s.Post, Territory: s.Territory, Constituency: s.Constituency, Precinct: s.Precinct, Body: s.Body, RecommendedBy: s.RecommendedBy, IssuedDocument: s.Document,
			Party: s.Party, Foreigner: s.Foreigner, Statements: s.Statements, Papers: s.Papers, Receipt: s.Receipt,
		}
		at := fmt.Sprintf("/subjects/%d", i)
		c.identity(at, s, &d, who)
		if err := c.known(ctx, at, &d); err != nil {
			return nil, err
		}
		if s.Part != "" && (s.Part != dossier.Leaving || c.kind.Leaving == nil) {
			c.bad(at+"/part", "this type knows no such part")
		}
		if who.refs[d.Ref] {
			c.bad(at+"/ref", "another subject has it")
		}
		who.refs[d.Ref] = true
		if err := c.places(ctx, at, s); err != nil {
			return nil, err
		}
		if err := c.columns(at, s, d); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// identity reads who a person is and how they are reached. Which of it a form
// wants is its schema's business.
func (c *desk) identity(at string, s dossier.FormSubject, d *dossier.Subject, who named) {
	var err error
	switch {
	case c.kind.Subjects.Applicant && s.PINFL == "" && s.Passport == "" && s.Foreigner == nil:
		d.PINFL = c.applicant.Person
	case s.Foreigner != nil && s.PINFL == "" && s.Passport == "":
		c.foreigner(at, *s.Foreigner, who)
	case s.Foreigner != nil:
		c.bad(at+"/foreigner", "want either pinfl, passport with birth_date, or foreigner")
	case s.PINFL != "" && s.Passport == "":
		if d.PINFL, err = personal.ParsePINFL(s.PINFL); err != nil {
			c.bad(at+"/pinfl", err.Error())
		} else if !personal.Plausible(d.PINFL.BirthDate(), c.now) {
			c.bad(at+"/pinfl", "the birth date in it is not plausible")
		} else if who.numbers[d.PINFL] {
			c.bad(at+"/pinfl", "this person is named twice")
		} else if c.kind.Subjects.Applicant && d.PINFL != c.applicant.Person {
			c.bad(at+"/pinfl", "want the applicant")
		}
		who.numbers[d.PINFL] = true
	case s.PINFL == "" && s.Passport != "" && !c.kind.Subjects.Applicant:
		if d.Document, err = personal.ParseDocument(s.Passport); err != nil {
			c.bad(at+"/passport", err.Error())
		} else if who.passports[d.Document] {
			c.bad(at+"/passport", "this person is named twice")
		}
		who.passports[d.Document] = true
		if s.BirthDate.IsZero() {
			c.bad(at+"/birth_date", "required with a passport")
		} else if !personal.Plausible(s.BirthDate, c.now) {
			c.bad(at+"/birth_date", "the birth date is not plausible")
		}
	default:
		c.bad(at+"/pinfl", "want either pinfl, or passport with birth_date")
	}
	switch {
	case s.Phone == "" && c.kind.Subjects.Applicant:
		d.Phone = c.applicant.Phone
	case s.Phone == "": // the form does not want one
	default:
		if d.Phone, err = personal.ParsePhone(s.Phone); err != nil {
			c.bad(at+"/phone", err.Error())
		}
	}
}

// foreigner checks somebody whom no register knows.
func (c *desk) foreigner(at string, f dossier.Foreigner, who named) {
	if !c.kind.Subjects.Foreign {
		c.bad(at+"/foreigner", "this type is about citizens")
		return
	}
	if !f.Arrives.IsZero() && !f.Leaves.IsZero() && f.Leaves.Compare(f.Arrives) < 0 {
		c.bad(at+"/foreigner/leaves", "want no day before arrives")
	}
	passport := dossier.PassportOf(f)
	if who.passports[passport] {
		c.bad(at+"/foreigner/passport", "this person is named twice")
	}
	who.passports[passport] = true
}

// known names a foreigner whom the form tells by passport alone: they hold a role,
// and were named when they took it.
func (c *desk) known(ctx context.Context, at string, d *dossier.Subject) error {
	if d.Foreigner == nil || d.Foreigner.Surname != "" {
		return nil
	}
	f, ok, err := c.in.Store.ForeignerOf(ctx, c.election.Roles(), *d)
	if err != nil {
		return err
	}
	if !ok {
		c.bad(at+"/foreigner/passport", "nobody of this passport holds a role in the election")
		return nil
	}
	d.Foreigner = &f
	return nil
}

// columns checks the receipt of an auto-fill and what was changed of it by hand.
func (c *desk) columns(at string, s dossier.FormSubject, d dossier.Subject) error {
	changed := slices.Sorted(maps.Keys(s.Columns))
	if s.Receipt != "" {
		if c.in.Receipts == nil {
			return dossier.Refuse(dossier.ReceiptForged, at+"/receipt", "this hub gives no receipts")
		}
		err := c.in.Receipts.Check(s.Receipt, d, c.by, c.form.Commission)
		if r, ok := errors.AsType[*dossier.Refusal](err); ok {
			return dossier.Refuse(r.Code, at+"/receipt", r.Detail)
		}
		if err != nil {
			return err
		}
		if changed, err = c.in.Receipts.Differ(s.Receipt, s.Columns); err != nil {
			return err
		}
		slices.Sort(changed)
	}
	for _, name := range changed {
		field := at + "/columns/" + name
		switch reason := strings.TrimSpace(s.Reasons[name]); {
		case !slices.Contains(addable, name):
			c.bad(field, "this column is the register's alone: want it as the receipt has it, or left out")
		case reason == "":
			c.bad(at+"/reasons/"+name, "want the reason why the column was changed by hand")
		default:
			c.amendments = append(c.amendments, dossier.Amendment{
				ID: newID(), Subject: d.ID, Name: name, Value: s.Columns[name], Reason: reason, Actor: ActorApplicant, At: c.now,
			})
		}
	}
	return nil
}

// complaint checks what a complaint is about: it goes to the next commission up,
// in time.
func (c *desk) complaint(ctx context.Context) error {
	f := c.form.Complaint
	if f == nil || f.Commission == "" {
		return nil
	}
	up := ""
	about, ok, err := c.commissionOf(ctx, f.Commission)
	if err != nil {
		return err
	}
	if up = about.Parent; !ok {
		p, known, err := c.precinctOf(ctx, f.Commission)
		if err != nil {
			return err
		}
		if !known {
			c.bad("/complaint/commission", "want a commission or precinct of the directory")
			return nil
		}
		up = p.Commission
	}
	if up != c.commission.ID {
		return dossier.Refuse(dossier.RouteNotAllowed, "/commission", "a complaint goes to the next commission up")
	}
	today := civil.Of(c.now)
	if f.Date.IsZero() {
		return nil
	}
	if f.Date.Compare(today) > 0 {
		c.bad("/complaint/date", "want no day to come")
	} else if last := f.Date.AddDays(complainWithin); last.Compare(today) < 0 {
		return dossier.Refuse(dossier.Late, "/complaint/date", fmt.Sprintf("the last day to complain was %s", last))
	}
	return nil
}

// decideBy is the last day of the legal term; zero: none.
func (c *desk) decideBy() civil.Date {
	today := civil.Of(c.now)
	switch {
	case c.kind.Term == 0:
		return civil.Date{}
	case c.form.Complaint != nil && !c.election.Day.IsZero() && today.AddDays(urgentBefore).Compare(c.election.Day) > 0:
		return today
	}
	return today.AddDays(c.kind.Term)
}
