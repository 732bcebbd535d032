package population

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// Population is a fixed set of people; safe for concurrent readers.
type Population struct {
	Seed        uint64
	ElectionDay civil.Date

	people     []*Person
	byStory    map[string]*Person
	byPINFL    map[personal.PINFL]*Person
	byDocument map[string]*Person
}

// New makes the people of every story and size ordinary ones besides. Ages of
// stories hang on the election day.
func New(seed uint64, electionDay civil.Date, size int) *Population {
	n := len(stories) + max(size, 0)
	p := &Population{
		Seed: seed, ElectionDay: electionDay,
		people:     make([]*Person, 0, n),
		byStory:    make(map[string]*Person, len(stories)),
		byPINFL:    make(map[personal.PINFL]*Person, n),
		byDocument: make(map[string]*Person, 2*n),
	}
	for i, s := range stories {
		person := p.basis(s.adult(i))
		person.Story = s.Name
		s.make(person, p)
		p.add(person)
	}
	for range max(size, 0) {
		r := p.random()
		person := p.basis(ordinaryBasis(r))
		enrich(r, person, p)
		p.add(person)
	}
	return p
}

// random is the source for the next person; it depends on the seed and the
// person's position alone, so that a larger population begins with the same people.
func (p *Population) random() *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed, uint64(len(p.people)))) //nolint:gosec // made-up people, not secrets
}

// basis fills what everybody has; born and place come from the caller.
func (p *Population) basis(b basis) *Person {
	i := len(p.people)
	r := rand.New(rand.NewPCG(p.Seed+1, uint64(i))) //nolint:gosec // as above
	e := p.ElectionDay
	person := &Person{
		Index: i, Sex: b.sex, BirthDate: b.born(e), BirthPlace: "SINOV TUMANI",
		Citizenship: uzbekCitizen, CitizenshipID: Uzbekistan, Nationality: uzbek, NationalityID: 44,
		Alive: true, Capacity: "FULL",
		Phone:   personal.Phone(fmt.Sprintf("998900%06d", i+1)),
		Address: address(r, b.place, e),
		Certificate: Certificate{
			NotBefore: e.AddYears(-2), NotAfter: e.AddYears(5),
		},
	}
	given := pick(r, maleNames)
	if b.sex == Female {
		given = pick(r, femaleNames)
	}
	person.called(pick(r, surnames), given, pick(r, maleNames), r.IntN(2) == 0, pick(r, spellings))
	person.setPINFL(p.newPINFL(person, 0))
	person.hold(fmt.Sprintf("XA%07d", i+1), max(1, b.years-16), e)
	return person
}

// setPINFL makes the number the present one and remembers the former ones.
func (p *Person) setPINFL(n personal.PINFL) {
	p.PINFL = n
	p.PINFLs = append(p.PINFLs, n)
}

// hold replaces the current ID card by one issued the given number of years
// before the election day (at most five), and keeps the former ones.
func (p *Person) hold(number string, years int, e civil.Date) {
	from := e.AddYears(-min(years, 5))
	card := Document{
		Number: number, Type: TypeIDCard, Place: p.Address.DistrictCyr + " ИИБ", PlaceID: 10000 + p.Index%200,
		From: from, Until: from.AddYears(10).AddDays(-1), Status: 2,
	}
	p.Document = personal.Document(number)
	if len(p.Documents) == 0 {
		cert := Document{
			Number: fmt.Sprintf("I-XA%07d", p.Index+1), Type: TypeBirthCert, Place: p.Address.DistrictCyr + " ФҲДЁ",
			PlaceID: 20000 + p.Index%200, From: p.BirthDate.AddDays(20), Status: 2,
		}
		p.Documents = []Document{cert, card}
		return
	}
	p.Documents = append(p.Documents, card)
}

// newPINFL finds a free number: digits for century and sex, birth date,
// territory 99x, serial from 001 on, check digit.
func (p *Population) newPINFL(person *Person, skip int) personal.PINFL {
	d := person.BirthDate
	century := 2*(d.Year/100-18) + int(person.Sex)
	for n := skip; ; n++ {
		body := fmt.Sprintf("%d%02d%02d%02d%03d%03d", century, d.Day, int(d.Month), d.Year%100, 990+(person.Index+n/999)%10, n%999+1)
		number := personal.PINFL(body + string(personal.CheckDigit(body)))
		if _, taken := p.byPINFL[number]; !taken && !slices.Contains(person.PINFLs, number) {
			return number
		}
	}
}

func (p *Population) add(person *Person) {
	p.people = append(p.people, person)
	if person.Story != "" {
		p.byStory[person.Story] = person
	}
	for _, n := range person.PINFLs {
		p.byPINFL[n] = person
	}
	for _, d := range person.Documents {
		p.byDocument[d.Number] = person
	}
}

// Len is the number of people, stories included.
func (p *Population) Len() int { return len(p.people) }

// All yields every person, the stories first.
func (p *Population) All() iter.Seq[*Person] { return slices.Values(p.people) }

// At returns the person at an index (0 to Len()-1), nil outside.
func (p *Population) At(i int) *Person {
	if i < 0 || i >= len(p.people) {
		return nil
	}
	return p.people[i]
}

// ByStory returns the person of a story, nil when there is no such story.
func (p *Population) ByStory(name string) *Person { return p.byStory[name] }

// ByPINFL returns who holds or held the number, nil for nobody.
func (p *Population) ByPINFL(n personal.PINFL) *Person { return p.byPINFL[n] }

// ByDocument returns who holds or held the document and was born on the date,
// nil for nobody.
func (p *Population) ByDocument(d personal.Document, born civil.Date) *Person {
	person := p.byDocument[string(d)]
	if person == nil || person.BirthDate != born {
		return nil
	}
	return person
}

// bornYearsBefore is the birth date of somebody whose birthday falls on the day
// e and who turns the given age then; for 29 February it is the 28th where the
// birth year has no 29th.
func bornYearsBefore(e civil.Date, years int) civil.Date {
	d := civil.Date{Year: e.Year - years, Month: e.Month, Day: e.Day}
	if d.Month == time.February && d.Day == 29 && civil.Of(d.Start()) != d {
		d.Day = 28
	}
	return d
}
