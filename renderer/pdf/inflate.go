package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

// inflaters keeps unpackers: each has 40 KB of tables and window.
var inflaters sync.Pool

type inflater struct {
	from bytes.Reader
	zip  io.ReadCloser
	out  bytes.Buffer
}

// decode unpacks a stream and hands its bytes to use, which may not keep them;
// Chrome uses Flate or nothing. What is unpacked of one file is bounded.
func (f *file) decode(s stream, use func([]byte) error) error {
	switch s.dict["Filter"] {
	case nil:
		return use(s.raw)
	case name("FlateDecode"):
	default:
		return fmt.Errorf("%w: filter of a stream", errSyntax)
	}
	if s.dict["DecodeParms"] != nil {
		return fmt.Errorf("%w: parameters of a stream's filter", errSyntax)
	}
	z, _ := inflaters.Get().(*inflater)
	if z == nil {
		z = &inflater{}
	}
	b, err := z.unpack(s.raw, f.budget)
	if err != nil {
		return fmt.Errorf("unpacking a stream: %w", err)
	}
	f.budget -= len(b)
	err = use(b)
	if z.out.Cap() <= 1<<20 {
		inflaters.Put(z)
	}
	return err
}

func (z *inflater) unpack(raw []byte, most int) ([]byte, error) {
	z.from.Reset(raw)
	z.out.Reset()
	var err error
	if again, ok := z.zip.(zlib.Resetter); ok {
		err = again.Reset(&z.from, nil)
	} else {
		z.zip, err = zlib.NewReader(&z.from)
	}
	if err != nil {
		return nil, err
	}
	n, err := z.out.ReadFrom(io.LimitReader(z.zip, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if n > int64(most) {
		return nil, errors.New("it becomes too large")
	}
	return z.out.Bytes(), nil
}
