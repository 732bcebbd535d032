package calltest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Form is what an answer's body looks like.
type Form string

// The forms.
const (
	None       Form = "none"
	Page       Form = "page"       // HTML
	CutOff     Form = "cut off"    // the first half of the dialect's JSON
	Empty      Form = "{}"         // an empty JSON object
	WrongTypes Form = "wrong type" // every value of another type
	TooDeep    Form = "too deep"   // nested deeper than call.DeepestJSON
	TooLong    Form = "too long"   // one byte above Limits.MaxBody
	Good       Form = "good"       // the good answer, whatever the status
)

var forms = []Form{None, Page, CutOff, Empty, WrongTypes, TooDeep, TooLong, Good}

// marker is planted in all that a bad answer says.
const marker = "Zq7LeakedWording"

// longest is Limits.MaxBody of the kit; operations with fixed limits have the
// default.
const longest = 8 << 10

// line is a status of the table.
type line struct {
	status int
	after  string // Retry-After
}

var lines = []line{
	{200, ""},
	{201, ""},
	{204, ""},
	{301, ""},
	{302, ""},
	{307, ""},
	{400, ""},
	{401, ""},
	{403, ""},
	{404, ""},
	{405, ""},
	{408, ""},
	{409, ""},
	{410, ""},
	{415, ""},
	{422, ""},
	{423, ""},
	{429, ""},
	{429, "30"},
	{500, ""},
	{501, ""},
	{502, ""},
	{503, ""},
	{503, "30"},
	{504, ""},
	{599, ""},
}

// Read are the statuses whose answer is read whole: one that is too long breaks
// the contract. What 408, 429 and 5xx mean holds without their body.
var Read = []int{200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 405, 409, 410, 415, 422, 423}

// common is what a status and a form mean where a connector says nothing else.
func common(status int, f Form) fault.Kind {
	foreign := f == Page || f == CutOff
	switch {
	case status == http.StatusTooManyRequests:
		return fault.Throttled
	case status == http.StatusRequestTimeout, status >= 500:
		return fault.Unavailable
	case f == TooLong:
		return fault.Breach
	case status == http.StatusNoContent:
		return fault.Breach
	case status < 300 && (foreign || f == None):
		return fault.Unavailable
	case status < 300 && f == Good:
		return ""
	case status < 300:
		return fault.Breach
	case status < 400, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return fault.Misconfigured
	case foreign:
		return fault.Unavailable
	}
	return fault.Rejected
}

// reply is the answer of a status in a form. What it says holds the marker and
// the secrets wherever there is room.
func (s Subject) reply(op Operation, l line, f Form) Reply {
	r := Reply{Status: l.status, Header: http.Header{"Content-Type": {"application/json"}, "X-Trace": {s.echo()}}}
	if l.after != "" {
		r.Header.Set("Retry-After", l.after)
	}
	if l.status >= 300 && l.status < 400 {
		r.Header.Set("Location", "https://"+strings.ToLower(marker)+".example/")
	}
	switch f {
	case None:
	case Page:
		r.Header.Set("Content-Type", "text/html")
		r.Body = "<!DOCTYPE html><html><head><title>" + marker + "</title></head><body>" + s.echo() + "</body></html>"
	case CutOff:
		whole := bend(op.Shape, func(v any) any { return v }, func(root any) any { return with(root, s.echo()) })
		r.Body = whole[:len(whole)/2]
	case Empty:
		r.Body = "{}"
	case WrongTypes:
		r.Body = bend(op.Shape, func(v any) any {
			if _, text := v.(string); text || v == nil {
				return map[string]any{marker: []any{s.echo()}}
			}
			return s.echo()
		}, nil)
	case TooDeep:
		var deep any = s.echo()
		for range call.DeepestJSON + 1 {
			deep = []any{deep}
		}
		r.Body = bend(op.Shape, func(v any) any { return v }, func(root any) any { return with(root, deep) })
	case TooLong:
		n := longest
		if op.FixedLimits {
			n = 1 << 20
		}
		r.Body = op.Good.Body + strings.Repeat(" ", n+1-len(op.Good.Body))
	case Good:
		r.Body = op.Good.Body
		maps.Copy(r.Header, op.Good.Header)
	}
	return r
}

// echo is what a careless system repeats of a request.
func (s Subject) echo() string { return marker + " " + strings.Join(s.Secrets, " ") }

// numbers is Shape with every value one of the secrets, as a bare number where
// it is one: what quotes only texts away would tell it.
func (s Subject) numbers(op Operation) string {
	var digits any = 0
	for _, v := range s.Secrets {
		if len(v) > 9 && strings.Trim(v, "0123456789") == "" {
			digits = json.Number(v)
		}
	}
	return bend(op.Shape, func(any) any { return digits }, nil)
}

// bend rewrites the leaves of a JSON text and then its root.
func bend(text string, leaf, root func(any) any) string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic("calltest: the shape of an operation is not JSON") // a mistake of the test that calls
	}
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k, one := range v {
				v[k] = walk(one)
			}
			return v
		case []any:
			for i, one := range v {
				v[i] = walk(one)
			}
			return v
		}
		return leaf(v)
	}
	v = walk(v)
	if root != nil {
		v = root(v)
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // what was decoded is encoded
	}
	return string(out)
}

// with puts a further value into a list or an object.
func with(root, v any) any {
	switch r := root.(type) {
	case map[string]any:
		r[marker] = v
		return r
	case []any:
		return append(r, v)
	}
	return []any{root, v}
}
