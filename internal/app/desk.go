package app

import (
	"time"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// portalProbes ask about the person whom the configuration names, who has agreed
// to it; without one only the token servers are probed. Each question carries a
// number of its own and goes on record first.
func portalProbes(p *portal.Portal, who config.Person, now time.Time) []operate.Probe {
	q := register.Question{
		Official: personal.PINFL(who.Official.Secret), Purpose: "probe", PINFL: personal.PINFL(who.PINFL.Secret),
		Document: personal.Document(who.Passport.Secret),
	}
	q.BirthDate, _ = civil.Parse(string(who.BirthDate.Secret)) // checked with the configuration
	var out []operate.Probe
	for i, probe := range p.Probes(q) {
		if p.TokenOperation(probe.Operation) == "" { // it is a token itself
			out = append(out, operate.Probe{System: portal.System, Operation: probe.Operation, Ask: probe.Ask})
			continue
		}
		if q.PINFL == "" {
			continue
		}
		own := q
		own.Transaction = newTransaction()
		out = append(out, operate.Probe{
			System: portal.System, Operation: probe.Operation, Ask: p.Probes(own)[i].Ask,
			Audit: &dossier.AuditLine{
				At: now, Actor: "hub", Action: "register.asked", Object: "probe", Subject: q.PINFL, Document: q.Document,
				Detail: map[string]string{"operation": probe.Operation, "transaction": own.Transaction, "purpose": q.Purpose},
			},
		})
	}
	return out
}

// desk is what operations staff have in their hands.
func (a *App) desk() *operate.Desk {
	return &operate.Desk{
		Operations: a.outside.operations, Probes: a.outside.probes, Store: a.store, Fleet: a.fleet, Log: a.log, Now: a.now,
		Wake: func() { a.runner.Wake(a.stageNames, time.Time{}) },
	}
}

// connectorGauges tell how operations stand and how many calls run.
func (a *App) connectorGauges() {
	for _, o := range a.outside.operations {
		labels := map[string]string{"system": o.System, "operation": o.ID}
		a.metrics.Gauge("hub_calls_in_flight", "Calls to outside systems running now.", labels, func() float64 { return float64(o.Caller.State().InFlight) })
		for _, state := range operate.States() {
			own := map[string]string{"system": o.System, "operation": o.ID, "state": string(state)}
			a.metrics.Gauge("hub_operation_state", "1 for the state in which an operation of an outside system is.", own, func() float64 {
				if operate.StateOf(o.Caller.State()) == state {
					return 1
				}
				return 0
			})
		}
	}
	a.metrics.Gauge("hub_exchanges_dropped", "Records of calls that were lost because the store did not keep pace.", nil,
		func() float64 { return float64(a.recorder.Dropped()) })
}
