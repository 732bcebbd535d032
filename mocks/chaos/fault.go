package chaos

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind says how a call goes wrong.
type Kind string

// The kinds. Unless said otherwise the request is not processed.
const (
	Down      Kind = "down"      // the connection is accepted and reset at once
	Status    Kind = "status"    // an HTTP status with the system's own error body
	Latency   Kind = "latency"   // processed and answered, but late
	Hang      Kind = "hang"      // no answer until the client gives up or Heal is called, whatever Times and For say
	Reset     Kind = "reset"     // processed, then the connection is reset: the outcome is unknown to the client
	Malformed Kind = "malformed" // 200 with broken JSON
	Truncated Kind = "truncated" // processed; half of the answer, then the connection is closed
	HTML      Kind = "html"      // a web page instead of the dialect
	Empty     Kind = "empty"     // 200 without a body
	Throttle  Kind = "throttle"  // 429 with Retry-After
	SlowDrip  Kind = "slow-drip" // processed; the answer comes in small pieces
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Down, Status, Latency, Hang, Reset, Malformed, Truncated, HTML, Empty, Throttle, SlowDrip}
}

// All is the operation that stands for every operation.
const All = "*"

// Fault is one order to go wrong. The zero value of a field means what its
// comment says.
type Fault struct {
	Operation   string        // an operation id, a path (begins with a slash) or "*"; empty is "*"
	Kind        Kind          // required
	Status      int           // status and html: HTTP status; zero: 503 for status, 200 for html
	Code        string        // status and throttle: the system's own error code; empty: what belongs to the status
	Form        string        // status and throttle at the portal: flat, fault or xml; empty: flat
	Body        string        // status: this body instead of the system's own
	ContentType string        // of Body; empty: application/json
	Delay       time.Duration // before anything else; slow-drip: between pieces (zero: 50 ms)
	RetryAfter  time.Duration // status and throttle: Retry-After, in whole seconds; throttle: zero is 1 s
	OneIn       int           // strikes the first of every so many calls; zero: every call
	Times       int           // heals after so many strikes; zero: never
	For         time.Duration // heals after this time; zero: never
}

// wire is a fault as the control endpoints read and print it.
type wire struct {
	Operation   string `json:"operation"`
	Kind        Kind   `json:"kind"`
	Status      int    `json:"status,omitempty"`
	Code        string `json:"code,omitempty"`
	Form        string `json:"form,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	LatencyMS   int64  `json:"latency_ms,omitempty"`
	RetryAfter  int64  `json:"retry_after,omitempty"` // seconds
	OneIn       int    `json:"one_in,omitempty"`
	Times       int    `json:"times,omitempty"`
	ForMS       int64  `json:"for_ms,omitempty"`
}

// MarshalJSON prints durations as latency_ms, retry_after (seconds) and for_ms.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{
		f.Operation, f.Kind, f.Status, f.Code, f.Form, f.Body, f.ContentType,
		f.Delay.Milliseconds(), int64(f.RetryAfter / time.Second), f.OneIn, f.Times, f.For.Milliseconds(),
	})
}

// UnmarshalJSON reads what MarshalJSON prints.
func (f *Fault) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*f = Fault{
		w.Operation, w.Kind, w.Status, w.Code, w.Form, w.Body, w.ContentType,
		time.Duration(w.LatencyMS) * time.Millisecond, time.Duration(w.RetryAfter) * time.Second,
		w.OneIn, w.Times, time.Duration(w.ForMS) * time.Millisecond,
	}
	return nil
}

// check fills defaults and names what is wrong.
func (f Fault) check(operations []string) (Fault, error) {
	if f.Operation == "" {
		f.Operation = All
	}
	if f.Operation != All && !strings.HasPrefix(f.Operation, "/") && !slices.Contains(operations, f.Operation) {
		return f, fmt.Errorf("unknown operation; have %s, a path, or *", strings.Join(operations, ", "))
	}
	if !slices.Contains(Kinds(), f.Kind) {
		return f, fmt.Errorf("unknown kind of fault; have %v", Kinds())
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return f, fmt.Errorf("status must lie between 200 and 599")
	}
	if f.OneIn < 0 || f.Times < 0 || f.For < 0 || f.Delay < 0 || f.RetryAfter < 0 {
		return f, fmt.Errorf("numbers must not be negative")
	}
	switch {
	case f.Kind == Status && f.Status == 0:
		f.Status = 503
	case f.Kind == HTML && f.Status == 0:
		f.Status = 200
	case f.Kind == Throttle:
		f.Status = 429
		f.RetryAfter = max(f.RetryAfter, time.Second)
	case f.Kind == SlowDrip && f.Delay == 0:
		f.Delay = 50 * time.Millisecond
	}
	return f, nil
}
