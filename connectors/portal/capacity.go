package portal

import (
	"github.com/saylovhub/hub/contracts/register"
)

type capacityRequest struct {
	TransactionID int64  `json:"transaction_id"`
	SenderPINFL   string `json:"sender_pinfl"`
	Purpose       string `json:"purpose"`
	Consent       string `json:"consent"`
	PINFL         string `json:"pinfl"`
}

type capacityData struct {
	PINFL     lenientText `json:"pinfl"`
	Capacity  lenientText `json:"capacity"`
	Court     lenientText `json:"court_name"`
	Effective lenientText `json:"effective_date"`
}

func (p *Portal) legalCapacity() register.Register {
	s := p.services["legal-capacity.check"]
	absence := p.cfg.CapacityAbsence
	if absence == "" {
		absence = register.AbsenceUnknown
	}
	return register.Register{
		ID: register.Capacity, Title: "Muomala layoqati", Absence: absence, System: System,
		Operations: []register.Operation{s.operation(capacityQuestion, readCapacity)},
	}
}

func capacityQuestion(q register.Question) (any, error) {
	n, sender, err := purposeful(q)
	if err != nil {
		return nil, err
	}
	pin, err := subject(q)
	if err != nil {
		return nil, err
	}
	return capacityRequest{TransactionID: n, SenderPINFL: sender, Purpose: q.Purpose, Consent: "Y", PINFL: pin}, nil
}

func readCapacity(q register.Question, body []byte) (register.Reply, error) {
	data, err := readResult[capacityData](body)
	if err != nil {
		return register.Reply{}, err
	}
	if data == nil {
		return absent(), nil
	}
	if !about(q, string(data.PINFL)) {
		return register.Reply{}, errOtherPerson
	}
	effective, err := date("effective_date", data.Effective)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.CapacityRecord{Capacity: string(data.Capacity), Court: string(data.Court), Effective: effective}
	switch facts.Capacity {
	case "FULL", "LIMITED", "NONE":
	default:
		return register.Reply{}, breach("field %q has an unknown value", "capacity")
	}
	return found(facts, register.Column{Name: "legal_capacity", Value: facts.Capacity}), nil
}
