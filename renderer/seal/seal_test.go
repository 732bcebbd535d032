package seal

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/pdf"
)

func TestSealEveryKind(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, file, algorithm string
		key                   func() crypto.Signer
	}{
		{"RSA", "mandate", "RSA 2048 with SHA-256", rsaKey},
		{"P-256 over a tagged file with a link", "protocol", "ECDSA P-256 with SHA-256", p256},
		{"P-384", "mandate", "ECDSA P-384 with SHA-384", p384},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := signer(t, c.key(), nil)
			out := sealed(t, s, c.file)
			if !bytes.HasPrefix(out, printed(t, c.file)) {
				t.Error("the print is no prefix")
			}
			if again := sealed(t, s, c.file); !bytes.Equal(out, again) {
				t.Error("not the same bytes again")
			}
			r := verify(t, out)
			want := Report{
				Signer: "Toshkent muhri", Organisation: "Toshkent shahar saylov komissiyasi", Serial: s.Certificate().SerialNumber.Text(16),
				At: at.UTC(), Algorithm: c.algorithm, Whole: true, Genuine: true, Trusted: true,
			}
			if r != want || !r.OK() {
				t.Errorf("got %+v, want %+v", r, want)
			}
			before, err := pdf.Read(printed(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			info, err := pdf.Read(out)
			if err != nil || !info.Sealed || before.Sealed || info.Pages != before.Pages || info.Title != before.Title {
				t.Errorf("read back %+v, %v", info, err)
			}
		})
	}
}

// What differs in the options, the file or the signer differs in the seal.
func TestSealDependsOnEverything(t *testing.T) {
	t.Parallel()
	first := sealed(t, sealer(), "mandate")
	later, name, reason, location := options, options, options, options
	later.At = at.Add(time.Second)
	name.Name, reason.Reason, location.Location = "a", "b", ""
	for i, o := range []Options{later, name, reason, location} {
		out, err := sealer().Seal(printed(t, "mandate"), o)
		if err != nil || bytes.Equal(out, first) || !verify(t, out).OK() {
			t.Errorf("options %d: %v", i, err)
		}
	}
	sameInstant := options
	sameInstant.At = at.UTC().Add(999 * time.Millisecond)
	if out, err := sealer().Seal(printed(t, "mandate"), sameInstant); err != nil || !bytes.Equal(out, first) {
		t.Errorf("the zone or parts of a second show: %v", err)
	}
}

func TestSealWrites(t *testing.T) {
	t.Parallel()
	out := string(sealed(t, sealer(), "mandate")[len(printed(t, "mandate")):])
	for _, want := range []string{
		"/AcroForm<</Fields[17 0 R]/SigFlags 3>>/Perms<</DocMDP 18 0 R>>",
		"/Annots[17 0 R]", "/FT/Sig", "/F 132/Rect[0 0 0 0]", "/V 18 0 R",
		"/M(D:20261227043005+00'00')",
		"/Location<FEFF0422043E0448043A0435043D04420020D83DDDF3>", "/Reason<FEFF00480075006A",
		"/TransformMethod/DocMDP", "/P 1/V/1.2", "/Prev 12861", "/Size 19",
	} {
		if strings.Count(out, want) != 1 {
			t.Errorf("%q stands there %d times", want, strings.Count(out, want))
		}
	}
	bare, err := sealer().Seal(printed(t, "mandate"), Options{At: at})
	if err != nil || !verify(t, bare).OK() || bytes.Contains(bare[len(printed(t, "mandate")):], []byte("/Reason")) {
		t.Errorf("without texts: %v", err)
	}
}

// The field joins the annotations that a page has, wherever their list is.
func TestSealKeepsAnnotations(t *testing.T) {
	t.Parallel()
	out := sealed(t, sealer(), "protocol")
	if !bytes.Contains(out[len(printed(t, "protocol")):], []byte("/Annots [6 0 R 110 0 R]")) {
		t.Error("the link is gone")
	}
	raw := synthetic("/Annots 4 0 R", "[]")
	out, err := sealer().Seal(raw, options)
	if err != nil || !verify(t, out).OK() || !bytes.Contains(out, []byte("/Annots [ 5 0 R]")) {
		t.Errorf("a list of its own: %v", err)
	}
}

// A file identifier keeps its first half and gets another second one.
func TestSealIdentifier(t *testing.T) {
	t.Parallel()
	raw := bytes.Replace(synthetic("", "null"), []byte("/Root 1 0 R"), []byte("/Root 1 0 R /ID [<00AA> <00AA>]"), 1)
	out, err := sealer().Seal(raw, options)
	if err != nil {
		t.Fatal(err)
	}
	_, trailer, _ := strings.Cut(string(out[len(raw):]), "trailer")
	if !strings.Contains(trailer, "/ID[<00AA><") || strings.Contains(trailer, "<00AA> <00AA>") {
		t.Errorf("trailer %s", trailer)
	}
}

