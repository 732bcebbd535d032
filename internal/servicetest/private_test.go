package servicetest

import (
	"bufio"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rabbitmq/amqp091-go"
)

func TestPrivateServers(t *testing.T) {
	t.Parallel()
	s := Private(t)

	first := connect(t, s.PostgresURL())
	run(t, first, "CREATE TABLE thing (name TEXT)")
	run(t, first, "INSERT INTO thing VALUES ('kept')")
	channel := dialled(t, s.AMQPURL())
	keep(t, channel)
	checkLoopback(t, s)
	if read(t, first, "SHOW fsync") != "on" || read(t, first, "SHOW synchronous_commit") != "on" {
		t.Error("PostgreSQL does not wait for the disk")
	}

	s.CutConnections()
	if first.Ping(t.Context()) == nil {
		t.Error("a connection outlived CutConnections")
	}

	main := s.PostgresPID()
	if name, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(main), "comm")); strings.TrimSpace(string(name)) != "postgres" {
		t.Errorf("process %d is %q", main, name)
	}
	for _, name := range []string{PostgreSQL, Broker} {
		s.Kill(name)
		if left := s.PIDs(name); len(left) > 0 {
			t.Errorf("%s: processes %v outlived it", name, left)
		}
	}
	if s.PostgresPID() != 0 {
		t.Error("PostgreSQL is down and has a process")
	}
	if execute(t.Context(), s.PostgresURL(), "SELECT 1") == nil || dial(s.AMQPURL()) == nil {
		t.Error("a server answers that was killed")
	}

	s.Start()
	if got := read(t, connect(t, s.PostgresURL()), "SELECT name FROM thing"); got != "kept" {
		t.Errorf("after kill -9 PostgreSQL has %q", got)
	}
	// The broker writes its list of queues a moment behind: a queue declared just
	// before the kill may be gone, a message without its queue may not be there.
	message, found, err := dialled(t, s.AMQPURL()).Get("work", true)
	if gone, ok := errors.AsType[*amqp091.Error](err); ok && gone.Code == amqp091.NotFound {
		t.Log("the queue was declared too shortly before the kill")
	} else if err != nil || !found || string(message.Body) != "kept" {
		t.Errorf("after kill -9 RabbitMQ has %q, %v, %v", message.Body, found, err)
	}

	s.Wipe(Broker)
	if left, _ := os.ReadDir(filepath.Join(s.script.folder, Broker)); len(left) > 0 || len(s.PIDs(Broker)) > 0 {
		t.Errorf("of a wiped broker %v is left", left)
	}
	if got := read(t, connect(t, s.PostgresURL()), "SELECT name FROM thing"); got != "kept" {
		t.Errorf("with the broker PostgreSQL lost its data: %q", got)
	}
}

func TestGuardRemovesWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := script{folder: filepath.Join(t.TempDir(), "services"), port: 20000}
	for _, name := range []string{PostgreSQL, Broker} {
		if err := os.MkdirAll(filepath.Join(s.folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	tested := exec.CommandContext(t.Context(), "cat") // until its input ends
	input, err := tested.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tested.Start(); err != nil {
		t.Fatal(err)
	}
	guard, err := s.command(t.Context(), "guard", strconv.Itoa(tested.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if err := guard.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.folder); err != nil {
		t.Errorf("gone before its time: %v", err)
	}
	_ = input.Close()
	if err := tested.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := guard.Wait(); err != nil {
		t.Errorf("the guard: %v", err)
	}
	if _, err := os.Stat(s.folder); err == nil {
		t.Error("the folder is still there")
	}
}

// keep leaves a persistent message in the queue "work".
func keep(t *testing.T, channel *amqp091.Channel) {
	t.Helper()
	if err := channel.Confirm(false); err != nil {
		t.Fatal(err)
	}
	if _, err := channel.QueueDeclare("work", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	confirm, err := channel.PublishWithDeferredConfirmWithContext(t.Context(), "", "work", true, false,
		amqp091.Publishing{DeliveryMode: amqp091.Persistent, Body: []byte("kept")})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := confirm.WaitContext(t.Context()); !ok || err != nil {
		t.Fatalf("the message was not confirmed: %v", err)
	}
}

// checkLoopback looks for listening sockets in the kernel's tables: what
// configuration promises is one thing.
func checkLoopback(t *testing.T, s *Services) {
	t.Helper()
	held := map[string]bool{}
	for _, pid := range append(s.PIDs(PostgreSQL), s.PIDs(Broker)...) {
		files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*"))
		for _, file := range files {
			target, _ := os.Readlink(file)
			if inode, found := strings.CutPrefix(target, "socket:["); found {
				held[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	ports := map[int64]bool{}
	for table, loopback := range map[string]string{"tcp": "0100007F", "tcp6": "00000000000000000000000001000000"} {
		file, err := os.Open(filepath.Join("/proc/net", table))
		if err != nil {
			continue // without IPv6
		}
		defer func() { _ = file.Close() }()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[3] != "0A" || !held[fields[9]] { // 0A: listens
				continue
			}
			address, number, _ := strings.Cut(fields[1], ":")
			port, err := strconv.ParseInt(number, 16, 32)
			if _, bad := hex.DecodeString(address); err != nil || bad != nil {
				t.Fatalf("/proc/net/%s: %q is no address", table, fields[1])
			}
			ports[port] = true
			if address != loopback {
				t.Errorf("port %d is open on %s, beyond loopback", port, address)
			}
		}
	}
	for port := s.script.port; port < s.script.port+4; port++ {
		if !ports[int64(port)] {
			t.Errorf("nothing of ours listens on port %d", port)
		}
	}
}
