package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// LongestWait caps what a system may ask us to wait (Retry-After).
const LongestWait = 10 * time.Minute

// path follows how far a try came: asked for a connection, got one.
type path struct{ asked, got atomic.Bool }

func (p *path) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.got.Store(true) },
	}
}

// mayHaveSent reports whether the system may have seen the request. A
// connection counts as made only after its TLS handshake. A transport that
// tells nothing is judged by its error.
func (p *path) mayHaveSent(err error) bool {
	if p.asked.Load() {
		return p.got.Load()
	}
	class, _ := classify(err)
	return class != "refused" && class != "dns" && class != "tls" && class != "unreachable"
}

// transportFault names what broke in words of ours: errors of the transport
// print addresses and may quote what the other side sent.
func transportFault(err error) *fault.Fault {
	class, text := classify(err)
	f := &fault.Fault{Kind: fault.Unavailable, Code: class, Err: errors.New(text)}
	if class == "timeout" {
		f.Err = context.DeadlineExceeded
	}
	return f
}

func classify(err error) (class, text string) {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "dns", "the host name does not resolve"
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		if dialling(err) {
			return "unreachable", "connecting took too long"
		}
		return "timeout", "no answer in time"
	}
	if isTLS(err) {
		return "tls", "the TLS handshake failed"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused", "connection refused"
	case dialling(err):
		return "unreachable", "no connection could be made"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset", "connection reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "cut_off", "the answer was cut off"
	}
	return "transport", "the exchange broke off"
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

func dialling(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return true
	}
	return false
}

// statusFault reads the statuses that mean the same everywhere; nil for the
// others, which are the dialect's business.
func statusFault(r Response, now time.Time) *fault.Fault {
	f := &fault.Fault{Code: strconv.Itoa(r.Status), Wait: retryAfter(r.Header, now), Err: errors.New("the system answered " + strings.ToLower(statusText(r.Status)))}
	switch {
	case r.Status == http.StatusTooManyRequests:
		f.Kind = fault.Throttled
	case r.Status == http.StatusRequestTimeout, r.Status >= 500:
		f.Kind, f.Uncertain = fault.Unavailable, true
	default:
		return nil
	}
	return f
}

func statusText(status int) string {
	if t := http.StatusText(status); t != "" {
		return t
	}
	return "status " + strconv.Itoa(status)
}

// retryAfter reads Retry-After, seconds or a date, capped at LongestWait; zero
// when there is none or it makes no sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		if n < 0 {
			return 0
		}
		return time.Duration(min(n, int64(LongestWait/time.Second))) * time.Second
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return max(0, min(t.Sub(now), LongestWait))
}
