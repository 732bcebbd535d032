package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	mockeskiz "github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/population"
)

// elsewhere is an address where nobody takes delivery reports.
const elsewhere = "http://127.0.0.1:9/reports"

var eskizSystem = system{
	name:   "eskiz",
	unused: []string{"refresh", "send-batch"}, // the hub logs in anew, and sends one message at a time
	start: func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act) {
		m := eskizMock(t, mockeskiz.Options{})
		e := eskizBeside(t, m, client, eskizAccount{})
		acts := []act{
			{name: "everybody is written to", of: "send", do: func(ctx context.Context) error {
				return each(people, func(who *population.Person) error { return eskizSends(ctx, e, who.Phone, "Saylov kuni 20-dekabr") })
			}},
			{name: "texts of every length and script, with an address for reports", of: "send", do: func(ctx context.Context) error {
				own := eskizBeside(t, m, client, eskizAccount{callback: elsewhere})
				for _, text := range []string{"Saylov", "Сайлов ўтказилади", strings.Repeat("oʻ", 400), "№ 5 — «Saylov» & 100% +"} {
					if err := eskizSends(ctx, own, people.At(0).Phone, text); err != nil {
						return err
					}
				}
				return nil
			}},
			{name: "pages of messages", of: "list", do: func(ctx context.Context) error {
				for range 250 {
					if err := eskizSends(ctx, e, people.At(1).Phone, "Saylov"); err != nil {
						return err
					}
				}
				_, err := e.Ask(ctx, sms.Query{ID: "nobodys", SentAt: electionMorning()})
				return err
			}},
			{name: "a message that is not known", of: "status", want: []fault.Kind{"", fault.Pending}, do: func(ctx context.Context) error {
				_, err := e.Ask(ctx, sms.Query{ID: "nobodys", Ref: "7fd5a0f4-7f1a-4a0c-9a39-3c6c3c3f1a11"})
				return err
			}},
		}
		for _, p := range e.Probes() {
			acts = append(acts, act{name: "probe of " + p.Operation, of: p.Operation, do: p.Ask})
		}
		for _, word := range []string{"NEW", "STORED", "ACCEPTED", "PARTDELIVERED", "DELIVERED", "REJECTED", "DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "DELETED", "UNKNOWN", "ENROUTE"} {
			acts = append(acts, act{name: "a message that is " + word, of: "list", do: func(ctx context.Context) error {
				telling := eskizMock(t, mockeskiz.Options{Reports: inbox.Reports{Words: []string{word}}})
				return eskizFollows(ctx, eskizBeside(t, telling, client, eskizAccount{}))
			}})
		}
		acts = append(acts, eskizRefusals(t, client)...)
		for op, ask := range eskizAsks() {
			fresh := func() func(context.Context) error {
				e := eskizBeside(t, m, client, eskizAccount{})
				return func(ctx context.Context) error { return ask(ctx, e) }
			}
			acts = append(acts, refusals(m, op, []int{400, 401, 500}, []string{""}, fresh)...)
			acts = append(acts, spoilt(m, op, fresh)...)
		}
		return e.Callers(), acts
	},
}

type eskizAccount struct {
	password, callback personal.Secret
	from               string
}

func eskizMock(t *testing.T, o mockeskiz.Options) *mockeskiz.Server {
	t.Helper()
	o.Now = electionMorning
	m, err := mockeskiz.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, m)
	return m
}

