package chrome

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// waiter is a print that waits for a worker.
type waiter struct {
	key string     // of its shell
	got chan lease // of one
}

// lease is a worker with its browser, given to one print.
type lease struct {
	w   *worker
	i   *instance
	err error
}

var errFull = errors.New("too many prints are waiting")

// acquire waits for a free worker, best one with a warm tab of the shell. A
// print that is tried again goes before the others and is not refused.
func (b *Browser) acquire(ctx context.Context, key string, again bool) (lease, error) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return lease{}, unavailable(errClosed, 0)
	}
	if len(b.queue) == 0 || again {
		if l, ok := b.free(key); ok {
			b.mu.Unlock()
			return l, nil
		}
	}
	if !again && len(b.queue) >= b.cfg.Queue {
		wait := b.delay()
		b.mu.Unlock()
		return lease{}, unavailable(errFull, wait)
	}
	me := &waiter{key: key, got: make(chan lease, 1)}
	if again {
		b.queue = slices.Insert(b.queue, 0, me)
	} else {
		b.queue = append(b.queue, me)
	}
	b.mu.Unlock()

	patience := time.NewTimer(b.cfg.Patience)
	defer patience.Stop()
	var err error
	select {
	case l := <-me.got:
		return l, l.err
	case <-ctx.Done():
		err = unavailable(fmt.Errorf("waiting for the browser: %w", context.Cause(ctx)), 0)
	case <-patience.C:
		b.mu.Lock()
		wait := b.delay()
		b.mu.Unlock()
		err = unavailable(errors.New("no worker became free in time"), wait)
	}
	b.mu.Lock()
	b.queue = slices.DeleteFunc(b.queue, func(w *waiter) bool { return w == me })
	b.mu.Unlock()
	select {
	case l := <-me.got: // given meanwhile
		if l.err == nil {
			b.release(l)
		}
	default:
	}
	return lease{}, err
}

// free takes a free worker; b.mu is held.
func (b *Browser) free(key string) (lease, bool) {
	var best *worker
	for _, w := range b.workers {
		if w.busy || w.i == nil || w.i.Dead() {
			continue
		}
		if w.i.has(key) {
			best = w
			break
		}
		if best == nil {
			best = w
		}
	}
	if best == nil {
		return lease{}, false
	}
	best.busy = true
	return lease{w: best, i: best.i}, true
}

// release gives a worker back. A browser that was replaced meanwhile ends now.
func (b *Browser) release(l lease) {
	b.mu.Lock()
	l.w.busy = false
	if l.w.i != l.i {
		b.clean(l.i.Finish)
	}
	b.dispatch()
	b.mu.Unlock()
	if l.i.Dead() || l.i.worn(b.cfg) || len(l.i.wornTabs(b.cfg.TabDocuments)) > 0 {
		l.w.look()
	}
}

// dispatch gives free workers to those who wait, first come first served; b.mu
// is held.
func (b *Browser) dispatch() {
	for len(b.queue) > 0 {
		l, ok := b.free(b.queue[0].key)
		if !ok {
			return
		}
		b.queue[0].got <- l
		b.queue = b.queue[1:]
	}
}

// delay guesses when there is room again; b.mu is held.
func (b *Browser) delay() time.Duration {
	each := max(time.Duration(b.average.Load()), 10*time.Millisecond)
	guess := each * time.Duration(len(b.queue)) / time.Duration(len(b.workers))
	return min(max(guess, time.Second), 30*time.Second)
}

// took keeps a moving average of what prints take.
func (b *Browser) took(d time.Duration) {
	old := b.average.Load()
	if old == 0 {
		old = int64(d)
	}
	b.average.Store(old + (int64(d)-old)/16)
}

func unavailable(err error, wait time.Duration) error {
	return &fault.Fault{Kind: fault.Unavailable, System: process.System, Operation: "print", Wait: wait, Err: err}
}

func failure(kind fault.Kind, err error) error {
	return &fault.Fault{Kind: kind, System: process.System, Operation: "print", Err: err}
}
