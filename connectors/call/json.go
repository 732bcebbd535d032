package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
)

// DeepestJSON is how deep an answer may nest; the deepest of the contracts is 7.
const DeepestJSON = 32

// ReadJSON reads a system's answer into v. What is not JSON at all (a page, a
// cut-off or empty answer) is unavailable; what nests too deep or has another
// shape than v is a breach. The texts name fields, never values.
func ReadJSON(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return &fault.Fault{Kind: fault.Unavailable, Code: "empty_answer", Err: errors.New("an empty answer")}
	}
	// Before the decoder: it recurses as deep as the answer does.
	if deep(body) {
		return &fault.Fault{Kind: fault.Breach, Code: "too_deep", Err: fmt.Errorf("the answer nests deeper than %d", DeepestJSON)}
	}
	if !json.Valid(body) {
		return &fault.Fault{Kind: fault.Unavailable, Code: "not_json", Err: errors.New("an answer that is not JSON, or only its beginning")}
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	f := &fault.Fault{
		Kind: fault.Breach, Code: "shape", Err: errors.New("the answer has another shape than agreed"),
		Hint: "report the difference from the contract to the system's owner",
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		f.Err = fmt.Errorf("field %q is not of the agreed type", t.Field)
	}
	if s, ok := errors.AsType[ShapeError](err); ok {
		f.Err = s
	}
	return f
}

// ShapeError is what a type that reads leniently returns when it cannot: it
// says what was wanted, never what was there.
type ShapeError string

func (e ShapeError) Error() string { return "a field is not " + string(e) }

// longestText bounds a text of an answer.
const longestText = 8 << 10

// Text is a string that some systems write as a number; null is "". Anything
// else is kept out.
type Text string

// UnmarshalJSON reads it, without the space around it.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		return nil
	case len(b) > longestText:
		return ShapeError("a text of sensible length")
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return ShapeError("text")
		}
		*t = Text(strings.TrimSpace(s))
		return nil
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = Text(b)
		return nil
	}
	return ShapeError("text or a number")
}

// deep reports nesting beyond DeepestJSON; brackets inside strings do not nest.
func deep(body []byte) bool {
	depth, text := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > DeepestJSON {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
