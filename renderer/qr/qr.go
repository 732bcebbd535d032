// Package qr draws QR codes as SVG: one path around the dark modules, so that a
// print is sharp at any size, without seams, and the same text gives the same
// bytes.
package qr

import (
	"fmt"
	"strconv"
)

// quiet is the blank margin that the standard asks for, in modules.
const quiet = 4

// long is the length in bytes from which level M takes the place of level Q: a
// denser code prints worse than a less redundant one.
const long = 120

// SVG returns the QR code of text as one <svg> element without a size of its
// own; the style sheet gives it one. Level Q (25 % may be lost), M (15 %) for
// more than 120 bytes. It fails for an empty text and for one that no QR code
// can hold (about 2,300 bytes).
func SVG(text string) (string, error) {
	if text == "" {
		return "", fmt.Errorf("drawing a QR code: no text")
	}
	l := levelQ
	if len(text) > long {
		l = levelM
	}
	code, err := encode(text, l)
	if err != nil {
		return "", fmt.Errorf("drawing a QR code: %d bytes do not fit: %w", len(text), err)
	}
	size := code.side
	path := code.outline()
	side := strconv.Itoa(size + 2*quiet)
	return `<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + " " + side +
		`" shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h` + side + "v" + side + "H0z" +
		`"/><path fill="#000" d="` + string(path) + `"/></svg>`, nil
}
