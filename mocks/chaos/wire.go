package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
)

// wire is a fault as the control endpoints read and print it.
type wire struct {
	Operation      string  `json:"operation"`
	Kind           Kind    `json:"kind"`
	Status         int     `json:"status,omitempty"`
	Code           string  `json:"code,omitempty"`
	Form           string  `json:"form,omitempty"`
	Body           string  `json:"body,omitempty"`
	ContentType    string  `json:"content_type,omitempty"`
	LatencyMS      int64   `json:"latency_ms,omitempty"`
	JitterMS       int64   `json:"jitter_ms,omitempty"`
	RetryAfter     int64   `json:"retry_after,omitempty"` // seconds
	RetryAfterDate bool    `json:"retry_after_date,omitempty"`
	NoRetryAfter   bool    `json:"no_retry_after,omitempty"`
	Size           int64   `json:"size,omitempty"`
	To             string  `json:"to,omitempty"`
	OneIn          int     `json:"one_in,omitempty"`
	Share          float64 `json:"share,omitempty"`
	Times          int     `json:"times,omitempty"`
	AfterMS        int64   `json:"after_ms,omitempty"`
	ForMS          int64   `json:"for_ms,omitempty"`
}

// Fields lists the names of a fault's fields in JSON.
func Fields() []string {
	var out []string
	for f := range reflect.TypeFor[wire]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// MarshalJSON prints durations as latency_ms, jitter_ms, after_ms, for_ms and
// retry_after (seconds).
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{
		f.Operation, f.Kind, f.Status, f.Code, f.Form, f.Body, f.ContentType,
		f.Delay.Milliseconds(), f.Jitter.Milliseconds(), int64(f.RetryAfter / time.Second), f.RetryAfterDate, f.NoRetryAfter,
		f.Size, f.To, f.OneIn, f.Share, f.Times, f.After.Milliseconds(), f.For.Milliseconds(),
	})
}

// UnmarshalJSON reads what MarshalJSON prints. A field that a fault does not
// have is refused with its name.
func (f *Fault) UnmarshalJSON(b []byte) error {
	var w wire
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return worded(err)
	}
	var errs []error
	duration := func(name string, n int64, unit time.Duration) time.Duration {
		if limit := int64(longest / unit); n < 0 || n > limit {
			errs = append(errs, fmt.Errorf("%s must lie between 0 and %d", name, limit))
			return 0
		}
		return time.Duration(n) * unit
	}
	*f = Fault{
		w.Operation, w.Kind, w.Status, w.Code, w.Form, w.Body, w.ContentType,
		duration("latency_ms", w.LatencyMS, time.Millisecond), duration("jitter_ms", w.JitterMS, time.Millisecond),
		duration("retry_after", w.RetryAfter, time.Second), w.RetryAfterDate, w.NoRetryAfter, w.Size, w.To, w.OneIn, w.Share, w.Times,
		duration("after_ms", w.AfterMS, time.Millisecond), duration("for_ms", w.ForMS, time.Millisecond),
	}
	return errors.Join(errs...)
}

// longest bounds durations on the wire, far below what a time.Duration holds.
const longest = 365 * 24 * time.Hour

// worded says what the decoder found wrong to whoever wrote the order.
func worded(err error) error {
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown field %s; have %s", name, strings.Join(Fields(), ", "))
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%s must not be a JSON %s", wrong.Field, wrong.Value)
	}
	return errNoFault
}

var errNoFault = errors.New("want a JSON object that describes a fault, or a list of them")

// Read reads an order as it is posted: one fault, or a list of them.
func Read(r io.Reader) ([]Fault, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the order: %w", err)
	}
	raw = bytes.TrimSpace(raw)
	switch {
	case !json.Valid(raw):
		return nil, errNoFault
	case raw[0] == '{':
		var f Fault
		err := f.UnmarshalJSON(raw)
		return []Fault{f}, err
	case raw[0] != '[':
		return nil, errNoFault
	}
	var each []json.RawMessage
	if err := json.Unmarshal(raw, &each); err != nil || len(each) == 0 {
		return nil, errNoFault
	}
	out := make([]Fault, len(each))
	for n, one := range each {
		if !bytes.HasPrefix(one, []byte("{")) {
			err = errNoFault
		} else {
			err = out[n].UnmarshalJSON(one)
		}
		if err != nil {
			return nil, fmt.Errorf("fault %d: %w", n+1, err)
		}
	}
	return out, nil
}
