package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// form reads the document and checks it against its type's form.
func (in *Intake) form(document []byte) (dossier.Form, catalogue.Type, error) {
	var head struct {
		Type *string `json:"type"`
	}
	if err := dossier.CheckJSON(document); err != nil {
		return dossier.Form{}, catalogue.Type{}, err
	}
	if err := json.Unmarshal(document, &head); err != nil || head.Type == nil {
		return dossier.Form{}, catalogue.Type{}, dossier.Refuse(dossier.UnknownType, "/type", "want the id of an application type")
	}
	t, ok := in.Catalogue.Type(*head.Type)
	if !ok {
		return dossier.Form{}, catalogue.Type{}, dossier.Refuse(dossier.UnknownType, "/type", fmt.Sprintf("want one of %v", in.Catalogue.Types()))
	}
	problems, err := in.Catalogue.Form(t).Check(document)
	if err != nil {
		return dossier.Form{}, t, dossier.Refuse(dossier.NotJSON, "/document", "want one JSON object (base64)")
	}
	if len(problems) > 0 {
		return dossier.Form{}, t, &dossier.Refusal{Code: dossier.BadForm, Detail: "the application does not fit its form", Problems: problems}
	}
	f, err := dossier.ReadForm(document)
	if err != nil {
		return dossier.Form{}, t, dossier.Refuse(dossier.BadForm, "/document", "want dates as YYYY-MM-DD")
	}
	return f, t, nil
}

// subjects reads the persons strictly: what a person typed is checked to the
// last digit, and every fault is named at once.
func (in *Intake) subjects(ctx context.Context, f dossier.Form, t catalogue.Type) ([]dossier.Subject, []schema.Problem, error) {
	var out []dossier.Subject
	var problems []schema.Problem
	refs, numbers, passports := map[string]bool{}, map[personal.PINFL]bool{}, map[personal.Document]bool{}
	if n := len(f.Subjects); n < t.Subjects.Min || n > t.Subjects.Max {
		problems = append(problems, schema.Problem{Field: "/subjects", Want: fmt.Sprintf("want %d to %d", t.Subjects.Min, t.Subjects.Max)})
	}
	for i, s := range f.Subjects {
		bad := func(field, want string) {
			problems = append(problems, schema.Problem{Field: fmt.Sprintf("/subjects/%d/%s", i, field), Want: want})
		}
		d := dossier.Subject{
			ID: newID(), Ref: s.Ref, Role: t.Subjects.Role, BirthDate: s.BirthDate, Language: s.Language, Part: s.Part, Position: s.Position,
			Post: s.Post, Territory: s.Territory, Constituency: s.Constituency, Precinct: s.Precinct, Body: s.Body, IssuedDocument: s.Document,
			Party: s.Party, Foreigner: s.Foreigner, Statements: s.Statements, Papers: s.Papers, Receipt: s.Receipt,
		}
		var err error
		switch {
		case s.PINFL != "" && s.Passport == "":
			if d.PINFL, err = personal.ParsePINFL(s.PINFL); err != nil {
				bad("pinfl", err.Error())
			} else if !personal.Plausible(d.PINFL.BirthDate(), in.Now()) {
				bad("pinfl", "the birth date in it is not plausible")
			} else if numbers[d.PINFL] {
				bad("pinfl", "this person is named twice")
			}
			numbers[d.PINFL] = true
		case s.PINFL == "" && s.Passport != "":
			if d.Document, err = personal.ParseDocument(s.Passport); err != nil {
				bad("passport", err.Error())
			} else if passports[d.Document] {
				bad("passport", "this person is named twice")
			}
			passports[d.Document] = true
			if s.BirthDate.IsZero() {
				bad("birth_date", "required with a passport")
			} else if !personal.Plausible(s.BirthDate, in.Now()) {
				bad("birth_date", "the birth date is not plausible")
			}
		default:
			bad("pinfl", "want either pinfl, or passport with birth_date")
		}
		if d.Phone, err = personal.ParsePhone(s.Phone); err != nil {
			bad("phone", err.Error())
		}
		if s.Constituency != "" {
			c, ok, err := in.Store.Constituency(ctx, s.Constituency)
			if err != nil {
				return nil, nil, err
			}
			if !ok || c.Election != f.Election || c.Commission != f.Commission {
				bad("constituency", "want a constituency of this election and commission")
			}
		}
		if refs[d.Ref] {
			bad("ref", "another subject has it")
		}
		refs[d.Ref] = true
		out = append(out, d)
	}
	return out, problems, nil
}
