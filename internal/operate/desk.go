// Package operate is what operations staff do with outside systems: see how
// each operation stands, hold one back and let it go, ask it a harmless
// question and hear what its answer has that the contract has not.
package operate

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Operation is one operation of an outside system.
type Operation struct {
	System, ID string
	Caller     *call.Caller
}

// Probe is a harmless question to an operation. Audit is written before it is
// asked; nil where it is about nobody.
type Probe struct {
	System, Operation string
	Ask               func(context.Context) error
	Audit             *dossier.AuditLine
}

// Target names what is meant: an operation, or with an empty Operation all of a
// system, or with both empty everything.
type Target struct{ System, Operation string }

func (t Target) names(system, operation string) bool {
	return (t.System == "" || t.System == system) && (t.Operation == "" || t.Operation == operation)
}

// State of an operation.
type State string

// The states, the weightiest first.
const (
	Paused  State = "paused"  // by an operator
	Stopped State = "stopped" // misconfigured; tried from time to time
	Resting State = "resting" // the breaker is open
	Trying  State = "trying"  // the breaker lets trials through
	Working State = "working"
)

// States lists every state.
func States() []State { return []State{Paused, Stopped, Resting, Trying, Working} }

// Status is how one operation stands.
type Status struct {
	System, Operation string
	State             State
	Since, Until      time.Time // zero: not known, or no end
	Kind              fault.Kind
	Code, Hint        string // why it is stopped
	Actor, Reason     string // of a pause
	InFlight          int
	Probe             bool   // it can be probed
	Process, Host     string // where it stopped or its breaker opened; empty: here, or nowhere
}

// Where tells which process holds an operation back for all of them.
type Where struct {
	Process, Host string
	Here          bool // it is this one
	Since, Until  time.Time
}

// Fleet knows of the other processes on the database.
type Fleet interface {
	Where(system, operation string) (Where, bool)
}

// Store is where holds are kept.
type Store interface {
	Write(ctx context.Context, f func(context.Context, *store.Tx) error) error
	Holds(ctx context.Context) ([]store.Hold, error)
}

// Desk is safe for concurrent use.
type Desk struct {
	Operations []Operation
	Probes     func() []Probe // made anew for every round: each carries a number of its own
	Store      Store
	Fleet      Fleet  // nil: there are no other processes
	Wake       func() // tells the runner that gates may have opened
	Log        *slog.Logger
	Now        func() time.Time

	mu    sync.Mutex // one change of holds at a time
	turns uint64
	odd   map[Target]bool // operations that are paused and not configured, as was told
}

// Restore holds back what was held back when the hub ended.
func (d *Desk) Restore(ctx context.Context) error {
	turn := d.Turn()
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return err
	}
	d.Follow(ctx, turn, holds)
	return nil
}

// Turn changes with every pause and resume of this process: what was read of holds
// before one is old.
func (d *Desk) Turn() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.turns
}

// Follow pauses and resumes operations by holds that were read after Turn gave turn,
// whichever process wrote them. What this process has changed meanwhile stands until
// the next time. It reports whether one was resumed.
func (d *Desk) Follow(ctx context.Context, turn uint64, holds []store.Hold) (resumed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.turns != turn {
		return false
	}
	held := make(map[Target]bool, len(holds))
	for _, h := range holds {
		held[Target{h.System, h.Operation}] = true
	}
	for _, o := range d.Operations {
		key := Target{o.System, o.ID}
		switch paused := o.Caller.State().Paused; {
		case held[key] && !paused:
			o.Caller.Pause()
		case !held[key] && paused:
			o.Caller.Unpause()
			resumed = true
		}
		delete(held, key)
	}
	for key := range held {
		if !d.odd[key] {
			d.Log.WarnContext(ctx, "a paused operation is not configured", "system", key.System, "operation", key.Operation)
		}
	}
	d.odd = held
	return resumed
}

