package apptest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/servicetest"
)

// Distributed reports that hubs run on PostgreSQL and RabbitMQ, each on a schema
// and a namespace of its own: HUB_TEST_EDITION=distributed. Else they are embedded.
func Distributed() bool { return os.Getenv("HUB_TEST_EDITION") == "distributed" }

// EmbeddedOnly skips what looks into the files of the embedded edition.
func EmbeddedOnly(t testing.TB, why string) {
	t.Helper()
	if Distributed() {
		t.Skipf("the embedded edition only: %s", why)
	}
}

// PlainOnly skips what takes minutes under the race detector, where scripts/test runs
// it without: once, on the embedded edition. HUB_SOAK=1 runs it on both.
func PlainOnly(t testing.TB) {
	t.Helper()
	if Raced || Distributed() && os.Getenv("HUB_SOAK") == "" {
		t.Skip("takes minutes: runs once without the race detector, on both editions with HUB_SOAK=1")
	}
}

// on has the hub run on the edition that is tested; what that needs goes with t.
func on(t testing.TB) Option {
	return Configure(func(c *config.Config) {
		t.Helper()
		if !Distributed() {
			return
		}
		c.Store.URL.Secret = personal.Secret(servicetest.Postgres(t))
		c.Store.Connections = 8
		broker, namespace := servicetest.RabbitMQ(t)
		c.Transport.URL.Secret, c.Transport.Namespace = personal.Secret(broker), namespace
	})
}

// Main stands for all tests of a package, for hubs that they share.
type Main struct {
	testing.TB
	cleanups []func()
}

// Helper does nothing.
func (m *Main) Helper() {}

// Context is that of all tests.
func (m *Main) Context() context.Context { return context.Background() }

// Fatalf ends all tests.
func (m *Main) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Errorf is told and fails nothing: the tests have ended.
func (m *Main) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Cleanup is done by Done.
func (m *Main) Cleanup(f func()) { m.cleanups = append(m.cleanups, f) }

// Done cleans up, last first.
func (m *Main) Done() {
	for _, f := range slices.Backward(m.cleanups) {
		f()
	}
}
