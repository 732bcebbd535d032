package fault

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Codes by which a fault says that the other system was not even asked: waiting
// for it is no attempt.
const (
	CodeBreakerOpen  = "breaker_open"  // the operation rests
	CodeBulkheadFull = "bulkhead_full" // too many exchanges at a time
	CodePaused       = "paused"        // an operator holds the operation
	CodeStopped      = "stopped"       // it is misconfigured, which was told before
)

// Fault is the one error type that crosses package borders with a meaning.
type Fault struct {
	Kind      Kind
	System    string        // connector id: portal, eds, playmobile, chrome
	Operation string        // operation of that system
	Wait      time.Duration // what the system asked for; zero: the policy decides
	Uncertain bool          // the request may have taken effect on the other side
	Code      string        // the other side's own code, for fingerprints; never free text
	Hint      string        // what an operator can do next
	Err       error         // cause; must hold no secret and no personal datum
}

// Error prints kind, place and cause: "portal search: unavailable: cause".
func (f *Fault) Error() string {
	var b strings.Builder
	if f.System != "" {
		b.WriteString(f.System)
		if f.Operation != "" {
			b.WriteString(" " + f.Operation)
		}
		b.WriteString(": ")
	}
	b.WriteString(string(f.Kind))
	if f.Code != "" {
		b.WriteString(" (" + f.Code + ")")
	}
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// New makes a fault without a place; the caller that knows the place adds it.
func New(k Kind, err error) *Fault { return &Fault{Kind: k, Err: err} }

// Of returns the fault in err's chain. An error that carries none is a defect,
// except a deadline or cancellation, which is unavailable. Nil for nil.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Fault{Kind: Unavailable, Err: err}
	}
	return &Fault{Kind: Defect, Err: err}
}

// KindOf returns the kind of err, as Of understands it; "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return Of(err).Kind
}
