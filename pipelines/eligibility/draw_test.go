package eligibility_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// The kinds of proof there are.
var (
	registers  = []register.ID{register.Personal, register.Address, register.Employment, register.Education, register.Criminal, register.Disability, register.Capacity, register.WorksAt, register.School, register.Lyceum}
	statements = []string{"not_in_service", "not_clergy", "leaves_post", "not_party_member", "not_kin"}
	proved     = []string{"residence", "language", "terms", "age", "capacity", "criminal-record", "post", "clergy", "education", "experience", "membership", "kin", "work", "other"}
	fields     = []string{"form:party", "form:territory", "form:document", "form:foreigner", "form:body", "roles", "documents", "list", "applicant", "clock"}
)

func kinds() []string {
	var list []string
	for _, id := range registers {
		list = append(list, "finding:"+string(id))
	}
	for _, s := range statements {
		list = append(list, "statement:"+s)
	}
	for _, p := range proved {
		list = append(list, "paper:"+p, "confirmation:"+p)
	}
	return append(list, fields...)
}

// take moves all proof of a kind from one person's input to another's.
func take(to *eligibility.Input, from eligibility.Input, kind string) {
	family, name, _ := strings.Cut(kind, ":")
	switch family {
	case "finding":
		delete(to.Findings, register.ID(name))
		if f, ok := from.Findings[register.ID(name)]; ok {
			to.Findings[register.ID(name)] = f
		}
	case "statement":
		delete(to.Subject.Statements, name)
		if s, ok := from.Subject.Statements[name]; ok {
			to.Subject.Statements[name] = s
		}
	case "paper":
		other := func(p dossier.Paper) bool { return p.Proves != name }
		to.Subject.Papers = append(slices.DeleteFunc(slices.Clone(to.Subject.Papers), func(p dossier.Paper) bool { return !other(p) }),
			slices.DeleteFunc(slices.Clone(from.Subject.Papers), other)...)
	case "confirmation":
		other := func(c dossier.Confirmation) bool { return c.Kind != name }
		to.Confirmations = append(slices.DeleteFunc(slices.Clone(to.Confirmations), func(c dossier.Confirmation) bool { return !other(c) }),
			slices.DeleteFunc(slices.Clone(from.Confirmations), other)...)
	case "form":
		switch name {
		case "party":
			to.Subject.Party = from.Subject.Party
		case "territory":
			to.Subject.Territory = from.Subject.Territory
		case "document":
			to.Subject.IssuedDocument = from.Subject.IssuedDocument
		case "body":
			to.Subject.Body, to.Subject.Precinct = from.Subject.Body, from.Subject.Precinct
		case "foreigner":
			to.Subject.Foreigner = from.Subject.Foreigner
		}
	case "roles":
		to.Roles, to.Conflicts = from.Roles, from.Conflicts
	case "documents":
		to.Documents = from.Documents
	case "list":
		to.List = from.List
	case "applicant":
		to.Applicant = from.Applicant
	case "clock":
		to.SubmittedOn, to.Deadline = from.SubmittedOn, from.Deadline
	default:
		panic("no kind of proof " + kind)
	}
}

func pick[T any](t *rapid.T, label string, of ...T) T { return rapid.SampledFrom(of).Draw(t, label) }

func yes(t *rapid.T, label string) bool { return rapid.Bool().Draw(t, label) }

// near is a day around another, at times none.
func near(t *rapid.T, label string, d civil.Date) civil.Date {
	if pick(t, label+" known", true, true, true, false) {
		return d.AddDays(rapid.IntRange(-2, 2).Draw(t, label))
	}
	return civil.Date{}
}

// anyone draws a person with any mixture of proofs.
func anyone(t *rapid.T) eligibility.Input {
	in := eligibility.Input{
		ElectionDay: pick(t, "election", day, day, day, day, civil.Date{}), Day: pick(t, "today", today, today, today, civil.Date{}),
		Role: pick(t, "role", "candidate", "candidate", "proxy", "member", ""), Ballot: pick(t, "ballot", "", "LC-PR", "DIST"),
		Applicant: pick(t, "applicant", party, party, candidateHolder, dossier.Applicant{ID: "party-other", TIN: "300000040"}, dossier.Applicant{}),
		Subject:   dossier.Subject{ID: "subject-1", Statements: map[string]bool{}},
		Findings:  map[register.ID]dossier.Finding{},
	}
	in.SubmittedOn, in.Deadline = near(t, "submitted", date("2026-12-17")), near(t, "deadline", date("2026-12-17"))
	for _, k := range statements {
		if said := pick(t, k, "yes", "yes", "no", ""); said != "" {
			in.Subject.Statements[k] = said == "yes"
		}
	}
	in.Subject.Party = pick(t, "party", "", "party-branch", "party-other")
	in.Ballots = pick(t, "kinds of vote", nil, nil, []string{"LC-PR", "PRES"})
	in.Subject.Body = pick(t, "body", "", "tec-1", "tec-2")
	in.Subject.Territory = pick(t, "territory", "", "1726269", "1726", "Shayxontohur tumani")
	in.Subject.IssuedDocument = pick(t, "document", "", "document-1")
	for i, id := range []string{"document-1", "document-2"} {
		if yes(t, "has document") {
			in.Documents = append(in.Documents, dossier.Document{ID: id, Number: i, State: pick(t, "document's state", dossier.Issued, dossier.Issued, dossier.Revoked)})
		}
	}
	if yes(t, "foreigner") {
		drawForeigner(t, &in.Subject)
	}
	for _, kind := range proved {
		switch pick(t, kind, "", "", "paper", "confirmed", "both") {
		case "both":
			in.Confirmations = append(in.Confirmations, dossier.Confirmation{ID: "c2-" + kind, Kind: kind})
			fallthrough
		case "confirmed":
			in.Confirmations = append(in.Confirmations, dossier.Confirmation{ID: "c1-" + kind, Kind: kind})
		case "paper":
			in.Subject.Papers = append(in.Subject.Papers, dossier.Paper{Proves: kind, Attachment: kind + ".pdf"})
		}
	}
	drawRoles(t, &in)
	drawFindings(t, &in)
	return in
}

