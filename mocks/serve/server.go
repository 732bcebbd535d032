package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
)

// maxBody bounds a request; the largest true one is a PKCS#7 envelope.
const maxBody = 64 << 20

// Config describes one mock system.
type Config struct {
	System     string // portal, eds, sms: for messages and logs
	Addr       string // empty: 127.0.0.1:0
	Now        func() time.Time
	Log        *slog.Logger
	Operations []string
	// Seed is what the chance in faults (share, jitter) is drawn from; zero: 1.
	Seed uint64
	// OperationOf names the operation of a request; empty for none (no faults,
	// no journal entry).
	OperationOf func(*http.Request) string
	// Describe fills Transaction, Sender and Subject of a call from its body. May be nil.
	Describe func(call *Call, body []byte)
	// Refuse writes the system's own error body for a status, throttle or
	// error-body fault. Operation of the fault is that of the call. It must have
	// no other effect: it is also asked in advance, whether there is such a body.
	Refuse func(http.ResponseWriter, chaos.Fault)
	// Expire makes all tokens issued so far invalid, for expire-tokens. Nil: that
	// kind is refused.
	Expire func()
	// Handler answers the system's own paths.
	Handler http.Handler
	// Control answers further paths under /_mock/. May be nil.
	Control *http.ServeMux
}

// Server is a running mock system. Its methods are safe for concurrent use.
type Server struct {
	c       Config
	url     string
	http    *http.Server
	faults  *chaos.Injector
	journal *journal
	control *http.ServeMux
	stop    context.CancelFunc
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Start listens and serves until Close. A taken address is one clear sentence.
func Start(ctx context.Context, c Config) (*Server, error) {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("mock %s cannot listen on %s: another program already uses that address", c.System, c.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("mock %s cannot listen on %s: %w", c.System, c.Addr, err)
	}
	base, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{
		c: c, url: "http://" + l.Addr().String(), stop: stop,
		faults: chaos.New(c.Now, c.Operations...).WithSeed(c.Seed), journal: newJournal(), control: c.Control,
	}
	if s.control == nil {
		s.control = http.NewServeMux()
	}
	s.routeControl()
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	s.running.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			c.Log.ErrorContext(base, "mock stopped serving", "system", c.System, "error", err)
		}
	})
	return s, nil
}

// URL is the base address, without a slash at the end.
func (s *Server) URL() string { return s.url }

func (s *Server) now() time.Time { return s.c.Now() }

// Close stops listening, breaks open calls and waits for their handlers. It may
// be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	var err error
	if first {
		s.stop()
		err = s.http.Close()
	}
	s.running.Wait()
	return err
}

// enter counts a handler in; false once the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// Fault puts faults in force, all of them or none.
func (s *Server) Fault(faults ...chaos.Fault) error {
	for _, f := range faults {
		if err := s.able(f); err != nil {
			return fmt.Errorf("mock %s: %w", s.c.System, err)
		}
	}
	if err := s.faults.Add(faults...); err != nil {
		return fmt.Errorf("mock %s: %w", s.c.System, err)
	}
	return nil
}

// able refuses the kinds that this system cannot show.
func (s *Server) able(f chaos.Fault) error {
	switch {
	case f.Kind == chaos.ExpireTokens && s.c.Expire == nil:
		return errors.New("expire-tokens: this system issues no tokens")
	case f.Kind == chaos.ErrorBody && f.Body == "":
		f.Status = cmp.Or(f.Status, http.StatusOK)
		rec := &recorder{header: http.Header{}}
		if s.c.Refuse(rec, f); rec.body.Len() == 0 {
			return errors.New("error-body: this system has no error body of its own for that; give body, or code")
		}
	}
	return nil
}

// Heal ends the faults of an operation; "*" ends all.
func (s *Server) Heal(operation string) { s.faults.Heal(operation) }

// Faults lists what is in force.
func (s *Server) Faults() []chaos.Fault { return s.faults.List() }

// ServeHTTP journals the call, applies the fault that strikes it and hands the
// rest to the system's handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	switch {
	case r.URL.Path == "/_mock":
		http.Redirect(w, r, "/_mock/", http.StatusMovedPermanently)
		return
	case r.URL.Path == PathElsewhere:
		s.elsewhere(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/_mock/"):
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		s.control.ServeHTTP(w, r)
		return
	}
	op := s.c.OperationOf(r)
	if op == "" {
		s.c.Handler.ServeHTTP(w, r)
		return
	}
	s.strike(w, r, op)
}

// JSON writes a value with a status. HTML signs stay as they are, as the real
// systems send them.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client may be gone
}
