package portal

import (
	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/register"
)

type schoolRequest struct {
	PINFL         string `json:"pinfl"`
	TransactionID string `json:"transaction_id"`
	SenderPINFL   string `json:"sender_pinfl"`
	Purpose       string `json:"purpose"`
	Consent       string `json:"consent"`
}

type schoolAnswer struct {
	Success *bool       `json:"success"`
	Message lenientText `json:"message"`
	Data    *struct {
		PIN      lenientText `json:"pin"` // may be masked with stars
		Year     lenientInt  `json:"gradYear"`
		Level    lenientText `json:"classLevel"`
		Kind     lenientText `json:"certTypeName"`
		Number   lenientText `json:"certSN"`
		School   lenientText `json:"school"`
		Region   lenientText `json:"region"`
		District lenientText `json:"district"`
	} `json:"data"`
}

func (p *Portal) schoolCertificate() register.Register {
	s := p.services["school-certificate.pinfl"]
	return register.Register{
		// Certificates of former times are not recorded: absence proves nothing.
		ID: register.School, Title: "Umumiy oʻrta taʼlim shahodatnomasi", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(schoolQuestion, readSchool)},
	}
}

func schoolQuestion(q register.Question) (any, error) {
	_, sender, err := purposeful(q)
	if err != nil {
		return nil, err
	}
	pin, err := subject(q)
	if err != nil {
		return nil, err
	}
	return schoolRequest{PINFL: pin, TransactionID: q.Transaction, SenderPINFL: sender, Purpose: q.Purpose, Consent: "yes"}, nil
}

func readSchool(q register.Question, body []byte) (register.Reply, error) {
	var a schoolAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case a.Success == nil:
		return register.Reply{}, breach("field %q is missing", "success")
	case !*a.Success:
		if saysNotFound(a.Message) {
			return absent(), nil
		}
		return register.Reply{}, unavailable("success_false", "the register could not answer")
	case a.Data == nil:
		return absent(), nil
	case !aboutMasked(q, string(a.Data.PIN)):
		return register.Reply{}, errOtherPerson
	}
	left, err := year("gradYear", a.Data.Year)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.SchoolCertificate{
		Year: left, Level: string(a.Data.Level), Kind: string(a.Data.Kind), Number: string(a.Data.Number),
		School: string(a.Data.School), Region: string(a.Data.Region), District: string(a.Data.District),
	}
	if facts.Number == "" {
		return register.Reply{}, breach("field %q is missing", "certSN")
	}
	return found(facts,
		register.Column{Name: "school", Value: facts.School},
		register.Column{Name: "school_year", Value: a.Data.Year.text()},
		register.Column{Name: "school_certificate", Value: facts.Number}), nil
}

type lyceumRequest struct {
	PINFL string `json:"pinfl"`
}

// lyceumAnswer is of the dialect in which success is a number.
type lyceumAnswer struct {
	Success lenientInt  `json:"success"`
	Code    lenientInt  `json:"code"`
	Message lenientText `json:"message"`
	Data    *struct {
		Student *struct {
			PINFL    lenientText `json:"pinfl"` // may be masked with stars
			Year     lenientInt  `json:"year_of_graduation"`
			School   lenientText `json:"school"`
			Kind     lenientText `json:"edu_type_name"`
			Region   lenientText `json:"school_region"`
			District lenientText `json:"school_district"`
		} `json:"student"`
	} `json:"data"`
}

func (p *Portal) lyceumCertificate() register.Register {
	s := p.services["lyceum-certificate.pinfl"]
	return register.Register{
		ID: register.Lyceum, Title: "Akademik litsey bitiruvchisi toʻgʻrisidagi maʼlumot", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(bySubject(func(_ register.Question, pin string) any { return lyceumRequest{PINFL: pin} }), readLyceum)},
	}
}

func readLyceum(q register.Question, body []byte) (register.Reply, error) {
	var a lyceumAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case !a.Success.set:
		return register.Reply{}, breach("field %q is missing", "success")
	case a.Success.is(lyceumAbsent), !(a.Success.is(200) && a.Code.is(0)) && saysNotFound(a.Message):
		return absent(), nil
	case !a.Success.is(200):
		return register.Reply{}, unavailable(a.Success.code("success_"), "the register could not answer")
	case !a.Code.set:
		return register.Reply{}, breach("field %q is missing", "code")
	case !a.Code.is(0):
		return register.Reply{}, unavailable(a.Code.code("code_"), "the register could not answer")
	case a.Data == nil || a.Data.Student == nil:
		return absent(), nil
	case !aboutMasked(q, string(a.Data.Student.PINFL)):
		return register.Reply{}, errOtherPerson
	}
	student := a.Data.Student
	left, err := year("year_of_graduation", student.Year)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.LyceumCertificate{
		Year: left, School: string(student.School), Kind: string(student.Kind), Region: string(student.Region), District: string(student.District),
	}
	if facts.School == "" {
		return register.Reply{}, breach("field %q is missing", "school")
	}
	return found(facts,
		register.Column{Name: "lyceum", Value: facts.School},
		register.Column{Name: "lyceum_year", Value: student.Year.text()}), nil
}