func drawForeigner(t *rapid.T, s *dossier.Subject) {
	in := eligibility.Input{}
	foreigner(func(f *dossier.Foreigner) {
		f.State = pick(t, "state", "TR", "TR", "UZ", "")
		f.Arrives, f.Leaves = near(t, "arrives", f.Arrives), near(t, "leaves", f.Arrives)
	})(&in)
	s.Foreigner = in.Subject.Foreigner
}

func drawRoles(t *rapid.T, in *eligibility.Input) {
	for _, id := range []string{"subject-9", "subject-2", "subject-3"} {
		if !pick(t, "holds "+id, true, false, false) {
			continue
		}
		r := dossier.Role{
			ID: id, Role: pick(t, "held", "candidate", "candidate", "proxy", "member", "observer"), Ballot: pick(t, "of ballot", "", "LC-PR", "DIST"),
			Organisation: pick(t, "put forward by", "party-branch", "party-other"), Position: rapid.IntRange(1, 3).Draw(t, "position"),
		}
		if r.Role == "member" {
			r.Body = pick(t, "of body", "tec-1", "tec-2")
		}
		if r.Role == "proxy" {
			r.Candidate = pick(t, "of candidate", "subject-9", "subject-8")
		}
		if yes(t, "has ended") && yes(t, "truly") {
			r = ended(r)
		}
		in.Roles = append(in.Roles, r)
		if pick(t, "conflicts", true, false, false) {
			in.Conflicts = append(in.Conflicts, id)
		}
		if yes(t, "on list") {
			in.List = append(in.List, r, place(pick(t, "beside", 1, 3)))
		}
	}
}

func drawFindings(t *rapid.T, in *eligibility.Input) {
	p := register.PersonalData{Alive: yes(t, "alive"), Citizen: yes(t, "citizen")}
	if pick(t, "birth date known", true, true, true, false) {
		p.BirthDate = pick(t, "measured", day, today).AddYears(-pick(t, "years", 18, 21, 25, 35)).AddDays(rapid.IntRange(-1, 1).Draw(t, "days"))
	}
	var convictions []register.Conviction
	for range pick(t, "convictions", 0, 0, 1, 2) {
		convictions = append(convictions, register.Conviction{
			Gravity:     pick(t, "gravity", register.NotSerious, register.LessSerious, register.Serious, register.EspeciallySerious, "", "grave"),
			Intentional: yes(t, "intent"), InCustody: pick(t, "custody", true, false, false), Expunged: near(t, "expunged", day),
		})
	}
	var jobs []register.Job
	for range rapid.IntRange(0, 2).Draw(t, "jobs") {
		jobs = append(jobs, register.Job{
			TIN:      pick(t, "tin", "300000040", "300000041"),
			Employer: pick(t, "employer", "maktab", "Mudofaa vazirligi", "Davlat bojxona qoʻmitasi", "Tumanlararo sud"),
			Position: pick(t, "post", "oʻqituvchi", "Hokim", "sudya", "imom", "hokim yordamchisi"),
			End:      pick(t, "end", civil.Date{}, civil.Date{}, date("2026-10-01")),
		})
	}
	var diplomas []register.Diploma
	if yes(t, "diploma") {
		diplomas = append(diplomas, register.Diploma{Degree: "bakalavr"})
	}
	facts := map[register.ID]any{
		register.Personal: p, register.Criminal: register.CriminalRecord{Convictions: convictions}, register.Employment: register.WorkHistory{Jobs: jobs},
		register.Capacity:  register.CapacityRecord{Capacity: pick(t, "capacity", "FULL", "LIMITED", "NONE", "")},
		register.Education: register.EducationRecord{Diplomas: diplomas},
		register.WorksAt:   register.EmployedAt{TIN: pick(t, "asked about", "300000040", "300000041"), Employed: yes(t, "employed")},
		register.School:    register.SchoolCertificate{Level: pick(t, "level", "9-sinf", "11-sinf")},
		register.Lyceum:    register.LyceumCertificate{}, register.Disability: register.DisabilityRecord{Group: 1},
		register.Address: register.RegisteredAddress{Region: "Toshkent shahri"},
	}
	for _, id := range registers {
		switch status := pick(t, string(id), register.Found, register.Found, register.Found, register.Absent, register.Restricted, "missing"); status {
		case register.Found, register.Absent, register.Restricted:
			in.Findings[id] = finding(id, status, facts[id])
		}
	}
}
