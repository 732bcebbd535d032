package api

import (
	"bufio"
	order "cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/event"
)

// stall is a hub that serves events over real connections.
type stall struct {
	*desk
	*httptest.Server
	feed  event.Feed
	token int64
}

// newStall serves with bounds that suit a test; change may make them others.
func newStall(t *testing.T, change func(*Streams, *http.Server)) *stall {
	t.Helper()
	s := &stall{desk: newDesk(t)}
	s.deps.Events = Streams{Feed: &s.feed, Poll: time.Minute}
	s.Server = httptest.NewUnstartedServer(nil)
	if change != nil {
		change(&s.deps.Events, s.Config)
	}
	h, err := New(s.deps)
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = h
	s.Start()
	t.Cleanup(s.Server.Close)
	token, ok, err := s.store.TakeLease(t.Context(), event.LeaseName, "test", s.deps.Now().Add(time.Hour))
	if err != nil || !ok {
		t.Fatalf("no lease: %v", err)
	}
	s.token = token
	return s
}

// tell writes events, gives them their positions and wakes the readers.
func (s *stall) tell(events ...event.Event) {
	s.desk.t.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) error { return tx.AddEvent(ctx, events...) })
	if _, err := s.store.StampEvents(s.desk.t.Context(), event.LeaseName, s.token, 10_000, true); err != nil {
		s.desk.t.Fatal(err)
	}
	s.feed.Wake()
}

func some(subject, commission string, f event.Fact) event.Event {
	return event.Event{Subject: subject, Commission: commission, At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Fact: f}
}

func verified(subject string) event.Event {
	return some(subject, "1726", event.Verified{State: "checking"})
}

// reply is an answer whose body is closed with the test, if not before.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       io.ReadCloser
}

// get asks for events; headers come in pairs.
func (s *stall) get(ctx context.Context, query string, headers ...string) reply {
	s.desk.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	s.desk.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events"+query, nil)
	if err != nil {
		s.desk.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer admin.s3cret")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		s.desk.t.Fatal(err)
	}
	s.desk.t.Cleanup(func() { _ = resp.Body.Close() })
	return reply{resp.StatusCode, resp.Header, resp.Body}
}

// frame is one block of a stream.
type frame struct{ ID, Event, Data, Comment string }

// next reads a block.
func next(r *bufio.Reader) (f frame, err error) {
	for begun := false; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return f, err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			if begun {
				return f, nil
			}
			continue
		}
		begun = true
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "id":
			f.ID = value
		case "event":
			f.Event = value
		case "data":
			f.Data += value
		case ":":
			f.Comment = "alive"
		}
	}
}

// either is the first that is not zero.
func either[T comparable](a, b T) T { return order.Or(a, b) }

