package oneid

import (
	"fmt"
	"strings"

	"github.com/saylovhub/hub/mocks/population"
)

// Methods of signing in, as the profile names them.
const (
	MethodPassword     = "LOGINPASSMETHOD"
	MethodMobile       = "MOBILEMETHOD"
	MethodQR           = "QR"
	MethodSignature    = "PKCSMETHOD"   // e-signature of a natural person
	MethodOrganisation = "LEPKCSMETHOD" // e-signature on an organisation's certificate
)

// Methods lists the methods.
func Methods() []string {
	return []string{MethodSignature, MethodOrganisation, MethodPassword, MethodMobile, MethodQR}
}

func byCertificate(method string) bool {
	return method == MethodSignature || method == MethodOrganisation
}

// profile is the answer to identify. Spellings and keys that differ between
// accounts of the live service differ here from person to person (by the index
// in the population), so that nobody comes to rely on one of them.
func (in *session) profile() map[string]any {
	p := in.person
	odd := p.Index%2 == 1
	a := map[string]any{
		"valid": fmt.Sprint(!in.unconfirmed), "validation_method": []string{},
		"user_id": fmt.Sprintf("foydalanuvchi%05d", p.Index), "full_name": p.FullName(), "first_name": p.GivenName,
		"birth_date": p.BirthDate.String(), "user_type": "I", "sess_id": in.id, "ret_cd": "0", "auth_method": in.method,
	}
	if !in.unconfirmed {
		a["pin"] = string(p.PINFL)
		a["validation_method"] = []string{MethodSignature}
	}
	if p.Index%3 == 2 {
		a["valid"] = !in.unconfirmed
	}
	a["sur_name"], a["mid_name"] = p.Surname, p.Patronymic
	a["pport_no"] = string(p.Document)
	if odd { // sources disagree on which is which
		a["sur_name"], a["mid_name"] = p.Patronymic, p.Surname
		delete(a, "pport_no")
		a["doc_num"] = string(p.Document)
		a["birth_date"] = strings.ReplaceAll(p.BirthDate.String(), "-", "")
	}
	if p.Index%4 != 3 {
		a["mob_phone_no"] = string(p.Phone)
	}
	if p.Index%5 == 0 {
		a["email"] = fmt.Sprintf("foydalanuvchi%05d@mail.example", p.Index)
	}
	if in.method == MethodOrganisation {
		a["pkcs_legal_tin"] = p.Certificate.TIN
		if !odd { // an "I" may come with an organisation's certificate
			a["user_type"] = "L"
		}
	}
	if list, given := legal(p, odd); given {
		a["legal_info"] = list
	}
	return a
}

// legal lists the organisations of an account: that of the certificate and that
// of the present job. Half of those who have none lack the key.
func legal(p *population.Person, odd bool) (list []map[string]any, given bool) {
	list = []map[string]any{}
	if tin := p.Certificate.TIN; tin != "" {
		list = append(list, map[string]any{
			"is_basic": true, "le_tin": tin, "le_name": p.Certificate.Organisation, "tin": tin, "acron_UZ": p.Certificate.Organisation,
		})
	}
	if e := p.Employer(); e.TIN != "" && e.TIN != p.Certificate.TIN {
		list = append(list, map[string]any{"is_basic": false, "tin": e.TIN, "acron_UZ": e.Name})
	}
	if len(list) > 0 { // one that was entered without its number
		list = append(list, map[string]any{"is_basic": false, "acron_UZ": "NAMUNA"})
	}
	return list, len(list) > 0 || odd
}
