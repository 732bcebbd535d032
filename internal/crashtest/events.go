package crashtest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Event is one event of the stream as a subscriber got it.
type Event struct {
	ID          string // for deduplication
	Type        string
	Application string
	Sequence    int64 // within the application, from 1
	Position    int64 // in the stream; 0: not told by this way
}

// Listener follows the event stream through outages until it is closed.
type Listener interface {
	Name() string
	// Events are all it got, doubles included, in the order in which they came.
	Events() []Event
	Errs() []string
	// Ordered says that the way promises each event once, in order.
	Ordered() bool
	Close() error
}

// heard is what a listener's events amount to.
type heard struct {
	unique, doubles int
	missing         int // sequence numbers of applications that nobody delivered
	gaps            int // positions of the stream that nobody delivered
	disorder        int // first deliveries that came before an earlier one of their application
	strangers       int // events of applications that the ledger does not know
	kinds           map[string]int
}

func judge(events []Event, known map[string]bool) heard {
	h := heard{kinds: map[string]int{}}
	seen := map[string]bool{}
	highest, count := map[string]int64{}, map[string]int64{}
	var low, high, positions int64
	for _, e := range events {
		if seen[e.ID] {
			h.doubles++
			continue
		}
		seen[e.ID] = true
		h.unique++
		h.kinds[e.Type]++
		if e.Application != "" {
			if !known[e.Application] {
				h.strangers++
			}
			if e.Sequence < highest[e.Application] {
				h.disorder++
			}
			highest[e.Application] = max(highest[e.Application], e.Sequence)
			count[e.Application]++
		}
		if e.Position > 0 {
			positions++
			if low == 0 || e.Position < low {
				low = e.Position
			}
			high = max(high, e.Position)
		}
	}
	for app, last := range highest {
		h.missing += int(last - count[app])
	}
	for app := range known {
		if count[app] == 0 {
			h.missing++
		}
	}
	if positions > 0 {
		h.gaps = int(high - low + 1 - positions)
	}
	return h
}

// Listen begins to follow the event stream in every way the edition has.
func (w *World) Listen(t testing.TB) []Listener {
	t.Helper()
	var all []Listener
	if s := w.listenHTTP(t); s != nil {
		all = append(all, s)
	}
	if w.Edition.Broker != nil {
		all = append(all, w.listenAMQP(t))
	}
	for _, l := range all {
		t.Cleanup(func() { _ = l.Close() })
	}
	return all
}

// late is how long the last events may take once nothing else is left to do.
const late = 20 * time.Second

// events holds what each listener got against the ledger: of each application
// every number of its own sequence, of the stream every position.
func (f *Flow) events(ctx context.Context, l *Ledger, listeners []Listener) error {
	known := map[string]bool{}
	for _, e := range f.Entries() {
		known[e.ID] = true
	}
	for _, one := range listeners {
		until := time.Now().Add(late)
		h := judge(one.Events(), known)
		for (h.missing > 0 || h.gaps > 0) && time.Now().Before(until) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
			h = judge(one.Events(), known)
		}
		r := Row{What: "events by " + one.Name(), Want: h.unique + h.missing, Have: h.unique, Lost: max(h.missing, h.gaps)}
		r.Note = fmt.Sprintf("%d came again under their id", h.doubles)
		l.add(r)
		if one.Ordered() && (h.disorder > 0 || h.doubles > 0) {
			l.wrongf("events by %s: %d out of order, %d twice", one.Name(), h.disorder, h.doubles)
		}
		if h.strangers > 0 {
			l.wrongf("events by %s: %d of no application of the ledger", one.Name(), h.strangers)
		}
		for _, err := range one.Errs() {
			l.wrongf("events by %s: %s", one.Name(), err)
		}
		l.told(one.Name(), h.kinds)
	}
	return nil
}

// told holds what the events say against the rows of the ledger before.
func (l *Ledger) told(way string, kinds map[string]int) {
	for what, kind := range map[string]string{
		"applications accepted": "application.submitted", "applications final": "application.executed", "decisions in force": "decision.signed",
		"documents issued": "document.issued", "SMS by id at the gateway": "notice.sent",
	} {
		for _, r := range l.Rows {
			if r.What == what && r.Have != kinds[kind] {
				l.wrongf("events by %s: %d %s, the ledger has %d %s", way, kinds[kind], kind, r.Have, what)
			}
		}
	}
}
