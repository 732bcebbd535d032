package crashtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// envelope is what a subscriber reads of a CloudEvent.
type envelope struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Subject  string `json:"subject"`
	Sequence int64  `json:"sequence"`
	Position int64  `json:"position"`
}

// collected are a listener's events.
type collected struct {
	mu     sync.Mutex
	events []Event
	errs   []string
}

func (c *collected) take(raw []byte) {
	var e envelope
	err := json.Unmarshal(raw, &e)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || e.ID == "" {
		c.errs = append(c.errs, fmt.Sprintf("not an event: %v", err))
		return
	}
	c.events = append(c.events, Event{ID: e.ID, Type: e.Type, Application: e.Subject, Sequence: e.Sequence, Position: e.Position})
}

func (c *collected) wrong(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.errs) < 5 {
		c.errs = append(c.errs, text)
	}
}

// Events are all events so far.
func (c *collected) Events() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Event{}, c.events...)
}

// Errs are what no stream may send.
func (c *collected) Errs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.errs...)
}

// stream reads server-sent events from whichever process runs, and goes on after
// a break where it was.
type stream struct {
	collected
	w    *World
	call *caller
	last string // position of the last event
	stop context.CancelFunc
	done chan struct{}
}

// listenHTTP follows the stream over HTTP; nil where the hub has none.
func (w *World) listenHTTP(t testing.TB) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &stream{w: w, call: w.caller(w.adminK, 2, &Answers{}), stop: cancel, done: make(chan struct{})}
	if resp, err := s.open(ctx, w.Processes[0]); err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound {
			cancel()
			return nil
		}
	}
	go func() {
		defer close(s.done)
		for ctx.Err() == nil {
			if p := s.call.any(); p != nil {
				s.read(ctx, p)
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return s
}

// Name tells the way.
func (s *stream) Name() string { return "HTTP" }

// Ordered: each once, in the order of positions.
func (s *stream) Ordered() bool { return true }

// Close ends it.
func (s *stream) Close() error {
	s.stop()
	<-s.done
	return nil
}

func (s *stream) open(ctx context.Context, p *Process) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/v1/events", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.w.adminK)
	req.Header.Set("Accept", "text/event-stream")
	if s.last != "" {
		req.Header.Set("Last-Event-ID", s.last)
	}
	return probes.Do(req)
}

func (s *stream) read(ctx context.Context, p *Process) {
	// A process that hangs breaks nothing off by itself.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(30*time.Second, cancel)
	defer silence.Stop()
	resp, err := s.open(ctx, p)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		if resp.StatusCode < 500 {
			s.wrong(fmt.Sprintf("the stream after %q answers %d", s.last, resp.StatusCode))
		}
		return
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	var id string
	var data []byte
	for lines.Scan() {
		silence.Reset(30 * time.Second)
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "data":
			data = []byte(value)
		case "":
			if lines.Text() != "" { // a comment
				continue
			}
			if data != nil {
				s.take(data)
			}
			if id != "" {
				s.last = id
			}
			data = nil
		}
	}
}
