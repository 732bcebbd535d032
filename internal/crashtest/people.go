package crashtest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
)

// residence is the paper that candidates attach.
var residence = client.File{Name: "residence.pdf", Content: []byte("%PDF-1.7 a made-up certificate of residence")}

var errNobody = errors.New("nobody is left of the population: start the mocks with more people")

// next is a person whom no other application names. Those who are barred from
// something come too, but only one of a name: a refusal's SMS goes to the
// applicant and names the person, so that two of one name would read alike.
func (w *World) next() (*population.Person, error) {
	for {
		p := w.Systems.Population.At(int(w.person.Add(1)) - 1)
		if p == nil {
			return nil, errNobody
		}
		if p.Story == "" && !p.AddressRestricted && (w.plain(p) || w.named(p)) {
			return p, nil
		}
	}
}

// plain reports that nothing bars the person from anything.
func (w *World) plain(p *population.Person) bool {
	age, kind := p.BirthDate.AgeOn(w.Day), p.Employer().Kind
	return age >= 25 && age < 65 && p.CitizenshipID == population.Uzbekistan && p.Alive && p.Capacity == "FULL" && len(p.Convictions) == 0 &&
		kind != population.Military && kind != population.Court && kind != population.Executive
}

// named reports that nobody barred of this name was taken yet.
func (w *World) named(p *population.Person) bool {
	_, taken := w.names.LoadOrStore(p.Surname+" "+p.GivenName[:1], true)
	return !taken
}

// Next is a person whom nothing bars and whom no other application names.
func (w *World) Next() (*population.Person, error) {
	for {
		p, err := w.next()
		if err != nil || w.plain(p) {
			return p, err
		}
	}
}

type object = map[string]any

// observers is an application for observers of the party.
func (w *World) observers(n int) (object, []string, error) {
	var people []*population.Person
	for range n {
		p, err := w.next()
		if err != nil {
			return nil, nil, err
		}
		people = append(people, p)
	}
	form, refs := observersOf(people)
	return form, refs, nil
}

func observersOf(people []*population.Person) (object, []string) {
	var subjects []any
	var refs []string
	for i, p := range people {
		ref := fmt.Sprint(i + 1)
		s := object{"ref": ref, "phone": string(p.Phone), "territory": "Mirzo Ulugʻbek tumani"}
		if i%3 == 2 && p.Document != "" { // as the demo's third: by passport, identified by the register
			s["passport"], s["birth_date"] = string(p.Document), p.BirthDate.String()
		} else {
			s["pinfl"] = string(p.PINFL)
		}
		subjects, refs = append(subjects, s), append(refs, ref)
	}
	return object{
		"type": "observer-party-register", "election": election, "commission": tec, "applicant": "party", "language": "uz-Latn", "subjects": subjects,
	}, refs
}

// candidate is an application for one candidate, sent with residence.
func (w *World) candidate() (object, []string, error) {
	p, err := w.next()
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(residence.Content)
	return object{
		"type": "candidate-register-district", "election": election, "commission": dec, "applicant": "party", "language": "uz-Latn",
		"subjects": []any{object{
			"ref": "1", "pinfl": string(p.PINFL), "phone": string(p.Phone), "constituency": dec + "-7",
			"statements": object{"not_in_service": true, "not_clergy": true}, "papers": []any{object{"proves": "residence", "attachment": residence.Name}},
		}},
		"attachments": []any{object{"name": residence.Name, "media_type": "application/pdf", "sha256": hex.EncodeToString(sum[:])}},
	}, []string{"1"}, nil
}
