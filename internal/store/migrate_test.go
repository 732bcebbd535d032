package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// A database of the first version keeps its notices, and gets what they lack.
func TestMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	old(t, filepath.Join(dir, "hub.db"), func(ctx context.Context, db *sql.DB) error {
		body, err := v.Seal([]byte(`{"phone":"`+samplePhone+`","text":"made up"}`), vault.Place{Table: "notice", Column: "body", Row: "n1"})
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO application(id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at)
			VALUES('a1','1','t','e','c','p','ru','executed',x'00',x'00','k',1)`); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO notice(id, key, application_id, notice, recipient, language, parts, sealed_body, provider, message_id, state, at, sent_at)
			VALUES('n1','k1','a1','app-submitted','applicant','ru',2,?,'playmobile','m1','sent',1000,2000)`, body)
		return err
	})
	s := open(t, dir, time.Now)
	list, err := s.Notices(t.Context(), "a1")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d notices, %v", len(list), err)
	}
	n := list[0]
	if n.Phone != samplePhone || n.Text != "made up" || n.State != dossier.NoticeSent || n.Provider != "playmobile" || n.MessageID != "m1" || n.Parts != 2 ||
		n.At.UnixMilli() != 1000 || n.SentAt.UnixMilli() != 2000 || n.CalledAt.UnixMilli() != 2000 || n.Delivery != "" || n.Secret {
		t.Errorf("it came through as %+v", n)
	}
}

// old makes a database of the first version with what fill puts into it.
func old(t *testing.T, path string, fill func(ctx context.Context, db *sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations/sqlite"), goose.WithVerbose(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := fill(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}
