package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// reconcile has the hub draw up its own ledger, by the command an operator would
// use: exit code 0 says that everything is explained.
func (w *World) reconcile(ctx context.Context, l *Ledger) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p := w.Processes[0]
	cmd := exec.CommandContext(ctx, p.program, "reconcile", "-o", "json") //nolint:gosec // the test's own binary
	cmd.Env = append(append(os.Environ(), p.env...), "HUB_URL="+p.URL(), "HUB_KEY_FILE="+w.AdminKeyFile())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		l.Fact("hub reconcile: everything is explained")
	case failed && exit.ExitCode() == 2 && strings.Contains(errs.String(), "unexpected argument reconcile"):
		l.Fact("hub reconcile: this hub does not know the command")
	default:
		l.wrongf("hub reconcile does not agree: %v: %s %s", err, clip(errs.String()), clip(out.String()))
	}
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "..."
	}
	return s
}

// Close kills every process and adds what only then can be seen: the audit log's
// chain.
func (w *World) Close(ctx context.Context, l *Ledger) error {
	for _, p := range w.Processes {
		p.Kill()
	}
	n, err := w.Audit(ctx)
	if err != nil {
		return fmt.Errorf("verifying the audit log: %w", err)
	}
	if n == 0 {
		return errors.New("the audit log is empty")
	}
	l.Fact("audit log: the chain of %d lines holds", n)
	return nil
}
