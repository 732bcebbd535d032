package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/saylovhub/hub/contracts/fault"
)

// ErrClosed means the store is shutting down.
var ErrClosed = errors.New("the store is closed")

// trouble is the database's own failure, not the operation's: worth another try.
func trouble(err error) error {
	return &fault.Fault{Kind: fault.Unavailable, System: "store", Err: err, Hint: "look whether the database runs and its disk has room"}
}

// ill tells the database's own failures from those of an operation: a job must
// not end as a failure because the database was away or its disk full.
func ill(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && f.System == "store" {
		return err
	}
	sick := undone(err) || lost(err)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// No room, no memory, an error of the machine, damage; a statement that was cut.
		for _, class := range []string{"53", "58", "XX", "57"} {
			sick = sick || strings.HasPrefix(e.Code, class)
		}
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			sick = true
		}
	}
	if sick {
		return trouble(err)
	}
	return err
}

// undone reports whether the server took a transaction back for reasons that
// another try need not meet: a deadlock, or two that could not follow each other.
func undone(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// lost reports whether the connection, and with it what was not committed, is
// gone, or was not to be had.
func lost(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Connection trouble, shut down by an administrator, idle for too long in the
		// middle of a transaction, no connection free.
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P") || e.Code == "25P03" || e.Code == "53300"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok { // of the context's end too: it cuts the connection
		return true
	}
	for _, end := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.DeadlineExceeded, sql.ErrTxDone} {
		if errors.Is(err, end) {
			return true
		}
	}
	return pgconn.SafeToRetry(err)
}

// unsent reports whether a statement never left for the server. The driver's own
// word (SafeToRetry) is not taken for it: it says so as well of a connection that
// broke while the answer was awaited.
func unsent(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return connecting || errors.Is(err, driver.ErrBadConn)
}
