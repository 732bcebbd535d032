package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/mocks/population"
	mockportal "github.com/saylovhub/hub/mocks/portal"
)

var gatewayForms = []string{"flat", "fault", "xml"}

var portalSystem = system{
	name: "portal",
	start: func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act) {
		var acts []act
		m := portalMock(t, mockportal.Options{})
		p := portalBeside(t, m, client, "")
		for _, id := range registerIDs(p) {
			acts = append(acts,
				everybody(string(id)+" by document", 0.8, func(ctx context.Context, who *population.Person) error {
					return asks(ctx, p, id, question(who))
				}),
				everybody(string(id)+" without a document", 0, func(ctx context.Context, who *population.Person) error {
					q := question(who)
					q.Document = ""
					return asks(ctx, p, id, q)
				}),
				act{name: string(id) + " about nobody", want: []fault.Kind{"", fault.Rejected}, do: func(ctx context.Context) error {
					q := question(people.ByStory("stranger"))
					q.PINFL, q.Document, q.BirthDate = "31210632040244", "ZZ9999999", civil.Date{}
					return asks(ctx, p, id, q)
				}})
		}
		acts = append(acts, act{name: "personal data by document and birth date", do: func(ctx context.Context) error {
			q := question(people.ByStory("candidate-clean"))
			q.PINFL = ""
			return asks(ctx, p, register.Personal, q)
		}})
		acts = append(acts, portalForms(t, client)...)
		acts = append(acts, portalTokens(t, client)...)
		statuses := []int{204, 400, 401, 403, 404, 408, 423, 429, 500, 503, 504}
		for _, r := range p.Registers() {
			for _, o := range r.Operations {
				key := string(r.ID) + "." + o.ID
				fresh := func() func(context.Context) error {
					p := portalBeside(t, m, client, "")
					return func(ctx context.Context) error { return reaches(ctx, p, r.ID, o.ID) }
				}
				acts = append(acts, refusals(m, key, statuses, gatewayForms, fresh)...)
				acts = append(acts, spoilt(m, key, fresh)...)
			}
		}
		acts = append(acts, portalAnswers(m, func(id register.ID, operation string) func() func(context.Context) error {
			return func() func(context.Context) error {
				p := portalBeside(t, m, client, "")
				return func(ctx context.Context) error { return reaches(ctx, p, id, operation) }
			}
		})...)
		// The disability register has two services, by what the person holds.
		const birthDoc = "disability.birthdoc"
		child := func() func(context.Context) error {
			p := portalBeside(t, m, client, "")
			return func(ctx context.Context) error {
				q := question(people.ByStory("birth-certificate"))
				q.Document = ""
				return asks(ctx, p, register.Disability, q)
			}
		}
		acts = append(acts, refusals(m, birthDoc, statuses, gatewayForms, child)...)
		acts = append(acts, spoilt(m, birthDoc, child)...)
		for _, probe := range p.Probes(question(people.ByStory("disabled"))) {
			acts = append(acts, act{name: "probe of " + probe.Operation, do: probe.Ask})
		}
		fresh := func() func(context.Context) error {
			p := portalBeside(t, m, client, "")
			return func(ctx context.Context) error {
				return asks(ctx, p, register.Address, question(people.ByStory("stranger")))
			}
		}
		acts = append(acts, refusals(m, mockportal.OpToken, []int{400, 401, 403, 404, 500, 503}, gatewayForms, fresh)...)
		acts = append(acts, spoilt(m, mockportal.OpToken, fresh)...)
		return p.Callers(), acts
	},
	operation: func(caller string) string {
		if strings.HasPrefix(caller, "token.") {
			return "token"
		}
		return caller
	},
}

func portalMock(t *testing.T, o mockportal.Options) *mockportal.Server {
	t.Helper()
	o.Population = people
	m, err := mockportal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, m)
	return m
}

