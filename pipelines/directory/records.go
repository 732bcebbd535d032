package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

var (
	soato   = regexp.MustCompile(`^17(\d{2}(\d{3}(\d{3})?)?)?$`)
	tin     = regexp.MustCompile(`^[1-9]\d{8}$`)
	country = regexp.MustCompile(`^[A-Z]{2}$`)
	code    = regexp.MustCompile(`^[A-Z0-9]{2,16}$`)
)

// oneOf words a closed list.
func oneOf(list []string) string {
	return "want " + strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// records checks each record by itself.
func (c *checker) records() {
	c.plainTexts()
	for i, t := range c.Territories {
		if !soato.MatchString(t.SOATO) {
			c.bad(dossier.Territories, i, "soato", "want 17, or 4, 7 or 10 digits that begin with 17")
		}
		if kinds := territoryKinds[len(t.SOATO)]; kinds != nil && !slices.Contains(kinds, t.Kind) {
			c.bad(dossier.Territories, i, "kind", "want %s of a SOATO of %d digits", strings.Join(kinds, " or "), len(t.SOATO))
		}
	}
	for i, e := range c.Elections {
		c.election(i, e)
	}
	for i, x := range c.Commissions {
		if !slices.Contains(dossier.Levels, x.Level) {
			c.bad(dossier.Commissions, i, "level", "%s", oneOf(dossier.Levels))
		}
		c.territory(dossier.Commissions, i, x.Territory)
	}
	for i, o := range c.Officials {
		c.pinfl(dossier.Officials, i, "pinfl", o.PINFL)
		if o.Phone != "" {
			c.Officials[i].Phone = c.phone(dossier.Officials, i, o.Phone)
		}
		if !slices.Contains(dossier.Posts, o.Post) {
			c.bad(dossier.Officials, i, "post", "%s", oneOf(dossier.Posts))
		}
		if !o.From.IsZero() && !o.Until.IsZero() && o.Until.Compare(o.From) < 0 {
			c.bad(dossier.Officials, i, "until", "want a day that is not before from")
		}
	}
	for i, o := range c.Organisations {
		c.organisation(i, o)
	}
	for i, k := range c.Constituencies {
		c.territory(dossier.Constituencies, i, k.Territory)
		if k.Ballot != "" && !slices.Contains(dossier.Kinds, k.Ballot) {
			c.bad(dossier.Constituencies, i, "ballot", "%s", oneOf(dossier.Kinds))
		}
		if k.Number < 1 {
			c.bad(dossier.Constituencies, i, "number", "want a number from 1")
		}
	}
	for i, p := range c.Precincts {
		c.territory(dossier.Precincts, i, p.Territory)
		if p.Number < 1 {
			c.bad(dossier.Precincts, i, "number", "want a number from 1")
		}
		if p.Country != "" && !country.MatchString(p.Country) {
			c.bad(dossier.Precincts, i, "country", "want two capitals (ISO 3166-1), of a precinct abroad")
		}
		if p.Voters < 0 || p.Voters > maxVote {
			c.bad(dossier.Precincts, i, "voters", "want 0 to %d", maxVote)
		}
	}
}

func (c *checker) election(i int, e dossier.Election) {
	bad := func(field, format string, args ...any) { c.bad(dossier.Elections, i, field, format, args...) }
	if !slices.Contains(dossier.Kinds, e.Kind) {
		bad("kind", "%s", oneOf(dossier.Kinds))
	}
	for k, b := range e.Ballots {
		if b == "VAC" || !slices.Contains(dossier.Kinds, b) || slices.Contains(e.Ballots[:k], b) {
			bad("ballots", "want each kind of vote once: %s", strings.Join(dossier.Kinds[:len(dossier.Kinds)-1], ", "))
			break
		}
	}
	if e.Day.IsZero() {
		bad("day", "want YYYY-MM-DD")
	}
	if e.Round < 0 || e.Round > 2 {
		bad("round", "want 1 or 2")
	}
	if (e.Round == 2) != (e.First != "") {
		bad("first", "want the first round's id, of a second round only")
	}
	c.territory(dossier.Elections, i, e.Territory)
	for day, date := range e.Calendar {
		if c.Days != nil && !slices.Contains(c.Days, day) {
			bad("calendar/"+day, "want a day that the catalogue knows")
		} else if date.IsZero() {
			bad("calendar/"+day, "want YYYY-MM-DD")
		}
	}
}

func (c *checker) organisation(i int, o dossier.Organisation) {
	bad := func(field, want string) { c.bad(dossier.Organisations, i, field, "%s", want) }
	c.pinfl(dossier.Organisations, i, "head_pinfl", o.Head)
	c.Organisations[i].Phone = c.phone(dossier.Organisations, i, o.Phone)
	c.territory(dossier.Organisations, i, o.Territory)
	if !slices.Contains(dossier.OrganisationRoles, o.Role) {
		bad("role", oneOf(dossier.OrganisationRoles))
	}
	if !tin.MatchString(o.TIN) {
		bad("tin", "want 9 digits")
	}
	if o.Code != "" && !code.MatchString(o.Code) {
		bad("code", "want capitals and digits")
	}
	if !c.Part && o.Role == "PARTY" && o.Code == "" {
		bad("code", "want a party's code")
	}
	if o.Parent != "" && o.Role != "PARTY" {
		bad("parent", "want none: only branches of parties have one")
	}
}

func (c *checker) pinfl(list string, i int, field string, p personal.PINFL) {
	if _, err := personal.ParsePINFL(string(p)); err != nil {
		c.bad(list, i, field, "%s", err.Error())
	}
}

func (c *checker) phone(list string, i int, p personal.Phone) personal.Phone {
	kept, err := personal.ParsePhone(string(p))
	if err != nil {
		c.bad(list, i, "phone", "%s", err.Error())
	}
	return kept
}

func (c *checker) territory(list string, i int, id string) {
	if id != "" && !soato.MatchString(id) {
		c.bad(list, i, "territory", "want a SOATO: 17, or 4, 7 or 10 digits that begin with 17")
	}
}

// plainTexts finds texts that are missing where a whole directory wants them, too
// long, or with control characters.
func (c *checker) plainTexts() {
	check := func(list string, i int, field, s string, needed bool) {
		switch {
		case s == "" && needed && !c.Part:
			c.bad(list, i, field, "want a text")
		case !plain(s):
			c.bad(list, i, field, "want a text of one line, at most %d letters", MaxText)
		}
	}
	languages := func(list string, i int, prefix string, m map[string]string) {
		check(list, i, prefix+"/uz-Latn", m["uz-Latn"], true)
		for language, s := range m {
			if !slices.Contains([]string{"uz-Latn", "uz-Cyrl", "ru", "en"}, language) {
				c.bad(list, i, prefix, "want the languages uz-Latn, uz-Cyrl, ru, en")
				continue
			}
			check(list, i, fmt.Sprintf("%s/%s", prefix, language), s, false)
		}
	}
	for i, t := range c.Territories {
		languages(dossier.Territories, i, "name", t.Name)
	}
	for i, e := range c.Elections {
		languages(dossier.Elections, i, "title", e.Title)
		check(dossier.Elections, i, "line", e.Line, true)
	}
	for i, x := range c.Commissions {
		check(dossier.Commissions, i, "title", x.Title, true)
		check(dossier.Commissions, i, "short", x.Short, true)
	}
	for i, o := range c.Officials {
		check(dossier.Officials, i, "surname", o.Surname, true)
		check(dossier.Officials, i, "given", o.Given, true)
		check(dossier.Officials, i, "patronymic", o.Patronymic, false)
	}
	for i, o := range c.Organisations {
		check(dossier.Organisations, i, "title", o.Title, true)
	}
	for i, k := range c.Constituencies {
		check(dossier.Constituencies, i, "name", k.Name, true)
		check(dossier.Constituencies, i, "council", k.Council, true)
		check(dossier.Constituencies, i, "council_short", k.CouncilSMS, true)
	}
	for i, p := range c.Precincts {
		check(dossier.Precincts, i, "name", p.Name, true)
		check(dossier.Precincts, i, "address", p.Address, false)
	}
}
