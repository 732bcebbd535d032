package chrome

// take counts a print and returns the most recently used idle tab with that
// shell; nil means that one must be opened.
func (i *instance) take(key string, fresh bool) *tab {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy++
	i.taken++
	if fresh {
		return nil
	}
	for n := len(i.idle) - 1; n >= 0; n-- {
		if t := i.idle[n]; t.key == key {
			i.idle = append(i.idle[:n:n], i.idle[n+1:]...)
			return t
		}
	}
	return nil
}

// give ends a print begun with take. A good tab is kept, unless it has printed
// enough; the tabs that must be closed are returned.
func (i *instance) give(t *tab, good bool, limit int) (old []*tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy--
	switch {
	case t == nil:
	case good && !t.crashed.Load() && t.printed < tabDocuments:
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
