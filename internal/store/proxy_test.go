package store_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/queue"
)

// proxy stands between the store and PostgreSQL.
type proxy struct {
	to     string
	down   atomic.Bool
	behind atomic.Bool // cuts a client off once its commit has been passed on
	mu     sync.Mutex
	conns  []net.Conn
}

// start makes a proxy to the server of an address and returns the address through
// it.
func (p *proxy) start(t *testing.T, place string) string {
	t.Helper()
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	p.to = u.Host
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Host = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.carry(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		wg.Wait()
	})
	return u.String()
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func (p *proxy) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	if p.down.Load() {
		return
	}
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	var mute atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 32<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || mute.Load() { // the answer to the commit never arrives
				_ = client.Close()
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			break
		}
		if p.behind.Load() && bytes.Contains(buf[:n], []byte("Q\x00\x00\x00\x0bcommit\x00")) {
			mute.Store(true)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			break
		}
	}
	if !mute.Load() {
		_ = server.Close()
	}
	<-ended
}

// While the database is away operations are Unavailable, soon; once it is back
// they go through.
func TestDown(t *testing.T) {
	t.Parallel()
	var p proxy
	s := open(t, p.start(t, servicetest.Postgres(t)), time.Now)
	if err := write(t.Context(), s, enqueue("before")); err != nil {
		t.Fatal(err)
	}
	p.down.Store(true)
	p.cut()
	began := time.Now()
	_, _, claimed := s.Claim(t.Context(), queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Minute})
	_, reading := s.Applications(t.Context(), "", "", 10)
	_, row := s.Job(t.Context(), 1)
	for what, err := range map[string]error{
		"writing": write(t.Context(), s, enqueue("meanwhile")), "claiming": claimed, "reading rows": reading, "reading one": row, "asking": s.Ping(t.Context()),
	} {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v, want unavailable", what, err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("that took %s", took)
	}
	p.down.Store(false)
	if err := write(t.Context(), s, enqueue("after")); err != nil {
		t.Errorf("once it is back: %v", err)
	}
}

// A connection that breaks while committing leaves it unknown whether the
// transaction stands: that is told, and nothing is done twice.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	var p proxy
	s := open(t, p.start(t, servicetest.Postgres(t)), time.Now)
	runs := 0
	p.behind.Store(true)
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		runs++
		return tx.Enqueue(ctx, queue.New{Stage: "work", Key: "k"})
	})
	p.behind.Store(false)
	if fault.KindOf(err) != fault.Unavailable || errors.Is(err, store.ErrClosed) || runs != 1 {
		t.Errorf("got %v after %d runs, want unavailable after one", err, runs)
	}
	// Asked again, as whoever gets such an answer does.
	if err := write(t.Context(), s, enqueue("k")); err != nil {
		t.Fatal(err)
	}
	if n := ready(t, s); n != 1 {
		t.Errorf("%d jobs, want one", n)
	}
}
