package rabbit

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// line keeps one connection to the broker. One that is lost is thrown away and
// another is dialled, for as long as run runs.
type line struct {
	url       string
	name      string // shown in the broker's list of connections
	tls       *tls.Config
	heartbeat time.Duration
	timeout   time.Duration // bounds dialling, one write, and one question to the broker
	log       *slog.Logger

	mu      sync.Mutex
	life    *life         // nil: not connected
	changed chan struct{} // closed when life changes

	made, lost atomic.Uint64
}

// life is one connection, from its handshake until it is lost.
type life struct {
	conn    *amqp.Connection
	raw     net.Conn
	gone    chan struct{} // closed when the connection is lost
	why     error         // set before gone is closed; nil: we closed it
	blocked atomic.Bool   // the broker takes no messages: it is low on memory or disk
	wg      sync.WaitGroup
}

const (
	leastPause = 50 * time.Millisecond
	mostPause  = 2 * time.Second
	// parting bounds a polite end of a connection or channel.
	parting = 500 * time.Millisecond
)

var errLost = errors.New("the broker closed the channel or the connection")

func (l *line) run(ctx context.Context) {
	pause, told := leastPause, false
	for ctx.Err() == nil {
		began := time.Now()
		li, err := l.dial(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			if !told {
				l.log.WarnContext(ctx, "the broker cannot be reached, going on without it", "connection", l.name, "error", err)
				told = true
			}
		} else {
			l.made.Add(1)
			l.log.InfoContext(ctx, "connected to the broker", "connection", l.name)
			told = false
			l.set(li)
			select {
			case <-ctx.Done():
			case <-li.gone:
				l.lost.Add(1)
				l.log.WarnContext(ctx, "the connection to the broker is lost", "connection", l.name, "error", li.why)
			}
			l.set(nil)
			li.end()
			if time.Since(began) > mostPause {
				pause = leastPause // not one that fails as soon as it is made
			}
		}
		sleep(ctx, pause/2+rand.N(pause/2)) //nolint:gosec // spreads tries, no secret
		pause = min(2*pause, mostPause)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (l *line) dial(ctx context.Context) (*life, error) {
	li := &life{gone: make(chan struct{})}
	stop := func() bool { return true }
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(l.name)
	conn, err := amqp.DialConfig(l.url, amqp.Config{
		Heartbeat:       l.heartbeat,
		TLSClientConfig: l.tls.Clone(),
		Properties:      properties,
		Dial: func(network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{Timeout: l.timeout}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			// The client's own answer to a silent broker begins after the handshake.
			if err := c.SetDeadline(time.Now().Add(l.timeout)); err != nil {
				return nil, errors.Join(err, c.Close())
			}
			li.raw = guarded{Conn: c, timeout: l.timeout}
			stop = context.AfterFunc(ctx, li.kill)
			return li.raw, nil
		},
	})
	stop()
	if err != nil {
		if li.raw != nil {
			li.kill()
		}
		return nil, err
	}
	li.conn = conn
	closes := conn.NotifyClose(make(chan *amqp.Error, 1))
	blocks := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	li.wg.Go(func() {
		if err := <-closes; err != nil {
			li.why = err
		}
		close(li.gone)
	})
	li.wg.Go(func() {
		for b := range blocks {
			li.blocked.Store(b.Active)
			l.log.WarnContext(ctx, "the broker blocks or unblocks publishers", "connection", l.name, "blocked", b.Active, "reason", b.Reason)
		}
	})
	return li, nil
}

// guarded bounds every write: a broker that is frozen or under an alarm stops
// reading, and the client library writes without a limit of its own.
type guarded struct {
	net.Conn
	timeout time.Duration
}

func (g guarded) Write(b []byte) (int, error) {
	if err := g.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
		return 0, err
	}
	return g.Conn.Write(b)
}

func (l *line) set(li *life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.life = li
	close(l.changed)
	l.changed = make(chan struct{})
}

// now is the connection, or nil.
func (l *line) now() *life {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.life
}

// wait waits for a connection until ctx ends.
func (l *line) wait(ctx context.Context) (*life, error) {
	for ctx.Err() == nil {
		l.mu.Lock()
		li, changed := l.life, l.changed
		l.mu.Unlock()
		if li != nil && !li.over() {
			return li, nil
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	return nil, ctx.Err()
}

func (li *life) over() bool {
	select {
	case <-li.gone:
		return true
	default:
		return false
	}
}

// kill cuts the connection without a word: whoever waits for the broker on it
// gets an error at once.
func (li *life) kill() { _ = li.raw.Close() } // closed twice is closed

// within runs f, which asks the broker and waits. When no answer comes in time
// the connection is cut, since nothing else ends the wait.
func (li *life) within(d time.Duration, f func() error) error {
	t := time.AfterFunc(d, li.kill)
	defer t.Stop()
	return f()
}

// shut closes a channel. Deliveries that were not acknowledged go back to their queue.
func (li *life) shut(ch *amqp.Channel) {
	_ = li.within(parting, ch.Close) // a channel that cannot be closed is closed
}

// end closes the connection, politely if the broker listens.
func (li *life) end() {
	_ = li.within(parting, li.conn.Close) // one that is lost cannot be closed, which is as well
	li.kill()
	li.wg.Wait()
}
