package store_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func TestDollars(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`SELECT 1`:                           `SELECT 1`,
		`a=? AND b=?`:                        `a=$1 AND b=$2`,
		`?1='' OR a=?1 AND b=?12`:            `$1='' OR a=$1 AND b=$12`,
		`a='?' AND b=? AND c='it''s ?'`:      `a='?' AND b=$1 AND c='it''s ?'`,
		`a='never ends ?`:                    `a='never ends ?`,
		`(?,?),(?,?) ON CONFLICT(x) LIMIT ?`: `($1,$2),($3,$4) ON CONFLICT(x) LIMIT $5`,
	} {
		if got := store.Dollars(query); got != want {
			t.Errorf("%s became %s, want %s", query, got, want)
		}
	}
}

// Processes that start together make the schema and the keys once.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	place := servicetest.Postgres(t)
	folder := t.TempDir() + "/keys"
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			o := options(place)
			o.Keys = func(fresh bool) (*vault.Vault, error) {
				if fresh {
					made.Add(1)
				}
				return vault.Open(folder, fresh)
			}
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = s.Close() }()
			if err := write(t.Context(), s, enqueue("the same")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("keys were made by %d processes, want one", made.Load())
	}
}

// A process that starts leaves the leases of others alone.
func TestLeasesOfOthers(t *testing.T) {
	t.Parallel()
	place := servicetest.Postgres(t)
	s := open(t, place, time.Now)
	if err := write(t.Context(), s, enqueue("k")); err != nil {
		t.Fatal(err)
	}
	j, ok, err := s.Claim(t.Context(), queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Minute})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	open(t, place, time.Now)
	if err := s.Finish(t.Context(), j.Lease, enqueue("effect")); err != nil {
		t.Errorf("finishing after another process started: %v", err)
	}
}

func TestAddressThatIsNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url  string
		want fault.Kind
	}{
		"no address":   {"postgres://hub:secret@[", fault.Misconfigured},
		"nobody there": {"postgres://hub:secret@127.0.0.1:1/hub", fault.Unavailable},
		"no schema":    {address(t, servicetest.Postgres(t), "search_path", "nowhere"), fault.Misconfigured},
	} {
		o := options(c.url)
		_, err := store.Open(t.Context(), o)
		if fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password", name)
		}
	}
}

// address is another address with one parameter changed.
func address(t *testing.T, of, name, value string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// Every connection is cut, again and again, while writers write. What was
// acknowledged stands, nothing is doubled, and the store goes on by itself.
func TestCut(t *testing.T) {
	t.Parallel()
	place := servicetest.Postgres(t)
	s := open(t, place, time.Now)
	const writers, cuts = 16, 5
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	var acknowledged []string
	failed := 0
	more := make(chan struct{}, 1)
	for range writers {
		wg.Go(func() {
			for ctx.Err() == nil {
				a := application("TEC-0001", 2)
				err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					if err := tx.AddApplication(ctx, a); err != nil {
						return err
					}
					return tx.Enqueue(ctx, queue.New{Application: a.ID, Stage: "verify", Key: "verify:" + a.ID, Ref: a.ID})
				})
				mu.Lock()
				if err == nil {
					acknowledged = append(acknowledged, a.ID)
				} else if failed++; fault.KindOf(err) != fault.Unavailable {
					t.Errorf("got %v, want unavailable", err)
				}
				mu.Unlock()
				select {
				case more <- struct{}{}:
				default:
				}
			}
		})
	}
	wg.Go(func() { // reading goes on too
		for ctx.Err() == nil {
			if _, err := s.CountReady(t.Context(), "verify", false, time.Now(), 10); err != nil && fault.KindOf(err) != fault.Unavailable {
				t.Errorf("reading: %v", err)
			}
		}
	})
	for range cuts {
		for range writers {
			<-more
		}
		servicetest.CutConnections(t, place)
	}
	<-more
	stop()
	wg.Wait()
	whole(t, s, acknowledged)
	t.Logf("%d acknowledged over %d cuts, %d unknown", len(acknowledged), cuts, failed)
}

// What one process commits or signals, the others hear of; other installations on
// the same server do not.
func TestNews(t *testing.T) {
	t.Parallel()
	place := servicetest.Postgres(t)
	type heard struct {
		commits chan store.Commit
		topics  chan string
	}
	hear := func(s *store.Store) heard {
		h := heard{make(chan store.Commit, 1000), make(chan string, 1000)}
		s.OnCommit(func(c store.Commit) { h.commits <- c })
		s.OnSignal(func(topic string) { h.topics <- topic })
		return h
	}
	one, two, stranger := open(t, place, time.Now), open(t, place, time.Now), open(t, servicetest.Postgres(t), time.Now)
	ears := []heard{hear(one), hear(two), hear(stranger)}
	due := time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
	// Who listens late hears nothing of before: say it until it is heard.
	until := func(what string, say func(n int), done func() bool) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for n := range 400 {
			say(n)
			<-tick.C
			if done() {
				return
			}
		}
		t.Fatalf("%s was never heard", what)
	}
	commits := func(prefix string) {
		until("a commit", func(n int) {
			err := write(t.Context(), one, func(ctx context.Context, tx queue.Tx) error {
				return tx.Enqueue(ctx, queue.New{Stage: "work", Key: fmt.Sprint(prefix, n)}, queue.New{Stage: "later", Key: fmt.Sprint(prefix, "later", n), DueAt: due})
			})
			if err != nil {
				t.Error(err)
			}
		}, func() bool {
			for {
				select {
				case c := <-ears[1].commits:
					if slices.Contains(c.Stages, "work") && c.Due.Equal(due) {
						return true
					}
				default:
					return false
				}
			}
		})
	}
	commits("first")
	until("a signal", func(int) { one.Signal(t.Context(), "breaker") }, func() bool {
		select {
		case topic := <-ears[1].topics:
			return topic == "breaker"
		default:
			return false
		}
	})
	if topic := <-ears[0].topics; topic != "breaker" {
		t.Errorf("the own process heard %q", topic)
	}
	servicetest.CutConnections(t, place)
	commits("second")
	if len(ears[2].commits)+len(ears[2].topics) > 0 {
		t.Error("another installation heard of it")
	}
}
