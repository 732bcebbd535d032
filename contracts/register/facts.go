package register

import (
	"fmt"
	"log/slog"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// PersonalData are the facts of the personal data register.
type PersonalData struct {
	PINFL    personal.PINFL    `json:"pinfl"`    // the present one
	PINFLs   []personal.PINFL  `json:"pinfls"`   // all ever held, the present one included
	Document personal.Document `json:"document"` // passport or ID card; empty when there is none yet
	// BirthCertificate (I-XX0000001) is told only of who has no passport or ID card.
	BirthCertificate personal.Document `json:"birth_certificate,omitempty"`
	Surname          string            `json:"surname"` // Latin script, as the register prints it
	GivenName        string            `json:"given_name"`
	Patronymic       string            `json:"patronymic"`
	SurnameCyr       string            `json:"surname_cyr,omitempty"`
	GivenCyr         string            `json:"given_cyr,omitempty"`
	PatronymCyr      string            `json:"patronymic_cyr,omitempty"`
	BirthDate        civil.Date        `json:"birth_date"`
	BirthPlace       string            `json:"birth_place"`
	Sex              string            `json:"sex"` // male, female, or empty
	Nationality      string            `json:"nationality"`
	Citizen          bool              `json:"citizen"` // of Uzbekistan (citizenshipid 182)
	Citizenship      string            `json:"citizenship"`
	Alive            bool              `json:"alive"` // livestatus 1; anything else is not alive for us
	Photo            *Photo            `json:"photo,omitempty"`
}

// Format prints nothing of the person, whatever the verb: under a verb that does
// not fit, fmt would pass over the masks of the fields behind a pointer.
func (PersonalData) Format(f fmt.State, _ rune) { fmt.Fprint(f, "(personal data)") }

// LogValue keeps the person out of structured logs.
func (PersonalData) LogValue() slog.Value { return slog.StringValue("(personal data)") }

// Photo is the picture on the document, only where the question asked for it.
type Photo struct {
	Type  string `json:"type"`  // image/jpeg or image/png
	Bytes []byte `json:"bytes"` // base64 in JSON; at most 512 KiB, 16 to 4000 pixels a side
}

// RegisteredAddress are the facts of the registered address.
type RegisteredAddress struct {
	RegionID   int        `json:"region_id"`
	Region     string     `json:"region"`
	DistrictID int        `json:"district_id"`
	District   string     `json:"district"`
	Mahalla    string     `json:"mahalla"`
	Street     string     `json:"street"`
	Address    string     `json:"address"`
	Cadastre   string     `json:"cadastre"`
	Since      civil.Date `json:"since"`
}

// WorkHistory are the facts of the employment register.
type WorkHistory struct {
	Jobs []Job `json:"jobs"`
}

// Job is one entry of a work history; a present job has no end.
type Job struct {
	TIN       string     `json:"tin"`
	Employer  string     `json:"employer"`
	Structure string     `json:"structure"`
	Position  string     `json:"position"`
	Start     civil.Date `json:"start"`
	End       civil.Date `json:"end"`
}

// EducationRecord are the facts of the education register.
type EducationRecord struct {
	Diplomas []Diploma `json:"diplomas"`
}

// Diploma is one diploma of the state register.
type Diploma struct {
	Institution string     `json:"institution"`
	Degree      string     `json:"degree"`
	Speciality  string     `json:"speciality"`
	Given       civil.Date `json:"given"`
	Serial      string     `json:"serial"`
	Number      string     `json:"number"` // with leading zeros
}

// CriminalRecord are the facts of the criminal record register.
type CriminalRecord struct {
	Convictions []Conviction `json:"convictions"` // empty: none, which is a fact here
}

// Gravity of a crime, in the four steps of the criminal code.
type Gravity string

// The gravities.
const (
	NotSerious        Gravity = "not_serious"
	LessSerious       Gravity = "less_serious"
	Serious           Gravity = "serious"
	EspeciallySerious Gravity = "especially_serious"
)

// Conviction is one conviction. A zero Expunged means neither expunged nor removed.
type Conviction struct {
	Article     string     `json:"article"`
	Gravity     Gravity    `json:"gravity"`
	Intentional bool       `json:"intentional"`
	Court       string     `json:"court"`
	Sentenced   civil.Date `json:"sentenced"`
	Sentence    string     `json:"sentence"`
	InCustody   bool       `json:"in_custody"` // held by the sentence now
	Expunged    civil.Date `json:"expunged"`
}

// DisabilityRecord are the facts of the disability register. Statistics only:
// never a ground for refusal.
type DisabilityRecord struct {
	Group    int        `json:"group"` // 1, 2 or 3
	Lifetime bool       `json:"lifetime"`
	Until    civil.Date `json:"until"`
}

// CapacityRecord are the facts of the legal capacity register.
type CapacityRecord struct {
	Capacity  string     `json:"capacity"` // FULL, LIMITED or NONE
	Court     string     `json:"court"`
	Effective civil.Date `json:"effective"`
}

// EmployedAt are the facts of one question whether a person works at an
// organisation.
type EmployedAt struct {
	TIN      string `json:"tin"` // of the organisation asked about
	Employed bool   `json:"employed"`
	Status   string `json:"status"` // as the register put it
}

// SchoolCertificate are the facts of the register of school certificates.
type SchoolCertificate struct {
	Year     int    `json:"year"`   // of leaving school
	Level    string `json:"level"`  // 9-sinf or 11-sinf
	Kind     string `json:"kind"`   // ordinary, or with distinction, as the register puts it
	Number   string `json:"number"` // series and number with the space between
	School   string `json:"school"`
	Region   string `json:"region"`
	District string `json:"district"`
}

// LyceumCertificate are the facts of the register of lyceum graduates.
type LyceumCertificate struct {
	Year     int    `json:"year"` // of graduation
	School   string `json:"school"`
	Kind     string `json:"kind"` // lyceum, or as the register puts it
	Region   string `json:"region"`
	District string `json:"district"`
}
