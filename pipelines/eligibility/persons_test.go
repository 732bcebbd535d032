package eligibility_test

import (
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

const (
	pass          = eligibility.Pass
	fail          = eligibility.Fail
	warn          = eligibility.Warn
	undetermined  = eligibility.Undetermined
	notApplicable = eligibility.NotApplicable
)

// aged are the rows of a rule that asks for an age alone.
func aged(rule string, years int, key string, set func(*eligibility.Input, civil.Date)) []row {
	return rows(birthdays(rule, years, key, set), onPaper(rule, "age", "no_birth_date", born("")))
}

// birthdays are the rows about an age on the day that set sets.
func birthdays(rule string, years int, key string, set func(*eligibility.Input, civil.Date)) []row {
	on := func(d civil.Date) alter { return func(in *eligibility.Input) { set(in, d) } }
	birthday := func(shift int) alter { return born(day.AddYears(-years).AddDays(shift).String()) }
	old, young := "old_enough"+key, "too_young"+key
	list := []row{
		{"reaches the age on the day", rule, []alter{on(day), birthday(0)}, pass, old},
		{"reached it the day before", rule, []alter{on(day), birthday(-1)}, pass, old},
		{"reaches it the day after", rule, []alter{on(day), birthday(1)}, fail, young},
		{"a year too young", rule, []alter{on(day), birthday(365)}, fail, young},
	}
	// Born on 29 February: the age is reached on 1 March of a common year.
	for _, leap := range []int{1988, 1992, 2000, 2004, 2008} {
		at := fmt.Sprint(leap + years)
		born29 := born(fmt.Sprint(leap) + "-02-29")
		if years%4 == 0 {
			list = append(list,
				row{"leap day, " + at + "-02-28", rule, []alter{born29, on(date(at + "-02-28"))}, fail, young},
				row{"leap day, " + at + "-02-29", rule, []alter{born29, on(date(at + "-02-29"))}, pass, old})
			continue
		}
		list = append(list,
			row{"leap day, " + at + "-02-28", rule, []alter{born29, on(date(at + "-02-28"))}, fail, young},
			row{"leap day, " + at + "-03-01", rule, []alter{born29, on(date(at + "-03-01"))}, pass, old})
	}
	return rows(list, unanswered(rule, register.Personal), []row{
		{"the day not known", rule, []alter{on(civil.Date{})}, undetermined, "no_birth_date"},
	})
}

func atElection(in *eligibility.Input, d civil.Date) { in.ElectionDay = d }

var personCases = rows(
	[]row{
		{"alive", "ALL-ALIVE", nil, pass, "alive"},
		{"not alive", "ALL-ALIVE", []alter{personal(false, true)}, fail, "not_alive"},
		{"a citizen", "ALL-CIT", nil, pass, "citizen"},
		{"a foreigner", "ALL-CIT", []alter{personal(true, false)}, fail, "not_citizen"},
	},
	unanswered("ALL-ALIVE", register.Personal),
	unanswered("ALL-CIT", register.Personal),

	[]row{
		{"capable", "ALL-CAP", nil, pass, "capable"},
		{"incapable", "ALL-CAP", []alter{told(register.Capacity, register.CapacityRecord{Capacity: "NONE"})}, fail, "incapable"},
		{"incapable, whatever is confirmed", "ALL-CAP", []alter{confirmed("capacity"), told(register.Capacity, register.CapacityRecord{Capacity: "NONE"})}, fail, "incapable"},
		{"capacity of no word", "ALL-CAP", []alter{told(register.Capacity, register.CapacityRecord{})}, undetermined, "limited_capacity"},
	},
	unanswered("ALL-CAP", register.Capacity),
	onPaper("ALL-CAP", "capacity", "limited_capacity", told(register.Capacity, register.CapacityRecord{Capacity: "LIMITED"})),

	[]row{
		{"no convictions", "ALL-CUST", nil, pass, "not_in_custody"},
		{"in custody", "ALL-CUST", []alter{convicted(register.Conviction{Gravity: register.NotSerious}, register.Conviction{InCustody: true})}, fail, "in_custody"},
		{"convicted, not in custody", "ALL-CUST", []alter{convicted(register.Conviction{Gravity: register.Serious})}, pass, "not_in_custody"},
		{"not all told of what is expunged", "ALL-CUST", []alter{convicted(register.Conviction{Expunged: date("2020-01-01")})}, pass, "not_in_custody"},
	},
	unanswered("ALL-CUST", register.Criminal),
	onPaper("ALL-CUST", "criminal-record", "gravity_unknown", convicted(register.Conviction{})),

	aged("VOT-AGE", 18, "", atElection),
	noConflict("XR-ONE"),
)

// noConflict are the rows of a rule that asks for no role that does not go with
// what is applied for.
func noConflict(rule string) []row {
	return []row{
		{"no role", rule, []alter{holds()}, pass, "no_other_role"},
		{"a role that goes together with it", rule, []alter{holds(a("observer", "subject-2"))}, pass, "no_other_role"},
		{"a role that does not", rule, []alter{against(a("candidate", "subject-2"))}, fail, "has_role"},
		{"one that does and one that does not", rule, []alter{holds(a("observer", "subject-3")), against(a("proxy", "subject-2"))}, fail, "has_role"},
		{"a role that has ended", rule, []alter{against(ended(a("candidate", "subject-2")))}, pass, "no_other_role"},
	}
}

// withoutRole are the rows of a rule that asks for no role of one kind.
func withoutRole(rule, role, reason string) []row {
	return []row{
		{"no role", rule, []alter{holds()}, pass, reason},
		{"another role", rule, []alter{holds(a("observer", "subject-2"))}, pass, reason},
		{"the role", rule, []alter{holds(a("observer", "subject-2"), a(role, "subject-3"))}, fail, "has_role"},
		{"the role, ended", rule, []alter{holds(ended(a(role, "subject-3")))}, pass, reason},
	}
}

// clean are the rows of a rule about convictions that hold for all of them.
func clean(rule string) []row {
	return rows([]row{{"no convictions", rule, nil, pass, "no_barring_conviction"}}, unanswered(rule, register.Criminal))
}
