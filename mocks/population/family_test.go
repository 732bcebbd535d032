package population_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
)

// Whoever a family names knows it too, and names, addresses and ages agree.
func TestFamilies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := civil.Of(time.Date(2023, 1, 1, 12, 0, 0, 0, civil.Tashkent).AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "day")))
		p := population.New(rapid.Uint64().Draw(t, "seed"), e, rapid.IntRange(0, 150).Draw(t, "size"))
		head := p.ByStory("family-head")
		if f := head.Family; f.Spouse == population.Nobody || f.Father == population.Nobody || f.Mother == population.Nobody || len(f.Children) != 3 {
			t.Fatalf("the story's family is %+v", *f)
		}
		seen := map[string]bool{}
		for one := range p.All() {
			for _, who := range append(household(p, one), one) {
				checkFamily(t, p, who)
				check(t, p, who)
				numbers := []string{string(who.Phone)}
				for _, n := range who.PINFLs {
					numbers = append(numbers, string(n))
				}
				for _, d := range who.Documents {
					numbers = append(numbers, d.Number)
				}
				for _, n := range numbers {
					if seen[n] {
						t.Fatalf("person %d: a number is somebody else's too", who.Index)
					}
					seen[n] = true
				}
				if (who == one) != (who.Index < p.Len()) {
					t.Fatalf("person %d stands among those whom All counts, or does not", who.Index)
				}
			}
		}
	})
}

// household are all relatives whom a person's family names.
func household(p *population.Population, one *population.Person) []*population.Person {
	if one.Family == nil {
		return nil
	}
	var all []*population.Person
	for _, i := range append([]int{one.Family.Spouse, one.Family.Father, one.Family.Mother}, one.Family.Children...) {
		if i != population.Nobody {
			all = append(all, p.At(i))
		}
	}
	return all
}

func checkFamily(t *rapid.T, p *population.Population, one *population.Person) {
	f := one.Family
	if f == nil {
		return
	}
	fail := func(what string) { t.Fatalf("person %d: %s", one.Index, what) }
	if f.Spouse != population.Nobody {
		s := p.At(f.Spouse)
		if s.Family.Spouse != one.Index || s.Sex == one.Sex || s.Address.House != one.Address.House || s.Address.StreetID != one.Address.StreetID {
			fail("is not the spouse's spouse, or lives elsewhere")
		}
		if s.BirthDate.AgeOn(p.ElectionDay) < 18 {
			fail("is married to a child")
		}
	}
	for _, i := range f.Children {
		c := p.At(i)
		if (c.Family.Father != one.Index) == (c.Family.Mother != one.Index) {
			fail("is not one of the child's parents")
		}
		if age := one.BirthDate.AgeOn(c.BirthDate); age < 18 || age > 50 {
			fail("was no parent's age at the birth")
		}
		if one.Sex == population.Male && (stem(c.Surname) != stem(one.Surname) || !strings.HasPrefix(plain(c.Patronymic), plain(one.GivenName)) ||
			!strings.HasPrefix(c.PatronymicCyr, one.GivenCyr)) {
			fail("has a child of another name")
		}
	}
	for _, parent := range []int{f.Father, f.Mother} {
		if parent != population.Nobody && !slices.Contains(p.At(parent).Family.Children, one.Index) {
			fail("is not the parent's child")
		}
	}
	if one.Index >= p.Len() && one.BirthDate.AgeOn(p.ElectionDay) < 16 && one.Document != "" {
		fail("is too young for an ID card")
	}
}

// plain leaves out the signs that registers spell differently.
func plain(s string) string {
	return strings.NewReplacer("\u02bb", "", "\u2018", "", "'", "").Replace(s)
}

// stem is a surname in the masculine form.
func stem(s string) string { return strings.TrimSuffix(plain(s), "A") }

// Relatives are the same people in a larger population, whoever is asked first,
// and one pointer each.
func TestRelativesAreStable(t *testing.T) {
	t.Parallel()
	a, b := population.New(3, election, 400), population.New(3, election, 150)
	relatives := 0
	for one := range b.All() {
		for _, who := range household(b, one) {
			relatives++
			other := a.At(who.Index)
			if d := cmp.Diff(*who, *other); d != "" {
				t.Fatalf("relative %d depends on the size:\n%s", who.Index, d)
			}
			if a.ByPINFL(who.PINFL) != other || a.At(who.Index) != other {
				t.Fatalf("relative %d is more than one", who.Index)
			}
		}
	}
	if relatives < 60 {
		t.Errorf("only %d relatives", relatives)
	}
}

// People are made when asked for: askers at the same time get the same one.
func TestAskedAtOnce(t *testing.T) {
	t.Parallel()
	p := population.New(3, election, 300)
	got := make([][]*population.Person, 4)
	var wg sync.WaitGroup
	for n := range got {
		wg.Go(func() {
			for one := range p.All() {
				got[n] = append(append(got[n], one), household(p, one)...)
			}
		})
	}
	wg.Wait()
	for _, other := range got[1:] {
		if !slices.Equal(got[0], other) {
			t.Fatal("two people where one was meant")
		}
	}
}

// A large population begins with the people of a small one and finds everybody.
func TestLargePopulation(t *testing.T) {
	t.Parallel()
	large, small := population.New(9, election, 100_000), population.New(9, election, 40)
	for i := range small.Len() {
		if d := cmp.Diff(*small.At(i), *large.At(i)); d != "" {
			t.Fatalf("person %d depends on the size:\n%s", i, d)
		}
	}
	for i := 0; i < large.Len(); i += 997 {
		for _, who := range append(household(large, large.At(i)), large.At(i)) {
			if large.ByPINFL(who.PINFL) != who || large.ByDocument(personal.Document(who.BirthCertificate()), who.BirthDate) != who {
				t.Fatalf("person %d is not found", who.Index)
			}
		}
	}
}

// A load has school leavers, lyceum leavers and families in plenty.
func TestSharesOfALoad(t *testing.T) {
	t.Parallel()
	p := population.New(3, election, 2000)
	school, lyceum, families := 0, 0, 0
	for one := range p.All() {
		if one.SchoolCertificate != nil {
			school++
			if left := one.SchoolCertificate.Year - one.BirthDate.Year; left != 18 {
				t.Fatalf("person %d left school at %d", one.Index, left)
			}
		}
		if one.Lyceum != nil {
			lyceum++
		}
		if one.Family != nil {
			families++
		}
	}
	if school < 200 || lyceum < 40 || families < 350 {
		t.Errorf("%d school certificates, %d of lyceums, %d families", school, lyceum, families)
	}
}
