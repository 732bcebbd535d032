package seal

import (
	"bytes"
	"testing"
	"time"
)

func FuzzVerify(f *testing.F) {
	whole := sealed(f, sealer(), "mandate")
	start := len(printed(f, "mandate"))
	update := append([]byte(header), whole[start:]...)
	f.Add(whole[start:])
	f.Add(update)
	f.Add(whole)
	f.Fuzz(func(t *testing.T, pdf []byte) {
		r, err := Verify(pdf, home().roots)
		if err != nil && r != (Report{}) || r.OK() && !bytes.Equal(pdf, whole) {
			t.Errorf("got %+v, %v", r, err)
		}
		// What follows a good print, and nothing but the good seal makes it pass.
		never := append(bytes.Clone(whole[:start]), pdf...)
		if r, _ := Verify(never, home().roots); r.OK() && !bytes.Equal(never, whole) {
			t.Errorf("passes: %+v", r)
		}
	})
}

// The CMS alone, where the structure of ASN.1 and certificates is.
func FuzzOpen(f *testing.F) {
	whole := sealed(f, sealer(), "mandate")
	good, content := trimmed(f, whole), covered(f, whole)
	f.Add(good)
	f.Add(sealer().chain[0].Raw)
	f.Fuzz(func(t *testing.T, cms []byte) {
		e, problem := open(cms, content)
		if (problem == "") != (e != nil) || e != nil && !bytes.Equal(bytes.TrimRight(cms, "\x00"), bytes.TrimRight(good, "\x00")) {
			t.Errorf("%v, %q", e, problem)
		}
	})
}

func FuzzSeal(f *testing.F) {
	f.Add(printed(f, "mandate"))
	f.Add(printed(f, "protocol"))
	f.Add(synthetic("/Annots 4 0 R", "[]"))
	f.Fuzz(func(t *testing.T, pdf []byte) {
		out, err := sealer().Seal(pdf, Options{At: time.Unix(at.Unix(), 0)})
		if err != nil {
			return
		}
		if !bytes.HasPrefix(out, pdf) {
			t.Error("the file is no prefix")
		}
		if r, err := Verify(out, home().roots); err != nil || !r.OK() {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}
