// Package photo makes a person's picture fit its box on paper: turned upright,
// cropped to the box's proportions, scaled to print resolution and encoded anew,
// so that nothing but pixels (no place, no device, no trailing bytes) gets into
// a document. The same picture gives the same bytes.
package photo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // scanned pictures come as PNG too
	"strings"

	"golang.org/x/image/draw"
)

const (
	dpi       = 300
	mmPerInch = 25.4
	quality   = 88

	// MaxBytes bounds a picture as it comes.
	MaxBytes = 6 << 20
	// maxPixels bounds what it unfolds to: 40 megapixels.
	maxPixels = 40_000_000
	// minSide is the least that still shows a face, in pixels.
	minSide = 60
)

// Faults of a picture; none repeats a byte of it.
var (
	ErrNotPicture = errors.New("want a picture as JPEG or PNG")
	ErrTooLarge   = fmt.Errorf("want a picture of at most %d MB and %d megapixels", MaxBytes>>20, maxPixels/1_000_000)
	ErrTooSmall   = fmt.Errorf("want a picture of at least %d pixels a side", minSide)
)

// URI is a picture, given as base64 or as a data: URI, as a data: URI of a JPEG
// that fills a box of the given size in millimetres at 300 dots an inch. It
// fails with one of this package's faults.
func URI(text string, widthMM, heightMM float64) (string, error) {
	raw, err := Decode(text)
	if err != nil {
		return "", err
	}
	out, err := Fit(raw, widthMM, heightMM)
	if err != nil {
		return "", err
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out), nil
}

// Decode reads base64 or a data: URI.
func Decode(text string) ([]byte, error) {
	if strings.HasPrefix(text, "data:") {
		head, rest, found := strings.Cut(text, ";base64,")
		if !found || head != "data:image/jpeg" && head != "data:image/png" {
			return nil, ErrNotPicture
		}
		text = rest
	}
	if len(text) > base64.StdEncoding.EncodedLen(MaxBytes) {
		return nil, ErrTooLarge
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil, ErrNotPicture
	}
	return raw, nil
}

// Check reads a picture's head only: its kind and size.
func Check(raw []byte) error {
	c, kind, err := image.DecodeConfig(bytes.NewReader(raw))
	switch {
	case err != nil || kind != "jpeg" && kind != "png":
		return ErrNotPicture
	case len(raw) > MaxBytes || c.Width > maxPixels || c.Height > maxPixels || c.Width*c.Height > maxPixels:
		return ErrTooLarge
	case c.Width < minSide || c.Height < minSide:
		return ErrTooSmall
	}
	return nil
}

// Fit turns, crops, scales and encodes a picture as JPEG. What is cropped off
// above and below comes two thirds from below: heads are above the middle.
// Transparent parts become white. A small picture is not blown up.
func Fit(raw []byte, widthMM, heightMM float64) ([]byte, error) {
	if err := Check(raw); err != nil {
		return nil, err
	}
	src, kind, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, ErrNotPicture
	}
	if kind == "jpeg" {
		src = upright(src, orientation(raw))
	}
	box := crop(src.Bounds(), widthMM, heightMM)
	w, h := int(widthMM/mmPerInch*dpi+.5), int(heightMM/mmPerInch*dpi+.5)
	if box.Dx() < w {
		w, h = box.Dx(), max(1, int(float64(box.Dx())*heightMM/widthMM+.5))
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(dst, dst.Bounds(), src, box, draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, dst, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encoding a picture: %w", err)
	}
	return b.Bytes(), nil
}

// crop is the largest part with the box's proportions.
func crop(r image.Rectangle, widthMM, heightMM float64) image.Rectangle {
	want := widthMM / heightMM
	if got := float64(r.Dx()) / float64(r.Dy()); got > want {
		w := max(1, int(float64(r.Dy())*want+.5))
		left := r.Min.X + (r.Dx()-w)/2
		return image.Rect(left, r.Min.Y, left+w, r.Max.Y)
	}
	h := min(r.Dy(), max(1, int(float64(r.Dx())/want+.5)))
	top := r.Min.Y + (r.Dy()-h)/3
	return image.Rect(r.Min.X, top, r.Max.X, top+h)
}
