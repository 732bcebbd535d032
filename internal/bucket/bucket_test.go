package bucket_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/vault"
)

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "documents")
	b, err := bucket.Open(t.Context(), bucket.Options{Dir: dir, Vault: v})
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("%PDF-1.4 BOʻRONOV BOʻRON")
	for range 2 { // writing again is no fault
		if err := b.Put(t.Context(), "a.pdf", secret); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Get(t.Context(), "a.pdf")
	if err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%q, %v", got, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v: want one file and no rest", files, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil || bytes.Contains(raw, []byte("RONOV")) {
		t.Error("the file holds the name in clear")
	}
	// A file moved under another's name is not that other document.
	if err := os.Rename(filepath.Join(dir, files[0].Name()), filepath.Join(dir, "b.pdf.sealed")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "b.pdf"); err == nil {
		t.Error("a moved file was taken for another document")
	}
	for _, name := range []string{"", "../a.pdf", "x/y", ".hidden"} {
		if err := b.Put(t.Context(), name, secret); err == nil {
			t.Errorf("name %q was taken", name)
		}
	}
}
