package register_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

var whole = register.PersonalData{
	PINFL: "41505939980027", PINFLs: []personal.PINFL{"41505939980027"}, Document: "XA0000001", BirthCertificate: "I-XX0000001",
	Surname: "NAMUNAYEVA", BirthDate: civil.Date{Year: 1993, Month: 5, Day: 15}, Photo: &register.Photo{Type: "image/jpeg", Bytes: []byte("NAMUNAYEVA")},
}

// A question printed under any verb tells neither the person nor the official,
// also where the verb does not fit and fmt passes over masks.
func TestNothingPrintsClear(t *testing.T) {
	t.Parallel()
	q := register.Question{Official: "32103889999014", PINFL: whole.PINFL, Document: whole.Document, BirthCertificate: whole.BirthCertificate, Identity: &whole}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		out := fmt.Sprintf(strings.Repeat(verb, 4), q, &q, whole, &whole)
		for _, secret := range []string{"41505939980027", "32103889999014", "XA0000001", "XX0000001", "NAMUNAYEVA", fmt.Sprintf("%x", "41505939980027")} {
			if strings.Contains(out, secret) {
				t.Errorf("%s tells %s", verb, secret)
			}
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "facts", whole, "pointer", &whole)
	if strings.Contains(b.String(), "NAMUNAYEVA") {
		t.Errorf("a log line tells %s", b.String())
	}
}

// Facts are kept as JSON: what goes in comes out, and no photo is no key.
func TestFactsAsJSON(t *testing.T) {
	t.Parallel()
	without := whole
	without.Photo, without.BirthCertificate = nil, ""
	for _, facts := range []register.PersonalData{whole, without} {
		raw, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		var back register.PersonalData
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(facts, back); d != "" {
			t.Error(d)
		}
		if strings.Contains(string(raw), `"photo"`) != (facts.Photo != nil) {
			t.Errorf("got %s", raw)
		}
	}
}