func portalBeside(t *testing.T, m *mockportal.Server, client *http.Client, password personal.Secret) *portal.Portal {
	t.Helper()
	cfg := portal.Config{
		TokenURL: m.URL(), GatewayURL: m.URL(), RegionID: 26, OrganisationID: mockportal.Organisation,
		Credentials: map[string]portal.Credentials{portal.MainSet: {
			ConsumerKey: mockportal.ConsumerKey, ConsumerSecret: mockportal.ConsumerSecret,
			Username: mockportal.Username, Password: cmp.Or(password, mockportal.Password),
		}},
		Operations: map[string]portal.OperationConfig{},
	}
	for _, key := range portal.OperationKeys() {
		cfg.Operations[key] = portal.OperationConfig{Limits: patient}
	}
	p, err := portal.New(cfg, portal.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// portalForms asks about every story in the forms that differ from installation
// to installation.
func portalForms(t *testing.T, client *http.Client) (acts []act) {
	for name, o := range map[string]mockportal.Options{
		"numbers, the other key, 404": {ResultForm: mockportal.ResultInt, DataKey: "Data", NoCyrillic: true, DiplomaAbsent: mockportal.Absent404},
		"texts, 204, no waiting":      {ResultForm: mockportal.ResultString, DiplomaAbsent: mockportal.Absent204, PendingPolls: -1},
	} {
		p := portalBeside(t, portalMock(t, o), client, "")
		for _, id := range registerIDs(p) {
			acts = append(acts, act{name: fmt.Sprintf("%s, %s", id, name), do: func(ctx context.Context) error {
				for _, story := range population.Stories() {
					err := asks(ctx, p, id, question(people.ByStory(story.Name)))
					if k := fault.KindOf(err); k != "" && k != fault.Rejected {
						return fmt.Errorf("%s: %w", story.Name, err)
					}
				}
				return nil
			}})
		}
	}
	return acts
}

// portalAnswers are answers that the contract allows beside those of the mock.
func portalAnswers(m mock, of func(register.ID, string) func() func(context.Context) error) (acts []act) {
	clean := people.ByStory("candidate-clean")
	for _, k := range []struct {
		id        register.ID
		operation string
		status    int
		body      string
		want      fault.Kind
	}{
		{register.Address, "pin", 429, `{"code":900804,"message":"m","description":"d","nextAccessTime":"2029-Oct-28 12:00:00+0500 UZT"}`, fault.Throttled},
		{register.Address, "pin", 503, `{"fault":{"code":"700700","message":"m","description":"d"}}`, fault.Unavailable},
		{register.Address, "pin", 200, `{"AnswereId":"1","AnswereMessage":"Ok","AnswereComment":null,"Data":{"PermanentRegistration":{"Region":{"Id":"26","Value":"TOSHKENT","IdValue":"(26)"},"Address":"A"},"TemproaryRegistrations":[{"Address":"B"}]}}`, ""},
		{register.Address, "pin", 200, `{"AnswereId":1,"Data":{"PermanentRegistration":null,"TemproaryRegistrations":null}}`, ""},
		{register.Address, "pin", 200, `{"AnswereId":2,"AnswereMessage":"Xato","Data":null}`, fault.Unavailable},
		{register.Employment, "history", 200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"m","data":{"x":1}}}`, fault.Rejected},
		{register.Employment, "history", 200, `{"jsonrpc":"2.0","id":"1","error":"Fuqaro topilmadi","result":null}`, ""},
		{register.Employment, "history", 200, `{"jsonrpc":"2.0","id":null,"error":null,"result":{"success":true,"code":"200","message":null,"data":{"profile":{"pin":` + string(clean.PINFL) + `},"experiences":[{"company_inn":300000001,"end_date":"","parent_id":7}]}}}`, ""},
		{register.WorksAt, "status", 200, `{"result":{"success":true,"data":{"status":true}}}`, ""},
		{register.WorksAt, "status", 200, `{"result":{"success":true,"data":{"status":"0"}}}`, ""},
		{register.Education, "diploma", 200, `{"code":404,"message":"Diplom topilmadi"}`, ""},
		{register.Personal, "docrest", 200, `{"result":"5","comments":"Xizmat ishlamayapti"}`, fault.Unavailable},
		{register.Personal, "docrest", 200, `{"result":1,"comments":null,"data":null}`, ""},
		{register.Criminal, "search", 200, `{"success":true,"request_id":1000001,"message":null}`, ""},
		{register.Criminal, "search", 200, `{"success":false,"request_id":null,"message":"m"}`, fault.Rejected},
		{register.Criminal, "check", 200, `{"success":true,"message":null,"data":{"pinfl":"` + string(clean.PINFL) + `","has_conviction":false,"convictions":null}}`, ""},
		{register.Capacity, "check", 200, `{"result_code":"7","result_message":"m","data":null}`, fault.Unavailable},
		{register.Disability, "passport", 200, `{"result_code":1,"result_message":null,"data":{"pinfl":"` + string(clean.PINFL) + `","has_disability":true,"group":"2","lifetime":false,"valid_to":"2030-01-01"}}`, ""},
		{register.Disability, "passport", 200, `{"result_code":1,"result_message":null,"data":{"pinfl":"` + string(clean.PINFL) + `","has_disability":false,"group":null}}`, ""},
		{register.Lyceum, "pinfl", 200, `{"success":"200","code":"0","name":null,"message":null,"data":{"student":null}}`, ""},
		{register.School, "pinfl", 200, `{"success":true,"data":null}`, ""},
	} {
		acts = append(acts, answered(m, string(k.id)+"."+k.operation, k.status, k.body, k.want, of(k.id, k.operation)))
	}
	return acts
}

// portalTokens are the exchanges about credentials.
func portalTokens(t *testing.T, client *http.Client) []act {
	ask := func(p *portal.Portal) func(context.Context) error {
		return func(ctx context.Context) error {
			return asks(ctx, p, register.Address, question(people.ByStory("stranger")))
		}
	}
	m := portalMock(t, mockportal.Options{})
	forgotten := portalBeside(t, m, client, "")
	other := portalMock(t, mockportal.Options{Credentials: mockportal.Credentials{ConsumerSecret: "another", Organisation: "1"}})
	organisation := portalMock(t, mockportal.Options{Credentials: mockportal.Credentials{Organisation: "1"}})
	return []act{
		{name: "a token that the server forgot", of: "token", do: func(ctx context.Context) error {
			if err := ask(forgotten)(ctx); err != nil {
				return err
			}
			m.ExpireTokens()
			return ask(forgotten)(ctx)
		}},
		{name: "a wrong password", of: "token", want: []fault.Kind{fault.Misconfigured}, do: ask(portalBeside(t, m, client, "another"))},
		{name: "a wrong consumer", of: "token", want: []fault.Kind{fault.Misconfigured}, do: ask(portalBeside(t, other, client, ""))},
		{
			name: "a search that is refused", of: "criminal-record.search", want: []fault.Kind{fault.Rejected, fault.Misconfigured},
			do: func(ctx context.Context) error {
				return asks(ctx, portalBeside(t, organisation, client, ""), register.Criminal, question(people.ByStory("candidate-clean")))
			},
		},
	}
}

func registerIDs(p *portal.Portal) (ids []register.ID) {
	for _, r := range p.Registers() {
		ids = append(ids, r.ID)
	}
	return ids
}

// question holds all that is known of a person.
func question(who *population.Person) register.Question {
	q := register.Question{
		Transaction: "77", Official: people.ByStory("secretary-dec").PINFL, Purpose: "saylov", Photo: who.Index%5 == 0,
		PINFL: who.PINFL, Document: who.Document, BirthDate: who.BirthDate, Employer: cmp.Or(who.Employer().TIN, "300000001"),
	}
	for _, d := range who.Documents {
		if d.Type == population.TypeBirthCert {
			q.BirthCertificate = personal.Document(d.Number)
		}
	}
	return q
}

// asks puts a question to a register with all its operations, waiting out
// "pending"; the identity comes from personal data where it is needed.
func asks(ctx context.Context, p *portal.Portal, id register.ID, q register.Question) error {
	q, err := identified(ctx, p, id, q)
	if err != nil {
		return err
	}
	for _, r := range p.Registers() {
		if r.ID != id {
			continue
		}
		for _, o := range r.Operations {
			reply, err := o.Ask(ctx, q)
			for polls := 0; fault.KindOf(err) == fault.Pending && polls < 5; polls++ {
				reply, err = o.Ask(ctx, q)
			}
			if err != nil || reply.Answer != nil {
				return err
			}
			q.Token = reply.Continue
		}
	}
	return errOutcome
}

// reaches asks one operation alone, whatever those before it would have said.
func reaches(ctx context.Context, p *portal.Portal, id register.ID, operation string) error {
	q, err := identified(ctx, p, id, question(people.ByStory("candidate-clean")))
	if err != nil {
		return err
	}
	q.Token = "1000001"
	for _, r := range p.Registers() {
		for _, o := range r.Operations {
			if r.ID == id && o.ID == operation {
				_, err := o.Ask(ctx, q)
				return err
			}
		}
	}
	return errOutcome
}

func identified(ctx context.Context, p *portal.Portal, id register.ID, q register.Question) (register.Question, error) {
	for _, r := range p.Registers() {
		if r.ID != id || !r.NeedsIdentity {
			continue
		}
		reply, err := p.Registers()[0].Operations[0].Ask(ctx, q)
		if err != nil {
			return q, err
		}
		if facts, ok := reply.Answer.Facts.(*register.PersonalData); ok {
			own := *facts
			if q.Document == "" {
				own.Document = ""
			}
			q.Identity = &own
		}
	}
	return q, nil
}
