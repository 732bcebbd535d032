package serve

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
)

const webPage = "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h1>Texnik ishlar</h1></body></html>"

// strike lets at most one fault act on a call.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, op string) {
	call := Call{
		Operation: op, At: s.now(), Host: r.Host, RealIP: r.Header.Get("X-Real-IP"),
		Authorization: personal.Secret(r.Header.Get("Authorization")),
	}
	f, healed := s.faults.Strike(op, r.URL.Path)
	if f != nil && f.Kind == chaos.Down {
		s.journal.add(call)
		pause(r.Context(), f.Delay)
		reset(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.journal.add(call)
		http.Error(w, "request too large or broken off", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if s.c.Describe != nil {
		s.c.Describe(&call, body)
	}
	s.journal.add(call)
	if f == nil {
		s.c.Handler.ServeHTTP(w, r)
		return
	}
	if f.Kind != chaos.SlowDrip {
		pause(r.Context(), f.Delay)
	}
	s.act(w, r, op, *f, healed)
}

func (s *Server) act(w http.ResponseWriter, r *http.Request, op string, f chaos.Fault, healed <-chan struct{}) {
	switch f.Kind {
	case chaos.Status, chaos.Throttle, chaos.ErrorBody:
		s.refuse(w, op, f)
	case chaos.Hang:
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-healed:
			s.c.Handler.ServeHTTP(w, r)
		}
	case chaos.Malformed:
		malformed(w, http.StatusOK)
	case chaos.HTML:
		write(w, f.Status, "text/html; charset=utf-8", webPage)
	case chaos.Empty:
		w.WriteHeader(http.StatusOK)
	case chaos.Reset:
		s.c.Handler.ServeHTTP(&recorder{header: http.Header{}}, r)
		reset(w)
	case chaos.Truncated:
		body, status := s.record(w, r)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the server closes the connection and stays silent
	case chaos.WrongTypes:
		s.wrongTypes(w, r)
	case chaos.WrongContent:
		body, status := s.record(w, r)
		w.Header().Set("Content-Type", orDefault(f.ContentType, "text/plain; charset=utf-8"))
		w.WriteHeader(status)
		_, _ = w.Write(body)
	case chaos.Huge:
		huge(w, r, f)
	case chaos.Deep:
		deep(w, f)
	case chaos.Redirect:
		w.Header().Set("Location", orDefault(f.To, PathElsewhere))
		w.WriteHeader(f.Status)
	case chaos.ExpireTokens:
		s.c.Expire()
		s.c.Handler.ServeHTTP(w, r)
	case chaos.SlowDrip:
		s.drip(w, r, f.Delay)
	default: // latency: the delay was all
		s.c.Handler.ServeHTTP(w, r)
	}
}

// refuse answers with the fault's status and the system's own error body, or the
// fault's.
func (s *Server) refuse(w http.ResponseWriter, op string, f chaos.Fault) {
	switch {
	case f.RetryAfter > 0 && f.RetryAfterDate:
		w.Header().Set("Retry-After", s.now().Add(f.RetryAfter).UTC().Format(http.TimeFormat))
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	if f.Body != "" {
		write(w, f.Status, orDefault(f.ContentType, "application/json"), f.Body)
		return
	}
	f.Operation = op
	s.c.Refuse(w, f)
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// record runs the handler, copies its header to w and returns body and status.
func (s *Server) record(w http.ResponseWriter, r *http.Request) ([]byte, int) {
	rec := &recorder{header: w.Header()}
	s.c.Handler.ServeHTTP(rec, r)
	rec.WriteHeader(http.StatusOK)
	return rec.body.Bytes(), rec.status
}

func (s *Server) drip(w http.ResponseWriter, r *http.Request, every time.Duration) {
	body, status := s.record(w, r)
	w.WriteHeader(status)
	piece := max(1, len(body)/16)
	for len(body) > 0 {
		n := min(piece, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		body = body[n:]
		pause(r.Context(), every)
	}
}

// pause waits; when nobody wants the answer any more it breaks the call off.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// reset closes the connection with RST instead of FIN.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func write(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