// Status tells of every operation, in the order they were given.
func (d *Desk) Status(ctx context.Context) ([]Status, error) {
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	probes := map[Target]bool{}
	for _, p := range d.Probes() {
		probes[Target{p.System, p.Operation}] = true
	}
	out := make([]Status, 0, len(d.Operations))
	for _, o := range d.Operations {
		s := statusOf(o)
		s.Probe = probes[Target{o.System, o.ID}]
		for _, h := range holds {
			if h.System == o.System && h.Operation == o.ID {
				s.Actor, s.Reason, s.Since = h.Actor, h.Reason, h.At
			}
		}
		if d.Fleet != nil && (s.State == Stopped || s.State == Resting || s.State == Trying) {
			if w, ok := d.Fleet.Where(o.System, o.ID); ok {
				s.Process, s.Host, s.Since = w.Process, w.Host, w.Since
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func statusOf(o Operation) Status {
	st := o.Caller.State()
	s := Status{System: o.System, Operation: o.ID, State: StateOf(st), Since: st.Since, InFlight: st.InFlight}
	if st.Stopped {
		s.Kind, s.Code, s.Hint = st.Why.Kind, st.Why.Code, st.Why.Hint
	}
	if s.State == Stopped || s.State == Resting {
		s.Until = st.Until
	}
	return s
}

// StateOf names a caller's state: the weightiest that holds.
func StateOf(st call.State) State {
	switch {
	case st.Paused:
		return Paused
	case st.Stopped:
		return Stopped
	case st.Open:
		return Resting
	case st.HalfOpen:
		return Trying
	}
	return Working
}

// Pause holds operations back until Resume, over restarts too.
func (d *Desk) Pause(ctx context.Context, actor string, t Target, reason string) (int, error) {
	return d.change(ctx, actor, t, "connector.paused", reason, func(tx *store.Tx, o Operation) error {
		return tx.AddHold(ctx, store.Hold{System: o.System, Operation: o.ID, Actor: actor, Reason: reason, At: d.Now()})
	}, (*call.Caller).Pause)
}

// Resume lets operations go, those too that were stopped as misconfigured.
func (d *Desk) Resume(ctx context.Context, actor string, t Target, reason string) (int, error) {
	n, err := d.change(ctx, actor, t, "connector.resumed", reason, func(tx *store.Tx, o Operation) error {
		if err := tx.DropHold(ctx, o.System, o.ID); err != nil {
			return err
		}
		return tx.DropStop(ctx, o.System, o.ID)
	}, (*call.Caller).Resume)
	if err == nil && d.Wake != nil {
		d.Wake()
	}
	return n, err
}

// change writes first, then acts: what is held back must be so after a crash.
func (d *Desk) change(ctx context.Context, actor string, t Target, action, reason string, row func(*store.Tx, Operation) error, act func(*call.Caller)) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	meant, err := d.meant(t)
	if err != nil {
		return 0, err
	}
	err = d.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, o := range meant {
			if err := row(tx, o); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, dossier.AuditLine{
			At: d.Now(), Actor: actor, Action: action, Object: t.System, Detail: map[string]string{"operation": t.Operation, "reason": reason},
		})
	})
	if err != nil {
		return 0, err
	}
	for _, o := range meant {
		act(o.Caller)
	}
	d.turns++
	d.signal(ctx)
	d.Log.WarnContext(ctx, "an operator changed an operation", "action", action, "system", t.System, "operation", t.Operation, "actor", actor)
	return len(meant), nil
}

// signaller is a store that other processes are told by.
type signaller interface {
	Signal(ctx context.Context, topic string)
}

// Topic of the signal that holds have changed; the fleet listens to it.
const Topic = "fleet"

func (d *Desk) signal(ctx context.Context) {
	if s, ok := d.Store.(signaller); ok && d.Fleet != nil {
		s.Signal(ctx, Topic)
	}
}

func (d *Desk) meant(t Target) ([]Operation, error) {
	var out []Operation
	for _, o := range d.Operations {
		if t.names(o.System, o.ID) {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return nil, dossier.Refusef(dossier.NotFound, "no such operation; GET /v1/connectors (hub connectors status --all) lists them")
	}
	return out, nil
}

// Probed is what came of one probe.
type Probed struct {
	System, Operation string
	Fault             *fault.Fault // nil: it works
	Took              time.Duration
	Differences       []external.Difference
}

// Probe asks what can be asked harmlessly, all at once. A success resumes an
// operation that was stopped; it ends no pause.
func (d *Desk) Probe(ctx context.Context, t Target) ([]Probed, error) {
	if _, err := d.meant(t); err != nil {
		return nil, err
	}
	var meant []Probe
	for _, p := range d.Probes() {
		if t.names(p.System, p.Operation) {
			meant = append(meant, p)
		}
	}
	if len(meant) == 0 {
		return nil, dossier.Refusef(dossier.WrongState, "nothing of this can be asked without doing something; it goes on when a trial succeeds, or when it is resumed")
	}
	if err := d.record(ctx, meant); err != nil {
		return nil, err
	}
	out := make([]Probed, len(meant))
	var wg sync.WaitGroup
	for i, p := range meant {
		wg.Go(func() { out[i] = d.ask(ctx, p) })
	}
	wg.Wait()
	if d.Wake != nil {
		d.Wake()
	}
	return out, nil
}

func (d *Desk) record(ctx context.Context, probes []Probe) error {
	return d.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range probes {
			if p.Audit == nil {
				continue
			}
			if err := tx.Audit(ctx, *p.Audit); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) ask(ctx context.Context, p Probe) (out Probed) {
	out = Probed{System: p.System, Operation: p.Operation}
	ctx, found := external.Collect(call.Interactive(call.Probing(ctx)))
	began := time.Now()
	defer func() {
		if v := recover(); v != nil {
			out.Fault = fault.New(fault.Defect, fmt.Errorf("panic: %T", v))
		}
		out.Took, out.Differences = time.Since(began), found.Differences()
	}()
	out.Fault = fault.Of(p.Ask(ctx))
	return out
}