// read reads so many events, checked, and what else comes between.
func read(t *testing.T, r *bufio.Reader, n int) (positions []int64, all []frame) {
	t.Helper()
	for len(positions) < n {
		f, err := next(r)
		if err != nil {
			t.Fatalf("after %v: %v", positions, err)
		}
		all = append(all, f)
		if f.Data == "" {
			continue
		}
		if err := event.Check([]byte(f.Data)); err != nil {
			t.Error(err)
		}
		var e event.Envelope
		if err := json.Unmarshal([]byte(f.Data), &e); err != nil || f.ID != strconv.FormatInt(e.Position, 10) || f.Event != string(e.Type) {
			t.Errorf("frame %+v: %v", f, err)
		}
		positions = append(positions, e.Position)
	}
	return positions, all
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := newStall(t, nil)
	s.tell(verified("a"), verified("b"), verified("a"))
	resp := s.get(t.Context(), "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	r := bufio.NewReader(resp.Body)
	if got, all := read(t, r, 3); !cmp.Equal(got, []int64{1, 2, 3}) || all[0].Data != "" {
		t.Errorf("%v, first %+v", got, all[0])
	}
	for i := range 5 { // each comes when it is told, no poll is near
		s.tell(verified("c"))
		if got, _ := read(t, r, 1); !cmp.Equal(got, []int64{int64(4 + i)}) {
			t.Errorf("%v", got)
		}
	}
}

func TestWhereToGoOn(t *testing.T) {
	t.Parallel()
	s := newStall(t, nil)
	for range 5 {
		s.tell(verified("a"))
	}
	for name, c := range map[string]struct {
		query, id string
		first     int64 // zero: what is told next
	}{
		"from the first":             {"", "", 1},
		"from the first, said so":    {"?after=0", "", 1},
		"after one":                  {"?after=3", "", 4},
		"coming back":                {"", "4", 5},
		"coming back with a query":   {"?after=1", "4", 5},
		"what is to come":            {"?after=end", "", 0},
		"what is to come, back then": {"?after=end", "2", 3},
	} {
		t.Run(name, func(t *testing.T) { // one after the other: the end moves
			headers := []string{"Accept", "text/event-stream"}
			if c.id != "" {
				headers = append(headers, "Last-Event-ID", c.id)
			}
			end, err := s.store.StreamEnd(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(s.get(t.Context(), c.query, headers...).Body)
			s.tell(verified("a"))
			var want []int64
			for i := either(c.first, end+1); i <= end+1; i++ {
				want = append(want, i)
			}
			got, _ := read(t, r, len(want))
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
	end, err := s.store.StreamEnd(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ query, id string }{
		"beyond the end": {"?after=99", ""}, "no number": {"?after=now", ""}, "less than nothing": {"?after=-1", ""}, "a fraction": {"?after=1.5", ""},
		"an id beyond the end": {"", "99"}, "an id that is none": {"", "x"}, "more than a number": {"?after=99999999999999999999", ""},
	} {
		for _, accept := range []string{"text/event-stream", "application/json"} {
			headers := []string{"Accept", accept}
			if c.id != "" {
				headers = append(headers, "Last-Event-ID", c.id)
			}
			resp := s.get(t.Context(), c.query, headers...)
			var p Problem
			if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.StatusCode != http.StatusBadRequest || p.Code != "bad_position" || !strings.Contains(p.Detail, fmt.Sprintf("from 0 to %d,", end)) {
				t.Errorf("%s: %d %+v, %v", name, resp.StatusCode, p, err)
			}
		}
	}
	if resp := s.get(t.Context(), "?type=application.eaten"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an unknown type: %d", resp.StatusCode)
	}
}

// Who may see what, and what is asked for.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	s := newStall(t, func(b *Streams, _ *http.Server) { b.Beat = 20 * time.Millisecond })
	const a, b = "0190a5c8-0000-7000-8000-00000000000a", "0190a5c8-0000-7000-8000-00000000000b"
	s.tell(
		some(a, "1726", event.Verified{State: "checking"}),
		some(b, "1726269", event.Verified{State: "checking"}),
		some(a, "1726", event.SignatureRefused{State: "signature_refused", Reason: "wrong_person"}),
		some("job-1", "", event.Raised{Job: 1, Stage: "work", Cause: "defect"}),
		some(b, "1726269", event.SignatureRefused{State: "signature_refused", Reason: "wrong_person"}),
		some(a, "1726", event.Verified{State: "checking"}),
	)
	key := func(commission string, scopes ...string) string {
		id, secret := vault.NewKey()
		s.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AddKey(ctx, store.Key{ID: id, Name: "test", Commission: commission, Scopes: scopes}, vault.HashSecret(secret), time.Now())
		})
		return "Bearer " + id + "." + secret
	}
	for name, c := range map[string]struct {
		key, query string
		want       []int64
	}{
		"the administrator":            {"Bearer admin.s3cret", "", []int64{1, 2, 3, 4, 5, 6}},
		"a key of no commission":       {key("", "events:read"), "", []int64{1, 2, 3, 4, 5, 6}},
		"a key of a commission":        {key("1726", "events:read"), "", []int64{1, 3, 6}},
		"it asks for another's":        {key("1726", "events:read"), "?application=" + b, nil},
		"one application":              {"Bearer admin.s3cret", "?application=" + b, []int64{2, 5}},
		"one type":                     {"Bearer admin.s3cret", "?type=application.verified", []int64{1, 2, 6}},
		"two types":                    {"Bearer admin.s3cret", "?type=application.verified&type=failure.raised", []int64{1, 2, 4, 6}},
		"a type of an application":     {"Bearer admin.s3cret", "?type=application.verified&application=" + b, []int64{2}},
		"a type that has not happened": {"Bearer admin.s3cret", "?type=notice.sent", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := s.get(t.Context(), c.query, "Authorization", c.key)
			r := bufio.NewReader(resp.Body)
			got, frames := read(t, r, len(c.want))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			// A sign of life brings the reader to the stream's end.
			last := ""
			for _, f := range frames {
				last = either(f.ID, last)
			}
			for last != "6" {
				f, err := next(r)
				if err != nil || f.Data != "" {
					t.Fatalf("%+v, %v", f, err)
				}
				last = f.ID
			}
			page := s.get(t.Context(), c.query, "Authorization", c.key, "Accept", "application/json")
			var p struct {
				Events    []event.Envelope
				Next, End int64
			}
			if err := json.NewDecoder(page.Body).Decode(&p); err != nil || p.Next != 6 || p.End != 6 {
				t.Errorf("the page ends at %d of %d, %v", p.Next, p.End, err)
			}
			var positions []int64
			for _, e := range p.Events {
				positions = append(positions, e.Position)
			}
			if d := cmp.Diff(c.want, positions); d != "" {
				t.Errorf("the page: %s", d)
			}
		})
	}
	if resp := s.get(t.Context(), "", "Authorization", key("1726", "failures:read")); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a key without the scope: %d", resp.StatusCode)
	}
}

