package chrome

import (
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// worker is one place in the pool: a browser process, replaced when it dies,
// hangs or has grown. Browser.mu guards it.
type worker struct {
	number   int
	i        *instance // nil while there is none
	busy     bool
	prints   atomic.Int64
	replaced int
	memory   process.Usage
	shells   []shell // that its last browser kept warm
	wake     chan struct{}
}

// look makes the supervisor look at once.
func (w *worker) look() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

const (
	firstPause = 200 * time.Millisecond
	lastPause  = 10 * time.Second
)

// supervise keeps a worker in a living browser until the pool closes. It asks
// the browser by itself, outside the queue: load neither hides a dead browser
// nor makes a busy one look dead.
func (b *Browser) supervise(w *worker) {
	tick := time.NewTicker(b.cfg.Every)
	defer tick.Stop()
	pause := firstPause
	for b.life.Err() == nil {
		b.mu.Lock()
		i := w.i
		b.mu.Unlock()
		if i == nil {
			if b.revive(w) {
				pause = firstPause
				continue
			}
			select {
			case <-b.life.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
			continue
		}
		select {
		case <-b.life.Done():
			return
		case <-i.Lost:
		case <-i.Context.Done():
		case <-w.wake:
		case <-tick.C:
			b.ask(w, i)
		}
		switch {
		case i.Dead():
			b.bury(w, i)
		case i.worn(b.cfg):
			b.replace(w, i)
		default:
			b.renew(i)
		}
	}
}

// ask pings a browser that has not answered anything lately and measures it.
func (b *Browser) ask(w *worker, i *instance) {
	if err := i.Ping(b.cfg.Silence); err == nil {
		i.answer()
	} else if time.Since(i.answered()) > b.cfg.Silence && !i.Dead() {
		b.log.WarnContext(b.life, "a browser does not answer and is killed", "worker", w.number)
		i.Abort()
		return
	}
	used := process.Memory(i.Group)
	b.mu.Lock()
	w.memory = used
	b.mu.Unlock()
	if used.Page > b.cfg.PageMemory || used.Total > b.cfg.Memory {
		b.log.InfoContext(b.life, "a browser has grown and is replaced", "worker", w.number, "bytes", used.Total, "page_bytes", used.Page)
		i.bloated.Store(true)
	}
}

// bury takes a dead browser out of the pool.
func (b *Browser) bury(w *worker, i *instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.i != i {
		return
	}
	w.i, w.memory = nil, process.Usage{}
	if kept := i.shells(); len(kept) > 0 {
		w.shells = kept
	}
	if !b.closed {
		b.clean(i.Finish)
	}
	b.log.WarnContext(b.life, "a browser died", "worker", w.number)
}

// revive starts a browser for a worker that has none, lets it print at once
// and then opens the tabs that the last one had.
func (b *Browser) revive(w *worker) bool {
	i, err := b.launch(b.life)
	if err != nil {
		b.refuse(err)
		return false
	}
	if !b.install(w, i) {
		i.Finish()
		return true
	}
	b.warmLike(i, w.shells)
	return true
}

// install gives a worker its browser and sets those who wait going; false when
// the pool is closed.
func (b *Browser) install(w *worker, i *instance) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	old := w.i
	w.i = i
	w.replaced++
	if old != nil && !w.busy { // else the print under way ends it, see release
		b.clean(old.Finish)
	}
	b.dispatch()
	return true
}

// refuse tells those who wait that no browser starts, if there is none at all.
func (b *Browser) refuse(err error) {
	if b.life.Err() != nil {
		return
	}
	b.log.ErrorContext(b.life, "a browser does not start", "error", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.workers {
		if w.i != nil {
			return
		}
	}
	for _, waiting := range b.queue {
		waiting.got <- lease{err: err}
	}
	b.queue = nil
}

// replace starts a browser, opens the tabs that the old one has, and only then
// lets it take the old one's place.
func (b *Browser) replace(w *worker, old *instance) {
	select {
	case b.replacing <- struct{}{}:
		defer func() { <-b.replacing }()
	case <-b.life.Done():
		return
	case <-old.Lost:
		return
	}
	i, err := b.launch(b.life)
	if err != nil {
		if b.life.Err() == nil {
			b.log.ErrorContext(b.life, "a browser's replacement does not start", "error", err)
		}
		return
	}
	b.warmLike(i, old.shells())
	if !b.install(w, i) {
		i.Finish()
	}
}

// renew opens new tabs beside those that have printed enough.
func (b *Browser) renew(i *instance) {
	for _, s := range i.wornTabs(b.cfg.TabDocuments) {
		t, err := b.open(b.life, i, s)
		if err != nil {
			return
		}
		b.drop(i.keep(t, b.cfg.TabDocuments))
	}
}
