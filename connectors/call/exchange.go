package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/sony/gobreaker/v2"

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	secondTry   = 500 * time.Millisecond // the longest wait before it
	patience    = time.Second            // a system that asks for more is not tried again at once
	longestPace = 5 * time.Second        // a longer queue for the rate limit is refused
)

// ownDoing marks a try that ended for reasons of ours: the breaker must not
// count it either way.
type ownDoing struct{ *fault.Fault }

func (o *ownDoing) Unwrap() error { return o.Fault }

// exchange is one Do on its way through the retry loop. As that loop's
// RoundTripper it makes one try: breaker, rate limit, time-out, transport,
// decoding.
type exchange struct {
	caller    *Caller
	request   Request
	asker     context.Context // without our own deadline: tells a cancellation from a time-out
	rounds    int
	tries     int
	status    int
	answer    Body         // of the last try that brought one
	last      *fault.Fault // of the last try; nil: it was answered
	uncertain bool         // some try may have taken effect
}

func (x *exchange) run(ctx context.Context) *fault.Fault {
	var body any
	if x.request.Body != nil {
		body = x.request.Body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, x.request.Method, x.request.URL, body)
	if err != nil { // the address was checked: what is left is a method that is no word
		return &fault.Fault{Kind: fault.Defect, Err: errors.New("building the request failed")}
	}
	if x.request.Header != nil {
		req.Header = x.request.Header.Clone()
	}
	if x.request.Host != "" {
		req.Host = x.request.Host
	}
	again := 0
	if x.caller.op.Repeatable {
		again = 1
	}
	loop := retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: x, CheckRedirect: stay},
		RetryMax:     again,
		RetryWaitMax: secondTry,
		CheckRetry: func(ctx context.Context, _ *http.Response, err error) (bool, error) {
			return err != nil && ctx.Err() == nil && x.worthAgain(), nil
		},
		Backoff: func(_, most time.Duration, _ int, _ *http.Response) time.Duration {
			return rand.N(most) // #nosec G404 -- jitter, not a secret
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := loop.Do(req)
	if err == nil {
		return nil // the answer's body is http.NoBody: it was read inside the try
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	if x.last == nil { // the library refused before any try
		return &fault.Fault{Kind: fault.Defect, Code: "request", Err: errors.New("the request cannot be sent as it was built")}
	}
	return x.last
}

func (x *exchange) worthAgain() bool {
	f := x.last
	if x.rounds++; x.rounds > 1 { // the library asks after the last try too
		return false
	}
	if f == nil || !fault.RuleOf(f.Kind).AgainAtOnce || f.Wait > patience {
		return false
	}
	return f.Code != CodeBreakerOpen && f.Code != CodeCancelled && x.caller.budget.spend()
}

// settled is the fault as far as it says something of the operation: one that
// the connector answers with fresh credentials does not yet.
func (x *exchange) settled(f *fault.Fault) *fault.Fault {
	if f != nil && x.request.Renews != nil && x.request.Renews(f) {
		return &fault.Fault{Kind: fault.Unavailable}
	}
	return f
}

// RoundTrip makes one try. Its errors are only a signal to the loop; the fault
// is kept in x.last.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	_, err := x.caller.breaker.Execute(func() (struct{}, error) { return struct{}{}, x.try(req) })
	switch {
	case err == nil:
		x.last = nil
		return &http.Response{
			StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: http.NoBody, Request: req,
		}, nil
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		x.last = x.caller.resting(time.Unix(0, x.caller.until.Load()))
	default:
		x.last = fault.Of(err)
	}
	x.uncertain = x.uncertain || x.last.Uncertain
	return nil, x.last
}

func (c *Caller) resting(until time.Time) *fault.Fault {
	return &fault.Fault{
		Kind: fault.Unavailable, Code: CodeBreakerOpen, Wait: max(until.Sub(c.now()), time.Second),
		Err: errors.New("the operation rests after repeated failures"),
	}
}

func (x *exchange) try(req *http.Request) error {
	ctx := req.Context()
	if err := x.pace(ctx); err != nil {
		return err
	}
	if err := guard(ctx); err != nil {
		return err
	}
	x.tries++
	ctx, cancel := context.WithTimeout(ctx, x.caller.op.Limits.Try)
	defer cancel()
	var way path
	x.answer = nil
	resp, err := x.caller.client.Do(req.Clone(httptrace.WithClientTrace(ctx, way.trace())))
	if err != nil {
		return x.lost(err, way.mayHaveSent(err))
	}
	defer resp.Body.Close()
	x.status = resp.StatusCode
	limit := x.caller.op.Limits.MaxBody
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return x.lost(err, true)
	}
	if int64(len(body)) > limit {
		// What the status says without a body still holds: a throttled answer must
		// not count as broken because of its length.
		if f := statusFault(Response{Status: resp.StatusCode, Header: resp.Header}, x.caller.now()); f != nil {
			return f
		}
		return &fault.Fault{
			Kind: fault.Breach, Code: "body_too_large", Uncertain: true,
			Err: fmt.Errorf("the answer is longer than %d bytes", limit),
		}
	}
	x.answer = body
	return x.judge(Response{Status: resp.StatusCode, Header: resp.Header, Body: body})
}

// gone reports that whoever asked has left. A deadline is not leaving: the
// system was too slow for it.
func (x *exchange) gone() bool { return errors.Is(x.asker.Err(), context.Canceled) }

func goneFault() *fault.Fault {
	return &fault.Fault{Kind: fault.Unavailable, Code: CodeCancelled, Err: context.Canceled}
}

// lost makes the fault of a try that brought no complete answer.
func (x *exchange) lost(err error, sent bool) error {
	if x.gone() {
		f := goneFault()
		f.Uncertain = sent
		return &ownDoing{f}
	}
	f := transportFault(err)
	if f.Code == "timeout" && !sent {
		f.Code, f.Err = "unreachable", errors.New("connecting took too long")
	}
	f.Uncertain = sent
	return f
}

// judge turns a complete answer into nil or a fault.
func (x *exchange) judge(r Response) (err error) {
	// Both readers read what a stranger sent. What was panicked with may quote it:
	// only its type is told.
	defer func() {
		if v := recover(); v != nil {
			err = &fault.Fault{Kind: fault.Defect, Uncertain: true, Err: fmt.Errorf("reading the answer panicked (%T)", v)}
		}
	}()
	if f := statusFault(r, x.caller.now()); f != nil {
		if x.request.Refine == nil {
			return f
		}
		if better := x.request.Refine(r); better != nil {
			out := *better
			if out.Kind == f.Kind {
				out.Uncertain = out.Uncertain || f.Uncertain
				if out.Wait == 0 {
					out.Wait = f.Wait
				}
			}
			out.Wait = min(out.Wait, LongestWait)
			return &out
		}
		return f
	}
	if x.request.Decode == nil {
		return nil
	}
	if err := x.request.Decode(r); err != nil {
		f := fault.Of(err)
		if !x.caller.op.Repeatable && r.Status < 300 && (f.Kind == fault.Unavailable || f.Kind == fault.Breach) {
			out := *f // it said yes, and what to we cannot read
			out.Uncertain = true
			f = &out
		}
		return f
	}
	return nil
}
