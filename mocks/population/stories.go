package population

import (
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
)

// Story is a person with a known fate, to be had by name.
type Story struct {
	Name string // what ByStory and the signing mock take
	Text string // what is special, one sentence

	sex   Sex
	years int
	make  func(*Person, *Population)
}

// Stories lists every story in a fixed order, for tables in documentation.
func Stories() []Story { return append([]Story(nil), stories...) }

// adult is the basis of the i-th story: birthdays lie apart, and far enough from
// the election day that the age does not change before it.
func (s Story) adult(i int) basis {
	return basis{sex: s.sex, years: s.years, days: 100 + i*37%250, place: Home}
}

func plain(*Person, *Population) {}

// dated gives the birth date anew, and with it a PINFL that agrees.
func (p *Person) dated(pop *Population, born civil.Date) {
	serials := 0
	if p.Number >= laterStories {
		serials = serialsOfStories
	}
	if had, ok := pack(p.PINFL); ok {
		delete(pop.byPINFL, had)
	}
	p.BirthDate, p.PINFLs = born, nil
	p.setPINFL(pop.reserve(p.Sex, born, p.Number, p.Index, serials).pinfl())
	p.Documents[0].From = born.AddDays(20)
}

// candidate has what a candidate of a local Kengash needs.
func candidate(p *Person, pop *Population) {
	e := pop.ElectionDay
	p.work("300000001", "BOSH MUTAXASSIS", e.AddYears(-4))
	p.graduate(bornYearsBefore(e, p.BirthDate.AgeOn(e)-22))
}

// officer serves in an organisation and signs for it.
func officer(tin, position string) func(*Person, *Population) {
	return func(p *Person, pop *Population) {
		p.work(tin, position, pop.ElectionDay.AddYears(-2))
		p.graduate(pop.ElectionDay.AddYears(-15))
		p.represent(tin, position)
	}
}

// stories make their people in this order.
var stories = slices.Concat(first, added)

