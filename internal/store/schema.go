package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// FreshSchema makes an empty schema in a PostgreSQL database, dropping what had
// its name, and returns the address that leads into it.
func FreshSchema(ctx context.Context, address, schema string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("store.url: want postgres://user:password@host:port/database") // the cause would show the password
	}
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", trouble(fmt.Errorf("connecting: %w", err))
	}
	defer c.Close(ctx) //nolint:errcheck // all it did is done
	name := pgx.Identifier{schema}.Sanitize()
	if _, err := c.Exec(ctx, "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
		return "", fmt.Errorf("emptying the schema %s: %w", schema, err)
	}
	if _, err := c.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", fmt.Errorf("making the schema %s: %w", schema, err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
