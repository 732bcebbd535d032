package portal

import (
	"net/http"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// notFound is the result code of personal data for "no such person".
const notFound = 303001

type docrestPerson struct {
	TransactionID  any               `json:"transaction_id"`
	CurrentPINFL   string            `json:"current_pinpp"`
	PINFLs         []string          `json:"pinpps"`
	CurrentDoc     string            `json:"current_document"`
	SurnameLat     string            `json:"surnamelat"`
	NameLat        string            `json:"namelat"`
	PatronymLat    string            `json:"patronymlat"`
	SurnameCyr     *string           `json:"surnamecyr,omitempty"`
	NameCyr        *string           `json:"namecyr,omitempty"`
	PatronymCyr    *string           `json:"patronymcyr,omitempty"`
	EngSurname     *string           `json:"engsurname,omitempty"`
	EngName        *string           `json:"engname,omitempty"`
	BirthDate      civil.Date        `json:"birth_date"`
	BirthPlace     string            `json:"birthplace"`
	BirthCountry   string            `json:"birthcountry"`
	BirthCountryID int               `json:"birthcountryid"`
	LiveStatus     int               `json:"livestatus"`
	Nationality    string            `json:"nationality"`
	NationalityID  int               `json:"nationalityid"`
	Citizenship    string            `json:"citizenship"`
	CitizenshipID  int               `json:"citizenshipid"`
	Sex            population.Sex    `json:"sex"`
	Photo          string            `json:"photo,omitempty"`
	Documents      []docrestDocument `json:"documents"`
}

type docrestDocument struct {
	Document  string      `json:"document"`
	Type      string      `json:"type"`
	Place     string      `json:"docgiveplace"`
	PlaceID   int         `json:"docgiveplaceid"`
	DateBegin civil.Date  `json:"datebegin"`
	DateEnd   *civil.Date `json:"dateend"`
	Status    int         `json:"status"`
}

// personal answers docrest in its three modes: PINFL and document, document and
// birth date, PINFL and birth date.
func (s *Server) personal(w http.ResponseWriter, f fields) {
	if miss := f.missing("transaction_id", "is_consent", "sender_pinfl", "langId", "is_photo", "Sender"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	lang, ok := f.number("langId")
	pinfl, document, born := f.text("pinpp"), f.text("document"), f.text("birth_date")
	given := 0
	for _, v := range []string{pinfl, document, born} {
		if v != "" {
			given++
		}
	}
	switch {
	case !f.is("is_consent", "Y"):
		badRequest(w, "is_consent must be Y")
		return
	case !fourteen(f.text("sender_pinfl")):
		badRequest(w, "sender_pinfl must have 14 digits")
		return
	case !ok || lang < 1 || lang > 3:
		badRequest(w, "langId must be 1, 2 or 3")
		return
	case !f.is("is_photo", "Y", "N"):
		badRequest(w, "is_photo must be Y or N")
		return
	case !f.is("Sender", "M", "P"):
		badRequest(w, "Sender must be M or P")
		return
	case given < 2:
		badRequest(w, "two of pinpp, document and birth_date are required")
		return
	}
	p := s.person(pinfl, document, born)
	if p == nil {
		serve.JSON(w, http.StatusOK, map[string]any{"result": s.result(notFound, 0), "comments": "Ma'lumot topilmadi", s.o.DataKey: []any{}})
		return
	}
	one := s.docrest(p, int(lang))
	one.TransactionID = f["transaction_id"]
	if f.is("is_photo", "Y") {
		one.Photo = photo(p)
	}
	serve.JSON(w, http.StatusOK, map[string]any{"result": s.result(1, p.Index), "comments": "", s.o.DataKey: []docrestPerson{one}})
}

func (s *Server) docrest(p *population.Person, lang int) docrestPerson {
	one := docrestPerson{
		CurrentPINFL: string(p.PINFL), CurrentDoc: currentDocument(p),
		SurnameLat: p.Surname, NameLat: p.GivenName, PatronymLat: p.Patronymic,
		BirthDate: p.BirthDate, BirthPlace: p.BirthPlace, BirthCountry: p.Citizenship.In(lang), BirthCountryID: p.CitizenshipID,
		LiveStatus: 1, Nationality: p.Nationality.In(lang), NationalityID: p.NationalityID,
		Citizenship: p.Citizenship.In(lang), CitizenshipID: p.CitizenshipID, Sex: p.Sex,
	}
	if !p.Alive {
		one.LiveStatus = 0
	}
	if !s.o.NoCyrillic {
		one.SurnameCyr, one.NameCyr, one.PatronymCyr = &p.SurnameCyr, &p.GivenCyr, &p.PatronymicCyr
		one.EngSurname, one.EngName = &p.SurnameEng, &p.GivenEng
	}
	for _, n := range p.PINFLs {
		one.PINFLs = append(one.PINFLs, string(n))
	}
	for _, d := range p.Documents {
		doc := docrestDocument{d.Number, d.Type, d.Place, d.PlaceID, d.From, nil, d.Status}
		if !d.Until.IsZero() {
			doc.DateEnd = &d.Until
		}
		one.Documents = append(one.Documents, doc)
	}
	return one
}

// result writes the flag as a number or a string; the real service does both.
func (s *Server) result(code, index int) any {
	text := s.o.ResultForm == ResultString || s.o.ResultForm == ResultMixed && index%2 == 1
	switch {
	case text && code == 1:
		return "1"
	case text:
		return "303001"
	}
	return code
}
