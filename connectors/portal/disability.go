package portal

import (
	"fmt"

	"github.com/saylovhub/hub/contracts/register"
)

type disabilityRequest struct {
	TransactionID string `json:"transaction_id"`
	Sender        string `json:"pin"` // the official's PINFL, though the key does not say so
	Purpose       string `json:"purpose"`
	Consent       string `json:"consent"`
	PINFL         string `json:"pinfl"`
	Passport      string `json:"passport"`
}

type disabilityAnswer struct {
	Code    lenientInt  `json:"result_code"`
	Message lenientText `json:"result_message"`
	Data    *struct {
		PINFL    lenientText `json:"pinfl"`
		Has      *bool       `json:"has_disability"`
		Group    lenientInt  `json:"group"`
		Lifetime bool        `json:"lifetime"`
		Until    lenientText `json:"valid_to"`
	} `json:"data"`
}

func (p *Portal) disability() register.Register {
	s := p.services["disability.passport"]
	return register.Register{
		ID: register.Disability, Title: "Nogironlik toʻgʻrisidagi maʼlumot", Absence: register.AbsenceFact, System: System,
		NeedsIdentity: true,
		Operations:    []register.Operation{s.operation(disabilityQuestion, readDisability)},
	}
}

func disabilityQuestion(q register.Question) (any, error) {
	sender, err := official(q)
	if err != nil {
		return nil, err
	}
	if _, err := transaction(q); err != nil {
		return nil, err
	}
	pin, err := subject(q)
	if err != nil {
		return nil, err
	}
	passport := document(q)
	if passport == "" {
		return nil, incomplete("the person's document")
	}
	return disabilityRequest{
		TransactionID: q.Transaction, Sender: sender, Purpose: q.Purpose, Consent: "true", PINFL: pin, Passport: string(passport),
	}, nil
}

func readDisability(q register.Question, body []byte) (register.Reply, error) {
	var a disabilityAnswer
	if err := decodeJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	if reply, done, err := resultCode(a.Code, a.Message, a.Data != nil); done {
		return reply, err
	}
	if !about(q, string(a.Data.PINFL)) {
		return register.Reply{}, errOtherPerson
	}
	until, err := date("valid_to", a.Data.Until)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.DisabilityRecord{Group: a.Data.Group.n, Lifetime: a.Data.Lifetime, Until: until}
	switch {
	case a.Data.Has == nil:
		return register.Reply{}, breach("field %q is missing", "has_disability")
	case !*a.Data.Has:
		if a.Data.Group.n != 0 {
			return register.Reply{}, breach("%q contradicts %q", "group", "has_disability")
		}
		return found(&register.DisabilityRecord{}, register.Column{Name: "disability", Value: "none"}), nil
	case facts.Group < 1 || facts.Group > 3:
		return register.Reply{}, breach("field %q is not 1, 2 or 3", "group")
	}
	return found(facts, register.Column{Name: "disability", Value: fmt.Sprintf("group %d", facts.Group)}), nil
}

// resultCode reads the envelope that disability and legal capacity share: 1
// found, 0 not registered, anything else a failure told in words. done is false
// when the data are to be read.
func resultCode(code lenientInt, message lenientText, data bool) (reply register.Reply, done bool, err error) {
	switch {
	case !code.set:
		return register.Reply{}, true, breach("field %q is missing", "result_code")
	case code.is(0):
		return absent(), true, nil
	case !code.is(1):
		if saysNotFound(message) {
			return absent(), true, nil
		}
		return register.Reply{}, true, unavailable(code.code("result_"), "the register could not answer")
	case !data:
		return register.Reply{}, true, breach("field %q is missing", "data")
	}
	return register.Reply{}, false, nil
}
