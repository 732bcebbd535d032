package eligibility_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// set makes members of a pattern: w a woman, m a man, ? nobody knows, - somebody
// who is not eligible.
func set(pattern string) []eligibility.Member {
	var list []eligibility.Member
	for i, c := range pattern {
		m := eligibility.Member{Subject: dossier.Subject{Ref: fmt.Sprint(i + 1), Constituency: fmt.Sprintf("okrug-%d", i+1), Precinct: "precinct-1"}, Verdict: eligibility.Eligible}
		switch c {
		case 'w':
			m.Personal = &register.PersonalData{Sex: "female"}
		case 'm':
			m.Personal = &register.PersonalData{Sex: "male"}
		case 'x':
			m.Personal = &register.PersonalData{}
		case '-':
			m.Verdict = eligibility.NotEligible
		}
		list = append(list, m)
	}
	return list
}

func many(pattern string, n int) []eligibility.Member { return set(strings.Repeat(pattern, n)) }

type alterWhole func(*eligibility.Whole)

func named(list []eligibility.Member) alterWhole {
	return func(w *eligibility.Whole) { w.Members = list }
}

func ballot(b string) alterWhole { return func(w *eligibility.Whole) { w.Ballot = b } }

func standing(s eligibility.Standing) alterWhole {
	return func(w *eligibility.Whole) { w.Standing = s }
}

func typed(id string) alterWhole { return func(w *eligibility.Whole) { w.Form.Type = id } }

// recommended says who recommended the members, in their order.
func recommended(by ...string) alterWhole {
	return func(w *eligibility.Whole) {
		w.Form.Subjects = nil
		for i, b := range by {
			w.Form.Subjects = append(w.Form.Subjects, dossier.FormSubject{Ref: fmt.Sprint(i + 1), RecommendedBy: b})
		}
	}
}

func declares(word bool) alterWhole {
	return func(w *eligibility.Whole) { w.Form.Statements = map[string]bool{"not_over_half": word} }
}

func body(n int, from map[string]int) alterWhole {
	return standing(eligibility.Standing{Bodies: map[string]eligibility.Body{"precinct-1": {Members: n, From: from}}})
}

func leaves(w *eligibility.Whole) {
	w.Leaving = append(w.Leaving, dossier.Subject{Precinct: "precinct-1", Part: dossier.Leaving})
}

func sheets(s dossier.Signatures) alterWhole {
	return func(w *eligibility.Whole) { w.Form.Signatures = &s }
}

// thirteen territories give most each, another what is left of valid.
func spread(valid, most, voters int) alterWhole {
	s := dossier.Signatures{Valid: valid, Voters: voters, Territories: map[string]int{}}
	left := valid
	for i := range 13 {
		n := min(most, left)
		s.Territories[fmt.Sprint(1700+i)], left = n, left-n
	}
	s.Territories["1799"] = left
	return sheets(s)
}

func checked(sheetsIn, looked, faulty int) alterWhole {
	return sheets(dossier.Signatures{Sheets: sheetsIn, Checked: looked, Faulty: faulty})
}

func affirmed(kind string) alterWhole {
	return func(w *eligibility.Whole) {
		w.Confirmations = append(w.Confirmations, dossier.Confirmation{ID: "c-" + kind, Kind: kind})
	}
}

func since(known, said, announced string) alterWhole {
	return func(w *eligibility.Whole) {
		for _, v := range []struct {
			into *civil.Date
			text string
		}{{&w.Applicant.Org.Registered, known}, {&w.Form.Registered, said}, {&w.Announced, announced}} {
			if v.text != "" {
				*v.into = date(v.text)
			}
		}
	}
}

func holder(b string) alterWhole {
	return func(w *eligibility.Whole) {
		w.Applicant = dossier.Applicant{ID: "subject-9", Held: dossier.Role{ID: "subject-9", Ballot: b}}
	}
}

func positions(list []eligibility.Member, of ...int) []eligibility.Member {
	for i := range list {
		list[i].Subject.Position = of[i]
	}
	return list
}

type wholeRow struct {
	name   string
	rule   string
	change []alterWhole
	want   eligibility.Result
	reason string
}

func wholeRows(lists ...[]wholeRow) []wholeRow { return slices.Concat(lists...) }

