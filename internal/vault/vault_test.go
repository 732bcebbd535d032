package vault_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

func open(t *testing.T) *vault.Vault {
	t.Helper()
	v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func place() *rapid.Generator[vault.Place] {
	part := rapid.StringN(1, 20, -1)
	return rapid.Custom(func(t *rapid.T) vault.Place {
		return vault.Place{Table: part.Draw(t, "table"), Column: part.Draw(t, "column"), Row: part.Draw(t, "row")}
	})
}

func TestUnsealGivesBackWhatWasSealed(t *testing.T) {
	t.Parallel()
	v := open(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		at := place().Draw(t, "at")
		sealed, err := v.Seal(plain, at)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plain)+33 {
			t.Fatalf("%d bytes became %d", len(plain), len(sealed))
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the sealed value holds the clear one")
		}
		got, err := v.Unseal(sealed, at)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v", got, err)
		}
		if again, err := v.Seal(plain, at); err != nil || bytes.Equal(again, sealed) {
			t.Fatalf("sealed twice alike, %v", err)
		}
	})
}

func TestAnotherPlaceDoesNotOpen(t *testing.T) {
	t.Parallel()
	v := open(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b := place().Draw(t, "a"), place().Draw(t, "b")
		// Random places seldom collide by a shifted border, so make some that do
		// when the parts are merely joined.
		if rapid.Bool().Draw(t, "shifted") {
			b = vault.Place{Table: a.Table + a.Column, Column: a.Row, Row: "x"}
			a.Row += "x"
		}
		if a == b {
			t.Skip("the same place")
		}
		sealed, err := v.Seal([]byte("made up"), a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Unseal(sealed, b); fault.KindOf(err) != fault.Defect {
			t.Fatalf("opened at %v though sealed at %v: %v", b, a, err)
		}
	})
}

func TestEveryPartOfThePlaceCounts(t *testing.T) {
	t.Parallel()
	v := open(t)
	at := vault.Place{Table: "subject", Column: "pinfl", Row: "7"}
	sealed, err := v.Seal([]byte("made up"), at)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		at   vault.Place
	}{
		{"table", vault.Place{Table: "applicant", Column: "pinfl", Row: "7"}},
		{"column", vault.Place{Table: "subject", Column: "passport", Row: "7"}},
		{"row", vault.Place{Table: "subject", Column: "pinfl", Row: "8"}},
		{"border", vault.Place{Table: "subjectp", Column: "infl", Row: "7"}},
		{"no table", vault.Place{Column: "pinfl", Row: "7"}},
		{"no column", vault.Place{Table: "subject", Row: "7"}},
		{"no row", vault.Place{Table: "subject", Column: "pinfl"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if plain, err := v.Unseal(sealed, c.at); err == nil {
				t.Fatalf("opened: %q", plain)
			}
			if strings.HasPrefix(c.name, "no ") {
				if _, err := v.Seal([]byte("x"), c.at); err == nil {
					t.Fatal("sealed without a whole place")
				}
			}
		})
	}
}

// Neither a separator nor a length of zero may be imitated from inside a part.
func TestAPartCannotImitateABorder(t *testing.T) {
	t.Parallel()
	v := open(t)
	for _, border := range []string{"\x00", "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x01", "|", "/"} {
		sealed := seal(t, v, vault.Place{Table: "a", Column: "b" + border + "c", Row: "d"})
		if _, err := v.Unseal(sealed, vault.Place{Table: "a" + border + "b", Column: "c", Row: "d"}); err == nil {
			t.Errorf("border %q: two places are one", border)
		}
	}
}

func TestAFlippedBitDoesNotOpen(t *testing.T) {
	t.Parallel()
	v := open(t)
	at := vault.Place{Table: "subject", Column: "name", Row: "1"}
	sealed, err := v.Seal([]byte("Aliyev Vali"), at)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		if plain, err := v.Unseal(bad, at); err == nil {
			t.Fatalf("bit %d: opened as %q", i, plain)
		}
	}
	for n := range sealed {
		if _, err := v.Unseal(sealed[:n], at); err == nil {
			t.Fatalf("the first %d bytes opened", n)
		}
	}
}

