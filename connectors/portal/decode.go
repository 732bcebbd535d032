package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

const digits = "0123456789"

// Bounds of what a register may send within one answer.
const (
	longestText = 8 << 10 // bytes of a text as it was written
	mostEntries = 500     // of a list
)

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

// foreign reports a body that is neither JSON nor an error of the gateway's; an
// empty one is not foreign.
func foreign(body []byte) bool {
	if len(bytes.TrimSpace(body)) == 0 || json.Valid(body) {
		return false
	}
	_, known := parseGateway(body)
	return !known
}

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
		return call.ShapeError("a whole number")
	}
	l.n, l.set = n, true
	return nil
}

func (l lenientInt) is(n int) bool { return l.set && l.n == n }

// text prints the number; nothing when it is not set.
func (l lenientInt) text() string {
	if !l.set {
		return ""
	}
	return strconv.Itoa(l.n)
}

// code makes a fault's code of it; a number too long for a code is not told.
func (l lenientInt) code(prefix string) string {
	if !l.set || l.n < -99999 || l.n > 999999 {
		return prefix + "other"
	}
	return prefix + strconv.Itoa(l.n)
}

// lenientText is a string that some services write as a number.
type lenientText = call.Text

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
		return call.ShapeError("a list of texts")
	}
	if len(many) > mostEntries {
		return call.ShapeError("a list of sensible length")
	}
	for _, s := range many {
		*l = append(*l, string(s))
	}
	return nil
}

// tooMany makes a breach of a list that nobody's life fills.
func tooMany(field string, n int) error {
	if n <= mostEntries {
		return nil
	}
	return breach("list %q has more than %d entries", field, mostEntries)
}

// year reads a year of somebody's life.
func year(field string, l lenientInt) (int, error) {
	if !l.set || l.n < 1900 || l.n > 2200 {
		return 0, breach("field %q is not a year", field)
	}
	return l.n, nil
}

// date reads the register's calendar dates: YYYY-MM-DD, with or without a time
// of day behind it, or DD.MM.YYYY. Empty text and the day noDate are no date;
// other text, and days before 1800, are a breach.
func date(field string, s lenientText) (civil.Date, error) {
	if s == "" {
		return civil.Date{}, nil
	}
	text := string(s)
	if len(text) > 10 && (text[10] == 'T' || text[10] == ' ') {
		text = text[:10]
	}
	d, err := civil.Parse(text)
	if t, dotted := time.Parse("02.01.2006", text); err != nil && dotted == nil {
		d, err = civil.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
	}
	switch {
	case err != nil || d.Year < 1800 && d != noDate:
		return civil.Date{}, breach("field %q is not a date", field)
	case d == noDate:
		return civil.Date{}, nil
	}
	return d, nil
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
