package bucket

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

// The bytes are on disk before they get their name, and the name before Put
// returns; when either fails, so does Put.
func TestSynced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fail int    // the sync that fails; 0: none
		want string // content afterwards
	}{{"all goes well", 0, "second"}, {"the file fails", 1, "first"}, {"the folder fails", 2, "second"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			b, err := Open(t.Context(), Options{Dir: dir, Vault: v})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.Close() })
			if err := b.Put(t.Context(), "a.pdf", []byte("first")); err != nil {
				t.Fatal(err)
			}
			read := func() string {
				got, err := b.Get(t.Context(), "a.pdf")
				if err != nil {
					t.Fatal(err)
				}
				return string(got)
			}
			var synced []string
			b.side.(*folder).sync = func(f *os.File) error {
				info, err := f.Stat()
				if err != nil {
					t.Error(err)
				}
				what := "file"
				if info.IsDir() {
					what = "folder"
				} else if info.Size() <= int64(len("second")) {
					t.Errorf("%d bytes at the time of the sync: not all of it", info.Size())
				}
				synced = append(synced, what+" while the name holds "+read())
				if len(synced) == c.fail {
					return syscall.EIO
				}
				return f.Sync()
			}
			err = b.Put(t.Context(), "a.pdf", []byte("second"))
			if c.fail == 0 && err != nil {
				t.Error(err)
			}
			if f, ok := errors.AsType[*fault.Fault](err); c.fail > 0 && (!ok || f.Kind != fault.Unavailable || f.Operation != "put") {
				t.Errorf("a sync that failed: %v", err)
			}
			want := []string{"file while the name holds first", "folder while the name holds second"}
			if c.fail == 1 {
				want = want[:1]
			}
			if len(synced) != len(want) {
				t.Fatalf("synced %q", synced)
			}
			for i := range want {
				if synced[i] != want[i] {
					t.Errorf("synced %q, want %q", synced, want)
				}
			}
			if got := read(); got != c.want {
				t.Errorf("now %q", got)
			}
			if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
				t.Errorf("%v, %v: something was left", files, err)
			}
		})
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	f := &folder{dir: t.TempDir()}
	for _, c := range []struct {
		err  error
		kind fault.Kind
		code string
	}{
		{&os.PathError{Op: "write", Path: "SINOV", Err: syscall.ENOSPC}, fault.Unavailable, "disk_full"},
		{&os.PathError{Op: "open", Path: "SINOV", Err: syscall.EACCES}, fault.Misconfigured, "no_rights"},
		{&os.PathError{Op: "open", Path: "SINOV", Err: syscall.EROFS}, fault.Misconfigured, "no_rights"},
		{&os.PathError{Op: "read", Path: "SINOV", Err: syscall.EIO}, fault.Unavailable, "disk"},
		{errors.New("SINOV"), fault.Unavailable, "disk"},
	} {
		if got := f.fault(c.err); got.Kind != c.kind || got.Code != c.code || got.Hint == "" || got.Err.Error() == "SINOV" {
			t.Errorf("%v: %q %q %v", c.err, got.Kind, got.Code, got)
		}
	}
}
