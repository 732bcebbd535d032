package receipt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// What is wrong with a token.
var (
	ErrForged  = errors.New("not a receipt of this hub, or altered")
	ErrExpired = errors.New("the receipt has expired")
)

// Receipt is what one auto-fill found about one person.
type Receipt struct {
	ID         string
	Type       string // of application, which names the purpose the registers were told
	Issued     time.Time
	Expires    time.Time
	Key        string // API key that asked
	Commission string // that it asked for
	PINFL      personal.PINFL
	Document   personal.Document // with BirthDate, where a passport was given
	BirthDate  civil.Date
	Answers    []Answer
}

// Answer is one register's.
type Answer struct {
	Register    register.ID
	Status      string // found, absent, restricted, pending, unavailable
	Transaction string
	At          time.Time
	Facts       []byte // JSON; nil unless found
	Columns     []register.Column
}

// Who returns the personal data; nil: nobody was identified.
func (r Receipt) Who() (*register.PersonalData, error) {
	i := slices.IndexFunc(r.Answers, func(a Answer) bool { return a.Register == register.Personal && a.Status == string(register.Found) })
	if i < 0 {
		return nil, nil
	}
	p := new(register.PersonalData)
	if err := json.Unmarshal(r.Answers[i].Facts, p); err != nil {
		return nil, fmt.Errorf("reading a receipt's personal data: %w", err)
	}
	return p, nil
}

// About reports whether the registers were asked about a person, who is named by a
// PINFL, or by a passport with the birth date.
func (r Receipt) About(pinfl personal.PINFL, document personal.Document, born civil.Date) (bool, error) {
	who, err := r.Who()
	switch {
	case err != nil:
		return false, err
	case pinfl != "":
		return pinfl == r.PINFL || who != nil && (pinfl == who.PINFL || slices.Contains(who.PINFLs, pinfl)), nil
	case document != "":
		return document == r.Document && born == r.BirthDate || who != nil && document == who.Document && born == who.BirthDate, nil
	}
	return false, nil
}
