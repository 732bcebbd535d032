package servicetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Names of the two servers.
const (
	PostgreSQL = "postgres"
	Broker     = "rabbitmq"
)

// Services is a PostgreSQL and a RabbitMQ that one test has to itself. Its
// methods may be called from any goroutine of the test; what fails there fails
// the test, but lets it go on.
type Services struct {
	t                testing.TB
	script           script
	postgres, broker string
}

// Private starts both servers in a folder and on ports of their own. They are
// stopped and removed with the test, also when its process is killed.
func Private(t testing.TB) *Services {
	t.Helper()
	skipEmbedded(t)
	folder, err := os.MkdirTemp("", "hub-") //nolint:usetesting // that of the test is closed to the servers' users
	if err != nil {
		t.Fatal(err)
	}
	// The servers run as users of their own, who must get through.
	if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // nothing but folders of theirs and a locked password is inside
		t.Fatal(err)
	}
	port, err := freePorts()
	if err != nil {
		t.Fatal(err)
	}
	s := &Services{t: t, script: script{folder: folder, port: port}}
	if err := s.script.guard(); err != nil {
		t.Fatalf("starting a guard: %v", err)
	}
	t.Cleanup(func() {
		s.do("clean")
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("removing the servers' folder: %v", err)
		}
	})

	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	_, err = s.script.run(ctx, "start")
	if err == nil {
		s.postgres, err = s.script.address(ctx, PostgreSQL)
	}
	if err == nil {
		s.broker, err = s.script.address(ctx, Broker)
	}
	if err != nil {
		t.Fatalf("no servers for this test: %v", err)
	}
	return s
}

// PostgresURL is the address of an empty database; it stays the same over
// restarts.
func (s *Services) PostgresURL() string { return s.postgres }

// AMQPURL is the address of the broker; it stays the same over restarts.
func (s *Services) AMQPURL() string { return s.broker }

// Start starts the named servers, or both, and waits until they answer.
func (s *Services) Start(names ...string) {
	s.t.Helper()
	s.do("start", names...)
}

// Stop ends the named servers, or both, in good order. They keep their data.
func (s *Services) Stop(names ...string) {
	s.t.Helper()
	s.do("stop", names...)
}

// Kill ends every process of a server with kill -9 and returns when none is left.
func (s *Services) Kill(name string) {
	s.t.Helper()
	s.do("kill", name)
}

// Wipe ends a server and removes its data; Start gives an empty one.
func (s *Services) Wipe(name string) {
	s.t.Helper()
	s.do("clean", name)
}

// CutConnections ends every client's connection to PostgreSQL.
func (s *Services) CutConnections() {
	s.t.Helper()
	if err := cut(context.WithoutCancel(s.t.Context()), s.postgres, ""); err != nil {
		s.t.Errorf("cutting connections: %v", err)
	}
}

// PIDs are the processes of a server, the main one first; none when it is down.
func (s *Services) PIDs(name string) []int {
	s.t.Helper()
	var pids []int
	for line := range strings.Lines(s.do("pids", name)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			s.t.Errorf("scripts/services pids: %q is no process", line)
			continue
		}
		pids = append(pids, pid)
	}
	return pids
}

// PostgresPID is PostgreSQL's main process, 0 when it is down. New connections
// inherit its limits; those that are open, and the writers, are among PIDs.
func (s *Services) PostgresPID() int {
	s.t.Helper()
	if pids := s.PIDs(PostgreSQL); len(pids) > 0 {
		return pids[0]
	}
	return 0
}

// do lets the test's end not stop it: cleaning up happens after that.
func (s *Services) do(command string, names ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 5*time.Minute)
	defer cancel()
	out, err := s.script.run(ctx, append([]string{command}, names...)...)
	if err != nil {
		s.t.Error(err)
	}
	return out
}

// freePorts finds four free ports in a row, below those the system gives to
// outgoing connections: the servers must get them again after a restart.
func freePorts() (int, error) {
	const low, high, row = 20000, 32000, 4
	for range 100 {
		first := low + row*rand.IntN((high-low)/row) //nolint:gosec // no secret
		free := true
		for port := first; free && port < first+row; port++ {
			listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) //nolint:noctx // at once
			if free = err == nil; free {
				_ = listener.Close()
			}
		}
		if free {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row between %d and %d", row, low, high)
}
