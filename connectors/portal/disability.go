package portal

import (
	"context"
	"fmt"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
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

type disabilityData struct {
	PINFL    lenientText `json:"pinfl"`
	Has      *bool       `json:"has_disability"`
	Group    lenientInt  `json:"group"`
	Lifetime bool        `json:"lifetime"`
	Until    lenientText `json:"valid_to"`
}

func (p *Portal) disability() register.Register {
	passport := p.services["disability.passport"].operation(disabilityQuestion, readDisability)
	birth := p.services[birthDoc].operation(birthDocQuestion, readDisability)
	return register.Register{
		ID: register.Disability, Title: "Nogironlik toʻgʻrisidagi maʼlumot", Absence: register.AbsenceFact, System: System,
		NeedsIdentity: true,
		Operations: []register.Operation{{ID: passport.ID, Ask: func(ctx context.Context, q register.Question) (register.Reply, error) {
			if birthCertificate(q) != "" {
				return birth.Ask(ctx, q)
			}
			return passport.Ask(ctx, q)
		}}},
	}
}

func disabilityQuestion(q register.Question) (any, error) {
	_, sender, err := purposeful(q)
	if err != nil {
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

// birthDoc is the key of the service that is asked by birth certificate.
const birthDoc = "disability.birthdoc"

// birthDocRequest has the fields of disabilityRequest about the asker, and no
// PINFL of the subject.
type birthDocRequest struct {
	TransactionID string `json:"transaction_id"`
	Sender        string `json:"pin"`
	Purpose       string `json:"purpose"`
	Consent       string `json:"consent"`
	BirthDocument string `json:"birth_document"` // I-XX-0000001
	BirthDate     string `json:"birth_date"`
}

func birthDocQuestion(q register.Question) (any, error) {
	_, sender, err := purposeful(q)
	if err != nil {
		return nil, err
	}
	if _, err := subject(q); err != nil { // whom the answer must be about
		return nil, err
	}
	number, ok := dashed(string(birthCertificate(q)))
	if !ok {
		return nil, incomplete("a birth certificate like I-XX0000001")
	}
	born := q.BirthDate
	if q.Identity != nil && !q.Identity.BirthDate.IsZero() {
		born = q.Identity.BirthDate
	}
	if born.IsZero() {
		born = q.PINFL.BirthDate()
	}
	if born.IsZero() {
		return nil, incomplete("the person's birth date")
	}
	return birthDocRequest{
		TransactionID: q.Transaction, Sender: sender, Purpose: q.Purpose, Consent: "true", BirthDocument: number, BirthDate: born.String(),
	}, nil
}

// birthCertificate is the certificate that stands in for the passport or ID card
// the person does not have; empty where there is one. What the personal data
// register says goes before what was typed.
func birthCertificate(q register.Question) personal.Document {
	if q.Identity != nil && q.Identity.Document == "" && q.Identity.BirthCertificate != "" {
		return q.Identity.BirthCertificate
	}
	own := document(q)
	if own == "" {
		return q.BirthCertificate
	}
	if _, ok := dashed(string(own)); ok {
		return own
	}
	return ""
}

// dashed writes a birth certificate's number as the disability register wants
// it, with two dashes: I-XX-0000001 for I-XX0000001. Anything else is none.
func dashed(number string) (string, bool) {
	number = strings.ToUpper(strings.ReplaceAll(number, " ", ""))
	series, rest, ok := strings.Cut(number, "-")
	if !ok || series == "" || strings.Trim(series, "IVXLC") != "" || len(rest) < 2 || strings.Trim(rest[:2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", false
	}
	n := strings.TrimPrefix(rest[2:], "-")
	if len(n) != 7 || !allDigits(n) {
		return "", false
	}
	return series + "-" + rest[:2] + "-" + n, true
}

func readDisability(q register.Question, body []byte) (register.Reply, error) {
	data, err := readResult[disabilityData](body)
	if err != nil {
		return register.Reply{}, err
	}
	if data == nil {
		return absent(), nil
	}
	if !about(q, string(data.PINFL)) {
		return register.Reply{}, errOtherPerson
	}
	until, err := date("valid_to", data.Until)
	if err != nil {
		return register.Reply{}, err
	}
	facts := &register.DisabilityRecord{Group: data.Group.n, Lifetime: data.Lifetime, Until: until}
	switch {
	case data.Has == nil:
		return register.Reply{}, breach("field %q is missing", "has_disability")
	case !*data.Has:
		if data.Group.n != 0 {
			return register.Reply{}, breach("%q contradicts %q", "group", "has_disability")
		}
		return found(&register.DisabilityRecord{}, register.Column{Name: "disability", Value: "none"}), nil
	case facts.Group < 1 || facts.Group > 3:
		return register.Reply{}, breach("field %q is not 1, 2 or 3", "group")
	}
	return found(facts, register.Column{Name: "disability", Value: fmt.Sprintf("group %d", facts.Group)}), nil
}

// readResult reads the envelope that disability and legal capacity share: 1
// found, 0 not registered, anything else a failure told in words. No data and
// no error mean that the register holds no entry.
func readResult[T any](body []byte) (*T, error) {
	var a struct {
		Code    lenientInt  `json:"result_code"`
		Message lenientText `json:"result_message"`
		Data    *T          `json:"data"`
	}
	if err := call.ReadJSON(body, &a); err != nil {
		return nil, err
	}
	switch {
	case !a.Code.set:
		return nil, breach("field %q is missing", "result_code")
	case a.Code.is(0), !a.Code.is(1) && saysNotFound(a.Message):
		return nil, nil
	case !a.Code.is(1):
		return nil, unavailable(a.Code.code("result_"), "the register could not answer")
	case a.Data == nil:
		return nil, breach("field %q is missing", "data")
	}
	return a.Data, nil
}
