// Package servicetest gives tests a PostgreSQL and a RabbitMQ: a schema or a
// namespace of their own on servers that all tests of the machine share, or a
// pair of servers of their own that may be killed.
//
// The servers are those of scripts/services; HUB_STORE_URL and
// HUB_TRANSPORT_URL name others. Shared servers stay up after the tests, for
// the next run. Where servers cannot be had the test fails and says what is
// missing, unless HUB_TEST_EMBEDDED_ONLY=1 asks for the embedded edition alone:
// then it is skipped.
package servicetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rabbitmq/amqp091-go"
)

// prefix begins the name of everything a test makes on a shared server.
const prefix = "hubtest_"

// leftover is the age at which a schema must belong to a test that was killed.
const leftover = 24 * time.Hour

// Postgres returns the address of a fresh, empty schema on the shared server;
// search_path and application_name in it name the schema. The schema is dropped
// with the test.
func Postgres(t testing.TB) string {
	t.Helper()
	skipEmbedded(t)
	server, err := sharedPostgres()
	if err != nil {
		t.Fatalf("no PostgreSQL for this test: %v", err)
	}
	schema := prefix + unique()
	address, err := withSchema(server, schema)
	if err != nil {
		t.Fatalf("the address of PostgreSQL: %v", err)
	}
	if err := execute(t.Context(), server, "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	t.Cleanup(func() {
		// A connection somebody has forgotten must not keep the schema locked.
		ctx := context.WithoutCancel(t.Context())
		err := errors.Join(cut(ctx, server, schema), execute(ctx, server, "DROP SCHEMA "+schema+" CASCADE"))
		if err != nil {
			t.Errorf("dropping the schema: %v", err)
		}
	})
	return address
}

// CutConnections ends every connection that was made with an address from
// Postgres, and no other test's.
func CutConnections(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("the address is none")
	}
	if err := cut(t.Context(), address, u.Query().Get("search_path")); err != nil {
		t.Errorf("cutting connections: %v", err)
	}
}

// RabbitMQ returns the address of the shared broker and a namespace: the names
// of everything the test declares there begin with it. Queues are declared with
// x-expires, because nothing is removed for the test; what a killed test leaves
// begins with "hubtest_", and `scripts/services clean rabbitmq` removes it all.
func RabbitMQ(t testing.TB) (address, namespace string) {
	t.Helper()
	skipEmbedded(t)
	address, err := sharedRabbitMQ()
	if err != nil {
		t.Fatalf("no RabbitMQ for this test: %v", err)
	}
	return address, prefix + unique()
}

func skipEmbedded(t testing.TB) {
	t.Helper()
	if os.Getenv("HUB_TEST_EMBEDDED_ONLY") == "1" {
		t.Skip("HUB_TEST_EMBEDDED_ONLY=1: tests with PostgreSQL and RabbitMQ are left out")
	}
}

var sharedPostgres = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	address, err := shared(ctx, "postgres", func(address string) error { return execute(ctx, address, "SELECT 1") })
	if err == nil {
		err = sweep(ctx, address)
	}
	return address, err
})

var sharedRabbitMQ = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	return shared(ctx, "rabbitmq", dial)
})

// shared finds the running server, or starts it. Test binaries run side by side:
// the script sees to it that only one of them does.
func shared(ctx context.Context, name string, try func(address string) error) (string, error) {
	s := script{}
	if address, err := s.address(ctx, name); err == nil && try(address) == nil {
		return address, nil
	}
	if _, err := s.run(ctx, "start", name); err != nil {
		return "", err
	}
	address, err := s.address(ctx, name)
	if err != nil {
		return "", err
	}
	if err := try(address); err != nil {
		return "", fmt.Errorf("asking %s: %w", name, err)
	}
	return address, nil
}

func dial(address string) error {
	if _, err := amqp091.ParseURI(address); err != nil {
		return errors.New("not an AMQP address") // the cause would print the password
	}
	connection, err := amqp091.Dial(address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// execute runs one statement over a connection of its own.
func execute(ctx context.Context, address, statement string, arguments ...any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, statement, arguments...)
	return errors.Join(err, connection.Close(ctx))
}

// cut ends the connections that go by the name application, or all but its own
// when that is empty, and waits until they have gone.
func cut(ctx context.Context, address, application string) error {
	return execute(ctx, address, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
		WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND usename = current_user
		AND ($1 = '' OR application_name = $1)`, application)
}

// sweep drops the schemas of tests that were killed long ago.
func sweep(ctx context.Context, address string) error {
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	rows, _ := connection.Query(ctx, `SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)`, prefix)
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for schemas left behind: %w", err)
	}
	for _, schema := range schemas {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(schema, prefix), "_")
		made, err := strconv.ParseInt(stamp, 16, 64)
		if err != nil || time.Since(time.Unix(made, 0)) < leftover {
			continue
		}
		// Another binary may be sweeping too.
		if _, err := connection.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE"); err != nil {
			return fmt.Errorf("dropping schema %s, left behind: %w", schema, err)
		}
	}
	return nil
}

// unique is the time in seconds and a random number: fit for a schema, a queue
// and a folder.
func unique() string {
	number := make([]byte, 6)
	_, _ = rand.Read(number) // never fails
	return fmt.Sprintf("%x_%s", time.Now().Unix(), hex.EncodeToString(number))
}

func withSchema(address, schema string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("not a URL") // the cause would print the password
	}
	query := u.Query()
	query.Set("search_path", schema)
	query.Set("application_name", schema)
	u.RawQuery = query.Encode()
	return u.String(), nil
}
