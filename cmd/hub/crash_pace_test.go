package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/crashtest"
)

// patient: what waits its turn is not given up.
const patient = "checks: {deadline: 30m}\nretry: {base: 200ms, cap: 1s, limit: 1h}\n"

// paced lets a process have few calls to a register under way, so that what is
// measured is waiting, which processes share, and not the machine's cores.
const paced = patient + `
limits: {rate: -1, bulkhead: 64}
stages:
  check.personal-data.docrest: {workers: 2}
  check.registered-address.pin: {workers: 2}
  check.legal-capacity.check: {workers: 2}
`

// One, two and four processes with outside systems that take 50 ms a call:
// checks a second, and how they grow.
func TestThroughput(t *testing.T) {
	t.Parallel()
	if !soaking() {
		t.Skip("long: make soak runs it")
	}
	const each, lists = 100, 10
	var told strings.Builder
	first := 0.0
	for _, n := range []int{1, 2, 4} {
		rate := throughput(t, distributed(t, n), lists, each)
		if first == 0 {
			first = rate
		}
		fmt.Fprintf(&told, "%d processes: %.0f checks/s (%.1f times one)\n", n, rate, rate/first)
		if n > 1 && rate < 1.3*first { // two cores bear no more than about two processes
			t.Errorf("%d processes do %.0f checks/s, one %.0f", n, rate, first)
		}
	}
	t.Logf("calls of 50 ms:\n%s", told.String())
}

func throughput(t *testing.T, e crashtest.Edition, lists, each int) float64 {
	t.Helper()
	w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub, Config: paced})
	w.Late(t, 50*time.Millisecond)
	f := w.Flow(t.Context(), crashtest.FlowOptions{Limit: -1}) // hands in what this test says
	defer f.Close()
	var entries []*crashtest.Entry
	began := time.Now()
	for i := range lists {
		people, err := w.People(each)
		if err != nil {
			t.Fatal(err)
		}
		one, err := f.Hand("party", fmt.Sprintf("throughput-%d", i), people...)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, one)
	}
	last := began
	for _, one := range entries {
		at, err := w.Ready(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		if at.After(last) {
			last = at
		}
	}
	n, err := w.Answered(t.Context(), entries)
	if err != nil || n != 3*each*lists {
		t.Fatalf("%d checks ended, want %d: %v", n, 3*each*lists, err)
	}
	for _, p := range w.Processes {
		p.Kill()
	}
	return float64(n) / last.Sub(began).Seconds()
}

// One applicant's 5,000 observers do not hold up another's single one: its
// dossier is ready within a few seconds of what it takes alone.
func TestThousandsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	if !soaking() {
		t.Skip("long, and it measures: make soak runs it")
	}
	embeddedFirst(t, func(t *testing.T, e crashtest.Edition) {
		const lists, each, patience = 10, 500, slower * 5 * time.Second
		w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub, People: lists*each*3 + 2000, Config: patient})
		w.Late(t, 50*time.Millisecond)
		if err := w.Applicant(t.Context(), "party-2"); err != nil {
			t.Fatal(err)
		}
		f := w.Flow(t.Context(), crashtest.FlowOptions{Limit: -1})
		defer f.Close()
		single := func(key string) time.Duration {
			people, err := w.People(1)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			one, err := f.Hand("party-2", key, people...)
			if err != nil {
				t.Fatal(err)
			}
			at, err := w.Ready(t.Context(), one)
			if err != nil {
				t.Fatal(err)
			}
			return at.Sub(began)
		}
		_ = single("warming-up")
		alone := single("single-alone")
		var many []*crashtest.Entry
		for i := range lists {
			people, err := w.People(each)
			if err != nil {
				t.Fatal(err)
			}
			one, err := f.Hand("party", fmt.Sprintf("thousands-%d", i), people...)
			if err != nil {
				t.Fatal(err)
			}
			many = append(many, one)
		}
		wait(t, "the first checks of the thousands", func() bool {
			n, err := w.Answered(t.Context(), many[:1])
			return err == nil && n > 0
		})
		var slowest time.Duration
		for i := range 3 {
			slowest = max(slowest, single(fmt.Sprintf("single-beside-%d", i)))
		}
		left, err := w.Answered(t.Context(), many)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("a single observer: %.1f s alone, %.1f s at worst beside %d of another's, of whose %d checks %d were done by then",
			alone.Seconds(), slowest.Seconds(), lists*each, 3*lists*each, left)
		if left > 3*lists*each/2 {
			t.Error("the thousands were half done: nobody was in anybody's way")
		}
		if slowest > alone+patience {
			t.Errorf("a single observer takes %s beside thousands of another's, %s alone", slowest, alone)
		}
	})
}
