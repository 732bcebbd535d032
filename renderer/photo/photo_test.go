package photo_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/saylovhub/hub/renderer/photo"
)

// quarters is a picture whose four quarters are red, green, blue and white, in
// reading order.
func quarters(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]color.RGBA{{200, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 200, 255}, {255, 255, 255, 255}}[y*2/h*2+x*2/w]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, m image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if kind == "png" {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// exif puts an orientation behind a JPEG's first two bytes, with a place that
// must not get into a document.
func exif(raw []byte, how uint16, order order) []byte {
	tiff := []byte("II")
	if order.String() == "BigEndian" {
		tiff = []byte("MM")
	}
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = append(order.AppendUint16(order.AppendUint16(tiff, 0x010e), 2), 0, 0, 0, 4, 'T', 'e', 'r', 0)
	tiff = order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, how), 0)
	tiff = order.AppendUint32(tiff, 0)
	tiff = append(tiff, "Yashirin joy"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), raw[2:]...)
}

func decoded(t *testing.T, raw []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(c color.Color, r, g, b uint8) bool {
	cr, cg, cb, _ := c.RGBA()
	d := func(x uint32, y uint8) bool { return int(x>>8)-int(y) < 40 && int(y)-int(x>>8) < 40 }
	return d(cr, r) && d(cg, g) && d(cb, b)
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind         string
		w, h, wantW, wantH int
	}{
		{"as it should be", "jpg", 600, 800, 354, 472},
		{"too wide", "jpg", 1600, 800, 354, 472},
		{"too high", "png", 600, 2400, 354, 472},
		{"small: not blown up", "png", 90, 120, 90, 120},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			raw := encoded(t, quarters(c.w, c.h), c.kind)
			out, err := photo.Fit(raw, 30, 40)
			if err != nil {
				t.Fatal(err)
			}
			m := decoded(t, out)
			if b := m.Bounds(); b.Dx() != c.wantW || b.Dy() != c.wantH {
				t.Errorf("%v, want %d x %d", b, c.wantW, c.wantH)
			}
			if again, _ := photo.Fit(raw, 30, 40); !bytes.Equal(out, again) {
				t.Error("not the same twice")
			}
		})
	}
}

// A person's head stands up however the camera was held, and nothing but pixels
// stays.
func TestUpright(t *testing.T) {
	t.Parallel()
	red, green, blue, white := [3]uint8{200, 0, 0}, [3]uint8{0, 160, 0}, [3]uint8{0, 0, 200}, [3]uint8{255, 255, 255}
	for how, want := range map[uint16][4][3]uint8{
		1: {red, green, blue, white}, 2: {green, red, white, blue}, 3: {white, blue, green, red}, 4: {blue, white, red, green},
		5: {red, blue, green, white}, 6: {blue, red, white, green}, 7: {white, green, blue, red}, 8: {green, white, red, blue},
		0: {red, green, blue, white}, 9: {red, green, blue, white},
	} {
		for _, by := range []order{binary.LittleEndian, binary.BigEndian} {
			raw := exif(encoded(t, quarters(400, 400), "jpg"), how, by)
			out, err := photo.Fit(raw, 40, 40)
			if err != nil {
				t.Fatal(err)
			}
			m := decoded(t, out)
			for i, c := range want {
				if at := m.At(100+200*(i%2), 100+200*(i/2)); !near(at, c[0], c[1], c[2]) {
					t.Errorf("orientation %d: quarter %d is %v, want %v", how, i, at, c)
				}
			}
			if bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("Yashirin")) {
				t.Error("what the camera wrote stays in the picture")
			}
		}
	}
}

func TestTransparentIsWhite(t *testing.T) {
	t.Parallel()
	out, err := photo.Fit(encoded(t, image.NewNRGBA(image.Rect(0, 0, 100, 100)), "png"), 20, 20)
	if err != nil || !near(decoded(t, out).At(50, 50), 255, 255, 255) {
		t.Errorf("%v", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := encoded(t, quarters(100, 100), "jpg")
	huge := bytes.Clone(encoded(t, quarters(100, 100), "png"))
	binary.BigEndian.PutUint32(huge[16:], 60_000) // width and height of its head
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	b64 := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":           {"", photo.ErrNotPicture},
		"not base64":        {"Yashirin!", photo.ErrNotPicture},
		"text":              {b64([]byte("Yashirin Yashirin")), photo.ErrNotPicture},
		"GIF":               {b64([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")), photo.ErrNotPicture},
		"SVG":               {"data:image/svg+xml;base64," + b64([]byte("<svg/>")), photo.ErrNotPicture},
		"an address":        {"https://example.com/a.jpg", photo.ErrNotPicture},
		"cut off":           {b64(good[:len(good)/3]), photo.ErrNotPicture},
		"too many bytes":    {strings.Repeat("A", 9<<20), photo.ErrTooLarge},
		"too many pixels":   {b64(huge), photo.ErrNotPicture}, // its checksum is wrong too
		"too small":         {b64(encoded(t, quarters(40, 400), "png")), photo.ErrTooSmall},
		"good, plain":       {b64(good), nil},
		"good, as data URI": {"data:image/jpeg;base64," + b64(good), nil},
	} {
		if _, err := photo.URI(c.text, 30, 40); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		} else if err != nil && strings.Contains(err.Error(), "Yashirin") {
			t.Errorf("%s: the fault repeats the picture", name)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add(encoded(f, quarters(80, 80), "jpg"))
	f.Add(exif(encoded(f, quarters(80, 80), "jpg"), 6, binary.LittleEndian))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(raw)); err == nil && c.Width*c.Height > 1_000_000 {
			t.Skip("-short: large pictures")
		}
		out, err := photo.Fit(raw, 30, 40)
		if err == nil {
			if _, err := jpeg.DecodeConfig(bytes.NewReader(out)); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkFit(b *testing.B) {
	raw := encoded(b, quarters(900, 1200), "jpg")
	for b.Loop() {
		if _, err := photo.Fit(raw, 30, 40); err != nil {
			b.Fatal(err)
		}
	}
}
