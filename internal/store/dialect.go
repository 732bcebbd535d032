package store

import (
	"context"
	"fmt"
	"hash/fnv"
)

// dialect is what one SQL text cannot say for both databases.
type dialect struct {
	update string // locks the rows a SELECT returns until the end of the transaction
	share  string // the same, with others who only read
	skip   string // the same as update, leaving out what others have locked
	// advisory takes a lock that has no row, by number; empty: nobody is beside.
	advisory string
	// breaks reports whether an error is the violation of a unique constraint, which
	// one database tells by its name and the other by its columns.
	breaks func(err error, name, columns string) bool
}

// forUpdate ends a SELECT whose rows the transaction goes on to decide about.
func (t *Tx) forUpdate() string { return t.s.update }

// forShare ends a SELECT of rows that must not change before the commit.
func (t *Tx) forShare() string { return t.s.share }

// skipLocked ends a SELECT that takes what nobody else has taken.
func (t *Tx) skipLocked() string { return t.s.skip }

// serialize lets transactions about one key run one after the other, where there
// is no row yet that could be locked. A key names its kind first.
func (t *Tx) serialize(ctx context.Context, key string) error {
	if t.s.advisory == "" {
		return nil
	}
	if _, err := t.tx.ExecContext(ctx, t.s.advisory, number("hub lock "+key)); err != nil {
		return fmt.Errorf("waiting for one's turn: %w", err)
	}
	return nil
}

// number makes a lock's number of its name. That two names share one makes them
// wait for each other and does no other harm.
func number(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return int64(h.Sum64())
}
