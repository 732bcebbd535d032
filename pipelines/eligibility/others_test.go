package eligibility_test

import (
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

var proxyCases = rows(
	withoutRole("PRX-NOCOM", "member", "not_of_role"),
	noConflict("PRX-ONE"),
	aged("PRX-AGE", 18, "_now", func(in *eligibility.Input, d civil.Date) { in.Day = d }),
	[]row{
		{"18 by election day, not yet now", "PRX-AGE", []alter{born("2008-11-02")}, fail, "too_young_now"},
		{"18 today", "PRX-AGE", []alter{born("2008-11-01")}, pass, "old_enough_now"},
		{"soldier", "PRX-POST", []alter{works("Qurolli kuchlar", "serjant", "")}, warn, "unfit_post"},
		{"hokim", "PRX-POST", []alter{works("Hokimlik", "Viloyat hokimi", "")}, warn, "unfit_post"},
		{"judge", "PRX-POST", []alter{works("Oliy sud", "Sudya", "")}, warn, "unfit_post"},
		{"a court's accountant", "PRX-POST", []alter{works("Oliy sud", "buxgalter", "")}, pass, "no_such_post"},
	},
	postless("PRX-POST"),
	aged("REP-ONE", 18, "", atElection),
	[]row{
		{"a role besides", "REP-ONE", []alter{against(a("observer", "subject-2"))}, fail, "has_role"},
		{"a role besides, age not known", "REP-ONE", []alter{missing(register.Personal), against(a("observer", "subject-2"))}, fail, "has_role"},
	},
)

func submitted(on, last string) alter {
	return func(in *eligibility.Input) {
		in.SubmittedOn, in.Deadline = civil.Date{}, civil.Date{}
		if on != "" {
			in.SubmittedOn = date(on)
		}
		if last != "" {
			in.Deadline = date(last)
		}
	}
}

func territory(t string) alter { return subject(func(s *dossier.Subject) { s.Territory = t }) }

func at(tin string, employed bool) alter {
	return told(register.WorksAt, register.EmployedAt{TIN: tin, Employed: employed})
}

func foreigner(change func(f *dossier.Foreigner)) alter {
	return subject(func(s *dossier.Subject) {
		f := dossier.Foreigner{
			Surname: "Demir", GivenName: "Burak", Passport: "U1234567", State: "TR", Organisation: "Namuna jurnali", Post: "muxbir",
			Arrives: date("2026-12-20"), Leaves: date("2026-12-29"),
		}
		change(&f)
		s.Foreigner = &f
	})
}

var observerCases = rows(
	aged("OBS-AGE", 18, "", atElection),
	noConflict("OBS-NOROLE"),
	[]row{
		{"on the last day", "OBS-TERM", []alter{submitted("2026-12-17", "2026-12-17")}, pass, "in_time"},
		{"the day after", "OBS-TERM", []alter{submitted("2026-12-18", "2026-12-17")}, fail, "late"},
		{"ten days before, no calendar", "OBS-TERM", []alter{submitted("2026-12-17", "")}, pass, "in_time"},
		{"nine days before, no calendar", "OBS-TERM", []alter{submitted("2026-12-18", "")}, fail, "late"},
		{"a calendar of its own", "OBS-TERM", []alter{submitted("2026-12-18", "2026-12-20")}, pass, "in_time"},
		{"no day of submission", "OBS-TERM", []alter{submitted("", "2026-12-20")}, undetermined, "days_unknown"},
		{"no last day", "OBS-TERM", []alter{submitted("2026-12-18", ""), func(in *eligibility.Input) { in.ElectionDay = civil.Date{} }}, undetermined, "days_unknown"},

		{"a district by SOATO", "OBS-TERR", nil, pass, "one_district"},
		{"a district by name", "OBS-TERR", []alter{territory("Shayxontohur tumani")}, pass, "one_district"},
		{"a region", "OBS-TERR", []alter{territory("1726")}, fail, "territory_wide"},
		{"a settlement", "OBS-TERR", []alter{territory("1726269001")}, fail, "territory_wide"},
		{"none", "OBS-TERR", []alter{territory(" ")}, fail, "no_territory"},

		{"works there by the history", "MED-WORK", nil, pass, "works_for"},
		{"works there by the answer to just that", "MED-WORK", []alter{missing(register.Employment), at("300000040", true)}, pass, "works_for"},
		{"by the history, not by the other", "MED-WORK", []alter{at("300000040", false)}, pass, "works_for"},
		{"does not", "MED-WORK", []alter{missing(register.Employment), at("300000040", false)}, fail, "works_not_for"},
		{"asked about another organisation", "MED-WORK", []alter{missing(register.Employment), at("300000041", true)}, undetermined, "no_answer"},
		{"works elsewhere", "MED-WORK", []alter{works("boshqa nashr", "muxbir", "")}, fail, "works_not_for"},
		{"worked there once", "MED-WORK", []alter{told(register.Employment, register.WorkHistory{Jobs: []register.Job{{TIN: "300000040", End: date("2026-10-01")}}})}, fail, "works_not_for"},
		{"no work of record", "MED-WORK", []alter{answers(register.Employment, register.Absent, nil)}, undetermined, "absent"},
		{"the register may not tell", "MED-WORK", []alter{answers(register.Employment, register.Restricted, nil)}, undetermined, "restricted"},
		{"an outlet without a TIN", "MED-WORK", []alter{by(dossier.Applicant{ID: "outlet"})}, undetermined, "applicant_unknown"},

		{"a citizen", "FRN-DATA", nil, notApplicable, "not_foreigner"},
		{"a foreigner", "FRN-DATA", []alter{foreigner(func(*dossier.Foreigner) {})}, pass, "foreign_data_whole"},
		{"here for a day", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Arrives = f.Leaves })}, pass, "foreign_data_whole"},
		{"leaves before arriving", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Arrives = f.Leaves.AddDays(1) })}, fail, "stay_turned_round"},
		{"a passport of Uzbekistan", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.State = "UZ" })}, fail, "not_foreign_state"},
		{"no surname", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Surname = " " })}, fail, "foreign_data_missing"},
		{"no given name", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.GivenName = "" })}, fail, "foreign_data_missing"},
		{"no passport", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Passport = "" })}, fail, "foreign_data_missing"},
		{"no state", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.State = "" })}, fail, "foreign_data_missing"},
		{"no organisation", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Organisation = "" })}, fail, "foreign_data_missing"},
		{"no post", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Post = "" })}, fail, "foreign_data_missing"},
		{"no arrival", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Arrives = civil.Date{} })}, fail, "foreign_data_missing"},
		{"no departure", "FRN-DATA", []alter{foreigner(func(f *dossier.Foreigner) { f.Leaves = civil.Date{} })}, fail, "foreign_data_missing"},
	},
	onPaper("MED-WORK", "work", "no_answer", missing(register.Employment)),
)

