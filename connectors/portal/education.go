package portal

import (
	"bytes"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/register"
)

type diplomaRequest struct {
	PINFL string `json:"pinfl"`
}

type diploma struct {
	PINFL       lenientText `json:"pinfl"` // may be masked with stars
	Institution lenientText `json:"institution_name"`
	Degree      lenientText `json:"degree_name"`
	Speciality  lenientText `json:"speciality_name"`
	Given       lenientText `json:"diploma_given_date"`
	Serial      lenientText `json:"diploma_serial"`
	Number      lenientText `json:"diploma_number"`
}

func (p *Portal) education() register.Register {
	s := p.services["education.diploma"]
	return register.Register{
		// Diplomas of former times are not recorded: absence proves nothing.
		ID: register.Education, Title: "Oliy maʼlumot va mutaxassislik", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(bySubject(func(_ register.Question, pin string) any { return diplomaRequest{PINFL: pin} }), readDiplomas)},
	}
}

// readDiplomas reads a bare array. How "not found" looks is not published: an
// empty array, and an object that says so, are both taken.
func readDiplomas(q register.Question, body []byte) (register.Reply, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return readNoDiploma(body)
	}
	var list []diploma
	if err := call.ReadJSON(body, &list); err != nil {
		return register.Reply{}, err
	}
	if list == nil {
		return register.Reply{}, breach("null instead of a list")
	}
	if len(list) == 0 {
		return absent(), nil
	}
	if err := tooMany("diplomas", len(list)); err != nil {
		return register.Reply{}, err
	}
	facts := &register.EducationRecord{}
	latest := 0
	for i, d := range list {
		if !aboutMasked(q, string(d.PINFL)) {
			return register.Reply{}, errOtherPerson
		}
		given, err := date("diploma_given_date", d.Given)
		if err != nil {
			return register.Reply{}, err
		}
		facts.Diplomas = append(facts.Diplomas, register.Diploma{
			Institution: string(d.Institution), Degree: string(d.Degree), Speciality: string(d.Speciality),
			Given: given, Serial: string(d.Serial), Number: string(d.Number),
		})
		if given.Compare(facts.Diplomas[latest].Given) > 0 {
			latest = i
		}
	}
	shown := facts.Diplomas[latest]
	return found(facts,
		register.Column{Name: "education_level", Value: shown.Degree},
		register.Column{Name: "specialty", Value: shown.Speciality},
		register.Column{Name: "institution", Value: shown.Institution}), nil
}

func readNoDiploma(body []byte) (register.Reply, error) {
	var a struct {
		Code    lenientInt  `json:"code"`
		Message lenientText `json:"message"`
		Comment lenientText `json:"comments"`
	}
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	if a.Code.is(404) || a.Code.is(resultNotFound) || saysNotFound(a.Message, a.Comment) {
		return absent(), nil
	}
	return register.Reply{}, breach("an object instead of a list")
}
