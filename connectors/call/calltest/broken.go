package calltest

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
	"time"
)

// broken is a transport that fails.
type broken struct {
	name string
	sent bool // the system may have seen the request
	play func(s Subject, op Operation, r *http.Request) (*http.Response, error)
}

// breakages are what can go wrong below HTTP; each is unavailable, everywhere.
var breakages = []broken{
	{"refused", false, func(s Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connecting(r)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}},
	{"no such host", false, func(s Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connecting(r)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: s.echo(), Name: marker, IsNotFound: true}}
	}},
	{"unknown authority", false, func(_ Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connecting(r)
		return nil, x509.UnknownAuthorityError{Cert: &x509.Certificate{Raw: []byte(marker)}}
	}},
	{"reset while connecting", false, func(s Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connecting(r)
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}},
	{"hang while connecting", false, func(_ Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connecting(r)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
	{"reset after sending", true, func(_ Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}},
	{"hung up", true, func(_ Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		return nil, io.EOF
	}},
	{"hang", true, func(_ Subject, _ Operation, r *http.Request) (*http.Response, error) { return hang(r) }},
	{"not HTTP", true, func(s Subject, _ Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		return nil, errors.New(`malformed HTTP response "` + s.echo() + `"`)
	}},
	{"body cut off", true, func(_ Subject, op Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		half := op.Good.Body[:len(op.Good.Body)/2]
		return stream(r, op.Good, &drip{ctx: r.Context(), left: half, end: io.ErrUnexpectedEOF}), nil
	}},
	{"slow drip", true, func(_ Subject, op Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		return stream(r, op.Good, &drip{ctx: r.Context(), left: op.Good.Body, every: 2 * time.Second, end: io.EOF}), nil
	}},
	{"body that never comes", true, func(_ Subject, op Operation, r *http.Request) (*http.Response, error) {
		connected(r)
		return stream(r, op.Good, &drip{ctx: r.Context(), left: op.Good.Body, every: time.Hour, end: io.EOF}), nil
	}},
}

// connecting and connected tell the caller how far the request came, as a
// transport does.
func connecting(r *http.Request) {
	if t := httptrace.ContextClientTrace(r.Context()); t != nil && t.GetConn != nil {
		t.GetConn(r.URL.Host)
	}
}

func connected(r *http.Request) {
	connecting(r)
	if t := httptrace.ContextClientTrace(r.Context()); t != nil && t.GotConn != nil {
		t.GotConn(httptrace.GotConnInfo{})
	}
}

// hang takes the request and never answers.
func hang(r *http.Request) (*http.Response, error) {
	connected(r)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func stream(r *http.Request, rep Reply, body io.ReadCloser) *http.Response {
	h := rep.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: rep.Status, ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: body, Request: r}
}

// drip is a body that comes a byte at a time (at once when every is zero) and
// ends with end.
type drip struct {
	ctx   context.Context
	left  string
	every time.Duration
	end   error
}

func (d *drip) Read(p []byte) (int, error) {
	if d.left == "" {
		return 0, d.end
	}
	if d.every == 0 {
		n := copy(p, d.left)
		d.left = d.left[n:]
		return n, nil
	}
	timer := time.NewTimer(d.every)
	defer timer.Stop()
	select {
	case <-timer.C:
		p[0], d.left = d.left[0], d.left[1:]
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d *drip) Close() error { return nil }
