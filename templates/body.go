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
	"unicode"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/renderer/photo"
)

// verbatim are the fields that carry codes or pictures, not text: their
// apostrophes stay and they need not be printable.
var verbatim = []string{"qr", "photo"}

// maxData bounds a document's data, in bytes.
const maxData = 16 << 20

// Body validates data against the schema and returns the HTML of the body in a
// language of the document, empty for its usual one. Apostrophes are set right
// first. Data that does not fit, that holds a letter the fonts lack, a word of two
// scripts or a broken picture is a fault of kind rejected that names every path
// and what was expected there, never a value.
func (t *Template) Body(language string, data []byte) (string, error) {
	page := t.bodies[cmp.Or(language, t.Languages[0])]
	if page == nil {
		return "", rejected(t.Name, errors.New("the document is not printed in that language: want "+strings.Join(t.Languages, " or ")))
	}
	if len(data) > maxData {
		return "", rejected(t.Name, fmt.Errorf("the data is larger than %d MB", maxData>>20))
	}
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
	if err := page.ExecuteTemplate(&b, "template.html", v); err != nil {
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

// textFault says what is wrong with one text; empty: nothing.
func (t *Template) textFault(s, key string) string {
	if key == "photo" {
		raw, err := photo.Decode(s)
		if err == nil {
			err = photo.Check(raw)
		}
		if err != nil {
			return err.Error()
		}
	}
	if slices.Contains(verbatim, key) {
		return ""
	}
	if r, ok := t.letters.lacks(s); ok {
		return fmt.Sprintf("holds a character that the fonts lack (U+%04X)", r)
	}
	if r, ok := mixed(s); ok {
		return fmt.Sprintf("a word holds letters of two scripts (U+%04X): write it in one", r)
	}
	return ""
}

// mixed returns the first letter that does not belong to its word's script: a
// Cyrillic А among Latin letters reads right and is another name to every
// register.
func mixed(s string) (rune, bool) {
	var script *unicode.RangeTable
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Latin, r), unicode.Is(unicode.Cyrillic, r):
			own := unicode.Latin
			if unicode.Is(unicode.Cyrillic, r) {
				own = unicode.Cyrillic
			}
			if script != nil && script != own {
				return r, true
			}
			script = own
		case !unicode.IsLetter(r) && !isApostrophe(r):
			script = nil
		}
	}
	return 0, false
}

// unprintable lists the paths of texts that cannot be printed as they are.
func (t *Template) unprintable(v any, at string, faults []string) []string {
	switch v := v.(type) {
	case string:
		if fault := t.textFault(v, at[strings.LastIndexByte(at, '/')+1:]); fault != "" {
			faults = append(faults, at+": "+fault)
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
