package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// Store keeps the stream. What changes it is fenced by the lease's token and
// answers queue.ErrLeaseLost when that is no longer the last one given.
type Store interface {
	// TakeLease takes a lease that is free, has run out or is the holder's own.
	TakeLease(ctx context.Context, name, holder string, until time.Time) (token int64, taken bool, err error)
	KeepLease(ctx context.Context, name string, token int64, until time.Time) error
	GiveLease(ctx context.Context, name string, token int64) error
	// StampEvents gives up to limit events the next positions, in the order in
	// which they were written; published: they count as published at once.
	StampEvents(ctx context.Context, lease string, token int64, limit int, published bool) (int, error)
	// UnpublishedEvents returns the next events by position.
	UnpublishedEvents(ctx context.Context, limit int) ([]Stored, error)
	// EventsPublished says that all up to a position are published.
	EventsPublished(ctx context.Context, lease string, token, position int64) error
}

// Publisher hands messages to the broker in order. It returns how many of the
// first ones the broker has surely taken: all of them, or fewer with an error.
// Behind one that the broker did not take, none of the same subject may go out.
type Publisher interface {
	Publish(ctx context.Context, messages []Message) (published int, err error)
}

// LeaseName is the lease of the stream.
const LeaseName = "events"

// Config of a relay.
type Config struct {
	Store     Store
	Publisher Publisher // nil: there is no broker; what has a position counts as published
	Holder    string    // this process, unlike any other; one alone on its database may keep its name over restarts
	Now       func() time.Time
	Log       *slog.Logger
	Lease     time.Duration // after this without a sign of life another process takes over; default 5 s
	Poll      time.Duration // between looks when nobody wakes the relay; default 1 s
	Batch     int           // events a transaction; default 500
	Backoff   time.Duration // after the first failed publication, doubled up to half a minute; default 200 ms
	Jitter    func(time.Duration) time.Duration
	OnStamped func() // told after events got positions; must not block
}

func (c *Config) defaults() {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&c.Lease, 5*time.Second)
	set(&c.Poll, time.Second)
	set(&c.Backoff, 200*time.Millisecond)
	if c.Batch <= 0 {
		c.Batch = 500
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Jitter == nil {
		c.Jitter = func(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) } //nolint:gosec // no secret
	}
	if c.OnStamped == nil {
		c.OnStamped = func() {}
	}
}

// maxBackoff bounds the pause between failed publications.
const maxBackoff = 30 * time.Second

// Relay gives events their places in the stream and publishes them. Every
// process runs one; the one that holds the lease works. Publication is at least
// once: a crash between the broker's word and our note of it repeats events,
// with the ids they had. The run of positions that a relay publishes begins at
// or before the first that is not noted as published, and has no gap, so also
// with two of them at work (one whose lease was taken while it hung) nothing
// is published for the first time before what stands in front of it in its
// subject.
type Relay struct {
	cfg  Config
	wake chan struct{}
}

// NewRelay returns a relay. Nothing happens until Run.
func NewRelay(c Config) *Relay {
	c.defaults()
	return &Relay{cfg: c, wake: make(chan struct{}, 1)}
}

// Wake tells that events were written. It does not block.
func (r *Relay) Wake() { poke(r.wake) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run works until ctx ends and then gives the lease back.
func (r *Relay) Run(ctx context.Context) {
	for ctx.Err() == nil {
		token, taken, err := r.cfg.Store.TakeLease(ctx, LeaseName, r.cfg.Holder, r.cfg.Now().Add(r.cfg.Lease))
		switch {
		case err != nil && ctx.Err() == nil:
			r.cfg.Log.WarnContext(ctx, "taking the lease of the events", "error", err)
		case taken:
			r.lead(ctx, token)
			continue
		}
		pause(ctx, r.cfg.Poll, nil)
	}
}

// pause waits and reports whether ctx still stands; kick ends the pause.
func pause(ctx context.Context, d time.Duration, kick <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-kick:
	case <-t.C:
	}
	return ctx.Err() == nil
}