func (r wholeRow) input() eligibility.Whole {
	w := eligibility.Whole{ElectionDay: day, SubmittedOn: today, Applicant: dossier.Applicant{ID: "hokimiyat"}, Form: dossier.Form{Type: "pec-composition-recommend"}}
	for _, f := range r.change {
		f(&w)
	}
	return w
}

var setCases = wholeRows(
	[]wholeRow{
		{"74", "LST-SIZE", []alterWhole{named(many("w", 74))}, fail, "list_size_broken"},
		{"75", "LST-SIZE", []alterWhole{named(many("w", 75))}, pass, "list_size"},
		{"100", "LST-SIZE", []alterWhole{named(many("w", 100))}, pass, "list_size"},
		{"101", "LST-SIZE", []alterWhole{named(many("w", 101))}, fail, "list_size_broken"},
		{"76, two of whom may not stand", "LST-SIZE", []alterWhole{named(set(strings.Repeat("w", 74) + "--"))}, fail, "list_size_broken"},
		{"101, one of whom may not stand", "LST-SIZE", []alterWhole{named(set(strings.Repeat("w", 100) + "-"))}, pass, "list_size"},
		{"75 where 26 stand", "LST-SIZE", []alterWhole{named(many("w", 75)), standing(eligibility.Standing{Candidates: 26})}, fail, "list_size_broken"},

		{"each in another", "LST-SMD", []alterWhole{ballot("LC-SMD"), named(many("w", 75))}, pass, "one_per_constituency"},
		{"76 in all", "LST-SMD", []alterWhole{ballot("LC-SMD"), named(many("w", 76))}, fail, "set_too_large"},
		{"75 and one who stands", "LST-SMD", []alterWhole{ballot("LC-SMD"), named(many("w", 75)), standing(eligibility.Standing{Candidates: 1, Constituencies: map[string]int{"okrug-99": 1}})}, fail, "set_too_large"},
		{"76 for a Kengash", "LST-SMD", []alterWhole{ballot("DIST"), named(many("w", 76))}, pass, "one_per_constituency"},
		{"where another stands", "LST-SMD", []alterWhole{named(set("w")), standing(eligibility.Standing{Candidates: 1, Constituencies: map[string]int{"okrug-1": 1}})}, fail, "constituency_taken"},
		{"where another of theirs who may not stand was", "LST-SMD", []alterWhole{named(func() []eligibility.Member {
			l := set("w-")
			l[1].Subject.Constituency = "okrug-1"
			return l
		}())}, pass, "one_per_constituency"},
		{"two in one", "LST-SMD", []alterWhole{named(append(set("w"), set("m")...))}, fail, "constituency_taken"},
		{"none given", "LST-SMD", []alterWhole{named([]eligibility.Member{{}})}, undetermined, "constituency_unknown"},
		{"nobody", "LST-SMD", nil, notApplicable, "nobody"},
	},
	womenRows("LST-WOMEN", fail), womenRows("LST-WOMEN-SMD", warn), womenRows("LST-WOMEN-LOC", warn),
	[]wholeRow{
		{"two of five", "LST-ZIP", []alterWhole{named(set("wwmmm"))}, pass, "zip_kept"},
		{"one of five", "LST-ZIP", []alterWhole{named(set("wmmmm"))}, fail, "zip_broken"},
		{"two of every five", "LST-ZIP", []alterWhole{named(set("mmmww" + "wmmmw"))}, pass, "zip_kept"},
		{"any five in a row is another reading", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mmmww"))}, pass, "zip_kept"},
		{"one block of three short", "LST-ZIP", []alterWhole{named(set("wwmmm" + "wmmmm" + "wwwww"))}, fail, "zip_broken"},
		{"last two, no woman", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mm"))}, pass, "zip_kept"},
		{"last three, no woman", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mmm"))}, fail, "zip_broken"},
		{"last three, a woman", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mmw"))}, pass, "zip_kept"},
		{"last four, a woman", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mmmw"))}, pass, "zip_kept"},
		{"last four, no woman", "LST-ZIP", []alterWhole{named(set("wwmmm" + "mmmm"))}, fail, "zip_broken"},
		{"not known of one, enough without", "LST-ZIP", []alterWhole{named(set("wwmm?"))}, pass, "zip_kept"},
		{"not known of one who decides", "LST-ZIP", []alterWhole{named(set("wmmm?"))}, undetermined, "sex_unknown"},
		{"a register that tells no sex", "LST-ZIP", []alterWhole{named(set("wmmmx"))}, undetermined, "sex_unknown"},
		{"not known of one, too few anyway", "LST-ZIP", []alterWhole{named(set("mmmm?"))}, fail, "zip_broken"},
		{"open in one block, broken in the next", "LST-ZIP", []alterWhole{named(set("wmmm?" + "mmmmm"))}, fail, "zip_broken"},
		{"closes up after one who may not stand", "LST-ZIP", []alterWhole{named(set("wmm-mm" + "wwmm"))}, fail, "zip_broken"},
		{"in the order of places", "LST-ZIP", []alterWhole{named(positions(set("wwwwmmmmmm"), 1, 6, 7, 5, 2, 3, 4, 8, 9, 10))}, pass, "zip_kept"},
		{"in the order of places, broken", "LST-ZIP", []alterWhole{named(positions(set("wwmmmwwmmm"), 1, 6, 2, 3, 4, 7, 8, 5, 9, 10))}, fail, "zip_broken"},
		{"two at one place", "LST-ZIP", []alterWhole{named(positions(set("wwmmm"), 1, 2, 2, 3, 4))}, undetermined, "order_unclear"},
		{"one without a place", "LST-ZIP", []alterWhole{named(positions(set("wwmmm"), 1, 2, 0, 3, 4))}, undetermined, "order_unclear"},
		{"nobody", "LST-ZIP", nil, notApplicable, "nobody"},
	},
)

func womenRows(rule string, broken eligibility.Result) []wholeRow {
	return []wholeRow{
		{"40 %", rule, []alterWhole{named(many("wwmmm", 15))}, pass, "women_enough"},
		{"39.5 %, 30 of 76", rule, []alterWhole{named(set(strings.Repeat("w", 30) + strings.Repeat("m", 46)))}, broken, "women_few"},
		{"40.8 %, 31 of 76", rule, []alterWhole{named(set(strings.Repeat("w", 31) + strings.Repeat("m", 45)))}, pass, "women_enough"},
		{"39 of 100", rule, []alterWhole{named(set(strings.Repeat("w", 39) + strings.Repeat("m", 61)))}, broken, "women_few"},
		{"40 of 100", rule, []alterWhole{named(set(strings.Repeat("w", 40) + strings.Repeat("m", 60)))}, pass, "women_enough"},
		{"399 of 1000 with those who stand", rule, []alterWhole{named(set("wm")), standing(eligibility.Standing{Candidates: 998, Women: 398})}, broken, "women_few"},
		{"400 of 1000 with those who stand", rule, []alterWhole{named(set("ww")), standing(eligibility.Standing{Candidates: 998, Women: 398})}, pass, "women_enough"},
		{"a woman who may not stand", rule, []alterWhole{named(append(set("wmmm"), set("-")...))}, broken, "women_few"},
		{"not known of one who decides", rule, []alterWhole{named(set("wmmm?"))}, undetermined, "sex_unknown"},
		{"not known of one, enough without", rule, []alterWhole{named(set("wwmm?"))}, pass, "women_enough"},
		{"not known of one, too few anyway", rule, []alterWhole{named(set("mmmm?"))}, broken, "women_few"},
		{"nobody", rule, nil, notApplicable, "nobody"},
	}
}

var wholeCases = wholeRows(setCases, bodyCases, admissionCases)

func TestWholeRules(t *testing.T) {
	t.Parallel()
	for _, c := range wholeCases {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			t.Parallel()
			_, got, err := eligibility.AssessWhole(c.input(), []string{c.rule})
			if err != nil {
				t.Fatal(err)
			}
			a := got[0]
			if a.Result != c.want || a.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s): %v", a.Result, a.Reason, c.want, c.reason, a.Params)
			}
			if a.Rule != c.rule || a.Article == "" {
				t.Errorf("rule %q, article %q", a.Rule, a.Article)
			}
			if (a.Result == pass || a.Result == fail) && len(a.Proofs) == 0 {
				t.Error("a verdict that names no proof")
			}
		})
	}
}
