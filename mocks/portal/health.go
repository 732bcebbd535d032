package portal

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// date prints as a string, or null when not known.
func date(d civil.Date) *civil.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// disability answers by passport; the request is public, the answer assumed.
func (s *Server) disability(w http.ResponseWriter, f fields) {
	if miss := f.missing("transaction_id", "pin", "purpose", "pinfl", "passport"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	switch {
	case !f.is("consent", "true", true):
		badRequest(w, "consent must be true")
		return
	case !fourteen(f.text("pin")) || !fourteen(f.text("pinfl")):
		badRequest(w, "pin and pinfl must have 14 digits")
		return
	}
	registered(w, s.person(f.text("pinfl"), f.text("passport"), ""))
}

// birthCertificate is the form that the service takes, with two dashes.
var birthCertificate = regexp.MustCompile(`^[IVXLC]+-[A-Z]{2}-[0-9]{7}$`)

// birthDoc answers by birth certificate and birth date, without a PINFL.
func (s *Server) birthDoc(w http.ResponseWriter, f fields) {
	if miss := f.missing("transaction_id", "pin", "purpose", "birth_document", "birth_date"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	document := f.text("birth_document")
	switch {
	case !f.is("consent", "true", true):
		badRequest(w, "consent must be true")
		return
	case !fourteen(f.text("pin")):
		badRequest(w, "pin must have 14 digits")
		return
	case !birthCertificate.MatchString(document):
		badRequest(w, "birth_document must be like I-XX-0000001")
		return
	}
	last := strings.LastIndexByte(document, '-')
	registered(w, s.person("", document[:last]+document[last+1:], f.text("birth_date")))
}

// registered answers about whom the service found; nil for nobody.
func registered(w http.ResponseWriter, p *population.Person) {
	if p == nil || p.Disability == nil {
		serve.JSON(w, http.StatusOK, coded{Message: "Ma'lumot topilmadi"})
		return
	}
	d := p.Disability
	serve.JSON(w, http.StatusOK, coded{1, "OK", map[string]any{
		"pinfl": string(p.PINFL), "has_disability": true, "group": d.Group, "reason": d.Reason, "commission": d.Commission,
		"exam_date": d.Examined, "valid_from": d.Examined, "valid_to": date(d.Until), "lifetime": d.Lifetime, "cert_number": d.Certificate,
	}})
}

// capacity answers the proposed service of the courts; all of it is assumed.
func (s *Server) capacity(w http.ResponseWriter, f fields) {
	if miss := f.missing("transaction_id", "sender_pinfl", "purpose", "pinfl"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	switch {
	case !f.is("consent", "Y"):
		badRequest(w, "consent must be Y")
		return
	case !fourteen(f.text("sender_pinfl")) || !fourteen(f.text("pinfl")):
		badRequest(w, "sender_pinfl and pinfl must have 14 digits")
		return
	}
	p := s.person(f.text("pinfl"), "", "")
	if p == nil {
		serve.JSON(w, http.StatusOK, coded{Message: "Ma'lumot topilmadi"})
		return
	}
	data := map[string]any{
		"pinfl": string(p.PINFL), "capacity": p.Capacity, "court_name": nil, "case_number": nil,
		"decision_date": nil, "effective_date": nil, "guardian_pinfl": nil,
	}
	if p.Capacity != "FULL" {
		data["court_name"], data["case_number"] = p.CapacityCourt, "2-1001-0001/99"
		data["decision_date"], data["effective_date"] = p.CapacitySince, p.CapacitySince.AddDays(30)
	}
	serve.JSON(w, http.StatusOK, coded{1, "OK", data})
}
