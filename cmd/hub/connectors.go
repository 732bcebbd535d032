package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

type connectorsCmd struct {
	Status    connectorsStatusCmd `cmd:"" help:"How every operation of every outside system stands."`
	Probe     connectorsProbeCmd  `cmd:"" help:"Ask operations something harmless, and hold the answers against the contracts."`
	Pause     connectorsPauseCmd  `cmd:"" help:"Hold a system or an operation back; its jobs wait."`
	Resume    connectorsResumeCmd `cmd:"" help:"Let a system or an operation go."`
	Exchanges exchangesCmd        `cmd:"" help:"The record of calls, newest first."`
	Reveal    revealCmd           `cmd:"" help:"Show what went over the wire in one call."`
}

// clock prints a time of day in Tashkent, with the date when it is another day.
func clock(t time.Time) string {
	t = t.In(civil.Tashkent)
	switch {
	case t.IsZero():
		return ""
	case t.Format(time.DateOnly) == time.Now().In(civil.Tashkent).Format(time.DateOnly):
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

type connectorsStatusCmd struct {
	hubFlags
	All bool `help:"Those too that work."`
}

func (c *connectorsStatusCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	list, err := hub.Connectors(r.ctx)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		rows, working := [][]string{{"SYSTEM", "OPERATION", "STATE", "SINCE", "TRIED AGAIN", "RUNNING", "WHERE", "WHY"}}, 0
		for _, o := range list {
			if o.State == "working" {
				working++
				if !c.All {
					continue
				}
			}
			why := o.Code
			switch {
			case o.Reason != "":
				why = o.Reason + " (" + o.Actor + ")"
			case o.Hint != "":
				why += ": " + o.Hint
			}
			rows = append(rows, []string{o.System, o.Operation, o.State, clock(o.Since), clock(o.Until), strconv.Itoa(o.InFlight), o.Host, why})
		}
		if len(rows) > 1 {
			table(w, rows)
		}
		fmt.Fprintf(w, "%d of %d operations work\n", working, len(list))
	})
}

// targetFlags name what a command is about.
type targetFlags struct {
	hubFlags
	System    string `arg:"" help:"portal, eds, oneid, playmobile or eskiz."`
	Operation string `arg:"" optional:"" help:"One operation of it; all when left out."`
	Reason    string `help:"Why: goes to the audit log." required:""`
}

type connectorsPauseCmd struct{ targetFlags }

func (c *connectorsPauseCmd) Run(r *run) error { return c.hold(r, true, "held back") }

type connectorsResumeCmd struct{ targetFlags }

func (c *connectorsResumeCmd) Run(r *run) error { return c.hold(r, false, "let go") }

func (t *targetFlags) hold(r *run, pause bool, done string) error {
	hub, err := t.client()
	if err != nil {
		return err
	}
	n, err := hub.Hold(r.ctx, pause, t.System, t.Operation, t.Reason)
	if err != nil {
		return err
	}
	return r.print(map[string]int{"operations": n}, func(w io.Writer) { fmt.Fprintf(w, "%d operations %s\n", n, done) })
}

type connectorsProbeCmd struct {
	hubFlags
	System    string `arg:"" optional:"" help:"portal, eds, oneid, playmobile or eskiz; all when left out."`
	Operation string `arg:"" optional:"" help:"One operation of it."`
}

func (c *connectorsProbeCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	list, err := hub.Probe(r.ctx, c.System, c.Operation)
	if err != nil {
		return err
	}
	bad, breaking := 0, 0
	for _, p := range list {
		if p.Outcome != "answer" {
			bad++
		}
		if slices.ContainsFunc(p.Differences, func(d client.Difference) bool { return d.Severity == "breaking" }) {
			breaking++
		}
	}
	err = r.print(list, func(w io.Writer) {
		rows := [][]string{{"SYSTEM", "OPERATION", "OUTCOME", "MS", "WHAT"}}
		for _, p := range list {
			what := p.Text
			if p.Hint != "" {
				what += " — " + p.Hint
			}
			rows = append(rows, []string{p.System, p.Operation, p.Outcome, strconv.FormatInt(p.Millis, 10), what})
		}
		table(w, rows)
		differences(w, list)
		fmt.Fprintf(w, "\n%d probed, %d do not work, %d break their contract\n", len(list), bad, breaking)
	})
	if err == nil && bad+breaking > 0 {
		err = fmt.Errorf("%d operations do not work, %d break their contract", bad, breaking)
	}
	return err
}

// differences prints, field by field, what systems do otherwise than agreed.
func differences(w io.Writer, list []client.Probed) {
	rows := [][]string{{"SYSTEM", "OPERATION", "PART", "FIELD", "AGREED", "FOUND", "SEVERITY"}}
	for _, p := range list {
		for _, d := range p.Differences {
			field := d.Field
			if field == "" {
				field = "(whole)"
			}
			rows = append(rows, []string{p.System, p.Operation, d.Part, field, d.Want, d.Got, d.Severity})
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(w, "\nDifferences from the contracts:")
		table(w, rows)
	}
}

type exchangesCmd struct {
	hubFlags
	System      string `help:"Only of this system."`
	Operation   string `help:"Only of this operation."`
	Transaction string `help:"Only of this number, as the audit log names it."`
	Outcome     string `help:"Only of this outcome: answer, or a kind of fault."`
	Limit       int    `help:"How many, 1 to 500." default:"50"`
}

func (e *exchangesCmd) Run(r *run) error {
	hub, err := e.client()
	if err != nil {
		return err
	}
	list, err := hub.Exchanges(r.ctx, client.ExchangeFilter{System: e.System, Operation: e.Operation, Transaction: e.Transaction, Outcome: e.Outcome}, e.Limit)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no exchanges")
			return
		}
		rows := [][]string{{"AT", "SYSTEM", "OPERATION", "OUTCOME", "HTTP", "MS", "TRIES", "TRANSACTION", "ID"}}
		for _, x := range list {
			outcome := x.Outcome
			if x.Code != "" {
				outcome += " (" + x.Code + ")"
			}
			rows = append(rows, []string{
				clock(x.At), x.System, x.Operation, outcome, strconv.Itoa(x.Status), fmt.Sprintf("%.1f", float64(x.Micros)/1000),
				strconv.Itoa(x.Tries), x.Transaction, x.ID,
			})
		}
		table(w, rows)
	})
}

type revealCmd struct {
	hubFlags
	ID     string `arg:"" help:"Exchange."`
	Reason string `help:"Why: goes to the audit log." required:""`
}

func (c *revealCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	e, err := hub.Reveal(r.ctx, c.ID, c.Reason)
	if err != nil {
		return err
	}
	return r.print(e, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s, %s, transaction %s: %s %s\n", e.System, e.Operation, clock(e.At), e.Transaction, e.Outcome, e.Code)
		for _, part := range []struct{ name, body string }{{"asked", e.Asked}, {"answered", e.Answered}} {
			if part.body == "" {
				part.body = "(private, wiped or none)"
			}
			fmt.Fprintf(w, "\n%s:\n%s\n", part.name, part.body)
		}
	})
}
