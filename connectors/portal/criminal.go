package portal

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// The register answers later: search opens a request, check asks for its
// report. Paths differ in number: convictions, conviction.
type convictionSearch struct {
	PINFL          string  `json:"pinfl"`
	Passport       string  `json:"passport"`
	FirstName      string  `json:"firstname"`
	LastName       string  `json:"lastname"`
	MiddleName     *string `json:"middlename"`
	BirthYear      int     `json:"birth_year"`
	RegionID       int     `json:"region_id"`
	OrganisationID string  `json:"organization_id"`
	Comments       string  `json:"comments"`
	Consent        string  `json:"consent"`
	AllowedAbroad  string  `json:"is_allowed_abroad"`
}

type convictionSearchAnswer struct {
	Success   *bool       `json:"success"`
	RequestID lenientText `json:"request_id"`
	Message   lenientText `json:"message"`
}

type convictionCheck struct {
	Query json.RawMessage `json:"id_query"` // a number where the request's id is one
}

type convictionAnswer struct {
	Success *bool       `json:"success"`
	Message lenientText `json:"message"`
	Data    *struct {
		PINFL         lenientText  `json:"pinfl"`
		HasConviction *bool        `json:"has_conviction"`
		Convictions   []conviction `json:"convictions"`
	} `json:"data"`
}

type conviction struct {
	Article     lenientText `json:"article"`
	Court       lenientText `json:"court"`
	Sentenced   lenientText `json:"sentence_date"`
	Sentence    lenientText `json:"sentence"`
	Expunged    lenientText `json:"expunged_date"`
	Gravity     lenientText `json:"gravity"`
	Intentional *bool       `json:"intentional"`
	InCustody   *bool       `json:"in_custody"`
}

func (p *Portal) criminalRecord() register.Register {
	search, check := p.services["criminal-record.search"], p.services["criminal-record.check"]
	return register.Register{
		// "None" is an answer of its own here; no answer at all is not one.
		ID: register.Criminal, Title: "Sudlanganlik toʻgʻrisidagi maʼlumot", Absence: register.AbsenceUnknown, System: System,
		NeedsIdentity: true,
		Operations: []register.Operation{
			search.operation(p.convictionQuestion, readConvictionSearch),
			check.operation(convictionCheckQuestion, readConvictions),
		},
	}
}

func (p *Portal) convictionQuestion(q register.Question) (any, error) {
	pin, err := subject(q)
	if err != nil {
		return nil, err
	}
	if q.Identity == nil {
		return nil, incomplete("the person's identity")
	}
	passport := document(q)
	if passport == "" || q.Identity.Surname == "" && q.Identity.GivenName == "" || q.Identity.BirthDate.IsZero() {
		return nil, incomplete("name, birth date and document")
	}
	s := convictionSearch{
		PINFL: pin, Passport: string(passport), FirstName: q.Identity.GivenName, LastName: q.Identity.Surname,
		BirthYear: q.Identity.BirthDate.Year, RegionID: p.cfg.RegionID, OrganisationID: p.cfg.OrganisationID,
		Comments: q.Purpose, Consent: "Y", AllowedAbroad: "N",
	}
	if q.Identity.Patronymic != "" {
		s.MiddleName = &q.Identity.Patronymic
	}
	return s, nil
}

func convictionCheckQuestion(q register.Question) (any, error) {
	if q.Token == "" {
		return nil, &fault.Fault{Kind: fault.Defect, Err: errors.New("the search left no token")}
	}
	return convictionCheck{Query: queryID(q.Token)}, nil
}

// queryID writes the request's id as search gave it: a number when it is one.
func queryID(token string) json.RawMessage {
	if len(token) <= 18 && token[0] != '0' && strings.Trim(token, digits) == "" {
		return json.RawMessage(token)
	}
	b, err := json.Marshal(token)
	if err != nil { // a string always marshals
		return json.RawMessage(`""`)
	}
	return b
}

func readConvictionSearch(_ register.Question, body []byte) (register.Reply, error) {
	var a convictionSearchAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case a.Success == nil:
		return register.Reply{}, breach("field %q is missing", "success")
	case !*a.Success:
		return register.Reply{}, &fault.Fault{
			Kind: fault.Rejected, Code: "search_refused", Err: errors.New("the register refused to search with these data"),
			Hint: "compare name, birth date and document with the personal data register",
		}
	case a.RequestID == "":
		return register.Reply{}, breach("field %q is missing", "request_id")
	}
	return register.Reply{Continue: string(a.RequestID)}, nil
}

func readConvictions(q register.Question, body []byte) (register.Reply, error) {
	var a convictionAnswer
	if err := call.ReadJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case a.Success == nil:
		return register.Reply{}, breach("field %q is missing", "success")
	case !*a.Success: // in work; the register has no word for "failed"
		return register.Reply{}, &fault.Fault{Kind: fault.Pending, Err: errors.New("the report is not ready")}
	case a.Data == nil || a.Data.HasConviction == nil:
		return register.Reply{}, breach("field %q is missing", "data.has_conviction")
	case *a.Data.HasConviction != (len(a.Data.Convictions) > 0):
		return register.Reply{}, breach("%q contradicts the list", "has_conviction")
	case a.Data.PINFL != "" && !about(q, string(a.Data.PINFL)):
		return register.Reply{}, errOtherPerson
	}
	if err := tooMany("convictions", len(a.Data.Convictions)); err != nil {
		return register.Reply{}, err
	}
	facts, column := &register.CriminalRecord{}, "none"
	for _, w := range a.Data.Convictions {
		c, err := w.fact()
		if err != nil {
			return register.Reply{}, err
		}
		if c.Expunged.IsZero() {
			column = "has_record"
		}
		facts.Convictions = append(facts.Convictions, c)
	}
	return found(facts, register.Column{Name: "criminal_record", Value: column}), nil
}

// fact translates one conviction. What a report says of gravity, intent and
// custody is not published: Gravity stays empty unless all three are told, so
// that a rule finds it cannot judge rather than a "no" that nobody said.
func (w conviction) fact() (register.Conviction, error) {
	sentenced, err := date("sentence_date", w.Sentenced)
	if err != nil {
		return register.Conviction{}, err
	}
	expunged, err := date("expunged_date", w.Expunged)
	if err != nil {
		return register.Conviction{}, err
	}
	c := register.Conviction{
		Article: string(w.Article), Court: string(w.Court), Sentenced: sentenced,
		Sentence: string(w.Sentence), Expunged: expunged,
	}
	switch g := register.Gravity(w.Gravity); g {
	case "":
	case register.NotSerious, register.LessSerious, register.Serious, register.EspeciallySerious:
		if w.Intentional != nil && w.InCustody != nil {
			c.Gravity = g
		}
	default:
		return register.Conviction{}, breach("field %q has an unknown value", "gravity")
	}
	c.Intentional = w.Intentional != nil && *w.Intentional
	c.InCustody = w.InCustody != nil && *w.InCustody
	return c, nil
}
