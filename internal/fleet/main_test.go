package fleet

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// books gives tries out as the store does, which TestBook of package store shows.
type books struct {
	delay func() time.Duration // of a booking; half before and half after it is written

	mu    sync.Mutex
	all   map[string]int64
	lane  map[string]int64
	asked int
	given int
	down  bool
}

func newBooks() *books { return &books{all: map[string]int64{}, lane: map[string]int64{}} }

var errDown = errors.New("the database is away")

func (b *books) Book(ctx context.Context, k store.Booking) (store.Booked, error) {
	if b.delay != nil {
		d := b.delay() / 2
		time.Sleep(d)
		defer time.Sleep(d)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.down {
		return store.Booked{}, errDown
	}
	now := k.Now.UnixNano()
	tolerance := func(r store.Rate) int64 { return int64(r.Burst-1) * int64(r.Step) }
	all := max(b.all[k.Operation], now)
	fits := all <= now+tolerance(k.All)+int64(k.Ahead)
	lane := max(b.lane[k.Operation], now)
	if k.Queued != nil {
		fits = fits && lane <= now+tolerance(*k.Queued)+int64(k.Ahead)
	}
	out := store.Booked{From: time.Unix(0, all-tolerance(k.All))}
	if k.Queued != nil {
		out.Queued = time.Unix(0, lane-tolerance(*k.Queued))
	}
	if fits {
		out.N = k.Most
		all += int64(k.Most) * int64(k.All.Step)
		if k.Queued != nil {
			lane += int64(k.Most) * int64(k.Queued.Step)
		}
		b.given += k.Most
	}
	b.all[k.Operation], b.lane[k.Operation] = all, lane
	return out, ctx.Err()
}
