package portal_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	mock "github.com/saylovhub/hub/mocks/portal"
)

// exchanges remembers what the exchange record is told.
type exchanges struct {
	mu  sync.Mutex
	all []call.Exchange
}

func (x *exchanges) Observe(_ context.Context, e call.Exchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, e)
}

// Every exchange bears our number, the token's too, whose bodies nobody keeps.
func TestExchangesBearOurNumber(t *testing.T) {
	t.Parallel()
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			var seen exchanges
			if _, err := operation(t, open(t, answers(200, good[key]), portal.Deps{Observer: &seen}), key).Ask(t.Context(), question()); err != nil {
				t.Fatal(err)
			}
			if len(seen.all) != 2 {
				t.Fatalf("%d exchanges", len(seen.all))
			}
			token, asked := seen.all[0], seen.all[1]
			if token.Operation != "token.main" || token.Asked != nil || token.Answered != nil {
				t.Errorf("%s with bodies of %d and %d bytes", token.Operation, len(token.Asked), len(token.Answered))
			}
			if asked.Operation != key || len(asked.Asked) == 0 || len(asked.Answered) == 0 {
				t.Errorf("%s with bodies of %d and %d bytes", asked.Operation, len(asked.Asked), len(asked.Answered))
			}
			if token.Transaction != "101" || asked.Transaction != "101" {
				t.Errorf("numbers %q and %q", token.Transaction, asked.Transaction)
			}
		})
	}
}

func TestTokenOperation(t *testing.T) {
	t.Parallel()
	p := open(t, answers(200, ""), portal.Deps{}, func(c *portal.Config) {
		c.Credentials["edu"] = portal.Credentials{ConsumerKey: "k", ConsumerSecret: "s", Username: "u", Password: "p"}
		c.Operations = map[string]portal.OperationConfig{diplomas: {Credentials: "edu"}}
	})
	for _, key := range portal.OperationKeys() {
		want := "token.main"
		if key == diplomas {
			want = "token.edu"
		}
		if got := p.TokenOperation(key); got != want || p.Callers()[got] == nil {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	for _, key := range []string{"", "token.main", "nothing"} {
		if got := p.TokenOperation(key); got != "" {
			t.Errorf("%q: %q", key, got)
		}
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	m, p := beside(t, mock.Options{}, call.Limits{})
	adult, child := people.ByStory("disabled"), people.ByStory("birth-certificate")
	of := func(q register.Question) []string {
		var names []string
		q.Transaction, q.Official, q.Purpose, q.Photo = "9", people.At(0).PINFL, "sinov", true
		for _, probe := range p.Probes(q) {
			names = append(names, probe.Operation)
			before := m.Count(name(probe.Operation))
			if err := probe.Ask(t.Context()); err != nil {
				t.Errorf("%s: %v", probe.Operation, err)
			}
			if m.Count(name(probe.Operation)) != before+1 {
				t.Errorf("%s was not asked", probe.Operation)
			}
		}
		return names
	}
	always := []string{"token.main", "personal-data.docrest", "registered-address.pin", "employment.history", "education.diploma"}
	rest := []string{"legal-capacity.check", "school-certificate.pinfl", "lyceum-certificate.pinfl"}
	got := of(register.Question{PINFL: adult.PINFL, Document: adult.Document, BirthDate: adult.BirthDate})
	if d := cmp.Diff(slices.Concat(always, []string{"disability.passport"}, rest), got); d != "" {
		t.Error(d)
	}
	got = of(register.Question{
		PINFL: child.PINFL, BirthDate: child.BirthDate, BirthCertificate: personal.Document(child.BirthCertificate()), Employer: employer,
	})
	if d := cmp.Diff(slices.Concat(always, []string{birthDoc, "legal-capacity.check", "employed-at.status"}, rest[1:]), got); d != "" {
		t.Error(d)
	}
	if m.Count(mock.OpSearch)+m.Count(mock.OpCheck) > 0 {
		t.Error("a criminal record was asked for")
	}
}

// name is the mock's for an operation.
func name(key string) string {
	if strings.HasPrefix(key, "token.") {
		return mock.OpToken
	}
	return key
}

// A locked entry and "nobody" are answers of a register that works; a refused
// token and a page are not.
func TestProbesJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		kind   fault.Kind
	}{
		{"locked", 423, "", ""},
		{"nobody", 204, "", ""},
		{"refused token", 401, `{"code":"900901","message":"m","description":"d"}`, fault.Misconfigured},
		{"a page", 200, page, fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, probe := range open(t, answers(c.status, c.body), portal.Deps{}).Probes(question()) {
					err := probe.Ask(t.Context())
					want := c.kind
					if strings.HasPrefix(probe.Operation, "token.") {
						want = ""
					}
					if f := fault.Of(err); fault.KindOf(err) != want || f != nil && f.Operation != probe.Operation {
						t.Errorf("%s: %v, want %q", probe.Operation, err, want)
					}
				}
			})
		})
	}
}
