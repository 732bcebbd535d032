package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
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

	tally *Answers
}

func (w *World) caller(key string, seed uint64, tally *Answers) *caller {
	return &caller{w: w, key: key, rng: rand.New(rand.NewPCG(w.seed, seed)), tally: tally} //nolint:gosec // repeatable
}

// Answers counts the requests that had to be sent again.
type Answers struct {
	Repeats atomic.Int64 // all of them
	Broken  atomic.Int64 // that got no answer at all
	Busy    atomic.Int64 // that got a problem document with 503
	Wrong   atomic.Int64 // that got any other 5xx, or no problem document

	mu   sync.Mutex
	last string // of those that are wrong
}

func (a *Answers) count(err error) {
	a.Repeats.Add(1)
	p, answered := errors.AsType[*client.Problem](err)
	switch {
	case !answered:
		a.Broken.Add(1)
	case p.Status == http.StatusServiceUnavailable && p.Code != "", p.Status == http.StatusTooManyRequests:
		a.Busy.Add(1)
	default:
		a.Wrong.Add(1)
		a.mu.Lock()
		a.last = fmt.Sprintf("%d %s", p.Status, p.Error())
		a.mu.Unlock()
	}
}

// Last is the latest answer that no hub may give.
func (a *Answers) Last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
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
		if p.Running() && !p.held.Load() {
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
			if ctx.Err() == nil {
				c.tally.count(err)
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