// lead works while the lease is held. Positions are given whether or not the
// broker is there: readers of the table do not depend on it.
func (r *Relay) lead(ctx context.Context, token int64) {
	leading, stop := context.WithCancel(ctx)
	var parts sync.WaitGroup
	stamped := make(chan struct{}, 1)
	parts.Go(func() { defer stop(); r.beat(leading, token) })
	parts.Go(func() { defer stop(); r.stamp(leading, token, stamped) })
	if r.cfg.Publisher != nil {
		parts.Go(func() { defer stop(); r.publish(leading, token, stamped) })
	}
	parts.Wait()
	stop()
	// At the end of the process the lease is given back; a pause keeps a process
	// that cannot keep it from asking for it again and again.
	give, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Lease)
	defer cancel()
	if err := r.cfg.Store.GiveLease(give, LeaseName, token); err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		r.cfg.Log.WarnContext(ctx, "giving the lease of the events back", "error", err)
	}
	pause(ctx, r.cfg.Poll, nil)
}

// beat keeps the lease until it is lost, or could not be kept for its length.
func (r *Relay) beat(ctx context.Context, token int64) {
	last := r.cfg.Now()
	for pause(ctx, r.cfg.Lease/3, nil) {
		now := r.cfg.Now()
		err := r.cfg.Store.KeepLease(ctx, LeaseName, token, now.Add(r.cfg.Lease))
		switch {
		case err == nil:
			last = now
		case ctx.Err() != nil:
		case errors.Is(err, queue.ErrLeaseLost) || now.Sub(last) >= r.cfg.Lease:
			r.cfg.Log.WarnContext(ctx, "the lease of the events is lost", "error", err)
			return
		}
	}
}

func (r *Relay) stamp(ctx context.Context, token int64, stamped chan struct{}) {
	for {
		n, err := r.cfg.Store.StampEvents(ctx, LeaseName, token, r.cfg.Batch, r.cfg.Publisher == nil)
		switch {
		case errors.Is(err, queue.ErrLeaseLost):
			return
		case err != nil && ctx.Err() == nil:
			r.cfg.Log.WarnContext(ctx, "giving events their positions", "error", err)
		case n > 0:
			poke(stamped)
			r.cfg.OnStamped()
		}
		if n == r.cfg.Batch && err == nil && ctx.Err() == nil {
			continue // there are more
		}
		if !pause(ctx, r.cfg.Poll, r.wake) {
			return
		}
	}
}

func (r *Relay) publish(ctx context.Context, token int64, stamped <-chan struct{}) {
	delay := r.cfg.Backoff
	for {
		n, err := r.publishSome(ctx, token)
		switch {
		case errors.Is(err, queue.ErrLeaseLost):
			return
		case err != nil:
			if ctx.Err() == nil {
				r.cfg.Log.WarnContext(ctx, "publishing events: they wait and are tried again", "error", err, "pause", delay)
			}
			if !pause(ctx, r.cfg.Jitter(delay), nil) {
				return
			}
			delay = min(2*delay, maxBackoff)
			if n > 0 {
				delay = r.cfg.Backoff
			}
			continue
		}
		delay = r.cfg.Backoff
		if n == r.cfg.Batch && ctx.Err() == nil {
			continue
		}
		if !pause(ctx, r.cfg.Poll, stamped) {
			return
		}
	}
}

// publishSome publishes the next events and notes what the broker took, also of
// those before one that it did not take.
func (r *Relay) publishSome(ctx context.Context, token int64) (int, error) {
	list, err := r.cfg.Store.UnpublishedEvents(ctx, r.cfg.Batch)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	messages := make([]Message, len(list))
	for i, e := range list {
		if messages[i], err = e.Message(); err != nil {
			return 0, err // cannot be: see Fact
		}
	}
	n, err := r.cfg.Publisher.Publish(ctx, messages)
	if n < 0 || n > len(messages) || err == nil && n < len(messages) {
		return 0, fmt.Errorf("the publisher says that it published %d of %d: %w", n, len(messages), errors.Join(errCount, err))
	}
	if n == 0 {
		return 0, err
	}
	// Noted also when the process ends now: it would be repeated otherwise.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Lease)
	defer cancel()
	return n, errors.Join(r.cfg.Store.EventsPublished(note, LeaseName, token, list[n-1].Position), err)
}

var errCount = errors.New("a count that cannot be")
