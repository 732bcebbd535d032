package dossier

import (
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
)

// Form is what all forms of the catalogue have in common: the content of an
// application as it was signed. Which fields a type allows and wants is its
// schema's business.
type Form struct {
	Type        string           `json:"type"`
	Election    string           `json:"election"`
	Commission  string           `json:"commission"`
	Applicant   string           `json:"applicant"` // id of an organisation, or of the applicant's own role
	Language    string           `json:"language"`
	Previous    string           `json:"previous"` // the returned application that this one corrects
	Ballot      string           `json:"ballot"`   // kind of vote, where the election has several
	Subjects    []FormSubject    `json:"subjects"`
	Attachments []FormAttachment `json:"attachments"`

	// What only some forms have.
	Signatures   *Signatures     `json:"signatures"`   // of voters, collected by a party
	Registered   civil.Date      `json:"registered"`   // when the Ministry of Justice registered the party
	Organisation string          `json:"organisation"` // foreign observers and media: who sends them
	Proposals    []Proposal      `json:"proposals"`    // constituencies and precincts
	Protocol     string          `json:"protocol"`     // id of a formed protocol
	Complaint    *Complaint      `json:"complaint"`
	Note         string          `json:"note"`
	Statements   map[string]bool `json:"statements"` // about the application as a whole
}

// FormSubject is one person of a form.
type FormSubject struct {
	Ref           string            `json:"ref"`
	PINFL         string            `json:"pinfl"`
	Passport      string            `json:"passport"`
	BirthDate     civil.Date        `json:"birth_date"`
	Phone         string            `json:"phone"`
	Language      string            `json:"language"`
	Part          string            `json:"part"`     // leaving; empty: coming
	Position      int               `json:"position"` // place in a list
	Post          string            `json:"post"`     // in a commission or an outlet
	Territory     string            `json:"territory"`
	Constituency  string            `json:"constituency"`
	Precinct      string            `json:"precinct"`
	Body          string            `json:"body"`           // the commission of a member
	RecommendedBy string            `json:"recommended_by"` // members of precincts: whose wish it is; the applicant hands it on
	Document      string            `json:"document"`       // id of a document to be reissued
	Party         string            `json:"party"`          // id; the candidate's party, empty: none
	Foreigner     *Foreigner        `json:"foreigner"`
	Statements    map[string]bool   `json:"statements"`
	Papers        []Paper           `json:"papers"`
	Receipt       string            `json:"receipt"` // of the auto-fill that filled the columns
	Columns       map[string]string `json:"columns"` // as the applicant hands them in
	Reasons       map[string]string `json:"reasons"` // why a column was changed by hand, by its name
}

// Foreigner is a person no register knows, as the Ministry of Foreign Affairs
// gives them.
type Foreigner struct {
	Surname      string     `json:"surname"` // in Latin script, as in the passport
	GivenName    string     `json:"given_name"`
	Passport     string     `json:"passport"`
	State        string     `json:"state"` // ISO 3166-1, two letters
	Organisation string     `json:"organisation"`
	Post         string     `json:"post"`
	Arrives      civil.Date `json:"arrives"`
	Leaves       civil.Date `json:"leaves"`
}

// FormAttachment is a file that the signed content names.
type FormAttachment struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
}

// Signatures are counts over signature sheets.
type Signatures struct {
	Voters      int            `json:"voters"` // all voters, where the number needed is a share of them
	Sheets      int            `json:"sheets"`
	Checked     int            `json:"checked"` // sheets that the commission checked
	Faulty      int            `json:"faulty"`  // of them
	Valid       int            `json:"valid"`
	Territories map[string]int `json:"territories"` // valid ones by SOATO of the region
}

// Proposal is one constituency or precinct that is proposed.
type Proposal struct {
	Number    int    `json:"number"`
	Name      string `json:"name"`
	Territory string `json:"territory"`
	Voters    int    `json:"voters"`
	Address   string `json:"address"`
}

// Complaint is what a complaint is about.
type Complaint struct {
	Commission string     `json:"commission"`
	Decision   string     `json:"decision"`
	Date       civil.Date `json:"date"` // of the decision
	Text       string     `json:"text"`
}

// ReadForm reads an application's signed content, which its type's schema has
// passed.
func ReadForm(document []byte) (Form, error) {
	var f Form
	if err := json.Unmarshal(document, &f); err != nil {
		return Form{}, fmt.Errorf("reading an application's content: %w", err)
	}
	return f, nil
}
