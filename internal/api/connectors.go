package api

import (
	"context"
	"net/http"
	"time"

	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// connectorView is one operation of an outside system as operators see it.
type connectorView struct {
	System    string        `json:"system"`
	Operation string        `json:"operation"`
	State     operate.State `json:"state"`
	Since     *time.Time    `json:"since,omitempty"`
	Until     *time.Time    `json:"until,omitempty"`
	Code      string        `json:"code,omitempty"`
	Hint      string        `json:"hint,omitempty"`
	Actor     string        `json:"actor,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	InFlight  int           `json:"in_flight"`
	Process   string        `json:"process,omitempty"`
	Host      string        `json:"host,omitempty"`
	Probe     bool          `json:"probe"`
}

// everybodys refuses keys that are bound to a commission: outside systems serve
// all of them, and so do the people who look after them.
func everybodys(r *request) error {
	if r.key.Commission != "" {
		return dossier.Refuse(dossier.NotYours, "", "this API key is bound to a commission; outside systems are looked after for all")
	}
	return nil
}

func (s *server) listConnectors(_ http.ResponseWriter, r *request) (int, any, error) {
	list, err := s.Desk.Status(r.Context())
	if err != nil {
		return 0, nil, err
	}
	out := make([]connectorView, 0, len(list))
	for _, o := range list {
		out = append(out, connectorView{
			System: o.System, Operation: o.Operation, State: o.State, Since: known(o.Since), Until: known(o.Until), Code: o.Code, Hint: o.Hint,
			Actor: o.Actor, Reason: o.Reason, InFlight: o.InFlight, Process: o.Process, Host: o.Host, Probe: o.Probe,
		})
	}
	return http.StatusOK, map[string]any{"operations": out}, nil
}

// known is nil for a time that is not known.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (s *server) pauseConnector(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.hold(r, s.Desk.Pause)
}

func (s *server) resumeConnector(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.hold(r, s.Desk.Resume)
}

func (s *server) hold(r *request, change func(ctx context.Context, actor string, t operate.Target, reason string) (int, error)) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	var b struct{ Operation, Reason string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	n, err := change(r.Context(), "key:"+r.key.ID, operate.Target{System: r.PathValue("system"), Operation: b.Operation}, b.Reason)
	return http.StatusOK, map[string]int{"operations": n}, err
}

// probeView is what came of one probe.
type probeView struct {
	System      string                `json:"system"`
	Operation   string                `json:"operation"`
	Outcome     string                `json:"outcome"` // answer, or the kind of fault
	Code        string                `json:"code,omitempty"`
	Text        string                `json:"text,omitempty"`
	Hint        string                `json:"hint,omitempty"`
	Millis      int64                 `json:"took_ms"`
	Differences []external.Difference `json:"differences"`
}

// probeTime bounds a round of probes, below what the server gives an answer.
const probeTime = 45 * time.Second

func (s *server) probeConnectors(_ http.ResponseWriter, r *request) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	var b struct{ System, Operation string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
	defer cancel()
	list, err := s.Desk.Probe(ctx, operate.Target{System: b.System, Operation: b.Operation})
	if err != nil {
		return 0, nil, err
	}
	out := make([]probeView, 0, len(list))
	for _, p := range list {
		v := probeView{System: p.System, Operation: p.Operation, Outcome: "answer", Millis: p.Took.Milliseconds(), Differences: p.Differences}
		if v.Differences == nil {
			v.Differences = []external.Difference{}
		}
		if f := p.Fault; f != nil {
			v.Outcome, v.Code, v.Hint, v.Text = string(f.Kind), f.Code, f.Hint, f.Error()
		}
		out = append(out, v)
	}
	return http.StatusOK, map[string]any{"probes": out}, nil
}

// exchangeView is the record of one call, without its bodies.
type exchangeView struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	System      string    `json:"system"`
	Operation   string    `json:"operation"`
	Transaction string    `json:"transaction,omitempty"`
	Outcome     string    `json:"outcome"`
	Code        string    `json:"code,omitempty"`
	Status      int       `json:"status,omitempty"`
	Micros      int64     `json:"took_us"`
	Tries       int       `json:"tries"`
	Interactive bool      `json:"interactive"`
}

func exchangeOf(e store.Exchange) exchangeView {
	return exchangeView{
		ID: e.ID, At: e.At.UTC(), System: e.System, Operation: e.Operation, Transaction: e.Number, Outcome: e.Outcome, Code: e.Code,
		Status: e.Status, Micros: e.Took.Microseconds(), Tries: e.Tries, Interactive: e.Interactive,
	}
}

func (s *server) listExchanges(_ http.ResponseWriter, r *request) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	q := r.URL.Query()
	limit := limitOf(r)
	list, err := s.Store.Exchanges(r.Context(), store.ExchangeFilter{
		System: q.Get("system"), Operation: q.Get("operation"), Number: q.Get("transaction"), Outcome: q.Get("outcome"),
	}, q.Get("cursor"), limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Exchanges []exchangeView `json:"exchanges"`
		Next      string         `json:"next,omitempty"`
	}{Exchanges: []exchangeView{}}
	for i, e := range list {
		if i == limit {
			out.Next = list[i-1].ID
			break
		}
		out.Exchanges = append(out.Exchanges, exchangeOf(e))
	}
	return http.StatusOK, out, nil
}

// revealExchange shows what went over the wire about a person: for a reason,
// which goes on record before anything is shown.
func (s *server) revealExchange(_ http.ResponseWriter, r *request) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	var b struct{ Reason string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	e, err := s.Store.Exchange(r.Context(), r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	if err := s.audit(r.Context(), dossier.AuditLine{
		At: s.Now(), Actor: "key:" + r.key.ID, Action: "exchange.revealed", Object: e.ID, Detail: map[string]string{"reason": b.Reason, "transaction": e.Number},
	}); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, struct {
		exchangeView
		Asked    string `json:"asked,omitempty"`
		Answered string `json:"answered,omitempty"`
	}{exchangeOf(e), string(e.Asked), string(e.Answered)}, nil
}
