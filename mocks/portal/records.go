package portal

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

type idValue struct {
	ID      int    `json:"Id"`
	Value   string `json:"Value"`
	IDValue string `json:"IdValue"`
}

type guidValue struct {
	ID    int    `json:"Id"`
	GUID  string `json:"Guid"`
	Value string `json:"Value"`
}

type registration struct {
	Cadastre         string    `json:"Cadastre"`
	Country          idValue   `json:"Country"`
	Region           idValue   `json:"Region"`
	District         idValue   `json:"District"`
	Maxalla          guidValue `json:"Maxalla"`
	Street           guidValue `json:"Street"`
	Address          string    `json:"Address"`
	RegistrationDate string    `json:"RegistrationDate"`
}

func withID(id int, value string) idValue {
	return idValue{id, value, fmt.Sprintf("(%d) %s", id, value)}
}

// address answers the registered address. Ids of region and district are SOATO
// codes here; which codes the real service uses is not public.
func (s *Server) address(w http.ResponseWriter, f fields) {
	p, ok := s.subject(w, f, "pinpp")
	if !ok {
		return
	}
	switch {
	case p == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case p.AddressRestricted:
		refuse(w, http.StatusLocked, "423", formFlat)
		return
	}
	a := p.Address
	type data struct {
		Permanent registration   `json:"PermanentRegistration"`
		Temporary []registration `json:"TemproaryRegistrations"` // the service's own spelling, as below
	}
	serve.JSON(w, http.StatusOK, struct {
		Data    data   `json:"Data"`
		ID      int    `json:"AnswereId"`
		Message string `json:"AnswereMessage"`
		Comment string `json:"AnswereComment"`
	}{
		Data: data{Permanent: registration{
			Cadastre: a.Cadastre, Country: withID(population.Uzbekistan, "ЎЗБЕКИСТОН"),
			Region: withID(a.RegionID, strings.ToUpper(a.RegionCyr)), District: withID(a.DistrictID, strings.ToUpper(a.DistrictCyr)),
			Maxalla: guidValue{a.MahallaID, fmt.Sprintf("00000000-0000-4000-8000-%012d", a.MahallaID), a.Mahalla},
			Street:  guidValue{a.StreetID, fmt.Sprintf("00000000-0000-4000-9000-%012d", a.StreetID), a.Street},
			Address: a.Street + ", дом " + a.House, RegistrationDate: a.Since.String() + "T00:00:00",
		}},
		ID: 1, Message: "Ok",
	})
}

type experience struct {
	CompanyINN    string      `json:"company_inn"`
	CompanyName   string      `json:"company_name"`
	Structure     string      `json:"structure_name"`
	PositionID    *int        `json:"position_id"`
	Position      string      `json:"position_name"`
	Kodp          string      `json:"kodp"`
	KodpType      string      `json:"kodp_type"`
	WorkType      *int        `json:"work_type"`
	ActionTypeID  *int        `json:"action_type_id"`
	ContractNo    string      `json:"contract_number"`
	ContractDate  civil.Date  `json:"contract_date"`
	OrderNo       string      `json:"order_number"`
	OrderDate     civil.Date  `json:"order_date"`
	StartDate     civil.Date  `json:"start_date"`
	EndDate       *civil.Date `json:"end_date"`
	PersonPIN     string      `json:"person_pin"`
	Soato         string      `json:"soato_code"`
	Workplace     string      `json:"workplace_address"`
	TransactionID *int        `json:"transaction_id"`
	ParentID      any         `json:"parent_id"`
}

