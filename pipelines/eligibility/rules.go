package eligibility

import (
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

// all is the list of rules; to add one is to add an entry here.
var all = []Rule{
	{"ALL-ALIVE", "assumed", Bar, []string{"finding:personal-data"}, alive},
	{"ALL-CIT", "Saylov kodeksi 4, 5-moddalar", Bar, []string{"finding:personal-data"}, citizen},
	{"ALL-CAP", "Saylov kodeksi 5-modda", Bar, []string{"finding:legal-capacity"}, capable},
	{"ALL-CUST", "Saylov kodeksi 5-modda", Bar, []string{"finding:criminal-record"}, notInCustody},
	{"OBS-AGE", "Saylov kodeksi 33-modda", Bar, []string{"finding:personal-data"}, atLeast(18)},
	{"OBS-NOROLE", "Saylov kodeksi 33-modda", Bar, []string{"roles"}, noOtherRole},
	{"LOC-AGE", "Saylov kodeksi 90-modda", Bar, []string{"finding:personal-data"}, atLeast(21)},
	{"LOC-RES", "Saylov kodeksi 90-modda", Bar, []string{"confirmation:residence", "paper:residence"}, residence},
	{"LOC-CRIM", "Saylov kodeksi 90-modda", Bar, []string{"finding:criminal-record"}, noSeriousConviction},
	{"LOC-MIL", "Saylov kodeksi 90-modda", Bar, []string{"finding:employment", "statement:not_in_service"}, notInService},
	{"LOC-CLERGY", "Saylov kodeksi 90-modda", Bar, []string{"statement:not_clergy"}, notClergy},
	{"LOC-HEAD", "assumed", Advice, []string{"finding:employment", "statement:leaves_post"}, leavesPost},
	{"CND-ONE", "Saylov kodeksi 40-modda", Bar, []string{"roles"}, noOtherRole},
}

var byID = func() map[string]Rule {
	m := make(map[string]Rule, len(all))
	for _, r := range all {
		m[r.ID] = r
	}
	return m
}()

func alive(in Input) Answer {
	p, a, ok := fact[register.PersonalData](in, register.Personal)
	if !ok {
		return a
	}
	if !p.Alive {
		return a.with(Fail, "not_alive")
	}
	return a.with(Pass, "alive")
}

func citizen(in Input) Answer {
	p, a, ok := fact[register.PersonalData](in, register.Personal)
	if !ok {
		return a
	}
	if !p.Citizen {
		return a.with(Fail, "not_citizen")
	}
	return a.with(Pass, "citizen")
}

// atLeast measures the age on election day: a birthday on the day counts.
func atLeast(years int) func(Input) Answer {
	return func(in Input) Answer {
		p, a, ok := fact[register.PersonalData](in, register.Personal)
		if !ok {
			return a
		}
		if p.BirthDate.IsZero() || in.ElectionDay.IsZero() {
			return a.with(Undetermined, "no_birth_date")
		}
		age := p.BirthDate.AgeOn(in.ElectionDay)
		params := []string{"age", strconv.Itoa(age), "min", strconv.Itoa(years)}
		if age < years {
			return a.with(Fail, "too_young", params...)
		}
		return a.with(Pass, "old_enough", params...)
	}
}

func capable(in Input) Answer {
	c, a, ok := fact[register.CapacityRecord](in, register.Capacity)
	if !ok {
		return a
	}
	switch c.Capacity {
	case "FULL":
		return a.with(Pass, "capable")
	case "NONE":
		return a.with(Fail, "incapable")
	default: // LIMITED bars nobody by the Code's words; a person must look
		return a.with(Undetermined, "limited_capacity")
	}
}

func notInCustody(in Input) Answer {
	c, a, ok := fact[register.CriminalRecord](in, register.Criminal)
	if !ok {
		return a
	}
	unknown := false
	for _, v := range c.Convictions {
		if v.InCustody {
			return a.with(Fail, "in_custody")
		}
		unknown = unknown || (v.Gravity == "" && v.Expunged.IsZero()) // the register did not tell all of it
	}
	if unknown {
		return a.with(Undetermined, "gravity_unknown")
	}
	return a.with(Pass, "not_in_custody")
}

func noSeriousConviction(in Input) Answer {
	c, a, ok := fact[register.CriminalRecord](in, register.Criminal)
	if !ok {
		return a
	}
	unknown := false
	for _, v := range c.Convictions {
		if !v.Expunged.IsZero() && v.Expunged.Compare(in.ElectionDay) <= 0 {
			continue
		}
		switch v.Gravity {
		case register.Serious, register.EspeciallySerious:
			return a.with(Fail, "serious_conviction")
		case register.NotSerious, register.LessSerious:
		default:
			unknown = true
		}
	}
	if unknown {
		return a.with(Undetermined, "gravity_unknown")
	}
	return a.with(Pass, "no_serious_conviction")
}

// residence can be proved by no register: a paper the commission confirmed is
// the only proof (five years before election day).
func residence(in Input) Answer {
	for _, c := range in.Confirmations {
		if c.Kind == "residence" {
			return Answer{Proofs: []string{"confirmation:" + c.ID}}.with(Pass, "residence_confirmed")
		}
	}
	for _, p := range in.Subject.Papers {
		if p.Proves == "residence" {
			return Answer{Proofs: []string{"attachment:" + p.Attachment}}.with(Undetermined, "residence_unconfirmed")
		}
	}
	return Answer{}.with(Undetermined, "residence_unproved")
}

// services are the bodies whose service bars a candidate, as the employment
// register writes them (lower case, apostrophes removed). Assumed spelling.
var services = []string{
	"mudofaa vazirligi", "qurolli kuchlar", "harbiy qism", "davlat xavfsizlik xizmati",
	"milliy gvardiya", "ichki ishlar", "davlat bojxona", "bojxona qomitasi",
}

func notInService(in Input) Answer {
	stated, said := in.Subject.Statements["not_in_service"]
	if said && !stated {
		return Answer{Proofs: []string{"statement:not_in_service"}}.with(Fail, "in_service_by_statement")
	}
	f, asked := in.Findings[register.Employment]
	if asked && f.Status == register.Found {
		w, a, ok := fact[register.WorkHistory](in, register.Employment)
		if !ok {
			return a
		}
		for _, j := range w.Jobs {
			if j.End.IsZero() && matches(j.Employer, services) {
				return a.with(Fail, "in_service")
			}
		}
		if !said {
			return a.with(Undetermined, "no_statement")
		}
		a.Proofs = append(a.Proofs, "statement:not_in_service")
		return a.with(Pass, "not_in_service")
	}
	if asked && f.Status == register.Absent && said {
		// Nobody entered means no work of record; the signed statement stands.
		return Answer{Proofs: []string{"employment:" + f.ID, "statement:not_in_service"}}.with(Pass, "not_in_service")
	}
	_, a, _ := fact[register.WorkHistory](in, register.Employment)
	return a
}

func matches(employer string, bodies []string) bool {
	e := plain(employer)
	for _, s := range bodies {
		if strings.Contains(e, s) {
			return true
		}
	}
	return false
}

// plain lower-cases and removes every sign met as an Uzbek apostrophe.
func plain(s string) string {
	return strings.NewReplacer("ʻ", "", "ʼ", "", "‘", "", "’", "", "'", "", "`", "", "´", "").Replace(strings.ToLower(s))
}

func notClergy(in Input) Answer {
	stated, said := in.Subject.Statements["not_clergy"]
	switch {
	case !said:
		return Answer{}.with(Undetermined, "no_statement")
	case !stated:
		return Answer{Proofs: []string{"statement:not_clergy"}}.with(Fail, "clergy")
	}
	return Answer{Proofs: []string{"statement:not_clergy"}}.with(Pass, "not_clergy")
}

// heads are posts that must be left before a mandate is taken up. Assumed.
var heads = []string{"hokim", "sudya", "prokuror"}

func leavesPost(in Input) Answer {
	w, a, ok := fact[register.WorkHistory](in, register.Employment)
	if !ok {
		if in.Findings[register.Employment].Status == register.Absent {
			return a.with(NotApplicable, "no_post_known")
		}
		return a
	}
	for _, j := range w.Jobs {
		if j.End.IsZero() && matches(j.Position, heads) {
			if in.Subject.Statements["leaves_post"] {
				a.Proofs = append(a.Proofs, "statement:leaves_post")
			}
			return a.with(Warn, "must_leave_post")
		}
	}
	return a.with(Pass, "no_such_post")
}

func noOtherRole(in Input) Answer {
	for _, r := range in.Roles {
		if slices.Contains(in.Conflicts, r.ID) {
			return Answer{Proofs: []string{"role:" + r.ID}}.with(Fail, "has_role", "role", r.Role)
		}
	}
	return Answer{Proofs: []string{"roles"}}.with(Pass, "no_other_role")
}
