package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	if at := twice(d, ""); at != "" {
		return Refuse(BadForm, at, "this field stands here twice: want it once")
	}
	return nil
}

// twice reads one value and returns where a field stands twice in it; empty:
// nowhere. The bytes are known to be valid, so errors cannot happen.
func twice(d *json.Decoder, at string) string {
	t, err := d.Token()
	if err != nil {
		return ""
	}
	names := map[string]bool{}
	for i := 0; (t == json.Delim('{') || t == json.Delim('[')) && d.More(); i++ {
		next := fmt.Sprintf("%s/%d", at, i)
		if t == json.Delim('{') {
			k, err := d.Token()
			name, ok := k.(string)
			if err != nil || !ok {
				return ""
			}
			next = at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			if names[name] {
				return next
			}
			names[name] = true
		}
		if found := twice(d, next); found != "" {
			return found
		}
	}
	if t == json.Delim('{') || t == json.Delim('[') {
		_, _ = d.Token() // the end of a valid value
	}
	return ""
}
