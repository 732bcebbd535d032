package nation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
)

// people hands out people of a population, each once, from its end: who takes
// some from the beginning, for applications, meets none of them.
type people struct {
	*population.Population
	left  int
	short bool // there were too few
}

func newPeople(p *population.Population) *people { return &people{Population: p, left: p.Len()} }

// take is the next person whom nothing keeps from an office.
func (p *people) take() *population.Person {
	for p.left > 0 {
		p.left--
		if one := p.At(p.left); fit(one, p.ElectionDay) {
			return one
		}
	}
	p.short = true
	return p.At(0)
}

func fit(p *population.Person, day civil.Date) bool {
	age, kind := p.BirthDate.AgeOn(day), p.Employer().Kind
	return p.Story == "" && age >= 25 && age < 65 && p.CitizenshipID == population.Uzbekistan && p.Alive && p.Capacity == "FULL" && len(p.Convictions) == 0 &&
		!p.AddressRestricted && kind != population.Military && kind != population.Court && kind != population.Prosecutor
}

// named writes a name as documents do: registers send capitals, and mix the signs
// for U+02BB.
func named(s string) string {
	words := strings.Fields(strings.NewReplacer("\u2018", "\u02bb", "'", "\u02bb").Replace(s))
	for i, w := range words {
		lower := strings.ToLower(w)
		if lower == "qizi" || lower == "o\u02bbg\u02bbli" {
			words[i] = lower
			continue
		}
		first, n := utf8.DecodeRuneInString(lower)
		words[i] = string(unicode.ToUpper(first)) + lower[n:]
	}
	return strings.Join(words, " ")
}
