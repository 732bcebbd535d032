package population

import (
	"fmt"
	"math/rand/v2"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// basis is what must be known of a person before anything else is made up.
type basis struct {
	sex   Sex
	years int        // full years on the election day
	days  int        // days since the last birthday then
	birth civil.Date // where it is known beforehand; then days do not count
	place District

	number, index int
	pinfl         packed
	serials       int // from which on the person's PINFLs are numbered
}

// born is the birth date of somebody who is years old on the day e.
func (b basis) born(e civil.Date) civil.Date {
	if !b.birth.IsZero() {
		return b.birth
	}
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

// ordinaryAt is what identifies the k-th ordinary person.
func (p *Population) ordinaryAt(k int) basis {
	b := ordinaryBasis(chance(p.Seed, firstStories+k))
	b.number, b.index, b.pinfl = firstStories+k, len(p.stories)+k, p.pinfls[k]
	return b
}

// citizen makes the k-th ordinary person.
func (p *Population) citizen(k int) *Person {
	r := chance(p.Seed, firstStories+k)
	_ = ordinaryBasis(r) // the same source goes on in enrich
	person, _ := p.basis(p.ordinaryAt(k))
	enrich(r, person, p)
	person.school(chance(p.Seed+2, person.Number), p.ElectionDay)
	if family := int(p.kinOf[k+1] - p.kinOf[k]); family > 0 {
		list := p.relations(chance(p.Seed+3, person.Number), person.Sex, person.BirthDate, false)
		person.Family = familyOf(list[:family], relative+int(p.kinOf[k]))
	}
	return person
}

// basis fills what everybody has, and tells by what names.
func (p *Population) basis(b basis) (*Person, naming) {
	r := chance(p.Seed+1, b.number)
	e := p.ElectionDay
	person := &Person{
		Index: b.index, Number: b.number, Sex: b.sex, BirthDate: b.born(e), BirthPlace: "SINOV TUMANI",
		Citizenship: uzbekCitizen, CitizenshipID: Uzbekistan, Nationality: uzbek, NationalityID: 44,
		Alive: true, Capacity: "FULL", Phone: phone(b.number), Address: address(r, b.place, e),
		Certificate: Certificate{
			NotBefore: e.AddYears(-2), NotAfter: e.AddYears(5),
		},
	}
	named := naming{given: pick(r, maleNames)}
	if b.sex == Female {
		named.given = pick(r, femaleNames)
	}
	named.surname, named.father, named.modern, named.spelling = pick(r, surnames), pick(r, maleNames), r.IntN(2) == 0, pick(r, spellings)
	person.called(named)
	person.setPINFL(b.pinfl.pinfl())
	person.hold(fmt.Sprintf("XA%07d", b.number+1), max(1, b.years-16), e)
	return person, named
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
		Number: number, Type: TypeIDCard, Place: p.Address.DistrictCyr + " ИИБ", PlaceID: 10000 + p.Number%200,
		From: from, Until: from.AddYears(10).AddDays(-1), Status: 2,
	}
	p.Document = personal.Document(number)
	p.certify()
	p.Documents = append(p.Documents, card)
}

// certify gives the birth certificate, the first document of everybody.
func (p *Person) certify() {
	if len(p.Documents) > 0 {
		return
	}
	p.Documents = []Document{{
		Number: fmt.Sprintf("I-XA%07d", p.Number+1), Type: TypeBirthCert, Place: p.Address.DistrictCyr + " ФҲДЁ",
		PlaceID: 20000 + p.Number%200, From: p.BirthDate.AddDays(20), Status: 2,
	}}
}

// onlyCertificate takes the ID card away: it was never issued.
func (p *Person) onlyCertificate() { p.Document, p.Documents = "", p.Documents[:1] }

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
		pop.employ(r, p)
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

// employ gives the person a job that bars from nothing, but for the hokimiyat's.
func (p *Population) employ(r *rand.Rand, person *Person) {
	tin := pick(r, []string{"300000001", "300000002", "300000003", "300000010", "300000011", "300000032", "300000061"})
	person.work(tin, "MUTAXASSIS", p.ElectionDay.AddYears(-1).AddDays(-r.IntN(2000)))
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
		Serial: "B", Number: fmt.Sprintf("%07d", 1000+p.Number),
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
		Examined: e.AddYears(-1), Lifetime: lifetime, Certificate: fmt.Sprintf("TIEK-%06d", p.Number+1),
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

// school gives those who left school since certificates are recorded one, and
// some of them a lyceum's.
func (p *Person) school(r *rand.Rand, e civil.Date) {
	year := p.BirthDate.Year + 18
	if year < firstCertificates || year >= e.Year || r.IntN(100) < 25 {
		return
	}
	p.leaveSchool(year, 1+r.IntN(300))
	if r.IntN(4) == 0 {
		p.leaveLyceum(year)
	}
}

// firstCertificates is the year from which on school certificates are recorded;
// made up.
const firstCertificates = 2012

func (p *Person) leaveSchool(year, school int) {
	p.SchoolCertificate = &SchoolCertificate{
		Year: year, Level: "11-sinf", Kind: "Oddiy", Number: fmt.Sprintf("UM %08d", p.Number+1),
		School: fmt.Sprintf("%d-sonli namuna umumiy o\u02bbrta ta\u02bclim maktabi", school), SchoolID: 9000 + school,
	}
}

func (p *Person) leaveLyceum(year int) {
	p.Lyceum = &Lyceum{Year: year, School: "Sinov davlat universiteti akademik litseyi", SchoolID: 10001, Kind: "lyceum"}
}
