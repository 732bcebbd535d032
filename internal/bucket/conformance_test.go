package bucket_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/vault"
)

func keys(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func open(t testing.TB, o bucket.Options) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// shelf is a bucket under test with a look at what lies behind it.
type shelf struct {
	*bucket.Bucket
	options bucket.Options
	raw     func(t *testing.T) map[string][]byte // all of it, by its raw name
	set     func(t *testing.T, key string, content []byte)
}

func folderShelf(t *testing.T) shelf {
	dir := filepath.Join(t.TempDir(), "documents")
	o := bucket.Options{Dir: dir, Vault: keys(t)}
	return shelf{
		Bucket: open(t, o), options: o,
		raw: func(t *testing.T) map[string][]byte {
			t.Helper()
			out := map[string][]byte{}
			list, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
			return out
		},
		set: func(t *testing.T, key string, content []byte) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, key), content, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
}

const s3Bucket = "documents"

// s3Store is an S3 store in this process with one bucket.
func s3Store(t testing.TB) (url string, back *s3mem.Backend) {
	t.Helper()
	back = s3mem.New()
	if err := back.CreateBucket(s3Bucket); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(back).Server())
	t.Cleanup(srv.Close)
	return srv.URL, back
}

func s3Options(t testing.TB, url string) bucket.Options {
	t.Helper()
	return bucket.Options{
		URL:       "s3://" + s3Bucket + "?endpoint=" + url + "&region=tashkent-1&use_path_style=true&prefix=hub/one",
		AccessKey: "made-up-id", SecretKey: "made-up-secret", Vault: keys(t),
	}
}

func s3Shelf(t *testing.T) shelf {
	url, back := s3Store(t)
	o := s3Options(t, url)
	const prefix = "hub/one/"
	return shelf{
		Bucket: open(t, o), options: o,
		raw: func(t *testing.T) map[string][]byte {
			t.Helper()
			list, err := back.ListBucket(s3Bucket, nil, gofakes3.ListBucketPage{})
			if err != nil {
				t.Fatal(err)
			}
			out := map[string][]byte{}
			for _, c := range list.Contents {
				o, err := back.GetObject(s3Bucket, c.Key, nil)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if _, err := b.ReadFrom(o.Contents); err != nil {
					t.Fatal(err)
				}
				out[strings.TrimPrefix(c.Key, prefix)] = b.Bytes()
			}
			return out
		},
		set: func(t *testing.T, key string, content []byte) {
			t.Helper()
			if _, err := back.PutObject(s3Bucket, prefix+key, nil, bytes.NewReader(content), int64(len(content)), nil); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// each runs a test on every kind of bucket.
func each(t *testing.T, test func(t *testing.T, s shelf)) {
	t.Helper()
	for _, k := range []struct {
		name string
		make func(*testing.T) shelf
	}{{"folder", folderShelf}, {"s3", s3Shelf}} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k.make(t))
		})
	}
}

func put(t testing.TB, b *bucket.Bucket, name string, content []byte) {
	t.Helper()
	if err := b.Put(t.Context(), name, content); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, b *bucket.Bucket, name string) []byte {
	t.Helper()
	got, err := b.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// faultOf also holds that an error says its place and tells no secret.
func faultOf(t *testing.T, err error) *fault.Fault {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("not a fault: %v", err)
	}
	if f.System != "bucket" || f.Operation == "" {
		t.Errorf("a fault without its place: %v", err)
	}
	for _, secret := range []string{"made-up-id", "made-up-secret", "127.0.0.1", "s3.example", "hub/one", s3Bucket + "/"} {
		if strings.Contains(err.Error()+f.Hint+f.Code, secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
	return f
}

func TestPutGetReplace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		for _, content := range []string{"%PDF-1.4 BOʻRONOV BOʻRON", "%PDF-1.4 a longer one: " + strings.Repeat("BOʻRONOV ", 400), "", "x"} {
			put(t, s.Bucket, "a.pdf", []byte(content))
			if got := get(t, s.Bucket, "a.pdf"); string(got) != content {
				t.Fatalf("got %d bytes, want %d", len(got), len(content))
			}
			raw := s.raw(t)
			if len(raw) != 1 || raw["a.pdf.sealed"] == nil {
				t.Fatalf("want one object a.pdf.sealed and no rest, got %d", len(raw))
			}
			if len(content) > 1 && bytes.Contains(raw["a.pdf.sealed"], []byte("RONOV")) {
				t.Error("the object holds the name in clear")
			}
		}
	})
}