// An identifier that is none is left out.
func TestSealNoIdentifier(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"[1 2]", "[]", "[ ", "(a)", "[<00"} {
		if first, ok := firstIdentifier([]byte(id)); ok {
			t.Errorf("%s: %s", id, first)
		}
	}
}

// synthetic is the smallest file: catalogue, pages, one page, and an object 4.
func synthetic(page, four string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, body := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90] " + page + ">>", four,
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	mandate := printed(t, "mandate")
	swap := func(was, now string) []byte {
		if bytes.Count(mandate, []byte(was)) == 0 {
			t.Fatalf("%q is not in the print", was)
		}
		return bytes.Replace(mandate, []byte(was), []byte(now), 1)
	}
	long := options
	long.Reason = strings.Repeat("ў", maxText+1)
	invalid := options
	invalid.Name = "\xff"
	cases := []struct {
		name string
		file []byte
		o    Options
		kind fault.Kind
		want string
	}{
		{"sealed already", sealed(t, sealer(), "mandate"), options, fault.Rejected, "carries a seal"},
		{"has a form", swap("/Type /Catalog\n", "/AcroForm null\n"), options, fault.Rejected, "form"},
		{"has permissions", swap("/Type /Catalog\n", "/Perms     null\n"), options, fault.Rejected, "form"},
		{"encrypted", swap("/Root 8 0 R", "/Root 8 0 R/Encrypt 9 0 R"), options, fault.Rejected, "encrypted"},
		{"updated", swap("/Root 8 0 R", "/Root 8 0 R/Prev 12"), options, fault.Rejected, "updated"},
		{"hybrid", swap("/Root 8 0 R", "/Root 8 0 R/XRefStm 12"), options, fault.Rejected, "updated"},
		{"table is a stream", swap("startxref\n12861", "startxref\n15"), options, fault.Rejected, "updated"},
		{"linearised", swap("/Producer", "/Linearized 1/Producer"), options, fault.Rejected, "linearised"},
		{"no PDF", []byte("<html>"), options, fault.Rejected, "not a PDF"},
		{"empty", nil, options, fault.Rejected, "not a PDF"},
		{"cut off", mandate[:len(mandate)-20], options, fault.Rejected, "syntax"},
		{"bytes behind the end", append(bytes.Clone(mandate), "more"...), options, fault.Rejected, "syntax"},
		{"a key twice", swap("/Size 17", "/Size 17/Size 17"), options, fault.Rejected, "syntax"},
		{"a key in escapes", swap("/Size 17", "/S#69ze 17"), options, fault.Rejected, "syntax"},
		{"catalogue deleted", swap("0000000868 00000 n", "0000000868 00000 f"), options, fault.Rejected, "syntax"},
		{"catalogue of another generation", swap("0000000868 00000 n", "0000000868 00001 n"), options, fault.Rejected, "syntax"},
		{"catalogue elsewhere", swap("0000000868 00000 n", "0000000869 00000 n"), options, fault.Rejected, "syntax"},
		{"catalogue is a stream", swap("true>>>>\nendobj", "true>>>>\nstream"), options, fault.Rejected, "syntax"},
		{"page of bottomless nesting", synthetic("/A "+strings.Repeat("[", 100)+strings.Repeat("]", 100), "null"), options, fault.Rejected, "syntax"},
		{"page in circles", bytes.Replace(synthetic("", "null"), []byte("/Kids[3"), []byte("/Kids[2"), 1), options, fault.Rejected, "syntax"},
		{"no page", bytes.Replace(synthetic("", "null"), []byte("/Kids[3 0 R]"), []byte("/Kids[     ]"), 1), options, fault.Rejected, "syntax"},
		{"no time", mandate, Options{}, fault.Defect, "time"},
		{"a reason without end", mandate, long, fault.Rejected, "at most 500"},
		{"a name that is no text", mandate, invalid, fault.Rejected, "no text"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := sealer().Seal(c.file, c.o)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s: %q", err, c.kind, c.want)
			}
		})
	}
}

func TestLoadRefusesLargeChains(t *testing.T) {
	t.Parallel()
	var chain [][]byte
	above := home().root
	for range maxChain - 1 { // each issued by the one before, with a long name
		key := newCurveKey(elliptic.P256())
		c := issue(key, above, strings.Repeat("x", 6000), asCA)
		above = &issuer{c, key}
		chain = append([][]byte{certPEM(c)}, chain...)
	}
	own := certPEM(issue(p256(), above, "Muhr", nil))
	_, err := Load(append(own, bytes.Join(chain, nil)...), keyPEM(p256()))
	if fault.KindOf(err) != fault.Misconfigured || !strings.Contains(err.Error(), "more than 32768 bytes") {
		t.Errorf("error %v", err)
	}
}
