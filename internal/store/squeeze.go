package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"
)

// Marks of a squeezed text: its first byte.
const (
	asItIs   = 0
	deflated = 1
)

// longestUnsqueezed bounds what is taken out of a record: more was never put in.
const longestUnsqueezed = 1 << 20

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant of the package
	}
	return w
}}

// squeeze makes a text smaller where it can: answers of registers repeat the
// same names of fields, millions of times.
func squeeze(plain []byte) []byte {
	var out bytes.Buffer
	out.WriteByte(deflated)
	w, _ := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	if _, err := w.Write(plain); err == nil && w.Close() == nil && out.Len() <= len(plain) {
		return out.Bytes()
	}
	return append([]byte{asItIs}, plain...)
}

func unsqueeze(b []byte) ([]byte, error) {
	switch {
	case len(b) > 0 && b[0] == asItIs:
		return b[1:], nil
	case len(b) > 0 && b[0] == deflated:
		plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b[1:])), longestUnsqueezed))
		if err != nil {
			return nil, fmt.Errorf("unsqueezing a record: %w", err)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("a record of an unknown form")
}
