package population

import (
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// Population is a fixed set of people; safe for concurrent readers.
type Population struct {
	Seed        uint64
	ElectionDay civil.Date

	stories    []*Person
	byStory    map[string]*Person
	byDocument map[string]*Person // of stories and their families
	families   map[int]*Person    // of stories, by index

	ordinary  []atomic.Pointer[Person] // made when asked for
	pinfls    []packed                 // of ordinary people
	relatives []atomic.Pointer[Person] // of ordinary people, likewise
	kin       []packed                 // their PINFLs
	kinOf     []int32                  // where in kin an ordinary person's family begins

	byPINFL map[packed]int32 // index
}

// New makes the people of every story and size ordinary ones besides, at most
// MaxSize. Ages of stories hang on the election day.
func New(seed uint64, electionDay civil.Date, size int) *Population {
	size = min(max(size, 0), MaxSize)
	p := &Population{
		Seed: seed, ElectionDay: electionDay,
		byStory:    make(map[string]*Person, len(stories)),
		byDocument: map[string]*Person{},
		families:   map[int]*Person{},
		ordinary:   make([]atomic.Pointer[Person], size),
		pinfls:     make([]packed, 0, size),
		kin:        make([]packed, 0, size+size/8),
		kinOf:      make([]int32, 0, size+1),
		byPINFL:    make(map[packed]int32, 2*size+2*len(stories)),
	}
	for i, s := range stories {
		p.tell(i, s)
	}
	p.identify(size)
	p.relatives = make([]atomic.Pointer[Person], len(p.kin))
	return p
}

// tell makes the i-th story's person, with the family if it has one.
func (p *Population) tell(i int, s Story) {
	b := s.adult(i)
	b.index, b.number = i, numberOf(i)
	if i >= firstStories {
		b.serials = serialsOfStories
	}
	b.pinfl = p.reserve(b.sex, b.born(p.ElectionDay), b.number, i, b.serials)
	person, named := p.basis(b)
	person.Story = s.Name
	s.make(person, p)
	p.stories = append(p.stories, person)
	p.byStory[s.Name] = person
	p.remember(person)
	if !withFamily[s.Name] {
		return
	}
	list := p.relations(chance(p.Seed+3, b.number), b.sex, person.BirthDate, true)
	first := storyRelative + 16*i
	person.Family = familyOf(list, first)
	for m, k := range list {
		one := p.relation(person, named, list, m, first, p.reserve(k.sex, k.born, first+m, first+m, serialsOfStories))
		p.families[one.Index] = one
		p.remember(one)
	}
}

func (p *Population) remember(person *Person) {
	for _, n := range person.PINFLs {
		if key, ok := pack(n); ok {
			p.byPINFL[key] = int32(person.Index)
		}
	}
	for _, d := range person.Documents {
		p.byDocument[d.Number] = person
	}
}

// identify gives ordinary people and their families their PINFLs, in order: who
// comes later never takes a number from who came before.
func (p *Population) identify(size int) {
	source := rand.NewPCG(0, 0)
	r := rand.New(source) //nolint:gosec // made-up people, not secrets
	for k := range size {
		number := firstStories + k
		source.Seed(p.Seed, uint64(number))
		b := ordinaryBasis(r)
		born := b.born(p.ElectionDay)
		p.pinfls = append(p.pinfls, p.reserve(b.sex, born, number, len(stories)+k, 0))
		p.kinOf = append(p.kinOf, int32(len(p.kin)))
		source.Seed(p.Seed+3, uint64(number))
		for _, one := range p.relations(r, b.sex, born, false) {
			index := relative + len(p.kin)
			if index >= lastNumber {
				break
			}
			p.kin = append(p.kin, p.reserve(one.sex, one.born, index, index, serialsOfRelatives))
		}
	}
	p.kinOf = append(p.kinOf, int32(len(p.kin)))
}

// chance is the source for one thing about one person: it depends on the seed
// and the person's number alone.
func chance(seed uint64, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // made-up people, not secrets
}

// Len is the number of people, stories included, families not.
func (p *Population) Len() int { return len(p.stories) + len(p.ordinary) }

// All yields every person that Len counts, the stories first.
func (p *Population) All() iter.Seq[*Person] {
	return func(yield func(*Person) bool) {
		for i := range p.Len() {
			if !yield(p.At(i)) {
				return
			}
		}
	}
}

// At returns the person at an index: 0 to Len()-1, or one that a Family names;
// nil for any other. It is always the same pointer.
func (p *Population) At(i int) *Person {
	switch k := i - len(p.stories); {
	case i < 0:
		return nil
	case k < 0:
		return p.stories[i]
	case k < len(p.ordinary):
		return once(&p.ordinary[k], func() *Person { return p.citizen(k) })
	case i >= relative && i-relative < len(p.relatives):
		return once(&p.relatives[i-relative], func() *Person { return p.relativeAt(i - relative) })
	}
	return p.families[i]
}

// once makes what the cell holds when it is first asked for.
func once(cell *atomic.Pointer[Person], build func() *Person) *Person {
	if had := cell.Load(); had != nil {
		return had
	}
	cell.CompareAndSwap(nil, build())
	return cell.Load()
}

// ByStory returns the person of a story, nil when there is no such story.
func (p *Population) ByStory(name string) *Person { return p.byStory[name] }

// ByPINFL returns who holds or held the number, nil for nobody.
func (p *Population) ByPINFL(n personal.PINFL) *Person {
	key, ok := pack(n)
	if !ok {
		return nil
	}
	i, ok := p.byPINFL[key]
	if !ok {
		return nil
	}
	return p.At(int(i))
}

// ByDocument returns who holds or held the document and was born on the date,
// nil for nobody.
func (p *Population) ByDocument(d personal.Document, born civil.Date) *Person {
	person := p.byDocument[string(d)]
	if n, ok := numberOfDocument(string(d)); person == nil && ok {
		if n >= firstStories && n < laterStories {
			n += len(p.stories) - firstStories // of an ordinary person: its index
		}
		person = p.At(n)
	}
	if person == nil || person.BirthDate != born || !person.Holds(d) {
		return nil
	}
	return person
}

// relativeAt makes the j-th relative of ordinary people.
func (p *Population) relativeAt(j int) *Person {
	k, _ := slices.BinarySearch(p.kinOf, int32(j+1))
	k-- // the last whose family begins at or before j
	anchor := p.At(len(p.stories) + k)
	first := relative + int(p.kinOf[k])
	list := p.relations(chance(p.Seed+3, anchor.Number), anchor.Sex, anchor.BirthDate, false)
	_, named := p.basis(p.ordinaryAt(k))
	return p.relation(anchor, named, list, j-int(p.kinOf[k]), first, p.kin[j])
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
