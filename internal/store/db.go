package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/saylovhub/hub/internal/vault"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Store is an open database. Close it to release what it holds.
type Store struct {
	*dialect

	engine engine
	read   *reads
	vault  *vault.Vault
	now    func() time.Time
	log    *slog.Logger
	clock  clock
	closed sync.Once

	hookMu  sync.RWMutex
	hook    func(Commit)
	signals []func(topic string)
}

// Options of Open.
type Options struct {
	URL         string // of a PostgreSQL database, postgres://...; empty: SQLite in Dir
	Dir         string // folder of the SQLite database; made when missing
	Connections int    // to PostgreSQL at most, two more for news aside; default 24
	// Keys opens the keys; fresh says that nothing was sealed in this database yet,
	// so that keys may be made. On PostgreSQL no other process does so meanwhile.
	Keys  func(fresh bool) (*vault.Vault, error)
	Vault *vault.Vault // for whoever has the keys open already; instead of Keys
	Now   func() time.Time
	Log   *slog.Logger

	deaf bool // tests in virtual time: no connections that wait for news
}

// Commit tells what a commit made possible: stages that got ready jobs, and the
// earliest due time of new waiting ones (zero: none).
type Commit struct {
	Stages []string
	Due    time.Time
}

func (c *Commit) add(o Commit) {
	c.Stages = append(c.Stages, o.Stages...)
	c.Due = earlier(c.Due, o.Due)
}

func (c *Commit) empty() bool { return len(c.Stages) == 0 && c.Due.IsZero() }

// Open opens or makes the database and migrates it.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{now: o.Now, log: o.Log}
	if o.Keys == nil {
		o.Keys = func(bool) (*vault.Vault, error) { return o.Vault, nil }
	}
	var err error
	if o.URL == "" {
		err = s.openSQLite(ctx, o)
	} else {
		err = s.openPostgres(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := s.loadClock(ctx, s.read); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// migrate brings the schema up to date by the engine's folder of migrations.
func migrate(ctx context.Context, d goose.Dialect, db *sql.DB, folder string) error {
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(d, db, files, goose.WithVerbose(false))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// openKeys opens the keys and refuses a database that was sealed with others:
// everything in it would look damaged. Nobody else may be opening it meanwhile.
func (s *Store) openKeys(ctx context.Context, db executor, keys func(fresh bool) (*vault.Vault, error)) error {
	var theirs string
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key='keys'`).Scan(&theirs)
	fresh := errors.Is(err, sql.ErrNoRows)
	if err != nil && !fresh {
		return fmt.Errorf("reading the key's fingerprint: %w", err)
	}
	if s.vault, err = keys(fresh); err != nil {
		return err
	}
	mine := s.vault.Fingerprint()
	if fresh {
		if _, err := db.ExecContext(ctx, `INSERT INTO meta(key, value) VALUES('keys', ?)`, mine); err != nil {
			return fmt.Errorf("writing the key's fingerprint: %w", err)
		}
		theirs = mine
	}
	if mine != theirs {
		return errors.New("the keys in the keys folder are not those this database was sealed with: put the right keys back")
	}
	return nil
}

// Close lets what was submitted finish and closes the database.
func (s *Store) Close() error {
	s.closed.Do(func() { s.engine.close() })
	return nil
}

// Ping proves that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return trouble(fmt.Errorf("asking the database: %w", err))
	}
	return nil
}
