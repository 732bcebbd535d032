package population_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/mocks/population"
)

var election = civil.Date{Year: 2026, Month: time.December, Day: 27}

func TestSameSeedSamePeople(t *testing.T) {
	t.Parallel()
	a, b := population.New(3, election, 200), population.New(3, election, 50)
	for i := range b.Len() {
		if d := cmp.Diff(*a.At(i), *b.At(i)); d != "" {
			t.Fatalf("person %d depends on the size:\n%s", i, d)
		}
	}
	other, same := population.New(4, election, 200), 0
	for p := range other.All() {
		if q := a.At(p.Index); p.FullName() == q.FullName() && p.BirthDate == q.BirthDate {
			same++
		}
	}
	if same > 20 {
		t.Errorf("%d people do not depend on the seed", same)
	}
}

// Whatever the seed and the election day, the people keep the promises of the
// package.
func TestEverybodyIsWellFormed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := civil.Of(time.Date(2023, 1, 1, 12, 0, 0, 0, civil.Tashkent).AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "day")))
		p := population.New(rapid.Uint64().Draw(t, "seed"), e, rapid.IntRange(0, 150).Draw(t, "size"))
		seen := map[string]string{}
		unique := func(kind, value string, who int) {
			if had, ok := seen[kind+value]; ok {
				t.Fatalf("%s of person %d is that of person %s", kind, who, had)
			}
			seen[kind+value] = fmt.Sprint(who)
		}
		for one := range p.All() {
			check(t, p, one)
			unique("passport", string(one.Document), one.Index)
			unique("phone", string(one.Phone), one.Index)
			for _, n := range one.PINFLs {
				unique("PINFL", string(n), one.Index)
			}
		}
	})
}

func check(t *rapid.T, p *population.Population, one *population.Person) {
	for _, n := range one.PINFLs {
		parsed, err := personal.ParsePINFL(string(n))
		if err != nil {
			t.Fatalf("person %d: PINFL: %v", one.Index, err)
		}
		if parsed.BirthDate() != one.BirthDate {
			t.Fatalf("person %d: PINFL says %s, birth date is %s", one.Index, parsed.BirthDate(), one.BirthDate)
		}
		if !strings.HasPrefix(string(n[7:]), "99") {
			t.Fatalf("person %d: territory is not invented", one.Index)
		}
		if male := (n[0]-'0')%2 == 1; male != (one.Sex == population.Male) {
			t.Fatalf("person %d: PINFL and sex differ", one.Index)
		}
		if p.ByPINFL(n) != one {
			t.Fatalf("person %d is not found by PINFL", one.Index)
		}
	}
	if _, err := personal.ParseDocument(string(one.Document)); err != nil && one.Document != "" {
		t.Fatalf("person %d: document: %v", one.Index, err)
	}
	if ph, err := personal.ParsePhone(string(one.Phone)); err != nil || ph != one.Phone {
		t.Fatalf("person %d: phone", one.Index)
	}
	for _, d := range one.Documents {
		if p.ByDocument(personal.Document(d.Number), one.BirthDate) != one {
			t.Fatalf("person %d is not found by a document", one.Index)
		}
		if p.ByDocument(personal.Document(d.Number), one.BirthDate.AddDays(1)) != nil {
			t.Fatalf("person %d is found by another birth date", one.Index)
		}
	}
	if one.PINFLs[len(one.PINFLs)-1] != one.PINFL || one.Document != "" && !one.Holds(one.Document) {
		t.Fatalf("person %d: the present numbers are not the last", one.Index)
	}
	if one.Story == "" && one.Index < p.Len() && one.BirthDate.AgeOn(p.ElectionDay) < 18 {
		t.Fatalf("person %d is a minor without a story", one.Index)
	}
}

func TestStories(t *testing.T) {
	t.Parallel()
	for _, e := range []string{"2026-12-27", "2024-10-27", "2028-02-29", "2027-03-01"} {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			day, err := civil.Parse(e)
			if err != nil {
				t.Fatal(err)
			}
			checkStories(t, population.New(1, day, 0), day)
		})
	}
}

