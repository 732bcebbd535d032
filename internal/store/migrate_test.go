package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	"github.com/saylovhub/hub/internal/store"
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
	old(t, filepath.Join(dir, "hub.db"), 1, func(ctx context.Context, db *sql.DB) error {
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

// A database from before the audit log had a head goes on with its chain, and
// what a stop had put off is still found.
func TestMigrationOfQueue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	due := time.Now().Add(time.Hour).UnixMilli()
	old(t, filepath.Join(dir, "hub.db"), 4, func(ctx context.Context, db *sql.DB) error {
		var prev []byte
		for i := range 3 {
			frame, err := json.Marshal([]any{prev, i, "key:1", "act", "object", []byte(nil), "{}"})
			if err != nil {
				return err
			}
			prev = v.Index("audit", string(frame))
			if _, err := db.ExecContext(ctx, `INSERT INTO audit(at, actor, action, object, detail, hash) VALUES(?,'key:1','act','object','{}',?)`, i, prev); err != nil {
				return err
			}
		}
		for key, kind := range map[string]string{"stopped": "misconfigured", "late": "unavailable"} {
			if _, err := db.ExecContext(ctx, `INSERT INTO job(stage, key, priority, rank, due_at, state, last_error, created_at)
				VALUES('work',?,50,7,?,'waiting',?,1)`, key, due, `{"kind":"`+kind+`"}`); err != nil {
				return err
			}
		}
		_, err := db.ExecContext(ctx, `INSERT INTO stage_clock(stage, priority, rank) VALUES('work', 0, 9);
			INSERT INTO stage_rank(stage, priority, applicant, rank) VALUES('work', 0, 'A', 12)`)
		return err
	})
	s := open(t, dir, time.Now)
	if n, err := s.VerifyAudit(t.Context()); err != nil || n != 3 {
		t.Errorf("%d lines of before hold, want 3 (%v)", n, err)
	}
	do(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.Audit(ctx, dossier.AuditLine{At: time.Now(), Actor: "key:1", Action: "act", Object: "new"})
	})
	if n, err := s.VerifyAudit(t.Context()); err != nil || n != 4 {
		t.Errorf("%d lines hold, want 4 (%v)", n, err)
	}
	if err := s.Refresh(t.Context(), "work", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Text(t.Context(), `SELECT max(key) || count(*) FROM job WHERE due_at < ?`, due); err != nil || got != "stopped1" {
		t.Errorf("called in: %q, want the one that was stopped (%v)", got, err)
	}
	if err := write(t.Context(), s, enqueue("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Text(t.Context(), `SELECT rank FROM job WHERE key='new'`); err != nil || got != "9" {
		t.Errorf("a newcomer's rank is %s, want the clock's, 9 (%v)", got, err)
	}
}

// old makes a database of a version of before with what fill puts into it.
func old(t *testing.T, path string, version int64, fill func(ctx context.Context, db *sql.DB) error) {
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
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if err := fill(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}