type rpcResult struct {
	Success bool   `json:"success"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func rpc(w http.ResponseWriter, r rpcResult) {
	serve.JSON(w, http.StatusOK, map[string]any{"jsonrpc": "2.0", "id": 1, "error": nil, "result": r})
}

// employment answers the history of work in a JSON-RPC envelope.
func (s *Server) employment(w http.ResponseWriter, f fields) {
	p, ok := s.subject(w, f, "pin")
	if !ok {
		return
	}
	if p == nil {
		rpc(w, rpcResult{Code: http.StatusNotFound, Message: "Fuqaro topilmadi"})
		return
	}
	list := []experience{}
	for i, j := range p.Jobs {
		work, action, no := 1, 1, 50+p.Index*10+i
		e := experience{
			CompanyINN: j.TIN, CompanyName: j.Name, Structure: j.Structure, PositionID: &j.PositionID, Position: j.Position,
			Kodp: "2411", KodpType: "M", WorkType: &work, ActionTypeID: &action,
			ContractNo: fmt.Sprint(i + 1), ContractDate: j.Start, OrderNo: fmt.Sprint(i+1) + "-k", OrderDate: j.Start, StartDate: j.Start,
			PersonPIN: string(p.PINFL), Soato: fmt.Sprint(p.Address.RegionID), Workplace: p.Address.DistrictLat, TransactionID: &no,
		}
		if !j.End.IsZero() {
			e.EndDate = &j.End
		}
		list = append(list, e)
	}
	rpc(w, rpcResult{Success: true, Code: http.StatusOK, Message: "OK", Data: map[string]any{
		"profile": map[string]any{
			"pin": string(p.PINFL), "person_surname": p.Surname, "person_name": p.GivenName, "person_patronymic": p.Patronymic,
			"birth_date": p.BirthDate, "gender": p.Sex,
		},
		"experiences": list,
	}})
}

type diploma struct {
	ID               int         `json:"id"`
	PINFL            string      `json:"pinfl"`
	EduTypeID        int         `json:"edu_type_id"`
	EduTypeName      string      `json:"edu_type_name"`
	InstTypeID       int         `json:"institution_type_id"`
	InstTypeName     string      `json:"institution_type_name"`
	InstitutionID    int         `json:"institution_id"`
	InstitutionName  string      `json:"institution_name"`
	InstitutionOldID int         `json:"institution_old_name_id"`
	InstitutionOld   string      `json:"institution_old_name"`
	DegreeID         int         `json:"degree_id"`
	DegreeName       string      `json:"degree_name"`
	EduFormID        int         `json:"edu_form_id"`
	EduFormName      string      `json:"edu_form_name"`
	SpecialityID     *int        `json:"speciality_id"`
	SpecialityOldID  *int        `json:"speciality_old_id"`
	SpecialityName   string      `json:"speciality_name"`
	SpecialityCode   string      `json:"speciality_code"`
	EduDurationID    *int        `json:"edu_duration_id"`
	EduDurationName  string      `json:"edu_duration_name"`
	EduStartingDate  *civil.Date `json:"edu_starting_date"`
	EduFinishingDate *civil.Date `json:"edu_finishing_date"`
	DiplomaGivenDate civil.Date  `json:"diploma_given_date"`
	DiplomaSerialID  int         `json:"diploma_serial_id"`
	DiplomaSerial    string      `json:"diploma_serial"`
	DiplomaNumber    string      `json:"diploma_number"`
	DiplomaTypeID    int         `json:"diploma_type_id"`
	DiplomaTypeName  string      `json:"diploma_type_name"`
	StatusID         int         `json:"status_id"`
	StatusName       string      `json:"status_name"`
}

// education answers the diplomas as a bare array; the PINFL in it is masked, as
// the real service sometimes does.
func (s *Server) education(w http.ResponseWriter, f fields) {
	p, ok := s.subject(w, f, "pinfl")
	if !ok {
		return
	}
	if p == nil || len(p.Diplomas) == 0 {
		switch s.o.DiplomaAbsent {
		case Absent404:
			serve.JSON(w, http.StatusNotFound, map[string]string{"message": "Diplom topilmadi"})
		case Absent204:
			w.WriteHeader(http.StatusNoContent)
		default:
			serve.JSON(w, http.StatusOK, []diploma{})
		}
		return
	}
	pinfl := f.text("pinfl")
	list := make([]diploma, 0, len(p.Diplomas))
	for i, d := range p.Diplomas {
		speciality, duration := 700+i, 4
		list = append(list, diploma{
			ID: 100000 + p.Index*10 + i, PINFL: pinfl[:3] + "********" + pinfl[11:], EduTypeID: 1, EduTypeName: "Oliy ta\u2018lim",
			InstTypeID: 1, InstTypeName: "Universitet", InstitutionID: d.InstitutionID, InstitutionName: d.Institution,
			InstitutionOldID: d.InstitutionID, InstitutionOld: d.Institution, DegreeID: d.DegreeID, DegreeName: d.Degree,
			EduFormID: 1, EduFormName: "Kunduzgi", SpecialityID: &speciality, SpecialityName: d.Speciality, SpecialityCode: d.Code,
			EduDurationID: &duration, EduDurationName: "4 yil", EduStartingDate: &d.Begun, EduFinishingDate: &d.Ended,
			DiplomaGivenDate: d.Given, DiplomaSerialID: 1, DiplomaSerial: d.Serial, DiplomaNumber: d.Number,
			DiplomaTypeID: 1, DiplomaTypeName: "Diplom", StatusID: 1, StatusName: "Tasdiqlangan",
		})
	}
	serve.JSON(w, http.StatusOK, list)
}
