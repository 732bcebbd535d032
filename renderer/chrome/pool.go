package chrome

import "slices"

// spoilt reports whether a tab crashed or went elsewhere.
func (t *tab) spoilt() bool { return t.crashed.Load() || t.strayed.Load() }

// take counts a print and returns the most recently used idle tab with that
// shell; nil means that one must be opened. Spoilt tabs are returned to be
// closed.
func (i *instance) take(key string, fresh bool) (found *tab, old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy++
	i.taken++
	var keep []*tab
	for _, t := range slices.Backward(i.idle) {
		switch {
		case t.spoilt():
			old = append(old, t)
		case found == nil && !fresh && t.key == key:
			found = t
		default:
			keep = append(keep, t)
		}
	}
	slices.Reverse(keep)
	i.idle = keep
	return found, old
}

// give ends a print begun with take. A good tab is kept, unless it has printed
// enough; the tabs that must be closed are returned.
func (i *instance) give(t *tab, good bool, limit int) (old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy--
	switch {
	case t == nil:
	case good && !t.spoilt() && t.prints < tabDocuments:
		i.idle = append(i.idle, t)
	default:
		old = append(old, t)
	}
	for len(i.idle) > limit {
		old = append(old, i.idle[0])
		i.idle = i.idle[1:]
	}
	return old
}

// worn reports whether the process has printed enough.
func (i *instance) worn(limit int) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.taken >= limit
}

// retire lets the prints under way end; true when there are none.
func (i *instance) retire() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.retired = true
	return i.busy == 0
}

// over reports whether a retired process has ended its last print.
func (i *instance) over() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.retired && i.busy == 0
}
