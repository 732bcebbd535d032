package templates

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/saylovhub/hub/renderer/photo"
)

// emblemFile is the part that a configured emblem takes the place of.
const emblemFile = "parts/emblem.svg"

// emblem makes a part of a configured emblem: an SVG as it is, a PNG or JPEG as
// an image. What could act, or could come from outside, is refused by name: the
// browser would stop it, and the document would lack its emblem.
func emblem(raw []byte) ([]byte, error) {
	if photo.Check(raw) == nil {
		kind := "image/png"
		if bytes.HasPrefix(raw, []byte{0xff, 0xd8}) {
			kind = "image/jpeg"
		}
		return []byte(`<img class="emblem" alt="" src="data:` + kind + ";base64," + base64.StdEncoding.EncodeToString(raw) + `">`), nil
	}
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.Strict = true
	seen := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New("the emblem: want an SVG, PNG or JPEG")
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !seen && e.Name.Local != "svg" {
			return nil, errors.New("the emblem: want an SVG, PNG or JPEG")
		}
		seen = true
		if err := harmless(e); err != nil {
			return nil, err
		}
	}
	if !seen {
		return nil, errors.New("the emblem: want an SVG, PNG or JPEG")
	}
	_, rest, found := bytes.Cut(raw, []byte("<svg"))
	if !found || bytes.Contains(raw, []byte("{{")) {
		return nil, errors.New("the emblem: want a plain SVG")
	}
	return append([]byte(`<svg class="emblem"`), rest...), nil
}

func harmless(e xml.StartElement) error {
	switch strings.ToLower(e.Name.Local) {
	case "script", "foreignobject", "image", "use", "style", "a", "animate", "set":
		return fmt.Errorf("the emblem: element %s is not allowed", template.HTMLEscapeString(e.Name.Local))
	}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		if strings.HasPrefix(name, "on") || name == "href" || name == "class" || strings.Contains(strings.ToLower(a.Value), "url(") && !strings.Contains(a.Value, "url(#") {
			return fmt.Errorf("the emblem: attribute %s is not allowed", template.HTMLEscapeString(a.Name.Local))
		}
	}
	return nil
}
