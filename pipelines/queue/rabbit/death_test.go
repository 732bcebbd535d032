package rabbit_test

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

// TestBrokerDies has a broker of its own, which is killed in the middle of
// traffic, wiped, and away when further processes start.
func TestBrokerDies(t *testing.T) {
	t.Parallel()
	services := servicetest.Private(t)
	address := services.AMQPURL()
	cfg := config(address, "hub")
	a, b := open(t, cfg), open(t, cfg)
	e := openEvents(t, cfg)
	together := func() bool { return a.Connected() && b.Connected() && e.Connected() }
	eventually(t, "all connect", together)
	c := subscribe(t, a, topic)
	arrives(t, b, c)
	queue := bind(t, channel(t, address), "hub", "#", nil)

	rounds := 1
	if os.Getenv("HUB_SOAK") != "" {
		rounds = 20
	}
	ledger := sending(t, e)
	var threads int
	for round := range rounds {
		quiet := traffic(t, a, b)
		ledger.grows()
		services.Kill(servicetest.Broker)
		eventually(t, "the loss is noticed", func() bool { return !a.Connected() && !b.Connected() && !e.Connected() })
		arrives(t, a, c)
		services.Start(servicetest.Broker)
		eventually(t, "all connect again", together)
		ledger.grows()
		quiet()
		drain(c)
		arrives(t, b, c)
		if n := runtime.NumGoroutine(); round == 0 {
			threads = n
		} else if n > threads+30 {
			t.Errorf("%d goroutines after %d restarts, %d after the first", n, round+1, threads)
		}
	}
	ledger.check(ledger.stop(), consume(t, channel(t, address), queue))

	services.Wipe(servicetest.Broker)
	began := time.Now()
	late := open(t, cfg)
	if took := time.Since(began); took > time.Second {
		t.Errorf("starting without the broker took %s", took)
	}
	mine := subscribe(t, late, topic+".late")
	publish(t, late, topic+".late", "alone")
	next(t, mine).Ack()
	if late.Connected() {
		t.Error("connected to a dead broker")
	}
	services.Start(servicetest.Broker)
	eventually(t, "all connect to an empty broker", func() bool { return together() && late.Connected() })
	drain(c)
	arrives(t, b, c)
	publish(t, b, topic+".late", "from another process")
	next(t, mine).Ack()
	again(t, e, numbered(0, 10))
}

// traffic publishes hints over both until the function it returns is called,
// which checks that no call was held up.
func traffic(t *testing.T, buses ...*rabbit.Transport) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var slowest atomic.Int64
	for _, bus := range buses {
		for range 4 {
			c, err := bus.Subscribe(ctx, topic+".busy")
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for m := range c {
					m.Ack()
				}
			})
		}
		wg.Go(func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				began := time.Now()
				if err := bus.Publish(topic+".busy", message.NewMessage("x", nil)); err != nil {
					t.Error(err)
				}
				slowest.Store(max(slowest.Load(), int64(time.Since(began))))
				<-tick.C
			}
		})
	}
	return func() {
		cancel()
		wg.Wait()
		if d := time.Duration(slowest.Load()); d > 2*time.Second {
			t.Errorf("publishing a hint took %s", d)
		}
	}
}

// ledger is what a relay of events does: sends in order, and sends again with
// the same ids what is not confirmed.
type ledger struct {
	t         *testing.T
	confirmed atomic.Int64
	end       context.CancelFunc
	wg        sync.WaitGroup
}

func sending(t *testing.T, e *rabbit.Events) *ledger {
	ctx, cancel := context.WithCancel(t.Context())
	l := &ledger{t: t, end: cancel}
	l.wg.Go(func() {
		for ctx.Err() == nil {
			from := int(l.confirmed.Load())
			// An error is no news here: what is not confirmed is the next to be sent.
			n, _ := e.Send(t.Context(), numbered(from, from+20)...)
			l.confirmed.Add(int64(n))
		}
	})
	return l
}

func (l *ledger) grows() {
	l.t.Helper()
	from := l.confirmed.Load()
	eventually(l.t, "events are confirmed", func() bool { return l.confirmed.Load() > from+200 })
}

func (l *ledger) stop() int {
	l.end()
	l.wg.Wait()
	return int(l.confirmed.Load())
}

// check takes n different events: none is missing, and the first of each came
// in order.
func (l *ledger) check(n int, deliveries <-chan amqp.Delivery) {
	l.t.Helper()
	var order []int
	seen := map[int]bool{}
	doubled := 0
	for len(seen) < n {
		id, err := strconv.Atoi(got(l.t, deliveries, 1)[0])
		if err != nil {
			l.t.Fatal(err)
		}
		if seen[id] {
			doubled++
			continue
		}
		seen[id] = true
		order = append(order, id)
	}
	if !slices.IsSorted(order) {
		l.t.Error("events came out of order")
	}
	l.t.Logf("%d events confirmed, %d came twice", n, doubled)
}
