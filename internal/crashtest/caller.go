package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/internal/client"
)

// caller is a commission application: it asks any process that it knows to run,
// and repeats a request whose outcome it does not know until it knows it. What
// it repeats carries the idempotency key of the first time.
type caller struct {
	w     *World
	key   string
	front string // address of a front; empty: any process

	mu  sync.Mutex
	rng *rand.Rand

	repeats *atomic.Int64 // requests sent again
	broken  *atomic.Int64 // of them those that got no answer at all
}

func (w *World) caller(key string, seed uint64, repeats, broken *atomic.Int64) *caller {
	return &caller{w: w, key: key, rng: rand.New(rand.NewPCG(w.seed, seed)), repeats: repeats, broken: broken} //nolint:gosec // repeatable
}

func (c *caller) intn(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rng.IntN(n)
}

func (c *caller) float() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rng.Float64()
}

// any is a process that runs; it may still be starting.
func (c *caller) any() *Process {
	var up []*Process
	for _, p := range c.w.Processes {
		if p.Running() {
			up = append(up, p)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[c.intn(len(up))]
}

// insist asks until the outcome is known: nil, or what the hub refused.
func (c *caller) insist(ctx context.Context, what string, ask func(*client.Client) error) error {
	var last error
	for {
		address := c.front
		if address == "" {
			if p := c.any(); p != nil {
				address = p.URL()
			}
		}
		if address != "" {
			err := ask(c.w.client(address, c.key))
			if err == nil || refused(err) {
				return err
			}
			c.repeats.Add(1)
			if _, answered := errors.AsType[*client.Problem](err); !answered {
				c.broken.Add(1)
			}
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: no outcome until the end; last: %w", what, errors.Join(last, ctx.Err()))
		case <-time.After(50*time.Millisecond + time.Duration(c.intn(200))*time.Millisecond):
		}
	}
}

// refused reports that the hub answered and said no; 5xx says that it does not
// know either.
func refused(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status < 500 && p.Status != 429
}

// code is the code of a refusal.
func code(err error) string {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return p.Code
	}
	return ""
}
