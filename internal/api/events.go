package api

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/event"
)

// Streams are the bounds of reading events. The zero value means the defaults.
type Streams struct {
	Feed   *event.Feed   // wakes readers when the stream has grown; nil: they poll only
	Poll   time.Duration // fall-back; default 1 s
	Beat   time.Duration // between signs of life; default 15 s
	Write  time.Duration // a reader that takes longer to take what it is sent is let go; default 10 s
	Max    int           // streams at once; default 256
	PerKey int           // of them with one key; default 16
}

func (s Streams) defaults() Streams {
	s.Feed = cmp.Or(s.Feed, &event.Feed{})
	s.Poll, s.Beat, s.Write = cmp.Or(s.Poll, time.Second), cmp.Or(s.Beat, 15*time.Second), cmp.Or(s.Write, 10*time.Second)
	s.Max, s.PerKey = cmp.Or(s.Max, 256), cmp.Or(s.PerKey, 16)
	return s
}

// readers are the open streams of this process.
type readers struct {
	bounds Streams
	mu     sync.Mutex
	open   int
	byKey  map[string]int
	hooked bool
	ending chan struct{} // closed when the server shuts down
}

// enter counts a reader in, or refuses it.
func (rs *readers) enter(r *request) (leave func(), err error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.open >= rs.bounds.Max || rs.byKey[r.key.ID] >= rs.bounds.PerKey {
		return nil, Problem{
			Title: "Too many streams", Status: http.StatusServiceUnavailable, Code: "too_many_streams",
			Detail: "all streams are taken, or all of this key: close one, or read page by page", retryAfter: rs.bounds.Beat,
		}
	}
	// Shutdown waits for requests; a stream ends only when it is told to.
	if srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && !rs.hooked {
		rs.hooked = true
		srv.RegisterOnShutdown(sync.OnceFunc(func() { close(rs.ending) }))
	}
	if rs.byKey == nil {
		rs.byKey = map[string]int{}
	}
	rs.open++
	rs.byKey[r.key.ID]++
	return func() {
		rs.mu.Lock()
		defer rs.mu.Unlock()
		rs.open--
		if rs.byKey[r.key.ID]--; rs.byKey[r.key.ID] == 0 {
			delete(rs.byKey, r.key.ID)
		}
	}, nil
}

// eventsAtOnce bounds what is read and written in one go.
const eventsAtOnce = 200

// streamEvents serves the stream, and pages of it to those who ask for JSON.
func (s *server) streamEvents(w http.ResponseWriter, r *request) (int, any, error) {
	q := r.URL.Query()
	f := store.EventFilter{Types: q["type"], Application: q.Get("application"), Commission: r.key.Commission}
	end, err := s.Store.StreamEnd(r.Context())
	if err != nil {
		return 0, nil, err
	}
	after, err := position(cmp.Or(r.Header.Get("Last-Event-ID"), q.Get("after")), end)
	if err != nil {
		return 0, nil, err
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		return s.eventPage(r, f, after)
	}
	leave, err := s.readers.enter(r)
	if err != nil {
		return 0, nil, err
	}
	defer leave()
	list, upTo, err := s.Store.Events(r.Context(), f, after, eventsAtOnce)
	if err != nil {
		return 0, nil, err
	}
	// From here on the answer has begun: what goes wrong ends it, and the reader
	// comes back with the last id it saw.
	if err := s.stream(w, r, f, after, list, upTo); err != nil {
		s.Log.DebugContext(r.Context(), "a reader of events is gone", "key", r.key.ID, "error", err)
	}
	return 0, nil, nil
}

// position reads where a reader wants to go on.
func position(text string, end int64) (int64, error) {
	bad := Problem{Title: "No such position", Status: http.StatusBadRequest, Code: "bad_position", Detail: fmt.Sprintf("want a number from 0 to %d, the end of the stream, or end", end)}
	switch text {
	case "":
		return 0, nil
	case "end":
		return end, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > end {
		return 0, bad
	}
	return n, nil
}

func (s *server) eventPage(r *request, f store.EventFilter, after int64) (int, any, error) {
	list, upTo, err := s.Store.Events(r.Context(), f, after, limitOf(r))
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Events []event.Envelope `json:"events"`
		Next   int64            `json:"next"`
		End    int64            `json:"end"`
	}{Events: []event.Envelope{}, Next: upTo}
	for _, e := range list {
		out.Events = append(out.Events, e.Envelope())
	}
	out.End, err = s.Store.StreamEnd(r.Context())
	return http.StatusOK, out, err
}

// stream writes what there is and what comes, to a reader that was told of the
// events up to a position, until the reader leaves, does not
// keep up, or the hub ends.
func (s *server) stream(w http.ResponseWriter, r *request, f store.EventFilter, told int64, list []event.Stored, upTo int64) error {
	bounds := s.readers.bounds
	rc := http.NewResponseController(w)
	// The server's bounds are those of a request that ends. The one on reading
	// would end the request's context, even though there is nothing to read.
	if err := rc.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lifting the server's deadline: %w", err)
	}
	send := func(b []byte) error {
		if err := rc.SetWriteDeadline(time.Now().Add(bounds.Write)); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		return rc.Flush()
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a front must pass on at once
	if err := send([]byte("retry: 1000\n\n")); err != nil {
		return err
	}
	beat, poll := time.NewTicker(bounds.Beat), time.NewTicker(bounds.Poll)
	defer beat.Stop()
	defer poll.Stop()
	for {
		if len(list) > 0 {
			told = list[len(list)-1].Position
			b, err := frames(list)
			if err != nil {
				return err
			}
			if err := send(b); err != nil {
				return err
			}
			beat.Reset(bounds.Beat)
		}
		if len(list) < eventsAtOnce {
			more := bounds.Feed.Grown()
			end, err := s.Store.StreamEnd(r.Context())
			if err != nil {
				return err
			}
			if end <= upTo {
				select {
				case <-r.Context().Done():
					return r.Context().Err()
				case <-s.readers.ending:
					return nil
				case <-beat.C:
					if err := send(sign(told, upTo)); err != nil {
						return err
					}
					told = upTo
				case <-more:
				case <-poll.C:
				}
			}
		}
		select {
		case <-s.readers.ending:
			return nil
		default:
		}
		var err error
		if list, upTo, err = s.Store.Events(r.Context(), f, upTo, eventsAtOnce); err != nil {
			return err
		}
	}
}

// frames are events as server-sent events: id is the position.
func frames(list []event.Stored) ([]byte, error) {
	var b bytes.Buffer
	for _, e := range list {
		body, err := e.JSON()
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", e.Position, e.Type, body)
	}
	return b.Bytes(), nil
}

// sign is a sign of life. The id that may come with it tells up to where there
// is nothing for this reader, so that it need not be looked through again.
func sign(told, upTo int64) []byte {
	if told == upTo {
		return []byte(":\n\n")
	}
	return []byte(":\nid: " + strconv.FormatInt(upTo, 10) + "\n\n")
}
