package portal

import (
	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/register"
)

type addressRequest struct {
	PINPP string `json:"pinpp"`
}

// reference is an entry of the register's own lists.
type reference struct {
	ID    lenientInt  `json:"Id"`
	Value lenientText `json:"Value"`
}

// addressAnswer keeps the register's misspelt keys. It names no person: the
// register gives nothing to check the answer against.
type addressAnswer struct {
	Data *struct {
		Permanent *struct {
			Cadastre lenientText `json:"Cadastre"`
			Region   reference   `json:"Region"`
			District reference   `json:"District"`
			Maxalla  reference   `json:"Maxalla"`
			Street   reference   `json:"Street"`
			Address  lenientText `json:"Address"`
			Since    lenientText `json:"RegistrationDate"`
		} `json:"PermanentRegistration"`
	} `json:"Data"`
	AnswereID      lenientInt  `json:"AnswereId"`
	AnswereMessage lenientText `json:"AnswereMessage"`
	AnswereComment lenientText `json:"AnswereComment"`
}

func (p *Portal) registeredAddress() register.Register {
	s := p.services["registered-address.pin"]
	return register.Register{
		ID: register.Address, Title: "Doimiy roʻyxatga olingan manzil", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(bySubject(func(_ register.Question, pin string) any { return addressRequest{PINPP: pin} }), readAddress)},
	}
}

func readAddress(_ register.Question, body []byte) (register.Reply, error) {
	var a addressAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case !a.AnswereID.set:
		return register.Reply{}, breach("field %q is missing", "AnswereId")
	case !a.AnswereID.is(1):
		if saysNotFound(a.AnswereMessage, a.AnswereComment) {
			return absent(), nil
		}
		return register.Reply{}, unavailable("answere_id", "the register could not answer")
	case a.Data == nil || a.Data.Permanent == nil:
		return absent(), nil
	}
	r := a.Data.Permanent
	since, err := date("RegistrationDate", r.Since)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.RegisteredAddress{
		RegionID: r.Region.ID.n, Region: string(r.Region.Value),
		DistrictID: r.District.ID.n, District: string(r.District.Value),
		Mahalla: string(r.Maxalla.Value), Street: string(r.Street.Value),
		Address: string(r.Address), Cadastre: string(r.Cadastre), Since: since,
	}
	if facts.Region == "" && facts.Address == "" {
		return register.Reply{}, breach("a registration without region and address")
	}
	return found(facts,
		register.Column{Name: "home_region", Value: facts.Region},
		register.Column{Name: "home_district", Value: facts.District},
		register.Column{Name: "home_mahalla", Value: facts.Mahalla},
		register.Column{Name: "home_address", Value: facts.Address}), nil
}
