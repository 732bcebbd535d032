package servicetest

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rabbitmq/amqp091-go"
)

func TestSchemasAreApart(t *testing.T) {
	t.Parallel()
	one, other := connect(t, Postgres(t)), connect(t, Postgres(t))
	for name, connection := range map[string]*pgx.Conn{"one": one, "other": other} {
		run(t, connection, "CREATE TABLE thing (name TEXT)")
		run(t, connection, "INSERT INTO thing VALUES ($1)", name)
	}
	if got := read(t, one, "SELECT name FROM thing"); got != "one" {
		t.Errorf("in the first schema stands %q", got)
	}
	if got := read(t, other, "SELECT name FROM thing"); got != "other" {
		t.Errorf("in the second schema stands %q", got)
	}
}

func TestSchemaGoesWithItsTest(t *testing.T) {
	t.Parallel()
	watch := connect(t, Postgres(t))
	var address string
	t.Run("user", func(t *testing.T) {
		address = Postgres(t)
		// Left open, with a lock held: the schema goes all the same.
		connection, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		run(t, connection, "CREATE TABLE thing (name TEXT)")
		run(t, connection, "BEGIN")
		run(t, connection, "LOCK TABLE thing")
	})
	if got := read(t, watch, "SELECT count(*)::text FROM pg_namespace WHERE nspname = $1", schemaOf(t, address)); got != "0" {
		t.Error("the schema is still there")
	}
}

func TestSweepDropsOldSchemasOnly(t *testing.T) {
	t.Parallel()
	address := Postgres(t)
	connection := connect(t, address)
	const old = prefix + "5f5e1000_0123456789ab" // the year 2020
	run(t, connection, "CREATE SCHEMA IF NOT EXISTS "+old)
	if err := sweep(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	const count = "SELECT count(*)::text FROM pg_namespace WHERE nspname = $1"
	if read(t, connection, count, old) != "0" {
		t.Error("the old schema is still there")
	}
	if read(t, connection, count, schemaOf(t, address)) != "1" {
		t.Error("a schema in use is gone")
	}
}

func TestCutConnectionsSparesOtherTests(t *testing.T) {
	t.Parallel()
	address := Postgres(t)
	cut, spared := connect(t, address), connect(t, Postgres(t))
	CutConnections(t, address)
	if err := cut.Ping(t.Context()); err == nil {
		t.Error("the connection still works")
	}
	if err := spared.Ping(t.Context()); err != nil {
		t.Errorf("another test's connection: %v", err)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	t.Parallel()
	address, one := RabbitMQ(t)
	_, other := RabbitMQ(t)
	if one == other || !strings.HasPrefix(one, prefix) {
		t.Errorf("the namespaces are %q and %q", one, other)
	}
	channel := dialled(t, address)
	queue, err := channel.QueueDeclare(one+".work", false, false, false, false, amqp091.Table{"x-expires": 60_000})
	if err != nil {
		t.Fatal(err)
	}
	if err := channel.PublishWithContext(t.Context(), "", queue.Name, false, false, amqp091.Publishing{Body: []byte("a")}); err != nil {
		t.Fatal(err)
	}
	if _, err := channel.QueueDelete(queue.Name, false, false, false); err != nil {
		t.Errorf("removing the queue: %v", err)
	}
}

func TestRunningServersAreFoundAtOnce(t *testing.T) {
	t.Parallel()
	address := Postgres(t) // runs from here on
	// Others use the processors too: one quick try of many will do.
	const bound = 100 * time.Millisecond
	quickest := time.Hour
	for range 50 {
		begun := time.Now()
		got, err := shared(t.Context(), PostgreSQL, func(address string) error { return execute(t.Context(), address, "SELECT 1") })
		if err != nil {
			t.Fatal(err)
		}
		if server, _, _ := strings.Cut(got, "?"); !strings.HasPrefix(address, server) {
			t.Fatal("another server was found than the one in use")
		}
		if quickest = min(quickest, time.Since(begun)); quickest <= bound {
			return
		}
	}
	t.Errorf("took %v at best, more than %v", quickest, bound)
}

func TestGivenAddressesAreUsed(t *testing.T) {
	given := map[string]string{
		PostgreSQL: "postgres://somebody:it's@127.0.0.1:1/x?sslmode=disable",
		Broker:     "amqp://somebody:secret@127.0.0.1:2/",
	}
	t.Setenv("HUB_STORE_URL", given[PostgreSQL])
	t.Setenv("HUB_TRANSPORT_URL", given[Broker])
	for name, want := range given {
		got, err := script{}.address(t.Context(), name)
		if err != nil || got != want {
			t.Errorf("%s: the address is %q (%v), not the one given", name, got, err)
		}
		out, err := script{}.run(t.Context(), "start", name)
		if err != nil || !strings.Contains(out, "none is started") || strings.Contains(out, "secret") || strings.Contains(out, "it's") {
			t.Errorf("%s: start says %q (%v)", name, out, err)
		}
		if _, err := (script{}).run(t.Context(), "status", name); err == nil {
			t.Errorf("%s: a server that does not answer is called running", name)
		}
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Setenv("HUB_SERVICES_PREFIX", t.TempDir())
	t.Setenv("HUB_STORE_URL", "")
	t.Setenv("HUB_TRANSPORT_URL", "")
	bin := t.TempDir()
	for _, tool := range []string{"bash", "env", "dirname", "id", "cksum", "tr"} {
		link(t, tool, bin)
	}
	t.Setenv("PATH", bin) // without apt-get
	_, err := script{}.run(t.Context(), "start")
	if err == nil {
		t.Fatal("servers came up without their programs")
	}
	for _, part := range []string{"postgres", "rabbitmq", "install PostgreSQL 15 or later and RabbitMQ"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the complaint lacks %q: %v", part, err)
		}
	}
}

func TestEmbeddedOnlySkips(t *testing.T) {
	t.Setenv("HUB_TEST_EMBEDDED_ONLY", "1")
	calls := map[string]func(t *testing.T){
		"postgres": func(t *testing.T) { Postgres(t) },
		"rabbitmq": func(t *testing.T) { RabbitMQ(t) },
		"private":  func(t *testing.T) { Private(t) },
	}
	for name, call := range calls {
		skipped := false
		t.Run(name, func(t *testing.T) {
			defer func() { skipped = t.Skipped() }()
			call(t)
		})
		if !skipped {
			t.Errorf("%s: the test was not skipped", name)
		}
	}
}

func link(t *testing.T, tool, folder string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(folder, tool)); err != nil {
		t.Fatal(err)
	}
}

func schemaOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("search_path")
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(t.Context()) })
	return connection
}

func run(t *testing.T, connection *pgx.Conn, statement string, arguments ...any) {
	t.Helper()
	if _, err := connection.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func read(t *testing.T, connection *pgx.Conn, query string, arguments ...any) string {
	t.Helper()
	var value string
	if err := connection.QueryRow(t.Context(), query, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func dialled(t *testing.T, address string) *amqp091.Channel {
	t.Helper()
	connection, err := amqp091.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	channel, err := connection.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}
