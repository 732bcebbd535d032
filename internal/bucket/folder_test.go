package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/vault"
)

// With childDir set the test binary is a process that writes until it is killed.
const childDir = "HUB_TEST_BUCKET_DIR"

const childSize = 100 << 10

func child(dir string) {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	v, err := vault.Open(filepath.Join(dir, "keys"), true)
	if err != nil {
		fail(err)
	}
	ctx := context.Background()
	b, err := bucket.Open(ctx, bucket.Options{Dir: filepath.Join(dir, "documents"), Vault: v})
	if err != nil {
		fail(err)
	}
	for i := 0; ; i++ {
		// One name that is replaced for ever, and one new one each time.
		for _, name := range []string{"same.pdf", fmt.Sprintf("n%06d.pdf", i)} {
			if err := b.Put(ctx, name, bytes.Repeat([]byte{byte(i)}, childSize)); err != nil {
				fail(err)
			}
		}
		fmt.Println(i) // both are acknowledged
	}
}

func TestKilledInTheMiddleOfPut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v, err := vault.Open(filepath.Join(dir, "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, bucket.Options{Dir: filepath.Join(dir, "documents"), Vault: v})
	for round := range 5 {
		acknowledged := killedWriter(t, dir, 3+round)
		for _, name := range listed(t, b) {
			got := get(t, b, name)
			if len(got) != childSize || len(bytes.Trim(got, string(got[:1]))) != 0 {
				t.Fatalf("%s holds %d bytes, not one whole document", name, len(got))
			}
		}
		for i := range acknowledged + 1 {
			if got := get(t, b, fmt.Sprintf("n%06d.pdf", i)); got[0] != byte(i) {
				t.Errorf("document %d was acknowledged and holds another", i)
			}
		}
	}
	// What the killed ones left goes in the end.
	if _, err := b.RemoveLeftovers(t.Context(), time.Now().Add(time.Minute), false); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "documents"))
	if err != nil || len(files) != len(listed(t, b)) {
		t.Errorf("%d files for %d documents, %v", len(files), len(listed(t, b)), err)
	}
}

// killedWriter kills a writing process once it has acknowledged some rounds, and
// returns the last one acknowledged.
func killedWriter(t *testing.T, dir string, rounds int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out := &killer{kill: func() { _ = cmd.Process.Kill() }, after: rounds}
	cmd.Stdout = out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
		t.Fatalf("the writer was not killed: %v %s", err, errs.String())
	}
	lines := strings.Fields(out.text.String())
	last, err := strconv.Atoi(lines[len(lines)-1])
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// killer kills the process that writes to it, somewhere in its next write.
type killer struct {
	text  bytes.Buffer
	kill  func()
	after int
}

func (k *killer) Write(p []byte) (int, error) {
	k.text.Write(p)
	if strings.Count(k.text.String(), "\n") > k.after {
		k.kill()
	}
	return len(p), nil
}

// The folder as hubs wrote it before: sealed bytes in a temporary file .new-*,
// renamed to name.sealed.
func TestFolderOfBefore(t *testing.T) {
	t.Parallel()
	dir, v := t.TempDir(), keys(t)
	old := func(name string, content []byte) {
		sealed, err := v.Seal(content, vault.Place{Table: "bucket", Column: "content", Row: name})
		if err != nil {
			t.Fatal(err)
		}
		tmp, err := os.CreateTemp(dir, ".new-*")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = tmp.Write(sealed); err == nil {
			err = tmp.Sync()
		}
		if err = errors.Join(err, tmp.Close()); err != nil {
			t.Fatal(err)
		}
		if name == "" {
			return // interrupted
		}
		if err := os.Rename(tmp.Name(), filepath.Join(dir, name+".sealed")); err != nil {
			t.Fatal(err)
		}
	}
	const name = "0199a1b2-0000-7000-8000-000000000001.pdf"
	old(name, []byte("%PDF-1.4 SINOV"))
	old("x", nil)
	for _, o := range []bucket.Options{{Dir: dir, Vault: v}, {URL: "file://" + dir, Vault: v}} {
		b := open(t, o)
		if got := get(t, b, name); string(got) != "%PDF-1.4 SINOV" {
			t.Errorf("got %q", got)
		}
		if got := listed(t, b); len(got) != 2 || got[0] != name {
			t.Errorf("listed %q", got)
		}
	}
	b := open(t, bucket.Options{Dir: dir, Vault: v})
	put(t, b, name, []byte("new"))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("%v, %v: want the two files and no other", files, err)
	}
	info, err := os.Stat(filepath.Join(dir, name+".sealed"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others may read it", info.Mode(), err)
	}
}

func TestFolderGoneOrForbidden(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "documents")
	b := open(t, bucket.Options{Dir: dir, Vault: keys(t)})
	put(t, b, "a.pdf", []byte("x"))
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, err := b.Get(t.Context(), "a.pdf")
	if f := faultOf(t, err); f.Kind != fault.Misconfigured || errors.Is(err, bucket.ErrAbsent) {
		t.Errorf("a folder that is gone: %v", err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"put": b.Put(t.Context(), "a.pdf", nil), "probe": b.Probe(t.Context()), "list": b.List(t.Context(), func([]bucket.Object) error { return nil }),
	} {
		if f := faultOf(t, err); f.Kind != fault.Misconfigured || f.Hint == "" {
			t.Errorf("%s in a file: %v", name, err)
		}
	}
	if _, err := bucket.Open(t.Context(), bucket.Options{Dir: dir, Vault: keys(t)}); faultOf(t, err).Kind != fault.Misconfigured {
		t.Errorf("opening a file: %v", err)
	}
}
