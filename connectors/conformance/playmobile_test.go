package conformance

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	mocksms "github.com/saylovhub/hub/mocks/sms"
)

var playmobileSystem = system{
	name: "playmobile",
	start: func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act) {
		m := playmobileMock(t, mocksms.Options{})
		other := playmobileMock(t, mocksms.Options{ErrorKey: "error_code"})
		p := playmobileBeside(t, m, client, mocksms.Password, 0)
		send := func(p *sms.Playmobile, change func(*sms.Message)) func(context.Context) error {
			return func(ctx context.Context) error {
				out := sms.Message{ID: sms.NewID(), To: people.At(0).Phone, Text: "Saylov kuni 20-dekabr"}
				change(&out)
				_, err := p.Send(ctx, out)
				return err
			}
		}
		acts := []act{
			{name: "everybody is written to", do: func(ctx context.Context) error {
				return each(people, func(who *population.Person) error {
					return send(p, func(m *sms.Message) { m.To = who.Phone })(ctx)
				})
			}},
			{name: "with a term", do: send(playmobileBeside(t, m, client, mocksms.Password, 10*time.Minute), func(*sms.Message) {})},
			{name: "a wrong password", want: []fault.Kind{fault.Misconfigured}, do: send(playmobileBeside(t, m, client, "another", 0), func(*sms.Message) {})},
		}
		for _, probe := range p.Probes() {
			acts = append(acts, act{name: "probe of " + probe.Operation, of: probe.Operation, do: probe.Ask})
		}
		for _, priority := range []string{"low", "normal", "high", "realtime"} {
			for _, text := range []string{"Saylov", "Сайлов ўтказилади", strings.Repeat("oʻ", 400), "№ 5 — «Saylov»"} {
				acts = append(acts, act{name: priority, do: send(p, func(m *sms.Message) { m.Priority, m.Text = priority, text })})
			}
		}
		for _, code := range []string{"100", "101", "102", "103", "104", "105", "202", "205", "206", "301", "401", "404", "405", "406", "407", "408", "410"} {
			for name, m := range map[string]*mocksms.Server{"error-code": m, "error_code": other} {
				acts = append(acts, act{name: name + " " + code, want: anything, do: func(ctx context.Context) error {
					if err := m.Fault(chaos.Fault{Operation: mocksms.OpSend, Kind: chaos.Status, Status: http.StatusBadRequest, Code: code}); err != nil {
						return err
					}
					defer m.Heal(mocksms.OpSend)
					return send(playmobileBeside(t, m, client, mocksms.Password, 0), func(*sms.Message) {})(ctx)
				}})
			}
		}
		fresh := func() func(context.Context) error {
			return send(playmobileBeside(t, m, client, mocksms.Password, 0), func(*sms.Message) {})
		}
		acts = append(acts, refusals(m, mocksms.OpSend, []int{401, 403, 429, 500, 503}, []string{""}, fresh)...)
		acts = append(acts, spoilt(m, mocksms.OpSend, fresh)...)
		return p.Callers(), acts
	},
}

func playmobileMock(t *testing.T, o mocksms.Options) *mocksms.Server {
	t.Helper()
	m, err := mocksms.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, m)
	return m
}

func playmobileBeside(t *testing.T, m *mocksms.Server, client *http.Client, password personal.Secret, ttl time.Duration) *sms.Playmobile {
	t.Helper()
	p, err := sms.NewPlaymobile(sms.PlaymobileConfig{
		URL: m.URL(), Login: mocksms.Login, Password: password, Originator: mocksms.Originator, TTL: ttl, Limits: patient,
	}, sms.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
