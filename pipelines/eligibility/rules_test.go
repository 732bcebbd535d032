package eligibility_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// day is the election day of the made-up people here.
var day = date("2026-12-27")

func date(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func finding(id register.ID, status register.Status, facts any) dossier.Finding {
	f := dossier.Finding{ID: "f-" + string(id), Register: id, Status: status, At: time.Unix(1_780_000_000, 0)}
	if status == register.Found {
		raw, err := json.Marshal(facts)
		if err != nil {
			panic(err)
		}
		f.Facts = raw
	}
	return f
}

// person is a made-up person whom no rule bars.
func person() eligibility.Input {
	return eligibility.Input{
		ElectionDay: day,
		Subject: dossier.Subject{
			ID: "subject-1", Statements: map[string]bool{"not_in_service": true, "not_clergy": true, "leaves_post": true},
		},
		Findings: map[register.ID]dossier.Finding{
			register.Personal:   finding(register.Personal, register.Found, register.PersonalData{BirthDate: date("1980-02-03"), Citizen: true, Alive: true}),
			register.Capacity:   finding(register.Capacity, register.Found, register.CapacityRecord{Capacity: "FULL"}),
			register.Criminal:   finding(register.Criminal, register.Found, register.CriminalRecord{}),
			register.Employment: finding(register.Employment, register.Found, register.WorkHistory{Jobs: []register.Job{{Employer: "12-sonli maktab", Position: "oʻqituvchi"}}}),
			register.Disability: finding(register.Disability, register.Absent, nil),
		},
		Confirmations: []dossier.Confirmation{{ID: "c1", Subject: "subject-1", Kind: "residence", Official: "o1"}},
	}
}

type change func(*eligibility.Input)

func answers(id register.ID, status register.Status, facts any) change {
	return func(in *eligibility.Input) { in.Findings[id] = finding(id, status, facts) }
}

func missing(id register.ID) change {
	return func(in *eligibility.Input) { delete(in.Findings, id) }
}

func stated(key string, value ...bool) change {
	return func(in *eligibility.Input) {
		delete(in.Subject.Statements, key)
		for _, v := range value {
			in.Subject.Statements[key] = v
		}
	}
}

func born(on string, election ...string) change {
	return func(in *eligibility.Input) {
		p := register.PersonalData{Citizen: true, Alive: true}
		if on != "" {
			p.BirthDate = date(on)
		}
		in.Findings[register.Personal] = finding(register.Personal, register.Found, p)
		for _, e := range election {
			in.ElectionDay = date(e)
		}
	}
}

func personal(alive, citizen bool) change {
	return answers(register.Personal, register.Found, register.PersonalData{BirthDate: date("1980-02-03"), Alive: alive, Citizen: citizen})
}

func convicted(list ...register.Conviction) change {
	return answers(register.Criminal, register.Found, register.CriminalRecord{Convictions: list})
}

func works(employer, position, end string) change {
	j := register.Job{Employer: employer, Position: position, Start: date("2010-01-01")}
	if end != "" {
		j.End = date(end)
	}
	return answers(register.Employment, register.Found, register.WorkHistory{Jobs: []register.Job{{Employer: "bolalar bogʻchasi", Position: "tarbiyachi", End: date("2009-01-01")}, j}})
}

func proves(kind string) change {
	return func(in *eligibility.Input) { in.Subject.Papers = []dossier.Paper{{Proves: kind, Attachment: "a.pdf"}} }
}

func confirmed(kinds ...string) change {
	return func(in *eligibility.Input) {
		in.Confirmations = nil
		for _, k := range kinds {
			in.Confirmations = append(in.Confirmations, dossier.Confirmation{ID: "c-" + k, Kind: k})
		}
	}
}

func holds(role, subject string) change {
	return func(in *eligibility.Input) {
		in.Roles = append(in.Roles, dossier.Role{ID: subject, Role: role})
		in.Conflicts = append(in.Conflicts, subject)
	}
}

func holdsBeside(role, subject string) change {
	return func(in *eligibility.Input) { in.Roles = append(in.Roles, dossier.Role{ID: subject, Role: role}) }
}

func expunged(on string) register.Conviction {
	return register.Conviction{Gravity: register.Serious, Expunged: date(on)}
}

var cases = []struct {
	name   string
	rule   string
	change []change
	want   eligibility.Result
	reason string
}{
	{"alive", "ALL-ALIVE", nil, eligibility.Pass, "alive"},
	{"not alive", "ALL-ALIVE", []change{personal(false, true)}, eligibility.Fail, "not_alive"},
	{"alive not asked", "ALL-ALIVE", []change{missing(register.Personal)}, eligibility.Undetermined, "no_answer"},
	{"alive absent", "ALL-ALIVE", []change{answers(register.Personal, register.Absent, nil)}, eligibility.Undetermined, "absent"},
	{"alive restricted", "ALL-ALIVE", []change{answers(register.Personal, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},
	{"facts that cannot be read", "ALL-ALIVE", []change{answers(register.Personal, register.Found, "not an object")}, eligibility.Undetermined, "no_answer"},
	{"a status outside the set", "ALL-ALIVE", []change{answers(register.Personal, "perhaps", nil)}, eligibility.Undetermined, "no_answer"},

	{"citizen", "ALL-CIT", nil, eligibility.Pass, "citizen"},
	{"foreigner", "ALL-CIT", []change{personal(true, false)}, eligibility.Fail, "not_citizen"},
	{"citizenship not known", "ALL-CIT", []change{missing(register.Personal)}, eligibility.Undetermined, "no_answer"},

	{"18 on election day", "OBS-AGE", []change{born("2008-12-27")}, eligibility.Pass, "old_enough"},
	{"18 the day before", "OBS-AGE", []change{born("2008-12-26")}, eligibility.Pass, "old_enough"},
	{"18 the day after", "OBS-AGE", []change{born("2008-12-28")}, eligibility.Fail, "too_young"},
	{"21 on election day", "LOC-AGE", []change{born("2005-12-27")}, eligibility.Pass, "old_enough"},
	{"21 the day after", "LOC-AGE", []change{born("2005-12-28")}, eligibility.Fail, "too_young"},
	{"18 is not enough for a candidate", "LOC-AGE", []change{born("2008-12-27")}, eligibility.Fail, "too_young"},
	{"born 29 February, election 28 February of a common year", "OBS-AGE", []change{born("2008-02-29", "2026-02-28")}, eligibility.Fail, "too_young"},
	{"born 29 February, election 1 March of a common year", "OBS-AGE", []change{born("2008-02-29", "2026-03-01")}, eligibility.Pass, "old_enough"},
	{"born 29 February, election 29 February", "LOC-AGE", []change{born("2007-02-28", "2028-02-29")}, eligibility.Pass, "old_enough"},
	{"birth date not known", "LOC-AGE", []change{born("")}, eligibility.Undetermined, "no_birth_date"},
	{"election day not known", "LOC-AGE", []change{func(in *eligibility.Input) { in.ElectionDay = civil.Date{} }}, eligibility.Undetermined, "no_birth_date"},
	{"age restricted", "OBS-AGE", []change{answers(register.Personal, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},

	{"capable", "ALL-CAP", nil, eligibility.Pass, "capable"},
	{"incapable", "ALL-CAP", []change{answers(register.Capacity, register.Found, register.CapacityRecord{Capacity: "NONE"})}, eligibility.Fail, "incapable"},
	{"limited capacity", "ALL-CAP", []change{answers(register.Capacity, register.Found, register.CapacityRecord{Capacity: "LIMITED"})}, eligibility.Undetermined, "limited_capacity"},
	{"capacity of no word", "ALL-CAP", []change{answers(register.Capacity, register.Found, register.CapacityRecord{})}, eligibility.Undetermined, "limited_capacity"},
	{"capacity not asked", "ALL-CAP", []change{missing(register.Capacity)}, eligibility.Undetermined, "no_answer"},

	{"no convictions", "ALL-CUST", nil, eligibility.Pass, "not_in_custody"},
	{"in custody", "ALL-CUST", []change{convicted(register.Conviction{Gravity: register.NotSerious}, register.Conviction{InCustody: true})}, eligibility.Fail, "in_custody"},
	{"convicted, not in custody", "ALL-CUST", []change{convicted(register.Conviction{Gravity: register.Serious})}, eligibility.Pass, "not_in_custody"},
	{"criminal record not answered", "ALL-CUST", []change{missing(register.Criminal)}, eligibility.Undetermined, "no_answer"},

	{"clean", "LOC-CRIM", nil, eligibility.Pass, "no_barring_conviction"},
	{"less serious", "LOC-CRIM", []change{convicted(register.Conviction{Gravity: register.LessSerious}, register.Conviction{Gravity: register.NotSerious})}, eligibility.Pass, "no_barring_conviction"},
	{"serious", "LOC-CRIM", []change{convicted(register.Conviction{Gravity: register.Serious})}, eligibility.Fail, "serious_conviction"},
	{"especially serious", "LOC-CRIM", []change{convicted(register.Conviction{Gravity: register.EspeciallySerious})}, eligibility.Fail, "serious_conviction"},
	{"serious, expunged on election day", "LOC-CRIM", []change{convicted(expunged("2026-12-27"))}, eligibility.Pass, "no_barring_conviction"},
	{"serious, expunged the day after", "LOC-CRIM", []change{convicted(expunged("2026-12-28"))}, eligibility.Fail, "serious_conviction"},
	{"one expunged, one not", "LOC-CRIM", []change{convicted(expunged("2020-01-01"), register.Conviction{Gravity: register.Serious})}, eligibility.Fail, "serious_conviction"},
	{"gravity not known", "LOC-CRIM", []change{convicted(register.Conviction{Gravity: "grave"})}, eligibility.Undetermined, "gravity_unknown"},
	{"gravity not known beside a serious one", "LOC-CRIM", []change{convicted(register.Conviction{Gravity: "grave"}, register.Conviction{Gravity: register.Serious})}, eligibility.Fail, "serious_conviction"},
	{"gravity not known, expunged", "LOC-CRIM", []change{convicted(register.Conviction{Expunged: date("2020-01-01")})}, eligibility.Pass, "no_barring_conviction"},
	{"criminal record restricted", "LOC-CRIM", []change{answers(register.Criminal, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},

	{"residence confirmed", "LOC-RES", nil, eligibility.Pass, "confirmed"},
	{"residence on paper only", "LOC-RES", []change{confirmed(), proves("residence")}, eligibility.Undetermined, "unconfirmed"},
	{"a paper about something else", "LOC-RES", []change{confirmed(), proves("education")}, eligibility.Undetermined, "unproved"},
	{"something else confirmed", "LOC-RES", []change{confirmed("education")}, eligibility.Undetermined, "unproved"},
	{"an address in the register proves no years", "LOC-RES", []change{confirmed(), answers(register.Address, register.Found, register.RegisteredAddress{Since: date("1990-01-01")})}, eligibility.Undetermined, "unproved"},

	{"works elsewhere and says so", "LOC-MIL", nil, eligibility.Pass, "not_in_service"},
	{"serves", "LOC-MIL", []change{works("Oʻzbekiston Respublikasi Mudofaa vazirligi", "mutaxassis", "")}, eligibility.Fail, "in_service"},
	{"serves, other apostrophes", "LOC-MIL", []change{works("Davlat bojxona qo'mitasi", "inspektor", "")}, eligibility.Fail, "in_service"},
	{"served once", "LOC-MIL", []change{works("Milliy gvardiya", "askar", "2015-01-01")}, eligibility.Pass, "not_in_service"},
	{"serves by own statement", "LOC-MIL", []change{stated("not_in_service", false)}, eligibility.Fail, "in_service_by_statement"},
	{"said nothing", "LOC-MIL", []change{stated("not_in_service")}, eligibility.Undetermined, "no_statement"},
	{"serves and said nothing", "LOC-MIL", []change{stated("not_in_service"), works("Ichki ishlar boʻlimi", "tergovchi", "")}, eligibility.Fail, "in_service"},
	{"no work of record, said so", "LOC-MIL", []change{answers(register.Employment, register.Absent, nil)}, eligibility.Pass, "not_in_service"},
	{"no work of record, said nothing", "LOC-MIL", []change{stated("not_in_service"), answers(register.Employment, register.Absent, nil)}, eligibility.Undetermined, "absent"},
	{"employment restricted", "LOC-MIL", []change{answers(register.Employment, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},
	{"employment not answered", "LOC-MIL", []change{missing(register.Employment)}, eligibility.Undetermined, "no_answer"},

	{"not clergy by statement", "LOC-CLERGY", nil, eligibility.Pass, "not_clergy"},
	{"clergy by statement", "LOC-CLERGY", []change{stated("not_clergy", false)}, eligibility.Fail, "clergy"},
	{"clergy: said nothing", "LOC-CLERGY", []change{stated("not_clergy")}, eligibility.Undetermined, "no_statement"},

	{"no such post", "LOC-HEAD", nil, eligibility.Pass, "no_such_post"},
	{"hokim", "LOC-HEAD", []change{works("Chilonzor tumani hokimligi", "Tuman Hokimi", "")}, eligibility.Warn, "must_leave_post"},
	{"was hokim", "LOC-HEAD", []change{works("Chilonzor tumani hokimligi", "Tuman Hokimi", "2020-01-01")}, eligibility.Pass, "no_such_post"},
	{"clerk at the hokim's office", "LOC-HEAD", []change{works("Chilonzor tumani hokimligi", "buxgalter", "")}, eligibility.Pass, "no_such_post"},
	{"no post of record", "LOC-HEAD", []change{answers(register.Employment, register.Absent, nil)}, eligibility.NotApplicable, "no_post_known"},
	{"post restricted", "LOC-HEAD", []change{answers(register.Employment, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},
	{"post not answered", "LOC-HEAD", []change{missing(register.Employment)}, eligibility.Undetermined, "no_answer"},

	{"no role", "OBS-NOROLE", nil, eligibility.Pass, "no_other_role"},
	{"another's role", "OBS-NOROLE", []change{holds("candidate", "subject-2")}, eligibility.Fail, "has_role"},
	{"a role that goes together with it", "OBS-NOROLE", []change{holdsBeside("observer", "subject-2")}, eligibility.Pass, "no_other_role"},
	{"candidate elsewhere", "CND-ONE", []change{holds("observer", "subject-1"), holds("candidate", "subject-2")}, eligibility.Fail, "has_role"},
	{"one candidacy", "CND-ONE", nil, eligibility.Pass, "no_other_role"},
}

func TestRules(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, c := range cases {
		covered[c.rule] = true
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			t.Parallel()
			in := person()
			for _, f := range c.change {
				f(&in)
			}
			_, got, err := eligibility.Assess(in, []string{c.rule})
			if err != nil {
				t.Fatal(err)
			}
			a := got[0]
			if a.Result != c.want || a.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s)", a.Result, a.Reason, c.want, c.reason)
			}
			if a.Rule != c.rule || a.Article == "" {
				t.Errorf("rule %q, article %q", a.Rule, a.Article)
			}
			if (a.Result == eligibility.Pass || a.Result == eligibility.Fail) && len(a.Proofs) == 0 {
				t.Error("a verdict that names no proof")
			}
		})
	}
	for _, id := range known(t) {
		if !covered[id] {
			t.Errorf("no case of rule %s", id)
		}
	}
}
