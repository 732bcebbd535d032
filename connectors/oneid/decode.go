package oneid

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

const breachHint = "report the difference from the contract to the operator of OneID"

var errNoToken = errors.New("OneID answered without a token")

// breach makes the fault of an answer that breaks the contract. The text names
// fields, never their values.
func breach(format string, args ...any) error {
	return &fault.Fault{Kind: fault.Breach, Err: fmt.Errorf(format, args...), Hint: breachHint}
}

// text is a string that may come as a number.
type text string

// UnmarshalJSON reads it; anything else is kept out.
func (t *text) UnmarshalJSON(b []byte) error { return (*call.Text)(t).UnmarshalJSON(b) }

// within is the text, if it is no longer than so many characters.
func (t text) within(field string, longest int) (string, error) {
	if utf8.RuneCountInString(string(t)) > longest {
		return "", breach("field %q is longer than %d characters", field, longest)
	}
	return string(t), nil
}

// digits reports whether t is that many ASCII digits and nothing else.
func (t text) digits(n int) bool { return len(t) == n && strings.Trim(string(t), "0123456789") == "" }

// flag is a truth value that mostly comes as text; null and "" are false.
type flag bool

// UnmarshalJSON reads it.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch s := strings.ToLower(strings.TrimSpace(strings.Trim(string(b), `"`))); s {
	case "true":
		*f = true
	case "false", "null", "":
		*f = false
	default:
		return call.ShapeError("true or false")
	}
	return nil
}

// date reads YYYY-MM-DD or YYYYMMDD; empty text is no date.
func date(field string, t text) (civil.Date, error) {
	if t == "" {
		return civil.Date{}, nil
	}
	if d, err := civil.Parse(string(t)); err == nil {
		return d, nil
	}
	if parsed, err := time.Parse("20060102", string(t)); err == nil {
		return civil.Date{Year: parsed.Year(), Month: parsed.Month(), Day: parsed.Day()}, nil
	}
	return civil.Date{}, breach("field %q is not a date", field)
}