var school = []register.ID{register.Education, register.School, register.Lyceum}

var commissionCases = rows(
	aged("COM-AGE", 21, "", atElection),
	[]row{
		{"a diploma", "COM-EDU", nil, pass, "educated"},
		{"eleven classes", "COM-EDU", []alter{missing(school...), told(register.School, register.SchoolCertificate{Level: "11-sinf"})}, pass, "educated"},
		{"nine classes", "COM-EDU", []alter{missing(school...), told(register.School, register.SchoolCertificate{Level: "9-sinf"})}, undetermined, "no_answer"},
		{"nine classes and a lyceum", "COM-EDU", []alter{missing(school...), told(register.School, register.SchoolCertificate{Level: "9-sinf"}), told(register.Lyceum, register.LyceumCertificate{})}, pass, "educated"},
		{"a lyceum", "COM-EDU", []alter{missing(school...), told(register.Lyceum, register.LyceumCertificate{})}, pass, "educated"},
		{"registers know of nothing", "COM-EDU", []alter{answers(register.Education, register.Absent, nil), answers(register.School, register.Absent, nil)}, undetermined, "absent"},
		{"the register may not tell", "COM-EDU", []alter{answers(register.Education, register.Restricted, nil)}, undetermined, "restricted"},
	},
	onPaper("COM-EDU", "education", "unproved", told(register.Education, register.EducationRecord{})),
	[]row{
		{"experience confirmed", "COM-EXP", nil, pass, "confirmed"},
		{"nothing said of experience", "COM-EXP", []alter{confirmed()}, warn, "unproved"},
		{"a paper of experience", "COM-EXP", []alter{confirmed(), proves("experience")}, warn, "unconfirmed"},
	},
	membership("COM-NOPARTY"),
	withoutRole("COM-NOCOM", "member", "not_of_role"),
	postless("COM-POST"),
	[]row{
		{"hokim", "COM-POST", []alter{works("Tuman hokimligi", "Tuman hokimi", "")}, fail, "unfit_post"},
		{"judge", "COM-POST", []alter{works("Tumanlararo sud", "Sudya", "")}, fail, "unfit_post"},
		{"judge's aide", "COM-POST", []alter{works("Tumanlararo sudi", "sudya yordamchisi", "")}, undetermined, "post_unclear"},
		{"assistant prosecutor", "COM-POST", []alter{works("Tuman prokuraturasi", "prokuror yordamchisi", "")}, fail, "unfit_post"},
		{"a minister is not named", "COM-POST", []alter{works("Vazirlik", "vazir", "")}, pass, "no_such_post"},
		{"a soldier is not named", "COM-POST", []alter{works("Qurolli kuchlar", "serjant", "")}, pass, "no_such_post"},
		{"hokim's aide", "COM-POST", []alter{works("Mahalla", "Hokim yordamchisi", "")}, pass, "no_such_post"},
	},
	onPaper("COM-POST", "post", "post_unclear", works("Прокуратура", "ҳисобчи", "")),
	[]row{
		{"no kin by own word", "COM-KIN", nil, pass, "no_kin"},
		{"kin by own word", "COM-KIN", []alter{stated("not_kin", false)}, fail, "kin"},
		{"a candidate's proxy", "COM-KIN", []alter{holds(a("proxy", "subject-2"))}, fail, "has_role"},
		{"a candidate's proxy, nothing said of kin", "COM-KIN", []alter{stated("not_kin"), holds(a("proxy", "subject-2"))}, fail, "has_role"},
		{"no longer a proxy", "COM-KIN", []alter{holds(ended(a("proxy", "subject-2")))}, pass, "no_kin"},
	},
	onPaper("COM-KIN", "kin", "no_statement", stated("not_kin")),
	clean("COM-CRIM"),
	[]row{
		{"any conviction", "COM-CRIM", []alter{convicted(conviction(register.NotSerious, ""))}, fail, "conviction"},
		{"one of which not all is told", "COM-CRIM", []alter{convicted(conviction("", ""))}, fail, "conviction"},
		{"expunged on election day", "COM-CRIM", []alter{convicted(conviction(register.Serious, "2026-12-27"))}, pass, "no_barring_conviction"},
		{"expunged the day after", "COM-CRIM", []alter{convicted(conviction(register.Serious, "2026-12-28"))}, fail, "conviction"},
	},
	onPaper("COM-CRIM", "criminal-record", "no_answer", missing(register.Criminal)),
	birthdays("CEC-MEM", 25, "", atElection),
	[]row{
		{"all of it", "CEC-MEM", nil, pass, "old_enough"},
		{"age on paper", "CEC-MEM", []alter{born(""), confirmed("residence", "age")}, pass, "confirmed"},
		{"age on a paper not yet confirmed", "CEC-MEM", []alter{born(""), proves("age")}, undetermined, "unconfirmed"},
		{"birth date not told", "CEC-MEM", []alter{born("")}, undetermined, "no_birth_date"},
		{"residence not confirmed", "CEC-MEM", []alter{confirmed("age")}, undetermined, "residence_unproved"},
		{"diploma on paper", "CEC-MEM", []alter{missing(school...), confirmed("residence", "education")}, pass, "old_enough"},
		{"no diploma", "CEC-MEM", []alter{told(register.Education, register.EducationRecord{})}, undetermined, "unproved"},
		{"school only", "CEC-MEM", []alter{missing(school...), told(register.School, register.SchoolCertificate{Level: "11-sinf"})}, undetermined, "no_answer"},
		{"of a party", "CEC-MEM", []alter{stated("not_party_member", false)}, fail, "party_member"},
		{"of a party, too, before what is open", "CEC-MEM", []alter{confirmed(), stated("not_party_member", false)}, fail, "party_member"},
		{"nothing said of parties", "CEC-MEM", []alter{stated("not_party_member")}, undetermined, "no_statement"},
	},
)

