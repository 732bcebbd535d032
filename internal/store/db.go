package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Store is an open database. Close it to release the lock file.
type Store struct {
	write   *sql.DB // exactly one connection, which session holds
	session *session
	read    *sql.DB
	back    *sql.DB // for the checkpointer
	lock    *os.File
	vault   *vault.Vault
	now     func() time.Time
	log     *slog.Logger

	ops     chan *op
	closing chan struct{}
	done    chan struct{}
	closed  sync.Once
	commits int // since the last look at the log; the writer's own, as is since
	since   time.Time
	grown   chan struct{} // wakes the checkpointer
	written chan struct{} // the checkpointer has ended

	hookMu sync.RWMutex
	hook   func(Commit)
}

// Options of Open.
type Options struct {
	Dir   string // folder of the database; made when missing
	Vault *vault.Vault
	Now   func() time.Time
	Log   *slog.Logger
}

// Commit tells what a commit made possible: stages that got ready jobs, and the
// earliest due time of new waiting ones (zero: none).
type Commit struct {
	Stages []string
	Due    time.Time
}

// Fresh reports whether a folder holds no database yet.
func Fresh(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, "hub.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// Open opens or makes the database in a folder, takes its lock, migrates it and
// voids the leases of a predecessor that did not get to give them back.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := takeLock(filepath.Join(o.Dir, "hub.lock"))
	if err != nil {
		return nil, err
	}
	s := &Store{
		lock: lock, vault: o.Vault, now: o.Now, log: o.Log,
		ops: make(chan *op, maxBatch), closing: make(chan struct{}), done: make(chan struct{}),
		grown: make(chan struct{}, 1), written: make(chan struct{}),
	}
	if err := s.open(ctx, filepath.Join(o.Dir, "hub.db")); err != nil {
		s.closeFiles()
		return nil, err
	}
	go s.writer()       //nolint:contextcheck // it outlives every caller
	go s.checkpointer() //nolint:contextcheck,gosec // so does it
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) error {
	// Checkpoints are made beside the writer when it has time (checkpointer): one
	// that a commit has to make, at the pages named here, is felt by whoever waits.
	const common = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=wal_autocheckpoint(1000)"
	var err error
	if s.write, err = sql.Open("sqlite", "file:"+path+common+"&_txlock=immediate"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", "file:"+path+common+"&_pragma=query_only(ON)"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	s.read.SetMaxOpenConns(8)
	if s.back, err = sql.Open("sqlite", "file:"+path+common); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	s.back.SetMaxOpenConns(1)
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, files, goose.WithVerbose(false))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return damaged(fmt.Errorf("migrating the database: %w", err))
	}
	if err := s.checkKeys(ctx); err != nil {
		return err
	}
	if err := s.indexPhones(ctx); err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE job SET state='ready', lease_token='', lease_until=0, attempt=attempt+1 WHERE state='leased'`); err != nil {
		return fmt.Errorf("voiding old leases: %w", err)
	}
	s.session, err = newSession(ctx, s.write)
	return err
}

// damaged says what to do about a file that SQLite cannot read.
func damaged(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return &fault.Fault{
			Kind: fault.Misconfigured, System: "store", Code: "damaged", Err: err,
			Hint: "hub.db is damaged or is no database: put the last backup of it back",
		}
	}
	return err
}

// checkKeys refuses a database that was sealed with other keys: everything in
// it would look damaged.
func (s *Store) checkKeys(ctx context.Context) error {
	mine := s.vault.Fingerprint()
	if _, err := s.write.ExecContext(ctx, `INSERT INTO meta(key, value) VALUES('keys', ?) ON CONFLICT DO NOTHING`, mine); err != nil {
		return fmt.Errorf("reading the key's fingerprint: %w", err)
	}
	var theirs string
	if err := s.write.QueryRowContext(ctx, `SELECT value FROM meta WHERE key='keys'`).Scan(&theirs); err != nil {
		return fmt.Errorf("reading the key's fingerprint: %w", err)
	}
	if mine != theirs {
		return errors.New("the keys in the keys folder are not those this database was sealed with: put the right keys back")
	}
	return nil
}

// OnCommit sets who is told of new work. It is called from the writer and must
// not block.
func (s *Store) OnCommit(f func(Commit)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hook = f
}

// Close lets the writer finish what was submitted and closes the files.
func (s *Store) Close() error {
	s.closed.Do(func() {
		close(s.closing)
		<-s.done
		close(s.grown)
		<-s.written
		s.closeFiles()
	})
	return nil
}

func (s *Store) closeFiles() {
	if s.session != nil {
		if err := s.session.close(); err != nil {
			s.log.Error("closing the database", "error", err)
		}
	}
	for _, db := range []*sql.DB{s.write, s.read, s.back} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil {
			s.log.Error("closing the database", "error", err)
		}
	}
	if err := s.lock.Close(); err != nil {
		s.log.Error("closing the lock file", "error", err)
	}
}
