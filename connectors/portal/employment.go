package portal

import (
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

type employmentRequest struct {
	PIN       string `json:"pin"`
	RequestID string `json:"request_id,omitempty"`
}

type employmentData struct {
	Profile *struct {
		PIN lenientText `json:"pin"`
	} `json:"profile"`
	Experiences []experience `json:"experiences"`
}

type experience struct {
	TIN       lenientText `json:"company_inn"`
	Company   lenientText `json:"company_name"`
	Structure lenientText `json:"structure_name"`
	Position  lenientText `json:"position_name"`
	Start     lenientText `json:"start_date"`
	End       lenientText `json:"end_date"`
	PIN       lenientText `json:"person_pin"`
}

func (p *Portal) employment() register.Register {
	s := p.services["employment.history"]
	return register.Register{
		ID: register.Employment, Title: "Mehnat faoliyati", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(bySubject(func(q register.Question, pin string) any {
			return employmentRequest{PIN: pin, RequestID: q.Transaction}
		}), readEmployment)},
	}
}

func readEmployment(q register.Question, body []byte) (register.Reply, error) {
	data, err := readRPC[employmentData](body)
	if err != nil {
		return register.Reply{}, err
	}
	if data == nil {
		return absent(), nil
	}
	known := data.Profile != nil && data.Profile.PIN != ""
	if known && !about(q, string(data.Profile.PIN)) {
		return register.Reply{}, errOtherPerson
	}
	if err := tooMany("experiences", len(data.Experiences)); err != nil {
		return register.Reply{}, err
	}
	facts := &register.WorkHistory{}
	for _, e := range data.Experiences {
		if e.PIN == "" && !known || e.PIN != "" && !about(q, string(e.PIN)) {
			return register.Reply{}, errOtherPerson
		}
		job, err := e.job()
		if err != nil {
			return register.Reply{}, err
		}
		facts.Jobs = append(facts.Jobs, job)
	}
	if len(facts.Jobs) == 0 {
		return absent(), nil
	}
	var employers, positions []string
	for _, j := range facts.Jobs {
		if j.End.IsZero() { // a present job; there may be several
			employers, positions = append(employers, j.Employer), append(positions, j.Position)
		}
	}
	return found(facts,
		register.Column{Name: "workplace", Value: strings.Join(employers, "; ")},
		register.Column{Name: "position", Value: strings.Join(positions, "; ")}), nil
}

func (e experience) job() (register.Job, error) {
	start, err := date("start_date", e.Start)
	if err != nil {
		return register.Job{}, err
	}
	end, err := date("end_date", e.End)
	if err != nil {
		return register.Job{}, err
	}
	return register.Job{
		TIN: string(e.TIN), Employer: string(e.Company), Structure: string(e.Structure), Position: string(e.Position),
		Start: start, End: end,
	}, nil
}
