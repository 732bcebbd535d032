package portal

import (
	"net/http"

	"github.com/saylovhub/hub/mocks/serve"
)

// employedAt answers whether a person works at an organisation.
func (s *Server) employedAt(w http.ResponseWriter, f fields) {
	tin := f.text("company_tin")
	if len(tin) != 9 {
		badRequest(w, "field company_tin is required")
		return
	}
	p, ok := s.subject(w, f, "pin")
	if !ok {
		return
	}
	if p == nil {
		rpc(w, rpcResult{Code: http.StatusNotFound, Message: "Fuqaro topilmadi"})
		return
	}
	status := elsewhere
	for _, j := range p.Jobs {
		if j.TIN == tin && j.End.IsZero() {
			status = worksThere
		}
	}
	rpc(w, rpcResult{Success: true, Code: http.StatusOK, Message: "OK", Data: map[string]any{"status": status}})
}

// school answers the certificate of leaving school.
func (s *Server) school(w http.ResponseWriter, f fields) {
	if miss := f.missing("transaction_id", "sender_pinfl", "purpose"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	switch {
	case !f.is("consent", "yes"):
		badRequest(w, "consent must be yes")
		return
	case !fourteen(f.text("sender_pinfl")):
		badRequest(w, "sender_pinfl must have 14 digits")
		return
	}
	p, ok := s.subject(w, f, "pinfl")
	if !ok {
		return
	}
	if p == nil || p.SchoolCertificate == nil {
		serve.JSON(w, http.StatusOK, noSchoolCertificate)
		return
	}
	c := p.SchoolCertificate
	kind, series, number := 1, "", ""
	if d := string(p.Document); d != "" {
		kind, series, number = 5, d[:2], d[2:]
	}
	serve.JSON(w, http.StatusOK, map[string]any{"success": true, "data": map[string]any{
		"gradYear": c.Year, "classLevel": c.Level, "certType": 3, "certTypeName": c.Kind, "certSN": c.Number,
		"firstName": p.GivenName, "lastName": p.Surname, "patronymic": p.Patronymic, "birthDate": p.BirthDate.String() + "T00:00:00",
		"pin": string(p.PINFL), "iDocType": kind, "iDocTypeName": "ID karta", "iDocSerial": series, "iDocNumber": number,
		"regionId": p.Address.RegionID % 100, "region": p.Address.Region, "districtId": p.Address.DistrictID % 1000, "district": p.Address.DistrictLat,
		"schoolId": c.SchoolID, "school": c.School, "grades6YearsAvg": 4.5,
	}})
}

// lyceum answers a graduate of an academic lyceum, in the dialect where success
// is a number.
func (s *Server) lyceum(w http.ResponseWriter, f fields) {
	p, ok := s.subject(w, f, "pinfl")
	if !ok {
		return
	}
	type envelope struct {
		Success int     `json:"success"`
		Name    string  `json:"name"`
		Message *string `json:"message"`
		Code    int     `json:"code"`
		Data    any     `json:"data"`
	}
	const name = "Get Lyceum Graduate Data"
	if p == nil || p.Lyceum == nil {
		none := "Ma'lumot topilmadi"
		serve.JSON(w, http.StatusOK, envelope{Success: noLyceum, Name: name, Message: &none, Code: 1})
		return
	}
	l, now := p.Lyceum, s.o.Now().Unix()
	serve.JSON(w, http.StatusOK, envelope{Success: http.StatusOK, Name: name, Data: map[string]any{
		"current_time": now, "is_from_cache": false, "is_from_database": true, "cache_last_updated_time": now,
		"student": map[string]any{
			"pinfl": string(p.PINFL), "school_region_id": p.Address.RegionID % 100, "school_region": p.Address.Region,
			"school_district_id": p.Address.DistrictID % 1000, "school_district": p.Address.DistrictLat,
			"school_id": l.SchoolID, "school": l.School, "year_of_graduation": l.Year, "edu_type_id": 1, "edu_type_name": l.Kind,
		},
	}})
}