func membership(rule string) []row {
	return rows([]row{
		{"of no party by own word", rule, nil, pass, "no_party"},
		{"of a party by own word", rule, []alter{stated("not_party_member", false)}, fail, "party_member"},
	}, onPaper(rule, "membership", "no_statement", stated("not_party_member")))
}

// candidateHolder is a candidate who applies on their own behalf.
var candidateHolder = dossier.Applicant{ID: "subject-9", Kind: "CAND", Held: own}

func seeks(role, ballot string) alter {
	return func(in *eligibility.Input) { in.Role, in.Ballot = role, ballot }
}

func kindsOfVote(of ...string) alter { return func(in *eligibility.Input) { in.Ballots = of } }

func memberOf(body string) alter {
	return holds(dossier.Role{ID: "subject-5", Role: "member", Body: body, Organisation: "party-branch"})
}

func document(d dossier.Document) alter {
	return func(in *eligibility.Input) {
		in.Documents = []dossier.Document{{ID: "document-0", State: dossier.Issued}, d}
	}
}

func list(roles ...dossier.Role) alter {
	return func(in *eligibility.Input) { in.List = roles }
}

func place(n int) dossier.Role {
	return dossier.Role{ID: "subject-of-list", Role: "candidate", Ballot: "LC-PR", Organisation: "party-branch", Position: n}
}

