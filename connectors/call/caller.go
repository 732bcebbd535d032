package call

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/saylovhub/hub/contracts/fault"
)

// Codes of faults that are the hub's own doing, in fault.Fault.Code.
const (
	CodeBreakerOpen  = fault.CodeBreakerOpen  // the operation rests
	CodeBulkheadFull = fault.CodeBulkheadFull // too many exchanges at a time
	CodeRateLimit    = "rate_limit"           // our own pace would be broken
	CodeCancelled    = "cancelled"            // whoever asked went away
)

// Request is one exchange. Header and Body may hold secrets: neither is ever
// printed. Decode and Refine may run twice (a second try), never at once.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Host   string // when the system wants another Host than the URL's
	Body   []byte
	// Transaction is our number of this request, for the exchange record; empty
	// where the system knows none.
	Transaction string
	// Private keeps both bodies out of the exchange record: they hold
	// credentials, tokens or codes.
	Private bool
	// Decode reads a complete answer whose status is not 408, 429 or 5xx. Its
	// faults count for the breaker like any other.
	Decode func(Response) error
	// Refine may name a better fault than the status alone gives for 408, 429
	// and 5xx, from the body; nil result: keep the default. Optional.
	Refine func(Response) *fault.Fault
	// Renews reports that the connector will ask again with fresh credentials
	// after this fault: it does not stop the operation yet. Optional.
	Renews func(*fault.Fault) bool
}

// Response is one complete answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Exchange tells what came of one Do, for metrics and the exchange record. It
// holds no address; the bodies hold personal data and never print.
type Exchange struct {
	System      string
	Operation   string
	Transaction string     // our number, where the system knows one
	Kind        fault.Kind // "" for an answer
	Code        string     // fault.Fault.Code
	Status      int        // HTTP status of the last answer; 0: none came
	At          time.Time  // when it began
	Duration    time.Duration
	Tries       int    // that reached the transport
	Breaker     string // closed, half-open or open, after the exchange
	Interactive bool   // a person waited for it
	Asked       Body   // what was sent; nil when private
	Answered    Body   // the last answer; nil when none came or private
}

// Body is what went over the wire. It prints as its length alone.
type Body []byte

// Format prints the length, whatever the verb.
func (b Body) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "(%d bytes)", len(b)) }

// MarshalText prints the length.
func (b Body) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(b)), nil }

// LogValue prints the length.
func (b Body) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(b)) }

// Observer is told of every exchange, after it ended. It must not block.
type Observer interface {
	Observe(ctx context.Context, e Exchange)
}

// State is what a stage's gate needs to know of an operation.
type State struct {
	Open     bool         // no try gets through: the breaker is open
	HalfOpen bool         // only the breaker's trials get through
	Shunned  bool         // open or half-open for another process's sake
	Paused   bool         // by an operator, until resumed
	Stopped  bool         // misconfigured; a trial goes out from time to time
	Trial    bool         // stopped, and a trial may go out now
	Why      *fault.Fault // of a stop
	Since    time.Time    // of the pause or the stop
	Until    time.Time    // when the open breaker half-opens, or the stop's next trial
	InFlight int          // exchanges running now
}

// Caller makes the exchanges of one operation. It is safe for concurrent use.
type Caller struct {
	op      Operation
	client  *http.Client
	obs     Observer
	now     func() time.Time
	slots   *bulkhead
	pace    pacer
	quota   Quota // nil: pace
	budget  *budget
	stop    stop
	shun    shun
	changed func() // nil: nobody is told
	breaker *gobreaker.CircuitBreaker[struct{}]
	until   atomic.Int64 // unix ns; written by the breaker's callback
	opened  atomic.Int64 // unix ms; zero: closed; written there too
}

// New makes the caller of op. client nil means NewClient(nil); obs may be nil;
// now nil means time.Now.
func New(op Operation, client *http.Client, obs Observer, now func() time.Time) *Caller {
	op.Limits = op.Limits.withDefaults()
	if client == nil {
		client = NewClient(nil)
	}
	if now == nil {
		now = time.Now
	}
	own := *client
	own.CheckRedirect = stay
	c := &Caller{
		op: op, client: &own, obs: obs, now: now, slots: newBulkhead(op.Limits), pace: newPacer(op.Limits),
		budget: newBudget(op.Limits.RetryShare), stop: stop{now: now, retry: op.Limits.StopRetry},
	}
	c.breaker = c.newBreaker(op.Limits.Breaker)
	return c
}

