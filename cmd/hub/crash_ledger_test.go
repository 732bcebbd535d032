package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/crashtest"
	"github.com/saylovhub/hub/internal/servicetest"
)

// settle bounds how long the work that is left may take once nothing new comes.
// An idle machine needs a tenth of it; a stuck job needs for ever.
const settle = 5 * time.Minute

// soaking reports that the long forms run.
func soaking() bool { return os.Getenv("HUB_SOAK") != "" }

// eachEdition runs a test on the embedded edition and on the distributed one
// with so many processes.
func eachEdition(t *testing.T, processes int, test func(t *testing.T, e crashtest.Edition)) {
	t.Helper()
	onEditions(t, true, processes, test)
}

// embeddedFirst is the same for what concerns a process more than how several of
// them go together: on the distributed edition the soak alone runs it.
func embeddedFirst(t *testing.T, test func(t *testing.T, e crashtest.Edition)) {
	t.Helper()
	onEditions(t, soaking(), 2, test)
}

func onEditions(t *testing.T, both bool, processes int, test func(t *testing.T, e crashtest.Edition)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, crashtest.Embedded())
	})
	t.Run("distributed", func(t *testing.T) {
		t.Parallel()
		if !both {
			t.Skip("long: make soak runs it")
		}
		test(t, distributed(t, processes))
	})
}

// Applications of the demo's kinds flow while hub processes are killed with
// kill -9 at random moments and one call in five of every outside system goes
// wrong. At the end the ledger is drawn up: nothing is lost, nothing is twice.
func TestCrashLedger(t *testing.T) {
	t.Parallel()
	eachEdition(t, 3, func(t *testing.T, e crashtest.Edition) {
		k := crashtest.Kills{Seed: seed(t), N: 10, Within: 30 * time.Second, Down: 3 * time.Second}
		if e.Distributed() {
			k.N, k.Within = 20, 90*time.Second
		}
		crashLedger(t, e, k, "crash-"+e.Name)
	})
}

// The same for ten minutes, two hundred kills.
func TestSoakCrashLedger(t *testing.T) { //nolint:paralleltest // it takes the whole machine
	if !soaking() {
		t.Skip("long: make soak runs it")
	}
	for _, name := range []string{"embedded", "distributed"} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // one after another
			e := crashtest.Embedded()
			if name == "distributed" {
				e = distributed(t, 3)
			}
			crashLedger(t, e, crashtest.Kills{Seed: seed(t), N: 200, Within: 10 * time.Minute, Down: 60 * time.Second}, "soak-"+e.Name)
		})
	}
}

// seed is new in every run, and told: HUB_SEED repeats one.
func seed(t *testing.T) uint64 {
	t.Helper()
	s, err := crashtest.Seed(os.Getenv("HUB_SEED"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("HUB_SEED=%d repeats these kills", s)
	return s
}

func crashLedger(t *testing.T, e crashtest.Edition, k crashtest.Kills, name string) {
	w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub, Seed: k.Seed, People: 4000 + 100*k.N})
	w.Fail(t)
	listeners := w.Listen(t)
	f := w.Flow(t.Context(), crashtest.FlowOptions{})
	t.Cleanup(f.Close)
	began := time.Now()
	kills, err := w.Kill(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if kills != k.N {
		t.Errorf("killed %d times, want %d", kills, k.N)
	}
	killed := time.Now()
	if err := f.Settle(t.Context(), settle); err != nil {
		t.Error(err)
	}
	took := fmt.Sprintf("%d kills in %.0f s, then all was done in %.0f s; HUB_SEED=%d", kills, killed.Sub(began).Seconds(), time.Since(killed).Seconds(), k.Seed)
	prove(t, w, f, listeners, name, took)
}

// prove draws the ledger up, prints it and fails the test where it does not
// balance.
func prove(t *testing.T, w *crashtest.World, f *crashtest.Flow, listeners []crashtest.Listener, name string, facts ...string) *crashtest.Ledger {
	t.Helper()
	l, err := f.Ledger(t.Context(), name, listeners...)
	if err != nil {
		t.Errorf("drawing the ledger up: %v", err)
	}
	for _, fact := range facts {
		l.Fact("%s", fact)
	}
	f.Close()
	if err := w.Close(t.Context(), l); err != nil {
		t.Error(err)
	}
	if err := l.Print(name); err != nil {
		t.Error(err)
	}
	t.Logf("\n%s", l)
	for _, wrong := range l.Wrong {
		t.Error(wrong)
	}
	return l
}

// distributed is the edition of several processes over PostgreSQL and RabbitMQ
// of the test's own.
func distributed(t *testing.T, processes int) crashtest.Edition {
	t.Helper()
	e, _ := distributedOn(t, processes)
	return e
}

func distributedOn(t *testing.T, processes int) (crashtest.Edition, *servicetest.Services) {
	t.Helper()
	s := servicetest.Private(t)
	const lease = 3 * time.Second
	of := func(name string) crashtest.Service {
		return crashtest.Service{
			Name:  name,
			Kill:  func() error { s.Kill(name); return nil },
			Start: func() error { s.Start(name); return nil },
		}
	}
	return crashtest.Edition{
		Name: "distributed", Processes: processes, StoreURL: s.PostgresURL(), Lease: lease,
		Env: []string{
			"HUB_STORE_URL=" + s.PostgresURL(), "HUB_TRANSPORT_URL=" + s.AMQPURL(), "HUB_TRANSPORT_NAMESPACE=hub", "HUB_QUEUE_LEASE=" + lease.String(),
		},
		Services: []crashtest.Service{of(servicetest.Broker), of(servicetest.PostgreSQL)},
		Broker:   &crashtest.Broker{URL: s.AMQPURL(), Namespace: "hub"},
		FillDisk: func() (func() error, error) { return fillPostgres(s) },
	}, s
}

// fillPostgres takes the room away from every process of the server. A server
// that could not even end its recovery is started again once there is room.
func fillPostgres(s *servicetest.Services) (func() error, error) {
	lift, err := crashtest.LimitFiles(0, s.PIDs(servicetest.PostgreSQL)...)
	return func() error {
		err := lift()
		s.Start(servicetest.PostgreSQL)
		return err
	}, err
}
