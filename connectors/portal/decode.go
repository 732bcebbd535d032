package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

const digits = "0123456789"

// breach makes the fault of an answer that breaks the contract. The text names
// fields, never their values.
func breach(format string, args ...any) error {
	return &fault.Fault{
		Kind: fault.Breach, Err: fmt.Errorf(format, args...),
		Hint: "report the difference from the contract to the register's owner",
	}
}

func unavailable(code, text string) error {
	return &fault.Fault{Kind: fault.Unavailable, Code: code, Err: errors.New(text)}
}

// foreign reports a body that is not JSON at all; an empty one is not foreign.
func foreign(body []byte) bool { return len(bytes.TrimSpace(body)) > 0 && !json.Valid(body) }

// decodeJSON reads body into v: not JSON (a page, a cut-off answer) is
// unavailable, JSON of another shape is a breach.
func decodeJSON(body []byte, v any) error {
	if !json.Valid(body) {
		return unavailable("not_json", "an answer that is not JSON, or only its beginning")
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return breach("field %q is not of the agreed type", t.Field)
	}
	if s, ok := errors.AsType[shapeError](err); ok {
		return breach("a field is not %s", string(s))
	}
	return breach("the answer has another shape than agreed")
}

// shapeError says what a lenient type could not read.
type shapeError string

func (e shapeError) Error() string { return "want " + string(e) }

// lenientInt is a number that some services quote; null and "" leave it unset.
type lenientInt struct {
	n   int
	set bool
}

func (l *lenientInt) UnmarshalJSON(b []byte) error {
	s := strings.TrimSpace(strings.Trim(string(b), `"`))
	if s == "" || s == "null" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return shapeError("a whole number")
	}
	l.n, l.set = n, true
	return nil
}

func (l lenientInt) is(n int) bool { return l.set && l.n == n }

// code makes a fault's code of it; a number too long for a code is not told.
func (l lenientInt) code(prefix string) string {
	if !l.set || l.n < -99999 || l.n > 999999 {
		return prefix + "other"
	}
	return prefix + strconv.Itoa(l.n)
}

// lenientText is a string that some services write as a number; null is "".
// Anything else is kept out.
type lenientText string

func (l *lenientText) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		return nil
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return shapeError("text")
		}
		*l = lenientText(strings.TrimSpace(s))
		return nil
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*l = lenientText(b)
		return nil
	}
	return shapeError("text or a number")
}

// lenientList is a list of texts that some services write as one text.
type lenientList []string

func (l *lenientList) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		var one lenientText
		if err := one.UnmarshalJSON(b); err != nil {
			return err
		}
		if one != "" {
			*l = lenientList{string(one)}
		}
		return nil
	}
	var many []lenientText
	if err := json.Unmarshal(b, &many); err != nil {
		return shapeError("a list of texts")
	}
	for _, s := range many {
		*l = append(*l, string(s))
	}
	return nil
}

// date reads the register's calendar dates: YYYY-MM-DD, with or without a time
// of day behind it, or DD.MM.YYYY. Empty text is no date; other text a breach.
func date(field string, s lenientText) (civil.Date, error) {
	if s == "" {
		return civil.Date{}, nil
	}
	text := string(s)
	if len(text) > 10 && (text[10] == 'T' || text[10] == ' ') {
		text = text[:10]
	}
	if d, err := civil.Parse(text); err == nil {
		return d, nil
	}
	if t, err := time.Parse("02.01.2006", text); err == nil {
		return civil.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
	}
	return civil.Date{}, breach("field %q is not a date", field)
}

// saysNotFound finds the words by which registers say that they hold no entry.
func saysNotFound(texts ...lenientText) bool {
	for _, t := range texts {
		text := strings.ToLower(string(t))
		for _, words := range []string{"topilmadi", "топилмади", "не найден", "ne nayden"} {
			if strings.Contains(text, words) {
				return true
			}
		}
	}
	return false
}
