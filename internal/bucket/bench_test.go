package bucket_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/vault"
)

// floor is the least that a durable, sealed write into a folder takes.
func floor(v *vault.Vault, dir, name string, content []byte) error {
	sealed, err := v.Seal(content, vault.Place{Table: "bucket", Column: "content", Row: name})
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(sealed); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// BenchmarkPut and BenchmarkGet stand beside their floors: bare files, sealed
// and synced in the same way.
func BenchmarkPut(b *testing.B) {
	v := keys(b)
	for _, size := range []int{64 << 10, 1 << 20} {
		content := make([]byte, size)
		_, _ = rand.Read(content)
		bare, s := b.TempDir(), open(b, bucket.Options{Dir: b.TempDir(), Vault: v})
		for _, k := range []struct {
			name string
			put  func(ctx context.Context, name string) error
		}{
			{"floor", func(_ context.Context, name string) error { return floor(v, bare, name, content) }},
			{"folder", func(ctx context.Context, name string) error { return s.Put(ctx, name, content) }},
		} {
			b.Run(fmt.Sprintf("%s/%dKiB", k.name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				for i := 0; b.Loop(); i++ {
					if err := k.put(b.Context(), fmt.Sprint(i%100)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkGet(b *testing.B) {
	v := keys(b)
	for _, size := range []int{64 << 10, 1 << 20} {
		content := make([]byte, size)
		_, _ = rand.Read(content)
		dir := b.TempDir()
		s := open(b, bucket.Options{Dir: dir, Vault: v})
		put(b, s, "a.pdf", content)
		for _, k := range []struct {
			name string
			get  func(ctx context.Context) ([]byte, error)
		}{
			{"floor", func(context.Context) ([]byte, error) {
				raw, err := os.ReadFile(filepath.Join(dir, "a.pdf.sealed"))
				if err != nil {
					return nil, err
				}
				return v.Unseal(raw, vault.Place{Table: "bucket", Column: "content", Row: "a.pdf"})
			}},
			{"folder", func(ctx context.Context) ([]byte, error) { return s.Get(ctx, "a.pdf") }},
		} {
			b.Run(fmt.Sprintf("%s/%dKiB", k.name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					if got, err := k.get(b.Context()); err != nil || len(got) != size {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
