package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// bulletin is what one process tells the others: names only, no datum of anyone.
type bulletin struct {
	From   string   `json:"from"`
	Stages []string `json:"stages,omitempty"`
	Due    int64    `json:"due,omitempty"`
	Topics []string `json:"topics,omitempty"`
}

// news carries bulletins over LISTEN and NOTIFY, each on a connection of its own.
// One that is lost costs a poll's time, never work.
type news struct {
	s       *Store
	config  *pgx.ConnConfig
	channel string // of this installation alone
	self    string
	stop    context.CancelFunc
	ended   sync.WaitGroup
	wake    chan struct{}

	mu     sync.Mutex
	stages map[string]bool
	due    time.Time
	topics map[string]bool
	known  map[string]bool // every topic ever met: told again after a gap
}

// rest is the least time between two bulletins of a process.
const rest = 25 * time.Millisecond

// largest bounds the names in a bulletin: the server takes 8000 bytes.
const largest = 60

func newNews(s *Store, config *pgx.ConnConfig, channel string) *news {
	config = config.Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	ctx, stop := context.WithCancel(context.Background())
	n := &news{
		s: s, config: config, channel: channel, self: uuid.NewString(), stop: stop, wake: make(chan struct{}, 1),
		stages: map[string]bool{}, topics: map[string]bool{}, known: map[string]bool{},
	}
	n.ended.Go(func() { n.keep(ctx, "telling", n.speak) })
	n.ended.Go(func() { n.keep(ctx, "hearing", n.listen) })
	return n
}

func (n *news) close() {
	n.stop()
	n.ended.Wait()
}

// tell notes what the next bulletin says. It never blocks.
func (n *news) tell(c Commit, topic string) {
	n.mu.Lock()
	for _, st := range c.Stages {
		n.stages[st] = true
	}
	n.due = earlier(n.due, c.Due)
	if topic != "" {
		n.topics[topic], n.known[topic] = true, true
	}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// take returns the next bulletin and forgets what is in it.
func (n *news) take() (bulletin, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := bulletin{From: n.self, Due: ms(n.due), Stages: some(n.stages), Topics: some(n.topics)}
	n.due = time.Time{}
	return b, b.Due != 0 || len(b.Stages)+len(b.Topics) > 0
}

func some(set map[string]bool) []string {
	list := slices.Sorted(maps.Keys(set))
	list = list[:min(len(list), largest)]
	for _, v := range list {
		delete(set, v)
	}
	return list
}

// keep runs work on a connection, and again on another when that one breaks.
func (n *news) keep(ctx context.Context, what string, work func(context.Context, *pgx.Conn) error) {
	for pause := 50 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 2*time.Second) {
		conn, err := pgx.ConnectConfig(ctx, n.config)
		if err == nil {
			pause = 50 * time.Millisecond
			err = work(ctx, conn)
			//nolint:contextcheck // ctx has ended by now
			_ = conn.Close(context.Background()) // whatever it says, it is gone
		}
		if ctx.Err() == nil {
			n.s.log.DebugContext(ctx, "news between processes interrupted", "while", what, "error", err)
			wait(ctx, pause)
		}
	}
}

// speak sends bulletins until the connection breaks.
func (n *news) speak(ctx context.Context, conn *pgx.Conn) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.wake:
		}
		for {
			b, ok := n.take()
			if !ok {
				break
			}
			text, err := json.Marshal(b)
			if err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, `SELECT pg_notify($1, $2)`, n.channel, string(text)); err != nil {
				return err // what it said is lost: others find it by polling
			}
			wait(ctx, rest)
		}
	}
}

// listen hears bulletins until the connection breaks.
func (n *news) listen(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{n.channel}.Sanitize()); err != nil {
		return err
	}
	n.mu.Lock()
	missed := slices.Sorted(maps.Keys(n.known))
	n.mu.Unlock()
	for _, topic := range missed {
		n.s.signalled(topic)
	}
	for {
		m, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var b bulletin
		if json.Unmarshal([]byte(m.Payload), &b) != nil || b.From == n.self {
			continue
		}
		n.s.committed(Commit{Stages: b.Stages, Due: at(b.Due)})
		for _, topic := range b.Topics {
			n.mu.Lock()
			n.known[topic] = true
			n.mu.Unlock()
			n.s.signalled(topic)
		}
	}
}
