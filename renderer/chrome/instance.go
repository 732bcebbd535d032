package chrome

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// instance is one browser process with its tabs.
type instance struct {
	*process.Process
	limit   int // of idle tabs
	since   time.Time
	bloated atomic.Bool
	last    atomic.Int64 // when it last answered anything, in nanoseconds

	mu    sync.Mutex
	idle  []*tab // the most recently used last
	using *tab
	taken int // prints begun
}

// shell is what a warm tab is opened with.
type shell struct{ name, key, html string }

func (i *instance) answer()             { i.last.Store(time.Now().UnixNano()) }
func (i *instance) answered() time.Time { return time.Unix(0, i.last.Load()) }

// spoilt reports whether a tab crashed or went elsewhere.
func (t *tab) spoilt() bool { return t.crashed.Load() || t.strayed.Load() }

// printed reports whether a tab has printed so many documents.
func (t *tab) printed(n int) bool { return t.prints.Load() >= int64(n) }

// use notes the tab that was opened for the print under way.
func (i *instance) use(t *tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.using = t
}

// has reports whether a warm tab of the shell is idle.
func (i *instance) has(key string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.ContainsFunc(i.idle, func(t *tab) bool { return t.key == key && !t.spoilt() })
}

// holds reports whether it has a tab of the shell, idle or in use.
func (i *instance) holds(key string) bool {
	return slices.ContainsFunc(i.shells(), func(s shell) bool { return s.key == key })
}

// shells lists what its tabs hold, the most recently used last.
func (i *instance) shells() []shell {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []shell
	add := func(t *tab) {
		if t != nil && !slices.ContainsFunc(all, func(s shell) bool { return s.key == t.key }) {
			all = append(all, t.shell)
		}
	}
	for _, t := range i.idle {
		add(t)
	}
	add(i.using)
	return all
}

// take counts a print and returns the most recently used idle tab with that
// shell; nil means that one must be opened. Spoilt tabs are returned to be
// closed.
func (i *instance) take(key string, fresh bool) (found *tab, old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.taken++
	var kept []*tab
	for _, t := range slices.Backward(i.idle) {
		switch {
		case t.spoilt():
			old = append(old, t)
		case found == nil && !fresh && t.key == key:
			found = t
		default:
			kept = append(kept, t)
		}
	}
	slices.Reverse(kept)
	i.idle, i.using = kept, found
	return found, old
}

// give ends a print begun with take. A good tab is kept, unless a newer one has
// taken its place; the tabs that must be closed are returned.
func (i *instance) give(t *tab, good bool, worn int) (old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.using = nil
	switch {
	case t == nil:
	case good && !t.spoilt() && !(t.printed(worn) && i.twin(t)) && !t.printed(2*worn):
		i.idle = append(i.idle, t)
	default:
		old = append(old, t)
	}
	return append(old, i.trim()...)
}

// keep adds a tab that was opened ahead; one of the same shell that has printed
// enough goes.
func (i *instance) keep(t *tab, worn int) (old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.idle = slices.DeleteFunc(i.idle, func(u *tab) bool {
		gone := u.key == t.key && u.printed(worn)
		if gone {
			old = append(old, u)
		}
		return gone
	})
	i.idle = append(i.idle, t)
	return append(old, i.trim()...)
}

func (i *instance) twin(t *tab) bool {
	return slices.ContainsFunc(i.idle, func(u *tab) bool { return u.key == t.key })
}

func (i *instance) trim() (old []*tab) {
	for len(i.idle) > i.limit {
		old = append(old, i.idle[0])
		i.idle = i.idle[1:]
	}
	return old
}

// worn reports whether the process has printed enough or grown too big.
func (i *instance) worn(cfg Config) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.taken >= cfg.MaxDocuments || i.bloated.Load()
}

// wornTabs lists the shells whose only tab has printed enough.
func (i *instance) wornTabs(worn int) (all []shell) {
	i.mu.Lock()
	defer i.mu.Unlock()
	tabs := slices.Clone(i.idle)
	if i.using != nil {
		tabs = append(tabs, i.using)
	}
	for _, t := range tabs {
		fresh := func(u *tab) bool { return u.key == t.key && !u.printed(worn) }
		if t.printed(worn) && !slices.ContainsFunc(tabs, fresh) {
			all = append(all, t.shell)
		}
	}
	return all
}

// drop closes tabs off the caller's path.
func (b *Browser) drop(tabs []*tab) {
	for _, t := range tabs {
		t.abort()
		b.clean(t.finish)
	}
}
