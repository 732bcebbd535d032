package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

// With childDir set the test binary is another process that opens the keys.
const childDir = "HUB_TEST_VAULT_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	v, err := vault.Open(dir, true)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(v.Fingerprint())
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return st.Mode().Perm()
}

func TestOpenCreatesForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "keys")
	v, err := vault.Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if m := mode(t, dir); m != 0o700 {
		t.Errorf("folder has mode %04o", m)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if m := mode(t, filepath.Join(dir, e.Name())); m != 0o600 {
			t.Errorf("%s has mode %04o", e.Name(), m)
		}
		if strings.HasSuffix(e.Name(), ".new") {
			t.Errorf("%s was left", e.Name())
		}
	}
	again, err := vault.Open(dir, true)
	if err != nil || again.Fingerprint() != v.Fingerprint() {
		t.Errorf("opening again made other keys: %v", err)
	}
}

func TestMissingKeysAreNotMadeUnasked(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	_, err := vault.Open(dir, false)
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind != fault.Misconfigured || f.Hint == "" || !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was created")
	}
}

func TestDamagedKeysAreRefusedAndKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	v, err := vault.Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "keys.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// try opens a changed file and reports the fault, or nil when the keys are
	// still the same ones (a byte of white space, an unused bit of base64).
	try := func(t *testing.T, raw []byte) *fault.Fault {
		t.Helper()
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := vault.Open(dir, true)
		if now, rerr := os.ReadFile(path); rerr != nil || !bytes.Equal(now, raw) {
			t.Fatalf("the damaged file was changed, %v", rerr)
		}
		if err == nil {
			if got.Fingerprint() != v.Fingerprint() || got.Keys()[0] != v.Keys()[0] {
				t.Fatal("a damaged file gave other keys")
			}
			return nil
		}
		f, ok := errors.AsType[*fault.Fault](err)
		if !ok || f.Kind != fault.Misconfigured || f.Hint == "" {
			t.Fatalf("not one clear error: %v", err)
		}
		return f
	}
	end := bytes.LastIndexByte(good, '}')
	for n := 0; n <= end; n += 7 {
		if try(t, good[:n]) == nil {
			t.Errorf("half-written file of %d bytes opened", n)
		}
	}
	refused := 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		if try(t, bad) != nil {
			refused++
		}
	}
	if refused < len(good)*9/10 {
		t.Errorf("only %d of %d damaged files were refused", refused, len(good))
	}
	if f := try(t, []byte(`{"format":2}`)); f == nil || !strings.Contains(f.Error(), "format 2") {
		t.Errorf("a later format: %v", f)
	}
	if f := try(t, good); f != nil {
		t.Errorf("the file put back: %v", f)
	}
}

// A creation that died leaves a half-written new file beside nothing.
func TestAnInterruptedCreationIsBegunAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "keys.json.new"), []byte(`{"format":1,"se`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys.json.new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the rest of it lies there: %v", err)
	}
}

func TestKeysOthersCanReadAreRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := vault.Open(dir, true); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "keys.json")
	for m, fine := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o440: true, 0o644: false, 0o620: false, 0o604: false} {
		if err := os.Chmod(path, m); err != nil {
			t.Fatal(err)
		}
		_, err := vault.Open(dir, true)
		if (err == nil) != fine {
			t.Errorf("mode %04o: %v", m, err)
		}
	}
}

func TestStartingTogetherMakesOneKeySet(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const each = 4
	prints := make([]string, 2*each)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range each {
		wg.Go(func() {
			<-start
			v, err := vault.Open(dir, true)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = v.Fingerprint()
		})
		wg.Go(func() {
			<-start
			c := exec.CommandContext(t.Context(), me)
			c.Env = append(os.Environ(), childDir+"="+dir)
			out, err := c.Output()
			if err != nil {
				t.Errorf("other process: %v", err)
				return
			}
			prints[each+i] = strings.TrimSpace(string(out))
		})
	}
	close(start)
	wg.Wait()
	for i, p := range prints {
		if p == "" || p != prints[0] {
			t.Errorf("opener %d has key set %q, the first %q", i, p, prints[0])
		}
	}
}