// newBreaker wires the breaker. Its callbacks run with its lock held: asking it
// anything from there would deadlock, so the callback only stores a number.
func (c *Caller) newBreaker(cfg BreakerConfig) *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         c.op.System + "/" + c.op.ID,
		MaxRequests:  cfg.Trials,
		Interval:     cfg.Window,
		BucketPeriod: max(cfg.Window/6, 1),
		Timeout:      cfg.Open,
		ReadyToTrip: func(n gobreaker.Counts) bool {
			settled := n.TotalFailures + n.TotalSuccesses
			return settled >= cfg.Minimum && float64(n.TotalFailures) >= cfg.Ratio*float64(settled)
		},
		OnStateChange: func(_ string, from, to gobreaker.State) {
			now := c.now()
			switch to {
			case gobreaker.StateOpen:
				c.until.Store(now.Add(cfg.Open).UnixNano())
				if from == gobreaker.StateClosed {
					c.opened.Store(now.UnixMilli())
				}
			case gobreaker.StateClosed:
				c.opened.Store(0)
			case gobreaker.StateHalfOpen:
			}
			c.news()
		},
		IsSuccessful: func(err error) bool {
			return err == nil || !fault.RuleOf(fault.KindOf(err)).CountsBreaker
		},
		IsExcluded: func(err error) bool {
			_, ok := errors.AsType[*ownDoing](err)
			return ok
		},
	})
}

// Operation is what the caller was made for, its limits complete.
func (c *Caller) Operation() Operation { return c.op }

// State tells how the operation stands now.
func (c *Caller) State() State {
	s := State{InFlight: c.slots.inFlight()}
	c.stop.into(&s)
	switch c.breaker.State() {
	case gobreaker.StateOpen:
		s.Open, s.Until = true, time.Unix(0, c.until.Load())
	case gobreaker.StateHalfOpen:
		s.HalfOpen = true
	case gobreaker.StateClosed:
	}
	own := s.Until
	c.shun.into(&s, c.now())
	if s.Shunned && own.After(s.Until) {
		s.Until = own
	}
	return s
}

// news tells that Rest or a stop may have changed. It may be called with locks held.
func (c *Caller) news() {
	if c.changed != nil {
		c.changed()
	}
}

// Do makes one exchange: nil when Decode took the answer, else a *fault.Fault
// with System and Operation set.
func (c *Caller) Do(ctx context.Context, r Request) error {
	start := time.Now()
	x := &exchange{caller: c, request: r, asker: ctx}
	done, f := c.stop.enter(ctx)
	if done != nil {
		f = c.pass(ctx, x)
	}
	if f != nil {
		placed := *f
		placed.System, placed.Operation = c.op.System, c.op.ID
		placed.Uncertain = placed.Uncertain || x.uncertain
		f = &placed
	}
	if done != nil {
		c.tell(ctx, done(x.settled(f)), f)
	}
	c.observe(ctx, start, x, f)
	if f == nil {
		return nil
	}
	return f
}

// pass lets the exchange out, unless the operation rests elsewhere.
func (c *Caller) pass(ctx context.Context, x *exchange) *fault.Fault {
	done, until, ok := c.shun.enter(ctx, c.now(), c.op.Limits.Breaker.Open)
	if !ok {
		return c.resting(until)
	}
	c.budget.earn()
	f := c.run(ctx, x)
	if done != nil && done(f, x.tries, c.now()) {
		c.news()
	}
	return f
}

// observe reports the exchange.
func (c *Caller) observe(ctx context.Context, start time.Time, x *exchange, f *fault.Fault) {
	if c.obs == nil {
		return
	}
	e := Exchange{
		System: c.op.System, Operation: c.op.ID, Transaction: x.request.Transaction, Status: x.status, At: start,
		Duration: time.Since(start), Tries: x.tries, Breaker: c.breaker.State().String(), Interactive: interactive(ctx),
	}
	if f != nil {
		e.Kind, e.Code = f.Kind, f.Code
	}
	if !x.request.Private {
		e.Asked, e.Answered = x.request.Body, x.answer
	}
	c.obs.Observe(ctx, e)
}

// tell passes news of a stop on, unless somebody does so for all processes.
func (c *Caller) tell(ctx context.Context, news change, f *fault.Fault) {
	if c.changed != nil {
		if news != unchanged {
			c.changed()
		}
		return
	}
	w, ok := c.obs.(Watcher)
	switch {
	case !ok:
	case news == nowStopped:
		w.Stopped(ctx, f)
	case news == nowResumed:
		w.Resumed(ctx, c.op.System, c.op.ID)
	}
}

func (c *Caller) run(ctx context.Context, x *exchange) *fault.Fault {
	if u, err := url.Parse(x.request.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return &fault.Fault{
			Kind: fault.Misconfigured, Code: "address",
			Hint: "set the system's address: scheme, host and port", Err: errors.New("the address is not an http or https one"),
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.op.Limits.Total)
	defer cancel()
	leave, ok := c.slots.enter(ctx)
	if !ok {
		if x.gone() {
			return goneFault()
		}
		return &fault.Fault{
			Kind: fault.Unavailable, Code: CodeBulkheadFull, Wait: time.Second,
			Err: fmt.Errorf("all %d places are taken", c.op.Limits.Bulkhead),
		}
	}
	defer leave()
	return x.run(ctx)
}
