package queue

import "sync"

// load counts a stage's handlers at work and its hints under way. Both change
// under one lock: a hint that is being taken must count once, neither twice nor
// not at all.
type load struct {
	mu      sync.Mutex
	workers int
	busy    int // handlers at work
	flying  int // hints published and not yet taken
	low     int // the fewest flying since the last look, see age
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
		room = 1 - l.busy - l.flying
	case l.ramp > 0:
		room = min(room, l.ramp-l.busy-l.flying)
	}
	n = max(0, min(n, room))
	l.flying += n
	return n
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
	l.flying = max(0, l.flying-n)
	l.low = min(l.low, l.flying)
}

// take turns a hint into a handler at work. A stray or doubled hint is nobody's.
func (l *load) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying = max(0, l.flying-1)
	l.low = min(l.low, l.flying)
	l.busy++
}

func (l *load) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
}

// age forgets hints that a transport dropped, which would otherwise count as
// flying for ever: as many as were never taken since the last look, although a
// handler is free to take them.
func (l *load) age() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy < l.workers {
		l.flying -= l.low
	}
	l.low = l.flying
}
