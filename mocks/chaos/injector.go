package chaos

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Injector holds the faults in force. The zero value is not usable; see New.
type Injector struct {
	operations []string
	now        func() time.Time
	seed       uint64

	mu      sync.Mutex
	ordered int // faults ordered since nothing was in force
	faults  []*active
	parked  []*active // ended by themselves, but calls may still hang by them
}

type active struct {
	Fault
	number  int
	from    time.Time
	until   time.Time // zero: for ever
	seen    int
	strikes int
	healed  chan struct{}
}

// New makes an injector for a system with the given operation ids. Its seed is 1.
func New(now func() time.Time, operations ...string) *Injector {
	return &Injector{operations: operations, now: now, seed: 1}
}

// WithSeed sets the seed that chance (Share, Jitter) is drawn from and returns
// the injector. It is called before the first order.
func (i *Injector) WithSeed(seed uint64) *Injector {
	i.seed = seed
	return i
}

// mostFaults bounds what is in force at one time: each call walks the list.
const mostFaults = 1000

// Add puts faults in force, all of them or none. One behind another on the same
// operation waits: only when the first does not strike is the second asked.
func (i *Injector) Add(faults ...Fault) error {
	now := i.now()
	var added []*active
	for n, f := range faults {
		f, err := f.check(i.operations)
		switch {
		case err != nil && len(faults) > 1:
			return fmt.Errorf("fault %d: %w", n+1, err)
		case err != nil:
			return err
		}
		a := &active{Fault: f, from: now.Add(f.After), healed: make(chan struct{})}
		if f.For > 0 {
			a.until = a.from.Add(f.For)
		}
		added = append(added, a)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	if len(i.faults)+len(added) > mostFaults {
		return fmt.Errorf("too many faults; at most %d can be in force", mostFaults)
	}
	for _, a := range added {
		i.ordered++
		a.number = i.ordered
		i.faults = append(i.faults, a)
	}
	return nil
}

// Heal ends the faults that were ordered for the operation; "" and "*" end all.
// Calls that hang by them go on to be answered. Once nothing is in force faults
// are numbered from 1 again, so that a trial can be repeated on a running mock.
func (i *Injector) Heal(operation string) {
	i.heal(func(a *active) bool { return operation == "" || operation == All || a.Operation == operation })
}

// HealNumber ends the fault of that number, as States tells it.
func (i *Injector) HealNumber(number int) {
	i.heal(func(a *active) bool { return a.number == number })
}

func (i *Injector) heal(ends func(*active) bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	keep := func(faults []*active) []*active {
		kept := faults[:0]
		for _, a := range faults {
			if ends(a) {
				close(a.healed)
				continue
			}
			kept = append(kept, a)
		}
		return kept
	}
	i.faults, i.parked = keep(i.faults), keep(i.parked)
	if len(i.faults)+len(i.parked) == 0 {
		i.ordered = 0
	}
}

// State is a fault in force with what has become of it.
type State struct {
	Number  int // in the order of orders, from 1
	Fault   Fault
	Begun   bool // false: its After is not over
	Until   time.Time
	Seen    int // calls that it could have struck
	Strikes int
}

// States returns the faults in force, oldest first.
func (i *Injector) States() []State {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	now, out := i.now(), make([]State, 0, len(i.faults))
	for _, a := range i.faults {
		out = append(out, State{a.number, a.Fault, !now.Before(a.from), a.until, a.seen, a.strikes})
	}
	return out
}

// List returns the faults in force, oldest first.
func (i *Injector) List() []Fault {
	states := i.States()
	out := make([]Fault, 0, len(states))
	for _, s := range states {
		out = append(out, s.Fault)
	}
	return out
}

// expire drops what has ended by itself. A call that hangs by such a fault hangs
// on: its channel is kept for Heal.
func (i *Injector) expire() {
	now, kept := i.now(), i.faults[:0]
	for _, a := range i.faults {
		if !a.spent(now) {
			kept = append(kept, a)
			continue
		}
		if a.Kind == Hang && a.strikes > 0 {
			i.parked = append(i.parked, a)
		}
	}
	i.faults = kept
}

// Strike counts one call and returns the fault that strikes it, its Jitter added
// to its Delay, with a channel that is closed when the fault is healed; nil when
// the call goes well.
func (i *Injector) Strike(operation, path string) (*Fault, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	now := i.now()
	for _, a := range i.faults {
		if a.Operation != All && a.Operation != operation && a.Operation != path || now.Before(a.from) {
			continue
		}
		a.seen++
		if a.OneIn > 1 && (a.seen-1)%a.OneIn != 0 {
			continue
		}
		if a.Share > 0 && i.draw(a, ofShare, a.seen).Float64() >= a.Share {
			continue
		}
		a.strikes++
		f := a.Fault
		if f.Jitter > 0 {
			f.Delay += time.Duration(i.draw(a, ofJitter, a.strikes).Uint64N(uint64(f.Jitter) + 1))
		}
		return &f, a.healed
	}
	return nil, nil
}

// What a draw is for: two draws of one fault must not follow from each other.
const (
	ofShare = iota
	ofJitter
)

// draw is chance that hangs on the seed, the fault's number and the n-th call or
// strike alone, never on what other faults have drawn.
func (i *Injector) draw(a *active, of, n int) *rand.Rand {
	return rand.New(rand.NewPCG(i.seed, uint64(a.number)<<40|uint64(n)<<1|uint64(of))) //nolint:gosec // not for secrets: it must be repeatable
}

func (a *active) spent(now time.Time) bool {
	return (a.Times > 0 && a.strikes >= a.Times) || (!a.until.IsZero() && !now.Before(a.until))
}
