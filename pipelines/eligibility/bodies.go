package eligibility

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

var bodyProofs = []string{"members", "standing", "form:type"}

var commissionWholes = []WholeRule{
	over("COM-HALF", members, Bar, append(slices.Clone(bodyProofs), "form:recommended_by", "statement:not_over_half", "applicant"), half),
	over("COM-SIZE", "Saylov kodeksi 18-23-moddalar", Bar, bodyProofs, size),
}

// sizes are the least and most members of a commission, by the level that a type's
// id begins with. okrug: observed; dec, pec: an edition before 2023; tec: assumed.
var sizes = map[string][2]int{"tec": {9, 11}, "dec": {7, 15}, "okrug": {9, 11}, "pec": {5, 19}}

// change is what an application does to one commission or precinct.
type change struct {
	coming  []Member
	leaving int
}

// perBody asks of every body that an application touches, in the order of ids.
func (w Whole) perBody(ask func(body string, c change) Answer) Answer {
	touched := map[string]change{}
	for _, m := range w.counted() {
		c := touched[m.Subject.Seat()]
		c.coming = append(c.coming, m)
		touched[m.Subject.Seat()] = c
	}
	for _, s := range w.Leaving {
		c := touched[s.Seat()]
		c.leaving++
		touched[s.Seat()] = c
	}
	proofs := []string{"form:subjects", "standing"}
	if len(touched) == 0 {
		return Answer{Proofs: proofs}.with(NotApplicable, "nobody")
	}
	answers := make([]Answer, 0, len(touched))
	for _, body := range slices.Sorted(maps.Keys(touched)) {
		a := Answer{Proofs: proofs}
		if _, ok := w.Standing.Bodies[body]; body == "" || (touched[body].leaving > 0 && !ok) {
			a = a.with(Undetermined, "body_unknown")
		} else {
			a = ask(body, touched[body])
		}
		a.Proofs = proofs
		answers = append(answers, a.with(a.Result, a.Reason, "body", body))
	}
	return worst(answers, proofs)
}

func size(w Whole) Answer {
	level, _, _ := strings.Cut(w.Form.Type, "-")
	limits, ok := sizes[level]
	if !ok {
		return Answer{Proofs: []string{"form:type"}}.with(Undetermined, "level_unknown")
	}
	return w.perBody(func(body string, c change) Answer {
		n := w.Standing.Bodies[body].Members - c.leaving + len(c.coming)
		a := Answer{}.with(Pass, "body_size", "n", strconv.Itoa(n), "min", strconv.Itoa(limits[0]), "max", strconv.Itoa(limits[1]))
		if n < limits[0] || n > limits[1] {
			return a.with(Fail, "body_size_broken")
		}
		return a
	})
}

// half asks that nobody recommended more than half of a body. The applicant hands
// in whom others recommended (recommended_by); of whom nothing is told may be any
// one's, and there the applicant's signed word stands.
func half(w Whole) Answer {
	by := map[string]string{}
	for _, s := range w.Form.Subjects {
		by[s.Ref] = plain(s.RecommendedBy)
	}
	return w.perBody(func(body string, c change) Answer {
		total, untold := len(c.coming), 0
		from := map[string]int{}
		for _, m := range c.coming {
			from[by[m.Subject.Ref]]++
		}
		standing := w.Standing.Bodies[body]
		total += standing.Members - c.leaving
		untold = standing.Members
		for k, n := range standing.From {
			if k != w.Applicant.ID {
				from[plain(k)] += n
				untold -= n
			}
		}
		untold += from[""] - c.leaving // who leaves is taken to be one of them
		spare := max(0, -untold)       // or one of those recommended by somebody
		untold = max(0, untold)
		delete(from, "")
		most := 0
		for _, n := range from {
			most = max(most, n)
		}
		a := Answer{}.with(Undetermined, "recommenders_unknown", "n", strconv.Itoa(most), "of", strconv.Itoa(total))
		switch {
		case 2*(most-spare) > total:
			return a.with(Fail, "over_half")
		case 2*(most+untold) <= total:
			return a.with(Pass, "not_over_half")
		}
		word, said := w.Form.Statements["not_over_half"]
		switch {
		case said && word:
			return a.with(Pass, "not_over_half_stated")
		case said:
			return a.with(Fail, "over_half")
		}
		return a
	})
}