func TestAbsentAndDamaged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		_, err := s.Get(t.Context(), "none.pdf")
		if f := faultOf(t, err); !errors.Is(err, bucket.ErrAbsent) || f.Code != "absent" || f.Hint == "" {
			t.Errorf("absent: %v", err)
		}
		if _, err := s.Stat(t.Context(), "none.pdf"); !errors.Is(err, bucket.ErrAbsent) {
			t.Errorf("absent: %v", err)
		}
		if err := s.Remove(t.Context(), "none.pdf"); err != nil {
			t.Errorf("removing what is gone: %v", err)
		}
		put(t, s.Bucket, "a.pdf", []byte("SINOV"))
		whole := s.raw(t)["a.pdf.sealed"]
		flipped := bytes.Clone(whole)
		flipped[len(flipped)-1] ^= 1
		for name, raw := range map[string][]byte{"moved": whole, "flipped": flipped, "cut": whole[:len(whole)-3], "foreign": []byte("%PDF-1.4"), "empty": {}} {
			s.set(t, name+".pdf.sealed", raw)
			_, err := s.Get(t.Context(), name+".pdf")
			if f := faultOf(t, err); !errors.Is(err, bucket.ErrDamaged) || f.Code != "damaged" || f.Hint == "" {
				t.Errorf("%s: %v", name, err)
			}
			if ours, err := s.Owns(t.Context(), name+".pdf"); err != nil || ours {
				t.Errorf("%s: ours is %t, %v", name, ours, err)
			}
		}
		if ours, err := s.Owns(t.Context(), "a.pdf"); err != nil || !ours {
			t.Errorf("ours is %t, %v", ours, err)
		}
		// Another hub's document is not ours.
		o := s.options
		o.Vault = keys(t)
		other := open(t, o)
		if ours, err := other.Owns(t.Context(), "a.pdf"); err != nil || ours {
			t.Errorf("under other keys: ours is %t, %v", ours, err)
		}
		if _, err := other.Owns(t.Context(), "none.pdf"); !errors.Is(err, bucket.ErrAbsent) {
			t.Errorf("absent: %v", err)
		}
		if err := s.Remove(t.Context(), "a.pdf"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "a.pdf"); !errors.Is(err, bucket.ErrAbsent) {
			t.Errorf("removed: %v", err)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		for _, name := range []string{
			"", ".", "..", "../a.pdf", "x/y", "/a.pdf", "a/", ".hidden", "a\x00.pdf", "a\n.pdf", `a\b.pdf`, "\xff.pdf", "__0x2f__.pdf",
			"..%2fa.pdf/..", strings.Repeat("a", 201),
		} {
			if err := s.Put(t.Context(), name, []byte("x")); err == nil {
				t.Errorf("name %q was taken", name)
			} else if f := faultOf(t, err); len(name) > 2 && strings.Contains(f.Error(), name) {
				t.Errorf("the error repeats the name: %v", f)
			}
			if _, err := s.Get(t.Context(), name); err == nil || errors.Is(err, bucket.ErrAbsent) {
				t.Errorf("name %q was asked for: %v", name, err)
			}
			if err := s.Remove(t.Context(), name); err == nil {
				t.Errorf("name %q was removed", name)
			}
		}
		names := []string{
			"a.pdf", "a b.pdf", "ҳужжат.pdf", "a%2fb.pdf", "a+b&c=d?.pdf", "a..pdf", "a.sealed", "-rf", "a*.pdf", "a:b.pdf", "a#b", `a"b<c>`,
			"a.pdf.sealed.18ab.tmp", strings.Repeat("a", 200), "a.attrs",
		}
		for _, name := range names {
			put(t, s.Bucket, name, []byte(name))
		}
		for _, name := range names {
			if got := get(t, s.Bucket, name); string(got) != name {
				t.Errorf("%q holds %q", name, got)
			}
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, listed(t, s.Bucket)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLarge(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		content := make([]byte, 10<<20)
		_, _ = rand.Read(content)
		put(t, s.Bucket, "large.pdf", content)
		if !bytes.Equal(get(t, s.Bucket, "large.pdf"), content) {
			t.Error("other bytes came back")
		}
		err := s.Put(t.Context(), "larger.pdf", make([]byte, bucket.Largest+1))
		if f := faultOf(t, err); f.Kind != fault.Rejected {
			t.Error(err)
		}
	})
}

func TestConcurrentWritersOfOneName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		contents := map[string]bool{}
		var wg sync.WaitGroup
		put(t, s.Bucket, "a.pdf", bytes.Repeat([]byte{'0'}, 50_000))
		for i := range 8 {
			content := bytes.Repeat([]byte{byte('0' + i)}, 50_000+i)
			contents[string(content)] = true
			wg.Go(func() {
				for range 5 {
					if err := s.Put(t.Context(), "a.pdf", content); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() {
				for range 5 {
					if got, err := s.Get(t.Context(), "a.pdf"); err != nil || len(bytes.Trim(got, string(got[:1]))) != 0 {
						t.Errorf("%d bytes, not of one writer: %v", len(got), err)
					}
				}
			})
		}
		wg.Wait()
		if got := get(t, s.Bucket, "a.pdf"); !contents[string(got)] {
			t.Error("no writer's content was left")
		}
		if raw := s.raw(t); len(raw) != 1 {
			t.Errorf("%d objects, want one", len(raw))
		}
	})
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		put(t, s.Bucket, "a.pdf", []byte("first"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Get(ctx, "a.pdf")
		calls := map[string]error{
			"put": s.Put(ctx, "a.pdf", []byte("second")), "new": s.Put(ctx, "b.pdf", []byte("x")), "get": err, "remove": s.Remove(ctx, "a.pdf"),
			"list": s.List(ctx, func([]bucket.Object) error { return nil }), "probe": s.Probe(ctx),
		}
		for name, err := range calls {
			if f := faultOf(t, err); f.Kind != fault.Unavailable || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := get(t, s.Bucket, "a.pdf"); string(got) != "first" {
			t.Errorf("now %q", got)
		}
		if raw := s.raw(t); len(raw) != 1 {
			t.Errorf("%d objects, want one", len(raw))
		}
	})
}
