package portal

import (
	"net/http"

	"github.com/saylovhub/hub/mocks/population"
)

// What this file holds is not public and stands as the project proposes it.
// Assumed besides: the fields of a disability entry, all of legal capacity, the
// content of a criminal record, and that region and district are SOATO codes.

// coded is the envelope of disability and legal capacity.
type coded struct {
	Code    int    `json:"result_code"` // 1 found, 0 not registered
	Message string `json:"result_message"`
	Data    any    `json:"data"`
}

// Statuses of "works at this organisation".
const elsewhere, worksThere = 0, 1

// noSchoolCertificate is how the register says that it holds none.
var noSchoolCertificate = map[string]any{"data": nil, "success": false, "message": "Shahodatnoma topilmadi"}

// noLyceum is success where the register of lyceums holds no graduate.
const noLyceum = http.StatusNotFound

// currentDocument of somebody without passport or ID card is the birth
// certificate.
func currentDocument(p *population.Person) string {
	if p.Document == "" {
		return p.BirthCertificate()
	}
	return string(p.Document)
}
