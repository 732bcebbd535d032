package dossier

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CheckJSON judges the form of signed bytes before anybody reads them: one JSON
// object in UTF-8 in which no field stands twice. Readers of JSON differ in
// which of two they take, so bytes that say a thing twice say nothing that a
// signature could stand for.
func CheckJSON(document []byte) error {
	if !utf8.Valid(document) {
		return Refuse(NotJSON, "/document", "want one JSON object in UTF-8 (base64)")
	}
	if !json.Valid(document) || !bytes.HasPrefix(bytes.TrimLeft(document, " \t\r\n"), []byte("{")) {
		return Refuse(NotJSON, "/document", "want one JSON object (base64)")
	}
	d := json.NewDecoder(bytes.NewReader(document))
	if at := twice(d); at != nil {
		slices.Reverse(at)
		return Refuse(BadForm, "/"+strings.Join(at, "/"), "this field stands here twice: want it once")
	}
	return nil
}

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// twice reads one value and returns the path to where a field stands twice in it,
// the innermost name first; nil: nowhere. The bytes are known to be valid, so
// errors cannot happen.
func twice(d *json.Decoder) []string {
	t, err := d.Token()
	if err != nil || t != json.Delim('{') && t != json.Delim('[') {
		return nil
	}
	var names map[string]bool
	for i := 0; d.More(); i++ {
		name := ""
		if t == json.Delim('{') {
			k, err := d.Token()
			text, ok := k.(string)
			if err != nil || !ok {
				return nil
			}
			if name = text; names[name] {
				return []string{pointer.Replace(name)}
			}
			if names == nil {
				names = make(map[string]bool, 4)
			}
			names[name] = true
		}
		if found := twice(d); found != nil {
			if t == json.Delim('[') {
				name = strconv.Itoa(i)
			}
			return append(found, pointer.Replace(name))
		}
	}
	_, _ = d.Token() // the end of a valid value
	return nil
}
