package dossier

import (
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// Election is one election as a record.
type Election struct {
	ID       string                `json:"id"`
	Kind     string                `json:"kind"`
	Title    map[string]string     `json:"title"`
	Line     string                `json:"line"` // as mandates name it, nominative
	Day      civil.Date            `json:"day"`
	Calendar map[string]civil.Date `json:"calendar"` // last days, by the name catalogue types use
}

// Commission is one election commission.
type Commission struct {
	ID     string `json:"id"`
	Level  string `json:"level"` // CEC, KKCEC, TEC, DEC
	Title  string `json:"title"` // Uzbek, Latin script
	Short  string `json:"short"` // for SMS, ASCII apostrophes
	Parent string `json:"parent"`
}

// Posts of officials in a commission.
const (
	Chair     = "chair"
	Deputy    = "deputy"
	Secretary = "secretary"
)

// Official is a member of a commission with a post.
type Official struct {
	ID         string         `json:"id"`
	Commission string         `json:"commission"`
	Post       string         `json:"post"`
	Surname    string         `json:"surname"`
	Given      string         `json:"given"`
	Patronymic string         `json:"patronymic"`
	PINFL      personal.PINFL `json:"pinfl"`
}

// Organisation is a party or another body that submits applications.
type Organisation struct {
	ID    string         `json:"id"`
	Role  string         `json:"role"` // PARTY, ...
	Title string         `json:"title"`
	TIN   string         `json:"tin"`
	Head  personal.PINFL `json:"head_pinfl"`
	Phone personal.Phone `json:"phone"`
}

// Constituency is where a candidate stands.
type Constituency struct {
	ID         string `json:"id"`
	Election   string `json:"election"`
	Commission string `json:"commission"`
	Number     int    `json:"number"`
	Name       string `json:"name"`
	Council    string `json:"council"`       // of certificates
	CouncilSMS string `json:"council_short"` // of SMS, ASCII apostrophes
}

// Directory is what hub directory import brings in, whole or in part.
type Directory struct {
	Elections      []Election     `json:"elections"`
	Commissions    []Commission   `json:"commissions"`
	Officials      []Official     `json:"officials"`
	Organisations  []Organisation `json:"organisations"`
	Constituencies []Constituency `json:"constituencies"`
}
