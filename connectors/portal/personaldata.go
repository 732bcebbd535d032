package portal

import (
	"encoding/json"
	"slices"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// docrestRequest asks by two of three: PINFL, document, birth date.
type docrestRequest struct {
	TransactionID int64  `json:"transaction_id"`
	Consent       string `json:"is_consent"`
	SenderPINFL   string `json:"sender_pinfl"`
	LangID        int    `json:"langId"`
	Document      string `json:"document,omitempty"`
	PINPP         string `json:"pinpp,omitempty"`
	BirthDate     string `json:"birth_date,omitempty"`
	Photo         string `json:"is_photo"` // N unless asked for: least data
	Sender        string `json:"Sender"`
}

type docrestAnswer struct {
	Result   lenientInt      `json:"result"`
	Comments lenientText     `json:"comments"`
	Data     []docrestPerson `json:"data"` // also Data: keys are read in any case
}

type docrestPerson struct {
	CurrentPINPP  lenientText `json:"current_pinpp"`
	PINPPs        lenientList `json:"pinpps"`
	CurrentDoc    lenientText `json:"current_document"`
	SurnameLat    lenientText `json:"surnamelat"`
	NameLat       lenientText `json:"namelat"`
	PatronymLat   lenientText `json:"patronymlat"`
	SurnameCyr    lenientText `json:"surnamecyr"`
	NameCyr       lenientText `json:"namecyr"`
	PatronymCyr   lenientText `json:"patronymcyr"`
	BirthDate     lenientText `json:"birth_date"`
	BirthPlace    lenientText `json:"birthplace"`
	LiveStatus    lenientInt  `json:"livestatus"`
	Nationality   lenientText `json:"nationality"`
	Citizenship   lenientText `json:"citizenship"`
	CitizenshipID lenientInt  `json:"citizenshipid"`
	Sex           lenientInt  `json:"sex"`
	Documents     []struct {
		Document lenientText `json:"document"`
		Type     lenientText `json:"type"`
	} `json:"documents"`
	Photo json.RawMessage `json:"photo"` // read only where it was asked for
}

const (
	resultFound    = 1
	resultNotFound = 303001
	uzbekistan     = 182 // of the register's own list of countries
)

func (p *Portal) personalData() register.Register {
	s := p.services["personal-data.docrest"]
	return register.Register{
		ID: register.Personal, Title: "Shaxsga doir maʼlumotlar", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(p.docrestQuestion, readDocrest)},
	}
}

func (p *Portal) docrestQuestion(q register.Question) (any, error) {
	n, sender, err := asker(q)
	if err != nil {
		return nil, err
	}
	r := docrestRequest{TransactionID: n, Consent: "Y", SenderPINFL: sender, LangID: p.cfg.LangID, Photo: "N", Sender: senderDocument}
	if q.Photo {
		r.Photo = "Y"
	}
	document := q.Document
	if document == "" {
		document = birthCertificate(q)
	}
	born := q.BirthDate
	if born.IsZero() {
		born = q.PINFL.BirthDate()
	}
	switch {
	case q.PINFL != "" && q.Document != "":
		r.PINPP, r.Document = string(q.PINFL), string(q.Document)
	case q.PINFL != "" && !born.IsZero():
		r.PINPP, r.BirthDate, r.Sender = string(q.PINFL), born.String(), senderPINFL
	case document != "" && !born.IsZero():
		r.Document, r.BirthDate = string(document), born.String()
	default:
		return nil, incomplete("two of PINFL, document and birth date")
	}
	return r, nil
}

