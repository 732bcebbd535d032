package signature_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/signature"
)

// sample reads an envelope of the corpus: over `{"a":1}`, by made-up people.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "fuzz", "FuzzContent", name))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(b), "[]byte(")
	v, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(line), ")"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(v)
}

// indefinite writes DER anew as some signing tools do: constructed elements
// without a length, the document in pieces.
func indefinite(t *testing.T, der []byte) []byte {
	t.Helper()
	var out []byte
	for len(der) > 0 {
		head, size := 2, int(der[1])
		if n := size - 0x80; n > 0 {
			head, size = 2+n, 0
			for _, b := range der[2:head] {
				size = size<<8 | int(b)
			}
		}
		body := der[head : head+size]
		switch {
		case der[0] == 0x04 && string(body) == `{"a":1}`:
			out = append(out, 0x24, 0x80, 0x04, 3)
			out = append(out, body[:3]...)
			out = append(out, 0x04, byte(len(body)-3))
			out = append(append(out, body[3:]...), 0, 0)
		case der[0]&0x20 != 0 && size > 0:
			out = append(append(append(out, der[0], 0x80), indefinite(t, body)...), 0, 0)
		default:
			out = append(out, der[:head+size]...)
		}
		der = der[head+size:]
	}
	return out
}

func TestContent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"attached-stamped", "attached-rsa", "joined", "detached"} {
		der := sample(t, name)
		for form, b := range map[string][]byte{"DER": der, "BER": indefinite(t, der)} {
			content, detached, err := signature.Content(b)
			if err != nil || detached != (name == "detached") || !detached && string(content) != `{"a":1}` {
				t.Errorf("%s in %s: %q, detached %v, %v", name, form, content, detached, err)
			}
		}
	}
}

// What the library could not read in bounded stack, time and memory is refused
// before it tries; each of these would otherwise end or block the process.
func TestHostileEnvelopes(t *testing.T) {
	t.Parallel()
	good := sample(t, "attached-rsa")
	nested := []byte{0x05, 0x00}
	for range 80 { // definite lengths, one level too deep by far
		if len(nested) > 127 {
			nested = append([]byte{0x30, 0x81, byte(len(nested))}, nested...)
		} else {
			nested = append([]byte{0x30, byte(len(nested))}, nested...)
		}
	}
	// Each level claims to be short, and holds more than it claims: read again
	// and again, as many times as two to the depth.
	var again []byte
	for range 40 {
		again = append(again, 0x30, 0x03)
	}
	for name, b := range map[string][]byte{
		"nothing":                   nil,
		"one byte":                  {0x30},
		"a length without an end":   {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"a length of eight bytes":   {0x30, 0x88, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"a tag without an end":      bytes.Repeat([]byte{0xbf}, 1000),
		"indefinite, but primitive": {0x04, 0x80, 0, 0},
		"never closed":              {0x30, 0x80, 0x05, 0x00},
		"nested without lengths":    bytes.Repeat([]byte{0x30, 0x80}, 8<<20),
		"nested with lengths":       nested,
		"beyond the level above":    append(again, good...),
		"elements without end":      append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0x02, 0x01, 0x01}, 4<<20)...), 0, 0),
		"searched over and over":    append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0x02, 0x01, 0x01}, 100_000)...), append(append([]byte{0x04, 0x84, 0x01, 0, 0, 0}, bytes.Repeat([]byte{1}, 1<<24)...), 0, 0)...),
		"cut":                       good[:len(good)-1],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if content, _, err := signature.Content(b); !errors.Is(err, signature.ErrNotPKCS7) || content != nil {
				t.Errorf("got %d bytes, %v", len(content), err)
			}
		})
	}
}

// No bytes bring a panic, or content out of nothing.
func FuzzContent(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		content, detached, err := signature.Content(b)
		if err != nil && (content != nil || detached || !errors.Is(err, signature.ErrNotPKCS7)) {
			t.Fatalf("%d bytes, detached %v, with %v", len(content), detached, err)
		}
		if err == nil && (detached != (len(content) == 0) || len(content) > len(b)) {
			t.Fatalf("%d bytes of %d, detached %v", len(content), len(b), detached)
		}
	})
}
