package seal

import (
	"crypto"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saylovhub/hub/renderer/outside"
)

// tool runs an outside program in a folder. Where it is missing the test is
// skipped, unless HUB_TEST_TOOLS asks for all of them.
func tool(t *testing.T, dir, program string, args ...string) (string, error) {
	t.Helper()
	path := outside.Program(t, program, "qpdf, poppler-utils, libnss3-tools or openssl")
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TZ=UTC", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// folder holds files for a tool.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lasting: pdfsig judges certificates by today.
func lasting(c *x509.Certificate) { c.NotAfter = at.AddDate(90, 0, 0) }

// trusting makes the store in which pdfsig looks for authorities.
func trusting(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, "nss"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "root.pem"), certPEM(home().root.cert), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"}} {
		if out, err := tool(t, dir, "certutil", append(args, "-d", "sql:nss")...); err != nil {
			t.Fatalf("certutil: %v\n%s", err, out)
		}
	}
}

func lacks(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

func TestPopplerAgrees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		key  func() crypto.Signer
	}{
		"RSA": {printed(t, "mandate"), rsaKey}, "P-256": {printed(t, "protocol"), p256}, "P-384": {printed(t, "mandate"), p384},
		"finished": {finished(t), p256},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, err := signer(t, c.key(), lasting).Seal(c.file, options)
			if err != nil {
				t.Fatal(err)
			}
			altered := []byte(strings.Replace(string(whole), "/SigFlags 3", "/SigFlags 1", 1))
			dir := folder(t, map[string][]byte{"a.pdf": whole, "altered.pdf": altered, "more.pdf": append([]byte(string(whole)), "% more\n"...)})
			trusting(t, dir)
			out, err := tool(t, dir, "pdfsig", "-nssdir", "sql:nss", "a.pdf")
			if err != nil {
				t.Errorf("pdfsig: %v", err)
			}
			lacks(t, out, "Signature is Valid.", "Total document signed", "Certificate is Trusted.", "ETSI.CAdES.detached",
				"Signature Field Name: Seal", "Common Name: Toshkent muhri", "Signing Time: Dec 27 2026 04:30:05")
			if strings.Contains(out, "Signature #2") {
				t.Errorf("a second seal:\n%s", out)
			}
			out, _ = tool(t, dir, "pdfsig", "-nssdir", "sql:nss", "altered.pdf")
			lacks(t, out, "Digest Mismatch")
			out, _ = tool(t, dir, "pdfsig", "-nssdir", "sql:nss", "more.pdf")
			lacks(t, out, "Not total document signed")
		})
	}
}

func TestQPDFAgrees(t *testing.T) {
	t.Parallel()
	indirect, err := sealer().Seal(synthetic("/Annots 4 0 R", "[]"), Options{At: at})
	if err != nil {
		t.Fatal(err)
	}
	final, err := sealer().Seal(finished(t), options)
	if err != nil {
		t.Fatal(err)
	}
	for name, pdf := range map[string][]byte{
		"mandate": sealed(t, sealer(), "mandate"), "protocol": sealed(t, sealer(), "protocol"), "annotations apart": indirect, "finished": final,
	} {
		out, err := tool(t, folder(t, map[string][]byte{"a.pdf": pdf}), "qpdf", "--check", "a.pdf")
		if err != nil || strings.Contains(out, "WARNING") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestOpenSSLAgrees(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]func() crypto.Signer{"RSA": rsaKey, "P-256": p256, "P-384": p384} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdf := sealed(t, signer(t, key(), nil), "mandate")
			content := covered(t, pdf)
			dir := folder(t, map[string][]byte{
				"cms": trimmed(t, pdf), "content": content, "other": append([]byte("x"), content...), "root.pem": certPEM(home().root.cert),
			})
			// With -cades the signing-certificate attribute is checked too.
			args := []string{
				"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms", "-CAfile", "root.pem",
				"-purpose", "any", "-attime", "1798345805", "-out", "/dev/null", "-content",
			}
			out, err := tool(t, dir, "openssl", append(args, "content")...)
			if err != nil {
				t.Errorf("openssl: %v\n%s", err, out)
			}
			lacks(t, out, "erification successful")
			if out, err := tool(t, dir, "openssl", append(args, "other")...); err == nil {
				t.Errorf("it takes other bytes: %s", out)
			}
		})
	}
}
