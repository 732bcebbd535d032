package oneid

import (
	"context"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
)

// Longest texts and lists of a profile; what is longer is no profile.
const (
	longestName          = 300
	longestLogin         = 100
	longestEmail         = 254
	longestSession       = 100
	longestOrganisations = 1000
)

// Identify tells who holds the token. A missing PINFL, phone or list of
// organisations is no fault.
func (c *Client) Identify(ctx context.Context, t Token) (Profile, error) {
	form, err := c.tokenForm(OpIdentify, "one_access_token_identify", t)
	if err != nil {
		return Profile{}, err
	}
	var p Profile
	err = c.post(ctx, OpIdentify, form, func(body []byte) (err error) {
		p, err = readProfile(body)
		return err
	})
	if err != nil {
		return Profile{}, err
	}
	return p, nil
}

// profileWire is an answer to identify. sur_name, first_name and mid_name are
// left out on purpose (see Profile.FullName).
type profileWire struct {
	outcome
	PIN       text               `json:"pin"`
	Login     text               `json:"user_id"`
	FullName  text               `json:"full_name"`
	Passport  text               `json:"pport_no"`
	Document  text               `json:"doc_num"` // the instruction's name of the same
	BirthDate text               `json:"birth_date"`
	Phone     text               `json:"mob_phone_no"`
	Email     text               `json:"email"`
	Valid     flag               `json:"valid"`
	Method    text               `json:"auth_method"`
	UserType  text               `json:"user_type"`
	Session   text               `json:"sess_id"`
	LegalTIN  text               `json:"pkcs_legal_tin"`
	Legal     []organisationWire `json:"legal_info"`
}

type organisationWire struct {
	Basic      flag `json:"is_basic"`
	LegalTIN   text `json:"le_tin"`
	LegalName  text `json:"le_name"`
	TIN        text `json:"tin"`
	AcronymUzb text `json:"acron_UZ"`
}

func readProfile(body []byte) (Profile, error) {
	var w profileWire
	if err := call.ReadJSON(body, &w); err != nil {
		return Profile{}, err
	}
	if err := w.done(); err != nil {
		return Profile{}, err
	}
	p := Profile{Valid: bool(w.Valid), Method: Method(string(w.Method))}
	switch {
	case w.PIN == "" && w.Login == "":
		return Profile{}, breach("fields %q and %q are both missing", "pin", "user_id")
	case w.PIN != "" && !w.PIN.digits(14):
		return Profile{}, breach("field %q is not 14 digits", "pin")
	}
	p.PINFL = personal.PINFL(w.PIN)
	if t := UserType(w.UserType); t == Natural || t == Legal {
		p.UserType = t
	}
	if err := w.texts(&p); err != nil {
		return Profile{}, err
	}
	if err := w.organisations(&p); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// texts reads what is told of the person besides; document, phone and e-mail
// are left out when they have not the form that their type promises.
func (w profileWire) texts(p *Profile) error {
	var err error
	if p.Login, err = w.Login.within("user_id", longestLogin); err != nil {
		return err
	}
	if p.FullName, err = w.FullName.within("full_name", longestName); err != nil {
		return err
	}
	session, err := w.Session.within("sess_id", longestSession)
	if err != nil {
		return err
	}
	p.Session = personal.Secret(session)
	if p.BirthDate, err = date("birth_date", w.BirthDate); err != nil {
		return err
	}
	for _, number := range []text{w.Passport, w.Document} {
		if d, err := personal.ParseDocument(string(number)); err == nil {
			p.Passport = d
			break
		}
	}
	if phone, err := personal.ParsePhone(string(w.Phone)); err == nil {
		p.Phone = phone
	}
	if len(w.Email) <= longestEmail && strings.Count(string(w.Email), "@") == 1 {
		p.Email = string(w.Email)
	}
	return nil
}

func (w profileWire) organisations(p *Profile) error {
	if len(w.Legal) > longestOrganisations {
		return breach("field %q holds more than %d entries", "legal_info", longestOrganisations)
	}
	for _, o := range w.Legal {
		own, err := o.organisation()
		if err != nil {
			return err
		}
		if own.TIN != "" {
			p.Organisations = append(p.Organisations, own)
		}
	}
	if p.Method != ByOrganisation || w.LegalTIN == "" {
		return nil
	}
	if !w.LegalTIN.digits(9) { // this one decides on whose behalf somebody acts
		return breach("field %q is not 9 digits", "pkcs_legal_tin")
	}
	p.Organisation = &Organisation{TIN: string(w.LegalTIN)}
	for _, o := range p.Organisations {
		if o.TIN == p.Organisation.TIN {
			*p.Organisation = o
			break
		}
	}
	return nil
}

// organisation takes the le_ keys first; it has no TIN when neither key holds
// one.
func (w organisationWire) organisation() (Organisation, error) {
	o := Organisation{Basic: bool(w.Basic)}
	for _, tin := range []text{w.LegalTIN, w.TIN} {
		if tin.digits(9) {
			o.TIN = string(tin)
			break
		}
	}
	name := w.LegalName
	if name == "" {
		name = w.AcronymUzb
	}
	var err error
	o.Name, err = name.within("legal_info.le_name", longestName)
	return o, err
}