// Only so many streams, and only so many of one key; whoever leaves makes room.
func TestRoomForStreams(t *testing.T) {
	t.Parallel()
	s := newStall(t, func(b *Streams, _ *http.Server) { b.Max, b.PerKey = 3, 2 })
	id, secret := vault.NewKey()
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddKey(ctx, store.Key{ID: id, Name: "test", Scopes: []string{"events:read"}}, vault.HashSecret(secret), time.Now())
	})
	other := "Bearer " + id + "." + secret
	full := func(key string) {
		t.Helper()
		resp := s.get(t.Context(), "", "Authorization", key)
		var p Problem
		if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.StatusCode != http.StatusServiceUnavailable || p.Code != "too_many_streams" || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%d %+v, %v", resp.StatusCode, p, err)
		}
	}
	leaving, leave := context.WithCancel(t.Context())
	for i, ctx := range []context.Context{t.Context(), leaving} {
		if resp := s.get(ctx, ""); resp.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %d", i, resp.StatusCode)
		}
	}
	full("Bearer admin.s3cret")
	if resp := s.get(t.Context(), "", "Authorization", other); resp.StatusCode != http.StatusOK {
		t.Fatalf("another key: %d", resp.StatusCode)
	}
	full(other)
	if resp := s.get(t.Context(), "", "Accept", "application/json"); resp.StatusCode != http.StatusOK {
		t.Errorf("a page needs no room: %d", resp.StatusCode)
	}
	leave()
	for { // its end is noticed soon
		resp := s.get(t.Context(), "", "Authorization", other)
		if resp.StatusCode == http.StatusOK {
			break
		}
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}

