package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/crashtest"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/mocks/sms"
)

// point is a moment at which the hub is killed: it blocks until then.
type point struct {
	name  string
	reach func(ctx context.Context) error
}

// The demo's applications go through although the hub is killed at ten points,
// in the middle of what matters: nothing lost, no SMS twice, no number twice, no
// gap.
func TestKilledAtTenPoints(t *testing.T) {
	t.Parallel()
	h := newCrash(t)
	call := func(s interface {
		WaitCount(ctx context.Context, op string, n int) error
	}, op string, n int,
	) point {
		return point{fmt.Sprintf("call %d of %s", n, op), func(ctx context.Context) error { return s.WaitCount(ctx, op, n) }}
	}
	p, e, m := h.systems.Portal, h.systems.EDS, h.systems.SMS
	h.play([]point{
		call(e, eds.OpVerifyAttached, 1),                     // an accepted application is verified
		call(p, portal.OpPersonal, 2),                        // personal data of observers
		call(p, portal.OpCapacity, 2),                        // findings gather
		call(p, portal.OpSearch, 1),                          // its request id is being stored
		call(p, portal.OpCheck, 2),                           // it is being polled
		{"documents of the observers", h.state("executing")}, // numbers are reserved, mandates printed
		call(m, sms.OpSend, 3),                               // an SMS is under way
		call(m, sms.OpSend, 7),                               // another one
		{"the failure", h.failure},                           // a failure waits for the operator
		{"documents of the last candidate", h.lastExecuting},
	})
}

// The same at random moments, many times over.
func TestSoakKilledAtRandom(t *testing.T) {
	if os.Getenv("HUB_SOAK") == "" {
		t.Skip("long: make soak runs it")
	}
	for round := range 5 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			h := newCrash(t)
			var points []point
			for i := range 10 {
				wait := time.Duration(rand.Int64N(int64(1500 * time.Millisecond)))
				points = append(points, point{fmt.Sprintf("random %d, after %s", i, wait), func(ctx context.Context) error {
					select {
					case <-time.After(wait):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}})
			}
			h.play(points)
		})
	}
}

// process is a hub that can be killed and started again on the same data.
type process struct {
	*crashtest.Process
	addr string
}

// crash is one play of the demo with kills.
type crash struct {
	*crashtest.World
	t       *testing.T
	dir     string
	systems *mocks.Systems
	hub     process
	player  *demo.Player
}

// demoConfig: starting again takes seconds on a busy machine, and time limits run
// on meanwhile: the demo's would make failures of their own. The register that is
// down is given up after some attempts instead.
const demoConfig = "{checks: {deadline: 3m}, retry: {limit: 3m, attempts: 30}, stages: {check.criminal-record.search: {retry: {limit: 30s, attempts: 6}}}}\n"

func newCrash(t *testing.T) *crash {
	t.Helper()
	w := crashtest.Start(t, crashtest.Options{Edition: crashtest.Embedded(), Program: os.Args[0], Env: isHub, People: -1, Config: demoConfig})
	h := &crash{World: w, t: t, dir: w.Dir, systems: w.Systems, hub: process{w.Processes[0], w.Processes[0].Address}}
	h.player = &demo.Player{Mocks: w.Addresses, Admin: w.Admin(h.hub.Process), Day: w.Day, Out: t.TempDir(), Patience: 3 * time.Minute}
	if err := h.player.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *crash) play(points []point) {
	t := h.t
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	killed := make(chan error, 1)
	go func() {
		for _, at := range points {
			if err := at.reach(ctx); err != nil {
				killed <- fmt.Errorf("%s: %w", at.name, err)
				return
			}
			h.hub.Kill()
			if err := h.hub.Start(ctx); err != nil {
				killed <- fmt.Errorf("after %s: %w", at.name, err)
				return
			}
		}
		killed <- nil
	}()
	dossiers, err := h.player.Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-killed; err != nil {
		t.Fatal(err)
	}
	if n := h.hub.Kills(); n != len(points) {
		t.Errorf("killed %d times, want %d", n, len(points))
	}
	h.nothingLost(dossiers)
	h.smsOnce(dossiers)
	h.numbersWhole(dossiers)
	h.hub.Kill()
	if n, err := h.Audit(t.Context()); err != nil || n == 0 {
		t.Errorf("audit: %d lines, %v", n, err)
	}
}

