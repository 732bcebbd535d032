package chaos

import (
	"sync"
	"time"
)

// Injector holds the faults in force. The zero value is not usable; see New.
type Injector struct {
	operations []string
	now        func() time.Time

	mu     sync.Mutex
	faults []*active
	parked []*active // ended by themselves, but calls may still hang by them
}

type active struct {
	Fault
	until   time.Time // zero: for ever
	seen    int
	strikes int
	healed  chan struct{}
}

// New makes an injector for a system with the given operation ids.
func New(now func() time.Time, operations ...string) *Injector {
	return &Injector{operations: operations, now: now}
}

// Add puts a fault in force. A second one on the same operation stands behind
// the first: only when the first does not strike is it asked.
func (i *Injector) Add(f Fault) error {
	f, err := f.check(i.operations)
	if err != nil {
		return err
	}
	a := &active{Fault: f, healed: make(chan struct{})}
	if f.For > 0 {
		a.until = i.now().Add(f.For)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = append(i.faults, a)
	return nil
}

// Heal ends the faults that were ordered for the operation; "" and "*" end all.
// Calls that hang by them go on to be answered.
func (i *Injector) Heal(operation string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults, i.parked = heal(i.faults, operation), heal(i.parked, operation)
}

func heal(faults []*active, operation string) []*active {
	kept := faults[:0]
	for _, a := range faults {
		if operation == "" || operation == All || a.Operation == operation {
			close(a.healed)
			continue
		}
		kept = append(kept, a)
	}
	return kept
}

// List returns the faults in force, oldest first.
func (i *Injector) List() []Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	out := make([]Fault, 0, len(i.faults))
	for _, a := range i.faults {
		out = append(out, a.Fault)
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

// Strike counts one call and returns the fault that strikes it, with a channel
// that is closed when the fault is healed; nil when the call goes well.
func (i *Injector) Strike(operation, path string) (*Fault, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	for _, a := range i.faults {
		if a.Operation != All && a.Operation != operation && a.Operation != path {
			continue
		}
		a.seen++
		if a.OneIn > 1 && (a.seen-1)%a.OneIn != 0 {
			continue
		}
		a.strikes++
		f := a.Fault
		return &f, a.healed
	}
	return nil, nil
}

func (a *active) spent(now time.Time) bool {
	return (a.Times > 0 && a.strikes >= a.Times) || (!a.until.IsZero() && !now.Before(a.until))
}
