package population

import (
	"math/rand/v2"

	"github.com/saylovhub/hub/contracts/civil"
)

// Family names a person's relatives by Index, as At takes them. Children bear
// their father's surname and his name as patronymic, wives their husband's
// surname unless they kept their father's; spouses and children share one
// address, the parents another of the same district.
type Family struct {
	Spouse, Father, Mother int // Nobody where not known
	Children               []int
}

// Nobody is the index of a relative who is not known.
const Nobody = -1

type role int

const (
	father role = iota
	mother
	spouse
	child
)

// kin is what identifies a relative.
type kin struct {
	role role
	sex  Sex
	born civil.Date
}

// relations makes up the family of somebody; most people have none unless it is
// certain. Mothers are 19 to 37 at a birth and husbands up to five years older,
// fathers of somebody with a family up to eight.
func (p *Population) relations(r *rand.Rand, sex Sex, born civil.Date, certain bool) []kin {
	if !certain && r.IntN(4) != 0 {
		return nil
	}
	var list []kin
	if certain || r.IntN(10) < 8 {
		hers := born.AddYears(-19 - r.IntN(18)).AddDays(-r.IntN(365))
		his := hers.AddYears(-r.IntN(7)).AddDays(-r.IntN(365))
		list = append(list, kin{father, Male, his}, kin{mother, Female, hers})
	}
	if born.AgeOn(p.ElectionDay) < 25 || !certain && r.IntN(10) == 0 {
		return list
	}
	wife, other := born, kin{spouse, Male, born.AddDays(-r.IntN(5 * 365))}
	if sex == Male {
		wife = born.AddDays(r.IntN(5 * 365))
		other = kin{spouse, Female, wife}
	}
	list = append(list, other)
	children := 3
	if !certain {
		children = r.IntN(4)
	}
	birth, latest := wife.AddYears(20+r.IntN(8)).AddDays(r.IntN(365)), p.ElectionDay.AddYears(-1)
	for ; children > 0 && birth.Compare(latest) <= 0; children-- {
		list = append(list, kin{child, Sex(1 + r.IntN(2)), birth})
		birth = birth.AddYears(2).AddDays(r.IntN(700))
	}
	return list
}

// familyOf is the family of the person for whom the list was made up; the first
// of the list has the index first.
func familyOf(list []kin, first int) *Family {
	f := &Family{Spouse: Nobody, Father: Nobody, Mother: Nobody}
	for m, k := range list {
		switch k.role {
		case father:
			f.Father = first + m
		case mother:
			f.Mother = first + m
		case spouse:
			f.Spouse = first + m
		case child:
			f.Children = append(f.Children, first+m)
		}
	}
	return f
}

// as is the same family seen by one of the anchor's relatives.
func (f *Family) as(who role, anchor *Person) *Family {
	switch who {
	case father:
		return &Family{Spouse: f.Mother, Father: Nobody, Mother: Nobody, Children: []int{anchor.Index}}
	case mother:
		return &Family{Spouse: f.Father, Father: Nobody, Mother: Nobody, Children: []int{anchor.Index}}
	case spouse:
		return &Family{Spouse: anchor.Index, Father: Nobody, Mother: Nobody, Children: f.Children}
	default:
		if anchor.Sex == Male {
			return &Family{Spouse: Nobody, Father: anchor.Index, Mother: f.Spouse}
		}
		return &Family{Spouse: Nobody, Father: f.Spouse, Mother: anchor.Index}
	}
}

// diesAt is the age from which parents in families are no longer alive.
const diesAt = 83

// relation makes the m-th relative of the anchor, who is called so.
func (p *Population) relation(anchor *Person, called naming, list []kin, m, first int, key packed) *Person {
	e, k := p.ElectionDay, list[m]
	years := k.born.AgeOn(e)
	person, own := p.basis(basis{
		sex: k.sex, birth: k.born, years: years, place: anchor.Address.District, number: first + m, index: first + m, pinfl: key,
	})
	husband := called
	if anchor.Sex == Female {
		r := chance(p.Seed+5, anchor.Number)
		husband = naming{surname: pick(r, surnames), given: pick(r, maleNames)}
	}
	person.Address = anchor.Address
	switch k.role {
	case father, mother:
		own.surname = called.surname
		if k.role == father {
			own.given = called.father
		}
		person.Address = address(chance(p.Seed+6, anchor.Number), anchor.Address.District, e)
		person.Alive = years < diesAt
	case spouse:
		own.surname = husband.surname
		if k.sex == Male {
			own.given = husband.given
		}
	case child:
		own.surname, own.father = husband.surname, husband.given
	}
	person.called(own)
	if registered := k.born.AddDays(20); person.Address.Since.Compare(registered) < 0 {
		person.Address.Since = registered
	}
	person.Family = familyOf(list, first).as(k.role, anchor)
	r := chance(p.Seed+2, person.Number)
	if years >= 23 && years < 60 && r.IntN(2) == 0 {
		p.employ(r, person)
	}
	person.school(r, e)
	if years < 16 {
		person.onlyCertificate()
	}
	return person
}
