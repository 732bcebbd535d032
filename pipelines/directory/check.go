package directory

import (
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Options say how strictly a directory is checked.
type Options struct {
	// Days are the names of the calendar's days; nil: any name does.
	Days []string
	// Part is a directory that is added to what a hub has: only its records and
	// what two of them have in common are checked, not that it is complete.
	Part bool
	// Today is the day on which commissions want a chair; zero: any day.
	Today civil.Date
	// Seats are the seats of a ballot at most: of the country, or of each council
	// for REG and DIST. nil: Seats.
	Seats map[string]int
}

// Seats are those of the general election of 2024: the chamber's and Jokargi
// Kenes's observed, the councils' the most that an older edition of the law allows.
var Seats = map[string]int{"LC-SMD": 75, "JK": 65, "REG": 60, "DIST": 30}

// checker collects the faults of one directory.
type checker struct {
	*dossier.Directory
	Options

	faults []Fault
	told   map[string]int

	territories   map[string]dossier.Territory
	elections     map[string]dossier.Election
	commissions   map[string]dossier.Commission
	organisations map[string]dossier.Organisation
}

func (c *checker) bad(list string, i int, field, format string, args ...any) {
	if c.told[list]++; c.told[list] == maxKept {
		c.faults = append(c.faults, Fault{List: list, Index: -1, Want: "too many faults: the rest is not told"})
	}
	if c.told[list] < maxKept {
		c.faults = append(c.faults, Fault{List: list, Index: i, Field: field, Want: fmt.Sprintf(format, args...)})
	}
}

// Check names every fault of a directory, in the order of its lists, and brings
// phones into the one form that is kept. A list that is nil is not there: what
// refers into it is not followed.
func Check(d *dossier.Directory, o Options) []Fault {
	if o.Seats == nil {
		o.Seats = Seats
	}
	c := &checker{Directory: d, Options: o, told: map[string]int{}}
	c.territories = byID(c, dossier.Territories, "soato", d.Territories, func(t dossier.Territory) string { return t.SOATO })
	c.elections = byID(c, dossier.Elections, "id", d.Elections, func(e dossier.Election) string { return e.ID })
	c.commissions = byID(c, dossier.Commissions, "id", d.Commissions, func(x dossier.Commission) string { return x.ID })
	c.organisations = byID(c, dossier.Organisations, "id", d.Organisations, func(x dossier.Organisation) string { return x.ID })
	byID(c, dossier.Officials, "id", d.Officials, func(x dossier.Official) string { return x.ID })
	byID(c, dossier.Constituencies, "id", d.Constituencies, func(x dossier.Constituency) string { return x.ID })
	byID(c, dossier.Precincts, "id", d.Precincts, func(x dossier.Precinct) string { return x.ID })
	c.records()
	c.numbers()
	if !o.Part {
		c.references()
		c.hierarchy()
		c.people()
		c.contiguous()
	}
	return sorted(c.faults)
}

// byID finds ids that are missing, malformed or there twice.
func byID[T any](c *checker, list, field string, records []T, id func(T) string) map[string]T {
	out := make(map[string]T, len(records))
	for i, r := range records {
		switch _, twice := out[id(r)]; {
		case id(r) == "":
			c.bad(list, i, field, "want an id")
		case !isID(id(r)):
			c.bad(list, i, field, "want an id of Latin letters, digits, dots, colons, dashes, at most 64")
		case twice:
			c.bad(list, i, field, "want each id once")
		default:
			out[id(r)] = r
		}
	}
	return out
}

func isID(s string) bool {
	for i, r := range []byte(s) {
		letter := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '.' && r != '_' && r != ':' && r != '-') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// refers checks a reference; into a list that is not there none is followed.
func refers[T any](c *checker, list string, i int, field, id string, into map[string]T, there bool, what string, needed bool) (T, bool) {
	v, found := into[id]
	switch {
	case id == "" && needed:
		c.bad(list, i, field, "want %s", what)
	case id != "" && there && !found:
		c.bad(list, i, field, "want %s that is in the directory", what)
	}
	return v, found
}

// references names what points to a record that is not there.
func (c *checker) references() {
	territory := func(list string, i int, id string) {
		refers(c, list, i, "territory", id, c.territories, c.Territories != nil, "a territory", false)
	}
	commission := func(list string, i int, id string) (dossier.Commission, bool) {
		return refers(c, list, i, "commission", id, c.commissions, c.Commissions != nil, "a commission", true)
	}
	election := func(list string, i int, id string, needed bool) (dossier.Election, bool) {
		return refers(c, list, i, "election", id, c.elections, c.Elections != nil, "an election", needed)
	}
	for i, e := range c.Elections {
		territory(dossier.Elections, i, e.Territory)
		first, found := refers(c, dossier.Elections, i, "first", e.First, c.elections, c.Elections != nil, "the first round", e.Round > 1)
		if found && (first.Round > 1 || first.First != "" || first.Kind != e.Kind || first.Day.Compare(e.Day) >= 0) {
			c.bad(dossier.Elections, i, "first", "want a first round of the same kind on an earlier day")
		}
	}
	for i, o := range c.Officials {
		commission(dossier.Officials, i, o.Commission)
	}
	for i, o := range c.Organisations {
		territory(dossier.Organisations, i, o.Territory)
		party, found := refers(c, dossier.Organisations, i, "parent", o.Parent, c.organisations, c.Organisations != nil, "an organisation", false)
		if found && (o.Role != "PARTY" || party.Role != "PARTY" || party.Parent != "") {
			c.bad(dossier.Organisations, i, "parent", "want a party's centre, of a branch")
		}
	}
	for i, k := range c.Constituencies {
		territory(dossier.Constituencies, i, k.Territory)
		commission(dossier.Constituencies, i, k.Commission)
		e, found := election(dossier.Constituencies, i, k.Election, true)
		if ballot := ballotOf(k, e); found && !e.Holds(ballot) {
			c.bad(dossier.Constituencies, i, "ballot", "want a ballot that the election holds")
		}
	}
	for i, p := range c.Precincts {
		territory(dossier.Precincts, i, p.Territory)
		commission(dossier.Precincts, i, p.Commission)
		election(dossier.Precincts, i, p.Election, false)
	}
}

// ballotOf is the kind of vote that a constituency is for.
func ballotOf(k dossier.Constituency, e dossier.Election) string {
	if k.Ballot != "" || len(e.Ballots) > 1 {
		return k.Ballot
	}
	if len(e.Ballots) == 1 {
		return e.Ballots[0]
	}
	return e.Kind
}

// numbers finds numbers that are taken twice.
func (c *checker) numbers() {
	type series struct {
		election, ballot, council string
		number                    int
	}
	seen := map[series]bool{}
	for i, k := range c.Constituencies {
		s := series{k.Election, k.Ballot, council(k), k.Number}
		if k.Number > 0 && seen[s] {
			c.bad(dossier.Constituencies, i, "number", "want each number of an election, ballot and council once")
		}
		seen[s] = true
	}
	precincts := map[series]bool{}
	for i, p := range c.Precincts {
		s := series{election: p.Election, number: p.Number}
		if p.Number > 0 && precincts[s] {
			c.bad(dossier.Precincts, i, "number", "want each number of an election once")
		}
		precincts[s] = true
	}
}

// council is what constituencies are numbered within: the region or the district
// of a local one, else the country.
func council(k dossier.Constituency) string {
	n := map[string]int{"REG": 4, "DIST": 7}[k.Ballot]
	if k.Ballot == "" { // an election of one kind, perhaps a local one
		return k.Commission
	}
	if n == 0 {
		return ""
	}
	if len(k.Territory) < n {
		return k.Commission
	}
	return k.Territory[:n]
}

// contiguous finds gaps in the numbers of constituencies, and more of them than
// there are seats. Elections to vacant seats have gaps by nature.
func (c *checker) contiguous() {
	type series struct{ election, ballot, council string }
	last := map[series]int{} // the record with the highest number
	counts := map[series]int{}
	for i, k := range c.Constituencies {
		e, known := c.elections[k.Election]
		if !known || e.Kind == "VAC" || ballotOf(k, e) == "" {
			continue
		}
		s := series{k.Election, ballotOf(k, e), council(k)}
		if counts[s]++; counts[s] == 1 || c.Constituencies[last[s]].Number < k.Number {
			last[s] = i
		}
	}
	for s, i := range last {
		if n := c.Constituencies[i].Number; n != counts[s] {
			c.bad(dossier.Constituencies, i, "number", "want numbers from 1 without gaps: this council has %d constituencies, the highest number is %d", counts[s], n)
		}
		if most, ok := c.Seats[s.ballot]; ok && counts[s] > most {
			c.bad(dossier.Constituencies, i, "ballot", "want at most %d constituencies: there are %d", most, counts[s])
		}
	}
}

// people finds commissions without a chair, people in two commissions, and terms
// that overlap (Election Code 25: a member is of one commission).
func (c *checker) people() {
	type seat struct{ commission, post string }
	seats, persons := map[seat][]int{}, map[string][]int{}
	chaired := map[string]bool{}
	for i, o := range c.Officials {
		if o.Post == dossier.Chair && (c.Today.IsZero() || o.Until.IsZero() || o.Until.Compare(c.Today) >= 0) {
			chaired[o.Commission] = true
		}
		for _, k := range persons[string(o.PINFL)] {
			other := c.Officials[k]
			switch {
			case o.PINFL == "" || !o.Together(other):
			case o.Commission != other.Commission:
				c.bad(dossier.Officials, i, "pinfl", "want a person in one commission at a time")
			default:
				c.bad(dossier.Officials, i, "from", "want terms of one person that do not overlap")
			}
		}
		if len(persons[string(o.PINFL)]) < maxTerms {
			persons[string(o.PINFL)] = append(persons[string(o.PINFL)], i)
		}
		if s := (seat{o.Commission, o.Post}); o.Post == dossier.Chair || o.Post == dossier.Secretary {
			if slices.ContainsFunc(seats[s], func(k int) bool { return o.Together(c.Officials[k]) && c.Officials[k].PINFL != o.PINFL }) {
				c.bad(dossier.Officials, i, "post", "want one %s of a commission at a time", o.Post)
			}
			if len(seats[s]) < maxTerms {
				seats[s] = append(seats[s], i)
			}
		}
	}
	if c.Officials == nil {
		return
	}
	for i, x := range c.Commissions {
		if !chaired[x.ID] {
			c.bad(dossier.Commissions, i, "id", "want a chair of this commission among the officials")
		}
	}
}
