package population

import (
	"fmt"
	"math/rand/v2"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
)

// basis is what must be known of a person before anything else is made up.
type basis struct {
	sex   Sex
	years int // full years on the election day
	days  int // days since the last birthday then
	place District
}

// born is the birth date of somebody who is years old on the day e.
func (b basis) born(e civil.Date) civil.Date {
	return bornYearsBefore(e.AddDays(-b.days), b.years)
}

var (
	uzbekCitizen = Text{"УЗБЕКИСТАН", "ЎЗБЕКИСТОН", "O\u2018ZBEKISTON"}
	uzbek        = Text{"УЗБЕК", "ЎЗБЕК", "O\u2018ZBEK"}
	foreigner    = Text{"ВЫМЫШЛЕННАЯ РЕСПУБЛИКА", "НАМУНА РЕСПУБЛИКАСИ", "NAMUNA RESPUBLIKASI"}
)

// foreignState is a country number that stands for no country.
const foreignState = 999

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func ordinaryBasis(r *rand.Rand) basis {
	return basis{sex: Sex(1 + r.IntN(2)), years: 18 + r.IntN(62), days: r.IntN(365), place: pick(r, districts)}
}

func address(r *rand.Rand, d District, e civil.Date) Address {
	n := 1 + r.IntN(40)
	return Address{
		District: d, MahallaID: 1000 + n, Mahalla: fmt.Sprintf("%d-намуна МФЙ", n),
		StreetID: 5000 + n, Street: "Синов кўчаси", House: fmt.Sprint(1 + r.IntN(120)),
		Cadastre: fmt.Sprintf("10:99:%02d:%02d:%02d:%04d", n, n, 1+r.IntN(9), 1+r.IntN(9999)),
		Since:    e.AddYears(-6).AddDays(-r.IntN(2000)),
	}
}

// enrich gives an ordinary person the mixed life that a large load needs: the
// shares are made up, only their order of magnitude matters.
func enrich(r *rand.Rand, p *Person, pop *Population) {
	e := pop.ElectionDay
	years := p.BirthDate.AgeOn(e)
	if r.IntN(100) < 60 && years >= 20 {
		job := pick(r, []string{"300000001", "300000002", "300000003", "300000010", "300000011", "300000032", "300000061"})
		p.work(job, "MUTAXASSIS", e.AddYears(-1).AddDays(-r.IntN(2000)))
	}
	if r.IntN(100) < 40 && years >= 23 {
		p.graduate(e.AddYears(22 - years))
	}
	switch r.IntN(200) {
	case 0, 1:
		p.Citizenship, p.CitizenshipID = foreigner, foreignState
	case 2:
		p.Alive = false
	case 3:
		p.AddressRestricted = true
	case 4:
		p.incapable("NONE", e.AddYears(-3))
	case 5, 6, 7:
		p.convict(register.Serious, e.AddYears(-4), civil.Date{})
	case 8, 9, 10:
		p.convict(register.LessSerious, e.AddYears(-9), e.AddYears(-5))
	case 11, 12, 13, 14, 15, 16:
		p.disable(1+r.IntN(3), r.IntN(2) == 0, e)
	}
}

func (p *Person) work(tin, position string, since civil.Date) {
	p.Jobs = append(p.Jobs, Job{
		Organisation: organisation(tin), Structure: "ASOSIY BO\u2018LIM", PositionID: 10 + len(p.Jobs), Position: position, Start: since,
	})
}

func (p *Person) graduate(given civil.Date) {
	p.Diplomas = append(p.Diplomas, Diploma{
		Institution: "SINOV DAVLAT UNIVERSITETI (O\u2018ZBEKISTON)", InstitutionID: 301, Degree: "Bakalavr", DegreeID: 1,
		Speciality: "Iqtisodiyot (tarmoqlar bo'yicha)", Code: "60310100", Begun: given.AddYears(-4), Ended: given.AddDays(-10), Given: given,
		Serial: "B", Number: fmt.Sprintf("%07d", 1000+p.Index),
	})
}

func (p *Person) convict(g register.Gravity, on, expunged civil.Date) {
	article := "169-modda 1-qism"
	if g == register.Serious || g == register.EspeciallySerious {
		article = "168-modda 3-qism"
	}
	p.Convictions = append(p.Convictions, Conviction{
		Article: article, Gravity: g, Intentional: true, Court: "JINOYAT ISHLARI BO\u2018YICHA SINOV TUMAN SUDI",
		Sentenced: on, Sentence: "OZODLIKDAN MAHRUM QILISH, SHARTLI", Served: true, Expunged: expunged,
	})
}

func (p *Person) disable(group int, lifetime bool, e civil.Date) {
	d := &Disability{
		Group: group, Reason: "UMUMIY KASALLIK", Commission: "SINOV TIBBIY-IJTIMOIY EKSPERT KOMISSIYASI",
		Examined: e.AddYears(-1), Lifetime: lifetime, Certificate: fmt.Sprintf("TIEK-%06d", p.Index+1),
	}
	if !lifetime {
		d.Until = e.AddYears(1)
	}
	p.Disability = d
}

func (p *Person) incapable(capacity string, since civil.Date) {
	p.Capacity, p.CapacityCourt, p.CapacitySince = capacity, "FUQAROLIK ISHLARI BO\u2018YICHA SINOV TUMANLARARO SUDI", since
}

// represent gives the person a certificate of an organisation.
func (p *Person) represent(tin, position string) {
	o := organisation(tin)
	p.Certificate.TIN, p.Certificate.Organisation, p.Certificate.Position = o.TIN, o.Name, position
}
