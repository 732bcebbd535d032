package queue

import "sync"

// load counts a stage's handlers at work and its hints under way. Both change
// under one lock: a hint that is being taken must count once, neither twice nor
// not at all. Where several processes share a transport, one takes what another
// published: each counts its own publishing and its own taking, and the sum over
// all of them is right.
type load struct {
	mu      sync.Mutex
	workers int
	busy    int // handlers at work
	flying  int // hints published less hints taken; below zero: more of others' were taken
	low     int // the least flying since the last look, see age
	high    int // the most
	ramp    int // after a closed gate: how many at once, doubling; 0: no restraint
}

// reserve counts up to n hints as flying and returns how many: twice the free
// handlers at most, or one alone when the stage is on trial.
func (l *load) reserve(n int, trial bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := 2*(l.workers-l.busy) - l.flying
	switch {
	case trial:
		room = 1 - l.busy - max(0, l.flying)
	case l.ramp > 0:
		room = min(room, l.ramp-l.busy-max(0, l.flying))
	}
	n = max(0, min(n, room))
	l.fly(n)
	return n
}

// fly changes what is flying; the caller holds the lock.
func (l *load) fly(n int) {
	l.flying = max(-2*l.workers, l.flying+n)
	l.low, l.high = min(l.low, l.flying), max(l.high, l.flying)
}

// restrain begins a ramp: what was out of reach must not be met by everybody
// who waited for it.
func (l *load) restrain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ramp = 1
}

// grow lets twice as many through after each one that got through.
func (l *load) grow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ramp *= 2; l.ramp >= l.workers {
		l.ramp = 0
	}
}

// cancel takes back hints that were reserved and not published.
func (l *load) cancel(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fly(-n)
}

// take turns a hint into a handler at work, whoever published it.
func (l *load) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fly(-1)
	l.busy++
}

func (l *load) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
}

// age forgets what the count is off by: hints that a transport dropped, or that
// another process took, would otherwise count as flying for ever. They are as
// many as were never taken since the last look, although a handler is free to
// take them.
func (l *load) age() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.busy >= l.workers:
	case l.low > 0:
		l.flying -= l.low
	case l.high < 0:
		l.flying -= l.high
	}
	l.low, l.high = l.flying, l.flying
}
