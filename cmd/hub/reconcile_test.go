package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/reconcile"
)

// kept writes a ledger of a verdict as a hub would have signed it.
func kept(t *testing.T, v reconcile.Verdict, key ed25519.PrivateKey) string {
	t.Helper()
	l := reconcile.Ledger{Format: 1, At: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC), Verdict: v, Accepted: reconcile.Accepted{
		Count: 1, List: []string{"0197-a executed"}, SHA256: listed,
	}}
	raw, err := l.JSON()
	if err != nil {
		t.Fatal(err)
	}
	s := reconcile.Sign(raw, func(b []byte) []byte { return ed25519.Sign(key, b) }, key.Public().(ed25519.PublicKey))
	return write(t, string(s.Bytes()))
}

// listed is the SHA-256 of "0197-a executed" and a line feed.
const listed = "bc296809dabb8cd360c69f03ffa1bc8f642053df7d6c7be3284bbf670412e2a5"

// A kept ledger is judged without a hub: 0 unless something is lost, 1 then or
// when it is not what the hub signed, 2 for what cannot be meant.
func TestReconcileExitCodes(t *testing.T) {
	t.Parallel()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	whole, work, lost := kept(t, reconcile.Whole, key), kept(t, reconcile.AtWork, key), kept(t, reconcile.Lost, key)
	raw, err := os.ReadFile(lost)
	if err != nil {
		t.Fatal(err)
	}
	forged := write(t, strings.Replace(string(raw), `"lost"`, `"whole"`, 1))
	there, absent := write(t, "0197-a\n"), write(t, "0197-a\n0197-b\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"whole", []string{"--check", whole}, 0, "genuine"},
		{"whole, strictly", []string{"--check", whole, "--strict"}, 0, "genuine"},
		{"at work", []string{"--check", work}, 0, "genuine"},
		{"at work, strictly", []string{"--check", work, "--strict"}, 1, "not everything has ended"},
		{"lost", []string{"--check", lost}, 1, "something is lost"},
		{"made whole", []string{"--check", forged}, 1, "signature does not fit"},
		{"with its key", []string{"--check", whole, "--key", text(public)}, 0, "genuine"},
		{"with another key", []string{"--check", whole, "--key", text(other)}, 1, "another key"},
		{"what is there is expected", []string{"--check", whole, "--expect", there}, 0, "genuine"},
		{"more is expected", []string{"--check", whole, "--expect", absent}, 1, "not in the ledger: 0197-b"},
		{"a key for nothing", []string{"--key", text(public)}, 2, "goes with --check"},
		{"a file that is not there", []string{"--check", filepath.Join(t.TempDir(), "none")}, 2, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if code := execute(append([]string{"reconcile"}, c.args...), &out, &errs); code != c.code || !strings.Contains(errs.String(), c.says) {
				t.Errorf("exit code %d, want %d; said %s", code, c.code, errs.String())
			}
		})
	}
	var out, errs bytes.Buffer
	if code := execute([]string{"reconcile", "--check", whole, "-o", "json"}, &out, &errs); code != 0 {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if raw, err := os.ReadFile(whole); err != nil || !bytes.Equal(raw, out.Bytes()) {
		t.Errorf("as JSON it is printed otherwise than it was kept: %v", err)
	}
}