// first are the stories that there were first; a new one goes to the end of
// those added, or the numbers of the others change.
var first = []Story{
	{"observer-1", "Adult, nothing against an observer's mandate.", Male, 34, plain},
	{"observer-2", "Adult with o\u02bb and g\u02bb in every name, sent by the register with U+2018.", Male, 41, func(p *Person, _ *Population) {
		p.called(naming{name{"BO\u02bbRONOV", "БЎРОНОВ"}, name{"TO\u02bbLQIN", "ТЎЛҚИН"}, name{"G\u02bbULOM", "ҒУЛОМ"}, true, "\u2018"})
	}},
	{"observer-3", "Adult woman, a teacher.", Female, 29, func(p *Person, pop *Population) {
		p.work("300000010", "O\u2018QITUVCHI", pop.ElectionDay.AddYears(-5))
		p.graduate(pop.ElectionDay.AddYears(-6))
	}},
	{"observer-minor", "17 on election day: turns 18 the day after.", Male, 18, func(p *Person, pop *Population) {
		p.dated(pop, pop.ElectionDay.AddDays(1).AddYears(-18))
	}},
	{"candidate-clean", "Works at a company, has a diploma, no conviction, registered in the home district.", Female, 38, candidate},
	{"candidate-second", "As candidate-clean, another person.", Male, 45, candidate},
	{"candidate-convicted", "Otherwise as candidate-clean; convicted of a serious crime, not expunged.", Male, 40, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.convict(register.Serious, pop.ElectionDay.AddYears(-3), civil.Date{})
	}},
	{"candidate-expunged", "Otherwise as candidate-clean; a serious conviction, expunged two years ago.", Male, 47, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.convict(register.Serious, pop.ElectionDay.AddYears(-12), pop.ElectionDay.AddYears(-2))
	}},
	{"candidate-military", "Otherwise as candidate-clean; serves in the Armed Forces.", Male, 33, func(p *Person, pop *Population) {
		p.work("300000020", "KATTA LEYTENANT", pop.ElectionDay.AddYears(-6))
		p.graduate(pop.ElectionDay.AddYears(-10))
	}},
	{"candidate-judge", "Otherwise as candidate-clean; a judge.", Female, 44, func(p *Person, pop *Population) {
		p.work("300000030", "SUDYA", pop.ElectionDay.AddYears(-7))
		p.graduate(pop.ElectionDay.AddYears(-20))
	}},
	{"foreign", "Has a PINFL, but is a citizen of another state.", Male, 36, func(p *Person, _ *Population) {
		p.Citizenship, p.CitizenshipID = foreigner, foreignState
	}},
	{"dead", "The register carries a death mark.", Male, 71, func(p *Person, _ *Population) { p.Alive = false }},
	{"restricted", "Has locked the registered address in OneID: the register answers 423.", Female, 31, func(p *Person, _ *Population) {
		p.AddressRestricted = true
	}},
	{"incapable", "Declared incapable by a court.", Male, 52, func(p *Person, pop *Population) {
		p.incapable("NONE", pop.ElectionDay.AddYears(-2))
	}},
	{"no-diploma", "Works, but the register of diplomas holds nothing.", Male, 58, func(p *Person, pop *Population) {
		p.work("300000002", "USTA", pop.ElectionDay.AddYears(-9))
	}},
	{"disabled", "Has a disability of the second group, for life; never a ground for refusal.", Female, 49, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.disable(2, true, pop.ElectionDay)
	}},
	{"changed-passport", "Holds a second passport and a second PINFL; the registers know the former ones too.", Female, 35, func(p *Person, pop *Population) {
		p.setPINFL(pop.reserve(p.Sex, p.BirthDate, p.Number, p.Index, 500).pinfl())
		p.hold(fmt.Sprintf("XA9%06d", p.Number+1), 1, pop.ElectionDay)
		p.Documents[1].Status = 3
	}},
	{"birthday-18", "Turns 18 on election day itself.", Female, 18, func(p *Person, pop *Population) {
		p.dated(pop, bornYearsBefore(pop.ElectionDay, 18))
	}},
	{"party-head", "Heads a party and signs for it.", Male, 55, officer(PartyTIN, "PARTIYA RAISI")},
	{"chair-tec", "Chair of the territorial commission.", Male, 56, officer(TECTIN, "RAIS")},
	{"deputy-tec", "Deputy chair of the territorial commission.", Female, 48, officer(TECTIN, "RAIS O\u2018RINBOSARI")},
	{"secretary-tec", "Secretary of the territorial commission.", Female, 39, officer(TECTIN, "KOTIB")},
	{"chair-dec", "Chair of the district commission.", Female, 53, officer(DECTIN, "RAIS")},
	{"deputy-dec", "Deputy chair of the district commission.", Male, 46, officer(DECTIN, "RAIS O\u2018RINBOSARI")},
	{"secretary-dec", "Secretary of the district commission.", Male, 37, officer(DECTIN, "KOTIB")},
	{"stranger", "Ordinary adult with a certificate and no post anywhere.", Male, 43, plain},
	{"revoked", "The signature certificate was revoked a year before election day.", Male, 42, func(p *Person, pop *Population) {
		p.Certificate.Revoked = pop.ElectionDay.AddYears(-1)
	}},
	{"expired-cert", "The signature certificate ran out a year before election day.", Female, 42, func(p *Person, pop *Population) {
		p.Certificate.NotBefore, p.Certificate.NotAfter = pop.ElectionDay.AddYears(-3), pop.ElectionDay.AddYears(-1)
	}},
	{"proxy-1", "Adult, nothing against a proxy's certificate.", Male, 32, func(p *Person, pop *Population) {
		p.work("300000003", "MUHANDIS", pop.ElectionDay.AddYears(-3))
	}},
	{"proxy-2", "Adult woman, nothing against a proxy's certificate; between jobs.", Female, 50, func(p *Person, pop *Population) {
		p.work("300000011", "HAMSHIRA", pop.ElectionDay.AddYears(-10))
		p.Jobs[0].End = pop.ElectionDay.AddDays(-200)
	}},
	{"limited", "A court has limited the legal capacity.", Male, 44, func(p *Person, pop *Population) {
		p.incapable("LIMITED", pop.ElectionDay.AddYears(-1))
	}},
	{"candidate-young", "Otherwise as candidate-clean; 20 years old on election day.", Male, 20, func(p *Person, pop *Population) {
		p.work("300000001", "MUTAXASSIS", pop.ElectionDay.AddYears(-1))
	}},
	{"in-custody", "Serves a sentence in custody.", Male, 39, func(p *Person, pop *Population) {
		p.convict(register.EspeciallySerious, pop.ElectionDay.AddYears(-2), civil.Date{})
		p.Convictions[0].Served, p.Convictions[0].InCustody = false, true
		p.Convictions[0].Sentence = "OZODLIKDAN MAHRUM QILISH, 8 YIL"
	}},
}
