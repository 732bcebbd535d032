package templates

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
)

// verbatim are the fields that carry codes, not text: their apostrophes stay
// and they need not be printable.
var verbatim = []string{"qr"}

// Body validates data against the schema and returns the HTML of the body.
// Apostrophes are set right first. Data that does not fit, or that holds a
// letter the fonts lack, is a fault of kind rejected that names every path and
// what was expected there, never a value.
func (t *Template) Body(data []byte) (string, error) {
	v, err := decode(data)
	if err != nil {
		return "", rejected(t.Name, errors.New("the data is not JSON"))
	}
	v = clean(v, "")
	cleaned, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("writing the data of %s: %w", t.Name, err)
	}
	problems, err := t.schema.Check(cleaned)
	if err != nil {
		return "", fmt.Errorf("validating the data of %s: %w", t.Name, err)
	}
	if len(problems) > 0 {
		return "", rejected(t.Name, errors.New(strings.Join(lines(problems), "; ")))
	}
	if faults := t.unprintable(v, "", nil); len(faults) > 0 {
		return "", rejected(t.Name, errors.New(strings.Join(faults, "; ")))
	}
	var b strings.Builder
	if err := t.body.ExecuteTemplate(&b, "template.html", v); err != nil {
		// The message of html/template can quote data: say only where.
		where := "a function"
		if exec, ok := errors.AsType[*template.Error](err); ok {
			where = "line " + strconv.Itoa(exec.Line)
		}
		return "", &fault.Fault{
			Kind: fault.Rejected, System: "templates", Operation: t.Name,
			Err: fmt.Errorf("the data cannot be set: %s of the template refuses it", where),
		}
	}
	return b.String(), nil
}

// decode reads one JSON value and keeps its numbers as they were written.
func decode(data []byte) (any, error) {
	if !json.Valid(data) {
		return nil, errors.New("not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// known matches the parts of a path that can be repeated in a message: an
// unknown field's name may be a value that slipped into the wrong place.
var known = regexp.MustCompile(`^([a-z][a-z0-9_]{0,40}|[0-9]{1,6})$`)

// lines words the problems, one a line, without a value.
func lines(problems []schema.Problem) []string {
	out := make([]string, len(problems))
	for i, p := range problems {
		path := strings.Split(p.Field, "/")
		for j, part := range path[1:] {
			if !known.MatchString(part) {
				path[j+1] = "…"
			}
		}
		out[i] = cmp.Or(strings.Join(path, "/"), "/") + ": " + p.Want
	}
	return out
}

func rejected(name string, err error) error {
	return &fault.Fault{
		Kind: fault.Rejected, System: "templates", Operation: name, Err: err,
		Hint: "correct the document's data; its schema stands beside its template",
	}
}

// clean normalises every text of the decoded data.
func clean(v any, key string) any {
	switch v := v.(type) {
	case string:
		if slices.Contains(verbatim, key) {
			return v
		}
		return normalise(v)
	case []any:
		for i := range v {
			v[i] = clean(v[i], key)
		}
	case map[string]any:
		for k := range v {
			v[k] = clean(v[k], k)
		}
	}
	return v
}

// unprintable lists the paths of texts with a letter the fonts lack.
func (t *Template) unprintable(v any, at string, faults []string) []string {
	switch v := v.(type) {
	case string:
		if r, ok := t.letters.lacks(v); ok && !slices.Contains(verbatim, at[strings.LastIndexByte(at, '/')+1:]) {
			faults = append(faults, fmt.Sprintf("%s: holds a character that the fonts lack (U+%04X)", at, r))
		}
	case []any:
		for i := range v {
			faults = t.unprintable(v[i], at+"/"+strconv.Itoa(i), faults)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			faults = t.unprintable(v[k], at+"/"+k, faults)
		}
	}
	return faults
}
