package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/saylovhub/hub/contracts/fault"
)

// lite is SQLite: one file, one process, one writer whose operations share
// commits, readers beside it.
type lite struct {
	s       *Store
	db      *sql.DB // exactly one connection, which session holds
	session *session
	reading *sql.DB
	back    *sql.DB // for the checkpointer
	lock    *os.File

	ops     chan *op
	closing chan struct{}
	done    chan struct{}
	commits int // since the last look at the log; the writer's own, as is since
	since   time.Time
	grown   chan struct{} // wakes the checkpointer
	written chan struct{} // the checkpointer has ended
}

var liteDialect = &dialect{breaks: func(err error, _, columns string) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) && strings.Contains(e.Error(), columns)
}}

// openSQLite opens or makes the database in a folder, takes its lock, migrates it
// and voids the leases of a predecessor that did not get to give them back.
func (s *Store) openSQLite(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := takeLock(filepath.Join(o.Dir, "hub.lock"))
	if err != nil {
		return err
	}
	e := &lite{
		s: s, lock: lock,
		ops: make(chan *op, maxBatch), closing: make(chan struct{}), done: make(chan struct{}),
		grown: make(chan struct{}, 1), written: make(chan struct{}),
	}
	s.dialect, s.engine = liteDialect, e
	if err := e.open(ctx, filepath.Join(o.Dir, "hub.db"), o); err != nil {
		e.closeFiles()
		return damaged(err)
	}
	go e.writer()       //nolint:contextcheck // it outlives every caller
	go e.checkpointer() //nolint:contextcheck,gosec // so does it
	return nil
}

// readers are the connections that read at once.
const readers = 8

func (e *lite) open(ctx context.Context, path string, o Options) error {
	// Checkpoints are made beside the writer when it has time (checkpointer): one
	// that a commit has to make, at the pages named here, is felt by whoever waits.
	const common = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=wal_autocheckpoint(1000)"
	var err error
	if e.db, err = sql.Open("sqlite", "file:"+path+common+"&_txlock=immediate"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	e.db.SetMaxOpenConns(1)
	if e.reading, err = sql.Open("sqlite", "file:"+path+common+"&_pragma=query_only(ON)"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	e.reading.SetMaxOpenConns(readers)
	e.reading.SetMaxIdleConns(readers) // opening one reads the schema anew
	e.s.read = &reads{
		db: e.reading, rebind: func(query string) string { return query }, values: func(args []any) []any { return args },
		known: &statements{known: map[string]*sql.Stmt{}},
	}
	if e.back, err = sql.Open("sqlite", "file:"+path+common); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	e.back.SetMaxOpenConns(1)
	if err := migrate(ctx, goose.DialectSQLite3, e.db, "sqlite"); err != nil {
		return err
	}
	if err := e.s.openKeys(ctx, bare{e.db}, o.Keys); err != nil {
		return err
	}
	if err := e.s.indexPhones(ctx, e.db); err != nil {
		return err
	}
	if _, err := e.db.ExecContext(ctx, `UPDATE job SET state='ready', lease_token='', lease_until=0, attempt=attempt+1 WHERE state='leased'`); err != nil {
		return fmt.Errorf("voiding old leases: %w", err)
	}
	e.session, err = newSession(ctx, e.db)
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

// announce has nobody to tell: there is one process.
func (e *lite) announce(Commit, string) {}

// close lets the writer finish what was submitted and closes the files.
func (e *lite) close() {
	close(e.closing)
	<-e.done
	close(e.grown)
	<-e.written
	e.closeFiles()
}

func (e *lite) closeFiles() {
	if e.session != nil {
		if err := e.session.close(); err != nil {
			e.s.log.Error("closing the database", "error", err)
		}
	}
	for _, db := range []*sql.DB{e.db, e.reading, e.back} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil {
			e.s.log.Error("closing the database", "error", err)
		}
	}
	if err := e.lock.Close(); err != nil {
		e.s.log.Error("closing the lock file", "error", err)
	}
}
