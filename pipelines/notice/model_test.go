package notice

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// What can happen in a call to a gateway.
var happenings = []string{
	"taken", "taken, answer lost", "taken, crash", "not taken, no answer", "not taken, crash", "an error without a kind",
	"rejected", "unavailable", "throttled", "misconfigured", "breach",
}

// happen plays one call of a gateway that tells the truth.
func happen(g *gateway, what string, m Message) (string, error) {
	switch what {
	case "taken", "taken, answer lost", "taken, crash", "an error without a kind":
		g.take(m.ID)
	}
	switch what {
	case "taken":
		return "r-" + m.ID, nil
	case "taken, answer lost", "not taken, no answer":
		return "", &fault.Fault{Kind: fault.Unavailable, Uncertain: true, Err: errors.New(what)}
	case "taken, crash", "not taken, crash":
		panic(crash{})
	case "an error without a kind":
		return "", context.DeadlineExceeded
	}
	return "", &fault.Fault{Kind: fault.Kind(what), Err: errors.New(what)}
}

// Whatever gateways answer, whenever the hub crashes, whoever replays and
// settles: as long as nobody lies, nobody gets a second SMS, what is called sent
// was sent, and what is called failed was not.
func TestNeverASecondSMS(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		var providers []Provider
		var gateways []*gateway
		calm := false
		for i := range rapid.IntRange(1, 3).Draw(t, "providers") {
			g := newGateway(m, fmt.Sprintf("p%d", i), rapid.Bool().Draw(t, "deduplicates"))
			g.send = func(msg Message) (string, error) {
				if calm {
					return happen(g, "taken", msg)
				}
				return happen(g, rapid.SampledFrom(happenings).Draw(t, g.name), msg)
			}
			gateways = append(gateways, g)
			if !rapid.Bool().Draw(t, "can be asked") {
				providers = append(providers, g)
				continue
			}
			providers = append(providers, asked{g, func(q Query) (Report, error) {
				switch {
				case !calm && rapid.Bool().Draw(t, "asking fails"):
					return Report{}, &fault.Fault{Kind: fault.Unavailable, Err: errors.New("down")}
				case g.got[q.ID] == 0:
					return Report{ID: q.ID, State: dossier.Absent}, nil
				case calm || rapid.Bool().Draw(t, "arrived"):
					return Report{ID: q.ID, State: dossier.Delivered}, nil
				}
				return Report{ID: q.ID, State: dossier.InFlight}, nil
			}})
		}
		n := setup(t, m, providers...)
		n.Ready = func(string) bool { return calm || rapid.Bool().Draw(t, "up") }
		if err := n.queue(ctx, m, dossier.Notice{ID: "n", Key: "k", MessageID: "m", Text: "text", State: dossier.NoticeQueued, At: m.now}, ""); err != nil {
			t.Fatal(err)
		}
		stages := n.Stages(nil)
		check := func() {
			total := 0
			for _, g := range gateways {
				total += g.got["m"]
			}
			note := m.notices["n"]
			told := 0
			for _, e := range m.told() {
				if e == event.NoticeSent {
					told++
				}
			}
			switch {
			case told > 1 || (told == 1) != (note.State == dossier.NoticeSent):
				t.Fatalf("%s, told %d times that it was sent", note.State, told)
			case total > 1:
				t.Fatalf("%d SMS", total)
			case note.State == dossier.NoticeSent && total != 1:
				t.Fatal("called sent, and it was not")
			case (note.State == dossier.NoticeFailed || note.State == dossier.NoticeQueued) && total != 0:
				t.Fatalf("called %s, and it was sent", note.State)
			}
		}
		settle := func() {
			note := m.notices["n"]
			for _, g := range gateways {
				if g.name == note.Provider {
					_ = n.Settle(ctx, m, "n", g.got["m"] > 0, "key:1") // an honest person asks the provider
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			m.now = m.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			switch rapid.SampledFrom([]string{"work", "work", "work", "replay", "settle", "report"}).Draw(t, "act") {
			case "work":
				if open := m.open(); len(open) > 0 {
					_ = m.run(ctx, stages, rapid.SampledFrom(open).Draw(t, "job"))
				}
			case "replay":
				for _, j := range m.jobs {
					if j.State == queue.Failed {
						j.State = queue.Ready
					}
				}
			case "settle":
				settle()
			case "report":
				for _, g := range gateways {
					if g.got["m"] > 0 {
						if _, err := n.Reported(ctx, m, g.name, []Report{{ID: "m", State: dossier.Delivered}}); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			check()
		}
		// When all is well again everything comes to an end, and with a person's
		// word the notice has arrived once.
		calm = true
		for round := 0; m.notices["n"].State != dossier.NoticeSent || len(m.open()) > 0; round++ {
			if round > 50 {
				t.Fatalf("no end: %+v, jobs %d", m.notices["n"], len(m.open()))
			}
			m.now = m.now.Add(askDoubt)
			for _, j := range m.open() {
				_ = m.run(ctx, stages, j)
				check()
			}
			if len(m.open()) == 0 && m.notices["n"].State == dossier.NoticeSending {
				settle()
			}
			for _, j := range m.jobs {
				if j.State == queue.Failed && m.notices["n"].State == dossier.NoticeFailed {
					j.State = queue.Ready
				}
			}
			check()
		}
	})
}
