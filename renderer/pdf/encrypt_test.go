package pdf

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestEncrypt(t *testing.T) {
	t.Parallel()
	for _, page := range prints {
		o := options()
		o.Attach = []Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte(`{"ovoz":7}`)}}
		plain := finish(t, printed(t, page), o)
		out, err := Encrypt(plain, Protection{User: "uchrashuv", Owner: "kalit-2027", Print: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(out); !errors.Is(err, ErrEncrypted) {
			t.Errorf("reading it: %v", err)
		}
		if got, err := tool(t, map[string][]byte{"a.pdf": out}, "qpdf", "--check", "a.pdf"); err == nil {
			t.Errorf("it opens without a password: %s", got)
		}
		if got := must(t, out, "qpdf", "--check", "--password=uchrashuv", "a.pdf"); !strings.Contains(got, "No syntax or stream encoding errors") {
			t.Error(got)
		}
		shown := must(t, out, "qpdf", "--show-encryption", "--password=uchrashuv", "a.pdf")
		for _, want := range []string{
			"R = 6", "Supplied password is user password", "print high resolution: allowed", "print low resolution: allowed",
			"extract for any purpose: not allowed", "modify annotations: not allowed", "modify document assembly: not allowed",
			"modify other: not allowed", "modify forms: not allowed", "stream encryption method: AESv3", "string encryption method: AESv3",
		} {
			if !strings.Contains(shown, want) {
				t.Errorf("want %q in %s", want, shown)
			}
		}
		if got := must(t, out, "qpdf", "--show-encryption", "--password=kalit-2027", "a.pdf"); !strings.Contains(got, "is owner password") {
			t.Error(got)
		}
		info := must(t, out, "pdfinfo", "-rawdates", "-upw", "uchrashuv", "a.pdf")
		for _, want := range []string{"Saylov Hub", "Skia/PDF m156", "ModDate:         D:20271004043005", "copy:no", "AES-256"} {
			if !strings.Contains(info, want) {
				t.Errorf("want %q in %s", want, info)
			}
		}
		if page == "tagged" && !strings.Contains(strings.Join(strings.Fields(info), " "), "Tagged: yes") {
			t.Errorf("the structure is lost: %s", info)
		}
		if a, b := must(t, plain, "pdftotext", "a.pdf", "-"), must(t, out, "pdftotext", "-upw", "uchrashuv", "a.pdf", "-"); a != b {
			t.Errorf("text %q became %q", a, b)
		}
		if got := must(t, out, "pdfdetach", "-upw", "uchrashuv", "-save", "1", "-o", "/dev/stdout", "a.pdf"); got != `{"ovoz":7}` {
			t.Errorf("attached: %q", got)
		}
	}
}

func TestEncryptPermissions(t *testing.T) {
	t.Parallel()
	plain := finish(t, printed(t, "mandate"), options())
	for want, p := range map[string]Protection{
		"extract for any purpose: allowed":     {Copy: true},
		"modify other: allowed":                {Change: true},
		"modify annotations: allowed":          {Annotate: true},
		"print high resolution: allowed":       {Print: true},
		"extract for accessibility: allowed":   {},
		"print high resolution: not allowed":   {Copy: true, Change: true, Annotate: true},
		"extract for any purpose: not allowed": {Print: true, Change: true, Annotate: true},
		"modify other: not allowed":            {Print: true, Copy: true, Annotate: true},
		"modify annotations: not allowed":      {Print: true, Copy: true, Change: true},
	} {
		p.Owner = "kalit-2027"
		out, err := Encrypt(plain, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := must(t, out, "qpdf", "--show-encryption", "a.pdf"); !strings.Contains(got, want) {
			t.Errorf("%+v: want %q in %s", p, want, got)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	t.Parallel()
	raw := printed(t, "mandate")
	o := options()
	plain := finish(t, raw, o)
	o.Archive = A2B
	for _, c := range []struct {
		name string
		raw  []byte
		p    Protection
		want error
	}{
		{"no owner", plain, Protection{User: "a"}, nil},
		{"one password", plain, Protection{User: "a", Owner: "a"}, nil},
		{"a long password", plain, Protection{Owner: strings.Repeat("a", 128)}, nil},
		{"a password outside ASCII", plain, Protection{Owner: "калит"}, nil},
		{"a raw print", raw, Protection{Owner: "a"}, errSyntax},
		{"for archives", finish(t, raw, o), Protection{Owner: "a"}, ErrArchive},
		{"no PDF", []byte("%PDF-1.7"), Protection{Owner: "a"}, errSyntax},
	} {
		_, err := Encrypt(c.raw, c.p)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && c.p.Owner != "a" && c.p.Owner != "" && strings.Contains(err.Error(), c.p.Owner) {
			t.Errorf("%s: the error holds the password", c.name)
		}
	}
}

// The library would keep its settings in a folder of the user's.
func TestEncryptLeavesHome(t *testing.T) {
	home := t.TempDir()
	for _, key := range []string{"HOME", "XDG_CONFIG_HOME", "TMPDIR"} {
		t.Setenv(key, home)
	}
	if _, err := Encrypt(finish(t, printed(t, "mandate"), options()), Protection{Owner: "kalit-2027"}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left in the home folder: %v, %v", left, err)
	}
}