// The server's time-outs are for requests that end; a stream outlives them and
// shows that it lives.
func TestStreamOutlivesTimeouts(t *testing.T) {
	t.Parallel()
	const bound = 100 * time.Millisecond
	s := newStall(t, func(b *Streams, srv *http.Server) {
		b.Beat = 30 * time.Millisecond
		srv.ReadTimeout, srv.WriteTimeout = bound, bound
	})
	resp := s.get(t.Context(), "")
	r := bufio.NewReader(resp.Body)
	for began := time.Now(); time.Since(began) < 4*bound; {
		if _, err := next(r); err != nil {
			t.Fatalf("cut after %s: %v", time.Since(began), err)
		}
	}
	s.tell(verified("a"))
	for {
		f, err := next(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Data != "" {
			break
		}
	}
}

// The end of the hub does not wait for readers.
func TestStreamEndsAtShutdown(t *testing.T) {
	t.Parallel()
	s := newStall(t, nil)
	resp := s.get(t.Context(), "")
	if _, err := next(bufio.NewReader(resp.Body)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Config.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	if rest, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(rest), "data") {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
}

// A reader that does not read is let go, and no other waits for it.
func TestReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := newStall(t, func(b *Streams, _ *http.Server) { b.Write, b.Max = 50*time.Millisecond, 1 })
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer admin.s3cret\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	long := some("a", "1726", event.SignatureRefused{State: "signature_refused", Reason: strings.Repeat("x", 20_000)})
	for { // its room is free again once it has been let go
		s.tell(long, long, long, long, long, long, long, long, long, long)
		resp := s.get(t.Context(), "?after=end")
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
}

// cutter breaks connections after a random number of bytes, until it is calm.
type cutter struct {
	net.Conn
	left *atomic.Int64
	calm *atomic.Bool
}

var errCut = errors.New("cut")

func (c cutter) Read(b []byte) (int, error) {
	if c.calm.Load() {
		return c.Conn.Read(b)
	}
	left := c.left.Load()
	if left <= 0 {
		_ = c.Close()
		return 0, errCut
	}
	n, err := c.Conn.Read(b[:min(int64(len(b)), left)])
	c.left.Add(-int64(n))
	return n, err
}

// Connections break at random places while events are written: a reader that
// comes back has each event once, in order, none missing.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	s := newStall(t, nil)
	const events = 200
	var calm atomic.Bool
	var cuts atomic.Int64
	random := rand.New(rand.NewPCG(7, 7))
	var mu sync.Mutex
	h := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			left := new(atomic.Int64)
			left.Store(int64(200 + random.IntN(20_000)))
			if cuts.Add(1) > 12 {
				calm.Store(true)
			}
			return cutter{conn, left, &calm}, nil
		},
	}}
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for i := range events / 4 {
			s.tell(verified(fmt.Sprint("a", i%3)), verified("b"), verified(fmt.Sprint("c", i%5)), verified("d"))
		}
	}()
	c := &client.Client{URL: s.URL, Key: "admin.s3cret", HTTP: h}
	ctx, done := context.WithCancel(t.Context())
	var got []int64
	sequences := map[string]int64{}
	err := c.Follow(ctx, client.EventFilter{}, func(e client.Event) error {
		got = append(got, e.Position)
		if sequences[e.Subject]++; e.Sequence != sequences[e.Subject] {
			t.Errorf("%s: sequence %d, want %d", e.Subject, e.Sequence, sequences[e.Subject])
		}
		if len(got) == events {
			done()
		}
		return nil
	})
	<-writing
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	for i, p := range got {
		if p != int64(i+1) {
			t.Fatalf("event %d has position %d", i, p)
		}
	}
	if len(got) != events || cuts.Load() < 5 {
		t.Errorf("%d events over %d connections", len(got), cuts.Load())
	}
}

func TestClientEvents(t *testing.T) {
	t.Parallel()
	s := newStall(t, nil)
	var list []event.Event
	for i := range 1203 {
		list = append(list, verified(fmt.Sprint(i%7)))
	}
	s.tell(list...)
	c := &client.Client{URL: s.URL, Key: "admin.s3cret", HTTP: s.Client()}
	n := int64(3)
	end, err := c.Events(t.Context(), client.EventFilter{After: 3}, func(e client.Event) error {
		if n++; e.Position != n {
			t.Errorf("position %d, want %d", e.Position, n)
		}
		return nil
	})
	if err != nil || end != 1203 || n != 1203 {
		t.Errorf("read up to %d, %d, %v", n, end, err)
	}
	errNo := errors.New("no")
	if _, err := c.Events(t.Context(), client.EventFilter{}, func(client.Event) error { return errNo }); !errors.Is(err, errNo) {
		t.Errorf("the handler's error: %v", err)
	}
	if err := c.Follow(t.Context(), client.EventFilter{}, func(client.Event) error { return errNo }); !errors.Is(err, errNo) {
		t.Errorf("the handler's error: %v", err)
	}
	p, ok := errors.AsType[*client.Problem](c.Follow(t.Context(), client.EventFilter{After: 9999}, nil))
	if !ok || p.Code != "bad_position" {
		t.Errorf("beyond the end: %v", p)
	}
	c.Key = "nobody.x"
	if err := c.Follow(t.Context(), client.EventFilter{}, nil); err == nil {
		t.Error("a stranger follows")
	}
}
