package store_test

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Made-up people's data that must be found nowhere in the clear.
const (
	samplePhone    = "998901112233"
	sampleDocument = "AB7654321"
	sampleName     = "QODIROVA-NAMUNA"
)

var serial atomic.Int64

// pinfl is a made-up PINFL with a right check digit, another each time.
func pinfl() personal.PINFL {
	first := fmt.Sprintf("4150385%06d", serial.Add(1))
	return personal.PINFL(first + string(personal.CheckDigit(first)))
}

func id() string { return uuid.Must(uuid.NewV7()).String() }

// application is a made-up application with some subjects.
func application(commission string, subjects int) *dossier.Application {
	a := &dossier.Application{
		ID: id(), Type: "observer-party-register", Election: "local-2026", Commission: commission, Applicant: "party-1", Language: "uz-Latn",
		State: dossier.Submitted, Version: 1, Document: []byte(`{"name":"` + sampleName + `"}`), Signature: []byte("signed by " + sampleName),
		SubmittedBy: "key-1", SubmittedAt: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC),
		Attachments: []dossier.Attachment{{ID: id(), Name: "paper.pdf", MediaType: "application/pdf", SHA256: "00", Content: []byte("paper of " + sampleName)}},
	}
	for i := range subjects {
		a.Subjects = append(a.Subjects, dossier.Subject{
			ID: id(), Application: a.ID, Ref: fmt.Sprintf("s%d", i), Role: "observer", PINFL: pinfl(), Document: sampleDocument,
			BirthDate: civil.Date{Year: 1985, Month: 3, Day: 15}, Phone: samplePhone,
			Statements: map[string]bool{"not_in_service": true}, Papers: []dossier.Paper{{Proves: "residence", Attachment: "paper.pdf"}},
		})
	}
	return a
}
