package chaos

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kind says how a call goes wrong.
type Kind string

// The kinds. Unless said otherwise the request is not processed.
const (
	Down         Kind = "down"               // the connection is accepted and reset at once
	Status       Kind = "status"             // an HTTP status with the system's own error body
	ErrorBody    Kind = "error-body"         // 200 with the system's own error body
	Latency      Kind = "latency"            // processed and answered, but late
	Hang         Kind = "hang"               // no answer until the client gives up or Heal is called, whatever Times and For say
	Reset        Kind = "reset"              // processed, then the connection is reset: the outcome is unknown to the client
	Malformed    Kind = "malformed"          // 200 with broken JSON
	Truncated    Kind = "truncated"          // processed; half of the answer, then the connection is closed
	WrongTypes   Kind = "wrong-types"        // processed; the answer's fields with values of other types
	WrongContent Kind = "wrong-content-type" // processed; the answer under another Content-Type
	HTML         Kind = "html"               // a web page instead of the dialect
	Empty        Kind = "empty"              // 200 without a body
	Huge         Kind = "huge"               // JSON longer than any cap
	Deep         Kind = "deep"               // JSON nested deeper than any bound
	Redirect     Kind = "redirect"           // 302 to another place
	Throttle     Kind = "throttle"           // 429, with Retry-After unless told otherwise
	ExpireTokens Kind = "expire-tokens"      // all tokens become invalid, then the call is processed
	SlowDrip     Kind = "slow-drip"          // processed; the answer comes in small pieces
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Down, Status, ErrorBody, Latency, Hang, Reset, Malformed, Truncated, WrongTypes, WrongContent, HTML, Empty, Huge, Deep,
		Redirect, Throttle, ExpireTokens, SlowDrip,
	}
}

// All is the operation that stands for every operation.
const All = "*"

// Defaults and bounds of Fault.Size.
const (
	HugeSize    = 64 << 20 // bytes
	LargestHuge = 1 << 30
	DeepSize    = 100_000 // levels
	LargestDeep = 10_000_000
)

// Fault is one order to go wrong. The zero value of a field means what its
// comment says.
type Fault struct {
	Operation      string        // an operation id, a path (begins with a slash) or "*"; empty is "*"
	Kind           Kind          // required
	Status         int           // HTTP status of status (zero: 503), html, error-body, huge, deep (zero: 200) and redirect (zero: 302)
	Code           string        // status, error-body and throttle: the system's own error code; empty: what belongs to the status
	Form           string        // status, error-body and throttle at the portal: flat, fault or xml; empty: flat
	Body           string        // status, error-body and throttle: this body instead of the system's own
	ContentType    string        // of Body, empty: application/json; of wrong-content-type, empty: text/plain
	Delay          time.Duration // before anything else; slow-drip: between pieces (zero: 50 ms)
	Jitter         time.Duration // each strike adds 0 to this much to Delay, drawn from the seed
	RetryAfter     time.Duration // status and throttle: Retry-After, in whole seconds; throttle: zero is 1 s
	RetryAfterDate bool          // Retry-After is a date instead of a number of seconds
	NoRetryAfter   bool          // throttle: no Retry-After at all
	Size           int64         // huge: bytes; deep: levels; zero: HugeSize and DeepSize
	To             string        // redirect: where to, an http address or a path; empty: /_mock/elsewhere, which journals what comes
	OneIn          int           // strikes the first of every so many calls; zero: every call
	Share          float64       // strikes this share of the calls, 0 to 1, drawn from the seed; zero: every call
	Times          int           // heals after so many strikes; zero: never
	After          time.Duration // begins after this time; zero: at once
	For            time.Duration // heals this long after its beginning; zero: never
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
		return f, errors.New("status must lie between 200 and 599")
	}
	if f.OneIn < 0 || f.Times < 0 || f.For < 0 || f.After < 0 || f.Delay < 0 || f.Jitter < 0 || f.RetryAfter < 0 || f.Size < 0 {
		return f, errors.New("numbers must not be negative")
	}
	if !(f.Share >= 0 && f.Share <= 1) { // so written, NaN is refused too
		return f, errors.New("share must lie between 0 and 1")
	}
	if f.Share > 0 && f.OneIn > 0 {
		return f, errors.New("one_in and share exclude each other")
	}
	if err := f.fits(); err != nil {
		return f, err
	}
	return f.filled(), nil
}

// fits refuses fields that mean nothing to the kind, and values that the kind
// cannot have.
func (f Fault) fits() error {
	switch {
	case f.NoRetryAfter && f.Kind != Throttle:
		return errors.New("no_retry_after belongs to throttle")
	case f.NoRetryAfter && (f.RetryAfter > 0 || f.RetryAfterDate):
		return errors.New("retry_after and no_retry_after exclude each other")
	case f.Size > 0 && f.Kind != Huge && f.Kind != Deep:
		return errors.New("size belongs to huge and deep")
	case f.Kind == Huge && f.Size > LargestHuge:
		return fmt.Errorf("size of huge must not exceed %d bytes", LargestHuge)
	case f.Kind == Deep && f.Size > LargestDeep:
		return fmt.Errorf("size of deep must not exceed %d levels", LargestDeep)
	case f.To != "" && f.Kind != Redirect:
		return errors.New("to belongs to redirect")
	case f.Kind == Redirect && !slices.Contains([]int{0, 301, 302, 303, 307, 308}, f.Status):
		return errors.New("the status of a redirect is 301, 302, 303, 307 or 308")
	}
	if f.To == "" {
		return nil
	}
	u, err := url.Parse(f.To)
	if err != nil || !strings.HasPrefix(f.To, "/") && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return errors.New("to must be an http address or a path")
	}
	return nil
}

func (f Fault) filled() Fault {
	status, size := 0, int64(0)
	switch f.Kind {
	case Status:
		status = http.StatusServiceUnavailable
	case HTML, ErrorBody:
		status = http.StatusOK
	case Huge:
		status, size = http.StatusOK, HugeSize
	case Deep:
		status, size = http.StatusOK, DeepSize
	case Redirect:
		status = http.StatusFound
	case Throttle:
		f.Status = http.StatusTooManyRequests
		if !f.NoRetryAfter {
			f.RetryAfter = max(f.RetryAfter, time.Second)
		}
	case SlowDrip:
		if f.Delay == 0 {
			f.Delay = 50 * time.Millisecond
		}
	default: // the others have neither status nor size
	}
	if f.Status == 0 {
		f.Status = status
	}
	if f.Size == 0 {
		f.Size = size
	}
	return f
}
