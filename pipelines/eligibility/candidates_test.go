package eligibility_test

import (
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func conviction(gravity register.Gravity, expunged string) register.Conviction {
	c := register.Conviction{Gravity: gravity}
	if expunged != "" {
		c.Expunged = date(expunged)
	}
	return c
}

func intentional(c register.Conviction) register.Conviction { c.Intentional = true; return c }

var candidateCases = rows(
	aged("PRES-AGE", 35, "", atElection),
	onPaper("PRES-RES", "residence", "residence_unproved"),
	onPaper("PRES-LANG", "language", "unproved"),
	onPaper("PRES-TERMS", "terms", "unproved"),
	clean("PRES-CRIM"),
	[]row{
		{"a crime without intent, however grave", "PRES-CRIM", []alter{convicted(conviction(register.Serious, ""))}, pass, "no_barring_conviction"},
		{"an intentional crime", "PRES-CRIM", []alter{convicted(conviction(register.Serious, ""), intentional(conviction(register.NotSerious, "")))}, fail, "intentional_conviction"},
		{"an intentional crime, expunged", "PRES-CRIM", []alter{convicted(intentional(conviction(register.NotSerious, "2001-01-01")))}, fail, "intentional_conviction"},
		{"not all told, expunged", "PRES-CRIM", []alter{convicted(conviction("", "2001-01-01"))}, undetermined, "gravity_unknown"},
	},
	onPaper("PRES-CRIM", "criminal-record", "gravity_unknown", convicted(conviction("", ""))),
	secular("PRES-CLERGY"),

	deputies("LC", 25), leaving("LC-INCOMP"),
	deputies("LOC", 21), leaving("LOC-HEAD"),
	deputies("JK", 21), leaving("JK-HEAD"),

	noConflict("CND-ONE"),
	[]row{
		{"stands for nothing else", "CND-LEVELS", []alter{holds()}, pass, "stands_once"},
		{"another role", "CND-LEVELS", []alter{holds(a("observer", "subject-2"))}, pass, "stands_once"},
		{"stands for a body of another level", "CND-LEVELS", []alter{holds(a("candidate", "subject-2"))}, warn, "stands_elsewhere"},
		{"what does not go together is another rule's", "CND-LEVELS", []alter{holds(), against(a("candidate", "subject-2"))}, pass, "stands_once"},

		{"of the branch", "CND-PARTY", nil, pass, "own_party"},
		{"of the party of the branch", "CND-PARTY", []alter{subject(func(s *dossier.Subject) { s.Party = "party-centre" })}, pass, "own_party"},
		{"of another party", "CND-PARTY", []alter{subject(func(s *dossier.Subject) { s.Party = "party-other" })}, fail, "other_party"},
		{"of another party, whatever is said", "CND-PARTY", []alter{confirmed("membership"), subject(func(s *dossier.Subject) { s.Party = "party-other" })}, fail, "other_party"},
		{"of no party by the party's word", "CND-PARTY", []alter{subject(func(s *dossier.Subject) { s.Party = "" })}, pass, "no_party"},
		{"of a party that is not named", "CND-PARTY", []alter{stated("not_party_member", false), subject(func(s *dossier.Subject) { s.Party = "" })}, fail, "party_member"},
		{"nobody applies", "CND-PARTY", []alter{by(dossier.Applicant{})}, undetermined, "applicant_unknown"},
		{"no party and nobody applies", "CND-PARTY", []alter{by(dossier.Applicant{}), subject(func(s *dossier.Subject) { s.Party = "" })}, pass, "no_party"},

		{"no deposit is asked", "CND-FEE", nil, notApplicable, "no_deposit"},
	},
	onPaper("CND-PARTY", "membership", "no_statement", stated("not_party_member"), subject(func(s *dossier.Subject) { s.Party = "" })),
)

func deputies(prefix string, age int) []row {
	crim, mil := prefix+"-CRIM", prefix+"-MIL"
	return rows(
		aged(prefix+"-AGE", age, "", atElection),
		onPaper(prefix+"-RES", "residence", "residence_unproved"),
		[]row{{"an address in the register proves no years", prefix + "-RES", []alter{confirmed(), told(register.Address, register.RegisteredAddress{Since: date("1990-01-01")})}, undetermined, "residence_unproved"}},
		clean(crim),
		[]row{
			{"less serious", crim, []alter{convicted(conviction(register.LessSerious, ""), intentional(conviction(register.NotSerious, "")))}, pass, "no_barring_conviction"},
			{"serious", crim, []alter{convicted(conviction(register.NotSerious, ""), conviction(register.Serious, ""))}, fail, "serious_conviction"},
			{"especially serious", crim, []alter{convicted(conviction(register.EspeciallySerious, ""))}, fail, "serious_conviction"},
			{"expunged on election day", crim, []alter{convicted(conviction(register.Serious, "2026-12-27"))}, pass, "no_barring_conviction"},
			{"expunged the day after", crim, []alter{convicted(conviction(register.Serious, "2026-12-28"))}, fail, "serious_conviction"},
			{"one expunged, one not", crim, []alter{convicted(conviction(register.Serious, "2020-01-01"), conviction(register.Serious, ""))}, fail, "serious_conviction"},
			{"gravity outside the set", crim, []alter{convicted(conviction("grave", ""))}, undetermined, "gravity_unknown"},
			{"gravity not known beside a serious one", crim, []alter{convicted(conviction("", ""), conviction(register.Serious, ""))}, fail, "serious_conviction"},
			{"gravity not known, expunged", crim, []alter{convicted(conviction("", "2020-01-01"))}, pass, "no_barring_conviction"},
		},
		onPaper(crim, "criminal-record", "gravity_unknown", convicted(conviction("", ""))),

		[]row{
			{"works elsewhere and says so", mil, nil, pass, "not_in_service"},
			{"serves", mil, []alter{works("Oʻzbekiston Respublikasi Mudofaa vazirligi", "mutaxassis", "")}, fail, "in_service"},
			{"serves, other apostrophes", mil, []alter{works("Davlat bojxona qo'mitasi", "inspektor", "")}, fail, "in_service"},
			{"serves, in Cyrillic", mil, []alter{works("Ўзбекистон Республикаси Миллий гвардияси", "сержант", "")}, fail, "in_service"},
			{"served until lately", mil, []alter{works("Milliy gvardiya", "askar", "2026-10-01")}, pass, "not_in_service"},
			{"serves by own word", mil, []alter{stated("not_in_service", false)}, fail, "in_service_by_statement"},
			{"serves by own word, register away", mil, []alter{missing(register.Employment), stated("not_in_service", false)}, fail, "in_service_by_statement"},
			{"serves and said nothing", mil, []alter{stated("not_in_service"), works("Ichki ishlar boʻlimi", "tergovchi", "")}, fail, "in_service"},
			{"serves, whatever is confirmed", mil, []alter{confirmed("post"), works("Ichki ishlar boʻlimi", "tergovchi", "")}, fail, "in_service"},
			{"no work of record, said so", mil, []alter{answers(register.Employment, register.Absent, nil)}, pass, "not_in_service"},
		},
		declaredRows(mil, "not_in_service", "post"),
		secular(prefix+"-CLERGY"),
	)
}

func secular(rule string) []row {
	return rows([]row{
		{"works elsewhere and says so", rule, nil, pass, "not_clergy"},
		{"clergy by own word", rule, []alter{stated("not_clergy", false)}, fail, "clergy"},
		{"a street of that name is no post", rule, []alter{works("Imom Buxoriy maktabi", "oʻqituvchi", "")}, pass, "not_clergy"},
		{"once clergy", rule, []alter{works("masjid", "imom", "2020-01-01")}, pass, "not_clergy"},
		{"no work of record, said so", rule, []alter{answers(register.Employment, register.Absent, nil)}, pass, "not_clergy"},
	}, declaredRows(rule, "not_clergy", "clergy"),
		onPaper(rule, "clergy", "clergy_by_post", works("Chorsu masjidi", "Имом-хатиб", "")))
}

// declaredRows are the rows of a rule that needs the register and the signed word.
func declaredRows(rule, statement, kind string) []row {
	return rows([]row{
		{"the register not asked", rule, []alter{missing(register.Employment)}, undetermined, "no_answer"},
		{"the register may not tell", rule, []alter{answers(register.Employment, register.Restricted, nil)}, undetermined, "restricted"},
		{"facts that cannot be read", rule, []alter{told(register.Employment, "not an object")}, undetermined, "no_answer"},
		{"no work of record, said nothing", rule, []alter{stated(statement), answers(register.Employment, register.Absent, nil)}, undetermined, "absent"},
	}, onPaper(rule, kind, "no_statement", stated(statement)))
}

// leaving are the rows of a rule about posts that must be left.
func leaving(rule string) []row {
	said := stated("leaves_post", true)
	silent := stated("leaves_post")
	return rows(postless(rule), []row{
		{"hokim who will leave", rule, []alter{said, works("Chilonzor tumani hokimligi", "Tuman Hokimi", "")}, warn, "will_leave_post"},
		{"hokim who did not say so", rule, []alter{silent, works("Chilonzor tumani hokimligi", "Tuman Hokimi", "")}, warn, "must_leave_post"},
		{"hokim who will not", rule, []alter{stated("leaves_post", false), works("Chilonzor tumani hokimligi", "Tuman Hokimi", "")}, warn, "must_leave_post"},
		{"judge", rule, []alter{silent, works("Tumanlararo sud", "sudya", "")}, warn, "must_leave_post"},
		{"prosecutor", rule, []alter{silent, works("Tuman prokuraturasi", "прокурор", "")}, warn, "must_leave_post"},
		{"minister", rule, []alter{silent, works("Vazirlik", "vazir", "")}, warn, "must_leave_post"},
		{"deputy hokim", rule, []alter{silent, works("Tuman hokimligi", "hokim oʻrinbosari", "")}, pass, "no_such_post"},
		{"hokim's aide", rule, []alter{silent, works("Mahalla", "Hokim yordamchisi", "")}, pass, "no_such_post"},
	})
}

// postless are the rows that rules about posts share.
func postless(rule string) []row {
	return rows([]row{
		{"no such post", rule, nil, pass, "no_such_post"},
		{"was hokim", rule, []alter{works("Chilonzor tumani hokimligi", "Tuman Hokimi", "2020-01-01")}, pass, "no_such_post"},
		{"clerk at the hokim's office", rule, []alter{works("Chilonzor tumani hokimligi", "buxgalter", "")}, pass, "no_such_post"},
		{"no post of record", rule, []alter{answers(register.Employment, register.Absent, nil)}, notApplicable, "no_post_known"},
		{"the register may not tell", rule, []alter{answers(register.Employment, register.Restricted, nil)}, undetermined, "restricted"},
	}, onPaper(rule, "post", "no_answer", missing(register.Employment)))
}
