package report_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

var (
	electionDay = civil.Date{Year: 2027, Month: 10, Day: 24}
	made        = time.Date(2027, 9, 8, 14, 5, 0, 0, civil.Tashkent)
	asked       = time.Date(2027, 9, 6, 10, 15, 0, 0, civil.Tashkent)
)

func raw(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// person is somebody made up with what the registers say.
type person struct {
	surname, given, patronymic string
	born                       civil.Date
	female                     bool
	convictions                []register.Conviction
	employer, position         string
}

func finding(t testing.TB, n int, id register.ID, facts any, columns ...register.Column) dossier.Finding {
	return dossier.Finding{
		ID: fmt.Sprintf("f%d-%s", n, id), Register: id, Status: register.Found, Transaction: fmt.Sprintf("%d%03d", 12345600+n, len(id)),
		Facts: raw(t, facts), Columns: columns, At: asked.Add(time.Duration(n) * time.Minute),
	}
}

func (p person) findings(t testing.TB, n int) map[register.ID]dossier.Finding {
	sex := map[bool]string{true: "female", false: "male"}[p.female]
	record := "none"
	if len(p.convictions) > 0 {
		record = "has_record"
	}
	return map[register.ID]dossier.Finding{
		register.Personal: finding(t, n, register.Personal, register.PersonalData{
			Surname: p.surname, GivenName: p.given, Patronymic: p.patronymic, BirthDate: p.born, Sex: sex, Citizen: true, Alive: true,
		}, register.Column{Name: "surname", Value: p.surname}, register.Column{Name: "birth_date", Value: p.born.String()},
			register.Column{Name: "sex", Value: sex}, register.Column{Name: "nationality", Value: "oʻzbek"}),
		register.Address: finding(t, n, register.Address, register.RegisteredAddress{Address: "Mirzo Ulugʻbek tumani"},
			register.Column{Name: "home_address", Value: "Toshkent shahri, Mirzo Ulugʻbek tumani, Namuna koʻchasi, 12-uy"}),
		register.Employment: finding(t, n, register.Employment, register.WorkHistory{Jobs: []register.Job{{Employer: p.employer, Position: p.position}}},
			register.Column{Name: "workplace", Value: p.employer}, register.Column{Name: "position", Value: p.position}),
		register.Criminal: finding(t, n, register.Criminal, register.CriminalRecord{Convictions: p.convictions}, register.Column{Name: "criminal_record", Value: record}),
		register.Capacity: finding(t, n, register.Capacity, register.CapacityRecord{Capacity: "FULL"}, register.Column{Name: "legal_capacity", Value: "FULL"}),
		register.Disability: {
			ID: fmt.Sprintf("f%d-disability", n), Register: register.Disability, Status: register.Absent, Transaction: fmt.Sprint(77000 + n), At: asked,
		},
	}
}

func cat(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// input is a candidate's dossier with one of everything.
func input(t testing.TB, language string) report.Input {
	t.Helper()
	c := cat(t)
	typ, ok := c.Type("candidate-register-district")
	if !ok {
		t.Fatal("no such type")
	}
	who := person{
		surname: "Toʻraxoʻjayev", given: "Gʻayrat", patronymic: "Shuhratovich", born: civil.Date{Year: 1987, Month: 3, Day: 9},
		employer: "“Namuna taʼminot” MChJ", position: "boʻlim boshligʻi",
		convictions: []register.Conviction{{
			Article: "168-modda 2-qism", Gravity: register.LessSerious, Court: "Namuna tuman sudi", Sentenced: civil.Date{Year: 2011, Month: 5, Day: 4},
			Sentence: "jarima", Expunged: civil.Date{Year: 2014, Month: 5, Day: 4},
		}},
	}
	subject := dossier.Subject{
		ID: "s1", Ref: "1", Role: "candidate", PINFL: "30903870170019", Document: "AB7654321", Phone: "998901234567", Constituency: "okrug-7",
		Party: "party", Statements: map[string]bool{"not_in_service": true, "not_clergy": true},
		Papers: []dossier.Paper{{Proves: "residence", Attachment: "yashash-joyi.pdf"}},
	}
	findings := who.findings(t, 1)
	confirmation := dossier.Confirmation{ID: "c1", Subject: "s1", Kind: "residence", Attachment: "yashash-joyi.pdf", Official: "dec-secretary", At: asked.Add(3 * time.Hour)}
	verdict, answers, err := eligibility.Assess(eligibility.Input{
		ElectionDay: electionDay, Day: civil.Of(made), Subject: subject, Findings: findings, Confirmations: []dossier.Confirmation{confirmation},
		SubmittedOn: civil.Of(asked),
	}, typ.Rules)
	if err != nil {
		t.Fatal(err)
	}
	return report.Input{
		Language: language, Made: made, Catalogue: c, Type: typ,
		Application: dossier.Application{
			ID: "0199a2b4-0000-7000-8000-000000000001", Number: "1726269-000017", Type: typ.ID, Election: "local-2027", Commission: "1726269", Applicant: "party",
			State: dossier.DossierReady, Version: 4, DecideBy: civil.Date{Year: 2027, Month: 9, Day: 11}, SubmittedAt: asked.Add(-time.Hour),
			Signer:      &signature.Signer{Name: "Namunayeva Dilorom Karim qizi", Serial: "77AF03C19E524D08", SignedAt: asked.Add(-2 * time.Hour), PINFL: "41505939980027"},
			Subjects:    []dossier.Subject{subject},
			Attachments: []dossier.Attachment{{Name: "yashash-joyi.pdf", MediaType: "application/pdf", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},
		},
		Election: dossier.Election{
			ID: "local-2027", Title: map[string]string{"uz-Latn": "Xalq deputatlari Kengashlari saylovi", "ru": "Выборы в Кенгаши народных депутатов", "en": "Elections to the Kengashes"}, Day: electionDay,
		},
		Commission: dossier.Commission{ID: "1726269", Title: "Mirzo Ulugʻbek tuman saylov komissiyasi"},
		Applicant: dossier.Applicant{
			ID: "party", Kind: "PARTY", Title: "Oʻzbekiston “Namuna” partiyasi", TIN: "207000001", Phone: "998711234567", Org: dossier.Organisation{ID: "party"},
		},
		Officials: []dossier.Official{
			{ID: "dec-secretary", Post: dossier.Secretary, Surname: "Namunaviy", Given: "Zokir", Patronymic: "Mirzo oʻgʻli"},
			{ID: "dec-chair", Post: dossier.Chair, Surname: "Isʼhoqova", Given: "Maʼrifat", Patronymic: "Yoʻldoshovna"},
		},
		Titles: map[string]string{"okrug-7": "7-son Qorasuv saylov okrugi", "party": "Oʻzbekiston “Namuna” partiyasi"},
		Proofs: report.Proofs{
			Findings:      map[string]map[register.ID]dossier.Finding{"s1": findings},
			Confirmations: map[string][]dossier.Confirmation{"s1": {confirmation}},
			Amendments: map[string][]dossier.Amendment{"s1": {{
				ID: "a1", Subject: "s1", Name: "position", Value: "direktor oʻrinbosari", Reason: "buyruq bilan 2027-yil 1-sentabrdan tayinlangan", Actor: "applicant", At: asked.Add(time.Hour),
			}}},
			Assessments: map[string]eligibility.Assessment{"s1": {Subject: "s1", Revision: 2, Verdict: verdict, Answers: answers}},
		},
		Decisions: []dossier.Decision{{
			ID: "d1", Number: "12", Date: civil.Date{Year: 2027, Month: 9, Day: 8}, State: dossier.DecisionVerifying, DraftedBy: "dec-secretary",
			Outcomes: []dossier.Outcome{{Subject: "s1", Revision: 2, Outcome: catalogue.Register}},
		}},
		Timeline: []dossier.Entry{
			{At: asked.Add(-time.Hour), Actor: "key:c2lcfn5g", Act: "submitted", Detail: "1726269-000017"},
			{At: asked.Add(-50 * time.Minute), Actor: "eds", Act: "signature_verified", Detail: "certificate 77AF03C19E524D08"},
			{At: asked.Add(20 * time.Minute), Actor: "hub", Act: "assessed", Detail: "subject 1, revision 1: undetermined"},
			{At: asked.Add(21 * time.Minute), Actor: "hub", Act: "dossier_ready"},
			{At: asked.Add(3 * time.Hour), Actor: "official:dec-secretary", Act: "paper_confirmed", Detail: "subject 1, residence: yashash-joyi.pdf"},
		},
	}
}

var (
	surnames  = []string{"Eshonqulov", "Choriyev", "Isʼhoqov", "Fayziyev", "Mamasoliyev", "Namozov", "Jumaniyozov", "Oʻrinov", "Bozorov", "Gʻulomov", "Yoʻldoshev", "Sattorqulov"}
	givens    = []string{"Sherali", "Davron", "Oʻktam", "Botir", "Temur", "Anvar", "Laziz", "Farhod", "Jasur"}
	gGivens   = []string{"Charos", "Malika", "Maʼrifat", "Saodat", "Shahnoza", "Lola", "Oydin"}
	employers = []string{"“Namuna taʼminot” MChJ", "12-maktab", "Namuna tuman tibbiyot birlashmasi", "yakka tartibdagi tadbirkor"}
)

// many is an application for n observers: some too young, one with a locked
// address, one without an answer yet.
func many(t testing.TB, language string, n int) report.Input {
	t.Helper()
	in := input(t, language)
	typ, ok := in.Catalogue.Type("observer-party-register")
	if !ok {
		t.Fatal("no such type")
	}
	in.Type, in.Application.Type, in.Application.Number = typ, typ.ID, "1726-000142"
	in.Application.Commission, in.Application.Attachments, in.Decisions = "1726", nil, nil
	in.Commission = dossier.Commission{ID: "1726", Title: "Toshkent shahar hududiy saylov komissiyasi"}
	in.Application.Subjects = nil
	in.Proofs = report.Proofs{Findings: map[string]map[register.ID]dossier.Finding{}, Assessments: map[string]eligibility.Assessment{}}
	for i := range n {
		female := i%3 == 1
		p := person{
			surname: surnames[i*7%len(surnames)], given: givens[i*5%len(givens)], patronymic: givens[(i*3+1)%len(givens)] + " oʻgʻli", female: female,
			born: civil.Date{Year: 1968 + i*11%37, Month: time.Month(1 + i*5%12), Day: 1 + i*7%28}, employer: employers[i%len(employers)], position: "mutaxassis",
		}
		if female {
			p.surname, p.given, p.patronymic = p.surname+"a", gGivens[i*5%len(gGivens)], givens[(i*3+1)%len(givens)]+" qizi"
		}
		if i%13 == 5 {
			p.born = civil.Date{Year: 2009, Month: 12, Day: 1 + i%28}
		}
		s := dossier.Subject{
			ID: fmt.Sprintf("s%d", i+1), Ref: fmt.Sprint(i + 1), Role: "observer", PINFL: personal.PINFL(fmt.Sprintf("30101%09d", i)), Phone: "998901234567",
			Document: "AB7654321", Territory: "Mirzo Ulugʻbek tumani",
		}
		in.Application.Subjects = append(in.Application.Subjects, s)
		found := p.findings(t, i)
		delete(found, register.Criminal)
		delete(found, register.Employment)
		delete(found, register.Disability)
		if i%17 == 3 {
			f := found[register.Capacity]
			f.Status, f.Facts, f.Columns = register.Restricted, nil, nil
			found[register.Capacity] = f
		}
		in.Proofs.Findings[s.ID] = found
		if i == 8 {
			continue // nobody assessed this one yet
		}
		verdict, answers, err := eligibility.Assess(eligibility.Input{ElectionDay: electionDay, Day: civil.Of(made), Subject: s, Findings: found, SubmittedOn: civil.Of(asked)}, typ.Rules)
		if err != nil {
			t.Fatal(err)
		}
		in.Proofs.Assessments[s.ID] = eligibility.Assessment{Subject: s.ID, Revision: 1, Verdict: verdict, Answers: answers}
	}
	in.Whole = eligibility.Assessment{Revision: 1, Verdict: eligibility.Eligible, Answers: []eligibility.Answer{
		{Rule: "OBS-TERM", Article: "Saylov kodeksi 33-modda", Result: eligibility.Pass, Reason: "no_other_role", Proofs: []string{"clock"}},
	}}
	return in
}
