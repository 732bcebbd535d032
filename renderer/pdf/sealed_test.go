package pdf_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/seal"
)

var business = time.Date(2027, 10, 4, 9, 30, 5, 0, time.UTC)

func signer(t *testing.T) *seal.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Namunaviy komissiya"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: business.Add(-time.Hour), NotAfter: business.Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.Load(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func finished(t *testing.T, page string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + page + ".pdf")
	if err != nil {
		t.Fatal(err)
	}
	out, err := pdf.Finish(raw, pdf.Options{
		At: business, Title: "Namuna", Code: "HTTPS://EXAMPLE.UZ/V/AEDQ", Archive: pdf.A3B,
		Attach: []pdf.Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte(`{"ovoz":7}`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A sealed file reads as it did before, and is not changed any more.
func TestSealed(t *testing.T) {
	t.Parallel()
	s := signer(t)
	for _, page := range []string{"mandate", "table", "tagged"} {
		plain := finished(t, page)
		sealed, err := s.Seal(plain, seal.Options{At: business, Name: "Namunaviy komissiya"})
		if err != nil {
			t.Fatal(err)
		}
		before, err := pdf.Read(plain)
		if err != nil {
			t.Fatal(err)
		}
		before.Sealed = true
		if after, err := pdf.Read(sealed); err != nil || cmp.Diff(before, after) != "" {
			t.Error(page, err, cmp.Diff(before, after))
		}
		a, _ := pdf.Text(plain)
		if b, err := pdf.Text(sealed); err != nil || a != b {
			t.Errorf("%s: text %q became %q (%v)", page, a, b, err)
		}
		if got, err := pdf.Attached(sealed, "data.json"); err != nil || string(got) != `{"ovoz":7}` {
			t.Errorf("%s: attached %q, %v", page, got, err)
		}
		_, finish := pdf.Finish(sealed, pdf.Options{At: business, Title: "Namuna"})
		_, merge := pdf.Merge([][]byte{sealed}, pdf.Options{At: business, Title: "Namuna"})
		_, encrypt := pdf.Encrypt(sealed, pdf.Protection{Owner: "kalit"})
		for what, err := range map[string]error{"finish": finish, "merge": merge, "encrypt": encrypt} {
			if !errors.Is(err, pdf.ErrSealed) {
				t.Errorf("%s: %s: %v", page, what, err)
			}
		}
		broken := bytes.Replace(sealed, []byte("Namuna"), []byte("Namuno"), 1)
		if _, err := pdf.Read(broken); !errors.Is(err, pdf.ErrAltered) {
			t.Errorf("%s: an altered title under the seal: %v", page, err)
		}
	}
}

// revision appends objects to a file, as a program that changes it would.
func revision(t *testing.T, raw []byte, objects map[int]string) []byte {
	t.Helper()
	out := bytes.Clone(raw)
	offsets := map[int]int{}
	size := 0
	for n := range 2000 {
		if bytes.Contains(raw, fmt.Appendf(nil, "\n%d 0 obj\n", n)) {
			size = n + 1
		}
	}
	for _, n := range slices.Sorted(maps.Keys(objects)) {
		offsets[n] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, objects[n])
		size = max(size, n+1)
	}
	start := len(out)
	out = append(out, "xref\n"...)
	for _, n := range slices.Sorted(maps.Keys(offsets)) {
		out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", n, offsets[n])
	}
	trailer := string(raw[bytes.LastIndex(raw, []byte("trailer\n<<"))+len("trailer\n<<") : bytes.LastIndex(raw, []byte(">>\nstartxref"))])
	old := raw[bytes.LastIndex(raw, []byte("startxref\n"))+len("startxref\n"):]
	var lines []string
	for line := range strings.Lines(trailer) {
		if !strings.HasPrefix(line, "/Size") {
			lines = append(lines, line)
		}
	}
	return fmt.Appendf(out, "trailer\n<</Size %d\n%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n",
		size, strings.Join(lines, ""), bytes.TrimSuffix(old, []byte("\n%%EOF\n")), start)
}

// What is appended to a file must be a seal and must not change what it shows.
func TestAppended(t *testing.T) {
	t.Parallel()
	raw := finished(t, "mandate")
	catalogue, page := object(t, raw, "/Type /Catalog"), object(t, raw, "/Type /Page\n")
	info := object(t, raw, "/HubCode")
	const form = "\n/AcroForm <</Fields [900 0 R]\n/SigFlags 3>>>>"
	const field = "<</FT /Sig\n/Type /Annot\n/Subtype /Widget\n/Rect [0 0 0 0]\n/V 901 0 R>>"
	const value = "<</Type /Sig\n/ByteRange [0 1 2 3]\n/Contents <00>>>"
	with := func(o pair, end string) string { return strings.TrimSuffix(o.body, ">>") + end }
	sealed := map[int]string{catalogue.n: with(catalogue, form), page.n: with(page, "\n/Annots [900 0 R]>>"), 900: field, 901: value}
	change := func(edits map[int]string) map[int]string {
		m := maps.Clone(sealed)
		maps.Copy(m, edits)
		return m
	}
	for name, c := range map[string]struct {
		objects map[int]string
		ok      bool
	}{
		"a seal":                  {sealed, true},
		"nothing of a seal":       {map[int]string{900: "<<>>"}, false},
		"a field of another kind": {change(map[int]string{900: strings.Replace(field, "/Sig", "/Tx", 1)}), false},
		"no byte range":           {change(map[int]string{901: "<</Type /Sig>>"}), false},
		"two fields":              {change(map[int]string{catalogue.n: with(catalogue, strings.Replace(form, "R]", "R 900 0 R]", 1))}), false},
		"another annotation":      {change(map[int]string{page.n: with(page, "\n/Annots [900 0 R 902 0 R]>>"), 902: "<</Type /Annot\n/Subtype /FreeText>>"}), false},
		"an annotation in place":  {change(map[int]string{page.n: with(page, "\n/Annots [<</Type /Annot>>]>>")}), false},
		"another paper":           {change(map[int]string{page.n: strings.Replace(sealed[page.n], "/MediaBox [0 0 2", "/MediaBox [0 0 3", 1)}), false},
		"another information":     {change(map[int]string{info.n: info.body}), false},
		"another language":        {change(map[int]string{catalogue.n: with(catalogue, "\n/Lang (ru)"+form)}), false},
		"a font":                  {change(map[int]string{object(t, raw, "/Type /FontDescriptor").n: "<<>>"}), false},
	} {
		info, err := pdf.Read(revision(t, raw, c.objects))
		if (err == nil) != c.ok || err == nil && !info.Sealed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type pair struct {
	n    int
	body string
}

// object finds the first object that holds a text.
func object(t *testing.T, raw []byte, part string) pair {
	t.Helper()
	i := bytes.Index(raw, []byte(part))
	if i < 0 {
		t.Fatalf("no object with %s", part)
	}
	head := bytes.LastIndex(raw[:i], []byte(" 0 obj\n"))
	line := bytes.LastIndexByte(raw[:head], '\n')
	end := bytes.Index(raw[i:], []byte("\nendobj")) + i
	var n int
	if _, err := fmt.Sscan(string(raw[line+1:head]), &n); err != nil {
		t.Fatal(err)
	}
	return pair{n, string(raw[head+len(" 0 obj\n") : end])}
}
