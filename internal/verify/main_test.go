package verify_test

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// now is the afternoon of 22 November 2026 in Tashkent.
var now = time.Date(2026, 11, 22, 10, 4, 0, 0, time.UTC)

// codes are those of a made-up hub; another seed is another hub.
func codes(seed byte) issuing.Codes {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	return issuing.Codes{
		Sign: func(b []byte) []byte { return ed25519.Sign(key, b) }, PublicKey: key.Public().(ed25519.PublicKey), Address: "https://tekshirish.example",
	}
}

// planted is what no answer may hold: it stands in every document's data.
var planted = []string{"SINOVXOʻJAYEV", "Sinovbek", "30101809910011", "AA1234567", "998901112233", "sabab-siri"}

const plantedData = `{"number":"007","commission":"Toshkent shahar hududiy saylov komissiyasi","person":{"surname":"SINOVXOʻJAYEV","given":"Sinovbek",` +
	`"pinfl":"30101809910011","passport":"AA1234567","phone":"998901112233"},"valid_until":"2027-01-27","reason":"sabab-siri"}`

// document is a mandate with its code.
func document(t *testing.T, ours issuing.Codes) (dossier.Document, string) {
	t.Helper()
	d := dossier.Document{
		ID: "0197-a", Kind: "D4", Commission: "1726", Election: "kengash", Number: 7, State: dossier.Issued, Data: []byte(plantedData),
		IssuedAt: time.Date(2026, 11, 1, 20, 30, 0, 0, time.UTC), ValidUntil: civil.Date{Year: 2027, Month: 1, Day: 27},
		Passport: dossier.Passport{SHA256: verify.SHA256([]byte("the file"))},
	}
	hash, err := dossier.DataHash(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	return d, ours.Code(d, hash, d.ValidUntil.AddDays(1).Start())
}

// shelf is a store of a few documents.
type shelf struct {
	t    *testing.T
	docs []dossier.Document
	shut bool // asking it is a mistake
}

func (s *shelf) DocumentsNumbered(_ context.Context, kind, commission string, number int) ([]dossier.Document, error) {
	s.touched()
	var out []dossier.Document
	for _, d := range s.docs {
		if d.Kind == kind && d.Commission == commission && d.Number == number {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *shelf) Document(_ context.Context, id string) (dossier.Document, error) {
	s.touched()
	for _, d := range s.docs {
		if d.ID == id {
			return d, nil
		}
	}
	return dossier.Document{}, dossier.Refusef(dossier.NotFound, "no such document")
}

func (s *shelf) Commission(_ context.Context, id string) (dossier.Commission, bool, error) {
	s.touched()
	if id != "1726" {
		return dossier.Commission{}, false, nil
	}
	return dossier.Commission{ID: id, Title: "Toshkent shahar hududiy saylov komissiyasi"}, true, nil
}

func (s *shelf) touched() {
	if s.shut {
		s.t.Error("the store was asked about a code that is not ours")
	}
}

func checker(s *shelf, at time.Time) verify.Checker {
	return verify.Checker{Codes: codes(1), Register: verify.Books{Store: s}, Now: func() time.Time { return at }}
}

// plain is a code without its address.
func plain(t *testing.T, text string) string {
	t.Helper()
	p, err := issuing.Plain(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
