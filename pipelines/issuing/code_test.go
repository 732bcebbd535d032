package issuing_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

func codes(seed byte) issuing.Codes {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	return issuing.Codes{
		Sign: func(b []byte) []byte { return ed25519.Sign(key, b) }, PublicKey: key.Public().(ed25519.PublicKey), Address: "https://hub.example/",
	}
}

func TestCodeReadsBack(t *testing.T) {
	t.Parallel()
	hash := sha256.Sum256([]byte("data"))
	for _, c := range []struct {
		name  string
		doc   dossier.Document
		until time.Time
		want  issuing.Code
	}{
		{
			"with an end",
			dossier.Document{Kind: "D4", Number: 7, Commission: "1726"},
			civil.Date{Year: 2027, Month: 1, Day: 28}.Start(),
			issuing.Code{Kind: "D4", Number: 7, Commission: "1726", ValidUntil: civil.Date{Year: 2027, Month: 1, Day: 27}},
		},
		{
			"without an end",
			dossier.Document{Kind: "D2", Number: 99999, Commission: "1726269"},
			time.Time{},
			issuing.Code{Kind: "D2", Number: 99999, Commission: "1726269"},
		},
		{"of no commission", dossier.Document{Kind: "D12", Number: 1}, time.Time{}, issuing.Code{Kind: "D12", Number: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ours := codes(1)
			text := ours.Code(c.doc, hash, c.until)
			if !strings.HasPrefix(text, "HTTPS://HUB.EXAMPLE/V/") || text != strings.ToUpper(text) {
				t.Errorf("the QR code would not stay small: %s", text)
			}
			c.want.DataHash = [16]byte(hash[:16])
			_, alone, _ := strings.Cut(text, "/V/")
			for _, form := range []string{text, alone, strings.ToLower(alone)} {
				got, err := ours.Read(form)
				if err != nil {
					t.Fatalf("reading %s: %v", form, err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			}
			if _, err := codes(2).Read(text); !errors.Is(err, issuing.ErrBadCode) {
				t.Errorf("under another key: %v", err)
			}
		})
	}
}

func TestProves(t *testing.T) {
	t.Parallel()
	plain := map[string]any{"number": "007", "person": map[string]any{"surname": "SINOV"}, "order": 12345678901234567}
	raw, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	doc := dossier.Document{Kind: "D4", Number: 7, Commission: "1726"}
	ours := codes(1)
	text := ours.Code(doc, sha256.Sum256(raw), time.Time{})
	plain["qr"] = text
	if doc.Data, err = json.Marshal(plain); err != nil {
		t.Fatal(err)
	}
	code, err := ours.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		bend func(d *dossier.Document)
		want bool
	}{
		{"this document", func(*dossier.Document) {}, true},
		{"other data", func(d *dossier.Document) { d.Data = []byte(strings.Replace(string(d.Data), "SINOV", "SINOW", 1)) }, false},
		{"another number", func(d *dossier.Document) { d.Number = 8 }, false},
		{"another kind", func(d *dossier.Document) { d.Kind = "D2" }, false},
		{"another commission", func(d *dossier.Document) { d.Commission = "1727" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := doc
			c.bend(&d)
			if got, err := issuing.Proves(code, d); err != nil || got != c.want {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
	broken := doc
	broken.Data = []byte("{")
	if _, err := issuing.Proves(code, broken); err == nil {
		t.Error("broken data prove something")
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "001", 42: "042", 999: "999", 1000: "1000"} {
		if got := issuing.Number(n); got != want {
			t.Errorf("%d prints as %s", n, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	ours := codes(1)
	f.Add(ours.Code(dossier.Document{Kind: "D4", Number: 7, Commission: "1726"}, sha256.Sum256(nil), time.Time{}))
	f.Add("")
	f.Add(strings.Repeat("A", 160))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ours.Read(text)
		if err != nil {
			return
		}
		// Only what we signed reads back: the seed, in whatever case and address.
		if c.Kind != "D4" || c.Number != 7 || c.Commission != "1726" {
			t.Errorf("%q reads as %+v", text, c)
		}
	})
}