var roleCases = []row{
	{"put forward by the applicant", "HLD-ROLE", nil, pass, "holds_role"},
	{"for this kind of vote", "HLD-ROLE", []alter{seeks("candidate", "LC-PR")}, pass, "holds_role"},
	{"for another kind of vote", "HLD-ROLE", []alter{seeks("candidate", "DIST")}, fail, "holds_no_role"},
	{"of a kind of vote of the type", "HLD-ROLE", []alter{kindsOfVote("PRES", "LC-PR")}, pass, "holds_role"},
	{"of none of the type", "HLD-ROLE", []alter{kindsOfVote("DIST")}, fail, "holds_no_role"},
	{"observers are of no kind of vote", "HLD-ROLE", []alter{kindsOfVote("DIST"), seeks("observer", ""), holds(dossier.Role{ID: "subject-5", Role: "observer", Ballot: "REG", Organisation: "party-branch"})}, pass, "holds_role"},
	{"a member of the precinct", "HLD-ROLE", []alter{seeks("member", ""), memberOf("precinct-1"), subject(func(s *dossier.Subject) { s.Precinct = "precinct-1" })}, pass, "holds_role"},
	{"a member of the commission", "HLD-ROLE", []alter{seeks("member", ""), memberOf("tec-1"), subject(func(s *dossier.Subject) { s.Body = "tec-1" })}, pass, "holds_role"},
	{"a member of another", "HLD-ROLE", []alter{seeks("member", ""), memberOf("tec-2"), subject(func(s *dossier.Subject) { s.Body = "tec-1" })}, fail, "holds_no_role"},
	{"another role", "HLD-ROLE", []alter{seeks("observer", "")}, fail, "holds_no_role"},
	{"none", "HLD-ROLE", []alter{holds()}, fail, "holds_no_role"},
	{"ended", "HLD-ROLE", []alter{holds(ended(own))}, fail, "holds_no_role"},
	{"put forward by another", "HLD-ROLE", []alter{by(dossier.Applicant{ID: "party-other", Kind: "PARTY"})}, fail, "role_of_another"},
	{"the holder's own", "HLD-ROLE", []alter{by(candidateHolder)}, pass, "holds_role"},
	{"another holder's", "HLD-ROLE", []alter{by(dossier.Applicant{ID: "subject-8", Kind: "CAND", Held: a("candidate", "subject-8")})}, fail, "role_of_another"},
	{"a holder of whose party it is", "HLD-ROLE", []alter{by(dossier.Applicant{ID: "party-branch", Kind: "CAND", Held: a("candidate", "subject-8")})}, fail, "role_of_another"},
	{"the candidate's proxy", "HLD-ROLE", []alter{by(candidateHolder), seeks("proxy", ""), holds(dossier.Role{ID: "subject-5", Role: "proxy", Candidate: "subject-9"})}, pass, "holds_role"},
	{"another candidate's proxy", "HLD-ROLE", []alter{by(candidateHolder), seeks("proxy", ""), holds(dossier.Role{ID: "subject-5", Role: "proxy", Candidate: "subject-8"})}, fail, "role_of_another"},
	{"nobody applies", "HLD-ROLE", []alter{by(dossier.Applicant{})}, undetermined, "applicant_unknown"},
	{"no role is sought", "HLD-ROLE", []alter{seeks("", "")}, undetermined, "applicant_unknown"},

	{"the person's, in force", "HLD-DOC", nil, pass, "holds_document"},
	{"another's", "HLD-DOC", []alter{document(dossier.Document{ID: "document-2", State: dossier.Issued})}, fail, "no_such_document"},
	{"none named", "HLD-DOC", []alter{document(dossier.Document{State: dossier.Issued}), subject(func(s *dossier.Subject) { s.IssuedDocument = "" })}, fail, "no_such_document"},
	{"revoked", "HLD-DOC", []alter{document(dossier.Document{ID: "document-1", State: dossier.Revoked})}, fail, "document_ended"},
	{"replaced", "HLD-DOC", []alter{document(dossier.Document{ID: "document-1", State: dossier.Replaced})}, fail, "document_ended"},
	{"not yet made", "HLD-DOC", []alter{document(dossier.Document{ID: "document-1", State: dossier.Reserved})}, fail, "document_ended"},
	{"another put the holder forward", "HLD-DOC", []alter{by(dossier.Applicant{ID: "party-other"})}, fail, "document_of_another"},
	{"the role has ended", "HLD-DOC", []alter{holds(ended(own))}, fail, "document_of_another"},

	{"the first who stands", "HLD-LIST", nil, pass, "next_on_list"},
	{"the list not known", "HLD-LIST", []alter{list()}, pass, "next_on_list"},
	{"after those before have gone", "HLD-LIST", []alter{list(place(4), ended(place(1)), own)}, pass, "next_on_list"},
	{"somebody before", "HLD-LIST", []alter{list(place(4), place(2), own)}, warn, "not_next_on_list"},
	{"stands elsewhere", "HLD-LIST", []alter{holds(dossier.Role{ID: "subject-9", Role: "candidate", Ballot: "LC-SMD", Organisation: "party-branch"})}, fail, "not_on_list"},
	{"on another's list", "HLD-LIST", []alter{by(dossier.Applicant{ID: "party-other"})}, fail, "not_on_list"},
	{"has left it", "HLD-LIST", []alter{holds(ended(own))}, fail, "not_on_list"},
}
