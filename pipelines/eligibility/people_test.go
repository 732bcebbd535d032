package eligibility_test

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// day is the election day of the made-up people here; today the day of their
// assessment.
var (
	day   = date("2026-12-27")
	today = date("2026-11-01")
)

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

var party = dossier.Applicant{ID: "party-branch", Kind: "PARTY", TIN: "300000040", Org: dossier.Organisation{ID: "party-branch", Parent: "party-centre"}}

// own is the role that the person below holds.
var own = dossier.Role{ID: "subject-9", Role: "candidate", Ballot: "LC-PR", Organisation: "party-branch", Position: 3}

// person is a made-up person whom no rule bars.
func person() eligibility.Input {
	found := func(id register.ID, facts any) dossier.Finding { return finding(id, register.Found, facts) }
	in := eligibility.Input{
		ElectionDay: day, Day: today, SubmittedOn: date("2026-10-30"), Deadline: date("2026-12-17"), Role: "candidate", Applicant: party,
		Subject: dossier.Subject{
			ID: "subject-1", Party: "party-branch", Territory: "1726269", IssuedDocument: "document-1",
			Statements: map[string]bool{"not_in_service": true, "not_clergy": true, "leaves_post": true, "not_party_member": true, "not_kin": true},
		},
		Findings: map[register.ID]dossier.Finding{
			register.Personal:   found(register.Personal, register.PersonalData{BirthDate: date("1980-02-03"), Citizen: true, Alive: true}),
			register.Capacity:   found(register.Capacity, register.CapacityRecord{Capacity: "FULL"}),
			register.Criminal:   found(register.Criminal, register.CriminalRecord{}),
			register.Employment: found(register.Employment, register.WorkHistory{Jobs: []register.Job{{TIN: "300000040", Employer: "12-sonli maktab", Position: "oʻqituvchi"}}}),
			register.Education:  found(register.Education, register.EducationRecord{Diplomas: []register.Diploma{{Degree: "bakalavr"}}}),
			register.Disability: finding(register.Disability, register.Absent, nil),
		},
		Roles:     []dossier.Role{own},
		Documents: []dossier.Document{{ID: "document-1", State: dossier.Issued}},
		List:      []dossier.Role{own},
	}
	confirmed("residence", "language", "terms", "experience")(&in)
	return in
}

type alter func(*eligibility.Input)

func answers(id register.ID, status register.Status, facts any) alter {
	return func(in *eligibility.Input) { in.Findings[id] = finding(id, status, facts) }
}

func told(id register.ID, facts any) alter { return answers(id, register.Found, facts) }

func missing(ids ...register.ID) alter {
	return func(in *eligibility.Input) {
		maps.DeleteFunc(in.Findings, func(id register.ID, _ dossier.Finding) bool { return slices.Contains(ids, id) })
	}
}

func stated(key string, value ...bool) alter {
	return func(in *eligibility.Input) {
		delete(in.Subject.Statements, key)
		for _, v := range value {
			in.Subject.Statements[key] = v
		}
	}
}

func born(on string) alter {
	p := register.PersonalData{Citizen: true, Alive: true}
	if on != "" {
		p.BirthDate = date(on)
	}
	return told(register.Personal, p)
}

func personal(alive, citizen bool) alter {
	return told(register.Personal, register.PersonalData{BirthDate: date("1980-02-03"), Alive: alive, Citizen: citizen})
}

func convicted(list ...register.Conviction) alter {
	return told(register.Criminal, register.CriminalRecord{Convictions: list})
}

// works adds a present job, or one that ended, to one that ended long ago.
func works(employer, position, end string) alter {
	j := register.Job{Employer: employer, Position: position, Start: date("2010-01-01")}
	if end != "" {
		j.End = date(end)
	}
	return told(register.Employment, register.WorkHistory{Jobs: []register.Job{{Employer: "bolalar bogʻchasi", Position: "tarbiyachi", End: date("2009-01-01")}, j}})
}

func proves(kind string) alter {
	return func(in *eligibility.Input) {
		in.Subject.Papers = []dossier.Paper{{Proves: "other", Attachment: "b.pdf"}, {Proves: kind, Attachment: "a.pdf"}}
	}
}

func confirmed(kinds ...string) alter {
	return func(in *eligibility.Input) {
		in.Confirmations = nil
		for _, k := range kinds {
			in.Confirmations = append(in.Confirmations, dossier.Confirmation{ID: "c-" + k, Kind: k, Official: "o1"})
		}
	}
}

func holds(list ...dossier.Role) alter {
	return func(in *eligibility.Input) { in.Roles = list }
}

// against makes roles that do not go with what is applied for.
func against(list ...dossier.Role) alter {
	return func(in *eligibility.Input) {
		in.Roles = append(in.Roles, list...)
		for _, r := range list {
			in.Conflicts = append(in.Conflicts, r.ID)
		}
	}
}

func a(role, id string) dossier.Role { return dossier.Role{ID: id, Role: role} }

func ended(r dossier.Role) dossier.Role { r.EndedAt = time.Unix(1_790_000_000, 0); return r }

func by(applicant dossier.Applicant) alter {
	return func(in *eligibility.Input) { in.Applicant = applicant }
}

func subject(change func(s *dossier.Subject)) alter {
	return func(in *eligibility.Input) { change(&in.Subject) }
}

// row is a made-up person and what a rule says of them.
type row struct {
	name   string
	rule   string
	change []alter
	want   eligibility.Result
	reason string
}

func rows(lists ...[]row) []row {
	var all []row
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// unanswered are the rows of a rule that rests on one register.
func unanswered(rule string, id register.ID) []row {
	return []row{
		{"the register not asked", rule, []alter{missing(id)}, eligibility.Undetermined, "no_answer"},
		{"the register has no entry", rule, []alter{answers(id, register.Absent, nil)}, eligibility.Undetermined, "absent"},
		{"the register may not tell", rule, []alter{answers(id, register.Restricted, nil)}, eligibility.Undetermined, "restricted"},
		{"facts that cannot be read", rule, []alter{told(id, "not an object")}, eligibility.Undetermined, "no_answer"},
		{"a status outside the set", rule, []alter{answers(id, "perhaps", nil)}, eligibility.Undetermined, "no_answer"},
	}
}

// onPaper are the rows of a rule that the commission's word on a paper settles
// where open leaves it undetermined.
func onPaper(rule, kind, reason string, open ...alter) []row {
	with := func(more ...alter) []alter { return append(append([]alter{confirmed()}, open...), more...) }
	return []row{
		{reason + ", " + kind, rule, with(), eligibility.Undetermined, reason},
		{reason + ", a paper of " + kind, rule, with(proves(kind)), eligibility.Undetermined, "unconfirmed"},
		{reason + ", another paper than of " + kind, rule, with(proves("hobby")), eligibility.Undetermined, reason},
		{reason + ", " + kind + " confirmed", rule, with(proves(kind), confirmed("hobby", kind)), eligibility.Pass, "confirmed"},
		{reason + ", something else than " + kind + " confirmed", rule, with(confirmed("hobby")), eligibility.Undetermined, reason},
	}
}
