// Package transporttest is what every queue.Transport must pass. Its messages
// are few at a time where none may be lost: a transport may drop hints that
// nobody is free to take.
package transporttest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/pipelines/queue"
)

// Open makes an open transport. The suite closes it.
type Open func(t *testing.T) queue.Transport

// Run is the suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	cases := []testCase{
		{"every message reaches exactly one of many", competing},
		{"the next comes after the acknowledgement", oneAtATime},
		{"a nack brings the message back", nack},
		{"a consumer that leaves takes no message along", leaving},
		{"topics are apart", apart},
		{"publishing to nobody does not block", nobody},
		{"what is published locally reaches one of this process's own", local},
		{"publishing locally to nobody does not block", localToNobody},
		{"metadata and odd bodies come as they went", contents},
		{"closing ends subscriptions and leaks nothing", closing},
		{"closing while others publish and subscribe", closingUnderLoad},
		{"a flood with slow consumers stays bounded", flood},
	}
	run(t, open, cases)
}

type testCase struct {
	name string
	f    func(s *suite)
}

func run(t *testing.T, open Open, cases []testCase) {
	t.Helper()
	for _, c := range cases {
		// Not in parallel: leaks and the heap are the whole process's.
		t.Run(c.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			bus := open(t)
			s := &suite{t: t, open: open, bus: bus, topic: fmt.Sprintf("hub.stage.test%d", topics.Add(1))}
			c.f(s)
			if err := bus.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

// topics keeps runs on one broker apart.
var topics atomic.Int64

type suite struct {
	t     *testing.T
	open  Open
	bus   queue.Transport
	topic string
}

func (s *suite) subscribe(ctx context.Context, topic string) <-chan *message.Message {
	s.t.Helper()
	c, err := s.bus.Subscribe(ctx, topic)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *suite) publish(topic string, ids ...string) {
	s.t.Helper()
	var list []*message.Message
	for _, id := range ids {
		list = append(list, message.NewMessage(id, []byte(id)))
	}
	if err := s.bus.Publish(topic, list...); err != nil {
		s.t.Fatal(err)
	}
}

// patience bounds what must come; a loaded machine may take long.
const patience = 30 * time.Second

// next is the next message of a subscription, which must come.
func (s *suite) next(c <-chan *message.Message) *message.Message {
	s.t.Helper()
	select {
	case m, ok := <-c:
		if !ok {
			s.t.Fatal("the subscription ended")
		}
		return m
	case <-time.After(patience):
		s.t.Fatal("no message came")
	}
	return nil
}

// none checks that nothing more comes: a message sent behind is the next.
func (s *suite) none(topic string, c <-chan *message.Message) {
	s.t.Helper()
	s.publish(topic, "last")
	m := s.next(c)
	if m.UUID != "last" {
		s.t.Errorf("%s came, want nothing before the last", m.UUID)
	}
	m.Ack()
}

func competing(s *suite) {
	const hands, n = 5, 100
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var mu sync.Mutex
	got := map[string]int{}
	all := make(chan struct{})
	var wg sync.WaitGroup
	for range hands {
		c := s.subscribe(ctx, s.topic)
		wg.Go(func() {
			for m := range c {
				mu.Lock()
				if got[string(m.Payload)]++; len(got) == n {
					select {
					case <-all:
					default:
						close(all)
					}
				}
				mu.Unlock()
				m.Ack()
			}
		})
	}
	for i := range n {
		s.publish(s.topic, fmt.Sprint(i))
	}
	select {
	case <-all:
	case <-time.After(patience):
		s.t.Errorf("%d of %d messages came", len(got), n)
	}
	cancel()
	wg.Wait() // the subscriptions end with their context
	for id, times := range got {
		if times != 1 {
			s.t.Errorf("message %s came %d times", id, times)
		}
	}
}

func oneAtATime(s *suite) {
	c := s.subscribe(s.t.Context(), s.topic)
	s.publish(s.topic, "a", "b")
	a := s.next(c)
	select {
	case m := <-c:
		s.t.Errorf("%s came while %s was at work", m.UUID, a.UUID)
	case <-time.After(20 * time.Millisecond): // a true bug shows at once
	}
	a.Ack()
	b := s.next(c)
	b.Ack()
	if a.UUID == b.UUID {
		s.t.Errorf("%s came twice", a.UUID)
	}
}

func nack(s *suite) {
	c := s.subscribe(s.t.Context(), s.topic)
	s.publish(s.topic, "a")
	for range 3 {
		m := s.next(c)
		if m.UUID != "a" || string(m.Payload) != "a" {
			s.t.Errorf("%s came back as %q", m.UUID, m.Payload)
		}
		m.Nack()
	}
	s.next(c).Ack()
	s.none(s.topic, c)
}

func leaving(s *suite) {
	for range 20 {
		ctx, cancel := context.WithCancel(s.t.Context())
		gone := s.subscribe(ctx, s.topic)
		stays, leave := context.WithCancel(s.t.Context())
		c := s.subscribe(stays, s.topic)
		s.publish(s.topic, "a")
		cancel() // before, while or after the message is handed to it
		select {
		case m, ok := <-gone:
			if !ok {
				s.next(c).Ack()
				break
			}
			m.Nack()
			s.next(c).Ack()
		case m := <-c:
			m.Ack()
		case <-time.After(patience):
			s.t.Fatal("the message went with the consumer that left")
		}
		leave()
		for range gone { // until it is closed
		}
		for range c { // until it is closed
		}
	}
}

func apart(s *suite) {
	c, other := s.subscribe(s.t.Context(), s.topic), s.subscribe(s.t.Context(), s.topic+".other")
	s.publish(s.topic, "here")
	s.publish(s.topic+".other", "there")
	if m := s.next(c); m.UUID != "here" {
		s.t.Errorf("%s came", m.UUID)
	} else {
		m.Ack()
	}
	if m := s.next(other); m.UUID != "there" {
		s.t.Errorf("%s came", m.UUID)
	} else {
		m.Ack()
	}
}

func nobody(s *suite) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 1000 {
			if err := s.bus.Publish(s.topic, message.NewMessage(fmt.Sprint(i), nil)); err != nil {
				s.t.Error(err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
		s.t.Fatal("publishing blocks")
	}
}

func closing(s *suite) {
	idle := s.subscribe(s.t.Context(), s.topic)
	busy := s.subscribe(s.t.Context(), s.topic+".busy")
	s.publish(s.topic+".busy", "a")
	s.next(busy) // at work, never acknowledged
	if err := s.bus.Close(); err != nil {
		s.t.Error(err)
	}
	for name, c := range map[string]<-chan *message.Message{"idle": idle, "busy": busy} {
		select {
		case _, ok := <-c:
			if ok {
				s.t.Errorf("a message came to the %s subscription after the end", name)
			}
		case <-time.After(patience):
			s.t.Errorf("the %s subscription did not end", name)
		}
	}
	if _, err := s.bus.Subscribe(s.t.Context(), s.topic); err == nil {
		s.t.Error("a closed transport takes subscriptions")
	}
	if err := s.bus.Publish(s.topic, message.NewMessage("late", nil)); err == nil {
		s.t.Error("a closed transport takes messages")
	}
}

func closingUnderLoad(s *suite) {
	ctx := s.t.Context()
	var wg sync.WaitGroup
	started := make(chan struct{}, 8)
	news := func() {
		select {
		case started <- struct{}{}:
		default:
		}
	}
	for hand := range 4 {
		wg.Go(func() {
			for i := 0; s.bus.Publish(s.topic, message.NewMessage(fmt.Sprint(hand, i), nil)) == nil; i++ {
				if i == 10 {
					news()
				}
			}
		})
		wg.Go(func() {
			for {
				c, err := s.bus.Subscribe(ctx, fmt.Sprintf("%s.%d", s.topic, hand%2))
				if err != nil {
					return
				}
				wg.Go(func() {
					for m := range c {
						m.Ack()
					}
				})
				news()
				runtime.Gosched()
			}
		})
	}
	for range 4 {
		<-started
	}
	if err := s.bus.Close(); err != nil {
		s.t.Error(err)
	}
	wg.Wait()
}

// flood publishes far more than anybody takes.
func flood(s *suite) {
	const n, hands = 100_000, 4
	goOn := make(chan struct{})
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range hands {
		c := s.subscribe(s.t.Context(), s.topic)
		wg.Go(func() {
			for m := range c {
				if taken.Add(1) <= hands {
					<-goOn // stuck in its first message for as long as the flood lasts
				}
				m.Ack()
			}
		})
	}
	heap := heapNow()
	threads := runtime.NumGoroutine()
	payload := make([]byte, 1024)
	for i := range n {
		if err := s.bus.Publish(s.topic, message.NewMessage(fmt.Sprint(i), payload)); err != nil {
			s.t.Fatal(err)
		}
		if i%10_000 == 0 {
			if g := runtime.NumGoroutine(); g > threads+50 {
				s.t.Fatalf("%d goroutines after %d messages, %d before", g, i, threads)
			}
		}
	}
	if grown := heapNow() - heap; grown > 32<<20 {
		s.t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	close(goOn)
	if err := s.bus.Close(); err != nil {
		s.t.Error(err)
	}
	wg.Wait()
}

func heapNow() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
