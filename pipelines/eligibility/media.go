package eligibility

import (
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

const observers = "Saylov kodeksi 33-modda"

// observerRules hold for observers and for the media.
var observerRules = []Rule{
	rule("OBS-AGE", observers, Bar, aged(18)),
	rule("OBS-TERM", observers, Bar, inTime),
	rule("OBS-NOROLE", observers, Bar, noOtherRole),
	rule("OBS-TERR", "assumed", Bar, oneDistrict),
	rule("MED-WORK", "MSK 952-son qarori", Bar, worksFor.orConfirmed("work")),
	rule("FRN-DATA", "MSK 938, 952-son qarorlari", Bar, foreignData),
}

// noticeDays is how long before election day observers are named.
const noticeDays = 10

// inTime measures by the election's own calendar, else from election day.
var inTime = condition{[]string{"clock"}, func(in Input) Answer {
	last := in.Deadline
	if last.IsZero() && !in.ElectionDay.IsZero() {
		last = in.ElectionDay.AddDays(-noticeDays)
	}
	if last.IsZero() || in.SubmittedOn.IsZero() {
		return Answer{}.with(Undetermined, "days_unknown")
	}
	a := Answer{Proofs: []string{"clock"}}.with(Pass, "in_time", "day", in.SubmittedOn.String(), "last", last.String())
	if in.SubmittedOn.Compare(last) > 0 {
		return a.with(Fail, "late")
	}
	return a
}}

// oneDistrict asks for the district where a mandate holds: its name, or its SOATO
// of seven digits.
var oneDistrict = condition{[]string{"form:territory"}, func(in Input) Answer {
	t := strings.TrimSpace(in.Subject.Territory)
	a := Answer{Proofs: []string{"form:territory"}}
	switch {
	case t == "":
		return a.with(Fail, "no_territory")
	case strings.Trim(t, "0123456789") == "" && len(t) != 7:
		return a.with(Fail, "territory_wide")
	}
	return a.with(Pass, "one_district")
}}

// worksFor asks whether the person works at the applicant: the register's answer
// to just that, or a present job of the work history.
var worksFor = condition{[]string{"finding:employed-at", "finding:employment", "applicant"}, func(in Input) Answer {
	tin := in.Applicant.TIN
	if tin == "" {
		return Answer{}.with(Undetermined, "applicant_unknown")
	}
	at, asked, one := fact[register.EmployedAt](in, register.WorksAt)
	jobs, history, two := fact[register.WorkHistory](in, register.Employment)
	switch {
	case one && at.TIN == tin && at.Employed:
		return asked.with(Pass, "works_for")
	case two && present(jobs, func(j register.Job) bool { return j.TIN == tin }):
		return history.with(Pass, "works_for")
	case one && at.TIN == tin:
		return asked.with(Fail, "works_not_for")
	case two:
		return history.with(Fail, "works_not_for")
	}
	return history
}}

// foreignData asks for what no register knows of a foreigner; a citizen among them
// is a matter of the registers.
var foreignData = condition{[]string{"form:foreigner"}, func(in Input) Answer {
	f := in.Subject.Foreigner
	if f == nil {
		return Answer{}.with(NotApplicable, "not_foreigner")
	}
	a := Answer{Proofs: []string{"form:foreigner"}}
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	switch {
	case slices.ContainsFunc([]string{f.Surname, f.GivenName, f.Passport, f.State, f.Organisation, f.Post}, blank) || f.Arrives.IsZero() || f.Leaves.IsZero():
		return a.with(Fail, "foreign_data_missing")
	case f.State == "UZ":
		return a.with(Fail, "not_foreign_state")
	case f.Leaves.Compare(f.Arrives) < 0:
		return a.with(Fail, "stay_turned_round")
	}
	return a.with(Pass, "foreign_data_whole")
}}