func readDocrest(q register.Question, body []byte) (register.Reply, error) {
	var a docrestAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case !a.Result.set:
		return register.Reply{}, breach("field %q is missing", "result")
	case a.Result.is(resultNotFound), a.Result.is(resultFound) && len(a.Data) == 0:
		return absent(), nil
	case !a.Result.is(resultFound):
		if saysNotFound(a.Comments) {
			return absent(), nil
		}
		return register.Reply{}, unavailable(a.Result.code("result_"), "the register could not answer")
	}
	if err := tooMany("data", len(a.Data)); err != nil {
		return register.Reply{}, err
	}
	for _, d := range a.Data {
		facts, err := d.facts()
		if err != nil {
			return register.Reply{}, err
		}
		if d.answers(q, facts) {
			if q.Photo {
				if facts.Photo, err = photo(d.Photo); err != nil {
					return register.Reply{}, err
				}
			}
			return found(facts,
				register.Column{Name: "surname", Value: facts.Surname},
				register.Column{Name: "given_name", Value: facts.GivenName},
				register.Column{Name: "patronymic", Value: facts.Patronymic},
				register.Column{Name: "birth_date", Value: facts.BirthDate.String()},
				register.Column{Name: "sex", Value: facts.Sex},
				register.Column{Name: "nationality", Value: facts.Nationality},
				register.Column{Name: "birth_place", Value: facts.BirthPlace},
				register.Column{Name: "citizenship", Value: facts.Citizenship}), nil
		}
	}
	return register.Reply{}, errOtherPerson
}

// answers reports whether the entry is the person asked: by PINFL among all
// ever held, else by document and birth date together.
func (d docrestPerson) answers(q register.Question, facts *register.PersonalData) bool {
	if q.PINFL != "" {
		return slices.Contains(facts.PINFLs, q.PINFL)
	}
	if q.BirthDate.IsZero() || facts.BirthDate != q.BirthDate {
		return false
	}
	asked := q.Document
	if asked == "" {
		asked = birthCertificate(q)
	}
	if string(d.CurrentDoc) == string(asked) {
		return asked != ""
	}
	for _, other := range d.Documents {
		if string(other.Document) == string(asked) {
			return true
		}
	}
	return false
}

// papers tells the present passport or ID card, or the birth certificate of who
// holds neither. The list mixes all kinds: only the present document counts, or
// else a certificate that stands alone.
func (d docrestPerson) papers() (document, certificate personal.Document) {
	if d.CurrentDoc != "" {
		if _, ok := dashed(string(d.CurrentDoc)); ok {
			return "", personal.Document(d.CurrentDoc)
		}
		return personal.Document(d.CurrentDoc), ""
	}
	if len(d.Documents) == 1 && d.Documents[0].Type == typeBirthCertificate {
		certificate = personal.Document(d.Documents[0].Document)
	}
	return "", certificate
}

func (d docrestPerson) facts() (*register.PersonalData, error) {
	if !fourteen(string(d.CurrentPINPP)) {
		return nil, breach("field %q is not a PINFL", "current_pinpp")
	}
	born, err := date("birth_date", d.BirthDate)
	if err != nil {
		return nil, err
	}
	if born.IsZero() {
		return nil, breach("field %q is missing", "birth_date")
	}
	if d.SurnameLat == "" && d.NameLat == "" && d.SurnameCyr == "" && d.NameCyr == "" {
		return nil, breach("the entry has no name")
	}
	document, certificate := d.papers()
	f := &register.PersonalData{
		PINFL: personal.PINFL(d.CurrentPINPP), Document: document, BirthCertificate: certificate,
		Surname: string(d.SurnameLat), GivenName: string(d.NameLat), Patronymic: string(d.PatronymLat),
		SurnameCyr: string(d.SurnameCyr), GivenCyr: string(d.NameCyr), PatronymCyr: string(d.PatronymCyr),
		BirthDate: born, BirthPlace: string(d.BirthPlace), Nationality: string(d.Nationality),
		Citizen: d.CitizenshipID.is(uzbekistan), Citizenship: string(d.Citizenship), Alive: d.LiveStatus.is(aliveStatus),
	}
	switch {
	case d.Sex.is(male):
		f.Sex = "male"
	case d.Sex.is(female):
		f.Sex = "female"
	}
	f.PINFLs = []personal.PINFL{f.PINFL}
	for _, p := range d.PINPPs {
		if fourteen(p) && !slices.Contains(f.PINFLs, personal.PINFL(p)) {
			f.PINFLs = append(f.PINFLs, personal.PINFL(p))
		}
	}
	return f, nil
}

// fourteen is the loose test for what registers send: old records break the
// strict rules.
func fourteen(s string) bool { return len(s) == 14 && allDigits(s) }
