package chrome

import "time"

// Health is the state of the pool at one moment.
type Health struct {
	Workers []Worker
	Waiting int  // prints in the queue
	Queue   int  // its bound
	Full    bool // the next print that finds no free worker is refused
}

// Worker is the state of one worker.
type Worker struct {
	Alive    bool      // its browser runs and has answered lately
	Busy     bool      // prints
	Prints   int64     // documents since the start of the pool
	Since    time.Time // when its browser started; zero: there is none
	Answered time.Time // when its browser last answered anything
	Replaced int       // browsers it has had beyond the first
	Tabs     int       // warm and idle
	Memory   int64     // bytes of all its processes, as last measured; 0: not yet
	Version  string    // of its browser
}

// Alive counts the workers whose browser runs and answers.
func (h Health) Alive() int {
	n := 0
	for _, w := range h.Workers {
		if w.Alive {
			n++
		}
	}
	return n
}

// Health tells how the workers are. It waits for no browser: a supervisor asks
// each of them every Config.Every, beside the queue, and whatever a browser
// answered lately counts as life, so that a busy one is not taken for dead.
func (b *Browser) Health() Health {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	h := Health{Waiting: len(b.queue), Queue: b.cfg.Queue, Full: len(b.queue) >= b.cfg.Queue}
	for _, w := range b.workers {
		s := Worker{Busy: w.busy, Prints: w.prints.Load(), Replaced: w.replaced, Memory: w.memory.Total}
		if i := w.i; i != nil {
			s.Since, s.Answered, s.Version = i.since, i.answered(), i.Version
			s.Alive = !i.Dead() && now.Sub(s.Answered) <= b.cfg.Every+b.cfg.Silence
			i.mu.Lock()
			s.Tabs = len(i.idle)
			i.mu.Unlock()
		}
		h.Workers = append(h.Workers, s)
	}
	return h
}