func TestErrorsAreOfAKindAndSayNothingPersonal(t *testing.T) {
	t.Parallel()
	v, other := open(t), open(t)
	at := vault.Place{Table: "subject", Column: "pinfl", Row: "32103889999014"}
	sealed, err := other.Seal([]byte("32103889999014"), at)
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Unseal(sealed, at)
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind != fault.Misconfigured || f.Hint == "" {
		t.Fatalf("a foreign key set: %v", err)
	}
	mine, err := v.Seal([]byte("32103889999014"), at)
	if err != nil {
		t.Fatal(err)
	}
	_, moved := v.Unseal(mine, vault.Place{Table: "subject", Column: "pinfl", Row: "41505939980027"})
	for _, e := range []error{err, f, moved} {
		if e != nil && regexp.MustCompile(`\d{14}`).MatchString(e.Error()) {
			t.Errorf("an error names a person: %v", e)
		}
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	v, other := open(t), open(t)
	rapid.Check(t, func(t *rapid.T) {
		kind, value := rapid.String().Draw(t, "kind"), rapid.String().Draw(t, "value")
		a := v.Index(kind, value)
		if len(a) != 32 || !bytes.Equal(a, v.Index(kind, value)) {
			t.Fatal("not the same twice")
		}
		kind2, value2 := rapid.String().Draw(t, "kind2"), rapid.String().Draw(t, "value2")
		if rapid.Bool().Draw(t, "shifted") {
			kind2, value2 = kind+value, ""
		}
		if (kind != kind2 || value != value2) && bytes.Equal(a, v.Index(kind2, value2)) {
			t.Fatal("two kinds or values share a hash")
		}
		if bytes.Equal(a, other.Index(kind, value)) {
			t.Fatal("the hash does not depend on the key")
		}
	})
}

func TestSign(t *testing.T) {
	t.Parallel()
	v := open(t)
	msg := []byte("certificate 1")
	sig := v.Sign(msg)
	if !ed25519.Verify(v.PublicKey(), msg, sig) {
		t.Error("own signature does not verify")
	}
	if ed25519.Verify(v.PublicKey(), []byte("certificate 2"), sig) || ed25519.Verify(open(t).PublicKey(), msg, sig) {
		t.Error("a foreign message or key verifies")
	}
	clear(v.PublicKey()) // the caller's copy
	if !ed25519.Verify(v.PublicKey(), msg, sig) {
		t.Error("a caller could change the key")
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	at := vault.Place{Table: "subject", Column: "name", Row: "1"}
	v, err := vault.Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	running, err := vault.Open(dir, false) // another process, opened before the rotation
	if err != nil {
		t.Fatal(err)
	}
	before, name, public, index := seal(t, v, at), v.Fingerprint(), v.PublicKey(), v.Index("pinfl", "1")
	for range 2 {
		if err := v.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	if err := running.Rotate(); err != nil { // must add to what the other one wrote
		t.Fatal(err)
	}
	if n := len(running.Keys()); n != 4 {
		t.Fatalf("%d keys, want the first and three more", n)
	}
	after := seal(t, running, at)
	if !running.Stale(before) || running.Stale(after) {
		t.Error("stale is told wrongly")
	}
	if v.Stale(after) {
		t.Error("a newer key is no reason to seal anew with an older one")
	}
	for age, sealed := range map[string][]byte{"old": before, "new": after} {
		if got, err := v.Unseal(sealed, at); err != nil || string(got) != "made up" {
			t.Errorf("%s value: %q, %v", age, got, err)
		}
	}
	if bytes.Equal(before[1:5], after[1:5]) {
		t.Error("the rotation did not change the key of new values")
	}
	reopened, err := vault.Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := reopened.Unseal(before, at); err != nil || string(got) != "made up" {
		t.Errorf("old value after reopening: %q, %v", got, err)
	}
	if reopened.Fingerprint() != name || !reopened.PublicKey().Equal(public) || !bytes.Equal(reopened.Index("pinfl", "1"), index) {
		t.Error("the rotation changed more than the sealing key")
	}
}

// A file exchanged under a running hub must not be rotated or taken over.
func TestAnExchangedFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	v, err := vault.Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "keys")
	if _, err := vault.Open(foreign, true); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(foreign, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Rotate(); fault.KindOf(err) != fault.Misconfigured {
		t.Errorf("rotated a foreign key set: %v", err)
	}
	if len(v.Keys()) != 1 {
		t.Error("took foreign keys over")
	}
}

func seal(t *testing.T, v *vault.Vault, at vault.Place) []byte {
	t.Helper()
	sealed, err := v.Seal([]byte("made up"), at)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		id, secret := vault.NewKey()
		if !regexp.MustCompile(`^[a-z2-7]{8}$`).MatchString(id) || len(secret) != 43 || seen[id] || seen[secret] {
			t.Fatalf("bad key %q of %d characters", id, len(secret))
		}
		seen[id], seen[secret] = true, true
		hash := vault.HashSecret(secret)
		if strings.Contains(hash, secret) || !vault.CompareSecret(secret, hash) {
			t.Fatal("the right secret is refused, or shown")
		}
		if vault.CompareSecret(secret+"x", hash) || vault.CompareSecret("", hash) || vault.CompareSecret(secret, "") ||
			vault.CompareSecret(secret, strings.TrimPrefix(hash, "sha256:")) {
			t.Fatal("a wrong secret or hash passes")
		}
	}
}

func BenchmarkSealUnseal(b *testing.B) {
	v, err := vault.Open(filepath.Join(b.TempDir(), "keys"), true)
	if err != nil {
		b.Fatal(err)
	}
	at := vault.Place{Table: "finding", Column: "facts", Row: "0190c0de"}
	plain := bytes.Repeat([]byte("x"), 512)
	b.ReportAllocs()
	for b.Loop() {
		sealed, err := v.Seal(plain, at)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := v.Unseal(sealed, at); err != nil {
			b.Fatal(err)
		}
	}
}
