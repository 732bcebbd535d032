package calltest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// cell is one way the other side may behave, with what must come of it.
type cell struct {
	row, column string // of the printed table
	play        Transport
	kind        fault.Kind
	word        string
	renewed     bool
	wait        time.Duration // that the fault must name
	sent        *bool         // whether the fault must be uncertain; nil: not told here
	any         bool          // no kind is expected: only what holds for every kind
}

func (c cell) String() string { return c.row + ", " + c.column }

// seen is what came of a cell.
type seen struct {
	word      string
	err       error
	exchanges []call.Exchange // of the operation
	tries     int             // that reached the system
	away      int             // that went to another host
	stopped   bool            // the operation was stopped
	counted   bool            // the breaker opened where one failure is enough
	all       []call.Exchange // of every operation, for leaks
}

// cells lists all there are of an operation.
func (s Subject) cells(op Operation) []cell {
	var out []cell
	for _, l := range lines {
		for _, f := range forms {
			if l.status == http.StatusNoContent && f != None {
				continue // no transport delivers a body with it
			}
			if op.FixedLimits && f == TooLong && l.status != http.StatusOK && l.status != http.StatusBadRequest && l.status != http.StatusInternalServerError {
				continue // a megabyte each: three will do
			}
			c := cell{row: fmt.Sprint(l.status), column: string(f), play: answering(s.reply(op, l, f))}
			if l.after != "" {
				c.row += " with Retry-After"
			}
			if c.kind = common(l.status, f); c.kind == "" {
				c.word = op.Word
			}
			for _, e := range op.Except {
				if (len(e.Statuses) == 0 || slices.Contains(e.Statuses, l.status)) && (len(e.Forms) == 0 || slices.Contains(e.Forms, f)) {
					c.kind, c.word, c.renewed = e.Kind, e.Word, e.Renewed
				}
			}
			if l.after != "" && (c.kind == fault.Throttled || c.kind == fault.Unavailable) {
				c.wait = 30 * time.Second
			}
			out = append(out, c)
		}
	}
	for _, o := range op.Own {
		out = append(out, cell{row: ownRow, column: o.Name, play: answering(o.Reply), kind: o.Kind, word: o.Word, renewed: o.Renewed})
	}
	for _, b := range breakages {
		sent := b.sent && op.For == op.ID
		out = append(out, cell{
			row: "transport", column: b.name, kind: fault.Unavailable, sent: &sent,
			play: func(r *http.Request) (*http.Response, error) { return b.play(s, op, r) },
		})
	}
	for _, status := range []int{200, 400, 500} {
		out = append(out, cell{row: fmt.Sprint(status), column: "numbers", any: true, play: answering(Reply{Status: status, Body: s.numbers(op)})})
	}
	return out
}

// table runs every cell of every operation and prints what came of them.
func (s Subject) table(t *testing.T) {
	results := make([][]row, len(s.Operations))
	t.Run("cells", func(t *testing.T) {
		for i, op := range s.Operations {
			t.Run(op.ID, func(t *testing.T) {
				t.Parallel()
				wrong := 0
				for _, c := range s.cells(op) {
					got := s.run(t, op, c)
					for _, complaint := range append(judge(s, op, c, got), s.leaks(got)...) {
						if wrong++; wrong <= 20 {
							t.Errorf("%s: %s", c, complaint)
						}
					}
					if !c.any {
						results[i] = append(results[i], row{c.row, c.column, outcome(got)})
					}
				}
				if wrong > 20 {
					t.Errorf("and %d more", wrong-20)
				}
			})
		}
	})
	s.golden(t, results)
}

// patience is the asker's where the connector's own limits are fixed: with the
// default ones tries are too long for ten of them to fall into one window.
const patience = 4 * time.Second

