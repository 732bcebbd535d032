package eligibility

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Bounds of parties' lists and sets of candidates.
const (
	listMin, listMax = 75, 100
	seats            = 75 // constituencies of the Legislative Chamber
	block            = 5  // of a list, with two women at least
)

var (
	setProofs   = []string{"members", "standing"}
	sexedProofs = append([]string{"finding:personal-data"}, setProofs...)
)

// listRules hold for a party's candidates of one kind of vote together: those who
// stand and those of this application. A party may hand candidates in one by one,
// so the share of women outside a list only warns.
var listRules = []WholeRule{
	over("LST-SIZE", nomination, Bar, setProofs, listSize),
	over("LST-SMD", nomination, Bar, append([]string{"form:ballot"}, setProofs...), onePerConstituency),
	over("LST-WOMEN", nomination, Bar, sexedProofs, women),
	over("LST-WOMEN-SMD", nomination, Advice, sexedProofs, women),
	over("LST-WOMEN-LOC", "assumed", Advice, sexedProofs, women), // Code 91 by analogy
	over("LST-ZIP", nomination, Bar, []string{"members", "finding:personal-data"}, zip),
}

func listSize(w Whole) Answer {
	n := w.Standing.Candidates + len(w.counted())
	a := Answer{Proofs: []string{"form:subjects", "standing"}}.with(Pass, "list_size", "n", strconv.Itoa(n), "min", strconv.Itoa(listMin), "max", strconv.Itoa(listMax))
	if n < listMin || n > listMax {
		return a.with(Fail, "list_size_broken")
	}
	return a
}

// onePerConstituency names the first constituency with two candidates, by id.
func onePerConstituency(w Whole) Answer {
	a := Answer{Proofs: []string{"form:subjects", "standing"}}
	in, n := map[string]int{}, w.Standing.Candidates+len(w.counted())
	if n == 0 {
		return a.with(NotApplicable, "nobody")
	}
	maps.Copy(in, w.Standing.Constituencies)
	for _, m := range w.counted() {
		in[m.Subject.Constituency]++
	}
	for _, id := range slices.Sorted(maps.Keys(in)) {
		if id != "" && in[id] > 1 {
			return a.with(Fail, "constituency_taken", "constituency", id)
		}
	}
	if w.Ballot == "LC-SMD" && n > seats {
		return a.with(Fail, "set_too_large", "n", strconv.Itoa(n), "max", strconv.Itoa(seats))
	}
	if in[""] > 0 {
		return a.with(Undetermined, "constituency_unknown")
	}
	return a.with(Pass, "one_per_constituency")
}

// sexes counts the women among members, and those of whom it is not known.
func sexes(list []Member) (women, unknown int) {
	for _, m := range list {
		switch {
		case m.Personal == nil || (m.Personal.Sex != "female" && m.Personal.Sex != "male"):
			unknown++
		case m.Personal.Sex == "female":
			women++
		}
	}
	return women, unknown
}

// share judges the women among persons some of whom are not known.
func share(a Answer, women, unknown, need int, pass, fail string) Answer {
	a = a.with(Pass, pass, "women", strconv.Itoa(women), "min", strconv.Itoa(need))
	switch {
	case women+unknown < need:
		return a.with(Fail, fail)
	case women < need:
		return a.with(Undetermined, "sex_unknown")
	}
	return a
}

// women asks for 40 %, rounded up.
func women(w Whole) Answer {
	list := w.counted()
	a := Answer{Proofs: []string{"form:subjects", "standing", "personal-data"}}
	n := w.Standing.Candidates + len(list)
	if n == 0 {
		return a.with(NotApplicable, "nobody")
	}
	here, unknown := sexes(list)
	return share(a.with(Pass, "", "n", strconv.Itoa(n)), w.Standing.Women+here, unknown, (2*n+4)/5, "women_enough", "women_few")
}

// zip asks for two women in every five of a list in its order; of a shorter last
// block for two fifths, rounded down.
func zip(w Whole) Answer {
	list := w.counted()
	a := Answer{Proofs: []string{"form:subjects", "personal-data"}}
	if len(list) == 0 {
		return a.with(NotApplicable, "nobody")
	}
	places := map[int]bool{}
	for _, m := range list {
		places[m.Subject.Position] = true
	}
	numbered := !places[0] && len(places) == len(list)
	if asWritten := places[0] && len(places) == 1; !numbered && !asWritten {
		return a.with(Undetermined, "order_unclear")
	}
	slices.SortStableFunc(list, func(x, y Member) int { return cmp.Compare(x.Subject.Position, y.Subject.Position) })
	var answers []Answer
	first := 1
	for five := range slices.Chunk(list, block) {
		here, unknown := sexes(five)
		last := first + len(five) - 1
		answers = append(answers, share(a.with(Pass, "", "block", fmt.Sprintf("%d-%d", first, last)), here, unknown, 2*len(five)/block, "zip_kept", "zip_broken"))
		first = last + 1
	}
	return worst(answers, a.Proofs)
}