func eskizBeside(t *testing.T, m *mockeskiz.Server, client *http.Client, a eskizAccount) *sms.Eskiz {
	t.Helper()
	limits := map[string]call.Limits{}
	for _, op := range sms.EskizOperations() {
		limits[op] = patient
	}
	e, err := sms.NewEskiz(sms.EskizConfig{
		URL: m.URL(), Email: mockeskiz.Email, Password: cmp.Or(a.password, mockeskiz.Password), From: cmp.Or(a.from, mockeskiz.From),
		CallbackURL: a.callback, Limits: limits,
	}, sms.Deps{Client: client, Now: electionMorning})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func eskizSends(ctx context.Context, e *sms.Eskiz, to personal.Phone, text string) error {
	_, err := e.Send(ctx, sms.Message{ID: sms.NewID(), To: to, Text: text})
	return err
}

// eskizFollows sends a message and asks for it, by its reference and by its id.
func eskizFollows(ctx context.Context, e *sms.Eskiz) error {
	out := sms.Message{ID: sms.NewID(), To: people.At(0).Phone, Text: "Saylov"}
	ref, err := e.Send(ctx, out)
	if err != nil {
		return err
	}
	for _, q := range []sms.Query{{ID: out.ID, Ref: ref}, {ID: out.ID, To: out.To, SentAt: electionMorning()}} {
		if _, err := e.Ask(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// eskizRefusals are what the gateway itself refuses, in both of its forms.
func eskizRefusals(t *testing.T, client *http.Client) (acts []act) {
	for _, form := range []string{mockeskiz.FormHTTP, mockeskiz.FormBody} {
		number := people.At(2).Phone
		m := eskizMock(t, mockeskiz.Options{ErrorForm: form, Numbers: inbox.Numbers{Refused: map[personal.Phone]string{number: ""}}})
		test := eskizMock(t, mockeskiz.Options{ErrorForm: form, TestAccount: true})
		poor := eskizMock(t, mockeskiz.Options{ErrorForm: form, Balance: 1})
		to := people.At(0).Phone
		for name, send := range map[string]func(context.Context) error{
			"a wrong password": func(ctx context.Context) error {
				return eskizSends(ctx, eskizBeside(t, m, client, eskizAccount{password: "another"}), to, "a")
			},
			"a sender that is not ours": func(ctx context.Context) error {
				return eskizSends(ctx, eskizBeside(t, m, client, eskizAccount{from: "9999"}), to, "a")
			},
			"a number that is refused": func(ctx context.Context) error {
				return eskizSends(ctx, eskizBeside(t, m, client, eskizAccount{}), number, "a")
			},
			"a test account": func(ctx context.Context) error {
				return eskizSends(ctx, eskizBeside(t, test, client, eskizAccount{}), to, "a")
			},
			"no money": func(ctx context.Context) error {
				return eskizSends(ctx, eskizBeside(t, poor, client, eskizAccount{}), to, "a")
			},
			"a message that nobody sent": func(ctx context.Context) error {
				return eskizAsks()[sms.EskizStatus](ctx, eskizBeside(t, m, client, eskizAccount{}))
			},
		} {
			acts = append(acts, act{name: fmt.Sprintf("%s, form %q", name, form), want: anything, do: send})
		}
		acts = append(acts, act{name: fmt.Sprintf("a token that the gateway forgot, form %q", form), of: "login", do: func(ctx context.Context) error {
			e := eskizBeside(t, m, client, eskizAccount{})
			if err := eskizSends(ctx, e, to, "a"); err != nil {
				return err
			}
			m.ExpireTokens()
			return eskizSends(ctx, e, to, "b")
		}})
	}
	return acts
}

// eskizAsks is one question of every operation.
func eskizAsks() map[string]func(context.Context, *sms.Eskiz) error {
	probe := func(op string) func(context.Context, *sms.Eskiz) error {
		return func(ctx context.Context, e *sms.Eskiz) error {
			for _, p := range e.Probes() {
				if p.Operation == op {
					return p.Ask(ctx)
				}
			}
			return errOutcome
		}
	}
	return map[string]func(context.Context, *sms.Eskiz) error{
		sms.EskizLogin: probe(sms.EskizLogin), sms.EskizAccount: probe(sms.EskizAccount), sms.EskizLimit: probe(sms.EskizLimit),
		sms.EskizSend: func(ctx context.Context, e *sms.Eskiz) error { return eskizSends(ctx, e, people.At(0).Phone, "Saylov") },
		sms.EskizStatus: func(ctx context.Context, e *sms.Eskiz) error {
			_, err := e.Ask(ctx, sms.Query{ID: "nobodys", Ref: "7fd5a0f4-7f1a-4a0c-9a39-3c6c3c3f1a11"})
			return err
		},
		sms.EskizList: func(ctx context.Context, e *sms.Eskiz) error {
			_, err := e.Ask(ctx, sms.Query{ID: "nobodys", SentAt: electionMorning().Add(-time.Hour)})
			return err
		},
	}
}