func (h *crash) nothingLost(dossiers []client.Dossier) {
	t := h.t
	list, _, err := h.player.Admin.Applications(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || len(dossiers) != 3 {
		t.Errorf("%d applications stand in the hub, %d were played, want 3", len(list), len(dossiers))
	}
	for _, d := range dossiers {
		if d.State != "executed" {
			t.Errorf("%s is %s", d.Number, d.State)
		}
		for _, doc := range d.Documents {
			if doc.State != "issued" {
				t.Errorf("%s: document %s %s is %s", d.Number, doc.Kind, doc.Number, doc.State)
			}
		}
	}
	failures, err := h.player.Admin.Failures(t.Context(), client.FailureFilter{})
	if err != nil || len(failures) > 0 {
		t.Errorf("failures are left: %+v, %v", failures, err)
	}
}

// smsOnce holds the gateway's inbox against the notices: each once, by its own
// id, and nobody got the same words twice.
func (h *crash) smsOnce(dossiers []client.Dossier) {
	want := map[string]bool{}
	for _, d := range dossiers {
		for _, n := range d.Notices {
			want[n.MessageID] = true
		}
	}
	words := map[string]int{}
	for _, m := range h.systems.SMS.Inbox() {
		if !want[m.ID] {
			h.t.Errorf("an SMS that no notice stands for: %q", m.Text)
		}
		delete(want, m.ID)
		if m.Conflict {
			h.t.Errorf("one message id was used for two messages: %q", m.Text)
		}
		words[string(m.Recipient)+m.Text]++
	}
	for id := range want {
		h.t.Errorf("notice %s never reached the gateway", id)
	}
	for _, n := range words {
		if n > 1 {
			h.t.Errorf("somebody got the same SMS %d times", n)
		}
	}
}

// numbersWhole: each series runs from 1 without a gap and without a double.
func (h *crash) numbersWhole(dossiers []client.Dossier) {
	series := map[string][]string{}
	for _, d := range dossiers {
		for _, doc := range d.Documents {
			series[doc.Kind+" of "+d.Commission] = append(series[doc.Kind+" of "+d.Commission], doc.Number)
		}
	}
	want := map[string]int{"D4 of 1726": 3, "D9 of 1726": 1, "D2 of 1726269": 2, "D9 of 1726269": 2}
	for name, n := range want {
		got := series[name]
		slices.Sort(got)
		for i := range n {
			if len(got) != n || got[i] != fmt.Sprintf("%03d", i+1) {
				h.t.Errorf("%s: numbers %v, want 001 to %03d", name, got, n)
				break
			}
		}
	}
	if len(series) != len(want) {
		h.t.Errorf("series %v", series)
	}
}

// state blocks until some application is in a state.
func (h *crash) state(want string) func(context.Context) error {
	return func(ctx context.Context) error {
		return h.until(ctx, func() bool {
			list, _, err := h.player.Admin.Applications(ctx, "", 100)
			return err == nil && slices.ContainsFunc(list, func(a client.Head) bool { return a.State == want })
		})
	}
}

func (h *crash) lastExecuting(ctx context.Context) error {
	return h.until(ctx, func() bool {
		list, _, err := h.player.Admin.Applications(ctx, "", 100)
		return err == nil && len(list) == 3 && (list[0].State == "executing" || list[0].State == "executed")
	})
}

func (h *crash) failure(ctx context.Context) error {
	return h.until(ctx, func() bool {
		list, err := h.player.Admin.Failures(ctx, client.FailureFilter{})
		return err == nil && len(list) > 0
	})
}

func (h *crash) until(ctx context.Context, holds func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
