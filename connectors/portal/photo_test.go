package portal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	mock "github.com/saylovhub/hub/mocks/portal"
)

// picture is a plain one in the encoding asked for.
func picture(t testing.TB, kind string, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, width, height))
	encode := map[string]func() error{
		"jpeg": func() error { return jpeg.Encode(&b, img, nil) },
		"png":  func() error { return png.Encode(&b, img) },
		"gif":  func() error { return gif.Encode(&b, img, nil) },
	}
	if err := encode[kind](); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withPhoto is the good answer of personal data with a photo, as JSON.
func withPhoto(photo string) string {
	return strings.Replace(good["personal-data.docrest"], `"sex":2,`, `"sex":2,"photo":`+photo+`,`, 1)
}

func TestPhoto(t *testing.T) {
	t.Parallel()
	text := func(b []byte) string { return `"` + base64.StdEncoding.EncodeToString(b) + `"` }
	small := picture(t, "jpeg", 90, 120)
	padded := func(n int) []byte { return append(bytes.Clone(small), make([]byte, n-len(small))...) }
	cases := []struct {
		name, photo string
		want        *register.Photo
		fault       string // in the breach's text
	}{
		{"JPEG", text(small), &register.Photo{Type: "image/jpeg", Bytes: small}, ""},
		{"PNG", text(picture(t, "png", 16, 16)), &register.Photo{Type: "image/png", Bytes: picture(t, "png", 16, 16)}, ""},
		{"as large as may be", text(padded(512 << 10)), &register.Photo{Type: "image/jpeg", Bytes: padded(512 << 10)}, ""},
		{"null", `null`, nil, ""},
		{"empty", `""`, nil, ""},
		{"a byte too large", text(padded(512<<10 + 1)), nil, "longer than"},
		{"much too large", text(padded(600 << 10)), nil, "longer than"},
		{"a data address", `"data:image/jpeg;base64,` + text(small)[1:], nil, "plain base64"},
		{"no base64", `"41505939980027!"`, nil, "plain base64"},
		{"no picture", `"` + base64.StdEncoding.EncodeToString([]byte("<svg onload=alert(1)>")) + `"`, nil, "neither"},
		{"another kind", text(picture(t, "gif", 90, 120)), nil, "neither"},
		{"cut off in its header", text(small[:20]), nil, "neither"},
		{"too small", text(picture(t, "png", 15, 90)), nil, "pixels"},
		{"too wide", text(picture(t, "png", 4001, 16)), nil, "pixels"},
		{"a number", `41505939980027`, nil, "not text"},
		{"an object", `{"a":"41505939980027"}`, nil, "not text"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, q := answers(200, withPhoto(c.photo)), question()
			q.Photo = true
			reply, err := operation(t, open(t, g, portal.Deps{}), "personal-data.docrest").Ask(t.Context(), q)
			if !strings.Contains(g.bodies[0], `"is_photo":"Y"`) {
				t.Error("no photo was asked for")
			}
			if c.fault != "" {
				if fault.KindOf(err) != fault.Breach || !strings.Contains(err.Error(), c.fault) || !strings.Contains(err.Error(), `"photo"`) || strings.Contains(err.Error(), "4150593") {
					t.Errorf("got %v, want a breach about %q", err, c.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, reply.Answer.Facts.(*register.PersonalData).Photo); d != "" {
				t.Error(d)
			}
		})
	}
}

// What was not asked for is not even looked at.
func TestPhotoNotAskedFor(t *testing.T) {
	t.Parallel()
	for _, photo := range []string{`"` + base64.StdEncoding.EncodeToString(picture(t, "jpeg", 90, 120)) + `"`, `{"not":"a photo"}`} {
		g := answers(200, withPhoto(photo))
		reply, err := operation(t, open(t, g, portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question())
		if err != nil || reply.Answer.Facts.(*register.PersonalData).Photo != nil || !strings.Contains(g.bodies[0], `"is_photo":"N"`) {
			t.Errorf("%v, asked %s", err, g.bodies[0])
		}
	}
}

func TestPhotoOfTheMock(t *testing.T) {
	t.Parallel()
	_, p := beside(t, mock.Options{}, call.Limits{})
	who := people.ByStory("observer-1")
	q := register.Question{Transaction: "7", Official: people.At(1).PINFL, PINFL: who.PINFL, BirthDate: who.BirthDate, Photo: true}
	reply, err := operation(t, p, "personal-data.docrest").Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	facts := reply.Answer.Facts.(*register.PersonalData)
	if facts.Photo == nil || facts.Photo.Type != "image/jpeg" {
		t.Fatalf("photo %v", facts.Photo)
	}
	raw, err := json.Marshal(facts)
	if err != nil || !strings.Contains(string(raw), `"photo":{"type":"image/jpeg","bytes":"/9j/`) {
		t.Errorf("as JSON: %v, %.60s", err, raw)
	}
}

// The three ways to look somebody up, and the birth certificate besides.
func TestLookUpModesOfTheMock(t *testing.T) {
	t.Parallel()
	_, p := beside(t, mock.Options{}, call.Limits{})
	adult, child := people.ByStory("observer-2"), people.ByStory("birth-certificate")
	for name, q := range map[string]register.Question{
		"PINFL and document":        {PINFL: adult.PINFL, Document: adult.Document},
		"document and birth date":   {Document: adult.Document, BirthDate: adult.BirthDate},
		"PINFL and birth date":      {PINFL: adult.PINFL, BirthDate: adult.BirthDate},
		"certificate and its date":  {BirthCertificate: personal.Document(child.BirthCertificate()), BirthDate: child.BirthDate},
		"PINFL of the certificated": {PINFL: child.PINFL},
	} {
		q.Transaction, q.Official = fmt.Sprint(len(name)), people.At(0).PINFL
		reply, err := operation(t, p, "personal-data.docrest").Ask(t.Context(), q)
		if err != nil || reply.Answer.Status != register.Found {
			t.Errorf("%s: %+v, %v", name, reply.Answer, err)
		}
	}
}