// run asks once, and again in front of a breaker that one failure opens.
func (s Subject) run(t *testing.T, op Operation, c cell) seen {
	var got seen
	synctest.Test(t, func(t *testing.T) {
		ask, sys, w := open(t, op, call.Limits{}, c.play)
		got.word, got.err = ask(t.Context())
		got.exchanges, got.tries, got.stopped = w.own(), sys.tries(), w.stops() > 0
		got.away, got.all = sys.away, w.all
	})
	synctest.Test(t, func(t *testing.T) {
		ask, _, w := open(t, op, call.Limits{Breaker: call.BreakerConfig{Minimum: 1}}, c.play)
		times := 1
		if op.FixedLimits {
			times = 10 // the default minimum
		}
		for range times {
			// A stop by misconfiguration must not keep the tries from the breaker.
			ctx, cancel := context.WithTimeout(call.Probing(t.Context()), patience)
			_, _ = ask(ctx)
			cancel()
		}
		for _, e := range w.own() {
			got.counted = got.counted || e.Breaker == "open"
		}
	})
	return got
}

// judge says in which ways what came breaks the rules.
func judge(s Subject, op Operation, c cell, got seen) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if got.away > 0 {
		add("%d tries went to another host", got.away)
	}
	var f *fault.Fault
	kind := fault.Kind("")
	if got.err != nil {
		var ok bool
		if f, ok = errors.AsType[*fault.Fault](got.err); !ok {
			add("%T is no fault", got.err)
			return out
		}
		kind = f.Kind
		if !slices.Contains(fault.All(), kind) || kind == fault.Defect {
			add("kind %q", kind)
		}
		if f.System != s.System || f.Operation != op.For {
			add("names %q %q, want %q %q", f.System, f.Operation, s.System, op.For)
		}
		if got.word != "" {
			add("a fault with the answer %q", got.word)
		}
	}
	if !c.any && (kind != c.kind || got.word != c.word) {
		add("%s, want %s", told(kind, got.word), told(c.kind, c.word))
	}
	if f != nil && f.Wait < c.wait {
		add("waits %v, the system asked for %v", f.Wait, c.wait)
	}
	if f != nil && c.sent != nil && f.Uncertain != *c.sent {
		add("uncertain %v, want %v", f.Uncertain, *c.sent)
	}
	rule := fault.RuleOf(kind)
	want := 1
	if f != nil && rule.AgainAtOnce && op.Repeatable && f.Wait <= time.Second {
		want = 2
	}
	total := 0
	for _, e := range got.exchanges {
		total += e.Tries
		if e.Tries != want {
			add("an exchange of %d tries, want %d", e.Tries, want)
		}
		if e.System != s.System {
			add("an exchange with %q", e.System)
		}
		if op.Private && (e.Asked != nil || e.Answered != nil) {
			add("a private exchange keeps its bodies")
		}
	}
	if total != got.tries {
		add("%d tries reached the system, %d were observed", got.tries, total)
	}
	if times := map[bool]int{false: 1, true: 2}[c.renewed]; !c.any && len(got.exchanges) != times {
		add("%d exchanges, want %d", len(got.exchanges), times)
	}
	if counts := f != nil && rule.CountsBreaker; got.counted != counts {
		add("%s, counted by the breaker: %v", told(kind, got.word), got.counted)
	}
	if stops := kind == fault.Misconfigured; got.stopped != stops {
		add("%s, the operation stopped: %v", told(kind, got.word), got.stopped)
	}
	if n := len(got.exchanges); n > 0 && op.For == op.ID && got.exchanges[n-1].Kind != kind {
		add("%s, observed as %s", told(kind, got.word), told(got.exchanges[n-1].Kind, ""))
	}
	return out
}

func told(k fault.Kind, word string) string {
	if k == "" {
		return fmt.Sprintf("the answer %q", word)
	}
	return string(k)
}

// outcome is what the table prints: kind or answer, the tries of each exchange,
// a star where the breaker counts it.
func outcome(got seen) string {
	text := got.word
	if got.err != nil {
		text = string(fault.KindOf(got.err))
	}
	var tries []string
	for _, e := range got.exchanges {
		tries = append(tries, fmt.Sprint(e.Tries))
	}
	text += " " + strings.Join(tries, "+")
	if got.counted {
		text += "*"
	}
	return text
}
