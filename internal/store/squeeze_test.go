package store

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSqueeze(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 1, 2000).Draw(t, "plain")
		b := squeeze(plain)
		got, err := unsqueeze(b)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes came back as %d, %v", len(plain), len(got), err)
		}
		if len(b) > len(plain)+1 {
			t.Fatalf("%d bytes became %d", len(plain), len(b))
		}
	})
	answer := []byte(strings.Repeat(`{"pinfl":"41505939980027","speciality_name":"Iqtisodiyot","institution_name":"SINOV"},`, 20))
	if n := len(squeeze(answer)); n > len(answer)/5 {
		t.Errorf("an answer of %d bytes becomes %d", len(answer), n)
	}
	for _, bad := range [][]byte{nil, {}, {7, 1}, {deflated, 1, 2, 3}} {
		if _, err := unsqueeze(bad); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
}
