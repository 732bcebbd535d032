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
	return t.set(t.bodies, language, data)
}

// Check is Body for who wants the fault only: nothing is drawn.
func (t *Template) Check(language string, data []byte) error {
	_, err := t.set(t.drafts, language, data)
	return err
}

func (t *Template) set(pages map[string]*template.Template, language string, data []byte) (string, error) {
	page := pages[cmp.Or(language, t.Languages[0])]
	if page == nil {
		return "", rejected(t.Name, errors.New("the document is not printed in that language: want "+strings.Join(t.Languages, " or ")))
	}
	v, problems, err := t.read(data)
	if err != nil {
		return "", err
	}
	if len(problems) > 0 {
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = cmp.Or(p.Field, "/") + ": " + p.Want
		}
		return "", rejected(t.Name, errors.New(strings.Join(texts, "; ")))
	}
	var b strings.Builder
	if err := page.ExecuteTemplate(&b, "template.html", v); err != nil {
		// The message of html/template can quote data: say only where.
		where := "a function"
		if exec, ok := errors.AsType[*template.Error](err); ok {
			where = "line " + strconv.Itoa(exec.Line)
		}
		return "", rejected(t.Name, fmt.Errorf("the data cannot be set: %s of the template refuses it", where))
	}
	return b.String(), nil
}

// Problems lists everything because of which Body would reject data, each with
// its path and never with a value; none means that it fits.
func (t *Template) Problems(data []byte) ([]schema.Problem, error) {
	_, problems, err := t.read(data)
	return problems, err
}

// read decodes data, puts its texts right and says what does not fit.
func (t *Template) read(data []byte) (any, []schema.Problem, error) {
	if len(data) > maxData {
		return nil, []schema.Problem{{Want: fmt.Sprintf("want at most %d MB", maxData>>20)}}, nil
	}
	v, err := decode(data)
	if err != nil {
		return nil, []schema.Problem{{Want: "want JSON"}}, nil //nolint:nilerr // what is no JSON is the answer
	}
	v = clean(v, "")
	problems, err := t.schema.CheckValue(v)
	if err != nil {
		return nil, nil, fmt.Errorf("validating the data of %s: %w", t.Name, err)
	}
	if len(problems) > 0 {
		return nil, quotable(problems), nil
	}
	t.unprintable(v, nil, &problems)
	return v, problems, nil
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

// quotable takes out of the paths what may be a value.
func quotable(problems []schema.Problem) []schema.Problem {
	for i, p := range problems {
		path := strings.Split(p.Field, "/")
		for j, part := range path[1:] {
			if !known.MatchString(part) {
				path[j+1] = "…"
			}
		}
		problems[i].Field = strings.Join(path, "/")
	}
	return problems
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

// unprintable adds the texts that cannot be printed as they are; path leads to v.
func (t *Template) unprintable(v any, path []string, faults *[]schema.Problem) {
	switch v := v.(type) {
	case string:
		key := ""
		if len(path) > 0 {
			key = path[len(path)-1]
		}
		if want := t.textFault(v, key); want != "" {
			*faults = append(*faults, schema.Problem{Field: "/" + strings.Join(path, "/"), Want: want})
		}
	case []any:
		for i := range v {
			t.unprintable(v[i], append(path, strconv.Itoa(i)), faults)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			t.unprintable(v[k], append(path, k), faults)
		}
	}
}
