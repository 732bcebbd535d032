package population

import (
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// Sex as the registers code it.
type Sex int

// The codes of the personal data register.
const (
	Male   Sex = 1
	Female Sex = 2
)

// Uzbekistan is the register's own number of the country; it is not an ISO code.
const Uzbekistan = 182

// Text is a word of a reference list in the three languages that registers
// print (langId 1, 2 and 3).
type Text struct{ Russian, Cyrillic, Latin string }

// In returns the text for a langId: 1 Russian, 2 Uzbek Cyrillic, 3 Uzbek Latin.
func (t Text) In(langID int) string {
	switch langID {
	case 2:
		return t.Cyrillic
	case 3:
		return t.Latin
	default:
		return t.Russian
	}
}

// Person is one made-up person with everything the registers know of them. Names
// are spelt as the personal data register sends them, in capitals.
type Person struct {
	Index  int    // what At takes: the position in the population, stories first; of a relative some large number
	Number int    // on which documents, phone and chance hang; stays when stories are added
	Story  string // name of the story; empty for an ordinary person

	PINFL     personal.PINFL    // the present one
	PINFLs    []personal.PINFL  // all ever held, oldest first, the present one last
	Document  personal.Document // empty where only a birth certificate was issued
	Documents []Document        // current and former ones, the birth certificate first

	Surname, GivenName, Patronymic      string
	SurnameCyr, GivenCyr, PatronymicCyr string
	SurnameEng, GivenEng                string
	BirthDate                           civil.Date
	BirthPlace                          string
	Sex                                 Sex
	Citizenship                         Text
	CitizenshipID                       int
	Nationality                         Text
	NationalityID                       int
	Alive                               bool
	Phone                               personal.Phone
	Address                             Address
	AddressRestricted                   bool // the owner has locked it in OneID
	Jobs                                []Job
	Diplomas                            []Diploma
	OnPaper                             []Diploma // held on paper and in no register
	SchoolCertificate                   *SchoolCertificate
	Lyceum                              *Lyceum
	Convictions                         []Conviction
	Disability                          *Disability
	Capacity                            string // FULL, LIMITED or NONE
	CapacityCourt                       string
	CapacitySince                       civil.Date
	Certificate                         Certificate
	Family                              *Family // nil where the registers know none
}

// Document is an identity document of a person.
type Document struct {
	Number      string // series and number joined; a birth certificate as I-XX0000001
	Type        string
	Place       string
	PlaceID     int
	From, Until civil.Date // Until is zero for a birth certificate
	Status      int        // 2 valid
}

// Types of documents, as the personal data register names them.
const (
	TypeIDCard    = "IDMS_RECV_MVD_IDCARD_CITIZEN"
	TypePassport  = "IDMS_RECV_IP_DOCUMENTS"
	TypeBirthCert = "IDMS_RECV_MJ_BIRTH_CERTS"
)

// Address is a permanent registration. Ids are SOATO codes.
type Address struct {
	District
	MahallaID int
	Mahalla   string
	StreetID  int
	Street    string
	House     string
	Cadastre  string
	Since     civil.Date
}

// Job is one entry of the labour register; a present job has no End.
type Job struct {
	Organisation
	Structure  string
	PositionID int
	Position   string
	Start, End civil.Date
}

// Diploma is one entry of the register of diplomas.
type Diploma struct {
	Institution   string
	InstitutionID int
	Degree        string
	DegreeID      int
	Speciality    string
	Code          string
	Begun, Ended  civil.Date
	Given         civil.Date
	Serial        string
	Number        string // seven digits with leading zeros
}

// SchoolCertificate is an entry of the register of school certificates.
type SchoolCertificate struct {
	Year     int    // of leaving school
	Level    string // 9-sinf or 11-sinf
	Kind     string // Oddiy (ordinary) or another
	Number   string // two letters, a space and eight digits
	School   string
	SchoolID int
}

// Lyceum is an entry of the register of lyceum graduates.
type Lyceum struct {
	Year     int // of graduation
	School   string
	SchoolID int
	Kind     string
}

// Conviction is one entry of the criminal record.
type Conviction struct {
	Article     string
	Gravity     register.Gravity
	Intentional bool
	Court       string
	Sentenced   civil.Date
	Sentence    string
	Served      bool
	InCustody   bool
	Expunged    civil.Date // zero: neither expunged nor removed
}

// Disability is an entry of the disability register.
type Disability struct {
	Group       int // 1, 2 or 3
	Reason      string
	Commission  string
	Examined    civil.Date
	Until       civil.Date // zero when Lifetime
	Lifetime    bool
	Certificate string
}

// Certificate says what signature certificate a person holds.
type Certificate struct {
	TIN          string // of the organisation; empty on a natural person's certificate
	Organisation string
	Position     string
	NotBefore    civil.Date
	NotAfter     civil.Date
	Revoked      civil.Date // zero: in force
}

// Employer returns the organisation of the present job; the zero value when the
// person has none.
func (p *Person) Employer() Organisation {
	for _, j := range p.Jobs {
		if j.End.IsZero() {
			return j.Organisation
		}
	}
	return Organisation{}
}

// Holds reports whether the document is or was the person's.
func (p *Person) Holds(d personal.Document) bool {
	for _, own := range p.Documents {
		if own.Number == string(d) {
			return true
		}
	}
	return false
}

// BirthCertificate returns the number of the birth certificate, I-XA0000001.
func (p *Person) BirthCertificate() string { return p.Documents[0].Number }

// FullName is surname, given name and patronymic.
func (p *Person) FullName() string {
	return p.Surname + " " + p.GivenName + " " + p.Patronymic
}
