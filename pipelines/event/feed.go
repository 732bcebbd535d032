package event

import "sync"

// Feed wakes all who read the stream in this process when it has grown.
type Feed struct {
	mu sync.Mutex
	ch chan struct{}
}

// Grown is closed at the next Wake. Take it before looking: what comes between
// the look and the wait is then not missed.
func (f *Feed) Grown() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ch == nil {
		f.ch = make(chan struct{})
	}
	return f.ch
}

// Wake tells that the stream has grown. It does not block.
func (f *Feed) Wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ch != nil {
		close(f.ch)
		f.ch = nil
	}
}
