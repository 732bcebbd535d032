package transporttest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/pipelines/queue"
)

// RunShared is what transports that share a broker must pass, one transport for
// each process. Each call of open makes another process's.
func RunShared(t *testing.T, open Open) {
	t.Helper()
	run(t, open, []testCase{
		{"two processes compete", processes},
		{"a process that leaves takes no hint along", processLeaving},
		{"what is published locally stays local", staysLocal},
		{"a busy process leaves hints to a free one", busyProcess},
	})
}

// publishLocal hands messages to one transport's own subscriptions.
func publishLocal(t *testing.T, bus queue.Transport, topic string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := bus.PublishLocal(topic, message.NewMessage(id, []byte(id))); err != nil {
			t.Fatal(err)
		}
	}
}

func local(s *suite) {
	const hands = 3
	taken := make(chan string, 100)
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for range hands {
		c := s.subscribe(ctx, s.topic)
		wg.Go(func() {
			for m := range c {
				taken <- m.UUID
				m.Ack()
			}
		})
	}
	got := map[string]int{}
	for i := range 50 {
		publishLocal(s.t, s.bus, s.topic, fmt.Sprint(i))
	}
	for range 50 {
		select {
		case id := <-taken:
			got[id]++
		case <-time.After(patience):
			s.t.Fatalf("%d of 50 came", len(got))
		}
	}
	cancel()
	wg.Wait()
	if len(taken) > 0 || len(got) != 50 {
		s.t.Errorf("%d came, and %d more than once", len(got), len(taken))
	}
}

func localToNobody(s *suite) {
	for i := range 1000 {
		publishLocal(s.t, s.bus, s.topic, fmt.Sprint(i))
	}
	c := s.subscribe(s.t.Context(), s.topic)
	for i := range 1000 {
		publishLocal(s.t, s.bus, s.topic, fmt.Sprint(i))
	}
	s.next(c).Ack()
}

func contents(s *suite) {
	c := s.subscribe(s.t.Context(), s.topic)
	want := []*message.Message{
		message.NewMessage("nothing", nil),
		message.NewMessage("bytes", []byte{0, 0xff, 0xfe, '\n'}),
		message.NewMessage("large", []byte(strings.Repeat("x", 200_000))), // more than a frame
		message.NewMessage("metadata", []byte("{")),
	}
	want[3].Metadata = message.Metadata{"a": "1", "": "no name", "ключ": "\x00 значение"}
	for _, m := range want {
		if err := s.bus.Publish(s.topic, m); err != nil {
			s.t.Fatal(err)
		}
		got := s.next(c)
		if got.UUID != m.UUID || string(got.Payload) != string(m.Payload) || !cmp.Equal(map[string]string(got.Metadata), map[string]string(m.Metadata)) {
			s.t.Errorf("%s came as %s with %d bytes and %v", m.UUID, got.UUID, len(got.Payload), got.Metadata)
		}
		got.Ack()
	}
}

// take acknowledges what comes and tells it until the subscription ends.
func take(wg *sync.WaitGroup, c <-chan *message.Message, taken chan<- string) {
	wg.Go(func() {
		for m := range c {
			taken <- m.UUID
			m.Ack()
		}
	})
}

func processes(s *suite) {
	const n = 200
	other := s.open(s.t)
	here, there := make(chan string, 2*n), make(chan string, 2*n)
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		take(&wg, s.subscribe(ctx, s.topic), here)
		c, err := other.Subscribe(ctx, s.topic)
		if err != nil {
			s.t.Fatal(err)
		}
		take(&wg, c, there)
	}
	got := map[string]int{}
	byProcess := map[string]int{}
	count := func(who string, id string) {
		if !strings.HasPrefix(id, "warm") {
			got[id]++
		}
		byProcess[who]++
	}
	// Both take part from the beginning: each has taken one.
	for i := 0; byProcess["here"] == 0 || byProcess["there"] == 0; i++ {
		if i == 10_000 {
			s.t.Fatalf("only one process takes hints: %v", byProcess)
		}
		s.publish(s.topic, fmt.Sprint("warm", i))
		select {
		case id := <-here:
			count("here", id)
		case id := <-there:
			count("there", id)
		case <-time.After(patience):
			s.t.Fatal("no message came")
		}
	}
	for i := range n {
		bus := s.bus
		if i%2 == 1 {
			bus = other
		}
		if err := bus.Publish(s.topic, message.NewMessage(fmt.Sprint(i), nil)); err != nil {
			s.t.Fatal(err)
		}
	}
	for len(got) < n {
		select {
		case id := <-here:
			count("here", id)
		case id := <-there:
			count("there", id)
		case <-time.After(patience):
			s.t.Fatalf("%d of %d came", len(got), n)
		}
	}
	cancel()
	wg.Wait()
	if err := other.Close(); err != nil {
		s.t.Error(err)
	}
	close(here)
	close(there)
	for id := range here {
		count("here", id)
	}
	for id := range there {
		count("there", id)
	}
	for id, times := range got {
		if times != 1 {
			s.t.Errorf("%s came %d times", id, times)
		}
	}
}

// processLeaving: a process ends with hints that it holds and nobody there took.
func processLeaving(s *suite) {
	other := s.open(s.t)
	c, err := other.Subscribe(s.t.Context(), s.topic)
	if err != nil {
		s.t.Fatal(err)
	}
	s.publish(s.topic, "warm")
	s.next(c) // at work for good: the next hints find nobody free
	s.publish(s.topic, "a", "b", "c", "d")
	mine := s.subscribe(s.t.Context(), s.topic)
	if err := other.Close(); err != nil {
		s.t.Fatal(err)
	}
	got := map[string]bool{}
	for range 4 {
		m := s.next(mine)
		got[m.UUID] = true
		m.Ack()
	}
	if len(got) != 4 {
		s.t.Errorf("%v came, want a, b, c and d once each", got)
	}
}

func staysLocal(s *suite) {
	other := s.open(s.t)
	theirs, err := other.Subscribe(s.t.Context(), s.topic)
	if err != nil {
		s.t.Fatal(err)
	}
	stays, leave := context.WithCancel(s.t.Context())
	mine := s.subscribe(stays, s.topic)
	for i := range 20 {
		publishLocal(s.t, s.bus, s.topic, fmt.Sprint(i))
		m := s.next(mine)
		if m.UUID != fmt.Sprint(i) {
			s.t.Errorf("%s came, want %d", m.UUID, i)
		}
		m.Ack()
	}
	leave()
	for range mine { // until it is closed
	}
	s.publish(s.topic, "last")
	if m := s.next(theirs); m.UUID != "last" {
		s.t.Errorf("%s came to another process", m.UUID)
	}
	if err := other.Close(); err != nil {
		s.t.Error(err)
	}
}

// busyProcess: hints that a busy process holds must not wait for its worker.
func busyProcess(s *suite) {
	other := s.open(s.t)
	busy, err := other.Subscribe(s.t.Context(), s.topic)
	if err != nil {
		s.t.Fatal(err)
	}
	s.publish(s.topic, "work")
	s.next(busy) // never acknowledged
	mine := s.subscribe(s.t.Context(), s.topic)
	got := map[string]bool{}
	for i := range 20 {
		s.publish(s.topic, fmt.Sprint(i))
	}
	for range 20 {
		m := s.next(mine)
		got[m.UUID] = true
		m.Ack()
	}
	if len(got) != 20 {
		s.t.Errorf("%d of 20 hints came, others twice", len(got))
	}
	if err := other.Close(); err != nil {
		s.t.Error(err)
	}
}
