package chrome

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/saylovhub/hub/contracts/fault"
)

// CodeUnsettled is the code of a page that twice did not come to an end in time
// while its browser answered: too much of it, or a style that never settles.
const CodeUnsettled = "page_unsettled"

func (b *Browser) accept(p Page) (Page, error) {
	p.Title = strings.Join(strings.Fields(p.Title), " ") // as the page's title reads back
	if p.ID == "" || p.Title == "" || p.Shell == "" || p.WidthMM <= 0 || p.HeightMM <= 0 {
		return p, failure(fault.Defect, errors.New("a page needs an id, a title, a shell and a size"))
	}
	if len(p.Body) > b.cfg.MaxBody {
		return p, failure(fault.Rejected, fmt.Errorf("printing %s: the document is too big: %d bytes, at most %d", p.Name, len(p.Body), b.cfg.MaxBody))
	}
	p.key = b.keys.of(p.Shell)
	return p, nil
}

// enter counts a piece of work that Close waits for.
func (b *Browser) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return unavailable(errClosed, 0)
	}
	b.work.Add(1)
	return nil
}

// again does a piece of work in a worker and repeats it after a crash or a hang:
// once in a new tab, once in another browser.
func again[T any](ctx context.Context, b *Browser, p Page, do func(l lease, fresh bool) (T, error)) (T, error) {
	var none T
	var l lease
	var last error
	slow := 0
	for try := range 3 {
		if l.i == nil {
			var err error
			if l, err = b.acquire(ctx, p.key, try > 0); err != nil {
				return none, err
			}
		}
		out, err := do(l, try > 0)
		if err == nil {
			b.release(l)
			return out, nil
		}
		if errors.Is(err, errSlow) {
			slow++
		}
		hopeless := ctx.Err() != nil || errors.Is(err, errIdentity) || slow == 2
		if try == 1 && !hopeless {
			l.i.Abort() // two tabs failed in it
		}
		if hopeless || try == 2 || l.i.Dead() {
			b.release(l)
			l = lease{}
		}
		switch {
		case ctx.Err() != nil:
			return none, unavailable(fmt.Errorf("printing %s: %w", p.Name, context.Cause(ctx)), 0)
		case b.life.Err() != nil:
			return none, unavailable(errClosed, 0)
		case errors.Is(err, errIdentity):
			return none, failure(fault.Defect, fmt.Errorf("printing %s: %w", p.Name, err))
		case slow == 2:
			return none, b.unsettled(p)
		}
		last = err
		b.log.WarnContext(ctx, "a print is tried again", "template", p.Name, "try", try+1, "error", err)
	}
	return none, unavailable(fmt.Errorf("printing %s: %w", p.Name, last), 0)
}

func (b *Browser) unsettled(p Page) error {
	f := fault.Of(unavailable(fmt.Errorf("printing %s: the page did not come to an end in %v, twice", p.Name, b.cfg.Timeout), 0))
	f.Code, f.Hint = CodeUnsettled, "the document has too many rows, or the template's style never settles: hub templates check"
	return f
}

func keyOf(shell string) string {
	sum := sha256.Sum256([]byte(shell))
	return string(sum[:])
}

// keys remembers keys: a shell holds its fonts, so that to hash it takes longer
// than to find it again.
type keys struct {
	known sync.Map
	n     atomic.Int64
}

// mostKeys bounds them: templates are few.
const mostKeys = 256

func (k *keys) of(shell string) string {
	if key, ok := k.known.Load(shell); ok {
		return key.(string)
	}
	key := keyOf(shell)
	if k.n.Add(1) <= mostKeys {
		k.known.Store(shell, key)
	}
	return key
}
