package external

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	longestBody = 4 << 20 // bytes; a longer one is not checked
	deepest     = 64      // nesting of JSON and XML
	mostParts   = 200     // of a form
)

// text is a value that came without a type: of a form, of XML, of an address.
type text string

// problem is why a body cannot be looked into.
type problem string

func (p problem) Error() string { return string(p) }

const (
	tooLong = problem("too long to check")
	tooDeep = problem("nested too deep")
	notJSON = problem("not JSON")
	notXML  = problem("not XML")
	notForm = problem("not a form")
)

// readJSON reads numbers as json.Number.
func readJSON(body []byte) (any, error) {
	if deep(body) { // before the decoder: it recurses as deep as the body does
		return nil, tooDeep
	}
	if !json.Valid(body) {
		return nil, notJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, notJSON
	}
	return v, nil
}

// deep reports nesting beyond deepest; brackets inside strings do not nest.
func deep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// readXML reads elements as fields by their local names, and returns the name
// of the root with them.
func readXML(body []byte) (root string, v any, err error) {
	d := xml.NewDecoder(bytes.NewReader(body)) // #nosec G709 -- tokens only, into no type
	for {
		t, err := d.Token()
		if err != nil {
			return "", nil, notXML
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		v, err := element(d, 1)
		if err != nil {
			return "", nil, err
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return "", nil, notXML
		}
		return start.Name.Local, v, nil
	}
}

func element(d *xml.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, tooDeep
	}
	var content strings.Builder
	var fields map[string]any
	for {
		t, err := d.Token()
		if err != nil {
			return nil, notXML
		}
		switch t := t.(type) {
		case xml.CharData:
			content.Write(t)
		case xml.StartElement:
			v, err := element(d, depth+1)
			if err != nil {
				return nil, err
			}
			if fields == nil {
				fields = map[string]any{}
			}
			put(fields, t.Name.Local, v)
		case xml.EndElement:
			if fields != nil {
				return fields, nil
			}
			return text(strings.TrimSpace(content.String())), nil
		}
	}
}

// put adds a field; one that is repeated becomes a list.
func put(fields map[string]any, key string, v any) {
	switch old := fields[key].(type) {
	case nil:
		fields[key] = v
	case []any:
		fields[key] = append(old, v)
	default:
		fields[key] = []any{old, v}
	}
}

func readForm(body []byte) (any, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil || len(values) > mostParts || !utf8.Valid(body) {
		return nil, notForm
	}
	return fieldsOf(values), nil
}

func fieldsOf(values url.Values) map[string]any {
	fields := map[string]any{}
	for key, all := range values {
		for _, v := range all {
			put(fields, key, text(v))
		}
	}
	return fields
}

func readMultipart(body []byte, boundary string) (any, error) {
	if boundary == "" {
		return nil, notForm
	}
	r, fields := multipart.NewReader(bytes.NewReader(body), boundary), map[string]any{}
	for range mostParts {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, notForm
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, notForm
		}
		put(fields, part.FormName(), text(content))
	}
	return nil, notForm
}
