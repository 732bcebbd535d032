package apptest_test

import (
	"bytes"
	"io"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/reconcile"
)

// Documents lie in an S3 store: sealed there, handed out from there, none in the
// data folder, and the ledger finds every one.
func TestDocumentsInS3(t *testing.T) {
	t.Parallel()
	const name = "documents"
	back := s3mem.New()
	if err := back.CreateBucket(name); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(back).Server())
	t.Cleanup(srv.Close)
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) {
		c.Documents.URL = "s3://" + name + "?endpoint=" + srv.URL + "&region=test&use_path_style=true"
		c.Documents.AccessKey.Secret, c.Documents.SecretKey.Secret = "made-up", "made-up-too"
	}))
	taken := h.Submit(t, h.TEC, h.Observers(h.Election(t), h.Plain(t)))
	d := h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))
	list, err := back.ListBucket(name, nil, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Documents) != 2 || len(list.Contents) != len(d.Documents) {
		t.Fatalf("%d documents, %d objects", len(d.Documents), len(list.Contents))
	}
	for _, o := range list.Contents {
		got, err := back.GetObject(name, o.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(got.Contents)
		if err != nil || len(raw) == 0 || bytes.Contains(raw, []byte("%PDF")) {
			t.Errorf("%s: %d bytes, a PDF in the open: %v", o.Key, len(raw), err)
		}
	}
	for _, doc := range d.Documents {
		pdf, err := h.TEC.Document(t.Context(), doc.ID)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Errorf("%s %s: %d bytes, %v", doc.Kind, doc.Number, len(pdf), err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(h.Dir, "documents", "*")); err != nil || len(files) > 0 {
		t.Errorf("in the data folder: %v, %v", files, err)
	}
	if l := account(t, h, h.Admin); l.Verdict == reconcile.Lost || len(lost(l)) > 0 {
		t.Errorf("%s: %+v", l.Verdict, lost(l))
	}
}
