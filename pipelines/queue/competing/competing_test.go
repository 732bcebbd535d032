package competing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/pipelines/queue/competing"
)

func subscribe(t *testing.T, topics *competing.Topics, name string) <-chan *message.Message {
	t.Helper()
	c, err := topics.Subscribe(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHandWaitsForAFreeSubscription(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		topics := competing.New()
		defer topics.Close()
		a := message.NewMessage("a", nil)
		if topics.Hand(t.Context(), "x", a) || topics.Free(t.Context(), "x") {
			t.Error("somebody is free where nobody ever was")
		}
		c := subscribe(t, topics, "x")
		if !topics.Free(t.Context(), "x") || !topics.Hand(t.Context(), "x", a) {
			t.Error("nobody is free")
		}
		at := <-c
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if topics.Hand(soon, "x", message.NewMessage("b", nil)) || topics.Free(soon, "x") {
			t.Error("a subscription at work counts as free")
		}
		at.Ack()
		if !topics.Free(t.Context(), "x") {
			t.Error("a subscription that has ended its work is not free")
		}
		select {
		case m := <-c:
			t.Errorf("%s came although it was not taken", m.UUID)
		default:
		}
	})
}

func TestOfferDropsWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		topics := competing.New()
		defer topics.Close()
		if topics.Offer("x", message.NewMessage("0", nil)) {
			t.Error("kept for nobody")
		}
		c := subscribe(t, topics, "x")
		kept := 0
		for i := range 2 * competing.Backlog {
			if topics.Offer("x", message.NewMessage(fmt.Sprint(i), nil)) {
				kept++
			}
			synctest.Wait() // the subscription has the first one in hand
		}
		if kept != competing.Backlog+1 {
			t.Errorf("%d kept, want %d and the one in hand", kept, competing.Backlog)
		}
		for i := range kept {
			m := <-c
			if m.UUID != fmt.Sprint(i) {
				t.Fatalf("%s came, want %d", m.UUID, i)
			}
			m.Ack()
		}
	})
}

func TestEnded(t *testing.T) {
	t.Parallel()
	topics := competing.New()
	ended := 0
	ctx, cancel := context.WithCancel(t.Context())
	c, err := topics.Subscribe(ctx, "x", func() { ended++ })
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range c { // until it is closed
	}
	if ended != 1 {
		t.Errorf("told %d times of the end before the channel was closed", ended)
	}
	topics.Close()
	if _, err := topics.Subscribe(t.Context(), "x"); !errors.Is(err, competing.ErrClosed) {
		t.Errorf("subscribing after the end: %v", err)
	}
}
