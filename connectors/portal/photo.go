package portal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	_ "image/jpeg" // the two kinds that are taken
	_ "image/png"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/register"
)

// Bounds of a photo that is passed on.
const (
	largestPhoto            = 512 << 10 // bytes, decoded
	fewestPixels, maxPixels = 16, 4000  // a side
)

// photo reads the photo of an answer: a JPEG or PNG in plain base64. Only its
// header is looked at, no pixel is decoded. Nil where the answer has none.
func photo(raw json.RawMessage) (*register.Photo, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var text string
	if call.ReadJSON(raw, &text) != nil {
		return nil, breach("field %q is not text", "photo")
	}
	if text == "" {
		return nil, nil
	}
	if base64.StdEncoding.DecodedLen(len(text)) > largestPhoto+3 { // three for padding
		return nil, breach("field %q is longer than %d bytes", "photo", largestPhoto)
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, breach("field %q is not plain base64", "photo")
	}
	head, kind, err := image.DecodeConfig(bytes.NewReader(b))
	switch {
	case len(b) > largestPhoto:
		return nil, breach("field %q is longer than %d bytes", "photo", largestPhoto)
	case err != nil || kind != "jpeg" && kind != "png":
		return nil, breach("field %q is neither a JPEG nor a PNG", "photo")
	case min(head.Width, head.Height) < fewestPixels || max(head.Width, head.Height) > maxPixels:
		return nil, breach("field %q is not %d to %d pixels a side", "photo", fewestPixels, maxPixels)
	}
	return &register.Photo{Type: "image/" + kind, Bytes: b}, nil
}
