// Package conformance runs every connector against its mock and holds each
// request and each answer against the contract with the system (contracts/external).
// It is the one place where connector, mock and contract meet: any two of them
// could share a mistake, the three hardly. It holds tests only.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// people are all stories and fifty ordinary people besides.
var people = population.New(1, civil.Date{Year: 2029, Month: 10, Day: 28}, 50)

// act is one thing done with a connector. It must make an exchange.
type act struct {
	name string
	of   string // an operation of the contract that it must reach; empty: any
	do   func(ctx context.Context) error
	want []fault.Kind // kinds that are right; "" is an answer; empty: only an answer
	// differs says that the mock was told to break the contract in its answer of
	// the operation: what is wrong is then that nothing is found.
	differs bool
}

// anything is right where the act is about the wire alone.
var anything = append(fault.All(), "")

// system is one row of the suite.
type system struct {
	name string // of the contract
	// start starts the mock and the connector, whose client it gets, and returns
	// the connector's callers and what is to be done.
	start func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act)
	// operation is the contract's name of a caller; nil: the caller's own key.
	operation func(caller string) string
	// unused are operations of the contract that the connector has no use for.
	unused []string
}

var systems = []system{portalSystem, oneidSystem, edsSystem, playmobileSystem, eskizSystem}

// Every system with a contract is in the suite, and no other.
func TestEverySystemIsHere(t *testing.T) {
	t.Parallel()
	var have []string
	for _, s := range systems {
		have = append(have, s.name)
	}
	slices.Sort(have)
	if want := external.Systems(); !slices.Equal(have, want) {
		t.Errorf("the suite has %q, the contracts %q", have, want)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t)
		})
	}
}

func (s system) run(t *testing.T) {
	contract, err := external.Load(s.name)
	if err != nil {
		t.Fatal(err)
	}
	callers, acts := s.start(t, strict(t, contract))
	reached := map[string]int{}
	for _, a := range acts {
		ctx, collector := external.Collect(t.Context())
		err := a.do(ctx)
		if want := a.want; !slices.Contains(want, fault.KindOf(err)) && (len(want) > 0 || err != nil) {
			t.Errorf("%s: got %v, want one of %q", a.name, err, want)
		}
		seen := false
		for _, d := range collector.Differences() {
			if a.differs && d.Part == external.Response && d.Operation == a.of {
				seen = seen || d.Severity == external.Breaking
				continue
			}
			t.Errorf("%s: %s", a.name, d)
		}
		if a.differs && !seen {
			t.Errorf("%s: the contract was broken unseen", a.name)
		}
		operations := collector.Operations()
		if len(operations) == 0 || a.of != "" && !slices.Contains(operations, a.of) {
			t.Errorf("%s: made exchanges of %q only", a.name, operations)
		}
		for _, id := range operations {
			reached[id]++
		}
	}
	agreed := contract.Operations()
	var own []string
	for key := range callers {
		id := key
		if s.operation != nil {
			id = s.operation(key)
		}
		own = append(own, id)
		switch {
		case !slices.Contains(agreed, id):
			t.Errorf("the connector's operation %s is not in the contract", key)
		case reached[id] == 0:
			t.Errorf("the connector's operation %s was never reached", key)
		}
	}
	for _, id := range agreed {
		if used := slices.Contains(own, id); used == slices.Contains(s.unused, id) {
			t.Errorf("operation %s of the contract: the connector uses it is %v, and so the suite must say", id, used)
		}
	}
}

// strict is a client that checks the exchanges of a context which collects.
func strict(t *testing.T, contract *external.Contract) *http.Client {
	client := call.NewClient(nil)
	client.Transport = external.Transport(client.Transport, contract)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// patient are limits under which nothing of ours comes between an act and the
// wire: no pace, no second try.
var patient = call.Limits{RatePerSecond: -1, RetryShare: -1}

// mock is what the suite needs of any mock.
type mock interface {
	Fault(...chaos.Fault) error
	Heal(operation string)
	Close() error
}

// stopped has a mock stop when the test is over, after the clients.
func stopped(t *testing.T, m mock) {
	t.Helper()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// refusals makes an act of every status in every form for one operation: fresh
// gives the operation of a connector that has never been refused before.
func refusals(m mock, operation string, statuses []int, forms []string, fresh func() func(context.Context) error) []act {
	var acts []act
	for _, status := range statuses {
		for _, form := range forms {
			kind := chaos.Status
			if status == http.StatusTooManyRequests {
				kind = chaos.Throttle
			}
			f := chaos.Fault{Operation: operation, Kind: kind, Status: status, Form: form}
			acts = append(acts, struck(m, f, strings.TrimSpace(fmt.Sprintf("%s answers %d %s", operation, status, form)), fresh))
		}
	}
	return acts
}

// spoilt makes acts of answers that break the contract: the check must see each.
func spoilt(m mock, operation string, fresh func() func(context.Context) error) []act {
	var acts []act
	for _, kind := range []chaos.Kind{chaos.Malformed, chaos.WrongTypes, chaos.WrongContent, chaos.HTML, chaos.Empty, chaos.Deep} {
		f := chaos.Fault{Operation: operation, Kind: kind}
		if kind == chaos.Deep {
			f.Size = 1000
		}
		if kind == chaos.WrongContent {
			f.ContentType = "text/csv"
		}
		a := struck(m, f, fmt.Sprintf("%s spoilt by %s", operation, kind), fresh)
		a.differs = true
		acts = append(acts, a)
	}
	return acts
}

// answered makes an act of an answer that the contract allows and the mock has no
// occasion to give: the connector must read it as the kind says.
func answered(m mock, operation string, status int, body string, want fault.Kind, fresh func() func(context.Context) error) act {
	a := struck(m, chaos.Fault{Operation: operation, Kind: chaos.Status, Status: status, Body: body}, operation+" answers "+body, fresh)
	a.want = []fault.Kind{want}
	return a
}

func struck(m mock, f chaos.Fault, name string, fresh func() func(context.Context) error) act {
	return act{name: name, of: f.Operation, want: anything, do: func(ctx context.Context) error {
		if err := m.Fault(f); err != nil {
			return fmt.Errorf("ordering a fault: %w", err)
		}
		defer m.Heal(f.Operation)
		return fresh()(ctx)
	}}
}

// everybody does something for all people; as many as share of them must come
// to an answer.
func everybody(name string, share float64, do func(context.Context, *population.Person) error) act {
	return act{name: name, do: func(ctx context.Context) error {
		answered := 0
		for who := range people.All() {
			err := do(ctx, who)
			switch fault.KindOf(err) {
			case "":
				answered++
			case fault.Rejected: // an incomplete person; which ones is the connector's own test
			default:
				return fmt.Errorf("person %d (%s): %w", who.Index, who.Story, err)
			}
		}
		if float64(answered) < share*float64(people.Len()) {
			return fmt.Errorf("only %d of %d people were answered", answered, people.Len())
		}
		return nil
	}}
}

// each does something for all people until it fails.
func each(all *population.Population, do func(*population.Person) error) error {
	for who := range all.All() {
		if err := do(who); err != nil {
			return fmt.Errorf("person %d (%s): %w", who.Index, who.Story, err)
		}
	}
	return nil
}

var errOutcome = errors.New("the outcome is another than expected")