func checkStories(t *testing.T, p *population.Population, e civil.Date) {
	t.Helper()
	age := func(name string) int { return p.ByStory(name).BirthDate.AgeOn(e) }
	facts := map[string]bool{
		"minor is 17":               age("observer-minor") == 17,
		"minor is 18 the day after": p.ByStory("observer-minor").BirthDate.AgeOn(e.AddDays(1)) == 18,
		"birthday-18 is 18":         age("birthday-18") == 18,
		"young is 20":               age("candidate-young") == 20,
		"convicted, in force": p.ByStory("candidate-convicted").Convictions[0].Expunged.IsZero() &&
			p.ByStory("candidate-convicted").Convictions[0].Gravity == register.Serious,
		"expunged":           !p.ByStory("candidate-expunged").Convictions[0].Expunged.IsZero(),
		"military":           p.ByStory("candidate-military").Employer().Kind == population.Military,
		"judge":              p.ByStory("candidate-judge").Employer().Kind == population.Court,
		"foreign":            p.ByStory("foreign").CitizenshipID != population.Uzbekistan,
		"dead":               !p.ByStory("dead").Alive,
		"restricted":         p.ByStory("restricted").AddressRestricted,
		"incapable":          p.ByStory("incapable").Capacity == "NONE",
		"limited":            p.ByStory("limited").Capacity == "LIMITED",
		"no diploma":         len(p.ByStory("no-diploma").Diplomas) == 0,
		"disabled":           p.ByStory("disabled").Disability.Group == 2,
		"in custody":         p.ByStory("in-custody").Convictions[0].InCustody,
		"two passports":      len(p.ByStory("changed-passport").Documents) == 3 && len(p.ByStory("changed-passport").PINFLs) == 2,
		"current is second":  p.ByStory("changed-passport").Document == personal.Document(p.ByStory("changed-passport").Documents[2].Number),
		"revoked":            !p.ByStory("revoked").Certificate.Revoked.IsZero(),
		"expired":            p.ByStory("expired-cert").Certificate.NotAfter.Compare(e) < 0,
		"head signs for it":  p.ByStory("party-head").Certificate.TIN == population.PartyTIN,
		"stranger is nobody": p.ByStory("stranger").Certificate.TIN == "" && len(p.ByStory("stranger").Jobs) == 0,
		"between jobs":       p.ByStory("proxy-2").Employer().TIN == "",
		"certificate only":   p.ByStory("birth-certificate").Document == "" && len(p.ByStory("birth-certificate").Documents) == 1 && age("birth-certificate") == 15,
		"scripts differ":     p.ByStory("two-scripts").SurnameCyr == "МУХАМЕДЖАНОВ" && p.ByStory("two-scripts").Surname == "MUHAMMADJONOV",
		"two present jobs":   len(p.ByStory("two-jobs").Jobs) == 2 && p.ByStory("two-jobs").Jobs[0].TIN != p.ByStory("two-jobs").Jobs[1].TIN,
		"diploma on paper":   len(p.ByStory("soviet-diploma").Diplomas) == 0 && p.ByStory("soviet-diploma").OnPaper[0].Given.Year < 1991,
		"school only":        len(p.ByStory("school-only").Diplomas) == 0 && p.ByStory("school-only").SchoolCertificate != nil && p.ByStory("school-only").Lyceum == nil,
		"lyceum":             p.ByStory("lyceum").Lyceum.Year < e.Year,
		"lesser, expunged":   p.ByStory("expunged-lesser").Convictions[0].Gravity == register.LessSerious && !p.ByStory("expunged-lesser").Convictions[0].Expunged.IsZero(),
		"juvenile is 16":     age("juvenile") == 16 && p.ByStory("juvenile").Document != "",
		"long name":          len(p.ByStory("long-name").FullName()) > 110,
		"six apostrophes":    strings.Trim("\u02bb\u2018\u2019\u02bc`\u00b4", p.ByStory("apostrophes").FullName()) == "",
		"quotes":             p.ByStory("observer-2").Surname == "BO\u2018RONOV" && p.ByStory("observer-2").Patronymic == "G\u2018ULOM O\u2018G\u2018LI",
	}
	for _, c := range []string{"candidate-clean", "candidate-second", "disabled"} {
		one := p.ByStory(c)
		facts[c+" is a sound candidate"] = age(c) >= 25 && one.Employer().Kind == population.Company && len(one.Diplomas) == 1 &&
			len(one.Convictions) == 0 && one.Address.DistrictID == population.Home.DistrictID && one.CitizenshipID == population.Uzbekistan
		if given := one.Diplomas[0].Given; given.Compare(e) >= 0 || one.BirthDate.AgeOn(given) < 20 {
			t.Errorf("%s: diploma of %s for somebody born on %s", c, given, one.BirthDate)
		}
	}
	for _, c := range []string{"chair-tec", "deputy-tec", "secretary-tec"} {
		facts[c] = p.ByStory(c).Certificate.TIN == population.TECTIN
	}
	for _, c := range []string{"chair-dec", "deputy-dec", "secretary-dec"} {
		facts[c] = p.ByStory(c).Certificate.TIN == population.DECTIN
	}
	for what, holds := range facts {
		if !holds {
			t.Errorf("not so: %s", what)
		}
	}
}

func TestStoriesAreATable(t *testing.T) {
	t.Parallel()
	p, names := population.New(1, election, 0), []string{}
	for _, s := range population.Stories() {
		if s.Text == "" || p.ByStory(s.Name) == nil || p.ByStory(s.Name).Story != s.Name {
			t.Errorf("%q is incomplete", s.Name)
		}
		names = append(names, s.Name)
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != p.Len() {
		t.Error("a name stands twice")
	}
	if p.ByStory("nobody") != nil || p.ByPINFL("") != nil || p.At(-1) != nil || p.At(p.Len()) != nil {
		t.Error("nobody was found")
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	text := population.Text{Russian: "r", Cyrillic: "c", Latin: "l"}
	if got := text.In(1) + text.In(2) + text.In(3); got != "rcl" {
		t.Errorf("got %s", got)
	}
}
