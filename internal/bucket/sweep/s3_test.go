package sweep_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/bucket/sweep"
	"github.com/saylovhub/hub/internal/vault"
)

// Two hubs share an S3 store: by prefix, and (by mistake) without one.
func TestSweepS3(t *testing.T) {
	t.Parallel()
	back := s3mem.New()
	if err := back.CreateBucket("documents"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(back).Server())
	t.Cleanup(srv.Close)
	hub := func(prefix string) *bucket.Bucket {
		v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
		if err != nil {
			t.Fatal(err)
		}
		b, err := bucket.Open(t.Context(), bucket.Options{
			URL:       "s3://documents?use_path_style=true&endpoint=" + srv.URL + "&prefix=" + prefix,
			AccessKey: "made-up", SecretKey: "made-up", Vault: v,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	ours, below, beside := hub(""), hub("other"), hub("")
	for _, p := range []struct {
		b    *bucket.Bucket
		name string
	}{{ours, "issued.pdf"}, {ours, "orphan.pdf"}, {below, "orphan.pdf"}, {beside, "theirs.pdf"}} {
		if err := p.b.Put(t.Context(), p.name, []byte(p.name)); err != nil {
			t.Fatal(err)
		}
	}
	late := func() time.Time { return time.Now().Add(2 * day) }
	s := &sweep.Sweeper{Bucket: ours, Store: &rows{names: map[string]bool{"issued.pdf": true}}, Now: late}
	r, err := s.Sweep(t.Context())
	if err != nil || r.Seen != 3 || r.Removed != 1 || r.Foreign != 1 || r.Orphans[0].Name != "orphan.pdf" {
		t.Errorf("%+v, %v", r, err)
	}
	list, err := back.ListBucket("documents", nil, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, c := range list.Contents {
		left[c.Key] = true
	}
	if len(left) != 3 || !left["issued.pdf.sealed"] || !left["other/orphan.pdf.sealed"] || !left["theirs.pdf.sealed"] {
		t.Errorf("left: %v", left)
	}
}
