package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/saylovhub/hub/contracts/fault"
)

// oldest is the oldest PostgreSQL the store is tested with.
const oldest = 150000

// defaultConnections of a process, for writing and reading.
const defaultConnections = 24

// openPostgres connects, migrates and opens the keys, one process at a time.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		// The driver's own error holds the address, and with it what opens it.
		return &fault.Fault{Kind: fault.Misconfigured, System: "store", Err: errors.New("the database's address cannot be read"), Hint: "write it as postgres://user:password@host:5432/database"}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 3 * time.Second
	}
	set := func(name, value string) {
		if _, ok := config.RuntimeParams[name]; !ok {
			config.RuntimeParams[name] = value
		}
	}
	set("application_name", "hub")
	set("jit", "off") // costs more than it saves on small statements
	// A process that hangs in the middle of a transaction must not keep its locks.
	set("idle_in_transaction_session_timeout", "10s")
	e := &postgres{s: s}
	s.dialect, s.engine = postgresDialect, e
	if err := e.begin(ctx, config, o); err != nil {
		e.close()
		if lost(err) {
			return trouble(err)
		}
		return err
	}
	return nil
}

func (e *postgres) begin(ctx context.Context, config *pgx.ConnConfig, o Options) error {
	first, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer func() { _ = first.Close(context.WithoutCancel(ctx)) }() // and with it the lock
	schema, err := e.look(ctx, first, config)
	if err != nil {
		return err
	}
	n := o.Connections
	if n == 0 {
		n = defaultConnections
	}
	readers := max(n/3, 1)
	e.writes, e.reading = pool(config, max(n-readers, 1)), pool(config, readers)
	e.s.read = &reads{db: e.reading, level: sql.LevelRepeatableRead, rebind: dollars, values: natural}
	// The processes of an installation start at once; one makes what is missing.
	if _, err := first.Exec(ctx, `SELECT pg_advisory_lock($1)`, number("hub open "+schema)); err != nil {
		return fmt.Errorf("waiting for another process that opens the database: %w", err)
	}
	if err := migrate(ctx, goose.DialectPostgres, e.writes, "postgres"); err != nil {
		return err
	}
	if err := e.s.openKeys(ctx, plain{e.writes}, o.Keys); err != nil {
		return err
	}
	if !o.deaf {
		channel := "hub_" + strconv.FormatUint(uint64(number("hub news "+schema)), 36)
		e.news = newNews(e.s, config, channel) //nolint:contextcheck // it outlives whoever opens
	}
	return nil
}

// look reads what kind of server this is and returns the schema that names the
// installation.
func (e *postgres) look(ctx context.Context, c *pgx.Conn, config *pgx.ConnConfig) (string, error) {
	var version int
	var fsync, pages, commit, standby string
	var schema *string
	err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),
		current_setting('synchronous_commit'), current_schema(), pg_is_in_recovery()::text`).Scan(&version, &fsync, &pages, &commit, &schema, &standby)
	if err != nil {
		return "", fmt.Errorf("asking the database for its kind: %w", err)
	}
	wrong := func(text, hint string) error {
		return &fault.Fault{Kind: fault.Misconfigured, System: "store", Err: errors.New(text), Hint: hint}
	}
	switch {
	case version < oldest:
		return "", wrong(fmt.Sprintf("the server is PostgreSQL %d", version/10000), "use PostgreSQL 15 or newer")
	case schema == nil:
		return "", wrong("the address names a schema that is not there", "make the schema first")
	case strings.HasPrefix(standby, "t"):
		return "", wrong("the server is a standby: it only reads", "name the primary server in the address")
	}
	if commit == "off" {
		config.RuntimeParams["synchronous_commit"] = "on" // what was acknowledged must stand
	}
	if fsync == "off" || pages == "off" {
		e.s.log.WarnContext(ctx, "the database may lose what it acknowledged when its machine goes down", "fsync", fsync, "full_page_writes", pages)
	}
	return *schema, nil
}

func pool(config *pgx.ConnConfig, n int) *sql.DB {
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}
